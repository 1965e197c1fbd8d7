-- authorize_invocation_as: prediction requests of a subject whom the gateway has verified.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- "bulletin" is public and restricted: whoever is signed in sees it, collaborators call it
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT test.remember('bulletin', modelapi_acl.create_model_api(test.id('growth'), 'bulletin', NULL, 'public')) \g /dev/null
SELECT modelapi_acl.set_authorization_mode(test.id('weather'), 'unrestricted') \g /dev/null
SELECT test.remember('secluded', modelapi_acl.create_model_api(test.id('growth'), 'secluded', NULL, 'private', 'unrestricted')) \g /dev/null
COMMIT;

-- Each user, by the external_id and by the id, for each model API
CREATE VIEW test.answers AS
	SELECT u.place, u.name AS who, m.n, m.name AS model_api, form, a.*
	FROM test.users u
		CROSS JOIN (VALUES (1, 'churn'), (2, 'bulletin'), (3, 'secluded'), (4, 'missing')) m(n, name)
		CROSS JOIN LATERAL (VALUES ('external_id', 'sub-' || u.name), ('id', test.id(u.name)::text)) s(form, subject)
		CROSS JOIN LATERAL modelapi_acl.authorize_invocation_as(
			CASE m.name WHEN 'missing' THEN '00000000-0000-4000-8000-000000000000' ELSE test.id(m.name) END, s.subject) a;
GRANT SELECT ON test.answers, test.users TO PUBLIC;
ALTER VIEW test.answers SET (security_invoker = true);
SET SESSION AUTHORIZATION regress_identity_gateway;
SELECT model_api, allowed, status, reason, user_id IS NOT NULL AS is_known, string_agg(who, ' ' ORDER BY place) AS who
FROM test.answers WHERE form = 'external_id' GROUP BY n, 1, 2, 3, 4, 5 ORDER BY n, min(place);
-- the id is as good, and neither a token nor a challenge is ever in the answer
SELECT count(*) > 60 AS many, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ
FROM (SELECT place, n, min(status || reason || coalesce(user_id::text, '')) AS a,
	max(status || reason || coalesce(user_id::text, '')) AS b FROM test.answers GROUP BY 1, 2) c;
SELECT count(token_id) + count(token_name) + count(www_authenticate) + count(token_metadata) AS not_there FROM test.answers;
-- whom the answer names
SELECT count(*) AS wrong FROM test.answers WHERE user_id <> test.id(who);

-- Hidden and missing are the same, for those who are known and for those who are not
SELECT h.who, h.form FROM test.answers h JOIN test.answers m USING (who, form)
WHERE h.model_api = 'churn' AND h.status <> 200 AND m.model_api = 'missing'
	AND (h.allowed, h.status, h.reason, h.user_id) IS DISTINCT FROM (m.allowed, m.status, m.reason, m.user_id);

-- Subjects that name nobody
SELECT n, a.allowed, a.status, a.reason, a.user_id
FROM (VALUES (1, NULL), (2, ''), (3, 'nobody'), (4, 'founder'), (5, 'founder@example.com'), (6, upper('sub-founder')),
	(7, 'sub-founder '), (8, upper(test.id('founder')::text)), (9, '{' || test.id('founder') || '}'),
	(10, replace(test.id('founder')::text, '-', '')), (11, test.id('churn-owners')::text), (12, 'churn-owners'),
	(13, repeat('x', 100000)), (14, '00000000-0000-0000-0000-000000000000')) s(n, subject),
	LATERAL modelapi_acl.authorize_invocation_as(test.id('churn'), s.subject) a ORDER BY n;
-- ... may call what is unrestricted
SELECT allowed, status, reason, user_id FROM modelapi_acl.authorize_invocation_as(test.id('secluded'), 'nobody');
SELECT allowed, status, reason, user_id FROM modelapi_acl.authorize_invocation_as(test.id('secluded'), NULL);
-- no model API
SELECT allowed, status, reason, user_id = test.id('founder') AS is_founder FROM modelapi_acl.authorize_invocation_as(NULL, 'sub-founder');
SELECT allowed, status, reason, user_id FROM modelapi_acl.authorize_invocation_as(NULL, NULL);

-- An external_id is somebody else's id never
RESET SESSION AUTHORIZATION;
SELECT modelapi_acl.update_user('m_viewer', external_id => test.id('stranger')::text);
-- ... but may be one's own; a former one names nobody
SELECT modelapi_acl.update_user('m_viewer', external_id => test.id('m_viewer')::text);
SET SESSION AUTHORIZATION regress_identity_gateway;
SELECT s.subject LIKE 'sub-%' AS former, a.allowed, a.reason, a.user_id = test.id('m_viewer') AS is_m_viewer
FROM (VALUES (test.id('m_viewer')::text), ('sub-m_viewer')) s(subject),
	LATERAL modelapi_acl.authorize_invocation_as(test.id('churn'), s.subject) a;

-- The latest state decides (see also the isolation test): a grant ends with its time, within one
-- statement too
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer', clock_timestamp() + interval '0.3 s') \g /dev/null
COMMIT;
SELECT n, a.allowed, a.reason FROM (SELECT n, pg_sleep(0.4 * (n - 1)) FROM generate_series(1, 2) n) s,
	LATERAL modelapi_acl.authorize_invocation_as(test.id('churn'), CASE WHEN s.n > 0 THEN 'sub-stranger' END) a;

-- Who may ask
SELECT rolname AS who, test.outcome(format('SET LOCAL SESSION AUTHORIZATION %I; SELECT modelapi_acl.authorize_invocation_as(NULL, NULL)', rolname)) AS outcome
FROM pg_roles WHERE rolname LIKE 'regress\_%' AND rolname IN ('regress_backend', 'regress_web', 'regress_person',
	'regress_gateway', 'regress_identity_gateway', 'regress_log_writer', 'regress_admin', 'regress_nobody') ORDER BY 1;
