-- What one may not see and what was never made can't be told apart: SQLSTATE,
-- message, detail, hint and row count, byte for byte; for a stranger and for
-- someone with access to another model API of the same project.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

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
($$SELECT modelapi_acl.create_model_api(%P, 'x')$$),
($$SELECT modelapi_acl.create_model_api(%P, '')$$),
($$SELECT modelapi_acl.add_project_collaborator(%P, 'stranger')$$),
($$SELECT modelapi_acl.remove_project_collaborator(%P, 'stranger')$$),
($$SELECT modelapi_acl.transfer_project(%P, 'founder')$$),
($$SELECT modelapi_acl.delete_project(%P)$$),
($$SELECT modelapi_acl.has_permission(%M, 'view')$$),
($$SELECT modelapi_acl.my_permissions(%M)$$),
($$SELECT modelapi_acl.effective_access_level(%M)$$),
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
($$SELECT * FROM modelapi_acl.model_api_logs WHERE model_api_id = %M$$),
($$SELECT * FROM modelapi_acl.audit_events WHERE model_api_id = %M$$);
CREATE TABLE test.told (who text, place int, hidden text, missing text);
GRANT SELECT, INSERT ON test.told TO PUBLIC;
CREATE FUNCTION test.with_ids(statement text, m uuid, p uuid, v uuid, t uuid) RETURNS text LANGUAGE sql AS $$
	SELECT replace(replace(replace(replace($1, '%M', quote_literal($2) || '::uuid'), '%P', quote_literal($3) || '::uuid'),
		'%V', quote_literal($4) || '::uuid'), '%T', quote_literal($5) || '::uuid') $$;
CREATE TABLE test.answers (answer text);
GRANT ALL ON test.answers TO PUBLIC;
CALL test.each($$
	INSERT INTO test.told
	SELECT '%who%', place,
		test.try(test.with_ids(statement, test.id('churn'), test.id('growth'), test.id('churn v1'), test.id('churn token'))),
		test.try(test.with_ids(statement, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid()))
	FROM test.probes WHERE '%who%' IN ('stranger', 'sibling', 'expired', 'anonymous')
$$);
SELECT who, count(*) AS probes, count(*) FILTER (WHERE hidden = missing) AS same FROM test.told GROUP BY who ORDER BY who;
SELECT who, statement, hidden, missing FROM test.told JOIN test.probes USING (place) WHERE hidden IS DISTINCT FROM missing;
-- what the sibling is told
SELECT statement, hidden FROM test.told JOIN test.probes USING (place) WHERE who = 'sibling' ORDER BY place;
-- what the anonymous is told
SELECT DISTINCT hidden FROM test.told WHERE who = 'anonymous' ORDER BY 1;
