#!/usr/bin/python3
"""Secrets that show up in logs or in views. A secret is sent in many shapes of statement, under
several logging settings of the server. By the recommended ways it shows up nowhere;
docs/security.md lists all other places.
"""

import ctypes
import ctypes.util
import hashlib
import os
import re

from harness import Database, Server, read_queries, run_check, server_major, wait_for

# "bound": sent as a parameter; "literal": written into the statement; "made": shown in the answer
SHAPES = {kind: read_queries("secrets_" + kind) for kind in ("bound", "literal", "made")}
TOKEN = r"mapi_\w{49}"
# by name: settings, and whether they are recommended
SETTINGS = {
	"default": ({}, True),
	"all, no parameters": (
		dict(log_statement="all", log_duration="on", log_parameter_max_length="0"),
		True,
	),
	"durations, no parameters": (
		dict(log_min_duration_statement="0", log_parameter_max_length="0"),
		True,
	),
	"auto_explain": ({"auto_explain.log_min_duration": "0"}, True),
	"log_statement = all": (dict(log_statement="all"), False),
	"log_min_duration_statement = 0": (dict(log_min_duration_statement="0"), False),
	"parameters on error": (dict(log_parameter_max_length_on_error="-1"), False),
	"auto_explain, verbose": (
		{"auto_explain.log_min_duration": "0", "auto_explain.log_verbose": "on"},
		False,
	),
	"no statements of errors": (dict(log_min_error_statement="panic"), True),
}
# from 16 on, auto_explain logs bound parameters by default
if server_major() >= 16:
	SETTINGS["auto_explain, parameters"] = (SETTINGS["auto_explain"][0], False)
	SETTINGS["auto_explain"] = (
		{**SETTINGS["auto_explain"][0], "auto_explain.log_parameter_max_length": "0"},
		True,
	)
VIEWS = {
	"pg_stat_statements": "pg_stat_statements AS s WHERE query",
	"pg_stat_activity": "pg_stat_activity WHERE pid <> pg_backend_pid() AND query",
	"audit_events": "modelapi_acl.audit_events AS e WHERE e::text",
	"access_tokens": "modelapi_acl.access_tokens AS t WHERE t::text",
}
# places where the search has to find it: kind, shape, place
FOUND = [
	("literal", "literal, and an error afterwards", "log"),
	("bound", "bound", "log"),
	("bound", "bound as the wrong type", "log"),
	("literal", "literal, in DO", "log"),
	("literal", "literal", "pg_stat_activity"),
	("literal", "literal, in DO", "pg_stat_statements"),
]

libpq = ctypes.CDLL(ctypes.util.find_library("pq"))
for function in ("PQconnectdb", "PQgetResult"):
	getattr(libpq, function).restype = ctypes.c_void_p
libpq.PQgetvalue.restype = ctypes.c_char_p
COPY_OUT = 3


class Sender:
	"""A session of libpq, which binds parameters as a gateway's driver does. It stays open until
	it is closed, so that pg_stat_activity shows what it sent last."""

	def __init__(self, conninfo):
		self.session = ctypes.c_void_p(libpq.PQconnectdb(conninfo.encode()))
		assert libpq.PQstatus(self.session) == 0

	def results(self):
		"""All that the server answers, as one text"""
		answers = []
		while True:
			result = ctypes.c_void_p(libpq.PQgetResult(self.session))
			if not result:
				return " ".join(answers)
			if libpq.PQresultStatus(result) == COPY_OUT:
				buffer = ctypes.c_char_p()
				while libpq.PQgetCopyData(self.session, ctypes.byref(buffer), 0) > 0:
					libpq.PQfreemem(buffer)
			answers += [
				libpq.PQgetvalue(result, row, column).decode()
				for row in range(libpq.PQntuples(result))
				for column in range(libpq.PQnfields(result))
			]
			libpq.PQclear(result)

	def simple(self, sql):
		assert libpq.PQsendQuery(self.session, sql.encode())
		return self.results()

	def bound(self, sql, values):
		"""Prepared, and executed twice"""
		assert libpq.PQsendPrepare(self.session, b"p", sql.encode(), len(values), None)
		self.results()
		array = (ctypes.c_char_p * len(values))(*[value.encode() for value in values])
		for _ in range(2):
			assert libpq.PQsendQueryPrepared(self.session, b"p", len(values), array, None, None, 0)
			self.results()

	def close(self):
		libpq.PQfinish(self.session)


def is_known(kind, shape, setting, place):
	"""Whether docs/security.md lists it"""
	if kind == "literal" and not shape.startswith("the digest"):
		if place == "pg_stat_statements":  # utility statements are kept as they are
			return any(word in shape for word in ("EXECUTE", "DO", "cursor", "COPY", "SET"))
		return place in ("log", "pg_stat_activity")  # there as long as its session
	if shape == "bound as the wrong type":  # the error quotes its input
		return place == "log"
	if kind == "bound" and not shape.startswith("the digest"):
		return place == "log" and not SETTINGS[setting][1]
	return False


