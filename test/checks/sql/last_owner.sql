-- The statements of test/checks/last_owner.py. %(me)s is Ann in the first session and Bob
-- in the second; each pair of statements has three users and three objects of its own.

-- name: create users
SELECT name, modelapi_acl.create_user(name, name || '@example.com')
FROM unnest(ARRAY[%(ann)s, %(bob)s, %(cyd)s]) AS name;
-- name: create project
SELECT modelapi_acl.create_project('project');
-- name: create model API
SELECT modelapi_acl.create_model_api(%(project)s, 'model_api');
-- name: create organization
SELECT modelapi_acl.create_organization(%(organization_name)s);
-- name: make Bob an owner and admin
SELECT modelapi_acl.add_project_collaborator(%(project)s, %(bob)s, 'owner'),
	modelapi_acl.add_collaborator(%(model API)s, %(bob)s, 'owner'),
	modelapi_acl.add_organization_member(%(organization_name)s, %(bob)s, true);

-- name: sign in
SELECT modelapi_acl.set_session_user(%(me)s);
-- name: take a snapshot
SELECT FROM modelapi_acl.users LIMIT 1;
-- name: is the second session blocked
SELECT %(first)s = ANY (pg_blocking_pids(%(second)s));

-- name: organization: owners
SELECT u.username
FROM modelapi_acl.organization_members AS m JOIN modelapi_acl.users AS u ON u.id = m.user_id
WHERE m.organization_id = %(organization)s AND m.is_admin;
-- name: organization: leave
SELECT modelapi_acl.remove_organization_member(%(organization_name)s, %(me)s);
-- name: organization: demote
UPDATE modelapi_acl.organization_members SET is_admin = false
WHERE organization_id = %(organization)s AND user_id = %(my_id)s;
-- name: organization: add as member
SELECT modelapi_acl.add_organization_member(%(organization_name)s, %(me)s, false);
-- name: organization: delete row
DELETE FROM modelapi_acl.organization_members
WHERE organization_id = %(organization)s AND user_id = %(my_id)s;

-- name: project: owners
SELECT u.username
FROM modelapi_acl.project_collaborators AS c JOIN modelapi_acl.users AS u ON u.id = c.user_id
WHERE c.project_id = %(project)s AND c.access_level = 'owner' AND c.expires_at IS NULL;
-- name: project: leave
SELECT modelapi_acl.remove_project_collaborator(%(project)s, %(me)s);
-- name: project: demote
UPDATE modelapi_acl.project_collaborators SET access_level = 'viewer'
WHERE project_id = %(project)s AND user_id = %(my_id)s;
-- name: project: set expiry
UPDATE modelapi_acl.project_collaborators SET expires_at = now() + interval '1 day'
WHERE project_id = %(project)s AND user_id = %(my_id)s;
-- name: project: transfer
SELECT modelapi_acl.transfer_project(%(project)s, %(cyd)s, 'viewer');
-- name: project: delete row
DELETE FROM modelapi_acl.project_collaborators
WHERE project_id = %(project)s AND user_id = %(my_id)s;

-- name: model API: owners
SELECT u.username
FROM modelapi_acl.model_api_collaborators AS c JOIN modelapi_acl.users AS u ON u.id = c.user_id
WHERE c.model_api_id = %(model API)s AND c.access_level = 'owner' AND c.expires_at IS NULL;
-- name: model API: leave
SELECT modelapi_acl.remove_collaborator(%(model API)s, %(me)s);
-- name: model API: demote
UPDATE modelapi_acl.model_api_collaborators SET access_level = 'viewer'
WHERE model_api_id = %(model API)s AND user_id = %(my_id)s;
-- name: model API: set expiry
UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() + interval '1 day'
WHERE model_api_id = %(model API)s AND user_id = %(my_id)s;
-- name: model API: transfer
SELECT modelapi_acl.transfer_ownership(%(model API)s, %(cyd)s, NULL);
-- name: model API: delete row
DELETE FROM modelapi_acl.model_api_collaborators
WHERE model_api_id = %(model API)s AND user_id = %(my_id)s;
