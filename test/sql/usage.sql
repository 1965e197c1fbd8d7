-- Who sees the counts of requests. They are written here directly, since most servers of the
-- regression tests count nothing; test/t/011_usage.pl counts.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint)
SELECT m.id, 'of ' || m.name, 'x' FROM test.things AS m WHERE m.name IN ('churn', 'forecast', 'weather');
CREATE TABLE test.tokens AS SELECT test.name(t.model_api_id) AS model_api, t.id FROM modelapi_acl.access_tokens AS t WHERE t.name LIKE 'of %';
-- one of a token that is gone
INSERT INTO modelapi_acl_internal.token_counts
SELECT t.id, test.id(t.model_api), NULL::uuid, '2026-01-02'::timestamptz, NULL::timestamptz, 10, 1, 2, 1, 10, 1, 2
FROM (SELECT * FROM test.tokens UNION ALL SELECT 'churn', gen_random_uuid()) AS t;
INSERT INTO modelapi_acl_internal.invocation_counts
SELECT m, h, r, 5, 1, 5 FROM unnest(ARRAY[test.id('churn'), test.id('forecast'), test.id('weather'), NULL, gen_random_uuid()]) AS m,
	unnest(ARRAY['2026-01-02 10:00+00', '2026-01-02 11:00+00']::timestamptz[]) AS h, unnest(ARRAY['token', 'unknown_token']) AS r;
INSERT INTO modelapi_acl_internal.counting (since) VALUES ('2026-01-01');
GRANT SELECT ON test.tokens TO PUBLIC;

-- By everybody: the tokens and model APIs, from the views, from the tables, from memory
CREATE TABLE test.seen (who text, place int, what text);
GRANT INSERT ON test.seen TO PUBLIC;
CREATE PROCEDURE test.look(who text, place int) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO test.seen SELECT who, place, format('%s / %s / %s / %s',
		(SELECT coalesce(string_agg(k.model_api || ' ' || u.allowed || ' ' || u.refused || ' ' || u.by_old_secret, ', ' ORDER BY k.model_api), '-')
			FROM modelapi_acl.token_usage AS u JOIN test.tokens AS k ON k.id = u.token_id),
		(SELECT count(*) FROM modelapi_acl.token_usage),
		(SELECT coalesce(string_agg(u.name || ' ' || u.requests, ', ' ORDER BY u.name), '-') FROM (
			SELECT coalesce(test.name(u.model_api_id), CASE WHEN u.model_api_id IS NULL THEN 'none' ELSE 'gone' END) AS name, sum(u.requests) AS requests
			FROM modelapi_acl.invocation_usage AS u WHERE u.hour < '2026-01-03' GROUP BY 1) AS u),
		(SELECT count(*) FROM modelapi_acl.usage_status));
END $$;
DO $$
DECLARE
	who text; place int := 0;
BEGIN
	FOREACH who IN ARRAY ARRAY['founder', 'm_owner', 'mo_owner', 'p_owner', 'po_owner', 'm_editor', 'mo_editor', 'p_editor', 'po_editor',
		'm_viewer', 'mo_viewer', 'p_viewer', 'po_viewer', 'sibling', 'expired', 'stranger', 'disabled'] LOOP
		place := place + 1;
		COMMIT;
		SET LOCAL SESSION AUTHORIZATION regress_backend;
		BEGIN
			PERFORM modelapi_acl.set_session_user(who);
		EXCEPTION WHEN SQLSTATE 'PT401' THEN NULL;
		END;
		CALL test.look(who, place);
	END LOOP;
	FOREACH who IN ARRAY ARRAY['regress_person', 'regress_admin', 'postgres'] LOOP
		place := place + 1;
		COMMIT;
		EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', who);
		CALL test.look(who, place);
	END LOOP;
END $$;
SELECT who, what AS "tokens / number / requests / status" FROM test.seen ORDER BY place;

-- Tables under the views: the same rows, for who can name them; functions that read memory tell no more
CREATE ROLE regress_reads_all LOGIN IN ROLE modelapi_acl_user, modelapi_acl_backend, pg_read_all_data;
SET SESSION AUTHORIZATION regress_reads_all;
BEGIN;
SELECT modelapi_acl.set_session_user('sibling') \g /dev/null
SELECT test.name(model_api_id), allowed FROM modelapi_acl_internal.token_counts;
SELECT test.name(model_api_id), sum(requests) FROM modelapi_acl_internal.invocation_counts GROUP BY 1;
SELECT u.* FROM test.tokens AS t, modelapi_acl_internal.usage_of_token(t.id, 1, 10, 1, 2) AS u ORDER BY t.model_api;
SELECT * FROM modelapi_acl_internal.usage_of_invocations();
SELECT flushed_at, tokens, hours, entries, dropped, log_lines, log_lost FROM modelapi_acl.usage_status;
COMMIT;
-- nobody
SELECT count(*) FROM modelapi_acl_internal.token_counts;
SELECT count(*) FROM modelapi_acl_internal.counting;
RESET SESSION AUTHORIZATION;

