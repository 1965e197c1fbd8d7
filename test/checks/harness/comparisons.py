"""Many comparisons under a few names: each name is one result of the check."""

import collections
import threading


class Comparisons:
	"""Compares from several threads; prints the first differences of each name

	seed: of the random choices; it is printed with each difference"""

	def __init__(self, seed=None):
		self.seed = seed
		self.events = collections.Counter()
		self.compared, self.differences = collections.Counter(), collections.Counter()
		self.lock = threading.Lock()

	def count(self, event):
		with self.lock:
			self.events[event] += 1

	def compare(self, name, expected, came, what):
		"""what: what was compared, as text"""
		with self.lock:
			self.compared[name] += 1
			if expected == came:
				return
			self.differences[name] += 1
			shown = self.differences[name] <= 3
		if shown:
			if isinstance(expected, dict) and isinstance(came, dict):
				same = {k for k in expected if k in came and came[k] == expected[k]}
				expected, came = (
					{k: v for k, v in d.items() if k not in same} for d in (expected, came)
				)
			print(
				"seed %s, %s, %s:\n\texpected %s\n\tcame     %s"
				% (self.seed, name, what, expected, came)
			)

	def report(self, check):
		"""Prints the counts, and counts each name as a result"""
		if self.events:
			print(", ".join("%d %s" % (n, event) for event, n in sorted(self.events.items())))
		for name, count in sorted(self.compared.items()):
			differ = self.differences[name]
			check.true("%s, %d compared" % (name, count), not differ, "%d differ" % differ)
