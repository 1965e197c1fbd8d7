"""Random transactions, several of them open at the same time."""

import time

import psycopg2

from answers.history import DATABASE, Part
from harness.callers import connect
from reference.rules import ADMINISTRATOR

ISOLATION = ["READ COMMITTED"] * 5 + ["REPEATABLE READ", "SERIALIZABLE"]


class Party:
	"""A session that changes things, in a transaction that may stay open

	user: whom the transaction acts for, or None
	commits: how many transactions had committed when it began
	statements: those that succeeded
	"""

	def __init__(self, history):
		self.history = history
		self.connection = connect(DATABASE, lock_timeout=40)
		self.cursor = self.connection.cursor()
		self.open = False

	def begin(self, isolation, is_admin, user):
		self.isolation, self.is_admin, self.user = isolation, is_admin, user
		self.role = "answers_both" if is_admin else "answers_backend"
		self.cursor.execute("BEGIN ISOLATION LEVEL %s; SET LOCAL ROLE %s" % (isolation, self.role))
		if user:
			self.cursor.execute("SELECT modelapi_acl.set_session_user(%s)", (user,))
		self.open, self.statements = True, []
		self.commits, self.begun = self.history.commits, self.history.clock()

	def look(self):
		"""The state that the transaction sees, and the moment"""
		self.cursor.execute("RESET ROLE")
		seen = self.history.look(self.cursor)
		self.cursor.execute("SET LOCAL ROLE " + self.role)
		return seen

	def abandon(self):
		self.connection.rollback()
		self.open = False


class Transactions(Part):
	"""changes: a Changes, which compares what the transactions did"""

	def __init__(self, history, changes):
		super().__init__(history)
		self.changes = changes
		self.parties = [Party(history) for _ in range(2)]

	def close(self):
		for party in self.parties:
			party.connection.close()

	def step(self):
		"""Some statements of one party, and often the end of its transaction"""
		r = self.random
		party = r.choice(self.parties)
		try:
			if not party.open:
				self.begin(party)
			for _ in range(r.randint(1, 4)):
				self.act(party)
			if r.random() < 0.7:
				self.finish(party)
		except psycopg2.errors.SerializationFailure:
			self.count("not serializable")
			party.abandon()

	def finish_all(self):
		for party in self.parties:
			if party.open:
				self.finish(party)

	def begin(self, party):
		r = self.random
		state, _ = self.history.look()
		users = [u for u, row in state.users.items() if not row["disabled"]]
		isolation = r.choice(ISOLATION)
		is_admin = not users or r.random() < 0.5
		has_user = users and r.random() < (0.2 if is_admin else 1)
		party.begin(isolation, is_admin, r.choice(users) if has_user else None)

	def act(self, party):
		"""A statement, or several that are undone"""
		r = self.random
		if r.random() < 0.05:
			# deferred triggers run now, and again at the end
			party.cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
			party.statements.append("SET CONSTRAINTS")
		undone = r.random() < 0.12
		party.cursor.execute("SAVEPOINT s")
		for _ in range(r.randint(1, 3) if undone else 1):
			sql = self.history.statements.one(party.look()[0], party.user, party.is_admin)
			try:
				party.cursor.execute("SAVEPOINT t; " + sql)
				self.count("statements")
				party.statements.append(sql + (" -- undone" if undone else ""))
			except psycopg2.Error as error:
				self.count("refused: " + error.pgcode)
				party.cursor.execute("ROLLBACK TO t")
		party.cursor.execute("ROLLBACK TO s" if undone else "RELEASE s")

	def finish(self, party):
		"""Ends a transaction, and compares what it did"""
		history = self.history
		committed = self.random.random() < 0.8
		# it sees what the others have committed
		current = party.isolation == "READ COMMITTED" or party.commits == history.commits
		if history.has("access_changes") and current:
			self.changes.preview(party)
		uncommitted = []
		if current:
			party.cursor.execute("RESET ROLE")
			uncommitted = history.new_changes(party.cursor)
		before, from_ = history.look()
		history.timeline[-1][1] = from_
		time.sleep(0.002)
		committed = self.end(party, committed)
		history.commits += committed
		self.count("committed" if committed else "rolled back")
		history.begun = party.begun
		after, until = history.remember()
		ids = history.new_changes(history.cursor)
		history.known.update(ids)
		what = "; ".join(party.statements)
		if not committed:
			self.compare("a rollback leaves nothing", before.key(), after.key(), what)
			history.records.update((id, None) for id in uncommitted)
			return
		self.compare("one change_id a transaction", True, len(ids) <= 1, what)
		expiries = before.expiries() | after.expiries()
		if ids and not any(from_ <= expiry <= until for expiry in expiries):
			history.records[ids[0]] = (before, after, until)
			callers = [ADMINISTRATOR, *history.some_users(after, 2)]
			self.changes.record(ids[0], callers, what)
		elif not ids:
			self.compare("no event, no change", before.key(), after.key(), what)

	def end(self, party, commit):
		"""Commits or rolls back, sometimes in two phases; returns whether it has committed"""
		end = "COMMIT" if commit else "ROLLBACK"
		try:
			if self.random.random() < 0.1:
				party.cursor.execute("PREPARE TRANSACTION '%s'" % id(party))
				self.history.cursor.execute(end + " PREPARED '%s'" % id(party))
				self.count("prepared")
			else:
				party.cursor.execute(end)
		except psycopg2.Error as error:
			self.count("commit refused: " + error.pgcode)
			commit = False
		party.abandon()
		return commit
