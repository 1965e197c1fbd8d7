-- When a grant expires. Reads compare expires_at with the time at which their statement first
-- used its snapshot, writes with the current time at each check. In a command with several
-- statements, each statement has its own time.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- m_editor's grant expires halfway through each of these commands
CREATE PROCEDURE test.grant_for(span interval) LANGUAGE sql AS $$
	UPDATE modelapi_acl.model_api_collaborators SET expires_at = clock_timestamp() + $1
	WHERE model_api_id = test.id('churn') AND user_id = test.id('m_editor') $$;
CREATE FUNCTION test.what_counts() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN concat_ws(', ',
		'asked: ' || modelapi_acl.has_permission(test.id('churn'), 'edit_settings'),
		'rows: ' || (SELECT count(*) FROM modelapi_acl.model_apis WHERE id = test.id('churn')),
		'level: ' || coalesce(modelapi_acl.effective_access_level(test.id('churn'))::text, 'none'));
END $$;

-- Statements in a DO block
CALL test.grant_for('1 s');
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_editor') IS NOT NULL AS signed_in;
DO $$
BEGIN
	RAISE NOTICE '%', test.what_counts();
	PERFORM pg_sleep(1.1);
	RAISE NOTICE '%', test.what_counts();
	RAISE NOTICE '%', test.try($s$UPDATE modelapi_acl.model_apis SET description = 'late' WHERE id = test.id('churn')$s$);
	RAISE NOTICE '%', test.mask(test.try($s$INSERT INTO modelapi_acl.model_api_settings VALUES (test.id('churn'), 'late', '1')$s$));
	RAISE NOTICE '%', test.mask(test.try($s$SELECT modelapi_acl.set_setting(test.id('churn'), 'late', '1')$s$));
END $$;
ROLLBACK;

-- The same under REPEATABLE READ: the rows are those of the transaction's snapshot, the time is
-- that of each statement
CALL test.grant_for('1 s');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_editor') IS NOT NULL AS signed_in;
DO $$
BEGIN
	RAISE NOTICE '%', test.what_counts();
	PERFORM pg_sleep(1.1);
	RAISE NOTICE '%', test.what_counts();
END $$;
ROLLBACK;

-- Within one statement, and thus one cursor, the time is the same
CALL test.grant_for('1 s');
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_editor') IS NOT NULL AS signed_in;
SELECT n, modelapi_acl.has_permission(test.id('churn'), 'edit_settings'),
	(SELECT count(*) FROM modelapi_acl.model_apis WHERE id = test.id('churn') AND n > 0) AS rows
FROM generate_series(1, 2) n, LATERAL (SELECT pg_sleep(0.55 * n)) s;
ROLLBACK;
CALL test.grant_for('1 s');
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_editor') IS NOT NULL AS signed_in;
DECLARE c CURSOR FOR SELECT n, modelapi_acl.has_permission(test.id('churn'), 'edit_settings') FROM generate_series(1, 2) n;
FETCH c;
SELECT pg_sleep(1.1);
FETCH c;
CLOSE c;
SELECT modelapi_acl.has_permission(test.id('churn'), 'edit_settings');
ROLLBACK;

-- Parallel workers use the leader's time, however late they start
CALL test.grant_for('1 s');
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_editor') IS NOT NULL AS signed_in;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SET LOCAL modelapi_acl.enable_reach_scan = off;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
PREPARE late (uuid) AS SELECT count(*) FROM modelapi_acl.model_apis
WHERE name = (SELECT CASE WHEN modelapi_acl.has_permission($1, 'view')
	THEN (SELECT 'churn' FROM pg_sleep(1.1)) END);
DO $$
DECLARE plan json;
BEGIN
	EXECUTE $s$EXPLAIN (FORMAT JSON) EXECUTE late (test.id('churn'))$s$ INTO plan;
	RAISE NOTICE 'by workers: %', plan::text LIKE '%"Gather"%';
END $$;
EXECUTE late (test.id('churn'));
EXECUTE late (test.id('churn'));
ROLLBACK;

-- explain_access uses the same time
CALL test.grant_for('1 s');
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('founder') IS NOT NULL AS signed_in;
DO $$
BEGIN
	FOR i IN 1 .. 2 LOOP
		RAISE NOTICE 'can: %, explained: %, in the review: %',
			(SELECT count(*) FROM modelapi_acl.who_can(test.id('churn'), 'edit_settings') WHERE username = 'm_editor'),
			(SELECT string_agg(concat_ws(' ', step, sufficient), ', ') FROM modelapi_acl.explain_access(test.id('churn'), 'edit_settings', 'm_editor')),
			(SELECT finding FROM modelapi_acl.access_reviews WHERE name = 'm_editor' AND object_type = 'model_api_collaborator');
		PERFORM pg_sleep(1.1);
	END LOOP;
END $$;
ROLLBACK;
