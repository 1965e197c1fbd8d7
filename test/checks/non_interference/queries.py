"""Random queries."""

from non_interference.statement import Statement
from non_interference.tables import VIEWS

# columns by which tables are joined
JOINS = [
	("model_apis", "project_id", "projects", "id"),
	("model_api_versions", "model_api_id", "model_apis", "id"),
	("model_api_settings", "model_api_id", "model_apis", "id"),
	("model_api_logs", "version_id", "model_api_versions", "id"),
	("model_api_collaborators", "user_id", "users", "id"),
	("project_collaborators", "project_id", "projects", "id"),
	("organization_members", "organization_id", "organizations", "id"),
	("organization_members", "user_id", "users", "id"),
	("access_tokens", "created_by", "users", "id"),
	("audit_events", "actor_id", "users", "id"),
	("audit_events", "model_api_id", "model_apis", "id"),
	("audit_events", "object_id", "model_api_collaborators", "id"),
	("user_identities", "user_id", "users", "id"),
	("model_apis", "created_by", "project_collaborators", "user_id"),
	("model_apis", "name", "projects", "name"),
	("model_api_collaborators", "access_level", "project_collaborators", "access_level"),
	("model_api_settings", "name", "model_api_settings", "name"),
	("access_tokens", "name", "model_apis", "name"),
	("personal_tokens", "user_id", "users", "id"),
	("personal_token_model_apis", "token_id", "personal_tokens", "id"),
	("personal_token_model_apis", "model_api_id", "model_apis", "id"),
	("personal_tokens", "name", "access_tokens", "name"),
	("token_usage", "token_id", "personal_tokens", "id"),
	("access_tokens", "id", "token_usage", "token_id"),
	("invocation_usage", "model_api_id", "model_apis", "id"),
	("users", "responsible_id", "personal_tokens", "user_id"),
]
AGGREGATED = ("text", "integer", "timestamp with time zone")
SYSTEM_COLUMNS = (".ctid", ".xmin", ".tableoid")


