-- verify_access on intact data and with each kind of damage that it reports. A superuser does the
-- damage, bypassing guards, triggers and foreign keys.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- Only administrators may call it
INSERT INTO test.attempts (label, statement) VALUES
('verify_access', $$SELECT * FROM modelapi_acl.verify_access(10)$$);
CALL test.play();
SELECT * FROM test.outcomes;
-- not in a transaction that is signed in as a user
SET SESSION AUTHORIZATION regress_admin;
SELECT test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT * FROM modelapi_acl.verify_access(10)$$),
	(2, $$SELECT * FROM modelapi_acl.verify_access()$$),
	(3, $$SELECT * FROM modelapi_acl.verify_access(NULL)$$),
	(4, $$SELECT * FROM modelapi_acl.verify_access(0)$$),
	(5, $$SELECT * FROM modelapi_acl.verify_access(-1)$$),
	-- nobody can run a query as another user
	(6, $$SELECT * FROM modelapi_acl_internal.ask_as(test.id('founder'), 'model_apis', NULL, NULL)$$)
) v(place, a) ORDER BY place;
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT test.try($$SELECT * FROM modelapi_acl.verify_access(10)$$);
SELECT test.try($$SELECT * FROM modelapi_acl_internal.ask_as(test.id('m_owner'), 'model_apis', NULL, NULL)$$);
COMMIT;

-- No findings, with more data than the world has
-- (the history does not know of the world's expired grant)
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'expired');
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'expired', 'owner', clock_timestamp() + interval '1 second');
SELECT pg_sleep(1.1) \g /dev/null
SELECT id IS NOT NULL AS published FROM modelapi_acl.publish_version(test.id('churn'), '{"image": "churn:2"}');
BEGIN;
SELECT modelapi_acl.set_session_user('sibling') \g /dev/null
SELECT test.remember('lab', modelapi_acl.create_organization('lab')) \g /dev/null
SELECT modelapi_acl.add_organization_member('lab', 'm_viewer');
SELECT modelapi_acl.add_organization_member('lab', 'disabled');
SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'lab', 'editor');
SELECT modelapi_acl.set_visibility(test.id('forecast'), 'public');
COMMIT;
CREATE FUNCTION test.verify(sample integer DEFAULT 1000) RETURNS TABLE ("check" text, object_type text, object text, who text,
	permission modelapi_acl.permission, expected text, found text) LANGUAGE sql AS $$
	SELECT "check", object_type, CASE WHEN object_id IS NULL THEN NULL ELSE coalesce(test.name(object_id), '(id)') END,
		test.name(user_id), permission, test.mask(expected), test.mask(found)
	FROM modelapi_acl.verify_access($1) WHERE "check" <> 'catalog' ORDER BY 1, 2, 3, 4, 5, 6, 7 $$;	-- for catalog see verify_catalog.sql
SELECT * FROM test.verify();
-- samples smaller than the data
SELECT count(*) FROM generate_series(1, 20) s CROSS JOIN LATERAL modelapi_acl.verify_access(s);
-- the current user is unchanged
SELECT modelapi_acl.current_user_id() IS NULL AS nobody, current_user = session_user AS same_role, current_setting('row_security');
SET SESSION AUTHORIZATION regress_admin;
SELECT count(*) FROM modelapi_acl.verify_access();
SET row_security = off;		-- makes no difference
SELECT count(*) FROM modelapi_acl.verify_access();
RESET row_security;
RESET SESSION AUTHORIZATION;

-- Damage; each is undone
CREATE PROCEDURE test.damage(what text, statement text) LANGUAGE plpgsql AS $$
DECLARE
	r record;
	n int := 0;
BEGIN
	RAISE NOTICE '% ...', what;
	BEGIN
		SET LOCAL row_security = off;
		SET LOCAL session_replication_role = replica;
		EXECUTE statement;
		SET LOCAL session_replication_role = origin;
		SET LOCAL row_security = on;
		FOR r IN SELECT * FROM test.verify() LOOP
			n := n + 1;
			IF n <= 8 THEN
				RAISE NOTICE '  %', concat_ws(' | ', r.check, r.object_type, r.object, r.who, r.permission, r.expected, r.found);
			END IF;
		END LOOP;
		IF n > 8 OR n = 0 THEN
			RAISE NOTICE '  ... % rows', n;
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'UNDO1';
	EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
	END;
END
$$;

-- Invariants
CALL test.damage('no lasting owner of a model API', $$UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() + interval '1 day'
	WHERE model_api_id = test.id('weather')$$);
CALL test.damage('no lasting owner of a project', $$UPDATE modelapi_acl.project_collaborators SET expires_at = now() + interval '1 day'
	WHERE access_level = 'owner' AND user_id IS NOT NULL$$);
CALL test.damage('no admin of an organization', $$UPDATE modelapi_acl.organization_members SET is_admin = false
	WHERE organization_id = test.id('churn-owners')$$);
