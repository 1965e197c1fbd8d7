-- The statement makes the secret and shows it in its answer. Read by secrets_in_logs.py.

-- name: create_token
BEGIN;
SELECT modelapi_acl.set_session_user('founder');
SELECT token
FROM modelapi_acl.create_token('{api}', 'made');
COMMIT;

-- name: regenerate_token
BEGIN;
SELECT modelapi_acl.set_session_user('founder');
SELECT token
FROM modelapi_acl.access_tokens t, modelapi_acl.regenerate_token(t.id)
WHERE t.name = 'made' LIMIT 1;
COMMIT;

-- name: create_token, rolled back
BEGIN;
SELECT modelapi_acl.set_session_user('founder');
SELECT token
FROM modelapi_acl.create_token('{api}', 'undone');
ROLLBACK;

-- name: create_token, and an error
BEGIN;
SELECT modelapi_acl.set_session_user('founder');
SELECT token, 1 / 0
FROM modelapi_acl.create_token('{api}', 'undone');
ROLLBACK;
