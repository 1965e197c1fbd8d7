-- What random users of random worlds try. The words in braces are values of
-- random_worlds/attempts.py, which also names the arguments that the reference gets.

-- name: set_visibility
SELECT modelapi_acl.set_visibility('{api}', '{visibility}');

-- name: set_authorization_mode
SELECT modelapi_acl.set_authorization_mode('{api}', '{mode}');

-- name: set_setting
SELECT modelapi_acl.set_setting('{api}', 'n', '1');

-- name: delete_setting
SELECT modelapi_acl.delete_setting('{api}', 's');

-- name: publish_version
SELECT modelapi_acl.publish_version('{api}', '{}');

-- name: set_version_state
SELECT modelapi_acl.set_version_state('{version}', 'stopped');

-- name: add_collaborator
SELECT modelapi_acl.add_collaborator('{api}', '{maybe}', '{level}', {when});

-- name: remove_collaborator
SELECT modelapi_acl.remove_collaborator('{api}', '{maybe}');

-- name: transfer_ownership
SELECT modelapi_acl.transfer_ownership('{api}', '{maybe}', {keep_as_literal});

-- name: create_token
SELECT modelapi_acl.create_token('{api}', 'x');

-- name: revoke_token
SELECT modelapi_acl.revoke_token('{token}');

-- name: regenerate_token
SELECT modelapi_acl.regenerate_token('{token}');

-- name: delete_model_api
SELECT modelapi_acl.delete_model_api('{api}');

-- name: create_model_api
SELECT modelapi_acl.create_model_api('{project}', '{blank_or_not}');

-- name: add_project_collaborator
SELECT modelapi_acl.add_project_collaborator('{project}', '{maybe}', '{level}', {when});

-- name: remove_project_collaborator
SELECT modelapi_acl.remove_project_collaborator('{project}', '{maybe}');

-- name: transfer_project
SELECT modelapi_acl.transfer_project('{project}', '{maybe}', {keep_as_literal});

-- name: delete_project
SELECT modelapi_acl.delete_project('{project}');

-- name: add_organization_member
SELECT modelapi_acl.add_organization_member('{organization}', '{maybe}', {yes});

-- name: remove_organization_member
SELECT modelapi_acl.remove_organization_member('{organization}', '{user_name}');

-- name: delete_organization
SELECT modelapi_acl.delete_organization('{organization}');

-- name: create_organization
SELECT modelapi_acl.create_organization('{new_name}');

-- name: create_project
SELECT modelapi_acl.create_project('{blank_or_not}');

-- name: create_user
SELECT modelapi_acl.create_user('{new_name}', 'fresh@example.com');

-- name: set_disabled
SELECT modelapi_acl.{disable_or_enable}_user('{maybe}');

-- name: delete_user
SELECT modelapi_acl.delete_user('{maybe}');

-- name: update_name
UPDATE modelapi_acl.model_apis SET name = 'x' WHERE id = '{api}';

-- name: update_visibility
UPDATE modelapi_acl.model_apis SET visibility = '{visibility}' WHERE id = '{api}';

-- name: update_project
UPDATE modelapi_acl.projects SET name = 'x' WHERE id = '{project}';

-- name: insert_collaborator
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, {kind}_id, access_level)
VALUES ('{api}', '{holder}', '{level}');

-- name: update_collaborator
UPDATE modelapi_acl.model_api_collaborators SET access_level = '{level}'
WHERE model_api_id = '{api}' AND {kind}_id = '{holder}';

-- name: insert_project_collaborator
INSERT INTO modelapi_acl.project_collaborators (project_id, {kind}_id, access_level)
VALUES ('{project}', '{holder}', '{level}');

-- name: update_project_collaborator
UPDATE modelapi_acl.project_collaborators SET access_level = '{level}'
WHERE project_id = '{project}' AND {kind}_id = '{holder}';

-- name: insert_version
INSERT INTO modelapi_acl.model_api_versions (model_api_id, source) VALUES ('{api}', '{}');

-- name: update_version
UPDATE modelapi_acl.model_api_versions SET state = 'stopped' WHERE id = '{version}';

-- name: insert_setting
INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value)
VALUES ('{api}', 's', '1');

-- name: update_setting
UPDATE modelapi_acl.model_api_settings SET value = '2' WHERE model_api_id = '{api}';

-- name: insert_model_api
INSERT INTO modelapi_acl.model_apis (project_id, name) VALUES ('{project}', 'x') RETURNING id;

-- name: insert_project
INSERT INTO modelapi_acl.projects (name) VALUES ('x') RETURNING id;

-- name: update_member
UPDATE modelapi_acl.organization_members SET is_admin = {yes}
WHERE organization_id::text = '{organization_id}' AND user_id = '{user_id}';

-- name: insert_organization
INSERT INTO modelapi_acl.organizations (name) VALUES ('{new_name}') RETURNING id;

-- name: update_organization
UPDATE modelapi_acl.organizations SET full_name = 'x' WHERE id::text = '{organization_id}';

-- name: insert_member
INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin)
VALUES ('{any_organization_id}', '{user_id}', {yes});

-- name: insert_collaborators
INSERT INTO modelapi_acl.model_api_collaborators
	(model_api_id, user_id, organization_id, access_level)
VALUES {rows};

-- name: upsert_collaborator
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
VALUES ('{api}', '{user_id}', '{level}')
ON CONFLICT (user_id, model_api_id) DO UPDATE SET access_level = EXCLUDED.access_level;

-- name: update_all_grants
UPDATE modelapi_acl.model_api_collaborators SET access_level = '{level}' {where_user};

-- name: update_all_visibility
UPDATE modelapi_acl.model_apis SET visibility = '{visibility}';

-- name: insert_log
INSERT INTO modelapi_acl.model_api_logs (model_api_id, message) VALUES ('{api}', 'x');

-- name: forbidden
{forbidden};
