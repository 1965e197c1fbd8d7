-- Guards: triggers for the rules that row-level security cannot express. BEFORE triggers
-- set and check values. AFTER triggers add the first owner or admin of a new object and
-- enforce the invariants; their names sort after that of the audit trigger, so that they
-- fire after it. All are ENABLE ALWAYS: session_replication_role = replica disables none
-- of them.

CREATE FUNCTION modelapi_acl_internal.guard_users() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_users_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_users() IS
'Checks rows of users';

CREATE FUNCTION modelapi_acl_internal.guard_user_identities() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_user_identities_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_user_identities() IS
'Checks email addresses and external ids';

CREATE FUNCTION modelapi_acl_internal.guard_organizations() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_organizations_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_organizations() IS
'Checks rows of organizations';

CREATE FUNCTION modelapi_acl_internal.guard_organization_members() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_organization_members_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_organization_members() IS
'Checks rows of organization_members';

CREATE FUNCTION modelapi_acl_internal.guard_projects() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_projects_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_projects() IS
'Checks rows of projects and sets created_by';

CREATE FUNCTION modelapi_acl_internal.guard_collaborators() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_collaborators_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_collaborators() IS
'Checks grants and sets granted_by';

CREATE FUNCTION modelapi_acl_internal.guard_model_apis() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_model_apis_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_model_apis() IS
'Checks rows of model_apis, and the permission that each changed column needs';

CREATE FUNCTION modelapi_acl_internal.guard_versions() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_versions_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_versions() IS
'Numbers versions and refuses changes of columns that never change';

CREATE FUNCTION modelapi_acl_internal.guard_settings() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_settings_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_settings() IS
'Checks settings and sets updated_by';

CREATE FUNCTION modelapi_acl_internal.guard_logs() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_logs_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_logs() IS
'Checks log lines and refuses to change them';

CREATE FUNCTION modelapi_acl_internal.complete_principal() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_complete_principal_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.complete_principal() IS
'Maintains the common namespace of users and organizations, and adds the first admin of an organization';

CREATE FUNCTION modelapi_acl_internal.complete_project() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_complete_project_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.complete_project() IS
'Adds the first owner of a project';

CREATE FUNCTION modelapi_acl_internal.complete_model_api() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_complete_model_api_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.complete_model_api() IS
'Adds the first owner of a model API';

CREATE FUNCTION modelapi_acl_internal.keep_owner() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_owner_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_owner() IS
'Refuses a change that would leave a project or a model API without an owner';

CREATE FUNCTION modelapi_acl_internal.keep_admin() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_admin_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_admin() IS
'Refuses a change that would leave an organization without an admin';

CREATE FUNCTION modelapi_acl_internal.keep_owned() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_owned_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_owned() IS
'Refuses to delete a user who is the last owner or admin of an object, and names these objects';

CREATE FUNCTION modelapi_acl_internal.forget_object() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_forget_object_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.forget_object() IS
'Deletes the counters of a deleted object';

CREATE FUNCTION modelapi_acl_internal.index_document() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_index_document_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.index_document() IS
'Keeps the search document of a model API current';

CREATE FUNCTION modelapi_acl_internal.require_writer() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_writer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_writer() IS
'Refuses INSERT and UPDATE if nobody is signed in';

CREATE FUNCTION modelapi_acl_internal.judge_row() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_judge_row_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.judge_row() IS
'Refuses to write a row that the current user may not write, according to the latest committed state';

CREATE FUNCTION modelapi_acl_internal.judge_statement() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_judge_statement_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.judge_statement() IS
'Checks again, at the end of a statement, the permissions that its writes needed';

-- Is anybody signed in? Checked for each statement, however many rows it finds. The name
-- sorts after begin_load, which refuses COPY first.

CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.users
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.user_identities
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.organizations
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.organization_members
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.projects
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.project_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_versions
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_settings
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER require_writer;
CREATE TRIGGER require_writer BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_logs
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.require_writer();
ALTER TABLE modelapi_acl.model_api_logs ENABLE ALWAYS TRIGGER require_writer;

CREATE TRIGGER index_document AFTER INSERT OR UPDATE OF name, description ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.index_document();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER index_document;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.users
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_users();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.user_identities
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_user_identities();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.organizations
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_organizations();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.organization_members
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_organization_members();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.projects
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_projects();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.project_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_collaborators('project_id');
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_model_apis();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_collaborators('model_api_id');
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_versions
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_versions();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_settings
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_settings();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON modelapi_acl.model_api_logs
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.guard_logs();
ALTER TABLE modelapi_acl.model_api_logs ENABLE ALWAYS TRIGGER guard;

