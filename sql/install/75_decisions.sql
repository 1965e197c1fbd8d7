-- verify_decisions: whether lines of the decision log agree with the audit history.
--
-- A line has the snapshot that decided it: what transactions before its xmin did was seen, what
-- its xmax and later ones did was not. Of what those between did, either may have been seen:
-- so a state at a snapshot is a set of possible values, of which each is one event's or the
-- last one that was certainly seen.

CREATE FUNCTION modelapi_acl_internal.seen_events(object_id uuid, xmin xid8, xmax xid8) RETURNS TABLE (
	action text, object_type text, project_id uuid, model_api_id uuid, new jsonb, occurred_at timestamptz, is_certain boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.action, e.object_type, e.project_id, e.model_api_id, e.new, e.occurred_at, c.transaction_id < $2
	FROM modelapi_acl_internal.all_audit_events AS e
		JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id
	WHERE e.object_id = $1 AND c.transaction_id < $3;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_events(uuid, xid8, xid8) IS
'The events of an object that a snapshot may have seen';

-- The possible values of one key of an object's events, the last certain one included
CREATE FUNCTION modelapi_acl_internal.seen_values(object_id uuid, object_type text, key text, xmin xid8, xmax xid8) RETURNS text[]
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT array_agg(DISTINCT COALESCE(v.value, ''))
	FROM (
		(SELECT e.new ->> $3 FROM modelapi_acl_internal.seen_events($1, $4, $5) AS e
		WHERE e.object_type = $2 AND e.is_certain AND e.new ? $3
		ORDER BY e.occurred_at DESC LIMIT 1)
		UNION ALL
		SELECT e.new ->> $3 FROM modelapi_acl_internal.seen_events($1, $4, $5) AS e
		WHERE e.object_type = $2 AND NOT e.is_certain AND e.new ? $3) AS v (value);
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_values(uuid, text, text, xid8, xid8) IS
'What a snapshot may have seen of one value of an object; an empty text stands for NULL';

-- Whether an object may have existed, and whether it may not have
CREATE FUNCTION modelapi_acl_internal.seen_existence(object_id uuid, object_type text, xmin xid8, xmax xid8,
	OUT may_exist boolean, OUT may_lack boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT COALESCE(bool_or(e.action = ($2 || '.created')), false)
			AND NOT COALESCE(bool_or(e.action = ($2 || '.deleted') AND e.is_certain), false),
		NOT COALESCE(bool_or(e.action = ($2 || '.created') AND e.is_certain), false)
			OR COALESCE(bool_or(e.action = ($2 || '.deleted')), false)
	FROM modelapi_acl_internal.seen_events($1, $3, $4) AS e
	WHERE e.object_type = $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_existence(uuid, text, xid8, xid8) IS
'Whether an object may have existed in a snapshot, and whether it may not have';

-- ---------------------------------------------------------------------------
-- Subjects

CREATE FUNCTION modelapi_acl_internal.seen_memberships(user_id uuid, xmin xid8, xmax xid8) RETURNS TABLE (
	organization_id uuid, is_certain boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH event AS MATERIALIZED (
		SELECT e.object_id, e.occurred_at, e.new IS NOT NULL AS is_member, c.transaction_id < $2 AS is_certain
		FROM modelapi_acl_internal.all_audit_events AS e
			JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id
		WHERE (COALESCE(e.new, e.old) ->> 'user_id') = $1::text
			AND e.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
			AND e.object_type = 'organization' AND c.transaction_id < $3),
	last AS (
		SELECT DISTINCT ON (e.object_id) e.object_id, e.is_member FROM event AS e
		WHERE e.is_certain
		ORDER BY e.object_id, e.occurred_at DESC)
	SELECT s.object_id, bool_and(s.is_member) AND bool_or(s.is_last)
	FROM (
		SELECT l.object_id, l.is_member, true AS is_last FROM last AS l
		UNION ALL
		SELECT e.object_id, e.is_member, false FROM event AS e WHERE NOT e.is_certain) AS s
	GROUP BY s.object_id
	HAVING bool_or(s.is_member);
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_memberships(uuid, xid8, xid8) IS
'The organizations of which a user may have been a member in a snapshot';

-- The highest and the lowest access level that a user may have had by grants, for decisions
-- between two times: a grant that expired between them may have counted or not. The time of a
-- decision is read up to a second after it.
CREATE FUNCTION modelapi_acl_internal.seen_levels(
	model_api_id uuid, project_id uuid, user_id uuid, first timestamptz, last timestamptz, xmin xid8, xmax xid8,
	OUT project_highest modelapi_acl.access_level, OUT project_lowest modelapi_acl.access_level,
	OUT model_api_highest modelapi_acl.access_level, OUT model_api_lowest modelapi_acl.access_level)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH event AS MATERIALIZED (
		SELECT e.object_id, e.occurred_at, e.new, e.object_type = 'project_collaborator' AS on_project,
			c.transaction_id < $6 AS is_certain
		FROM (
			SELECT a.* FROM modelapi_acl_internal.all_audit_events AS a
			WHERE a.model_api_id = $1 AND a.object_type = 'model_api_collaborator'
			UNION ALL
			SELECT a.* FROM modelapi_acl_internal.all_audit_events AS a
			WHERE a.project_id = $2 AND a.object_type = 'project_collaborator') AS e
			JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id
		WHERE c.transaction_id < $7),
	possible AS (
		(SELECT DISTINCT ON (e.object_id) e.object_id, e.on_project, e.new, true AS is_last FROM event AS e
		WHERE e.is_certain
		ORDER BY e.object_id, e.occurred_at DESC)
		UNION ALL
		SELECT e.object_id, e.on_project, e.new, false FROM event AS e WHERE NOT e.is_certain),
	held AS (
		SELECT p.object_id, p.on_project, p.is_last, (p.new ->> 'access_level')::modelapi_acl.access_level AS access_level,
			COALESCE((p.new ->> 'expires_at')::timestamptz, 'infinity') AS expires_at,
			(p.new ->> 'user_id')::uuid = $3 OR m.organization_id IS NOT NULL AS may_hold,
			(p.new ->> 'user_id')::uuid = $3 OR COALESCE(m.is_certain, false) AS holds
		FROM possible AS p
			LEFT JOIN modelapi_acl_internal.seen_memberships($3, $6, $7) AS m
				ON m.organization_id = (p.new ->> 'organization_id')::uuid),
	grants AS (
		SELECT h.on_project,
			max(h.access_level) FILTER (WHERE h.may_hold AND h.expires_at > ($4 - '1 second'::interval)) AS highest,
			CASE WHEN bool_and(COALESCE(h.holds, false) AND h.access_level IS NOT NULL AND h.expires_at > $5)
				AND bool_or(h.is_last) THEN min(h.access_level) END AS lowest
		FROM held AS h
		GROUP BY h.object_id, h.on_project)
	SELECT max(g.highest) FILTER (WHERE g.on_project), max(g.lowest) FILTER (WHERE g.on_project),
		max(g.highest) FILTER (WHERE NOT g.on_project), max(g.lowest) FILTER (WHERE NOT g.on_project)
	FROM grants AS g;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_levels(uuid, uuid, uuid, timestamptz, timestamptz, xid8, xid8) IS
'Between which access levels a user''s level on a project and on a model API may have been in a snapshot';

CREATE FUNCTION modelapi_acl_internal.seen_reasons_of_subject(
	model_api_id uuid, user_id uuid, first timestamptz, last timestamptz, xmin xid8, xmax xid8) RETURNS text[]
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH model_api AS MATERIALIZED (
		SELECT x.may_exist, x.may_lack,
			COALESCE(modelapi_acl_internal.seen_values($1, 'model_api', 'authorization_mode', $5, $6), '{}') AS modes,
			COALESCE(modelapi_acl_internal.seen_values($1, 'model_api', 'visibility', $5, $6), '{}') AS visibilities,
			(SELECT e.project_id FROM modelapi_acl_internal.seen_events($1, $5, $6) AS e
				WHERE e.object_type = 'model_api' LIMIT 1) AS project_id
		FROM modelapi_acl_internal.seen_existence($1, 'model_api', $5, $6) AS x),
	account AS MATERIALIZED (
		SELECT x.may_lack OR EXISTS (SELECT FROM unnest(d.disabled) AS v (at) WHERE v.at <> '') AS may_be_unknown,
			x.may_exist AND (d.disabled IS NULL OR '' = ANY (d.disabled)) AS may_be_known
		FROM modelapi_acl_internal.seen_existence($2, 'user', $5, $6) AS x
			CROSS JOIN (SELECT modelapi_acl_internal.seen_values($2, 'user', 'disabled_at', $5, $6) AS disabled) AS d),
	may AS MATERIALIZED (
		SELECT bool_or(modelapi_acl_internal.rule_permits('invoke', s.visibility, 'restricted', l.project_highest, l.model_api_highest)) AS invoke,
			bool_or(NOT modelapi_acl_internal.rule_permits('invoke', s.visibility, 'restricted', l.project_lowest, l.model_api_lowest)) AS not_invoke,
			bool_or(modelapi_acl_internal.rule_permits('view', s.visibility, 'restricted', l.project_highest, l.model_api_highest)) AS view,
			bool_or(NOT modelapi_acl_internal.rule_permits('view', s.visibility, 'restricted', l.project_lowest, l.model_api_lowest)) AS not_view
		FROM model_api AS m
			CROSS JOIN LATERAL modelapi_acl_internal.seen_levels($1, m.project_id, $2, $3, $4, $5, $6) AS l
			CROSS JOIN LATERAL (SELECT v.visibility::modelapi_acl.visibility FROM unnest(m.visibilities) AS v (visibility)) AS s)
	SELECT array_remove(ARRAY[
		CASE WHEN m.may_exist AND 'unrestricted' = ANY (m.modes) THEN 'unrestricted' END,
		CASE WHEN u.may_be_unknown THEN 'unknown_subject' END,
		CASE WHEN u.may_be_known AND m.may_exist AND 'restricted' = ANY (m.modes) AND p.invoke THEN 'identity' END,
		CASE WHEN u.may_be_known AND m.may_exist AND 'restricted' = ANY (m.modes) AND p.not_invoke AND p.view
			THEN 'permission_denied' END,
		CASE WHEN u.may_be_known AND (m.may_lack OR ('restricted' = ANY (m.modes) AND p.not_invoke AND p.not_view))
			THEN 'no_such_model_api' END], NULL)
	FROM model_api AS m CROSS JOIN account AS u CROSS JOIN may AS p;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_reasons_of_subject(uuid, uuid, timestamptz, timestamptz, xid8, xid8) IS
'The reasons that a decision about a known subject may have had, by what a snapshot may have seen';

-- ---------------------------------------------------------------------------
-- All lines

CREATE FUNCTION modelapi_acl_internal.answer_verify_decisions(lines modelapi_acl.decision[]) RETURNS TABLE (
	finding text, decisions bigint, decided_at timestamptz, model_api_id uuid, token_id uuid, user_id uuid,
	reason text, possible text[], server text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	SELECT modelapi_acl_internal.require(
		modelapi_acl_internal.is_administrator(modelapi_acl_internal.current_identity()),
		'42501', 'only administrators can verify decisions',
		'Call it as modelapi_acl_admin, in a transaction without a user.');
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'lines are missing');
	WITH line AS MATERIALIZED (
		SELECT l.* FROM unnest($1) AS l
			-- One row each, for which the planner takes 100: so it expects many lines, and hashes
			CROSS JOIN jsonb_array_elements('[0]') AS one
			CROSS JOIN jsonb_array_elements('[0]') AS other),
	asked AS MATERIALIZED (
		SELECT DISTINCT l.model_api_id, l.token_id, l.snapshot_xmin, l.snapshot_xmax FROM line AS l
		-- what a personal token opens depends on its holder, its list and the model API at once
		WHERE l.token_id IS NOT NULL AND l.user_id IS NULL AND NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.object_id = l.token_id AND e.object_type = 'personal_token')),
	model_api_state AS MATERIALIZED (
		SELECT k.model_api_id, k.snapshot_xmin, k.snapshot_xmax,
			COALESCE(bool_or(e.action = 'model_api.created'), false)
				AND NOT COALESCE(bool_or(e.action = 'model_api.deleted' AND e.is_certain), false) AS may_exist,
			NOT COALESCE(bool_or(e.action = 'model_api.created' AND e.is_certain), false)
				OR COALESCE(bool_or(e.action = 'model_api.deleted'), false) AS may_lack,
			(array_agg(e.mode ORDER BY e.occurred_at DESC) FILTER (WHERE e.mode IS NOT NULL AND e.is_certain))[1]
				|| COALESCE(array_agg(e.mode) FILTER (WHERE e.mode IS NOT NULL AND NOT e.is_certain), '{}') AS modes
		FROM (SELECT DISTINCT a.model_api_id, a.snapshot_xmin, a.snapshot_xmax FROM asked AS a) AS k
			LEFT JOIN LATERAL (
				SELECT e.action, e.new ->> 'authorization_mode' AS mode, e.occurred_at, e.is_certain
				FROM modelapi_acl_internal.seen_events(k.model_api_id, k.snapshot_xmin, k.snapshot_xmax) AS e
				WHERE e.object_type = 'model_api') AS e ON true
		GROUP BY k.model_api_id, k.snapshot_xmin, k.snapshot_xmax),
	token_seen AS MATERIALIZED (
		SELECT k.model_api_id, k.token_id, k.snapshot_xmin, k.snapshot_xmax,
			COALESCE(bool_or(e.action = 'token.created'), false)
				AND NOT COALESCE(bool_or(e.action = 'token.deleted' AND e.is_certain), false) AS may_exist,
			NOT COALESCE(bool_or(e.action = 'token.created' AND e.is_certain), false)
				OR COALESCE(bool_or(e.action = 'token.deleted'), false) AS may_lack,
			(array_agg(e.model_api_id))[1] AS own_id,
			COALESCE(bool_or(e.action = 'token.regenerated'), false) AS is_regenerated,
			(array_agg(e.new ->> 'revoked_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'revoked_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'revoked_at') FILTER (WHERE e.new ? 'revoked_at' AND NOT e.is_certain), '{}') AS revoked,
			(array_agg(e.new ->> 'suspended_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'suspended_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'suspended_at') FILTER (WHERE e.new ? 'suspended_at' AND NOT e.is_certain), '{}') AS suspended,
			(array_agg(e.new ->> 'expires_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'expires_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'expires_at') FILTER (WHERE e.new ? 'expires_at' AND NOT e.is_certain), '{}') AS expires
		FROM asked AS k
			LEFT JOIN LATERAL (
				SELECT e.* FROM modelapi_acl_internal.seen_events(k.token_id, k.snapshot_xmin, k.snapshot_xmax) AS e
				WHERE e.object_type = 'token') AS e ON true
		GROUP BY k.model_api_id, k.token_id, k.snapshot_xmin, k.snapshot_xmax),
	token_state AS MATERIALIZED (
		SELECT t.model_api_id, t.token_id, t.snapshot_xmin, t.snapshot_xmax, m.may_lack AS no_model_api,
			m.may_exist AND 'unrestricted' = ANY (m.modes) AS is_unrestricted,
			m.may_exist AND 'restricted' = ANY (m.modes) AS is_restricted,
			t.may_lack AS no_token, t.may_exist AND t.own_id <> t.model_api_id AS is_other,
			t.may_exist AND t.own_id = t.model_api_id AS is_own,
			EXISTS (SELECT FROM unnest(t.revoked) AS v (at) WHERE v.at IS NOT NULL) AS is_revoked,
			EXISTS (SELECT FROM unnest(t.revoked) AS v (at) WHERE v.at IS NULL) AS is_unrevoked,
			EXISTS (SELECT FROM unnest(t.suspended) AS v (at) WHERE v.at IS NOT NULL) AS is_suspended,
			EXISTS (SELECT FROM unnest(t.suspended) AS v (at) WHERE v.at IS NULL) AS is_unsuspended,
			ARRAY(SELECT COALESCE(v.at::timestamptz, 'infinity') FROM unnest(t.expires) AS v (at)) AS expiries,
			t.is_regenerated
		FROM token_seen AS t
			JOIN model_api_state AS m ON m.model_api_id = t.model_api_id
				AND m.snapshot_xmin = t.snapshot_xmin AND m.snapshot_xmax = t.snapshot_xmax),
	replayed AS MATERIALIZED (
		SELECT l.*, array_remove(ARRAY[
			CASE WHEN s.no_model_api THEN 'no_such_model_api' END,
			CASE WHEN s.is_unrestricted THEN 'unrestricted' END,
			CASE WHEN s.is_restricted AND s.no_token THEN 'unknown_token' END,
			CASE WHEN s.is_restricted AND s.is_other THEN 'token_of_other_model_api' END,
			CASE WHEN s.is_restricted AND s.is_own AND s.is_revoked THEN 'token_revoked' END,
			CASE WHEN s.is_restricted AND s.is_own AND s.is_unrevoked AND s.is_suspended THEN 'token_suspended' END,
			CASE WHEN s.is_restricted AND s.is_own AND s.is_unrevoked AND s.is_unsuspended
				AND EXISTS (SELECT FROM unnest(s.expiries) AS e (at) WHERE e.at <= l.decided_at) THEN 'token_expired' END,
			CASE WHEN s.is_restricted AND s.is_own AND s.is_unrevoked AND s.is_regenerated THEN 'token_superseded' END,
			CASE WHEN s.is_restricted AND s.is_own AND s.is_unrevoked AND s.is_unsuspended
				AND EXISTS (SELECT FROM unnest(s.expiries) AS e (at) WHERE e.at > (l.decided_at - '1 second'::interval)) THEN 'token' END],
			NULL) AS possible
		FROM line AS l
			JOIN token_state AS s ON s.token_id = l.token_id AND s.model_api_id = l.model_api_id
				AND s.snapshot_xmin = l.snapshot_xmin AND s.snapshot_xmax = l.snapshot_xmax
		UNION ALL
		SELECT l.*, s.possible
		FROM (
			-- one look at the history for all lines of a minute that have the same snapshot
			SELECT k.*, modelapi_acl_internal.seen_reasons_of_subject(
				k.model_api_id, k.user_id, k.first, k.last, k.snapshot_xmin, k.snapshot_xmax) AS possible
			FROM (
				SELECT l.model_api_id, l.user_id, l.snapshot_xmin, l.snapshot_xmax,
					date_trunc('minute', l.decided_at) AS minute, min(l.decided_at) AS first, max(l.decided_at) AS last
				FROM line AS l
				WHERE l.token_id IS NULL AND l.user_id IS NOT NULL AND l.model_api_id IS NOT NULL
				GROUP BY 1, 2, 3, 4, 5) AS k) AS s
			JOIN line AS l ON l.token_id IS NULL AND l.user_id = s.user_id AND l.model_api_id = s.model_api_id
				AND date_trunc('minute', l.decided_at) = s.minute
				AND l.snapshot_xmin = s.snapshot_xmin AND l.snapshot_xmax = s.snapshot_xmax)
	SELECT 'same'::text, count(*), NULL::timestamptz, NULL::uuid, NULL::uuid, NULL::uuid, NULL::text, NULL::text[], NULL::text
	FROM replayed AS r WHERE r.reason = ANY (r.possible)
	UNION ALL
	SELECT 'not_replayed', (SELECT count(*) FROM line AS l) - count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL
	FROM replayed AS r
	UNION ALL
	SELECT 'different', 1, r.decided_at, r.model_api_id, r.token_id, r.user_id, r.reason, r.possible, r.server
	FROM replayed AS r WHERE (r.reason = ANY (r.possible)) IS NOT TRUE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_verify_decisions(modelapi_acl.decision[]) IS
'The query of verify_decisions';

CREATE FUNCTION modelapi_acl.verify_decisions(lines modelapi_acl.decision[]) RETURNS TABLE (
	finding text, decisions bigint, decided_at timestamptz, model_api_id uuid, token_id uuid, user_id uuid,
	reason text, possible text[], server text)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.verify_decisions(modelapi_acl.decision[]) IS
'For administrators: recomputes lines of the decision log with a token or a subject from the audit history. A row "different" for each that does not come out the same, with the reasons that were possible; rows "same" and "not_replayed" with numbers of lines';
