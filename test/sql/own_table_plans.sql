-- Tables of an application: the planner finds has_permission and has_project_permission in
-- their policies and in WHERE, and starts from what the user reaches. The rows are the same
-- under every plan.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

SET jit = off;
-- 40 projects, 4,000 model APIs, of which most users reach few
SET row_security = off;
INSERT INTO modelapi_acl.projects (id, name) SELECT md5('p' || n)::uuid, 'p' || n FROM generate_series(1, 40) n;
INSERT INTO modelapi_acl.model_apis (id, project_id, name, visibility, authorization_mode, created_at, updated_at)
	SELECT md5('m' || n)::uuid, md5('p' || 1 + n % 40)::uuid, 'm' || n,
		CASE WHEN n % 50 = 0 THEN 'public' ELSE 'private' END::modelapi_acl.visibility,
		CASE WHEN n % 7 = 0 THEN 'unrestricted' ELSE 'restricted' END::modelapi_acl.authorization_mode,
		timestamptz '2025-01-01' + n / 3 * interval '1 minute', now()
	FROM generate_series(1, 4000) n;
INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level)
	SELECT md5('p3')::uuid, test.id('m_viewer'), 'viewer'::modelapi_acl.access_level
	UNION ALL SELECT md5('p7')::uuid, test.id('mo_editor'), 'viewer'
	UNION ALL SELECT md5('p9')::uuid, test.id('m_viewer'), 'editor'
	UNION ALL SELECT md5('p' || n)::uuid, test.id('m_owner'), 'owner' FROM generate_series(2, 40, 2) n;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
	SELECT md5('m' || n)::uuid, test.id('m_viewer'), 'editor'::modelapi_acl.access_level FROM generate_series(1, 400, 10) n
	UNION ALL SELECT md5('m' || n)::uuid, test.id('m_editor'), 'editor' FROM generate_series(1, 2000, 2) n
	UNION ALL SELECT md5('m' || n)::uuid, test.id('mo_editor'), (ARRAY['viewer', 'editor', 'viewer', 'owner'])[1 + n / 3 % 4]::modelapi_acl.access_level
		FROM generate_series(3, 2400, 3) n;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, organization_id, access_level, expires_at)
	SELECT md5('m' || n)::uuid, test.id('churn-editors'), (ARRAY['owner', 'editor', 'viewer'])[1 + n % 3]::modelapi_acl.access_level,
		CASE WHEN n % 5 = 0 THEN now() - interval '1 day' END
	FROM generate_series(2, 2000, 2) n;
RESET row_security;

-- Ten tables: a plain one; one of projects; one without a policy, with a domain; one with two
-- keys; one with a policy of another kind; one with a policy for the model API's editors;
-- a partitioned one; one with a child; one without an index on the key; a materialized view
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO PUBLIC;
CREATE DOMAIN app.model_api_id AS uuid;
CREATE TABLE app.deployments (id uuid PRIMARY KEY, model_api_id uuid, region text NOT NULL, created_at timestamptz NOT NULL,
	ended_at timestamptz, cost numeric NOT NULL);
INSERT INTO app.deployments SELECT md5('d' || n)::uuid,
	-- keys of what is gone, and none
	CASE WHEN n % 100 = 7 THEN md5('gone')::uuid WHEN n % 100 <> 8 THEN md5('m' || 1 + n % 4000)::uuid END,
	(ARRAY['eu', 'us', 'ap'])[1 + n % 3], timestamptz '2025-01-01' + n * 7919 % 8001 * interval '1 minute',
	CASE WHEN n % 4 = 0 THEN timestamptz '2025-02-01' + n * 611 % 8001 * interval '1 minute' END, n % 977
	FROM generate_series(1, 8000) n;
CREATE INDEX ON app.deployments (model_api_id, created_at);
CREATE INDEX ON app.deployments (created_at, id);
CREATE INDEX ON app.deployments (ended_at DESC NULLS LAST, id);
CREATE INDEX ON app.deployments (region, created_at DESC, id);
CREATE INDEX ON app.deployments (cost) WHERE cost > 900;
CREATE INDEX ON app.deployments ((cost * 2));
ALTER TABLE app.deployments ENABLE ROW LEVEL SECURITY;
CREATE POLICY may_view ON app.deployments USING (modelapi_acl.has_permission(model_api_id, 'view') OR modelapi_acl.is_administrator());
CREATE TABLE app.invoices (id int PRIMARY KEY, project_id uuid, amount int NOT NULL, issued_at timestamptz NOT NULL);
INSERT INTO app.invoices SELECT n, CASE WHEN n % 100 <> 8 THEN md5('p' || 1 + n % 42)::uuid END, n % 977, timestamptz '2025-01-01' + n * interval '1 minute'
	FROM generate_series(1, 10000) n;
