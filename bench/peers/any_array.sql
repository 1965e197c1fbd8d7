-- "id = ANY ((SELECT ids())::uuid[])": another usual form
CREATE FUNCTION peer.visible_array() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER AS $$
	SELECT array(SELECT id FROM peer.model_apis WHERE visibility = 'public'
		UNION SELECT m.id FROM peer.model_apis m JOIN peer.my_projects p ON p.project_id = m.project_id
		UNION SELECT model_api_id FROM peer.my_model_apis) $$;
CREATE POLICY any_array ON peer.model_apis TO peer_any_array USING (id = ANY ((SELECT peer.visible_array())::uuid[]));
