"""Whether the outcome of an attempt is right."""

from latest_state.attempt import NotApplicableError
from latest_state.moments import expected

LEGEND = {
	".": "as it should be",
	"r": "serialization failure or deadlock, and as it should be when tried again",
	"+": "ACCEPTED WHERE IT SHOULD NOT BE",
	"-": "REFUSED WHERE IT SHOULD NOT BE",
	"v": "SHOWED A VALUE THAT WAS WRITTEN AFTER THE ACCESS WAS LOST",
	"w": "TAKING THE ACCESS WAITED",
	"s": "SUCCEEDED BUT WROTE NOTHING",
	"d": "SERIALIZATION FAILURE OR DEADLOCK WHEN TRIED AGAIN",
	"?": "ANOTHER OUTCOME",
}
RIGHT = ".r"
REFUSALS = {"42501", "PT404", "PT401", "40001", "nothing"}
BROKEN_OFF = ("40001", "40P01")


def run_attempt(attempt):
	"""Runs it; returns one of the symbols of LEGEND, or "" where it does not apply, and a text"""
	broken = None
	try:
		attempt.prepare()
		code, shown = attempt.run()
		code, events = attempt.finish(code)
		if code in BROKEN_OFF:
			broken = code
			attempt.deadlocks += code == "40P01"
			code = attempt.try_again()
	except NotApplicableError:
		return "", "not applicable"
	finally:
		attempt.clean()
	text = "%s, %d events" % (code, events)
	if broken:
		text = "%s, tried again: %s" % (broken, text)
	if shown:
		text += ", showed a later value"
	if attempt.errors:
		text += " (%s)" % "; ".join(attempt.errors)
	want, tolerated = expected(attempt.operation, attempt.loss, attempt.moment, attempt.isolation)
	if broken:
		return second_verdict(broken, code, want, tolerated), text
	return wrong_events(attempt, code, events, want) or verdict(
		attempt, code, shown, want, tolerated
	), text


def second_verdict(broken, code, want, tolerated):
	"""After the second try"""
	if code in BROKEN_OFF:
		return "d"
	if want == "yes" and code != "done" and code not in tolerated:
		return "-"
	if want == "no" and code == "done":
		return "+"
	return "r" if want != "yes" or broken == "40P01" or broken in tolerated else "-"


def wrong_events(attempt, code, events, want):
	"""The verdict where audit events do not fit the outcome, or where taking the access waited"""
	operation, earlier = attempt.operation, 0
	if attempt.moment == "between two statements":
		earlier = attempt.worker.earlier.get(operation.kind, 0)
	if attempt.moment == "by oneself, earlier" and code in ("done", "nothing"):
		earlier = 1
	if events < earlier:
		return "?"
	if attempt.waited:
		return "w"
	wrote = events > earlier
	if code == "done" and not wrote and not operation.lock:
		if want != "no":
			return "s"
		return "+" if operation.function else None
	if code != "done" and wrote and operation.rows == 1:
		return "?"
	return None


def verdict(attempt, code, shown, want, tolerated):
	done = code == "done"
	refused = (
		code in REFUSALS
		or attempt.loss.is_deletion()
		and code in ("23503", "22023")
		or code == "23505"
		and attempt.moment.endswith("committed")
	)
	if not done and not refused:
		return "?"
	if want == "no":
		return "v" if shown else "+" if done else "."
	if want == "yes" and not done and code not in tolerated:
		return "-"
	if want == "either" and shown:
		return "v"
	return "." if want == "either" or done else "r"
