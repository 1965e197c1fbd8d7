-- Audit: triggers that record every change that access depends on, in the transaction
-- that makes the change. Their names sort before those of the triggers that add dependent
-- rows, so that the event of an object comes first. All are ENABLE ALWAYS:
-- session_replication_role = replica hides no change.

CREATE FUNCTION modelapi_acl_internal.audit_row() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_audit_row_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.audit_row() IS
'Writes the audit events for a changed row';

CREATE FUNCTION modelapi_acl_internal.remember_project() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_remember_project_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.remember_project() IS
'Remembers the project of a deleted model API, for the events of its dependent rows';

CREATE FUNCTION modelapi_acl_internal.refuse_audit_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_audit_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_audit_change() IS
'Refuses to write to the audit history, except by the extension';

CREATE FUNCTION modelapi_acl_internal.refuse_truncate() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_truncate_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_truncate() IS
'Refuses TRUNCATE, which audit triggers would not see';

CREATE FUNCTION modelapi_acl_internal.record_transfer(
	object_type text, object_id uuid, new_owner uuid, keep_as modelapi_acl.access_level) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_record_transfer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.record_transfer(text, uuid, uuid, modelapi_acl.access_level) IS
'Writes the audit event of a transfer that this transaction has made';

CREATE FUNCTION modelapi_acl_internal.record_pruning(older_than interval, rows bigint) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_record_pruning_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.record_pruning(interval, bigint) IS
'Writes the audit event of pruned logs';

CREATE FUNCTION modelapi_acl_internal.receive_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_receive_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.receive_change() IS
'Sets the transaction id of changes that a restore or logical replication writes to that of the writing transaction';

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

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.personal_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.personal_token_model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.personal_token_model_apis ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl_internal.personal_token_hashes
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl_internal.personal_token_hashes ENABLE ALWAYS TRIGGER audit;

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

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.personal_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.personal_token_model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.personal_token_model_apis ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.personal_token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.personal_token_hashes ENABLE ALWAYS TRIGGER refuse_truncate;

-- ---------------------------------------------------------------------------
-- Computed relationships: the objects that an audit event refers to, as functions of its
-- row, which PostgREST embeds under the function's name. Foreign keys would block
-- deletions, or lose the ids that events have. The functions have no SET clause, so that
-- they are inlined; their bodies are strings, so every name has a schema.
CREATE FUNCTION modelapi_acl.actor(event modelapi_acl.audit_events) RETURNS SETOF modelapi_acl.users
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
AS $body$
	SELECT t.* FROM modelapi_acl.users AS t WHERE t.id OPERATOR(pg_catalog.=) ($1).actor_id
$body$;
COMMENT ON FUNCTION modelapi_acl.actor(modelapi_acl.audit_events) IS
'The user who caused an audit event, unless deleted since';

CREATE FUNCTION modelapi_acl.model_api(event modelapi_acl.audit_events) RETURNS SETOF modelapi_acl.model_apis
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
AS $body$
	SELECT t.* FROM modelapi_acl.model_apis AS t WHERE t.id OPERATOR(pg_catalog.=) ($1).model_api_id
$body$;
COMMENT ON FUNCTION modelapi_acl.model_api(modelapi_acl.audit_events) IS
'The model API that an audit event is about, if the current user may view it';

CREATE FUNCTION modelapi_acl.project(event modelapi_acl.audit_events) RETURNS SETOF modelapi_acl.projects
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
AS $body$
	SELECT t.* FROM modelapi_acl.projects AS t WHERE t.id OPERATOR(pg_catalog.=) ($1).project_id
$body$;
COMMENT ON FUNCTION modelapi_acl.project(modelapi_acl.audit_events) IS
'The project that an audit event is about, if the current user may view it';
