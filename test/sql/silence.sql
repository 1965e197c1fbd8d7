-- Queries about the contents of hidden rows give the same answer whether or not they match.
-- Compared: rows, plans with estimates, the counts of EXPLAIN ANALYZE, and the statistics views.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- Enough rows for statistics and indexes to matter; all are hidden from stranger
SET row_security = off;
INSERT INTO modelapi_acl.model_apis (id, project_id, name, description, visibility, created_by)
	SELECT md5('m' || n)::uuid, test.id('growth'), 'hidden ' || n, 'word' || n, 'private', test.id('m_owner') FROM generate_series(1, 2000) n;
INSERT INTO modelapi_acl_internal.search_documents
	SELECT id, modelapi_acl_internal.search_document(name, description) FROM modelapi_acl.model_apis WHERE name LIKE 'hidden %';
INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value, updated_by)
	SELECT md5('m' || n)::uuid, 'KEY_' || n % 7, to_jsonb(n), test.id('m_owner') FROM generate_series(1, 2000) n;
INSERT INTO modelapi_acl.model_api_logs (model_api_id, level, message)
	SELECT md5('m' || n)::uuid, CASE WHEN n % 3 = 0 THEN 'error' ELSE 'info' END, 'line ' || n % 50 FROM generate_series(1, 2000) n;
INSERT INTO modelapi_acl.model_api_versions (model_api_id, number, source, description, created_by)
	SELECT md5('m' || n)::uuid, 1, '{"image": "registry/x"}', 'release ' || n % 9, test.id('m_owner') FROM generate_series(1, 2000) n;
INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint, created_by)
	SELECT md5('m' || n)::uuid, 'token ' || n % 40, 'mapi_' || n % 10, test.id('m_owner') FROM generate_series(1, 2000) n;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level, granted_by)
	SELECT md5('m' || n)::uuid, test.id('m_editor'), 'editor', test.id('founder') FROM generate_series(1, 2000) n;
INSERT INTO modelapi_acl.users (id, username) SELECT md5('u' || n)::uuid, 'user' || n FROM generate_series(1, 2000) n;
INSERT INTO modelapi_acl.user_identities (user_id, email, external_id)
	SELECT md5('u' || n)::uuid, 'user' || n || '@example.com', CASE WHEN n % 2 = 0 THEN 'subject' || n END FROM generate_series(1, 2000) n;
INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin)
	SELECT test.id('churn-editors'), md5('u' || n)::uuid, n % 10 = 0 FROM generate_series(1, 2000) n;
INSERT INTO modelapi_acl.audit_events (change_id, occurred_at, actor_id, database_role, action, object_type, object_id, project_id, model_api_id, new)
	SELECT md5('c' || n)::uuid, now(), test.id('founder'), 'somebody', 'collaborator.added', 'model_api_collaborator', md5('g' || n)::uuid, test.id('growth'), md5('m' || n)::uuid,
		jsonb_build_object('user_id', md5('u' || n)::uuid) FROM generate_series(1, 2000) n
	UNION ALL SELECT md5('d' || n)::uuid, now(), test.id('founder'), 'somebody', 'model_api.visibility_changed', 'model_api', md5('m' || n)::uuid, test.id('growth'), md5('m' || n)::uuid,
		'{"visibility": "public"}' FROM generate_series(1, 2000) n;
RESET row_security;
VACUUM ANALYZE;

