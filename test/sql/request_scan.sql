-- The custom scan of authorize_invocation() and authorize_invocation_as(): what a statement gets
-- is what the server's function scan would give.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all
SET SESSION AUTHORIZATION regress_identity_gateway;

-- For a single call in FROM, in whichever notation
EXPLAIN (COSTS off) SELECT * FROM modelapi_acl.authorize_invocation(NULL, 'Bearer x');
EXPLAIN (COSTS off) SELECT reason FROM modelapi_acl.authorize_invocation(scheme => 'basic', token_digest => NULL, model_api_id => NULL) WHERE NOT allowed;
EXPLAIN (COSTS off) SELECT count(*) FROM modelapi_acl.authorize_invocation_as(NULL, 'x');
-- not where it may run more than once, or the row is needed as a whole
EXPLAIN (COSTS off) SELECT a FROM modelapi_acl.authorize_invocation(NULL, 'Bearer x') a;
EXPLAIN (COSTS off) SELECT * FROM modelapi_acl.authorize_invocation(NULL, 'Bearer x') WITH ORDINALITY;
EXPLAIN (COSTS off) SELECT 1 FROM modelapi_acl.authorize_invocation(NULL, 'Bearer x') a, modelapi_acl.authorize_invocation(NULL, 'Bearer y') b;
EXPLAIN (COSTS off) SELECT (SELECT a.status FROM modelapi_acl.authorize_invocation(n, 'Bearer x') a) FROM (VALUES (NULL::uuid), (NULL)) v(n);

-- All columns, and expressions on them
PREPARE everything(uuid, text) AS SELECT a.allowed, a.status, a.reason, a.token_id, a.token_name, a.www_authenticate, a.user_id = test.id('founder') AS is_founder, a.token_metadata
	FROM modelapi_acl.authorize_invocation_as($1, $2) a;
EXECUTE everything(test.id('churn'), 'sub-founder');
EXECUTE everything(test.id('churn'), 'nobody');
EXECUTE everything(NULL, NULL);
SELECT upper(reason) AS reason, test.name(user_id), status / 2 AS half FROM modelapi_acl.authorize_invocation_as(test.id('churn'), 'sub-founder') WHERE status < 300;
SELECT user_id FROM modelapi_acl.authorize_invocation_as(test.id('churn'), 'sub-founder') WHERE status > 300;
SELECT max(user_id::text) = test.id('founder')::text AS same, count(*) FROM modelapi_acl.authorize_invocation_as(test.id('churn'), 'sub-founder') GROUP BY allowed;
SELECT 1 AS one FROM modelapi_acl.authorize_invocation_as(test.id('churn'), 'sub-founder');
SELECT test.name(user_id), n FROM modelapi_acl.authorize_invocation_as(test.id('churn'), 'sub-founder') a, generate_series(1, 2) n ORDER BY n;

-- A cursor, forwards and back
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT status, test.name(user_id) FROM modelapi_acl.authorize_invocation_as(test.id('churn'), 'sub-founder');
FETCH ALL FROM c;
FETCH BACKWARD ALL FROM c;
DECLARE d CURSOR WITH HOLD FOR SELECT status, test.name(user_id) FROM modelapi_acl.authorize_invocation_as(test.id('churn'), 'sub-founder');
COMMIT;
FETCH ALL FROM d;
CLOSE d;

-- In a function
RESET SESSION AUTHORIZATION;
CREATE FUNCTION test.ask(subject text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found record;
BEGIN
	SELECT * INTO found FROM modelapi_acl.authorize_invocation_as(test.id('churn'), subject);
	RETURN found.reason || ' ' || coalesce(test.name(found.user_id), '-');
END $$;
SELECT test.ask(s) FROM unnest(ARRAY['sub-founder', 'nobody', 'sub-founder']) s;

-- Privileges are checked whenever a statement begins
SET ROLE regress_identity_gateway;
EXECUTE everything(NULL, NULL);
RESET ROLE;
SET ROLE modelapi_acl_user;
EXECUTE everything(NULL, NULL);
SELECT * FROM modelapi_acl.authorize_invocation(NULL, 'Bearer x');
RESET ROLE;

-- A plan notices that the function was changed
ALTER FUNCTION modelapi_acl.authorize_invocation_as(uuid, text) STRICT;
EXECUTE everything(NULL, NULL);
ALTER FUNCTION modelapi_acl.authorize_invocation_as(uuid, text) CALLED ON NULL INPUT;
ALTER FUNCTION modelapi_acl.authorize_invocation_as(uuid, text) SET work_mem = '64kB';
EXECUTE everything(test.id('churn'), 'sub-founder');
ALTER FUNCTION modelapi_acl.authorize_invocation_as(uuid, text) RESET work_mem;
EXECUTE everything(test.id('churn'), 'sub-founder');

-- A digest may be of a token of either kind, whatever the secret begins with
CREATE TABLE test.secrets (kind text, secret text);
GRANT ALL ON test.secrets TO PUBLIC;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
INSERT INTO test.secrets SELECT 'personal', token FROM modelapi_acl.create_personal_token('moved');
INSERT INTO test.secrets SELECT 'own', token FROM modelapi_acl.create_token(test.id('churn'), 'moved');
COMMIT;
BEGIN;
DELETE FROM modelapi_acl_internal.personal_token_hashes WHERE hash = (SELECT sha256(secret::bytea) FROM test.secrets WHERE kind = 'personal');
DELETE FROM modelapi_acl_internal.token_hashes WHERE hash = (SELECT sha256(secret::bytea) FROM test.secrets WHERE kind = 'own');
COMMIT;
SELECT reason FROM test.secrets, modelapi_acl.authorize_invocation(test.id('churn'), 'Basic ' || translate(encode((secret || ':' || secret)::bytea, 'base64'), E'\n', ''));
SELECT modelapi_acl.import_token(test.id('churn'), 'begins with mapu_', sha256(secret::bytea)) IS NOT NULL AS imported FROM test.secrets WHERE kind = 'personal';
SELECT modelapi_acl.import_personal_token('founder', 'begins with mapi_', sha256(secret::bytea), NULL) IS NOT NULL AS imported FROM test.secrets WHERE kind = 'own';
SELECT reason, token_name, test.name(user_id)
FROM test.secrets, modelapi_acl.authorize_invocation(test.id('churn'), 'Basic ' || translate(encode((secret || ':' || secret)::bytea, 'base64'), E'\n', '')) ORDER BY 2;
