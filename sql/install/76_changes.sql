-- What a change did to access, and what has changed since: see 74_history.sql for
-- moments of the history.

-- The lateral sub-selects with OFFSET 0 are a fence: a change concerns few things
-- as a rule, which are looked up by index one by one. What the planner would guess
-- about keys inside jsonb makes it read the whole history.
CREATE FUNCTION modelapi_acl_internal.changed_pairs(change_id uuid) RETURNS TABLE (
	model_api_id uuid, user_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH told AS MATERIALIZED (
		SELECT e.action, e.object_type, e.object_id, e.project_id, e.model_api_id,
			(COALESCE(e.new, e.old) OPERATOR(pg_catalog.->>) 'user_id')::uuid AS user_id,
			(COALESCE(e.new, e.old) OPERATOR(pg_catalog.->>) 'organization_id')::uuid AS organization_id
		FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.change_id OPERATOR(pg_catalog.=) $1
			AND e.action OPERATOR(pg_catalog.=) ANY (ARRAY[
				'collaborator.added', 'collaborator.changed', 'collaborator.removed',
				'organization_member.added', 'organization_member.changed', 'organization_member.removed',
				'user.created', 'user.disabled', 'user.enabled', 'user.deleted',
				'model_api.created', 'model_api.deleted',
				'model_api.visibility_changed', 'model_api.authorization_mode_changed'])),
	-- whose access changed, wherever they have any
	people AS MATERIALIZED (
		SELECT DISTINCT t.object_id AS user_id FROM told AS t WHERE t.object_type OPERATOR(pg_catalog.=) 'user'),
	memberships AS MATERIALIZED (
		SELECT t.object_id AS organization_id, t.user_id
		FROM told AS t WHERE t.object_type OPERATOR(pg_catalog.=) 'organization' AND t.user_id IS NOT NULL
		UNION
		SELECT e.object_id, p.user_id
		FROM people AS p CROSS JOIN LATERAL (
			SELECT e.object_id FROM modelapi_acl_internal.all_audit_events AS e
			WHERE (COALESCE(e.new, e.old) OPERATOR(pg_catalog.->>) 'user_id') OPERATOR(pg_catalog.=) p.user_id::text
				AND e.action OPERATOR(pg_catalog.=) ANY (ARRAY['organization_member.added', 'organization_member.changed', 'organization_member.removed'])
			OFFSET 0) AS e),
	-- grants that the change touched, or that those people ever held
	grants AS MATERIALIZED (
		SELECT t.project_id, t.model_api_id, t.object_type OPERATOR(pg_catalog.=) 'project_collaborator' AS on_project,
			t.user_id, t.organization_id, NULL::uuid AS member_id
		FROM told AS t
		WHERE t.object_type OPERATOR(pg_catalog.=) ANY (ARRAY['project_collaborator', 'model_api_collaborator'])
		UNION
		SELECT e.project_id, e.model_api_id, e.object_type OPERATOR(pg_catalog.=) 'project_collaborator',
			p.user_id, NULL, NULL
		FROM people AS p CROSS JOIN LATERAL (
			SELECT e.project_id, e.model_api_id, e.object_type FROM modelapi_acl_internal.all_audit_events AS e
			WHERE (COALESCE(e.new, e.old) OPERATOR(pg_catalog.->>) 'user_id') OPERATOR(pg_catalog.=) p.user_id::text
				AND e.action OPERATOR(pg_catalog.=) ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed'])
			OFFSET 0) AS e
		UNION
		SELECT e.project_id, e.model_api_id, e.object_type OPERATOR(pg_catalog.=) 'project_collaborator',
			NULL, m.organization_id, m.user_id
		FROM memberships AS m CROSS JOIN LATERAL (
			SELECT e.project_id, e.model_api_id, e.object_type FROM modelapi_acl_internal.all_audit_events AS e
			WHERE (COALESCE(e.new, e.old) OPERATOR(pg_catalog.->>) 'organization_id') OPERATOR(pg_catalog.=) m.organization_id::text
				AND e.action OPERATOR(pg_catalog.=) ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed'])
			OFFSET 0) AS e),
	-- on which model APIs
	placed AS (
		SELECT g.model_api_id, g.user_id, g.organization_id, g.member_id FROM grants AS g WHERE NOT g.on_project
		UNION
		SELECT e.model_api_id, g.user_id, g.organization_id, g.member_id
		FROM grants AS g CROSS JOIN LATERAL (
			SELECT e.model_api_id FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.project_id OPERATOR(pg_catalog.=) g.project_id
				AND e.object_type OPERATOR(pg_catalog.=) 'model_api'
				AND e.action OPERATOR(pg_catalog.=) 'model_api.created'
			OFFSET 0) AS e
		WHERE g.on_project),
	-- changed as a whole: for everybody who ever held anything there, or for all
	changed AS MATERIALIZED (
		SELECT DISTINCT t.model_api_id, t.project_id FROM told AS t WHERE t.object_type OPERATOR(pg_catalog.=) 'model_api'),
	opened AS MATERIALIZED (
		SELECT c.model_api_id FROM changed AS c
		WHERE EXISTS (
			SELECT FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.model_api_id OPERATOR(pg_catalog.=) c.model_api_id
				AND e.object_type OPERATOR(pg_catalog.=) 'model_api'
				AND (e.new OPERATOR(pg_catalog.->>) 'visibility') OPERATOR(pg_catalog.=) 'public'
			OFFSET 0)),
	held AS (
		SELECT c.model_api_id, e.row
		FROM changed AS c CROSS JOIN LATERAL (
			SELECT COALESCE(e.new, e.old) AS row FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.model_api_id OPERATOR(pg_catalog.=) c.model_api_id
				AND e.object_type OPERATOR(pg_catalog.=) 'model_api_collaborator'
			OFFSET 0) AS e
		UNION ALL
		SELECT c.model_api_id, e.row
		FROM changed AS c CROSS JOIN LATERAL (
			SELECT COALESCE(e.new, e.old) AS row FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.project_id OPERATOR(pg_catalog.=) c.project_id
				AND e.object_type OPERATOR(pg_catalog.=) 'project_collaborator'
			OFFSET 0) AS e),
	principals AS MATERIALIZED (
		SELECT p.model_api_id, p.user_id, p.organization_id, p.member_id FROM placed AS p
		UNION
		SELECT h.model_api_id, (h.row OPERATOR(pg_catalog.->>) 'user_id')::uuid,
			(h.row OPERATOR(pg_catalog.->>) 'organization_id')::uuid, NULL
		FROM held AS h)
	SELECT p.model_api_id, COALESCE(p.user_id, p.member_id, p.organization_id) FROM principals AS p
	WHERE p.user_id IS NOT NULL OR p.organization_id IS NOT NULL
	UNION
	SELECT p.model_api_id, e.user_id
	FROM principals AS p CROSS JOIN LATERAL (
		SELECT (COALESCE(e.new, e.old) OPERATOR(pg_catalog.->>) 'user_id')::uuid AS user_id FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.object_id OPERATOR(pg_catalog.=) p.organization_id
			AND e.action OPERATOR(pg_catalog.=) ANY (ARRAY['organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		OFFSET 0) AS e
	WHERE p.organization_id IS NOT NULL AND p.member_id IS NULL
	UNION
	SELECT o.model_api_id, e.user_id
	FROM opened AS o CROSS JOIN LATERAL (
		SELECT e.object_id AS user_id FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.action OPERATOR(pg_catalog.=) ANY (ARRAY['user.created', 'user.renamed'])
			AND o.model_api_id IS NOT NULL
		OFFSET 0) AS e
	UNION
	SELECT e.model_api_id, p.user_id
	FROM people AS p CROSS JOIN LATERAL (
		SELECT e.model_api_id FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.object_type OPERATOR(pg_catalog.=) 'model_api'
			AND (e.new OPERATOR(pg_catalog.->>) 'visibility') OPERATOR(pg_catalog.=) 'public'
			AND p.user_id IS NOT NULL
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.changed_pairs(uuid) IS
'The pairs of model API and user, or organization, between whom a change may have made a difference; no other pair can have changed';

CREATE FUNCTION modelapi_acl_internal.pairs_at(
	model_api_ids uuid[], user_ids uuid[], until timestamptz, also uuid, expiry timestamptz) RETURNS TABLE (
	model_api_id uuid, project_id uuid, name text, user_id uuid, username text, is_organization boolean,
	access_level modelapi_acl.access_level, permissions modelapi_acl.permission[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH pairs AS MATERIALIZED (
		SELECT p.model_api_id, p.user_id FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS p (model_api_id, user_id)),
	facts AS MATERIALIZED (
		SELECT i.model_api_id, f.project_id, f.name, f.visibility, f.authorization_mode
		FROM (SELECT DISTINCT p.model_api_id FROM pairs AS p) AS i
			CROSS JOIN LATERAL modelapi_acl_internal.model_api_at(i.model_api_id, $3, $4) AS f),
	people AS MATERIALIZED (
		SELECT u.id, u.username, u.enabled, false AS is_organization
		FROM modelapi_acl_internal.users_at(ARRAY(SELECT DISTINCT p.user_id FROM pairs AS p), $3, $4) AS u
		UNION ALL
		SELECT i.id, o.name, true, true
		FROM (SELECT DISTINCT p.user_id AS id FROM pairs AS p) AS i
			CROSS JOIN LATERAL modelapi_acl_internal.organization_at(i.id, $3, $4) AS o
		WHERE o.name IS NOT NULL),
	grants AS MATERIALIZED (
		SELECT NULL::uuid AS project_id, f.model_api_id, g.user_id, g.organization_id, g.access_level, g.expires_at
		FROM facts AS f CROSS JOIN LATERAL modelapi_acl_internal.grants_at(NULL, f.model_api_id, $3, $4) AS g
		UNION ALL
		SELECT i.project_id, NULL, g.user_id, g.organization_id, g.access_level, g.expires_at
		FROM (SELECT DISTINCT f.project_id FROM facts AS f) AS i
			CROSS JOIN LATERAL modelapi_acl_internal.grants_at(i.project_id, NULL, $3, $4) AS g),
	organizations AS MATERIALIZED (
		SELECT i.organization_id, modelapi_acl_internal.shows_members(i.organization_id) AS shows_members
		FROM (SELECT DISTINCT g.organization_id FROM grants AS g WHERE g.organization_id IS NOT NULL) AS i),
	-- by whom: a user, or an organization whose members are hidden
	held AS MATERIALIZED (
		SELECT g.project_id, g.model_api_id, g.user_id, g.access_level
		FROM grants AS g
		WHERE g.user_id IS NOT NULL
			AND (g.expires_at IS NULL OR g.expires_at OPERATOR(pg_catalog.>) $5)
		UNION ALL
		SELECT g.project_id, g.model_api_id, m.user_id, g.access_level
		FROM grants AS g JOIN (
			SELECT i.organization_id, m.user_id
			FROM organizations AS i
				CROSS JOIN LATERAL modelapi_acl_internal.members_at(i.organization_id, $3, $4) AS m
			WHERE i.shows_members OR m.user_id OPERATOR(pg_catalog.=) modelapi_acl.current_user_id()
			UNION ALL
			SELECT i.organization_id, i.organization_id
			FROM organizations AS i
			WHERE NOT i.shows_members) AS m
			ON m.organization_id OPERATOR(pg_catalog.=) g.organization_id
		WHERE (g.expires_at IS NULL OR g.expires_at OPERATOR(pg_catalog.>) $5)),
	on_projects AS (
		SELECT h.project_id, h.user_id, pg_catalog.max(h.access_level) AS access_level
		FROM held AS h WHERE h.project_id IS NOT NULL GROUP BY h.project_id, h.user_id),
	on_model_apis AS (
		SELECT h.model_api_id, h.user_id, pg_catalog.max(h.access_level) AS access_level
		FROM held AS h WHERE h.model_api_id IS NOT NULL GROUP BY h.model_api_id, h.user_id)
	SELECT p.model_api_id, f.project_id, f.name, p.user_id, u.username, u.is_organization,
		CASE WHEN u.enabled AND f.model_api_id IS NOT NULL THEN GREATEST(a.access_level, b.access_level) END,
		-- of an organization: what its grants give, not what everybody has
		CASE WHEN u.enabled AND (NOT u.is_organization OR a.access_level IS NOT NULL OR b.access_level IS NOT NULL)
			THEN modelapi_acl_internal.rule_permissions(f.visibility, f.authorization_mode, a.access_level, b.access_level)
			ELSE '{}' END
	FROM pairs AS p
		LEFT JOIN facts AS f ON f.model_api_id OPERATOR(pg_catalog.=) p.model_api_id
		LEFT JOIN people AS u ON u.id OPERATOR(pg_catalog.=) p.user_id
		LEFT JOIN on_projects AS a ON a.project_id OPERATOR(pg_catalog.=) f.project_id AND a.user_id OPERATOR(pg_catalog.=) p.user_id
		LEFT JOIN on_model_apis AS b ON b.model_api_id OPERATOR(pg_catalog.=) p.model_api_id AND b.user_id OPERATOR(pg_catalog.=) p.user_id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.pairs_at(uuid[], uuid[], timestamptz, uuid, timestamptz) IS
'What users, and organizations whose members are hidden, held on model APIs, pair by pair, at a moment of the history';

CREATE FUNCTION modelapi_acl_internal.answer_access_changes(change_id uuid) RETURNS TABLE (
	model_api_id uuid, model_api_name text, user_id uuid, username text,
	level_before modelapi_acl.access_level, level_after modelapi_acl.access_level,
	gained modelapi_acl.permission[], lost modelapi_acl.permission[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 20
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	WITH change AS MATERIALIZED (
		SELECT c.id, COALESCE(c.committed_at, 'infinity') AS until,
			COALESCE(c.committed_at, pg_catalog.statement_timestamp()) AS expiry,
			c.committed_at IS NULL AS is_current
		FROM (
			SELECT i.id, (SELECT c.committed_at FROM modelapi_acl_internal.all_changes AS c
					WHERE c.change_id OPERATOR(pg_catalog.=) i.id) AS committed_at
			FROM (SELECT COALESCE($1, modelapi_acl_internal.current_change()) AS id) AS i) AS c
		WHERE c.id IS NOT NULL),
	changed AS MATERIALIZED (
		SELECT p.model_api_id, p.user_id
		FROM change AS c CROSS JOIN LATERAL modelapi_acl_internal.changed_pairs(c.id) AS p),
	-- the one asking comes along, for what could be seen before
	pairs AS MATERIALIZED (
		SELECT pg_catalog.array_agg(p.model_api_id) AS model_apis, pg_catalog.array_agg(p.user_id) AS users
		FROM (
			SELECT c.model_api_id, c.user_id FROM changed AS c
			UNION
			SELECT c.model_api_id, modelapi_acl.current_user_id() FROM changed AS c
			WHERE modelapi_acl.current_user_id() IS NOT NULL) AS p),
	before AS MATERIALIZED (
		SELECT s.* FROM change AS c CROSS JOIN pairs AS p
			CROSS JOIN LATERAL modelapi_acl_internal.pairs_at(p.model_apis, p.users, c.until, NULL, c.expiry) AS s),
	after AS MATERIALIZED (
		SELECT s.* FROM change AS c CROSS JOIN pairs AS p
			CROSS JOIN LATERAL modelapi_acl_internal.pairs_at(p.model_apis, p.users, c.until, c.id, c.expiry) AS s),
	differences AS MATERIALIZED (
		SELECT a.model_api_id, COALESCE(a.project_id, b.project_id) AS project_id, COALESCE(a.name, b.name) AS name,
			a.user_id, COALESCE(a.username, b.username) AS username,
			COALESCE(a.is_organization, b.is_organization) AS is_organization,
			b.access_level AS level_before, a.access_level AS level_after,
			b.permissions AS permissions_before, a.permissions AS permissions_after
		FROM after AS a JOIN before AS b
			ON b.model_api_id OPERATOR(pg_catalog.=) a.model_api_id AND b.user_id OPERATOR(pg_catalog.=) a.user_id
		WHERE b.permissions OPERATOR(pg_catalog.<>) a.permissions),
	-- where the one asking could see who has access before the current transaction
	seen AS (
		SELECT b.model_api_id FROM before AS b
		WHERE b.user_id OPERATOR(pg_catalog.=) modelapi_acl.current_user_id()
			AND 'view_collaborators' OPERATOR(pg_catalog.=) ANY (b.permissions)
			AND (SELECT c.is_current FROM change AS c))
	SELECT d.model_api_id, d.name, CASE WHEN NOT d.is_organization THEN d.user_id END, d.username, d.level_before, d.level_after,
		ARRAY(SELECT p FROM pg_catalog.unnest(d.permissions_after) AS p
			WHERE p OPERATOR(pg_catalog.<>) ALL (d.permissions_before)),
		ARRAY(SELECT p FROM pg_catalog.unnest(d.permissions_before) AS p
			WHERE p OPERATOR(pg_catalog.<>) ALL (d.permissions_after))
	FROM differences AS d
	WHERE CASE WHEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) d.model_api_id)
			THEN modelapi_acl_internal.model_api_permits(d.model_api_id, 'view_collaborators',
				(SELECT modelapi_acl_internal.current_identity()))
			ELSE modelapi_acl_internal.project_permits(d.project_id, 'view_project_collaborators',
				(SELECT modelapi_acl_internal.current_identity())) END
		OR d.model_api_id IN (SELECT s.model_api_id FROM seen AS s)
		OR (d.user_id OPERATOR(pg_catalog.=) modelapi_acl.current_user_id()
			AND modelapi_acl_internal.model_api_permits(d.model_api_id, 'view',
				(SELECT modelapi_acl_internal.current_identity())))
	ORDER BY d.name COLLATE pg_catalog."C", d.model_api_id, d.username COLLATE pg_catalog."C";
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_access_changes(uuid) IS
'What access_changes answers';

CREATE FUNCTION modelapi_acl.access_changes(change_id uuid DEFAULT NULL) RETURNS TABLE (
	model_api_id uuid, model_api_name text, user_id uuid, username text,
	level_before modelapi_acl.access_level, level_after modelapi_acl.access_level,
	gained modelapi_acl.permission[], lost modelapi_acl.permission[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.access_changes(uuid) IS
'Who gained and who lost which permission on which model API by a transaction, named by its change_id, or by the current one so far; as far as the one asking may see who has access. Organizations count as in who_can, by whose members one may see now: else they are rows of their own, with user_id NULL';

-- ---------------------------------------------------------------------------
-- The feed of changes

-- Each row carries the position that follows it: see position.c.

CREATE FUNCTION modelapi_acl_internal.read_position("position" text,
	OUT seen pg_snapshot, OUT reached pg_snapshot,
	OUT committed_at timestamptz, OUT occurred_at timestamptz, OUT event_id uuid)
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_read_position_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.read_position(text) IS
'What could be seen at a position (nothing for NULL, everything for now), and on the way to which snapshot a poller got as far as which event; raises 22023 for what is no position of this history';

CREATE FUNCTION modelapi_acl_internal.next_snapshot(reached pg_snapshot) RETURNS pg_snapshot
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_next_snapshot_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.next_snapshot(pg_snapshot) IS
'What a snapshot or that of the statement sees, but for the transaction''s own changes';

CREATE FUNCTION modelapi_acl_internal.write_position(
	reached pg_snapshot, seen pg_snapshot, committed_at timestamptz, occurred_at timestamptz, event_id uuid) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_write_position_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.write_position(pg_snapshot, pg_snapshot, timestamptz, timestamptz, uuid) IS
'The position behind an event on the way from one snapshot to another; without an event, at its end';

-- First the rest of the way that the position is on, then what lies beyond it.
CREATE FUNCTION modelapi_acl_internal.answer_changes_since(since text) RETURNS TABLE (
	"position" text, change_id uuid, committed_at timestamptz, event_id uuid, occurred_at timestamptz,
	actor_id uuid, action text, object_type text, object_id uuid, project_id uuid, model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	WITH here AS MATERIALIZED (
		SELECT p.seen, p.reached, p.committed_at, p.occurred_at, p.event_id,
			modelapi_acl_internal.next_snapshot(p.reached) AS next
		FROM modelapi_acl_internal.read_position($1) AS p)
	SELECT CASE WHEN pg_catalog.lead(n.id) OVER told IS NULL
			THEN modelapi_acl_internal.write_position(h.next, NULL, NULL, NULL, NULL)
			WHEN n.is_beyond
			THEN modelapi_acl_internal.write_position(h.next, h.reached, n.committed_at, n.occurred_at, n.id)
			ELSE modelapi_acl_internal.write_position(h.reached, h.seen, n.committed_at, n.occurred_at, n.id) END,
		n.change_id, n.committed_at, n.id, n.occurred_at,
		n.actor_id, n.action, n.object_type, n.object_id, n.project_id, n.model_api_id
	FROM here AS h
		LEFT JOIN LATERAL (
			SELECT NOT pg_catalog.pg_visible_in_snapshot(c.transaction_id, h.reached) AS is_beyond,
				c.change_id, c.committed_at, e.id, e.occurred_at, e.actor_id, e.action,
				e.object_type, e.object_id, e.project_id, e.model_api_id
			FROM modelapi_acl_internal.all_changes AS c
				JOIN modelapi_acl_internal.all_audit_events AS e ON e.change_id OPERATOR(pg_catalog.=) c.change_id
			WHERE c.transaction_id OPERATOR(pg_catalog.>=) pg_catalog.pg_snapshot_xmin(h.seen)
				AND NOT pg_catalog.pg_visible_in_snapshot(c.transaction_id, h.seen)
				AND pg_catalog.pg_visible_in_snapshot(c.transaction_id, h.next)
				AND (c.committed_at OPERATOR(pg_catalog.>=) h.committed_at
					OR NOT pg_catalog.pg_visible_in_snapshot(c.transaction_id, h.reached))
				AND ((c.committed_at, e.occurred_at, e.id) OPERATOR(pg_catalog.>) (h.committed_at, h.occurred_at, h.event_id)
					OR NOT pg_catalog.pg_visible_in_snapshot(c.transaction_id, h.reached))
				AND modelapi_acl_internal.shows_audit_event(e.object_type, e.object_id, e.project_id, e.model_api_id,
					(SELECT modelapi_acl_internal.current_identity()))) AS n ON true
	WINDOW told AS (ORDER BY n.is_beyond, n.committed_at, n.occurred_at, n.id)
	ORDER BY n.is_beyond, n.committed_at, n.occurred_at, n.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_changes_since(text) IS
'What changes_since answers';

CREATE FUNCTION modelapi_acl.changes_since(since text DEFAULT NULL) RETURNS TABLE (
	"position" text, change_id uuid, committed_at timestamptz, event_id uuid, occurred_at timestamptz,
	actor_id uuid, action text, object_type text, object_id uuid, project_id uuid, model_api_id uuid)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.changes_since(text) IS
'The audit events that the one asking may read of transactions that could not be seen at a position (NULL: all; now: none, to begin with what comes). Each row carries the position that follows it: go on from the last row that you got, however many they were. A single row with nothing but a position where there is no news';
