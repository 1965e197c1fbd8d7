-- Tables, constraints, indexes, and the marks that make pg_dump carry the rows.
--
-- Every key is a random uuid that the extension makes, so that an id tells
-- nothing about other rows. Policies stand in 80_policies.sql, privileges in
-- 90_grants.sql. References to the person who did something become NULL when
-- that person is deleted: the audit history keeps who it was.

COMMENT ON SCHEMA modelapi_acl IS
'modelapi_acl: who may find, see, change, deploy, share and call model APIs';
CREATE SCHEMA modelapi_acl_internal;
COMMENT ON SCHEMA modelapi_acl_internal IS
'Policy helpers, trigger functions, hashes of tokens and counters of modelapi_acl; nothing here is for direct use';

-- What defaults call lies in this schema: clients send the text of a default

CREATE FUNCTION modelapi_acl.new_id() RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_new_id_1_0';
COMMENT ON FUNCTION modelapi_acl.new_id() IS
'The default of the columns "id": an id that one new row of this transaction may have';

-- Inlined, so that it costs nothing. Not IMMUTABLE: the planner would call it, before the
-- executor asks for the privileges on the table.
CREATE FUNCTION modelapi_acl.set_by_extension() RETURNS uuid
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN NULL::uuid;
COMMENT ON FUNCTION modelapi_acl.set_by_extension() IS
'The default of columns that tell who did something: NULL, in whose place the extension puts the user';

-- ---------------------------------------------------------------------------
-- People

