-- Access tokens: created, shown once, listed, regenerated, revoked, expired.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

BEGIN;
SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
CREATE TEMP TABLE issued AS SELECT * FROM modelapi_acl.create_token(test.id('churn'), 'batch job', now() + interval '1 hour');
SELECT token ~ '^mapi_[0-9A-Za-z]{49}$' AS form, length(token) FROM issued;
-- the list has no secret, only a hint made of its two ends
SELECT t.name, t.hint = substr(i.token, 1, 9) || '…' || right(i.token, 4) AS hint,
	test.name(t.created_by) AS created_by, t.expires_at = now() + interval '1 hour' AS expires,
	t.revoked_at, t.regenerated_at
FROM modelapi_acl.access_tokens t JOIN issued i USING (id);
COMMIT;
-- only the hash is stored, as pgcrypto's digest computes it
SELECT h.hash = public.digest(i.token, 'sha256') AS hashed
FROM modelapi_acl_internal.token_hashes h JOIN issued i ON i.id = h.token_id;
-- no event contains the secret
SELECT count(*) FROM modelapi_acl.audit_events e, issued i WHERE e::text LIKE '%' || substr(i.token, 10, 30) || '%';
SELECT action, old, new - 'expires_at' AS new FROM modelapi_acl.audit_events e JOIN issued i ON i.id = e.object_id;
-- a thousand tokens: all different, all accepted
BEGIN;
SELECT modelapi_acl.set_session_user('m_editor') \g /dev/null
CREATE TEMP TABLE many AS SELECT (modelapi_acl.create_token(test.id('forecast'), 'n' || i)).* FROM generate_series(1, 1) i WHERE false;
ROLLBACK;
BEGIN;
SELECT modelapi_acl.set_session_user('sibling') \g /dev/null
CREATE TEMP TABLE many AS SELECT t.* FROM generate_series(1, 1000) i, LATERAL modelapi_acl.create_token(test.id('forecast'), 'n' || i) t;
COMMIT;
SELECT count(DISTINCT token), count(*) FILTER (WHERE a.allowed) AS allowed
FROM many m, LATERAL modelapi_acl.authorize_invocation(test.id('forecast'), 'Bearer ' || m.token) a;
-- the checksum is the CRC-32 of the characters before it: it detects every one-character typo
SELECT count(*) AS typos, count(*) FILTER (WHERE a.reason = 'unknown_token') AS refused
FROM (SELECT token FROM many LIMIT 20) m, generate_series(6, 54) p,
	LATERAL modelapi_acl.authorize_invocation(test.id('forecast'), 'Bearer ' ||
		overlay(m.token PLACING CASE substr(m.token, p, 1) WHEN 'x' THEN 'y' ELSE 'x' END FROM p FOR 1)) a;

-- Regenerating: the same token with a new secret; the old one stops at once
CREATE TEMP TABLE again (id uuid, token text);
GRANT ALL ON issued, again TO PUBLIC;
CREATE FUNCTION test.basic(token text) RETURNS text LANGUAGE sql IMMUTABLE
	AS $$ SELECT 'Basic ' || translate(encode(convert_to($1 || ':' || $1, 'UTF8'), 'base64'), E'\n', '') $$;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
INSERT INTO again SELECT r.* FROM issued, LATERAL modelapi_acl.regenerate_token(issued.id) r;
SELECT again.id = issued.id AS same_id, again.token <> issued.token AS other_secret FROM issued, again;
SELECT t.name, test.name(t.regenerated_by) AS regenerated_by, t.regenerated_at IS NOT NULL AS regenerated,
	t.expires_at IS NOT NULL AS expiry_kept, t.hint = substr(a.token, 1, 9) || '…' || right(a.token, 4) AS hint
FROM modelapi_acl.access_tokens t JOIN again a USING (id);
COMMIT;
SELECT 'old', a.allowed, a.reason FROM issued, modelapi_acl.authorize_invocation(test.id('churn'), test.basic(token)) a
UNION ALL SELECT 'new', a.allowed, a.reason FROM again, modelapi_acl.authorize_invocation(test.id('churn'), test.basic(token)) a;

-- Revoking is final; revoking again is no error
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT modelapi_acl.revoke_token(id) FROM issued;
SELECT modelapi_acl.revoke_token(id) FROM issued;
SELECT test.try(format('SELECT modelapi_acl.regenerate_token(%L)', id)) ~ '^22023 \| a revoked access token' FROM issued;
SELECT t.name, test.name(t.revoked_by) AS revoked_by FROM modelapi_acl.access_tokens t JOIN issued USING (id);
COMMIT;
SELECT a.allowed, a.status, a.reason, a.token_id = again.id AS told_id, a.token_name
FROM again, modelapi_acl.authorize_invocation(test.id('churn'), test.basic(token)) a;
SELECT action, count(*) FROM modelapi_acl.audit_events e JOIN issued i ON i.id = e.object_id GROUP BY 1 ORDER BY 1;

-- Expired: refused, and cannot be regenerated
SET row_security = off;
UPDATE modelapi_acl.access_tokens SET expires_at = now() - interval '1 minute', revoked_at = NULL FROM issued WHERE access_tokens.id = issued.id;
RESET row_security;
SELECT a.allowed, a.reason FROM again, modelapi_acl.authorize_invocation(test.id('churn'), test.basic(token)) a;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') \g /dev/null
SELECT test.try(format('SELECT modelapi_acl.regenerate_token(%L)', id)) ~ '^22023 \| an expired access token' FROM issued;
ROLLBACK;

-- A token stays valid when its creator loses access or is deleted
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT modelapi_acl.remove_collaborator(test.id('forecast'), 'sibling');
COMMIT;
SELECT modelapi_acl.delete_user('sibling');
SELECT a.allowed, a.token_name FROM (SELECT * FROM many LIMIT 1) m, modelapi_acl.authorize_invocation(test.id('forecast'), 'Bearer ' || token) a;
SELECT count(*), count(created_by) FROM modelapi_acl.access_tokens WHERE model_api_id = test.id('forecast');
