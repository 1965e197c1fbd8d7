-- The decision as SQL asks for it. Each function answers from access.c.

CREATE TYPE modelapi_acl_internal.organization_permission AS ENUM (
	'view_members', 'manage_organization');
COMMENT ON TYPE modelapi_acl_internal.organization_permission IS
'What one may be allowed to do with an organization';

-- ---------------------------------------------------------------------------
-- For policies: the identity comes last, from (SELECT current_identity()), so
-- that it is computed once, in the leader. Not STRICT: NULL gives false.

CREATE FUNCTION modelapi_acl_internal.support(internal) RETURNS internal
	LANGUAGE c STRICT STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_support_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.support(internal) IS
'Tells the planner of the functions that policies call for each row';

CREATE FUNCTION modelapi_acl_internal.model_api_permits(
	id uuid, project_id uuid, visibility modelapi_acl.visibility,
	authorization_mode modelapi_acl.authorization_mode,
	permission modelapi_acl.permission, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_model_api_row_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.model_api_permits(uuid, uuid, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.permission, uuid) IS
'Whether an identity holds a permission on a row of model_apis';

CREATE FUNCTION modelapi_acl_internal.model_api_permits(
	model_api_id uuid, permission modelapi_acl.permission, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_model_api_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.model_api_permits(uuid, modelapi_acl.permission, uuid) IS
'Whether an identity holds a permission on the model API with an id';

CREATE FUNCTION modelapi_acl_internal.project_permits(
	project_id uuid, permission modelapi_acl.project_permission,
	identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_project_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.project_permits(uuid, modelapi_acl.project_permission, uuid) IS
'Whether an identity holds a permission on a project';

CREATE FUNCTION modelapi_acl_internal.organization_permits(
	organization_id uuid, permission modelapi_acl_internal.organization_permission,
	identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_organization_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.organization_permits(uuid, modelapi_acl_internal.organization_permission, uuid) IS
'Whether an identity holds a permission on an organization';

CREATE FUNCTION modelapi_acl_internal.is_signed_in(identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_signed_in_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_signed_in(uuid) IS
'Whether an identity is somebody: a user or an administrator';

CREATE FUNCTION modelapi_acl_internal.is_administrator(identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_administrator_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_administrator(uuid) IS
'Whether an identity is an administrator, acting for no user';

CREATE FUNCTION modelapi_acl_internal.is_identity_of(user_id uuid, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_identity_of_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_identity_of(uuid, uuid) IS
'Whether an identity is a certain user, or an administrator';

CREATE FUNCTION modelapi_acl_internal.shows_model_api_grant(
	model_api_id uuid, user_id uuid, organization_id uuid, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_model_api_grant_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.shows_model_api_grant(uuid, uuid, uuid, uuid) IS
'Whether an identity sees a grant on a model API: with view_collaborators all of them, else its own';

CREATE FUNCTION modelapi_acl_internal.shows_project_grant(
	project_id uuid, user_id uuid, organization_id uuid, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_project_grant_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.shows_project_grant(uuid, uuid, uuid, uuid) IS
'Whether an identity sees a grant on a project: with view_project_collaborators all of them, else its own';

CREATE FUNCTION modelapi_acl_internal.shows_audit_event(
	object_type text, object_id uuid, project_id uuid, model_api_id uuid,
	identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	SUPPORT modelapi_acl_internal.support
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_audit_event_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.shows_audit_event(text, uuid, uuid, uuid, uuid) IS
'Whether an identity sees an audit event';

CREATE FUNCTION modelapi_acl_internal.snapshot_clock() RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_snapshot_clock_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.snapshot_clock() IS
'The time by which a statement judges what has expired: that at which it first asked';

-- ---------------------------------------------------------------------------
-- For policies on what writes: whether the current user holds a permission by what
-- others have committed until now, and by the clock of now. The forms with a
-- transaction are for rows that were found: one that the statement's snapshot shows
-- passes, one that was changed since is judged anew.

CREATE FUNCTION modelapi_acl_internal.model_api_permits_now(
	model_api_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_model_api_permits_now_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.model_api_permits_now(uuid, modelapi_acl.permission) IS
'Whether the current user holds a permission on a model API now, by the latest state';

CREATE FUNCTION modelapi_acl_internal.model_api_permits_now(
	id uuid, project_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_model_api_row_permits_now_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.model_api_permits_now(uuid, uuid, modelapi_acl.permission) IS
'The same for a row of model_apis, of a permission that does not depend on visibility or mode';

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
'Whether the current user holds a permission on a project now, by the latest state';

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
'Whether the current user holds a permission on an organization now, by the latest state';

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
'Whether somebody is signed in now, by the latest state';

-- ---------------------------------------------------------------------------
-- The rule itself, for what explains decisions and tells of past ones

CREATE FUNCTION modelapi_acl_internal.rule_permits(
	permission modelapi_acl.permission, visibility modelapi_acl.visibility,
	authorization_mode modelapi_acl.authorization_mode,
	on_project modelapi_acl.access_level, on_model_api modelapi_acl.access_level) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'modelapi_acl_rule_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.rule_permits(modelapi_acl.permission, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.access_level, modelapi_acl.access_level) IS
'Whether an enabled user whose highest grants on a project and on a model API in it are these (NULL: none) holds a permission on the model API';

CREATE FUNCTION modelapi_acl_internal.rule_permissions(
	visibility modelapi_acl.visibility, authorization_mode modelapi_acl.authorization_mode,
	on_project modelapi_acl.access_level, on_model_api modelapi_acl.access_level) RETURNS modelapi_acl.permission[]
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_rule_permissions_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.rule_permissions(modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.access_level, modelapi_acl.access_level) IS
'All permissions that such a user holds, in the type''s order; none where there is no model API (NULLs)';

CREATE FUNCTION modelapi_acl_internal.user_permits(
	user_id uuid, model_api_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 40
	AS 'MODULE_PATHNAME', 'modelapi_acl_user_permits_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.user_permits(uuid, uuid, modelapi_acl.permission) IS
'Whether a user, enabled or not, holds a permission on a model API; for that user, and for who may view its collaborators, else false';

CREATE FUNCTION modelapi_acl_internal.permission_hint(permission modelapi_acl.permission) RETURNS text
	LANGUAGE c STRICT STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_permission_hint_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.permission_hint(modelapi_acl.permission) IS
'What would give a permission, in words';

-- ---------------------------------------------------------------------------
-- Search

CREATE FUNCTION modelapi_acl_internal.search_words(text) RETURNS tsvector
	LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'modelapi_acl_search_words_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.search_words(text) IS
'The words that a text is found by';

CREATE FUNCTION modelapi_acl_internal.search_document(name text, description text) RETURNS tsvector
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT pg_catalog.setweight(modelapi_acl_internal.search_words($1), 'A')
		OPERATOR(pg_catalog.||) pg_catalog.setweight(modelapi_acl_internal.search_words(COALESCE($2, '')), 'B');
END;
COMMENT ON FUNCTION modelapi_acl_internal.search_document(text, text) IS
'What a model API is found by: its name, and with less weight its description';

CREATE FUNCTION modelapi_acl_internal.search_rank(
	name text, document tsvector, words tsquery, words_in_name tsquery, keys bytea) RETURNS integer
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_search_rank_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.search_rank(text, tsvector, tsquery, tsquery, bytea) IS
'How well a model API matches a search query: the less, the better';

-- ---------------------------------------------------------------------------
-- The public interface

CREATE FUNCTION modelapi_acl_internal.support_permission(internal) RETURNS internal
	LANGUAGE c STRICT STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_simplify_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.support_permission(internal) IS
'Tells the planner what has_permission asks of rows of model_apis';

CREATE FUNCTION modelapi_acl.has_permission(
	model_api_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	SUPPORT modelapi_acl_internal.support_permission
	AS 'MODULE_PATHNAME', 'modelapi_acl_has_permission_1_0';
COMMENT ON FUNCTION modelapi_acl.has_permission(uuid, modelapi_acl.permission) IS
'Whether the one asking holds a permission on a model API; false for what does not exist. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

CREATE FUNCTION modelapi_acl.effective_access_level(model_api_id uuid)
	RETURNS modelapi_acl.access_level
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_effective_access_level_1_0';
COMMENT ON FUNCTION modelapi_acl.effective_access_level(uuid) IS
'The access level of the one asking on a model API, by whatever road, or NULL';

CREATE FUNCTION modelapi_acl.my_permissions(model_api_id uuid)
	RETURNS modelapi_acl.permission[]
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_my_permissions_1_0';
COMMENT ON FUNCTION modelapi_acl.my_permissions(uuid) IS
'All permissions that the one asking holds on a model API; empty for what may not be seen';

CREATE FUNCTION modelapi_acl.has_project_permission(
	project_id uuid, permission modelapi_acl.project_permission) RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_has_project_permission_1_0';
COMMENT ON FUNCTION modelapi_acl.has_project_permission(uuid, modelapi_acl.project_permission) IS
'Whether the one asking holds a permission (view_project, create_model_api, view_project_collaborators, manage_project) on a project; false for what does not exist';

CREATE FUNCTION modelapi_acl.my_project_permissions(project_id uuid)
	RETURNS modelapi_acl.project_permission[]
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_my_project_permissions_1_0';
COMMENT ON FUNCTION modelapi_acl.my_project_permissions(uuid) IS
'All permissions that the one asking holds on a project; empty for what may not be seen';

CREATE FUNCTION modelapi_acl.require_permission(
	model_api_id uuid, permission modelapi_acl.permission) RETURNS void
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_permission_1_0';
COMMENT ON FUNCTION modelapi_acl.require_permission(uuid, modelapi_acl.permission) IS
'Nothing when the one asking holds a permission on a model API; else the error that a function which needs it gives: PT401, PT404 or 42501 with its hint. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

-- ---------------------------------------------------------------------------
-- What the functions of the interface begin with: each raises the error that
-- the contract gives, or returns.

CREATE FUNCTION modelapi_acl_internal.require(
	condition boolean, sqlstate text, message text, hint text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require(boolean, text, text, text) IS
'Raises an error unless the condition is true';

CREATE FUNCTION modelapi_acl_internal.require_signed_in() RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_signed_in_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_signed_in() IS
'Raises PT401 when nobody is signed in; returns the user, or NULL for an administrator';

CREATE FUNCTION modelapi_acl_internal.require_user() RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_user_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_user() IS
'Raises PT401 when no user is signed in; returns the user';

CREATE FUNCTION modelapi_acl_internal.require_may_create(projects boolean) RETURNS void
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_may_create_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_may_create(boolean) IS
'Raises 42501 where a setting reserves creating projects, or organizations, for administrators';

CREATE FUNCTION modelapi_acl_internal.may_administer() RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_may_administer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.may_administer() IS
'Whether the current user has the privileges of modelapi_acl_admin, whoever was stated; not in maintenance';

CREATE FUNCTION modelapi_acl_internal.require_administrator() RETURNS void
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_administrator_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_administrator() IS
'Raises an error unless the current user has the privileges of modelapi_acl_admin, whoever was stated; in maintenance always';

CREATE FUNCTION modelapi_acl_internal.require_permission(
	model_api_id uuid, permission modelapi_acl.permission,
	what text DEFAULT 'model API') RETURNS void
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_permission_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_permission(uuid, modelapi_acl.permission, text) IS
'Raises PT401, PT404 (of the thing named) or 42501 unless the one asking holds a permission on a model API';

CREATE FUNCTION modelapi_acl_internal.require_project_permission(
	project_id uuid, permission modelapi_acl.project_permission) RETURNS void
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_project_permission_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_project_permission(uuid, modelapi_acl.project_permission) IS
'Raises PT401, PT404 or 42501 unless the one asking holds a permission on a project';

CREATE FUNCTION modelapi_acl_internal.require_organization(
	name text, permission modelapi_acl_internal.organization_permission) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_organization_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_organization(text, modelapi_acl_internal.organization_permission) IS
'The id of an organization; raises PT401, PT404 or 42501 unless the one asking holds a permission on it';

CREATE FUNCTION modelapi_acl_internal.find_principal(
	principal text, OUT user_id uuid, OUT organization_id uuid) RETURNS record
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_find_principal_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.find_principal(text) IS
'Whom a username, email address or organization name stands for; NULLs for nobody';

CREATE FUNCTION modelapi_acl_internal.require_principal(
	principal text, OUT user_id uuid, OUT organization_id uuid) RETURNS record
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_principal_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_principal(text) IS
'Whom a username, email address or organization name stands for; raises 22023 for nobody';

CREATE FUNCTION modelapi_acl_internal.require_member(member text) RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_member_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_member(text) IS
'The user whom a username or email address stands for; raises 22023 for nobody and for an organization';

CREATE FUNCTION modelapi_acl_internal.require_person(who text) RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_person_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_person(text) IS
'The user, enabled or not, whom a username or email address stands for; raises 22023 for nobody and for an organization';

CREATE FUNCTION modelapi_acl_internal.require_new_owner(new_owner text) RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_new_owner_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_new_owner(text) IS
'The enabled user, other than the one asking, to whom ownership may go; raises 22023 otherwise';

CREATE FUNCTION modelapi_acl_internal.require_identified_user(identifier text) RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_identified_user_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_identified_user(text) IS
'The user whom an id, username or email address stands for; raises PT404 for nobody';

CREATE FUNCTION modelapi_acl_internal.is_asking(principal text) RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_asking_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_asking(text) IS
'Whether a username or email address stands for the one asking';

CREATE FUNCTION modelapi_acl_internal.require_changed(changed bigint, what text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_changed_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_changed(bigint, text) IS
'Raises PT404 where nothing was changed: the row is gone, or hidden, since the function looked at it';

CREATE FUNCTION modelapi_acl_internal.require_removed(
	removed bigint, may_list boolean, what text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_removed_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_removed(bigint, boolean, text) IS
'When nothing was removed: raises PT404 for who may list what was there, 42501 for others';

CREATE FUNCTION modelapi_acl_internal.value_problem(kind text, value text) RETURNS text
	LANGUAGE c STRICT STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_value_problem_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.value_problem(text, text) IS
'Why a name or an email address would not be taken today, or NULL';

CREATE FUNCTION modelapi_acl_internal.check_name(what text, name text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_check_name_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.check_name(text, text) IS
'Raises 22023 for a name that is missing, blank, too long or has control characters';

CREATE FUNCTION modelapi_acl_internal.check_expiry(expires_at timestamptz) RETURNS void
	LANGUAGE c VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_check_expiry_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.check_expiry(timestamptz) IS
'Raises 22023 for an expiry that is not in the future';
