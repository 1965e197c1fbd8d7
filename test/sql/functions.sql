-- Which user may call which function that writes. The others get PT401 if nobody is signed in,
-- PT404 if they may not see the object, 42501 without the permission, 23514 if an invariant
-- would be violated.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

INSERT INTO test.attempts (label, statement) VALUES
('set_visibility', $$SELECT modelapi_acl.set_visibility(test.id('churn'), 'public')$$),
('set_visibility, no change', $$SELECT modelapi_acl.set_visibility(test.id('churn'), 'private')$$),
('set_authorization_mode', $$SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'unrestricted')$$),
('set_setting', $$SELECT modelapi_acl.set_setting(test.id('churn'), 'cpu', '4')$$),
('delete_setting', $$SELECT modelapi_acl.delete_setting(test.id('churn'), 'replicas')$$),
('publish_version', $$SELECT modelapi_acl.publish_version(test.id('churn'), '{}')$$),
('set_version_state', $$SELECT modelapi_acl.set_version_state(test.id('churn v1'), 'stopped')$$),
('create_token', $$SELECT modelapi_acl.create_token(test.id('churn'), 'x')$$),
('regenerate_token', $$SELECT modelapi_acl.regenerate_token(test.id('churn token'))$$),
('revoke_token', $$SELECT modelapi_acl.revoke_token(test.id('churn token'))$$),
('add_collaborator', $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger')$$),
('remove_collaborator', $$SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'expired')$$),
('remove_collaborator, oneself', $$SELECT modelapi_acl.remove_collaborator(test.id('churn'), '%who%')$$),
('transfer_ownership', $$SELECT modelapi_acl.transfer_ownership(test.id('churn'), 'sibling')$$),
('delete_model_api', $$SELECT modelapi_acl.delete_model_api(test.id('churn'))$$),
('create_model_api', $$SELECT modelapi_acl.create_model_api(test.id('growth'), 'x')$$),
('add_project_collaborator', $$SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'stranger')$$),
('remove_project_collaborator', $$SELECT modelapi_acl.remove_project_collaborator(test.id('growth'), 'p_viewer')$$),
('transfer_project', $$SELECT modelapi_acl.transfer_project(test.id('growth'), 'sibling')$$),
('delete_project', $$SELECT modelapi_acl.delete_project(test.id('growth'))$$),
('create_project', $$SELECT modelapi_acl.create_project('x')$$),
('create_organization', $$SELECT modelapi_acl.create_organization('x')$$),
('add_organization_member', $$SELECT modelapi_acl.add_organization_member('churn-owners', 'stranger')$$),
('remove_organization_member', $$SELECT modelapi_acl.remove_organization_member('churn-owners', 'mo_owner')$$),
('delete_organization', $$SELECT modelapi_acl.delete_organization('churn-owners')$$),
('create_user', $$SELECT modelapi_acl.create_user('x', 'x@example.com')$$),
('disable_user', $$SELECT modelapi_acl.disable_user('stranger')$$),
('prune_logs', $$SELECT modelapi_acl.prune_logs('1 day')$$),
('prune_usage', $$SELECT modelapi_acl.prune_usage('1 day')$$),
('drain_decisions', $$SELECT modelapi_acl.drain_decisions(0)$$),
('verify_decisions', $$SELECT modelapi_acl.verify_decisions('{}')$$),
('authorize_invocation', $$SELECT modelapi_acl.authorize_invocation(test.id('churn'), NULL)$$);

CALL test.play();
SELECT * FROM test.outcomes;
