\echo Use "CREATE EXTENSION modelapi_acl CASCADE" to load this file. \quit

-- This must be the first statement. CREATE EXTENSION puts the schema of pgcrypto on the
-- search path, and whoever may create objects there could have made operators of their
-- own. From here on nothing in pg_catalog needs its schema's name, as long as it is
-- parsed while this script runs. Texts that are parsed later, such as the bodies of
-- functions to be inlined, do need it.
SET LOCAL search_path TO pg_catalog, pg_temp;

-- Refuse to install where a role that is no superuser owns the schema or pgcrypto: a role
-- with the CREATE privilege on the database can have made either.
DO LANGUAGE plpgsql $block$
DECLARE
	schema_id oid;
	schema_owner oid;
	pgcrypto_owner oid;
	pgcrypto_schema name;
	stranger text;
BEGIN
	SELECT n.oid, n.nspowner INTO STRICT schema_id, schema_owner
	FROM pg_namespace AS n
	WHERE n.nspname = 'modelapi_acl'::name;

	IF NOT (SELECT r.rolsuper FROM pg_roles AS r
			WHERE r.oid = schema_owner) THEN
		RAISE EXCEPTION 'schema modelapi_acl is not owned by a superuser'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'Its owner could replace or drop the objects in it.',
			HINT = 'Look at what the schema contains and drop it before installing modelapi_acl.';
	END IF;

	SELECT pg_describe_object(d.classid, d.objid, 0) INTO stranger
	FROM pg_depend AS d
	WHERE d.refclassid = 'pg_namespace'::regclass
		AND d.refobjid = schema_id
		AND d.classid <> 'pg_extension'::regclass
	LIMIT 1;
	IF stranger IS NOT NULL THEN
		RAISE EXCEPTION 'schema modelapi_acl is not empty'
		USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = format('It contains %s.', stranger),
			HINT = 'Drop or move the objects in the schema before installing modelapi_acl.';
	END IF;

	SELECT pg_get_userbyid(a.grantee) INTO stranger
	FROM pg_namespace AS n
		CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
		LEFT JOIN pg_roles AS r ON r.oid = a.grantee
	WHERE n.oid = schema_id
		AND a.privilege_type = 'CREATE'
		AND r.rolsuper IS NOT TRUE
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'others than superusers may create objects in schema modelapi_acl'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = format('One of them is %s.', stranger),
			HINT = 'Revoke CREATE on schema modelapi_acl from these roles before installing modelapi_acl.';
	END IF;

	SELECT e.extowner INTO STRICT pgcrypto_owner
	FROM pg_extension AS e
	WHERE e.extname = 'pgcrypto'::name;
	IF NOT (SELECT r.rolsuper FROM pg_roles AS r
			WHERE r.oid = pgcrypto_owner) THEN
		RAISE EXCEPTION 'extension pgcrypto is not owned by a superuser'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'Its owner could drop it, and modelapi_acl and all its data with it.',
			HINT = 'Drop pgcrypto and install it as a superuser.';
	END IF;

	-- DROP SCHEMA ... CASCADE checks the owner of the schema, not of the objects in it.
	-- The owner of the database may drop everything anyway, and owns public by default.
	SELECT n.nspname INTO pgcrypto_schema
	FROM pg_extension AS e
		JOIN pg_namespace AS n ON n.oid = e.extnamespace
		JOIN pg_roles AS r ON r.oid = n.nspowner
		CROSS JOIN pg_database AS d
	WHERE e.extname = 'pgcrypto'::name
		AND d.datname = current_database()
		AND NOT r.rolsuper
		AND r.rolname <> 'pg_database_owner'::name
		AND r.oid <> d.datdba;
	IF FOUND THEN
		RAISE EXCEPTION 'extension pgcrypto lies in schema %, whose owner could drop it', pgcrypto_schema
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'The schema is owned by neither a superuser nor the owner of the database; dropping it would drop pgcrypto, and modelapi_acl and all its data with it.',
			HINT = 'Move pgcrypto with ALTER EXTENSION ... SET SCHEMA, or make a superuser the owner of the schema.';
	END IF;
END
$block$;
-- Roles. They belong to the cluster, not to the database: they are created where they
-- are missing, checked where they exist, and never dropped.

DO LANGUAGE plpgsql $block$
DECLARE
	ours CONSTANT name[] := ARRAY[
		'modelapi_acl_user', 'modelapi_acl_backend', 'modelapi_acl_authenticator',
		'modelapi_acl_gateway', 'modelapi_acl_log_writer', 'modelapi_acl_admin'];
	role_name name;
	role pg_roles;
	others text;
BEGIN
	-- An installation in another database may be creating them: wait until it has
	LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE;
	FOREACH role_name IN ARRAY ours LOOP
		SELECT r.* INTO role FROM pg_roles AS r
		WHERE r.rolname = role_name;
		IF NOT FOUND THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
			CONTINUE;
		END IF;

		IF role.rolcanlogin OR role.rolsuper OR role.rolbypassrls OR role.rolcreaterole
			OR role.rolcreatedb OR role.rolreplication THEN
			RAISE EXCEPTION 'role % exists and has attributes that it must not have', role_name
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = 'It may log in, or is a superuser, or bypasses row-level security, or may create roles or databases, or may replicate.',
				HINT = format('Use ALTER ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION, or drop the role.', role_name);
		END IF;

		SELECT string_agg(pg_get_userbyid(m.roleid)::text, ', ')
		INTO others
		FROM pg_auth_members AS m
		WHERE m.member = role.oid
			-- this membership is granted below
			AND NOT (role_name = 'modelapi_acl_backend'::name
				AND pg_get_userbyid(m.roleid) = 'modelapi_acl_user'::name);
		IF others IS NOT NULL THEN
			RAISE EXCEPTION 'role % exists and is a member of other roles', role_name
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = format('It is a member of: %s.', others),
				HINT = 'Revoke the memberships, or drop the role.';
		END IF;

		SELECT string_agg(pg_get_userbyid(m.member)::text, ', ')
		INTO others
		FROM pg_auth_members AS m
		WHERE m.roleid = role.oid
			AND NOT pg_get_userbyid(m.member) = ANY (ours);
		IF others IS NOT NULL THEN
			RAISE WARNING 'role % exists and has members, which modelapi_acl will trust in this database: %',
				role_name, others;
		END IF;
	END LOOP;
END
$block$;

-- A backend may do what a signed-in user may, without SET ROLE
GRANT modelapi_acl_user TO modelapi_acl_backend;

COMMENT ON ROLE modelapi_acl_user IS 'modelapi_acl: runs SQL for a signed-in user';
COMMENT ON ROLE modelapi_acl_backend IS 'modelapi_acl: application backends, which may set the current user with set_session_user';
COMMENT ON ROLE modelapi_acl_authenticator IS 'modelapi_acl: PostgREST''s login role, whose request.jwt.claims are trusted';
COMMENT ON ROLE modelapi_acl_gateway IS 'modelapi_acl: API gateways, which may call authorize_invocation';
COMMENT ON ROLE modelapi_acl_log_writer IS 'modelapi_acl: log shippers, which may insert logs of model APIs';
COMMENT ON ROLE modelapi_acl_admin IS 'modelapi_acl: operators and control plane of the platform';
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
-- Tables with their constraints and indexes, and the configuration marks that make
-- pg_dump include their rows. Policies are in 80_policies.sql, privileges in
-- 90_privileges.sql.
--
-- Every id is a random uuid that the extension generates, so that it reveals nothing
-- about other rows. A column that says who did something becomes NULL when that user is
-- deleted; the audit history still has the id.

-- Functions that defaults call are in the public schema: PostgREST sends the text of a
-- column's default as part of its statements.

CREATE FUNCTION modelapi_acl.new_id() RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_new_id_1_0';
COMMENT ON FUNCTION modelapi_acl.new_id() IS
'Default of the columns "id": generates an id, which one new row of the current transaction may take';

-- Inlined, so it costs nothing. Not IMMUTABLE: the planner would call it before the
-- executor checks the privileges on the table.
CREATE FUNCTION modelapi_acl.set_by_extension() RETURNS uuid
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN NULL::uuid;
COMMENT ON FUNCTION modelapi_acl.set_by_extension() IS
'Default of columns that say who did something: NULL, which the extension replaces with the current user';

-- ---------------------------------------------------------------------------
-- Users and organizations

