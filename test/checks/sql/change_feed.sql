-- How clients take the first rows of a call, see change_feed/forms.py: {list} and {filter} are filled
-- in. The last two are calls of PostgREST.

-- name: a LIMIT
SELECT {list} FROM modelapi_acl.changes_since(%(since)s) WHERE {filter} LIMIT %(limit)s;

-- name: a cursor
DECLARE c CURSOR FOR SELECT {list} FROM modelapi_acl.changes_since(%(since)s) WHERE {filter};
FETCH %(limit)s FROM c;

-- name: the target list
SELECT {list} FROM (SELECT (modelapi_acl.changes_since(%(since)s)).*) c
WHERE {filter} LIMIT %(limit)s;

-- name: a join
SELECT {list} FROM (VALUES (%(since)s)) v (v), LATERAL modelapi_acl.changes_since(v)
LEFT JOIN modelapi_acl.users u ON u.id = actor_id
WHERE {filter} LIMIT %(limit)s;

-- name: PostgREST
WITH pgrst_source AS (
	SELECT pgrst_call.*
	FROM (SELECT %(body)s::json AS json_data) pgrst_payload,
		LATERAL (SELECT "since"
			FROM json_to_record(pgrst_payload.json_data) AS _("since" text) LIMIT 1) pgrst_args,
		LATERAL "modelapi_acl"."changes_since"("since" := pgrst_args."since") pgrst_call)
SELECT null::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total,
	coalesce(json_agg(_postgrest_t), '[]')::character varying AS body
FROM (SELECT "changes_since".*
	FROM "pgrst_source" AS "changes_since"
	WHERE {filter} LIMIT %(limit)s OFFSET 0) _postgrest_t;

-- name: PostgREST, GET
WITH pgrst_source AS (
	SELECT pgrst_call.*
	FROM "modelapi_acl"."changes_since"("since" := %(since)s) pgrst_call)
SELECT null::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total,
	coalesce(json_agg(_postgrest_t), '[]')::character varying AS body
FROM (SELECT "changes_since".*
	FROM "pgrst_source" AS "changes_since"
	WHERE {filter} LIMIT %(limit)s OFFSET 0) _postgrest_t;
