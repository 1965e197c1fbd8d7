-- Who has a permission, and why: who_can and explain_access, in src/sql_api/who_can.c and
-- explain_access.c. They only collect grants; the rule in src/access/permissions.c decides
-- whether the grants are sufficient.
--
-- A road is the path by which a user has access: direct, organization:NAME, project,
-- project_organization:NAME, or public, if visibility alone gives the permission.
--
-- The grant of an organization counts for its members only if the current user may see the
-- members, and for the current user. Otherwise the organization appears as a row of its
-- own. So an answer about a user never depends on a membership that is hidden.
--
-- JIT is off in all functions of the fragments 72 to 79 that run queries: JIT compilation
-- would take longer than the query.

CREATE FUNCTION modelapi_acl_internal.road(on_project boolean, organization text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN $2 IS NOT NULL THEN (CASE WHEN $1 THEN 'project_organization:' ELSE 'organization:' END) || $2
		WHEN $1 THEN 'project'
		ELSE 'direct' END;
END;
COMMENT ON FUNCTION modelapi_acl_internal.road(boolean, text) IS
'The road of a grant: on a project or on a model API, held by an organization (its name) or by a user (NULL)';

CREATE FUNCTION modelapi_acl_internal.shows_members(organization_id uuid) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT modelapi_acl_internal.organization_permits($1, 'view_members',
		modelapi_acl_internal.current_identity());
END;
COMMENT ON FUNCTION modelapi_acl_internal.shows_members(uuid) IS
'Whether the current user may see the members of an organization; of a deleted organization only administrators may';

CREATE FUNCTION modelapi_acl_internal.answer_who_can(model_api_id uuid, permission modelapi_acl.permission)
	RETURNS TABLE (
	user_id uuid, username text, access_level modelapi_acl.access_level, roads text[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_who_can_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.answer_who_can(uuid, modelapi_acl.permission) IS
'The query of who_can';

CREATE FUNCTION modelapi_acl.who_can(model_api_id uuid, permission modelapi_acl.permission)
	RETURNS TABLE (
	user_id uuid, username text, access_level modelapi_acl.access_level, roads text[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.who_can(uuid, modelapi_acl.permission) IS
'For editors and owners: every user who has a permission on a model API, with the effective access level and the roads by which the user has access. The grant of an organization counts for its members if the current user may see them, as members and administrators may; otherwise the organization is a row of its own, with its name as username and NULL as user_id. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

CREATE FUNCTION modelapi_acl_internal.answer_explain_access(
	model_api_id uuid, permission modelapi_acl.permission, who text) RETURNS TABLE (
	step text, road text, access_level modelapi_acl.access_level, expires_at timestamptz,
	granted_by text, granted_at timestamptz, sufficient boolean, explanation text)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 5
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_explain_access_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.answer_explain_access(uuid, modelapi_acl.permission, text) IS
'The query of explain_access';

CREATE FUNCTION modelapi_acl.explain_access(
	model_api_id uuid, permission modelapi_acl.permission, who text DEFAULT NULL) RETURNS TABLE (
	step text, road text, access_level modelapi_acl.access_level, expires_at timestamptz,
	granted_by text, granted_at timestamptz, sufficient boolean, explanation text)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 5
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.explain_access(uuid, modelapi_acl.permission, text) IS
'Explains why a user has a permission on a model API, or why not: the user''s grants, the verdict, and the lowest grants that would turn a denial around. Users may ask about themselves if they may view the model API, and about others with view_collaborators. Grants of organizations whose members are hidden from the current user are separate steps, which the verdict does not count. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';
