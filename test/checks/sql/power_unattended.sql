-- What runs without a session, read by power/unattended.py: autovacuum, on tables with mallory's
-- code in them, and the worker that applies a subscription's changes. {n} is the cell's number.

-- name: table
CREATE TABLE own.auto_{n} (x int);
ALTER TABLE own.auto_{n} OWNER TO {owner};
ALTER TABLE own.auto_{n} SET (
	autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0,
	autovacuum_vacuum_insert_threshold = 1, autovacuum_vacuum_insert_scale_factor = 0);

-- name: autovacuum, index expression
CREATE INDEX ON own.auto_{n} (trap.always({n}, x));

-- name: autovacuum, index predicate
CREATE INDEX ON own.auto_{n} (x) WHERE trap.always({n}, x) = x;

-- name: autovacuum, statistics
CREATE STATISTICS own.auto_{n}_s ON (trap.always({n}, x)) FROM own.auto_{n};

-- name: autovacuum, BRIN that summarizes itself
CREATE INDEX ON own.auto_{n} USING brin (trap.always({n}, x))
	WITH (autosummarize, pages_per_range = 1);

-- name: fill
INSERT INTO own.auto_{n} SELECT generate_series(1, 1000);

-- name: publisher
CREATE SCHEMA trap;
CREATE TABLE trap.applied (x int);
CREATE PUBLICATION p FOR TABLE trap.applied;

-- name: subscriber
CREATE TABLE trap.applied (x int);
CREATE FUNCTION trap.on_apply() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN PERFORM trap.always({n}, 1); RETURN NEW; END $$;
CREATE TRIGGER applied BEFORE INSERT ON trap.applied
	FOR EACH ROW EXECUTE FUNCTION trap.on_apply();
ALTER TABLE trap.applied ENABLE ALWAYS TRIGGER applied;

-- name: subscribe
CREATE SUBSCRIPTION s CONNECTION 'host={host} port=5432 user=postgres dbname=publisher'
	PUBLICATION p WITH (slot_name = power, create_slot = false, copy_data = false);

-- name: unsubscribe
ALTER SUBSCRIPTION s DISABLE;
ALTER SUBSCRIPTION s SET (slot_name = NONE);
DROP SUBSCRIPTION s;
