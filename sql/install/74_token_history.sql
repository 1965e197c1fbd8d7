-- Tokens in the past: authorization_at. See 74_history.sql for what a moment is.
--
-- The history has no secrets, but when they were made and ended: a token's current secret, and
-- the former one that its last regeneration left.

CREATE FUNCTION modelapi_acl_internal.token_state(
	expires_at timestamptz, is_revoked boolean, is_suspended boolean, former_until timestamptz, at timestamptz) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_token_state_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.token_state(timestamptz, boolean, boolean, timestamptz, timestamptz) IS
'Whether a secret of such a token is live, or else revoked, superseded, suspended or expired; former_until is the end of a former secret''s overlap, NULL for the current secret';

-- An access token or a personal token; no row if it did not exist. A regeneration by version
-- 1.0 left no former secret.
CREATE FUNCTION modelapi_acl_internal.token_at(token_id uuid, until timestamptz, also uuid) RETURNS TABLE (
	model_api_id uuid, user_id uuid, is_limited boolean, name text, expires_at timestamptz,
	is_revoked boolean, is_suspended boolean, former_until timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT COALESCE(
			(array_agg(e.new ->> 'model_api_id' ORDER BY e.occurred_at DESC)
				FILTER (WHERE e.action = 'token.moved'))[1]::uuid,
			(array_agg(e.model_api_id) FILTER (WHERE e.action = 'token.created'))[1]),
		(array_agg(e.new ->> 'user_id' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'user_id'))[1]::uuid,
		(array_agg(e.new ->> 'is_limited' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'is_limited'))[1]::boolean,
		(array_agg(e.new ->> 'name' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'name'))[1],
		(array_agg(e.new ->> 'expires_at' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'expires_at'))[1]::timestamptz,
		(array_agg(e.new ->> 'revoked_at' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'revoked_at'))[1] IS NOT NULL,
		(array_agg(e.new ->> 'suspended_at' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'suspended_at'))[1] IS NOT NULL,
		(array_agg(COALESCE(e.new ->> 'former_until', e.new ->> 'valid_until') ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ?| ARRAY['regenerated_at', 'former_until', 'valid_until']))[1]::timestamptz
	FROM modelapi_acl_internal.past_events($2, $3) AS e
	WHERE e.object_id = $1
		AND e.object_type = ANY (ARRAY['token', 'personal_token'])
	HAVING bool_or(e.action = ANY (ARRAY['token.created', 'personal_token.created']))
		AND NOT bool_or(e.action = ANY (ARRAY['token.deleted', 'personal_token.deleted']));
END;
COMMENT ON FUNCTION modelapi_acl_internal.token_at(uuid, timestamptz, uuid) IS
'An access token or a personal token as it was at a moment';

CREATE FUNCTION modelapi_acl_internal.token_listed_at(token_id uuid, model_api_id uuid, until timestamptz, also uuid)
	RETURNS boolean
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- The last event that tells: of the whole list, or of this model API
	SELECT COALESCE((
		SELECT CASE WHEN e.new ? 'model_apis' THEN (e.new -> 'model_apis') ? $2::text
			ELSE COALESCE((e.new ->> 'model_api_id') = $2::text, false) END
		FROM modelapi_acl_internal.past_events($3, $4) AS e
		WHERE e.object_id = $1
			AND e.object_type = 'personal_token'
			AND (e.new ? 'model_apis'
				OR (e.new ->> 'model_api_id') = $2::text
				OR (e.old ->> 'model_api_id') = $2::text)
		ORDER BY e.occurred_at DESC LIMIT 1), false);
END;
COMMENT ON FUNCTION modelapi_acl_internal.token_listed_at(uuid, uuid, timestamptz, uuid) IS
'Whether a model API was in the list of a limited personal token at a moment';

CREATE FUNCTION modelapi_acl_internal.access_tokens_at(model_api_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	id uuid, user_id uuid, name text, expires_at timestamptz, is_revoked boolean, is_suspended boolean,
	former_until timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT k.object_id, NULL::uuid, t.name, t.expires_at, t.is_revoked, t.is_suspended, t.former_until
	FROM (
		SELECT DISTINCT e.object_id FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.model_api_id = $1 AND e.object_type = 'token') AS k
		CROSS JOIN LATERAL modelapi_acl_internal.token_at(k.object_id, $2, $3) AS t
	WHERE t.model_api_id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.access_tokens_at(uuid, timestamptz, uuid) IS
'The access tokens of a model API as they were at a moment';

-- As of a restricted model API, whatever its mode was: then a token asks for a grant of its
-- holder, and an unrestricted one asks for no token. A disabled holder counts as a suspension.
CREATE FUNCTION modelapi_acl_internal.personal_tokens_at(
	model_api_id uuid, project_id uuid, visibility modelapi_acl.visibility, until timestamptz, expiry timestamptz)
	RETURNS TABLE (
	id uuid, user_id uuid, name text, expires_at timestamptz, is_revoked boolean, is_suspended boolean,
	former_until timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH holder AS MATERIALIZED (
		SELECT h.user_id FROM modelapi_acl_internal.holders_at($2, $1, $4, $5) AS h
		WHERE h.user_id IS NOT NULL
			AND modelapi_acl_internal.rule_permits('invoke', $3, 'restricted', h.on_project, h.on_model_api)
			AND modelapi_acl_internal.shows_tokens_of(h.user_id,
				(SELECT modelapi_acl_internal.current_identity()))),
	kept AS MATERIALIZED (
		SELECT u.id, u.enabled
		FROM modelapi_acl_internal.users_at(ARRAY(SELECT h.user_id FROM holder AS h), $4, NULL) AS u)
	SELECT k.object_id, t.user_id, t.name, t.expires_at, t.is_revoked, t.is_suspended OR NOT u.enabled, t.former_until
	FROM kept AS u
		CROSS JOIN LATERAL (
			SELECT DISTINCT e.object_id FROM modelapi_acl_internal.all_audit_events AS e
			WHERE hashtext(COALESCE(e.new, e.old) ->> 'user_id') = hashtext(u.id::text)
				AND (COALESCE(e.new, e.old) ->> 'user_id') = u.id::text
				AND e.object_type = 'personal_token') AS k
		CROSS JOIN LATERAL modelapi_acl_internal.token_at(k.object_id, $4, NULL) AS t
	WHERE t.user_id = u.id
		AND (NOT t.is_limited OR modelapi_acl_internal.token_listed_at(k.object_id, $1, $4, NULL));
END;
COMMENT ON FUNCTION modelapi_acl_internal.personal_tokens_at(
	uuid, uuid, modelapi_acl.visibility, timestamptz, timestamptz) IS
'The personal tokens of users who might invoke a model API at a moment, if it asked for tokens, as far as the current user sees the tokens of these users now';

CREATE FUNCTION modelapi_acl_internal.answer_authorization_at(model_api_id uuid, at timestamptz)
	RETURNS TABLE (
	visibility modelapi_acl.visibility, authorization_mode modelapi_acl.authorization_mode,
	invocation_mode modelapi_acl.invocation_mode, tokens jsonb)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_history($1, $2);
	SELECT f.visibility, f.authorization_mode, f.invocation_mode,
		COALESCE((
			SELECT jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'expires_at', t.expires_at)
				-- What version 1.0 does not know is left out where there is nothing to tell
				|| jsonb_strip_nulls(jsonb_build_object('user_id', t.user_id, 'state', NULLIF(r.state, 'live'),
					'former_state', r.former_state, 'former_until', CASE WHEN t.former_until IS NOT NULL THEN LEAST(t.former_until, t.expires_at) END))
				ORDER BY t.name COLLATE "C", t.id)
			FROM (
				SELECT a.* FROM modelapi_acl_internal.access_tokens_at($1, m.until, NULL) AS a
				UNION ALL
				SELECT p.* FROM modelapi_acl_internal.personal_tokens_at($1, f.project_id, f.visibility, m.until, $2) AS p) AS t
				CROSS JOIN LATERAL (
					SELECT modelapi_acl_internal.token_state(t.expires_at, t.is_revoked, t.is_suspended, NULL, $2),
						CASE WHEN t.former_until IS NOT NULL THEN modelapi_acl_internal.token_state(
							t.expires_at, t.is_revoked, t.is_suspended, t.former_until, $2) END) AS r (state, former_state)
			-- One that is suspended and has expired is not of interest: it is over
			WHERE r.state = ANY (ARRAY['live', 'suspended'])
				AND (t.expires_at IS NULL OR t.expires_at > $2)), '[]')
	FROM (SELECT $2 + '1 microsecond'::interval AS until) AS m
		CROSS JOIN LATERAL modelapi_acl_internal.model_api_at($1, m.until, NULL) AS f;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_authorization_at(uuid, timestamptz) IS
'The query of authorization_at';

CREATE FUNCTION modelapi_acl.authorization_at(model_api_id uuid, at timestamptz) RETURNS TABLE (
	visibility modelapi_acl.visibility, authorization_mode modelapi_acl.authorization_mode,
	invocation_mode modelapi_acl.invocation_mode, tokens jsonb)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.authorization_at(uuid, timestamptz) IS
'For owners: how prediction requests were authorized at a moment in the past: visibility, modes and tokens; no row if the model API did not exist.
tokens: its access tokens, and personal tokens of users who might invoke it, if the current user sees these tokens, each with id, name and expires_at. Where it applies also: user_id, the holder of a personal token; state, which is suspended; former_state, live, suspended or superseded, of the former secret, and former_until, when its overlap ended. Left out: revoked and expired tokens';
