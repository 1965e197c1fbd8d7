"""The columns, functions and statistics that statements use, read from the database."""

import re

from harness import read_queries

QUERIES = read_queries("non_interference_catalog")
STATISTICS_QUERIES = read_queries("non_interference_statistics")
RELATIONS = STATISTICS_QUERIES.pop("relations")
STATISTICS_QUERIES = {
	title: sql.replace("{relations}", RELATIONS) for title, sql in STATISTICS_QUERIES.items()
}
COUNTERS = STATISTICS_QUERIES["counters of the transaction"]
LOCKS = STATISTICS_QUERIES["locks"]
# what everybody may read about the tables
STATISTICS = [sql for title, sql in STATISTICS_QUERIES.items() if title.startswith("statistics:")]
# those that count from the beginning
CUMULATIVE = [sql for title, sql in STATISTICS_QUERIES.items() if title.endswith("cumulative")]


class Catalog:
	def __init__(self, cursor):
		self.columns = self.column_types(cursor, "columns")
		# those who have USAGE on every schema can name these too
		self.internal = self.column_types(cursor, "internal columns")
		self.expressions = self.index_expressions(cursor)
		cursor.execute(QUERIES["updatable columns"])
		self.updatable = {}
		for table, column in cursor.fetchall():
			self.updatable.setdefault(table, []).append(column)
		cursor.execute(QUERIES["labels of enums"])
		self.labels = {type: labels[1:-1].split(",") for type, labels in cursor.fetchall()}

	@staticmethod
	def column_types(cursor, query):
		cursor.execute(QUERIES[query])
		found = {}
		for table, column, type in cursor.fetchall():
			found.setdefault(table, {})[column] = type
		return found

	@staticmethod
	def index_expressions(cursor):
		"""The expressions and predicates of indexes, as ("expression", text), by table"""
		cursor.execute(QUERIES["index expressions"])
		found = {}
		for table, expression, computed, predicate in cursor.fetchall():
			for kind, text in (
				("expression", expression if computed == "t" else None),
				("predicate", predicate),
			):
				if text and (kind, text) not in found.get(table, []):
					found.setdefault(table, []).append((kind, text))
		return found

	def qualify(self, table, expression, alias):
		"""An expression, with the alias before bare names of columns"""
		names = "|".join(sorted(self.columns[table], key=len, reverse=True))
		parts = re.split(r"('(?:[^']|'')*')", expression)
		return "".join(
			part if n % 2 else re.sub(r"(?<![.\w\"])(%s)(?![\w(.\"])" % names, alias + r".\1", part)
			for n, part in enumerate(parts)
		)
