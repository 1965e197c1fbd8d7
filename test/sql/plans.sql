-- The rows are the same under every plan: the scan that starts from the grants, with each of its
-- strategies; sequential, index and bitmap scans; parallel, custom and generic plans. For users
-- with few and many grants, in one session.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- JIT compilation would take longer than the queries
SET jit = off;
-- Enough rows for the planner to choose: 40 projects, 4,000 model APIs
SET row_security = off;
INSERT INTO modelapi_acl.projects (id, name) SELECT md5('p' || n)::uuid, 'p' || n FROM generate_series(1, 40) n;
INSERT INTO modelapi_acl.model_apis (id, project_id, name, visibility, authorization_mode, created_at, updated_at)
	SELECT md5('m' || n)::uuid, md5('p' || 1 + n % 40)::uuid, 'm' || n,
		CASE WHEN n % 50 = 0 THEN 'public' ELSE 'private' END::modelapi_acl.visibility,
		CASE WHEN n % 7 = 0 THEN 'unrestricted' ELSE 'restricted' END::modelapi_acl.authorization_mode,
		timestamptz '2025-01-01' + n / 3 * interval '1 minute', now()
	FROM generate_series(1, 4000) n;
INSERT INTO modelapi_acl.model_api_versions (model_api_id, number, source)
	SELECT md5('m' || n)::uuid, v, '{}' FROM generate_series(1, 4000) n, generate_series(1, 1 + n % 3) v;
INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value)
	SELECT md5('m' || n)::uuid, 's', to_jsonb(n) FROM generate_series(1, 4000, 2) n;
INSERT INTO modelapi_acl.model_api_logs (model_api_id, message, logged_at)
	SELECT md5('m' || n)::uuid, 'line ' || n, timestamptz '2025-01-01' + n * 1811 % 4001 * interval '1 minute' FROM generate_series(1, 4000, 3) n;
INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint)
	SELECT md5('m' || n)::uuid, 't' || n, 'x' FROM generate_series(1, 4000, 5) n;
-- events about model APIs, deleted objects, projects and organizations
INSERT INTO modelapi_acl.audit_events (change_id, occurred_at, database_role, action, object_type, object_id, project_id, model_api_id)
	SELECT md5('c' || n)::uuid, now() - n * interval '1 second', 'somebody', 'update', 'model_api', md5('m' || n)::uuid, md5('p' || 1 + n % 40)::uuid, md5('m' || n)::uuid FROM generate_series(1, 4000, 2) n
	UNION ALL SELECT md5('d' || n)::uuid, now() - n * interval '1.001 seconds', 'somebody', 'delete', 'model_api', md5('gone' || n)::uuid, md5('p' || 1 + n % 40)::uuid, md5('gone' || n)::uuid FROM generate_series(1, 400) n
	UNION ALL SELECT md5('e' || n)::uuid, now() - n * interval '1.0001 seconds', 'somebody', 'update', 'project', md5('p' || n)::uuid, md5('p' || n)::uuid, NULL FROM generate_series(1, 40) n
	UNION ALL SELECT gen_random_uuid(), now(), 'somebody', 'update', 'organization', id, NULL, NULL FROM modelapi_acl.organizations;
-- users: a viewer of one project with a few own grants; an owner of every second project; an
-- editor of some model APIs who may not publish
INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level)
	SELECT md5('p3')::uuid, test.id('m_viewer'), 'viewer'::modelapi_acl.access_level
	UNION ALL SELECT md5('p7')::uuid, test.id('mo_editor'), 'viewer'
	UNION ALL SELECT md5('p' || n)::uuid, test.id('m_owner'), 'owner' FROM generate_series(2, 40, 2) n;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
	SELECT md5('m' || n)::uuid, test.id('m_viewer'), 'editor'::modelapi_acl.access_level FROM generate_series(1, 400, 10) n
	UNION ALL SELECT md5('m' || n)::uuid, test.id('m_editor'), 'editor' FROM generate_series(1, 2000, 2) n
	-- many grants, few of which have the level, at the far end
	UNION ALL SELECT md5('m' || n)::uuid, test.id('m_editor'), 'owner' FROM generate_series(4, 400, 20) n
	UNION ALL SELECT md5('m' || n)::uuid, test.id('po_editor'), 'viewer' FROM generate_series(2, 1000, 2) n
	-- the same model APIs to a user and to their organization, with different levels
	UNION ALL SELECT md5('m' || n)::uuid, test.id('mo_editor'), (ARRAY['viewer', 'editor', 'viewer', 'owner'])[1 + n / 3 % 4]::modelapi_acl.access_level
		FROM generate_series(3, 2400, 3) n;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, organization_id, access_level, expires_at)
	SELECT md5('m' || n)::uuid, test.id('churn-editors'), (ARRAY['owner', 'editor', 'viewer'])[1 + n % 3]::modelapi_acl.access_level,
		CASE WHEN n % 5 = 0 THEN now() - interval '1 day' END
	FROM generate_series(2, 2000, 2) n;
