-- Access in the past: access_level_at and who_could; authorization_at is in 74_token_history.sql. They reconstruct
-- past states from the audit history, which has every change that access depends on, and
-- from the commit times of changes.
--
-- A moment is a pair (until, also): everything that was committed before "until", plus
-- everything that the change "also" did, committed or not. The last event of an object up
-- to the moment gives its state: a change locks the row, so the times of the events of one
-- object never run backwards. The rule in src/access/permissions.c decides, as everywhere.

CREATE FUNCTION modelapi_acl_internal.current_change() RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_current_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.current_change() IS
'The change_id of the current transaction, or NULL if it has not changed anything yet';

CREATE FUNCTION modelapi_acl_internal.past_events(until timestamptz, also uuid)
	RETURNS SETOF modelapi_acl_internal.all_audit_events
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- A scalar sub-select: one lookup for each event, however many changes there are
	SELECT e.* FROM modelapi_acl_internal.all_audit_events AS e
	WHERE e.change_id = $2
		OR (SELECT c.committed_at FROM modelapi_acl_internal.all_changes AS c
			WHERE c.change_id = e.change_id) < $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.past_events(timestamptz, uuid) IS
'The audit events up to a moment';

-- ---------------------------------------------------------------------------
-- Objects at a moment; no row if the object did not exist

CREATE FUNCTION modelapi_acl_internal.model_api_at(model_api_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	project_id uuid, name text, visibility modelapi_acl.visibility,
	authorization_mode modelapi_acl.authorization_mode, invocation_mode modelapi_acl.invocation_mode)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT (array_agg(e.project_id))[1],
		(array_agg(e.new ->> 'name' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'name'))[1],
		(array_agg(e.new ->> 'visibility' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'visibility'))[1]::modelapi_acl.visibility,
		(array_agg(e.new ->> 'authorization_mode' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'authorization_mode'))[1]::modelapi_acl.authorization_mode,
		(array_agg(e.new ->> 'invocation_mode' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'invocation_mode'))[1]::modelapi_acl.invocation_mode
	FROM modelapi_acl_internal.past_events($2, $3) AS e
	WHERE e.model_api_id = $1
		AND e.object_type = 'model_api'
	HAVING bool_or(e.action = 'model_api.created')
		AND NOT bool_or(e.action = 'model_api.deleted');
END;
COMMENT ON FUNCTION modelapi_acl_internal.model_api_at(uuid, timestamptz, uuid) IS
'A model API as it was at a moment';

