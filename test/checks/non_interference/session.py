"""A session of the caller's in one of the two databases, and what a statement gives there."""

import re

import psycopg2
import psycopg2.extensions

from non_interference.catalog import COUNTERS, LOCKS
from non_interference.residues import normalise

# these types and their arrays are compared as the server's text
AS_TEXT = (
	"16 17 18 20 21 23 25 26 114 199 700 701 1000 1005 1007 1009 1015 1016 1021 1022 1028 1082 1114"
	" 1115 1182 1184 1185 1186 1187 1231 1700 2950 2951 3802 3807"
)
EXPLAIN_ANALYZE = "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) "
CONSTANT = re.compile(r"('(?:[^']|'')*')::(timestamp with time zone|[\w.]+)")
COUNTED = (
	"counted: %s scans %d, returned %d, fetched %d, inserted %d, updated %d, deleted %d, blocks %d"
)


def read_values_as_text():
	types = tuple(map(int, AS_TEXT.split()))
	text = psycopg2.extensions.new_type(types, "TEXT", lambda value, cursor: value)
	psycopg2.extensions.register_type(text)


class Session:
	"""sizes: whether the two worlds have contents of different lengths"""

	def __init__(self, database, caller, sizes):
		self.connection = psycopg2.connect(dbname=database, user=caller.login)
		self.connection.autocommit = True
		self.cursor = self.connection.cursor()
		self.caller, self.sizes = caller, sizes
		self.cursor.execute("SET jit = off; SET client_min_messages = notice")
		version = self.connection.server_version
		self.parallel = "force_parallel_mode" if version < 160000 else "debug_parallel_query"

	def step(self, sql):
		"""What one statement gives, and whether it failed: its status and rows, or the error in
		full"""
		cursor = self.cursor
		try:
			cursor.execute(sql)
			answer = [cursor.statusmessage]
			if cursor.description:
				answer.append("\t".join(column.name for column in cursor.description))
				rows = [
					"\t".join("\\N" if v is None else v for v in row) for row in cursor.fetchall()
				]
				answer += sorted(rows) if self.sizes else rows
			return "\n".join(answer), False
		except psycopg2.Error as error:
			return (error.pgcode or "") + " " + (error.pgerror or str(error)), True

	def settings(self, statement):
		"""A statement's settings as SQL"""
		# printed plans contain random ids of new rows, and sizes
		may_print = not (
			statement.writes or self.sizes or statement.way in ("copied", "view", "barrier view")
		)
		return " ".join(
			"SET LOCAL %s;" % setting.replace("force_parallel_mode", self.parallel)
			for setting in statement.settings
			if "print" not in setting or may_print
		)

	def run(self, statement):
		"""Runs a statement in its way, in a transaction that is rolled back; returns all that the
		caller observes"""
		way, settings = statement.way, self.settings(statement)
		del self.connection.notices[:]
		if way == "statistics":
			self.cursor.execute("SELECT pg_stat_force_next_flush()")
		isolation = "ISOLATION LEVEL SERIALIZABLE" if way == "locks" else ""
		self.cursor.execute(
			"BEGIN %s; DEALLOCATE ALL; %s %s" % (isolation, self.caller.begin, settings)
		)
		answers = []
		if way == "counters":
			before, _ = self.step(COUNTERS)
			self.cursor.execute("SAVEPOINT before")
		for step in self.steps(statement):
			answer, failed = self.step(step)
			answers.append(answer)
			if failed:
				break
		if way == "counters":
			# what was read before an error is counted as well
			self.cursor.execute("ROLLBACK TO before")
			after, _ = self.step(COUNTERS)
			answers.append(self.counted(before, after, statement.writes))
		answers += self.connection.notices
		# an open transaction here would keep VACUUM in the other database from removing dead rows
		self.cursor.execute("ROLLBACK")
		return normalise("\n".join(answers))

	def steps(self, statement):
		"""The statements that are executed"""
		way, sql = statement.way, statement.sql()
		if way.startswith("EXPLAIN"):
			# see counted()
			return [(way.replace(", BUFFERS", "") if statement.writes else way) + " " + sql]
		if way in ("prepared", "with a parameter"):
			return self.prepared_steps(sql, CONSTANT.search(sql) if way != "prepared" else None)
		if way == "cursor":
			return [
				"DECLARE c SCROLL CURSOR FOR " + sql,
				"FETCH 2 FROM c",
				"FETCH ALL FROM c",
				"FETCH PRIOR FROM c",
				"MOVE ABSOLUTE 0 IN c",
			]
		if way in ("view", "barrier view"):
			barrier = "WITH (security_barrier)" if way == "barrier view" else ""
			steps = [
				"CREATE TEMP VIEW w %s AS %s" % (barrier, sql),
				"SELECT count(*) FROM w",
				EXPLAIN_ANALYZE + "SELECT * FROM w",
			]
			return steps[:2] if self.sizes else steps
		if way == "copied":
			return ["CREATE TEMP TABLE copied AS " + sql, "SELECT * FROM copied"]
		return [sql, LOCKS] if way == "locks" else [sql]

	def prepared_steps(self, sql, constant):
		"""constant: the match of one that becomes a parameter, or None"""
		execute, types = "EXECUTE p", ""
		if constant:
			execute += "(%s)" % constant.group(1)
			types = "(%s)" % constant.group(2)
			sql = sql.replace(constant.group(0), "$1")
		steps = ["PREPARE p%s AS %s" % (types, sql), execute]
		if not self.sizes:
			steps += ["EXPLAIN " + execute, EXPLAIN_ANALYZE + execute]
		return steps

	@staticmethod
	def counted(before, after, writes):
		"""The counters that have changed"""
		lines = []
		for old, new in zip(before.split("\n")[2:], after.split("\n")[2:]):
			name, *numbers = new.split("\t")
			changes = [int(n) - int(o) for n, o in zip(numbers, old.split("\t")[1:])]
			if writes:
				# a new random id goes anywhere in an index: the blocks that takes are chance
				changes[-1] = 0
			if any(changes):
				lines.append(COUNTED % (name, *changes))
		return "\n".join(lines)

	def close(self):
		self.connection.close()
