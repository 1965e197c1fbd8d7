-- The audit history of the data that generate.sql makes, for questions about past moments:
-- an event for each user, member, project, model API, grant and token, and the changes that
-- committed them, in the order in which the model APIs were created. It is written without
-- guards and audit, as in generate.sql.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET row_security = off;
SET session_replication_role = replica;
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';
SET search_path = modelapi_acl, public;
UPDATE pg_index SET indisready = false
WHERE indrelid IN ('modelapi_acl.audit_events'::regclass, 'modelapi_acl_internal.changes'::regclass);
DELETE FROM audit_events;
INSERT INTO audit_events (change_id, occurred_at, database_role, action, object_type, object_id, new)
	SELECT bench.id('people', 0), timestamptz '2024-01-01', 'bench', 'user.created', 'user', id,
		jsonb_build_object('username', username, 'full_name', full_name, 'disabled_at', disabled_at) FROM users;
INSERT INTO audit_events (change_id, occurred_at, database_role, action, object_type, object_id, new)
	SELECT bench.id('people', 0), timestamptz '2024-01-01', 'bench', 'organization.created', 'organization', id,
		jsonb_build_object('name', name, 'full_name', full_name) FROM organizations;
INSERT INTO audit_events (change_id, occurred_at, database_role, action, object_type, object_id, new)
	SELECT bench.id('people', 0), timestamptz '2024-01-02', 'bench', 'organization_member.added', 'organization', organization_id,
		jsonb_build_object('user_id', user_id, 'is_admin', is_admin) FROM organization_members;
INSERT INTO audit_events (change_id, occurred_at, database_role, action, object_type, object_id, project_id, new)
	SELECT bench.id('people', 0), timestamptz '2024-01-03', 'bench', 'project.created', 'project', id, id,
		jsonb_build_object('name', name, 'description', description) FROM projects;
INSERT INTO audit_events (change_id, occurred_at, database_role, action, object_type, object_id, project_id, new)
	SELECT bench.id('people', 0), timestamptz '2024-01-04', 'bench', 'collaborator.added', 'project_collaborator', id, project_id,
		jsonb_build_object('user_id', user_id, 'organization_id', organization_id, 'access_level', access_level, 'expires_at', expires_at)
	FROM project_collaborators;
INSERT INTO audit_events (change_id, occurred_at, database_role, action, object_type, object_id, project_id, model_api_id, new)
	SELECT md5('change of ' || id)::uuid, created_at, 'bench', 'model_api.created', 'model_api', id, project_id, id,
		jsonb_build_object('name', name, 'description', description, 'visibility', visibility,
			'authorization_mode', authorization_mode, 'invocation_mode', invocation_mode)
	FROM model_apis;
INSERT INTO audit_events (change_id, occurred_at, database_role, action, object_type, object_id, project_id, model_api_id, new)
	SELECT md5('change of ' || m.id)::uuid, m.created_at + interval '1 ms', 'bench', 'collaborator.added', 'model_api_collaborator',
		c.id, m.project_id, m.id,
		jsonb_build_object('user_id', c.user_id, 'organization_id', c.organization_id, 'access_level', c.access_level, 'expires_at', c.expires_at)
	FROM model_api_collaborators c JOIN model_apis m ON m.id = c.model_api_id;
INSERT INTO audit_events (change_id, occurred_at, database_role, action, object_type, object_id, project_id, model_api_id, new)
	SELECT md5('change of ' || m.id)::uuid, m.created_at + interval '2 ms', 'bench', 'token.created', 'token', t.id, m.project_id, m.id,
		jsonb_build_object('name', t.name, 'expires_at', t.expires_at, 'revoked_at', t.revoked_at)
	FROM access_tokens t JOIN model_apis m ON m.id = t.model_api_id;
INSERT INTO modelapi_acl_internal.changes (change_id, committed_at, transaction_id)
	VALUES (bench.id('people', 0), '2024-01-05', '3');
INSERT INTO modelapi_acl_internal.changes (change_id, committed_at, transaction_id)
	SELECT md5('change of ' || id)::uuid, created_at + interval '3 ms', '3' FROM model_apis;
REINDEX TABLE audit_events;
REINDEX TABLE modelapi_acl_internal.changes;
VACUUM (ANALYZE, FREEZE) audit_events;
VACUUM (ANALYZE, FREEZE) modelapi_acl_internal.changes;
CHECKPOINT;
