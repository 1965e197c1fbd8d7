-- A hidden object and a missing one give the same answer, byte for byte: SQLSTATE, message,
-- detail, hint and row count. For a user without any access, and for one with access to another
-- model API of the same project.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE TABLE test.answers (answer text);
GRANT ALL ON test.answers TO PUBLIC;
CREATE TABLE test.probes (place serial, statement text);
GRANT SELECT ON test.probes TO PUBLIC;
INSERT INTO test.probes (statement) VALUES
($$SELECT modelapi_acl.set_visibility(%M, 'public')$$),
($$SELECT modelapi_acl.set_authorization_mode(%M, 'restricted')$$),
($$SELECT modelapi_acl.set_setting(%M, 'x', '1')$$),
($$SELECT modelapi_acl.delete_setting(%M, 'replicas')$$),
($$SELECT modelapi_acl.publish_version(%M, '{}')$$),
($$SELECT modelapi_acl.create_token(%M, 'x')$$),
($$SELECT modelapi_acl.add_collaborator(%M, 'stranger')$$),
($$SELECT modelapi_acl.add_collaborator(%M, 'nobody')$$),
($$SELECT modelapi_acl.remove_collaborator(%M, 'stranger')$$),
($$SELECT modelapi_acl.remove_collaborator(%M, 'expired')$$),
($$SELECT modelapi_acl.transfer_ownership(%M, 'founder')$$),
($$SELECT modelapi_acl.delete_model_api(%M)$$),
($$SELECT modelapi_acl.set_version_state(%V, 'stopped')$$),
($$SELECT modelapi_acl.revoke_token(%T)$$),
($$SELECT modelapi_acl.regenerate_token(%T)$$),
($$SELECT modelapi_acl.update_token(%T, name => ' ')$$),
($$SELECT modelapi_acl.suspend_token(%T)$$),
($$SELECT modelapi_acl.resume_token(%T)$$),
($$SELECT modelapi_acl.create_model_api(%P, 'x')$$),
($$SELECT modelapi_acl.create_model_api(%P, '')$$),
($$SELECT modelapi_acl.add_project_collaborator(%P, 'stranger')$$),
($$SELECT modelapi_acl.remove_project_collaborator(%P, 'stranger')$$),
($$SELECT modelapi_acl.transfer_project(%P, 'founder')$$),
($$SELECT modelapi_acl.delete_project(%P)$$),
($$INSERT INTO test.answers SELECT 'row' WHERE modelapi_acl.has_permission(%M, 'view')$$),
($$INSERT INTO test.answers SELECT unnest(modelapi_acl.my_permissions(%M))::text$$),
($$SELECT modelapi_acl.require_permission(%M, 'view')$$),
($$SELECT modelapi_acl.require_permission(%M, 'delete')$$),
($$SELECT modelapi_acl.require_permission(%M, NULL)$$),
($$INSERT INTO test.answers SELECT 'row' WHERE modelapi_acl.has_project_permission(%P, 'view_project')$$),
($$INSERT INTO test.answers SELECT unnest(modelapi_acl.my_project_permissions(%P))::text$$),
($$INSERT INTO test.answers SELECT 'row' WHERE modelapi_acl.has_permission_now(%M, 'view')$$),
($$INSERT INTO test.answers SELECT 'row' WHERE modelapi_acl.has_project_permission_now(%P, 'view_project')$$),
($$INSERT INTO test.answers SELECT modelapi_acl.effective_access_level(%M)::text$$),
($$UPDATE modelapi_acl.model_apis SET visibility = 'public' WHERE id = %M$$),
($$UPDATE modelapi_acl.model_apis SET name = '' WHERE id = %M$$),
($$INSERT INTO modelapi_acl.model_apis (project_id, name) VALUES (%P, 'x')$$),
($$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id) VALUES (%M, test.id('stranger'))$$),
($$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id) VALUES (%M, test.id('m_viewer')) ON CONFLICT DO NOTHING$$),
($$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id) VALUES (%M, test.id('m_viewer')) ON CONFLICT (model_api_id, user_id) DO UPDATE SET access_level = 'owner'$$),
($$MERGE INTO modelapi_acl.model_api_collaborators c USING (SELECT %M AS m) s ON c.model_api_id = s.m WHEN MATCHED THEN UPDATE SET access_level = 'viewer' WHEN NOT MATCHED THEN INSERT (model_api_id, user_id) VALUES (s.m, test.id('stranger'))$$),
($$INSERT INTO modelapi_acl.project_collaborators (project_id, user_id) VALUES (%P, test.id('stranger'))$$),
($$INSERT INTO modelapi_acl.model_api_versions (model_api_id, source) VALUES (%M, '{}')$$),
($$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (%M, 'replicas', '1')$$),
($$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (%M, 'replicas', '1') ON CONFLICT DO NOTHING$$),
($$UPDATE modelapi_acl.model_api_versions SET state = 'stopped' WHERE id = %V$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.model_api_logs WHERE model_api_id = %M$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.audit_events WHERE model_api_id = %M$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.audit_events WHERE project_id = %P AND model_api_id = %M$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.model_apis WHERE id = %M$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.model_apis WHERE id = %M FOR UPDATE$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.model_apis WHERE id = %M AND 1 / (id = %M)::int = 2$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.projects WHERE id = %P FOR SHARE$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.model_api_collaborators WHERE model_api_id = %M FOR UPDATE$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.project_collaborators WHERE project_id = %P$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.model_api_versions WHERE id = %V$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.model_api_settings WHERE model_api_id = %M$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.access_tokens WHERE id = %T$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.list_model_apis() WHERE id = %M$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.list_projects() WHERE id = %P$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.search_model_apis('churn') WHERE id = %M$$),
($$INSERT INTO modelapi_acl.model_apis (id, project_id, name) VALUES (%M, %P, 'x')$$),
($$INSERT INTO modelapi_acl.model_apis (id, project_id, name) VALUES (%M, %P, 'x') ON CONFLICT DO NOTHING$$),
($$INSERT INTO modelapi_acl.projects (id, name) VALUES (%P, 'x') ON CONFLICT (id) DO NOTHING$$),
($$INSERT INTO modelapi_acl.model_apis (project_id, name) VALUES (%P, ''), (%P, 'x')$$),
($$INSERT INTO modelapi_acl.model_apis (project_id, name) SELECT project_id, name FROM modelapi_acl.model_apis WHERE id = %M$$),
($$UPDATE modelapi_acl.model_apis SET project_id = %P WHERE id = %M$$),
($$UPDATE modelapi_acl.model_apis SET project_id = %M WHERE id = test.id('forecast')$$),
($$UPDATE modelapi_acl.projects SET name = '' WHERE id = %P$$),
($$UPDATE modelapi_acl.project_collaborators SET access_level = 'owner' WHERE project_id = %P$$),
($$UPDATE modelapi_acl.model_api_collaborators SET access_level = 'owner' WHERE model_api_id = %M$$),
($$UPDATE modelapi_acl.model_api_collaborators SET model_api_id = %M WHERE model_api_id = test.id('forecast')$$),
($$UPDATE modelapi_acl.model_api_settings SET value = '2' WHERE model_api_id = %M$$),
($$UPDATE modelapi_acl.model_api_settings SET model_api_id = %M WHERE model_api_id = test.id('forecast')$$),
($$UPDATE modelapi_acl.model_api_versions SET number = 1 WHERE model_api_id = %M$$),
($$INSERT INTO modelapi_acl.model_api_versions (model_api_id, number, source) VALUES (%M, 1, '{}')$$),
($$INSERT INTO modelapi_acl.model_api_versions (model_api_id, source) VALUES (%M, '{}') ON CONFLICT (model_api_id, number) WHERE model_api_id IS NOT NULL DO NOTHING$$),
($$INSERT INTO modelapi_acl.model_api_versions (model_api_id, source) VALUES (%M, 'null')$$),
($$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (%M, '', '1')$$),
($$INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (%M, 'replicas', '1') ON CONFLICT (model_api_id, name) DO UPDATE SET value = EXCLUDED.value$$),
($$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, organization_id) VALUES (%M, NULL, NULL)$$),
($$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id) VALUES (%M, gen_random_uuid())$$),
($$INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, expires_at) VALUES (%M, test.id('stranger'), '-infinity')$$),
($$INSERT INTO modelapi_acl.project_collaborators (project_id, user_id) VALUES (%P, test.id('founder')) ON CONFLICT (user_id, project_id) DO UPDATE SET access_level = 'viewer'$$),
($$INSERT INTO modelapi_acl.model_api_logs (model_api_id, message) VALUES (%M, 'x')$$),
($$INSERT INTO modelapi_acl.access_tokens (id, model_api_id, name, hint) VALUES (%T, %M, 'x', 'x')$$),
($$INSERT INTO modelapi_acl.audit_events (model_api_id) VALUES (%M)$$),
($$DELETE FROM modelapi_acl.model_apis WHERE id = %M$$),
($$MERGE INTO modelapi_acl.model_apis m USING (SELECT %M AS id) s ON m.id = s.id WHEN MATCHED THEN UPDATE SET name = 'x' WHEN NOT MATCHED THEN DO NOTHING$$),
($$MERGE INTO modelapi_acl.model_api_settings t USING (SELECT %M AS m) s ON t.model_api_id = s.m WHEN MATCHED THEN UPDATE SET value = '0' WHEN NOT MATCHED THEN INSERT (model_api_id, name, value) VALUES (s.m, 'replicas', '1')$$),
($$WITH u AS (UPDATE modelapi_acl.model_apis SET name = 'x' WHERE id = %M RETURNING id) SELECT 1 / count(*) FROM u$$);
-- functions about access, present and past
INSERT INTO test.probes (statement) VALUES
($$INSERT INTO test.answers SELECT username FROM modelapi_acl.who_can(%M, 'view')$$),
($$INSERT INTO test.answers SELECT explanation FROM modelapi_acl.explain_access(%M, 'view')$$),
($$INSERT INTO test.answers SELECT explanation FROM modelapi_acl.explain_access(%M, 'view', 'm_viewer')$$),
($$INSERT INTO test.answers SELECT explanation FROM modelapi_acl.explain_access(%M, 'view', 'nobody')$$),
($$INSERT INTO test.answers SELECT modelapi_acl.access_level_at(%M, 'm_viewer', now())::text$$),
($$INSERT INTO test.answers SELECT modelapi_acl.access_level_at(%M, 'nobody', 'infinity')::text$$),
($$INSERT INTO test.answers SELECT username FROM modelapi_acl.who_could(%M, 'view', now())$$),
($$INSERT INTO test.answers SELECT tokens::text FROM modelapi_acl.authorization_at(%M, now())$$),
($$INSERT INTO test.answers SELECT username FROM modelapi_acl.access_changes(%C)$$),
($$INSERT INTO test.answers SELECT code FROM modelapi_acl.request_examples(%M, 'https://h')$$),
($$INSERT INTO test.answers SELECT 'row' FROM modelapi_acl.personal_token_model_apis WHERE model_api_id = %M$$),
($$INSERT INTO test.answers SELECT 'made' FROM modelapi_acl.create_personal_token('x', NULL, ARRAY[%M])$$),
($$INSERT INTO test.answers SELECT 'made' FROM modelapi_acl.create_personal_token('x', NULL, ARRAY[test.id('weather'), %M])$$),
($$INSERT INTO test.answers SELECT 'made' FROM modelapi_acl.create_service_token('robot', 'x', NULL, ARRAY[%M])$$),
($$INSERT INTO test.answers SELECT code FROM modelapi_acl.request_examples(%M, 'nonsense')$$),
($$INSERT INTO test.answers SELECT action FROM modelapi_acl.changes_since() WHERE model_api_id = %M OR change_id = %C$$);
-- All functions that take an id, and all tables, are tried
SELECT p.oid::regprocedure AS not_tried FROM pg_proc p
WHERE pronamespace = 'modelapi_acl'::regnamespace AND 'uuid'::regtype = ANY (proargtypes::oid[])
	AND NOT EXISTS (SELECT FROM test.probes WHERE statement LIKE '%modelapi_acl.' || proname || '(%');
