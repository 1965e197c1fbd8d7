-- Personal tokens and tokens of service accounts: who makes, sees and ends them.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all
SET SESSION AUTHORIZATION regress_admin;
SELECT test.remember('robot', modelapi_acl.create_service_account('robot', 'm_viewer')) \g /dev/null
RESET SESSION AUTHORIZATION;

-- Everybody who is signed in makes their own; the list is what one may view
INSERT INTO test.attempts (label, statement) VALUES
('create', $$SELECT modelapi_acl.create_personal_token('mine')$$),
('create with all', $$SELECT modelapi_acl.create_personal_token('mine', now() + interval '1 day', ARRAY[test.id('weather')])$$),
('of a private one', $$SELECT modelapi_acl.create_personal_token('mine', NULL, ARRAY[test.id('weather'), test.id('churn')])$$),
('of none that exists', $$SELECT modelapi_acl.create_personal_token('mine', NULL, ARRAY[test.id('weather'), gen_random_uuid()])$$),
('service token', $$SELECT modelapi_acl.create_service_token('robot', 'job')$$),
('service token of a private one', $$SELECT modelapi_acl.create_service_token('robot', 'job', NULL, ARRAY[test.id('churn')])$$),
('service token of an unknown one', $$SELECT modelapi_acl.create_service_token('nobody', 'job')$$),
('service token of a person', $$SELECT modelapi_acl.create_service_token('founder', 'job')$$),
('plain insert', $$INSERT INTO modelapi_acl.personal_tokens (user_id, name, hint) VALUES (test.id('%who%'), 'x', 'x')$$),
('plain insert of a list', $$INSERT INTO modelapi_acl.personal_token_model_apis VALUES (gen_random_uuid(), test.id('weather'))$$),
('plain update', $$UPDATE modelapi_acl.personal_tokens SET name = 'x'$$),
('plain delete', $$DELETE FROM modelapi_acl.personal_tokens$$),
('the hashes', $$SELECT * FROM modelapi_acl_internal.personal_token_hashes$$);
CALL test.play();
SELECT * FROM test.outcomes;
TRUNCATE test.attempts;
-- who may not view one that is there learns no more than of one that is not
BEGIN;
SELECT modelapi_acl.set_session_user('stranger') \g /dev/null
SELECT test.try($$SELECT modelapi_acl.create_personal_token('x', NULL, ARRAY[test.id('churn')])$$)
	= test.try($$SELECT modelapi_acl.create_personal_token('x', NULL, ARRAY[gen_random_uuid()])$$) AS same;
SELECT test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.create_personal_token(NULL)$$),
	(2, $$SELECT modelapi_acl.create_personal_token(' ')$$),
	(3, $$SELECT modelapi_acl.create_personal_token('x', now())$$),
	(4, $$SELECT modelapi_acl.create_personal_token('x', '-infinity')$$),
	(5, $$SELECT modelapi_acl.create_personal_token('x', 'infinity')$$),
	(6, $$SELECT modelapi_acl.create_personal_token('x', NULL, '{}')$$),
	(7, $$SELECT modelapi_acl.create_personal_token('x', NULL, ARRAY[NULL]::uuid[])$$),
	(8, $$SELECT modelapi_acl.create_personal_token('x', NULL, ARRAY[test.id('weather'), NULL])$$),
	(9, $$SELECT modelapi_acl.create_personal_token('x', NULL, ARRAY[test.id('churn'), NULL])$$),
	(10, $$SELECT modelapi_acl.create_personal_token('x', NULL, ARRAY[test.id('weather'), test.id('weather')])$$),
	(11, $$SELECT modelapi_acl.create_personal_token(' ', now() - interval '1 day', ARRAY[test.id('churn')])$$)
) v(place, a) ORDER BY place;
COMMIT;
-- an administrator is nobody in particular; for a service account, one may
SET SESSION AUTHORIZATION regress_admin;
SELECT test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.create_personal_token('x')$$),
	(2, $$SELECT modelapi_acl.create_service_token('robot', 'x', NULL, ARRAY[test.id('churn')])$$),
	(3, $$SELECT modelapi_acl.create_service_token(test.id('robot')::text, 'x')$$),
	(4, $$SELECT modelapi_acl.create_service_token('robot', 'x', NULL, ARRAY[gen_random_uuid()])$$),
	(5, $$SELECT modelapi_acl.create_service_token('founder', 'x')$$),
	(6, $$SELECT modelapi_acl.create_service_token('nobody', 'x')$$),
	(7, $$SELECT modelapi_acl.create_service_token('churn-owners', 'x')$$),
	(8, $$SELECT modelapi_acl.create_service_token(NULL, 'x')$$),
	(9, $$SELECT modelapi_acl.create_service_token('robot', NULL)$$)
) v(place, a) ORDER BY place;
RESET SESSION AUTHORIZATION;

