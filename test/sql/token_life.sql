-- A token's life: changed, suspended, resumed, regenerated with an overlap, limited by a setting.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
CREATE FUNCTION test.basic(token text) RETURNS text LANGUAGE sql IMMUTABLE
	AS $$ SELECT 'Basic ' || translate(encode(convert_to($1 || ':' || $1, 'UTF8'), 'base64'), E'\n', '') $$;
CREATE TABLE test.secrets (place serial, name text PRIMARY KEY, id uuid, token text);
GRANT ALL ON test.secrets TO PUBLIC;
GRANT ALL ON SEQUENCE test.secrets_place_seq TO PUBLIC;
-- What the gateway answers to each secret; "told" is what it tells of the token
CREATE FUNCTION test.answers(names text DEFAULT '%') RETURNS TABLE (secret text, reason text, told text, metadata jsonb)
	LANGUAGE sql AS $$
	SELECT s.name, a.reason, a.token_name, a.token_metadata
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
-- The outcome of one attempt by one user, undone
CREATE TABLE test.said (place serial, who text, outcome text);
GRANT ALL ON test.said TO PUBLIC;
GRANT ALL ON SEQUENCE test.said_place_seq TO PUBLIC;
CREATE PROCEDURE test.attempt(who text, statement text) LANGUAGE plpgsql AS $$
BEGIN
	CALL test.as_user(who, format('INSERT INTO test.said (who, outcome) VALUES (%L, test.mask(test.try(%L)))', who, statement));
END $$;
CREATE FUNCTION test.events(token text) RETURNS TABLE (action text, actor text, old jsonb, new jsonb) LANGUAGE sql AS $$
	SELECT e.action, test.name(e.actor_id), e.old - 'regenerated_at', e.new - 'regenerated_at' FROM modelapi_acl.audit_events e
	WHERE e.object_id = test.id(token) ORDER BY e.occurred_at, e.id $$;
\set ECHO all

-- ---------------------------------------------------------------------------
-- Who may do what with a token: one that m_editor made, and one that the founder made

CALL test.as_user('m_editor', $$
	INSERT INTO test.secrets (name, id, token) SELECT 'made by an editor', t.* FROM modelapi_acl.create_token(test.id('churn'), 'batch job') t;
	SELECT test.remember('batch job', id) FROM test.secrets$$);
CALL test.as_user('p_editor', $$
	SELECT test.remember('suspended job', id) FROM modelapi_acl.create_token(test.id('churn'), 'suspended job')$$);
