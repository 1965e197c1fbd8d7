-- authorize_invocation: its answers, challenges and strict parsing. A refused request is an
-- answer, never an error.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE FUNCTION test.basic(username text, password text DEFAULT NULL) RETURNS text LANGUAGE sql IMMUTABLE
	AS $$ SELECT 'Basic ' || translate(encode(convert_to($1 || ':' || coalesce($2, $1), 'UTF8'), 'base64'), E'\n', '') $$;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
CREATE TEMP TABLE token AS
SELECT n AS name, c.token, c.id FROM (VALUES ('sync', 'churn', NULL), ('async', 'forecast', NULL),
	('short', 'churn', clock_timestamp() + interval '0.2 s'), ('revoked', 'churn', NULL)) v(n, m, e),
	LATERAL modelapi_acl.create_token(test.id(m), n, e) c;
SELECT modelapi_acl.revoke_token(id) FROM token WHERE name = 'revoked';
COMMIT;
SELECT pg_sleep(0.3) \g /dev/null
CREATE FUNCTION test.token(text) RETURNS text LANGUAGE sql AS $$ SELECT token FROM pg_temp.token WHERE name = $1 $$;
GRANT ALL ON token TO PUBLIC;
SET SESSION AUTHORIZATION regress_gateway;
SELECT v.label, a.allowed, a.status, a.reason, a.token_name, a.token_id IS NOT NULL AS id, a.www_authenticate
FROM (VALUES
	(1, 'no such model API', gen_random_uuid(), test.basic(test.token('sync'))),
	(2, 'no model API', NULL, test.basic(test.token('sync'))),
	(3, 'unrestricted, no header', test.id('weather'), NULL),
	(4, 'unrestricted, any header', test.id('weather'), 'Nonsense' || chr(1)),
	(5, 'sync, none', test.id('churn'), NULL),
	(6, 'sync, empty', test.id('churn'), ''),
	(7, 'sync, valid', test.id('churn'), test.basic(test.token('sync'))),
	(8, 'sync, valid, scheme in upper case and spaces', test.id('churn'), replace(test.basic(test.token('sync')), 'Basic ', 'BASIC   ')),
	(9, 'sync, Bearer', test.id('churn'), 'Bearer ' || test.token('sync')),
	(10, 'sync, Digest', test.id('churn'), 'Digest username="x"'),
	(11, 'sync, Token', test.id('churn'), 'Token ' || test.token('sync')),
	(12, 'sync, token without a scheme', test.id('churn'), test.token('sync')),
	(13, 'sync, halves differ', test.id('churn'), test.basic(test.token('sync'), test.token('async'))),
	(14, 'sync, password in another case', test.id('churn'), test.basic(test.token('sync'), lower(test.token('sync')))),
	(15, 'sync, password is longer', test.id('churn'), test.basic(test.token('sync'), test.token('sync') || ':')),
	(16, 'sync, no password', test.id('churn'), test.basic(test.token('sync'), '')),
	(17, 'sync, no username', test.id('churn'), test.basic('', test.token('sync'))),
	(18, 'sync, no colon', test.id('churn'), 'Basic ' || encode('abc', 'base64')),
	(19, 'sync, a colon alone', test.id('churn'), 'Basic ' || encode(':', 'base64')),
	(20, 'sync, unknown text', test.id('churn'), test.basic('secret')),
	(21, 'sync, of another model API', test.id('churn'), test.basic(test.token('async'))),
	(22, 'sync, expired', test.id('churn'), test.basic(test.token('short'))),
	(23, 'sync, revoked', test.id('churn'), test.basic(test.token('revoked'))),
	(24, 'sync, credentials missing', test.id('churn'), 'Basic'),
	(25, 'sync, no base64', test.id('churn'), 'Basic !!!!'),
	(26, 'sync, no padding', test.id('churn'), rtrim(test.basic('ab'), '=')),
	(27, 'sync, too much padding', test.id('churn'), test.basic('ab') || '===='),
	(28, 'sync, padding bits set', test.id('churn'), 'Basic YTphYX=='),
	(29, 'sync, padding within', test.id('churn'), 'Basic YQ==YTph'),
	(30, 'sync, leading space', test.id('churn'), ' ' || test.basic(test.token('sync'))),
	(31, 'sync, trailing space', test.id('churn'), test.basic(test.token('sync')) || ' '),
	(32, 'sync, tab', test.id('churn'), replace(test.basic(test.token('sync')), ' ', E'\t')),
	(33, 'sync, line end', test.id('churn'), test.basic(test.token('sync')) || E'\r\n'),
	(34, 'sync, space within', test.id('churn'), overlay(test.basic(test.token('sync')) PLACING ' ' FROM 20 FOR 1)),
	(35, 'sync, two of them', test.id('churn'), test.basic(test.token('sync')) || ', ' || test.basic(test.token('sync'))),
	(36, 'sync, NUL inside', test.id('churn'), 'Basic ' || encode('\x6100623a610062'::bytea, 'base64')),
	(37, 'sync, invalid UTF-8 inside', test.id('churn'), 'Basic ' || encode('\xff3aff'::bytea, 'base64')),
	(38, 'sync, overlong UTF-8 inside', test.id('churn'), 'Basic ' || encode('\xc0af3ac0af'::bytea, 'base64')),
	(39, 'sync, other characters', test.id('churn'), test.basic('pässword')),
	(40, 'sync, 8 KiB', test.id('churn'), rpad('Basic ', 8192, 'A')),
	(41, 'sync, more than 8 KiB', test.id('churn'), rpad('Basic ', 8193, 'A')),
	(42, 'sync, 1 MiB', test.id('churn'), rpad('Basic ', 1048576, 'A')),
	(50, 'async, none', test.id('forecast'), NULL),
	(51, 'async, valid', test.id('forecast'), 'Bearer ' || test.token('async')),
	(52, 'async, valid, lower case and spaces', test.id('forecast'), 'bearer   ' || test.token('async')),
	(53, 'async, Basic', test.id('forecast'), test.basic(test.token('async'))),
	(54, 'async, Token', test.id('forecast'), 'Token ' || test.token('async')),
	(55, 'async, of another model API', test.id('forecast'), 'Bearer ' || test.token('sync')),
	(56, 'async, unknown', test.id('forecast'), 'Bearer abc'),
	(57, 'async, typo', test.id('forecast'), 'Bearer ' || reverse(test.token('async'))),
	(58, 'async, padded', test.id('forecast'), 'Bearer ' || test.token('async') || '='),
	(59, 'async, credentials missing', test.id('forecast'), 'Bearer'),
	(60, 'async, two of them', test.id('forecast'), 'Bearer ' || test.token('async') || ', Bearer ' || test.token('async')),
	(61, 'async, quoted', test.id('forecast'), 'Bearer "' || test.token('async') || '"'),
	(62, 'async, colon', test.id('forecast'), 'Bearer:' || test.token('async'))
) v(place, label, id, header), LATERAL modelapi_acl.authorize_invocation(v.id, v.header) a
ORDER BY v.place;