-- The secret is shown once; only its hash is kept
CREATE TABLE test.secrets (name text, id uuid, token text);
GRANT SELECT, INSERT ON test.secrets TO PUBLIC;
CREATE FUNCTION test.create(who text, label text, list uuid[] DEFAULT NULL, account text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM modelapi_acl.set_session_user(who);
	INSERT INTO test.secrets SELECT label, c.* FROM modelapi_acl.create_personal_token(label, NULL, list) c WHERE account IS NULL;
	INSERT INTO test.secrets SELECT label, c.* FROM modelapi_acl.create_service_token(account, label, NULL, list) c WHERE account IS NOT NULL;
	PERFORM test.remember(label, (SELECT id FROM test.secrets WHERE name = label));
END $$;
SELECT test.create('founder', 'all of the founder''s');
SELECT test.create('founder', 'two of the founder''s', ARRAY[test.id('churn'), test.id('forecast')]);
SELECT test.create('m_viewer', 'all of m_viewer''s');
SELECT test.create('m_viewer', 'job', ARRAY[test.id('weather'), test.id('churn')], 'robot');
SELECT name, length(token), substr(token, 1, 5) AS prefix,
	EXISTS (SELECT FROM modelapi_acl_internal.personal_token_hashes h WHERE h.token_id = s.id AND h.hash = sha256(s.token::bytea)) AS hashed
FROM test.secrets s;
SELECT t.name, test.name(t.user_id) AS holder, t.is_limited, test.name(t.created_by) AS created_by,
	t.hint = substr(s.token, 1, 9) || '…' || right(s.token, 4) AS hint, t.expires_at, t.revoked_at
FROM modelapi_acl.personal_tokens t JOIN test.secrets s USING (id) ORDER BY t.created_at;
-- one event each, with the list
SELECT e.action, test.name(e.object_id) AS token, test.name(e.actor_id) AS actor, test.name((new ->> 'user_id')::uuid) AS holder,
	(SELECT array_agg(test.name(m::uuid) ORDER BY test.name(m::uuid)) FROM jsonb_array_elements_text(new -> 'model_apis') m) AS model_apis,
	new - 'user_id' - 'model_apis' AS new
FROM modelapi_acl.audit_events e WHERE object_type = 'personal_token' ORDER BY occurred_at;

-- Who sees them: the holder, the responsible user, administrators
CREATE FUNCTION test.sees(who text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM modelapi_acl.set_session_user(who);
	RETURN concat((SELECT string_agg(name, ', ' ORDER BY name) FROM modelapi_acl.personal_tokens), ' | ',
		(SELECT string_agg(test.name(token_id) || ': ' || test.name(model_api_id), ', ' ORDER BY test.name(token_id), test.name(model_api_id))
			FROM modelapi_acl.personal_token_model_apis));
END $$;
GRANT EXECUTE ON FUNCTION test.sees(text) TO PUBLIC;
SET SESSION AUTHORIZATION regress_backend;
SELECT test.sees('founder');
SELECT test.sees('m_viewer');
SELECT test.sees('m_owner');
SELECT test.sees('stranger');
SELECT test.sees(NULL);
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_admin;
SELECT name FROM modelapi_acl.personal_tokens ORDER BY name;
SELECT count(*) FROM modelapi_acl.personal_token_model_apis;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_gateway;
SELECT test.outcome('SELECT * FROM modelapi_acl.personal_tokens');
RESET SESSION AUTHORIZATION;
-- a model API of the list that is hidden by now is not shown, as one that is gone
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_viewer');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_backend;
SELECT test.sees('m_viewer');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_viewer');
RESET SESSION AUTHORIZATION;

-- Who ends them: the same; for everybody else they do not exist
INSERT INTO test.attempts (label, statement) VALUES
('revoke the founder''s', $$SELECT modelapi_acl.revoke_token(test.id('all of the founder''s'))$$),
('revoke m_viewer''s', $$SELECT modelapi_acl.revoke_token(test.id('all of m_viewer''s'))$$),
('revoke the robot''s', $$SELECT modelapi_acl.revoke_token(test.id('job'))$$),
('regenerate the founder''s', $$SELECT modelapi_acl.regenerate_token(test.id('all of the founder''s'))$$);
CALL test.play();
SELECT * FROM test.outcomes;
TRUNCATE test.attempts;
SET SESSION AUTHORIZATION regress_admin;
SELECT test.try($$SELECT modelapi_acl.revoke_token(test.id('all of the founder''s'))$$);
SELECT test.try($$SELECT modelapi_acl.revoke_token(test.id('job'))$$);
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT modelapi_acl.revoke_token(test.id('job'));
-- twice is no error, and no second event
SELECT modelapi_acl.revoke_token(test.id('job'));
SELECT test.try($$SELECT modelapi_acl.revoke_token(test.id('two of the founder''s'))$$)
	= test.try($$SELECT modelapi_acl.revoke_token(gen_random_uuid())$$) AS same;
COMMIT;
SELECT name, test.name(revoked_by) AS revoked_by, revoked_at IS NOT NULL AS revoked FROM modelapi_acl.personal_tokens ORDER BY name;
SELECT action, test.name(actor_id) AS actor, new ->> 'name' AS name FROM modelapi_acl.audit_events
WHERE object_type = 'personal_token' AND action <> 'personal_token.created';

-- Who is no longer responsible sees and ends nothing
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT modelapi_acl.transfer_service_account('robot', 'm_owner');
COMMIT;
SET SESSION AUTHORIZATION regress_backend;
SELECT test.sees('m_viewer');
SELECT test.sees('m_owner');
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') \g /dev/null
SELECT test.try($$SELECT modelapi_acl.create_service_token('robot', 'job')$$);
SELECT test.outcome($$SELECT modelapi_acl.revoke_token(test.id('job'))$$);
COMMIT;

-- They go with their holder, and out of lists with a model API; the events name the holder's id
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.delete_user('robot');
SELECT modelapi_acl.delete_model_api(test.id('forecast'));
RESET SESSION AUTHORIZATION;
SELECT name, is_limited, (SELECT array_agg(test.name(model_api_id)) FROM modelapi_acl.personal_token_model_apis m WHERE m.token_id = t.id)
FROM modelapi_acl.personal_tokens t ORDER BY name;
SELECT action, old ->> 'name' AS name, test.name((old ->> 'user_id')::uuid) AS holder FROM modelapi_acl.audit_events
WHERE object_type = 'personal_token' AND action = 'personal_token.deleted';
SELECT count(*) FROM modelapi_acl_internal.personal_token_hashes;
SELECT "check", object_type, expected, found FROM modelapi_acl.verify_access(10) WHERE user_id IS DISTINCT FROM test.id('expired');

-- Who leaves: personal tokens go with the user; those of service accounts whose secret the user may
-- know, and the accounts themselves, are named
SET SESSION AUTHORIZATION regress_admin;
SELECT test.remember('second-robot', modelapi_acl.create_service_account('second-robot', 'm_editor')) \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT test.create('m_editor', 'of the editor');
SELECT test.create('m_editor', 'nightly', NULL, 'second-robot');
UPDATE modelapi_acl.personal_tokens SET expires_at = now() + interval '1 hour' WHERE name = 'of the editor';
CREATE FUNCTION test.report(who text) RETURNS TABLE (finding text, object_type text, name text, expires boolean, detail text) LANGUAGE sql AS $$
	SELECT finding, object_type, name, expires_at IS NOT NULL, detail FROM modelapi_acl.offboarding_report($1)
	WHERE object_type IN ('personal_token', 'service_account') $$;
GRANT EXECUTE ON FUNCTION test.report(text) TO PUBLIC;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
SELECT * FROM test.report('m_editor');
SELECT modelapi_acl.transfer_service_account('second-robot', 'm_owner');
-- no longer shown to the user, but to an administrator
SELECT * FROM test.report('m_editor');
COMMIT;
SET SESSION AUTHORIZATION regress_admin;
SELECT * FROM test.report('m_editor');
SELECT * FROM test.report('m_owner');
SELECT * FROM test.report('second-robot');
SELECT * FROM test.report('m_viewer');
RESET SESSION AUTHORIZATION;
CREATE FUNCTION test.reviews() RETURNS TABLE (finding text, object_type text, name text, granted_by text, detail text) LANGUAGE sql AS $$
	SELECT finding, object_type, name, granted_by, detail FROM modelapi_acl.access_reviews
	WHERE object_type IN ('personal_token', 'service_account') ORDER BY 1, 2, 3 $$;
GRANT EXECUTE ON FUNCTION test.reviews() TO PUBLIC;
SET SESSION AUTHORIZATION regress_admin;
SELECT * FROM test.reviews();
SELECT modelapi_acl.disable_user('m_owner');
SELECT * FROM test.reviews();
RESET SESSION AUTHORIZATION;
BEGIN;
SET LOCAL SESSION AUTHORIZATION regress_backend;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT * FROM test.reviews();
COMMIT;
SET SESSION AUTHORIZATION regress_person;
SELECT * FROM test.reviews();
RESET SESSION AUTHORIZATION;

-- Brought along from another system, by administrators, by the SHA-256 of the secret. The model
-- APIs have to be said; NULL means all.
INSERT INTO test.attempts (label, statement) VALUES
('import', $$SELECT modelapi_acl.import_personal_token('%who%', 'old', sha256('old secret'), NULL)$$);
CALL test.play();
SELECT * FROM test.outcomes;
TRUNCATE test.attempts;
SELECT test.remember('own token', (SELECT id FROM modelapi_acl.access_tokens LIMIT 1));
SET SESSION AUTHORIZATION regress_admin;
SELECT test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.import_personal_token('founder', 'old', sha256('old secret'))$$),
	(2, $$SELECT modelapi_acl.import_personal_token(NULL, 'old', sha256('old secret'), NULL)$$),
	(3, $$SELECT modelapi_acl.import_personal_token('nobody', 'old', sha256('old secret'), NULL)$$),
	(4, $$SELECT modelapi_acl.import_personal_token('churn-owners', 'old', sha256('old secret'), NULL)$$),
	(5, $$SELECT modelapi_acl.import_personal_token('founder', NULL, sha256('old secret'), NULL)$$),
	(6, $$SELECT modelapi_acl.import_personal_token('founder', ' ', sha256('old secret'), NULL)$$),
	(7, $$SELECT modelapi_acl.import_personal_token('founder', 'old', NULL, NULL)$$),
	(8, $$SELECT modelapi_acl.import_personal_token('founder', 'old', 'old secret', NULL)$$),
	(9, $$SELECT modelapi_acl.import_personal_token('founder', 'old', sha256('old secret'), '{}')$$),
	(10, $$SELECT modelapi_acl.import_personal_token('founder', 'old', sha256('old secret'), ARRAY[NULL]::uuid[])$$),
	(11, $$SELECT modelapi_acl.import_personal_token('founder', 'old', sha256('old secret'), ARRAY[gen_random_uuid()])$$),
	(12, $$SELECT modelapi_acl.import_personal_token('founder', 'old', sha256('old secret'), NULL, ' ')$$),
	(13, $$SELECT modelapi_acl.import_personal_token('founder', 'old', sha256('old secret'), NULL, NULL, now())$$),
	(14, $$SELECT modelapi_acl.import_personal_token('founder', 'old', sha256('old secret'), ARRAY[test.id('churn'), test.id('churn')], 'old…', now() + interval '1 day')$$),
	(15, $$SELECT modelapi_acl.import_personal_token('FOUNDER@example.com', 'old', sha256('old secret'), NULL)$$),
	(16, $$SELECT modelapi_acl.import_personal_token('second-robot', 'old', sha256('old secret'), NULL)$$),
	(17, $$SELECT modelapi_acl.import_personal_token('disabled', 'old', sha256('old secret'), NULL)$$)
) v(place, a) ORDER BY place;
SELECT test.remember('old', modelapi_acl.import_personal_token(test.id('founder')::text, 'old', sha256('old secret'), ARRAY[test.id('churn')]));
-- a digest that is there, of either kind of token
SELECT test.try($$SELECT modelapi_acl.import_personal_token('founder', 'again', sha256('old secret'), NULL)$$);
RESET SESSION AUTHORIZATION;
SELECT test.try(format($$SELECT modelapi_acl.import_personal_token('founder', 'again', %L, NULL)$$, hash)) FROM modelapi_acl_internal.token_hashes WHERE token_id = test.id('own token');
SELECT test.try(format($$SELECT modelapi_acl.import_personal_token('founder', 'again', %L, NULL)$$, hash)) FROM modelapi_acl_internal.personal_token_hashes WHERE token_id = test.id('all of the founder''s');
SELECT t.name, test.name(t.user_id) AS holder, t.hint, t.is_limited, test.name(t.created_by) AS created_by FROM modelapi_acl.personal_tokens t WHERE name = 'old';
SELECT action, test.name(actor_id) AS actor, new ->> 'name' AS name, jsonb_array_length(new -> 'model_apis') AS model_apis
FROM modelapi_acl.audit_events WHERE object_id = test.id('old');
SELECT "check", object_type, expected, found FROM modelapi_acl.verify_access(10) WHERE user_id IS DISTINCT FROM test.id('expired');

