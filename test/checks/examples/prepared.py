"""The backend with named statements: one generic plan for all users, and what a pooler does to
them."""

import functools
import re

from examples.backend import Backend
from examples.crowd import test_crowd
from examples.world import CROWD, MISSING
from harness import together

LOG = "prepared"
PAGE = "/model-apis/" + MISSING


def test_prepared(check, world):
	direct = {"PGHOST": world.database.host, "PGDATABASE": "examples", "POOL": "4"}
	direct["PGOPTIONS"] = "-c plan_cache_mode=force_generic_plan"
	with Backend(world, LOG, PREPARED="1", **direct) as backend:
		test_crowd(check, backend, "named statements, no pooler", PAGE)
	if world.pooler_prepares:
		with Backend(world, LOG, PREPARED="1", POOL="10", **world.pooled()) as backend:
			test_crowd(check, backend, "named statements, PgBouncer", PAGE)
	else:
		with Backend(world, LOG, PREPARED="1", POOL="10", **world.pooled("one")) as backend:
			test_clashes(check, world, backend)
	with Backend(world, LOG, PGHOST="127.0.0.1", PGPORT="1", PGDATABASE="examples") as backend:
		check.equal(
			"backend: no pooler there: 503, with no detail",
			backend.ask("GET", "/model-apis", "ana"),
			(503, {"message": "something went wrong"}),
		)


def test_clashes(check, world, backend):
	"""Two clients, one server connection, one name: the second clashes with the first"""
	answers = []

	def work(user):
		answers.extend((user, *backend.ask("GET", "/model-apis", user)) for _ in range(10))

	together([functools.partial(work, user) for user in CROWD[:6]])
	name = "backend: named statements, a PgBouncer that does not know them: "
	check.equal(name + "some fail", {code for _, code, _ in answers}, {200, 500})
	codes = set(re.findall(r"^(\w{5}) prepared", world.programs.log(LOG), re.M))
	check.true(name + "as names that clash", codes <= {"42P05", "26000"}, codes)
	wrong = [
		(user, rows)
		for user, code, rows in answers
		if code == 200 and {row["name"] for row in rows} != {"of " + user}
	]
	check.equal(name + "and none answers with another user's rows", wrong, [])
