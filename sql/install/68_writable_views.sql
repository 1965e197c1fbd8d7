-- What functions write that their caller may not write plainly: deletions, and users.
-- Internal views for writing stand here only.
--
-- Each view has the columns that it takes to find a row or to write one, reads and
-- writes with the privileges of the extension's owner, and carries its permission in
-- its WHERE: a role that has every privilege on every schema gets no more from it than
-- the function of the interface gives. Triggers and cascades run as the caller.
--
-- In a SELECT the planner would evaluate a cheap leakproof condition of the caller's on
-- a column that is not open before the view's own condition, or use it with an index,
-- and EXPLAIN ANALYZE would tell. So such a column stands in the view as the result of a volatile
-- function, and no condition on it is moved into the view. An administrator's view needs
-- none: its condition is the same for all rows and is evaluated before the first.

CREATE FUNCTION modelapi_acl_internal.after_policy(value anyelement) RETURNS anyelement
	LANGUAGE c VOLATILE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_after_policy_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.after_policy(anyelement) IS
'Its argument, of which the planner knows nothing before the row was let through';

CREATE VIEW modelapi_acl_internal.removable_members WITH (security_barrier = true) AS
	SELECT t.organization_id, modelapi_acl_internal.after_policy(t.user_id) AS user_id FROM modelapi_acl.organization_members AS t
	WHERE modelapi_acl_internal.organization_permits(t.organization_id, 'manage_organization', (SELECT modelapi_acl_internal.current_identity()))
		OR modelapi_acl_internal.is_identity_of(t.user_id, (SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.removable_members IS
'Memberships that the current user may end';

CREATE VIEW modelapi_acl_internal.deletable_organizations WITH (security_barrier = true) AS
	SELECT t.id FROM modelapi_acl.organizations AS t
	WHERE modelapi_acl_internal.organization_permits(t.id, 'manage_organization', (SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.deletable_organizations IS
'Organizations that the current user may delete';

CREATE VIEW modelapi_acl_internal.deletable_projects WITH (security_barrier = true) AS
	SELECT t.id FROM modelapi_acl.projects AS t
	WHERE modelapi_acl_internal.project_permits(t.id, 'manage_project', (SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.deletable_projects IS
'Projects that the current user may delete';

CREATE VIEW modelapi_acl_internal.removable_project_collaborators WITH (security_barrier = true) AS
	SELECT t.id, t.project_id, modelapi_acl_internal.after_policy(t.user_id) AS user_id, modelapi_acl_internal.after_policy(t.organization_id) AS organization_id FROM modelapi_acl.project_collaborators AS t
	WHERE modelapi_acl_internal.project_permits(t.project_id, 'manage_project', (SELECT modelapi_acl_internal.current_identity()))
		OR modelapi_acl_internal.is_identity_of(t.user_id, (SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.removable_project_collaborators IS
'Grants on projects that the current user may remove';

CREATE VIEW modelapi_acl_internal.deletable_model_apis WITH (security_barrier = true) AS
	SELECT t.id FROM modelapi_acl.model_apis AS t
	WHERE modelapi_acl_internal.model_api_permits(t.id, 'delete', (SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.deletable_model_apis IS
'Model APIs that the current user may delete';

CREATE VIEW modelapi_acl_internal.removable_model_api_collaborators WITH (security_barrier = true) AS
	SELECT t.id, t.model_api_id, modelapi_acl_internal.after_policy(t.user_id) AS user_id, modelapi_acl_internal.after_policy(t.organization_id) AS organization_id FROM modelapi_acl.model_api_collaborators AS t
	WHERE modelapi_acl_internal.model_api_permits(t.model_api_id, 'manage_collaborators', (SELECT modelapi_acl_internal.current_identity()))
		OR modelapi_acl_internal.is_identity_of(t.user_id, (SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.removable_model_api_collaborators IS
'Grants on model APIs that the current user may remove';

CREATE VIEW modelapi_acl_internal.deletable_settings WITH (security_barrier = true) AS
	SELECT t.model_api_id, modelapi_acl_internal.after_policy(t.name) AS name FROM modelapi_acl.model_api_settings AS t
	WHERE modelapi_acl_internal.model_api_permits(t.model_api_id, 'edit_settings', (SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.deletable_settings IS
'Settings that the current user may delete';

CREATE VIEW modelapi_acl_internal.managed_users WITH (security_barrier = true) AS
	SELECT t.id, t.username, t.full_name, t.disabled_at FROM modelapi_acl.users AS t
	WHERE modelapi_acl_internal.may_administer()
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.managed_users IS
'Users, for administrators';

CREATE VIEW modelapi_acl_internal.managed_identities WITH (security_barrier = true) AS
	SELECT t.user_id, t.email, t.external_id FROM modelapi_acl.user_identities AS t
	WHERE modelapi_acl_internal.may_administer()
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.managed_identities IS
'Identities of users, for administrators';

CREATE VIEW modelapi_acl_internal.prunable_logs WITH (security_barrier = true) AS
	SELECT t.id, t.logged_at FROM modelapi_acl.model_api_logs AS t
	WHERE modelapi_acl_internal.may_administer()
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.prunable_logs IS
'Log lines, for administrators';
