"""Random tables with policies, twice: in schema own, where the policies ask the extension, and in
schema twin, where they ask the reference's sets.

SQL here is the same for both but for a few marks, which rendered() replaces:

	{T}						the table
	{T:NAME}				another table of the world, or this one
	{has:PERMISSION:KEY}	has_permission or has_project_permission
	{now:PERMISSION:KEY}	the same, by the latest state
	{administrator}			is_administrator()
"""

import re

from own_tables import sets

OWNER = "own_tables_owner"
ROLES = "modelapi_acl_user, modelapi_acl_admin"
COMMANDS = ["SELECT", "INSERT", "UPDATE", "DELETE"]


def rendered(sql, side, table):
	def replace(match):
		mark, *arguments = match.group(1).split(":")
		if mark == "T":
			return "%s.%s" % (side, arguments[0] if arguments else table)
		if mark == "administrator":
			return "modelapi_acl.is_administrator()" if side == "own" else sets.is_administrator()
		permission, key = arguments
		if side == "twin":
			return sets.is_permitted(permission, key)
		project = "project_" if permission in sets.PROJECT_PERMISSIONS else ""
		now = "_now" if mark == "now" else ""
		return "modelapi_acl.has_%spermission%s(%s, '%s')" % (project, now, key, permission)

	return re.sub(r"\{(T(?::\w+)?|administrator|(?:has|now):\w+:[^}]+)\}", replace, sql)


class Key:
	"""A column with ids of model APIs or of projects"""

	def __init__(self, r, column, world):
		self.column = column
		self.kind = r.choice(["model_api", "model_api", "model_api", "project"])
		self.type = r.choice(["uuid", "uuid", "test.key"])
		self.is_nullable = r.random() < 0.6
		self.is_foreign = r.random() < 0.3
		ids = list(world.apis if self.kind == "model_api" else world.projects)
		self.ids = ids + [None] * self.is_nullable
		# of something that is not there
		if not self.is_foreign:
			self.ids.append("00000000-0000-4000-8000-%012d" % r.randint(1, 9))

	def permission(self, r):
		return r.choice(sets.PERMISSIONS_OF[self.kind])

	def literal(self, r):
		id = r.choice(self.ids)
		return "NULL" if id is None else "'%s'" % id


