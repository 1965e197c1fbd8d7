"""The tables of plain_writes: for each column its kind and the values that are tried."""

import dataclasses


class Special:
	"""What stands for a value that is not a constant"""

	def __init__(self, text):
		self.text = text

	def __repr__(self):
		return self.text


# in the expected row: the transaction's time, the current user's id, any value, a generated id
NOW, ACTOR, ANYTHING, MADE = map(Special, ("now", "actor", "anything", "made"))
# in a statement: a column that is left out, and the keyword
ABSENT, DEFAULT = map(Special, ("absent", "DEFAULT"))


@dataclasses.dataclass(frozen=True)
class Value:
	label: str
	value: object  # as it is sent
	stored: object  # as the row holds it afterwards
	bad: frozenset = frozenset()  # the SQLSTATEs of a value that is refused
	malformed: bool = False  # whether the column's type cannot read it


@dataclasses.dataclass
class Column:
	"""A column of one of these kinds:

	id		the row's own id
	parent	the key of the resource whose permission is required
	key		any other key: it never changes
	fixed	not a key, but it never changes either
	number	a version's number, which the extension assigns
	set		set by the extension, whatever is sent
	free	whatever the caller sends
	"""

	name: str
	kind: str
	values: list
	required: bool = False
	default: object = None


@dataclasses.dataclass
class Table:
	name: str
	columns: list
	insert: str  # the permission that an INSERT needs, on the parent
	update: str  # the permission that an UPDATE needs
	keys: list  # the keys that ON CONFLICT may name
	natural: list  # the key that identifies the row where there is no id
	needs_person: bool = False  # whether an INSERT needs a current user
	created: tuple = ()  # the audit events of an INSERT
	changed: dict = dataclasses.field(default_factory=dict)  # column: the event of its change
	no_key: list = dataclasses.field(default_factory=list)  # columns that no unique index has
	relation: str = ""  # the table in the database, if several of these tables are rows of one

	def __post_init__(self):
		self.relation = self.relation or self.name

	def is_read_only(self):
		return self.insert is None

	def column(self, name):
		return next(c for c in self.columns if c.name == name)

	def parent(self):
		return next((c.name for c in self.columns if c.kind == "parent"), None)

	def has_id(self):
		return self.columns[0].name == "id"

	def stamps(self):
		"""The columns that record who changed a row and when, and the columns whose change sets
		them"""
		return {
			"model_apis": (
				None,
				"updated_at",
				{"name", "description", "visibility", "authorization_mode", "invocation_mode"},
			),
			"model_api_settings": ("updated_by", "updated_at", {"value"}),
			"model_api_collaborators": ("granted_by", None, {"access_level", "expires_at"}),
			"project_collaborators": ("granted_by", None, {"access_level", "expires_at"}),
		}.get(self.name, (None, None, set()))


def good(label, value, stored=ABSENT):
	return Value(label, value, value if stored is ABSENT else stored)


def bad(label, value, *codes):
	return Value(label, value, value, frozenset(codes or ["22023"]))


def malformed(value="x"):
	return Value("malformed", value, None, malformed=True)


NULL = good("NULL", None)
LATER = "2100-01-01T00:00:00+00:00"
LONG_AGO = "2001-01-01T00:00:00+00:00"


# ----------
# Columns that several tables have
# ----------
def created_by(ids, name="created_by"):
	values = [good("another", ids["stranger"]), good("missing", ids["missing"])]
	return Column(name, "set", [NULL, *values, malformed()])


def created_at(name="created_at"):
	values = [good("another", LONG_AGO), good("infinity", "infinity")]
	return Column(name, "set", [NULL, *values, malformed()])


def id_column(ids, target):
	values = [good("same", ids[target]), good("another", ids["missing"])]
	return Column("id", "id", [NULL, *values, malformed()])


def parent(ids, name, same, another, *hidden):
	values = [good("same", ids[same]), good("another", ids[another])]
	values += [good("hidden", ids[h]) for h in hidden]
	if name == "model_api_id":
		values.append(good("public", ids["u"]))
	values.append(good("missing", ids["missing"]))
	return Column(name, "parent", [NULL, *values, malformed()], True)


