-- Clients that send every column. The extension sets its own columns whatever is sent and keeps
-- them when nothing else changes; keys never change; errors are those of the functions, in the
-- same order. Columns that foreign keys set to NULL stay NULL.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- Roles that write may INSERT every column and UPDATE every column but "id"; no role has a
-- privilege other than SELECT on a whole table
CREATE VIEW test.writers AS
	SELECT c.oid, c.relname, r.rolname, a.attname, has_column_privilege(r.oid, c.oid, a.attnum, 'INSERT') AS ins, has_column_privilege(r.oid, c.oid, a.attnum, 'UPDATE') AS upd
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped CROSS JOIN pg_roles r
	WHERE c.relnamespace = 'modelapi_acl'::regnamespace AND c.relkind = 'r' AND r.rolname IN ('modelapi_acl_user', 'modelapi_acl_admin', 'modelapi_acl_log_writer');
SELECT relname, rolname, bool_and(ins) AS inserts_all, bool_or(ins) AS inserts_any,
	bool_and(upd = (attname <> 'id')) AS updates_all_but_id, bool_or(upd) AS updates_any
FROM test.writers GROUP BY relname, rolname HAVING bool_or(ins) OR bool_or(upd) ORDER BY relname COLLATE "C", rolname COLLATE "C";
SELECT DISTINCT relname FROM test.writers WHERE has_table_privilege(rolname, oid, 'INSERT, UPDATE, DELETE, TRUNCATE');

-- No column is NOT NULL without a default unless the client has to send it
SELECT attrelid::regclass AS relation, string_agg(attname, ', ' ORDER BY attnum) AS required FROM pg_attribute a
WHERE attrelid IN (SELECT oid FROM test.writers WHERE ins) AND attnum > 0 AND attnotnull AND NOT atthasdef
GROUP BY attrelid ORDER BY attrelid::regclass::text COLLATE "C";

-- Whatever is sent
CREATE FUNCTION test.show(statement text) RETURNS text LANGUAGE sql AS 'SELECT test.mask(test.try($1))';
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('founder'));
SELECT test.id('stranger') AS stranger, gen_random_uuid() AS nobody, '1999-01-01'::timestamptz AS old \gset
INSERT INTO modelapi_acl.projects (id, name, description, created_by, created_at) VALUES (NULL, 'x', NULL, :'stranger', :'old')
	RETURNING id IS NOT NULL AS id, test.name(created_by) AS by, created_at = now() AS now;
INSERT INTO modelapi_acl.organizations (id, name, full_name, created_at, created_by) VALUES (DEFAULT, 'rows', NULL, NULL, :'nobody')
	RETURNING id IS NOT NULL AS id, test.name(created_by) AS by, created_at = now() AS now;
INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin, created_at)
	SELECT id, test.id('m_owner'), false, NULL FROM modelapi_acl.organizations WHERE name = 'rows' RETURNING created_at = now() AS now;
INSERT INTO modelapi_acl.project_collaborators (id, project_id, user_id, organization_id, access_level, expires_at, granted_by, created_at)
	VALUES (NULL, test.id('growth'), :'stranger', NULL, 'viewer', 'infinity', :'nobody', :'old')
	RETURNING id IS NOT NULL AS id, expires_at, test.name(granted_by) AS by, created_at = now() AS now;
INSERT INTO modelapi_acl.model_apis (id, project_id, name, description, visibility, authorization_mode, invocation_mode, created_by, created_at, updated_at)
	VALUES (NULL, test.id('growth'), 'whole', NULL, 'private', 'restricted', 'sync', NULL, NULL, :'old')
	RETURNING id IS NOT NULL AS id, test.name(created_by) AS by, created_at = now() AND updated_at = now() AS now;
INSERT INTO modelapi_acl.model_api_collaborators (id, model_api_id, user_id, organization_id, access_level, expires_at, granted_by, created_at)
	VALUES (NULL, test.id('churn'), :'stranger', NULL, 'viewer', 'infinity', NULL, NULL)
	RETURNING id IS NOT NULL AS id, expires_at, test.name(granted_by) AS by, created_at = now() AS now;
