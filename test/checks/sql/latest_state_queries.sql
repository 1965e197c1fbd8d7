-- name: updatable
-- the columns of each table that a role may update
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'modelapi_acl'::regnamespace
	AND has_column_privilege(%s, c.oid, a.attnum, 'UPDATE')
GROUP BY 1;

-- name: counters
-- tables of uuids and numbers alone, whose rows are there to be waited for; and their uuid columns
SELECT c.oid::regclass::text,
	array_agg(a.attname::text) FILTER (WHERE a.atttypid = 'uuid'::regtype)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'modelapi_acl_internal'::regnamespace AND c.relkind = 'r'
GROUP BY c.oid
HAVING bool_and(a.atttypid IN ('uuid'::regtype, 'bigint'::regtype, 'integer'::regtype))
	AND bool_or(a.atttypid = 'uuid'::regtype);
