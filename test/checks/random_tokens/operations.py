"""What people do with tokens, and with what tokens depend on."""

from random_tokens.rare_calls import rare_calls
from reference.rules import ADMINISTRATOR, ANONYMOUS
from reference.tokens import GATEWAY, digest

WHEN = "test.moment(%s)"
# the arguments of each are those that the reference gets
SQL = {
	"create_token": "SELECT * FROM modelapi_acl.create_token(%s, %s, " + WHEN + ", %s)",
	"import_token": "SELECT modelapi_acl.import_token(%s, %s, decode(%s, 'hex'),"
	" expires_at => test.moment(%s), made_by => %s)",
	"create_personal_token": "SELECT * FROM modelapi_acl.create_personal_token(%s, "
	+ WHEN
	+ ", %s::uuid[])",
	"create_service_token": "SELECT * FROM modelapi_acl.create_service_token(%s, %s, "
	+ WHEN
	+ ", %s::uuid[])",
	"import_personal_token": "SELECT modelapi_acl.import_personal_token(%s, %s, decode(%s, 'hex'),"
	" %s::uuid[], expires_at => test.moment(%s))",
	"update_token": "SELECT modelapi_acl.update_token(%s, %s, " + WHEN + ", %s)",
	"regenerate_token": "SELECT * FROM modelapi_acl.regenerate_token(%s, %s * interval '1 minute')",
	"suspend_token": "SELECT modelapi_acl.suspend_token(%s)",
	"resume_token": "SELECT modelapi_acl.resume_token(%s)",
	"revoke_token": "SELECT modelapi_acl.revoke_token(%s)",
	"revoke_leaked_token": "SELECT modelapi_acl.revoke_leaked_token(%s)",
	"revoke_leaked_digest": "SELECT modelapi_acl.revoke_leaked_digest(decode(%s, 'hex'))",
	"revoke_tokens_of": "SELECT modelapi_acl.revoke_tokens_of(%s)",
	"create_service_account": "SELECT modelapi_acl.create_service_account(%s, %s,"
	" external_id => %s)",
	"transfer_service_account": "SELECT modelapi_acl.transfer_service_account(%s, %s)",
	"set_disabled": "SELECT modelapi_acl.%s_user(%%s)",
	"delete_user": "SELECT modelapi_acl.delete_user(%s)",
	"delete_model_api": "SELECT modelapi_acl.delete_model_api(%s)",
	"set_visibility": "SELECT modelapi_acl.set_visibility(%s, %s)",
	"set_authorization_mode": "SELECT modelapi_acl.set_authorization_mode(%s, %s)",
	"set_invocation_mode": "UPDATE modelapi_acl.model_apis SET invocation_mode = %s WHERE id = %s",
	"add_collaborator": "SELECT modelapi_acl.add_collaborator(%s, %s, %s, " + WHEN + ")",
	"remove_collaborator": "SELECT modelapi_acl.remove_collaborator(%s, %s)",
	"add_project_collaborator": "SELECT modelapi_acl.add_project_collaborator(%s, %s, %s, "
	+ WHEN
	+ ")",
	"remove_project_collaborator": "SELECT modelapi_acl.remove_project_collaborator(%s, %s)",
	"transfer_ownership": "SELECT modelapi_acl.transfer_ownership(%s, %s, %s)",
	"add_organization_member": "SELECT modelapi_acl.add_organization_member(%s, %s, %s)",
	"remove_organization_member": "SELECT modelapi_acl.remove_organization_member(%s, %s)",
}
WEIGHTS = {
	"create_token": 8,
	"import_token": 4,
	"create_personal_token": 6,
	"create_service_token": 5,
	"import_personal_token": 4,
	"update_token": 10,
	"regenerate_token": 20,
	"suspend_token": 8,
	"resume_token": 8,
	"revoke_token": 3,
	"revoke_leaked_token": 4,
	"revoke_leaked_digest": 2,
	"revoke_tokens_of": 3,
	"delete_user": 2,
	"delete_model_api": 2,
	"create_service_account": 2,
	"transfer_service_account": 3,
	"set_disabled": 4,
	"add_collaborator": 4,
	"remove_collaborator": 3,
	"add_organization_member": 2,
	"remove_organization_member": 2,
	"set_authorization_mode": 3,
	"set_invocation_mode": 3,
}
OF_TOKENS = {"update_token", "regenerate_token", "suspend_token", "resume_token", "revoke_token"}
ADMINISTRATORS = {
	"import_token",
	"import_personal_token",
	"revoke_leaked_token",
	"revoke_leaked_digest",
	"revoke_tokens_of",
	"create_service_account",
	"set_disabled",
	"delete_user",
}
# names of values of draw(), in the order of the reference's arguments
ARGUMENTS = {
	"create_token": "api token_name when metadata",
	"import_token": "api token_name digest when made_by",
	"create_personal_token": "token_name when listed",
	"create_service_token": "account token_name when listed",
	"import_personal_token": "name token_name digest listed when",
	"update_token": "token maybe_name new_when metadata",
	"regenerate_token": "token overlap",
	"suspend_token": "token",
	"resume_token": "token",
	"revoke_token": "token",
	"revoke_leaked_token": "secret",
	"revoke_leaked_digest": "known_digest",
	"revoke_tokens_of": "name",
	"create_service_account": "new_name name external_id",
	"transfer_service_account": "account name",
	"set_disabled": "name yes",
	"delete_user": "name",
	"delete_model_api": "api",
	"set_visibility": "api visibility",
	"set_authorization_mode": "api mode",
	"set_invocation_mode": "api invocation",
	"add_collaborator": "api name level expires",
	"remove_collaborator": "api name",
	"add_project_collaborator": "project name level expires",
	"remove_project_collaborator": "project name",
	"transfer_ownership": "api name keep_as",
	"add_organization_member": "organization name yes",
	"remove_organization_member": "organization user_name",
}
METADATA = ['{"plan": "gold"}', '{"quota": 5}', "{}"]
WRONG_METADATA = ["[]", "7", '{"a": "%s"}' % ("x" * 1000)]


