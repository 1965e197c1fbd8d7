"""The callers of plain_writes, and what each may see and do.

A caller has one level on the model API "m" or on its project "p", and perhaps a membership of the
organization "o". Every caller is an owner of the project "w" and its model API "wm", and an admin
of the organization "ow"; none has access to the project "q" and its private model API "n". The
model API "u" is public. The service account "robot" is an owner of "m" and of "p", and the user
"responsible" is responsible for it.
"""

import dataclasses

NONE, VIEWER, EDITOR, OWNER = range(4)
# tables on which no role has a privilege to write
READ_ONLY = ("access_tokens", "audit_events", "personal_tokens", "personal_token_model_apis")


@dataclasses.dataclass(frozen=True)
class Caller:
	name: str
	role: str = "user"  # whose privileges the session has
	standing: str = "person"  # what the extension takes the caller for
	person: str = None  # the username
	model: int = NONE  # the level on the model API "m"
	project: int = NONE  # the level on its project "p"
	member: bool = False  # of the organization "o"
	admin: bool = False  # of the organization "o"
	# "backend" calls set_session_user(), "web" sends JWT claims, "direct" names no user
	logins: tuple = ("backend", "web")

	def level(self):
		return max(self.model, self.project)

	def is_unrestricted(self):
		return self.standing in ("administrator", "superuser")

	def has_privilege(self, table, verb, columns, needs_select):
		"""Whether the role has the SQL privileges that a statement needs"""
		if self.role == "superuser":
			return True
		if table in READ_ONLY:
			return False
		if self.role == "log_writer":
			return table == "model_api_logs" and verb == "INSERT" and not needs_select
		if self.role == "user" and table in ("users", "user_identities", "model_api_logs"):
			return False
		return verb == "INSERT" or "id" not in columns

	def sees(self, resource):
		"""Whether the caller sees a resource of this name; None is one that does not exist"""
		if resource is None:
			return False
		if self.is_unrestricted():
			return True
		if self.standing != "person":
			return False
		return {
			"m": self.level() >= VIEWER,
			"p": self.project >= VIEWER,
			"n": False,
			"q": False,
			"u": True,
			"tokens of m": self.level() >= EDITOR,
			"tokens of robot": self.person == "responsible",
		}.get(resource, True)

	def permits(self, resource, permission):
		if resource is None or permission is None:
			return False
		if self.is_unrestricted():
			return True
		if permission == "signed in":
			return self.standing == "person"
		if permission == "administer" or not self.sees(resource):
			return False
		if resource in ("w", "wm", "ow"):  # every caller is an owner or an admin of these
			return True
		if permission == "manage_organization":
			return self.admin and resource == "o"
		if resource == "u":  # public: it may be seen, and no more
			return False
		if permission == "create_model_api":
			return self.project >= EDITOR
		if permission == "manage_project":
			return self.project >= OWNER
		if permission == "edit_settings":
			return self.level() >= EDITOR
		if permission == "deploy_version":
			return self.level() >= OWNER or self.level() == EDITOR and self.project >= VIEWER
		return self.level() >= OWNER  # manage_collaborators, change_visibility

	def sees_row(self, table, row_resource):
		"""Whether SELECT shows the row that the statements change"""
		if self.is_unrestricted():
			return True
		if self.standing != "person":
			return False
		if table in ("users", "organizations"):
			return True
		if table in READ_ONLY or table == "user_identities":
			return False
		if table == "organization_members":
			return self.member or row_resource == "ow"
		if table == "project_collaborators":
			return self.project >= EDITOR
		if table in ("model_api_settings", "model_api_collaborators"):
			return self.level() >= EDITOR
		return self.sees(row_resource)


def callers():
	"""Users with a grant of their own ("m_", "p_") or through an organization ("mo_", "po_"), and
	everybody else"""
	result = []
	for level, suffix in ((OWNER, "owner"), (EDITOR, "editor"), (VIEWER, "viewer")):
		for prefix, field in (("m", "model"), ("mo", "model"), ("p", "project"), ("po", "project")):
			name = "%s_%s" % (prefix, suffix)
			result.append(Caller(name, person=name, **{field: level}))
	result += [
		Caller("o_admin", person="o_admin", member=True, admin=True),
		Caller("o_member", person="o_member", member=True),
		Caller("stranger", person="stranger"),
		Caller("expired", person="expired"),
		Caller("responsible", person="responsible"),
		Caller("anonymous", standing="unauthenticated", logins=("backend", "web", "direct")),
		Caller("disabled", standing="unauthenticated"),
		Caller("unknown", standing="unauthenticated"),
		Caller("service account", standing="unauthenticated"),
		Caller("administrator", "admin", "administrator", logins=("direct", "web")),
		Caller("administrator as m_editor", "admin", person="m_editor", model=EDITOR),
		Caller("administrator as responsible", "admin", person="responsible"),
		Caller("administrator, failed", "admin", "unauthenticated"),
		Caller("administrator as service account", "admin", "unauthenticated"),
		Caller("log writer", "log_writer", "log writer", logins=("direct",)),
		Caller("superuser", "superuser", "superuser", logins=("direct",)),
	]
	return result
