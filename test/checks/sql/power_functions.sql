-- Functions of the check power that call the probe, most of them mallory's.

SET client_min_messages = error;
SET SESSION AUTHORIZATION regress_mallory;

-- Wrappers that are declared immutable, as indexes require
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
-- For an index: a SECURITY DEFINER function of mallory's
CREATE FUNCTION trap.f_definer(label text, x int)
	RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$
BEGIN
	PERFORM trap.probe(label);
	RETURN x;
END $$;
-- For an index: calls a superuser's SECURITY DEFINER function
CREATE FUNCTION trap.f_gate(label text, x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM gate.superuser(label);
	RETURN x;
END $$;

-- For code that runs without a session, where nobody sets trap.cell: the cell is an argument
CREATE FUNCTION trap.always(cell int, x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM trap.record_alone(cell);
	RETURN x;
END $$;
CREATE FUNCTION trap.record_alone(cell int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('trap.cell', true) IS NULL OR current_setting('trap.cell') = '' THEN
		PERFORM trap.record(cell, 'try');
	END IF;
END $$;

-- SECURITY DEFINER functions, directly and through another one
CREATE FUNCTION trap.definer(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.probe(label); END $$;
CREATE FUNCTION trap.definer_again(label text)
	RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.definer(label); END $$;
CREATE FUNCTION trap.definer_gate(label text)
	RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN gate.superuser(label); END $$;
CREATE FUNCTION trap.definer_gate_admin(label text)
	RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
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
-- A function that is inlined into the calling query
CREATE FUNCTION trap.inlined(label text) RETURNS boolean LANGUAGE sql AS 'SELECT trap.probe($1)';

RESET SESSION AUTHORIZATION;

CREATE FUNCTION gate.superuser(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.probe(label); END $$;
CREATE FUNCTION gate.superuser_definer(label text)
	RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.definer(label); END $$;
CREATE FUNCTION gate.superuser_off(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
	SET row_security = off AS $$
BEGIN RETURN trap.probe(label); END $$;
CREATE FUNCTION gate.admin(label text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.probe(label); END $$;
ALTER FUNCTION gate.admin(text) OWNER TO regress_admin;
CREATE FUNCTION gate.admin_definer(label text)
	RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN trap.definer(label); END $$;
ALTER FUNCTION gate.admin_definer(text) OWNER TO regress_admin;

SET SESSION AUTHORIZATION regress_mallory;

-- Trigger functions; the label is the argument
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
CREATE FUNCTION trap.on_event_definer()
	RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN PERFORM trap.probe('event trigger, definer'); END $$;

RESET SESSION AUTHORIZATION;
