"""The programs of examples/orm, and PgBouncer: built and started."""

import concurrent.futures
import dataclasses
import os
import shutil
import time

from clients.world import BACKEND, WEB
from harness import ROOT, Programs, free_ports, run, write_pgbouncer_ini

FOLDER = ROOT / "examples" / "orm"
JARS = "/usr/share/java/postgresql.jar:/usr/share/java/gson.jar"


@dataclasses.dataclass
class Example:
	title: str  # in docs/orm.md
	command: list  # in a copy of the folder
	needs: tuple = ()  # what has to be prepared
	login: str = BACKEND


def node(title, folder, *needs, **more):
	return Example(title, ["node", folder + "/app.js"], ("node", *needs), **more)


# Those that need no preparation come first.
EXAMPLES = {
	"django": Example("Django", ["/usr/bin/python3", "django/app.py"]),
	"sqlalchemy": Example("SQLAlchemy", ["/usr/bin/python3", "sqlalchemy/app.py"]),
	"activerecord": Example("ActiveRecord", ["/usr/bin/ruby", "activerecord/app.rb"]),
	"jdbc": Example(
		"JDBC", ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", JARS, "jdbc/App.java"]
	),
	"prisma": node("Prisma", "prisma", "prisma"),
	"sequelize": node("Sequelize", "sequelize"),
	"typeorm": node("TypeORM", "typeorm"),
	"drizzle": node("Drizzle", "drizzle"),
	"kysely": node("Kysely", "kysely"),
	"pgx": Example("pgx", ["pgx/app"], ("pgx",)),
	"postgraphile": node("PostGraphile", "postgraphile", login=WEB),
}


class Examples(Programs):
	"""Runs the programs in a copy of their folder. Preparing the later ones begins at once."""

	def __init__(self, folder, names, world):
		super().__init__(folder)
		self.copy, self.world = folder / "orm", world
		shutil.copytree(FOLDER, self.copy, ignore=shutil.ignore_patterns("node_modules"))
		work = {"node": self.install_node, "prisma": self.generate_prisma, "pgx": self.build_pgx}
		needed = {need for name in names for need in EXAMPLES[name].needs}
		self.pool = concurrent.futures.ThreadPoolExecutor(len(work))
		self.prepared = {}
		for need, function in work.items():
			if need in needed:
				self.prepared[need] = self.pool.submit(function)

	def __exit__(self, *error):
		super().__exit__(*error)
		self.pool.shutdown()

	def run(self, *command, folder="", **environment):
		began = time.monotonic()
		run(
			*command,
			cwd=self.copy / folder,
			env={**os.environ, "HOME": str(self.folder), **environment},
		)
		print("%s: %.0f s" % (" ".join(map(str, command)), time.monotonic() - began))

	def install_node(self):
		modules = FOLDER / "node_modules"
		if modules.is_dir():
			# installed earlier with the same lock file
			(self.copy / "node_modules").symlink_to(modules.resolve())
			return
		options = ("--no-audit", "--no-fund", "--ignore-scripts", "--cache", self.folder / "npm")
		self.run("npm", "ci", *options)

	def generate_prisma(self):
		self.prepared["node"].result()
		# It needs no engine, but would download the one for migrations.
		self.run(
			"node",
			"node_modules/prisma/build/index.js",
			"generate",
			"--schema",
			"prisma/schema.prisma",
			PRISMA_SCHEMA_ENGINE_BINARY="/bin/true",
			CHECKPOINT_DISABLE="1",
		)

	def build_pgx(self):
		# Debian installs Go packages in a GOPATH.
		self.run(
			"go",
			"build",
			"-o",
			"app",
			".",
			folder="pgx",
			GO111MODULE="off",
			GOPATH="/usr/share/gocode",
			GOCACHE=str(self.folder / "go"),
			GOFLAGS="",
		)

	def start_pooler(self):
		(self.pooler,) = free_ports(1)
		configuration = write_pgbouncer_ini(
			self.folder,
			{self.world.name: "host=%s port=5432" % self.world.host},
			[BACKEND, WEB],
			listen_addr="127.0.0.1",
			listen_port=self.pooler,
			unix_socket_dir="",
			default_pool_size=3,
			max_client_conn=500,
		)
		self.start("pgbouncer", ["pgbouncer", configuration], self.pooler)

	def prepare(self, name):
		"""Waits until what the program needs is there"""
		for need in EXAMPLES[name].needs:
			self.prepared[need].result()

	def start_example(self, name):
		"""Returns its process and its port"""
		example = EXAMPLES[name]
		(port,) = free_ports(1)
		process = self.start(
			name,
			example.command,
			port,
			cwd=self.copy,
			HOME=str(self.folder),
			PORT=str(port),
			PGHOST="127.0.0.1",
			PGPORT=str(self.pooler),
			PGUSER=example.login,
			PGDATABASE=self.world.name,
			NODE_ENV="production",
			POSTGRAPHILE_PREPARED_STATEMENT_CACHE_SIZE="0",
		)
		return process, port