class Queries:
	def __init__(self, values, conditions):
		self.values, self.random, self.catalog = values, values.random, values.catalog
		self.condition = conditions.condition

	# FROM: each function returns its members, and the tables behind t1, t2, ...

	def source(self):
		r = self.random
		table = self.values.some_table()
		name = "modelapi_acl." + table
		roll = r.random()
		if roll < 0.02 and table not in VIEWS:
			method, percent = r.choice(["BERNOULLI", "SYSTEM"]), r.choice([20, 60])
			sample = "%s t1 TABLESAMPLE %s (%d) REPEATABLE (1)" % (name, method, percent)
			return [sample], [table]
		if roll < 0.52 or table == "access_reviews":
			return [name + " t1"], [table]
		if roll < 0.77:
			return self.join(table)
		column = r.choice(self.values.differing_columns(table) or list(self.catalog.columns[table]))
		if roll < 0.87:
			return [name + " t1", self.join_of_values(table, column)], [table]
		if roll < 0.92:
			lateral = "CROSS JOIN LATERAL (SELECT s.* FROM %s s WHERE s.%s = t1.%s AND %s ORDER BY"
			condition = self.condition("s", table)
			lateral = (lateral + " s.%s LIMIT 2) l") % (name, column, column, condition, column)
			return [name + " t1", lateral], [table]
		if roll < 0.96:
			a, b = self.condition("a", table), self.condition("b", table)
			union = "(SELECT * FROM %s a WHERE %s UNION ALL SELECT * FROM %s b WHERE %s) t1"
			return [union % (name, a, name, b)], [table]
		condition = self.condition("a", table)
		tail = r.choice(["OFFSET 0", "", "ORDER BY %s" % column, "LIMIT 5"])
		return ["(SELECT * FROM %s a WHERE %s %s) t1" % (name, condition, tail)], [table]

	def join(self, table):
		r = self.random
		left, key, right, other = r.choice([j for j in JOINS if table in (j[0], j[2])] or JOINS)
		kind = r.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
		return [
			"modelapi_acl.%s t1" % left,
			"%s modelapi_acl.%s t2 ON t1.%s = t2.%s" % (kind, right, key, other),
		], [left, right]

	def join_of_values(self, table, column):
		r = self.random
		type = self.catalog.columns[table][column]
		values = ", ".join("(%s)" % self.values.constant(table, column, type) for _ in range(3))
		operator = r.choice(["=", "=", "=", "<", ">=", "IS NOT DISTINCT FROM"])
		kind = r.choice(["JOIN", "RIGHT JOIN", "LEFT JOIN"])
		return "%s (VALUES %s) v (x) ON t1.%s %s v.x" % (kind, values, column, operator)

	# SELECT

	def query(self):
		r = self.random
		joins, tables = self.source()
		table, columns = tables[0], self.catalog.columns[tables[0]]
		conditions = [
			self.condition("t%d" % (n + 1), t)
			for n, t in enumerate(tables)
			for _ in range(r.choice([0, 1, 1, 2]))
		]
		if r.random() < 0.15:
			conditions.append(self.subquery())
		differing = self.values.differing_columns(table)
		column = r.choice(differing if differing and r.random() < 0.8 else list(columns))
		x = "t1." + column
		kinds = "aggregate group distinct window on".split()
		select = r.choice(["count(*)", "count(*)", x, "t1.*", "count(t1.xmin)", "1", *kinds])
		# these have no system columns
		if "(SELECT" in joins[0] or not VIEWS.keys().isdisjoint(tables):
			select = select.replace("t1.xmin", "*")
			conditions = [c for c in conditions if not any(s in c for s in SYSTEM_COLUMNS)]
		if select == "t1.*" and table == "access_reviews":
			select = ", ".join("t1." + c for c in columns)
		tail = self.order(select, x) if select in (x, "t1.*", "1", "distinct") else []
		if select in kinds:
			select, tail = self.selected(select, table, column, tail)
		if (
			not tail
			and table in self.catalog.updatable
			and "(" not in select
			and len(tables) == 1
			and "(SELECT" not in joins[0]
			and r.random() < 0.25
		):
			tail = [self.lock()]
		form = "SELECT " + select + " FROM {from}{where}"
		if r.random() < 0.06 and not tail:
			materialized = r.choice(["", "MATERIALIZED", "NOT MATERIALIZED"])
			form = "WITH q AS %s (SELECT t1.%s FROM {from}{where}) SELECT count(*), " % (
				materialized,
				column,
			)
			form += "count(DISTINCT %s) FROM q" % column
		return Statement(form, joins=joins, conditions=conditions, tail=tail)

	def subquery(self):
		table = self.values.some_table()
		r = self.random
		form = r.choice(
			[
				"EXISTS (SELECT FROM modelapi_acl.%s e WHERE %s)",
				"NOT EXISTS (SELECT FROM modelapi_acl.%s e WHERE %s)",
				"(SELECT count(*) FROM modelapi_acl.%s e WHERE %s) > 1",
			]
		)
		return form % (table, self.condition("e", table))

	def order(self, select, x):
		"""ORDER BY and LIMIT, or nothing"""
		r = self.random
		if r.random() >= 0.6:
			return []
		tail = ["ORDER BY 1"]
		if select != "distinct":
			order = r.choice(["", "DESC", "NULLS FIRST", "DESC NULLS LAST"])
			tail = ["ORDER BY %s %s" % (x, order)]
		if r.random() < 0.6:
			limit, offset = r.choice([1, 1, 2, 10]), r.choice([0, 0, 1, 5])
			tail.append("LIMIT %d OFFSET %d" % (limit, offset))
		return tail

	def selected(self, kind, table, column, tail):
		"""What a query of a kind selects, and what follows its conditions"""
		x = "t1." + column
		if kind == "aggregate":
			return self.aggregates(table, column), tail
		if kind == "group":
			return x + ", count(*)", ["GROUP BY " + x, "ORDER BY 1"]
		if kind == "distinct":
			return "DISTINCT " + x, tail
		if kind == "on":
			selected = x if table == "access_reviews" else x + ", t1.*"
			return "DISTINCT ON (%s) %s" % (x, selected), ["ORDER BY " + x]
		window = (
			"row_number() OVER (ORDER BY %s), rank() OVER (PARTITION BY %s ORDER BY %s),"
			" lag(%s) OVER (ORDER BY %s)"
		)
		return window % (x, x, x, x, x), tail

	def aggregates(self, table, column):
		x, type = "t1." + column, self.catalog.columns[table][column]
		all_types = "count(%s), count(DISTINCT %s), string_agg(%s::text, ',' ORDER BY %s)"
		all_types %= (x, x, x, x)
		if type not in AGGREGATED and not type.startswith("modelapi"):
			return all_types
		return self.random.choice(
			["min(%s)" % x, "max(%s)" % x, "min(%s), max(%s)" % (x, x), all_types]
		)

	def lock(self):
		return self.random.choice(
			[
				"FOR UPDATE OF t1",
				"FOR SHARE OF t1",
				"FOR NO KEY UPDATE OF t1",
				"FOR KEY SHARE OF t1",
				"FOR UPDATE OF t1 SKIP LOCKED",
			]
		)
