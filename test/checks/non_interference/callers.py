"""The kinds of callers, and how their transactions begin."""

from harness import read_queries
from non_interference.tables import KEYS, TABLES

# in the order in which pairs take them
KINDS = [
	"anonymous",
	"viewer",
	"reader",
	"responsible",
	"owner",
	"stranger",
	"postgrest",
	"organization admin",
	"project viewer",
	"anonymous reader",
	"editor",
	"organization member",
	"nobody stated",
	"project editor",
	"project owner",
	"postgrest without claims",
	"reader of a few",
]
# what a look calls the model APIs on which the caller has a permission
PERMITTED = {"known": "view_collaborators", "logs": "view_logs", "deletable": "delete"}
QUERIES = read_queries("non_interference_catalog")
CLAIMS = (
	"SET LOCAL ROLE ni_person;"
	""" SELECT set_config('request.jwt.claims', '{"sub": "%s"}', true);"""
	" SELECT modelapi_acl.pre_request();"
)


def lasting(rows):
	return [row for row in rows if row["expires_at"] is None]


class Caller:
	"""A caller of a kind: a user of the world, a login role, and how a transaction begins

	A reader also has pg_read_all_data, and with it USAGE on the internal schema."""

	def __init__(self, kind, world, r):
		self.kind, self.world, self.random = kind, world, r
		self.user, self.login, self.begin = None, "ni_backend", ""
		if kind in ("anonymous", "anonymous reader"):
			self.login = "ni_user" if kind == "anonymous" else "ni_reader"
		elif kind == "postgrest without claims":
			self.login = "ni_web"
			self.begin = "SET LOCAL ROLE ni_person; SELECT modelapi_acl.pre_request();"
		elif kind == "nobody stated":
			self.begin = "SELECT modelapi_acl.set_session_user(NULL);"
		else:
			self.user = self.choose_user()
			self.state_user()

	def state_user(self):
		"""Says how a transaction of the user's begins"""
		subject = self.subjects()[self.user]
		if self.kind == "postgrest" and subject:
			self.login = "ni_web"
			self.begin = CLAIMS % subject
			return
		(name,) = (
			row["name"]
			for row in self.world.rows["modelapi_acl_internal.principal_names"]
			if row["user_id"] == self.user
		)
		self.begin = "SELECT modelapi_acl.set_session_user('%s');" % name
		if "reader" in self.kind:
			self.begin += " SET LOCAL ROLE ni_reader;"
		elif self.random.random() < 0.5:
			self.begin += " SET LOCAL ROLE ni_person;"

	def choose_user(self):
		"""An enabled user of the kind"""
		kind, world = self.kind, self.world
		members = world.rows["modelapi_acl.organization_members"]
		grants = lasting(world.rows["modelapi_acl.model_api_collaborators"])
		project_grants = lasting(world.rows["modelapi_acl.project_collaborators"])
		if kind == "stranger":
			return world.users[-1]
		if kind in ("viewer", "editor", "owner"):
			return self.one_of(g["user_id"] for g in grants if g["access_level"] == kind)
		if kind == "responsible":
			users = world.rows["modelapi_acl.users"]
			return self.one_of(u["responsible_id"] for u in users if u["responsible_id"])
		if kind.startswith("project"):
			level = kind.split()[1]
			return self.one_of(g["user_id"] for g in project_grants if g["access_level"] == level)
		if kind == "organization admin":
			return self.one_of(m["user_id"] for m in members if m["is_admin"])
		if kind == "organization member":
			holders = {g["organization_id"] for g in grants + project_grants}
			return self.one_of(m["user_id"] for m in members if m["organization_id"] in holders)
		if kind == "reader of a few":
			return self.one_of(world.users[:-1])
		subjects = self.subjects()
		return self.one_of(u for u in world.users if subjects[u])

	def subjects(self):
		identities = self.world.rows["modelapi_acl.user_identities"]
		return {row["user_id"]: row["external_id"] for row in identities}

	def one_of(self, users):
		enabled = {
			row["id"]
			for row in self.world.rows["modelapi_acl.users"]
			if row["disabled_at"] is None and row["responsible_id"] is None
		}
		return self.random.choice(sorted(enabled.intersection(users)) or sorted(enabled))

	def look(self, session):
		"""The keys of the rows that the caller sees, as the database says"""
		cursor = session.cursor
		cursor.execute("ROLLBACK; BEGIN; " + self.begin)
		seen = {}
		for table in TABLES:
			cursor.execute("SELECT %s FROM %s" % (", ".join(KEYS[table]), table))
			seen[table] = set(cursor.fetchall())
		for name, permission in PERMITTED.items():
			cursor.execute("SELECT id FROM modelapi_acl.list_model_apis('%s')" % permission)
			seen[name] = set(cursor.fetchall())
		self.known = sorted(m for (m,) in seen["known"])
		cursor.execute(QUERIES["what the caller may manage"])
		self.may_invite = cursor.fetchone()[0] != "0"
		cursor.execute(QUERIES["callable functions"])
		self.functions = []
		for schema, name, oid, volatile in cursor.fetchall():
			cursor.execute(QUERIES["arguments"], (oid, oid))
			self.functions.append((schema, name, cursor.fetchall(), volatile == "t"))
		cursor.execute("ROLLBACK")
		return seen
