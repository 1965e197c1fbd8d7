"""A random world of users, organizations, projects, model APIs and grants."""

import random
import uuid

from reference.rules import Grant, World

# what names a row of each table
TABLES = {
	"users": "id::text",
	"user_identities": "user_id::text",
	"organizations": "id::text",
	"organization_members": "organization_id || ' ' || user_id",
	"projects": "id::text",
	"project_collaborators": "project_id || ' ' || coalesce(user_id, organization_id)",
	"model_apis": "id::text",
	"model_api_collaborators": "model_api_id || ' ' || coalesce(user_id, organization_id)",
	"model_api_versions": "model_api_id || ' ' || number",
	"model_api_settings": "model_api_id || ' ' || name",
	"model_api_logs": "id::text",
	"access_tokens": "id::text",
	"audit_events": "id::text",
}
EXPIRES = {None: None, "past": "now() - interval '1 second'", "future": "now() + interval '1 day'"}


class Maker:
	"""Makes a random world, as the reference has it, and the SQL that loads it"""

	kind = World

	def __init__(self, seed):
		self.random = random.Random(seed)
		self.world = self.kind()
		self.sql = []
		self.make()

	def id(self):
		return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

	def row(self, table, **columns):
		def literal(value):
			if value is None:
				return "NULL"
			text = str(value)
			return text if text.startswith("now()") else "'" + text + "'"

		self.sql.append(
			"INSERT INTO %s (%s) VALUES (%s);"
			% (table, ", ".join(columns), ", ".join(literal(v) for v in columns.values()))
		)

	def grants(self, table, thing, id, creator):
		chosen = {("user", creator): ("owner", None)}
		holders = [("user", u) for u in self.world.users] + [
			("organization", o) for o in self.world.organizations
		]
		for holder in self.random.sample(holders, self.random.randint(0, 4)):
			chosen.setdefault(
				holder,
				(
					self.random.choice(["viewer", "editor", "owner"]),
					self.random.choice([None, None, "past", "future"]),
				),
			)
		return [self.grant(table, thing, id, holder, *how) for holder, how in chosen.items()]

	def grant(self, table, thing, id, holder, level, expires):
		kind, holder_id = holder
		grant = Grant(self.id(), holder, level, expires)
		self.row(
			"modelapi_acl." + table,
			id=grant.id,
			**{thing: id, kind + "_id": holder_id},
			access_level=level,
			expires_at=EXPIRES[expires],
		)
		return grant

	def event(self, kind, thing, **columns):
		id = self.id()
		self.world.events.append((id, kind, thing))
		self.row(
			"modelapi_acl.audit_events",
			id=id,
			change_id=self.id(),
			occurred_at="now()",
			database_role="x",
			action=kind + ".created",
			object_type=kind,
			object_id=thing,
			**columns,
		)

	def make(self):
		# in a few worlds, enough for what is only done for many rows
		wide = self.random.random() < 0.06
		self.users()
		self.organizations()
		self.projects(40 if wide else self.random.randint(1, 4))
		self.model_apis(120 if wide else self.random.randint(2, 8))
		self.sql.append(
			"INSERT INTO modelapi_acl_internal.search_documents"
			" SELECT id, modelapi_acl_internal.search_document(name, description)"
			" FROM modelapi_acl.model_apis;"
		)

	def users(self):
		r, world = self.random, self.world
		for n in range(r.randint(4, 7)):
			user = self.id()
			world.users[user] = r.random() < 0.12
			world.names["u%d" % n] = ("user", user)
			self.row(
				"modelapi_acl.users",
				id=user,
				username="u%d" % n,
				disabled_at="now()" if world.users[user] else None,
			)
			self.row("modelapi_acl_internal.principal_names", name="u%d" % n, user_id=user)
			self.row(
				"modelapi_acl.user_identities",
				user_id=user,
				email="u%d@example.com" % n,
				external_id="sub%d" % n,
			)
			self.event("user", user)

	def organizations(self):
		r, world = self.random, self.world
		users = list(world.users)
		for n in range(r.randint(0, 3)):
			organization = self.id()
			members = r.sample(users, r.randint(1, len(users)))
			world.organizations[organization] = {
				u: i == 0 or r.random() < 0.2 for i, u in enumerate(members)
			}
			world.names["o%d" % n] = ("organization", organization)
			self.row("modelapi_acl.organizations", id=organization, name="o%d" % n)
			self.row(
				"modelapi_acl_internal.principal_names",
				name="o%d" % n,
				organization_id=organization,
			)
			for user, is_admin in world.organizations[organization].items():
				self.row(
					"modelapi_acl.organization_members",
					organization_id=organization,
					user_id=user,
					is_admin=is_admin,
				)
			self.event("organization", organization)

	def projects(self, count):
		r, world = self.random, self.world
		users = list(world.users)
		for n in range(count):
			project = self.id()
			self.row("modelapi_acl.projects", id=project, name="p%d" % n)
			world.projects[project] = self.grants(
				"project_collaborators", "project_id", project, r.choice(users)
			)
			self.event("project", project, project_id=project)
			gone = self.id()
			world.lasting[gone] = project
			self.event("model_api", gone, project_id=project, model_api_id=gone)

	def model_apis(self, count):
		r, world = self.random, self.world
		users = list(world.users)
		for n in range(count):
			api, project = self.id(), r.choice(list(world.projects))
			visibility = r.choice(["private", "private", "public"])
			mode = r.choice(["restricted", "unrestricted"])
			self.row(
				"modelapi_acl.model_apis",
				id=api,
				project_id=project,
				name="m%d" % n,
				visibility=visibility,
				authorization_mode=mode,
			)
			self.row("modelapi_acl_internal.object_counters", object_id=api, last_version=1)
			thing = dict(
				project=project,
				visibility=visibility,
				mode=mode,
				settings=set(),
				versions=set(),
				tokens=set(),
				logs=set(),
			)
			world.apis[api] = thing
			thing["grants"] = self.grants(
				"model_api_collaborators", "model_api_id", api, r.choice(users)
			)
			self.parts(api, thing)
			if r.random() < 0.6:
				thing["settings"].add(api + " s")
				self.row("modelapi_acl.model_api_settings", model_api_id=api, name="s", value="1")
			self.event("model_api", api, project_id=project, model_api_id=api)
			thing["name"] = "m%d" % n

	def parts(self, api, thing):
		"""The version, log and token of a model API"""
		r = self.random
		for part, table, columns in (
			("versions", "model_api_versions", dict(number=1, source="{}")),
			("logs", "model_api_logs", dict(message="x")),
			("tokens", "access_tokens", dict(name="t", hint="h")),
		):
			id = self.id()
			thing[part].add(id if part != "versions" else api + " 1")
			if part == "versions":
				thing["version"] = id
			if part == "tokens":
				thing["token_state"] = r.choice(["live", "live", "revoked", "expired"])
				columns = dict(
					columns,
					revoked_at="now()" if thing["token_state"] == "revoked" else None,
					expires_at="now() - interval '1 hour'"
					if thing["token_state"] == "expired"
					else None,
				)
			self.row("modelapi_acl." + table, id=id, model_api_id=api, **columns)
		self.row(
			"modelapi_acl_internal.token_hashes",
			hash="\\x" + "%064x" % r.getrandbits(256),
			token_id=id,
		)
