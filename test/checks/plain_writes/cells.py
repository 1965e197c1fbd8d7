"""The statements to try: each gives one column of one table one value, in one form."""

import dataclasses

from reference.write_tables import ABSENT, DEFAULT, Value

# ----------
# Forms of statements. Those whose name begins with "json" are what PostgREST sends.
# ----------
INSERTS = [
	"values",
	"short",
	"two rows",
	"select",
	"returning",
	"json",
	"json, minimal",
	"json, short",
	"json, missing=default",
	"do nothing",
	"merge, new",
]
UPDATES = [
	"set",
	"set, returning",
	"whole row",
	"whole row, from",
	"json, patch",
	"json, whole row",
]
JSON = {f for f in INSERTS + UPDATES if f.startswith("json")}
# forms in which the keyword DEFAULT is no value
NO_DEFAULT = (JSON - {"json, missing=default"}) | {"select", "whole row, from"}
# forms in which nobody may write the tables that are read only
READ_ONLY_FORMS = ["values", "json", "merge, new", "set", "json, patch"]
# forms of INSERT that read the table, too
NEEDS_SELECT = {"returning", "json", "json, short", "json, missing=default"}


def upsert_key(form):
	"""The columns of ON CONFLICT DO UPDATE; None for other forms"""
	kind, _, key = form.partition(": ")
	return key.split(", ") if kind in ("upsert", "json, upsert") else None


def read_at_run_time(form):
	"""Whether the server reads the values when the statement runs, rather than when it is parsed"""
	return form in JSON or form.startswith("json, upsert")


@dataclasses.dataclass
class Cell:
	table: object
	form: str
	column: str
	value: object  # ABSENT, DEFAULT or a Value
	sent: dict  # column: what is sent
	caller: object = None

	def label(self):
		return self.value.label if isinstance(self.value, Value) else str(self.value)

	def line(self):
		"""What the environment variable ONLY is compared with"""
		words = (self.table.name, self.form, self.column, self.label(), self.caller.name)
		return " | ".join(words)

	def verb(self):
		if self.form == "merge":
			return "MERGE"
		return "UPDATE" if self.form in UPDATES + ["lock"] else "INSERT"


