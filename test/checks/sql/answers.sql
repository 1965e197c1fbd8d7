-- What callers of functions need in their database, see harness/callers.py.
CREATE SCHEMA test;
GRANT USAGE ON SCHEMA test TO PUBLIC;

-- the rows of a query, or its error; whatever it did is undone
CREATE FUNCTION test.ask(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	answer json;
	state text;
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE 'SELECT coalesce(json_agg(row_to_json(t)), ''[]'') FROM (' || query || ') t'
		INTO answer;
	RETURN json_build_object('rows', answer);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN json_build_object('error', state, 'text', json_build_array(message, detail, hint));
END $$;

-- whether a user holds the permission after a statement that gives a level; undone again
CREATE FUNCTION test.if_granted(statement text, model_api uuid, permission text, username text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	held boolean;
BEGIN
	EXECUTE statement;
	SELECT EXISTS (
		SELECT FROM modelapi_acl.who_can(model_api, permission::modelapi_acl.permission) w
		WHERE w.username = if_granted.username) INTO held;
	RAISE EXCEPTION USING ERRCODE = 'UNDO1', MESSAGE = held::text;
EXCEPTION
	WHEN SQLSTATE 'UNDO1' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		RETURN SQLSTATE;
END $$;
