-- Access decisions for SQL: the functions that policies call, the permission rule, and the
-- public functions about the permissions of the current user. The decision itself is
-- made in C.

-- ---------------------------------------------------------------------------
-- For policies on SELECT, and for what functions read. Policies pass the identity as
-- (SELECT current_identity()), which is computed once, in the leader. Not STRICT: with a
-- NULL argument they return false.

CREATE FUNCTION modelapi_acl_internal.support(internal) RETURNS internal
	LANGUAGE c STRICT STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_support_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.support(internal) IS
'Planner support for the functions that policies call for each row';

CREATE FUNCTION modelapi_acl_internal.model_api_permits(
	id uuid, project_id uuid, visibility modelapi_acl.visibility,
	authorization_mode modelapi_acl.authorization_mode,
	permission modelapi_acl.permission, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_model_api_row_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.model_api_permits(uuid, uuid, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.permission, uuid) IS
'Whether an identity has a permission on a row of model_apis';

CREATE FUNCTION modelapi_acl_internal.model_api_permits(
	model_api_id uuid, permission modelapi_acl.permission, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_model_api_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.model_api_permits(uuid, modelapi_acl.permission, uuid) IS
'Whether an identity has a permission on the model API with this id';

CREATE FUNCTION modelapi_acl_internal.project_permits(
	project_id uuid, permission modelapi_acl.project_permission,
	identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_project_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.project_permits(uuid, modelapi_acl.project_permission, uuid) IS
'Whether an identity has a permission on a project';

CREATE FUNCTION modelapi_acl_internal.organization_permits(
	organization_id uuid, permission modelapi_acl_internal.organization_permission,
	identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_organization_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.organization_permits(uuid, modelapi_acl_internal.organization_permission, uuid) IS
'Whether an identity has a permission on an organization';

CREATE FUNCTION modelapi_acl_internal.is_signed_in(identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_signed_in_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_signed_in(uuid) IS
'Whether an identity is a user or an administrator';

CREATE FUNCTION modelapi_acl_internal.is_administrator(identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_administrator_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_administrator(uuid) IS
'Whether an identity is an administrator who acts for no user';

CREATE FUNCTION modelapi_acl_internal.is_identity_of(user_id uuid, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_identity_of_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_identity_of(uuid, uuid) IS
'Whether an identity is this user, or an administrator';

CREATE FUNCTION modelapi_acl_internal.shows_tokens_of(user_id uuid, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_tokens_of_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.shows_tokens_of(uuid, uuid) IS
'Whether an identity sees the personal tokens of a user: its own, and those of service accounts that it is responsible for';

CREATE FUNCTION modelapi_acl_internal.shows_personal_token(token_id uuid, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_personal_token_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.shows_personal_token(uuid, uuid) IS
'Whether an identity sees a personal token';

CREATE FUNCTION modelapi_acl_internal.shows_model_api_grant(
	model_api_id uuid, user_id uuid, organization_id uuid, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_model_api_grant_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.shows_model_api_grant(uuid, uuid, uuid, uuid) IS
'Whether an identity may see a grant on a model API: any grant with view_collaborators, otherwise its own';

CREATE FUNCTION modelapi_acl_internal.shows_project_grant(
	project_id uuid, user_id uuid, organization_id uuid, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_project_grant_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.shows_project_grant(uuid, uuid, uuid, uuid) IS
'Whether an identity may see a grant on a project: any grant with view_project_collaborators, otherwise its own';

CREATE FUNCTION modelapi_acl_internal.shows_audit_event(
	object_type text, object_id uuid, project_id uuid, model_api_id uuid,
	identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_audit_event_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.shows_audit_event(text, uuid, uuid, uuid, uuid) IS
'Whether an identity may see an audit event';

CREATE FUNCTION modelapi_acl_internal.snapshot_clock() RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_snapshot_clock_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.snapshot_clock() IS
'The time at which this statement decides what has expired: when it first needed it';

-- ---------------------------------------------------------------------------
-- For policies on INSERT and UPDATE: whether the current user has a permission according
-- to the latest committed state and the current clock time, not to the statement's
-- snapshot. The forms with an xid are for existing rows. A row that the snapshot shows
-- passes, since the first part of the policy has checked it; a row that was changed
-- after the snapshot is checked again.

CREATE FUNCTION modelapi_acl_internal.model_api_permits_now(
	model_api_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_model_api_permits_now_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.model_api_permits_now(uuid, modelapi_acl.permission) IS
'Whether the current user has a permission on a model API, according to the latest committed state';

CREATE FUNCTION modelapi_acl_internal.model_api_permits_now(
	id uuid, project_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_model_api_row_permits_now_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.model_api_permits_now(uuid, uuid, modelapi_acl.permission) IS
'The same for a row of model_apis and a permission that does not depend on visibility or authorization mode';

CREATE FUNCTION modelapi_acl_internal.model_api_permits_now(
	version xid, model_api_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 2
	AS 'MODULE_PATHNAME', 'modelapi_acl_model_api_version_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.model_api_permits_now(xid, uuid, modelapi_acl.permission) IS
'The same for a row with this xmin, if it was changed after the snapshot of the statement; else true';

CREATE FUNCTION modelapi_acl_internal.project_permits_now(
	project_id uuid, permission modelapi_acl.project_permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_project_permits_now_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.project_permits_now(uuid, modelapi_acl.project_permission) IS
'Whether the current user has a permission on a project, according to the latest committed state';

CREATE FUNCTION modelapi_acl_internal.project_permits_now(
	version xid, project_id uuid, permission modelapi_acl.project_permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 2
	AS 'MODULE_PATHNAME', 'modelapi_acl_project_version_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.project_permits_now(xid, uuid, modelapi_acl.project_permission) IS
'The same for a row with this xmin, if it was changed after the snapshot of the statement; else true';

CREATE FUNCTION modelapi_acl_internal.organization_permits_now(
	organization_id uuid, permission modelapi_acl_internal.organization_permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_organization_permits_now_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.organization_permits_now(uuid, modelapi_acl_internal.organization_permission) IS
'Whether the current user has a permission on an organization, according to the latest committed state';

CREATE FUNCTION modelapi_acl_internal.organization_permits_now(
	version xid, organization_id uuid, permission modelapi_acl_internal.organization_permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 2
	AS 'MODULE_PATHNAME', 'modelapi_acl_organization_version_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.organization_permits_now(xid, uuid, modelapi_acl_internal.organization_permission) IS
'The same for a row with this xmin, if it was changed after the snapshot of the statement; else true';

CREATE FUNCTION modelapi_acl_internal.is_signed_in_now() RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 5
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_signed_in_now_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_signed_in_now() IS
'Whether anybody is signed in, according to the latest committed state';

-- ---------------------------------------------------------------------------
-- The rule that turns access levels into permissions, for functions that explain
-- decisions (72_who_can_and_explain.sql) or read the history (74_history.sql)

CREATE FUNCTION modelapi_acl_internal.rule_permits(
	permission modelapi_acl.permission, visibility modelapi_acl.visibility,
	authorization_mode modelapi_acl.authorization_mode,
	on_project modelapi_acl.access_level, on_model_api modelapi_acl.access_level) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'modelapi_acl_rule_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.rule_permits(modelapi_acl.permission, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.access_level, modelapi_acl.access_level) IS
'Whether an enabled user has a permission on a model API, given the user''s highest access levels on the project and on the model API (NULL: none)';

CREATE FUNCTION modelapi_acl_internal.rule_permissions(
	visibility modelapi_acl.visibility, authorization_mode modelapi_acl.authorization_mode,
	on_project modelapi_acl.access_level, on_model_api modelapi_acl.access_level) RETURNS modelapi_acl.permission[]
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_rule_permissions_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.rule_permissions(modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.access_level, modelapi_acl.access_level) IS
'All permissions that rule_permits gives, in the order of the type; none if visibility and authorization mode are NULL';

CREATE FUNCTION modelapi_acl_internal.user_permits(
	user_id uuid, model_api_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 40
	AS 'MODULE_PATHNAME', 'modelapi_acl_user_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.user_permits(uuid, uuid, modelapi_acl.permission) IS
'Whether a user, enabled or not, has a permission on a model API; false unless the current user is that user or has view_collaborators on the model API';

CREATE FUNCTION modelapi_acl_internal.permission_hint(permission modelapi_acl.permission)
	RETURNS text
	LANGUAGE c STRICT STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_permission_hint_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.permission_hint(modelapi_acl.permission) IS
'The hint that says what would give a permission';

-- ---------------------------------------------------------------------------
-- Public functions

CREATE FUNCTION modelapi_acl_internal.support_permission(internal) RETURNS internal
	LANGUAGE c STRICT STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_simplify_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.support_permission(internal) IS
'Planner support for has_permission, has_project_permission and is_administrator';

CREATE FUNCTION modelapi_acl.has_permission(
	model_api_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	SUPPORT modelapi_acl_internal.support_permission
	AS 'MODULE_PATHNAME', 'modelapi_acl_has_permission_1_0';
COMMENT ON FUNCTION modelapi_acl.has_permission(uuid, modelapi_acl.permission) IS
'Whether the current user has a permission on a model API; false if the model API does not exist. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

CREATE FUNCTION modelapi_acl.effective_access_level(model_api_id uuid)
	RETURNS modelapi_acl.access_level
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_effective_access_level_1_0';
COMMENT ON FUNCTION modelapi_acl.effective_access_level(uuid) IS
'The highest access level of the current user on a model API, from any grant on it or on its project, or NULL';

CREATE FUNCTION modelapi_acl.my_permissions(model_api_id uuid)
	RETURNS modelapi_acl.permission[]
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_my_permissions_1_0';
COMMENT ON FUNCTION modelapi_acl.my_permissions(uuid) IS
'All permissions of the current user on a model API; empty if the user may not see it';

CREATE FUNCTION modelapi_acl.has_project_permission(
	project_id uuid, permission modelapi_acl.project_permission) RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	SUPPORT modelapi_acl_internal.support_permission
	AS 'MODULE_PATHNAME', 'modelapi_acl_has_project_permission_1_0';
COMMENT ON FUNCTION modelapi_acl.has_project_permission(uuid, modelapi_acl.project_permission) IS
'Whether the current user has a permission on a project; false if the project does not exist. Permissions: view_project, create_model_api, view_project_collaborators, manage_project';

CREATE FUNCTION modelapi_acl.my_project_permissions(project_id uuid)
	RETURNS modelapi_acl.project_permission[]
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_my_project_permissions_1_0';
COMMENT ON FUNCTION modelapi_acl.my_project_permissions(uuid) IS
'All permissions of the current user on a project; empty if the user may not see it';

CREATE FUNCTION modelapi_acl.require_permission(
	model_api_id uuid, permission modelapi_acl.permission) RETURNS void
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_permission_1_0';
COMMENT ON FUNCTION modelapi_acl.require_permission(uuid, modelapi_acl.permission) IS
'Raises an error unless the current user has a permission on a model API, as functions do that need it: PT401, PT404, or 42501 with a hint. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

-- The planner inlines this function, so that conditions, ORDER BY and LIMIT of the query
-- apply to the table. Therefore it must stay LANGUAGE sql and STABLE, without SET and
-- SECURITY DEFINER. Policies apply to the caller as in any other query.
--
-- The body is a string, parsed at each call, so that it returns columns that a DBA adds
-- to the table later. It is parsed under the caller's search_path and with the caller's
-- privileges, so every name has a schema, and only public functions occur.
CREATE FUNCTION modelapi_acl.list_model_apis(permission modelapi_acl.permission DEFAULT 'view')
	RETURNS SETOF modelapi_acl.model_apis
	LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $body$
	SELECT m.* FROM modelapi_acl.model_apis AS m WHERE modelapi_acl.has_permission(m.id, $1)
$body$;
COMMENT ON FUNCTION modelapi_acl.list_model_apis(modelapi_acl.permission) IS
'The model APIs on which the current user has a permission. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

-- As list_model_apis, for the same reasons
CREATE FUNCTION modelapi_acl.list_projects(permission modelapi_acl.project_permission DEFAULT 'view_project')
	RETURNS SETOF modelapi_acl.projects
	LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $body$
	SELECT p.* FROM modelapi_acl.projects AS p WHERE modelapi_acl.has_project_permission(p.id, $1)
$body$;
COMMENT ON FUNCTION modelapi_acl.list_projects(modelapi_acl.project_permission) IS
'The projects on which the current user has a permission. Permissions: view_project, create_model_api, view_project_collaborators, manage_project';
