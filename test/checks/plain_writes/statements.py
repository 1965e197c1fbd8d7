"""The SQL text of a cell."""

import json

from plain_writes.cells import UPDATES, upsert_key
from reference.write_tables import DEFAULT

MERGE_NEW = (
	"MERGE INTO %s AS t USING (SELECT 1) AS s ON false"
	" WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)"
)
MERGE = (
	"MERGE INTO %s AS t USING (SELECT 1) AS s ON %s WHEN MATCHED THEN UPDATE SET %s"
	" WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)"
)


def quoted(value):
	if value is None:
		return "NULL"
	if isinstance(value, bool):
		return "true" if value else "false"
	if isinstance(value, int):
		return str(value)
	if isinstance(value, dict):
		value = json.dumps(value)
	return "'" + value.replace("'", "''") + "'"


def literal(value):
	return "DEFAULT" if value is DEFAULT else quoted(value.value)


def literals(sent):
	return ", ".join(literal(v) for v in sent.values())


def postgrest(statement, returning):
	"""The statement as PostgREST wraps it; returning "1" is return=minimal"""
	rows = "NULL" if returning == "1" else "json_agg(pgrst_source)"
	return "WITH pgrst_source AS (%s RETURNING %s) SELECT count(*), %s FROM pgrst_source" % (
		statement,
		returning,
		rows,
	)


class Statements:
	def __init__(self, cells, types, defaults):
		self.cells, self.types, self.defaults = cells, types, defaults
		self.rows = cells.rules.rows

	def text(self, cell):
		table, form = cell.table, cell.form
		if form == "default values":
			return "INSERT INTO modelapi_acl.%s DEFAULT VALUES" % table.relation
		if form == "lock":
			text = "SELECT * FROM modelapi_acl.%s AS t WHERE %s FOR UPDATE"
			return text % (table.relation, self.has_key(table))
		if form == "merge":
			return self.merge(cell)
		if form in UPDATES:
			return self.json_update(cell) if form.startswith("json") else self.update(cell)
		if form.startswith("json"):
			return self.json_insert(cell)
		return self.insert(cell)

	# INSERT

	def insert(self, cell):
		form, sent = cell.form, cell.sent
		name, columns, values = (
			"modelapi_acl." + cell.table.relation,
			", ".join(sent),
			literals(sent),
		)
		if form == "merge, new":
			return MERGE_NEW % (name, columns, values)
		head = "INSERT INTO %s (%s) " % (name, columns)
		if form == "select":
			return head + "SELECT " + values
		if form == "two rows":
			return head + "VALUES (%s), (%s)" % (literals(self.cells.first_of_two(cell)), values)
		tail = {"returning": " RETURNING *", "do nothing": " ON CONFLICT DO NOTHING"}.get(form, "")
		if upsert_key(form):
			tail = self.on_conflict(cell)
		return head + "VALUES (%s)" % values + tail

	def json_insert(self, cell):
		table, form, sent = cell.table, cell.form, cell.sent
		insert = "INSERT INTO modelapi_acl.%s (%s) SELECT %s FROM %s" % (
			table.relation,
			", ".join(sent),
			", ".join("pgrst_body." + c for c in sent),
			self.json_body(table, sent),
		)
		if upsert_key(form):
			insert += self.on_conflict(cell)
		return postgrest(insert, "1" if form == "json, minimal" else "*")

	@staticmethod
	def on_conflict(cell):
		changes = [c for c in cell.sent if c != "id" or cell.column == "id"]
		return " ON CONFLICT (%s) DO UPDATE SET %s" % (
			", ".join(upsert_key(cell.form)),
			", ".join("%s = EXCLUDED.%s" % (c, c) for c in changes),
		)

	def json_body(self, table, sent):
		"""The body of a request as PostgREST reads it; a default stands in it as its expression"""
		values = {c: v.value for c, v in sent.items() if v is not DEFAULT}
		body = quoted(json.dumps(values)) + "::jsonb"
		defaults = [c for c, v in sent.items() if v is DEFAULT]
		if defaults:
			pairs = [
				"'%s', %s" % (c, self.defaults.get((table.relation, c)) or "NULL") for c in defaults
			]
			body = "jsonb_build_object(%s) || %s" % (", ".join(pairs), body)
		return (
			"(SELECT %s AS body) AS payload, LATERAL"
			" (SELECT %s FROM jsonb_to_record(payload.body) AS _(%s)) AS pgrst_body"
		) % (
			body,
			", ".join(sent),
			", ".join("%s %s" % (c, self.types[table.relation, c]) for c in sent),
		)

	# UPDATE and MERGE

	def has_key(self, table, alias="t", key=None):
		"""The condition that finds the existing row"""
		row = self.rows[table.name]
		key = key or (["id"] if table.has_id() else table.natural)
		return " AND ".join("%s.%s = %s" % (alias, c, quoted(row[c])) for c in key)

	def update(self, cell):
		table, form, sent = cell.table, cell.form, cell.sent
		where = " WHERE " + self.has_key(table)
		changes = ", ".join("%s = %s" % (c, literal(v)) for c, v in sent.items())
		if form == "whole row, from":
			casts = (
				"%s::%s" % (literal(v), self.types[table.relation, c]) for c, v in sent.items()
			)
			changes = ", ".join("%s = s.%s" % (c, c) for c in sent)
			where = " FROM (VALUES (%s)) AS s (%s)%s" % (", ".join(casts), ", ".join(sent), where)
		tail = " RETURNING *" if form == "set, returning" else ""
		return "UPDATE modelapi_acl.%s AS t SET %s%s%s" % (table.relation, changes, where, tail)

	def json_update(self, cell):
		name = "modelapi_acl." + cell.table.relation
		update = "UPDATE %s SET %s FROM %s WHERE %s" % (
			name,
			", ".join("%s = pgrst_body.%s" % (c, c) for c in cell.sent),
			self.json_body(cell.table, cell.sent),
			self.has_key(cell.table, cell.table.relation),
		)
		return postgrest(update, cell.table.relation + ".*")

	def merge(self, cell):
		table, sent = cell.table, cell.sent
		inserted = {c: v for c, v in sent.items() if c != "id"}
		return MERGE % (
			"modelapi_acl." + table.relation,
			self.has_key(table, key=table.natural),
			", ".join("%s = %s" % (c, literal(v)) for c, v in sent.items()),
			", ".join(inserted),
			literals(inserted),
		)
