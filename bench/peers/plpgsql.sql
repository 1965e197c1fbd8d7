-- A PL/pgSQL function, called for each row
CREATE FUNCTION peer.may_view(id uuid, project_id uuid, visibility modelapi_acl.visibility) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
	RETURN $3 = 'public'
		OR EXISTS (SELECT FROM peer.my_projects p WHERE p.project_id = $2)
		OR EXISTS (SELECT FROM peer.my_model_apis m WHERE m.model_api_id = $1);
END $$;
CREATE POLICY plpgsql ON peer.model_apis TO peer_plpgsql USING (peer.may_view(id, project_id, visibility));
