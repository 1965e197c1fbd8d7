"""A statement in parts, so that one that shows a difference can be made smaller."""


def quote(text):
	return "'" + text.replace("'", "''") + "'"


class Statement:
	"""Its parts, and the way it is run

	sql: the text, in which {from} and {where} stand for parts
	settings: for SET LOCAL
	way: "plain", an EXPLAIN with its options, or another one that session.py knows
	parts: lists: joins, conditions, tail (ORDER BY and what follows it)
	writes: whether it may write
	"""

	def __init__(self, sql, settings=(), way="plain", **parts):
		self.form, self.settings, self.way = sql, list(settings), way
		self.parts = parts
		self.writes = False

	def sql(self):
		if not self.parts:
			return self.form
		conditions = self.parts.get("conditions", [])
		text = self.form.replace("{from}", " ".join(self.parts.get("joins", [])))
		text = text.replace("{where}", " WHERE " + " AND ".join(conditions) if conditions else "")
		return (text + " " + " ".join(self.parts.get("tail", []))).rstrip()

	def smaller(self):
		"""Statements with one part less"""
		for place in range(len(self.settings)):
			yield self.copy(settings=self.settings[:place] + self.settings[place + 1 :])
		for name in ("conditions", "tail", "joins"):
			parts = self.parts.get(name, [])
			# without its ORDER BY a statement may return the same rows in another order
			first = 1 if name == "joins" or "ORDER BY" in "".join(parts) else 0
			for place in range(first, len(parts)):
				yield self.copy(**{name: parts[:place] + parts[place + 1 :]})
		if self.way != "plain":
			yield self.copy(way="plain")
		if self.way.startswith("EXPLAIN (ANALYZE") and "VERBOSE" in self.way:
			yield self.copy(way=self.way.replace(", VERBOSE", ""))

	def copy(self, settings=None, way=None, **parts):
		other = Statement(
			self.form,
			self.settings if settings is None else settings,
			way or self.way,
			**dict(self.parts, **parts),
		)
		other.writes = self.writes
		return other
