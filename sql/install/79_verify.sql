-- Verification on live data (verify_access): compares what users see and are told with
-- what their grants give. It also reports violated invariants (78_verify_data.sql) and
-- changed objects (77_verify_installation.sql).
--
-- The grants are read by plain joins, without policies and without the C code that looks
-- them up by index. Only the rule that turns access levels into permissions is the same
-- (src/access/permissions.c).
--
-- One call reads everything in one snapshot, so concurrent writes make no difference.

CREATE FUNCTION modelapi_acl_internal.ask_as(
	user_id uuid, question text, model_apis uuid[], permission modelapi_acl.permission)
	RETURNS TABLE (model_api_id uuid, permission_held modelapi_acl.permission, access_level modelapi_acl.access_level)
	LANGUAGE c STABLE PARALLEL UNSAFE COST 1000 ROWS 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_ask_as_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.ask_as(uuid, text, uuid[], modelapi_acl.permission) IS
'What a user sees: runs one of the queries in src/sql_api/run_as.c as if that user were the current user; for administrators, through verify_access';

-- ---------------------------------------------------------------------------
-- The sample

CREATE FUNCTION modelapi_acl_internal.is_whole_sample(sample integer) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT (SELECT count(*) FROM (SELECT FROM modelapi_acl_internal.all_users AS u LIMIT $1::bigint + 1) AS u)
		*
		(SELECT count(*) FROM (SELECT FROM modelapi_acl_internal.all_model_apis AS m LIMIT $1::bigint + 1) AS m)
		<= $1::bigint;
END;
COMMENT ON FUNCTION modelapi_acl_internal.is_whole_sample(integer) IS
'Whether the number of pairs of a user and a model API is at most the size of the sample';

-- Ids are random, so the first id after a random uuid, found by index, is that of a random
-- row. If there is none, the first row is taken. Each draw takes one of four kinds of pairs:
-- - 40%: the holder of a grant on a model API, and that model API;
-- - 20%: the holder of a grant on a model API, and a model API of the same project;
-- - 20%: the holder of a grant on a project, and a model API of the project;
-- - 20%: any user and any model API.
-- If an organization holds the grant, one of its members is taken. If there are at most as
-- many pairs as the size of the sample, all pairs are returned.
CREATE FUNCTION modelapi_acl_internal.sample_pairs(sample integer)
	RETURNS TABLE (user_id uuid, model_api_id uuid)
	LANGUAGE sql VOLATILE PARALLEL RESTRICTED ROWS 1000
