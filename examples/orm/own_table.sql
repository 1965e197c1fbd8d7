-- A table of the application's own, beside modelapi_acl: notes on model APIs.
--
--	psql -v owner=app_owner -f own_table.sql DATABASE
--
-- by a superuser; app_owner is the role that owns the application's tables. Whoever has
-- REFERENCES on a table can have code run as that table's owner (docs/limits.md), so the
-- role has it while the keys are made, and no longer. The keys go on working without it.
\set ON_ERROR_STOP on
BEGIN;

-- for the names in the policies and the default
GRANT modelapi_acl_user TO :"owner";
GRANT REFERENCES (id) ON modelapi_acl.model_apis, modelapi_acl.users TO :"owner";
CREATE SCHEMA app AUTHORIZATION :"owner";

SET LOCAL ROLE :"owner";

CREATE TABLE app.notes (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	-- goes with the model API, whoever deletes it. Without ON DELETE it would block the deletion (23503).
	model_api_id uuid NOT NULL REFERENCES modelapi_acl.model_apis (id) ON DELETE CASCADE,
	-- stays without its author
	author_id uuid DEFAULT modelapi_acl.current_user_id() REFERENCES modelapi_acl.users (id) ON DELETE SET NULL,
	body text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
-- for the foreign keys and for lists
CREATE INDEX notes_by_model_api ON app.notes (model_api_id, created_at);
CREATE INDEX notes_by_author ON app.notes (author_id);

-- Policies ask for permissions on the model API. They come before the foreign key's check, so a model
-- API that is hidden and one that is not there give the same error.
ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON app.notes FOR SELECT TO modelapi_acl_user
	USING (modelapi_acl.has_permission(model_api_id, 'view'));
-- collaborators write, in their own names
CREATE POLICY insertable ON app.notes FOR INSERT TO modelapi_acl_user
	WITH CHECK (modelapi_acl.has_permission(model_api_id, 'view_logs') AND author_id = modelapi_acl.current_user_id());
CREATE POLICY updatable ON app.notes FOR UPDATE TO modelapi_acl_user
	USING (author_id = modelapi_acl.current_user_id())
	WITH CHECK (modelapi_acl.has_permission(model_api_id, 'view_logs') AND author_id = modelapi_acl.current_user_id());
-- authors, and owners of the model API
CREATE POLICY deletable ON app.notes FOR DELETE TO modelapi_acl_user
	USING (author_id = modelapi_acl.current_user_id() OR modelapi_acl.has_permission(model_api_id, 'delete'));
GRANT USAGE ON SCHEMA app TO modelapi_acl_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.notes TO modelapi_acl_user;

RESET ROLE;
REVOKE REFERENCES (id) ON modelapi_acl.model_apis, modelapi_acl.users FROM :"owner";
COMMIT;
