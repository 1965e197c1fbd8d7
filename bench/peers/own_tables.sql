-- Hand-written queries on an application's tables, as in handwritten.sql, whose parts they use.
-- {table} is the table; {after} a condition on its rows; {middle} a moment.

-- define: newest_own
ORDER BY t.created_at DESC LIMIT 50

-- name: newest
-- start from accessible rows, as an array for an index scan
{found}
SELECT t.* FROM {table} t WHERE t.model_api_id = ANY (ARRAY(SELECT id FROM v)) AND {after} {newest_own};

-- name: newest
{found}
SELECT t.* FROM v JOIN {table} t ON t.model_api_id = v.id WHERE {after} {newest_own};

-- name: newest
-- walk in order of time, with hashed sub-plans
SELECT t.* FROM {table} t WHERE {after} AND EXISTS (
	SELECT FROM modelapi_acl.model_apis m WHERE m.id = t.model_api_id AND ({public} OR {by_hash})) {newest_own};

-- name: newest
-- walk in order of time, and look for a grant for each row
SELECT t.* FROM {table} t CROSS JOIN LATERAL (
	SELECT FROM modelapi_acl.model_apis m WHERE m.id = t.model_api_id AND ({public} OR {by_probes}) OFFSET 0) x
WHERE {after} {newest_own};

-- name: newest
-- the same with the user's grants in hash tables
SELECT t.* FROM {table} t CROSS JOIN LATERAL (
	SELECT FROM modelapi_acl.model_apis m WHERE m.id = t.model_api_id AND ({public} OR {by_hash}) OFFSET 0) x
WHERE {after} {newest_own};

-- name: by key
-- look for grants on the model API
SELECT t.* FROM (SELECT m.id FROM modelapi_acl.model_apis m WHERE m.id = $2 AND ({public} OR {by_probes}) OFFSET 0) m
	JOIN {table} t ON t.model_api_id = m.id;

-- name: by key
-- look for the user's grants, one index entry each
SELECT t.* FROM (SELECT m.id FROM modelapi_acl.model_apis m WHERE m.id = $2 AND ({public}
	OR EXISTS (SELECT FROM modelapi_acl.project_collaborators c WHERE c.user_id = $1 AND c.project_id = m.project_id AND {valid})
	OR EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c WHERE c.user_id = $1 AND c.model_api_id = m.id AND {valid})
	OR EXISTS (SELECT FROM modelapi_acl.organization_members o JOIN modelapi_acl.project_collaborators c USING (organization_id)
		WHERE o.user_id = $1 AND c.project_id = m.project_id AND {valid})
	OR EXISTS (SELECT FROM modelapi_acl.organization_members o JOIN modelapi_acl.model_api_collaborators c USING (organization_id)
		WHERE o.user_id = $1 AND c.model_api_id = m.id AND {valid})) OFFSET 0) m
	JOIN {table} t ON t.model_api_id = m.id;

-- name: join, newest
{found},
	n AS (SELECT t.* FROM {table} t WHERE t.model_api_id = ANY (ARRAY(SELECT id FROM v)) {newest_own})
SELECT t.*, m.name FROM n t JOIN modelapi_acl.model_apis m ON m.id = t.model_api_id {newest_own};

-- name: join, newest
{found}
SELECT t.*, m.name FROM v JOIN {table} t ON t.model_api_id = v.id JOIN modelapi_acl.model_apis m ON m.id = v.id {newest_own};

-- name: join, newest
SELECT t.*, m.name FROM {table} t JOIN modelapi_acl.model_apis m ON m.id = t.model_api_id WHERE {public} OR {by_hash_m} {newest_own};

-- name: join, newest
SELECT t.*, m.name FROM {table} t CROSS JOIN LATERAL (
	SELECT m.name FROM modelapi_acl.model_apis m WHERE m.id = t.model_api_id AND ({public} OR {by_probes}) OFFSET 0) m {newest_own};

