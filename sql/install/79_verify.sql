-- Verification, on the live data: what people are shown against what the grants
-- say, and what has to be true of the tables.
--
-- The grants are read here by plain joins, past policies and past the C code that
-- looks them up by index: a second opinion. The rule that turns levels into a
-- permission is the one of access.c.
--
-- Everything that one call compares, it reads in one snapshot: whoever writes at
-- the same time makes no difference.

CREATE FUNCTION modelapi_acl_internal.ask_as(
	user_id uuid, question text, model_apis uuid[], permission modelapi_acl.permission)
	RETURNS TABLE (model_api_id uuid, permission_held modelapi_acl.permission, access_level modelapi_acl.access_level)
	LANGUAGE c STABLE PARALLEL UNSAFE COST 1000 ROWS 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_ask_as_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.ask_as(uuid, text, uuid[], modelapi_acl.permission) IS
'What a user would be shown: one of the questions in verify.c, asked as if that user did; for administrators, by verify_access';

-- ---------------------------------------------------------------------------
-- The sample

CREATE FUNCTION modelapi_acl_internal.is_whole_sample(sample integer) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT (SELECT pg_catalog.count(*) FROM (SELECT FROM modelapi_acl_internal.all_users AS u LIMIT $1::bigint OPERATOR(pg_catalog.+) 1) AS u)
		OPERATOR(pg_catalog.*)
		(SELECT pg_catalog.count(*) FROM (SELECT FROM modelapi_acl_internal.all_model_apis AS m LIMIT $1::bigint OPERATOR(pg_catalog.+) 1) AS m)
		OPERATOR(pg_catalog.<=) $1::bigint;
END;
COMMENT ON FUNCTION modelapi_acl_internal.is_whole_sample(integer) IS
'Whether there are no more pairs of a user and a model API than that';

-- Ids are random: the first one after a random uuid is a random row, found by
-- index. Where there is none after it, the first of all. For each draw one of
-- four kinds: a grant on a model API and who holds it (of an organization, one of
-- its members); a grant on a project, its holder, and one of the project's model
-- APIs; the holder of a grant on a model API, and another one of the project;
-- any user and any model API. Where there are not so many pairs, all of them.
CREATE FUNCTION modelapi_acl_internal.sample_pairs(sample integer)
	RETURNS TABLE (user_id uuid, model_api_id uuid)
	LANGUAGE sql VOLATILE PARALLEL RESTRICTED ROWS 1000
BEGIN ATOMIC
	WITH size AS MATERIALIZED (
		SELECT modelapi_acl_internal.is_whole_sample($1) AS is_whole),
	draw AS MATERIALIZED (
		SELECT pg_catalog.random() AS kind, pg_catalog.random() AS place,
			pg_catalog.gen_random_uuid() AS a, pg_catalog.gen_random_uuid() AS b
		FROM pg_catalog.generate_series(1, $1)
		WHERE NOT (SELECT s.is_whole FROM size AS s)),
	granted AS (
		SELECT d.kind, d.place, d.b, g.user_id, g.organization_id, g.model_api_id,
			(SELECT m.project_id FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) g.model_api_id) AS project_id
		FROM draw AS d CROSS JOIN LATERAL (
			(SELECT c.user_id, c.organization_id, c.model_api_id FROM modelapi_acl_internal.all_model_api_collaborators AS c
			WHERE c.id OPERATOR(pg_catalog.>=) d.a ORDER BY c.id LIMIT 1)
			UNION ALL
			(SELECT c.user_id, c.organization_id, c.model_api_id FROM modelapi_acl_internal.all_model_api_collaborators AS c
			ORDER BY c.id LIMIT 1)
			LIMIT 1) AS g
		WHERE d.kind OPERATOR(pg_catalog.<) 0.6
		UNION ALL
		SELECT d.kind, d.place, d.b, g.user_id, g.organization_id, NULL, g.project_id
		FROM draw AS d CROSS JOIN LATERAL (
			(SELECT c.user_id, c.organization_id, c.project_id FROM modelapi_acl_internal.all_project_collaborators AS c
			WHERE c.id OPERATOR(pg_catalog.>=) d.a ORDER BY c.id LIMIT 1)
			UNION ALL
			(SELECT c.user_id, c.organization_id, c.project_id FROM modelapi_acl_internal.all_project_collaborators AS c
			ORDER BY c.id LIMIT 1)
			LIMIT 1) AS g
		WHERE d.kind OPERATOR(pg_catalog.>=) 0.6 AND d.kind OPERATOR(pg_catalog.<) 0.8),
	pair AS (
		SELECT COALESCE(g.user_id,
				(SELECT o.user_id FROM modelapi_acl_internal.all_organization_members AS o
				WHERE o.organization_id OPERATOR(pg_catalog.=) g.organization_id AND o.user_id OPERATOR(pg_catalog.>=) g.b
				ORDER BY o.user_id LIMIT 1),
				(SELECT o.user_id FROM modelapi_acl_internal.all_organization_members AS o
				WHERE o.organization_id OPERATOR(pg_catalog.=) g.organization_id ORDER BY o.user_id LIMIT 1)) AS user_id,
			CASE WHEN g.kind OPERATOR(pg_catalog.<) 0.4 THEN g.model_api_id
			ELSE (
				-- one that was created after a random time of the project's life
				SELECT n.id FROM (
					SELECT pg_catalog.min(m.created_at) AS first, pg_catalog.max(m.created_at) AS last
					FROM modelapi_acl_internal.all_model_apis AS m WHERE m.project_id OPERATOR(pg_catalog.=) g.project_id) AS life
					CROSS JOIN LATERAL (
						SELECT m.id FROM modelapi_acl_internal.all_model_apis AS m
						WHERE m.project_id OPERATOR(pg_catalog.=) g.project_id
							AND m.created_at OPERATOR(pg_catalog.>=) (life.first OPERATOR(pg_catalog.+)
								(g.place OPERATOR(pg_catalog.*) (life.last OPERATOR(pg_catalog.-) life.first)))
						ORDER BY m.created_at LIMIT 1) AS n) END AS model_api_id
		FROM granted AS g
		UNION ALL
		SELECT COALESCE((SELECT u.id FROM modelapi_acl_internal.all_users AS u WHERE u.id OPERATOR(pg_catalog.>=) d.a ORDER BY u.id LIMIT 1),
				(SELECT u.id FROM modelapi_acl_internal.all_users AS u ORDER BY u.id LIMIT 1)),
			COALESCE((SELECT m.id FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.>=) d.b ORDER BY m.id LIMIT 1),
				(SELECT m.id FROM modelapi_acl_internal.all_model_apis AS m ORDER BY m.id LIMIT 1))
		FROM draw AS d
		WHERE d.kind OPERATOR(pg_catalog.>=) 0.8
		UNION ALL
		SELECT u.id, m.id FROM modelapi_acl_internal.all_users AS u CROSS JOIN modelapi_acl_internal.all_model_apis AS m
		WHERE (SELECT s.is_whole FROM size AS s))
	SELECT DISTINCT p.user_id, p.model_api_id FROM pair AS p
	WHERE p.user_id IS NOT NULL AND p.model_api_id IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.sample_pairs(integer) IS
