"""Writers, whose transactions commit out of order."""

import random
import threading
import time

import psycopg2

from change_feed.world import DATABASE, EXPECTED_ERRORS, ROUNDS
from harness import LONG
from harness.callers import connect


class Writer(threading.Thread):
	def __init__(self, world, number, seed):
		super().__init__(daemon=True)
		self.world, self.number, self.random, self.error = world, number, random.Random(seed), None
		self.count = world.comparisons.count

	def run(self):
		try:
			connection, other = connect(DATABASE, lock_timeout=2000), connect(DATABASE)
			other.autocommit = True
			for n in range(ROUNDS):
				try:
					self.transaction(connection, other, n)
				except psycopg2.Error as error:
					connection.rollback()
					if error.pgcode not in EXPECTED_ERRORS:
						raise
					self.count("refused: " + error.pgcode)
		except Exception as error:  # feed.py compares it
			self.error = error

	def transaction(self, connection, other, n):
		"""other: the session that commits what was prepared"""
		r, cursor = self.random, connection.cursor()
		connection.set_session(
			isolation_level=r.choice(["READ COMMITTED"] * 3 + ["REPEATABLE READ"])
		)
		cursor.execute("SELECT modelapi_acl.set_session_user(%s)", ("w%d" % self.number,))
		for _ in range(r.randint(1, 3)):
			undone = r.random() < 0.2
			cursor.execute("SAVEPOINT s")
			try:
				cursor.execute(self.world.statement(r))
			except psycopg2.Error:
				undone = True
			cursor.execute("ROLLBACK TO s" if undone else "RELEASE s")
			time.sleep(r.choice([0, 0.001, 0.01, 0.05]))
		time.sleep(r.choice([0, 0, 0.02, 0.1, 0.3 if LONG else 0.1]))
		end = r.random()
		if end < 0.15:
			connection.rollback()
			self.count("rolled back")
		elif end < 0.25:
			name = "feed %d %d" % (self.number, n)
			cursor.execute("PREPARE TRANSACTION %s", (name,))
			connection.rollback()
			time.sleep(r.choice([0, 0.1]))
			other.cursor().execute("COMMIT PREPARED %s", (name,))
			self.count("prepared and committed")
		else:
			connection.commit()
			self.count("committed")
