#!/usr/bin/python3
"""Random worlds of users, organizations, projects, model APIs and grants: what the extension
answers is compared with the rules as test/reference/rules.py states them.

WORLDS=N	how many (LONG=1: 1,100; in each of them only two users ask, and try less)
SEED=N		the first world's seed; each world's own seed is printed with a difference
"""

import json
import random

from harness import LONG, SEED, Database, attempt, by_length, number, read_sql, run_check
from random_worlds.attempts import one_attempt
from random_worlds.world import TABLES, Maker
from reference.rules import ADMINISTRATOR, ANONYMOUS, PERMISSIONS

# what the reference can name of it after writes: all but rows with an id of their own
AFTER_WRITES = [
	table for table in TABLES if table not in ("model_api_logs", "access_tokens", "audit_events")
]
EMPTIED = (
	"modelapi_acl.audit_events",
	"modelapi_acl.model_apis",
	"modelapi_acl.projects",
	"modelapi_acl.organizations",
	"modelapi_acl.users",
	"modelapi_acl_internal.principal_names",
	"modelapi_acl_internal.object_counters",
)
ROLES = {
	"worlds_backend": "modelapi_acl_backend",
	"worlds_web": "modelapi_acl_authenticator, modelapi_acl_user; NOINHERIT",
	"worlds_admin": "modelapi_acl_admin",
}
STATE = "SELECT modelapi_acl.set_session_user(%s)"
# the tables are small: only so does the planner take the scan that starts from the grants
NO_OTHER_SCANS = """
	SET LOCAL enable_seqscan = off;
	SET LOCAL enable_indexscan = off;
	SET LOCAL enable_indexonlyscan = off;
	SET LOCAL enable_bitmapscan = off
	"""