CREATE TABLE modelapi_acl.users (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	username text NOT NULL,
	full_name text,
	disabled_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE modelapi_acl.users IS 'Users: people and service accounts';
COMMENT ON COLUMN modelapi_acl.users.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.users.username IS 'Name to sign in with and to share with; unique among users and organizations, ignoring case';
COMMENT ON COLUMN modelapi_acl.users.full_name IS 'Display name; free text';
COMMENT ON COLUMN modelapi_acl.users.disabled_at IS 'When the user was disabled, and lost all access; NULL while enabled';
COMMENT ON COLUMN modelapi_acl.users.created_at IS 'When the user was created';

CREATE TABLE modelapi_acl.user_identities (
	user_id uuid PRIMARY KEY REFERENCES modelapi_acl.users ON DELETE CASCADE,
	email text NOT NULL,
	external_id text CONSTRAINT user_identities_external_id_key UNIQUE
);
-- Folds the case of ASCII letters only, whatever the locale of the database, as
-- src/values/email.c does
CREATE UNIQUE INDEX user_identities_email_key
	ON modelapi_acl.user_identities ((lower(email COLLATE "C")));
COMMENT ON TABLE modelapi_acl.user_identities IS 'Email address and external id of each user; users see only their own row';
COMMENT ON COLUMN modelapi_acl.user_identities.user_id IS 'The user';
COMMENT ON COLUMN modelapi_acl.user_identities.email IS 'Email address, in Unicode normalization form C; unique, ignoring the case of ASCII letters';
COMMENT ON COLUMN modelapi_acl.user_identities.external_id IS 'Subject (claim sub) of the user''s JSON Web Tokens';

CREATE TABLE modelapi_acl.organizations (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	name text NOT NULL,
	full_name text,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by uuid DEFAULT modelapi_acl.set_by_extension()
		CONSTRAINT organizations_created_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL
);
-- To count the organizations that a user created, and to delete a user
CREATE INDEX organizations_by_creator
	ON modelapi_acl.organizations (created_by)
	WHERE created_by IS NOT NULL;
COMMENT ON TABLE modelapi_acl.organizations IS 'Named sets of users; members have the access that their organization was granted';
COMMENT ON COLUMN modelapi_acl.organizations.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.organizations.name IS 'Name to share with; unique among users and organizations, ignoring case';
COMMENT ON COLUMN modelapi_acl.organizations.full_name IS 'Display name; free text';
COMMENT ON COLUMN modelapi_acl.organizations.created_at IS 'When the organization was created';
COMMENT ON COLUMN modelapi_acl.organizations.created_by IS 'The user who created it; set by the extension';

CREATE TABLE modelapi_acl.organization_members (
	organization_id uuid NOT NULL REFERENCES modelapi_acl.organizations ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES modelapi_acl.users ON DELETE CASCADE,
	is_admin boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT organization_members_pkey PRIMARY KEY (organization_id, user_id)
);
CREATE UNIQUE INDEX organization_members_by_user
	ON modelapi_acl.organization_members (user_id, organization_id);
COMMENT ON TABLE modelapi_acl.organization_members IS 'Members of organizations; visible to members of the same organization';
COMMENT ON COLUMN modelapi_acl.organization_members.organization_id IS 'The organization';
COMMENT ON COLUMN modelapi_acl.organization_members.user_id IS 'The member';
COMMENT ON COLUMN modelapi_acl.organization_members.is_admin IS 'Whether the member is an admin, who manages the members and the name of the organization';
COMMENT ON COLUMN modelapi_acl.organization_members.created_at IS 'When the member was added';

-- The common namespace of usernames and organization names, in lower case. Triggers
-- maintain it; its primary key resolves races. After a rename or a deletion the old name
-- stays here, reserved for its last holder. That holder may no longer exist, so there are
-- no foreign keys.
CREATE TABLE modelapi_acl_internal.principal_names (
	name text COLLATE "C" CONSTRAINT principal_names_pkey PRIMARY KEY,
	user_id uuid,
	organization_id uuid,
	reserved_at timestamptz,
	created_by uuid,
	CONSTRAINT principal_names_one_holder
		CHECK ((user_id IS NULL) <> (organization_id IS NULL))
);
CREATE UNIQUE INDEX principal_names_of_user ON modelapi_acl_internal.principal_names (user_id)
	WHERE reserved_at IS NULL;
CREATE UNIQUE INDEX principal_names_of_organization
	ON modelapi_acl_internal.principal_names (organization_id)
	WHERE reserved_at IS NULL;
CREATE INDEX principal_names_by_creator ON modelapi_acl_internal.principal_names (created_by)
	WHERE created_by IS NOT NULL;
COMMENT ON TABLE modelapi_acl_internal.principal_names IS
'Common namespace of usernames and organization names, in lower case';
COMMENT ON COLUMN modelapi_acl_internal.principal_names.reserved_at IS 'When its holder gave it up, since when it is reserved; NULL: in use';
COMMENT ON COLUMN modelapi_acl_internal.principal_names.created_by IS 'For the reserved name of an organization: the user who created the organization';

-- ---------------------------------------------------------------------------
-- Projects

CREATE TABLE modelapi_acl.projects (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	name text NOT NULL,
	description text,
	created_by uuid DEFAULT modelapi_acl.set_by_extension()
		CONSTRAINT projects_created_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE modelapi_acl.projects IS 'Projects contain model APIs; collaborators of a project have access to every model API in it';
COMMENT ON COLUMN modelapi_acl.projects.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.projects.name IS 'Name; need not be unique';
COMMENT ON COLUMN modelapi_acl.projects.description IS 'Description; free text';
COMMENT ON COLUMN modelapi_acl.projects.created_by IS 'The user who created it; set by the extension';
COMMENT ON COLUMN modelapi_acl.projects.created_at IS 'When it was created';

CREATE TABLE modelapi_acl.project_collaborators (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	project_id uuid NOT NULL REFERENCES modelapi_acl.projects ON DELETE CASCADE,
	user_id uuid CONSTRAINT project_collaborators_user_id_fkey
		REFERENCES modelapi_acl.users ON DELETE CASCADE,
	organization_id uuid REFERENCES modelapi_acl.organizations ON DELETE CASCADE,
	access_level modelapi_acl.access_level NOT NULL DEFAULT 'viewer',
	expires_at timestamptz,
	granted_by uuid DEFAULT modelapi_acl.set_by_extension()
		CONSTRAINT project_collaborators_granted_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT project_collaborators_one_principal
		CHECK ((user_id IS NULL) <> (organization_id IS NULL)),
	CONSTRAINT project_collaborators_user_key
		UNIQUE (user_id, project_id),
	CONSTRAINT project_collaborators_organization_key
		UNIQUE (organization_id, project_id)
);
-- These indexes have every column that a decision reads. They are separate from the
-- unique keys, because clients that read the columns of a key from the catalog would
-- mistake included columns for key columns.
CREATE INDEX project_collaborators_by_user
	ON modelapi_acl.project_collaborators (user_id, project_id) INCLUDE (access_level, expires_at)
	WHERE user_id IS NOT NULL;
CREATE INDEX project_collaborators_by_organization
	ON modelapi_acl.project_collaborators (organization_id, project_id) INCLUDE (access_level, expires_at)
	WHERE organization_id IS NOT NULL;
CREATE INDEX project_collaborators_by_project
	ON modelapi_acl.project_collaborators (project_id);
CREATE INDEX project_collaborators_of_organizations
	ON modelapi_acl.project_collaborators (project_id, organization_id) INCLUDE (access_level, expires_at)
	WHERE organization_id IS NOT NULL;
COMMENT ON TABLE modelapi_acl.project_collaborators IS 'Grants on projects, at most one for each user and organization';
COMMENT ON COLUMN modelapi_acl.project_collaborators.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.project_collaborators.project_id IS 'The project';
COMMENT ON COLUMN modelapi_acl.project_collaborators.user_id IS 'The user who holds the grant; NULL if an organization holds it';
COMMENT ON COLUMN modelapi_acl.project_collaborators.organization_id IS 'The organization that holds the grant; NULL if a user holds it';
COMMENT ON COLUMN modelapi_acl.project_collaborators.access_level IS 'Access level that the grant gives';
COMMENT ON COLUMN modelapi_acl.project_collaborators.expires_at IS 'When the grant expires; NULL: never';
COMMENT ON COLUMN modelapi_acl.project_collaborators.granted_by IS 'The user who granted or changed it last; set by the extension';
COMMENT ON COLUMN modelapi_acl.project_collaborators.created_at IS 'When it was first granted';

-- ---------------------------------------------------------------------------
-- Model APIs and their dependent tables

CREATE TABLE modelapi_acl.model_apis (
	id uuid DEFAULT modelapi_acl.new_id(),
	project_id uuid NOT NULL REFERENCES modelapi_acl.projects,
	name text NOT NULL,
	description text,
	visibility modelapi_acl.visibility NOT NULL DEFAULT 'private',
	authorization_mode modelapi_acl.authorization_mode NOT NULL DEFAULT 'restricted',
	invocation_mode modelapi_acl.invocation_mode NOT NULL DEFAULT 'sync',
	created_by uuid DEFAULT modelapi_acl.set_by_extension()
		CONSTRAINT model_apis_created_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT model_apis_pkey PRIMARY KEY (id)
);
-- Each of these indexes has every column that a decision reads
CREATE INDEX model_apis_by_id ON modelapi_acl.model_apis (id)
	INCLUDE (project_id, visibility, authorization_mode, created_at, invocation_mode);
CREATE INDEX model_apis_by_project ON modelapi_acl.model_apis (project_id, created_at)
	INCLUDE (id, visibility, authorization_mode);
CREATE INDEX model_apis_by_creation ON modelapi_acl.model_apis (created_at, id)
	INCLUDE (project_id, visibility, authorization_mode);
CREATE INDEX model_apis_public ON modelapi_acl.model_apis (created_at, id)
	INCLUDE (project_id, authorization_mode)
	WHERE visibility = 'public'::modelapi_acl.visibility;
COMMENT ON TABLE modelapi_acl.model_apis IS 'Deployed prediction endpoints';
COMMENT ON COLUMN modelapi_acl.model_apis.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.model_apis.project_id IS 'The project that it belongs to; never changes';
COMMENT ON COLUMN modelapi_acl.model_apis.name IS 'Name; need not be unique';
COMMENT ON COLUMN modelapi_acl.model_apis.description IS 'Description; free text';
COMMENT ON COLUMN modelapi_acl.model_apis.visibility IS 'Who may find and view it; only owners change it';
COMMENT ON COLUMN modelapi_acl.model_apis.authorization_mode IS 'Whether a prediction request needs an access token';
COMMENT ON COLUMN modelapi_acl.model_apis.invocation_mode IS 'How it is called: sync uses HTTP Basic authentication, async HTTP Bearer';
COMMENT ON COLUMN modelapi_acl.model_apis.created_by IS 'The user who created it; set by the extension';
COMMENT ON COLUMN modelapi_acl.model_apis.created_at IS 'When it was created';
COMMENT ON COLUMN modelapi_acl.model_apis.updated_at IS 'When its row was last changed; set by the extension';

CREATE TABLE modelapi_acl.model_api_collaborators (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	model_api_id uuid NOT NULL REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	user_id uuid CONSTRAINT model_api_collaborators_user_id_fkey
		REFERENCES modelapi_acl.users ON DELETE CASCADE,
	organization_id uuid REFERENCES modelapi_acl.organizations ON DELETE CASCADE,
	access_level modelapi_acl.access_level NOT NULL DEFAULT 'viewer',
	expires_at timestamptz,
	granted_by uuid DEFAULT modelapi_acl.set_by_extension()
		CONSTRAINT model_api_collaborators_granted_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT model_api_collaborators_one_principal
		CHECK ((user_id IS NULL) <> (organization_id IS NULL)),
	CONSTRAINT model_api_collaborators_user_key
		UNIQUE (user_id, model_api_id),
	CONSTRAINT model_api_collaborators_organization_key
		UNIQUE (organization_id, model_api_id)
);
-- These indexes have every column that a decision reads. They are separate from the
-- unique keys, because clients that read the columns of a key from the catalog would
-- mistake included columns for key columns.
CREATE INDEX model_api_collaborators_by_user
	ON modelapi_acl.model_api_collaborators (user_id, model_api_id) INCLUDE (access_level, expires_at)
	WHERE user_id IS NOT NULL;
CREATE INDEX model_api_collaborators_by_organization
	ON modelapi_acl.model_api_collaborators (organization_id, model_api_id) INCLUDE (access_level, expires_at)
	WHERE organization_id IS NOT NULL;
CREATE INDEX model_api_collaborators_by_model_api
	ON modelapi_acl.model_api_collaborators (model_api_id);
CREATE INDEX model_api_collaborators_of_organizations
	ON modelapi_acl.model_api_collaborators (model_api_id, organization_id) INCLUDE (access_level, expires_at)
	WHERE organization_id IS NOT NULL;
COMMENT ON TABLE modelapi_acl.model_api_collaborators IS 'Grants on single model APIs, at most one for each user and organization';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.model_api_id IS 'The model API';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.user_id IS 'The user who holds the grant; NULL if an organization holds it';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.organization_id IS 'The organization that holds the grant; NULL if a user holds it';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.access_level IS 'Access level that the grant gives';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.expires_at IS 'When the grant expires; NULL: never';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.granted_by IS 'The user who granted or changed it last; set by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.created_at IS 'When it was first granted';

CREATE TABLE modelapi_acl.model_api_versions (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	model_api_id uuid NOT NULL REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	number integer NOT NULL DEFAULT 0,
	source jsonb NOT NULL,
	description text,
	state modelapi_acl.version_state NOT NULL DEFAULT 'running',
	created_by uuid DEFAULT modelapi_acl.set_by_extension()
		CONSTRAINT model_api_versions_created_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
-- This index is partial so that no foreign key can reference it; its predicate is always
-- true. An UPDATE that sets a column of a key that foreign keys can reference takes a
-- stronger row lock, even if the value stays the same, and blocks inserts of referencing
-- rows. So foreign keys reference only "id", which no client may set in an UPDATE.
CREATE UNIQUE INDEX model_api_versions_number_key
	ON modelapi_acl.model_api_versions (model_api_id, number) WHERE model_api_id IS NOT NULL;
COMMENT ON TABLE modelapi_acl.model_api_versions IS 'Published versions of model APIs';
COMMENT ON COLUMN modelapi_acl.model_api_versions.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_versions.model_api_id IS 'The model API';
COMMENT ON COLUMN modelapi_acl.model_api_versions.number IS 'Number of the version: 1, 2, 3 ... for each model API; set by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_versions.source IS 'Where the code and weights of the version come from; never changes';
COMMENT ON COLUMN modelapi_acl.model_api_versions.description IS 'What is new in the version; never changes';
COMMENT ON COLUMN modelapi_acl.model_api_versions.state IS 'Whether the version serves requests';
COMMENT ON COLUMN modelapi_acl.model_api_versions.created_by IS 'The user who published it; set by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_versions.created_at IS 'When it was published';

CREATE TABLE modelapi_acl.model_api_settings (
	model_api_id uuid NOT NULL REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	name text NOT NULL,
	value jsonb NOT NULL,
	updated_by uuid DEFAULT modelapi_acl.set_by_extension()
		CONSTRAINT model_api_settings_updated_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT model_api_settings_pkey PRIMARY KEY (model_api_id, name)
);
COMMENT ON TABLE modelapi_acl.model_api_settings IS 'Settings of model APIs; editors and owners see and change them';
COMMENT ON COLUMN modelapi_acl.model_api_settings.model_api_id IS 'The model API';
COMMENT ON COLUMN modelapi_acl.model_api_settings.name IS 'Name of the setting; unique for the model API';
COMMENT ON COLUMN modelapi_acl.model_api_settings.value IS 'Value of the setting';
COMMENT ON COLUMN modelapi_acl.model_api_settings.updated_by IS 'The user who set it last; set by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_settings.updated_at IS 'When it was last set';

CREATE TABLE modelapi_acl.model_api_logs (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	model_api_id uuid NOT NULL REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	version_id uuid CONSTRAINT model_api_logs_version_id_fkey
		REFERENCES modelapi_acl.model_api_versions ON DELETE CASCADE,
	logged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	level text NOT NULL DEFAULT 'info',
	message text NOT NULL,
	CONSTRAINT model_api_logs_level CHECK (level =
		ANY (ARRAY['debug', 'info', 'warning', 'error', 'critical']))
);
CREATE INDEX model_api_logs_by_model_api
	ON modelapi_acl.model_api_logs (model_api_id, logged_at);
-- For the cascade when a version is deleted
CREATE INDEX model_api_logs_by_version
	ON modelapi_acl.model_api_logs (version_id)
	WHERE version_id IS NOT NULL;
CREATE INDEX model_api_logs_by_time ON modelapi_acl.model_api_logs (logged_at);
COMMENT ON TABLE modelapi_acl.model_api_logs IS 'Log lines of model APIs, written by the log writer';
COMMENT ON COLUMN modelapi_acl.model_api_logs.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_logs.model_api_id IS 'The model API';
COMMENT ON COLUMN modelapi_acl.model_api_logs.version_id IS 'The version that logged it, if known';
COMMENT ON COLUMN modelapi_acl.model_api_logs.logged_at IS 'When it was logged';
COMMENT ON COLUMN modelapi_acl.model_api_logs.level IS 'Severity: debug, info, warning, error or critical';
COMMENT ON COLUMN modelapi_acl.model_api_logs.message IS 'Text of the log line';

-- ---------------------------------------------------------------------------
-- Access tokens. Hashes are in a table of their own, which no policy and no privilege
-- opens to anybody. The indexes have every column that a prediction request reads.

CREATE TABLE modelapi_acl.access_tokens (
	id uuid DEFAULT gen_random_uuid(),
	model_api_id uuid NOT NULL REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	name text NOT NULL,
	hint text NOT NULL,
	created_by uuid CONSTRAINT access_tokens_created_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	regenerated_by uuid CONSTRAINT access_tokens_regenerated_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	regenerated_at timestamptz,
	expires_at timestamptz,
	revoked_by uuid CONSTRAINT access_tokens_revoked_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	revoked_at timestamptz,
	CONSTRAINT access_tokens_pkey PRIMARY KEY (id)
);
CREATE INDEX access_tokens_by_id ON modelapi_acl.access_tokens (id)
	INCLUDE (model_api_id, name, expires_at, revoked_at);
CREATE INDEX access_tokens_by_model_api ON modelapi_acl.access_tokens (model_api_id);
-- To delete a user, and for the offboarding report
CREATE INDEX access_tokens_by_creator
	ON modelapi_acl.access_tokens (created_by)
	WHERE created_by IS NOT NULL;
CREATE INDEX access_tokens_by_regenerator
	ON modelapi_acl.access_tokens (regenerated_by)
	WHERE regenerated_by IS NOT NULL;
COMMENT ON TABLE modelapi_acl.access_tokens IS 'Access tokens of model APIs, without their secrets';
COMMENT ON COLUMN modelapi_acl.access_tokens.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.access_tokens.model_api_id IS 'The model API that the token is for';
COMMENT ON COLUMN modelapi_acl.access_tokens.name IS 'Name of the token: to whom and for what it was issued';
COMMENT ON COLUMN modelapi_acl.access_tokens.hint IS 'First and last characters of the secret, to recognize it';
COMMENT ON COLUMN modelapi_acl.access_tokens.created_by IS 'The user who created it';
COMMENT ON COLUMN modelapi_acl.access_tokens.created_at IS 'When it was created';
COMMENT ON COLUMN modelapi_acl.access_tokens.regenerated_by IS 'The user who regenerated it last';
COMMENT ON COLUMN modelapi_acl.access_tokens.regenerated_at IS 'When it was last regenerated, and got a new secret';
COMMENT ON COLUMN modelapi_acl.access_tokens.expires_at IS 'When it expires; NULL: never';
COMMENT ON COLUMN modelapi_acl.access_tokens.revoked_by IS 'The user who revoked it';
COMMENT ON COLUMN modelapi_acl.access_tokens.revoked_at IS 'When it was revoked; NULL: not revoked';

CREATE TABLE modelapi_acl_internal.token_hashes (
	hash bytea,
	token_id uuid NOT NULL CONSTRAINT token_hashes_token_id_key UNIQUE
		REFERENCES modelapi_acl.access_tokens ON DELETE CASCADE,
	CONSTRAINT token_hashes_pkey PRIMARY KEY (hash),
	CONSTRAINT token_hashes_sha256 CHECK (octet_length(hash) = 32)
);
COMMENT ON TABLE modelapi_acl_internal.token_hashes IS 'SHA-256 of the current secret of each access token';

-- ---------------------------------------------------------------------------
-- Audit and counters

CREATE TABLE modelapi_acl.audit_events (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	change_id uuid NOT NULL,
	occurred_at timestamptz NOT NULL,
	actor_id uuid,
	database_role text NOT NULL,
	action text NOT NULL,
	object_type text NOT NULL,
	object_id uuid,
	project_id uuid,
	model_api_id uuid,
	old jsonb,
	new jsonb
);
CREATE INDEX audit_events_by_model_api ON modelapi_acl.audit_events (model_api_id, occurred_at)
	WHERE model_api_id IS NOT NULL;
CREATE INDEX audit_events_by_project ON modelapi_acl.audit_events (project_id, occurred_at)
	WHERE project_id IS NOT NULL;
CREATE INDEX audit_events_by_object ON modelapi_acl.audit_events (object_id, occurred_at);
CREATE INDEX audit_events_by_change ON modelapi_acl.audit_events (change_id);
CREATE INDEX audit_events_by_actor
	ON modelapi_acl.audit_events (actor_id, project_id, model_api_id, occurred_at)
	WHERE actor_id IS NOT NULL;
CREATE INDEX audit_events_by_time ON modelapi_acl.audit_events (occurred_at);
COMMENT ON TABLE modelapi_acl.audit_events IS 'Audit history: who changed what, when, from which values to which; written only by the extension';
COMMENT ON COLUMN modelapi_acl.audit_events.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.audit_events.change_id IS 'Id of the change; the same for all events of one transaction';
COMMENT ON COLUMN modelapi_acl.audit_events.occurred_at IS 'Clock time of the event';
COMMENT ON COLUMN modelapi_acl.audit_events.actor_id IS 'The user who did it, who may have been deleted since; NULL: a session without a user';
COMMENT ON COLUMN modelapi_acl.audit_events.database_role IS 'The database role (current_user): in a SECURITY DEFINER function its owner, in a cascade of a foreign key the role of the session';
COMMENT ON COLUMN modelapi_acl.audit_events.action IS 'What was done: object.verb in the past tense, such as model_api.created';
COMMENT ON COLUMN modelapi_acl.audit_events.object_type IS 'Type of the object';
COMMENT ON COLUMN modelapi_acl.audit_events.object_id IS 'Id of the object';
COMMENT ON COLUMN modelapi_acl.audit_events.project_id IS 'Project that the object belongs to, if any';
COMMENT ON COLUMN modelapi_acl.audit_events.model_api_id IS 'Model API that the object belongs to, if any';
COMMENT ON COLUMN modelapi_acl.audit_events.old IS 'Changed values before the event';
COMMENT ON COLUMN modelapi_acl.audit_events.new IS 'Changed values after the event';

-- For functions that read the history of access (74_history.sql): the grants and model
-- APIs of a project, the grants and memberships that a user or an organization ever
-- held, who had a username, and which model APIs were ever public
CREATE INDEX audit_events_by_project_access
	ON modelapi_acl.audit_events (project_id, object_type, occurred_at)
	WHERE object_type = ANY (ARRAY['project_collaborator', 'model_api']);
CREATE INDEX audit_events_by_holding_user
	ON modelapi_acl.audit_events ((COALESCE(new, old) ->> 'user_id'), occurred_at)
	WHERE action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
		'organization_member.added', 'organization_member.changed', 'organization_member.removed']);
CREATE INDEX audit_events_by_holding_organization
	ON modelapi_acl.audit_events ((COALESCE(new, old) ->> 'organization_id'), occurred_at)
	WHERE action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed']);
CREATE INDEX audit_events_by_username
	ON modelapi_acl.audit_events (lower((new ->> 'username') COLLATE "C"))
	WHERE action = ANY (ARRAY['user.created', 'user.renamed']);
CREATE INDEX audit_events_by_publication ON modelapi_acl.audit_events (model_api_id)
	WHERE object_type = 'model_api' AND (new ->> 'visibility') = 'public';

CREATE TABLE modelapi_acl_internal.changes (
	change_id uuid CONSTRAINT changes_pkey PRIMARY KEY,
	committed_at timestamptz NOT NULL,
	transaction_id xid8 NOT NULL
);
CREATE INDEX changes_by_transaction ON modelapi_acl_internal.changes (transaction_id);
CREATE INDEX changes_by_time ON modelapi_acl_internal.changes (committed_at);
COMMENT ON TABLE modelapi_acl_internal.changes IS
'One row for each transaction that wrote audit events: when it committed, and its transaction id, which changes_since uses';

CREATE TABLE modelapi_acl_internal.search_documents (
	model_api_id uuid CONSTRAINT search_documents_pkey PRIMARY KEY
		REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	document tsvector NOT NULL
);
CREATE INDEX search_documents_by_word
	ON modelapi_acl_internal.search_documents USING gin (document);
COMMENT ON TABLE modelapi_acl_internal.search_documents IS
'Search index: the words in the name and description of each model API';

-- Small rows that serialize changes: whoever updates one first makes others wait. A
-- change that may remove an owner or an admin updates the row of its project, model API
-- or organization. Version numbers have a second row for each model API, so that
-- publishing versions cannot delay the removal of an owner.
CREATE TABLE modelapi_acl_internal.object_counters (
	object_id uuid,
	of_versions boolean NOT NULL DEFAULT true,
	owner_changes bigint NOT NULL DEFAULT 0,
	last_version integer NOT NULL DEFAULT 0,
	CONSTRAINT object_counters_pkey PRIMARY KEY (object_id, of_versions)
) WITH (fillfactor = 70);
COMMENT ON TABLE modelapi_acl_internal.object_counters IS
'Counters whose row locks serialize changes: of owners and admins, for each project, model API and organization, and of version numbers, for each model API';

-- ---------------------------------------------------------------------------
-- No statistics on contents. Contents are the columns that nobody may learn about who may
-- not see the row. Statistics would reveal them: the planner's estimates depend on them,
-- and members of pg_read_all_data can read pg_statistic. The same holds for expressions
-- in indexes. All other columns are open: ids, keys that place a row, numbers, times, and
-- the names of users and organizations. src/planner/policy_first.c lists them.

ALTER TABLE modelapi_acl.users
	ALTER COLUMN full_name SET STATISTICS 0;
ALTER TABLE modelapi_acl.user_identities
	ALTER COLUMN email SET STATISTICS 0,
	ALTER COLUMN external_id SET STATISTICS 0;
ALTER TABLE modelapi_acl.organizations
	ALTER COLUMN full_name SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.organization_members
	ALTER COLUMN user_id SET STATISTICS 0,
	ALTER COLUMN is_admin SET STATISTICS 0;
ALTER TABLE modelapi_acl_internal.principal_names
	ALTER COLUMN created_by SET STATISTICS 0,
	ALTER COLUMN user_id SET STATISTICS 0,
	ALTER COLUMN organization_id SET STATISTICS 0;
ALTER TABLE modelapi_acl.projects
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN description SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.project_collaborators
	ALTER COLUMN user_id SET STATISTICS 0,
	ALTER COLUMN organization_id SET STATISTICS 0,
	ALTER COLUMN access_level SET STATISTICS 0,
	ALTER COLUMN granted_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.model_apis
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN description SET STATISTICS 0,
	ALTER COLUMN visibility SET STATISTICS 0,
	ALTER COLUMN authorization_mode SET STATISTICS 0,
	ALTER COLUMN invocation_mode SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.model_api_collaborators
	ALTER COLUMN user_id SET STATISTICS 0,
	ALTER COLUMN organization_id SET STATISTICS 0,
	ALTER COLUMN access_level SET STATISTICS 0,
	ALTER COLUMN granted_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.model_api_versions
	ALTER COLUMN source SET STATISTICS 0,
	ALTER COLUMN description SET STATISTICS 0,
	ALTER COLUMN state SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.model_api_settings
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN value SET STATISTICS 0,
	ALTER COLUMN updated_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.model_api_logs
	ALTER COLUMN level SET STATISTICS 0,
	ALTER COLUMN message SET STATISTICS 0;
ALTER TABLE modelapi_acl.access_tokens
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN hint SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0,
	ALTER COLUMN regenerated_by SET STATISTICS 0,
	ALTER COLUMN revoked_by SET STATISTICS 0;
ALTER TABLE modelapi_acl_internal.token_hashes
	ALTER COLUMN hash SET STATISTICS 0;
ALTER TABLE modelapi_acl.audit_events
	ALTER COLUMN actor_id SET STATISTICS 0,
	ALTER COLUMN database_role SET STATISTICS 0,
	ALTER COLUMN action SET STATISTICS 0,
	ALTER COLUMN object_type SET STATISTICS 0,
	ALTER COLUMN old SET STATISTICS 0,
	ALTER COLUMN new SET STATISTICS 0;
ALTER TABLE modelapi_acl_internal.search_documents
	ALTER COLUMN document SET STATISTICS 0;
ALTER INDEX modelapi_acl.user_identities_email_key ALTER COLUMN 1 SET STATISTICS 0;
ALTER INDEX modelapi_acl.audit_events_by_holding_user ALTER COLUMN 1 SET STATISTICS 0;
ALTER INDEX modelapi_acl.audit_events_by_holding_organization ALTER COLUMN 1 SET STATISTICS 0;
ALTER INDEX modelapi_acl.audit_events_by_username ALTER COLUMN 1 SET STATISTICS 0;

-- ---------------------------------------------------------------------------
-- Configuration tables, whose rows pg_dump includes. Each needs a SELECT of its own:
-- two calls in one statement fail.

SELECT pg_extension_config_dump('modelapi_acl.users', '');
SELECT pg_extension_config_dump('modelapi_acl.user_identities', '');
SELECT pg_extension_config_dump('modelapi_acl.organizations', '');
SELECT pg_extension_config_dump('modelapi_acl.organization_members', '');
SELECT pg_extension_config_dump('modelapi_acl_internal.principal_names', '');
SELECT pg_extension_config_dump('modelapi_acl.projects', '');
SELECT pg_extension_config_dump('modelapi_acl.project_collaborators', '');
SELECT pg_extension_config_dump('modelapi_acl.model_apis', '');
SELECT pg_extension_config_dump('modelapi_acl.model_api_collaborators', '');
SELECT pg_extension_config_dump('modelapi_acl.model_api_versions', '');
SELECT pg_extension_config_dump('modelapi_acl.model_api_settings', '');
SELECT pg_extension_config_dump('modelapi_acl.model_api_logs', '');
SELECT pg_extension_config_dump('modelapi_acl.access_tokens', '');
SELECT pg_extension_config_dump('modelapi_acl_internal.token_hashes', '');
SELECT pg_extension_config_dump('modelapi_acl.audit_events', '');
SELECT pg_extension_config_dump('modelapi_acl_internal.changes', '');
SELECT pg_extension_config_dump('modelapi_acl_internal.search_documents', '');
SELECT pg_extension_config_dump('modelapi_acl_internal.object_counters', '');
-- Identity: the current user of a transaction. The functions are STABLE, never IMMUTABLE,
-- because a cached plan may be run for another user. They are PARALLEL RESTRICTED,
-- because the identity is kept in the memory of the leader.

CREATE FUNCTION modelapi_acl_internal.current_identity() RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_current_identity_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.current_identity() IS
'The current identity, as policies pass it on: the id of a user, NULL for nobody, or a special value for administrators';

CREATE FUNCTION modelapi_acl.current_user_id() RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_current_user_id_1_0';
COMMENT ON FUNCTION modelapi_acl.current_user_id() IS
'The id of the current user of this transaction, or NULL if nobody is signed in';

CREATE FUNCTION modelapi_acl.set_session_user(identifier text) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_set_session_user_1_0';
COMMENT ON FUNCTION modelapi_acl.set_session_user(text) IS
'For trusted backends: sets the current user, by id, username or email address, until the end of the transaction; NULL: nobody is signed in';

CREATE FUNCTION modelapi_acl.pre_request() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_pre_request_1_0';
COMMENT ON FUNCTION modelapi_acl.pre_request() IS
'For PostgREST''s db-pre-request: sets the current user from the claims of the request';
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
'Planner support for has_permission on rows of model_apis';

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
-- Search: the words of a text, the ranking of matches, and the public functions. The
-- queries that the search runs are in 58_internal_statements.sql.

CREATE FUNCTION modelapi_acl_internal.search_words(text) RETURNS tsvector
	LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'modelapi_acl_search_words_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.search_words(text) IS
'The words by which search finds a text';

CREATE FUNCTION modelapi_acl_internal.search_document(name text, description text) RETURNS tsvector
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT setweight(modelapi_acl_internal.search_words($1), 'A')
		|| setweight(modelapi_acl_internal.search_words(COALESCE($2, '')), 'B');
END;
COMMENT ON FUNCTION modelapi_acl_internal.search_document(text, text) IS
'The search document of a model API: the words of its name, and with less weight those of its description';

CREATE FUNCTION modelapi_acl_internal.search_rank(
	name text, document tsvector, words tsquery, words_in_name tsquery, keys bytea) RETURNS integer
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_search_rank_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.search_rank(text, tsvector, tsquery, tsquery, bytea) IS
'How well a model API matches a search query; a lower rank is better';

CREATE FUNCTION modelapi_acl.search_places(query text)
	RETURNS TABLE (model_api_id uuid, place bigint)
	LANGUAGE c STRICT STABLE PARALLEL RESTRICTED COST 1000 ROWS 1000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_search_places_1_0';
COMMENT ON FUNCTION modelapi_acl.search_places(text) IS
'The ids of the model APIs that search_model_apis returns for a query, with their positions, from 1; for joins';

-- search_places says which rows, in which order; the caller's policies apply to them. OFFSET
-- 0 makes it one lookup by id for each row that is fetched. The planner knows that a
-- function returns rows in the order of their ordinality, so LIMIT stops early.
-- The body is a string for the same reason as that of list_model_apis.
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
'The model APIs that the current user may view and that match a query by id, name or description, best match first; a word matches as a prefix; quotation marks, "or" and "-" work as in web search';
-- Access tokens, and the authorization of prediction requests. All of it is C; the
-- statements that write tokens are in 58_internal_statements.sql.

CREATE FUNCTION modelapi_acl_internal.issue_token(
	OUT token text, OUT hash bytea, OUT hint text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_issue_token_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.issue_token() IS
'Generates a secret; returns it with its SHA-256 and its hint';


CREATE FUNCTION modelapi_acl.create_token(
	model_api_id uuid, name text, expires_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT NULL,
	OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_create_token_1_0';
COMMENT ON FUNCTION modelapi_acl.create_token(uuid, text, timestamptz, jsonb) IS
'For editors and owners: creates an access token of a model API and returns its secret, which is never shown again. metadata is reserved for a later version and must be NULL';

CREATE FUNCTION modelapi_acl.regenerate_token(
	token_id uuid, overlap interval DEFAULT '0', OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_regenerate_token_1_0';
COMMENT ON FUNCTION modelapi_acl.regenerate_token(uuid, interval) IS
'For owners: gives an access token a new secret; its name and expiry stay, and the old secret is refused at once. overlap is reserved for a later version and must be 0';

CREATE FUNCTION modelapi_acl.revoke_token(token_id uuid) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_revoke_token_1_0';
COMMENT ON FUNCTION modelapi_acl.revoke_token(uuid) IS
'For owners: revokes an access token for good; revoking it twice is no error';

-- ---------------------------------------------------------------------------
-- Prediction requests. VOLATILE and PARALLEL UNSAFE, because each decision reads the
-- latest committed state, whatever snapshot the calling statement has.

CREATE FUNCTION modelapi_acl.authorize_invocation(
	model_api_id uuid, authorization_header text,
	OUT allowed boolean, OUT status integer, OUT reason text,
	OUT token_id uuid, OUT token_name text, OUT www_authenticate text,
	OUT user_id uuid, OUT token_metadata jsonb) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_authorize_header_1_0';
COMMENT ON FUNCTION modelapi_acl.authorize_invocation(uuid, text) IS
'For gateways: whether to allow a prediction request with this Authorization header; always returns one row';

CREATE FUNCTION modelapi_acl.authorize_invocation(
	model_api_id uuid, scheme text, token_digest bytea,
	OUT allowed boolean, OUT status integer, OUT reason text,
	OUT token_id uuid, OUT token_name text, OUT www_authenticate text,
	OUT user_id uuid, OUT token_metadata jsonb) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_authorize_digest_1_0';
COMMENT ON FUNCTION modelapi_acl.authorize_invocation(uuid, text, bytea) IS
'For gateways that hash the token themselves: takes the scheme, basic or bearer, and the SHA-256 of the token; always returns one row';
-- Internal statements: what C functions write and read beyond the privileges of their
-- caller. src/catalog/internal_statements.c takes the body of such a function and runs it
-- with the privileges of the function's owner on the tables that it names. Nobody has
-- EXECUTE on these functions, and a call would use the caller's own privileges.
--
-- Each body is one statement, and no two functions have the same name.

-- ---------------------------------------------------------------------------
-- Counters

CREATE FUNCTION modelapi_acl_internal.next_version(model_api_id uuid) RETURNS integer
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.object_counters AS c (object_id, of_versions, last_version) VALUES ($1, true, 1)
	ON CONFLICT (object_id, of_versions) DO UPDATE SET last_version = c.last_version + 1
	RETURNING c.last_version;
END;
COMMENT ON FUNCTION modelapi_acl_internal.next_version(uuid) IS
'Internal statement: the number of a model API''s next version';

CREATE FUNCTION modelapi_acl_internal.count_owner_change(object_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.object_counters AS c (object_id, of_versions, owner_changes) VALUES ($1, false, 1)
	ON CONFLICT (object_id, of_versions) DO UPDATE SET owner_changes = c.owner_changes + 1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.count_owner_change(uuid) IS
'Internal statement: makes a change that may remove an owner or an admin wait for other such changes';

-- Counters have no foreign key. This deletes also a counter that another transaction has
-- created since this transaction's snapshot, which otherwise would stay for ever.
CREATE FUNCTION modelapi_acl_internal.forget_counter(object_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.object_counters AS c WHERE c.object_id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.forget_counter(uuid) IS
'Internal statement: deletes the counters of a deleted object';

-- ---------------------------------------------------------------------------
-- Names and first owners

CREATE FUNCTION modelapi_acl_internal.name_principal(name text, user_id uuid, organization_id uuid)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.principal_names (name, user_id, organization_id) VALUES ($1, $2, $3);
END;
COMMENT ON FUNCTION modelapi_acl_internal.name_principal(text, uuid, uuid) IS
'Internal statement: adds a name to the common namespace';

CREATE FUNCTION modelapi_acl_internal.take_name_back(name text, holder uuid) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.principal_names AS n SET reserved_at = NULL, created_by = NULL
	WHERE n.name = $1 AND n.reserved_at IS NOT NULL
		AND (n.user_id = $2 OR n.organization_id = $2)
	RETURNING n.name;
END;
COMMENT ON FUNCTION modelapi_acl_internal.take_name_back(text, uuid) IS
'Internal statement: gives a reserved name back to its last holder';

CREATE FUNCTION modelapi_acl_internal.reserve_name(holder uuid, created_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.principal_names AS n
	SET reserved_at = clock_timestamp(), created_by = $2
	WHERE n.reserved_at IS NULL
		AND (n.user_id = $1 OR n.organization_id = $1);
END;
COMMENT ON FUNCTION modelapi_acl_internal.reserve_name(uuid, uuid) IS
'Internal statement: reserves the name that a user or an organization has given up';

CREATE FUNCTION modelapi_acl_internal.free_name(name text) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.principal_names AS n
	WHERE n.name = $1 AND n.reserved_at IS NOT NULL
	RETURNING n.name;
END;
COMMENT ON FUNCTION modelapi_acl_internal.free_name(text) IS
'Internal statement: releases a reserved name';

CREATE FUNCTION modelapi_acl_internal.count_created_organizations(user_id uuid) RETURNS bigint
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT (SELECT count(*) FROM modelapi_acl.organizations AS o WHERE o.created_by = $1)
		+
		(SELECT count(*) FROM modelapi_acl_internal.principal_names AS n WHERE n.created_by = $1);
END;
COMMENT ON FUNCTION modelapi_acl_internal.count_created_organizations(uuid) IS
'Internal statement: how many organizations a user created; names that deleted or renamed ones left reserved count too';

-- These are the cases in which keep_owner and keep_admin refuse to delete a user
CREATE FUNCTION modelapi_acl_internal.owned_alone(user_id uuid) RETURNS TABLE (object text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT format('project "%s" (%s)', p.name, p.id)
	FROM modelapi_acl.project_collaborators AS c
		JOIN modelapi_acl.projects AS p ON p.id = c.project_id
	WHERE c.user_id = $1
		AND c.access_level = 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.project_collaborators AS o
			WHERE o.project_id = c.project_id AND o.user_id <> $1
				AND o.access_level = 'owner'::modelapi_acl.access_level AND o.expires_at IS NULL)
	UNION ALL
	SELECT format('model API "%s" (%s)', m.name, m.id)
	FROM modelapi_acl.model_api_collaborators AS c
		JOIN modelapi_acl.model_apis AS m ON m.id = c.model_api_id
	WHERE c.user_id = $1
		AND c.access_level = 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.model_api_collaborators AS o
			WHERE o.model_api_id = c.model_api_id AND o.user_id <> $1
				AND o.access_level = 'owner'::modelapi_acl.access_level AND o.expires_at IS NULL)
	UNION ALL
	SELECT format('organization "%s" (%s)', g.name, g.id)
	FROM modelapi_acl.organization_members AS a
		JOIN modelapi_acl.organizations AS g ON g.id = a.organization_id
	WHERE a.user_id = $1 AND a.is_admin
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.organization_members AS o
			WHERE o.organization_id = a.organization_id
				AND o.user_id <> $1 AND o.is_admin);
END;
COMMENT ON FUNCTION modelapi_acl_internal.owned_alone(uuid) IS
'Internal statement: what would be left without an owner or an admin if a user were deleted';

CREATE FUNCTION modelapi_acl_internal.make_first_admin(organization_id uuid, user_id uuid)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin) VALUES ($1, $2, true);
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_first_admin(uuid, uuid) IS
'Internal statement: makes the creator of an organization its first admin';

CREATE FUNCTION modelapi_acl_internal.make_project_owner(project_id uuid, user_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level) VALUES ($1, $2, 'owner');
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_project_owner(uuid, uuid) IS
'Internal statement: makes the creator of a project its first owner';

CREATE FUNCTION modelapi_acl_internal.make_model_api_owner(model_api_id uuid, user_id uuid)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES ($1, $2, 'owner');
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_model_api_owner(uuid, uuid) IS
'Internal statement: makes the creator of a model API its first owner';

-- ---------------------------------------------------------------------------
-- Search

CREATE FUNCTION modelapi_acl_internal.keep_document(model_api_id uuid, name text, description text)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.search_documents AS d (model_api_id, document)
	VALUES ($1, modelapi_acl_internal.search_document($2, $3))
	ON CONFLICT ON CONSTRAINT search_documents_pkey DO UPDATE SET document = EXCLUDED.document;
END;
COMMENT ON FUNCTION modelapi_acl_internal.keep_document(uuid, text, text) IS
'Internal statement: keeps the search document of a model API current';

CREATE FUNCTION modelapi_acl_internal.matching_documents(words tsquery, words_in_name tsquery, keys bytea)
	RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT d.model_api_id
	FROM modelapi_acl_internal.search_documents AS d
		JOIN modelapi_acl.model_apis AS m ON m.id = d.model_api_id
	WHERE d.document @@ $1
		AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,
			'view', (SELECT modelapi_acl_internal.current_identity()))
	ORDER BY modelapi_acl_internal.search_rank(m.name, d.document, $1, $2, $3), m.created_at DESC, m.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.matching_documents(tsquery, tsquery, bytea) IS
'Internal statement: the matching model APIs that the current user may view, best match first';

-- OFFSET 0 makes it one lookup by id for each matching document, however many model APIs
-- the user may view.
CREATE FUNCTION modelapi_acl_internal.matching_few_documents(words tsquery, words_in_name tsquery, keys bytea)
	RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT d.model_api_id
	FROM modelapi_acl_internal.search_documents AS d CROSS JOIN LATERAL (
		SELECT f.* FROM modelapi_acl.model_apis AS f
		WHERE f.id = d.model_api_id OFFSET 0) AS m
	WHERE d.document @@ $1
		AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,
			'view', (SELECT modelapi_acl_internal.current_identity()))
	ORDER BY modelapi_acl_internal.search_rank(m.name, d.document, $1, $2, $3), m.created_at DESC, m.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.matching_few_documents(tsquery, tsquery, bytea) IS
'Internal statement: the same as matching_documents, for a query that matches few documents';

-- The materialized CTE makes the planner use the index on words, as for all matches;
-- LIMIT then reads only some of them.
CREATE FUNCTION modelapi_acl_internal.first_documents(words tsquery, most bigint)
	RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH d AS MATERIALIZED (
		SELECT s.model_api_id FROM modelapi_acl_internal.search_documents AS s
		WHERE s.document @@ $1)
	SELECT d.model_api_id FROM d LIMIT $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.first_documents(tsquery, bigint) IS
'Internal statement: up to a number of matching documents, hidden ones included, to estimate how many match';

CREATE FUNCTION modelapi_acl_internal.matching_id(id uuid) RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT m.id FROM modelapi_acl.model_apis AS m
	WHERE m.id = $1
		AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,
			'view', (SELECT modelapi_acl_internal.current_identity()));
END;
COMMENT ON FUNCTION modelapi_acl_internal.matching_id(uuid) IS
'Internal statement: the model API with an id, if the current user may view it';

-- ---------------------------------------------------------------------------
-- Audit

CREATE FUNCTION modelapi_acl_internal.keep_event(
	change_id uuid, occurred_at timestamptz, actor_id uuid, database_role text, action text,
	object_type text, object_id uuid, project_id uuid, model_api_id uuid, old jsonb, new jsonb) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.audit_events (change_id, occurred_at, actor_id, database_role,
		action, object_type, object_id, project_id, model_api_id, old, new)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);
END;
COMMENT ON FUNCTION modelapi_acl_internal.keep_event(uuid, timestamptz, uuid, text, text, text, uuid, uuid, uuid, jsonb, jsonb) IS
'Internal statement: writes an audit event';

-- ---------------------------------------------------------------------------
-- Access tokens

CREATE FUNCTION modelapi_acl_internal.make_token(
	model_api_id uuid, name text, expires_at timestamptz, made_by uuid) RETURNS TABLE (id uuid, token text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH issued AS MATERIALIZED (
		SELECT i.token, i.hash, i.hint FROM modelapi_acl_internal.issue_token() AS i),
	created AS (
		INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint, created_by, expires_at)
		SELECT $1, $2, issued.hint, $4,
			CASE WHEN $3 < 'infinity'::timestamptz THEN $3 END FROM issued
		RETURNING id),
	hashed AS (
		INSERT INTO modelapi_acl_internal.token_hashes (hash, token_id)
		SELECT issued.hash, created.id FROM issued CROSS JOIN created
		RETURNING token_id)
	SELECT hashed.token_id, issued.token FROM hashed CROSS JOIN issued;
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_token(uuid, text, timestamptz, uuid) IS
'Internal statement: creates an access token';

