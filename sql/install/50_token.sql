-- Access tokens: the one function that makes a secret. What people call, and
-- what stores the hash, is in 70_api.sql.

CREATE FUNCTION modelapi_acl_internal.issue_token(
	OUT token text, OUT hash bytea, OUT hint text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_issue_token_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.issue_token() IS
'A new secret, its SHA-256, and the part of it that may be shown';