-- Each statement runs with a value that matches hidden rows and with one that does not, in place
-- of "?".
CREATE TABLE test.questions (place serial, label text, statement text, hit text, miss text);
GRANT SELECT ON test.questions TO PUBLIC;
CREATE FUNCTION test.literal(name text) RETURNS text LANGUAGE sql AS $$ SELECT quote_literal(test.id($1)) $$;
INSERT INTO test.questions (label, statement, hit, miss) VALUES
('a name', 'SELECT xmin FROM modelapi_acl.model_apis WHERE name = ?', '''hidden 7''', '''visible 7'''),
('names in a range', 'SELECT xmin FROM modelapi_acl.model_apis WHERE name >= ''h'' AND name < ?', '''hie''', '''haa'''),
('a description', 'SELECT xmin FROM modelapi_acl.model_apis WHERE description = ?', '''word7''', '''nothing'''),
('who created', 'SELECT id FROM modelapi_acl.model_apis WHERE created_by = ?', test.literal('m_owner'), test.literal('m_viewer')),
('none of these names', 'SELECT id FROM modelapi_acl.model_apis WHERE name = ANY (?)', '''{hidden 1,hidden 2}''', '''{visible 1,visible 2}'''),
('a setting''s name', 'SELECT xmin FROM modelapi_acl.model_api_settings WHERE model_api_id = md5(''m7'')::uuid AND name = ?', '''KEY_0''', '''KEY_9'''),
('a log line', 'SELECT xmin FROM modelapi_acl.model_api_logs WHERE message = ? LIMIT 1', '''line 7''', '''line 77'''),
('a level of a log', 'SELECT count(*) FROM modelapi_acl.model_api_logs WHERE level = ?', '''error''', '''debug'''),
('a version''s description', 'SELECT number FROM modelapi_acl.model_api_versions WHERE description = ?', '''release 7''', '''release 10'''),
('a token''s name', 'SELECT hint FROM modelapi_acl.access_tokens WHERE name = ?', '''token 7''', '''token 77'''),
('who made tokens', 'SELECT hint FROM modelapi_acl.access_tokens WHERE created_by = ?', test.literal('m_owner'), test.literal('m_viewer')),
('who regenerated tokens', 'SELECT hint FROM modelapi_acl.access_tokens WHERE regenerated_by = ?', test.literal('m_owner'), test.literal('m_viewer')),
('a grant', 'SELECT id FROM modelapi_acl.model_api_collaborators WHERE user_id = ?', test.literal('m_editor'), test.literal('p_viewer')),
('a grant on one', 'SELECT id FROM modelapi_acl.model_api_collaborators WHERE user_id = ? AND model_api_id = md5(''m7'')::uuid', test.literal('m_editor'), test.literal('p_viewer')),
('a level', 'SELECT id FROM modelapi_acl.model_api_collaborators WHERE access_level = ?', '''editor''', '''owner'''),
('a subject', 'SELECT xmin FROM modelapi_acl.user_identities WHERE external_id = ?', '''subject8''', '''subject7'''),
('subjects in a range', 'SELECT xmin FROM modelapi_acl.user_identities WHERE external_id >= ''subject'' AND external_id < ?', '''subject9''', '''subject0'''),
('the first subject', 'SELECT user_id FROM modelapi_acl.user_identities WHERE external_id > ? ORDER BY external_id LIMIT 1', '''subject''', '''subjects'''),
('an email', 'SELECT xmin FROM modelapi_acl.user_identities WHERE lower(email) = ?', '''user7@example.com''', '''user7@example.org'''),
('a member', 'SELECT is_admin FROM modelapi_acl.organization_members WHERE user_id = ?', quote_literal(md5('u7')::uuid), test.literal('p_viewer')),
('a member of one', 'SELECT is_admin FROM modelapi_acl.organization_members WHERE organization_id = test.id(''churn-editors'') AND user_id = ?', quote_literal(md5('u7')::uuid), test.literal('p_viewer')),
('admins', 'SELECT user_id FROM modelapi_acl.organization_members WHERE is_admin = ?', 'true', 'false'),
('an actor', 'SELECT id FROM modelapi_acl.audit_events WHERE actor_id = ?', test.literal('founder'), test.literal('m_viewer')),
('an action', 'SELECT id FROM modelapi_acl.audit_events WHERE action = ?', '''collaborator.added''', '''collaborator.removed'''),
('whom an event is about', 'SELECT id FROM modelapi_acl.audit_events WHERE (COALESCE(new, old) ->> ''user_id'') = ? AND action = ''collaborator.added''', quote_literal(md5('u7')::uuid), quote_literal(md5('x')::uuid)),
('ever public', 'SELECT id FROM modelapi_acl.audit_events WHERE model_api_id = md5(''m7'')::uuid AND object_type = ? AND new ->> ''visibility'' = ''public''', '''model_api''', '''project'''),
('a join by name', 'SELECT v.n FROM (VALUES (?)) v (n) JOIN modelapi_acl.model_apis m ON m.name = v.n', '''hidden 7''', '''visible 7'''),
('a join by subject', 'SELECT v.n FROM (VALUES (?::text), (''x'')) v (n) JOIN modelapi_acl.user_identities i ON i.external_id = v.n', '''subject8''', '''subject7'''),
('one of two tables', 'SELECT * FROM (SELECT name FROM modelapi_acl.model_apis UNION ALL SELECT name FROM modelapi_acl.access_tokens) u WHERE name = ?', '''hidden 7''', '''visible 7'''),
('the largest', 'SELECT max(external_id) FROM modelapi_acl.user_identities WHERE external_id > ''subject'' AND external_id < ?', '''subject9''', '''subject0'''),
('a change of names', 'UPDATE modelapi_acl.model_apis SET name = ''x'' WHERE name = ?', '''hidden 7''', '''visible 7'''),
('a lock on names', 'SELECT id FROM modelapi_acl.model_apis WHERE name = ? FOR UPDATE', '''hidden 7''', '''visible 7'''),
('a lock on grants', 'SELECT id FROM modelapi_acl.model_api_collaborators WHERE user_id = ? FOR SHARE', test.literal('m_editor'), test.literal('p_viewer')),
('a word', 'SELECT * FROM modelapi_acl.search_model_apis(?)', '''word7''', '''nothing''');