BEGIN ATOMIC
	WITH size AS MATERIALIZED (
		SELECT modelapi_acl_internal.is_whole_sample($1) AS is_whole),
	draw AS MATERIALIZED (
		SELECT random() AS kind, random() AS place,
			gen_random_uuid() AS a, gen_random_uuid() AS b
		FROM generate_series(1, $1)
		WHERE NOT (SELECT s.is_whole FROM size AS s)),
	granted AS (
		SELECT d.kind, d.place, d.b, g.user_id, g.organization_id, g.model_api_id,
			(SELECT m.project_id FROM modelapi_acl_internal.all_model_apis AS m
				WHERE m.id = g.model_api_id) AS project_id
		FROM draw AS d CROSS JOIN LATERAL (
			(SELECT c.user_id, c.organization_id, c.model_api_id
			FROM modelapi_acl_internal.all_model_api_collaborators AS c
			WHERE c.id >= d.a ORDER BY c.id LIMIT 1)
			UNION ALL
			(SELECT c.user_id, c.organization_id, c.model_api_id
			FROM modelapi_acl_internal.all_model_api_collaborators AS c
			ORDER BY c.id LIMIT 1)
			LIMIT 1) AS g
		WHERE d.kind < 0.6
		UNION ALL
		SELECT d.kind, d.place, d.b, g.user_id, g.organization_id, NULL, g.project_id
		FROM draw AS d CROSS JOIN LATERAL (
			(SELECT c.user_id, c.organization_id, c.project_id
			FROM modelapi_acl_internal.all_project_collaborators AS c
			WHERE c.id >= d.a ORDER BY c.id LIMIT 1)
			UNION ALL
			(SELECT c.user_id, c.organization_id, c.project_id
			FROM modelapi_acl_internal.all_project_collaborators AS c
			ORDER BY c.id LIMIT 1)
			LIMIT 1) AS g
		WHERE d.kind >= 0.6 AND d.kind < 0.8),
	pair AS (
		SELECT COALESCE(g.user_id,
				(SELECT o.user_id FROM modelapi_acl_internal.all_organization_members AS o
				WHERE o.organization_id = g.organization_id AND o.user_id >= g.b
				ORDER BY o.user_id LIMIT 1),
				(SELECT o.user_id FROM modelapi_acl_internal.all_organization_members AS o
				WHERE o.organization_id = g.organization_id ORDER BY o.user_id LIMIT 1)) AS user_id,
			CASE WHEN g.kind < 0.4 THEN g.model_api_id
			ELSE (
				-- The first one created after a random time between the first and the last
				SELECT n.id FROM (
					SELECT min(m.created_at) AS first, max(m.created_at) AS last
					FROM modelapi_acl_internal.all_model_apis AS m WHERE m.project_id = g.project_id) AS life
					CROSS JOIN LATERAL (
						SELECT m.id FROM modelapi_acl_internal.all_model_apis AS m
						WHERE m.project_id = g.project_id
							AND m.created_at >= (life.first +
								(g.place * (life.last - life.first)))
						ORDER BY m.created_at LIMIT 1) AS n) END AS model_api_id
		FROM granted AS g
		UNION ALL
		SELECT COALESCE((SELECT u.id FROM modelapi_acl_internal.all_users AS u WHERE u.id >= d.a ORDER BY u.id LIMIT 1),
				(SELECT u.id FROM modelapi_acl_internal.all_users AS u ORDER BY u.id LIMIT 1)),
			COALESCE((SELECT m.id FROM modelapi_acl_internal.all_model_apis AS m
					WHERE m.id >= d.b ORDER BY m.id LIMIT 1),
				(SELECT m.id FROM modelapi_acl_internal.all_model_apis AS m ORDER BY m.id LIMIT 1))
		FROM draw AS d
		WHERE d.kind >= 0.8
		UNION ALL
		SELECT u.id, m.id FROM modelapi_acl_internal.all_users AS u CROSS JOIN modelapi_acl_internal.all_model_apis AS m
		WHERE (SELECT s.is_whole FROM size AS s))
	SELECT DISTINCT p.user_id, p.model_api_id FROM pair AS p
	WHERE p.user_id IS NOT NULL AND p.model_api_id IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.sample_pairs(integer) IS
'Random pairs of a user and a model API, many of them with grants';

-- ---------------------------------------------------------------------------
-- What users see

CREATE FUNCTION modelapi_acl_internal.granted_level(user_id uuid, project_id uuid, model_api_id uuid)
	RETURNS modelapi_acl.access_level
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT max(g.access_level) FROM (
		SELECT c.access_level, c.user_id, c.organization_id, c.expires_at
		FROM modelapi_acl_internal.all_project_collaborators AS c
		WHERE c.project_id = $2
		UNION ALL
		SELECT c.access_level, c.user_id, c.organization_id, c.expires_at
		FROM modelapi_acl_internal.all_model_api_collaborators AS c
		WHERE c.model_api_id = $3) AS g
	WHERE (g.expires_at IS NULL OR g.expires_at > modelapi_acl_internal.snapshot_clock())
		AND (g.user_id = $1 OR EXISTS (
			SELECT FROM modelapi_acl_internal.all_organization_members AS o
			WHERE o.organization_id = g.organization_id AND o.user_id = $1));
