-- Leaving, reviews and verification: questions about everything that somebody
-- has, or that everything has, which other functions answer one thing at a time.
--
-- Decisions are asked of access.c here too. Functions that read more than their
-- caller may (see 71_reading_views.sql) check by themselves whom they answer; the
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
	FROM modelapi_acl_internal.all_project_collaborators AS c
		JOIN modelapi_acl_internal.all_projects AS p ON p.id OPERATOR(pg_catalog.=) c.project_id
	WHERE c.user_id OPERATOR(pg_catalog.=) $1
		AND c.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level
		AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_project_collaborators AS o
			WHERE o.project_id OPERATOR(pg_catalog.=) c.project_id
				AND o.user_id OPERATOR(pg_catalog.<>) $1
				AND o.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level
				AND o.expires_at IS NULL)
	UNION ALL
	SELECT 'last_owner', 'model_api', m.id, m.name
	FROM modelapi_acl_internal.all_model_api_collaborators AS c
		JOIN modelapi_acl_internal.all_model_apis AS m ON m.id OPERATOR(pg_catalog.=) c.model_api_id
	WHERE c.user_id OPERATOR(pg_catalog.=) $1
		AND c.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level
		AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS o
			WHERE o.model_api_id OPERATOR(pg_catalog.=) c.model_api_id
				AND o.user_id OPERATOR(pg_catalog.<>) $1
				AND o.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level
				AND o.expires_at IS NULL)
	UNION ALL
	SELECT 'last_admin', 'organization', g.id, g.name
	FROM modelapi_acl_internal.all_organization_members AS a
		JOIN modelapi_acl_internal.all_organizations AS g ON g.id OPERATOR(pg_catalog.=) a.organization_id
	WHERE a.user_id OPERATOR(pg_catalog.=) $1 AND a.is_admin
		AND NOT EXISTS (
			SELECT FROM modelapi_acl_internal.all_organization_members AS o
			WHERE o.organization_id OPERATOR(pg_catalog.=) a.organization_id
				AND o.user_id OPERATOR(pg_catalog.<>) $1 AND o.is_admin);
END;
COMMENT ON FUNCTION modelapi_acl_internal.left_alone_by(uuid) IS
'What would be left without an owner or an admin if a user were deleted';

-- Tokens outlive the access of whoever made them. Who asks about themselves is
-- told of those that they may list: the others' model APIs may be hidden by now.
CREATE FUNCTION modelapi_acl_internal.answer_offboarding_report(who text)
	RETURNS TABLE (finding text, object_type text, object_id uuid, name text, organization text,
		access_level modelapi_acl.access_level, expires_at timestamptz, detail text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100
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
			JOIN modelapi_acl_internal.all_organization_members AS o ON o.user_id OPERATOR(pg_catalog.=) l.id
			JOIN modelapi_acl_internal.all_organizations AS g ON g.id OPERATOR(pg_catalog.=) o.organization_id),
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
			JOIN modelapi_acl_internal.all_organization_members AS o ON o.user_id OPERATOR(pg_catalog.=) l.id
			JOIN modelapi_acl_internal.all_organizations AS g ON g.id OPERATOR(pg_catalog.=) o.organization_id
		UNION ALL
		SELECT 3, 'grant', 'project', p.id, p.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_project_collaborators AS c ON c.user_id OPERATOR(pg_catalog.=) h.user_id
			JOIN modelapi_acl_internal.all_projects AS p ON p.id OPERATOR(pg_catalog.=) c.project_id
		WHERE c.expires_at IS NULL OR c.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 3, 'grant', 'project', p.id, p.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_project_collaborators AS c ON c.organization_id OPERATOR(pg_catalog.=) h.organization_id
			JOIN modelapi_acl_internal.all_projects AS p ON p.id OPERATOR(pg_catalog.=) c.project_id
		WHERE c.expires_at IS NULL OR c.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 4, 'grant', 'model_api', m.id, m.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_model_api_collaborators AS c ON c.user_id OPERATOR(pg_catalog.=) h.user_id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id OPERATOR(pg_catalog.=) c.model_api_id
		WHERE c.expires_at IS NULL OR c.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 4, 'grant', 'model_api', m.id, m.name, h.organization, c.access_level, c.expires_at, h.detail
		FROM holder AS h
			JOIN modelapi_acl_internal.all_model_api_collaborators AS c ON c.organization_id OPERATOR(pg_catalog.=) h.organization_id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id OPERATOR(pg_catalog.=) c.model_api_id
		WHERE c.expires_at IS NULL OR c.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock()
		UNION ALL
		SELECT 5, 'token', 'access_token', t.id, t.name, NULL, NULL, t.expires_at,
			pg_catalog.format('%s by the user, who may know the secret; opens model API %s (%s)',
				CASE WHEN t.regenerated_at IS NULL THEN 'made' ELSE 'regenerated' END, m.name, m.id)
		FROM leaver AS l
			JOIN modelapi_acl_internal.all_access_tokens AS t ON (t.created_by OPERATOR(pg_catalog.=) l.id AND t.regenerated_at IS NULL)
				OR t.regenerated_by OPERATOR(pg_catalog.=) l.id
			JOIN modelapi_acl_internal.all_model_apis AS m ON m.id OPERATOR(pg_catalog.=) t.model_api_id
		WHERE t.revoked_at IS NULL
			AND (t.expires_at IS NULL OR t.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock())
			AND modelapi_acl_internal.model_api_permits(t.model_api_id, 'view_tokens',
				(SELECT modelapi_acl_internal.current_identity())))
	SELECT r.finding, r.object_type, r.object_id, r.name, r.organization, r.access_level, r.expires_at, r.detail
	FROM report AS r
	ORDER BY r.place, r.name, r.object_id, r.organization NULLS FIRST;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_offboarding_report(text) IS
