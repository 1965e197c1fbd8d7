-- Leaving, reviews and verification: questions about everything that somebody
-- has, or that everything has, which other functions answer one thing at a time.
--
-- Decisions are asked of access.c here too. Functions that read more than their
-- caller may are SECURITY DEFINER and check by themselves whom they answer; the
-- view reads with its caller's rights.

-- ---------------------------------------------------------------------------
-- Leaving

-- The cases in which keep_owner and keep_admin refuse that a user goes: what is
-- owned, directly and without expiry, by no other user; what has no other admin.
CREATE FUNCTION modelapi_acl_internal.left_alone_by(user_id uuid)
	RETURNS TABLE (finding text, object_type text, object_id uuid, name text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
BEGIN ATOMIC
	SELECT 'last_owner', 'project', p.id, p.name
	FROM modelapi_acl.project_collaborators AS c
		JOIN modelapi_acl.projects AS p ON p.id OPERATOR(pg_catalog.=) c.project_id
	WHERE c.user_id OPERATOR(pg_catalog.=) $1
		AND c.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level
		AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.project_collaborators AS o
			WHERE o.project_id OPERATOR(pg_catalog.=) c.project_id
				AND o.user_id OPERATOR(pg_catalog.<>) $1
				AND o.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level
				AND o.expires_at IS NULL)
	UNION ALL
	SELECT 'last_owner', 'model_api', m.id, m.name
	FROM modelapi_acl.model_api_collaborators AS c
		JOIN modelapi_acl.model_apis AS m ON m.id OPERATOR(pg_catalog.=) c.model_api_id
	WHERE c.user_id OPERATOR(pg_catalog.=) $1
		AND c.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level
		AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.model_api_collaborators AS o
			WHERE o.model_api_id OPERATOR(pg_catalog.=) c.model_api_id
				AND o.user_id OPERATOR(pg_catalog.<>) $1
				AND o.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level
				AND o.expires_at IS NULL)
	UNION ALL
	SELECT 'last_admin', 'organization', g.id, g.name
	FROM modelapi_acl.organization_members AS a
		JOIN modelapi_acl.organizations AS g ON g.id OPERATOR(pg_catalog.=) a.organization_id
	WHERE a.user_id OPERATOR(pg_catalog.=) $1 AND a.is_admin
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.organization_members AS o
			WHERE o.organization_id OPERATOR(pg_catalog.=) a.organization_id
				AND o.user_id OPERATOR(pg_catalog.<>) $1 AND o.is_admin);
END;
COMMENT ON FUNCTION modelapi_acl_internal.left_alone_by(uuid) IS
'What would be left without an owner or an admin if a user were deleted';

