-- Attempts to become another user, or to see what only that user sees: each paragraph is one.
-- {victim} is the id of the user, {churn} the id of a model API. Read by spoofing.py.

-- a second statement of the user
SELECT modelapi_acl.set_session_user('founder');

SELECT modelapi_acl.set_session_user('{victim}');

SELECT modelapi_acl.set_session_user('founder@example.com');

SELECT modelapi_acl.set_session_user(NULL);

SELECT set_config('role', 'none', true), modelapi_acl.set_session_user('founder'),
	(SELECT string_agg(name, ',') FROM modelapi_acl.model_apis);

SELECT set_config('role', session_user, false), modelapi_acl.set_session_user('founder'),
	(SELECT string_agg(name, ',') FROM modelapi_acl.model_apis);

SELECT query_to_xml('SELECT set_config(''role'', ''none'', true)', true, true, ''),
	query_to_xml('SELECT modelapi_acl.set_session_user(''founder'')', true, true, ''),
	query_to_xml('SELECT name FROM modelapi_acl.model_apis', true, true, '');

WITH a AS MATERIALIZED (SELECT set_config('role', 'none', true)),
	b AS MATERIALIZED (SELECT modelapi_acl.set_session_user('founder') FROM a)
SELECT name FROM modelapi_acl.model_apis, b;

SET ROLE NONE;
SELECT modelapi_acl.set_session_user('founder');

RESET ROLE;
SELECT modelapi_acl.set_session_user('founder');

RESET ALL;
SELECT modelapi_acl.set_session_user('founder');

SET SESSION AUTHORIZATION DEFAULT;
SELECT modelapi_acl.set_session_user('founder');

SET SESSION AUTHORIZATION postgres;

SET ROLE postgres;

SET ROLE modelapi_acl_admin;

SET ROLE modelapi_acl_backend;

SET ROLE modelapi_acl_authenticator;

SET LOCAL ROLE modelapi_acl_admin;
SELECT modelapi_acl.list_model_apis();

DISCARD ALL;

DISCARD PLANS;
SELECT modelapi_acl.set_session_user('founder');

-- claims
SELECT set_config('request.jwt.claims', '{"sub": "{victim}"}', true), modelapi_acl.pre_request(),
	(SELECT string_agg(name, ',') FROM modelapi_acl.model_apis);

SELECT set_config('request.jwt.claims', '{"sub": "{victim}"}', false),
	modelapi_acl.current_user_id();

SET request.jwt.claims = '{"sub": "{victim}"}';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '{"sub": "ext-founder"}';
SELECT modelapi_acl.pre_request();

SET LOCAL "request.jwt.claim.sub" = '{victim}';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '["{victim}"]';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '"{victim}"';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '{"sub": ["{victim}"]}';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '{"sub": {"sub": "{victim}"}}';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '{"sub": "x", "sub": "{victim}"}';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '{"sub": "{victim}"';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '{"SUB": "{victim}"}';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '{"sub": "founder"}';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '{"sub": "founder@example.com"}';
SELECT modelapi_acl.pre_request();

SET LOCAL request.jwt.claims = '{"role": "modelapi_acl_admin", "sub": null}';
SELECT modelapi_acl.pre_request();

RESET request.jwt.claims;
SELECT modelapi_acl.pre_request();

-- savepoints and errors
SAVEPOINT a;
SELECT 1/0;

SAVEPOINT a;
SELECT modelapi_acl.current_user_id();
ROLLBACK TO a;
SELECT set_config('role', 'none', true);
SELECT modelapi_acl.set_session_user('founder');

SAVEPOINT a;
SET LOCAL request.jwt.claims = '{"sub": "{victim}"}';
ROLLBACK TO a;
SELECT modelapi_acl.pre_request();

DO $$
BEGIN
	BEGIN
		PERFORM modelapi_acl.set_session_user('founder');
	EXCEPTION WHEN OTHERS THEN
		NULL;
	END;
	PERFORM set_config('role', 'none', true);
	PERFORM modelapi_acl.set_session_user('founder');