'What offboarding_report answers';

CREATE FUNCTION modelapi_acl.offboarding_report(who text)
	RETURNS TABLE (finding text, object_type text, object_id uuid, name text, organization text,
		access_level modelapi_acl.access_level, expires_at timestamptz, detail text)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
	SET search_path = pg_catalog, pg_temp SET jit = off
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl.offboarding_report(text) IS
'For administrators, and for oneself: what a user (username or email) would lose by leaving, what would be left without an owner or admin (delete_user is refused for exactly these), and the live tokens whose secret the user may know.
finding: last_owner, last_admin, membership, grant, token. object_type: project, model_api, organization, access_token.
organization: the one through which a grant is held, NULL for the user''s own. access_level, expires_at: of a grant; of a token the expiry.
Grants that have expired are left out. Oneself: only tokens that one may list';

-- ---------------------------------------------------------------------------
-- Access reviews

-- Who belongs to an organization is for its members to see, and so is when any of
-- them last used what it was granted.
CREATE FUNCTION modelapi_acl_internal.answer_organization_used_at(
	organization_id uuid, project_id uuid, model_api_id uuid, since timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 1000
BEGIN ATOMIC
	SELECT pg_catalog.max(used.at)
	FROM modelapi_acl_internal.all_organization_members AS o CROSS JOIN LATERAL (
		SELECT pg_catalog.max(e.occurred_at) AS at FROM modelapi_acl_internal.all_audit_events AS e
		WHERE $3 IS NOT NULL AND e.actor_id OPERATOR(pg_catalog.=) o.user_id
			AND e.project_id OPERATOR(pg_catalog.=) $2 AND e.model_api_id OPERATOR(pg_catalog.=) $3
			AND e.occurred_at OPERATOR(pg_catalog.>=) $4
		UNION ALL
		SELECT pg_catalog.max(e.occurred_at) FROM modelapi_acl_internal.all_audit_events AS e
		WHERE $3 IS NULL AND e.actor_id OPERATOR(pg_catalog.=) o.user_id
			AND e.project_id OPERATOR(pg_catalog.=) $2
			AND e.occurred_at OPERATOR(pg_catalog.>=) $4) AS used
	WHERE o.organization_id OPERATOR(pg_catalog.=) $1
		AND modelapi_acl_internal.shows_members($1)
		AND CASE WHEN $3 IS NULL THEN
			modelapi_acl_internal.project_permits($2, 'manage_project',
				(SELECT modelapi_acl_internal.current_identity()))
			AND EXISTS (SELECT FROM modelapi_acl_internal.all_project_collaborators AS c
				WHERE c.organization_id OPERATOR(pg_catalog.=) $1 AND c.project_id OPERATOR(pg_catalog.=) $2)
		ELSE
			modelapi_acl_internal.model_api_permits($3, 'manage_collaborators',
				(SELECT modelapi_acl_internal.current_identity()))
			AND EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS c
				WHERE c.organization_id OPERATOR(pg_catalog.=) $1 AND c.model_api_id OPERATOR(pg_catalog.=) $3)
		END;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_organization_used_at(uuid, uuid, uuid, timestamptz) IS
