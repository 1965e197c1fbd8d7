-- Reading views: what the functions of fragments 72 to 79 read beyond the caller's
-- policies. For example, who_can tells of grants and memberships that its caller may not
-- see. The functions themselves check whom they answer, and what they may say.
--
-- The views read with the privileges of the extension's owner. They show rows only while
-- src/sql_api/answers.c runs such a function; at any other time they are empty, so that a
-- role with USAGE on every schema gets nothing from them. Their condition is the same for
-- every row and is evaluated once, before a table is read.
--
-- The cross join with an empty select list makes the views not updatable; otherwise a role
-- that may write to every relation could insert with the owner's privileges. The planner
-- removes the join.
--
-- No view has a token hash, the value of a setting or the message of a log line.

CREATE FUNCTION modelapi_acl_internal.is_answering() RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_is_answering_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.is_answering() IS
'Whether a function that may read the views named all_... is running in this backend';

CREATE VIEW modelapi_acl_internal.all_users AS
	SELECT t.* FROM modelapi_acl.users AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_users IS
'All rows of users; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_user_identities AS
	SELECT t.* FROM modelapi_acl.user_identities AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_user_identities IS
'All rows of user_identities; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_organizations AS
	SELECT t.* FROM modelapi_acl.organizations AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_organizations IS
'All rows of organizations; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_organization_members AS
	SELECT t.* FROM modelapi_acl.organization_members AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_organization_members IS
'All rows of organization_members; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_projects AS
	SELECT t.* FROM modelapi_acl.projects AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_projects IS
'All rows of projects; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_project_collaborators AS
	SELECT t.* FROM modelapi_acl.project_collaborators AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_project_collaborators IS
'All rows of project_collaborators; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_model_apis AS
	SELECT t.* FROM modelapi_acl.model_apis AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_apis IS
'All rows of model_apis; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_model_api_collaborators AS
	SELECT t.* FROM modelapi_acl.model_api_collaborators AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_collaborators IS
'All rows of model_api_collaborators; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_model_api_versions AS
	SELECT t.* FROM modelapi_acl.model_api_versions AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_versions IS
'All rows of model_api_versions; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_model_api_settings AS
	SELECT t.model_api_id, t.name FROM modelapi_acl.model_api_settings AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_settings IS
'All rows of model_api_settings; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_model_api_logs AS
	SELECT t.id, t.model_api_id, t.version_id, t.logged_at FROM modelapi_acl.model_api_logs AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_model_api_logs IS
'All rows of model_api_logs; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_access_tokens AS
	SELECT t.* FROM modelapi_acl.access_tokens AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_access_tokens IS
'All rows of access_tokens; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_audit_events AS
	SELECT t.* FROM modelapi_acl.audit_events AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_audit_events IS
'All rows of audit_events; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_principal_names AS
	SELECT t.* FROM modelapi_acl_internal.principal_names AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_principal_names IS
'All rows of principal_names; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_search_documents AS
	SELECT t.* FROM modelapi_acl_internal.search_documents AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_search_documents IS
'All rows of search_documents; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_token_hashes AS
	SELECT t.token_id, t.valid_until, t.model_api_id, t.name, t.expires_at, t.revoked_at, t.suspended_at, t.metadata
	FROM modelapi_acl_internal.token_hashes AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_token_hashes IS
'All rows of token_hashes, without the hashes; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_object_counters AS
	SELECT t.* FROM modelapi_acl_internal.object_counters AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_object_counters IS
'All rows of object_counters; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_changes AS
	SELECT t.* FROM modelapi_acl_internal.changes AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_changes IS
'All rows of changes; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_personal_tokens AS
	SELECT t.* FROM modelapi_acl.personal_tokens AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_personal_tokens IS
'All rows of personal_tokens; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_personal_token_model_apis AS
	SELECT t.* FROM modelapi_acl.personal_token_model_apis AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_personal_token_model_apis IS
'All rows of personal_token_model_apis; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_personal_token_hashes AS
	SELECT t.token_id, t.valid_until FROM modelapi_acl_internal.personal_token_hashes AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_personal_token_hashes IS
'All rows of personal_token_hashes, without the hashes; empty except while an answer is computed';
