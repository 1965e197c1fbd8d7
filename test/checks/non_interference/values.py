"""Values from both worlds: what statements compare columns with."""

import json
import random

from non_interference.statement import quote
from non_interference.tables import JSON, VIEWS

# tables whose ids statements use
WITH_IDS = (
	"users",
	"organizations",
	"projects",
	"model_apis",
	"model_api_versions",
	"access_tokens",
	"personal_tokens",
	"model_api_collaborators",
	"project_collaborators",
)


class Values:
	"""catalog: Catalog; worlds: a world and its twin

	values: of each (table, column), from both worlds
	different: those of them that differ between the two
	differing: the columns that have such values
	"""

	def __init__(self, catalog, worlds, seed):
		self.random = random.Random(seed)
		self.catalog = catalog
		self.values, self.different = {}, {}
		for table, columns in catalog.columns.items():
			self.collect(table, columns, worlds)
		self.differing = [key for key, values in self.different.items() if values]
		rows = lambda table: worlds[0].rows["modelapi_acl." + table]
		self.ids = [row["id"] for table in WITH_IDS for row in rows(table)]
		# ids that fit an argument of a function, by its name
		self.ids_of = {
			"model_api_id": worlds[0].apis,
			"project_id": worlds[0].projects,
			"organization_id": worlds[0].organizations,
			"user_id": worlds[0].users + worlds[0].accounts,
			"identity": worlds[0].users,
			"object_id": self.ids,
			"token_id": [
				row["id"] for table in ("access_tokens", "personal_tokens") for row in rows(table)
			]
			or self.ids,
			"version_id": [row["id"] for row in rows("model_api_versions")] or self.ids,
			"change_id": [
				row["change_id"] for row in worlds[0].rows["modelapi_acl_internal.changes"]
			],
		}
		self.names = [
			row["name"] for row in worlds[0].rows["modelapi_acl_internal.principal_names"]
		]
		# emails and subjects that differ
		self.hidden_names = [
			value
			for row, other in zip(*(world.rows["modelapi_acl.user_identities"] for world in worlds))
			if row != other
			for value in (row["email"], other["email"], row["external_id"], other["external_id"])
			if value
		]
		self.words = [
			word
			for key in (("model_apis", "name"), ("model_apis", "description"))
			for text in self.different[key] or self.values[key]
			if text
			for word in text.split()
		]
		self.random.shuffle(self.words)

	def collect(self, table, columns, worlds):
		source = VIEWS.get(table) or "modelapi_acl." + table
		rows, twins = (world.rows.get(source, []) for world in worlds)
		for column in columns:
			pairs = [(a.get(column), b.get(column)) for a, b in zip(rows, twins)]
			known = [v for pair in pairs for v in pair if v is not None]
			self.values[table, column] = known or [None]
			self.different[table, column] = [
				v for pair in pairs if pair[0] != pair[1] for v in pair if v is not None
			]

	def value(self, table, column):
		"""One that differs, by preference: a statement that uses others finds no difference"""
		r = self.random
		values = self.different[table, column] if r.random() < 0.8 else None
		value = r.choice(values or self.values[table, column])
		return json.dumps(value) if ("modelapi_acl." + table, column) in JSON else value

	def constant(self, table, column, type):
		value = self.value(table, column)
		if value is None:
			return "NULL::" + type
		text = str(value).lower() if isinstance(value, bool) else str(value)
		return quote(text) + "::" + type

	def beginning(self, table, column):
		text = str(self.value(table, column))
		return text[: self.random.randint(1, max(1, min(len(text), 5)))]

	def some_table(self):
		"""A table with columns that differ, by preference"""
		r = self.random
		if r.random() < 0.8 and self.differing:
			return r.choice(self.differing)[0]
		return r.choice(list(self.catalog.columns))

	def differing_columns(self, table):
		return [column for t, column in self.differing if t == table]
