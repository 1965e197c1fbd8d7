\echo Use "ALTER EXTENSION modelapi_acl UPDATE TO '1.1'" to load this file. \quit

-- This must be the first statement: sql/install/00_prologue.sql says why.
SET LOCAL search_path TO pg_catalog, pg_temp;

-- The objects that this script creates must belong to the extension's owner. Nobody else may
-- have created functions or operators in the extension's schemas.
DO LANGUAGE plpgsql $block$
DECLARE
	extension_owner oid;
	stranger text;
BEGIN
	SELECT e.extowner INTO STRICT extension_owner FROM pg_extension AS e WHERE e.extname = 'modelapi_acl';
	IF extension_owner <> (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user) THEN
		RAISE EXCEPTION 'only the owner of extension modelapi_acl can update it'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = format('Its owner is %s.', pg_get_userbyid(extension_owner)),
			HINT = format('Run SET ROLE %I first.', pg_get_userbyid(extension_owner));
	END IF;

	SELECT format('%s in schema %I', CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, n.nspname)
	INTO stranger
	FROM pg_namespace AS n
		CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
		LEFT JOIN pg_roles AS r ON r.oid = a.grantee
	WHERE n.nspname IN ('modelapi_acl', 'modelapi_acl_internal')
		AND a.privilege_type = 'CREATE' AND r.rolsuper IS NOT TRUE
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'others than superusers may create objects in the schemas of extension modelapi_acl'
		USING ERRCODE = 'insufficient_privilege',
			DETAIL = format('One of them is %s.', stranger),
			HINT = 'REVOKE CREATE ON SCHEMA modelapi_acl, modelapi_acl_internal from them before updating modelapi_acl.';
	END IF;
END
$block$;

CREATE TEMP TABLE facts_before ON COMMIT DROP AS
	SELECT f.* FROM modelapi_acl_internal.relation_facts() AS f
	UNION ALL
	SELECT f.* FROM modelapi_acl_internal.object_facts() AS f;

-- ---------------------------------------------------------------------------
-- The changes of sql/install/ since the last release

CREATE TEMP TABLE objects_before ON COMMIT DROP AS
	SELECT d.classid, d.objid FROM pg_depend AS d
		JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'modelapi_acl'
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e';

-- ---------------------------------------------------------------------------
-- 45_access.sql: list_projects, and has_project_permission known to the planner

COMMENT ON FUNCTION modelapi_acl_internal.support_permission(internal) IS
'Planner support for has_permission, has_project_permission and is_administrator';

ALTER FUNCTION modelapi_acl.has_project_permission(uuid, modelapi_acl.project_permission)
	SUPPORT modelapi_acl_internal.support_permission;

CREATE FUNCTION modelapi_acl.list_projects(permission modelapi_acl.project_permission DEFAULT 'view_project')
	RETURNS SETOF modelapi_acl.projects
	LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $body$
	SELECT p.* FROM modelapi_acl.projects AS p WHERE modelapi_acl.has_project_permission(p.id, $1)
$body$;
COMMENT ON FUNCTION modelapi_acl.list_projects(modelapi_acl.project_permission) IS
'The projects on which the current user has a permission. Permissions: view_project, create_model_api, view_project_collaborators, manage_project';

-- ---------------------------------------------------------------------------
-- 56_own_tables.sql

CREATE FUNCTION modelapi_acl.is_administrator() RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED
	SUPPORT modelapi_acl_internal.support_permission
	AS 'MODULE_PATHNAME', 'modelapi_acl_session_is_administrator_1_1';
COMMENT ON FUNCTION modelapi_acl.is_administrator() IS
'Whether the session acts as an administrator: its role has the privileges of modelapi_acl_admin, and no user was stated';

