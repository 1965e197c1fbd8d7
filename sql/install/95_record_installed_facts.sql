-- The last fragment: records the facts about everything created above
-- (77_verify_installation.sql).

INSERT INTO modelapi_acl_internal.installed_facts (kind, object, aspect, value)
SELECT f.kind, f.object, f.aspect, f.value FROM modelapi_acl_internal.relation_facts() AS f
UNION ALL
SELECT f.kind, f.object, f.aspect, f.value FROM modelapi_acl_internal.object_facts() AS f;