CREATE FUNCTION modelapi_acl_internal.find_token(token_id uuid) RETURNS uuid
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT t.model_api_id FROM modelapi_acl.access_tokens AS t WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.find_token(uuid) IS
'Internal statement: the model API of an access token';

-- The row lock serializes concurrent revocations and regenerations of a token
CREATE FUNCTION modelapi_acl_internal.lock_token(token_id uuid)
	RETURNS TABLE (is_revoked boolean, is_expired boolean)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT t.revoked_at IS NOT NULL,
		t.expires_at <= clock_timestamp() IS TRUE
	FROM modelapi_acl.access_tokens AS t WHERE t.id = $1 FOR UPDATE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.lock_token(uuid) IS
'Internal statement: locks an access token, and returns whether it is revoked or expired';

CREATE FUNCTION modelapi_acl_internal.renew_token(token_id uuid, made_by uuid)
	RETURNS TABLE (id uuid, token text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH issued AS MATERIALIZED (
		SELECT i.token, i.hash, i.hint FROM modelapi_acl_internal.issue_token() AS i),
	changed AS (
		UPDATE modelapi_acl.access_tokens AS t
		SET hint = issued.hint, regenerated_by = $2, regenerated_at = clock_timestamp()
		FROM issued WHERE t.id = $1
		RETURNING t.id),
	hashed AS (
		UPDATE modelapi_acl_internal.token_hashes AS h SET hash = issued.hash
		FROM issued CROSS JOIN changed WHERE h.token_id = changed.id
		RETURNING h.token_id)
	SELECT hashed.token_id, issued.token FROM hashed CROSS JOIN issued;
END;
COMMENT ON FUNCTION modelapi_acl_internal.renew_token(uuid, uuid) IS
'Internal statement: gives an access token a new secret';

CREATE FUNCTION modelapi_acl_internal.end_token(token_id uuid, ended_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.access_tokens AS t SET revoked_at = clock_timestamp(), revoked_by = $2
	WHERE t.id = $1 AND t.revoked_at IS NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_token(uuid, uuid) IS
'Internal statement: revokes an access token';
-- Guards: triggers for the rules that row-level security cannot express. BEFORE triggers
-- set and check values. AFTER triggers add the first owner or admin of a new object and
-- enforce the invariants; their names sort after that of the audit trigger, so that they
-- fire after it. All are ENABLE ALWAYS: session_replication_role = replica disables none
-- of them.

CREATE FUNCTION modelapi_acl_internal.guard_users() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_users_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_users() IS
'Checks rows of users';

CREATE FUNCTION modelapi_acl_internal.guard_user_identities() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_user_identities_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_user_identities() IS
'Checks email addresses and external ids';

CREATE FUNCTION modelapi_acl_internal.guard_organizations() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_organizations_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_organizations() IS
'Checks rows of organizations';

CREATE FUNCTION modelapi_acl_internal.guard_organization_members() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_organization_members_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_organization_members() IS
'Checks rows of organization_members';

CREATE FUNCTION modelapi_acl_internal.guard_projects() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_projects_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_projects() IS
'Checks rows of projects and sets created_by';

CREATE FUNCTION modelapi_acl_internal.guard_collaborators() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_collaborators_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_collaborators() IS
'Checks grants and sets granted_by';

CREATE FUNCTION modelapi_acl_internal.guard_model_apis() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_model_apis_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_model_apis() IS
'Checks rows of model_apis, and the permission that each changed column needs';

CREATE FUNCTION modelapi_acl_internal.guard_versions() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_versions_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_versions() IS
'Numbers versions and refuses changes of columns that never change';

CREATE FUNCTION modelapi_acl_internal.guard_settings() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_settings_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_settings() IS
'Checks settings and sets updated_by';

CREATE FUNCTION modelapi_acl_internal.guard_logs() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_logs_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_logs() IS
'Checks log lines and refuses to change them';

CREATE FUNCTION modelapi_acl_internal.complete_principal() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_complete_principal_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.complete_principal() IS
'Maintains the common namespace of users and organizations, and adds the first admin of an organization';

CREATE FUNCTION modelapi_acl_internal.complete_project() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_complete_project_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.complete_project() IS
'Adds the first owner of a project';

CREATE FUNCTION modelapi_acl_internal.complete_model_api() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_complete_model_api_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.complete_model_api() IS
'Adds the first owner of a model API';

CREATE FUNCTION modelapi_acl_internal.keep_owner() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_owner_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_owner() IS
'Refuses a change that would leave a project or a model API without an owner';

CREATE FUNCTION modelapi_acl_internal.keep_admin() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_admin_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_admin() IS
'Refuses a change that would leave an organization without an admin';

CREATE FUNCTION modelapi_acl_internal.keep_owned() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_owned_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_owned() IS
'Refuses to delete a user who is the last owner or admin of an object, and names these objects';

CREATE FUNCTION modelapi_acl_internal.forget_object() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_forget_object_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.forget_object() IS
'Deletes the counters of a deleted object';

CREATE FUNCTION modelapi_acl_internal.index_document() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_index_document_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.index_document() IS
'Keeps the search document of a model API current';

CREATE FUNCTION modelapi_acl_internal.require_writer() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_writer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_writer() IS
'Refuses INSERT and UPDATE if nobody is signed in';

CREATE FUNCTION modelapi_acl_internal.judge_row() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_judge_row_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.judge_row() IS
'Refuses to write a row that the current user may not write, according to the latest committed state';

CREATE FUNCTION modelapi_acl_internal.judge_statement() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_judge_statement_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.judge_statement() IS
'Checks again, at the end of a statement, the permissions that its writes needed';

-- Is anybody signed in? Checked for each statement, however many rows it finds. The name
-- sorts after begin_load, which refuses COPY first.

CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.users
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.user_identities
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.organizations
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.organization_members
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.projects
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.project_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_versions
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_settings
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_logs
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.model_api_logs ENABLE ALWAYS TRIGGER require_writer;

CREATE TRIGGER index_document AFTER INSERT OR UPDATE OF name, description ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.index_document();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER index_document;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.users
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_users();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.user_identities
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_user_identities();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.organizations
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_organizations();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.organization_members
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_organization_members();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.projects
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_projects();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.project_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_collaborators('project_id');
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_model_apis();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_collaborators('model_api_id');
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_versions
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_versions();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_settings
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_settings();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_logs
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_logs();
ALTER TABLE modelapi_acl.model_api_logs ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER complete AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.users
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.complete_principal();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER complete;

CREATE TRIGGER complete AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.organizations
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.complete_principal();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER complete;

CREATE TRIGGER complete AFTER INSERT ON modelapi_acl.projects
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.complete_project();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER complete;

CREATE TRIGGER complete AFTER INSERT ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.complete_model_api();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER complete;

CREATE TRIGGER keep_owner AFTER UPDATE OR DELETE ON modelapi_acl.project_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.keep_owner('project_id');
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER keep_owner;

CREATE TRIGGER keep_owner AFTER UPDATE OR DELETE ON modelapi_acl.model_api_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.keep_owner('model_api_id');
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER keep_owner;

CREATE TRIGGER keep_admin AFTER UPDATE OR DELETE ON modelapi_acl.organization_members
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.keep_admin();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER keep_admin;

CREATE TRIGGER keep_owned BEFORE DELETE ON modelapi_acl.users
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.keep_owned();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER keep_owned;

CREATE TRIGGER forget AFTER DELETE ON modelapi_acl.users
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_object();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER forget;

CREATE TRIGGER forget AFTER DELETE ON modelapi_acl.organizations
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_object();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER forget;

CREATE TRIGGER forget AFTER DELETE ON modelapi_acl.projects
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_object();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER forget;

CREATE TRIGGER forget AFTER DELETE ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_object();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER forget;

-- May the current user still write? Checked before each row, where no guard does it, and
-- at the end of the statement.

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.organizations
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.organizations
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.organization_members
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.organization_members
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.projects
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.projects
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.project_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.project_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.model_api_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.model_api_versions
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_versions
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.model_api_settings
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_settings
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE INSERT OR UPDATE OR DELETE ON modelapi_acl.access_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.access_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER admit_again;
-- Audit: triggers that record every change that access depends on, in the transaction
-- that makes the change. Their names sort before those of the triggers that add dependent
-- rows, so that the event of an object comes first. All are ENABLE ALWAYS:
-- session_replication_role = replica hides no change.

-- Times in old and new are in UTC. In another time zone they could have an offset that
-- cannot be read back.
CREATE FUNCTION modelapi_acl_internal.audit_row() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
	AS 'MODULE_PATHNAME', 'modelapi_acl_audit_row_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.audit_row() IS
'Writes the audit events for a changed row';

CREATE FUNCTION modelapi_acl_internal.remember_project() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_remember_project_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.remember_project() IS
'Remembers the project of a deleted model API, for the events of its dependent rows';

CREATE FUNCTION modelapi_acl_internal.refuse_audit_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_audit_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_audit_change() IS
'Refuses to write to the audit history, except by the extension';

CREATE FUNCTION modelapi_acl_internal.refuse_truncate() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_truncate_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_truncate() IS
'Refuses TRUNCATE, which audit triggers would not see';

CREATE FUNCTION modelapi_acl_internal.record_transfer(
	object_type text, object_id uuid, new_owner uuid, keep_as modelapi_acl.access_level) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_record_transfer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.record_transfer(text, uuid, uuid, modelapi_acl.access_level) IS
'Writes the audit event of a transfer that this transaction has made';

CREATE FUNCTION modelapi_acl_internal.record_pruning(older_than interval, rows bigint) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_record_pruning_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.record_pruning(interval, bigint) IS
'Writes the audit event of pruned logs';

CREATE FUNCTION modelapi_acl_internal.receive_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_receive_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.receive_change() IS
'Sets the transaction id of changes that a restore or logical replication writes to that of the writing transaction';

CREATE TRIGGER receive_change BEFORE INSERT OR UPDATE OR DELETE ON modelapi_acl_internal.changes
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.receive_change();
ALTER TABLE modelapi_acl_internal.changes ENABLE ALWAYS TRIGGER receive_change;

CREATE TRIGGER remember BEFORE DELETE ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.remember_project();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER remember;

CREATE TRIGGER refuse_change BEFORE INSERT OR UPDATE OR DELETE ON modelapi_acl.audit_events
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_audit_change();
ALTER TABLE modelapi_acl.audit_events ENABLE ALWAYS TRIGGER refuse_change;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.users
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.user_identities
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.organizations
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.organization_members
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.projects
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.project_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_versions
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_settings
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.access_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl_internal.token_hashes
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.users
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.user_identities
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.organizations
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.organization_members
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.projects
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.project_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.model_api_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.model_api_versions
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.model_api_settings
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.model_api_logs
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.model_api_logs ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.access_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.audit_events
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.audit_events ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.changes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.changes ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.principal_names
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.principal_names ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.search_documents
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.search_documents ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.object_counters
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.object_counters ENABLE ALWAYS TRIGGER refuse_truncate;

-- ---------------------------------------------------------------------------
-- Computed relationships: the objects that an audit event refers to, as functions of its
-- row, which PostgREST embeds under the function's name. Foreign keys would block
-- deletions, or lose the ids that events have. The functions have no SET clause, so that
-- they are inlined; their bodies are strings, so every name has a schema.
CREATE FUNCTION modelapi_acl.actor(event modelapi_acl.audit_events) RETURNS SETOF modelapi_acl.users
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
AS $body$
	SELECT t.* FROM modelapi_acl.users AS t WHERE t.id OPERATOR(pg_catalog.=) ($1).actor_id
$body$;
COMMENT ON FUNCTION modelapi_acl.actor(modelapi_acl.audit_events) IS
'The user who caused an audit event, unless deleted since';

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
-- Restoring dumps: triggers around COPY, which only superusers may use on these tables.
-- COPY needs row_security = off, and then loads rows as they are. Foreign keys are not
-- checked while a COPY runs, because pg_restore with several jobs loads tables in any
-- order. All triggers are ENABLE ALWAYS, like guards.

CREATE FUNCTION modelapi_acl_internal.begin_load() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_begin_load_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.begin_load() IS
'Refuses COPY unless row_security is off, and suspends checks of foreign keys during COPY';

CREATE FUNCTION modelapi_acl_internal.end_load() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_end_load_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.end_load() IS
'Ends what begin_load() has begun';

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.users
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.users
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.user_identities
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.user_identities
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.organizations
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.organizations
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.organization_members
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.organization_members
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.projects
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.projects
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.project_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.project_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.model_api_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.model_api_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.model_api_versions
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.model_api_versions
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.model_api_settings
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.model_api_settings
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.model_api_logs
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.model_api_logs ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.model_api_logs
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.model_api_logs ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.access_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.access_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.audit_events
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.audit_events ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.audit_events
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.audit_events ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.principal_names
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.principal_names ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.principal_names
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.principal_names ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.changes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.changes ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.changes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.changes ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.search_documents
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.search_documents ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.search_documents
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.search_documents ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.object_counters
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.object_counters ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.object_counters
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.object_counters ENABLE ALWAYS TRIGGER end_load;
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
'For owners: grants a user or an organization access to a project, or changes access level and expiry of the grant';

CREATE FUNCTION modelapi_acl.remove_project_collaborator(project_id uuid, principal text)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_project_permission($1, CASE WHEN modelapi_acl_internal.is_asking($2)
		THEN 'view_project' ELSE 'manage_project' END::modelapi_acl.project_permission);
	SELECT modelapi_acl_internal.require_principal($2);
	WITH removed AS (
		DELETE FROM modelapi_acl_internal.removable_project_collaborators AS c
		USING modelapi_acl_internal.find_principal($2) AS p
		WHERE c.project_id = $1
			AND (c.user_id = p.user_id OR c.organization_id = p.organization_id)
		RETURNING c.id)
	SELECT modelapi_acl_internal.require_removed(count(*),
		modelapi_acl_internal.project_permits($1, 'view_project_collaborators',
			modelapi_acl_internal.current_identity()), 'collaborator')
	FROM removed;
END;
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

CREATE FUNCTION modelapi_acl.set_visibility(
	model_api_id uuid, visibility modelapi_acl.visibility) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'change_visibility');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'visibility is missing');
	WITH changed AS (
		UPDATE modelapi_acl.model_apis AS m SET visibility = $2 WHERE m.id = $1
		RETURNING m.id)
	SELECT modelapi_acl_internal.require_changed(count(*), 'model API') FROM changed;
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
		UPDATE modelapi_acl.model_apis AS m SET authorization_mode = $2 WHERE m.id = $1
		RETURNING m.id)
	SELECT modelapi_acl_internal.require_changed(count(*), 'model API') FROM changed;
END;
COMMENT ON FUNCTION modelapi_acl.set_authorization_mode(uuid, modelapi_acl.authorization_mode) IS
'For editors and owners: sets whether prediction requests need an access token';

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

CREATE FUNCTION modelapi_acl.publish_version(
	model_api_id uuid, source jsonb, description text DEFAULT NULL) RETURNS modelapi_acl.model_api_versions
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'deploy_version');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'source is missing');
	-- The whole row, so that it includes columns that are added to the table later
	INSERT INTO modelapi_acl.model_api_versions AS v (model_api_id, source, description)
	VALUES ($1, $2, $3)
	RETURNING v;
END;
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
'For owners: grants a user or an organization access to a model API, or changes access level and expiry of the grant';

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
		WHERE c.model_api_id = $1
			AND (c.user_id = p.user_id OR c.organization_id = p.organization_id)
		RETURNING c.id)
	SELECT modelapi_acl_internal.require_removed(count(*),
		modelapi_acl_internal.model_api_permits($1, 'view_collaborators',
			modelapi_acl_internal.current_identity()), 'collaborator')
	FROM removed;
END;
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
-- Reading views: what the functions of fragments 72 to 79 read beyond the caller's
-- policies. For example, who_can tells of grants and memberships that its caller may not
-- see. The functions themselves check whom they answer, and what they may say.
--
-- The views read with the privileges of the extension's owner. They show rows only while
-- src/sql_api/answers.c runs such a function; at any other time they are empty, so that a
-- role with USAGE on every schema gets nothing from them. Their condition is the same for
-- every row and is evaluated once, before a table is read.
--
-- The cross join with an empty select list makes the views not updatable; otherwise a role
-- that may write to every relation could insert with the owner's privileges. The planner
-- removes the join.
--
-- No view has a token hash, the value of a setting or the message of a log line.

CREATE FUNCTION modelapi_acl_internal.is_answering() RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_answering_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_answering() IS
'Whether a function that may read the views named all_... is running in this backend';

CREATE VIEW modelapi_acl_internal.all_users AS
	SELECT t.* FROM modelapi_acl.users AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_users IS
'All rows of users; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_user_identities AS
	SELECT t.* FROM modelapi_acl.user_identities AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_user_identities IS
'All rows of user_identities; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_organizations AS
	SELECT t.* FROM modelapi_acl.organizations AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_organizations IS
'All rows of organizations; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_organization_members AS
	SELECT t.* FROM modelapi_acl.organization_members AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_organization_members IS
'All rows of organization_members; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_projects AS
	SELECT t.* FROM modelapi_acl.projects AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_projects IS
'All rows of projects; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_project_collaborators AS
	SELECT t.* FROM modelapi_acl.project_collaborators AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_project_collaborators IS
'All rows of project_collaborators; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_model_apis AS
	SELECT t.* FROM modelapi_acl.model_apis AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_apis IS
'All rows of model_apis; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_model_api_collaborators AS
	SELECT t.* FROM modelapi_acl.model_api_collaborators AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_collaborators IS
'All rows of model_api_collaborators; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_model_api_versions AS
	SELECT t.* FROM modelapi_acl.model_api_versions AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_versions IS
'All rows of model_api_versions; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_model_api_settings AS
	SELECT t.model_api_id, t.name FROM modelapi_acl.model_api_settings AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_settings IS
'All rows of model_api_settings; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_model_api_logs AS
	SELECT t.id, t.model_api_id, t.version_id, t.logged_at FROM modelapi_acl.model_api_logs AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_logs IS
'All rows of model_api_logs; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_access_tokens AS
	SELECT t.* FROM modelapi_acl.access_tokens AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_access_tokens IS
'All rows of access_tokens; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_audit_events AS
	SELECT t.* FROM modelapi_acl.audit_events AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_audit_events IS
'All rows of audit_events; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_principal_names AS
	SELECT t.* FROM modelapi_acl_internal.principal_names AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_principal_names IS
'All rows of principal_names; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_search_documents AS
	SELECT t.* FROM modelapi_acl_internal.search_documents AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_search_documents IS
'All rows of search_documents; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_token_hashes AS
	SELECT t.token_id FROM modelapi_acl_internal.token_hashes AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_token_hashes IS
'All rows of token_hashes; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_object_counters AS
	SELECT t.* FROM modelapi_acl_internal.object_counters AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_object_counters IS
'All rows of object_counters; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_changes AS
	SELECT t.* FROM modelapi_acl_internal.changes AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_changes IS
'All rows of changes; empty except while an answer is computed';
-- Who has a permission, and why: who_can and explain_access. These functions only collect
-- grants; the rule in src/access/permissions.c decides whether the grants are sufficient.
--
-- A road is the path by which a user has access: direct, organization:NAME, project,
-- project_organization:NAME, or public, if visibility alone gives the permission.
--
-- The grant of an organization counts for its members only if the current user may see the
-- members, and for the current user. Otherwise the organization appears as a row of its
-- own. So an answer about a user never depends on a membership that is hidden.
--
-- JIT is off in these functions. Their bodies are planned for projects and organizations
-- of any size, and JIT compilation would take longer than the query.

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

CREATE FUNCTION modelapi_acl_internal.grants_on(model_api_id uuid) RETURNS TABLE (
	id uuid, on_project boolean, user_id uuid, organization_id uuid,
	access_level modelapi_acl.access_level, expires_at timestamptz, granted_by uuid, created_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT c.id, false, c.user_id, c.organization_id, c.access_level, c.expires_at, c.granted_by, c.created_at
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE c.model_api_id = $1
	UNION ALL
	SELECT c.id, true, c.user_id, c.organization_id, c.access_level, c.expires_at, c.granted_by, c.created_at
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE c.project_id = (
		SELECT m.project_id FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = $1);
END;
COMMENT ON FUNCTION modelapi_acl_internal.grants_on(uuid) IS
'All grants on a model API and on its project, expired ones included';

CREATE FUNCTION modelapi_acl_internal.shows_members(organization_id uuid) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT modelapi_acl_internal.organization_permits($1, 'view_members',
		modelapi_acl_internal.current_identity());
END;
COMMENT ON FUNCTION modelapi_acl_internal.shows_members(uuid) IS
'Whether the current user may see the members of an organization; of a deleted organization only administrators may';

CREATE FUNCTION modelapi_acl_internal.holders_of(model_api_id uuid) RETURNS TABLE (
	user_id uuid, organization_id uuid, organization text,
	on_project modelapi_acl.access_level, on_model_api modelapi_acl.access_level, roads text[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH grants AS MATERIALIZED (
		SELECT g.user_id, g.organization_id, o.name AS organization, g.on_project, g.access_level,
			modelapi_acl_internal.road(g.on_project, o.name) AS road,
			CASE WHEN g.organization_id IS NOT NULL
				THEN modelapi_acl_internal.shows_members(g.organization_id) END AS shows_members
		FROM modelapi_acl_internal.grants_on($1) AS g
			LEFT JOIN modelapi_acl_internal.all_organizations AS o ON o.id = g.organization_id
		WHERE g.expires_at IS NULL OR g.expires_at > modelapi_acl_internal.snapshot_clock()),
	held AS (
		SELECT g.user_id, NULL::uuid AS organization_id, NULL::text AS organization,
			g.on_project, g.access_level, g.road
		FROM grants AS g
		WHERE g.user_id IS NOT NULL
		UNION ALL
		SELECT m.user_id, NULL, NULL, g.on_project, g.access_level, g.road
		FROM grants AS g
			JOIN modelapi_acl_internal.all_organization_members AS m ON m.organization_id = g.organization_id
		WHERE g.shows_members
		UNION ALL
		SELECT NULL, g.organization_id, g.organization, g.on_project, g.access_level, g.road
		FROM grants AS g
		WHERE NOT g.shows_members)
	SELECT h.user_id, h.organization_id, h.organization, max(h.access_level) FILTER (WHERE h.on_project),
		max(h.access_level) FILTER (WHERE NOT h.on_project),
		array_agg(h.road ORDER BY h.road COLLATE "C")
	FROM held AS h
	GROUP BY h.user_id, h.organization_id, h.organization;
END;
COMMENT ON FUNCTION modelapi_acl_internal.holders_of(uuid) IS
'The users with unexpired grants on a model API or its project, and the organizations whose members are hidden, with their highest access levels on the project and on the model API, and their roads';

CREATE FUNCTION modelapi_acl_internal.answer_who_can(model_api_id uuid, permission modelapi_acl.permission)
	RETURNS TABLE (
	user_id uuid, username text, access_level modelapi_acl.access_level, roads text[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 20
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'view_collaborators');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'permission is missing');
	WITH facts AS MATERIALIZED (
		SELECT m.visibility, m.authorization_mode,
			modelapi_acl_internal.rule_permits($2, m.visibility, m.authorization_mode, NULL, NULL) AS is_open
		FROM modelapi_acl_internal.all_model_apis AS m
		WHERE m.id = $1),
	held AS MATERIALIZED (
		SELECT h.user_id, h.organization, h.on_project, h.on_model_api, h.roads
		FROM modelapi_acl_internal.holders_of($1) AS h),
	-- Users with grants, one lookup each; or all users, if everybody has the permission
	candidates AS (
		SELECT u.id, u.username, h.on_project, h.on_model_api, h.roads
		FROM held AS h CROSS JOIN LATERAL (
			SELECT s.id, s.username FROM modelapi_acl_internal.all_users AS s
			WHERE s.id = h.user_id AND s.disabled_at IS NULL
			OFFSET 0) AS u
		WHERE NOT (SELECT f.is_open FROM facts AS f)
		UNION ALL
		SELECT u.id, u.username, h.on_project, h.on_model_api, h.roads
		FROM modelapi_acl_internal.all_users AS u
			LEFT JOIN held AS h ON h.user_id = u.id
		WHERE u.disabled_at IS NULL AND (SELECT f.is_open FROM facts AS f)
		UNION ALL
		SELECT NULL, h.organization, h.on_project, h.on_model_api, h.roads
		FROM held AS h
		WHERE h.user_id IS NULL)
	SELECT c.id, c.username, GREATEST(c.on_project, c.on_model_api),
		COALESCE(c.roads, '{}') ||
			CASE WHEN f.is_open AND c.id IS NOT NULL THEN ARRAY['public'] ELSE '{}'::text[] END
	FROM candidates AS c
		CROSS JOIN facts AS f
	WHERE modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode, c.on_project, c.on_model_api)
	ORDER BY c.username COLLATE "C";
END;
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
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 5
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1,
		CASE WHEN $3 IS NULL OR modelapi_acl_internal.is_asking($3)
			THEN 'view' ELSE 'view_collaborators' END::modelapi_acl.permission);
	SELECT modelapi_acl_internal.require_person($3) WHERE $3 IS NOT NULL;
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'permission is missing');
	WITH subject AS MATERIALIZED (
		SELECT CASE WHEN $3 IS NULL THEN modelapi_acl.current_user_id()
			ELSE modelapi_acl_internal.require_person($3) END AS id),
	facts AS MATERIALIZED (
		SELECT s.id AS user_id, m.visibility, m.authorization_mode, u.disabled_at,
			modelapi_acl_internal.rule_permits($2, m.visibility, m.authorization_mode, NULL, NULL) AS is_open,
			s.id = modelapi_acl.current_user_id() AS is_oneself,
			-- The verdict is the decision itself, without memberships that are hidden
			CASE WHEN s.id IS NULL THEN true
				ELSE u.disabled_at IS NULL AND modelapi_acl_internal.user_permits(s.id, $1, $2) END AS verdict
		FROM subject AS s
			CROSS JOIN modelapi_acl_internal.all_model_apis AS m
			LEFT JOIN modelapi_acl_internal.all_users AS u ON u.id = s.id
		WHERE m.id = $1),
	held AS MATERIALIZED (
		SELECT g.on_project, g.access_level, g.expires_at,
			modelapi_acl_internal.road(g.on_project, o.name) AS road,
			g.expires_at <= modelapi_acl_internal.snapshot_clock() IS TRUE AS is_expired,
			(SELECT u.username FROM modelapi_acl_internal.all_users AS u WHERE u.id = g.granted_by) AS granted_by,
			-- The last event of the grant; its row has only the time when it was first granted
			COALESCE((SELECT max(e.occurred_at) FROM modelapi_acl_internal.all_audit_events AS e
				WHERE e.object_id = g.id), g.created_at) AS granted_at,
			modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode,
				CASE WHEN g.on_project THEN g.access_level END,
				CASE WHEN NOT g.on_project THEN g.access_level END) AS sufficient
		FROM facts AS f
			CROSS JOIN modelapi_acl_internal.grants_on($1) AS g
			LEFT JOIN modelapi_acl_internal.all_organizations AS o ON o.id = g.organization_id
		WHERE g.user_id = f.user_id
			OR (EXISTS (SELECT FROM modelapi_acl_internal.all_organization_members AS m
					WHERE m.organization_id = g.organization_id
						AND m.user_id = f.user_id)
				AND (f.is_oneself OR modelapi_acl_internal.shows_members(g.organization_id)))),
	-- Grants of organizations whose members are hidden: the user may be one of them
	hidden AS MATERIALIZED (
		SELECT g.on_project, g.access_level, g.expires_at,
			modelapi_acl_internal.road(g.on_project, o.name) AS road,
			(SELECT u.username FROM modelapi_acl_internal.all_users AS u WHERE u.id = g.granted_by) AS granted_by,
			COALESCE((SELECT max(e.occurred_at) FROM modelapi_acl_internal.all_audit_events AS e
				WHERE e.object_id = g.id), g.created_at) AS granted_at,
			modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode,
				CASE WHEN g.on_project THEN g.access_level END,
				CASE WHEN NOT g.on_project THEN g.access_level END) AS sufficient
		FROM facts AS f
			CROSS JOIN modelapi_acl_internal.grants_on($1) AS g
			JOIN modelapi_acl_internal.all_organizations AS o ON o.id = g.organization_id
		WHERE f.user_id IS NOT NULL AND f.is_oneself IS NOT TRUE
			AND (g.expires_at IS NULL OR g.expires_at > modelapi_acl_internal.snapshot_clock())
			AND NOT modelapi_acl_internal.shows_members(g.organization_id)),
	levels AS MATERIALIZED (
		SELECT max(h.access_level) FILTER (WHERE h.on_project) AS on_project,
			max(h.access_level) FILTER (WHERE NOT h.on_project) AS on_model_api
		FROM held AS h
		WHERE NOT h.is_expired),
	steps AS (
		SELECT 1 AS place, 'grant' AS step, h.road, h.access_level, h.expires_at,
			h.granted_by, h.granted_at, h.sufficient,
			format('%s of the %s%s', h.access_level,
				CASE WHEN h.on_project THEN 'project' ELSE 'model API' END,
				CASE WHEN h.sufficient THEN ': enough' ELSE ': not enough by itself' END) AS explanation
		FROM held AS h
		WHERE NOT h.is_expired
		UNION ALL
		SELECT 2, 'visibility', 'public', NULL, NULL, NULL, NULL, true,
			'the model API is public: every signed-in user holds this'
		FROM facts AS f
		WHERE f.is_open AND f.user_id IS NOT NULL
		UNION ALL
		SELECT 3, 'expired', h.road, h.access_level, h.expires_at, h.granted_by, h.granted_at, h.sufficient,
			format('%s of the %s, but expired', h.access_level,
				CASE WHEN h.on_project THEN 'project' ELSE 'model API' END)
		FROM held AS h
		WHERE h.is_expired
		UNION ALL
		SELECT 4, 'organization', h.road, h.access_level, h.expires_at, h.granted_by, h.granted_at, h.sufficient,
			format('%s of the %s for its members, whom you may not see: not counted',
				h.access_level, CASE WHEN h.on_project THEN 'project' ELSE 'model API' END)
		FROM hidden AS h
		UNION ALL
		SELECT 5, 'verdict', NULL, GREATEST(l.on_project, l.on_model_api), NULL, NULL, NULL, f.verdict,
			CASE WHEN f.user_id IS NULL THEN 'allowed: administrators hold every permission'
				WHEN f.disabled_at IS NOT NULL THEN 'denied: the user is disabled and has no access at all'
				WHEN f.verdict THEN 'allowed'
				WHEN EXISTS (SELECT FROM hidden AS h)
					THEN 'denied by what you may see: ' || modelapi_acl_internal.permission_hint($2)
				ELSE 'denied: ' || modelapi_acl_internal.permission_hint($2) END
		FROM facts AS f CROSS JOIN levels AS l
		UNION ALL
		SELECT 6, 'would_allow', modelapi_acl_internal.road(t.on_project, NULL), n.access_level, NULL, NULL, NULL, true,
			format('a grant of %s on the %s would give it', n.access_level,
				CASE WHEN t.on_project THEN 'project' ELSE 'model API' END)
		FROM facts AS f CROSS JOIN levels AS l
			CROSS JOIN (VALUES (false), (true)) AS t (on_project)
			CROSS JOIN LATERAL (
				SELECT min(v) AS access_level
				FROM unnest(enum_range(NULL::modelapi_acl.access_level)) AS v
				WHERE modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode,
					CASE WHEN t.on_project THEN GREATEST(l.on_project, v) ELSE l.on_project END,
					CASE WHEN t.on_project THEN l.on_model_api ELSE GREATEST(l.on_model_api, v) END)) AS n
		WHERE NOT f.verdict AND f.disabled_at IS NULL AND n.access_level IS NOT NULL)
	SELECT s.step, s.road, s.access_level, s.expires_at, s.granted_by, s.granted_at, s.sufficient, s.explanation
	FROM steps AS s
	ORDER BY s.place, CASE WHEN s.step = 'expired' THEN s.expires_at END DESC, s.road COLLATE "C";
