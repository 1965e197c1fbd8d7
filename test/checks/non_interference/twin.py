"""The twin of a world: the same database with other contents where a user may not look.

The twin has the same rows in the same order, with the same ids, keys that place them, times and
lengths of contents: those can be learnt (docs/limits.md). The contents of each row that the user
may not see are drawn again: texts, levels, modes, hashes, who holds or did what, is_admin, state,
action, object_type and jsonb.
"""

import copy
import random

from non_interference.tables import KEYS, LEVELS
from non_interference.twin_tokens import TwinTokens
from non_interference.words import Words

# levels of logs by their lengths
LOG_LEVELS = {4: ["info"], 5: ["debug", "error"], 7: ["warning"], 8: ["critical"]}
# Actions and types of objects that may stand for each other: the lengths are the same, and all are
# of a model API, or all of a project alone.
ALIKE = [
	[
		("model_api.created", "model_api"),
		("model_api.deleted", "model_api"),
		("model_api.renamed", "model_api"),
	],
	[
		("collaborator.changed", "model_api_collaborator"),
		("collaborator.removed", "model_api_collaborator"),
	],
	[
		("setting.created", "setting"),
		("setting.changed", "setting"),
		("setting.deleted", "setting"),
		("version.deleted", "version"),
	],
	[("token.created", "token"), ("token.revoked", "token")],
	[
		("collaborator.changed", "project_collaborator"),
		("collaborator.removed", "project_collaborator"),
	],
	[
		("project.created", "project"),
		("project.renamed", "project"),
		("project.deleted", "project"),
	],
]
# keys of jsonb whose values stay
KEPT_KEYS = (
	"organization_id",
	"expires_at",
	"disabled_at",
	"revoked_at",
	"regenerated_at",
	"suspended_at",
	"former_until",
)
KEPT_VALUES = ("owner", "public", "private", "restricted", "unrestricted", "sync", "async")
# so many letters of an email or a subject are drawn again; the rest makes it unique
DRAWN_LETTERS = 7


def make_twin(world, user, visible, seed, other_lengths=False):
	"""user: an id, or None for the anonymous; visible: for each table the keys of the rows that
	they see, and those of model APIs that the caller's look knows"""
	return Twin(world, user, visible, random.Random(seed), other_lengths).world


