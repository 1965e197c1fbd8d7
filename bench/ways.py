"""Ways to run a query, which bench/measure, bench/own_tables and bench/search compare: through
the extension, and hand-written without row-level security.
"""

import os
import re
import statistics
import sys
import time

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
# milliseconds after which a query is cancelled
PATIENCE = 10000
# Queries that take fewer milliseconds run OFTEN times in each round after the first.
QUICK = 20
OFTEN = 5

# the least level that gives each permission, in the order of the type
LEVELS = {
	"view": "viewer",
	"view_logs": "viewer",
	"invoke": "viewer",
	"view_settings": "editor",
	"edit_settings": "editor",
	"deploy_version": "editor",
	"view_audit": "editor",
	"view_tokens": "editor",
	"create_token": "editor",
	"revoke_token": "owner",
	"view_collaborators": "editor",
	"manage_collaborators": "owner",
	"change_visibility": "owner",
	"transfer_ownership": "owner",
	"delete": "owner",
}
# the condition under which others hold them on a row m
PUBLIC = {
	"view": "m.visibility = 'public'",
	"invoke": "m.visibility = 'public' AND m.authorization_mode = 'unrestricted'",
}


class Query:
	"""A query, and the name and the parts of the hand-written queries for it"""

	def __init__(self, name, sql, by_hand=None, permission="view", **parts):
		self.name, self.sql, self.by_hand = name, sql, by_hand or name
		self.parts = dict(parts, least=LEVELS[permission], public=PUBLIC.get(permission, "false"))


sessions = {}


def connect(user, purpose=""):
	"""The session of a role and a purpose. Its prepared statements serve all users in turn"""
	if (user, purpose) not in sessions:
		sessions[user, purpose] = psycopg2.connect(user=user)
		sessions[user, purpose].autocommit = True
	return sessions[user, purpose]


def ask(sql, arguments=()):
	cursor = connect("postgres").cursor()
	cursor.execute(sql, arguments or None)
	return cursor.fetchall()


def put_in(text, parts):
	"""Replaces names in braces until there are none"""
	while True:
		result = re.sub(r"\{(\w+)\}", lambda found: parts[found.group(1)], text)
		if result == text:
			return result
		text = result


def handwritten(*files):
	"""The hand-written queries of each name, and the parts that replace names in braces

	files: of bench/peers, besides handwritten.sql"""
	queries, parts = {}, {}
	for name in ("handwritten.sql", *files):
		with open(os.path.join(HERE, "peers", name)) as file:
			text = file.read()
		for kind, title, sql in re.findall(
			r"^-- (name|define): (.*)\n((?:(?!-- name|-- define).*\n)*)", text, re.M
		):
			sql = re.sub(r"^--.*\n", "", sql, flags=re.M).strip().rstrip(";")
			if kind == "define":
				parts[title] = sql
			else:
				queries.setdefault(title, []).append(sql)
	return queries, parts


def wall_clock(session):
	return time.perf_counter()


def processor_time(session):
	"""The seconds that a session's backend has been running: other work disturbs them less"""
	with open("/proc/%d/schedstat" % session.get_backend_pid()) as file:
		return int(file.read().split()[0]) / 1e9


def count_processor_time():
	"""Lets Way measure the backend's processor time, where the kernel tells it"""
	global clock
	if os.path.exists("/proc/self/schedstat"):
		clock = processor_time


# the seconds that Way measures
clock = wall_clock