RESET row_security;
VACUUM ANALYZE modelapi_acl.model_apis, modelapi_acl.project_collaborators, modelapi_acl.model_api_collaborators, modelapi_acl.projects,
	modelapi_acl.model_api_versions, modelapi_acl.model_api_settings, modelapi_acl.model_api_logs, modelapi_acl.access_tokens, modelapi_acl.audit_events;

CREATE TABLE test.queries (place serial, label text, query text);
GRANT SELECT ON test.queries TO PUBLIC;
INSERT INTO test.queries (label, query) VALUES
('all', 'SELECT id FROM modelapi_acl.model_apis'),
('count', 'SELECT count(*) FROM modelapi_acl.model_apis'),
('whole rows', 'SELECT m FROM modelapi_acl.model_apis m'),
('a page', 'SELECT id, name FROM modelapi_acl.model_apis ORDER BY created_at DESC, id DESC LIMIT 50'),
('the oldest', 'SELECT id, name FROM modelapi_acl.model_apis ORDER BY created_at, id LIMIT 50'),
('a late page', 'SELECT id, name FROM modelapi_acl.model_apis ORDER BY created_at DESC, id DESC LIMIT 50 OFFSET 300'),
('private ones', 'SELECT id, name FROM modelapi_acl.model_apis WHERE visibility = ''private'' ORDER BY created_at DESC, id DESC LIMIT 50'),
('public ones', 'SELECT id, name FROM modelapi_acl.model_apis WHERE visibility = ''public'' ORDER BY created_at DESC, id DESC LIMIT 50'),
('not public', 'SELECT count(*) FROM modelapi_acl.model_apis WHERE visibility <> ''public'''),
('contradiction', 'SELECT count(*) FROM modelapi_acl.model_apis WHERE visibility <> ''public'' AND visibility = ''public'''),
('covered', 'SELECT project_id, count(*), max(created_at) FROM modelapi_acl.model_apis GROUP BY project_id'),
('filtered', 'SELECT id FROM modelapi_acl.model_apis WHERE name LIKE ''m1%'' AND authorization_mode = ''unrestricted'''),
('by id', 'SELECT id FROM modelapi_acl.model_apis WHERE id IN (md5(''m101'')::uuid, md5(''m102'')::uuid, md5(''m150'')::uuid)'),
('may deploy', 'SELECT id FROM modelapi_acl.list_model_apis(''deploy_version'') ORDER BY created_at DESC, id DESC LIMIT 50'),
('may delete', 'SELECT count(*) FROM modelapi_acl.list_model_apis(''delete'')'),
('may invoke', 'SELECT count(*), min(name) FROM modelapi_acl.list_model_apis(''invoke'')'),
('page of what one may delete', 'SELECT id FROM modelapi_acl.list_model_apis(''delete'') ORDER BY created_at DESC, id DESC LIMIT 50'),
('joined', 'SELECT m.name, p.name FROM modelapi_acl.model_apis m JOIN modelapi_acl.projects p ON p.id = m.project_id'),
('twice', 'SELECT count(*) FROM modelapi_acl.model_apis a JOIN modelapi_acl.model_apis b USING (project_id) WHERE a.id < b.id'),
('correlated', 'SELECT p.name, (SELECT count(*) FROM modelapi_acl.model_apis m WHERE m.project_id = p.id) FROM modelapi_acl.projects p'),
('lateral', 'SELECT p.name, l.name FROM modelapi_acl.projects p, LATERAL (SELECT m.name FROM modelapi_acl.model_apis m WHERE m.project_id = p.id ORDER BY created_at DESC, id DESC LIMIT 2) l'),
('system columns', 'SELECT ctid, tableoid::regclass, xmin IS NOT NULL FROM modelapi_acl.model_apis'),
('versions', 'SELECT model_api_id, number FROM modelapi_acl.model_api_versions'),
('versions of one', 'SELECT number FROM modelapi_acl.model_api_versions WHERE model_api_id = md5(''m102'')::uuid'),
('versions with names', 'SELECT m.name, v.number FROM modelapi_acl.model_api_versions v JOIN modelapi_acl.model_apis m ON m.id = v.model_api_id WHERE v.number > 1'),
('settings', 'SELECT count(*), sum((value #>> ''{}'')::int) FROM modelapi_acl.model_api_settings'),
('logs', 'SELECT count(*) FROM modelapi_acl.model_api_logs WHERE message LIKE ''line 1%'''),
('tokens', 'SELECT name FROM modelapi_acl.access_tokens'),
('tokens by name', 'SELECT name FROM modelapi_acl.access_tokens WHERE name = ''t101'''),
('grants', 'SELECT model_api_id, user_id, organization_id, access_level FROM modelapi_acl.model_api_collaborators'),
('grants of one', 'SELECT user_id FROM modelapi_acl.model_api_collaborators WHERE model_api_id = md5(''m101'')::uuid'),
('grants to one', 'SELECT m.name FROM modelapi_acl.model_api_collaborators c JOIN modelapi_acl.model_apis m ON m.id = c.model_api_id WHERE c.user_id = (SELECT test.id(''m_viewer''))'),
('project grants', 'SELECT project_id, user_id, organization_id, access_level FROM modelapi_acl.project_collaborators'),
('projects', 'SELECT * FROM modelapi_acl.projects'),
('history', 'SELECT id FROM modelapi_acl.audit_events'),
('late history', 'SELECT action, object_type FROM modelapi_acl.audit_events WHERE occurred_at > now() - interval ''1 day'''),
('history of one', 'SELECT action FROM modelapi_acl.audit_events WHERE model_api_id = md5(''m101'')::uuid'),
('next page', 'SELECT id, name FROM modelapi_acl.model_apis WHERE (created_at, id) < (timestamptz ''2025-01-01 12:00'', md5(''m5'')::uuid) ORDER BY created_at DESC, id DESC LIMIT 50'),
('next page, private', 'SELECT id, name FROM modelapi_acl.model_apis WHERE visibility = ''private'' AND (created_at, id) > (timestamptz ''2025-01-01 12:00'', md5(''m5'')::uuid) ORDER BY created_at, id LIMIT 50'),
('an hour', 'SELECT id, name FROM modelapi_acl.model_apis WHERE created_at >= ''2025-01-01 12:00'' AND timestamptz ''2025-01-01 13:00'' >= created_at ORDER BY created_at DESC, id DESC LIMIT 500'),
('before never', 'SELECT id FROM modelapi_acl.model_apis WHERE created_at < NULL::timestamptz OR created_at IS NULL ORDER BY created_at, id LIMIT 50'),
('NULL', 'SELECT id FROM modelapi_acl.model_apis WHERE created_at > (SELECT NULL::timestamptz) ORDER BY created_at, id LIMIT 50'),
('endless', 'SELECT id FROM modelapi_acl.model_apis WHERE created_at < ''infinity'' AND created_at > ''-infinity'' ORDER BY created_at, id LIMIT 50'),
('lines of an hour', 'SELECT message FROM modelapi_acl.model_api_logs WHERE logged_at > ''2025-01-01 12:00'' AND logged_at < ''2025-01-01 18:00'' ORDER BY logged_at DESC LIMIT 70'),
('newest log lines', 'SELECT message FROM modelapi_acl.model_api_logs ORDER BY logged_at DESC LIMIT 20'),
('oldest log lines', 'SELECT message, level FROM modelapi_acl.model_api_logs ORDER BY logged_at LIMIT 20 OFFSET 30'),
('newest of a kind', 'SELECT ctid, message FROM modelapi_acl.model_api_logs WHERE message LIKE ''%7'' ORDER BY logged_at DESC LIMIT 20'),
('newest history', 'SELECT action, object_id FROM modelapi_acl.audit_events WHERE database_role = ''somebody'' AND object_type <> ''organization'' ORDER BY occurred_at DESC LIMIT 60'),
('newest with names', 'SELECT m.name, l.message FROM modelapi_acl.model_api_logs l JOIN modelapi_acl.model_apis m ON m.id = l.model_api_id ORDER BY l.logged_at DESC LIMIT 20'),
('by permission', 'SELECT v.p, l.n FROM (VALUES (''view''::modelapi_acl.permission), (''delete''), (NULL), (''invoke'')) v (p), LATERAL (SELECT count(*) AS n FROM modelapi_acl.list_model_apis(v.p) OFFSET 0) l'),
('lines of each', 'SELECT p.name, l.n FROM modelapi_acl.projects p, LATERAL (SELECT count(*) AS n FROM modelapi_acl.model_api_logs g WHERE length(g.message) > length(p.name) OFFSET 0) l'),
('place of the row', 'SELECT ctid, tableoid::regclass FROM modelapi_acl.model_apis'),
('members', 'SELECT organization_id, user_id FROM modelapi_acl.organization_members'),
('my memberships', 'SELECT organization_id, is_admin FROM modelapi_acl.organization_members WHERE user_id = modelapi_acl.current_user_id()'),
('memberships of another', 'SELECT organization_id, is_admin FROM modelapi_acl.organization_members WHERE (SELECT test.id(''mo_editor'')) = user_id'),
('a member of one', 'SELECT is_admin FROM modelapi_acl.organization_members WHERE organization_id = (SELECT test.id(''churn-editors'')) AND user_id = (SELECT test.id(''mo_editor''))'),
('me in one', 'SELECT is_admin FROM modelapi_acl.organization_members WHERE organization_id = (SELECT test.id(''churn-editors'')) AND user_id = modelapi_acl.current_user_id()'),
('members of NULL', 'SELECT is_admin FROM modelapi_acl.organization_members WHERE user_id = (SELECT NULL::uuid)'),
('identities', 'SELECT user_id, email FROM modelapi_acl.user_identities'),
('by email', 'SELECT user_id FROM modelapi_acl.user_identities WHERE email = ''m_owner@example.com'''),
('my grants', 'SELECT model_api_id, access_level FROM modelapi_acl.model_api_collaborators WHERE user_id = modelapi_acl.current_user_id()'),
('grants to another', 'SELECT model_api_id, access_level FROM modelapi_acl.model_api_collaborators WHERE user_id = (SELECT test.id(''m_editor''))'),
('grants to an organization', 'SELECT model_api_id, access_level FROM modelapi_acl.model_api_collaborators WHERE organization_id = (SELECT test.id(''churn-editors''))'),
('grants to both', 'SELECT model_api_id FROM modelapi_acl.model_api_collaborators WHERE organization_id = (SELECT test.id(''churn-editors'')) AND user_id = modelapi_acl.current_user_id()'),
('my project grants', 'SELECT project_id, access_level FROM modelapi_acl.project_collaborators WHERE user_id = modelapi_acl.current_user_id()'),
('project grants to another', 'SELECT project_id, access_level FROM modelapi_acl.project_collaborators WHERE user_id = (SELECT test.id(''m_owner''))'),
('grants to each', 'SELECT u.id, g.n FROM modelapi_acl.users u, LATERAL (SELECT count(*) AS n FROM modelapi_acl.model_api_collaborators c WHERE c.user_id = u.id) g'),
('memberships of each', 'SELECT u.id, g.n FROM modelapi_acl.users u, LATERAL (SELECT count(*) AS n FROM modelapi_acl.organization_members c WHERE c.user_id = u.id) g');
CREATE TABLE test.modes (mode text, settings text);
GRANT SELECT ON test.modes TO PUBLIC;
INSERT INTO test.modes VALUES
('reach', ''),
('reach, forced', 'enable_seqscan=off,enable_indexscan=off,enable_indexonlyscan=off,enable_bitmapscan=off'),
('no reach', 'modelapi_acl.enable_reach_scan=off'),
('sequential', 'modelapi_acl.enable_reach_scan=off,enable_indexscan=off,enable_indexonlyscan=off,enable_bitmapscan=off'),
('index', 'modelapi_acl.enable_reach_scan=off,enable_seqscan=off,enable_bitmapscan=off'),
('bitmap', 'modelapi_acl.enable_reach_scan=off,enable_seqscan=off,enable_indexscan=off,enable_indexonlyscan=off'),
('parallel', 'modelapi_acl.enable_reach_scan=off,parallel_setup_cost=0,parallel_tuple_cost=0,min_parallel_table_scan_size=0,min_parallel_index_scan_size=0,debug_parallel_query=on,max_parallel_workers_per_gather=1'),
('parallel reach', 'parallel_setup_cost=0,parallel_tuple_cost=0,min_parallel_table_scan_size=0,min_parallel_index_scan_size=0,max_parallel_workers_per_gather=2');
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
CREATE FUNCTION test.set_mode(settings text) RETURNS void LANGUAGE sql AS $$
	-- this setting has another name before PostgreSQL 16
	SELECT set_config(CASE WHEN split_part(s, '=', 1) = 'debug_parallel_query' AND current_setting('server_version_num')::int < 160000
		THEN 'force_parallel_mode' ELSE split_part(s, '=', 1) END, split_part(s, '=', 2), true)
	FROM unnest(string_to_array($1, ',')) s WHERE s <> '' $$;
