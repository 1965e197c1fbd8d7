-- Writable views: through them, public functions delete rows and write users, which their
-- callers may not do directly. All internal views for writing are here. They come before
-- the functions in 70_write_functions.sql, whose bodies are parsed when they are created.
--
-- A view reads and writes with the privileges of the extension's owner. It has only the
-- columns that are needed to find or to write a row, and its WHERE clause checks the
-- permission. So a role that has every privilege on every schema gets no more from a view
-- than from the public function. Triggers and cascades run as the caller.
--
-- Contents (see 30_tables.sql) appear in a view as results of a volatile function, so
-- that no condition on them is pushed down into the view. In a SELECT the planner could
-- otherwise evaluate a cheap leakproof condition before that of the view, or use it with
-- an index, and EXPLAIN ANALYZE would reveal the difference. Views for administrators do
-- not need this: their condition is the same for all rows and is evaluated first.

CREATE FUNCTION modelapi_acl_internal.after_policy(value anyelement) RETURNS anyelement
	LANGUAGE c VOLATILE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_after_policy_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.after_policy(anyelement) IS
'Returns its argument; keeps the planner from using conditions on it before the row has passed the view''s condition';

CREATE VIEW modelapi_acl_internal.removable_members WITH (security_barrier = true) AS
	SELECT t.organization_id, modelapi_acl_internal.after_policy(t.user_id) AS user_id
	FROM modelapi_acl.organization_members AS t
	WHERE modelapi_acl_internal.organization_permits(t.organization_id, 'manage_organization',
			(SELECT modelapi_acl_internal.current_identity()))
		OR modelapi_acl_internal.is_identity_of(t.user_id,
			(SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.removable_members IS
'Memberships that the current user may remove';

CREATE VIEW modelapi_acl_internal.deletable_organizations WITH (security_barrier = true) AS
	SELECT t.id FROM modelapi_acl.organizations AS t
	WHERE modelapi_acl_internal.organization_permits(t.id, 'manage_organization',
		(SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.deletable_organizations IS
'Organizations that the current user may delete';

CREATE VIEW modelapi_acl_internal.deletable_projects WITH (security_barrier = true) AS
	SELECT t.id FROM modelapi_acl.projects AS t
	WHERE modelapi_acl_internal.project_permits(t.id, 'manage_project',
		(SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.deletable_projects IS
'Projects that the current user may delete';

CREATE VIEW modelapi_acl_internal.removable_project_collaborators WITH (security_barrier = true) AS
	SELECT t.id, t.project_id,
		modelapi_acl_internal.after_policy(t.user_id) AS user_id,
		modelapi_acl_internal.after_policy(t.organization_id) AS organization_id
	FROM modelapi_acl.project_collaborators AS t
	WHERE modelapi_acl_internal.project_permits(t.project_id, 'manage_project',
			(SELECT modelapi_acl_internal.current_identity()))
		OR modelapi_acl_internal.is_identity_of(t.user_id,
			(SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.removable_project_collaborators IS
'Grants on projects that the current user may remove';

CREATE VIEW modelapi_acl_internal.deletable_model_apis WITH (security_barrier = true) AS
	SELECT t.id FROM modelapi_acl.model_apis AS t
	WHERE modelapi_acl_internal.model_api_permits(t.id, 'delete',
		(SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.deletable_model_apis IS
'Model APIs that the current user may delete';

CREATE VIEW modelapi_acl_internal.removable_model_api_collaborators WITH (security_barrier = true) AS
	SELECT t.id, t.model_api_id,
		modelapi_acl_internal.after_policy(t.user_id) AS user_id,
		modelapi_acl_internal.after_policy(t.organization_id) AS organization_id
	FROM modelapi_acl.model_api_collaborators AS t
	WHERE modelapi_acl_internal.model_api_permits(t.model_api_id, 'manage_collaborators',
			(SELECT modelapi_acl_internal.current_identity()))
		OR modelapi_acl_internal.is_identity_of(t.user_id,
			(SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.removable_model_api_collaborators IS
'Grants on model APIs that the current user may remove';

CREATE VIEW modelapi_acl_internal.deletable_settings WITH (security_barrier = true) AS
	SELECT t.model_api_id, modelapi_acl_internal.after_policy(t.name) AS name
	FROM modelapi_acl.model_api_settings AS t
	WHERE modelapi_acl_internal.model_api_permits(t.model_api_id, 'edit_settings',
		(SELECT modelapi_acl_internal.current_identity()))
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.deletable_settings IS
'Settings that the current user may delete';

CREATE VIEW modelapi_acl_internal.managed_users WITH (security_barrier = true) AS
	SELECT t.id, t.username, t.full_name, t.disabled_at, t.responsible_id FROM modelapi_acl.users AS t
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

CREATE VIEW modelapi_acl_internal.prunable_invocations WITH (security_barrier = true) AS
	SELECT t.hour FROM modelapi_acl_internal.invocation_counts AS t
	WHERE modelapi_acl_internal.may_administer()
		AND NOT modelapi_acl_internal.usage_is_live(t.generation)
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.prunable_invocations IS
'Counts of requests that are in memory no more, for administrators';

CREATE VIEW modelapi_acl_internal.prunable_tokens WITH (security_barrier = true) AS
	SELECT t.token_id, t.last_used_at, t.last_refused_at FROM modelapi_acl_internal.token_counts AS t
	WHERE modelapi_acl_internal.may_administer()
		AND NOT modelapi_acl_internal.usage_is_live(t.generation)
		AND NOT EXISTS (SELECT FROM modelapi_acl.access_tokens AS a WHERE a.id = t.token_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl.personal_tokens AS p WHERE p.id = t.token_id)
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.prunable_tokens IS
'Counts of tokens that do not exist any more, unless they are still in memory, for administrators';