'What organization_used_at answers';

CREATE FUNCTION modelapi_acl_internal.organization_used_at(
	organization_id uuid, project_id uuid, model_api_id uuid, since timestamptz) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.organization_used_at(uuid, uuid, uuid, timestamptz) IS
'When a member of an organization last did something that the audit tells of, on what the organization was granted; for who manages that and may see its members';

-- Each part starts from what the one asking manages and goes from there by
-- index, one thing at a time (OFFSET 0 keeps it so): an owner of few out of a
-- million reads few rows.
CREATE VIEW modelapi_acl.access_reviews WITH (security_invoker = true, security_barrier = true) AS
	SELECT CASE WHEN c.expires_at OPERATOR(pg_catalog.<=) modelapi_acl_internal.snapshot_clock()
			THEN 'expired_grant' ELSE 'grant' END AS finding,
		'model_api_collaborator' AS object_type, c.id AS object_id,
		m.project_id, (SELECT p.name FROM modelapi_acl.projects AS p WHERE p.id OPERATOR(pg_catalog.=) m.project_id) AS project,
		m.id AS model_api_id, m.name AS model_api,
		CASE WHEN c.user_id IS NULL THEN 'organization' ELSE 'user' END AS holder_type,
		COALESCE((SELECT u.username FROM modelapi_acl.users AS u WHERE u.id OPERATOR(pg_catalog.=) c.user_id),
			(SELECT o.name FROM modelapi_acl.organizations AS o WHERE o.id OPERATOR(pg_catalog.=) c.organization_id)) AS name,
		c.access_level,
		(SELECT u.username FROM modelapi_acl.users AS u WHERE u.id OPERATOR(pg_catalog.=) c.granted_by) AS granted_by,
		c.created_at AS granted_at,
		(SELECT e.occurred_at FROM modelapi_acl.audit_events AS e
			WHERE e.object_id OPERATOR(pg_catalog.=) c.id
				AND e.action OPERATOR(pg_catalog.=) 'collaborator.changed'
			ORDER BY e.occurred_at DESC LIMIT 1) AS changed_at,
		pg_catalog.statement_timestamp() OPERATOR(pg_catalog.-) c.created_at AS age,
		c.expires_at,
		CASE WHEN c.user_id IS NULL
			THEN modelapi_acl_internal.organization_used_at(c.organization_id, m.project_id, m.id, c.created_at)
			ELSE (SELECT pg_catalog.max(e.occurred_at) FROM modelapi_acl.audit_events AS e
				WHERE e.actor_id OPERATOR(pg_catalog.=) c.user_id
					AND e.project_id OPERATOR(pg_catalog.=) m.project_id
					AND e.model_api_id OPERATOR(pg_catalog.=) m.id
					AND e.occurred_at OPERATOR(pg_catalog.>=) c.created_at) END AS last_used_at,
		NULL::text AS detail
	FROM modelapi_acl.list_model_apis('manage_collaborators') AS m
		CROSS JOIN LATERAL (
			SELECT g.* FROM modelapi_acl.model_api_collaborators AS g
			WHERE g.model_api_id OPERATOR(pg_catalog.=) m.id OFFSET 0) AS c
	UNION ALL
	SELECT CASE WHEN c.expires_at OPERATOR(pg_catalog.<=) modelapi_acl_internal.snapshot_clock()
			THEN 'expired_grant' ELSE 'grant' END,
		'project_collaborator', c.id, p.id, p.name, NULL, NULL,
		CASE WHEN c.user_id IS NULL THEN 'organization' ELSE 'user' END,
		COALESCE((SELECT u.username FROM modelapi_acl.users AS u WHERE u.id OPERATOR(pg_catalog.=) c.user_id),
			(SELECT o.name FROM modelapi_acl.organizations AS o WHERE o.id OPERATOR(pg_catalog.=) c.organization_id)),
		c.access_level,
		(SELECT u.username FROM modelapi_acl.users AS u WHERE u.id OPERATOR(pg_catalog.=) c.granted_by),
		c.created_at,
		(SELECT e.occurred_at FROM modelapi_acl.audit_events AS e
			WHERE e.object_id OPERATOR(pg_catalog.=) c.id
				AND e.action OPERATOR(pg_catalog.=) 'collaborator.changed'
			ORDER BY e.occurred_at DESC LIMIT 1),
		pg_catalog.statement_timestamp() OPERATOR(pg_catalog.-) c.created_at,
		c.expires_at,
		CASE WHEN c.user_id IS NULL
			THEN modelapi_acl_internal.organization_used_at(c.organization_id, p.id, NULL, c.created_at)
			ELSE (SELECT pg_catalog.max(e.occurred_at) FROM modelapi_acl.audit_events AS e
				WHERE e.actor_id OPERATOR(pg_catalog.=) c.user_id
					AND e.project_id OPERATOR(pg_catalog.=) p.id
					AND e.occurred_at OPERATOR(pg_catalog.>=) c.created_at) END,
		NULL
	FROM modelapi_acl.projects AS p
		CROSS JOIN LATERAL (
			SELECT g.* FROM modelapi_acl.project_collaborators AS g
			WHERE g.project_id OPERATOR(pg_catalog.=) p.id OFFSET 0) AS c
	WHERE modelapi_acl_internal.project_permits(p.id, 'manage_project',
		(SELECT modelapi_acl_internal.current_identity()))
	UNION ALL
	SELECT f.finding, 'access_token', t.id,
		m.project_id, (SELECT p.name FROM modelapi_acl.projects AS p WHERE p.id OPERATOR(pg_catalog.=) m.project_id),
		m.id, m.name, NULL, t.name, NULL, t.username, t.made_at, t.regenerated_at,
		pg_catalog.statement_timestamp() OPERATOR(pg_catalog.-) t.made_at,
		t.expires_at, NULL, f.detail
	FROM modelapi_acl.list_model_apis('manage_collaborators') AS m
		CROSS JOIN LATERAL (
			-- who was shown the present secret; the audit knows of those deleted since
			SELECT a.id, a.name, a.created_at AS made_at, a.regenerated_at, a.expires_at,
				u.id AS user_id, u.username, u.disabled_at,
				CASE WHEN u.id IS NULL THEN (
					SELECT e.actor_id FROM modelapi_acl.audit_events AS e
					WHERE e.object_id OPERATOR(pg_catalog.=) a.id
						AND e.action OPERATOR(pg_catalog.=) ANY (ARRAY['token.created', 'token.regenerated'])
					ORDER BY e.occurred_at DESC LIMIT 1) END AS deleted_id
			FROM modelapi_acl.access_tokens AS a
				LEFT JOIN modelapi_acl.users AS u ON u.id OPERATOR(pg_catalog.=)
					CASE WHEN a.regenerated_at IS NULL THEN a.created_by ELSE a.regenerated_by END
			WHERE a.model_api_id OPERATOR(pg_catalog.=) m.id AND a.revoked_at IS NULL
				AND (a.expires_at IS NULL OR a.expires_at OPERATOR(pg_catalog.>) modelapi_acl_internal.snapshot_clock())
			OFFSET 0) AS t
		CROSS JOIN LATERAL (
			SELECT 'token_without_expiry' AS finding, NULL::text AS detail
			WHERE t.expires_at IS NULL
			UNION ALL
			SELECT 'token_of_leaver', l.detail
			FROM (SELECT CASE
				WHEN t.deleted_id IS NOT NULL THEN 'who made it was deleted'
				WHEN t.user_id IS NULL THEN NULL
				WHEN t.disabled_at IS NOT NULL THEN 'who made it is disabled'
				WHEN NOT modelapi_acl_internal.user_permits(t.user_id, m.id, 'view_logs')
					THEN 'who made it has no access to the model API now' END AS detail) AS l
			WHERE l.detail IS NOT NULL) AS f
	UNION ALL
	SELECT 'public_unrestricted', 'model_api', m.id,
		m.project_id, (SELECT p.name FROM modelapi_acl.projects AS p WHERE p.id OPERATOR(pg_catalog.=) m.project_id),
		m.id, m.name, NULL, m.name, NULL,
		(SELECT u.username FROM modelapi_acl.users AS u WHERE u.id OPERATOR(pg_catalog.=) m.created_by),
		m.created_at,
		(SELECT e.occurred_at FROM modelapi_acl.audit_events AS e
			WHERE e.object_id OPERATOR(pg_catalog.=) m.id
				AND e.action OPERATOR(pg_catalog.=) ANY (ARRAY['model_api.visibility_changed', 'model_api.authorization_mode_changed'])
			ORDER BY e.occurred_at DESC LIMIT 1),
		pg_catalog.statement_timestamp() OPERATOR(pg_catalog.-) m.created_at,
		NULL, NULL, 'every signed-in user finds it, and prediction requests need no token'
	FROM modelapi_acl.list_model_apis('manage_collaborators') AS m
	WHERE m.visibility OPERATOR(pg_catalog.=) 'public'::modelapi_acl.visibility
		AND m.authorization_mode OPERATOR(pg_catalog.=) 'unrestricted'::modelapi_acl.authorization_mode;