class Cells:
	"""Makes all cells, without their callers"""

	def __init__(self, rules):
		self.rules, self.ids = rules, rules.ids
		self.fresh = self.fresh_rows()
		self.second = self.second_rows()

	def fresh_rows(self):
		"""Valid values of a new row of each table"""
		ids = self.ids
		grant = dict(
			user_id=ids["grantee"], organization_id=None, access_level="viewer", expires_at=None
		)
		return {
			"model_apis": dict(
				project_id=ids["p"],
				name="fresh",
				description="fresh",
				visibility="private",
				authorization_mode="restricted",
				invocation_mode="sync",
			),
			"projects": dict(name="fresh", description="fresh"),
			"organizations": dict(name="fresh", full_name="fresh"),
			"organization_members": dict(
				organization_id=ids["o"], user_id=ids["grantee"], is_admin=False
			),
			"project_collaborators": dict(project_id=ids["p"], **grant),
			"model_api_collaborators": dict(model_api_id=ids["m"], **grant),
			"model_api_versions": dict(
				model_api_id=ids["m"],
				source={"image": "fresh"},
				description="fresh",
				state="running",
			),
			"model_api_settings": dict(model_api_id=ids["m"], name="fresh", value={"a": 0}),
			"model_api_logs": dict(
				model_api_id=ids["m"],
				version_id=None,
				logged_at="2001-02-03T00:00:00+00:00",
				level="info",
				message="fresh",
			),
			"users": dict(
				username="fresh", full_name="fresh", disabled_at=None, responsible_id=None
			),
			"service_accounts": dict(
				username="fresh",
				full_name="fresh",
				disabled_at=None,
				responsible_id=ids["responsible"],
			),
			"user_identities": dict(
				user_id=ids["unidentified"], email="fresh@example.com", external_id="fresh"
			),
			"service_identities": dict(
				user_id=ids["unidentified_robot"], email=None, external_id="fresh"
			),
			**self.copies(),
		}

	def copies(self):
		"""The rows of the tables that are read only, without their ids"""
		names = [t.name for t in self.rules.tables.values() if t.is_read_only()]
		return {
			name: {c: v for c, v in self.rules.rows[name].items() if c != "id"} for name in names
		}

	def second_rows(self):
		"""What differs in the first row of an INSERT of two"""
		grant = dict(user_id=self.ids["grantee2"])
		return {
			"organizations": dict(name="fresh2"),
			"users": dict(username="fresh2"),
			"service_accounts": dict(username="fresh2"),
			"organization_members": grant,
			"project_collaborators": grant,
			"model_api_collaborators": grant,
			"model_api_settings": dict(name="fresh2"),
			"user_identities": dict(
				user_id=self.ids["unidentified2"], email="fresh2@example.com", external_id="fresh2"
			),
			"service_identities": dict(
				user_id=self.ids["unidentified_robot2"], external_id="fresh2"
			),
		}

	def ignored_value(self, column):
		"""A value for a column that the extension sets whatever is sent"""
		value = self.ids["founder"]
		if column.name == "id":
			value = None
		elif column.name == "number":
			value = 9
		elif column.name.endswith("_at"):
			value = "1999-01-01T00:00:00+00:00"
		return Value("ignored", value, value)

	def new_row(self, table, whole, fresh):
		"""The values of a new row; whole: of every column, else of those that are required"""
		row = {}
		for column in table.columns:
			if column.name not in fresh:
				if whole:
					row[column.name] = self.ignored_value(column)
				continue
			value = fresh[column.name]
			is_key = value is not None and column.kind in ("parent", "key")
			if whole or column.required or is_key:
				row[column.name] = Value("fresh", value, value)
		return row

	def existing_row(self, table):
		row = self.rules.rows[table.name]
		names = [c.name for c in table.columns if c.name != "id"]
		return {name: Value("same", row[name], row[name]) for name in names}

	def first_of_two(self, cell):
		"""The row before the cell's in an INSERT of two: valid, with another key"""
		fresh = dict(self.fresh[cell.table.name], **self.second.get(cell.table.name, {}))
		row = self.new_row(cell.table, True, fresh)
		if cell.value is ABSENT:
			row.pop(cell.column, None)
		else:
			row.setdefault(cell.column, DEFAULT)
		return {c: row[c] for c in cell.sent}

	def sent(self, table, form, column, value):
		"""What a statement sends for each column that it names"""
		if upsert_key(form) or form in ("merge", "json, whole row") or form.startswith("whole row"):
			row = self.existing_row(table)
		elif form in UPDATES:
			row = {}
		else:
			row = self.new_row(table, form not in ("short", "json, short"), self.fresh[table.name])
			if form == "json, missing=default":
				row = {c: DEFAULT if v.label == "ignored" else v for c, v in row.items()}
		if value is ABSENT:
			row.pop(column, None)
		else:
			row[column] = value
		return row

	def values_of(self, table, column):
		values = [ABSENT, DEFAULT, *column.values]
		if table.is_read_only():
			same = self.rules.rows[table.name][column.name]
			values += [Value("NULL", None, None), Value("same", same, same)]
		return values

	def all(self):
		for table in self.rules.tables.values():
			yield Cell(table, "default values", "no column", ABSENT, {})
			yield Cell(table, "lock", "row lock", ABSENT, {})
			forms = list(INSERTS)
			for key in table.keys + table.no_key:
				forms += [form + ", ".join(key) for form in ("upsert: ", "json, upsert: ")]
			for column in table.columns:
				for value in self.values_of(table, column):
					for form in forms + UPDATES + ["merge"]:
						if self.applies(table, form, column, value):
							sent = self.sent(table, form, column.name, value)
							if sent:
								yield Cell(table, form, column.name, value, sent)

	@staticmethod
	def applies(table, form, column, value):
		if value is DEFAULT and (form in NO_DEFAULT or form.startswith("json, upsert")):
			return False
		if value is ABSENT and form in UPDATES:
			return False
		if table.is_read_only() and form not in READ_ONLY_FORMS:
			return False
		malformed = isinstance(value, Value) and value.malformed
		if malformed and column.name in ("source", "value") and read_at_run_time(form):
			return False  # any text is a JSON string
		# nobody may update an id, so that no MERGE may name it
		return not (form == "merge" and column.kind == "id")
