-- The audit history: who changed what, the old and new values, and the transaction.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE VIEW test.latest AS
SELECT action, object_type, test.name(e.object_id) AS object, test.name(project_id) AS project,
	test.name(model_api_id) AS model_api, coalesce(test.name(actor_id), '') AS actor,
	CASE WHEN database_role = (SELECT rolname FROM pg_roles WHERE rolsuper AND rolname = database_role) THEN 'superuser' ELSE database_role END AS role,
	(SELECT jsonb_object_agg(key, coalesce(test.name(CASE WHEN key ~ '_id$' THEN (value #>> '{}')::uuid END), value #>> '{}')) FROM jsonb_each(old) WHERE value <> 'null' AND key !~ '_at$') AS old,
	(SELECT jsonb_object_agg(key, coalesce(test.name(CASE WHEN key ~ '_id$' THEN (value #>> '{}')::uuid END), value #>> '{}')) FROM jsonb_each(new) WHERE value <> 'null' AND key !~ '_at$') AS new
FROM modelapi_acl.audit_events e
WHERE change_id = (SELECT change_id FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1)
ORDER BY occurred_at;
GRANT SELECT ON test.latest TO PUBLIC;

-- One transaction has one change_id, whatever it does or rolls back
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public');
SAVEPOINT s;
SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'unrestricted');
ROLLBACK TO s;
UPDATE modelapi_acl.model_apis SET name = 'churn 2', description = 'better', invocation_mode = 'async', visibility = 'private' WHERE id = test.id('churn');
-- no change, no event
UPDATE modelapi_acl.model_apis SET name = 'churn 2' WHERE id = test.id('churn');
SELECT modelapi_acl.set_visibility(test.id('churn'), 'private');
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer');
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'editor');
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'stranger');
SELECT modelapi_acl.set_setting(test.id('churn'), 'cpu', '2');
SELECT modelapi_acl.set_setting(test.id('churn'), 'cpu', '3');
SELECT modelapi_acl.set_setting(test.id('churn'), 'cpu', '3');
SELECT modelapi_acl.delete_setting(test.id('churn'), 'cpu');
SELECT test.remember('churn v2', id) FROM modelapi_acl.publish_version(test.id('churn'), '{"image": "churn:2"}');
SELECT modelapi_acl.set_version_state(test.id('churn v2'), 'stopped');
SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'm_editor');
SELECT modelapi_acl.add_organization_member('churn-owners', 'stranger', true);
SELECT modelapi_acl.remove_organization_member('churn-owners', 'stranger');
UPDATE modelapi_acl.organizations SET name = 'lions' WHERE id = test.id('churn-owners');
UPDATE modelapi_acl.projects SET name = 'decline' WHERE id = test.id('growth');
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT * FROM test.latest;
SELECT count(DISTINCT change_id) FROM modelapi_acl.audit_events WHERE occurred_at >= (SELECT min(occurred_at) FROM modelapi_acl.audit_events WHERE action = 'model_api.visibility_changed');

-- Users: events never contain an email or an external id
BEGIN;
SELECT modelapi_acl.update_user('stranger', 'wanderer', 'w@example.com', 'W. Anderer', 'sub-w');
SELECT modelapi_acl.disable_user('wanderer');
SELECT modelapi_acl.enable_user('wanderer');
SELECT modelapi_acl.delete_user('wanderer');
COMMIT;
SELECT * FROM test.latest;
SELECT count(*) FROM modelapi_acl.audit_events e WHERE e::text LIKE '%@%' OR e::text LIKE '%sub-%';

-- A superuser's statements are audited; a restore is not
UPDATE modelapi_acl.model_apis SET visibility = 'public' WHERE id = test.id('forecast');
SELECT * FROM test.latest;
SET row_security = off;
UPDATE modelapi_acl.model_apis SET visibility = 'private' WHERE id = test.id('forecast');
RESET row_security;
SELECT count(*) FROM modelapi_acl.audit_events WHERE model_api_id = test.id('forecast') AND action = 'model_api.visibility_changed';

-- The history of a deleted object remains visible to the project's editors and owners
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.delete_model_api(test.id('forecast'));
COMMIT;
SELECT * FROM test.latest ORDER BY action, old::text;
CREATE TABLE test.history (who text, place int, events bigint);
GRANT SELECT, INSERT ON test.history TO PUBLIC;
DELETE FROM test.users WHERE name = 'stranger';
CALL test.each($$INSERT INTO test.history
	SELECT '%who%', %place%, count(*) FROM modelapi_acl.audit_events WHERE model_api_id = test.id('forecast')$$);
SELECT events, string_agg(who, ' ' ORDER BY place) AS who FROM test.history GROUP BY events ORDER BY events DESC;
SET SESSION AUTHORIZATION regress_admin;
SELECT count(*) > 100 AS everything FROM modelapi_acl.audit_events;
RESET SESSION AUTHORIZATION;

CREATE FUNCTION test.scans(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ ' Scan' THEN RETURN NEXT trim(line, ' ->'); END IF;
	END LOOP;
END $$;
-- The objects of an event can be joined, as PostgREST embeds them: NULL if deleted or hidden
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT a.username, m.name AS model_api, p.name AS project, count(*) > 0 AS events
FROM modelapi_acl.audit_events AS e
	LEFT JOIN LATERAL modelapi_acl.actor(e) AS a ON true
	LEFT JOIN LATERAL modelapi_acl.model_api(e) AS m ON true
	LEFT JOIN LATERAL modelapi_acl.project(e) AS p ON true
WHERE e.action IN ('model_api.created', 'model_api.deleted', 'project.created')
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- the functions are inlined, and the other table is read by its index
SELECT test.scans('SELECT a.username FROM modelapi_acl.audit_events AS e, modelapi_acl.actor(e) AS a WHERE e.id = gen_random_uuid()');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('sibling') \g /dev/null
-- an event that is visible does not reveal the name of an object that is hidden now
SELECT count(*) FILTER (WHERE m.id IS NULL AND modelapi_acl.has_permission(e.model_api_id, 'view')) AS missing,
	count(*) FILTER (WHERE m.id IS NOT NULL AND NOT modelapi_acl.has_permission(e.model_api_id, 'view')) AS told
FROM modelapi_acl.audit_events AS e LEFT JOIN LATERAL modelapi_acl.model_api(e) AS m ON true;
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user(NULL) \g /dev/null
SELECT count(*) FROM modelapi_acl.audit_events AS e, modelapi_acl.actor(e);
COMMIT;
RESET SESSION AUTHORIZATION;

-- Only the extension writes it
SELECT test.try($$INSERT INTO modelapi_acl.audit_events (change_id, occurred_at, database_role, action, object_type) VALUES (gen_random_uuid(), now(), 'x', 'x', 'x')$$);
SELECT test.try($$UPDATE modelapi_acl.audit_events SET actor_id = NULL$$);
SELECT test.try($$DELETE FROM modelapi_acl.audit_events$$);
SELECT test.try($$TRUNCATE modelapi_acl.audit_events$$);
SET session_replication_role = replica;
SELECT test.try($$DELETE FROM modelapi_acl.audit_events$$);
SELECT test.try(format($$UPDATE modelapi_acl.model_api_collaborators SET access_level = 'viewer' WHERE model_api_id = %L$$, test.id('weather')));
RESET session_replication_role;

-- Values do not depend on the settings of the session
SET timezone = 'FAR+160';
SET datestyle = 'SQL, DMY';
SET extra_float_digits = 0;
SELECT modelapi_acl.add_collaborator(test.id('weather'), 'm_viewer', 'viewer', '2099-12-31 23:59:59.5+00');
SELECT new ->> 'expires_at' AS expires_at, new ->> 'access_level' AS access_level FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1;
SELECT modelapi_acl.add_collaborator(test.id('weather'), 'm_viewer', 'viewer', 'infinity');
SELECT old - 'user_id' AS old, new - 'user_id' AS new FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1;
RESET ALL;

-- Triggers that a DBA adds run too, for rows and for statements; a rule is not passed over
CREATE TABLE test.seen (what text, action text);
CREATE FUNCTION test.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	IF tg_level = 'ROW' THEN
		INSERT INTO test.seen VALUES (tg_name, new.action);
	ELSIF tg_name = 'zz_table' THEN
		INSERT INTO test.seen SELECT tg_name, w.action FROM written AS w;
	ELSE
		INSERT INTO test.seen VALUES (tg_name, '');
	END IF;
	RETURN new;
END $$;
CREATE PROCEDURE test.publish(visibility modelapi_acl.visibility) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM modelapi_acl.set_visibility(test.id('weather'), visibility);
	SET CONSTRAINTS ALL IMMEDIATE;
END $$;
CREATE TRIGGER zz_before BEFORE INSERT ON modelapi_acl.audit_events FOR EACH ROW EXECUTE FUNCTION test.see();
CREATE CONSTRAINT TRIGGER zz_deferred AFTER INSERT ON modelapi_acl.audit_events DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION test.see();
CALL test.publish('private');
CREATE TRIGGER zz_statement BEFORE INSERT ON modelapi_acl.audit_events FOR EACH STATEMENT EXECUTE FUNCTION test.see();
CREATE TRIGGER zz_table AFTER INSERT ON modelapi_acl.audit_events REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION test.see();
CALL test.publish('public');
DROP TRIGGER zz_before ON modelapi_acl.audit_events;
DROP TRIGGER zz_deferred ON modelapi_acl.audit_events;
DROP TRIGGER zz_statement ON modelapi_acl.audit_events;
DROP TRIGGER zz_table ON modelapi_acl.audit_events;
CREATE RULE zz AS ON INSERT TO modelapi_acl.audit_events DO ALSO INSERT INTO test.seen VALUES ('rule', new.action);
CALL test.publish('private');
DROP RULE zz ON modelapi_acl.audit_events;
CALL test.publish('public');
TABLE test.seen;
