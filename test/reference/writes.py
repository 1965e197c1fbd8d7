"""What plain INSERT, UPDATE and MERGE have to answer, said a second time from the description
of the rules alone. Nothing here knows how the extension works.

A cell is one statement of one asker on one table, in which one column gets one value. insert(),
update() and merge() say what has to come of it: which SQLSTATEs may, what the message has to
name, and otherwise the row and the audit events afterwards.

The order of the checks is that of the functions. Before it stands what the server sees first:
literals of a wrong form and missing privileges.
"""

import dataclasses

NONE, VIEWER, EDITOR, OWNER = range(4)
LOG_LEVELS = ["debug", "info", "warning", "error", "critical"]
MISSING_VALUE = {"22023", "23502"}
NOT_THERE = {"22023", "23503"}
MALFORMED = {"22P02", "22007"}


class Special:
	"""What a column of the row afterwards holds, where it is no constant"""

	def __init__(self, text):
		self.text = text

	def __repr__(self):
		return self.text


NOW, ACTOR, ANYTHING, MADE = map(Special, ("now", "actor", "anything", "made"))
ABSENT, DEFAULT = map(Special, ("absent", "DEFAULT"))


# ----------
# Who asks
# ----------
@dataclasses.dataclass(frozen=True)
class Asker:
	"""role: whose privileges the session has; standing: as what it asks; model, project: levels on
	the model API m and its project p; member, admin: of the organization o"""
	name: str
	role: str = "user"
	standing: str = "person"
	person: str = None
	model: int = NONE
	project: int = NONE
	member: bool = False
	admin: bool = False
	ways: tuple = ("stated", "claims")

	def level(self):
		return max(self.model, self.project)

	def everything(self):
		return self.standing in ("administrator", "superuser")

	def has_privilege(self, table, verb, columns, reads):
		"""For a table's columns, as the roles have them"""
		if self.role == "superuser":
			return True
		if table in ("access_tokens", "audit_events"):
			return False
		if self.role == "log_writer":
			return table == "model_api_logs" and verb == "INSERT" and not reads
		if self.role == "user" and table in ("users", "user_identities", "model_api_logs"):
			return False
		return verb == "INSERT" or "id" not in columns

	# Things: of each, whether it is there, is seen, and what it permits. None is what is missing.

	def sees(self, thing):
		if thing is None:
			return False
		if self.everything():
			return True
		if self.standing != "person":
			return False
		return {"m": self.level() >= VIEWER, "p": self.project >= VIEWER, "n": False,
			"q": False, "u": True}.get(thing, True)

	def permits(self, thing, permission):
		if thing is None or permission is None:
			return False
		if self.everything():
			return True
		if permission == "signed in":
			return self.standing == "person"
		if permission == "administer" or not self.sees(thing):
			return False
		if thing in ("w", "wm", "ow"):  # of which everybody is an owner or an admin
			return True
		if permission == "manage_organization":
			return self.admin and thing == "o"
		if thing == "u":  # public, and that is all
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

	def sees_row(self, table, row_thing):
		"""Whether SELECT shows the row that the statements are about"""
		if self.everything():
			return True
		if self.standing != "person":
			return False
		if table in ("users", "organizations"):
			return True
		if table in ("user_identities", "access_tokens", "audit_events"):
			return False
		if table == "organization_members":
			return self.member or row_thing == "ow"
		if table == "project_collaborators":
			return self.project >= EDITOR
		if table in ("model_api_settings", "model_api_collaborators"):
			return self.level() >= EDITOR
		return self.sees(row_thing)


def askers():
	result = []
	groups = {OWNER: "owner", EDITOR: "editor", VIEWER: "viewer"}
	for level, group in groups.items():
		for way, field in (("m", "model"), ("mo", "model"), ("p", "project"), ("po", "project")):
			name = "%s_%s" % (way, group)
			result.append(Asker(name, person=name, **{field: level}))
	result += [
		Asker("o_admin", person="o_admin", member=True, admin=True),
		Asker("o_member", person="o_member", member=True),
		Asker("stranger", person="stranger"),
		Asker("expired", person="expired"),
		Asker("anonymous", standing="nobody", ways=("stated", "claims", "nothing")),
		Asker("disabled", standing="nobody"),
		Asker("unknown", standing="nobody"),
		Asker("administrator", "admin", "administrator", ways=("nothing", "claims")),
		Asker("administrator as m_editor", "admin", person="m_editor", model=EDITOR),
		Asker("administrator, failed", "admin", "nobody"),
		Asker("log writer", "log_writer", "log writer", ways=("nothing",)),
		Asker("superuser", "superuser", "superuser", ways=("nothing",)),
	]
	return result


