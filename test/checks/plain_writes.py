#!/usr/bin/python3
"""Plain INSERT, UPDATE and MERGE, as clients send them, that are accepted or refused wrongly, store
a wrong row or event, or reveal by their error that a hidden row exists.

The program tries every table, every column, each value of the column (absent, DEFAULT, NULL, the
same, another, wrong ones), every form of statement and every kind of caller. The rules in
test/reference/writes.py say what must come of each. It compares

	- the SQLSTATE, and what the message must name,
	- message, detail and hint with those of the function that does the same, where there is one,
	- the row afterwards, all columns of it, and the audit events,
	- the row that RETURNING gives with the one that is stored,
	- the outcome for a hidden resource with that for a missing one, byte for byte.

A column in the database that the rules do not know is a failure, too.

It prints a table for each relation: what each group of callers got for the values of each column.

	LONG=1		all callers; else four at random for each table, column, value and form, and two
				where no role may write
	SEED=N		repeats the random choice
	ONLY=REGEX	all cells whose line "table | form | column | value | caller" matches
	SHOW=N		how many differences to print in full, 40 by default
"""

import collections
import dataclasses
import os
import random
import re

from harness import LONG, SEED, number, run_check, server_major, together
from plain_writes.cells import Cells
from plain_writes.comparison import Comparison
from plain_writes.statements import Statements
from plain_writes.summary import print_differences, print_tables
from plain_writes.world import World
from reference.write_callers import callers

ONLY = os.environ.get("ONLY")
SHOW = number("SHOW", 40)
WORKERS = 2
BATCH = 400  # cells of one session


def can_try(caller, cell):
	"""Not what superusers do to tokens and audit events, nor a MERGE of a role that may not read"""
	if caller.role == "superuser":
		return not cell.table.is_read_only()
	return caller.role != "log_writer" or cell.form != "merge, new"


def callers_of(cell, everybody, chance):
	"""The callers of this run, each with the logins to use"""
	if ONLY or LONG:
		for caller in everybody:
			line = dataclasses.replace(cell, caller=caller).line()
			if not ONLY or re.search(ONLY, line):
				yield caller, caller.logins
		return
	editors = [c for c in everybody if "editor" in c.name]
	owners = [c for c in everybody if c.name.endswith("_owner") or c.admin or c.is_unrestricted()]
	if cell.table.is_read_only():
		some = [chance.choice(everybody), chance.choice(owners)]
	else:
		some = chance.sample(everybody, 2) + [chance.choice(owners), chance.choice(editors)]
	for caller in some:
		if can_try(caller, cell):
			yield caller, [chance.choice(caller.logins)]


def choose(cells):
	"""The cells to run, by caller and login"""
	chance, everybody = random.Random(SEED), callers()
	jobs = collections.defaultdict(list)
	for cell in cells:
		for caller, logins in callers_of(cell, everybody, chance):
			for login in logins if can_try(caller, cell) else ():
				jobs[caller, login].append(cell)
	return jobs


def run(comparison, jobs):
	"""Runs all jobs in some threads"""
	pending = [
		(caller, login, cells[i : i + BATCH])
		for (caller, login), cells in jobs.items()
		for i in range(0, len(cells), BATCH)
	]

	def work():
		while True:
			with comparison.lock:
				if not pending:
					return
				job = pending.pop()
			try:
				comparison.run(*job)
			except Exception:
				pending.clear()
				raise

	together([work] * WORKERS)


def unknown_columns(types, rules):
	"""The columns in the database that the rules do not know"""
	known = {(table.relation, c.name) for table in rules.tables.values() for c in table.columns}
	return sorted("%s.%s" % column for column in types if column not in known)


def main(check):
	world = World()
	rules = world.rules()
	cells = Cells(rules)
	types = world.column_types()
	unknown = unknown_columns(types, rules)
	if unknown:
		print("\nNo rule knows these columns: " + ", ".join(unknown))
	statements = Statements(cells, types, world.column_defaults())
	comparison = Comparison(rules, cells, statements)
	has_merge = server_major() >= 15
	run(comparison, choose(c for c in cells.all() if has_merge or not c.form.startswith("merge")))
	print_tables(comparison.codes)
	differences = comparison.differences
	if differences:
		random.Random(SEED).shuffle(differences)
		print_differences(differences, SHOW)
	check.add(comparison.passed, len(differences) + len(unknown))


if __name__ == "__main__":
	run_check(main, seed=SEED)