class Shape:
	"""A table"""

	def __init__(self, r, name, world):
		self.r, self.name = r, name
		self.keys = [Key(r, column, world) for column in ["model_api_id", "k2", 'k "3"']]
		self.keys = self.keys[: r.choice([1, 1, 2, 3])]
		for key in self.keys:
			key.column = '"%s"' % key.column.replace('"', '""')
		self.division = r.choice(["none"] * 4 + ["range", "list", "hash", "inherit"])
		self.is_forced = r.random() < 0.7
		self.is_protected = r.random() < 0.6  # by protect_table
		self.unique = "id, kind" if self.division == "list" else "id"
		self.count = r.choice([0, 30, 300, 2000])
		self.children = []
		self.policies = []
		self.calls = []
		if self.is_protected:
			self.protect()
		else:
			self.write_policies()

	# Tables

	def columns(self, r):
		keys = [
			"%s %s%s" % (key.column, key.type, "" if key.is_nullable else " NOT NULL")
			for key in self.keys
		]
		others = ["at timestamptz NOT NULL", "kind int NOT NULL DEFAULT 1", "body text"]
		columns = ["id int NOT NULL", *keys, *others]
		r.shuffle(columns)
		return columns

	def tables(self):
		"""Statements that create the table, its children, constraints and indexes"""
		r = self.r
		columns = self.columns(r)
		dropped = r.random() < 0.5
		if dropped:
			columns.insert(r.randrange(len(columns)), "gone text DEFAULT 'x'")
		by = {
			"range": " PARTITION BY RANGE (id)",
			"list": " PARTITION BY LIST (kind)",
			"hash": " PARTITION BY HASH (id)",
		}.get(self.division, "")
		yield "CREATE TABLE {T} (%s)%s" % (", ".join(columns), by)
		if dropped:
			yield "ALTER TABLE {T} DROP COLUMN gone"
		yield "ALTER TABLE {T} ADD CONSTRAINT %s_key UNIQUE (%s)" % (self.name, self.unique)
		yield from self.parts()
		for key in self.keys:
			if key.is_foreign:
				yield "ALTER TABLE {T} ADD FOREIGN KEY (%s) REFERENCES modelapi_acl.%ss" % (
					key.column,
					key.kind,
				)
		yield from self.indexes("{T}")
		for child in self.children if self.division == "inherit" else []:
			yield from self.indexes(child)

	def part(self, name, sql):
		self.children.append("{T}_" + name)
		return "CREATE TABLE {T}_%s %s" % (name, sql)

	def parts(self):
		if self.division == "range":
			yield self.part("1", "PARTITION OF {T} FOR VALUES FROM (MINVALUE) TO (100)")
			yield self.part(
				"2", "PARTITION OF {T} FOR VALUES FROM (100) TO (1000) PARTITION BY HASH (id)"
			)
			yield self.part("2a", "PARTITION OF {T}_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0)")
			yield self.part("2b", "PARTITION OF {T}_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1)")
			yield self.part("3", "PARTITION OF {T} DEFAULT")
		elif self.division == "list":
			yield self.part("1", "PARTITION OF {T} FOR VALUES IN (1, 2)")
			# with its columns in another order
			columns = ", ".join(["more int", *self.columns(self.r)])
			yield self.part("2", "(%s)" % columns)
			yield "ALTER TABLE {T}_2 DROP COLUMN more"
			yield "ALTER TABLE {T} ATTACH PARTITION {T}_2 DEFAULT"
		elif self.division == "hash":
			for n in range(3):
				yield self.part(
					str(n), "PARTITION OF {T} FOR VALUES WITH (MODULUS 3, REMAINDER %d)" % n
				)
		elif self.division == "inherit":
			yield self.part("1", "(more int) INHERITS ({T})")
			columns = ", ".join(["more int", *self.columns(self.r)])
			yield self.part("2", "(%s)" % columns)
			yield "ALTER TABLE {T}_2 INHERIT {T}"

	def indexes(self, table):
		r = self.r
		key = r.choice(self.keys).column
		first = self.keys[0].column
		choices = [
			"(%s)" % first,
			"(%s, at)" % first,
			"(%s, at DESC, id)" % key,
			"(%s) INCLUDE (kind)" % key,
			"(%s DESC, kind)" % key,
			"(at)",
			"(at DESC, id)",
			"(at, %s)" % first,
			"(kind, %s)" % key,
			"(%s) WHERE kind > 2" % key,
			"USING hash (%s)" % key,
		]
		chosen = r.sample(choices, r.randint(0, 4))
		chosen += ["(%s)" % key.column for key in self.keys if r.random() < 0.6]
		for index in chosen:
			if "USING" in index:
				yield "CREATE INDEX ON %s %s" % (table, index)
			else:
				yield "CREATE INDEX ON %s USING btree %s" % (table, index)

	def rows(self):
		"""Statements that fill the table, in schema own"""
		r = self.r
		for table in ["{T}", *(self.children if self.division == "inherit" else [])]:
			first = r.randint(1, 50) + 10000 * len(table)
			columns = []
			for key in self.keys:
				ids = ", ".join("NULL" if id is None else "'%s'" % id for id in key.ids)
				# few keys for many rows, or all of them evenly
				place = "1 + floor(random() ^ %s * %d)::int" % (r.choice([1, 3]), len(key.ids))
				columns.append("(ARRAY[%s]::uuid[])[%s]" % (ids, place) if ids else "NULL")
			yield (
				"INSERT INTO %s (id, at, kind, body, %s) SELECT n,"
				" '2026-01-01'::timestamptz + (random() * 100)::int * interval '1 hour',"
				" 1 + n %% 5, 'b' || n %% 7, %s FROM generate_series(%d, %d) AS n"
				% (
					table,
					", ".join(key.column for key in self.keys),
					", ".join(columns),
					first,
					first + self.count - 1,
				)
			)

	# Policies

	def policy(self, command, permissive, using=None, check=None):
		self.policies.append((command, permissive, using, check))

	def protect(self):
		"""Calls of protect_table, and what they amount to"""
		r = self.r
		for n, key in enumerate(self.keys):
			if n > 0 and r.random() < 0.3:
				continue
			permissions = {c: key.permission(r) for c in COMMANDS if r.random() < 0.7}
			arguments = ["to_%s => '%s'" % (c.lower(), p) for c, p in permissions.items()]
			is_default = key.kind == "project" and not key.is_foreign and not permissions
			if is_default or (not permissions and n > 0):
				continue
			arguments.append("force => %s" % str(self.is_forced).lower())
			self.calls.append(
				"SELECT modelapi_acl.protect_table('{T}', '%s', %s)"
				% (key.column[1:-1].replace('""', '"'), ", ".join(arguments))
			)
			if not self.policies:
				permissions.setdefault("SELECT", "view" + "_project" * (key.kind == "project"))
			self.policies_of_key(key.column, permissions, not self.policies)

	def policies_of_key(self, column, permissions, permissive):
		for command, permission in permissions.items():
			has = "({has:%s:%s} OR {administrator})" % (permission, column)
			now = "({now:%s:%s} OR {administrator})" % (permission, column)
			if command == "SELECT":
				self.policy(command, permissive, has)
			elif command == "INSERT":
				self.policy(command, permissive, None, now)
			elif command == "UPDATE":
				self.policy(command, permissive, has + " AND " + now, now)
			else:
				self.policy(command, permissive, has + " AND " + now)

	def asked(self, now=False):
		"""A random condition that asks for a permission, now and then with more to it"""
		r = self.r
		key = r.choice(self.keys)
		mark = "now" if now else "has"
		has = "{%s:%s:%s}" % (mark, key.permission(r), key.column)
		other = r.choice(self.keys)
		forms = [
			has,
			has,
			has,
			has + " OR {administrator}",
			has + " OR {administrator}",
			has + " AND kind < 4",
			has + " OR kind = 1",
			"kind = 2 OR {%s:%s:%s} OR {administrator}" % (mark, other.permission(r), other.column),
			has + " AND {%s:%s:%s}" % (mark, other.permission(r), other.column),
			"NOT " + has,
			"CASE WHEN kind = 3 THEN true ELSE %s END" % has,
			"(%s) IS NOT FALSE" % has,
			"{%s:%s:coalesce(%s, %s)}"
			% (mark, other.permission(r), self.keys[0].column, other.column),
		]
		return r.choice(forms)

	def write_policies(self):
		"""Policies as somebody may write them"""
		r = self.r
		self.policy("SELECT", True, self.asked())
		for command in COMMANDS:
			if r.random() < 0.8:
				self.policy(
					command,
					r.random() < 0.8 or command != "SELECT",
					None if command == "INSERT" else self.asked(),
					self.asked(r.random() < 0.7) if command in ("INSERT", "UPDATE") else None,
				)
		if r.random() < 0.1:
			self.policy("ALL", True, self.asked())

	def protection(self, side):
		"""Statements that protect the table, run as its owner"""
		if side == "own" and self.calls:
			yield from self.calls
			return
		for n, (command, permissive, using, check) in enumerate(self.policies):
			yield "CREATE POLICY p%d ON {T} AS %s FOR %s TO %s%s%s" % (
				n,
				"PERMISSIVE" if permissive else "RESTRICTIVE",
				command,
				ROLES,
				" USING (%s)" % using if using else "",
				" WITH CHECK (%s)" % check if check else "",
			)
		force = "FORCE" if self.is_forced else "NO FORCE"
		for table in ["{T}", *self.children]:
			yield "ALTER TABLE %s ENABLE ROW LEVEL SECURITY, %s ROW LEVEL SECURITY" % (table, force)
