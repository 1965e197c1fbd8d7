-- Restoring dumps: triggers around COPY, which only superusers may use on these tables.
-- COPY needs row_security = off, and then loads rows as they are. Foreign keys are not
-- checked while a COPY runs, because pg_restore with several jobs loads tables in any
-- order. All triggers are ENABLE ALWAYS, like guards.

CREATE FUNCTION modelapi_acl_internal.begin_load() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_begin_load_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.begin_load() IS
'Refuses COPY unless row_security is off, and suspends checks of foreign keys during COPY';

CREATE FUNCTION modelapi_acl_internal.end_load() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_end_load_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.end_load() IS
'Ends what begin_load() has begun';

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.users
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.users
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.user_identities
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.user_identities
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.organizations
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.organizations
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.organization_members
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.organization_members
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.projects
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.projects
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.project_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.project_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.model_api_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.model_api_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.model_api_versions
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.model_api_versions
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.model_api_settings
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.model_api_settings
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.model_api_logs
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.model_api_logs ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.model_api_logs
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.model_api_logs ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.access_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.access_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.audit_events
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.audit_events ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.audit_events
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.audit_events ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.principal_names
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.principal_names ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.principal_names
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.principal_names ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.changes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.changes ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.changes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.changes ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.search_documents
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.search_documents ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.search_documents
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.search_documents ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.object_counters
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.object_counters ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.object_counters
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.object_counters ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.personal_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.personal_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.personal_token_model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.personal_token_model_apis ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.personal_token_model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.personal_token_model_apis ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.personal_token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.personal_token_hashes ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.personal_token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.personal_token_hashes ENABLE ALWAYS TRIGGER end_load;