# ----------
# Tables
# ----------
@dataclasses.dataclass(frozen=True)
class Value:
	"""value: what is sent; stored: what the row holds afterwards; bad: the SQLSTATEs of a value that
	is not acceptable; of an UPDATE: "changed" tells a key's value from the row's own"""
	label: str
	value: object
	stored: object
	bad: frozenset = frozenset()
	malformed: bool = False


@dataclasses.dataclass
class Column:
	"""kind: id; place (the key that a permission is asked of); key (any other that never changes);
	fixed (no key, and never changes either); set (the extension's own); free (the caller's)"""
	name: str
	kind: str
	values: list
	required: bool = False
	default: object = None


@dataclasses.dataclass
class Table:
	name: str
	columns: list
	insert: str  # the permission, on the thing that the place column names
	update: str
	keys: list  # that ON CONFLICT may name
	natural: list  # the columns of the key by which the target is found, but for an id
	creates: bool = False  # it takes a person
	created: tuple = ()
	changed: dict = dataclasses.field(default_factory=dict)  # column: action
	no_key: list = dataclasses.field(default_factory=list)  # no key to upsert by

	def column(self, name):
		return next(c for c in self.columns if c.name == name)

	def place(self):
		return next((c.name for c in self.columns if c.kind == "place"), None)

	def has_id(self):
		return self.columns[0].name == "id"

	def stamps(self):
		"""What is set at each change of a row, and by the change of which columns"""
		return {
			"model_apis": (None, "updated_at", {"name", "description", "visibility",
				"authorization_mode", "invocation_mode"}),
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


def tables(ids):
	"""ids: of users, organizations, projects, model APIs and rows, by their names"""

	def id_column(target):
		return Column("id", "id", [NULL, good("same", ids[target]), good("another", ids["missing"]), malformed()])

	def place(name, same, another, *hidden):
		values = [NULL, good("same", ids[same]), good("another", ids[another])]
		values += [good("hidden", ids[h]) for h in hidden]
		if name == "model_api_id":
			values.append(good("public", ids["u"]))
		return Column(name, "place", values + [good("missing", ids["missing"]), malformed()], True)

	def key(name, *values, required=False):
		return Column(name, "key", [NULL] + [good(label, ids[id]) for label, id in values] + [malformed()], required)

	def by(name):
		return Column(name, "set", [NULL, good("another", ids["stranger"]), good("missing", ids["missing"]), malformed()])

	def at(name):
		return Column(name, "set", [NULL, good("another", LONG_AGO), good("infinity", "infinity"), malformed()])

	def name(target, required=True, kind="free"):
		return Column("name", kind, [NULL, good("same", target), good("another", "changed"), bad("blank", " "),
			bad("too long", "x" * 201), bad("control", "a\nb")], required)

	def description(same="first", kind="free"):
		return Column("description", kind, [NULL, good("same", same), good("another", "changed"),
			bad("too long", "x" * 100001)])

	def choice(name, default, another):
		return Column(name, "free", [NULL, good("same", default), good("another", another), malformed()], default=default)

	def principal_name(column, target, taken):
		return Column(column, "free", [NULL, good("same", target), good("another", "changed"),
			bad("blank", ""), bad("character", "a b"), bad("uuid", ids["missing"]), bad("too long", "x" * 64),
			bad("taken", taken.upper(), "23505")], True)

	full_name = Column("full_name", "free", [NULL, good("another", "changed"), bad("blank", " ")])
	expiry = Column("expires_at", "free", [NULL, good("later", LATER), good("infinity", "infinity", None),
		bad("past", LONG_AGO), bad("-infinity", "-infinity"), malformed()])

	def grants(table, place_column, target, another, hidden, permission):
		user_key, organization_key = ["user_id", place_column], ["organization_id", place_column]
		return Table(table, [
			id_column("grant on " + target),
			place(place_column, target, another, hidden),
			key("user_id", ("same", "given"), ("another", "grantee"), ("missing", "missing")),
			key("organization_id", ("another", "grantorg"), ("missing", "missing")),
			choice("access_level", "viewer", "editor"), expiry, by("granted_by"), at("created_at"),
		], permission, permission, [["id"], user_key, organization_key], user_key,
			created=("collaborator.added",), changed={"access_level": "collaborator.changed", "expires_at": "collaborator.changed"})

	return {table.name: table for table in (
		Table("model_apis", [
			id_column("m"), place("project_id", "p", "w", "q"), name("churn"), description(),
			choice("visibility", "private", "public"), choice("authorization_mode", "restricted", "unrestricted"),
			choice("invocation_mode", "sync", "async"), by("created_by"), at("created_at"), at("updated_at"),
		], "create_model_api", "edit_settings", [["id"]], ["id"], creates=True,
			created=("model_api.created", "collaborator.added"),
			changed={"name": "model_api.renamed", "description": "model_api.description_changed",
				"visibility": "model_api.visibility_changed",
				"authorization_mode": "model_api.authorization_mode_changed",
				"invocation_mode": "model_api.invocation_mode_changed"}),
		Table("projects", [
			id_column("p"), name("growth"), description(), by("created_by"), at("created_at"),
		], "signed in", "manage_project", [["id"]], ["id"], creates=True,
			created=("project.created", "collaborator.added"),
			changed={"name": "project.renamed", "description": "project.description_changed"}),
		Table("organizations", [
			id_column("o"), principal_name("name", "o", "givenorg"), full_name, at("created_at"), by("created_by"),
		], "signed in", "manage_organization", [["id"]], ["id"], creates=True,
			created=("organization.created", "organization_member.added"),
			changed={"name": "organization.renamed", "full_name": "organization.full_name_changed"},
			no_key=[["name"]]),
		Table("organization_members", [
			place("organization_id", "o", "ow"),
			key("user_id", ("same", "given"), ("another", "grantee"), ("missing", "missing"), required=True),
			Column("is_admin", "free", [NULL, good("same", False), good("another", True), malformed()], default=False),
			at("created_at"),
		], "manage_organization", "manage_organization", [["organization_id", "user_id"]],
			["organization_id", "user_id"], created=("organization_member.added",),
			changed={"is_admin": "organization_member.changed"}),
		grants("project_collaborators", "project_id", "p", "w", "q", "manage_project"),
		grants("model_api_collaborators", "model_api_id", "m", "wm", "n", "manage_collaborators"),
		Table("model_api_versions", [
			id_column("v"), place("model_api_id", "m", "wm", "n"),
			Column("number", "number", [NULL, good("same", 1), good("another", 7), good("negative", -1), malformed()]),
			Column("source", "fixed", [NULL, good("same", {"image": "1"}), good("another", {"image": "2"}), malformed()], True),
			description(kind="fixed"), choice("state", "running", "stopped"), by("created_by"), at("created_at"),
		], "deploy_version", "deploy_version", [["id"]], ["id"], created=("version.published",),
			changed={"state": "version.state_changed"}, no_key=[["model_api_id", "number"]]),
		Table("model_api_settings", [
			place("model_api_id", "m", "wm", "n"), name("given", kind="key"),
			Column("value", "free", [NULL, good("same", {"a": 1}), good("another", {"a": 2}), malformed()], True),
			by("updated_by"), at("updated_at"),
		], "edit_settings", "edit_settings", [["model_api_id", "name"]], ["model_api_id", "name"],
			created=("setting.created",), changed={"value": "setting.changed"}),
		Table("model_api_logs", [
			id_column("log"), place("model_api_id", "m", "wm", "n"),
			key("version_id", ("same", "v"), ("another", "nv"), ("missing", "missing")),
			Column("logged_at", "free", [NULL, good("another", LONG_AGO), bad("infinity", "infinity"), malformed()], default=ANYTHING),
			Column("level", "free", [NULL, good("same", "info"), good("another", "error"), bad("wrong", "loud", "22023", "23514")], default="info"),
			Column("message", "free", [NULL, good("same", "started"), good("another", "changed")], True),
		], "log", "administer", [["id"]], ["id"]),
		Table("users", [
			id_column("given"), principal_name("username", "given", "stranger"), full_name,
			Column("disabled_at", "free", [NULL, good("another", LONG_AGO), malformed()]), at("created_at"),
		], "administer", "administer", [["id"]], ["id"], created=("user.created",),
			changed={"username": "user.renamed", "full_name": "user.full_name_changed", "disabled_at": "user.disabled"}),
		Table("user_identities", [
			key("user_id", ("same", "given"), ("another", "unidentified"), ("missing", "missing"), required=True),
			Column("email", "free", [NULL, good("same", "given@example.com"), good("another", "changed@example.com"),
				bad("no @", "changed"), bad("blank", " "), bad("taken", "STRANGER@example.com", "23505")], True),
			Column("external_id", "free", [NULL, good("same", "sub-given"), good("another", "changed"),
				bad("another's id", ids["stranger"]), bad("blank", " "), bad("taken", "sub-stranger", "23505")]),
		], "administer", "administer", [["user_id"], ["external_id"]], ["user_id"],
			created=("user.identity_added",),
			changed={"email": "user.email_changed", "external_id": "user.external_id_changed"}),
		Table("access_tokens", [id_column("token"), Column("name", "free", [good("another", "changed")])],
			None, None, [], ["id"]),
		Table("audit_events", [id_column("event"), Column("action", "free", [good("another", "changed")])],
			None, None, [], ["id"]),
	)}


# ----------
# Answers
# ----------
@dataclasses.dataclass
class Answer:
	"""codes: SQLSTATEs, "ok" or "0 rows", any of which may come; why: the rule; names: what the message
	has to name; row: what columns hold afterwards"""
	codes: set
	why: str
	names: tuple = ()
	row: dict = None
	events: tuple = ()


class Rules:
	def __init__(self, ids):
		self.ids = ids
		self.names = {id: name for name, id in ids.items()}
		self.tables = tables(ids)
		self.rows = {}  # table: the row that statements are about, as it is

	def thing(self, id):
		"""Its name, or None where there is no such thing"""
		name = self.names.get(id)
		return name if name != "missing" else None

	# INSERT

	def insert(self, asker, table, sent, reads=False, late=False, conflict=None):
		"""sent: Value or DEFAULT of each column; reads: SELECT is needed too; late: values are read when
		the statement runs; conflict: None, "nothing" or the key's columns"""
		return self.before(asker, table, sent, "INSERT", reads, late) or \
			self.insert_row(asker, table, sent, conflict)

	def before(self, asker, table, sent, verb, reads, late):
		"""What the server sees first, and who nobody is"""
		wrong = [v for v in sent.values() if v is not DEFAULT and v.malformed]
		if wrong and not late:
			return Answer(MALFORMED, "literal")
		if not asker.has_privilege(table.name, verb, sent, reads):
			return Answer({"42501"}, "no privilege")
		if asker.standing == "nobody":
			return Answer({"PT401"}, "nobody")
		if wrong:
			return Answer(MALFORMED, "literal")
		return None

	def sent_value(self, table, sent, name):
		"""The value of a column of a new row, what is left out and DEFAULT included"""
		column, value = table.column(name), sent.get(name, DEFAULT)
		return column.default if value is DEFAULT else value.value

	def insert_row(self, asker, table, sent, conflict):
		creator = table.creates and asker.person is None
		chosen = sent.get("id", DEFAULT)
		if chosen is not DEFAULT and chosen.value is not None:
			# the order of these two is not said
			return Answer({"42501", "PT401"} if creator else {"42501"}, "id", () if creator else ("extension",))
		if creator:
			return Answer({"PT401"}, "creator")
		denied = self.insert_denied(asker, table, sent)
		if denied:
			return denied
		problem = self.problem(table, sent)
		if problem and table.name == "user_identities" and problem.codes == {"23505"}:
			# an index that ON CONFLICT looks at; names of users and organizations have none of their own table
			if conflict == "nothing":
				return Answer({"0 rows"}, "conflict")
			if conflict and sent[conflict[0]].bad:  # then the row of another user would become this one's
				return Answer({"42501"}, "key", ("user_id",))
		if problem:
			return problem
		return self.meet(asker, table, sent, conflict)

	def insert_denied(self, asker, table, sent):
		place = table.place()
		if table.insert == "log":
			if asker.standing == "person":
				return Answer({"42501"} | MISSING_VALUE if self.sent_value(table, sent, place) is None else {"42501"},
					"permission")
		elif place is None:
			if not asker.permits("it", table.insert):
				return Answer({"42501"}, "permission")
			return None
		id = self.sent_value(table, sent, place)
		if id is None:
			return Answer(MISSING_VALUE, "missing")
		thing = self.thing(id)
		if asker.everything() or asker.standing == "log writer":
			return Answer(NOT_THERE, "not there") if thing is None else None
		if not asker.sees(thing):
			return Answer({"42501"}, "hidden")
		if not asker.permits(thing, table.insert):
			return Answer({"42501"}, "permission", ('"%s"' % table.insert,))
		return None

	def problem(self, table, sent):
		"""Of the values of a new row"""
		for column in table.columns:
			value = sent.get(column.name, DEFAULT)
			if column.kind in ("id", "set", "number"):
				continue
			if value is not DEFAULT and value.bad:
				names = tuple(LOG_LEVELS) if column.name == "level" else ()
				return Answer(set(value.bad), "value", names)
			if self.sent_value(table, sent, column.name) is None and (
					column.required or column.default is not None):
				return Answer(MISSING_VALUE, "missing")
		if "collaborators" in table.name:
			user, organization = (self.sent_value(table, sent, c) for c in ("user_id", "organization_id"))
			if (user is None) == (organization is None):
				return Answer({"22023"}, "one principal")
		return None

	def names_nobody(self, table, sent):
		"""Whether a new row refers to a user, an organization or a version that is not there"""
		for column in ("user_id", "organization_id", "version_id"):
			if any(c.name == column and c.kind == "key" for c in table.columns):
				id = self.sent_value(table, sent, column)
				if id is not None and (self.thing(id) is None or column == "version_id" and not (
						id == self.ids["v"] and self.sent_value(table, sent, "model_api_id") == self.ids["m"])):
					return True
		return False

	def same_key(self, table, sent, key):
		row = self.rows[table.name]
		return all(row[c] is not None and self.sent_value(table, sent, c) == row[c] for c in key)

	def meet(self, asker, table, sent, conflict):
		"""A row that may be written meets one that is there, or none"""
		taken = [key for key in table.keys if key != ["id"] and self.same_key(table, sent, key)]
		names = {"organizations": "name", "users": "username", "user_identities": "email"}
		if table.name in names and self.sent_value(table, sent, names[table.name]) == self.rows[table.name][names[table.name]]:
			taken.append([names[table.name]])
		not_there = NOT_THERE if self.names_nobody(table, sent) else set()
		if not taken:
			return Answer(not_there, "not there") if not_there else self.inserted(asker, table, sent)
		if conflict == "nothing" and all(key in table.keys or key == ["email"] for key in taken):
			return Answer({"0 rows"}, "conflict")
		if conflict in taken:
			if "id" in sent:  # a superuser's: no column is changed to the id of the new row
				return Answer({"42501"}, "id")
			changes = {n: v if v is not DEFAULT else self.default_of(table, n) for n, v in sent.items() if n != "id"}
			return self.update_row(asker, table, changes)
		return Answer({"23505"} | not_there, "unique")

	def default_of(self, table, name):
		return good("DEFAULT", table.column(name).default)

	def inserted(self, asker, table, sent):
		row = {}
		for column in table.columns:
			value = sent.get(column.name, DEFAULT)
			if column.kind == "id":
				row["id"] = MADE
			elif column.kind == "number":
				row["number"] = 2 if row["model_api_id"] in (self.ids["m"], self.ids["n"]) else 1
			elif column.kind == "set":
				row[column.name] = NOW if column.name.endswith("_at") else ACTOR
			else:
				row[column.name] = column.default if value is DEFAULT else value.stored
		return Answer({"ok"}, "done", row=row, events=table.created)

	# UPDATE

	def update(self, asker, table, sent, late=False):
		changes = {n: v if v is not DEFAULT else self.default_of(table, n) for n, v in sent.items()}
		answer = self.before(asker, table, sent, "UPDATE", True, late)
		if answer and late and answer.why == "literal" and not self.may_change(asker, table):
			answer.codes |= {"0 rows"}  # which is evaluated first is the server's plan
		return answer or self.update_row(asker, table, changes)

	def row_thing(self, table):
		place = table.place() or ("id" if table.has_id() else None)
		return self.thing(self.rows[table.name][place]) if place and table.name not in ("users", "model_apis") else \
			{"users": "it", "model_apis": "m"}.get(table.name, "it")

	def may_change(self, asker, table):
		return asker.permits(self.row_thing(table), table.update)

	def update_row(self, asker, table, changes):
		if not self.may_change(asker, table):
			return Answer({"0 rows"}, "no row")
		row, changed = dict(self.rows[table.name]), set()
		for name, value in changes.items():
			column = table.column(name)
			if column.kind == "set" or value.stored == row[name] and value.value == row[name] or \
					column.kind == "free" and not value.bad and value.stored == row[name]:
				continue
			refused = self.refused(asker, table, column, value, row)
			if refused:
				return refused
			row[name] = value.stored
			changed.add(name)
		person, moment, stamped = table.stamps()
		if changed & stamped:
			row.update({c: s for c, s in ((person, ACTOR), (moment, NOW)) if c})
		events = {table.changed[c] for c in changed if c in table.changed}
		return Answer({"ok"}, "done", row=row, events=tuple(sorted(events)))

	def lock(self, asker, table):
		"""SELECT ... FOR UPDATE of the row: as an UPDATE finds it, and nobody finds none"""
		if not asker.has_privilege(table.name, "UPDATE", (), True):
			return Answer({"42501"}, "no privilege")
		if not self.may_change(asker, table):
			return Answer({"0 rows"}, "no row")
		return Answer({"ok"}, "done", row=self.rows[table.name])

	def refused(self, asker, table, column, value, row):
		"""Why a column that is not the extension's may not get another value"""
		if column.kind == "id":  # a superuser alone has the privilege
			return Answer({"42501", "22023", "23502"} if value.value is None else {"42501"}, "key")
		if column.kind in ("place", "key"):
			if value.value is None:
				return Answer({"22023"}, "NULL in a key")
			# which of two is told of a name that is changed and not acceptable is not said
			return Answer({"42501"} | value.bad, "key", () if value.bad else (column.name,))
		if column.kind == "number":
			return Answer({"42501", "22023"} if value.value is None else {"42501"}, "key", () if value.value is None else (column.name,))
		if column.kind == "fixed":
			wrong = {"22023"} if value.value is None else value.bad
			return Answer({"42501"} | wrong, "key", () if wrong else (column.name,))
		if column.name == "visibility" and not asker.permits("m", "change_visibility"):
			return Answer({"42501"}, "permission", ('"change_visibility"',))
		if value.bad:
			return Answer(set(value.bad), "value", tuple(LOG_LEVELS) if column.name == "level" else ())
		if value.value is None and (column.required or column.default is not None):
			return Answer(MISSING_VALUE, "missing")
		return None

	# MERGE ... WHEN MATCHED THEN UPDATE WHEN NOT MATCHED THEN INSERT, on the row that is there

	def merge(self, asker, table, sent):
		answer = self.before(asker, table, {n: v for n, v in sent.items() if n != "id"}, "UPDATE", True, False)
		if answer:
			return answer
		if not asker.sees_row(table.name, self.row_thing(table)):
			return self.insert_row(asker, table, sent, None)
		changes = {n: v if v is not DEFAULT else self.default_of(table, n) for n, v in sent.items()}
		answer = self.update_row(asker, table, changes)
		if answer.why == "no row":  # seen, but not to be changed: the server refuses
			return Answer({"42501"}, "merge")
		return answer
