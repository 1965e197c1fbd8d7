"""Random statements on a table of shape.py, with the same marks."""

from own_tables import sets
from own_tables.joins import Joins


class Statement:
	"""kind: for the counts; ordered: whether the order of its rows is fixed; steps: SQL, one after
	the other, of which each gives rows or none"""

	def __init__(self, kind, *steps, ordered=False, writes=False):
		self.kind, self.steps, self.ordered, self.writes = kind, steps, ordered, writes


class Statements:
	def __init__(self, shape, shapes):
		self.shape, self.r = shape, shape.r
		self.joins = Joins(self.r, shapes)
		self.columns = "t.id, t.kind, t.body, t.at::text, " + ", ".join(
			"t." + key.column for key in shape.keys
		)
		self.number = 0

	def key(self, kind=None):
		keys = [key for key in self.shape.keys if kind in (None, key.kind)]
		return self.r.choice(keys) if keys else None

	def asked(self):
		key = self.key()
		return "{has:%s:t.%s}" % (key.permission(self.r), key.column)

	def simple(self):
		"""A condition on the row alone"""
		r = self.r
		key = self.key()
		ids = ", ".join(key.literal(r) for _ in range(r.randint(1, 4)))
		return r.choice(
			[
				"t.%s = %s" % (key.column, key.literal(r)),
				"t.%s IN (%s)" % (key.column, ids),
				"t.%s = ANY (ARRAY[%s]::uuid[])" % (key.column, ids),
				"t.%s <> %s" % (key.column, key.literal(r)),
				"t.%s > %s" % (key.column, key.literal(r)),
				"t.%s IS NULL" % key.column,
				"t.%s IS NOT NULL" % key.column,
				"t.id < %d" % r.choice([20, 100, 1000, 50000]),
				"t.at > '2026-01-%02d'" % r.randint(1, 6),
				"t.at BETWEEN '2026-01-02' AND '2026-01-03'",
				"t.kind = %d" % r.randint(1, 5),
				"t.kind IN (1, 3)",
				"t.body LIKE 'b%d%%'" % r.randint(0, 8),
				"t.id % 2 = 0",
				"true",
			]
		)

	def condition(self):
		r = self.r
		key = self.key()
		model_api = self.key("model_api") or key
		return r.choice(
			[
				"true",
				self.simple(),
				self.simple(),
				"%s AND %s" % (self.simple(), self.simple()),
				"(%s OR %s)" % (self.simple(), self.simple()),
				self.asked(),
				"%s AND %s" % (self.asked(), self.simple()),
				"%s AND %s" % (self.asked(), self.asked()),
				"(%s OR %s)" % (self.asked(), self.simple()),
				"(%s OR {administrator})" % self.asked(),
				"NOT " + self.asked(),
				"t.%s IN (SELECT m.id FROM modelapi_acl.model_apis AS m"
				" WHERE m.visibility = 'public')" % model_api.column,
				"t.%s NOT IN (SELECT m.id FROM modelapi_acl.model_apis AS m)" % model_api.column,
				"EXISTS (SELECT FROM modelapi_acl.model_apis AS m"
				" WHERE m.id = t.%s AND m.name < 'm3')" % model_api.column,
				"NOT EXISTS (SELECT FROM modelapi_acl.projects AS p WHERE p.id = t.%s)"
				% key.column,
				"t.id IN (SELECT o.id FROM {T} AS o WHERE o.kind = 2)",
			]
		)

	# Reading

	def query(self):
		"""A query and whether its order is fixed"""
		r = self.r
		c = self.condition()
		key = self.key().column
		model_api = (self.key("model_api") or self.key()).column
		last = "'2026-01-%02d', %d" % (r.randint(1, 5), r.randint(1, 30000))
		few = r.randint(1, 20)
		table = "{T}"
		if self.shape.children and r.random() < 0.15:
			table = r.choice([*self.shape.children, "ONLY {T}"])
		t = "FROM %s AS t WHERE %s" % (table, c)
		page = r.choice(["LIMIT %d" % few, "OFFSET %d" % few, "LIMIT %d OFFSET 3" % few, ""])
		return r.choice(
			[
				("SELECT %s %s" % (self.columns, t), False),
				("SELECT t.id %s ORDER BY t.at DESC, t.id %s" % (t, page), True),
				("SELECT t.id %s ORDER BY t.%s, t.at DESC, t.id %s" % (t, key, page), True),
				("SELECT t.id %s ORDER BY t.id DESC %s" % (t, page), True),
				(
					"SELECT t.id, t.at::text %s AND (t.at, t.id) < (%s)"
					" ORDER BY t.at DESC, t.id DESC LIMIT %d" % (t, last, few),
					True,
				),
				("SELECT count(*), count(t.%s), max(t.at)::text, sum(t.kind) %s" % (key, t), True),
				("SELECT t.%s, count(*), max(t.id) %s GROUP BY 1" % (key, t), False),
				("SELECT DISTINCT t.%s, t.kind %s" % (key, t), False),
				(
					"SELECT DISTINCT ON (t.%s) t.%s, t.id %s ORDER BY t.%s, t.at, t.id"
					% (key, key, t, key),
					True,
				),
				(
					"SELECT t.id, row_number() OVER (PARTITION BY t.%s ORDER BY t.at, t.id) %s"
					% (key, t),
					False,
				),
				(
					"SELECT m.name, t.id FROM {T} AS t %sJOIN modelapi_acl.model_apis AS m"
					" ON m.id = t.%s WHERE %s"
					% (r.choice(["", "LEFT ", "RIGHT ", "FULL "]), model_api, c),
					False,
				),
				(
					"SELECT m.name, t.id FROM modelapi_acl.model_apis AS m JOIN {T} AS t"
					" ON t.%s = m.id ORDER BY t.at DESC, t.id LIMIT %d" % (model_api, few),
					True,
				),
				(
					"SELECT m.id, (SELECT count(*) FROM {T} AS t WHERE t.%s = m.id AND %s)"
					" FROM modelapi_acl.model_apis AS m" % (model_api, c),
					False,
				),
				(
					"SELECT m.id, x.id FROM modelapi_acl.model_apis AS m"
					" CROSS JOIN LATERAL (SELECT t.id FROM {T} AS t WHERE t.%s = m.id"
					" ORDER BY t.at DESC, t.id LIMIT 2) AS x" % model_api,
					False,
				),
				(
					"SELECT p.id, count(t.id) FROM modelapi_acl.projects AS p"
					" LEFT JOIN {T} AS t ON t.%s = p.id GROUP BY 1" % key,
					False,
				),
				("SELECT EXISTS (SELECT %s)" % t, True),
				(
					"WITH x AS MATERIALIZED (SELECT t.id, t.kind %s) SELECT x.id, t.id FROM x"
					" JOIN {T} AS t ON t.id = x.id + 1" % t,
					False,
				),
				(
					"SELECT t.id %s UNION ALL SELECT t.kind FROM {T} AS t WHERE t.kind = 1" % t,
					False,
				),
				("SELECT t.id %s EXCEPT SELECT t.id FROM {T} AS t WHERE t.kind < 3" % t, False),
				("SELECT t.id %s FOR %s" % (t, r.choice(["UPDATE", "SHARE", "KEY SHARE"])), False),
				("SELECT count(*) FROM {T}", True),
				("SELECT min(t.at)::text, max(t.at)::text %s" % t, True),
			]
		)

	def read(self):
		query, ordered = self.query()
		return Statement("read", query, ordered=ordered)

	def join(self):
		return Statement("join", self.joins.query(), ordered=True)

	def lock_join(self):
		return Statement("join", self.joins.locking())

	def write_join(self):
		return Statement("write by a join", self.joins.write(self.shape), writes=True)

	def cursor(self):
		while self.r.random() < 0.5:
			query, ordered = self.query()
			if ordered and "ORDER BY" in query and " FOR " not in query:
				break
		else:
			query = self.joins.query()
		moves = [
			"FETCH 3 FROM c",
			"FETCH BACKWARD 2 FROM c",
			"MOVE 4 IN c",
			"FETCH ABSOLUTE 2 FROM c",
			"FETCH ALL FROM c",
			"FETCH FIRST FROM c",
			"FETCH LAST FROM c",
		]
		return Statement(
			"cursor",
			"DECLARE c SCROLL CURSOR FOR " + query,
			*self.r.choices(moves, k=5),
			"CLOSE c",
			ordered=True,
		)

	def prepared(self):
		r = self.r
		key = self.key()
		permission = key.permission(r)
		asked = "{has:%s:t.%s}" % (permission, key.column)
		query, ordered = r.choice(
			[
				("SELECT t.id FROM {T} AS t WHERE t.%s = $1 AND t.kind >= $2" % key.column, False),
				(
					"SELECT t.id FROM {T} AS t WHERE t.kind >= $2"
					" ORDER BY t.at DESC, t.id LIMIT $2",
					True,
				),
				(
					"SELECT count(*) FROM {T} AS t WHERE (t.%s = $1 OR t.kind = $2)" % key.column,
					True,
				),
				("SELECT t.id FROM {T} AS t WHERE %s AND t.kind = $2" % asked, False),
				(
					"SELECT n, t.id FROM generate_series(1, $2) AS n LEFT JOIN {T} AS t"
					" ON t.%s = CASE WHEN n %% 2 = 0 THEN $1 END" % key.column,
					False,
				),
				(self.joins.query().replace(" ORDER BY", " ORDER BY $1 IS NULL, $2,", 1), True),
			]
		)
		self.number += 1
		name = "s%d" % self.number
		runs = [
			"EXECUTE %s(%s, %d)" % (name, key.literal(r), r.randint(1, 5))
			for _ in range(r.choice([2, 7]))
		]
		return Statement(
			"prepared",
			"SET LOCAL plan_cache_mode = " + r.choice(["auto", "force_generic_plan"]),
			"PREPARE %s(uuid, int) AS %s" % (name, query),
			*runs,
			"DEALLOCATE " + name,
			ordered=ordered,
		)

	# Writing

	def values(self, id):
		r = self.r
		keys = ", ".join(key.literal(r) for key in self.shape.keys)
		return "(%d, '2026-01-03', %d, 'new', %s)" % (id, r.randint(1, 5), keys)

	def write(self):
		r = self.r
		key = self.key()
		c = self.condition()
		all_columns = "id, at, kind, body, " + ", ".join(k.column for k in self.shape.keys)
		new = ", ".join(self.values(900000 + n) for n in range(r.choice([1, 1, 3])))
		old = self.values(r.choice([r.randint(1, 400), 900000]))
		returning = r.choice(["", " RETURNING t.id, t.kind", " RETURNING t.*"])
		returning = returning.replace("t.*", self.columns)
		insert = "INSERT INTO {T} AS t (%s) VALUES " % all_columns
		conflict = " ON CONFLICT (%s) DO " % self.shape.unique
		model_api = (self.key("model_api") or key).column
		return Statement(
			"write",
			r.choice(
				[
					insert + new + returning,
					insert + new + returning,
					"UPDATE {T} AS t SET body = 'changed' WHERE " + c + returning,
					"UPDATE {T} AS t SET kind = 6 - kind WHERE " + c + returning,
					"UPDATE {T} AS t SET %s = %s WHERE %s" % (key.column, key.literal(r), c)
					+ returning,
					"UPDATE {T} AS t SET body = 'changed'" + returning,
					"UPDATE {T} AS t SET body = m.name FROM modelapi_acl.model_apis AS m"
					" WHERE m.id = t.%s" % model_api,
					"DELETE FROM {T} AS t WHERE " + c + returning,
					"DELETE FROM {T} AS t" + returning,
					"DELETE FROM {T} AS t USING modelapi_acl.model_apis AS m WHERE m.id = t.%s"
					% model_api,
					insert + old + conflict + "NOTHING" + returning,
					insert + old + conflict + "UPDATE SET body = 'conflict'" + returning,
					insert
					+ old
					+ conflict
					+ "UPDATE SET %s = %s" % (key.column, key.literal(r))
					+ returning,
					"MERGE INTO {T} AS t USING (SELECT n FROM generate_series(%d, %d) AS n) AS s"
					" ON t.id = s.n WHEN MATCHED AND t.kind < 3 THEN UPDATE SET body = 'merged'"
					" WHEN MATCHED AND t.kind = 3 THEN DO NOTHING WHEN MATCHED THEN DELETE"
					" WHEN NOT MATCHED THEN INSERT (%s) VALUES %s"
					% ((first := r.randint(1, 400)), first, all_columns, self.values(900000)),
					"WITH d AS (DELETE FROM {T} AS t WHERE %s RETURNING id)"
					" SELECT count(*) FROM d" % c,
				]
			),
			writes=True,
		)

	def waiting(self):
		"""A statement that locks rows"""
		c = self.condition()
		return self.r.choice(
			[
				self.lock_join,
				self.write_join,
				self.write_join,
				lambda: Statement(
					"read", "SELECT %s FROM {T} AS t WHERE %s FOR UPDATE" % (self.columns, c)
				),
				lambda: Statement(
					"write", "UPDATE {T} AS t SET kind = kind WHERE " + c, writes=True
				),
				lambda: Statement("write", "DELETE FROM {T} AS t WHERE " + c, writes=True),
			]
		)()

	def one(self):
		return self.r.choices(
			[
				self.read,
				self.write,
				self.prepared,
				self.cursor,
				self.join,
				self.lock_join,
				self.write_join,
			],
			weights=[10, 6, 2, 2, 10, 1, 4],
		)[0]()


def twice(statement, render):
	"""The steps for both tables"""
	return [(render(step, "own"), render(step, "twin")) for step in statement.steps]


__all__ = ["Statement", "Statements", "sets", "twice"]
