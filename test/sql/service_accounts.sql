-- Service accounts: who makes them, who is responsible, and what they are no part of.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- Administrators alone create them
INSERT INTO test.attempts (label, statement) VALUES
('create', $$SELECT modelapi_acl.create_service_account('robot', '%who%')$$),
('plain insert', $$INSERT INTO modelapi_acl.users (username, responsible_id) VALUES ('robot', test.id('%who%'))$$);
CALL test.play();
SELECT * FROM test.outcomes;
TRUNCATE test.attempts;

SET SESSION AUTHORIZATION regress_admin;
SELECT test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.create_service_account(NULL, 'founder')$$),
	(2, $$SELECT modelapi_acl.create_service_account('robot', NULL)$$),
	(3, $$SELECT modelapi_acl.create_service_account('robot', 'nobody')$$),
	(4, $$SELECT modelapi_acl.create_service_account('robot', 'churn-owners')$$),
	(5, $$SELECT modelapi_acl.create_service_account('robot', 'disabled')$$),
	(6, $$SELECT modelapi_acl.create_service_account('a robot', 'founder')$$),
	(7, $$SELECT modelapi_acl.create_service_account('founder', 'm_owner')$$),
	(8, $$SELECT modelapi_acl.create_service_account('robot', 'founder', ' ')$$),
	(9, $$SELECT modelapi_acl.create_service_account('robot', 'founder', 'A robot', '')$$),
	(10, $$SELECT modelapi_acl.create_service_account('robot', 'founder')$$),
	(11, $$SELECT modelapi_acl.create_service_account('robot', 'FOUNDER@example.com', 'A robot', 'workload/1')$$),
	(12, $$INSERT INTO modelapi_acl.users (username, responsible_id) VALUES ('robot', test.id('disabled'))$$),
	(13, $$INSERT INTO modelapi_acl.users (username, responsible_id) VALUES ('robot', gen_random_uuid())$$),
	(14, $$INSERT INTO modelapi_acl.users (username, responsible_id) VALUES ('robot', test.id('founder'))$$)
) v(place, a) ORDER BY place;
SELECT test.remember('robot', modelapi_acl.create_service_account('robot', 'founder', 'A robot', 'workload/1'));
SELECT test.remember('second', modelapi_acl.create_service_account('second', test.id('founder')::text));
-- none of them is responsible for another, and nobody changes sides
SELECT test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.create_service_account('third', 'robot')$$),
	(2, $$SELECT modelapi_acl.transfer_service_account('robot', 'robot')$$),
	(3, $$UPDATE modelapi_acl.users SET responsible_id = id WHERE username = 'robot'$$),
	(4, $$UPDATE modelapi_acl.users SET responsible_id = test.id('second') WHERE username = 'robot'$$),
	(5, $$UPDATE modelapi_acl.users SET responsible_id = NULL WHERE username = 'robot'$$),
	(6, $$UPDATE modelapi_acl.users SET responsible_id = test.id('founder') WHERE username = 'stranger'$$),
	(7, $$UPDATE modelapi_acl.users SET responsible_id = test.id('disabled') WHERE username = 'robot'$$),
	(8, $$SELECT modelapi_acl.update_user('robot', email => 'robot@example.com')$$),
	(9, $$UPDATE modelapi_acl.user_identities SET email = 'robot@example.com' WHERE user_id = test.id('robot')$$),
	(10, $$UPDATE modelapi_acl.user_identities SET email = NULL WHERE user_id = test.id('stranger')$$),
	(11, $$SELECT modelapi_acl.create_user('person', NULL)$$),
	(12, $$SELECT modelapi_acl.update_user('robot', 'robot-2', full_name => 'Another', external_id => 'workload/2')$$),
	(13, $$SELECT modelapi_acl.disable_user('robot')$$),
	(14, $$SELECT modelapi_acl.delete_user('robot')$$)
) v(place, a) ORDER BY place;
SELECT u.username, u.full_name, test.name(u.responsible_id) AS responsible, i.email, i.external_id
FROM modelapi_acl.users u JOIN modelapi_acl.user_identities i ON i.user_id = u.id
WHERE u.responsible_id IS NOT NULL ORDER BY 1;
SELECT action, jsonb_pretty(new - 'responsible_id') AS new, test.name((new ->> 'responsible_id')::uuid) AS responsible
FROM modelapi_acl.audit_events WHERE object_id = test.id('robot') ORDER BY occurred_at, action;
RESET SESSION AUTHORIZATION;

