"""Random statements of every kind that somebody might learn something by.

A statement is kept in parts (settings, what is selected, from what, on which
conditions, in which order, and how it is run), so that one that tells something can be
made smaller. What it compares with is taken from both worlds, by preference from
what differs: a statement that asks nothing about the difference finds nothing.
"""

import json
import random

from twins import JSON, KEYS

SETTINGS = ["enable_seqscan = off", "enable_indexscan = off", "enable_indexonlyscan = off", "enable_bitmapscan = off",
	"enable_tidscan = off", "enable_hashjoin = off", "enable_mergejoin = off", "enable_nestloop = off", "enable_sort = off",
	"enable_hashagg = off", "enable_material = off", "enable_memoize = off", "enable_incremental_sort = off",
	"random_page_cost = 0", "random_page_cost = 100", "cpu_operator_cost = 10", "cpu_index_tuple_cost = 0", "cursor_tuple_fraction = 1",
	"from_collapse_limit = 1", "join_collapse_limit = 1", "geqo_threshold = 2", "plan_cache_mode = force_generic_plan",
	"force_parallel_mode = on", "work_mem = 64", "effective_cache_size = 1", "constraint_exclusion = on",
	"default_statistics_target = 1", "row_security = off", "modelapi_acl.enable_reach_scan = off", "debug_print_plan = on; SET LOCAL client_min_messages = log",
	"min_parallel_table_scan_size = 0; SET LOCAL min_parallel_index_scan_size = 0; SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0", "enable_partitionwise_join = on", "parallel_leader_participation = off"]
JOINS = [("model_apis", "project_id", "projects", "id"), ("model_api_versions", "model_api_id", "model_apis", "id"),
	("model_api_settings", "model_api_id", "model_apis", "id"), ("model_api_logs", "version_id", "model_api_versions", "id"),
	("model_api_collaborators", "user_id", "users", "id"), ("project_collaborators", "project_id", "projects", "id"),
	("organization_members", "organization_id", "organizations", "id"), ("organization_members", "user_id", "users", "id"),
	("access_tokens", "created_by", "users", "id"), ("audit_events", "actor_id", "users", "id"),
	("audit_events", "model_api_id", "model_apis", "id"), ("audit_events", "object_id", "model_api_collaborators", "id"),
	("user_identities", "user_id", "users", "id"), ("model_apis", "created_by", "project_collaborators", "user_id"),
	("model_apis", "name", "projects", "name"), ("model_api_collaborators", "access_level", "project_collaborators", "access_level"),
	("model_api_settings", "name", "model_api_settings", "name"), ("access_tokens", "name", "model_apis", "name")]
# what these answer is random, or tells of the cluster's transactions
RANDOM = ("create_", "new_id", "issue_token", "regenerate_token", "publish_version", "changes_since", "read_position", "next_snapshot", "write_position", "current_change", "record_event", "snapshot_clock")
WRITES = {  # table: columns that may be inserted with something, and by what an upsert finds it
	"organizations": (["name", "full_name"], None), "organization_members": (["organization_id", "user_id", "is_admin"], "organization_id, user_id"),
	"projects": (["name", "description"], None), "project_collaborators": (["project_id", "user_id", "access_level"], "user_id, project_id"),
	"model_apis": (["project_id", "name", "visibility"], None), "model_api_collaborators": (["model_api_id", "user_id", "access_level"], "user_id, model_api_id"),
	"model_api_versions": (["model_api_id", "source"], None), "model_api_settings": (["model_api_id", "name", "value"], "model_api_id, name")}


def quote(text):
	return "'" + text.replace("'", "''") + "'"