CREATE TABLE modelapi_acl.users (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	username text NOT NULL,
	full_name text,
	disabled_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE modelapi_acl.users IS 'People and service accounts of the deployment';
COMMENT ON COLUMN modelapi_acl.users.id IS 'Key, made by the extension';
COMMENT ON COLUMN modelapi_acl.users.username IS 'Name to sign in and to be shared with by; unique among users and organizations regardless of case';
COMMENT ON COLUMN modelapi_acl.users.full_name IS 'Name to show; free text';
COMMENT ON COLUMN modelapi_acl.users.disabled_at IS 'Since when the user has no access at all; NULL: enabled';
COMMENT ON COLUMN modelapi_acl.users.created_at IS 'When the user was created';

CREATE TABLE modelapi_acl.user_identities (
	user_id uuid PRIMARY KEY REFERENCES modelapi_acl.users ON DELETE CASCADE,
	email text NOT NULL,
	external_id text CONSTRAINT user_identities_external_id_key UNIQUE
);
-- Of ASCII letters alone, whatever the database's locale; see src/email.c
CREATE UNIQUE INDEX user_identities_email_key
	ON modelapi_acl.user_identities ((pg_catalog.lower(email COLLATE pg_catalog."C")));
COMMENT ON TABLE modelapi_acl.user_identities IS 'What identifies a user elsewhere; each user sees their own row only';
COMMENT ON COLUMN modelapi_acl.user_identities.user_id IS 'Whose identity this is';
COMMENT ON COLUMN modelapi_acl.user_identities.email IS 'Email address, in Unicode''s NFC; unique regardless of the case of ASCII letters';
COMMENT ON COLUMN modelapi_acl.user_identities.external_id IS 'Subject of the user''s JSON Web Tokens (claim sub)';

CREATE TABLE modelapi_acl.organizations (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	name text NOT NULL,
	full_name text,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	created_by uuid DEFAULT modelapi_acl.set_by_extension()
		CONSTRAINT organizations_created_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL
);
-- for who creates, and who is deleted
CREATE INDEX organizations_by_creator ON modelapi_acl.organizations (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE modelapi_acl.organizations IS 'Named sets of users; members hold whatever their organization was granted';
COMMENT ON COLUMN modelapi_acl.organizations.id IS 'Key, made by the extension';
COMMENT ON COLUMN modelapi_acl.organizations.name IS 'Name to be shared with by; unique among users and organizations regardless of case';
COMMENT ON COLUMN modelapi_acl.organizations.full_name IS 'Name to show; free text';
COMMENT ON COLUMN modelapi_acl.organizations.created_at IS 'When the organization was created';
COMMENT ON COLUMN modelapi_acl.organizations.created_by IS 'Who created it; set by the extension';

CREATE TABLE modelapi_acl.organization_members (
	organization_id uuid NOT NULL REFERENCES modelapi_acl.organizations ON DELETE CASCADE,
	user_id uuid NOT NULL REFERENCES modelapi_acl.users ON DELETE CASCADE,
	is_admin boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT organization_members_pkey PRIMARY KEY (organization_id, user_id)
);
CREATE UNIQUE INDEX organization_members_by_user
	ON modelapi_acl.organization_members (user_id, organization_id);
COMMENT ON TABLE modelapi_acl.organization_members IS 'Who belongs to which organization; seen by its members';
COMMENT ON COLUMN modelapi_acl.organization_members.organization_id IS 'The organization';
COMMENT ON COLUMN modelapi_acl.organization_members.user_id IS 'The member';
COMMENT ON COLUMN modelapi_acl.organization_members.is_admin IS 'Whether the member manages the organization''s membership and name';
COMMENT ON COLUMN modelapi_acl.organization_members.created_at IS 'When the member joined';

-- Usernames and organization names share one namespace: this is it, in lower
-- case. The guard triggers keep it; the primary key decides races. A name that
-- was freed by renaming or deletion stays here, reserved, with its last holder,
-- who may be gone: so there are no foreign keys.
CREATE TABLE modelapi_acl_internal.principal_names (
	name text COLLATE pg_catalog."C" CONSTRAINT principal_names_pkey PRIMARY KEY,
	user_id uuid,
	organization_id uuid,
	reserved_at timestamptz,
	created_by uuid,
	CONSTRAINT principal_names_one_holder
		CHECK ((user_id IS NULL) OPERATOR(pg_catalog.<>) (organization_id IS NULL))
);
CREATE UNIQUE INDEX principal_names_of_user ON modelapi_acl_internal.principal_names (user_id)
	WHERE reserved_at IS NULL;
CREATE UNIQUE INDEX principal_names_of_organization ON modelapi_acl_internal.principal_names (organization_id)
	WHERE reserved_at IS NULL;
CREATE INDEX principal_names_by_creator ON modelapi_acl_internal.principal_names (created_by)
	WHERE created_by IS NOT NULL;
COMMENT ON TABLE modelapi_acl_internal.principal_names IS
'The one namespace of usernames and organization names, in lower case';
COMMENT ON COLUMN modelapi_acl_internal.principal_names.reserved_at IS 'Since when nobody holds it any more; NULL: it is held';
COMMENT ON COLUMN modelapi_acl_internal.principal_names.created_by IS 'Of a reserved name of an organization: who created that one';

-- ---------------------------------------------------------------------------
-- Projects

CREATE TABLE modelapi_acl.projects (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	name text NOT NULL,
	description text,
	created_by uuid DEFAULT modelapi_acl.set_by_extension()
		CONSTRAINT projects_created_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE modelapi_acl.projects IS 'What holds model APIs; a project''s collaborators have access to every model API in it';
COMMENT ON COLUMN modelapi_acl.projects.id IS 'Key, made by the extension';
COMMENT ON COLUMN modelapi_acl.projects.name IS 'Name; need not be unique';
COMMENT ON COLUMN modelapi_acl.projects.description IS 'What the project is about';
COMMENT ON COLUMN modelapi_acl.projects.created_by IS 'Who created it; set by the extension';
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
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT project_collaborators_one_principal
		CHECK ((user_id IS NULL) OPERATOR(pg_catalog.<>) (organization_id IS NULL)),
	CONSTRAINT project_collaborators_user_key
		UNIQUE (user_id, project_id),
	CONSTRAINT project_collaborators_organization_key
		UNIQUE (organization_id, project_id)
);
-- All that a decision needs to know of a grant. Beside the keys: clients that read
-- a key's columns from the catalog take included ones for a part of it.
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
COMMENT ON TABLE modelapi_acl.project_collaborators IS 'Grants on projects: one for each principal at the most';
COMMENT ON COLUMN modelapi_acl.project_collaborators.id IS 'Key, made by the extension';
COMMENT ON COLUMN modelapi_acl.project_collaborators.project_id IS 'The project that the grant is on';
COMMENT ON COLUMN modelapi_acl.project_collaborators.user_id IS 'The user who holds the grant, or NULL for an organization''s';
COMMENT ON COLUMN modelapi_acl.project_collaborators.organization_id IS 'The organization that holds the grant, or NULL for a user''s';
COMMENT ON COLUMN modelapi_acl.project_collaborators.access_level IS 'What the grant allows';
COMMENT ON COLUMN modelapi_acl.project_collaborators.expires_at IS 'From when the grant counts for nothing; NULL: never';
COMMENT ON COLUMN modelapi_acl.project_collaborators.granted_by IS 'Who granted it last; set by the extension';
COMMENT ON COLUMN modelapi_acl.project_collaborators.created_at IS 'When it was first granted';

-- ---------------------------------------------------------------------------
-- Model APIs and what hangs on them

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
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	updated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT model_apis_pkey PRIMARY KEY (id)
);
-- Each carries all that a decision needs to know of a row
CREATE INDEX model_apis_by_id ON modelapi_acl.model_apis (id)
	INCLUDE (project_id, visibility, authorization_mode, created_at, invocation_mode);
CREATE INDEX model_apis_by_project ON modelapi_acl.model_apis (project_id, created_at)
	INCLUDE (id, visibility, authorization_mode);
CREATE INDEX model_apis_by_creation ON modelapi_acl.model_apis (created_at, id)
	INCLUDE (project_id, visibility, authorization_mode);
CREATE INDEX model_apis_public ON modelapi_acl.model_apis (created_at, id)
	INCLUDE (project_id, authorization_mode)
	WHERE visibility OPERATOR(pg_catalog.=) 'public'::modelapi_acl.visibility;
COMMENT ON TABLE modelapi_acl.model_apis IS 'Deployed prediction endpoints';
COMMENT ON COLUMN modelapi_acl.model_apis.id IS 'Key, made by the extension';
COMMENT ON COLUMN modelapi_acl.model_apis.project_id IS 'The project that it belongs to, for good';
COMMENT ON COLUMN modelapi_acl.model_apis.name IS 'Name; need not be unique';
COMMENT ON COLUMN modelapi_acl.model_apis.description IS 'What it predicts';
COMMENT ON COLUMN modelapi_acl.model_apis.visibility IS 'Who may find and view it; changed by owners';
COMMENT ON COLUMN modelapi_acl.model_apis.authorization_mode IS 'Whether a prediction request needs a token';
COMMENT ON COLUMN modelapi_acl.model_apis.invocation_mode IS 'How it is called: sync takes HTTP Basic, async takes HTTP Bearer';
COMMENT ON COLUMN modelapi_acl.model_apis.created_by IS 'Who created it; set by the extension';
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
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT model_api_collaborators_one_principal
		CHECK ((user_id IS NULL) OPERATOR(pg_catalog.<>) (organization_id IS NULL)),
	CONSTRAINT model_api_collaborators_user_key
		UNIQUE (user_id, model_api_id),
	CONSTRAINT model_api_collaborators_organization_key
		UNIQUE (organization_id, model_api_id)
);
-- All that a decision needs to know of a grant. Beside the keys: clients that read
-- a key's columns from the catalog take included ones for a part of it.
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
COMMENT ON TABLE modelapi_acl.model_api_collaborators IS 'Grants on single model APIs: one for each principal at the most';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.id IS 'Key, made by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.model_api_id IS 'The model API that the grant is on';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.user_id IS 'The user who holds the grant, or NULL for an organization''s';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.organization_id IS 'The organization that holds the grant, or NULL for a user''s';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.access_level IS 'What the grant allows';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.expires_at IS 'From when the grant counts for nothing; NULL: never';
COMMENT ON COLUMN modelapi_acl.model_api_collaborators.granted_by IS 'Who granted it last; set by the extension';
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
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
-- An UPDATE that names a column of a plain unique key locks the row against whoever
-- refers to it, whatever the value. So foreign keys lead to "id" alone, which no client
-- may send on an UPDATE, and numbers are kept unique by an index that is partial, which
-- no foreign key can lead to. It leaves nothing out.
CREATE UNIQUE INDEX model_api_versions_number_key
	ON modelapi_acl.model_api_versions (model_api_id, number) WHERE model_api_id IS NOT NULL;
