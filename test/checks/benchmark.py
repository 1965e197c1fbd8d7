#!/usr/bin/python3
"""The benchmark works: a small run has every cell.

Nothing is asserted about time. The measuring itself compares the rows of hand-written SQL with
those of row-level security.
"""

import csv
import os
import subprocess
import xml.etree.ElementTree

from harness import ROOT, run, run_check, scratch_folder

# ours and hand-written SQL, for each of 4 users; then requests and look-ups of one row; and
# queries on an application's own tables
QUERIES, USERS, SINGLE = 32, 4, 7 + 2 * 4
OWN_TABLES = 13
PEERS = ("setup", "plpgsql", "in_select", "any_array", "subplans", "tokens")
ROLES = ("backend", "gateway", "claims"), ("plpgsql", "in_select", "any_array", "subplans")


def succeeds(check, name, *command):
	result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
	lines = (result.stdout + result.stderr).strip().split("\n")
	check.true(name, result.returncode == 0, "\n".join(lines[-20:]))


def check_figures(check, path):
	with open(path) as file:
		rows = list(csv.DictReader(file))
	cells = {
		(row["query"], row["user"], row["way"])
		for row in rows
		if row["user"] and row["median_ms"] and row["ratio_to_hand"]
		if row["way"] in ("modelapi_acl", "hand") and 0 < float(row["median_ms"]) < 1e6
	}
	check.equal("cells with figures", len(cells), QUERIES * USERS * 2)
	single = [row for row in rows if row["query"] in ("requests", "lookups")]
	check.equal("requests and look-ups", sum(float(r["median_ms"]) > 0 for r in single), SINGLE)
	check.equal("rows without a plan", [row for row in rows if not row["plan"]], [])
	others = {row["query"] for row in rows} - {query for query, _, _ in cells}
	check.true("granting and memory are measured", others >= {"granting", "memory, MB"}, others)


def check_own_tables(check, path):
	with open(path) as file:
		rows = list(csv.DictReader(file))
	figures = [row for row in rows if row["user"] and 0 < float(row["median_ms"]) < 1e6]
	check.equal("cells of own tables with figures", len(figures), OWN_TABLES * 2 * USERS)
	check.equal("each with a plan", [row for row in rows if not row["plan"]], [])


def check_typed(check, path):
	with open(path) as file:
		cells = list(csv.DictReader(file))
	figures = [float(cell["ratio"]) > 0 and float(cell["newest_ms"]) > 0 for cell in cells]
	# two names, up to four characters of each
	check.equal("cells of search as you type with figures", figures, [True] * 8 * USERS)


def main(check):
	folder = scratch_folder("benchmark")
	os.environ.update(OUT=str(folder), ROUNDS="1", DURATION="1", PGDATABASE="bench")
	run("createdb", "bench")
	try:
		psql = ("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1")
		sizes = ("-v", "model_apis=20000", "-v", "tokens=20000")
		succeeds(check, "the data is made", *psql, *sizes, "-f", "bench/generate.sql")
		files = ["-fbench/roles.sql", *("-fbench/peers/%s.sql" % peer for peer in PEERS)]
		succeeds(check, "the peers are made", *psql, *files)
		succeeds(check, "everything is measured", "/usr/bin/python3", "bench/measure")
		check_figures(check, folder / "results.csv")
		succeeds(check, "own tables are measured", "/usr/bin/python3", "bench/own_tables")
		check_own_tables(check, folder / "own_tables.csv")
		os.environ.update(NAMES="zephyr-7b,whisper-1", LENGTHS="4")
		succeeds(check, "search as you type is measured", "/usr/bin/python3", "bench/search")
		check_typed(check, folder / "search.csv")
		chart = xml.etree.ElementTree.parse(folder / "results.svg").getroot()
		bars = chart.findall("{http://www.w3.org/2000/svg}rect")
		check.true("the chart has a bar for each", len(bars) >= QUERIES * USERS, len(bars))
	finally:
		run("dropdb", "--force", "bench")
		for prefix, names in zip(("bench_", "peer_"), ROLES, strict=True):
			roles = ", ".join(prefix + name for name in names)
			run("psql", "-X", "-q", "-d", "postgres", "-c", "DROP ROLE IF EXISTS " + roles)


if __name__ == "__main__":
	run_check(main)
