-- Every function of both schemas with each argument NULL, and with all of them, by every role:
-- an answer or an error that says what is missing, never an internal error or a crash.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE FUNCTION test.value(type regtype) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN t.typtype = 'e' THEN (SELECT quote_literal(min(e.enumlabel)) FROM pg_enum e WHERE e.enumtypid = t.oid)
		WHEN $1 = 'uuid'::regtype THEN quote_literal(test.id('churn')) WHEN $1 = 'uuid[]'::regtype THEN '''{}'''
		WHEN $1 = 'boolean'::regtype THEN 'true' WHEN $1 IN ('integer'::regtype, 'bigint'::regtype) THEN '1'
		WHEN $1 = 'timestamptz'::regtype THEN 'now()' WHEN $1 = 'interval'::regtype THEN '''100 years'''
		WHEN $1 = 'jsonb'::regtype THEN '''{}''' WHEN $1 = 'bytea'::regtype THEN '''x''' ELSE '''22023''' END || '::' || $1
	FROM pg_type t WHERE t.oid = $1 $$;
CREATE TABLE test.calls AS
SELECT p.oid::regprocedure::text AS function, n.place AS null_argument,
	'SELECT ' || p.oid::regproc || '(' || coalesce((SELECT string_agg(
		CASE WHEN n.place IN (0, a.place) THEN 'NULL::' || a.type::regtype ELSE test.value(a.type) END, ', ' ORDER BY a.place)
		FROM unnest(p.proargtypes) WITH ORDINALITY a(type, place)), '') || ')' AS statement
FROM pg_proc p CROSS JOIN LATERAL generate_series(0, p.pronargs) n(place)
WHERE p.pronamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
	AND NOT 'internal'::regtype = ANY (p.proargtypes::oid[]) AND p.prokind = 'f' AND NOT (p.pronargs = 1 AND n.place = 1);
GRANT SELECT ON test.calls TO PUBLIC;
CREATE TABLE test.answers (who text, function text, null_argument int, outcome text);
GRANT INSERT ON test.answers TO PUBLIC;
CREATE PROCEDURE test.call_all() LANGUAGE plpgsql AS $$
DECLARE
	c record;
	who text;
BEGIN
	FOREACH who IN ARRAY ARRAY['postgres', 'regress_admin', 'regress_person', 'regress_backend', 'founder', 'stranger',
		'regress_web', 'regress_gateway', 'regress_log_writer', 'regress_nobody'] LOOP
		FOR c IN SELECT * FROM test.calls ORDER BY function, null_argument LOOP
			COMMIT;
			IF who IN ('founder', 'stranger') THEN
				SET LOCAL SESSION AUTHORIZATION regress_backend;
				PERFORM modelapi_acl.set_session_user(who);
			ELSE
				EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', who);
			END IF;
			INSERT INTO test.answers VALUES (who, c.function, c.null_argument, test.try(c.statement));
		END LOOP;
	END LOOP;
END $$;
CALL test.call_all();
SELECT count(*) > 2000 AS many_calls FROM test.answers;
SELECT function, null_argument, who, outcome FROM test.answers WHERE outcome LIKE 'XX%' ORDER BY 1, 2, 3;

-- NULL keys in plain writes
CREATE TABLE test.writes (place serial, statement text);
INSERT INTO test.writes (statement) VALUES
	('INSERT INTO modelapi_acl.projects (id, name) VALUES (NULL, ''x'')'),
	('INSERT INTO modelapi_acl.model_apis (id, project_id, name) VALUES (NULL, test.id(''growth''), ''x'')'),
	('INSERT INTO modelapi_acl.model_apis (project_id, name) VALUES (NULL, ''x'')'),
	('INSERT INTO modelapi_acl.organizations (id, name) VALUES (NULL, ''x'')'),
	('INSERT INTO modelapi_acl.users (id, username) VALUES (NULL, ''x'')'),
	('INSERT INTO modelapi_acl.user_identities (user_id, email) VALUES (NULL, ''x@y'')'),
	('INSERT INTO modelapi_acl.organization_members (organization_id, user_id) VALUES (NULL, NULL)'),
	('INSERT INTO modelapi_acl.project_collaborators (id, project_id, user_id) VALUES (NULL, NULL, test.id(''stranger''))'),
	('INSERT INTO modelapi_acl.model_api_collaborators (id, model_api_id, user_id) VALUES (NULL, NULL, test.id(''stranger''))'),
	('INSERT INTO modelapi_acl.model_api_versions (id, model_api_id, source) VALUES (NULL, NULL, ''{}'')'),
	('INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (NULL, NULL, NULL)'),
	('INSERT INTO modelapi_acl.model_api_logs (id, model_api_id, message) VALUES (NULL, NULL, NULL)'),
	('INSERT INTO modelapi_acl.access_tokens (id, model_api_id, name, hint) VALUES (NULL, NULL, NULL, NULL)'),
	('INSERT INTO modelapi_acl.audit_events (id) VALUES (NULL)'),
	('INSERT INTO modelapi_acl_internal.changes (change_id) VALUES (NULL)'),
	('INSERT INTO modelapi_acl_internal.token_hashes (hash) VALUES (NULL)');
-- by a superuser, signed in as nobody and as an owner
SELECT statement, test.outcome(statement) FROM test.writes ORDER BY place;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT statement, test.outcome(statement) FROM test.writes ORDER BY place;
COMMIT;
