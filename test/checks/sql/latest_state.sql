-- The schema of the check latest_state.
CREATE SCHEMA latest_state;
GRANT USAGE ON SCHEMA latest_state TO PUBLIC;

-- waits until the session that holds the key releases it
CREATE FUNCTION latest_state.gate(key bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	PERFORM pg_advisory_lock_shared(key);
	PERFORM pg_advisory_unlock_shared(key);
	RETURN true;
END $$;

-- the objects of one attempt, with x as another owner
CREATE FUNCTION latest_state.make(founder text, kind text, n text, x text,
	OUT p uuid, OUT m uuid, OUT v uuid, OUT tk uuid, OUT oid uuid)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM modelapi_acl.set_session_user(founder);
	IF kind IN ('model', 'project') THEN
		p := modelapi_acl.create_project('p', 'before');
		PERFORM modelapi_acl.add_project_collaborator(p, x, 'owner');
		PERFORM modelapi_acl.create_organization('g' || n);
	END IF;
	IF kind = 'model' THEN
		m := modelapi_acl.create_model_api(p, 'm', 'before');
		v := (modelapi_acl.publish_version(m, '{}', 'before')).id;
		PERFORM modelapi_acl.set_setting(m, 'given', '"before"');
		tk := (modelapi_acl.create_token(m, 'before')).id;
		PERFORM modelapi_acl.add_collaborator(m, x, 'owner');
	END IF;
	IF kind = 'organization' THEN
		oid := modelapi_acl.create_organization('o' || n, 'before');
		PERFORM modelapi_acl.add_organization_member('o' || n, x, true);
	END IF;
END $$;
