#!/usr/bin/python3
"""Random worlds in which all kinds of people make, change and end tokens, while access, time and
the longest lifetime change too: each outcome with its events, the answers to requests after each
step, and what somebody sees of tokens are compared with the rules as test/reference/tokens.py
states them.

TOKEN_WORLDS=N	how many (LONG=1: 1,000)
SEED=N			the first world's seed; each world's own seed is printed with a difference
"""

import collections

from harness import SEED, Database, by_length, number, read_sql, run_check
from random_tokens.operations import Operations
from random_tokens.requests import requests, requests_by_identity
from random_tokens.steps import ROLES, Advance, Do, Limit, Look, Sessions
from random_tokens.world import TokenMaker
from reference.rules import ADMINISTRATOR, ANONYMOUS

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


class Comparison:
	def __init__(self):
		self.database = Database("tokens", roles=ROLES)
		self.database.rows(read_sql("tokens"))
		self.sessions = Sessions(self.database)
		self.counts = collections.Counter()
		self.outcomes = collections.Counter()
		self.differences = 0

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
			self.counts[str(step).split()[0]] += 1
			if one != came:
				self.differ(seed, number, step, one, came, " %s" % (part,))

	def steps(self, maker):
		"""They are drawn one after the other, each for the world that the last one left"""
		r, world = maker.random, maker.world
		operations = Operations(maker)
		for _ in range(50):
			chance = r.random()
			if chance < 0.12:
				yield Advance(r.choice([30, 60, 60, 120, 300, 700]))
			elif chance < 0.16:
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

	def run(self, seed):
		maker = TokenMaker(seed)
		self.sessions.superuser.execute(
			"".join(["BEGIN;", *("DELETE FROM %s;" % t for t in EMPTIED), *maker.sql, "COMMIT;"])
		)
		self.sessions.set_lifetime(None)
		for place, step in enumerate(self.steps(maker)):
			before = self.differences
			self.compare(seed, place, step, maker.world)
			# what differs once would go on to
			if self.differences > before:
				break


def main(check):
	count = number("TOKEN_WORLDS", by_length(25, 1000))
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


if __name__ == "__main__":
	run_check(main, seed=SEED)