def key(ids, name, *values, required=False):
	values = [good(label, ids[id]) for label, id in values]
	return Column(name, "key", [NULL, *values, malformed()], required)


def name_column(same, kind="free"):
	values = [good("same", same), good("another", "changed")]
	wrong = [bad("blank", " "), bad("too long", "x" * 201), bad("control", "a\nb")]
	return Column("name", kind, [NULL, *values, *wrong], True)


def description(kind="free"):
	values = [good("same", "first"), good("another", "changed"), bad("too long", "x" * 100001)]
	return Column("description", kind, [NULL, *values])


def choice(name, default, another):
	values = [good("same", default), good("another", another)]
	return Column(name, "free", [NULL, *values, malformed()], default=default)


def principal_name(ids, column, same, taken):
	values = [good("same", same), good("another", "changed")]
	wrong = [bad("blank", ""), bad("character", "a b"), bad("uuid", ids["missing"])]
	wrong += [bad("too long", "x" * 64), bad("taken", taken.upper(), "23505")]
	return Column(column, "free", [NULL, *values, *wrong], True)


def full_name():
	return Column("full_name", "free", [NULL, good("another", "changed"), bad("blank", " ")])


def expires_at():
	values = [good("later", LATER), good("infinity", "infinity", None)]
	wrong = [bad("past", LONG_AGO), bad("-infinity", "-infinity")]
	return Column("expires_at", "free", [NULL, *values, *wrong, malformed()])


# ----------
# Tables
# ----------
def model_apis(ids):
	return Table(
		"model_apis",
		[
			id_column(ids, "m"),
			parent(ids, "project_id", "p", "w", "q"),
			name_column("churn"),
			description(),
			choice("visibility", "private", "public"),
			choice("authorization_mode", "restricted", "unrestricted"),
			choice("invocation_mode", "sync", "async"),
			created_by(ids),
			created_at(),
			created_at("updated_at"),
		],
		"create_model_api",
		"edit_settings",
		[["id"]],
		["id"],
		needs_person=True,
		created=("model_api.created", "collaborator.added"),
		changed={
			"name": "model_api.renamed",
			"description": "model_api.description_changed",
			"visibility": "model_api.visibility_changed",
			"authorization_mode": "model_api.authorization_mode_changed",
			"invocation_mode": "model_api.invocation_mode_changed",
		},
	)


def projects(ids):
	return Table(
		"projects",
		[id_column(ids, "p"), name_column("growth"), description(), created_by(ids), created_at()],
		"signed in",
		"manage_project",
		[["id"]],
		["id"],
		needs_person=True,
		created=("project.created", "collaborator.added"),
		changed={"name": "project.renamed", "description": "project.description_changed"},
	)


def organizations(ids):
	return Table(
		"organizations",
		[
			id_column(ids, "o"),
			principal_name(ids, "name", "o", "givenorg"),
			full_name(),
			created_at(),
			created_by(ids),
		],
		"signed in",
		"manage_organization",
		[["id"]],
		["id"],
		needs_person=True,
		created=("organization.created", "organization_member.added"),
		changed={"name": "organization.renamed", "full_name": "organization.full_name_changed"},
		no_key=[["name"]],
	)


def organization_members(ids):
	user = [("same", "given"), ("another", "grantee"), ("missing", "missing")]
	user.append(("service account", "robot2"))
	is_admin = [NULL, good("same", False), good("another", True), malformed()]
	return Table(
		"organization_members",
		[
			parent(ids, "organization_id", "o", "ow"),
			key(ids, "user_id", *user, required=True),
			Column("is_admin", "free", is_admin, default=False),
			created_at(),
		],
		"manage_organization",
		"manage_organization",
		[["organization_id", "user_id"]],
		["organization_id", "user_id"],
		created=("organization_member.added",),
		changed={"is_admin": "organization_member.changed"},
	)


