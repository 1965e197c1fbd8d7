-- Data for measuring: model APIs, 1 in 100 public, 20 in a project, each with two grants, a
-- version, a setting, a log line and an audit event; and tokens. One in 100 has a long and
-- rare name, the others one of eight words and a number. Four users have a known reach:
--
--	small	about 56 private model APIs: two projects and some single grants
--	medium	about 2,000: sixty projects and single grants
--	huge	a fifth of all: by an organization's grants on projects
--	granted	a fifth of all: by as many single grants
--
-- Variables: model_apis (1000000), tokens (1000000); parts (as many as model_apis) is the
-- number of versions, of settings, of log lines and of audit events
\set ON_ERROR_STOP on
\if :{?model_apis} \else \set model_apis 1000000 \endif
\if :{?tokens} \else \set tokens 1000000 \endif
\if :{?parts} \else \set parts :model_apis \endif
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION modelapi_acl;
SET client_min_messages = notice;
-- As in a restore: without guards, audit and checks of foreign keys.
SET row_security = off;
SET session_replication_role = replica;
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';
SET search_path = modelapi_acl, public;
-- REINDEX builds the indexes at the end and makes them ready again. The ids are random:
-- inserting them one by one takes many times as long.
UPDATE pg_index SET indisready = false
WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace));

CREATE SCHEMA bench;
-- The id for a number: random enough for an index, and known.
CREATE FUNCTION bench.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS $$ SELECT md5($1 || $2)::uuid $$;
CREATE TABLE bench.sizes AS SELECT :model_apis::bigint AS model_apis, greatest(:model_apis / 20, 100) AS projects,
	greatest(:model_apis / 10, 1000) AS users;
SELECT projects, users FROM bench.sizes \gset

INSERT INTO users (id, username, created_at) SELECT bench.id('user', n), 'u' || n, now() FROM generate_series(1, :users) n;
INSERT INTO users (id, username) SELECT bench.id('user', n), name
	FROM (VALUES (-1, 'small'), (-2, 'medium'), (-3, 'huge'), (-4, 'nothing'), (-5, 'granted')) v (n, name);
INSERT INTO modelapi_acl_internal.principal_names (name, user_id) SELECT username, id FROM users;
INSERT INTO user_identities (user_id, email) SELECT id, username || '@example.com' FROM users;
INSERT INTO organizations (id, name) SELECT bench.id('organization', n), 'o' || n FROM generate_series(1, 100) n;
INSERT INTO modelapi_acl_internal.principal_names (name, organization_id) SELECT name, id FROM organizations;
INSERT INTO organization_members (organization_id, user_id, is_admin)
	SELECT bench.id('organization', 1 + n % 100), bench.id('user', n), n <= 100 FROM generate_series(1, least(10000, :users)) n;
INSERT INTO organization_members (organization_id, user_id)
	SELECT bench.id('organization', 1), bench.id('user', -3);
-- an organization with 10,000 members, to grant something to
INSERT INTO organizations (id, name) VALUES (bench.id('organization', -1), 'everybody');
INSERT INTO modelapi_acl_internal.principal_names (name, organization_id) VALUES ('everybody', bench.id('organization', -1));
INSERT INTO organization_members (organization_id, user_id, is_admin)
	SELECT bench.id('organization', -1), bench.id('user', n), n = 1 FROM generate_series(1, least(10000, :users)) n;
INSERT INTO projects (id, name) SELECT bench.id('project', n), 'project ' || n FROM generate_series(1, :projects::bigint) n;
INSERT INTO project_collaborators (project_id, user_id, access_level)
	SELECT bench.id('project', n), bench.id('user', 1 + (n * 7919) % :users), 'owner' FROM generate_series(1, :projects::bigint) n;
INSERT INTO project_collaborators (project_id, user_id, access_level)
	SELECT bench.id('project', 11 * n), bench.id('user', -1), 'editor' FROM generate_series(1, 2) n;
INSERT INTO project_collaborators (project_id, user_id, access_level)
	SELECT bench.id('project', 13 * n), bench.id('user', -2), 'editor' FROM generate_series(1, least(60, :projects / 20)) n;
INSERT INTO project_collaborators (project_id, organization_id, access_level)
	SELECT bench.id('project', n), bench.id('organization', 1), 'editor' FROM generate_series(5, :projects, 5) n;

INSERT INTO model_apis (id, project_id, name, description, visibility, authorization_mode, invocation_mode, created_at, updated_at)
	SELECT bench.id('model_api', n), bench.id('project', 1 + (n * 104729) % :projects),
		coalesce((ARRAY['mistral-7b-instruct-v0.3', 'Llama-3.1-8B-Instruct', 'openai/whisper-large-v3', 'stable-diffusion-xl-base-1.0',
				'gpt-4o-mini', 'zephyr-7b-beta', 'CodeLlama-34b', 'bert-base-uncased', 'nllb-200-3.3B', 'deepseek-r1'])[n % 1000 - 100],
			(ARRAY['whisper', 'mistral', 'llama', 'resnet', 'clip', 'yolo', 'bert', 'chronos'])[1 + n % 8]) || '-' || n,
		CASE WHEN n % 1000 = 7 THEN 'Rare: zebra detector' ELSE 'Model ' || n || (ARRAY[' for text', ' for images', ' for sound'])[1 + n % 3] END,
		CASE WHEN n % 100 = 0 THEN 'public' ELSE 'private' END::visibility,
		CASE WHEN n % 10 = 3 THEN 'unrestricted' ELSE 'restricted' END::authorization_mode,
		CASE WHEN n % 2 = 0 THEN 'sync' ELSE 'async' END::invocation_mode,
		timestamptz '2025-01-01' + n * interval '20 seconds', now()
	FROM generate_series(1, :model_apis::bigint) n;