SELECT c.oid::regclass AS not_tried FROM pg_class c
WHERE relnamespace = 'modelapi_acl'::regnamespace AND relkind = 'r'
	AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname IN ('model_api_id', 'project_id'))
	AND NOT EXISTS (SELECT FROM test.probes WHERE statement ~ ('modelapi_acl.' || relname || '\M'));
-- All columns, keys and constraints of the tables with hidden rows, read from the catalogs so
-- that later ones are included. %O is an organization whose members are hidden; its missing
-- counterpart is one without that member. %U is a user whose identity is hidden.
ALTER TABLE test.probes ADD made boolean NOT NULL DEFAULT false;
CREATE TABLE test.templates (relation text, key text, columns text, row text);
INSERT INTO test.templates VALUES
('model_apis', 'id = %M', 'project_id, name', $$%P, 'x'$$),
('projects', 'id = %P', 'name', $$'x'$$),
('model_api_collaborators', 'model_api_id = %M', 'model_api_id, user_id', $$%M, test.id('m_viewer')$$),
('model_api_collaborators', 'model_api_id = %M', 'model_api_id, organization_id', $$%M, test.id('churn-viewers')$$),
('model_api_collaborators', 'model_api_id = %M', 'model_api_id, user_id, organization_id', $$%M, test.id('m_viewer'), test.id('churn-viewers')$$),
('project_collaborators', 'project_id = %P', 'project_id, user_id', $$%P, test.id('p_viewer')$$),
('project_collaborators', 'project_id = %P', 'project_id, organization_id', $$%P, test.id('growth-viewers')$$),
('project_collaborators', 'project_id = %P', 'project_id, user_id, organization_id', $$%P, NULL, NULL$$),
('model_api_versions', 'model_api_id = %M', 'model_api_id, source', $$%M, '{}'$$),
('model_api_settings', 'model_api_id = %M', 'model_api_id, name, value', $$%M, 'replicas', '3'$$),
('model_api_logs', 'model_api_id = %M', 'model_api_id, version_id, message, level', $$%M, %V, 'x', 'none'$$),
('access_tokens', 'model_api_id = %M', 'model_api_id, name, hint', $$%M, 'x', 'x'$$),
('personal_tokens', 'user_id = %U', 'user_id, name, hint', $$%U, 'x', 'x'$$),
('personal_token_model_apis', 'model_api_id = %M', 'token_id, model_api_id', $$%T, %M$$),
('audit_events', 'model_api_id = %M', 'model_api_id, project_id, action', $$%M, %P, 'x'$$),
('organization_members', 'organization_id = %O', 'organization_id, user_id', $$%O, test.id('mo_owner')$$),
('user_identities', 'user_id = %U', 'user_id, email, external_id', $$%U, 'founder@example.com', 'sub-founder'$$);
-- users and organizations are visible to everybody
SELECT oid::regclass AS without_template FROM pg_class
WHERE relnamespace = 'modelapi_acl'::regnamespace AND relkind IN ('r', 'p')
	AND relname NOT IN (SELECT relation FROM test.templates) AND relname NOT IN ('users', 'organizations');
