-- A user in very many organizations, few of which have grants: exactly those grants count,
-- whichever way the scan takes.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

-- 1,500 organizations: "stranger" is in every second one, "sibling" in the first nine. 200
-- projects with three model APIs each. Every third organization has a grant on a project, every
-- seventh one on a model API; some have expired.
SET row_security = off;
CREATE TABLE test.organizations AS
SELECT i, gen_random_uuid() AS id FROM generate_series(1, 1500) AS i;
INSERT INTO modelapi_acl.organizations (id, name) SELECT id, 'many-' || i FROM test.organizations;
INSERT INTO modelapi_acl.organization_members (organization_id, user_id)
SELECT id, test.id('stranger') FROM test.organizations WHERE i % 2 = 0
UNION ALL SELECT id, test.id('sibling') FROM test.organizations WHERE i <= 9;
CREATE TABLE test.projects AS
SELECT i, gen_random_uuid() AS id FROM generate_series(1, 200) AS i;
INSERT INTO modelapi_acl.projects (id, name) SELECT id, 'many-' || i FROM test.projects;
CREATE TABLE test.model_apis AS
SELECT p.i * 10 + n AS i, p.id AS project_id, gen_random_uuid() AS id FROM test.projects AS p, generate_series(1, 3) AS n;
INSERT INTO modelapi_acl.model_apis (id, project_id, name) SELECT id, project_id, 'many-' || i FROM test.model_apis;
-- on the first project: grants of 200 users and 100 organizations
INSERT INTO modelapi_acl.users (id, username) SELECT gen_random_uuid(), 'many-user-' || i FROM generate_series(1, 200) AS i;
INSERT INTO modelapi_acl.project_collaborators (project_id, user_id)
SELECT p.id, u.id FROM test.projects AS p, modelapi_acl.users AS u WHERE p.i = 1 AND u.username LIKE 'many-user-%';
INSERT INTO modelapi_acl.project_collaborators (project_id, organization_id, access_level, expires_at)
SELECT p.id, o.id, (ARRAY['viewer', 'editor', 'owner'])[1 + o.i / 6 % 3]::modelapi_acl.access_level,
	CASE WHEN o.i % 5 = 0 THEN now() - interval '1 day' END
FROM test.organizations AS o JOIN test.projects AS p ON p.i = CASE WHEN o.i <= 200 THEN 1 ELSE 1 + (o.i / 3) % 100 END
WHERE o.i % 3 = 0 OR o.i <= 200 AND o.i % 7 = 1;
INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, organization_id, access_level)
SELECT m.id, o.id, 'editor' FROM test.organizations AS o JOIN test.model_apis AS m ON m.i = 2001 + (o.i / 7) % 100 * 10
WHERE o.i % 7 = 0;
RESET row_security;

-- Computed by a plain query: the highest level on each model API
CREATE VIEW test.expected AS
SELECT u.username, m.id, max(g.access_level) AS access_level
FROM modelapi_acl.model_apis AS m
	JOIN (SELECT project_id, NULL::uuid AS model_api_id, user_id, organization_id, access_level, expires_at FROM modelapi_acl.project_collaborators
		UNION ALL SELECT NULL, model_api_id, user_id, organization_id, access_level, expires_at FROM modelapi_acl.model_api_collaborators) AS g
		ON (g.project_id = m.project_id OR g.model_api_id = m.id) AND (g.expires_at IS NULL OR g.expires_at > now())
	JOIN modelapi_acl.users AS u ON u.id = g.user_id OR EXISTS (
		SELECT FROM modelapi_acl.organization_members AS o WHERE o.organization_id = g.organization_id AND o.user_id = u.id)
WHERE u.username IN ('stranger', 'sibling')
GROUP BY u.username, m.id;
CREATE TABLE test.found (username text, way text, id uuid, access_level modelapi_acl.access_level);
GRANT SELECT, INSERT ON test.found, test.projects, test.model_apis, test.organizations TO PUBLIC;