def collaborators(ids, table, parent_column, resource, another, hidden, permission):
	user_key, organization_key = ["user_id", parent_column], ["organization_id", parent_column]
	user = [("same", "given"), ("another", "grantee"), ("missing", "missing")]
	user.append(("service account", "robot2"))
	return Table(
		table,
		[
			id_column(ids, "grant on " + resource),
			parent(ids, parent_column, resource, another, hidden),
			key(ids, "user_id", *user),
			key(ids, "organization_id", ("another", "grantorg"), ("missing", "missing")),
			choice("access_level", "viewer", "editor"),
			expires_at(),
			created_by(ids, "granted_by"),
			created_at(),
		],
		permission,
		permission,
		[["id"], user_key, organization_key],
		user_key,
		created=("collaborator.added",),
		changed={"access_level": "collaborator.changed", "expires_at": "collaborator.changed"},
	)


def model_api_versions(ids):
	number = [NULL, good("same", 1), good("another", 7), good("negative", -1), malformed()]
	source = [good("same", {"image": "1"}), good("another", {"image": "2"})]
	return Table(
		"model_api_versions",
		[
			id_column(ids, "v"),
			parent(ids, "model_api_id", "m", "wm", "n"),
			Column("number", "number", number),
			Column("source", "fixed", [NULL, *source, malformed()], True),
			description(kind="fixed"),
			choice("state", "running", "stopped"),
			created_by(ids),
			created_at(),
		],
		"deploy_version",
		"deploy_version",
		[["id"]],
		["id"],
		created=("version.published",),
		changed={"state": "version.state_changed"},
		no_key=[["model_api_id", "number"]],
	)


def model_api_settings(ids):
	value = [NULL, good("same", {"a": 1}), good("another", {"a": 2}), malformed()]
	return Table(
		"model_api_settings",
		[
			parent(ids, "model_api_id", "m", "wm", "n"),
			name_column("given", kind="key"),
			Column("value", "free", value, True),
			created_by(ids, "updated_by"),
			created_at("updated_at"),
		],
		"edit_settings",
		"edit_settings",
		[["model_api_id", "name"]],
		["model_api_id", "name"],
		created=("setting.created",),
		changed={"value": "setting.changed"},
	)


def model_api_logs(ids):
	logged_at = [NULL, good("another", LONG_AGO), bad("infinity", "infinity"), malformed()]
	level = [NULL, good("same", "info"), good("another", "error")]
	message = [NULL, good("same", "started"), good("another", "changed")]
	return Table(
		"model_api_logs",
		[
			id_column(ids, "log"),
			parent(ids, "model_api_id", "m", "wm", "n"),
			key(ids, "version_id", ("same", "v"), ("another", "nv"), ("missing", "missing")),
			Column("logged_at", "free", logged_at, default=ANYTHING),
			Column(
				"level", "free", [*level, bad("wrong", "loud", "22023", "23514")], default="info"
			),
			Column("message", "free", message, True),
		],
		"log",
		"administer",
		[["id"]],
		["id"],
	)


def responsible_id(ids, *same):
	"""Who is responsible for a service account: an enabled person"""
	values = [good("same", ids[id]) for id in same] + [good("another", ids["grantee"])]
	values += [bad(id, ids[id]) for id in ("disabled", "robot", "robot2", "missing")]
	return Column("responsible_id", "free", [NULL, *values, malformed()])


def users(ids, name="users", target="given", responsible=()):
	return Table(
		name,
		[
			id_column(ids, target),
			principal_name(ids, "username", target, "stranger"),
			full_name(),
			Column("disabled_at", "free", [NULL, good("another", LONG_AGO), malformed()]),
			created_at(),
			responsible_id(ids, *responsible),
		],
		"administer",
		"administer",
		[["id"]],
		["id"],
		created=("user.created",),
		changed={
			"username": "user.renamed",
			"full_name": "user.full_name_changed",
			"disabled_at": "user.disabled",
			"responsible_id": "user.responsible_changed",
		},
		relation="users",
	)


def service_accounts(ids):
	return users(ids, "service_accounts", "robot", ("responsible",))


def identities(ids, name, target, users, email, has_email):
	user = [("same", target), *users, ("missing", "missing")]
	external_id = [good("same", "sub-" + target), good("another", "changed")]
	external_id += [bad("another's id", ids["stranger"]), bad("blank", " ")]
	external_id.append(bad("taken", "sub-stranger", "23505"))
	return Table(
		name,
		[
			key(ids, "user_id", *user, required=True),
			Column("email", "free", [NULL, *email], has_email),
			Column("external_id", "free", [NULL, *external_id]),
		],
		"administer",
		"administer",
		[["user_id"], ["external_id"]],
		["user_id"],
		created=("user.identity_added",),
		changed={"email": "user.email_changed", "external_id": "user.external_id_changed"},
		relation="user_identities",
	)


