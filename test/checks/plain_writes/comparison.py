"""Runs cells and compares what comes of each with what the rules expect."""

import collections
import dataclasses
import hashlib
import threading
import uuid

from plain_writes.cells import read_at_run_time, upsert_key
from plain_writes.expected import expected
from plain_writes.functions import Call
from plain_writes.sessions import Session
from plain_writes.summary import group_of
from reference.write_tables import ACTOR, ANYTHING, MADE, NOW, Value

# resources that are hidden, and the rows that are hidden with each
HIDDEN_WITH = {
	"m": ["m", "v", "log", "grant on m"],
	"tokens of m": ["token"],
	"tokens of robot": ["personal token"],
	"p": ["p", "grant on p"],
	"n": ["n", "nv", "hidden token"],
	"q": ["q"],
}
# rules whose refusals are compared with those of the function that does the same
SAME_AS_FUNCTION = ("unauthenticated", "creator", "permission", "value", "missing", "unique")


@dataclasses.dataclass
class Difference:
	cell: object
	kind: str
	answer: object  # expected
	outcome: object  # observed
	text: str


class Attempt:
	"""One cell in a caller's session. Each comparison returns None, or what differs as a pair of a
	kind and a text."""

	def __init__(self, comparison, session, login, cell):
		self.comparison, self.session, self.login, self.cell = comparison, session, login, cell
		self.table, self.caller, self.rules = cell.table, cell.caller, comparison.rules
		self.sql = comparison.statements.text(cell)
		self.answer = expected(cell, self.rules, comparison.cells)
		self.outcome = session.attempt(self.sql)

	def difference(self):
		"""The first Difference, or None"""
		found = self.compare()
		return found and Difference(
			self.cell, found[0], self.answer, self.outcome, self.describe(*found)
		)

	def describe(self, _kind, text):
		sql = self.sql if len(self.sql) < 900 else self.sql[:900] + " ..."
		lines = [
			"%s, %s" % (self.cell.line(), self.login),
			sql,
			"expected %s (%s)" % ("/".join(sorted(self.answer.codes)), self.answer.why),
			"got %s" % self.outcome,
		]
		return "\n\t".join(lines + ([text] if text else []))

	def compare(self):
		answer, outcome = self.answer, self.outcome
		if outcome.code not in answer.codes:
			return "answer", ""
		if outcome.code == "ok":
			difference = self.compare_row()
			if not difference and self.cell.form in ("values", "set", "select", "json, patch"):
				difference = self.compare_success_of_function()
			return difference
		difference = self.compare_message() if outcome.code != "0 rows" else None
		return difference or self.compare_error_of_function() or self.compare_with_missing()

	def compare_message(self):
		outcome = self.outcome
		text = outcome.message + outcome.detail + outcome.hint
		missing = [name for name in self.answer.names if name not in text]
		if missing:
			return "message", "does not name " + ", ".join(missing)
		if self.answer.why == "permission" and self.answer.names and not outcome.hint:
			return "message", "has no hint"
		return None

	# The row afterwards

	def compare_row(self):
		answer, changes = self.answer, self.session.changes(self.table.relation)
		two = self.cell.form == "two rows"
		events = sorted(answer.events * 2 if two else answer.events)
		if sorted(changes["events"]) != events:
			return "events", "events %s instead of %s" % (sorted(changes["events"]), events)
		unchanged = answer.row == self.rules.rows[self.table.name]
		rows = changes["rows"]
		if len(rows) != (2 if two else 0 if unchanged else 1):
			return "row", "%d rows are new or changed: %s" % (len(rows), rows)
		if two or unchanged:
			return None
		for column, value in answer.row.items():
			came = rows[0][column]
			value = self.constant(value, came, changes["now"])
			if came != value:
				return "row", "%s is %r instead of %r" % (column, came, value)
		returned = self.outcome.returned
		if returned and returned != [rows[0]]:
			return "returned", "returned %s, stored %s" % (returned, rows[0])
		return None

	def constant(self, value, came, now):
		"""The expected value of a column, where the rules have no constant"""
		if value is ACTOR:
			return self.rules.ids.get(self.caller.person)
		if value is NOW:
			return now
		return came if value in (ANYTHING, MADE) else value

	# The function that does the same

	def compare_success_of_function(self):
		"""It must make the same row and the same events"""
		call = Call(self.cell, self.rules).text()
		makes_identity = self.table.relation == "users" and self.cell.verb() == "INSERT"
		if not call or makes_identity:
			return None
		row_and_events = self.comparable(self.session.changes(self.table.relation))
		outcome = self.session.attempt(call)
		if outcome.code != "ok":
			# the function requires the permission where nothing changes, too; and some of its
			# arguments have no default
			unchanged = self.answer.row == self.rules.rows[self.table.name]
			right = outcome.code == "42883" or unchanged and outcome.code == "42501"
			return None if right else ("function", "%s: %s" % (call, outcome))
		other = self.comparable(self.session.changes(self.table.relation))
		if other != row_and_events:
			return "function", "%s: made %s instead of %s" % (call, other, row_and_events)
		return None

	def comparable(self, changes):
		skip = ["id", "state"] if self.cell.verb() == "INSERT" else ["id"]
		rows = [{c: v for c, v in row.items() if c not in skip} for row in changes["rows"]]
		return rows, sorted(changes["events"])

	def compare_error_of_function(self):
		"""It must raise the same error with the same message, detail and hint"""
		answer, cell = self.answer, self.cell
		if answer.why not in SAME_AS_FUNCTION or cell.form == "two rows":
			return None
		if isinstance(cell.value, Value) and cell.value.malformed:
			return None  # arguments are read before the function begins
		administers = self.caller.role == "admin" and self.table.relation.startswith("user")
		if answer.why in ("unauthenticated", "permission") and administers:
			return None  # functions for administrators ask for EXECUTE, whoever was stated
		call = Call(cell, self.rules).text()
		if not call:
			return None
		expected, outcome = self.outcome, self.comparison.error_of_function(self.session, call)
		if outcome.code == expected.code:
			# a function names the responsible user, and a plain write has the id
			same = outcome.words() == expected.words() or cell.column == "responsible_id"
			same = same or outcome.code in ("23502", "23505")
		else:
			same = outcome.code in ("42883", "ok")
			same = same or answer.why not in ("unauthenticated", "permission", "value")
		return None if same else ("function", "%s: %s" % (call, outcome))

	# A hidden resource and a missing one

	def compare_with_missing(self):
		"""With ids that do not exist in place of hidden ones the outcome must be the same"""
		keep = []
		resource = self.rules.row_resource(self.cell.table)
		changes_row = self.cell.verb() in ("UPDATE", "MERGE")
		if changes_row and self.caller.sees_row(self.table.relation, resource):
			# the row is visible with its ids: another id in their place is a change
			keep = self.rules.rows[self.table.name].values()
		other = self.sql
		for id in self.comparison.hidden_ids(self.caller):
			if id not in keep:
				other = other.replace(id, self.comparison.missing_ids[id])
		if other == self.sql:
			return None
		outcome = self.session.attempt(other)
		if (
			tuple(self.comparison.with_hidden_ids(w) for w in outcome.words())
			!= self.outcome.words()
		):
			return "missing", "missing instead of hidden: %s" % outcome
		return None