END;
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
-- The offboarding report: the access of a user who is about to leave, and what prevents
-- deleting the user.

-- These are the cases in which keep_owner and keep_admin refuse to delete a user: objects
-- that no other user owns directly and without expiry, and organizations without another
-- admin.
CREATE FUNCTION modelapi_acl_internal.left_alone_by(user_id uuid)
	RETURNS TABLE (finding text, object_type text, object_id uuid, name text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'last_owner', 'project', p.id, p.name
	FROM modelapi_acl_internal.all_project_collaborators AS c
		JOIN modelapi_acl_internal.all_projects AS p ON p.id = c.project_id
	WHERE c.user_id = $1
		AND c.access_level = 'owner'::modelapi_acl.access_level
		AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_project_collaborators AS o
			WHERE o.project_id = c.project_id
				AND o.user_id <> $1
				AND o.access_level = 'owner'::modelapi_acl.access_level
				AND o.expires_at IS NULL)
	UNION ALL
	SELECT 'last_owner', 'model_api', m.id, m.name
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
		JOIN modelapi_acl_internal.all_model_apis AS m ON m.id = c.model_api_id
	WHERE c.user_id = $1
		AND c.access_level = 'owner'::modelapi_acl.access_level
		AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS o
			WHERE o.model_api_id = c.model_api_id
				AND o.user_id <> $1
				AND o.access_level = 'owner'::modelapi_acl.access_level
				AND o.expires_at IS NULL)
	UNION ALL
	SELECT 'last_admin', 'organization', g.id, g.name
	FROM modelapi_acl_internal.all_organization_members AS a
		JOIN modelapi_acl_internal.all_organizations AS g ON g.id = a.organization_id
	WHERE a.user_id = $1 AND a.is_admin
		AND NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_organization_members AS o
			WHERE o.organization_id = a.organization_id
				AND o.user_id <> $1 AND o.is_admin);
END;
COMMENT ON FUNCTION modelapi_acl_internal.left_alone_by(uuid) IS
'Objects that would have no owner or admin if a user were deleted';

