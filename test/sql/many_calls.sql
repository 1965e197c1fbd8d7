-- Statements that ask for permissions on thousands of rows: the answers are those of single
-- calls, wherever the function is called, and end when the state that they belong to ends.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- 60 projects with 20 model APIs each; one in 10 is public, one in 7 unrestricted. "stranger" is
-- in two of three organizations, "sibling" has few grants, "m_owner" has none on these.
SET row_security = off;
CREATE TABLE test.organizations AS SELECT i, gen_random_uuid() AS id FROM generate_series(1, 3) AS i;
INSERT INTO modelapi_acl.organizations (id, name) SELECT id, 'calls-' || i FROM test.organizations;
INSERT INTO modelapi_acl.organization_members (organization_id, user_id)
SELECT id, test.id('stranger') FROM test.organizations WHERE i < 3;
CREATE TABLE test.projects AS SELECT i, gen_random_uuid() AS id FROM generate_series(1, 60) AS i;
INSERT INTO modelapi_acl.projects (id, name) SELECT id, 'calls-' || i FROM test.projects;
CREATE TABLE test.model_apis AS
SELECT p.i * 20 + n AS i, p.id AS project_id, gen_random_uuid() AS id FROM test.projects AS p, generate_series(1, 20) AS n;
INSERT INTO modelapi_acl.model_apis (id, project_id, name, visibility, authorization_mode)
SELECT id, project_id, 'calls-' || i,
	CASE WHEN i % 10 = 0 THEN 'public' ELSE 'private' END::modelapi_acl.visibility,
	CASE WHEN i % 7 = 0 THEN 'unrestricted' ELSE 'restricted' END::modelapi_acl.authorization_mode
FROM test.model_apis;
CREATE FUNCTION test.level(i int) RETURNS modelapi_acl.access_level LANGUAGE sql IMMUTABLE
	AS $$ SELECT (ARRAY['viewer', 'editor', 'owner'])[1 + i % 3]::modelapi_acl.access_level $$;
INSERT INTO modelapi_acl.project_collaborators (project_id, organization_id, access_level, expires_at)
SELECT p.id, o.id, test.level(p.i + o.i), CASE WHEN p.i % 8 = 0 THEN now() - interval '1 day' END
FROM test.projects AS p JOIN test.organizations AS o ON p.i % 4 = o.i;
INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level)
SELECT id, test.id('stranger'), test.level(i) FROM test.projects WHERE i % 9 = 0;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level, expires_at)
SELECT id, test.id('stranger'), test.level(i / 11), CASE WHEN i % 22 = 0 THEN now() - interval '1 day' END
FROM test.model_apis WHERE i % 11 = 0
UNION ALL SELECT id, test.id('sibling'), test.level(i), NULL FROM test.model_apis WHERE i % 301 = 0;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, organization_id, access_level)
SELECT m.id, o.id, test.level(m.i + o.i) FROM test.model_apis AS m JOIN test.organizations AS o ON m.i % 13 = o.i;

-- What the rules give, computed by joins, for each user and each id; one id in ten is of nothing
CREATE TABLE test.askers AS SELECT u.name, u.id FROM test.things AS u WHERE u.name IN ('stranger', 'sibling', 'm_owner');
CREATE TABLE test.expected AS
WITH grants AS (
	SELECT u.name, g.project_id, g.model_api_id, max(g.access_level) AS level
	FROM (SELECT project_id, NULL::uuid AS model_api_id, user_id, organization_id, access_level, expires_at FROM modelapi_acl.project_collaborators
		UNION ALL SELECT NULL, model_api_id, user_id, organization_id, access_level, expires_at FROM modelapi_acl.model_api_collaborators) AS g
		JOIN test.askers AS u ON u.id = g.user_id OR EXISTS (SELECT FROM modelapi_acl.organization_members AS o
			WHERE o.organization_id = g.organization_id AND o.user_id = u.id)
	WHERE g.expires_at IS NULL OR g.expires_at > now()
	GROUP BY u.name, g.project_id, g.model_api_id)
SELECT u.name, m.id, m.project_id, greatest(p.level, a.level) AS level, p.level AS on_project,
	modelapi_acl_internal.rule_permissions(m.visibility, m.authorization_mode, p.level, a.level) AS permissions
