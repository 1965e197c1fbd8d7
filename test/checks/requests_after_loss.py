#!/usr/bin/python3
"""Requests of personal tokens, of service accounts and by identity while access ends: none that
begins after the commit passes, whatever takes the access away and however old the transaction is
that asks. Requests while secrets are regenerated with an overlap.

LONG=1	more than 50,000 requests after a loss, and 100,000 through 1,000 rotations
SEED=N	repeats the random choices
"""

import random
import threading

from requests_after_loss.losses import LOSSES
from requests_after_loss.place import Place, ask
from requests_after_loss.rotation import Rotation

from harness import SEED, Database, Tally, by_length, run_check, together

AFTER = by_length(1_200, 50_000)
THREADS = 4
ROTATIONS, REQUESTS = by_length(40, 1_000), 100
ISOLATION = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]


def create_database():
	return Database(
		"requests",
		roles={
			"requests_backend": "modelapi_acl_backend",
			"requests_gateway": "modelapi_acl_identity_gateway",
		},
		users=["owner"],
		settings={"modelapi_acl.max_created_organizations": 1000000},
	)


class Losses:
	"""One thread takes access away, another sends requests all the time, in a transaction whose
	snapshot is older than everything

	expected: the number of the loss that was committed last, and of each credential its reason,
	None where it goes on; None while something is under way
	"""

	def __init__(self, number, database, tally):
		self.place = Place(number, database, ("person", "machine")[number % 2])
		self.isolation = ISOLATION[number % 3]
		self.database, self.tally = database, tally
		self.random = random.Random(SEED * 1000 + number)
		self.lock = threading.Lock()
		self.requests, self.expected = None, None

	def begin(self):
		"""A session of the gateway whose snapshot is older than what follows"""
		gateway = self.database.connect("requests_gateway")
		gateway.set_session(isolation_level=self.isolation)
		cursor = gateway.cursor()
		cursor.execute("SELECT 1 FROM pg_catalog.pg_class LIMIT 1")
		return cursor

	def send_requests(self, stop):
		cursor = self.begin()
		choices = random.Random(SEED)
		while not stop.is_set():
			with self.lock:
				requests, expected = self.requests, self.expected
			if requests is None:
				continue
			api, credentials = requests
			name, credential = choices.choice(credentials)
			allowed, reason = ask(cursor, api, name, credential)
			if expected is None:
				self.tally.count("beside a loss")
				continue
			with self.lock:
				if expected is not self.expected:
					continue  # it may have come back
			self.judge("asked all the time", name, expected, allowed, reason)
		cursor.connection.close()

	def judge(self, who, name, expected, allowed, reason):
		title, reasons = expected
		refusal = reasons.get(name)
		if refusal is None:
			self.tally.count("not concerned")
			if not allowed:
				self.tally.problem("%s, %s, %s: refused as %s" % (title, who, name, reason))
			return
		self.tally.count("after a loss")
		if allowed or reason != refusal:
			self.tally.problem(
				"%s, %s (%s), %s: %s, not %s" % (title, who, self.isolation, name, reason, refusal)
			)

	def run(self):
		stop = threading.Event()
		sender = threading.Thread(target=self.send_requests, args=(stop,))
		sender.start()
		losses = [x for x in LOSSES if self.place.holder in x.holders]
		try:
			done = 0
			while done < len(losses) or self.tally.counts["after a loss"] < AFTER:
				if done % len(losses) == 0:
					self.random.shuffle(losses)
				self.lose(losses[done % len(losses)])
				done += 1
		finally:
			stop.set()
			sender.join()

	def lose(self, loss):
		place, tally = self.place, self.tally
		path = "until" if "%(until)s" in loss.take else loss.path
		place.give(path)
		credentials = place.credentials()
		with self.lock:
			self.requests = place.names["api"], credentials
		gateway = self.database.cursor("requests_gateway")
		old = self.begin()
		for name, credential in credentials:
			allowed, reason = ask(gateway, place.names["api"], name, credential)
			if not allowed and path != "until":
				tally.problem("%s, %s: %s before" % (loss.title, name, reason))
		place.run(loss.by, loss.take)
		expected = loss.title, loss.reasons
		with self.lock:
			self.expected = expected
		for name, credential in credentials:
			for who, cursor in (("a new one", gateway), ("an old transaction", old)):
				self.judge(who, name, expected, *ask(cursor, place.names["api"], name, credential))
		with self.lock:
			self.expected = None
		gateway.connection.close()
		old.connection.close()
		tally.count("losses")
		if loss.ends_place:
			place.make()
			return
		if loss.back:
			place.run(loss.by, loss.back)
		if loss.title == "lowered":
			return
		self.restore(loss, path)

	def restore(self, loss, path):
		"""No access, as before"""
		place = self.place
		if loss.title == "a person leaves":
			place.run("owner", "add_organization_member(%(organization)s, %(holder)s)")
		if loss.title == "no longer public":
			place.run("owner", "set_visibility(%(api)s, 'private')")
		place.clear(path)


def check_losses(check, database):
	tally = Tally()
	losses = [Losses(n, database, tally) for n in range(THREADS)]
	together([x.run for x in losses])
	tally.show()
	check.true(
		"%d losses, %d requests after them: %d wrong answers"
		% (tally.counts["losses"], tally.counts["after a loss"], len(tally.problems)),
		not tally.problems
		and tally.counts["after a loss"] >= AFTER
		and tally.counts["beside a loss"] > 0
		and tally.counts["not concerned"] > 0,
	)


def check_rotations(check, database):
	tally = Tally()
	rotations = [Rotation(n, database, tally, REQUESTS) for n in range(THREADS)]
	together([lambda r=r: r.run(ROTATIONS // THREADS, "100 ms") for r in rotations])
	tally.show()
	sent = sum(n for what, n in tally.counts.items() if what.startswith("requests"))
	check.true(
		"%d rotations, %d requests: %d refused within an overlap or accepted after it"
		% (tally.counts["rotations"], sent, len(tally.problems)),
		not tally.problems
		and tally.counts["rotations"] == ROTATIONS // THREADS * THREADS
		and sent >= ROTATIONS * REQUESTS * 0.9
		and tally.counts["requests within an overlap"] > 0
		and tally.counts["requests after an overlap"] > 0,
	)


def main(check):
	database = create_database()
	check_losses(check, database)
	check_rotations(check, database)


if __name__ == "__main__":
	run_check(main, seed=SEED)