-- The variant with a digest, for gateways that do not send the secret
SELECT v.label, a.allowed, a.status, a.reason, a.token_name, a.www_authenticate
FROM (VALUES
	(1, 'sync, valid', test.id('churn'), 'basic', sha256(test.token('sync')::bytea)),
	(2, 'sync, valid, other case', test.id('churn'), 'Basic', sha256(test.token('sync')::bytea)),
	(3, 'sync, bearer', test.id('churn'), 'bearer', sha256(test.token('sync')::bytea)),
	(4, 'sync, no scheme', test.id('churn'), NULL, sha256(test.token('sync')::bytea)),
	(5, 'sync, no digest', test.id('churn'), 'basic', NULL),
	(6, 'sync, a short digest', test.id('churn'), 'basic', '\x00'::bytea),
	(7, 'sync, unknown', test.id('churn'), 'basic', sha256('x')),
	(8, 'sync, of another model API', test.id('churn'), 'basic', sha256(test.token('async')::bytea)),
	(9, 'sync, revoked', test.id('churn'), 'basic', sha256(test.token('revoked')::bytea)),
	(10, 'sync, expired', test.id('churn'), 'basic', sha256(test.token('short')::bytea)),
	(11, 'async, valid', test.id('forecast'), 'bearer', sha256(test.token('async')::bytea)),
	(12, 'async, unknown', test.id('forecast'), 'bearer', sha256('x')),
	(13, 'async, basic', test.id('forecast'), 'basic', sha256(test.token('async')::bytea)),
	(14, 'unrestricted', test.id('weather'), NULL, NULL),
	(15, 'no such model API', gen_random_uuid(), 'basic', sha256('x')),
	(16, 'no model API', NULL, 'basic', sha256('x'))
) v(place, label, id, scheme, digest), LATERAL modelapi_acl.authorize_invocation(v.id, v.scheme, v.digest) a
ORDER BY v.place;

-- It only reads: it works in read-only transactions, under every isolation level
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT allowed FROM modelapi_acl.authorize_invocation(test.id('churn'), test.basic(test.token('sync')));
COMMIT;
RESET SESSION AUTHORIZATION;

-- The session's user does not matter, and a new authorization mode counts at once
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
UPDATE modelapi_acl.model_apis SET invocation_mode = 'async' WHERE id = test.id('churn');
SELECT allowed, reason, www_authenticate FROM modelapi_acl.authorize_invocation(test.id('churn'), test.basic(test.token('sync')));
SELECT allowed, reason FROM modelapi_acl.authorize_invocation(test.id('churn'), 'Bearer ' || test.token('sync'));
ROLLBACK;
-- Bad headers fill no table and no cache: 100,000 refused requests
SELECT reason, count(*) FROM generate_series(1, 100000) i,
	LATERAL modelapi_acl.authorize_invocation(test.id('churn'), 'Basic ' || md5(i::text)) a GROUP BY 1;
