-- For tables of an application that depend on model APIs or projects: the functions that
-- their policies call besides has_permission and has_project_permission, and those that
-- make such policies. Policies of an application are the only ones outside 80_policies.sql;
-- src/sql_api/protect_table.c writes them.

CREATE FUNCTION modelapi_acl.is_administrator() RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED
	SUPPORT modelapi_acl_internal.support_permission
	AS 'MODULE_PATHNAME', 'modelapi_acl_session_is_administrator_1_1';
COMMENT ON FUNCTION modelapi_acl.is_administrator() IS
'Whether the session acts as an administrator: its role has the privileges of modelapi_acl_admin, and no user was stated';

-- Judged as writes are, by the latest committed state and the current time. They cost more
-- than has_permission, so that the planner evaluates them after it.
CREATE FUNCTION modelapi_acl.has_permission_now(
	model_api_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 25
	AS 'MODULE_PATHNAME', 'modelapi_acl_has_permission_now_1_1';
COMMENT ON FUNCTION modelapi_acl.has_permission_now(uuid, modelapi_acl.permission) IS
'For policies on INSERT, UPDATE and DELETE: whether the current user has a permission on a model API, according to the latest committed state; false if the model API does not exist. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

CREATE FUNCTION modelapi_acl.has_project_permission_now(
	project_id uuid, permission modelapi_acl.project_permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 25
	AS 'MODULE_PATHNAME', 'modelapi_acl_has_project_permission_now_1_1';
COMMENT ON FUNCTION modelapi_acl.has_project_permission_now(uuid, modelapi_acl.project_permission) IS
'For policies on INSERT, UPDATE and DELETE: whether the current user has a permission on a project, according to the latest committed state; false if the project does not exist. Permissions: view_project, create_model_api, view_project_collaborators, manage_project';

-- ---------------------------------------------------------------------------
-- Policies on tables of an application. Both functions run as the table's owner, who could
-- make the policies without them.

CREATE FUNCTION modelapi_acl.protect_table(
	relation regclass, key name DEFAULT 'model_api_id',
	to_select text DEFAULT NULL, to_insert text DEFAULT NULL,
	to_update text DEFAULT NULL, to_delete text DEFAULT NULL,
	force boolean DEFAULT true) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_protect_table_1_1';
COMMENT ON FUNCTION modelapi_acl.protect_table(regclass, name, text, text, text, text, boolean) IS
'For the owner of a table: enables row-level security, with a policy for each command that is given a permission on the model API or project that the key leads to; another key restricts access further. Default of to_select: view, or view_project';

CREATE FUNCTION modelapi_acl.unprotect_table(relation regclass) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_unprotect_table_1_1';
COMMENT ON FUNCTION modelapi_acl.unprotect_table(regclass) IS
'For the owner of a table: drops the policies that protect_table made; row-level security stays enabled';

-- ---------------------------------------------------------------------------
-- For verify_access

CREATE FUNCTION modelapi_acl_internal.own_policy_state(policy oid) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_own_policy_state_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.own_policy_state(oid) IS
'Whether protect_table made a policy: made; altered since; other, for another one that gives users access; or NULL';

-- Only the parent's policies may lead to the rows of partitions and children
CREATE FUNCTION modelapi_acl_internal.own_table_problems()
	RETURNS TABLE (object text, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	WITH RECURSIVE policy AS MATERIALIZED (
		SELECT p.polrelid, p.polname, modelapi_acl_internal.own_policy_state(p.oid) AS state
		FROM pg_policy AS p),
	protected (oid) AS MATERIALIZED (
		SELECT DISTINCT p.polrelid FROM policy AS p WHERE p.state IN ('made', 'altered')),
	member (oid) AS (
		SELECT p.oid FROM protected AS p
		UNION
		SELECT i.inhrelid FROM member AS m JOIN pg_inherits AS i ON i.inhparent = m.oid)
	SELECT c.oid::regclass::text, 'row-level security: on',
		CASE c.relkind WHEN 'f' THEN 'a foreign table, which cannot have it' ELSE 'off' END
	FROM member AS m JOIN pg_class AS c ON c.oid = m.oid
	WHERE NOT c.relrowsecurity
	UNION ALL
	SELECT p.polrelid::regclass::text, format('policy %I: as protect_table made it', p.polname), 'altered'
	FROM policy AS p WHERE p.state = 'altered'
	UNION ALL
	SELECT m.oid::regclass::text, 'access: by policies of protect_table alone', format('policy %I', p.polname)
	FROM member AS m JOIN policy AS p ON p.polrelid = m.oid
	WHERE p.state = 'other';
END;
COMMENT ON FUNCTION modelapi_acl_internal.own_table_problems() IS
'Tables protected by protect_table, with their partitions and children, that show more than the policies allow';
