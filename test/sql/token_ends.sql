-- Tokens that leaked, all tokens of a user, tokens that come from another system.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
CREATE FUNCTION test.basic(token text) RETURNS text LANGUAGE sql IMMUTABLE
	AS $$ SELECT 'Basic ' || translate(encode(convert_to($1 || ':' || $1, 'UTF8'), 'base64'), E'\n', '') $$;
CREATE TABLE test.secrets (place serial, name text PRIMARY KEY, id uuid, token text);
GRANT ALL ON test.secrets TO PUBLIC;
GRANT ALL ON SEQUENCE test.secrets_place_seq TO PUBLIC;
CREATE FUNCTION test.answers(names text DEFAULT '%') RETURNS TABLE (secret text, reason text, told text) LANGUAGE sql AS $$
	SELECT s.name, a.reason, a.token_name
	FROM test.secrets s, modelapi_acl.authorize_invocation(test.id('churn'), test.basic(s.token)) a
	WHERE s.name LIKE names ORDER BY s.place $$;
CREATE PROCEDURE test.as_user(who text, statement text) LANGUAGE plpgsql AS $$
BEGIN
	COMMIT;
	SET LOCAL SESSION AUTHORIZATION regress_backend;
	PERFORM modelapi_acl.set_session_user(who);
	EXECUTE statement;
	COMMIT;
END $$;
CREATE PROCEDURE test.make(who text, called text) LANGUAGE plpgsql AS $$
BEGIN
	CALL test.as_user(who, format('INSERT INTO test.secrets (name, id, token) SELECT %1$L, t.* FROM modelapi_acl.create_token(test.id(''churn''), %1$L) t', called));
	PERFORM test.remember(called, s.id) FROM test.secrets s WHERE s.name = called;
