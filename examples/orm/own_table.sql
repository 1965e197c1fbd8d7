-- A table of your own, beside modelapi_acl: notes on model APIs.
--
--	psql -v owner=app_owner -f own_table.sql DATABASE
--
-- Run it as a superuser. app_owner is the role that owns the application's tables. REFERENCES on
-- a table amounts to running code as the table's owner (docs/security.md). So the role has it only
-- while the foreign keys are created. They work without it.
\set ON_ERROR_STOP on
BEGIN;

-- for the functions in the policies and the default
GRANT modelapi_acl_user TO :"owner";
GRANT REFERENCES (id) ON modelapi_acl.model_apis, modelapi_acl.users TO :"owner";
CREATE SCHEMA app AUTHORIZATION :"owner";

SET LOCAL ROLE :"owner";

CREATE TABLE app.notes (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	-- Deleted with the model API, whoever deletes that. Without ON DELETE the deletion would fail (23503).
	model_api_id uuid NOT NULL REFERENCES modelapi_acl.model_apis (id) ON DELETE CASCADE,
	-- the note stays when its author is deleted
	author_id uuid DEFAULT modelapi_acl.current_user_id() REFERENCES modelapi_acl.users (id) ON DELETE SET NULL,
	body text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
-- for the foreign keys and for lists
CREATE INDEX notes_by_model_api ON app.notes (model_api_id, created_at);
CREATE INDEX notes_by_author ON app.notes (author_id);

-- Policies ask for permissions on the model API: by the statement's snapshot to show a row, by the
-- latest state, _now, to write one. PostgreSQL checks them before the foreign key, so a hidden and a
-- missing model API give the same error. Where a permission alone decides, one call of protect_table
-- makes all policies: docs/own_tables.md.
ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON app.notes FOR SELECT TO modelapi_acl_user
	USING (modelapi_acl.has_permission(model_api_id, 'view'));
-- collaborators write notes of their own
CREATE POLICY insertable ON app.notes FOR INSERT TO modelapi_acl_user
	WITH CHECK (modelapi_acl.has_permission_now(model_api_id, 'view_logs') AND author_id = modelapi_acl.current_user_id());
CREATE POLICY updatable ON app.notes FOR UPDATE TO modelapi_acl_user
	USING (author_id = modelapi_acl.current_user_id())
	WITH CHECK (modelapi_acl.has_permission_now(model_api_id, 'view_logs') AND author_id = modelapi_acl.current_user_id());
-- authors, and owners of the model API, delete notes
CREATE POLICY deletable ON app.notes FOR DELETE TO modelapi_acl_user
	USING (author_id = modelapi_acl.current_user_id() OR modelapi_acl.has_permission(model_api_id, 'delete'));
GRANT USAGE ON SCHEMA app TO modelapi_acl_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.notes TO modelapi_acl_user;

RESET ROLE;
REVOKE REFERENCES (id) ON modelapi_acl.model_apis, modelapi_acl.users FROM :"owner";
COMMIT;
