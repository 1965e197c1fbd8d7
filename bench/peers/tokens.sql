-- Token checks as people write them
CREATE FUNCTION peer.authorize_digest(api uuid, digest bytea) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
	IF EXISTS (SELECT FROM modelapi_acl.model_apis WHERE id = api AND authorization_mode = 'unrestricted') THEN
		RETURN true;
	END IF;
	RETURN EXISTS (SELECT FROM modelapi_acl_internal.token_hashes h JOIN modelapi_acl.access_tokens t ON t.id = h.token_id
		WHERE h.hash = digest AND t.model_api_id = api AND t.revoked_at IS NULL
			AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp()));
END $$;
CREATE FUNCTION peer.authorize_pgcrypto(api uuid, token text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
	RETURN peer.authorize_digest(api, public.digest(token, 'sha256'));
END $$;
CREATE FUNCTION peer.authorize_sql(api uuid, digest bytea) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
	SELECT EXISTS (SELECT FROM modelapi_acl.model_apis WHERE id = api AND authorization_mode = 'unrestricted')
		OR EXISTS (SELECT FROM modelapi_acl_internal.token_hashes h JOIN modelapi_acl.access_tokens t ON t.id = h.token_id
			WHERE h.hash = digest AND t.model_api_id = api AND t.revoked_at IS NULL
				AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())) $$;
CREATE TABLE peer.bcrypt AS SELECT public.crypt('a token', public.gen_salt('bf', 8)) AS hash;
CREATE FUNCTION peer.authorize_bcrypt(token text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
	RETURN EXISTS (SELECT FROM peer.bcrypt WHERE hash = public.crypt(token, hash));
END $$;