CREATE PROCEDURE test.ask_everything() LANGUAGE plpgsql AS $$
DECLARE w text; m record;
BEGIN
	FOREACH w IN ARRAY ARRAY['m_viewer', 'm_owner', 'm_editor', 'po_editor', 'mo_editor', 'stranger', 'anonymous'] LOOP
		FOR m IN SELECT * FROM test.modes LOOP
			COMMIT;
			SET LOCAL SESSION AUTHORIZATION regress_backend;
			PERFORM modelapi_acl.set_session_user(nullif(w, 'anonymous'));
			PERFORM test.set_mode(m.settings);
			-- starting workers is slow: the longer queries run without
			INSERT INTO test.answers SELECT w, place, m.mode, test.answer(query) FROM test.queries
			WHERE m.mode <> 'parallel' OR label NOT IN ('twice', 'correlated', 'lateral');
		END LOOP;
	END LOOP;
	COMMIT;
END $$;
CALL test.ask_everything();
SELECT count(DISTINCT who) AS users, count(DISTINCT place) AS queries, count(DISTINCT mode) AS modes, count(*) AS answers FROM test.answers;
SELECT who, label, count(DISTINCT answer) AS answers, min(answer), max(answer) FROM test.answers JOIN test.queries USING (place)
GROUP BY who, label HAVING count(DISTINCT answer) > 1;
-- no result is empty by mistake
SELECT label, min(split_part(answer, ' ', 1)::int) FILTER (WHERE who = 'm_owner') AS m_owner,
	min(split_part(answer, ' ', 1)::int) FILTER (WHERE who = 'stranger') AS stranger,
	min(split_part(answer, ' ', 1)::int) FILTER (WHERE who = 'anonymous') AS anonymous
