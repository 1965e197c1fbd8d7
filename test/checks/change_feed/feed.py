"""Compares what pollers get beside writers that commit out of order."""

import random

import psycopg2

from change_feed.forms import FILTERS, FORMS
from change_feed.notifications import CHANNEL, Listener
from change_feed.pollers import ChangingPoller, LimitedPoller, Poller
from change_feed.world import DATABASE, WRITERS
from change_feed.writers import Writer
from harness import LONG, SEED, wait_for
from harness.callers import Callers
from reference.rules import ADMINISTRATOR

READERS = (ADMINISTRATOR, "editor")
OWN_COLUMNS = """
	SELECT id::text, change_id::text, occurred_at, actor_id, action, object_type, object_id,
		project_id, model_api_id
	FROM modelapi_acl.audit_events"""


def visible(callers, caller):
	"""The ids of all events that the caller sees"""
	cursor = callers.begin(caller)
	cursor.execute("SELECT id::text FROM modelapi_acl.audit_events")
	found = {row[0] for row in cursor.fetchall()}
	cursor.connection.rollback()
	return found


class Feed:
	def __init__(self, world, standby):
		self.world, self.standby = world, standby
		self.compare = world.comparisons.compare
		self.random = random.Random(SEED)
		self.callers = Callers(DATABASE)

	def seed(self):
		return self.random.randrange(10**9)

	def run(self):
		"""Returns a position"""
		pollers = self.pollers()
		changing = pollers[5]
		pollers += self.limited_pollers()
		listener = Listener()
		writers = [Writer(self.world, n, self.seed()) for n in range(WRITERS)]
		for thread in pollers + writers:
			thread.start()
		for writer in writers:
			writer.join()
			self.compare("writers run through", None, writer.error, "w%d" % writer.number)
		changing.stop()
		add = "SELECT modelapi_acl.add_collaborator(%s, 'stranger', 'editor')"
		self.world.as_user("w0", add, self.world.apis[1][0])
		self.compare_notifications(listener)
		self.wait_for_standby()
		expected = {caller: visible(self.callers, caller) for caller in (*READERS, "w1")}
		self.compare(
			"the editor reads some events and not others",
			True,
			0 < len(expected["editor"]) < len(expected[ADMINISTRATOR]),
			"",
		)
		for poller in pollers:
			poller.finish(expected[poller.caller])
			print("%s: %d events in %d polls" % (poller.name, len(poller.got), poller.polls))
		self.compare_all(pollers[1])
		return self.move(pollers[3])

	def pollers(self):
		world, seed, standby = self.world, self.seed, self.standby
		return [
			Poller(world, "an administrator", ADMINISTRATOR, seed()),
			Poller(world, "an editor", "editor", seed()),
			Poller(
				world,
				"an administrator, serializable",
				ADMINISTRATOR,
				seed(),
				isolation="SERIALIZABLE",
			),
			Poller(world, "an editor on a standby", "editor", seed(), standby),
			Poller(world, "an administrator on a standby", ADMINISTRATOR, seed(), standby),
			ChangingPoller(world, "a writer who polls", "w1", seed()),
		]

	def limited_pollers(self):
		"""Those that take the first rows; in the short form some of each kind"""
		r, seed, standby = self.random, self.seed, self.standby
		poller = lambda *arguments, **more: LimitedPoller(self.world, *arguments, **more)
		limits = [poller(c, seed(), limit=limit) for c in READERS for limit in (1, 3, None)]
		forms = [poller(r.choice(READERS), seed(), [form]) for form in FORMS]
		filters = [
			poller(r.choice(READERS), seed(), filtered=f, limit=r.choice([1, None]))
			for f in FILTERS
			if f
		]
		others = [
			poller(r.choice(READERS), seed(), isolation="REPEATABLE READ"),
			poller("editor", seed(), server=standby),
		]
		moving = [
			poller(c, seed(), standby=standby, limit=limit) for c in READERS for limit in (2, 1000)
		]
		if LONG:
			return limits + forms + filters + others + moving
		kinds = (limits[1:], forms[:4], forms[4:], filters, others, moving)
		return [limits[0]] + [r.choice(some) for some in kinds]

	def compare_notifications(self, listener):
		received = listener.received()
		self.compare("notified while others wrote", True, len(received) > 1, "")
		self.compare("no content", {(CHANNEL, "")}, {(n.channel, n.payload) for n in received}, "")

	def wait_for_standby(self):
		cursor = self.world.cursor
		cursor.execute("SELECT pg_current_wal_insert_lsn()")
		until = cursor.fetchone()[0]
		there = psycopg2.connect(dbname=DATABASE, **self.standby.connection)
		there.autocommit = True

		def has_replayed():
			replayed = there.cursor()
			replayed.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", (until,))
			return replayed.fetchone()[0]

		wait_for(has_replayed, "the standby does not follow")
		there.close()

	def compare_all(self, editor):
		"""All events in one call, with those that the editor's poller got and with the events
		themselves"""
		everything = Poller(self.world, "from the beginning", "editor", self.seed())
		everything.once()
		again = {row[1]: row[1:] for row in everything.got}
		got = {row[1]: row[1:] for row in editor.got}
		self.compare("the same from the beginning", again, got, "")
		cursor = self.callers.begin("editor")
		cursor.execute(OWN_COLUMNS)
		own = {row[0]: row for row in cursor.fetchall()}
		came = {row[1]: row[1:3] + row[4:] for row in everything.got}
		self.compare("the events' own columns", own, came, "")
		cursor.connection.rollback()

	def move(self, poller):
		"""A poller moves from the standby to the server; returns its last position"""
		moved = Poller(self.world, "moved from the standby", "editor", self.seed())
		moved.position = poller.position
		moved.once()
		self.compare("moved, nothing again", [], moved.got, "")
		change = "SELECT modelapi_acl.set_setting(%s, 'moved', '1')"
		self.world.as_user("w0", change, self.world.apis[0][0])
		moved.once()
		self.compare("moved, the next one", 1, len(moved.got), "")
		return moved.position