-- Tokens stay valid when their creator loses access. A report about oneself has only
-- tokens that the user may list: the model APIs of the others may be hidden by now.
CREATE FUNCTION modelapi_acl_internal.answer_offboarding_report(who text)
	RETURNS TABLE (finding text, object_type text, object_id uuid, name text, organization text,
		access_level modelapi_acl.access_level, expires_at timestamptz, detail text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	SELECT modelapi_acl_internal.require($1 IS NULL OR modelapi_acl_internal.is_asking($1)
			OR modelapi_acl_internal.is_administrator(modelapi_acl_internal.current_identity()),
		'42501', 'permission denied for the offboarding report of another user',
		'Users can get their own report; administrators can get the report of any user.');
	SELECT modelapi_acl_internal.require_person($1);
	WITH leaver AS MATERIALIZED (
		SELECT modelapi_acl_internal.require_person($1) AS id),
	-- The user, and the organizations that the user is a member of
	holder AS MATERIALIZED (
		SELECT l.id AS user_id, NULL::uuid AS organization_id, NULL::text AS organization,
			'held directly: deleted with the user' AS detail
		FROM leaver AS l
		UNION ALL
		SELECT NULL, g.id, g.name, 'held by the organization: lost with the membership'
		FROM leaver AS l
			JOIN modelapi_acl_internal.all_organization_members AS o ON o.user_id = l.id
			JOIN modelapi_acl_internal.all_organizations AS g ON g.id = o.organization_id),
	report (place, finding, object_type, object_id, name, organization, access_level, expires_at, detail) AS (
		SELECT 1, a.finding, a.object_type, a.object_id, a.name, NULL::text,
			NULL::modelapi_acl.access_level, NULL::timestamptz,
			CASE a.object_type
				WHEN 'project' THEN 'the user cannot be deleted: no other user owns it directly and without expiry; transfer it first, with transfer_project, or make another user owner'
				WHEN 'model_api' THEN 'the user cannot be deleted: no other user owns it directly and without expiry; transfer it first, with transfer_ownership, or make another user owner'
				ELSE 'the user cannot be deleted: it has no other admin; make another member admin first, with add_organization_member'
			END
		FROM leaver AS l CROSS JOIN LATERAL modelapi_acl_internal.left_alone_by(l.id) AS a
		UNION ALL
		SELECT 2, 'membership', 'organization', o.organization_id, g.name, g.name, NULL, NULL,
			CASE WHEN o.is_admin THEN 'is an admin' ELSE 'is a member' END
		FROM leaver AS l
			JOIN modelapi_acl_internal.all_organization_members AS o ON o.user_id = l.id
			JOIN modelapi_acl_internal.all_organizations AS g ON g.id = o.organization_id
		UNION ALL
		SELECT 3, 'grant', 'project', p.id, p.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_project_collaborators AS c ON c.user_id = h.user_id
			JOIN modelapi_acl_internal.all_projects AS p ON p.id = c.project_id
		WHERE c.expires_at IS NULL OR c.expires_at > modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 3, 'grant', 'project', p.id, p.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_project_collaborators AS c ON c.organization_id = h.organization_id
			JOIN modelapi_acl_internal.all_projects AS p ON p.id = c.project_id
		WHERE c.expires_at IS NULL OR c.expires_at > modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 4, 'grant', 'model_api', m.id, m.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_model_api_collaborators AS c ON c.user_id = h.user_id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id = c.model_api_id
		WHERE c.expires_at IS NULL OR c.expires_at > modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 4, 'grant', 'model_api', m.id, m.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_model_api_collaborators AS c ON c.organization_id = h.organization_id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id = c.model_api_id
		WHERE c.expires_at IS NULL OR c.expires_at > modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 5, 'token', 'access_token', t.id, t.name, NULL, NULL, t.expires_at,
			format('%s by the user, who may know the secret; for model API %s (%s)',
				CASE WHEN t.regenerated_at IS NULL THEN 'created' ELSE 'regenerated' END, m.name, m.id)
		FROM leaver AS l
			JOIN modelapi_acl_internal.all_access_tokens AS t ON (t.created_by = l.id AND t.regenerated_at IS NULL)
				OR t.regenerated_by = l.id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id = t.model_api_id
		WHERE t.revoked_at IS NULL
			AND (t.expires_at IS NULL OR t.expires_at > modelapi_acl_internal.snapshot_clock())
			AND modelapi_acl_internal.model_api_permits(t.model_api_id, 'view_tokens',
				(SELECT modelapi_acl_internal.current_identity())))
	SELECT r.finding, r.object_type, r.object_id, r.name, r.organization, r.access_level, r.expires_at, r.detail
	FROM report AS r
	ORDER BY r.place, r.name, r.object_id, r.organization NULLS FIRST;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_offboarding_report(text) IS
'The query of offboarding_report';

CREATE FUNCTION modelapi_acl.offboarding_report(who text)
	RETURNS TABLE (finding text, object_type text, object_id uuid, name text, organization text,
		access_level modelapi_acl.access_level, expires_at timestamptz, detail text)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.offboarding_report(text) IS
'For administrators, and for users about themselves: the access that a user (username or email address) would lose by leaving, the objects that would have no owner or admin (delete_user is refused because of exactly these), and the valid tokens whose secret the user may know.
finding: last_owner, last_admin, membership, grant or token. object_type: project, model_api, organization or access_token.
organization: the organization that holds the grant, NULL for grants to the user. access_level: of a grant. expires_at: of a grant or a token.
Expired grants are left out. Users see only those of their tokens that they may list';
-- Access in the past: access_level_at, who_could and authorization_at. They reconstruct
-- past states from the audit history, which has every change that access depends on, and
-- from the commit times of changes.
--
-- A moment is a pair (until, also): everything that was committed before "until", plus
-- everything that the change "also" did, committed or not. The last event of an object up
-- to the moment gives its state: a change locks the row, so the times of the events of one
-- object never run backwards. The rule in src/access/permissions.c decides, as everywhere.

CREATE FUNCTION modelapi_acl_internal.current_change() RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_current_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.current_change() IS
'The change_id of the current transaction, or NULL if it has not changed anything yet';

CREATE FUNCTION modelapi_acl_internal.past_events(until timestamptz, also uuid)
	RETURNS SETOF modelapi_acl_internal.all_audit_events
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- A scalar sub-select: one lookup for each event, however many changes there are
	SELECT e.* FROM modelapi_acl_internal.all_audit_events AS e
	WHERE e.change_id = $2
		OR (SELECT c.committed_at FROM modelapi_acl_internal.all_changes AS c
			WHERE c.change_id = e.change_id) < $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.past_events(timestamptz, uuid) IS
'The audit events up to a moment';

-- ---------------------------------------------------------------------------
-- Objects at a moment; no row if the object did not exist

CREATE FUNCTION modelapi_acl_internal.model_api_at(model_api_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	project_id uuid, name text, visibility modelapi_acl.visibility,
	authorization_mode modelapi_acl.authorization_mode, invocation_mode modelapi_acl.invocation_mode)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT (array_agg(e.project_id))[1],
		(array_agg(e.new ->> 'name' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'name'))[1],
		(array_agg(e.new ->> 'visibility' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'visibility'))[1]::modelapi_acl.visibility,
		(array_agg(e.new ->> 'authorization_mode' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'authorization_mode'))[1]::modelapi_acl.authorization_mode,
		(array_agg(e.new ->> 'invocation_mode' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'invocation_mode'))[1]::modelapi_acl.invocation_mode
	FROM modelapi_acl_internal.past_events($2, $3) AS e
	WHERE e.model_api_id = $1
		AND e.object_type = 'model_api'
	HAVING bool_or(e.action = 'model_api.created')
		AND NOT bool_or(e.action = 'model_api.deleted');
END;
COMMENT ON FUNCTION modelapi_acl_internal.model_api_at(uuid, timestamptz, uuid) IS
'A model API as it was at a moment';

CREATE FUNCTION modelapi_acl_internal.tokens_at(model_api_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	id uuid, name text, expires_at timestamptz, revoked boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.object_id,
		(array_agg(e.new ->> 'name' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'name'))[1],
		(array_agg(e.new ->> 'expires_at' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'expires_at'))[1]::timestamptz,
		(array_agg(e.new ->> 'revoked_at' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'revoked_at'))[1] IS NOT NULL
	FROM modelapi_acl_internal.past_events($2, $3) AS e
	WHERE e.model_api_id = $1
		AND e.object_type = 'token'
	GROUP BY e.object_id
	HAVING bool_or(e.action = 'token.created')
		AND NOT bool_or(e.action = 'token.deleted');
END;
COMMENT ON FUNCTION modelapi_acl_internal.tokens_at(uuid, timestamptz, uuid) IS
'The access tokens of a model API as they were at a moment';

CREATE FUNCTION modelapi_acl_internal.grants_at(project_id uuid, model_api_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	id uuid, on_project boolean, user_id uuid, organization_id uuid,
	access_level modelapi_acl.access_level, expires_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT g.id, g.on_project, (g.row ->> 'user_id')::uuid,
		(g.row ->> 'organization_id')::uuid,
		(g.row ->> 'access_level')::modelapi_acl.access_level,
		(g.row ->> 'expires_at')::timestamptz
	FROM (
		SELECT DISTINCT ON (t.object_id) t.object_id AS id, t.on_project, t.new AS row
		FROM (
			SELECT e.object_id, e.occurred_at, e.new, false AS on_project
			FROM modelapi_acl_internal.past_events($3, $4) AS e
			WHERE e.model_api_id = $2
				AND e.object_type = 'model_api_collaborator'
			UNION ALL
			SELECT e.object_id, e.occurred_at, e.new, true
			FROM modelapi_acl_internal.past_events($3, $4) AS e
			WHERE e.project_id = $1
				AND e.object_type = 'project_collaborator') AS t
		ORDER BY t.object_id, t.occurred_at DESC) AS g
	WHERE g.row IS NOT NULL;		-- not removed
END;
COMMENT ON FUNCTION modelapi_acl_internal.grants_at(uuid, uuid, timestamptz, uuid) IS
'The grants on a project, on a model API, or on both, as they were at a moment, expired ones included';

CREATE FUNCTION modelapi_acl_internal.members_at(organization_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	user_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT m.user_id::uuid
	FROM (
		SELECT DISTINCT ON (COALESCE(e.new, e.old) ->> 'user_id')
			COALESCE(e.new, e.old) ->> 'user_id' AS user_id, e.new AS row
		FROM modelapi_acl_internal.past_events($2, $3) AS e
		WHERE e.object_id = $1
			AND e.action = ANY (ARRAY[
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		ORDER BY COALESCE(e.new, e.old) ->> 'user_id', e.occurred_at DESC) AS m
	WHERE m.row IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.members_at(uuid, timestamptz, uuid) IS
'The members of an organization at a moment';

CREATE FUNCTION modelapi_acl_internal.memberships_at(user_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	organization_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT m.organization_id
	FROM (
		SELECT DISTINCT ON (e.object_id) e.object_id AS organization_id, e.new AS row
		FROM modelapi_acl_internal.past_events($2, $3) AS e
		WHERE (COALESCE(e.new, e.old) ->> 'user_id') = $1::text
			AND e.action = ANY (ARRAY[
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		ORDER BY e.object_id, e.occurred_at DESC) AS m
	WHERE m.row IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.memberships_at(uuid, timestamptz, uuid) IS
'The organizations that a user was a member of at a moment';

CREATE FUNCTION modelapi_acl_internal.organization_at(organization_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	name text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT (array_agg(e.new ->> 'name' ORDER BY e.occurred_at DESC)
		FILTER (WHERE e.new ? 'name'))[1]
	FROM modelapi_acl_internal.past_events($2, $3) AS e
	WHERE e.object_id = $1
		AND e.action = ANY (ARRAY['organization.created', 'organization.renamed']);
END;
COMMENT ON FUNCTION modelapi_acl_internal.organization_at(uuid, timestamptz, uuid) IS
'The name of an organization at a moment';

-- Users at a moment: some by id, or all
CREATE FUNCTION modelapi_acl_internal.users_at(ids uuid[], until timestamptz, also uuid)
	RETURNS TABLE (
	id uuid, username text, enabled boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.object_id,
		(array_agg(e.new ->> 'username' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'username'))[1],
		(array_agg(e.new ->> 'disabled_at' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'disabled_at'))[1] IS NULL
	FROM modelapi_acl_internal.past_events($2, $3) AS e
	WHERE e.object_id = ANY ($1)
		AND e.object_type = 'user'
	GROUP BY e.object_id
	HAVING bool_or(e.action = 'user.created')
		AND NOT bool_or(e.action = 'user.deleted');
END;
COMMENT ON FUNCTION modelapi_acl_internal.users_at(uuid[], timestamptz, uuid) IS
'Users with these ids as they were at a moment';

CREATE FUNCTION modelapi_acl_internal.all_users_at(until timestamptz, also uuid) RETURNS TABLE (
	id uuid, username text, enabled boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10000
BEGIN ATOMIC
	SELECT u.id, u.username, u.enabled
	FROM modelapi_acl_internal.users_at(ARRAY(
		SELECT DISTINCT e.object_id FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.action = ANY (ARRAY['user.created', 'user.renamed'])), $1, $2) AS u;
END;
COMMENT ON FUNCTION modelapi_acl_internal.all_users_at(timestamptz, uuid) IS
'All users as they were at a moment';

CREATE FUNCTION modelapi_acl_internal.user_named_at(who text, until timestamptz) RETURNS uuid
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH named AS (
		SELECT e.object_id AS id, max(e.occurred_at) AS since
		FROM modelapi_acl_internal.all_audit_events AS e
		WHERE lower((e.new ->> 'username') COLLATE "C") = lower($1 COLLATE "C")
			AND e.action = ANY (ARRAY['user.created', 'user.renamed'])
		GROUP BY e.object_id)
	SELECT COALESCE(
		(SELECT u.id FROM modelapi_acl_internal.users_at(ARRAY(SELECT n.id FROM named AS n), $2, NULL) AS u
			WHERE lower(u.username COLLATE "C") = lower($1 COLLATE "C")),
		(SELECT p.user_id FROM modelapi_acl_internal.find_principal($1) AS p WHERE p.user_id IS NOT NULL),
		(SELECT n.id FROM named AS n ORDER BY n.since DESC LIMIT 1),
		modelapi_acl_internal.require_person($1));
END;
COMMENT ON FUNCTION modelapi_acl_internal.user_named_at(text, timestamptz) IS
'The user who had a name at a moment; if nobody had it, the user who has it now, otherwise the user who had it last; raises 22023 if there is none';

CREATE FUNCTION modelapi_acl_internal.holders_at(
	project_id uuid, model_api_id uuid, until timestamptz, expiry timestamptz) RETURNS TABLE (
	user_id uuid, organization_id uuid, organization text,
	on_project modelapi_acl.access_level, on_model_api modelapi_acl.access_level, roads text[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH grants AS MATERIALIZED (
		SELECT g.on_project, g.user_id, g.organization_id, g.access_level,
			(SELECT o.name FROM modelapi_acl_internal.organization_at(g.organization_id, $3, NULL) AS o
				WHERE g.organization_id IS NOT NULL) AS organization,
			CASE WHEN g.organization_id IS NOT NULL
				THEN modelapi_acl_internal.shows_members(g.organization_id) END AS shows_members
		FROM modelapi_acl_internal.grants_at($1, $2, $3, NULL) AS g
		WHERE g.expires_at IS NULL OR g.expires_at > $4),
	held AS (
		SELECT g.user_id, NULL::uuid AS organization_id, NULL::text AS organization, g.on_project, g.access_level,
			modelapi_acl_internal.road(g.on_project, NULL) AS road
		FROM grants AS g
		WHERE g.user_id IS NOT NULL
		UNION ALL
		SELECT m.user_id, NULL, NULL, g.on_project, g.access_level,
			modelapi_acl_internal.road(g.on_project, g.organization)
		FROM grants AS g
			CROSS JOIN LATERAL modelapi_acl_internal.members_at(g.organization_id, $3, NULL) AS m
		WHERE g.organization_id IS NOT NULL
			AND (g.shows_members OR m.user_id = modelapi_acl.current_user_id())
		UNION ALL
		SELECT NULL, g.organization_id, g.organization, g.on_project, g.access_level,
			modelapi_acl_internal.road(g.on_project, g.organization)
		FROM grants AS g
		WHERE NOT g.shows_members)
	SELECT h.user_id, h.organization_id, h.organization, max(h.access_level) FILTER (WHERE h.on_project),
		max(h.access_level) FILTER (WHERE NOT h.on_project),
		array_agg(h.road ORDER BY h.road COLLATE "C")
	FROM held AS h
	GROUP BY h.user_id, h.organization_id, h.organization;
END;
COMMENT ON FUNCTION modelapi_acl_internal.holders_at(uuid, uuid, timestamptz, timestamptz) IS
'The users who had unexpired grants on a model API or its project at a moment, and the organizations whose members are hidden now, with their highest access levels on the project and on the model API, and their roads';

CREATE FUNCTION modelapi_acl_internal.level_at(
	user_id uuid, model_api_id uuid, until timestamptz, also uuid, expiry timestamptz) RETURNS modelapi_acl.access_level
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT max(g.access_level)
	FROM modelapi_acl_internal.users_at(ARRAY[$1], $3, $4) AS u
		CROSS JOIN LATERAL modelapi_acl_internal.model_api_at($2, $3, $4) AS f
		CROSS JOIN LATERAL modelapi_acl_internal.grants_at(f.project_id, $2, $3, $4) AS g
	WHERE u.enabled
		AND (g.expires_at IS NULL OR g.expires_at > $5)
		AND (g.user_id = $1
			OR (g.organization_id = ANY (ARRAY(
					SELECT s.organization_id FROM modelapi_acl_internal.memberships_at($1, $3, $4) AS s))
				AND ($1 = modelapi_acl.current_user_id() IS TRUE
					OR modelapi_acl_internal.shows_members(g.organization_id))));
END;
COMMENT ON FUNCTION modelapi_acl_internal.level_at(uuid, uuid, timestamptz, uuid, timestamptz) IS
'The effective access level of a user on a model API at a moment; "expiry" is the time at which grants may have expired. Ignores organizations whose members the current user may not see';

-- ---------------------------------------------------------------------------
-- Public functions, for owners and administrators

CREATE FUNCTION modelapi_acl_internal.require_history(model_api_id uuid, at timestamptz)
	RETURNS void
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- A deleted model API is visible to owners of its project only
	SELECT modelapi_acl_internal.require_permission($1, 'manage_collaborators')
	WHERE EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = $1)
		OR NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.model_api_id = $1
				AND e.action = 'model_api.deleted'
				AND modelapi_acl_internal.project_permits(e.project_id, 'manage_project',
					modelapi_acl_internal.current_identity()));
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'the moment asked about is missing');
	SELECT modelapi_acl_internal.require($2 <= clock_timestamp(), '22023',
		'the moment asked about is in the future', 'Ask for a moment in the past.');
	-- The snapshot of a REPEATABLE READ or SERIALIZABLE transaction lacks later changes
	SELECT modelapi_acl_internal.require($2 <= now()
			OR current_setting('transaction_isolation') = ANY (ARRAY['read committed', 'read uncommitted']),
		'22023', 'the moment asked about is later than this transaction''s snapshot',
		'Ask in a later transaction, or at isolation level READ COMMITTED.');
END;
COMMENT ON FUNCTION modelapi_acl_internal.require_history(uuid, timestamptz) IS
'Raises PT401, PT404, 42501 or 22023 unless the current user may ask about access to a model API at this moment in the past';

CREATE FUNCTION modelapi_acl_internal.answer_access_level_at(
	model_api_id uuid, who text, at timestamptz) RETURNS modelapi_acl.access_level
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_history($1, $3);
	-- One microsecond later, to include what was committed at exactly that time
	SELECT modelapi_acl_internal.level_at(modelapi_acl_internal.user_named_at($2, m.until), $1, m.until, NULL, $3)
	FROM (SELECT $3 + '1 microsecond'::interval AS until) AS m;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_access_level_at(uuid, text, timestamptz) IS
'The query of access_level_at';

CREATE FUNCTION modelapi_acl.access_level_at(
	model_api_id uuid, who text, at timestamptz) RETURNS modelapi_acl.access_level
	LANGUAGE c STABLE PARALLEL RESTRICTED
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.access_level_at(uuid, text, timestamptz) IS
'For owners: the effective access level of a user on a model API at a moment in the past, or NULL; for other users it ignores organizations whose members the current user may not see now';

CREATE FUNCTION modelapi_acl_internal.answer_who_could(
	model_api_id uuid, permission modelapi_acl.permission, at timestamptz) RETURNS TABLE (
	user_id uuid, username text, access_level modelapi_acl.access_level, roads text[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 20
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_history($1, $3);
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'permission is missing');
	WITH facts AS MATERIALIZED (
		SELECT m.until, f.project_id, f.visibility, f.authorization_mode,
			modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode, NULL, NULL) AS is_open
		FROM (SELECT $3 + '1 microsecond'::interval AS until) AS m
			CROSS JOIN LATERAL modelapi_acl_internal.model_api_at($1, m.until, NULL) AS f),
	held AS MATERIALIZED (
		SELECT h.user_id, h.organization, h.on_project, h.on_model_api, h.roads
		FROM facts AS f CROSS JOIN LATERAL modelapi_acl_internal.holders_at(f.project_id, $1, f.until, $3) AS h),
	-- Users with grants; or all users, if everybody had the permission
	people AS (
		SELECT u.id, u.username, u.enabled
		FROM facts AS f CROSS JOIN LATERAL modelapi_acl_internal.users_at(
			ARRAY(SELECT h.user_id FROM held AS h WHERE h.user_id IS NOT NULL), f.until, NULL) AS u
		WHERE NOT f.is_open
		UNION ALL
		SELECT u.id, u.username, u.enabled
		FROM facts AS f CROSS JOIN LATERAL modelapi_acl_internal.all_users_at(f.until, NULL) AS u
		WHERE f.is_open),
	candidates AS (
		SELECT u.id, u.username, h.on_project, h.on_model_api, h.roads
		FROM people AS u
			LEFT JOIN held AS h ON h.user_id = u.id
		WHERE u.enabled
		UNION ALL
		SELECT NULL, h.organization, h.on_project, h.on_model_api, h.roads
		FROM held AS h
		WHERE h.user_id IS NULL)
	SELECT c.id, c.username, GREATEST(c.on_project, c.on_model_api),
		COALESCE(c.roads, '{}') ||
			CASE WHEN f.is_open AND c.id IS NOT NULL THEN ARRAY['public'] ELSE '{}'::text[] END
	FROM candidates AS c
		CROSS JOIN facts AS f
	WHERE modelapi_acl_internal.rule_permits($2, f.visibility, f.authorization_mode, c.on_project, c.on_model_api)
	ORDER BY c.username COLLATE "C";
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_who_could(uuid, modelapi_acl.permission, timestamptz) IS
'The query of who_could';

CREATE FUNCTION modelapi_acl.who_could(
	model_api_id uuid, permission modelapi_acl.permission, at timestamptz) RETURNS TABLE (
	user_id uuid, username text, access_level modelapi_acl.access_level, roads text[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.who_could(uuid, modelapi_acl.permission, timestamptz) IS
'For owners: every user who had a permission on a model API at a moment in the past, with the effective access level and the roads by which the user had access, with the names of that moment. Organizations are treated as in who_can, by the members whom the current user may see now. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

CREATE FUNCTION modelapi_acl_internal.answer_authorization_at(model_api_id uuid, at timestamptz)
	RETURNS TABLE (
	visibility modelapi_acl.visibility, authorization_mode modelapi_acl.authorization_mode,
	invocation_mode modelapi_acl.invocation_mode, tokens jsonb)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_history($1, $2);
	SELECT f.visibility, f.authorization_mode, f.invocation_mode,
		COALESCE((
			SELECT jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'expires_at', t.expires_at)
				ORDER BY t.name COLLATE "C", t.id)
			FROM modelapi_acl_internal.tokens_at($1, m.until, NULL) AS t
			WHERE NOT t.revoked AND (t.expires_at IS NULL OR t.expires_at > $2)), '[]')
	FROM (SELECT $2 + '1 microsecond'::interval AS until) AS m
		CROSS JOIN LATERAL modelapi_acl_internal.model_api_at($1, m.until, NULL) AS f;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_authorization_at(uuid, timestamptz) IS
'The query of authorization_at';

CREATE FUNCTION modelapi_acl.authorization_at(model_api_id uuid, at timestamptz) RETURNS TABLE (
	visibility modelapi_acl.visibility, authorization_mode modelapi_acl.authorization_mode,
	invocation_mode modelapi_acl.invocation_mode, tokens jsonb)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.authorization_at(uuid, timestamptz) IS
'For owners: how prediction requests were authorized at a moment in the past: visibility, modes and valid tokens; no row if the model API did not exist';
-- The effect of a change on access (access_changes), and the feed of changes
-- (changes_since). 74_history.sql explains moments.

-- OFFSET 0 keeps the planner from flattening the lateral sub-selects. A change usually
-- concerns few objects, which are looked up by index one by one. With its default estimates
-- for keys inside jsonb the planner would read the whole history instead.
CREATE FUNCTION modelapi_acl_internal.changed_pairs(change_id uuid) RETURNS TABLE (
	model_api_id uuid, user_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH told AS MATERIALIZED (
		SELECT e.action, e.object_type, e.object_id, e.project_id, e.model_api_id,
			(COALESCE(e.new, e.old) ->> 'user_id')::uuid AS user_id,
			(COALESCE(e.new, e.old) ->> 'organization_id')::uuid AS organization_id
		FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.change_id = $1
			AND e.action = ANY (ARRAY[
				'collaborator.added', 'collaborator.changed', 'collaborator.removed',
				'organization_member.added', 'organization_member.changed', 'organization_member.removed',
				'user.created', 'user.disabled', 'user.enabled', 'user.deleted',
				'model_api.created', 'model_api.deleted',
				'model_api.visibility_changed', 'model_api.authorization_mode_changed'])),
	-- Users who changed themselves, such as disabled ones: all their access may have changed
	people AS MATERIALIZED (
		SELECT DISTINCT t.object_id AS user_id FROM told AS t WHERE t.object_type = 'user'),
	memberships AS MATERIALIZED (
		SELECT t.object_id AS organization_id, t.user_id
		FROM told AS t WHERE t.object_type = 'organization' AND t.user_id IS NOT NULL
		UNION
		SELECT e.object_id, p.user_id
		FROM people AS p CROSS JOIN LATERAL (
			SELECT e.object_id FROM modelapi_acl_internal.all_audit_events AS e
			WHERE (COALESCE(e.new, e.old) ->> 'user_id') = p.user_id::text
				AND e.action = ANY (ARRAY[
					'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
			OFFSET 0) AS e),
	-- Grants that the change touched, or that those users ever held
	grants AS MATERIALIZED (
		SELECT t.project_id, t.model_api_id, t.object_type = 'project_collaborator' AS on_project,
			t.user_id, t.organization_id, NULL::uuid AS member_id
		FROM told AS t
		WHERE t.object_type = ANY (ARRAY['project_collaborator', 'model_api_collaborator'])
		UNION
		SELECT e.project_id, e.model_api_id, e.object_type = 'project_collaborator',
			p.user_id, NULL, NULL
		FROM people AS p CROSS JOIN LATERAL (
			SELECT e.project_id, e.model_api_id, e.object_type
			FROM modelapi_acl_internal.all_audit_events AS e
			WHERE (COALESCE(e.new, e.old) ->> 'user_id') = p.user_id::text
				AND e.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed'])
			OFFSET 0) AS e
		UNION
		SELECT e.project_id, e.model_api_id, e.object_type = 'project_collaborator',
			NULL, m.organization_id, m.user_id
		FROM memberships AS m CROSS JOIN LATERAL (
			SELECT e.project_id, e.model_api_id, e.object_type
			FROM modelapi_acl_internal.all_audit_events AS e
			WHERE (COALESCE(e.new, e.old) ->> 'organization_id') = m.organization_id::text
				AND e.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed'])
			OFFSET 0) AS e),
	-- The model APIs of these grants
	placed AS (
		SELECT g.model_api_id, g.user_id, g.organization_id, g.member_id FROM grants AS g WHERE NOT g.on_project
		UNION
		SELECT e.model_api_id, g.user_id, g.organization_id, g.member_id
		FROM grants AS g CROSS JOIN LATERAL (
			SELECT e.model_api_id FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.project_id = g.project_id
				AND e.object_type = 'model_api'
				AND e.action = 'model_api.created'
			OFFSET 0) AS e
		WHERE g.on_project),
	-- Model APIs that changed themselves, for everybody who ever had a grant there; those
	-- that were ever public, for all users
	changed AS MATERIALIZED (
		SELECT DISTINCT t.model_api_id, t.project_id FROM told AS t WHERE t.object_type = 'model_api'),
	opened AS MATERIALIZED (
		SELECT c.model_api_id FROM changed AS c
		WHERE EXISTS (
			SELECT FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.model_api_id = c.model_api_id
				AND e.object_type = 'model_api'
				AND (e.new ->> 'visibility') = 'public'
			OFFSET 0)),
	held AS (
		SELECT c.model_api_id, e.row
		FROM changed AS c CROSS JOIN LATERAL (
			SELECT COALESCE(e.new, e.old) AS row FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.model_api_id = c.model_api_id
				AND e.object_type = 'model_api_collaborator'
			OFFSET 0) AS e
		UNION ALL
		SELECT c.model_api_id, e.row
		FROM changed AS c CROSS JOIN LATERAL (
			SELECT COALESCE(e.new, e.old) AS row FROM modelapi_acl_internal.all_audit_events AS e
			WHERE e.project_id = c.project_id
				AND e.object_type = 'project_collaborator'
			OFFSET 0) AS e),
	principals AS MATERIALIZED (
		SELECT p.model_api_id, p.user_id, p.organization_id, p.member_id FROM placed AS p
		UNION
		SELECT h.model_api_id, (h.row ->> 'user_id')::uuid,
			(h.row ->> 'organization_id')::uuid, NULL
		FROM held AS h)
	SELECT p.model_api_id, COALESCE(p.user_id, p.member_id, p.organization_id) FROM principals AS p
	WHERE p.user_id IS NOT NULL OR p.organization_id IS NOT NULL
	UNION
	SELECT p.model_api_id, e.user_id
	FROM principals AS p CROSS JOIN LATERAL (
		SELECT (COALESCE(e.new, e.old) ->> 'user_id')::uuid AS user_id FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.object_id = p.organization_id
			AND e.action = ANY (ARRAY[
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		OFFSET 0) AS e
	WHERE p.organization_id IS NOT NULL AND p.member_id IS NULL
	UNION
	SELECT o.model_api_id, e.user_id
	FROM opened AS o CROSS JOIN LATERAL (
		SELECT e.object_id AS user_id FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.action = ANY (ARRAY['user.created', 'user.renamed'])
			AND o.model_api_id IS NOT NULL
		OFFSET 0) AS e
	UNION
	SELECT e.model_api_id, p.user_id
	FROM people AS p CROSS JOIN LATERAL (
		SELECT e.model_api_id FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.object_type = 'model_api'
			AND (e.new ->> 'visibility') = 'public'
			AND p.user_id IS NOT NULL
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.changed_pairs(uuid) IS
'Pairs of a model API and a user (or an organization) whose access the change may have changed; no other pair can have changed';

CREATE FUNCTION modelapi_acl_internal.pairs_at(
	model_api_ids uuid[], user_ids uuid[], until timestamptz, also uuid, expiry timestamptz) RETURNS TABLE (
	model_api_id uuid, project_id uuid, name text, user_id uuid, username text, is_organization boolean,
	access_level modelapi_acl.access_level, permissions modelapi_acl.permission[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH pairs AS MATERIALIZED (
		SELECT p.model_api_id, p.user_id FROM ROWS FROM (unnest($1), unnest($2)) AS p (model_api_id, user_id)),
	facts AS MATERIALIZED (
		SELECT i.model_api_id, f.project_id, f.name, f.visibility, f.authorization_mode
		FROM (SELECT DISTINCT p.model_api_id FROM pairs AS p) AS i
			CROSS JOIN LATERAL modelapi_acl_internal.model_api_at(i.model_api_id, $3, $4) AS f),
	people AS MATERIALIZED (
		SELECT u.id, u.username, u.enabled, false AS is_organization
		FROM modelapi_acl_internal.users_at(ARRAY(SELECT DISTINCT p.user_id FROM pairs AS p), $3, $4) AS u
		UNION ALL
		SELECT i.id, o.name, true, true
		FROM (SELECT DISTINCT p.user_id AS id FROM pairs AS p) AS i
			CROSS JOIN LATERAL modelapi_acl_internal.organization_at(i.id, $3, $4) AS o
		WHERE o.name IS NOT NULL),
	grants AS MATERIALIZED (
		SELECT NULL::uuid AS project_id, f.model_api_id, g.user_id, g.organization_id, g.access_level, g.expires_at
		FROM facts AS f CROSS JOIN LATERAL modelapi_acl_internal.grants_at(NULL, f.model_api_id, $3, $4) AS g
		UNION ALL
		SELECT i.project_id, NULL, g.user_id, g.organization_id, g.access_level, g.expires_at
		FROM (SELECT DISTINCT f.project_id FROM facts AS f) AS i
			CROSS JOIN LATERAL modelapi_acl_internal.grants_at(i.project_id, NULL, $3, $4) AS g),
	organizations AS MATERIALIZED (
		SELECT i.organization_id, modelapi_acl_internal.shows_members(i.organization_id) AS shows_members
		FROM (SELECT DISTINCT g.organization_id FROM grants AS g WHERE g.organization_id IS NOT NULL) AS i),
	-- The holders: users, and organizations whose members are hidden
	held AS MATERIALIZED (
		SELECT g.project_id, g.model_api_id, g.user_id, g.access_level
		FROM grants AS g
		WHERE g.user_id IS NOT NULL
			AND (g.expires_at IS NULL OR g.expires_at > $5)
		UNION ALL
		SELECT g.project_id, g.model_api_id, m.user_id, g.access_level
		FROM grants AS g JOIN (
			SELECT i.organization_id, m.user_id
			FROM organizations AS i
				CROSS JOIN LATERAL modelapi_acl_internal.members_at(i.organization_id, $3, $4) AS m
			WHERE i.shows_members OR m.user_id = modelapi_acl.current_user_id()
			UNION ALL
			SELECT i.organization_id, i.organization_id
			FROM organizations AS i
			WHERE NOT i.shows_members) AS m
			ON m.organization_id = g.organization_id
		WHERE (g.expires_at IS NULL OR g.expires_at > $5)),
	on_projects AS (
		SELECT h.project_id, h.user_id, max(h.access_level) AS access_level
		FROM held AS h WHERE h.project_id IS NOT NULL GROUP BY h.project_id, h.user_id),
	on_model_apis AS (
		SELECT h.model_api_id, h.user_id, max(h.access_level) AS access_level
		FROM held AS h WHERE h.model_api_id IS NOT NULL GROUP BY h.model_api_id, h.user_id)
	SELECT p.model_api_id, f.project_id, f.name, p.user_id, u.username, u.is_organization,
		CASE WHEN u.enabled AND f.model_api_id IS NOT NULL THEN GREATEST(a.access_level, b.access_level) END,
		-- For an organization: what its grants give, without what everybody has
		CASE WHEN u.enabled AND (NOT u.is_organization OR a.access_level IS NOT NULL OR b.access_level IS NOT NULL)
			THEN modelapi_acl_internal.rule_permissions(f.visibility, f.authorization_mode,
				a.access_level, b.access_level)
			ELSE '{}' END
	FROM pairs AS p
		LEFT JOIN facts AS f ON f.model_api_id = p.model_api_id
		LEFT JOIN people AS u ON u.id = p.user_id
		LEFT JOIN on_projects AS a ON a.project_id = f.project_id AND a.user_id = p.user_id
		LEFT JOIN on_model_apis AS b ON b.model_api_id = p.model_api_id AND b.user_id = p.user_id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.pairs_at(uuid[], uuid[], timestamptz, uuid, timestamptz) IS
'The access of users, and of organizations whose members are hidden, to model APIs at a moment, for pairs of both';

CREATE FUNCTION modelapi_acl_internal.answer_access_changes(change_id uuid) RETURNS TABLE (
	model_api_id uuid, model_api_name text, user_id uuid, username text,
	level_before modelapi_acl.access_level, level_after modelapi_acl.access_level,
	gained modelapi_acl.permission[], lost modelapi_acl.permission[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 20
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	WITH change AS MATERIALIZED (
		SELECT c.id, COALESCE(c.committed_at, 'infinity') AS until,
			COALESCE(c.committed_at, statement_timestamp()) AS expiry,
			c.committed_at IS NULL AS is_current
		FROM (
			SELECT i.id, (SELECT c.committed_at FROM modelapi_acl_internal.all_changes AS c
					WHERE c.change_id = i.id) AS committed_at
			FROM (SELECT COALESCE($1, modelapi_acl_internal.current_change()) AS id) AS i) AS c
		WHERE c.id IS NOT NULL),
	changed AS MATERIALIZED (
		SELECT p.model_api_id, p.user_id
		FROM change AS c CROSS JOIN LATERAL modelapi_acl_internal.changed_pairs(c.id) AS p),
	-- The current user is added, to find out what the user could see before
	pairs AS MATERIALIZED (
		SELECT array_agg(p.model_api_id) AS model_apis, array_agg(p.user_id) AS users
		FROM (
			SELECT c.model_api_id, c.user_id FROM changed AS c
			UNION
			SELECT c.model_api_id, modelapi_acl.current_user_id() FROM changed AS c
			WHERE modelapi_acl.current_user_id() IS NOT NULL) AS p),
	before AS MATERIALIZED (
		SELECT s.* FROM change AS c CROSS JOIN pairs AS p
			CROSS JOIN LATERAL modelapi_acl_internal.pairs_at(p.model_apis, p.users, c.until, NULL, c.expiry) AS s),
	after AS MATERIALIZED (
		SELECT s.* FROM change AS c CROSS JOIN pairs AS p
			CROSS JOIN LATERAL modelapi_acl_internal.pairs_at(p.model_apis, p.users, c.until, c.id, c.expiry) AS s),
	differences AS MATERIALIZED (
		SELECT a.model_api_id, COALESCE(a.project_id, b.project_id) AS project_id, COALESCE(a.name, b.name) AS name,
			a.user_id, COALESCE(a.username, b.username) AS username,
			COALESCE(a.is_organization, b.is_organization) AS is_organization,
			b.access_level AS level_before, a.access_level AS level_after,
			b.permissions AS permissions_before, a.permissions AS permissions_after
		FROM after AS a JOIN before AS b
			ON b.model_api_id = a.model_api_id AND b.user_id = a.user_id
		WHERE b.permissions <> a.permissions),
	-- Where the current user could see collaborators before the current transaction
	seen AS (
		SELECT b.model_api_id FROM before AS b
		WHERE b.user_id = modelapi_acl.current_user_id()
			AND 'view_collaborators' = ANY (b.permissions)
			AND (SELECT c.is_current FROM change AS c))
	SELECT d.model_api_id, d.name, CASE WHEN NOT d.is_organization THEN d.user_id END, d.username,
		d.level_before, d.level_after,
		ARRAY(SELECT p FROM unnest(d.permissions_after) AS p
			WHERE p <> ALL (d.permissions_before)),
		ARRAY(SELECT p FROM unnest(d.permissions_before) AS p
			WHERE p <> ALL (d.permissions_after))
	FROM differences AS d
	WHERE CASE WHEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = d.model_api_id)
			THEN modelapi_acl_internal.model_api_permits(d.model_api_id, 'view_collaborators',
				(SELECT modelapi_acl_internal.current_identity()))
			ELSE modelapi_acl_internal.project_permits(d.project_id, 'view_project_collaborators',
				(SELECT modelapi_acl_internal.current_identity())) END
		OR d.model_api_id IN (SELECT s.model_api_id FROM seen AS s)
		OR (d.user_id = modelapi_acl.current_user_id()
			AND modelapi_acl_internal.model_api_permits(d.model_api_id, 'view',
				(SELECT modelapi_acl_internal.current_identity())))
	ORDER BY d.name COLLATE "C", d.model_api_id, d.username COLLATE "C";
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_access_changes(uuid) IS
'The query of access_changes';

CREATE FUNCTION modelapi_acl.access_changes(change_id uuid DEFAULT NULL) RETURNS TABLE (
	model_api_id uuid, model_api_name text, user_id uuid, username text,
	level_before modelapi_acl.access_level, level_after modelapi_acl.access_level,
	gained modelapi_acl.permission[], lost modelapi_acl.permission[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.access_changes(uuid) IS
'Who gained and who lost which permissions on which model API by a transaction (its change_id), or by the current transaction so far (NULL), as far as the current user may see who has access. Organizations are treated as in who_can, by the members whom the current user may see now; otherwise they are rows of their own, with user_id NULL';

-- ---------------------------------------------------------------------------
-- The feed of changes

-- Each row has the position that follows it; src/audit/change_position.c explains positions.

CREATE FUNCTION modelapi_acl_internal.read_position("position" text,
	OUT seen pg_snapshot, OUT reached pg_snapshot,
	OUT committed_at timestamptz, OUT occurred_at timestamptz, OUT event_id uuid)
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_read_position_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.read_position(text) IS
'The parts of a position: "seen" is the snapshot whose changes were all reported (nothing for NULL, everything for "now"); "reached" is the snapshot whose changes are being reported, up to the event given. Raises 22023 if the text is no position of this history';

CREATE FUNCTION modelapi_acl_internal.next_snapshot(reached pg_snapshot) RETURNS pg_snapshot
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_next_snapshot_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.next_snapshot(pg_snapshot) IS
'A snapshot that sees what the given snapshot or that of the statement sees, without the changes of the current transaction';

CREATE FUNCTION modelapi_acl_internal.write_position(
	reached pg_snapshot, seen pg_snapshot,
	committed_at timestamptz, occurred_at timestamptz, event_id uuid) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_write_position_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.write_position(pg_snapshot, pg_snapshot, timestamptz, timestamptz, uuid) IS
'The position after an event, while the changes from "seen" to "reached" are being reported; without an event, the position at the end';

-- Returns first the remaining changes up to the snapshot that the position has reached,
-- then newer changes (is_beyond).
CREATE FUNCTION modelapi_acl_internal.answer_changes_since(since text) RETURNS TABLE (
	"position" text, change_id uuid, committed_at timestamptz, event_id uuid, occurred_at timestamptz,
	actor_id uuid, action text, object_type text, object_id uuid, project_id uuid, model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	WITH here AS MATERIALIZED (
		SELECT p.seen, p.reached, p.committed_at, p.occurred_at, p.event_id,
			modelapi_acl_internal.next_snapshot(p.reached) AS next
		FROM modelapi_acl_internal.read_position($1) AS p)
	SELECT CASE WHEN lead(n.id) OVER told IS NULL
			THEN modelapi_acl_internal.write_position(h.next, NULL, NULL, NULL, NULL)
			WHEN n.is_beyond
			THEN modelapi_acl_internal.write_position(h.next, h.reached, n.committed_at, n.occurred_at, n.id)
			ELSE modelapi_acl_internal.write_position(h.reached, h.seen, n.committed_at, n.occurred_at, n.id) END,
		n.change_id, n.committed_at, n.id, n.occurred_at,
		n.actor_id, n.action, n.object_type, n.object_id, n.project_id, n.model_api_id
	FROM here AS h
		LEFT JOIN LATERAL (
			SELECT NOT pg_visible_in_snapshot(c.transaction_id, h.reached) AS is_beyond,
				c.change_id, c.committed_at, e.id, e.occurred_at, e.actor_id, e.action,
				e.object_type, e.object_id, e.project_id, e.model_api_id
			FROM modelapi_acl_internal.all_changes AS c
				JOIN modelapi_acl_internal.all_audit_events AS e ON e.change_id = c.change_id
			WHERE c.transaction_id >= pg_snapshot_xmin(h.seen)
				AND NOT pg_visible_in_snapshot(c.transaction_id, h.seen)
				AND pg_visible_in_snapshot(c.transaction_id, h.next)
				AND (c.committed_at >= h.committed_at
					OR NOT pg_visible_in_snapshot(c.transaction_id, h.reached))
				AND ((c.committed_at, e.occurred_at, e.id) > (h.committed_at, h.occurred_at, h.event_id)
					OR NOT pg_visible_in_snapshot(c.transaction_id, h.reached))
				AND modelapi_acl_internal.shows_audit_event(e.object_type, e.object_id, e.project_id, e.model_api_id,
					(SELECT modelapi_acl_internal.current_identity()))) AS n ON true
	WINDOW told AS (ORDER BY n.is_beyond, n.committed_at, n.occurred_at, n.id)
	ORDER BY n.is_beyond, n.committed_at, n.occurred_at, n.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_changes_since(text) IS
'The query of changes_since';

CREATE FUNCTION modelapi_acl.changes_since(since text DEFAULT NULL) RETURNS TABLE (
	"position" text, change_id uuid, committed_at timestamptz, event_id uuid, occurred_at timestamptz,
	actor_id uuid, action text, object_type text, object_id uuid, project_id uuid, model_api_id uuid)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.changes_since(text) IS
'The audit events that the current user may read, of transactions that were not yet visible at a position (NULL: from the beginning; "now": only future ones). Each row has the position that follows it: pass that of the last row you received to the next call. If there are no new events, a single row with only a position';
-- The view access_reviews: what owners and administrators should review: grants, tokens,
-- and model APIs that are open to everybody. It reads with the privileges of its caller.


-- Only those who may see the members of an organization learn when one of them last used
-- its grant.
CREATE FUNCTION modelapi_acl_internal.answer_organization_used_at(
	organization_id uuid, project_id uuid, model_api_id uuid, since timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 1000
BEGIN ATOMIC
	SELECT max(used.at)
	FROM modelapi_acl_internal.all_organization_members AS o CROSS JOIN LATERAL (
		SELECT max(e.occurred_at) AS at FROM modelapi_acl_internal.all_audit_events AS e
		WHERE $3 IS NOT NULL AND e.actor_id = o.user_id
			AND e.project_id = $2 AND e.model_api_id = $3
			AND e.occurred_at >= $4
		UNION ALL
		SELECT max(e.occurred_at) FROM modelapi_acl_internal.all_audit_events AS e
		WHERE $3 IS NULL AND e.actor_id = o.user_id
			AND e.project_id = $2
			AND e.occurred_at >= $4) AS used
	WHERE o.organization_id = $1
		AND modelapi_acl_internal.shows_members($1)
		AND CASE WHEN $3 IS NULL THEN
			modelapi_acl_internal.project_permits($2, 'manage_project',
				(SELECT modelapi_acl_internal.current_identity()))
			AND EXISTS (SELECT FROM modelapi_acl_internal.all_project_collaborators AS c
				WHERE c.organization_id = $1 AND c.project_id = $2)
		ELSE
			modelapi_acl_internal.model_api_permits($3, 'manage_collaborators',
				(SELECT modelapi_acl_internal.current_identity()))
			AND EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS c
				WHERE c.organization_id = $1 AND c.model_api_id = $3)
		END;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_organization_used_at(uuid, uuid, uuid, timestamptz) IS
'The query of organization_used_at';

CREATE FUNCTION modelapi_acl_internal.organization_used_at(
	organization_id uuid, project_id uuid, model_api_id uuid, since timestamptz) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.organization_used_at(uuid, uuid, uuid, timestamptz) IS
'The last audit event by a member of an organization on the project or model API that the organization was granted; NULL unless the current user manages it and may see the members';

-- Each part starts from the objects that the current user manages and looks up dependent
-- rows by index, one object at a time, which OFFSET 0 enforces. So an owner of a few model
-- APIs out of a million reads few rows.
CREATE VIEW modelapi_acl.access_reviews WITH (security_invoker = true, security_barrier = true) AS
	SELECT CASE WHEN c.expires_at <= modelapi_acl_internal.snapshot_clock()
			THEN 'expired_grant' ELSE 'grant' END AS finding,
		'model_api_collaborator' AS object_type, c.id AS object_id,
		m.project_id, (SELECT p.name FROM modelapi_acl.projects AS p WHERE p.id = m.project_id) AS project,
		m.id AS model_api_id, m.name AS model_api,
		CASE WHEN c.user_id IS NULL THEN 'organization' ELSE 'user' END AS holder_type,
		COALESCE((SELECT u.username FROM modelapi_acl.users AS u WHERE u.id = c.user_id),
			(SELECT o.name FROM modelapi_acl.organizations AS o WHERE o.id = c.organization_id)) AS name,
		c.access_level,
		(SELECT u.username FROM modelapi_acl.users AS u WHERE u.id = c.granted_by) AS granted_by,
		c.created_at AS granted_at,
		(SELECT e.occurred_at FROM modelapi_acl.audit_events AS e
			WHERE e.object_id = c.id
				AND e.action = 'collaborator.changed'
			ORDER BY e.occurred_at DESC LIMIT 1) AS changed_at,
		statement_timestamp() - c.created_at AS age,
		c.expires_at,
		CASE WHEN c.user_id IS NULL
			THEN modelapi_acl_internal.organization_used_at(c.organization_id, m.project_id, m.id, c.created_at)
			ELSE (SELECT max(e.occurred_at) FROM modelapi_acl.audit_events AS e
				WHERE e.actor_id = c.user_id
					AND e.project_id = m.project_id
					AND e.model_api_id = m.id
					AND e.occurred_at >= c.created_at) END AS last_used_at,
		NULL::text AS detail
	FROM modelapi_acl.list_model_apis('manage_collaborators') AS m
		CROSS JOIN LATERAL (
			SELECT g.* FROM modelapi_acl.model_api_collaborators AS g
			WHERE g.model_api_id = m.id OFFSET 0) AS c
	UNION ALL
	SELECT CASE WHEN c.expires_at <= modelapi_acl_internal.snapshot_clock()
			THEN 'expired_grant' ELSE 'grant' END,
		'project_collaborator', c.id, p.id, p.name, NULL, NULL,
		CASE WHEN c.user_id IS NULL THEN 'organization' ELSE 'user' END,
		COALESCE((SELECT u.username FROM modelapi_acl.users AS u WHERE u.id = c.user_id),
			(SELECT o.name FROM modelapi_acl.organizations AS o WHERE o.id = c.organization_id)),
		c.access_level,
		(SELECT u.username FROM modelapi_acl.users AS u WHERE u.id = c.granted_by),
		c.created_at,
		(SELECT e.occurred_at FROM modelapi_acl.audit_events AS e
			WHERE e.object_id = c.id
				AND e.action = 'collaborator.changed'
			ORDER BY e.occurred_at DESC LIMIT 1),
		statement_timestamp() - c.created_at,
		c.expires_at,
		CASE WHEN c.user_id IS NULL
			THEN modelapi_acl_internal.organization_used_at(c.organization_id, p.id, NULL, c.created_at)
			ELSE (SELECT max(e.occurred_at) FROM modelapi_acl.audit_events AS e
				WHERE e.actor_id = c.user_id
					AND e.project_id = p.id
					AND e.occurred_at >= c.created_at) END,
		NULL
	FROM modelapi_acl.projects AS p
		CROSS JOIN LATERAL (
			SELECT g.* FROM modelapi_acl.project_collaborators AS g
			WHERE g.project_id = p.id OFFSET 0) AS c
	WHERE modelapi_acl_internal.project_permits(p.id, 'manage_project',
		(SELECT modelapi_acl_internal.current_identity()))
	UNION ALL
	SELECT f.finding, 'access_token', t.id,
		m.project_id, (SELECT p.name FROM modelapi_acl.projects AS p WHERE p.id = m.project_id),
		m.id, m.name, NULL, t.name, NULL, t.username, t.made_at, t.regenerated_at,
		statement_timestamp() - t.made_at,
		t.expires_at, NULL, f.detail
	FROM modelapi_acl.list_model_apis('manage_collaborators') AS m
		CROSS JOIN LATERAL (
			-- The user who was shown the current secret; if deleted, the audit history has the id
			SELECT a.id, a.name, a.created_at AS made_at, a.regenerated_at, a.expires_at,
				u.id AS user_id, u.username, u.disabled_at,
				CASE WHEN u.id IS NULL THEN (
					SELECT e.actor_id FROM modelapi_acl.audit_events AS e
					WHERE e.object_id = a.id
						AND e.action = ANY (ARRAY['token.created', 'token.regenerated'])
					ORDER BY e.occurred_at DESC LIMIT 1) END AS deleted_id
			FROM modelapi_acl.access_tokens AS a
				LEFT JOIN modelapi_acl.users AS u ON u.id =
					CASE WHEN a.regenerated_at IS NULL THEN a.created_by ELSE a.regenerated_by END
			WHERE a.model_api_id = m.id AND a.revoked_at IS NULL
				AND (a.expires_at IS NULL OR a.expires_at > modelapi_acl_internal.snapshot_clock())
			OFFSET 0) AS t
		CROSS JOIN LATERAL (
			SELECT 'token_without_expiry' AS finding, NULL::text AS detail
			WHERE t.expires_at IS NULL
			UNION ALL
			SELECT 'token_of_leaver', l.detail
			FROM (SELECT CASE
				WHEN t.deleted_id IS NOT NULL THEN 'last issued by a user who was deleted'
				WHEN t.user_id IS NULL THEN NULL
				WHEN t.disabled_at IS NOT NULL THEN 'last issued by a user who is disabled'
				WHEN NOT modelapi_acl_internal.user_permits(t.user_id, m.id, 'view_logs')
					THEN 'last issued by a user who has no access to the model API now' END AS detail) AS l
			WHERE l.detail IS NOT NULL) AS f
	UNION ALL
	SELECT 'public_unrestricted', 'model_api', m.id,
		m.project_id, (SELECT p.name FROM modelapi_acl.projects AS p WHERE p.id = m.project_id),
		m.id, m.name, NULL, m.name, NULL,
		(SELECT u.username FROM modelapi_acl.users AS u WHERE u.id = m.created_by),
		m.created_at,
		(SELECT e.occurred_at FROM modelapi_acl.audit_events AS e
			WHERE e.object_id = m.id
				AND e.action = ANY (ARRAY['model_api.visibility_changed', 'model_api.authorization_mode_changed'])
			ORDER BY e.occurred_at DESC LIMIT 1),
		statement_timestamp() - m.created_at,
		NULL, NULL, 'every signed-in user can find it, and prediction requests need no token'
	FROM modelapi_acl.list_model_apis('manage_collaborators') AS m
	WHERE m.visibility = 'public'::modelapi_acl.visibility
		AND m.authorization_mode = 'unrestricted'::modelapi_acl.authorization_mode;

-- Without a trigger, the server would refuse with 55000 before it checks privileges.
CREATE FUNCTION modelapi_acl_internal.refuse_review_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_review_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_review_change() IS
'Refuses to change rows of access_reviews';
CREATE TRIGGER refuse_change INSTEAD OF INSERT OR UPDATE OR DELETE ON modelapi_acl.access_reviews
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_review_change();
COMMENT ON VIEW modelapi_acl.access_reviews IS
'Access to review: owners see what they own, administrators everything. Can be exported as CSV. Only audit events count as use; reading and invoking leave none';
COMMENT ON COLUMN modelapi_acl.access_reviews.finding IS 'grant; expired_grant; token_without_expiry: a valid token that never expires; token_of_leaver: a valid token, last created or regenerated by a user who was deleted, is disabled, or has no access to the model API now (grants of organizations whose members the current user may not see do not count); public_unrestricted: a model API';
COMMENT ON COLUMN modelapi_acl.access_reviews.object_type IS 'model_api_collaborator, project_collaborator, access_token or model_api';
COMMENT ON COLUMN modelapi_acl.access_reviews.object_id IS 'Id of the grant, access token or model API';
COMMENT ON COLUMN modelapi_acl.access_reviews.project_id IS 'The project';
COMMENT ON COLUMN modelapi_acl.access_reviews.project IS 'Name of the project; NULL if the current user may not see it';
COMMENT ON COLUMN modelapi_acl.access_reviews.model_api_id IS 'The model API; NULL for a grant on a project';
COMMENT ON COLUMN modelapi_acl.access_reviews.model_api IS 'Name of the model API';
COMMENT ON COLUMN modelapi_acl.access_reviews.holder_type IS 'For a grant: user or organization';
COMMENT ON COLUMN modelapi_acl.access_reviews.name IS 'Name of the user or organization that holds the grant, of the access token, or of the model API';
COMMENT ON COLUMN modelapi_acl.access_reviews.access_level IS 'For a grant: its access level';
COMMENT ON COLUMN modelapi_acl.access_reviews.granted_by IS 'The user who granted or changed the grant last, created or regenerated the token last, or created the model API; NULL: an administrator, or a user who was deleted';
COMMENT ON COLUMN modelapi_acl.access_reviews.granted_at IS 'When it was first granted or created';
COMMENT ON COLUMN modelapi_acl.access_reviews.changed_at IS 'When the grant was last changed, the token was last regenerated, or visibility or authorization mode of the model API was last changed; NULL: never';
COMMENT ON COLUMN modelapi_acl.access_reviews.age IS 'Time since granted_at';
COMMENT ON COLUMN modelapi_acl.access_reviews.expires_at IS 'When it expires; NULL: never';
COMMENT ON COLUMN modelapi_acl.access_reviews.last_used_at IS 'For a grant: the last audit event by its holder on the model API, or in the project, since it was granted; NULL: none. For an organization: by any of its present members, if the current user may see them. Reading and invoking leave no audit events';
COMMENT ON COLUMN modelapi_acl.access_reviews.detail IS 'Explanation of the finding';
-- Installed facts: what this script has created, as data: definitions, owners and
-- privileges of its objects. verify_access compares them with the system catalogs, and so
-- reports what was disabled, dropped or granted afterwards.
--
-- The end of the script inserts the rows (95_record_installed_facts.sql). pg_dump does not
-- include them.

CREATE TABLE modelapi_acl_internal.installed_facts (
	kind text NOT NULL,
	object text NOT NULL,
	aspect text NOT NULL,
	value text NOT NULL,
	CONSTRAINT installed_facts_pkey PRIMARY KEY (kind, object, aspect)
);
COMMENT ON TABLE modelapi_acl_internal.installed_facts IS
'Facts about each object of the extension, as its script created it';

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.installed_facts
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.installed_facts ENABLE ALWAYS TRIGGER refuse_truncate;

-- CREATE EXTENSION inserts these rows. Logical replication of all tables would bring those
-- of the publisher as well.
CREATE FUNCTION modelapi_acl_internal.keep_installed() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_installed_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_installed() IS
'Ignores installed facts that come from a publisher';
CREATE TRIGGER keep_installed BEFORE INSERT OR UPDATE OR DELETE ON modelapi_acl_internal.installed_facts
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.keep_installed();
ALTER TABLE modelapi_acl_internal.installed_facts ENABLE ALWAYS TRIGGER keep_installed;

CREATE VIEW modelapi_acl_internal.all_installed_facts AS
	SELECT t.* FROM modelapi_acl_internal.installed_facts AS t CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_installed_facts IS
'All rows of installed_facts; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.own_relations AS
	SELECT c.oid, c.oid::regclass::text AS name, c.relkind, c.relowner, c.relacl, c.reloptions,
		c.relrowsecurity, c.relforcerowsecurity, c.relpersistence
	FROM pg_class AS c
	WHERE c.relnamespace IN (to_regnamespace('modelapi_acl'), to_regnamespace('modelapi_acl_internal'))
		-- A relation that a DBA has added to a schema is no member of the extension
		AND EXISTS (SELECT FROM pg_depend AS d
			WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
COMMENT ON VIEW modelapi_acl_internal.own_relations IS
'The extension''s tables and views';

CREATE FUNCTION modelapi_acl_internal.relation_facts()
	RETURNS TABLE (kind text, object text, aspect text, value text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 500
	SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
BEGIN ATOMIC
	SELECT CASE r.relkind WHEN 'v' THEN 'view' ELSE 'table' END, r.name, f.aspect, f.value
	FROM modelapi_acl_internal.own_relations AS r CROSS JOIN LATERAL (VALUES
		('row-level security', CASE WHEN r.relkind = 'r' THEN
			CASE WHEN NOT r.relrowsecurity THEN 'off' WHEN r.relforcerowsecurity THEN 'forced'
				ELSE 'not for the owner' END END),
		('persistence', CASE WHEN r.relkind = 'r' THEN r.relpersistence::text END),
		('options', CASE WHEN r.relkind = 'v' THEN COALESCE(r.reloptions::text, 'none') END),
		('definition', CASE WHEN r.relkind = 'v' THEN md5(pg_get_viewdef(r.oid)) END)) AS f (aspect, value)
	WHERE f.value IS NOT NULL
	UNION ALL
	SELECT 'column', r.name || '.' || a.attname, f.aspect, f.value
	FROM modelapi_acl_internal.own_relations AS r
		JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND r.relkind = 'r'
		LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
		CROSS JOIN LATERAL (VALUES
			('type', format_type(a.atttypid, a.atttypmod)),
			('NULL', CASE WHEN a.attnotnull THEN 'not allowed' ELSE 'allowed' END),
			('default', COALESCE(pg_get_expr(d.adbin, d.adrelid), 'none')),
			('statistics', COALESCE(a.attstattarget, -1)::text),
			-- some minor releases of the server keep a version of the column there
			('statistics options', COALESCE((SELECT string_agg(o.value, ', ' ORDER BY o.place)
				FROM unnest(a.attoptions) WITH ORDINALITY AS o (value, place)
				WHERE o.value NOT LIKE 'pg_attver=%'), 'none'))) AS f (aspect, value)
	UNION ALL
	SELECT 'constraint', r.name || '.' || c.conname, 'definition',
		pg_get_constraintdef(c.oid) || CASE WHEN c.convalidated THEN '' ELSE ', not valid' END
	FROM modelapi_acl_internal.own_relations AS r
		JOIN pg_constraint AS c ON c.conrelid = r.oid AND c.contype IN ('c', 'f', 'p', 'u')
	UNION ALL
	-- The name of an index does not matter: functions find indexes by definition
	SELECT 'index', regexp_replace(pg_get_indexdef(i.indexrelid),
			'^(CREATE (UNIQUE )?INDEX) .*? ON (ONLY )?', '\1 ON '),
		f.aspect, max(f.value)
	FROM modelapi_acl_internal.own_relations AS r JOIN pg_index AS i ON i.indrelid = r.oid
		CROSS JOIN LATERAL (VALUES
			('state', CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN 'valid' ELSE 'not valid' END),
			('statistics', (SELECT string_agg(COALESCE(a.attstattarget, -1)::text, ' ' ORDER BY a.attnum)
				FROM pg_attribute AS a WHERE a.attrelid = i.indexrelid))) AS f (aspect, value)
	GROUP BY 1, 2, 3
	UNION ALL
	SELECT 'trigger', r.name || '.' || t.tgname, f.aspect, f.value
	FROM modelapi_acl_internal.own_relations AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal
		CROSS JOIN LATERAL (VALUES
			('definition', pg_get_triggerdef(t.oid)),
			('fires', CASE t.tgenabled WHEN 'A' THEN 'always' WHEN 'O' THEN 'not in replica mode'
				WHEN 'R' THEN 'in replica mode alone' ELSE 'never' END)) AS f (aspect, value)
	UNION ALL
	SELECT 'foreign key', r.name || '.' || c.conname || ', ' || p.proname, 'fires',
		min(CASE t.tgenabled WHEN 'O' THEN 'not in replica mode' WHEN 'A' THEN 'not in replica mode' ELSE 'never' END)
	FROM modelapi_acl_internal.own_relations AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid AND t.tgisinternal
		JOIN pg_constraint AS c ON c.oid = t.tgconstraint JOIN pg_proc AS p ON p.oid = t.tgfoid
		JOIN modelapi_acl_internal.own_relations AS o ON o.oid = c.conrelid
	GROUP BY r.name, c.conname, p.proname
	UNION ALL
	SELECT 'policy', r.name || '.' || p.polname, f.aspect, f.value
	FROM modelapi_acl_internal.own_relations AS r JOIN pg_policy AS p ON p.polrelid = r.oid
		CROSS JOIN LATERAL (VALUES
			('command', p.polcmd::text || CASE WHEN p.polpermissive THEN '' ELSE ' restrictive' END),
			('roles', (SELECT string_agg(
					CASE WHEN o.oid = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(o.oid)::text END,
					', ' ORDER BY o.place)
				FROM unnest(p.polroles) WITH ORDINALITY AS o (oid, place))),
			('using', COALESCE(pg_get_expr(p.polqual, p.polrelid), 'none')),
			('check', COALESCE(pg_get_expr(p.polwithcheck, p.polrelid), 'none'))) AS f (aspect, value);
END;
COMMENT ON FUNCTION modelapi_acl_internal.relation_facts() IS
'Facts about the extension''s tables and views, and about their columns, constraints, indexes, triggers and policies';

CREATE FUNCTION modelapi_acl_internal.object_facts()
	RETURNS TABLE (kind text, object text, aspect text, value text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1000
	SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
BEGIN ATOMIC
	WITH own AS MATERIALIZED (
		SELECT n.oid, 'schema' AS kind, n.nspname::text AS object, n.nspowner AS owner,
			n.nspacl AS acl, acldefault('n', n.nspowner) AS usual
		FROM pg_namespace AS n
		WHERE n.oid IN (to_regnamespace('modelapi_acl'), to_regnamespace('modelapi_acl_internal'))
		UNION ALL
		SELECT r.oid, CASE r.relkind WHEN 'v' THEN 'view' ELSE 'table' END, r.name, r.relowner,
			r.relacl, acldefault('r', r.relowner)
		FROM modelapi_acl_internal.own_relations AS r
		UNION ALL
		SELECT r.oid, 'column', r.name || '.' || a.attname, r.relowner, a.attacl, NULL
		FROM modelapi_acl_internal.own_relations AS r
			JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
		UNION ALL
		SELECT p.oid, 'function', p.oid::regprocedure::text, p.proowner, p.proacl, acldefault('f', p.proowner)
		FROM pg_proc AS p
		WHERE p.pronamespace IN (to_regnamespace('modelapi_acl'), to_regnamespace('modelapi_acl_internal'))
			AND EXISTS (SELECT FROM pg_depend AS d
				WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
		UNION ALL
		SELECT t.oid, 'type', t.oid::regtype::text, t.typowner, t.typacl, acldefault('T', t.typowner)
		FROM pg_type AS t
		WHERE t.typnamespace IN (to_regnamespace('modelapi_acl'), to_regnamespace('modelapi_acl_internal'))
			AND t.typtype = 'e')
	SELECT o.kind, o.object, 'owner', CASE WHEN o.owner = e.extowner THEN 'the owner of the extension'
		ELSE pg_get_userbyid(o.owner)::text END
	FROM own AS o CROSS JOIN pg_extension AS e WHERE e.extname = 'modelapi_acl' AND o.kind <> 'column'
	UNION ALL
	SELECT 'extension', e.extname::text, 'owner', CASE WHEN a.rolsuper THEN 'a superuser' ELSE 'no superuser' END
	FROM pg_extension AS e JOIN pg_roles AS a ON a.oid = e.extowner WHERE e.extname = 'modelapi_acl'
	UNION ALL
	SELECT 'extension', 'modelapi_acl', 'major version of the server',
		(current_setting('server_version_num')::integer / 10000)::text
	UNION ALL
	SELECT o.kind, o.object, 'privilege ' || a.privilege_type || ' of ' ||
			CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END,
		CASE WHEN bool_or(a.is_grantable) THEN 'granted with grant option' ELSE 'granted' END
	FROM own AS o CROSS JOIN LATERAL aclexplode(COALESCE(o.acl, o.usual)) AS a
	WHERE a.grantee <> o.owner
	GROUP BY o.kind, o.object, a.privilege_type, a.grantee
	UNION ALL
	SELECT o.kind, o.object, f.aspect, f.value
	FROM pg_proc AS p JOIN own AS o ON o.kind = 'function' AND o.oid = p.oid
		CROSS JOIN LATERAL (VALUES
			('runs as', CASE WHEN p.prosecdef THEN 'its owner' ELSE 'who calls it' END),
			('settings', COALESCE(p.proconfig::text, 'none')),
			('digest of its definition', md5(pg_get_functiondef(p.oid)))) AS f (aspect, value)
	UNION ALL
	SELECT 'role', a.rolname::text, 'attributes', concat_ws(' ', CASE WHEN a.rolsuper THEN 'SUPERUSER' END,
		CASE WHEN a.rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN a.rolcreaterole THEN 'CREATEROLE' END,
		CASE WHEN a.rolcreatedb THEN 'CREATEDB' END, CASE WHEN a.rolreplication THEN 'REPLICATION' END,
		CASE WHEN a.rolcanlogin THEN 'LOGIN' END)
	FROM pg_roles AS a WHERE a.rolname IN ('modelapi_acl_user', 'modelapi_acl_backend', 'modelapi_acl_authenticator',
		'modelapi_acl_gateway', 'modelapi_acl_log_writer', 'modelapi_acl_admin')
	UNION ALL
	SELECT 'role', pg_get_userbyid(m.member)::text, 'member of ' || pg_get_userbyid(m.roleid)::text, 'yes'
	FROM pg_auth_members AS m
	WHERE pg_get_userbyid(m.member) IN ('modelapi_acl_user', 'modelapi_acl_backend',
		'modelapi_acl_authenticator', 'modelapi_acl_gateway', 'modelapi_acl_log_writer', 'modelapi_acl_admin')
	GROUP BY m.member, m.roleid;
END;
COMMENT ON FUNCTION modelapi_acl_internal.object_facts() IS
'Facts about owners and privileges of the extension''s objects, and about its functions and roles';

-- Objects that a DBA adds are not reported, except privileges, policies and memberships,
-- which may give access. Another major version of the server may deparse definitions
-- differently, so they are not compared after pg_upgrade.
CREATE FUNCTION modelapi_acl_internal.changed_facts()
	RETURNS TABLE (kind text, object text, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	WITH facts AS MATERIALIZED (
		SELECT f.kind, f.object, f.aspect, f.value FROM modelapi_acl_internal.relation_facts() AS f
		UNION ALL
		SELECT f.kind, f.object, f.aspect, f.value FROM modelapi_acl_internal.object_facts() AS f),
	version AS MATERIALIZED (
		SELECT EXISTS (SELECT FROM facts AS f JOIN modelapi_acl_internal.all_installed_facts AS i
			ON i.kind = 'extension' AND i.aspect = 'major version of the server'
				AND f.kind = i.kind AND f.aspect = i.aspect AND f.value = i.value) AS is_same)
	SELECT COALESCE(i.kind, f.kind), COALESCE(i.object, f.object),
		COALESCE(i.aspect || ': ' || i.value, f.aspect || ': none'),
		COALESCE(f.value, CASE WHEN EXISTS (SELECT FROM facts AS o WHERE o.kind = i.kind AND o.object = i.object)
			THEN 'none' ELSE 'missing' END)
	FROM modelapi_acl_internal.all_installed_facts AS i FULL JOIN facts AS f
		ON f.kind = i.kind AND f.object = i.object AND f.aspect = i.aspect
	WHERE f.value IS DISTINCT FROM i.value
		-- One row for a missing object
		AND (f.value IS NOT NULL OR EXISTS (SELECT FROM facts AS o WHERE o.kind = i.kind AND o.object = i.object)
			OR i.aspect = (SELECT min(o.aspect) FROM modelapi_acl_internal.all_installed_facts AS o
				WHERE o.kind = i.kind AND o.object = i.object))
		AND (i.kind IS NOT NULL OR f.aspect LIKE 'privilege %' OR f.aspect LIKE 'member of %'
			OR (f.kind = 'policy' AND f.aspect = 'command'))
		AND COALESCE(i.aspect, f.aspect) <> 'major version of the server'
		AND ((SELECT v.is_same FROM version AS v)
			OR (COALESCE(i.kind, f.kind) NOT IN ('index', 'constraint')
				AND COALESCE(i.aspect, f.aspect) NOT IN
					('definition', 'digest of its definition', 'using', 'check', 'default')));
END;
COMMENT ON FUNCTION modelapi_acl_internal.changed_facts() IS
'Differences between the extension''s objects and what its script created';
-- Invariants: conditions that the data must always meet. verify_access returns a row for
-- each violation.

CREATE FUNCTION modelapi_acl_internal.broken_references()
	RETURNS TABLE (object_type text, object_id uuid, user_id uuid, expected text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'model_api', m.id, NULL::uuid, 'its project'
	FROM modelapi_acl_internal.all_model_apis AS m
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id = m.project_id)
	UNION ALL
	SELECT 'project_collaborator', c.id, c.user_id, 'its project'
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id = c.project_id)
	UNION ALL
	SELECT 'model_api_collaborator', c.id, c.user_id, 'its model API'
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = c.model_api_id)
	UNION ALL
	SELECT 'project_collaborator', c.id, c.user_id, 'its holder'
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE (c.user_id IS NULL) <> (c.organization_id IS NULL)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = c.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = c.organization_id)
	UNION ALL
	SELECT 'model_api_collaborator', c.id, c.user_id, 'its holder'
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE (c.user_id IS NULL) <> (c.organization_id IS NULL)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = c.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = c.organization_id)
	UNION ALL
	SELECT 'organization', o.organization_id, o.user_id, 'the organization of a member'
	FROM modelapi_acl_internal.all_organization_members AS o
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS g WHERE g.id = o.organization_id)
	UNION ALL
	SELECT 'organization', o.organization_id, o.user_id, 'the user who is a member'
	FROM modelapi_acl_internal.all_organization_members AS o
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = o.user_id)
	UNION ALL
	SELECT 'user', i.user_id, i.user_id, 'the user of an identity'
	FROM modelapi_acl_internal.all_user_identities AS i
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = i.user_id)
	UNION ALL
	SELECT 'access_token', t.id, NULL, 'its model API'
	FROM modelapi_acl_internal.all_access_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = t.model_api_id)
	UNION ALL
	SELECT 'version', v.id, NULL, 'its model API'
	FROM modelapi_acl_internal.all_model_api_versions AS v
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = v.model_api_id)
	UNION ALL
	SELECT 'setting', s.model_api_id, NULL, 'its model API'
	FROM modelapi_acl_internal.all_model_api_settings AS s
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = s.model_api_id);
END;
COMMENT ON FUNCTION modelapi_acl_internal.broken_references() IS
'Rows that refer to missing rows';

-- Guards do not check values during a restore
CREATE FUNCTION modelapi_acl_internal.unacceptable_values()
	RETURNS TABLE (object_type text, object_id uuid, user_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT v.object_type, v.object_id, v.user_id, format('an acceptable %s', v.kind), v.problem
	FROM (
		SELECT 'user' AS object_type, u.id AS object_id, u.id AS user_id, 'username' AS kind,
			modelapi_acl_internal.value_problem('username', u.username) AS problem
		FROM modelapi_acl_internal.all_users AS u
		UNION ALL
		SELECT 'user', u.id, u.id, 'full name', modelapi_acl_internal.value_problem('full name', u.full_name)
		FROM modelapi_acl_internal.all_users AS u
		UNION ALL
		SELECT 'user', i.user_id, i.user_id, 'email address',
			modelapi_acl_internal.value_problem('email address', i.email)
		FROM modelapi_acl_internal.all_user_identities AS i
		UNION ALL
		SELECT 'organization', o.id, NULL, 'organization name',
			modelapi_acl_internal.value_problem('organization name', o.name)
		FROM modelapi_acl_internal.all_organizations AS o
		UNION ALL
		SELECT 'organization', o.id, NULL, 'full name', modelapi_acl_internal.value_problem('full name', o.full_name)
		FROM modelapi_acl_internal.all_organizations AS o
		UNION ALL
		SELECT 'project', p.id, NULL, 'project name', modelapi_acl_internal.value_problem('project name', p.name)
		FROM modelapi_acl_internal.all_projects AS p
		UNION ALL
		SELECT 'model_api', m.id, NULL, 'model API name', modelapi_acl_internal.value_problem('model API name', m.name)
		FROM modelapi_acl_internal.all_model_apis AS m
		UNION ALL
		SELECT 'setting', s.model_api_id, NULL, 'setting name',
			modelapi_acl_internal.value_problem('setting name', s.name)
		FROM modelapi_acl_internal.all_model_api_settings AS s
		UNION ALL
		SELECT 'access_token', t.id, NULL, 'token name', modelapi_acl_internal.value_problem('token name', t.name)
		FROM modelapi_acl_internal.all_access_tokens AS t
		UNION ALL
		SELECT 'access_token', t.id, NULL, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_access_tokens AS t WHERE NOT isfinite(t.expires_at)
		UNION ALL
		SELECT 'model_api_collaborator', c.id, c.user_id, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_model_api_collaborators AS c WHERE NOT isfinite(c.expires_at)
		UNION ALL
		SELECT 'project_collaborator', c.id, c.user_id, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_project_collaborators AS c WHERE NOT isfinite(c.expires_at)) AS v
	WHERE v.problem IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.unacceptable_values() IS
'Names, email addresses and expiry times that the current rules refuse';

CREATE FUNCTION modelapi_acl_internal.broken_invariants()
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'owner', 'project', p.id, NULL::uuid, 'a user who owns it directly and without expiry', 'none'
	FROM modelapi_acl_internal.all_projects AS p
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_project_collaborators AS c
		WHERE c.project_id = p.id AND c.user_id IS NOT NULL
			AND c.access_level = 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL)
	UNION ALL
	SELECT 'owner', 'model_api', m.id, NULL, 'a user who owns it directly and without expiry', 'none'
	FROM modelapi_acl_internal.all_model_apis AS m
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS c
		WHERE c.model_api_id = m.id AND c.user_id IS NOT NULL
			AND c.access_level = 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL)
	UNION ALL
	SELECT 'admin', 'organization', o.id, NULL, 'an admin', 'none'
	FROM modelapi_acl_internal.all_organizations AS o
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_organization_members AS a
		WHERE a.organization_id = o.id AND a.is_admin)
	UNION ALL
	SELECT 'one principal', 'project_collaborator', c.id, c.user_id, 'a user or an organization',
		CASE WHEN c.user_id IS NULL THEN 'neither' ELSE 'both' END
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE (c.user_id IS NULL) = (c.organization_id IS NULL)
	UNION ALL
	SELECT 'one principal', 'model_api_collaborator', c.id, c.user_id, 'a user or an organization',
		CASE WHEN c.user_id IS NULL THEN 'neither' ELSE 'both' END
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE (c.user_id IS NULL) = (c.organization_id IS NULL)
	UNION ALL
	SELECT 'name', 'user', u.id, u.id, lower(u.username COLLATE "C"), COALESCE(n.name, 'none')
	FROM modelapi_acl_internal.all_users AS u
		LEFT JOIN modelapi_acl_internal.all_principal_names AS n ON n.user_id = u.id AND n.reserved_at IS NULL
	WHERE lower(u.username COLLATE "C") IS DISTINCT FROM n.name
	UNION ALL
	SELECT 'name', 'organization', o.id, NULL, lower(o.name COLLATE "C"), COALESCE(n.name, 'none')
	FROM modelapi_acl_internal.all_organizations AS o
		LEFT JOIN modelapi_acl_internal.all_principal_names AS n ON n.organization_id = o.id AND n.reserved_at IS NULL
	WHERE lower(o.name COLLATE "C") IS DISTINCT FROM n.name
	UNION ALL
	SELECT 'name', CASE WHEN n.organization_id IS NULL THEN 'user' ELSE 'organization' END,
		COALESCE(n.user_id, n.organization_id), n.user_id, 'a user or an organization of the name', n.name
	FROM modelapi_acl_internal.all_principal_names AS n
	WHERE n.reserved_at IS NULL
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = n.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = n.organization_id)
	UNION ALL
	SELECT 'search document', 'model_api', m.id, NULL, 'the words of its name and description',
		CASE WHEN d.model_api_id IS NULL THEN 'none' ELSE 'others' END
	FROM modelapi_acl_internal.all_model_apis AS m
		LEFT JOIN modelapi_acl_internal.all_search_documents AS d ON d.model_api_id = m.id
	WHERE d.document = modelapi_acl_internal.search_document(m.name, m.description) IS NOT TRUE
	UNION ALL
	SELECT 'search document', 'model_api', d.model_api_id, NULL, 'its model API', 'none'
	FROM modelapi_acl_internal.all_search_documents AS d
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = d.model_api_id)
	UNION ALL
	SELECT 'token hash', 'access_token', t.id, NULL, 'one hash', 'none'
	FROM modelapi_acl_internal.all_access_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_token_hashes AS h WHERE h.token_id = t.id)
	UNION ALL
	SELECT 'token hash', 'access_token', h.token_id, NULL, 'its token', 'none'
	FROM modelapi_acl_internal.all_token_hashes AS h
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_access_tokens AS t WHERE t.id = h.token_id)
	UNION ALL
	SELECT 'counter', NULL, c.object_id, NULL, 'its project, model API, organization or user', 'none'
	FROM modelapi_acl_internal.all_object_counters AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = c.object_id)
	UNION ALL
	-- A counter is created when it is first needed
	SELECT 'counter', 'model_api', v.model_api_id, NULL, format('last version %s', v.last),
		CASE WHEN c.object_id IS NULL THEN 'none' ELSE format('last version %s', c.last_version) END
	FROM (SELECT n.model_api_id, max(n.number) AS last
			FROM modelapi_acl_internal.all_model_api_versions AS n GROUP BY n.model_api_id) AS v
		LEFT JOIN modelapi_acl_internal.all_object_counters AS c ON c.object_id = v.model_api_id
			AND c.of_versions
	WHERE c.last_version IS DISTINCT FROM v.last
		AND EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = v.model_api_id)
	UNION ALL
	SELECT 'version numbers', 'model_api', n.model_api_id, NULL,
		format('1 to %s', count(*)),
		format('%s of them, %s to %s', count(*), min(n.number), max(n.number))
	FROM modelapi_acl_internal.all_model_api_versions AS n
	GROUP BY n.model_api_id
	HAVING min(n.number) <> 1
		OR max(n.number) <> count(*)
	UNION ALL
	-- Functions that read the history ignore an event without it
	SELECT 'change', e.object_type, e.object_id, NULL, 'when its transaction committed', 'none'
	FROM modelapi_acl_internal.all_audit_events AS e
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_changes AS c WHERE c.change_id = e.change_id)
		AND e.change_id IS DISTINCT FROM (SELECT modelapi_acl_internal.current_change())
	UNION ALL
	SELECT 'value', v.object_type, v.object_id, v.user_id, v.expected, v.found
	FROM modelapi_acl_internal.unacceptable_values() AS v
	UNION ALL
	SELECT 'reference', r.object_type, r.object_id, r.user_id, r.expected, 'none'
	FROM modelapi_acl_internal.broken_references() AS r;
END;
COMMENT ON FUNCTION modelapi_acl_internal.broken_invariants() IS
'All violations of invariants';
-- Verification on live data (verify_access): compares what users see and are told with
-- what their grants give. It also reports violated invariants (78_verify_data.sql) and
-- changed objects (77_verify_installation.sql).
--
-- The grants are read by plain joins, without policies and without the C code that looks
-- them up by index. Only the rule that turns access levels into permissions is the same
-- (src/access/permissions.c).
--
-- One call reads everything in one snapshot, so concurrent writes make no difference.

CREATE FUNCTION modelapi_acl_internal.ask_as(
	user_id uuid, question text, model_apis uuid[], permission modelapi_acl.permission)
	RETURNS TABLE (model_api_id uuid, permission_held modelapi_acl.permission, access_level modelapi_acl.access_level)
	LANGUAGE c STABLE PARALLEL UNSAFE COST 1000 ROWS 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_ask_as_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.ask_as(uuid, text, uuid[], modelapi_acl.permission) IS
'What a user sees: runs one of the queries in src/sql_api/run_as.c as if that user were the current user; for administrators, through verify_access';

-- ---------------------------------------------------------------------------
-- The sample

CREATE FUNCTION modelapi_acl_internal.is_whole_sample(sample integer) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT (SELECT count(*) FROM (SELECT FROM modelapi_acl_internal.all_users AS u LIMIT $1::bigint + 1) AS u)
		*
		(SELECT count(*) FROM (SELECT FROM modelapi_acl_internal.all_model_apis AS m LIMIT $1::bigint + 1) AS m)
		<= $1::bigint;
END;
COMMENT ON FUNCTION modelapi_acl_internal.is_whole_sample(integer) IS
'Whether the number of pairs of a user and a model API is at most the size of the sample';

-- Ids are random, so the first id after a random uuid, found by index, is that of a random
-- row. If there is none, the first row is taken. Each draw takes one of four kinds of pairs:
-- - 40%: the holder of a grant on a model API, and that model API;
-- - 20%: the holder of a grant on a model API, and a model API of the same project;
-- - 20%: the holder of a grant on a project, and a model API of the project;
-- - 20%: any user and any model API.
-- If an organization holds the grant, one of its members is taken. If there are at most as
-- many pairs as the size of the sample, all pairs are returned.
CREATE FUNCTION modelapi_acl_internal.sample_pairs(sample integer)
	RETURNS TABLE (user_id uuid, model_api_id uuid)
	LANGUAGE sql VOLATILE PARALLEL RESTRICTED ROWS 1000
BEGIN ATOMIC
	WITH size AS MATERIALIZED (
		SELECT modelapi_acl_internal.is_whole_sample($1) AS is_whole),
	draw AS MATERIALIZED (
		SELECT random() AS kind, random() AS place,
			gen_random_uuid() AS a, gen_random_uuid() AS b
		FROM generate_series(1, $1)
		WHERE NOT (SELECT s.is_whole FROM size AS s)),
	granted AS (
		SELECT d.kind, d.place, d.b, g.user_id, g.organization_id, g.model_api_id,
			(SELECT m.project_id FROM modelapi_acl_internal.all_model_apis AS m
				WHERE m.id = g.model_api_id) AS project_id
		FROM draw AS d CROSS JOIN LATERAL (
			(SELECT c.user_id, c.organization_id, c.model_api_id
			FROM modelapi_acl_internal.all_model_api_collaborators AS c
			WHERE c.id >= d.a ORDER BY c.id LIMIT 1)
			UNION ALL
			(SELECT c.user_id, c.organization_id, c.model_api_id
			FROM modelapi_acl_internal.all_model_api_collaborators AS c
			ORDER BY c.id LIMIT 1)
			LIMIT 1) AS g
		WHERE d.kind < 0.6
		UNION ALL
		SELECT d.kind, d.place, d.b, g.user_id, g.organization_id, NULL, g.project_id
		FROM draw AS d CROSS JOIN LATERAL (
			(SELECT c.user_id, c.organization_id, c.project_id
			FROM modelapi_acl_internal.all_project_collaborators AS c
			WHERE c.id >= d.a ORDER BY c.id LIMIT 1)
			UNION ALL
			(SELECT c.user_id, c.organization_id, c.project_id
			FROM modelapi_acl_internal.all_project_collaborators AS c
			ORDER BY c.id LIMIT 1)
			LIMIT 1) AS g
		WHERE d.kind >= 0.6 AND d.kind < 0.8),
	pair AS (
		SELECT COALESCE(g.user_id,
				(SELECT o.user_id FROM modelapi_acl_internal.all_organization_members AS o
				WHERE o.organization_id = g.organization_id AND o.user_id >= g.b
				ORDER BY o.user_id LIMIT 1),
				(SELECT o.user_id FROM modelapi_acl_internal.all_organization_members AS o
				WHERE o.organization_id = g.organization_id ORDER BY o.user_id LIMIT 1)) AS user_id,
			CASE WHEN g.kind < 0.4 THEN g.model_api_id
			ELSE (
				-- The first one created after a random time between the first and the last
				SELECT n.id FROM (
					SELECT min(m.created_at) AS first, max(m.created_at) AS last
					FROM modelapi_acl_internal.all_model_apis AS m WHERE m.project_id = g.project_id) AS life
					CROSS JOIN LATERAL (
						SELECT m.id FROM modelapi_acl_internal.all_model_apis AS m
						WHERE m.project_id = g.project_id
							AND m.created_at >= (life.first +
								(g.place * (life.last - life.first)))
						ORDER BY m.created_at LIMIT 1) AS n) END AS model_api_id
		FROM granted AS g
		UNION ALL
		SELECT COALESCE((SELECT u.id FROM modelapi_acl_internal.all_users AS u WHERE u.id >= d.a ORDER BY u.id LIMIT 1),
				(SELECT u.id FROM modelapi_acl_internal.all_users AS u ORDER BY u.id LIMIT 1)),
			COALESCE((SELECT m.id FROM modelapi_acl_internal.all_model_apis AS m
					WHERE m.id >= d.b ORDER BY m.id LIMIT 1),
				(SELECT m.id FROM modelapi_acl_internal.all_model_apis AS m ORDER BY m.id LIMIT 1))
		FROM draw AS d
		WHERE d.kind >= 0.8
		UNION ALL
		SELECT u.id, m.id FROM modelapi_acl_internal.all_users AS u CROSS JOIN modelapi_acl_internal.all_model_apis AS m
		WHERE (SELECT s.is_whole FROM size AS s))
	SELECT DISTINCT p.user_id, p.model_api_id FROM pair AS p
	WHERE p.user_id IS NOT NULL AND p.model_api_id IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.sample_pairs(integer) IS
'Random pairs of a user and a model API, many of them with grants';

-- ---------------------------------------------------------------------------
-- What users see

CREATE FUNCTION modelapi_acl_internal.granted_level(user_id uuid, project_id uuid, model_api_id uuid)
	RETURNS modelapi_acl.access_level
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT max(g.access_level) FROM (
		SELECT c.access_level, c.user_id, c.organization_id, c.expires_at
		FROM modelapi_acl_internal.all_project_collaborators AS c
		WHERE c.project_id = $2
		UNION ALL
		SELECT c.access_level, c.user_id, c.organization_id, c.expires_at
		FROM modelapi_acl_internal.all_model_api_collaborators AS c
		WHERE c.model_api_id = $3) AS g
	WHERE (g.expires_at IS NULL OR g.expires_at > modelapi_acl_internal.snapshot_clock())
		AND (g.user_id = $1 OR EXISTS (
			SELECT FROM modelapi_acl_internal.all_organization_members AS o
			WHERE o.organization_id = g.organization_id AND o.user_id = $1));
END;
COMMENT ON FUNCTION modelapi_acl_internal.granted_level(uuid, uuid, uuid) IS
'The highest access level of a user''s unexpired grants on a project and on a model API (either may be NULL), by plain joins';

CREATE FUNCTION modelapi_acl_internal.granted_model_apis(user_id uuid, permission modelapi_acl.permission)
	RETURNS TABLE (model_api_id uuid, created_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1000
BEGIN ATOMIC
	WITH holder AS MATERIALIZED (
		SELECT u.id AS user_id, NULL::uuid AS organization_id
		FROM modelapi_acl_internal.all_users AS u
		WHERE u.id = $1 AND u.disabled_at IS NULL
		UNION ALL
		SELECT NULL, o.organization_id FROM modelapi_acl_internal.all_organization_members AS o
		WHERE o.user_id = $1),
	on_project AS MATERIALIZED (
		SELECT g.project_id, max(g.access_level) AS access_level
		FROM (
			SELECT c.project_id, c.access_level, c.expires_at
			FROM modelapi_acl_internal.all_project_collaborators AS c
			WHERE c.user_id = $1
			UNION ALL
			SELECT c.project_id, c.access_level, c.expires_at FROM holder AS h
				JOIN modelapi_acl_internal.all_project_collaborators AS c ON c.organization_id = h.organization_id) AS g
		WHERE g.expires_at IS NULL OR g.expires_at > modelapi_acl_internal.snapshot_clock()
		GROUP BY g.project_id),
	on_model_api AS MATERIALIZED (
		SELECT g.model_api_id, max(g.access_level) AS access_level
		FROM (
			SELECT c.model_api_id, c.access_level, c.expires_at
			FROM modelapi_acl_internal.all_model_api_collaborators AS c
			WHERE c.user_id = $1
			UNION ALL
			SELECT c.model_api_id, c.access_level, c.expires_at FROM holder AS h
				JOIN modelapi_acl_internal.all_model_api_collaborators AS c
					ON c.organization_id = h.organization_id) AS g
		WHERE g.expires_at IS NULL OR g.expires_at > modelapi_acl_internal.snapshot_clock()
		GROUP BY g.model_api_id)
	SELECT m.id, m.created_at
	FROM modelapi_acl_internal.all_model_apis AS m
		LEFT JOIN on_project AS p ON p.project_id = m.project_id
		LEFT JOIN on_model_api AS a ON a.model_api_id = m.id
	WHERE EXISTS (SELECT FROM holder AS h WHERE h.user_id IS NOT NULL)
		AND modelapi_acl_internal.rule_permits($2, m.visibility, m.authorization_mode, p.access_level, a.access_level);
END;
COMMENT ON FUNCTION modelapi_acl_internal.granted_model_apis(uuid, modelapi_acl.permission) IS
'All model APIs on which a user has a permission, by plain joins';

-- Compares all rows that one user sees: at most 100 missing rows and 100 extra rows.
CREATE FUNCTION modelapi_acl_internal.reach_differences(
	user_id uuid, question text, permission modelapi_acl.permission)
	RETURNS TABLE (model_api_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	WITH expected AS MATERIALIZED (
		SELECT g.model_api_id FROM modelapi_acl_internal.granted_model_apis($1, $3) AS g
		ORDER BY CASE WHEN $2 = 'newest of model_apis' THEN g.created_at END DESC,
			CASE WHEN $2 = 'newest of model_apis' THEN g.model_api_id END DESC
		LIMIT CASE WHEN $2 = 'newest of model_apis' THEN 50 END),
	found AS MATERIALIZED (
		SELECT t.model_api_id FROM modelapi_acl_internal.ask_as($1, $2, NULL, $3) AS t)
	(SELECT d.model_api_id, 'shown', 'not shown'
	FROM (SELECT e.model_api_id FROM expected AS e EXCEPT ALL SELECT f.model_api_id FROM found AS f) AS d
	LIMIT 100)
	UNION ALL
	(SELECT d.model_api_id, 'not shown', 'shown'
	FROM (SELECT f.model_api_id FROM found AS f EXCEPT ALL SELECT e.model_api_id FROM expected AS e) AS d
	LIMIT 100);
END;
COMMENT ON FUNCTION modelapi_acl_internal.reach_differences(uuid, text, modelapi_acl.permission) IS
'Model APIs that a user should see but does not, or sees but should not, according to the grants';

CREATE FUNCTION modelapi_acl_internal.access_differences(sample integer)
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid,
		permission modelapi_acl.permission, expected text, found text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	WITH size AS MATERIALIZED (
		SELECT modelapi_acl_internal.is_whole_sample($1) AS is_whole),
	permission AS MATERIALIZED (
		SELECT v.permission FROM unnest(enum_range(NULL::modelapi_acl.permission)) AS v (permission)),
	pair AS MATERIALIZED (
		SELECT s.user_id, s.model_api_id, m.visibility, m.authorization_mode,
			u.disabled_at IS NULL AS is_enabled,
			modelapi_acl_internal.granted_level(s.user_id, m.project_id, NULL) AS on_project,
			modelapi_acl_internal.granted_level(s.user_id, NULL, m.id) AS on_model_api
		FROM modelapi_acl_internal.sample_pairs($1) AS s
			JOIN modelapi_acl_internal.all_users AS u ON u.id = s.user_id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id = s.model_api_id),
	held AS MATERIALIZED (
		SELECT p.user_id, p.model_api_id, v.permission,
			CASE WHEN p.is_enabled THEN GREATEST(p.on_project, p.on_model_api) END AS access_level,
			p.is_enabled AND modelapi_acl_internal.rule_permits(v.permission, p.visibility, p.authorization_mode,
				p.on_project, p.on_model_api) AS is_held
		FROM pair AS p CROSS JOIN permission AS v),
	asker AS MATERIALIZED (
		SELECT p.user_id, array_agg(p.model_api_id) AS model_apis FROM pair AS p GROUP BY p.user_id),

	-- What functions return, for every permission
	told AS MATERIALIZED (
		SELECT q.question, a.user_id, t.model_api_id, t.permission_held AS permission
		FROM asker AS a
			CROSS JOIN (
				SELECT f.question, NULL::modelapi_acl.permission AS permission
				FROM (VALUES ('has_permission'), ('my_permissions')) AS f (question)
				UNION ALL
				SELECT 'list_model_apis', v.permission FROM permission AS v) AS q
			CROSS JOIN LATERAL modelapi_acl_internal.ask_as(a.user_id, q.question, a.model_apis, q.permission) AS t),
	leveled AS MATERIALIZED (
		SELECT a.user_id, t.model_api_id, t.access_level
		FROM asker AS a
			CROSS JOIN LATERAL modelapi_acl_internal.ask_as(a.user_id, 'effective_access_level',
				a.model_apis, NULL) AS t),

	-- What policies show: each table has one permission that shows its rows, if it has any
	part AS MATERIALIZED (
		SELECT h.user_id, h.model_api_id, h.permission, q.question, h.is_held AND CASE q.question
			WHEN 'model_apis' THEN true
			WHEN 'model_api_versions' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_versions AS t
				WHERE t.model_api_id = h.model_api_id)
			WHEN 'model_api_settings' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_settings AS t
				WHERE t.model_api_id = h.model_api_id)
			WHEN 'model_api_logs' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_logs AS t
				WHERE t.model_api_id = h.model_api_id)
			WHEN 'access_tokens' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_access_tokens AS t
				WHERE t.model_api_id = h.model_api_id)
			WHEN 'audit_events' THEN EXISTS (SELECT FROM modelapi_acl_internal.all_audit_events AS t
				WHERE t.model_api_id = h.model_api_id)
			ELSE EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS t
				WHERE t.model_api_id = h.model_api_id
					AND t.user_id <> h.user_id)
			END AS is_shown
		FROM held AS h
			JOIN (VALUES ('model_apis', 'view'::modelapi_acl.permission), ('model_api_versions', 'view'),
				('model_api_settings', 'view_settings'), ('model_api_logs', 'view_logs'),
				('access_tokens', 'view_tokens'), ('audit_events', 'view_audit'),
				('model_api_collaborators', 'view_collaborators')) AS q (question, permission)
				ON q.permission = h.permission),
	shown AS MATERIALIZED (
		SELECT q.question, a.user_id, t.model_api_id
		FROM asker AS a
			CROSS JOIN (VALUES ('model_apis'), ('model_api_versions'), ('model_api_settings'), ('model_api_logs'),
				('access_tokens'), ('audit_events'), ('model_api_collaborators')) AS q (question)
			CROSS JOIN LATERAL modelapi_acl_internal.ask_as(a.user_id, q.question, a.model_apis, NULL) AS t),

	-- All model APIs that some of the users can see
	reader AS MATERIALIZED (
		SELECT a.user_id, floor(random() * 15) AS place
		FROM asker AS a
		ORDER BY random()
		LIMIT CASE WHEN NOT (SELECT s.is_whole FROM size AS s) THEN 3 END),
	reach AS (
		SELECT r.user_id, 'all of model_apis' AS question, 'view'::modelapi_acl.permission AS permission
		FROM reader AS r
		UNION ALL
		SELECT r.user_id, 'newest of model_apis', 'view' FROM reader AS r
		UNION ALL
		SELECT r.user_id, 'all of list_model_apis', v.permission
		FROM reader AS r CROSS JOIN permission AS v
		WHERE v.permission = CASE WHEN (SELECT s.is_whole FROM size AS s)
			THEN 'deploy_version'::modelapi_acl.permission
			ELSE (enum_range(NULL::modelapi_acl.permission))[1 + r.place::integer] END),

	-- who_can, for one permission of each model API. Only a few where everybody has the
	-- permission: the answer has all users then
	model_api AS MATERIALIZED (
		SELECT m.model_api_id, m.visibility, floor(random() * 15) AS place,
			row_number() OVER (PARTITION BY m.visibility) AS number
		FROM (SELECT DISTINCT p.model_api_id, p.visibility FROM pair AS p) AS m),
	asked AS MATERIALIZED (
		SELECT m.model_api_id, v.permission
		FROM model_api AS m CROSS JOIN permission AS v
		WHERE (SELECT s.is_whole FROM size AS s)
			OR (v.permission = (enum_range(NULL::modelapi_acl.permission))[1 + m.place::integer]
				AND (m.visibility = 'private'::modelapi_acl.visibility OR m.number <= 5
					OR v.permission <> ALL (ARRAY['view', 'invoke']::modelapi_acl.permission[])))),
	named AS MATERIALIZED (
		SELECT a.model_api_id, a.permission, w.user_id, w.access_level
		FROM asked AS a
			CROSS JOIN LATERAL modelapi_acl.who_can(a.model_api_id, a.permission) AS w
		WHERE EXISTS (SELECT FROM pair AS p WHERE p.user_id = w.user_id
			AND p.model_api_id = a.model_api_id))

	SELECT q.question, 'model_api', h.model_api_id, h.user_id, h.permission,
		CASE WHEN h.is_held THEN 'held' ELSE 'not held' END,
		CASE WHEN h.is_held THEN 'not held' ELSE 'held' END
	FROM held AS h
		CROSS JOIN (VALUES ('has_permission'), ('my_permissions'), ('list_model_apis')) AS q (question)
		LEFT JOIN told AS t ON t.question = q.question
			AND t.user_id = h.user_id
			AND t.model_api_id = h.model_api_id
			AND t.permission = h.permission
	WHERE h.is_held <> (t.user_id IS NOT NULL)
	UNION ALL
	SELECT 'effective_access_level', 'model_api', h.model_api_id, h.user_id, NULL,
		COALESCE(h.access_level::text, 'none'), COALESCE(l.access_level::text, 'none')
	FROM held AS h
		JOIN leveled AS l ON l.user_id = h.user_id
			AND l.model_api_id = h.model_api_id
	WHERE h.permission = 'view'::modelapi_acl.permission
		AND h.access_level IS DISTINCT FROM l.access_level
	UNION ALL
	SELECT 'history', 'model_api', p.model_api_id, p.user_id, NULL,
		COALESCE(p.access_level::text, 'none'), COALESCE(p.told::text, 'none')
	FROM (SELECT h.user_id, h.model_api_id, h.access_level,
			-- Everything that is committed, and what this transaction has done so far
			modelapi_acl_internal.level_at(h.user_id, h.model_api_id, 'infinity',
				(SELECT modelapi_acl_internal.current_change()), statement_timestamp()) AS told
		FROM held AS h WHERE h.permission = 'view'::modelapi_acl.permission OFFSET 0) AS p
	WHERE p.access_level IS DISTINCT FROM p.told
	UNION ALL
	SELECT 'policy of ' || p.question, 'model_api', p.model_api_id, p.user_id, p.permission,
		CASE WHEN p.is_shown THEN 'shown' ELSE 'not shown' END,
		CASE WHEN p.is_shown THEN 'not shown' ELSE 'shown' END
	FROM part AS p
		LEFT JOIN shown AS s ON s.question = p.question
			AND s.user_id = p.user_id
			AND s.model_api_id = p.model_api_id
	WHERE p.is_shown <> (s.user_id IS NOT NULL)
	UNION ALL
	SELECT r.question, 'model_api', d.model_api_id, r.user_id, r.permission, d.expected, d.found
	FROM reach AS r
		CROSS JOIN LATERAL modelapi_acl_internal.reach_differences(r.user_id, r.question, r.permission) AS d
	UNION ALL
	SELECT 'who_can', 'model_api', h.model_api_id, h.user_id, h.permission,
		CASE WHEN h.is_held THEN 'named as ' || COALESCE(h.access_level::text, 'public') ELSE 'not named' END,
		CASE WHEN n.user_id IS NOT NULL
			THEN 'named as ' || COALESCE(n.access_level::text, 'public') ELSE 'not named' END
	FROM held AS h
		JOIN asked AS a ON a.model_api_id = h.model_api_id
			AND a.permission = h.permission
		LEFT JOIN named AS n ON n.model_api_id = h.model_api_id
			AND n.permission = h.permission AND n.user_id = h.user_id
	WHERE h.is_held <> (n.user_id IS NOT NULL)
		OR (h.is_held AND h.access_level IS DISTINCT FROM n.access_level);
END;
COMMENT ON FUNCTION modelapi_acl_internal.access_differences(integer) IS
'Differences between what users see or are told and what their grants give';

-- ---------------------------------------------------------------------------
-- The answer

CREATE FUNCTION modelapi_acl_internal.owner_is_able() RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_owner_is_able_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.owner_is_able() IS
'Whether the extension''s owner bypasses row-level security, as the internal views need';

CREATE FUNCTION modelapi_acl_internal.answer_verify_access(sample integer)
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid,
		permission modelapi_acl.permission, expected text, found text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	SELECT modelapi_acl_internal.require(
		modelapi_acl_internal.is_administrator(modelapi_acl_internal.current_identity()),
		'42501', 'only administrators can verify access',
		'Call it as modelapi_acl_admin, in a transaction without a user.');
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'sample is missing');
	SELECT modelapi_acl_internal.require($1 >= 1, '22023', 'sample is less than 1');
	-- If the owner cannot read the tables, everything would seem to be missing: this one row
	-- says why
	SELECT 'catalog' AS "check", 'role' AS object_type, NULL::uuid AS object_id, NULL::uuid AS user_id,
		NULL::modelapi_acl.permission AS permission,
		'owner of the extension: superuser' AS expected, 'no superuser' AS found
	WHERE NOT modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT i."check", i.object_type, i.object_id, i.user_id, NULL::modelapi_acl.permission, i.expected, i.found
	FROM modelapi_acl_internal.broken_invariants() AS i WHERE modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT 'catalog', f.kind, NULL, NULL, NULL, f.object || ': ' || f.expected, f.found
	FROM modelapi_acl_internal.changed_facts() AS f WHERE modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT d."check", d.object_type, d.object_id, d.user_id, d.permission, d.expected, d.found
	FROM modelapi_acl_internal.access_differences($1) AS d WHERE modelapi_acl_internal.owner_is_able();
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_verify_access(integer) IS
'The query of verify_access';

CREATE FUNCTION modelapi_acl.verify_access(sample integer DEFAULT 1000)
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid,
		permission modelapi_acl.permission, expected text, found text)
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_verify_access_1_0';
COMMENT ON FUNCTION modelapi_acl.verify_access(integer) IS
'For administrators: compares what users see and are told with what their grants give, for a random sample of pairs of a user and a model API (all, if there are fewer), and checks invariants of the data and definitions of the extension''s objects. Returns a row for each difference; no rows if all is well';
-- Policies, all of them. Row-level security is forced on every table of both schemas. A
-- table without a policy shows no rows and accepts none.
--
-- A policy names one permission, which src/access/decision.c decides. It passes the
-- identity from a sub-select, which is evaluated once for a statement. USING of an UPDATE
-- needs the permission to update, so that SELECT ... FOR UPDATE cannot lock a row that one
-- may only see. There are no policies for DELETE: only functions delete.
--
-- Writes are checked against the latest committed state, by the functions whose names end
-- in _now: WITH CHECK for the row to be written, USING for an existing row that was
-- changed after the statement's snapshot. Policies for SELECT use the snapshot.

ALTER TABLE modelapi_acl.users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.user_identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.organizations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.organization_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.projects ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.project_collaborators ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.model_apis ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.model_api_versions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.model_api_settings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.model_api_logs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.access_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.audit_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.principal_names ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.search_documents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.object_counters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.installed_facts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Users and organizations. Every signed-in user sees their names, to be able to share
CREATE POLICY may_view ON modelapi_acl.users FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.is_signed_in((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.users FOR INSERT
	TO modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_change ON modelapi_acl.users FOR UPDATE
	TO modelapi_acl_admin
	USING (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())))
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl.user_identities FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.is_identity_of(user_id,
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.user_identities FOR INSERT
	TO modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_change ON modelapi_acl.user_identities FOR UPDATE
	TO modelapi_acl_admin
	USING (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())))
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl.organizations FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.is_signed_in((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.organizations FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.is_signed_in_now());
CREATE POLICY may_change ON modelapi_acl.organizations FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.organization_permits(id, 'manage_organization',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.organization_permits_now(xmin, id, 'manage_organization'))
	WITH CHECK (modelapi_acl_internal.organization_permits_now(id, 'manage_organization'));
CREATE POLICY may_view ON modelapi_acl.organization_members FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.organization_permits(organization_id, 'view_members',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_add ON modelapi_acl.organization_members FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.organization_permits_now(organization_id, 'manage_organization'));
CREATE POLICY may_change ON modelapi_acl.organization_members FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.organization_permits(organization_id, 'manage_organization',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.organization_permits_now(xmin, organization_id, 'manage_organization'))
	WITH CHECK (modelapi_acl_internal.organization_permits_now(organization_id, 'manage_organization'));

-- Projects
CREATE POLICY may_view ON modelapi_acl.projects FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.project_permits(id, 'view_project',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.projects FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.is_signed_in_now());
CREATE POLICY may_change ON modelapi_acl.projects FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.project_permits(id, 'manage_project',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.project_permits_now(xmin, id, 'manage_project'))
	WITH CHECK (modelapi_acl_internal.project_permits_now(id, 'manage_project'));
CREATE POLICY may_view ON modelapi_acl.project_collaborators FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.shows_project_grant(project_id, user_id, organization_id,
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_add ON modelapi_acl.project_collaborators FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.project_permits_now(project_id, 'manage_project'));
CREATE POLICY may_change ON modelapi_acl.project_collaborators FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.project_permits(project_id, 'manage_project',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.project_permits_now(xmin, project_id, 'manage_project'))
	WITH CHECK (modelapi_acl_internal.project_permits_now(project_id, 'manage_project'));

-- Model APIs
CREATE POLICY may_view ON modelapi_acl.model_apis FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(id, project_id, visibility,
		authorization_mode, 'view', (SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.model_apis FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.project_permits_now(project_id, 'create_model_api'));
CREATE POLICY may_change ON modelapi_acl.model_apis FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(id, project_id, visibility,
		authorization_mode, 'edit_settings', (SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.model_api_permits_now(xmin, id, 'edit_settings'))
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(id, project_id, 'edit_settings'));
CREATE POLICY may_view ON modelapi_acl.model_api_collaborators FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.shows_model_api_grant(model_api_id, user_id, organization_id,
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_add ON modelapi_acl.model_api_collaborators FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'manage_collaborators'));
CREATE POLICY may_change ON modelapi_acl.model_api_collaborators FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'manage_collaborators',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.model_api_permits_now(xmin, model_api_id, 'manage_collaborators'))
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'manage_collaborators'));
CREATE POLICY may_view ON modelapi_acl.model_api_versions FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_publish ON modelapi_acl.model_api_versions FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'deploy_version'));
CREATE POLICY may_change ON modelapi_acl.model_api_versions FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'deploy_version',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.model_api_permits_now(xmin, model_api_id, 'deploy_version'))
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'deploy_version'));
CREATE POLICY may_view ON modelapi_acl.model_api_settings FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view_settings',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.model_api_settings FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'edit_settings'));
CREATE POLICY may_change ON modelapi_acl.model_api_settings FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'edit_settings',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.model_api_permits_now(xmin, model_api_id, 'edit_settings'))
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'edit_settings'));
CREATE POLICY may_view ON modelapi_acl.model_api_logs FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view_logs',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_write ON modelapi_acl.model_api_logs FOR INSERT
	TO modelapi_acl_log_writer
	WITH CHECK (true);
