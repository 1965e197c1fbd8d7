"""What the DBA does at the moment."""


class Activity:
	"""Set by the DBA's thread and read by the clients' threads"""

	def __init__(self):
		# SQL
		self.statements = ""
		# of a table, in a way that hides the rows from older snapshots
		self.rewrites, self.rewriting = 0, False

	def begin_rewrite(self):
		self.rewrites, self.rewriting = self.rewrites + 1, True

	def end_rewrite(self):
		self.rewriting = False

	def state(self):
		return self.rewrites, self.rewriting

	def rewrote_since(self, state):
		"""Whether a table was rewritten at that time or since"""
		rewrites, rewriting = state
		return rewriting or self.rewrites != rewrites
