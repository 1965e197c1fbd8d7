-- Plain SQL, which the planner turns into hashed sub-plans
CREATE POLICY subplans ON peer.model_apis TO peer_subplans USING (
	visibility = 'public'
	OR project_id IN (SELECT project_id FROM peer.my_projects)
	OR id IN (SELECT model_api_id FROM peer.my_model_apis));
