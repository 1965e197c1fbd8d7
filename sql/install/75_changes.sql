-- The effect of a change on access (access_changes), and the feed of changes
-- (changes_since). 74_history.sql explains moments.

-- Access changes compare the access of pairs of a user and a model API before and after a
-- change. src/sql_api/changed_pairs.c finds the pairs, past_access.c computes their access,
-- from events that they read with the internal statements below (58_internal_statements.sql
-- says what these are).
--
-- The lateral sub-selects with OFFSET 0 look up one key at a time, by index. With its default
-- estimates for keys inside jsonb the planner would read the whole history instead.

CREATE FUNCTION modelapi_acl_internal.events_of_change(change_id uuid) RETURNS TABLE (
	object_type text, object_id uuid, project_id uuid, model_api_id uuid, user_id uuid, organization_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid
	FROM modelapi_acl.audit_events AS e
	WHERE e.change_id = $1
		AND e.action = ANY (ARRAY[
			'collaborator.added', 'collaborator.changed', 'collaborator.removed',
			'organization_member.added', 'organization_member.changed', 'organization_member.removed',
			'user.created', 'user.disabled', 'user.enabled', 'user.deleted',
			'model_api.created', 'model_api.deleted',
			'model_api.visibility_changed', 'model_api.authorization_mode_changed']);
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_change(uuid) IS
'Internal statement: the objects that a change touched and on which access depends';

CREATE FUNCTION modelapi_acl_internal.events_of_grants_on(project_ids uuid[], model_api_ids uuid[]) RETURNS TABLE (
	occurred_at timestamptz, change_id uuid, committed_at timestamptz, object_type text, object_id uuid, project_id uuid,
	model_api_id uuid, user_id uuid, organization_id uuid, is_removed boolean, access_level text, expires_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid,
		e.new IS NULL, e.new ->> 'access_level', (e.new ->> 'expires_at')::timestamptz
	FROM unnest($1) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.project_id = k.id AND e.object_type = 'project_collaborator'
		OFFSET 0) AS e
	UNION ALL
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid,
		e.new IS NULL, e.new ->> 'access_level', (e.new ->> 'expires_at')::timestamptz
	FROM unnest($2) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.model_api_id = k.id AND e.object_type = 'model_api_collaborator'
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_grants_on(uuid[], uuid[]) IS
'Internal statement: events of the grants on projects and on model APIs';

CREATE FUNCTION modelapi_acl_internal.events_of_holders(user_ids uuid[], organization_ids uuid[]) RETURNS TABLE (
	occurred_at timestamptz, change_id uuid, committed_at timestamptz, object_type text, object_id uuid, project_id uuid,
	model_api_id uuid, user_id uuid, organization_id uuid, is_removed boolean, access_level text, expires_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid,
		e.new IS NULL, e.new ->> 'access_level', (e.new ->> 'expires_at')::timestamptz
	FROM unnest($1) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE hashtext(COALESCE(e.new, e.old) ->> 'user_id') = hashtext(k.id::text)
			AND (COALESCE(e.new, e.old) ->> 'user_id') = k.id::text
			AND e.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		OFFSET 0) AS e
	UNION ALL
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid,
		e.new IS NULL, e.new ->> 'access_level', (e.new ->> 'expires_at')::timestamptz
	FROM unnest($2) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE hashtext(COALESCE(e.new, e.old) ->> 'organization_id') = hashtext(k.id::text)
			AND (COALESCE(e.new, e.old) ->> 'organization_id') = k.id::text
			AND e.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed'])
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_holders(uuid[], uuid[]) IS
'Internal statement: events of the grants that users and organizations ever held, and of the users'' memberships';

CREATE FUNCTION modelapi_acl_internal.events_of_holder_exceed(user_id uuid, most bigint) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT count(*) > $2 FROM (
		SELECT FROM modelapi_acl.audit_events AS e
		WHERE hashtext(COALESCE(e.new, e.old) ->> 'user_id') = hashtext($1::text)
			AND (COALESCE(e.new, e.old) ->> 'user_id') = $1::text
			AND e.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		LIMIT $2 + 1) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_holder_exceed(uuid, bigint) IS
'Internal statement: whether there are more than so many events of the grants and memberships of a user';

CREATE FUNCTION modelapi_acl_internal.events_of_members(organization_ids uuid[]) RETURNS TABLE (
	occurred_at timestamptz, change_id uuid, committed_at timestamptz, object_type text, object_id uuid, project_id uuid,
	model_api_id uuid, user_id uuid, organization_id uuid, is_removed boolean, access_level text, expires_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid,
		e.new IS NULL, e.new ->> 'access_level', (e.new ->> 'expires_at')::timestamptz
	FROM unnest($1) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.object_id = k.id
			AND e.action = ANY (ARRAY[
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_members(uuid[]) IS
'Internal statement: events of the members of organizations';

CREATE FUNCTION modelapi_acl_internal.events_of_model_apis(project_ids uuid[], model_api_ids uuid[]) RETURNS TABLE (
	occurred_at timestamptz, change_id uuid, committed_at timestamptz, model_api_id uuid, project_id uuid,
	is_created boolean, is_deleted boolean, name text, visibility text, authorization_mode text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.model_api_id, e.project_id, e.action = 'model_api.created', e.action = 'model_api.deleted',
		e.new ->> 'name', e.new ->> 'visibility', e.new ->> 'authorization_mode'
	FROM unnest($1) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.project_id = k.id AND e.object_type = 'model_api'
		OFFSET 0) AS e
	UNION ALL
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.model_api_id, e.project_id, e.action = 'model_api.created', e.action = 'model_api.deleted',
		e.new ->> 'name', e.new ->> 'visibility', e.new ->> 'authorization_mode'
	FROM unnest($2) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.model_api_id = k.id AND e.object_type = 'model_api'
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_model_apis(uuid[], uuid[]) IS
'Internal statement: events of the model APIs of projects, and of single model APIs';

CREATE FUNCTION modelapi_acl_internal.events_of_principals(ids uuid[]) RETURNS TABLE (
	occurred_at timestamptz, change_id uuid, committed_at timestamptz, id uuid, is_organization boolean,
	is_created boolean, is_deleted boolean, name text, changes_state boolean, is_enabled boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_id, e.object_type <> 'user', e.action = 'user.created', e.action = 'user.deleted',
		COALESCE(e.new ->> 'username', e.new ->> 'name'),
		e.new ? 'disabled_at', (e.new ->> 'disabled_at') IS NULL
	FROM unnest($1) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.object_id = k.id
			AND (e.object_type = 'user' OR e.action = ANY (ARRAY['organization.created', 'organization.renamed']))
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_principals(uuid[]) IS
'Internal statement: events of users, and the names of organizations';

CREATE FUNCTION modelapi_acl_internal.ids_of_past_users() RETURNS SETOF uuid
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT DISTINCT e.object_id FROM modelapi_acl.audit_events AS e
	WHERE e.action = ANY (ARRAY['user.created', 'user.renamed']);
END;
COMMENT ON FUNCTION modelapi_acl_internal.ids_of_past_users() IS
'Internal statement: the ids of all users whom the history knows';

CREATE FUNCTION modelapi_acl_internal.ids_of_past_public() RETURNS SETOF uuid
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT DISTINCT e.model_api_id FROM modelapi_acl.audit_events AS e
	WHERE e.object_type = 'model_api' AND (e.new ->> 'visibility') = 'public';
END;
COMMENT ON FUNCTION modelapi_acl_internal.ids_of_past_public() IS
'Internal statement: the ids of all model APIs that were ever public';

CREATE FUNCTION modelapi_acl_internal.answer_access_changes(change_id uuid) RETURNS TABLE (
	model_api_id uuid, model_api_name text, user_id uuid, username text,
	level_before modelapi_acl.access_level, level_after modelapi_acl.access_level,
	gained modelapi_acl.permission[], lost modelapi_acl.permission[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_access_changes_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.answer_access_changes(uuid) IS
'The query of access_changes';

CREATE FUNCTION modelapi_acl.access_changes(change_id uuid DEFAULT NULL) RETURNS TABLE (
	model_api_id uuid, model_api_name text, user_id uuid, username text,
	level_before modelapi_acl.access_level, level_after modelapi_acl.access_level,
	gained modelapi_acl.permission[], lost modelapi_acl.permission[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.access_changes(uuid) IS
'Who gained and who lost which permissions on which model API by a transaction (its change_id), or by the current transaction so far (NULL), as far as the current user may see who has access. Organizations are treated as in who_can, by the members whom the current user may see now; otherwise they are rows of their own, with user_id NULL';

-- ---------------------------------------------------------------------------
-- The feed of changes

-- Each row has the position that follows it; src/audit/change_position.c explains positions.

CREATE FUNCTION modelapi_acl_internal.read_position("position" text,
	OUT seen pg_snapshot, OUT reached pg_snapshot,
	OUT committed_at timestamptz, OUT occurred_at timestamptz, OUT event_id uuid)
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_read_position_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.read_position(text) IS
'The parts of a position: "seen" is the snapshot whose changes were all reported (nothing for NULL, everything for "now"); "reached" is the snapshot whose changes are being reported, up to the event given. Raises 22023 if the text is no position of this history';

CREATE FUNCTION modelapi_acl_internal.next_snapshot(reached pg_snapshot) RETURNS pg_snapshot
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_next_snapshot_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.next_snapshot(pg_snapshot) IS
'A snapshot that sees what the given snapshot or that of the statement sees, without the changes of the current transaction';

CREATE FUNCTION modelapi_acl_internal.shows_snapshot(reached pg_snapshot) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_snapshot_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.shows_snapshot(pg_snapshot) IS
'Whether the snapshot of the statement shows all that the given one shows';

CREATE FUNCTION modelapi_acl_internal.write_position(
	reached pg_snapshot, seen pg_snapshot,
	committed_at timestamptz, occurred_at timestamptz, event_id uuid) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_write_position_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.write_position(pg_snapshot, pg_snapshot, timestamptz, timestamptz, uuid) IS
'The position after an event, while the changes from "seen" to "reached" are being reported; without an event, the position at the end';

-- Returns first the remaining changes up to the snapshot that the position has reached,
-- then newer changes (is_beyond). Nothing where the snapshot lacks some of the former (is_behind).
CREATE FUNCTION modelapi_acl_internal.answer_changes_since(since text) RETURNS TABLE (
	"position" text, change_id uuid, committed_at timestamptz, event_id uuid, occurred_at timestamptz,
	actor_id uuid, action text, object_type text, object_id uuid, project_id uuid, model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	WITH here AS MATERIALIZED (
		SELECT p.seen, p.reached, p.committed_at, p.occurred_at, p.event_id,
			modelapi_acl_internal.next_snapshot(p.reached) AS next,
			p.event_id IS NOT NULL AND NOT modelapi_acl_internal.shows_snapshot(p.reached) AS is_behind
		FROM modelapi_acl_internal.read_position($1) AS p)
	SELECT CASE WHEN h.is_behind THEN $1
			WHEN lead(n.id) OVER told IS NULL
			THEN modelapi_acl_internal.write_position(h.next, NULL, NULL, NULL, NULL)
			WHEN n.is_beyond
			THEN modelapi_acl_internal.write_position(h.next, h.reached, n.committed_at, n.occurred_at, n.id)
			ELSE modelapi_acl_internal.write_position(h.reached, h.seen, n.committed_at, n.occurred_at, n.id) END,
		n.change_id, n.committed_at, n.id, n.occurred_at,
		n.actor_id, n.action, n.object_type, n.object_id, n.project_id, n.model_api_id
	FROM here AS h
		LEFT JOIN LATERAL (
			SELECT NOT pg_visible_in_snapshot(c.transaction_id, h.reached) AS is_beyond,
				c.change_id, c.committed_at, e.id, e.occurred_at, e.actor_id, e.action,
				e.object_type, e.object_id, e.project_id, e.model_api_id
			FROM modelapi_acl_internal.all_changes AS c
				JOIN modelapi_acl_internal.all_audit_events AS e ON e.change_id = c.change_id
			WHERE NOT h.is_behind
				AND c.transaction_id >= pg_snapshot_xmin(h.seen)
				AND NOT pg_visible_in_snapshot(c.transaction_id, h.seen)
				AND pg_visible_in_snapshot(c.transaction_id, h.next)
				AND (c.committed_at >= h.committed_at
					OR NOT pg_visible_in_snapshot(c.transaction_id, h.reached))
				AND ((c.committed_at, e.occurred_at, e.id) > (h.committed_at, h.occurred_at, h.event_id)
					OR NOT pg_visible_in_snapshot(c.transaction_id, h.reached))
				AND modelapi_acl_internal.shows_audit_event(e.object_type, e.object_id, e.project_id, e.model_api_id,
					(SELECT modelapi_acl_internal.current_identity()))) AS n ON true
	WINDOW told AS (ORDER BY n.is_beyond, n.committed_at, n.occurred_at, n.id)
	ORDER BY n.is_beyond, n.committed_at, n.occurred_at, n.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_changes_since(text) IS
'The query of changes_since';

CREATE FUNCTION modelapi_acl.changes_since(since text DEFAULT NULL) RETURNS TABLE (
	"position" text, change_id uuid, committed_at timestamptz, event_id uuid, occurred_at timestamptz,
	actor_id uuid, action text, object_type text, object_id uuid, project_id uuid, model_api_id uuid)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.changes_since(text) IS
'The audit events that the current user may read, of transactions that were not yet visible at a position (NULL: from the beginning; "now": only future ones). Each row has the position that follows it: pass that of the last row you received to the next call. If there are no new events, a single row with only a position';