CREATE TRIGGER complete AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.users
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.complete_principal();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER complete;

CREATE TRIGGER complete AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.organizations
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.complete_principal();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER complete;

CREATE TRIGGER complete AFTER INSERT ON modelapi_acl.projects
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.complete_project();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER complete;

CREATE TRIGGER complete AFTER INSERT ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.complete_model_api();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER complete;

CREATE TRIGGER keep_owner AFTER UPDATE OR DELETE ON modelapi_acl.project_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.keep_owner('project_id');
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER keep_owner;

CREATE TRIGGER keep_owner AFTER UPDATE OR DELETE ON modelapi_acl.model_api_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.keep_owner('model_api_id');
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER keep_owner;

CREATE TRIGGER keep_admin AFTER UPDATE OR DELETE ON modelapi_acl.organization_members
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.keep_admin();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER keep_admin;

CREATE TRIGGER keep_owned BEFORE DELETE ON modelapi_acl.users
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.keep_owned();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER keep_owned;

CREATE TRIGGER forget AFTER DELETE ON modelapi_acl.users
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_object();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER forget;

CREATE TRIGGER forget AFTER DELETE ON modelapi_acl.organizations
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_object();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER forget;

CREATE TRIGGER forget AFTER DELETE ON modelapi_acl.projects
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_object();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER forget;

CREATE TRIGGER forget AFTER DELETE ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_object();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER forget;

-- May the current user still write? Checked before each row, where no guard does it, and
-- at the end of the statement.

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.organizations
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.organizations
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.organization_members
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.organization_members
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.projects
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.projects
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.project_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.project_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.model_api_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.model_api_versions
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_versions
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE DELETE ON modelapi_acl.model_api_settings
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_settings
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER admit BEFORE INSERT OR UPDATE OR DELETE ON modelapi_acl.access_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_row();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.access_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.judge_statement();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER admit_again;

-- ---------------------------------------------------------------------------
-- The copies of tokens in the rows of their secrets, and the secrets of deleted tokens

CREATE FUNCTION modelapi_acl_internal.fill_copies() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_fill_copies_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.fill_copies() IS
'Copies what a prediction request needs to know of a token into the rows of its secrets';

CREATE FUNCTION modelapi_acl_internal.renew_copies() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_renew_copies_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.renew_copies() IS
'Has the copies made anew when a token changes';

CREATE TRIGGER fill_copies BEFORE INSERT OR UPDATE ON modelapi_acl_internal.token_hashes
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.fill_copies();
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ALWAYS TRIGGER fill_copies;

CREATE TRIGGER renew_copies AFTER UPDATE ON modelapi_acl.access_tokens
	FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id
		OR OLD.model_api_id IS DISTINCT FROM NEW.model_api_id
		OR OLD.name IS DISTINCT FROM NEW.name
		OR OLD.expires_at IS DISTINCT FROM NEW.expires_at
		OR OLD.revoked_at IS DISTINCT FROM NEW.revoked_at
		OR OLD.suspended_at IS DISTINCT FROM NEW.suspended_at
		OR OLD.metadata IS DISTINCT FROM NEW.metadata)
	EXECUTE FUNCTION modelapi_acl_internal.renew_copies();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER renew_copies;

-- Where session_replication_role = replica keeps the foreign key from deleting them
CREATE FUNCTION modelapi_acl_internal.forget_secrets() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_forget_secrets_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.forget_secrets() IS
'Has the secrets of a deleted token deleted, where no foreign key does so';

CREATE TRIGGER forget_secrets AFTER DELETE ON modelapi_acl.access_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_secrets();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER forget_secrets;
CREATE TRIGGER forget_secrets AFTER DELETE ON modelapi_acl.personal_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_secrets();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER forget_secrets;

-- ---------------------------------------------------------------------------
-- Personal tokens

CREATE FUNCTION modelapi_acl_internal.judge_personal_token() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_judge_personal_token_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.judge_personal_token() IS
'Refuses to write a personal token that the current user may not write, according to the latest committed state';

CREATE TRIGGER admit BEFORE INSERT OR UPDATE OR DELETE ON modelapi_acl.personal_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_personal_token();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER admit;
CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.personal_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_personal_token();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER admit_again;