class Statement:
	"""Its parts; sql() and the way it is run"""

	def __init__(self, sql, settings=(), way="plain", **parts):
		self.form, self.settings, self.way = sql, list(settings), way
		self.parts = parts  # conditions: list; tail, joins: list
		self.writes = False

	def sql(self):
		if not self.parts:
			return self.form
		conditions = self.parts.get("conditions", [])
		text = self.form.replace("{from}", " ".join(self.parts.get("joins", [])))
		text = text.replace("{where}", " WHERE " + " AND ".join(conditions) if conditions else "")
		return (text + " " + " ".join(self.parts.get("tail", []))).rstrip()

	def smaller(self):
		"""Statements with one part less"""
		for place in range(len(self.settings)):
			yield self.copy(settings=self.settings[:place] + self.settings[place + 1:])
		for name in ("conditions", "tail", "joins"):
			parts = self.parts.get(name, [])
			# without its order a statement may only give the same rows in another one
			for place in range(1 if name == "joins" or "ORDER BY" in "".join(parts) else 0, len(parts)):
				yield self.copy(**{name: parts[:place] + parts[place + 1:]})
		if self.way not in ("plain", "explain"):
			yield self.copy(way="plain")
		if isinstance(self.way, str) and self.way.startswith("EXPLAIN (ANALYZE") and "VERBOSE" in self.way:
			yield self.copy(way=self.way.replace(", VERBOSE", ""))

	def copy(self, settings=None, way=None, **parts):
		other = Statement(self.form, self.settings if settings is None else settings, way or self.way, **dict(self.parts, **parts))
		other.writes = self.writes
		return other


