-- What the check non_interference needs in its template database.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ni_user') THEN
		CREATE ROLE ni_user LOGIN;
		GRANT modelapi_acl_user TO ni_user;
		CREATE ROLE ni_person;
		GRANT modelapi_acl_user TO ni_person;
		CREATE ROLE ni_reader LOGIN;
		GRANT modelapi_acl_user, pg_read_all_data TO ni_reader;
		CREATE ROLE ni_backend LOGIN;
		GRANT modelapi_acl_backend, ni_person, ni_reader TO ni_backend;
		CREATE ROLE ni_web LOGIN NOINHERIT;
		GRANT modelapi_acl_authenticator, ni_person TO ni_web;
	END IF;
END $$;
CREATE SCHEMA ni;
GRANT USAGE ON SCHEMA ni TO PUBLIC;
-- a function as any user may write it: it reports its argument, and is cheap for the planner
CREATE FUNCTION ni.report(anyelement) RETURNS text LANGUAGE plpgsql COST 0.0000001 AS
	$$ BEGIN RAISE NOTICE 'reported %', $1; RETURN $1; END $$;
