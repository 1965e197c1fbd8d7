-- verify_decisions: whether lines of the decision log agree with the audit history.
--
-- A line has the snapshot that decided it: what transactions before its xmin did was seen, what
-- its xmax and later ones did was not. Of what those between did, either may have been seen:
-- so a state at a snapshot is a set of possible values, of which each is one event's or the
-- last one that was certainly seen.
--
-- Functions that return one row are RETURNS TABLE too: so the planner inlines them, and the whole
-- is planned once.

CREATE FUNCTION modelapi_acl_internal.seen_events(object_id uuid, xmin xid8, xmax xid8) RETURNS TABLE (
	action text, object_type text, project_id uuid, model_api_id uuid, old jsonb, new jsonb,
	occurred_at timestamptz, is_certain boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.action, e.object_type, e.project_id, e.model_api_id, e.old, e.new, e.occurred_at, c.transaction_id < $2
	FROM modelapi_acl_internal.all_audit_events AS e
		JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id
	WHERE e.object_id = $1 AND c.transaction_id < $3;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_events(uuid, xid8, xid8) IS
'The events of an object that a snapshot may have seen';

-- What a snapshot may have seen of a model API
CREATE FUNCTION modelapi_acl_internal.seen_model_api(model_api_id uuid, xmin xid8, xmax xid8) RETURNS TABLE (
	may_exist boolean, may_lack boolean, modes text[], visibilities text[], project_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT COALESCE(bool_or(e.action = 'model_api.created'), false)
			AND NOT COALESCE(bool_or(e.action = 'model_api.deleted' AND e.is_certain), false),
		NOT COALESCE(bool_or(e.action = 'model_api.created' AND e.is_certain), false)
			OR COALESCE(bool_or(e.action = 'model_api.deleted'), false),
		(array_agg(e.new ->> 'authorization_mode' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'authorization_mode' AND e.is_certain))[1:1]
			|| array_agg(e.new ->> 'authorization_mode') FILTER (WHERE e.new ? 'authorization_mode' AND NOT e.is_certain),
		(array_agg(e.new ->> 'visibility' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'visibility' AND e.is_certain))[1:1]
			|| array_agg(e.new ->> 'visibility') FILTER (WHERE e.new ? 'visibility' AND NOT e.is_certain),
		(array_agg(e.project_id))[1]
	FROM modelapi_acl_internal.seen_events($1, $2, $3) AS e
	WHERE e.object_type = 'model_api';
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_model_api(uuid, xid8, xid8) IS
'What a snapshot may have seen of a model API';

-- ---------------------------------------------------------------------------
-- Users and their access

CREATE FUNCTION modelapi_acl_internal.seen_user(user_id uuid, xmin xid8, xmax xid8) RETURNS TABLE (
	may_be_enabled boolean, may_not_be_enabled boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT s.may_exist AND EXISTS (SELECT FROM unnest(s.disabled) AS v (at) WHERE v.at IS NULL),
		s.may_lack OR EXISTS (SELECT FROM unnest(s.disabled) AS v (at) WHERE v.at IS NOT NULL)
	FROM (
		SELECT COALESCE(bool_or(e.action = 'user.created'), false)
				AND NOT COALESCE(bool_or(e.action = 'user.deleted' AND e.is_certain), false) AS may_exist,
			NOT COALESCE(bool_or(e.action = 'user.created' AND e.is_certain), false)
				OR COALESCE(bool_or(e.action = 'user.deleted'), false) AS may_lack,
			(array_agg(e.new ->> 'disabled_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'disabled_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'disabled_at') FILTER (WHERE e.new ? 'disabled_at' AND NOT e.is_certain), '{}') AS disabled
		FROM modelapi_acl_internal.seen_events($1, $2, $3) AS e
		WHERE e.object_type = 'user') AS s;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_user(uuid, xid8, xid8) IS
'Whether a user may have existed and been enabled in a snapshot, and whether not';

CREATE FUNCTION modelapi_acl_internal.seen_memberships(user_id uuid, xmin xid8, xmax xid8) RETURNS TABLE (
	organization_id uuid, is_certain boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH event AS MATERIALIZED (
		SELECT e.object_id, e.occurred_at, e.new IS NOT NULL AS is_member, c.transaction_id < $2 AS is_certain
		FROM modelapi_acl_internal.all_audit_events AS e
			JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id
		WHERE hashtext(COALESCE(e.new, e.old) ->> 'user_id') = hashtext($1::text)
			AND (COALESCE(e.new, e.old) ->> 'user_id') = $1::text
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

-- The highest and the lowest access level that a user may have had by grants. The time of a
-- decision is read up to a second after it: a grant that expired meanwhile may have counted or not.
CREATE FUNCTION modelapi_acl_internal.seen_levels(
	model_api_id uuid, project_id uuid, user_id uuid, decided_at timestamptz, xmin xid8, xmax xid8) RETURNS TABLE (
	project_highest modelapi_acl.access_level, project_lowest modelapi_acl.access_level,
	model_api_highest modelapi_acl.access_level, model_api_lowest modelapi_acl.access_level)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	WITH event AS MATERIALIZED (
		SELECT e.object_id, e.occurred_at, e.new, e.object_type = 'project_collaborator' AS on_project,
			c.transaction_id < $5 AS is_certain
		FROM (
			SELECT a.* FROM modelapi_acl_internal.all_audit_events AS a
			WHERE a.model_api_id = $1 AND a.object_type = 'model_api_collaborator'
			UNION ALL
			SELECT a.* FROM modelapi_acl_internal.all_audit_events AS a
			WHERE a.project_id = $2 AND a.object_type = 'project_collaborator') AS e
			JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id
		WHERE c.transaction_id < $6 AND $3 IS NOT NULL),
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
			LEFT JOIN modelapi_acl_internal.seen_memberships($3, $5, $6) AS m
				ON m.organization_id = (p.new ->> 'organization_id')::uuid),
	grants AS (
		SELECT h.on_project,
			max(h.access_level) FILTER (WHERE h.may_hold AND h.expires_at > ($4 - '1 second'::interval)) AS highest,
			CASE WHEN bool_and(COALESCE(h.holds, false) AND h.access_level IS NOT NULL AND h.expires_at > $4)
				AND bool_or(h.is_last) THEN min(h.access_level) END AS lowest
		FROM held AS h
		GROUP BY h.object_id, h.on_project)
	SELECT max(g.highest) FILTER (WHERE g.on_project), max(g.lowest) FILTER (WHERE g.on_project),
		max(g.highest) FILTER (WHERE NOT g.on_project), max(g.lowest) FILTER (WHERE NOT g.on_project)
	FROM grants AS g;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_levels(uuid, uuid, uuid, timestamptz, xid8, xid8) IS
'Between which access levels a user''s level on a project and on a model API may have been in a snapshot';

-- ---------------------------------------------------------------------------
-- Tokens

-- What no event tells was NULL: the events of version 1.0 do not have suspended_at.
--
-- A personal token has a holder; a token of a model API has none. Which secret was sent is not
-- logged: once a token was regenerated, it may have been a former one.
CREATE FUNCTION modelapi_acl_internal.seen_token(
	token_id uuid, model_api_id uuid, holder_id uuid, decided_at timestamptz, xmin xid8, xmax xid8) RETURNS TABLE (
	may_exist boolean, may_lack boolean, may_open boolean, may_not_open boolean,
	may_be_revoked boolean, may_be_unrevoked boolean, may_have_former boolean,
	may_be_suspended boolean, may_be_unsuspended boolean, may_be_expired boolean, may_be_unexpired boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT s.may_exist, s.may_lack,
		CASE WHEN $3 IS NULL THEN $2 = ANY (s.owners) ELSE 'false' = ANY (s.limited) OR true = ANY (s.listed) END,
		CASE WHEN $3 IS NULL THEN $2 <> ANY (s.owners)
			ELSE 'true' = ANY (s.limited) AND (s.listed IS NULL OR false = ANY (s.listed)) END,
		EXISTS (SELECT FROM unnest(s.revoked) AS v (at) WHERE v.at IS NOT NULL),
		EXISTS (SELECT FROM unnest(s.revoked) AS v (at) WHERE v.at IS NULL),
		s.may_have_former,
		EXISTS (SELECT FROM unnest(s.suspended) AS v (at) WHERE v.at IS NOT NULL),
		EXISTS (SELECT FROM unnest(s.suspended) AS v (at) WHERE v.at IS NULL),
		EXISTS (SELECT FROM unnest(s.expires) AS v (at) WHERE v.at::timestamptz <= $4),
		EXISTS (SELECT FROM unnest(s.expires) AS v (at) WHERE COALESCE(v.at::timestamptz, 'infinity') > ($4 - '1 second'::interval))
	FROM (
		SELECT COALESCE(bool_or(e.action = k.object_type || '.created'), false)
				AND NOT COALESCE(bool_or(e.action = k.object_type || '.deleted' AND e.is_certain), false)
				AND ($3 IS NULL OR COALESCE(bool_or(e.new ->> 'user_id' = $3::text), false)) AS may_exist,
			NOT COALESCE(bool_or(e.action = k.object_type || '.created' AND e.is_certain), false)
				OR COALESCE(bool_or(e.action = k.object_type || '.deleted'), false) AS may_lack,
			(array_agg(e.model_api_id ORDER BY e.occurred_at DESC) FILTER (WHERE e.is_certain))[1:1]
				|| array_agg(e.model_api_id) FILTER (WHERE NOT e.is_certain) AS owners,
			(array_agg(e.new ->> 'is_limited' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'is_limited' AND e.is_certain))[1:1]
				|| array_agg(e.new ->> 'is_limited') FILTER (WHERE e.new ? 'is_limited' AND NOT e.is_certain) AS limited,
			(array_agg(l.is_listed ORDER BY e.occurred_at DESC) FILTER (WHERE l.is_listed IS NOT NULL AND e.is_certain))[1:1]
				|| array_agg(l.is_listed) FILTER (WHERE l.is_listed IS NOT NULL AND NOT e.is_certain) AS listed,
			(array_agg(e.new ->> 'revoked_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'revoked_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'revoked_at') FILTER (WHERE e.new ? 'revoked_at' AND NOT e.is_certain), '{}') AS revoked,
			COALESCE(bool_or(e.action = ANY (ARRAY[k.object_type || '.regenerated', k.object_type || '.secret_added',
				k.object_type || '.secret_changed'])), false) AS may_have_former,
			(array_agg(e.new ->> 'suspended_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'suspended_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'suspended_at') FILTER (WHERE e.new ? 'suspended_at' AND NOT e.is_certain), '{}') AS suspended,
			(array_agg(e.new ->> 'expires_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'expires_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'expires_at') FILTER (WHERE e.new ? 'expires_at' AND NOT e.is_certain), '{}') AS expires
		FROM (SELECT CASE WHEN $3 IS NULL THEN 'token' ELSE 'personal_token' END AS object_type) AS k
			LEFT JOIN modelapi_acl_internal.seen_events($1, $5, $6) AS e ON e.object_type = k.object_type
			CROSS JOIN LATERAL (
				SELECT CASE WHEN e.new ? 'model_apis' THEN e.new -> 'model_apis' ? $2::text
					WHEN e.action = 'personal_token.model_api_added' AND e.new ->> 'model_api_id' = $2::text THEN true
					WHEN e.action = 'personal_token.model_api_removed' AND e.old ->> 'model_api_id' = $2::text THEN false
					END AS is_listed) AS l) AS s;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_token(uuid, uuid, uuid, timestamptz, xid8, xid8) IS
'What a snapshot may have seen of a token, for a request to a model API';

-- ---------------------------------------------------------------------------
-- Decisions

-- A line with a token and a user is about a personal token, a line with a user alone about a
-- request by identity.
CREATE FUNCTION modelapi_acl_internal.seen_reasons(
	model_api_id uuid, token_id uuid, user_id uuid, decided_at timestamptz, xmin xid8, xmax xid8) RETURNS TABLE (
	reasons text[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT array_remove(CASE
		WHEN $2 IS NULL THEN ARRAY[
			CASE WHEN m.may_exist AND 'unrestricted' = ANY (m.modes) THEN 'unrestricted' END,
			CASE WHEN u.may_not_be_enabled THEN 'unknown_subject' END,
			CASE WHEN u.may_be_enabled AND m.is_restricted AND a.may_invoke THEN 'identity' END,
			CASE WHEN u.may_be_enabled AND m.is_restricted AND a.may_not_invoke AND a.may_view THEN 'permission_denied' END,
			CASE WHEN u.may_be_enabled AND (m.may_lack OR (m.is_restricted AND a.may_not_invoke AND a.may_not_view))
				THEN 'no_such_model_api' END]
		ELSE ARRAY[
			CASE WHEN m.may_lack THEN 'no_such_model_api' END,
			CASE WHEN m.may_exist AND 'unrestricted' = ANY (m.modes) THEN 'unrestricted' END]
			|| CASE WHEN m.is_restricted AND (t.may_lack OR NOT t.may_exist) THEN ARRAY['unknown_token'] END
			|| CASE WHEN m.is_restricted AND t.may_exist AND t.may_not_open THEN ARRAY['token_of_other_model_api'] END
			|| CASE WHEN m.is_restricted AND t.may_exist AND t.may_open THEN ARRAY[
				CASE WHEN t.may_be_revoked THEN 'token_revoked' END,
				CASE WHEN t.may_be_unrevoked AND t.may_have_former THEN 'token_superseded' END,
				CASE WHEN t.may_be_unrevoked AND (t.may_be_suspended OR u.may_not_be_enabled) THEN 'token_suspended' END,
				CASE WHEN t.is_live AND t.may_be_expired THEN 'token_expired' END,
				CASE WHEN t.is_live AND t.may_be_unexpired AND ($3 IS NULL OR a.may_invoke) THEN 'token' END,
				CASE WHEN t.is_live AND t.may_be_unexpired AND $3 IS NOT NULL AND a.may_not_invoke
					THEN 'token_of_other_model_api' END] END
		END, NULL)
	FROM (
		SELECT s.*, s.may_exist AND 'restricted' = ANY (s.modes) AS is_restricted
		FROM modelapi_acl_internal.seen_model_api($1, $5, $6) AS s) AS m
		-- a token of a model API has no holder who may be disabled
		CROSS JOIN LATERAL (
			SELECT s.may_be_enabled OR $3 IS NULL AS may_be_enabled, s.may_not_be_enabled AND $3 IS NOT NULL AS may_not_be_enabled
			FROM modelapi_acl_internal.seen_user($3, $5, $6) AS s) AS u
		CROSS JOIN LATERAL (
			SELECT s.*, s.may_be_unrevoked AND s.may_be_unsuspended AND u.may_be_enabled AS is_live
			FROM modelapi_acl_internal.seen_token($2, $1, $3, $4, $5, $6) AS s) AS t
		CROSS JOIN LATERAL modelapi_acl_internal.seen_levels($1, m.project_id, $3, $4, $5, $6) AS l
		CROSS JOIN LATERAL (
			SELECT bool_or(modelapi_acl_internal.rule_permits('invoke', v.visibility, 'restricted', l.project_highest, l.model_api_highest)) AS may_invoke,
				bool_or(NOT modelapi_acl_internal.rule_permits('invoke', v.visibility, 'restricted', l.project_lowest, l.model_api_lowest)) AS may_not_invoke,
				bool_or(modelapi_acl_internal.rule_permits('view', v.visibility, 'restricted', l.project_highest, l.model_api_highest)) AS may_view,
				bool_or(NOT modelapi_acl_internal.rule_permits('view', v.visibility, 'restricted', l.project_lowest, l.model_api_lowest)) AS may_not_view
			FROM unnest(m.visibilities::modelapi_acl.visibility[]) AS v (visibility)) AS a;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_reasons(uuid, uuid, uuid, timestamptz, xid8, xid8) IS
'The reasons that a decision may have had, by what its snapshot may have seen';

-- All events that seen_reasons may read, whatever the snapshot
CREATE FUNCTION modelapi_acl_internal.decisive_events(model_api_id uuid, token_id uuid, user_id uuid) RETURNS TABLE (
	transaction_id xid8, expires_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT c.transaction_id, (e.new ->> 'expires_at')::timestamptz
	FROM (
		SELECT a.change_id, a.new FROM modelapi_acl_internal.all_audit_events AS a
		WHERE a.object_id = $1 AND a.object_type = 'model_api'
		UNION ALL
		SELECT a.change_id, a.new FROM modelapi_acl_internal.all_audit_events AS a
		WHERE a.object_id = $2
		UNION ALL
		SELECT a.change_id, a.new FROM modelapi_acl_internal.all_audit_events AS a
		WHERE a.object_id = $3 AND a.object_type = 'user'
		UNION ALL
		SELECT a.change_id, a.new FROM modelapi_acl_internal.all_audit_events AS a
		WHERE $3 IS NOT NULL AND a.model_api_id = $1 AND a.object_type = 'model_api_collaborator'
		UNION ALL
		SELECT a.change_id, a.new
		FROM modelapi_acl_internal.all_audit_events AS m
			JOIN modelapi_acl_internal.all_audit_events AS a ON a.project_id = m.project_id
		WHERE $3 IS NOT NULL AND m.object_id = $1 AND m.action = 'model_api.created'
			AND a.object_type = 'project_collaborator'
		UNION ALL
		SELECT a.change_id, a.new FROM modelapi_acl_internal.all_audit_events AS a
		WHERE hashtext(COALESCE(a.new, a.old) ->> 'user_id') = hashtext($3::text)
			AND (COALESCE(a.new, a.old) ->> 'user_id') = $3::text
			AND a.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
			AND a.object_type = 'organization') AS e
		JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.decisive_events(uuid, uuid, uuid) IS
'When what a decision depends on changed: a model API, a token, a user and the user''s access';

-- ---------------------------------------------------------------------------
-- All lines

-- Lines about the same objects, between the same changes and expiries, have the same possible
-- reasons. So each such state is judged once, and not each line.
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
		SELECT l.*, dense_rank() OVER (ORDER BY l.model_api_id, l.token_id, l.user_id) AS asked_number
		FROM unnest($1) AS l
			-- One row each, for which the planner takes 100: so it expects many lines, and hashes
			CROSS JOIN jsonb_array_elements('[0]') AS one
			CROSS JOIN jsonb_array_elements('[0]') AS other
		WHERE l.model_api_id IS NOT NULL AND (l.token_id IS NOT NULL OR l.user_id IS NOT NULL)),
	asked AS MATERIALIZED (
		SELECT DISTINCT ON (l.asked_number) l.asked_number, l.model_api_id, l.token_id, l.user_id FROM line AS l),
	turns AS MATERIALIZED (
		-- after a transaction, and when something expires or a second later, other answers are right
		SELECT a.asked_number, array_agg(DISTINCT d.transaction_id::text::bigint + 1 ORDER BY d.transaction_id::text::bigint + 1) AS transactions,
			array_agg(DISTINCT t.at ORDER BY t.at) FILTER (WHERE t.at IS NOT NULL) AS expiries
		FROM asked AS a
			CROSS JOIN LATERAL modelapi_acl_internal.decisive_events(a.model_api_id, a.token_id, a.user_id) AS d
			CROSS JOIN LATERAL (VALUES (d.expires_at), (d.expires_at + '1 second'::interval)) AS t (at)
		GROUP BY a.asked_number),
	placed AS MATERIALIZED (
		SELECT l.*, dense_rank() OVER (ORDER BY l.asked_number,
			width_bucket(l.snapshot_xmin::text::bigint, t.transactions), width_bucket(l.snapshot_xmax::text::bigint, t.transactions),
			width_bucket(l.decided_at, t.expiries)) AS state_number
		FROM line AS l LEFT JOIN turns AS t ON t.asked_number = l.asked_number),
	state AS MATERIALIZED (
		SELECT DISTINCT ON (p.state_number) p.state_number, p.model_api_id, p.token_id, p.user_id, p.decided_at,
			p.snapshot_xmin, p.snapshot_xmax
		FROM placed AS p),
	judged AS MATERIALIZED (
		SELECT s.state_number, r.reasons
		FROM state AS s CROSS JOIN LATERAL modelapi_acl_internal.seen_reasons(
			s.model_api_id, s.token_id, s.user_id, s.decided_at, s.snapshot_xmin, s.snapshot_xmax) AS r),
	replayed AS MATERIALIZED (
		SELECT p.*, j.reasons AS possible FROM placed AS p JOIN judged AS j ON j.state_number = p.state_number)
	SELECT 'same'::text, count(*), NULL::timestamptz, NULL::uuid, NULL::uuid, NULL::uuid, NULL::text, NULL::text[], NULL::text
	FROM replayed AS r WHERE r.reason = ANY (r.possible)
	UNION ALL
	SELECT 'not_replayed', cardinality($1) - count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL
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
'For administrators: recomputes lines of the decision log with a token or a user from the audit history. A row "different" for each that does not come out the same, with the reasons that were possible; rows "same" and "not_replayed" with numbers of lines';
