"""The database, and the session of the user who loses access."""

import select
import time

import psycopg2
import psycopg2.extensions

from harness import Database, read_queries, read_sql

WORKERS = 3
NAME, BACKEND = "latest_state", "latest_state_backend"


class World:
	"""The database, and what all workers know of it"""

	def __init__(self):
		# the founder creates an organization in most attempts
		self.database = Database(
			NAME,
			roles={BACKEND: "modelapi_acl_backend"},
			users=[
				"%s%d" % (name, worker)
				for name in ("founder", "x", "t", "u", "z")
				for worker in range(WORKERS + 1)
			],
			settings={"modelapi_acl.max_created_organizations": 1000000},
		)
		self.database.rows(read_sql("latest_state"))
		queries = read_queries("latest_state_queries")
		self.ids = self.database.ids
		self.updatable = dict(self.database.rows(queries["updatable"], BACKEND))
		self.counters = self.database.rows(queries["counters"])


class Actor:
	"""The session of the user who loses access. Statements are sent without waiting for them."""

	def __init__(self, database):
		self.connection = psycopg2.connect(dbname=database.name, user=BACKEND, async_=1)
		self.wait()
		self.cursor = self.connection.cursor()
		self.pid = self.connection.info.backend_pid
		self.run("SET statement_timeout = '30s'; SET client_min_messages = error")

	def poll(self, seconds):
		"""Whether the statement ends within so many seconds"""
		end = time.monotonic() + seconds
		while True:
			try:
				state = self.connection.poll()
			except psycopg2.Error as error:
				self.error = error
				return True
			if state == psycopg2.extensions.POLL_OK:
				return True
			left = end - time.monotonic()
			if left <= 0:
				return False
			write = [self.connection] if state == psycopg2.extensions.POLL_WRITE else []
			select.select([] if write else [self.connection], write, [], left)

	def wait(self):
		while not self.poll(60):
			pass

	def send(self, sql):
		self.error = None
		self.cursor.execute(sql)

	def error_text(self):
		"""The SQLSTATE and the message of the last statement's error"""
		diag = self.error.diag
		message = " ".join(filter(None, (diag.message_primary, diag.message_detail)))
		return "%s %s" % (self.error.pgcode or "lost", message or str(self.error).strip())

	def run(self, sql):
		"""Sends a statement and waits for it; returns its SQLSTATE, or None"""
		self.send(sql)
		self.wait()
		return self.error.pgcode or "lost" if self.error else None