END;
COMMENT ON FUNCTION modelapi_acl_internal.granted_level(uuid, uuid, uuid) IS
'The highest access level of a user''s unexpired grants on a project and on a model API (either may be NULL), by plain joins';

CREATE FUNCTION modelapi_acl_internal.granted_model_apis(user_id uuid, permission modelapi_acl.permission)
	RETURNS TABLE (model_api_id uuid, created_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1000
BEGIN ATOMIC
	WITH holder AS MATERIALIZED (
		SELECT u.id AS user_id, NULL::uuid AS organization_id
		FROM modelapi_acl_internal.all_users AS u
		WHERE u.id = $1 AND u.disabled_at IS NULL
		UNION ALL
		SELECT NULL, o.organization_id FROM modelapi_acl_internal.all_organization_members AS o
		WHERE o.user_id = $1),
	on_project AS MATERIALIZED (
		SELECT g.project_id, max(g.access_level) AS access_level
		FROM (
			SELECT c.project_id, c.access_level, c.expires_at
			FROM modelapi_acl_internal.all_project_collaborators AS c
			WHERE c.user_id = $1
			UNION ALL
			SELECT c.project_id, c.access_level, c.expires_at FROM holder AS h
				JOIN modelapi_acl_internal.all_project_collaborators AS c ON c.organization_id = h.organization_id) AS g
		WHERE g.expires_at IS NULL OR g.expires_at > modelapi_acl_internal.snapshot_clock()
		GROUP BY g.project_id),
	on_model_api AS MATERIALIZED (
		SELECT g.model_api_id, max(g.access_level) AS access_level
		FROM (
			SELECT c.model_api_id, c.access_level, c.expires_at
			FROM modelapi_acl_internal.all_model_api_collaborators AS c
			WHERE c.user_id = $1
			UNION ALL
			SELECT c.model_api_id, c.access_level, c.expires_at FROM holder AS h
				JOIN modelapi_acl_internal.all_model_api_collaborators AS c
					ON c.organization_id = h.organization_id) AS g
		WHERE g.expires_at IS NULL OR g.expires_at > modelapi_acl_internal.snapshot_clock()
		GROUP BY g.model_api_id)
	SELECT m.id, m.created_at
	FROM modelapi_acl_internal.all_model_apis AS m
		LEFT JOIN on_project AS p ON p.project_id = m.project_id
		LEFT JOIN on_model_api AS a ON a.model_api_id = m.id
	WHERE EXISTS (SELECT FROM holder AS h WHERE h.user_id IS NOT NULL)
		AND modelapi_acl_internal.rule_permits($2, m.visibility, m.authorization_mode, p.access_level, a.access_level);
END;
COMMENT ON FUNCTION modelapi_acl_internal.granted_model_apis(uuid, modelapi_acl.permission) IS
'All model APIs on which a user has a permission, by plain joins';

-- Compares all rows that one user sees: at most 100 missing rows and 100 extra rows.
CREATE FUNCTION modelapi_acl_internal.reach_differences(
	user_id uuid, question text, permission modelapi_acl.permission)
	RETURNS TABLE (model_api_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	WITH expected AS MATERIALIZED (
		SELECT g.model_api_id FROM modelapi_acl_internal.granted_model_apis($1, $3) AS g
		ORDER BY CASE WHEN $2 = 'newest of model_apis' THEN g.created_at END DESC,
			CASE WHEN $2 = 'newest of model_apis' THEN g.model_api_id END DESC
		LIMIT CASE WHEN $2 = 'newest of model_apis' THEN 50 END),
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
'Model APIs that a user should see but does not, or sees but should not, according to the grants';

CREATE FUNCTION modelapi_acl_internal.access_differences(sample integer)
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid,
		permission modelapi_acl.permission, expected text, found text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	WITH size AS MATERIALIZED (
		SELECT modelapi_acl_internal.is_whole_sample($1) AS is_whole),
	permission AS MATERIALIZED (
		SELECT v.permission FROM unnest(enum_range(NULL::modelapi_acl.permission)) AS v (permission)),
	pair AS MATERIALIZED (
		SELECT s.user_id, s.model_api_id, m.visibility, m.authorization_mode,
			u.disabled_at IS NULL AS is_enabled,
			modelapi_acl_internal.granted_level(s.user_id, m.project_id, NULL) AS on_project,
			modelapi_acl_internal.granted_level(s.user_id, NULL, m.id) AS on_model_api
		FROM modelapi_acl_internal.sample_pairs($1) AS s
			JOIN modelapi_acl_internal.all_users AS u ON u.id = s.user_id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id = s.model_api_id),
	held AS MATERIALIZED (
		SELECT p.user_id, p.model_api_id, v.permission,
			CASE WHEN p.is_enabled THEN GREATEST(p.on_project, p.on_model_api) END AS access_level,
			p.is_enabled AND modelapi_acl_internal.rule_permits(v.permission, p.visibility, p.authorization_mode,
				p.on_project, p.on_model_api) AS is_held
		FROM pair AS p CROSS JOIN permission AS v),
	asker AS MATERIALIZED (
		SELECT p.user_id, array_agg(p.model_api_id) AS model_apis FROM pair AS p GROUP BY p.user_id),

	-- What functions return, for every permission
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
			CROSS JOIN LATERAL modelapi_acl_internal.ask_as(a.user_id, 'effective_access_level',
				a.model_apis, NULL) AS t),

	-- What policies show: each table has one permission that shows its rows, if it has any
	part AS MATERIALIZED (
		SELECT h.user_id, h.model_api_id, h.permission, q.question, h.is_held AND CASE q.question
			WHEN 'model_apis' THEN true
			WHEN 'model_api_versions' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_versions AS t
				WHERE t.model_api_id = h.model_api_id)
			WHEN 'model_api_settings' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_settings AS t
				WHERE t.model_api_id = h.model_api_id)
			WHEN 'model_api_logs' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_logs AS t
				WHERE t.model_api_id = h.model_api_id)
			WHEN 'access_tokens' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_access_tokens AS t
				WHERE t.model_api_id = h.model_api_id)
			WHEN 'audit_events' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_audit_events AS t
				WHERE t.model_api_id = h.model_api_id)
			ELSE EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS t
				WHERE t.model_api_id = h.model_api_id
					AND t.user_id <> h.user_id)
			END AS is_shown
		FROM held AS h
			JOIN (VALUES ('model_apis', 'view'::modelapi_acl.permission), ('model_api_versions', 'view'),
				('model_api_settings', 'view_settings'), ('model_api_logs', 'view_logs'),
				('access_tokens', 'view_tokens'), ('audit_events', 'view_audit'),
				('model_api_collaborators', 'view_collaborators')) AS q (question, permission)
				ON q.permission = h.permission),
	shown AS MATERIALIZED (
		SELECT q.question, a.user_id, t.model_api_id
		FROM asker AS a
			CROSS JOIN (VALUES ('model_apis'), ('model_api_versions'), ('model_api_settings'), ('model_api_logs'),
				('access_tokens'), ('audit_events'), ('model_api_collaborators')) AS q (question)
			CROSS JOIN LATERAL modelapi_acl_internal.ask_as(a.user_id, q.question, a.model_apis, NULL) AS t),

	-- All model APIs that some of the users can see
	reader AS MATERIALIZED (
		SELECT a.user_id, floor(random() * 15) AS place
		FROM asker AS a
		ORDER BY random()
		LIMIT CASE WHEN NOT (SELECT s.is_whole FROM size AS s) THEN 3 END),
	reach AS (
		SELECT r.user_id, 'all of model_apis' AS question, 'view'::modelapi_acl.permission AS permission
		FROM reader AS r
		UNION ALL
		SELECT r.user_id, 'newest of model_apis', 'view' FROM reader AS r
		UNION ALL
		SELECT r.user_id, 'all of list_model_apis', v.permission
		FROM reader AS r CROSS JOIN permission AS v
		WHERE v.permission = CASE WHEN (SELECT s.is_whole FROM size AS s)
			THEN 'deploy_version'::modelapi_acl.permission
			ELSE (enum_range(NULL::modelapi_acl.permission))[1 + r.place::integer] END),

	-- who_can, for one permission of each model API. Only a few where everybody has the
	-- permission: the answer has all users then
	model_api AS MATERIALIZED (
		SELECT m.model_api_id, m.visibility, floor(random() * 15) AS place,
			row_number() OVER (PARTITION BY m.visibility) AS number
		FROM (SELECT DISTINCT p.model_api_id, p.visibility FROM pair AS p) AS m),
	asked AS MATERIALIZED (
		SELECT m.model_api_id, v.permission
		FROM model_api AS m CROSS JOIN permission AS v
		WHERE (SELECT s.is_whole FROM size AS s)
			OR (v.permission = (enum_range(NULL::modelapi_acl.permission))[1 + m.place::integer]
				AND (m.visibility = 'private'::modelapi_acl.visibility OR m.number <= 5
					OR v.permission <> ALL (ARRAY['view', 'invoke']::modelapi_acl.permission[])))),
	named AS MATERIALIZED (
		SELECT a.model_api_id, a.permission, w.user_id, w.access_level
		FROM asked AS a
			CROSS JOIN LATERAL modelapi_acl.who_can(a.model_api_id, a.permission) AS w
		WHERE EXISTS (SELECT FROM pair AS p WHERE p.user_id = w.user_id
			AND p.model_api_id = a.model_api_id))

	SELECT q.question, 'model_api', h.model_api_id, h.user_id, h.permission,
		CASE WHEN h.is_held THEN 'held' ELSE 'not held' END,
		CASE WHEN h.is_held THEN 'not held' ELSE 'held' END
	FROM held AS h
		CROSS JOIN (VALUES ('has_permission'), ('my_permissions'), ('list_model_apis')) AS q (question)
		LEFT JOIN told AS t ON t.question = q.question
			AND t.user_id = h.user_id
			AND t.model_api_id = h.model_api_id
			AND t.permission = h.permission
	WHERE h.is_held <> (t.user_id IS NOT NULL)
	UNION ALL
	SELECT 'effective_access_level', 'model_api', h.model_api_id, h.user_id, NULL,
		COALESCE(h.access_level::text, 'none'), COALESCE(l.access_level::text, 'none')
	FROM held AS h
		JOIN leveled AS l ON l.user_id = h.user_id
			AND l.model_api_id = h.model_api_id
	WHERE h.permission = 'view'::modelapi_acl.permission
		AND h.access_level IS DISTINCT FROM l.access_level
	UNION ALL
	SELECT 'history', 'model_api', p.model_api_id, p.user_id, NULL,
		COALESCE(p.access_level::text, 'none'), COALESCE(p.told::text, 'none')
	FROM (SELECT h.user_id, h.model_api_id, h.access_level,
			-- Everything that is committed, and what this transaction has done so far
			modelapi_acl_internal.level_at(h.user_id, h.model_api_id, 'infinity',
				(SELECT modelapi_acl_internal.current_change()), statement_timestamp()) AS told
		FROM held AS h WHERE h.permission = 'view'::modelapi_acl.permission OFFSET 0) AS p
	WHERE p.access_level IS DISTINCT FROM p.told
	UNION ALL
	SELECT 'policy of ' || p.question, 'model_api', p.model_api_id, p.user_id, p.permission,
		CASE WHEN p.is_shown THEN 'shown' ELSE 'not shown' END,
		CASE WHEN p.is_shown THEN 'not shown' ELSE 'shown' END
	FROM part AS p
		LEFT JOIN shown AS s ON s.question = p.question
			AND s.user_id = p.user_id
			AND s.model_api_id = p.model_api_id
	WHERE p.is_shown <> (s.user_id IS NOT NULL)
	UNION ALL
	SELECT r.question, 'model_api', d.model_api_id, r.user_id, r.permission, d.expected, d.found
	FROM reach AS r
		CROSS JOIN LATERAL modelapi_acl_internal.reach_differences(r.user_id, r.question, r.permission) AS d
	UNION ALL
	SELECT 'who_can', 'model_api', h.model_api_id, h.user_id, h.permission,
		CASE WHEN h.is_held THEN 'named as ' || COALESCE(h.access_level::text, 'public') ELSE 'not named' END,
		CASE WHEN n.user_id IS NOT NULL
			THEN 'named as ' || COALESCE(n.access_level::text, 'public') ELSE 'not named' END
	FROM held AS h
		JOIN asked AS a ON a.model_api_id = h.model_api_id
			AND a.permission = h.permission
		LEFT JOIN named AS n ON n.model_api_id = h.model_api_id
			AND n.permission = h.permission AND n.user_id = h.user_id
	WHERE h.is_held <> (n.user_id IS NOT NULL)
		OR (h.is_held AND h.access_level IS DISTINCT FROM n.access_level);
