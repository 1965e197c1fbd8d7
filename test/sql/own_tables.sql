-- Tables of an application: protect_table and unprotect_table, and what their policies call.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
DO $$
BEGIN
	CREATE ROLE regress_app_owner;
	CREATE ROLE regress_app_member;
EXCEPTION WHEN duplicate_object THEN
END $$;
GRANT modelapi_acl_user TO regress_app_owner;
GRANT regress_app_owner TO regress_app_member;
DROP SCHEMA IF EXISTS app CASCADE;
CREATE SCHEMA app AUTHORIZATION regress_app_owner;
GRANT USAGE ON SCHEMA app TO modelapi_acl_user, modelapi_acl_admin;
GRANT SELECT ON test.attempts TO PUBLIC;
\set ECHO all

-- Each user asks has_permission_now and has_permission: the same without concurrent changes
CREATE TABLE test.held (who text, what text, held boolean);
GRANT INSERT ON test.held TO PUBLIC;
CALL test.each($$INSERT INTO test.held
	SELECT '%who%', p::text, modelapi_acl.has_permission_now(test.id(m), p) = modelapi_acl.has_permission(test.id(m), p)
	FROM unnest(enum_range(NULL::modelapi_acl.permission)) p, unnest(ARRAY['churn', 'forecast', 'weather', 'growth', 'no such thing']) m$$);
CALL test.each($$INSERT INTO test.held
	SELECT '%who%', p::text, modelapi_acl.has_project_permission_now(test.id(m), p) = modelapi_acl.has_project_permission(test.id(m), p)
	FROM unnest(enum_range(NULL::modelapi_acl.project_permission)) p, unnest(ARRAY['growth', 'churn', 'no such thing']) m$$);
CALL test.each($$INSERT INTO test.held SELECT '%who%', 'administrator', NOT modelapi_acl.is_administrator()$$);
SELECT count(*) AS answers, count(*) FILTER (WHERE held) AS as_expected FROM test.held;
-- NULL is no permission
SELECT modelapi_acl.has_permission_now(NULL, 'view'), modelapi_acl.has_permission_now(test.id('churn'), NULL),
	modelapi_acl.has_project_permission_now(NULL, 'view_project'), modelapi_acl.has_project_permission_now(test.id('growth'), NULL);
-- An administrator holds every permission, on what exists
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.is_administrator(),
	modelapi_acl.has_permission_now(test.id('churn'), 'delete') AS model_api, modelapi_acl.has_permission_now(test.id('growth'), 'view') AS no_model_api,
	modelapi_acl.has_project_permission_now(test.id('growth'), 'manage_project') AS project, modelapi_acl.has_project_permission_now(test.id('churn'), 'view_project') AS no_project;
RESET SESSION AUTHORIZATION;
-- A superuser is one; who was stated a user, or nobody, is none, and in a SECURITY DEFINER function nobody is
SELECT modelapi_acl.is_administrator() AS superuser;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') IS NOT NULL AS stated;
SELECT modelapi_acl.is_administrator();
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user(NULL) IS NOT NULL AS stated;
SELECT modelapi_acl.is_administrator();
COMMIT;
CREATE FUNCTION test.as_definer() RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT modelapi_acl.is_administrator()';
SELECT test.as_definer();

-- ----------
-- A table of deployments: its owner protects it. No superuser is needed
-- ----------
CREATE FUNCTION test.policies(relation regclass) RETURNS TABLE (policy name, kind text, command text, using_ text, check_ text) LANGUAGE sql AS $$
	SELECT polname, CASE WHEN polpermissive THEN 'permissive' ELSE 'restrictive' END, CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
		replace(pg_get_expr(polqual, polrelid), 'modelapi_acl.', ''), replace(pg_get_expr(polwithcheck, polrelid), 'modelapi_acl.', '')
	FROM pg_policy WHERE polrelid = $1 ORDER BY 1 $$;
GRANT REFERENCES (id) ON modelapi_acl.model_apis, modelapi_acl.projects TO regress_app_owner;
SET SESSION AUTHORIZATION regress_app_owner;
CREATE TABLE app.deployments (
	id text PRIMARY KEY,
	model_api_id uuid REFERENCES modelapi_acl.model_apis (id),
	region text NOT NULL DEFAULT 'eu');
