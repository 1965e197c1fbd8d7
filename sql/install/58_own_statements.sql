-- What triggers and functions write, and the search reads, that their caller may
-- not: src/saved_query.c takes the bodies and runs them with the privileges of the
-- owner of these functions on the tables that they name. Nobody else may call them,
-- and who did would do it with their own privileges.
--
-- Each is one statement, and the only function of its name.

-- ---------------------------------------------------------------------------
-- Counters

CREATE FUNCTION modelapi_acl_internal.next_version(model_api_id uuid) RETURNS integer
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.object_counters AS c (object_id, of_versions, last_version) VALUES ($1, true, 1)
	ON CONFLICT (object_id, of_versions) DO UPDATE SET last_version = c.last_version OPERATOR(pg_catalog.+) 1
	RETURNING c.last_version;
END;
COMMENT ON FUNCTION modelapi_acl_internal.next_version(uuid) IS
'Own statement: the number of a model API''s next version';

CREATE FUNCTION modelapi_acl_internal.count_owner_change(object_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.object_counters AS c (object_id, of_versions, owner_changes) VALUES ($1, false, 1)
	ON CONFLICT (object_id, of_versions) DO UPDATE SET owner_changes = c.owner_changes OPERATOR(pg_catalog.+) 1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.count_owner_change(uuid) IS
'Own statement: what may take away an owner waits for others that may';

-- Nothing else refers to a counter: one that somebody's leaving made since this
-- transaction's snapshot would stay for good.
CREATE FUNCTION modelapi_acl_internal.forget_counter(object_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.object_counters AS c WHERE c.object_id OPERATOR(pg_catalog.=) $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.forget_counter(uuid) IS
'Own statement: deletes the counter of what was deleted';

-- ---------------------------------------------------------------------------
-- Names and first owners

CREATE FUNCTION modelapi_acl_internal.name_principal(name text, user_id uuid, organization_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.principal_names (name, user_id, organization_id) VALUES ($1, $2, $3);
END;
COMMENT ON FUNCTION modelapi_acl_internal.name_principal(text, uuid, uuid) IS
'Own statement: puts a name into the one namespace';

CREATE FUNCTION modelapi_acl_internal.take_name_back(name text, holder uuid) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.principal_names AS n SET reserved_at = NULL, created_by = NULL
	WHERE n.name OPERATOR(pg_catalog.=) $1 AND n.reserved_at IS NOT NULL
		AND (n.user_id OPERATOR(pg_catalog.=) $2 OR n.organization_id OPERATOR(pg_catalog.=) $2)
	RETURNING n.name;
END;
COMMENT ON FUNCTION modelapi_acl_internal.take_name_back(text, uuid) IS
'Own statement: gives a reserved name back to its last holder';

CREATE FUNCTION modelapi_acl_internal.reserve_name(holder uuid, created_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.principal_names AS n
	SET reserved_at = pg_catalog.clock_timestamp(), created_by = $2
	WHERE n.reserved_at IS NULL
		AND (n.user_id OPERATOR(pg_catalog.=) $1 OR n.organization_id OPERATOR(pg_catalog.=) $1);
END;
COMMENT ON FUNCTION modelapi_acl_internal.reserve_name(uuid, uuid) IS
'Own statement: the name that somebody or an organization gives up stays reserved';

CREATE FUNCTION modelapi_acl_internal.free_name(name text) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.principal_names AS n
	WHERE n.name OPERATOR(pg_catalog.=) $1 AND n.reserved_at IS NOT NULL
	RETURNING n.name;
END;
COMMENT ON FUNCTION modelapi_acl_internal.free_name(text) IS
'Own statement: lets a reserved name be taken again';

CREATE FUNCTION modelapi_acl_internal.count_created_organizations(user_id uuid) RETURNS bigint
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT (SELECT pg_catalog.count(*) FROM modelapi_acl.organizations AS o WHERE o.created_by OPERATOR(pg_catalog.=) $1)
		OPERATOR(pg_catalog.+)
		(SELECT pg_catalog.count(*) FROM modelapi_acl_internal.principal_names AS n WHERE n.created_by OPERATOR(pg_catalog.=) $1);
END;
COMMENT ON FUNCTION modelapi_acl_internal.count_created_organizations(uuid) IS
'Own statement: how many organizations somebody created, names that these left reserved counted';

-- The cases in which keep_owner and keep_admin refuse that a user goes
CREATE FUNCTION modelapi_acl_internal.owned_alone(user_id uuid) RETURNS TABLE (object text)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT pg_catalog.format('project "%s" (%s)', p.name, p.id)
	FROM modelapi_acl.project_collaborators AS c
		JOIN modelapi_acl.projects AS p ON p.id OPERATOR(pg_catalog.=) c.project_id
	WHERE c.user_id OPERATOR(pg_catalog.=) $1
		AND c.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.project_collaborators AS o
			WHERE o.project_id OPERATOR(pg_catalog.=) c.project_id AND o.user_id OPERATOR(pg_catalog.<>) $1
				AND o.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level AND o.expires_at IS NULL)
	UNION ALL
	SELECT pg_catalog.format('model API "%s" (%s)', m.name, m.id)
	FROM modelapi_acl.model_api_collaborators AS c
		JOIN modelapi_acl.model_apis AS m ON m.id OPERATOR(pg_catalog.=) c.model_api_id
	WHERE c.user_id OPERATOR(pg_catalog.=) $1
		AND c.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level AND c.expires_at IS NULL
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.model_api_collaborators AS o
			WHERE o.model_api_id OPERATOR(pg_catalog.=) c.model_api_id AND o.user_id OPERATOR(pg_catalog.<>) $1
				AND o.access_level OPERATOR(pg_catalog.=) 'owner'::modelapi_acl.access_level AND o.expires_at IS NULL)
	UNION ALL
	SELECT pg_catalog.format('organization "%s" (%s)', g.name, g.id)
	FROM modelapi_acl.organization_members AS a
		JOIN modelapi_acl.organizations AS g ON g.id OPERATOR(pg_catalog.=) a.organization_id
	WHERE a.user_id OPERATOR(pg_catalog.=) $1 AND a.is_admin
		AND NOT EXISTS (
			SELECT FROM modelapi_acl.organization_members AS o
			WHERE o.organization_id OPERATOR(pg_catalog.=) a.organization_id
				AND o.user_id OPERATOR(pg_catalog.<>) $1 AND o.is_admin);
END;
COMMENT ON FUNCTION modelapi_acl_internal.owned_alone(uuid) IS
'Own statement: what would be left without an owner or an admin if a user were deleted';

CREATE FUNCTION modelapi_acl_internal.make_first_admin(organization_id uuid, user_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin) VALUES ($1, $2, true);
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_first_admin(uuid, uuid) IS
'Own statement: makes who creates an organization its admin';

CREATE FUNCTION modelapi_acl_internal.make_project_owner(project_id uuid, user_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level) VALUES ($1, $2, 'owner');
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_project_owner(uuid, uuid) IS
'Own statement: makes who creates a project its owner';

CREATE FUNCTION modelapi_acl_internal.make_model_api_owner(model_api_id uuid, user_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES ($1, $2, 'owner');
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_model_api_owner(uuid, uuid) IS
'Own statement: makes who creates a model API its owner';

-- ---------------------------------------------------------------------------
-- Search

CREATE FUNCTION modelapi_acl_internal.keep_document(model_api_id uuid, name text, description text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.search_documents AS d (model_api_id, document)
	VALUES ($1, modelapi_acl_internal.search_document($2, $3))
	ON CONFLICT ON CONSTRAINT search_documents_pkey DO UPDATE SET document = EXCLUDED.document;
END;
COMMENT ON FUNCTION modelapi_acl_internal.keep_document(uuid, text, text) IS
'Own statement: keeps what a model API is found by';

CREATE FUNCTION modelapi_acl_internal.matching_documents(words tsquery, words_in_name tsquery, keys bytea)
	RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT d.model_api_id
	FROM modelapi_acl_internal.search_documents AS d
		JOIN modelapi_acl.model_apis AS m ON m.id OPERATOR(pg_catalog.=) d.model_api_id
	WHERE d.document OPERATOR(pg_catalog.@@) $1
		AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,
			'view', (SELECT modelapi_acl_internal.current_identity()))
	ORDER BY modelapi_acl_internal.search_rank(m.name, d.document, $1, $2, $3), m.created_at DESC, m.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.matching_documents(tsquery, tsquery, bytea) IS
'Own statement: the model APIs that the current user may view and that match, best match first';

-- Few documents: each one's model API is looked up by its id, whatever the user may reach.
CREATE FUNCTION modelapi_acl_internal.matching_few_documents(words tsquery, words_in_name tsquery, keys bytea)
	RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT d.model_api_id
	FROM modelapi_acl_internal.search_documents AS d CROSS JOIN LATERAL (
		SELECT f.* FROM modelapi_acl.model_apis AS f
		WHERE f.id OPERATOR(pg_catalog.=) d.model_api_id OFFSET 0) AS m
	WHERE d.document OPERATOR(pg_catalog.@@) $1
		AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,
			'view', (SELECT modelapi_acl_internal.current_identity()))
	ORDER BY modelapi_acl_internal.search_rank(m.name, d.document, $1, $2, $3), m.created_at DESC, m.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.matching_few_documents(tsquery, tsquery, bytea) IS
'Own statement: the same as matching_documents, where few documents match';

-- The CTE is planned for all of its rows, by the index of words, and read for some.
CREATE FUNCTION modelapi_acl_internal.first_documents(words tsquery, most bigint)
	RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH d AS MATERIALIZED (
		SELECT s.model_api_id FROM modelapi_acl_internal.search_documents AS s
		WHERE s.document OPERATOR(pg_catalog.@@) $1)
	SELECT d.model_api_id FROM d LIMIT $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.first_documents(tsquery, bigint) IS
'Own statement: at most so many documents that match, hidden ones too, to tell how many there are';

CREATE FUNCTION modelapi_acl_internal.matching_id(id uuid) RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT m.id FROM modelapi_acl.model_apis AS m
	WHERE m.id OPERATOR(pg_catalog.=) $1
		AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,
			'view', (SELECT modelapi_acl_internal.current_identity()));
END;
COMMENT ON FUNCTION modelapi_acl_internal.matching_id(uuid) IS
'Own statement: the model API with an id, if the current user may view it';

-- ---------------------------------------------------------------------------
-- Audit

CREATE FUNCTION modelapi_acl_internal.keep_event(
	change_id uuid, occurred_at timestamptz, actor_id uuid, database_role text, action text,
	object_type text, object_id uuid, project_id uuid, model_api_id uuid, old jsonb, new jsonb) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.audit_events (change_id, occurred_at, actor_id, database_role,
		action, object_type, object_id, project_id, model_api_id, old, new)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);
