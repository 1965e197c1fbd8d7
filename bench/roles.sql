-- Roles for measuring: an application's backend, a gateway, and one for each kind of
-- hand-written policy.
DO $$
DECLARE r record;
BEGIN
	FOR r IN SELECT * FROM (VALUES ('bench_backend', 'modelapi_acl_backend'), ('bench_gateway', 'modelapi_acl_gateway'),
			('bench_claims', 'modelapi_acl_authenticator'),
			('peer_plpgsql', NULL), ('peer_in_select', NULL), ('peer_any_array', NULL), ('peer_subplans', NULL)) v (role, member_of) LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r.role) THEN
			EXECUTE format('CREATE ROLE %I LOGIN', r.role);
		END IF;
		IF r.member_of IS NOT NULL THEN
			EXECUTE format('GRANT %I TO %I', r.member_of, r.role);
		END IF;
	END LOOP;
END $$;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO peer_plpgsql, peer_in_select, peer_any_array, peer_subplans;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO peer_plpgsql, peer_in_select, peer_any_array, peer_subplans;
GRANT USAGE ON SCHEMA modelapi_acl TO peer_plpgsql, peer_in_select, peer_any_array, peer_subplans;
-- its user comes from JWT claims, and it is subject to the policies
GRANT modelapi_acl_user TO bench_claims;
