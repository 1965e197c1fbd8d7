#!/usr/bin/python3
"""Information about hidden rows that leaks into what a caller may observe.

A pair of worlds is two databases that differ only in contents that the caller may not see. The same
random statements run in both. Rows, errors, row counts, notices, plans with their estimates, what
EXPLAIN ANALYZE counts, statistics, counters and locks that the role may read must be equal byte for
byte, but for the residues: what docs/limits.md says can still be learnt, see
non_interference/residues.py. Pairs take the kinds of callers in turn.

Each difference is printed with the seed of its pair, after the statement was made as small as
possible.

	PAIRS=N			how many pairs of worlds (LONG=1: 1,000)
	STATEMENTS=N	how many statements for each pair (LONG=1: 1,000)
	SEED=N			the seed of the first pair: PAIRS=1 SEED=N repeats one
	SIZES=1			only the second form: hidden texts differ in length as well, so that plans and
					estimates may differ; rows, errors and row counts must be the same. Without
					it, a quarter as many pairs of this form follow the others
	FINDINGS=FILE	differences are appended to this file
	KEEP=1			the databases ni_a and ni_b of the last pair stay
"""

import os

from harness import LONG, SEED, by_length, number, run_check
from non_interference.comparison import Pair, Totals
from non_interference.databases import Databases
from non_interference.session import read_values_as_text

PAIRS = number("PAIRS", by_length(10, 1000))
STATEMENTS = number("STATEMENTS", by_length(200, 1000))
SIZES = os.environ.get("SIZES")


def main(check):
	read_values_as_text()
	databases, totals = Databases(), Totals()
	try:
		for place in range(PAIRS + (0 if SIZES else PAIRS // 4)):
			# the kind of caller follows from the seed of the pair, so that SEED alone repeats it
			Pair(databases, totals, SEED + place, SIZES == "1" or place >= PAIRS).run(STATEMENTS)
			if LONG and place % 20 == 19:
				totals.show()
	finally:
		databases.close(keep=os.environ.get("KEEP"))
		totals.show()
		check.add(totals.statements - totals.differences, totals.differences)


if __name__ == "__main__":
	run_check(main, seed=SEED)
