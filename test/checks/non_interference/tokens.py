"""Draws service accounts, tokens of all kinds with their secrets, and counts of requests."""

from non_interference.rows import FUTURE, PAST, Rows

# by their lengths: one may stand for another of the same
REASONS = {
	12: ["unrestricted", "wrong_scheme"],
	13: ["token_revoked", "token_expired", "unknown_token"],
	15: ["token_suspended", "unknown_subject"],
}
HASHES = "modelapi_acl_internal.%stoken_hashes"
# a generation of memory that is over
GENERATION = 1


class Tokens(Rows):
	"""accounts: service accounts, which are not among the users"""

	def __init__(self, seed):
		super().__init__(seed)
		self.accounts, self.organizations, self.projects, self.apis = [], [], [], []

	def service_account(self, number):
		r, words = self.random, self.words
		account, at = self.id(), self.time()
		self.accounts.append(account)
		name = "s%02d-%s" % (number, words.word())
		full_name = words.text(2) if r.random() < 0.8 else None
		disabled, responsible = PAST if r.random() < 0.15 else None, r.choice(self.users[:-1])
		self.row(
			"modelapi_acl.users",
			id=account,
			username=name,
			full_name=full_name,
			disabled_at=disabled,
			created_at=at,
			responsible_id=responsible,
		)
		self.row(
			"modelapi_acl.user_identities",
			user_id=account,
			email=None,
			external_id=words.word() + "s%02d" % number if r.random() < 0.7 else None,
		)
		self.row(
			"modelapi_acl_internal.principal_names",
			name=name,
			user_id=account,
			organization_id=None,
		)
		new = {"username": name, "full_name": full_name, "responsible_id": responsible}
		self.event("user.created", "user", account, at, new=new)

	def life(self):
		"""The columns that access tokens and personal tokens have in common"""
		r, words = self.random, self.words
		revoked, again, suspended = r.random() < 0.2, r.random() < 0.3, r.random() < 0.2
		# imported ones have another hint, or none of the secret
		own_hint = "mapi_" + words.word()[:4] + "..." + words.word()[:4]
		metadata = {"tier": words.word(), "quota": r.randint(1000, 9999)}
		return dict(
			name=words.text(2),
			hint=own_hint if r.random() < 0.8 else words.word()[:4] + "...",
			created_by=self.someone(),
			created_at=self.time(),
			regenerated_by=self.someone() if again else None,
			regenerated_at=self.time() if again else None,
			expires_at=r.choice([None, FUTURE, PAST]),
			revoked_by=self.someone() if revoked else None,
			revoked_at=self.time() if revoked else None,
			suspended_by=self.someone() if suspended else None,
			suspended_at=self.time() if suspended else None,
			metadata=metadata if r.random() < 0.5 else None,
		)

	def secrets(self, kind, token):
		"""The current secret of a token, and at times its former one; kind: "" or "personal_" """
		r = self.random
		former = token["regenerated_at"] and r.random() < 0.7
		for place in range(2 if former else 1):
			self.row(
				HASHES % kind,
				hash="\\x%064x" % r.getrandbits(256),
				token_id=token["id"],
				valid_until=r.choice([FUTURE, token["regenerated_at"]]) if place else None,
				shown_to=r.choice(self.users) if place else None,
			)

	def token_events(self, kind, token, terms, **where):
		"""The events of a token; kind: "" or "personal_"; terms: of all of them"""
		kind += "token"
		new = {c: token[c] for c in ("name", "expires_at", "metadata") if token[c] is not None}
		created = dict(terms, **new)
		if "is_limited" in token:
			created["is_limited"] = token["is_limited"]
		if token.get("is_limited"):
			created["model_apis"] = [
				row["model_api_id"]
				for row in self.rows["modelapi_acl.personal_token_model_apis"]
				if row["token_id"] == token["id"]
			]
		id, at = token["id"], token["created_at"]
		terms = dict(terms, name=token["name"])
		self.event(kind + ".created", kind, id, at, new=created, **where)
		for verb in ("regenerated", "suspended", "revoked"):
			at = token[verb + "_at"]
			if at:
				more = {"former_until": FUTURE} if verb == "regenerated" else {}
				new = dict(terms, **{verb + "_at": at}, **more)
				self.event(kind + "." + verb, kind, id, at, new=new, **where)

	def token(self, api, project):
		token = self.row(
			"modelapi_acl.access_tokens", id=self.id(), model_api_id=api, **self.life()
		)
		self.secrets("", token)
		self.token_events("", token, {}, project_id=project, model_api_id=api)
		self.token_count(token["id"], api, None)

	def personal_tokens(self, holder):
		r = self.random
		for _ in range(r.randint(0, 2)):
			limited = r.random() < 0.5
			token = self.row(
				"modelapi_acl.personal_tokens",
				id=self.id(),
				user_id=holder,
				is_limited=limited,
				**self.life(),
			)
			# one whose model APIs are all gone opens nothing
			for api in r.sample(self.apis, r.randint(0, 3)) if limited else ():
				self.row(
					"modelapi_acl.personal_token_model_apis", token_id=token["id"], model_api_id=api
				)
			self.secrets("personal_", token)
			self.token_events("personal_", token, {"user_id": holder})
			self.token_count(token["id"], None, holder)

	def token_count(self, token, api, holder):
		r = self.random
		if r.random() < 0.3:
			return
		allowed, refused = r.choice([0, r.randint(1, 10**6)]), r.choice([0, r.randint(1, 10**6)])
		self.row(
			"modelapi_acl_internal.token_counts",
			token_id=token,
			model_api_id=api,
			user_id=holder,
			last_used_at=self.time() if allowed else None,
			last_refused_at=self.time() if refused else None,
			allowed=allowed,
			refused=refused,
			by_old_secret=allowed // 3,
			generation=GENERATION,
			generation_allowed=allowed // 2,
			generation_refused=refused // 2,
			generation_by_old_secret=allowed // 6,
		)

	def invocation_counts(self):
		r = self.random
		for api in [None, *self.apis]:
			for hour in range(r.randint(0, 2)):
				for reasons in REASONS.values():
					self.row(
						"modelapi_acl_internal.invocation_counts",
						model_api_id=api,
						hour="2025-02-01 %02d:00:00+00" % hour,
						reason=r.choice(reasons),
						requests=r.randint(1, 10**6),
						generation=GENERATION,
						generation_requests=r.randint(1, 1000),
					)
		self.row("modelapi_acl_internal.counting", is_only_row=True, since="2025-01-01 00:00:00+00")
