-- What the clients of crashes.py do at random; the first one needs no model API.

-- name: create_model_api
SELECT modelapi_acl.create_model_api(%(project)s, 'made');

-- name: add_collaborator
SELECT modelapi_acl.add_collaborator(%(api)s, %(other)s, 'owner');

-- name: remove_collaborator
SELECT modelapi_acl.remove_collaborator(%(api)s, %(other)s);

-- name: publish_version
SELECT modelapi_acl.publish_version(%(api)s, '{}');

-- name: create_token
SELECT modelapi_acl.create_token(%(api)s, 'made');

-- name: revoke_token
SELECT modelapi_acl.revoke_token(id) FROM modelapi_acl.access_tokens
WHERE model_api_id = %(api)s AND revoked_at IS NULL LIMIT 1;

-- name: transfer_ownership
SELECT modelapi_acl.transfer_ownership(%(api)s, %(other)s, 'owner');

-- name: set_setting
SELECT modelapi_acl.set_setting(%(api)s, 'made', to_jsonb(random()));

-- name: delete_setting
SELECT modelapi_acl.delete_setting(%(api)s, 'made');

-- name: regenerate_token
SELECT modelapi_acl.regenerate_token(id) FROM modelapi_acl.access_tokens
WHERE model_api_id = %(api)s AND revoked_at IS NULL LIMIT 1;

-- name: create_organization
SELECT modelapi_acl.create_organization('o' || floor(random() * 20));

-- name: add_organization_member
SELECT modelapi_acl.add_organization_member('o' || floor(random() * 20), %(other)s, random() < 0.5);

-- name: remove_organization_member
SELECT modelapi_acl.remove_organization_member('o' || floor(random() * 20), %(other)s);

-- name: delete_organization
SELECT modelapi_acl.delete_organization('o' || floor(random() * 20));

-- name: add_project_collaborator
SELECT modelapi_acl.add_project_collaborator(%(project)s, %(other)s, 'owner');

-- name: remove_project_collaborator
SELECT modelapi_acl.remove_project_collaborator(%(project)s, %(other)s);

-- name: set_visibility
SELECT modelapi_acl.set_visibility(%(api)s, 'public');

-- name: delete_model_api
SELECT modelapi_acl.delete_model_api(%(api)s);

-- name: update of a description
UPDATE modelapi_acl.model_apis SET description = md5(random()::text) WHERE id = %(api)s;

-- name: list_model_apis
SELECT count(*) FROM modelapi_acl.model_apis AS m, modelapi_acl.list_model_apis('delete') AS l;
