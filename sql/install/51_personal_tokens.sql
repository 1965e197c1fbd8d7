-- Personal tokens, and tokens of service accounts: functions, and the statements that write
-- them. src/token/personal_tokens.c checks who may call what.

CREATE FUNCTION modelapi_acl_internal.issue_personal_token(
	OUT token text, OUT hash bytea, OUT hint text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_issue_personal_token_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.issue_personal_token() IS
'Generates a secret of a personal token; returns it with its SHA-256 and its hint';

CREATE FUNCTION modelapi_acl.create_personal_token(
	name text, expires_at timestamptz DEFAULT NULL, model_apis uuid[] DEFAULT NULL,
	OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_create_personal_token_1_1';
COMMENT ON FUNCTION modelapi_acl.create_personal_token(text, timestamptz, uuid[]) IS
'Creates a token of the current user, which opens every model API that the user may invoke, or those of them that are in model_apis; returns its secret, which is never shown again';

CREATE FUNCTION modelapi_acl.create_service_token(
	service_account text, name text, expires_at timestamptz DEFAULT NULL, model_apis uuid[] DEFAULT NULL,
	OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_create_service_token_1_1';
COMMENT ON FUNCTION modelapi_acl.create_service_token(text, text, timestamptz, uuid[]) IS
'For administrators and the responsible user: creates a token of a service account, as create_personal_token does for a person';

CREATE FUNCTION modelapi_acl.import_personal_token(
	holder text, name text, token_digest bytea, model_apis uuid[], hint text DEFAULT NULL,
	expires_at timestamptz DEFAULT NULL) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_import_personal_token_1_1';
COMMENT ON FUNCTION modelapi_acl.import_personal_token(text, text, bytea, uuid[], text, timestamptz) IS
'For administrators: brings a personal token of another system along, by the SHA-256 of its secret; model_apis NULL: it opens all that the holder may invoke';

-- ---------------------------------------------------------------------------
-- Internal statements. src/catalog/internal_statements.c runs them.

CREATE FUNCTION modelapi_acl_internal.make_personal_token(
	user_id uuid, name text, expires_at timestamptz, model_apis uuid[], made_by uuid)
	RETURNS TABLE (id uuid, token text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH issued AS MATERIALIZED (
		SELECT i.token, i.hash, i.hint FROM modelapi_acl_internal.issue_personal_token() AS i),
	created AS (
		INSERT INTO modelapi_acl.personal_tokens (user_id, name, hint, is_limited, created_by, expires_at)
		SELECT $1, $2, issued.hint, $4 IS NOT NULL, $5,
			CASE WHEN $3 < 'infinity'::timestamptz THEN $3 END FROM issued
		RETURNING id),
	listed AS (
		INSERT INTO modelapi_acl.personal_token_model_apis (token_id, model_api_id)
		SELECT DISTINCT created.id, m.id FROM created CROSS JOIN unnest($4) AS m (id)),
	hashed AS (
		INSERT INTO modelapi_acl_internal.personal_token_hashes (hash, token_id)
		SELECT issued.hash, created.id FROM issued CROSS JOIN created
		RETURNING token_id)
	SELECT hashed.token_id, issued.token FROM hashed CROSS JOIN issued;
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_personal_token(uuid, text, timestamptz, uuid[], uuid) IS
'Internal statement: creates a personal token';

CREATE FUNCTION modelapi_acl_internal.take_personal_token(
	user_id uuid, name text, expires_at timestamptz, model_apis uuid[], made_by uuid, hash bytea, hint text)
	RETURNS TABLE (id uuid)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH created AS (
		INSERT INTO modelapi_acl.personal_tokens (user_id, name, hint, is_limited, created_by, expires_at)
		VALUES ($1, $2, $7, $4 IS NOT NULL, $5, CASE WHEN $3 < 'infinity'::timestamptz THEN $3 END)
		RETURNING id),
	listed AS (
		INSERT INTO modelapi_acl.personal_token_model_apis (token_id, model_api_id)
		SELECT DISTINCT created.id, m.id FROM created CROSS JOIN unnest($4) AS m (id)),
	hashed AS (
		INSERT INTO modelapi_acl_internal.personal_token_hashes (hash, token_id)
		SELECT $6, created.id FROM created
		ON CONFLICT (hash) DO NOTHING
		RETURNING token_id)
	SELECT hashed.token_id FROM hashed;
END;
COMMENT ON FUNCTION modelapi_acl_internal.take_personal_token(uuid, text, timestamptz, uuid[], uuid, bytea, text) IS
'Internal statement: imports a personal token; no row if there is its digest already';

-- The row lock serializes what concurrent transactions do with a token
CREATE FUNCTION modelapi_acl_internal.lock_personal_token(token_id uuid)
	RETURNS TABLE (is_revoked boolean, is_suspended boolean, expires_at timestamptz, made_at timestamptz,
		created_by uuid, suspended_by uuid)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT t.revoked_at IS NOT NULL, t.suspended_at IS NOT NULL, t.expires_at,
		COALESCE(t.regenerated_at, t.created_at), t.created_by, t.suspended_by
	FROM modelapi_acl.personal_tokens AS t WHERE t.id = $1 FOR UPDATE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.lock_personal_token(uuid) IS
'Internal statement: locks a personal token, and returns its state and when its secret was made';

CREATE FUNCTION modelapi_acl_internal.change_personal_token(
	token_id uuid, name text, expires_at timestamptz, metadata jsonb) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.personal_tokens AS t
	SET name = COALESCE($2, t.name),
		expires_at = CASE WHEN $3 IS NULL THEN t.expires_at WHEN $3 < 'infinity'::timestamptz THEN $3 END,
		metadata = COALESCE($4, t.metadata)
	WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.change_personal_token(uuid, text, timestamptz, jsonb) IS
'Internal statement: changes a personal token; NULL leaves a value as it is';

CREATE FUNCTION modelapi_acl_internal.renew_personal_token(
	token_id uuid, made_by uuid, made_at timestamptz, expires_at timestamptz)
	RETURNS TABLE (id uuid, token text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH issued AS MATERIALIZED (
		SELECT i.token, i.hash, i.hint FROM modelapi_acl_internal.issue_personal_token() AS i),
	changed AS (
		UPDATE modelapi_acl.personal_tokens AS t
		SET hint = issued.hint, regenerated_by = $2, regenerated_at = $3,
			expires_at = CASE WHEN $4 < 'infinity'::timestamptz THEN $4 END
		FROM issued WHERE t.id = $1
		RETURNING t.id),
	hashed AS (
		INSERT INTO modelapi_acl_internal.personal_token_hashes (hash, token_id)
		SELECT issued.hash, changed.id FROM issued CROSS JOIN changed
		RETURNING token_id)
	SELECT hashed.token_id, issued.token FROM hashed CROSS JOIN issued;
END;
COMMENT ON FUNCTION modelapi_acl_internal.renew_personal_token(uuid, uuid, timestamptz, timestamptz) IS
'Internal statement: gives a personal token a new secret, where its former one was retired';

CREATE FUNCTION modelapi_acl_internal.lock_former_personal_secret(token_id uuid) RETURNS timestamptz
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT h.valid_until FROM modelapi_acl_internal.personal_token_hashes AS h
	WHERE h.token_id = $1 AND h.valid_until IS NOT NULL FOR UPDATE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.lock_former_personal_secret(uuid) IS
'Internal statement: when the overlap of a personal token''s former secret ends';

CREATE FUNCTION modelapi_acl_internal.forget_former_personal_secret(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.personal_token_hashes AS h
	WHERE h.token_id = $1 AND h.valid_until IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.forget_former_personal_secret(uuid) IS
'Internal statement: removes the former secret of a personal token';

CREATE FUNCTION modelapi_acl_internal.forget_all_personal_secrets(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.personal_token_hashes AS h WHERE h.token_id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.forget_all_personal_secrets(uuid) IS
'Internal statement: removes all secrets of a personal token';

CREATE FUNCTION modelapi_acl_internal.retire_personal_secret(token_id uuid, valid_until timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.personal_token_hashes AS h
	SET valid_until = $2,
		shown_to = CASE WHEN t.regenerated_at IS NULL THEN t.created_by ELSE t.regenerated_by END
	FROM modelapi_acl.personal_tokens AS t
	WHERE h.token_id = $1 AND h.valid_until IS NULL AND t.id = h.token_id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.retire_personal_secret(uuid, timestamptz) IS
'Internal statement: makes the current secret of a personal token its former one';

CREATE FUNCTION modelapi_acl_internal.end_personal_token(token_id uuid, ended_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.personal_tokens AS t SET revoked_at = clock_timestamp(), revoked_by = $2
	WHERE t.id = $1 AND t.revoked_at IS NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_personal_token(uuid, uuid) IS
'Internal statement: revokes a personal token';

CREATE FUNCTION modelapi_acl_internal.end_personal_tokens_of(user_id uuid, ended_by uuid) RETURNS SETOF uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.personal_tokens AS t SET revoked_at = clock_timestamp(), revoked_by = $2
	WHERE t.revoked_at IS NULL AND (t.expires_at <= clock_timestamp()) IS NOT TRUE
		AND (t.user_id = $1 OR t.created_by = $1 OR t.regenerated_by = $1)
	RETURNING t.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_personal_tokens_of(uuid, uuid) IS
'Internal statement: revokes the personal tokens that a user holds, made or was last shown the secret of';

CREATE FUNCTION modelapi_acl_internal.end_personal_overlap(token_id uuid) RETURNS timestamptz
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.personal_token_hashes AS h SET valid_until = clock_timestamp()
	WHERE h.token_id = $1 AND h.valid_until > clock_timestamp()
	RETURNING h.valid_until;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_personal_overlap(uuid) IS
'Internal statement: ends the overlap of a personal token''s former secret';

CREATE FUNCTION modelapi_acl_internal.end_personal_overlaps_of(user_id uuid) RETURNS TABLE (
	token_id uuid, ended_at timestamptz)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.personal_token_hashes AS h SET valid_until = clock_timestamp()
	FROM modelapi_acl.personal_tokens AS t
	WHERE h.shown_to = $1 AND h.valid_until > clock_timestamp() AND t.id = h.token_id
		AND t.revoked_at IS NULL AND (t.expires_at <= clock_timestamp()) IS NOT TRUE
	RETURNING h.token_id, h.valid_until;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_personal_overlaps_of(uuid) IS
'Internal statement: ends the overlaps of the former secrets of personal tokens that a user was shown';

CREATE FUNCTION modelapi_acl_internal.suspend_personal_token(token_id uuid, suspended_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.personal_tokens AS t
	SET suspended_at = clock_timestamp(), suspended_by = $2
	WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.suspend_personal_token(uuid, uuid) IS
'Internal statement: suspends a personal token';

CREATE FUNCTION modelapi_acl_internal.resume_personal_token(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.personal_tokens AS t SET suspended_at = NULL, suspended_by = NULL
	WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.resume_personal_token(uuid) IS
'Internal statement: resumes a suspended personal token';