'Pairs of a user and a model API, chosen at random so that many have grants';

-- ---------------------------------------------------------------------------
-- What people are shown

-- The highest unexpired grant of a user on a project or a model API, by any road
CREATE FUNCTION modelapi_acl_internal.granted_level(user_id uuid, project_id uuid, model_api_id uuid)
	RETURNS modelapi_acl.access_level
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT pg_catalog.max(g.access_level) FROM (
		SELECT c.access_level, c.user_id, c.organization_id, c.expires_at FROM modelapi_acl_internal.all_project_collaborators AS c
		WHERE c.project_id OPERATOR(pg_catalog.=) $2
		UNION ALL
		SELECT c.access_level, c.user_id, c.organization_id, c.expires_at FROM modelapi_acl_internal.all_model_api_collaborators AS c
		WHERE c.model_api_id OPERATOR(pg_catalog.=) $3) AS g
	WHERE (g.expires_at IS NULL OR g.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock())
		AND (g.user_id OPERATOR(pg_catalog.=) $1 OR EXISTS (
			SELECT FROM modelapi_acl_internal.all_organization_members AS o
			WHERE o.organization_id OPERATOR(pg_catalog.=) g.organization_id AND o.user_id OPERATOR(pg_catalog.=) $1));
END;
COMMENT ON FUNCTION modelapi_acl_internal.granted_level(uuid, uuid, uuid) IS
'The highest of a user''s unexpired grants on a project and on a model API (either may be NULL), by plain reading';