INSERT INTO test.probes (made, statement)
SELECT DISTINCT true, statement FROM test.templates t
	JOIN pg_class c ON c.oid = ('modelapi_acl.' || relation)::regclass
	CROSS JOIN LATERAL (
		SELECT format('INSERT INTO %s (%s) VALUES (%s)', c.oid::regclass, columns, row)
		UNION ALL
		SELECT format(f, c.oid::regclass, key)
		FROM unnest(ARRAY['INSERT INTO test.answers SELECT r::text FROM %s r WHERE %s', 'INSERT INTO test.answers SELECT r::text FROM %s r WHERE %s FOR KEY SHARE',
			'DELETE FROM %s WHERE %s']) f
		UNION ALL
		SELECT format('UPDATE %s SET %I = %I WHERE %s', c.oid::regclass, attname, attname, key)
		FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
		UNION ALL
		SELECT format('MERGE INTO %s t USING (SELECT 1) s ON t.%s WHEN MATCHED THEN UPDATE SET %I = t.%I', c.oid::regclass, key, attname, attname)
		FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
		UNION ALL
		SELECT format('INSERT INTO %s (%s) VALUES (%s) ON CONFLICT ON CONSTRAINT %I DO NOTHING', c.oid::regclass, columns, row, conname)
		FROM pg_constraint WHERE conrelid = c.oid AND contype IN ('p', 'u')
		UNION ALL
		SELECT format('INSERT INTO %1$s (%2$s) VALUES (%3$s) ON CONFLICT (%4$s) DO UPDATE SET %5$s = EXCLUDED.%5$s', c.oid::regclass, columns, row,
			(SELECT string_agg(pg_get_indexdef(indexrelid, n, true), ', ') FROM generate_series(1, indnkeyatts) n), split_part(columns, ', ', 1))
		FROM pg_index WHERE indrelid = c.oid AND indisunique AND indpred IS NULL
	) made (statement);
