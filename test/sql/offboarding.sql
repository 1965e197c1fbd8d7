-- offboarding: what a user would lose by leaving, what would have no owner, and which secrets
-- they may know. For administrators, and for users about themselves.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- Who may call it: everybody about themselves, in any spelling
INSERT INTO test.attempts (label, statement) VALUES
('about oneself', $$SELECT * FROM modelapi_acl.offboarding_report('%who%')$$),
('about oneself by email', $$SELECT * FROM modelapi_acl.offboarding_report('%who%@EXAMPLE.com')$$),
('about somebody else', $$SELECT * FROM modelapi_acl.offboarding_report(CASE '%who%' WHEN 'm_viewer' THEN 'stranger' ELSE 'm_viewer' END)$$),
('about an unknown one', $$SELECT * FROM modelapi_acl.offboarding_report('nobody@example.com')$$),
('about an organization', $$SELECT * FROM modelapi_acl.offboarding_report('churn-owners')$$),
('about nobody', $$SELECT * FROM modelapi_acl.offboarding_report(NULL)$$);
CALL test.play();
SELECT * FROM test.outcomes;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT test.try($$SELECT * FROM modelapi_acl.offboarding_report('m_viewer')$$);
-- another user and an unknown one get the same answer: addresses cannot be guessed
SELECT test.try($$SELECT * FROM modelapi_acl.offboarding_report('m_viewer@example.com')$$)
	= test.try($$SELECT * FROM modelapi_acl.offboarding_report('nobody@example.com')$$) AS same;
COMMIT;
SET SESSION AUTHORIZATION regress_admin;
SELECT test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT * FROM modelapi_acl.offboarding_report('m_viewer')$$),
	(2, $$SELECT * FROM modelapi_acl.offboarding_report('disabled@example.com')$$),
	(3, $$SELECT * FROM modelapi_acl.offboarding_report('nobody')$$),
	(4, $$SELECT * FROM modelapi_acl.offboarding_report('nobody@example.com')$$),
	(5, $$SELECT * FROM modelapi_acl.offboarding_report('churn-owners')$$),
	(6, $$SELECT * FROM modelapi_acl.offboarding_report('')$$),
	(7, $$SELECT * FROM modelapi_acl.offboarding_report(NULL)$$)
) v(place, a) ORDER BY place;
RESET SESSION AUTHORIZATION;
-- other roles have no privilege
SET SESSION AUTHORIZATION regress_gateway;
SELECT test.outcome($$SELECT * FROM modelapi_acl.offboarding_report('founder')$$);
SET SESSION AUTHORIZATION regress_log_writer;
SELECT test.outcome($$SELECT * FROM modelapi_acl.offboarding_report('founder')$$);
RESET SESSION AUTHORIZATION;

-- The rows that an administrator sees
CREATE FUNCTION test.report(who text) RETURNS TABLE (finding text, object_type text, object text, name text,
	organization text, access_level modelapi_acl.access_level, expires boolean, detail text) LANGUAGE sql AS $$
	SELECT finding, object_type, test.name(object_id), name, organization, access_level, expires_at IS NOT NULL,
		test.mask(detail) FROM modelapi_acl.offboarding_report($1) $$;
SELECT * FROM test.report('founder');
SELECT * FROM test.report('m_editor');
SELECT * FROM test.report('po_viewer');
SELECT * FROM test.report('sibling');
SELECT * FROM test.report('disabled');
-- no rows: an expired grant, and no grant
SELECT * FROM test.report('expired');
SELECT * FROM test.report('stranger');

-- Several grants: own and an organization's, on the project and the model API, with and without
-- expiry; one that has expired since does not count
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.add_organization_member('churn-owners', 'm_viewer', true);
SELECT modelapi_acl.add_organization_member('growth-viewers', 'm_viewer');
SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'm_viewer', 'editor', now() + interval '1 day');
SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'm_viewer', 'editor', now() + interval '1 day');
SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'churn-owners', 'viewer', now() + interval '1 day');
COMMIT;
SELECT * FROM test.report('m_viewer');
-- the user sees the same
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT * FROM test.report('m_viewer');
COMMIT;
BEGIN;
SET LOCAL row_security = off;
UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() - interval '1 day' WHERE model_api_id = test.id('forecast') AND expires_at IS NOT NULL;
UPDATE modelapi_acl.project_collaborators SET expires_at = now() - interval '1 day' WHERE expires_at IS NOT NULL;
SET LOCAL row_security = on;
SELECT * FROM test.report('m_viewer');
ROLLBACK;

