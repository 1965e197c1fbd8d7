-- Requests with personal tokens and tokens of service accounts: they open what the holder may
-- invoke at the moment of the request.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all
CREATE TABLE test.secrets (who text, label text, id uuid, token text);
GRANT SELECT, INSERT, UPDATE ON test.secrets TO PUBLIC;
CREATE FUNCTION test.create(who text, label text, list uuid[] DEFAULT NULL, account text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM modelapi_acl.set_session_user(who);
	IF account IS NULL THEN
		INSERT INTO test.secrets SELECT who, label, c.* FROM modelapi_acl.create_personal_token(label, NULL, list) c;
	ELSE
		INSERT INTO test.secrets SELECT account, label, c.* FROM modelapi_acl.create_service_token(account, label, NULL, list) c;
	END IF;
	PERFORM test.remember(label, (SELECT s.id FROM test.secrets s WHERE s.label = $2));
END $$;
GRANT EXECUTE ON FUNCTION test.create TO PUBLIC;
-- As a gateway sends it: Basic twice for sync, Bearer for async
CREATE FUNCTION test.header(token text, invocation_mode text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE $2 WHEN 'sync' THEN 'Basic ' || translate(encode(convert_to($1 || ':' || $1, 'UTF8'), 'base64'), E'\n', '')
		ELSE 'Bearer ' || $1 END $$;
CREATE FUNCTION test.ask(model_api text, label text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', a.status, a.reason, CASE WHEN a.allowed <> (a.status = 200) THEN 'WRONG' END,
		test.name(a.token_id), a.token_name, 'of ' || test.name(a.user_id), a.token_metadata)
	FROM test.secrets s, modelapi_acl.authorize_invocation(test.id(model_api),
		test.header(s.token, CASE model_api WHEN 'forecast' THEN 'async' ELSE 'sync' END)) a WHERE s.label = $2 $$;
GRANT EXECUTE ON FUNCTION test.ask(text, text), test.header(text, text) TO PUBLIC;

-- Everybody's token, for every model API: it is the permission invoke
SET SESSION AUTHORIZATION regress_admin;
SELECT test.remember('robot', modelapi_acl.create_service_account('robot', 'm_viewer')) \g /dev/null
RESET SESSION AUTHORIZATION;
CALL test.each($$DO 'BEGIN IF modelapi_acl.current_user_id() IS NOT NULL THEN
	INSERT INTO test.secrets SELECT ''%who%'', ''%who%''''s'', c.* FROM modelapi_acl.create_personal_token(''%who%''''s'') c; END IF; END'$$);
SELECT m.name AS model_api, regexp_replace(test.ask(m.name, s.label), ' [a-z_]+''s of [a-z_]+$', ' …') AS answer, string_agg(u.name, ' ' ORDER BY u.place) AS who
FROM test.users u JOIN test.secrets s ON s.who = u.name, (VALUES ('churn'), ('forecast'), ('weather'), ('none')) m (name)
GROUP BY 1, 2 ORDER BY 1, min(u.place);
-- the same as by identity, for each of them
SELECT count(*) AS requests, count(*) FILTER (WHERE t.allowed <> i.allowed) AS otherwise FROM test.secrets s, modelapi_acl.model_apis m,
	modelapi_acl.authorize_invocation(m.id, test.header(s.token, m.invocation_mode::text)) t,
	modelapi_acl.authorize_invocation_as(m.id, test.id(s.who)::text) i;
SELECT test.ask('churn', 'm_viewer''s');

-- Not for the session's user, whoever that is
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT test.ask('churn', 'stranger''s'), test.ask('churn', 'm_viewer''s');
COMMIT;

-- In the form that the invocation mode asks for, and only that; changed characters are no token
SELECT v.name, a.status, a.reason, a.token_id IS NOT NULL AS token, a.user_id IS NOT NULL AS holder, a.www_authenticate
FROM test.secrets s, LATERAL (VALUES (1, 'Bearer for sync', test.header(s.token, 'async')),
	(2, 'Basic once', 'Basic ' || translate(encode(convert_to(s.token || ':x', 'UTF8'), 'base64'), E'\n', '')),
	(3, 'no prefix', test.header(substr(s.token, 6), 'sync')),
	(4, 'the other prefix', test.header('mapi_' || substr(s.token, 6), 'sync')),
	(5, 'bad checksum', test.header(left(s.token, -1) || CASE right(s.token, 1) WHEN 'x' THEN 'y' ELSE 'x' END, 'sync')),
	(6, 'none', NULL)) v (place, name, header),
	modelapi_acl.authorize_invocation(test.id('churn'), v.header) a WHERE s.label = 'm_viewer''s' ORDER BY place;
SELECT a.status, a.reason, test.name(a.user_id) FROM test.secrets s,
	modelapi_acl.authorize_invocation(test.id('churn'), 'basic', sha256(s.token::bytea)) a WHERE s.label = 'm_viewer''s';
SELECT a.status, a.reason FROM test.secrets s,
	modelapi_acl.authorize_invocation(test.id('forecast'), 'basic', sha256(s.token::bytea)) a WHERE s.label = 'founder''s';

-- Limited to some: what is taken need not be open yet, and opens once the holder may invoke it
SELECT test.create('founder', 'churn alone', ARRAY[test.id('churn')]);
SELECT test.create('stranger', 'weather and churn later', ARRAY[test.id('weather')]);
SELECT m, test.ask(m, 'churn alone'), test.ask(m, 'weather and churn later') FROM unnest(ARRAY['churn', 'forecast', 'weather']) m;
BEGIN;
UPDATE modelapi_acl.model_apis SET authorization_mode = 'restricted' WHERE id = test.id('weather');
-- the stranger sees it, and may not invoke it
SELECT test.ask('weather', 'stranger''s'), test.ask('weather', 'weather and churn later');
SELECT modelapi_acl.add_collaborator(test.id('weather'), 'stranger');
SELECT test.ask('weather', 'stranger''s'), test.ask('weather', 'weather and churn later');
ROLLBACK;
-- one whose model APIs are all gone opens nothing
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.create_model_api(test.id('growth'), 'short-lived') AS short \gset
SELECT id AS id, token AS token FROM modelapi_acl.create_personal_token('short', NULL, ARRAY[:'short'::uuid]) \gset
INSERT INTO test.secrets VALUES ('founder', 'short', :'id', :'token');
SELECT test.remember('short', :'id') \g /dev/null
SELECT a.status, a.reason FROM modelapi_acl.authorize_invocation(:'short', test.header(:'token', 'sync')) a;
SELECT modelapi_acl.delete_model_api(:'short');
COMMIT;
SELECT test.ask('churn', 'short'), test.ask('forecast', 'short');

-- Refused as soon as the access is gone, and good again when it returns: by every road
CREATE PROCEDURE test.road(statement text, labels text[]) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RAISE NOTICE '%: %', statement, (SELECT string_agg(l || ' ' || test.ask('churn', l), ', ') FROM unnest(labels) l);
END $$;
\set VERBOSITY terse
SET client_min_messages = notice;
CALL test.road($$SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_viewer')$$, ARRAY['m_viewer''s']);
CALL test.road($$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_viewer')$$, ARRAY['m_viewer''s']);
CALL test.road($$SET LOCAL row_security = off; UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() WHERE user_id = test.id('m_viewer')$$, ARRAY['m_viewer''s']);
CALL test.road($$UPDATE modelapi_acl.model_api_collaborators SET expires_at = NULL WHERE user_id = test.id('m_viewer')$$, ARRAY['m_viewer''s']);
CALL test.road($$SELECT modelapi_acl.remove_organization_member('churn-viewers', 'mo_viewer')$$, ARRAY['mo_viewer''s']);
CALL test.road($$SELECT modelapi_acl.add_organization_member('churn-viewers', 'mo_viewer')$$, ARRAY['mo_viewer''s']);
CALL test.road($$SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'churn-viewers')$$, ARRAY['mo_viewer''s']);
CALL test.road($$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'churn-viewers')$$, ARRAY['mo_viewer''s']);
CALL test.road($$SELECT modelapi_acl.remove_project_collaborator(test.id('growth'), 'p_viewer')$$, ARRAY['p_viewer''s']);
CALL test.road($$SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'p_viewer')$$, ARRAY['p_viewer''s']);
CALL test.road($$SELECT modelapi_acl.remove_project_collaborator(test.id('growth'), 'growth-viewers')$$, ARRAY['po_viewer''s']);
CALL test.road($$SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'growth-viewers')$$, ARRAY['po_viewer''s']);
CALL test.road($$SELECT modelapi_acl.disable_user('m_editor')$$, ARRAY['m_editor''s']);
CALL test.road($$SELECT modelapi_acl.enable_user('m_editor')$$, ARRAY['m_editor''s']);
CALL test.road($$SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'unrestricted')$$, ARRAY['m_editor''s', 'stranger''s', 'churn alone']);
CALL test.road($$SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'restricted')$$, ARRAY['m_editor''s', 'stranger''s', 'churn alone']);
CALL test.road($$SELECT modelapi_acl.set_visibility(test.id('churn'), 'public')$$, ARRAY['m_editor''s', 'stranger''s']);
CALL test.road($$SELECT modelapi_acl.set_visibility(test.id('churn'), 'private')$$, ARRAY['m_editor''s', 'stranger''s']);