SELECT count(*) > 250 AS over_250_made, count(DISTINCT substring(statement FROM 'modelapi_acl\.(\w+)')) AS tables FROM test.probes WHERE made;
CREATE TABLE test.told (who text, place int, hidden text, missing text);
GRANT SELECT, INSERT ON test.told TO PUBLIC;
CREATE FUNCTION test.with_ids(statement text, m uuid, p uuid, v uuid, t uuid, c uuid) RETURNS text LANGUAGE sql AS $$
	SELECT replace(replace(replace(replace(replace($1, '%M', quote_literal($2) || '::uuid'), '%P', quote_literal($3) || '::uuid'),
		'%V', quote_literal($4) || '::uuid'), '%T', quote_literal($5) || '::uuid'), '%C', quote_literal($6) || '::uuid') $$;
-- a change that affects only the hidden object
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'p_viewer', 'editor') \g /dev/null
SELECT test.remember('change', change_id) FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1 \g /dev/null
CALL test.each($$
	INSERT INTO test.told
	SELECT '%who%', place,
		test.try(test.with_ids(replace(replace(statement, '%O', quote_literal(test.id('churn-owners'))), '%U', quote_literal(test.id('founder'))), test.id('churn'), test.id('growth'), test.id('churn v1'), test.id('churn token'), test.id('change'))),
		test.try(test.with_ids(replace(replace(statement, '%O', quote_literal(test.id('churn-viewers'))), '%U', quote_literal(gen_random_uuid())), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid()))
	FROM test.probes WHERE '%who%' IN ('stranger', 'sibling', 'expired', 'anonymous')
$$);
SELECT who, count(*) AS probes, count(*) FILTER (WHERE hidden = missing) AS same FROM test.told GROUP BY who ORDER BY who;
SELECT who, statement, hidden, missing FROM test.told JOIN test.probes USING (place) WHERE hidden IS DISTINCT FROM missing;
-- the answers to sibling
SELECT statement, hidden FROM test.told JOIN test.probes USING (place) WHERE who = 'sibling' AND NOT made ORDER BY place;
-- the answers to the anonymous user
SELECT DISTINCT hidden FROM test.told WHERE who = 'anonymous' ORDER BY 1;
