#!/usr/bin/python3
"""Privilege escalation: code of an unprivileged role that the server runs in the session of a
powerful one, and that gets more than its owner may have.

The program tries every way in which the server runs one role's code in another's session, in every
kind of session. The code of the role regress_mallory records who the current user is, and tries to
gain power. The rules in power/rules.py say what each attempt must get, and whether guards and audit
are skipped. The server is one of its own, in which autovacuum is always awake. Nothing is random,
and there is no long form.

It prints the ways by the kinds of session, with a symbol for who the current user is.

	DETAILS=1	every wrong answer, not only two of each kind
	WAYS=text	only the ways whose title contains the text
	TIMES=1		how long each way takes
"""

import os
import time

from harness import Server, run_check
from power.cascades import cascades
from power.definers import definers
from power.deletions import deletions
from power.extension_triggers import extension_triggers
from power.failures import try_failures
from power.into_extension import try_into_extension
from power.maintenance import maintenance
from power.matrix import try_ways
from power.reads import reads
from power.results import Results
from power.sessions import SESSIONS
from power.summary import print_matrix, print_wrong
from power.unattended import try_unattended
from power.workers import try_workers
from power.world import SETTINGS, World
from power.writes import writes

ENOUGH = 2000  # cells in which the code ran; in fact there are about 4,000


def all_ways(version):
	"""version: of the server"""
	return [
		*reads(),
		*writes(version),
		*definers(),
		*maintenance(),
		*cascades(version),
		*deletions(version),
		*extension_triggers(),
	]


def main(check):
	results = Results()
	with Server("power", **SETTINGS) as server:
		world = World(server)
		started = time.monotonic()
		rows = try_ways(world, results, all_ways(world.version))
		rows += try_workers(world, results)
		rows += try_failures(world, results)
		rows += try_into_extension(world, results)
		unattended = try_unattended(world, results)
		seconds = time.monotonic() - started
	print_matrix(rows, unattended)
	print_wrong(results.wrong, bool(os.environ.get("DETAILS")))
	print(
		"%d ways, %d kinds of session: %d cells, in %d of which the server ran the code;"
		" %d answers, %d of them wrong; %d s"
		% (
			len(rows) + len(unattended),
			len(SESSIONS),
			results.cells,
			results.cells_run,
			results.answers,
			len(results.wrong),
			seconds,
		)
	)
	check.equal("wrong answers", len(results.wrong), 0)
	enough = results.cells_run > ENOUGH or "WAYS" in os.environ
	check.true("the server ran the code in enough cells", enough, results.cells_run)


if __name__ == "__main__":
	run_check(main)
