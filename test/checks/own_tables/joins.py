"""Random joins and subqueries over the tables of a world, the extension's tables and lists of
keys, for statements.py: with every kind of join, and every kind of expression as a key."""

# what an expression does to a key, with another key beside it
FORMS = [
	*["{a}"] * 6,
	"coalesce({a}, {b})",
	*["CASE WHEN {a} IS NULL THEN {b} ELSE {a} END"] * 2,
	*["CASE WHEN {n} % 2 = 0 THEN {a} ELSE {b} END"] * 2,
	"nullif({a}, {b})",
	"{a}::text::uuid",
	"{a}::test.key",
	"(SELECT {a})",
	"(ARRAY[{a}, {b}]::uuid[])[1]",
	"(SELECT max(x::text)::uuid FROM (VALUES ({a}), ({b})) AS v (x))",
]
KINDS = ["", "", "", "LEFT ", "LEFT ", "LEFT ", "RIGHT ", "FULL "]
COMPARISONS = ["="] * 30 + ["IS NOT DISTINCT FROM", "<>", "<"]


class Item:
	"""One relation of a join: keys and numbers are expressions"""

	def __init__(self, sql, alias, keys, number, own=None):
		self.sql, self.alias = sql, alias
		self.keys, self.number, self.own = keys, number, own


