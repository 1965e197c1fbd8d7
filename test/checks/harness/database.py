"""Databases with the extension, and servers of their own."""

import os
import re
import shutil
import subprocess
import time

import psycopg2

from harness.programs import run
from harness.settings import ROOT, scratch_folder

WORLD = ROOT / "test" / "setup" / "world.sql"
ROLE = """
	DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%(name)s') THEN
			CREATE ROLE %(name)s LOGIN %(options)s;
		END IF;
	END $$;
	GRANT %(granted)s TO %(name)s;
	"""


def as_user(cursor, user, sql, *arguments):
	"""The first row of a statement in a transaction of its own, with a user stated

	The cursor's session has to be in autocommit mode."""
	cursor.execute("BEGIN")
	try:
		state_user(cursor, user)
		cursor.execute(sql, arguments)
		row = cursor.fetchone() if cursor.description else None
		cursor.execute("COMMIT")
		return row
	except psycopg2.Error:
		cursor.execute("ROLLBACK")
		raise


def state_user(cursor, user):
	"""Says whom the session's transaction acts for"""
	cursor.execute("SELECT modelapi_acl.set_session_user(%s)", (user,))


def attempt(cursor, sql, arguments=None, raised=()):
	"""Runs a statement in an open transaction, and undoes it when it fails

	Returns the SQLSTATE of the error, or None; errors whose SQLSTATE is in `raised` are raised."""
	cursor.execute("SAVEPOINT attempt")
	try:
		cursor.execute(sql, arguments)
	except psycopg2.Error as error:
		if error.pgcode in raised:
			raise
		cursor.execute("ROLLBACK TO attempt")
		return error.pgcode
	return None


class Database:
	"""A new database with the extension

	roles: login roles, and what they are members of; options that CREATE ROLE takes may follow
		a semicolon: {"web": "modelapi_acl_authenticator; NOINHERIT"}
	users: names of users of the extension; each gets the address NAME@example.com
	settings: of the database
	server: a Server; otherwise test/run's
	world: whether it gets the cast of the regression tests, test/setup/world.sql
	"""

	def __init__(
		self,
		name,
		server=None,
		roles=None,
		users=(),
		settings=None,
		world=False,
		template="template1",
	):
		self.name = name
		self.server = server
		self.more = server.connection if server else {}
		self.host = self.more.get("host") or os.environ["PGHOST"]
		self.environment = {**os.environ, **(server.environment if server else {})}
		self.run("dropdb", "--if-exists", "--force", name)
		self.run("createdb", "-T", template, name)
		for setting, value in (settings or {}).items():
			self.rows("ALTER DATABASE %s SET %s = '%s'" % (name, setting, value))
		if world:
			self.psql("-f", WORLD)
		else:
			self.rows("SET client_min_messages = error; CREATE EXTENSION modelapi_acl CASCADE")
		for role, granted in (roles or {}).items():
			granted, _, options = granted.partition(";")
			self.rows(ROLE % {"name": role, "granted": granted, "options": options})
		created = self.rows(
			"SELECT name, modelapi_acl.create_user(name, name || '@example.com')::text"
			" FROM unnest(%s::text[]) WITH ORDINALITY AS u (name, n) ORDER BY n",
			list(users),
		)
		# of the users, by their names
		self.ids = dict(created)

	def connect(self, user=None, autocommit=False, **more):
		"""A new session; of the superuser unless a role is named"""
		session = psycopg2.connect(
			dbname=self.name, **{**self.more, **({"user": user} if user else {}), **more}
		)
		session.autocommit = autocommit
		return session

	def cursor(self, user=None, **more):
		"""A cursor of a new session in autocommit mode"""
		return self.connect(user, autocommit=True, **more).cursor()

	def rows(self, sql, *arguments):
		"""What the superuser gets, in a session of its own"""
		session = self.connect(autocommit=True)
		try:
			cursor = session.cursor()
			cursor.execute(sql, arguments or None)
			return cursor.fetchall() if cursor.description else []
		finally:
			session.close()

	def as_user(self, user, sql, *arguments):
		"""The first row that a user gets, in a session of its own"""
		session = self.connect(autocommit=True)
		try:
			return as_user(session.cursor(), user, sql, *arguments)
		finally:
			session.close()

	def run(self, *command):
		"""What a program of the server's prints"""
		return run(*command, env=self.environment)

	def psql(self, *arguments):
		return self.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.name, *arguments)

	def drop(self, *roles):
		"""Drops it, and then roles that own nothing anywhere else"""
		self.run("dropdb", "--force", self.name)
		for role in roles:
			self.run("psql", "-X", "-q", "-d", "postgres", "-c", "DROP ROLE " + role)


class Server:
	"""A server of a check's own, in a folder of its own, that listens on a socket there

	with Server("crashes", restart_after_crash="on") as server:
		database = Database("crashes", server)
	"""

	def __init__(self, name, **settings):
		self.folder = scratch_folder(name)
		self.data = self.folder / "data"
		self.log_file = self.folder / "server.log"
		self.connection = {"host": str(self.folder), "port": 5432, "user": "postgres"}
		self.environment = {
			"PGHOST": str(self.folder),
			"PGPORT": "5432",
			"PGUSER": "postgres",
			"PGDATA": str(self.data),
		}
		self.settings = {
			"listen_addresses": "",
			"unix_socket_directories": self.folder,
			"fsync": "off",
			**settings,
		}

	def __enter__(self):
		"""Makes it, unless its data is there, and starts it"""
		if not self.data.exists():
			self.initialize()
		with open(self.data / "postgresql.conf", "a") as file:
			for setting in self.settings.items():
				file.write("%s = '%s'\n" % setting)
		self.control("start")
		return self

	def __exit__(self, *_):
		# the check may have stopped it
		subprocess.run(["pg_ctl", "-D", self.data, "-m", "immediate", "stop"], capture_output=True)
		shutil.rmtree(self.data, ignore_errors=True)

	def initialize(self):
		arguments = ("-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "--encoding=UTF8")
		run("initdb", "-D", self.data, *arguments)

	def control(self, *arguments):
		"""pg_ctl; its output is not read, which the server would keep open"""
		subprocess.run(
			["pg_ctl", "-D", self.data, "-l", self.log_file, "-w", *arguments],
			check=True,
			stdout=subprocess.DEVNULL,
		)

	def run(self, *command):
		return run(*command, env={**os.environ, **self.environment})

	def log(self, since=0):
		with open(self.log_file, errors="replace") as file:
			file.seek(since)
			return file.read()

	@classmethod
	def standby(cls, name, **settings):
		"""A hot standby of test/run's server; not started"""
		new = cls(name, **settings)
		run("pg_basebackup", "-D", new.data, "-R", "-X", "stream", "-c", "fast")
		return new

	def restore(self, database):
		"""Restores the roles of test/run's server and a dump of one of its databases"""
		dump, roles = self.folder / "dump", self.folder / "roles"
		run("pg_dump", "-Fc", "-f", dump, database)
		run("pg_dumpall", "--roles-only", "-f", roles)
		self.run("psql", "-X", "-q", "-f", roles, "-d", "postgres")
		self.run("createdb", database)
		self.run("pg_restore", "--exit-on-error", "-d", database, dump)


def server_major():
	return int(re.search(r"\d+", run("postgres", "--version")).group())


def wait_for(condition, what, seconds=60):
	"""Waits until a condition holds"""
	end = time.monotonic() + seconds
	while not condition():
		if time.monotonic() > end:
			raise RuntimeError(what)
		time.sleep(0.05)
