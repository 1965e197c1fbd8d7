-- Checks that an application makes before it acts: permissions on a project, and
-- require_permission.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
CREATE TABLE test.held (who text, permissions text, same boolean);
GRANT INSERT ON test.held TO PUBLIC;
\set ECHO all

-- Every user on the project
CALL test.each($$INSERT INTO test.held SELECT '%who%', array_to_string(p, ' '), NOT EXISTS (
		SELECT FROM unnest(enum_range(NULL::modelapi_acl.project_permission)) q WHERE modelapi_acl.has_project_permission(test.id('growth'), q) <> (q = ANY (p)))
	FROM modelapi_acl.my_project_permissions(test.id('growth')) p$$);
SELECT permissions, bool_and(same) AS same, string_agg(who, ' ' ORDER BY u.place) AS who
FROM test.held JOIN test.users u ON u.name = who GROUP BY 1 ORDER BY min(u.place);
-- a missing project, NULL, and administrators
CALL test.each($$INSERT INTO test.held SELECT 'none', array_to_string(modelapi_acl.my_project_permissions(p), ' '), modelapi_acl.has_project_permission(p, 'view_project')
	FROM (VALUES (test.id('churn')), (gen_random_uuid()), (NULL)) v (p)$$);
SELECT DISTINCT permissions, same FROM test.held WHERE who = 'none';
SET SESSION AUTHORIZATION regress_admin;
SELECT p, modelapi_acl.my_project_permissions(test.id(p)), modelapi_acl.has_project_permission(test.id(p), 'manage_project'), modelapi_acl.has_project_permission(test.id(p), NULL)
FROM (VALUES ('growth'), ('churn'), (NULL)) v (p);
RESET SESSION AUTHORIZATION;

-- list_projects lists those on which has_project_permission tells the permission: with a
-- constant, which the planner knows, and with a value of each row
CREATE TABLE test.listed (who text, permission text, projects text, same boolean);
GRANT INSERT ON test.listed TO PUBLIC;
CALL test.each($$INSERT INTO test.listed SELECT '%who%', q, l.projects,
		l.projects IS NOT DISTINCT FROM (SELECT string_agg(t.name, ' ' ORDER BY t.name) FROM test.things t WHERE modelapi_acl.has_project_permission(t.id, q))
	FROM unnest(enum_range(NULL::modelapi_acl.project_permission)) q,
		LATERAL (SELECT string_agg(name, ' ' ORDER BY name) AS projects FROM modelapi_acl.list_projects(q)) l$$);
CALL test.each($$INSERT INTO test.listed SELECT '%who%', 'default', string_agg(name, ' '), count(*) = (SELECT count(*) FROM modelapi_acl.projects) FROM modelapi_acl.list_projects()$$);
CALL test.each($$INSERT INTO test.listed SELECT '%who%', 'manage_project', string_agg(name, ' '), true FROM modelapi_acl.list_projects('manage_project')$$);
CALL test.each($$INSERT INTO test.listed SELECT '%who%', 'NULL', string_agg(name, ' '), count(*) = 0 FROM modelapi_acl.list_projects(NULL)$$);
SELECT permission, projects, bool_and(same) AS same, string_agg(DISTINCT who, ' ' ORDER BY who) AS who FROM test.listed
GROUP BY 1, 2 ORDER BY min(array_position(enum_range(NULL::modelapi_acl.project_permission)::text[], permission)), 1, 2;
SET SESSION AUTHORIZATION regress_admin;
SELECT (SELECT count(*) FROM modelapi_acl.list_projects('manage_project')) AS manageable, (SELECT count(*) FROM modelapi_acl.list_projects(NULL)) AS by_null;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_nobody;
SELECT test.try('SELECT modelapi_acl.list_projects()');
RESET SESSION AUTHORIZATION;

-- require_permission returns nothing, or raises the error of the function
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