CREATE INDEX ON app.invoices (project_id);
CREATE INDEX ON app.invoices (issued_at);
ALTER TABLE app.invoices ENABLE ROW LEVEL SECURITY;
CREATE POLICY may_view ON app.invoices USING ((SELECT modelapi_acl.is_administrator()) OR modelapi_acl.has_project_permission(project_id, 'create_model_api'));
CREATE TABLE app.notes (id int PRIMARY KEY, model_api app.model_api_id, note text);
INSERT INTO app.notes SELECT n, md5('m' || 1 + n % 4000)::uuid, 'note ' || n FROM generate_series(1, 6000) n;
CREATE INDEX ON app.notes (model_api) WHERE model_api IS NOT NULL;
CREATE INDEX ON app.notes (note);
CREATE TABLE app.copies (id int PRIMARY KEY, original uuid, copy uuid, made_at timestamptz NOT NULL);
INSERT INTO app.copies SELECT n, md5('m' || 1 + n % 4000)::uuid, md5('m' || 1 + n * 17 % 4000)::uuid, timestamptz '2025-01-01' + n * interval '1 minute'
	FROM generate_series(1, 6000) n;
CREATE INDEX ON app.copies (original);
CREATE INDEX ON app.copies (copy);
CREATE INDEX ON app.copies (made_at);
ALTER TABLE app.copies ENABLE ROW LEVEL SECURITY;
CREATE POLICY may_view ON app.copies USING (modelapi_acl.has_permission(original, 'view') OR modelapi_acl.is_administrator());
CREATE POLICY may_view_both ON app.copies AS RESTRICTIVE USING (modelapi_acl.has_permission(copy, 'view_logs') OR modelapi_acl.is_administrator());
CREATE TABLE app.drafts (id int PRIMARY KEY, model_api_id uuid, author text NOT NULL);
INSERT INTO app.drafts SELECT n, md5('m' || 1 + n % 4000)::uuid, CASE WHEN n % 3 = 0 THEN 'regress_backend' ELSE 'somebody' END FROM generate_series(1, 6000) n;
CREATE INDEX ON app.drafts (model_api_id);
ALTER TABLE app.drafts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.drafts USING (author = session_user);
CREATE TABLE app.plans (id int PRIMARY KEY, model_api_id uuid);
INSERT INTO app.plans SELECT n, md5('m' || 1 + n % 4000)::uuid FROM generate_series(1, 6000) n;
CREATE INDEX ON app.plans (model_api_id);
ALTER TABLE app.plans ENABLE ROW LEVEL SECURITY;
CREATE POLICY may_edit ON app.plans USING (modelapi_acl.has_permission(model_api_id, 'edit_settings'));
CREATE TABLE app.metrics (model_api_id uuid, at timestamptz NOT NULL, value int NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE app.metrics_1 PARTITION OF app.metrics FOR VALUES FROM (MINVALUE) TO ('2025-01-03');
-- columns in another order
CREATE TABLE app.metrics_2 (value int NOT NULL, gone int, at timestamptz NOT NULL, model_api_id uuid);
ALTER TABLE app.metrics_2 DROP COLUMN gone;
ALTER TABLE app.metrics ATTACH PARTITION app.metrics_2 FOR VALUES FROM ('2025-01-03') TO (MAXVALUE);
INSERT INTO app.metrics SELECT md5('m' || 1 + n % 4000)::uuid, timestamptz '2025-01-01' + n * 7919 % 8001 * interval '1 minute', n FROM generate_series(1, 8000) n;
CREATE INDEX ON app.metrics (model_api_id);
CREATE INDEX ON app.metrics (at);
ALTER TABLE app.metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.metrics_1 ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.metrics_2 ENABLE ROW LEVEL SECURITY;
CREATE POLICY may_view ON app.metrics USING (modelapi_acl.has_permission(model_api_id, 'view_logs') OR (SELECT modelapi_acl.is_administrator()));
CREATE TABLE app.alerts (id int, model_api_id uuid, raised_at timestamptz NOT NULL);
CREATE TABLE app.loud_alerts (volume int) INHERITS (app.alerts);
INSERT INTO app.alerts SELECT n, md5('m' || 1 + n % 4000)::uuid, timestamptz '2025-01-01' + n * interval '1 minute' FROM generate_series(1, 6000) n;
INSERT INTO app.loud_alerts SELECT -n, md5('m' || 1 + n % 4000)::uuid, timestamptz '2025-01-01 00:00:30' + n * interval '1 minute', n FROM generate_series(1, 5000) n;
CREATE INDEX ON app.alerts (model_api_id);
CREATE INDEX ON app.alerts (raised_at);
CREATE INDEX ON app.loud_alerts (model_api_id);
CREATE INDEX ON app.loud_alerts (raised_at);
ALTER TABLE app.alerts ENABLE ROW LEVEL SECURITY;
CREATE POLICY may_view ON app.alerts USING (modelapi_acl.has_permission(model_api_id, 'view') OR modelapi_acl.is_administrator());
CREATE TABLE app.unindexed (id int PRIMARY KEY, model_api_id uuid);
INSERT INTO app.unindexed SELECT n, md5('m' || 1 + n % 4000)::uuid FROM generate_series(1, 6000) n;
CREATE INDEX ON app.unindexed USING hash (model_api_id);
CREATE INDEX ON app.unindexed (id, model_api_id);
CREATE INDEX ON app.unindexed (model_api_id) WHERE id < 100;
CREATE INDEX ON app.unindexed ((model_api_id::text));
CREATE INDEX invalid ON app.unindexed (model_api_id);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.invalid'::regclass;
CREATE MATERIALIZED VIEW app.monthly AS
	SELECT model_api_id, date_trunc('month', ended_at) AS month, sum(cost) AS cost FROM app.deployments GROUP BY 1, 2;
CREATE INDEX ON app.monthly (model_api_id);
GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app TO PUBLIC;
-- an index entry that leads to a later version on the same page
UPDATE app.invoices SET amount = 1 WHERE id = 10000;
UPDATE modelapi_acl.model_apis SET description = 'the last one' WHERE name = 'm4000';
VACUUM ANALYZE;
-- pages that are not all-visible, and index entries of old versions
UPDATE app.deployments SET model_api_id = md5('m' || 1 + (cost * 3)::int % 4000)::uuid WHERE cost % 50 = 0;
UPDATE app.invoices SET project_id = md5('p' || 1 + amount % 42)::uuid WHERE amount % 50 = 0;
UPDATE app.notes SET note = note || '!' WHERE id % 50 = 0;
DELETE FROM app.notes WHERE id % 50 = 1;

-- The scans of a plan, with what they are ordered by
CREATE FUNCTION test.scans(query text, lines text DEFAULT ' Scan|Order: ') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ lines THEN
			RETURN NEXT regexp_replace(line, '^[ >-]*', '');
		END IF;
	END LOOP;
END $$;
CREATE TABLE test.queries (place serial, label text, query text);
GRANT SELECT ON test.queries TO PUBLIC;
INSERT INTO test.queries (label, query) VALUES
('all', 'SELECT id, region FROM app.deployments'),
('count', 'SELECT count(*) FROM app.deployments'),
('whole rows', 'SELECT d FROM app.deployments d'),
('newest', 'SELECT id FROM app.deployments ORDER BY created_at DESC, id DESC LIMIT 50'),
('oldest', 'SELECT id FROM app.deployments ORDER BY created_at, id LIMIT 50 OFFSET 20'),
('next page', 'SELECT id FROM app.deployments WHERE (created_at, id) < (timestamptz ''2025-01-04'', md5(''d5'')::uuid) ORDER BY created_at DESC, id DESC LIMIT 50'),
('by an order with others', 'SELECT created_at FROM app.deployments ORDER BY created_at LIMIT 50'),
('by a column that may be NULL', 'SELECT ended_at, id FROM app.deployments ORDER BY ended_at DESC NULLS LAST, id LIMIT 2000'),
('the same, from its end', 'SELECT ended_at, id FROM app.deployments ORDER BY ended_at NULLS FIRST, id DESC LIMIT 2000'),
('NULLs at the other end', 'SELECT ended_at, id FROM app.deployments ORDER BY ended_at DESC NULLS FIRST, id LIMIT 50'),
('by text', 'SELECT region, created_at, id FROM app.deployments ORDER BY region, created_at DESC, id LIMIT 60'),
('by text, from its end', 'SELECT region, created_at, id FROM app.deployments ORDER BY region DESC, created_at, id DESC LIMIT 60'),
('of one region', 'SELECT created_at, id FROM app.deployments WHERE region = ''eu'' ORDER BY created_at DESC, id LIMIT 60'),
('by key', 'SELECT id FROM app.deployments ORDER BY id LIMIT 10'),
('by model API', 'SELECT model_api_id, created_at FROM app.deployments ORDER BY model_api_id, created_at LIMIT 80'),
('by a partial index', 'SELECT cost, id FROM app.deployments WHERE cost > 910 ORDER BY cost, id LIMIT 30'),
('by an expression', 'SELECT cost * 2, id FROM app.deployments ORDER BY cost * 2, id LIMIT 30'),
('in no order of an index', 'SELECT cost, id FROM app.deployments ORDER BY cost DESC, id LIMIT 30'),
('ordered, without a limit', 'SELECT id FROM app.deployments WHERE region <> ''eu'' ORDER BY created_at DESC, id DESC'),
('the last one', 'SELECT max(created_at), min(created_at) FROM app.deployments'),
('of one model API', 'SELECT id FROM app.deployments WHERE model_api_id = md5(''m11'')::uuid'),
('of one id', 'SELECT region FROM app.deployments WHERE id = md5(''d11'')::uuid'),
('of model APIs by name', 'SELECT d.id, m.name FROM app.deployments d JOIN modelapi_acl.model_apis m ON m.id = d.model_api_id WHERE d.cost > 900'),
('IN', 'SELECT id FROM app.deployments WHERE model_api_id IN (SELECT id FROM modelapi_acl.model_apis WHERE name LIKE ''m1%'')'),
('NOT IN', 'SELECT id FROM app.deployments WHERE model_api_id NOT IN (SELECT id FROM modelapi_acl.model_apis WHERE name LIKE ''m1%'')'),
('EXISTS', 'SELECT id FROM app.deployments d WHERE EXISTS (SELECT FROM modelapi_acl.model_apis m WHERE m.id = d.model_api_id AND m.visibility = ''public'')'),
('NOT EXISTS', 'SELECT id FROM app.deployments d WHERE NOT EXISTS (SELECT FROM modelapi_acl.model_apis m WHERE m.id = d.model_api_id)'),
('model APIs with deployments', 'SELECT name FROM modelapi_acl.model_apis m WHERE EXISTS (SELECT FROM app.deployments d WHERE d.model_api_id = m.id AND d.ended_at IS NULL)'),
('keys alone', 'SELECT model_api_id FROM app.deployments WHERE created_at < ''2025-01-04'''),
('pairs', 'SELECT a.id, b.id FROM app.deployments a JOIN app.deployments b ON b.model_api_id = a.model_api_id AND b.id < a.id WHERE a.cost > 800'),
('of a list, and none', 'SELECT k.key, d.id FROM (VALUES (md5(''m1'')::uuid), (md5(''m2'')::uuid), (md5(''m11'')::uuid), (md5(''gone'')::uuid), (NULL), (md5(''m11'')::uuid)) k (key) LEFT JOIN app.deployments d ON d.model_api_id = k.key'),
('of a list', 'SELECT k.key FROM (VALUES (md5(''m50'')::uuid), (md5(''m2'')::uuid), (md5(''m11'')::uuid), (md5(''gone'')::uuid), (NULL), (md5(''m2'')::uuid)) k (key) WHERE EXISTS (SELECT FROM app.deployments d WHERE d.model_api_id = k.key AND d.region <> ''eu'')'),
('by each', 'SELECT model_api_id, count(*), sum(cost) FROM app.deployments GROUP BY model_api_id'),
('by each name', 'SELECT m.name, count(d.id) FROM modelapi_acl.model_apis m LEFT JOIN app.deployments d ON d.model_api_id = m.id GROUP BY m.name'),
('newest of each', 'SELECT m.name, l.id FROM modelapi_acl.model_apis m, LATERAL (SELECT d.id FROM app.deployments d WHERE d.model_api_id = m.id ORDER BY created_at DESC, id LIMIT 1) l'),
('newest, deployable', 'SELECT id FROM app.deployments WHERE modelapi_acl.has_permission(model_api_id, ''deploy_version'') ORDER BY created_at DESC, id DESC LIMIT 50'),
('weaker than the policy', 'SELECT count(*) FROM app.plans WHERE modelapi_acl.has_permission(model_api_id, ''view'')'),
('stronger than the policy', 'SELECT count(*) FROM app.plans WHERE modelapi_acl.has_permission(model_api_id, ''delete'')'),
('place', 'SELECT ctid, tableoid::regclass FROM app.deployments'),
('place of invoices', 'SELECT ctid FROM app.invoices'),
('place of model APIs', 'SELECT ctid, id FROM modelapi_acl.model_apis'),
('version', 'SELECT xmin IS NOT NULL, id FROM app.deployments'),
('invoices', 'SELECT count(*), sum(amount) FROM app.invoices'),
('newest invoices', 'SELECT id FROM app.invoices ORDER BY issued_at DESC LIMIT 50'),
('invoices of projects', 'SELECT p.name, sum(i.amount) FROM app.invoices i JOIN modelapi_acl.projects p ON p.id = i.project_id GROUP BY p.name'),
('projects with invoices', 'SELECT name FROM modelapi_acl.projects p WHERE EXISTS (SELECT FROM app.invoices i WHERE i.project_id = p.id AND i.amount > 900)'),
('manageable projects', 'SELECT id, name FROM modelapi_acl.list_projects(''manage_project'')'),
('projects', 'SELECT name FROM modelapi_acl.list_projects() ORDER BY name LIMIT 10'),
('no projects', 'SELECT name FROM modelapi_acl.list_projects(NULL)'),
('projects by permission', 'SELECT v.p, l.n FROM (VALUES (''view_project''::modelapi_acl.project_permission), (''manage_project''), (NULL)) v (p), LATERAL (SELECT count(*) AS n FROM modelapi_acl.list_projects(v.p) OFFSET 0) l'),
('notes', 'SELECT count(*), min(note) FROM app.notes WHERE modelapi_acl.has_permission(model_api, ''view'')'),
('notes by text', 'SELECT note FROM app.notes WHERE modelapi_acl.has_permission(model_api, ''invoke'') ORDER BY note LIMIT 40'),
('notes or administrator', 'SELECT count(*) FROM app.notes WHERE modelapi_acl.is_administrator() OR modelapi_acl.has_permission(model_api, ''delete'')'),
('notes by permission', 'SELECT v.p, l.n FROM (VALUES (''view''::modelapi_acl.permission), (''delete''), (NULL)) v (p), LATERAL (SELECT count(*) AS n FROM app.notes WHERE modelapi_acl.has_permission(model_api, v.p) OR modelapi_acl.is_administrator() OFFSET 0) l'),
('notes of visible model APIs, by another permission', 'SELECT count(*), min(n.note) FROM app.notes n JOIN modelapi_acl.model_apis m ON m.id = n.model_api WHERE modelapi_acl.has_permission(n.model_api, ''edit_settings'')'),
('not', 'SELECT count(*) FROM app.notes WHERE NOT modelapi_acl.has_permission(model_api, ''view'')'),
('or else', 'SELECT count(*) FROM app.notes WHERE modelapi_acl.has_permission(model_api, ''view'') OR id < 100'),
('permission of the row', 'SELECT count(*) FROM app.notes WHERE modelapi_acl.has_permission(model_api, CASE WHEN id < 3000 THEN ''view'' ELSE ''delete'' END::modelapi_acl.permission)'),
('two keys', 'SELECT count(*) FROM app.copies'),
('two keys, newest', 'SELECT id FROM app.copies ORDER BY made_at DESC LIMIT 50'),
('drafts', 'SELECT count(*) FROM app.drafts WHERE modelapi_acl.has_permission(model_api_id, ''view'')'),
('metrics', 'SELECT count(*), sum(value) FROM app.metrics'),
('metrics of a time', 'SELECT count(*), sum(value) FROM app.metrics WHERE at > ''2025-01-04'''),
('newest metrics', 'SELECT at, value FROM app.metrics ORDER BY at DESC LIMIT 50'),
('metrics of model APIs', 'SELECT m.name, sum(value) FROM app.metrics a JOIN modelapi_acl.model_apis m ON m.id = a.model_api_id GROUP BY m.name'),
('whole metrics', 'SELECT m FROM app.metrics m'),
('a partition', 'SELECT count(*) FROM app.metrics_1'),
('alerts', 'SELECT count(*), sum(id) FROM app.alerts'),
('newest alerts', 'SELECT id FROM app.alerts ORDER BY raised_at DESC LIMIT 50'),
('alerts of the parent', 'SELECT count(*) FROM ONLY app.alerts'),
('a union', 'SELECT count(*) FROM (SELECT model_api_id FROM app.deployments UNION ALL SELECT model_api_id FROM app.metrics) u'),
('unindexed', 'SELECT count(*) FROM app.unindexed WHERE modelapi_acl.has_permission(model_api_id, ''view'')'),
('monthly', 'SELECT count(*), sum(cost) FROM app.monthly WHERE modelapi_acl.has_permission(model_api_id, ''view_logs'')'),
('versions to deploy', 'SELECT count(*) FROM modelapi_acl.model_api_versions WHERE modelapi_acl.has_permission(model_api_id, ''deploy_version'')');
CREATE TABLE test.modes (mode text, settings text);
GRANT SELECT ON test.modes TO PUBLIC;
INSERT INTO test.modes VALUES
('reach', ''),
('reach, forced', 'enable_seqscan=off,enable_indexscan=off,enable_indexonlyscan=off,enable_bitmapscan=off'),
('reach, in nested loops', 'enable_hashjoin=off,enable_mergejoin=off'),
('no reach', 'modelapi_acl.enable_reach_scan=off');
CREATE TABLE test.answers (who text, place int, mode text, answer text);
GRANT SELECT, INSERT ON test.answers TO PUBLIC;
-- the rows of a query, in order if it has ORDER BY
CREATE FUNCTION test.answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE format('SELECT count(*) || '' '' || coalesce(md5(string_agg(r::text, '','' %s)), ''-'') FROM (%s) r',
		CASE WHEN query LIKE '%ORDER BY %' AND query NOT LIKE '%LATERAL%' THEN '' ELSE 'ORDER BY r::text COLLATE "C"' END, query) INTO result;
	RETURN result;
END $$;
CREATE PROCEDURE test.ask_everything() LANGUAGE plpgsql AS $$
DECLARE w text; m record; s text;
BEGIN
	FOREACH w IN ARRAY ARRAY['m_viewer', 'm_owner', 'mo_editor', 'stranger', 'anonymous', 'administrator'] LOOP
		FOR m IN SELECT * FROM test.modes LOOP
			COMMIT;
			IF w = 'administrator' THEN
				SET LOCAL SESSION AUTHORIZATION regress_admin;
			ELSE
				SET LOCAL SESSION AUTHORIZATION regress_backend;
				PERFORM modelapi_acl.set_session_user(nullif(w, 'anonymous'));
			END IF;
			FOREACH s IN ARRAY string_to_array(m.settings, ',') LOOP
				PERFORM set_config(split_part(s, '=', 1), split_part(s, '=', 2), true);
			END LOOP;
			INSERT INTO test.answers SELECT w, place, m.mode, test.answer(query) FROM test.queries
			WHERE m.mode <> 'reach, in nested loops' OR query ~ 'JOIN|LATERAL|IN \(SELECT|EXISTS';
		END LOOP;
	END LOOP;
	COMMIT;
END $$;
CALL test.ask_everything();
SELECT count(DISTINCT who) AS users, count(DISTINCT place) AS queries, count(DISTINCT mode) AS modes, count(*) AS answers FROM test.answers;
SELECT who, label, count(DISTINCT answer) AS answers, min(answer), max(answer) FROM test.answers JOIN test.queries USING (place)
GROUP BY who, label HAVING count(DISTINCT answer) > 1;
-- no result is empty by mistake
SELECT label, min(split_part(answer, ' ', 1)::int) FILTER (WHERE who = 'm_viewer') AS m_viewer,
	min(split_part(answer, ' ', 1)::int) FILTER (WHERE who = 'm_owner') AS m_owner,
	min(split_part(answer, ' ', 1)::int) FILTER (WHERE who = 'stranger') AS stranger,
	min(split_part(answer, ' ', 1)::int) FILTER (WHERE who = 'anonymous') AS anonymous,
	min(split_part(answer, ' ', 1)::int) FILTER (WHERE who = 'administrator') AS administrator
FROM test.answers JOIN test.queries USING (place) GROUP BY label ORDER BY min(place);

-- The plans, as they are for a hundred times as many rows
UPDATE pg_class SET reltuples = reltuples * 100
WHERE relnamespace = 'app'::regnamespace OR oid IN ('modelapi_acl.model_apis'::regclass, 'modelapi_acl.projects'::regclass);
-- the identity's name in a plan depends on the server's version
CREATE FUNCTION test.filters(query text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT regexp_replace(s, '\$0|\(InitPlan 1\)\.col1', '(identity)')
	FROM test.scans(query, 'Custom Scan|Seq Scan|Filter') s $$;
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT label, s AS scan FROM test.queries, test.scans(query) WITH ORDINALITY AS p (s, n) ORDER BY place, n;
COMMIT;

-- Of several conditions one finds the rows; the others are filters. A condition of the query
-- finds rows only where it implies the policy, or where there is no policy
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SET LOCAL enable_seqscan = off;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_indexonlyscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT test.filters('SELECT id FROM app.notes WHERE modelapi_acl.has_permission(model_api, ''view'') AND id < 9');
SELECT test.filters('SELECT id FROM app.deployments WHERE modelapi_acl.has_permission(model_api_id, ''deploy_version'')');
SELECT test.filters('SELECT id FROM app.plans WHERE modelapi_acl.has_permission(model_api_id, ''view'')');
SELECT test.filters('SELECT id FROM app.plans WHERE modelapi_acl.has_permission(model_api_id, ''delete'')');
SELECT test.filters('SELECT id FROM app.drafts WHERE modelapi_acl.has_permission(model_api_id, ''view'')');
SELECT test.filters('SELECT id FROM app.copies WHERE modelapi_acl.has_permission(original, ''deploy_version'')');
SELECT test.filters('SELECT id FROM app.copies WHERE modelapi_acl.has_permission(copy, ''deploy_version'')');
-- the same on the extension's tables
SELECT test.filters('SELECT id FROM modelapi_acl.model_api_logs WHERE modelapi_acl.has_permission(model_api_id, ''invoke'')');
SELECT test.filters('SELECT id FROM modelapi_acl.model_api_versions WHERE modelapi_acl.has_permission(model_api_id, ''deploy_version'')');
SELECT test.filters('SELECT id FROM modelapi_acl.audit_events WHERE modelapi_acl.has_permission(model_api_id, ''view'')');
COMMIT;

-- UPDATE and DELETE of one table use it as well. It is not used where rows are locked, where
-- other tables are joined, or for the row of a cursor
CREATE FUNCTION pg_temp.writes(label text, query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE scan boolean; n bigint; rows text[];
BEGIN
	FOREACH scan IN ARRAY ARRAY[true, false] LOOP
		PERFORM set_config('modelapi_acl.enable_reach_scan', scan::text, true);
		BEGIN
			EXECUTE format('WITH w AS (%s RETURNING *) SELECT count(*), array_agg(md5(w::text) ORDER BY w::text COLLATE "C") FROM w', query) INTO n, rows;
			RAISE EXCEPTION USING errcode = 'P0999';
		EXCEPTION WHEN SQLSTATE 'P0999' THEN
			RETURN NEXT concat_ws(' ', label, n, md5(rows::text));
		END;
	END LOOP;
END $$;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT test.filters('SELECT id FROM app.notes WHERE modelapi_acl.has_permission(model_api, ''view'') FOR UPDATE');
SELECT test.filters('UPDATE app.notes SET note = note WHERE modelapi_acl.has_permission(model_api, ''view'')');
SELECT test.filters('DELETE FROM app.notes WHERE modelapi_acl.has_permission(model_api, ''view'')');
SELECT test.filters('UPDATE app.deployments SET cost = 0 WHERE region = ''eu''');
SELECT test.filters('UPDATE app.deployments SET cost = 0 WHERE id = md5(''d11'')::uuid');
SELECT test.filters('DELETE FROM app.copies');
SELECT test.filters('DELETE FROM app.metrics');
SELECT test.filters('UPDATE app.plans p SET id = p.id FROM app.notes n WHERE n.model_api = p.model_api_id AND modelapi_acl.has_permission(n.model_api, ''view'')');
DECLARE c CURSOR FOR SELECT region FROM app.deployments WHERE region = 'eu';
FETCH c;
UPDATE app.deployments SET region = 'of the cursor' WHERE CURRENT OF c RETURNING region;
CLOSE c;
SELECT pg_temp.writes(label, query) FROM (VALUES ('rows of one region', 'UPDATE app.deployments SET cost = cost + 1 WHERE region = ''eu'''),
	('keys', 'UPDATE app.deployments SET model_api_id = md5(''m11'')::uuid, created_at = created_at + interval ''1 hour'' WHERE cost < 500'),
	('all', 'DELETE FROM app.deployments'), ('by a stronger permission', 'DELETE FROM app.notes WHERE modelapi_acl.has_permission(model_api, ''edit_settings'')'),
	('two keys', 'UPDATE app.copies SET made_at = made_at + interval ''1 day'''), ('invoices', 'DELETE FROM app.invoices WHERE amount > 100')) v (label, query);
COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user('stranger') \g /dev/null
SELECT pg_temp.writes('all', 'DELETE FROM app.deployments');
SELECT pg_temp.writes('invoices', 'UPDATE app.invoices SET amount = 0');
COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user(NULL) \g /dev/null
SELECT pg_temp.writes('all', 'DELETE FROM app.deployments');
COMMIT;

-- One cached plan serves all users. The identity is that of the time of execution
SET plan_cache_mode = force_generic_plan;
PREPARE counted AS SELECT count(*) FROM app.deployments;
PREPARE newest AS SELECT id, created_at FROM app.deployments ORDER BY created_at DESC, id DESC LIMIT 5;
PREPARE invoiced AS SELECT count(*) FROM app.invoices;
PREPARE noted (modelapi_acl.permission) AS SELECT count(*) FROM app.notes WHERE modelapi_acl.has_permission(model_api, $1);
PREPARE noted_too (text) AS SELECT count(*) FROM app.notes WHERE modelapi_acl.has_permission(model_api, $1::modelapi_acl.permission) OR modelapi_acl.is_administrator();
PREPARE measured AS SELECT count(*) FROM app.metrics;
CREATE FUNCTION pg_temp.ask() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE q text; r text; plan text;
BEGIN
	FOREACH q IN ARRAY ARRAY['counted', 'newest', 'invoiced', 'noted(''view'')', 'noted(''delete'')', 'noted(NULL)', 'noted_too(''view'')', 'noted_too(NULL)', 'measured'] LOOP
		EXECUTE 'EXECUTE ' || q INTO r;
		plan := '';
		FOR r IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE ' || q LOOP
			plan := plan || coalesce(' ' || substring(r FROM 'Custom Scan|Seq Scan|Rows Removed.*|One-Time Filter.*'), '');
		END LOOP;
		IF q <> 'newest' THEN
			EXECUTE 'EXECUTE ' || q INTO r;
		ELSE
			r := '';
		END IF;
		RETURN NEXT concat_ws(' ', q, r, plan);
	END LOOP;
END $$;
BEGIN; SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT pg_temp.ask();
COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT pg_temp.ask();
COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user(NULL) \g /dev/null
SELECT pg_temp.ask();
COMMIT;
BEGIN;
SELECT pg_temp.ask();
ROLLBACK;
RESET SESSION AUTHORIZATION;
-- the owner of the tables, without row-level security, as an administrator; the conditions of
-- a query hold for owners as well
BEGIN; SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
EXECUTE counted;
EXECUTE noted('view');
COMMIT;
SET SESSION AUTHORIZATION regress_admin;
SELECT count(*) FROM app.deployments;
SELECT count(*) FROM app.notes WHERE modelapi_acl.has_permission(model_api, NULL) OR modelapi_acl.is_administrator();
RESET SESSION AUTHORIZATION;
-- a role that may not call the function cannot use a plan made by one that may
SELECT count(*) FROM app.notes WHERE modelapi_acl.has_permission(model_api, 'view');
SET SESSION AUTHORIZATION regress_nobody;
EXECUTE noted('view');
RESET SESSION AUTHORIZATION;
DEALLOCATE ALL;
DROP SCHEMA app CASCADE;
