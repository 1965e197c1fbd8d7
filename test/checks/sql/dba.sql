-- What dba.py reads.

-- name: tables
SELECT c.oid::regclass::text, c.relname,
	EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace
	IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
ORDER BY 1;

-- name: indexes
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.relname,
	i.indisunique OR EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = %(table)s::regclass ORDER BY 1;

-- name: statistics
SELECT attname, coalesce(attstattarget, -1)
FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attnum = 2 AND NOT attisdropped;

-- name: wrong rows
SELECT "check", object_type, expected, found
FROM modelapi_acl.verify_access(500) WHERE "check" <> 'catalog';

-- name: changed catalogs
-- An index that was created again has no settings.
SELECT object_type, expected, found
FROM modelapi_acl.verify_access(1)
WHERE "check" = 'catalog' AND expected NOT LIKE '%: fires: always'
	AND expected NOT LIKE 'CREATE INDEX %: statistics: %';
