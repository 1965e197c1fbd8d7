-- What the DBA of dba.py does with a random table and one of its indexes. Where an empty line divides
-- the statements of an action, the DBA waits there; it takes the second part even if the first fails.

-- name: reindex
REINDEX INDEX %(index)s;

-- name: reindex concurrently
REINDEX INDEX CONCURRENTLY %(index)s;

-- name: reindex table concurrently
REINDEX TABLE CONCURRENTLY %(table)s;

-- name: cluster
CLUSTER %(table)s USING %(table_name)s_pkey;

-- name: vacuum full
VACUUM FULL %(table)s;

-- name: vacuum
VACUUM (ANALYZE) %(table)s;

-- name: add
ALTER TABLE %(table)s ADD COLUMN %(new)s text DEFAULT 'x';
ALTER TABLE %(table)s DROP COLUMN %(new)s;

-- name: add and rewrite
ALTER TABLE %(table)s ADD COLUMN %(new)s uuid DEFAULT gen_random_uuid();
ALTER TABLE %(table)s DROP COLUMN %(new)s;

-- name: generated
ALTER TABLE %(table)s ADD COLUMN %(new)s int GENERATED ALWAYS AS (1 + 1) STORED;
ALTER TABLE %(table)s DROP COLUMN %(new)s;

-- name: expression
CREATE INDEX %(new)s ON %(table)s (%(expression)s);
DROP INDEX %(schema)s.%(new)s;

-- name: concurrently
CREATE INDEX CONCURRENTLY %(new)s ON %(table)s (%(expression)s);
DROP INDEX CONCURRENTLY %(schema)s.%(new)s;

-- name: partial
CREATE INDEX %(new)s ON %(table)s ((2)) WHERE 1 = 0;
DROP INDEX %(schema)s.%(new)s;

-- name: rebuild
DROP INDEX %(index)s;

%(definition)s;

-- name: bare
DROP INDEX %(index)s;
%(bare_definition)s;

DROP INDEX %(index)s;
%(definition)s;

-- name: invalid
UPDATE pg_index SET indisvalid = false WHERE indexrelid = '%(index)s'::regclass;

UPDATE pg_index SET indisvalid = true WHERE indexrelid = '%(index)s'::regclass;

-- name: rename
ALTER INDEX %(index)s RENAME TO %(new)s;

ALTER INDEX %(schema)s.%(new)s RENAME TO %(index_name)s;

-- name: trigger
CREATE OR REPLACE FUNCTION public.dba_nothing() RETURNS trigger
	LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER %(new)s AFTER INSERT OR UPDATE OR DELETE ON %(table)s
	FOR EACH ROW EXECUTE FUNCTION public.dba_nothing();
DROP TRIGGER %(new)s ON %(table)s;

-- name: enable all
ALTER TABLE %(table)s ENABLE TRIGGER ALL;

-- name: statistics
ALTER TABLE %(table)s ALTER COLUMN %(column)s SET STATISTICS 100;
ANALYZE %(table)s;
ALTER TABLE %(table)s ALTER COLUMN %(column)s SET STATISTICS %(target)s;

-- name: owner
ALTER TABLE %(table)s OWNER TO dba_other;
ALTER TABLE %(table)s OWNER TO postgres;
