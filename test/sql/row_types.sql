-- The extension's row types in an application's functions.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') IS NOT NULL AS signed_in;
CREATE FUNCTION pg_temp.named(name text) RETURNS SETOF modelapi_acl.model_apis LANGUAGE sql STABLE AS $$ SELECT m.* FROM modelapi_acl.model_apis m WHERE m.name = $1 $$;
SELECT name, visibility FROM pg_temp.named('churn');
CREATE FUNCTION pg_temp.label(modelapi_acl.model_apis) RETURNS text LANGUAGE sql AS $$ SELECT $1.name || ' (' || $1.visibility || ')' $$;
SELECT pg_temp.label(m) FROM modelapi_acl.model_apis m ORDER BY m.name;
-- the function that Sequelize's findOrCreate creates
CREATE OR REPLACE FUNCTION pg_temp.testfunc(OUT response modelapi_acl.model_api_settings, OUT sequelize_caught_exception text) RETURNS RECORD LANGUAGE plpgsql AS $func$
BEGIN
	INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (test.id('churn'), 'made', '1') RETURNING * INTO response;
EXCEPTION WHEN unique_violation THEN
	GET STACKED DIAGNOSTICS sequelize_caught_exception = PG_EXCEPTION_DETAIL;
END
$func$;
SELECT (r.response).name, r.sequelize_caught_exception FROM pg_temp.testfunc() r;
SELECT (r.response).name, r.sequelize_caught_exception IS NOT NULL AS caught FROM pg_temp.testfunc() r;
COMMIT;
SELECT t::regtype, has_type_privilege('modelapi_acl_user', t, 'USAGE') FROM (SELECT t.oid AS t FROM pg_type t WHERE t.typnamespace = 'modelapi_acl'::regnamespace AND t.typtype IN ('c', 'e')) x
WHERE NOT has_type_privilege('modelapi_acl_user', t, 'USAGE') OR has_type_privilege('regress_nobody', t, 'USAGE');
