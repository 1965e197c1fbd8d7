"""The call of an SQL function that does the same as a cell's statement."""

from plain_writes.cells import upsert_key
from plain_writes.statements import quoted
from reference.write_tables import DEFAULT


class Call:
	"""Finds the function for one cell. A method for each table returns the call, or None where no
	function does what the statement does."""

	def __init__(self, cell, rules):
		self.cell, self.ids = cell, rules.ids
		self.names = {id: name for name, id in rules.ids.items()}
		self.row = rules.rows[cell.table.name]
		self.inserts = cell.verb() == "INSERT" and not upsert_key(cell.form)
		self.updates = cell.verb() == "UPDATE"
		self.values = {c: v.value for c, v in cell.sent.items() if v is not DEFAULT}
		if self.updates:
			self.values = self.sent(cell.column)

	def sent(self, *columns):
		return {c: self.values[c] for c in columns if c in self.values}

	def text(self):
		table = self.cell.table.name
		if table in ("model_api_collaborators", "project_collaborators"):
			return self.collaborators()
		method = getattr(self, table, None)
		return method() if method else None

	@staticmethod
	def call(name, arguments):
		pairs = ", ".join("%s => %s" % (a, quoted(v)) for a, v in arguments.items())
		return "SELECT modelapi_acl.%s(%s)" % (name, pairs)

	def model_apis(self):
		column = self.cell.column
		if self.inserts:
			modes = ("visibility", "authorization_mode", "invocation_mode")
			arguments = self.sent("project_id", "name", "description", *modes)
			return self.call("create_model_api", arguments)
		if self.updates and column in ("visibility", "authorization_mode") and self.values:
			return self.call("set_" + column, dict(model_api_id=self.ids["m"], **self.values))
		return None

	def projects(self):
		return self.inserts and self.call("create_project", self.sent("name", "description"))

	def organizations(self):
		return self.inserts and self.call("create_organization", self.sent("name", "full_name"))

	def model_api_versions(self):
		if self.inserts:
			return self.call("publish_version", self.sent("model_api_id", "source", "description"))
		if self.updates and "state" in self.values:
			return self.call("set_version_state", dict(version_id=self.ids["v"], **self.values))
		return None

	def model_api_settings(self):
		if not self.inserts and self.cell.column != "value":
			return None
		arguments = dict(model_api_id=self.row["model_api_id"], name="given")
		arguments.update(self.sent("model_api_id", "name", "value"))
		return self.call("set_setting", arguments)

	def collaborators(self):
		if not self.inserts and self.cell.column not in ("access_level", "expires_at"):
			return None
		if self.values.get("user_id") and self.values.get("organization_id"):
			return None
		user = self.values.get("user_id", None if self.inserts else self.row["user_id"])
		organization = self.values.get("organization_id")
		principal = self.names.get(user) or self.names.get(organization)
		if not principal or principal == "missing":
			return None
		parent = self.cell.table.parent()
		arguments = {parent: self.values.get(parent, self.row[parent]), "principal": principal}
		arguments.update(self.sent("access_level", "expires_at"))
		on_model = parent == "model_api_id"
		return self.call("add_collaborator" if on_model else "add_project_collaborator", arguments)

	def organization_members(self):
		if not self.inserts and self.cell.column != "is_admin":
			return None
		organization, member = (
			self.names.get(self.values.get(c, self.row[c])) for c in ("organization_id", "user_id")
		)
		if not member or member == "missing":
			return None
		arguments = dict(organization=organization, member=member, **self.sent("is_admin"))
		return self.call("add_organization_member", arguments)

	def users(self):
		if self.inserts:
			names = self.sent("username", "full_name")
			is_person = self.values.get("responsible_id") is None
			email = "fresh@example.com"
			return is_person and self.call("create_user", dict(email=email, **names))
		return self.update_user("given", "username", "full_name")

	def user_identities(self):
		return self.update_user("given", "email", "external_id")

	def service_accounts(self):
		responsible = self.names.get(self.values.get("responsible_id"))
		if self.inserts:
			names = self.sent("username", "full_name")
			is_account = "responsible_id" in self.values
			arguments = dict(responsible=responsible, **names)
			return is_account and self.call("create_service_account", arguments)
		if self.updates and "responsible_id" in self.values:
			arguments = dict(service_account="robot", responsible=responsible)
			return self.call("transfer_service_account", arguments)
		return self.update_user("robot", "username", "full_name")

	def service_identities(self):
		return self.update_user("robot", "email", "external_id")

	def update_user(self, identifier, *columns):
		if not self.updates or self.cell.column not in columns:
			return None
		if not self.values.get(self.cell.column):
			return None
		return self.call("update_user", dict(identifier=identifier, **self.values))
