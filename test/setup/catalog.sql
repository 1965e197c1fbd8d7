-- All that the catalogs say of the extension, one fact a line: object, aspect, value. An
-- upgraded extension is compared with a fresh one by it.
--
-- Objects are the extension's members, whatever else lies in its two schemas, and what
-- belongs to either: columns, constraints, indexes, triggers, rules, policies, defaults.
SET search_path = pg_catalog;
SET quote_all_identifiers = off;

CREATE TEMP TABLE object AS
WITH RECURSIVE object (classid, objid) AS (
	SELECT 'pg_extension'::regclass::oid, e.oid FROM pg_extension e WHERE e.extname = 'modelapi_acl'
	UNION
	SELECT 'pg_namespace'::regclass::oid, n.oid FROM pg_namespace n WHERE n.nspname IN ('modelapi_acl', 'modelapi_acl_internal')
	UNION
	SELECT d.classid, d.objid
	FROM object o JOIN pg_depend d ON d.refclassid = o.classid AND d.refobjid = o.objid
	WHERE (d.deptype IN ('a', 'i', 'e', 'P', 'S') OR d.refclassid = 'pg_namespace'::regclass)
		AND d.classid <> 'pg_extension'::regclass)
SELECT o.classid, o.objid,
	CASE WHEN t.tgisinternal
		-- its name holds a number
		THEN format('trigger of constraint %s on %s, %s', k.conname, t.tgrelid::regclass, t.tgfoid::regproc)
		ELSE format('%s %s', i.type, i.identity) END AS name
FROM object o CROSS JOIN pg_identify_object(o.classid, o.objid, 0) i
	LEFT JOIN pg_trigger t ON o.classid = 'pg_trigger'::regclass AND t.oid = o.objid
	LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
WHERE i.schema IS DISTINCT FROM 'pg_toast';

-- the part of an object that a row of a catalog is about
CREATE FUNCTION pg_temp.part(classid oid, objid oid, objsubid integer) RETURNS text LANGUAGE sql AS
	$$ SELECT CASE WHEN $3 <> 0 THEN ' column ' || a.attname ELSE '' END
	FROM (SELECT) one LEFT JOIN pg_attribute a ON $1 = 'pg_class'::regclass AND a.attrelid = $2 AND a.attnum = $3 $$;
CREATE FUNCTION pg_temp.privileges(acl aclitem[]) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(format('%s to %s by %s%s', a.privilege_type,
			CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, pg_get_userbyid(a.grantor),
			CASE WHEN a.is_grantable THEN ' with grant option' END), ', ' ORDER BY a.grantee = 0, pg_get_userbyid(a.grantee), a.privilege_type)
	FROM aclexplode($1) a $$;

CREATE TEMP TABLE fact (object text, aspect text, value text);

-- of every object
INSERT INTO fact
SELECT o.name, 'extension', string_agg(e.extname, ', ' ORDER BY e.extname)
FROM object o LEFT JOIN pg_depend d ON d.classid = o.classid AND d.objid = o.objid AND d.deptype = 'e'
	LEFT JOIN pg_extension e ON e.oid = d.refobjid
GROUP BY o.classid, o.objid, o.name
UNION ALL
SELECT o.name || pg_temp.part(d.classoid, d.objoid, d.objsubid), 'comment', d.description
FROM object o JOIN pg_description d ON d.classoid = o.classid AND d.objoid = o.objid
UNION ALL
SELECT o.name || pg_temp.part(s.classoid, s.objoid, s.objsubid), 'security label', s.label
FROM object o JOIN pg_seclabel s ON s.classoid = o.classid AND s.objoid = o.objid
UNION ALL
SELECT o.name || pg_temp.part(p.classoid, p.objoid, p.objsubid), 'privileges that a dump leaves out', pg_temp.privileges(p.initprivs)
FROM object o JOIN pg_init_privs p ON p.classoid = o.classid AND p.objoid = o.objid
UNION ALL
SELECT o.name || pg_temp.part(d.classid, d.objid, d.objsubid), format('depends (%s) on', d.deptype),
	COALESCE(r.name || pg_temp.part(d.refclassid, d.refobjid, d.refobjsubid), pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid))
