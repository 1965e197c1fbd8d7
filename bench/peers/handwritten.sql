-- Queries as one would write them by hand without row-level security; of those under
-- one name the fastest is the baseline. The user is $1, a model API $2.

-- name: page
-- gather what each grant gives, the newest of each
WITH mine AS MATERIALIZED (SELECT $1::uuid AS id),
	o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT project_id FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()),
	a AS MATERIALIZED (
		SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT model_api_id FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now())
SELECT * FROM (
	(SELECT * FROM modelapi_acl.model_apis WHERE visibility = 'public' ORDER BY created_at DESC, id DESC LIMIT 50)
	UNION (SELECT m.* FROM modelapi_acl.model_apis m WHERE project_id IN (TABLE p) ORDER BY created_at DESC, id DESC LIMIT 50)
	UNION (SELECT m.* FROM modelapi_acl.model_apis m WHERE id IN (TABLE a) ORDER BY created_at DESC, id DESC LIMIT 50)) x
ORDER BY created_at DESC, id DESC LIMIT 50;

-- name: page
-- walk over all, newest first, and look for a grant
SELECT * FROM modelapi_acl.model_apis m WHERE visibility = 'public'
	OR EXISTS (SELECT FROM modelapi_acl.project_collaborators c WHERE c.project_id = m.project_id AND (expires_at IS NULL OR expires_at > now())
		AND (c.user_id = $1 OR c.organization_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1)))
	OR EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c WHERE c.model_api_id = m.id AND (expires_at IS NULL OR expires_at > now())
		AND (c.user_id = $1 OR c.organization_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1)))
ORDER BY created_at DESC, id DESC LIMIT 50;

-- name: page
-- walk over all with hashed sub-plans
SELECT * FROM modelapi_acl.model_apis m WHERE visibility = 'public'
	OR project_id IN (SELECT project_id FROM modelapi_acl.project_collaborators WHERE (expires_at IS NULL OR expires_at > now())
		AND (user_id = $1 OR organization_id = ANY (ARRAY(SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1))))
	OR id IN (SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE (expires_at IS NULL OR expires_at > now())
		AND (user_id = $1 OR organization_id = ANY (ARRAY(SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1))))
ORDER BY created_at DESC, id DESC LIMIT 50;

-- name: page, private
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT project_id FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()),
	a AS MATERIALIZED (
		SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT model_api_id FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now())
SELECT * FROM (
	(SELECT m.* FROM modelapi_acl.model_apis m WHERE visibility = 'private' AND project_id IN (TABLE p) ORDER BY created_at DESC, id DESC LIMIT 50)
	UNION (SELECT m.* FROM modelapi_acl.model_apis m WHERE visibility = 'private' AND id IN (TABLE a) ORDER BY created_at DESC, id DESC LIMIT 50)) x
ORDER BY created_at DESC, id DESC LIMIT 50;

-- name: page, private
SELECT * FROM modelapi_acl.model_apis m WHERE visibility = 'private' AND (
	EXISTS (SELECT FROM modelapi_acl.project_collaborators c WHERE c.project_id = m.project_id AND (expires_at IS NULL OR expires_at > now())
		AND (c.user_id = $1 OR c.organization_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1)))
	OR EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c WHERE c.model_api_id = m.id AND (expires_at IS NULL OR expires_at > now())
		AND (c.user_id = $1 OR c.organization_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1))))
ORDER BY created_at DESC, id DESC LIMIT 50;

-- name: count
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT project_id FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()),
	a AS MATERIALIZED (
		SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT model_api_id FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now())
SELECT count(*) FROM (
	SELECT id FROM modelapi_acl.model_apis WHERE visibility = 'public'
	UNION SELECT m.id FROM modelapi_acl.model_apis m WHERE project_id IN (TABLE p)
	UNION SELECT m.id FROM modelapi_acl.model_apis m WHERE id IN (TABLE a)) x;

