-- An application's table, mallory's, that refers to the extension's tables, and mallory's code on
-- it. Read by power/cascades.py and power/deletions.py.

-- name: table
CREATE TABLE trap.app (
	{columns} REFERENCES modelapi_acl.{target} ON DELETE {on_delete}{constraints});
GRANT ALL ON trap.app TO PUBLIC;

-- name: table below
CREATE TABLE trap.app_below (id uuid REFERENCES trap.app (id) ON DELETE CASCADE);

-- name: trigger
CREATE TRIGGER t {time} {event} ON trap.{table}
	FOR EACH {what} EXECUTE FUNCTION trap.{function}('cascade');

-- name: condition of a trigger
CREATE TRIGGER t AFTER DELETE ON trap.app
	FOR EACH ROW WHEN (trap.p('cascade', 1)) EXECUTE FUNCTION trap.on_row('-');

-- name: deferred trigger
CREATE CONSTRAINT TRIGGER t AFTER DELETE ON trap.app DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION trap.on_row('cascade');

-- name: rule
CREATE RULE r AS ON DELETE TO trap.app DO ALSO SELECT trap.probe('cascade');

-- name: index expression
CREATE INDEX ON trap.app (trap.f('cascade', (id IS NULL)::int));

-- name: index predicate
CREATE INDEX ON trap.app (id) WHERE trap.p('cascade', (id IS NULL)::int);

-- name: default
ALTER TABLE trap.app
	ALTER id SET DEFAULT CASE WHEN trap.probe('cascade') THEN NULL::uuid END;

-- name: cast
CREATE TYPE trap.key AS (id uuid);
CREATE FUNCTION trap.to_key(trap.key) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN PERFORM trap.probe('cascade'); RETURN ($1).id; END $$;
CREATE CAST (trap.key AS uuid) WITH FUNCTION trap.to_key(trap.key) AS IMPLICIT;

-- name: create a model API
SELECT test.remember('doomed', modelapi_acl.create_model_api(test.id('grave'), 'doomed'));

-- name: create a user
SELECT test.remember('doomed', modelapi_acl.create_user('d' || n, 'd' || n || '@example.com'))
FROM nextval('test.numbers') AS n;

-- name: create an organization
SELECT test.remember('doomed',
	modelapi_acl.create_organization('d' || nextval('test.numbers')));

-- name: delete the organization
SELECT modelapi_acl.delete_organization(
	(SELECT name FROM modelapi_acl.organizations WHERE id = test.id('doomed')));

-- name: add a member
SELECT modelapi_acl.add_organization_member(
	(SELECT name FROM modelapi_acl.organizations WHERE id = test.id('doomed')), 'm_viewer');

-- name: remove the member
SELECT modelapi_acl.remove_organization_member(
	(SELECT name FROM modelapi_acl.organizations WHERE id = test.id('doomed')), 'm_viewer');

-- name: grant of a model API
SELECT id FROM modelapi_acl.model_api_collaborators
WHERE model_api_id = test.id('doomed') AND user_id = test.id('{user}');

-- name: grant of a project
SELECT id FROM modelapi_acl.project_collaborators
WHERE project_id = test.id('grave') AND user_id = test.id('m_viewer');

-- name: token
SELECT id FROM modelapi_acl.access_tokens WHERE model_api_id = test.id('doomed');

-- name: write an old log
INSERT INTO modelapi_acl.model_api_logs (model_api_id, logged_at, message)
SELECT test.id('churn'), '2020-01-01', 'doomed';

-- name: log
SELECT id FROM modelapi_acl.model_api_logs WHERE message = 'doomed';