-- Judged as writes are, by the latest committed state and the current time. They cost more
-- than has_permission, so that the planner evaluates them after it.
CREATE FUNCTION modelapi_acl.has_permission_now(
	model_api_id uuid, permission modelapi_acl.permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 25
	AS 'MODULE_PATHNAME', 'modelapi_acl_has_permission_now_1_1';
COMMENT ON FUNCTION modelapi_acl.has_permission_now(uuid, modelapi_acl.permission) IS
'For policies on INSERT, UPDATE and DELETE: whether the current user has a permission on a model API, according to the latest committed state; false if the model API does not exist. Permissions: view, view_logs, invoke, view_settings, edit_settings, deploy_version, view_audit, view_tokens, create_token, revoke_token, view_collaborators, manage_collaborators, change_visibility, transfer_ownership, delete';

CREATE FUNCTION modelapi_acl.has_project_permission_now(
	project_id uuid, permission modelapi_acl.project_permission) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 25
	AS 'MODULE_PATHNAME', 'modelapi_acl_has_project_permission_now_1_1';
COMMENT ON FUNCTION modelapi_acl.has_project_permission_now(uuid, modelapi_acl.project_permission) IS
'For policies on INSERT, UPDATE and DELETE: whether the current user has a permission on a project, according to the latest committed state; false if the project does not exist. Permissions: view_project, create_model_api, view_project_collaborators, manage_project';

-- Policies on tables of an application. Both functions run as the table's owner, who could
-- make the policies without them.

CREATE FUNCTION modelapi_acl.protect_table(
	relation regclass, key name DEFAULT 'model_api_id',
	to_select text DEFAULT NULL, to_insert text DEFAULT NULL,
	to_update text DEFAULT NULL, to_delete text DEFAULT NULL,
	force boolean DEFAULT true) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_protect_table_1_1';
COMMENT ON FUNCTION modelapi_acl.protect_table(regclass, name, text, text, text, text, boolean) IS
'For the owner of a table: enables row-level security, with a policy for each command that is given a permission on the model API or project that the key leads to; another key restricts access further. Default of to_select: view, or view_project';

CREATE FUNCTION modelapi_acl.unprotect_table(relation regclass) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_unprotect_table_1_1';
COMMENT ON FUNCTION modelapi_acl.unprotect_table(regclass) IS
'For the owner of a table: drops the policies that protect_table made; row-level security stays enabled';

-- For verify_access

CREATE FUNCTION modelapi_acl_internal.own_policy_state(policy oid) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_own_policy_state_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.own_policy_state(oid) IS
'Whether protect_table made a policy: made; altered since; other, for another one that gives users access; or NULL';

-- Only the parent's policies may lead to the rows of partitions and children
CREATE FUNCTION modelapi_acl_internal.own_table_problems()
	RETURNS TABLE (object text, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	WITH RECURSIVE policy AS MATERIALIZED (
		SELECT p.polrelid, p.polname, modelapi_acl_internal.own_policy_state(p.oid) AS state
		FROM pg_policy AS p),
	protected (oid) AS MATERIALIZED (
		SELECT DISTINCT p.polrelid FROM policy AS p WHERE p.state IN ('made', 'altered')),
	member (oid) AS (
		SELECT p.oid FROM protected AS p
		UNION
		SELECT i.inhrelid FROM member AS m JOIN pg_inherits AS i ON i.inhparent = m.oid)
	SELECT c.oid::regclass::text, 'row-level security: on',
		CASE c.relkind WHEN 'f' THEN 'a foreign table, which cannot have it' ELSE 'off' END
	FROM member AS m JOIN pg_class AS c ON c.oid = m.oid
	WHERE NOT c.relrowsecurity
	UNION ALL
	SELECT p.polrelid::regclass::text, format('policy %I: as protect_table made it', p.polname), 'altered'
	FROM policy AS p WHERE p.state = 'altered'
	UNION ALL
	SELECT m.oid::regclass::text, 'access: by policies of protect_table alone', format('policy %I', p.polname)
	FROM member AS m JOIN policy AS p ON p.polrelid = m.oid
	WHERE p.state = 'other';
END;
COMMENT ON FUNCTION modelapi_acl_internal.own_table_problems() IS
'Tables protected by protect_table, with their partitions and children, that show more than the policies allow';

-- 79_verify.sql: tables of an application

CREATE OR REPLACE FUNCTION modelapi_acl_internal.answer_verify_access(sample integer)
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid,
		permission modelapi_acl.permission, expected text, found text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 10
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	SELECT modelapi_acl_internal.require(
		modelapi_acl_internal.is_administrator(modelapi_acl_internal.current_identity()),
		'42501', 'only administrators can verify access',
		'Call it as modelapi_acl_admin, in a transaction without a user.');
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'sample is missing');
	SELECT modelapi_acl_internal.require($1 >= 1, '22023', 'sample is less than 1');
	-- If the owner cannot read the tables, everything would seem to be missing: this one row
	-- says why
	SELECT 'catalog' AS "check", 'role' AS object_type, NULL::uuid AS object_id, NULL::uuid AS user_id,
		NULL::modelapi_acl.permission AS permission,
		'owner of the extension: superuser' AS expected, 'no superuser' AS found
	WHERE NOT modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT i."check", i.object_type, i.object_id, i.user_id, NULL::modelapi_acl.permission, i.expected, i.found
	FROM modelapi_acl_internal.broken_invariants() AS i WHERE modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT 'catalog', f.kind, NULL, NULL, NULL, f.object || ': ' || f.expected, f.found
	FROM modelapi_acl_internal.changed_facts() AS f WHERE modelapi_acl_internal.owner_is_able()
	UNION ALL
	SELECT 'own table', 'table', NULL, NULL, NULL, o.object || ': ' || o.expected, o.found
	FROM modelapi_acl_internal.own_table_problems() AS o
	UNION ALL
	SELECT d."check", d.object_type, d.object_id, d.user_id, d.permission, d.expected, d.found
	FROM modelapi_acl_internal.access_differences($1) AS d WHERE modelapi_acl_internal.owner_is_able();
END;
-- End of 56_own_tables.sql

-- ---------------------------------------------------------------------------
-- 72_who_can_and_explain.sql

CREATE OR REPLACE FUNCTION modelapi_acl_internal.answer_who_can(model_api_id uuid, permission modelapi_acl.permission)
	RETURNS TABLE (
	user_id uuid, username text, access_level modelapi_acl.access_level, roads text[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_who_can_1_1';

CREATE OR REPLACE FUNCTION modelapi_acl_internal.answer_explain_access(
	model_api_id uuid, permission modelapi_acl.permission, who text) RETURNS TABLE (
	step text, road text, access_level modelapi_acl.access_level, expires_at timestamptz,
	granted_by text, granted_at timestamptz, sufficient boolean, explanation text)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 5
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_explain_access_1_1';

-- Nothing else used these
DROP FUNCTION modelapi_acl_internal.holders_of(uuid);
DROP FUNCTION modelapi_acl_internal.grants_on(uuid);

-- ---------------------------------------------------------------------------
-- 71_request_examples.sql

CREATE FUNCTION modelapi_acl_internal.request_templates()
	RETURNS TABLE (place integer, language text, template text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	VALUES (1, 'curl', $code$curl '{url}' \
[basic]  --user "$TOKEN:$TOKEN" \
[bearer]  --header "Authorization: Bearer $TOKEN" \
  --header 'Content-Type: application/json' \
  --data '{"data": {"x": 1}}'
$code$),
	(2, 'Python', $code$[basic]import base64
import json
import urllib.request

[token]token = "$TOKEN"
[basic]credentials = base64.b64encode(f"{token}:{token}".encode()).decode()
request = urllib.request.Request(
    "{url}",
    data=json.dumps({"data": {"x": 1}}).encode(),
    headers={
        "Content-Type": "application/json",
[basic]        "Authorization": f"Basic {credentials}",
[bearer]        "Authorization": f"Bearer {token}",
    },
)
with urllib.request.urlopen(request) as response:
    print(response.read().decode())
$code$),
	(3, 'R', $code$library(httr2)

[token]token <- "$TOKEN"
response <- request("{url}") |>
[basic]  req_auth_basic(token, token) |>
[bearer]  req_auth_bearer_token(token) |>
  req_body_raw('{"data": {"x": 1}}', "application/json") |>
  req_perform()
cat(resp_body_string(response), "\n")
$code$),
	(4, 'JavaScript', $code$[token]const token = "$TOKEN";
fetch("{url}", {
  method: "POST",
  headers: {
    "Content-Type": "application/json",
[basic]    Authorization: "Basic " + btoa(token + ":" + token),
[bearer]    Authorization: "Bearer " + token,
  },
  body: JSON.stringify({ data: { x: 1 } }),
}).then(async (response) => {
  console.log(response.status, await response.text());
});
$code$),
	(5, 'Java', $code$import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
[basic]import java.util.Base64;

public class Predict {
    public static void main(String[] args) throws Exception {
[token]        String token = "$TOKEN";
[basic]        String pair = token + ":" + token;
        HttpRequest request = HttpRequest.newBuilder(URI.create("{url}"))
            .header("Content-Type", "application/json")
[basic]            .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair.getBytes()))
[bearer]            .header("Authorization", "Bearer " + token)
            .POST(HttpRequest.BodyPublishers.ofString("{\"data\": {\"x\": 1}}"))
            .build();
        HttpResponse<String> response = HttpClient.newHttpClient()
            .send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(response.statusCode() + " " + response.body());
    }
}
$code$);
END;
COMMENT ON FUNCTION modelapi_acl_internal.request_templates() IS
'The templates of request_examples';

-- A URL that passes this has no character that could end a string in any of the languages.
CREATE FUNCTION modelapi_acl_internal.is_request_url(url text) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT $1 ~ ('^[Hh][Tt][Tt][Pp][Ss]?://'
		|| '([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?'
		|| '([/?#][!#%&(-\[\]^_a-z{|}~-]*)?$');
END;
COMMENT ON FUNCTION modelapi_acl_internal.is_request_url(text) IS
'Whether request_examples accepts a URL';

-- Java takes only a URL whose characters are escaped where they have to be; browsers and
-- curl escape them. The fragment is not sent.
CREATE FUNCTION modelapi_acl_internal.escaped_url(url text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT u.origin || replace(replace(replace(replace(replace(replace(replace(replace(
			regexp_replace(u.rest, '%(?![0-9A-Fa-f]{2})', '%25', 'g'),
			'<', '%3C'), '>', '%3E'), '[', '%5B'), ']', '%5D'), '^', '%5E'),
			'{', '%7B'), '|', '%7C'), '}', '%7D')
	FROM (SELECT substring($1 FROM '^[^:]+://[^/?#]+') AS origin,
		substring($1 FROM '^[^:]+://[^/?#]+([^#]*)') AS rest) AS u;
END;
COMMENT ON FUNCTION modelapi_acl_internal.escaped_url(text) IS
'A URL without its fragment, and with the characters escaped that a URL may not have';

CREATE FUNCTION modelapi_acl.request_examples(model_api_id uuid, url text)
	RETURNS TABLE (language text, code text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 5
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_permission($1, 'view');
	SELECT modelapi_acl_internal.require($2 IS NOT NULL, '22023', 'url is missing');
	SELECT modelapi_acl_internal.require(modelapi_acl_internal.is_request_url($2), '22023', 'url is not valid',
		'It starts with http:// or https:// and a host, without a user name, and has only printable ASCII characters other than quotes, backslashes, backticks, dollar signs and spaces.');
	WITH kept AS (
		SELECT CASE
			WHEN m.authorization_mode = 'unrestricted' THEN 'none'
			WHEN m.invocation_mode = 'sync' THEN 'basic|token'
			ELSE 'bearer|token' END AS tags
		FROM modelapi_acl.model_apis AS m
		WHERE m.id = $1)
	SELECT t.language, replace(regexp_replace(regexp_replace(
			t.template, '^\[(?!(' || k.tags || ')\])\w+\].*\n', '', 'gn'), '^\[\w+\]', '', 'gn'),
			'{url}', modelapi_acl_internal.escaped_url($2))
	FROM kept AS k
		CROSS JOIN modelapi_acl_internal.request_templates() AS t
	ORDER BY t.place;
END;
COMMENT ON FUNCTION modelapi_acl.request_examples(uuid, text) IS
'How to call a model API whose endpoint has this URL: working code in curl, Python, R, JavaScript and Java. $TOKEN stands for an access token, where the model API needs one';

-- ---------------------------------------------------------------------------
-- 74_history.sql

CREATE OR REPLACE FUNCTION modelapi_acl_internal.level_at(
	user_id uuid, model_api_id uuid, until timestamptz, also uuid, expiry timestamptz) RETURNS modelapi_acl.access_level
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
	AS 'MODULE_PATHNAME', 'modelapi_acl_level_at_1_1';

-- Nothing else used this
DROP FUNCTION modelapi_acl_internal.memberships_at(uuid, timestamptz, uuid);

-- ---------------------------------------------------------------------------
-- 75_changes.sql

CREATE FUNCTION modelapi_acl_internal.events_of_change(change_id uuid) RETURNS TABLE (
	object_type text, object_id uuid, project_id uuid, model_api_id uuid, user_id uuid, organization_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid
	FROM modelapi_acl.audit_events AS e
	WHERE e.change_id = $1
		AND e.action = ANY (ARRAY[
			'collaborator.added', 'collaborator.changed', 'collaborator.removed',
			'organization_member.added', 'organization_member.changed', 'organization_member.removed',
			'user.created', 'user.disabled', 'user.enabled', 'user.deleted',
			'model_api.created', 'model_api.deleted',
			'model_api.visibility_changed', 'model_api.authorization_mode_changed']);
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_change(uuid) IS
'Internal statement: the objects that a change touched and on which access depends';

CREATE FUNCTION modelapi_acl_internal.events_of_grants_on(project_ids uuid[], model_api_ids uuid[]) RETURNS TABLE (
	occurred_at timestamptz, change_id uuid, committed_at timestamptz, object_type text, object_id uuid, project_id uuid,
	model_api_id uuid, user_id uuid, organization_id uuid, is_removed boolean, access_level text, expires_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid,
		e.new IS NULL, e.new ->> 'access_level', (e.new ->> 'expires_at')::timestamptz
	FROM unnest($1) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.project_id = k.id AND e.object_type = 'project_collaborator'
		OFFSET 0) AS e
	UNION ALL
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid,
		e.new IS NULL, e.new ->> 'access_level', (e.new ->> 'expires_at')::timestamptz
	FROM unnest($2) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.model_api_id = k.id AND e.object_type = 'model_api_collaborator'
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_grants_on(uuid[], uuid[]) IS
'Internal statement: events of the grants on projects and on model APIs';

CREATE FUNCTION modelapi_acl_internal.events_of_holders(user_ids uuid[], organization_ids uuid[]) RETURNS TABLE (
	occurred_at timestamptz, change_id uuid, committed_at timestamptz, object_type text, object_id uuid, project_id uuid,
	model_api_id uuid, user_id uuid, organization_id uuid, is_removed boolean, access_level text, expires_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid,
		e.new IS NULL, e.new ->> 'access_level', (e.new ->> 'expires_at')::timestamptz
	FROM unnest($1) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE hashtext(COALESCE(e.new, e.old) ->> 'user_id') = hashtext(k.id::text)
			AND (COALESCE(e.new, e.old) ->> 'user_id') = k.id::text
			AND e.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		OFFSET 0) AS e
	UNION ALL
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid,
		e.new IS NULL, e.new ->> 'access_level', (e.new ->> 'expires_at')::timestamptz
	FROM unnest($2) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE hashtext(COALESCE(e.new, e.old) ->> 'organization_id') = hashtext(k.id::text)
			AND (COALESCE(e.new, e.old) ->> 'organization_id') = k.id::text
			AND e.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed'])
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_holders(uuid[], uuid[]) IS
'Internal statement: events of the grants that users and organizations ever held, and of the users'' memberships';

CREATE FUNCTION modelapi_acl_internal.events_of_holder_exceed(user_id uuid, most bigint) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT count(*) > $2 FROM (
		SELECT FROM modelapi_acl.audit_events AS e
		WHERE hashtext(COALESCE(e.new, e.old) ->> 'user_id') = hashtext($1::text)
			AND (COALESCE(e.new, e.old) ->> 'user_id') = $1::text
			AND e.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		LIMIT $2 + 1) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_holder_exceed(uuid, bigint) IS
'Internal statement: whether there are more than so many events of the grants and memberships of a user';

CREATE FUNCTION modelapi_acl_internal.events_of_members(organization_ids uuid[]) RETURNS TABLE (
	occurred_at timestamptz, change_id uuid, committed_at timestamptz, object_type text, object_id uuid, project_id uuid,
	model_api_id uuid, user_id uuid, organization_id uuid, is_removed boolean, access_level text, expires_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_type, e.object_id, e.project_id, e.model_api_id,
		(COALESCE(e.new, e.old) ->> 'user_id')::uuid, (COALESCE(e.new, e.old) ->> 'organization_id')::uuid,
		e.new IS NULL, e.new ->> 'access_level', (e.new ->> 'expires_at')::timestamptz
	FROM unnest($1) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.object_id = k.id
			AND e.action = ANY (ARRAY[
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_members(uuid[]) IS
'Internal statement: events of the members of organizations';

CREATE FUNCTION modelapi_acl_internal.events_of_model_apis(project_ids uuid[], model_api_ids uuid[]) RETURNS TABLE (
	occurred_at timestamptz, change_id uuid, committed_at timestamptz, model_api_id uuid, project_id uuid,
	is_created boolean, is_deleted boolean, name text, visibility text, authorization_mode text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.model_api_id, e.project_id, e.action = 'model_api.created', e.action = 'model_api.deleted',
		e.new ->> 'name', e.new ->> 'visibility', e.new ->> 'authorization_mode'
	FROM unnest($1) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.project_id = k.id AND e.object_type = 'model_api'
		OFFSET 0) AS e
	UNION ALL
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.model_api_id, e.project_id, e.action = 'model_api.created', e.action = 'model_api.deleted',
		e.new ->> 'name', e.new ->> 'visibility', e.new ->> 'authorization_mode'
	FROM unnest($2) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.model_api_id = k.id AND e.object_type = 'model_api'
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_model_apis(uuid[], uuid[]) IS
'Internal statement: events of the model APIs of projects, and of single model APIs';

CREATE FUNCTION modelapi_acl_internal.events_of_principals(ids uuid[]) RETURNS TABLE (
	occurred_at timestamptz, change_id uuid, committed_at timestamptz, id uuid, is_organization boolean,
	is_created boolean, is_deleted boolean, name text, changes_state boolean, is_enabled boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.occurred_at, e.change_id,
		(SELECT c.committed_at FROM modelapi_acl_internal.changes AS c WHERE c.change_id = e.change_id),
		e.object_id, e.object_type <> 'user', e.action = 'user.created', e.action = 'user.deleted',
		COALESCE(e.new ->> 'username', e.new ->> 'name'),
		e.new ? 'disabled_at', (e.new ->> 'disabled_at') IS NULL
	FROM unnest($1) AS k (id) CROSS JOIN LATERAL (
		SELECT e.* FROM modelapi_acl.audit_events AS e
		WHERE e.object_id = k.id
			AND (e.object_type = 'user' OR e.action = ANY (ARRAY['organization.created', 'organization.renamed']))
		OFFSET 0) AS e;
END;
COMMENT ON FUNCTION modelapi_acl_internal.events_of_principals(uuid[]) IS
'Internal statement: events of users, and the names of organizations';

CREATE FUNCTION modelapi_acl_internal.ids_of_past_users() RETURNS SETOF uuid
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT DISTINCT e.object_id FROM modelapi_acl.audit_events AS e
	WHERE e.action = ANY (ARRAY['user.created', 'user.renamed']);
END;
COMMENT ON FUNCTION modelapi_acl_internal.ids_of_past_users() IS
'Internal statement: the ids of all users whom the history knows';

CREATE FUNCTION modelapi_acl_internal.ids_of_past_public() RETURNS SETOF uuid
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT DISTINCT e.model_api_id FROM modelapi_acl.audit_events AS e
	WHERE e.object_type = 'model_api' AND (e.new ->> 'visibility') = 'public';
END;
COMMENT ON FUNCTION modelapi_acl_internal.ids_of_past_public() IS
'Internal statement: the ids of all model APIs that were ever public';

CREATE OR REPLACE FUNCTION modelapi_acl_internal.answer_access_changes(change_id uuid) RETURNS TABLE (
	model_api_id uuid, model_api_name text, user_id uuid, username text,
	level_before modelapi_acl.access_level, level_after modelapi_acl.access_level,
	gained modelapi_acl.permission[], lost modelapi_acl.permission[])
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_access_changes_1_1';

-- Nothing else used these
DROP FUNCTION modelapi_acl_internal.changed_pairs(uuid);
DROP FUNCTION modelapi_acl_internal.pairs_at(uuid[], uuid[], timestamptz, uuid, timestamptz);

-- ---------------------------------------------------------------------------
-- 76_access_reviews.sql

-- What the view looks up for each row, as the policies of the tables show it to the current
-- user. The functions remember what they have read: a review has many rows about few users
-- and projects.
CREATE FUNCTION modelapi_acl_internal.username_of(user_id uuid) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 5
	AS 'MODULE_PATHNAME', 'modelapi_acl_username_of_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.username_of(uuid) IS
'The name of a user; NULL if nobody is signed in';

CREATE FUNCTION modelapi_acl_internal.organization_name_of(organization_id uuid) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 5
	AS 'MODULE_PATHNAME', 'modelapi_acl_organization_name_of_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.organization_name_of(uuid) IS
'The name of an organization; NULL if nobody is signed in';

CREATE FUNCTION modelapi_acl_internal.project_name_of(project_id uuid) RETURNS text
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 5
	AS 'MODULE_PATHNAME', 'modelapi_acl_project_name_of_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.project_name_of(uuid) IS
'The name of a project; NULL if the current user may not see it';

CREATE FUNCTION modelapi_acl_internal.grant_changed_at(grant_id uuid) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_grant_changed_at_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.grant_changed_at(uuid) IS
'When a grant was last changed, by the audit events that the current user may see; NULL: never';

CREATE FUNCTION modelapi_acl_internal.issuer_may_be_deleted(token_id uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_issuer_may_be_deleted_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.issuer_may_be_deleted(uuid) IS
'False if no user who was deleted has issued the token; true: look at its events';


-- ---------------------------------------------------------------------------
-- 77_verify_installation.sql

-- Facts get a new form here. Those that were as installed, and those of objects that this
-- script has replaced, are taken over in the new form. The others stay as they are, so that
-- verify_access still reports these objects.
CREATE TEMP TABLE facts_in_old_form ON COMMIT DROP AS
	SELECT f.* FROM modelapi_acl_internal.relation_facts() AS f
	UNION ALL
	SELECT f.* FROM modelapi_acl_internal.object_facts() AS f;

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

CREATE OR REPLACE FUNCTION modelapi_acl_internal.relation_facts()
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

CREATE OR REPLACE FUNCTION modelapi_acl_internal.object_facts()
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

CREATE TEMP TABLE facts_in_new_form ON COMMIT DROP AS
	SELECT f.* FROM modelapi_acl_internal.relation_facts() AS f
	UNION ALL
	SELECT f.* FROM modelapi_acl_internal.object_facts() AS f;

UPDATE modelapi_acl_internal.installed_facts AS i SET value = n.value
FROM pg_temp.facts_before AS b, pg_temp.facts_in_old_form AS o, pg_temp.facts_in_new_form AS n
WHERE (b.kind, b.object, b.aspect) = (i.kind, i.object, i.aspect)
	AND (o.kind, o.object, o.aspect) = (i.kind, i.object, i.aspect)
	AND (n.kind, n.object, n.aspect) = (i.kind, i.object, i.aspect)
	AND i.aspect = ANY (ARRAY['definition', 'digest of its definition'])
	AND (i.value = b.value OR o.value <> b.value);
UPDATE pg_temp.facts_before AS b SET value = n.value
FROM pg_temp.facts_in_new_form AS n
WHERE (b.kind, b.object, b.aspect) = (n.kind, n.object, n.aspect)
	AND n.aspect = ANY (ARRAY['definition', 'digest of its definition']);
DROP TABLE pg_temp.facts_in_old_form, pg_temp.facts_in_new_form;

-- ---------------------------------------------------------------------------
-- 10_roles.sql, 50_tokens.sql, 90_privileges.sql: requests by identity
DO LANGUAGE plpgsql $block$
DECLARE
	role_name CONSTANT name := 'modelapi_acl_identity_gateway';
	role pg_roles;
	others text;
BEGIN
	-- An installation in another database may be creating it: wait until it has
	LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE;
	SELECT r.* INTO role FROM pg_roles AS r
	WHERE r.rolname = role_name;
	IF NOT FOUND THEN
		EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
		RETURN;
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
	WHERE m.member = role.oid;
	IF others IS NOT NULL THEN
		RAISE EXCEPTION 'role % exists and is a member of other roles', role_name
		USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = format('It is a member of: %s.', others),
			HINT = 'Revoke the memberships, or drop the role.';
	END IF;
	SELECT string_agg(pg_get_userbyid(m.member)::text, ', ')
	INTO others
	FROM pg_auth_members AS m
	WHERE m.roleid = role.oid;
	IF others IS NOT NULL THEN
		RAISE WARNING 'role % exists and has members, which modelapi_acl will trust in this database: %',
			role_name, others;
	END IF;
END
$block$;
COMMENT ON ROLE modelapi_acl_identity_gateway IS 'modelapi_acl: API gateways that verify who calls, which may also call authorize_invocation_as';

CREATE FUNCTION modelapi_acl.authorize_invocation_as(
	model_api_id uuid, subject text,
	OUT allowed boolean, OUT status integer, OUT reason text,
	OUT token_id uuid, OUT token_name text, OUT www_authenticate text,
	OUT user_id uuid, OUT token_metadata jsonb) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_authorize_subject_1_1';
COMMENT ON FUNCTION modelapi_acl.authorize_invocation_as(uuid, text) IS
'For gateways that verify who calls: whether to allow a prediction request of this subject, an external_id or a user''s id; always returns one row';

-- ---------------------------------------------------------------------------
-- 47_search.sql, and its part of 58_internal_statements.sql

-- src/search/search_matches.c runs these, and decides on the rows of rows_by_id and all_rows.
-- As above, a materialized CTE and LIMIT read some of the documents with the words.

CREATE FUNCTION modelapi_acl_internal.few_documents(words tsquery, most bigint)
	RETURNS TABLE (place tid, model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH d AS MATERIALIZED (
		SELECT s.ctid AS place, s.model_api_id FROM modelapi_acl_internal.search_documents AS s
		WHERE s.document @@ $1)
	SELECT d.place, d.model_api_id FROM d LIMIT $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.few_documents(tsquery, bigint) IS
'Internal statement: up to a number of matching documents, hidden ones included';

-- Without the operator, the second condition uses no index
CREATE FUNCTION modelapi_acl_internal.narrowed_documents(narrowing tsquery, words tsquery, most bigint)
	RETURNS TABLE (place tid, model_api_id uuid, is_match boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH d AS MATERIALIZED (
		SELECT s.ctid AS place, s.model_api_id, s.document FROM modelapi_acl_internal.search_documents AS s
		WHERE s.document @@ $1)
	SELECT d.place, d.model_api_id, ts_match_vq(d.document, $2) FROM d LIMIT $3;
END;
COMMENT ON FUNCTION modelapi_acl_internal.narrowed_documents(tsquery, tsquery, bigint) IS
'Internal statement: up to a number of documents that match a query, hidden ones included, and whether they match another';

CREATE FUNCTION modelapi_acl_internal.all_documents(words tsquery)
	RETURNS TABLE (place tid, model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT s.ctid, s.model_api_id FROM modelapi_acl_internal.search_documents AS s
	WHERE s.document @@ $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.all_documents(tsquery) IS
'Internal statement: the matching documents, hidden ones included';

CREATE FUNCTION modelapi_acl_internal.documents_among(model_api_ids uuid[], words tsquery)
	RETURNS TABLE (place tid, model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT s.ctid, s.model_api_id FROM modelapi_acl_internal.search_documents AS s
	WHERE s.model_api_id = ANY ($1) AND ts_match_vq(s.document, $2);
END;
COMMENT ON FUNCTION modelapi_acl_internal.documents_among(uuid[], tsquery) IS
'Internal statement: the documents of some model APIs that match';

CREATE FUNCTION modelapi_acl_internal.viewable_by_project(projects uuid[], most bigint)
	RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT m.id FROM modelapi_acl.model_apis AS m WHERE m.visibility = 'public'::modelapi_acl.visibility
	UNION ALL
	SELECT m.id FROM modelapi_acl.model_apis AS m WHERE m.project_id = ANY ($1)
	LIMIT $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.viewable_by_project(uuid[], bigint) IS
'Internal statement: up to a number of model APIs that are public or in some projects';

CREATE FUNCTION modelapi_acl_internal.rows_by_id(ids uuid[])
	RETURNS TABLE (id uuid, project_id uuid, visibility modelapi_acl.visibility,
	authorization_mode modelapi_acl.authorization_mode, created_at timestamptz, name text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT m.id, m.project_id, m.visibility, m.authorization_mode, m.created_at, m.name
	FROM unnest($1) AS u (id) CROSS JOIN LATERAL (
		SELECT f.* FROM modelapi_acl.model_apis AS f
		WHERE f.id = u.id OFFSET 0) AS m;
END;
COMMENT ON FUNCTION modelapi_acl_internal.rows_by_id(uuid[]) IS
'Internal statement: what search needs of some model APIs';

CREATE FUNCTION modelapi_acl_internal.all_rows()
	RETURNS TABLE (id uuid, project_id uuid, visibility modelapi_acl.visibility,
	authorization_mode modelapi_acl.authorization_mode, created_at timestamptz, name text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT m.id, m.project_id, m.visibility, m.authorization_mode, m.created_at, m.name
	FROM modelapi_acl.model_apis AS m;
END;
COMMENT ON FUNCTION modelapi_acl_internal.all_rows() IS
'Internal statement: what search needs of all model APIs';

CREATE FUNCTION modelapi_acl_internal.documents_at(places tid[])
	RETURNS TABLE (place tid, document tsvector)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT s.ctid, s.document FROM modelapi_acl_internal.search_documents AS s
	WHERE s.ctid = ANY ($1);
END;
COMMENT ON FUNCTION modelapi_acl_internal.documents_at(tid[]) IS
'Internal statement: the documents at some places';

CREATE OR REPLACE FUNCTION modelapi_acl.search_places(query text)
	RETURNS TABLE (model_api_id uuid, place bigint)
	LANGUAGE c STRICT STABLE PARALLEL RESTRICTED COST 1000 ROWS 1000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_search_places_1_1';

-- ---------------------------------------------------------------------------
-- Service accounts and personal tokens

ALTER TABLE modelapi_acl.users
	ADD COLUMN responsible_id uuid CONSTRAINT users_responsible_id_fkey REFERENCES modelapi_acl.users,
	ALTER COLUMN responsible_id SET STATISTICS 0;

CREATE INDEX users_by_responsible
	ON modelapi_acl.users (responsible_id)
	WHERE responsible_id IS NOT NULL;

COMMENT ON COLUMN modelapi_acl.users.responsible_id IS 'The person who is responsible for a service account; NULL for people';

ALTER TABLE modelapi_acl.user_identities ALTER COLUMN email DROP NOT NULL;

COMMENT ON COLUMN modelapi_acl.user_identities.email IS 'Email address, in Unicode normalization form C; unique, ignoring the case of ASCII letters; NULL for service accounts';

COMMENT ON COLUMN modelapi_acl.user_identities.external_id IS 'Subject (claim sub) of the user''s JSON Web Tokens; of a service account, whose claims are not believed, the subject of requests by identity';

CREATE OR REPLACE VIEW modelapi_acl_internal.all_users AS
	SELECT t.* FROM modelapi_acl.users AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_users IS
'All rows of users; empty except while an answer is computed';

CREATE OR REPLACE VIEW modelapi_acl_internal.managed_users WITH (security_barrier = true) AS
	SELECT t.id, t.username, t.full_name, t.disabled_at, t.responsible_id FROM modelapi_acl.users AS t
	WHERE modelapi_acl_internal.may_administer()
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.managed_users IS
'Users, for administrators';

CREATE FUNCTION modelapi_acl_internal.require_responsible(responsible text) RETURNS uuid
	LANGUAGE c STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_require_responsible_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.require_responsible(text) IS
'The enabled person with this username, email address or, for administrators, id; raises 22023 for anybody else';

-- These are the cases in which keep_owner and keep_admin refuse to delete a user
CREATE OR REPLACE FUNCTION modelapi_acl_internal.owned_alone(user_id uuid) RETURNS TABLE (object text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT format('project "%s" (%s)', p.name, p.id)
	FROM modelapi_acl.project_collaborators AS c
		JOIN modelapi_acl.projects AS p ON p.id = c.project_id
	WHERE c.user_id = $1
		AND c.access_level = 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.project_collaborators AS o
				JOIN modelapi_acl.users AS u ON u.id = o.user_id AND u.responsible_id IS NULL
			WHERE o.project_id = c.project_id AND o.user_id <> $1
				AND o.access_level = 'owner'::modelapi_acl.access_level AND o.expires_at IS NULL)
	UNION ALL
	SELECT format('model API "%s" (%s)', m.name, m.id)
	FROM modelapi_acl.model_api_collaborators AS c
		JOIN modelapi_acl.model_apis AS m ON m.id = c.model_api_id
	WHERE c.user_id = $1
		AND c.access_level = 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.model_api_collaborators AS o
				JOIN modelapi_acl.users AS u ON u.id = o.user_id AND u.responsible_id IS NULL
			WHERE o.model_api_id = c.model_api_id AND o.user_id <> $1
				AND o.access_level = 'owner'::modelapi_acl.access_level AND o.expires_at IS NULL)
	UNION ALL
	SELECT format('organization "%s" (%s)', g.name, g.id)
	FROM modelapi_acl.organization_members AS a
		JOIN modelapi_acl.organizations AS g ON g.id = a.organization_id
	WHERE a.user_id = $1 AND a.is_admin
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.organization_members AS o
				JOIN modelapi_acl.users AS u ON u.id = o.user_id AND u.responsible_id IS NULL
			WHERE o.organization_id = a.organization_id
				AND o.user_id <> $1 AND o.is_admin);
END;
COMMENT ON FUNCTION modelapi_acl_internal.owned_alone(uuid) IS
'Internal statement: what would be left without an owner or an admin if a user were deleted';

CREATE FUNCTION modelapi_acl_internal.responsible_for(user_id uuid) RETURNS TABLE (username text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT u.username FROM modelapi_acl.users AS u WHERE u.responsible_id = $1 ORDER BY u.username;
END;
COMMENT ON FUNCTION modelapi_acl_internal.responsible_for(uuid) IS
'Internal statement: the service accounts for which a user is responsible';

CREATE FUNCTION modelapi_acl_internal.set_responsible(user_id uuid, responsible_id uuid)
	RETURNS TABLE (id uuid)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.users AS u SET responsible_id = $2 WHERE u.id = $1 RETURNING u.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.set_responsible(uuid, uuid) IS
'Internal statement: makes somebody else responsible for a service account';

-- These are the cases in which keep_owner and keep_admin refuse to delete a user: objects
-- that no other user owns directly and without expiry, and organizations without another
-- admin.
CREATE OR REPLACE FUNCTION modelapi_acl_internal.left_alone_by(user_id uuid)
	RETURNS TABLE (finding text, object_type text, object_id uuid, name text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'last_owner', 'project', p.id, p.name
	FROM modelapi_acl_internal.all_project_collaborators AS c
		JOIN modelapi_acl_internal.all_projects AS p ON p.id = c.project_id
	WHERE c.user_id = $1
		AND c.access_level = 'owner'::modelapi_acl.access_level
		AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_project_collaborators AS o
				JOIN modelapi_acl_internal.all_users AS u ON u.id = o.user_id AND u.responsible_id IS NULL
			WHERE o.project_id = c.project_id
				AND o.user_id <> $1
				AND o.access_level = 'owner'::modelapi_acl.access_level
				AND o.expires_at IS NULL)
	UNION ALL
	SELECT 'last_owner', 'model_api', m.id, m.name
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
		JOIN modelapi_acl_internal.all_model_apis AS m ON m.id = c.model_api_id
	WHERE c.user_id = $1
		AND c.access_level = 'owner'::modelapi_acl.access_level
		AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS o
				JOIN modelapi_acl_internal.all_users AS u ON u.id = o.user_id AND u.responsible_id IS NULL
			WHERE o.model_api_id = c.model_api_id
				AND o.user_id <> $1
				AND o.access_level = 'owner'::modelapi_acl.access_level
				AND o.expires_at IS NULL)
	UNION ALL
	SELECT 'last_admin', 'organization', g.id, g.name
	FROM modelapi_acl_internal.all_organization_members AS a
		JOIN modelapi_acl_internal.all_organizations AS g ON g.id = a.organization_id
	WHERE a.user_id = $1 AND a.is_admin
		AND NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_organization_members AS o
				JOIN modelapi_acl_internal.all_users AS u ON u.id = o.user_id AND u.responsible_id IS NULL
			WHERE o.organization_id = a.organization_id
				AND o.user_id <> $1 AND o.is_admin);
END;
COMMENT ON FUNCTION modelapi_acl_internal.left_alone_by(uuid) IS
'Objects that would have no owner or admin if a user were deleted';

-- Service accounts: users that send prediction requests, with tokens or by identity, and do
-- nothing else. Nobody can act as one. A person is responsible for each.

CREATE FUNCTION modelapi_acl.create_service_account(
	username text, responsible text, full_name text DEFAULT NULL, external_id text DEFAULT NULL) RETURNS uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'username is missing');
	SELECT modelapi_acl_internal.require_responsible($2);
	WITH created AS (
		INSERT INTO modelapi_acl_internal.managed_users (username, full_name, responsible_id)
		VALUES ($1, $3, modelapi_acl_internal.require_responsible($2)) RETURNING id),
	identified AS (
		INSERT INTO modelapi_acl_internal.managed_identities (user_id, external_id)
		SELECT created.id, $4 FROM created
		RETURNING user_id)
	SELECT identified.user_id FROM identified;
END;
COMMENT ON FUNCTION modelapi_acl.create_service_account(text, text, text, text) IS
'For administrators: creates a service account, for which a person is responsible; returns its id. external_id counts for requests by identity alone';

CREATE FUNCTION modelapi_acl.transfer_service_account(service_account text, responsible text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_transfer_service_account_1_1';
COMMENT ON FUNCTION modelapi_acl.transfer_service_account(text, text) IS
'For administrators and the responsible user: makes another person responsible for a service account';

CREATE TABLE modelapi_acl.personal_tokens (
	id uuid DEFAULT gen_random_uuid(),
	user_id uuid NOT NULL CONSTRAINT personal_tokens_user_id_fkey
		REFERENCES modelapi_acl.users ON DELETE CASCADE,
	name text NOT NULL,
	hint text NOT NULL,
	is_limited boolean NOT NULL DEFAULT false,
	created_by uuid CONSTRAINT personal_tokens_created_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	regenerated_by uuid CONSTRAINT personal_tokens_regenerated_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	regenerated_at timestamptz,
	expires_at timestamptz,
	revoked_by uuid CONSTRAINT personal_tokens_revoked_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	revoked_at timestamptz,
	suspended_by uuid CONSTRAINT personal_tokens_suspended_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	suspended_at timestamptz,
	metadata jsonb,
	CONSTRAINT personal_tokens_pkey PRIMARY KEY (id)
);
CREATE INDEX personal_tokens_by_user ON modelapi_acl.personal_tokens (user_id);
-- To delete a user, and to end the tokens that a user may know
CREATE INDEX personal_tokens_by_creator
	ON modelapi_acl.personal_tokens (created_by)
	WHERE created_by IS NOT NULL;
CREATE INDEX personal_tokens_by_regenerator
	ON modelapi_acl.personal_tokens (regenerated_by)
	WHERE regenerated_by IS NOT NULL;
CREATE INDEX personal_tokens_by_revoker
	ON modelapi_acl.personal_tokens (revoked_by)
	WHERE revoked_by IS NOT NULL;
CREATE INDEX personal_tokens_by_suspender
	ON modelapi_acl.personal_tokens (suspended_by)
	WHERE suspended_by IS NOT NULL;
COMMENT ON TABLE modelapi_acl.personal_tokens IS 'Tokens of people and service accounts, without their secrets';
COMMENT ON COLUMN modelapi_acl.personal_tokens.id IS 'Primary key, generated by the extension';
COMMENT ON COLUMN modelapi_acl.personal_tokens.user_id IS 'The holder: it opens what this user may invoke';
COMMENT ON COLUMN modelapi_acl.personal_tokens.name IS 'Name of the token: what it is for';
COMMENT ON COLUMN modelapi_acl.personal_tokens.hint IS 'First and last characters of the secret, to recognize it';
COMMENT ON COLUMN modelapi_acl.personal_tokens.is_limited IS 'Whether it opens only the model APIs in personal_token_model_apis';
COMMENT ON COLUMN modelapi_acl.personal_tokens.created_by IS 'The user who created it; NULL: an administrator, or a user who was deleted';
COMMENT ON COLUMN modelapi_acl.personal_tokens.created_at IS 'When it was created';
COMMENT ON COLUMN modelapi_acl.personal_tokens.regenerated_by IS 'The user who regenerated it last';
COMMENT ON COLUMN modelapi_acl.personal_tokens.regenerated_at IS 'When it was last regenerated, and got a new secret';
COMMENT ON COLUMN modelapi_acl.personal_tokens.expires_at IS 'When it expires; NULL: never';
COMMENT ON COLUMN modelapi_acl.personal_tokens.revoked_by IS 'The user who revoked it; NULL: an administrator, or a user who was deleted';
COMMENT ON COLUMN modelapi_acl.personal_tokens.revoked_at IS 'When it was revoked; NULL: not revoked';
COMMENT ON COLUMN modelapi_acl.personal_tokens.suspended_by IS 'The user who suspended it; NULL: an administrator, or a user who was deleted';
COMMENT ON COLUMN modelapi_acl.personal_tokens.suspended_at IS 'When it was suspended; NULL: not suspended';
COMMENT ON COLUMN modelapi_acl.personal_tokens.metadata IS 'A JSON object that decisions return with the token, or NULL; no secrets';

CREATE TABLE modelapi_acl.personal_token_model_apis (
	token_id uuid CONSTRAINT personal_token_model_apis_token_id_fkey
		REFERENCES modelapi_acl.personal_tokens ON DELETE CASCADE,
	model_api_id uuid CONSTRAINT personal_token_model_apis_model_api_id_fkey
		REFERENCES modelapi_acl.model_apis ON DELETE CASCADE,
	CONSTRAINT personal_token_model_apis_pkey PRIMARY KEY (token_id, model_api_id)
);
-- To delete a model API
CREATE INDEX personal_token_model_apis_by_model_api
	ON modelapi_acl.personal_token_model_apis (model_api_id);
COMMENT ON TABLE modelapi_acl.personal_token_model_apis IS 'The model APIs that limited personal tokens open';
COMMENT ON COLUMN modelapi_acl.personal_token_model_apis.token_id IS 'The personal token';
COMMENT ON COLUMN modelapi_acl.personal_token_model_apis.model_api_id IS 'A model API that it opens while its holder may invoke it';

-- A token has one current secret and at most one former one
CREATE TABLE modelapi_acl_internal.personal_token_hashes (
	hash bytea,
	token_id uuid NOT NULL CONSTRAINT personal_token_hashes_token_id_fkey
		REFERENCES modelapi_acl.personal_tokens ON DELETE CASCADE,
	valid_until timestamptz,
	shown_to uuid,
	CONSTRAINT personal_token_hashes_pkey PRIMARY KEY (hash),
	CONSTRAINT personal_token_hashes_sha256 CHECK (octet_length(hash) = 32)
);
CREATE INDEX personal_token_hashes_by_hash ON modelapi_acl_internal.personal_token_hashes (hash)
	INCLUDE (token_id, valid_until);
CREATE UNIQUE INDEX personal_token_hashes_by_token
	ON modelapi_acl_internal.personal_token_hashes (token_id, (valid_until IS NULL));
CREATE INDEX personal_token_hashes_by_user ON modelapi_acl_internal.personal_token_hashes (shown_to)
	WHERE shown_to IS NOT NULL;
COMMENT ON TABLE modelapi_acl_internal.personal_token_hashes IS
'SHA-256 of the current secret of each personal token, and of its former one';
COMMENT ON COLUMN modelapi_acl_internal.personal_token_hashes.valid_until IS
'When the overlap of a former secret ends; NULL: the current secret';
COMMENT ON COLUMN modelapi_acl_internal.personal_token_hashes.shown_to IS
'The user who was shown a former secret; who was shown the current one, the token tells';

-- No statistics on contents: see 30_tables.sql
ALTER TABLE modelapi_acl.personal_tokens
	ALTER COLUMN user_id SET STATISTICS 0,
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN hint SET STATISTICS 0,
	ALTER COLUMN is_limited SET STATISTICS 0,
	ALTER COLUMN created_by SET STATISTICS 0,
	ALTER COLUMN regenerated_by SET STATISTICS 0,
	ALTER COLUMN revoked_by SET STATISTICS 0,
	ALTER COLUMN suspended_by SET STATISTICS 0,
	ALTER COLUMN metadata SET STATISTICS 0;
ALTER TABLE modelapi_acl.personal_token_model_apis
	ALTER COLUMN model_api_id SET STATISTICS 0;
ALTER TABLE modelapi_acl_internal.personal_token_hashes
	ALTER COLUMN hash SET STATISTICS 0,
	ALTER COLUMN valid_until SET STATISTICS 0,
	ALTER COLUMN shown_to SET STATISTICS 0;
ALTER INDEX modelapi_acl_internal.personal_token_hashes_by_token ALTER COLUMN 2 SET STATISTICS 0;

SELECT pg_extension_config_dump('modelapi_acl.personal_tokens', '');
SELECT pg_extension_config_dump('modelapi_acl.personal_token_model_apis', '');
SELECT pg_extension_config_dump('modelapi_acl_internal.personal_token_hashes', '');

CREATE FUNCTION modelapi_acl_internal.shows_tokens_of(user_id uuid, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_tokens_of_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.shows_tokens_of(uuid, uuid) IS
'Whether an identity sees the personal tokens of a user: its own, and those of service accounts that it is responsible for';

CREATE FUNCTION modelapi_acl_internal.shows_personal_token(token_id uuid, identity uuid) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_personal_token_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.shows_personal_token(uuid, uuid) IS
'Whether an identity sees a personal token';

CREATE FUNCTION modelapi_acl_internal.issue_personal_token(
	OUT token text, OUT hash bytea, OUT hint text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_issue_personal_token_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.issue_personal_token() IS
'Generates a secret of a personal token; returns it with its SHA-256 and its hint';

CREATE FUNCTION modelapi_acl.create_personal_token(
	name text, expires_at timestamptz DEFAULT NULL, model_apis uuid[] DEFAULT NULL,
	OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_create_personal_token_1_1';
COMMENT ON FUNCTION modelapi_acl.create_personal_token(text, timestamptz, uuid[]) IS
'Creates a token of the current user, which opens every model API that the user may invoke, or those of them that are in model_apis; returns its secret, which is never shown again';

CREATE FUNCTION modelapi_acl.create_service_token(
	service_account text, name text, expires_at timestamptz DEFAULT NULL, model_apis uuid[] DEFAULT NULL,
	OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_create_service_token_1_1';
COMMENT ON FUNCTION modelapi_acl.create_service_token(text, text, timestamptz, uuid[]) IS
'For administrators and the responsible user: creates a token of a service account, as create_personal_token does for a person';

CREATE FUNCTION modelapi_acl.import_personal_token(
	holder text, name text, token_digest bytea, model_apis uuid[], hint text DEFAULT NULL,
	expires_at timestamptz DEFAULT NULL) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_import_personal_token_1_1';
COMMENT ON FUNCTION modelapi_acl.import_personal_token(text, text, bytea, uuid[], text, timestamptz) IS
'For administrators: brings a personal token of another system along, by the SHA-256 of its secret; model_apis NULL: it opens all that the holder may invoke';

-- ---------------------------------------------------------------------------
-- Internal statements. src/catalog/internal_statements.c runs them.

CREATE FUNCTION modelapi_acl_internal.make_personal_token(
	user_id uuid, name text, expires_at timestamptz, model_apis uuid[], made_by uuid)
	RETURNS TABLE (id uuid, token text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH issued AS MATERIALIZED (
		SELECT i.token, i.hash, i.hint FROM modelapi_acl_internal.issue_personal_token() AS i),
	created AS (
		INSERT INTO modelapi_acl.personal_tokens (user_id, name, hint, is_limited, created_by, expires_at)
		SELECT $1, $2, issued.hint, $4 IS NOT NULL, $5,
			CASE WHEN $3 < 'infinity'::timestamptz THEN $3 END FROM issued
		RETURNING id),
	listed AS (
		INSERT INTO modelapi_acl.personal_token_model_apis (token_id, model_api_id)
		SELECT DISTINCT created.id, m.id FROM created CROSS JOIN unnest($4) AS m (id)),
	hashed AS (
		INSERT INTO modelapi_acl_internal.personal_token_hashes (hash, token_id)
		SELECT issued.hash, created.id FROM issued CROSS JOIN created
		RETURNING token_id)
	SELECT hashed.token_id, issued.token FROM hashed CROSS JOIN issued;
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_personal_token(uuid, text, timestamptz, uuid[], uuid) IS
'Internal statement: creates a personal token';

CREATE FUNCTION modelapi_acl_internal.take_personal_token(
	user_id uuid, name text, expires_at timestamptz, model_apis uuid[], made_by uuid, hash bytea, hint text)
	RETURNS TABLE (id uuid)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH created AS (
		INSERT INTO modelapi_acl.personal_tokens (user_id, name, hint, is_limited, created_by, expires_at)
		VALUES ($1, $2, $7, $4 IS NOT NULL, $5, CASE WHEN $3 < 'infinity'::timestamptz THEN $3 END)
		RETURNING id),
	listed AS (
		INSERT INTO modelapi_acl.personal_token_model_apis (token_id, model_api_id)
		SELECT DISTINCT created.id, m.id FROM created CROSS JOIN unnest($4) AS m (id)),
	hashed AS (
		INSERT INTO modelapi_acl_internal.personal_token_hashes (hash, token_id)
		SELECT $6, created.id FROM created
		ON CONFLICT (hash) DO NOTHING
		RETURNING token_id)
	SELECT hashed.token_id FROM hashed;
END;
COMMENT ON FUNCTION modelapi_acl_internal.take_personal_token(uuid, text, timestamptz, uuid[], uuid, bytea, text) IS
'Internal statement: imports a personal token; no row if there is its digest already';

-- The row lock serializes what concurrent transactions do with a token
CREATE FUNCTION modelapi_acl_internal.lock_personal_token(token_id uuid)
	RETURNS TABLE (is_revoked boolean, is_suspended boolean, expires_at timestamptz, made_at timestamptz,
		created_by uuid, suspended_by uuid)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT t.revoked_at IS NOT NULL, t.suspended_at IS NOT NULL, t.expires_at,
		COALESCE(t.regenerated_at, t.created_at), t.created_by, t.suspended_by
	FROM modelapi_acl.personal_tokens AS t WHERE t.id = $1 FOR UPDATE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.lock_personal_token(uuid) IS
'Internal statement: locks a personal token, and returns its state and when its secret was made';

CREATE FUNCTION modelapi_acl_internal.change_personal_token(
	token_id uuid, name text, expires_at timestamptz, metadata jsonb) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.personal_tokens AS t
	SET name = COALESCE($2, t.name),
		expires_at = CASE WHEN $3 IS NULL THEN t.expires_at WHEN $3 < 'infinity'::timestamptz THEN $3 END,
		metadata = COALESCE($4, t.metadata)
	WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.change_personal_token(uuid, text, timestamptz, jsonb) IS
'Internal statement: changes a personal token; NULL leaves a value as it is';

CREATE FUNCTION modelapi_acl_internal.renew_personal_token(
	token_id uuid, made_by uuid, made_at timestamptz, expires_at timestamptz)
	RETURNS TABLE (id uuid, token text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH issued AS MATERIALIZED (
		SELECT i.token, i.hash, i.hint FROM modelapi_acl_internal.issue_personal_token() AS i),
	changed AS (
		UPDATE modelapi_acl.personal_tokens AS t
		SET hint = issued.hint, regenerated_by = $2, regenerated_at = $3,
			expires_at = CASE WHEN $4 < 'infinity'::timestamptz THEN $4 END
		FROM issued WHERE t.id = $1
		RETURNING t.id),
	hashed AS (
		INSERT INTO modelapi_acl_internal.personal_token_hashes (hash, token_id)
		SELECT issued.hash, changed.id FROM issued CROSS JOIN changed
		RETURNING token_id)
	SELECT hashed.token_id, issued.token FROM hashed CROSS JOIN issued;
END;
COMMENT ON FUNCTION modelapi_acl_internal.renew_personal_token(uuid, uuid, timestamptz, timestamptz) IS
'Internal statement: gives a personal token a new secret, where its former one was retired';

CREATE FUNCTION modelapi_acl_internal.lock_former_personal_secret(token_id uuid) RETURNS timestamptz
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT h.valid_until FROM modelapi_acl_internal.personal_token_hashes AS h
	WHERE h.token_id = $1 AND h.valid_until IS NOT NULL FOR UPDATE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.lock_former_personal_secret(uuid) IS
'Internal statement: when the overlap of a personal token''s former secret ends';

CREATE FUNCTION modelapi_acl_internal.forget_former_personal_secret(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.personal_token_hashes AS h
	WHERE h.token_id = $1 AND h.valid_until IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.forget_former_personal_secret(uuid) IS
'Internal statement: removes the former secret of a personal token';

CREATE FUNCTION modelapi_acl_internal.forget_all_personal_secrets(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.personal_token_hashes AS h WHERE h.token_id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.forget_all_personal_secrets(uuid) IS
'Internal statement: removes all secrets of a personal token';

CREATE FUNCTION modelapi_acl_internal.retire_personal_secret(token_id uuid, valid_until timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.personal_token_hashes AS h
	SET valid_until = $2,
		shown_to = CASE WHEN t.regenerated_at IS NULL THEN t.created_by ELSE t.regenerated_by END
	FROM modelapi_acl.personal_tokens AS t
	WHERE h.token_id = $1 AND h.valid_until IS NULL AND t.id = h.token_id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.retire_personal_secret(uuid, timestamptz) IS
'Internal statement: makes the current secret of a personal token its former one';

CREATE FUNCTION modelapi_acl_internal.end_personal_token(token_id uuid, ended_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.personal_tokens AS t SET revoked_at = clock_timestamp(), revoked_by = $2
	WHERE t.id = $1 AND t.revoked_at IS NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_personal_token(uuid, uuid) IS
'Internal statement: revokes a personal token';

CREATE FUNCTION modelapi_acl_internal.suspend_personal_token(token_id uuid, suspended_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.personal_tokens AS t
	SET suspended_at = clock_timestamp(), suspended_by = $2
	WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.suspend_personal_token(uuid, uuid) IS
'Internal statement: suspends a personal token';

CREATE FUNCTION modelapi_acl_internal.resume_personal_token(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.personal_tokens AS t SET suspended_at = NULL, suspended_by = NULL
	WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.resume_personal_token(uuid) IS
'Internal statement: resumes a suspended personal token';

CREATE FUNCTION modelapi_acl_internal.judge_personal_token() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_judge_personal_token_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.judge_personal_token() IS
'Refuses to write a personal token that the current user may not write, according to the latest committed state';

CREATE TRIGGER admit BEFORE INSERT OR UPDATE OR DELETE ON modelapi_acl.personal_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_personal_token();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER admit;

CREATE TRIGGER admit_again AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.personal_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.judge_personal_token();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER admit_again;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.personal_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.personal_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl.personal_token_model_apis
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl.personal_token_model_apis ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl.personal_token_model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl.personal_token_model_apis ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON modelapi_acl_internal.personal_token_hashes
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.audit_row();
ALTER TABLE modelapi_acl_internal.personal_token_hashes ENABLE ALWAYS TRIGGER audit;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON modelapi_acl_internal.personal_token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.refuse_truncate();
ALTER TABLE modelapi_acl_internal.personal_token_hashes ENABLE ALWAYS TRIGGER refuse_truncate;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.personal_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.personal_tokens
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl.personal_token_model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl.personal_token_model_apis ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl.personal_token_model_apis
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl.personal_token_model_apis ENABLE ALWAYS TRIGGER end_load;

CREATE TRIGGER begin_load BEFORE INSERT ON modelapi_acl_internal.personal_token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.begin_load();
ALTER TABLE modelapi_acl_internal.personal_token_hashes ENABLE ALWAYS TRIGGER begin_load;

CREATE TRIGGER end_load AFTER INSERT ON modelapi_acl_internal.personal_token_hashes
	FOR EACH STATEMENT EXECUTE FUNCTION modelapi_acl_internal.end_load();
ALTER TABLE modelapi_acl_internal.personal_token_hashes ENABLE ALWAYS TRIGGER end_load;

CREATE VIEW modelapi_acl_internal.all_personal_tokens AS
	SELECT t.* FROM modelapi_acl.personal_tokens AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_personal_tokens IS
'All rows of personal_tokens; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_personal_token_model_apis AS
	SELECT t.* FROM modelapi_acl.personal_token_model_apis AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_personal_token_model_apis IS
'All rows of personal_token_model_apis; empty except while an answer is computed';

CREATE VIEW modelapi_acl_internal.all_personal_token_hashes AS
	SELECT t.token_id, t.valid_until FROM modelapi_acl_internal.personal_token_hashes AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_personal_token_hashes IS
'All rows of personal_token_hashes, without the hashes; empty except while an answer is computed';

ALTER TABLE modelapi_acl.personal_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl.personal_token_model_apis ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.personal_token_hashes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY may_view ON modelapi_acl.personal_tokens FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.shows_tokens_of(user_id,
		(SELECT modelapi_acl_internal.current_identity())));

CREATE POLICY may_view ON modelapi_acl.personal_token_model_apis FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.shows_personal_token(token_id,
			(SELECT modelapi_acl_internal.current_identity()))
		AND modelapi_acl_internal.model_api_permits(model_api_id, 'view',
			(SELECT modelapi_acl_internal.current_identity())));

-- End of service accounts and personal tokens

-- ---------------------------------------------------------------------------
-- 50_tokens.sql, with its tables, triggers, statements and views: the life of tokens

ALTER TABLE modelapi_acl.access_tokens
	ADD COLUMN suspended_at timestamptz,
	ADD COLUMN suspended_by uuid CONSTRAINT access_tokens_suspended_by_fkey
		REFERENCES modelapi_acl.users ON DELETE SET NULL,
	ADD COLUMN metadata jsonb;
ALTER TABLE modelapi_acl.access_tokens
	ALTER COLUMN suspended_by SET STATISTICS 0,
	ALTER COLUMN metadata SET STATISTICS 0;
DROP INDEX modelapi_acl.access_tokens_by_id;
CREATE INDEX access_tokens_by_suspender
	ON modelapi_acl.access_tokens (suspended_by)
	WHERE suspended_by IS NOT NULL;
COMMENT ON COLUMN modelapi_acl.access_tokens.suspended_at IS 'When it was suspended; NULL: not suspended';
COMMENT ON COLUMN modelapi_acl.access_tokens.suspended_by IS 'The user who suspended it';
COMMENT ON COLUMN modelapi_acl.access_tokens.metadata IS
'A JSON object that decisions return with the token, or NULL; no secrets';

ALTER TABLE modelapi_acl_internal.token_hashes
	ADD COLUMN valid_until timestamptz,
	ADD COLUMN model_api_id uuid,
	ADD COLUMN name text,
	ADD COLUMN expires_at timestamptz,
	ADD COLUMN revoked_at timestamptz,
	ADD COLUMN suspended_at timestamptz,
	ADD COLUMN metadata text,
	ADD COLUMN shown_to uuid,
	DROP CONSTRAINT token_hashes_token_id_key;
ALTER TABLE modelapi_acl_internal.token_hashes
	ALTER COLUMN valid_until SET STATISTICS 0,
	ALTER COLUMN name SET STATISTICS 0,
	ALTER COLUMN metadata SET STATISTICS 0,
	ALTER COLUMN shown_to SET STATISTICS 0;
COMMENT ON TABLE modelapi_acl_internal.token_hashes IS
'SHA-256 of the current secret of each access token, and of its former one';
COMMENT ON COLUMN modelapi_acl_internal.token_hashes.valid_until IS
'When the overlap of a former secret ends; NULL: the current secret';
COMMENT ON COLUMN modelapi_acl_internal.token_hashes.shown_to IS
'The user who was shown a former secret; who was shown the current one, the token tells';

CREATE UNIQUE INDEX token_hashes_by_token
	ON modelapi_acl_internal.token_hashes (token_id, (valid_until IS NULL));
ALTER INDEX modelapi_acl_internal.token_hashes_by_token ALTER COLUMN 2 SET STATISTICS 0;
CREATE INDEX token_hashes_by_user ON modelapi_acl_internal.token_hashes (shown_to)
	WHERE shown_to IS NOT NULL;

CREATE FUNCTION modelapi_acl_internal.fill_copies() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_fill_copies_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.fill_copies() IS
'Copies what a prediction request needs to know of a token into the rows of its secrets';

CREATE FUNCTION modelapi_acl_internal.renew_copies() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_renew_copies_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.renew_copies() IS
'Has the copies made anew when a token changes';

CREATE FUNCTION modelapi_acl_internal.touch_secrets(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.token_hashes AS h SET token_id = h.token_id WHERE h.token_id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.touch_secrets(uuid) IS
'Internal statement: makes the trigger of a token''s secrets fill their copies';

CREATE TRIGGER fill_copies BEFORE INSERT OR UPDATE ON modelapi_acl_internal.token_hashes
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.fill_copies();
ALTER TABLE modelapi_acl_internal.token_hashes ENABLE ALWAYS TRIGGER fill_copies;

CREATE TRIGGER renew_copies AFTER UPDATE ON modelapi_acl.access_tokens
	FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id
		OR OLD.model_api_id IS DISTINCT FROM NEW.model_api_id
		OR OLD.name IS DISTINCT FROM NEW.name
		OR OLD.expires_at IS DISTINCT FROM NEW.expires_at
		OR OLD.revoked_at IS DISTINCT FROM NEW.revoked_at
		OR OLD.suspended_at IS DISTINCT FROM NEW.suspended_at
		OR OLD.metadata IS DISTINCT FROM NEW.metadata)
	EXECUTE FUNCTION modelapi_acl_internal.renew_copies();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER renew_copies;

-- Where session_replication_role = replica keeps the foreign key from deleting them
CREATE FUNCTION modelapi_acl_internal.forget_secrets() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_forget_secrets_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.forget_secrets() IS
'Has the secrets of a deleted token deleted, where no foreign key does so';

CREATE TRIGGER forget_secrets AFTER DELETE ON modelapi_acl.access_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_secrets();
ALTER TABLE modelapi_acl.access_tokens ENABLE ALWAYS TRIGGER forget_secrets;
CREATE TRIGGER forget_secrets AFTER DELETE ON modelapi_acl.personal_tokens
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.forget_secrets();
ALTER TABLE modelapi_acl.personal_tokens ENABLE ALWAYS TRIGGER forget_secrets;

-- The trigger fills the copies of all rows
UPDATE modelapi_acl_internal.token_hashes SET token_id = token_id;
CREATE INDEX token_hashes_by_hash ON modelapi_acl_internal.token_hashes (hash)
	INCLUDE (token_id, valid_until, model_api_id, name, expires_at, revoked_at, suspended_at, metadata);

CREATE OR REPLACE VIEW modelapi_acl_internal.all_access_tokens AS
	SELECT t.* FROM modelapi_acl.access_tokens AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_access_tokens IS
'All rows of access_tokens; empty except while an answer is computed';

CREATE OR REPLACE VIEW modelapi_acl_internal.all_token_hashes AS
	SELECT t.token_id, t.valid_until, t.model_api_id, t.name, t.expires_at, t.revoked_at, t.suspended_at, t.metadata
	FROM modelapi_acl_internal.token_hashes AS t
		CROSS JOIN (SELECT) AS no_update
	WHERE modelapi_acl_internal.is_answering();
COMMENT ON VIEW modelapi_acl_internal.all_token_hashes IS
'All rows of token_hashes, without the hashes; empty except while an answer is computed';

DROP FUNCTION modelapi_acl_internal.make_token(uuid, text, timestamptz, uuid);
DROP FUNCTION modelapi_acl_internal.find_token(uuid);
DROP FUNCTION modelapi_acl_internal.lock_token(uuid);
DROP FUNCTION modelapi_acl_internal.renew_token(uuid, uuid);

CREATE FUNCTION modelapi_acl_internal.make_access_token(
	model_api_id uuid, name text, expires_at timestamptz, made_by uuid, metadata jsonb)
	RETURNS TABLE (id uuid, token text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH issued AS MATERIALIZED (
		SELECT i.token, i.hash, i.hint FROM modelapi_acl_internal.issue_token() AS i),
	created AS (
		INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint, created_by, expires_at, metadata)
		SELECT $1, $2, issued.hint, $4,
			CASE WHEN $3 < 'infinity'::timestamptz THEN $3 END, $5 FROM issued
		RETURNING id),
	hashed AS (
		INSERT INTO modelapi_acl_internal.token_hashes (hash, token_id)
		SELECT issued.hash, created.id FROM issued CROSS JOIN created
		RETURNING token_id)
	SELECT hashed.token_id, issued.token FROM hashed CROSS JOIN issued;
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_access_token(uuid, text, timestamptz, uuid, jsonb) IS
'Internal statement: creates an access token';

CREATE FUNCTION modelapi_acl_internal.find_access_token(token_id uuid)
	RETURNS TABLE (model_api_id uuid, created_by uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT t.model_api_id, t.created_by FROM modelapi_acl.access_tokens AS t WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.find_access_token(uuid) IS
'Internal statement: the model API of an access token, and who made it';

CREATE FUNCTION modelapi_acl_internal.lock_access_token(token_id uuid)
	RETURNS TABLE (is_revoked boolean, is_suspended boolean, expires_at timestamptz, made_at timestamptz,
		created_by uuid, suspended_by uuid)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT t.revoked_at IS NOT NULL, t.suspended_at IS NOT NULL, t.expires_at,
		COALESCE(t.regenerated_at, t.created_at), t.created_by, t.suspended_by
	FROM modelapi_acl.access_tokens AS t WHERE t.id = $1 FOR UPDATE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.lock_access_token(uuid) IS
'Internal statement: locks an access token, and returns its state and when its secret was made';

CREATE FUNCTION modelapi_acl_internal.change_access_token(
	token_id uuid, name text, expires_at timestamptz, metadata jsonb) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.access_tokens AS t
	SET name = COALESCE($2, t.name),
		expires_at = CASE WHEN $3 IS NULL THEN t.expires_at WHEN $3 < 'infinity'::timestamptz THEN $3 END,
		metadata = COALESCE($4, t.metadata)
	WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.change_access_token(uuid, text, timestamptz, jsonb) IS
'Internal statement: changes an access token; NULL leaves a value as it is';

CREATE FUNCTION modelapi_acl_internal.suspend_access_token(token_id uuid, suspended_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.access_tokens AS t SET suspended_at = clock_timestamp(), suspended_by = $2
	WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.suspend_access_token(uuid, uuid) IS
'Internal statement: suspends an access token';

CREATE FUNCTION modelapi_acl_internal.resume_access_token(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.access_tokens AS t SET suspended_at = NULL, suspended_by = NULL
	WHERE t.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.resume_access_token(uuid) IS
'Internal statement: resumes a suspended access token';

CREATE FUNCTION modelapi_acl_internal.renew_access_token(
	token_id uuid, made_by uuid, made_at timestamptz, expires_at timestamptz)
	RETURNS TABLE (id uuid, token text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH issued AS MATERIALIZED (
		SELECT i.token, i.hash, i.hint FROM modelapi_acl_internal.issue_token() AS i),
	changed AS (
		UPDATE modelapi_acl.access_tokens AS t
		SET hint = issued.hint, regenerated_by = $2, regenerated_at = $3,
			expires_at = CASE WHEN $4 < 'infinity'::timestamptz THEN $4 END
		FROM issued WHERE t.id = $1
		RETURNING t.id),
	hashed AS (
		INSERT INTO modelapi_acl_internal.token_hashes (hash, token_id)
		SELECT issued.hash, changed.id FROM issued CROSS JOIN changed
		RETURNING token_id)
	SELECT hashed.token_id, issued.token FROM hashed CROSS JOIN issued;
END;
COMMENT ON FUNCTION modelapi_acl_internal.renew_access_token(uuid, uuid, timestamptz, timestamptz) IS
'Internal statement: gives an access token a new secret, where its former one was retired';

CREATE FUNCTION modelapi_acl_internal.lock_former_secret(token_id uuid) RETURNS timestamptz
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT h.valid_until FROM modelapi_acl_internal.token_hashes AS h
	WHERE h.token_id = $1 AND h.valid_until IS NOT NULL FOR UPDATE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.lock_former_secret(uuid) IS
'Internal statement: when the overlap of a token''s former secret ends';

CREATE FUNCTION modelapi_acl_internal.forget_former_secret(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.token_hashes AS h
	WHERE h.token_id = $1 AND h.valid_until IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.forget_former_secret(uuid) IS
'Internal statement: removes the former secret of a token';

CREATE FUNCTION modelapi_acl_internal.forget_all_secrets(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.token_hashes AS h WHERE h.token_id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.forget_all_secrets(uuid) IS
'Internal statement: removes all secrets of an access token';

CREATE FUNCTION modelapi_acl_internal.retire_current_secret(token_id uuid, valid_until timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.token_hashes AS h
	SET valid_until = $2,
		shown_to = CASE WHEN t.regenerated_at IS NULL THEN t.created_by ELSE t.regenerated_by END
	FROM modelapi_acl.access_tokens AS t
	WHERE h.token_id = $1 AND h.valid_until IS NULL AND t.id = h.token_id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.retire_current_secret(uuid, timestamptz) IS
'Internal statement: makes the current secret of a token its former one';

CREATE FUNCTION modelapi_acl_internal.end_tokens_of(user_id uuid, ended_by uuid) RETURNS SETOF uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.access_tokens AS t SET revoked_at = clock_timestamp(), revoked_by = $2
	WHERE t.revoked_at IS NULL AND (t.expires_at <= clock_timestamp()) IS NOT TRUE
		AND (t.created_by = $1 OR t.regenerated_by = $1)
	RETURNING t.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_tokens_of(uuid, uuid) IS
'Internal statement: revokes the access tokens that a user made or was last shown the secret of';

CREATE FUNCTION modelapi_acl_internal.end_overlap(token_id uuid) RETURNS timestamptz
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.token_hashes AS h SET valid_until = clock_timestamp()
	WHERE h.token_id = $1 AND h.valid_until > clock_timestamp()
	RETURNING h.valid_until;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_overlap(uuid) IS
'Internal statement: ends the overlap of a token''s former secret';

CREATE FUNCTION modelapi_acl_internal.end_overlaps_of(user_id uuid) RETURNS TABLE (
	token_id uuid, ended_at timestamptz)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.token_hashes AS h SET valid_until = clock_timestamp()
	FROM modelapi_acl.access_tokens AS t
	WHERE h.shown_to = $1 AND h.valid_until > clock_timestamp() AND t.id = h.token_id
		AND t.revoked_at IS NULL AND (t.expires_at <= clock_timestamp()) IS NOT TRUE
	RETURNING h.token_id, h.valid_until;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_overlaps_of(uuid) IS
'Internal statement: ends the overlaps of the former secrets of access tokens that a user was shown';

CREATE FUNCTION modelapi_acl_internal.add_foreign_token(
	model_api_id uuid, name text, hash bytea, hint text, expires_at timestamptz, made_by uuid) RETURNS uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH created AS (
		INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint, created_by, expires_at)
		VALUES ($1, $2, $4, $6, CASE WHEN $5 < 'infinity'::timestamptz THEN $5 END)
		RETURNING id)
	INSERT INTO modelapi_acl_internal.token_hashes (hash, token_id)
	SELECT $3, created.id FROM created
	ON CONFLICT DO NOTHING
	RETURNING token_id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.add_foreign_token(uuid, text, bytea, text, timestamptz, uuid) IS
'Internal statement: creates an access token for a secret of another system; no row if there is such a secret';

CREATE OR REPLACE FUNCTION modelapi_acl.create_token(
	model_api_id uuid, name text, expires_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT NULL,
	OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_create_token_1_1';
COMMENT ON FUNCTION modelapi_acl.create_token(uuid, text, timestamptz, jsonb) IS
'For editors and owners: creates an access token of a model API and returns its secret, which is never shown again. metadata, a JSON object, is returned with each decision that accepts the token';

CREATE OR REPLACE FUNCTION modelapi_acl.regenerate_token(
	token_id uuid, overlap interval DEFAULT '0', OUT id uuid, OUT token text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_regenerate_token_1_1';
COMMENT ON FUNCTION modelapi_acl.regenerate_token(uuid, interval) IS
'For owners, whoever made the token, and holders of personal tokens: gives a token a new secret; its name stays, and its expiry unless max_token_lifetime shortens it. The old secret is accepted until the overlap ends, at most until the token expires or that secret has lived as long as the setting allows';

CREATE OR REPLACE FUNCTION modelapi_acl.revoke_token(token_id uuid) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_revoke_token_1_1';
COMMENT ON FUNCTION modelapi_acl.revoke_token(uuid) IS
'For owners, whoever made the token, and holders of personal tokens: revokes a token for good; revoking it twice is no error';

CREATE FUNCTION modelapi_acl.update_token(
	token_id uuid, name text DEFAULT NULL, expires_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT NULL)
	RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_update_token_1_1';
COMMENT ON FUNCTION modelapi_acl.update_token(uuid, text, timestamptz, jsonb) IS
'For owners, whoever made the token, and holders of personal tokens: renames a token, moves its expiry, or changes its metadata. NULL leaves a value as it is; the expiry infinity means none';

CREATE FUNCTION modelapi_acl.suspend_token(token_id uuid) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_suspend_token_1_1';
COMMENT ON FUNCTION modelapi_acl.suspend_token(uuid) IS
'For owners, whoever made the token, and holders of personal tokens: a token is refused until it is resumed';

CREATE FUNCTION modelapi_acl.resume_token(token_id uuid) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_resume_token_1_1';
COMMENT ON FUNCTION modelapi_acl.resume_token(uuid) IS
'For owners, whoever made and suspended the token, and holders of personal tokens: ends its suspension';

CREATE FUNCTION modelapi_acl.revoke_leaked_token(token text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_revoke_leaked_token_1_1';
COMMENT ON FUNCTION modelapi_acl.revoke_leaked_token(text) IS
'For gateways and administrators: ends a token by its secret, or a former secret alone. The result is the same whether there was one, and one event is written';

CREATE FUNCTION modelapi_acl.revoke_leaked_digest(token_digest bytea) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_revoke_leaked_digest_1_1';
COMMENT ON FUNCTION modelapi_acl.revoke_leaked_digest(bytea) IS
'For administrators: the same as revoke_leaked_token, by the SHA-256 of the secret';

CREATE FUNCTION modelapi_acl.revoke_tokens_of(who text) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_revoke_tokens_of_1_1';
COMMENT ON FUNCTION modelapi_acl.revoke_tokens_of(text) IS
'For administrators: revokes all live and suspended tokens that a user holds, made or was last shown the secret of, and ends former secrets that the user was shown; returns the number of tokens';

CREATE FUNCTION modelapi_acl.import_token(
	model_api_id uuid, name text, token_digest bytea, hint text DEFAULT NULL,
	expires_at timestamptz DEFAULT NULL, made_by text DEFAULT NULL) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_import_token_1_1';
COMMENT ON FUNCTION modelapi_acl.import_token(uuid, text, bytea, text, timestamptz, text) IS
'For administrators: makes a token of another system an access token of a model API, by the SHA-256 of its secret; returns its id';

-- End of the life of tokens

-- ---------------------------------------------------------------------------
-- 30_tables.sql: indexes

CREATE INDEX projects_by_creator
	ON modelapi_acl.projects (created_by)
	WHERE created_by IS NOT NULL;
CREATE INDEX project_collaborators_by_granter
	ON modelapi_acl.project_collaborators (granted_by)
	WHERE granted_by IS NOT NULL;
CREATE INDEX model_apis_by_creator
	ON modelapi_acl.model_apis (created_by)
	WHERE created_by IS NOT NULL;
CREATE INDEX model_api_collaborators_by_granter
	ON modelapi_acl.model_api_collaborators (granted_by)
	WHERE granted_by IS NOT NULL;
CREATE INDEX model_api_versions_by_creator
	ON modelapi_acl.model_api_versions (created_by)
	WHERE created_by IS NOT NULL;
CREATE INDEX model_api_settings_by_updater
	ON modelapi_acl.model_api_settings (updated_by)
	WHERE updated_by IS NOT NULL;
CREATE INDEX access_tokens_by_revoker
	ON modelapi_acl.access_tokens (revoked_by)
	WHERE revoked_by IS NOT NULL;

DROP INDEX modelapi_acl_internal.changes_by_time;
DROP INDEX modelapi_acl.audit_events_by_holding_user;
DROP INDEX modelapi_acl.audit_events_by_holding_organization;
CREATE INDEX audit_events_by_holding_user
	ON modelapi_acl.audit_events (hashtext(COALESCE(new, old) ->> 'user_id'))
	WHERE action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
		'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
		AND (COALESCE(new, old) ->> 'user_id') IS NOT NULL;
CREATE INDEX audit_events_by_holding_organization
	ON modelapi_acl.audit_events (hashtext(COALESCE(new, old) ->> 'organization_id'))
	WHERE action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed'])
		AND (COALESCE(new, old) ->> 'organization_id') IS NOT NULL;
ALTER INDEX modelapi_acl.audit_events_by_holding_user ALTER COLUMN 1 SET STATISTICS 0;
CREATE INDEX audit_events_by_token_holder
	ON modelapi_acl.audit_events (hashtext(COALESCE(new, old) ->> 'user_id'))
	WHERE object_type = 'personal_token' AND (COALESCE(new, old) ->> 'user_id') IS NOT NULL;
ALTER INDEX modelapi_acl.audit_events_by_holding_organization ALTER COLUMN 1 SET STATISTICS 0;
ALTER INDEX modelapi_acl.audit_events_by_token_holder ALTER COLUMN 1 SET STATISTICS 0;

-- ---------------------------------------------------------------------------
-- 65_audit.sql: the audit trigger needs no settings of its own

ALTER FUNCTION modelapi_acl_internal.audit_row() RESET ALL;

-- ---------------------------------------------------------------------------
-- 70_write_functions.sql: saved plans for the functions that are called most

CREATE FUNCTION modelapi_acl_internal.write_user_project_grant(
	project_id uuid, user_id uuid, access_level modelapi_acl.access_level, expires_at timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level, expires_at)
	VALUES ($1, $2, $3, $4)
	ON CONFLICT (user_id, project_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
END;
COMMENT ON FUNCTION modelapi_acl_internal.write_user_project_grant(uuid, uuid, modelapi_acl.access_level, timestamptz) IS
'Internal statement: grants a user access, or changes the grant';

CREATE FUNCTION modelapi_acl_internal.write_organization_project_grant(
	project_id uuid, organization_id uuid, access_level modelapi_acl.access_level, expires_at timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.project_collaborators (project_id, organization_id, access_level, expires_at)
	VALUES ($1, $2, $3, $4)
	ON CONFLICT (organization_id, project_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
END;
COMMENT ON FUNCTION modelapi_acl_internal.write_organization_project_grant(uuid, uuid, modelapi_acl.access_level, timestamptz) IS
'Internal statement: grants an organization access, or changes the grant';

CREATE OR REPLACE FUNCTION modelapi_acl.add_project_collaborator(
	project_id uuid, principal text,
	access_level modelapi_acl.access_level DEFAULT 'viewer', expires_at timestamptz DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_add_project_collaborator_1_1';

CREATE FUNCTION modelapi_acl_internal.delete_user_project_grant(
	project_id uuid, user_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.removable_project_collaborators AS c
	WHERE c.project_id = $1 AND c.user_id = $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.delete_user_project_grant(uuid, uuid) IS
'Internal statement: removes the grant of a user';

CREATE FUNCTION modelapi_acl_internal.delete_organization_project_grant(
	project_id uuid, organization_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.removable_project_collaborators AS c
	WHERE c.project_id = $1 AND c.organization_id = $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.delete_organization_project_grant(uuid, uuid) IS
'Internal statement: removes the grant of an organization';

CREATE OR REPLACE FUNCTION modelapi_acl.remove_project_collaborator(project_id uuid, principal text)
	RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_remove_project_collaborator_1_1';

CREATE FUNCTION modelapi_acl_internal.insert_model_api(
	project_id uuid, name text, description text, visibility modelapi_acl.visibility,
	authorization_mode modelapi_acl.authorization_mode,
	invocation_mode modelapi_acl.invocation_mode) RETURNS uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_apis
		(project_id, name, description, visibility, authorization_mode, invocation_mode)
	VALUES ($1, $2, $3, $4, $5, $6)
	RETURNING id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.insert_model_api(uuid, text, text, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.invocation_mode) IS
'Internal statement: the INSERT of create_model_api';

CREATE OR REPLACE FUNCTION modelapi_acl.create_model_api(
	project_id uuid, name text, description text DEFAULT NULL,
	visibility modelapi_acl.visibility DEFAULT 'private',
	authorization_mode modelapi_acl.authorization_mode DEFAULT 'restricted',
	invocation_mode modelapi_acl.invocation_mode DEFAULT 'sync') RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_create_model_api_1_1';

CREATE FUNCTION modelapi_acl_internal.update_visibility(
	model_api_id uuid, visibility modelapi_acl.visibility) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.model_apis AS m SET visibility = $2 WHERE m.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.update_visibility(uuid, modelapi_acl.visibility) IS
'Internal statement: the UPDATE of set_visibility';

CREATE OR REPLACE FUNCTION modelapi_acl.set_visibility(
	model_api_id uuid, visibility modelapi_acl.visibility) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_set_visibility_1_1';

CREATE FUNCTION modelapi_acl_internal.update_authorization_mode(
	model_api_id uuid, authorization_mode modelapi_acl.authorization_mode) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.model_apis AS m SET authorization_mode = $2 WHERE m.id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.update_authorization_mode(uuid, modelapi_acl.authorization_mode) IS
'Internal statement: the UPDATE of set_authorization_mode';

CREATE OR REPLACE FUNCTION modelapi_acl.set_authorization_mode(
	model_api_id uuid, authorization_mode modelapi_acl.authorization_mode) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_set_authorization_mode_1_1';

CREATE FUNCTION modelapi_acl_internal.write_setting(
	model_api_id uuid, name text, value jsonb) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value)
	VALUES ($1, $2, $3)
	ON CONFLICT (model_api_id, name) DO UPDATE SET value = EXCLUDED.value;
END;
COMMENT ON FUNCTION modelapi_acl_internal.write_setting(uuid, text, jsonb) IS
'Internal statement: the INSERT of set_setting';

CREATE OR REPLACE FUNCTION modelapi_acl.set_setting(model_api_id uuid, name text, value jsonb) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_set_setting_1_1';

CREATE FUNCTION modelapi_acl_internal.insert_version(
	model_api_id uuid, source jsonb, description text) RETURNS modelapi_acl.model_api_versions
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	-- The whole row, so that it includes columns that are added to the table later
	INSERT INTO modelapi_acl.model_api_versions AS v (model_api_id, source, description)
	VALUES ($1, $2, $3)
	RETURNING v;
END;
COMMENT ON FUNCTION modelapi_acl_internal.insert_version(uuid, jsonb, text) IS
'Internal statement: the INSERT of publish_version';

CREATE OR REPLACE FUNCTION modelapi_acl.publish_version(
	model_api_id uuid, source jsonb, description text DEFAULT NULL) RETURNS modelapi_acl.model_api_versions
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_publish_version_1_1';

CREATE FUNCTION modelapi_acl_internal.write_user_grant(
	model_api_id uuid, user_id uuid, access_level modelapi_acl.access_level, expires_at timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level, expires_at)
	VALUES ($1, $2, $3, $4)
	ON CONFLICT (user_id, model_api_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
END;
COMMENT ON FUNCTION modelapi_acl_internal.write_user_grant(uuid, uuid, modelapi_acl.access_level, timestamptz) IS
'Internal statement: grants a user access, or changes the grant';

CREATE FUNCTION modelapi_acl_internal.write_organization_grant(
	model_api_id uuid, organization_id uuid, access_level modelapi_acl.access_level, expires_at timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, organization_id, access_level, expires_at)
	VALUES ($1, $2, $3, $4)
	ON CONFLICT (organization_id, model_api_id) DO UPDATE
	SET access_level = EXCLUDED.access_level, expires_at = EXCLUDED.expires_at;
END;
COMMENT ON FUNCTION modelapi_acl_internal.write_organization_grant(uuid, uuid, modelapi_acl.access_level, timestamptz) IS
'Internal statement: grants an organization access, or changes the grant';

CREATE OR REPLACE FUNCTION modelapi_acl.add_collaborator(
	model_api_id uuid, principal text,
	access_level modelapi_acl.access_level DEFAULT 'viewer', expires_at timestamptz DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_add_collaborator_1_1';

CREATE FUNCTION modelapi_acl_internal.delete_user_grant(
	model_api_id uuid, user_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.removable_model_api_collaborators AS c
	WHERE c.model_api_id = $1 AND c.user_id = $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.delete_user_grant(uuid, uuid) IS
'Internal statement: removes the grant of a user';

CREATE FUNCTION modelapi_acl_internal.delete_organization_grant(
	model_api_id uuid, organization_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.removable_model_api_collaborators AS c
	WHERE c.model_api_id = $1 AND c.organization_id = $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.delete_organization_grant(uuid, uuid) IS
'Internal statement: removes the grant of an organization';

CREATE OR REPLACE FUNCTION modelapi_acl.remove_collaborator(model_api_id uuid, principal text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_remove_collaborator_1_1';

REVOKE ALL ON FUNCTION
	modelapi_acl_internal.write_user_project_grant(uuid, uuid, modelapi_acl.access_level, timestamptz),
	modelapi_acl_internal.write_organization_project_grant(uuid, uuid, modelapi_acl.access_level, timestamptz),
	modelapi_acl_internal.delete_user_project_grant(uuid, uuid),
	modelapi_acl_internal.delete_organization_project_grant(uuid, uuid),
	modelapi_acl_internal.insert_model_api(uuid, text, text, modelapi_acl.visibility, modelapi_acl.authorization_mode, modelapi_acl.invocation_mode),
	modelapi_acl_internal.update_visibility(uuid, modelapi_acl.visibility),
	modelapi_acl_internal.update_authorization_mode(uuid, modelapi_acl.authorization_mode),
	modelapi_acl_internal.write_setting(uuid, text, jsonb),
	modelapi_acl_internal.insert_version(uuid, jsonb, text),
	modelapi_acl_internal.write_user_grant(uuid, uuid, modelapi_acl.access_level, timestamptz),
	modelapi_acl_internal.write_organization_grant(uuid, uuid, modelapi_acl.access_level, timestamptz),
	modelapi_acl_internal.delete_user_grant(uuid, uuid),
	modelapi_acl_internal.delete_organization_grant(uuid, uuid)
	FROM PUBLIC;

-- ---------------------------------------------------------------------------
-- 51_usage.sql

CREATE TABLE modelapi_acl_internal.token_counts (
	token_id uuid CONSTRAINT token_counts_pkey PRIMARY KEY,
	model_api_id uuid,
	user_id uuid,
	last_used_at timestamptz,
	last_refused_at timestamptz,
	allowed bigint NOT NULL,
	refused bigint NOT NULL,
	by_old_secret bigint NOT NULL,
	generation bigint NOT NULL,
	generation_allowed bigint NOT NULL,
	generation_refused bigint NOT NULL,
	generation_by_old_secret bigint NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE modelapi_acl_internal.token_counts IS
'Requests with each token; of a model API, or of the user who holds a personal token. Has no foreign keys, so that writing it locks no other row';
ALTER TABLE modelapi_acl_internal.token_counts ALTER COLUMN user_id SET STATISTICS 0;
SELECT pg_extension_config_dump('modelapi_acl_internal.token_counts', '');

CREATE TABLE modelapi_acl_internal.invocation_counts (
	model_api_id uuid,
	hour timestamptz NOT NULL,
	reason text NOT NULL,
	requests bigint NOT NULL,
	generation bigint NOT NULL,
	generation_requests bigint NOT NULL,
	CONSTRAINT invocation_counts_key UNIQUE NULLS NOT DISTINCT (model_api_id, hour, reason)
) WITH (fillfactor = 70);
CREATE INDEX invocation_counts_by_hour ON modelapi_acl_internal.invocation_counts (hour);
COMMENT ON TABLE modelapi_acl_internal.invocation_counts IS
'Requests by model API, hour and reason; model_api_id is NULL where no such model API existed';
SELECT pg_extension_config_dump('modelapi_acl_internal.invocation_counts', '');

CREATE TABLE modelapi_acl_internal.counting (
	is_only_row boolean DEFAULT true CONSTRAINT counting_pkey PRIMARY KEY CONSTRAINT counting_is_only_row CHECK (is_only_row),
	since timestamptz NOT NULL
);
COMMENT ON TABLE modelapi_acl_internal.counting IS
'Since when requests have been counted; one row, or none';
SELECT pg_extension_config_dump('modelapi_acl_internal.counting', '');

ALTER TABLE modelapi_acl_internal.token_counts
	ALTER COLUMN last_used_at SET STATISTICS 0,
	ALTER COLUMN last_refused_at SET STATISTICS 0,
	ALTER COLUMN allowed SET STATISTICS 0,
	ALTER COLUMN refused SET STATISTICS 0,
	ALTER COLUMN by_old_secret SET STATISTICS 0,
	ALTER COLUMN generation_allowed SET STATISTICS 0,
	ALTER COLUMN generation_refused SET STATISTICS 0,
	ALTER COLUMN generation_by_old_secret SET STATISTICS 0;
ALTER TABLE modelapi_acl_internal.invocation_counts
	ALTER COLUMN reason SET STATISTICS 0,
	ALTER COLUMN requests SET STATISTICS 0,
	ALTER COLUMN generation_requests SET STATISTICS 0;

-- ---------------------------------------------------------------------------
-- Internal statements of the worker (see 58_internal_statements.sql)

CREATE FUNCTION modelapi_acl_internal.flush_tokens(
	token_ids uuid[], model_api_ids uuid[], user_ids uuid[],
	last_used_at timestamptz[], last_refused_at timestamptz[],
	allowed bigint[], refused bigint[], by_old_secret bigint[], generation bigint) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	-- A token may be there twice: src/usage/counters.c says why
	INSERT INTO modelapi_acl_internal.token_counts AS c (
		token_id, model_api_id, user_id, last_used_at, last_refused_at, allowed, refused, by_old_secret,
		generation, generation_allowed, generation_refused, generation_by_old_secret)
	SELECT DISTINCT ON (u.token_id) u.token_id, u.model_api_id, u.user_id, u.used_at, u.refused_at,
		u.allowed, u.refused, u.old, $9, u.allowed, u.refused, u.old
	FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
		AS u (token_id, model_api_id, user_id, used_at, refused_at, allowed, refused, old)
	ORDER BY u.token_id, u.allowed + u.refused DESC
	ON CONFLICT (token_id) DO UPDATE SET
		last_used_at = GREATEST(c.last_used_at, EXCLUDED.last_used_at),
		last_refused_at = GREATEST(c.last_refused_at, EXCLUDED.last_refused_at),
		allowed = EXCLUDED.allowed + c.allowed
			- CASE WHEN c.generation = EXCLUDED.generation THEN c.generation_allowed ELSE 0 END,
		refused = EXCLUDED.refused + c.refused
			- CASE WHEN c.generation = EXCLUDED.generation THEN c.generation_refused ELSE 0 END,
		by_old_secret = EXCLUDED.by_old_secret + c.by_old_secret
			- CASE WHEN c.generation = EXCLUDED.generation THEN c.generation_by_old_secret ELSE 0 END,
		generation = EXCLUDED.generation,
		generation_allowed = EXCLUDED.generation_allowed,
		generation_refused = EXCLUDED.generation_refused,
		generation_by_old_secret = EXCLUDED.generation_by_old_secret;
END;
COMMENT ON FUNCTION modelapi_acl_internal.flush_tokens(uuid[], uuid[], uuid[], timestamptz[], timestamptz[], bigint[], bigint[], bigint[], bigint) IS
'Internal statement: writes the counts of tokens';

CREATE FUNCTION modelapi_acl_internal.flush_hours(
	model_api_ids uuid[], hours timestamptz[], reasons text[], requests bigint[], generation bigint) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.invocation_counts AS c (
		model_api_id, hour, reason, requests, generation, generation_requests)
	SELECT u.model_api_id, u.hour, u.reason, max(u.requests), $5, max(u.requests)
	FROM unnest($1, $2, $3, $4) AS u (model_api_id, hour, reason, requests)
	GROUP BY u.model_api_id, u.hour, u.reason
	ON CONFLICT (model_api_id, hour, reason) DO UPDATE SET
		requests = EXCLUDED.requests + c.requests
			- CASE WHEN c.generation = EXCLUDED.generation THEN c.generation_requests ELSE 0 END,
		generation = EXCLUDED.generation,
		generation_requests = EXCLUDED.generation_requests;
END;
COMMENT ON FUNCTION modelapi_acl_internal.flush_hours(uuid[], timestamptz[], text[], bigint[], bigint) IS
'Internal statement: writes the counts of model APIs by hour and reason';

CREATE FUNCTION modelapi_acl_internal.begin_counting(since timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.counting (since) VALUES ($1)
	ON CONFLICT (is_only_row) DO NOTHING;
END;
COMMENT ON FUNCTION modelapi_acl_internal.begin_counting(timestamptz) IS
'Internal statement: remembers since when requests have been counted';

CREATE FUNCTION modelapi_acl_internal.usage_is_live(generation bigint) RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_usage_is_live_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.usage_is_live(bigint) IS
'Whether memory still has the counts of a generation';

CREATE FUNCTION modelapi_acl_internal.prune_hours(before timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	-- what memory still has would be written again
	DELETE FROM modelapi_acl_internal.invocation_counts AS c
	WHERE c.hour < $1 AND NOT modelapi_acl_internal.usage_is_live(c.generation);
END;
COMMENT ON FUNCTION modelapi_acl_internal.prune_hours(timestamptz) IS
'Internal statement: deletes old counts of model APIs';

-- ---------------------------------------------------------------------------
-- What memory holds. Each function checks whom it answers.

CREATE FUNCTION modelapi_acl_internal.usage_of_token(
	token_id uuid, generation bigint, generation_allowed bigint, generation_refused bigint, generation_by_old_secret bigint,
	OUT last_used_at timestamptz, OUT last_refused_at timestamptz, OUT allowed bigint, OUT refused bigint,
	OUT by_old_secret bigint)
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_usage_of_token_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.usage_of_token(uuid, bigint, bigint, bigint, bigint) IS
'What memory adds to the row of a token in token_counts; nothing unless the current user may see the token';

CREATE FUNCTION modelapi_acl_internal.usage_of_invocations() RETURNS TABLE (
	model_api_id uuid, hour timestamptz, reason text, requests bigint)
	LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 1000
	AS 'MODULE_PATHNAME', 'modelapi_acl_usage_of_invocations_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.usage_of_invocations() IS
'What memory has counted of the model APIs whose logs the current user may see';

CREATE FUNCTION modelapi_acl_internal.usage_since() RETURNS timestamptz
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_usage_since_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.usage_since() IS
'Since when memory has counts; NULL: nothing is counted';

CREATE FUNCTION modelapi_acl_internal.usage_state(
	OUT counting boolean, OUT problem text, OUT since timestamptz, OUT flushed_at timestamptz,
	OUT tokens bigint, OUT hours bigint, OUT entries bigint, OUT dropped bigint,
	OUT log_lines bigint, OUT log_lost bigint)
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_usage_state_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.usage_state() IS
'The state of counting; the numbers for administrators only';

-- ---------------------------------------------------------------------------
-- Views

CREATE VIEW modelapi_acl.token_usage WITH (security_invoker = true, security_barrier = true) AS
	SELECT t.id AS token_id,
		GREATEST(c.last_used_at, m.last_used_at) AS last_used_at,
		GREATEST(c.last_refused_at, m.last_refused_at) AS last_refused_at,
		COALESCE(c.allowed, 0) + m.allowed AS allowed,
		COALESCE(c.refused, 0) + m.refused AS refused,
		COALESCE(c.by_old_secret, 0) + m.by_old_secret AS by_old_secret,
		CASE WHEN s.since IS NOT NULL THEN GREATEST(s.since, t.created_at) END AS since
	FROM (
		SELECT a.id, a.created_at FROM modelapi_acl.access_tokens AS a
		UNION ALL
		SELECT p.id, p.created_at FROM modelapi_acl.personal_tokens AS p) AS t
		LEFT JOIN modelapi_acl_internal.token_counts AS c
			ON c.token_id = t.id AND NOT (SELECT pg_is_in_recovery())
		CROSS JOIN LATERAL modelapi_acl_internal.usage_of_token(t.id, c.generation,
			c.generation_allowed, c.generation_refused, c.generation_by_old_secret) AS m
		CROSS JOIN (
			SELECT CASE WHEN pg_is_in_recovery() THEN u.since ELSE LEAST(u.since, (
				SELECT k.since FROM modelapi_acl_internal.counting AS k WHERE u.since IS NOT NULL)) END AS since
			FROM modelapi_acl_internal.usage_since() AS u (since)) AS s;
COMMENT ON VIEW modelapi_acl.token_usage IS
'When each token was last used, and how often; for whoever may see the tokens, personal ones included. On a standby: what that server has decided since it started';
COMMENT ON COLUMN modelapi_acl.token_usage.token_id IS 'The token';
COMMENT ON COLUMN modelapi_acl.token_usage.last_used_at IS 'The last request that was allowed with it; NULL: none';
COMMENT ON COLUMN modelapi_acl.token_usage.last_refused_at IS 'The last request with it that was refused; NULL: none';
COMMENT ON COLUMN modelapi_acl.token_usage.allowed IS 'How many requests were allowed';
COMMENT ON COLUMN modelapi_acl.token_usage.refused IS 'How many requests were refused, those to another model API included';
COMMENT ON COLUMN modelapi_acl.token_usage.by_old_secret IS 'How many of the allowed requests had a former secret, in the overlap after the token was regenerated';
COMMENT ON COLUMN modelapi_acl.token_usage.since IS 'Since when requests with this token have been counted; NULL: nothing is counted, and usage_status tells why';

CREATE VIEW modelapi_acl.invocation_usage WITH (security_invoker = true, security_barrier = true) AS
	SELECT r.model_api_id, r.hour, r.reason, sum(r.requests)::bigint AS requests
	FROM (
		SELECT c.model_api_id, c.hour, c.reason,
			c.requests - CASE WHEN modelapi_acl_internal.usage_is_live(c.generation)
				THEN c.generation_requests ELSE 0 END AS requests
		FROM modelapi_acl_internal.invocation_counts AS c
		WHERE NOT (SELECT pg_is_in_recovery())
		UNION ALL
		SELECT m.model_api_id, m.hour, m.reason, m.requests
		FROM modelapi_acl_internal.usage_of_invocations() AS m) AS r
	GROUP BY r.model_api_id, r.hour, r.reason
	HAVING sum(r.requests) > 0;
COMMENT ON VIEW modelapi_acl.invocation_usage IS
'Requests by model API, hour and reason; for whoever may see the logs of the model API. On a standby: what that server has decided since it started';
COMMENT ON COLUMN modelapi_acl.invocation_usage.model_api_id IS 'The model API; NULL, for administrators only: requests for model APIs that do not exist';
COMMENT ON COLUMN modelapi_acl.invocation_usage.hour IS 'The beginning of the hour, in UTC';
COMMENT ON COLUMN modelapi_acl.invocation_usage.reason IS 'The reason of the decision, as authorize_invocation returns it';
COMMENT ON COLUMN modelapi_acl.invocation_usage.requests IS 'How many requests';

CREATE VIEW modelapi_acl.usage_status WITH (security_invoker = true, security_barrier = true) AS
	SELECT s.counting, s.problem, s.since, s.flushed_at, s.tokens, s.hours, s.entries, s.dropped, s.log_lines, s.log_lost
	FROM modelapi_acl_internal.usage_state() AS s
	WHERE modelapi_acl_internal.is_signed_in((SELECT modelapi_acl_internal.current_identity()));
COMMENT ON VIEW modelapi_acl.usage_status IS
'Whether this server counts requests; one row. The numbers are for administrators only';
COMMENT ON COLUMN modelapi_acl.usage_status.counting IS 'Whether requests are counted';
COMMENT ON COLUMN modelapi_acl.usage_status.problem IS 'Why not; NULL if they are';
COMMENT ON COLUMN modelapi_acl.usage_status.since IS 'Since when this server''s memory has counts';
COMMENT ON COLUMN modelapi_acl.usage_status.flushed_at IS 'When counts were last written to tables; NULL: not since the server started, or on a standby';
COMMENT ON COLUMN modelapi_acl.usage_status.tokens IS 'How many tokens are counted in memory';
COMMENT ON COLUMN modelapi_acl.usage_status.hours IS 'How many model APIs, hours and reasons are counted in memory';
COMMENT ON COLUMN modelapi_acl.usage_status.entries IS 'How many of each there is room for';
COMMENT ON COLUMN modelapi_acl.usage_status.dropped IS 'How many requests could not be counted since the server started, because memory was full';
COMMENT ON COLUMN modelapi_acl.usage_status.log_lines IS 'How many lines of the decision log wait for drain_decisions';
COMMENT ON COLUMN modelapi_acl.usage_status.log_lost IS 'How many lines of the decision log were lost since the server started: it was full, or the transaction that took them was rolled back';

-- Without triggers, the server would refuse with 55000 before it checks privileges.
CREATE FUNCTION modelapi_acl_internal.refuse_usage_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_usage_change_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_usage_change() IS
'Refuses to change rows of token_usage, invocation_usage and usage_status';
CREATE TRIGGER refuse_change INSTEAD OF INSERT OR UPDATE OR DELETE ON modelapi_acl.token_usage
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_usage_change();
CREATE TRIGGER refuse_change INSTEAD OF INSERT OR UPDATE OR DELETE ON modelapi_acl.invocation_usage
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_usage_change();
CREATE TRIGGER refuse_change INSTEAD OF INSERT OR UPDATE OR DELETE ON modelapi_acl.usage_status
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_usage_change();

-- ---------------------------------------------------------------------------
CREATE FUNCTION modelapi_acl_internal.former_secret_until(token_id uuid) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT h.valid_until FROM modelapi_acl_internal.token_hashes AS h
	WHERE h.token_id = $1 AND h.valid_until IS NOT NULL
	UNION ALL
	SELECT h.valid_until FROM modelapi_acl_internal.personal_token_hashes AS h
	WHERE h.token_id = $1 AND h.valid_until IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.former_secret_until(uuid) IS
'Internal statement: when the overlap of the former secret of a token, of either kind, ends';

-- 74_token_history.sql: tokens in the past
--
-- The history has no secrets, but when they were made and ended: a token's current secret, and
-- the former one that its last regeneration left.

CREATE FUNCTION modelapi_acl_internal.token_state(
	expires_at timestamptz, is_revoked boolean, is_suspended boolean, former_until timestamptz, at timestamptz) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_token_state_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.token_state(timestamptz, boolean, boolean, timestamptz, timestamptz) IS
'Whether a secret of such a token is live, or else revoked, superseded, suspended or expired; former_until is the end of a former secret''s overlap, NULL for the current secret';

-- An access token or a personal token; no row if it did not exist. A regeneration by version
-- 1.0 left no former secret.
CREATE FUNCTION modelapi_acl_internal.token_at(token_id uuid, until timestamptz, also uuid) RETURNS TABLE (
	model_api_id uuid, user_id uuid, is_limited boolean, name text, expires_at timestamptz,
	is_revoked boolean, is_suspended boolean, former_until timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT COALESCE(
			(array_agg(e.new ->> 'model_api_id' ORDER BY e.occurred_at DESC)
				FILTER (WHERE e.action = 'token.moved'))[1]::uuid,
			(array_agg(e.model_api_id) FILTER (WHERE e.action = 'token.created'))[1]),
		(array_agg(e.new ->> 'user_id' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'user_id'))[1]::uuid,
		(array_agg(e.new ->> 'is_limited' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'is_limited'))[1]::boolean,
		(array_agg(e.new ->> 'name' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'name'))[1],
		(array_agg(e.new ->> 'expires_at' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'expires_at'))[1]::timestamptz,
		(array_agg(e.new ->> 'revoked_at' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'revoked_at'))[1] IS NOT NULL,
		(array_agg(e.new ->> 'suspended_at' ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ? 'suspended_at'))[1] IS NOT NULL,
		(array_agg(COALESCE(e.new ->> 'former_until', e.new ->> 'valid_until') ORDER BY e.occurred_at DESC)
			FILTER (WHERE e.new ?| ARRAY['regenerated_at', 'former_until', 'valid_until']))[1]::timestamptz
	FROM modelapi_acl_internal.past_events($2, $3) AS e
	WHERE e.object_id = $1
		AND e.object_type = ANY (ARRAY['token', 'personal_token'])
	HAVING bool_or(e.action = ANY (ARRAY['token.created', 'personal_token.created']))
		AND NOT bool_or(e.action = ANY (ARRAY['token.deleted', 'personal_token.deleted']));
END;
COMMENT ON FUNCTION modelapi_acl_internal.token_at(uuid, timestamptz, uuid) IS
'An access token or a personal token as it was at a moment';

CREATE FUNCTION modelapi_acl_internal.token_listed_at(token_id uuid, model_api_id uuid, until timestamptz, also uuid)
	RETURNS boolean
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- The last event that tells: of the whole list, or of this model API
	SELECT COALESCE((
		SELECT CASE WHEN e.new ? 'model_apis' THEN (e.new -> 'model_apis') ? $2::text
			ELSE COALESCE((e.new ->> 'model_api_id') = $2::text, false) END
		FROM modelapi_acl_internal.past_events($3, $4) AS e
		WHERE e.object_id = $1
			AND e.object_type = 'personal_token'
			AND (e.new ? 'model_apis'
				OR (e.new ->> 'model_api_id') = $2::text
				OR (e.old ->> 'model_api_id') = $2::text)
		ORDER BY e.occurred_at DESC LIMIT 1), false);
END;
COMMENT ON FUNCTION modelapi_acl_internal.token_listed_at(uuid, uuid, timestamptz, uuid) IS
'Whether a model API was in the list of a limited personal token at a moment';

CREATE FUNCTION modelapi_acl_internal.access_tokens_at(model_api_id uuid, until timestamptz, also uuid)
	RETURNS TABLE (
	id uuid, user_id uuid, name text, expires_at timestamptz, is_revoked boolean, is_suspended boolean,
	former_until timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT k.object_id, NULL::uuid, t.name, t.expires_at, t.is_revoked, t.is_suspended, t.former_until
	FROM (
		SELECT DISTINCT e.object_id FROM modelapi_acl_internal.all_audit_events AS e
		WHERE e.model_api_id = $1 AND e.object_type = 'token') AS k
		CROSS JOIN LATERAL modelapi_acl_internal.token_at(k.object_id, $2, $3) AS t
	WHERE t.model_api_id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.access_tokens_at(uuid, timestamptz, uuid) IS
'The access tokens of a model API as they were at a moment';

-- As of a restricted model API, whatever its mode was: then a token asks for a grant of its
-- holder, and an unrestricted one asks for no token. A disabled holder counts as a suspension.
CREATE FUNCTION modelapi_acl_internal.personal_tokens_at(
	model_api_id uuid, project_id uuid, visibility modelapi_acl.visibility, until timestamptz, expiry timestamptz)
	RETURNS TABLE (
	id uuid, user_id uuid, name text, expires_at timestamptz, is_revoked boolean, is_suspended boolean,
	former_until timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH holder AS MATERIALIZED (
		SELECT h.user_id FROM modelapi_acl_internal.holders_at($2, $1, $4, $5) AS h
		WHERE h.user_id IS NOT NULL
			AND modelapi_acl_internal.rule_permits('invoke', $3, 'restricted', h.on_project, h.on_model_api)
			AND modelapi_acl_internal.shows_tokens_of(h.user_id,
				(SELECT modelapi_acl_internal.current_identity()))),
	kept AS MATERIALIZED (
		SELECT u.id, u.enabled
		FROM modelapi_acl_internal.users_at(ARRAY(SELECT h.user_id FROM holder AS h), $4, NULL) AS u)
	SELECT k.object_id, t.user_id, t.name, t.expires_at, t.is_revoked, t.is_suspended OR NOT u.enabled, t.former_until
	FROM kept AS u
		CROSS JOIN LATERAL (
			SELECT DISTINCT e.object_id FROM modelapi_acl_internal.all_audit_events AS e
			WHERE hashtext(COALESCE(e.new, e.old) ->> 'user_id') = hashtext(u.id::text)
				AND (COALESCE(e.new, e.old) ->> 'user_id') = u.id::text
				AND e.object_type = 'personal_token') AS k
		CROSS JOIN LATERAL modelapi_acl_internal.token_at(k.object_id, $4, NULL) AS t
	WHERE t.user_id = u.id
		AND (NOT t.is_limited OR modelapi_acl_internal.token_listed_at(k.object_id, $1, $4, NULL));
END;
COMMENT ON FUNCTION modelapi_acl_internal.personal_tokens_at(
	uuid, uuid, modelapi_acl.visibility, timestamptz, timestamptz) IS
'The personal tokens of users who might invoke a model API at a moment, if it asked for tokens, as far as the current user sees the tokens of these users now';

CREATE OR REPLACE FUNCTION modelapi_acl_internal.answer_authorization_at(model_api_id uuid, at timestamptz)
	RETURNS TABLE (
	visibility modelapi_acl.visibility, authorization_mode modelapi_acl.authorization_mode,
	invocation_mode modelapi_acl.invocation_mode, tokens jsonb)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_history($1, $2);
	SELECT f.visibility, f.authorization_mode, f.invocation_mode,
		COALESCE((
			SELECT jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'expires_at', t.expires_at)
				-- What version 1.0 does not know is left out where there is nothing to tell
				|| jsonb_strip_nulls(jsonb_build_object('user_id', t.user_id, 'state', NULLIF(r.state, 'live'),
					'former_state', r.former_state, 'former_until', CASE WHEN t.former_until IS NOT NULL THEN LEAST(t.former_until, t.expires_at) END))
				ORDER BY t.name COLLATE "C", t.id)
			FROM (
				SELECT a.* FROM modelapi_acl_internal.access_tokens_at($1, m.until, NULL) AS a
				UNION ALL
				SELECT p.* FROM modelapi_acl_internal.personal_tokens_at($1, f.project_id, f.visibility, m.until, $2) AS p) AS t
				CROSS JOIN LATERAL (
					SELECT modelapi_acl_internal.token_state(t.expires_at, t.is_revoked, t.is_suspended, NULL, $2),
						CASE WHEN t.former_until IS NOT NULL THEN modelapi_acl_internal.token_state(
							t.expires_at, t.is_revoked, t.is_suspended, t.former_until, $2) END) AS r (state, former_state)
			-- One that is suspended and has expired is not of interest: it is over
			WHERE r.state = ANY (ARRAY['live', 'suspended'])
				AND (t.expires_at IS NULL OR t.expires_at > $2)), '[]')
	FROM (SELECT $2 + '1 microsecond'::interval AS until) AS m
		CROSS JOIN LATERAL modelapi_acl_internal.model_api_at($1, m.until, NULL) AS f;
END;
DROP FUNCTION modelapi_acl_internal.tokens_at(uuid, timestamptz, uuid);

COMMENT ON FUNCTION modelapi_acl.authorization_at(uuid, timestamptz) IS
'For owners: how prediction requests were authorized at a moment in the past: visibility, modes and tokens; no row if the model API did not exist.
tokens: its access tokens, and personal tokens of users who might invoke it, if the current user sees these tokens, each with id, name and expires_at. Where it applies also: user_id, the holder of a personal token; state, which is suspended; former_state, live, suspended or superseded, of the former secret, and former_until, when its overlap ended. Left out: revoked and expired tokens';

-- ---------------------------------------------------------------------------
-- The decision log

CREATE TYPE modelapi_acl.decision AS (
	decided_at timestamptz,
	model_api_id uuid,
	token_id uuid,
	user_id uuid,
	reason text,
	snapshot_xmin xid8,
	snapshot_xmax xid8,
	server text
);
COMMENT ON TYPE modelapi_acl.decision IS 'A line of the decision log';
COMMENT ON COLUMN modelapi_acl.decision.decided_at IS 'When the request was decided';
COMMENT ON COLUMN modelapi_acl.decision.model_api_id IS 'The model API that was asked for, whether it exists or not';
COMMENT ON COLUMN modelapi_acl.decision.token_id IS 'The token, if one was recognized';
COMMENT ON COLUMN modelapi_acl.decision.user_id IS 'The holder of a personal token, or the user whose subject was recognized';
COMMENT ON COLUMN modelapi_acl.decision.reason IS 'The reason, as authorize_invocation returned it';
COMMENT ON COLUMN modelapi_acl.decision.snapshot_xmin IS 'What transactions before this one did was seen, if they committed';
COMMENT ON COLUMN modelapi_acl.decision.snapshot_xmax IS 'What this transaction and later ones did was not seen';
COMMENT ON COLUMN modelapi_acl.decision.server IS 'The server that decided: host and port';

CREATE FUNCTION modelapi_acl.drain_decisions(maximum integer DEFAULT 10000)
	RETURNS SETOF modelapi_acl.decision
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_drain_decisions_1_1';
COMMENT ON FUNCTION modelapi_acl.drain_decisions(integer) IS
'For administrators: takes the oldest lines out of this server''s decision log. Each line is returned once; what a rolled back transaction has taken is lost. Warns of lines that were lost';

CREATE VIEW modelapi_acl_internal.prunable_invocations WITH (security_barrier = true) AS
	SELECT t.hour FROM modelapi_acl_internal.invocation_counts AS t
	WHERE modelapi_acl_internal.may_administer()
		AND NOT modelapi_acl_internal.usage_is_live(t.generation)
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.prunable_invocations IS
'Counts of requests that are in memory no more, for administrators';

CREATE VIEW modelapi_acl_internal.prunable_tokens WITH (security_barrier = true) AS
	SELECT t.token_id, t.last_used_at, t.last_refused_at FROM modelapi_acl_internal.token_counts AS t
	WHERE modelapi_acl_internal.may_administer()
		AND NOT modelapi_acl_internal.usage_is_live(t.generation)
		AND NOT EXISTS (SELECT FROM modelapi_acl.access_tokens AS a WHERE a.id = t.token_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl.personal_tokens AS p WHERE p.id = t.token_id)
	WITH CHECK OPTION;
COMMENT ON VIEW modelapi_acl_internal.prunable_tokens IS
'Counts of tokens that do not exist any more, unless they are still in memory, for administrators';

CREATE FUNCTION modelapi_acl.prune_usage(older_than interval) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_administrator();
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'age is missing');
	SELECT modelapi_acl_internal.require($1 >= '0'::interval, '22023', 'age is negative');
	WITH hours AS (
		DELETE FROM modelapi_acl_internal.prunable_invocations AS i
		WHERE i.hour < (now() - $1)
		RETURNING i.hour),
	tokens AS (
		DELETE FROM modelapi_acl_internal.prunable_tokens AS t
		WHERE GREATEST(t.last_used_at, t.last_refused_at) < (now() - $1)
		RETURNING t.token_id)
	SELECT (SELECT count(*) FROM hours) + (SELECT count(*) FROM tokens);
END;
COMMENT ON FUNCTION modelapi_acl.prune_usage(interval) IS
'For administrators: deletes the counts of hours that are older than an interval, and those of tokens that do not exist any more; returns the number of rows. modelapi_acl.usage_retention does so for hours by itself';

CREATE FUNCTION modelapi_acl_internal.seen_events(object_id uuid, xmin xid8, xmax xid8) RETURNS TABLE (
	action text, object_type text, project_id uuid, model_api_id uuid, old jsonb, new jsonb,
	occurred_at timestamptz, is_certain boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT e.action, e.object_type, e.project_id, e.model_api_id, e.old, e.new, e.occurred_at, c.transaction_id < $2
	FROM modelapi_acl_internal.all_audit_events AS e
		JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id
	WHERE e.object_id = $1 AND c.transaction_id < $3;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_events(uuid, xid8, xid8) IS
'The events of an object that a snapshot may have seen';

-- What a snapshot may have seen of a model API
CREATE FUNCTION modelapi_acl_internal.seen_model_api(model_api_id uuid, xmin xid8, xmax xid8) RETURNS TABLE (
	may_exist boolean, may_lack boolean, modes text[], visibilities text[], project_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT COALESCE(bool_or(e.action = 'model_api.created'), false)
			AND NOT COALESCE(bool_or(e.action = 'model_api.deleted' AND e.is_certain), false),
		NOT COALESCE(bool_or(e.action = 'model_api.created' AND e.is_certain), false)
			OR COALESCE(bool_or(e.action = 'model_api.deleted'), false),
		(array_agg(e.new ->> 'authorization_mode' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'authorization_mode' AND e.is_certain))[1:1]
			|| array_agg(e.new ->> 'authorization_mode') FILTER (WHERE e.new ? 'authorization_mode' AND NOT e.is_certain),
		(array_agg(e.new ->> 'visibility' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'visibility' AND e.is_certain))[1:1]
			|| array_agg(e.new ->> 'visibility') FILTER (WHERE e.new ? 'visibility' AND NOT e.is_certain),
		(array_agg(e.project_id))[1]
	FROM modelapi_acl_internal.seen_events($1, $2, $3) AS e
	WHERE e.object_type = 'model_api';
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_model_api(uuid, xid8, xid8) IS
'What a snapshot may have seen of a model API';

-- ---------------------------------------------------------------------------
-- Users and their access

CREATE FUNCTION modelapi_acl_internal.seen_user(user_id uuid, xmin xid8, xmax xid8) RETURNS TABLE (
	may_be_enabled boolean, may_not_be_enabled boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT s.may_exist AND EXISTS (SELECT FROM unnest(s.disabled) AS v (at) WHERE v.at IS NULL),
		s.may_lack OR EXISTS (SELECT FROM unnest(s.disabled) AS v (at) WHERE v.at IS NOT NULL)
	FROM (
		SELECT COALESCE(bool_or(e.action = 'user.created'), false)
				AND NOT COALESCE(bool_or(e.action = 'user.deleted' AND e.is_certain), false) AS may_exist,
			NOT COALESCE(bool_or(e.action = 'user.created' AND e.is_certain), false)
				OR COALESCE(bool_or(e.action = 'user.deleted'), false) AS may_lack,
			(array_agg(e.new ->> 'disabled_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'disabled_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'disabled_at') FILTER (WHERE e.new ? 'disabled_at' AND NOT e.is_certain), '{}') AS disabled
		FROM modelapi_acl_internal.seen_events($1, $2, $3) AS e
		WHERE e.object_type = 'user') AS s;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_user(uuid, xid8, xid8) IS
'Whether a user may have existed and been enabled in a snapshot, and whether not';

CREATE FUNCTION modelapi_acl_internal.seen_memberships(user_id uuid, xmin xid8, xmax xid8) RETURNS TABLE (
	organization_id uuid, is_certain boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH event AS MATERIALIZED (
		SELECT e.object_id, e.occurred_at, e.new IS NOT NULL AS is_member, c.transaction_id < $2 AS is_certain
		FROM modelapi_acl_internal.all_audit_events AS e
			JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id
		WHERE hashtext(COALESCE(e.new, e.old) ->> 'user_id') = hashtext($1::text)
			AND (COALESCE(e.new, e.old) ->> 'user_id') = $1::text
			AND e.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
			AND e.object_type = 'organization' AND c.transaction_id < $3),
	last AS (
		SELECT DISTINCT ON (e.object_id) e.object_id, e.is_member FROM event AS e
		WHERE e.is_certain
		ORDER BY e.object_id, e.occurred_at DESC)
	SELECT s.object_id, bool_and(s.is_member) AND bool_or(s.is_last)
	FROM (
		SELECT l.object_id, l.is_member, true AS is_last FROM last AS l
		UNION ALL
		SELECT e.object_id, e.is_member, false FROM event AS e WHERE NOT e.is_certain) AS s
	GROUP BY s.object_id
	HAVING bool_or(s.is_member);
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_memberships(uuid, xid8, xid8) IS
'The organizations of which a user may have been a member in a snapshot';

-- The highest and the lowest access level that a user may have had by grants. The time of a
-- decision is read up to a second after it: a grant that expired meanwhile may have counted or not.
CREATE FUNCTION modelapi_acl_internal.seen_levels(
	model_api_id uuid, project_id uuid, user_id uuid, decided_at timestamptz, xmin xid8, xmax xid8) RETURNS TABLE (
	project_highest modelapi_acl.access_level, project_lowest modelapi_acl.access_level,
	model_api_highest modelapi_acl.access_level, model_api_lowest modelapi_acl.access_level)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	WITH event AS MATERIALIZED (
		SELECT e.object_id, e.occurred_at, e.new, e.object_type = 'project_collaborator' AS on_project,
			c.transaction_id < $5 AS is_certain
		FROM (
			SELECT a.* FROM modelapi_acl_internal.all_audit_events AS a
			WHERE a.model_api_id = $1 AND a.object_type = 'model_api_collaborator'
			UNION ALL
			SELECT a.* FROM modelapi_acl_internal.all_audit_events AS a
			WHERE a.project_id = $2 AND a.object_type = 'project_collaborator') AS e
			JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id
		WHERE c.transaction_id < $6 AND $3 IS NOT NULL),
	possible AS (
		(SELECT DISTINCT ON (e.object_id) e.object_id, e.on_project, e.new, true AS is_last FROM event AS e
		WHERE e.is_certain
		ORDER BY e.object_id, e.occurred_at DESC)
		UNION ALL
		SELECT e.object_id, e.on_project, e.new, false FROM event AS e WHERE NOT e.is_certain),
	held AS (
		SELECT p.object_id, p.on_project, p.is_last, (p.new ->> 'access_level')::modelapi_acl.access_level AS access_level,
			COALESCE((p.new ->> 'expires_at')::timestamptz, 'infinity') AS expires_at,
			(p.new ->> 'user_id')::uuid = $3 OR m.organization_id IS NOT NULL AS may_hold,
			(p.new ->> 'user_id')::uuid = $3 OR COALESCE(m.is_certain, false) AS holds
		FROM possible AS p
			LEFT JOIN modelapi_acl_internal.seen_memberships($3, $5, $6) AS m
				ON m.organization_id = (p.new ->> 'organization_id')::uuid),
	grants AS (
		SELECT h.on_project,
			max(h.access_level) FILTER (WHERE h.may_hold AND h.expires_at > ($4 - '1 second'::interval)) AS highest,
			CASE WHEN bool_and(COALESCE(h.holds, false) AND h.access_level IS NOT NULL AND h.expires_at > $4)
				AND bool_or(h.is_last) THEN min(h.access_level) END AS lowest
		FROM held AS h
		GROUP BY h.object_id, h.on_project)
	SELECT max(g.highest) FILTER (WHERE g.on_project), max(g.lowest) FILTER (WHERE g.on_project),
		max(g.highest) FILTER (WHERE NOT g.on_project), max(g.lowest) FILTER (WHERE NOT g.on_project)
	FROM grants AS g;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_levels(uuid, uuid, uuid, timestamptz, xid8, xid8) IS
'Between which access levels a user''s level on a project and on a model API may have been in a snapshot';

-- ---------------------------------------------------------------------------
-- Tokens

-- What no event tells was NULL: the events of version 1.0 do not have suspended_at.
--
-- A personal token has a holder; a token of a model API has none. Which secret was sent is not
-- logged: once a token was regenerated, it may have been a former one.
CREATE FUNCTION modelapi_acl_internal.seen_token(
	token_id uuid, model_api_id uuid, holder_id uuid, decided_at timestamptz, xmin xid8, xmax xid8) RETURNS TABLE (
	may_exist boolean, may_lack boolean, may_open boolean, may_not_open boolean,
	may_be_revoked boolean, may_be_unrevoked boolean, may_have_former boolean,
	may_be_suspended boolean, may_be_unsuspended boolean, may_be_expired boolean, may_be_unexpired boolean)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT s.may_exist, s.may_lack,
		CASE WHEN $3 IS NULL THEN $2 = ANY (s.owners) ELSE 'false' = ANY (s.limited) OR true = ANY (s.listed) END,
		CASE WHEN $3 IS NULL THEN $2 <> ANY (s.owners)
			ELSE 'true' = ANY (s.limited) AND (s.listed IS NULL OR false = ANY (s.listed)) END,
		EXISTS (SELECT FROM unnest(s.revoked) AS v (at) WHERE v.at IS NOT NULL),
		EXISTS (SELECT FROM unnest(s.revoked) AS v (at) WHERE v.at IS NULL),
		s.may_have_former,
		EXISTS (SELECT FROM unnest(s.suspended) AS v (at) WHERE v.at IS NOT NULL),
		EXISTS (SELECT FROM unnest(s.suspended) AS v (at) WHERE v.at IS NULL),
		EXISTS (SELECT FROM unnest(s.expires) AS v (at) WHERE v.at::timestamptz <= $4),
		EXISTS (SELECT FROM unnest(s.expires) AS v (at) WHERE COALESCE(v.at::timestamptz, 'infinity') > ($4 - '1 second'::interval))
	FROM (
		SELECT COALESCE(bool_or(e.action = k.object_type || '.created'), false)
				AND NOT COALESCE(bool_or(e.action = k.object_type || '.deleted' AND e.is_certain), false)
				AND ($3 IS NULL OR COALESCE(bool_or(e.new ->> 'user_id' = $3::text), false)) AS may_exist,
			NOT COALESCE(bool_or(e.action = k.object_type || '.created' AND e.is_certain), false)
				OR COALESCE(bool_or(e.action = k.object_type || '.deleted'), false) AS may_lack,
			(array_agg(e.model_api_id ORDER BY e.occurred_at DESC) FILTER (WHERE e.is_certain))[1:1]
				|| array_agg(e.model_api_id) FILTER (WHERE NOT e.is_certain) AS owners,
			(array_agg(e.new ->> 'is_limited' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'is_limited' AND e.is_certain))[1:1]
				|| array_agg(e.new ->> 'is_limited') FILTER (WHERE e.new ? 'is_limited' AND NOT e.is_certain) AS limited,
			(array_agg(l.is_listed ORDER BY e.occurred_at DESC) FILTER (WHERE l.is_listed IS NOT NULL AND e.is_certain))[1:1]
				|| array_agg(l.is_listed) FILTER (WHERE l.is_listed IS NOT NULL AND NOT e.is_certain) AS listed,
			(array_agg(e.new ->> 'revoked_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'revoked_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'revoked_at') FILTER (WHERE e.new ? 'revoked_at' AND NOT e.is_certain), '{}') AS revoked,
			COALESCE(bool_or(e.action = ANY (ARRAY[k.object_type || '.regenerated', k.object_type || '.secret_added',
				k.object_type || '.secret_changed'])), false) AS may_have_former,
			(array_agg(e.new ->> 'suspended_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'suspended_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'suspended_at') FILTER (WHERE e.new ? 'suspended_at' AND NOT e.is_certain), '{}') AS suspended,
			(array_agg(e.new ->> 'expires_at' ORDER BY e.occurred_at DESC) FILTER (WHERE e.new ? 'expires_at' AND e.is_certain))[1]
				|| COALESCE(array_agg(e.new ->> 'expires_at') FILTER (WHERE e.new ? 'expires_at' AND NOT e.is_certain), '{}') AS expires
		FROM (SELECT CASE WHEN $3 IS NULL THEN 'token' ELSE 'personal_token' END AS object_type) AS k
			LEFT JOIN modelapi_acl_internal.seen_events($1, $5, $6) AS e ON e.object_type = k.object_type
			CROSS JOIN LATERAL (
				SELECT CASE WHEN e.new ? 'model_apis' THEN e.new -> 'model_apis' ? $2::text
					WHEN e.action = 'personal_token.model_api_added' AND e.new ->> 'model_api_id' = $2::text THEN true
					WHEN e.action = 'personal_token.model_api_removed' AND e.old ->> 'model_api_id' = $2::text THEN false
					END AS is_listed) AS l) AS s;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_token(uuid, uuid, uuid, timestamptz, xid8, xid8) IS
'What a snapshot may have seen of a token, for a request to a model API';

-- ---------------------------------------------------------------------------
-- Decisions

-- A line with a token and a user is about a personal token, a line with a user alone about a
-- request by identity.
CREATE FUNCTION modelapi_acl_internal.seen_reasons(
	model_api_id uuid, token_id uuid, user_id uuid, decided_at timestamptz, xmin xid8, xmax xid8) RETURNS TABLE (
	reasons text[])
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
	SELECT array_remove(CASE
		WHEN $2 IS NULL THEN ARRAY[
			CASE WHEN m.may_exist AND 'unrestricted' = ANY (m.modes) THEN 'unrestricted' END,
			CASE WHEN u.may_not_be_enabled THEN 'unknown_subject' END,
			CASE WHEN u.may_be_enabled AND m.is_restricted AND a.may_invoke THEN 'identity' END,
			CASE WHEN u.may_be_enabled AND m.is_restricted AND a.may_not_invoke AND a.may_view THEN 'permission_denied' END,
			CASE WHEN u.may_be_enabled AND (m.may_lack OR (m.is_restricted AND a.may_not_invoke AND a.may_not_view))
				THEN 'no_such_model_api' END]
		ELSE ARRAY[
			CASE WHEN m.may_lack THEN 'no_such_model_api' END,
			CASE WHEN m.may_exist AND 'unrestricted' = ANY (m.modes) THEN 'unrestricted' END]
			|| CASE WHEN m.is_restricted AND (t.may_lack OR NOT t.may_exist) THEN ARRAY['unknown_token'] END
			|| CASE WHEN m.is_restricted AND t.may_exist AND t.may_not_open THEN ARRAY['token_of_other_model_api'] END
			|| CASE WHEN m.is_restricted AND t.may_exist AND t.may_open THEN ARRAY[
				CASE WHEN t.may_be_revoked THEN 'token_revoked' END,
				CASE WHEN t.may_be_unrevoked AND t.may_have_former THEN 'token_superseded' END,
				CASE WHEN t.may_be_unrevoked AND (t.may_be_suspended OR u.may_not_be_enabled) THEN 'token_suspended' END,
				CASE WHEN t.is_live AND t.may_be_expired THEN 'token_expired' END,
				CASE WHEN t.is_live AND t.may_be_unexpired AND ($3 IS NULL OR a.may_invoke) THEN 'token' END,
				CASE WHEN t.is_live AND t.may_be_unexpired AND $3 IS NOT NULL AND a.may_not_invoke
					THEN 'token_of_other_model_api' END] END
		END, NULL)
	FROM (
		SELECT s.*, s.may_exist AND 'restricted' = ANY (s.modes) AS is_restricted
		FROM modelapi_acl_internal.seen_model_api($1, $5, $6) AS s) AS m
		-- a token of a model API has no holder who may be disabled
		CROSS JOIN LATERAL (
			SELECT s.may_be_enabled OR $3 IS NULL AS may_be_enabled, s.may_not_be_enabled AND $3 IS NOT NULL AS may_not_be_enabled
			FROM modelapi_acl_internal.seen_user($3, $5, $6) AS s) AS u
		CROSS JOIN LATERAL (
			SELECT s.*, s.may_be_unrevoked AND s.may_be_unsuspended AND u.may_be_enabled AS is_live
			FROM modelapi_acl_internal.seen_token($2, $1, $3, $4, $5, $6) AS s) AS t
		CROSS JOIN LATERAL modelapi_acl_internal.seen_levels($1, m.project_id, $3, $4, $5, $6) AS l
		CROSS JOIN LATERAL (
			SELECT bool_or(modelapi_acl_internal.rule_permits('invoke', v.visibility, 'restricted', l.project_highest, l.model_api_highest)) AS may_invoke,
				bool_or(NOT modelapi_acl_internal.rule_permits('invoke', v.visibility, 'restricted', l.project_lowest, l.model_api_lowest)) AS may_not_invoke,
				bool_or(modelapi_acl_internal.rule_permits('view', v.visibility, 'restricted', l.project_highest, l.model_api_highest)) AS may_view,
				bool_or(NOT modelapi_acl_internal.rule_permits('view', v.visibility, 'restricted', l.project_lowest, l.model_api_lowest)) AS may_not_view
			FROM unnest(m.visibilities::modelapi_acl.visibility[]) AS v (visibility)) AS a;
END;
COMMENT ON FUNCTION modelapi_acl_internal.seen_reasons(uuid, uuid, uuid, timestamptz, xid8, xid8) IS
'The reasons that a decision may have had, by what its snapshot may have seen';

-- All events that seen_reasons may read, whatever the snapshot
CREATE FUNCTION modelapi_acl_internal.decisive_events(model_api_id uuid, token_id uuid, user_id uuid) RETURNS TABLE (
	transaction_id xid8, expires_at timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT c.transaction_id, (e.new ->> 'expires_at')::timestamptz
	FROM (
		SELECT a.change_id, a.new FROM modelapi_acl_internal.all_audit_events AS a
		WHERE a.object_id = $1 AND a.object_type = 'model_api'
		UNION ALL
		SELECT a.change_id, a.new FROM modelapi_acl_internal.all_audit_events AS a
		WHERE a.object_id = $2
		UNION ALL
		SELECT a.change_id, a.new FROM modelapi_acl_internal.all_audit_events AS a
		WHERE a.object_id = $3 AND a.object_type = 'user'
		UNION ALL
		SELECT a.change_id, a.new FROM modelapi_acl_internal.all_audit_events AS a
		WHERE $3 IS NOT NULL AND a.model_api_id = $1 AND a.object_type = 'model_api_collaborator'
		UNION ALL
		SELECT a.change_id, a.new
		FROM modelapi_acl_internal.all_audit_events AS m
			JOIN modelapi_acl_internal.all_audit_events AS a ON a.project_id = m.project_id
		WHERE $3 IS NOT NULL AND m.object_id = $1 AND m.action = 'model_api.created'
			AND a.object_type = 'project_collaborator'
		UNION ALL
		SELECT a.change_id, a.new FROM modelapi_acl_internal.all_audit_events AS a
		WHERE hashtext(COALESCE(a.new, a.old) ->> 'user_id') = hashtext($3::text)
			AND (COALESCE(a.new, a.old) ->> 'user_id') = $3::text
			AND a.action = ANY (ARRAY['collaborator.added', 'collaborator.changed', 'collaborator.removed',
				'organization_member.added', 'organization_member.changed', 'organization_member.removed'])
			AND a.object_type = 'organization') AS e
		JOIN modelapi_acl_internal.all_changes AS c ON c.change_id = e.change_id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.decisive_events(uuid, uuid, uuid) IS
'When what a decision depends on changed: a model API, a token, a user and the user''s access';

-- ---------------------------------------------------------------------------
-- All lines

-- Lines about the same objects, between the same changes and expiries, have the same possible
-- reasons. So each such state is judged once, and not each line.
CREATE FUNCTION modelapi_acl_internal.answer_verify_decisions(lines modelapi_acl.decision[]) RETURNS TABLE (
	finding text, decisions bigint, decided_at timestamptz, model_api_id uuid, token_id uuid, user_id uuid,
	reason text, possible text[], server text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	SELECT modelapi_acl_internal.require(
		modelapi_acl_internal.is_administrator(modelapi_acl_internal.current_identity()),
		'42501', 'only administrators can verify decisions',
		'Call it as modelapi_acl_admin, in a transaction without a user.');
	SELECT modelapi_acl_internal.require($1 IS NOT NULL, '22023', 'lines are missing');
	WITH line AS MATERIALIZED (
		SELECT l.*, dense_rank() OVER (ORDER BY l.model_api_id, l.token_id, l.user_id) AS asked_number
		FROM unnest($1) AS l
			-- One row each, for which the planner takes 100: so it expects many lines, and hashes
			CROSS JOIN jsonb_array_elements('[0]') AS one
			CROSS JOIN jsonb_array_elements('[0]') AS other
		WHERE l.model_api_id IS NOT NULL AND (l.token_id IS NOT NULL OR l.user_id IS NOT NULL)),
	asked AS MATERIALIZED (
		SELECT DISTINCT ON (l.asked_number) l.asked_number, l.model_api_id, l.token_id, l.user_id FROM line AS l),
	turns AS MATERIALIZED (
		-- after a transaction, and when something expires or a second later, other answers are right
		SELECT a.asked_number, array_agg(DISTINCT d.transaction_id::text::bigint + 1 ORDER BY d.transaction_id::text::bigint + 1) AS transactions,
			array_agg(DISTINCT t.at ORDER BY t.at) FILTER (WHERE t.at IS NOT NULL) AS expiries
		FROM asked AS a
			CROSS JOIN LATERAL modelapi_acl_internal.decisive_events(a.model_api_id, a.token_id, a.user_id) AS d
			CROSS JOIN LATERAL (VALUES (d.expires_at), (d.expires_at + '1 second'::interval)) AS t (at)
		GROUP BY a.asked_number),
	placed AS MATERIALIZED (
		SELECT l.*, dense_rank() OVER (ORDER BY l.asked_number,
			width_bucket(l.snapshot_xmin::text::bigint, t.transactions), width_bucket(l.snapshot_xmax::text::bigint, t.transactions),
			width_bucket(l.decided_at, t.expiries)) AS state_number
		FROM line AS l LEFT JOIN turns AS t ON t.asked_number = l.asked_number),
	state AS MATERIALIZED (
		SELECT DISTINCT ON (p.state_number) p.state_number, p.model_api_id, p.token_id, p.user_id, p.decided_at,
			p.snapshot_xmin, p.snapshot_xmax
		FROM placed AS p),
	judged AS MATERIALIZED (
		SELECT s.state_number, r.reasons
		FROM state AS s CROSS JOIN LATERAL modelapi_acl_internal.seen_reasons(
			s.model_api_id, s.token_id, s.user_id, s.decided_at, s.snapshot_xmin, s.snapshot_xmax) AS r),
	replayed AS MATERIALIZED (
		SELECT p.*, j.reasons AS possible FROM placed AS p JOIN judged AS j ON j.state_number = p.state_number)
	SELECT 'same'::text, count(*), NULL::timestamptz, NULL::uuid, NULL::uuid, NULL::uuid, NULL::text, NULL::text[], NULL::text
	FROM replayed AS r WHERE r.reason = ANY (r.possible)
	UNION ALL
	SELECT 'not_replayed', cardinality($1) - count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL
	FROM replayed AS r
	UNION ALL
	SELECT 'different', 1, r.decided_at, r.model_api_id, r.token_id, r.user_id, r.reason, r.possible, r.server
	FROM replayed AS r WHERE (r.reason = ANY (r.possible)) IS NOT TRUE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_verify_decisions(modelapi_acl.decision[]) IS
'The query of verify_decisions';

CREATE FUNCTION modelapi_acl.verify_decisions(lines modelapi_acl.decision[]) RETURNS TABLE (
	finding text, decisions bigint, decided_at timestamptz, model_api_id uuid, token_id uuid, user_id uuid,
	reason text, possible text[], server text)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.verify_decisions(modelapi_acl.decision[]) IS
'For administrators: recomputes lines of the decision log with a token or a user from the audit history. A row "different" for each that does not come out the same, with the reasons that were possible; rows "same" and "not_replayed" with numbers of lines';

ALTER TABLE modelapi_acl_internal.token_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.invocation_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE modelapi_acl_internal.counting ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Counts of requests, which the views of 51_usage.sql show
CREATE POLICY may_view ON modelapi_acl_internal.token_counts FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view_tokens',
			(SELECT modelapi_acl_internal.current_identity()))
		OR modelapi_acl_internal.shows_tokens_of(user_id,
			(SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl_internal.invocation_counts FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.model_api_permits(model_api_id, 'view_logs',
			(SELECT modelapi_acl_internal.current_identity()))
		OR modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity())));
CREATE POLICY may_view ON modelapi_acl_internal.counting FOR SELECT
	TO modelapi_acl_user, modelapi_acl_admin
	USING (modelapi_acl_internal.is_signed_in((SELECT modelapi_acl_internal.current_identity())));

-- End of 51_usage.sql

-- ---------------------------------------------------------------------------
-- 73_offboarding.sql, 76_access_reviews.sql, 78_verify_data.sql: with tokens of all kinds

CREATE OR REPLACE FUNCTION modelapi_acl_internal.broken_references()
	RETURNS TABLE (object_type text, object_id uuid, user_id uuid, expected text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'model_api', m.id, NULL::uuid, 'its project'
	FROM modelapi_acl_internal.all_model_apis AS m
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id = m.project_id)
	UNION ALL
	SELECT 'project_collaborator', c.id, c.user_id, 'its project'
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id = c.project_id)
	UNION ALL
	SELECT 'model_api_collaborator', c.id, c.user_id, 'its model API'
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = c.model_api_id)
	UNION ALL
	SELECT 'project_collaborator', c.id, c.user_id, 'its holder'
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE (c.user_id IS NULL) <> (c.organization_id IS NULL)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = c.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = c.organization_id)
	UNION ALL
	SELECT 'model_api_collaborator', c.id, c.user_id, 'its holder'
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE (c.user_id IS NULL) <> (c.organization_id IS NULL)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = c.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = c.organization_id)
	UNION ALL
	SELECT 'organization', o.organization_id, o.user_id, 'the organization of a member'
	FROM modelapi_acl_internal.all_organization_members AS o
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS g WHERE g.id = o.organization_id)
	UNION ALL
	SELECT 'organization', o.organization_id, o.user_id, 'the user who is a member'
	FROM modelapi_acl_internal.all_organization_members AS o
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = o.user_id)
	UNION ALL
	SELECT 'user', i.user_id, i.user_id, 'the user of an identity'
	FROM modelapi_acl_internal.all_user_identities AS i
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = i.user_id)
	UNION ALL
	SELECT 'access_token', t.id, NULL, 'its model API'
	FROM modelapi_acl_internal.all_access_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = t.model_api_id)
	UNION ALL
	SELECT 'personal_token', t.id, t.user_id, 'its holder'
	FROM modelapi_acl_internal.all_personal_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = t.user_id)
	UNION ALL
	SELECT 'personal_token', l.token_id, NULL, 'a model API in its list'
	FROM modelapi_acl_internal.all_personal_token_model_apis AS l
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = l.model_api_id)
	UNION ALL
	SELECT 'personal_token', l.token_id, NULL, 'the token of a list of model APIs'
	FROM modelapi_acl_internal.all_personal_token_model_apis AS l
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_personal_tokens AS t WHERE t.id = l.token_id)
	UNION ALL
	SELECT 'version', v.id, NULL, 'its model API'
	FROM modelapi_acl_internal.all_model_api_versions AS v
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = v.model_api_id)
	UNION ALL
	SELECT 'setting', s.model_api_id, NULL, 'its model API'
	FROM modelapi_acl_internal.all_model_api_settings AS s
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = s.model_api_id);
END;
COMMENT ON FUNCTION modelapi_acl_internal.broken_references() IS
'Rows that refer to missing rows';

-- Guards do not check values during a restore
CREATE OR REPLACE FUNCTION modelapi_acl_internal.unacceptable_values()
	RETURNS TABLE (object_type text, object_id uuid, user_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT v.object_type, v.object_id, v.user_id, format('an acceptable %s', v.kind), v.problem
	FROM (
		SELECT 'user' AS object_type, u.id AS object_id, u.id AS user_id, 'username' AS kind,
			modelapi_acl_internal.value_problem('username', u.username) AS problem
		FROM modelapi_acl_internal.all_users AS u
		UNION ALL
		SELECT 'user', u.id, u.id, 'full name', modelapi_acl_internal.value_problem('full name', u.full_name)
		FROM modelapi_acl_internal.all_users AS u
		UNION ALL
		SELECT 'user', i.user_id, i.user_id, 'email address',
			modelapi_acl_internal.value_problem('email address', i.email)
		FROM modelapi_acl_internal.all_user_identities AS i
		UNION ALL
		SELECT 'organization', o.id, NULL, 'organization name',
			modelapi_acl_internal.value_problem('organization name', o.name)
		FROM modelapi_acl_internal.all_organizations AS o
		UNION ALL
		SELECT 'organization', o.id, NULL, 'full name', modelapi_acl_internal.value_problem('full name', o.full_name)
		FROM modelapi_acl_internal.all_organizations AS o
		UNION ALL
		SELECT 'project', p.id, NULL, 'project name', modelapi_acl_internal.value_problem('project name', p.name)
		FROM modelapi_acl_internal.all_projects AS p
		UNION ALL
		SELECT 'model_api', m.id, NULL, 'model API name', modelapi_acl_internal.value_problem('model API name', m.name)
		FROM modelapi_acl_internal.all_model_apis AS m
		UNION ALL
		SELECT 'setting', s.model_api_id, NULL, 'setting name',
			modelapi_acl_internal.value_problem('setting name', s.name)
		FROM modelapi_acl_internal.all_model_api_settings AS s
		UNION ALL
		SELECT 'access_token', t.id, NULL, 'token name', modelapi_acl_internal.value_problem('token name', t.name)
		FROM modelapi_acl_internal.all_access_tokens AS t
		UNION ALL
		SELECT 'access_token', t.id, NULL, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_access_tokens AS t WHERE NOT isfinite(t.expires_at)
		UNION ALL
		SELECT 'personal_token', t.id, t.user_id, 'token name',
			modelapi_acl_internal.value_problem('token name', t.name)
		FROM modelapi_acl_internal.all_personal_tokens AS t
		UNION ALL
		SELECT 'personal_token', t.id, t.user_id, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_personal_tokens AS t WHERE NOT isfinite(t.expires_at)
		UNION ALL
		SELECT 'access_token', t.id, NULL, 'metadata',
			CASE WHEN jsonb_typeof(t.metadata) <> 'object' THEN 'not a JSON object'
				WHEN octet_length(t.metadata::text) > 1000 THEN 'longer than 1000 bytes' END
		FROM modelapi_acl_internal.all_access_tokens AS t
		UNION ALL
		SELECT 'personal_token', t.id, t.user_id, 'metadata',
			CASE WHEN jsonb_typeof(t.metadata) <> 'object' THEN 'not a JSON object'
				WHEN octet_length(t.metadata::text) > 1000 THEN 'longer than 1000 bytes' END
		FROM modelapi_acl_internal.all_personal_tokens AS t
		UNION ALL
		SELECT 'model_api_collaborator', c.id, c.user_id, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_model_api_collaborators AS c WHERE NOT isfinite(c.expires_at)
		UNION ALL
		SELECT 'project_collaborator', c.id, c.user_id, 'expiry', 'infinite: NULL means none'
		FROM modelapi_acl_internal.all_project_collaborators AS c WHERE NOT isfinite(c.expires_at)) AS v
	WHERE v.problem IS NOT NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.unacceptable_values() IS
'Names, email addresses and expiry times that the current rules refuse';

CREATE OR REPLACE FUNCTION modelapi_acl_internal.broken_invariants()
	RETURNS TABLE ("check" text, object_type text, object_id uuid, user_id uuid, expected text, found text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'owner', 'project', p.id, NULL::uuid, 'a user who owns it directly and without expiry', 'none'
	FROM modelapi_acl_internal.all_projects AS p
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_project_collaborators AS c
			JOIN modelapi_acl_internal.all_users AS u ON u.id = c.user_id AND u.responsible_id IS NULL
		WHERE c.project_id = p.id
			AND c.access_level = 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL)
	UNION ALL
	SELECT 'owner', 'model_api', m.id, NULL, 'a user who owns it directly and without expiry', 'none'
	FROM modelapi_acl_internal.all_model_apis AS m
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS c
			JOIN modelapi_acl_internal.all_users AS u ON u.id = c.user_id AND u.responsible_id IS NULL
		WHERE c.model_api_id = m.id
			AND c.access_level = 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL)
	UNION ALL
	SELECT 'admin', 'organization', o.id, NULL, 'an admin', 'none'
	FROM modelapi_acl_internal.all_organizations AS o
	WHERE NOT EXISTS (
		SELECT FROM modelapi_acl_internal.all_organization_members AS a
			JOIN modelapi_acl_internal.all_users AS u ON u.id = a.user_id AND u.responsible_id IS NULL
		WHERE a.organization_id = o.id AND a.is_admin)
	UNION ALL
	SELECT 'responsible user', 'user', u.id, u.id, 'a person',
		CASE WHEN r.id IS NULL THEN 'nobody' ELSE 'a service account' END
	FROM modelapi_acl_internal.all_users AS u
		LEFT JOIN modelapi_acl_internal.all_users AS r ON r.id = u.responsible_id
	WHERE u.responsible_id IS NOT NULL AND (r.id IS NULL OR r.responsible_id IS NOT NULL)
	UNION ALL
	SELECT 'email address', 'user', u.id, u.id,
		CASE WHEN u.responsible_id IS NULL THEN 'an email address' ELSE 'none, of a service account' END,
		CASE WHEN u.responsible_id IS NULL THEN 'none' ELSE 'one' END
	FROM modelapi_acl_internal.all_users AS u
		JOIN modelapi_acl_internal.all_user_identities AS i ON i.user_id = u.id
	WHERE (u.responsible_id IS NULL) <> (i.email IS NOT NULL)
	UNION ALL
	SELECT 'one principal', 'project_collaborator', c.id, c.user_id, 'a user or an organization',
		CASE WHEN c.user_id IS NULL THEN 'neither' ELSE 'both' END
	FROM modelapi_acl_internal.all_project_collaborators AS c
	WHERE (c.user_id IS NULL) = (c.organization_id IS NULL)
	UNION ALL
	SELECT 'one principal', 'model_api_collaborator', c.id, c.user_id, 'a user or an organization',
		CASE WHEN c.user_id IS NULL THEN 'neither' ELSE 'both' END
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
	WHERE (c.user_id IS NULL) = (c.organization_id IS NULL)
	UNION ALL
	SELECT 'name', 'user', u.id, u.id, lower(u.username COLLATE "C"), COALESCE(n.name, 'none')
	FROM modelapi_acl_internal.all_users AS u
		LEFT JOIN modelapi_acl_internal.all_principal_names AS n ON n.user_id = u.id AND n.reserved_at IS NULL
	WHERE lower(u.username COLLATE "C") IS DISTINCT FROM n.name
	UNION ALL
	SELECT 'name', 'organization', o.id, NULL, lower(o.name COLLATE "C"), COALESCE(n.name, 'none')
	FROM modelapi_acl_internal.all_organizations AS o
		LEFT JOIN modelapi_acl_internal.all_principal_names AS n ON n.organization_id = o.id AND n.reserved_at IS NULL
	WHERE lower(o.name COLLATE "C") IS DISTINCT FROM n.name
	UNION ALL
	SELECT 'name', CASE WHEN n.organization_id IS NULL THEN 'user' ELSE 'organization' END,
		COALESCE(n.user_id, n.organization_id), n.user_id, 'a user or an organization of the name', n.name
	FROM modelapi_acl_internal.all_principal_names AS n
	WHERE n.reserved_at IS NULL
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = n.user_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = n.organization_id)
	UNION ALL
	SELECT 'search document', 'model_api', m.id, NULL, 'the words of its name and description',
		CASE WHEN d.model_api_id IS NULL THEN 'none' ELSE 'others' END
	FROM modelapi_acl_internal.all_model_apis AS m
		LEFT JOIN modelapi_acl_internal.all_search_documents AS d ON d.model_api_id = m.id
	WHERE d.document = modelapi_acl_internal.search_document(m.name, m.description) IS NOT TRUE
	UNION ALL
	SELECT 'search document', 'model_api', d.model_api_id, NULL, 'its model API', 'none'
	FROM modelapi_acl_internal.all_search_documents AS d
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = d.model_api_id)
	UNION ALL
	SELECT 'token hash', 'personal_token', t.id, t.user_id, 'one hash', 'none'
	FROM modelapi_acl_internal.all_personal_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_personal_token_hashes AS h
		WHERE h.token_id = t.id AND h.valid_until IS NULL)
	UNION ALL
	SELECT 'token hash', 'personal_token', h.token_id, NULL, 'its token', 'none'
	FROM modelapi_acl_internal.all_personal_token_hashes AS h
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_personal_tokens AS t WHERE t.id = h.token_id)
	UNION ALL
	SELECT 'personal token', 'personal_token', t.id, t.user_id, 'a list only of a limited token', 'a list'
	FROM modelapi_acl_internal.all_personal_tokens AS t
	WHERE NOT t.is_limited AND EXISTS (
		SELECT FROM modelapi_acl_internal.all_personal_token_model_apis AS l WHERE l.token_id = t.id)
	UNION ALL
	SELECT 'token hash', 'access_token', t.id, NULL, 'one hash', 'none'
	FROM modelapi_acl_internal.all_access_tokens AS t
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_token_hashes AS h
		WHERE h.token_id = t.id AND h.valid_until IS NULL)
	UNION ALL
	SELECT 'token hash', 'access_token', t.id, NULL, 'the copies of its token', 'others'
	FROM modelapi_acl_internal.all_access_tokens AS t
		JOIN modelapi_acl_internal.all_token_hashes AS h ON h.token_id = t.id AND h.model_api_id IS NOT NULL
	WHERE h.model_api_id IS DISTINCT FROM t.model_api_id
		OR h.name IS DISTINCT FROM t.name
		OR h.expires_at IS DISTINCT FROM t.expires_at
		OR h.revoked_at IS DISTINCT FROM t.revoked_at
		OR h.suspended_at IS DISTINCT FROM t.suspended_at
		OR h.metadata IS DISTINCT FROM t.metadata::text
	UNION ALL
	SELECT 'token hash', 'access_token', h.token_id, NULL, 'its token', 'none'
	FROM modelapi_acl_internal.all_token_hashes AS h
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_access_tokens AS t WHERE t.id = h.token_id)
	UNION ALL
	SELECT 'counter', NULL, c.object_id, NULL, 'its project, model API, organization or user', 'none'
	FROM modelapi_acl_internal.all_object_counters AS c
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_projects AS p WHERE p.id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_organizations AS o WHERE o.id = c.object_id)
		AND NOT EXISTS (SELECT FROM modelapi_acl_internal.all_users AS u WHERE u.id = c.object_id)
	UNION ALL
	-- A counter is created when it is first needed
	SELECT 'counter', 'model_api', v.model_api_id, NULL, format('last version %s', v.last),
		CASE WHEN c.object_id IS NULL THEN 'none' ELSE format('last version %s', c.last_version) END
	FROM (SELECT n.model_api_id, max(n.number) AS last
			FROM modelapi_acl_internal.all_model_api_versions AS n GROUP BY n.model_api_id) AS v
		LEFT JOIN modelapi_acl_internal.all_object_counters AS c ON c.object_id = v.model_api_id
			AND c.of_versions
	WHERE c.last_version IS DISTINCT FROM v.last
		AND EXISTS (SELECT FROM modelapi_acl_internal.all_model_apis AS m WHERE m.id = v.model_api_id)
	UNION ALL
	SELECT 'version numbers', 'model_api', n.model_api_id, NULL,
		format('1 to %s', count(*)),
		format('%s of them, %s to %s', count(*), min(n.number), max(n.number))
	FROM modelapi_acl_internal.all_model_api_versions AS n
	GROUP BY n.model_api_id
	HAVING min(n.number) <> 1
		OR max(n.number) <> count(*)
	UNION ALL
	-- The setting ends no token that is there
	SELECT 'token lifetime', k.object_type, k.id, k.user_id,
		format('an expiry by %s', k.made_at + s.lifetime), COALESCE(k.expires_at::text, 'none')
	FROM (SELECT current_setting('modelapi_acl.max_token_lifetime')::interval AS lifetime) AS s
		CROSS JOIN LATERAL (
			SELECT 'access_token' AS object_type, t.id, NULL::uuid AS user_id, t.expires_at,
				COALESCE(t.regenerated_at, t.created_at) AS made_at
			FROM modelapi_acl_internal.all_access_tokens AS t WHERE t.revoked_at IS NULL
			UNION ALL
			SELECT 'personal_token', t.id, t.user_id, t.expires_at, COALESCE(t.regenerated_at, t.created_at)
			FROM modelapi_acl_internal.all_personal_tokens AS t WHERE t.revoked_at IS NULL) AS k
	WHERE s.lifetime > '0'::interval
		AND (k.expires_at IS NULL OR k.expires_at > GREATEST(k.made_at + s.lifetime, clock_timestamp()))
	UNION ALL
	-- Functions that read the history ignore an event without it
	SELECT 'change', e.object_type, e.object_id, NULL, 'when its transaction committed', 'none'
	FROM modelapi_acl_internal.all_audit_events AS e
	WHERE NOT EXISTS (SELECT FROM modelapi_acl_internal.all_changes AS c WHERE c.change_id = e.change_id)
		AND e.change_id IS DISTINCT FROM (SELECT modelapi_acl_internal.current_change())
	UNION ALL
	SELECT 'value', v.object_type, v.object_id, v.user_id, v.expected, v.found
	FROM modelapi_acl_internal.unacceptable_values() AS v
	UNION ALL
	SELECT 'reference', r.object_type, r.object_id, r.user_id, r.expected, 'none'
	FROM modelapi_acl_internal.broken_references() AS r;
END;
COMMENT ON FUNCTION modelapi_acl_internal.broken_invariants() IS
'All violations of invariants';

-- Tokens stay valid when their creator loses access. A report about oneself has only
-- tokens that the user may list: the model APIs of the others may be hidden by now.
CREATE OR REPLACE FUNCTION modelapi_acl_internal.answer_offboarding_report(who text)
	RETURNS TABLE (finding text, object_type text, object_id uuid, name text, organization text,
		access_level modelapi_acl.access_level, expires_at timestamptz, detail text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	SELECT modelapi_acl_internal.require($1 IS NULL OR modelapi_acl_internal.is_asking($1)
			OR modelapi_acl_internal.is_administrator(modelapi_acl_internal.current_identity()),
		'42501', 'permission denied for the offboarding report of another user',
		'Users can get their own report; administrators can get the report of any user.');
	SELECT modelapi_acl_internal.require_person($1);
	WITH leaver AS MATERIALIZED (
		SELECT modelapi_acl_internal.require_person($1) AS id),
	-- The user, and the organizations that the user is a member of
	holder AS MATERIALIZED (
		SELECT l.id AS user_id, NULL::uuid AS organization_id, NULL::text AS organization,
			'held directly: deleted with the user' AS detail
		FROM leaver AS l
		UNION ALL
		SELECT NULL, g.id, g.name, 'held by the organization: lost with the membership'
		FROM leaver AS l
			JOIN modelapi_acl_internal.all_organization_members AS o ON o.user_id = l.id
			JOIN modelapi_acl_internal.all_organizations AS g ON g.id = o.organization_id),
	report (place, finding, object_type, object_id, name, organization, access_level, expires_at, detail) AS (
		SELECT 1, a.finding, a.object_type, a.object_id, a.name, NULL::text,
			NULL::modelapi_acl.access_level, NULL::timestamptz,
			CASE a.object_type
				WHEN 'project' THEN 'the user cannot be deleted: no other user owns it directly and without expiry; transfer it first, with transfer_project, or make another user owner'
				WHEN 'model_api' THEN 'the user cannot be deleted: no other user owns it directly and without expiry; transfer it first, with transfer_ownership, or make another user owner'
				ELSE 'the user cannot be deleted: it has no other admin; make another member admin first, with add_organization_member'
			END
		FROM leaver AS l CROSS JOIN LATERAL modelapi_acl_internal.left_alone_by(l.id) AS a
		UNION ALL
		SELECT 1, 'responsible', 'service_account', u.id, u.username, NULL, NULL, NULL,
			'the user cannot be deleted: name a successor first, with transfer_service_account'
		FROM leaver AS l
			JOIN modelapi_acl_internal.all_users AS u ON u.responsible_id = l.id
		UNION ALL
		SELECT 2, 'membership', 'organization', o.organization_id, g.name, g.name, NULL, NULL,
			CASE WHEN o.is_admin THEN 'is an admin' ELSE 'is a member' END
		FROM leaver AS l
			JOIN modelapi_acl_internal.all_organization_members AS o ON o.user_id = l.id
			JOIN modelapi_acl_internal.all_organizations AS g ON g.id = o.organization_id
		UNION ALL
		SELECT 3, 'grant', 'project', p.id, p.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_project_collaborators AS c ON c.user_id = h.user_id
			JOIN modelapi_acl_internal.all_projects AS p ON p.id = c.project_id
		WHERE c.expires_at IS NULL OR c.expires_at > modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 3, 'grant', 'project', p.id, p.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_project_collaborators AS c ON c.organization_id = h.organization_id
			JOIN modelapi_acl_internal.all_projects AS p ON p.id = c.project_id
		WHERE c.expires_at IS NULL OR c.expires_at > modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 4, 'grant', 'model_api', m.id, m.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_model_api_collaborators AS c ON c.user_id = h.user_id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id = c.model_api_id
		WHERE c.expires_at IS NULL OR c.expires_at > modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 4, 'grant', 'model_api', m.id, m.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_model_api_collaborators AS c ON c.organization_id = h.organization_id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id = c.model_api_id
		WHERE c.expires_at IS NULL OR c.expires_at > modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 5, 'token', 'access_token', t.id, t.name, NULL, NULL, t.expires_at,
			format('%s by the user, who may know the secret; for model API %s (%s)',
				CASE WHEN t.regenerated_at IS NULL THEN 'created' ELSE 'regenerated' END, m.name, m.id)
		FROM leaver AS l
			JOIN modelapi_acl_internal.all_access_tokens AS t ON (t.created_by = l.id AND t.regenerated_at IS NULL)
				OR t.regenerated_by = l.id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id = t.model_api_id
		WHERE t.revoked_at IS NULL
			AND (t.expires_at IS NULL OR t.expires_at > modelapi_acl_internal.snapshot_clock())
			AND modelapi_acl_internal.model_api_permits(t.model_api_id, 'view_tokens',
				(SELECT modelapi_acl_internal.current_identity()))
		UNION ALL
		SELECT 6, 'token', 'personal_token', t.id, t.name, NULL, NULL, t.expires_at,
			'held by the user: deleted with the user, and of no use without access'
		FROM leaver AS l
			JOIN modelapi_acl_internal.all_personal_tokens AS t ON t.user_id = l.id
		WHERE t.revoked_at IS NULL
			AND (t.expires_at IS NULL OR t.expires_at > modelapi_acl_internal.snapshot_clock())
		UNION ALL
		SELECT 6, 'token', 'personal_token', t.id, t.name, NULL, NULL, t.expires_at,
			format('%s by the user, who may know the secret; of service account %s',
				CASE WHEN t.regenerated_at IS NULL THEN 'created' ELSE 'regenerated' END, h.username)
		FROM leaver AS l
			JOIN modelapi_acl_internal.all_personal_tokens AS t ON (t.created_by = l.id AND t.regenerated_at IS NULL)
				OR t.regenerated_by = l.id
			JOIN modelapi_acl_internal.all_users AS h ON h.id = t.user_id
		WHERE t.user_id <> l.id AND t.revoked_at IS NULL
			AND (t.expires_at IS NULL OR t.expires_at > modelapi_acl_internal.snapshot_clock())
			AND modelapi_acl_internal.shows_tokens_of(t.user_id,
				(SELECT modelapi_acl_internal.current_identity())))
	SELECT r.finding, r.object_type, r.object_id, r.name, r.organization, r.access_level, r.expires_at, r.detail
	FROM report AS r
	ORDER BY r.place, r.name, r.object_id, r.organization NULLS FIRST;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_offboarding_report(text) IS
'The query of offboarding_report';

COMMENT ON FUNCTION modelapi_acl.offboarding_report(text) IS
'For administrators, and for users about themselves: the access that a user (username or email address) would lose by leaving, the objects that would have no owner or admin and the service accounts that nobody would be responsible for (delete_user is refused because of exactly these), and the valid tokens whose secret the user may know.
finding: last_owner, last_admin, responsible, membership, grant or token. object_type: project, model_api, organization, service_account, access_token or personal_token.
organization: the organization that holds the grant, NULL for grants to the user. access_level: of a grant. expires_at: of a grant or a token.
Expired grants are left out. Users see only those of their tokens that they may list';

-- A column has another name, two are new
ALTER VIEW modelapi_acl.access_reviews RENAME COLUMN last_used_at TO holder_acted_at;
CREATE OR REPLACE VIEW modelapi_acl.access_reviews WITH (security_invoker = true, security_barrier = true) AS
	SELECT CASE WHEN c.expires_at <= modelapi_acl_internal.snapshot_clock()
			THEN 'expired_grant' ELSE 'grant' END AS finding,
		'model_api_collaborator' AS object_type, c.id AS object_id,
		m.project_id, modelapi_acl_internal.project_name_of(m.project_id) AS project,
		m.id AS model_api_id, m.name AS model_api,
		CASE WHEN c.user_id IS NULL THEN 'organization' ELSE 'user' END AS holder_type,
		COALESCE(modelapi_acl_internal.username_of(c.user_id),
			modelapi_acl_internal.organization_name_of(c.organization_id)) AS name,
		c.access_level,
		modelapi_acl_internal.username_of(c.granted_by) AS granted_by,
		c.created_at AS granted_at,
		modelapi_acl_internal.grant_changed_at(c.id) AS changed_at,
		statement_timestamp() - c.created_at AS age,
		c.expires_at,
		CASE WHEN c.user_id IS NULL
			THEN modelapi_acl_internal.organization_used_at(c.organization_id, m.project_id, m.id, c.created_at)
			ELSE (SELECT max(e.occurred_at) FROM modelapi_acl.audit_events AS e
				WHERE e.actor_id = c.user_id
					AND e.project_id = m.project_id
					AND e.model_api_id = m.id
					AND e.occurred_at >= c.created_at) END AS holder_acted_at,
		NULL::text AS detail,
		NULL::timestamptz AS token_last_used_at,
		NULL::bigint AS token_refused
	FROM modelapi_acl.list_model_apis('manage_collaborators') AS m
		CROSS JOIN LATERAL (
			SELECT g.* FROM modelapi_acl.model_api_collaborators AS g
			WHERE g.model_api_id = m.id OFFSET 0) AS c
	UNION ALL
	SELECT CASE WHEN c.expires_at <= modelapi_acl_internal.snapshot_clock()
			THEN 'expired_grant' ELSE 'grant' END,
		'project_collaborator', c.id, p.id, p.name, NULL, NULL,
		CASE WHEN c.user_id IS NULL THEN 'organization' ELSE 'user' END,
		COALESCE(modelapi_acl_internal.username_of(c.user_id),
			modelapi_acl_internal.organization_name_of(c.organization_id)),
		c.access_level,
		modelapi_acl_internal.username_of(c.granted_by),
		c.created_at,
		modelapi_acl_internal.grant_changed_at(c.id),
		statement_timestamp() - c.created_at,
		c.expires_at,
		CASE WHEN c.user_id IS NULL
			THEN modelapi_acl_internal.organization_used_at(c.organization_id, p.id, NULL, c.created_at)
			ELSE (SELECT max(e.occurred_at) FROM modelapi_acl.audit_events AS e
				WHERE e.actor_id = c.user_id
					AND e.project_id = p.id
					AND e.occurred_at >= c.created_at) END,
		NULL, NULL, NULL
	FROM modelapi_acl.projects AS p
		CROSS JOIN LATERAL (
			SELECT g.* FROM modelapi_acl.project_collaborators AS g
			WHERE g.project_id = p.id OFFSET 0) AS c
	WHERE modelapi_acl_internal.project_permits(p.id, 'manage_project',
		(SELECT modelapi_acl_internal.current_identity()))
	UNION ALL
	SELECT f.finding, 'access_token', t.id,
		m.project_id, modelapi_acl_internal.project_name_of(m.project_id),
		m.id, m.name, NULL, t.name, NULL, t.username, t.made_at, t.regenerated_at,
		statement_timestamp() - t.made_at,
		t.expires_at, NULL, f.detail, t.last_used_at, t.refused
	FROM modelapi_acl.list_model_apis('manage_collaborators') AS m
		CROSS JOIN LATERAL (
			-- The user who was shown the current secret; if deleted, the audit history has the id
			SELECT a.id, a.name, a.created_at AS made_at, a.regenerated_at, a.expires_at,
				u.id AS user_id, u.username, u.disabled_at,
				c.last_used_at, c.since, c.refused,
				rank() OVER (ORDER BY c.refused DESC) AS place,
				CASE WHEN u.id IS NULL AND modelapi_acl_internal.issuer_may_be_deleted(a.id) THEN (
					SELECT e.actor_id FROM modelapi_acl.audit_events AS e
					WHERE e.object_id = a.id
						AND e.action = ANY (ARRAY['token.created', 'token.regenerated'])
					ORDER BY e.occurred_at DESC LIMIT 1) END AS deleted_id
			FROM modelapi_acl.access_tokens AS a
				LEFT JOIN modelapi_acl.users AS u ON u.id =
					CASE WHEN a.regenerated_at IS NULL THEN a.created_by ELSE a.regenerated_by END
				LEFT JOIN LATERAL (
					SELECT k.* FROM modelapi_acl.token_usage AS k
					WHERE k.token_id = a.id OFFSET 0) AS c ON true
			WHERE a.model_api_id = m.id AND a.revoked_at IS NULL
				AND (a.expires_at IS NULL OR a.expires_at > modelapi_acl_internal.snapshot_clock())
			OFFSET 0) AS t
		CROSS JOIN LATERAL (
			SELECT 'token_without_expiry' AS finding, NULL::text AS detail
			WHERE t.expires_at IS NULL
			UNION ALL
			SELECT 'token_of_leaver', l.detail
			FROM (SELECT CASE
				WHEN t.deleted_id IS NOT NULL THEN 'last issued by a user who was deleted'
				WHEN t.user_id IS NULL THEN NULL
				WHEN t.disabled_at IS NOT NULL THEN 'last issued by a user who is disabled'
				WHEN NOT modelapi_acl_internal.user_permits(t.user_id, m.id, 'view_logs')
					THEN 'last issued by a user who has no access to the model API now' END AS detail) AS l
			WHERE l.detail IS NOT NULL
			UNION ALL
			SELECT 'token_never_used', NULL
			WHERE t.last_used_at IS NULL AND t.since < (statement_timestamp() - '90 days'::interval)
			UNION ALL
			SELECT 'token_unused', 'not used for 90 days'
			WHERE t.last_used_at < (statement_timestamp() - '90 days'::interval)
			UNION ALL
			SELECT 'token_used_after_leaving', l.detail
			FROM (SELECT CASE
				WHEN t.last_used_at > t.disabled_at THEN 'used after the user who issued it last was disabled'
				WHEN t.last_used_at > (
					SELECT max(e.occurred_at) FROM modelapi_acl.audit_events AS e
					WHERE e.object_id = t.deleted_id
						AND e.action = 'user.deleted') THEN 'used after the user who issued it last was deleted' END AS detail) AS l
			WHERE l.detail IS NOT NULL
			UNION ALL
			SELECT 'token_refused_most', 'of the tokens of its model API'
			WHERE t.refused > 0 AND t.place = 1) AS f
	UNION ALL
	SELECT f.finding, 'personal_token', t.id, NULL, NULL, NULL, NULL, NULL, t.name, NULL, t.issuer,
		t.created_at, t.regenerated_at, statement_timestamp() - t.created_at, t.expires_at, NULL,
		format('held by %s', t.holder) || COALESCE('; ' || f.detail, ''),
		t.last_used_at, t.refused
	FROM (
			-- issuer: the user who was shown the current secret; for service accounts, if deleted,
			-- the audit history has the id
			SELECT p.id, p.name, p.created_at, p.regenerated_at, p.expires_at,
				h.username AS holder, h.responsible_id,
				u.id AS user_id, u.username AS issuer, u.disabled_at,
				c.last_used_at, c.since, c.refused,
				rank() OVER (PARTITION BY p.user_id ORDER BY c.refused DESC) AS place,
				CASE WHEN u.id IS NULL AND h.responsible_id IS NOT NULL THEN (
					SELECT e.actor_id FROM modelapi_acl.audit_events AS e
					WHERE e.object_id = p.id
						AND e.action = ANY (ARRAY['personal_token.created', 'personal_token.regenerated'])
					ORDER BY e.occurred_at DESC LIMIT 1) END AS deleted_id
			FROM modelapi_acl.personal_tokens AS p
				JOIN modelapi_acl.users AS h ON h.id = p.user_id
				LEFT JOIN modelapi_acl.users AS u ON u.id =
					CASE WHEN p.regenerated_at IS NULL THEN p.created_by ELSE p.regenerated_by END
				LEFT JOIN LATERAL (
					SELECT k.* FROM modelapi_acl.token_usage AS k
					WHERE k.token_id = p.id OFFSET 0) AS c ON true
			WHERE p.revoked_at IS NULL
				AND (p.expires_at IS NULL OR p.expires_at > modelapi_acl_internal.snapshot_clock())
			OFFSET 0) AS t
		CROSS JOIN LATERAL (
			SELECT 'token_without_expiry' AS finding, NULL::text AS detail
			WHERE t.expires_at IS NULL
			UNION ALL
			SELECT 'token_of_leaver', 'last issued by a user who ' || CASE
				WHEN t.deleted_id IS NOT NULL THEN 'was deleted'
				WHEN t.disabled_at IS NOT NULL THEN 'is disabled'
				ELSE 'is not responsible for it now' END
			WHERE t.responsible_id IS NOT NULL
				AND (t.deleted_id IS NOT NULL OR t.disabled_at IS NOT NULL OR t.user_id <> t.responsible_id)
			UNION ALL
			SELECT 'token_never_used', NULL
			WHERE t.last_used_at IS NULL AND t.since < (statement_timestamp() - '90 days'::interval)
			UNION ALL
			SELECT 'token_unused', 'not used for 90 days'
			WHERE t.last_used_at < (statement_timestamp() - '90 days'::interval)
			UNION ALL
			SELECT 'token_used_after_leaving', l.detail
			FROM (SELECT CASE
				WHEN t.responsible_id IS NULL THEN NULL
				WHEN t.last_used_at > t.disabled_at THEN 'used after the user who issued it last was disabled'
				WHEN t.last_used_at > (
					SELECT max(e.occurred_at) FROM modelapi_acl.audit_events AS e
					WHERE e.object_id = t.deleted_id
						AND e.action = 'user.deleted') THEN 'used after the user who issued it last was deleted' END AS detail) AS l
			WHERE l.detail IS NOT NULL
			UNION ALL
			SELECT 'token_refused_most', 'of the tokens of its holder'
			WHERE t.refused > 0 AND t.place = 1) AS f
	UNION ALL
	SELECT 'responsible_disabled', 'service_account', a.id, NULL, NULL, NULL, NULL, NULL, a.username, NULL,
		r.username, a.created_at, NULL, statement_timestamp() - a.created_at, NULL, NULL,
		'the responsible user is disabled: name a successor, with transfer_service_account',
		NULL, NULL
	FROM modelapi_acl.users AS a
		JOIN modelapi_acl.users AS r ON r.id = a.responsible_id
	WHERE r.disabled_at IS NOT NULL
		AND modelapi_acl_internal.is_administrator((SELECT modelapi_acl_internal.current_identity()))
	UNION ALL
	SELECT 'public_unrestricted', 'model_api', m.id,
		m.project_id, modelapi_acl_internal.project_name_of(m.project_id),
		m.id, m.name, NULL, m.name, NULL,
		modelapi_acl_internal.username_of(m.created_by),
		m.created_at,
		(SELECT e.occurred_at FROM modelapi_acl.audit_events AS e
			WHERE e.object_id = m.id
				AND e.action = ANY (ARRAY['model_api.visibility_changed', 'model_api.authorization_mode_changed'])
			ORDER BY e.occurred_at DESC LIMIT 1),
		statement_timestamp() - m.created_at,
		NULL, NULL, 'every signed-in user can find it, and prediction requests need no token',
		NULL, NULL
	FROM modelapi_acl.list_model_apis('manage_collaborators') AS m
	WHERE m.visibility = 'public'::modelapi_acl.visibility
		AND m.authorization_mode = 'unrestricted'::modelapi_acl.authorization_mode;

COMMENT ON VIEW modelapi_acl.access_reviews IS
'Access to review: owners see what they own, users their personal tokens, administrators everything. Can be exported as CSV. Reading leaves no trace; requests with tokens are counted where token_usage counts';
COMMENT ON COLUMN modelapi_acl.access_reviews.finding IS 'grant; expired_grant; token_without_expiry: a valid token that never expires; token_of_leaver: a valid token, last created or regenerated by a user who was deleted, is disabled, or has no access to the model API now (grants of organizations whose members the current user may not see do not count), for a service account by a user who was deleted, is disabled or is not responsible for it now; responsible_disabled: a service account, for administrators; token_never_used, token_unused: a valid token without a request in 90 days of counting; token_used_after_leaving: the same that was used since that user was disabled or deleted, as far as the current user may know; token_refused_most: of the valid tokens of a model API, or of a holder, the one with the most refused requests; public_unrestricted: a model API';
COMMENT ON COLUMN modelapi_acl.access_reviews.object_type IS 'model_api_collaborator, project_collaborator, access_token, personal_token, service_account or model_api';
COMMENT ON COLUMN modelapi_acl.access_reviews.object_id IS 'Id of the grant, token, service account or model API';
COMMENT ON COLUMN modelapi_acl.access_reviews.project_id IS 'The project';
COMMENT ON COLUMN modelapi_acl.access_reviews.project IS 'Name of the project; NULL if the current user may not see it';
COMMENT ON COLUMN modelapi_acl.access_reviews.model_api_id IS 'The model API; NULL for a grant on a project';
COMMENT ON COLUMN modelapi_acl.access_reviews.model_api IS 'Name of the model API';
COMMENT ON COLUMN modelapi_acl.access_reviews.holder_type IS 'For a grant: user or organization';
COMMENT ON COLUMN modelapi_acl.access_reviews.name IS 'Name of the user or organization that holds the grant, of the token, of the service account, or of the model API';
COMMENT ON COLUMN modelapi_acl.access_reviews.access_level IS 'For a grant: its access level';
COMMENT ON COLUMN modelapi_acl.access_reviews.granted_by IS 'The user who granted or changed the grant last, created or regenerated the token last, is responsible for the service account, or created the model API; NULL: an administrator, or a user who was deleted';
COMMENT ON COLUMN modelapi_acl.access_reviews.granted_at IS 'When it was first granted or created';
COMMENT ON COLUMN modelapi_acl.access_reviews.changed_at IS 'When the grant was last changed, the token was last regenerated, or visibility or authorization mode of the model API was last changed; NULL: never';
COMMENT ON COLUMN modelapi_acl.access_reviews.age IS 'Time since granted_at';
COMMENT ON COLUMN modelapi_acl.access_reviews.expires_at IS 'When it expires; NULL: never';
COMMENT ON COLUMN modelapi_acl.access_reviews.holder_acted_at IS 'For a grant: the last audit event by its holder on the model API, or in the project, since it was granted; NULL: none. For an organization: by any of its present members, if the current user may see them. Reading and invoking leave no audit events';
COMMENT ON COLUMN modelapi_acl.access_reviews.detail IS 'Explanation of the finding';
COMMENT ON COLUMN modelapi_acl.access_reviews.token_last_used_at IS 'For a token: its last request that was allowed, as in token_usage';
COMMENT ON COLUMN modelapi_acl.access_reviews.token_refused IS 'For a token: how many requests were refused, as in token_usage';

-- End of what tokens of all kinds change

-- ---------------------------------------------------------------------------
-- 51_personal_tokens.sql: leaked secrets, and all tokens of a user

CREATE FUNCTION modelapi_acl_internal.end_personal_tokens_of(user_id uuid, ended_by uuid) RETURNS SETOF uuid
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.personal_tokens AS t SET revoked_at = clock_timestamp(), revoked_by = $2
	WHERE t.revoked_at IS NULL AND (t.expires_at <= clock_timestamp()) IS NOT TRUE
		AND (t.user_id = $1 OR t.created_by = $1 OR t.regenerated_by = $1)
	RETURNING t.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_personal_tokens_of(uuid, uuid) IS
'Internal statement: revokes the personal tokens that a user holds, made or was last shown the secret of';

CREATE FUNCTION modelapi_acl_internal.end_personal_overlap(token_id uuid) RETURNS timestamptz
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.personal_token_hashes AS h SET valid_until = clock_timestamp()
	WHERE h.token_id = $1 AND h.valid_until > clock_timestamp()
	RETURNING h.valid_until;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_personal_overlap(uuid) IS
'Internal statement: ends the overlap of a personal token''s former secret';

CREATE FUNCTION modelapi_acl_internal.end_personal_overlaps_of(user_id uuid) RETURNS TABLE (
	token_id uuid, ended_at timestamptz)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.personal_token_hashes AS h SET valid_until = clock_timestamp()
	FROM modelapi_acl.personal_tokens AS t
	WHERE h.shown_to = $1 AND h.valid_until > clock_timestamp() AND t.id = h.token_id
		AND t.revoked_at IS NULL AND (t.expires_at <= clock_timestamp()) IS NOT TRUE
	RETURNING h.token_id, h.valid_until;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_personal_overlaps_of(uuid) IS
'Internal statement: ends the overlaps of the former secrets of personal tokens that a user was shown';

-- End of leaked secrets

-- ---------------------------------------------------------------------------
-- 75_changes.sql: a snapshot that does not show all that a position has reached

CREATE FUNCTION modelapi_acl_internal.shows_snapshot(reached pg_snapshot) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_shows_snapshot_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.shows_snapshot(pg_snapshot) IS
'Whether the snapshot of the statement shows all that the given one shows';

-- Returns first the remaining changes up to the snapshot that the position has reached,
-- then newer changes (is_beyond). Nothing where the snapshot lacks some of the former (is_behind).
CREATE OR REPLACE FUNCTION modelapi_acl_internal.answer_changes_since(since text) RETURNS TABLE (
	"position" text, change_id uuid, committed_at timestamptz, event_id uuid, occurred_at timestamptz,
	actor_id uuid, action text, object_type text, object_id uuid, project_id uuid, model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	WITH here AS MATERIALIZED (
		SELECT p.seen, p.reached, p.committed_at, p.occurred_at, p.event_id,
			modelapi_acl_internal.next_snapshot(p.reached) AS next,
			p.event_id IS NOT NULL AND NOT modelapi_acl_internal.shows_snapshot(p.reached) AS is_behind
		FROM modelapi_acl_internal.read_position($1) AS p)
	SELECT CASE WHEN h.is_behind THEN $1
			WHEN lead(n.id) OVER told IS NULL
			THEN modelapi_acl_internal.write_position(h.next, NULL, NULL, NULL, NULL)
			WHEN n.is_beyond
			THEN modelapi_acl_internal.write_position(h.next, h.reached, n.committed_at, n.occurred_at, n.id)
			ELSE modelapi_acl_internal.write_position(h.reached, h.seen, n.committed_at, n.occurred_at, n.id) END,
		n.change_id, n.committed_at, n.id, n.occurred_at,
		n.actor_id, n.action, n.object_type, n.object_id, n.project_id, n.model_api_id
	FROM here AS h
		LEFT JOIN LATERAL (
			SELECT NOT pg_visible_in_snapshot(c.transaction_id, h.reached) AS is_beyond,
				c.change_id, c.committed_at, e.id, e.occurred_at, e.actor_id, e.action,
				e.object_type, e.object_id, e.project_id, e.model_api_id
			FROM modelapi_acl_internal.all_changes AS c
				JOIN modelapi_acl_internal.all_audit_events AS e ON e.change_id = c.change_id
			WHERE NOT h.is_behind
				AND c.transaction_id >= pg_snapshot_xmin(h.seen)
				AND NOT pg_visible_in_snapshot(c.transaction_id, h.seen)
				AND pg_visible_in_snapshot(c.transaction_id, h.next)
				AND (c.committed_at >= h.committed_at
					OR NOT pg_visible_in_snapshot(c.transaction_id, h.reached))
				AND ((c.committed_at, e.occurred_at, e.id) > (h.committed_at, h.occurred_at, h.event_id)
					OR NOT pg_visible_in_snapshot(c.transaction_id, h.reached))
				AND modelapi_acl_internal.shows_audit_event(e.object_type, e.object_id, e.project_id, e.model_api_id,
					(SELECT modelapi_acl_internal.current_identity()))) AS n ON true
	WINDOW told AS (ORDER BY n.is_beyond, n.committed_at, n.occurred_at, n.id)
	ORDER BY n.is_beyond, n.committed_at, n.occurred_at, n.id;
END;

-- ---------------------------------------------------------------------------
-- 90_privileges.sql

-- What is new has only the privileges that are granted below, whatever the default privileges
-- of the updating role are.
DO LANGUAGE plpgsql $block$
DECLARE
	statement text;
BEGIN
	FOR statement IN
		SELECT format('REVOKE ALL ON %s %s FROM %s', o.kind, o.name,
			CASE WHEN a.grantee = 0 THEN 'PUBLIC'
				ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
		FROM (
			SELECT 'pg_class'::regclass AS catalog, c.oid, 'TABLE' AS kind, c.oid::regclass::text AS name,
				c.relacl AS acl, c.relowner AS owner
			FROM pg_class AS c
			WHERE c.relkind = ANY (ARRAY['r', 'v']::"char"[])
			UNION ALL
			SELECT 'pg_proc'::regclass, p.oid, 'FUNCTION', p.oid::regprocedure::text,
				COALESCE(p.proacl, acldefault('f', p.proowner)), p.proowner
			FROM pg_proc AS p
			UNION ALL
			-- A row type is a member of the extension through its table or view
			SELECT CASE WHEN r.relkind = ANY (ARRAY['r', 'v']::"char"[]) THEN 'pg_class'::regclass ELSE 'pg_type'::regclass END,
				CASE WHEN r.relkind = ANY (ARRAY['r', 'v']::"char"[]) THEN r.oid ELSE t.oid END, 'TYPE', t.oid::regtype::text,
				COALESCE(t.typacl, acldefault('T', t.typowner)), t.typowner
			FROM pg_type AS t
				LEFT JOIN pg_class AS r ON r.oid = t.typrelid
			WHERE t.typtype = ANY (ARRAY['c', 'e']::"char"[])
			UNION ALL
			-- row types belong to the extension through their relations
			SELECT 'pg_class'::regclass, c.oid, 'TYPE', t.oid::regtype::text,
				COALESCE(t.typacl, acldefault('T', t.typowner)), t.typowner
			FROM pg_type AS t JOIN pg_class AS c ON c.oid = t.typrelid
			WHERE c.relkind = ANY (ARRAY['r', 'v']::"char"[])
		) AS o
			JOIN pg_depend AS d ON d.classid = o.catalog AND d.objid = o.oid AND d.deptype = 'e'
				AND d.refclassid = 'pg_extension'::regclass
			JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'modelapi_acl'
			CROSS JOIN LATERAL aclexplode(o.acl) AS a
		WHERE a.grantee <> o.owner
			AND NOT EXISTS (SELECT FROM pg_temp.objects_before AS b
				WHERE b.classid = o.catalog AND b.objid = o.oid)
		GROUP BY o.kind, o.name, a.grantee
	LOOP
		EXECUTE statement;
	END LOOP;
END
$block$;
DROP TABLE pg_temp.objects_before;

GRANT EXECUTE ON FUNCTION modelapi_acl.list_projects(modelapi_acl.project_permission)
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.is_administrator(),
	modelapi_acl.has_permission_now(uuid, modelapi_acl.permission),
	modelapi_acl.has_project_permission_now(uuid, modelapi_acl.project_permission),
	modelapi_acl.protect_table(regclass, name, text, text, text, text, boolean),
	modelapi_acl.unprotect_table(regclass)
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.own_policy_state(oid),
	modelapi_acl_internal.own_table_problems()
	TO modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.request_examples(uuid, text),
	modelapi_acl_internal.request_templates(),
	modelapi_acl_internal.is_request_url(text),
	modelapi_acl_internal.escaped_url(text)
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.username_of(uuid),
	modelapi_acl_internal.organization_name_of(uuid),
	modelapi_acl_internal.project_name_of(uuid),
	modelapi_acl_internal.grant_changed_at(uuid),
	modelapi_acl_internal.issuer_may_be_deleted(uuid)
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION modelapi_acl_internal.normal_definition(text) TO modelapi_acl_admin;
GRANT USAGE ON SCHEMA modelapi_acl TO modelapi_acl_identity_gateway;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.authorize_invocation(uuid, text),
	modelapi_acl.authorize_invocation(uuid, text, bytea),
	modelapi_acl.authorize_invocation_as(uuid, text)
	TO modelapi_acl_identity_gateway;
-- Privileges of 51_usage.sql
GRANT USAGE ON TYPE
	modelapi_acl.token_usage, modelapi_acl.invocation_usage, modelapi_acl.usage_status
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT SELECT ON
	modelapi_acl.token_usage,
	modelapi_acl.invocation_usage,
	modelapi_acl.usage_status,
	modelapi_acl_internal.token_counts,
	modelapi_acl_internal.invocation_counts,
	modelapi_acl_internal.counting
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.usage_of_token(uuid, bigint, bigint, bigint, bigint),
	modelapi_acl_internal.usage_of_invocations(),
	modelapi_acl_internal.usage_is_live(bigint),
	modelapi_acl_internal.usage_since(),
	modelapi_acl_internal.usage_state()
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT USAGE ON TYPE modelapi_acl.decision TO modelapi_acl_user, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.prune_usage(interval),
	modelapi_acl.drain_decisions(integer),
	modelapi_acl.verify_decisions(modelapi_acl.decision[]),
	modelapi_acl_internal.seen_events(uuid, xid8, xid8),
	modelapi_acl_internal.seen_model_api(uuid, xid8, xid8),
	modelapi_acl_internal.seen_user(uuid, xid8, xid8),
	modelapi_acl_internal.seen_memberships(uuid, xid8, xid8),
	modelapi_acl_internal.seen_levels(uuid, uuid, uuid, timestamptz, xid8, xid8),
	modelapi_acl_internal.seen_token(uuid, uuid, uuid, timestamptz, xid8, xid8),
	modelapi_acl_internal.seen_reasons(uuid, uuid, uuid, timestamptz, xid8, xid8),
	modelapi_acl_internal.decisive_events(uuid, uuid, uuid)
	TO modelapi_acl_admin;
GRANT SELECT, DELETE ON
	modelapi_acl_internal.prunable_invocations,
	modelapi_acl_internal.prunable_tokens
	TO modelapi_acl_admin;
-- End of these privileges of 51_usage.sql

GRANT EXECUTE ON FUNCTION modelapi_acl_internal.shows_snapshot(pg_snapshot) TO modelapi_acl_user, modelapi_acl_admin;

-- Privileges of service accounts and personal tokens
GRANT INSERT (responsible_id), UPDATE (responsible_id) ON modelapi_acl.users TO modelapi_acl_admin;
GRANT INSERT (responsible_id) ON modelapi_acl_internal.managed_users TO modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.create_service_account(text, text, text, text),
	modelapi_acl.import_personal_token(text, text, bytea, uuid[], text, timestamptz)
	TO modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.transfer_service_account(text, text),
	modelapi_acl_internal.require_responsible(text)
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT USAGE ON TYPE modelapi_acl.personal_tokens, modelapi_acl.personal_token_model_apis
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT SELECT ON
	modelapi_acl.personal_tokens,
	modelapi_acl.personal_token_model_apis,
	modelapi_acl_internal.all_personal_tokens,
	modelapi_acl_internal.all_personal_token_model_apis,
	modelapi_acl_internal.all_personal_token_hashes
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.create_personal_token(text, timestamptz, uuid[]),
	modelapi_acl.create_service_token(text, text, timestamptz, uuid[]),
	modelapi_acl_internal.shows_tokens_of(uuid, uuid),
	modelapi_acl_internal.shows_personal_token(uuid, uuid),
	modelapi_acl_internal.issue_personal_token()
	TO modelapi_acl_user, modelapi_acl_admin;
-- End of these privileges

GRANT EXECUTE ON FUNCTION
	modelapi_acl.update_token(uuid, text, timestamptz, jsonb),
	modelapi_acl.suspend_token(uuid),
	modelapi_acl.resume_token(uuid)
	TO modelapi_acl_user, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.revoke_leaked_token(text)
	TO modelapi_acl_gateway, modelapi_acl_identity_gateway, modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl.revoke_leaked_digest(bytea),
	modelapi_acl.revoke_tokens_of(text),
	modelapi_acl.import_token(uuid, text, bytea, text, timestamptz, text)
	TO modelapi_acl_admin;
GRANT EXECUTE ON FUNCTION
	modelapi_acl_internal.token_state(timestamptz, boolean, boolean, timestamptz, timestamptz),
	modelapi_acl_internal.token_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.token_listed_at(uuid, uuid, timestamptz, uuid),
	modelapi_acl_internal.access_tokens_at(uuid, timestamptz, uuid),
	modelapi_acl_internal.personal_tokens_at(
		uuid, uuid, modelapi_acl.visibility, timestamptz, timestamptz)
	TO modelapi_acl_user, modelapi_acl_admin;
-- End of the grants on functions for tokens


-- ---------------------------------------------------------------------------
-- Record what this script has changed, for verify_access. Other facts are left alone, so
-- that verify_access still reports an object that was changed behind the extension's back.

CREATE TEMP TABLE facts_after ON COMMIT DROP AS
	SELECT f.* FROM modelapi_acl_internal.relation_facts() AS f
	UNION ALL
	SELECT f.* FROM modelapi_acl_internal.object_facts() AS f;

DELETE FROM modelapi_acl_internal.installed_facts AS i
USING (TABLE pg_temp.facts_before EXCEPT TABLE pg_temp.facts_after) AS f
WHERE i.kind = f.kind AND i.object = f.object AND i.aspect = f.aspect;
INSERT INTO modelapi_acl_internal.installed_facts (kind, object, aspect, value)
TABLE pg_temp.facts_after EXCEPT TABLE pg_temp.facts_before
ON CONFLICT (kind, object, aspect) DO UPDATE SET value = EXCLUDED.value;

DROP TABLE pg_temp.facts_before, pg_temp.facts_after;
