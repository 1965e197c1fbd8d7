"""The answers that were compared, and which of them are wrong."""

from dataclasses import dataclass


def as_text(value):
	return None if value is None else str(value)


@dataclass
class Wrong:
	title: str  # of the way
	session: str  # its name
	what: str
	got: object
	expected: str

	def line(self):
		words = (self.title, self.session, self.what, self.got, self.expected)
		return "\t".join(str(word) for word in words)


class Results:
	"""What was compared in all cells"""

	def __init__(self):
		self.cells = self.cells_run = self.answers = 0
		self.wrong = []

	def cell(self, title, session):
		"""A new cell"""
		self.cells += 1
		return Cell(self, title, session)


class Cell:
	"""One way in one kind of session"""

	def __init__(self, results, title, session):
		self.results, self.title, self.session = results, title, session
		self.is_wrong = False

	def check(self, what, got, *allowed):
		"""Compares an answer with those that are allowed"""
		self.results.answers += 1
		if got in allowed:
			return True
		expected = " or ".join(str(answer) for answer in allowed)
		self.results.wrong.append(Wrong(self.title, self.session.name, what, got, expected))
		self.is_wrong = True
		return False

	def count_run(self):
		"""Says that the server ran the code"""
		self.results.cells_run += 1

	def symbol(self, right):
		return "!" if self.is_wrong else right
