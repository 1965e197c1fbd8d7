"""The database and its sessions."""

import psycopg2

from harness import Database
from harness.sql import FOLDER
from power.rules import ATTEMPTS, MALLORY, STATEMENTS
from power.sessions import STATE

# of the server: autovacuum is always awake
SETTINGS = {
	"wal_level": "logical",
	"autovacuum_naptime": 1,
	"max_worker_processes": 20,
	"modelapi_acl.max_created_organizations": 1000000,
}
FILES = ("power_probe", "power_functions", "power_objects", "power_tables")
CREATE_GRAVE = "SELECT test.remember('grave', modelapi_acl.create_project('grave'))"


def try_statement(cursor, sql):
	"""Runs a statement; returns None, or the SQLSTATE of its error"""
	try:
		cursor.execute(sql)
	except psycopg2.Error as error:
		return error.pgcode or str(error)
	return None


def in_session(session, sql):
	"""SQL with the names of the session's tables and indexes"""
	return sql.replace("{own}", "own." + session.role).replace("{index}", session.role)


class World:
	"""The database, with a project "grave" of the user sibling's for model APIs that are deleted

	observer: a cursor of a superuser; mallory: one of the role regress_mallory
	"""

	def __init__(self, server):
		self.server = server
		self.database = Database("power", server, world=True)
		for name in FILES:
			self.database.psql("-f", FOLDER / (name + ".sql"))
		self.observer = self.database.cursor()
		self.observer.execute("SET client_min_messages = error")
		self.mallory = self.database.cursor(MALLORY)
		self.version = self.observer.connection.server_version
		self.connections = {}
		self.last_number = 0
		self.as_superuser(CREATE_GRAVE, state=True)
		for place, attempt in enumerate(ATTEMPTS):
			self.observer.execute(
				"INSERT INTO test.tries VALUES (%s, %s, %s)",
				(place, attempt.name, STATEMENTS[attempt.name]),
			)

	def new_number(self):
		"""The number of a new cell, by which trap.log is read"""
		self.last_number += 1
		return self.last_number

	def value(self, sql, *arguments):
		"""The first value of a superuser's query"""
		self.observer.execute(sql, arguments or None)
		return self.observer.fetchone()[0]

	def as_superuser(self, *statements, state=False):
		"""Runs statements in a transaction; state: with the user sibling stated"""
		self.observer.execute("BEGIN")
		if state:
			self.observer.execute(STATE)
		for statement in statements:
			self.observer.execute(statement)
		self.observer.execute("COMMIT")

	def cursor_of(self, session):
		"""A cursor of the session, which is opened when there is none"""
		connection = self.connections.get(session.name)
		if connection is None or connection.closed:
			connection = self.database.connect(session.login, autocommit=True)
			self.connections[session.name] = connection
			cursor = connection.cursor()
			cursor.execute("SELECT set_config('trap.busy', 'no', false)")
			for statement in session.setup:
				cursor.execute(statement)
		return connection.cursor()

	def begin(self, session):
		"""A cursor of the session in a new transaction"""
		cursor = self.cursor_of(session)
		cursor.execute("BEGIN")
		for statement in session.begin:
			try_statement(cursor, statement)
		return cursor

	def record(self, number):
		"""What the code recorded in a cell: its current role and the answers; None if it did not
		run"""
		self.observer.execute("SELECT role, answers FROM trap.log WHERE cell = %s", (number,))
		return self.observer.fetchone()
