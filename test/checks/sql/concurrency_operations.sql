-- What the clients of concurrency.py try at random.

-- name: add_collaborator
SELECT modelapi_acl.add_collaborator(%(api)s, %(other)s, %(level)s);

-- name: remove_collaborator
SELECT modelapi_acl.remove_collaborator(%(api)s, %(other)s);

-- name: leave
SELECT modelapi_acl.remove_collaborator(%(api)s, %(who)s);

-- name: transfer_ownership
SELECT modelapi_acl.transfer_ownership(%(api)s, %(other)s, %(keep)s);

-- name: add_project_collaborator
SELECT modelapi_acl.add_project_collaborator(%(project)s, %(other)s, %(level)s);

-- name: remove_project_collaborator
SELECT modelapi_acl.remove_project_collaborator(%(project)s, %(other)s);

-- name: transfer_project
SELECT modelapi_acl.transfer_project(%(project)s, %(other)s, %(keep)s);

-- name: add_organization_member
SELECT modelapi_acl.add_organization_member(%(organization)s, %(other)s, %(yes)s);

-- name: remove_organization_member
SELECT modelapi_acl.remove_organization_member(%(organization)s, %(other)s);

-- name: demote all other collaborators
UPDATE modelapi_acl.model_api_collaborators SET access_level = 'viewer'
WHERE model_api_id = %(api)s AND user_id <> modelapi_acl.current_user_id();

-- name: promote all collaborators
UPDATE modelapi_acl.model_api_collaborators SET access_level = 'owner'
WHERE model_api_id = %(api)s;

-- name: let the own grant expire
UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() + interval '1 hour'
WHERE model_api_id = %(api)s AND user_id = modelapi_acl.current_user_id();

-- name: upsert of a grant
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
SELECT %(api)s, id, %(level)s FROM modelapi_acl.users WHERE username = %(other)s
ON CONFLICT (user_id, model_api_id) DO UPDATE SET access_level = EXCLUDED.access_level;

-- name: swap admins and other members
UPDATE modelapi_acl.organization_members SET is_admin = NOT is_admin
WHERE user_id <> modelapi_acl.current_user_id();

-- name: publish_version
SELECT modelapi_acl.publish_version(%(api)s, '{}');

-- name: delete_model_api
SELECT modelapi_acl.delete_model_api(%(api)s);

-- name: delete_project
SELECT modelapi_acl.delete_project(%(project)s);

-- name: delete_organization
SELECT modelapi_acl.delete_organization(%(organization)s);
