"""Compares what the code recorded with the rules."""

from power.results import as_text
from power.rules import (
	ATTEMPTS,
	NOBODY,
	SIBLING,
	current_role,
	current_user,
	expected_answers,
	fails_to_state,
	may,
	may_state,
	skips_guards,
)


def check_record(cell, frame, mode, record, latched=False, off=False):
	"""Compares a record of trap.log

	mode: "try": the code tried all attempts; "state": it stated a user
	latched: whether the current user was determined before; None: perhaps
	off: whether the way sets row_security = off
	"""
	role, found = record
	cell.check("role", role, current_role(cell.session, frame))
	user = current_user(cell.session, frame)
	if mode == "state":
		if check_stating(cell, frame, found, latched):
			return
		if fails_to_state(cell.session, frame, mode, latched):
			user = NOBODY
	off = (cell.session.row_security_off or off) and role_is_subject(cell, frame)
	for name, allowed in expected_answers(user, off).items():
		cell.check(name, as_text(found[name]), *allowed)
	if mode == "try":
		for attempt in ATTEMPTS:
			check_attempt(cell, frame, attempt, found[attempt.name], off)


def role_is_subject(cell, frame):
	"""Whether row security applies to the current role"""
	return current_role(cell.session, frame) != "postgres"


def check_stating(cell, frame, found, latched):
	"""Compares what came of set_session_user(); whether it must have succeeded"""
	allowed = may_state(cell.session, frame, latched)
	cell.check("set_session_user", found["state"], "ok" if allowed else "42501")
	if allowed:
		cell.check("who, then", found["who"], "founder")
	return allowed


def check_attempt(cell, frame, attempt, got, off):
	session, name = cell.session, attempt.name
	if not may(attempt, session, frame):
		cell.check(name, got["out"], *attempt.refusals)
		return
	right = cell.check(name, got["out"], *(("ok", "42501") if off else ("ok",)))
	if right and attempt.event and got["out"] == "ok":
		skipped = skips_guards(session, frame, attempt.off)
		cell.check(name + ": an event", got["events"] > 0, not skipped)
		actor = "person" if current_user(session, frame) == SIBLING else "nobody"
		cell.check(name + ": its actor", got[actor], got["events"])