COMMENT ON TABLE modelapi_acl.model_api_versions IS 'Versions of model APIs, as they were published';
COMMENT ON COLUMN modelapi_acl.model_api_versions.id IS 'Key, made by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_versions.model_api_id IS 'The model API';
COMMENT ON COLUMN modelapi_acl.model_api_versions.number IS '1, 2, 3 ... for each model API; set by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_versions.source IS 'Where the version''s code and weights come from; never changes';
COMMENT ON COLUMN modelapi_acl.model_api_versions.description IS 'What is new in it; never changes';
COMMENT ON COLUMN modelapi_acl.model_api_versions.state IS 'Whether it serves requests';
COMMENT ON COLUMN modelapi_acl.model_api_versions.created_by IS 'Who published it; set by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_versions.created_at IS 'When it was published';

CREATE TABLE modelapi_acl.model_api_settings (
	model_api_id uuid NOT NULL REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	name text NOT NULL,
	value jsonb NOT NULL,
	updated_by uuid DEFAULT modelapi_acl.set_by_extension()
		CONSTRAINT model_api_settings_updated_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	updated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT model_api_settings_pkey PRIMARY KEY (model_api_id, name)
);
COMMENT ON TABLE modelapi_acl.model_api_settings IS 'Named values of model APIs; seen and changed by editors and owners';
COMMENT ON COLUMN modelapi_acl.model_api_settings.model_api_id IS 'The model API';
COMMENT ON COLUMN modelapi_acl.model_api_settings.name IS 'Name of the setting, one of each for a model API';
COMMENT ON COLUMN modelapi_acl.model_api_settings.value IS 'Its value';
COMMENT ON COLUMN modelapi_acl.model_api_settings.updated_by IS 'Who set it last; set by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_settings.updated_at IS 'When it was last set';