CREATE INDEX ON app.deployments (model_api_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON app.deployments TO modelapi_acl_user, modelapi_acl_admin;
INSERT INTO app.deployments VALUES ('churn', test.id('churn')), ('forecast', test.id('forecast')), ('weather', test.id('weather')), ('none', NULL);
SELECT modelapi_acl.protect_table('app.deployments', to_insert => 'deploy_version', to_update => 'deploy_version', to_delete => 'delete');
RESET SESSION AUTHORIZATION;
REVOKE REFERENCES (id) ON modelapi_acl.model_apis, modelapi_acl.projects FROM regress_app_owner;
SELECT * FROM test.policies('app.deployments') \x\g\x
SELECT DISTINCT p.polroles::regrole[], obj_description(p.oid, 'pg_policy') FROM pg_policy p WHERE polrelid = 'app.deployments'::regclass;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'app.deployments'::regclass;

-- Who sees and does what
CREATE TABLE test.seen (who text, rows text);
GRANT INSERT ON test.seen TO PUBLIC;
CALL test.each($$INSERT INTO test.seen SELECT '%who%', string_agg(id, ' ' ORDER BY id) FROM app.deployments$$);
SELECT rows, string_agg(who, ' ' ORDER BY u.place) AS who FROM test.seen JOIN test.users u ON u.name = who GROUP BY 1 ORDER BY min(u.place);
INSERT INTO test.attempts (label, statement) VALUES
	('insert', $$INSERT INTO app.deployments VALUES ('new', test.id('churn'))$$),
	('insert for a missing one', $$INSERT INTO app.deployments VALUES ('new', gen_random_uuid())$$),
	('insert for none', $$INSERT INTO app.deployments VALUES ('new', NULL)$$),
	('on conflict', $$INSERT INTO app.deployments VALUES ('churn', test.id('churn')) ON CONFLICT (id) DO UPDATE SET region = 'us'$$),
	('merge', $$MERGE INTO app.deployments d USING (SELECT 'churn') s (id) ON d.id = s.id WHEN MATCHED THEN UPDATE SET region = 'us' WHEN NOT MATCHED THEN INSERT VALUES ('new', test.id('churn'))$$),
	('update', $$UPDATE app.deployments SET region = 'us' WHERE id = 'churn'$$),
	('move away', $$UPDATE app.deployments SET model_api_id = test.id('forecast') WHERE id = 'churn'$$),
	('move here', $$UPDATE app.deployments SET model_api_id = test.id('churn') WHERE id = 'forecast'$$),
	('move to none', $$UPDATE app.deployments SET model_api_id = NULL WHERE id = 'churn'$$);
CALL test.play();
SELECT * FROM test.outcomes;
-- How many rows each may change, without a condition and a column
CREATE TABLE test.counted (who text, outcome text);
GRANT INSERT ON test.counted TO PUBLIC;
CALL test.each($$INSERT INTO test.counted SELECT '%who%', test.try('UPDATE app.deployments SET region = ''us''') || '; ' || test.try('DELETE FROM app.deployments')$$);
SELECT outcome AS updated_and_deleted, string_agg(who, ' ' ORDER BY u.place) AS who FROM test.counted JOIN test.users u ON u.name = who GROUP BY 1 ORDER BY min(u.place);
-- Administrators have every row, whatever the key. The owner, forced, has none, and a superuser all
SET SESSION AUTHORIZATION regress_admin;
SELECT string_agg(id, ' ' ORDER BY id) FROM app.deployments;
SELECT test.try($$UPDATE app.deployments SET model_api_id = NULL$$), test.try($$DELETE FROM app.deployments WHERE id = 'none'$$), test.try($$INSERT INTO app.deployments VALUES ('new', NULL)$$);
SET SESSION AUTHORIZATION regress_app_owner;
SELECT count(*) FROM app.deployments;
RESET SESSION AUTHORIZATION;
SELECT count(*) FROM app.deployments;
-- Access that ends takes the rows away
BEGIN;
SELECT modelapi_acl.set_session_user('p_viewer') IS NOT NULL AS stated;
SET LOCAL ROLE modelapi_acl_user;
SELECT string_agg(id, ' ' ORDER BY id) FROM app.deployments;
RESET ROLE;
DELETE FROM modelapi_acl.project_collaborators WHERE user_id = test.id('p_viewer');
SET LOCAL ROLE modelapi_acl_user;
SELECT string_agg(id, ' ' ORDER BY id) FROM app.deployments;
ROLLBACK;

-- The same key again replaces: what gets no permission is denied. Without force, the owner has every row
SET SESSION AUTHORIZATION regress_app_owner;
ALTER POLICY model_api_id_select ON app.deployments RENAME TO "se""lect";
ALTER TABLE app.deployments RENAME COLUMN model_api_id TO "of model API";
SELECT modelapi_acl.protect_table('app.deployments', 'of model API', 'view_logs', force => false);
SELECT * FROM test.policies('app.deployments') \x\g\x
SELECT count(*) FROM app.deployments;
RESET SESSION AUTHORIZATION;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'app.deployments'::regclass;
TRUNCATE test.attempts;
INSERT INTO test.attempts (label, statement) VALUES
	('insert', $$INSERT INTO app.deployments VALUES ('new', test.id('churn'))$$),
	('delete', $$DELETE FROM app.deployments WHERE id = 'churn' RETURNING 1$$);
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') IS NOT NULL AS stated;
SELECT label, test.try(statement) FROM test.attempts ORDER BY place;
SELECT id FROM app.deployments ORDER BY 1;
COMMIT;
-- unprotect_table drops these policies and no others; row-level security stays
SET SESSION AUTHORIZATION regress_app_owner;
CREATE POLICY of_auditors ON app.deployments FOR SELECT TO regress_app_member USING (true);
CREATE POLICY not_in_us ON app.deployments AS RESTRICTIVE USING (region <> 'us');
SELECT modelapi_acl.unprotect_table('app.deployments');
SELECT modelapi_acl.unprotect_table('app.deployments');
SELECT * FROM test.policies('app.deployments') \x\g\x
SELECT relrowsecurity FROM pg_class WHERE oid = 'app.deployments'::regclass;
DROP POLICY of_auditors ON app.deployments;
DROP POLICY not_in_us ON app.deployments;
RESET SESSION AUTHORIZATION;

-- ----------
-- What the key leads to
-- ----------
CREATE FUNCTION test.leads_to(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE 'SELECT modelapi_acl.protect_table(''app.keys'', ' || $1 || ')';
	SELECT string_agg(p.policy || ': ' || coalesce(p.using_, p.check_), ', ' ORDER BY p.policy) INTO answer FROM test.policies('app.keys') p;
	RAISE EXCEPTION USING ERRCODE = 'UNDO1', MESSAGE = answer;
EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
	RETURN SQLERRM;
END $$;
GRANT REFERENCES (id) ON modelapi_acl.model_apis, modelapi_acl.projects TO regress_app_owner;
SET SESSION AUTHORIZATION regress_app_owner;
CREATE DOMAIN app.key AS uuid;
CREATE TABLE app.keys (
	id int, gone text, model_api_id uuid, project uuid REFERENCES modelapi_acl.projects (id), model uuid REFERENCES modelapi_acl.model_apis (id),
	either uuid REFERENCES modelapi_acl.model_apis (id) REFERENCES modelapi_acl.projects (id), "a ""key" app.key, plain uuid, label text, many uuid[]);
RESET SESSION AUTHORIZATION;
REVOKE REFERENCES (id) ON modelapi_acl.model_apis, modelapi_acl.projects FROM regress_app_owner;
SET SESSION AUTHORIZATION regress_app_owner;
SET client_min_messages = warning;
ALTER TABLE app.keys DROP COLUMN gone;
CREATE TABLE app.calls (place serial, call text);
INSERT INTO app.calls (call) VALUES
	-- the permissions' names say it, else the foreign key, else the default name
	($$'model', 'view_logs'$$), ($$'plain', 'view_logs'$$), ($$'plain', 'create_model_api'$$), ($$'plain', to_insert => 'edit_settings'$$),
	($$'project'$$), ($$'model'$$), ($$'model_api_id'$$), ($$'either', 'view'$$), ($$'either', to_delete => 'manage_project'$$), ($$'a "key', 'view'$$),
	-- what cannot be told, or is none
	($$'plain'$$), ($$'either'$$), ($$'a "key'$$), ($$'gone'$$), ($$'no such column'$$), ($$'ctid'$$), ($$'label', 'view'$$), ($$'id'$$), ($$'many', 'view'$$),
	($$'model', 'View'$$), ($$'model', ''$$), ($$'model', 'view', 'owner'$$), ($$'model', 'view', 'create_model_api'$$), ($$'project', to_update => 'delete', to_delete => 'manage_project'$$),
	($$NULL$$), ($$'model', force => NULL$$);
SET client_min_messages = warning;
SELECT call, test.mask(test.leads_to(call)) AS answer FROM app.calls WHERE place <= 10 ORDER BY place;
SELECT call, test.try('SELECT modelapi_acl.protect_table(''app.keys'', ' || call || ')') AS answer FROM app.calls WHERE place > 10 ORDER BY place;
-- nothing is half-done
SELECT count(*) AS policies FROM test.policies('app.keys');
SELECT relrowsecurity FROM pg_class WHERE oid = 'app.keys'::regclass;

-- ----------
-- Several keys: the first gives access, each other one takes some away
-- ----------
RESET client_min_messages;
CREATE TABLE app.comparisons (model_api_id uuid, other_id uuid, project_id uuid, label text);
CREATE INDEX ON app.comparisons (model_api_id, label);
CREATE INDEX ON app.comparisons (other_id);
CREATE INDEX ON app.comparisons (project_id);
GRANT SELECT, INSERT ON app.comparisons TO modelapi_acl_user, modelapi_acl_admin;
INSERT INTO app.comparisons SELECT test.id(m), test.id(o), test.id(p), concat_ws('/', m, o, p)
FROM unnest(ARRAY['churn', 'weather', NULL]) m, unnest(ARRAY['forecast', 'weather', NULL]) o, unnest(ARRAY['growth', NULL]) p;
SELECT modelapi_acl.protect_table('app.comparisons', to_insert => 'view');
-- for the commands that it is given, the others stay as they are
SELECT modelapi_acl.protect_table('app.comparisons', 'other_id', to_insert => 'deploy_version');
SELECT policy, kind, command, coalesce(using_, check_) AS expression FROM test.policies('app.comparisons');
-- without any, it is given to_select
SELECT modelapi_acl.protect_table('app.comparisons', 'other_id', 'view');
SELECT modelapi_acl.protect_table('app.comparisons', 'project_id', 'view_project');
SELECT policy, kind, command, coalesce(using_, check_) AS expression FROM test.policies('app.comparisons');
RESET SESSION AUTHORIZATION;
TRUNCATE test.seen;
CALL test.each($$INSERT INTO test.seen SELECT '%who%', string_agg(label, ' ' ORDER BY label) FROM app.comparisons$$);
SELECT rows, string_agg(who, ' ' ORDER BY u.place) AS who FROM test.seen JOIN test.users u ON u.name = who GROUP BY 1 ORDER BY min(u.place);
SET SESSION AUTHORIZATION regress_admin;
SELECT count(*) FROM app.comparisons;
SET SESSION AUTHORIZATION regress_app_owner;
-- the first key replaced stays the first; where it goes, the next one that is given is
SELECT modelapi_acl.protect_table('app.comparisons', to_select => 'view_logs');
SELECT policy, kind, command FROM test.policies('app.comparisons');
ALTER TABLE app.comparisons DROP COLUMN model_api_id;
ALTER TABLE app.comparisons DROP COLUMN model_api_id CASCADE;
SELECT modelapi_acl.protect_table('app.comparisons', 'project_id', 'view_project');
SELECT policy, kind, command FROM test.policies('app.comparisons');

-- ----------
-- Other policies
-- ----------
RESET SESSION AUTHORIZATION;
CREATE FUNCTION test.beside(policy text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE 'CREATE POLICY own ON app.keys ' || $1;
	PERFORM modelapi_acl.protect_table('app.keys');
	SELECT string_agg(p.policy, ', ' ORDER BY p.policy) INTO answer FROM test.policies('app.keys') p;
	RAISE EXCEPTION USING ERRCODE = 'UNDO1', MESSAGE = answer;
EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
	RETURN SQLERRM;
WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SET SESSION AUTHORIZATION regress_app_owner;
SET client_min_messages = warning;
SELECT policy, test.beside(policy) FROM (VALUES
	(1, 'USING (true)'), (2, 'TO PUBLIC USING (false)'), (3, 'TO modelapi_acl_user USING (true)'), (4, 'FOR DELETE TO modelapi_acl_admin, regress_app_member USING (true)'),
	(5, 'AS RESTRICTIVE USING (true)'), (6, 'TO regress_app_member USING (true)'),
	-- these are as protect_table makes them: they are replaced
	(7, 'FOR SELECT TO modelapi_acl_user, modelapi_acl_admin USING (modelapi_acl.has_permission(model_api_id, ''view'') OR modelapi_acl.is_administrator())'),
	(8, 'FOR INSERT TO modelapi_acl_admin, modelapi_acl_user WITH CHECK (modelapi_acl.has_permission_now(model_api_id, ''delete'') OR modelapi_acl.is_administrator())'),
	-- these are almost so
	(9, 'FOR ALL TO modelapi_acl_user, modelapi_acl_admin USING (modelapi_acl.has_permission(model_api_id, ''view'') OR modelapi_acl.is_administrator())'),
	(10, 'FOR SELECT TO modelapi_acl_user USING (modelapi_acl.has_permission(model_api_id, ''view'') OR modelapi_acl.is_administrator())'),
	(11, 'FOR SELECT TO modelapi_acl_user, modelapi_acl_admin USING (modelapi_acl.has_permission(model_api_id, ''view''))'),
	(12, 'FOR SELECT TO modelapi_acl_user, modelapi_acl_admin USING (modelapi_acl.has_permission(model_api_id, ''view'') OR modelapi_acl.is_administrator() OR true)'),
	(13, 'FOR SELECT TO modelapi_acl_user, modelapi_acl_admin USING (modelapi_acl.has_permission(model_api_id, ''view'') AND modelapi_acl.is_administrator())'),
	(14, 'FOR SELECT TO modelapi_acl_user, modelapi_acl_admin USING (modelapi_acl.has_permission(model_api_id, label::modelapi_acl.permission) OR modelapi_acl.is_administrator())'),
	(15, 'FOR SELECT TO modelapi_acl_user, modelapi_acl_admin USING (modelapi_acl.has_permission(coalesce(model_api_id, plain), ''view'') OR modelapi_acl.is_administrator())'),
	(16, 'FOR INSERT TO modelapi_acl_user, modelapi_acl_admin WITH CHECK (modelapi_acl.has_permission(model_api_id, ''view'') OR modelapi_acl.is_administrator())'),
	(17, 'FOR DELETE TO modelapi_acl_user, modelapi_acl_admin USING (modelapi_acl.has_permission_now(model_api_id, ''view'') OR modelapi_acl.is_administrator())')
) v (place, policy) ORDER BY place;
CREATE POLICY own ON app.keys USING (true);
CREATE POLICY "my own" ON app.keys TO modelapi_acl_user USING (true);
SELECT test.try($$SELECT modelapi_acl.protect_table('app.keys')$$);
DROP POLICY own ON app.keys;
DROP POLICY "my own" ON app.keys;
RESET client_min_messages;

-- ----------
-- Partitions and children: asked directly they show nothing
-- ----------
CREATE TABLE app.metrics (id int, model_api_id uuid, at date) PARTITION BY RANGE (at);
CREATE TABLE app.metrics_2025 PARTITION OF app.metrics FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE app.metrics_2026 PARTITION OF app.metrics FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (at);
CREATE TABLE app.metrics_2026_1 PARTITION OF app.metrics_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE app.events (id int, model_api_id uuid);
CREATE TABLE app.more_events (more int) INHERITS (app.events);
SELECT modelapi_acl.protect_table('app.metrics');
CREATE INDEX ON app.metrics (model_api_id);
SELECT modelapi_acl.protect_table('app.metrics');
SELECT modelapi_acl.protect_table('app.events');
CREATE INDEX ON app.events (model_api_id);
CREATE INDEX ON app.more_events (model_api_id);
SELECT modelapi_acl.protect_table('app.events');
INSERT INTO app.metrics VALUES (1, test.id('churn'), '2026-01-01');
RESET SESSION AUTHORIZATION;
INSERT INTO app.metrics SELECT n, test.id('churn'), '2025-12-31'::date + n FROM generate_series(0, 1) n;
INSERT INTO app.events VALUES (1, test.id('churn'));
INSERT INTO app.more_events VALUES (2, test.id('churn'));
GRANT SELECT ON ALL TABLES IN SCHEMA app TO modelapi_acl_user;
SELECT c.oid::regclass AS table, relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies
FROM pg_class c WHERE relnamespace = 'app'::regnamespace AND relname ~ 'metrics|events' AND relkind IN ('r', 'p') ORDER BY 1;
TRUNCATE test.seen;
CALL test.each($$INSERT INTO test.seen SELECT '%who%', format('metrics %s; directly %s %s %s; events %s; directly %s %s',
	(SELECT count(*) FROM app.metrics), (SELECT count(*) FROM app.metrics_2025), (SELECT count(*) FROM app.metrics_2026), (SELECT count(*) FROM app.metrics_2026_1),
	(SELECT count(*) FROM app.events), (SELECT count(*) FROM ONLY app.events), (SELECT count(*) FROM app.more_events))$$);
SELECT rows, string_agg(who, ' ' ORDER BY u.place) AS who FROM test.seen JOIN test.users u ON u.name = who GROUP BY 1 ORDER BY min(u.place);
-- a child that others own, a foreign table, a policy on a child
CREATE TABLE app.strange (id int, model_api_id uuid);
ALTER TABLE app.strange INHERIT app.events;
CREATE FOREIGN DATA WRAPPER test_wrapper;
CREATE SERVER test_server FOREIGN DATA WRAPPER test_wrapper;
CREATE FOREIGN TABLE app.far (id int, model_api_id uuid) SERVER test_server;
ALTER FOREIGN TABLE app.far OWNER TO regress_app_owner;
SET SESSION AUTHORIZATION regress_app_owner;
SELECT test.try($$SELECT modelapi_acl.protect_table('app.events')$$);
RESET SESSION AUTHORIZATION;
DROP TABLE app.strange;
SET SESSION AUTHORIZATION regress_app_owner;
ALTER TABLE app.far INHERIT app.events;
SELECT test.try($$SELECT modelapi_acl.protect_table('app.events')$$);
ALTER TABLE app.far NO INHERIT app.events;
CREATE POLICY everything ON app.more_events USING (true);
SELECT test.try($$SELECT modelapi_acl.protect_table('app.events')$$);
DROP POLICY everything ON app.more_events;

-- ----------
-- Indexes that lead to the rows, and those that do not
-- ----------
CREATE TABLE app.indexed (id int, model_api_id uuid);
CREATE INDEX ON app.indexed (id, model_api_id);
CREATE INDEX ON app.indexed (model_api_id) WHERE id > 0;
CREATE INDEX ON app.indexed USING hash (model_api_id);
CREATE INDEX ON app.indexed ((coalesce(model_api_id, NULL)));
SELECT modelapi_acl.protect_table('app.indexed');
CREATE INDEX ON app.indexed (model_api_id DESC, id);
SELECT modelapi_acl.protect_table('app.indexed');

-- ----------
-- What cannot be protected
-- ----------
CREATE VIEW app.view AS SELECT * FROM app.deployments;
CREATE MATERIALIZED VIEW app.materialized AS SELECT 1 AS id WITH NO DATA;
CREATE SEQUENCE app.sequence;
CREATE TYPE app.composite AS (model_api_id uuid);
CREATE TEMP TABLE temporary (model_api_id uuid);
RESET SESSION AUTHORIZATION;
CREATE TABLE app.of_others (model_api_id uuid);
CREATE VIEW app.view_of_others AS SELECT * FROM app.of_others;
CREATE TABLE test.relations (place serial, relation text);
GRANT SELECT ON test.relations TO PUBLIC;
INSERT INTO test.relations (relation) VALUES ('app.indexed'), ('pg_temp.temporary'), ('app.view'), ('app.materialized'), ('app.far'), ('app.sequence'), ('app.composite'),
	('app.indexed_id_model_api_id_idx'), ('app.of_others'), ('app.view_of_others'), ('modelapi_acl.model_apis'), ('modelapi_acl.access_reviews'),
	('modelapi_acl_internal.changes'), ('pg_class'), ('pg_stat_activity'), ('1'), (NULL);
CREATE VIEW test.refused AS SELECT place, relation,
	test.try(format('SELECT modelapi_acl.protect_table(%L)', relation)) AS protect, test.try(format('SELECT modelapi_acl.unprotect_table(%L)', relation)) AS unprotect
FROM test.relations;
GRANT SELECT ON test.refused TO PUBLIC;
SET client_min_messages = warning;
SET SESSION AUTHORIZATION regress_app_owner;
SELECT relation, protect, CASE WHEN unprotect IS DISTINCT FROM protect THEN unprotect END AS unprotect
FROM (SELECT relation, protect, unprotect, place FROM test.refused) r ORDER BY place;
-- members of the owner's role may; a superuser may, but not the extension's tables; others may not
SET SESSION AUTHORIZATION regress_app_member;
SELECT test.try($$SELECT modelapi_acl.protect_table('app.indexed')$$), test.try($$SELECT modelapi_acl.unprotect_table('app.indexed')$$);
RESET SESSION AUTHORIZATION;
SELECT relation, protect FROM test.refused WHERE relation ~ 'app.indexed$|modelapi_acl|pg_class' ORDER BY place;
SET SESSION AUTHORIZATION regress_person;
SELECT test.try($$SELECT modelapi_acl.protect_table('app.indexed')$$), test.try($$SELECT modelapi_acl.unprotect_table('app.indexed')$$);
SET SESSION AUTHORIZATION regress_admin;
SELECT test.try($$SELECT modelapi_acl.protect_table('app.indexed', NULL)$$), test.try($$SELECT modelapi_acl.protect_table('app.indexed')$$);
SET SESSION AUTHORIZATION regress_nobody;
SELECT modelapi_acl.protect_table('app.indexed');
RESET SESSION AUTHORIZATION;
BEGIN READ ONLY;
SELECT modelapi_acl.protect_table('app.indexed');
ROLLBACK;
-- not while a query in this session reads the table
SELECT modelapi_acl.protect_table('app.indexed') FROM app.deployments LIMIT 1;
SELECT modelapi_acl.protect_table('app.deployments', 'of model API', 'view') FROM app.deployments LIMIT 1;
-- whatever the search path has
CREATE SCHEMA evil;
CREATE FUNCTION evil.has_permission(uuid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE TABLE evil.deployments (model_api_id uuid);
SET search_path = evil, app;
SELECT modelapi_acl.protect_table('app.deployments', 'of model API', 'view');
RESET search_path;
SELECT policy, using_ FROM test.policies('app.deployments');
SELECT relrowsecurity FROM pg_class WHERE oid = 'evil.deployments'::regclass;
DROP SCHEMA evil CASCADE;

-- ----------
-- What verify_access names; the world has one grant that expired without an event
-- ----------
SET SESSION AUTHORIZATION regress_admin;
SELECT "check", object_type, expected, found FROM modelapi_acl.verify_access(1) WHERE "check" <> 'history';
SET SESSION AUTHORIZATION regress_app_owner;
CREATE TABLE app.metrics_2027 PARTITION OF app.metrics FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE app.metrics_2026_2 PARTITION OF app.metrics_2026 FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
ALTER TABLE app.far INHERIT app.events;
ALTER TABLE app.indexed DISABLE ROW LEVEL SECURITY;
SELECT modelapi_acl.protect_table('app.keys', to_insert => 'view');
ALTER POLICY model_api_id_select ON app.keys USING (true);
ALTER POLICY model_api_id_insert ON app.keys TO PUBLIC;
CREATE POLICY more ON app.metrics FOR SELECT USING (at > '2026-01-01');
CREATE POLICY of_auditors ON app.metrics FOR SELECT TO regress_app_member USING (true);
SET SESSION AUTHORIZATION regress_admin;
SELECT "check", object_type, expected, found FROM modelapi_acl.verify_access(1) WHERE "check" <> 'history' ORDER BY expected COLLATE "C";
-- protect_table does not take an altered policy for its own, unprotect_table drops it
SET SESSION AUTHORIZATION regress_app_owner;
SELECT test.try($$SELECT modelapi_acl.protect_table('app.keys')$$);
SELECT modelapi_acl.unprotect_table('app.keys');
SELECT modelapi_acl.protect_table('app.keys');
DROP POLICY more ON app.metrics;
ALTER TABLE app.far NO INHERIT app.events;
SELECT modelapi_acl.protect_table('app.metrics');
SELECT modelapi_acl.protect_table('app.indexed');
SET SESSION AUTHORIZATION regress_admin;
SELECT "check", object_type, expected, found FROM modelapi_acl.verify_access(1) WHERE "check" <> 'history';
RESET SESSION AUTHORIZATION;
DROP SCHEMA app CASCADE;