class Way:
	"""One way to run a query: a session with a prepared statement"""

	def __init__(self, session, name, sql, arguments, mode, begin=None, types=("uuid", "uuid")):
		self.session, self.begin, self.times, self.dead = session, begin, [], False
		self.cursor = session.cursor()
		self.name, self.mode = name, mode
		used = max([int(n) for n in re.findall(r"\$(\d)", sql)] or [0])
		self.cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = %s", (name,))
		if self.cursor.fetchone()[0] == 0:
			self.cursor.execute(
				"PREPARE %s%s AS %s" % (name, "(%s)" % ", ".join(types[:used]) if used else "", sql)
			)
		self.execute = "EXECUTE %s%s" % (
			name,
			"(%s)" % ", ".join("'%s'" % a for a in arguments[:used]) if used else "",
		)

	def run(self):
		if self.dead:
			return None
		cursor = self.cursor
		cursor.execute("BEGIN; SET LOCAL plan_cache_mode = %s" % self.mode)
		if self.begin:
			cursor.execute(self.begin)
		started = clock(self.session)
		try:
			cursor.execute(self.execute)
			rows = cursor.fetchall()
			ended = clock(self.session)
			cursor.execute("COMMIT")
		except psycopg2.errors.QueryCanceled:
			self.dead = True
			cursor.execute("ROLLBACK")
			return None
		self.times.append((ended - started) * 1000)
		return rows

	def plan(self, analyze=False):
		"""Its scans in one line"""
		options = ", ANALYZE, TIMING OFF, SUMMARY OFF" if analyze else ""
		found = [
			re.sub(r"^-> +| \(actual.*", "", line.strip())
			for line in self.lines("COSTS OFF" + options)
			if re.search(r"Scan|^ *Method", line)
		]
		return "; ".join(dict.fromkeys(found))[:200]

	def lines(self, options="ANALYZE"):
		"""The lines of EXPLAIN"""
		self.cursor.execute("BEGIN; SET LOCAL plan_cache_mode = %s" % self.mode)
		if self.begin:
			self.cursor.execute(self.begin)
		self.cursor.execute("EXPLAIN (%s) %s" % (options, self.execute))
		lines = [row[0] for row in self.cursor.fetchall()]
		self.cursor.execute("COMMIT")
		return lines

	def median(self):
		return statistics.median(self.times) if self.times and not self.dead else float("inf")


def reached(user, id):
	"""A private model API that a user reaches: by a grant on it or on its project"""
	return ask(
		"""SELECT m.id::text
		FROM modelapi_acl.model_apis m
			JOIN modelapi_acl.model_api_collaborators c ON c.model_api_id = m.id
		WHERE c.user_id = %s AND visibility = 'private'
		UNION ALL
		(SELECT m.id::text
		FROM modelapi_acl.organization_members o
			JOIN modelapi_acl.project_collaborators c USING (organization_id)
			JOIN modelapi_acl.model_apis m USING (project_id)
		WHERE o.user_id = %s AND visibility = 'private' LIMIT 1)
		LIMIT 1""",
		(id, id),
	)[0][0]


def hidden(ids):
	"""A model API on which, and on whose project, none of the users has a grant"""
	return ask(
		"""SELECT m.id::text
		FROM generate_series(6, 500) n
			JOIN modelapi_acl.model_apis m ON m.id = bench.id('model_api', n)
		WHERE visibility = 'private'
			AND NOT EXISTS (SELECT FROM modelapi_acl.model_api_collaborators c
				WHERE c.model_api_id = m.id AND c.user_id = ANY (%s::uuid[]))
			AND NOT EXISTS (SELECT FROM modelapi_acl.project_collaborators c
				WHERE c.project_id = m.project_id
					AND (c.user_id = ANY (%s::uuid[]) OR organization_id IS NOT NULL))
		LIMIT 1""",
		(list(ids), list(ids)),
	)[0][0]


def by_hand(texts, name, arguments):
	"""The hand-written queries, each with a custom and with a generic plan"""
	session = connect("postgres", "hand-written")
	return [
		Way(session, "%s_%d_%s" % (name, n, mode), text, arguments, mode)
		for n, text in enumerate(texts)
		for mode in ("force_custom_plan", "force_generic_plan")
	]


def keep_fastest(cells):
	"""Fills caches and makes plans; keeps the hand-written queries that may be the fastest

	cells: pairs of a way through the extension and a list of hand-written ones"""
	for ours, hand in cells:
		for _ in range(2):
			ours.run()
		best = PATIENCE
		for way in hand:
			while len(way.times) < 2 and not way.dead and min(way.times or [0]) <= 2 * best:
				way.cursor.execute("SET statement_timeout = %d" % min(max(4 * best, 50), PATIENCE))
				way.run()
			best = min([best] + way.times)
		hand[:] = [
			way for way in hand if way.times and not way.dead and min(way.times) <= 1.5 * best
		]
		for way in hand:
			way.times.clear()
			way.cursor.execute("SET statement_timeout = 0")
		ours.times.clear()


def compare(ours, hand, round, what):
	"""One round of a cell, which ends the program where the rows differ"""
	# Other work disturbs short measurements most: repeat them.
	for _ in range(OFTEN if round > 0 and ours.median() < QUICK else 1):
		expected = ours.run()
		for way in hand:
			rows = way.run()
			if (
				rows is not None
				and expected is not None
				and sorted(map(repr, rows)) != sorted(map(repr, expected))
			):
				sys.exit(what + ": a hand-written query gave other rows")
