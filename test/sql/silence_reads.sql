-- What the extension reads for an answer or a decision reveals nothing: neither by predicate
-- locks, which every role can list, nor by counters.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all
SET row_security = off;
UPDATE modelapi_acl.model_apis SET description = 'zebra' WHERE name = 'churn';
INSERT INTO modelapi_acl_internal.search_documents
	SELECT id, modelapi_acl_internal.search_document(name, description) FROM modelapi_acl.model_apis
	ON CONFLICT (model_api_id) DO UPDATE SET document = EXCLUDED.document;
RESET row_security;
CREATE FUNCTION test.read_locks() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', c.relname, l.locktype, l.page, l.tuple), E'\n' ORDER BY c.relname, l.page, l.tuple)
	FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
	WHERE l.mode = 'SIReadLock' AND l.pid = pg_backend_pid() AND c.relname ~ '^(search|model_api|project|organization|audit)' $$;

-- A serializable transaction locks what it reads. Words of hidden descriptions:
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stated;
SELECT name FROM modelapi_acl.search_model_apis('zebra');
SELECT test.read_locks() AS hit \gset
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stated;
SELECT name FROM modelapi_acl.search_model_apis('quagga');
SELECT test.read_locks() AS miss \gset
ROLLBACK;
SELECT :'hit' = :'miss' AS the_same, :'hit' ~ 'search_documents relation' AS as_a_whole;

-- Nor by the other locks: the rows of model APIs are read where words match only.
CREATE FUNCTION test.locks() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', c.relname, l.locktype, l.mode), E'\n' ORDER BY c.relname, l.locktype, l.mode)
	FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
	WHERE l.pid = pg_backend_pid() AND c.relname ~ '^(search|model_api|project|organization|audit)' $$;
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stated;
SELECT count(*) FROM modelapi_acl.search_places('zebra');
SELECT coalesce(test.locks(), 'none') AS hit \gset
ROLLBACK;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stated;
SELECT count(*) FROM modelapi_acl.search_places('quagga');
SELECT coalesce(test.locks(), 'none') AS miss \gset
ROLLBACK;
RESET SESSION AUTHORIZATION;
SELECT :'hit' = :'miss' AS the_same, :'hit' AS locks;

-- Grants to organizations are read in the order of the organizations' ids, only those of the
-- user's organizations. Others in between are skipped: stranger is in the first and the last of
-- these.
SET row_security = off;
INSERT INTO modelapi_acl.organizations (id, name) SELECT (n || '0000000-0000-4000-8000-000000000000')::uuid, 'between-' || n FROM generate_series(1, 5) n;
INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin)
	SELECT (n || '0000000-0000-4000-8000-000000000000')::uuid, test.id('stranger'), true FROM unnest(ARRAY[1, 5]) n;
RESET row_security;
CREATE FUNCTION test.looked() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM modelapi_acl.set_session_user('stranger');
	PERFORM FROM modelapi_acl.model_apis;
	RETURN (SELECT string_agg(concat_ws(' ', c.relname, pg_stat_get_xact_numscans(c.oid), pg_stat_get_xact_tuples_returned(c.oid), pg_stat_get_xact_blocks_fetched(c.oid)), E'\n' ORDER BY c.relname)
		FROM pg_class c WHERE c.relname ~ '^(project|model_api)_collaborators|^organization_members') || E'\n' || coalesce(test.read_locks(), '');
END $$;
SELECT pg_stat_force_next_flush();
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT test.looked() AS before \gset
ROLLBACK;
SELECT pg_stat_force_next_flush();
SET row_security = off;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, organization_id, access_level)
	SELECT test.id('churn'), (n || '0000000-0000-4000-8000-000000000000')::uuid, 'viewer' FROM generate_series(2, 4) n;
INSERT INTO modelapi_acl.project_collaborators (project_id, organization_id, access_level)
	SELECT test.id('growth'), (n || '0000000-0000-4000-8000-000000000000')::uuid, 'viewer' FROM generate_series(2, 4) n;
RESET row_security;
SELECT pg_stat_force_next_flush();
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT test.looked() AS after \gset
ROLLBACK;
SELECT :'before' = :'after' AS the_same, :'after' ~ 'model_api_collaborators_by_organization relation' AS as_a_whole;

-- A role with USAGE on every schema can call internal functions: without a user they look up no
-- address, and only administrators find anybody.
GRANT pg_read_all_data TO regress_person;
SET SESSION AUTHORIZATION regress_person;
SELECT modelapi_acl_internal.find_principal('founder@example.com');
SELECT test.try('SELECT modelapi_acl_internal.require_member(''founder@example.com'')');
SELECT test.try('SELECT modelapi_acl_internal.require_new_owner(''founder@example.com'')');
SELECT test.try('SELECT modelapi_acl_internal.require_identified_user(''founder@example.com'')');
RESET SESSION AUTHORIZATION;
REVOKE pg_read_all_data FROM regress_person;

