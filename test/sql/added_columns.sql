-- What a DBA may add to the tables: columns with defaults, generated columns, expression and
-- partial indexes, triggers. Every function works as before. Rows that the extension writes get
-- the defaults, are in the indexes, and fire the triggers.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE TABLE test.written (relation text, row_as_text text);
CREATE FUNCTION test.note_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	INSERT INTO test.written VALUES (tg_relid::regclass, new::text);
	RETURN NULL;
END $$;
CREATE TABLE test.tables AS SELECT c.oid::regclass::text AS name FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace);
DO $$
DECLARE
	t text;
BEGIN
	FOR t IN SELECT name FROM test.tables LOOP
		EXECUTE format('ALTER TABLE %s ADD COLUMN note text DEFAULT ''n'' || length(''abc''), ADD COLUMN twice text', t);
		EXECUTE format('ALTER TABLE %s DROP COLUMN twice, ADD COLUMN made integer GENERATED ALWAYS AS (length(note) * 2) STORED', t);
		EXECUTE format('ALTER TABLE %s ADD COLUMN must integer NOT NULL DEFAULT 7, ADD CHECK (must > 0)', t);
		EXECUTE format('CREATE INDEX ON %s ((upper(note)))', t);
		EXECUTE format('CREATE INDEX ON %s (must) WHERE note IS NOT NULL', t);
		EXECUTE format('CREATE INDEX ON %s (must) WHERE note IS NULL', t);
		EXECUTE format('CREATE TRIGGER zz AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION test.note_write()', t);
	END LOOP;
END $$;

CREATE TABLE test.calls (place serial, statement text);
GRANT SELECT ON test.calls TO PUBLIC;
INSERT INTO test.calls (statement) VALUES
	('SELECT test.remember(''new project'', modelapi_acl.create_project(''p'', ''d''))'),
	('SELECT test.remember(''new'', modelapi_acl.create_model_api(test.id(''new project''), ''red'', ''d''))'),
	('SELECT modelapi_acl.create_organization(''crew'', ''Crew'')'),
	('SELECT modelapi_acl.add_organization_member(''crew'', ''stranger'')'),
	('SELECT modelapi_acl.remove_organization_member(''crew'', ''stranger'')'),
	('SELECT modelapi_acl.add_project_collaborator(test.id(''new project''), ''crew'', ''viewer'')'),
	('SELECT modelapi_acl.add_project_collaborator(test.id(''new project''), ''stranger'', ''editor'')'),
	('SELECT modelapi_acl.remove_project_collaborator(test.id(''new project''), ''stranger'')'),
	('SELECT modelapi_acl.add_collaborator(test.id(''new''), ''m_viewer'', ''editor'', now() + interval ''1 day'')'),
	('SELECT modelapi_acl.remove_collaborator(test.id(''new''), ''m_viewer'')'),
	('SELECT modelapi_acl.set_visibility(test.id(''new''), ''public'')'),
	('SELECT modelapi_acl.set_authorization_mode(test.id(''new''), ''unrestricted'')'),
	('SELECT modelapi_acl.set_setting(test.id(''new''), ''s'', ''1'')'),
	('SELECT modelapi_acl.delete_setting(test.id(''new''), ''s'')'),
	('SELECT test.remember(''new version'', (v).id) FROM modelapi_acl.publish_version(test.id(''new''), ''{}'', ''first'') v'),
	('SELECT modelapi_acl.set_version_state(test.id(''new version''), ''stopped'')'),
	('SELECT test.remember(''new token'', t.id) FROM modelapi_acl.create_token(test.id(''new''), ''t'') t'),
	('SELECT modelapi_acl.regenerate_token(test.id(''new token''))'),
	('SELECT modelapi_acl.revoke_token(test.id(''new token''))'),
	('SELECT modelapi_acl.has_permission(test.id(''new''), ''delete'')'),
	('SELECT modelapi_acl.effective_access_level(test.id(''new''))'),
	('SELECT modelapi_acl.my_permissions(test.id(''new''))'),
	('SELECT modelapi_acl.list_model_apis()'),
	('SELECT * FROM modelapi_acl.list_model_apis(''deploy_version'') WHERE note = ''n3'' AND made = 4 ORDER BY created_at DESC'),
	('SELECT * FROM modelapi_acl.search_places(''red'')'),
	('SELECT note FROM modelapi_acl.search_model_apis(''red'')'),
	('SELECT * FROM modelapi_acl.who_can(test.id(''new''), ''view'')'),
	('SELECT * FROM modelapi_acl.explain_access(test.id(''new''), ''view'', ''m_viewer'')'),
	('SELECT modelapi_acl.access_level_at(test.id(''churn''), ''m_viewer'', now())'),
	('SELECT * FROM modelapi_acl.who_could(test.id(''churn''), ''view'', now())'),
	('SELECT * FROM modelapi_acl.authorization_at(test.id(''churn''), now())'),
	('SELECT * FROM modelapi_acl.access_changes(test.id(''churn''))'),
	('SELECT * FROM modelapi_acl.changes_since()'),
	('SELECT * FROM modelapi_acl.access_reviews'),
	('SELECT modelapi_acl.transfer_ownership(test.id(''new''), ''stranger'', ''editor'')'),
	('SELECT modelapi_acl.transfer_project(test.id(''new project''), ''stranger'', ''owner'')'),
	('SELECT modelapi_acl.delete_model_api(test.id(''new''))'),
	('SELECT modelapi_acl.delete_project(test.id(''new project''))'),
	('SELECT modelapi_acl.delete_organization(''crew'')');

