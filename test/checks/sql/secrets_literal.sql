-- The secret is written into the statement. Read by secrets_in_logs.py.

-- name: literal
SELECT reason FROM modelapi_acl.authorize_invocation('{api}', {header});

-- name: literal, and an error afterwards
SELECT 1 / (count(*) - 1) FROM modelapi_acl.authorize_invocation('{api}', {header});

-- name: literal, and a timeout
SELECT reason, pg_sleep(1) FROM modelapi_acl.authorize_invocation('{api}', {header});

-- name: literal, syntax error
SELECT reason FROM modelapi_acl.authorize_invocation('{api}', {header}) WHERE WHERE;

-- name: literal, in EXECUTE
PREPARE p AS SELECT reason
FROM modelapi_acl.authorize_invocation('{api}', $1);
EXECUTE p ({header});

-- name: literal, in DO
DO $$ BEGIN PERFORM modelapi_acl.authorize_invocation('{api}', {header}); END $$;

-- name: literal, in a failing DO
DO $$ BEGIN
	PERFORM modelapi_acl.authorize_invocation('{api}', {header});
	RAISE 'x';
END $$;

-- name: literal, in a cursor
BEGIN; DECLARE c CURSOR FOR SELECT reason
FROM modelapi_acl.authorize_invocation('{api}', {header});
FETCH c;
COMMIT;

-- name: literal, in COPY
COPY (SELECT reason FROM modelapi_acl.authorize_invocation('{api}', {header})) TO STDOUT;

-- name: literal, in a setting
SELECT set_config('request.headers', {header}, false);

-- name: literal, in SET
SET request.headers = {header};

-- name: the digest, literal
SELECT reason FROM modelapi_acl.authorize_invocation('{api}', 'bearer', '\x' || {digest});