CREATE TABLE modelapi_acl.model_api_logs (
	id uuid PRIMARY KEY DEFAULT modelapi_acl.new_id(),
	model_api_id uuid NOT NULL REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	version_id uuid CONSTRAINT model_api_logs_version_id_fkey
		REFERENCES modelapi_acl.model_api_versions ON DELETE CASCADE,
	logged_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	level text NOT NULL DEFAULT 'info',
	message text NOT NULL,
	CONSTRAINT model_api_logs_level CHECK (level OPERATOR(pg_catalog.=)
		ANY (ARRAY['debug', 'info', 'warning', 'error', 'critical']))
);
CREATE INDEX model_api_logs_by_model_api
	ON modelapi_acl.model_api_logs (model_api_id, logged_at);
-- for versions that are deleted
CREATE INDEX model_api_logs_by_version ON modelapi_acl.model_api_logs (version_id) WHERE version_id IS NOT NULL;
CREATE INDEX model_api_logs_by_time ON modelapi_acl.model_api_logs (logged_at);
COMMENT ON TABLE modelapi_acl.model_api_logs IS 'What model APIs logged; written by the log writer';
COMMENT ON COLUMN modelapi_acl.model_api_logs.id IS 'Key, made by the extension';
COMMENT ON COLUMN modelapi_acl.model_api_logs.model_api_id IS 'The model API';
COMMENT ON COLUMN modelapi_acl.model_api_logs.version_id IS 'The version that logged it, where known';
COMMENT ON COLUMN modelapi_acl.model_api_logs.logged_at IS 'When it was logged';
COMMENT ON COLUMN modelapi_acl.model_api_logs.level IS 'debug, info, warning, error or critical';
COMMENT ON COLUMN modelapi_acl.model_api_logs.message IS 'What was logged';

-- ---------------------------------------------------------------------------
-- Access tokens. The table that people may list and the hashes stand apart:
-- no policy and no privilege leads to a hash.

