-- A project and a model API always have a user as direct owner without expiry; an organization
-- always has an admin.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- Not enough: an organization, a grant with an expiry, the project's owner. Here the founder is
-- left alone with a disabled owner.
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_owner');
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'disabled');
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_editor', 'owner', now() + interval '1 day');
SELECT modelapi_acl.remove_project_collaborator(test.id('growth'), 'p_owner');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT a AS attempt, test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'founder')$$),
	(2, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'founder', 'editor')$$),
	(3, $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'founder', 'owner', now() + interval '1 day')$$),
	(4, $$UPDATE modelapi_acl.model_api_collaborators SET access_level = 'viewer' WHERE model_api_id = test.id('churn')$$),
	(5, $$UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() + interval '1 day' WHERE model_api_id = test.id('churn') AND user_id = test.id('founder')$$),
	(6, $$UPDATE modelapi_acl.model_api_collaborators SET access_level = CASE WHEN user_id = test.id('founder') THEN 'viewer' ELSE 'owner' END::modelapi_acl.access_level WHERE model_api_id = test.id('churn') AND user_id IN (test.id('founder'), test.id('m_viewer'))$$),
	(7, $$WITH a AS (UPDATE modelapi_acl.model_api_collaborators SET access_level = 'owner' WHERE model_api_id = test.id('churn') AND user_id = test.id('m_viewer') RETURNING 1) UPDATE modelapi_acl.model_api_collaborators SET access_level = 'editor' WHERE model_api_id = test.id('churn') AND user_id = test.id('founder')$$),
	(8, $$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES (test.id('churn'), test.id('founder'), 'viewer') ON CONFLICT (model_api_id, user_id) DO UPDATE SET access_level = EXCLUDED.access_level$$),
	(9, $$SELECT modelapi_acl.remove_project_collaborator(test.id('growth'), 'founder')$$),
	(10, $$SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'founder', 'viewer')$$),
	(11, $$UPDATE modelapi_acl.project_collaborators SET access_level = 'viewer'$$),
	(12, $$SELECT modelapi_acl.remove_organization_member('churn-owners', 'founder')$$),
	(13, $$SELECT modelapi_acl.add_organization_member('churn-owners', 'founder', false)$$),
	(14, $$UPDATE modelapi_acl.organization_members SET is_admin = NOT is_admin WHERE organization_id = test.id('churn-owners')$$),
	(15, $$UPDATE modelapi_acl.organization_members SET is_admin = false$$),
	(16, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'stranger', 'viewer')$$),
	(17, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'stranger', NULL)$$),
	(18, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'stranger@example.com', 'owner')$$),
	(19, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'founder')$$),
	(20, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'FOUNDER@example.com')$$),
	(21, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'disabled')$$),
	(22, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'churn-owners')$$),
	(23, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'nobody')$$),
	(24, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), NULL)$$),
	(25, $$SELECT modelapi_acl.transfer_project(test.id('growth'), 'stranger', NULL)$$),
	(26, $$SELECT modelapi_acl.delete_project(test.id('growth'))$$),
	(27, $$SELECT modelapi_acl.delete_model_api(test.id('churn'))$$),
	(28, $$SELECT modelapi_acl.delete_organization('churn-owners')$$)
) v(place, a) ORDER BY place;
ROLLBACK;

-- The rule holds for administrators and superusers
BEGIN;
SELECT a AS attempt, test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.delete_user('founder')$$),
	(2, $$DELETE FROM modelapi_acl.users WHERE username = 'founder'$$),
	(3, $$DELETE FROM modelapi_acl.model_api_collaborators$$),
	(4, $$DELETE FROM modelapi_acl.model_api_collaborators WHERE user_id = test.id('founder')$$),
	(5, $$UPDATE modelapi_acl.model_api_collaborators SET access_level = 'viewer'$$),
	(6, $$DELETE FROM modelapi_acl.organization_members WHERE is_admin$$),
	(7, $$SELECT modelapi_acl.delete_user('m_viewer')$$),
	(8, $$SELECT modelapi_acl.disable_user('founder')$$),
	(9, $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'stranger')$$),
	(10, $$DELETE FROM modelapi_acl.model_apis$$),
	(11, $$DELETE FROM modelapi_acl.model_apis WHERE id = test.id('churn')$$),
	(12, $$DELETE FROM modelapi_acl.projects$$)
) v(place, a) ORDER BY place;
ROLLBACK;

-- Transfer: the new owner gets a grant without expiry. The old owner's grant is lowered, never
-- raised, and keeps its expiry.
CREATE VIEW test.grants AS
SELECT test.name(coalesce(user_id, organization_id)) AS who, access_level, expires_at IS NOT NULL AS expires
FROM modelapi_acl.model_api_collaborators WHERE model_api_id = test.id('churn') AND
	coalesce(user_id, organization_id) IN (test.id('founder'), test.id('stranger'), test.id('p_editor'), test.id('m_editor'), test.id('po_owner'));
GRANT SELECT ON test.grants TO PUBLIC;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer', now() + interval '1 hour');
SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'stranger', 'viewer');
SELECT * FROM test.grants ORDER BY who;
ROLLBACK;
BEGIN;
SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
-- an owner with an expiry
SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'stranger');
SELECT * FROM test.grants ORDER BY who;
ROLLBACK;
BEGIN;
SELECT modelapi_acl.set_session_user('po_owner') \g /dev/null
-- an owner through the project has no grant to lower
SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'stranger');
SELECT * FROM test.grants ORDER BY who;
ROLLBACK;
-- an administrator who disables the last owner can transfer
SELECT modelapi_acl.disable_user('founder');
SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'stranger');
SELECT modelapi_acl.transfer_project(test.id('growth'), 'stranger');
SELECT * FROM test.grants ORDER BY who;

-- Roles with BYPASSRLS get an owner or an error, too
SELECT test.try($$INSERT INTO modelapi_acl.projects (name) VALUES ('x')$$);
SELECT test.try(format($$INSERT INTO modelapi_acl.model_apis (project_id, name) VALUES (%L, 'x')$$, test.id('growth')));
