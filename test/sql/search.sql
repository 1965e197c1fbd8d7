-- Search: by words of name and description, what one may view, best match first.
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

-- What changes is found at once, also by the transaction itself; undone with it
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
-- a page of it; the search's own parts are for nobody
SELECT name FROM modelapi_acl.search_model_apis('churn or rain') LIMIT 1;
SELECT name FROM modelapi_acl.search_model_apis('churn or rain') WHERE visibility = 'private' ORDER BY name;
SAVEPOINT s;
SELECT * FROM modelapi_acl_internal.search('churn');
ROLLBACK TO s;
SELECT * FROM modelapi_acl_internal.search_documents;
ROLLBACK;
-- each model API has its document
SELECT count(*) FROM modelapi_acl.model_apis m FULL JOIN modelapi_acl_internal.search_documents d ON d.model_api_id = m.id
WHERE d.document IS DISTINCT FROM modelapi_acl_internal.search_document(m.name, m.description);

-- A query has a bound: 1,000 characters and 50 words
SELECT test.try(format('SELECT modelapi_acl.search_model_apis(%L)', q)) FROM (VALUES
	(1, repeat('churn or ', 49) || 'churn'),
	(2, repeat('churn or ', 50) || 'churn'),
	(3, repeat('x', 1000)),
	(4, repeat('x', 1001)),
	(5, repeat('a or ', 20000)),
	(6, repeat('"', 1000)),
	(7, repeat('-', 1000)),
	(8, repeat('the ', 250))) AS v (place, q) ORDER BY place;