-- A token's own end: revoked, suspended, expired. Reasons in their order.
CALL test.road($$UPDATE modelapi_acl.personal_tokens SET expires_at = now() - interval '1 second' WHERE id = test.id('churn alone')$$, ARRAY['churn alone']);
CALL test.road($$UPDATE modelapi_acl.personal_tokens SET suspended_at = now() WHERE id = test.id('churn alone')$$, ARRAY['churn alone']);
CALL test.road($$UPDATE modelapi_acl.personal_tokens SET revoked_at = now() WHERE id = test.id('churn alone')$$, ARRAY['churn alone']);
CALL test.road($$UPDATE modelapi_acl.personal_tokens SET suspended_at = NULL, revoked_at = NULL, expires_at = 'infinity' WHERE id = test.id('churn alone')$$, ARRAY['churn alone']);
-- each of them before the missing access, and after the list
CALL test.road($$UPDATE modelapi_acl.personal_tokens SET expires_at = now() - interval '1 second' WHERE user_id = test.id('stranger')$$, ARRAY['stranger''s', 'weather and churn later']);
CALL test.road($$SELECT modelapi_acl.disable_user('stranger')$$, ARRAY['stranger''s', 'weather and churn later']);
CALL test.road($$UPDATE modelapi_acl.personal_tokens SET metadata = '{"team": 7}' WHERE user_id = test.id('founder')$$, ARRAY['founder''s', 'churn alone', 'stranger''s']);

