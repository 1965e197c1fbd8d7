-- A platform's database and its login roles, which a DBA creates once.
CREATE DATABASE demo;
\connect demo
SET client_min_messages = warning;
CREATE EXTENSION modelapi_acl CASCADE;

-- people's requests come through the application's backend ...
CREATE ROLE app_backend LOGIN;
GRANT modelapi_acl_backend TO app_backend;
-- ... or through PostgREST, which passes on the claims of a verified JWT
CREATE ROLE web LOGIN NOINHERIT;
GRANT modelapi_acl_authenticator, modelapi_acl_user TO web;
-- prediction requests come through the API gateway
CREATE ROLE edge_gateway LOGIN;
GRANT modelapi_acl_gateway TO edge_gateway;
-- model servers ship their logs
CREATE ROLE log_shipper LOGIN;
GRANT modelapi_acl_log_writer TO log_shipper;
-- operators
CREATE ROLE ops LOGIN;
GRANT modelapi_acl_admin TO ops;
GRANT modelapi_acl_backend TO ops;
