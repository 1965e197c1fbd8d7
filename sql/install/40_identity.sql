-- Who is asking. STABLE, never IMMUTABLE: a plan outlives its user. PARALLEL
-- RESTRICTED: the answer is latched in the leader's memory.

CREATE FUNCTION modelapi_acl_internal.current_identity() RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_current_identity_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.current_identity() IS
'The identity that policies pass on: a user''s id, NULL for nobody, or a value of its own for administrators';

CREATE FUNCTION modelapi_acl.current_user_id() RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_current_user_id_1_0';
COMMENT ON FUNCTION modelapi_acl.current_user_id() IS
'The user who is asking in this transaction, or NULL for nobody';

CREATE FUNCTION modelapi_acl.set_session_user(identifier text) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_set_session_user_1_0';
COMMENT ON FUNCTION modelapi_acl.set_session_user(text) IS
'For trusted backends: states the user who is asking, by id, username or email, to the end of the transaction; NULL: nobody is';

CREATE FUNCTION modelapi_acl.pre_request() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_pre_request_1_0';
COMMENT ON FUNCTION modelapi_acl.pre_request() IS
'For PostgREST''s db-pre-request: takes the user from the claims of the request';
