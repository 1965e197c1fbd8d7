-- Joins of an application's tables by the keys that the other side supplies: the rows are the
-- same as without the extension's scans.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

SET jit = off;
-- 4,000 model APIs, of which m_viewer reaches few
SET row_security = off;
INSERT INTO modelapi_acl.model_apis (id, project_id, name) SELECT md5('m' || n)::uuid, test.id('growth'), 'm' || n FROM generate_series(1, 4000) n;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
	SELECT md5('m' || n)::uuid, test.id('m_viewer'), 'viewer' FROM generate_series(1, 4000, 100) n;
RESET row_security;
DROP SCHEMA IF EXISTS app CASCADE;
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO PUBLIC;
-- with two keys; the second one is often NULL
CREATE TABLE app.deployments (id int PRIMARY KEY, model_api_id uuid, previous uuid, number int NOT NULL);
INSERT INTO app.deployments SELECT n, CASE WHEN n % 7 > 0 THEN md5('m' || 1 + n % 4000)::uuid END, CASE WHEN n % 3 = 0 THEN md5('m' || 1 + (n + n % 2) % 4000)::uuid END, n % 10
	FROM generate_series(1, 12000) n;
CREATE INDEX ON app.deployments (model_api_id);
GRANT ALL ON app.deployments TO modelapi_acl_user;
SELECT modelapi_acl.protect_table('app.deployments', to_update => 'view', to_delete => 'view');
-- the same without a policy, for conditions in queries
CREATE TABLE app.all_deployments (LIKE app.deployments INCLUDING ALL);
INSERT INTO app.all_deployments SELECT * FROM app.deployments;
GRANT ALL ON app.all_deployments TO modelapi_acl_user;
-- the other side
CREATE TABLE app.asked (number int PRIMARY KEY, key uuid);
INSERT INTO app.asked SELECT n, CASE WHEN n % 3 > 0 THEN md5('m' || n)::uuid END FROM generate_series(1, 201, 10) n;
GRANT ALL ON app.asked TO modelapi_acl_user;
VACUUM ANALYZE;

-- A query's rows by the scans and without them, and whether a plan has a scan for each key
CREATE FUNCTION test.compare(query text, who text DEFAULT 'm_viewer') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	is_joined boolean := false;
	came text[];
BEGIN
	SET LOCAL SESSION AUTHORIZATION regress_backend;
	PERFORM modelapi_acl.set_session_user(who);
	SET LOCAL enable_hashjoin = off;
	SET LOCAL enable_mergejoin = off;
	SET LOCAL enable_material = off;
	SET LOCAL enable_memoize = off;
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		is_joined := is_joined OR line ~ 'Custom Scan .*cost=0\.00';
	END LOOP;
	FOR i IN 1..2 LOOP
		EXECUTE 'SELECT count(*) || '' '' || coalesce(md5(string_agg(q::text, '','' ORDER BY q::text)), '''') FROM (' || query || ') q' INTO line;
		came := came || line;
		SET LOCAL modelapi_acl.enable_reach_scan = off;
	END LOOP;
	SET LOCAL modelapi_acl.enable_reach_scan = on;
	RESET SESSION AUTHORIZATION;
	RETURN CASE WHEN came[1] = came[2] THEN split_part(came[1], ' ', 1) || ' rows' ELSE 'different: ' || array_to_string(came, ', ') END
		|| CASE WHEN is_joined THEN ', a scan for each key' ELSE '' END;
END $$;
GRANT EXECUTE ON FUNCTION test.compare TO PUBLIC;
SELECT test.compare('SELECT a.number, d.id FROM app.asked a JOIN app.deployments d ON d.model_api_id = a.key');
SELECT test.compare('SELECT a.number, d.id FROM app.asked a LEFT JOIN app.deployments d ON d.model_api_id = a.key');
SELECT test.compare('SELECT a.number, d.id FROM app.asked a LEFT JOIN app.all_deployments d ON d.model_api_id = a.key AND modelapi_acl.has_permission(d.model_api_id, ''view'')');

-- What the key is compared with may depend on the row itself: then it is no key
SELECT test.compare('SELECT a.number, d.id FROM app.asked a LEFT JOIN app.deployments d ON d.model_api_id = CASE WHEN a.key IS NULL THEN d.previous ELSE a.key END');
SELECT test.compare('SELECT a.number, d.id FROM app.asked a LEFT JOIN app.deployments d ON CASE WHEN a.number = d.number THEN d.previous ELSE a.key END = d.model_api_id');
SELECT test.compare('SELECT a.number, d.id FROM app.asked a LEFT JOIN app.all_deployments d ON d.model_api_id = coalesce(a.key, d.previous) AND modelapi_acl.has_permission(d.model_api_id, ''view'')');
SELECT test.compare('SELECT a.number FROM app.asked a WHERE NOT EXISTS (SELECT FROM app.deployments d WHERE d.model_api_id = CASE WHEN a.key IS NULL THEN d.previous ELSE a.key END)');

-- Nor is it one if it changes from row to row
CREATE SEQUENCE test.rows;
GRANT USAGE ON SEQUENCE test.rows TO PUBLIC;
CREATE FUNCTION test.key_of(n int) RETURNS uuid LANGUAGE sql VOLATILE AS $$ SELECT md5('m' || 1 + n * (nextval('test.rows') % 10)::int)::uuid $$;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_viewer') IS NOT NULL AS stated;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT a.number, d.id FROM app.asked a LEFT JOIN app.all_deployments d ON d.model_api_id = test.key_of(a.number) AND modelapi_acl.has_permission(d.model_api_id, 'view');
ROLLBACK;
SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