-- A condition of the caller sees no hidden row, and no index tells of one
CREATE FUNCTION test.tell(value anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('stranger') \g /dev/null
SELECT count(*) FROM modelapi_acl.token_usage WHERE test.tell(allowed);
SELECT count(*) FROM modelapi_acl.invocation_usage WHERE test.tell(requests);
SELECT count(*) FROM modelapi_acl.invocation_usage WHERE test.tell(reason);
COMMIT;

-- Nobody writes
CREATE TABLE test.writes AS SELECT format(s, v) AS statement FROM unnest(ARRAY['INSERT INTO modelapi_acl.%s DEFAULT VALUES', 'DELETE FROM modelapi_acl.%s', 'TRUNCATE modelapi_acl.%s']) AS s,
	unnest(ARRAY['token_usage', 'invocation_usage', 'usage_status']) AS v
UNION ALL SELECT format(s, v) FROM unnest(ARRAY['INSERT INTO modelapi_acl_internal.%s DEFAULT VALUES', 'DELETE FROM modelapi_acl_internal.%s']) AS s,
	unnest(ARRAY['token_counts', 'invocation_counts', 'counting']) AS v;
GRANT SELECT ON test.writes TO PUBLIC;
SELECT statement, test.try(statement) FROM test.writes WHERE statement !~ 'TRUNCATE|internal' ORDER BY 1;
SET SESSION AUTHORIZATION regress_reads_all;
SELECT statement, test.try(statement) FROM test.writes ORDER BY 1;
SET SESSION AUTHORIZATION regress_admin;
SELECT statement, test.try(statement) FROM test.writes ORDER BY 1;
RESET SESSION AUTHORIZATION;
DROP ROLE regress_reads_all;

-- Settings
SELECT name, context, unit, boot_val FROM pg_settings
WHERE name LIKE 'modelapi\_acl.%' AND name ~ 'usage|decision' AND context <> 'postmaster' AND name !~ 'databases|entries|size' ORDER BY 1;
SET modelapi_acl.decision_log = 'some';
SET SESSION AUTHORIZATION regress_gateway;
SET modelapi_acl.count_usage = off;
SET modelapi_acl.decision_log = none;
RESET SESSION AUTHORIZATION;

-- Nothing keeps a request from its answer
SELECT status, reason FROM modelapi_acl.authorize_invocation(test.id('churn'), NULL);
SELECT status, reason FROM modelapi_acl.authorize_invocation(NULL, NULL);

-- access_reviews tells of the use of personal tokens: to administrators, the holder, the responsible user
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.create_user('leaver', 'leaver@example.com') \g /dev/null
SELECT modelapi_acl.create_service_account('robot', 'leaver') \g /dev/null
COMMIT;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('leaver') \g /dev/null
SELECT id IS NOT NULL AS made FROM modelapi_acl.create_service_token('robot', 'issued by who was deleted', now() + interval '1 year');
SELECT modelapi_acl.transfer_service_account('robot', 'm_editor');
COMMIT;
CREATE TABLE test.personal (name text, holder text, issuer text, used interval, refused int);
INSERT INTO test.personal VALUES
	('busy', 'm_viewer', 'm_viewer', '1 day', 2), ('refused less', 'm_viewer', 'm_viewer', '89 days', 1), ('forgotten', 'm_viewer', 'm_viewer', '91 days', 0),
	('counted, not used', 'm_viewer', 'm_viewer', NULL, 0), ('of another', 'stranger', 'stranger', '91 days', 1),
	('of a machine', 'robot', 'm_editor', '1 day', 0), ('issued by who was disabled', 'robot', 'disabled', '0', 0), ('not used since', 'robot', 'disabled', '10 years', 0),
	('issued by who was deleted', 'robot', 'leaver', '0', 0), ('revoked', 'robot', 'leaver', '91 days', 9);
INSERT INTO modelapi_acl.personal_tokens (user_id, name, hint, created_by, expires_at, revoked_at)
SELECT h.id, p.name, 'x', i.id, now() + interval '1 year', CASE WHEN p.name = 'revoked' THEN now() END
FROM test.personal AS p JOIN modelapi_acl.users AS h ON h.username = p.holder JOIN modelapi_acl.users AS i ON i.username = p.issuer
WHERE p.name <> 'issued by who was deleted';
INSERT INTO modelapi_acl_internal.token_counts
SELECT t.id, NULL, t.user_id, clock_timestamp() + interval '1 minute' - p.used, NULL, 1, p.refused, 0, 1, 1, p.refused, 0
FROM modelapi_acl.personal_tokens AS t JOIN test.personal AS p USING (name);
SELECT modelapi_acl.delete_user('leaver');
CREATE VIEW test.usage_reviews WITH (security_invoker = true) AS
SELECT finding, name, granted_by, detail, token_last_used_at IS NOT NULL AS used, token_refused FROM modelapi_acl.access_reviews
WHERE object_type = 'personal_token' AND finding <> 'token_without_expiry' ORDER BY finding COLLATE "C", name COLLATE "C";
GRANT SELECT ON test.usage_reviews TO PUBLIC;
SET SESSION AUTHORIZATION regress_admin;
SELECT * FROM test.usage_reviews;
RESET SESSION AUTHORIZATION;
CREATE PROCEDURE test.review(who text) LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	COMMIT;
	SET LOCAL SESSION AUTHORIZATION regress_backend;
	PERFORM modelapi_acl.set_session_user(who);
	FOR r IN SELECT * FROM test.usage_reviews LOOP
		RAISE NOTICE '%: %', who, concat_ws(' | ', r.finding, r.name, r.detail);
	END LOOP;
	COMMIT;
END $$;
CALL test.review('m_viewer');
CALL test.review('m_editor');
CALL test.review('founder');
