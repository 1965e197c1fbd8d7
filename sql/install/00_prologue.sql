\echo Use "CREATE EXTENSION modelapi_acl CASCADE" to load this file. \quit

-- This must be the first statement. CREATE EXTENSION puts the schema of pgcrypto on the
-- search path, and whoever may create objects there could have made operators of their
-- own. From here on nothing in pg_catalog needs its schema's name, as long as it is
-- parsed while this script runs. Texts that are parsed later, such as the bodies of
-- functions to be inlined, do need it.
SET LOCAL search_path TO pg_catalog, pg_temp;

-- Refuse to install where a role that is no superuser owns the schema or pgcrypto: a role
-- with the CREATE privilege on the database can have made either.
DO LANGUAGE plpgsql $block$
DECLARE
	schema_id oid;
	schema_owner oid;
	pgcrypto_owner oid;
	pgcrypto_schema name;
	stranger text;
BEGIN
	SELECT n.oid, n.nspowner INTO STRICT schema_id, schema_owner
	FROM pg_namespace AS n
	WHERE n.nspname = 'modelapi_acl'::name;

	IF NOT (SELECT r.rolsuper FROM pg_roles AS r
			WHERE r.oid = schema_owner) THEN
		RAISE EXCEPTION 'schema modelapi_acl is not owned by a superuser'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'Its owner could replace or drop the objects in it.',
			HINT = 'Look at what the schema contains and drop it before installing modelapi_acl.';
	END IF;

	SELECT pg_describe_object(d.classid, d.objid, 0) INTO stranger
	FROM pg_depend AS d
	WHERE d.refclassid = 'pg_namespace'::regclass
		AND d.refobjid = schema_id
		AND d.classid <> 'pg_extension'::regclass
	LIMIT 1;
	IF stranger IS NOT NULL THEN
		RAISE EXCEPTION 'schema modelapi_acl is not empty'
		USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = format('It contains %s.', stranger),
			HINT = 'Drop or move the objects in the schema before installing modelapi_acl.';
	END IF;

	SELECT pg_get_userbyid(a.grantee) INTO stranger
	FROM pg_namespace AS n
		CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
		LEFT JOIN pg_roles AS r ON r.oid = a.grantee
	WHERE n.oid = schema_id
		AND a.privilege_type = 'CREATE'
		AND r.rolsuper IS NOT TRUE
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'others than superusers may create objects in schema modelapi_acl'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = format('One of them is %s.', stranger),
			HINT = 'Revoke CREATE on schema modelapi_acl from these roles before installing modelapi_acl.';
	END IF;

	SELECT e.extowner INTO STRICT pgcrypto_owner
	FROM pg_extension AS e
	WHERE e.extname = 'pgcrypto'::name;
	IF NOT (SELECT r.rolsuper FROM pg_roles AS r
			WHERE r.oid = pgcrypto_owner) THEN
		RAISE EXCEPTION 'extension pgcrypto is not owned by a superuser'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'Its owner could drop it, and modelapi_acl and all its data with it.',
			HINT = 'Drop pgcrypto and install it as a superuser.';
	END IF;

	-- DROP SCHEMA ... CASCADE checks the owner of the schema, not of the objects in it.
	-- The owner of the database may drop everything anyway, and owns public by default.
	SELECT n.nspname INTO pgcrypto_schema
	FROM pg_extension AS e
		JOIN pg_namespace AS n ON n.oid = e.extnamespace
		JOIN pg_roles AS r ON r.oid = n.nspowner
		CROSS JOIN pg_database AS d
	WHERE e.extname = 'pgcrypto'::name
		AND d.datname = current_database()
		AND NOT r.rolsuper
		AND r.rolname <> 'pg_database_owner'::name
		AND r.oid <> d.datdba;
	IF FOUND THEN
		RAISE EXCEPTION 'extension pgcrypto lies in schema %, whose owner could drop it', pgcrypto_schema
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'The schema is owned by neither a superuser nor the owner of the database; dropping it would drop pgcrypto, and modelapi_acl and all its data with it.',
			HINT = 'Move pgcrypto with ALTER EXTENSION ... SET SCHEMA, or make a superuser the owner of the schema.';
	END IF;
END
$block$;
