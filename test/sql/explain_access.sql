-- explain_access: why a user may do something. who_can: which users may. This file shows who may
-- call them, about whom, and the results.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- Who may call them: editors and owners about every user, everybody about themselves
INSERT INTO test.attempts (label, statement) VALUES
	('who can view churn', $$SELECT modelapi_acl.who_can(test.id('churn'), 'view')$$),
	('who can view weather, public', $$SELECT modelapi_acl.who_can(test.id('weather'), 'view')$$),
	('who can, no such permission', $$SELECT modelapi_acl.who_can(test.id('churn'), NULL)$$),
	('own access to churn', $$SELECT modelapi_acl.explain_access(test.id('churn'), 'delete')$$),
	('own access to churn, by name', $$SELECT modelapi_acl.explain_access(test.id('churn'), 'delete', '%who%')$$),
	('own access to weather', $$SELECT modelapi_acl.explain_access(test.id('weather'), 'delete')$$),
	('another''s access to churn', $$SELECT modelapi_acl.explain_access(test.id('churn'), 'view', 'm_viewer@example.com')$$),
	('another''s access to weather', $$SELECT modelapi_acl.explain_access(test.id('weather'), 'view', 'm_viewer')$$),
	('access of an unknown', $$SELECT modelapi_acl.explain_access(test.id('churn'), 'view', 'ghost')$$),
	('access of an organization', $$SELECT modelapi_acl.explain_access(test.id('churn'), 'view', 'churn-owners')$$),
	('access to nothing', $$SELECT modelapi_acl.explain_access(NULL, 'view')$$);
CALL test.play();
SELECT * FROM test.outcomes;

-- who_can for every permission, as an editor of the model API
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('m_editor') IS NOT NULL AS signed_in;
SELECT p AS permission, string_agg(w.username, ' ') AS who
FROM unnest(enum_range(NULL::modelapi_acl.permission)) p, modelapi_acl.who_can(test.id('churn'), p) w
GROUP BY p ORDER BY p;
-- levels and roads; the founder is in each organization
SELECT username, access_level, roads FROM modelapi_acl.who_can(test.id('churn'), 'view') WHERE username <> 'founder';
SELECT unnest(roads) AS founders_roads FROM modelapi_acl.who_can(test.id('churn'), 'delete') WHERE username = 'founder';
-- an editor of the model API alone does not deploy: either of two further grants would allow it
SELECT step, road, access_level, granted_by, granted_at <= now() AS dated, sufficient, explanation
FROM modelapi_acl.explain_access(test.id('churn'), 'deploy_version');
-- about others: an expired grant that was sufficient, and a grant of an organization
SELECT step, road, access_level, expires_at < now() AS expired, sufficient, explanation
FROM modelapi_acl.explain_access(test.id('churn'), 'edit_settings', 'expired');
SELECT step, road, access_level, sufficient, explanation
FROM modelapi_acl.explain_access(test.id('churn'), 'view', 'po_viewer');
-- several grants at once
SELECT step, road, access_level, sufficient FROM modelapi_acl.explain_access(test.id('churn'), 'edit_settings', 'founder');
-- a disabled user: no grant would allow it
SELECT step, road, access_level, sufficient, explanation
FROM modelapi_acl.explain_access(test.id('churn'), 'view', 'disabled');
-- a user without a grant, on a private model API
SELECT step, road, access_level, sufficient, explanation
FROM modelapi_acl.explain_access(test.id('churn'), 'view_audit', 'stranger');
COMMIT;

-- Only an organization's members and administrators see its members. Others get one row for the
-- organization, and no answer about a user depends on membership: mo_viewer, who is a member,
-- and stranger, who is not, get the same.
CREATE TEMP VIEW told AS
SELECT user_id IS NULL AS organization, username, access_level, roads FROM modelapi_acl.who_can(test.id('churn'), 'view')
WHERE username ~ '^(mo_|po_|churn|growth|founder)';
BEGIN;
SELECT modelapi_acl.set_session_user('founder') IS NOT NULL AS signed_in;
SELECT * FROM told;
SELECT step, road, sufficient FROM modelapi_acl.explain_access(test.id('churn'), 'view', 'mo_viewer');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('mo_owner') IS NOT NULL AS signed_in;
SELECT * FROM told;
SELECT step, road, sufficient, explanation FROM modelapi_acl.explain_access(test.id('churn'), 'delete');
SELECT step, road, sufficient FROM modelapi_acl.explain_access(test.id('churn'), 'delete', 'founder');
(SELECT * FROM modelapi_acl.explain_access(test.id('churn'), 'view', 'mo_viewer') EXCEPT ALL
	SELECT * FROM modelapi_acl.explain_access(test.id('churn'), 'view', 'stranger')) UNION ALL
(SELECT * FROM modelapi_acl.explain_access(test.id('churn'), 'view', 'stranger') EXCEPT ALL
	SELECT * FROM modelapi_acl.explain_access(test.id('churn'), 'view', 'mo_viewer'));
COMMIT;

-- Access by visibility alone: every enabled user, without a level
BEGIN;
SELECT modelapi_acl.set_session_user('p_viewer') IS NOT NULL AS signed_in;
SELECT step, road, access_level, sufficient, explanation FROM modelapi_acl.explain_access(test.id('weather'), 'invoke');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('p_editor') IS NOT NULL AS signed_in;
SELECT username, access_level, roads FROM modelapi_acl.who_can(test.id('weather'), 'invoke')
WHERE username IN ('stranger', 'p_editor', 'po_owner', 'disabled');
SELECT string_agg(username, ' ') AS who FROM modelapi_acl.who_can(test.id('weather'), 'view_logs');
COMMIT;
-- earlier changes in the same transaction count
BEGIN;
SELECT modelapi_acl.set_session_user('p_owner') IS NOT NULL AS signed_in;
SELECT modelapi_acl.add_collaborator(test.id('weather'), 'stranger', 'editor');
SELECT username, access_level, roads FROM modelapi_acl.who_can(test.id('weather'), 'view_logs') WHERE username = 'stranger';
SELECT modelapi_acl.set_visibility(test.id('weather'), 'private');
SELECT count(*) FROM modelapi_acl.who_can(test.id('weather'), 'invoke') WHERE username LIKE 'm\_%';
ROLLBACK;

-- Administrators: about themselves by role, about others by grants
SET SESSION AUTHORIZATION regress_admin;
SELECT step, road, sufficient, explanation FROM modelapi_acl.explain_access(test.id('churn'), 'delete');
SELECT step, road, sufficient, explanation FROM modelapi_acl.explain_access(test.id('weather'), 'view');
SELECT step, road, sufficient, explanation FROM modelapi_acl.explain_access(test.id('churn'), 'delete', 'p_owner');
SELECT string_agg(username, ' ') AS who FROM modelapi_acl.who_can(test.id('churn'), 'delete');
SELECT modelapi_acl.who_can('00000000-0000-0000-0000-000000000000', 'view');
-- No other role may call them
SET SESSION AUTHORIZATION regress_gateway;
SELECT modelapi_acl.who_can(NULL, 'view');
SELECT modelapi_acl.explain_access(NULL, 'view');
