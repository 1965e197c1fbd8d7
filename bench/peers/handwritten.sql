-- Hand-written queries without row-level security. Of those with the same name, the fastest is
-- the baseline, with a custom or with a generic plan. $1 is the user, $2 a model API. Names in
-- braces are replaced: by other parts of this file; {least} by the least level that gives a
-- permission; {public} by the condition under which others hold it on a row m; {middle} by
-- a row's (created_at, id).

-- define: valid
(expires_at IS NULL OR expires_at > now())

-- define: me
(c.user_id = $1 OR c.organization_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1))

-- define: me_once
(user_id = $1 OR organization_id = ANY (ARRAY(SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1)))

-- define: reach
-- the organizations, projects and model APIs that the user reaches by grants
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND access_level >= '{least}' AND {valid}
		UNION SELECT project_id FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE access_level >= '{least}' AND {valid}),
	a AS MATERIALIZED (
		SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND access_level >= '{least}' AND {valid}
		UNION SELECT model_api_id FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE access_level >= '{least}' AND {valid})

-- define: by_probes
EXISTS (SELECT FROM modelapi_acl.project_collaborators c WHERE c.project_id = m.project_id AND access_level >= '{least}' AND {valid} AND {me})
	OR EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c WHERE c.model_api_id = m.id AND access_level >= '{least}' AND {valid} AND {me})

-- define: by_hash
project_id IN (SELECT project_id FROM modelapi_acl.project_collaborators WHERE access_level >= '{least}' AND {valid} AND {me_once})
	OR id IN (SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE access_level >= '{least}' AND {valid} AND {me_once})

-- define: newest
ORDER BY created_at DESC, id DESC LIMIT 50

-- name: page
-- gather the newest rows of each grant
{reach}
SELECT * FROM (
	(SELECT m.* FROM modelapi_acl.model_apis m WHERE {public} {newest})
	UNION (SELECT m.* FROM modelapi_acl.model_apis m WHERE project_id IN (TABLE p) {newest})
	UNION (SELECT m.* FROM modelapi_acl.model_apis m WHERE id IN (TABLE a) {newest})) x
{newest};

-- name: page
-- walk all rows, newest first, and look for a grant
SELECT * FROM modelapi_acl.model_apis m WHERE {public} OR {by_probes} {newest};

-- name: page
-- walk all rows with hashed sub-plans
SELECT * FROM modelapi_acl.model_apis m WHERE {public} OR {by_hash} {newest};

-- name: next page
{reach}
SELECT * FROM (
	(SELECT m.* FROM modelapi_acl.model_apis m WHERE visibility = 'public' AND (created_at, id) < {middle} {newest})
	UNION (SELECT m.* FROM modelapi_acl.model_apis m WHERE project_id IN (TABLE p) AND (created_at, id) < {middle} {newest})
	UNION (SELECT m.* FROM modelapi_acl.model_apis m WHERE id IN (TABLE a) AND (created_at, id) < {middle} {newest})) x
{newest};

-- name: next page
SELECT * FROM modelapi_acl.model_apis m WHERE (created_at, id) < {middle} AND (visibility = 'public' OR {by_probes}) {newest};

-- name: next page
SELECT * FROM modelapi_acl.model_apis m WHERE (created_at, id) < {middle} AND (visibility = 'public' OR {by_hash}) {newest};

-- name: page, private
{reach}
SELECT * FROM (
	(SELECT m.* FROM modelapi_acl.model_apis m WHERE visibility = 'private' AND project_id IN (TABLE p) {newest})
	UNION (SELECT m.* FROM modelapi_acl.model_apis m WHERE visibility = 'private' AND id IN (TABLE a) {newest})) x
{newest};

-- name: page, private
SELECT * FROM modelapi_acl.model_apis m WHERE visibility = 'private' AND ({by_probes}) {newest};

-- name: page, private
SELECT * FROM modelapi_acl.model_apis m WHERE visibility = 'private' AND ({by_hash}) {newest};

-- name: count
{reach}
SELECT count(*) FROM (
	SELECT id FROM modelapi_acl.model_apis WHERE visibility = 'public'
	UNION SELECT m.id FROM modelapi_acl.model_apis m WHERE project_id IN (TABLE p)
	UNION SELECT m.id FROM modelapi_acl.model_apis m WHERE id IN (TABLE a)) x;

-- name: count
-- public rows separately, so that fewer rows need deduplication
{reach}
SELECT (SELECT count(*) FROM modelapi_acl.model_apis WHERE visibility = 'public')
	+ (SELECT count(*) FROM p JOIN modelapi_acl.model_apis m ON m.project_id = p.project_id WHERE visibility = 'private')
	+ (SELECT count(*) FROM a JOIN modelapi_acl.model_apis m ON m.id = a.model_api_id
		WHERE visibility = 'private' AND project_id NOT IN (TABLE p));

