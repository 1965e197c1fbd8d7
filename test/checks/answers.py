#!/usr/bin/python3
"""Wrong answers of the functions about access, over random histories: who can do what and why, who
could at a moment in the past, and what a change did.

The program makes random changes and compares every answer with the reference in
test/reference/history.py: while the changes are made, at every remembered moment, and again in a
server where a dump is restored.

	STEPS=N		how many transactions (LONG=1: many more, and several histories)
	SEED=N		repeats the random choices
"""

from answers.changes import Changes
from answers.history import DATABASE, History
from answers.hostile import Hostile
from answers.past import Past
from answers.present import Present
from answers.timing import print_times
from answers.transactions import Transactions
from harness import SEED, Server, by_length, number, run_check
from harness.comparisons import Comparisons

STEPS = number("STEPS", by_length(120, 400))
HISTORIES = by_length(1, 3)


def run_history(history):
	"""Makes random changes, and compares answers meanwhile and afterwards"""
	changes, present, past = Changes(history), Present(history), Past(history)
	hostile, transactions = Hostile(history), Transactions(history, changes)
	for step in range(STEPS):
		transactions.step()
		if step % 6 == 5:
			present.run()
		if step % 6 == 2:
			moments = list(history.moments())
			some = history.random.sample(moments, min(4, len(history.timeline)))
			past.run(some, "then, in between")
			past.run_as(3)
		if step % 20 == 19:
			hostile.run()
			changes.record_some(4, 2)
	transactions.finish_all()
	present.run()
	past.run(history.some_moments(100))
	changes.record_some(len(history.records), 1)
	transactions.close()
	history.close()


def compare_restored(history, place):
	"""The same answers from a server where a dump is restored"""
	with Server("restored%d" % place) as server:
		server.restore(DATABASE)
		history.connect(server)
		state, _ = history.look()
		expected = history.timeline[-1][2].key()
		history.comparisons.compare("restored, the rows", expected, state.key(), "")
		Past(history).run(history.some_moments(100), "restored")
		Changes(history).record_some(len(history.records), 1)
		Present(history).run()
		history.close()


def main(check):
	comparisons = Comparisons()
	for n in range(HISTORIES):
		comparisons.seed = SEED + n
		print("seed %d, %d steps" % (comparisons.seed, STEPS))
		history = History(comparisons.seed, comparisons)
		run_history(history)
		compare_restored(history, n)
		if n == 0:
			print_times()
		if n + 1 < HISTORIES:
			history.database.drop()
	comparisons.report(check)


if __name__ == "__main__":
	run_check(main)