-- Each call is a transaction of its own and writes its own change
CREATE TABLE test.failures (statement text, outcome text);
GRANT INSERT ON test.failures TO PUBLIC;
CREATE PROCEDURE test.run(who text) LANGUAGE plpgsql AS $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT * FROM test.calls ORDER BY place LOOP
		COMMIT;
		IF who IS NOT NULL THEN
			SET LOCAL SESSION AUTHORIZATION regress_backend;
			PERFORM modelapi_acl.set_session_user(who);
		END IF;
		BEGIN
			EXECUTE c.statement;
		EXCEPTION WHEN OTHERS THEN
			INSERT INTO test.failures VALUES (c.statement, sqlstate || ' ' || sqlerrm);
		END;
	END LOOP;
	COMMIT;
END $$;
CALL test.run('founder');
TABLE test.failures;
DELETE FROM test.calls;
INSERT INTO test.calls (statement) VALUES
	('SELECT modelapi_acl.create_user(''nina'', ''nina@example.com'')'),
	('SELECT modelapi_acl.update_user(''nina'', full_name => ''Nina'')'),
	('SELECT modelapi_acl.disable_user(''nina'')'),
	('SELECT modelapi_acl.enable_user(''nina'')'),
	('SELECT * FROM modelapi_acl.offboarding_report(''nina'')'),
	('SELECT modelapi_acl.delete_user(''nina'')'),
	('SELECT modelapi_acl.prune_logs(''1 year'')'),
	('SELECT * FROM modelapi_acl.authorize_invocation(test.id(''churn''), NULL)');
CALL test.run(NULL);
TABLE test.failures;
SELECT "check", expected, found FROM modelapi_acl.verify_access(100) WHERE "check" NOT IN ('catalog', 'history') LIMIT 5;

-- every inserted row has the defaults and is in the indexes
CREATE TABLE test.found (relation text, rows bigint, defaults bigint, indexed bigint, partial bigint, empty bigint);
DO $$
DECLARE
	t text;
BEGIN
	SET LOCAL enable_seqscan = off;
	FOR t IN SELECT name FROM test.tables LOOP
		EXECUTE format('INSERT INTO test.found SELECT %L, count(*), count(*) FILTER (WHERE note = ''n3'' AND made = 4 AND must = 7),
			(SELECT count(*) FROM %2$s WHERE upper(note) = ''N3''), (SELECT count(*) FROM %2$s WHERE must = 7 AND note IS NOT NULL),
			(SELECT count(*) FROM %2$s WHERE must = 7 AND note IS NULL) FROM %2$s', t, t);
	END LOOP;
END $$;
SELECT * FROM test.found WHERE defaults <> rows OR indexed <> rows OR partial <> rows OR empty <> 0;
-- the trigger saw each change and each event
SELECT relation, count(*) > 20 AS many, bool_and(row_as_text LIKE '%,n3,4,7)') AS whole FROM test.written
WHERE relation IN ('modelapi_acl_internal.changes', 'modelapi_acl.audit_events') GROUP BY relation ORDER BY relation;
SELECT count(DISTINCT e.change_id) = (SELECT count(*) FROM test.written WHERE relation = 'modelapi_acl_internal.changes') AS all_of_them
FROM modelapi_acl.audit_events e WHERE e.occurred_at > (SELECT min(c.committed_at) FROM modelapi_acl_internal.changes c
	JOIN test.written w ON w.relation = 'modelapi_acl_internal.changes' AND w.row_as_text LIKE '(' || c.change_id || '%') - interval '1 s'
	AND EXISTS (SELECT FROM test.written w WHERE w.relation = 'modelapi_acl.audit_events' AND w.row_as_text LIKE '(' || e.id || '%');
DROP EXTENSION modelapi_acl CASCADE;
