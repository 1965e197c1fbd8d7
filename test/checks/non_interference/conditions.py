"""Random conditions on the columns and rows of a table."""

import json

from non_interference import forms
from non_interference.statement import quote


class Conditions:
	def __init__(self, values):
		self.values, self.random, self.catalog = values, values.random, values.catalog

	def condition(self, t, table, depth=0):
		"""A condition on a table with the alias t"""
		r = self.random
		if depth < 2 and r.random() < 0.15:
			a, b = self.condition(t, table, depth + 1), self.condition(t, table, depth + 1)
			return r.choice(
				[
					"(%s AND %s)",
					"(%s OR %s)",
					"NOT (%s OR %s)",
					"(CASE WHEN %s THEN %s END)",
					"(%s) = (%s)",
					"COALESCE(%s, %s)",
				]
			) % (a, b)
		if r.random() < 0.12:
			return self.row_condition(t, table)
		if self.catalog.expressions.get(table) and r.random() < 0.15:
			return self.expression_condition(t, table)
		columns = self.catalog.columns[table]
		differing = self.values.differing_columns(table)
		column = r.choice(differing if differing and r.random() < 0.8 else list(columns))
		return self.column_condition("%s.%s" % (t, column), table, column, columns[column])

	def column_condition(self, x, table, column, type):
		"""A condition on x, a column of that type; constants are those of the named column"""
		r = self.random
		names = {"x": x}
		names["c"], names["d"] = (self.values.constant(table, column, type) for _ in range(2))
		fitting = forms.ALL
		if type == "text":
			names["b"] = quote(self.values.beginning(table, column))
			fitting = forms.ALL + forms.TEXT
		elif type == "boolean":
			fitting = forms.ALL + forms.BOOLEAN * 2
		elif type == "jsonb":
			names["k"], names["v"] = self.member(table, column)
			fitting = [form for form in forms.ALL if "NULLIF" not in form] + forms.JSONB
		elif type == "timestamp with time zone":
			fitting = [form for form in forms.ALL if "CASE" not in form]
		return "(" + r.choice(fitting).format(**names) + ")"

	def member(self, table, column):
		"""A key of a jsonb value, and what it holds"""
		text = self.values.value(table, column)
		value = json.loads(text) if text else None
		key = "user_id"
		if isinstance(value, dict) and value:
			key = self.random.choice(list(value))
		found = value[key] if isinstance(value, dict) and key in value else value
		return quote(key), quote(found if isinstance(found, str) else json.dumps(found))

	def row_condition(self, t, table):
		"""A condition on a row, its system columns, or two of its columns"""
		r = self.random
		columns = self.catalog.columns[table]
		a, b = r.choice(list(columns)), r.choice(list(columns))
		values = (
			t + "." + a,
			t + "." + b,
			self.values.constant(table, a, columns[a]),
			self.values.constant(table, b, columns[b]),
		)
		return r.choice(forms.ROW).format(*values, t=t)

	def expression_condition(self, t, table):
		"""An index's own expression or predicate, as the catalog shows it"""
		r = self.random
		kind, inner = r.choice(self.catalog.expressions[table])
		if kind == "expression":
			values = self.values
			name = r.choice(values.names + values.hidden_names + list(values.ids_of["user_id"]))
			form = r.choice(
				[
					"(%s) = %s",
					"(%s) >= %s",
					"(%s) IN (%s, 'x')",
					"(%s) IS NOT DISTINCT FROM %s",
					"(%s)::text LIKE %s",
				]
			)
			inner = form % (inner, quote(name))
		# its column names are bare: they become the table's by a sub-select, or by its alias
		if r.random() < 0.2:
			return "EXISTS (SELECT FROM (SELECT (%s).*) s WHERE %s)" % (t, inner)
		return "(" + self.catalog.qualify(table, inner, t) + ")"
