"""The sessions of a client, and how it tries a transaction again."""

import collections
import re
import time

import psycopg2

BACKEND, GATEWAY = "dba_backend", "dba_gateway"
# Deadlocks and failures of serialization; and 42804, which the server raises where a column was
# added or dropped while it prepared a statement that returns whole rows.
RETRIED = ("40P01", "40001", "42804")
# The server raises this in the same case, when it looks up the type of the dropped column.
DROPPED_COLUMN = "cache lookup failed for type 0"
# What a DBA's work must never cause, like XX...
INTERNAL = ("42P13", "42P01", "42703", "3F000")
# What a statement may raise that does not see the rows of a table.
ROWS_MISSING = ("42501", "PT404", "22023", "23514", "23503")
WRITES = r"INSERT|UPDATE|\.(create|add|remove|publish|revoke|set_visibility)"
ATTEMPTS = 50


class Client:
	"""Runs transactions in one database, one session for each role"""

	def __init__(self, number, database, activity):
		self.number, self.database, self.activity = number, database, activity
		self.sessions = {}
		self.counts = collections.Counter()

	def session(self, role):
		if role not in self.sessions:
			self.sessions[role] = self.database.connect(role)
		return self.sessions[role]

	def run(self, who, statements, role=BACKEND):
		"""The rows of the last statement, or the SQLSTATE of its error

		who: the user who is stated, or None; statements: pairs of SQL and arguments

		A statement that waits while ALTER TABLE rewrites a table sees none of its rows. This is the
		behaviour of the server: such a transaction is tried again."""
		reads = not any(re.search(WRITES, sql) for sql, _ in statements)
		for _ in range(ATTEMPTS):
			session, state = self.session(role), self.activity.state()
			try:
				outcome, unsure = self.transaction(session, who, statements), reads
			except psycopg2.Error as error:
				if error.pgcode is None:
					raise
				session.rollback()
				if DROPPED_COLUMN in str(error):
					self.counts["dropped column"] += 1
					continue
				self.count_error(error, statements)
				outcome, unsure = error.pgcode, error.pgcode in ROWS_MISSING
			if unsure and self.activity.rewrote_since(state):
				self.counts["beside a rewrite"] += 1
				time.sleep(0.05)
			elif outcome not in RETRIED:
				return outcome
		return "retried for ever"

	@staticmethod
	def transaction(session, who, statements):
		cursor = session.cursor()
		if who:
			cursor.execute("SELECT modelapi_acl.set_session_user(%s)", (who,))
		for sql, arguments in statements:
			cursor.execute(sql, arguments)
		rows = cursor.fetchall() if cursor.description else cursor.rowcount
		session.commit()
		return rows

	def count_error(self, error, statements):
		"""Counts an error, and prints the first internal ones"""
		code = error.pgcode
		self.counts[code] += 1
		if code.startswith("XX") or code in INTERNAL:
			self.counts["internal"] += 1
			if self.counts["internal"] <= 3:
				message = str(error).strip()[:300]
				print("client %d: %s %s %s" % (self.number, code, message, statements))
