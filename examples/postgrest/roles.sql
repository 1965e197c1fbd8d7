-- PostgREST's login role. It inherits nothing: what a request may do is what
-- modelapi_acl_user may, to which it switches for who brings a token. That it is a member of
-- modelapi_acl_authenticator makes its sessions' claims believed.
CREATE ROLE authenticator LOGIN NOINHERIT CONNECTION LIMIT 50;
GRANT modelapi_acl_authenticator, modelapi_acl_user TO authenticator;
-- As whom requests without a token run. It may what the other may, and sees nothing for want
-- of an identity; that it is another role tells PostgREST to answer 401, not 403.
CREATE ROLE web_anonymous NOLOGIN;
GRANT modelapi_acl_user TO web_anonymous;
GRANT web_anonymous TO authenticator;
-- claims and bodies are bound parameters: they stay out of the server's log
ALTER ROLE authenticator SET log_parameter_max_length = 0;
ALTER ROLE authenticator SET statement_timeout = '10s';
ALTER ROLE authenticator SET idle_in_transaction_session_timeout = '10s';
