"""Random INSERT, UPDATE, DELETE and MERGE, and statements on internal tables."""

from non_interference.statement import Statement

# by table: columns that an INSERT gives values, and those by which ON CONFLICT finds a row
INSERTED = {
	"organizations": (["name", "full_name"], None),
	"organization_members": (
		["organization_id", "user_id", "is_admin"],
		"organization_id, user_id",
	),
	"projects": (["name", "description"], None),
	"project_collaborators": (["project_id", "user_id", "access_level"], "user_id, project_id"),
	"model_apis": (["project_id", "name", "visibility"], None),
	"model_api_collaborators": (
		["model_api_id", "user_id", "access_level"],
		"user_id, model_api_id",
	),
	"model_api_versions": (["model_api_id", "source"], None),
	"model_api_settings": (["model_api_id", "name", "value"], "model_api_id, name"),
}


class Writes:
	def __init__(self, values, conditions):
		self.values, self.random, self.catalog = values, values.random, values.catalog
		self.condition, self.column_condition = conditions.condition, conditions.column_condition

	def write(self):
		r = self.random
		if r.random() < 0.6:
			statement = self.update()
		elif r.random() < 0.2:
			statement = self.merge()
		else:
			statement = self.insert()
		statement.writes = True
		return statement

	def update(self):
		r = self.random
		table = r.choice(list(self.catalog.updatable))
		columns = self.catalog.columns[table]
		column = r.choice(self.catalog.updatable[table])
		same, other = "t1." + column, self.values.constant(table, column, columns[column])
		value = r.choice([same, same, other])
		conditions = [self.condition("t1", table) for _ in range(r.choice([1, 1, 2]))]
		returned = r.choice(["", "", " RETURNING t1." + column])
		source = ""
		if r.random() < 0.2:
			other, key = r.choice(self.values.differing)
			source = " FROM modelapi_acl.%s t2" % other
			conditions.append(self.condition("t2", other))
			conditions.append(r.choice(["t1.%s::text = t2.%s::text" % (column, key), "true"]))
		form = "UPDATE {from} SET %s = %s%s{where}%s" % (column, value, source, returned)
		return Statement(form, joins=["modelapi_acl.%s t1" % table], conditions=conditions)

	def merge(self):
		r = self.random
		table = r.choice(list(self.catalog.updatable))
		column = r.choice(self.catalog.updatable[table])
		key = r.choice(list(self.catalog.columns[table]))
		type = self.catalog.columns[table][key]
		action = r.choice(["DO NOTHING", "UPDATE SET %s = t1.%s" % (column, column)])
		values = [self.values.constant(table, key, type) for _ in range(2)]
		return Statement(
			"MERGE INTO modelapi_acl.%s t1 USING (VALUES (%s), (%s)) v (x) ON t1.%s = v.x WHEN"
			" MATCHED AND %s THEN %s" % (table, *values, key, self.condition("t1", table), action)
		)

	def insert(self):
		r = self.random
		table = r.choice(list(INSERTED))
		columns, key = INSERTED[table]
		types, last = self.catalog.columns[table], columns[-1]
		values = ", ".join(self.values.constant(table, c, types[c]) for c in columns)
		source = "VALUES (%s)" % values
		if r.random() < 0.3:
			selected = ", ".join("t1." + c for c in columns)
			condition = self.condition("t1", table)
			source = "SELECT %s FROM modelapi_acl.%s t1 WHERE %s" % (selected, table, condition)
		conflicts = ["", " ON CONFLICT DO NOTHING"]
		if key:
			action = "UPDATE SET %s = EXCLUDED.%s" % (last, last)
			conflicts.append(" ON CONFLICT (%s) DO %s" % (key, action))
			conflicts.append(" ON CONFLICT (%s) DO NOTHING" % key)
		conflict = r.choice(conflicts)
		returned = r.choice(["", " RETURNING " + last])
		return Statement(
			"INSERT INTO modelapi_acl.%s (%s) %s%s%s"
			% (table, ", ".join(columns), source, conflict, returned)
		)

	def internal(self):
		"""A statement on an internal table, for callers who have USAGE on its schema"""
		r, values = self.random, self.values
		table = r.choice(list(self.catalog.internal))
		columns = self.catalog.internal[table]
		conditions = []
		for column in r.choices(list(columns), k=r.choice([1, 1, 2])):
			type = columns[column]
			like = [
				(t, c)
				for t, c in values.values
				if c == column and self.catalog.columns[t][c] == type
			]
			like = [key for key in like if values.different[key]] or like
			if like:
				of = r.choice(like)[0]
				conditions.append(self.column_condition("t1." + column, of, column, type))
		column = r.choice(list(columns))
		form = r.choice(
			["SELECT count(*) FROM {from}{where}"] * 3
			+ [
				"SELECT t1.* FROM {from}{where}",
				"DELETE FROM {from}{where}",
				"UPDATE {from} SET %s = %s{where}" % (column, column),
			]
		)
		joins = ["modelapi_acl_internal.%s t1" % table]
		statement = Statement(form, joins=joins, conditions=conditions)
		statement.writes = not form.startswith("SELECT")
		return statement
