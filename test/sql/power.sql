-- What a role may do counts while the session's own user is in force, not where the server runs
-- one role's code in another's session.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- mallory has modelapi_acl_user and a schema of his own, nothing else
SET client_min_messages = error;
CREATE ROLE regress_mallory LOGIN IN ROLE modelapi_acl_user;
CREATE ROLE regress_operator LOGIN IN ROLE modelapi_acl_backend, modelapi_acl_admin;
CREATE SCHEMA mallory AUTHORIZATION regress_mallory;
GRANT USAGE ON SCHEMA mallory TO PUBLIC;
RESET client_min_messages;
SELECT test.remember('mallory', modelapi_acl.create_user('mallory', 'mallory@example.com')) \g /dev/null

-- His code records the current user and the outcome of each attempt; each attempt is undone
SET SESSION AUTHORIZATION regress_mallory;
CREATE TABLE mallory.seen (place serial, event text, who text, may_delete boolean, model_apis bigint, outcomes text);
CREATE FUNCTION mallory.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		EXECUTE statement;
		RAISE EXCEPTION USING ERRCODE = 'UNDO1';
	EXCEPTION
		WHEN SQLSTATE 'UNDO1' THEN RETURN 'DONE';
		WHEN OTHERS THEN RETURN SQLSTATE;
	END;
