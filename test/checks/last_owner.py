#!/usr/bin/python3
"""Two owners give up an object at the same time: at least one owner is left.

Ann and Bob own a model API and a project, and are the admins of an organization. Each of them
gives up ownership, in every way there is. Every pair of ways runs under every isolation level, in
two sessions: both take their snapshots, Ann's statement runs, Bob's waits for her transaction,
she commits, he commits if his statement has succeeded.

What must hold for each pair:

- Bob's statement waits for Ann's transaction, which is not refused.
- READ COMMITTED: when one of the two transfers ownership to Cyd, both succeed. Otherwise Bob is
  refused with 23514 (check_violation).
- REPEATABLE READ and SERIALIZABLE: Bob gets 40001 (serialization_failure).
- After each commit, the owners are those that the statements which succeeded have left: one or
  more, always.

Prints one table, with the outcome for each pair of statements and isolation level. For an
organization, read "admin" for "owner".
"""

import threading

import psycopg2

from harness import Database, read_queries, run_check, wait_for

LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
STATEMENTS = {
	"organization": ("leave", "demote", "add as member", "delete row"),
	"project": ("leave", "demote", "transfer", "set expiry", "delete row"),
	"model API": ("leave", "demote", "set expiry", "transfer", "delete row"),
}
BOTH = "both succeed"
REFUSED = "second: 23514"
SERIALIZATION_FAILURE = "second: 40001"
QUERIES = read_queries("last_owner")


def expected_outcome(first, second, level):
	if level != "READ COMMITTED":
		return SERIALIZATION_FAILURE
	return BOTH if "transfer" in (first, second) else REFUSED


class Session:
	"""A transaction of Ann's or Bob's"""

	def __init__(self, trial, who):
		self.trial, self.who = trial, who
		self.connection = trial.database.connect()
		self.cursor = self.connection.cursor()
		self.error = None

	def begin(self, level):
		self.connection.set_session(isolation_level=level)
		self.trial.run(self.cursor, "take a snapshot")

	def execute(self, way):
		"""Runs the statement; a superuser who deletes a row signs in as nobody"""
		trial = self.trial
		try:
			if way != "delete row":
				trial.run(self.cursor, "sign in", me=trial.names[self.who])
			trial.run(
				self.cursor,
				"%s: %s" % (trial.kind, way),
				me=trial.names[self.who],
				my_id=trial.ids[self.who],
			)
		except psycopg2.Error as error:
			self.error = error.pgcode

	def commit(self):
		"""COMMIT, which rolls back after an error"""
		try:
			self.connection.commit()
		except psycopg2.Error as error:
			self.error = error.pgcode + " at COMMIT"


class Trial:
	"""One pair of statements under one isolation level, with users and objects of its own"""

	def __init__(self, database, number, kind):
		self.database, self.kind = database, kind
		self.watcher = database.cursor()
		self.names = {who: "%s%d" % (who, number) for who in ("ann", "bob", "cyd")}
		self.values = {**self.names, "organization_name": "organization%d" % number}
		self.problems = []
		created = dict(self.run(self.watcher, "create users"))
		self.ids = {who: created[name] for who, name in self.names.items()}
		self.watcher.execute("BEGIN")
		self.run(self.watcher, "sign in", me=self.names["ann"])
		for created in ("project", "model API", "organization"):
			self.values[created] = self.run(self.watcher, "create " + created)[0][0]
		self.run(self.watcher, "make Bob an owner and admin")
		self.watcher.execute("COMMIT")

	def run(self, cursor, title, **more):
		cursor.execute(QUERIES[title], {**self.values, **more})
		return cursor.fetchall() if cursor.description else []

	def require(self, problem, ok):
		if not ok:
			self.problems.append(problem)

	def owners(self):
		return {name for (name,) in self.run(self.watcher, self.kind + ": owners")}

	def outcome(self, first, second, level):
		"""Runs the two statements; what came of them"""
		ann, bob = Session(self, "ann"), Session(self, "bob")
		ann.begin(level)
		bob.begin(level)
		ann.execute(first)
		thread = threading.Thread(target=bob.execute, args=(second,))
		thread.start()
		pids = {"first": ann.connection.info.backend_pid, "second": bob.connection.info.backend_pid}
		waits = "is the second session blocked"
		wait_for(
			lambda: not thread.is_alive() or self.run(self.watcher, waits, **pids)[0][0],
			"the second statement neither ends nor waits",
		)
		self.require("the second did not wait", thread.is_alive())
		ann.commit()
		self.require("the first got %s" % ann.error, not ann.error)
		left = {self.names["ann"], self.names["bob"]}
		self.give_up(left, ann, first)
		# Bob's statement goes on; nothing of it is visible before he commits
		self.require_owners("after the first COMMIT", left)
		thread.join()
		bob.commit()
		self.give_up(left, bob, second)
		self.require_owners("at the end", left)
		for session in (ann, bob):
			session.connection.close()
		self.watcher.connection.close()
		return "second: %s" % bob.error if bob.error else BOTH

	def give_up(self, owners, session, way):
		"""Changes the set of owners as a statement that succeeded does"""
		if not session.error:
			owners.discard(self.names[session.who])
			if way == "transfer":
				owners.add(self.names["cyd"])

	def require_owners(self, when, expected):
		owners = self.owners()
		self.require("nobody is left %s" % when, owners)
		self.require("%s: owners %s, not %s" % (when, owners, expected), owners == expected)


def main(check):
	database = Database("last_owner")
	row = "%-13s %-14s %-14s" + " %-16s" * len(LEVELS)
	print(row % ("object", "first", "second", *LEVELS))
	number = 0
	problems = []
	for kind, statements in STATEMENTS.items():
		for first in statements:
			for second in statements:
				outcomes = []
				for level in LEVELS:
					number += 1
					trial = Trial(database, number, kind)
					outcome = trial.outcome(first, second, level)
					expected = expected_outcome(first, second, level)
					trial.require("expected: " + expected, outcome == expected)
					check.add(not trial.problems, bool(trial.problems))
					outcomes.append(outcome + (" WRONG" if trial.problems else ""))
					problems += [
						"FAILED: %s, %s, %s, %s: %s" % (kind, first, second, level, problem)
						for problem in trial.problems
					]
				print(row % (kind, first, second, *outcomes))
	print("\n".join(problems))
	check.equal(
		"verify_access", database.rows("SELECT count(*) FROM modelapi_acl.verify_access()"), [(0,)]
	)


if __name__ == "__main__":
	run_check(main)