-- name: join, newest
SELECT t.*, m.name FROM {table} t CROSS JOIN LATERAL (
	SELECT m.name FROM modelapi_acl.model_apis m WHERE m.id = t.model_api_id AND ({public} OR {by_hash}) OFFSET 0) m {newest_own};

-- define: by_hash_m
m.project_id IN (SELECT project_id FROM modelapi_acl.project_collaborators WHERE access_level >= '{least}' AND {valid} AND {me_once})
	OR m.id IN (SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE access_level >= '{least}' AND {valid} AND {me_once})

-- name: join, all
{found}
SELECT m.visibility, count(*) FROM v JOIN modelapi_acl.model_apis m ON m.id = v.id JOIN {table} t ON t.model_api_id = v.id GROUP BY 1;

-- name: join, all
-- count the rows of each model API first
{found},
	n AS (SELECT t.model_api_id, count(*) AS rows FROM v JOIN {table} t ON t.model_api_id = v.id GROUP BY 1)
SELECT m.visibility, sum(rows)::bigint FROM n JOIN modelapi_acl.model_apis m ON m.id = n.model_api_id GROUP BY 1;

-- name: join, all
{reach}
SELECT m.visibility, count(*) FROM {table} t JOIN modelapi_acl.model_apis m ON m.id = t.model_api_id
WHERE {public} OR m.project_id IN (TABLE p) OR m.id IN (TABLE a) GROUP BY 1;

-- name: of some
{found}
SELECT count(*) FROM v JOIN modelapi_acl.model_apis m ON m.id = v.id JOIN {table} t ON t.model_api_id = v.id WHERE m.invocation_mode = 'sync';

-- name: of some
{found}
SELECT count(*) FROM {table} t WHERE t.model_api_id = ANY (ARRAY(
	SELECT m.id FROM v JOIN modelapi_acl.model_apis m ON m.id = v.id WHERE m.invocation_mode = 'sync'));

-- name: of some
{reach}
SELECT count(*) FROM {table} t JOIN modelapi_acl.model_apis m ON m.id = t.model_api_id
WHERE m.invocation_mode = 'sync' AND ({public} OR m.project_id IN (TABLE p) OR m.id IN (TABLE a));

-- name: by model API
{found}
SELECT t.model_api_id, count(*) AS n, max(t.created_at) AS newest FROM v JOIN {table} t ON t.model_api_id = v.id
GROUP BY 1 ORDER BY n DESC, newest DESC LIMIT 50;

-- name: by model API
{found}
SELECT t.model_api_id, count(*) AS n, max(t.created_at) AS newest FROM {table} t WHERE t.model_api_id = ANY (ARRAY(SELECT id FROM v))
GROUP BY 1 ORDER BY n DESC, newest DESC LIMIT 50;

-- name: by model API
{reach}
SELECT t.model_api_id, count(*) AS n, max(t.created_at) AS newest FROM {table} t JOIN modelapi_acl.model_apis m ON m.id = t.model_api_id
WHERE {public} OR m.project_id IN (TABLE p) OR m.id IN (TABLE a)
GROUP BY 1 ORDER BY n DESC, newest DESC LIMIT 50;

-- name: projects, count
{reach}
SELECT count(*) FROM {table} t JOIN p USING (project_id);

-- name: projects, count
{reach}
SELECT count(*) FROM {table} t WHERE t.project_id = ANY (ARRAY(TABLE p));

-- name: projects, newest
{reach}
SELECT t.* FROM {table} t JOIN p USING (project_id) {newest_own};

-- name: projects, newest
{reach}
SELECT t.* FROM {table} t WHERE t.project_id = ANY (ARRAY(TABLE p)) {newest_own};

-- name: projects, newest
{reach}
SELECT t.* FROM {table} t WHERE t.project_id IN (TABLE p) OR false {newest_own};

-- name: projects, newest
SELECT t.* FROM {table} t CROSS JOIN LATERAL (SELECT FROM modelapi_acl.project_collaborators c
	WHERE c.project_id = t.project_id AND access_level >= '{least}' AND {valid} AND {me} LIMIT 1) x {newest_own};
