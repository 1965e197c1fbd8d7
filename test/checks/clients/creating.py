"""Creates, one by one and many at once."""

from clients.client import PATH
from clients.world import MISSING


def check_create(client):
	"""Returns the id of the model API that the other functions use"""
	action, ana = client.action("create"), client.ids["ana"]
	answer = client.post("ana", PATH, client.values("first", description="d"))
	row = action.status("create", answer, 201)
	id = row.get("id") or MISSING
	action.equal(
		"the row that is stored",
		client.world.model_api(id, "name, description, visibility::text, created_by::text"),
		[("first", "d", "private", ana)],
	)
	action.equal(
		"the row that is returned",
		[row.get(k) for k in ("name", "description", "visibility", "created_by", "project_id")],
		["first", "d", "private", ana, client.project],
	)
	check_sent_values(client, action)
	check_refusals(client, action)
	return id


def check_sent_values(client, action):
	"""What the extension sets itself"""
	time = "2001-01-01T00:00:00Z"
	content = client.values(
		"second", created_by=client.ids["ben"], created_at=time, updated_at=time
	)
	answer = client.post("ana", PATH, content)
	row = action.status("create with every column but the id", answer, 201)
	action.equal(
		"the extension sets the creator and the times, whatever is sent",
		client.world.model_api(
			row.get("id") or MISSING,
			"created_by::text, created_at > '2002-01-01', updated_at > '2002-01-01'",
		),
		[(client.ids["ana"], True, True)],
	)
	id = "00000000-0000-4000-8000-%012d" % client.port
	answer = client.post("ana", PATH, client.values("x", id=id))
	action.true("an id made by the client: 400 or 403", answer[0] in (400, 403), answer)
	action.true("and no row has it", not client.world.exists(id))


def check_refusals(client, action):
	values = client.values("x")
	action.status("as nobody: 401", client.post(None, PATH, values), 401)
	action.status("as an unknown user: 401", client.post("nobody", PATH, values), 401)
	refusal = action.status("in a hidden project: 403", client.post("ben", PATH, values), 403)
	action.equal(
		"in a missing project: the same answer",
		client.post("ben", PATH, client.values("x", project_id=MISSING)),
		(403, refusal),
	)
	action.status("no JSON: 400", client.request("POST", "ana", PATH, "{"), 400)
	action.status("a blank name: 400", client.post("ana", PATH, client.values(" ")), 400)
	values = client.values("x", visibility="secret")
	action.status("an unknown visibility: 400", client.post("ana", PATH, values), 400)


def check_bulk_create(client):
	action, world, path = client.action("bulk create"), client.world, PATH + "/bulk"
	content = [client.values("bulk %d" % n) for n in range(3)]
	made = action.status("bulk create", client.post("ana", path, content), 201)
	made = [row.get("id") for row in made] if isinstance(made, list) else []
	stored = world.column(
		"SELECT id::text FROM modelapi_acl.model_apis"
		" WHERE project_id = %s AND name LIKE 'bulk%%' AND created_by = %s",
		client.project,
		client.ids["ana"],
	)
	action.equal("the rows that are stored", sorted(made), sorted(stored))
	action.equal("all of them", len(made), 3)
	content = [client.values("bulk"), client.values(" ")]
	action.status("one row is wrong: 400", client.post("ana", path, content), 400)
	stored = world.rows("SELECT id FROM modelapi_acl.model_apis WHERE name = 'bulk'")
	action.equal("and none is stored", len(stored), 0)