END;
COMMENT ON FUNCTION modelapi_acl_internal.keep_event(uuid, timestamptz, uuid, text, text, text, uuid, uuid, uuid, jsonb, jsonb) IS
'Own statement: writes an audit event';

-- ---------------------------------------------------------------------------
-- Access tokens

CREATE FUNCTION modelapi_acl_internal.make_token(
	model_api_id uuid, name text, expires_at timestamptz, made_by uuid) RETURNS TABLE (id uuid, token text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH issued AS MATERIALIZED (
		SELECT i.token, i.hash, i.hint FROM modelapi_acl_internal.issue_token() AS i),
	created AS (
		INSERT INTO modelapi_acl.access_tokens (model_api_id, name, hint, created_by, expires_at)
		SELECT $1, $2, issued.hint, $4,
			CASE WHEN $3 OPERATOR(pg_catalog.<) 'infinity'::timestamptz THEN $3 END FROM issued
		RETURNING id),
	hashed AS (
		INSERT INTO modelapi_acl_internal.token_hashes (hash, token_id)
		SELECT issued.hash, created.id FROM issued CROSS JOIN created
		RETURNING token_id)
	SELECT hashed.token_id, issued.token FROM hashed CROSS JOIN issued;
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_token(uuid, text, timestamptz, uuid) IS
'Own statement: makes an access token';

CREATE FUNCTION modelapi_acl_internal.find_token(token_id uuid) RETURNS uuid
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT t.model_api_id FROM modelapi_acl.access_tokens AS t WHERE t.id OPERATOR(pg_catalog.=) $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.find_token(uuid) IS
'Own statement: the model API of an access token';

-- the lock makes a revocation beside a regeneration come before or after it
CREATE FUNCTION modelapi_acl_internal.lock_token(token_id uuid) RETURNS TABLE (is_revoked boolean, is_expired boolean)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT t.revoked_at IS NOT NULL,
		t.expires_at OPERATOR(pg_catalog.<=) pg_catalog.clock_timestamp() IS TRUE
	FROM modelapi_acl.access_tokens AS t WHERE t.id OPERATOR(pg_catalog.=) $1 FOR UPDATE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.lock_token(uuid) IS
'Own statement: locks an access token, and tells whether it has ended';

CREATE FUNCTION modelapi_acl_internal.renew_token(token_id uuid, made_by uuid) RETURNS TABLE (id uuid, token text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH issued AS MATERIALIZED (
		SELECT i.token, i.hash, i.hint FROM modelapi_acl_internal.issue_token() AS i),
	changed AS (
		UPDATE modelapi_acl.access_tokens AS t
		SET hint = issued.hint, regenerated_by = $2, regenerated_at = pg_catalog.clock_timestamp()
		FROM issued WHERE t.id OPERATOR(pg_catalog.=) $1
		RETURNING t.id),
	hashed AS (
		UPDATE modelapi_acl_internal.token_hashes AS h SET hash = issued.hash
		FROM issued CROSS JOIN changed WHERE h.token_id OPERATOR(pg_catalog.=) changed.id
		RETURNING h.token_id)
	SELECT hashed.token_id, issued.token FROM hashed CROSS JOIN issued;
END;
COMMENT ON FUNCTION modelapi_acl_internal.renew_token(uuid, uuid) IS
'Own statement: gives an access token a new secret';

CREATE FUNCTION modelapi_acl_internal.end_token(token_id uuid, ended_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.access_tokens AS t SET revoked_at = pg_catalog.clock_timestamp(), revoked_by = $2
	WHERE t.id OPERATOR(pg_catalog.=) $1 AND t.revoked_at IS NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_token(uuid, uuid) IS
'Own statement: revokes an access token';
