-- Guards: what row-level security can't keep. BEFORE triggers set and check
-- values; AFTER triggers, named so that they come after the audit's, write what
-- belongs to a new row and keep the invariants. All are ENABLE ALWAYS: a
-- session in replica mode gets past none of them.

CREATE FUNCTION modelapi_acl_internal.guard_users() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_users_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_users() IS
'Checks users';

CREATE FUNCTION modelapi_acl_internal.guard_user_identities() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_user_identities_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_user_identities() IS
'Checks email addresses and external ids';

CREATE FUNCTION modelapi_acl_internal.guard_organizations() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_organizations_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_organizations() IS
'Checks organizations';

CREATE FUNCTION modelapi_acl_internal.guard_organization_members() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_organization_members_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_organization_members() IS
'Checks memberships';

CREATE FUNCTION modelapi_acl_internal.guard_projects() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_projects_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_projects() IS
'Checks projects and sets who created them';

CREATE FUNCTION modelapi_acl_internal.guard_collaborators() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_collaborators_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_collaborators() IS
'Checks grants and sets who granted them';

CREATE FUNCTION modelapi_acl_internal.guard_model_apis() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_model_apis_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_model_apis() IS
'Checks model APIs, and the permission for each column that changes';

CREATE FUNCTION modelapi_acl_internal.guard_versions() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_versions_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_versions() IS
'Numbers versions and keeps what never changes';

CREATE FUNCTION modelapi_acl_internal.guard_settings() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_settings_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_settings() IS
'Checks settings and sets who set them';

CREATE FUNCTION modelapi_acl_internal.guard_logs() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_guard_logs_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.guard_logs() IS
'Keeps log lines as they were written';

CREATE FUNCTION modelapi_acl_internal.complete_principal() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_complete_principal_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.complete_principal() IS
'Keeps the common namespace of users and organizations, and makes an organization''s first admin';

CREATE FUNCTION modelapi_acl_internal.complete_project() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_complete_project_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.complete_project() IS
'Makes a project''s first owner';

CREATE FUNCTION modelapi_acl_internal.complete_model_api() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_complete_model_api_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.complete_model_api() IS
'Makes a model API''s first owner';

CREATE FUNCTION modelapi_acl_internal.keep_owner() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_owner_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_owner() IS
'Refuses what would leave a project or model API without an owner';

CREATE FUNCTION modelapi_acl_internal.keep_admin() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_admin_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_admin() IS
'Refuses what would leave an organization without an admin';

CREATE FUNCTION modelapi_acl_internal.keep_owned() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_owned_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_owned() IS
'Refuses to delete a user who is the last owner or admin of something, and names these things';

CREATE FUNCTION modelapi_acl_internal.forget_object() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_forget_object_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.forget_object() IS
'Deletes the counter of what was deleted';

CREATE FUNCTION modelapi_acl_internal.index_document() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_index_document_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.index_document() IS
'Keeps what a model API is found by';

CREATE FUNCTION modelapi_acl_internal.require_writer() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_writer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.require_writer() IS
'Refuses INSERT and UPDATE where nobody is signed in';

CREATE FUNCTION modelapi_acl_internal.judge_row() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_judge_row_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.judge_row() IS
'Refuses the write of a row that the current user may not write, by the latest state';

CREATE FUNCTION modelapi_acl_internal.judge_statement() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_judge_statement_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.judge_statement() IS
'Looks again, at the end of a statement, at the permissions that its writes took';

-- That somebody is signed in, whatever rows the statement finds; after begin_load,
-- since COPY is refused first.

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

-- Whether who writes may still write: before each row, where no guard asks, and at the
-- end of the statement.

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
