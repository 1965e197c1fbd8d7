#!/usr/bin/python3
"""Writes with access that has been lost: a user loses access while a transaction of theirs is under
way, and still writes, or is shown what was written afterwards.

Each attempt is a combination of an operation, a loss, a moment and an isolation level. A user with
access begins a transaction and tries the operation; at the moment somebody else takes the access
away and commits. What must come of it follows from the permission table (latest_state/access.py)
and from expected() in latest_state/moments.py. Some losses leave enough access, and some take
nothing: there the operation must succeed.

Taking the access must not wait for the user's transaction, unless that removed an owner itself or
locked the very row: it runs with a lock_timeout. At the end the program checks what readers see.

It prints the operations and the losses by moments, with a symbol for each isolation level.

	LONG=1		all attempts; else every operation at every moment with one random loss under READ
				COMMITTED, with another one under one of the other isolation levels, and with all
				that give access instead
	SEED=N		repeats the random choice
	ONLY=REGEX	all attempts whose line "operation | loss | moment | isolation" matches
"""

import os
import random
import re
import time

from harness import LONG, SEED, run_check, together
from latest_state.database import WORKERS, World
from latest_state.functions import add_functions
from latest_state.losses import LOSSES
from latest_state.moments import FORM, applies
from latest_state.operations import OPERATIONS
from latest_state.reads import check_reads
from latest_state.statements import add_statements
from latest_state.summary import print_legend, print_results, print_table
from latest_state.worker import Worker

ONLY = os.environ.get("ONLY")
ISOLATION = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]


def choose():
	"""The attempts of this run"""
	chance = random.Random(SEED)
	cells = []
	for operation in OPERATIONS:
		for moment in FORM:
			fitting = [loss for loss in LOSSES if applies(operation, loss, moment)]
			other = chance.choice(ISOLATION[1:])
			for isolation in ISOLATION:
				chosen = fitting
				if ONLY:
					chosen = [
						loss
						for loss in fitting
						if re.search(
							ONLY, " | ".join((operation.name, loss.name, moment, isolation))
						)
					]
				elif not LONG and fitting:
					in_short = isolation in ("READ COMMITTED", other)
					chosen = [loss for loss in fitting if loss.is_gain()]
					one = chance.choice(fitting) if in_short else None
					chosen += [one] if one and one not in chosen else []
				cells += [(operation, loss, moment, isolation) for loss in chosen]
	chance.shuffle(cells)
	return cells


def main(check):
	world = World()
	add_functions()
	add_statements(world.updatable)
	cells, results = choose(), []
	# Serializable transactions fail beside others that are serializable, for predicate locks on
	# pages of indexes that they share: one worker runs these attempts, one after another.
	alone = [cell for cell in cells if cell[-1] == "SERIALIZABLE"]
	pending, started = [cell for cell in cells if cell[-1] != "SERIALIZABLE"], time.monotonic()
	workers = [Worker(n + 1, world) for n in range(WORKERS)]
	tasks = [lambda worker=worker: worker.run(results, pending) for worker in workers[1:]]
	together([lambda: workers[0].run(results, alone, pending), *tasks])
	names = [operation.name for operation in OPERATIONS]
	print_table("operation", names, lambda operation, _: operation.name, results, ISOLATION)
	names = [loss.name for loss in LOSSES]
	print_table("loss", names, lambda _, loss: loss.name, results, ISOLATION)
	print_legend(ISOLATION)
	check.add(*print_results(results, time.monotonic() - started, bool(ONLY)))
	check.add(0, int(len(results) != len(cells)))
	check.add(*check_reads(world, ISOLATION))


if __name__ == "__main__":
	run_check(main, seed=SEED)
