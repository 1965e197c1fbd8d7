-- The functions of the interface that write. Each checks in this order: that
-- somebody is signed in, that the thing is visible, the permission, the values;
-- the guards' invariants come with the write. Checks are statements of their own:
-- a WHERE clause is not evaluated where there is no row.
--
-- Bodies are of the SQL-standard form: names in them are resolved once, here,
-- so that no search_path matters and callers need no access to the internal
-- schema. Everything runs as the caller. Where a function deletes, or writes what
-- its caller may not, it goes through a view of 68_writable_views.sql; tokens are
-- made and changed in C. All else is subject to the policies.

-- ---------------------------------------------------------------------------
-- Organizations

CREATE FUNCTION modelapi_acl.create_organization(name text, full_name text DEFAULT NULL) RETURNS uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_user();
	SELECT modelapi_acl_internal.require_may_create(false);
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'organization name is missing');
	INSERT INTO modelapi_acl.organizations (name, full_name) VALUES ($1, $2) RETURNING id;
END;
COMMENT ON FUNCTION modelapi_acl.create_organization(text, text) IS
'Creates an organization, whose first admin is the one asking; returns its id';

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
'For its admins: makes a user a member of an organization, or changes whether a member is an admin';

CREATE FUNCTION modelapi_acl.remove_organization_member(organization text, member text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_organization($1, CASE WHEN modelapi_acl_internal.is_asking($2)
		THEN 'view_members' ELSE 'manage_organization' END::modelapi_acl_internal.organization_permission);
	SELECT modelapi_acl_internal.require_member($2);
	WITH removed AS (
		DELETE FROM modelapi_acl_internal.removable_members AS m
		WHERE m.organization_id OPERATOR(pg_catalog.=) (SELECT modelapi_acl_internal.require_organization($1, 'view_members'))
			AND m.user_id OPERATOR(pg_catalog.=) (SELECT modelapi_acl_internal.require_member($2))
		RETURNING m.user_id)
	SELECT modelapi_acl_internal.require_removed(pg_catalog.count(*), true, 'member') FROM removed;
END;
COMMENT ON FUNCTION modelapi_acl.remove_organization_member(text, text) IS
'For its admins, and for oneself: ends a user''s membership of an organization';

CREATE FUNCTION modelapi_acl.delete_organization(organization text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_organization($1, 'manage_organization');
	WITH changed AS (
		DELETE FROM modelapi_acl_internal.deletable_organizations AS o
		-- once, not for each organization
		WHERE o.id OPERATOR(pg_catalog.=) (SELECT modelapi_acl_internal.require_organization($1, 'manage_organization'))
		RETURNING o.id)
	SELECT modelapi_acl_internal.require_changed(pg_catalog.count(*), 'organization') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.delete_organization(text) IS
'For its admins: deletes an organization, and all grants that it holds';

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
'Creates a project, whose first owner is the one asking; returns its id';

CREATE FUNCTION modelapi_acl.delete_project(project_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_project_permission($1, 'manage_project');
	-- waits for model APIs that are just being created in it
	SELECT p.id FROM modelapi_acl.projects AS p WHERE p.id OPERATOR(pg_catalog.=) $1 FOR UPDATE;
	SELECT modelapi_acl_internal.require(NOT EXISTS (
			SELECT FROM modelapi_acl.model_apis AS m WHERE m.project_id OPERATOR(pg_catalog.=) $1),
		'23514', 'a project that has model APIs can''t be deleted',
		'Delete its model APIs first.');
	WITH changed AS (
		DELETE FROM modelapi_acl_internal.deletable_projects AS p WHERE p.id OPERATOR(pg_catalog.=) $1
		RETURNING p.id)
	SELECT modelapi_acl_internal.require_changed(pg_catalog.count(*), 'project') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.delete_project(uuid) IS
'For its owners: deletes an empty project';

CREATE FUNCTION modelapi_acl.add_project_collaborator(
	project_id uuid, principal text,
	access_level modelapi_acl.access_level DEFAULT 'viewer', expires_at timestamptz DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_project_permission($1, 'manage_project');
	SELECT modelapi_acl_internal.require($3 IS NOT NULL, '22023', 'access level is missing');
	INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level, expires_at)
	SELECT $1, p.user_id, $3, $4 FROM modelapi_acl_internal.require_principal($2) AS p
	WHERE p.user_id IS NOT NULL
	ON CONFLICT (user_id, project_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
	INSERT INTO modelapi_acl.project_collaborators (project_id, organization_id, access_level, expires_at)
	SELECT $1, p.organization_id, $3, $4 FROM modelapi_acl_internal.require_principal($2) AS p
	WHERE p.organization_id IS NOT NULL
	ON CONFLICT (organization_id, project_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
END;
COMMENT ON FUNCTION modelapi_acl.add_project_collaborator(uuid, text, modelapi_acl.access_level, timestamptz) IS
'For owners: gives a user or an organization access to a project, or changes level and expiry';

CREATE FUNCTION modelapi_acl.remove_project_collaborator(project_id uuid, principal text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_project_permission($1, CASE WHEN modelapi_acl_internal.is_asking($2)
		THEN 'view_project' ELSE 'manage_project' END::modelapi_acl.project_permission);
	SELECT modelapi_acl_internal.require_principal($2);
	WITH removed AS (
		DELETE FROM modelapi_acl_internal.removable_project_collaborators AS c
		USING modelapi_acl_internal.find_principal($2) AS p
		WHERE c.project_id OPERATOR(pg_catalog.=) $1
			AND (c.user_id OPERATOR(pg_catalog.=) p.user_id OR c.organization_id OPERATOR(pg_catalog.=) p.organization_id)
		RETURNING c.id)
	SELECT modelapi_acl_internal.require_removed(pg_catalog.count(*),
		modelapi_acl_internal.project_permits($1, 'view_project_collaborators',
			modelapi_acl_internal.current_identity()), 'collaborator')
	FROM removed;
END;
COMMENT ON FUNCTION modelapi_acl.remove_project_collaborator(uuid, text) IS
'For owners, and for oneself: takes a principal''s grant on a project away';

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
	WHERE c.project_id OPERATOR(pg_catalog.=) $1
		AND c.user_id OPERATOR(pg_catalog.=) modelapi_acl.current_user_id()
		AND c.access_level OPERATOR(pg_catalog.>) $3;
	DELETE FROM modelapi_acl_internal.removable_project_collaborators AS c
	WHERE c.project_id OPERATOR(pg_catalog.=) $1
		AND c.user_id OPERATOR(pg_catalog.=) modelapi_acl.current_user_id()
		AND $3 IS NULL;
	SELECT modelapi_acl_internal.record_transfer('project', $1, modelapi_acl_internal.require_new_owner($2), $3);
END;
COMMENT ON FUNCTION modelapi_acl.transfer_project(uuid, text, modelapi_acl.access_level) IS
'For owners: makes another user owner of a project; one''s own grant becomes keep_as, or goes where that is NULL';

-- ---------------------------------------------------------------------------
-- Model APIs

CREATE FUNCTION modelapi_acl.create_model_api(
	project_id uuid, name text, description text DEFAULT NULL,
	visibility modelapi_acl.visibility DEFAULT 'private',
	authorization_mode modelapi_acl.authorization_mode DEFAULT 'restricted',
	invocation_mode modelapi_acl.invocation_mode DEFAULT 'sync') RETURNS uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_project_permission($1, 'create_model_api');
	SELECT modelapi_acl_internal.require_user();
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'model API name is missing');
	SELECT modelapi_acl_internal.require($4 IS NOT NULL, '22023', 'visibility is missing');
	SELECT modelapi_acl_internal.require($5 IS NOT NULL, '22023', 'authorization mode is missing');
	SELECT modelapi_acl_internal.require($6 IS NOT NULL, '22023', 'invocation mode is missing');
	INSERT INTO modelapi_acl.model_apis
		(project_id, name, description, visibility, authorization_mode, invocation_mode)
	VALUES ($1, $2, $3, $4, $5, $6)
	RETURNING id;
END;
COMMENT ON FUNCTION modelapi_acl.create_model_api(uuid, text, text, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.invocation_mode) IS
'For the project''s editors and owners: creates a model API, whose first owner is the one asking; returns its id';

CREATE FUNCTION modelapi_acl.delete_model_api(model_api_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'delete');
	WITH changed AS (
		DELETE FROM modelapi_acl_internal.deletable_model_apis AS m WHERE m.id OPERATOR(pg_catalog.=) $1
		RETURNING m.id)
	SELECT modelapi_acl_internal.require_changed(pg_catalog.count(*), 'model API') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.delete_model_api(uuid) IS
'For owners: deletes a model API with its versions, settings, logs, grants and tokens';

CREATE FUNCTION modelapi_acl.set_visibility(
	model_api_id uuid, visibility modelapi_acl.visibility) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'change_visibility');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'visibility is missing');
	WITH changed AS (
		UPDATE modelapi_acl.model_apis AS m SET visibility = $2 WHERE m.id OPERATOR(pg_catalog.=) $1
		RETURNING m.id)
	SELECT modelapi_acl_internal.require_changed(pg_catalog.count(*), 'model API') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.set_visibility(uuid, modelapi_acl.visibility) IS
'For owners: makes a model API public or private';

CREATE FUNCTION modelapi_acl.set_authorization_mode(
	model_api_id uuid, authorization_mode modelapi_acl.authorization_mode) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'edit_settings');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'authorization mode is missing');
	WITH changed AS (
		UPDATE modelapi_acl.model_apis AS m SET authorization_mode = $2 WHERE m.id OPERATOR(pg_catalog.=) $1
		RETURNING m.id)
	SELECT modelapi_acl_internal.require_changed(pg_catalog.count(*), 'model API') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.set_authorization_mode(uuid, modelapi_acl.authorization_mode) IS
'For editors and owners: makes prediction requests need a token, or none';

CREATE FUNCTION modelapi_acl.set_setting(model_api_id uuid, name text, value jsonb) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'edit_settings');
	SELECT modelapi_acl_internal.check_name('setting name', $2);
	SELECT modelapi_acl_internal.require($3 IS NOT NULL, '22023', 'setting value is missing');
	INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value)
	VALUES ($1, $2, $3)
	ON CONFLICT (model_api_id, name) DO UPDATE SET value = EXCLUDED.value;