FROM test.askers AS u CROSS JOIN modelapi_acl.model_apis AS m
	LEFT JOIN grants AS p ON p.name = u.name AND p.project_id = m.project_id
	LEFT JOIN grants AS a ON a.name = u.name AND a.model_api_id = m.id
UNION ALL
SELECT u.name, gen_random_uuid(), NULL, NULL, NULL, '{}' FROM test.askers AS u, generate_series(1, 120);
RESET row_security;
CREATE INDEX ON test.expected (name);
-- a table of the application: five rows for each, in no order
CREATE TABLE test.own AS SELECT e.*, n FROM test.expected AS e, generate_series(1, 5) AS n ORDER BY random();
ANALYZE test.own;
GRANT SELECT ON test.own, test.expected, test.projects, test.model_apis TO PUBLIC;
SELECT name, count(*), count(*) FILTER (WHERE 'view' = ANY (permissions)) AS view, count(*) FILTER (WHERE 'delete' = ANY (permissions)) AS delete
FROM test.expected GROUP BY name ORDER BY name;

-- ---------------------------------------------------------------------------
-- Every place in a statement, every function: no differences

CREATE FUNCTION test.differences(who text) RETURNS TABLE (place text, differences bigint) LANGUAGE sql AS $$
	SELECT 'list', count(*) FILTER (WHERE asked <> expected) FROM (
		SELECT modelapi_acl.has_permission(o.id, 'view') AS asked, 'view' = ANY (permissions) AS expected FROM test.own AS o WHERE name = $1 OFFSET 0) AS q
	UNION ALL
	SELECT 'permission ' || p, count(*) FROM unnest(enum_range(NULL::modelapi_acl.permission)) AS p, test.own AS o
	WHERE name = $1 AND modelapi_acl.has_permission(o.id, p) <> (p = ANY (permissions)) GROUP BY p
	UNION ALL
	SELECT 'case', count(*) FROM test.own AS o WHERE name = $1 AND
		CASE WHEN modelapi_acl.has_permission(o.id, 'delete') THEN 'delete' WHEN modelapi_acl.has_permission(o.id, 'invoke') THEN 'invoke' ELSE 'none' END <>
		CASE WHEN 'delete' = ANY (permissions) THEN 'delete' WHEN 'invoke' = ANY (permissions) THEN 'invoke' ELSE 'none' END
	UNION ALL
	SELECT 'having', count(*) FILTER (WHERE NOT 'deploy_version' = ANY (permissions)) +
		abs(count(*) - (SELECT count(*) FROM test.expected WHERE name = $1 AND 'deploy_version' = ANY (permissions))) FROM (
		SELECT o.id, o.permissions FROM test.own AS o WHERE name = $1 GROUP BY o.id, o.permissions HAVING modelapi_acl.has_permission(o.id, 'deploy_version')) AS q
	UNION ALL
	SELECT 'join', count(*) FROM test.expected AS e LEFT JOIN test.own AS o ON o.id = e.id AND o.name = e.name AND o.n = 3 AND modelapi_acl.has_permission(e.id, 'view_logs')
	WHERE e.name = $1 AND (o.id IS NOT NULL) <> ('view_logs' = ANY (e.permissions))
	UNION ALL
	SELECT 'sets', count(*) FROM test.own AS o WHERE name = $1 AND
		ARRAY(SELECT p FROM unnest(modelapi_acl.my_permissions(o.id)) AS p) <> permissions
	UNION ALL
	SELECT 'level', count(*) FROM test.own AS o WHERE name = $1 AND modelapi_acl.effective_access_level(o.id) IS DISTINCT FROM level
	UNION ALL
	SELECT 'project', count(*) FROM test.own AS o WHERE name = $1 AND project_id IS NOT NULL AND
		(modelapi_acl.has_project_permission(project_id, 'view_project') <> (on_project IS NOT NULL) OR
		modelapi_acl.has_project_permission(project_id, 'manage_project') <> (on_project IS NOT DISTINCT FROM 'owner') OR
		cardinality(modelapi_acl.my_project_permissions(project_id)) <> CASE on_project WHEN 'owner' THEN 4 WHEN 'editor' THEN 3 WHEN 'viewer' THEN 1 ELSE 0 END)
