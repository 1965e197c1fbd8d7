-- Names that were given up stay reserved. A user may create only so many organizations.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- A renamed user's old name is reserved: it finds nobody, and only its last holder may take it
-- back
SELECT modelapi_acl.update_user('stranger', 'wanderer');
SELECT test.try($$SELECT modelapi_acl.update_user('expired', 'Stranger')$$);
SELECT test.try($$SELECT modelapi_acl.create_user('stranger', 'x@example.com')$$);
SELECT test.try($$SELECT modelapi_acl.set_session_user('stranger')$$);
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT test.try($$SELECT modelapi_acl.create_organization('STRANGER')$$);
SELECT test.try($$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger')$$);
SELECT test.try($$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'wanderer')$$);
SELECT test.try($$SELECT modelapi_acl.explain_access(test.id('churn'), 'view', 'stranger')$$);
COMMIT;
SELECT modelapi_acl.update_user('wanderer', 'STRANGER');
SELECT username FROM modelapi_acl.users WHERE id = test.id('stranger');
SELECT name, reserved_at IS NOT NULL AS reserved FROM modelapi_acl_internal.principal_names WHERE user_id = test.id('stranger') ORDER BY 1;
-- another spelling is the same name
SELECT modelapi_acl.update_user('stranger', 'Stranger');
SELECT modelapi_acl.update_user('stranger', 'stranger');
SELECT count(*) FROM modelapi_acl_internal.principal_names WHERE user_id = test.id('stranger');
-- a rolled back rename reserves nothing
BEGIN;
SELECT modelapi_acl.update_user('stranger', 'nomad');
ROLLBACK;
SELECT test.try($$SELECT modelapi_acl.create_user('nomad', 'nomad@example.com')$$);

-- A deleted organization's name stays reserved: old invitations never reach another user
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.delete_organization('churn-viewers');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') \g /dev/null
SELECT test.try($$SELECT modelapi_acl.create_organization('churn-viewers')$$);
SELECT test.try($$INSERT INTO modelapi_acl.organizations (name) VALUES ('churn-viewers')$$);
SELECT test.try($$SELECT modelapi_acl.release_name('churn-viewers')$$);
COMMIT;
SET ROLE modelapi_acl_user;
SELECT test.try($$SELECT modelapi_acl.release_name('churn-viewers')$$);
RESET ROLE;
-- Administrators can release it
SELECT a AS attempt, test.try(a) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.release_name(NULL)$$),
	(2, $$SELECT modelapi_acl.release_name('never-there')$$),
	(3, $$SELECT modelapi_acl.release_name('founder')$$)) AS v (place, a) ORDER BY place;
SELECT modelapi_acl.release_name('CHURN-viewers');
SELECT action, object_type, object_id, old, new FROM modelapi_acl.audit_events WHERE action = 'name.released';
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') \g /dev/null
SELECT test.remember('taken', modelapi_acl.create_organization('churn-viewers')) \g /dev/null
COMMIT;
SELECT created_by = test.id('stranger') AS by_stranger FROM modelapi_acl.organizations WHERE id = test.id('taken');
-- The name of a deleted user, too
SELECT modelapi_acl.delete_user('sibling');	-- the founder owns forecast, too
SELECT test.try($$SELECT modelapi_acl.create_user('sibling', 'sibling@example.com')$$);
SELECT modelapi_acl.release_name('sibling');
SELECT test.try($$SELECT modelapi_acl.create_user('sibling', 'sibling@example.com')$$);
SELECT "check", object_type, expected, found FROM modelapi_acl.verify_access() WHERE "check" IN ('name', 'counter');

-- The limit counts organizations that exist and names of deleted ones
SET modelapi_acl.max_created_organizations = 3;
CREATE TABLE test.steps (place serial, statement text);
GRANT SELECT ON test.steps TO PUBLIC;
INSERT INTO test.steps (statement) VALUES
	($$SELECT modelapi_acl.create_organization('one')$$),
	($$SELECT modelapi_acl.create_organization('two')$$),
	($$UPDATE modelapi_acl.organizations SET name = 'two-b' WHERE name = 'two'$$),
	($$UPDATE modelapi_acl.organizations SET name = 'one-b' WHERE name = 'one'$$),
	($$UPDATE modelapi_acl.organizations SET name = 'ONE' WHERE name = 'one'$$),
	($$SELECT modelapi_acl.create_organization('three')$$),
	($$INSERT INTO modelapi_acl.organizations (name) SELECT 'three-' || i FROM generate_series(1, 5) AS i$$),
	($$INSERT INTO modelapi_acl.organizations (name) VALUES ('three')$$),
	($$SELECT modelapi_acl.delete_organization('one')$$),
	($$UPDATE modelapi_acl.organizations SET name = 'two' WHERE name = 'two-b'$$),
	($$SELECT modelapi_acl.create_organization('four')$$);