class Twin(TwinTokens):
	def __init__(self, world, user, visible, r, other_lengths):
		self.random, self.words, self.user = r, Words(r), user
		self.other_lengths = other_lengths
		self.world = copy.deepcopy(world)
		self.rows = self.world.rows
		self.visible = visible
		self.find_holders()
		self.others = [u for u in world.users + world.accounts if u not in self.own]
		self.seen_organizations = {o for o, _ in visible["modelapi_acl.organization_members"]}
		self.organizations = [o for o in world.organizations if o not in self.seen_organizations]
		# descriptions in events of hidden model APIs
		self.described = []
		# an editor of a model API knows all grants that give access to it (who_can), past ones too
		known = {m for (m,) in visible["known"]}
		self.known_projects = {
			row["project_id"] for row in self.rows["modelapi_acl.model_apis"] if row["id"] in known
		}
		self.change_rows()
		self.change_visibility()
		self.change_secrets()
		self.change_counts()

	def change_rows(self):
		"""Draws the contents of each hidden row again"""
		for table, change in (
			("users", self.change_user),
			("user_identities", self.change_identity),
			("organizations", self.change_organization),
			("organization_members", self.change_membership),
			("projects", self.change_resource),
			("project_collaborators", self.change_grant),
			("model_apis", self.change_resource),
			("model_api_collaborators", self.change_grant),
			("model_api_versions", self.change_version),
			("model_api_settings", self.change_setting),
			("model_api_logs", self.change_log),
			("access_tokens", self.change_life),
			("personal_tokens", self.change_personal_token),
			("personal_token_model_apis", self.change_listed),
			("audit_events", self.change_event),
		):
			table = "modelapi_acl." + table
			seen = self.visible[table]
			for row in self.rows[table]:
				if tuple(str(row[k]) for k in KEYS[table]) not in seen:
					change(row)

	# values

	def change_text(self, row, *columns):
		for column in columns:
			if self.other_lengths and row[column] is not None or self.random.random() < 0.8:
				row[column] = self.words.like(row[column], self.other_lengths)

	def change_actor(self, row, *columns):
		for column in columns:
			if row[column] is not None:
				row[column] = self.random.choice(self.world.users)

	def json(self, value, key=None):
		"""Other jsonb of the same form"""
		if isinstance(value, dict):
			return {k: self.json(v, k) for k, v in value.items()}
		if isinstance(value, list):
			return self.random.sample(self.world.apis, len(value))
		if isinstance(value, bool):
			return self.random.random() < 0.5
		if isinstance(value, int):
			return self.random.randint(1000, 9999) if value >= 1000 else value
		if not isinstance(value, str) or key in KEPT_KEYS:
			return value
		if key == "user_id":
			return self.random.choice(self.others)
		for alike in (["viewer", "editor"], ["running", "stopped"]):
			if value in alike:
				return self.random.choice(alike)
		return value if value in KEPT_VALUES else self.words.like(value, self.other_lengths)

	# rows of each table

	def change_user(self, row):
		self.change_text(row, "full_name")
		self.change_actor(row, "responsible_id")

	def change_organization(self, row):
		self.change_text(row, "full_name")
		self.change_actor(row, "created_by")

	def change_identity(self, row):
		for column in ("email", "external_id"):
			text = row[column]
			if text:
				row[column] = self.words.like(text[:DRAWN_LETTERS]) + text[DRAWN_LETTERS:]

	def change_membership(self, row):
		members = [
			r
			for r in self.rows["modelapi_acl.organization_members"]
			if r["organization_id"] == row["organization_id"]
		]
		taken = {r["user_id"] for r in members}
		free = [u for u in self.others if u not in taken]
		if free and self.random.random() < 0.7:
			row["user_id"] = self.random.choice(free)
		row["is_admin"] = row is members[0] or self.random.random() < 0.5

	def change_resource(self, row):
		self.change_text(row, "name", "description")
		self.change_actor(row, "created_by")
		if "visibility" in row:
			row["authorization_mode"] = self.random.choice(["restricted", "unrestricted"])
			row["invocation_mode"] = self.random.choice(["sync", "async"])

	def is_own(self, grant):
		"""Whether a grant is the user's, or of an organization whose members they see: it stays,
		also when it has expired"""
		if grant["user_id"]:
			return grant["user_id"] == self.user
		return grant["organization_id"] not in self.organizations

	def change_grant(self, row):
		key = "project_id" if "project_id" in row else "model_api_id"
		table = "modelapi_acl." + key[:-3] + "_collaborators"
		if self.is_own(row) or row.get("project_id") in self.known_projects:
			return
		siblings = [r for r in self.rows[table] if r[key] == row[key]]
		self.change_actor(row, "granted_by")
		column = "user_id" if row["user_id"] else "organization_id"
		taken = {r[column] for r in siblings}
		holders = self.others if column == "user_id" else self.organizations
		free = [h for h in holders if h not in taken]
		if free and self.random.random() < 0.7:
			row[column] = self.random.choice(free)
		if row is not siblings[0]:
			row["access_level"] = self.random.choice(LEVELS)

	def change_version(self, row):
		self.change_text(row, "description")
		self.change_actor(row, "created_by")
		row["source"] = self.json(row["source"])
		row["state"] = self.random.choice(["running", "stopped"])

	def change_setting(self, row):
		taken = {
			r["name"]
			for r in self.rows["modelapi_acl.model_api_settings"]
			if r["model_api_id"] == row["model_api_id"]
		}
		name = self.words.like(row["name"])
		if name not in taken:
			row["name"] = name
		row["value"] = self.json(row["value"])
		self.change_actor(row, "updated_by")

	def change_log(self, row):
		self.change_text(row, "message")
		row["level"] = self.random.choice(LOG_LEVELS[len(row["level"])])

	def change_event(self, row):
		self.change_actor(row, "actor_id")
		if row["model_api_id"] is None and row["project_id"] is None:
			self.change_event_of_principals(row)
			return
		if row["model_api_id"] is None and row["project_id"] in self.known_projects:
			return
		# since when one may view a model API is no secret (access_changes), nor its name then
		viewed = (
			row["object_type"] == "model_api"
			and (str(row["model_api_id"]),) in self.visible["modelapi_acl.model_apis"]
		)
		for alike in ALIKE:
			if (
				(row["action"], row["object_type"]) in alike
				and row["object_id"] is not None
				and not viewed
			):
				row["action"], row["object_type"] = self.random.choice(alike)
		row["database_role"] = self.words.like(row["database_role"], self.other_lengths)
		if viewed:
			return
		row["old"], row["new"] = self.json(row["old"]), self.json(row["new"])
		if row["object_type"] == "model_api" and row["new"] and row["new"].get("description"):
			self.described.append(row["new"])

	def change_event_of_principals(self, row):
		"""Names of users and organizations may be known, past ones too; the members of an
		organization to its members"""
		if row["object_type"] == "personal_token":
			self.change_event_of_token(row)
			return
		if row["action"].startswith("organization_member"):
			if row["object_id"] not in self.seen_organizations:
				row["old"], row["new"] = self.json(row["old"]), self.json(row["new"])
			return
		for terms in (row["old"], row["new"]):
			if terms and terms.get("full_name"):
				terms["full_name"] = self.words.like(terms["full_name"])
			if terms and terms.get("responsible_id") and row["object_id"] not in self.own:
				self.change_actor(terms, "responsible_id")

	def change_visibility(self):
		"""Makes public ones private and others public. As many stay public: the number of rows in
		a partial index can be learnt (docs/limits.md)."""
		if self.user is None:
			apis = self.rows["modelapi_acl.model_apis"]
			drawn = [row["visibility"] for row in apis]
			self.random.shuffle(drawn)
			for row, visibility in zip(apis, drawn):
				row["visibility"] = visibility
		private = [terms for terms in self.described if terms["visibility"] == "private"]
		for terms in self.described:
			if terms["visibility"] == "public" and private and self.random.random() < 0.7:
				other = private.pop(self.random.randrange(len(private)))
				# "private" is a letter longer: the description becomes a letter shorter
				terms["visibility"], terms["description"] = "private", terms["description"][:-1]
				other["visibility"], other["description"] = "public", other["description"] + "k"
