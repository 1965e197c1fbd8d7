"""Runs statements in both databases and compares what the caller observes."""

import difflib
import os
import random
import re

from harness import LONG
from non_interference.callers import KINDS, Caller
from non_interference.catalog import CUMULATIVE, STATISTICS
from non_interference.databases import NAMES
from non_interference.residues import is_placement
from non_interference.session import Session
from non_interference.statement import Statement
from non_interference.statements import Statements
from non_interference.twin import make_twin
from non_interference.world import World

# how many differences to print
SHOWN = 10**6 if LONG else 25
# how many smaller statements to try
TRIES = 60
# With contents of different lengths plans differ, and it is the plan's choice on which of the
# visible rows a part of a statement is evaluated.
DEPENDS_ON_PLAN = re.compile(
	r"ctid| LIMIT|TABLESAMPLE|DISTINCT ON|ni\.report|1 / |::int = 1|::uuid IS|::boolean"
)


class Totals:
	"""What all pairs of worlds add up to"""

	def __init__(self):
		self.pairs = self.statements = self.differences = self.unsteady = self.placements = 0

	def show(self):
		print(
			"%d pairs of worlds, %d statements, %d of them differ, %d differed once only, %d in"
			" where entries are in an index"
			% (self.pairs, self.statements, self.differences, self.unsteady, self.placements)
		)


class Pair:
	"""A world and its twin for a caller, each in a database

	sizes: whether hidden contents differ in length as well"""

	def __init__(self, databases, totals, seed, sizes):
		self.databases, self.totals, self.seed, self.sizes = databases, totals, seed, sizes
		r = random.Random(seed)
		world = World(seed, 1 if r.random() < 0.8 else 4)
		self.caller = caller = Caller(KINDS[seed % len(KINDS)], world, r)
		databases.load(NAMES[0], world)
		self.first = Session(NAMES[0], caller, sizes)
		twin = make_twin(world, caller.user, caller.look(self.first), seed, sizes)
		databases.load(NAMES[1], twin)
		self.second = Session(NAMES[1], caller, sizes)
		caller.look(self.second)
		# whether the sums of what was read may differ from now on
		self.sums_differ = False
		self.statements = Statements(databases.catalog, (world, twin), seed, caller)

	def run(self, count):
		"""Compares the statistics, all columns of each table, and some random statements"""
		for sql in () if self.sizes else STATISTICS:
			self.compare(Statement(sql, way="statistics"))
		for table, columns in self.databases.catalog.columns.items():
			sql = "SELECT %s FROM modelapi_acl.%s t1" % (", ".join(columns), table)
			self.compare(Statement(sql))
		statements = [self.statements.next() for _ in range(count)]
		# reads first: it is chance when a page loses the rows of writes that were rolled back
		for statement in sorted(statements, key=lambda statement: statement.writes):
			is_statistics = statement.sql() in STATISTICS
			if self.sizes:
				if is_statistics or DEPENDS_ON_PLAN.search(statement.sql()):
					continue
				if statement.way.startswith("EXPLAIN") or statement.way in ("counters", "locks"):
					statement.way = "plain"
			elif is_statistics:
				statement.way = "statistics"
			self.compare(statement)
		self.first.close()
		self.second.close()
		self.totals.pairs += 1

	def observe(self, statement):
		return self.first.run(statement), self.second.run(statement)

	def compare(self, statement):
		if statement.sql() in CUMULATIVE and self.sums_differ:
			return
		# How much each worker has read when a plan ends is a race. From then on, sums are no longer
		# compared, but each statement's own counters are.
		if any("parallel" in setting for setting in statement.settings):
			self.sums_differ = True
		a, b = self.observe(statement)
		self.totals.statements += 1
		if a == b:
			return
		self.sums_differ = True
		if is_placement(a, b):
			self.totals.placements += 1
			return
		# a difference that is not there a second time does not come from the contents
		a, b = self.observe(statement)
		if a == b:
			self.totals.unsteady += 1
			return
		self.report(*self.smallest(statement, a, b))

	def smallest(self, statement, a, b):
		"""The smallest statement found that still differs, and its two outputs"""
		tries, smaller = 0, True
		while smaller and tries < TRIES:
			smaller = False
			for candidate in statement.smaller():
				tries += 1
				c, d = self.observe(candidate)
				if c != d and not is_placement(c, d):
					statement, a, b, smaller = candidate, c, d, True
					break
		return statement, a, b

	def report(self, statement, a, b):
		settings = " with " + ", ".join(statement.settings) if statement.settings else ""
		sizes = " with SIZES=1" if self.sizes else ""
		text = "pair %d%s, %s: " % (self.seed, sizes, self.caller.kind)
		text += "%s%s\n  %s" % (statement.way, settings, statement.sql())
		lines = list(difflib.unified_diff(a.split("\n"), b.split("\n"), lineterm="", n=1))[2:14]
		text += "\n" + "\n".join("    " + line for line in lines)
		self.totals.differences += 1
		if self.totals.differences <= SHOWN:
			print(text)
		if os.environ.get("FINDINGS"):
			with open(os.environ["FINDINGS"], "a", encoding="utf-8") as file:
				file.write(text + "\n\n")