CALL test.damage('a user without a name', $$DELETE FROM modelapi_acl_internal.principal_names WHERE name = 'stranger'$$);
CALL test.damage('a user under another''s name', $$UPDATE modelapi_acl_internal.principal_names SET name = 'somebody' WHERE name = 'stranger'$$);
CALL test.damage('an organization without a name', $$DELETE FROM modelapi_acl_internal.principal_names WHERE name = 'lab'$$);
CALL test.damage('a name that is nobody''s', $$INSERT INTO modelapi_acl_internal.principal_names (name, user_id) VALUES ('ghost', gen_random_uuid())$$);
CALL test.damage('no search document', $$DELETE FROM modelapi_acl_internal.search_documents WHERE model_api_id = test.id('churn')$$);
CALL test.damage('another search document', $$UPDATE modelapi_acl_internal.search_documents SET document = 'other' WHERE model_api_id = test.id('churn')$$);
CALL test.damage('a renamed model API', $$UPDATE modelapi_acl.model_apis SET name = 'renamed' WHERE id = test.id('churn')$$);
CALL test.damage('a search document of nothing', $$INSERT INTO modelapi_acl_internal.search_documents VALUES (gen_random_uuid(), 'x')$$);
CALL test.damage('an email that is not in NFC', $$UPDATE modelapi_acl.user_identities SET email = 'rene' || chr(769) || '@example.com' WHERE user_id = test.id('stranger')$$);
CALL test.damage('an email that imitates another', $$UPDATE modelapi_acl.user_identities SET email = chr(8490) || 'ate@example.com' WHERE user_id = test.id('stranger')$$);
CALL test.damage('a name that reads as another', $$UPDATE modelapi_acl.model_apis SET name = 'forecast' || chr(8203) WHERE id = test.id('churn')$$);
CALL test.damage('a setting with a blank', $$UPDATE modelapi_acl.model_api_settings SET name = name || ' '$$);
CALL test.damage('an infinite expiry', $$UPDATE modelapi_acl.model_api_collaborators SET expires_at = 'infinity' WHERE user_id = test.id('m_viewer')$$);
CALL test.damage('a token without a hash', $$DELETE FROM modelapi_acl_internal.token_hashes WHERE token_id = test.id('churn token')$$);
CALL test.damage('a hash without a token', $$INSERT INTO modelapi_acl_internal.token_hashes VALUES (sha256('x'), gen_random_uuid())$$);
CALL test.damage('no counter', $$DELETE FROM modelapi_acl_internal.object_counters WHERE object_id = test.id('churn')$$);
CALL test.damage('a counter that is behind', $$UPDATE modelapi_acl_internal.object_counters SET last_version = 1 WHERE object_id = test.id('churn')$$);
CALL test.damage('a counter of nothing', $$INSERT INTO modelapi_acl_internal.object_counters (object_id) VALUES (gen_random_uuid())$$);
CALL test.damage('a gap in the versions', $$DELETE FROM modelapi_acl.model_api_versions WHERE id = test.id('churn v1')$$);
CALL test.damage('a grant of two principals', $$ALTER TABLE modelapi_acl.model_api_collaborators DROP CONSTRAINT model_api_collaborators_one_principal;
	UPDATE modelapi_acl.model_api_collaborators SET organization_id = test.id('churn-editors')
	WHERE user_id = test.id('founder') AND model_api_id = test.id('forecast')$$);
CALL test.damage('a grant of no principal', $$ALTER TABLE modelapi_acl.project_collaborators DROP CONSTRAINT project_collaborators_one_principal;
	INSERT INTO modelapi_acl.project_collaborators (project_id) VALUES (test.id('growth'))$$);
-- History
CALL test.damage('a grant that was made in silence', $$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
	VALUES (test.id('churn'), test.id('stranger'), 'editor')$$);
CALL test.damage('a grant that was changed in silence', $$UPDATE modelapi_acl.project_collaborators SET access_level = 'viewer' WHERE user_id = test.id('p_editor')$$);
CALL test.damage('a member who left in silence', $$DELETE FROM modelapi_acl.organization_members WHERE user_id = test.id('mo_viewer')$$);
CALL test.damage('a user who was disabled in silence', $$UPDATE modelapi_acl.users SET disabled_at = now() WHERE id = test.id('sibling')$$);
CALL test.damage('a change without its time', $$DELETE FROM modelapi_acl_internal.changes WHERE change_id IN
	(SELECT change_id FROM modelapi_acl.audit_events WHERE object_id = test.id('stranger') AND action = 'user.created')$$);
-- changes of this transaction are verified, too
CALL test.damage('none: a grant that was made in this transaction', $$SET LOCAL session_replication_role = origin; SET LOCAL row_security = on;
	SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'editor')$$);
