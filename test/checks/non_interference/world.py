"""Draws all rows of a database: users, organizations, projects and model APIs with their events."""

from non_interference.rows import FUTURE, PAST
from non_interference.tables import LEVELS
from non_interference.tokens import Tokens

API_TERMS = ("name", "description", "visibility", "authorization_mode", "invocation_mode")


class World(Tokens):
	def __init__(self, seed, size=1):
		super().__init__(seed)
		users = 14 * size
		for number in range(users):
			# the first ones and the last one are enabled
			self.user(number, may_be_disabled=3 < number < users - 1)
		for number in range(3 * size):
			self.service_account(number)
		for number in range(4 * size):
			self.organization(number)
		for _ in range(6 * size):
			self.project()
		for _ in range(30 * size):
			self.model_api()
		for holder in self.users + self.accounts:
			self.personal_tokens(holder)
		self.invocation_counts()

	def user(self, number, may_be_disabled):
		r, words = self.random, self.words
		user, at = self.id(), self.time()
		self.users.append(user)
		disabled = PAST if may_be_disabled and r.random() < 0.1 else None
		name = "u%02d-%s" % (number, words.word())
		full_name = words.text(2) if r.random() < 0.8 else None
		self.row(
			"modelapi_acl.users",
			id=user,
			username=name,
			full_name=full_name,
			disabled_at=disabled,
			created_at=at,
			responsible_id=None,
		)
		self.row(
			"modelapi_acl.user_identities",
			user_id=user,
			email=words.word() + "%02d@example.com" % number,
			external_id=words.word() + "%02d" % number if r.random() < 0.9 else None,
		)
		self.row(
			"modelapi_acl_internal.principal_names", name=name, user_id=user, organization_id=None
		)
		new = {"username": name, "full_name": full_name, "disabled_at": None}
		self.event("user.created", "user", user, at, new=new)

	def organization(self, number):
		words = self.words
		id, at = self.id(), self.time()
		self.organizations.append(id)
		name = "o%02d-%s" % (number, words.word())
		full_name = words.text(2)
		self.row(
			"modelapi_acl.organizations",
			id=id,
			name=name,
			full_name=full_name,
			created_by=self.someone(),
			created_at=at,
		)
		self.row(
			"modelapi_acl_internal.principal_names", name=name, user_id=None, organization_id=id
		)
		self.counter(id)
		new = {"name": name, "full_name": full_name}
		change = self.event("organization.created", "organization", id, at, new=new)
		self.members(id, change)

	def members(self, organization, change):
		"""The members of a new organization; change: that made it and its first member"""
		r, member = self.random, "organization_member."
		# the last user belongs nowhere
		for place, user in enumerate(r.sample(self.users[:-1] + self.accounts, r.randint(1, 5))):
			is_admin, at = place == 0 or r.random() < 0.3, self.time()
			self.row(
				"modelapi_acl.organization_members",
				organization_id=organization,
				user_id=user,
				is_admin=is_admin,
				created_at=at,
			)
			change = self.event(
				member + "added",
				"organization",
				organization,
				at,
				change=change if place == 0 else None,
				new={"user_id": user, "is_admin": is_admin},
			)
		if r.random() < 0.5:
			gone = {"user_id": r.choice(self.users[:-1]), "is_admin": False}
			at = self.time()
			self.event(member + "added", "organization", organization, at, new=dict(gone))
			at = self.time()
			self.event(member + "removed", "organization", organization, at, old=dict(gone))

	def grants(self, table, key, id, owner, most, project_id, model_api_id):
		"""Collaborators of a project or model API: its owner and up to `most` others"""
		r = self.random
		type = table[len("modelapi_acl.") : -1]
		where = {"project_id": project_id, "model_api_id": model_api_id}
		holders = {("user_id", owner): ("owner", None)}
		others = [("user_id", u) for u in self.users[:-1] + self.accounts] + [
			("organization_id", o) for o in self.organizations
		]
		for holder in r.sample(others, min(r.randint(0, most), len(others))):
			holders.setdefault(
				holder, (r.choice(LEVELS), r.choice([None, None, None, FUTURE, PAST]))
			)
		for (column, holder), (level, expires) in holders.items():
			grant, at = self.id(), self.time()
			held = {"user_id": None, "organization_id": None, column: holder}
			self.row(
				table,
				id=grant,
				**{key: id},
				**held,
				access_level=level,
				expires_at=expires,
				granted_by=self.someone(),
				created_at=at,
			)
			until = expires and expires.replace(" ", "T") + ":00"
			new = dict(held, access_level=level, expires_at=until)
			self.event("collaborator.added", type, grant, at, new=new, **where)
			if r.random() < 0.15:
				old = dict(new, access_level="viewer")
				at = self.time()
				self.event("collaborator.changed", type, grant, at, old=old, new=new, **where)
		if r.random() < 0.3:
			gone = self.id()
			held = {
				"user_id": r.choice(self.users[:-1]),
				"organization_id": None,
				"access_level": r.choice(LEVELS),
				"expires_at": None,
			}
			self.event("collaborator.added", type, gone, self.time(), new=held, **where)
			self.event("collaborator.removed", type, gone, self.time(), old=held, **where)

	def project(self):
		id, at, words = self.id(), self.time(), self.words
		self.projects.append(id)
		name, description = words.text(2), words.text(4) if self.random.random() < 0.7 else None
		creator = self.random.choice(self.users[:-1])
		self.row(
			"modelapi_acl.projects",
			id=id,
			name=name,
			description=description,
			created_by=creator,
			created_at=at,
		)
		self.counter(id)
		new = {"name": name, "description": description}
		self.event("project.created", "project", id, at, id, new=new)
		self.grants("modelapi_acl.project_collaborators", "project_id", id, creator, 3, id, None)

	def model_api(self):
		r, words = self.random, self.words
		id, at, project = self.id(), self.time(), r.choice(self.projects)
		self.apis.append(id)
		creator = r.choice(self.users[:-1])
		api = self.row(
			"modelapi_acl.model_apis",
			id=id,
			project_id=project,
			name=words.text(2),
			description=words.text(6) if r.random() < 0.8 else None,
			visibility="public" if r.random() < 0.2 else "private",
			authorization_mode=r.choice(["restricted", "restricted", "unrestricted"]),
			invocation_mode=r.choice(["sync", "async"]),
			created_by=creator,
			created_at=at,
			updated_at=at,
		)
		new = {c: api[c] for c in API_TERMS}
		self.event("model_api.created", "model_api", id, at, project, id, new=new)
		if api["visibility"] == "private" and r.random() < 0.3:
			for old, new in (("private", "public"), ("public", "private")):
				self.event(
					"model_api.visibility_changed",
					"model_api",
					id,
					self.time(),
					project,
					id,
					old={"visibility": old},
					new={"visibility": new},
				)
		self.grants(
			"modelapi_acl.model_api_collaborators", "model_api_id", id, creator, 3, project, id
		)
		versions = self.versions(id, project)
		self.settings(id, project)
		for _ in range(r.randint(0, 4)):
			self.log(id, versions)
		for _ in range(r.randint(0, 2)):
			self.token(id, project)

	def versions(self, api, project):
		"""The versions of a model API; returns their ids, and None"""
		r, words = self.random, self.words
		count = r.randint(0, 3)
		self.counter(api, count)
		ids = [None]
		for number in range(1, count + 1):
			version, at = self.id(), self.time()
			ids.append(version)
			source = {
				"image": words.word(),
				"tag": words.word() if r.random() < 0.9 else words.long(4000),
				"size": r.randint(1000, 9999),
			}
			state = r.choice(["running", "stopped"])
			description = words.text(3) if r.random() < 0.6 else None
			self.row(
				"modelapi_acl.model_api_versions",
				id=version,
				model_api_id=api,
				number=number,
				source=source,
				description=description,
				state=state,
				created_by=self.someone(),
				created_at=at,
			)
			new = dict(number=number, source=source, description=description, state=state)
			self.event("version.published", "version", version, at, project, api, new=new)
		return ids

	def settings(self, api, project):
		r, words = self.random, self.words
		names = {words.word() for _ in range(r.randint(0, 3))}
		for name in sorted(names | ({"temperature"} if r.random() < 0.3 else set())):
			at = self.time()
			value = r.choice(
				[
					words.word(),
					{"a": words.word(), "b": r.randint(1000, 9999)},
					r.choice([True, False]),
					r.randint(1000, 9999),
				]
			)
			self.row(
				"modelapi_acl.model_api_settings",
				model_api_id=api,
				name=name,
				value=value,
				updated_by=self.someone(),
				updated_at=at,
			)
			new = {"name": name, "value": value}
			self.event("setting.created", "setting", None, at, project, api, new=new)
		self.rows["modelapi_acl.model_api_settings"].sort(
			key=lambda row: (self.apis.index(row["model_api_id"]), row["name"])
		)

	def log(self, api, versions):
		r, words = self.random, self.words
		self.row(
			"modelapi_acl.model_api_logs",
			id=self.id(),
			model_api_id=api,
			version_id=r.choice(versions),
			logged_at=self.time(),
			level=r.choice(["debug", "info", "warning", "error", "critical"]),
			message=words.text(4) if r.random() < 0.95 else words.long(r.choice([3000, 9000])),
		)
