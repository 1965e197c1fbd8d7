"""What an operation is, and the forms of its statement.

Every operation has the form "plain". The others stop at latest_state.gate() until the program lets
them go on:

	start	before the first row is looked for
	found	when the row has been found, before it is written
	second	between the first and the second of two rows
	written	when the row has been written, before the statement ends
"""

import dataclasses
import re

OPERATIONS = []
GATE = "latest_state.gate(%(k)s)"

# Rows, as a table and a condition
MODEL = ("model_apis", "id = '%(m)s'")
PROJECT = ("projects", "id = '%(p)s'")
ORGANIZATION = ("organizations", "id = '%(oid)s'")
THIRD, SELF = ("users", "id = '%(tid)s'"), ("users", "id = '%(aid)s'")
OTHERS_GRANT = ("model_api_collaborators", "model_api_id = '%(m)s' AND user_id = '%(xid)s'")
OWN_GRANT = ("model_api_collaborators", "model_api_id = '%(m)s' AND user_id = '%(aid)s'")
OTHERS_PROJECT_GRANT = ("project_collaborators", "project_id = '%(p)s' AND user_id = '%(xid)s'")
OWN_PROJECT_GRANT = ("project_collaborators", "project_id = '%(p)s' AND user_id = '%(aid)s'")
OTHERS_MEMBERSHIP = ("organization_members", "organization_id = '%(oid)s' AND user_id = '%(xid)s'")
OWN_MEMBERSHIP = ("organization_members", "organization_id = '%(oid)s' AND user_id = '%(aid)s'")
SETTING = ("model_api_settings", "model_api_id = '%(m)s' AND name = 'given'")
VERSION = ("model_api_versions", "id = '%(v)s'")
TOKEN = ("access_tokens", "id = '%(tk)s'")

# What another session writes into a row that the operation waits for. If the user is shown any of
# it without access, that is a fault.
LATER_VALUES = {
	"model_apis": "description = 'afterwards'",
	"projects": "description = 'afterwards'",
	"organizations": "full_name = 'afterwards'",
	"model_api_collaborators": "created_at = '2099-09-09'",
	"project_collaborators": "created_at = '2099-09-09'",
	"organization_members": "created_at = '2099-09-09'",
	"model_api_settings": "value = '\"afterwards\"'",
	"model_api_versions": "description = 'afterwards'",
	"access_tokens": "name = 'afterwards'",
	"users": "full_name = 'afterwards'",
}
SHOWS_LATER_VALUE = re.compile("afterwards|2099, 9, 9|2099-09-09")


def insert_key(table, columns, values):
	"""SQL that takes a unique key"""
	return "INSERT INTO modelapi_acl.%s (%s) VALUES (%s);" % (table, columns, values)


GRANT_KEY = insert_key(
	"model_api_collaborators",
	"model_api_id, user_id, access_level, created_at",
	"'%(m)s', '%(tid)s', 'viewer', '2099-09-09'",
)
PROJECT_GRANT_KEY = insert_key(
	"project_collaborators",
	"project_id, user_id, access_level, created_at",
	"'%(p)s', '%(tid)s', 'viewer', '2099-09-09'",
)
SETTING_KEY = insert_key(
	"model_api_settings", "model_api_id, name, value", "'%(m)s', 'fresh', '\"afterwards\"'"
)
MEMBER_KEY = insert_key(
	"organization_members",
	"organization_id, user_id, is_admin, created_at",
	"'%(oid)s', '%(tid)s', true, '2099-09-09'",
)
NAME_KEY = "SELECT modelapi_acl.create_organization('%(fresh)s', 'afterwards');"


@dataclasses.dataclass
class Operation:
	name: str
	kind: str  # "model", "project", "organization" or "anything": whose access it needs
	permission: object  # a function of an Access
	forms: dict
	row: tuple = None  # the row that it waits for
	parents: tuple = ()  # the rows that its foreign keys refer to
	unique: str = None  # SQL that takes the unique key of what it inserts
	own: bool = False  # whether it writes the user's own grant or membership
	takes: bool = False  # whether it may remove an owner or an admin
	lock: bool = False  # whether it only locks a row
	function: bool = False
	rows: int = 1  # how many it writes; a loss may leave some of them


def add(*arguments, **more):
	OPERATIONS.append(Operation(*arguments, **more))


class Writes:
	"""Adds the plain statements that write one table"""

	def __init__(self, kind, permission, table, columns=""):
		self.kind, self.permission = kind, permission
		self.table, self.columns = table, columns

	def add(self, name, forms, permission=None, **more):
		add(name, self.kind, permission or self.permission, forms, **more)

	def insert(self, first, second=None, conflict="", name="INSERT", **more):
		head = "INSERT INTO modelapi_acl.%s (%s) " % (self.table, self.columns)
		gate = "(SELECT %s OFFSET 0) AS g" % GATE
		for returning in ("", " RETURNING *"):
			tail = conflict + returning
			forms = dict(
				plain=head + "VALUES (%s)" % first + tail,
				start=head + "SELECT v.* FROM %s, (VALUES (%s)) AS v" % (gate, first) + tail,
			)
			if second:
				rows = "SELECT %s UNION ALL SELECT %s FROM %s" % (first, second, gate)
				forms["second"] = head + rows + tail
			if returning:
				written = " RETURNING *, " + GATE
				forms["written"] = head + "VALUES (%s)" % first + conflict + written
			self.add("%s %s%s" % (name, self.table, returning[:-2]), forms, **more)

	def upsert(self, key, column, first, second=None, **more):
		conflict = " ON CONFLICT (%s) DO UPDATE SET %s = EXCLUDED.%s" % (key, column, column)
		self.insert(first, second, conflict, **more)

	def update(self, changes, condition, name="", **more):
		head = "UPDATE modelapi_acl.%s SET %s WHERE %s" % (self.table, changes, condition)
		name = name or "SET " + changes.split(" ")[0]
		more = dict(dict(row=(self.table, condition)), **more)
		for returning in ("", " RETURNING *"):
			forms = dict(
				plain=head + returning,
				start=head + " AND (SELECT %s)" % GATE + returning,
				found=head + " AND %s" % GATE + returning,
			)
			if returning:
				forms["written"] = head + " RETURNING *, " + GATE
			self.add("UPDATE %s %s%s" % (self.table, name, returning[:-2]), forms, **more)

	def merge(self, condition, changes, values, name, **more):
		def form(source):
			return (
				"MERGE INTO modelapi_acl.%s USING (SELECT %s) AS s ON %s"
				" WHEN MATCHED THEN UPDATE SET %s WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)"
			) % (self.table, source, condition, changes, self.columns, values)

		forms = dict(plain=form("1"), start=form(GATE))
		self.add("MERGE %s, %s" % (self.table, name), forms, **more)


def add_locks(kind, permission, row):
	for strength in ("UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"):
		head = "SELECT * FROM modelapi_acl.%s WHERE %s" % row
		tail = " FOR " + strength
		forms = dict(
			plain=head + tail,
			start=head + " AND (SELECT %s)" % GATE + tail,
			found=head + " AND %s" % GATE + tail,
		)
		add("%s FOR %s" % (row[0], strength), kind, permission, forms, row=row, lock=True)