-- Tokens outlive the access of whoever made them. Who asks about themselves is
-- told of those that they may list: the others' model APIs may be hidden by now.
CREATE FUNCTION modelapi_acl.offboarding_report(who text)
	RETURNS TABLE (finding text, object_type text, object_id uuid, name text, organization text,
		access_level modelapi_acl.access_level, expires_at timestamptz, detail text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100 SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT modelapi_acl_internal.require_signed_in();
	SELECT modelapi_acl_internal.require($1 IS NULL OR modelapi_acl_internal.is_asking($1)
			OR modelapi_acl_internal.is_administrator(modelapi_acl_internal.current_identity()),
		'42501', 'permission denied for the offboarding report of another user',
		'One may have one''s own; administrators have anybody''s.');
	SELECT modelapi_acl_internal.require_person($1);
	WITH leaver AS MATERIALIZED (
		SELECT modelapi_acl_internal.require_person($1) AS id),
	-- the user, and the organizations of theirs
	holder AS MATERIALIZED (
		SELECT l.id AS user_id, NULL::uuid AS organization_id, NULL::text AS organization,
			'held directly: goes with the user' AS detail
		FROM leaver AS l
		UNION ALL
		SELECT NULL, g.id, g.name, 'held by the organization: goes with the membership'
		FROM leaver AS l
			JOIN modelapi_acl.organization_members AS o ON o.user_id OPERATOR(pg_catalog.=) l.id
			JOIN modelapi_acl.organizations AS g ON g.id OPERATOR(pg_catalog.=) o.organization_id),
	report (place, finding, object_type, object_id, name, organization, access_level, expires_at, detail) AS (
		SELECT 1, a.finding, a.object_type, a.object_id, a.name, NULL::text,
			NULL::modelapi_acl.access_level, NULL::timestamptz,
			CASE a.object_type
				WHEN 'project' THEN 'the user can''t be deleted: no other user owns it directly and without expiry; transfer it first, with transfer_project, or make another user owner'
				WHEN 'model_api' THEN 'the user can''t be deleted: no other user owns it directly and without expiry; transfer it first, with transfer_ownership, or make another user owner'
				ELSE 'the user can''t be deleted: it has no other admin; make another member admin first, with add_organization_member'
			END
		FROM leaver AS l CROSS JOIN LATERAL modelapi_acl_internal.left_alone_by(l.id) AS a
		UNION ALL
		SELECT 2, 'membership', 'organization', o.organization_id, g.name, g.name, NULL, NULL,
			CASE WHEN o.is_admin THEN 'an admin of it' ELSE 'a member of it' END
		FROM leaver AS l
			JOIN modelapi_acl.organization_members AS o ON o.user_id OPERATOR(pg_catalog.=) l.id
			JOIN modelapi_acl.organizations AS g ON g.id OPERATOR(pg_catalog.=) o.organization_id
		UNION ALL
		SELECT 3, 'grant', 'project', p.id, p.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl.project_collaborators AS c ON c.user_id OPERATOR(pg_catalog.=) h.user_id
			JOIN modelapi_acl.projects AS p ON p.id OPERATOR(pg_catalog.=) c.project_id
		WHERE c.expires_at IS NULL OR c.expires_at OPERATOR(pg_catalog.>) pg_catalog.statement_timestamp()
		UNION ALL
		SELECT 3, 'grant', 'project', p.id, p.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl.project_collaborators AS c ON c.organization_id OPERATOR(pg_catalog.=) h.organization_id
			JOIN modelapi_acl.projects AS p ON p.id OPERATOR(pg_catalog.=) c.project_id
		WHERE c.expires_at IS NULL OR c.expires_at OPERATOR(pg_catalog.>) pg_catalog.statement_timestamp()
		UNION ALL
		SELECT 4, 'grant', 'model_api', m.id, m.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl.model_api_collaborators AS c ON c.user_id OPERATOR(pg_catalog.=) h.user_id
			JOIN modelapi_acl.model_apis AS m ON m.id OPERATOR(pg_catalog.=) c.model_api_id
		WHERE c.expires_at IS NULL OR c.expires_at OPERATOR(pg_catalog.>) pg_catalog.statement_timestamp()
		UNION ALL
		SELECT 4, 'grant', 'model_api', m.id, m.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl.model_api_collaborators AS c ON c.organization_id OPERATOR(pg_catalog.=) h.organization_id
			JOIN modelapi_acl.model_apis AS m ON m.id OPERATOR(pg_catalog.=) c.model_api_id
		WHERE c.expires_at IS NULL OR c.expires_at OPERATOR(pg_catalog.>) pg_catalog.statement_timestamp()
		UNION ALL
		SELECT 5, 'token', 'access_token', t.id, t.name, NULL, NULL, t.expires_at,
			pg_catalog.format('%s by the user, who may know the secret; opens model API %s (%s)',
				CASE WHEN t.regenerated_at IS NULL THEN 'made' ELSE 'regenerated' END, m.name, m.id)
		FROM leaver AS l
			JOIN modelapi_acl.access_tokens AS t ON (t.created_by OPERATOR(pg_catalog.=) l.id AND t.regenerated_at IS NULL)
				OR t.regenerated_by OPERATOR(pg_catalog.=) l.id
			JOIN modelapi_acl.model_apis AS m ON m.id OPERATOR(pg_catalog.=) t.model_api_id
		WHERE t.revoked_at IS NULL
			AND (t.expires_at IS NULL OR t.expires_at OPERATOR(pg_catalog.>) pg_catalog.statement_timestamp())
			AND modelapi_acl_internal.model_api_permits(t.model_api_id, 'view_tokens',
				(SELECT modelapi_acl_internal.current_identity())))
	SELECT r.finding, r.object_type, r.object_id, r.name, r.organization, r.access_level, r.expires_at, r.detail
	FROM report AS r
	ORDER BY r.place, r.name, r.object_id, r.organization NULLS FIRST;
END;
COMMENT ON FUNCTION modelapi_acl.offboarding_report(text) IS
'For administrators, and for oneself: what a user (username or email) would lose by leaving, what would be left without an owner or admin (delete_user is refused for exactly these), and the live tokens whose secret the user may know.
finding: last_owner, last_admin, membership, grant, token. object_type: project, model_api, organization, access_token.
organization: the one through which a grant is held, NULL for the user''s own. access_level, expires_at: of a grant; of a token the expiry.
Grants that have expired are left out. Oneself: only tokens that one may list';

