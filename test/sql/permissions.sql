-- The permission table: each permission for each kind of grant, on a private restricted model
-- API (churn), another private one of its project (forecast) and a public unrestricted one
-- (weather). By has_permission, my_permissions, effective_access_level and list_model_apis.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE TABLE test.answers (who text, place int, model_api text, level text,
	permissions text, same_singly boolean, same_listed boolean);
GRANT SELECT, INSERT ON test.answers TO PUBLIC;
-- the functions agree, for each user and model API
CALL test.each($$
	INSERT INTO test.answers
	SELECT '%who%', %place%, t.name, modelapi_acl.effective_access_level(t.id),
		array_to_string(modelapi_acl.my_permissions(t.id), ' '),
		modelapi_acl.my_permissions(t.id) = ARRAY(
			SELECT p FROM unnest(enum_range(NULL::modelapi_acl.permission)) p
			WHERE modelapi_acl.has_permission(t.id, p)),
		modelapi_acl.my_permissions(t.id) = ARRAY(
			SELECT p FROM unnest(enum_range(NULL::modelapi_acl.permission)) p
			WHERE EXISTS (SELECT FROM modelapi_acl.list_model_apis(p) l WHERE l.id = t.id))
	FROM test.things t WHERE t.name IN ('churn', 'forecast', 'weather')
$$);
SELECT model_api, coalesce(level, '') AS level, permissions,
	string_agg(who, ' ' ORDER BY place) AS who
FROM test.answers GROUP BY model_api, level, permissions
ORDER BY model_api, min(place);
SELECT count(*) AS answers, bool_and(same_singly) AS has_permission_agrees,
	bool_and(same_listed) AS list_model_apis_agrees FROM test.answers;

-- The two modes and visibility decide who may view and invoke
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') IS NOT NULL AS signed_in;
SELECT modelapi_acl.set_authorization_mode(test.id('weather'), 'restricted');
SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'unrestricted');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS signed_in;
-- public and restricted: visible, not invocable; private and unrestricted: neither
SELECT n, modelapi_acl.my_permissions(test.id(n)) FROM unnest(ARRAY['weather', 'churn']) n;
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') IS NOT NULL AS signed_in;
SELECT n, modelapi_acl.my_permissions(test.id(n)) FROM unnest(ARRAY['weather', 'churn']) n;
COMMIT;

-- The highest of several unexpired grants counts
BEGIN;
SELECT modelapi_acl.set_session_user('founder') IS NOT NULL AS signed_in;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'p_viewer', 'editor');
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'p_owner', 'viewer');
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'owner', clock_timestamp() + interval '1 hour');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('p_viewer') IS NOT NULL AS signed_in;
-- an editor of the model API with any access to the project may deploy
SELECT modelapi_acl.effective_access_level(test.id('churn')), modelapi_acl.has_permission(test.id('churn'), 'deploy_version');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('p_owner') IS NOT NULL AS signed_in;
SELECT modelapi_acl.effective_access_level(test.id('churn'));
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS signed_in;
SELECT modelapi_acl.effective_access_level(test.id('churn'));
COMMIT;
-- the grant expires during a transaction
RESET SESSION AUTHORIZATION;
SET row_security = off;
UPDATE modelapi_acl.model_api_collaborators SET expires_at = clock_timestamp() + interval '0.5 s'
WHERE model_api_id = test.id('churn') AND user_id = test.id('stranger');
RESET row_security;
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS signed_in;
SELECT pg_sleep(0.6) \g /dev/null
SELECT modelapi_acl.effective_access_level(test.id('churn'));
COMMIT;

-- A user who leaves an organization loses its grants at once, one who joins has them at once
BEGIN;
SELECT modelapi_acl.set_session_user('founder') IS NOT NULL AS signed_in;
SELECT modelapi_acl.remove_organization_member('churn-editors', 'mo_editor');
SELECT modelapi_acl.add_organization_member('churn-editors', 'm_viewer');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('mo_editor') IS NOT NULL AS signed_in;
SELECT modelapi_acl.effective_access_level(test.id('churn')), modelapi_acl.my_permissions(test.id('churn'));
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') IS NOT NULL AS signed_in;
SELECT modelapi_acl.effective_access_level(test.id('churn'));
COMMIT;

-- A change counts from the next statement of the same transaction, and ROLLBACK TO SAVEPOINT
-- undoes it
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') IS NOT NULL AS signed_in;
SAVEPOINT s;
UPDATE modelapi_acl.model_api_collaborators SET access_level = 'viewer'
WHERE model_api_id = test.id('churn') AND user_id = test.id('m_owner');
SELECT modelapi_acl.effective_access_level(test.id('churn'));
ROLLBACK TO s;
SELECT modelapi_acl.effective_access_level(test.id('churn'));
ROLLBACK;

-- Missing objects, and NULL
BEGIN;
SELECT modelapi_acl.set_session_user('founder') IS NOT NULL AS signed_in;
SELECT modelapi_acl.has_permission('00000000-0000-4000-8000-000000000000', 'view'),
	modelapi_acl.has_permission(NULL, 'view'), modelapi_acl.has_permission(test.id('churn'), NULL),
	modelapi_acl.effective_access_level('00000000-0000-4000-8000-000000000000'),
	modelapi_acl.my_permissions('00000000-0000-4000-8000-000000000000'),
	modelapi_acl.my_permissions(NULL);
SELECT count(*) FROM modelapi_acl.list_model_apis(NULL);
ROLLBACK;

-- Administrators have the permissions of an owner on everything that exists. An administrator
-- who is signed in as a user has that user's permissions.
SET SESSION AUTHORIZATION regress_admin;
SELECT n, modelapi_acl.effective_access_level(test.id(n)), cardinality(modelapi_acl.my_permissions(test.id(n)))
FROM unnest(ARRAY['churn', 'weather']) n;
SELECT modelapi_acl.has_permission('00000000-0000-4000-8000-000000000000', 'view');
SELECT count(*) FROM modelapi_acl.list_model_apis('delete');
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') IS NOT NULL AS signed_in;
SET LOCAL ROLE modelapi_acl_admin;
SELECT modelapi_acl.effective_access_level(test.id('churn'));
SELECT modelapi_acl.create_user('x', 'x@example.com') IS NOT NULL AS created;
ROLLBACK;
