"""The moments at which access is lost, and what is expected of an operation then."""

from latest_state.losses import BY_ONESELF

MOMENTS = [  # name, heading of the column, form of the statement
	("before the first statement", "bef", "plain"),
	("after the snapshot", "snap", "plain"),
	("after the snapshot, before the user is stated", "stat", "plain"),
	("between two statements", "betw", "plain"),
	("by oneself, earlier", "self", "plain"),
	("by oneself, undone", "undo", "plain"),
	("within a DO block", "do", "plain"),
	("during the statement", "dur", "start"),
	("row found, not yet written", "found", "found"),
	("between two rows", "2nd", "second"),
	("row written, statement not ended", "wrote", "written"),
	("waiting for the row, which changes", "row*", "plain"),
	("waiting for the row, only locked", "row", "plain"),
	("waiting for the parent", "par", "plain"),
	("waiting for the grantee or the user", "par2", "plain"),
	("waiting for a counter", "cnt", "plain"),
	("waiting for a unique key, rolled back", "uniq", "plain"),
	("waiting for a unique key, committed", "uniq*", "plain"),
	("from an older cursor, the row has changed", "curs", "plain"),
	("before the commit", "end", "plain"),
	("lost and regained during the statement", "again", "start"),
]
FORM = {name: form for name, _, form in MOMENTS}
WAITING = {name for name in FORM if name.startswith("waiting")}
EARLY = {"before the first statement", "after the snapshot", "during the statement"}
# with an old snapshot, a row lock at these moments may still be granted
BEFORE_THE_LOCK = {
	"after the snapshot",
	"after the snapshot, before the user is stated",
	"between two statements",
	"by oneself, earlier",
	"within a DO block",
}


def applies(operation, loss, moment):
	"""Whether the three make an attempt"""
	if operation.kind != loss.kind or FORM[moment] not in operation.forms:
		return False
	if loss.is_gain():
		gained = not operation.permission(loss.before) and operation.permission(loss.after)
		return gained and moment in EARLY
	return operation.permission(loss.before) and moment_applies(operation, loss, moment)


def moment_applies(operation, loss, moment):
	if moment.startswith("by oneself"):
		return loss.name in BY_ONESELF
	if moment.startswith("waiting for the row"):
		return operation.row is not None
	if moment.startswith("from an older cursor"):
		# Only a row lock can be fetched later. The weakest one does not wait for the change.
		waits = operation.lock and not operation.name.endswith("KEY SHARE")
		return waits and not loss.is_deletion() and not loss.clock
	if moment == "waiting for the parent":
		return bool(operation.parents)
	if moment.startswith("waiting for the grantee"):
		return len(operation.parents) > 1
	if moment.startswith("waiting for a unique"):
		return operation.unique is not None and not loss.is_deletion()
	if loss.deletes_object() or loss.name == "model: made private, the own grant expired":
		# the other moments come after a write, and a deletion has to wait for its commit
		return moment in EARLY or moment in WAITING
	if moment == "waiting for a counter":
		return not operation.lock
	if moment.startswith("lost and regained"):
		return loss.give is not None
	return True


def expected(operation, loss, moment, isolation):
	"""What must come of an attempt: "yes", it must succeed; "no", it must not; "either". And the
	SQLSTATEs, and "nothing" for no rows, that are as good as success."""
	old_snapshot = isolation != "READ COMMITTED"
	return success(operation, loss, moment, old_snapshot), tolerated(
		operation, loss, moment, old_snapshot
	)


def tolerated(operation, loss, moment, old_snapshot):
	codes = set()
	if moment.endswith("committed"):
		codes |= {"23505", "nothing"}
	if operation.own and moment.startswith("lost and regained"):
		codes.add("nothing")  # the row that the statement found is gone, there is a new one
	if not old_snapshot:
		return codes
	# the row or the counter of owners that the operation writes has been written by another session
	changed = moment.endswith(("changes", "has changed", "committed"))
	if operation.own or changed or operation.takes and moment != "before the commit":
		codes.add("40001")
	waits_for_user = moment in ("waiting for the parent", "waiting for the grantee or the user")
	if loss.name.endswith("renamed") and waits_for_user:
		codes.add("40001")  # the user's row has been changed
	return codes


def success(operation, loss, moment, old_snapshot):
	if loss.clock and moment.startswith("lost and regained"):
		return "either"  # the snapshot shows the old grant, which has expired
	if moment in (
		"before the commit",
		"lost and regained during the statement",
		"by oneself, undone",
	):
		return "yes"
	if loss.is_gain() and moment != "before the first statement":
		# the row must be visible in the snapshot, too
		during = moment == "during the statement" and not operation.function
		if old_snapshot or during:
			return "either"
	if operation.permission(loss.after):
		return "yes"
	if operation.lock:
		found = moment in ("during the statement", "row found, not yet written")
		if found or moment == "waiting for the row, only locked":
			return "either"
		if old_snapshot and moment in BEFORE_THE_LOCK:
			return "either"
	return "no"