-- Without a trigger the server refuses before it asks for privileges, by 55000.
CREATE FUNCTION modelapi_acl_internal.refuse_review_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_review_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_review_change() IS
'Refuses to change rows of access_reviews';
CREATE TRIGGER refuse_change INSTEAD OF INSERT OR UPDATE OR DELETE ON modelapi_acl.access_reviews
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_review_change();
COMMENT ON VIEW modelapi_acl.access_reviews IS
'What access to review, for owners on what they own and for administrators on everything; can be exported as CSV. Reading, and invoking with or without a token, leave no trace: only what the audit tells of counts as use';
COMMENT ON COLUMN modelapi_acl.access_reviews.finding IS 'grant; expired_grant; token_without_expiry, token_of_leaver (live tokens; who made or regenerated it last was deleted, is disabled, or has no access to the model API now, what organizations hold whose members one may not see left aside); public_unrestricted';
COMMENT ON COLUMN modelapi_acl.access_reviews.object_type IS 'model_api_collaborator, project_collaborator, access_token or model_api';
COMMENT ON COLUMN modelapi_acl.access_reviews.object_id IS 'The grant, the access token or the model API';
COMMENT ON COLUMN modelapi_acl.access_reviews.project_id IS 'The project';
COMMENT ON COLUMN modelapi_acl.access_reviews.project IS 'Its name; NULL for who may not see the project';
COMMENT ON COLUMN modelapi_acl.access_reviews.model_api_id IS 'The model API; NULL for a grant on a project';
COMMENT ON COLUMN modelapi_acl.access_reviews.model_api IS 'Its name';
COMMENT ON COLUMN modelapi_acl.access_reviews.holder_type IS 'Of a grant: user or organization';
COMMENT ON COLUMN modelapi_acl.access_reviews.name IS 'The user or organization that holds the grant; the access token; the model API';
COMMENT ON COLUMN modelapi_acl.access_reviews.access_level IS 'Of a grant: what it allows';
COMMENT ON COLUMN modelapi_acl.access_reviews.granted_by IS 'Who granted or changed it last; who made or regenerated the token last; who created the model API. NULL: an administrator, or a user deleted since';
COMMENT ON COLUMN modelapi_acl.access_reviews.granted_at IS 'When it was first granted, made or created';
COMMENT ON COLUMN modelapi_acl.access_reviews.changed_at IS 'When the grant was last changed, the token last regenerated, or visibility or authorization mode last changed; NULL: never';
COMMENT ON COLUMN modelapi_acl.access_reviews.age IS 'Time since granted_at';
COMMENT ON COLUMN modelapi_acl.access_reviews.expires_at IS 'From when it counts for nothing; NULL: never';
COMMENT ON COLUMN modelapi_acl.access_reviews.last_used_at IS 'Of a grant: when its holder (of an organization whose members one may see: anyone who is a member now) last did something on the model API, or in the project, that the audit tells of, since it was granted; NULL: never. Reading and invoking leave no trace';
COMMENT ON COLUMN modelapi_acl.access_reviews.detail IS 'What is to be said of it, in words';

