-- No statistics on contents. Contents are the columns that nobody may learn about who may
-- not see the row. Statistics would reveal them: the planner's estimates depend on them,
-- and members of pg_read_all_data can read pg_statistic. The same holds for expressions
-- in indexes. All other columns are open: ids, keys that place a row, numbers, times, and
-- the names of users and organizations. src/planner/policy_first.c lists them.

ALTER TABLE modelapi_acl.users
	ALTER COLUMN full_name SET STATISTICS 0,
	ALTER COLUMN responsible_id SET STATISTICS 0;
ALTER TABLE modelapi_acl.user_identities
	ALTER COLUMN email SET STATISTICS 0,
	ALTER COLUMN external_id SET STATISTICS 0;
ALTER TABLE modelapi_acl.organizations
	ALTER COLUMN full_name SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.organization_members
	ALTER COLUMN user_id SET STATISTICS 0,
	ALTER COLUMN is_admin SET STATISTICS 0;
ALTER TABLE modelapi_acl_internal.principal_names
	ALTER COLUMN created_by SET STATISTICS 0,
	ALTER COLUMN user_id SET STATISTICS 0,
	ALTER COLUMN organization_id SET STATISTICS 0;
ALTER TABLE modelapi_acl.projects
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN description SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.project_collaborators
	ALTER COLUMN user_id SET STATISTICS 0,
	ALTER COLUMN organization_id SET STATISTICS 0,
	ALTER COLUMN access_level SET STATISTICS 0,
	ALTER COLUMN granted_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.model_apis
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN description SET STATISTICS 0,
	ALTER COLUMN visibility SET STATISTICS 0,
	ALTER COLUMN authorization_mode SET STATISTICS 0,
	ALTER COLUMN invocation_mode SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.model_api_collaborators
	ALTER COLUMN user_id SET STATISTICS 0,
	ALTER COLUMN organization_id SET STATISTICS 0,
	ALTER COLUMN access_level SET STATISTICS 0,
	ALTER COLUMN granted_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.model_api_versions
	ALTER COLUMN source SET STATISTICS 0,
	ALTER COLUMN description SET STATISTICS 0,
	ALTER COLUMN state SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.model_api_settings
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN value SET STATISTICS 0,
	ALTER COLUMN updated_by SET STATISTICS 0;
ALTER TABLE modelapi_acl.model_api_logs
	ALTER COLUMN level SET STATISTICS 0,
	ALTER COLUMN message SET STATISTICS 0;
ALTER TABLE modelapi_acl.access_tokens
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN hint SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0,
	ALTER COLUMN regenerated_by SET STATISTICS 0,
	ALTER COLUMN revoked_by SET STATISTICS 0,
	ALTER COLUMN suspended_by SET STATISTICS 0,
	ALTER COLUMN metadata SET STATISTICS 0;
ALTER TABLE modelapi_acl_internal.token_hashes
	ALTER COLUMN hash SET STATISTICS 0,
	ALTER COLUMN valid_until SET STATISTICS 0,
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN metadata SET STATISTICS 0,
	ALTER COLUMN shown_to SET STATISTICS 0;
ALTER INDEX modelapi_acl_internal.token_hashes_by_token ALTER COLUMN 2 SET STATISTICS 0;
ALTER TABLE modelapi_acl.audit_events
	ALTER COLUMN actor_id SET STATISTICS 0,
	ALTER COLUMN database_role SET STATISTICS 0,
	ALTER COLUMN action SET STATISTICS 0,
	ALTER COLUMN object_type SET STATISTICS 0,
	ALTER COLUMN old SET STATISTICS 0,
	ALTER COLUMN new SET STATISTICS 0;
ALTER TABLE modelapi_acl_internal.search_documents
	ALTER COLUMN document SET STATISTICS 0;
ALTER INDEX modelapi_acl.user_identities_email_key ALTER COLUMN 1 SET STATISTICS 0;
ALTER INDEX modelapi_acl.audit_events_by_holding_user ALTER COLUMN 1 SET STATISTICS 0;
ALTER INDEX modelapi_acl.audit_events_by_holding_organization ALTER COLUMN 1 SET STATISTICS 0;
ALTER INDEX modelapi_acl.audit_events_by_token_holder ALTER COLUMN 1 SET STATISTICS 0;
ALTER INDEX modelapi_acl.audit_events_by_username ALTER COLUMN 1 SET STATISTICS 0;

ALTER TABLE modelapi_acl.personal_tokens
	ALTER COLUMN user_id SET STATISTICS 0,
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN hint SET STATISTICS 0,
	ALTER COLUMN is_limited SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0,
	ALTER COLUMN regenerated_by SET STATISTICS 0,
	ALTER COLUMN revoked_by SET STATISTICS 0,
	ALTER COLUMN suspended_by SET STATISTICS 0,
	ALTER COLUMN metadata SET STATISTICS 0;
ALTER TABLE modelapi_acl.personal_token_model_apis
	ALTER COLUMN model_api_id SET STATISTICS 0;
ALTER TABLE modelapi_acl_internal.personal_token_hashes
	ALTER COLUMN hash SET STATISTICS 0,
	ALTER COLUMN valid_until SET STATISTICS 0,
	ALTER COLUMN shown_to SET STATISTICS 0;
ALTER INDEX modelapi_acl_internal.personal_token_hashes_by_token ALTER COLUMN 2 SET STATISTICS 0;