END $$;
CREATE FUNCTION test.sent(name text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT s.token FROM test.secrets s WHERE s.name = $1 $$;
-- The events of one call, which are one
CREATE TABLE test.seen (id uuid);
CREATE FUNCTION test.new_events() RETURNS TABLE (action text, token text, model_api text, project text, actor text, role text, new jsonb) LANGUAGE sql AS $$
	WITH n AS (INSERT INTO test.seen SELECT e.id FROM modelapi_acl.audit_events e WHERE NOT EXISTS (SELECT FROM test.seen s WHERE s.id = e.id) RETURNING id)
	SELECT e.action, test.name(e.object_id), test.name(e.model_api_id), test.name(e.project_id), test.name(e.actor_id), e.database_role,
		(e.new - 'revoked_at') || CASE WHEN e.new ? 'former_until' THEN '{"former_until": "(time)"}' ELSE '{}' END::jsonb
	FROM modelapi_acl.audit_events e JOIN n USING (id) ORDER BY e.occurred_at, e.id $$;
\set ECHO all

CALL test.make('m_editor', 'leaked');
CALL test.make('m_editor', 'rotated');
CALL test.as_user('m_editor', $$INSERT INTO test.secrets (name, id, token) SELECT 'rotated 2', t.* FROM modelapi_acl.regenerate_token(test.id('rotated'), '1 hour') t$$);
SELECT count(*) > 0 FROM test.new_events();

-- ---------------------------------------------------------------------------
-- A secret that leaked: the same answer and one event, whether there was one

SET SESSION AUTHORIZATION regress_gateway;
SELECT modelapi_acl.revoke_leaked_token(test.sent('leaked'));
RESET SESSION AUTHORIZATION;
SELECT * FROM test.new_events();
SELECT * FROM test.answers();
SET SESSION AUTHORIZATION regress_identity_gateway;
SELECT modelapi_acl.revoke_leaked_token(test.sent('leaked'));
RESET SESSION AUTHORIZATION;
SELECT * FROM test.new_events();
SET SESSION AUTHORIZATION regress_gateway;
SELECT modelapi_acl.revoke_leaked_token('no secret of anybody');
RESET SESSION AUTHORIZATION;
SELECT * FROM test.new_events();
SET SESSION AUTHORIZATION regress_gateway;
SELECT modelapi_acl.revoke_leaked_token(NULL), modelapi_acl.revoke_leaked_token(''), modelapi_acl.revoke_leaked_token('mapi_' || repeat('0', 49)),
	modelapi_acl.revoke_leaked_token(repeat('x', 10000));
RESET SESSION AUTHORIZATION;
SELECT * FROM test.new_events();
-- a former secret ends alone, in its overlap too
SET SESSION AUTHORIZATION regress_gateway;
SELECT modelapi_acl.revoke_leaked_token(test.sent('rotated'));
RESET SESSION AUTHORIZATION;
SELECT * FROM test.new_events();
SELECT * FROM test.answers('rotated%');
-- by digest, for administrators
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.revoke_leaked_digest(sha256(convert_to(test.sent('rotated 2'), 'UTF8')));
SELECT modelapi_acl.revoke_leaked_digest('\x00'), modelapi_acl.revoke_leaked_digest(NULL), modelapi_acl.revoke_leaked_digest(sha256('x'));
RESET SESSION AUTHORIZATION;
SELECT * FROM test.new_events();
SELECT * FROM test.answers('rotated%');
-- a suspended one too; owners see who ended it, an editor of another model API does not
CALL test.make('m_editor', 'suspended');
CALL test.as_user('m_editor', $$SELECT modelapi_acl.suspend_token(test.id('suspended'))$$);
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.revoke_leaked_token(test.sent('suspended'));
RESET SESSION AUTHORIZATION;
SELECT * FROM test.answers('suspended');
INSERT INTO test.attempts (label, statement) VALUES
('revoke_leaked_token', $$SELECT modelapi_acl.revoke_leaked_token('x')$$),
('revoke_leaked_digest', $$SELECT modelapi_acl.revoke_leaked_digest('\x00')$$),
('revoke_tokens_of', $$SELECT modelapi_acl.revoke_tokens_of('%who%')$$),
('import_token', $$SELECT modelapi_acl.import_token(test.id('churn'), 'x', sha256('x'))$$),
('sees reports', $$SELECT 1 / count(*) FROM modelapi_acl.audit_events WHERE action = 'token.leak_reported'$$),
('sees reports of no token', $$SELECT 1 / count(*) FROM modelapi_acl.audit_events WHERE action = 'token.leak_reported' AND object_id IS NULL$$);
CALL test.play();
SELECT * FROM test.outcomes;
SELECT r, test.outcome(format('SET LOCAL SESSION AUTHORIZATION %I', r)) FROM unnest(ARRAY['regress_gateway']) r;
SET SESSION AUTHORIZATION regress_gateway;
SELECT test.outcome($$SELECT modelapi_acl.revoke_leaked_digest('\x00')$$), test.outcome($$SELECT modelapi_acl.revoke_tokens_of('founder')$$),
	test.outcome($$SELECT modelapi_acl.import_token(test.id('churn'), 'x', sha256('x'))$$), test.outcome('SELECT FROM modelapi_acl.access_tokens'),
	test.outcome($$SELECT modelapi_acl.revoke_token(test.id('leaked'))$$);
SET SESSION AUTHORIZATION regress_log_writer;
SELECT test.outcome($$SELECT modelapi_acl.revoke_leaked_token('x')$$);
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------------------
-- All that a user made or was last shown the secret of

CALL test.make('m_editor', 'made');
CALL test.make('m_editor', 'made and suspended');
CALL test.make('m_editor', 'made, shown to another');
CALL test.make('p_editor', 'of another');
CALL test.make('founder', 'of the founder');
CALL test.as_user('m_owner', $$SELECT modelapi_acl.suspend_token(test.id('made and suspended'));
	INSERT INTO test.secrets (name, id, token) SELECT 'made, shown to another 2', t.* FROM modelapi_acl.regenerate_token(test.id('made, shown to another')) t$$);
CALL test.as_user('m_editor', $$SELECT test.remember('lapsed', id) FROM modelapi_acl.create_token(test.id('churn'), 'lapsed', clock_timestamp() + interval '50 ms'); SELECT pg_sleep(0.1)$$);
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.revoke_tokens_of('m_editor'), modelapi_acl.revoke_tokens_of('m_editor@example.com'), modelapi_acl.revoke_tokens_of('stranger'), modelapi_acl.revoke_tokens_of('disabled');
RESET SESSION AUTHORIZATION;
CALL test.as_user('m_owner', $$INSERT INTO test.secrets (name, id, token) SELECT 'of the founder 2', t.* FROM modelapi_acl.regenerate_token(test.id('of the founder'), '1 hour') t$$);
-- who was shown a former secret ends that secret alone, as long as it has an overlap
CALL test.make('p_editor', 'passed on');
CALL test.make('p_editor', 'passed on at once');
CALL test.as_user('m_owner', $$INSERT INTO test.secrets (name, id, token)
	SELECT n || ' 2', t.* FROM unnest(ARRAY['passed on', 'passed on at once']) n, modelapi_acl.regenerate_token(test.id(n)) t$$);
CALL test.as_user('founder', $$INSERT INTO test.secrets (name, id, token)
	SELECT n || ' 3', t.* FROM (VALUES ('passed on', '1 hour'), ('passed on at once', '0')) v (n, o), modelapi_acl.regenerate_token(test.id(n), o::interval) t$$);
SELECT * FROM test.answers('passed on%');
SELECT count(*) > 0 FROM test.new_events();
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.revoke_tokens_of('m_owner'), modelapi_acl.revoke_tokens_of('m_owner');
SELECT w, test.try(format('SELECT modelapi_acl.revoke_tokens_of(%L)', w)) FROM unnest(ARRAY['nobody', 'churn-owners', NULL, '']) w;
RESET SESSION AUTHORIZATION;
SELECT action, token, model_api, project, actor, role FROM test.new_events();
SELECT * FROM test.answers() WHERE secret ~ '^(made|of|passed)';
SELECT revoked_at FROM modelapi_acl.access_tokens WHERE id = test.id('lapsed');

-- ---------------------------------------------------------------------------
-- Tokens of another system

SET SESSION AUTHORIZATION regress_admin;
INSERT INTO test.secrets (name, token) VALUES ('8 characters', '12345678'), ('7 characters', '1234567'), ('255', repeat('~', 255)), ('256', repeat('~', 256)),
	('hexadecimal', 'c2b2532ed234f54'), ('punctuation', '!"#$%&''()*+,-./;<=>?@[\]^_`{|}~'), ('letters with accents', 'éééééééé'), ('our prefix', 'mapi_1234567890'), ('personal prefix', 'mapu_1234567890'),
	('prefix in upper case', 'MAPI_1234567890'), ('a space', '1234 5678'), ('a colon', '1234:5678');
UPDATE test.secrets SET id = modelapi_acl.import_token(test.id('churn'), name, sha256(convert_to(token, 'UTF8'))) WHERE id IS NULL;
RESET SESSION AUTHORIZATION;
SELECT name, hint, created_by, expires_at, revoked_at FROM modelapi_acl.access_tokens WHERE name = 'hexadecimal';
SELECT secret, reason FROM test.answers() WHERE secret IN (SELECT name FROM modelapi_acl.access_tokens WHERE hint = '…');
-- by digest, whatever the form; and in a Bearer header
SELECT s.name, a.reason FROM test.secrets s JOIN modelapi_acl.access_tokens t USING (id), modelapi_acl.authorize_invocation(test.id('churn'), 'basic', sha256(convert_to(s.token, 'UTF8'))) a
WHERE t.hint = '…' AND a.reason <> 'token';
CALL test.as_user('founder', $$UPDATE modelapi_acl.model_apis SET invocation_mode = 'async' WHERE id = test.id('churn')$$);
SELECT s.name, a.reason FROM test.secrets s JOIN modelapi_acl.access_tokens t USING (id), modelapi_acl.authorize_invocation(test.id('churn'), 'Bearer ' || s.token) a
WHERE t.hint = '…' ORDER BY s.place;
-- arguments
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.create_service_account('robot', 'founder') IS NOT NULL AS made;
SELECT test.mask(test.try('SELECT modelapi_acl.import_token(' || a || ')')) AS outcome FROM unnest(ARRAY[
	$$test.id('churn'), 'x', sha256('1'), 'c2b2…f54', now() + interval '1 day', 'm_viewer'$$, $$test.id('churn'), 'x', sha256('1'), NULL, 'infinity', 'disabled@example.com'$$,
	$$NULL, 'x', sha256('1')$$, $$gen_random_uuid(), 'x', sha256('1')$$, $$test.id('churn'), NULL, sha256('1')$$, $$test.id('churn'), ' ', sha256('1')$$,
	$$test.id('churn'), 'x', NULL$$, $$test.id('churn'), 'x', '\x00'$$, $$test.id('churn'), 'x', sha256('1'), ''$$, $$test.id('churn'), 'x', sha256('1'), E'a\nb'$$,
	$$test.id('churn'), 'x', sha256('1'), NULL, now()$$, $$test.id('churn'), 'x', sha256('1'), NULL, NULL, 'nobody'$$, $$test.id('churn'), 'x', sha256('1'), NULL, NULL, 'churn-owners'$$,
	$$test.id('churn'), 'x', sha256('1'), NULL, NULL, 'robot'$$, $$test.id('forecast'), 'x', sha256('c2b2532ed234f54')$$,
	$$test.id('forecast'), 'x', (SELECT sha256(convert_to(token, 'UTF8')) FROM test.secrets WHERE name = 'rotated')$$]) a;
RESET SESSION AUTHORIZATION;
SET modelapi_acl.max_token_lifetime = '1 day';
SELECT split_part(test.try($$SELECT modelapi_acl.import_token(test.id('churn'), 'x', sha256('1'))$$), ' | ', 2),
	test.outcome($$SELECT modelapi_acl.import_token(test.id('churn'), 'x', sha256('1'), expires_at => now() + interval '1 day')$$);
RESET modelapi_acl.max_token_lifetime;
-- an imported token lives as others do
CALL test.as_user('founder', $$SELECT modelapi_acl.suspend_token(id) FROM test.secrets WHERE name = 'hexadecimal'$$);
SELECT reason FROM modelapi_acl.authorize_invocation(test.id('churn'), 'Bearer c2b2532ed234f54');
CALL test.as_user('founder', $$SELECT modelapi_acl.resume_token(id) FROM test.secrets WHERE name = 'hexadecimal';
	SELECT modelapi_acl.regenerate_token(id, '1 hour') FROM test.secrets WHERE name = 'hexadecimal'$$);
SELECT reason FROM modelapi_acl.authorize_invocation(test.id('churn'), 'Bearer c2b2532ed234f54');
SET SESSION AUTHORIZATION regress_gateway;
SELECT modelapi_acl.revoke_leaked_token('c2b2532ed234f54');
RESET SESSION AUTHORIZATION;
SELECT reason FROM modelapi_acl.authorize_invocation(test.id('churn'), 'Bearer c2b2532ed234f54');
SELECT * FROM modelapi_acl.verify_access() WHERE "check" = 'token hash';
-- one that looks like ours is accepted by its digest alone; where it leaked, it ends as others do
SET SESSION AUTHORIZATION regress_admin;
SELECT test.remember('like ours', modelapi_acl.import_token(test.id('churn'), 'like ours', sha256('mapi_imported'))) \g /dev/null
SELECT test.remember('short', modelapi_acl.import_token(test.id('churn'), 'short', sha256('a:b'))) \g /dev/null
SET SESSION AUTHORIZATION regress_gateway;
SELECT a.reason, b.reason FROM modelapi_acl.authorize_invocation(test.id('churn'), 'Bearer mapi_imported') a,
	modelapi_acl.authorize_invocation(test.id('churn'), 'bearer', sha256('mapi_imported')) b;
SELECT modelapi_acl.revoke_leaked_token('mapi_imported'), modelapi_acl.revoke_leaked_token('a:b');
SELECT a.reason, b.reason FROM modelapi_acl.authorize_invocation(test.id('churn'), 'bearer', sha256('mapi_imported')) a,
	modelapi_acl.authorize_invocation(test.id('churn'), 'bearer', sha256('a:b')) b;
RESET SESSION AUTHORIZATION;

-- ---------------------------------------------------------------------------
-- Personal tokens: leaked, of a user, and their digests

CALL test.as_user('founder', $$UPDATE modelapi_acl.model_apis SET invocation_mode = 'sync' WHERE id = test.id('churn')$$);
CALL test.as_user('m_viewer', $$INSERT INTO test.secrets (name, id, token) SELECT 'personal 1', t.* FROM modelapi_acl.create_personal_token('mine') t;
	INSERT INTO test.secrets (name, id, token) SELECT 'personal 2', t.* FROM test.secrets s, modelapi_acl.regenerate_token(s.id, '1 hour') t WHERE s.name = 'personal 1';
	INSERT INTO test.secrets (name, id, token) SELECT 'personal 3', t.* FROM modelapi_acl.create_personal_token('another') t$$);
SELECT * FROM test.answers('personal%');
SELECT test.remember('personal', id) FROM test.secrets WHERE name = 'personal 1' \g /dev/null
SELECT count(*) > 0 FROM test.new_events();
SET SESSION AUTHORIZATION regress_gateway;
SELECT modelapi_acl.revoke_leaked_token(test.sent('personal 1'));
RESET SESSION AUTHORIZATION;
SELECT * FROM test.answers('personal%');
SELECT action, token, actor, role FROM test.new_events();
SET SESSION AUTHORIZATION regress_gateway;
SELECT modelapi_acl.revoke_leaked_token(test.sent('personal 2'));
RESET SESSION AUTHORIZATION;
SELECT * FROM test.answers('personal%');
SELECT action, token, actor, role FROM test.new_events();
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.revoke_tokens_of('m_viewer'), modelapi_acl.revoke_tokens_of('m_viewer');
SELECT test.try(format('SELECT modelapi_acl.import_token(test.id(''churn''), ''x'', sha256(%L))', test.sent('personal 3')));
RESET SESSION AUTHORIZATION;
SELECT * FROM test.answers('personal%');

-- those of a holder, whoever made, imported or regenerated them, and former secrets of them
CALL test.as_user('founder', $$INSERT INTO test.secrets (name, id, token) SELECT 'job 1', t.* FROM modelapi_acl.create_service_token('robot', 'job') t$$);
SELECT test.remember('job', id) FROM test.secrets WHERE name = 'job 1' \g /dev/null
SET SESSION AUTHORIZATION regress_admin;
INSERT INTO test.secrets (name, token) VALUES ('job, imported', 'a-robot-1'), ('imported for m_viewer', 'viewer-1');
UPDATE test.secrets SET id = modelapi_acl.import_personal_token(CASE token WHEN 'a-robot-1' THEN 'robot' ELSE 'm_viewer' END, name, sha256(convert_to(token, 'UTF8')), NULL)
	WHERE id IS NULL AND token IN ('a-robot-1', 'viewer-1');
SELECT modelapi_acl.transfer_service_account('robot', 'm_editor');
RESET SESSION AUTHORIZATION;
CALL test.as_user('m_editor', $$INSERT INTO test.secrets (name, id, token) SELECT 'job 2', t.* FROM modelapi_acl.regenerate_token(test.id('job')) t$$);
CALL test.as_user('m_editor', $$SELECT modelapi_acl.transfer_service_account('robot', 'stranger')$$);
CALL test.as_user('stranger', $$INSERT INTO test.secrets (name, id, token) SELECT 'job 3', t.* FROM modelapi_acl.regenerate_token(test.id('job'), '1 hour') t$$);
CALL test.as_user('founder', $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'robot')$$);
SELECT * FROM test.answers() WHERE secret ~ '^(job|imported)';
SELECT count(*) > 0 FROM test.new_events();
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.revoke_tokens_of('m_editor');
RESET SESSION AUTHORIZATION;
SELECT * FROM test.answers() WHERE secret ~ '^(job|imported)';
SELECT action, token, actor, role FROM test.new_events();
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.revoke_tokens_of('robot'), modelapi_acl.revoke_tokens_of('robot'), modelapi_acl.revoke_tokens_of('m_viewer'), modelapi_acl.revoke_tokens_of('stranger');
RESET SESSION AUTHORIZATION;
SELECT * FROM test.answers() WHERE secret ~ '^(job|imported)';