-- name: count
SELECT count(*) FROM modelapi_acl.model_apis m WHERE visibility = 'public' OR {by_hash};

-- name: page of deployable
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id, max(access_level) AS level FROM (
			SELECT project_id, access_level FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND {valid}
			UNION ALL SELECT project_id, access_level FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE {valid}) g
		GROUP BY project_id),
	a AS MATERIALIZED (
		SELECT model_api_id, max(access_level) AS level FROM (
			SELECT model_api_id, access_level FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND {valid}
			UNION ALL SELECT model_api_id, access_level FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE {valid}) g
		GROUP BY model_api_id)
SELECT * FROM (
	(SELECT m.* FROM modelapi_acl.model_apis m WHERE project_id IN (SELECT project_id FROM p WHERE level >= 'editor') {newest})
	UNION (SELECT m.* FROM modelapi_acl.model_apis m JOIN a ON a.model_api_id = m.id
		WHERE a.level = 'owner' OR a.level = 'editor' AND m.project_id IN (SELECT project_id FROM p) {newest})) x
{newest};

-- name: page of deployable
SELECT * FROM modelapi_acl.model_apis m
WHERE EXISTS (SELECT FROM modelapi_acl.project_collaborators c WHERE c.project_id = m.project_id AND c.access_level >= 'editor' AND {valid} AND {me})
	OR EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c WHERE c.model_api_id = m.id AND c.access_level = 'owner' AND {valid} AND {me})
	OR EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c WHERE c.model_api_id = m.id AND c.access_level = 'editor' AND {valid} AND {me})
		AND EXISTS (SELECT FROM modelapi_acl.project_collaborators c WHERE c.project_id = m.project_id AND {valid} AND {me})
{newest};

-- name: page of deployable
SELECT * FROM modelapi_acl.model_apis m
WHERE project_id IN (SELECT project_id FROM modelapi_acl.project_collaborators WHERE access_level >= 'editor' AND {valid} AND {me_once})
	OR id IN (SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE access_level = 'owner' AND {valid} AND {me_once})
	OR id IN (SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE access_level = 'editor' AND {valid} AND {me_once})
		AND project_id IN (SELECT project_id FROM modelapi_acl.project_collaborators WHERE {valid} AND {me_once})
{newest};

-- name: lookup
-- look for grants on the row
SELECT * FROM modelapi_acl.model_apis m WHERE id = $2 AND (visibility = 'public' OR {by_probes});

-- name: lookup
-- look for the user's grants, one index entry each
SELECT * FROM modelapi_acl.model_apis m WHERE id = $2 AND (visibility = 'public'
	OR EXISTS (SELECT FROM modelapi_acl.project_collaborators c WHERE c.user_id = $1 AND c.project_id = m.project_id AND {valid})
	OR EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c WHERE c.user_id = $1 AND c.model_api_id = m.id AND {valid})
	OR EXISTS (SELECT FROM modelapi_acl.organization_members o JOIN modelapi_acl.project_collaborators c USING (organization_id)
		WHERE o.user_id = $1 AND c.project_id = m.project_id AND {valid})
	OR EXISTS (SELECT FROM modelapi_acl.organization_members o JOIN modelapi_acl.model_api_collaborators c USING (organization_id)
		WHERE o.user_id = $1 AND c.model_api_id = m.id AND {valid}));

-- define: best
ORDER BY ts_rank(d.document, websearch_to_tsquery('english', '{word}')) DESC, length(m.name), m.created_at DESC, m.id LIMIT 50

-- name: search
-- start from the word, then check access
{reach}
SELECT m.* FROM bench.documents d JOIN modelapi_acl.model_apis m ON m.id = d.model_api_id
WHERE d.document @@ websearch_to_tsquery('english', '{word}') AND (visibility = 'public' OR project_id IN (TABLE p) OR id IN (TABLE a))
{best};

-- name: search
-- start from accessible rows, then look for the word
{reach},
	v AS MATERIALIZED (
		SELECT id FROM modelapi_acl.model_apis WHERE visibility = 'public'
		UNION SELECT m.id FROM modelapi_acl.model_apis m WHERE project_id IN (TABLE p)
		UNION SELECT model_api_id FROM a)
SELECT m.* FROM v JOIN bench.documents d ON d.model_api_id = v.id JOIN modelapi_acl.model_apis m ON m.id = v.id
WHERE d.document @@ websearch_to_tsquery('english', '{word}')
{best};

-- define: like
m.name ILIKE '%' || $2 || '%'

-- define: begins_word
m.name ~* ('\m' || $2)

-- define: likest
ORDER BY (m.name ILIKE $2 || '%') DESC, length(m.name), m.created_at DESC, m.id LIMIT 50

-- define: accessible
(visibility = 'public' OR project_id IN (TABLE p) OR id IN (TABLE a))

