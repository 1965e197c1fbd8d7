-- A fresh installation: comments, row-level security, triggers, privileges, dump.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

SELECT extversion = default_version AS is_default_version, extnamespace::regnamespace, extrelocatable
FROM pg_extension JOIN pg_available_extensions ON name = extname
WHERE extname = 'modelapi_acl';

-- every public object and column has a comment
SELECT c.relname, a.attname
FROM pg_class c
	JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'modelapi_acl'::regnamespace AND c.relkind IN ('r', 'v')
	AND a.attnum > 0 AND NOT a.attisdropped
	AND col_description(c.oid, a.attnum) IS NULL;
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'modelapi_acl'::regnamespace AND c.relkind IN ('r', 'v')
	AND obj_description(c.oid, 'pg_class') IS NULL;
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND obj_description(p.oid, 'pg_proc') IS NULL;
SELECT t.oid::regtype FROM pg_type t
WHERE t.typnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND t.typtype = 'e' AND obj_description(t.oid, 'pg_type') IS NULL;

-- every table has row-level security, enabled and forced
SELECT c.oid::regclass FROM pg_class c
WHERE c.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity);

-- session_replication_role = replica disables no trigger
SELECT t.tgrelid::regclass, t.tgname FROM pg_trigger t
	JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND NOT t.tgisinternal AND t.tgenabled <> 'A' AND c.relkind <> 'v';		-- triggers on views always fire

-- no function is SECURITY DEFINER
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND p.prosecdef;
-- and no internal view that shows all rows is writable
SELECT c.oid::regclass FROM pg_class c
WHERE c.relnamespace = 'modelapi_acl_internal'::regnamespace AND c.relkind = 'v' AND c.relname LIKE 'all\_%'
	AND pg_relation_is_updatable(c.oid, false) <> 0;

-- every table is dumped, except the script's own records
SELECT c.oid::regclass FROM pg_class c, pg_extension e
WHERE c.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND c.relkind IN ('r', 'p') AND e.extname = 'modelapi_acl'
	AND NOT c.oid = ANY (e.extconfig) AND c.relname <> 'installed_facts';

-- default privileges are revoked
BEGIN;
SET LOCAL client_min_messages = error;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO regress_nobody;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO regress_nobody;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TYPES TO regress_nobody;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO regress_nobody;
DROP EXTENSION modelapi_acl;
CREATE EXTENSION modelapi_acl;
SELECT count(*) FILTER (WHERE has_table_privilege('regress_nobody', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')) AS tables
FROM pg_class WHERE relnamespace::regnamespace::text LIKE 'modelapi_acl%' AND relkind IN ('r', 'v');
SELECT count(*) FILTER (WHERE has_function_privilege('regress_nobody', oid, 'EXECUTE')) AS functions
FROM pg_proc WHERE pronamespace::regnamespace::text LIKE 'modelapi_acl%';
SELECT count(*) FILTER (WHERE has_type_privilege('regress_nobody', oid, 'USAGE')) AS types
FROM pg_type WHERE typnamespace::regnamespace::text LIKE 'modelapi_acl%' AND typtype IN ('c', 'e');
SELECT count(*) FILTER (WHERE has_schema_privilege('regress_nobody', oid, 'USAGE, CREATE')) AS schemas
FROM pg_namespace WHERE nspname LIKE 'modelapi_acl%';
ROLLBACK;