class Search:
	"""Sends statements, and looks for their secrets"""

	def __init__(self, server, database):
		self.server, self.database = server, database
		self.conninfo = "host=%s port=5432 user=postgres dbname=%s" % (server.folder, database.name)
		# places by kind and shape, with the settings under which the secret was there
		self.leaks = {}
		self.surprises = []
		self.combinations = self.recommended = 0
		cursor = database.cursor()
		cursor.execute(
			"""CREATE EXTENSION pg_stat_statements;
			CREATE FUNCTION test.forward(api uuid, header text) RETURNS int LANGUAGE plpgsql AS $$
			BEGIN
				PERFORM modelapi_acl.authorize_invocation(api, header);
				RETURN 1;
			END $$"""
		)
		cursor.execute("SELECT test.id('forecast')::text")
		self.api = cursor.fetchone()[0]
		(self.token,) = database.as_user(
			"founder", "SELECT token FROM modelapi_acl.create_token(%s, 'canary')", self.api
		)
		cursor.execute("SELECT pg_stat_statements_reset()")

	def apply(self, settings):
		cursor = self.database.cursor()
		cursor.execute("ALTER SYSTEM RESET ALL")
		for name, value in settings.items():
			cursor.execute("ALTER SYSTEM SET %s = %%s" % name, (value,))
		cursor.execute("SELECT pg_conf_load_time()")
		(loaded,) = cursor.fetchone()
		cursor.execute("SELECT pg_reload_conf()")
		again = "SELECT pg_conf_load_time() > %s"
		wait_for(lambda: self.database.rows(again, loaded)[0][0], "the settings are not loaded")

	def send(self, sender, kind, sql):
		"""Sends a statement; returns the secret that it sent or received, or None"""
		header = "Bearer " + self.token
		digest = hashlib.sha256(self.token.encode()).hexdigest()
		if kind == "bound":
			value = digest if "{digest}" in sql else header
			sender.bound(sql.format(api=self.api, header="$1", digest="$1"), [value])
			return self.token
		quoted = {"header": "'%s'" % header, "digest": "'%s'" % digest}
		answer = sender.simple(sql.format(api=self.api, **quoted))
		if kind == "made":
			found = re.search(TOKEN, answer)
			return found and found.group()
		return self.token

	def places(self, secret, since):
		"""Where its secret part is found; the hint is public"""
		core = secret[9:-4]
		found = set()
		log = self.server.log(since)
		if core in log or " ".join(str(b) for b in core.encode()) in log:
			found.add("log")
		cursor = self.database.cursor()
		for view, condition in VIEWS.items():
			cursor.execute(
				"SELECT count(*) FROM " + condition + " LIKE '%%' || %s || '%%'", (core,)
			)
			if cursor.fetchone()[0]:
				found.add(view)
		cursor.execute("SELECT pg_stat_statements_reset()")
		return found

	def one(self, setting, kind, shape, sql):
		self.combinations += 1
		since = os.path.getsize(self.server.log_file)
		timeout = " options='-c statement_timeout=400'" if shape.endswith("a timeout") else ""
		sender = Sender(self.conninfo + timeout)
		secret = self.send(sender, kind, sql)
		if secret is not None:
			found = self.places(secret, since)
		else:  # an error took the answer with it: look for any secret
			log = self.server.log(since).replace(self.token, "")
			found = {"log"} if re.search(TOKEN, log) else set()
		sender.close()
		for place in found:
			self.leaks.setdefault((kind, shape), {}).setdefault(place, []).append(setting)
			if not is_known(kind, shape, setting, place):
				self.surprises.append((shape, setting, place))
		is_recommended = SETTINGS[setting][1]
		self.recommended += (
			is_recommended and kind != "literal" and shape != "bound as the wrong type"
		)

	def show(self):
		print("found, for shapes that are not recommended:")
		for (_, shape), found in self.leaks.items():
			for place, settings in found.items():
				under = "everywhere" if len(settings) == len(SETTINGS) else ", ".join(settings)
				print("  %-45s %-20s %s" % (shape, place, under))
		for surprise in self.surprises:
			print("NOT KNOWN: %s, %s: %s" % surprise)


def main(check):
	with Server(
		"secrets_in_logs", shared_preload_libraries="pg_stat_statements,auto_explain"
	) as server:
		database = Database("secrets", server, world=True)
		search = Search(server, database)
		for setting, (values, _) in SETTINGS.items():
			search.apply(values)
			for kind, statements in SHAPES.items():
				for shape, sql in statements.items():
					search.one(setting, kind, shape, sql)
		search.show()
		check.true(
			"%d shapes of statement under %d settings, %d combinations, of them %d recommended:"
			" found %d times where it is not known to be"
			% (
				sum(len(statements) for statements in SHAPES.values()),
				len(SETTINGS),
				search.combinations,
				search.recommended,
				len(search.surprises),
			),
			not search.surprises,
		)
		check.true(
			"and is found where it must be",
			all(place in search.leaks.get((kind, shape), {}) for kind, shape, place in FOUND),
		)
		dump = database.run("pg_dump", database.name)
		check.true(
			"a dump of %d bytes has no secret" % len(dump),
			not re.search(TOKEN, dump) and len(dump) > 10000,
		)


if __name__ == "__main__":
	run_check(main)