class Statements:
	def __init__(self, catalog, worlds, seed, asker):
		"""catalog: Catalog; worlds: both, as they were drawn; asker: what the asker may call, and knows"""
		self.random = r = random.Random(seed)
		self.catalog, self.asker = catalog, asker
		self.tables = list(catalog.columns)
		self.pool, self.different = {}, {}
		for table, columns in catalog.columns.items():
			rows, twins = (world.rows.get("modelapi_acl." + table, []) for world in worlds)
			for column in columns:
				values = [(a.get(column), b.get(column)) for a, b in zip(rows, twins)]
				self.pool[table, column] = [v for pair in values for v in pair if v is not None] or [None]
				self.different[table, column] = [v for pair in values for v in pair if pair[0] != pair[1] and v is not None]
		self.asked = [key for key, values in self.different.items() if values]
		self.ids = [row["id"] for table in ("users", "organizations", "projects", "model_apis", "model_api_versions", "access_tokens",
			"model_api_collaborators", "project_collaborators") for row in worlds[0].rows["modelapi_acl." + table]]
		self.things = {"model_api_id": worlds[0].apis, "project_id": worlds[0].projects, "organization_id": worlds[0].organizations,
			"user_id": worlds[0].users, "identity": worlds[0].users, "object_id": self.ids,
			"token_id": [row["id"] for row in worlds[0].rows["modelapi_acl.access_tokens"]] or self.ids,
			"version_id": [row["id"] for row in worlds[0].rows["modelapi_acl.model_api_versions"]] or self.ids}
		self.names = [row["name"] for row in worlds[0].rows["modelapi_acl_internal.principal_names"]]
		self.hidden_names = [value for row, other in zip(*(world.rows["modelapi_acl.user_identities"] for world in worlds))
			if row != other for value in (row["email"], other["email"], row["external_id"], other["external_id"]) if value]
		self.changes = [row["change_id"] for row in worlds[0].rows["modelapi_acl_internal.changes"]]
		self.words = [word for table, column in (("model_apis", "name"), ("model_apis", "description"))
			for text in self.different[table, column] or self.pool[table, column] if text for word in text.split()]
		r.shuffle(self.words)

	# values

	def value(self, table, column):
		r = self.random
		values = self.different[table, column] if r.random() < 0.8 else None
		value = r.choice(values or self.pool[table, column])
		return json.dumps(value) if ("modelapi_acl." + table, column) in JSON else value

	def constant(self, table, column, type):
		value = self.value(table, column)
		if value is None:
			return "NULL::" + type
		text = str(value).lower() if isinstance(value, bool) else str(value)
		return quote(text) + "::" + type

	def beginning(self, table, column):
		text = str(self.value(table, column))
		return text[:self.random.randint(1, max(1, min(len(text), 5)))]

	# conditions

	def condition(self, t, table, depth=0):
		r = self.random
		columns = self.catalog.columns[table]
		if depth < 2 and r.random() < 0.15:
			a, b = self.condition(t, table, depth + 1), self.condition(t, table, depth + 1)
			return r.choice(["(%s AND %s)", "(%s OR %s)", "NOT (%s OR %s)", "(CASE WHEN %s THEN %s END)", "(%s) = (%s)", "COALESCE(%s, %s)"]) % (a, b)
		if r.random() < 0.12:
			return self.row_condition(t, table)
		if self.catalog.expressions.get(table) and r.random() < 0.15:
			return self.expression_condition(t, table)
		hot = [c for c in columns if self.different[table, c]]
		column = r.choice(hot if hot and r.random() < 0.8 else list(columns))
		return self.column_condition("%s.%s" % (t, column), table, column, columns[column])

	def column_condition(self, x, table, column, type):
		r = self.random
		c, d = (self.constant(table, column, type) for _ in range(2))
		forms = ["{x} = {c}", "{x} <> {c}", "{x} < {c}", "{x} >= {c}", "{x} BETWEEN {c} AND {d}", "{x} IN ({c}, {d})", "{x} = ANY (ARRAY[{c}, {d}])",
			"{x} <> ALL (ARRAY[{c}, {d}])", "{x} IS NULL", "{x} IS NOT NULL", "{x} IS DISTINCT FROM {c}", "{x} IS NOT DISTINCT FROM {c}",
			"{x} = ANY ('{{}}')", "{x} = {x}", "{x} = (SELECT {c})", "NOT {x} = {c}", "({x} = {c} OR {x} = {d})", "{x} = {c} AND {x} IS NOT NULL",
			"{x}::text = {c}::text", "NULLIF({x}, {c}) IS NULL", "ni.tell({x}) IS NOT NULL", "1 / (CASE WHEN {x} = {c} THEN 0 ELSE 1 END) = 1",
			"({x}, {c}) IN (SELECT {c}, {x})", "GREATEST({x}, {c}) = {c}", "num_nulls({x}) = 0", "{x} = ANY (SELECT v FROM unnest(ARRAY[{c}, {d}]) v)", "{x} > {c} AND {x} < {d}"]
		if type == "text":
			b = quote(self.beginning(table, column))
			forms = forms + [f.replace("{b}", b) for f in ("{x} LIKE {b} || '%'", "{x} ~ ('^' || {b})", "{x} ^@ {b}", "{x} ILIKE {b} || '%'",
				"({x} >= {b} AND {x} < {b} || 'zz')", "lower({x}) = {c}", "length({x}) > 3", "starts_with({x}, {b})", "{x} || '' = {c}", "{x} COLLATE \"C\" >= {b}",
				"{x} ~>=~ {b}", "ascii({x}) > ascii({b})", "{x} SIMILAR TO {b} || '%'", "position({b} IN {x}) > 0", "{x}::int = 1", "hashtext({x}) = hashtext({c})",
				"{x}::name = {c}::name", "{x} < {c} COLLATE \"POSIX\"", "to_tsvector('simple', {x}) @@ plainto_tsquery('simple', {c})", "{x} !~ {b}")]
		elif type == "boolean":
			forms = forms + ["{x}", "NOT {x}", "{x} IS TRUE", "{x} IS NOT TRUE", "{x} IS UNKNOWN", "{x} = true", "{x} IS FALSE", "{x} AND {x}"] * 2
		elif type == "jsonb":
			value = self.value(table, column)
			inner = json.loads(value) if value else None
			key = quote(r.choice(list(inner)) if isinstance(inner, dict) and inner else "user_id")
			found = inner[key[1:-1]] if isinstance(inner, dict) and key[1:-1] in inner else inner
			text = quote(found if isinstance(found, str) else json.dumps(found))
			forms = [f for f in forms if "NULLIF" not in f] + [f.replace("{k}", key.replace("{", "{{").replace("}", "}}")).replace("{v}", text.replace("{", "{{").replace("}", "}}")) for f in ("{x} ->> {k} = {v}", "{x} @> {c}", "{x} ? {k}",
				"{c} @> {x}", "{x} -> {k} = {c} -> {k}", "{x} #>> ARRAY[{k}] = {v}", "{x} ?| ARRAY[{k}]", "jsonb_typeof({x}) = 'object'", "({x} ->> {k}) IS NULL",
				"{x} @? ('$.' || {k})::jsonpath", "({x} ->> {k})::uuid IS NOT NULL", "({x} ->> {k})::boolean", "{x} ->> {k} LIKE 'b%'", "COALESCE({x}, {c}) ->> {k} = {v}")]
		elif type in ("timestamp with time zone", "integer"):
			forms = [f for f in forms if "CASE" not in f or type == "integer"]
		form = r.choice(forms)
		return "(" + form.format(x=x, c=c, d=d) + ")"

	def row_condition(self, t, table):
		r = self.random
		columns = self.catalog.columns[table]
		a, b = r.choice(list(columns)), r.choice(list(columns))
		values = (t + "." + a, t + "." + b, self.constant(table, a, columns[a]), self.constant(table, b, columns[b]))
		return r.choice(["({0}, {1}) < ({2}, {3})", "({0}, {1}) = ({2}, {3})", "ROW({0}, {1}) IS NULL", "ROW({0}, {1}) IS NOT NULL", "{t} IS NOT NULL", "{t}::text LIKE '%a%'",
			"{t} = {t}", "{t}.ctid = '(0,3)'", "{t}.ctid < '(1,0)'", "{t}.xmin IS NOT NULL", "{t}.tableoid > 0", "({0}, {1}) IN (({2}, {3}))",
			"EXISTS (SELECT WHERE {0} = {2})", "(SELECT count(*) FROM (VALUES ({0})) v WHERE column1 = {2}) > 0"]).format(*values, t=t)

	def expression_condition(self, t, table):
		"""An index's own expression, or predicate, as it stands in the catalog"""
		kind, text = self.random.choice(self.catalog.expressions[table])
		if kind == "predicate":
			inner = text
		else:
			name = self.random.choice(self.names + self.hidden_names + [u for u in self.things["user_id"]])
			inner = self.random.choice(["(%s) = %s", "(%s) >= %s", "(%s) IN (%s, 'x')", "(%s) IS NOT DISTINCT FROM %s", "(%s)::text LIKE %s"]) % (text, quote(name))
		# names of columns in it are bare: a sub-select makes them this table's
		return "EXISTS (SELECT FROM (SELECT (%s).*) s WHERE %s)" % (t, inner) if self.random.random() < 0.2 else "(" + self.catalog.qualify(table, inner, t) + ")"

	# queries

	def some_table(self):
		return self.random.choice(self.asked)[0] if self.random.random() < 0.8 and self.asked else self.random.choice(self.tables)

	def source(self):
		"""FROM: its members, and the tables behind t1, t2, ..."""
		r = self.random
		table = self.some_table()
		name = "modelapi_acl." + table
		roll = r.random()
		if roll < 0.02 and table != "access_reviews":
			return ["%s t1 TABLESAMPLE %s (%d) REPEATABLE (1)" % (name, r.choice(["BERNOULLI", "SYSTEM"]), r.choice([20, 60]))], [table]
		if roll < 0.52 or table == "access_reviews":
			return [name + " t1"], [table]
		if roll < 0.77:
			join = r.choice([j for j in JOINS if table in (j[0], j[2])] or JOINS)
			kind = r.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
			return ["modelapi_acl.%s t1" % join[0], "%s modelapi_acl.%s t2 ON t1.%s = t2.%s" % (kind, join[2], join[1], join[3])], [join[0], join[2]]
		column = r.choice([c for t, c in self.asked if t == table] or list(self.catalog.columns[table]))
		type = self.catalog.columns[table][column]
		if roll < 0.87:
			values = ", ".join("(%s)" % self.constant(table, column, type) for _ in range(3))
			operator = r.choice(["=", "=", "=", "<", ">=", "IS NOT DISTINCT FROM"])
			return [name + " t1", "%s (VALUES %s) v (x) ON t1.%s %s v.x" % (r.choice(["JOIN", "RIGHT JOIN", "LEFT JOIN"]), values, column, operator)], [table]
		if roll < 0.92:
			return [name + " t1", "CROSS JOIN LATERAL (SELECT s.* FROM %s s WHERE s.%s = t1.%s AND %s ORDER BY s.%s LIMIT 2) l" % (name, column, column, self.condition("s", table), column)], [table]
		if roll < 0.96:
			return ["(SELECT * FROM %s a WHERE %s UNION ALL SELECT * FROM %s b WHERE %s) t1" % (name, self.condition("a", table), name, self.condition("b", table))], [table]
		return ["(SELECT * FROM %s a WHERE %s %s) t1" % (name, self.condition("a", table), r.choice(["OFFSET 0", "", "ORDER BY %s" % column, "LIMIT 5"]))], [table]

	def query(self):
		r = self.random
		joins, tables = self.source()
		columns = self.catalog.columns[tables[0]]
		conditions = [self.condition("t%d" % (n + 1), table) for n, table in enumerate(tables) for _ in range(r.choice([0, 1, 1, 2]))]
		if r.random() < 0.15:
			table = self.some_table()
			conditions.append(r.choice(["EXISTS (SELECT FROM modelapi_acl.%s e WHERE %s)", "NOT EXISTS (SELECT FROM modelapi_acl.%s e WHERE %s)",
				"(SELECT count(*) FROM modelapi_acl.%s e WHERE %s) > 1"]) % (table, self.condition("e", table)))
		keyed = [c for t, c in self.asked if t == tables[0]]
		column = r.choice(keyed if keyed and r.random() < 0.8 else list(columns))
		x, type = "t1." + column, columns[column]
		tail, select = [], r.choice(["count(*)", "count(*)", x, "t1.*", "count(t1.xmin)", "1", "aggregate", "group", "distinct", "window", "on"])
		if "(SELECT" in joins[0] or tables[0] == "access_reviews":
			select = select.replace("t1.xmin", "*")
			conditions = [c for c in conditions if not any(system in c for system in (".ctid", ".xmin", ".tableoid"))]
		if select == "t1.*" and tables[0] == "access_reviews":
			select = ", ".join("t1." + c for c in columns)
		if select in (x, "t1.*", "1", "distinct") and r.random() < 0.6:
			tail = ["ORDER BY %s %s" % (x, r.choice(["", "DESC", "NULLS FIRST", "DESC NULLS LAST"])) if select != "distinct" else "ORDER BY 1"]
			if r.random() < 0.6:
				tail.append("LIMIT %d OFFSET %d" % (r.choice([1, 1, 2, 10]), r.choice([0, 0, 1, 5])))
		if select == "aggregate":
			select = "count(%s), count(DISTINCT %s), string_agg(%s::text, ',' ORDER BY %s)" % (x, x, x, x)
			if type in ("text", "integer", "timestamp with time zone") or type.startswith("modelapi"):
				select = r.choice(["min(%s)", "max(%s)", "min(%s), max(t1.%s)" % ("%s", column), select.replace(x, "%s", 1)]) % x
		elif select == "group":
			select, tail = x + ", count(*)", ["GROUP BY " + x, "ORDER BY 1"]
		elif select == "distinct":
			select = "DISTINCT " + x
		elif select == "on":
			select, tail = "DISTINCT ON (%s) %s, t1.*" % (x, x), ["ORDER BY " + x]
			if tables[0] == "access_reviews":
				select = "DISTINCT ON (%s) %s" % (x, x)
		elif select == "window":
			select = "row_number() OVER (ORDER BY %s), rank() OVER (PARTITION BY %s ORDER BY %s), lag(%s) OVER (ORDER BY %s)" % (x, x, x, x, x)
		if not tail and tables[0] in self.catalog.updatable and "(" not in select and len(tables) == 1 and "(SELECT" not in joins[0] and r.random() < 0.25:
			tail.append(r.choice(["FOR UPDATE OF t1", "FOR SHARE OF t1", "FOR NO KEY UPDATE OF t1", "FOR KEY SHARE OF t1", "FOR UPDATE OF t1 SKIP LOCKED"]))
		form = "SELECT " + select + " FROM {from}{where}"
		if r.random() < 0.06 and not tail:
			form = "WITH q AS %s (SELECT t1.%s FROM {from}{where}) SELECT count(*), count(DISTINCT %s) FROM q" % (r.choice(["", "MATERIALIZED", "NOT MATERIALIZED"]), column, column)
		return Statement(form, joins=joins, conditions=conditions, tail=tail)

	def write(self):
		r = self.random
		if r.random() < 0.6:
			table = r.choice(list(self.catalog.updatable))
			columns = self.catalog.columns[table]
			column = r.choice(self.catalog.updatable[table])
			value = r.choice(["t1." + column, "t1." + column, self.constant(table, column, columns[column])])
			conditions = [self.condition("t1", table) for _ in range(r.choice([1, 1, 2]))]
			returned = r.choice(["", "", " RETURNING t1." + column])
			source = ""
			if r.random() < 0.2:
				other, key = r.choice(self.asked)
				source = " FROM modelapi_acl.%s t2" % other
				conditions += [self.condition("t2", other), r.choice(["t1.%s::text = t2.%s::text" % (column, key), "true"])]
			statement = Statement("UPDATE {from} SET %s = %s%s{where}%s" % (column, value, source, returned), joins=["modelapi_acl.%s t1" % table], conditions=conditions)
		elif r.random() < 0.2:
			table = r.choice(list(self.catalog.updatable))
			column, key = r.choice(self.catalog.updatable[table]), r.choice(list(self.catalog.columns[table]))
			type = self.catalog.columns[table][key]
			action = r.choice(["DO NOTHING", "UPDATE SET %s = t1.%s" % (column, column)])
			statement = Statement("MERGE INTO modelapi_acl.%s t1 USING (VALUES (%s), (%s)) v (x) ON t1.%s = v.x WHEN MATCHED AND %s THEN %s" % (
				table, self.constant(table, key, type), self.constant(table, key, type), key, self.condition("t1", table), action))
		else:
			table = r.choice(list(WRITES))
			columns, key = WRITES[table]
			values = ", ".join(self.constant(table, c, self.catalog.columns[table][c]) for c in columns)
			source = "VALUES (%s)" % values
			if r.random() < 0.3:
				source = "SELECT %s FROM modelapi_acl.%s t1 WHERE %s" % (", ".join("t1." + c for c in columns), table, self.condition("t1", table))
			conflict = r.choice(["", " ON CONFLICT DO NOTHING"] + ([" ON CONFLICT (%s) DO UPDATE SET %s = EXCLUDED.%s" % (key, columns[-1], columns[-1]),
				" ON CONFLICT (%s) DO NOTHING" % key] if key else []))
			statement = Statement("INSERT INTO modelapi_acl.%s (%s) %s%s%s" % (table, ", ".join(columns), source, conflict, r.choice(["", " RETURNING " + columns[-1]])))
		statement.writes = True
		return statement

	def inner(self):
		"""What is read or written past the interface by who has USAGE on the internal schema"""
		r = self.random
		table = r.choice(list(self.catalog.internal))
		columns = self.catalog.internal[table]
		conditions = []
		for column in r.choices(list(columns), k=r.choice([1, 1, 2])):
			like = [key for key in self.pool if key[1] == column and self.catalog.columns[key[0]][column] == columns[column]]
			like = [key for key in like if self.different[key]] or like
			if like:
				conditions.append(self.column_condition("t1." + column, r.choice(like)[0], column, columns[column]))
		form = r.choice(["SELECT count(*) FROM {from}{where}"] * 3 + ["SELECT t1.* FROM {from}{where}", "DELETE FROM {from}{where}",
			"UPDATE {from} SET %s = %s{where}" % ((r.choice(list(columns)),) * 2)])
		statement = Statement(form, joins=["modelapi_acl_internal.%s t1" % table], conditions=conditions)
		statement.writes = not form.startswith("SELECT")
		return statement

	def call(self):
		"""A function with whatever its arguments might take"""
		r = self.random
		schema, name, arguments, volatile = r.choice(self.asker.functions)
		# who is signed in may invite to something of their own: that an email is taken is no secret (residue)
		self.addresses = schema == "modelapi_acl" or self.asker.user is None
		values = []
		for argument, type in arguments:
			values.append(self.argument(argument, type) + "::" + type if r.random() > 0.03 or schema != "modelapi_acl" else "NULL::" + type)
		call = '%s."%s"(%s)' % (schema, name, ", ".join(values))
		if name.startswith(RANDOM):
			statement = Statement("SELECT count(*) FROM " + call)
		elif r.random() < 0.1 and len(arguments) and arguments[0][1] == "uuid":
			statement = Statement("SELECT count(%s) FROM modelapi_acl.model_apis t1" % call.replace(values[0], "t1.id", 1))
		else:
			statement = Statement("SELECT * FROM " + call)
		statement.writes = volatile
		return statement

	def argument(self, name, type):
		r = self.random
		if type == "uuid":
			ids = self.things.get(name or "", self.ids)
			if name == "change_id":
				ids = self.changes
			if not ids or r.random() < 0.1:
				return quote("%08x-0000-4000-8000-000000000000" % r.getrandbits(32))
			if name == "model_api_id" and r.random() < 0.4 and self.asker.known:
				ids = self.asker.known
			return quote(r.choice(ids))
		if type == "uuid[]":
			return "ARRAY[%s]" % ", ".join(quote(r.choice(self.ids)) for _ in range(2))
		if type == "text":
			if name == "query":
				return quote(r.choice(["%s", "%s or %s", "-%s", '"%s %s"', "%s -%s"]).replace("%s", "{}").format(*(r.choice(self.words) for _ in range(2))))
			if name == "permission":
				return quote("view")
			choices = [self.names, self.names, ["nobody-at-all"], self.ids]
			if self.addresses and not self.asker.may_invite:
				choices += [self.hidden_names] * 2
			if name in ("name", "setting", "query"):
				choices.append([row for row in self.pool["model_api_settings", "name"] if row])
			return quote(str(r.choice(r.choice([c for c in choices if c]))))
		if type == "timestamp with time zone":
			return quote(r.choice(["2025-01-05", "2025-01-02 12:00", "2025-02-01", "2024-01-01", "2099-06-01"]) + " 00:00+00" if r.random() < 0.5 else r.choice(["2025-01-05", "2025-03-01", "infinity"]))
		if type == "jsonb":
			return quote(r.choice(['{"a": 1}', '"x"', "null", "[]"]))
		if type == "boolean":
			return r.choice(["true", "false"])
		if type in ("integer", "bigint"):
			return str(r.choice([0, 1, 10]))
		if type == "interval":
			return "'1 day'"
		labels = self.catalog.labels.get(type)
		return quote(r.choice(labels)) if labels else "NULL"

	def tell(self):
		"""What anybody may read of the tables: statistics, sizes, counters"""
		return Statement(self.random.choice(self.catalog.told))

	def next(self):
		r = self.random
		roll = r.random()
		if roll < 0.1 and "reader" in self.asker.kind:
			statement = self.inner()
		elif roll < 0.68:
			statement = self.query()
		elif roll < 0.78:
			statement = self.write()
		elif roll < 0.97:
			statement = self.call()
		else:
			return self.tell()
		statement.settings = r.sample(SETTINGS, r.choice([0, 0, 1, 1, 2, 3]))
		roll = r.random()
		if roll < 0.34:
			pass
		elif roll < 0.46:
			statement.way = "EXPLAIN (VERBOSE)" if r.random() < 0.5 else "EXPLAIN (FORMAT JSON)" if r.random() < 0.2 else "EXPLAIN"
		elif roll < 0.72:
			statement.way = "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF%s%s%s)" % tuple(option if r.random() < 0.4 else "" for option in (", BUFFERS", ", VERBOSE", ", COSTS OFF"))
		elif roll < 0.8:
			statement.way = r.choice(["prepared", "with a parameter"])
		elif roll < 0.84 and not statement.writes:
			statement.way = r.choice(["copied", "view", "barrier view"]) if statement.form.startswith("SELECT t1.*") else "cursor"
		elif roll < 0.95:
			statement.way = "counters"
		else:
			statement.way = "locks"
		return statement