INSERT INTO modelapi_acl.model_api_versions (id, model_api_id, number, source, description, state, created_by, created_at)
	SELECT NULL, id, 7, '{}', NULL, 'stopped', :'stranger'::uuid, :'old' FROM modelapi_acl.model_apis WHERE name = 'whole'
	RETURNING id IS NOT NULL AS id, number, state, test.name(created_by) AS by, created_at = now() AS now;
INSERT INTO modelapi_acl.model_api_versions (model_api_id, number, source)
	SELECT id, NULL, '{}' FROM modelapi_acl.model_apis WHERE name = 'whole' RETURNING number;
INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value, updated_by, updated_at)
	VALUES (test.id('churn'), 'whole', '1', :'stranger', :'old') RETURNING test.name(updated_by) AS by, updated_at = now() AS now;
COMMIT;
-- the functions do not store infinity either
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('founder'));
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer', 'infinity') \g /dev/null
SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'stranger', 'viewer', 'infinity') \g /dev/null
SELECT modelapi_acl.create_token(test.id('churn'), 'endless', 'infinity') IS NOT NULL AS made;
UPDATE modelapi_acl.model_api_collaborators SET expires_at = 'infinity' WHERE user_id = test.id('m_viewer') RETURNING expires_at;
SELECT test.show($$UPDATE modelapi_acl.model_api_collaborators SET expires_at = '-infinity' WHERE user_id = test.id('m_viewer')$$);
SELECT expires_at FROM modelapi_acl.model_api_collaborators WHERE user_id = test.id('stranger')
UNION ALL SELECT expires_at FROM modelapi_acl.project_collaborators WHERE user_id = test.id('stranger')
UNION ALL SELECT expires_at FROM modelapi_acl.access_tokens WHERE name = 'endless';
COMMIT;
RESET SESSION AUTHORIZATION;

-- An UPDATE by another user that sends the row unchanged, and then other values for the
-- extension's columns: no change, no event
CREATE FUNCTION test.rows() RETURNS TABLE (relation text, contents jsonb) LANGUAGE sql AS $$
	SELECT t, r FROM (
		SELECT 'organizations', to_jsonb(x) FROM modelapi_acl.organizations x UNION ALL
		SELECT 'organization_members', to_jsonb(x) FROM modelapi_acl.organization_members x UNION ALL
		SELECT 'projects', to_jsonb(x) FROM modelapi_acl.projects x UNION ALL
		SELECT 'project_collaborators', to_jsonb(x) FROM modelapi_acl.project_collaborators x UNION ALL
		SELECT 'model_apis', to_jsonb(x) FROM modelapi_acl.model_apis x UNION ALL
		SELECT 'model_api_collaborators', to_jsonb(x) FROM modelapi_acl.model_api_collaborators x UNION ALL
		SELECT 'model_api_versions', to_jsonb(x) FROM modelapi_acl.model_api_versions x UNION ALL
		SELECT 'model_api_settings', to_jsonb(x) FROM modelapi_acl.model_api_settings x UNION ALL
		SELECT 'users', to_jsonb(x) FROM modelapi_acl.users x) u (t, r) $$;
CREATE TABLE test.before AS SELECT * FROM test.rows();
CREATE TABLE test.events AS SELECT count(*) FROM modelapi_acl.audit_events;
-- the extension's columns, each with another value
CREATE FUNCTION test.resend(relation text, other boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('UPDATE modelapi_acl.%I SET %s', relation, (SELECT string_agg(CASE
			WHEN other AND attname IN ('created_by', 'granted_by', 'updated_by') THEN format('%I = gen_random_uuid()', attname)
			WHEN other AND attname IN ('created_at', 'updated_at') THEN format('%I = NULL', attname)
			ELSE format('%1$I = %1$I', attname) END, ', ')
		FROM pg_attribute WHERE attrelid = ('modelapi_acl.' || relation)::regclass AND attnum > 0 AND attname <> 'id'));
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n > 0;
END $$;
GRANT modelapi_acl_backend TO regress_admin;
SET SESSION AUTHORIZATION regress_admin;
SELECT t, test.resend(t, false) AS same, test.resend(t, true) AS others FROM unnest(ARRAY['organizations', 'organization_members', 'projects',
	'project_collaborators', 'model_apis', 'model_api_collaborators', 'model_api_versions', 'model_api_settings', 'users', 'user_identities']) t;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('p_owner'));
