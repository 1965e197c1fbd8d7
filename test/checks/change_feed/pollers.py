"""Clients that poll the feed and continue from their last position."""

import datetime
import json
import random
import threading
import time

import psycopg2

from change_feed.forms import COLUMNS, FILTERS, FORMS, LIST
from change_feed.world import DATABASE, EXPECTED_ERRORS
from harness.callers import Callers
from reference.rules import ADMINISTRATOR


class Poller(threading.Thread):
	"""Takes all rows of each call

	position: the last one; got: the rows with events, as COLUMNS; server: a standby, or None"""

	waits = [0, 0.002, 0.01, 0.05]

	def __init__(self, world, name, caller, seed, server=None, isolation="READ COMMITTED"):
		super().__init__(daemon=True)
		self.world, self.name, self.caller, self.random = world, name, caller, random.Random(seed)
		self.callers = Callers(DATABASE, server)
		self.isolation = isolation
		self.position, self.got, self.error, self.polls = None, [], None, 0
		self.over = threading.Event()

	def compare(self, name, expected, came, what=None):
		self.world.comparisons.compare(name, expected, came, what or self.name)

	def poll(self, cursor):
		cursor.execute("SELECT " + LIST + " FROM modelapi_acl.changes_since(%s)", (self.position,))
		return cursor.fetchall()

	def take(self, rows):
		"""Compares and keeps all rows of a call"""
		self.compare("a poll has rows", True, len(rows) > 0)
		times = [row[3:5] for row in rows if row[1]]
		self.compare("in order", sorted(times), times)
		self.keep(rows)

	def keep(self, rows):
		"""Keeps rows; returns whether they hold events"""
		self.polls += 1
		self.compare("a position for each row", len(rows), len({row[0] for row in rows}))
		if rows and rows[0][1] is None:
			self.compare("no events", [(None,) * 10], [tuple(row[1:]) for row in rows])
		self.position = rows[-1][0] if rows else self.position
		self.got += [row for row in rows if row[1]]
		return bool(rows and rows[0][1])

	def once(self):
		cursor = self.callers.begin(self.caller, self.isolation)
		self.take(self.poll(cursor))
		cursor.connection.commit()

	def rest(self):
		"""Takes what is left when all has been written"""
		self.once()

	def run(self):
		try:
			while not self.over.is_set():
				self.once()
				time.sleep(self.random.choice(self.waits))
		except Exception as error:  # finish() compares it
			self.error = error

	def stop(self):
		self.over.set()
		self.join()

	def finish(self, expected):
		"""Takes the rest; then it must have had all events that it may read"""
		self.stop()
		self.compare("pollers run through", None, self.error)
		self.rest()
		got = [row[1] for row in self.got]
		self.compare("none twice", len(got), len(set(got)))
		self.compare(
			"all that it may read: " + self.name,
			(set(), set()),
			(expected - set(got), set(got) - expected),
			"missing, too many",
		)
		committed, occurred = {}, {}
		for row in self.got:
			committed.setdefault(row[2], set()).add(row[3])
			occurred.setdefault(row[2], []).append(row[4])
		several = [change for change, times in committed.items() if len(times) != 1]
		self.compare("one moment of commit a change", [], several)
		unordered = [change for change, times in occurred.items() if times != sorted(times)]
		self.compare("a change's events in order", [], unordered)


class LimitedPoller(Poller):
	"""Takes the first rows of each call that pass its filter

	forms: names of FORMS; filtered: a name of FILTERS; limit: None for any number of rows
	standby: a server that it polls as well"""

	waits = [0.005, 0.02, 0.1]

	def __init__(
		self, world, caller, seed, forms=None, filtered="", limit=None, standby=None, **more
	):
		super().__init__(world, "", caller, seed, **more)
		self.forms, self.filtered, self.limit = forms or list(FORMS), filtered, limit
		self.servers = [self.callers] + ([Callers(DATABASE, standby)] if standby else [])
		self.name = "%s, %s, %s%s%s" % (
			{ADMINISTRATOR: "an administrator"}.get(caller, "the " + caller),
			" or ".join(self.forms) if forms else "any form",
			"%d rows" % limit if limit else "any number of rows",
			filtered,
			", on either server" if standby else "",
		)

	def first(self, cursor, form, limit):
		"""The first rows of a call"""
		arguments = {
			"since": self.position,
			"body": json.dumps({"since": self.position}),
			"limit": limit,
			"api": self.world.apis[0][0],
		}
		cursor.execute(FORMS[form].format(list=LIST, filter=FILTERS[self.filtered]), arguments)
		if not form.startswith("PostgREST"):
			return cursor.fetchall()
		moment = lambda text: text and datetime.datetime.fromisoformat(text)
		return [
			tuple(moment(row[c]) if c.endswith("_at") else row[c] for c in COLUMNS)
			for row in json.loads(cursor.fetchone()[2])
		]

	def take_some(self, limit):
		self.callers = self.random.choice(self.servers)
		cursor = self.callers.begin(self.caller, self.isolation)
		rows = self.first(cursor, self.random.choice(self.forms), limit)
		cursor.connection.commit()
		self.compare("no more than asked for", True, len(rows) <= limit)
		return self.keep(rows)

	def once(self):
		self.take_some(self.limit or self.random.choice([1, 1, 2, 3, 5, 20, 1000]))

	def rest(self):
		self.servers = self.servers[:1]
		while self.take_some(self.limit or self.random.choice([1, 2, 3, 5, 20, 1000])):
			pass
		self.compare("nothing left", set(), self.events("event_id IS NOT NULL AND "))

	def events(self, condition=""):
		"""The ids of all events after its position that pass its filter"""
		cursor = self.callers.begin(self.caller)
		cursor.execute(
			"SELECT event_id::text FROM modelapi_acl.changes_since(%(since)s) WHERE "
			+ condition
			+ FILTERS[self.filtered],
			{"since": self.position, "api": self.world.apis[0][0]},
		)
		found = {row[0] for row in cursor.fetchall()}
		cursor.connection.rollback()
		return found

	def finish(self, expected):
		self.stop()
		self.callers = self.servers[0]
		position, self.position = self.position, None
		without_limit = self.events()
		self.position = position
		super().finish(expected & without_limit)


class ChangingPoller(Poller):
	"""Polls in transactions that change things themselves, before and after it"""

	def once(self):
		if self.over.is_set():
			# takes the rest
			super().once()
			return
		cursor = self.callers.begin("w1", self.isolation)
		cursor.execute("RESET ROLE")
		try:
			rows = self.poll_amid_changes(cursor)
		except psycopg2.Error as error:
			cursor.connection.rollback()
			if error.pgcode not in EXPECTED_ERRORS:
				raise
			return
		time.sleep(self.random.choice([0, 0.02]))
		# events that a committed transaction got do not come again
		cursor.connection.commit()
		self.take(rows)

	def poll_amid_changes(self, cursor):
		r, statement = self.random, self.world.statement
		if r.random() < 0.7:
			cursor.execute("SAVEPOINT a; " + statement(r) + "; SAVEPOINT b; " + statement(r))
		cursor.execute("SAVEPOINT c; " + statement(r) + "; ROLLBACK TO c")
		rows = self.poll(cursor)
		if r.random() < 0.7:
			cursor.execute("SAVEPOINT d")
			cursor.execute(statement(r))
		return rows
