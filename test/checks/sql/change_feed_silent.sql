-- Transactions after which change_feed expects no notification: each a paragraph. One that does not
-- end with ROLLBACK is committed.

SELECT modelapi_acl.set_session_user('w0');
UPDATE modelapi_acl.model_apis SET name = 'other name' WHERE id = %(api)s;

SELECT modelapi_acl.set_session_user('w0');
UPDATE modelapi_acl.model_apis SET description = 'other' WHERE id = %(api)s;

SELECT modelapi_acl.set_session_user('w0');
UPDATE modelapi_acl.projects SET name = 'other', description = 'other' WHERE id = %(project)s;

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.set_setting(%(api)s, 'y', '1');

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.delete_setting(%(api)s, 'y');

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.publish_version(%(api)s, '{}');

INSERT INTO modelapi_acl.model_api_logs (model_api_id, message) VALUES (%(api)s, 'x');

SELECT modelapi_acl.prune_logs('0');

SELECT modelapi_acl.update_user('stranger', NULL, NULL, 'Other Name');

SELECT modelapi_acl.set_session_user('w0');
UPDATE modelapi_acl.organizations SET full_name = 'The Team' WHERE name = 'team';

-- the mode that it has
SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.set_authorization_mode(%(api)s, 'unrestricted');

SELECT modelapi_acl.set_session_user('w0');
UPDATE modelapi_acl.model_apis SET visibility = visibility, name = 'third' WHERE id = %(api)s;

SELECT modelapi_acl.set_session_user('w0');
SELECT * FROM modelapi_acl.changes_since();
SELECT modelapi_acl.my_permissions(%(api)s);

SELECT modelapi_acl.set_session_user('w0');
SAVEPOINT s;
SELECT modelapi_acl.add_collaborator(%(api)s, 'stranger', 'owner');
ROLLBACK TO s;
UPDATE modelapi_acl.model_apis SET name = 'fourth' WHERE id = %(api)s;

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.add_collaborator(%(api)s, 'stranger', 'owner');
ROLLBACK;

SELECT modelapi_acl.set_session_user('w0');
SELECT modelapi_acl.delete_model_api(%(api)s);
ROLLBACK;
