"""The database of plain_writes: users with each kind of access, and one row of each table that the
statements are to change.

	m, n, u, wm		model APIs: in the project p, hidden, public, and one that all callers own
	p, q, w			projects: of m, hidden, and one that all callers own
	o, ow			organizations: one with members, and one of which all callers are admins
	om_*, op_*		organizations with a grant on m or on p
"""

import uuid

from harness import Database, read_sql
from reference.writes import Rules

DATABASE = "plain_writes"
# a login for each kind of caller and each way to name the current user: backends call
# set_session_user(), web servers send JWT claims, the others name nobody
ROLES = {
	"pw_backend": "modelapi_acl_backend",
	"pw_web": "modelapi_acl_authenticator, modelapi_acl_user; NOINHERIT",
	"pw_user": "modelapi_acl_user",
	"pw_admin": "modelapi_acl_admin",
	"pw_admin_backend": "modelapi_acl_admin, modelapi_acl_backend",
	"pw_admin_web": "modelapi_acl_authenticator, modelapi_acl_admin; NOINHERIT",
	"pw_log_writer": "modelapi_acl_log_writer",
}
LEVELS = ("viewer", "editor", "owner")
PERSONS = [prefix + level for prefix in ("m_", "mo_", "p_", "po_") for level in LEVELS]
PERSONS += ["o_admin", "o_member", "stranger", "expired", "responsible"]
USERS = ["founder", "given", "grantee", "grantee2", "disabled"] + PERSONS
# the name of the row of each table that the statements are to change
TARGETS = {
	"model_apis": "m",
	"projects": "p",
	"organizations": "o",
	"model_api_versions": "v",
	"model_api_logs": "log",
	"users": "given",
	"service_accounts": "robot",
	"service_identities": "robot",
	"access_tokens": "token",
	"personal_tokens": "personal token",
	"personal_token_model_apis": "personal token",
	"audit_events": "event",
	"project_collaborators": "grant on p",
	"model_api_collaborators": "grant on m",
}
COLUMN_TYPES = """
	SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
	FROM pg_attribute AS a
	JOIN pg_class AS c ON c.oid = a.attrelid
	WHERE c.relnamespace = 'modelapi_acl'::regnamespace AND c.relkind = 'r'
		AND a.attnum > 0 AND NOT a.attisdropped"""
COLUMN_DEFAULTS = """
	SELECT c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid)
	FROM pg_attrdef AS d
	JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
	JOIN pg_class AS c ON c.oid = d.adrelid
	WHERE c.relnamespace = 'modelapi_acl'::regnamespace"""


