"""A random world in which there are service accounts too, and no tokens yet."""

from random_worlds.world import Maker
from reference.token_requests import RequestWorld
from reference.tokens import DAY, MINUTE


class TokenMaker(Maker):
	kind = RequestWorld

	def event(self, *_, **__):
		"""Events of the making do not matter"""

	def parts(self, api, thing):
		"""No versions, no logs; tokens are made later"""
		thing["invocation"] = self.random.choice(["sync", "async"])
		self.sql.append(
			"UPDATE modelapi_acl.model_apis SET invocation_mode = '%s' WHERE id = '%s';"
			% (thing["invocation"], api)
		)

	def make(self):
		super().make()
		world = self.world
		world.external_ids = {
			"sub" + name[1:]: id for name, (kind, id) in world.names.items() if kind == "user"
		}
		for n in range(self.random.randint(1, 3)):
			self.service_account("s%d" % n)
		for grants in world.all_grants():
			for grant in grants:
				grant.until = DAY * MINUTE

	def service_account(self, name):
		r, world, id = self.random, self.world, self.id()
		person = r.choice([u for u in world.users if u not in world.responsible])
		world.users[id], world.responsible[id] = r.random() < 0.12, person
		world.names[name] = ("user", id)
		world.external_ids["svc-" + name] = id
		self.row(
			"modelapi_acl.users",
			id=id,
			username=name,
			responsible_id=person,
			disabled_at="now()" if world.users[id] else None,
		)
		self.row("modelapi_acl_internal.principal_names", name=name, user_id=id)
		self.row("modelapi_acl.user_identities", user_id=id, external_id="svc-" + name)
		for table, thing, things in (
			("project_collaborators", "project_id", world.projects),
			(
				"model_api_collaborators",
				"model_api_id",
				{m: a["grants"] for m, a in world.apis.items()},
			),
		):
			for key in r.sample(list(things), r.randint(0, 1)):
				level = r.choice(["viewer", "editor", "owner"])
				expires = r.choice([None, None, "past", "future"])
				holder = ("user", id)
				things[key].append(self.grant(table, thing, key, holder, level, expires))
		for organization, members in world.organizations.items():
			if r.random() < 0.3:
				members[id] = r.random() < 0.5
				self.row(
					"modelapi_acl.organization_members",
					organization_id=organization,
					user_id=id,
					is_admin=members[id],
				)
