#!/usr/bin/python3
"""Random worlds in which all kinds of people make, change and end tokens, while access, time and
the longest lifetime change too: each outcome with its events, the answers to requests after each
step, and what somebody sees of tokens are compared with the rules as test/reference/tokens.py
states them.

TOKEN_WORLDS=N	how many (LONG=1: 1,000)
SEED=N			the first world's seed; each world's own seed is printed with a difference
"""

import collections
import copy

from harness import LONG, SEED, Database, by_length, number, read_sql, run_check
from random_tokens.mutants import MUTANTS
from random_tokens.operations import Operations
from random_tokens.requests import requests, requests_by_identity
from random_tokens.steps import ROLES, Advance, Do, Limit, Look, Sessions
from random_tokens.world import TokenMaker
from reference.rules import ADMINISTRATOR, ANONYMOUS
from reference.tokens import MINUTE

EMPTIED = (
	"modelapi_acl.audit_events",
	"modelapi_acl.model_apis",
	"modelapi_acl.projects",
	"modelapi_acl.organizations",
	"modelapi_acl.users WHERE responsible_id IS NOT NULL",
	"modelapi_acl.users",
	"modelapi_acl_internal.principal_names",
	"modelapi_acl_internal.object_counters",
)
SHORT = 25  # worlds


class Comparison:
	def __init__(self):
		self.database = Database("tokens", roles=ROLES)
		self.database.rows(read_sql("tokens"))
		self.sessions = Sessions(self.database)
		self.counts = collections.Counter()
		self.outcomes = collections.Counter()
		self.differences = 0
		self.unfound = list(MUTANTS)

	def differ(self, seed, number, step, expected, came, part=""):
		self.differences += 1
		if self.differences <= 20:
			print(
				"world %s, step %d, %s%s:\n\texpected %s\n\tcame     %s %s"
				% (seed, number, step, part, expected, came, getattr(step, "message", ""))
			)

	def compare(self, seed, number, step, model):
		step.run(self.sessions, model)
		expected = step.expected(model)
		if not hasattr(step, "parts"):
			self.counts["calls"] += isinstance(step, Do)
			if isinstance(step, Do):
				self.outcomes[step.call[2], step.came[0][:6]] += 1
			if expected != step.came:
				self.differ(seed, number, step, expected, step.came)
			return
		for part, one, came in zip(step.parts(), expected, step.came, strict=True):
			self.counts[step.counted] += 1
			if one != came:
				self.differ(seed, number, step, one, came, " %s" % (part,))

	def steps(self, maker):
		"""They are drawn one after the other, each for the world that the last one left"""
		r, world = maker.random, maker.world
		operations, step = Operations(maker), None
		for _ in range(80):
			if not world.apis:
				return
			chance = r.random()
			ends = self.next_end(r, world, step)
			if ends and chance < 0.3:
				yield Advance(ends)
				step = None
			elif chance < 0.1:
				yield Advance(r.choice([30, 60, 60, 120, 300, 700]))
			elif chance < 0.17:
				yield Limit(r.choice([None, None, 180, 900]))
			else:
				step = Do(*operations.one(world))
				yield step
				if step.new[1]:
					operations.secrets.append(step.new[1])
			if world.apis:
				yield requests(r, world, operations.secrets, 12)
				yield requests_by_identity(r, world, 3)
			yield Look(r.choice([*world.users, ADMINISTRATOR, ANONYMOUS]))

	@staticmethod
	def next_end(r, world, last):
		"""In how many minutes, rounded up, a token or an overlap ends; mostly none"""
		if last is None or r.random() > (0.8 if last.call[2] == "regenerate_token" else 0.3):
			return None
		moments = [m for t in world.tokens.values() for m in (t.expires, t.former_ends)]
		moments = [m for m in moments if m is not None and m > world.now]
		return -((world.now - r.choice(moments)) // MINUTE) if moments else None

	def find_mutants(self, world, steps):
		"""Those that expect something else than what came"""
		for mutant in list(self.unfound):
			model = copy.deepcopy(world)
			model.__class__ = mutant
			if any(step.expected(model) != step.came for step in steps):
				self.unfound.remove(mutant)

	def run(self, seed):
		maker = TokenMaker(seed)
		before, steps = copy.deepcopy(maker.world), []
		self.sessions.superuser.execute(
			"".join(["BEGIN;", *("DELETE FROM %s;" % t for t in EMPTIED), *maker.sql, "COMMIT;"])
		)
		self.sessions.set_lifetime(None)
		for place, step in enumerate(self.steps(maker)):
			differences = self.differences
			self.compare(seed, place, step, maker.world)
			steps.append(step)
			# what differs once would go on to
			if self.differences > differences:
				return
		self.find_mutants(before, steps)


def main(check):
	count = number("TOKEN_WORLDS", by_length(SHORT, 1000))
	comparison = Comparison()
	for n in range(count):
		comparison.run(SEED + n)
		comparison.counts["worlds"] += 1
		if comparison.differences > 100:
			break
	check.true(
		"%s: %d differences"
		% (
			", ".join("%d %s" % (n, what) for what, n in comparison.counts.items()),
			comparison.differences,
		),
		not comparison.differences,
	)
	print(
		"%d operations with %d outcomes"
		% (len({name for name, _ in comparison.outcomes}), len(comparison.outcomes))
	)
	found = len(MUTANTS) - len(comparison.unfound)
	if comparison.unfound:
		print("not found: " + ", ".join(mutant.__name__ for mutant in comparison.unfound))
	told = "%d of %d mutants found" % (found, len(MUTANTS))
	if count < by_length(SHORT, 10 * SHORT):  # a world that is repeated finds few
		print(told)
	else:
		check.true(told, found == len(MUTANTS) if LONG else found > len(MUTANTS) * 0.8)


if __name__ == "__main__":
	run_check(main, seed=SEED)