-- All model APIs on which a user holds a permission, by plain reading
CREATE FUNCTION modelapi_acl_internal.granted_model_apis(user_id uuid, permission modelapi_acl.permission)
	RETURNS TABLE (model_api_id uuid, created_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1000
BEGIN ATOMIC
	WITH holder AS MATERIALIZED (
		SELECT u.id AS user_id, NULL::uuid AS organization_id FROM modelapi_acl_internal.all_users AS u
		WHERE u.id OPERATOR(pg_catalog.=) $1 AND u.disabled_at IS NULL
		UNION ALL
		SELECT NULL, o.organization_id FROM modelapi_acl_internal.all_organization_members AS o
		WHERE o.user_id OPERATOR(pg_catalog.=) $1),
	on_project AS MATERIALIZED (
		SELECT g.project_id, pg_catalog.max(g.access_level) AS access_level
		FROM (
			SELECT c.project_id, c.access_level, c.expires_at FROM modelapi_acl_internal.all_project_collaborators AS c
			WHERE c.user_id OPERATOR(pg_catalog.=) $1
			UNION ALL
			SELECT c.project_id, c.access_level, c.expires_at FROM holder AS h
				JOIN modelapi_acl_internal.all_project_collaborators AS c ON c.organization_id OPERATOR(pg_catalog.=) h.organization_id) AS g
		WHERE g.expires_at IS NULL OR g.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock()
		GROUP BY g.project_id),
	on_model_api AS MATERIALIZED (
		SELECT g.model_api_id, pg_catalog.max(g.access_level) AS access_level
		FROM (
			SELECT c.model_api_id, c.access_level, c.expires_at FROM modelapi_acl_internal.all_model_api_collaborators AS c
			WHERE c.user_id OPERATOR(pg_catalog.=) $1
			UNION ALL
			SELECT c.model_api_id, c.access_level, c.expires_at FROM holder AS h
				JOIN modelapi_acl_internal.all_model_api_collaborators AS c ON c.organization_id OPERATOR(pg_catalog.=) h.organization_id) AS g
		WHERE g.expires_at IS NULL OR g.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock()
		GROUP BY g.model_api_id)
	SELECT m.id, m.created_at
	FROM modelapi_acl_internal.all_model_apis AS m
		LEFT JOIN on_project AS p ON p.project_id OPERATOR(pg_catalog.=) m.project_id
		LEFT JOIN on_model_api AS a ON a.model_api_id OPERATOR(pg_catalog.=) m.id
	WHERE EXISTS (SELECT FROM holder AS h WHERE h.user_id IS NOT NULL)
		AND modelapi_acl_internal.rule_permits($2, m.visibility, m.authorization_mode, p.access_level, a.access_level);
END;
COMMENT ON FUNCTION modelapi_acl_internal.granted_model_apis(uuid, modelapi_acl.permission) IS
'All model APIs on which a user holds a permission, by plain reading';

-- What one user reaches, in the ways in which people page through it: up to 100 rows
-- too many and 100 that are missing.
CREATE FUNCTION modelapi_acl_internal.reach_differences(
	user_id uuid, question text, permission modelapi_acl.permission)
	RETURNS TABLE (model_api_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	WITH expected AS MATERIALIZED (
		SELECT g.model_api_id FROM modelapi_acl_internal.granted_model_apis($1, $3) AS g
		ORDER BY CASE WHEN $2 OPERATOR(pg_catalog.=) 'newest of model_apis' THEN g.created_at END DESC,
			CASE WHEN $2 OPERATOR(pg_catalog.=) 'newest of model_apis' THEN g.model_api_id END DESC
		LIMIT CASE WHEN $2 OPERATOR(pg_catalog.=) 'newest of model_apis' THEN 50 END),
	found AS MATERIALIZED (
		SELECT t.model_api_id FROM modelapi_acl_internal.ask_as($1, $2, NULL, $3) AS t)
	(SELECT d.model_api_id, 'shown', 'not shown'
	FROM (SELECT e.model_api_id FROM expected AS e EXCEPT ALL SELECT f.model_api_id FROM found AS f) AS d
	LIMIT 100)
	UNION ALL
	(SELECT d.model_api_id, 'not shown', 'shown'
	FROM (SELECT f.model_api_id FROM found AS f EXCEPT ALL SELECT e.model_api_id FROM expected AS e) AS d
	LIMIT 100);
END;
COMMENT ON FUNCTION modelapi_acl_internal.reach_differences(uuid, text, modelapi_acl.permission) IS
'Where what a user is shown of all model APIs differs from what the grants say';

CREATE FUNCTION modelapi_acl_internal.access_differences(sample integer)
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid,
		permission modelapi_acl.permission, expected text, found text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	WITH size AS MATERIALIZED (
		SELECT modelapi_acl_internal.is_whole_sample($1) AS is_whole),
	permission AS MATERIALIZED (
		SELECT v.permission FROM pg_catalog.unnest(pg_catalog.enum_range(NULL::modelapi_acl.permission)) AS v (permission)),
	pair AS MATERIALIZED (
		SELECT s.user_id, s.model_api_id, m.visibility, m.authorization_mode,
			u.disabled_at IS NULL AS is_enabled,
			modelapi_acl_internal.granted_level(s.user_id, m.project_id, NULL) AS on_project,
			modelapi_acl_internal.granted_level(s.user_id, NULL, m.id) AS on_model_api
		FROM modelapi_acl_internal.sample_pairs($1) AS s
			JOIN modelapi_acl_internal.all_users AS u ON u.id OPERATOR(pg_catalog.=) s.user_id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id OPERATOR(pg_catalog.=) s.model_api_id),
	held AS MATERIALIZED (
		SELECT p.user_id, p.model_api_id, v.permission,
			CASE WHEN p.is_enabled THEN GREATEST(p.on_project, p.on_model_api) END AS access_level,
			p.is_enabled AND modelapi_acl_internal.rule_permits(v.permission, p.visibility, p.authorization_mode,
				p.on_project, p.on_model_api) AS is_held
		FROM pair AS p CROSS JOIN permission AS v),
	asker AS MATERIALIZED (
		SELECT p.user_id, pg_catalog.array_agg(p.model_api_id) AS model_apis FROM pair AS p GROUP BY p.user_id),

	-- the functions, about every permission
	told AS MATERIALIZED (
		SELECT q.question, a.user_id, t.model_api_id, t.permission_held AS permission
		FROM asker AS a
			CROSS JOIN (
				SELECT f.question, NULL::modelapi_acl.permission AS permission
				FROM (VALUES ('has_permission'), ('my_permissions')) AS f (question)
				UNION ALL
				SELECT 'list_model_apis', v.permission FROM permission AS v) AS q
			CROSS JOIN LATERAL modelapi_acl_internal.ask_as(a.user_id, q.question, a.model_apis, q.permission) AS t),
	leveled AS MATERIALIZED (
		SELECT a.user_id, t.model_api_id, t.access_level
		FROM asker AS a
			CROSS JOIN LATERAL modelapi_acl_internal.ask_as(a.user_id, 'effective_access_level', a.model_apis, NULL) AS t),

	-- the policies, each by the permission that shows its table's rows, if there are any
	part AS MATERIALIZED (
		SELECT h.user_id, h.model_api_id, h.permission, q.question, h.is_held AND CASE q.question
			WHEN 'model_apis' THEN true
			WHEN 'model_api_versions' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_versions AS t
				WHERE t.model_api_id OPERATOR(pg_catalog.=) h.model_api_id)
			WHEN 'model_api_settings' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_settings AS t
				WHERE t.model_api_id OPERATOR(pg_catalog.=) h.model_api_id)
			WHEN 'model_api_logs' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_logs AS t
				WHERE t.model_api_id OPERATOR(pg_catalog.=) h.model_api_id)
			WHEN 'access_tokens' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_access_tokens AS t
				WHERE t.model_api_id OPERATOR(pg_catalog.=) h.model_api_id)
			WHEN 'audit_events' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_audit_events AS t
				WHERE t.model_api_id OPERATOR(pg_catalog.=) h.model_api_id)
			ELSE EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS t
				WHERE t.model_api_id OPERATOR(pg_catalog.=) h.model_api_id
					AND t.user_id OPERATOR(pg_catalog.<>) h.user_id)
			END AS is_shown
		FROM held AS h
			JOIN (VALUES ('model_apis', 'view'::modelapi_acl.permission), ('model_api_versions', 'view'),
				('model_api_settings', 'view_settings'), ('model_api_logs', 'view_logs'),
				('access_tokens', 'view_tokens'), ('audit_events', 'view_audit'),
				('model_api_collaborators', 'view_collaborators')) AS q (question, permission)
				ON q.permission OPERATOR(pg_catalog.=) h.permission),
	shown AS MATERIALIZED (
		SELECT q.question, a.user_id, t.model_api_id
		FROM asker AS a
			CROSS JOIN (VALUES ('model_apis'), ('model_api_versions'), ('model_api_settings'), ('model_api_logs'),
				('access_tokens'), ('audit_events'), ('model_api_collaborators')) AS q (question)
			CROSS JOIN LATERAL modelapi_acl_internal.ask_as(a.user_id, q.question, a.model_apis, NULL) AS t),

	-- everything that some of the users reach
	reader AS MATERIALIZED (
		SELECT a.user_id, pg_catalog.floor(pg_catalog.random() OPERATOR(pg_catalog.*) 15) AS place
		FROM asker AS a
		ORDER BY pg_catalog.random()
		LIMIT CASE WHEN NOT (SELECT s.is_whole FROM size AS s) THEN 3 END),
	reach AS (
		SELECT r.user_id, 'all of model_apis' AS question, 'view'::modelapi_acl.permission AS permission FROM reader AS r
		UNION ALL
		SELECT r.user_id, 'newest of model_apis', 'view' FROM reader AS r
		UNION ALL
		SELECT r.user_id, 'all of list_model_apis', v.permission
		FROM reader AS r CROSS JOIN permission AS v
		WHERE v.permission OPERATOR(pg_catalog.=) CASE WHEN (SELECT s.is_whole FROM size AS s)
			THEN 'deploy_version'::modelapi_acl.permission
			ELSE (pg_catalog.enum_range(NULL::modelapi_acl.permission))[1 OPERATOR(pg_catalog.+) r.place::integer] END),

	-- who can: one permission of each model API; where everybody may, everybody is
	-- named, so that only a few of these are asked
	model_api AS MATERIALIZED (
		SELECT m.model_api_id, m.visibility, pg_catalog.floor(pg_catalog.random() OPERATOR(pg_catalog.*) 15) AS place,
			pg_catalog.row_number() OVER (PARTITION BY m.visibility) AS number
		FROM (SELECT DISTINCT p.model_api_id, p.visibility FROM pair AS p) AS m),
	asked AS MATERIALIZED (
		SELECT m.model_api_id, v.permission
		FROM model_api AS m CROSS JOIN permission AS v
		WHERE (SELECT s.is_whole FROM size AS s)
			OR (v.permission OPERATOR(pg_catalog.=) (pg_catalog.enum_range(NULL::modelapi_acl.permission))[1 OPERATOR(pg_catalog.+) m.place::integer]
				AND (m.visibility OPERATOR(pg_catalog.=) 'private'::modelapi_acl.visibility OR m.number OPERATOR(pg_catalog.<=) 5
					OR v.permission OPERATOR(pg_catalog.<>) ALL (ARRAY['view', 'invoke']::modelapi_acl.permission[])))),
	named AS MATERIALIZED (
		SELECT a.model_api_id, a.permission, w.user_id, w.access_level
		FROM asked AS a
			CROSS JOIN LATERAL modelapi_acl.who_can(a.model_api_id, a.permission) AS w
		WHERE EXISTS (SELECT FROM pair AS p WHERE p.user_id OPERATOR(pg_catalog.=) w.user_id
			AND p.model_api_id OPERATOR(pg_catalog.=) a.model_api_id))

	SELECT q.question, 'model_api', h.model_api_id, h.user_id, h.permission,
		CASE WHEN h.is_held THEN 'held' ELSE 'not held' END,
		CASE WHEN h.is_held THEN 'not held' ELSE 'held' END
	FROM held AS h
		CROSS JOIN (VALUES ('has_permission'), ('my_permissions'), ('list_model_apis')) AS q (question)
		LEFT JOIN told AS t ON t.question OPERATOR(pg_catalog.=) q.question
			AND t.user_id OPERATOR(pg_catalog.=) h.user_id
			AND t.model_api_id OPERATOR(pg_catalog.=) h.model_api_id
			AND t.permission OPERATOR(pg_catalog.=) h.permission
	WHERE h.is_held OPERATOR(pg_catalog.<>) (t.user_id IS NOT NULL)
	UNION ALL
	SELECT 'effective_access_level', 'model_api', h.model_api_id, h.user_id, NULL,
		COALESCE(h.access_level::text, 'none'), COALESCE(l.access_level::text, 'none')
	FROM held AS h
		JOIN leveled AS l ON l.user_id OPERATOR(pg_catalog.=) h.user_id
			AND l.model_api_id OPERATOR(pg_catalog.=) h.model_api_id
	WHERE h.permission OPERATOR(pg_catalog.=) 'view'::modelapi_acl.permission
		AND h.access_level IS DISTINCT FROM l.access_level
	UNION ALL
	SELECT 'history', 'model_api', p.model_api_id, p.user_id, NULL,
		COALESCE(p.access_level::text, 'none'), COALESCE(p.told::text, 'none')
	FROM (SELECT h.user_id, h.model_api_id, h.access_level,
			-- of all that this snapshot shows, and of what this transaction has done so far
			modelapi_acl_internal.level_at(h.user_id, h.model_api_id, 'infinity',
				(SELECT modelapi_acl_internal.current_change()), pg_catalog.statement_timestamp()) AS told
		FROM held AS h WHERE h.permission OPERATOR(pg_catalog.=) 'view'::modelapi_acl.permission OFFSET 0) AS p
	WHERE p.access_level IS DISTINCT FROM p.told
	UNION ALL
	SELECT 'policy of ' OPERATOR(pg_catalog.||) p.question, 'model_api', p.model_api_id, p.user_id, p.permission,
		CASE WHEN p.is_shown THEN 'shown' ELSE 'not shown' END,
		CASE WHEN p.is_shown THEN 'not shown' ELSE 'shown' END
	FROM part AS p
		LEFT JOIN shown AS s ON s.question OPERATOR(pg_catalog.=) p.question
			AND s.user_id OPERATOR(pg_catalog.=) p.user_id
			AND s.model_api_id OPERATOR(pg_catalog.=) p.model_api_id
	WHERE p.is_shown OPERATOR(pg_catalog.<>) (s.user_id IS NOT NULL)
	UNION ALL
	SELECT r.question, 'model_api', d.model_api_id, r.user_id, r.permission, d.expected, d.found
	FROM reach AS r
		CROSS JOIN LATERAL modelapi_acl_internal.reach_differences(r.user_id, r.question, r.permission) AS d
	UNION ALL
	SELECT 'who_can', 'model_api', h.model_api_id, h.user_id, h.permission,
		CASE WHEN h.is_held THEN 'named as ' OPERATOR(pg_catalog.||) COALESCE(h.access_level::text, 'public') ELSE 'not named' END,
		CASE WHEN n.user_id IS NOT NULL THEN 'named as ' OPERATOR(pg_catalog.||) COALESCE(n.access_level::text, 'public') ELSE 'not named' END
	FROM held AS h
		JOIN asked AS a ON a.model_api_id OPERATOR(pg_catalog.=) h.model_api_id
			AND a.permission OPERATOR(pg_catalog.=) h.permission
		LEFT JOIN named AS n ON n.model_api_id OPERATOR(pg_catalog.=) h.model_api_id
			AND n.permission OPERATOR(pg_catalog.=) h.permission AND n.user_id OPERATOR(pg_catalog.=) h.user_id
	WHERE h.is_held OPERATOR(pg_catalog.<>) (n.user_id IS NOT NULL)
		OR (h.is_held AND h.access_level IS DISTINCT FROM n.access_level);
