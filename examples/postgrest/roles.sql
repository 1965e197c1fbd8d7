-- PostgREST's login role. It inherits no privileges: for a request with a token PostgREST switches
-- to modelapi_acl_user. Membership in modelapi_acl_authenticator lets the claims of its sessions
-- count.
CREATE ROLE authenticator LOGIN NOINHERIT CONNECTION LIMIT 50;
GRANT modelapi_acl_authenticator, modelapi_acl_user TO authenticator;
-- The role of requests without a token. It has the same privileges, and sees no row because it has
-- no identity. It must be another role, so that PostgREST answers 401 instead of 403.
CREATE ROLE web_anonymous NOLOGIN;
GRANT modelapi_acl_user TO web_anonymous;
GRANT web_anonymous TO authenticator;
-- keeps claims and bodies, which are bound parameters, out of the server's log
ALTER ROLE authenticator SET log_parameter_max_length = 0;
ALTER ROLE authenticator SET statement_timeout = '10s';
ALTER ROLE authenticator SET idle_in_transaction_session_timeout = '10s';
