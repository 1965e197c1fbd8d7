-- The privileges of every role on every object, and the properties of every function. A change
-- of this output is a change of the security surface.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE FUNCTION test.grantees(acl aclitem[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(who || '=' || what, ' ' ORDER BY who) FROM (
		SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE replace(pg_get_userbyid(grantee)::text, 'modelapi_acl_', '') END AS who,
			string_agg(privilege_type, ',' ORDER BY privilege_type) AS what
		FROM aclexplode($1) WHERE grantee <> (SELECT extowner FROM pg_extension WHERE extname = 'modelapi_acl')
		GROUP BY 1) a $$;
SELECT nspname, test.grantees(nspacl) FROM pg_namespace WHERE nspname LIKE 'modelapi_acl%' ORDER BY 1;
SELECT oid::regclass AS relation, test.grantees(relacl) FROM pg_class
WHERE relnamespace::regnamespace::text LIKE 'modelapi_acl%' AND relkind IN ('r', 'v') ORDER BY oid::regclass::text COLLATE "C";
SELECT attrelid::regclass AS relation, test.grantees(attacl) AS grantees, string_agg(attname, ', ' ORDER BY attnum) AS columns
FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
WHERE relnamespace::regnamespace::text LIKE 'modelapi_acl%' AND attacl IS NOT NULL GROUP BY 1, 2 ORDER BY min(attrelid::regclass::text COLLATE "C"), 2;
SELECT oid::regtype AS type, test.grantees(coalesce(typacl, acldefault('T', typowner))) FROM pg_type
WHERE typnamespace::regnamespace::text LIKE 'modelapi_acl%' AND typtype IN ('e', 'c') ORDER BY oid::regtype::text COLLATE "C";
\pset format unaligned
SELECT oid::regprocedure AS function, provolatile AS v, proparallel AS p, prosecdef AS definer, proleakproof AS leakproof,
	test.grantees(coalesce(proacl, acldefault('f', proowner))) AS grantees
FROM pg_proc WHERE pronamespace::regnamespace::text LIKE 'modelapi_acl%' ORDER BY oid::regprocedure::text COLLATE "C";
\pset format aligned
SELECT schemaname, tablename, policyname, cmd, permissive, roles, qual, with_check FROM pg_policies
WHERE schemaname LIKE 'modelapi_acl%' ORDER BY 1, 2, 3 \x\g\x
SELECT rolname, rolsuper, rolcanlogin, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles
WHERE rolname LIKE 'modelapi\_acl\_%' ORDER BY 1;
SELECT r.rolname, pg_get_userbyid(m.roleid) AS member_of FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
WHERE r.rolname LIKE 'modelapi\_acl\_%' ORDER BY 1, 2;

-- The gateway: one function in two forms, and no relation
SELECT count(*) FILTER (WHERE has_function_privilege('regress_gateway', oid, 'EXECUTE')) AS functions_for_the_gateway
FROM pg_proc WHERE pronamespace::regnamespace::text LIKE 'modelapi_acl%';
SELECT count(*) AS relations_for_the_gateway FROM pg_class
WHERE relnamespace::regnamespace::text LIKE 'modelapi_acl%' AND relkind IN ('r', 'v', 'S')
	AND has_table_privilege('regress_gateway', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER');
-- ... tried: each function called with NULLs, each relation read and written
CREATE TABLE test.calls AS
	SELECT p.oid::regprocedure::text AS what, format('SELECT %s(%s)', p.oid::regproc,
		(SELECT string_agg('NULL::' || t::regtype, ', ' ORDER BY n) FROM unnest(proargtypes::oid[]) WITH ORDINALITY u (t, n))) AS statement
	FROM pg_proc p WHERE pronamespace::regnamespace::text LIKE 'modelapi_acl%'
		AND 'internal'::regtype <> ALL (proargtypes::oid[])		-- not callable by SQL
	UNION ALL
	SELECT relname || ' ' || verb, format(statement, c.oid::regclass)
	FROM pg_class c, (VALUES ('select', 'SELECT * FROM %s'), ('insert', 'INSERT INTO %s DEFAULT VALUES'), ('delete', 'DELETE FROM %s'), ('truncate', 'TRUNCATE %s CASCADE'), ('lock', 'LOCK TABLE %s')) v (verb, statement)
	WHERE relnamespace::regnamespace::text LIKE 'modelapi_acl%' AND relkind IN ('r', 'v');
GRANT SELECT ON test.calls TO PUBLIC;
SET SESSION AUTHORIZATION regress_gateway;
SELECT test.outcome(statement), count(*) > 100 AS over_100, CASE WHEN count(*) < 5 THEN string_agg(what, ' ' ORDER BY what) END AS which
FROM test.calls GROUP BY 1 ORDER BY 1;
SET SESSION AUTHORIZATION regress_identity_gateway;
SELECT test.outcome(statement), count(*) > 100 AS over_100, CASE WHEN count(*) < 5 THEN string_agg(what, ' ' ORDER BY what) END AS which
FROM test.calls GROUP BY 1 ORDER BY 1;
SET SESSION AUTHORIZATION regress_nobody;
SELECT test.outcome(statement), count(*) > 100 AS over_100, CASE WHEN count(*) < 5 THEN string_agg(what, ' ' ORDER BY what) END AS which
FROM test.calls GROUP BY 1 ORDER BY 1;
SET SESSION AUTHORIZATION regress_log_writer;
SELECT test.outcome(statement), count(*) > 100 AS over_100, CASE WHEN count(*) < 5 THEN string_agg(what, ' ' ORDER BY what) END AS which
FROM test.calls GROUP BY 1 ORDER BY 1;
RESET SESSION AUTHORIZATION;
