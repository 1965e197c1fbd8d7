-- Schemas and enum types.
--
-- The order of the labels is part of the contract: access levels compare by it, and
-- the C code identifies a label by its position.

COMMENT ON SCHEMA modelapi_acl IS
'modelapi_acl: access control for model APIs';
CREATE SCHEMA modelapi_acl_internal;
COMMENT ON SCHEMA modelapi_acl_internal IS
'Internals of modelapi_acl: policy helpers, trigger functions, token hashes and counters; not for direct use';

CREATE TYPE modelapi_acl.access_level AS ENUM ('viewer', 'editor', 'owner');
COMMENT ON TYPE modelapi_acl.access_level IS
'Access level of a collaborator, lowest first: viewer < editor < owner';

CREATE TYPE modelapi_acl.visibility AS ENUM ('public', 'private');
COMMENT ON TYPE modelapi_acl.visibility IS
'Who may find and view a model API: every signed-in user (public), or only its collaborators (private)';

CREATE TYPE modelapi_acl.authorization_mode AS ENUM ('restricted', 'unrestricted');
COMMENT ON TYPE modelapi_acl.authorization_mode IS
'Whether a prediction request needs a valid access token (restricted) or not (unrestricted)';

CREATE TYPE modelapi_acl.invocation_mode AS ENUM ('sync', 'async');
COMMENT ON TYPE modelapi_acl.invocation_mode IS
'How a model API is called: sync uses HTTP Basic authentication, async HTTP Bearer';

CREATE TYPE modelapi_acl.permission AS ENUM (
	'view', 'view_logs', 'invoke', 'view_settings', 'edit_settings',
	'deploy_version', 'view_audit', 'view_tokens', 'create_token',
	'revoke_token', 'view_collaborators', 'manage_collaborators',
	'change_visibility', 'transfer_ownership', 'delete');
COMMENT ON TYPE modelapi_acl.permission IS
'Permissions on a model API';

CREATE TYPE modelapi_acl.project_permission AS ENUM (
	'view_project', 'create_model_api', 'view_project_collaborators', 'manage_project');
COMMENT ON TYPE modelapi_acl.project_permission IS
'Permissions on a project';

CREATE TYPE modelapi_acl.version_state AS ENUM ('running', 'stopped');
COMMENT ON TYPE modelapi_acl.version_state IS
'Whether a version of a model API serves requests';

CREATE TYPE modelapi_acl_internal.organization_permission AS ENUM (
	'view_members', 'manage_organization');
COMMENT ON TYPE modelapi_acl_internal.organization_permission IS
'Permissions on an organization';
