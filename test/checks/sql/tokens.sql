-- What tokens.py needs beside the extension.
CREATE SCHEMA test;
GRANT USAGE ON SCHEMA test TO PUBLIC;

-- a moment so many minutes from now
CREATE FUNCTION test.moment(minutes text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
	SELECT CASE minutes
		WHEN 'infinity' THEN 'infinity'
		WHEN 'past' THEN now() - interval '1 minute'
		WHEN 'future' THEN now() + interval '1 day'
		ELSE now() + minutes::integer * interval '1 minute'
	END $$;

-- lets so many minutes pass, for tokens and grants
CREATE FUNCTION test.advance(minutes integer) RETURNS void LANGUAGE sql AS $$
	UPDATE modelapi_acl.access_tokens
	SET created_at = created_at - minutes * interval '1 minute',
		regenerated_at = regenerated_at - minutes * interval '1 minute',
		expires_at = expires_at - minutes * interval '1 minute';
	UPDATE modelapi_acl_internal.token_hashes
	SET valid_until = valid_until - minutes * interval '1 minute';
	UPDATE modelapi_acl.personal_tokens
	SET created_at = created_at - minutes * interval '1 minute',
		regenerated_at = regenerated_at - minutes * interval '1 minute',
		expires_at = expires_at - minutes * interval '1 minute';
	UPDATE modelapi_acl_internal.personal_token_hashes
	SET valid_until = valid_until - minutes * interval '1 minute';
	UPDATE modelapi_acl.project_collaborators
	SET expires_at = expires_at - minutes * interval '1 minute' WHERE expires_at IS NOT NULL;
	UPDATE modelapi_acl.model_api_collaborators
	SET expires_at = expires_at - minutes * interval '1 minute' WHERE expires_at IS NOT NULL;
	$$;
