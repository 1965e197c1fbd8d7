"""Several sessions at once."""

import collections
import threading


class Tally:
	"""Counts events and keeps problems, from several threads"""

	def __init__(self):
		self.counts = collections.Counter()
		self.problems = []
		self.lock = threading.Lock()

	def count(self, what, n=1):
		with self.lock:
			self.counts[what] += n

	def problem(self, what):
		with self.lock:
			self.problems.append(what)

	def show(self):
		"""Prints the counts and the first problems"""
		print(", ".join("%s %d" % pair for pair in sorted(self.counts.items())))
		for problem in self.problems[:10]:
			print(problem)


def together(functions):
	"""Runs functions at the same time; when all have ended, raises the first one's error"""
	errors = []

	def call(function):
		try:
			function()
		except Exception as error:
			errors.append(error)

	threads = [threading.Thread(target=call, args=(function,)) for function in functions]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	if errors:
		raise errors[0]
