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

CREATE FUNCTION modelapi_acl_internal.name_user(user_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.principal_names (name, user_id)
	SELECT pg_catalog.lower(u.username COLLATE pg_catalog."C"), u.id
	FROM modelapi_acl.users AS u WHERE u.id OPERATOR(pg_catalog.=) $1
	ON CONFLICT (user_id) DO UPDATE SET name = EXCLUDED.name;
END;
COMMENT ON FUNCTION modelapi_acl_internal.name_user(uuid) IS
'Own statement: puts a username into the one namespace';

CREATE FUNCTION modelapi_acl_internal.name_organization(organization_id uuid) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.principal_names (name, organization_id)
	SELECT pg_catalog.lower(o.name COLLATE pg_catalog."C"), o.id
	FROM modelapi_acl.organizations AS o WHERE o.id OPERATOR(pg_catalog.=) $1
	ON CONFLICT (organization_id) DO UPDATE SET name = EXCLUDED.name;
END;
COMMENT ON FUNCTION modelapi_acl_internal.name_organization(uuid) IS
'Own statement: puts an organization''s name into the one namespace';

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

CREATE FUNCTION modelapi_acl_internal.matching_documents(query tsquery)
	RETURNS TABLE (model_api_id uuid, place bigint)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT d.model_api_id, pg_catalog.row_number() OVER (
		ORDER BY pg_catalog.ts_rank(d.document, $1) DESC, m.created_at DESC, m.id)
	FROM modelapi_acl_internal.search_documents AS d
		JOIN modelapi_acl.model_apis AS m ON m.id OPERATOR(pg_catalog.=) d.model_api_id
	WHERE d.document OPERATOR(pg_catalog.@@) $1
		AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,
			'view', (SELECT modelapi_acl_internal.current_identity()));
END;
COMMENT ON FUNCTION modelapi_acl_internal.matching_documents(tsquery) IS
'Own statement: the model APIs that the current user may view and that match, best match first';

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