INSERT INTO modelapi_acl_internal.search_documents (model_api_id, document)
	SELECT id, modelapi_acl_internal.search_document(name, description) FROM model_apis;
-- for hand-written search: words of the configuration english, and trigrams
CREATE EXTENSION pg_trgm SCHEMA public;
CREATE TABLE bench.documents AS SELECT id AS model_api_id,
	setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', coalesce(description, '')), 'B') AS document FROM model_apis;
ALTER TABLE bench.documents ADD PRIMARY KEY (model_api_id);
CREATE INDEX ON bench.documents USING gin (document);
CREATE TABLE bench.names AS TABLE model_apis;
ALTER TABLE bench.names ADD PRIMARY KEY (id);
CREATE INDEX ON bench.names (project_id);
CREATE INDEX ON bench.names (created_at, id);
CREATE INDEX ON bench.names (created_at, id) WHERE visibility = 'public';
CREATE INDEX ON bench.names USING gin (name public.gin_trgm_ops);
INSERT INTO model_api_collaborators (model_api_id, user_id, access_level)
	SELECT bench.id('model_api', n), bench.id('user', 1 + (n * 31) % :users), 'owner' FROM generate_series(1, :model_apis::bigint) n;
INSERT INTO model_api_collaborators (model_api_id, user_id, access_level)
	SELECT bench.id('model_api', n), bench.id('user', 1 + (n * 31 + 1 + n % 977) % :users), 'viewer' FROM generate_series(1, :model_apis::bigint) n;
INSERT INTO model_api_collaborators (model_api_id, user_id, access_level)
	SELECT bench.id('model_api', n * 4999), bench.id('user', -1), 'editor' FROM generate_series(1, least(16, :model_apis / 4999)) n;
INSERT INTO model_api_collaborators (model_api_id, user_id, access_level)
	SELECT bench.id('model_api', n * 499), bench.id('user', -2), 'editor' FROM generate_series(1, least(800, :model_apis / 499)) n;
INSERT INTO model_api_collaborators (model_api_id, user_id, access_level)
	SELECT bench.id('model_api', n), bench.id('user', -5), 'editor' FROM generate_series(2, :model_apis::bigint, 5) n;
INSERT INTO model_api_versions (id, model_api_id, number, source)
	SELECT bench.id('version', n), bench.id('model_api', n), 1, '{}' FROM generate_series(1, :parts::bigint) n;
INSERT INTO modelapi_acl_internal.object_counters (object_id, last_version)
	SELECT bench.id('model_api', n), 1 FROM generate_series(1, :parts::bigint) n;
INSERT INTO model_api_settings (model_api_id, name, value)
	SELECT bench.id('model_api', n), 'region', '"eu"' FROM generate_series(1, :parts::bigint) n;
INSERT INTO model_api_logs (model_api_id, message, logged_at)
	SELECT bench.id('model_api', 1 + (n * 48611) % :model_apis), 'line ' || n, timestamptz '2025-01-01' + n * interval '20 seconds'
	FROM generate_series(1, :parts::bigint) n;
INSERT INTO audit_events (change_id, occurred_at, database_role, action, object_type, object_id, project_id, model_api_id)
	SELECT bench.id('change', n), timestamptz '2025-01-01' + n * interval '20 seconds', 'bench', 'model_api.created', 'model_api', id, project_id, id
	FROM (SELECT n, bench.id('model_api', 1 + (n * 48611) % :model_apis) AS id,
		bench.id('project', 1 + ((1 + (n * 48611) % :model_apis) * 104729) % :projects) AS project_id
		FROM generate_series(1, :parts::bigint) n) e;
INSERT INTO access_tokens (id, model_api_id, name, hint)
	SELECT bench.id('token', n), bench.id('model_api', 1 + n % :model_apis), 'token ' || n, 'mapi_xxxx…xxxx' FROM generate_series(1, :tokens) n;
-- Each of the next rows takes a copy of its token, found by index
REINDEX TABLE access_tokens;
INSERT INTO modelapi_acl_internal.token_hashes (hash, token_id)
	SELECT sha256(n::text::bytea), bench.id('token', n) FROM generate_series(1, :tokens) n;
SET client_min_messages = warning;
REINDEX SCHEMA modelapi_acl;
REINDEX SCHEMA modelapi_acl_internal;
VACUUM (ANALYZE, FREEZE);
CHECKPOINT;