-- A user in many organizations: whether they hold the permission through one of them is asked of
-- the memberships, once for each grant that could raise the level. Which organizations hold
-- which levels on what is hidden stays so.
SET row_security = off;
INSERT INTO modelapi_acl.organizations (id, name) SELECT md5('many' || n)::uuid, 'many-' || n FROM generate_series(1, 60) n;
INSERT INTO modelapi_acl.organization_members (organization_id, user_id) SELECT md5('many' || n)::uuid, test.id('stranger') FROM generate_series(1, 40) n;
RESET row_security;
CREATE FUNCTION test.asked() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM modelapi_acl.set_session_user('stranger');
	PERFORM modelapi_acl.has_permission(test.id('churn'), p) FROM unnest(enum_range(NULL::modelapi_acl.permission)) p;
	PERFORM FROM modelapi_acl.model_apis WHERE id = test.id('churn');
	PERFORM FROM modelapi_acl.projects WHERE id = test.id('growth');
	PERFORM FROM modelapi_acl.model_api_collaborators WHERE model_api_id = test.id('weather');
	RETURN (SELECT string_agg(concat_ws(' ', c.relname, pg_stat_get_xact_numscans(c.oid), pg_stat_get_xact_tuples_returned(c.oid),
			pg_stat_get_xact_tuples_fetched(c.oid), pg_stat_get_xact_blocks_fetched(c.oid)), E'\n' ORDER BY c.relname)
		FROM pg_class c WHERE c.relname ~ '^(project|model_api)_collaborators|^organization_members') || E'\n' || coalesce(test.read_locks(), '');
END $$;
-- the organizations from "$1" on hold the level, on the hidden ones and on a public one
CREATE PROCEDURE test.grant_to_others(n int, level modelapi_acl.access_level) LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL row_security = off;
	DELETE FROM modelapi_acl.model_api_collaborators WHERE user_id = test.id('sibling') OR organization_id IN (SELECT md5('many' || i)::uuid FROM generate_series(41, 60) i);
	DELETE FROM modelapi_acl.project_collaborators WHERE organization_id IN (SELECT md5('many' || i)::uuid FROM generate_series(41, 60) i);
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, organization_id, access_level)
		SELECT test.id('churn'), md5('many' || n + i)::uuid, CASE i WHEN 0 THEN level ELSE 'viewer' END FROM generate_series(0, 2) i;
	INSERT INTO modelapi_acl.project_collaborators (project_id, organization_id, access_level)
		SELECT test.id('growth'), md5('many' || n + i)::uuid, CASE i WHEN 0 THEN level ELSE 'viewer' END FROM generate_series(0, 2) i;
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, organization_id, access_level)
		SELECT test.id('weather'), CASE level WHEN 'viewer' THEN test.id('sibling') END, CASE WHEN level <> 'viewer' THEN md5('many' || n)::uuid END, level;
END $$;
CALL test.grant_to_others(41, 'viewer');
SELECT pg_stat_force_next_flush();
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT test.asked() AS before \gset
ROLLBACK;
CALL test.grant_to_others(51, 'owner');
SELECT pg_stat_force_next_flush();
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT test.asked() AS after \gset
ROLLBACK;
SELECT l AS shown_once, a.l IS NULL AS only_before FROM string_to_table(:'before', E'\n') b (l) FULL JOIN string_to_table(:'after', E'\n') a (l) USING (l)
WHERE a.l IS NULL OR b.l IS NULL ORDER BY 1;
SELECT :'after' ~ 'organization_members relation' AS as_a_whole;

-- Whose personal token it is that one may not see: the holder is looked up, and the lock does not
-- tell which user that was.
SET row_security = off;
INSERT INTO modelapi_acl.personal_tokens (id, user_id, name, hint)
	VALUES ('70000000-0000-4000-8000-000000000000', test.id('founder'), 'hidden', 'h');
RESET row_security;
CREATE FUNCTION test.locks_on_users() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', l.locktype, l.page, l.tuple), E'\n' ORDER BY l.page, l.tuple)
	FROM pg_locks l WHERE l.mode = 'SIReadLock' AND l.pid = pg_backend_pid() AND l.relation = 'modelapi_acl.users'::regclass $$;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stated;
SELECT count(*) FROM modelapi_acl.personal_tokens;
SELECT test.locks_on_users() AS of_founder \gset
ROLLBACK;
SET row_security = off;
UPDATE modelapi_acl.personal_tokens SET user_id = test.id('sibling') WHERE name = 'hidden';
RESET row_security;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stated;
SELECT count(*) FROM modelapi_acl.personal_tokens;
SELECT test.locks_on_users() AS of_sibling \gset
ROLLBACK;
SELECT :'of_founder' = :'of_sibling' AS the_same, :'of_founder' ~ 'relation' AS as_a_whole;

