-- What tokens were at past moments: every answer that a gateway got is compared with what
-- authorization_at says of that moment, after all that happened since.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
-- All secrets that there ever were: of which token, and the how-manieth of it
CREATE TABLE test.secrets (label text, id uuid, generation int, token text);
-- At each moment: what the gateway got for each secret, and which one was the token's current one
CREATE TABLE test.recorded (step text, at timestamptz, label text, id uuid, generation int, current int, reason text, told uuid);
CREATE FUNCTION test.header(token text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT 'Basic ' || translate(encode(convert_to($1 || ':' || $1, 'UTF8'), 'base64'), E'\n', '') $$;
-- Makes a change as a user, or as an administrator, and asks for all secrets after it
CREATE PROCEDURE test.step(step text, who text, change text) LANGUAGE plpgsql AS $$
DECLARE
	n int;
BEGIN
	COMMIT;
	IF who IS NOT NULL THEN
		SET LOCAL SESSION AUTHORIZATION regress_backend;
		PERFORM modelapi_acl.set_session_user(who);
	END IF;
	EXECUTE change;
	COMMIT;
	PERFORM pg_sleep(0.01);
	INSERT INTO test.recorded
	SELECT step, m.at, s.label, s.id, s.generation, max(s.generation) OVER (PARTITION BY s.id), a.reason, a.token_id
	FROM (SELECT clock_timestamp() AS at OFFSET 0) m, test.secrets s, modelapi_acl.authorize_invocation(test.id('churn'), test.header(s.token)) a;
	COMMIT;
	PERFORM pg_sleep(0.01);
END $$;
CREATE FUNCTION test.keep(label text, id uuid, token text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO test.secrets SELECT $1, $2, count(*), $3 FROM test.secrets s WHERE s.id = $2;
	SELECT test.remember($1, $2) $$;
CREATE FUNCTION test.renew(label text, overlap interval) RETURNS void LANGUAGE sql AS $$
	SELECT test.keep($1, r.id, r.token) FROM modelapi_acl.regenerate_token(test.id($1), $2) r $$;
GRANT ALL ON test.secrets TO PUBLIC;
\set ECHO all
SELECT modelapi_acl.create_service_account('robot', 'm_viewer') \g /dev/null
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'robot') \g /dev/null

CALL test.step('created', 'm_editor', $$
	SELECT test.keep('access', c.id, c.token) FROM modelapi_acl.create_token(test.id('churn'), 'access') c;
	SELECT test.keep('short', c.id, c.token) FROM modelapi_acl.create_token(test.id('churn'), 'short', clock_timestamp() + interval '1 day') c;
	SELECT test.keep('of forecast', c.id, c.token) FROM modelapi_acl.create_token(test.id('churn'), 'of forecast') c;
	SELECT test.keep('personal', c.id, c.token) FROM modelapi_acl.create_personal_token('personal') c;
	SELECT test.keep('listed', c.id, c.token) FROM modelapi_acl.create_personal_token('listed', NULL, ARRAY[test.id('churn')]) c;
	SELECT test.keep('of weather', c.id, c.token) FROM modelapi_acl.create_personal_token('of weather', NULL, ARRAY[test.id('weather')]) c$$);
CALL test.step('of a member', 'mo_viewer', $$SELECT test.keep('of a member', c.id, c.token) FROM modelapi_acl.create_personal_token('of a member') c$$);
CALL test.step('of a stranger', 'stranger', $$SELECT test.keep('of a stranger', c.id, c.token) FROM modelapi_acl.create_personal_token('of a stranger') c$$);
CALL test.step('of a machine', 'm_viewer', $$SELECT test.keep('of a machine', c.id, c.token) FROM modelapi_acl.create_service_token('robot', 'of a machine') c$$);
CALL test.step('regenerated with an overlap', 'm_editor', $$SELECT test.renew('access', '3 s'), test.renew('personal', '1 hour'), test.renew('listed', '1 hour'), test.renew('short', '1 hour')$$);
CALL test.step('suspended', 'm_editor', $$SELECT modelapi_acl.suspend_token(test.id('access')), modelapi_acl.suspend_token(test.id('personal'))$$);
CALL test.step('resumed', 'm_editor', $$SELECT modelapi_acl.resume_token(test.id('access')), modelapi_acl.resume_token(test.id('personal'))$$);
CALL test.step('a former secret has leaked', NULL, $$SELECT modelapi_acl.revoke_leaked_token(token) FROM test.secrets WHERE label = 'listed' AND generation = 0$$);
CALL test.step('regenerated again, without', 'm_editor', $$SELECT test.renew('personal', '0')$$);
SELECT pg_sleep_until(min(at) + interval '3.1 s') FROM test.recorded WHERE step = 'regenerated with an overlap' \g /dev/null
CALL test.step('the overlap is over', NULL, 'SELECT');
CALL test.step('suspended after its overlap', 'm_editor', $$SELECT modelapi_acl.suspend_token(test.id('access'))$$);
CALL test.step('granted to a stranger', 'm_owner', $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer', clock_timestamp() + interval '2 s')$$);
CALL test.step('not a member', NULL, $$SELECT modelapi_acl.remove_organization_member('churn-viewers', 'mo_viewer')$$);
CALL test.step('disabled', NULL, $$SELECT modelapi_acl.disable_user('m_editor')$$);
CALL test.step('enabled', NULL, $$SELECT modelapi_acl.enable_user('m_editor'), modelapi_acl.disable_user('robot')$$);
CALL test.step('a member again', NULL, $$SELECT modelapi_acl.add_organization_member('churn-viewers', 'mo_viewer'), modelapi_acl.enable_user('robot')$$);
SELECT pg_sleep_until(min(at) + interval '2.1 s') FROM test.recorded WHERE step = 'granted to a stranger' \g /dev/null
CALL test.step('a grant expired', NULL, 'SELECT');
CALL test.step('another list', NULL, $$UPDATE modelapi_acl.personal_token_model_apis SET model_api_id = test.id('churn') WHERE token_id = test.id('of weather')$$);
CALL test.step('another holder', NULL, $$UPDATE modelapi_acl.personal_tokens SET user_id = test.id('m_owner') WHERE id = test.id('listed')$$);
CALL test.step('no list', NULL, $$DELETE FROM modelapi_acl.personal_token_model_apis WHERE token_id = test.id('of weather')$$);
CALL test.step('public', 'm_owner', $$SELECT modelapi_acl.set_visibility(test.id('churn'), 'public')$$);
CALL test.step('moved', NULL, $$UPDATE modelapi_acl.access_tokens SET model_api_id = test.id('forecast') WHERE id = test.id('of forecast')$$);
CALL test.step('expired', NULL, $$UPDATE modelapi_acl.access_tokens SET expires_at = now() WHERE id = test.id('short')$$);
CALL test.step('an overlap set back', NULL, $$UPDATE modelapi_acl_internal.personal_token_hashes SET valid_until = now() + interval '1 day'
	WHERE token_id = test.id('personal') AND valid_until IS NOT NULL$$);
CALL test.step('created by an owner', 'm_owner', $$SELECT test.keep('shared', c.id, c.token) FROM modelapi_acl.create_token(test.id('churn'), 'shared') c$$);
CALL test.step('regenerated by another', 'p_owner', $$SELECT test.renew('shared', '0')$$);
CALL test.step('regenerated by the first', 'm_owner', $$SELECT test.renew('shared', '1 hour')$$);
CALL test.step('ended with all that a user was shown', NULL, $$SELECT modelapi_acl.revoke_tokens_of('p_owner')$$);
CALL test.step('its responsible user was deleted', NULL, $$SELECT modelapi_acl.transfer_service_account('robot', 'founder'), modelapi_acl.delete_user('m_viewer')$$);
CALL test.step('the issuer was deleted', NULL, $$SELECT modelapi_acl.delete_user('m_editor'), modelapi_acl.delete_user('mo_viewer')$$);
CALL test.step('resumed by an owner', 'm_owner', $$SELECT modelapi_acl.resume_token(test.id('access'))$$);
CALL test.step('revoked', 'm_owner', $$SELECT modelapi_acl.revoke_token(test.id('access'))$$);

-- The same by the history, as an administrator
CREATE VIEW test.past AS
SELECT r.*, CASE r.generation WHEN r.current THEN CASE WHEN t.entry IS NOT NULL THEN coalesce(t.entry ->> 'state', 'live') END
		WHEN r.current - 1 THEN t.entry ->> 'former_state' END AS state
FROM (SELECT DISTINCT at FROM test.recorded) m
	CROSS JOIN LATERAL modelapi_acl.authorization_at(test.id('churn'), m.at) p
	JOIN test.recorded r ON r.at = m.at
	LEFT JOIN LATERAL (SELECT e FROM jsonb_array_elements(p.tokens) e WHERE e ->> 'id' = r.id::text) t (entry) ON true;
CREATE TABLE test.compared AS SELECT * FROM test.past;
-- a token is told while it is live or suspended, and its holder has access; all else is over or opens nothing
SELECT reason, state, string_agg(DISTINCT label || ' ' || generation, ', ' ORDER BY label || ' ' || generation) AS secrets
FROM test.compared GROUP BY reason, state ORDER BY reason, state;
-- each in its steps, where that is not obvious
SELECT label, generation, string_agg(step, ', ' ORDER BY at) AS steps FROM test.compared
WHERE reason IN ('token_suspended', 'token_superseded') AND state IS NULL GROUP BY label, generation ORDER BY label, generation;
-- nothing else is told of
SELECT count(*) AS others FROM (SELECT DISTINCT at FROM test.recorded) m, modelapi_acl.authorization_at(test.id('churn'), m.at) p, jsonb_array_elements(p.tokens) e
WHERE NOT EXISTS (SELECT FROM test.compared c WHERE c.at = m.at AND c.id::text = e ->> 'id' AND c.state IS NOT NULL) AND e ->> 'name' <> 'dashboard';		-- of the world
-- the form of an entry
SELECT jsonb_object_agg(k, CASE WHEN v = 'null' THEN 'null' WHEN k IN ('id', 'user_id') THEN test.name((v #>> '{}')::uuid) WHEN k LIKE '%until' OR k LIKE '%at' THEN '(time)' ELSE v #>> '{}' END)
FROM test.recorded r, modelapi_acl.authorization_at(test.id('churn'), r.at) p, jsonb_array_elements(p.tokens) e, jsonb_each(e) o (k, v)
WHERE r.step = 'suspended' AND r.label = e ->> 'name' AND r.generation = 0 GROUP BY r.label ORDER BY r.label;

-- Personal tokens are shown to those who see them in the table: an owner's own, those of service
-- accounts whom the owner answers for now
CREATE TABLE test.seen (who text, step text, names text);
GRANT ALL ON test.seen TO PUBLIC;
GRANT SELECT ON test.recorded TO PUBLIC;
CREATE PROCEDURE test.look(who text) LANGUAGE plpgsql AS $$
BEGIN
	COMMIT;
	SET LOCAL SESSION AUTHORIZATION regress_backend;
	PERFORM modelapi_acl.set_session_user(who);
	INSERT INTO test.seen SELECT who, r.step, (SELECT string_agg(e ->> 'name', ', ') FROM jsonb_array_elements(p.tokens) e)
	FROM (SELECT DISTINCT step, at FROM test.recorded WHERE step IN ('of a machine', 'a member again', 'another holder')) r,
		modelapi_acl.authorization_at(test.id('churn'), r.at) p;
	COMMIT;
END $$;
CALL test.look('founder');
CALL test.look('m_owner');
SELECT * FROM test.seen ORDER BY step, who;
-- ... after the service account was deleted as well
SELECT modelapi_acl.delete_user('robot') \g /dev/null
SELECT count(*) FROM test.past p WHERE label = 'of a machine' AND state = 'live';
SELECT count(*) AS differences FROM (TABLE test.past EXCEPT TABLE test.compared) d;

-- an unrestricted model API asks for no token; its tokens are those that would count
UPDATE modelapi_acl.model_apis SET authorization_mode = 'unrestricted' WHERE id = test.id('churn');
SELECT pg_sleep(0.01), clock_timestamp() AS at, pg_sleep(0.01) \gset
SELECT authorization_mode, (SELECT string_agg(e ->> 'name', ', ') FROM jsonb_array_elements(tokens) e) AS tokens FROM modelapi_acl.authorization_at(test.id('churn'), :'at');

-- A token that was never regenerated has no former secret, also if it expires
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.create_token(test.id('churn'), 'expiring', now() + interval '1 day') \g /dev/null
COMMIT;
SELECT pg_sleep(0.01), clock_timestamp() AS at, pg_sleep(0.01) \gset
SELECT k AS member FROM modelapi_acl.authorization_at(test.id('churn'), :'at'), jsonb_array_elements(tokens) e, jsonb_object_keys(e) k WHERE e ->> 'name' = 'expiring' ORDER BY k;
