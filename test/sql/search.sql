-- search_model_apis: by words of name and description and by id, only what the user may view, best
-- match first.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
UPDATE modelapi_acl.model_apis SET description = 'Who leaves next month, from account activity' WHERE name = 'churn';
UPDATE modelapi_acl.model_apis SET description = 'Sales of the next month and the months after; feeds the churn dashboards' WHERE name = 'forecast';
UPDATE modelapi_acl.model_apis SET description = 'Rain radar, rain and sun, for all' WHERE name = 'weather';
SELECT modelapi_acl.create_model_api(test.id('growth'), 'churn-small', 'A small churn model: churn in a week') IS NOT NULL AS made;
COMMIT;

CREATE TABLE test.searches (place serial, query text);
GRANT SELECT ON test.searches TO PUBLIC;
INSERT INTO test.searches (query) VALUES
('churn'), ('CHURN'), ('leaving'), ('month'), ('"next month"'), ('churn -dashboards'), ('rain or sales'), ('rain'),
('nothing of the kind'), (''), ('the'), ('!!! ( & |'), (NULL), ('%'), (E'churn\\'), (repeat('churn ', 50));
CREATE TABLE test.found (who text, place int, names text);
GRANT SELECT, INSERT ON test.found TO PUBLIC;
SET client_min_messages = warning;
CALL test.each($$
	INSERT INTO test.found SELECT '%who%', place, (SELECT string_agg(name, ', ' ORDER BY n) FROM modelapi_acl.search_model_apis(query) WITH ORDINALITY s (id, project_id, name, description, visibility, authorization_mode, invocation_mode, created_by, created_at, updated_at, n))
	FROM test.searches $$);
RESET client_min_messages;
SELECT left(query, 30) AS query, names, string_agg(who, ' ' ORDER BY who) AS who
FROM test.found JOIN test.searches USING (place) GROUP BY place, query, names ORDER BY place, names;

-- A change is found at once, by the same transaction too, and is undone with it
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SET LOCAL ROLE modelapi_acl_user;
UPDATE modelapi_acl.model_apis SET name = 'attrition' WHERE name = 'churn-small';
SELECT name FROM modelapi_acl.search_model_apis('attrition');
SAVEPOINT s;
UPDATE modelapi_acl.model_apis SET description = NULL WHERE name = 'weather';
SELECT name FROM modelapi_acl.search_model_apis('rain');
ROLLBACK TO s;
SELECT name FROM modelapi_acl.search_model_apis('rain');
SELECT modelapi_acl.delete_model_api(id) FROM modelapi_acl.model_apis WHERE name = 'attrition';
SELECT name FROM modelapi_acl.search_model_apis('attrition');
-- a page of results; no role may call the search's internal functions
SELECT name FROM modelapi_acl.search_model_apis('churn or rain') LIMIT 1;
SELECT name FROM modelapi_acl.search_model_apis('churn or rain') WHERE visibility = 'private' ORDER BY name;
SAVEPOINT s;
SELECT modelapi_acl_internal.matching_id(test.id('churn'));
ROLLBACK TO s;
SELECT * FROM modelapi_acl_internal.search_documents;
ROLLBACK;
-- each model API has an up-to-date search document
SELECT count(*) FROM modelapi_acl.model_apis m FULL JOIN modelapi_acl_internal.search_documents d ON d.model_api_id = m.id
WHERE d.document IS DISTINCT FROM modelapi_acl_internal.search_document(m.name, m.description);

-- Words, prefixes, parts of names, accents, other scripts, ids
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SET LOCAL ROLE modelapi_acl_user;
SELECT modelapi_acl.create_model_api(test.id('growth'), name, description) IS NOT NULL AS made FROM (VALUES
	('mistral-7b-instruct', NULL), ('Llama-3.1-8B-Instruct', NULL), ('Café-Détecteur', 'Reconnaît les cafés'),
	('通义千问-7B', '阿里云的大语言模型'), ('日本語モデル', NULL), ('ＦＵＬＬ　ｗｉｄｔｈ', NULL), ('Straße_Ё', NULL), ('a_b.c/d', 'It''s "quoted" \ back:* & | ! <-> slash')) v (name, description);
SELECT query, (SELECT string_agg(name, ', ' ORDER BY name COLLATE "C") FROM modelapi_acl.search_model_apis(query)) AS names
FROM unnest(ARRAY['mistral-7b', 'mistral 7', 'MISTRAL_7B', 'istral', 'Llama 3.1', '3.1', '8b', '8', 'llam', 'cafe', 'CAFÉ', E'cafe\u0301', 'detecteur', 'reconnait',
	'千问', '问', '语言', '千言', '7B通义', 'モデル', 'ﾓﾃﾞﾙ', '本語', 'full width', 'strasse е', 'STRASSE', 'a_b.c/d', 'c d', 'quoted', '''', '\', ':*', '<->', 'quoted & slash', '“quoted”', '-instruct llama or mistral',
	'llama -instruct', '"3.1 8b"', '"instruct llama"', 'llama -', 'or', 'llama or', '-- llama', '--', '"', '""', '(llama)', 'instruct,llama']) WITH ORDINALITY q (query, n) ORDER BY n;
-- by id, in every form of uuid, before a description that contains it
SELECT modelapi_acl.create_model_api(test.id('growth'), 'copy', 'Made from ' || test.id('churn')) IS NOT NULL AS made;
SELECT form, (SELECT string_agg(name || ' ' || place, ', ' ORDER BY place) FROM modelapi_acl.search_places(format(form, test.id('churn'))) p JOIN modelapi_acl.model_apis m ON m.id = p.model_api_id) AS names
FROM unnest(ARRAY['%s', ' %s ', '{%s}', 'urn:uuid:%s', '%s0', 'x%s']) form;
SELECT (SELECT string_agg(name, ', ') FROM modelapi_acl.search_model_apis(upper(replace(test.id('churn')::text, '-', '')))) AS without_hyphens;
ROLLBACK;
-- an id finds only what the user may view
CALL test.each($$
	INSERT INTO test.found SELECT '%who%', 0, (SELECT string_agg(name, ', ') FROM modelapi_acl.search_model_apis(test.id('churn')::text)) $$);
SELECT names, string_agg(who, ' ' ORDER BY who) AS who FROM test.found WHERE place = 0 GROUP BY names ORDER BY names;
-- A query is limited to 1,000 characters and 50 words
SELECT test.try(format('SELECT modelapi_acl.search_model_apis(%L)', q)) FROM (VALUES
	(1, repeat('churn or ', 49) || 'churn'),
	(2, repeat('churn or ', 50) || 'churn'),
	(3, repeat('x', 1000)),
	(4, repeat('x', 1001)),
	(5, repeat('a or ', 20000)),
	(6, repeat('"', 1000)),
	(7, repeat('-', 1000)),
	(8, repeat('the ', 250)),
	(9, repeat('千', 50)),
	(10, repeat('千', 102)),
	(11, (SELECT string_agg('w' || n, '-') FROM generate_series(1, 51) n))) AS v (place, q) ORDER BY place;
