"""Callers of each kind, who call the functions that answer about access and changes."""

import contextlib
import datetime

import psycopg2

from harness.database import Database
from harness.sql import read_sql
from reference.rules import ADMINISTRATOR, ANONYMOUS

ROLES = {
	"answers_backend": "modelapi_acl_backend",
	"answers_admin": "modelapi_acl_admin",
	"answers_both": "modelapi_acl_admin, modelapi_acl_backend",
}
ANSWERS = """
	SELECT (SELECT json_agg(test.ask(q) ORDER BY n)
			FROM unnest(%s::text[]) WITH ORDINALITY u (q, n)),
		statement_timestamp()"""


def make_database(name, **more):
	"""A database with the roles of callers and the functions that Callers needs"""
	database = Database(name, roles=ROLES, **more)
	database.rows(read_sql("answers"))
	return database


def quoted(value):
	return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def call(name, *arguments):
	return "SELECT * FROM modelapi_acl.%s(%s)" % (name, ", ".join(quoted(a) for a in arguments))


def connect(database, server=None, lock_timeout=0, **more):
	"""A session whose clock is UTC; server: a Server, otherwise test/run's"""
	options = "-c timezone=UTC -c lock_timeout=%d" % lock_timeout
	more = {**(server.connection if server else {}), **more}
	return psycopg2.connect(dbname=database, options=options, **more)


def answers(cursor, queries, expiries=()):
	"""What each query answers, all in one statement, and the moment of that statement

	Each query compares expiry with the time at which it runs, after that moment. If one of the
	expiries falls between them, the moment does not fit every answer, and all queries run again.
	"""
	while True:
		cursor.execute(ANSWERS, (queries,))
		found, moment = cursor.fetchone()
		cursor.execute("SELECT clock_timestamp()")
		(end,) = cursor.fetchone()
		if not any(moment <= expiry <= end for expiry in expiries):
			return found or [], moment.astimezone(datetime.UTC)


class Callers:
	"""A session of each role, in which any caller can call functions"""

	def __init__(self, database, server=None):
		self.database, self.server, self.connections = database, server, {}

	def begin(self, caller, isolation="READ COMMITTED"):
		"""The cursor of a new transaction of the caller's"""
		role = "answers_admin" if caller == ADMINISTRATOR else "answers_backend"
		if role not in self.connections:
			self.connections[role] = connect(self.database, self.server, user=role)
		self.connections[role].rollback()
		self.connections[role].set_session(isolation_level=isolation)
		cursor = self.connections[role].cursor()
		if caller not in (ADMINISTRATOR, ANONYMOUS):
			# a disabled user cannot be stated; who was stated stays so after the savepoint
			cursor.execute("SAVEPOINT s")
			with contextlib.suppress(psycopg2.DatabaseError):
				cursor.execute("SELECT modelapi_acl.set_session_user(%s)", (caller,))
			cursor.execute("ROLLBACK TO s")
		return cursor

	def ask(self, caller, queries, expiries=()):
		cursor = self.begin(caller)
		found = answers(cursor, queries, expiries)
		cursor.connection.rollback()
		return found

	def close(self):
		for connection in self.connections.values():
			connection.close()
