"""The table that is printed, and the one in docs/orm.md."""

import re

from clients.client import ACTIONS
from clients.examples import EXAMPLES, FOLDER
from harness import ROOT

OVERRIDES = {"delete", "ids"}


def overrides(name):
	"""What the program overrides, according to comments in its source"""
	found = set()
	for path in (FOLDER / name).iterdir():
		if path.is_file():
			found |= set(re.findall(r"Override: (\w+)", path.read_text()))
	return found


def print_table(results):
	"""results: by the programs' names"""
	heads = ACTIONS + ["overrides", "seconds"]
	widths = [23 if len(head) > 12 else 13 for head in heads]

	def print_line(title, cells):
		columns = [cell.ljust(width) for cell, width in zip(cells, widths)]
		print("%-14s%s" % (title, "".join(columns)))

	print()
	print_line("", heads)
	for name, result in results.items():
		words = {True: "works", False: "fails", None: "-"}
		cells = [words[result.works.get(action)] for action in ACTIONS]
		cells += [", ".join(sorted(overrides(name))), "%.1f" % result.seconds]
		print_line(result.title, cells)
	print()


def read_table(page):
	"""The heads of the page's table, and its lines by clients"""
	table = re.search(r"^\| client \|.*?\n\n", page, re.M | re.S).group()
	lines = [
		[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()
	]
	return table, lines[0], {line[0]: dict(zip(lines[0], line)) for line in lines[2:]}


def compare_page(check, results):
	"""docs/orm.md has to say of each client what was seen: that it works, or why not"""
	page = (ROOT / "docs" / "orm.md").read_text()
	table, heads, lines = read_table(page)
	check.equal("page: its columns", heads, ["client", "seen with"] + ACTIONS + ["overrides"])
	titles = sorted(example.title for example in EXAMPLES.values())
	check.equal("page: its clients", sorted(lines), titles)
	for name, result in results.items():
		line, found = lines.get(result.title, {}), overrides(name)
		check.equal(
			"page: what works with " + result.title,
			{action: bool(re.match("works|function", line.get(action, ""))) for action in ACTIONS},
			{action: result.works.get(action, False) for action in ACTIONS},
		)
		check.equal(
			"page: overrides of " + result.title,
			line.get("overrides"),
			", ".join(sorted(found)) or "none",
		)
		check.true("page: no other overrides of " + result.title, found <= OVERRIDES, found)
	reasons = set(re.findall(r"\((\d)\)", table))
	check.equal("page: reasons", reasons, set(re.findall(r"^\((\d)\) ", page, re.M)))