END;
COMMENT ON FUNCTION modelapi_acl_internal.access_differences(integer) IS
'Where what people are shown or told differs from what the grants say';

-- ---------------------------------------------------------------------------
-- Invariants

CREATE FUNCTION modelapi_acl_internal.broken_references()
	RETURNS TABLE (object_type text, object_id uuid, user_id uuid, expected text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'model_api', m.id, NULL::uuid, 'its project' FROM modelapi_acl_internal.all_model_apis AS m
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id OPERATOR(pg_catalog.=) m.project_id)
	UNION ALL
	SELECT 'project_collaborator', c.id, c.user_id, 'its project' FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id OPERATOR(pg_catalog.=) c.project_id)
	UNION ALL
	SELECT 'model_api_collaborator', c.id, c.user_id, 'its model API' FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) c.model_api_id)
	UNION ALL
	SELECT 'project_collaborator', c.id, c.user_id, 'its holder' FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE (c.user_id IS NULL) OPERATOR(pg_catalog.<>) (c.organization_id IS NULL)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id OPERATOR(pg_catalog.=) c.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id OPERATOR(pg_catalog.=) c.organization_id)
	UNION ALL
	SELECT 'model_api_collaborator', c.id, c.user_id, 'its holder' FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE (c.user_id IS NULL) OPERATOR(pg_catalog.<>) (c.organization_id IS NULL)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id OPERATOR(pg_catalog.=) c.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id OPERATOR(pg_catalog.=) c.organization_id)
	UNION ALL
	SELECT 'organization', o.organization_id, o.user_id, 'the organization of a member' FROM modelapi_acl_internal.all_organization_members AS o
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS g WHERE g.id OPERATOR(pg_catalog.=) o.organization_id)
	UNION ALL
	SELECT 'organization', o.organization_id, o.user_id, 'the user who is a member' FROM modelapi_acl_internal.all_organization_members AS o
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id OPERATOR(pg_catalog.=) o.user_id)
	UNION ALL
	SELECT 'user', i.user_id, i.user_id, 'the user of an identity' FROM modelapi_acl_internal.all_user_identities AS i
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id OPERATOR(pg_catalog.=) i.user_id)
	UNION ALL
	SELECT 'access_token', t.id, NULL, 'its model API' FROM modelapi_acl_internal.all_access_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) t.model_api_id)
	UNION ALL
	SELECT 'version', v.id, NULL, 'its model API' FROM modelapi_acl_internal.all_model_api_versions AS v
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) v.model_api_id)
	UNION ALL
	SELECT 'setting', s.model_api_id, NULL, 'its model API' FROM modelapi_acl_internal.all_model_api_settings AS s
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) s.model_api_id);
END;
COMMENT ON FUNCTION modelapi_acl_internal.broken_references() IS
'Rows that refer to what is not there';