CREATE FUNCTION modelapi_acl_internal.grants_at(project_id uuid, model_api_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	id uuid, on_project boolean, user_id uuid, organization_id uuid,
	access_level modelapi_acl.access_level, expires_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT g.id, g.on_project, (g.row ->> 'user_id')::uuid,
		(g.row ->> 'organization_id')::uuid,
		(g.row ->> 'access_level')::modelapi_acl.access_level,
		(g.row ->> 'expires_at')::timestamptz
	FROM (
		SELECT DISTINCT ON (t.object_id) t.object_id AS id, t.on_project, t.new AS row
		FROM (
			SELECT e.object_id, e.occurred_at, e.new, false AS on_project
			FROM modelapi_acl_internal.past_events($3, $4) AS e
			WHERE e.model_api_id = $2
				AND e.object_type = 'model_api_collaborator'
			UNION ALL
			SELECT e.object_id, e.occurred_at, e.new, true
			FROM modelapi_acl_internal.past_events($3, $4) AS e
			WHERE e.project_id = $1
				AND e.object_type = 'project_collaborator') AS t
		ORDER BY t.object_id, t.occurred_at DESC) AS g
	WHERE g.row IS NOT NULL;		-- not removed
END;
COMMENT ON FUNCTION modelapi_acl_internal.grants_at(uuid, uuid, timestamptz, uuid) IS
'The grants on a project, on a model API, or on both, as they were at a moment, expired ones included';

CREATE FUNCTION modelapi_acl_internal.members_at(organization_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	user_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT m.user_id::uuid
	FROM (
		SELECT DISTINCT ON (COALESCE(e.new, e.old) ->> 'user_id')
			COALESCE(e.new, e.old) ->> 'user_id' AS user_id, e.new AS row
		FROM modelapi_acl_internal.past_events($2, $3) AS e
		WHERE e.object_id = $1
			AND e.action = ANY (ARRAY[
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		ORDER BY COALESCE(e.new, e.old) ->> 'user_id', e.occurred_at DESC) AS m
	WHERE m.row IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.members_at(uuid, timestamptz, uuid) IS
'The members of an organization at a moment';

CREATE FUNCTION modelapi_acl_internal.organization_at(organization_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	name text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT (array_agg(e.new ->> 'name' ORDER BY e.occurred_at DESC)
		FILTER (WHERE e.new ? 'name'))[1]
	FROM modelapi_acl_internal.past_events($2, $3) AS e
	WHERE e.object_id = $1
		AND e.action = ANY (ARRAY['organization.created', 'organization.renamed']);
END;
COMMENT ON FUNCTION modelapi_acl_internal.organization_at(uuid, timestamptz, uuid) IS
'The name of an organization at a moment';

-- Users at a moment: some by id, or all
CREATE FUNCTION modelapi_acl_internal.users_at(ids uuid[], until timestamptz, also uuid)
	RETURNS TABLE (
	id uuid, username text, enabled boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.object_id,
		(array_agg(e.new ->> 'username' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'username'))[1],
		(array_agg(e.new ->> 'disabled_at' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'disabled_at'))[1] IS NULL
	FROM modelapi_acl_internal.past_events($2, $3) AS e
	WHERE e.object_id = ANY ($1)
		AND e.object_type = 'user'
	GROUP BY e.object_id
	HAVING bool_or(e.action = 'user.created')
		AND NOT bool_or(e.action = 'user.deleted');
END;
COMMENT ON FUNCTION modelapi_acl_internal.users_at(uuid[], timestamptz, uuid) IS
'Users with these ids as they were at a moment';

CREATE FUNCTION modelapi_acl_internal.all_users_at(until timestamptz, also uuid) RETURNS TABLE (
	id uuid, username text, enabled boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10000
BEGIN ATOMIC
	SELECT u.id, u.username, u.enabled
	FROM modelapi_acl_internal.users_at(ARRAY(
		SELECT DISTINCT e.object_id FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.action = ANY (ARRAY['user.created', 'user.renamed'])), $1, $2) AS u;
END;
COMMENT ON FUNCTION modelapi_acl_internal.all_users_at(timestamptz, uuid) IS
'All users as they were at a moment';

CREATE FUNCTION modelapi_acl_internal.user_named_at(who text, until timestamptz) RETURNS uuid
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH named AS (
		SELECT e.object_id AS id, max(e.occurred_at) AS since
		FROM modelapi_acl_internal.all_audit_events AS e
		WHERE lower((e.new ->> 'username') COLLATE "C") = lower($1 COLLATE "C")
			AND e.action = ANY (ARRAY['user.created', 'user.renamed'])
		GROUP BY e.object_id)
	SELECT COALESCE(
		(SELECT u.id FROM modelapi_acl_internal.users_at(ARRAY(SELECT n.id FROM named AS n), $2, NULL) AS u
			WHERE lower(u.username COLLATE "C") = lower($1 COLLATE "C")),
		(SELECT p.user_id FROM modelapi_acl_internal.find_principal($1) AS p WHERE p.user_id IS NOT NULL),
		(SELECT n.id FROM named AS n ORDER BY n.since DESC LIMIT 1),
		modelapi_acl_internal.require_person($1));
END;
COMMENT ON FUNCTION modelapi_acl_internal.user_named_at(text, timestamptz) IS
'The user who had a name at a moment; if nobody had it, the user who has it now, otherwise the user who had it last; raises 22023 if there is none';

CREATE FUNCTION modelapi_acl_internal.holders_at(
	project_id uuid, model_api_id uuid, until timestamptz, expiry timestamptz) RETURNS TABLE (
	user_id uuid, organization_id uuid, organization text,
	on_project modelapi_acl.access_level, on_model_api modelapi_acl.access_level, roads text[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH grants AS MATERIALIZED (
		SELECT g.on_project, g.user_id, g.organization_id, g.access_level,
			(SELECT o.name FROM modelapi_acl_internal.organization_at(g.organization_id, $3, NULL) AS o
				WHERE g.organization_id IS NOT NULL) AS organization,
			CASE WHEN g.organization_id IS NOT NULL
				THEN modelapi_acl_internal.shows_members(g.organization_id) END AS shows_members
		FROM modelapi_acl_internal.grants_at($1, $2, $3, NULL) AS g
		WHERE g.expires_at IS NULL OR g.expires_at > $4),
	held AS (
		SELECT g.user_id, NULL::uuid AS organization_id, NULL::text AS organization, g.on_project, g.access_level,
			modelapi_acl_internal.road(g.on_project, NULL) AS road
		FROM grants AS g
		WHERE g.user_id IS NOT NULL
		UNION ALL
		SELECT m.user_id, NULL, NULL, g.on_project, g.access_level,
			modelapi_acl_internal.road(g.on_project, g.organization)
		FROM grants AS g
			CROSS JOIN LATERAL modelapi_acl_internal.members_at(g.organization_id, $3, NULL) AS m
		WHERE g.organization_id IS NOT NULL
			AND (g.shows_members OR m.user_id = modelapi_acl.current_user_id())
		UNION ALL
		SELECT NULL, g.organization_id, g.organization, g.on_project, g.access_level,
			modelapi_acl_internal.road(g.on_project, g.organization)
		FROM grants AS g
		WHERE NOT g.shows_members)
	SELECT h.user_id, h.organization_id, h.organization, max(h.access_level) FILTER (WHERE h.on_project),
		max(h.access_level) FILTER (WHERE NOT h.on_project),
		array_agg(h.road ORDER BY h.road COLLATE "C")
	FROM held AS h
	GROUP BY h.user_id, h.organization_id, h.organization;
END;
COMMENT ON FUNCTION modelapi_acl_internal.holders_at(uuid, uuid, timestamptz, timestamptz) IS
'The users who had unexpired grants on a model API or its project at a moment, and the organizations whose members are hidden now, with their highest access levels on the project and on the model API, and their roads';

CREATE FUNCTION modelapi_acl_internal.level_at(
	user_id uuid, model_api_id uuid, until timestamptz, also uuid, expiry timestamptz) RETURNS modelapi_acl.access_level
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
	AS 'MODULE_PATHNAME', 'modelapi_acl_level_at_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.level_at(uuid, uuid, timestamptz, uuid, timestamptz) IS
'The effective access level of a user on a model API at a moment; "expiry" is the time at which grants may have expired. Ignores organizations whose members the current user may not see';

-- ---------------------------------------------------------------------------
-- Public functions, for owners and administrators

CREATE FUNCTION modelapi_acl_internal.require_history(model_api_id uuid, at timestamptz)
	RETURNS void
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- A deleted model API is visible to owners of its project only
	SELECT modelapi_acl_internal.require_permission($1, 'manage_collaborators')
	WHERE EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = $1)
		OR NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.model_api_id = $1
				AND e.action = 'model_api.deleted'
				AND modelapi_acl_internal.project_permits(e.project_id, 'manage_project',
					modelapi_acl_internal.current_identity()));
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'the moment asked about is missing');
	SELECT modelapi_acl_internal.require($2 <= clock_timestamp(), '22023',
		'the moment asked about is in the future', 'Ask for a moment in the past.');
	-- The snapshot of a REPEATABLE READ or SERIALIZABLE transaction lacks later changes
	SELECT modelapi_acl_internal.require($2 <= now()
			OR current_setting('transaction_isolation') = ANY (ARRAY['read committed', 'read uncommitted']),
		'22023', 'the moment asked about is later than this transaction''s snapshot',
		'Ask in a later transaction, or at isolation level READ COMMITTED.');
END;
COMMENT ON FUNCTION modelapi_acl_internal.require_history(uuid, timestamptz) IS
'Raises PT401, PT404, 42501 or 22023 unless the current user may ask about access to a model API at this moment in the past';

CREATE FUNCTION modelapi_acl_internal.answer_access_level_at(
	model_api_id uuid, who text, at timestamptz) RETURNS modelapi_acl.access_level
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_history($1, $3);
	-- One microsecond later, to include what was committed at exactly that time
	SELECT modelapi_acl_internal.level_at(modelapi_acl_internal.user_named_at($2, m.until), $1, m.until, NULL, $3)
	FROM (SELECT $3 + '1 microsecond'::interval AS until) AS m;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_access_level_at(uuid, text, timestamptz) IS
'The query of access_level_at';

CREATE FUNCTION modelapi_acl.access_level_at(
	model_api_id uuid, who text, at timestamptz) RETURNS modelapi_acl.access_level
	LANGUAGE c STABLE PARALLEL RESTRICTED
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.access_level_at(uuid, text, timestamptz) IS
'For owners: the effective access level of a user on a model API at a moment in the past, or NULL; for other users it ignores organizations whose members the current user may not see now';

CREATE FUNCTION modelapi_acl_internal.answer_who_could(
	model_api_id uuid, permission modelapi_acl.permission, at timestamptz) RETURNS TABLE (
	user_id uuid, username text, access_level modelapi_acl.access_level, roads text[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 20
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_history($1, $3);
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'permission is missing');
	WITH facts AS MATERIALIZED (
		SELECT m.until, f.project_id, f.visibility, f.authorization_mode,
			modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode, NULL, NULL) AS is_open
		FROM (SELECT $3 + '1 microsecond'::interval AS until) AS m
			CROSS JOIN LATERAL modelapi_acl_internal.model_api_at($1, m.until, NULL) AS f),
	held AS MATERIALIZED (
		SELECT h.user_id, h.organization, h.on_project, h.on_model_api, h.roads
		FROM facts AS f CROSS JOIN LATERAL modelapi_acl_internal.holders_at(f.project_id, $1, f.until, $3) AS h),
	-- Users with grants; or all users, if everybody had the permission
	people AS (
		SELECT u.id, u.username, u.enabled
		FROM facts AS f CROSS JOIN LATERAL modelapi_acl_internal.users_at(
			ARRAY(SELECT h.user_id FROM held AS h WHERE h.user_id IS NOT NULL), f.until, NULL) AS u
		WHERE NOT f.is_open
		UNION ALL
		SELECT u.id, u.username, u.enabled
		FROM facts AS f CROSS JOIN LATERAL modelapi_acl_internal.all_users_at(f.until, NULL) AS u
		WHERE f.is_open),
	candidates AS (
		SELECT u.id, u.username, h.on_project, h.on_model_api, h.roads
		FROM people AS u
			LEFT JOIN held AS h ON h.user_id = u.id
		WHERE u.enabled
		UNION ALL
		SELECT NULL, h.organization, h.on_project, h.on_model_api, h.roads
		FROM held AS h
		WHERE h.user_id IS NULL)
	SELECT c.id, c.username, GREATEST(c.on_project, c.on_model_api),
		COALESCE(c.roads, '{}') ||
			CASE WHEN f.is_open AND c.id IS NOT NULL THEN ARRAY['public'] ELSE '{}'::text[] END
	FROM candidates AS c
		CROSS JOIN facts AS f
	WHERE modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode, c.on_project, c.on_model_api)
	ORDER BY c.username COLLATE "C";
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_who_could(uuid, modelapi_acl.permission, timestamptz) IS
'The query of who_could';

CREATE FUNCTION modelapi_acl.who_could(
	model_api_id uuid, permission modelapi_acl.permission, at timestamptz) RETURNS TABLE (
	user_id uuid, username text, access_level modelapi_acl.access_level, roads text[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.who_could(uuid, modelapi_acl.permission, timestamptz) IS
'For owners: every user who had a permission on a model API at a moment in the past, with the effective access level and the roads by which the user had access, with the names of that moment. Organizations are treated as in who_can, by the members whom the current user may see now. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';