SELECT t, test.resend(t, false) AS same, test.resend(t, true) AS others FROM unnest(ARRAY['projects',
	'project_collaborators', 'model_apis', 'model_api_collaborators', 'model_api_versions', 'model_api_settings']) t;
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT * FROM test.rows() EXCEPT SELECT * FROM test.before;
SELECT count(*) - (SELECT count FROM test.events) AS events FROM modelapi_acl.audit_events;
-- when another column changes, they are updated
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('p_owner'));
UPDATE modelapi_acl.model_apis SET description = 'new', created_by = NULL, updated_at = '1999-01-01' WHERE id = test.id('churn')
	RETURNING test.name(created_by) AS by, updated_at = now() AS now;
UPDATE modelapi_acl.model_api_settings SET value = '2', updated_by = NULL, updated_at = '1999-01-01' WHERE name = 'whole'
	RETURNING test.name(updated_by) AS by, updated_at = now() AS now;
UPDATE modelapi_acl.model_api_collaborators SET access_level = 'editor', granted_by = NULL WHERE user_id = test.id('stranger')
	RETURNING test.name(granted_by) AS by, created_at < now() AS older;
ROLLBACK;
RESET SESSION AUTHORIZATION;

-- Errors, for every user: first whether a user is signed in, then the permission, by its name,
-- then the values. Hidden objects are as missing ones.
CREATE TABLE test.told (who text, place int, outcome text);
GRANT INSERT ON test.told TO PUBLIC;
CREATE TABLE test.probes (place serial, statement text);
GRANT SELECT ON test.probes TO PUBLIC;
INSERT INTO test.probes (statement) VALUES
($$INSERT INTO modelapi_acl.model_apis (name) VALUES (' ')$$),
($$INSERT INTO modelapi_acl.model_apis (project_id, name) VALUES (test.id('growth'), ' ')$$),
($$INSERT INTO modelapi_acl.model_apis (project_id) VALUES (test.id('growth'))$$),
($$INSERT INTO modelapi_acl.model_apis (project_id, name, visibility) VALUES (test.id('growth'), 'x', NULL)$$),
($$INSERT INTO modelapi_acl.model_apis (id, project_id, name) VALUES (test.id('churn'), test.id('growth'), ' ')$$),
($$UPDATE modelapi_acl.model_apis SET visibility = NULL WHERE id = test.id('churn') RETURNING *$$),
($$UPDATE modelapi_acl.model_apis SET name = NULL WHERE id = test.id('churn')$$),
($$UPDATE modelapi_acl.model_apis SET project_id = NULL WHERE id = test.id('churn')$$),
($$UPDATE modelapi_acl.model_apis SET project_id = test.id('churn') WHERE id = test.id('churn')$$),
($$INSERT INTO modelapi_acl.model_api_versions (source) VALUES ('{}')$$),
($$INSERT INTO modelapi_acl.model_api_versions (model_api_id) VALUES (test.id('churn'))$$),
($$UPDATE modelapi_acl.model_api_versions SET state = NULL WHERE model_api_id = test.id('churn')$$),
($$UPDATE modelapi_acl.model_api_versions SET number = 9 WHERE model_api_id = test.id('churn')$$),
($$UPDATE modelapi_acl.model_api_versions SET source = '"other"' WHERE model_api_id = test.id('churn')$$),
($$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name) VALUES (test.id('churn'), 'x')$$),
($$INSERT INTO modelapi_acl.model_api_settings (model_api_id, value) VALUES (test.id('churn'), '1')$$),
($$UPDATE modelapi_acl.model_api_settings SET name = 'other' WHERE model_api_id = test.id('churn')$$),
($$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id) VALUES (test.id('churn'))$$),
($$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, expires_at) VALUES (test.id('churn'), test.id('stranger'), '-infinity')$$),
($$UPDATE modelapi_acl.model_api_collaborators SET user_id = NULL WHERE user_id = test.id('m_viewer')$$),
($$INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level) VALUES (test.id('growth'), test.id('stranger'), NULL)$$),
($$INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin) VALUES (test.id('churn-owners'), NULL, NULL)$$),
($$INSERT INTO modelapi_acl.projects (description) VALUES ('x')$$),
($$UPDATE modelapi_acl.projects SET name = NULL WHERE id = test.id('growth')$$);
CALL test.each($$
	INSERT INTO test.told SELECT '%who%', place, test.mask(test.try(statement)) FROM test.probes
	WHERE '%who%' IN ('founder', 'm_editor', 'm_viewer', 'stranger', 'expired', 'disabled', 'anonymous') $$);