class Comparison:
	"""Runs the cells of all callers; several threads share it"""

	def __init__(self, rules, cells, statements):
		self.rules, self.cells, self.statements = rules, cells, statements
		self.lock = threading.Lock()
		self.passed, self.differences = 0, []
		# (table, verb): (column, value): (group of callers, code): count
		self.codes = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
		hidden = (rules.ids[name] for names in HIDDEN_WITH.values() for name in names)
		self.missing_ids = {id: str(uuid.uuid4()) for id in hidden}
		self.function_outcomes = {}

	def hidden_ids(self, caller):
		if caller.standing == "log writer":  # it may write logs of all model APIs
			return []
		return [
			self.rules.ids[name]
			for resource, names in HIDDEN_WITH.items()
			if not caller.sees(resource)
			for name in names
		]

	def with_hidden_ids(self, text):
		for hidden, missing in self.missing_ids.items():
			text = text.replace(missing, hidden)
		return text

	def error_of_function(self, session, call):
		"""Calls the function once for each caller and each list of arguments"""
		key = session.caller.name, hashlib.md5(call.encode()).digest()
		if key not in self.function_outcomes:
			self.function_outcomes[key] = session.attempt(call)
		return self.function_outcomes[key]

	def run(self, caller, login, cells):
		session = Session(caller, login)
		try:
			for cell in cells:
				self.run_cell(session, login, dataclasses.replace(cell, caller=caller))
		finally:
			session.close()

	def run_cell(self, session, login, cell):
		attempt = Attempt(self, session, login, cell)
		difference = attempt.difference()
		verb, label = cell.verb(), cell.label()
		if upsert_key(cell.form) or cell.form == "do nothing":
			verb += " ON CONFLICT"
		if label == "malformed" and read_at_run_time(cell.form):
			label += " (in JSON)"
		group = group_of(cell.caller, cell.table.name, verb)
		code = attempt.outcome.code + ("!" if difference else "")
		with self.lock:
			if difference:
				self.differences.append(difference)
			else:
				self.passed += 1
			self.codes[cell.table.name, verb][cell.column, label][group, code] += 1
