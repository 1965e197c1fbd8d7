"""Asking the functions that answer about access, as callers of each kind, and counting
what was compared: shared by the checks that do."""

import collections
import contextlib
import datetime
import os
import subprocess
import tempfile

import psycopg2

from rules import ADMINISTRATOR, ANONYMOUS

SET_UP = """
	SET client_min_messages = error;
	CREATE EXTENSION modelapi_acl CASCADE;
	DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'answers_backend') THEN
			CREATE ROLE answers_backend LOGIN; GRANT modelapi_acl_backend TO answers_backend;
			CREATE ROLE answers_admin LOGIN; GRANT modelapi_acl_admin TO answers_admin;
			CREATE ROLE answers_both LOGIN; GRANT modelapi_acl_admin, modelapi_acl_backend TO answers_both;
		END IF;
	END $$;
	CREATE SCHEMA test;
	GRANT USAGE ON SCHEMA test TO PUBLIC;
	-- The rows of a query, or its error; whatever it did is undone
	CREATE FUNCTION test.ask(query text) RETURNS json LANGUAGE plpgsql AS $$
	DECLARE answer json; state text; message text; detail text; hint text;
	BEGIN
		EXECUTE 'SELECT coalesce(json_agg(row_to_json(t)), ''[]'') FROM (' || query || ') t' INTO answer;
		RETURN json_build_object('rows', answer);
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		RETURN json_build_object('error', state, 'text', json_build_array(message, detail, hint));
	END $$;
	-- After giving somebody a level: whether they hold the permission; undone again
	CREATE FUNCTION test.if_granted(statement text, model_api uuid, permission text, username text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE held boolean;
	BEGIN
		EXECUTE statement;
		SELECT EXISTS (SELECT FROM modelapi_acl.who_can(model_api, permission::modelapi_acl.permission) w WHERE w.username = if_granted.username) INTO held;
		RAISE EXCEPTION USING ERRCODE = 'UNDO1', MESSAGE = held::text;
	EXCEPTION WHEN SQLSTATE 'UNDO1' THEN RETURN SQLERRM;
	WHEN OTHERS THEN RETURN SQLSTATE;
	END $$;"""


def quoted(value):
	return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def call(name, *arguments):
	return "SELECT * FROM modelapi_acl.%s(%s)" % (name, ", ".join(quoted(a) for a in arguments))


def connect(database, **more):
	return psycopg2.connect(dbname=database, options="-c timezone=UTC -c lock_timeout=%d" % more.pop("lock_timeout", 0), **more)


def asked(cursor, queries):
	"""What each query answers, all in one statement; and the moment of that statement"""
	cursor.execute("SELECT (SELECT json_agg(test.ask(q) ORDER BY n) FROM unnest(%s::text[]) WITH ORDINALITY u (q, n)), statement_timestamp()", (queries,))
	answers, moment = cursor.fetchone()
	return answers or [], moment.astimezone(datetime.timezone.utc)


class Callers:
	"""Sessions in which anybody can ask"""

	def __init__(self, database, host=None):
		self.database, self.connections, self.more = database, {}, {"host": host} if host else {}

	def begin(self, caller, isolation="READ COMMITTED"):
		"""The cursor of a new transaction of the caller's"""
		role = "answers_admin" if caller == ADMINISTRATOR else "answers_backend"
		if role not in self.connections:
			self.connections[role] = connect(self.database, user=role, **self.more)
		self.connections[role].rollback()
		self.connections[role].set_session(isolation_level=isolation)
		cursor = self.connections[role].cursor()
		if caller not in (ADMINISTRATOR, ANONYMOUS):
			cursor.execute("SAVEPOINT s")
			with contextlib.suppress(psycopg2.DatabaseError):
				cursor.execute("SELECT modelapi_acl.set_session_user(%s)", (caller,))
			cursor.execute("ROLLBACK TO s")  # the disabled; who is latched stays so
		return cursor

	def ask(self, caller, queries):
		cursor = self.begin(caller)
		answers = asked(cursor, queries)
		cursor.connection.rollback()
		return answers

	def close(self):
		for connection in self.connections.values():
			connection.close()


class Check:
	"""Counts what was compared, by name; shows the first differences of each"""

	def __init__(self):
		self.counts = collections.Counter()
		self.passed, self.failed = collections.Counter(), collections.Counter()
		self.seed = None

	def compare(self, name, expected, came, what):
		if expected == came:
			self.passed[name] += 1
			return
		self.failed[name] += 1
		if self.failed[name] <= 3:
			if isinstance(expected, dict) and isinstance(came, dict):
				same = [k for k in expected if k in came and came[k] == expected[k]]
				expected, came = ({k: v for k, v in d.items() if k not in same} for d in (expected, came))
			print("seed %s, %s, %s:\n\texpected %s\n\tcame     %s" % (self.seed, name, what, expected, came), flush=True)

	def close(self):
		"""Tells all; the exit code"""
		if self.counts:
			print(", ".join("%d %s" % (n, name) for name, n in sorted(self.counts.items())))
		for name in sorted(set(self.passed) | set(self.failed)):
			print("%s: %d compared, %d differ" % (name, self.passed[name] + self.failed[name], self.failed[name]))
		passed = [name for name in self.passed if name not in self.failed]
		print("%d passed, %d failed" % (len(passed), len(self.failed)))
		return 1 if self.failed or not passed else 0


class Cluster:
	"""Another server on this machine, of a folder that it takes along when it stops"""

	def __init__(self):
		self.folder = tempfile.mkdtemp(prefix="answers", dir=os.environ.get("MODELAPI_ACL_PRIVATE"))

	@staticmethod
	def run(*command):
		subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

	def start(self):
		with open(self.folder + "/data/postgresql.conf", "a") as file:
			file.write("listen_addresses = ''\nunix_socket_directories = '%s'\nfsync = off\n" % self.folder)
		self.run("pg_ctl", "-D", self.folder + "/data", "-l", self.folder + "/log", "-w", "start")
		return self

	def stop(self):
		subprocess.run(["pg_ctl", "-D", self.folder + "/data", "-m", "immediate", "stop"], stdout=subprocess.DEVNULL)
		subprocess.run(["rm", "-rf", self.folder])

	@classmethod
	def restored(cls, database):
		"""A new cluster with a dump of the database"""
		new = cls()
		there = ("-h", new.folder)
		cls.run("pg_dump", "-Fc", "-f", new.folder + "/dump", database)
		cls.run("pg_dumpall", "--roles-only", "-f", new.folder + "/roles")
		cls.run("initdb", "-D", new.folder + "/data", "-U", os.environ.get("PGUSER", "postgres"), "-A", "trust", "--locale=C.UTF-8", "--encoding=UTF8")
		new.start()
		cls.run("psql", *there, "-X", "-q", "-f", new.folder + "/roles", "-d", "postgres")
		cls.run("createdb", *there, database)
		cls.run("pg_restore", *there, "--exit-on-error", "-d", database, new.folder + "/dump")
		return new

	@classmethod
	def standby(cls):
		"""A hot standby of the server"""
		new = cls()
		cls.run("pg_basebackup", "-D", new.folder + "/data", "-R", "-X", "stream", "-c", "fast")
		return new.start()
