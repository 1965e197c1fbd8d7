-- What the gateway's role and other unrelated roles can learn from the whole database: every
-- relation is read in full, every function is called with NULLs, functions that run queries are
-- given some. The results are searched for other users' data.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE TABLE test.secrets AS
	SELECT unnest(ARRAY['founder@example.com', 'sub-founder', 'who is about to leave', test.id('churn')::text, test.id('founder')::text,
		test.id('churn token')::text, (SELECT hint FROM modelapi_acl.access_tokens LIMIT 1),
		(SELECT encode(hash, 'hex') FROM modelapi_acl_internal.token_hashes LIMIT 1)]) AS secret;
GRANT SELECT ON test.secrets TO PUBLIC;
CREATE TABLE test.readings AS
	SELECT CASE WHEN nspname IN ('pg_catalog', 'information_schema') THEN 'system relation' ELSE 'other relation' END AS kind,
		format('SELECT string_agg(r::text, $s$ $s$) FROM %s r', c.oid::regclass) AS statement
	FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
	WHERE relkind IN ('r', 'v', 'm', 'p', 'S', 'f') AND nspname <> 'test' AND nspname !~ '^pg_(toast|temp)'
		AND relname <> 'element_types'		-- types of arrays: slow
	UNION ALL
	SELECT CASE WHEN nspname IN ('pg_catalog', 'information_schema') THEN 'system function' ELSE 'other function' END,
		format('SELECT string_agg(r::text, $s$ $s$) FROM (SELECT %s(%s)) r', p.oid::regproc,
			(SELECT string_agg('NULL::' || t::regtype, ', ' ORDER BY n) FROM unnest(proargtypes::oid[]) WITH ORDINALITY u (t, n)))
	FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
	WHERE prokind = 'f' AND nspname <> 'test' AND NOT EXISTS (
		SELECT FROM unnest(proargtypes::oid[] || prorettype) t JOIN pg_type ON pg_type.oid = t WHERE typtype = 'p' AND typname NOT IN ('record', 'void'))
	UNION ALL
	SELECT 'told what to read', 'SELECT ' || replace(f, '%T', table_name)
	FROM unnest(ARRAY[$$query_to_xml('SELECT * FROM %T', true, true, '')::text$$, $$table_to_xml('%T', true, true, '')::text$$,
		$$query_to_xml_and_xmlschema('SELECT * FROM %T', true, true, '')::text$$, $$schema_to_xml('modelapi_acl', true, true, '')::text$$,
		$$(SELECT string_agg(word, ' ') FROM ts_stat('SELECT document FROM modelapi_acl_internal.search_documents'))$$,
		$$string_agg(s::text, ' ') FROM pg_stats s WHERE schemaname LIKE 'modelapi%'$$, $$currtid2('%T', '(0,1)')::text$$,
		$$ts_rewrite('a'::tsquery, 'SELECT name::tsquery, name::tsquery FROM %T')::text$$, $$pg_get_tablesample_method_handler('%T')::text$$,
		$$pg_read_file(pg_relation_filepath('%T'))$$, $$pg_read_binary_file(pg_relation_filepath('%T'))::text$$,
		$$lo_get(lo_import(pg_relation_filepath('%T')))::text$$, $$pg_stat_get_tuples_returned('%T'::regclass)::text$$]) f,
		unnest(ARRAY['modelapi_acl.model_apis', 'modelapi_acl.user_identities', 'modelapi_acl_internal.token_hashes']) table_name;
GRANT SELECT ON test.readings TO PUBLIC;
CREATE TABLE test.read (who text, kind text, answered boolean, found text);
GRANT INSERT ON test.read TO PUBLIC;
CREATE PROCEDURE test.read_everything() LANGUAGE plpgsql AS $$
DECLARE r record; told text;
BEGIN
	FOR r IN SELECT * FROM test.readings LOOP
		BEGIN
			EXECUTE r.statement INTO told;
			INSERT INTO test.read SELECT session_user, r.kind, true, (SELECT min(r.statement || ' told ' || secret) FROM test.secrets WHERE strpos(told, secret) > 0);
		EXCEPTION WHEN OTHERS THEN
			INSERT INTO test.read SELECT session_user, r.kind, false, (SELECT min(r.statement || ' told ' || secret) FROM test.secrets WHERE strpos(SQLERRM, secret) > 0);
		END;
	END LOOP;
END $$;
SET client_min_messages = error;
SET SESSION AUTHORIZATION regress_gateway;
CALL test.read_everything();
-- other roles may call the same, except the gateway's functions; see privileges.sql
RESET SESSION AUTHORIZATION;
DELETE FROM test.readings WHERE kind = 'system function';
SET SESSION AUTHORIZATION regress_nobody;
CALL test.read_everything();
SET SESSION AUTHORIZATION regress_person;
CALL test.read_everything();
RESET SESSION AUTHORIZATION;
SELECT who, kind, count(*) > 30 AS over_30, count(*) > 2000 AS over_2000, count(found) AS told FROM test.read GROUP BY 1, 2 ORDER BY 1, 2;
SELECT found FROM test.read WHERE found IS NOT NULL;
-- functions that succeed, besides the system's own: for the gateway its function, and pgcrypto
SELECT nspname, count(*) FILTER (WHERE has_function_privilege('regress_gateway', p.oid, 'EXECUTE') AND has_schema_privilege('regress_gateway', n.oid, 'USAGE')) AS functions,
	string_agg(DISTINCT proname, ' ') FILTER (WHERE nspname LIKE 'modelapi%' AND has_function_privilege('regress_gateway', p.oid, 'EXECUTE')) AS which
FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'test', 'public') AND nspname !~ '^pg_t' GROUP BY 1 ORDER BY 1;
SELECT p.oid::regprocedure AS of_public_that_is_not_pgcryptos FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
	AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = refobjid WHERE d.objid = p.oid AND deptype = 'e' AND extname = 'pgcrypto');
-- this search does find what is visible
INSERT INTO test.read SELECT 'owner', 'check', true, (SELECT min(secret) FROM test.secrets WHERE strpos(told, secret) > 0) IS NOT NULL
FROM (SELECT string_agg(r::text, ' ') AS told FROM modelapi_acl.user_identities r) t RETURNING found;