def user_identities(ids):
	email = [good("same", "given@example.com"), good("another", "changed@example.com")]
	email += [
		bad("no @", "changed"),
		bad("blank", " "),
		bad("taken", "STRANGER@example.com", "23505"),
	]
	users = [("another", "unidentified"), ("service account", "unidentified_robot")]
	return identities(ids, "user_identities", "given", users, email, True)


def service_identities(ids):
	"""The identities of service accounts, which have no email address"""
	users = [("another", "unidentified_robot"), ("person", "unidentified")]
	email = [good("another", "changed@example.com"), good("taken", "STRANGER@example.com")]
	return identities(ids, "service_identities", "robot", users, email, False)


# ----------
# Tables that no role but a superuser may write. Their columns by type; the value of the row itself
# and NULL are tried as well.
# ----------
def read_only(ids, name, uuids, times=(), texts=(), objects=(), booleans=()):
	"""uuids: the ids to try for each such column, by their names"""

	def columns(names, *values):
		return [Column(name, "free", list(values)) for name in names]

	every_column = [
		Column(column, "free", [*(good(id, ids[id]) for id in tried), malformed()])
		for column, tried in uuids.items()
	]
	every_column += columns(texts, good("another", "changed"))
	every_column += columns(times, good("another", LONG_AGO), good("later", LATER), malformed())
	every_column += columns(objects, good("another", {"a": 2}), malformed())
	every_column += columns(booleans, good("another", True), malformed())
	key = ["id"] if "id" in uuids else list(uuids)
	return Table(name, every_column, None, None, [key], key)


TOKEN_PERSONS = ("created_by", "regenerated_by", "revoked_by", "suspended_by")
TOKEN_TIMES = ("created_at", "regenerated_at", "expires_at", "revoked_at", "suspended_at")


def access_tokens(ids):
	persons = {column: ["stranger", "missing"] for column in TOKEN_PERSONS}
	uuids = dict(id=["hidden token", "missing"], model_api_id=["n", "missing"], **persons)
	return read_only(ids, "access_tokens", uuids, TOKEN_TIMES, ["name", "hint"], ["metadata"])


def personal_tokens(ids):
	persons = {column: ["stranger", "missing"] for column in ("user_id", *TOKEN_PERSONS)}
	texts, objects = ["name", "hint"], ["metadata"]
	uuids = dict(id=["personal token", "missing"], **persons)
	return read_only(ids, "personal_tokens", uuids, TOKEN_TIMES, texts, objects, ["is_limited"])


def personal_token_model_apis(ids):
	uuids = dict(token_id=["personal token", "missing"], model_api_id=["wm", "n", "missing"])
	return read_only(ids, "personal_token_model_apis", uuids)


def audit_events(ids):
	uuids = {column: ["missing"] for column in ("id", "change_id", "object_id")}
	uuids.update(actor_id=["stranger", "missing"], project_id=["q", "missing"])
	uuids.update(model_api_id=["n", "missing"])
	texts = ["database_role", "action", "object_type"]
	return read_only(ids, "audit_events", uuids, ["occurred_at"], texts, ["old", "new"])


def tables(ids):
	"""All tables by name. ids: the ids of users, organizations, projects, model APIs and rows, by
	their names in the world of plain_writes"""
	on_model = ("model_api_id", "m", "wm", "n", "manage_collaborators")
	on_project = ("project_id", "p", "w", "q", "manage_project")
	every_table = (
		model_apis(ids),
		projects(ids),
		organizations(ids),
		organization_members(ids),
		collaborators(ids, "project_collaborators", *on_project),
		collaborators(ids, "model_api_collaborators", *on_model),
		model_api_versions(ids),
		model_api_settings(ids),
		model_api_logs(ids),
		users(ids),
		user_identities(ids),
		service_accounts(ids),
		service_identities(ids),
		access_tokens(ids),
		personal_tokens(ids),
		personal_token_model_apis(ids),
		audit_events(ids),
	)
	return {table.name: table for table in every_table}
