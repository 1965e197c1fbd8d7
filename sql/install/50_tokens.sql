-- Access tokens, and the authorization of prediction requests. All of it is C; the
-- statements that write tokens are in 58_internal_statements.sql.

CREATE FUNCTION modelapi_acl_internal.issue_token(
	OUT token text, OUT hash bytea, OUT hint text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_issue_token_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.issue_token() IS
'Generates a secret; returns it with its SHA-256 and its hint';


CREATE FUNCTION modelapi_acl.create_token(
	model_api_id uuid, name text, expires_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT NULL,
	OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_create_token_1_1';
COMMENT ON FUNCTION modelapi_acl.create_token(uuid, text, timestamptz, jsonb) IS
'For editors and owners: creates an access token of a model API and returns its secret, which is never shown again. metadata, a JSON object, is returned with each decision that accepts the token';

CREATE FUNCTION modelapi_acl.update_token(
	token_id uuid, name text DEFAULT NULL, expires_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT NULL)
	RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_update_token_1_1';
COMMENT ON FUNCTION modelapi_acl.update_token(uuid, text, timestamptz, jsonb) IS
'For owners, whoever made the token, and holders of personal tokens: renames a token, moves its expiry, or changes its metadata. NULL leaves a value as it is; the expiry infinity means none';

CREATE FUNCTION modelapi_acl.regenerate_token(
	token_id uuid, overlap interval DEFAULT '0', OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_regenerate_token_1_1';
COMMENT ON FUNCTION modelapi_acl.regenerate_token(uuid, interval) IS
'For owners, whoever made the token, and holders of personal tokens: gives a token a new secret; its name stays, and its expiry unless max_token_lifetime shortens it. The old secret is accepted until the overlap ends, at most until the token expires or that secret has lived as long as the setting allows';

CREATE FUNCTION modelapi_acl.suspend_token(token_id uuid) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_suspend_token_1_1';
COMMENT ON FUNCTION modelapi_acl.suspend_token(uuid) IS
'For owners, whoever made the token, and holders of personal tokens: a token is refused until it is resumed';

CREATE FUNCTION modelapi_acl.resume_token(token_id uuid) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_resume_token_1_1';
COMMENT ON FUNCTION modelapi_acl.resume_token(uuid) IS
'For owners, whoever made and suspended the token, and holders of personal tokens: ends its suspension';

CREATE FUNCTION modelapi_acl.revoke_token(token_id uuid) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_revoke_token_1_1';
COMMENT ON FUNCTION modelapi_acl.revoke_token(uuid) IS
'For owners, whoever made the token, and holders of personal tokens: revokes a token for good; revoking it twice is no error';

CREATE FUNCTION modelapi_acl.revoke_leaked_token(token text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_revoke_leaked_token_1_1';
COMMENT ON FUNCTION modelapi_acl.revoke_leaked_token(text) IS
'For gateways and administrators: ends a token by its secret, or a former secret alone. The result is the same whether there was one, and one event is written';

CREATE FUNCTION modelapi_acl.revoke_leaked_digest(token_digest bytea) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_revoke_leaked_digest_1_1';
COMMENT ON FUNCTION modelapi_acl.revoke_leaked_digest(bytea) IS
'For administrators: the same as revoke_leaked_token, by the SHA-256 of the secret';

CREATE FUNCTION modelapi_acl.revoke_tokens_of(who text) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_revoke_tokens_of_1_1';
COMMENT ON FUNCTION modelapi_acl.revoke_tokens_of(text) IS
'For administrators: revokes all live and suspended tokens that a user holds, made or was last shown the secret of, and ends former secrets that the user was shown; returns the number of tokens';

-- Many are imported by one statement, often into tables that were empty when they were analyzed.
-- Checks of foreign keys would keep a plan that scans the whole table for each.
CREATE FUNCTION modelapi_acl.import_token(
	model_api_id uuid, name text, token_digest bytea, hint text DEFAULT NULL,
	expires_at timestamptz DEFAULT NULL, made_by text DEFAULT NULL) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_import_token_1_1';
COMMENT ON FUNCTION modelapi_acl.import_token(uuid, text, bytea, text, timestamptz, text) IS
'For administrators: makes a token of another system an access token of a model API, by the SHA-256 of its secret; returns its id';

-- ---------------------------------------------------------------------------
-- Prediction requests. VOLATILE and PARALLEL UNSAFE, because each decision reads the
-- latest committed state, whatever snapshot the calling statement has.

CREATE FUNCTION modelapi_acl.authorize_invocation(
	model_api_id uuid, authorization_header text,
	OUT allowed boolean, OUT status integer, OUT reason text,
	OUT token_id uuid, OUT token_name text, OUT www_authenticate text,
	OUT user_id uuid, OUT token_metadata jsonb) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_authorize_header_1_0';
COMMENT ON FUNCTION modelapi_acl.authorize_invocation(uuid, text) IS
'For gateways: whether to allow a prediction request with this Authorization header; always returns one row';

CREATE FUNCTION modelapi_acl.authorize_invocation(
	model_api_id uuid, scheme text, token_digest bytea,
	OUT allowed boolean, OUT status integer, OUT reason text,
	OUT token_id uuid, OUT token_name text, OUT www_authenticate text,
	OUT user_id uuid, OUT token_metadata jsonb) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_authorize_digest_1_0';
COMMENT ON FUNCTION modelapi_acl.authorize_invocation(uuid, text, bytea) IS
'For gateways that hash the token themselves: takes the scheme, basic or bearer, and the SHA-256 of the token; always returns one row';

CREATE FUNCTION modelapi_acl.authorize_invocation_as(
	model_api_id uuid, subject text,
	OUT allowed boolean, OUT status integer, OUT reason text,
	OUT token_id uuid, OUT token_name text, OUT www_authenticate text,
	OUT user_id uuid, OUT token_metadata jsonb) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_authorize_subject_1_1';
COMMENT ON FUNCTION modelapi_acl.authorize_invocation_as(uuid, text) IS
'For gateways that verify who calls: whether to allow a prediction request of this subject, an external_id or a user''s id; always returns one row';