$$;
CREATE TABLE test.found (who text, place text, differences bigint);
GRANT INSERT ON test.found TO PUBLIC;
CREATE PROCEDURE test.compare(who text) LANGUAGE plpgsql AS $$
BEGIN
	COMMIT;
	SET LOCAL SESSION AUTHORIZATION regress_backend;
	PERFORM modelapi_acl.set_session_user($1);
	INSERT INTO test.found SELECT $1, d.* FROM test.differences($1) AS d;
	COMMIT;
END $$;
CALL test.compare('stranger');
CALL test.compare('sibling');
CALL test.compare('m_owner');
SELECT who, count(*) AS places, sum(differences) AS differences FROM test.found GROUP BY who ORDER BY who;
SELECT * FROM test.found WHERE differences > 0 ORDER BY 1, 2;
-- the same without statistics, and without the indexes that lead to many at once
TRUNCATE test.found;
DELETE FROM pg_statistic WHERE starelid = 'modelapi_acl.model_apis'::regclass;
BEGIN;
DROP INDEX modelapi_acl.model_apis_by_project, modelapi_acl.model_apis_public;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stranger;
SELECT count(*) AS places, sum(differences) AS differences FROM test.differences('stranger');
ROLLBACK;
-- nobody, an administrator, in a serializable transaction
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT count(*) FILTER (WHERE modelapi_acl.has_permission(id, 'view')) AS view,
	count(*) FILTER (WHERE modelapi_acl.has_project_permission(project_id, 'view_project')) AS projects,
	count(modelapi_acl.effective_access_level(id)) AS levels FROM test.own;
ROLLBACK;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_admin;
SELECT count(*) FILTER (WHERE modelapi_acl.has_permission(id, 'delete') <> (project_id IS NOT NULL)) AS permission,
	count(*) FILTER (WHERE coalesce(modelapi_acl.has_project_permission(project_id, 'manage_project'), false) <> (project_id IS NOT NULL)) AS project,
	count(*) FILTER (WHERE modelapi_acl.effective_access_level(id) IS DISTINCT FROM CASE WHEN project_id IS NOT NULL THEN 'owner'::modelapi_acl.access_level END) AS level
FROM test.own;
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stranger;
SELECT sum(differences) AS differences FROM test.differences('stranger');
ROLLBACK;

-- ---------------------------------------------------------------------------
-- Changes between the calls of one statement: it goes on with its snapshot, and what runs in
-- it with a snapshot of its own sees them

