"""The database: two projects of eight writers. The editor sees one of them throughout."""

from harness import LONG, number
from harness.callers import make_database

DATABASE = "change_feed"
WRITERS = 8
# how many transactions of each
ROUNDS = number("ROUNDS", 400 if LONG else 40)
# errors that random changes may get
EXPECTED_ERRORS = ("40001", "40P01", "23505", "PT404", "23514", "42501", "22023", "55P03", "PT401")
ADD = "SELECT modelapi_acl.add_project_collaborator(%s, %s, %s)"


class World:
	"""projects: the one that the editor sees, and the other; apis: four model APIs of each"""

	def __init__(self, comparisons):
		self.comparisons = comparisons
		self.database = make_database(DATABASE)
		self.cursor = self.database.cursor()
		for name in ["editor", "stranger"] + ["w%d" % n for n in range(WRITERS)]:
			self.cursor.execute(
				"SELECT modelapi_acl.create_user(%s, %s, NULL, %s)",
				(name, name + "@example.com", "sub " + name),
			)
		self.as_user("w0", "SELECT modelapi_acl.create_organization('team')")
		self.projects, self.apis = [], []
		for name in ("watched", "hidden"):
			project = self.as_user("w0", "SELECT modelapi_acl.create_project(%s)", name)
			for n in range(1, WRITERS):
				self.as_user("w0", ADD, project, "w%d" % n, "owner")
			create = "SELECT modelapi_acl.create_model_api(%s, %s)"
			self.projects.append(project)
			self.apis.append([self.as_user("w0", create, project, "m%d" % n) for n in range(4)])
		self.as_user("w0", ADD, self.projects[0], "editor", "editor")

	def as_user(self, user, sql, *arguments):
		"""What the first column of the first row holds, in a transaction of the user's"""
		self.cursor.execute("BEGIN")
		self.cursor.execute("SELECT modelapi_acl.set_session_user(%s)", (user,))
		self.cursor.execute(sql, arguments)
		value = self.cursor.fetchone()[0] if self.cursor.description else None
		self.cursor.execute("COMMIT")
		return value

	def statement(self, r):
		"""A random change"""
		side = r.randrange(2)
		api, project = r.choice(self.apis[side]), self.projects[side]
		visibility = r.choice(["public", "private"])
		added, level = r.choice(self.apis[1]), r.choice(["viewer"])
		removed = r.choice(self.apis[1])
		setting, value = r.randrange(50), r.randrange(10**6)
		name, member = r.randrange(10**6), r.randrange(2, WRITERS)
		return r.choice(
			[
				"SELECT modelapi_acl.set_visibility('%s', '%s')" % (api, visibility),
				"SELECT modelapi_acl.add_collaborator('%s', 'stranger', '%s')" % (added, level),
				"SELECT modelapi_acl.remove_collaborator('%s', 'stranger')" % removed,
				"SELECT modelapi_acl.create_token('%s', 't')" % api,
				"SELECT modelapi_acl.publish_version('%s', '{}')" % api,
				"SELECT modelapi_acl.set_setting('%s', 's%d', '%d')" % (api, setting, value),
				"UPDATE modelapi_acl.model_apis SET name = 'm%d' WHERE id = '%s'" % (name, api),
				"SELECT modelapi_acl.create_model_api('%s', 'new')" % project,
				"SELECT modelapi_acl.add_organization_member('team', 'w%d', true)" % member,
			]
		)
