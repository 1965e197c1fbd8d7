-- Roles. They belong to the cluster, not to the database: they are created where they
-- are missing, checked where they exist, and never dropped.

DO LANGUAGE plpgsql $block$
DECLARE
	ours CONSTANT name[] := ARRAY[
		'modelapi_acl_user', 'modelapi_acl_backend', 'modelapi_acl_authenticator',
		'modelapi_acl_gateway', 'modelapi_acl_identity_gateway',
		'modelapi_acl_log_writer', 'modelapi_acl_admin'];
	role_name name;
	role pg_roles;
	others text;
BEGIN
	-- An installation in another database may be creating them: wait until it has
	LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE;
	FOREACH role_name IN ARRAY ours LOOP
		SELECT r.* INTO role FROM pg_roles AS r
		WHERE r.rolname = role_name;
		IF NOT FOUND THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
			CONTINUE;
		END IF;

		IF role.rolcanlogin OR role.rolsuper OR role.rolbypassrls OR role.rolcreaterole
			OR role.rolcreatedb OR role.rolreplication THEN
			RAISE EXCEPTION 'role % exists and has attributes that it must not have', role_name
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = 'It may log in, or is a superuser, or bypasses row-level security, or may create roles or databases, or may replicate.',
				HINT = format('Use ALTER ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION, or drop the role.', role_name);
		END IF;

		SELECT string_agg(pg_get_userbyid(m.roleid)::text, ', ')
		INTO others
		FROM pg_auth_members AS m
		WHERE m.member = role.oid
			-- this membership is granted below
			AND NOT (role_name = 'modelapi_acl_backend'::name
				AND pg_get_userbyid(m.roleid) = 'modelapi_acl_user'::name);
		IF others IS NOT NULL THEN
			RAISE EXCEPTION 'role % exists and is a member of other roles', role_name
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = format('It is a member of: %s.', others),
				HINT = 'Revoke the memberships, or drop the role.';
		END IF;

		SELECT string_agg(pg_get_userbyid(m.member)::text, ', ')
		INTO others
		FROM pg_auth_members AS m
		WHERE m.roleid = role.oid
			AND NOT pg_get_userbyid(m.member) = ANY (ours);
		IF others IS NOT NULL THEN
			RAISE WARNING 'role % exists and has members, which modelapi_acl will trust in this database: %',
				role_name, others;
		END IF;
	END LOOP;
END
$block$;

-- A backend may do what a signed-in user may, without SET ROLE
GRANT modelapi_acl_user TO modelapi_acl_backend;

COMMENT ON ROLE modelapi_acl_user IS 'modelapi_acl: runs SQL for a signed-in user';
COMMENT ON ROLE modelapi_acl_backend IS 'modelapi_acl: application backends, which may set the current user with set_session_user';
COMMENT ON ROLE modelapi_acl_authenticator IS 'modelapi_acl: PostgREST''s login role, whose request.jwt.claims are trusted';
COMMENT ON ROLE modelapi_acl_gateway IS 'modelapi_acl: API gateways, which may call authorize_invocation';
COMMENT ON ROLE modelapi_acl_identity_gateway IS 'modelapi_acl: API gateways that verify who calls, which may also call authorize_invocation_as';
COMMENT ON ROLE modelapi_acl_log_writer IS 'modelapi_acl: log shippers, which may insert logs of model APIs';
COMMENT ON ROLE modelapi_acl_admin IS 'modelapi_acl: operators and control plane of the platform';
