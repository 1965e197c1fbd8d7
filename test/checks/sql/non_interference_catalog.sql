-- What non_interference makes statements from.

-- name: columns
SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE relnamespace = 'modelapi_acl'::regnamespace AND relkind IN ('r', 'v')
	AND attnum > 0 AND NOT attisdropped
	-- depends on the clock
	AND (relname, attname) <> ('access_reviews', 'age')
ORDER BY c.relname, a.attnum;

-- name: internal columns
SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE relnamespace = 'modelapi_acl_internal'::regnamespace AND relkind IN ('r', 'v')
	AND attnum > 0 AND NOT attisdropped
ORDER BY c.relname, a.attnum;

-- name: index expressions
SELECT c.relname, pg_get_indexdef(i.indexrelid, k, false), i.indkey[k - 1] = 0,
	pg_get_expr(i.indpred, i.indrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
CROSS JOIN generate_series(1, i.indnkeyatts) k
WHERE c.relnamespace = 'modelapi_acl'::regnamespace
	AND (i.indkey[k - 1] = 0 OR i.indpred IS NOT NULL);

-- name: updatable columns
SELECT c.relname, a.attname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE relnamespace = 'modelapi_acl'::regnamespace AND relkind = 'r' AND attnum > 0
	AND has_column_privilege('ni_user', c.oid, attnum, 'UPDATE')
ORDER BY 1, attnum;

-- name: what the caller may manage
SELECT count(*) FROM (
	SELECT FROM modelapi_acl.list_model_apis('manage_collaborators')
	UNION ALL
	SELECT FROM modelapi_acl.organization_members
	WHERE is_admin AND user_id = modelapi_acl.current_user_id()
	UNION ALL
	SELECT FROM modelapi_acl.project_collaborators WHERE access_level = 'owner') mine;

-- name: callable functions
SELECT n.nspname, p.proname, p.oid, p.provolatile = 'v'
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname LIKE 'modelapi\_acl%' AND has_schema_privilege(n.oid, 'USAGE')
	AND has_function_privilege(p.oid, 'EXECUTE') AND p.proname <> 'set_session_user'
	AND p.prorettype
		NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype)
	AND 'internal'::regtype <> ALL (p.proargtypes)
ORDER BY 1, 2, p.proargtypes::oid[]::text;

-- name: arguments
SELECT (SELECT proargnames[k] FROM pg_proc WHERE oid = %s), format_type(t, NULL)
FROM unnest((SELECT proargtypes::oid[] FROM pg_proc WHERE oid = %s))
	WITH ORDINALITY u (t, k)
ORDER BY k;

-- name: labels of enums
SELECT format_type(enumtypid, NULL), array_agg(enumlabel ORDER BY enumsortorder)::text[]::text
FROM pg_enum GROUP BY 1;
