"""Two worlds that differ only in what somebody may not see.

World draws all rows of a database. Its twin for somebody has the same rows in the
same order, with the same ids, placing keys, times and lengths; the contents of
each row that they may not see are drawn again. What counts as contents is
written here as it is in the rules: texts, levels, modes, hashes, who holds or did
what, is_admin, state, action, object_type and jsonb.
"""

import copy
import json
import random
import uuid

# in the order in which they are loaded; what names a row
KEYS = {
	"modelapi_acl.users": ("id",),
	"modelapi_acl.user_identities": ("user_id",),
	"modelapi_acl.organizations": ("id",),
	"modelapi_acl.organization_members": ("organization_id", "user_id"),
	"modelapi_acl_internal.principal_names": ("name",),
	"modelapi_acl.projects": ("id",),
	"modelapi_acl.project_collaborators": ("id",),
	"modelapi_acl.model_apis": ("id",),
	"modelapi_acl.model_api_collaborators": ("id",),
	"modelapi_acl.model_api_versions": ("id",),
	"modelapi_acl.model_api_settings": ("model_api_id", "name"),
	"modelapi_acl.model_api_logs": ("id",),
	"modelapi_acl.access_tokens": ("id",),
	"modelapi_acl_internal.token_hashes": ("token_id",),
	"modelapi_acl.audit_events": ("id",),
	"modelapi_acl_internal.changes": ("change_id",),
	"modelapi_acl_internal.object_counters": ("object_id", "of_versions"),
}
TABLES = [table for table in KEYS if table.startswith("modelapi_acl.")]
LEVELS = ["viewer", "editor", "owner"]
FUTURE, PAST = "2099-01-01 00:00:00+00", "2024-06-01 00:00:00+00"
LOG_LEVELS = {4: ["info"], 5: ["debug", "error"], 7: ["warning"], 8: ["critical"]}
# actions and types of the same lengths, for events of a model API and for those of a project alone
ALIKE = [
	[("model_api.created", "model_api"), ("model_api.deleted", "model_api"), ("model_api.renamed", "model_api")],
	[("collaborator.changed", "model_api_collaborator"), ("collaborator.removed", "model_api_collaborator")],
	[("setting.created", "setting"), ("setting.changed", "setting"), ("setting.deleted", "setting"), ("version.deleted", "version")],
	[("token.created", "token"), ("token.revoked", "token")],
	[("collaborator.changed", "project_collaborator"), ("collaborator.removed", "project_collaborator")],
	[("project.created", "project"), ("project.renamed", "project"), ("project.deleted", "project")],
]

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Words:
	"""Words of one length that stemming leaves as they are"""

	def __init__(self, r):
		self.random = r

	def word(self):
		r = self.random
		return "".join(r.choice(letters) for letters in ("bdghmpt", "aiou", "bdgmptz", "aiou", "bdgmpz", "aio", "kpb"))

	def text(self, words):
		return " ".join(self.word() for _ in range(words))

	def long(self, length):
		"""A text that compression makes no shorter: it is stored elsewhere"""
		return "".join(self.random.choices(BASE62, k=length))

	def like(self, text, other_length=False):
		"""Another text with words of the same lengths, or of any length"""
		if text and len(text) > 1000 and not other_length:
			return self.long(len(text))
		if text is None or not other_length:
			return text and "".join(c if c == " " else self.random.choice("aiou" if c in "aiou" else
				"kpb" if i + 1 == len(text) or text[i + 1] == " " else "bdgmpz") if c.isalpha() else
				self.random.choice("0123456789") if c.isdigit() else c for i, c in enumerate(text))
		return self.text(self.random.choice([1, 2, 5, 20, 60]))