def statement(name, arguments, world):
	"""The SQL of an operation, and its parameters"""
	sql = SQL[name]
	if name == "set_disabled":
		return sql % ("disable" if arguments[1] else "enable"), arguments[:1]
	if name == "set_invocation_mode":
		return sql, arguments[::-1]
	if name.endswith("organization_member"):
		names = {id: n for n, (kind, id) in world.names.items()}
		arguments = (names.get(arguments[0], "o9"), *arguments[1:])
	return sql, [str(a) if isinstance(a, int) and "test.moment" in sql else a for a in arguments]


class Operations:
	"""Draws them for the world as it is"""

	def __init__(self, maker):
		self.maker, self.r = maker, maker.random
		# every secret that there has been, imported ones too
		self.secrets = ["c2b2532ed234f54"]
		self.steps = 0
		self.latest = None  # the token that somebody did something with

	def one(self, world):
		"""(who, whether with an administrator's role, name, arguments)"""
		r = self.r
		self.steps += 1
		if self.steps >= 8 and r.random() < 0.15:
			calls = rare_calls(world, self.secrets)
			if calls:
				return r.choice(r.choice(calls))
		names = list(ARGUMENTS)
		name = r.choices(names, [WEIGHTS.get(n, 1) for n in names])[0]
		if self.steps < 8:
			name = r.choice(["create_token", "create_personal_token", "create_service_token"])
		values = self.draw(world)
		if name in OF_TOKENS:
			self.latest = values["token"]
		arguments = tuple(values[key] for key in ARGUMENTS[name].split())
		who = self.caller(world, name, values)
		with_power = who in world.users and r.random() < (0.25 if name in ADMINISTRATORS else 0.02)
		return who, with_power, name, arguments

	def caller(self, world, name, values):
		r = self.r
		if name in ADMINISTRATORS and r.random() < 0.7:
			return ADMINISTRATOR
		if name.startswith("revoke_leaked") and r.random() < 0.7:
			return GATEWAY
		near = [ADMINISTRATOR]
		token = world.tokens.get(values["token"])
		if name in OF_TOKENS and token:
			api = token.api
			near += [token.made_by, token.holder, world.responsible.get(token.holder)] * 3
		else:
			api = values["api"]
			if name == "create_personal_token":
				near += [u for u in world.users if u not in world.responsible] * 2
			if name in ("create_service_token", "transfer_service_account"):
				_, account = world.names.get(values["account"], (None, None))
				near += [world.responsible.get(account)] * 3
		near += [u for u in world.users if world.level(u, api) in ("editor", "owner")]
		if name == "create_personal_token":
			near.remove(ADMINISTRATOR)
		near = [u for u in near if u == ADMINISTRATOR or u and world.signed_in(u)]
		if near and r.random() < 0.85:
			return r.choice(near)
		return r.choice([*world.users, ADMINISTRATOR, ANONYMOUS])

	def draw(self, world):
		r = self.r
		accounts = [n for n, (_, id) in world.names.items() if id in world.responsible]
		names = list(world.names)
		tokens = list(world.tokens)
		if self.latest in world.tokens and r.random() < 0.35:
			tokens = [self.latest] * 100
		live = [
			t.id for t in world.tokens.values() if not t.is_revoked and not world.has_expired(t)
		]
		apis = list(world.apis)
		imported = self.new_secret()
		formers = {t.former for t in world.tokens.values()}
		leaked = r.choice([s for s in self.secrets if digest(s) in formers] or self.secrets)
		concerned = self.concerned(world)
		return {
			"api": r.choice(apis * 6 + self.listed(world) + [self.maker.id()]),
			"project": r.choice(list(world.projects)),
			"organization": r.choice([*world.organizations, "o9"]),
			"name": r.choice(names * 3 + concerned * 3 + ["nobody"]),
			"user_name": r.choice([n for n in names if n[0] != "o"]),
			"account": r.choice(accounts * 8 + names + ["nobody"]),
			"made_by": r.choice([None, *names]),
			"token": r.choice(live * 3 + tokens + [self.maker.id()]),
			"token_name": r.choice(["t1", "t2", "t3"] * 12 + [" ", None]),
			"maybe_name": r.choice([None, None, "t1", "t2", "t4", " "]),
			"new_name": r.choice(["s7", "s8", "s9", *names]),
			"external_id": r.choice(["svc-7", "svc-8", "svc-9"]),
			"when": r.choice([None] * 9 + ["infinity", 60, 120, 300, 600, 1500] * 2 + [-30]),
			"new_when": r.choice([None] * 9 + ["infinity", 60, 120, 300, 600, 1500] * 2 + [-30]),
			"overlap": r.choice([0] * 8 + [60, 120, 300, 600] * 5 + [-60, None]),
			"metadata": r.choice([None] * 6 + METADATA * 2 + [r.choice(WRONG_METADATA)]),
			"digest": r.choice([digest(imported)] * 8 + ["00"] + self.known_digests(world)),
			"known_digest": r.choice([digest(leaked), "00" * 32, *self.known_digests(world)]),
			"secret": r.choice([*self.secrets, "unknown-secret", *[leaked] * len(self.secrets)]),
			"listed": r.choice([None] * 3 + [self.some_apis(world)] * 6 + [[], [None]]),
			"yes": r.random() < 0.4,
			"level": r.choice(["viewer", "editor", "owner"]),
			"expires": r.choice([None, None, "future", "past"]),
			"keep_as": r.choice([None, "viewer", "editor", "owner"]),
			"visibility": r.choice(["public", "private"]),
			"mode": r.choice(["restricted"] * 3 + ["unrestricted"]),
			"invocation": r.choice(["sync", "async"]),
		}

	def new_secret(self):
		"""One of another system"""
		r = self.r
		secret = r.choice(
			[
				"legacy-%d",
				"mapi_%d-imported",
				"mapu_%d",
				"short%d",
				"~!*%d/legacy==",
				"x" * 243 + "-%d",
			]
		) % r.randrange(10**6, 10**7)
		self.secrets.append(secret)
		return secret

	def known_digests(self, world):
		known = [d for t in world.tokens.values() for d in (t.secret, t.former) if d]
		return [self.r.choice(known)] if known else []

	@staticmethod
	def concerned(world):
		"""Names of users who have to do with tokens or service accounts"""
		users = set(world.responsible.values())
		for token in world.tokens.values():
			users |= {token.holder, token.made_by, token.shown_to, token.former_shown_to}
		return [name for name, (_, id) in world.names.items() if id in users]

	@staticmethod
	def listed(world):
		return [api for t in world.tokens.values() for api in sorted(t.listed or ())]

	def some_apis(self, world):
		r = self.r
		apis = list(world.apis)
		some = r.sample(apis, r.randint(1, min(3, len(apis))))
		return some + [self.maker.id()] * (r.random() < 0.05)
