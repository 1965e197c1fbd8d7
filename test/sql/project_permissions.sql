-- What an application asks before it acts: what one may do with a project, and
-- require_permission.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
CREATE TABLE test.held (who text, permissions text, same boolean);
GRANT INSERT ON test.held TO PUBLIC;
\set ECHO all

-- Each user on the project
CALL test.each($$INSERT INTO test.held SELECT '%who%', array_to_string(p, ' '), NOT EXISTS (
		SELECT FROM unnest(enum_range(NULL::modelapi_acl.project_permission)) q WHERE modelapi_acl.has_project_permission(test.id('growth'), q) <> (q = ANY (p)))
	FROM modelapi_acl.my_project_permissions(test.id('growth')) p$$);
SELECT permissions, bool_and(same) AS same, string_agg(who, ' ' ORDER BY u.place) AS who
FROM test.held JOIN test.users u ON u.name = who GROUP BY 1 ORDER BY min(u.place);
-- what is no project, NULL, and administrators
CALL test.each($$INSERT INTO test.held SELECT 'none', array_to_string(modelapi_acl.my_project_permissions(p), ' '), modelapi_acl.has_project_permission(p, 'view_project')
	FROM (VALUES (test.id('churn')), (gen_random_uuid()), (NULL)) v (p)$$);
SELECT DISTINCT permissions, same FROM test.held WHERE who = 'none';
SET SESSION AUTHORIZATION regress_admin;
SELECT p, modelapi_acl.my_project_permissions(test.id(p)), modelapi_acl.has_project_permission(test.id(p), 'manage_project'), modelapi_acl.has_project_permission(test.id(p), NULL)
FROM (VALUES ('growth'), ('churn'), (NULL)) v (p);
RESET SESSION AUTHORIZATION;

-- require_permission: nothing, or the error that a function gives
INSERT INTO test.attempts (label, statement) VALUES
	('view', $$SELECT modelapi_acl.require_permission(test.id('churn'), 'view')$$),
	('edit_settings', $$SELECT modelapi_acl.require_permission(test.id('churn'), 'edit_settings')$$),
	('deploy_version', $$SELECT modelapi_acl.require_permission(test.id('churn'), 'deploy_version')$$),
	('delete', $$SELECT modelapi_acl.require_permission(test.id('churn'), 'delete')$$),
	('of a public one', $$SELECT modelapi_acl.require_permission(test.id('weather'), 'invoke')$$),
	('missing', $$SELECT modelapi_acl.require_permission(gen_random_uuid(), 'view')$$),
	('NULL', $$SELECT modelapi_acl.require_permission(NULL, 'view')$$),
	('no permission', $$SELECT modelapi_acl.require_permission(test.id('churn'), NULL)$$);
CALL test.play();
SELECT * FROM test.outcomes;
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') IS NOT NULL AS signed_in;
SELECT test.try($$SELECT modelapi_acl.require_permission(test.id('churn'), 'edit_settings')$$);
SELECT test.try($$SELECT modelapi_acl.require_permission(test.id('forecast'), 'view')$$);
SELECT test.try($$SELECT modelapi_acl.require_permission(test.id('churn'), NULL)$$);
COMMIT;
