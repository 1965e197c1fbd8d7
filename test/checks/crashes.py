#!/usr/bin/python3
"""Backends are cancelled, terminated and killed, and the server is stopped at once, during mixed
writes. Afterwards all invariants hold, and the audit history leads to the present state of each
object.

LONG=1	200 kills, 5,000 cancels, 20 immediate stops
SEED=N	repeats the random choices
"""

import contextlib
import os
import random
import re
import signal
import threading
import time

import psycopg2

from harness import SEED, Database, Server, Tally, by_length, read_queries, run_check, state_user
from harness.invariants import verify_access, violations

KILLS, CANCELS, STOPS = by_length((10, 250, 2), (200, 5_000, 20))
CLIENTS = 4
USERS = ["u%d" % n for n in range(5)]
WRITES = list(read_queries("crashes_writes").values())
EXPECTED = ("23514", "42501", "PT404", "22023", "23503", "23505")
# how sessions end here
ENDINGS = (None, "57014", "57P01", "57P02", "57P03", "40P01", "40001", "08006")
IN_LOG = r"leak|PANIC|TRAP|snapshot reference|buffer refcount|resource was not closed|corrupt"
NEXT_WRITES = """
	BEGIN;
	SELECT modelapi_acl.set_session_user('u0');
	SELECT modelapi_acl.publish_version(
		modelapi_acl.create_model_api(modelapi_acl.create_project('next'), 'next'), '{}');
	ROLLBACK
	"""


class Crashes:
	"""The clients, and what interrupts them"""

	def __init__(self, check, server, database):
		self.check, self.server, self.database = check, server, database
		self.tally = Tally()
		self.wrong = []
		self.random = random.Random(SEED)
		self.stop = threading.Event()

	def connect(self, user=None, autocommit=False):
		"""A session, as soon as the server accepts one"""
		end = time.monotonic() + 300
		while True:
			try:
				return self.database.connect(user, autocommit)
			except psycopg2.OperationalError:
				if time.monotonic() > end:
					raise
				time.sleep(0.05)

	def client(self, number):
		r = random.Random(SEED * 100 + number)
		while not self.stop.is_set():
			session = None
			try:
				session = self.connect("app")
				while not self.stop.is_set():
					self.transaction(r, session)
			except psycopg2.Error as error:
				self.tally.count("ended " + str(error.pgcode))
				if error.pgcode not in ENDINGS:
					self.tally.problem(str(error))
			finally:
				if session and not session.closed:
					session.close()

	def transaction(self, r, session):
		cursor = session.cursor()
		state_user(cursor, r.choice(USERS))
		cursor.execute("SELECT id FROM modelapi_acl.projects LIMIT 1")
		project = cursor.fetchone()
		if project is None:
			cursor.execute("SELECT modelapi_acl.create_project('p')")
			project = cursor.fetchone()
		cursor.execute(
			"SELECT id FROM modelapi_acl.list_model_apis('delete') ORDER BY random() LIMIT 1"
		)
		api = cursor.fetchone()
		for _ in range(r.choice([1, 2, 5])):
			sql = r.choice(WRITES if api else WRITES[:1] * 4 + WRITES)
			arguments = {"project": project[0], "api": api and api[0], "other": r.choice(USERS)}
			cursor.execute("SAVEPOINT s")
			try:
				cursor.execute(sql, arguments)
			except psycopg2.Error as error:
				if error.pgcode not in EXPECTED:
					raise
				cursor.execute("ROLLBACK TO s")
		session.commit()
		self.tally.count("transactions")

	def backends(self, session):
		cursor = session.cursor()
		cursor.execute(
			"SELECT pid FROM pg_stat_activity"
			" WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
		)
		return [row[0] for row in cursor.fetchall()]

	def look(self):
		"""Looks for violations, and makes the next writes; again where the session ends, because
		the server has noticed only then that one was killed"""
		for _ in range(20):
			session = self.connect(autocommit=True)
			try:
				cursor = session.cursor()
				found = violations(cursor) + verify_access(cursor)
				cursor.execute(NEXT_WRITES)
				break
			except psycopg2.OperationalError as error:
				if not session.closed:
					raise
				ended = error
			finally:
				session.close()
		else:
			raise ended
		self.wrong += found
		self.tally.count("looks")

	def verdict(self, what, before, enough=True):
		found = len(self.wrong) - before
		self.check.true("%s: %d violations" % (what, found), not found and enough)

	def cancel(self):
		before, cancelled, terminated = len(self.wrong), 0, 0
		session = self.connect(autocommit=True)
		cursor = session.cursor()
		end = time.monotonic() + 600
		while cancelled < CANCELS and time.monotonic() < end:
			for pid in self.backends(session):
				if terminated < KILLS and self.random.random() < KILLS / CANCELS:
					cursor.execute("SELECT pg_terminate_backend(%s)", (pid,))
					terminated += 1
				else:
					cursor.execute("SELECT pg_cancel_backend(%s)", (pid,))
					cancelled += 1
				time.sleep(self.random.random() * 0.005)
		session.close()
		self.look()
		what = "%d cancels, %d terminated backends" % (cancelled, terminated)
		self.verdict(what, before, cancelled >= CANCELS)

	def kill(self):
		before, killed = len(self.wrong), 0
		while killed < KILLS:
			with contextlib.suppress(psycopg2.Error, ProcessLookupError):
				session = self.connect()
				pids = self.backends(session)
				session.close()
				if pids:
					os.kill(self.random.choice(pids), signal.SIGKILL)  # the server restarts
					killed += 1
					time.sleep(0.1 + self.random.random() * 0.2)
				if killed % 10 == 0:
					self.look()
		self.look()
		self.verdict("%d backends killed, each with a recovery" % killed, before)

	def stop_at_once(self):
		before = len(self.wrong)
		for _ in range(STOPS):
			time.sleep(0.2 + self.random.random() * 0.5)
			self.server.control("-m", "immediate", "stop")
			self.server.control("start")
			self.look()
		self.verdict("%d immediate stops" % STOPS, before)

	def run(self):
		clients = [threading.Thread(target=self.client, args=(n,)) for n in range(CLIENTS)]
		for client in clients:
			client.start()
		try:
			self.cancel()
			self.kill()
			self.stop_at_once()
		finally:
			self.stop.set()
			for client in clients:
				client.join()
		self.tally.show()
		for text in self.wrong[:10]:
			print(text)
		problems = len(self.tally.problems)
		self.check.true("other errors: %d" % problems, not problems)
		self.server.control("-m", "fast", "stop")
		found = [line for line in self.server.log().split("\n") if re.search(IN_LOG, line)]
		for line in found[:5]:
			print(line)
		self.check.true(
			"leaks, panics or corruption in the server's log: %d" % len(found), not found
		)


def main(check):
	with Server("crashes", restart_after_crash="on", fsync="on") as server:
		database = Database(
			"crashes",
			server,
			roles={"app": "modelapi_acl_backend"},
			users=USERS,
			settings={"modelapi_acl.max_created_organizations": 1000000},
		)
		Crashes(check, server, database).run()


if __name__ == "__main__":
	run_check(main, seed=SEED)
