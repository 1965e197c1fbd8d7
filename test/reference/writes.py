"""What plain INSERT, UPDATE and MERGE must answer, derived from the documented rules alone.
Nothing here knows how the extension works.

The program test/checks/plain_writes.py varies one column of one statement at a time. insert(),
update(), merge() and lock() return the Answer: which SQLSTATEs are right, what the message must
name, and otherwise the row and the audit events afterwards.

The rules are checked in the order in which the SQL functions check them. What the server itself
detects comes first: malformed literals and missing privileges.
"""

import dataclasses

from reference.write_tables import ACTOR, DEFAULT, MADE, NOW, good, tables

LOG_LEVELS = ["debug", "info", "warning", "error", "critical"]
MISSING_VALUE = {"22023", "23502"}
NO_SUCH_ROW = {"22023", "23503"}
MALFORMED = {"22P02", "22007"}
SERVICE_ACCOUNTS = ("robot", "robot2", "unidentified_robot", "unidentified_robot2")


@dataclasses.dataclass
class Answer:
	codes: set  # SQLSTATEs, "ok" or "0 rows": each of them is right
	why: str  # the rule
	names: tuple = ()  # what the message must name
	row: dict = None  # the values of the columns afterwards
	events: tuple = ()  # the actions of the audit events


def lacks_value(column, value):
	"""Whether a column that takes no NULL gets one"""
	return value is None and (column.required or column.default is not None)


def named_levels(column):
	"""What the message about a wrong value must name"""
	return tuple(LOG_LEVELS) if column.name == "level" else ()


