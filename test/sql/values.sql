-- Invalid values: a clear error, and nothing is written.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE FUNCTION test.u(VARIADIC codes int[]) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(chr(c), '' ORDER BY o) FROM unnest(codes) WITH ORDINALITY t(c, o) $$;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT a AS attempt, test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.create_project('')$$),
	(2, $$SELECT modelapi_acl.create_project('   ')$$),
	(3, $$SELECT modelapi_acl.create_project(NULL)$$),
	(4, $$SELECT modelapi_acl.create_project(E'a\nb')$$),
	(5, $$SELECT modelapi_acl.create_project(repeat('x', 201))$$),
	(6, $$SELECT modelapi_acl.create_project(repeat('é', 200))$$),
	(7, $$SELECT modelapi_acl.create_project(test.u(160, 8203))$$),
	(8, $$SELECT modelapi_acl.create_project(test.u(97, 133))$$),
	(9, $$SELECT modelapi_acl.create_model_api(test.id('growth'), '')$$),
	(10, $$SELECT modelapi_acl.create_model_api(test.id('growth'), NULL)$$),
	(11, $$SELECT modelapi_acl.create_model_api(test.id('growth'), E'\t')$$),
	(12, $$SELECT modelapi_acl.create_model_api(test.id('growth'), 'ok', repeat('x', 100001))$$),
	(13, $$SELECT modelapi_acl.create_model_api(test.id('growth'), 'ok', 'd', NULL)$$),
	(14, $$SELECT modelapi_acl.create_model_api(test.id('growth'), 'ok', 'd', 'secret')$$),
	(15, $$SELECT modelapi_acl.create_organization('')$$),
	(16, $$SELECT modelapi_acl.create_organization(NULL)$$),
	(17, $$SELECT modelapi_acl.create_organization('two words')$$),
	(18, $$SELECT modelapi_acl.create_organization('-x')$$),
	(19, $$SELECT modelapi_acl.create_organization('.x')$$),
	(20, $$SELECT modelapi_acl.create_organization('ünder')$$),
	(21, $$SELECT modelapi_acl.create_organization(repeat('x', 64))$$),
	(22, $$SELECT modelapi_acl.create_organization(repeat('x', 63))$$),
	(23, $$SELECT modelapi_acl.create_organization('00000000-0000-4000-8000-000000000000')$$),
	(24, $$SELECT modelapi_acl.create_organization('00000000000040008000000000000000')$$),
	(25, $$SELECT modelapi_acl.create_organization('0000-0000-0000-4000-8000-0000-0000-0000')$$),
	(26, $$SELECT modelapi_acl.create_organization('Founder')$$),
	(27, $$SELECT modelapi_acl.create_organization('CHURN-owners')$$),
	(28, $$SELECT modelapi_acl.create_organization('a@b')$$),
	(29, $$SELECT modelapi_acl.create_organization('ok', '')$$),
	(30, $$SELECT modelapi_acl.create_organization('ok', 'Fine & Co.')$$),
	(31, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'nobody')$$),
	(32, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'nobody@example.com')$$),
	(33, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), '')$$),
	(34, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), NULL)$$),
	(35, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), test.id('stranger')::text)$$),
	(36, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', NULL)$$),
	(37, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'admin')$$),
	(38, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer', now() - interval '1 second')$$),
	(39, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer', '-infinity')$$),
	(40, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer', 'infinity')$$),
	(41, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'Stranger@EXAMPLE.com')$$),
	(42, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'CHURN-OWNERS')$$),
	(43, $$SELECT modelapi_acl.add_organization_member('churn-owners', 'nobody')$$),
	(44, $$SELECT modelapi_acl.add_organization_member('churn-owners', 'churn-editors')$$),
	(45, $$SELECT modelapi_acl.add_organization_member('churn-owners', NULL)$$),
	(46, $$SELECT modelapi_acl.add_organization_member('churn-owners', 'stranger', NULL)$$),
	(47, $$SELECT modelapi_acl.set_setting(test.id('churn'), '', '1')$$),
	(48, $$SELECT modelapi_acl.set_setting(test.id('churn'), NULL, '1')$$),
	(49, $$SELECT modelapi_acl.set_setting(test.id('churn'), 'x', NULL)$$),
	(50, $$SELECT modelapi_acl.set_setting(test.id('churn'), 'x', 'null')$$),
	(51, $$SELECT modelapi_acl.set_setting(test.id('churn'), 'x', 'nonsense')$$),
	(52, $$SELECT modelapi_acl.create_token(test.id('churn'), '')$$),
	(53, $$SELECT modelapi_acl.create_token(test.id('churn'), NULL)$$),
	(54, $$SELECT modelapi_acl.create_token(test.id('churn'), ' ')$$),
	(55, $$SELECT modelapi_acl.create_token(test.id('churn'), E'a\u0007')$$),
	(56, $$SELECT modelapi_acl.create_token(test.id('churn'), 'x', now())$$),
	(57, $$SELECT modelapi_acl.create_token(test.id('churn'), 'x', 'infinity')$$),
	(58, $$SELECT modelapi_acl.publish_version(test.id('churn'), NULL)$$),
	(59, $$SELECT modelapi_acl.set_version_state(test.id('churn v1'), NULL)$$),
	(60, $$SELECT modelapi_acl.set_visibility(test.id('churn'), NULL)$$),
	(61, $$SELECT modelapi_acl.set_authorization_mode(test.id('churn'), NULL)$$),
	(62, $$UPDATE modelapi_acl.model_apis SET name = ''$$),
	(63, $$UPDATE modelapi_acl.model_apis SET name = NULL WHERE id = test.id('churn')$$),
	(64, $$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id) VALUES (test.id('churn'))$$),
	(65, $$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, organization_id) VALUES (test.id('churn'), test.id('stranger'), test.id('churn-owners'))$$),
	(66, $$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id) VALUES (test.id('churn'), gen_random_uuid())$$),
	(67, $$SELECT modelapi_acl.create_model_api(test.id('growth'), ' churn')$$),
	(68, $$SELECT modelapi_acl.create_model_api(test.id('growth'), test.u(99, 160))$$),
	(69, $$SELECT modelapi_acl.create_model_api(test.id('growth'), test.u(99, 8203, 104))$$),
	(70, $$SELECT modelapi_acl.create_model_api(test.id('growth'), test.u(99, 8238, 104))$$),
	(71, $$SELECT modelapi_acl.create_model_api(test.id('growth'), test.u(99, 8294, 104))$$),
	(72, $$SELECT modelapi_acl.create_model_api(test.id('growth'), test.u(99, 173, 104))$$),
	(73, $$SELECT modelapi_acl.create_model_api(test.id('growth'), test.u(99, 65279, 104))$$),
	(74, $$SELECT modelapi_acl.create_model_api(test.id('growth'), test.u(99, 917601, 104))$$),
	(75, $$SELECT modelapi_acl.create_model_api(test.id('growth'), test.u(10084, 65039, 32, 99))$$),
	(76, $$UPDATE modelapi_acl.model_apis SET name = test.u(99, 8205) WHERE id = test.id('churn')$$),
	(77, $$SELECT modelapi_acl.create_project('growth ')$$),
	(78, $$SELECT modelapi_acl.set_setting(test.id('churn'), test.u(114, 8204), '1')$$),
	(79, $$SELECT modelapi_acl.create_token(test.id('churn'), 'dashboard ')$$),
	(80, $$SELECT modelapi_acl.create_organization('ok', test.u(8207, 79))$$)
) v(place, a) ORDER BY place;
ROLLBACK;

