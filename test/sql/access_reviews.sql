-- access_reviews: access that should be reviewed. Grants by age and use, expired grants, tokens
-- without expiry, tokens of users who have left, public model APIs. Owners see what concerns
-- their objects; administrators see everything.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- How many rows each user sees, and of what: owners of churn and of growth, by any kind of
-- grant; sibling as owner of forecast. Editors, viewers and others see none.
CREATE TABLE test.shown (place int, what text, finding text, n bigint);
GRANT SELECT, INSERT ON test.shown TO PUBLIC;
CALL test.each($$INSERT INTO test.shown SELECT %place%, object_type || coalesce(' of ' || model_api, ''), finding, count(*)
	FROM modelapi_acl.access_reviews GROUP BY 2, 3$$);
SELECT s.what, s.finding, s.n, string_agg(u.name, ' ' ORDER BY s.place) AS who
FROM test.shown s JOIN test.users u USING (place) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT string_agg(name, ' ' ORDER BY place) AS who_sees_nothing FROM test.users u
WHERE NOT EXISTS (SELECT FROM test.shown s WHERE s.place = u.place);
-- an administrator sees all rows, including those that others see
SET SESSION AUTHORIZATION regress_admin;
SELECT object_type || coalesce(' of ' || model_api, '') AS what, finding, count(*) FROM modelapi_acl.access_reviews GROUP BY 1, 2 ORDER BY 1, 2;
RESET SESSION AUTHORIZATION;
-- no other role may read it, and nobody may write it
SET SESSION AUTHORIZATION regress_gateway;
SELECT test.outcome('SELECT * FROM modelapi_acl.access_reviews');
SET SESSION AUTHORIZATION regress_log_writer;
SELECT test.outcome('SELECT * FROM modelapi_acl.access_reviews');
SET SESSION AUTHORIZATION regress_person;	-- no user is signed in
SELECT count(*) FROM modelapi_acl.access_reviews;
SELECT test.outcome(a) FROM (VALUES
	('INSERT INTO modelapi_acl.access_reviews (finding) VALUES (NULL)'),
	('UPDATE modelapi_acl.access_reviews SET finding = NULL'),
	('DELETE FROM modelapi_acl.access_reviews'),
	-- nor call the function behind the view
	($$SELECT modelapi_acl_internal.organization_used_at(NULL, NULL, NULL, NULL)$$)) v (a);
RESET SESSION AUTHORIZATION;

-- The rows that an owner of churn alone sees: without the project's name
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT finding, object_type, project, model_api, holder_type, name, access_level, granted_by, expires_at < now() AS is_past,
	age < interval '1 hour' AS is_new, holder_acted_at IS NOT NULL AS used, changed_at IS NOT NULL AS changed, detail
FROM modelapi_acl.access_reviews ORDER BY finding, object_type, holder_type, name;
COMMIT;
-- the rows that an owner of the project sees
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('p_owner') \g /dev/null
SELECT finding, object_type, project, model_api, name, access_level, granted_by, detail
FROM modelapi_acl.access_reviews WHERE finding <> 'grant' OR object_type = 'project_collaborator' ORDER BY finding, object_type, holder_type, name;
COMMIT;

-- Use: what the holder has done since the grant, according to the audit history
BEGIN;
SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
SELECT modelapi_acl.set_setting(test.id('churn'), 'cpu', '4');
COMMIT;
BEGIN;
-- a member of churn-editors
SELECT modelapi_acl.set_session_user('mo_editor') \g /dev/null
SELECT modelapi_acl.set_setting(test.id('churn'), 'cpu', '8');
COMMIT;
BEGIN;
-- a member of growth-owners, on what lies in growth
SELECT modelapi_acl.set_session_user('po_owner') \g /dev/null
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public');
SELECT modelapi_acl.set_visibility(test.id('churn'), 'private');
COMMIT;
BEGIN;
-- reading is not recorded
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT name FROM modelapi_acl.model_apis WHERE id = test.id('churn');
COMMIT;
BEGIN;
-- actions on other objects do not count
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT modelapi_acl.create_project('elsewhere') \g /dev/null
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'expired', 'editor');	-- renewed: another user has changed it
COMMIT;
CREATE VIEW test.used WITH (security_invoker = true) AS
SELECT object_type, name, access_level, holder_acted_at IS NOT NULL AS used, changed_at IS NOT NULL AS changed
FROM modelapi_acl.access_reviews WHERE finding = 'grant' AND (model_api = 'churn' OR project = 'growth' AND model_api IS NULL)
	AND (holder_acted_at IS NOT NULL OR changed_at IS NOT NULL OR name IN ('m_viewer', 'mo_editor', 'churn-owners', 'churn-viewers'));
