-- Preconditions: what public functions check before they do anything. Each function
-- returns, or raises the error that the documentation promises.

CREATE FUNCTION modelapi_acl_internal.require(
	condition boolean, sqlstate text, message text, hint text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require(boolean, text, text, text) IS
'Raises an error with this SQLSTATE, message and hint unless the condition is true';

CREATE FUNCTION modelapi_acl_internal.require_signed_in() RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_signed_in_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_signed_in() IS
'Raises PT401 if nobody is signed in; returns the current user, or NULL for an administrator';

CREATE FUNCTION modelapi_acl_internal.require_user() RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_user_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_user() IS
'Raises PT401 if no user is signed in; returns the current user';

CREATE FUNCTION modelapi_acl_internal.require_may_create(projects boolean) RETURNS void
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_may_create_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_may_create(boolean) IS
'Raises 42501 if a setting allows only administrators to create projects, or organizations';

CREATE FUNCTION modelapi_acl_internal.may_administer() RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_may_administer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.may_administer() IS
'Whether the database role has the privileges of modelapi_acl_admin, whoever the current user is; false in maintenance operations';

CREATE FUNCTION modelapi_acl_internal.require_administrator() RETURNS void
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_administrator_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_administrator() IS
'Raises an error unless may_administer()';

CREATE FUNCTION modelapi_acl_internal.require_permission(
	model_api_id uuid, permission modelapi_acl.permission,
	what text DEFAULT 'model API') RETURNS void
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_permission_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_permission(uuid, modelapi_acl.permission, text) IS
'Raises PT401, PT404 or 42501 unless the current user has a permission on a model API; PT404 names the given kind of object';

CREATE FUNCTION modelapi_acl_internal.require_project_permission(
	project_id uuid, permission modelapi_acl.project_permission) RETURNS void
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_project_permission_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_project_permission(uuid, modelapi_acl.project_permission) IS
'Raises PT401, PT404 or 42501 unless the current user has a permission on a project';

CREATE FUNCTION modelapi_acl_internal.require_organization(
	name text, permission modelapi_acl_internal.organization_permission) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_organization_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_organization(text, modelapi_acl_internal.organization_permission) IS
'The id of an organization; raises PT401, PT404 or 42501 unless the current user has a permission on it';

CREATE FUNCTION modelapi_acl_internal.find_principal(
	principal text, OUT user_id uuid, OUT organization_id uuid) RETURNS record
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_find_principal_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.find_principal(text) IS
'The user or organization with this username, email address or organization name; NULLs if there is none';

CREATE FUNCTION modelapi_acl_internal.require_principal(
	principal text, OUT user_id uuid, OUT organization_id uuid) RETURNS record
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_principal_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_principal(text) IS
'The user or organization with this username, email address or organization name; raises 22023 if there is none';

CREATE FUNCTION modelapi_acl_internal.require_member(member text) RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_member_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_member(text) IS
'The user with this username or email address; raises 22023 if there is none, or for an organization';

CREATE FUNCTION modelapi_acl_internal.require_person(who text) RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_person_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_person(text) IS
'The user, enabled or not, with this username or email address; raises 22023 if there is none, or for an organization';

CREATE FUNCTION modelapi_acl_internal.require_new_owner(new_owner text) RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_new_owner_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_new_owner(text) IS
'The user to whom ownership is transferred; raises 22023 unless it is an enabled user other than the current one';

CREATE FUNCTION modelapi_acl_internal.require_identified_user(identifier text) RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_identified_user_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_identified_user(text) IS
'The user with this id, username or email address; raises PT404 if there is none';

CREATE FUNCTION modelapi_acl_internal.require_responsible(responsible text) RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_responsible_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.require_responsible(text) IS
'The enabled person with this username, email address or, for administrators, id; raises 22023 for anybody else';

CREATE FUNCTION modelapi_acl_internal.is_asking(principal text) RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_asking_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_asking(text) IS
'Whether a username or email address is that of the current user';

CREATE FUNCTION modelapi_acl_internal.require_changed(changed bigint, what text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_changed_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_changed(bigint, text) IS
'Raises PT404 if no row was changed, because it was deleted or hidden after the function had checked it';

CREATE FUNCTION modelapi_acl_internal.require_removed(
	removed bigint, may_list boolean, what text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_removed_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_removed(bigint, boolean, text) IS
'If no row was removed, raises PT404 for those who may list the rows, 42501 for others';

CREATE FUNCTION modelapi_acl_internal.value_problem(kind text, value text) RETURNS text
	LANGUAGE c STRICT STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_value_problem_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.value_problem(text, text) IS
'Why the current rules refuse a name or an email address, or NULL if they accept it';

CREATE FUNCTION modelapi_acl_internal.check_name(what text, name text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_check_name_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.check_name(text, text) IS
'Raises 22023 for a name that is missing, blank or too long, or has control characters';

CREATE FUNCTION modelapi_acl_internal.check_expiry(expires_at timestamptz) RETURNS void
	LANGUAGE c VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_check_expiry_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.check_expiry(timestamptz) IS
'Raises 22023 for an expiry that is not in the future';
