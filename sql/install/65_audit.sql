-- Audit: every change of what access depends on, in the transaction that makes
-- it. Named so that an object's event comes before those of what it brings with
-- it. ENABLE ALWAYS: replica mode hides nothing.

-- Times in old and new are in universal time: a session may have a time zone whose
-- offset no session can read.
CREATE FUNCTION modelapi_acl_internal.audit_row() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
	AS 'MODULE_PATHNAME', 'modelapi_acl_audit_row_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.audit_row() IS
'Writes the audit events of a changed row';

CREATE FUNCTION modelapi_acl_internal.remember_project() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_remember_project_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.remember_project() IS
'Remembers the project of a model API that is deleted, for the events of what goes with it';

CREATE FUNCTION modelapi_acl_internal.refuse_audit_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_audit_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_audit_change() IS
'Refuses every write to the audit history but the extension''s own';

CREATE FUNCTION modelapi_acl_internal.refuse_truncate() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_truncate_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_truncate() IS
'Refuses TRUNCATE, which the audit would not see';

CREATE FUNCTION modelapi_acl_internal.record_transfer(
	object_type text, object_id uuid, new_owner uuid, keep_as modelapi_acl.access_level) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_record_transfer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.record_transfer(text, uuid, uuid, modelapi_acl.access_level) IS
'Writes the audit event of a transfer, after this transaction has made the new owner one';

CREATE FUNCTION modelapi_acl_internal.record_pruning(older_than interval, rows bigint) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_record_pruning_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.record_pruning(interval, bigint) IS
'Writes the audit event of logs that an administrator has deleted';

CREATE FUNCTION modelapi_acl_internal.receive_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_receive_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.receive_change() IS
'Gives changes that a dump or a publisher brings the id of the transaction that brings them';

CREATE TRIGGER receive_change BEFORE INSERT OR UPDATE OR DELETE ON modelapi_acl_internal.changes
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.receive_change();
ALTER TABLE modelapi_acl_internal.changes ENABLE ALWAYS TRIGGER receive_change;

CREATE TRIGGER remember BEFORE DELETE ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.remember_project();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER remember;

CREATE TRIGGER refuse_change BEFORE INSERT OR UPDATE OR DELETE ON modelapi_acl.audit_events
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_audit_change();
ALTER TABLE modelapi_acl.audit_events ENABLE ALWAYS TRIGGER refuse_change;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.users
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.user_identities
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.organizations
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.organization_members
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.projects
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.project_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_collaborators
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_versions
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.model_api_settings
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.access_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl_internal.token_hashes
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.users
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.users ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.user_identities
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.user_identities ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.organizations
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.organizations ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.organization_members
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.organization_members ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.projects
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.projects ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.project_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.project_collaborators ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.model_apis ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.model_api_collaborators
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.model_api_versions
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.model_api_versions ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.model_api_settings
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.model_api_settings ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.model_api_logs
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.model_api_logs ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.access_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.audit_events
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.audit_events ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.changes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.changes ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.principal_names
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.principal_names ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.search_documents
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.search_documents ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.object_counters
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.object_counters ENABLE ALWAYS TRIGGER refuse_truncate;