GRANT SELECT ON test.used TO PUBLIC;
SELECT * FROM test.used ORDER BY 1, 2;
-- an owner who is in no organization sees neither their members nor their use
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT * FROM test.used ORDER BY 1, 2;
SELECT count(*) AS members_seen FROM modelapi_acl.organization_members;
COMMIT;
-- actions before the grant do not count
BEGIN;
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_editor');
COMMIT;
BEGIN;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_editor', 'viewer');
COMMIT;
SELECT holder_acted_at FROM modelapi_acl.access_reviews WHERE model_api = 'churn' AND name = 'm_editor';
-- for an organization, the actions of today's members count
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') \g /dev/null
SELECT modelapi_acl.create_organization('lab') IS NOT NULL AS made;
SELECT modelapi_acl.add_organization_member('lab', 'm_viewer');
COMMIT;
SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'lab', 'editor');
CREATE VIEW test.lab WITH (security_invoker = true) AS
SELECT name, holder_acted_at IS NOT NULL AS used FROM modelapi_acl.access_reviews WHERE model_api = 'forecast' AND name = 'lab';
GRANT SELECT ON test.lab TO PUBLIC;
SELECT * FROM test.lab;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT modelapi_acl.set_setting(test.id('forecast'), 'cpu', '4');
COMMIT;
SELECT * FROM test.lab;
SELECT modelapi_acl.remove_organization_member('lab', 'm_viewer');
SELECT * FROM test.lab;
-- conditions on last use and age
BEGIN;
SET LOCAL row_security = off;
UPDATE modelapi_acl.model_api_collaborators SET created_at = now() - interval '30 days' WHERE user_id IN (test.id('m_viewer'), test.id('m_owner'));
UPDATE modelapi_acl.audit_events SET occurred_at = now() - interval '10 days' WHERE actor_id = test.id('m_owner') AND model_api_id = test.id('churn');
SET LOCAL row_security = on;
SELECT name, access_level, holder_acted_at IS NOT NULL AS used FROM modelapi_acl.access_reviews
WHERE finding = 'grant' AND model_api = 'churn' AND age > interval '7 days' AND (holder_acted_at IS NULL OR holder_acted_at < now() - interval '7 days') ORDER BY 1;
ROLLBACK;

-- Tokens of users who have left
BEGIN;
SELECT modelapi_acl.set_session_user('mo_owner') \g /dev/null
SELECT id IS NOT NULL AS made FROM modelapi_acl.create_token(test.id('churn'), 'no more access');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('p_editor') \g /dev/null
SELECT id IS NOT NULL AS made FROM modelapi_acl.create_token(test.id('churn'), 'disabled since');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('po_editor') \g /dev/null
SELECT id IS NOT NULL AS made FROM modelapi_acl.create_token(test.id('churn'), 'deleted since', now() + interval '1 day');
SELECT test.remember('taken over', id) FROM modelapi_acl.create_token(test.id('churn'), 'taken over') \g /dev/null
SELECT test.remember('revoked', id) FROM modelapi_acl.create_token(test.id('churn'), 'revoked') \g /dev/null
SELECT test.remember('lapsed', id) FROM modelapi_acl.create_token(test.id('churn'), 'lapsed', now() + interval '1 hour') \g /dev/null
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT id IS NOT NULL AS regenerated FROM modelapi_acl.regenerate_token(test.id('taken over'));
SELECT modelapi_acl.revoke_token(test.id('revoked'));
COMMIT;
SELECT id IS NOT NULL AS made FROM modelapi_acl.create_token(test.id('churn'), 'of the platform');	-- created by no user
SET row_security = off;
UPDATE modelapi_acl.access_tokens SET expires_at = now() - interval '1 hour' WHERE id = test.id('lapsed');
RESET row_security;
CREATE VIEW test.tokens WITH (security_invoker = true) AS
SELECT finding, name, granted_by, expires_at IS NOT NULL AS expires, changed_at IS NOT NULL AS regenerated, detail
FROM modelapi_acl.access_reviews WHERE object_type = 'access_token';
GRANT SELECT ON test.tokens TO PUBLIC;
SELECT * FROM test.tokens ORDER BY finding, name;
SELECT modelapi_acl.remove_organization_member('churn-owners', 'mo_owner');
SELECT modelapi_acl.disable_user('p_editor');
SELECT modelapi_acl.delete_user('po_editor');
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT * FROM test.tokens ORDER BY finding, name;
COMMIT;
-- public visibility is not a grant
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public');
SELECT * FROM test.tokens WHERE finding = 'token_of_leaver' ORDER BY name;
SELECT finding, name FROM modelapi_acl.access_reviews WHERE object_type = 'model_api';
SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'unrestricted');
SELECT finding, name, granted_by, changed_at IS NOT NULL AS changed, detail FROM modelapi_acl.access_reviews WHERE object_type = 'model_api' ORDER BY 2;

-- As CSV, with a login role of the user's own
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('sibling') \g /dev/null
COPY (SELECT finding, model_api, holder_type, name, access_level, granted_by, expires_at, detail
	FROM modelapi_acl.access_reviews ORDER BY finding, name) TO STDOUT WITH (FORMAT csv, HEADER);
COMMIT;

-- A query's own condition is never evaluated on hidden rows
CREATE FUNCTION test.overhear(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
	$$ BEGIN RAISE NOTICE 'heard of %', $1; RETURN true; END $$;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
SELECT count(*) FROM modelapi_acl.access_reviews WHERE test.overhear(name) AND test.overhear(model_api);
COMMIT;

RESET SESSION AUTHORIZATION;
-- Writing fails with 42501, as without any privilege
SELECT replace(who, current_user, 'a superuser') AS who, statement, test.try(format('SET LOCAL ROLE %I; %s', who, statement)) FROM unnest(ARRAY['modelapi_acl_user', 'modelapi_acl_admin', current_user]) who,
	unnest(ARRAY[$$INSERT INTO modelapi_acl.access_reviews (finding) VALUES ('x')$$, $$UPDATE modelapi_acl.access_reviews SET finding = 'x'$$, $$DELETE FROM modelapi_acl.access_reviews$$]) statement;
