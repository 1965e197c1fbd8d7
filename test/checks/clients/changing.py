"""Updates of whole rows, row locks, deletes."""

import concurrent.futures
import contextlib
import re
import time

from clients.client import PATH
from clients.world import MISSING

# What each program would answer to an update of 0 rows if it did not call require_permission()
# first: the library's error, the row as if it had been changed, or no row.
ZERO_ROWS = {
	"django": 500,
	"sqlalchemy": 200,
	"activerecord": 200,
	"jdbc": 404,
	"prisma": 404,
	"sequelize": 404,
	"typeorm": 200,
	"drizzle": 404,
	"kysely": 404,
	"pgx": 404,
}


def check_update(client, id):
	action, world, path = client.action("update of a whole row"), client.world, PATH + "/" + id
	row = client.whole_row("ana", id)
	set_columns = "created_by, created_at, updated_at"
	before, events = world.model_api(id, set_columns), world.events(id)
	action.status("nothing changed", client.put("ana", path, row), 200)
	action.equal("no event", world.events(id), events)
	changed = dict(row, description="other", created_by=client.ids["ben"])
	action.status("one column changed", client.put("ana", path, changed), 200)
	action.equal(
		"the creator and the creation time stay, the update time does not",
		[
			(by, at, updated > old[2])
			for (by, at, updated), old in zip(world.model_api(id, set_columns), before)
		],
		[old[:2] + (True,) for old in before],
	)
	action.equal("the value is stored", world.model_api(id, "description"), [("other",)])
	new = world.events(id)[len(events) :]
	action.equal("one event", new, ["model_api.description_changed"])
	check_refused_updates(client, action, path, row)


def check_refused_updates(client, action, path, row):
	answer = client.put("ana", path, dict(row, project_id=client.other_project))
	refusal = action.status("another project: 403", answer, 403)
	action.true("the message names the column", "project_id" in refusal.get("message", ""), refusal)
	action.status("a blank name: 400", client.put("ana", path, dict(row, name=" ")), 400)
	action.status("a name that is NULL: 400", client.put("ana", path, dict(row, name=None)), 400)
	action.status("of a hidden one: 404", client.put("cai", path, row), 404)
	action.status("as nobody: 401", client.put(None, path, row), 401)
	refusal = action.status("without the permission: 403", client.put("ben", path, row), 403)
	named = "edit_settings" in refusal.get("message", "")
	action.true("the message names it, with a hint", named and refusal.get("hint"), refusal)


def check_lock(client, id):
	action, world, path = client.action("lock"), client.world, PATH + "/" + id
	with (
		concurrent.futures.ThreadPoolExecutor(1) as pool,
		contextlib.closing(world.connect()) as holder,
	):
		holder.cursor().execute(
			"SELECT FROM modelapi_acl.model_apis WHERE id = %s FOR UPDATE", (id,)
		)
		answer = pool.submit(client.patch, "ana", path, {"description": "locked"})
		queries = waiting_queries(world, answer)
		locking = [bool(re.search(r"FOR (NO KEY )?UPDATE", query, re.I)) for query in queries]
		action.equal("waits for a locked row", locking, [True])
		holder.commit()
		action.status("and continues", answer.result(), 200)
	action.equal("the value is stored", world.model_api(id, "description"), [("locked",)])
	content = {"description": "x"}
	action.status("a hidden one: 404", client.patch("cai", path, content), 404)
	action.status("without the permission: 403", client.patch("ben", path, content), 403)


def waiting_queries(world, answer):
	"""The queries that wait for a lock, as soon as there is one or the answer comes"""
	for _ in range(100):
		queries = world.column(
			"SELECT query FROM pg_stat_activity"
			" WHERE wait_event_type = 'Lock' AND datname = %s AND usename <> 'postgres'",
			world.name,
		)
		if queries or answer.done():
			break
		time.sleep(0.05)
	return queries


def check_delete(client, id):
	action, path = client.action("delete"), PATH + "/" + id
	action.status("without the permission: 403", client.delete("ben", path), 403)
	action.status("a hidden one: 404", client.delete("cai", path), 404)
	action.status("delete", client.delete("ana", path), 204)
	found = client.world.exists(id), client.get("ana", path)[0]
	action.equal("and the row is gone", found, (False, 404))


@contextlib.contextmanager
def permitting_everything(world):
	"""Replaces require_permission() by a function that does nothing"""
	((function,),) = world.rows(
		"SELECT pg_get_functiondef('modelapi_acl.require_permission'::regproc)"
	)
	world.rows(re.sub(r"\n LANGUAGE.*", "\n LANGUAGE sql AS 'SELECT'", function, flags=re.S))
	try:
		yield
	finally:
		world.rows(function)


def check_zero_rows(client, results):
	"""Without require_permission(), an update that the policies hide the row from"""
	world = client.world
	id = client.post("ana", PATH, client.values("zero"))[1].get("id") or MISSING
	world.as_user("ana", "SELECT modelapi_acl.add_collaborator(%s, 'ben')", id)
	path = PATH + "/" + id
	row = dict(client.whole_row("ben", id), description="x")
	with permitting_everything(world):
		results.equal(
			"an update of 0 rows, without require_permission()",
			client.put("ben", path, row)[0],
			ZERO_ROWS[client.name],
		)
		results.equal(
			"a lock of 0 rows: 404", client.patch("ben", path, {"description": "x"})[0], 404
		)
	results.equal("nothing was changed", world.model_api(id, "description"), [(None,)])
	world.as_user("ana", "SELECT modelapi_acl.delete_model_api(%s)", id)
