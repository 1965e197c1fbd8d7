"""What the DBA does: random actions on random tables and indexes of the extension."""

import collections
import pathlib
import random
import shutil
import time

import psycopg2

from harness import read_queries, run
from harness.sql import split

CATALOG = read_queries("dba")
ACTIONS = read_queries("dba_actions")
KINDS = (
	"reindex",
	"reindex concurrently",
	"reindex concurrently",
	"reindex table concurrently",
	"cluster",
	"vacuum full",
	"add",
	"add and rewrite",
	"generated",
	"expression",
	"concurrently",
	"partial",
	"rebuild",
	"bare",
	"rename",
	"trigger",
	"enable all",
	"statistics",
	"owner",
	"repack",
	"vacuum",
	"invalid",
)
# actions that rewrite a table in a way that hides its rows from older snapshots
REWRITING = ("add and rewrite", "generated")
# seconds between the two parts of an action
PAUSES = {"rebuild": 0.3, "bare": 0.3, "invalid": 0.2, "rename": 0.1}
TABLES_WITH_NAMES = ("projects", "model_apis", "organizations", "principal_names")
INCLUDE = " INCLUDE "


class Dba:
	def __init__(self, database, activity, seed):
		self.database, self.activity = database, activity
		self.cursor = database.cursor()
		self.random = random.Random("dba-%s" % seed)
		self.done, self.refused = collections.Counter(), collections.Counter()
		self.tables = database.rows(CATALOG["tables"])
		self.number = 0
		self.repack = pathlib.Path(shutil.which("pg_ctl")).with_name("pg_repack")
		if self.repack.exists():
			self.cursor.execute("CREATE EXTENSION pg_repack")

	def read(self, query, table):
		self.cursor.execute(CATALOG[query], {"table": table})
		return self.cursor.fetchall()

	def act(self):
		"""Takes one action, unless the chosen table or index does not fit it"""
		table, table_name, has_key = self.random.choice(self.tables)
		index, definition, index_name, is_key = self.random.choice(self.read("indexes", table))
		kind = self.random.choice(KINDS)
		self.number += 1
		fits = {
			"cluster": has_key,
			"rebuild": not is_key,
			"bare": INCLUDE in definition,
			"invalid": INCLUDE in definition,
			"repack": has_key and self.repack.exists(),
		}
		if not fits.get(kind, True):
			return
		if kind == "repack":
			self.run_pg_repack(table)
			return
		words = {
			"table": table,
			"table_name": table_name,
			"schema": table.split(".")[0],
			"index": index,
			"index_name": index_name,
			"definition": definition,
			"new": "dba_%d" % self.number,
			"expression": "upper(name)" if table_name in TABLES_WITH_NAMES else "(1)",
		}
		if kind == "bare":
			words["bare_definition"] = without_include(definition)
		if kind == "statistics":
			words["column"], words["target"] = self.read("statistics", table)[0]
		for n, part in enumerate(ACTIONS[kind].split("\n\n")):
			if n:
				time.sleep(PAUSES[kind])
			self.execute(kind, split(part % words))

	def execute(self, kind, statements):
		self.activity.statements = "; ".join(statements)
		if kind in REWRITING:
			self.activity.begin_rewrite()
		try:
			for statement in statements:
				self.cursor.execute(statement)
			self.done[kind] += 1
		except psycopg2.Error as error:
			if error.pgcode is None:
				raise
			self.refused["%s %s" % (kind, error.pgcode)] += 1
			if error.pgcode.startswith("XX"):
				print("%s: %s" % (kind, str(error).strip()[:300]))
		self.activity.end_rewrite()

	def run_pg_repack(self, table):
		try:
			run(self.repack, "-d", self.database.name, "-t", table, "--no-kill-backend")
			self.done["repack"] += 1
		except RuntimeError as error:
			self.refused["repack"] += 1
			print("pg_repack %s: %s" % (table, str(error).strip()[-300:]))


def without_include(definition):
	"""An index's definition without the columns that it only includes"""
	before, rest = definition.split(INCLUDE, 1)
	return before + rest[rest.index(")") + 1 :]
