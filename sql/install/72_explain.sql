-- Why somebody may do something, and who else may: the decision taken apart, for
-- the people whom it concerns. Whether grants are enough is asked of the rule in
-- access.c; what stands here only gathers them.
--
-- A road is how access comes: direct, organization:NAME, project,
-- project_organization:NAME, or public, where visibility alone gives it.
--
-- An organization's grant is counted for its members only where the current user may
-- see them, and for the current user; else the organization is a row of its own.
-- What is told of somebody never depends on a membership that is hidden.
--
-- JIT is off in these functions: a body is planned for any size of project and
-- organization, and would be compiled for longer than it runs.

CREATE FUNCTION modelapi_acl_internal.road(on_project boolean, organization text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN $2 IS NOT NULL THEN (CASE WHEN $1 THEN 'project_organization:' ELSE 'organization:' END) OPERATOR(pg_catalog.||) $2
		WHEN $1 THEN 'project'
		ELSE 'direct' END;
END;
COMMENT ON FUNCTION modelapi_acl_internal.road(boolean, text) IS
'The name of the road of a grant on a project or a model API, to an organization or to a user';

CREATE FUNCTION modelapi_acl_internal.grants_on(model_api_id uuid) RETURNS TABLE (
	id uuid, on_project boolean, user_id uuid, organization_id uuid,
	access_level modelapi_acl.access_level, expires_at timestamptz, granted_by uuid, created_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT c.id, false, c.user_id, c.organization_id, c.access_level, c.expires_at, c.granted_by, c.created_at
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE c.model_api_id OPERATOR(pg_catalog.=) $1
	UNION ALL
	SELECT c.id, true, c.user_id, c.organization_id, c.access_level, c.expires_at, c.granted_by, c.created_at
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE c.project_id OPERATOR(pg_catalog.=) (
		SELECT m.project_id FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) $1);
END;
COMMENT ON FUNCTION modelapi_acl_internal.grants_on(uuid) IS
'All grants that count for a model API, expired ones too: its own and its project''s';

CREATE FUNCTION modelapi_acl_internal.shows_members(organization_id uuid) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT modelapi_acl_internal.organization_permits($1, 'view_members',
		modelapi_acl_internal.current_identity());
END;
COMMENT ON FUNCTION modelapi_acl_internal.shows_members(uuid) IS
'Whether the current user may see the members of an organization; false for one that is gone, except for administrators';

CREATE FUNCTION modelapi_acl_internal.holders_of(model_api_id uuid) RETURNS TABLE (
	user_id uuid, organization_id uuid, organization text,
	on_project modelapi_acl.access_level, on_model_api modelapi_acl.access_level, roads text[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH grants AS MATERIALIZED (
		SELECT g.user_id, g.organization_id, o.name AS organization, g.on_project, g.access_level,
			modelapi_acl_internal.road(g.on_project, o.name) AS road,
			CASE WHEN g.organization_id IS NOT NULL THEN modelapi_acl_internal.shows_members(g.organization_id) END AS shows_members
		FROM modelapi_acl_internal.grants_on($1) AS g
			LEFT JOIN modelapi_acl_internal.all_organizations AS o ON o.id OPERATOR(pg_catalog.=) g.organization_id
		WHERE g.expires_at IS NULL OR g.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock()),
	held AS (
		SELECT g.user_id, NULL::uuid AS organization_id, NULL::text AS organization, g.on_project, g.access_level, g.road
		FROM grants AS g
		WHERE g.user_id IS NOT NULL
		UNION ALL
		SELECT m.user_id, NULL, NULL, g.on_project, g.access_level, g.road
		FROM grants AS g
			JOIN modelapi_acl_internal.all_organization_members AS m ON m.organization_id OPERATOR(pg_catalog.=) g.organization_id
		WHERE g.shows_members
		UNION ALL
		SELECT NULL, g.organization_id, g.organization, g.on_project, g.access_level, g.road
		FROM grants AS g
		WHERE NOT g.shows_members)
	SELECT h.user_id, h.organization_id, h.organization, pg_catalog.max(h.access_level) FILTER (WHERE h.on_project),
		pg_catalog.max(h.access_level) FILTER (WHERE NOT h.on_project),
		pg_catalog.array_agg(h.road ORDER BY h.road COLLATE pg_catalog."C")
	FROM held AS h
	GROUP BY h.user_id, h.organization_id, h.organization;
END;
COMMENT ON FUNCTION modelapi_acl_internal.holders_of(uuid) IS
'The users who hold grants that count for a model API now, and the organizations whose members are hidden, with the highest on project and model API, and their roads';

CREATE FUNCTION modelapi_acl_internal.answer_who_can(model_api_id uuid, permission modelapi_acl.permission) RETURNS TABLE (
	user_id uuid, username text, access_level modelapi_acl.access_level, roads text[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 20
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'view_collaborators');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'permission is missing');
	WITH facts AS MATERIALIZED (
		SELECT m.visibility, m.authorization_mode,
			modelapi_acl_internal.rule_permits($2, m.visibility, m.authorization_mode, NULL, NULL) AS is_open
		FROM modelapi_acl_internal.all_model_apis AS m
		WHERE m.id OPERATOR(pg_catalog.=) $1),
	held AS MATERIALIZED (
		SELECT h.user_id, h.organization, h.on_project, h.on_model_api, h.roads
		FROM modelapi_acl_internal.holders_of($1) AS h),
	-- those with grants, one look-up each; or everybody, read only where everybody may
	candidates AS (
		SELECT u.id, u.username, h.on_project, h.on_model_api, h.roads
		FROM held AS h CROSS JOIN LATERAL (
			SELECT s.id, s.username FROM modelapi_acl_internal.all_users AS s
			WHERE s.id OPERATOR(pg_catalog.=) h.user_id AND s.disabled_at IS NULL
			OFFSET 0) AS u
		WHERE NOT (SELECT f.is_open FROM facts AS f)
		UNION ALL
		SELECT u.id, u.username, h.on_project, h.on_model_api, h.roads
		FROM modelapi_acl_internal.all_users AS u
			LEFT JOIN held AS h ON h.user_id OPERATOR(pg_catalog.=) u.id
		WHERE u.disabled_at IS NULL AND (SELECT f.is_open FROM facts AS f)
		UNION ALL
		SELECT NULL, h.organization, h.on_project, h.on_model_api, h.roads
		FROM held AS h
		WHERE h.user_id IS NULL)
	SELECT c.id, c.username, GREATEST(c.on_project, c.on_model_api),
		COALESCE(c.roads, '{}') OPERATOR(pg_catalog.||)
			CASE WHEN f.is_open AND c.id IS NOT NULL THEN ARRAY['public'] ELSE '{}'::text[] END
	FROM candidates AS c
		CROSS JOIN facts AS f
	WHERE modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode, c.on_project, c.on_model_api)
	ORDER BY c.username COLLATE pg_catalog."C";
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_who_can(uuid, modelapi_acl.permission) IS
'What who_can answers';

CREATE FUNCTION modelapi_acl.who_can(model_api_id uuid, permission modelapi_acl.permission) RETURNS TABLE (
	user_id uuid, username text, access_level modelapi_acl.access_level, roads text[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.who_can(uuid, modelapi_acl.permission) IS
'For editors and owners: every user who holds a permission on a model API, with the effective access level and the roads on which access comes. An organization''s grant counts for its members where one may see them, as its members and administrators do; else the organization is a row of its own, with its name as username and NULL as user_id. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

CREATE FUNCTION modelapi_acl_internal.answer_explain_access(
	model_api_id uuid, permission modelapi_acl.permission, who text) RETURNS TABLE (
	step text, road text, access_level modelapi_acl.access_level, expires_at timestamptz,
	granted_by text, granted_at timestamptz, sufficient boolean, explanation text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 5
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1,
		CASE WHEN $3 IS NULL OR modelapi_acl_internal.is_asking($3)
			THEN 'view' ELSE 'view_collaborators' END::modelapi_acl.permission);
	SELECT modelapi_acl_internal.require_person($3) WHERE $3 IS NOT NULL;
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'permission is missing');
	WITH subject AS MATERIALIZED (
		SELECT CASE WHEN $3 IS NULL THEN modelapi_acl.current_user_id()
			ELSE modelapi_acl_internal.require_person($3) END AS id),
	facts AS MATERIALIZED (
		SELECT s.id AS user_id, m.visibility, m.authorization_mode, u.disabled_at,
			modelapi_acl_internal.rule_permits($2, m.visibility, m.authorization_mode, NULL, NULL) AS is_open,
			s.id OPERATOR(pg_catalog.=) modelapi_acl.current_user_id() AS is_oneself,
			-- the verdict is the gate's own, as far as memberships are seen
			CASE WHEN s.id IS NULL THEN true
				ELSE u.disabled_at IS NULL AND modelapi_acl_internal.user_permits(s.id, $1, $2) END AS verdict
		FROM subject AS s
			CROSS JOIN modelapi_acl_internal.all_model_apis AS m
			LEFT JOIN modelapi_acl_internal.all_users AS u ON u.id OPERATOR(pg_catalog.=) s.id
		WHERE m.id OPERATOR(pg_catalog.=) $1),
	held AS MATERIALIZED (
		SELECT g.on_project, g.access_level, g.expires_at,
			modelapi_acl_internal.road(g.on_project, o.name) AS road,
			g.expires_at OPERATOR(pg_catalog.<=) modelapi_acl_internal.snapshot_clock() IS TRUE AS is_expired,
			(SELECT u.username FROM modelapi_acl_internal.all_users AS u WHERE u.id OPERATOR(pg_catalog.=) g.granted_by) AS granted_by,
			-- when it was last given or changed; the row alone knows when first
			COALESCE((SELECT pg_catalog.max(e.occurred_at) FROM modelapi_acl_internal.all_audit_events AS e
				WHERE e.object_id OPERATOR(pg_catalog.=) g.id), g.created_at) AS granted_at,
			modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode,
				CASE WHEN g.on_project THEN g.access_level END,
				CASE WHEN NOT g.on_project THEN g.access_level END) AS sufficient
		FROM facts AS f
			CROSS JOIN modelapi_acl_internal.grants_on($1) AS g
			LEFT JOIN modelapi_acl_internal.all_organizations AS o ON o.id OPERATOR(pg_catalog.=) g.organization_id
		WHERE g.user_id OPERATOR(pg_catalog.=) f.user_id
			OR (EXISTS (SELECT FROM modelapi_acl_internal.all_organization_members AS m
					WHERE m.organization_id OPERATOR(pg_catalog.=) g.organization_id
						AND m.user_id OPERATOR(pg_catalog.=) f.user_id)
				AND (f.is_oneself OR modelapi_acl_internal.shows_members(g.organization_id)))),
	-- grants of organizations of which it is hidden whether the user is in them
	hidden AS MATERIALIZED (
		SELECT g.on_project, g.access_level, g.expires_at,
			modelapi_acl_internal.road(g.on_project, o.name) AS road,
			(SELECT u.username FROM modelapi_acl_internal.all_users AS u WHERE u.id OPERATOR(pg_catalog.=) g.granted_by) AS granted_by,
			COALESCE((SELECT pg_catalog.max(e.occurred_at) FROM modelapi_acl_internal.all_audit_events AS e
				WHERE e.object_id OPERATOR(pg_catalog.=) g.id), g.created_at) AS granted_at,
			modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode,
				CASE WHEN g.on_project THEN g.access_level END,
				CASE WHEN NOT g.on_project THEN g.access_level END) AS sufficient
		FROM facts AS f
			CROSS JOIN modelapi_acl_internal.grants_on($1) AS g
			JOIN modelapi_acl_internal.all_organizations AS o ON o.id OPERATOR(pg_catalog.=) g.organization_id
		WHERE f.user_id IS NOT NULL AND f.is_oneself IS NOT TRUE
			AND (g.expires_at IS NULL OR g.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock())
			AND NOT modelapi_acl_internal.shows_members(g.organization_id)),
	levels AS MATERIALIZED (
		SELECT pg_catalog.max(h.access_level) FILTER (WHERE h.on_project) AS on_project,
			pg_catalog.max(h.access_level) FILTER (WHERE NOT h.on_project) AS on_model_api
		FROM held AS h
		WHERE NOT h.is_expired),
	steps AS (
		SELECT 1 AS place, 'grant' AS step, h.road, h.access_level, h.expires_at, h.granted_by, h.granted_at, h.sufficient,
			pg_catalog.format('%s of the %s%s', h.access_level,
				CASE WHEN h.on_project THEN 'project' ELSE 'model API' END,
				CASE WHEN h.sufficient THEN ': enough' ELSE ': not enough by itself' END) AS explanation
		FROM held AS h
		WHERE NOT h.is_expired
		UNION ALL
		SELECT 2, 'visibility', 'public', NULL, NULL, NULL, NULL, true,
			'the model API is public: every signed-in user holds this'
		FROM facts AS f
		WHERE f.is_open AND f.user_id IS NOT NULL
		UNION ALL
		SELECT 3, 'expired', h.road, h.access_level, h.expires_at, h.granted_by, h.granted_at, h.sufficient,
			pg_catalog.format('%s of the %s, but expired', h.access_level,
				CASE WHEN h.on_project THEN 'project' ELSE 'model API' END)
		FROM held AS h
		WHERE h.is_expired
		UNION ALL
		SELECT 4, 'organization', h.road, h.access_level, h.expires_at, h.granted_by, h.granted_at, h.sufficient,
			pg_catalog.format('%s of the %s for its members, whom you may not see: not counted',
				h.access_level, CASE WHEN h.on_project THEN 'project' ELSE 'model API' END)
		FROM hidden AS h
		UNION ALL
		SELECT 5, 'verdict', NULL, GREATEST(l.on_project, l.on_model_api), NULL, NULL, NULL, f.verdict,
			CASE WHEN f.user_id IS NULL THEN 'allowed: administrators hold every permission'
				WHEN f.disabled_at IS NOT NULL THEN 'denied: the user is disabled and has no access at all'
				WHEN f.verdict THEN 'allowed'
				WHEN EXISTS (SELECT FROM hidden AS h) THEN 'denied by what you may see: ' OPERATOR(pg_catalog.||) modelapi_acl_internal.permission_hint($2)
				ELSE 'denied: ' OPERATOR(pg_catalog.||) modelapi_acl_internal.permission_hint($2) END
		FROM facts AS f CROSS JOIN levels AS l
		UNION ALL
		SELECT 6, 'would_allow', modelapi_acl_internal.road(t.on_project, NULL), n.access_level, NULL, NULL, NULL, true,
			pg_catalog.format('a grant of %s on the %s would give it', n.access_level,
				CASE WHEN t.on_project THEN 'project' ELSE 'model API' END)
		FROM facts AS f CROSS JOIN levels AS l
			CROSS JOIN (VALUES (false), (true)) AS t (on_project)
			CROSS JOIN LATERAL (
				SELECT pg_catalog.min(v) AS access_level
				FROM pg_catalog.unnest(pg_catalog.enum_range(NULL::modelapi_acl.access_level)) AS v
				WHERE modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode,
					CASE WHEN t.on_project THEN GREATEST(l.on_project, v) ELSE l.on_project END,
					CASE WHEN t.on_project THEN l.on_model_api ELSE GREATEST(l.on_model_api, v) END)) AS n
		WHERE NOT f.verdict AND f.disabled_at IS NULL AND n.access_level IS NOT NULL)
	SELECT s.step, s.road, s.access_level, s.expires_at, s.granted_by, s.granted_at, s.sufficient, s.explanation
	FROM steps AS s
	ORDER BY s.place, CASE WHEN s.step OPERATOR(pg_catalog.=) 'expired' THEN s.expires_at END DESC, s.road COLLATE pg_catalog."C";
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_explain_access(uuid, modelapi_acl.permission, text) IS
'What explain_access answers';

CREATE FUNCTION modelapi_acl.explain_access(
	model_api_id uuid, permission modelapi_acl.permission, who text DEFAULT NULL) RETURNS TABLE (
	step text, road text, access_level modelapi_acl.access_level, expires_at timestamptz,
	granted_by text, granted_at timestamptz, sufficient boolean, explanation text)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 5
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.explain_access(uuid, modelapi_acl.permission, text) IS
'Why a user holds a permission on a model API, or does not: the grants on the road, the verdict, and the smallest grants that would change a denial. For oneself on what one may view; for others with view_collaborators, where what organizations hold whose members one may not see are steps of their own, which the verdict does not count. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';