-- name: search as you type
-- start from the trigram index, then check access
{reach}
SELECT m.* FROM bench.names m WHERE {like} AND {accessible} {likest};

-- name: search as you type
{reach}
SELECT m.* FROM bench.names m WHERE {begins_word} AND {accessible} {likest};

-- name: search as you type
-- start from accessible rows, then check the name
{reach}
SELECT * FROM (
	SELECT m.* FROM bench.names m WHERE visibility = 'public' AND {like}
	UNION SELECT m.* FROM bench.names m WHERE project_id = ANY (ARRAY(TABLE p)) AND {like}
	UNION SELECT m.* FROM bench.names m WHERE id = ANY (ARRAY(TABLE a)) AND {like}) m
{likest};

-- name: search as you type, newest first
-- other answers: of all that match, the newest
{reach}
SELECT m.* FROM bench.names m WHERE {like} AND {accessible} ORDER BY created_at DESC, id DESC LIMIT 50;

-- define: found
{reach},
	v AS (
		SELECT m.id FROM modelapi_acl.model_apis m WHERE {public}
		UNION SELECT m.id FROM modelapi_acl.model_apis m WHERE project_id IN (TABLE p)
		UNION SELECT model_api_id FROM a)

-- name: count of parts
-- start from accessible rows
{found}
SELECT count(*) FROM v JOIN {table} t ON t.model_api_id = v.id;

-- name: count of parts
-- start from accessible rows, as an array for an index scan
{found}
SELECT count(*) FROM {table} t WHERE t.model_api_id = ANY (ARRAY(SELECT id FROM v));

-- name: count of parts
-- start from all rows
{reach}
SELECT count(*) FROM {table} t JOIN modelapi_acl.model_apis m ON m.id = t.model_api_id
WHERE {public} OR m.project_id IN (TABLE p) OR m.id IN (TABLE a);

-- name: newest lines
{found}
SELECT t.* FROM modelapi_acl.model_api_logs t WHERE t.model_api_id = ANY (ARRAY(SELECT id FROM v)) ORDER BY logged_at DESC LIMIT 50;

-- name: newest lines
{found}
SELECT t.* FROM v JOIN modelapi_acl.model_api_logs t ON t.model_api_id = v.id ORDER BY logged_at DESC LIMIT 50;

-- name: newest lines
SELECT t.* FROM modelapi_acl.model_api_logs t WHERE EXISTS (
	SELECT FROM modelapi_acl.model_apis m WHERE m.id = t.model_api_id AND ({by_hash})) ORDER BY logged_at DESC LIMIT 50;

-- name: newest lines
SELECT t.* FROM modelapi_acl.model_api_logs t CROSS JOIN LATERAL (
	SELECT FROM modelapi_acl.model_apis m WHERE m.id = t.model_api_id AND ({by_probes}) OFFSET 0) x ORDER BY logged_at DESC LIMIT 50;

-- name: count of grants
{found},
	i AS MATERIALIZED (SELECT ARRAY(SELECT id FROM v) AS ids)
SELECT (SELECT count(*) FROM modelapi_acl.model_api_collaborators c WHERE c.model_api_id = ANY ((SELECT ids FROM i)::uuid[]))
	+ (SELECT count(*) FROM modelapi_acl.model_api_collaborators c JOIN modelapi_acl.model_apis m ON m.id = c.model_api_id
		WHERE NOT c.model_api_id = ANY ((SELECT ids FROM i)::uuid[]) AND (c.user_id = $1 OR c.organization_id = ANY (ARRAY(TABLE o))) AND ({valid} OR m.visibility = 'public'
			OR m.project_id IN (SELECT project_id FROM modelapi_acl.project_collaborators WHERE {valid} AND {me_once})));

-- name: count of grants
{found}
SELECT (SELECT count(*) FROM v JOIN modelapi_acl.model_api_collaborators c ON c.model_api_id = v.id)
	+ (SELECT count(*) FROM modelapi_acl.model_api_collaborators c JOIN modelapi_acl.model_apis m ON m.id = c.model_api_id
		WHERE c.model_api_id NOT IN (SELECT id FROM v) AND {me} AND ({valid} OR m.visibility = 'public'
			OR m.project_id IN (SELECT project_id FROM modelapi_acl.project_collaborators WHERE {valid} AND {me_once})));

-- name: count of grants
{reach}
SELECT count(*) FROM modelapi_acl.model_api_collaborators c JOIN modelapi_acl.model_apis m ON m.id = c.model_api_id
WHERE m.project_id IN (TABLE p) OR m.id IN (TABLE a)
	OR {me} AND ({valid} OR m.visibility = 'public'
		OR m.project_id IN (SELECT project_id FROM modelapi_acl.project_collaborators WHERE {valid} AND {me_once}));

