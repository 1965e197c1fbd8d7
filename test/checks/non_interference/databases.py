"""Makes the databases: a template, and one for each of the two worlds."""

import io

import psycopg2

from harness import Database, read_sql
from non_interference.catalog import Catalog
from non_interference.tables import copy_text

TEMPLATE = "non_interference"
NAMES = ("ni_a", "ni_b")
# the trigger would set the transaction ids of changes, which a world has already
BEFORE_LOAD = """
	SET row_security = off; SET client_min_messages = error;
	BEGIN;
	ALTER TABLE modelapi_acl_internal.changes DISABLE TRIGGER receive_change"""
AFTER_LOAD = """
	INSERT INTO modelapi_acl_internal.search_documents (model_api_id, document)
	SELECT id, modelapi_acl_internal.search_document(name, description)
	FROM modelapi_acl.model_apis;
	ALTER TABLE modelapi_acl_internal.changes ENABLE ALWAYS TRIGGER receive_change;
	COMMIT"""


class Databases:
	def __init__(self):
		self.template = Database(TEMPLATE)
		# nothing may be vacuumed or analyzed in one of the two alone; and memory counts requests
		# of a database since that was first used
		self.set_servers(" = off")
		self.template.rows(read_sql("non_interference"))
		connection = self.template.connect()
		self.catalog = Catalog(connection.cursor())
		connection.close()

	def set_servers(self, value):
		"""Settings of the server; no value: as they were"""
		cursor = self.template.cursor()
		cursor.execute("LOAD 'modelapi_acl'")  # for its settings, where it is not preloaded
		for setting in ("autovacuum", "modelapi_acl.count_usage"):
			change = "SET %s%s" if value else "RESET %s%s"
			cursor.execute("ALTER SYSTEM " + change % (setting, value))
		cursor.execute("SELECT pg_reload_conf()")
		cursor.connection.close()

	def load(self, name, world):
		"""A database with the world in it, vacuumed and analyzed"""
		self.template.run("dropdb", "--if-exists", "--force", name)
		self.template.run("createdb", "-T", TEMPLATE, name)
		connection = psycopg2.connect(dbname=name)
		connection.autocommit = True
		cursor = connection.cursor()
		cursor.execute(BEFORE_LOAD)
		for table, rows in world.rows.items():
			if rows:
				cursor.copy_expert(
					"COPY %s (%s) FROM STDIN" % (table, ", ".join(rows[0])),
					io.StringIO(copy_text(table, rows)),
				)
		cursor.execute(AFTER_LOAD)
		# the size of a new index depends only on what is in it, not on the order of insertion
		cursor.execute("REINDEX SCHEMA modelapi_acl")
		cursor.execute("REINDEX SCHEMA modelapi_acl_internal")
		cursor.execute("VACUUM (ANALYZE)")
		# the caller cannot see what loading has counted: it is forgotten here
		cursor.execute("SELECT pg_stat_force_next_flush()")
		cursor.execute("SELECT pg_stat_reset()")
		connection.close()
		return name

	def close(self, keep):
		for name in () if keep else NAMES:
			self.template.run("dropdb", "--if-exists", "--force", name)
		self.set_servers("")
