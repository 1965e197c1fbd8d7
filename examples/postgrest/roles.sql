-- PostgREST's login role. It inherits nothing: what a request may do is what
-- modelapi_acl_user may, to which it switches. That it is a member of
-- modelapi_acl_authenticator makes its sessions' claims believed.
CREATE ROLE authenticator LOGIN NOINHERIT CONNECTION LIMIT 50;
GRANT modelapi_acl_authenticator, modelapi_acl_user TO authenticator;
ALTER ROLE authenticator SET statement_timeout = '10s';
ALTER ROLE authenticator SET idle_in_transaction_session_timeout = '10s';
