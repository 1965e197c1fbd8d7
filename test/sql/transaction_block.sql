-- set_session_user outside a transaction block raises a warning, as SET LOCAL does, but not in a
-- query with several statements.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

SET client_min_messages = warning;
SELECT modelapi_acl.set_session_user('m_owner') IS NOT NULL AS signed_in;
SELECT modelapi_acl.set_session_user(NULL);
PREPARE state AS SELECT modelapi_acl.set_session_user($1) IS NOT NULL AS signed_in;
EXECUTE state('m_owner');
SELECT modelapi_acl.current_user_id() AS nobody;
BEGIN;
EXECUTE state('m_owner');
SAVEPOINT s;
EXECUTE state('m_owner');
COMMIT;
SELECT modelapi_acl.set_session_user('m_owner') IS NOT NULL AS signed_in \; SELECT modelapi_acl.current_user_id() = test.id('m_owner') AS still;
DO $$
DECLARE
	u uuid;
BEGIN
	PERFORM modelapi_acl.set_session_user('m_owner');
	u := modelapi_acl.set_session_user('m_owner');
	FOR u IN SELECT modelapi_acl.set_session_user('m_owner') LOOP END LOOP;
END
$$;
CREATE FUNCTION test.asked() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	u uuid := modelapi_acl.set_session_user('m_owner');
BEGIN
	PERFORM modelapi_acl.set_session_user('m_owner');
	RETURN u = modelapi_acl.current_user_id();
END
$$;
SELECT test.asked();
CREATE FUNCTION test.asked_in_sql() RETURNS boolean LANGUAGE sql AS $$
	SELECT modelapi_acl.set_session_user('m_owner'); SELECT modelapi_acl.current_user_id() = test.id('m_owner') $$;
SELECT test.asked_in_sql();