-- name: count
-- public ones apart, so that fewer need to be told from each other
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT project_id FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()),
	a AS MATERIALIZED (
		SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT model_api_id FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now())
SELECT (SELECT count(*) FROM modelapi_acl.model_apis WHERE visibility = 'public')
	+ (SELECT count(*) FROM p JOIN modelapi_acl.model_apis m ON m.project_id = p.project_id WHERE visibility = 'private')
	+ (SELECT count(*) FROM a JOIN modelapi_acl.model_apis m ON m.id = a.model_api_id
		WHERE visibility = 'private' AND project_id NOT IN (TABLE p));

-- name: count
SELECT count(*) FROM modelapi_acl.model_apis m WHERE visibility = 'public'
	OR project_id IN (SELECT project_id FROM modelapi_acl.project_collaborators WHERE (expires_at IS NULL OR expires_at > now())
		AND (user_id = $1 OR organization_id = ANY (ARRAY(SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1))))
	OR id IN (SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE (expires_at IS NULL OR expires_at > now())
		AND (user_id = $1 OR organization_id = ANY (ARRAY(SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1))));

-- name: page of deployable
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id, max(access_level) AS level FROM (
			SELECT project_id, access_level FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
			UNION ALL SELECT project_id, access_level FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()) g
		GROUP BY project_id),
	a AS MATERIALIZED (
		SELECT model_api_id, max(access_level) AS level FROM (
			SELECT model_api_id, access_level FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
			UNION ALL SELECT model_api_id, access_level FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()) g
		GROUP BY model_api_id)
SELECT * FROM (
	(SELECT m.* FROM modelapi_acl.model_apis m WHERE project_id IN (SELECT project_id FROM p WHERE level >= 'editor') ORDER BY created_at DESC, id DESC LIMIT 50)
	UNION (SELECT m.* FROM modelapi_acl.model_apis m JOIN a ON a.model_api_id = m.id
		WHERE a.level = 'owner' OR a.level = 'editor' AND m.project_id IN (SELECT project_id FROM p) ORDER BY created_at DESC, id DESC LIMIT 50)) x
ORDER BY created_at DESC, id DESC LIMIT 50;

-- name: page of deployable
SELECT * FROM modelapi_acl.model_apis m
WHERE EXISTS (SELECT FROM modelapi_acl.project_collaborators c WHERE c.project_id = m.project_id AND c.access_level >= 'editor' AND (expires_at IS NULL OR expires_at > now())
		AND (c.user_id = $1 OR c.organization_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1)))
	OR EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c WHERE c.model_api_id = m.id AND c.access_level = 'owner' AND (expires_at IS NULL OR expires_at > now())
		AND (c.user_id = $1 OR c.organization_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1)))
ORDER BY created_at DESC, id DESC LIMIT 50;

-- name: lookup by id
SELECT * FROM modelapi_acl.model_apis m WHERE id = $2 AND (visibility = 'public'
	OR EXISTS (SELECT FROM modelapi_acl.project_collaborators c WHERE c.project_id = m.project_id AND (expires_at IS NULL OR expires_at > now())
		AND (c.user_id = $1 OR c.organization_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1)))
	OR EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c WHERE c.model_api_id = m.id AND (expires_at IS NULL OR expires_at > now())
		AND (c.user_id = $1 OR c.organization_id IN (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1))));

-- name: search, rare
-- from the word, and look whether it may be seen
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT project_id FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()),
	a AS MATERIALIZED (
		SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT model_api_id FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now())
SELECT m.* FROM modelapi_acl_internal.search_documents d JOIN modelapi_acl.model_apis m ON m.id = d.model_api_id
WHERE d.document @@ websearch_to_tsquery('english', 'zebra') AND (visibility = 'public' OR project_id IN (TABLE p) OR id IN (TABLE a))
ORDER BY ts_rank(d.document, websearch_to_tsquery('english', 'zebra')) DESC, m.created_at DESC, m.id LIMIT 50;