END;
COMMENT ON FUNCTION modelapi_acl_internal.access_differences(integer) IS
'Differences between what users see or are told and what their grants give';

-- ---------------------------------------------------------------------------
-- The answer

CREATE FUNCTION modelapi_acl_internal.owner_is_able() RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_owner_is_able_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.owner_is_able() IS
'Whether the extension''s owner bypasses row-level security, as the internal views need';

CREATE FUNCTION modelapi_acl_internal.answer_verify_access(sample integer)
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid,
		permission modelapi_acl.permission, expected text, found text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	SELECT modelapi_acl_internal.require(
		modelapi_acl_internal.is_administrator(modelapi_acl_internal.current_identity()),
		'42501', 'only administrators can verify access',
		'Call it as modelapi_acl_admin, in a transaction without a user.');
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'sample is missing');
	SELECT modelapi_acl_internal.require($1 >= 1, '22023', 'sample is less than 1');
	-- If the owner cannot read the tables, everything would seem to be missing: this one row
	-- says why
	SELECT 'catalog' AS "check", 'role' AS object_type, NULL::uuid AS object_id, NULL::uuid AS user_id,
		NULL::modelapi_acl.permission AS permission,
		'owner of the extension: superuser' AS expected, 'no superuser' AS found
	WHERE NOT modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT i."check", i.object_type, i.object_id, i.user_id, NULL::modelapi_acl.permission, i.expected, i.found
	FROM modelapi_acl_internal.broken_invariants() AS i WHERE modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT 'catalog', f.kind, NULL, NULL, NULL, f.object || ': ' || f.expected, f.found
	FROM modelapi_acl_internal.changed_facts() AS f WHERE modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT 'own table', 'table', NULL, NULL, NULL, o.object || ': ' || o.expected, o.found
	FROM modelapi_acl_internal.own_table_problems() AS o
	UNION ALL
	SELECT d."check", d.object_type, d.object_id, d.user_id, d.permission, d.expected, d.found
	FROM modelapi_acl_internal.access_differences($1) AS d WHERE modelapi_acl_internal.owner_is_able();
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_verify_access(integer) IS
'The query of verify_access';

CREATE FUNCTION modelapi_acl.verify_access(sample integer DEFAULT 1000)
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid,
		permission modelapi_acl.permission, expected text, found text)
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_verify_access_1_0';
COMMENT ON FUNCTION modelapi_acl.verify_access(integer) IS
'For administrators: compares what users see and are told with what their grants give, for a random sample of pairs of a user and a model API (all, if there are fewer), and checks invariants of the data and definitions of the extension''s objects. Returns a row for each difference; no rows if all is well';
