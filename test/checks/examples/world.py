"""The database, the pooler in front of it, and copies of the examples."""

import os
import shutil

from harness import ROOT, Database, free_ports, pgbouncer_version, run, write_pgbouncer_ini

USERS = ["ana", "ben", "cai"] + ["u%d" % n for n in range(20)]
CROWD = USERS[3:]
BACKEND, GATEWAY = "example_backend", "example_gateway"
# an id that no object has
MISSING = "00000000-0000-0000-0000-000000000000"


class World:
	def __init__(self, programs):
		self.programs, self.folder = programs, programs.folder
		self.database = Database(
			"examples",
			roles={BACKEND: "modelapi_acl_backend", GATEWAY: "modelapi_acl_identity_gateway"},
			users=USERS,
		)
		# Everything that the gateway sends is in the server's log, parameters as well.
		self.database.rows("ALTER ROLE %s SET log_statement = 'all'" % GATEWAY)
		self.database.rows("ALTER ROLE %s SET log_parameter_max_length_on_error = -1" % GATEWAY)
		for name in ("backend", "gateway"):
			self.copy_example(name)
		self.pooler_prepares = pgbouncer_version() >= (1, 21)
		self.pooler = self.start_pooler()

	def copy_example(self, name):
		"""Copies an example, and installs its packages unless they are there"""
		source, copy = ROOT / "examples" / name, self.folder / name
		shutil.copytree(source, copy, ignore=shutil.ignore_patterns("node_modules"))
		# what is there was installed by the same lock file
		modules = source / "node_modules"
		if modules.is_dir():
			(copy / "node_modules").symlink_to(modules)
			return
		cache = self.folder / "npm"
		environment = {**os.environ, "HOME": str(self.folder)}
		command = ("npm", "ci", "--no-audit", "--no-fund", "--cache", cache)
		run(*command, cwd=copy, env=environment)

	def start_pooler(self):
		"""Starts PgBouncer, with one more database that has a single server connection; the port"""
		(port,) = free_ports(1)
		address = "host=%s port=5432 dbname=examples" % self.database.host
		prepares = {"max_prepared_statements": 100} if self.pooler_prepares else {}
		configuration = write_pgbouncer_ini(
			self.folder,
			{"examples": address, "one": address + " pool_size=1"},
			[BACKEND, GATEWAY],
			listen_addr="127.0.0.1",
			listen_port=port,
			unix_socket_dir="",
			ignore_startup_parameters="",
			default_pool_size=4,
			max_client_conn=200,
			**prepares,
		)
		self.programs.start("pgbouncer", ["pgbouncer", configuration], port)
		return port

	def pooled(self, database="examples"):
		"""The environment of a program that connects through the pooler"""
		return {"PGHOST": "127.0.0.1", "PGPORT": str(self.pooler), "PGDATABASE": database}

	def as_ana(self, sql, *arguments):
		"""The first row that ana gets, who owns all model APIs of the gateway"""
		return self.database.as_user("ana", sql, *arguments)

	def drop(self):
		self.database.drop(BACKEND, GATEWAY)


def stop(process):
	process.terminate()
	process.wait()