CREATE FUNCTION test.change(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL row_security = off;
	SET LOCAL session_replication_role = replica;
	CASE what
		WHEN 'grant' THEN INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES (test.id('forecast'), test.id('stranger'), 'owner');
		WHEN 'revoke' THEN DELETE FROM modelapi_acl.model_api_collaborators WHERE model_api_id = test.id('forecast') AND user_id = test.id('stranger');
		WHEN 'disable' THEN UPDATE modelapi_acl.users SET disabled_at = now() WHERE id = test.id('stranger');
		WHEN 'enable' THEN UPDATE modelapi_acl.users SET disabled_at = NULL WHERE id = test.id('stranger');
		WHEN 'publish' THEN UPDATE modelapi_acl.model_apis SET visibility = 'public' WHERE id = test.id('forecast');
		WHEN 'hide' THEN UPDATE modelapi_acl.model_apis SET visibility = 'private' WHERE id = test.id('forecast');
		WHEN 'move' THEN UPDATE modelapi_acl.model_apis SET project_id = (SELECT id FROM test.projects WHERE i = 9) WHERE id = test.id('forecast');
		WHEN 'move back' THEN UPDATE modelapi_acl.model_apis SET project_id = test.id('growth') WHERE id = test.id('forecast');
		WHEN 'join' THEN
			INSERT INTO modelapi_acl.organization_members (organization_id, user_id) VALUES (test.id('growth-owners'), test.id('stranger'));
		WHEN 'leave' THEN
			DELETE FROM modelapi_acl.organization_members WHERE organization_id = test.id('growth-owners') AND user_id = test.id('stranger');
	END CASE;
	SET LOCAL session_replication_role = origin;
	SET LOCAL row_security = on;
END $$;
-- each change at a row; the answers before it and after it, to the statement and to a volatile function
CREATE TABLE test.timeline (n int, what text);
INSERT INTO test.timeline VALUES (1000, 'grant'), (2000, 'revoke'), (2500, 'publish'), (3000, 'hide'), (3500, 'join'), (4000, 'leave'),
	(4500, 'move'), (5000, 'move back'), (5500, 'grant'), (6000, 'disable'), (6500, 'enable'), (7000, 'revoke');
CREATE FUNCTION test.ask_now(id uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN modelapi_acl.has_permission(id, 'view'); END $$;
CREATE FUNCTION test.ask_stable(id uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN modelapi_acl.has_permission(id, 'view'); END $$;
CREATE FUNCTION test.step(n int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
DECLARE t record;
BEGIN
	FOR t IN SELECT what FROM test.timeline AS l WHERE l.n = $1 LOOP PERFORM test.change(t.what); END LOOP;
	RETURN n;
END $$;
CREATE VIEW test.rows AS
SELECT n, CASE WHEN n % 2 = 0 THEN test.id('forecast') ELSE m.id END AS id FROM generate_series(1, 7500) AS n JOIN test.model_apis AS m ON m.i = 21 + n % 1200;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stranger;
CREATE TEMPORARY TABLE answers AS
SELECT test.step(n) AS n, modelapi_acl.has_permission(id, 'view') AS statement, test.ask_stable(id) AS stable, test.ask_now(id) AS now,
	modelapi_acl.effective_access_level(id) AS level
FROM (SELECT * FROM test.rows ORDER BY n) AS r WHERE id = test.id('forecast');
SELECT min(n) AS first, max(n) AS last, statement, stable, now, level FROM (
	SELECT *, count(*) FILTER (WHERE changes) OVER (ORDER BY n) AS part FROM (
		SELECT *, (statement, stable, now, level) IS DISTINCT FROM lag((statement, stable, now, level)) OVER (ORDER BY n) AS changes FROM answers) AS a) AS b
GROUP BY part, statement, stable, now, level ORDER BY 1;
ROLLBACK;
-- each row is a statement: a loop, and in it changes that a savepoint's rollback undoes
CREATE FUNCTION test.loop() RETURNS TABLE (first int, answer boolean) LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
	FOR r IN SELECT * FROM test.rows ORDER BY n LOOP
		IF r.n IN (700, 2200, 3700, 5200) THEN
			BEGIN
				PERFORM test.change('grant');
				FOR i IN 1 .. 200 LOOP
					IF NOT modelapi_acl.has_permission(test.id('forecast'), 'delete') THEN RAISE 'not granted'; END IF;
				END LOOP;
				RAISE EXCEPTION USING ERRCODE = 'UNDO1';
			EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
			END;
		END IF;
		PERFORM test.step(r.n);
		CONTINUE WHEN r.id <> test.id('forecast');
		IF answer IS DISTINCT FROM modelapi_acl.has_permission(r.id, 'view') THEN
			first := r.n;
			answer := modelapi_acl.has_permission(r.id, 'view');
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stranger;
SELECT * FROM test.loop();
ROLLBACK;
-- a cursor keeps its snapshot
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stranger;
DECLARE c CURSOR FOR SELECT n, modelapi_acl.has_permission(test.id('forecast'), 'view') FROM (SELECT * FROM test.rows ORDER BY n) AS r
	WHERE modelapi_acl.has_permission(id, 'view') IS NOT NULL;
MOVE 3000 c;
FETCH c;
SELECT test.change('grant');
MOVE 1000 c;
FETCH c;
SELECT modelapi_acl.has_permission(test.id('forecast'), 'view');
SAVEPOINT s;
SELECT test.change('revoke');
SELECT count(*) FILTER (WHERE modelapi_acl.has_permission(CASE WHEN n % 2 = 0 THEN test.id('forecast') ELSE id END, 'delete') AND n % 2 = 0) AS revoked FROM test.rows;
ROLLBACK TO s;
SELECT count(*) FILTER (WHERE modelapi_acl.has_permission(CASE WHEN n % 2 = 0 THEN test.id('forecast') ELSE id END, 'delete') AND n % 2 = 0) AS granted FROM test.rows;
FETCH c;
ROLLBACK;
-- a grant that expires after thousands of calls
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stranger;
DO $$
DECLARE
	m record;
	rounds int := 0;
	until timestamptz := clock_timestamp() + interval '2 s';
	held boolean;
BEGIN
	PERFORM test.change('grant');
	SET LOCAL row_security = off;
	SET LOCAL session_replication_role = replica;
	UPDATE modelapi_acl.model_api_collaborators SET expires_at = until WHERE model_api_id = test.id('forecast') AND user_id = test.id('stranger');
	LOOP
		rounds := rounds + 1;
		FOR m IN SELECT id FROM test.model_apis LIMIT 300 LOOP
			PERFORM modelapi_acl.has_permission(m.id, 'view');
		END LOOP;
		held := modelapi_acl.has_permission(test.id('forecast'), 'view');
		EXIT WHEN clock_timestamp() > until + interval '100 ms';
		IF NOT held AND clock_timestamp() < until THEN RAISE 'expired too early'; END IF;
	END LOOP;
	RAISE NOTICE 'several rounds: %, held at the end: %', rounds > 1, held;
END $$;
ROLLBACK;

-- ---------------------------------------------------------------------------
-- Single calls, one after the other, by a user with one grant: in each transaction, before,
-- during and after a change that is rolled back, and after one that stays

CREATE FUNCTION test.change_one(what text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE u uuid := test.id('m_viewer');
BEGIN
	SET LOCAL row_security = off;
	SET LOCAL session_replication_role = replica;
	CASE split_part(what, ' ', 1)
		WHEN 'level' THEN
			UPDATE modelapi_acl.model_api_collaborators SET access_level = split_part(what, ' ', 2)::modelapi_acl.access_level WHERE user_id = u;
		WHEN 'expire' THEN UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() - interval '1 s' WHERE user_id = u;
		WHEN 'extend' THEN UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() + interval '1 h' WHERE user_id = u;
		WHEN 'revoke' THEN DELETE FROM modelapi_acl.model_api_collaborators WHERE user_id = u;
		WHEN 'grant' THEN INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES (test.id('churn'), u, 'viewer');
		WHEN 'project' THEN INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level) VALUES (test.id('growth'), u, 'editor');
		WHEN 'leave' THEN DELETE FROM modelapi_acl.project_collaborators WHERE user_id = u;
		WHEN 'join' THEN INSERT INTO modelapi_acl.organization_members (organization_id, user_id) VALUES (test.id('growth-owners'), u);
		WHEN 'quit' THEN DELETE FROM modelapi_acl.organization_members WHERE user_id = u;
		WHEN 'disable' THEN UPDATE modelapi_acl.users SET disabled_at = now() WHERE id = u;
		WHEN 'enable' THEN UPDATE modelapi_acl.users SET disabled_at = NULL WHERE id = u;
		WHEN 'many' THEN INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) SELECT id, u, 'owner' FROM test.model_apis WHERE i < 40;
		WHEN 'few' THEN DELETE FROM modelapi_acl.model_api_collaborators WHERE user_id = u AND model_api_id <> test.id('churn');
	END CASE;
	SET LOCAL session_replication_role = origin;
	SET LOCAL row_security = on;
END $$;
CREATE FUNCTION test.ask_one() RETURNS text LANGUAGE plpgsql AS $$
DECLARE level modelapi_acl.access_level; permissions int; on_project boolean;
BEGIN
	-- each a statement of its own
	SELECT modelapi_acl.effective_access_level(test.id('churn')) INTO level WHERE true;
	SELECT cardinality(modelapi_acl.my_permissions(test.id('churn'))) INTO permissions WHERE true;
	SELECT modelapi_acl.has_project_permission(test.id('growth'), 'view_project') INTO on_project WHERE true;
	RETURN concat_ws(' ', coalesce(level::text, 'none'), permissions, on_project);
END $$;
CREATE PROCEDURE test.one_by_one() LANGUAGE plpgsql AS $$
DECLARE
	what text;
	before text;
	during text;
	undone text;
BEGIN
	FOREACH what IN ARRAY ARRAY['level owner', 'level editor', 'expire', 'extend', 'revoke', 'grant', 'project', 'leave', 'join', 'quit',
			'disable', 'enable', 'many', 'few', 'revoke', 'join', 'disable'] LOOP
		COMMIT;
		PERFORM test.change_one(what);
		COMMIT;
		BEGIN
			PERFORM modelapi_acl.set_session_user('m_viewer');
		EXCEPTION WHEN SQLSTATE 'PT401' THEN	-- disabled
		END;
		before := test.ask_one();
		BEGIN
			PERFORM test.change_one('revoke');
			PERFORM test.change_one('leave');
			PERFORM test.change_one('quit');
			PERFORM test.change_one('project');
			during := test.ask_one();
			RAISE EXCEPTION USING ERRCODE = 'UNDO1';
		EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
		END;
		undone := test.ask_one();
		RAISE NOTICE '%: %, with a grant on the project alone: %, undone: %', what, before, during,
			CASE undone WHEN before THEN 'as before' ELSE undone END;
	END LOOP;
END $$;
CALL test.one_by_one();

-- ---------------------------------------------------------------------------
-- Other identities

-- one function call, one transaction after the other
CREATE FUNCTION test.count_for() RETURNS bigint LANGUAGE sql AS
'SELECT count(*) FILTER (WHERE modelapi_acl.has_permission(id, ''view'')) FROM test.model_apis';
CREATE PROCEDURE test.in_turn() LANGUAGE plpgsql AS $$
DECLARE u text;
BEGIN
	FOREACH u IN ARRAY ARRAY['stranger', 'sibling', 'm_owner', 'stranger', NULL] LOOP
		COMMIT;
		SET LOCAL SESSION AUTHORIZATION regress_backend;
		PERFORM modelapi_acl.set_session_user(u);
		RAISE NOTICE '%: %, as expected: %', u, test.count_for(),
			test.count_for() = (SELECT count(*) FROM test.expected WHERE name = u AND 'view' = ANY (permissions) AND id IN (SELECT id FROM test.model_apis));
	END LOOP;
	COMMIT;
END $$;
CALL test.in_turn();
-- a role that is given up halfway, and a function that runs as its owner
CREATE FUNCTION test.give_up(n int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	IF n = 600 THEN PERFORM set_config('role', 'regress_backend', true); END IF;
	RETURN n;
END $$;
CREATE FUNCTION test.as_owner(id uuid) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS $$ SELECT modelapi_acl.has_permission($1, 'view') $$;
GRANT regress_backend TO regress_admin;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_admin;
SELECT answer, as_owner, min(n), max(n) FROM (
	SELECT test.give_up(n::int) AS n, modelapi_acl.has_permission(id, 'delete') AS answer, test.as_owner(id) AS as_owner
	FROM (SELECT row_number() OVER (ORDER BY i) AS n, id FROM test.model_apis) AS r) AS q
GROUP BY 1, 2 ORDER BY 3;
ROLLBACK;
REVOKE regress_backend FROM regress_admin;
-- in a policy, by parallel workers
ALTER TABLE test.own ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON test.own FOR SELECT TO PUBLIC
	USING (modelapi_acl_internal.model_api_permits(id, 'view', (SELECT modelapi_acl_internal.current_identity())));
ALTER TABLE test.own SET (parallel_workers = 2);
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stranger;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL modelapi_acl.enable_reach_scan = off;
PREPARE counted AS SELECT count(*), count(*) FILTER (WHERE 'view' = ANY (permissions)) AS expected FROM test.own WHERE name = 'stranger';
DO $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) EXECUTE counted' INTO plan;
	RAISE NOTICE 'by workers: %', plan::text LIKE '%"Gather"%';
END $$;
EXECUTE counted;
ROLLBACK;
SELECT count(*) AS expected FROM test.own WHERE name = 'stranger' AND 'view' = ANY (permissions);
