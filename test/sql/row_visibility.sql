-- How many rows of each table each user sees by a plain SELECT.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE TABLE test.seen (who text, place int, relation text, rows bigint);
GRANT SELECT, INSERT ON test.seen TO PUBLIC;
CALL test.each($$
	INSERT INTO test.seen
SELECT '%who%', %place%, 'users', count(*) FROM modelapi_acl.users
	UNION ALL SELECT '%who%', %place%, 'user_identities', count(*) FROM modelapi_acl.user_identities
	UNION ALL SELECT '%who%', %place%, 'organizations', count(*) FROM modelapi_acl.organizations
	UNION ALL SELECT '%who%', %place%, 'organization_members', count(*) FROM modelapi_acl.organization_members
	UNION ALL SELECT '%who%', %place%, 'projects', count(*) FROM modelapi_acl.projects
	UNION ALL SELECT '%who%', %place%, 'project_collaborators', count(*) FROM modelapi_acl.project_collaborators
	UNION ALL SELECT '%who%', %place%, 'model_apis', count(*) FROM modelapi_acl.model_apis
	UNION ALL SELECT '%who%', %place%, 'model_api_collaborators', count(*) FROM modelapi_acl.model_api_collaborators
	UNION ALL SELECT '%who%', %place%, 'model_api_versions', count(*) FROM modelapi_acl.model_api_versions
	UNION ALL SELECT '%who%', %place%, 'model_api_settings', count(*) FROM modelapi_acl.model_api_settings
	UNION ALL SELECT '%who%', %place%, 'model_api_logs', count(*) FROM modelapi_acl.model_api_logs
	UNION ALL SELECT '%who%', %place%, 'access_tokens', count(*) FROM modelapi_acl.access_tokens
	UNION ALL SELECT '%who%', %place%, 'audit_events', count(*) FROM modelapi_acl.audit_events
$$);
SELECT relation, rows, string_agg(who, ' ' ORDER BY place) AS who
FROM test.seen GROUP BY relation, rows ORDER BY relation, rows DESC;

-- Which rows: viewers see their own grants, of any kind; an expired grant is visible to its
-- holder only while they may view the object
CREATE TABLE test.grants_seen (who text, place int, grants text);
GRANT SELECT, INSERT ON test.grants_seen TO PUBLIC;
CALL test.each($$
	INSERT INTO test.grants_seen
	SELECT '%who%', %place%, string_agg(test.name(coalesce(user_id, organization_id)), ' '
		ORDER BY test.name(coalesce(user_id, organization_id)))
	FROM (SELECT user_id, organization_id FROM modelapi_acl.model_api_collaborators
		WHERE model_api_id = test.id('churn')
		UNION ALL SELECT user_id, organization_id FROM modelapi_acl.project_collaborators) g
$$);
SELECT grants, string_agg(who, ' ' ORDER BY place) AS who
FROM test.grants_seen GROUP BY grants ORDER BY min(place);
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public');
COMMIT;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('expired') \g /dev/null
SELECT test.name(user_id), access_level FROM modelapi_acl.model_api_collaborators;
COMMIT;

-- Other roles
SET SESSION AUTHORIZATION regress_nobody;
SELECT count(*) FROM modelapi_acl.model_apis;
SELECT modelapi_acl.current_user_id();
SET SESSION AUTHORIZATION regress_gateway;
SELECT count(*) FROM modelapi_acl.model_apis;
SELECT modelapi_acl.current_user_id();
SELECT allowed, status, reason FROM modelapi_acl.authorize_invocation(test.id('weather'), NULL);
SET SESSION AUTHORIZATION regress_log_writer;
SELECT count(*) FROM modelapi_acl.model_api_logs;
INSERT INTO modelapi_acl.model_api_logs (model_api_id, level, message) VALUES (test.id('churn'), 'warning', 'slow');
INSERT INTO modelapi_acl.model_api_logs (model_api_id, level, message) VALUES (test.id('churn'), 'loud', 'x');
UPDATE modelapi_acl.model_api_logs SET message = 'x';
SET SESSION AUTHORIZATION regress_person;
SELECT count(*) FROM modelapi_acl.model_apis;
SET SESSION AUTHORIZATION regress_admin;
SELECT (SELECT count(*) FROM modelapi_acl.users) AS users,
	(SELECT count(*) FROM modelapi_acl.user_identities) AS identities,
	(SELECT count(*) FROM modelapi_acl.model_apis) AS model_apis,
	(SELECT count(*) FROM modelapi_acl.access_tokens) AS tokens,
	(SELECT count(*) > 50 FROM modelapi_acl.audit_events) AS audit;
SELECT count(*) FROM modelapi_acl_internal.token_hashes;
RESET SESSION AUTHORIZATION;

-- A condition that reports its arguments never sees a hidden row
CREATE FUNCTION test.tell(name text) RETURNS boolean LANGUAGE plpgsql COST 0.000001
	AS $$ BEGIN RAISE NOTICE 'told of %', name; RETURN true; END $$;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('sibling') \g /dev/null
SET LOCAL modelapi_acl.enable_reach_scan = off;
SELECT name FROM modelapi_acl.model_apis WHERE test.tell(name) AND visibility = 'private';
-- the scan that starts from the grants filters private rows itself
SET LOCAL modelapi_acl.enable_reach_scan = on;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT name FROM modelapi_acl.model_apis WHERE test.tell(name) AND visibility = 'private';
-- only rows that the user may change can be locked
SELECT name FROM modelapi_acl.model_apis ORDER BY name FOR UPDATE;
SELECT name FROM modelapi_acl.model_apis ORDER BY name FOR SHARE;
COMMIT;

-- The generic plan of a prepared statement serves each user with their own rows
SET SESSION AUTHORIZATION regress_backend;
SET plan_cache_mode = force_generic_plan;
PREPARE mine AS SELECT name FROM modelapi_acl.model_apis ORDER BY name;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
EXECUTE mine;
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('sibling') \g /dev/null
EXECUTE mine;
COMMIT;
EXECUTE mine;
RESET plan_cache_mode;

-- Parallel workers decide for the same user, whom the leader has already set
RESET SESSION AUTHORIZATION;
SET row_security = off;
INSERT INTO modelapi_acl.model_apis (project_id, name, visibility)
SELECT test.id('growth'), 'bulk ' || i, CASE WHEN i % 10 = 0 THEN 'public' ELSE 'private' END::modelapi_acl.visibility
FROM generate_series(1, 5000) i;
RESET row_security;
ANALYZE modelapi_acl.model_apis;
SET SESSION AUTHORIZATION regress_backend;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
BEGIN;
SELECT modelapi_acl.set_session_user('p_viewer') \g /dev/null
SELECT count(*) FROM modelapi_acl.model_apis;
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') \g /dev/null
SELECT count(*) FROM modelapi_acl.model_apis;
COMMIT;
BEGIN;
SELECT count(*) FROM modelapi_acl.model_apis;
-- reading without a user has fixed that there is none
SELECT modelapi_acl.set_session_user('p_viewer');
ROLLBACK;

-- Search finds what the user may view, best match first
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT name FROM modelapi_acl.search_model_apis('leaves OR sales OR rain') ORDER BY name;
SELECT name FROM modelapi_acl.search_model_apis('churn -leave');
SELECT count(*) FROM modelapi_acl.search_model_apis('');
SELECT count(*) FROM modelapi_acl.search_model_apis(NULL);
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') \g /dev/null
SELECT name FROM modelapi_acl.search_model_apis('sales OR rain');
COMMIT;
SELECT count(*) FROM modelapi_acl.search_model_apis('rain');
