-- Transactions after which change_feed expects one notification: each a paragraph.

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.add_collaborator(%(api)s, 'stranger', 'viewer');

SELECT modelapi_acl.set_session_user('w0');
UPDATE modelapi_acl.model_api_collaborators SET access_level = 'editor'
WHERE model_api_id = %(api)s AND access_level = 'viewer';

SELECT modelapi_acl.set_session_user('w0');
UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() + interval '1 day'
WHERE model_api_id = %(api)s AND access_level = 'editor';

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.remove_collaborator(%(api)s, 'stranger');

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.transfer_ownership(%(hidden)s, 'w2', NULL);

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.add_project_collaborator(%(hidden_project)s, 'stranger', 'viewer');

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.remove_project_collaborator(%(hidden_project)s, 'stranger');

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.add_organization_member('team', 'stranger');

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.remove_organization_member('team', 'stranger');

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.set_visibility(id,
	CASE visibility WHEN 'public' THEN 'private' ELSE 'public' END::modelapi_acl.visibility)
FROM modelapi_acl.model_apis WHERE id IN (%(api)s, %(hidden)s);

SELECT modelapi_acl.set_session_user('w0');
UPDATE modelapi_acl.model_apis SET visibility =
	CASE visibility WHEN 'public' THEN 'private' ELSE 'public' END::modelapi_acl.visibility
WHERE id = %(api)s;

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.set_authorization_mode(%(api)s, 'unrestricted');

SELECT modelapi_acl.set_session_user('w0');
UPDATE modelapi_acl.model_apis SET invocation_mode = 'async' WHERE id = %(api)s;

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.create_token(%(api)s, 'x');

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.regenerate_token(%(token)s);

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.revoke_token(%(token)s);

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.delete_model_api(%(deleted)s);

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.create_model_api(%(hidden_project)s, 'x');

SELECT modelapi_acl.disable_user('stranger');

SELECT modelapi_acl.enable_user('stranger');

UPDATE modelapi_acl.users SET disabled_at = now() WHERE username = 'stranger';

SELECT modelapi_acl.enable_user('stranger');

SELECT modelapi_acl.update_user('stranger', NULL, NULL, NULL, 'other');

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.set_setting(%(api)s, 'z', '1');
SELECT modelapi_acl.add_collaborator(%(api)s, 'stranger', 'viewer');

SELECT modelapi_acl.set_session_user('w0');
SAVEPOINT s;
SELECT modelapi_acl.add_collaborator(%(api)s, 'stranger', 'editor');
RELEASE s;
