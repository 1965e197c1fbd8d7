-- Every change that can affect access writes an event, even by a superuser with plain SQL:
-- this test updates each column of each table, and inserts and deletes rows.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup

-- Another value for a column; for a foreign key, an existing one
CREATE FUNCTION test.other_value(relation regclass, attribute name, present text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	target regclass := (SELECT confrelid FROM pg_constraint AS c
		JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		WHERE c.conrelid = relation AND c.contype = 'f' AND a.attname = attribute AND cardinality(c.conkey) = 1 LIMIT 1);
	kind regtype := (SELECT atttypid FROM pg_attribute WHERE attrelid = relation AND attname = attribute);
	result text;
BEGIN
	IF target IS NOT NULL THEN
		EXECUTE format('SELECT id FROM %s WHERE id::text IS DISTINCT FROM $1 ORDER BY id LIMIT 1', target) INTO result USING present;
	ELSIF kind IN (SELECT enumtypid FROM pg_enum) THEN
		SELECT enumlabel INTO result FROM pg_enum WHERE enumtypid = kind AND enumlabel IS DISTINCT FROM present ORDER BY enumsortorder LIMIT 1;
	ELSE
		result := CASE kind::text
			WHEN 'uuid' THEN gen_random_uuid()::text
			WHEN 'boolean' THEN (NOT coalesce(present, 'f')::boolean)::text
			WHEN 'text' THEN CASE WHEN attribute = 'level' THEN 'critical' WHEN attribute = 'email' THEN 'other@example.com' ELSE 'other-value' END
			WHEN 'jsonb' THEN '{"other": "value"}'
			WHEN 'bytea' THEN sha256('other')::text
			WHEN 'timestamp with time zone' THEN (now() + '1 hour')::text
			WHEN 'tsvector' THEN 'other'
			ELSE '1000' END;
	END IF;
	RETURN result;
END
$$;

-- The events that a statement writes, or the error. The statement is undone.
CREATE FUNCTION test.events_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before bigint := (SELECT count(*) FROM modelapi_acl.audit_events);
	rows bigint;
	actions text;
BEGIN
	EXECUTE statement;
	GET DIAGNOSTICS rows = ROW_COUNT;
	SELECT string_agg(DISTINCT action, ', ' ORDER BY action) INTO actions FROM (
		SELECT action FROM modelapi_acl.audit_events ORDER BY occurred_at DESC
		LIMIT (SELECT count(*) - before FROM modelapi_acl.audit_events)) AS new;
	RAISE EXCEPTION USING ERRCODE = 'ZZZZZ', MESSAGE = CASE WHEN rows = 0 THEN 'no row' ELSE coalesce(actions, 'no event') END;
EXCEPTION
	WHEN SQLSTATE 'ZZZZZ' THEN RETURN SQLERRM;
	WHEN OTHERS THEN RETURN 'refused: ' || SQLSTATE;
END
$$;

CREATE FUNCTION test.update_of(relation regclass, attribute name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	place tid;
	present text;
BEGIN
	-- a row where the column is not null, if there is one
	EXECUTE format('SELECT ctid, %1$I::text FROM %2$s ORDER BY %1$I IS NULL, ctid LIMIT 1', attribute, relation) INTO place, present;
	RETURN test.events_of(format('UPDATE %s SET %I = %L WHERE ctid = %L', relation, attribute,
		test.other_value(relation, attribute, present), place));
END
$$;
\set ECHO all
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT id FROM modelapi_acl.create_personal_token('mine', NULL, ARRAY[test.id('churn')]) \g /dev/null
COMMIT;

-- UPDATE of each column. Refused: keys, and columns that never change. No event: columns that
-- the extension sets and that no decision depends on.
SELECT a.attrelid::regclass::text AS "table", test.update_of(a.attrelid, a.attname) AS result,
	string_agg(a.attname, ', ' ORDER BY a.attnum) AS columns
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relkind = 'r' AND c.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY 1, 2 ORDER BY 1, 2;

-- DELETE of one row of each table, with its dependent rows
SELECT c.oid::regclass::text AS "table", test.events_of(format('DELETE FROM %1$s WHERE ctid = (SELECT max(ctid) FROM %1$s)', c.oid::regclass)) AS result
FROM pg_class AS c
WHERE c.relkind = 'r' AND c.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
ORDER BY 1;

-- INSERT of rows that no function creates
INSERT INTO modelapi_acl.users (username) VALUES ('bare');
SELECT test.remember('bare', id) FROM modelapi_acl.users WHERE username = 'bare' \g /dev/null
SELECT test.events_of(format($$INSERT INTO modelapi_acl.user_identities (user_id, email) VALUES (%L, 'bare@example.com')$$, test.id('bare')));
SELECT test.remember('loose token', id) FROM (SELECT gen_random_uuid() AS id) AS i \g /dev/null
SELECT test.events_of(format($$INSERT INTO modelapi_acl.access_tokens (id, model_api_id, name, hint) VALUES (%L, %L, 'loose', 'x')$$,
	test.id('loose token'), test.id('weather')));
-- the hash of a new token writes no second event
SELECT test.events_of(format($$WITH t AS (
		INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint) VALUES (%L, 'loose', 'x') RETURNING id)
	INSERT INTO modelapi_acl_internal.token_hashes (hash, token_id) SELECT sha256('mine'), id FROM t$$, test.id('weather')));
INSERT INTO modelapi_acl.access_tokens (id, model_api_id, name, hint) VALUES (test.id('loose token'), test.id('weather'), 'loose', 'x');
SELECT test.events_of(format($$INSERT INTO modelapi_acl_internal.token_hashes (hash, token_id) VALUES (sha256('mine'), %L)$$, test.id('loose token')));

-- Moving a token writes an event for both model APIs; changing its secret writes its own event
BEGIN;
INSERT INTO modelapi_acl_internal.token_hashes (hash, token_id) VALUES (sha256('mine'), test.id('loose token'));
UPDATE modelapi_acl_internal.token_hashes SET hash = sha256('another') WHERE token_id = test.id('loose token');
UPDATE modelapi_acl.access_tokens SET model_api_id = test.id('churn') WHERE id = test.id('loose token');
DELETE FROM modelapi_acl_internal.token_hashes WHERE token_id = test.id('loose token');
SELECT action, test.name(model_api_id) AS model_api, test.name(project_id) AS project, test.name(object_id) AS token,
	test.name((old ->> 'model_api_id')::uuid) AS old, test.name((new ->> 'model_api_id')::uuid) AS new
FROM modelapi_acl.audit_events WHERE change_id = (SELECT change_id FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1)
ORDER BY occurred_at;
COMMIT;

-- Events never contain values of settings, which may be secrets
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.set_setting(test.id('churn'), 'OPENAI_API_KEY', '"sk-secret"');
SELECT modelapi_acl.set_setting(test.id('churn'), 'OPENAI_API_KEY', '"sk-secret-2"');
UPDATE modelapi_acl.model_api_settings SET value = '"sk-secret-3"' WHERE name = 'OPENAI_API_KEY';
SELECT modelapi_acl.delete_setting(test.id('churn'), 'OPENAI_API_KEY');
SELECT action, old, new FROM modelapi_acl.audit_events
WHERE change_id = (SELECT change_id FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1) ORDER BY occurred_at;
COMMIT;
SELECT count(*) FROM modelapi_acl.audit_events AS e WHERE e::text LIKE '%sk-secret%' OR old ? 'value' OR new ? 'value';

-- The statement in the documentation removes values that an earlier version has written
BEGIN;
SET LOCAL row_security = off;
UPDATE modelapi_acl.audit_events SET new = new || '{"value": "sk-secret"}' WHERE action = 'setting.created';
UPDATE modelapi_acl.audit_events SET old = old - 'value', new = new - 'value' WHERE object_type = 'setting';
COMMIT;
SELECT count(*) FROM modelapi_acl.audit_events AS e WHERE e::text LIKE '%sk-secret%' OR old ? 'value' OR new ? 'value';
