-- What code of the role regress_mallory tries in another session; the names are those of
-- power/rules.py. The user sibling owns "forecast"; "churn" belongs to others.

-- name: grant
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
VALUES (test.id('churn'), test.id('stranger'), 'owner');

-- name: grant, own
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
VALUES (test.id('forecast'), test.id('stranger'), 'owner');

-- name: grant, off
SET LOCAL row_security = off;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
VALUES (test.id('churn'), test.id('stranger'), 'owner');

-- name: grant in the past
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level, expires_at)
VALUES (test.id('churn'), test.id('stranger'), 'owner', '2020-01-01');

-- name: grant in the past, off
SET LOCAL row_security = off;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level, expires_at)
VALUES (test.id('churn'), test.id('stranger'), 'owner', '2020-01-01');

-- name: forged event
INSERT INTO modelapi_acl.audit_events
	(change_id, occurred_at, database_role, action, object_type)
VALUES (gen_random_uuid(), now(), 'x', 'x.forged', 'x');

-- name: forged event, off
SET LOCAL row_security = off;
INSERT INTO modelapi_acl.audit_events
	(change_id, occurred_at, database_role, action, object_type)
VALUES (gen_random_uuid(), now(), 'x', 'x.forged', 'x');

-- name: update
UPDATE modelapi_acl.model_apis SET description = 'x' WHERE id = test.id('churn');

-- name: update, own
UPDATE modelapi_acl.model_apis SET description = 'x' WHERE id = test.id('forecast');

-- name: add_collaborator
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'owner');

-- name: add_collaborator, own
SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'stranger', 'owner');

-- name: create_token
SELECT modelapi_acl.create_token(test.id('churn'), 'x');

-- name: create_token, own
SELECT modelapi_acl.create_token(test.id('forecast'), 'x');

-- name: regenerate_token
SELECT modelapi_acl.regenerate_token(test.id('churn token'));

-- name: delete_model_api
SELECT modelapi_acl.delete_model_api(test.id('churn'));

-- name: delete_model_api, own
SELECT modelapi_acl.delete_model_api(test.id('forecast'));

-- name: create_project
SELECT modelapi_acl.create_project('x');

-- name: create_user
SELECT modelapi_acl.create_user('x', 'x@example.com');

-- name: disable_user
SELECT modelapi_acl.disable_user('founder');

-- name: state again
SELECT modelapi_acl.set_session_user('founder');

-- name: superuser
ALTER ROLE regress_mallory SUPERUSER;