-- a superuser's DELETE ends the secrets too, also where no foreign key deletes them
CALL test.make('m_editor', 'deleted');
CALL test.as_user('m_editor', $$INSERT INTO test.secrets (name, id, token) SELECT 'deleted 2', t.* FROM modelapi_acl.regenerate_token(test.id('deleted'), '1 hour') t$$);
CALL test.make('m_editor', 'kept, after one is deleted');
CALL test.as_user('m_viewer', $$INSERT INTO test.secrets (name, id, token) SELECT 'deleted, personal', t.* FROM modelapi_acl.create_personal_token('to delete') t$$);
SELECT * FROM test.answers('%deleted%');
BEGIN;
SET LOCAL session_replication_role = replica;
DELETE FROM modelapi_acl.access_tokens WHERE name = 'deleted';
DELETE FROM modelapi_acl.personal_tokens WHERE name = 'to delete';
COMMIT;
SELECT * FROM test.answers('%deleted%');
SELECT h.* FROM (SELECT token_id FROM modelapi_acl_internal.token_hashes UNION ALL SELECT token_id FROM modelapi_acl_internal.personal_token_hashes) h
WHERE token_id IN (SELECT id FROM test.secrets WHERE name LIKE 'deleted%');
SELECT action, database_role FROM modelapi_acl.audit_events WHERE object_id IN (SELECT id FROM test.secrets WHERE name LIKE 'deleted%') ORDER BY occurred_at;
SELECT * FROM modelapi_acl.verify_access() WHERE "check" = 'token hash';

-- An import never scans a table of tokens, so that the time of many does not grow with their square
ANALYZE modelapi_acl.access_tokens, modelapi_acl.personal_tokens;
\c
BEGIN;
SELECT count(modelapi_acl.import_token(test.id('churn'), 'many', sha256(convert_to('many ' || n, 'UTF8')))),
	count(modelapi_acl.import_personal_token('founder', 'many', sha256(convert_to('own ' || n, 'UTF8')), ARRAY[test.id('churn')])) FROM generate_series(1, 20) n;
SELECT relname, seq_scan FROM pg_stat_xact_all_tables WHERE relname IN ('access_tokens', 'token_hashes', 'personal_tokens', 'personal_token_hashes') AND seq_scan > 0;
ROLLBACK;