-- 'infinity' as an expiry means no expiry
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer', 'infinity');
SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'churn-owners', 'viewer', 'infinity');
INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, expires_at) VALUES (test.id('growth'), test.id('stranger'), 'infinity');
UPDATE modelapi_acl.model_api_collaborators SET expires_at = 'infinity' WHERE user_id = test.id('expired');
SELECT count(*) FROM modelapi_acl.create_token(test.id('churn'), 'for good', 'infinity');
SELECT 'model API' AS of, test.name(coalesce(user_id, organization_id)) AS holder FROM modelapi_acl.model_api_collaborators
WHERE expires_at IS NULL AND test.name(user_id) IN ('stranger', 'expired')
UNION ALL SELECT 'project', test.name(coalesce(user_id, organization_id)) FROM modelapi_acl.project_collaborators
WHERE expires_at IS NULL AND test.name(coalesce(user_id, organization_id)) IN ('stranger', 'churn-owners')
UNION ALL SELECT 'token', name FROM modelapi_acl.access_tokens WHERE expires_at IS NULL
ORDER BY 1, 2;
-- ... also for the last owner
SELECT test.try($$UPDATE modelapi_acl.model_api_collaborators SET expires_at = 'infinity' WHERE user_id = test.id('founder')$$);
ROLLBACK;
-- Log lines have a time of their own
SELECT test.try($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, message, logged_at) VALUES (test.id('churn'), 'x', 'infinity')$$);
SELECT test.try($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, message, logged_at) VALUES (test.id('churn'), 'x', '-infinity')$$);
SELECT test.try($$UPDATE modelapi_acl.model_api_logs SET logged_at = 'infinity'$$);

