-- Installed facts: what this script has created, as data: definitions, owners and
-- privileges of its objects. verify_access compares them with the system catalogs, and so
-- reports what was disabled, dropped or granted afterwards.
--
-- The end of the script inserts the rows (95_record_installed_facts.sql). pg_dump does not
-- include them.

CREATE TABLE modelapi_acl_internal.installed_facts (
	kind text NOT NULL,
	object text NOT NULL,
	aspect text NOT NULL,
	value text NOT NULL,
	CONSTRAINT installed_facts_pkey PRIMARY KEY (kind, object, aspect)
);
COMMENT ON TABLE modelapi_acl_internal.installed_facts IS
'Facts about each object of the extension, as its script created it';

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.installed_facts
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.installed_facts ENABLE ALWAYS TRIGGER refuse_truncate;

-- CREATE EXTENSION inserts these rows. Logical replication of all tables would bring those
-- of the publisher as well.
CREATE FUNCTION modelapi_acl_internal.keep_installed() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_keep_installed_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.keep_installed() IS
'Ignores installed facts that come from a publisher';
CREATE TRIGGER keep_installed BEFORE INSERT OR UPDATE OR DELETE ON modelapi_acl_internal.installed_facts
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.keep_installed();
ALTER TABLE modelapi_acl_internal.installed_facts ENABLE ALWAYS TRIGGER keep_installed;

CREATE VIEW modelapi_acl_internal.all_installed_facts AS
	SELECT t.* FROM modelapi_acl_internal.installed_facts AS t CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_installed_facts IS
