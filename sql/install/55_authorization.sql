-- Prediction requests. VOLATILE and PARALLEL UNSAFE, because each decision
-- takes the latest committed state, whatever the snapshot around it.

CREATE FUNCTION modelapi_acl.authorize_invocation(
	model_api_id uuid, authorization_header text,
	OUT allowed boolean, OUT status integer, OUT reason text,
	OUT token_id uuid, OUT token_name text, OUT www_authenticate text,
	OUT user_id uuid, OUT token_metadata jsonb) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_authorize_header_1_0';
COMMENT ON FUNCTION modelapi_acl.authorize_invocation(uuid, text) IS
'For gateways: whether a prediction request with this Authorization header may pass; one row, always';

CREATE FUNCTION modelapi_acl.authorize_invocation(
	model_api_id uuid, scheme text, token_digest bytea,
	OUT allowed boolean, OUT status integer, OUT reason text,
	OUT token_id uuid, OUT token_name text, OUT www_authenticate text,
	OUT user_id uuid, OUT token_metadata jsonb) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_authorize_digest_1_0';
COMMENT ON FUNCTION modelapi_acl.authorize_invocation(uuid, text, bytea) IS
'For gateways that hash the token themselves: the scheme, basic or bearer, and the SHA-256 of the token; one row, always';