FROM object o JOIN pg_depend d ON d.classid = o.classid AND d.objid = o.objid
	LEFT JOIN object r ON r.classid = d.refclassid AND r.objid = d.refobjid
UNION ALL
SELECT o.name, 'not compared', o.classid::regclass::text FROM object o
WHERE o.classid::regclass::text NOT IN ('pg_extension', 'pg_namespace', 'pg_class', 'pg_proc', 'pg_type', 'pg_constraint',
	'pg_trigger', 'pg_policy', 'pg_rewrite', 'pg_attrdef');

INSERT INTO fact
SELECT o.name, f.aspect, f.value
FROM object o JOIN pg_extension e ON o.classid = 'pg_extension'::regclass AND e.oid = o.objid
	CROSS JOIN LATERAL (
		SELECT aspect, value FROM (VALUES ('version', e.extversion), ('owner', pg_get_userbyid(e.extowner)),
			('schema', e.extnamespace::regnamespace::text), ('relocatable', e.extrelocatable::text)) v (aspect, value)
		UNION ALL
		SELECT 'rows in a dump', format('%s %s', c.id::regclass, c.condition) FROM unnest(e.extconfig, e.extcondition) c (id, condition)) f;

INSERT INTO fact
SELECT o.name, f.aspect, f.value
FROM object o JOIN pg_namespace n ON o.classid = 'pg_namespace'::regclass AND n.oid = o.objid
	CROSS JOIN LATERAL (VALUES ('owner', pg_get_userbyid(n.nspowner)::text),
		('privileges', pg_temp.privileges(COALESCE(n.nspacl, acldefault('n', n.nspowner))))) f (aspect, value);

-- relations, with their columns
INSERT INTO fact
SELECT o.name, f.aspect, f.value
FROM object o JOIN pg_class c ON o.classid = 'pg_class'::regclass AND c.oid = o.objid
	LEFT JOIN pg_index i ON i.indexrelid = c.oid
	LEFT JOIN pg_am m ON m.oid = c.relam
	CROSS JOIN LATERAL (VALUES ('kind', c.relkind::text), ('owner', pg_get_userbyid(c.relowner)), ('access method', m.amname::text),
		('privileges', CASE WHEN c.relkind NOT IN ('i', 'c') THEN pg_temp.privileges(
			COALESCE(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) END),
		('persistence', c.relpersistence::text), ('options', c.reloptions::text), ('tablespace', c.reltablespace::text),
		('replica identity', c.relreplident::text), ('row-level security', format('%s, forced %s', c.relrowsecurity, c.relforcerowsecurity)),
		('inherits', (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) FROM pg_inherits h WHERE h.inhrelid = c.oid)),
		('view', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END),
		('index', pg_get_indexdef(i.indexrelid)),
		('index is', CASE WHEN i.indexrelid IS NOT NULL THEN format('valid %s, ready %s, live %s, clustered %s, replica identity %s, immediate %s',
			i.indisvalid, i.indisready, i.indislive, i.indisclustered, i.indisreplident, i.indimmediate) END),
		('sequence', (SELECT (to_jsonb(s) - 'seqrelid')::text FROM pg_sequence s WHERE s.seqrelid = c.oid))) f (aspect, value)
