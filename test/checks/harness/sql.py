"""SQL of the checks, in test/checks/sql.

A file may hold several queries, each after a line "-- name: TITLE"; or lists of statements, each
list a paragraph, each statement ending with a line's end.
"""

import re

from harness.settings import ROOT

FOLDER = ROOT / "test" / "checks" / "sql"


def read_sql(name):
	"""The text of NAME.sql"""
	return (FOLDER / (name + ".sql")).read_text()


def read_queries(name):
	"""The queries of NAME.sql by their titles, in their order, without a last semicolon"""
	parts = re.split(r"^-- name: (.+)\n", read_sql(name), flags=re.M)[1:]
	return {
		title: sql.strip().removesuffix(";")
		for title, sql in zip(parts[::2], parts[1::2], strict=True)
	}


def read_lists(name):
	"""The paragraphs of NAME.sql, each as a list of its statements, without comments"""
	text = re.sub(r"^--.*\n", "", read_sql(name), flags=re.M)
	return [split(paragraph) for paragraph in re.split(r"\n{2,}", text.strip())]


def split(sql):
	"""The statements, which end with the end of a line and may hold $$ ... $$"""
	statements = [""]
	for line in sql.split("\n"):
		statements[-1] += line + "\n"
		if line.endswith(";") and statements[-1].count("$$") % 2 == 0:
			statements.append("")
	return [statement.strip().removesuffix(";") for statement in statements if statement.strip()]
