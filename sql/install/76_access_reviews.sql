-- The view access_reviews: what owners, holders of personal tokens and administrators should
-- review: grants, tokens, service accounts, and model APIs that are open to everybody. It reads
-- with the privileges of its caller.

-- Only those who may see the members of an organization learn when one of them last used
-- its grant.
CREATE FUNCTION modelapi_acl_internal.answer_organization_used_at(
	organization_id uuid, project_id uuid, model_api_id uuid, since timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 1000
BEGIN ATOMIC
	SELECT max(used.at)
	FROM modelapi_acl_internal.all_organization_members AS o CROSS JOIN LATERAL (
		SELECT max(e.occurred_at) AS at FROM modelapi_acl_internal.all_audit_events AS e
		WHERE $3 IS NOT NULL AND e.actor_id = o.user_id
			AND e.project_id = $2 AND e.model_api_id = $3
			AND e.occurred_at >= $4
		UNION ALL
		SELECT max(e.occurred_at) FROM modelapi_acl_internal.all_audit_events AS e
		WHERE $3 IS NULL AND e.actor_id = o.user_id
			AND e.project_id = $2
			AND e.occurred_at >= $4) AS used
	WHERE o.organization_id = $1
		AND modelapi_acl_internal.shows_members($1)
		AND CASE WHEN $3 IS NULL THEN
			modelapi_acl_internal.project_permits($2, 'manage_project',
				(SELECT modelapi_acl_internal.current_identity()))
			AND EXISTS (SELECT FROM modelapi_acl_internal.all_project_collaborators AS c
				WHERE c.organization_id = $1 AND c.project_id = $2)
		ELSE
			modelapi_acl_internal.model_api_permits($3, 'manage_collaborators',
				(SELECT modelapi_acl_internal.current_identity()))
			AND EXISTS (SELECT FROM modelapi_acl_internal.all_model_api_collaborators AS c
				WHERE c.organization_id = $1 AND c.model_api_id = $3)
		END;
END;
COMMENT ON FUNCTION modelapi_acl_internal.answer_organization_used_at(uuid, uuid, uuid, timestamptz) IS
'The query of organization_used_at';

CREATE FUNCTION modelapi_acl_internal.organization_used_at(
	organization_id uuid, project_id uuid, model_api_id uuid, since timestamptz) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_answer_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.organization_used_at(uuid, uuid, uuid, timestamptz) IS
'The last audit event by a member of an organization on the project or model API that the organization was granted; NULL unless the current user manages it and may see the members';

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

-- Each part starts from the objects that the current user manages and looks up dependent
-- rows by index, one object at a time, which OFFSET 0 enforces. So an owner of a few model
-- APIs out of a million reads few rows.
CREATE VIEW modelapi_acl.access_reviews WITH (security_invoker = true, security_barrier = true) AS
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

-- Without a trigger, the server would refuse with 55000 before it checks privileges.
CREATE FUNCTION modelapi_acl_internal.refuse_review_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_review_change_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_review_change() IS
'Refuses to change rows of access_reviews';
CREATE TRIGGER refuse_change INSTEAD OF INSERT OR UPDATE OR DELETE ON modelapi_acl.access_reviews
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_review_change();
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