WHERE f.value IS NOT NULL
UNION ALL
SELECT o.name || ' column ' || a.attname, f.aspect, f.value
FROM object o JOIN pg_class c ON o.classid = 'pg_class'::regclass AND c.oid = o.objid
	JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	CROSS JOIN LATERAL (VALUES
		('place', (SELECT count(*) FROM pg_attribute b WHERE b.attrelid = a.attrelid AND b.attnum BETWEEN 1 AND a.attnum AND NOT b.attisdropped)::text),
		('type', format_type(a.atttypid, a.atttypmod)), ('collation', NULLIF(a.attcollation, 0)::regcollation::text),
		('not null', a.attnotnull::text), ('default', pg_get_expr(d.adbin, d.adrelid)),
		('made', format('identity "%s", generated "%s"', a.attidentity, a.attgenerated)), ('privileges', pg_temp.privileges(a.attacl)),
		('storage', format('%s "%s"', a.attstorage, a.attcompression)), ('statistics', COALESCE(a.attstattarget, -1)::text),
		('options', (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg_attver=%'))) f (aspect, value)
WHERE f.value IS NOT NULL;

INSERT INTO fact
SELECT o.name, f.aspect, f.value
FROM object o JOIN pg_proc p ON o.classid = 'pg_proc'::regclass AND p.oid = o.objid
	CROSS JOIN LATERAL (VALUES
		('definition', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE (SELECT (to_jsonb(g) - 'aggfnoid')::text
			FROM pg_aggregate g WHERE g.aggfnoid = p.oid) END), ('owner', pg_get_userbyid(p.proowner)),
		('privileges', pg_temp.privileges(COALESCE(p.proacl, acldefault('f', p.proowner))))) f (aspect, value);

INSERT INTO fact
SELECT o.name, f.aspect, f.value
FROM object o JOIN pg_type t ON o.classid = 'pg_type'::regclass AND t.oid = o.objid
	CROSS JOIN LATERAL (VALUES ('kind', t.typtype::text), ('owner', pg_get_userbyid(t.typowner)),
		('privileges', pg_temp.privileges(COALESCE(t.typacl, acldefault('T', t.typowner)))), ('of a domain', CASE WHEN t.typtype = 'd' THEN
			format('%s not null %s default %s', format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault) END),
		('labels', (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)),
		('range', (SELECT (to_jsonb(r) - ARRAY['rngtypid', 'rngmultitypid'])::text FROM pg_range r WHERE r.rngtypid = t.oid))) f (aspect, value)
WHERE f.value IS NOT NULL;

INSERT INTO fact
SELECT o.name, 'definition', format('%s %s%s', k.contype, pg_get_constraintdef(k.oid), CASE WHEN NOT k.convalidated THEN ', not valid' END)
FROM object o JOIN pg_constraint k ON o.classid = 'pg_constraint'::regclass AND k.oid = o.objid
UNION ALL
SELECT o.name, 'definition', CASE WHEN t.tgisinternal THEN t.tgtype::text ELSE pg_get_triggerdef(t.oid) END || ', enabled ' || t.tgenabled::text
FROM object o JOIN pg_trigger t ON o.classid = 'pg_trigger'::regclass AND t.oid = o.objid
UNION ALL
SELECT o.name, 'definition', pg_get_ruledef(r.oid) || ', enabled ' || r.ev_enabled::text
FROM object o JOIN pg_rewrite r ON o.classid = 'pg_rewrite'::regclass AND r.oid = o.objid
UNION ALL
SELECT o.name, 'definition', format('%s %s to %s using %s with check %s', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
	p.polcmd, (SELECT string_agg(CASE WHEN r.id = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r.id) END, ', ' ORDER BY 1) FROM unnest(p.polroles) r (id)),
	pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM object o JOIN pg_policy p ON o.classid = 'pg_policy'::regclass AND p.oid = o.objid;

-- what verify_access compares with
INSERT INTO fact
SELECT 'installed fact of ' || i.kind || ' ' || i.object, i.aspect, i.value FROM modelapi_acl_internal.installed_facts i;

\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
SELECT object, aspect, to_json(value) FROM fact ORDER BY object COLLATE "C", aspect COLLATE "C", value COLLATE "C";
