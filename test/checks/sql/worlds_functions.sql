-- What worlds.py needs beside the extension.

CREATE SCHEMA test;
GRANT USAGE ON SCHEMA test TO PUBLIC;

-- Runs a statement and, unless it is to stay, undoes it. Returns the answer, and the id of what
-- it created.
CREATE FUNCTION test.attempt(statement text, stays boolean, OUT answer text, OUT id text)
LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
	state text;
BEGIN
	BEGIN
		IF statement ~ '^SELECT|RETURNING' THEN
			EXECUTE statement INTO id;
		ELSE
			EXECUTE statement;
		END IF;
		GET DIAGNOSTICS n = ROW_COUNT;
		IF NOT stays THEN
			RAISE EXCEPTION USING ERRCODE = 'UNDO1';
		END IF;
	EXCEPTION
		WHEN SQLSTATE 'UNDO1' THEN
			NULL;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
			answer = state;
			RETURN;
	END;
	answer = CASE WHEN statement LIKE 'SELECT modelapi%' THEN 'ok' ELSE n::text END;
END $$;