-- Whose access token it is that one may not see: the model API is looked up, and neither the lock nor
-- the counters tell which one that was. weather is public, so that everybody knows where its row is.
SET row_security = off;
DELETE FROM modelapi_acl.access_tokens;
INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint) VALUES (test.id('weather'), 'hidden', 'h');
INSERT INTO modelapi_acl.personal_token_model_apis (token_id, model_api_id)
	VALUES ('70000000-0000-4000-8000-000000000000', test.id('weather'));
RESET row_security;
CREATE FUNCTION test.read_of_model_apis() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', l.relation::regclass, l.locktype, l.page, l.tuple), E'\n' ORDER BY l.relation, l.page, l.tuple)
		|| (SELECT format(E'\nscans: %s, rows: %s', s.idx_scan, s.idx_tup_fetch)
			FROM pg_stat_xact_all_tables s WHERE s.relid = 'modelapi_acl.model_apis'::regclass)
	FROM pg_locks l WHERE l.mode = 'SIReadLock' AND l.pid = pg_backend_pid()
		AND l.relation = ANY ('{modelapi_acl.model_apis, modelapi_acl.personal_tokens}'::regclass[]) $$;
SELECT pg_stat_force_next_flush();
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SET LOCAL modelapi_acl.enable_reach_scan = off;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stated;
SELECT count(*) FROM modelapi_acl.access_tokens;
SELECT test.read_of_model_apis() AS of_weather \gset
ROLLBACK;
SET row_security = off;
DELETE FROM modelapi_acl.access_tokens;
INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint)
	VALUES (test.id('churn'), 'hidden', 'h');
RESET row_security;
SELECT pg_stat_force_next_flush();
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SET LOCAL modelapi_acl.enable_reach_scan = off;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stated;
SELECT count(*) FROM modelapi_acl.access_tokens;
SELECT test.read_of_model_apis() AS of_churn \gset
SELECT count(*) FROM modelapi_acl.personal_token_model_apis;
SELECT test.read_of_model_apis() ~ 'personal_tokens relation' AS lists_as_a_whole;
ROLLBACK;
SELECT :'of_weather' = :'of_churn' AS the_same, :'of_churn' ~ 'model_apis relation' AS as_a_whole,
	:'of_churn' ~ 'scans: 0, rows: 0' AS uncounted;

-- Nor do the counters of grants tell in how many runs the hidden rows are of the same model API.
-- stranger has more grants than are read at once.
SET row_security = off;
INSERT INTO modelapi_acl.projects (id, name) SELECT ('8' || n || '000000-0000-4000-8000-000000000000')::uuid, 'many-' || n FROM generate_series(1, 6) n;
INSERT INTO modelapi_acl.model_apis (id, project_id, name) SELECT p.id, p.id, 'm' FROM modelapi_acl.projects p WHERE p.name ~ '^many-';
INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level)
	SELECT id, test.id('stranger'), 'viewer' FROM modelapi_acl.projects WHERE name ~ '^many-[1-5]';
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level)
	SELECT id, test.id('stranger'), 'viewer' FROM modelapi_acl.projects WHERE name ~ '^many-[1-5]';
RESET row_security;
CREATE FUNCTION test.make_tokens(model_apis uuid[]) RETURNS void LANGUAGE sql AS $$
	DELETE FROM modelapi_acl.access_tokens;
	INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint) SELECT unnest, ordinality, 'h' FROM unnest(model_apis) WITH ORDINALITY;
	SELECT pg_stat_force_next_flush() $$;
CREATE FUNCTION test.grant_scans() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(s.relname || ' ' || s.idx_scan || ' ' || s.idx_tup_fetch, E'\n' ORDER BY s.relname) FROM pg_stat_xact_all_tables s
	WHERE s.schemaname = 'modelapi_acl' $$;
SET row_security = off;
SELECT test.make_tokens(array_fill(test.id('churn'), ARRAY[6])) \g /dev/null
RESET row_security;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SET LOCAL modelapi_acl.enable_reach_scan = off;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stated;
SELECT count(*) FROM modelapi_acl.access_tokens;
SELECT test.grant_scans() AS one_run \gset
ROLLBACK;
SET row_security = off;
SELECT test.make_tokens(ARRAY[test.id('churn'), p.id, test.id('churn'), p.id, test.id('churn'), p.id]) FROM modelapi_acl.projects p WHERE name = 'many-6' \g /dev/null
RESET row_security;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SET LOCAL modelapi_acl.enable_reach_scan = off;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stated;
SELECT count(*) FROM modelapi_acl.access_tokens;
SELECT test.grant_scans() AS six_runs \gset
ROLLBACK;
SELECT :'one_run' = :'six_runs' AS the_same;