END $$;
CREATE FUNCTION mallory.look(event text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL row_security = on;
	INSERT INTO mallory.seen (event, who, may_delete, model_apis, outcomes)
	SELECT event, coalesce(test.name(modelapi_acl.current_user_id()), 'nobody'),
		modelapi_acl.has_permission(test.id('churn'), 'delete'),
		(SELECT count(*) FROM modelapi_acl.list_model_apis()),
		(SELECT string_agg(mallory.attempt(s.statement), ' ' ORDER BY s.place) FROM (VALUES
			(1, format('INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES (%L, %L, ''owner'')',
				test.id('churn'), test.id('mallory'))),
			(2, format('SELECT modelapi_acl.create_token(%L, ''mine'')', test.id('churn'))),
			(3, 'SELECT modelapi_acl.create_user(''eve'', ''eve@example.com'')'),
			(4, 'SELECT modelapi_acl.disable_user(''founder'')'),
			(5, format('SELECT modelapi_acl.delete_model_api(%L)', test.id('churn'))),
			(6, 'SELECT modelapi_acl.set_session_user(''founder'')'),
			(7, 'SELECT modelapi_acl.pre_request()')) AS s (place, statement));
END $$;
CREATE FUNCTION mallory.innocent(event text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM mallory.look(event);
	RETURN event;
END $$;
CREATE FUNCTION mallory.definer(event text) RETURNS void LANGUAGE sql SECURITY DEFINER
	AS $$ SELECT mallory.look(event) $$;
CREATE FUNCTION mallory.deep(event text) RETURNS void LANGUAGE sql
	AS $$ SELECT mallory.definer(event) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mallory TO PUBLIC;
GRANT INSERT ON mallory.seen TO PUBLIC;
GRANT USAGE ON SEQUENCE mallory.seen_place_seq TO PUBLIC;
CREATE TABLE mallory.bait (event text, other int);
INSERT INTO mallory.bait VALUES ('maintenance', 1), ('maintenance', 2);
CREATE MATERIALIZED VIEW mallory.copy AS SELECT mallory.innocent('refresh') AS event WITH NO DATA;
RESET SESSION AUTHORIZATION;
-- Shows what was recorded since the last call
CREATE FUNCTION test.told() RETURNS TABLE (event text, who text, may_delete boolean, model_apis bigint, outcomes text)
	LANGUAGE sql AS $$
	WITH gone AS (DELETE FROM mallory.seen RETURNING *)
	SELECT g.event, g.who, g.may_delete, g.model_apis, g.outcomes FROM gone AS g GROUP BY 1, 2, 3, 4, 5 ORDER BY min(g.place) $$;

-- An administrator's own session may do all of it. The attempts: a grant for mallory, a token, a
-- new user, disabling a user, deleting a model API, setting a user, PostgREST's request.
SET SESSION AUTHORIZATION regress_admin;
SELECT mallory.look('administrator');
SELECT mallory.look('with row_security off') FROM (SELECT set_config('row_security', 'off', false)) AS s;
SET row_security = on;
RESET SESSION AUTHORIZATION;
SELECT mallory.look('superuser');
SET ROLE modelapi_acl_admin;
SELECT mallory.look('SET ROLE');
RESET ROLE;
SELECT * FROM test.told();

-- ---------------------------------------------------------------------------
-- Maintenance commands: no user is current, whoever runs them
CREATE INDEX ON mallory.bait (mallory.innocent(event));
SELECT * FROM test.told();
REINDEX TABLE mallory.bait;
SELECT * FROM test.told();
ANALYZE mallory.bait;
SELECT * FROM test.told();
CREATE INDEX bait_by_place ON mallory.bait (other);
CLUSTER mallory.bait USING bait_by_place;
SELECT * FROM test.told();
VACUUM FULL ANALYZE mallory.bait;
SELECT * FROM test.told();
REFRESH MATERIALIZED VIEW mallory.copy;
SELECT * FROM test.told();
SET row_security = off;
ANALYZE mallory.bait;
REFRESH MATERIALIZED VIEW mallory.copy;
SELECT * FROM test.told();
RESET row_security;
SET SESSION AUTHORIZATION regress_operator;
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('founder'));
RESET SESSION AUTHORIZATION;
ANALYZE mallory.bait;
-- the session's user is unchanged afterwards
SELECT test.name(modelapi_acl.current_user_id());
COMMIT;
SELECT * FROM test.told();
-- and no user is set by them: a later set_session_user counts
SET SESSION AUTHORIZATION regress_mallory;
BEGIN;
ANALYZE mallory.bait;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT test.name(modelapi_acl.set_session_user('founder'));
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT * FROM test.told();

-- ---------------------------------------------------------------------------
-- mallory's SECURITY DEFINER function, called by others
SELECT mallory.definer('superuser');
SELECT mallory.deep('superuser, deeper');
SET row_security = off;
SELECT mallory.definer('superuser, row_security off');
RESET row_security;
SET SESSION AUTHORIZATION regress_admin;
SELECT mallory.definer('administrator');
SELECT mallory.deep('administrator, deeper');
RESET SESSION AUTHORIZATION;
SELECT * FROM test.told();
-- the user who was set stays the same in it
SET SESSION AUTHORIZATION regress_backend;
BEGIN; SELECT test.name(modelapi_acl.set_session_user('m_viewer')); SELECT mallory.definer('m_viewer'); COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user(NULL); SELECT mallory.definer('stated nobody'); COMMIT;
RESET SESSION AUTHORIZATION;
SELECT * FROM test.told();

-- ---------------------------------------------------------------------------
-- set_session_user(NULL), and a failed one, mean no user: no longer an administrator
SET SESSION AUTHORIZATION regress_operator;
SELECT mallory.look('operator');
BEGIN;
SELECT modelapi_acl.current_user_id();
SAVEPOINT s;
SELECT modelapi_acl.set_session_user('founder');
ROLLBACK TO s;
SELECT mallory.look('stated too late');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user(NULL);
SELECT mallory.look('stated nobody');
COMMIT;
BEGIN;
SAVEPOINT s;
SELECT modelapi_acl.set_session_user('unknown');
ROLLBACK TO s;
SELECT mallory.look('failed');
COMMIT;
-- also after an earlier check, which sets no user
BEGIN;
SELECT modelapi_acl.has_permission(test.id('churn'), 'delete');
SAVEPOINT s;
SELECT modelapi_acl.set_session_user('unknown');
ROLLBACK TO s;
SELECT mallory.look('asked, then failed');
COMMIT;
BEGIN;
SELECT modelapi_acl.has_permission(test.id('churn'), 'delete');
SELECT modelapi_acl.set_session_user(NULL);
SELECT mallory.look('asked, then nobody');
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT * FROM test.told();

-- Claims of no user or a disabled one, and malformed claims, mean no user. Claims that are empty
-- or have no "sub" set nothing.
GRANT modelapi_acl_admin TO regress_web;
CREATE FUNCTION test.claims(claims text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('request.jwt.claims', claims, true);
	PERFORM modelapi_acl.pre_request();
	RETURN concat(coalesce(test.name(modelapi_acl.current_user_id()), 'nobody'), ', ',
		modelapi_acl.has_permission(test.id('churn'), 'delete'));
END $$;
SET SESSION AUTHORIZATION regress_web;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('{"sub": "sub-m_viewer"}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('{"sub": "sub-unknown"}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('{"sub": "sub-disabled"}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('{"sub": 1}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('{"sub": null}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('{"sub": "sub-m_viewer", "sub": "sub-m_owner"}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('not json'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('[{"sub": "sub-m_viewer"}]'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('"sub"'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims(repeat('[', 100000)); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims(''); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('{}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT test.claims('{"role": "modelapi_acl_admin", "a": {"sub": "x"}}'); COMMIT;
BEGIN; SET LOCAL ROLE modelapi_acl_admin; SELECT modelapi_acl.has_permission(test.id('churn'), 'delete'); COMMIT;
RESET SESSION AUTHORIZATION;
REVOKE modelapi_acl_admin FROM regress_web;

-- ---------------------------------------------------------------------------
-- Parallel workers give the same answers, even in a function that is labelled wrongly
CREATE FUNCTION test.whom() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
	AS $$ SELECT concat(coalesce(test.name(modelapi_acl.current_user_id()), 'nobody'), ', ',
		modelapi_acl.has_permission(test.id('churn'), 'delete')) $$;
CREATE FUNCTION test.whom_definer() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
	AS $$ SELECT concat(coalesce(test.name(modelapi_acl.current_user_id()), 'nobody'), ', ',
		modelapi_acl.has_permission(test.id('churn'), 'delete')) $$;
ALTER FUNCTION test.whom_definer() OWNER TO regress_mallory;
GRANT EXECUTE ON FUNCTION test.whom(), test.whom_definer(), test.id(text), test.name(uuid) TO PUBLIC;
ALTER FUNCTION test.id(text) PARALLEL SAFE;
ALTER FUNCTION test.name(uuid) PARALLEL SAFE;
CREATE FUNCTION test.workers(is_on boolean) RETURNS void LANGUAGE sql AS $$
	SELECT set_config(s.name, CASE WHEN $1 THEN 'on' ELSE 'off' END, true) FROM pg_settings AS s
	WHERE s.name IN ('force_parallel_mode', 'debug_parallel_query') $$;
GRANT EXECUTE ON FUNCTION test.workers(boolean) TO PUBLIC;
-- the plan does use workers
BEGIN; SELECT test.workers(true);
EXPLAIN (COSTS OFF) SELECT test.whom();
COMMIT;
SET SESSION AUTHORIZATION regress_admin;
BEGIN; SELECT test.workers(true); SELECT test.whom(), test.whom_definer(); COMMIT;
SET SESSION AUTHORIZATION regress_operator;
BEGIN; SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT test.workers(true); SELECT test.whom(), test.whom_definer(); COMMIT;
BEGIN; SELECT modelapi_acl.set_session_user(NULL); SELECT test.workers(true); SELECT test.whom(), test.whom_definer(); COMMIT;
BEGIN; SAVEPOINT s;
SELECT modelapi_acl.set_session_user('unknown'); ROLLBACK TO s; SELECT test.workers(true); SELECT test.whom(), test.whom_definer();
SAVEPOINT s; SELECT test.whom(); ROLLBACK TO s; SELECT test.whom(); COMMIT;
-- no role can set the setting that carries the user to workers
SET modelapi_acl.worker_identity = 'nobody';
SELECT set_config('modelapi_acl.worker_identity', test.id('founder')::text, true);
RESET SESSION AUTHORIZATION;
-- and it is ignored elsewhere, even from a superuser
BEGIN;
SELECT set_config('modelapi_acl.worker_identity', test.id('founder')::text, true) \g /dev/null
SELECT test.whom();
COMMIT;

-- ---------------------------------------------------------------------------
-- A role that can call the policies' helpers gets answers about itself only
SET client_min_messages = error;
CREATE ROLE regress_reader LOGIN IN ROLE modelapi_acl_user, pg_read_all_data;
RESET client_min_messages;
GRANT regress_reader TO regress_backend;
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SET LOCAL ROLE regress_reader;
SELECT v.name, v.identity IS NOT NULL AS given,
	modelapi_acl_internal.is_signed_in(v.identity) AS signed_in,
	modelapi_acl_internal.is_administrator(v.identity) AS administrator,
	modelapi_acl_internal.is_identity_of(test.id('founder'), v.identity) AS identity,
	modelapi_acl_internal.model_api_permits(test.id('churn'), 'view', v.identity) AS view,
	modelapi_acl_internal.model_api_permits(test.id('churn'), test.id('growth'), 'private', 'restricted', 'view', v.identity) AS row,
	modelapi_acl_internal.project_permits(test.id('growth'), 'view_project', v.identity) AS project,
	modelapi_acl_internal.organization_permits(test.id('churn-owners'), 'view_members', v.identity) AS organization,
	modelapi_acl_internal.shows_model_api_grant(test.id('churn'), test.id('m_owner'), NULL, v.identity) AS model_api_grant,
	modelapi_acl_internal.shows_project_grant(test.id('growth'), test.id('p_owner'), NULL, v.identity) AS project_grant,
	modelapi_acl_internal.shows_audit_event('model_api', test.id('churn'), test.id('growth'), test.id('churn'), v.identity) AS event
FROM (VALUES ('own', modelapi_acl.current_user_id()), ('another''s', test.id('founder')),
	('administrator''s', 'ffffffff-ffff-ffff-ffff-ffffffffffff'), ('none', NULL)) AS v (name, identity);
SELECT count(*) FROM modelapi_acl.model_apis
WHERE modelapi_acl_internal.model_api_permits(id, project_id, visibility, authorization_mode, 'delete', test.id('founder'));
SELECT test.workers(true);
SELECT v.name, modelapi_acl_internal.model_api_permits(test.id('churn'), 'view', v.identity) AS view
FROM (VALUES ('own', modelapi_acl.current_user_id()), ('another''s', test.id('founder')),
	('administrator''s', 'ffffffff-ffff-ffff-ffff-ffffffffffff')) AS v (name, identity);
ROLLBACK;
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------------------
-- A superuser's SECURITY DEFINER function writes as the user who was set; PT401 without one. The
-- checks hold where no policy applies.
CREATE FUNCTION test.as_superuser(statement text) RETURNS text LANGUAGE sql SECURITY DEFINER
	AS $$ SELECT test.mask(test.try(statement)) $$;
GRANT EXECUTE ON FUNCTION test.as_superuser(text), test.mask(text), test.try(text) TO PUBLIC;
CREATE TABLE test.statements (place serial, statement text);
GRANT SELECT ON test.statements TO PUBLIC;
INSERT INTO test.statements (statement) VALUES
	(format('INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES (%L, %L, ''owner'')', test.id('churn'), test.id('mallory'))),
	(format('INSERT INTO modelapi_acl.model_api_versions (model_api_id, source) VALUES (%L, ''{}'')', test.id('churn'))),
	(format('UPDATE modelapi_acl.model_apis SET visibility = ''public'' WHERE id = %L', test.id('churn'))),
	(format('DELETE FROM modelapi_acl.model_apis WHERE id = %L', test.id('churn'))),
	(format('SELECT modelapi_acl.delete_model_api(%L)', test.id('churn'))),
	('INSERT INTO modelapi_acl.projects (name) VALUES (''x'')');
SELECT test.as_superuser(statement) FROM test.statements ORDER BY place;
SET SESSION AUTHORIZATION regress_backend;
BEGIN; SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
SELECT test.as_superuser(statement) FROM test.statements ORDER BY place; ROLLBACK;
BEGIN; SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT test.as_superuser(statement) FROM test.statements ORDER BY place; ROLLBACK;
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------------------
-- An administrator may wrap the functions: the current role's EXECUTE privilege counts
CREATE FUNCTION test.sign_up(username text) RETURNS boolean LANGUAGE sql SECURITY DEFINER
	AS $$ SELECT modelapi_acl.create_user(username, username || '@example.com') IS NOT NULL $$;
ALTER FUNCTION test.sign_up(text) OWNER TO regress_admin;
GRANT EXECUTE ON FUNCTION test.sign_up(text) TO PUBLIC;
SET SESSION AUTHORIZATION regress_nobody;
BEGIN; SELECT test.sign_up('newcomer'); ROLLBACK;
SET SESSION AUTHORIZATION regress_backend;
BEGIN; SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT test.sign_up('newcomer');
-- the wrapped function checks no other role
SELECT modelapi_acl.create_user('other', 'other@example.com');
ROLLBACK;
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------------------
-- A trigger on an application's table that references a model API runs as the role that deletes,
-- never as the extension's owner
GRANT REFERENCES ON modelapi_acl.model_apis TO regress_mallory;
GRANT USAGE ON SCHEMA modelapi_acl TO regress_mallory;
SET SESSION AUTHORIZATION regress_mallory;
CREATE TABLE mallory.notes (model_api_id uuid REFERENCES modelapi_acl.model_apis ON DELETE CASCADE, note text);
CREATE FUNCTION mallory.ambush() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO mallory.seen (event, who, outcomes)
	VALUES (TG_WHEN || ' ' || TG_LEVEL || ' ' || TG_OP, current_user,
		mallory.attempt('ALTER ROLE regress_mallory SUPERUSER'));
	RETURN OLD;
END $$;
CREATE TRIGGER a BEFORE DELETE ON mallory.notes FOR EACH ROW EXECUTE FUNCTION mallory.ambush();
CREATE TRIGGER b AFTER DELETE ON mallory.notes FOR EACH ROW EXECUTE FUNCTION mallory.ambush();
CREATE TRIGGER c AFTER DELETE ON mallory.notes FOR EACH STATEMENT EXECUTE FUNCTION mallory.ambush();
CREATE CONSTRAINT TRIGGER d AFTER DELETE ON mallory.notes DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION mallory.ambush();
RESET SESSION AUTHORIZATION;
INSERT INTO mallory.notes SELECT test.id('churn'), 'note';
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT modelapi_acl.delete_model_api(test.id('churn'));
COMMIT;
RESET SESSION AUTHORIZATION;
-- the role differs between major versions, but is never a superuser
SELECT event, bool_or(r.rolsuper) AS superuser, string_agg(DISTINCT outcomes, ' ') AS outcomes
FROM mallory.seen JOIN pg_roles AS r ON r.rolname = who GROUP BY 1 ORDER BY 1;
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_mallory';
-- the dependent rows have their events
SELECT action, count(*), min(database_role) AS role FROM modelapi_acl.audit_events
WHERE model_api_id = test.id('churn') AND action LIKE '%.deleted' GROUP BY 1 ORDER BY 1;

-- ---------------------------------------------------------------------------
-- A role that can call the internal views and functions gets no more than the public functions
-- give
SET client_min_messages = error;
CREATE ROLE regress_writer LOGIN IN ROLE modelapi_acl_user, modelapi_acl_backend, pg_read_all_data, pg_write_all_data;
RESET client_min_messages;
SET SESSION AUTHORIZATION regress_writer;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT relname, test.try(format('SELECT 1 FROM %s', c.oid::regclass)) AS read,
	query_to_xml(format('SELECT count(*) AS n FROM %s', c.oid::regclass), true, true, '')::text ~ '<n>0</n>' AS empty,
	split_part(test.try(format('DELETE FROM %s', c.oid::regclass)), ' | ', 1) AS deleted
FROM pg_class AS c WHERE relnamespace = 'modelapi_acl_internal'::regnamespace AND relkind = 'v'
	AND relname <> 'own_relations'
ORDER BY relname COLLATE "C";
SELECT test.mask(test.try($$INSERT INTO modelapi_acl_internal.managed_users (username) VALUES ('x')$$));
SELECT test.mask(test.try($$INSERT INTO modelapi_acl_internal.managed_identities (user_id, email) VALUES (gen_random_uuid(), 'founder@example.com')$$));
SELECT DISTINCT test.outcome(format('INSERT INTO %s DEFAULT VALUES', c.oid::regclass)) AS inserted
FROM pg_class AS c WHERE relnamespace = 'modelapi_acl_internal'::regnamespace AND relkind = 'v' AND relname LIKE 'all\_%';
SELECT test.mask(test.try($$UPDATE modelapi_acl_internal.managed_users SET disabled_at = now()$$));
SELECT test.mask(test.try(format($$SELECT modelapi_acl_internal.record_transfer('model_api', %L, %L, NULL)$$, test.id('forecast'), test.id('m_viewer'))));
SELECT test.mask(test.try($$SELECT modelapi_acl_internal.record_pruning('1 day', 3)$$));
SELECT test.mask(test.try(format($$SELECT modelapi_acl_internal.make_model_api_owner(%L, %L)$$, test.id('forecast'), test.id('m_viewer'))));
SELECT modelapi_acl_internal.user_permits(test.id('founder'), test.id('forecast'), 'view');
ROLLBACK;
RESET SESSION AUTHORIZATION;

DROP SCHEMA mallory CASCADE;
DROP FUNCTION test.whom_definer();
DROP OWNED BY regress_mallory;
DROP ROLE regress_mallory, regress_operator, regress_reader, regress_writer;