-- name: count of events
-- of existing model APIs; of deleted ones and of projects; of organizations
{found}
SELECT (SELECT count(*) FROM modelapi_acl.audit_events e WHERE e.model_api_id = ANY (ARRAY(SELECT id FROM v)))
	+ (SELECT count(*) FROM modelapi_acl.audit_events e WHERE e.project_id = ANY (ARRAY(TABLE p))
		AND NOT EXISTS (SELECT FROM modelapi_acl.model_apis m WHERE m.id = e.model_api_id))
	+ (SELECT count(*) FROM modelapi_acl.organization_members o JOIN modelapi_acl.audit_events e ON e.object_id = o.organization_id
		WHERE o.user_id = $1 AND is_admin AND object_type LIKE 'organization%' AND model_api_id IS NULL AND project_id IS NULL);

-- name: count of events
{found}
SELECT (SELECT count(*) FROM v JOIN modelapi_acl.audit_events e ON e.model_api_id = v.id)
	+ (SELECT count(*) FROM p JOIN modelapi_acl.audit_events e USING (project_id)
		WHERE NOT EXISTS (SELECT FROM modelapi_acl.model_apis m WHERE m.id = e.model_api_id))
	+ (SELECT count(*) FROM modelapi_acl.organization_members o JOIN modelapi_acl.audit_events e ON e.object_id = o.organization_id
		WHERE o.user_id = $1 AND is_admin AND object_type LIKE 'organization%' AND model_api_id IS NULL AND project_id IS NULL);

-- name: count of events
{reach}
SELECT count(*) FROM modelapi_acl.audit_events e LEFT JOIN modelapi_acl.model_apis m ON m.id = e.model_api_id
WHERE CASE WHEN m.id IS NOT NULL THEN m.project_id IN (TABLE p) OR m.id IN (TABLE a)
	WHEN e.project_id IS NOT NULL THEN e.project_id IN (TABLE p)
	ELSE object_type LIKE 'organization%' AND object_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1 AND is_admin) END;

-- name: newest events
{reach}
SELECT e.* FROM modelapi_acl.audit_events e LEFT JOIN modelapi_acl.model_apis m ON m.id = e.model_api_id
WHERE CASE WHEN m.id IS NOT NULL THEN m.project_id IN (TABLE p) OR m.id IN (TABLE a)
	WHEN e.project_id IS NOT NULL THEN e.project_id IN (TABLE p)
	ELSE object_type LIKE 'organization%' AND object_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1 AND is_admin) END
ORDER BY occurred_at DESC LIMIT 50;

-- name: newest events
{found}
SELECT * FROM (SELECT * FROM modelapi_acl.audit_events e WHERE e.model_api_id = ANY (ARRAY(SELECT id FROM v))
	UNION ALL SELECT * FROM modelapi_acl.audit_events e WHERE e.project_id = ANY (ARRAY(TABLE p))
		AND NOT EXISTS (SELECT FROM modelapi_acl.model_apis m WHERE m.id = e.model_api_id)
	UNION ALL SELECT e.* FROM modelapi_acl.organization_members o JOIN modelapi_acl.audit_events e ON e.object_id = o.organization_id
		WHERE o.user_id = $1 AND is_admin AND object_type LIKE 'organization%' AND model_api_id IS NULL AND project_id IS NULL) x
ORDER BY occurred_at DESC LIMIT 50;

-- name: newest events
-- walk in order of time, and look for a grant for each row
SELECT e.* FROM modelapi_acl.audit_events e LEFT JOIN LATERAL (SELECT m.id, {by_probes} AS permitted
	FROM modelapi_acl.model_apis m WHERE m.id = e.model_api_id OFFSET 0) x ON true
WHERE CASE WHEN x.id IS NOT NULL THEN permitted
	WHEN e.project_id IS NOT NULL THEN e.project_id IN (SELECT project_id FROM modelapi_acl.project_collaborators WHERE access_level >= '{least}' AND {valid} AND {me_once})
	ELSE object_type LIKE 'organization%' AND object_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1 AND is_admin) END
ORDER BY occurred_at DESC LIMIT 50;

-- name: newest events
{found}
SELECT * FROM (SELECT e.* FROM v JOIN modelapi_acl.audit_events e ON e.model_api_id = v.id
	UNION ALL SELECT e.* FROM p JOIN modelapi_acl.audit_events e USING (project_id)
		WHERE NOT EXISTS (SELECT FROM modelapi_acl.model_apis m WHERE m.id = e.model_api_id)
	UNION ALL SELECT e.* FROM modelapi_acl.organization_members o JOIN modelapi_acl.audit_events e ON e.object_id = o.organization_id
		WHERE o.user_id = $1 AND is_admin AND object_type LIKE 'organization%' AND model_api_id IS NULL AND project_id IS NULL) x
ORDER BY occurred_at DESC LIMIT 50;
