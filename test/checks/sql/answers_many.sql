-- 1,000 model APIs of 20 projects, with 200 users and an organization of 60: for measuring how long
-- answers take. Runs in a transaction that is open; the caller commits.
SELECT setseed(0.5);
SELECT modelapi_acl.create_user('time' || n, 'time' || n || '@example.com')
FROM generate_series(1, 200) n;
COMMIT;
SELECT modelapi_acl.set_session_user('time1');
SELECT modelapi_acl.create_organization('time-team');
SELECT modelapi_acl.add_organization_member('time-team', 'time' || n)
FROM generate_series(2, 60) n;
CREATE TEMP TABLE made (project uuid, id uuid);
INSERT INTO made SELECT p.id, modelapi_acl.create_model_api(p.id, 'm' || m)
FROM (SELECT modelapi_acl.create_project('time' || n) AS id
		FROM generate_series(1, 20) n OFFSET 0) p,
	generate_series(1, 50) m;
SELECT modelapi_acl.add_collaborator(id, 'time' || 2 + (random() * 198)::integer)
FROM made, generate_series(1, 3);
SELECT modelapi_acl.add_project_collaborator(project, 'time-team', 'editor')
FROM (SELECT DISTINCT project FROM made) p
