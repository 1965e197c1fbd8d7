-- Invariants: conditions that the data must always meet. verify_access returns a row for
-- each violation.

CREATE FUNCTION modelapi_acl_internal.broken_references()
	RETURNS TABLE (object_type text, object_id uuid, user_id uuid, expected text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'model_api', m.id, NULL::uuid, 'its project'
	FROM modelapi_acl_internal.all_model_apis AS m
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id = m.project_id)
	UNION ALL
	SELECT 'project_collaborator', c.id, c.user_id, 'its project'
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id = c.project_id)
	UNION ALL
	SELECT 'model_api_collaborator', c.id, c.user_id, 'its model API'
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = c.model_api_id)
	UNION ALL
	SELECT 'project_collaborator', c.id, c.user_id, 'its holder'
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE (c.user_id IS NULL) <> (c.organization_id IS NULL)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = c.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = c.organization_id)
	UNION ALL
	SELECT 'model_api_collaborator', c.id, c.user_id, 'its holder'
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE (c.user_id IS NULL) <> (c.organization_id IS NULL)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = c.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = c.organization_id)
	UNION ALL
	SELECT 'organization', o.organization_id, o.user_id, 'the organization of a member'
	FROM modelapi_acl_internal.all_organization_members AS o
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS g WHERE g.id = o.organization_id)
	UNION ALL
	SELECT 'organization', o.organization_id, o.user_id, 'the user who is a member'
	FROM modelapi_acl_internal.all_organization_members AS o
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = o.user_id)
	UNION ALL
	SELECT 'user', i.user_id, i.user_id, 'the user of an identity'
	FROM modelapi_acl_internal.all_user_identities AS i
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = i.user_id)
	UNION ALL
	SELECT 'access_token', t.id, NULL, 'its model API'
	FROM modelapi_acl_internal.all_access_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = t.model_api_id)
	UNION ALL
	SELECT 'personal_token', t.id, t.user_id, 'its holder'
	FROM modelapi_acl_internal.all_personal_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = t.user_id)
	UNION ALL
	SELECT 'personal_token', l.token_id, NULL, 'a model API in its list'
	FROM modelapi_acl_internal.all_personal_token_model_apis AS l
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = l.model_api_id)
	UNION ALL
	SELECT 'personal_token', l.token_id, NULL, 'the token of a list of model APIs'
	FROM modelapi_acl_internal.all_personal_token_model_apis AS l
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_personal_tokens AS t WHERE t.id = l.token_id)
	UNION ALL
	SELECT 'version', v.id, NULL, 'its model API'
	FROM modelapi_acl_internal.all_model_api_versions AS v
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = v.model_api_id)
	UNION ALL
	SELECT 'setting', s.model_api_id, NULL, 'its model API'
	FROM modelapi_acl_internal.all_model_api_settings AS s
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = s.model_api_id);
END;
COMMENT ON FUNCTION modelapi_acl_internal.broken_references() IS
'Rows that refer to missing rows';