class World:
	def __init__(self, seed, size=1):
		self.seed = seed
		self.random = r = random.Random(seed)
		self.words = Words(r)
		self.rows = {table: [] for table in KEYS}
		self.clock = 0
		self.transaction = 700
		self.users, self.organizations, self.projects, self.apis = [], [], [], []
		self.people(14 * size, 4 * size)
		for _ in range(6 * size):
			self.project()
		for _ in range(30 * size):
			self.model_api()

	# drawing

	def id(self):
		return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

	def time(self):
		self.clock += self.random.choice([1, 1, 60, 3600])
		return "2025-01-%02d %02d:%02d:%02d+00" % (1 + self.clock // 86400 % 28, self.clock // 3600 % 24, self.clock // 60 % 60, self.clock % 60)

	def someone(self, nobody=0.1):
		return None if self.random.random() < nobody else self.random.choice(self.users)

	def row(self, table, **columns):
		self.rows[table].append(columns)
		return columns

	def event(self, action, object_type, object_id, at, project_id=None, model_api_id=None, old=None, new=None, change=None):
		change = change or self.id()
		self.row("modelapi_acl.audit_events", id=self.id(), change_id=change, occurred_at=at, actor_id=self.someone(),
			database_role="application_backend_" + self.words.word(), action=action, object_type=object_type, object_id=object_id,
			project_id=project_id, model_api_id=model_api_id, old=old, new=new)
		known = self.rows["modelapi_acl_internal.changes"]
		if not known or known[-1]["change_id"] != change:
			self.transaction += 1
			self.row("modelapi_acl_internal.changes", change_id=change, committed_at=at, transaction_id=self.transaction)
		return change

	def counter(self, id, version=0):
		self.row("modelapi_acl_internal.object_counters", object_id=id, owner_changes=0, last_version=version)

	def people(self, users, organizations):
		r, words = self.random, self.words
		for n in range(users):
			user, at = self.id(), self.time()
			self.users.append(user)
			disabled = PAST if 3 < n < users - 1 and r.random() < 0.1 else None
			name = "u%02d-%s" % (n, words.word())
			full_name = words.text(2) if r.random() < 0.8 else None
			self.row("modelapi_acl.users", id=user, username=name, full_name=full_name, disabled_at=disabled, created_at=at)
			self.row("modelapi_acl.user_identities", user_id=user, email=words.word() + "%02d@example.com" % n,
				external_id=words.word() + "%02d" % n if r.random() < 0.9 else None)
			self.row("modelapi_acl_internal.principal_names", name=name, user_id=user, organization_id=None)
			self.event("user.created", "user", user, at, new={"username": name, "full_name": full_name, "disabled_at": None})
		for n in range(organizations):
			id, at = self.id(), self.time()
			self.organizations.append(id)
			name = "o%02d-%s" % (n, words.word())
			full_name = words.text(2)
			self.row("modelapi_acl.organizations", id=id, name=name, full_name=full_name, created_by=self.someone(), created_at=at)
			self.row("modelapi_acl_internal.principal_names", name=name, user_id=None, organization_id=id)
			self.counter(id)
			change = self.event("organization.created", "organization", id, at, new={"name": name, "full_name": full_name})
			# the last user belongs nowhere
			for place, user in enumerate(r.sample(self.users[:-1], r.randint(1, 5))):
				is_admin, at = place == 0 or r.random() < 0.3, self.time()
				self.row("modelapi_acl.organization_members", organization_id=id, user_id=user, is_admin=is_admin, created_at=at)
				change = self.event("organization_member.added", "organization", id, at, change=change if place == 0 else None,
					new={"user_id": user, "is_admin": is_admin})
			if r.random() < 0.5:
				gone = r.choice(self.users[:-1])
				self.event("organization_member.added", "organization", id, self.time(), new={"user_id": gone, "is_admin": False})
				self.event("organization_member.removed", "organization", id, self.time(), old={"user_id": gone, "is_admin": False})

	def grants(self, table, key, id, owner, most, project_id, model_api_id):
		r = self.random
		type = table[len("modelapi_acl."):-1]
		holders = {("user_id", owner): ("owner", None)}
		others = [("user_id", u) for u in self.users[:-1]] + [("organization_id", o) for o in self.organizations]
		for holder in r.sample(others, min(r.randint(0, most), len(others))):
			holders.setdefault(holder, (r.choice(LEVELS), r.choice([None, None, None, FUTURE, PAST])))
		for (column, holder), (level, expires) in holders.items():
			grant, at = self.id(), self.time()
			held = {"user_id": None, "organization_id": None, column: holder}
			self.row(table, id=grant, **{key: id}, **held, access_level=level, expires_at=expires, granted_by=self.someone(), created_at=at)
			new = dict(held, access_level=level, expires_at=expires and expires.replace(" ", "T") + ":00")
			self.event("collaborator.added", type, grant, at, project_id, model_api_id, new=new)
			if r.random() < 0.15:
				self.event("collaborator.changed", type, grant, self.time(), project_id, model_api_id, old=dict(new, access_level="viewer"), new=new)
		if r.random() < 0.3:
			gone = self.id()
			held = {"user_id": r.choice(self.users[:-1]), "organization_id": None, "access_level": r.choice(LEVELS), "expires_at": None}
			self.event("collaborator.added", type, gone, self.time(), project_id, model_api_id, new=held)
			self.event("collaborator.removed", type, gone, self.time(), project_id, model_api_id, old=held)

	def project(self):
		id, at, words = self.id(), self.time(), self.words
		self.projects.append(id)
		name, description = words.text(2), words.text(4) if self.random.random() < 0.7 else None
		creator = self.random.choice(self.users[:-1])
		self.row("modelapi_acl.projects", id=id, name=name, description=description, created_by=creator, created_at=at)
		self.counter(id)
		self.event("project.created", "project", id, at, id, new={"name": name, "description": description})
		self.grants("modelapi_acl.project_collaborators", "project_id", id, creator, 3, id, None)

	def model_api(self):
		r, words = self.random, self.words
		id, at, project = self.id(), self.time(), r.choice(self.projects)
		self.apis.append(id)
		creator = r.choice(self.users[:-1])
		api = self.row("modelapi_acl.model_apis", id=id, project_id=project, name=words.text(2),
			description=words.text(6) if r.random() < 0.8 else None, visibility="public" if r.random() < 0.2 else "private",
			authorization_mode=r.choice(["restricted", "restricted", "unrestricted"]), invocation_mode=r.choice(["sync", "async"]),
			created_by=creator, created_at=at, updated_at=at)
		told = {c: api[c] for c in ("name", "description", "visibility", "authorization_mode", "invocation_mode")}
		self.event("model_api.created", "model_api", id, at, project, id, new=told)
		if api["visibility"] == "private" and r.random() < 0.3:
			self.event("model_api.visibility_changed", "model_api", id, self.time(), project, id, old={"visibility": "private"}, new={"visibility": "public"})
			self.event("model_api.visibility_changed", "model_api", id, self.time(), project, id, old={"visibility": "public"}, new={"visibility": "private"})
		self.grants("modelapi_acl.model_api_collaborators", "model_api_id", id, creator, 3, project, id)
		versions = r.randint(0, 3)
		self.counter(id, versions)
		version_ids = [None]
		for number in range(1, versions + 1):
			version, at = self.id(), self.time()
			version_ids.append(version)
			source = {"image": words.word(), "tag": words.word() if r.random() < 0.9 else words.long(4000), "size": r.randint(1000, 9999)}
			state = r.choice(["running", "stopped"])
			description = words.text(3) if r.random() < 0.6 else None
			self.row("modelapi_acl.model_api_versions", id=version, model_api_id=id, number=number, source=source,
				description=description, state=state, created_by=self.someone(), created_at=at)
			self.event("version.published", "version", version, at, project, id,
				new={"number": number, "source": source, "description": description, "state": state})
		for name in {words.word() for _ in range(r.randint(0, 3))} | ({"temperature"} if r.random() < 0.3 else set()):
			at = self.time()
			value = r.choice([words.word(), {"a": words.word(), "b": r.randint(1000, 9999)}, r.choice([True, False]), r.randint(1000, 9999)])
			self.row("modelapi_acl.model_api_settings", model_api_id=id, name=name, value=value, updated_by=self.someone(), updated_at=at)
			self.event("setting.created", "setting", None, at, project, id, new={"name": name, "value": value})
		self.rows["modelapi_acl.model_api_settings"].sort(key=lambda row: (self.apis.index(row["model_api_id"]), row["name"]))
		for _ in range(r.randint(0, 4)):
			self.row("modelapi_acl.model_api_logs", id=self.id(), model_api_id=id, version_id=r.choice(version_ids), logged_at=self.time(),
				level=r.choice(["debug", "info", "warning", "error", "critical"]), message=words.text(4) if r.random() < 0.95 else words.long(r.choice([3000, 9000])))
		for _ in range(r.randint(0, 2)):
			token, at = self.id(), self.time()
			revoked, again = r.random() < 0.2, r.random() < 0.2
			self.row("modelapi_acl.access_tokens", id=token, model_api_id=id, name=words.text(2), hint="mapi_" + words.word()[:4] + "..." + words.word()[:4],
				created_by=self.someone(), created_at=at, regenerated_by=self.someone() if again else None, regenerated_at=self.time() if again else None,
				expires_at=r.choice([None, FUTURE, PAST]), revoked_by=self.someone() if revoked else None, revoked_at=self.time() if revoked else None)
			self.row("modelapi_acl_internal.token_hashes", hash="\\x%064x" % r.getrandbits(256), token_id=token)
			self.event("token.created", "token", token, at, project, id, new={"name": words.text(2), "expires_at": None, "revoked_at": None})

	# the twin

	def twin(self, user, visible, seed, other_lengths=False):
		"""The world with other contents where user (an id, or None for the
		anonymous) may not look; visible: the keys of each table that they see"""
		return Twin(self, user, visible, random.Random(seed), other_lengths).world


class Twin:
	def __init__(self, world, user, visible, r, other_lengths):
		self.random, self.words, self.user = r, Words(r), user
		self.other_lengths = other_lengths
		self.world = copy.deepcopy(world)
		self.rows = self.world.rows
		self.visible = visible
		self.others = [u for u in world.users if u != user]
		self.organizations = [o for o in world.organizations if (o,) not in self.seen_organizations()]
		self.told = []
		# an editor of a model API knows all of its grants (who_can), of then as well
		editable = {m for m, in visible["known"]}
		self.known_projects = {row["project_id"] for row in self.rows["modelapi_acl.model_apis"] if row["id"] in editable}
		for table, change in (
			("users", self.user_row), ("user_identities", self.identity), ("organizations", self.named),
			("organization_members", self.membership), ("projects", self.thing), ("project_collaborators", self.grant),
			("model_apis", self.thing), ("model_api_collaborators", self.grant), ("model_api_versions", self.version),
			("model_api_settings", self.setting), ("model_api_logs", self.log), ("access_tokens", self.token),
			("audit_events", self.event),
		):
			table = "modelapi_acl." + table
			seen = visible[table]
			for row in self.rows[table]:
				if tuple(str(row[k]) for k in KEYS[table]) not in seen:
					change(row)
		self.visibility()
		for row in self.rows["modelapi_acl_internal.token_hashes"]:
			row["hash"] = "\\x%064x" % r.getrandbits(256)

	def seen_organizations(self):
		return {(o,) for o, _ in self.visible["modelapi_acl.organization_members"]}

	def text(self, row, *columns):
		for column in columns:
			if self.other_lengths and row[column] is not None or self.random.random() < 0.8:
				row[column] = self.words.like(row[column], self.other_lengths)

	def actor(self, row, *columns):
		for column in columns:
			if row[column] is not None:
				row[column] = self.random.choice(self.world.users)

	def user_row(self, row):
		self.text(row, "full_name")

	def named(self, row):
		self.text(row, "full_name")
		self.actor(row, "created_by")

	def identity(self, row):
		for column in ("email", "external_id"):
			if row[column]:  # what makes it unique stays
				place = 7
				row[column] = self.words.like(row[column][:place]) + row[column][place:]

	def membership(self, row):
		taken = {r["user_id"] for r in self.rows["modelapi_acl.organization_members"] if r["organization_id"] == row["organization_id"]}
		free = [u for u in self.others if u not in taken]
		if free and self.random.random() < 0.7:
			row["user_id"] = self.random.choice(free)
		first = next(r for r in self.rows["modelapi_acl.organization_members"] if r["organization_id"] == row["organization_id"])
		row["is_admin"] = row is first or self.random.random() < 0.5

	def thing(self, row):
		self.text(row, "name", "description")
		self.actor(row, "created_by")
		if "visibility" in row:
			row["authorization_mode"] = self.random.choice(["restricted", "unrestricted"])
			row["invocation_mode"] = self.random.choice(["sync", "async"])

	def grant(self, row):
		key = "project_id" if "project_id" in row else "model_api_id"
		table = "modelapi_acl." + key[:-3] + "_collaborators"
		# their own and their organizations', also where it has expired and shows nothing
		if row["user_id"] == self.user and self.user or row["organization_id"] and row["organization_id"] not in self.organizations:
			return
		if row.get("project_id") in self.known_projects:
			return
		siblings = [r for r in self.rows[table] if r[key] == row[key]]
		self.actor(row, "granted_by")
		column = "user_id" if row["user_id"] else "organization_id"
		free = [h for h in (self.others if column == "user_id" else self.organizations) if h not in {r[column] for r in siblings}]
		if free and self.random.random() < 0.7:
			row[column] = self.random.choice(free)
		if row is not siblings[0]:
			row["access_level"] = self.random.choice(LEVELS)

	def json(self, value, key=None):
		if isinstance(value, dict):
			return {k: self.json(v, k) for k, v in value.items()}
		if isinstance(value, bool):
			return self.random.random() < 0.5
		if isinstance(value, int):
			return self.random.randint(1000, 9999) if value >= 1000 else value
		if not isinstance(value, str) or key in ("organization_id", "expires_at", "disabled_at", "revoked_at", "regenerated_at"):
			return value
		if key == "user_id":
			return self.random.choice(self.others)
		if value in ("viewer", "editor"):
			return self.random.choice(["viewer", "editor"])
		if value in ("running", "stopped"):
			return self.random.choice(["running", "stopped"])
		if value in ("owner", "public", "private", "restricted", "unrestricted", "sync", "async"):
			return value
		return self.words.like(value, self.other_lengths)

	def version(self, row):
		self.text(row, "description")
		self.actor(row, "created_by")
		row["source"] = self.json(row["source"])
		row["state"] = self.random.choice(["running", "stopped"])

	def setting(self, row):
		taken = {r["name"] for r in self.rows["modelapi_acl.model_api_settings"] if r["model_api_id"] == row["model_api_id"]}
		name = self.words.like(row["name"])
		if name not in taken:
			row["name"] = name
		row["value"] = self.json(row["value"])
		self.actor(row, "updated_by")

	def log(self, row):
		self.text(row, "message")
		row["level"] = self.random.choice(LOG_LEVELS[len(row["level"])])

	def token(self, row):
		self.text(row, "name", "hint")
		self.actor(row, "created_by", "regenerated_by", "revoked_by")

	def event(self, row):
		self.actor(row, "actor_id")
		if row["model_api_id"] is None and row["project_id"] is None:
			# names of people and organizations, of then as well, may be known;
			# members of an organization to its members
			if row["action"].startswith("organization_member"):
				if (row["object_id"],) in self.seen_organizations():
					return
				row["old"], row["new"] = self.json(row["old"]), self.json(row["new"])
			else:
				for told in (row["old"], row["new"]):
					if told and told.get("full_name"):
						told["full_name"] = self.words.like(told["full_name"])
			return
		if row["model_api_id"] is None and row["project_id"] in self.known_projects:
			return
		# since when one may view a model API oneself is no secret (access_changes)
		viewed = row["object_type"] == "model_api" and (str(row["model_api_id"]),) in self.visible["modelapi_acl.model_apis"]
		for alike in ALIKE:
			if (row["action"], row["object_type"]) in alike and row["object_id"] is not None and not viewed:
				row["action"], row["object_type"] = self.random.choice(alike)
		row["database_role"] = self.words.like(row["database_role"], self.other_lengths)
		if viewed:  # nor what it was called when one came to view it
			return
		row["old"], row["new"] = self.json(row["old"]), self.json(row["new"])
		if row["object_type"] == "model_api" and row["new"] and row["new"].get("description"):
			self.told.append(row["new"])

	def visibility(self):
		"""Public for private and the other way around. As many stay public, since
		how many rows are in an index of the public ones is no secret."""
		if self.user is None:
			apis = self.rows["modelapi_acl.model_apis"]
			drawn = [row["visibility"] for row in apis]
			self.random.shuffle(drawn)
			for row, visibility in zip(apis, drawn):
				row["visibility"] = visibility
		private = [told for told in self.told if told["visibility"] == "private"]
		for told in self.told:
			if told["visibility"] == "public" and private and self.random.random() < 0.7:
				other = private.pop(self.random.randrange(len(private)))
				# another text makes up for the letter
				told["visibility"], told["description"] = "private", told["description"][:-1]
				other["visibility"], other["description"] = "public", other["description"] + "k"


def literal(value):
	"""A value in COPY's text format"""
	if value is None:
		return "\\N"
	if isinstance(value, bool):
		return "t" if value else "f"
	text = value if isinstance(value, str) else str(value)
	return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


JSON = {("modelapi_acl.model_api_settings", "value"), ("modelapi_acl.model_api_versions", "source"),
	("modelapi_acl.audit_events", "old"), ("modelapi_acl.audit_events", "new")}


def copy_text(table, rows):
	lines = []
	for row in rows:
		lines.append("\t".join(literal(json.dumps(v) if (table, c) in JSON and v is not None else v) for c, v in row.items()))
	return "\n".join(lines) + ("\n" if lines else "")
