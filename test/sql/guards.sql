-- Columns that nobody can change: keys, creators, numbers. Tried as a superuser, to whom
-- privileges and policies do not apply; users have no privilege on most of these columns.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE TABLE test.changes (place serial, statement text);
INSERT INTO test.changes (statement) VALUES
($$UPDATE modelapi_acl.users SET id = gen_random_uuid() WHERE username = 'stranger'$$),
($$UPDATE modelapi_acl.users SET username = 'Founder' WHERE username = 'stranger'$$),
($$UPDATE modelapi_acl.users SET username = 'a b' WHERE username = 'stranger'$$),
($$UPDATE modelapi_acl.user_identities SET user_id = test.id('founder') WHERE user_id = test.id('stranger')$$),
($$UPDATE modelapi_acl.user_identities SET email = 'no address' WHERE user_id = test.id('stranger')$$),
($$UPDATE modelapi_acl.user_identities SET external_id = test.id('founder')::text WHERE user_id = test.id('stranger')$$),
($$UPDATE modelapi_acl.organizations SET id = gen_random_uuid()$$),
($$UPDATE modelapi_acl.organizations SET name = 'founder'$$),
($$UPDATE modelapi_acl.organization_members SET organization_id = gen_random_uuid()$$),
($$UPDATE modelapi_acl.organization_members SET user_id = test.id('stranger') WHERE user_id = test.id('mo_viewer')$$),
($$UPDATE modelapi_acl.projects SET id = gen_random_uuid()$$),
($$UPDATE modelapi_acl.projects SET name = ' '$$),
($$UPDATE modelapi_acl.project_collaborators SET id = gen_random_uuid()$$),
($$UPDATE modelapi_acl.project_collaborators SET project_id = gen_random_uuid()$$),
($$UPDATE modelapi_acl.project_collaborators SET user_id = test.id('stranger') WHERE user_id = test.id('p_viewer')$$),
($$UPDATE modelapi_acl.project_collaborators SET organization_id = NULL, user_id = test.id('stranger') WHERE organization_id IS NOT NULL$$),
($$UPDATE modelapi_acl.project_collaborators SET expires_at = now() - interval '1 day' WHERE user_id = test.id('p_viewer')$$),
($$INSERT INTO modelapi_acl.project_collaborators (project_id) VALUES (test.id('growth'))$$),
($$INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, expires_at) VALUES (test.id('growth'), test.id('stranger'), now())$$),
($$UPDATE modelapi_acl.model_apis SET id = gen_random_uuid()$$),
($$UPDATE modelapi_acl.model_apis SET project_id = gen_random_uuid()$$),
($$UPDATE modelapi_acl.model_api_collaborators SET id = gen_random_uuid()$$),
($$UPDATE modelapi_acl.model_api_collaborators SET model_api_id = test.id('forecast') WHERE user_id = test.id('m_viewer')$$),
($$UPDATE modelapi_acl.model_api_collaborators SET user_id = test.id('stranger') WHERE user_id = test.id('m_viewer')$$),
($$UPDATE modelapi_acl.model_api_versions SET id = gen_random_uuid()$$),
($$UPDATE modelapi_acl.model_api_versions SET model_api_id = test.id('forecast')$$),
($$UPDATE modelapi_acl.model_api_versions SET number = number + 1$$),
($$UPDATE modelapi_acl.model_api_versions SET source = '{"image": "other"}'$$),
($$UPDATE modelapi_acl.model_api_versions SET description = 'other'$$),
($$UPDATE modelapi_acl.model_api_settings SET model_api_id = test.id('forecast')$$),
($$UPDATE modelapi_acl.model_api_settings SET name = 'other'$$),
($$UPDATE modelapi_acl.model_api_logs SET id = gen_random_uuid()$$),
($$UPDATE modelapi_acl.model_api_logs SET model_api_id = test.id('forecast')$$),
($$UPDATE modelapi_acl.audit_events SET actor_id = NULL$$),
($$DELETE FROM modelapi_acl.audit_events$$);
SELECT statement, test.mask(test.try(statement)) AS outcome FROM test.changes ORDER BY place;

-- The extension sets who created or changed a row and when, whatever the statement says
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('founder'));
INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level, granted_by, created_at)
	VALUES (test.id('growth'), test.id('stranger'), 'viewer', test.id('stranger'), '1999-01-01')
	RETURNING test.name(granted_by) AS granted_by, created_at > '2020-01-01' AS made_now;
INSERT INTO modelapi_acl.model_api_versions (model_api_id, number, source, created_by, created_at)
	VALUES (test.id('churn'), 99, '{}', test.id('stranger'), '1999-01-01')
	RETURNING number, test.name(created_by) AS created_by, created_at > '2020-01-01' AS made_now;
INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value, updated_by, updated_at)
	VALUES (test.id('churn'), 'guarded', '1', test.id('stranger'), '1999-01-01')
	RETURNING test.name(updated_by) AS updated_by, updated_at > '2020-01-01' AS made_now;
INSERT INTO modelapi_acl.projects (name, created_by, created_at) VALUES ('x', test.id('stranger'), '1999-01-01')
	RETURNING test.name(created_by) AS created_by, created_at > '2020-01-01' AS made_now;
INSERT INTO modelapi_acl.model_apis (project_id, name, created_by, created_at, updated_at) VALUES (test.id('growth'), 'x', test.id('stranger'), '1999-01-01', '1999-01-01')
	RETURNING test.name(created_by) AS created_by, created_at > '2020-01-01' AS made_now, updated_at > '2020-01-01' AS updated_now;