-- Nobody acts as one: not a backend's statement, not a claim
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('robot');
ROLLBACK;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('Robot');
ROLLBACK;
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SAVEPOINT s;
SELECT test.try(format('SELECT modelapi_acl.set_session_user(%L)', test.id('robot'))) LIKE 'PT401 | user "% is a service account%' AS by_id;
-- the refused statement was one of nobody
SELECT modelapi_acl.set_session_user('founder');
COMMIT;
RESET SESSION AUTHORIZATION;
CREATE FUNCTION test.claimed(sub text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('request.jwt.claims', json_build_object('sub', sub)::text, true);
	RETURN modelapi_acl.current_user_id() IS NOT NULL;
END $$;
GRANT EXECUTE ON FUNCTION test.claimed(text) TO PUBLIC;
SET SESSION AUTHORIZATION regress_web;
SET ROLE modelapi_acl_user;
SELECT test.claimed('workload/1') AS external_id;
SELECT test.claimed(test.id('robot')::text) AS id;
SELECT test.claimed(test.id('founder')::text) AS person;
RESET ROLE;
RESET SESSION AUTHORIZATION;

-- By identity it is known by its external_id alone
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'robot');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_identity_gateway;
SELECT subject, a.allowed, a.status, a.reason, test.name(a.user_id) AS who
FROM (VALUES (1, 'workload/1'), (2, 'workload/2'), (3, 'robot'), (4, test.id('robot')::text), (5, test.id('founder')::text)) v(place, id),
	LATERAL (SELECT CASE WHEN place > 3 THEN '(id)' ELSE id END AS subject) s,
	LATERAL modelapi_acl.authorize_invocation_as(test.id('churn'), id) a ORDER BY place;
SELECT a.allowed, a.status, a.reason, test.name(a.user_id) AS who
FROM modelapi_acl.authorize_invocation_as(test.id('forecast'), 'workload/1') a;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.disable_user('robot');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_identity_gateway;
SELECT a.allowed, a.status, a.reason, test.name(a.user_id) AS who
FROM modelapi_acl.authorize_invocation_as(test.id('churn'), 'workload/1') a;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.enable_user('robot');

-- It satisfies no invariant. Here the founder is the only person with the level of an owner.
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'robot', 'owner');
SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'robot', 'owner');
SELECT modelapi_acl.add_organization_member('churn-owners', 'robot', true);
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_owner');
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'disabled');
SELECT modelapi_acl.remove_project_collaborator(test.id('growth'), 'p_owner');
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'founder')$$),
	(2, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'founder', 'editor')$$),
	(3, $$UPDATE modelapi_acl.model_api_collaborators SET access_level = 'viewer' WHERE model_api_id = test.id('churn') AND user_id = test.id('founder')$$),
	(4, $$SELECT modelapi_acl.remove_project_collaborator(test.id('growth'), 'founder')$$),
	(5, $$SELECT modelapi_acl.remove_organization_member('churn-owners', 'founder')$$),
	(6, $$UPDATE modelapi_acl.organization_members SET is_admin = false WHERE user_id = test.id('founder')$$),
	(7, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'robot')$$),
	(8, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'robot', NULL)$$),
	(9, $$SELECT modelapi_acl.transfer_project(test.id('growth'), 'robot')$$),
	-- a person as well, and it may go
	(10, $$SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'robot')$$),
	(11, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'stranger', NULL)$$)
) v(place, a) ORDER BY place;
ROLLBACK;
SET SESSION AUTHORIZATION regress_admin;
SELECT finding, object_type, test.name(object_id) AS object FROM modelapi_acl.offboarding_report('founder')
WHERE finding LIKE 'last%' ORDER BY 2, 3;
SELECT test.mask(test.try($$SELECT modelapi_acl.delete_user('founder')$$));
SELECT finding FROM modelapi_acl.offboarding_report('robot') WHERE finding LIKE 'last%';
SELECT test.try($$SELECT modelapi_acl.delete_user('robot')$$);
RESET SESSION AUTHORIZATION;