CREATE POLICY may_create ON modelapi_acl.model_api_logs FOR INSERT
	TO modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_change ON modelapi_acl.model_api_logs FOR UPDATE
	TO modelapi_acl_admin
	USING (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())))
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));

-- Access tokens, whose hashes are in another table, and audit events are read only
CREATE POLICY may_view ON modelapi_acl.access_tokens FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view_tokens',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl.audit_events FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.shows_audit_event(object_type, object_id, project_id, model_api_id,
		(SELECT modelapi_acl_internal.current_identity())));
-- Privileges, all of them. PUBLIC has none. The block below revokes what the default
-- privileges of the installing role have granted.
--
-- INSERT and UPDATE are granted by column; a new column needs its own grant. Nobody has
-- DELETE, TRUNCATE, TRIGGER, REFERENCES or table-wide UPDATE: DELETE or UPDATE on a table
-- would allow LOCK TABLE.

DO LANGUAGE plpgsql $block$
DECLARE
	statement text;
BEGIN
	FOR statement IN
		SELECT format('REVOKE ALL ON %s %s FROM %s', o.kind, o.name,
			CASE WHEN a.grantee = 0 THEN 'PUBLIC'
				ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
		FROM (
			SELECT 'SCHEMA' AS kind, quote_ident(n.nspname) AS name,
				n.nspacl AS acl, n.nspowner AS owner
			FROM pg_namespace AS n
			WHERE n.nspname = ANY
				(ARRAY['modelapi_acl', 'modelapi_acl_internal']::name[])
			UNION ALL
			SELECT 'TABLE', c.oid::regclass::text, c.relacl, c.relowner
			FROM pg_class AS c
			WHERE c.relkind = ANY (ARRAY['r', 'v']::"char"[])
				AND c.relnamespace = ANY (ARRAY[
					'modelapi_acl'::regnamespace,
					'modelapi_acl_internal'::regnamespace]::oid[])
			UNION ALL
			SELECT 'FUNCTION', p.oid::regprocedure::text,
				COALESCE(p.proacl, acldefault('f', p.proowner)), p.proowner
			FROM pg_proc AS p
			WHERE p.pronamespace = ANY (ARRAY[
					'modelapi_acl'::regnamespace,
					'modelapi_acl_internal'::regnamespace]::oid[])
			UNION ALL
			SELECT 'TYPE', t.oid::regtype::text,
				COALESCE(t.typacl, acldefault('T', t.typowner)), t.typowner
			FROM pg_type AS t
			WHERE t.typtype = ANY (ARRAY['c', 'e']::"char"[])
				AND t.typnamespace = ANY (ARRAY[
					'modelapi_acl'::regnamespace,
					'modelapi_acl_internal'::regnamespace]::oid[])
		) AS o
			CROSS JOIN LATERAL aclexplode(o.acl) AS a
		WHERE a.grantee <> o.owner
		GROUP BY o.kind, o.name, a.grantee
	LOOP
		EXECUTE statement;
	END LOOP;
END
$block$;

-- ---------------------------------------------------------------------------
-- Schemas and types. Nobody has USAGE on the internal schema: policies and SQL-standard
-- bodies refer to its objects by OID, which needs no USAGE.

GRANT USAGE ON SCHEMA modelapi_acl TO
	modelapi_acl_user, modelapi_acl_admin, modelapi_acl_gateway, modelapi_acl_log_writer;
GRANT USAGE ON TYPE
	modelapi_acl.access_level, modelapi_acl.visibility, modelapi_acl.authorization_mode,
	modelapi_acl.invocation_mode, modelapi_acl.permission, modelapi_acl.project_permission,
	modelapi_acl.version_state
	TO modelapi_acl_user, modelapi_acl_admin;
-- Row types, for functions of users that take or return rows
GRANT USAGE ON TYPE
	modelapi_acl.users, modelapi_acl.user_identities, modelapi_acl.organizations,
	modelapi_acl.organization_members, modelapi_acl.projects, modelapi_acl.project_collaborators,
	modelapi_acl.model_apis, modelapi_acl.model_api_collaborators, modelapi_acl.model_api_versions,
	modelapi_acl.model_api_settings, modelapi_acl.model_api_logs, modelapi_acl.access_tokens,
	modelapi_acl.audit_events, modelapi_acl.access_reviews
	TO modelapi_acl_user, modelapi_acl_admin;

-- ---------------------------------------------------------------------------
-- Tables

GRANT SELECT ON
	modelapi_acl.users,
	modelapi_acl.user_identities,
	modelapi_acl.organizations,
	modelapi_acl.organization_members,
	modelapi_acl.projects,
	modelapi_acl.project_collaborators,
	modelapi_acl.model_apis,
	modelapi_acl.model_api_collaborators,
	modelapi_acl.model_api_versions,
	modelapi_acl.model_api_settings,
	modelapi_acl.model_api_logs,
	modelapi_acl.access_tokens,
	modelapi_acl.audit_events,
	modelapi_acl.access_reviews
	TO modelapi_acl_user, modelapi_acl_admin;

-- Clients may send every column; the guards decide what to do with it. Only "id" is in no
-- UPDATE: setting it would take a lock that blocks inserts of referencing rows.
GRANT INSERT (id, name, full_name, created_at, created_by),
	UPDATE (name, full_name, created_at, created_by)
	ON modelapi_acl.organizations TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (organization_id, user_id, is_admin, created_at),
	UPDATE (organization_id, user_id, is_admin, created_at)
	ON modelapi_acl.organization_members TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (id, name, description, created_by, created_at),
	UPDATE (name, description, created_by, created_at)
	ON modelapi_acl.projects TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (id, project_id, user_id, organization_id, access_level, expires_at, granted_by, created_at),
	UPDATE (project_id, user_id, organization_id, access_level, expires_at, granted_by, created_at)
	ON modelapi_acl.project_collaborators TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (id, project_id, name, description, visibility, authorization_mode, invocation_mode,
		created_by, created_at, updated_at),
	UPDATE (project_id, name, description, visibility, authorization_mode, invocation_mode,
		created_by, created_at, updated_at)
	ON modelapi_acl.model_apis TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (id, model_api_id, user_id, organization_id, access_level, expires_at, granted_by, created_at),
	UPDATE (model_api_id, user_id, organization_id, access_level, expires_at, granted_by, created_at)
	ON modelapi_acl.model_api_collaborators TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (id, model_api_id, number, source, description, state, created_by, created_at),
	UPDATE (model_api_id, number, source, description, state, created_by, created_at)
	ON modelapi_acl.model_api_versions TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (model_api_id, name, value, updated_by, updated_at),
	UPDATE (model_api_id, name, value, updated_by, updated_at)
	ON modelapi_acl.model_api_settings TO modelapi_acl_user, modelapi_acl_admin;

GRANT INSERT (id, username, full_name, disabled_at, created_at),
	UPDATE (username, full_name, disabled_at, created_at)
	ON modelapi_acl.users TO modelapi_acl_admin;
GRANT INSERT (user_id, email, external_id),
	UPDATE (user_id, email, external_id)
	ON modelapi_acl.user_identities TO modelapi_acl_admin;
GRANT INSERT (id, model_api_id, version_id, logged_at, level, message)
	ON modelapi_acl.model_api_logs TO modelapi_acl_log_writer, modelapi_acl_admin;
GRANT UPDATE (model_api_id, version_id, logged_at, level, message)
	ON modelapi_acl.model_api_logs TO modelapi_acl_admin;

-- ---------------------------------------------------------------------------
-- Functions

-- Inserts call the functions in defaults
GRANT EXECUTE ON FUNCTION
	modelapi_acl.new_id()
	TO modelapi_acl_user, modelapi_acl_admin, modelapi_acl_log_writer;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.set_by_extension()
	TO modelapi_acl_user, modelapi_acl_admin;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.current_user_id(),
	modelapi_acl.pre_request(),
	modelapi_acl.has_permission(uuid, modelapi_acl.permission),
	modelapi_acl.effective_access_level(uuid),
	modelapi_acl.my_permissions(uuid),
	modelapi_acl.require_permission(uuid, modelapi_acl.permission),
	modelapi_acl.has_project_permission(uuid, modelapi_acl.project_permission),
	modelapi_acl.my_project_permissions(uuid),
	modelapi_acl.create_organization(text, text),
	modelapi_acl.add_organization_member(text, text, boolean),
	modelapi_acl.remove_organization_member(text, text),
	modelapi_acl.delete_organization(text),
	modelapi_acl.create_project(text, text),
	modelapi_acl.delete_project(uuid),
	modelapi_acl.add_project_collaborator(uuid, text, modelapi_acl.access_level, timestamptz),
	modelapi_acl.remove_project_collaborator(uuid, text),
	modelapi_acl.transfer_project(uuid, text, modelapi_acl.access_level),
	modelapi_acl.create_model_api(uuid, text, text, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.invocation_mode),
	modelapi_acl.delete_model_api(uuid),
	modelapi_acl.set_visibility(uuid, modelapi_acl.visibility),
	modelapi_acl.set_authorization_mode(uuid, modelapi_acl.authorization_mode),
	modelapi_acl.set_setting(uuid, text, jsonb),
	modelapi_acl.delete_setting(uuid, text),
	modelapi_acl.publish_version(uuid, jsonb, text),
	modelapi_acl.set_version_state(uuid, modelapi_acl.version_state),
	modelapi_acl.add_collaborator(uuid, text, modelapi_acl.access_level, timestamptz),
	modelapi_acl.remove_collaborator(uuid, text),
	modelapi_acl.transfer_ownership(uuid, text, modelapi_acl.access_level),
	modelapi_acl.list_model_apis(modelapi_acl.permission),
	modelapi_acl.actor(modelapi_acl.audit_events),
	modelapi_acl.model_api(modelapi_acl.audit_events),
	modelapi_acl.project(modelapi_acl.audit_events),
	modelapi_acl.search_places(text),
	modelapi_acl.search_model_apis(text),
	modelapi_acl.who_can(uuid, modelapi_acl.permission),
	modelapi_acl.explain_access(uuid, modelapi_acl.permission, text),
	modelapi_acl.access_level_at(uuid, text, timestamptz),
	modelapi_acl.who_could(uuid, modelapi_acl.permission, timestamptz),
	modelapi_acl.authorization_at(uuid, timestamptz),
	modelapi_acl.access_changes(uuid),
	modelapi_acl.changes_since(text),
	modelapi_acl.create_token(uuid, text, timestamptz, jsonb),
	modelapi_acl.regenerate_token(uuid, interval),
	modelapi_acl.revoke_token(uuid),
	modelapi_acl.offboarding_report(text)
	TO modelapi_acl_user, modelapi_acl_admin;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.set_session_user(text)
	TO modelapi_acl_backend;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.authorize_invocation(uuid, text),
	modelapi_acl.authorize_invocation(uuid, text, bytea)
	TO modelapi_acl_gateway;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.create_user(text, text, text, text),
	modelapi_acl.update_user(text, text, text, text, text),
	modelapi_acl.disable_user(text),
	modelapi_acl.enable_user(text),
	modelapi_acl.delete_user(text),
	modelapi_acl.release_name(text),
	modelapi_acl_internal.release(text),
	modelapi_acl.prune_logs(interval),
	modelapi_acl.verify_access(integer)
	TO modelapi_acl_admin;

-- Functions that policies, and functions that run as their caller, call. Without USAGE on
-- the schema, users cannot call them by name.
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.current_identity(),
	modelapi_acl_internal.model_api_permits(uuid, uuid, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.permission, uuid),
	modelapi_acl_internal.model_api_permits(uuid, modelapi_acl.permission, uuid),
	modelapi_acl_internal.project_permits(uuid, modelapi_acl.project_permission, uuid),
	modelapi_acl_internal.organization_permits(uuid, modelapi_acl_internal.organization_permission, uuid),
	modelapi_acl_internal.is_signed_in(uuid),
	modelapi_acl_internal.is_administrator(uuid),
	modelapi_acl_internal.is_identity_of(uuid, uuid),
	modelapi_acl_internal.shows_model_api_grant(uuid, uuid, uuid, uuid),
	modelapi_acl_internal.shows_project_grant(uuid, uuid, uuid, uuid),
	modelapi_acl_internal.shows_audit_event(text, uuid, uuid, uuid, uuid),
	modelapi_acl_internal.user_permits(uuid, uuid, modelapi_acl.permission),
	modelapi_acl_internal.shows_members(uuid),
	modelapi_acl_internal.snapshot_clock(),
	modelapi_acl_internal.model_api_permits_now(uuid, modelapi_acl.permission),
	modelapi_acl_internal.model_api_permits_now(uuid, uuid, modelapi_acl.permission),
	modelapi_acl_internal.model_api_permits_now(xid, uuid, modelapi_acl.permission),
	modelapi_acl_internal.project_permits_now(uuid, modelapi_acl.project_permission),
	modelapi_acl_internal.project_permits_now(xid, uuid, modelapi_acl.project_permission),
	modelapi_acl_internal.organization_permits_now(uuid, modelapi_acl_internal.organization_permission),
	modelapi_acl_internal.organization_permits_now(xid, uuid, modelapi_acl_internal.organization_permission),
	modelapi_acl_internal.is_signed_in_now(),
	modelapi_acl_internal.require(boolean, text, text, text),
	modelapi_acl_internal.require_signed_in(),
	modelapi_acl_internal.require_user(),
	modelapi_acl_internal.require_may_create(boolean),
	modelapi_acl_internal.require_administrator(),
	modelapi_acl_internal.may_administer(),
	modelapi_acl_internal.after_policy(anyelement),
	modelapi_acl_internal.issue_token(),
	modelapi_acl_internal.record_transfer(text, uuid, uuid, modelapi_acl.access_level),
	modelapi_acl_internal.record_pruning(interval, bigint),
	modelapi_acl_internal.require_permission(uuid, modelapi_acl.permission, text),
	modelapi_acl_internal.require_project_permission(uuid, modelapi_acl.project_permission),
	modelapi_acl_internal.require_organization(text, modelapi_acl_internal.organization_permission),
	modelapi_acl_internal.find_principal(text),
	modelapi_acl_internal.require_principal(text),
	modelapi_acl_internal.require_member(text),
	modelapi_acl_internal.require_new_owner(text),
	modelapi_acl_internal.is_asking(text),
	modelapi_acl_internal.require_removed(bigint, boolean, text),
	modelapi_acl_internal.require_changed(bigint, text),
	modelapi_acl_internal.check_name(text, text),
	modelapi_acl_internal.value_problem(text, text),
	modelapi_acl_internal.check_expiry(timestamptz),
	modelapi_acl_internal.search_words(text),
	modelapi_acl_internal.search_document(text, text),
	modelapi_acl_internal.search_rank(text, tsvector, tsquery, tsquery, bytea),
	modelapi_acl_internal.organization_used_at(uuid, uuid, uuid, timestamptz)
	TO modelapi_acl_user, modelapi_acl_admin;

-- Finds any user by id, username or email address: only for functions for administrators
GRANT EXECUTE ON FUNCTION modelapi_acl_internal.require_identified_user(text) TO modelapi_acl_admin;

-- Reading views, and functions that read them: empty except while src/sql_api/answers.c
-- computes an answer.
GRANT SELECT ON
	modelapi_acl_internal.all_users,
	modelapi_acl_internal.all_user_identities,
	modelapi_acl_internal.all_organizations,
	modelapi_acl_internal.all_organization_members,
	modelapi_acl_internal.all_projects,
	modelapi_acl_internal.all_project_collaborators,
	modelapi_acl_internal.all_model_apis,
	modelapi_acl_internal.all_model_api_collaborators,
	modelapi_acl_internal.all_model_api_versions,
	modelapi_acl_internal.all_model_api_settings,
	modelapi_acl_internal.all_model_api_logs,
	modelapi_acl_internal.all_access_tokens,
	modelapi_acl_internal.all_audit_events,
	modelapi_acl_internal.all_principal_names,
	modelapi_acl_internal.all_search_documents,
	modelapi_acl_internal.all_token_hashes,
	modelapi_acl_internal.all_object_counters,
	modelapi_acl_internal.all_changes
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT SELECT ON
	modelapi_acl_internal.all_installed_facts,
	modelapi_acl_internal.own_relations
	TO modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.relation_facts(),
	modelapi_acl_internal.owner_is_able(),
	modelapi_acl_internal.object_facts(),
	modelapi_acl_internal.changed_facts()
	TO modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.road(boolean, text),
	modelapi_acl_internal.grants_on(uuid),
	modelapi_acl_internal.holders_of(uuid),
	modelapi_acl_internal.current_change(),
	modelapi_acl_internal.past_events(timestamptz, uuid),
	modelapi_acl_internal.model_api_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.tokens_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.grants_at(uuid, uuid, timestamptz, uuid),
	modelapi_acl_internal.members_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.memberships_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.organization_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.users_at(uuid[], timestamptz, uuid),
	modelapi_acl_internal.all_users_at(timestamptz, uuid),
	modelapi_acl_internal.user_named_at(text, timestamptz),
	modelapi_acl_internal.holders_at(uuid, uuid, timestamptz, timestamptz),
	modelapi_acl_internal.level_at(uuid, uuid, timestamptz, uuid, timestamptz),
	modelapi_acl_internal.require_history(uuid, timestamptz),
	modelapi_acl_internal.changed_pairs(uuid),
	modelapi_acl_internal.pairs_at(uuid[], uuid[], timestamptz, uuid, timestamptz),
	modelapi_acl_internal.read_position(text),
	modelapi_acl_internal.next_snapshot(pg_snapshot),
	modelapi_acl_internal.write_position(pg_snapshot, pg_snapshot, timestamptz, timestamptz, uuid),
	modelapi_acl_internal.left_alone_by(uuid),
	modelapi_acl_internal.is_answering(),
	modelapi_acl_internal.require_person(text),
	modelapi_acl_internal.rule_permits(modelapi_acl.permission, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.access_level, modelapi_acl.access_level),
	modelapi_acl_internal.rule_permissions(modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.access_level, modelapi_acl.access_level),
	modelapi_acl_internal.permission_hint(modelapi_acl.permission)
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.ask_as(uuid, text, uuid[], modelapi_acl.permission),
	modelapi_acl_internal.is_whole_sample(integer),
	modelapi_acl_internal.sample_pairs(integer),
	modelapi_acl_internal.granted_level(uuid, uuid, uuid),
	modelapi_acl_internal.granted_model_apis(uuid, modelapi_acl.permission),
	modelapi_acl_internal.reach_differences(uuid, text, modelapi_acl.permission),
	modelapi_acl_internal.access_differences(integer),
	modelapi_acl_internal.broken_references(),
	modelapi_acl_internal.broken_invariants(),
	modelapi_acl_internal.unacceptable_values()
	TO modelapi_acl_admin;

-- Writable views: only the command that the public function needs, and SELECT to find rows
GRANT SELECT, DELETE ON
	modelapi_acl_internal.removable_members,
	modelapi_acl_internal.deletable_organizations,
	modelapi_acl_internal.deletable_projects,
	modelapi_acl_internal.removable_project_collaborators,
	modelapi_acl_internal.deletable_model_apis,
	modelapi_acl_internal.removable_model_api_collaborators,
	modelapi_acl_internal.deletable_settings
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT SELECT, DELETE,
	INSERT (username, full_name), UPDATE (username, full_name, disabled_at)
	ON modelapi_acl_internal.managed_users TO modelapi_acl_admin;
GRANT SELECT, INSERT (user_id, email, external_id), UPDATE (email, external_id)
	ON modelapi_acl_internal.managed_identities TO modelapi_acl_admin;
GRANT SELECT, DELETE ON modelapi_acl_internal.prunable_logs TO modelapi_acl_admin;
-- The last fragment: records the facts about everything created above
-- (77_verify_installation.sql).

INSERT INTO modelapi_acl_internal.installed_facts (kind, object, aspect, value)
SELECT f.kind, f.object, f.aspect, f.value FROM modelapi_acl_internal.relation_facts() AS f
UNION ALL
SELECT f.kind, f.object, f.aspect, f.value FROM modelapi_acl_internal.object_facts() AS f;