CREATE PROCEDURE test.walk(who text) LANGUAGE plpgsql AS $$
DECLARE s record; state text; message text;
BEGIN
	FOR s IN SELECT * FROM test.steps ORDER BY place LOOP
		COMMIT;
		SET LOCAL SESSION AUTHORIZATION regress_backend;
		PERFORM modelapi_acl.set_session_user(who);
		BEGIN
			EXECUTE s.statement;
			RAISE NOTICE '%: ok', s.statement;
		EXCEPTION WHEN OTHERS THEN
			RAISE NOTICE '%: % %', s.statement, SQLSTATE, SQLERRM;
		END;
	END LOOP;
	COMMIT;
END
$$;
CALL test.walk('m_viewer');
SELECT name, created_by = test.id('m_viewer') AS by_her FROM modelapi_acl.organizations WHERE name ~ '^(one|two|three|four)' ORDER BY 1;
SELECT name, reserved_at IS NOT NULL AS reserved FROM modelapi_acl_internal.principal_names WHERE name ~ '^(one|two|three|four)' ORDER BY 1;
-- being made an admin by others does not count; neither it nor deleting is refused at the limit
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT modelapi_acl.add_organization_member('two', 'm_owner', true);
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT test.try($$SELECT modelapi_acl.create_organization('hers')$$);
SELECT test.try($$UPDATE modelapi_acl.organizations SET name = 'two-c' WHERE name = 'two'$$);
COMMIT;
SET modelapi_acl.max_created_organizations = 1;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT test.try($$SELECT modelapi_acl.delete_organization('two')$$);
COMMIT;
-- no limit for administrators
BEGIN;
UPDATE modelapi_acl.organizations SET name = 'two-d' WHERE name = 'two';
SELECT modelapi_acl.release_name('two');
SELECT modelapi_acl.delete_organization('two-d');
ROLLBACK;
-- a released name no longer counts
SELECT modelapi_acl.release_name('one'), modelapi_acl.release_name('two-b');
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT test.try($$SELECT modelapi_acl.delete_organization('two')$$);
COMMIT;
RESET modelapi_acl.max_created_organizations;

-- Settings that reserve creating for administrators
SET modelapi_acl.allow_create_organization = off;
SET modelapi_acl.allow_create_project = off;
TRUNCATE test.steps;
INSERT INTO test.steps (statement) VALUES
	($$SELECT modelapi_acl.create_organization(NULL)$$),
	($$INSERT INTO modelapi_acl.organizations (name) VALUES ('five')$$),
	($$SELECT modelapi_acl.create_project(NULL)$$),
	($$INSERT INTO modelapi_acl.projects (name) VALUES ('five')$$),
	($$SELECT modelapi_acl.create_model_api(test.id('growth'), 'five')$$);
CALL test.walk('founder');
SELECT test.try($$SELECT modelapi_acl.create_project('five')$$);
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT test.try($$SELECT modelapi_acl.create_organization('five')$$);
SELECT test.try($$SELECT modelapi_acl.create_project('five')$$);
SELECT test.try($$INSERT INTO modelapi_acl.projects (name) VALUES ('five')$$);
ROLLBACK;
SET ROLE modelapi_acl_user;
SELECT test.try('SET modelapi_acl.allow_create_project = on');
SELECT test.try('SET modelapi_acl.max_created_organizations = 1000');
RESET ROLE;
RESET modelapi_acl.allow_create_organization;
RESET modelapi_acl.allow_create_project;

-- Deleting a last owner is refused; the error lists all the objects
SELECT regexp_replace(test.try($$SELECT modelapi_acl.delete_user('founder')$$), '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'id', 'g');
SELECT test.mask(test.try($$SELECT modelapi_acl.delete_user('m_owner')$$));