-- The responsible user names a successor, as an administrator may; nobody else
INSERT INTO test.attempts (label, statement) VALUES
('transfer', $$SELECT modelapi_acl.transfer_service_account('robot', 'stranger')$$),
('transfer to oneself', $$SELECT modelapi_acl.transfer_service_account('robot', '%who%')$$),
('transfer an unknown one', $$SELECT modelapi_acl.transfer_service_account('nobody', 'stranger')$$),
('transfer a person', $$SELECT modelapi_acl.transfer_service_account('m_owner', 'stranger')$$),
('transfer an organization', $$SELECT modelapi_acl.transfer_service_account('churn-owners', 'stranger')$$),
('transfer by id', $$SELECT modelapi_acl.transfer_service_account(test.id('robot')::text, 'stranger')$$),
('plain update', $$UPDATE modelapi_acl.users SET responsible_id = test.id('stranger') WHERE username = 'robot'$$);
CALL test.play();
SELECT * FROM test.outcomes;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.transfer_service_account(NULL, 'stranger')$$),
	(2, $$SELECT modelapi_acl.transfer_service_account('robot', NULL)$$),
	(3, $$SELECT modelapi_acl.transfer_service_account('robot', 'nobody')$$),
	(4, $$SELECT modelapi_acl.transfer_service_account('robot', 'nobody@example.com')$$),
	(5, $$SELECT modelapi_acl.transfer_service_account('robot', 'disabled')$$),
	(6, $$SELECT modelapi_acl.transfer_service_account('robot', 'second')$$),
	(7, $$SELECT modelapi_acl.transfer_service_account('robot', 'churn-owners')$$),
	(8, $$SELECT modelapi_acl.transfer_service_account('robot', 'stranger@example.com')$$),
	-- plain updates by a superuser, whoever was stated
	(9, $$UPDATE modelapi_acl.users SET responsible_id = test.id('stranger') WHERE username = 'robot'$$),
	(10, $$UPDATE modelapi_acl.users SET responsible_id = test.id('stranger'), full_name = 'x' WHERE username = 'robot'$$),
	(11, $$UPDATE modelapi_acl.users SET full_name = 'x' WHERE username = 'robot'$$)
) v(place, a) ORDER BY place;
SELECT modelapi_acl.transfer_service_account('robot', 'stranger');
-- it is the stranger's now
SELECT test.try($$SELECT modelapi_acl.transfer_service_account('robot', 'founder')$$);
COMMIT;
SELECT action, test.name((old ->> 'responsible_id')::uuid) AS old, test.name((new ->> 'responsible_id')::uuid) AS new,
	test.name(actor_id) AS actor
FROM modelapi_acl.audit_events WHERE object_id = test.id('robot') AND action = 'user.responsible_changed';

-- A responsible user is not deleted before that; disabled, with no change for the account
SET SESSION AUTHORIZATION regress_admin;
SELECT test.try($$SELECT modelapi_acl.delete_user('stranger')$$);
RESET SESSION AUTHORIZATION;
SELECT test.try($$DELETE FROM modelapi_acl.users WHERE username = 'stranger'$$);
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.disable_user('stranger');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_identity_gateway;
SELECT a.allowed, a.reason FROM modelapi_acl.authorize_invocation_as(test.id('churn'), 'workload/1') a;
RESET SESSION AUTHORIZATION;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_admin;
SELECT test.try($$SELECT modelapi_acl.transfer_service_account('robot', 'stranger')$$);
SELECT modelapi_acl.transfer_service_account('robot', 'm_owner');
SELECT modelapi_acl.delete_user('stranger');
COMMIT;
SELECT count(*) FROM modelapi_acl.users WHERE username = 'stranger';
-- an account that goes needs no successor
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.delete_user('robot');
SELECT modelapi_acl.delete_user('m_owner');
RESET SESSION AUTHORIZATION;
SELECT "check", object_type, expected, found FROM modelapi_acl.verify_access(10) WHERE user_id IS DISTINCT FROM test.id('expired');
