-- Roles. They belong to the cluster, not to the database: made when missing,
-- checked when there, never dropped.

DO LANGUAGE plpgsql $block$
DECLARE
	ours CONSTANT pg_catalog.name[] := ARRAY[
		'modelapi_acl_user', 'modelapi_acl_backend', 'modelapi_acl_authenticator',
		'modelapi_acl_gateway', 'modelapi_acl_log_writer', 'modelapi_acl_admin'];
	role_name pg_catalog.name;
	role pg_catalog.pg_roles;
	others pg_catalog.text;
BEGIN
	-- another database's installation may be making them: wait, and find them there
	LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE;
	FOREACH role_name IN ARRAY ours LOOP
		SELECT r.* INTO role FROM pg_catalog.pg_roles AS r
		WHERE r.rolname OPERATOR(pg_catalog.=) role_name;
		IF NOT FOUND THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
			CONTINUE;
		END IF;

		IF role.rolcanlogin OR role.rolsuper OR role.rolbypassrls OR role.rolcreaterole
			OR role.rolcreatedb OR role.rolreplication THEN
			RAISE EXCEPTION 'role % exists and has attributes that it must not have', role_name
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = 'It may log in, or is a superuser, or bypasses row-level security, or may create roles or databases, or may replicate.',
				HINT = pg_catalog.format('ALTER ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION, or drop it.', role_name);
		END IF;

		SELECT pg_catalog.string_agg(pg_catalog.pg_get_userbyid(m.roleid)::pg_catalog.text, ', ')
		INTO others
		FROM pg_catalog.pg_auth_members AS m
		WHERE m.member OPERATOR(pg_catalog.=) role.oid
			-- the one that is granted below
			AND NOT (role_name OPERATOR(pg_catalog.=) 'modelapi_acl_backend'::pg_catalog.name
				AND pg_catalog.pg_get_userbyid(m.roleid) OPERATOR(pg_catalog.=) 'modelapi_acl_user'::pg_catalog.name);
		IF others IS NOT NULL THEN
			RAISE EXCEPTION 'role % exists and is a member of other roles', role_name
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = pg_catalog.format('It is a member of: %s.', others),
				HINT = 'Revoke the memberships, or drop the role.';
		END IF;

		SELECT pg_catalog.string_agg(pg_catalog.pg_get_userbyid(m.member)::pg_catalog.text, ', ')
		INTO others
		FROM pg_catalog.pg_auth_members AS m
		WHERE m.roleid OPERATOR(pg_catalog.=) role.oid
			AND NOT pg_catalog.pg_get_userbyid(m.member) OPERATOR(pg_catalog.=) ANY (ours);
		IF others IS NOT NULL THEN
			RAISE WARNING 'role % exists and has members, who are trusted here too: %',
				role_name, others;
		END IF;
	END LOOP;
END
$block$;

-- A backend may do what a signed-in person may, without SET ROLE
GRANT modelapi_acl_user TO modelapi_acl_backend;

COMMENT ON ROLE modelapi_acl_user IS 'modelapi_acl: SQL run for a signed-in person';
COMMENT ON ROLE modelapi_acl_backend IS 'modelapi_acl: application backends, which may state who is asking';
COMMENT ON ROLE modelapi_acl_authenticator IS 'modelapi_acl: PostgREST''s login role, whose request.jwt.claims are believed';
COMMENT ON ROLE modelapi_acl_gateway IS 'modelapi_acl: API gateways, which may call authorize_invocation';
COMMENT ON ROLE modelapi_acl_log_writer IS 'modelapi_acl: what ships the logs of model APIs';
COMMENT ON ROLE modelapi_acl_admin IS 'modelapi_acl: the platform''s operators and control plane';
