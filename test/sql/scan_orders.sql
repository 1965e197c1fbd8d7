-- Rows of an application's table in the order of any index: several columns, both directions, NULLs
-- first and last, types with a comparison of their own, expressions, a predicate. They come in the
-- same order as from a sort above a plain scan.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

SET jit = off;
SET row_security = off;
INSERT INTO modelapi_acl.projects (id, name) SELECT md5('p' || n)::uuid, 'p' || n FROM generate_series(1, 20) n;
INSERT INTO modelapi_acl.model_apis (id, project_id, name, visibility)
	SELECT md5('m' || n)::uuid, md5('p' || 1 + n % 20)::uuid, 'm' || n,
		CASE WHEN n % 50 = 0 THEN 'public' ELSE 'private' END::modelapi_acl.visibility
	FROM generate_series(1, 2000) n;
INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level)
	SELECT md5('p3')::uuid, test.id('m_viewer'), 'viewer'::modelapi_acl.access_level
	UNION ALL SELECT md5('p' || n)::uuid, test.id('m_owner'), 'owner' FROM generate_series(2, 20, 2) n;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
	SELECT md5('m' || n)::uuid, test.id('m_editor'), 'editor'::modelapi_acl.access_level FROM generate_series(1, 2000, 10) n;
RESET row_security;
CREATE TABLE test.readings (id serial PRIMARY KEY, model_api_id uuid, at timestamptz, kind text COLLATE "C", score numeric(6,1), label name, tags int[]);
-- keys that are NULL or of what is gone are in no list; one model API has a quarter of the rows
INSERT INTO test.readings (model_api_id, at, kind, score, label, tags)
	SELECT CASE WHEN n % 97 = 0 THEN NULL WHEN n % 101 = 0 THEN md5('gone' || n)::uuid ELSE md5('m' || 1 + n * 7919 % 2000)::uuid END,
		CASE WHEN n % 13 <> 0 THEN timestamptz '2025-01-01' + n * 31 % 5003 * interval '1 minute' END,
		CASE WHEN n % 11 <> 0 THEN repeat(chr(97 + n % 26), n % 5) END, CASE WHEN n % 7 <> 0 THEN n * 37 % 1000 / 10.0 END,
		'l' || n % 50, ARRAY[n % 5, n % 3]
	FROM generate_series(1, 9000) n
	UNION ALL SELECT md5('m1')::uuid, timestamptz '2025-02-01' + n * interval '1 second', 'busy', n, 'busy', NULL FROM generate_series(1, 5000) n;
CREATE INDEX ON test.readings (model_api_id);
CREATE INDEX ON test.readings (at DESC NULLS LAST, id);
CREATE INDEX ON test.readings (kind DESC, score NULLS FIRST);
CREATE INDEX ON test.readings (score);
CREATE INDEX ON test.readings (label);
CREATE INDEX ON test.readings (tags);
CREATE INDEX ON test.readings (lower(kind), at);
CREATE INDEX ON test.readings (at, kind) WHERE kind = 'a';
CREATE INDEX ON test.readings (model_api_id, score DESC);
ALTER TABLE test.readings ENABLE ROW LEVEL SECURITY;
CREATE POLICY readings ON test.readings USING (modelapi_acl.has_permission(model_api_id, 'view') OR modelapi_acl.is_administrator());
GRANT SELECT ON test.readings TO PUBLIC;
VACUUM ANALYZE test.readings, modelapi_acl.model_apis, modelapi_acl.project_collaborators, modelapi_acl.model_api_collaborators;
CREATE TABLE test.orders (place serial, columns text, condition text DEFAULT 'true');
INSERT INTO test.orders (columns) VALUES ('at DESC NULLS LAST, id'), ('at NULLS FIRST, id DESC'), ('at DESC NULLS LAST'),
	('kind DESC, score NULLS FIRST'), ('kind, score DESC NULLS LAST'), ('score'), ('score DESC'), ('label'), ('label DESC'), ('tags'),
	('tags DESC'), ('lower(kind), at'), ('lower(kind) DESC, at DESC'), ('id'), ('id DESC'), ('model_api_id'), ('model_api_id DESC, score');
INSERT INTO test.orders (columns, condition) VALUES ('at, kind', 'kind = ''a'''), ('at DESC, kind DESC', 'kind = ''a'''),
	('at DESC NULLS LAST, id', 'at < ''2025-01-03'''), ('at NULLS FIRST, id DESC', 'at > ''2025-01-02'' AND at <= ''2025-01-03'''),
	('at DESC NULLS LAST, id', 'at < NULL'), ('score DESC', 'score < 50'), ('score', 'kind <> ''busy'''),
	('score DESC', 'random() >= 0 AND id % 3 = 0'), ('score DESC', 'EXISTS (SELECT FROM pg_class c WHERE c.oid = 1259 AND r.id % 3 = 1)'),
	('id', 'modelapi_acl.has_permission(model_api_id, ''deploy_version'')');
GRANT SELECT ON test.orders TO PUBLIC;
CREATE TABLE test.pages (who text, place int, size int, mode text, page text, method text);
GRANT SELECT, INSERT ON test.pages TO PUBLIC;
-- what the order says of each row: rows that are equal by it come in any order
CREATE FUNCTION test.page(columns text, condition text, size int, OUT page text, OUT method text) LANGUAGE plpgsql AS $$
DECLARE line text; query text;
BEGIN
	query := format('SELECT %s FROM test.readings r WHERE %s ORDER BY %s LIMIT %s',
		regexp_replace(columns, ' (DESC|NULLS|FIRST|LAST)\M', '', 'g'), condition, columns, size);
	EXECUTE format('SELECT count(*) || '' '' || coalesce(md5(string_agg(q::text, '','')), ''-'') FROM (%s) q', query) INTO page;
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		method := coalesce(method, substring(line FROM '^ *(?:Order|Method): (?:.* )?(look-up|sort|walk|table|nothing)$'));
	END LOOP;