-- What the current user can see of the work done
CREATE FUNCTION test.counters() RETURNS TABLE (relation regclass, counters bigint[]) LANGUAGE sql AS $$
	SELECT c.oid, ARRAY[pg_stat_get_xact_numscans(c.oid), pg_stat_get_xact_tuples_returned(c.oid),
		pg_stat_get_xact_tuples_fetched(c.oid), pg_stat_get_xact_blocks_fetched(c.oid), pg_stat_get_xact_blocks_hit(c.oid)]
	FROM pg_class c WHERE c.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace) $$;
-- Everything that a statement reveals, with "?" in place of the value
CREATE FUNCTION test.told(statement text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	result text := '';
	query text := replace(statement, '?', value);
	form text;
BEGIN
	BEGIN
		FOREACH form IN ARRAY ARRAY['', '(ANALYZE, TIMING OFF, SUMMARY OFF)', '(ANALYZE, TIMING OFF, SUMMARY OFF, COSTS OFF, BUFFERS)'] LOOP
			FOR line IN EXECUTE 'EXPLAIN ' || form || query LOOP
				-- the plan shows the value and its length
				CONTINUE WHEN line ~ '(Filter|Cond|Recheck.*|Planning|Sort Key|Group Key|One-Time Filter|Output|Function Call): ' OR line ~ 'Planning:';
				result := result || E'\n' || line;
			END LOOP;
		END LOOP;
		RAISE EXCEPTION USING ERRCODE = 'UNDO1';
	EXCEPTION WHEN SQLSTATE 'UNDO1' OR SQLSTATE 'PT401' THEN
	END;
	result := result || E'\n' || test.try(query);
	RETURN result;
END $$;
CREATE FUNCTION test.counted(statement text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	query text := replace(statement, '?', value);
	before jsonb := (SELECT jsonb_object_agg(relation, counters) FROM test.counters());
BEGIN
	IF query ~ '^SELECT' AND query !~ ' FOR ' THEN
		query := 'SELECT count(*) FROM (' || query || ') q';
	END IF;
	BEGIN
		EXECUTE query;
	EXCEPTION WHEN insufficient_privilege OR SQLSTATE 'PT401' THEN
	END;
	RETURN (SELECT string_agg(concat_ws(' ', relation, (SELECT array_agg(a - b::bigint) FROM unnest(counters, ARRAY(SELECT jsonb_array_elements_text(before -> relation::text))) u (a, b))), E'\n' ORDER BY relation) FROM test.counters()
		WHERE to_jsonb(counters) <> before -> relation::text);
END $$;
CREATE TABLE test.tellings (who text, place int, kind text, value text, told text, round int);
GRANT SELECT, INSERT ON test.tellings TO PUBLIC;
-- What differed in each round so far
CREATE FUNCTION test.differences() RETURNS TABLE (who text, place int, kind text) LANGUAGE sql AS $$
	SELECT who, place, kind FROM (
		SELECT who, place, kind, round, count(DISTINCT told) > 1 AS differs FROM test.tellings GROUP BY who, place, kind, round) t
	GROUP BY who, place, kind HAVING bool_and(differs) $$;
-- A round asks what all rounds before it answered differently. One round is not enough: caches
-- that another session's DDL or autovacuum empties in between are read again, and that counts.
CREATE PROCEDURE test.ask(this_round int) LANGUAGE plpgsql AS $$
DECLARE w text; q record; v text; t text;
BEGIN
	FOREACH w IN ARRAY ARRAY['stranger', 'anonymous'] LOOP
		FOR q IN SELECT * FROM test.questions u WHERE this_round = 1 OR (w, u.place) IN (SELECT d.who, d.place FROM test.differences() d)
			ORDER BY u.place
		LOOP
			FOREACH v IN ARRAY ARRAY[q.hit, q.miss] LOOP
				FOR i IN 1..2 LOOP
					COMMIT;
					SET LOCAL SESSION AUTHORIZATION regress_backend;
					PERFORM modelapi_acl.set_session_user(nullif(w, 'anonymous'));
					SET LOCAL ROLE modelapi_acl_user;
					-- the first run has loaded the caches
					PERFORM test.told(q.statement, v);
					COMMIT;
					SET LOCAL SESSION AUTHORIZATION regress_backend;
					PERFORM modelapi_acl.set_session_user(nullif(w, 'anonymous'));
					SET LOCAL ROLE modelapi_acl_user;
					IF i = 1 THEN
						INSERT INTO test.tellings VALUES (w, q.place, 'plan and rows', v, test.told(q.statement, v), this_round);
					ELSE
						t := test.counted(q.statement, v);
						INSERT INTO test.tellings VALUES (w, q.place, 'counters', v, t, this_round);
					END IF;
				END LOOP;
			END LOOP;
		END LOOP;
	END LOOP;
	COMMIT;
END $$;
SET client_min_messages = warning;	-- it may already be a member
GRANT modelapi_acl_user TO regress_backend;
RESET client_min_messages;
\o /dev/null
CALL test.ask(1);
CALL test.ask(2);
CALL test.ask(3);
\o

-- Differences between a match and no match: none
SELECT q.label, t.kind, string_agg(t.who, ', ' ORDER BY t.who) AS who
FROM test.differences() t JOIN test.questions q USING (place)
GROUP BY q.place, q.label, t.kind ORDER BY q.place, t.kind;
SELECT count(*), count(DISTINCT place) AS questions FROM test.tellings WHERE round = 1;

-- Contents have no statistics, which members of pg_read_all_data could read
SELECT c.relname, a.attname FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid
	JOIN pg_attribute a ON a.attrelid = s.starelid AND a.attnum = s.staattnum
WHERE c.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND c.relname NOT IN ('object_counters', 'installed_facts') AND NOT (a.attname ~ '(^|_)id$|_at$' AND a.attname NOT IN ('user_id', 'organization_id', 'actor_id'))
ORDER BY 1, 2;