END $$;

DO $$ BEGIN COMMIT; PERFORM modelapi_acl.set_session_user('founder'); END $$;

DO $$
BEGIN
	PERFORM set_config('request.jwt.claims', '{"sub": "{victim}"}', true);
	PERFORM modelapi_acl.pre_request();
END $$;

-- plans that were made for another user
PREPARE p AS SELECT name FROM modelapi_acl.model_apis;
SELECT set_config('request.jwt.claims', '{"sub": "{victim}"}', true);
EXECUTE p;

SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE q AS SELECT name FROM modelapi_acl.model_apis;
EXECUTE q;
SELECT set_config('role', 'none', true);
EXECUTE q;

DECLARE c CURSOR FOR SELECT name FROM modelapi_acl.model_apis;
SELECT set_config('request.jwt.claims', '{"sub": "{victim}"}', true);
FETCH ALL FROM c;

DECLARE c CURSOR WITH HOLD FOR SELECT modelapi_acl.set_session_user('founder');
FETCH ALL FROM c;

-- functions, operators and tables of the session's own
CREATE FUNCTION pg_temp.f() RETURNS uuid LANGUAGE sql AS
	'SELECT modelapi_acl.set_session_user(''founder'')';
SELECT pg_temp.f();

CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
	'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END';
SELECT count(*) FROM modelapi_acl.model_apis WHERE pg_temp.leak(name);

CREATE FUNCTION pg_temp.current_identity() RETURNS uuid LANGUAGE sql AS
	$$SELECT '{victim}'::uuid$$;
SET LOCAL search_path = pg_temp, pg_catalog;
SELECT name FROM modelapi_acl.model_apis;

CREATE TEMP TABLE users AS SELECT '{victim}'::uuid AS id;
SET LOCAL search_path = pg_temp, modelapi_acl;
SELECT name FROM modelapi_acl.model_apis;

-- the parts that policies are made of, and what they protect
SELECT modelapi_acl_internal.current_identity();

SELECT modelapi_acl_internal.permits('{churn}', 'view', '{victim}');

SELECT * FROM modelapi_acl_internal.token_hashes;

SELECT * FROM modelapi_acl_internal.principal_names;

SELECT p.proname, p.oid
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = 'modelapi_acl_internal' AND has_function_privilege(p.oid, 'EXECUTE')
	AND has_schema_privilege(n.oid, 'USAGE');

ALTER TABLE modelapi_acl.model_apis DISABLE ROW LEVEL SECURITY;

SET LOCAL row_security = off;
SELECT name FROM modelapi_acl.model_apis;

SET LOCAL session_replication_role = replica;

SET LOCAL modelapi_acl.user_id = '{victim}';
SELECT name FROM modelapi_acl.model_apis;

SELECT set_config('modelapi_acl.identity', '{victim}', true),
	(SELECT string_agg(name, ',') FROM modelapi_acl.model_apis);

COPY modelapi_acl.model_apis TO STDOUT;

COPY (SELECT name FROM modelapi_acl.model_apis) TO PROGRAM 'cat';

EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM modelapi_acl.model_apis;

SET LOCAL debug_parallel_query = on;
SELECT name FROM modelapi_acl.model_apis;

SELECT set_config(name, 'on', true) FROM pg_settings
WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET LOCAL parallel_setup_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT name FROM modelapi_acl.model_apis;

LOCK TABLE modelapi_acl.model_apis IN ACCESS EXCLUSIVE MODE;

SELECT name FROM modelapi_acl.model_apis FOR UPDATE;

CREATE TRIGGER t BEFORE INSERT ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();

CREATE RULE r AS ON SELECT TO modelapi_acl.model_apis DO INSTEAD SELECT 1;

SELECT lo_import('/etc/passwd'), pg_read_file('/etc/passwd');
