-- Privileges, all of them. PUBLIC has none. The block below revokes what the default
-- privileges of the installing role have granted.
--
-- INSERT and UPDATE are granted by column; a new column needs its own grant. Nobody has
-- DELETE, TRUNCATE, TRIGGER, REFERENCES or table-wide UPDATE: DELETE or UPDATE on a table
-- would allow LOCK TABLE.

DO LANGUAGE plpgsql $block$
DECLARE
	statement text;
BEGIN
	FOR statement IN
		SELECT format('REVOKE ALL ON %s %s FROM %s', o.kind, o.name,
			CASE WHEN a.grantee = 0 THEN 'PUBLIC'
				ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
		FROM (
			SELECT 'SCHEMA' AS kind, quote_ident(n.nspname) AS name,
				n.nspacl AS acl, n.nspowner AS owner
			FROM pg_namespace AS n
			WHERE n.nspname = ANY
				(ARRAY['modelapi_acl', 'modelapi_acl_internal']::name[])
			UNION ALL
			SELECT 'TABLE', c.oid::regclass::text, c.relacl, c.relowner
			FROM pg_class AS c
			WHERE c.relkind = ANY (ARRAY['r', 'v']::"char"[])
				AND c.relnamespace = ANY (ARRAY[
					'modelapi_acl'::regnamespace,
					'modelapi_acl_internal'::regnamespace]::oid[])
			UNION ALL
			SELECT 'FUNCTION', p.oid::regprocedure::text,
				COALESCE(p.proacl, acldefault('f', p.proowner)), p.proowner
			FROM pg_proc AS p
			WHERE p.pronamespace = ANY (ARRAY[
					'modelapi_acl'::regnamespace,
					'modelapi_acl_internal'::regnamespace]::oid[])
			UNION ALL
			SELECT 'TYPE', t.oid::regtype::text,
				COALESCE(t.typacl, acldefault('T', t.typowner)), t.typowner
			FROM pg_type AS t
			WHERE t.typtype = ANY (ARRAY['c', 'e']::"char"[])
				AND t.typnamespace = ANY (ARRAY[
					'modelapi_acl'::regnamespace,
					'modelapi_acl_internal'::regnamespace]::oid[])
		) AS o
			CROSS JOIN LATERAL aclexplode(o.acl) AS a
		WHERE a.grantee <> o.owner
		GROUP BY o.kind, o.name, a.grantee
	LOOP
		EXECUTE statement;
	END LOOP;
END
$block$;

-- ---------------------------------------------------------------------------
-- Schemas and types. Nobody has USAGE on the internal schema: policies and SQL-standard
-- bodies refer to its objects by OID, which needs no USAGE.

GRANT USAGE ON SCHEMA modelapi_acl TO
	modelapi_acl_user, modelapi_acl_admin, modelapi_acl_gateway, modelapi_acl_identity_gateway,
	modelapi_acl_log_writer;
GRANT USAGE ON TYPE
	modelapi_acl.access_level, modelapi_acl.visibility, modelapi_acl.authorization_mode,
	modelapi_acl.invocation_mode, modelapi_acl.permission, modelapi_acl.project_permission,
	modelapi_acl.version_state
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT USAGE ON TYPE modelapi_acl.decision TO modelapi_acl_user, modelapi_acl_admin;
-- Row types, for functions of users that take or return rows
GRANT USAGE ON TYPE
	modelapi_acl.users, modelapi_acl.user_identities, modelapi_acl.organizations,
	modelapi_acl.organization_members, modelapi_acl.projects, modelapi_acl.project_collaborators,
	modelapi_acl.model_apis, modelapi_acl.model_api_collaborators, modelapi_acl.model_api_versions,
	modelapi_acl.model_api_settings, modelapi_acl.model_api_logs, modelapi_acl.access_tokens,
	modelapi_acl.audit_events, modelapi_acl.access_reviews,
	modelapi_acl.token_usage, modelapi_acl.invocation_usage, modelapi_acl.usage_status,
	modelapi_acl.personal_tokens, modelapi_acl.personal_token_model_apis
	TO modelapi_acl_user, modelapi_acl_admin;

-- ---------------------------------------------------------------------------
-- Tables

GRANT SELECT ON
	modelapi_acl.users,
	modelapi_acl.user_identities,
	modelapi_acl.organizations,
	modelapi_acl.organization_members,
	modelapi_acl.projects,
	modelapi_acl.project_collaborators,
	modelapi_acl.model_apis,
	modelapi_acl.model_api_collaborators,
	modelapi_acl.model_api_versions,
	modelapi_acl.model_api_settings,
	modelapi_acl.model_api_logs,
	modelapi_acl.access_tokens,
	modelapi_acl.audit_events,
	modelapi_acl.access_reviews,
	modelapi_acl.token_usage,
	modelapi_acl.invocation_usage,
	modelapi_acl.usage_status,
	modelapi_acl_internal.token_counts,
	modelapi_acl_internal.invocation_counts,
	modelapi_acl_internal.counting,
	modelapi_acl.personal_tokens,
	modelapi_acl.personal_token_model_apis
	TO modelapi_acl_user, modelapi_acl_admin;

-- Clients may send every column; the guards decide what to do with it. Only "id" is in no
-- UPDATE: setting it would take a lock that blocks inserts of referencing rows.
GRANT INSERT (id, name, full_name, created_at, created_by),
	UPDATE (name, full_name, created_at, created_by)
	ON modelapi_acl.organizations TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (organization_id, user_id, is_admin, created_at),
	UPDATE (organization_id, user_id, is_admin, created_at)
	ON modelapi_acl.organization_members TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (id, name, description, created_by, created_at),
	UPDATE (name, description, created_by, created_at)
	ON modelapi_acl.projects TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (id, project_id, user_id, organization_id, access_level, expires_at, granted_by, created_at),
	UPDATE (project_id, user_id, organization_id, access_level, expires_at, granted_by, created_at)
	ON modelapi_acl.project_collaborators TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (id, project_id, name, description, visibility, authorization_mode, invocation_mode,
		created_by, created_at, updated_at),
	UPDATE (project_id, name, description, visibility, authorization_mode, invocation_mode,
		created_by, created_at, updated_at)
	ON modelapi_acl.model_apis TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (id, model_api_id, user_id, organization_id, access_level, expires_at, granted_by, created_at),
	UPDATE (model_api_id, user_id, organization_id, access_level, expires_at, granted_by, created_at)
	ON modelapi_acl.model_api_collaborators TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (id, model_api_id, number, source, description, state, created_by, created_at),
	UPDATE (model_api_id, number, source, description, state, created_by, created_at)
	ON modelapi_acl.model_api_versions TO modelapi_acl_user, modelapi_acl_admin;
GRANT INSERT (model_api_id, name, value, updated_by, updated_at),
	UPDATE (model_api_id, name, value, updated_by, updated_at)
	ON modelapi_acl.model_api_settings TO modelapi_acl_user, modelapi_acl_admin;

GRANT INSERT (id, username, full_name, disabled_at, created_at, responsible_id),
	UPDATE (username, full_name, disabled_at, created_at, responsible_id)
	ON modelapi_acl.users TO modelapi_acl_admin;
GRANT INSERT (user_id, email, external_id),
	UPDATE (user_id, email, external_id)
	ON modelapi_acl.user_identities TO modelapi_acl_admin;
GRANT INSERT (id, model_api_id, version_id, logged_at, level, message)
	ON modelapi_acl.model_api_logs TO modelapi_acl_log_writer, modelapi_acl_admin;
GRANT UPDATE (model_api_id, version_id, logged_at, level, message)
	ON modelapi_acl.model_api_logs TO modelapi_acl_admin;

-- ---------------------------------------------------------------------------
-- Functions

-- Inserts call the functions in defaults
GRANT EXECUTE ON FUNCTION
	modelapi_acl.new_id()
	TO modelapi_acl_user, modelapi_acl_admin, modelapi_acl_log_writer;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.set_by_extension()
	TO modelapi_acl_user, modelapi_acl_admin;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.current_user_id(),
	modelapi_acl.pre_request(),
	modelapi_acl.has_permission(uuid, modelapi_acl.permission),
	modelapi_acl.effective_access_level(uuid),
	modelapi_acl.my_permissions(uuid),
	modelapi_acl.require_permission(uuid, modelapi_acl.permission),
	modelapi_acl.has_project_permission(uuid, modelapi_acl.project_permission),
	modelapi_acl.my_project_permissions(uuid),
	modelapi_acl.is_administrator(),
	modelapi_acl.has_permission_now(uuid, modelapi_acl.permission),
	modelapi_acl.has_project_permission_now(uuid, modelapi_acl.project_permission),
	modelapi_acl.protect_table(regclass, name, text, text, text, text, boolean),
	modelapi_acl.unprotect_table(regclass),
	modelapi_acl.create_organization(text, text),
	modelapi_acl.add_organization_member(text, text, boolean),
	modelapi_acl.remove_organization_member(text, text),
	modelapi_acl.delete_organization(text),
	modelapi_acl.create_project(text, text),
	modelapi_acl.delete_project(uuid),
	modelapi_acl.add_project_collaborator(uuid, text, modelapi_acl.access_level, timestamptz),
	modelapi_acl.remove_project_collaborator(uuid, text),
	modelapi_acl.transfer_project(uuid, text, modelapi_acl.access_level),
	modelapi_acl.create_model_api(uuid, text, text, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.invocation_mode),
	modelapi_acl.delete_model_api(uuid),
	modelapi_acl.set_visibility(uuid, modelapi_acl.visibility),
	modelapi_acl.set_authorization_mode(uuid, modelapi_acl.authorization_mode),
	modelapi_acl.set_setting(uuid, text, jsonb),
	modelapi_acl.delete_setting(uuid, text),
	modelapi_acl.publish_version(uuid, jsonb, text),
	modelapi_acl.set_version_state(uuid, modelapi_acl.version_state),
	modelapi_acl.add_collaborator(uuid, text, modelapi_acl.access_level, timestamptz),
	modelapi_acl.remove_collaborator(uuid, text),
	modelapi_acl.transfer_ownership(uuid, text, modelapi_acl.access_level),
	modelapi_acl.list_model_apis(modelapi_acl.permission),
	modelapi_acl.list_projects(modelapi_acl.project_permission),
	modelapi_acl.actor(modelapi_acl.audit_events),
	modelapi_acl.model_api(modelapi_acl.audit_events),
	modelapi_acl.project(modelapi_acl.audit_events),
	modelapi_acl.search_places(text),
	modelapi_acl.search_model_apis(text),
	modelapi_acl.who_can(uuid, modelapi_acl.permission),
	modelapi_acl.explain_access(uuid, modelapi_acl.permission, text),
	modelapi_acl.access_level_at(uuid, text, timestamptz),
	modelapi_acl.who_could(uuid, modelapi_acl.permission, timestamptz),
	modelapi_acl.authorization_at(uuid, timestamptz),
	modelapi_acl.access_changes(uuid),
	modelapi_acl.changes_since(text),
	modelapi_acl.create_token(uuid, text, timestamptz, jsonb),
	modelapi_acl.regenerate_token(uuid, interval),
	modelapi_acl.revoke_token(uuid),
	modelapi_acl.update_token(uuid, text, timestamptz, jsonb),
	modelapi_acl.suspend_token(uuid),
	modelapi_acl.resume_token(uuid),
	modelapi_acl.request_examples(uuid, text),
	modelapi_acl.offboarding_report(text),
	modelapi_acl.transfer_service_account(text, text),
	modelapi_acl.create_personal_token(text, timestamptz, uuid[]),
	modelapi_acl.create_service_token(text, text, timestamptz, uuid[])
	TO modelapi_acl_user, modelapi_acl_admin;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.set_session_user(text)
	TO modelapi_acl_backend;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.authorize_invocation(uuid, text),
	modelapi_acl.authorize_invocation(uuid, text, bytea)
	TO modelapi_acl_gateway, modelapi_acl_identity_gateway;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.revoke_leaked_token(text)
	TO modelapi_acl_gateway, modelapi_acl_identity_gateway, modelapi_acl_admin;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.revoke_leaked_digest(bytea),
	modelapi_acl.revoke_tokens_of(text),
	modelapi_acl.import_token(uuid, text, bytea, text, timestamptz, text)
	TO modelapi_acl_admin;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.authorize_invocation_as(uuid, text)
	TO modelapi_acl_identity_gateway;

GRANT EXECUTE ON FUNCTION
	modelapi_acl.create_user(text, text, text, text),
	modelapi_acl.create_service_account(text, text, text, text),
	modelapi_acl.import_personal_token(text, text, bytea, uuid[], text, timestamptz),
	modelapi_acl.update_user(text, text, text, text, text),
	modelapi_acl.disable_user(text),
	modelapi_acl.enable_user(text),
	modelapi_acl.delete_user(text),
	modelapi_acl.release_name(text),
	modelapi_acl_internal.release(text),
	modelapi_acl.prune_logs(interval),
	modelapi_acl.prune_usage(interval),
	modelapi_acl.drain_decisions(integer),
	modelapi_acl.verify_decisions(modelapi_acl.decision[]),
	modelapi_acl.verify_access(integer)
	TO modelapi_acl_admin;

-- Functions that policies, and functions that run as their caller, call. Without USAGE on
-- the schema, users cannot call them by name.
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.current_identity(),
	modelapi_acl_internal.model_api_permits(uuid, uuid, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.permission, uuid),
	modelapi_acl_internal.model_api_permits(uuid, modelapi_acl.permission, uuid),
	modelapi_acl_internal.project_permits(uuid, modelapi_acl.project_permission, uuid),
	modelapi_acl_internal.organization_permits(uuid, modelapi_acl_internal.organization_permission, uuid),
	modelapi_acl_internal.is_signed_in(uuid),
	modelapi_acl_internal.is_administrator(uuid),
	modelapi_acl_internal.is_identity_of(uuid, uuid),
	modelapi_acl_internal.shows_tokens_of(uuid, uuid),
	modelapi_acl_internal.shows_personal_token(uuid, uuid),
	modelapi_acl_internal.shows_model_api_grant(uuid, uuid, uuid, uuid),
	modelapi_acl_internal.shows_project_grant(uuid, uuid, uuid, uuid),
	modelapi_acl_internal.shows_audit_event(text, uuid, uuid, uuid, uuid),
	modelapi_acl_internal.user_permits(uuid, uuid, modelapi_acl.permission),
	modelapi_acl_internal.shows_members(uuid),
	modelapi_acl_internal.snapshot_clock(),
	modelapi_acl_internal.model_api_permits_now(uuid, modelapi_acl.permission),
	modelapi_acl_internal.model_api_permits_now(uuid, uuid, modelapi_acl.permission),
	modelapi_acl_internal.model_api_permits_now(xid, uuid, modelapi_acl.permission),
	modelapi_acl_internal.project_permits_now(uuid, modelapi_acl.project_permission),
	modelapi_acl_internal.project_permits_now(xid, uuid, modelapi_acl.project_permission),
	modelapi_acl_internal.organization_permits_now(uuid, modelapi_acl_internal.organization_permission),
	modelapi_acl_internal.organization_permits_now(xid, uuid, modelapi_acl_internal.organization_permission),
	modelapi_acl_internal.is_signed_in_now(),
	modelapi_acl_internal.require(boolean, text, text, text),
	modelapi_acl_internal.require_signed_in(),
	modelapi_acl_internal.require_user(),
	modelapi_acl_internal.require_may_create(boolean),
	modelapi_acl_internal.require_administrator(),
	modelapi_acl_internal.may_administer(),
	modelapi_acl_internal.after_policy(anyelement),
	modelapi_acl_internal.issue_token(),
	modelapi_acl_internal.issue_personal_token(),
	modelapi_acl_internal.record_transfer(text, uuid, uuid, modelapi_acl.access_level),
	modelapi_acl_internal.record_pruning(interval, bigint),
	modelapi_acl_internal.require_permission(uuid, modelapi_acl.permission, text),
	modelapi_acl_internal.require_project_permission(uuid, modelapi_acl.project_permission),
	modelapi_acl_internal.require_organization(text, modelapi_acl_internal.organization_permission),
	modelapi_acl_internal.find_principal(text),
	modelapi_acl_internal.require_principal(text),
	modelapi_acl_internal.require_member(text),
	modelapi_acl_internal.require_new_owner(text),
	modelapi_acl_internal.require_responsible(text),
	modelapi_acl_internal.is_asking(text),
	modelapi_acl_internal.require_removed(bigint, boolean, text),
	modelapi_acl_internal.require_changed(bigint, text),
	modelapi_acl_internal.check_name(text, text),
	modelapi_acl_internal.value_problem(text, text),
	modelapi_acl_internal.check_expiry(timestamptz),
	modelapi_acl_internal.search_words(text),
	modelapi_acl_internal.search_document(text, text),
	modelapi_acl_internal.search_rank(text, tsvector, tsquery, tsquery, bytea),
	modelapi_acl_internal.username_of(uuid),
	modelapi_acl_internal.organization_name_of(uuid),
	modelapi_acl_internal.project_name_of(uuid),
	modelapi_acl_internal.grant_changed_at(uuid),
	modelapi_acl_internal.issuer_may_be_deleted(uuid),
	modelapi_acl_internal.organization_used_at(uuid, uuid, uuid, timestamptz),
	modelapi_acl_internal.usage_of_token(uuid, bigint, bigint, bigint, bigint),
	modelapi_acl_internal.usage_of_invocations(),
	modelapi_acl_internal.usage_is_live(bigint),
	modelapi_acl_internal.usage_since(),
	modelapi_acl_internal.usage_state(),
	modelapi_acl_internal.request_templates(),
	modelapi_acl_internal.is_request_url(text),
	modelapi_acl_internal.escaped_url(text)
	TO modelapi_acl_user, modelapi_acl_admin;

-- Finds any user by id, username or email address: only for functions for administrators
GRANT EXECUTE ON FUNCTION modelapi_acl_internal.require_identified_user(text) TO modelapi_acl_admin;

-- Reading views, and functions that read them: empty except while src/sql_api/answers.c
-- computes an answer.
GRANT SELECT ON
	modelapi_acl_internal.all_users,
	modelapi_acl_internal.all_user_identities,
	modelapi_acl_internal.all_organizations,
	modelapi_acl_internal.all_organization_members,
	modelapi_acl_internal.all_projects,
	modelapi_acl_internal.all_project_collaborators,
	modelapi_acl_internal.all_model_apis,
	modelapi_acl_internal.all_model_api_collaborators,
	modelapi_acl_internal.all_model_api_versions,
	modelapi_acl_internal.all_model_api_settings,
	modelapi_acl_internal.all_model_api_logs,
	modelapi_acl_internal.all_access_tokens,
	modelapi_acl_internal.all_audit_events,
	modelapi_acl_internal.all_principal_names,
	modelapi_acl_internal.all_search_documents,
	modelapi_acl_internal.all_token_hashes,
	modelapi_acl_internal.all_personal_tokens,
	modelapi_acl_internal.all_personal_token_model_apis,
	modelapi_acl_internal.all_personal_token_hashes,
	modelapi_acl_internal.all_object_counters,
	modelapi_acl_internal.all_changes
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT SELECT ON
	modelapi_acl_internal.all_installed_facts,
	modelapi_acl_internal.own_relations
	TO modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.relation_facts(),
	modelapi_acl_internal.owner_is_able(),
	modelapi_acl_internal.normal_definition(text),
	modelapi_acl_internal.object_facts(),
	modelapi_acl_internal.changed_facts(),
	modelapi_acl_internal.own_policy_state(oid),
	modelapi_acl_internal.own_table_problems()
	TO modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.road(boolean, text),
	modelapi_acl_internal.current_change(),
	modelapi_acl_internal.past_events(timestamptz, uuid),
	modelapi_acl_internal.model_api_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.token_state(timestamptz, boolean, boolean, timestamptz, timestamptz),
	modelapi_acl_internal.token_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.token_listed_at(uuid, uuid, timestamptz, uuid),
	modelapi_acl_internal.access_tokens_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.personal_tokens_at(
		uuid, uuid, modelapi_acl.visibility, timestamptz, timestamptz),
	modelapi_acl_internal.grants_at(uuid, uuid, timestamptz, uuid),
	modelapi_acl_internal.members_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.organization_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.users_at(uuid[], timestamptz, uuid),
	modelapi_acl_internal.all_users_at(timestamptz, uuid),
	modelapi_acl_internal.user_named_at(text, timestamptz),
	modelapi_acl_internal.holders_at(uuid, uuid, timestamptz, timestamptz),
	modelapi_acl_internal.level_at(uuid, uuid, timestamptz, uuid, timestamptz),
	modelapi_acl_internal.require_history(uuid, timestamptz),
	modelapi_acl_internal.read_position(text),
	modelapi_acl_internal.next_snapshot(pg_snapshot),
	modelapi_acl_internal.shows_snapshot(pg_snapshot),
	modelapi_acl_internal.write_position(pg_snapshot, pg_snapshot, timestamptz, timestamptz, uuid),
	modelapi_acl_internal.left_alone_by(uuid),
	modelapi_acl_internal.is_answering(),
	modelapi_acl_internal.require_person(text),
	modelapi_acl_internal.rule_permits(modelapi_acl.permission, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.access_level, modelapi_acl.access_level),
	modelapi_acl_internal.rule_permissions(modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.access_level, modelapi_acl.access_level),
	modelapi_acl_internal.permission_hint(modelapi_acl.permission)
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.seen_events(uuid, xid8, xid8),
	modelapi_acl_internal.seen_model_api(uuid, xid8, xid8),
	modelapi_acl_internal.seen_user(uuid, xid8, xid8),
	modelapi_acl_internal.seen_memberships(uuid, xid8, xid8),
	modelapi_acl_internal.seen_levels(uuid, uuid, uuid, timestamptz, xid8, xid8),
	modelapi_acl_internal.seen_token(uuid, uuid, uuid, timestamptz, xid8, xid8),
	modelapi_acl_internal.seen_reasons(uuid, uuid, uuid, timestamptz, xid8, xid8),
	modelapi_acl_internal.decisive_events(uuid, uuid, uuid)
	TO modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.ask_as(uuid, text, uuid[], modelapi_acl.permission),
	modelapi_acl_internal.is_whole_sample(integer),
	modelapi_acl_internal.sample_pairs(integer),
	modelapi_acl_internal.granted_level(uuid, uuid, uuid),
	modelapi_acl_internal.granted_model_apis(uuid, modelapi_acl.permission),
	modelapi_acl_internal.reach_differences(uuid, text, modelapi_acl.permission),
	modelapi_acl_internal.access_differences(integer),
	modelapi_acl_internal.broken_references(),
	modelapi_acl_internal.broken_invariants(),
	modelapi_acl_internal.unacceptable_values()
	TO modelapi_acl_admin;

-- Writable views: only the command that the public function needs, and SELECT to find rows
GRANT SELECT, DELETE ON
	modelapi_acl_internal.removable_members,
	modelapi_acl_internal.deletable_organizations,
	modelapi_acl_internal.deletable_projects,
	modelapi_acl_internal.removable_project_collaborators,
	modelapi_acl_internal.deletable_model_apis,
	modelapi_acl_internal.removable_model_api_collaborators,
	modelapi_acl_internal.deletable_settings
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT SELECT, DELETE,
	INSERT (username, full_name, responsible_id), UPDATE (username, full_name, disabled_at)
	ON modelapi_acl_internal.managed_users TO modelapi_acl_admin;
GRANT SELECT, INSERT (user_id, email, external_id), UPDATE (email, external_id)
	ON modelapi_acl_internal.managed_identities TO modelapi_acl_admin;
GRANT SELECT, DELETE ON modelapi_acl_internal.prunable_logs TO modelapi_acl_admin;
GRANT SELECT, DELETE ON
	modelapi_acl_internal.prunable_invocations,
	modelapi_acl_internal.prunable_tokens
	TO modelapi_acl_admin;
