"""Tries every way in every session."""

import os
import time

from power.rules import (
	ADMINISTRATOR,
	IN_SESSION,
	NOBODY,
	SIBLING,
	current_user,
	fails_to_state,
	may_state,
	skips_guards,
)
from power.sessions import SESSIONS, STATE
from power.verdict import check_record
from power.world import in_session, try_statement

CONFIGURE = (
	"SELECT set_config('trap.label', %s, false), set_config('trap.cell', %s, false),"
	" set_config('trap.mode', %s, false), set_config('trap.busy', 'no', false)"
)
WHO = (
	"SELECT test.name(modelapi_acl.current_user_id()),"
	" modelapi_acl.has_permission(test.id('churn'), 'view')"
)
COUNT_DELETIONS = (
	"SELECT count(*) FROM modelapi_acl.audit_events"
	" WHERE object_id = test.id('doomed') AND action = 'model_api.deleted'"
)
SYMBOLS = {ADMINISTRATOR: "A", SIBLING: "p", NOBODY: "-"}


def symbol_of(session, frame):
	"""The symbol of a right cell: who the current user is"""
	if skips_guards(session, frame):
		return "S"
	return "m" if frame.kind == "maintenance" else SYMBOLS[current_user(session, frame)]


def try_ways(world, results, ways):
	"""Pairs of each way's title and the symbols of the sessions"""
	rows = []
	for way in ways:
		if os.environ.get("WAYS", "") not in way.title:
			continue
		if way.create:
			world.mallory.execute(way.create)
		if way.create_as_superuser:
			world.observer.execute(way.create_as_superuser)
		began = time.monotonic()
		symbols = (try_in_session(world, results, way, session) for session in SESSIONS)
		rows.append((way.title, "".join(symbols)))
		if os.environ.get("TIMES"):
			print("%6.2f %s" % (time.monotonic() - began, way.title))
		if way.drop:
			world.observer.execute(way.drop)
	return rows


def try_in_session(world, results, way, session):
	"""A symbol: that of the mode "try", unless an answer is wrong"""
	if session.begin and not way.in_transaction:
		return " "
	modes = ["try"]
	if session.state_mode and way.latches is not None:
		modes.append("state")
	symbols = []
	for mode in modes:
		number = world.new_number()
		if way.skipped_in(session):
			symbols.append(" ")
		else:
			symbols.append(Trial(world, results, way, session, mode).run(number))
	return "!" if "!" in symbols else symbols[0]


class Trial:
	"""One way in one session and one mode: "try", in which the code tries all attempts, or "state",
	in which it states a user first"""

	def __init__(self, world, results, way, session, mode):
		self.world, self.way, self.session, self.mode = world, way, session, mode
		self.cell = results.cell(way.title, session)

	def run(self, number):
		"""A symbol; number: under which the code records"""
		world, way, session = self.world, self.way, self.session
		if way.prepare_as_sibling:
			world.as_superuser(*way.prepare_as_sibling, state=True)
		if way.prepare:
			world.as_superuser(*way.prepare)
		cursor = world.cursor_of(session)
		cursor.execute(CONFIGURE, (way.label, str(number), self.mode))
		error, after = self.run_action()
		cursor.execute("SELECT set_config('trap.label', '', false)")
		if way.leaves_cursor:
			cursor.execute("CLOSE ALL")
		self.compare(world.record(number), error, after)
		if way.clean_up and error is None:
			world.observer.execute(in_session(session, way.clean_up))
		return self.cell.symbol(symbol_of(session, way.frame) if way.runs_in(session) else " ")

	def run_action(self):
		"""The error of the action or of COMMIT, and the answers after it in the same transaction"""
		way, error, after = self.way, None, None
		if not way.in_transaction:
			cursor = self.world.cursor_of(self.session)
			for statement in way.action:
				error = error or try_statement(cursor, in_session(self.session, statement))
			return error, after
		cursor = self.world.begin(self.session)
		for statement in way.action:
			cursor.execute("SAVEPOINT action")
			error = try_statement(cursor, in_session(self.session, statement))
			if error:
				cursor.execute("ROLLBACK TO action")
				break
		if not way.at_commit:
			after = self.answers_after(cursor)
		return try_statement(cursor, "COMMIT") or error, after

	def answers_after(self, cursor):
		"""Who the current user of the session itself is then: the user, whether they may view a
		model API of others, and what came of stating a user, where the session does that"""
		cursor.execute("SAVEPOINT after")
		stated = None
		if self.session.states_later:
			stated = try_statement(cursor, STATE) or "ok"
			if stated != "ok":
				cursor.execute("ROLLBACK TO after")
		cursor.execute(WHO)
		return (*cursor.fetchone(), stated)

	def compare(self, record, error, after):
		cell, way = self.cell, self.way
		runs = way.runs_in(self.session)
		if runs:
			cell.check("the statement", error, None)
			if cell.check("it ran", record is not None, True):
				cell.count_run()
				check_record(cell, way.frame, self.mode, record, way.latches, way.row_security_off)
		elif record is not None:
			cell.check("it ran", True, False)
		if after:
			self.compare_after(record is not None, *after)
		if way.deletes_model_api and runs:
			events = 0 if self.session.row_security_off else 1
			cell.check("events of the deletion", self.world.value(COUNT_DELETIONS), events)

	def compare_after(self, ran, name, may_view, stated):
		"""Compares what answers_after() found; ran: whether the code ran"""
		cell, session, frame = self.cell, self.session, self.way.frame
		latches = self.way.latches
		if session.states_later and latches is None:
			return
		user = current_user(session, IN_SESSION)
		if session.states_later:
			free = not latches and (not ran or frame.kind == "maintenance")
			cell.check("stated afterwards", stated, "ok" if free else "42501")
			user = SIBLING if free else NOBODY
		if ran and fails_to_state(session, frame, self.mode, latches):
			user = NOBODY
		if self.mode == "state" and ran and may_state(session, frame, latches):
			cell.check("who, afterwards", name, "founder")
		else:
			cell.check("who, afterwards", name, "sibling" if user == SIBLING else None)
			cell.check("administrator, afterwards", may_view, user == ADMINISTRATOR)