-- Guards stand aside in a restore
CREATE FUNCTION modelapi_acl_internal.unacceptable_values()
	RETURNS TABLE (object_type text, object_id uuid, user_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT v.object_type, v.object_id, v.user_id, pg_catalog.format('an acceptable %s', v.kind), v.problem
	FROM (
		SELECT 'user' AS object_type, u.id AS object_id, u.id AS user_id, 'username' AS kind,
			modelapi_acl_internal.value_problem('username', u.username) AS problem
		FROM modelapi_acl_internal.all_users AS u
		UNION ALL
		SELECT 'user', u.id, u.id, 'full name', modelapi_acl_internal.value_problem('full name', u.full_name)
		FROM modelapi_acl_internal.all_users AS u
		UNION ALL
		SELECT 'user', i.user_id, i.user_id, 'email address', modelapi_acl_internal.value_problem('email address', i.email)
		FROM modelapi_acl_internal.all_user_identities AS i
		UNION ALL
		SELECT 'organization', o.id, NULL, 'organization name', modelapi_acl_internal.value_problem('organization name', o.name)
		FROM modelapi_acl_internal.all_organizations AS o
		UNION ALL
		SELECT 'organization', o.id, NULL, 'full name', modelapi_acl_internal.value_problem('full name', o.full_name)
		FROM modelapi_acl_internal.all_organizations AS o
		UNION ALL
		SELECT 'project', p.id, NULL, 'project name', modelapi_acl_internal.value_problem('project name', p.name)
		FROM modelapi_acl_internal.all_projects AS p
		UNION ALL
		SELECT 'model_api', m.id, NULL, 'model API name', modelapi_acl_internal.value_problem('model API name', m.name)
		FROM modelapi_acl_internal.all_model_apis AS m
		UNION ALL
		SELECT 'setting', s.model_api_id, NULL, 'setting name', modelapi_acl_internal.value_problem('setting name', s.name)
		FROM modelapi_acl_internal.all_model_api_settings AS s
		UNION ALL
		SELECT 'access_token', t.id, NULL, 'token name', modelapi_acl_internal.value_problem('token name', t.name)
		FROM modelapi_acl_internal.all_access_tokens AS t
		UNION ALL
		SELECT 'access_token', t.id, NULL, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_access_tokens AS t WHERE NOT pg_catalog.isfinite(t.expires_at)
		UNION ALL
		SELECT 'model_api_collaborator', c.id, c.user_id, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_model_api_collaborators AS c WHERE NOT pg_catalog.isfinite(c.expires_at)
		UNION ALL
		SELECT 'project_collaborator', c.id, c.user_id, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_project_collaborators AS c WHERE NOT pg_catalog.isfinite(c.expires_at)) AS v
	WHERE v.problem IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.unacceptable_values() IS
'Names, email addresses and times that the rules would not accept now';

CREATE FUNCTION modelapi_acl_internal.broken_invariants()
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'owner', 'project', p.id, NULL::uuid, 'a user who owns it directly and without expiry', 'none'
	FROM modelapi_acl_internal.all_projects AS p
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_project_collaborators AS c
		WHERE c.project_id OPERATOR(pg_catalog.=) p.id AND c.user_id IS NOT NULL
			AND c.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL)
	UNION ALL
	SELECT 'owner', 'model_api', m.id, NULL, 'a user who owns it directly and without expiry', 'none'
	FROM modelapi_acl_internal.all_model_apis AS m
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS c
		WHERE c.model_api_id OPERATOR(pg_catalog.=) m.id AND c.user_id IS NOT NULL
			AND c.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL)
	UNION ALL
	SELECT 'admin', 'organization', o.id, NULL, 'an admin', 'none'
	FROM modelapi_acl_internal.all_organizations AS o
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_organization_members AS a
		WHERE a.organization_id OPERATOR(pg_catalog.=) o.id AND a.is_admin)
	UNION ALL
	SELECT 'one principal', 'project_collaborator', c.id, c.user_id, 'a user or an organization',
		CASE WHEN c.user_id IS NULL THEN 'neither' ELSE 'both' END
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE (c.user_id IS NULL) OPERATOR(pg_catalog.=) (c.organization_id IS NULL)
	UNION ALL
	SELECT 'one principal', 'model_api_collaborator', c.id, c.user_id, 'a user or an organization',
		CASE WHEN c.user_id IS NULL THEN 'neither' ELSE 'both' END
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE (c.user_id IS NULL) OPERATOR(pg_catalog.=) (c.organization_id IS NULL)
	UNION ALL
	SELECT 'name', 'user', u.id, u.id, pg_catalog.lower(u.username COLLATE pg_catalog."C"), COALESCE(n.name, 'none')
	FROM modelapi_acl_internal.all_users AS u
		LEFT JOIN modelapi_acl_internal.all_principal_names AS n ON n.user_id OPERATOR(pg_catalog.=) u.id AND n.reserved_at IS NULL
	WHERE pg_catalog.lower(u.username COLLATE pg_catalog."C") IS DISTINCT FROM n.name
	UNION ALL
	SELECT 'name', 'organization', o.id, NULL, pg_catalog.lower(o.name COLLATE pg_catalog."C"), COALESCE(n.name, 'none')
	FROM modelapi_acl_internal.all_organizations AS o
		LEFT JOIN modelapi_acl_internal.all_principal_names AS n ON n.organization_id OPERATOR(pg_catalog.=) o.id AND n.reserved_at IS NULL
	WHERE pg_catalog.lower(o.name COLLATE pg_catalog."C") IS DISTINCT FROM n.name
	UNION ALL
	SELECT 'name', CASE WHEN n.organization_id IS NULL THEN 'user' ELSE 'organization' END,
		COALESCE(n.user_id, n.organization_id), n.user_id, 'a user or an organization of the name', n.name
	FROM modelapi_acl_internal.all_principal_names AS n
	WHERE n.reserved_at IS NULL
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id OPERATOR(pg_catalog.=) n.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id OPERATOR(pg_catalog.=) n.organization_id)
	UNION ALL
	SELECT 'search document', 'model_api', m.id, NULL, 'the words of its name and description',
		CASE WHEN d.model_api_id IS NULL THEN 'none' ELSE 'others' END
	FROM modelapi_acl_internal.all_model_apis AS m
		LEFT JOIN modelapi_acl_internal.all_search_documents AS d ON d.model_api_id OPERATOR(pg_catalog.=) m.id
	WHERE d.document OPERATOR(pg_catalog.=) modelapi_acl_internal.search_document(m.name, m.description) IS NOT TRUE
	UNION ALL
	SELECT 'search document', 'model_api', d.model_api_id, NULL, 'its model API', 'none'
	FROM modelapi_acl_internal.all_search_documents AS d
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) d.model_api_id)
	UNION ALL
	SELECT 'token hash', 'access_token', t.id, NULL, 'one hash', 'none'
	FROM modelapi_acl_internal.all_access_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_token_hashes AS h WHERE h.token_id OPERATOR(pg_catalog.=) t.id)
	UNION ALL
	SELECT 'token hash', 'access_token', h.token_id, NULL, 'its token', 'none'
	FROM modelapi_acl_internal.all_token_hashes AS h
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_access_tokens AS t WHERE t.id OPERATOR(pg_catalog.=) h.token_id)
	UNION ALL
	SELECT 'counter', NULL, c.object_id, NULL, 'its project, model API, organization or user', 'none'
	FROM modelapi_acl_internal.all_object_counters AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id OPERATOR(pg_catalog.=) c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id OPERATOR(pg_catalog.=) c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id OPERATOR(pg_catalog.=) c.object_id)
	UNION ALL
	-- a counter is made when it is first needed
	SELECT 'counter', 'model_api', v.model_api_id, NULL, pg_catalog.format('last version %s', v.last),
		CASE WHEN c.object_id IS NULL THEN 'none' ELSE pg_catalog.format('last version %s', c.last_version) END
	FROM (SELECT n.model_api_id, pg_catalog.max(n.number) AS last
			FROM modelapi_acl_internal.all_model_api_versions AS n GROUP BY n.model_api_id) AS v
		LEFT JOIN modelapi_acl_internal.all_object_counters AS c ON c.object_id OPERATOR(pg_catalog.=) v.model_api_id
			AND c.of_versions
	WHERE c.last_version IS DISTINCT FROM v.last
		AND EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) v.model_api_id)
	UNION ALL
	SELECT 'version numbers', 'model_api', n.model_api_id, NULL,
		pg_catalog.format('1 to %s', pg_catalog.count(*)),
		pg_catalog.format('%s of them, %s to %s', pg_catalog.count(*), pg_catalog.min(n.number), pg_catalog.max(n.number))
	FROM modelapi_acl_internal.all_model_api_versions AS n
	GROUP BY n.model_api_id
	HAVING pg_catalog.min(n.number) OPERATOR(pg_catalog.<>) 1
		OR pg_catalog.max(n.number) OPERATOR(pg_catalog.<>) pg_catalog.count(*)
	UNION ALL
	-- without it the history does not know of the event
	SELECT 'change', e.object_type, e.object_id, NULL, 'when its transaction committed', 'none'
	FROM modelapi_acl_internal.all_audit_events AS e
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_changes AS c WHERE c.change_id OPERATOR(pg_catalog.=) e.change_id)
		AND e.change_id IS DISTINCT FROM (SELECT modelapi_acl_internal.current_change())
	UNION ALL
	SELECT 'value', v.object_type, v.object_id, v.user_id, v.expected, v.found
	FROM modelapi_acl_internal.unacceptable_values() AS v
	UNION ALL
	SELECT 'reference', r.object_type, r.object_id, r.user_id, r.expected, 'none'
	FROM modelapi_acl_internal.broken_references() AS r;