-- name: search, rare
-- from what may be seen, and look for the word
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT project_id FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()),
	a AS MATERIALIZED (
		SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT model_api_id FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()),
	v AS MATERIALIZED (
		SELECT id FROM modelapi_acl.model_apis WHERE visibility = 'public'
		UNION SELECT m.id FROM modelapi_acl.model_apis m WHERE project_id IN (TABLE p)
		UNION SELECT model_api_id FROM a)
SELECT m.* FROM v JOIN modelapi_acl_internal.search_documents d ON d.model_api_id = v.id JOIN modelapi_acl.model_apis m ON m.id = v.id
WHERE d.document @@ websearch_to_tsquery('english', 'zebra')
ORDER BY ts_rank(d.document, websearch_to_tsquery('english', 'zebra')) DESC, m.created_at DESC, m.id LIMIT 50;

-- name: search, common
-- from the word, and look whether it may be seen
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT project_id FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()),
	a AS MATERIALIZED (
		SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT model_api_id FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now())
SELECT m.* FROM modelapi_acl_internal.search_documents d JOIN modelapi_acl.model_apis m ON m.id = d.model_api_id
WHERE d.document @@ websearch_to_tsquery('english', 'images') AND (visibility = 'public' OR project_id IN (TABLE p) OR id IN (TABLE a))
ORDER BY ts_rank(d.document, websearch_to_tsquery('english', 'images')) DESC, m.created_at DESC, m.id LIMIT 50;

-- name: search, common
-- from what may be seen, and look for the word
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT project_id FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()),
	a AS MATERIALIZED (
		SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT model_api_id FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE expires_at IS NULL OR expires_at > now()),
	v AS MATERIALIZED (
		SELECT id FROM modelapi_acl.model_apis WHERE visibility = 'public'
		UNION SELECT m.id FROM modelapi_acl.model_apis m WHERE project_id IN (TABLE p)
		UNION SELECT model_api_id FROM a)
SELECT m.* FROM v JOIN modelapi_acl_internal.search_documents d ON d.model_api_id = v.id JOIN modelapi_acl.model_apis m ON m.id = v.id
WHERE d.document @@ websearch_to_tsquery('english', 'images')
ORDER BY ts_rank(d.document, websearch_to_tsquery('english', 'images')) DESC, m.created_at DESC, m.id LIMIT 50;

-- name: count of grants
WITH o AS MATERIALIZED (SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = $1),
	p AS MATERIALIZED (
		SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND access_level >= 'editor' AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT project_id FROM modelapi_acl.project_collaborators JOIN o USING (organization_id) WHERE access_level >= 'editor' AND (expires_at IS NULL OR expires_at > now())),
	a AS MATERIALIZED (
		SELECT model_api_id AS id FROM modelapi_acl.model_api_collaborators WHERE user_id = $1 AND access_level >= 'editor' AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT model_api_id FROM modelapi_acl.model_api_collaborators JOIN o USING (organization_id) WHERE access_level >= 'editor' AND (expires_at IS NULL OR expires_at > now())
		UNION SELECT m.id FROM p JOIN modelapi_acl.model_apis m USING (project_id)),
	v AS MATERIALIZED (SELECT project_id FROM p UNION SELECT project_id FROM modelapi_acl.project_collaborators WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now()))
SELECT (SELECT count(*) FROM a JOIN modelapi_acl.model_api_collaborators c ON c.model_api_id = a.id)
	+ (SELECT count(*) FROM modelapi_acl.model_api_collaborators c JOIN modelapi_acl.model_apis m ON m.id = c.model_api_id
		WHERE (c.user_id = $1 OR c.organization_id IN (TABLE o)) AND c.model_api_id NOT IN (TABLE a)
			AND (c.expires_at IS NULL OR c.expires_at > now() OR m.visibility = 'public' OR m.project_id IN (TABLE v)));
