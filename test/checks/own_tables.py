#!/usr/bin/python3
"""Tables of an application: random tables, policies, askers and statements. Each statement runs on
the table, whose policies ask the extension, and on its twin, the same table under policies that
look into sets, which a superuser wrote from the reference's rules. The rows, the SQLSTATE and
the contents of the table afterwards are the same. Some statements wait for another transaction.

Half of the tables are protected by protect_table, the others have policies as somebody may write
them. The twin of the former has what protect_table's documentation says.

OWN_WORLDS=N	how many worlds, each with two tables (LONG=1: 400)
SEED=N			the first world's seed; each world's own seed is printed with a difference
"""

import collections
import random
import re

import psycopg2
from psycopg2.extras import execute_values

from harness import SEED, Database, by_length, number, run_check
from own_tables import sets
from own_tables.askers import ROLES, Askers
from own_tables.beside import Beside, change
from own_tables.shape import OWNER, Shape, rendered
from own_tables.statements import Statements
from random_worlds.world import Maker

EMPTIED = """
	DROP SCHEMA IF EXISTS own, twin CASCADE;
	DELETE FROM modelapi_acl.audit_events;
	DELETE FROM modelapi_acl.model_apis;
	DELETE FROM modelapi_acl.projects;
	DELETE FROM modelapi_acl.organizations;
	DELETE FROM modelapi_acl.users;
	DELETE FROM modelapi_acl_internal.principal_names;
	DELETE FROM modelapi_acl_internal.object_counters;
	CREATE SCHEMA own AUTHORIZATION own_tables_owner;
	CREATE SCHEMA twin AUTHORIZATION own_tables_owner;
	GRANT USAGE ON SCHEMA own, twin TO modelapi_acl_user, modelapi_acl_admin;
	"""
# every row of a table, whoever asks
FUNCTIONS = """
	CREATE SCHEMA test;
	GRANT USAGE ON SCHEMA test TO PUBLIC;
	CREATE DOMAIN test.key AS uuid;
	CREATE FUNCTION test.contents(relation text, columns text) RETURNS text LANGUAGE plpgsql
	SECURITY DEFINER SET row_security = off AS $$
	DECLARE
		answer text;
	BEGIN
		EXECUTE format(
			'SELECT md5(string_agg(t::text, '','' ORDER BY t::text)) FROM (SELECT %s FROM %s) t',
			columns, relation) INTO answer;
		RETURN answer;
	END $$;
	"""
# what must have come up
KINDS = [
	*["read", "write", "prepared", "cursor", "join", "write by a join", "rows", "refused"],
	*["plans with a scan by keys", "plans with a scan for each key", "waited for a writer"],
]
# by each asker on each table
STATEMENTS = 10
# a scan of an own table in EXPLAIN
OWN_SCAN = re.compile(r"Custom Scan \(.*\) on (own\.)?t\d")


