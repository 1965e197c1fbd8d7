-- What test/checks/power needs beside the world of the regression tests: a mere user,
-- "mallory", who is the person "stranger" and has a schema of his own, and whatever of his the
-- server may run in others' sessions. The person who is stated is "sibling", who owns
-- "forecast"; "churn" is a third party's.
--
-- Each trap calls trap.probe() with its label. The probe does nothing unless the session has
-- the setting trap.label set to that label, so that traps lie side by side.

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
CREATE SCHEMA gate;	-- definer functions of others, which call what is mallory's
GRANT USAGE ON SCHEMA gate TO PUBLIC;
CREATE SCHEMA own;	-- tables of everybody's own, with mallory's functions in them
GRANT USAGE, CREATE ON SCHEMA own TO PUBLIC;

-- How many audit events this transaction has written, by actor. Reads only, past all policies.
CREATE FUNCTION test.witness() RETURNS jsonb LANGUAGE sql VOLATILE SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('all', count(*), 'person', count(*) FILTER (WHERE actor_id = test.id('sibling')),
		'nobody', count(*) FILTER (WHERE actor_id IS NULL))
	FROM modelapi_acl.audit_events WHERE occurred_at >= transaction_timestamp() $$;

-- What everybody's own code tries: replaced in Python, from its table of attempts.
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

-- The outcome of a statement, which is undone, and the events that it wrote
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
	IF mode = 'ask' THEN
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

