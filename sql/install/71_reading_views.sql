-- What the answers are made of: 72 to 79. Whoever asks who has access is told of
-- grants, memberships and events that they may not see themselves.
--
-- These views read with the privileges of the extension's owner, and show rows
-- while src/answer.c makes an answer, and none at any other time: a role that has
-- USAGE on every schema gets nothing from them. The condition is the same for
-- every row; it is evaluated once, before a table is read.
--
-- The join with nothing makes that no view is updatable: a role that may write to
-- every relation would insert with the owner's privileges. The planner drops it.
--
-- No view has a hash of a token, a setting's value or a log message.

CREATE FUNCTION modelapi_acl_internal.is_answering() RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_answering_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_answering() IS
'Whether an answer is being made, so that the views whose names begin with all_ show rows';

CREATE VIEW modelapi_acl_internal.all_users AS
	SELECT t.* FROM modelapi_acl.users AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_users IS
'Of users, for answers alone';

CREATE VIEW modelapi_acl_internal.all_user_identities AS
	SELECT t.* FROM modelapi_acl.user_identities AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_user_identities IS
'Of user_identities, for answers alone';

CREATE VIEW modelapi_acl_internal.all_organizations AS
	SELECT t.* FROM modelapi_acl.organizations AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_organizations IS
'Of organizations, for answers alone';

CREATE VIEW modelapi_acl_internal.all_organization_members AS
	SELECT t.* FROM modelapi_acl.organization_members AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_organization_members IS
'Of organization_members, for answers alone';

CREATE VIEW modelapi_acl_internal.all_projects AS
	SELECT t.* FROM modelapi_acl.projects AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_projects IS
'Of projects, for answers alone';

CREATE VIEW modelapi_acl_internal.all_project_collaborators AS
	SELECT t.* FROM modelapi_acl.project_collaborators AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_project_collaborators IS
'Of project_collaborators, for answers alone';

CREATE VIEW modelapi_acl_internal.all_model_apis AS
	SELECT t.* FROM modelapi_acl.model_apis AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_apis IS
'Of model_apis, for answers alone';

CREATE VIEW modelapi_acl_internal.all_model_api_collaborators AS
	SELECT t.* FROM modelapi_acl.model_api_collaborators AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_collaborators IS
'Of model_api_collaborators, for answers alone';

CREATE VIEW modelapi_acl_internal.all_model_api_versions AS
	SELECT t.* FROM modelapi_acl.model_api_versions AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_versions IS
'Of model_api_versions, for answers alone';

CREATE VIEW modelapi_acl_internal.all_model_api_settings AS
	SELECT t.model_api_id, t.name FROM modelapi_acl.model_api_settings AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_settings IS
'Of model_api_settings, for answers alone';

CREATE VIEW modelapi_acl_internal.all_model_api_logs AS
	SELECT t.id, t.model_api_id, t.version_id, t.logged_at FROM modelapi_acl.model_api_logs AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_logs IS
'Of model_api_logs, for answers alone';

CREATE VIEW modelapi_acl_internal.all_access_tokens AS
	SELECT t.* FROM modelapi_acl.access_tokens AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_access_tokens IS
'Of access_tokens, for answers alone';

CREATE VIEW modelapi_acl_internal.all_audit_events AS
	SELECT t.* FROM modelapi_acl.audit_events AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_audit_events IS
'Of audit_events, for answers alone';

CREATE VIEW modelapi_acl_internal.all_principal_names AS
	SELECT t.* FROM modelapi_acl_internal.principal_names AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_principal_names IS
'Of principal_names, for answers alone';

CREATE VIEW modelapi_acl_internal.all_search_documents AS
	SELECT t.* FROM modelapi_acl_internal.search_documents AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_search_documents IS
'Of search_documents, for answers alone';

CREATE VIEW modelapi_acl_internal.all_token_hashes AS
	SELECT t.token_id FROM modelapi_acl_internal.token_hashes AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_token_hashes IS
'Of token_hashes, for answers alone';

CREATE VIEW modelapi_acl_internal.all_object_counters AS
	SELECT t.* FROM modelapi_acl_internal.object_counters AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_object_counters IS
'Of object_counters, for answers alone';

CREATE VIEW modelapi_acl_internal.all_changes AS
	SELECT t.* FROM modelapi_acl_internal.changes AS t CROSS JOIN (SELECT) AS no_update WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_changes IS
'Of changes, for answers alone';