'All rows of installed_facts; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.own_relations AS
	SELECT c.oid, c.oid::regclass::text AS name, c.relkind, c.relowner, c.relacl, c.reloptions,
		c.relrowsecurity, c.relforcerowsecurity, c.relpersistence
	FROM pg_class AS c
	WHERE c.relnamespace IN (to_regnamespace('modelapi_acl'), to_regnamespace('modelapi_acl_internal'))
		-- A relation that a DBA has added to a schema is no member of the extension
		AND EXISTS (SELECT FROM pg_depend AS d
			WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
COMMENT ON VIEW modelapi_acl_internal.own_relations IS
'The extension''s tables and views';

-- pg_upgrade creates views and functions again from their text. The parser then names columns
-- that had no name, after the cast or the argument in them: 'x'::text becomes 'x'::text AS
-- text. Such names mean nothing, since nothing refers to them, and a second round adds none.
CREATE FUNCTION modelapi_acl_internal.normal_definition(definition text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT regexp_replace(regexp_replace(regexp_replace($1,
		'(\.([a-z_0-9]+)) AS \2\M', '\1', 'g'),
		'(::(?:[a-z_0-9]+\.)?([a-z_0-9]+)(?:\[\])?) AS \2\M', '\1', 'g'),
		'(::(?:timestamp with time zone|integer|bigint|boolean|double precision|character varying)(?:\[\])?)' ||
			' AS (?:timestamptz|int4|int8|bool|float8|varchar)\M', '\1', 'g');
END;
COMMENT ON FUNCTION modelapi_acl_internal.normal_definition(text) IS
'The definition of a view or a function without names of columns that the parser would give anyway';

CREATE FUNCTION modelapi_acl_internal.relation_facts()
	RETURNS TABLE (kind text, object text, aspect text, value text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 500
	SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
BEGIN ATOMIC
	SELECT CASE r.relkind WHEN 'v' THEN 'view' ELSE 'table' END, r.name, f.aspect, f.value
	FROM modelapi_acl_internal.own_relations AS r CROSS JOIN LATERAL (VALUES
		('row-level security', CASE WHEN r.relkind = 'r' THEN
			CASE WHEN NOT r.relrowsecurity THEN 'off' WHEN r.relforcerowsecurity THEN 'forced'
				ELSE 'not for the owner' END END),
		('persistence', CASE WHEN r.relkind = 'r' THEN r.relpersistence::text END),
		('options', CASE WHEN r.relkind = 'v' THEN COALESCE(r.reloptions::text, 'none') END),
		('definition', CASE WHEN r.relkind = 'v' THEN md5(modelapi_acl_internal.normal_definition(pg_get_viewdef(r.oid))) END)) AS f (aspect, value)
	WHERE f.value IS NOT NULL
	UNION ALL
	SELECT 'column', r.name || '.' || a.attname, f.aspect, f.value
	FROM modelapi_acl_internal.own_relations AS r
		JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND r.relkind = 'r'
		LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
		CROSS JOIN LATERAL (VALUES
			('type', format_type(a.atttypid, a.atttypmod)),
			('NULL', CASE WHEN a.attnotnull THEN 'not allowed' ELSE 'allowed' END),
			('default', COALESCE(pg_get_expr(d.adbin, d.adrelid), 'none')),
			('statistics', COALESCE(a.attstattarget, -1)::text),
			-- some minor releases of the server keep a version of the column there
			('statistics options', COALESCE((SELECT string_agg(o.value, ', ' ORDER BY o.place)
				FROM unnest(a.attoptions) WITH ORDINALITY AS o (value, place)
				WHERE o.value NOT LIKE 'pg_attver=%'), 'none'))) AS f (aspect, value)
	UNION ALL
	SELECT 'constraint', r.name || '.' || c.conname, 'definition',
		pg_get_constraintdef(c.oid) || CASE WHEN c.convalidated THEN '' ELSE ', not valid' END
	FROM modelapi_acl_internal.own_relations AS r
		JOIN pg_constraint AS c ON c.conrelid = r.oid AND c.contype IN ('c', 'f', 'p', 'u')
	UNION ALL
	-- The name of an index does not matter: functions find indexes by definition
	SELECT 'index', regexp_replace(pg_get_indexdef(i.indexrelid),
			'^(CREATE (UNIQUE )?INDEX) .*? ON (ONLY )?', '\1 ON '),
		f.aspect, max(f.value)
	FROM modelapi_acl_internal.own_relations AS r JOIN pg_index AS i ON i.indrelid = r.oid
		CROSS JOIN LATERAL (VALUES
			('state', CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN 'valid' ELSE 'not valid' END),
			('statistics', (SELECT string_agg(COALESCE(a.attstattarget, -1)::text, ' ' ORDER BY a.attnum)
				FROM pg_attribute AS a WHERE a.attrelid = i.indexrelid))) AS f (aspect, value)
	GROUP BY 1, 2, 3
	UNION ALL
	SELECT 'trigger', r.name || '.' || t.tgname, f.aspect, f.value
	FROM modelapi_acl_internal.own_relations AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal
		CROSS JOIN LATERAL (VALUES
			('definition', pg_get_triggerdef(t.oid)),
			('fires', CASE t.tgenabled WHEN 'A' THEN 'always' WHEN 'O' THEN 'not in replica mode'
				WHEN 'R' THEN 'in replica mode alone' ELSE 'never' END)) AS f (aspect, value)
	UNION ALL
	SELECT 'foreign key', r.name || '.' || c.conname || ', ' || p.proname, 'fires',
		min(CASE t.tgenabled WHEN 'O' THEN 'not in replica mode' WHEN 'A' THEN 'not in replica mode' ELSE 'never' END)
	FROM modelapi_acl_internal.own_relations AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid AND t.tgisinternal
		JOIN pg_constraint AS c ON c.oid = t.tgconstraint JOIN pg_proc AS p ON p.oid = t.tgfoid
		JOIN modelapi_acl_internal.own_relations AS o ON o.oid = c.conrelid
	GROUP BY r.name, c.conname, p.proname
	UNION ALL
	SELECT 'policy', r.name || '.' || p.polname, f.aspect, f.value
	FROM modelapi_acl_internal.own_relations AS r JOIN pg_policy AS p ON p.polrelid = r.oid
		CROSS JOIN LATERAL (VALUES
			('command', p.polcmd::text || CASE WHEN p.polpermissive THEN '' ELSE ' restrictive' END),
			('roles', (SELECT string_agg(
					CASE WHEN o.oid = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(o.oid)::text END,
					', ' ORDER BY o.place)
				FROM unnest(p.polroles) WITH ORDINALITY AS o (oid, place))),
			('using', COALESCE(pg_get_expr(p.polqual, p.polrelid), 'none')),
			('check', COALESCE(pg_get_expr(p.polwithcheck, p.polrelid), 'none'))) AS f (aspect, value);
END;
COMMENT ON FUNCTION modelapi_acl_internal.relation_facts() IS
'Facts about the extension''s tables and views, and about their columns, constraints, indexes, triggers and policies';

CREATE FUNCTION modelapi_acl_internal.object_facts()
	RETURNS TABLE (kind text, object text, aspect text, value text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1000
	SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
BEGIN ATOMIC
	WITH own AS MATERIALIZED (
		SELECT n.oid, 'schema' AS kind, n.nspname::text AS object, n.nspowner AS owner,
			n.nspacl AS acl, acldefault('n', n.nspowner) AS usual
		FROM pg_namespace AS n
		WHERE n.oid IN (to_regnamespace('modelapi_acl'), to_regnamespace('modelapi_acl_internal'))
		UNION ALL
		SELECT r.oid, CASE r.relkind WHEN 'v' THEN 'view' ELSE 'table' END, r.name, r.relowner,
			r.relacl, acldefault('r', r.relowner)
		FROM modelapi_acl_internal.own_relations AS r
		UNION ALL
		SELECT r.oid, 'column', r.name || '.' || a.attname, r.relowner, a.attacl, NULL
		FROM modelapi_acl_internal.own_relations AS r
			JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
		UNION ALL
		SELECT p.oid, 'function', p.oid::regprocedure::text, p.proowner, p.proacl, acldefault('f', p.proowner)
		FROM pg_proc AS p
		WHERE p.pronamespace IN (to_regnamespace('modelapi_acl'), to_regnamespace('modelapi_acl_internal'))
			AND EXISTS (SELECT FROM pg_depend AS d
				WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
		UNION ALL
		SELECT t.oid, 'type', t.oid::regtype::text, t.typowner, t.typacl, acldefault('T', t.typowner)
		FROM pg_type AS t
		WHERE t.typnamespace IN (to_regnamespace('modelapi_acl'), to_regnamespace('modelapi_acl_internal'))
			AND t.typtype = 'e')
	SELECT o.kind, o.object, 'owner', CASE WHEN o.owner = e.extowner THEN 'the owner of the extension'
		ELSE pg_get_userbyid(o.owner)::text END
	FROM own AS o CROSS JOIN pg_extension AS e WHERE e.extname = 'modelapi_acl' AND o.kind <> 'column'
	UNION ALL
	SELECT 'extension', e.extname::text, 'owner', CASE WHEN a.rolsuper THEN 'a superuser' ELSE 'no superuser' END
	FROM pg_extension AS e JOIN pg_roles AS a ON a.oid = e.extowner WHERE e.extname = 'modelapi_acl'
	UNION ALL
	SELECT 'extension', 'modelapi_acl', 'major version of the server',
		(current_setting('server_version_num')::integer / 10000)::text
	UNION ALL
	SELECT o.kind, o.object, 'privilege ' || a.privilege_type || ' of ' ||
			CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END,
		CASE WHEN bool_or(a.is_grantable) THEN 'granted with grant option' ELSE 'granted' END
	FROM own AS o CROSS JOIN LATERAL aclexplode(COALESCE(o.acl, o.usual)) AS a
	WHERE a.grantee <> o.owner
	GROUP BY o.kind, o.object, a.privilege_type, a.grantee
	UNION ALL
	SELECT o.kind, o.object, f.aspect, f.value
	FROM pg_proc AS p JOIN own AS o ON o.kind = 'function' AND o.oid = p.oid
		CROSS JOIN LATERAL (VALUES
			('runs as', CASE WHEN p.prosecdef THEN 'its owner' ELSE 'who calls it' END),
			('settings', COALESCE(p.proconfig::text, 'none')),
			('digest of its definition', md5(modelapi_acl_internal.normal_definition(pg_get_functiondef(p.oid))))) AS f (aspect, value)
	UNION ALL
	SELECT 'role', a.rolname::text, 'attributes', concat_ws(' ', CASE WHEN a.rolsuper THEN 'SUPERUSER' END,
		CASE WHEN a.rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN a.rolcreaterole THEN 'CREATEROLE' END,
		CASE WHEN a.rolcreatedb THEN 'CREATEDB' END, CASE WHEN a.rolreplication THEN 'REPLICATION' END,
		CASE WHEN a.rolcanlogin THEN 'LOGIN' END)
	FROM pg_roles AS a WHERE a.rolname IN ('modelapi_acl_user', 'modelapi_acl_backend', 'modelapi_acl_authenticator',
		'modelapi_acl_gateway', 'modelapi_acl_identity_gateway', 'modelapi_acl_log_writer', 'modelapi_acl_admin')
	UNION ALL
	SELECT 'role', pg_get_userbyid(m.member)::text, 'member of ' || pg_get_userbyid(m.roleid)::text, 'yes'
	FROM pg_auth_members AS m
	WHERE pg_get_userbyid(m.member) IN ('modelapi_acl_user', 'modelapi_acl_backend',
		'modelapi_acl_authenticator', 'modelapi_acl_gateway', 'modelapi_acl_identity_gateway',
		'modelapi_acl_log_writer', 'modelapi_acl_admin')
	GROUP BY m.member, m.roleid;
END;
COMMENT ON FUNCTION modelapi_acl_internal.object_facts() IS
'Facts about owners and privileges of the extension''s objects, and about its functions and roles';

-- Objects that a DBA adds are not reported, except privileges, policies and memberships,
-- which may give access. Another major version of the server may deparse definitions
-- differently, so they are not compared after pg_upgrade.
CREATE FUNCTION modelapi_acl_internal.changed_facts()
	RETURNS TABLE (kind text, object text, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	WITH facts AS MATERIALIZED (
		SELECT f.kind, f.object, f.aspect, f.value FROM modelapi_acl_internal.relation_facts() AS f
		UNION ALL
		SELECT f.kind, f.object, f.aspect, f.value FROM modelapi_acl_internal.object_facts() AS f),
	version AS MATERIALIZED (
		SELECT EXISTS (SELECT FROM facts AS f JOIN modelapi_acl_internal.all_installed_facts AS i
			ON i.kind = 'extension' AND i.aspect = 'major version of the server'
				AND f.kind = i.kind AND f.aspect = i.aspect AND f.value = i.value) AS is_same)
	SELECT COALESCE(i.kind, f.kind), COALESCE(i.object, f.object),
		COALESCE(i.aspect || ': ' || i.value, f.aspect || ': none'),
		COALESCE(f.value, CASE WHEN EXISTS (SELECT FROM facts AS o WHERE o.kind = i.kind AND o.object = i.object)
			THEN 'none' ELSE 'missing' END)
	FROM modelapi_acl_internal.all_installed_facts AS i FULL JOIN facts AS f
		ON f.kind = i.kind AND f.object = i.object AND f.aspect = i.aspect
	WHERE f.value IS DISTINCT FROM i.value
		-- One row for a missing object
		AND (f.value IS NOT NULL OR EXISTS (SELECT FROM facts AS o WHERE o.kind = i.kind AND o.object = i.object)
			OR i.aspect = (SELECT min(o.aspect) FROM modelapi_acl_internal.all_installed_facts AS o
				WHERE o.kind = i.kind AND o.object = i.object))
		AND (i.kind IS NOT NULL OR f.aspect LIKE 'privilege %' OR f.aspect LIKE 'member of %'
			OR (f.kind = 'policy' AND f.aspect = 'command'))
		AND COALESCE(i.aspect, f.aspect) <> 'major version of the server'
		AND ((SELECT v.is_same FROM version AS v)
			OR (COALESCE(i.kind, f.kind) NOT IN ('index', 'constraint')
				AND COALESCE(i.aspect, f.aspect) NOT IN
					('definition', 'digest of its definition', 'using', 'check', 'default')));
END;
COMMENT ON FUNCTION modelapi_acl_internal.changed_facts() IS
'Differences between the extension''s objects and what its script created';