INSERT INTO modelapi_acl.organizations (name, created_at) VALUES ('guarded', '1999-01-01') RETURNING created_at > '2020-01-01' AS made_now;
INSERT INTO modelapi_acl.organization_members (organization_id, user_id, created_at)
	SELECT id, test.id('stranger'), '1999-01-01' FROM modelapi_acl.organizations WHERE name = 'guarded'
	RETURNING created_at > '2020-01-01' AS made_now;
ROLLBACK;

-- Deleting removes all dependent rows
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('founder'));
SELECT modelapi_acl.create_organization('short-lived') IS NOT NULL AS organization, modelapi_acl.create_project('short-lived') AS project \gset
SELECT modelapi_acl.create_model_api(:'project', 'short-lived') AS model_api \gset
SELECT number FROM modelapi_acl.publish_version(:'model_api', '{}');
SELECT modelapi_acl.add_organization_member('short-lived', 'stranger', true);
SELECT modelapi_acl.add_project_collaborator(:'project', 'stranger', 'owner');
SELECT modelapi_acl.remove_organization_member('short-lived', 'stranger');
SELECT modelapi_acl.remove_project_collaborator(:'project', 'stranger');
SELECT modelapi_acl.create_token(:'model_api', 'x') IS NOT NULL AS token;
CREATE TEMP VIEW left_behind AS
	SELECT count(*) FROM modelapi_acl_internal.object_counters c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl.model_apis WHERE id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl.projects WHERE id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl.organizations WHERE id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl.users WHERE id = c.object_id);
SELECT count(*) FROM modelapi_acl_internal.object_counters WHERE object_id IN (:'project', :'model_api',
	(SELECT id FROM modelapi_acl.organizations WHERE name = 'short-lived'));
SELECT modelapi_acl.delete_model_api(:'model_api');
TABLE left_behind;
SELECT modelapi_acl.delete_project(:'project');
TABLE left_behind;
SELECT modelapi_acl.delete_organization('short-lived');
TABLE left_behind;
ROLLBACK;

-- No table can be truncated, directly or by cascade, by any role
SET client_min_messages = warning;	-- the notices name the tables it cascades to
SELECT c.oid::regclass AS relation, test.try(format('TRUNCATE %s CASCADE', c.oid::regclass)) AS outcome FROM pg_class c
WHERE relnamespace::regnamespace::text LIKE 'modelapi_acl%' AND relkind = 'r' ORDER BY c.oid::regclass::text COLLATE "C";

-- Administrators may write by plain SQL. An administrator who is signed in as a user has that
-- user's permissions.
CREATE TABLE test.rights (place serial, statement text);
GRANT SELECT ON test.rights TO PUBLIC;
INSERT INTO test.rights (statement) VALUES
($$INSERT INTO modelapi_acl.users (username) VALUES ('made')$$),
($$UPDATE modelapi_acl.users SET full_name = 'x'$$),
($$INSERT INTO modelapi_acl.user_identities (user_id, email) VALUES (test.id('without identity'), 'made@example.com')$$),
($$UPDATE modelapi_acl.user_identities SET email = 'x' || email$$),
($$UPDATE modelapi_acl.organizations SET full_name = 'x'$$),
($$INSERT INTO modelapi_acl.organization_members (organization_id, user_id) SELECT id, test.id('stranger') FROM modelapi_acl.organizations LIMIT 1$$),
($$UPDATE modelapi_acl.projects SET description = 'x'$$),
($$INSERT INTO modelapi_acl.projects (name) VALUES ('x')$$),
($$INSERT INTO modelapi_acl.organizations (name) VALUES ('x')$$),
($$UPDATE modelapi_acl.model_apis SET visibility = 'public'$$),
($$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (test.id('churn'), 'x', '1')$$),
($$INSERT INTO modelapi_acl.model_api_versions (model_api_id, source) VALUES (test.id('churn'), '{}')$$),
($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, message) VALUES (test.id('churn'), 'x')$$),
($$UPDATE modelapi_acl.model_api_logs SET message = 'x'$$),
-- an administrator sees everything: for a missing row, the foreign key's error
($$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id) VALUES ('00000000-0000-0000-0000-000000000000', test.id('stranger'))$$),
($$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES ('00000000-0000-0000-0000-000000000000', 'x', '1') RETURNING *$$),
($$INSERT INTO modelapi_acl.model_api_versions (model_api_id, source) VALUES ('00000000-0000-0000-0000-000000000000', '{}')$$),
($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, message) VALUES ('00000000-0000-0000-0000-000000000000', 'x') RETURNING *$$),
($$INSERT INTO modelapi_acl.project_collaborators (project_id, user_id) VALUES ('00000000-0000-0000-0000-000000000000', test.id('stranger'))$$),
($$UPDATE modelapi_acl.model_api_logs SET version_id = NULL$$);
BEGIN;
SET LOCAL row_security = off;
INSERT INTO modelapi_acl.users (username) VALUES ('without') RETURNING test.remember('without identity', id);
COMMIT;
GRANT modelapi_acl_backend TO regress_admin;
SET SESSION AUTHORIZATION regress_admin;
SELECT statement, test.try(statement) AS administrator FROM test.rights ORDER BY place;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('stranger'));
SELECT statement, test.mask(test.try(statement)) AS administrator_for_stranger FROM test.rights ORDER BY place;
COMMIT;
RESET SESSION AUTHORIZATION;
REVOKE modelapi_acl_backend FROM regress_admin;

-- The guard refuses a superuser who is signed in as a user, though no policy applies
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('m_viewer'));
SELECT test.try($$INSERT INTO modelapi_acl.model_api_versions (model_api_id, source) VALUES (test.id('churn'), '{}')$$);
ROLLBACK;
