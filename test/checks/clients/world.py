"""The database and its users."""

from harness import Database

BACKEND, WEB, OWNER = "clients_backend", "clients_web", "clients_app"
CROWD = ["u%d" % n for n in range(8)]
# an id that no row has
MISSING = "00000000-0000-4000-8000-000000000000"


class World(Database):
	"""The database; the methods show to the superuser what is stored

	ana owns what is made here; ben is made a viewer of it later, cai sees nothing of it."""

	def __init__(self):
		super().__init__(
			"clients",
			roles={
				BACKEND: "modelapi_acl_backend",
				WEB: "modelapi_acl_authenticator, modelapi_acl_user; NOINHERIT",
			},
			users=["ana", "ben", "cai", "dan", *CROWD],
		)
		# the owner of the application's own tables is a member of nothing yet
		self.rows("CREATE ROLE %s LOGIN" % OWNER)
		for role in (BACKEND, WEB):
			self.rows("ALTER ROLE %s SET log_statement = 'all'" % role)

	def column(self, sql, *arguments):
		"""The values of a query's only column"""
		return [value for (value,) in self.rows(sql, *arguments)]

	def model_api(self, id, columns):
		"""The row, in a list that is empty if there is none"""
		return self.rows("SELECT %s FROM modelapi_acl.model_apis WHERE id = %%s" % columns, id)

	def exists(self, id):
		return bool(self.model_api(id, "id"))

	def events(self, object_id):
		return self.column(
			"SELECT action FROM modelapi_acl.audit_events WHERE object_id = %s"
			" ORDER BY occurred_at, id",
			object_id,
		)

	def create_project(self, user, name):
		return self.as_user(user, "SELECT modelapi_acl.create_project(%s)::text", name)[0]

	def permissions(self, user, id):
		return self.as_user(user, "SELECT modelapi_acl.my_permissions(%s)::text[]", id)[0]

	def created_by(self, user):
		"""Ids of the model APIs in the projects that a user created, in the order of pages"""
		return self.column(
			"""SELECT m.id::text
			FROM modelapi_acl.model_apis m JOIN modelapi_acl.projects p ON p.id = m.project_id
			WHERE p.created_by = %s
			ORDER BY m.created_at DESC, m.id DESC""",
			self.ids[user],
		)
