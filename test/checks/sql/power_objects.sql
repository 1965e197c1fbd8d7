-- Mallory's objects with code that the server runs, of the check power.

SET client_min_messages = error;
SET SESSION AUTHORIZATION regress_mallory;

-- Code that runs in a statement that writes
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
				EXECUTE format($q$
					CREATE TRIGGER %I %s %s ON trap.written
						FOR EACH %s EXECUTE FUNCTION trap.on_row(%L)$q$,
					time || event || what, time, event, what,
					lower(format('%s %s %s', time, event, what)));
			END LOOP;
		END LOOP;
	END LOOP;
END $$;
CREATE TRIGGER definer BEFORE INSERT ON trap.written
	FOR EACH ROW EXECUTE FUNCTION trap.on_row_definer('trigger, definer');
CREATE TRIGGER condition BEFORE INSERT ON trap.written
	FOR EACH ROW WHEN (trap.p('trigger''s WHEN', NEW.x)) EXECUTE FUNCTION trap.on_row('-');
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON trap.written DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION trap.on_row('deferred trigger');
CREATE CONSTRAINT TRIGGER deferred_definer AFTER INSERT ON trap.written
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION trap.on_row_definer('deferred trigger, definer');
CREATE TRIGGER truncated BEFORE TRUNCATE ON trap.written
	EXECUTE FUNCTION trap.on_row('TRUNCATE trigger');
CREATE FUNCTION trap.write_definer() RETURNS void LANGUAGE sql SECURITY DEFINER
	AS 'INSERT INTO trap.written VALUES (1)';
CREATE TABLE trap.parted (x int) PARTITION BY RANGE (trap.f('partition key', x));
CREATE TABLE trap.part PARTITION OF trap.parted DEFAULT;
CREATE DOMAIN trap.domain AS int CHECK (trap.p('domain', VALUE));
CREATE TABLE trap.domains (x trap.domain);
CREATE VIEW trap.insteads AS SELECT 1 AS x;
CREATE TRIGGER instead INSTEAD OF INSERT ON trap.insteads
	FOR EACH ROW EXECUTE FUNCTION trap.on_row('INSTEAD OF trigger');
CREATE TABLE trap.ruled (x int);
CREATE RULE also AS ON INSERT TO trap.ruled DO ALSO SELECT trap.probe('rule');
CREATE RULE instead AS ON UPDATE TO trap.ruled DO INSTEAD SELECT trap.probe('INSTEAD rule');

-- Code that runs in a query
CREATE VIEW trap.viewed AS SELECT trap.probe('view') AS x;
CREATE VIEW trap.viewed_where AS SELECT 1 AS x
	FROM pg_catalog.generate_series(1, 1) WHERE trap.probe('view''s WHERE');
CREATE VIEW trap.viewed_definer AS SELECT trap.definer('view of a definer') AS x;
CREATE VIEW trap.viewed_constant AS SELECT trap.f('constant while planning', 1) AS x;
CREATE TABLE trap.guarded (x int);
INSERT INTO trap.guarded VALUES (1);
CREATE POLICY p ON trap.guarded
	USING (trap.probe('policy')) WITH CHECK (trap.probe('policy''s WITH CHECK'));
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
CREATE FUNCTION trap.fetch_definer(refcursor)
	RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE result boolean;
BEGIN FETCH $1 INTO result; RETURN result; END $$;
CREATE FUNCTION trap.open_held() RETURNS void LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'DECLARE held CURSOR WITH HOLD FOR SELECT trap.probe(''cursor WITH HOLD'')'; END $$;
CREATE FUNCTION trap.open_held_definer() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN EXECUTE 'DECLARE held CURSOR WITH HOLD FOR SELECT trap.probe(''cursor WITH HOLD'')'; END $$;

-- Code that runs in a parallel worker, where subtransactions are not possible
CREATE FUNCTION trap.look(facet text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE result text;
BEGIN
	EXECUTE CASE facet WHEN 'who' THEN 'SELECT test.name(modelapi_acl.current_user_id())'
		WHEN 'other' THEN $q$SELECT modelapi_acl.has_permission(test.id('churn'), 'view')$q$
		WHEN 'own' THEN $q$SELECT modelapi_acl.has_permission(test.id('forecast'), 'view')$q$
		ELSE $q$SELECT count(*) FROM modelapi_acl.list_model_apis()
			WHERE name IN ('churn', 'forecast', 'weather')$q$ END
	INTO result;
	RETURN current_user || ' ' || pg_backend_pid() || ' ' || COALESCE(result, '');
END $$;
CREATE FUNCTION trap.look_definer(facet text)
	RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN trap.look(facet); END $$;

CREATE FUNCTION trap.run_worker(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM set_config(name, 'on', true) FROM pg_settings
	WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
	PERFORM count(*) FROM pg_class;
	RETURN $1;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA trap TO PUBLIC;
REVOKE DELETE, UPDATE, TRUNCATE ON trap.log FROM PUBLIC;

CREATE FUNCTION trap.difference(int, int) RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN PERFORM trap.probe('subtype_diff'); RETURN $1 - $2; END $$;
CREATE TYPE trap.range AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = trap.difference);

RESET SESSION AUTHORIZATION;
