-- What a DBA cannot do to the extension's own columns, and the error when its schema was
-- renamed.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- A column cannot be dropped or change its type: views, policies and the extension itself
-- depend on it
CREATE FUNCTION test.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RAISE EXCEPTION USING ERRCODE = 'P0001', MESSAGE = 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT way, outcome, count(*) > 50 AS many FROM (
	SELECT way, test.attempt(format('ALTER TABLE %s %s', a.attrelid::regclass, format(form, a.attname))) AS outcome
	FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
		CROSS JOIN (VALUES ('drop', 'DROP COLUMN %I'), ('type', 'ALTER COLUMN %1$I TYPE bytea USING NULL')) AS w(way, form)
	WHERE c.relkind = 'r' AND c.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
		AND a.attnum > 0 AND NOT a.attisdropped) AS t
GROUP BY way, outcome ORDER BY way, outcome;

-- A renamed schema: every function fails, and the error names the schema
BEGIN;
ALTER SCHEMA modelapi_acl RENAME TO renamed;
SELECT test.try($$SELECT renamed.set_session_user('founder')$$);
SELECT test.try($$SELECT renamed.has_permission(test.id('forecast'), 'view')$$);
ROLLBACK;
BEGIN;
ALTER SCHEMA modelapi_acl_internal RENAME TO renamed;
SELECT test.try($$SELECT modelapi_acl.set_session_user('founder')$$);
SELECT test.try($$SELECT * FROM modelapi_acl.who_can(test.id('forecast'), 'view')$$);
ROLLBACK;
SELECT modelapi_acl.set_session_user('founder') IS NOT NULL AS as_before;