-- Users, for administrators
BEGIN;
SELECT a AS attempt, test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.create_user('founder', 'x@example.com')$$),
	(2, $$SELECT modelapi_acl.create_user('Founder', 'x@example.com')$$),
	(3, $$SELECT modelapi_acl.create_user('churn-owners', 'x@example.com')$$),
	(4, $$SELECT modelapi_acl.create_user('x', 'FOUNDER@example.com')$$),
	(5, $$SELECT modelapi_acl.create_user('x', 'x')$$),
	(6, $$SELECT modelapi_acl.create_user('x', '@x')$$),
	(7, $$SELECT modelapi_acl.create_user('x', 'x@')$$),
	(8, $$SELECT modelapi_acl.create_user('x', 'x@y@z')$$),
	(9, $$SELECT modelapi_acl.create_user('x', 'x y@z')$$),
	(10, $$SELECT modelapi_acl.create_user('x', repeat('x', 250) || '@x.io')$$),
	(11, $$SELECT modelapi_acl.create_user('x', NULL)$$),
	(12, $$SELECT modelapi_acl.create_user(NULL, 'x@example.com')$$),
	(13, $$SELECT modelapi_acl.create_user('x', 'x@example.com', NULL, 'sub-founder')$$),
	(14, $$SELECT modelapi_acl.create_user('x', 'x@example.com', NULL, '')$$),
	(15, $$SELECT modelapi_acl.create_user('x', 'x@example.com', NULL, test.id('founder')::text)$$),
	(16, $$SELECT modelapi_acl.create_user('x', 'x@example.com', E'a\nb')$$),
	(17, $$SELECT modelapi_acl.update_user('nobody', 'x')$$),
	(18, $$SELECT modelapi_acl.update_user(NULL, 'x')$$),
	(19, $$SELECT modelapi_acl.update_user('founder', 'stranger')$$),
	(20, $$SELECT modelapi_acl.update_user('founder', '')$$),
	(21, $$SELECT modelapi_acl.update_user('founder', NULL, 'stranger@example.com')$$),
	(22, $$SELECT modelapi_acl.update_user('founder', NULL, NULL, NULL, test.id('founder')::text)$$),
	(23, $$SELECT modelapi_acl.update_user('founder', 'boss')$$),
	(24, $$SELECT modelapi_acl.update_user('founder@example.com', 'boss')$$),
	(25, $$SELECT modelapi_acl.update_user(test.id('founder')::text, 'boss')$$),
	(26, $$SELECT modelapi_acl.disable_user('nobody')$$),
	(27, $$SELECT modelapi_acl.enable_user(NULL)$$),
	(28, $$SELECT modelapi_acl.delete_user('')$$),
	(29, $$SELECT modelapi_acl.prune_logs(NULL)$$),
	(30, $$SELECT modelapi_acl.prune_logs('-1 day')$$),
	(31, $$SELECT modelapi_acl.prune_logs('1 day')$$)
) v(place, a) ORDER BY place;
ROLLBACK;

-- None of this was written
SELECT (SELECT count(*) FROM modelapi_acl.users) AS users, (SELECT count(*) FROM modelapi_acl.user_identities) AS identities,
	(SELECT count(*) FROM modelapi_acl.organizations) AS organizations, (SELECT count(*) FROM modelapi_acl_internal.principal_names) AS names,
	(SELECT count(*) FROM modelapi_acl.projects) AS projects, (SELECT count(*) FROM modelapi_acl.model_apis) AS model_apis;

-- Disabling and enabling
SELECT modelapi_acl.enable_user('disabled');
BEGIN;
SELECT test.name(modelapi_acl.set_session_user('disabled')), modelapi_acl.effective_access_level(test.id('churn'));
COMMIT;

-- An unknown name is an error even when there are no rows at all
BEGIN;
SET LOCAL row_security = off;
DELETE FROM modelapi_acl.organizations;
SELECT modelapi_acl.set_session_user('founder') IS NOT NULL AS founder;
SELECT test.try($$SELECT modelapi_acl.delete_organization('nothing')$$);
SELECT test.try($$SELECT modelapi_acl.remove_organization_member('nothing', 'founder')$$);
SELECT test.try($$SELECT modelapi_acl.add_organization_member('nothing', 'founder')$$);
ROLLBACK;
BEGIN;
SET LOCAL row_security = off;
DELETE FROM modelapi_acl.model_apis;
DELETE FROM modelapi_acl.projects;
DELETE FROM modelapi_acl.organizations;
DELETE FROM modelapi_acl.users;
SELECT test.try($$SELECT modelapi_acl.disable_user('nothing')$$);
SELECT test.try($$SELECT modelapi_acl.enable_user('nothing')$$);
SELECT test.try($$SELECT modelapi_acl.update_user('nothing', 'else')$$);
SELECT test.try($$SELECT modelapi_acl.delete_user('nothing')$$);
ROLLBACK;