SELECT CASE WHEN row_number() OVER (PARTITION BY place ORDER BY min(u.n)) = 1 THEN statement ELSE '' END AS statement,
	split_part(outcome, ' | Requires', 1) AS outcome, string_agg(who, ' ' ORDER BY u.n) AS who
FROM test.told JOIN test.probes USING (place) JOIN (SELECT name, test.users.place FROM test.users) u (name, n) ON u.name = who
GROUP BY place, statement, outcome ORDER BY place, min(u.n);
-- no user, through PostgREST's login role: an unknown subject, a disabled one
SET SESSION AUTHORIZATION regress_web;
SET ROLE modelapi_acl_user;
SELECT set_config('request.jwt.claims', '{"sub": "unknown"}', false);
UPDATE modelapi_acl.model_apis SET name = 'x' WHERE false;
INSERT INTO modelapi_acl.projects (name) VALUES ('x');
SELECT set_config('request.jwt.claims', format('{"sub": "%s"}', test.id('disabled')), false) \g /dev/null
UPDATE modelapi_acl.model_apis SET name = 'x' WHERE false;
INSERT INTO modelapi_acl.projects (name) VALUES ('x');
-- a row lock finds no row
SELECT id FROM modelapi_acl.model_apis FOR UPDATE;
RESET ROLE;
RESET SESSION AUTHORIZATION;
RESET request.jwt.claims;