END;
COMMENT ON FUNCTION modelapi_acl.set_setting(uuid, text, jsonb) IS
'For editors and owners: gives a setting of a model API a value';

CREATE FUNCTION modelapi_acl.delete_setting(model_api_id uuid, name text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'edit_settings');
	WITH removed AS (
		DELETE FROM modelapi_acl_internal.deletable_settings AS s
		WHERE s.model_api_id OPERATOR(pg_catalog.=) $1 AND s.name OPERATOR(pg_catalog.=) $2
		RETURNING s.name)
	SELECT modelapi_acl_internal.require_removed(pg_catalog.count(*), true, 'setting') FROM removed;
END;
COMMENT ON FUNCTION modelapi_acl.delete_setting(uuid, text) IS
'For editors and owners: deletes a setting of a model API';

CREATE FUNCTION modelapi_acl.publish_version(
	model_api_id uuid, source jsonb, description text DEFAULT NULL) RETURNS modelapi_acl.model_api_versions
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'deploy_version');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'source is missing');
	-- the whole row, with columns that were added to the table later
	INSERT INTO modelapi_acl.model_api_versions AS v (model_api_id, source, description)
	VALUES ($1, $2, $3)
	RETURNING v;
END;
COMMENT ON FUNCTION modelapi_acl.publish_version(uuid, jsonb, text) IS
'For who may deploy: publishes a new version of a model API, which runs at once; returns its row';

