-- What an application would write itself: tables with the same grants, row-level security by
-- a function that looks the grants up, and an audit trigger. The setting app.user_id holds
-- the user. Owner of the model APIs that are written to: the user "writer", here and in the
-- extension's tables.
SET client_min_messages = warning;
CREATE SCHEMA own;
CREATE TABLE own.users AS SELECT id, username FROM modelapi_acl.users;
ALTER TABLE own.users ADD PRIMARY KEY (id), ADD UNIQUE (username);
CREATE TABLE own.organizations AS SELECT id, name FROM modelapi_acl.organizations;
ALTER TABLE own.organizations ADD PRIMARY KEY (id), ADD UNIQUE (name);
CREATE TABLE own.members AS SELECT organization_id, user_id, is_admin FROM modelapi_acl.organization_members;
ALTER TABLE own.members ADD PRIMARY KEY (user_id, organization_id);
CREATE TABLE own.projects AS SELECT id, name, created_at FROM modelapi_acl.projects;
ALTER TABLE own.projects ADD PRIMARY KEY (id);
CREATE TYPE own.access_level AS ENUM ('viewer', 'editor', 'owner');

-- The user "writer" owns the first model APIs and their projects.
SET row_security = off;
SET session_replication_role = replica;
INSERT INTO modelapi_acl.users (id, username) VALUES (bench.id('user', -6), 'writer');
INSERT INTO modelapi_acl_internal.principal_names (name, user_id) VALUES ('writer', bench.id('user', -6));
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
	SELECT bench.id('model_api', n), bench.id('user', -6), 'owner' FROM generate_series(1, :owned) n;
INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level)
	SELECT bench.id('project', n), bench.id('user', -6), 'owner' FROM generate_series(1, 100) n;
RESET session_replication_role;
RESET row_security;
INSERT INTO own.users VALUES (bench.id('user', -6), 'writer');

CREATE TABLE own.project_grants (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	project_id uuid NOT NULL REFERENCES own.projects ON DELETE CASCADE,
	user_id uuid REFERENCES own.users ON DELETE CASCADE,
	organization_id uuid REFERENCES own.organizations ON DELETE CASCADE,
	access_level own.access_level NOT NULL, expires_at timestamptz,
	granted_by uuid REFERENCES own.users ON DELETE SET NULL, created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (user_id, project_id), UNIQUE (organization_id, project_id));
INSERT INTO own.project_grants (project_id, user_id, organization_id, access_level)
	SELECT project_id, user_id, organization_id, access_level::text::own.access_level
	FROM modelapi_acl.project_collaborators;
