-- Identity: the current user of a transaction. The functions are STABLE, never IMMUTABLE,
-- because a cached plan may be run for another user. They are PARALLEL RESTRICTED,
-- because the identity is kept in the memory of the leader.

CREATE FUNCTION modelapi_acl_internal.current_identity() RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_current_identity_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.current_identity() IS
'The current identity, as policies pass it on: the id of a user, NULL for nobody, or a special value for administrators';

CREATE FUNCTION modelapi_acl.current_user_id() RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_current_user_id_1_0';
COMMENT ON FUNCTION modelapi_acl.current_user_id() IS
'The id of the current user of this transaction, or NULL if nobody is signed in';

CREATE FUNCTION modelapi_acl.set_session_user(identifier text) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_set_session_user_1_0';
COMMENT ON FUNCTION modelapi_acl.set_session_user(text) IS
'For trusted backends: sets the current user, by id, username or email address, until the end of the transaction; NULL: nobody is signed in';

CREATE FUNCTION modelapi_acl.pre_request() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_pre_request_1_0';
COMMENT ON FUNCTION modelapi_acl.pre_request() IS
'For PostgREST''s db-pre-request: sets the current user from the claims of the request';
