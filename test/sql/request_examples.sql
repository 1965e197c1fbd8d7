-- request_examples: working calls of a model API. test/checks/examples runs the code.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all
\pset format unaligned
\pset tuples_only on
\set url '''https://models.example.com/churn/predict'''

-- Restricted: churn takes Basic, forecast Bearer. Weather is unrestricted.
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT * FROM modelapi_acl.request_examples(test.id('churn'), :url);
SELECT * FROM modelapi_acl.request_examples(test.id('forecast'), :url);
SELECT * FROM modelapi_acl.request_examples(test.id('weather'), :url);
COMMIT;

-- The token's placeholder, what encodes the pair for Basic, and the URL, in every language
CREATE FUNCTION pg_temp.summary(model_api text) RETURNS TABLE (language text, token boolean, pair boolean, bearer boolean, urls bigint)
LANGUAGE sql AS $$
	SELECT e.language, code LIKE '%$TOKEN%', code ~* 'TOKEN:\$TOKEN|token \+ ":" \+ token|\{token\}:\{token\}|auth_basic', code ~* 'bearer',
		(SELECT count(*) FROM regexp_matches(code, 'https://h/x', 'g'))
	FROM modelapi_acl.request_examples(test.id($1), 'https://h/x') e $$;
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT m, s.* FROM unnest(ARRAY['churn', 'forecast', 'weather']) m, pg_temp.summary(m) s;
-- The modes are those of now
SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'unrestricted') \g /dev/null
UPDATE modelapi_acl.model_apis SET invocation_mode = 'sync' WHERE id = test.id('forecast');
SELECT m, s.* FROM unnest(ARRAY['churn', 'forecast']) m, pg_temp.summary(m) s;
-- No line keeps its mark, and no part of a template is left
SELECT count(*) AS examples, count(*) FILTER (WHERE code ~ '\[[a-z]+\]|\{url\}') AS unfinished
FROM modelapi_acl.model_apis m, modelapi_acl.request_examples(m.id, 'https://h/x');
ROLLBACK;
RESET SESSION AUTHORIZATION;

-- Who may ask: whoever may view it. Hidden and missing are the same.
INSERT INTO test.attempts (label, statement) VALUES
	('private', $$SELECT count(*) FROM modelapi_acl.request_examples(test.id('churn'), 'https://h/x')$$),
	('public', $$SELECT count(*) FROM modelapi_acl.request_examples(test.id('weather'), 'https://h/x')$$),
	('missing', $$SELECT count(*) FROM modelapi_acl.request_examples(test.id('founder'), 'https://h/x')$$),
	('NULL', $$SELECT count(*) FROM modelapi_acl.request_examples(NULL, 'https://h/x')$$),
	('private, url is not valid', $$SELECT count(*) FROM modelapi_acl.request_examples(test.id('churn'), 'x')$$),
	('private, no url', $$SELECT count(*) FROM modelapi_acl.request_examples(test.id('churn'), NULL)$$);
CALL test.play();
\pset tuples_only off
TABLE test.outcomes;
SET SESSION AUTHORIZATION regress_gateway;
SELECT test.try($$SELECT modelapi_acl.request_examples(test.id('churn'), 'https://h/x')$$);
SET SESSION AUTHORIZATION regress_log_writer;
SELECT test.try($$SELECT modelapi_acl.request_examples(test.id('churn'), 'https://h/x')$$);
SET SESSION AUTHORIZATION regress_nobody;
SELECT test.try($$SELECT modelapi_acl.request_examples(test.id('churn'), 'https://h/x')$$);
-- An administrator
SET SESSION AUTHORIZATION regress_admin;
SELECT language FROM modelapi_acl.request_examples(test.id('churn'), 'https://h/x');
SELECT test.try($$SELECT modelapi_acl.request_examples(test.id('founder'), 'https://h/x')$$);

-- URLs that are refused
CREATE FUNCTION pg_temp.answer(url text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT substring(code FROM '^curl ''(.*?)''') FROM modelapi_acl.request_examples(test.id('churn'), $1) WHERE language = 'curl');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT to_json(url) AS url, pg_temp.answer(url) FROM unnest(ARRAY[
	'', ' ', 'http', 'http:', 'http://', 'https:///x', 'http:/h', '//h/x', 'h', 'h/x', '/x', 'ftp://h', 'file:///etc/passwd',
	'javascript:alert(1)', 'xhttp://h', 'httpss://h', ' http://h', 'http://h ', E'http://h\n', E'\nhttp://h', E'ftp://h\nhttp://h',
	E'http://h/\thttp://h', 'http://h/a b', E'http://h/\u00e4', E'http://\u00e4.example',
	'http://h/''', 'http://h/"', 'http://h/`id`', 'http://h/$x', 'http://h/$TOKEN', 'http://h/\', 'http://h/?''', 'http://h/#"',
	'http://u@h/', 'http://u:p@h/', 'http://h:/x', 'http://h:x/', 'http://h:80:80/', 'http://h:-1/', 'http://h%41/', 'http://[::1/',
	'http://::1/', 'http://[h]/', 'http://[]/', 'http://h!/', 'http://h|x/', 'http://h"/', 'http://$h/', 'http://-d@h/']) WITH ORDINALITY u (url, n)
ORDER BY n;
SELECT test.try($$SELECT modelapi_acl.request_examples(test.id('churn'), 'http://h/"')$$);
SELECT test.try($$SELECT modelapi_acl.request_examples(test.id('churn'), NULL)$$);
-- Of all characters that a text may have after the host, exactly these are accepted
SELECT string_agg(chr(n), '' ORDER BY n) FROM generate_series(1, 1000) n WHERE pg_temp.answer('http://h/' || chr(n)) NOT LIKE '22023 url is not valid';
-- URLs that are accepted: what has to be escaped is escaped, and the fragment is not sent
SELECT url, pg_temp.answer(url) FROM unnest(ARRAY[
	'http://h', 'HTTPS://h', 'http://h:8080', 'http://127.0.0.1:8080/x', 'http://[::1]:8080/x', 'http://my_host.a-b.example/',
	'http://h?a=1', 'http://h/#f', 'http://h#f?#[x]', 'http://h/a?b={x}|[y]&c=<z>^', 'http://h/50%', 'http://h/%41%4g%%41', 'http://h/{url}',
	'http://h/!&()*+,-./:;=?@_~', 'http://h/[basic]', 'http://h/' || repeat('x', 10)]) WITH ORDINALITY u (url, n)
ORDER BY n;
