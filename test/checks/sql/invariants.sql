-- What holds whenever no transaction is open; each query returns a line for every exception.
-- Read by harness/invariants.py.

-- name: a model API has an owner
SELECT m.id::text
FROM modelapi_acl.model_apis AS m
WHERE NOT EXISTS (
	SELECT FROM modelapi_acl.model_api_collaborators AS c
	WHERE c.model_api_id = m.id AND c.access_level = 'owner' AND c.expires_at IS NULL
		AND c.user_id IS NOT NULL);

-- name: a project has an owner
SELECT p.id::text
FROM modelapi_acl.projects AS p
WHERE NOT EXISTS (
	SELECT FROM modelapi_acl.project_collaborators AS c
	WHERE c.project_id = p.id AND c.access_level = 'owner' AND c.expires_at IS NULL
		AND c.user_id IS NOT NULL);

-- name: an organization has an admin
SELECT o.id::text
FROM modelapi_acl.organizations AS o
WHERE NOT EXISTS (
	SELECT FROM modelapi_acl.organization_members AS m
	WHERE m.organization_id = o.id AND m.is_admin);

-- name: an organization has its name
SELECT o.id::text
FROM modelapi_acl.organizations AS o
LEFT JOIN modelapi_acl_internal.principal_names AS n
	ON n.organization_id = o.id AND n.reserved_at IS NULL
WHERE n.name IS DISTINCT FROM lower(o.name);

-- name: a name belongs to a user or an organization
SELECT n.name
FROM modelapi_acl_internal.principal_names AS n
WHERE n.reserved_at IS NULL AND coalesce(n.user_id, n.organization_id) NOT IN (
	SELECT id FROM modelapi_acl.users UNION ALL SELECT id FROM modelapi_acl.organizations);

-- name: a model API can be searched for
SELECT m.id::text
FROM modelapi_acl.model_apis AS m
LEFT JOIN modelapi_acl_internal.search_documents AS d ON d.model_api_id = m.id
WHERE d.document IS DISTINCT FROM
	modelapi_acl_internal.search_document(m.name, m.description);

-- name: versions are numbered from 1 without a gap
SELECT v.model_api_id::text
FROM modelapi_acl.model_api_versions AS v
GROUP BY v.model_api_id
HAVING max(v.number) <> count(*);

-- name: the counter of versions is the last version's number
SELECT v.model_api_id::text
FROM modelapi_acl.model_api_versions AS v
LEFT JOIN modelapi_acl_internal.object_counters AS c
	ON c.object_id = v.model_api_id AND c.of_versions
GROUP BY v.model_api_id, c.last_version
HAVING max(v.number) IS DISTINCT FROM c.last_version;

-- name: a token has its hash
SELECT t.id::text
FROM modelapi_acl.access_tokens AS t
WHERE t.id NOT IN (SELECT token_id FROM modelapi_acl_internal.token_hashes);

-- name: a model API has its event
SELECT m.id::text
FROM modelapi_acl.model_apis AS m
WHERE m.id NOT IN (
	SELECT object_id FROM modelapi_acl.audit_events WHERE action = 'model_api.created');

-- name: a grant has its event
SELECT c.id::text
FROM modelapi_acl.model_api_collaborators AS c
WHERE c.id NOT IN (
	SELECT object_id FROM modelapi_acl.audit_events WHERE action = 'collaborator.added');

-- name: a token has its event
SELECT t.id::text
FROM modelapi_acl.access_tokens AS t
WHERE t.id NOT IN (
	SELECT object_id FROM modelapi_acl.audit_events WHERE action = 'token.created');

-- name: a public model API has the event that made it public
SELECT m.id::text
FROM modelapi_acl.model_apis AS m
WHERE m.visibility = 'public' AND NOT EXISTS (
	SELECT FROM modelapi_acl.audit_events AS e
	WHERE e.model_api_id = m.id AND e.action = 'model_api.visibility_changed');

-- name: a model API that was created is there unless it was deleted
SELECT e.object_id::text
FROM modelapi_acl.audit_events AS e
WHERE e.action = 'model_api.created'
	AND e.object_id NOT IN (SELECT id FROM modelapi_acl.model_apis)
	AND e.object_id NOT IN (
		SELECT object_id FROM modelapi_acl.audit_events WHERE action = 'model_api.deleted');

-- name: a model API that was deleted is gone
SELECT e.object_id::text
FROM modelapi_acl.audit_events AS e
WHERE e.action = 'model_api.deleted'
	AND e.object_id IN (SELECT id FROM modelapi_acl.model_apis);

-- name: the last event of each object tells its present state
WITH present AS (
	SELECT 'grant' AS kind, id::text AS key, access_level::text AS state
	FROM modelapi_acl.model_api_collaborators
	UNION ALL
	SELECT 'grant', id::text, access_level::text FROM modelapi_acl.project_collaborators
	UNION ALL
	SELECT 'member', organization_id || ' ' || user_id, is_admin::text
	FROM modelapi_acl.organization_members
	UNION ALL
	SELECT 'setting', model_api_id || ' ' || name, 'there' FROM modelapi_acl.model_api_settings
	UNION ALL
	SELECT 'token', id::text, (revoked_at IS NOT NULL)::text FROM modelapi_acl.access_tokens
	UNION ALL
	SELECT 'version', id::text, state::text FROM modelapi_acl.model_api_versions
	UNION ALL
	SELECT 'model API', id::text, '' FROM modelapi_acl.model_apis
	UNION ALL
	SELECT 'project', id::text, '' FROM modelapi_acl.projects
	UNION ALL
	SELECT 'organization', id::text, '' FROM modelapi_acl.organizations
), events AS (
	SELECT e.occurred_at, e.action,
		CASE o.type
			WHEN 'collaborator' THEN 'grant'
			WHEN 'organization_member' THEN 'member'
			WHEN 'model_api' THEN 'model API'
			ELSE o.type
		END AS kind,
		CASE o.type
			WHEN 'organization_member'
				THEN e.object_id || ' ' || (coalesce(e.new, e.old) ->> 'user_id')
			WHEN 'setting' THEN e.model_api_id || ' ' || (coalesce(e.new, e.old) ->> 'name')
			ELSE e.object_id::text
		END AS key,
		CASE o.type
			WHEN 'collaborator' THEN e.new ->> 'access_level'
			WHEN 'organization_member' THEN e.new ->> 'is_admin'
			WHEN 'setting' THEN CASE WHEN e.new IS NOT NULL THEN 'there' END
			WHEN 'token' THEN (e.action = 'token.revoked')::text
			WHEN 'version' THEN coalesce(e.new ->> 'state', '')
			ELSE ''
		END AS state
	FROM modelapi_acl.audit_events AS e, split_part(e.action, '.', 1) AS o (type)
	WHERE o.type IN ('collaborator', 'organization_member', 'setting', 'token', 'version',
		'model_api', 'project', 'organization')
), last AS (
	SELECT DISTINCT ON (kind, key) kind, key, state, action
	FROM events
	ORDER BY kind, key, occurred_at DESC
)
SELECT kind || ' ' || coalesce(p.key, l.key)
	|| ' is ' || coalesce(p.state, 'not there') || ', was ' || coalesce(l.state, 'not there')
FROM present AS p
FULL JOIN (SELECT * FROM last WHERE action !~ '\.(deleted|removed)$') AS l USING (kind, key)
WHERE p.state IS DISTINCT FROM l.state;
