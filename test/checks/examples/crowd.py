"""Many users at once."""

import functools

from examples.world import CROWD
from harness import Tally, together


def work(backend, user, page, tally):
	"""The user gets their own rows and errors, with anonymous requests in between"""
	_, project = backend.ask("POST", "/projects", user, {"name": "of " + user})
	own = {row["id"] for row in backend.ask("GET", "/model-apis", user)[1]}
	for _ in range(2):
		body = {"project_id": project["id"], "name": "of " + user}
		own.add(backend.ask("POST", "/model-apis", user, body)[1]["id"])
	blank = {"project_id": project["id"], "name": " "}
	for _ in range(25):
		code, rows = backend.ask("GET", "/model-apis", user)
		tally.count(code)
		if {row["id"] for row in rows} != own:
			tally.problem((user, rows))
		code, rows = backend.ask("GET", "/model-apis")
		tally.count(code)
		if rows:
			tally.problem((None, rows))
		tally.count(backend.status("POST", "/model-apis", user, blank))
		tally.count(backend.status("GET", page, user))


def test_crowd(check, backend, how, page):
	"""Many requests over few server connections; page: of a model API that nobody of them sees"""
	tally = Tally()
	together([functools.partial(work, backend, user, page, tally) for user in CROWD])
	name = "backend: %s: 20 users at once, 2,000 requests: " % how
	check.equal(name + "rows of another user", tally.problems, [])
	check.equal(name + "the statuses", dict(tally.counts), {200: 1000, 400: 500, 404: 500})
