-- The public functions that write, except those for tokens (50_tokens.sql). Each checks
-- in this order: somebody is signed in (PT401), the object is visible (PT404), the
-- permission (42501), the values (22023). The guards check the invariants when the
-- function writes. Checks are separate statements: a WHERE clause is not evaluated if
-- there is no row.
--
-- Bodies are SQL-standard bodies. Names in them are resolved once, here, so search_path
-- does not matter, and callers need no access to the internal schema. Everything runs as
-- the caller, subject to the policies. Only deletions, and writes that the caller may not
-- do directly, go through the views of 68_writable_views.sql.
--
-- The functions that are called most are written in C (src/sql_api/write_functions.c). The
-- body of an internal function is the statement that such a function runs, with a saved plan
-- and as its caller.

-- ---------------------------------------------------------------------------
-- Organizations

CREATE FUNCTION modelapi_acl.create_organization(name text, full_name text DEFAULT NULL)
	RETURNS uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_user();
	SELECT modelapi_acl_internal.require_may_create(false);
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'organization name is missing');
	INSERT INTO modelapi_acl.organizations (name, full_name) VALUES ($1, $2) RETURNING id;
END;
COMMENT ON FUNCTION modelapi_acl.create_organization(text, text) IS
'Creates an organization and makes the current user its first admin; returns its id';

CREATE FUNCTION modelapi_acl.add_organization_member(
	organization text, member text, is_admin boolean DEFAULT false) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_organization($1, 'manage_organization');
	SELECT modelapi_acl_internal.require($3 IS NOT NULL, '22023', 'is_admin is missing');
	INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin)
	VALUES (modelapi_acl_internal.require_organization($1, 'manage_organization'),
		modelapi_acl_internal.require_member($2), $3)
	ON CONFLICT (organization_id, user_id) DO UPDATE SET is_admin = EXCLUDED.is_admin;
END;
COMMENT ON FUNCTION modelapi_acl.add_organization_member(text, text, boolean) IS
'For admins of the organization: adds a member, or changes whether a member is an admin';

