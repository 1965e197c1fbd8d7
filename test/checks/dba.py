#!/usr/bin/python3
"""Crashes, internal errors (XX...) and wrong answers while a DBA changes tables, indexes and
triggers beside a mixed load.

Each client works with users and objects of its own, so that its answers do not depend on the
others. The same steps run on two databases; the DBA works on one of them only. Every answer must be
that of the twin.

	LONG=1	20 minutes instead of 45 seconds
	SEED=N	repeats the random choices
"""

import collections
import functools
import threading
import time

from dba.actions import Dba
from dba.activity import Activity
from dba.client import BACKEND, GATEWAY
from dba.comparison import changed_catalogs, compare_answers, compare_tables, wrong_rows
from dba.steps import USERS, Load, user_name
from harness import SEED, Database, by_length, run_check, together

SECONDS = by_length(45, 1200)
CLIENTS = 3


def create_database(name):
	# template0: both sort in the same way, whatever the server's default
	database = Database(
		name,
		template="template0",
		roles={BACKEND: "modelapi_acl_backend", GATEWAY: "modelapi_acl_gateway"},
	)
	database.rows(
		"SELECT modelapi_acl.create_user(name, name || '@example.com', NULL, 'sub-' || name)"
		" FROM unnest(%s::text[]) WITH ORDINALITY AS u (name, n) ORDER BY n",
		[user_name(client, user) for client in range(CLIENTS) for user in range(USERS)],
	)
	return database


def take_steps(client, is_over, problems):
	try:
		while not is_over():
			client.step()
	except Exception as problem:
		problems.append("client %d: %r" % (client.number, problem))


def run_beside_dba(dba, clients, problems):
	"""Runs the load and the DBA's actions at the same time"""
	stop = threading.Event()

	def act():
		end = time.monotonic() + SECONDS
		try:
			while time.monotonic() < end and not problems:
				dba.act()
		finally:
			stop.set()

	load = [functools.partial(take_steps, client, stop.is_set, problems) for client in clients]
	together([*load, act])


def run_twins(twins, clients, problems):
	"""Repeats as many steps as each client has taken"""

	def repeat(twin, client):
		take_steps(twin, lambda: len(twin.answers) >= len(client.answers), problems)

	together([functools.partial(repeat, *pair) for pair in zip(twins, clients)])


def main(check):
	altered, twin = create_database("dba_altered"), create_database("dba_twin")
	altered.rows("CREATE ROLE dba_other SUPERUSER")
	activity, problems = Activity(), []
	clients = [Load(n, altered, activity, SEED) for n in range(CLIENTS)]
	twins = [Load(n, twin, Activity(), SEED) for n in range(CLIENTS)]
	dba = Dba(altered, activity, SEED)
	run_beside_dba(dba, clients, problems)
	run_twins(twins, clients, problems)

	wrong = compare_answers(clients, twins)
	steps = sum(len(client.answers) for client in clients)
	counts = dict(sum((client.counts for client in clients), collections.Counter()))
	refused = dict(dba.refused)
	print("%d steps; errors %s" % (steps, counts))
	print("the DBA did %s; was refused %s" % (dict(dba.done), refused))

	check.true("nothing crashed", not problems, problems)
	internal = any(code.startswith("XX") or code == "internal" for code in counts)
	check.true("no internal error", not internal, counts)
	internal = any(" XX" in what for what in refused)
	check.true("no internal error for the DBA", not internal, refused)
	check.true(
		"every answer is the twin's, of %d" % steps, wrong == 0 and steps > 200, "%d differ" % wrong
	)
	different = compare_tables(altered, twin, [table for table, _, _ in dba.tables])
	check.true("as many rows in each table", not different, different)
	rows = wrong_rows(altered)
	check.true("verify_access finds the rows in order", not rows, rows[:5])
	rows = changed_catalogs(altered)
	check.true(
		"the catalogs are as the script made them, but for triggers that were enabled",
		not rows,
		rows[:5],
	)


if __name__ == "__main__":
	run_check(main, seed=SEED)
