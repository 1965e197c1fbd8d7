"""Finds, pages and counts."""

from clients.client import PATH
from clients.world import CROWD, MISSING
from harness import together


def check_reads(client, id):
	check_find(client, id)
	check_pages(client)


def check_find(client, id):
	action, path = client.action("find"), PATH + "/" + id
	row = action.status("find", client.get("ana", path), 200)
	action.equal(
		"with the user's permissions", row.get("permissions"), client.world.permissions("ana", id)
	)
	hidden = action.status("a hidden one: 404", client.get("ben", path), 404)
	action.equal("a missing one: the same", client.get("ben", PATH + "/" + MISSING), (404, hidden))
	action.status("as nobody: 404", client.get(None, path), 404)


def items(answer):
	"""The ids on a page"""
	return [row["id"] for row in answer[1].get("items", [])]


def check_pages(client):
	action = client.action("page")
	expected = client.world.column(
		"SELECT id::text FROM modelapi_acl.model_apis WHERE project_id = %s"
		" ORDER BY created_at DESC, id DESC",
		client.project,
	)
	answer = client.get("ana", PATH)
	action.status("list", answer, 200)
	listed = items(answer)
	action.equal("in order", [id for id in listed if id in set(expected)], expected)
	pages = [client.get("ana", PATH + "?limit=2&offset=%d" % offset) for offset in range(0, 6, 2)]
	action.equal(
		"pages of two have the same rows", [id for page in pages for id in items(page)], listed[:6]
	)
	action = client.action("count")
	count = len(client.world.created_by("ana"))
	action.equal("of all rows", [page[1].get("total") for page in pages], [count] * 3)
	action.equal(
		"0 for users who see no row",
		[client.get(user, PATH) for user in ("ben", None)],
		[(200, {"total": 0, "items": []})] * 2,
	)


def check_crowd(client, id):
	"""Many requests over few server connections: each user gets their own rows and errors, and
	requests without a user in between get none"""
	wrong = []

	def work(user):
		project = client.world.create_project(user, "of " + user)
		mine = client.post(user, PATH, client.values(user, project_id=project))[1].get("id")
		own, others = "%s/%s" % (PATH, mine), PATH + "/" + id
		for _ in range(5):
			listed = items(client.get(user, PATH))
			if listed != [mine]:
				wrong.append((user, listed))
			for status, _ in (
				client.get(user, others),
				client.get(None, own),
				client.put(user, others, {"name": "x"}),
			):
				if status != 404:
					wrong.append((user, status))
		if client.delete(user, own)[0] != 204:
			wrong.append((user, "not deleted"))

	together([lambda user=user: work(user) for user in CROWD])
	client.action("page").equal("eight users at once over three server connections", wrong, [])
