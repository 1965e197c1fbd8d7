-- The first part of the database of the check power, in addition to test/setup/world.sql: the role
-- regress_mallory, which belongs to no user, and functions that record what its code may do.
--
-- Each of the objects that the other files create calls trap.probe() with a label. The probe does
-- nothing unless the setting trap.label has that value, so that all of them can exist at once. The
-- user who is stated is "sibling", who owns "forecast"; "churn" belongs to others.

SET client_min_messages = error;
CREATE EXTENSION amcheck;

DO $$
DECLARE r record;
BEGIN
	FOR r IN VALUES
		('regress_mallory', 'LOGIN', 'modelapi_acl_user'),
		('regress_both', 'LOGIN', 'modelapi_acl_backend, modelapi_acl_admin'),
		('regress_operator', 'LOGIN NOINHERIT', 'modelapi_acl_admin'),
		('regress_web_admin', 'LOGIN NOINHERIT', 'modelapi_acl_authenticator, modelapi_acl_admin')
	LOOP
		EXECUTE format('CREATE ROLE %I %s', r.column1, r.column2);
		EXECUTE format('GRANT %s TO %I', r.column3, r.column1);
	END LOOP;
END
$$;
GRANT REFERENCES ON ALL TABLES IN SCHEMA modelapi_acl TO regress_mallory;
CREATE SCHEMA trap AUTHORIZATION regress_mallory;
GRANT USAGE ON SCHEMA trap TO PUBLIC;
CREATE SCHEMA gate;	-- others' SECURITY DEFINER functions, which call mallory's
GRANT USAGE ON SCHEMA gate TO PUBLIC;
CREATE SCHEMA own;	-- tables of other roles, with mallory's functions in them
GRANT USAGE, CREATE ON SCHEMA own TO PUBLIC;

-- How many audit events this transaction has written, by actor; policies do not apply
CREATE FUNCTION test.witness() RETURNS jsonb LANGUAGE sql VOLATILE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('all', count(*),
		'person', count(*) FILTER (WHERE actor_id = test.id('sibling')),
		'nobody', count(*) FILTER (WHERE actor_id IS NULL))
	FROM modelapi_acl.audit_events WHERE occurred_at >= transaction_timestamp() $$;

-- What the code tries: power_attempts.sql
CREATE TABLE test.tries (place int, name text, statement text);
GRANT SELECT ON test.tries TO PUBLIC;

SET SESSION AUTHORIZATION regress_mallory;

CREATE TABLE trap.log (cell int, mode text, role name, answers jsonb);
GRANT INSERT, SELECT ON trap.log TO PUBLIC;

-- The first value of a query, or its error
CREATE FUNCTION trap.value(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE query INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN 'error ' || SQLSTATE;
END $$;

-- The outcome of a statement and how many events it wrote; the statement is undone
CREATE FUNCTION trap.attempt(statement text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	before jsonb := test.witness();
	after jsonb := before;
	n bigint;
	out text;
	message text;
BEGIN
	BEGIN
		EXECUTE statement;
		GET DIAGNOSTICS n = ROW_COUNT;
		after := test.witness();
		out := CASE WHEN n = 0 AND statement LIKE 'UPDATE%' THEN 'no row' ELSE 'ok' END;
		RAISE EXCEPTION USING ERRCODE = 'UNDO1';
	EXCEPTION
		WHEN SQLSTATE 'UNDO1' THEN
		WHEN OTHERS THEN
			out := SQLSTATE;
			message := SQLERRM;
	END;
	RETURN jsonb_build_object('out', out, 'message', message,
		'events', (after->>'all')::int - (before->>'all')::int,
		'person', (after->>'person')::int - (before->>'person')::int,
		'nobody', (after->>'nobody')::int - (before->>'nobody')::int);
END $$;

-- What the code may do: in the mode "try" all attempts, in the mode "state" stating a user
CREATE FUNCTION trap.answers(mode text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	result jsonb := '{}';
	t record;
BEGIN
	IF mode = 'state' THEN
		BEGIN
			PERFORM modelapi_acl.set_session_user('founder');
			result := jsonb_build_object('state', 'ok');
		EXCEPTION WHEN OTHERS THEN
			result := jsonb_build_object('state', SQLSTATE);
		END;
	END IF;
	result := result || jsonb_build_object(
		'who', trap.value('SELECT test.name(modelapi_acl.current_user_id())'),
		'other', trap.value($q$SELECT modelapi_acl.has_permission(test.id('churn'), 'view')$q$),
		'own', trap.value($q$SELECT modelapi_acl.has_permission(test.id('forecast'), 'view')$q$),
		'seen', trap.value($q$SELECT count(*) FROM modelapi_acl.list_model_apis()
			WHERE name IN ('churn', 'forecast', 'weather')$q$));
	IF mode = 'try' THEN
		FOR t IN SELECT * FROM test.tries ORDER BY place LOOP
			result := result || jsonb_build_object(t.name, trap.attempt(t.statement));
		END LOOP;
	END IF;
	RETURN result;
END $$;

CREATE FUNCTION trap.record(cell int, mode text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM trap.log AS l WHERE l.cell = $1) THEN
		INSERT INTO trap.log VALUES (cell, mode, current_user, trap.answers(mode));
	END IF;
END $$;

-- Records once for each cell; the probe's own statements record nothing
CREATE FUNCTION trap.probe(label text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('trap.label', true) = label
		AND current_setting('trap.busy', true) = 'no'
	THEN
		PERFORM set_config('trap.busy', 'yes', false);
		PERFORM trap.record(current_setting('trap.cell')::int, current_setting('trap.mode'));
		PERFORM set_config('trap.busy', 'no', false);
	END IF;
	RETURN true;
END $$;