-- one statement for each model API, one for all; listed, counted, ordered
CREATE PROCEDURE test.look(username text) LANGUAGE plpgsql AS $$
DECLARE m record;
BEGIN
	COMMIT;
	SET LOCAL SESSION AUTHORIZATION regress_backend;
	PERFORM modelapi_acl.set_session_user($1);
	FOR m IN SELECT * FROM test.model_apis LOOP
		INSERT INTO test.found VALUES ($1, 'one by one', m.id, modelapi_acl.effective_access_level(m.id));
	END LOOP;
	INSERT INTO test.found SELECT $1, 'all at once', n.id, modelapi_acl.effective_access_level(n.id) FROM test.model_apis AS n;
	INSERT INTO test.found SELECT $1, 'rows', n.id FROM modelapi_acl.model_apis AS n;
	INSERT INTO test.found SELECT $1, 'listed', n.id FROM modelapi_acl.list_model_apis('edit_settings') AS n;
	INSERT INTO test.found SELECT $1, 'newest', n.id FROM (SELECT f.id FROM modelapi_acl.model_apis AS f ORDER BY f.created_at DESC, f.id DESC LIMIT 10000) AS n;
	INSERT INTO test.found SELECT $1, 'by id', n.id FROM test.model_apis AS t CROSS JOIN LATERAL (
		SELECT f.id FROM modelapi_acl.model_apis AS f WHERE f.id = t.id OFFSET 0) AS n;
	INSERT INTO test.found SELECT $1, 'members', o.organization_id FROM modelapi_acl.organization_members AS o;
	INSERT INTO test.found SELECT $1, 'grants', c.id FROM modelapi_acl.project_collaborators AS c;
	COMMIT;
END
$$;
CALL test.look('stranger');
CALL test.look('sibling');

-- Model APIs found that should not be, or the reverse: none
CREATE VIEW test.differences AS
WITH expected AS (
	SELECT e.username, w.way, e.id, CASE WHEN w.levels THEN e.access_level END AS access_level
	FROM test.expected AS e CROSS JOIN (VALUES ('one by one', true, 'viewer'), ('all at once', true, 'viewer'),
		('rows', false, 'viewer'), ('newest', false, 'viewer'), ('listed', false, 'editor')) AS w (way, levels, least)
	WHERE e.access_level >= w.least::modelapi_acl.access_level AND e.id IN (SELECT id FROM test.model_apis)),
found AS (
	SELECT * FROM test.found WHERE id IN (SELECT id FROM test.model_apis)
		AND (way IN ('rows', 'newest', 'listed') OR way IN ('one by one', 'all at once') AND access_level IS NOT NULL)),
askers AS (SELECT DISTINCT username FROM test.found)
(SELECT 'missing' AS what, * FROM expected WHERE username IN (SELECT username FROM askers) EXCEPT ALL SELECT 'missing', * FROM found)
UNION ALL
(SELECT 'too much', * FROM found EXCEPT ALL SELECT 'too much', * FROM expected);
SELECT * FROM test.differences LIMIT 10;
SELECT username, way, count(*), count(DISTINCT id) AS distinct FROM test.found WHERE access_level IS NOT NULL OR way NOT IN ('one by one', 'all at once')
GROUP BY 1, 2 ORDER BY 1, 2;
-- The user's memberships, the members of their organizations, the grants that they may see
SELECT f.username, count(*) FROM test.found AS f WHERE f.way = 'members'
	AND NOT EXISTS (SELECT FROM modelapi_acl.organization_members AS m WHERE m.organization_id = f.id AND m.user_id = test.id(f.username))
GROUP BY 1;
-- Leaving an organization ends its grants for the user
BEGIN;
SET LOCAL row_security = off;
SELECT count(*) > 0 AS had FROM test.expected WHERE username = 'stranger' AND access_level = 'owner';
DELETE FROM modelapi_acl.organization_members AS m USING modelapi_acl.project_collaborators AS c
WHERE m.user_id = test.id('stranger') AND m.organization_id = c.organization_id AND c.access_level = 'owner';
SET LOCAL row_security = on;
SELECT modelapi_acl.set_session_user('stranger') IS NOT NULL AS stranger;
SELECT count(*) FROM test.model_apis AS m WHERE modelapi_acl.effective_access_level(m.id) = 'owner';
SELECT count(*) FROM test.model_apis AS m WHERE modelapi_acl.has_permission(m.id, 'delete') AND m.i < 50;
ROLLBACK;
-- Without the ordered indexes on memberships and grants: slower, same answers
DELETE FROM test.found;
DROP INDEX modelapi_acl.organization_members_by_user, modelapi_acl.project_collaborators_by_organization,
	modelapi_acl.project_collaborators_of_organizations, modelapi_acl.model_api_collaborators_of_organizations;
ALTER TABLE modelapi_acl.project_collaborators DROP CONSTRAINT project_collaborators_organization_key;
DELETE FROM test.model_apis WHERE i % 10 = 3;	-- fewer, to save time
CALL test.look('stranger');
SELECT * FROM test.differences LIMIT 10;
SELECT way, count(*), count(DISTINCT id) AS distinct FROM test.found
WHERE access_level IS NOT NULL OR way NOT IN ('one by one', 'all at once') GROUP BY 1 ORDER BY 1;