class Comparison:
	def __init__(self):
		database = Database("worlds", roles=ROLES)
		database.rows(read_sql("worlds_functions"))
		self.superuser = database.cursor()
		self.superuser.execute("SET row_security = off")
		self.sessions = {
			kind: database.connect("worlds_" + kind) for kind in ("backend", "web", "admin")
		}
		self.decisions = self.attempts = self.sequences = 0
		self.differences = []

	def differ(self, seed, who, what, expected, came):
		self.differences.append((seed, who, what, expected, came))
		if len(self.differences) <= 20:
			print("world %s, %s, %s: expected %s, came %s" % self.differences[-1])

	def begin(self, world, who, by_claims):
		"""The cursor of a new transaction that acts for a user"""
		name = next((n for n, holder in world.names.items() if holder == ("user", who)), None)
		if who == ADMINISTRATOR:
			return self.sessions["admin"].cursor()
		if by_claims:
			cursor = self.sessions["web"].cursor()
			claims = (
				json.dumps({"sub": "sub" + name[1:], "role": "x"})
				if name
				else random.choice(["", "{}", '{"sub": "sub99"}'])
			)
			cursor.execute(
				"SET LOCAL ROLE modelapi_acl_user;"
				" SELECT set_config('request.jwt.claims', %s, true)",
				(claims,),
			)
			cursor.execute("SELECT modelapi_acl.pre_request()")
			return cursor
		cursor = self.sessions["backend"].cursor()
		attempt(cursor, STATE, (name,))  # which fails for disabled users
		return cursor

	def compare_reading(self, seed, world, who, cursor, what=""):
		apis = list(world.apis)
		cursor.execute(
			"""SELECT m::text, modelapi_acl.my_permissions(m)::text[],
				array(
					SELECT u.p::text
					FROM unnest(enum_range(NULL::modelapi_acl.permission)) AS u (p)
					WHERE modelapi_acl.has_permission(m, u.p) ORDER BY u.p),
				modelapi_acl.effective_access_level(m)::text
			FROM unnest(%s::uuid[]) m""",
			(apis,),
		)
		for api, mine, held, level in cursor.fetchall():
			expected = world.permissions(who, api)
			self.decisions += len(PERMISSIONS)
			if not mine == held == expected:
				self.differ(seed, who, what + "permissions on " + api, expected, (mine, held))
			if level != world.level(who, api):
				self.differ(seed, who, what + "level on " + api, world.level(who, api), level)
		cursor.execute(
			"SELECT p::text, array(SELECT id::text FROM modelapi_acl.list_model_apis(p))"
			" FROM unnest(enum_range(NULL::modelapi_acl.permission)) AS p"
		)
		for permission, listed in cursor.fetchall():
			self.decisions += len(apis)
			expected = {m for m in apis if world.may(who, m, permission)}
			if sorted(listed) != sorted(expected):
				self.differ(seed, who, what + "list_model_apis(%s)" % permission, expected, listed)

	def compare_search(self, seed, world, who, cursor):
		cursor.execute(
			"SELECT n, array(SELECT id::text FROM modelapi_acl.search_model_apis(n))"
			" FROM unnest(ARRAY['m1', 'm3']) AS n"
		)
		for name, found in cursor.fetchall():
			named = [m for m in world.apis if str(world.apis[m].get("name")).startswith(name)]
			self.decisions += len(named)
			expected = [m for m in named if world.may(who, m, "view")]
			if sorted(found) != sorted(expected):
				self.differ(seed, who, "search_model_apis(%s)" % name, expected, found)

	def compare_tables(self, seed, world, who, cursor, tables=TABLES, what=""):
		cursor.execute(
			" UNION ALL ".join(
				"SELECT '%s', array(SELECT %s FROM modelapi_acl.%s)" % (table, TABLES[table], table)
				for table in tables
			)
		)
		for table, shown in cursor.fetchall():
			expected = world.rows(who, table)
			self.decisions += len(world.rows(ADMINISTRATOR, table))
			if sorted(shown) != sorted(expected):
				self.differ(
					seed,
					who,
					what + table,
					sorted(expected - set(shown)),
					sorted(set(shown) - expected),
				)

	def compare_attempts(self, seed, world, user, cursor, maker):
		"""Each from the same state"""
		attempts = [one_attempt(maker) for _ in range(by_length(40, 10))]
		cursor.execute(
			"SELECT (test.attempt(s, false)).answer FROM unnest(%s) WITH ORDINALITY AS u (s, n)"
			" ORDER BY n",
			([sql for _, _, sql in attempts],),
		)
		for (name, arguments, sql), (came,) in zip(attempts, cursor.fetchall()):
			expected = str(world.clone().attempt(user, name, *arguments))
			self.decisions += 1
			self.attempts += 1
			if came != expected:
				self.differ(seed, user, sql, expected, came)

	def compare_sequence(self, seed, world, user, cursor, maker):
		"""One after the other: what is written counts for the next statement, not for its own"""
		world = world.clone()
		# of an administrator's writes most succeed
		for _ in range(12 if user == ADMINISTRATOR else by_length(4, 2)):
			name, arguments, sql = one_attempt(maker)
			before = world.clone()
			api = maker.random.choice(list(world.apis) or [None])
			after = world.clone()
			expected = str(after.attempt(user, name, *arguments))
			cursor.execute(
				"SELECT a.answer, a.id, modelapi_acl.my_permissions(%s)::text[]"
				" FROM test.attempt(%s, true) AS a",
				(api, sql),
			)
			came, created, held = cursor.fetchone()
			self.decisions += 1 + len(PERMISSIONS)
			if came != expected:
				self.differ(seed, user, "in a row: " + sql, expected, came)
			may_hold = before.permissions(user, api) if api else []
			if held != may_hold:
				self.differ(seed, user, "in the statement of " + sql, may_hold, held)
			# an error undoes what the reference did before it
			if len(expected) != 5:
				world = after
				world.named(created)
			self.sequences += 1
			if world.apis:
				self.compare_reading(seed, world, user, cursor, "after %s: " % sql)
		self.compare_tables(seed, world, user, cursor, AFTER_WRITES, "after %s: " % sql)

	def run(self, seed):
		maker = Maker(seed)
		world, r = maker.world, maker.random
		emptied = ["DELETE FROM %s;" % table for table in EMPTIED]
		self.superuser.execute("".join(["BEGIN;", *emptied, *maker.sql, "COMMIT;"]))
		users = [*world.users, ANONYMOUS, ADMINISTRATOR]
		if LONG:  # many worlds, and in each of them a little
			users = random.Random(seed).sample(users, 2)
		for user in users:
			cursor = self.begin(world, user, r.random() < 0.5)
			if r.random() < 0.5:
				cursor.execute(NO_OTHER_SCANS)
			self.compare_reading(seed, world, user, cursor)
			self.compare_tables(seed, world, user, cursor)
			self.compare_search(seed, world, user, cursor)
			self.compare_attempts(seed, world, user, cursor, maker)
			self.compare_sequence(seed, world, user, cursor, maker)
			cursor.connection.rollback()


def main(check):
	count = number("WORLDS", by_length(25, 1100))
	comparison = Comparison()
	for n in range(count):
		comparison.run(SEED + n)
		if n % 100 == 99:
			comparison.superuser.execute("VACUUM")
			print("%d worlds, %d decisions" % (n + 1, comparison.decisions))
		if len(comparison.differences) > 200:
			break
	differences = len(comparison.differences)
	check.true(
		"%d worlds, %d decisions (%d attempted writes, %d in a row): %d differences"
		% (count, comparison.decisions, comparison.attempts, comparison.sequences, differences),
		not differences,
	)


if __name__ == "__main__":
	run_check(main, seed=SEED)
