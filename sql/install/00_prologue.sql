\echo Use "CREATE EXTENSION modelapi_acl CASCADE" to load this file. \quit

-- Nothing before this: CREATE EXTENSION has put the schema that pgcrypto lies in on the
-- search path, and whoever may CREATE there can have made operators. IS DISTINCT FROM,
-- CASE, IN, BETWEEN and NULLIF name none that could be qualified.
SET LOCAL search_path TO pg_catalog, pg_temp;

-- A role that may only CREATE in the database can have made the schema, or pgcrypto.
DO LANGUAGE plpgsql $block$
DECLARE
	schema_id pg_catalog.oid;
	schema_owner pg_catalog.oid;
	pgcrypto_owner pg_catalog.oid;
	pgcrypto_schema pg_catalog.name;
	stranger pg_catalog.text;
BEGIN
	SELECT n.oid, n.nspowner INTO STRICT schema_id, schema_owner
	FROM pg_catalog.pg_namespace AS n
	WHERE n.nspname OPERATOR(pg_catalog.=) 'modelapi_acl'::pg_catalog.name;

	IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r
			WHERE r.oid OPERATOR(pg_catalog.=) schema_owner) THEN
		RAISE EXCEPTION 'schema modelapi_acl is not owned by a superuser'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'Its owner could replace or drop what is in it.',
			HINT = 'Drop the schema, and look at what is in it, before installing modelapi_acl.';
	END IF;

	SELECT pg_catalog.pg_describe_object(d.classid, d.objid, 0) INTO stranger
	FROM pg_catalog.pg_depend AS d
	WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
		AND d.refobjid OPERATOR(pg_catalog.=) schema_id
		AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass
	LIMIT 1;
	IF stranger IS NOT NULL THEN
		RAISE EXCEPTION 'schema modelapi_acl is not empty'
		USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = pg_catalog.format('There is %s.', stranger),
			HINT = 'Drop or move what is in the schema before installing modelapi_acl.';
	END IF;

	SELECT pg_catalog.pg_get_userbyid(a.grantee) INTO stranger
	FROM pg_catalog.pg_namespace AS n
		CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
		LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) a.grantee
	WHERE n.oid OPERATOR(pg_catalog.=) schema_id
		AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'
		AND r.rolsuper IS NOT TRUE
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'others than superusers may create objects in schema modelapi_acl'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = pg_catalog.format('One of them is %s.', stranger),
			HINT = 'REVOKE CREATE ON SCHEMA modelapi_acl from them before installing modelapi_acl.';
	END IF;

	SELECT e.extowner INTO STRICT pgcrypto_owner
	FROM pg_catalog.pg_extension AS e
	WHERE e.extname OPERATOR(pg_catalog.=) 'pgcrypto'::pg_catalog.name;
	IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r
			WHERE r.oid OPERATOR(pg_catalog.=) pgcrypto_owner) THEN
		RAISE EXCEPTION 'extension pgcrypto is not owned by a superuser'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'Its owner could drop it, and modelapi_acl and all its data with it.',
			HINT = 'Drop pgcrypto and install it as a superuser.';
	END IF;

	-- DROP SCHEMA ... CASCADE asks who owns the schema, not who owns what is in it.
	-- The database's owner could drop all of it anyway, and owns public by default.
	SELECT n.nspname INTO pgcrypto_schema
	FROM pg_catalog.pg_extension AS e
		JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
		JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
		CROSS JOIN pg_catalog.pg_database AS d
	WHERE e.extname OPERATOR(pg_catalog.=) 'pgcrypto'::pg_catalog.name
		AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
		AND NOT r.rolsuper
		AND r.rolname OPERATOR(pg_catalog.<>) 'pg_database_owner'::pg_catalog.name
		AND r.oid OPERATOR(pg_catalog.<>) d.datdba;
	IF FOUND THEN
		RAISE EXCEPTION 'extension pgcrypto lies in schema %, whose owner could drop it', pgcrypto_schema
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'The schema is owned by neither a superuser nor the owner of the database; dropping it would drop pgcrypto, and modelapi_acl and all its data with it.',
			HINT = 'ALTER EXTENSION pgcrypto SET SCHEMA to another one, or give the schema to a superuser.';
	END IF;
END
$block$;