class Comparison:
	def __init__(self):
		self.database = Database("own_tables", roles=ROLES, settings={"jit": "off"})
		self.database.rows(FUNCTIONS)
		self.superuser = self.database.cursor()
		self.superuser.execute("SET row_security = off; SET client_min_messages = error")
		self.askers = Askers(self.database)
		self.beside = Beside(self.database)
		self.counts = collections.Counter()
		self.differences = 0
		self.is_quiet = False

	def differ(self, seed, shape, asker, own, expected, came):
		self.differences += 1
		if self.differences <= 10 and not self.is_quiet:
			print(
				"world %s, table %s (%s rows, %s, %s), %s:\n\t%s"
				"\n\texpected %.600s\n\tcame     %.600s"
				% (
					seed,
					shape.name,
					shape.count,
					shape.division,
					shape.calls or shape.policies,
					asker,
					own,
					expected,
					came,
				)
			)

	def make_tables(self, shape):
		"""As their owner, but for foreign keys, which a superuser makes"""
		run = self.superuser.execute
		statements = list(shape.tables())
		for side in ("own", "twin"):
			for statement in statements:
				foreign = "REFERENCES" in statement
				run("RESET ROLE" if foreign else "SET ROLE " + OWNER)
				run(rendered(statement, side, shape.name))
			run("RESET ROLE")
		run("SELECT setseed(%s)", (shape.r.random(),))
		for statement in shape.rows() if shape.count else []:
			run(rendered(statement, "own", shape.name))
		inherited = shape.children if shape.division == "inherit" else []
		columns = "id, at, kind, body, " + ", ".join(key.column for key in shape.keys)
		for table in ["{T}", *inherited]:
			run(
				"INSERT INTO %s (%s) SELECT %s FROM ONLY %s"
				% (
					rendered(table, "twin", shape.name),
					columns,
					columns,
					rendered(table, "own", shape.name),
				)
				if inherited
				else "INSERT INTO twin.%s (%s) SELECT %s FROM own.%s"
				% (shape.name, columns, columns, shape.name)
			)
		for side in ("own", "twin"):
			for table in ["{T}", *shape.children]:
				run(
					"GRANT ALL ON %s TO modelapi_acl_user, modelapi_acl_admin"
					% rendered(table, side, shape.name)
				)
			run("SET ROLE " + OWNER)
			for statement in shape.protection(side):
				run(rendered(statement, side, shape.name))
			run("RESET ROLE")
			if shape.r.random() < 0.7:
				run("ANALYZE %s.%s" % (side, shape.name))

	def result(self, cursor, statement, side, shape):
		"""What its steps give: rows or a SQLSTATE, and the contents afterwards"""
		found = []
		cursor.execute("SAVEPOINT statement")
		try:
			for step in statement.steps:
				cursor.execute(rendered(step, side, shape.name))
				if cursor.description:
					rows = cursor.fetchall()
					found.append(rows if statement.ordered else sorted(rows, key=repr))
				else:
					found.append(cursor.rowcount)
			if statement.writes:
				columns = "id, at, kind, body, " + ", ".join(key.column for key in shape.keys)
				cursor.execute(
					"SELECT test.contents(%s, %s)", ("%s.%s" % (side, shape.name), columns)
				)
				found.append(cursor.fetchone())
		except psycopg2.Error as error:
			# a join of very many rows
			if isinstance(error, psycopg2.errors.QueryCanceled):
				found = None
			elif error.pgcode is None or error.pgcode.startswith(("XX", "57")):
				print(
					"failed: %s" % "; ".join(rendered(s, side, shape.name) for s in statement.steps)
				)
				raise
			else:
				found.append(error.pgcode)
		cursor.execute("ROLLBACK TO SAVEPOINT statement")
		if statement.kind == "prepared":
			cursor.execute("DEALLOCATE ALL")
		return found

	def count_scans(self, cursor, statement, shape):
		"""In how many plans one of the extension's scans finds the rows"""
		is_looked_at = shape.r.random() < 0.3
		if len(statement.steps) > 1 or (statement.kind != "join" and not is_looked_at):
			return
		forms = ["COSTS ON", "VERBOSE", "ANALYZE, VERBOSE, TIMING OFF"]
		form = shape.r.choice(forms) if is_looked_at else forms[0]
		cursor.execute("SAVEPOINT explained")
		try:
			cursor.execute(
				"EXPLAIN (%s) %s" % (form, rendered(statement.steps[0], "own", shape.name))
			)
			scans = [line for (line,) in cursor.fetchall() if OWN_SCAN.search(line)]
		except psycopg2.Error as error:
			if error.pgcode is None or error.pgcode.startswith("XX"):
				raise
			scans = []
		cursor.execute("ROLLBACK TO SAVEPOINT explained")
		self.counts["plans"] += 1
		self.counts["plans with a scan by keys"] += bool(scans)
		self.counts["plans with a scan for each key"] += any("cost=0.00" in line for line in scans)

	def compare_beside(self, seed, shape, cursor, statements, asker):
		"""The same for one statement that may wait for a transaction"""
		cursor.execute("SELECT pg_backend_pid(), current_setting('transaction_isolation')")
		pid, isolation = cursor.fetchone()
		if isolation != "read committed" or not shape.count:
			return
		statement = statements.waiting()
		# there the twin's condition is a join, whose other row is not looked for again
		if "{has:" in statement.steps[0]:
			return
		cursor.execute("SET LOCAL statement_timeout = '10s'")
		changed = change(shape.r, shape)
		expected, came = (
			self.beside.result(
				lambda side=side: self.result(cursor, statement, side, shape),
				pid,
				side,
				shape,
				changed,
			)
			for side in ("twin", "own")
		)
		if expected is None or came is None or "0A000" in (expected[-1], came[-1]):
			return
		self.counts["beside a writer"] += 1
		if came != expected:
			steps = "%s beside %s" % (statement.steps[0], changed)
			self.differ(seed, shape, asker, rendered(steps, "own", shape.name), expected, came)

	def compare(self, seed, shape, cursor, statements, asker):
		for _ in range(STATEMENTS):
			statement = statements.one()
			self.count_scans(cursor, statement, shape)
			expected = self.result(cursor, statement, "twin", shape)
			came = self.result(cursor, statement, "own", shape) if expected is not None else None
			if came is None:
				self.counts["left out, since it takes too long"] += 1
				continue
			# a plan may be impossible before conditions are simplified, which differ
			if statement.kind != "write" and "0A000" in (expected[-1], came[-1]):
				self.counts["left out, since it cannot be planned"] += 1
				continue
			self.counts[statement.kind] += 1
			self.counts["rows"] += sum(len(rows) for rows in expected if isinstance(rows, list))
			self.counts["refused"] += isinstance(expected[-1], str)
			if came != expected:
				steps = "; ".join(rendered(step, "own", shape.name) for step in statement.steps)
				self.differ(seed, shape, asker, steps, expected, came)

	def run(self, seed, without_sets=False):
		maker = Maker(seed)
		world, r = maker.world, random.Random(seed)
		self.askers.forget()
		self.superuser.execute("".join(["BEGIN;", EMPTIED, *maker.sql, sets.SETS, "COMMIT;"]))
		execute_values(
			self.superuser,
			"INSERT INTO twin.permitted VALUES %s",
			[("nobody", "nothing", None)] + ([] if without_sets else list(sets.rows_of(world))),
		)
		self.superuser.execute(sets.INDEX)
		# as many as it takes for a scan for each key of a join to be the best
		self.superuser.execute(
			"UPDATE pg_class SET reltuples = %s WHERE relname IN ('model_apis', 'projects')",
			(r.choice([-1, 100000, 100000]),),
		)
		shapes = [Shape(r, "t%d" % n, world) for n in range(2)]
		for shape in shapes:
			self.make_tables(shape)
			self.counts["tables by protect_table"] += bool(shape.calls)
			self.counts["tables with other policies"] += not shape.calls
		askers = list(self.askers.all(r, world))
		for role, who in r.sample(askers, 6):
			cursor = self.askers.begin(r, world, role, who)
			for shape in shapes:
				statements = Statements(shape, shapes)
				self.compare(seed, shape, cursor, statements, (role, who))
				if r.random() < 0.5:
					self.compare_beside(seed, shape, cursor, statements, (role, who))


def main(check):
	count = number("OWN_WORLDS", by_length(10, 400))
	comparison = Comparison()
	counts = comparison.counts
	# a few more worlds, if some kind of statement or plan has not come up yet
	for n in range(3 * count):
		comparison.run(SEED + n)
		counts["waited for a writer"] = comparison.beside.waited
		if comparison.differences > 100 or (n + 1 >= count and all(counts[kind] for kind in KINDS)):
			break
	print(", ".join("%d %s" % (n, name) for name, n in sorted(counts.items())))
	check.true(
		"%d worlds: %d differences" % (n + 1, comparison.differences), not comparison.differences
	)
	for kind in KINDS:
		check.true("some " + kind, counts[kind] > 0)

	# it would find differences: without the sets, twins show nothing to users
	comparison.differences, comparison.is_quiet = 0, True
	for n in range(10):
		comparison.run(SEED + n, without_sets=True)
		if comparison.differences:
			break
	check.true("differences are found where there are any", comparison.differences)


if __name__ == "__main__":
	run_check(main, seed=SEED)