-- References
CALL test.damage('a grant of nobody', $$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id) VALUES (test.id('churn'), gen_random_uuid())$$);
CALL test.damage('a grant on nothing', $$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id) VALUES (gen_random_uuid(), test.id('stranger'))$$);
CALL test.damage('a grant on no project', $$INSERT INTO modelapi_acl.project_collaborators (project_id, organization_id) VALUES (gen_random_uuid(), test.id('lab'))$$);
CALL test.damage('a grant on a project of nobody', $$INSERT INTO modelapi_acl.project_collaborators (project_id, organization_id) VALUES (test.id('growth'), gen_random_uuid())$$);
CALL test.damage('a member who isn''t there', $$INSERT INTO modelapi_acl.organization_members (organization_id, user_id) VALUES (test.id('lab'), gen_random_uuid())$$);
CALL test.damage('a member of nothing', $$INSERT INTO modelapi_acl.organization_members (organization_id, user_id) VALUES (gen_random_uuid(), test.id('stranger'))$$);
CALL test.damage('an identity of nobody', $$INSERT INTO modelapi_acl.user_identities (user_id, email) VALUES (gen_random_uuid(), 'x@example.com')$$);
CALL test.damage('a version of nothing', $$INSERT INTO modelapi_acl.model_api_versions (model_api_id, number, source) VALUES (gen_random_uuid(), 1, '{}')$$);
CALL test.damage('a setting of nothing', $$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (gen_random_uuid(), 'x', '1')$$);
CALL test.damage('a token of nothing', $$WITH t AS (INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint) VALUES (gen_random_uuid(), 'x', 'x') RETURNING id)
	INSERT INTO modelapi_acl_internal.token_hashes SELECT sha256('y'), id FROM t$$);
CALL test.damage('model APIs without their project', $$UPDATE modelapi_acl.model_apis SET project_id = gen_random_uuid() WHERE id = test.id('weather')$$);

-- What users are shown
CALL test.damage('a policy is opened', $$ALTER POLICY may_view ON modelapi_acl.access_tokens USING (true)$$);
CALL test.damage('a policy is gone', $$DROP POLICY may_view ON modelapi_acl.model_api_settings$$);
CALL test.damage('row-level security is off', $$ALTER TABLE modelapi_acl.model_api_logs DISABLE ROW LEVEL SECURITY$$);
CALL test.damage('model APIs are shown to all', $$ALTER POLICY may_view ON modelapi_acl.model_apis USING (true)$$);
CALL test.damage('another policy shows one row', format($$CREATE POLICY leak ON modelapi_acl.model_apis FOR SELECT TO modelapi_acl_user
	USING (id = %L AND (SELECT modelapi_acl.current_user_id()) = %L)$$, test.id('churn'), test.id('stranger')));
CALL test.damage('grants are shown to all', $$ALTER POLICY may_view ON modelapi_acl.model_api_collaborators USING (model_api_id = test.id('churn'))$$);
CALL test.damage('the audit is shown to nobody', $$ALTER POLICY may_view ON modelapi_acl.audit_events USING (false)$$);
CALL test.damage('versions are shown to nobody', $$ALTER POLICY may_view ON modelapi_acl.model_api_versions USING (false)$$);
-- What functions answer
CALL test.damage('has_permission says no', $$CREATE OR REPLACE FUNCTION modelapi_acl.has_permission(model_api_id uuid, permission modelapi_acl.permission)
	RETURNS boolean LANGUAGE sql STABLE AS 'SELECT false'$$);
CALL test.damage('my_permissions says nothing', $$CREATE OR REPLACE FUNCTION modelapi_acl.my_permissions(model_api_id uuid)
	RETURNS modelapi_acl.permission[] LANGUAGE sql STABLE AS $f$ SELECT '{}'::modelapi_acl.permission[] $f$ $$);
CALL test.damage('effective_access_level says editor', $$CREATE OR REPLACE FUNCTION modelapi_acl.effective_access_level(model_api_id uuid)
	RETURNS modelapi_acl.access_level LANGUAGE sql STABLE AS $f$ SELECT 'editor'::modelapi_acl.access_level $f$ $$);
CALL test.damage('list_model_apis lists all that may be viewed', $$CREATE OR REPLACE FUNCTION modelapi_acl.list_model_apis(permission modelapi_acl.permission DEFAULT 'view')
	RETURNS SETOF modelapi_acl.model_apis LANGUAGE sql STABLE AS 'SELECT * FROM modelapi_acl.model_apis'$$);
CALL test.damage('who_can names nobody', $$CREATE OR REPLACE FUNCTION modelapi_acl.who_can(model_api_id uuid, permission modelapi_acl.permission)
	RETURNS TABLE (user_id uuid, username text, access_level modelapi_acl.access_level, roads text[]) LANGUAGE sql STABLE
	AS 'SELECT NULL::uuid, NULL::text, NULL::modelapi_acl.access_level, NULL::text[] WHERE false'$$);
-- Everything was undone
SELECT * FROM test.verify();