CREATE INDEX ON own.project_grants (project_id);
CREATE TABLE own.model_apis (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	project_id uuid NOT NULL REFERENCES own.projects,
	name text NOT NULL CHECK (length(name) <= 200), description text,
	visibility text NOT NULL DEFAULT 'private', authorization_mode text NOT NULL DEFAULT 'restricted',
	invocation_mode text NOT NULL DEFAULT 'sync',
	created_by uuid REFERENCES own.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
INSERT INTO own.model_apis (id, project_id, name, description, visibility, authorization_mode, invocation_mode, created_at)
	SELECT id, project_id, name, description, visibility, authorization_mode, invocation_mode, created_at
	FROM modelapi_acl.model_apis;
CREATE INDEX ON own.model_apis (project_id, created_at);
CREATE INDEX ON own.model_apis (created_at, id);
CREATE INDEX ON own.model_apis (created_at, id) WHERE visibility = 'public';
-- full-text search
ALTER TABLE own.model_apis ADD document tsvector GENERATED ALWAYS AS
	(setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', coalesce(description, '')), 'B')) STORED;
CREATE INDEX ON own.model_apis USING gin (document);
CREATE TABLE own.grants (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	model_api_id uuid NOT NULL REFERENCES own.model_apis ON DELETE CASCADE,
	user_id uuid REFERENCES own.users ON DELETE CASCADE,
	organization_id uuid REFERENCES own.organizations ON DELETE CASCADE,
	access_level own.access_level NOT NULL, expires_at timestamptz,
	granted_by uuid REFERENCES own.users ON DELETE SET NULL, created_at timestamptz NOT NULL DEFAULT now(),
	CHECK ((user_id IS NULL) <> (organization_id IS NULL)),
	UNIQUE (user_id, model_api_id), UNIQUE (organization_id, model_api_id));
INSERT INTO own.grants (model_api_id, user_id, organization_id, access_level)
	SELECT model_api_id, user_id, organization_id, access_level::text::own.access_level
	FROM modelapi_acl.model_api_collaborators;
CREATE INDEX ON own.grants (model_api_id);
CREATE TABLE own.versions (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	model_api_id uuid NOT NULL REFERENCES own.model_apis ON DELETE CASCADE,
	number integer NOT NULL, source jsonb NOT NULL, description text, state text NOT NULL DEFAULT 'running',
	created_by uuid REFERENCES own.users ON DELETE SET NULL, created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (model_api_id, number));
INSERT INTO own.versions (model_api_id, number, source)
	SELECT model_api_id, number, source FROM modelapi_acl.model_api_versions;
CREATE TABLE own.settings (
	model_api_id uuid NOT NULL REFERENCES own.model_apis ON DELETE CASCADE,
	name text NOT NULL, value jsonb NOT NULL,
	updated_by uuid REFERENCES own.users ON DELETE SET NULL, updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (model_api_id, name));
INSERT INTO own.settings (model_api_id, name, value)
	SELECT model_api_id, name, value FROM modelapi_acl.model_api_settings;
CREATE TABLE own.tokens (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	model_api_id uuid NOT NULL REFERENCES own.model_apis ON DELETE CASCADE,
	name text NOT NULL, hash bytea NOT NULL UNIQUE,
	created_by uuid REFERENCES own.users ON DELETE SET NULL, created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz, revoked_at timestamptz);
INSERT INTO own.tokens (model_api_id, name, hash, created_by, created_at)
	SELECT model_api_id, name, sha256(id::text::bytea), created_by, created_at FROM modelapi_acl.access_tokens;
CREATE INDEX ON own.tokens (model_api_id);
CREATE INDEX ON own.tokens (created_by);
CREATE TABLE own.logs (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	model_api_id uuid NOT NULL REFERENCES own.model_apis ON DELETE CASCADE,
	version_id uuid REFERENCES own.versions ON DELETE CASCADE,
	logged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	level text NOT NULL DEFAULT 'info' CHECK (level IN ('debug', 'info', 'warning', 'error', 'critical')),
	message text NOT NULL);
INSERT INTO own.logs (model_api_id, logged_at, level, message)
	SELECT model_api_id, logged_at, level, message FROM modelapi_acl.model_api_logs;
CREATE INDEX ON own.logs (model_api_id, logged_at);
CREATE INDEX ON own.logs (logged_at);
CREATE TABLE own.audit (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
	actor_id uuid, database_role text NOT NULL DEFAULT current_user,
	action text NOT NULL, object_type text NOT NULL, model_api_id uuid,
	old jsonb, new jsonb);
INSERT INTO own.audit (occurred_at, actor_id, database_role, action, object_type, model_api_id, old, new)
	SELECT occurred_at, actor_id, database_role, action, object_type, model_api_id, old, new
	FROM modelapi_acl.audit_events;
CREATE INDEX ON own.audit (model_api_id, occurred_at);
CREATE INDEX ON own.audit (actor_id, occurred_at);
CREATE INDEX ON own.audit (occurred_at);

CREATE FUNCTION own.me() RETURNS uuid LANGUAGE sql STABLE
	AS $$ SELECT current_setting('app.user_id')::uuid $$;
-- SECURITY DEFINER: the tables of grants have policies, too
CREATE FUNCTION own.may_on_project(project uuid, at_least own.access_level) RETURNS boolean
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = own, pg_temp
AS $$
BEGIN
	RETURN EXISTS (
		SELECT FROM project_grants g
		WHERE g.project_id = project AND g.user_id = own.me() AND g.access_level >= at_least
			AND (g.expires_at IS NULL OR g.expires_at > now()))
	OR EXISTS (
		SELECT FROM members o JOIN project_grants g USING (organization_id)
		WHERE o.user_id = own.me() AND g.project_id = project AND g.access_level >= at_least
			AND (g.expires_at IS NULL OR g.expires_at > now()));
END
$$;
CREATE FUNCTION own.may(model_api uuid, at_least own.access_level) RETURNS boolean
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = own, pg_temp
AS $$
BEGIN
	RETURN EXISTS (
		SELECT FROM grants g
		WHERE g.model_api_id = model_api AND g.user_id = own.me() AND g.access_level >= at_least
			AND (g.expires_at IS NULL OR g.expires_at > now()))
	OR EXISTS (
		SELECT FROM members o JOIN grants g USING (organization_id)
		WHERE o.user_id = own.me() AND g.model_api_id = model_api AND g.access_level >= at_least
			AND (g.expires_at IS NULL OR g.expires_at > now()))
	OR EXISTS (
		SELECT FROM model_apis m JOIN project_grants g USING (project_id)
		WHERE m.id = model_api AND g.user_id = own.me() AND g.access_level >= at_least
			AND (g.expires_at IS NULL OR g.expires_at > now()))
	OR EXISTS (
		SELECT FROM model_apis m JOIN project_grants g USING (project_id) JOIN members o USING (organization_id)
		WHERE m.id = model_api AND o.user_id = own.me() AND g.access_level >= at_least
			AND (g.expires_at IS NULL OR g.expires_at > now()));
END
$$;
ALTER TABLE own.grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.model_apis ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.logs ENABLE ROW LEVEL SECURITY;
CREATE POLICY view ON own.grants FOR SELECT TO own_user USING (user_id = own.me() OR own.may(model_api_id, 'editor'));
CREATE POLICY change ON own.grants TO own_user USING (own.may(model_api_id, 'owner'));
CREATE POLICY view ON own.model_apis FOR SELECT TO own_user
	USING (visibility = 'public' OR own.may_on_project(project_id, 'viewer') OR own.may(id, 'viewer'));
CREATE POLICY add ON own.model_apis FOR INSERT TO own_user WITH CHECK (own.may_on_project(project_id, 'editor'));
CREATE POLICY change ON own.model_apis FOR UPDATE TO own_user USING (own.may(id, 'editor'));
CREATE POLICY change ON own.versions TO own_user USING (own.may(model_api_id, 'editor'));
CREATE POLICY change ON own.settings TO own_user USING (own.may(model_api_id, 'editor'));
CREATE POLICY change ON own.tokens TO own_user USING (own.may(model_api_id, 'editor'));
CREATE POLICY add ON own.logs FOR INSERT TO own_log_writer WITH CHECK (true);

CREATE FUNCTION own.audit() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = own, pg_temp
AS $$
BEGIN
	INSERT INTO audit (actor_id, action, object_type, model_api_id, old, new)
	VALUES (own.me(), lower(TG_OP), TG_TABLE_NAME,
		CASE WHEN TG_TABLE_NAME = 'model_apis' THEN (to_jsonb(COALESCE(NEW, OLD)) ->> 'id')::uuid
			ELSE (to_jsonb(COALESCE(NEW, OLD)) ->> 'model_api_id')::uuid END,
		CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - ARRAY['document', 'hash', 'value'] END,
		CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - ARRAY['document', 'hash', 'value'] END);
	RETURN NULL;
END
$$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON own.grants FOR EACH ROW EXECUTE FUNCTION own.audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON own.model_apis FOR EACH ROW EXECUTE FUNCTION own.audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON own.versions FOR EACH ROW EXECUTE FUNCTION own.audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON own.settings FOR EACH ROW EXECUTE FUNCTION own.audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON own.tokens FOR EACH ROW EXECUTE FUNCTION own.audit();

-- The creator of a model API is its owner, and versions are numbered.
CREATE FUNCTION own.add_owner() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = own, pg_temp
AS $$
BEGIN
	INSERT INTO grants (model_api_id, user_id, access_level) VALUES (NEW.id, own.me(), 'owner');
	RETURN NULL;
END
$$;
CREATE TRIGGER owner AFTER INSERT ON own.model_apis FOR EACH ROW EXECUTE FUNCTION own.add_owner();
CREATE FUNCTION own.number_version() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = own, pg_temp
AS $$
BEGIN
	PERFORM FROM model_apis m WHERE m.id = NEW.model_api_id FOR NO KEY UPDATE;
	SELECT COALESCE(max(v.number), 0) + 1 INTO NEW.number FROM versions v WHERE v.model_api_id = NEW.model_api_id;
	RETURN NEW;
END
$$;
CREATE TRIGGER number BEFORE INSERT ON own.versions FOR EACH ROW EXECUTE FUNCTION own.number_version();

GRANT USAGE ON SCHEMA own TO own_user, own_log_writer;
GRANT SELECT ON own.users, own.organizations TO own_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON own.grants, own.model_apis, own.versions, own.settings, own.tokens TO own_user;
GRANT INSERT ON own.logs TO own_log_writer;
VACUUM (ANALYZE, FREEZE);
CHECKPOINT;