-- Service accounts: the account's access, not that of who made the token
SELECT test.create('m_viewer', 'robot''s', NULL, 'robot');
CALL test.road($$SELECT modelapi_acl.enable_user('robot')$$, ARRAY['robot''s']);
CALL test.road($$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'robot')$$, ARRAY['robot''s']);
CALL test.road($$SELECT modelapi_acl.disable_user('m_viewer')$$, ARRAY['robot''s', 'm_viewer''s']);
CALL test.road($$SELECT modelapi_acl.enable_user('m_viewer')$$, ARRAY['robot''s', 'm_viewer''s']);
CALL test.road($$SELECT modelapi_acl.transfer_service_account('robot', 'founder')$$, ARRAY['robot''s']);
CALL test.road($$SELECT modelapi_acl.disable_user('robot')$$, ARRAY['robot''s']);
-- one can be given tokens while it is disabled; they count when it is enabled
SELECT test.create('founder', 'made meanwhile', NULL, 'robot');
CALL test.road($$SELECT modelapi_acl.disable_user('robot')$$, ARRAY['robot''s', 'made meanwhile']);
CALL test.road($$SELECT modelapi_acl.enable_user('robot')$$, ARRAY['robot''s', 'made meanwhile']);
CALL test.road($$SELECT modelapi_acl.delete_user('robot')$$, ARRAY['robot''s', 'made meanwhile']);

-- Imported: in any form; of the holder
CALL test.road($$SELECT modelapi_acl.import_personal_token('p_viewer', 'old', sha256('c2b2532ed234f54'), NULL)$$, '{}');
SELECT a.status, a.reason, a.token_name, test.name(a.user_id) FROM modelapi_acl.authorize_invocation(test.id('churn'), 'Basic', sha256('c2b2532ed234f54')) a;
