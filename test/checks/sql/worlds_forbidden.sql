-- Statements that no role may run; random_worlds/attempts.py takes one of them.

DELETE FROM modelapi_acl.{table};

TRUNCATE modelapi_acl.{table} CASCADE;

LOCK TABLE modelapi_acl.{table} IN EXCLUSIVE MODE;

UPDATE modelapi_acl.model_apis SET id = id;

UPDATE modelapi_acl.model_api_collaborators SET id = id;

UPDATE modelapi_acl.model_api_versions SET id = id;

SELECT modelapi_acl.authorize_invocation('{api}', NULL);

SELECT * FROM modelapi_acl_internal.principal_names;

INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint) VALUES ('{api}', 'x', 'x');

UPDATE modelapi_acl.access_tokens SET revoked_at = NULL;

INSERT INTO modelapi_acl.audit_events DEFAULT VALUES;

SELECT * FROM modelapi_acl_internal.token_hashes;