-- What a request for a prediction needs to know is in indexes
CREATE TABLE modelapi_acl.access_tokens (
	id uuid DEFAULT pg_catalog.gen_random_uuid(),
	model_api_id uuid NOT NULL REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	name text NOT NULL,
	hint text NOT NULL,
	created_by uuid CONSTRAINT access_tokens_created_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
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
-- who deletes or looks into a user asks for these; most tokens have no second maker
CREATE INDEX access_tokens_by_creator ON modelapi_acl.access_tokens (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX access_tokens_by_regenerator ON modelapi_acl.access_tokens (regenerated_by) WHERE regenerated_by IS NOT NULL;
COMMENT ON TABLE modelapi_acl.access_tokens IS 'Access tokens of model APIs, without their secrets';
COMMENT ON COLUMN modelapi_acl.access_tokens.id IS 'Key, made by the extension';
COMMENT ON COLUMN modelapi_acl.access_tokens.model_api_id IS 'The model API that the token opens';
COMMENT ON COLUMN modelapi_acl.access_tokens.name IS 'To whom and for what the token was issued';
COMMENT ON COLUMN modelapi_acl.access_tokens.hint IS 'First and last characters of the secret, to tell tokens apart';
COMMENT ON COLUMN modelapi_acl.access_tokens.created_by IS 'Who made it';
COMMENT ON COLUMN modelapi_acl.access_tokens.created_at IS 'When it was made';
COMMENT ON COLUMN modelapi_acl.access_tokens.regenerated_by IS 'Who gave it a new secret last';
COMMENT ON COLUMN modelapi_acl.access_tokens.regenerated_at IS 'When it last got a new secret';
COMMENT ON COLUMN modelapi_acl.access_tokens.expires_at IS 'From when it is refused; NULL: never';
COMMENT ON COLUMN modelapi_acl.access_tokens.revoked_by IS 'Who revoked it';
COMMENT ON COLUMN modelapi_acl.access_tokens.revoked_at IS 'When it was revoked; NULL: it was not';

CREATE TABLE modelapi_acl_internal.token_hashes (
	hash bytea,
	token_id uuid NOT NULL CONSTRAINT token_hashes_token_id_key UNIQUE
		REFERENCES modelapi_acl.access_tokens ON DELETE CASCADE,
	CONSTRAINT token_hashes_pkey PRIMARY KEY (hash),
	CONSTRAINT token_hashes_sha256 CHECK (pg_catalog.octet_length(hash) OPERATOR(pg_catalog.=) 32)
);
COMMENT ON TABLE modelapi_acl_internal.token_hashes IS 'SHA-256 of each access token''s current secret';

-- ---------------------------------------------------------------------------
-- Audit and counters

CREATE TABLE modelapi_acl.audit_events (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
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
CREATE INDEX audit_events_by_actor ON modelapi_acl.audit_events (actor_id, project_id, model_api_id, occurred_at)
	WHERE actor_id IS NOT NULL;
CREATE INDEX audit_events_by_time ON modelapi_acl.audit_events (occurred_at);
COMMENT ON TABLE modelapi_acl.audit_events IS 'Who changed what, when, from what, to what; written by the extension alone';
COMMENT ON COLUMN modelapi_acl.audit_events.id IS 'Key, made by the extension';
COMMENT ON COLUMN modelapi_acl.audit_events.change_id IS 'The same for all that one transaction did';
COMMENT ON COLUMN modelapi_acl.audit_events.occurred_at IS 'When it was done, by the clock';
COMMENT ON COLUMN modelapi_acl.audit_events.actor_id IS 'The user who did it, also when deleted since; NULL: a session without a user';
COMMENT ON COLUMN modelapi_acl.audit_events.database_role IS 'The current user, in a SECURITY DEFINER function its owner; in a foreign key''s cascade the session''s role';
COMMENT ON COLUMN modelapi_acl.audit_events.action IS 'What was done: object.verb in the past tense';
COMMENT ON COLUMN modelapi_acl.audit_events.object_type IS 'What kind of thing it was done to';
COMMENT ON COLUMN modelapi_acl.audit_events.object_id IS 'The thing it was done to';
COMMENT ON COLUMN modelapi_acl.audit_events.project_id IS 'The project that the thing belongs to, where it does';
COMMENT ON COLUMN modelapi_acl.audit_events.model_api_id IS 'The model API that the thing belongs to, where it does';
COMMENT ON COLUMN modelapi_acl.audit_events.old IS 'What was changed, before';
COMMENT ON COLUMN modelapi_acl.audit_events.new IS 'What was changed, after';

-- For the history of access, which would have to read through all other events:
-- grants and model APIs of a project, all that a user or an organization ever
-- held, who had which name, what was ever public
CREATE INDEX audit_events_by_project_access ON modelapi_acl.audit_events (project_id, object_type, occurred_at)
	WHERE object_type OPERATOR(pg_catalog.=) ANY (ARRAY['project_collaborator', 'model_api']);
CREATE INDEX audit_events_by_holding_user
	ON modelapi_acl.audit_events ((COALESCE(new, old) OPERATOR(pg_catalog.->>) 'user_id'), occurred_at)
	WHERE action OPERATOR(pg_catalog.=) ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
		'organization_member.added', 'organization_member.changed', 'organization_member.removed']);
CREATE INDEX audit_events_by_holding_organization
	ON modelapi_acl.audit_events ((COALESCE(new, old) OPERATOR(pg_catalog.->>) 'organization_id'), occurred_at)
	WHERE action OPERATOR(pg_catalog.=) ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed']);
CREATE INDEX audit_events_by_username
	ON modelapi_acl.audit_events (pg_catalog.lower((new OPERATOR(pg_catalog.->>) 'username') COLLATE pg_catalog."C"))
	WHERE action OPERATOR(pg_catalog.=) ANY (ARRAY['user.created', 'user.renamed']);
CREATE INDEX audit_events_by_publication ON modelapi_acl.audit_events (model_api_id)
	WHERE object_type OPERATOR(pg_catalog.=) 'model_api' AND (new OPERATOR(pg_catalog.->>) 'visibility') OPERATOR(pg_catalog.=) 'public';

-- When each transaction committed that wrote audit events, and as which one
CREATE TABLE modelapi_acl_internal.changes (
	change_id uuid CONSTRAINT changes_pkey PRIMARY KEY,
	committed_at timestamptz NOT NULL,
	transaction_id xid8 NOT NULL
);
CREATE INDEX changes_by_transaction ON modelapi_acl_internal.changes (transaction_id);
CREATE INDEX changes_by_time ON modelapi_acl_internal.changes (committed_at);
COMMENT ON TABLE modelapi_acl_internal.changes IS
'One row for each transaction that wrote audit events: when it committed, and its id in this cluster, by which pollers go on';

CREATE TABLE modelapi_acl_internal.search_documents (
	model_api_id uuid CONSTRAINT search_documents_pkey PRIMARY KEY
		REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	document tsvector NOT NULL
);
CREATE INDEX search_documents_by_word ON modelapi_acl_internal.search_documents USING gin (document);
COMMENT ON TABLE modelapi_acl_internal.search_documents IS
'What each model API is found by: the words of its name and description';

-- Narrow rows that are updated first, so that two changes never run beside each
-- other: one for each project, model API and organization, by a change that may take
-- away an owner or an admin, and another for the numbers of a model API's versions.
-- Who is being removed does not hold off the removal by publishing a version.
CREATE TABLE modelapi_acl_internal.object_counters (
	object_id uuid,
	of_versions boolean NOT NULL DEFAULT true,
	owner_changes bigint NOT NULL DEFAULT 0,
	last_version integer NOT NULL DEFAULT 0,
	CONSTRAINT object_counters_pkey PRIMARY KEY (object_id, of_versions)
) WITH (fillfactor = 70);
COMMENT ON TABLE modelapi_acl_internal.object_counters IS
'Rows that are updated by whatever must not run twice at a time: of owners'' and admins'' changes for each project, model API and organization, and of version numbers for each model API';

-- ---------------------------------------------------------------------------
-- Contents: what only those may learn whom the policies let see the row. There
-- are no statistics of these columns, and none of the expressions of indexes on
-- them: estimates would tell what hidden rows hold, and members of
-- pg_read_all_data read pg_statistic. All other columns (ids, keys that place a
-- row, numbers, times, names of principals) are the open ones of
-- src/policy_first.c.

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
-- Rows that pg_dump carries. One mark for each SELECT: two in one fail.

SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.users', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.user_identities', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.organizations', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.organization_members', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl_internal.principal_names', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.projects', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.project_collaborators', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.model_apis', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.model_api_collaborators', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.model_api_versions', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.model_api_settings', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.model_api_logs', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.access_tokens', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl_internal.token_hashes', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl.audit_events', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl_internal.changes', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl_internal.search_documents', '');
SELECT pg_catalog.pg_extension_config_dump('modelapi_acl_internal.object_counters', '');
