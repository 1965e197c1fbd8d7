-- Plain INSERT, UPDATE and DELETE, as PostgREST's table endpoints send them: rows where the user
-- has the permission, 0 rows or 42501 otherwise.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

INSERT INTO test.attempts (label, statement) VALUES
('model_apis.name', $$UPDATE modelapi_acl.model_apis SET name = 'x' WHERE id = test.id('churn')$$),
('model_apis.description', $$UPDATE modelapi_acl.model_apis SET description = 'x' WHERE id = test.id('churn')$$),
('model_apis.authorization_mode', $$UPDATE modelapi_acl.model_apis SET authorization_mode = 'unrestricted' WHERE id = test.id('churn')$$),
('model_apis.invocation_mode', $$UPDATE modelapi_acl.model_apis SET invocation_mode = 'async' WHERE id = test.id('churn')$$),
('model_apis.visibility', $$UPDATE modelapi_acl.model_apis SET visibility = 'public' WHERE id = test.id('churn')$$),
('model_apis.visibility, unchanged', $$UPDATE modelapi_acl.model_apis SET visibility = 'private', name = 'y' WHERE id = test.id('churn')$$),
('model_apis.project_id', $$UPDATE modelapi_acl.model_apis SET project_id = project_id WHERE id = test.id('churn')$$),
('model_apis, all at once', $$UPDATE modelapi_acl.model_apis SET name = 'x'$$),
('model_apis, INSERT', $$INSERT INTO modelapi_acl.model_apis (project_id, name) VALUES (test.id('growth'), 'x') RETURNING *$$),
('model_apis, INSERT public', $$INSERT INTO modelapi_acl.model_apis (project_id, name, visibility) VALUES (test.id('growth'), 'x', 'public')$$),
('model_apis, INSERT with an id', $$INSERT INTO modelapi_acl.model_apis (id, project_id, name) VALUES (gen_random_uuid(), test.id('growth'), 'x')$$),
('model_apis, DELETE', $$DELETE FROM modelapi_acl.model_apis$$),
('versions, INSERT', $$INSERT INTO modelapi_acl.model_api_versions (model_api_id, source) VALUES (test.id('churn'), '{}') RETURNING *$$),
('versions.state', $$UPDATE modelapi_acl.model_api_versions SET state = 'stopped' WHERE model_api_id = test.id('churn')$$),
('versions.source', $$UPDATE modelapi_acl.model_api_versions SET source = '{}'$$),
('settings, INSERT', $$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (test.id('churn'), 'cpu', '1') RETURNING *$$),
('settings, UPDATE', $$UPDATE modelapi_acl.model_api_settings SET value = '9'$$),
('settings, upsert', $$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (test.id('churn'), 'replicas', '3') ON CONFLICT (model_api_id, name) DO UPDATE SET model_api_id = EXCLUDED.model_api_id, name = EXCLUDED.name, value = EXCLUDED.value RETURNING *$$),
('settings, upsert that does nothing', $$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (test.id('churn'), 'replicas', '3') ON CONFLICT DO NOTHING$$),
('grants, INSERT', $$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES (test.id('churn'), test.id('stranger'), 'viewer') RETURNING *$$),
('grants, UPDATE one''s own', $$UPDATE modelapi_acl.model_api_collaborators SET access_level = 'owner', expires_at = NULL WHERE user_id = test.id('%who%') AND model_api_id = test.id('churn')$$),
('grants, UPDATE all', $$UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() + interval '1 day' WHERE model_api_id = test.id('churn') AND user_id = test.id('m_viewer')$$),
('grants, upsert', $$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES (test.id('churn'), test.id('m_viewer'), 'editor') ON CONFLICT (model_api_id, user_id) DO UPDATE SET model_api_id = EXCLUDED.model_api_id, user_id = EXCLUDED.user_id, access_level = EXCLUDED.access_level RETURNING *$$),
('grants, to another user', $$UPDATE modelapi_acl.model_api_collaborators SET user_id = test.id('stranger') WHERE user_id = test.id('m_viewer')$$),
('grants, MERGE', $$MERGE INTO modelapi_acl.model_api_collaborators c USING (SELECT test.id('m_viewer') AS u) s ON c.user_id = s.u AND c.model_api_id = test.id('churn') WHEN MATCHED THEN UPDATE SET access_level = 'editor' WHEN NOT MATCHED THEN INSERT (model_api_id, user_id) VALUES (test.id('churn'), s.u)$$),
('grants, DELETE', $$DELETE FROM modelapi_acl.model_api_collaborators$$),
('project grants, INSERT', $$INSERT INTO modelapi_acl.project_collaborators (project_id, user_id) VALUES (test.id('growth'), test.id('stranger')) RETURNING *$$),
('project grants, UPDATE', $$UPDATE modelapi_acl.project_collaborators SET access_level = 'editor' WHERE user_id = test.id('p_viewer')$$),
('projects, INSERT', $$INSERT INTO modelapi_acl.projects (name) VALUES ('x') RETURNING *$$),
('projects, two rows', $$INSERT INTO modelapi_acl.projects (name) VALUES ('x'), ('y') RETURNING *$$),
('projects, UPDATE', $$UPDATE modelapi_acl.projects SET name = 'x' WHERE id = test.id('growth')$$),
('organizations, INSERT', $$INSERT INTO modelapi_acl.organizations (name) VALUES ('x') RETURNING *$$),
('organizations, UPDATE', $$UPDATE modelapi_acl.organizations SET full_name = 'x' WHERE name = 'churn-owners'$$),
('members, INSERT', $$INSERT INTO modelapi_acl.organization_members (organization_id, user_id) VALUES (test.id('churn-owners'), test.id('stranger')) RETURNING *$$),
('members, upsert', $$INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin) VALUES (test.id('churn-owners'), test.id('mo_owner'), true) ON CONFLICT (organization_id, user_id) DO UPDATE SET organization_id = EXCLUDED.organization_id, user_id = EXCLUDED.user_id, is_admin = EXCLUDED.is_admin RETURNING *$$),
('members, UPDATE one''s own', $$UPDATE modelapi_acl.organization_members SET is_admin = true WHERE user_id = test.id('%who%') AND NOT is_admin$$),
('tokens, INSERT', $$INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint) VALUES (test.id('churn'), 'x', 'x')$$),
('tokens, UPDATE', $$UPDATE modelapi_acl.access_tokens SET revoked_at = NULL$$),
('audit, INSERT', $$INSERT INTO modelapi_acl.audit_events (action) VALUES ('x')$$),
('audit, DELETE', $$DELETE FROM modelapi_acl.audit_events$$),
('logs, INSERT', $$INSERT INTO modelapi_acl.model_api_logs (model_api_id, message) VALUES (test.id('churn'), 'x')$$),
('users, UPDATE', $$UPDATE modelapi_acl.users SET full_name = 'x'$$),
('identities, UPDATE', $$UPDATE modelapi_acl.user_identities SET external_id = 'sub-founder'$$),
('hashes', $$SELECT * FROM modelapi_acl_internal.token_hashes$$),
('LOCK TABLE', $$LOCK TABLE modelapi_acl.model_apis IN ROW EXCLUSIVE MODE$$),
('LOCK TABLE, exclusive', $$LOCK TABLE modelapi_acl.model_apis IN ACCESS EXCLUSIVE MODE$$),
('TRUNCATE', $$TRUNCATE modelapi_acl.model_api_logs$$),
('a version of a model API made in the same statement', $$WITH m AS (INSERT INTO modelapi_acl.model_apis (project_id, name) VALUES (test.id('growth'), 'x') RETURNING id) INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) SELECT id, 'a', '1' FROM m$$);

CALL test.play();
SELECT * FROM test.outcomes;
