-- The offboarding report: the access of a user who is about to leave, and what prevents
-- deleting the user.

-- These are the cases in which keep_owner and keep_admin refuse to delete a user: objects
-- that no other user owns directly and without expiry, and organizations without another
-- admin.
CREATE FUNCTION modelapi_acl_internal.left_alone_by(user_id uuid)
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

-- Access tokens stay valid when their creator loses access. A report about oneself has only
-- tokens that the user may list: the model APIs of the others may be hidden by now.
CREATE FUNCTION modelapi_acl_internal.answer_offboarding_report(who text)
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

CREATE FUNCTION modelapi_acl.offboarding_report(who text)
	RETURNS TABLE (finding text, object_type text, object_id uuid, name text, organization text,
		access_level modelapi_acl.access_level, expires_at timestamptz, detail text)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.offboarding_report(text) IS
'For administrators, and for users about themselves: the access that a user (username or email address) would lose by leaving, the objects that would have no owner or admin and the service accounts that nobody would be responsible for (delete_user is refused because of exactly these), and the valid tokens whose secret the user may know.
finding: last_owner, last_admin, responsible, membership, grant or token. object_type: project, model_api, organization, service_account, access_token or personal_token.
organization: the organization that holds the grant, NULL for grants to the user. access_level: of a grant. expires_at: of a grant or a token.
Expired grants are left out. Users see only those of their tokens that they may list';