class World:
	def __init__(self):
		self.cursor = Database(DATABASE, roles=ROLES).cursor()
		self.ids = {"missing": str(uuid.uuid4())}
		self.create_users()
		self.run("BEGIN; SELECT modelapi_acl.set_session_user('founder')")
		self.create_resources()
		self.grant_access()
		self.run("COMMIT")
		self.change_as_superuser()
		self.run(read_sql("plain_writes"))
		self.record_rows()

	def run(self, sql, *values):
		self.cursor.execute(sql, values or None)
		return self.cursor.fetchone()[0] if self.cursor.description else None

	def create(self, name, sql, *values):
		"""Runs a statement that returns an id, and keeps that under the name"""
		self.ids[name] = self.run(sql, *values)

	def create_users(self):
		user = "SELECT modelapi_acl.create_user(%s, %s, NULL, %s)"
		for name in USERS:
			self.create(name, user, name, name + "@example.com", "sub-" + name)
		user = "INSERT INTO modelapi_acl.users (username) VALUES (%s) RETURNING id"
		for name in ("unidentified", "unidentified2"):
			self.create(name, user, name)
		account = "SELECT modelapi_acl.create_service_account(%s, 'responsible', NULL, %s)"
		for name in ("robot", "robot2"):
			self.create(name, account, name, "sub-" + name)
		account = (
			"INSERT INTO modelapi_acl.users (username, responsible_id) VALUES (%s, %s) RETURNING id"
		)
		for name in ("unidentified_robot", "unidentified_robot2"):
			self.create(name, account, name, self.ids["responsible"])

	def create_resources(self):
		run, create, ids = self.run, self.create, self.ids
		holders = [prefix + level for prefix in ("om_", "op_") for level in LEVELS]
		for organization in ["o", "ow", "grantorg", "givenorg"] + holders:
			create(organization, "SELECT modelapi_acl.create_organization(%s)", organization)
		for project, name in (("p", "growth"), ("q", "hidden"), ("w", "everybody's")):
			create(project, "SELECT modelapi_acl.create_project(%s, 'first')", name)
		model_api = "SELECT modelapi_acl.create_model_api(%s, 'churn', 'first')"
		for name, project in (("m", "p"), ("n", "q"), ("wm", "w"), ("u", "q")):
			create(name, model_api, ids[project])
		run("SELECT modelapi_acl.set_visibility(%s, 'public')", ids["u"])
		version = "SELECT id FROM modelapi_acl.publish_version(%s, %s, %s)"
		create("v", version, ids["m"], '{"image": "1"}', "first")
		create("nv", version, ids["n"], "{}", None)
		run("SELECT modelapi_acl.set_setting(%s, 'given', '{\"a\": 1}')", ids["m"])
		token = "SELECT id FROM modelapi_acl.create_token(%s, 'token')"
		create("token", token, ids["m"])
		create("hidden token", token, ids["n"])

	def grant_access(self):
		run, ids = self.run, self.ids

		def on_model(holder, level, expires_at=None):
			add = "SELECT modelapi_acl.add_collaborator(%s, %s, %s, %s)"
			run(add, ids["m"], holder, level, expires_at)

		def on_project(holder, level, expires_at=None, project="p"):
			add = "SELECT modelapi_acl.add_project_collaborator(%s, %s, %s, %s)"
			run(add, ids[project], holder, level, expires_at)

		def member(organization, user, is_admin=False):
			add = "SELECT modelapi_acl.add_organization_member(%s, %s, %s)"
			run(add, organization, user, is_admin)

		for user in [*PERSONS, "robot"]:
			member("ow", user, True)
			on_project(user, "owner", project="w")
		member("o", "o_admin", True)
		member("o", "o_member")
		member("o", "given")
		for level in LEVELS:
			member("om_" + level, "mo_" + level)
			member("op_" + level, "po_" + level)
			for prefix in ("m_", "om_"):
				on_model(prefix + level, level)
			for prefix in ("p_", "op_"):
				on_project(prefix + level, level)
		for holder in ("given", "givenorg"):
			on_model(holder, "viewer")
			on_project(holder, "viewer")
		on_model("robot", "owner")
		on_project("robot", "owner")
		for user in ("expired", "disabled"):
			on_model(user, "owner", "2100-01-01")
			on_project(user, "owner", "2100-01-01")

	def change_as_superuser(self):
		run, create, ids = self.run, self.create, self.ids
		run("SELECT modelapi_acl.disable_user('disabled')")
		run("SET row_security = off")
		grants = (("model_api", ids["m"], "grant on m"), ("project", ids["p"], "grant on p"))
		for kind, resource, _ in grants:
			run(
				"UPDATE modelapi_acl.%s_collaborators SET expires_at = now() - interval '1 day'"
				" WHERE user_id = '%s' AND %s_id = '%s'" % (kind, ids["expired"], kind, resource)
			)
		run("RESET row_security")
		log = (
			"INSERT INTO modelapi_acl.model_api_logs (model_api_id, version_id, message)"
			" VALUES (%s, %s, 'started') RETURNING id"
		)
		create("log", log, ids["m"], ids["v"])
		token = "modelapi_acl.create_service_token('robot', 'token', NULL, ARRAY[%s]::uuid[])"
		create("personal token", "SELECT id FROM " + token, ids["m"])
		create("event", "SELECT id FROM modelapi_acl.audit_events LIMIT 1")
		for kind, resource, name in grants:
			grant = (
				"SELECT id FROM modelapi_acl.%s_collaborators WHERE %s_id = %%s AND user_id = %%s"
			)
			create(name, grant % (kind, kind), resource, ids["given"])

	def record_rows(self):
		"""Copies every row to where plain_writes.changes() finds it"""
		# jsonb shows times in the session's time zone
		self.run("SET timezone = 'UTC'")
		for table in {t.relation for t in Rules(self.ids).tables.values()}:
			self.run(
				"INSERT INTO plain_writes.original"
				" SELECT '%s', to_jsonb(t) FROM modelapi_acl.%s AS t" % (table, table)
			)
		self.run("ANALYZE")

	def column_types(self):
		self.cursor.execute(COLUMN_TYPES)
		return {(table, column): type for table, column, type in self.cursor.fetchall()}

	def column_defaults(self):
		self.cursor.execute(COLUMN_DEFAULTS)
		return {(table, column): text for table, column, text in self.cursor.fetchall()}

	def rules(self):
		"""The rules, with the row of each table that the statements are to change"""
		rules = Rules(self.ids)
		for name, table in rules.tables.items():
			id = self.ids[TARGETS.get(name, "given")]
			column = "id" if table.has_id() else "user_id"
			if name == "personal_token_model_apis":
				column = "token_id"
			condition = "%s = '%s'" % (column, id)
			if name == "model_api_settings":
				condition = "name = 'given'"
			rules.rows[name] = self.run(
				"SELECT to_jsonb(t) FROM modelapi_acl.%s AS t WHERE %s"
				% (table.relation, condition)
			)
		return rules
