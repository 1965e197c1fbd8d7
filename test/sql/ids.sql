-- Only the extension assigns ids. A chosen id could be that of a hidden row, and the error would
-- reveal it. Roles with INSERT on the column, such as members of pg_write_all_data, gain nothing.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all
SET client_min_messages = error;
CREATE ROLE regress_writer LOGIN IN ROLE modelapi_acl_backend, pg_read_all_data, pg_write_all_data;
RESET client_min_messages;
GRANT CREATE ON SCHEMA test TO regress_writer;
CREATE FUNCTION test.show(statement text) RETURNS text LANGUAGE sql AS 'SELECT test.mask(test.try($1))';

SET SESSION AUTHORIZATION regress_writer;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('stranger'));

-- With the id of a hidden project, a new id, and no id
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (test.id('growth'), 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (gen_random_uuid(), 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (NULL, 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (DEFAULT, 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (modelapi_acl.new_id(), 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (test.id('growth'), 'x') ON CONFLICT DO NOTHING$$);
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (gen_random_uuid(), 'x') ON CONFLICT DO NOTHING$$);
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (test.id('growth'), 'x') ON CONFLICT (id) DO UPDATE SET name = 'taken'$$);
SELECT test.show($$MERGE INTO modelapi_acl.projects p USING (SELECT test.id('growth') AS id) s ON p.id = s.id
	WHEN MATCHED THEN UPDATE SET name = 'taken' WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, 'x')$$);
-- an upsert that would take over the hidden project
SELECT test.show($$WITH p AS (INSERT INTO modelapi_acl.projects (id, name) VALUES (test.id('growth'), 'x')
		ON CONFLICT (id) DO UPDATE SET name = 'taken' RETURNING id)
	INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level)
	SELECT id, test.id('stranger'), 'owner' FROM p$$);

-- Other tables
SELECT test.remember('mine', modelapi_acl.create_project('mine')) \g /dev/null
SELECT test.show($$INSERT INTO modelapi_acl.model_apis (id, project_id, name) VALUES (test.id('churn'), test.id('mine'), 'x') ON CONFLICT DO NOTHING$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_apis (id, project_id, name) VALUES (NULL, test.id('mine'), 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.organizations (id, name) VALUES (test.id('churn-owners'), 'x') ON CONFLICT DO NOTHING$$);
SELECT test.show($$INSERT INTO modelapi_acl.project_collaborators (id, project_id, user_id) VALUES (gen_random_uuid(), test.id('mine'), test.id('founder'))$$);

-- An id from new_id() can be used once, and again after ROLLBACK TO SAVEPOINT
SELECT test.remember('kept', modelapi_acl.new_id()) \g /dev/null
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (test.id('kept'), 'x'), (test.id('kept'), 'y') ON CONFLICT DO NOTHING$$);
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (test.id('kept'), 'x')$$);
SAVEPOINT a;
SAVEPOINT b;
INSERT INTO modelapi_acl.projects (id, name) VALUES (test.id('kept'), 'first');
RELEASE b;
SELECT test.show($$INSERT INTO modelapi_acl.organizations (id, name) VALUES (test.id('kept'), 'x')$$);
ROLLBACK TO a;
INSERT INTO modelapi_acl.projects (id, name) VALUES (test.id('kept'), 'second') RETURNING name;
RELEASE a;
SELECT test.show($$INSERT INTO modelapi_acl.organizations (id, name) VALUES (test.id('kept'), 'x')$$);
-- but not in a later transaction
SELECT test.remember('late', modelapi_acl.new_id()) \g /dev/null
COMMIT;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('stranger'));
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (test.id('late'), 'x')$$);
-- a chosen id never changes an existing row, not even the user's own
SELECT test.show($$INSERT INTO modelapi_acl.projects (id, name) VALUES (test.id('kept'), 'x') ON CONFLICT (id) DO UPDATE SET name = 'taken'$$);
COMMIT;
RESET SESSION AUTHORIZATION;

-- Administrators cannot choose ids; a restore can
SELECT test.show($$INSERT INTO modelapi_acl.users (id, username) VALUES (gen_random_uuid(), 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_logs (id, model_api_id, message) VALUES (gen_random_uuid(), test.id('churn'), 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, message) VALUES (test.id('churn'), 'x')$$);
SET row_security = off;
SELECT test.show($$INSERT INTO modelapi_acl.users (id, username) VALUES (gen_random_uuid(), 'x')$$);
RESET row_security;
SELECT name, test.name(created_by) FROM modelapi_acl.projects ORDER BY created_at;
REVOKE CREATE ON SCHEMA test FROM regress_writer;
DROP ROLE regress_writer;