class Joins:
	def __init__(self, r, shapes):
		self.r, self.shapes, self.aliases = r, shapes, 0

	def alias(self):
		self.aliases += 1
		return "j%d" % self.aliases

	def literals(self, shape):
		ids = [self.r.choice(self.r.choice(shape.keys).ids) for _ in range(self.r.randint(1, 6))]
		return ["NULL::uuid" if id is None else "'%s'::uuid" % id for id in ids]

	# Relations

	def own(self, shape=None):
		r = self.r
		shape = shape or r.choice(self.shapes)
		alias = self.alias()
		table = "{T:%s}" % shape.name
		if shape.children and r.random() < 0.1:
			table = r.choice(["ONLY " + table, r.choice(shape.children).replace("{T}", table)])
		keys = ["%s.%s" % (alias, key.column) for key in shape.keys]
		return Item("%s AS %s" % (table, alias), alias, keys, alias + ".id", shape)

	def others(self):
		r = self.r
		alias = self.alias()
		shape = r.choice(self.shapes)
		key = r.choice(shape.keys).column
		own = self.own()
		keys = ["%s.key" % alias]
		literals = ", ".join("(%s)" % literal for literal in self.literals(shape))
		lists = "(VALUES %s)" % literals
		choices = [
			(
				"modelapi_acl.model_apis AS %s",
				[alias + ".id", alias + ".project_id"],
				"length(%s.name)",
			),
			(
				"modelapi_acl.model_apis AS %s",
				[alias + ".id", alias + ".project_id"],
				"length(%s.name)",
			),
			("modelapi_acl.projects AS %s", [alias + ".id"], "length(%s.name)"),
			("(SELECT v.key FROM " + lists + " AS v (key)) AS %s", keys, "length(%s.key::text)"),
			# a placeholder: NULL where an outer join finds no row
			(
				"(SELECT coalesce(v.key, v.key) AS key, 3 AS n FROM "
				+ lists
				+ " AS v (key) OFFSET 0) AS %s",
				keys,
				"%s.n",
			),
			("(SELECT m.id AS key, 1 AS n FROM modelapi_acl.model_apis AS m) AS %s", keys, "%s.n"),
			(
				"(SELECT coalesce(m.id, m.project_id) AS key, m.name, 2 AS n"
				" FROM modelapi_acl.model_apis AS m) AS %s",
				keys,
				"%s.n",
			),
			(
				"(SELECT %s AS key, count(*)::int AS n FROM %s GROUP BY 1) AS %%s"
				% (own.keys[0], own.sql),
				keys,
				"%s.n",
			),
			(
				"(SELECT DISTINCT t.%s AS key FROM {T:%s} AS t LIMIT 100000) AS %%s"
				% (key, shape.name),
				keys,
				"length(%s.key::text)",
			),
			(
				"(SELECT %s AS key FROM %s UNION ALL SELECT v.key FROM %s AS v (key)) AS %%s"
				% (own.keys[-1], own.sql, lists),
				keys,
				"length(%s.key::text)",
			),
			(
				"unnest(ARRAY[%s]) WITH ORDINALITY AS %%s (key, n)"
				% ", ".join(self.literals(shape)),
				keys,
				"%s.n",
			),
		]
		sql, keys, number = r.choice(choices)
		return Item(sql % alias, alias, keys, number % alias)

	# Conditions

	def key(self, items, row=None):
		"""An expression of keys of items, now and then of the row itself"""
		r = self.r
		first = r.choice(items)
		second = row if row and r.random() < 0.3 else r.choice(items)
		form = r.choice(FORMS)
		return form.format(a=r.choice(first.keys), b=r.choice(second.keys), n=first.number)

	def equality(self, items, item):
		r = self.r
		sides = [r.choice(item.keys), self.key(items, item)]
		if r.random() < 0.1:
			sides[0] = self.key([item])
		r.shuffle(sides)
		return (" %s " % r.choice(COMPARISONS)).join(sides)

	def extra(self, items):
		"""A condition on one of the items"""
		r = self.r
		item = r.choice(items)
		key = r.choice(item.keys)
		choices = [
			"%s %% %d <> 1" % (item.number, r.randint(2, 5)),
			"%s IS NOT NULL" % key,
			"%s IS NULL" % key,
			"%s = %s" % (key, self.literals(r.choice(self.shapes))[0]),
			"%s IN (%s)" % (key, ", ".join(self.literals(r.choice(self.shapes)))),
			"%s > %d" % (item.number, r.choice([0, 10, 300])),
		]
		if item.own:
			own_key = r.choice(item.own.keys)
			choices += [
				"{has:%s:%s.%s}" % (own_key.permission(r), item.alias, own_key.column),
				"({has:%s:%s.%s} OR {administrator})"
				% (own_key.permission(r), item.alias, own_key.column),
			]
		return r.choice(choices)

	def condition(self, items, item):
		parts = [self.equality(items, item)]
		while self.r.random() < 0.35:
			other = [*items, item]
			parts.append(self.equality(items, item) if self.r.random() < 0.4 else self.extra(other))
		return " AND ".join(parts) if self.r.random() < 0.98 else " OR ".join(parts)

	def exists(self, items):
		"""A semijoin, an antijoin or a subquery on each row"""
		r = self.r
		item = self.own() if r.random() < 0.7 else self.others()
		c = self.condition(items, item)
		source = item.sql
		if r.random() < 0.3:
			other = self.own()
			source += " %sJOIN %s ON %s" % (
				r.choice(KINDS),
				other.sql,
				self.condition([item], other),
			)
		return r.choice(
			[
				"EXISTS (SELECT FROM %s WHERE %s)" % (source, c),
				"NOT EXISTS (SELECT FROM %s WHERE %s)" % (source, c),
				"%s IN (SELECT %s FROM %s)" % (self.key(items), r.choice(item.keys), source),
				"%s NOT IN (SELECT %s FROM %s)" % (self.key(items), r.choice(item.keys), source),
				"(SELECT count(*) FROM %s WHERE %s) > 1" % (source, c),
				"%s = ANY (ARRAY(SELECT %s FROM %s WHERE %s))"
				% (self.key(items), r.choice(item.keys), source, c),
			]
		)

	# Statements

	def tree(self, first=None, most=4):
		"""Items, and FROM with them"""
		r = self.r
		items = [first or (self.own() if r.random() < 0.5 else self.others())]
		sql = items[0].sql
		for n in range(r.choice([1, 1, 1, 2, 2, 3][: 2 * most])):
			item = (
				self.own() if r.random() < 0.65 or (n == 0 and not items[0].own) else self.others()
			)
			if r.random() < 0.2:
				sql, item = self.lateral(sql, items, item)
			elif r.random() < 0.2:
				inner = self.own() if r.random() < 0.6 else self.others()
				sql += " %sJOIN (%s %sJOIN %s ON %s) ON %s" % (
					r.choice(KINDS),
					item.sql,
					r.choice(KINDS),
					inner.sql,
					self.condition([item], inner),
					self.condition(items, r.choice([item, inner])),
				)
				items.append(inner)
			else:
				c = self.condition(items, item)
				sql += " %sJOIN %s ON %s" % (r.choice(KINDS), item.sql, c)
			items.append(item)
		return items, sql

	def lateral(self, sql, items, item):
		r = self.r
		alias = self.alias()
		order = "%s, %s" % (item.number, item.keys[0])
		page = r.choice([" ORDER BY %s LIMIT 2" % order, " OFFSET 0", "", ""])
		key = self.key(items) if r.random() < 0.3 else item.keys[0]
		inner = "SELECT %s AS key, %s AS n FROM %s WHERE %s%s" % (
			key,
			item.number,
			item.sql,
			self.condition(items, item),
			page,
		)
		how = r.choice(["CROSS JOIN LATERAL (%s) AS %s", "LEFT JOIN LATERAL (%s) AS %s ON true"])
		return sql + " " + how % (inner, alias), Item("", alias, [alias + ".key"], alias + ".n")

	def query(self):
		"""A query whose rows are in a fixed order"""
		r = self.r
		items, sql = self.tree()
		columns = []
		for item in items:
			columns += [item.number, r.choice(item.keys)]
			if item.own and r.random() < 0.15:
				columns.append("%s.body" % item.alias)
		if r.random() < 0.15:
			columns.append(self.key(items))
		if r.random() < 0.15:
			own = self.own()
			columns.append(
				"(SELECT %s FROM %s WHERE %s)"
				% (
					r.choice(["count(*)", "max(%s)" % own.number, "min(%s::text)" % own.keys[0]]),
					own.sql,
					self.condition(items, own),
				)
			)
		where = [self.extra(items) for _ in range(r.choice([0, 0, 1, 2]))]
		if r.random() < 0.3:
			where.append(self.exists(items))
		tail = " WHERE " + " AND ".join(where) if where else ""
		if r.random() < 0.2:
			key = r.choice(columns)
			return "SELECT %s AS k, count(*), sum(%s) FROM %s%s GROUP BY 1 ORDER BY 1, 2, 3" % (
				key,
				items[0].number,
				sql,
				tail,
			)
		places = ", ".join(str(n + 1) for n in range(len(columns)))
		page = r.choice([" LIMIT 20", " LIMIT 1", "", "", "", ""])
		named = ", ".join("%s AS c%d" % (column, n) for n, column in enumerate(columns))
		return "SELECT %s FROM %s%s ORDER BY %s%s" % (named, sql, tail, places, page)

	def locking(self):
		"""A query that locks rows: whichever it returns"""
		items, sql = self.tree()
		own = [item.alias for item in items if item.own]
		return "SELECT %s FROM %s WHERE %s FOR %s%s" % (
			", ".join(item.number for item in items),
			sql,
			self.extra(items),
			self.r.choice(["UPDATE", "SHARE"]),
			" OF " + self.r.choice(own) if own else "",
		)

	def write(self, shape):
		"""UPDATE ... FROM, DELETE ... USING, MERGE: what is written is the same whichever row is
		joined"""
		r = self.r
		target = self.own(shape)
		target.sql = "{T:%s} AS %s" % (shape.name, target.alias)
		item = self.others() if r.random() < 0.6 else self.own()
		items, sql = self.tree(item, 2) if r.random() < 0.4 else ([item], item.sql)
		c = self.condition([r.choice(items)], target)
		if r.random() < 0.3:
			c += " AND " + self.extra([*items, target])
		exists = self.exists([target])
		returning = r.choice(["", " RETURNING %s" % target.number])
		key = r.choice(shape.keys)
		change = r.choice(
			["body = 'joined'", "kind = 6 - kind", "%s = %s" % (key.column, key.literal(r))]
		)
		merged = "MERGE INTO %s USING (SELECT DISTINCT %s AS key FROM %s) AS s ON %s" % (
			target.sql,
			r.choice(items[0].keys),
			sql,
			"%s = s.key" % r.choice(target.keys),
		)
		return r.choice(
			[
				"UPDATE %s SET %s FROM %s WHERE %s%s" % (target.sql, change, sql, c, returning),
				"DELETE FROM %s USING %s WHERE %s%s" % (target.sql, sql, c, returning),
				"UPDATE %s SET %s WHERE %s%s" % (target.sql, change, exists, returning),
				"DELETE FROM %s WHERE %s%s" % (target.sql, exists, returning),
				merged + " WHEN MATCHED THEN UPDATE SET body = 'merged'",
				merged + " WHEN MATCHED AND kind < 3 THEN DELETE",
			]
		)