-- Guards do not check values during a restore
CREATE FUNCTION modelapi_acl_internal.unacceptable_values()
	RETURNS TABLE (object_type text, object_id uuid, user_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT v.object_type, v.object_id, v.user_id, format('an acceptable %s', v.kind), v.problem
	FROM (
		SELECT 'user' AS object_type, u.id AS object_id, u.id AS user_id, 'username' AS kind,
			modelapi_acl_internal.value_problem('username', u.username) AS problem
		FROM modelapi_acl_internal.all_users AS u
		UNION ALL
		SELECT 'user', u.id, u.id, 'full name', modelapi_acl_internal.value_problem('full name', u.full_name)
		FROM modelapi_acl_internal.all_users AS u
		UNION ALL
		SELECT 'user', i.user_id, i.user_id, 'email address',
			modelapi_acl_internal.value_problem('email address', i.email)
		FROM modelapi_acl_internal.all_user_identities AS i
		UNION ALL
		SELECT 'organization', o.id, NULL, 'organization name',
			modelapi_acl_internal.value_problem('organization name', o.name)
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
		SELECT 'setting', s.model_api_id, NULL, 'setting name',
			modelapi_acl_internal.value_problem('setting name', s.name)
		FROM modelapi_acl_internal.all_model_api_settings AS s
		UNION ALL
		SELECT 'access_token', t.id, NULL, 'token name', modelapi_acl_internal.value_problem('token name', t.name)
		FROM modelapi_acl_internal.all_access_tokens AS t
		UNION ALL
		SELECT 'access_token', t.id, NULL, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_access_tokens AS t WHERE NOT isfinite(t.expires_at)
		UNION ALL
		SELECT 'personal_token', t.id, t.user_id, 'token name',
			modelapi_acl_internal.value_problem('token name', t.name)
		FROM modelapi_acl_internal.all_personal_tokens AS t
		UNION ALL
		SELECT 'personal_token', t.id, t.user_id, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_personal_tokens AS t WHERE NOT isfinite(t.expires_at)
		UNION ALL
		SELECT 'access_token', t.id, NULL, 'metadata',
			CASE WHEN jsonb_typeof(t.metadata) <> 'object' THEN 'not a JSON object'
				WHEN octet_length(t.metadata::text) > 1000 THEN 'longer than 1000 bytes' END
		FROM modelapi_acl_internal.all_access_tokens AS t
		UNION ALL
		SELECT 'personal_token', t.id, t.user_id, 'metadata',
			CASE WHEN jsonb_typeof(t.metadata) <> 'object' THEN 'not a JSON object'
				WHEN octet_length(t.metadata::text) > 1000 THEN 'longer than 1000 bytes' END
		FROM modelapi_acl_internal.all_personal_tokens AS t
		UNION ALL
		SELECT 'model_api_collaborator', c.id, c.user_id, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_model_api_collaborators AS c WHERE NOT isfinite(c.expires_at)
		UNION ALL
		SELECT 'project_collaborator', c.id, c.user_id, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_project_collaborators AS c WHERE NOT isfinite(c.expires_at)) AS v
	WHERE v.problem IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.unacceptable_values() IS
'Names, email addresses and expiry times that the current rules refuse';

CREATE FUNCTION modelapi_acl_internal.broken_invariants()
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'owner', 'project', p.id, NULL::uuid, 'a user who owns it directly and without expiry', 'none'
	FROM modelapi_acl_internal.all_projects AS p
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_project_collaborators AS c
			JOIN modelapi_acl_internal.all_users AS u ON u.id = c.user_id AND u.responsible_id IS NULL
		WHERE c.project_id = p.id
			AND c.access_level = 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL)
	UNION ALL
	SELECT 'owner', 'model_api', m.id, NULL, 'a user who owns it directly and without expiry', 'none'
	FROM modelapi_acl_internal.all_model_apis AS m
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS c
			JOIN modelapi_acl_internal.all_users AS u ON u.id = c.user_id AND u.responsible_id IS NULL
		WHERE c.model_api_id = m.id
			AND c.access_level = 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL)
	UNION ALL
	SELECT 'admin', 'organization', o.id, NULL, 'an admin', 'none'
	FROM modelapi_acl_internal.all_organizations AS o
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_organization_members AS a
			JOIN modelapi_acl_internal.all_users AS u ON u.id = a.user_id AND u.responsible_id IS NULL
		WHERE a.organization_id = o.id AND a.is_admin)
	UNION ALL
	SELECT 'responsible user', 'user', u.id, u.id, 'a person',
		CASE WHEN r.id IS NULL THEN 'nobody' ELSE 'a service account' END
	FROM modelapi_acl_internal.all_users AS u
		LEFT JOIN modelapi_acl_internal.all_users AS r ON r.id = u.responsible_id
	WHERE u.responsible_id IS NOT NULL AND (r.id IS NULL OR r.responsible_id IS NOT NULL)
	UNION ALL
	SELECT 'email address', 'user', u.id, u.id,
		CASE WHEN u.responsible_id IS NULL THEN 'an email address' ELSE 'none, of a service account' END,
		CASE WHEN u.responsible_id IS NULL THEN 'none' ELSE 'one' END
	FROM modelapi_acl_internal.all_users AS u
		JOIN modelapi_acl_internal.all_user_identities AS i ON i.user_id = u.id
	WHERE (u.responsible_id IS NULL) <> (i.email IS NOT NULL)
	UNION ALL
	SELECT 'one principal', 'project_collaborator', c.id, c.user_id, 'a user or an organization',
		CASE WHEN c.user_id IS NULL THEN 'neither' ELSE 'both' END
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE (c.user_id IS NULL) = (c.organization_id IS NULL)
	UNION ALL
	SELECT 'one principal', 'model_api_collaborator', c.id, c.user_id, 'a user or an organization',
		CASE WHEN c.user_id IS NULL THEN 'neither' ELSE 'both' END
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE (c.user_id IS NULL) = (c.organization_id IS NULL)
	UNION ALL
	SELECT 'name', 'user', u.id, u.id, lower(u.username COLLATE "C"), COALESCE(n.name, 'none')
	FROM modelapi_acl_internal.all_users AS u
		LEFT JOIN modelapi_acl_internal.all_principal_names AS n ON n.user_id = u.id AND n.reserved_at IS NULL
	WHERE lower(u.username COLLATE "C") IS DISTINCT FROM n.name
	UNION ALL
	SELECT 'name', 'organization', o.id, NULL, lower(o.name COLLATE "C"), COALESCE(n.name, 'none')
	FROM modelapi_acl_internal.all_organizations AS o
		LEFT JOIN modelapi_acl_internal.all_principal_names AS n ON n.organization_id = o.id AND n.reserved_at IS NULL
	WHERE lower(o.name COLLATE "C") IS DISTINCT FROM n.name
	UNION ALL
	SELECT 'name', CASE WHEN n.organization_id IS NULL THEN 'user' ELSE 'organization' END,
		COALESCE(n.user_id, n.organization_id), n.user_id, 'a user or an organization of the name', n.name
	FROM modelapi_acl_internal.all_principal_names AS n
	WHERE n.reserved_at IS NULL
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = n.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = n.organization_id)
	UNION ALL
	SELECT 'search document', 'model_api', m.id, NULL, 'the words of its name and description',
		CASE WHEN d.model_api_id IS NULL THEN 'none' ELSE 'others' END
	FROM modelapi_acl_internal.all_model_apis AS m
		LEFT JOIN modelapi_acl_internal.all_search_documents AS d ON d.model_api_id = m.id
	WHERE d.document = modelapi_acl_internal.search_document(m.name, m.description) IS NOT TRUE
	UNION ALL
	SELECT 'search document', 'model_api', d.model_api_id, NULL, 'its model API', 'none'
	FROM modelapi_acl_internal.all_search_documents AS d
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = d.model_api_id)
	UNION ALL
	SELECT 'token hash', 'personal_token', t.id, t.user_id, 'one hash', 'none'
	FROM modelapi_acl_internal.all_personal_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_personal_token_hashes AS h
		WHERE h.token_id = t.id AND h.valid_until IS NULL)
	UNION ALL
	SELECT 'token hash', 'personal_token', h.token_id, NULL, 'its token', 'none'
	FROM modelapi_acl_internal.all_personal_token_hashes AS h
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_personal_tokens AS t WHERE t.id = h.token_id)
	UNION ALL
	SELECT 'personal token', 'personal_token', t.id, t.user_id, 'a list only of a limited token', 'a list'
	FROM modelapi_acl_internal.all_personal_tokens AS t
	WHERE NOT t.is_limited AND EXISTS (
		SELECT FROM modelapi_acl_internal.all_personal_token_model_apis AS l WHERE l.token_id = t.id)
	UNION ALL
	SELECT 'token hash', 'access_token', t.id, NULL, 'one hash', 'none'
	FROM modelapi_acl_internal.all_access_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_token_hashes AS h
		WHERE h.token_id = t.id AND h.valid_until IS NULL)
	UNION ALL
	SELECT 'token hash', 'access_token', t.id, NULL, 'the copies of its token', 'others'
	FROM modelapi_acl_internal.all_access_tokens AS t
		JOIN modelapi_acl_internal.all_token_hashes AS h ON h.token_id = t.id AND h.model_api_id IS NOT NULL
	WHERE h.model_api_id IS DISTINCT FROM t.model_api_id
		OR h.name IS DISTINCT FROM t.name
		OR h.expires_at IS DISTINCT FROM t.expires_at
		OR h.revoked_at IS DISTINCT FROM t.revoked_at
		OR h.suspended_at IS DISTINCT FROM t.suspended_at
		OR h.metadata IS DISTINCT FROM t.metadata::text
	UNION ALL
	SELECT 'token hash', 'access_token', h.token_id, NULL, 'its token', 'none'
	FROM modelapi_acl_internal.all_token_hashes AS h
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_access_tokens AS t WHERE t.id = h.token_id)
	UNION ALL
	SELECT 'counter', NULL, c.object_id, NULL, 'its project, model API, organization or user', 'none'
	FROM modelapi_acl_internal.all_object_counters AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = c.object_id)
	UNION ALL
	-- A counter is created when it is first needed
	SELECT 'counter', 'model_api', v.model_api_id, NULL, format('last version %s', v.last),
		CASE WHEN c.object_id IS NULL THEN 'none' ELSE format('last version %s', c.last_version) END
	FROM (SELECT n.model_api_id, max(n.number) AS last
			FROM modelapi_acl_internal.all_model_api_versions AS n GROUP BY n.model_api_id) AS v
		LEFT JOIN modelapi_acl_internal.all_object_counters AS c ON c.object_id = v.model_api_id
			AND c.of_versions
	WHERE c.last_version IS DISTINCT FROM v.last
		AND EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = v.model_api_id)
	UNION ALL
	SELECT 'version numbers', 'model_api', n.model_api_id, NULL,
		format('1 to %s', count(*)),
		format('%s of them, %s to %s', count(*), min(n.number), max(n.number))
	FROM modelapi_acl_internal.all_model_api_versions AS n
	GROUP BY n.model_api_id
	HAVING min(n.number) <> 1
		OR max(n.number) <> count(*)
	UNION ALL
	-- The setting ends no token that is there
	SELECT 'token lifetime', k.object_type, k.id, k.user_id,
		format('an expiry by %s', k.made_at + s.lifetime), COALESCE(k.expires_at::text, 'none')
	FROM (SELECT current_setting('modelapi_acl.max_token_lifetime')::interval AS lifetime) AS s
		CROSS JOIN LATERAL (
			SELECT 'access_token' AS object_type, t.id, NULL::uuid AS user_id, t.expires_at,
				COALESCE(t.regenerated_at, t.created_at) AS made_at
			FROM modelapi_acl_internal.all_access_tokens AS t WHERE t.revoked_at IS NULL
			UNION ALL
			SELECT 'personal_token', t.id, t.user_id, t.expires_at, COALESCE(t.regenerated_at, t.created_at)
			FROM modelapi_acl_internal.all_personal_tokens AS t WHERE t.revoked_at IS NULL) AS k
	WHERE s.lifetime > '0'::interval
		AND (k.expires_at IS NULL OR k.expires_at > GREATEST(k.made_at + s.lifetime, clock_timestamp()))
	UNION ALL
	-- Functions that read the history ignore an event without it
	SELECT 'change', e.object_type, e.object_id, NULL, 'when its transaction committed', 'none'
	FROM modelapi_acl_internal.all_audit_events AS e
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_changes AS c WHERE c.change_id = e.change_id)
		AND e.change_id IS DISTINCT FROM (SELECT modelapi_acl_internal.current_change())
	UNION ALL
	SELECT 'value', v.object_type, v.object_id, v.user_id, v.expected, v.found
	FROM modelapi_acl_internal.unacceptable_values() AS v
	UNION ALL
	SELECT 'reference', r.object_type, r.object_id, r.user_id, r.expected, 'none'
	FROM modelapi_acl_internal.broken_references() AS r;
END;
COMMENT ON FUNCTION modelapi_acl_internal.broken_invariants() IS
'All violations of invariants';