CALL test.as_user('m_owner', $$SELECT modelapi_acl.suspend_token(test.id('suspended job'))$$);
INSERT INTO test.attempts (label, statement) VALUES
('update_token, of the founder', $$SELECT modelapi_acl.update_token(test.id('churn token'), name => 'x')$$),
('suspend_token, of the founder', $$SELECT modelapi_acl.suspend_token(test.id('churn token'))$$),
('resume_token, of the founder', $$SELECT modelapi_acl.resume_token(test.id('churn token'))$$),
('update_token, of m_editor', $$SELECT modelapi_acl.update_token(test.id('batch job'), name => 'x')$$),
('update_token, nothing, of m_editor', $$SELECT modelapi_acl.update_token(test.id('batch job'))$$),
('suspend_token, of m_editor', $$SELECT modelapi_acl.suspend_token(test.id('batch job'))$$),
('regenerate_token, of m_editor', $$SELECT modelapi_acl.regenerate_token(test.id('batch job'), '1 hour')$$),
('revoke_token, of m_editor', $$SELECT modelapi_acl.revoke_token(test.id('batch job'))$$),
('resume_token, of p_editor, suspended by m_owner', $$SELECT modelapi_acl.resume_token(test.id('suspended job'))$$),
('update_token, no such token', $$SELECT modelapi_acl.update_token(gen_random_uuid(), name => 'x')$$),
('update_token, NULL', $$SELECT modelapi_acl.update_token(NULL, name => 'x')$$),
('suspend_token, no such token', $$SELECT modelapi_acl.suspend_token(gen_random_uuid())$$),
('resume_token, no such token', $$SELECT modelapi_acl.resume_token(gen_random_uuid())$$),
('plain UPDATE', $$UPDATE modelapi_acl.access_tokens SET suspended_at = NULL WHERE id = test.id('suspended job')$$),
('plain INSERT', $$INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint, metadata) VALUES (test.id('churn'), 'x', 'x', '{}')$$),
('secrets', $$SELECT valid_until FROM modelapi_acl_internal.token_hashes$$),
('internal statement', $$SELECT modelapi_acl_internal.resume_access_token(test.id('suspended job'))$$);
CALL test.play();
SELECT * FROM test.outcomes;
-- an administrator may do all of it, without an identity
SET SESSION AUTHORIZATION regress_admin;
SELECT a.label, test.outcome(a.statement) FROM test.attempts a ORDER BY a.place;
RESET SESSION AUTHORIZATION;
-- whoever made a token needs to be an editor still
CALL test.as_user('founder', $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_editor', 'viewer')$$);
CALL test.attempt('m_editor', $$SELECT modelapi_acl.revoke_token(test.id('batch job'))$$);
CALL test.as_user('founder', $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_editor', 'editor', clock_timestamp() + interval '100 ms')$$);
SELECT pg_sleep(0.15) \g /dev/null
CALL test.attempt('m_editor', $$SELECT modelapi_acl.suspend_token(test.id('batch job'))$$);
CALL test.as_user('founder', $$SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_editor', 'editor', NULL)$$);
SELECT who, outcome FROM test.said ORDER BY place;
TRUNCATE test.said;

-- ---------------------------------------------------------------------------
-- Suspended and resumed

SELECT * FROM test.answers();
CALL test.as_user('m_editor', $$SELECT modelapi_acl.suspend_token(test.id('batch job'))$$);
SELECT * FROM test.answers();
SELECT suspended_at IS NOT NULL AS suspended, test.name(suspended_by) AS suspended_by FROM modelapi_acl.access_tokens WHERE id = test.id('batch job');
-- twice is no error and no event; whoever made and suspended it may resume it
CALL test.as_user('m_editor', $$SELECT modelapi_acl.suspend_token(test.id('batch job'))$$);
CALL test.as_user('m_editor', $$SELECT modelapi_acl.resume_token(test.id('batch job')), modelapi_acl.resume_token(test.id('batch job'))$$);
SELECT * FROM test.answers();
SELECT suspended_at, suspended_by FROM modelapi_acl.access_tokens WHERE id = test.id('batch job');
-- an owner takes a suspension over: then its maker cannot resume it
CALL test.as_user('m_editor', $$SELECT modelapi_acl.suspend_token(test.id('batch job'))$$);
CALL test.as_user('mo_owner', $$SELECT modelapi_acl.suspend_token(test.id('batch job'))$$);
CALL test.attempt('m_editor', $$SELECT modelapi_acl.resume_token(test.id('batch job'))$$);
CALL test.attempt('m_editor', $$SELECT modelapi_acl.suspend_token(test.id('batch job'))$$);
SELECT test.name(suspended_by) AS suspended_by FROM modelapi_acl.access_tokens WHERE id = test.id('batch job');
CALL test.as_user('m_owner', $$SELECT modelapi_acl.resume_token(test.id('batch job'))$$);
-- what an administrator has suspended
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.suspend_token(test.id('batch job'));
RESET SESSION AUTHORIZATION;
CALL test.attempt('m_editor', $$SELECT modelapi_acl.resume_token(test.id('batch job'))$$);
CALL test.attempt('m_owner', $$SELECT modelapi_acl.resume_token(test.id('batch job'))$$);
-- regenerating leaves it suspended
CALL test.as_user('m_owner', $$INSERT INTO test.secrets (name, id, token) SELECT 'second', t.* FROM modelapi_acl.regenerate_token(test.id('batch job')) t$$);
SELECT * FROM test.answers();
CALL test.as_user('m_owner', $$SELECT modelapi_acl.resume_token(test.id('batch job'))$$);
SELECT * FROM test.answers();
SELECT who, outcome FROM test.said ORDER BY place;
TRUNCATE test.said;
SELECT action, actor, old ->> 'suspended_at' IS NULL AS was_live, new ->> 'suspended_at' IS NULL AS is_live FROM test.events('batch job');

-- ---------------------------------------------------------------------------
-- Name, expiry and metadata

CALL test.as_user('m_owner', $$SELECT modelapi_acl.update_token(test.id('batch job'), name => 'nightly job', metadata => '{"quota": 5, "plan": "gold"}')$$);
SELECT * FROM test.answers();
SELECT reason, token_metadata FROM modelapi_acl.authorize_invocation(test.id('churn'), 'basic',
	(SELECT public.digest(token, 'sha256') FROM test.secrets WHERE name = 'second'));
CALL test.as_user('m_owner', $$SELECT modelapi_acl.update_token(test.id('batch job'), expires_at => '2999-01-01 00:00+00')$$);
SELECT name, expires_at AT TIME ZONE 'UTC' AS expires_at, metadata FROM modelapi_acl.access_tokens WHERE id = test.id('batch job');
CALL test.as_user('m_owner', $$SELECT modelapi_acl.update_token(test.id('batch job'), expires_at => 'infinity', metadata => '{}')$$);
SELECT name, expires_at, metadata FROM modelapi_acl.access_tokens WHERE id = test.id('batch job');
-- as owner: values
CREATE TEMP TABLE wrong AS SELECT row_number() OVER () AS place, s FROM unnest(ARRAY[
	$$SELECT modelapi_acl.update_token(test.id('batch job'), name => ' ')$$,
	$$SELECT modelapi_acl.update_token(test.id('batch job'), expires_at => now() - interval '1 second')$$,
	$$SELECT modelapi_acl.update_token(test.id('batch job'), expires_at => '-infinity')$$,
	$$SELECT modelapi_acl.update_token(test.id('batch job'), metadata => '[]')$$,
	$$SELECT modelapi_acl.update_token(test.id('batch job'), metadata => 'null')$$,
	$$SELECT modelapi_acl.update_token(test.id('batch job'), metadata => '"text"')$$,
	$$SELECT modelapi_acl.create_token(test.id('churn'), 't', metadata => '7')$$,
	$$SELECT modelapi_acl.create_token(test.id('churn'), 't', metadata => jsonb_build_object('a', repeat('x', 992)))$$,
	$$SELECT modelapi_acl.create_token(test.id('churn'), 't', metadata => jsonb_build_object('a', repeat('x', 991)))$$,
	$$SELECT modelapi_acl.create_token(test.id('churn'), repeat('🗝', 200), metadata => jsonb_build_object('a', (SELECT jsonb_agg(i % 10) FROM generate_series(1, 330) i)))$$,
	$$SELECT modelapi_acl.regenerate_token(test.id('batch job'), NULL)$$,
	$$SELECT modelapi_acl.regenerate_token(test.id('batch job'), '-1 second')$$,
	$$SELECT modelapi_acl.regenerate_token(test.id('batch job'), '1 day -24 hours')$$]) s;
DO $$ DECLARE s text; BEGIN FOR s IN SELECT w.s FROM wrong w ORDER BY place LOOP CALL test.attempt('m_owner', s); END LOOP; END $$;
SELECT outcome FROM test.said ORDER BY place;
TRUNCATE test.said;
-- a viewer sees no metadata, an editor does
CALL test.as_user('m_viewer', $$INSERT INTO test.said (who, outcome) SELECT 'm_viewer', count(metadata) FROM modelapi_acl.access_tokens$$);
CALL test.as_user('m_editor', $$INSERT INTO test.said (who, outcome) SELECT 'm_editor', count(metadata) FROM modelapi_acl.access_tokens$$);
SELECT who, outcome FROM test.said ORDER BY place;
TRUNCATE test.said;
SELECT action, actor, old, new FROM test.events('batch job') OFFSET 9;

-- ---------------------------------------------------------------------------
-- Revoked and expired are for good

CALL test.as_user('founder', $$SELECT test.remember('gone', id) FROM modelapi_acl.create_token(test.id('churn'), 'gone');
	SELECT test.remember('lapsed', id) FROM modelapi_acl.create_token(test.id('churn'), 'lapsed', clock_timestamp() + interval '100 ms');
	SELECT modelapi_acl.revoke_token(test.id('gone')); SELECT pg_sleep(0.15)$$);
DO $$ DECLARE s text; BEGIN
	FOREACH s IN ARRAY ARRAY['suspend_token(%s)', 'resume_token(%s)', 'revoke_token(%s)', 'regenerate_token(%s)', 'regenerate_token(%s, ''1 hour'')',
		'update_token(%s)', 'update_token(%s, name => ''x'')', 'update_token(%s, expires_at => ''infinity'')', 'update_token(%s, metadata => ''{}'')'] LOOP
		CALL test.attempt('founder', 'SELECT modelapi_acl.' || format(s, 'test.id(''gone'')'));
		CALL test.attempt('founder', 'SELECT modelapi_acl.' || format(s, 'test.id(''lapsed'')'));
	END LOOP; END $$;
SELECT outcome FROM test.said ORDER BY place;
TRUNCATE test.said;

-- ---------------------------------------------------------------------------
-- Overlap

CALL test.as_user('founder', $$INSERT INTO test.secrets (name, id, token) SELECT 'overlap 1', t.* FROM modelapi_acl.create_token(test.id('churn'), 'rotated') t;
	SELECT test.remember('rotated', id) FROM test.secrets WHERE name = 'overlap 1'$$);
CALL test.as_user('founder', $$INSERT INTO test.secrets (name, id, token) SELECT 'overlap 2', t.* FROM modelapi_acl.regenerate_token(test.id('rotated'), '1 hour') t$$);
SELECT * FROM test.answers('overlap%');
-- another one while it runs
CREATE TEMP TABLE said AS SELECT ''::text AS outcome WHERE false;
GRANT ALL ON said TO PUBLIC;
CALL test.as_user('founder', $$INSERT INTO pg_temp.said SELECT regexp_replace(test.try('SELECT modelapi_acl.regenerate_token(test.id(''rotated''), ''1 s'')'), '\d{4}-[-0-9]+ [-+0-9:.]+[0-9]', '(time)')$$);
SELECT outcome FROM said;
-- suspended: both; and the overlap runs on
CALL test.as_user('founder', $$SELECT modelapi_acl.suspend_token(test.id('rotated'))$$);
SELECT * FROM test.answers('overlap%');
CALL test.as_user('founder', $$SELECT modelapi_acl.resume_token(test.id('rotated'))$$);
-- an expiry that is moved to before its end ends it: superseded rather than expired
CALL test.as_user('founder', $$SELECT modelapi_acl.update_token(test.id('rotated'), expires_at => clock_timestamp() + interval '100 ms')$$);
SELECT * FROM test.answers('overlap%');
SELECT pg_sleep(0.15) \g /dev/null
SELECT * FROM test.answers('overlap%');
-- overlap 0 ends both; the one before the former one is unknown
CALL test.as_user('founder', $$INSERT INTO test.secrets (name, id, token) SELECT 'end 1', t.* FROM modelapi_acl.create_token(test.id('churn'), 'ended') t;
	SELECT test.remember('ended', id) FROM test.secrets WHERE name = 'end 1';
	INSERT INTO test.secrets (name, id, token) SELECT 'end 2', t.* FROM modelapi_acl.regenerate_token(test.id('ended'), '1 hour') t;
	INSERT INTO test.secrets (name, id, token) SELECT 'end 3', t.* FROM modelapi_acl.regenerate_token(test.id('ended')) t$$);
SELECT * FROM test.answers('end%');
-- an overlap that is over allows another
CALL test.as_user('founder', $$INSERT INTO test.secrets (name, id, token) SELECT 'end 4', t.* FROM modelapi_acl.regenerate_token(test.id('ended'), '100 ms') t; SELECT pg_sleep(0.15);
	INSERT INTO test.secrets (name, id, token) SELECT 'end 5', t.* FROM modelapi_acl.regenerate_token(test.id('ended'), '1 hour') t$$);
SELECT * FROM test.answers('end%');
-- revoked: both, whatever else
CALL test.as_user('founder', $$SELECT modelapi_acl.revoke_token(test.id('ended'))$$);
SELECT * FROM test.answers('end%');
SELECT action, count(*) FROM test.events('ended') GROUP BY 1 ORDER BY 1;
SELECT count(*), count(valid_until) FROM modelapi_acl_internal.token_hashes WHERE token_id = test.id('ended');
-- rolled back: as it was
CALL test.as_user('founder', $$INSERT INTO test.secrets (name, id, token) SELECT 'back 1', t.* FROM modelapi_acl.create_token(test.id('churn'), 'back') t$$);
CALL test.as_user('founder', $$INSERT INTO pg_temp.said SELECT test.try(format('SELECT modelapi_acl.regenerate_token(%L, ''1 hour'')', id)) FROM test.secrets WHERE name = 'back 1'$$);
SELECT * FROM test.answers('back%');

-- ---------------------------------------------------------------------------
-- The setting

SET modelapi_acl.max_token_lifetime = 'soon';
SET modelapi_acl.max_token_lifetime = '-1 day';
SET SESSION AUTHORIZATION regress_backend;
SET modelapi_acl.max_token_lifetime = '100 years';
RESET SESSION AUTHORIZATION;
CALL test.as_user('founder', $$SELECT test.remember('endless', id) FROM modelapi_acl.create_token(test.id('churn'), 'endless');
	SELECT test.remember('dated', id) FROM modelapi_acl.create_token(test.id('churn'), 'dated', now() + interval '200 days');
	SELECT test.remember('short', id) FROM modelapi_acl.create_token(test.id('churn'), 'short', now() + interval '10 days')$$);
SET modelapi_acl.max_token_lifetime = '90 days';
TRUNCATE said;
DO $$ DECLARE s text; BEGIN
	FOREACH s IN ARRAY ARRAY['create_token(test.id(''churn''), ''x'')', 'create_token(test.id(''churn''), ''x'', ''infinity'')',
		'create_token(test.id(''churn''), ''x'', now() + interval ''91 days'')', 'create_token(test.id(''churn''), ''x'', now() + interval ''90 days'')',
		'update_token(test.id(''short''), expires_at => ''infinity'')', 'update_token(test.id(''short''), expires_at => now() + interval ''91 days'')',
		'update_token(test.id(''short''), expires_at => now() + interval ''89 days'')', 'update_token(test.id(''short''), name => ''x'')',
		'update_token(test.id(''dated''), expires_at => now() + interval ''201 days'')', 'update_token(test.id(''dated''), expires_at => now() + interval ''199 days'')',
		'update_token(test.id(''endless''), expires_at => now() + interval ''1000 days'')', 'update_token(test.id(''endless''), expires_at => ''infinity'')'] LOOP
		CALL test.as_user('founder', format('INSERT INTO pg_temp.said SELECT regexp_replace(test.try(%L), ''\d{4}-[-0-9]+ [-+0-9:.]+[0-9]'', ''(time)'')', 'SELECT modelapi_acl.' || s));
	END LOOP; END $$;
SELECT outcome FROM said;
-- regenerating shortens to the limit, and lengthens nothing; tokens that are there are not ended
CALL test.as_user('founder', $$SELECT modelapi_acl.regenerate_token(test.id('endless'), '1 hour'); SELECT modelapi_acl.regenerate_token(test.id('short'))$$);
SELECT name, expires_at - coalesce(regenerated_at, created_at) = interval '90 days' AS at_the_limit, expires_at < now() + interval '11 days' AS short
FROM modelapi_acl.access_tokens WHERE name IN ('endless', 'dated', 'short') ORDER BY name;
-- verify_access tells of those that are there
CREATE FUNCTION test.outliving() RETURNS TABLE (object_type text, name text, expected text, found text) LANGUAGE sql AS $$
	SELECT object_type, test.name(object_id), regexp_replace(expected, 'by .*', 'by (time)'), CASE found WHEN 'none' THEN found ELSE '(time)' END
	FROM modelapi_acl.verify_access(1) WHERE "check" = 'token lifetime' ORDER BY 1, 2 $$;
CALL test.as_user('founder', $$SELECT test.remember('own', id) FROM modelapi_acl.create_personal_token('own', now() + interval '89 days')$$);
UPDATE modelapi_acl.personal_tokens SET expires_at = NULL WHERE id = test.id('own');
SELECT * FROM test.outliving();
UPDATE modelapi_acl.access_tokens SET revoked_at = now() WHERE id = test.id('dated');
UPDATE modelapi_acl.personal_tokens SET expires_at = now() + interval '89 days' WHERE id = test.id('own');
SELECT * FROM test.outliving() WHERE name IN ('dated', 'own');
-- a secret's life begins when it is made, not with its token
CALL test.as_user('founder', $$SELECT modelapi_acl.regenerate_token(test.id('own'))$$);
UPDATE modelapi_acl.personal_tokens SET created_at = created_at - interval '60 days' WHERE id = test.id('own');
UPDATE modelapi_acl.access_tokens SET created_at = created_at - interval '60 days' WHERE id = test.id('short');
SELECT * FROM test.outliving() WHERE name = 'own';
CALL test.attempt('founder', $$SELECT modelapi_acl.update_token(test.id('own'), expires_at => now() + interval '89 days 1 hour')$$);
CALL test.attempt('founder', $$SELECT modelapi_acl.update_token(test.id('short'), expires_at => now() + interval '89 days')$$);
SELECT outcome FROM test.said ORDER BY place;
TRUNCATE test.said;
-- ... and of metadata that no function takes
BEGIN;
UPDATE modelapi_acl.access_tokens SET metadata = '[]' WHERE id = test.id('short');
UPDATE modelapi_acl.personal_tokens SET metadata = jsonb_build_object('a', repeat('x', 1000)) WHERE id = test.id('own');
SELECT "check", object_type, test.name(object_id), expected, found FROM modelapi_acl.verify_access(1) WHERE "check" = 'value' ORDER BY 2;
ROLLBACK;
UPDATE modelapi_acl.access_tokens SET revoked_at = NULL WHERE id = test.id('dated');
-- an overlap lasts no longer than the old secret may live
SET modelapi_acl.max_token_lifetime = '3 s';
CALL test.as_user('founder', $$INSERT INTO test.secrets (name, id, token) SELECT 'limit 1', t.* FROM modelapi_acl.create_token(test.id('churn'), 'limit', now() + interval '2 s') t;
	INSERT INTO test.secrets (name, id, token) SELECT 'limit 2', t.* FROM test.secrets s, modelapi_acl.regenerate_token(s.id, '1 hour') t WHERE s.name = 'limit 1'$$);
SELECT h.valid_until = t.created_at + interval '3 s' AS at_the_limit FROM modelapi_acl_internal.token_hashes h JOIN modelapi_acl.access_tokens t ON t.id = h.token_id
WHERE t.name = 'limit' AND h.valid_until IS NOT NULL;
-- where the secret is older than the limit
SET modelapi_acl.max_token_lifetime = '1 us';
CALL test.attempt('founder', $$SELECT modelapi_acl.update_token(test.id('short'), expires_at => now() + interval '20 days')$$);
CALL test.attempt('founder', $$SELECT modelapi_acl.update_token(test.id('short'), expires_at => now() + interval '5 days')$$);
SELECT outcome FROM test.said ORDER BY place;
RESET modelapi_acl.max_token_lifetime;
SELECT * FROM test.outliving();

-- the copies equal their tokens, and a token's secrets go with it
SELECT * FROM modelapi_acl.verify_access() WHERE "check" = 'token hash';
SELECT count(*) AS without_copies FROM modelapi_acl_internal.token_hashes WHERE model_api_id IS NULL;
CALL test.as_user('founder', $$SELECT modelapi_acl.delete_model_api(test.id('churn'))$$);
SELECT count(*) FROM modelapi_acl_internal.token_hashes;
SELECT DISTINCT reason FROM test.answers();
