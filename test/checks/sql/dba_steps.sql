-- The statements of the load of dba.py.

-- name: create_project
WITH p AS MATERIALIZED (SELECT modelapi_acl.create_project(%(name)s) AS id) SELECT p.id FROM p;

-- name: create_model_api
SELECT modelapi_acl.create_model_api(%(project)s, %(name)s, %(description)s);

-- name: add_collaborator
SELECT modelapi_acl.add_collaborator(%(api)s, %(other)s, %(level)s);

-- name: remove_collaborator
SELECT modelapi_acl.remove_collaborator(%(api)s, %(other)s);

-- name: add_project_collaborator
SELECT modelapi_acl.add_project_collaborator(%(project)s, %(other)s, %(level)s);

-- name: upsert of a setting
INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (%(api)s, 's', '1')
ON CONFLICT (model_api_id, name) DO UPDATE SET value = EXCLUDED.value;

-- name: new description
UPDATE modelapi_acl.model_apis SET description = %(description)s WHERE id = %(api)s;

-- name: publish_version
SELECT v.number FROM modelapi_acl.publish_version(%(api)s, '{}') v;

-- name: create_token
SELECT t.id, t.token FROM modelapi_acl.create_token(%(api)s, 't') t;

-- name: revoke_token
SELECT modelapi_acl.revoke_token(%(token_id)s);

-- name: authorize_invocation
SELECT reason
FROM modelapi_acl.authorize_invocation(%(api)s, 'basic', sha256(%(token)s::bytea));

-- name: make public
SELECT modelapi_acl.set_visibility(%(api)s, 'public');

-- name: make private
SELECT modelapi_acl.set_visibility(%(api)s, 'private');

-- name: has_permission
SELECT modelapi_acl.has_permission(%(api)s, %(permission)s),
	modelapi_acl.effective_access_level(%(api)s);

-- name: list_model_apis
SELECT id FROM modelapi_acl.list_model_apis(%(permission)s)
WHERE visibility = 'private' ORDER BY created_at DESC;

-- name: who_can
SELECT username, access_level FROM modelapi_acl.who_can(%(api)s, 'edit_settings') ORDER BY 1;

-- name: audit events
SELECT count(*) FROM modelapi_acl.audit_events WHERE model_api_id = %(api)s;

-- name: rows of four tables
SELECT (SELECT count(*) FROM modelapi_acl.project_collaborators),
	(SELECT count(*) FROM modelapi_acl.model_api_collaborators),
	(SELECT count(*) FROM modelapi_acl.model_api_versions),
	(SELECT count(*) FROM modelapi_acl.access_tokens);

-- name: changes_since
SELECT action, count(*) FROM modelapi_acl.changes_since()
WHERE model_api_id = %(api)s GROUP BY 1 ORDER BY 1;

-- name: search_model_apis
SELECT count(*) FROM modelapi_acl.search_model_apis(%(word)s) WHERE visibility = 'private';
