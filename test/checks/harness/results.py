"""Counting what passed and what failed."""

import sys
import traceback


class Check:
	"""Prints each result and counts it"""

	def __init__(self):
		self.passed = self.failed = 0

	def add(self, passed, failed):
		"""Counts results that the caller has printed"""
		self.passed += passed
		self.failed += failed

	def true(self, name, ok, detail=""):
		self.add(bool(ok), not ok)
		print("%s: %s" % (name, "ok" if ok else ("FAILED %s" % (detail,)).rstrip()))
		return bool(ok)

	def equal(self, name, came, expected):
		return self.true(name, came == expected, "expected %r, came %r" % (expected, came))


def run_check(main, seed=None):
	"""Runs main(check), prints the counts and exits"""
	sys.stdout.reconfigure(line_buffering=True)
	if seed is not None:
		print("seed %d" % seed)
	check = Check()
	try:
		main(check)
	except Exception:
		traceback.print_exc()
		check.add(0, 1)
	if check.failed and seed is not None:
		print("FAILED with SEED=%d" % seed)
	finish(check)


def finish(check):
	"""Prints the counts and exits; for a program without a function main()"""
	print("%d passed, %d failed" % (check.passed, check.failed))
	sys.exit(1 if check.failed or not check.passed else 0)