-- Once for each cell, and not for what the probe itself brings about
CREATE FUNCTION trap.probe(label text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('trap.label', true) = label AND current_setting('trap.busy', true) = 'no' THEN
		PERFORM set_config('trap.busy', 'yes', false);
		PERFORM trap.record(current_setting('trap.cell')::int, current_setting('trap.mode'));
		PERFORM set_config('trap.busy', 'no', false);
	END IF;
	RETURN true;
END $$;

-- The way around the volatility that indexes ask for
CREATE FUNCTION trap.f(label text, x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM trap.probe(label);
	RETURN x;
END $$;
CREATE FUNCTION trap.p(label text, x int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM trap.probe(label);
	RETURN true;
END $$;
-- Of mallory's, SECURITY DEFINER, in an index
CREATE FUNCTION trap.f_definer(label text, x int) RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$
BEGIN
	PERFORM trap.probe(label);
	RETURN x;
END $$;
-- In an index, by a superuser's SECURITY DEFINER function
CREATE FUNCTION trap.f_gate(label text, x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM gate.superuser(label);
	RETURN x;
END $$;

-- For what has no session to set anything in: by its own number, once
CREATE FUNCTION trap.always(cell int, x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM trap.record_alone(cell);
	RETURN x;
END $$;
CREATE FUNCTION trap.record_alone(cell int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('trap.cell', true) IS NULL OR current_setting('trap.cell') = '' THEN
		PERFORM trap.record(cell, 'ask');
	END IF;
END $$;

-- Definers, at two depths. What they call is in the caller's hands.
CREATE FUNCTION trap.definer(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.probe(label); END $$;
CREATE FUNCTION trap.definer_again(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.definer(label); END $$;
CREATE FUNCTION trap.definer_gate(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN gate.superuser(label); END $$;
CREATE FUNCTION trap.definer_gate_admin(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN gate.admin(label); END $$;
CREATE FUNCTION trap.definer_off(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
	SET row_security = off AS $$
BEGIN RETURN trap.probe(label); END $$;
CREATE PROCEDURE trap.procedure(label text) LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN PERFORM trap.probe(label); END $$;
CREATE FUNCTION trap.definer_do(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	EXECUTE format('DO %L', format('BEGIN PERFORM trap.probe(%L); END', label));
	RETURN true;
END $$;
-- Inlined where it is called
CREATE FUNCTION trap.inlined(label text) RETURNS boolean LANGUAGE sql AS 'SELECT trap.probe($1)';

RESET SESSION AUTHORIZATION;

CREATE FUNCTION gate.superuser(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.probe(label); END $$;
CREATE FUNCTION gate.superuser_definer(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.definer(label); END $$;
CREATE FUNCTION gate.superuser_off(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
	SET row_security = off AS $$
BEGIN RETURN trap.probe(label); END $$;
CREATE FUNCTION gate.admin(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.probe(label); END $$;
ALTER FUNCTION gate.admin(text) OWNER TO regress_admin;
CREATE FUNCTION gate.admin_definer(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.definer(label); END $$;
ALTER FUNCTION gate.admin_definer(text) OWNER TO regress_admin;

SET SESSION AUTHORIZATION regress_mallory;

-- Triggers of every kind: the label is the argument
CREATE FUNCTION trap.on_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM trap.probe(TG_ARGV[0]);
	RETURN COALESCE(NEW, OLD);
END $$;
CREATE FUNCTION trap.on_row_definer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM trap.probe(TG_ARGV[0]);
	RETURN COALESCE(NEW, OLD);
END $$;
CREATE FUNCTION trap.on_event() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM trap.probe('event trigger'); END $$;
CREATE FUNCTION trap.on_event_definer() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN PERFORM trap.probe('event trigger, definer'); END $$;

-- What happens on a write
CREATE TABLE trap.written (
	x int DEFAULT trap.f('default', 1),
	y int GENERATED ALWAYS AS (trap.f('generated column', x)) STORED,
	CHECK (trap.p('CHECK', x)));
CREATE INDEX ON trap.written (trap.f('index expression', x));
CREATE INDEX ON trap.written (x) WHERE trap.p('index predicate', x);
CREATE INDEX ON trap.written (trap.f_definer('index expression, definer', x));
DO $$
DECLARE time text; event text; what text;
BEGIN
	FOREACH time IN ARRAY ARRAY['BEFORE', 'AFTER'] LOOP
		FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
			FOREACH what IN ARRAY ARRAY['ROW', 'STATEMENT'] LOOP
				EXECUTE format('CREATE TRIGGER %I %s %s ON trap.written FOR EACH %s EXECUTE FUNCTION trap.on_row(%L)',
					time || event || what, time, event, what, lower(format('%s %s %s', time, event, what)));
			END LOOP;
		END LOOP;
	END LOOP;
END $$;
CREATE TRIGGER definer BEFORE INSERT ON trap.written FOR EACH ROW EXECUTE FUNCTION trap.on_row_definer('trigger, definer');
CREATE TRIGGER condition BEFORE INSERT ON trap.written FOR EACH ROW WHEN (trap.p('trigger''s WHEN', NEW.x)) EXECUTE FUNCTION trap.on_row('-');
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON trap.written DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION trap.on_row('deferred trigger');
CREATE CONSTRAINT TRIGGER deferred_definer AFTER INSERT ON trap.written DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION trap.on_row_definer('deferred trigger, definer');
CREATE TRIGGER truncated BEFORE TRUNCATE ON trap.written EXECUTE FUNCTION trap.on_row('TRUNCATE trigger');
CREATE FUNCTION trap.write_definer() RETURNS void LANGUAGE sql SECURITY DEFINER
	AS 'INSERT INTO trap.written VALUES (1)';
CREATE TABLE trap.parted (x int) PARTITION BY RANGE (trap.f('partition key', x));
CREATE TABLE trap.part PARTITION OF trap.parted DEFAULT;
CREATE DOMAIN trap.domain AS int CHECK (trap.p('domain', VALUE));
CREATE TABLE trap.domains (x trap.domain);
CREATE VIEW trap.insteads AS SELECT 1 AS x;
CREATE TRIGGER instead INSTEAD OF INSERT ON trap.insteads FOR EACH ROW EXECUTE FUNCTION trap.on_row('INSTEAD OF trigger');
CREATE TABLE trap.ruled (x int);
CREATE RULE also AS ON INSERT TO trap.ruled DO ALSO SELECT trap.probe('rule');
CREATE RULE instead AS ON UPDATE TO trap.ruled DO INSTEAD SELECT trap.probe('INSTEAD rule');

-- What happens on a read
CREATE VIEW trap.viewed AS SELECT trap.probe('view') AS x;
CREATE VIEW trap.viewed_where AS SELECT 1 AS x FROM pg_catalog.generate_series(1, 1) WHERE trap.probe('view''s WHERE');
CREATE VIEW trap.viewed_definer AS SELECT trap.definer('view of a definer') AS x;
CREATE VIEW trap.viewed_constant AS SELECT trap.f('constant while planning', 1) AS x;
CREATE TABLE trap.guarded (x int);
INSERT INTO trap.guarded VALUES (1);
CREATE POLICY p ON trap.guarded USING (trap.probe('policy')) WITH CHECK (trap.probe('policy''s WITH CHECK'));
ALTER TABLE trap.guarded ENABLE ROW LEVEL SECURITY;
CREATE TABLE trap.forced (x int);
INSERT INTO trap.forced VALUES (1);
CREATE POLICY p ON trap.forced USING (trap.probe('policy below a view'));
ALTER TABLE trap.forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE VIEW trap.viewed_forced AS SELECT x FROM trap.forced;
CREATE TYPE trap.number AS (x int);
CREATE FUNCTION trap.to_int(trap.number) RETURNS int LANGUAGE plpgsql AS $$
BEGIN PERFORM trap.probe('cast'); RETURN ($1).x; END $$;
CREATE CAST (trap.number AS int) WITH FUNCTION trap.to_int(trap.number) AS IMPLICIT;
CREATE TYPE trap.mood AS ENUM ('fair');
CREATE FUNCTION trap.to_json(trap.mood) RETURNS json LANGUAGE plpgsql AS $$
BEGIN PERFORM trap.probe('cast in to_json'); RETURN 'null'; END $$;
CREATE CAST (trap.mood AS json) WITH FUNCTION trap.to_json(trap.mood);
CREATE FUNCTION trap.xor(int, int) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN PERFORM trap.probe('operator'); RETURN true; END $$;
CREATE OPERATOR trap.# (LEFTARG = int, RIGHTARG = int, FUNCTION = trap.xor);
CREATE FUNCTION trap.like(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN PERFORM trap.probe('operator while planning'); RETURN true; END $$;
CREATE OPERATOR trap.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = trap.like, RESTRICT = eqsel);
CREATE TABLE trap.common (x int);
INSERT INTO trap.common SELECT n % 3 FROM pg_catalog.generate_series(1, 30) AS n;
ANALYZE trap.common;
GRANT SELECT ON trap.common TO PUBLIC;
CREATE FUNCTION trap.step(int, int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN PERFORM trap.probe('aggregate'); RETURN 1; END $$;
CREATE AGGREGATE trap.collect(int) (SFUNC = trap.step, STYPE = int, INITCOND = '0');
CREATE FUNCTION trap.open() RETURNS refcursor LANGUAGE plpgsql AS $$
DECLARE c refcursor := 'trapped';
BEGIN OPEN c FOR SELECT trap.probe('cursor'); RETURN c; END $$;
CREATE FUNCTION trap.open_definer() RETURNS refcursor LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE c refcursor := 'trapped';
BEGIN OPEN c FOR SELECT trap.probe('cursor'); RETURN c; END $$;
CREATE FUNCTION trap.fetch_definer(refcursor) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE result boolean;
BEGIN FETCH $1 INTO result; RETURN result; END $$;
CREATE FUNCTION trap.open_held() RETURNS void LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'DECLARE held CURSOR WITH HOLD FOR SELECT trap.probe(''cursor WITH HOLD'')'; END $$;
CREATE FUNCTION trap.open_held_definer() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN EXECUTE 'DECLARE held CURSOR WITH HOLD FOR SELECT trap.probe(''cursor WITH HOLD'')'; END $$;

-- Parallel workers: labelled as safe by who wrote them; no subtransactions there
CREATE FUNCTION trap.look(facet text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE result text;
BEGIN
	EXECUTE CASE facet WHEN 'who' THEN 'SELECT test.name(modelapi_acl.current_user_id())'
		WHEN 'other' THEN $q$SELECT modelapi_acl.has_permission(test.id('churn'), 'view')$q$
		WHEN 'own' THEN $q$SELECT modelapi_acl.has_permission(test.id('forecast'), 'view')$q$
		ELSE $q$SELECT count(*) FROM modelapi_acl.list_model_apis() WHERE name IN ('churn', 'forecast', 'weather')$q$ END
	INTO result;
	RETURN current_user || ' ' || pg_backend_pid() || ' ' || COALESCE(result, '');
END $$;
CREATE FUNCTION trap.look_definer(facet text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN trap.look(facet); END $$;

CREATE FUNCTION trap.run_worker(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM set_config(name, 'on', true) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
	PERFORM count(*) FROM pg_class;
	RETURN $1;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA trap TO PUBLIC;
REVOKE DELETE, UPDATE, TRUNCATE ON trap.log FROM PUBLIC;

CREATE FUNCTION trap.difference(int, int) RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN PERFORM trap.probe('subtype_diff'); RETURN $1 - $2; END $$;
CREATE TYPE trap.range AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = trap.difference);

RESET SESSION AUTHORIZATION;

-- Everybody's own tables, with what is mallory's in them, for maintenance
DO $$
DECLARE r text;
BEGIN
	FOREACH r IN ARRAY ARRAY['postgres', 'regress_admin', 'modelapi_acl_admin', 'regress_backend',
		'regress_both', 'modelapi_acl_user', 'regress_person', 'regress_mallory'] LOOP
		EXECUTE replace($q$
			CREATE TABLE own.%_expression (x int);
			INSERT INTO own.%_expression VALUES (1), (2);
			CREATE INDEX %_expression_x ON own.%_expression (trap.f('own expression', x));
			CREATE TABLE own.%_predicate (x int);
			INSERT INTO own.%_predicate VALUES (1), (2);
			CREATE INDEX ON own.%_predicate (x) WHERE trap.p('own predicate', x);
			CREATE INDEX ON own.%_predicate (trap.f_gate('own gate', x));
			CREATE TABLE own.%_statistics (x int);
			INSERT INTO own.%_statistics VALUES (1), (2);
			CREATE STATISTICS own.%_statistics_x ON (trap.f('own statistics', x)) FROM own.%_statistics;
			CREATE TABLE own.%_ranges (x trap.range);
			INSERT INTO own.%_ranges VALUES ('[1,2)'), ('[2,4)');
			CREATE TABLE own.%_bare (x int);
			INSERT INTO own.%_bare VALUES (1), (2);
			CREATE TABLE own.%_brin (x int);
			INSERT INTO own.%_brin VALUES (1), (2);
			CREATE INDEX %_brin_x ON own.%_brin USING brin (trap.f('own brin', x));
			CREATE MATERIALIZED VIEW own.%_view AS SELECT x, trap.f('own view', x) FROM own.%_bare;
			CREATE UNIQUE INDEX ON own.%_view (x);
			CREATE TABLE own.%_worker (x int);
			INSERT INTO own.%_worker VALUES (1), (2);
			CREATE INDEX ON own.%_worker (trap.run_worker(x));
			CREATE TABLE own.%_plain (x int);
			INSERT INTO own.%_plain VALUES (1), (2);
			$q$, '%', r);
		EXECUTE (SELECT string_agg(format('ALTER %s %s OWNER TO %I',
				CASE relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, oid::regclass, r), ';')
			FROM pg_class WHERE relnamespace = 'own'::regnamespace AND relkind IN ('r', 'm')
				AND starts_with(relname, r || '_'));
		EXECUTE format('ALTER STATISTICS own.%I OWNER TO %I', r || '_statistics_x', r);
	END LOOP;
END
$$;
