-- verify_access reports every guard, policy, trigger, owner, privilege, setting and index that
-- differs from what the extension's script creates.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE FUNCTION test.catalog() RETURNS TABLE (kind text, expected text, found text) LANGUAGE sql AS $$
	SELECT object_type, regexp_replace(expected, '[0-9a-f]{32}', '(digest)'), regexp_replace(found, '[0-9a-f]{32}', '(digest)')
	FROM modelapi_acl.verify_access(1) WHERE "check" = 'catalog' ORDER BY object_type COLLATE "C", expected COLLATE "C" $$;
-- Nothing on a fresh installation, for any administrator and with any settings
SELECT * FROM test.catalog();
SET quote_all_identifiers = on;
SET search_path = modelapi_acl, public;
SELECT * FROM test.catalog();
RESET ALL;
SET SESSION AUTHORIZATION regress_admin;
SELECT count(*) FROM modelapi_acl.verify_access(1) WHERE "check" = 'catalog';
RESET SESSION AUTHORIZATION;

-- Nothing for what a DBA may add, or for a renamed index
ALTER TABLE modelapi_acl.model_apis ADD COLUMN note text DEFAULT 'x';
CREATE INDEX ON modelapi_acl.model_apis (note);
CREATE FUNCTION test.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER theirs AFTER INSERT ON modelapi_acl.model_apis FOR EACH ROW EXECUTE FUNCTION test.nothing();
ALTER INDEX modelapi_acl.model_apis_by_id RENAME TO another_name;
SET client_min_messages = warning;	-- the notice differs between versions
GRANT modelapi_acl_user TO regress_person;
RESET client_min_messages;
VACUUM FULL modelapi_acl.model_apis;
CLUSTER modelapi_acl.users USING users_pkey;
REINDEX TABLE modelapi_acl.model_apis;
SELECT * FROM test.catalog();
-- nor for the version of a column, which some minor releases of the server keep
UPDATE pg_attribute SET attoptions = '{pg_attver=1}' WHERE attrelid = 'modelapi_acl.projects'::regclass AND attnum > 0;
SELECT * FROM test.catalog();

-- A row for each of these
CREATE FUNCTION test.damage(statement text) RETURNS TABLE (kind text, expected text, instead text) LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		EXECUTE statement;
		FOR kind, expected, instead IN SELECT * FROM test.catalog() LOOP
			RETURN NEXT;
		END LOOP;
		RAISE EXCEPTION USING ERRCODE = 'UNDO1';
	EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
	END;
END $$;
-- the first of each kind
SELECT DISTINCT ON (s.place, d.kind COLLATE "C") s.place, d.kind, d.expected, d.instead FROM (VALUES
	(1, 'ALTER TABLE modelapi_acl.user_identities ENABLE TRIGGER ALL'),
	(2, 'ALTER TABLE modelapi_acl.model_api_logs DISABLE TRIGGER USER'),
	(3, 'ALTER TABLE modelapi_acl.access_tokens DISABLE TRIGGER ALL'),
	(4, 'DROP TRIGGER audit ON modelapi_acl.projects'),
	(5, 'ALTER TABLE modelapi_acl.projects NO FORCE ROW LEVEL SECURITY'),
	(6, 'ALTER TABLE modelapi_acl.model_apis DISABLE ROW LEVEL SECURITY'),
	(7, 'DROP POLICY may_view ON modelapi_acl.model_apis'),
	(8, 'CREATE POLICY theirs ON modelapi_acl.model_apis USING (true)'),
	(9, 'ALTER POLICY may_view ON modelapi_acl.projects USING (true)'),
	(10, 'ALTER POLICY may_view ON modelapi_acl.projects TO PUBLIC'),
	(11, 'GRANT SELECT ON modelapi_acl_internal.token_hashes TO modelapi_acl_user'),
	(12, 'GRANT DELETE ON modelapi_acl.projects TO PUBLIC'),
	(13, 'GRANT UPDATE (project_id) ON modelapi_acl.model_apis TO modelapi_acl_user WITH GRANT OPTION'),
	(14, 'GRANT USAGE ON SCHEMA modelapi_acl_internal TO modelapi_acl_user'),
	(15, 'GRANT EXECUTE ON FUNCTION modelapi_acl.delete_user(text) TO modelapi_acl_user'),
	(16, 'REVOKE EXECUTE ON FUNCTION modelapi_acl.create_token(uuid, text, timestamptz, jsonb) FROM modelapi_acl_user'),
	(17, 'ALTER TABLE modelapi_acl.model_api_logs OWNER TO regress_nobody'),
	(18, 'ALTER SCHEMA modelapi_acl_internal OWNER TO regress_nobody'),
	(19, 'ALTER FUNCTION modelapi_acl.has_permission(uuid, modelapi_acl.permission) SECURITY DEFINER'),
	(20, 'ALTER FUNCTION modelapi_acl.verify_access(integer) RESET search_path'),
	(21, 'DROP INDEX modelapi_acl_internal.token_hashes_by_hash'),
	(22, 'UPDATE pg_index SET indisvalid = false WHERE indexrelid = ''modelapi_acl.model_apis_public''::regclass'),
	(23, 'ALTER TABLE modelapi_acl.projects DROP CONSTRAINT projects_created_by_fkey'),
	(24, 'ALTER TABLE modelapi_acl.users ALTER COLUMN username DROP NOT NULL'),
	(25, 'ALTER TABLE modelapi_acl.model_apis ALTER COLUMN description SET STATISTICS 100'),
	(26, 'ALTER TABLE modelapi_acl.model_apis ALTER COLUMN visibility SET DEFAULT ''public'''),
	(27, 'ALTER TABLE modelapi_acl_internal.changes SET UNLOGGED'),
	(28, 'GRANT pg_read_all_data TO modelapi_acl_user'),
	(29, 'ALTER ROLE modelapi_acl_user BYPASSRLS')) AS s (place, statement)
	CROSS JOIN LATERAL test.damage(s.statement) AS d
ORDER BY s.place, d.kind COLLATE "C", d.expected COLLATE "C";
SELECT * FROM test.catalog();
DROP EXTENSION modelapi_acl CASCADE;
