"""Upserts of grants and settings."""

from clients.client import PATH


def check_sharing(client, id):
	check_share(client, id)
	check_grant(client, id)
	check_setting(client, id)


def check_share(client, id):
	"""By the function add_collaborator"""
	action, path = client.action("upsert"), "%s/%s/collaborators" % (PATH, id)

	def share(user, principal, **more):
		return client.post(user, path, {"principal": principal, **more})

	action.status("share as nobody: 401", share(None, "ben"), 401)
	action.status("share a hidden one: 404", share("ben", "cai"), 404)
	action.status("share", share("ana", "ben"), 204)
	client.action("find").equal(
		"by the new collaborator",
		client.get("ben", PATH + "/" + id)[1].get("permissions"),
		["view", "view_logs", "invoke"],
	)
	action.status("share without the permission: 403", share("ben", "cai"), 403)
	action.status("an unknown principal: 400", share("ana", "nobody"), 400)
	action.status("an unknown access level: 400", share("ana", "ben", access_level="king"), 400)


def check_grant(client, id):
	"""By the key of the grant: model API and user"""
	action, world = client.action("upsert"), client.world
	ana, user = client.ids["ana"], client.ids["u0"]
	path = "%s/%s/collaborators/%s" % (PATH, id, user)
	for level in ("viewer", "editor", "editor"):
		answer = client.put("ana", path, {"access_level": level})
		row = action.status("by a natural key: " + level, answer, 200)
		returned = row.get("access_level"), row.get("granted_by")
		action.equal("the row that is returned", returned, (level, ana))
	stored = world.rows(
		"SELECT id::text, access_level::text, granted_by::text"
		" FROM modelapi_acl.model_api_collaborators WHERE model_api_id = %s AND user_id = %s",
		id,
		user,
	)
	action.equal("the row that is stored", [row[1:] for row in stored], [("editor", ana)])
	action.equal(
		"its events",
		world.events(stored[0][0]) if stored else None,
		["collaborator.added", "collaborator.changed"],
	)
	content = {"access_level": "owner"}
	action.status("without the permission: 403", client.put("ben", path, content), 403)
	answer = client.put("cai", path, content)
	action.true("of a hidden one: 403 or 404", answer[0] in (403, 404), answer)


def check_setting(client, id):
	action, path = client.action("upsert"), "%s/%s/settings/limits" % (PATH, id)
	for value in ({"a": 1}, {"a": 2}):
		action.status("a setting", client.put("ana", path, value), 200)
	stored = client.world.rows(
		"SELECT name, value, updated_by::text FROM modelapi_acl.model_api_settings"
		" WHERE model_api_id = %s",
		id,
	)
	action.equal("the setting that is stored", stored, [("limits", {"a": 2}, client.ids["ana"])])
	answer = client.put("ben", path, {"a": 3})
	action.status("a setting without the permission: 403", answer, 403)
