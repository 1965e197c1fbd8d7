"""What latest_state prints."""

import collections

from latest_state.moments import FORM, MOMENTS
from latest_state.verdict import LEGEND, RIGHT

WORST = "?+v-swd.r"  # the first of several symbols stands for all of them


def print_table(title, rows, row_of, results, isolation_levels):
	"""Rows by moments, with a symbol for each isolation level"""
	print("\n%-58s%s" % (title, "".join("%-6s" % heading for _, heading, _ in MOMENTS)))
	marks = collections.defaultdict(str)
	for result in results:
		operation, loss, moment, isolation = result.cell
		marks[row_of(operation, loss), moment, isolation] += result.symbol
	for row in rows:
		line = ""
		for moment in FORM:
			symbols = (marks[row, moment, i] for i in isolation_levels)
			line += "%-6s" % "".join(min(s, key=WORST.index, default=" ") for s in symbols)
		if line.strip():
			print("%-58s%s" % (row[:57], line.rstrip()))


def print_legend(isolation_levels):
	print("\nMoments:")
	for name, heading, _ in MOMENTS:
		print("  %-6s%s" % (heading, name))
	print("In each column a symbol for each of %s:" % ", ".join(isolation_levels))
	for pair in LEGEND.items():
		print("  %-6s%s" % pair)


def print_results(results, seconds, all_wrong):
	"""all_wrong: print every wrong result, rather than twelve of each symbol"""
	wrong = [r for r in results if r.symbol and r.symbol not in RIGHT]
	printed = collections.Counter()
	for result in sorted(wrong, key=lambda r: (WORST.index(r.symbol), r.cell[0].name)):
		printed[result.symbol] += 1
		if all_wrong or printed[result.symbol] <= 12:
			print("FAILED %s %s: %s" % (result.symbol, result.line(), result.text))
	counts = collections.Counter(r.symbol for r in results if r.symbol)
	print("\n%d attempts in %d s:" % (counts.total(), seconds))
	for symbol, meaning in LEGEND.items():
		print("%8d  %s" % (counts[symbol], meaning))
	print("%8d  more in which nothing waited" % sum(not r.symbol for r in results))
	print("%8d  deadlocks" % sum(r.deadlocks for r in results))
	return len(results) - len(wrong) - sum(not r.symbol for r in results), len(wrong)
