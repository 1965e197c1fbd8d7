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