-- Suspending and resuming: what an administrator has suspended, only an administrator resumes
SELECT test.create('founder', 'to suspend');
CREATE FUNCTION test.state(label text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN suspended_at IS NULL THEN 'live' ELSE 'suspended by ' || coalesce(test.name(suspended_by), 'an administrator') END
	FROM modelapi_acl.personal_tokens WHERE id = test.id($1) $$;
CREATE FUNCTION test.as(who text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; detail text; hint text;
BEGIN
	PERFORM modelapi_acl.set_session_user(who) WHERE who IS NOT NULL;
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;
\set suspend 'SELECT modelapi_acl.suspend_token(test.id(''to suspend''))'
\set resume 'SELECT modelapi_acl.resume_token(test.id(''to suspend''))'
SELECT test.as('founder', :'suspend');
SELECT test.state('to suspend'), test.as('m_viewer', :'resume');
SELECT test.state('to suspend'), test.as('founder', :'resume');
SELECT test.state('to suspend'), test.as('founder', :'resume');
SELECT test.state('to suspend'), test.as('founder', :'suspend');
SELECT test.state('to suspend'), test.as('founder', :'suspend');
-- takes the place of the holder's own
SELECT test.state('to suspend'), test.as(NULL, :'suspend');
SELECT test.state('to suspend'), test.as('founder', :'resume');
SELECT test.state('to suspend'), test.as('founder', :'suspend');
SELECT test.state('to suspend'), test.as(NULL, :'resume');
SELECT test.state('to suspend'), test.as('m_viewer', :'suspend');
SELECT test.as('founder', $$SELECT modelapi_acl.revoke_token(test.id('to suspend'))$$);
SELECT test.as('founder', :'suspend'), test.as('founder', :'resume');
SELECT action, test.name(actor_id) AS actor FROM modelapi_acl.audit_events WHERE object_id = test.id('to suspend') ORDER BY occurred_at;

-- Renaming, moving the expiry, a new secret: the holder, and for a service account the responsible
-- user and administrators; nobody gets a secret that acts as somebody else
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.enable_user('m_owner');
SELECT modelapi_acl.transfer_service_account('second-robot', 'm_viewer');
RESET SESSION AUTHORIZATION;
SELECT test.create('founder', 'to change');
SELECT test.create('m_viewer', 'job to change', NULL, 'second-robot');
INSERT INTO test.attempts (label, statement) VALUES
('update the founder''s', $$SELECT modelapi_acl.update_token(test.id('to change'), 'changed', now() + interval '1 day', '{"a": 1}')$$),
('regenerate the founder''s', $$SELECT modelapi_acl.regenerate_token(test.id('to change'))$$),
('update the robot''s', $$SELECT modelapi_acl.update_token(test.id('job to change'), 'changed')$$),
('regenerate the robot''s', $$SELECT modelapi_acl.regenerate_token(test.id('job to change'), '1 hour')$$);
CALL test.play();
SELECT * FROM test.outcomes;
TRUNCATE test.attempts;
SET SESSION AUTHORIZATION regress_admin;
SELECT test.try(a) FROM (VALUES
	(1, $$SELECT modelapi_acl.update_token(test.id('to change'), 'changed')$$),
	(2, $$SELECT modelapi_acl.regenerate_token(test.id('to change'))$$),
	(3, $$SELECT modelapi_acl.regenerate_token(test.id('to change'), '-1 hour')$$),
	(4, $$SELECT modelapi_acl.update_token(test.id('job to change'), 'changed')$$),
	(5, $$SELECT modelapi_acl.regenerate_token(test.id('job to change'))$$)) v (place, a) ORDER BY place;
RESET SESSION AUTHORIZATION;
SELECT test.as('founder', $$SELECT modelapi_acl.update_token(test.id('to change'), 'changed', now() + interval '1 day', '{"a": 1}')$$);
SELECT test.as('founder', $$SELECT modelapi_acl.update_token(test.id('to change'), expires_at => now() - interval '1 day')$$);
SELECT test.as('founder', $$SELECT modelapi_acl.update_token(test.id('to change'), ' ')$$);
SELECT test.as('founder', $$SELECT modelapi_acl.update_token(test.id('to suspend'), 'revoked')$$);
-- the former secret lives on for the overlap, and is superseded after it
CREATE FUNCTION test.answer(secret text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', status, reason, token_name, token_metadata) FROM modelapi_acl.authorize_invocation(test.id('churn'), 'basic', sha256(secret::bytea)) $$;
SELECT token AS first FROM test.secrets WHERE name = 'to change' \gset
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT token AS second FROM modelapi_acl.regenerate_token(test.id('to change'), '1 hour') \gset
COMMIT;
SELECT test.answer(:'first') AS first, test.answer(:'second') AS second;
SELECT split_part(test.as('founder', $$SELECT modelapi_acl.regenerate_token(test.id('to change'), '1 hour')$$), ' | ', 2);
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT token AS third FROM modelapi_acl.regenerate_token(test.id('to change')) \gset
COMMIT;
SELECT test.answer(:'first') AS first, test.answer(:'second') AS second, test.answer(:'third') AS third;
SELECT test.as('founder', $$SELECT modelapi_acl.regenerate_token(test.id('to suspend'))$$);
SELECT action, new - 'regenerated_at' - 'expires_at' - 'user_id' - 'former_until' AS new,
	date_trunc('hour', (new ->> 'former_until')::timestamptz - (new ->> 'regenerated_at')::timestamptz) AS overlap FROM modelapi_acl.audit_events
WHERE object_id = test.id('to change') ORDER BY occurred_at;
-- the longest lifetime binds them as others
SET modelapi_acl.max_token_lifetime = '1 day';
SELECT split_part(test.as('founder', $$SELECT modelapi_acl.create_personal_token('too long')$$), ' | ', 1);
SELECT split_part(test.as('founder', $$SELECT modelapi_acl.create_personal_token('too long', now() + interval '2 days')$$), ' | ', 1);
SELECT split_part(test.as('founder', $$SELECT modelapi_acl.create_personal_token('short', now() + interval '23 hours')$$), ' | ', 1);
SELECT split_part(test.as('m_viewer', $$SELECT modelapi_acl.create_service_token('second-robot', 'too long')$$), ' | ', 1);
SELECT test.outcome($$SELECT modelapi_acl.import_personal_token('founder', 'too long', sha256('long'), NULL)$$);
RESET modelapi_acl.max_token_lifetime;

-- Who was shown the secret last counts for who leaves, whoever made the token
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.transfer_service_account('second-robot', 'm_owner');
SELECT test.remember('job of an administrator', id) FROM modelapi_acl.create_service_token('second-robot', 'job of an administrator') \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT test.as('m_owner', $$SELECT modelapi_acl.regenerate_token(test.id(t)) FROM unnest(ARRAY['job to change', 'job of an administrator']) t$$);
SET SESSION AUTHORIZATION regress_admin;
SELECT * FROM test.report('m_viewer') WHERE name LIKE 'job %';
SELECT * FROM test.report('m_owner') WHERE name LIKE 'job %';
SELECT modelapi_acl.transfer_service_account('second-robot', 'm_editor');
SELECT * FROM test.reviews() WHERE name LIKE 'job %' AND finding = 'token_of_leaver';
SELECT modelapi_acl.delete_user('m_owner');
SELECT * FROM test.reviews() WHERE name LIKE 'job %' AND finding = 'token_of_leaver';
RESET SESSION AUTHORIZATION;
