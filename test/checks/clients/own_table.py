"""A table of the application's own, examples/orm/own_table.sql."""

import contextlib

import psycopg2

from clients.examples import FOLDER
from clients.world import BACKEND, MISSING, OWNER
from harness import state_user

INSERT = "INSERT INTO app.notes (model_api_id, body) VALUES (%s, 'note')"
INSERT_AS = "INSERT INTO app.notes (model_api_id, author_id, body) VALUES (%s, %s, 'x')"
SELECT = "SELECT FROM app.notes WHERE model_api_id = %s"
UPDATE = "UPDATE app.notes SET body = 'x' WHERE model_api_id = %s"
MOVE = "UPDATE app.notes SET model_api_id = %s"
DELETE = "DELETE FROM app.notes WHERE model_api_id = %s AND author_id = %s"
DELETE_MODEL_API = "SELECT modelapi_acl.delete_model_api(%s)"
REFUSED = ("42501", 'new row violates row-level security policy for table "notes"')


class OwnTable:
	def __init__(self, world, check):
		self.world, self.check = world, check

	def equal(self, name, came, expected):
		self.check.equal("own table: " + name, came, expected)

	def execute(self, user, sql, *arguments):
		"""The number of rows, or SQLSTATE and message"""
		with contextlib.closing(self.world.connect(BACKEND)) as session:
			cursor = session.cursor()
			try:
				state_user(cursor, user)
				cursor.execute(sql, arguments)
				count = cursor.rowcount
				session.commit()
				return count
			except psycopg2.Error as error:
				return error.pgcode, error.diag.message_primary

	def create_model_api(self, project):
		return self.world.as_user(
			"ana", "SELECT modelapi_acl.create_model_api(%s, 'own')::text", project
		)[0]

	def check_all(self):
		project = self.world.create_project("ana", "own")
		ids = [self.create_model_api(project) for _ in range(3)]
		self.check_recipe()
		self.check_inserts(*ids)
		self.check_collaborator(*ids)
		self.check_deletions(*ids)

	def check_recipe(self):
		world = self.world
		printed = world.psql("-v", "owner=" + OWNER, "-f", FOLDER / "own_table.sql")
		self.equal("the recipe runs", printed, "")
		self.equal(
			"its owner does not keep REFERENCES",
			world.rows(
				"SELECT has_any_column_privilege(%s, 'modelapi_acl.model_apis', 'REFERENCES')",
				OWNER,
			),
			[(False,)],
		)
		with contextlib.closing(world.cursor(OWNER).connection) as session:
			try:
				session.cursor().execute(
					"CREATE TABLE app.more (id uuid REFERENCES modelapi_acl.model_apis (id))"
				)
				came = None
			except psycopg2.Error as error:
				came = error.pgcode
		self.equal("and creates no foreign key without it", came, "42501")

	def check_inserts(self, first, *others):
		counts = [self.execute("ana", INSERT, id) for id in (first, *others)]
		self.equal("an owner inserts", counts, [1, 1, 1])
		refusals = [self.execute("ben", INSERT, id) for id in (first, MISSING)]
		self.equal("a hidden and a missing one: the same refusal", refusals, [REFUSED] * 2)
		counts = [self.execute(user, SELECT, first) for user in ("ana", "ben", None)]
		self.equal("and no rows", counts, [1, 0, 0])

	def check_collaborator(self, first, second, _):
		ana, dan = self.world.ids["ana"], self.world.ids["dan"]
		self.world.as_user("ana", "SELECT modelapi_acl.add_collaborator(%s, 'dan')", first)
		counts = self.execute("dan", SELECT, first), self.execute("dan", INSERT, first)
		self.equal("a collaborator selects and inserts", counts, (1, 1))
		refusal = self.execute("dan", INSERT_AS, first, ana)
		self.equal("but not as another author", refusal, REFUSED)
		self.equal("updates only rows of their own", self.execute("dan", UPDATE, first), 1)
		self.equal("moves none to a hidden one", self.execute("dan", MOVE, second), REFUSED)
		count = self.execute("ana", DELETE, first, dan)
		self.equal("an owner deletes rows of others", count, 1)

	def check_deletions(self, first, second, third):
		world = self.world
		self.execute("dan", INSERT, first)
		world.rows("SELECT modelapi_acl.delete_user('dan')")
		authors = world.rows(
			"SELECT author_id::text FROM app.notes WHERE model_api_id = %s ORDER BY author_id",
			first,
		)
		expected = [(world.ids["ana"],), (None,)]
		self.equal("rows of a deleted user stay, with no author", authors, expected)
		world.as_user("ana", DELETE_MODEL_API, first)
		left = world.column("SELECT model_api_id::text FROM app.notes")
		self.equal("rows go with their model API", left, [second, third])
		world.rows(
			"CREATE TABLE app.pins (model_api_id uuid REFERENCES modelapi_acl.model_apis (id))"
		)
		world.rows("INSERT INTO app.pins VALUES (%s)", second)
		came = self.execute("ana", DELETE_MODEL_API, second)
		self.equal(
			"a foreign key without ON DELETE blocks the deletion",
			came[0] if isinstance(came, tuple) else came,
			"23503",
		)