CREATE FUNCTION modelapi_acl.remove_organization_member(organization text, member text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_organization($1, CASE WHEN modelapi_acl_internal.is_asking($2)
		THEN 'view_members' ELSE 'manage_organization' END::modelapi_acl_internal.organization_permission);
	SELECT modelapi_acl_internal.require_member($2);
	WITH removed AS (
		DELETE FROM modelapi_acl_internal.removable_members AS m
		WHERE m.organization_id = (SELECT modelapi_acl_internal.require_organization($1, 'view_members'))
			AND m.user_id = (SELECT modelapi_acl_internal.require_member($2))
		RETURNING m.user_id)
	SELECT modelapi_acl_internal.require_removed(count(*), true, 'member') FROM removed;
END;
COMMENT ON FUNCTION modelapi_acl.remove_organization_member(text, text) IS
'For admins of the organization, and for members themselves: removes a member';

CREATE FUNCTION modelapi_acl.delete_organization(organization text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_organization($1, 'manage_organization');
	WITH changed AS (
		DELETE FROM modelapi_acl_internal.deletable_organizations AS o
		-- The sub-select is evaluated once, not for each row
		WHERE o.id = (SELECT modelapi_acl_internal.require_organization($1, 'manage_organization'))
		RETURNING o.id)
	SELECT modelapi_acl_internal.require_changed(count(*), 'organization') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.delete_organization(text) IS
'For admins of the organization: deletes it, with all grants that it holds';

-- ---------------------------------------------------------------------------
-- Projects

CREATE FUNCTION modelapi_acl.create_project(name text, description text DEFAULT NULL) RETURNS uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_user();
	SELECT modelapi_acl_internal.require_may_create(true);
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'project name is missing');
	INSERT INTO modelapi_acl.projects (name, description) VALUES ($1, $2) RETURNING id;
END;
COMMENT ON FUNCTION modelapi_acl.create_project(text, text) IS
'Creates a project and makes the current user its first owner; returns its id';

CREATE FUNCTION modelapi_acl.delete_project(project_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_project_permission($1, 'manage_project');
	-- The row lock waits for concurrent transactions that create model APIs in the project
	SELECT p.id FROM modelapi_acl.projects AS p WHERE p.id = $1 FOR UPDATE;
	SELECT modelapi_acl_internal.require(NOT EXISTS (
			SELECT FROM modelapi_acl.model_apis AS m WHERE m.project_id = $1),
		'23514', 'cannot delete a project that has model APIs',
		'Delete its model APIs first.');
	WITH changed AS (
		DELETE FROM modelapi_acl_internal.deletable_projects AS p WHERE p.id = $1
		RETURNING p.id)
	SELECT modelapi_acl_internal.require_changed(count(*), 'project') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.delete_project(uuid) IS
'For owners: deletes a project that has no model APIs';

CREATE FUNCTION modelapi_acl_internal.write_user_project_grant(
	project_id uuid, user_id uuid, access_level modelapi_acl.access_level, expires_at timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level, expires_at)
	VALUES ($1, $2, $3, $4)
	ON CONFLICT (user_id, project_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
END;
COMMENT ON FUNCTION modelapi_acl_internal.write_user_project_grant(uuid, uuid, modelapi_acl.access_level, timestamptz) IS
'Internal statement: grants a user access, or changes the grant';

CREATE FUNCTION modelapi_acl_internal.write_organization_project_grant(
	project_id uuid, organization_id uuid, access_level modelapi_acl.access_level, expires_at timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.project_collaborators (project_id, organization_id, access_level, expires_at)
	VALUES ($1, $2, $3, $4)
	ON CONFLICT (organization_id, project_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
END;
COMMENT ON FUNCTION modelapi_acl_internal.write_organization_project_grant(uuid, uuid, modelapi_acl.access_level, timestamptz) IS
'Internal statement: grants an organization access, or changes the grant';

CREATE FUNCTION modelapi_acl.add_project_collaborator(
	project_id uuid, principal text,
	access_level modelapi_acl.access_level DEFAULT 'viewer', expires_at timestamptz DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_add_project_collaborator_1_1';
COMMENT ON FUNCTION modelapi_acl.add_project_collaborator(uuid, text, modelapi_acl.access_level, timestamptz) IS
'For owners: grants a user or an organization access to a project, or changes access level and expiry of the grant';

CREATE FUNCTION modelapi_acl_internal.delete_user_project_grant(
	project_id uuid, user_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.removable_project_collaborators AS c
	WHERE c.project_id = $1 AND c.user_id = $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.delete_user_project_grant(uuid, uuid) IS
'Internal statement: removes the grant of a user';

CREATE FUNCTION modelapi_acl_internal.delete_organization_project_grant(
	project_id uuid, organization_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.removable_project_collaborators AS c
	WHERE c.project_id = $1 AND c.organization_id = $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.delete_organization_project_grant(uuid, uuid) IS
'Internal statement: removes the grant of an organization';

CREATE FUNCTION modelapi_acl.remove_project_collaborator(project_id uuid, principal text)
	RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_remove_project_collaborator_1_1';
COMMENT ON FUNCTION modelapi_acl.remove_project_collaborator(uuid, text) IS
'For owners, and for holders of the grant themselves: removes the grant of a user or an organization on a project';

CREATE FUNCTION modelapi_acl.transfer_project(
	project_id uuid, new_owner text,
	keep_as modelapi_acl.access_level DEFAULT 'editor') RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_project_permission($1, 'manage_project');
	INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level, expires_at)
	VALUES ($1, modelapi_acl_internal.require_new_owner($2), 'owner', NULL)
	ON CONFLICT (user_id, project_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
	UPDATE modelapi_acl.project_collaborators AS c SET access_level = $3
	WHERE c.project_id = $1
		AND c.user_id = modelapi_acl.current_user_id()
		AND c.access_level > $3;
	DELETE FROM modelapi_acl_internal.removable_project_collaborators AS c
	WHERE c.project_id = $1
		AND c.user_id = modelapi_acl.current_user_id()
		AND $3 IS NULL;
	SELECT modelapi_acl_internal.record_transfer('project', $1, modelapi_acl_internal.require_new_owner($2), $3);
END;
COMMENT ON FUNCTION modelapi_acl.transfer_project(uuid, text, modelapi_acl.access_level) IS
'For owners: makes another user owner of a project; the current user''s own grant is lowered to keep_as, or removed if keep_as is NULL';

-- ---------------------------------------------------------------------------
-- Model APIs

CREATE FUNCTION modelapi_acl_internal.insert_model_api(
	project_id uuid, name text, description text, visibility modelapi_acl.visibility,
	authorization_mode modelapi_acl.authorization_mode,
	invocation_mode modelapi_acl.invocation_mode) RETURNS uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_apis
		(project_id, name, description, visibility, authorization_mode, invocation_mode)
	VALUES ($1, $2, $3, $4, $5, $6)
	RETURNING id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.insert_model_api(uuid, text, text, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.invocation_mode) IS
'Internal statement: the INSERT of create_model_api';

CREATE FUNCTION modelapi_acl.create_model_api(
	project_id uuid, name text, description text DEFAULT NULL,
	visibility modelapi_acl.visibility DEFAULT 'private',
	authorization_mode modelapi_acl.authorization_mode DEFAULT 'restricted',
	invocation_mode modelapi_acl.invocation_mode DEFAULT 'sync') RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_create_model_api_1_1';
COMMENT ON FUNCTION modelapi_acl.create_model_api(uuid, text, text, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.invocation_mode) IS
'For editors and owners of the project: creates a model API and makes the current user its first owner; returns its id';

CREATE FUNCTION modelapi_acl.delete_model_api(model_api_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'delete');
	WITH changed AS (
		DELETE FROM modelapi_acl_internal.deletable_model_apis AS m WHERE m.id = $1
		RETURNING m.id)
	SELECT modelapi_acl_internal.require_changed(count(*), 'model API') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.delete_model_api(uuid) IS
'For owners: deletes a model API with its versions, settings, logs, grants and access tokens';

CREATE FUNCTION modelapi_acl_internal.update_visibility(
	model_api_id uuid, visibility modelapi_acl.visibility) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.model_apis AS m SET visibility = $2 WHERE m.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.update_visibility(uuid, modelapi_acl.visibility) IS
'Internal statement: the UPDATE of set_visibility';

CREATE FUNCTION modelapi_acl.set_visibility(
	model_api_id uuid, visibility modelapi_acl.visibility) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_set_visibility_1_1';
COMMENT ON FUNCTION modelapi_acl.set_visibility(uuid, modelapi_acl.visibility) IS
'For owners: makes a model API public or private';

CREATE FUNCTION modelapi_acl_internal.update_authorization_mode(
	model_api_id uuid, authorization_mode modelapi_acl.authorization_mode) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.model_apis AS m SET authorization_mode = $2 WHERE m.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.update_authorization_mode(uuid, modelapi_acl.authorization_mode) IS
'Internal statement: the UPDATE of set_authorization_mode';

CREATE FUNCTION modelapi_acl.set_authorization_mode(
	model_api_id uuid, authorization_mode modelapi_acl.authorization_mode) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_set_authorization_mode_1_1';
COMMENT ON FUNCTION modelapi_acl.set_authorization_mode(uuid, modelapi_acl.authorization_mode) IS
'For editors and owners: sets whether prediction requests need an access token';

CREATE FUNCTION modelapi_acl_internal.write_setting(
	model_api_id uuid, name text, value jsonb) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value)
	VALUES ($1, $2, $3)
	ON CONFLICT (model_api_id, name) DO UPDATE SET value = EXCLUDED.value;
END;
COMMENT ON FUNCTION modelapi_acl_internal.write_setting(uuid, text, jsonb) IS
'Internal statement: the INSERT of set_setting';

CREATE FUNCTION modelapi_acl.set_setting(model_api_id uuid, name text, value jsonb) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_set_setting_1_1';
COMMENT ON FUNCTION modelapi_acl.set_setting(uuid, text, jsonb) IS
'For editors and owners: sets a setting of a model API';

CREATE FUNCTION modelapi_acl.delete_setting(model_api_id uuid, name text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'edit_settings');
	WITH removed AS (
		DELETE FROM modelapi_acl_internal.deletable_settings AS s
		WHERE s.model_api_id = $1 AND s.name = $2
		RETURNING s.name)
	SELECT modelapi_acl_internal.require_removed(count(*), true, 'setting') FROM removed;
END;
COMMENT ON FUNCTION modelapi_acl.delete_setting(uuid, text) IS
'For editors and owners: deletes a setting of a model API';

CREATE FUNCTION modelapi_acl_internal.insert_version(
	model_api_id uuid, source jsonb, description text) RETURNS modelapi_acl.model_api_versions
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	-- The whole row, so that it includes columns that are added to the table later
	INSERT INTO modelapi_acl.model_api_versions AS v (model_api_id, source, description)
	VALUES ($1, $2, $3)
	RETURNING v;
END;
COMMENT ON FUNCTION modelapi_acl_internal.insert_version(uuid, jsonb, text) IS
'Internal statement: the INSERT of publish_version';

CREATE FUNCTION modelapi_acl.publish_version(
	model_api_id uuid, source jsonb, description text DEFAULT NULL) RETURNS modelapi_acl.model_api_versions
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_publish_version_1_1';
COMMENT ON FUNCTION modelapi_acl.publish_version(uuid, jsonb, text) IS
'For those who may deploy: publishes a new version of a model API, which is running at once; returns its row';

CREATE FUNCTION modelapi_acl.set_version_state(
	version_id uuid, state modelapi_acl.version_state) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission(
		(SELECT v.model_api_id FROM modelapi_acl.model_api_versions AS v WHERE v.id = $1),
		'deploy_version', 'version');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'state is missing');
	WITH changed AS (
		UPDATE modelapi_acl.model_api_versions AS v SET state = $2 WHERE v.id = $1
		RETURNING v.id)
	SELECT modelapi_acl_internal.require_changed(count(*), 'version') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.set_version_state(uuid, modelapi_acl.version_state) IS
'For those who may deploy: starts or stops a version of a model API';

CREATE FUNCTION modelapi_acl_internal.write_user_grant(
	model_api_id uuid, user_id uuid, access_level modelapi_acl.access_level, expires_at timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level, expires_at)
	VALUES ($1, $2, $3, $4)
	ON CONFLICT (user_id, model_api_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
END;
COMMENT ON FUNCTION modelapi_acl_internal.write_user_grant(uuid, uuid, modelapi_acl.access_level, timestamptz) IS
'Internal statement: grants a user access, or changes the grant';

CREATE FUNCTION modelapi_acl_internal.write_organization_grant(
	model_api_id uuid, organization_id uuid, access_level modelapi_acl.access_level, expires_at timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, organization_id, access_level, expires_at)
	VALUES ($1, $2, $3, $4)
	ON CONFLICT (organization_id, model_api_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
END;
COMMENT ON FUNCTION modelapi_acl_internal.write_organization_grant(uuid, uuid, modelapi_acl.access_level, timestamptz) IS
'Internal statement: grants an organization access, or changes the grant';

CREATE FUNCTION modelapi_acl.add_collaborator(
	model_api_id uuid, principal text,
	access_level modelapi_acl.access_level DEFAULT 'viewer', expires_at timestamptz DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_add_collaborator_1_1';
COMMENT ON FUNCTION modelapi_acl.add_collaborator(uuid, text, modelapi_acl.access_level, timestamptz) IS
'For owners: grants a user or an organization access to a model API, or changes access level and expiry of the grant';

CREATE FUNCTION modelapi_acl_internal.delete_user_grant(
	model_api_id uuid, user_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.removable_model_api_collaborators AS c
	WHERE c.model_api_id = $1 AND c.user_id = $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.delete_user_grant(uuid, uuid) IS
'Internal statement: removes the grant of a user';

CREATE FUNCTION modelapi_acl_internal.delete_organization_grant(
	model_api_id uuid, organization_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.removable_model_api_collaborators AS c
	WHERE c.model_api_id = $1 AND c.organization_id = $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.delete_organization_grant(uuid, uuid) IS
'Internal statement: removes the grant of an organization';

CREATE FUNCTION modelapi_acl.remove_collaborator(model_api_id uuid, principal text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_remove_collaborator_1_1';
COMMENT ON FUNCTION modelapi_acl.remove_collaborator(uuid, text) IS
'For owners, and for holders of the grant themselves: removes the grant of a user or an organization on a model API';

CREATE FUNCTION modelapi_acl.transfer_ownership(
	model_api_id uuid, new_owner text,
	keep_as modelapi_acl.access_level DEFAULT 'editor') RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'transfer_ownership');
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level, expires_at)
	VALUES ($1, modelapi_acl_internal.require_new_owner($2), 'owner', NULL)
	ON CONFLICT (user_id, model_api_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
	UPDATE modelapi_acl.model_api_collaborators AS c SET access_level = $3
	WHERE c.model_api_id = $1
		AND c.user_id = modelapi_acl.current_user_id()
		AND c.access_level > $3;
	DELETE FROM modelapi_acl_internal.removable_model_api_collaborators AS c
	WHERE c.model_api_id = $1
		AND c.user_id = modelapi_acl.current_user_id()
		AND $3 IS NULL;
	SELECT modelapi_acl_internal.record_transfer('model_api', $1, modelapi_acl_internal.require_new_owner($2), $3);
END;
COMMENT ON FUNCTION modelapi_acl.transfer_ownership(uuid, text, modelapi_acl.access_level) IS
'For owners: makes another user owner of a model API; the current user''s own grant is lowered to keep_as, or removed if keep_as is NULL';

-- ---------------------------------------------------------------------------
-- Users and logs, for administrators

CREATE FUNCTION modelapi_acl.create_user(
	username text, email text, full_name text DEFAULT NULL, external_id text DEFAULT NULL) RETURNS uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'username is missing');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'email address is missing');
	WITH created AS (
		INSERT INTO modelapi_acl_internal.managed_users (username, full_name) VALUES ($1, $3) RETURNING id),
	identified AS (
		INSERT INTO modelapi_acl_internal.managed_identities (user_id, email, external_id)
		SELECT created.id, $2, $4 FROM created
		RETURNING user_id)
	SELECT identified.user_id FROM identified;
END;
COMMENT ON FUNCTION modelapi_acl.create_user(text, text, text, text) IS
'For administrators: creates a user; returns the user''s id';

CREATE FUNCTION modelapi_acl.update_user(
	identifier text, username text DEFAULT NULL, email text DEFAULT NULL,
	full_name text DEFAULT NULL, external_id text DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require_identified_user($1);
	WITH identified AS MATERIALIZED (
		SELECT modelapi_acl_internal.require_identified_user($1) AS id),
	renamed AS (
		UPDATE modelapi_acl_internal.managed_users AS u
		SET username = COALESCE($2, u.username), full_name = COALESCE($4, u.full_name)
		FROM identified WHERE u.id = identified.id
		RETURNING u.id),
	changed AS (
		UPDATE modelapi_acl_internal.managed_identities AS i
		SET email = COALESCE($3, i.email), external_id = COALESCE($5, i.external_id)
		FROM identified WHERE i.user_id = identified.id)
	SELECT modelapi_acl_internal.require_changed(count(*), 'user') FROM renamed;
END;
COMMENT ON FUNCTION modelapi_acl.update_user(text, text, text, text, text) IS
'For administrators: changes a user; arguments that are NULL change nothing';

CREATE FUNCTION modelapi_acl.disable_user(identifier text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require_identified_user($1);
	WITH changed AS (
		UPDATE modelapi_acl_internal.managed_users AS u
		SET disabled_at = COALESCE(u.disabled_at, clock_timestamp())
		WHERE u.id = modelapi_acl_internal.require_identified_user($1)
		RETURNING u.id)
	SELECT modelapi_acl_internal.require_changed(count(*), 'user') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.disable_user(text) IS
'For administrators: disables a user, who has no access until enabled again';

CREATE FUNCTION modelapi_acl.enable_user(identifier text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require_identified_user($1);
	WITH changed AS (
		UPDATE modelapi_acl_internal.managed_users AS u SET disabled_at = NULL
		WHERE u.id = modelapi_acl_internal.require_identified_user($1)
		RETURNING u.id)
	SELECT modelapi_acl_internal.require_changed(count(*), 'user') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.enable_user(text) IS
'For administrators: enables a disabled user';

CREATE FUNCTION modelapi_acl.delete_user(identifier text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require_identified_user($1);
	WITH changed AS (
		DELETE FROM modelapi_acl_internal.managed_users AS u
		WHERE u.id = modelapi_acl_internal.require_identified_user($1)
		RETURNING u.id)
	SELECT modelapi_acl_internal.require_changed(count(*), 'user') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.delete_user(text) IS
'For administrators: deletes a user with all grants and memberships; refused while the user is the last owner or admin of an object';

CREATE FUNCTION modelapi_acl_internal.release(name text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_release_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.release(text) IS
'Releases a reserved name, for release_name';

CREATE FUNCTION modelapi_acl.release_name(name text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'name is missing');
	SELECT modelapi_acl_internal.release($1);
END;
COMMENT ON FUNCTION modelapi_acl.release_name(text) IS
'For administrators: releases a name that a renamed or deleted user or organization has left reserved';

CREATE FUNCTION modelapi_acl.prune_logs(older_than interval) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'age is missing');
	SELECT modelapi_acl_internal.require($1 >= '0'::interval, '22023', 'age is negative');
	WITH pruned AS (
		DELETE FROM modelapi_acl_internal.prunable_logs AS l
		WHERE l.logged_at < (now() - $1)
		RETURNING l.id),
	counted AS MATERIALIZED (SELECT count(*) AS rows FROM pruned),
	recorded AS MATERIALIZED (
		SELECT modelapi_acl_internal.record_pruning($1, counted.rows)
		FROM counted)
	SELECT counted.rows FROM counted CROSS JOIN recorded;
END;
COMMENT ON FUNCTION modelapi_acl.prune_logs(interval) IS
'For administrators: deletes log lines older than an interval; returns their number';

CREATE FUNCTION modelapi_acl.prune_usage(older_than interval) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'age is missing');
	SELECT modelapi_acl_internal.require($1 >= '0'::interval, '22023', 'age is negative');
	WITH hours AS (
		DELETE FROM modelapi_acl_internal.prunable_invocations AS i
		WHERE i.hour < (now() - $1)
		RETURNING i.hour),
	tokens AS (
		DELETE FROM modelapi_acl_internal.prunable_tokens AS t
		WHERE GREATEST(t.last_used_at, t.last_refused_at) < (now() - $1)
		RETURNING t.token_id)
	SELECT (SELECT count(*) FROM hours) + (SELECT count(*) FROM tokens);
END;
COMMENT ON FUNCTION modelapi_acl.prune_usage(interval) IS
'For administrators: deletes the counts of hours that are older than an interval, and those of tokens that do not exist any more; returns the number of rows. modelapi_acl.usage_retention does so for hours by itself';
