#!/usr/bin/python3
"""The attribute numbers in src/catalog/columns.h are those of a fresh install."""

import re

from harness import ROOT, Database, run_check

HEADER = ROOT / "src/catalog/columns.h"
COLUMNS = """
	SELECT 'Anum_' || c.relname || '_' || a.attname, a.attnum::integer
	FROM pg_class AS c
	JOIN pg_attribute AS a ON a.attrelid = c.oid
	WHERE c.relnamespace IN ('modelapi_acl'::regnamespace, 'modelapi_acl_internal'::regnamespace)
		AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"""


def declared(text):
	"""The constants of the enums with their values, as the C compiler counts them"""
	numbers = []
	for body in re.findall(r"^enum\n\{\n(.*?)^\};", text, re.M | re.S):
		number = -1
		for entry in filter(None, map(str.strip, body.split(","))):
			name, _, value = entry.partition(" = ")
			number = int(value) if value else number + 1
			numbers.append((name, number))
	return numbers


def main(check):
	text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
	numbers = declared(text)
	check.equal("constants", [n for n, _ in numbers], re.findall(r"\bAnum_\w+", text))
	check.true("there are constants", numbers)
	rows = Database("columns").rows(COLUMNS)
	catalog = dict(rows)
	check.equal("names of columns are unambiguous", len(catalog), len(rows))
	for name, number in numbers:
		check.equal(name, number, catalog.get(name))


if __name__ == "__main__":
	run_check(main)