END $$;
CREATE PROCEDURE test.read_all() LANGUAGE plpgsql AS $$
DECLARE w text; m text; memory text; settings text;
BEGIN
	FOREACH w IN ARRAY ARRAY['m_viewer', 'm_owner', 'm_editor', 'stranger'] LOOP
		FOREACH m IN ARRAY ARRAY['scan', 'scan, little memory', 'plain'] LOOP
			COMMIT;
			SET LOCAL SESSION AUTHORIZATION regress_backend;
			PERFORM modelapi_acl.set_session_user(w);
			SET LOCAL enable_sort = off;
			SET LOCAL enable_incremental_sort = off;
			SET LOCAL enable_seqscan = off;
			SET LOCAL enable_indexscan = off;
			SET LOCAL enable_indexonlyscan = off;
			SET LOCAL enable_bitmapscan = off;
			IF m = 'scan, little memory' THEN SET LOCAL work_mem = '64kB'; END IF;
			IF m = 'plain' THEN SET LOCAL modelapi_acl.enable_reach_scan = off; END IF;
			INSERT INTO test.pages SELECT w, place, size, m, p.* FROM test.orders, unnest(ARRAY[1, 20, 700]) size, test.page(columns, condition, size) p;
		END LOOP;
	END LOOP;
	COMMIT;
END $$;
CALL test.read_all();
SELECT mode, count(*) AS pages, count(*) FILTER (WHERE page NOT LIKE '0 %') AS filled FROM test.pages GROUP BY mode ORDER BY mode;
SELECT mode, method, count(*) > 20 AS often FROM test.pages GROUP BY mode, method ORDER BY mode, method;
-- no page differs
SELECT who, columns, condition, size, array_agg(DISTINCT page) FROM test.pages JOIN test.orders USING (place) GROUP BY who, place, columns, condition, size HAVING count(DISTINCT page) > 1;
CREATE FUNCTION pg_temp.way(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Custom Scan|Method|Order|Index|Seq' THEN
			RETURN NEXT regexp_replace(regexp_replace(line, '^.*(Custom Scan|Method|Order|Index|Seq)', '\1'), '(rows=\d+)\.00', '\1');
		END IF;
	END LOOP;
END $$;
SET SESSION AUTHORIZATION regress_backend;
-- the index by the key and the order lets the sort skip rows of the busy model API; without it
-- the sort meets more rows than expected and changes to a walk
BEGIN; SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
SELECT pg_temp.way('SELECT score FROM test.readings ORDER BY score DESC LIMIT 200');
SELECT pg_temp.way('SELECT at FROM test.readings ORDER BY at DESC NULLS LAST LIMIT 200');
-- more rows are fetched than were expected
SET LOCAL enable_sort = off;
SELECT count(*), count(DISTINCT id), bool_and(score >= last) FROM (SELECT id, score, lead(score) OVER () AS last FROM (
	SELECT id, score FROM test.readings WHERE random() >= 0 AND id % 5 = 0 AND score IS NOT NULL ORDER BY score DESC LIMIT 50) r) s;
COMMIT;
RESET SESSION AUTHORIZATION;
-- the same for rows that are found by projects, and for events, which are found by several keys
CREATE TABLE test.budgets (id serial PRIMARY KEY, project_id uuid, amount int);
INSERT INTO test.budgets (project_id, amount) SELECT md5('p' || 1 + n % 20)::uuid, n * 37 % 1009 FROM generate_series(1, 1000) n;
CREATE INDEX ON test.budgets (project_id);
CREATE INDEX ON test.budgets (amount);
ALTER TABLE test.budgets ENABLE ROW LEVEL SECURITY;
CREATE POLICY budgets ON test.budgets USING (modelapi_acl.has_project_permission(project_id, 'view_project'));
GRANT SELECT ON test.budgets TO PUBLIC;
ANALYZE test.budgets;
SET SESSION AUTHORIZATION regress_backend;
PREPARE budgets AS SELECT count(*), sum(amount) FROM (
	SELECT amount FROM test.budgets WHERE random() >= 0 AND id % 4 = 1 ORDER BY amount DESC LIMIT 50) r;
PREPARE events AS SELECT count(*) FROM (
	SELECT object_id FROM modelapi_acl.audit_events WHERE random() >= 0 AND object_type = 'project_collaborator' ORDER BY occurred_at DESC LIMIT 5) r;
BEGIN; SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SET LOCAL enable_sort = off;
SET LOCAL enable_indexscan = off;
SELECT pg_temp.way('EXECUTE budgets');
EXECUTE budgets;
SET LOCAL modelapi_acl.enable_reach_scan = off;
DEALLOCATE budgets;
SELECT count(*), sum(amount) FROM (
	SELECT amount FROM test.budgets WHERE random() >= 0 AND id % 4 = 1 ORDER BY amount DESC LIMIT 50) r;
COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SET LOCAL enable_sort = off;
SET LOCAL enable_indexscan = off;
SELECT pg_temp.way('EXECUTE events');
EXECUTE events;
COMMIT;
RESET SESSION AUTHORIZATION;
