-- "id IN (SELECT ids())": the usual form
CREATE FUNCTION peer.visible_ids() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER AS $$
	SELECT id FROM peer.model_apis WHERE visibility = 'public'
	UNION SELECT m.id FROM peer.model_apis m JOIN peer.my_projects p ON p.project_id = m.project_id
	UNION SELECT model_api_id FROM peer.my_model_apis $$;
CREATE POLICY in_select ON peer.model_apis TO peer_in_select USING (id IN (SELECT peer.visible_ids()));