class Rules:
	def __init__(self, ids):
		self.ids = ids
		self.names = {id: name for name, id in ids.items()}
		self.tables = tables(ids)
		self.rows = {}  # table: the row that UPDATE, MERGE and upserts are to change

	def resource(self, id):
		"""The name of the resource with this id; None where there is none"""
		name = self.names.get(id)
		return name if name != "missing" else None

	# INSERT

	def insert(self, caller, table, sent, needs_select=False, at_run_time=False, conflict=None):
		"""The answer to an INSERT.

		sent			the Value or DEFAULT of each column
		needs_select	whether the statement reads the table, too
		at_run_time		whether the values are read when the statement runs, as from JSON
		conflict		None, "nothing" for DO NOTHING, or the columns of the key for DO UPDATE
		"""
		answer = self.early_error(caller, table, sent, "INSERT", needs_select, at_run_time)
		return answer or self.insert_row(caller, table, sent, conflict)

	def early_error(self, caller, table, sent, verb, needs_select, at_run_time):
		"""What is refused before any rule of the extension: malformed literals, missing privileges,
		and then callers without an identity"""
		wrong = [v for v in sent.values() if v is not DEFAULT and v.malformed]
		if wrong and not at_run_time:
			return Answer(MALFORMED, "literal")
		if not caller.has_privilege(table.relation, verb, sent, needs_select):
			# row-level security would refuse with the same code
			names = (
				("permission denied for table " + table.relation,) if table.is_read_only() else ()
			)
			return Answer({"42501"}, "no privilege", names)
		if caller.standing == "unauthenticated":
			return Answer({"PT401"}, "unauthenticated")
		if wrong:
			return Answer(MALFORMED, "literal")
		return None

	def sent_value(self, table, sent, name):
		"""The value that a column of a new row gets; its default where none is sent"""
		column, value = table.column(name), sent.get(name, DEFAULT)
		return column.default if value is DEFAULT else value.value

	def insert_row(self, caller, table, sent, conflict):
		lacks_person = table.needs_person and caller.person is None
		chosen = sent.get("id", DEFAULT)
		if chosen is not DEFAULT and chosen.value is not None:
			# the documentation does not say which of the two comes first
			if lacks_person:
				return Answer({"42501", "PT401"}, "id")
			return Answer({"42501"}, "id", ("extension",))
		if lacks_person:
			return Answer({"PT401"}, "creator")
		denied = self.insert_denied(caller, table, sent)
		if denied:
			return denied
		bad_value = self.bad_value(table, sent)
		if bad_value and table.relation == "user_identities" and bad_value.codes == {"23505"}:
			# ON CONFLICT sees this unique index; names of users and organizations have no index
			# on their own tables
			if conflict == "nothing":
				return Answer({"0 rows"}, "conflict")
			if conflict and sent[conflict[0]].bad:
				# the row of another user would become this user's
				return Answer({"42501"}, "key", ("user_id",))
		if bad_value:
			return bad_value
		return self.conflict_or_insert(caller, table, sent, conflict)

	def insert_denied(self, caller, table, sent):
		parent = table.parent()
		if table.insert == "log":
			if caller.standing == "person":
				missing = self.sent_value(table, sent, parent) is None
				return Answer({"42501"} | (MISSING_VALUE if missing else set()), "permission")
		elif parent is None:
			if not caller.permits("it", table.insert):
				return Answer({"42501"}, "permission")
			return None
		id = self.sent_value(table, sent, parent)
		if id is None:
			return Answer(MISSING_VALUE, "missing")
		resource = self.resource(id)
		if caller.is_unrestricted() or caller.standing == "log writer":
			return Answer(NO_SUCH_ROW, "no such row") if resource is None else None
		if not caller.sees(resource):
			return Answer({"42501"}, "hidden")
		if not caller.permits(resource, table.insert):
			return Answer({"42501"}, "permission", ('"%s"' % table.insert,))
		return None

	def bad_value(self, table, sent):
		"""The refusal of the first wrong value of a new row, or None"""
		for column in table.columns:
			value = sent.get(column.name, DEFAULT)
			if column.kind in ("id", "set", "number"):
				continue
			if value is not DEFAULT and value.bad:
				return Answer(set(value.bad), "value", named_levels(column))
			if lacks_value(column, self.sent_value(table, sent, column.name)):
				return Answer(MISSING_VALUE, "missing")
		if "collaborators" in table.name:
			user, organization = (
				self.sent_value(table, sent, c) for c in ("user_id", "organization_id")
			)
			if (user is None) == (organization is None):
				return Answer({"22023"}, "one principal")
		if table.relation == "user_identities":
			user, email = (self.sent_value(table, sent, c) for c in ("user_id", "email"))
			if self.resource(user) is None and email is None:
				return Answer(NO_SUCH_ROW, "no such row")
			if self.resource(user) and self.lacks_email(user) != (email is None):
				return Answer({"22023"}, "value")
		return None

	def lacks_email(self, user):
		"""Service accounts have no email address, and everybody else has one"""
		return self.names[user] in SERVICE_ACCOUNTS

	def refers_to_nothing(self, table, sent):
		"""Whether a new row refers to a user, an organization or a version that does not exist"""
		for column in table.columns:
			if column.kind != "key" or not column.name.endswith("_id"):
				continue
			id = self.sent_value(table, sent, column.name)
			if id is None:
				continue
			if self.resource(id) is None:
				return True
			if column.name == "version_id":
				model_api = self.sent_value(table, sent, "model_api_id")
				if (id, model_api) != (self.ids["v"], self.ids["m"]):
					return True
		return False

	def same_key(self, table, sent, key):
		row = self.rows[table.name]
		return all(row[c] is not None and self.sent_value(table, sent, c) == row[c] for c in key)

	def conflict_or_insert(self, caller, table, sent, conflict):
		"""The answer for a new row that is allowed: it may have the key of the existing row"""
		taken = [key for key in table.keys if key != ["id"] and self.same_key(table, sent, key)]
		unique_name = {"organizations": "name", "users": "username", "user_identities": "email"}
		name = unique_name.get(table.relation)
		if name and self.same_key(table, sent, [name]):
			taken.append([name])
		no_such_row = NO_SUCH_ROW if self.refers_to_nothing(table, sent) else set()
		if not taken and no_such_row:
			return Answer(no_such_row, "no such row")
		if not taken:
			return self.inserted(caller, table, sent)
		if conflict == "nothing" and all(key in table.keys or key == ["email"] for key in taken):
			return Answer({"0 rows"}, "conflict")
		if conflict in taken:
			if "id" in sent:  # sent by a superuser: an id never changes
				return Answer({"42501"}, "id")
			return self.update_row(caller, table, self.changes(table, sent))
		return Answer({"23505"} | no_such_row, "unique")

	def changes(self, table, sent):
		"""The values that an UPDATE sets, with defaults filled in"""
		return {
			name: good("DEFAULT", table.column(name).default) if value is DEFAULT else value
			for name, value in sent.items()
		}

	def inserted(self, caller, table, sent):
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

	def update(self, caller, table, sent, at_run_time=False):
		answer = self.early_error(caller, table, sent, "UPDATE", True, at_run_time)
		literal = answer and at_run_time and answer.why == "literal"
		if literal and not self.may_change(caller, table):
			# the plan decides which is evaluated first, the policy or the JSON
			answer.codes |= {"0 rows"}
		return answer or self.update_row(caller, table, self.changes(table, sent))

	def row_resource(self, table):
		"""The resource on which an UPDATE of the table's row needs a permission"""
		if table.name == "model_apis":
			return "m"
		parent = table.parent() or ("id" if table.has_id() else None)
		if parent and table.relation != "users":
			return self.resource(self.rows[table.name][parent])
		return "it"

	def may_change(self, caller, table):
		return caller.permits(self.row_resource(table), table.update)

	def update_row(self, caller, table, changes):
		if not self.may_change(caller, table):
			return Answer({"0 rows"}, "no row")
		row, changed = dict(self.rows[table.name]), set()
		for name, value in changes.items():
			column = table.column(name)
			unchanged = value.stored == row[name] and (
				value.value == row[name] or column.kind == "free" and not value.bad
			)
			if column.kind == "set" or unchanged:
				continue
			refusal = self.refused_change(caller, column, value) or self.refused_side(
				row, column, value
			)
			if refusal:
				return refusal
			row[name] = value.stored
			changed.add(name)
		person, moment, stamped = table.stamps()
		if changed & stamped:
			row.update({c: s for c, s in ((person, ACTOR), (moment, NOW)) if c})
		events = {table.changed[c] for c in changed if c in table.changed}
		return Answer({"ok"}, "done", row=row, events=tuple(sorted(events)))

	def lock(self, caller, table):
		"""SELECT ... FOR UPDATE of the row: it returns what an UPDATE would change"""
		if not caller.has_privilege(table.relation, "UPDATE", (), True):
			return Answer({"42501"}, "no privilege")
		if not self.may_change(caller, table):
			return Answer({"0 rows"}, "no row")
		return Answer({"ok"}, "done", row=self.rows[table.name])

	def refused_change(self, caller, column, value):
		"""Why a column may not get another value, or None"""
		if column.kind in ("id", "parent", "key", "number", "fixed"):
			return self.refused_key(column, value)
		if column.name == "visibility" and not caller.permits("m", "change_visibility"):
			return Answer({"42501"}, "permission", ('"change_visibility"',))
		if value.bad:
			return Answer(set(value.bad), "value", named_levels(column))
		if lacks_value(column, value.value):
			return Answer(MISSING_VALUE, "missing")
		return None

	def refused_side(self, row, column, value):
		"""A person never becomes a service account, nor the reverse; and service accounts have no
		email address"""
		if column.name == "responsible_id" and None in (row["responsible_id"], value.value):
			return Answer({"22023"}, "value")
		if column.name == "email" and self.lacks_email(row["user_id"]) != (value.value is None):
			return Answer({"22023"}, "value")
		return None

	@staticmethod
	def refused_key(column, value):
		"""A column that never changes. Where the new value is wrong in itself as well, the
		documentation does not say which of the two errors is reported."""
		if column.kind == "id":  # superusers alone have the privilege
			return Answer({"42501", "22023", "23502"} if value.value is None else {"42501"}, "key")
		if column.kind in ("parent", "key") and value.value is None:
			return Answer({"22023"}, "NULL in a key")
		wrong = {"22023"} if value.value is None else value.bad
		if column.kind == "number":
			wrong = wrong if value.value is None else set()
		return Answer({"42501"} | wrong, "key", () if wrong else (column.name,))

	# MERGE

	def merge(self, caller, table, sent):
		"""The answer to a MERGE that finds the existing row: WHEN MATCHED THEN UPDATE, WHEN NOT
		MATCHED THEN INSERT"""
		without_id = {n: v for n, v in sent.items() if n != "id"}
		answer = self.early_error(caller, table, without_id, "UPDATE", True, False)
		if answer:
			return answer
		if not caller.sees_row(table.relation, self.row_resource(table)):
			return self.insert_row(caller, table, sent, None)
		answer = self.update_row(caller, table, self.changes(table, sent))
		if answer.why == "no row":  # a MERGE raises an error where an UPDATE finds no row
			return Answer({"42501"}, "merge")
		return answer
