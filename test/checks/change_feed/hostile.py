"""Wrong positions, and callers who may not read the feed."""

import random

import psycopg2

from change_feed.notifications import NOBODY
from change_feed.world import DATABASE
from harness import SEED, by_length
from harness.callers import Callers, call
from reference.rules import ADMINISTRATOR, ANONYMOUS

# answers in place of rows that did not come
NO_ROWS = [{"event_id": "?", "model_api_id": None}]


def wrong_positions(position):
	return [
		"",
		" ",
		"x",
		"NULL",
		position + "x",
		position + " ",
		" " + position,
		"'; DROP TABLE x",
		"é",
		"9" * 5000,
		"-1",
		"1e9",
		"\\x00",
		"00000000-0000-4000-8000-000000000000",
		position * 2,
	]


def forged(position, r):
	"""A position with some other characters"""
	text = list(position)
	for _ in range(r.randint(1, 3)):
		text[r.randrange(len(text))] = r.choice("0123456789:,.-/abcdef")
	return "".join(text)


class Hostile:
	def __init__(self, world, position):
		self.world, self.position = world, position
		self.compare = world.comparisons.compare
		self.callers = Callers(DATABASE)

	def ask(self, caller, *since):
		return self.callers.ask(caller, [call("changes_since", *since)])[0][0]

	def run(self):
		for text in wrong_positions(self.position):
			for caller in (ADMINISTRATOR, "editor"):
				error = self.ask(caller, text).get("error", "rows")
				what = "%r as %s" % (text[:60], caller)
				self.compare("not a position", "22023", error, what)
			error = self.ask(ANONYMOUS, text).get("error", "rows")
			self.compare("not a position, nobody signed in", "PT401", error, repr(text[:60]))
		self.forge()
		self.compare_callers()

	def forge(self):
		"""Whatever position a forged one is taken for, it shows no events of others' model APIs"""
		r = random.Random(SEED)
		apis = self.world.apis[0] + self.world.apis[1]
		for _ in range(by_length(60, 300)):
			text = forged(self.position, r)
			answer = self.ask("stranger", text)
			shows_others = any(
				row["event_id"] is not None and row["model_api_id"] not in apis
				for row in answer.get("rows", NO_ROWS)
			)
			self.compare(
				"a forged position",
				True,
				answer.get("error") == "22023" or not shows_others,
				"%s: %s" % (text, str(answer)[:300]),
			)

	def compare_callers(self):
		self.world.cursor.execute(call("create_user", "newcomer", "newcomer@example.com"))
		rows = self.ask("newcomer").get("rows")
		events = [row["event_id"] for row in rows or NO_ROWS]
		self.compare("a stranger gets no event", [None], events, rows)
		rows = self.ask("newcomer", self.position).get("rows", NO_ROWS)
		events = [row["event_id"] for row in rows]
		self.compare("nor with another's position", [None], events, "")
		self.compare("nobody signed in", "PT401", self.ask(ANONYMOUS).get("error"), "")
		code = None
		try:
			nobody = psycopg2.connect(dbname=DATABASE, user=NOBODY)
			nobody.cursor().execute(call("changes_since"))
		except psycopg2.Error as error:
			code = error.pgcode
		self.compare("without privileges", "42501", code, "")
