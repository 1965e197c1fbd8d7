-- Internal statements: what C functions write and read beyond the privileges of their
-- caller. src/catalog/internal_statements.c takes the body of such a function and runs it
-- with the privileges of the function's owner on the tables that it names. Nobody has
-- EXECUTE on these functions, and a call would use the caller's own privileges.
--
-- Each body is one statement, and no two functions have the same name.

-- ---------------------------------------------------------------------------
-- Counters

CREATE FUNCTION modelapi_acl_internal.next_version(model_api_id uuid) RETURNS integer
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.object_counters AS c (object_id, of_versions, last_version) VALUES ($1, true, 1)
	ON CONFLICT (object_id, of_versions) DO UPDATE SET last_version = c.last_version + 1
	RETURNING c.last_version;
END;
COMMENT ON FUNCTION modelapi_acl_internal.next_version(uuid) IS
'Internal statement: the number of a model API''s next version';

CREATE FUNCTION modelapi_acl_internal.count_owner_change(object_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.object_counters AS c (object_id, of_versions, owner_changes) VALUES ($1, false, 1)
	ON CONFLICT (object_id, of_versions) DO UPDATE SET owner_changes = c.owner_changes + 1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.count_owner_change(uuid) IS
'Internal statement: makes a change that may remove an owner or an admin wait for other such changes';

-- Counters have no foreign key. This deletes also a counter that another transaction has
-- created since this transaction's snapshot, which otherwise would stay for ever.
CREATE FUNCTION modelapi_acl_internal.forget_counter(object_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.object_counters AS c WHERE c.object_id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.forget_counter(uuid) IS
'Internal statement: deletes the counters of a deleted object';

-- ---------------------------------------------------------------------------
-- Names and first owners

CREATE FUNCTION modelapi_acl_internal.name_principal(name text, user_id uuid, organization_id uuid)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.principal_names (name, user_id, organization_id) VALUES ($1, $2, $3);
END;
COMMENT ON FUNCTION modelapi_acl_internal.name_principal(text, uuid, uuid) IS
'Internal statement: adds a name to the common namespace';

CREATE FUNCTION modelapi_acl_internal.take_name_back(name text, holder uuid) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.principal_names AS n SET reserved_at = NULL, created_by = NULL
	WHERE n.name = $1 AND n.reserved_at IS NOT NULL
		AND (n.user_id = $2 OR n.organization_id = $2)
	RETURNING n.name;
END;
COMMENT ON FUNCTION modelapi_acl_internal.take_name_back(text, uuid) IS
'Internal statement: gives a reserved name back to its last holder';

CREATE FUNCTION modelapi_acl_internal.reserve_name(holder uuid, created_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.principal_names AS n
	SET reserved_at = clock_timestamp(), created_by = $2
	WHERE n.reserved_at IS NULL
		AND (n.user_id = $1 OR n.organization_id = $1);
END;
COMMENT ON FUNCTION modelapi_acl_internal.reserve_name(uuid, uuid) IS
'Internal statement: reserves the name that a user or an organization has given up';

CREATE FUNCTION modelapi_acl_internal.free_name(name text) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM modelapi_acl_internal.principal_names AS n
	WHERE n.name = $1 AND n.reserved_at IS NOT NULL
	RETURNING n.name;
END;
COMMENT ON FUNCTION modelapi_acl_internal.free_name(text) IS
'Internal statement: releases a reserved name';

CREATE FUNCTION modelapi_acl_internal.count_created_organizations(user_id uuid) RETURNS bigint
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT (SELECT count(*) FROM modelapi_acl.organizations AS o WHERE o.created_by = $1)
		+
		(SELECT count(*) FROM modelapi_acl_internal.principal_names AS n WHERE n.created_by = $1);
END;
COMMENT ON FUNCTION modelapi_acl_internal.count_created_organizations(uuid) IS
'Internal statement: how many organizations a user created; names that deleted or renamed ones left reserved count too';

-- These are the cases in which keep_owner and keep_admin refuse to delete a user
CREATE FUNCTION modelapi_acl_internal.owned_alone(user_id uuid) RETURNS TABLE (object text)
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

CREATE FUNCTION modelapi_acl_internal.make_first_admin(organization_id uuid, user_id uuid)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.organization_members (organization_id, user_id, is_admin) VALUES ($1, $2, true);
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_first_admin(uuid, uuid) IS
'Internal statement: makes the creator of an organization its first admin';

CREATE FUNCTION modelapi_acl_internal.make_project_owner(project_id uuid, user_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.project_collaborators (project_id, user_id, access_level) VALUES ($1, $2, 'owner');
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_project_owner(uuid, uuid) IS
'Internal statement: makes the creator of a project its first owner';

CREATE FUNCTION modelapi_acl_internal.make_model_api_owner(model_api_id uuid, user_id uuid)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES ($1, $2, 'owner');
END;
COMMENT ON FUNCTION modelapi_acl_internal.make_model_api_owner(uuid, uuid) IS
'Internal statement: makes the creator of a model API its first owner';

-- ---------------------------------------------------------------------------
-- Search

CREATE FUNCTION modelapi_acl_internal.keep_document(model_api_id uuid, name text, description text)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.search_documents AS d (model_api_id, document)
	VALUES ($1, modelapi_acl_internal.search_document($2, $3))
	ON CONFLICT ON CONSTRAINT search_documents_pkey DO UPDATE SET document = EXCLUDED.document;
END;
COMMENT ON FUNCTION modelapi_acl_internal.keep_document(uuid, text, text) IS
'Internal statement: keeps the search document of a model API current';

CREATE FUNCTION modelapi_acl_internal.matching_documents(words tsquery, words_in_name tsquery, keys bytea)
	RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT d.model_api_id
	FROM modelapi_acl_internal.search_documents AS d
		JOIN modelapi_acl.model_apis AS m ON m.id = d.model_api_id
	WHERE d.document @@ $1
		AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,
			'view', (SELECT modelapi_acl_internal.current_identity()))
	ORDER BY modelapi_acl_internal.search_rank(m.name, d.document, $1, $2, $3), m.created_at DESC, m.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.matching_documents(tsquery, tsquery, bytea) IS
'Internal statement: the matching model APIs that the current user may view, best match first';

-- OFFSET 0 makes it one lookup by id for each matching document, however many model APIs
-- the user may view.
CREATE FUNCTION modelapi_acl_internal.matching_few_documents(words tsquery, words_in_name tsquery, keys bytea)
	RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT d.model_api_id
	FROM modelapi_acl_internal.search_documents AS d CROSS JOIN LATERAL (
		SELECT f.* FROM modelapi_acl.model_apis AS f
		WHERE f.id = d.model_api_id OFFSET 0) AS m
	WHERE d.document @@ $1
		AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,
			'view', (SELECT modelapi_acl_internal.current_identity()))
	ORDER BY modelapi_acl_internal.search_rank(m.name, d.document, $1, $2, $3), m.created_at DESC, m.id;
END;
COMMENT ON FUNCTION modelapi_acl_internal.matching_few_documents(tsquery, tsquery, bytea) IS
'Internal statement: the same as matching_documents, for a query that matches few documents';

-- The materialized CTE makes the planner use the index on words, as for all matches;
-- LIMIT then reads only some of them.
CREATE FUNCTION modelapi_acl_internal.first_documents(words tsquery, most bigint)
	RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH d AS MATERIALIZED (
		SELECT s.model_api_id FROM modelapi_acl_internal.search_documents AS s
		WHERE s.document @@ $1)
	SELECT d.model_api_id FROM d LIMIT $2;
END;
COMMENT ON FUNCTION modelapi_acl_internal.first_documents(tsquery, bigint) IS
'Internal statement: up to a number of matching documents, hidden ones included, to estimate how many match';

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

CREATE FUNCTION modelapi_acl_internal.matching_id(id uuid) RETURNS TABLE (model_api_id uuid)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT m.id FROM modelapi_acl.model_apis AS m
	WHERE m.id = $1
		AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,
			'view', (SELECT modelapi_acl_internal.current_identity()));
END;
COMMENT ON FUNCTION modelapi_acl_internal.matching_id(uuid) IS
'Internal statement: the model API with an id, if the current user may view it';

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
'Internal statement: writes an audit event';

-- ---------------------------------------------------------------------------
-- Access tokens

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

-- The row lock serializes what concurrent transactions do with a token
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

CREATE FUNCTION modelapi_acl_internal.end_token(token_id uuid, ended_by uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl.access_tokens AS t SET revoked_at = clock_timestamp(), revoked_by = $2
	WHERE t.id = $1 AND t.revoked_at IS NULL;
END;
COMMENT ON FUNCTION modelapi_acl_internal.end_token(uuid, uuid) IS
'Internal statement: revokes an access token';

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

CREATE FUNCTION modelapi_acl_internal.touch_secrets(token_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE modelapi_acl_internal.token_hashes AS h SET token_id = h.token_id WHERE h.token_id = $1;
END;
COMMENT ON FUNCTION modelapi_acl_internal.touch_secrets(uuid) IS
'Internal statement: makes the trigger of a token''s secrets fill their copies';

CREATE FUNCTION modelapi_acl_internal.lock_former_secret(token_id uuid) RETURNS timestamptz
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT h.valid_until FROM modelapi_acl_internal.token_hashes AS h
	WHERE h.token_id = $1 AND h.valid_until IS NOT NULL FOR UPDATE;
END;
COMMENT ON FUNCTION modelapi_acl_internal.lock_former_secret(uuid) IS
'Internal statement: when the overlap of a token''s former secret ends';

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
