-- Policies, all of them. Row-level security is forced on every table of both schemas. A
-- table without a policy shows no rows and accepts none.
--
-- A policy names one permission, which src/access/decision.c decides. It passes the
-- identity from a sub-select, which is evaluated once for a statement. USING of an UPDATE
-- needs the permission to update, so that SELECT ... FOR UPDATE cannot lock a row that one
-- may only see. There are no policies for DELETE: only functions delete.
--
-- Writes are checked against the latest committed state, by the functions whose names end
-- in _now: WITH CHECK for the row to be written, USING for an existing row that was
-- changed after the statement's snapshot. Policies for SELECT use the snapshot.

ALTER TABLE modelapi_acl.users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.user_identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.organizations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.organization_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.projects ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.project_collaborators ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.model_apis ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.model_api_collaborators ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.model_api_versions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.model_api_settings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.model_api_logs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.access_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.audit_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.principal_names ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.search_documents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.object_counters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.token_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.invocation_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.counting ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.installed_facts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.personal_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.personal_token_model_apis ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.personal_token_hashes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Users and organizations. Every signed-in user sees their names, to be able to share
CREATE POLICY may_view ON modelapi_acl.users FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.is_signed_in((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.users FOR INSERT
	TO modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_change ON modelapi_acl.users FOR UPDATE
	TO modelapi_acl_admin
	USING (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())))
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl.user_identities FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.is_identity_of(user_id,
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.user_identities FOR INSERT
	TO modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_change ON modelapi_acl.user_identities FOR UPDATE
	TO modelapi_acl_admin
	USING (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())))
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl.organizations FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.is_signed_in((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.organizations FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.is_signed_in_now());
CREATE POLICY may_change ON modelapi_acl.organizations FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.organization_permits(id, 'manage_organization',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.organization_permits_now(xmin, id, 'manage_organization'))
	WITH CHECK (modelapi_acl_internal.organization_permits_now(id, 'manage_organization'));
CREATE POLICY may_view ON modelapi_acl.organization_members FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.organization_permits(organization_id, 'view_members',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_add ON modelapi_acl.organization_members FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.organization_permits_now(organization_id, 'manage_organization'));
CREATE POLICY may_change ON modelapi_acl.organization_members FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.organization_permits(organization_id, 'manage_organization',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.organization_permits_now(xmin, organization_id, 'manage_organization'))
	WITH CHECK (modelapi_acl_internal.organization_permits_now(organization_id, 'manage_organization'));

-- Projects
CREATE POLICY may_view ON modelapi_acl.projects FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.project_permits(id, 'view_project',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.projects FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.is_signed_in_now());
CREATE POLICY may_change ON modelapi_acl.projects FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.project_permits(id, 'manage_project',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.project_permits_now(xmin, id, 'manage_project'))
	WITH CHECK (modelapi_acl_internal.project_permits_now(id, 'manage_project'));
CREATE POLICY may_view ON modelapi_acl.project_collaborators FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.shows_project_grant(project_id, user_id, organization_id,
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_add ON modelapi_acl.project_collaborators FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.project_permits_now(project_id, 'manage_project'));
CREATE POLICY may_change ON modelapi_acl.project_collaborators FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.project_permits(project_id, 'manage_project',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.project_permits_now(xmin, project_id, 'manage_project'))
	WITH CHECK (modelapi_acl_internal.project_permits_now(project_id, 'manage_project'));

-- Model APIs
CREATE POLICY may_view ON modelapi_acl.model_apis FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(id, project_id, visibility,
		authorization_mode, 'view', (SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.model_apis FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.project_permits_now(project_id, 'create_model_api'));
CREATE POLICY may_change ON modelapi_acl.model_apis FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(id, project_id, visibility,
		authorization_mode, 'edit_settings', (SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.model_api_permits_now(xmin, id, 'edit_settings'))
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(id, project_id, 'edit_settings'));
CREATE POLICY may_view ON modelapi_acl.model_api_collaborators FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.shows_model_api_grant(model_api_id, user_id, organization_id,
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_add ON modelapi_acl.model_api_collaborators FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'manage_collaborators'));
CREATE POLICY may_change ON modelapi_acl.model_api_collaborators FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'manage_collaborators',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.model_api_permits_now(xmin, model_api_id, 'manage_collaborators'))
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'manage_collaborators'));
CREATE POLICY may_view ON modelapi_acl.model_api_versions FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_publish ON modelapi_acl.model_api_versions FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'deploy_version'));
CREATE POLICY may_change ON modelapi_acl.model_api_versions FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'deploy_version',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.model_api_permits_now(xmin, model_api_id, 'deploy_version'))
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'deploy_version'));
CREATE POLICY may_view ON modelapi_acl.model_api_settings FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view_settings',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_create ON modelapi_acl.model_api_settings FOR INSERT
	TO modelapi_acl_user, modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'edit_settings'));
CREATE POLICY may_change ON modelapi_acl.model_api_settings FOR UPDATE
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'edit_settings',
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.model_api_permits_now(xmin, model_api_id, 'edit_settings'))
	WITH CHECK (modelapi_acl_internal.model_api_permits_now(model_api_id, 'edit_settings'));
CREATE POLICY may_view ON modelapi_acl.model_api_logs FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view_logs',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_write ON modelapi_acl.model_api_logs FOR INSERT
	TO modelapi_acl_log_writer
	WITH CHECK (true);
CREATE POLICY may_create ON modelapi_acl.model_api_logs FOR INSERT
	TO modelapi_acl_admin
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_change ON modelapi_acl.model_api_logs FOR UPDATE
	TO modelapi_acl_admin
	USING (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())))
	WITH CHECK (modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));

-- Access tokens, whose hashes are in another table, and audit events are read only
CREATE POLICY may_view ON modelapi_acl.access_tokens FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view_tokens',
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl.audit_events FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.shows_audit_event(object_type, object_id, project_id, model_api_id,
		(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl.personal_tokens FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.shows_tokens_of(user_id,
		(SELECT modelapi_acl_internal.current_identity())));
-- Not the model APIs that are hidden by now: that a row is there would tell that they exist
CREATE POLICY may_view ON modelapi_acl.personal_token_model_apis FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.shows_personal_token(token_id,
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.model_api_permits(model_api_id, 'view',
			(SELECT modelapi_acl_internal.current_identity())));

-- Counts of requests, which the views of 51_usage.sql show
CREATE POLICY may_view ON modelapi_acl_internal.token_counts FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view_tokens',
			(SELECT modelapi_acl_internal.current_identity()))
		OR modelapi_acl_internal.shows_tokens_of(user_id,
			(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl_internal.invocation_counts FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view_logs',
			(SELECT modelapi_acl_internal.current_identity()))
		OR modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl_internal.counting FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.is_signed_in((SELECT modelapi_acl_internal.current_identity())));
