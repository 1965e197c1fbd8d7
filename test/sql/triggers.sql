-- Every trigger of the extension: table, timing, events, order. All are ENABLE ALWAYS (A), so
-- that session_replication_role = replica disables none.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all
\pset format unaligned
\pset tuples_only on

SELECT t.tgrelid::regclass, t.tgname, t.tgenabled,
	regexp_replace(regexp_replace(pg_get_triggerdef(t.oid), '^CREATE (CONSTRAINT )?TRIGGER \w+ | ON modelapi_acl\S+', '', 'g'),
		'EXECUTE FUNCTION modelapi_acl_internal\.', '')
FROM pg_trigger AS t
WHERE NOT t.tgisinternal
	AND t.tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace))
ORDER BY t.tgrelid::regclass::text COLLATE "C", t.tgname COLLATE "C";
