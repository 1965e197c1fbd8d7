"""What the backend answers."""

import re

from examples.backend import Backend
from examples.crowd import test_crowd
from examples.world import BACKEND, MISSING


def test_backend(check, world):
	with Backend(world, "backend", **world.pooled()) as backend:
		page = create_model_api(check, backend)
		test_visibility(check, backend, page)
		test_sharing(check, backend, page)
		test_wrong_values(check, backend, page)
		test_changes(check, backend, page)
		test_crowd(check, backend, "PgBouncer", page)
		test_delete(check, backend, page)
		test_disabled_user(check, backend, world.database)
		lines = world.programs.log("backend").splitlines()
		unexpected = [line for line in lines if line != "listening"]
		check.equal("backend: nothing unexpected in its log", unexpected, [])
		test_lost_connections(check, backend, world.database)


def create_model_api(check, backend):
	"""Ana's; its path"""
	code, project = backend.ask("POST", "/projects", "ana", {"name": "language"})
	check.equal("backend: a project is created", code, 201)
	body = {"project_id": project["id"], "name": "chat"}
	code, api = backend.ask("POST", "/model-apis", "ana", body)
	check.equal("backend: a model API is created", code, 201)
	return "/model-apis/" + api["id"]


def test_visibility(check, backend, page):
	code, row = backend.ask("GET", page, "ana")
	check.equal(
		"backend: its owner sees it, with all permissions",
		(code, len(row["permissions"])),
		(200, 15),
	)
	hidden = backend.ask("GET", page, "ben")
	missing = backend.ask("GET", "/model-apis/" + MISSING, "ben")
	check.equal("backend: a user without access gets the answer for a missing one", hidden, missing)
	check.equal("backend: which is 404", hidden[0], 404)
	check.equal("backend: without a user: 404 too", backend.status("GET", page), 404)
	check.equal(
		"backend: the list without a user is empty", backend.ask("GET", "/model-apis"), (200, [])
	)
	check.equal("backend: an unknown session: 401", backend.status("GET", page, session="x"), 401)
	check.equal(
		"backend: writing without a user: 401",
		backend.status("POST", "/projects", body={"name": "x"}),
		401,
	)


def test_sharing(check, backend, page):
	check.equal(
		"backend: sharing",
		backend.status("POST", page + "/collaborators", "ana", {"principal": "ben"}),
		204,
	)
	check.equal(
		"backend: ben sees it now",
		backend.ask("GET", page, "ben")[1]["permissions"],
		["view", "view_logs", "invoke"],
	)
	change = {"description": "x"}
	check.equal(
		"backend: and may not change it: 403", backend.status("PATCH", page, "ben", change), 403
	)
	check.equal(
		"backend: nor cai, who does not see it: 404",
		backend.status("PATCH", page, "cai", change),
		404,
	)
	code, refusal = backend.ask("POST", page + "/visibility", "ben", {"visibility": "public"})
	check.equal(
		"backend: 403 with the permission's name and a hint",
		(code, "change_visibility" in refusal["message"], bool(refusal["hint"])),
		(403, True, True),
	)


def test_wrong_values(check, backend, page):
	collaborators = page + "/collaborators"
	for name, method, path, body in (
		("an unknown visibility", "POST", page + "/visibility", {"visibility": "secret"}),
		("a blank name", "PATCH", page, {"name": " "}),
		("an unknown principal", "POST", collaborators, {"principal": "nobody"}),
		(
			"an unknown access level",
			"POST",
			collaborators,
			{"principal": "cai", "access_level": "king"},
		),
	):
		check.equal("backend: %s: 400" % name, backend.status(method, path, "ana", body), 400)
	code, refusal = backend.ask("DELETE", collaborators + "/ana", "ana")
	check.equal(
		"backend: the last owner stays: 400, with a hint",
		(code, "transfer" in (refusal["hint"] or "")),
		(400, True),
	)
	check.equal(
		"backend: a name once: 201, twice: 409",
		[backend.status("POST", "/organizations", u, {"name": "guild"}) for u in ("ana", "ben")],
		[201, 409],
	)
	for name, path, expected in (
		("a malformed id", "/model-apis/" + "-" * 36, 400),
		("an unknown path", "/else", 404),
		("a negative limit", "/model-apis?limit=-1", 400),
	):
		name = "backend: %s: %d" % (name, expected)
		check.equal(name, backend.status("GET", path, "ana"), expected)


def test_changes(check, backend, page):
	_, row = backend.ask("PATCH", page, "ana", {"description": "answers"})
	check.equal("backend: PATCH", row["description"], "answers")
	code, token = backend.ask("POST", page + "/tokens", "ana", {"name": "app"})
	check.equal(
		"backend: a token is shown once",
		(code, bool(re.match(r"mapi_\w{49}$", token["token"]))),
		(201, True),
	)
	_, rows = backend.ask("GET", "/search?q=answers", "ben")
	check.equal("backend: search", [row["name"] for row in rows], ["chat"])
	check.equal(
		"backend: what is quoted stays data",
		backend.ask("GET", "/search?q=%27%3B+DROP+TABLE+x%3B--", "ben"),
		(200, []),
	)
	check.equal(
		"backend: no JSON, or no object: 400",
		[backend.status("POST", "/projects", "ana", raw=raw) for raw in ('{"name"', "null", "7")],
		[400, 400, 400],
	)
	check.equal("backend: no name: 400", backend.status("POST", "/projects", "ana", {}), 400)
	check.equal("backend: ben may not delete: 403", backend.status("DELETE", page, "ben"), 403)


def test_delete(check, backend, page):
	check.equal("backend: delete", backend.status("DELETE", page, "ana"), 204)
	check.equal("backend: deleted: 404", backend.status("GET", page, "ana"), 404)


def test_disabled_user(check, backend, database):
	database.rows("SELECT modelapi_acl.disable_user('cai')")
	check.equal(
		"backend: a disabled user: 401 on the next request",
		backend.status("GET", "/model-apis", "cai"),
		401,
	)
	database.rows("SELECT modelapi_acl.enable_user('cai')")
	check.equal("backend: enabled again", backend.status("GET", "/model-apis", "cai"), 200)


def test_lost_connections(check, backend, database):
	"""Server connections that are terminated: 503 at the worst, and then answers as before"""
	database.rows(
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", BACKEND
	)
	codes = [backend.status("GET", "/model-apis", "ana") for _ in range(12)]
	check.true(
		"backend: its server connections terminated: nothing but 503 and 200",
		set(codes) <= {200, 503},
		codes,
	)
	check.equal("backend: and in order again", codes[-1], 200)