-- Tokens whose current secret the user has seen
BEGIN;
SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
SELECT test.remember('made', id) FROM modelapi_acl.create_token(test.id('churn'), 'made') \g /dev/null
SELECT test.remember('expires', id) FROM modelapi_acl.create_token(test.id('churn'), 'expires', now() + interval '1 hour') \g /dev/null
SELECT test.remember('lapsed', id) FROM modelapi_acl.create_token(test.id('churn'), 'lapsed', now() + interval '1 hour') \g /dev/null
SELECT test.remember('ended', id) FROM modelapi_acl.create_token(test.id('churn'), 'ended') \g /dev/null
SELECT test.remember('renewed', id) FROM modelapi_acl.create_token(test.id('churn'), 'renewed') \g /dev/null
SELECT test.remember('by the platform', id) FROM modelapi_acl.create_token(test.id('churn'), 'by the platform') \g /dev/null
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT modelapi_acl.revoke_token(test.id('ended'));
SELECT id IS NOT NULL AS regenerated FROM modelapi_acl.regenerate_token(test.id('renewed'));
COMMIT;
SELECT id IS NOT NULL AS regenerated FROM modelapi_acl.regenerate_token(test.id('by the platform'));
SET row_security = off;
UPDATE modelapi_acl.access_tokens SET expires_at = now() - interval '1 day' WHERE id = test.id('lapsed');
RESET row_security;
SELECT * FROM test.report('m_editor') WHERE finding = 'token';
SELECT * FROM test.report('m_owner') WHERE finding = 'token';
SELECT * FROM test.report('founder') WHERE finding = 'token';
-- a user without access sees nothing of the model API's present state; an administrator does
BEGIN;
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_editor');
SELECT * FROM test.report('m_editor');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
SELECT * FROM test.report('m_editor');
COMMIT;
-- a viewer sees the model API but no tokens
BEGIN;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_editor', 'viewer');
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
SELECT * FROM test.report('m_editor');
COMMIT;

-- delete_user is refused exactly while an object would have no owner: each is resolved in turn,
-- in several orders
CREATE VIEW test.blockers AS
SELECT u.username, count(r.finding) AS blockers,
	CASE WHEN test.outcome(format('SELECT modelapi_acl.delete_user(%L)', u.username)) = 'ok' THEN 'deleted' ELSE 'refused' END AS delete_user
FROM modelapi_acl.users u LEFT JOIN LATERAL (SELECT * FROM modelapi_acl.offboarding_report(u.username)
	WHERE finding IN ('last_owner', 'last_admin')) r ON true
GROUP BY u.username;
-- for every user of the world
SELECT (blockers > 0) = (delete_user = 'refused') AS as_told, delete_user, count(*), string_agg(username, ' ' ORDER BY username)
FROM test.blockers GROUP BY 1, 2 ORDER BY 2;
-- a disabled owner counts, because enabling restores access; an organization, a grant with an
-- expiry and the project's owner do not
BEGIN;
SELECT * FROM test.blockers WHERE username = 'founder';
SELECT modelapi_acl.add_collaborator(test.id('weather'), 'churn-owners', 'owner');
SELECT modelapi_acl.add_collaborator(test.id('weather'), 'm_viewer', 'owner', now() + interval '1 day');
SELECT modelapi_acl.add_collaborator(test.id('weather'), 'p_owner', 'editor');
SELECT * FROM test.blockers WHERE username = 'founder';
SELECT modelapi_acl.add_collaborator(test.id('weather'), 'disabled', 'owner');
SELECT * FROM test.blockers WHERE username = 'founder';
ROLLBACK;
BEGIN;
SELECT object_type, name FROM test.report('founder') WHERE finding LIKE 'last%';
SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'sibling', 'owner');
SELECT modelapi_acl.transfer_ownership(test.id('weather'), 'm_owner');
SELECT * FROM test.blockers WHERE username = 'founder';
-- the other five organizations in turn
DO $$
DECLARE
	level text;
	told record;
BEGIN
	FOREACH level IN ARRAY ARRAY['owner', 'editor', 'viewer'] LOOP
		PERFORM modelapi_acl.add_organization_member('churn-' || level || 's', 'mo_' || level, true);
		SELECT * INTO told FROM test.blockers WHERE username = 'founder';
		RAISE NOTICE '% left, %', told.blockers, told.delete_user;
		PERFORM modelapi_acl.delete_organization('growth-' || level || 's');
		SELECT * INTO told FROM test.blockers WHERE username = 'founder';
		RAISE NOTICE '% left, %', told.blockers, told.delete_user;
	END LOOP;
END
$$;
SELECT * FROM test.report('founder') WHERE finding LIKE 'last%';
SELECT modelapi_acl.delete_user('founder');
-- the user's objects still exist and have owners
SELECT count(*) FROM modelapi_acl.model_apis;
ROLLBACK;
