-- Tables of other roles with mallory's code in them, of the check power, for maintenance commands.

SET client_min_messages = error;

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
			CREATE STATISTICS own.%_statistics_x
				ON (trap.f('own statistics', x)) FROM own.%_statistics;
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
				CASE relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
				oid::regclass, r), ';')
			FROM pg_class WHERE relnamespace = 'own'::regnamespace AND relkind IN ('r', 'm')
				AND starts_with(relname, r || '_'));
		EXECUTE format('ALTER STATISTICS own.%I OWNER TO %I', r || '_statistics_x', r);
	END LOOP;
END
$$;

-- Numbers in names that have to be unique
CREATE SEQUENCE test.numbers;
GRANT USAGE ON SEQUENCE test.numbers TO PUBLIC;

-- A table of mallory's that the extension's tables refer to
CREATE TABLE trap.reasons (id uuid PRIMARY KEY);
ALTER TABLE trap.reasons OWNER TO regress_mallory;
GRANT ALL ON trap.reasons TO PUBLIC;
