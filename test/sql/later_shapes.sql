-- Arguments and columns that are there for later versions.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- Nothing but their defaults is taken, after the permission was asked
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') IS NOT NULL AS signed_in;
SELECT o, test.try(format('SELECT modelapi_acl.regenerate_token(test.id(''churn token''), %L)', o))
FROM (VALUES ('0'), ('00:00:00'), ('0 days'), ('1 hour'), ('-1 hour'), ('1 day -24 hours'), (NULL)) v (o);
SELECT m, test.try(format('SELECT modelapi_acl.create_token(test.id(''churn''), ''t'', metadata => %L)', m)) FROM (VALUES (NULL), ('{}'), ('null')) v (m);
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS signed_in;
SELECT test.outcome($$SELECT modelapi_acl.regenerate_token(test.id('churn token'), '1 hour')$$), test.outcome($$SELECT modelapi_acl.create_token(test.id('churn'), 't', metadata => '{}')$$);
COMMIT;
SET SESSION AUTHORIZATION regress_gateway;
SELECT (modelapi_acl.authorize_invocation(test.id('weather'), NULL)).*;
SELECT reason, user_id, token_metadata FROM modelapi_acl.authorize_invocation(test.id('churn'), 'basic', '\x00');
