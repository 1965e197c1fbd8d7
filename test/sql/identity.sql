-- The current user: set once in a transaction, valid until its end.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

SET SESSION AUTHORIZATION regress_backend;

-- By id, username or email, in upper or lower case
SELECT n, test.name(modelapi_acl.current_user_id()) FROM (SELECT 'nobody yet' AS n) x;
BEGIN; SELECT test.name(modelapi_acl.set_session_user(test.id('founder')::text)), test.name(modelapi_acl.current_user_id()); COMMIT;
BEGIN; SELECT test.name(modelapi_acl.set_session_user('FOUNDER')); COMMIT;
BEGIN; SELECT test.name(modelapi_acl.set_session_user('Founder@Example.COM')); COMMIT;
-- it ends with the transaction
SELECT modelapi_acl.current_user_id();

-- Unknown names
BEGIN; SELECT modelapi_acl.set_session_user('nobody'); ROLLBACK;
BEGIN; SELECT modelapi_acl.set_session_user(''); ROLLBACK;
BEGIN; SELECT modelapi_acl.set_session_user('disabled'); ROLLBACK;
BEGIN; SELECT modelapi_acl.set_session_user('churn-owners'); ROLLBACK;
BEGIN; SELECT modelapi_acl.set_session_user('00000000-0000-4000-8000-000000000000'); ROLLBACK;
BEGIN; SELECT modelapi_acl.set_session_user('sub-founder'); ROLLBACK;

-- Setting the same user again is allowed; another user is refused
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('founder'));
SELECT test.name(modelapi_acl.set_session_user('founder@example.com'));
SAVEPOINT s;
SELECT modelapi_acl.set_session_user('stranger');
ROLLBACK TO s;
SELECT modelapi_acl.set_session_user(NULL);
ROLLBACK TO s;
SELECT test.name(modelapi_acl.current_user_id());
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user(NULL);
SAVEPOINT s;
SELECT modelapi_acl.set_session_user('founder');
ROLLBACK TO s;
SELECT modelapi_acl.current_user_id();
COMMIT;

-- Neither ROLLBACK TO SAVEPOINT nor an error resets it
BEGIN;
SAVEPOINT s;
SELECT test.name(modelapi_acl.set_session_user('founder'));
ROLLBACK TO s;
SELECT test.name(modelapi_acl.current_user_id());
SELECT 1/0;
ROLLBACK TO s;
SELECT test.name(modelapi_acl.current_user_id());
-- COMMIT AND CHAIN starts another transaction
COMMIT AND CHAIN;
SELECT modelapi_acl.current_user_id();
COMMIT;
-- a failed set_session_user leaves no user
BEGIN;
SAVEPOINT s;
SELECT modelapi_acl.set_session_user('disabled');
ROLLBACK TO s;
SELECT modelapi_acl.set_session_user('founder');
ROLLBACK;

-- A user who is disabled during the transaction has no access from then on
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('m_owner'));
SET LOCAL ROLE modelapi_acl_user;
SELECT count(*) FROM modelapi_acl.model_apis;
RESET ROLE;
UPDATE modelapi_acl.users SET disabled_at = now() WHERE username = 'm_owner';
SET LOCAL ROLE modelapi_acl_user;
SELECT modelapi_acl.current_user_id(), (SELECT count(*) FROM modelapi_acl.model_apis);
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public');
ROLLBACK;

-- Which roles may set a user
SET SESSION AUTHORIZATION regress_person;
SELECT modelapi_acl.set_session_user('founder');
SET SESSION AUTHORIZATION regress_web;
SELECT modelapi_acl.set_session_user('founder');
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.set_session_user('founder');

-- SQL injected into a backend's statement
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('stranger'));
SET LOCAL ROLE modelapi_acl_user;
SAVEPOINT s;
SELECT set_config('role', 'none', true), modelapi_acl.set_session_user('founder');
ROLLBACK TO s;
SELECT set_config('role', 'none', true);
SELECT query_to_xml('SELECT modelapi_acl.set_session_user(''founder'')', true, true, '');
ROLLBACK TO s;
SELECT set_config('request.jwt.claims', '{"sub": "sub-founder"}', true);
SELECT modelapi_acl.pre_request();
SELECT test.name(modelapi_acl.current_user_id());
DISCARD ALL;
ROLLBACK TO s;
RESET ALL;
SET SESSION AUTHORIZATION DEFAULT;
SELECT test.name(modelapi_acl.current_user_id());
ROLLBACK;
BEGIN;
SELECT modelapi_acl.set_session_user(NULL);
SELECT query_to_xml('SELECT modelapi_acl.set_session_user(''founder'')', true, true, '');
ROLLBACK;

-- Claims are accepted only from a login role with the privilege to set users
RESET SESSION AUTHORIZATION;
CREATE FUNCTION test.claim(claims text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('request.jwt.claims', claims, true);
	PERFORM modelapi_acl.pre_request();
	RETURN coalesce(test.name(modelapi_acl.current_user_id()), 'nobody');
END $$;
SET SESSION AUTHORIZATION regress_web;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": "sub-founder", "role": "x"}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim(format('{"sub": "%s"}', test.id('founder'))); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"a": {"sub": "sub-stranger"}, "sub": "sub\u002dfounder"}'); COMMIT;
-- after the transaction the setting exists and is empty
SELECT modelapi_acl.current_user_id();
-- malformed claims mean no user
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim(''); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('not json'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('"sub-founder"'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('["sub", "sub-founder"]'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('[{"sub": "sub-founder"}]'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": 1}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": null}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": ["sub-founder"]}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": {"sub": "sub-founder"}}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"a": {"sub": "sub-founder"}}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": "sub-founder", "sub": "sub-stranger"}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"Sub": "sub-founder"}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": "founder"}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": ""}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": "sub-disabled"}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": "sub-founder\u0000"}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": "sub-founder"'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim(repeat('[', 100000)); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_user; SELECT test.claim('{"sub": "' || repeat('x', 100000) || '"}'); COMMIT;
-- only the first claims of a transaction count
BEGIN;
SET LOCAL ROLE modelapi_acl_user;
SELECT test.claim('{"sub": "sub-stranger"}');
SELECT test.claim('{"sub": "sub-founder"}');
SAVEPOINT s;
\set VERBOSITY sqlstate
SELECT set_config('role', 'none', true), test.claim('{"sub": "sub-founder"}');
\set VERBOSITY default
COMMIT;
-- claims from other login roles are ignored
SET SESSION AUTHORIZATION regress_person;
BEGIN; SELECT test.claim('{"sub": "sub-founder"}'); COMMIT;
SET SESSION AUTHORIZATION regress_backend;
BEGIN; SELECT test.claim('{"sub": "sub-founder"}'); COMMIT;
RESET SESSION AUTHORIZATION;
BEGIN; SELECT test.claim('{"sub": "sub-founder"}'); COMMIT;

-- A SECURITY DEFINER function of another application sees the caller's user
CREATE FUNCTION test.whose() RETURNS text LANGUAGE sql SECURITY DEFINER
	AS $$ SELECT test.name(modelapi_acl.current_user_id()) || ' ' || coalesce(modelapi_acl.effective_access_level(test.id('churn'))::text, 'nothing') $$;
SET SESSION AUTHORIZATION regress_backend;
BEGIN; SELECT test.name(modelapi_acl.set_session_user('m_viewer')); SELECT test.whose(); COMMIT;
BEGIN; SELECT test.name(modelapi_acl.set_session_user('stranger')); SELECT test.whose(); COMMIT;
RESET SESSION AUTHORIZATION;
