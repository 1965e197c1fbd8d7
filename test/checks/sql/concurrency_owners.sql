-- Of a model API, a project and an organization: its owners or admins, how one of them takes in
-- another, and how they give the role up. Read by concurrency.py.

-- name: model API: owners
SELECT u.username
FROM modelapi_acl.model_api_collaborators AS c
JOIN modelapi_acl.users AS u ON u.id = c.user_id
WHERE c.model_api_id = %(thing)s AND c.access_level = 'owner' AND c.expires_at IS NULL;

-- name: model API: take in
SELECT modelapi_acl.add_collaborator(%(thing)s, %(other)s, 'owner');

-- name: model API: leave
SELECT modelapi_acl.remove_collaborator(%(thing)s, %(who)s);

-- name: model API: become an editor
UPDATE modelapi_acl.model_api_collaborators SET access_level = 'editor'
WHERE model_api_id = %(thing)s AND user_id = modelapi_acl.current_user_id();

-- name: model API: own until a time
UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() + interval '1 hour'
WHERE model_api_id = %(thing)s AND user_id = modelapi_acl.current_user_id();

-- name: model API: become a viewer
SELECT modelapi_acl.add_collaborator(%(thing)s, %(who)s, 'viewer');

-- name: project: owners
SELECT u.username
FROM modelapi_acl.project_collaborators AS c
JOIN modelapi_acl.users AS u ON u.id = c.user_id
WHERE c.project_id = %(thing)s AND c.access_level = 'owner' AND c.expires_at IS NULL;

-- name: project: take in
SELECT modelapi_acl.add_project_collaborator(%(thing)s, %(other)s, 'owner');

-- name: project: leave
SELECT modelapi_acl.remove_project_collaborator(%(thing)s, %(who)s);

-- name: project: become an editor
UPDATE modelapi_acl.project_collaborators SET access_level = 'editor'
WHERE project_id = %(thing)s AND user_id = modelapi_acl.current_user_id();

-- name: project: become a viewer
SELECT modelapi_acl.add_project_collaborator(%(thing)s, %(who)s, 'viewer');

-- name: organization: owners
SELECT u.username
FROM modelapi_acl.organization_members AS m
JOIN modelapi_acl.users AS u ON u.id = m.user_id
JOIN modelapi_acl.organizations AS o ON o.id = m.organization_id
WHERE o.name = %(thing)s AND m.is_admin;

-- name: organization: take in
SELECT modelapi_acl.add_organization_member(%(thing)s, %(other)s, true);

-- name: organization: leave
SELECT modelapi_acl.remove_organization_member(%(thing)s, %(who)s);

-- name: organization: become a member
SELECT modelapi_acl.add_organization_member(%(thing)s, %(who)s, false);
