-- A copy of model_apis for hand-written policies. Each policy has its own role; the setting
-- app.user_id holds the user.
CREATE SCHEMA peer;
CREATE TABLE peer.model_apis (LIKE modelapi_acl.model_apis);
INSERT INTO peer.model_apis SELECT * FROM modelapi_acl.model_apis;
ALTER TABLE peer.model_apis ADD PRIMARY KEY (id);
CREATE INDEX ON peer.model_apis (project_id, created_at);
CREATE INDEX ON peer.model_apis (created_at, id);
CREATE INDEX ON peer.model_apis (created_at, id) WHERE visibility = 'public';
ALTER TABLE peer.model_apis ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION peer.me() RETURNS uuid LANGUAGE sql STABLE
	AS $$ SELECT current_setting('app.user_id')::uuid $$;
CREATE VIEW peer.my_organizations AS SELECT organization_id FROM modelapi_acl.organization_members WHERE user_id = peer.me();
CREATE VIEW peer.my_projects AS
	SELECT project_id FROM modelapi_acl.project_collaborators
	WHERE user_id = peer.me() AND (expires_at IS NULL OR expires_at > now())
	UNION ALL
	SELECT c.project_id FROM modelapi_acl.project_collaborators c JOIN peer.my_organizations o USING (organization_id)
	WHERE c.expires_at IS NULL OR c.expires_at > now();
CREATE VIEW peer.my_model_apis AS
	SELECT model_api_id FROM modelapi_acl.model_api_collaborators
	WHERE user_id = peer.me() AND (expires_at IS NULL OR expires_at > now())
	UNION ALL
	SELECT c.model_api_id FROM modelapi_acl.model_api_collaborators c JOIN peer.my_organizations o USING (organization_id)
	WHERE c.expires_at IS NULL OR c.expires_at > now();
VACUUM (ANALYZE, FREEZE) peer.model_apis;