END;
COMMENT ON FUNCTION modelapi_acl_internal.broken_invariants() IS
'What should be true of the tables and is not';

CREATE FUNCTION modelapi_acl_internal.owner_is_able() RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_owner_is_able_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.owner_is_able() IS
'Whether the extension''s owner bypasses policies, as the internal views need';

CREATE FUNCTION modelapi_acl_internal.answer_verify_access(sample integer)
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid,
		permission modelapi_acl.permission, expected text, found text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	SELECT modelapi_acl_internal.require(
		modelapi_acl_internal.is_administrator(modelapi_acl_internal.current_identity()),
		'42501', 'only administrators verify access',
		'Call it with role modelapi_acl_admin in a transaction without a user.');
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'sample is missing');
	SELECT modelapi_acl_internal.require($1 OPERATOR(pg_catalog.>=) 1, '22023', 'sample is less than 1');
	-- an owner who can't read finds everything missing: that one row says why
	SELECT 'catalog' AS "check", 'role' AS object_type, NULL::uuid AS object_id, NULL::uuid AS user_id,
		NULL::modelapi_acl.permission AS permission, 'owner of the extension: superuser' AS expected, 'no superuser' AS found
	WHERE NOT modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT i."check", i.object_type, i.object_id, i.user_id, NULL::modelapi_acl.permission, i.expected, i.found
	FROM modelapi_acl_internal.broken_invariants() AS i WHERE modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT 'catalog', f.kind, NULL, NULL, NULL, f.object || ': ' || f.expected, f.found
	FROM modelapi_acl_internal.changed_facts() AS f WHERE modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT d."check", d.object_type, d.object_id, d.user_id, d.permission, d.expected, d.found
	FROM modelapi_acl_internal.access_differences($1) AS d WHERE modelapi_acl_internal.owner_is_able();
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_verify_access(integer) IS
'What verify_access answers';

CREATE FUNCTION modelapi_acl.verify_access(sample integer DEFAULT 1000)
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid,
		permission modelapi_acl.permission, expected text, found text)
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_verify_access_1_0';
COMMENT ON FUNCTION modelapi_acl.verify_access(integer) IS
'For administrators: compares, on the live data, what users are shown and told with what the grants say, for so many random pairs of a user and a model API (all, where there are not so many), and checks everything that has to be true of the tables; a row for each difference, none when all is well';