FROM test.answers JOIN test.queries USING (place) GROUP BY label ORDER BY min(place);

-- The strategy is chosen when the scan starts: one cached plan, several users
SET SESSION AUTHORIZATION regress_backend;
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
PREPARE page AS SELECT id, name FROM modelapi_acl.model_apis ORDER BY created_at DESC, id DESC LIMIT 50;
PREPARE counted AS SELECT count(*) FROM modelapi_acl.model_apis;
PREPARE versions AS SELECT count(*) FROM modelapi_acl.model_api_versions;
PREPARE tokens AS SELECT count(*) FROM modelapi_acl.access_tokens;
PREPARE grants AS SELECT count(*) FROM modelapi_acl.model_api_collaborators;
PREPARE mine AS SELECT count(*) FROM modelapi_acl.model_api_collaborators WHERE user_id = modelapi_acl.current_user_id();
PREPARE memberships (uuid) AS SELECT count(*) FROM modelapi_acl.organization_members WHERE user_id = $1;
PREPARE subject (text) AS SELECT user_id FROM modelapi_acl.user_identities WHERE external_id = $1;
PREPARE history AS SELECT count(*) FROM modelapi_acl.audit_events;
PREPARE lines AS SELECT message FROM modelapi_acl.model_api_logs ORDER BY logged_at DESC LIMIT 20;
PREPARE next (timestamptz, uuid) AS SELECT id FROM modelapi_acl.model_apis WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT 50;
PREPARE deletable AS SELECT id FROM modelapi_acl.list_model_apis('delete') ORDER BY created_at DESC, id DESC LIMIT 50;
PREPARE events AS SELECT action FROM modelapi_acl.audit_events ORDER BY occurred_at LIMIT 20;
PREPARE deployable (int) AS SELECT id FROM modelapi_acl.list_model_apis('deploy_version') ORDER BY created_at DESC, id DESC LIMIT $1;
CREATE FUNCTION pg_temp.way(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Custom Scan|Method|Order|Index|Seq|Removed' THEN
			-- EXPLAIN shows rows with decimals since PostgreSQL 18
			RETURN NEXT regexp_replace(regexp_replace(line, '^.*(Custom Scan|Method|Order|Index|Seq|Rows Removed)', '\1'), '(rows=\d+)\.00', '\1');
		END IF;
	END LOOP;
END $$;
BEGIN; SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT pg_temp.way('EXECUTE page');
SELECT pg_temp.way('EXECUTE counted');
SELECT pg_temp.way('EXECUTE deployable(50)');
SELECT pg_temp.way('EXECUTE versions');
SELECT pg_temp.way('EXECUTE tokens');
SELECT pg_temp.way('EXECUTE grants');
SELECT pg_temp.way('EXECUTE history');
SELECT pg_temp.way('EXECUTE lines');
SELECT pg_temp.way('EXECUTE events');
-- it begins where the page does: few rows are passed by in vain
SELECT pg_temp.way('EXECUTE next(''2025-01-01 12:00'', md5(''m5'')::uuid)');
COMMIT;
-- the query's conditions are compared with the user's access before any read
BEGIN; SELECT modelapi_acl.set_session_user('mo_editor') \g /dev/null
SELECT pg_temp.way('EXECUTE mine');
SELECT pg_temp.way(format('EXECUTE memberships(%L)', test.id('mo_editor')));
SELECT pg_temp.way(format('EXECUTE memberships(%L)', test.id('stranger')));
SELECT pg_temp.way('EXECUTE subject(''nobody'')');
COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT pg_temp.way('EXECUTE page');
SELECT pg_temp.way('EXECUTE counted');
SELECT pg_temp.way('EXECUTE deployable(50)');
SELECT pg_temp.way('EXECUTE versions');
SELECT pg_temp.way('EXECUTE grants');
SELECT pg_temp.way('EXECUTE history');
SELECT pg_temp.way('EXECUTE lines');
SELECT pg_temp.way('EXECUTE events');
-- it begins where the page does: few rows are passed by in vain
SELECT pg_temp.way('EXECUTE next(''2025-01-01 12:00'', md5(''m5'')::uuid)');
COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
-- started as a walk
SELECT pg_temp.way('EXECUTE deletable');
-- an editor's thousand grants give nothing without access to the projects
SELECT pg_temp.way('EXECUTE deployable(50)');
COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user('stranger') \g /dev/null
SELECT pg_temp.way('EXECUTE page');
SELECT pg_temp.way('EXECUTE counted');
COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user(NULL) \g /dev/null
SELECT pg_temp.way('EXECUTE page');
COMMIT;
RESET SESSION AUTHORIZATION;
-- an administrator
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_admin;
EXECUTE counted;
SELECT pg_temp.way('EXECUTE counted');
SELECT pg_temp.way('EXECUTE page');
COMMIT;
DEALLOCATE ALL;

-- The next statement sees the transaction's own changes
SET SESSION AUTHORIZATION regress_backend;
SET enable_seqscan = off;
BEGIN; SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
PREPARE counted AS SELECT count(*) FROM modelapi_acl.model_apis WHERE visibility = 'private';
EXECUTE counted;
SELECT modelapi_acl.set_visibility(md5('m1')::uuid, 'public');
EXECUTE counted;
SELECT modelapi_acl.add_project_collaborator(md5('p4')::uuid, 'stranger', 'owner') \g /dev/null
SAVEPOINT s;
SELECT modelapi_acl.remove_project_collaborator(md5('p4')::uuid, 'm_owner') \g /dev/null
EXECUTE counted;
ROLLBACK TO s;
EXECUTE counted;
SELECT count(*) FROM modelapi_acl.create_model_api(md5('p2')::uuid, 'new');
EXECUTE counted;
SELECT name FROM modelapi_acl.model_apis ORDER BY created_at DESC, id DESC LIMIT 1;
DECLARE c SCROLL CURSOR FOR SELECT name FROM modelapi_acl.model_apis WHERE name LIKE 'm1_' ORDER BY created_at DESC, id DESC;
FETCH 3 FROM c;
SELECT modelapi_acl.set_visibility(md5('m19')::uuid, 'public') \g /dev/null
FETCH 2 FROM c;
FETCH BACKWARD 2 FROM c;
ROLLBACK;
RESET SESSION AUTHORIZATION;

-- WHERE CURRENT OF changes the cursor's row, whichever scan found it
SET SESSION AUTHORIZATION regress_backend;
SET enable_seqscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
BEGIN; SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
DECLARE c CURSOR FOR SELECT id FROM modelapi_acl.model_apis WHERE visibility = 'private';
MOVE 3 FROM c;
FETCH 1 FROM c \gset found_
UPDATE modelapi_acl.model_apis SET description = 'found' WHERE CURRENT OF c RETURNING id = :'found_id' AS same, description;
CLOSE c;
DECLARE c CURSOR FOR SELECT id, state FROM modelapi_acl.model_api_versions;
FETCH 1 FROM c \gset found_
UPDATE modelapi_acl.model_api_versions SET state = 'stopped' WHERE CURRENT OF c RETURNING id = :'found_id' AS same, state;
ROLLBACK;
RESET SESSION AUTHORIZATION;
-- A table with inheritance children is read with them
BEGIN;
CREATE TABLE test.child () INHERITS (modelapi_acl.model_apis);
INSERT INTO test.child (id, project_id, name, visibility) VALUES (md5('child')::uuid, md5('p1')::uuid, 'child', 'public');
GRANT SELECT ON test.child TO PUBLIC;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('stranger') \g /dev/null
SELECT name FROM modelapi_acl.model_apis WHERE name = 'child';
ROLLBACK;

-- Where one model API has most of the events, its index by time lets a sort skip them; the rows
-- are the same
SET row_security = off;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
	SELECT md5('m' || n)::uuid, test.id('sibling'), 'editor' FROM generate_series(1, 4000, 25) n;
INSERT INTO modelapi_acl.audit_events (change_id, occurred_at, database_role, action, object_type, object_id, project_id, model_api_id)
	SELECT gen_random_uuid(), now() - n * interval '1 minute', 'busy', 'update', 'model_api', id, project_id, id
	FROM (SELECT id, project_id FROM modelapi_acl.model_apis WHERE id IN (SELECT md5('m' || n)::uuid FROM generate_series(1, 4000, 25) n) ORDER BY id LIMIT 1) m,
		generate_series(1, 5000) n;
INSERT INTO modelapi_acl.model_api_logs (model_api_id, message, logged_at)
	SELECT model_api_id, 'busy', occurred_at FROM modelapi_acl.audit_events WHERE database_role = 'busy';
RESET row_security;
ANALYZE modelapi_acl.audit_events, modelapi_acl.model_api_logs, modelapi_acl.model_api_collaborators;
SET SESSION AUTHORIZATION regress_backend;
SET work_mem = '64kB';
SET enable_seqscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
BEGIN; SELECT modelapi_acl.set_session_user('sibling') \g /dev/null
SELECT pg_temp.way('SELECT action FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 20');
CREATE FUNCTION pg_temp.answers() RETURNS TABLE (newest_events text, oldest_lines text) LANGUAGE sql AS $$
	SELECT test.answer('SELECT object_id, database_role FROM modelapi_acl.audit_events WHERE database_role <> ''busy'' ORDER BY occurred_at DESC LIMIT 20'),
		test.answer('SELECT message FROM modelapi_acl.model_api_logs ORDER BY logged_at LIMIT 3000') $$;
SELECT * FROM pg_temp.answers() \gset sort_
SET LOCAL work_mem = '4MB';
SELECT newest_events = :'sort_newest_events' AS same_events, oldest_lines = :'sort_oldest_lines' AS same_lines FROM pg_temp.answers();
SET LOCAL modelapi_acl.enable_reach_scan = off;
SELECT newest_events = :'sort_newest_events' AS same_events, oldest_lines = :'sort_oldest_lines' AS same_lines FROM pg_temp.answers();
COMMIT;
RESET SESSION AUTHORIZATION;