-- Administrators, signed in as nobody or as a user
SET SESSION AUTHORIZATION regress_admin;
SELECT test.show($$INSERT INTO modelapi_acl.model_apis (name) VALUES (' ')$$);
SELECT test.show($$INSERT INTO modelapi_acl.projects (name) VALUES (' ')$$);
SELECT test.show($$SELECT modelapi_acl.create_project(' ')$$);
SELECT test.show($$INSERT INTO modelapi_acl.users (full_name) VALUES ('x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.user_identities (email) VALUES ('x@example.com')$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_versions (model_api_id, source) VALUES (gen_random_uuid(), '1')$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id) VALUES (test.id('churn'), gen_random_uuid())$$);
BEGIN;
SELECT modelapi_acl.set_session_user(NULL);
SELECT test.show($$INSERT INTO modelapi_acl.users (username) VALUES ('x')$$);
SELECT test.show($$UPDATE modelapi_acl.users SET full_name = 'x'$$);
SELECT test.show($$UPDATE modelapi_acl.model_api_logs SET message = 'x'$$);
SELECT test.show($$SELECT modelapi_acl.create_user('x', 'x@example.com')$$);
SELECT test.show($$SELECT modelapi_acl.update_user('stranger', full_name => 'x')$$);
COMMIT;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('stranger'));
SELECT test.show($$INSERT INTO modelapi_acl.users (username) VALUES (' ')$$);
SELECT test.show($$UPDATE modelapi_acl.users SET full_name = 'x'$$);
SELECT test.show($$SELECT modelapi_acl.create_user('x', 'x@example.com')$$);
COMMIT;
RESET SESSION AUTHORIZATION;
REVOKE modelapi_acl_backend FROM regress_admin;

-- The log writer needs no user; the version must be one of the model API
SET SESSION AUTHORIZATION regress_log_writer;
SELECT test.show($$INSERT INTO modelapi_acl.model_api_logs (id, model_api_id, version_id, logged_at, level, message) VALUES (NULL, test.id('churn'), test.id('churn v1'), now(), 'info', 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, version_id, message) VALUES (test.id('forecast'), test.id('churn v1'), 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, version_id, message) VALUES (test.id('churn'), gen_random_uuid(), 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, message) VALUES (gen_random_uuid(), 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_logs (message) VALUES ('x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_logs (model_api_id) VALUES (test.id('churn'))$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, level, message) VALUES (test.id('churn'), 'fatal', 'x')$$);
SELECT test.show($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, level, message) VALUES (test.id('churn'), NULL, 'x')$$);
RESET SESSION AUTHORIZATION;

-- A user is deleted: guards keep the NULLs that foreign keys set, and no reference points to a
-- missing row
SELECT modelapi_acl.create_user('gone', 'gone@example.com') AS gone \gset
BEGIN;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'gone', 'owner'), modelapi_acl.add_project_collaborator(test.id('growth'), 'gone', 'owner') \g /dev/null
COMMIT;
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('gone') IS NOT NULL AS signed_in;
SELECT modelapi_acl.create_organization('by-gone') AS organization, modelapi_acl.create_project('by gone') AS project \gset
SELECT modelapi_acl.create_model_api(test.id('growth'), 'by gone') AS model_api \gset
SELECT number FROM modelapi_acl.publish_version(test.id('churn'), '{}');
SELECT modelapi_acl.set_setting(test.id('churn'), 'by gone', '1'), modelapi_acl.add_collaborator(test.id('churn'), 'sibling', 'viewer'),
	modelapi_acl.add_project_collaborator(test.id('growth'), 'sibling', 'viewer'), modelapi_acl.create_token(test.id('churn'), 'by gone') \g /dev/null
SELECT modelapi_acl.transfer_project(:'project', 'founder', NULL), modelapi_acl.transfer_ownership(:'model_api', 'founder', NULL),
	modelapi_acl.add_organization_member('by-gone', 'founder', true) \g /dev/null
COMMIT;
RESET SESSION AUTHORIZATION;
-- by an administrator, signed in as nobody or as a user
GRANT modelapi_acl_backend TO regress_admin;
SET SESSION AUTHORIZATION regress_admin;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('stranger'));
SELECT modelapi_acl.delete_user('gone');
COMMIT;
RESET SESSION AUTHORIZATION;
REVOKE modelapi_acl_backend FROM regress_admin;
-- each foreign key, checked as ALTER TABLE does
CREATE FUNCTION test.dangling() RETURNS TABLE (constraint_name text) LANGUAGE plpgsql AS $$
DECLARE
	k record;
	n bigint;
BEGIN
	FOR k IN SELECT conname, conrelid::regclass AS child, confrelid::regclass AS parent,
			(SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) AS referring,
			(SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1]) AS referred, array_length(conkey, 1) AS columns
		FROM pg_constraint WHERE contype = 'f' AND connamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	LOOP
		-- every foreign key has one column
		ASSERT k.columns = 1;
		EXECUTE format('SELECT count(*) FROM %s f LEFT JOIN %s p ON p.%I = f.%I WHERE p.%3$I IS NULL AND f.%4$I IS NOT NULL', k.child, k.parent, k.referred, k.referring) INTO n;
		IF n > 0 THEN
			constraint_name := k.conname;
			RETURN NEXT;
		END IF;
		BEGIN
			EXECUTE format('ALTER TABLE %s ADD CONSTRAINT test_again FOREIGN KEY (%I) REFERENCES %s', k.child, k.referring, k.parent);
			RAISE EXCEPTION USING ERRCODE = 'UNDO1';
		EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
		END;
	END LOOP;
END $$;
SELECT * FROM test.dangling();
SELECT relation, count(*) FILTER (WHERE contents::text LIKE '%' || :'gone' || '%') AS of_gone,
	count(*) FILTER (WHERE contents ->> 'created_by' IS NULL AND contents ? 'created_by' OR contents ->> 'granted_by' IS NULL AND contents ? 'granted_by' OR contents ->> 'updated_by' IS NULL AND contents ? 'updated_by') > 0 AS set_to_null
FROM test.rows() GROUP BY relation ORDER BY relation COLLATE "C";
-- (the history does not know of the world's expired grant)
SELECT "check", found FROM modelapi_acl.verify_access(10) WHERE "check" <> 'history';
