"""Other contents of tokens, service accounts and counts of requests where a user may not look."""

from non_interference.tokens import HASHES, REASONS


class TwinTokens:
	"""The part of a twin that tokens are; see twin.py

	own: the user and the service accounts that they are responsible for: they see these tokens"""

	def find_holders(self):
		world = self.world
		self.own = {self.user} | {
			row["id"]
			for row in self.rows["modelapi_acl.users"]
			if self.user and row["responsible_id"] == self.user
		}
		self.holders = [h for h in world.users + world.accounts if h not in self.own]

	def change_life(self, row):
		"""What access tokens and personal tokens have in common"""
		self.change_text(row, "name", "hint")
		self.change_actor(row, "created_by", "regenerated_by", "revoked_by", "suspended_by")
		row["metadata"] = self.json(row["metadata"])

	def change_personal_token(self, row):
		self.change_life(row)
		row["user_id"] = self.random.choice(self.holders)
		# an unlimited token has no list
		if row["is_limited"] and row["id"] not in self.listed():
			row["is_limited"] = self.random.random() < 0.5

	def listed(self):
		return {row["token_id"] for row in self.rows["modelapi_acl.personal_token_model_apis"]}

	def change_listed(self, row):
		"""Another model API in the list of a token. If the user sees the token, one of the same
		project that they may not view either: their own list has the key that places it. Entries
		that go with a model API that the user may delete stay."""
		project_of = {a["id"]: a["project_id"] for a in self.rows["modelapi_acl.model_apis"]}
		project, apis = project_of[row["model_api_id"]], self.world.apis
		if (row["token_id"],) in self.visible["modelapi_acl.personal_tokens"]:
			seen = self.visible["modelapi_acl.model_apis"]
			apis = [m for m in apis if project_of[m] == project and (m,) not in seen]
		elif (row["model_api_id"],) in self.visible["deletable"]:
			return
		taken = {
			r["model_api_id"]
			for r in self.rows["modelapi_acl.personal_token_model_apis"]
			if r["token_id"] == row["token_id"]
		}
		free = [m for m in apis if m not in taken and (m,) not in self.visible["deletable"]]
		if free:
			row["model_api_id"] = self.random.choice(free)

	def change_secrets(self):
		r = self.random
		for kind, tokens in (("", "access_tokens"), ("personal_", "personal_tokens")):
			for row in self.rows[HASHES % kind]:
				row["hash"] = "\\x%064x" % r.getrandbits(256)
				if (row["token_id"],) not in self.visible["modelapi_acl." + tokens]:
					self.change_actor(row, "shown_to")

	def change_counts(self):
		"""Counts of tokens that the user does not see, and of model APIs whose logs they do not"""
		r, rows = self.random, self.rows
		holder_of = {row["id"]: row["user_id"] for row in rows["modelapi_acl.personal_tokens"]}
		seen = (
			self.visible["modelapi_acl.access_tokens"]
			| self.visible["modelapi_acl.personal_tokens"]
		)
		for row in rows["modelapi_acl_internal.token_counts"]:
			if (row["token_id"],) in seen:
				continue
			row["user_id"] = holder_of.get(row["token_id"])
			for column in ("allowed", "refused", "by_old_secret"):
				row[column] = row[column] and r.randint(row[column], 10**7)
		for row in rows["modelapi_acl_internal.invocation_counts"]:
			if (row["model_api_id"],) not in self.visible["logs"]:
				row["reason"] = r.choice(REASONS[len(row["reason"])])
				row["requests"] = r.randint(1, 10**6)

	def change_event_of_token(self, row):
		"""Of a personal token; those of their own tokens the user may know (authorization_at)"""
		terms = row["new"]
		if terms["user_id"] in self.own:
			return
		row["new"] = self.json(terms)
		row["new"]["user_id"] = self.random.choice(self.holders)
		row["database_role"] = self.words.like(row["database_role"], self.other_lengths)