CREATE FUNCTION modelapi_acl.set_version_state(
	version_id uuid, state modelapi_acl.version_state) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission(
		(SELECT v.model_api_id FROM modelapi_acl.model_api_versions AS v WHERE v.id OPERATOR(pg_catalog.=) $1),
		'deploy_version', 'version');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'state is missing');
	WITH changed AS (
		UPDATE modelapi_acl.model_api_versions AS v SET state = $2 WHERE v.id OPERATOR(pg_catalog.=) $1
		RETURNING v.id)
	SELECT modelapi_acl_internal.require_changed(pg_catalog.count(*), 'version') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.set_version_state(uuid, modelapi_acl.version_state) IS
'For who may deploy: starts or stops a version of a model API';

CREATE FUNCTION modelapi_acl.add_collaborator(
	model_api_id uuid, principal text,
	access_level modelapi_acl.access_level DEFAULT 'viewer', expires_at timestamptz DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'manage_collaborators');
	SELECT modelapi_acl_internal.require($3 IS NOT NULL, '22023', 'access level is missing');
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level, expires_at)
	SELECT $1, p.user_id, $3, $4 FROM modelapi_acl_internal.require_principal($2) AS p
	WHERE p.user_id IS NOT NULL
	ON CONFLICT (user_id, model_api_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, organization_id, access_level, expires_at)
	SELECT $1, p.organization_id, $3, $4 FROM modelapi_acl_internal.require_principal($2) AS p
	WHERE p.organization_id IS NOT NULL
	ON CONFLICT (organization_id, model_api_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
END;
COMMENT ON FUNCTION modelapi_acl.add_collaborator(uuid, text, modelapi_acl.access_level, timestamptz) IS
'For owners: gives a user or an organization access to a model API, or changes level and expiry';

CREATE FUNCTION modelapi_acl.remove_collaborator(model_api_id uuid, principal text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, CASE WHEN modelapi_acl_internal.is_asking($2)
		THEN 'view' ELSE 'manage_collaborators' END::modelapi_acl.permission);
	SELECT modelapi_acl_internal.require_principal($2);
	WITH removed AS (
		DELETE FROM modelapi_acl_internal.removable_model_api_collaborators AS c
		USING modelapi_acl_internal.find_principal($2) AS p
		WHERE c.model_api_id OPERATOR(pg_catalog.=) $1
			AND (c.user_id OPERATOR(pg_catalog.=) p.user_id OR c.organization_id OPERATOR(pg_catalog.=) p.organization_id)
		RETURNING c.id)
	SELECT modelapi_acl_internal.require_removed(pg_catalog.count(*),
		modelapi_acl_internal.model_api_permits($1, 'view_collaborators', modelapi_acl_internal.current_identity()), 'collaborator')
	FROM removed;
END;
COMMENT ON FUNCTION modelapi_acl.remove_collaborator(uuid, text) IS
'For owners, and for oneself: takes a principal''s grant on a model API away';

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
	WHERE c.model_api_id OPERATOR(pg_catalog.=) $1
		AND c.user_id OPERATOR(pg_catalog.=) modelapi_acl.current_user_id()
		AND c.access_level OPERATOR(pg_catalog.>) $3;
	DELETE FROM modelapi_acl_internal.removable_model_api_collaborators AS c
	WHERE c.model_api_id OPERATOR(pg_catalog.=) $1
		AND c.user_id OPERATOR(pg_catalog.=) modelapi_acl.current_user_id()
		AND $3 IS NULL;
	SELECT modelapi_acl_internal.record_transfer('model_api', $1, modelapi_acl_internal.require_new_owner($2), $3);
END;
COMMENT ON FUNCTION modelapi_acl.transfer_ownership(uuid, text, modelapi_acl.access_level) IS
'For owners: makes another user owner of a model API; one''s own grant becomes keep_as, or goes where that is NULL';

-- ---------------------------------------------------------------------------
-- Finding model APIs

-- Kept so that the planner inlines it: conditions, ORDER BY and LIMIT around it
-- reach the table. The policy applies to the caller as in any query.
-- The bodies of this function and of search_model_apis are texts, which are parsed when
-- they are called: a column that was added to the table later belongs to the row too.
-- They are parsed with the caller's privileges, so that they name public functions alone.
CREATE FUNCTION modelapi_acl.list_model_apis(permission modelapi_acl.permission DEFAULT 'view')
	RETURNS SETOF modelapi_acl.model_apis
	LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $body$
	SELECT m.* FROM modelapi_acl.model_apis AS m WHERE modelapi_acl.has_permission(m.id, $1)
$body$;
COMMENT ON FUNCTION modelapi_acl.list_model_apis(modelapi_acl.permission) IS
'The model APIs on which the one asking holds a permission. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

-- What an audit event refers to, as a function of the event's row: PostgREST embeds it under
-- the function's name (a computed relationship), so these are nouns. No foreign keys, which
-- would hold off a deletion or lose what an event says. No SET clause: they are inlined.
CREATE FUNCTION modelapi_acl.actor(event modelapi_acl.audit_events) RETURNS SETOF modelapi_acl.users
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
AS $body$
	SELECT t.* FROM modelapi_acl.users AS t WHERE t.id OPERATOR(pg_catalog.=) ($1).actor_id
$body$;
COMMENT ON FUNCTION modelapi_acl.actor(modelapi_acl.audit_events) IS
'The user who did what an audit event tells, if still there';

CREATE FUNCTION modelapi_acl.model_api(event modelapi_acl.audit_events) RETURNS SETOF modelapi_acl.model_apis
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
AS $body$
	SELECT t.* FROM modelapi_acl.model_apis AS t WHERE t.id OPERATOR(pg_catalog.=) ($1).model_api_id
$body$;
COMMENT ON FUNCTION modelapi_acl.model_api(modelapi_acl.audit_events) IS
'The model API that an audit event is about, if the current user may view it';

CREATE FUNCTION modelapi_acl.project(event modelapi_acl.audit_events) RETURNS SETOF modelapi_acl.projects
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
AS $body$
	SELECT t.* FROM modelapi_acl.projects AS t WHERE t.id OPERATOR(pg_catalog.=) ($1).project_id
$body$;
COMMENT ON FUNCTION modelapi_acl.project(modelapi_acl.audit_events) IS
'The project that an audit event is about, if the current user may view it';

CREATE FUNCTION modelapi_acl.search_places(query text)
	RETURNS TABLE (model_api_id uuid, place bigint)
	LANGUAGE c STRICT STABLE PARALLEL RESTRICTED COST 1000 ROWS 1000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_search_places_1_0';
COMMENT ON FUNCTION modelapi_acl.search_places(text) IS
'The ids of the model APIs that search_model_apis returns for a query, with their places, from 1; for joins';

-- The rows are those that the caller's policies show; which, and in which order,
-- the search says. One look-up by id for each row that is taken: the planner knows that
-- a function's rows come in the order of their numbers.
CREATE FUNCTION modelapi_acl.search_model_apis(query text) RETURNS SETOF modelapi_acl.model_apis
	LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $body$
	SELECT m.*
	FROM modelapi_acl.search_places($1) WITH ORDINALITY AS s (model_api_id, place, number) CROSS JOIN LATERAL (
		SELECT f.* FROM modelapi_acl.model_apis AS f
		WHERE f.id OPERATOR(pg_catalog.=) s.model_api_id OFFSET 0) AS m
	ORDER BY s.number
$body$;
COMMENT ON FUNCTION modelapi_acl.search_model_apis(text) IS
'The model APIs that the one asking may view and that a query finds by id, name or description, best match first; words are found by their beginnings; quotation marks, or and - work as in web search';

-- ---------------------------------------------------------------------------
-- Access tokens

CREATE FUNCTION modelapi_acl.create_token(
	model_api_id uuid, name text, expires_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT NULL,
	OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_create_token_1_0';
COMMENT ON FUNCTION modelapi_acl.create_token(uuid, text, timestamptz, jsonb) IS
'For editors and owners: makes an access token of a model API; the only time that its secret is shown. Metadata is for a later version: NULL alone is taken';

CREATE FUNCTION modelapi_acl.regenerate_token(
	token_id uuid, overlap interval DEFAULT '0', OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_regenerate_token_1_0';
COMMENT ON FUNCTION modelapi_acl.regenerate_token(uuid, interval) IS
'For owners: gives an access token a new secret, keeping name and expiry; the old one is refused from then on. An overlap is for a later version: 0 alone is taken';

CREATE FUNCTION modelapi_acl.revoke_token(token_id uuid) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_revoke_token_1_0';
COMMENT ON FUNCTION modelapi_acl.revoke_token(uuid) IS
'For owners: ends an access token for good; revoking twice is no error';

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
'For administrators: creates a user; returns the id';

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
		FROM identified WHERE u.id OPERATOR(pg_catalog.=) identified.id
		RETURNING u.id),
	changed AS (
		UPDATE modelapi_acl_internal.managed_identities AS i
		SET email = COALESCE($3, i.email), external_id = COALESCE($5, i.external_id)
		FROM identified WHERE i.user_id OPERATOR(pg_catalog.=) identified.id)
	SELECT modelapi_acl_internal.require_changed(pg_catalog.count(*), 'user') FROM renamed;
END;
COMMENT ON FUNCTION modelapi_acl.update_user(text, text, text, text, text) IS
'For administrators: changes what is not NULL of a user';

CREATE FUNCTION modelapi_acl.disable_user(identifier text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require_identified_user($1);
	WITH changed AS (
		UPDATE modelapi_acl_internal.managed_users AS u
		SET disabled_at = COALESCE(u.disabled_at, pg_catalog.clock_timestamp())
		WHERE u.id OPERATOR(pg_catalog.=) modelapi_acl_internal.require_identified_user($1)
		RETURNING u.id)
	SELECT modelapi_acl_internal.require_changed(pg_catalog.count(*), 'user') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.disable_user(text) IS
'For administrators: takes all access from a user until enabled again';

CREATE FUNCTION modelapi_acl.enable_user(identifier text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require_identified_user($1);
	WITH changed AS (
		UPDATE modelapi_acl_internal.managed_users AS u SET disabled_at = NULL
		WHERE u.id OPERATOR(pg_catalog.=) modelapi_acl_internal.require_identified_user($1)
		RETURNING u.id)
	SELECT modelapi_acl_internal.require_changed(pg_catalog.count(*), 'user') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.enable_user(text) IS
'For administrators: gives a disabled user their access back';

CREATE FUNCTION modelapi_acl.delete_user(identifier text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require_identified_user($1);
	WITH changed AS (
		DELETE FROM modelapi_acl_internal.managed_users AS u WHERE u.id OPERATOR(pg_catalog.=) modelapi_acl_internal.require_identified_user($1)
		RETURNING u.id)
	SELECT modelapi_acl_internal.require_changed(pg_catalog.count(*), 'user') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.delete_user(text) IS
'For administrators: deletes a user with all grants and memberships; refused for a last owner or admin';

CREATE FUNCTION modelapi_acl_internal.release(name text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_release_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.release(text) IS
'Lets a reserved name be taken again, for release_name';

CREATE FUNCTION modelapi_acl.release_name(name text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'name is missing');
	SELECT modelapi_acl_internal.release($1);
END;
COMMENT ON FUNCTION modelapi_acl.release_name(text) IS
'For administrators: a name that a renamed or deleted user or organization left reserved may be taken again';

CREATE FUNCTION modelapi_acl.prune_logs(older_than interval) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'age is missing');
	SELECT modelapi_acl_internal.require($1 OPERATOR(pg_catalog.>=) '0'::interval, '22023', 'age is negative');
	WITH pruned AS (
		DELETE FROM modelapi_acl_internal.prunable_logs AS l
		WHERE l.logged_at OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) $1)
		RETURNING l.id),
	counted AS MATERIALIZED (SELECT pg_catalog.count(*) AS rows FROM pruned),
	recorded AS MATERIALIZED (
		SELECT modelapi_acl_internal.record_pruning($1, counted.rows)
		FROM counted)
	SELECT counted.rows FROM counted CROSS JOIN recorded;
END;
COMMENT ON FUNCTION modelapi_acl.prune_logs(interval) IS
'For administrators: deletes log lines older than an interval; returns how many';
