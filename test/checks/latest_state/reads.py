"""What a reader sees while access is lost: the snapshot of the statement decides, and the clock at
which the snapshot was first used."""

from latest_state.attempt import Attempt
from latest_state.losses import LOSSES
from latest_state.operations import GATE, OPERATIONS
from latest_state.worker import ATTEMPTS_PER_USER, Worker, with_time

PLACES = ("next statement", "statement that runs", "next statement of a DO block")
NAMES = (
	"model: grant removed",
	"model: grant expires",
	"model: user disabled",
	"model: membership removed",
)
ANSWERS = (
	"modelapi_acl.has_permission('%(m)s', 'delete'),"
	" (SELECT count(*) = 1 FROM modelapi_acl.model_apis WHERE id = '%(m)s')"
)
# reads before the gate and after it
AROUND_GATE = "SELECT %s, g.* FROM (SELECT %s, %s OFFSET 0) AS g" % (ANSWERS, ANSWERS, GATE)
AFTER_GATE = (
	"""DO $do$ BEGIN
	PERFORM latest_state.gate(%%(k)s);
	PERFORM set_config('latest_state.answer', row(%s)::text, false);
END $do$"""
	% ANSWERS
)
ANSWER_OF_BLOCK = """
	SELECT current_setting('latest_state.answer') = '(t,t)',
		current_setting('latest_state.answer') <> '(f,f)'"""


def read(attempt, place):
	"""What is read before the loss and at the place, each as two booleans"""
	worker, actor, names = attempt.worker, attempt.actor, attempt.names
	attempt.prepare()
	attempt.begin()
	actor.run("SELECT " + ANSWERS % names)
	first = actor.cursor.fetchone()
	if first != (True, True):
		attempt.must_not_have_expired()
	if place == "next statement":
		attempt.take()
		actor.run("SELECT " + ANSWERS % names)
		return first, actor.cursor.fetchone()
	worker.holder.execute("SELECT pg_advisory_lock(%s)", (names["k"],))
	in_block = place == "next statement of a DO block"
	actor.send((AFTER_GATE if in_block else AROUND_GATE) % names)
	attempt.until_blocked()
	attempt.take()
	worker.holder.execute("SELECT pg_advisory_unlock_all()")
	actor.wait()
	if in_block:
		actor.run(ANSWER_OF_BLOCK)
	return first, actor.cursor.fetchone()


def check_reads(world, isolation_levels):
	"""Prints what is wrong; returns how many reads were right and wrong"""
	worker = Worker(0, world)
	losses = {loss.name: loss for loss in LOSSES}
	operation = next(o for o in OPERATIONS if o.name.startswith("set_setting"))
	cells = [(name, i, place) for name in NAMES for i in isolation_levels for place in PLACES]
	wrong = 0
	for name, isolation, place in cells:

		def read_once(margin, cell=(operation, losses[name], place, isolation)):
			worker.count += -worker.count % ATTEMPTS_PER_USER  # a new user
			attempt = Attempt(worker, *cell, margin)
			try:
				return read(attempt, cell[2])
			finally:
				attempt.clean()

		first, answer = with_time(read_once)
		want = isolation != "READ COMMITTED" or place == "statement that runs"
		if name == "model: grant expires" and place.startswith("next") and want:
			want = answer[0]  # a later statement of an old snapshot may have a clock of its own
		if first != (True, True) or answer[:2] != (want, want):
			wrong += 1
			line = " | ".join(("reading", name, place, isolation))
			print("FAILED ? %s: %s, then %s" % (line, first, answer))
	print("%d reads while access is lost, %d of them wrong" % (len(cells), wrong))
	return len(cells) - wrong, wrong
