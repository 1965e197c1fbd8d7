-- Indexes are found by their shape. With an index missing, renamed or rebuilt differently, the
-- answers are the same, from another index or from the whole table.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- No key has INCLUDE columns, which confuse clients that read keys from the catalogs
SELECT c.conrelid::regclass AS table, c.conname
FROM pg_constraint c JOIN pg_index i ON i.indexrelid = c.conindid
WHERE c.contype IN ('p', 'u') AND c.connamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND i.indnatts <> i.indnkeyatts;

-- Each foreign key leads an index, so that no deletion reads a whole table
SELECT c.conrelid::regclass AS table, c.conname
FROM pg_constraint c
WHERE c.contype = 'f' AND c.connamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1]
		AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) =
			format('(%I IS NOT NULL)', (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1]))));

BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
CREATE TABLE test.token AS SELECT c.token FROM modelapi_acl.create_token(test.id('churn'), 'one') c;
SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'growth-viewers', 'editor') \g /dev/null
SELECT modelapi_acl.set_visibility(test.id('forecast'), 'public') \g /dev/null
COMMIT;
GRANT SELECT ON test.token TO PUBLIC;

-- Answers to every user
CREATE FUNCTION test.answers(who text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	t text;
BEGIN
	RETURN QUERY SELECT who || ' lists ' || test.name(m.id) FROM modelapi_acl.list_model_apis() m;
	RETURN QUERY SELECT who || ' newest ' || coalesce(string_agg(test.name(m.id), ' ' ORDER BY m.created_at DESC, m.id DESC), 'none')
		FROM (SELECT * FROM modelapi_acl.model_apis n ORDER BY n.created_at DESC, n.id DESC LIMIT 2) m;
	RETURN QUERY SELECT who || ' holds ' || p || ' on ' || test.name(m.id)
		FROM test.things m CROSS JOIN unnest(enum_range(NULL::modelapi_acl.permission)) p
		WHERE m.name IN ('churn', 'forecast', 'weather') AND modelapi_acl.has_permission(m.id, p);
	RETURN QUERY SELECT who || ' level ' || l || ' on ' || m.name
		FROM test.things m CROSS JOIN LATERAL modelapi_acl.effective_access_level(m.id) l
		WHERE m.name IN ('churn', 'forecast', 'weather');
	FOREACH t IN ARRAY ARRAY['users', 'user_identities', 'organizations', 'organization_members', 'projects',
		'project_collaborators', 'model_api_collaborators', 'model_api_versions', 'model_api_settings',
		'model_api_logs', 'access_tokens', 'audit_events'] LOOP
		RETURN QUERY EXECUTE format('SELECT %L || count(*) FROM modelapi_acl.%I', who || ' sees ' || t || ' ', t);
	END LOOP;
	RETURN QUERY SELECT who || ' finds ' || test.name(m.id) FROM modelapi_acl.search_model_apis('leave') m;
END $$;
CREATE TABLE test.found (what text, answer text);
GRANT SELECT, INSERT ON test.found TO PUBLIC;
DELETE FROM test.users WHERE name NOT IN ('founder', 'mo_owner', 'm_editor', 'po_viewer', 'p_viewer', 'sibling', 'stranger', 'disabled');

-- Identity holds for a transaction: one transaction for each user and each way to name a user
CREATE PROCEDURE test.look(what text) LANGUAGE plpgsql AS $$
DECLARE
	u text;
	k text;
BEGIN
	FOR u IN SELECT name FROM test.users ORDER BY place LOOP
		FOREACH k IN ARRAY ARRAY['%s', 'sub-%s', '%s@Example.COM'] LOOP
			COMMIT;
			SET LOCAL SESSION AUTHORIZATION regress_backend;
			BEGIN
				PERFORM modelapi_acl.set_session_user(format(k, u));
				INSERT INTO test.found SELECT what, format(k, u) || ' is ' || test.name(modelapi_acl.current_user_id());
			EXCEPTION WHEN SQLSTATE 'PT401' THEN
				INSERT INTO test.found SELECT what, format(k, u) || ' is refused';
			END;
			IF k = '%s' THEN
				INSERT INTO test.found SELECT what, a FROM test.answers(u) a;
			END IF;
		END LOOP;
	END LOOP;
	COMMIT;
	INSERT INTO test.found SELECT what, x.label || ': ' || a.reason
	FROM (VALUES ('good', (SELECT token FROM test.token)), ('unknown', 'mapi_x'),
		('changed', (SELECT overlay(token placing 'x' from 10 for 1) FROM test.token))) x(label, token)
	CROSS JOIN LATERAL modelapi_acl.authorize_invocation(test.id('churn'),
		'Basic ' || translate(encode(convert_to(x.token || ':' || x.token, 'UTF8'), 'base64'), E'\n', '')) a;
	COMMIT;
END $$;

-- Each index that no foreign key needs, and the statement that recreates it
CREATE TABLE test.indexes AS
SELECT i.indexrelid::regclass::text AS name,
	CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
		ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, c.conname) END AS away,
	CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
		ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) END AS back,
	regexp_replace(pg_get_indexdef(i.indexrelid), ' INCLUDE \([^)]*\)', '') AS bare,
	c.oid IS NOT NULL AS is_key, pg_get_indexdef(i.indexrelid) ~ ' INCLUDE ' AS covers
FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid
	LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
WHERE r.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid)
	AND i.indexrelid::regclass::text NOT LIKE '%search_documents%' AND i.indexrelid::regclass::text NOT LIKE '%object_counters%'
	AND i.indexrelid::regclass::text NOT LIKE '%principal_names_of%';
CREATE PROCEDURE test.alter_and_look() LANGUAGE plpgsql AS $$
DECLARE
	i test.indexes;
BEGIN
	FOR i IN SELECT * FROM test.indexes ORDER BY name COLLATE "C" LOOP
		EXECUTE i.away;
		CALL test.look('without ' || i.name);
		EXECUTE i.back;
		IF i.covers THEN
			EXECUTE i.away;
			EXECUTE i.bare;
			CALL test.look('without INCLUDE ' || i.name);
			EXECUTE i.away;
			EXECUTE i.back;
			UPDATE pg_index SET indisvalid = false WHERE indexrelid = i.name::regclass;
			COMMIT;
			CALL test.look('invalid ' || i.name);
			UPDATE pg_index SET indisvalid = true WHERE indexrelid = i.name::regclass;
			COMMIT;
		END IF;
	END LOOP;
END $$;
CALL test.look('before');
SELECT count(*) > 200 AS there_are_many_answers FROM test.found;
CALL test.alter_and_look();

-- without all of them
CREATE PROCEDURE test.take_all() LANGUAGE plpgsql AS $$
DECLARE
	i test.indexes;
BEGIN
	FOR i IN SELECT * FROM test.indexes ORDER BY name LOOP
		EXECUTE i.away;
	END LOOP;
	COMMIT;
	CALL test.look('without any');
	FOR i IN SELECT * FROM test.indexes ORDER BY name LOOP
		EXECUTE i.back;
	END LOOP;
END $$;
CALL test.take_all();

-- with indexes of the same name, or of the same shape but for order, collation or predicate
DO $$
DECLARE
	i test.indexes;
BEGIN
	FOR i IN SELECT * FROM test.indexes WHERE NOT is_key LOOP
		EXECUTE i.away;
	END LOOP;
END $$;
CREATE INDEX model_api_collaborators_by_user ON modelapi_acl.model_api_collaborators (user_id DESC, model_api_id) INCLUDE (access_level, expires_at);
CREATE INDEX project_collaborators_by_user ON modelapi_acl.project_collaborators (user_id, project_id, expires_at) INCLUDE (access_level) WHERE access_level <> 'viewer';
CREATE INDEX model_apis_by_id ON modelapi_acl.model_apis (project_id, id) INCLUDE (name, created_at, visibility, authorization_mode, invocation_mode);
CREATE INDEX model_apis_public ON modelapi_acl.model_apis (created_at, id) INCLUDE (project_id, authorization_mode) WHERE visibility = 'private';
CREATE INDEX model_apis_by_creation ON modelapi_acl.model_apis (created_at DESC, id) INCLUDE (project_id, visibility, authorization_mode);
CREATE INDEX model_apis_by_project ON modelapi_acl.model_apis USING hash (project_id);
CREATE INDEX token_hashes_by_hash ON modelapi_acl_internal.token_hashes (hash) INCLUDE (model_api_id, name, expires_at);
CREATE UNIQUE INDEX user_identities_email_key ON modelapi_acl.user_identities (upper(email) COLLATE "C");
CREATE UNIQUE INDEX user_identities_email_en ON modelapi_acl.user_identities (lower(email) COLLATE "POSIX");
CREATE INDEX audit_events_by_object ON modelapi_acl.audit_events (object_id, action);
CALL test.look('others');
-- expected: 0 differences each
CREATE VIEW test.differences AS
SELECT w.what, d.answer FROM (SELECT DISTINCT what FROM test.found WHERE what <> 'before') w CROSS JOIN LATERAL (
	(SELECT answer FROM test.found WHERE what = 'before' EXCEPT ALL SELECT answer FROM test.found f WHERE f.what = w.what)
	UNION ALL (SELECT answer FROM test.found f WHERE f.what = w.what EXCEPT ALL SELECT answer FROM test.found WHERE what = 'before')) d;
SELECT count(DISTINCT what) > 60 AS many_alterations FROM test.found;
SELECT * FROM test.differences ORDER BY 1, 2 LIMIT 20;
DROP EXTENSION modelapi_acl CASCADE;
