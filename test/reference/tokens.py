"""The rules of tokens a second time: what rules.py is for access. Written from the documentation of
the rules alone.

Time is the world's own: it goes on by a tick with each call, and by minutes when it is told to.
"""

import hashlib
import json

from reference.rules import ADMINISTRATOR, ANONYMOUS, Denied, World

MINUTE = 1000  # ticks
GATEWAY = "gateway"  # a session of modelapi_acl_gateway
DAY = 1440  # minutes: how long a grant holds that expires in the future


def digest(secret):
	return hashlib.sha256(secret.encode()).hexdigest()


class Token:
	"""Of a model API, or of a user: `api` or `holder`

	listed: to which model APIs a personal token is limited, or None
	made_by, shown_to: who made it, and who its latest secret, unless that is the first one
	secret: digest of the current one; secret_made: when
	former: digest of the one before it, or None; former_ends: when its overlap ends;
		former_shown_to: like shown_to
	by_administrator: whether an administrator has suspended a personal token
	"""

	def __init__(self, id, api=None, holder=None, listed=None, **values):
		self.id, self.api, self.holder = id, api, holder
		self.listed = None if listed is None else set(listed)
		self.name = self.made_by = self.shown_to = self.expires = self.metadata = None
		self.is_suspended = self.is_revoked = self.by_administrator = False
		self.suspended_by = self.revoked_by = None
		self.secret = self.secret_made = self.former = None
		self.former_ends, self.former_shown_to = 0, None
		self.hint = "…"
		self.__dict__.update(values)

	def prefix(self):
		return "token." if self.api else "personal_token."


class TokenWorld(World):
	def __init__(self):
		super().__init__()
		self.now = 0
		self.lifetime = None  # the longest one of a secret, in minutes
		self.tokens = {}  # id: Token
		self.responsible = {}  # service account: person
		self.external_ids = {}  # external id: user
		self.happened = []  # (action, object, actor, model API) of the latest call
		self.has_power = False  # whether the caller's session has an administrator's role
		self.actor = None

	# Time

	def advance(self, minutes):
		self.happened = []
		self.now += minutes * MINUTE
		for grants in self.all_grants():
			for grant in grants:
				if grant.expires == "future" and grant.until <= self.now:
					grant.expires = "past"

	def moment(self, minutes):
		"""When that is; None: never"""
		return None if minutes in (None, "infinity") else self.now + minutes * MINUTE

	def all_grants(self):
		return list(self.projects.values()) + [api["grants"] for api in self.apis.values()]

	# Calls

	def attempt(self, who, name, *args, has_power=False, new=(None, None)):
		"""The outcome; new: id and secret of what the call has made, if it has made something"""
		self.now += 1
		self.happened, self.new = [], new
		self.has_power = has_power or who == ADMINISTRATOR
		if who in self.responsible:
			who = ANONYMOUS
		self.actor = who if who in self.users and self.signed_in(who) else None
		before = None if hasattr(TokenWorld, "token_" + name) else self.clone()
		try:
			operation = getattr(self, "token_" + name, None) or getattr(self, "do_" + name)
			outcome = operation(who, *args)
		except Denied as denied:
			outcome = denied.sqlstate
		if len(str(outcome)) == 5:
			self.happened = []
			if before:
				before.happened = []
				self.__dict__.update(before.__dict__)
		return str(outcome)

	def event(self, token, action):
		self.happened.append((token.prefix() + action, token.id, self.actor, token.api))

	def must_execute(self):
		"""Functions for administrators"""
		if not self.has_power:
			raise Denied("42501")

	# Values

	@staticmethod
	def wrong(condition):
		if condition:
			raise Denied("22023")

	def check_name(self, name):
		self.wrong(name is None or not name.strip() or len(name) > 200)

	def check_metadata(self, metadata):
		"""metadata: as text"""
		if metadata is None:
			return None
		value = json.loads(metadata)
		self.wrong(not isinstance(value, dict) or len(metadata.encode()) > 1000)
		return value

	def beyond_lifetime(self, expires, made):
		if self.lifetime is None:
			return False
		return expires is None or expires > made + self.lifetime * MINUTE

	def check_expiry(self, minutes, made):
		expires = self.moment(minutes)
		self.wrong(expires is not None and expires <= self.now)
		self.wrong(self.beyond_lifetime(expires, made))
		return expires

	def check_digest(self, secret):
		"""secret: a digest in hexadecimal digits"""
		self.wrong(secret is None or len(secret) != 64)
		self.wrong(any(secret in (t.secret, t.former) for t in self.tokens.values()))

	# States

	def has_expired(self, token):
		return token.expires is not None and token.expires <= self.now

	def overlap_runs(self, token):
		return token.former_ends > self.now and not self.has_expired(token)

	# Who may do what

	def is_holder(self, who, token):
		return who is not None and who == token.holder

	def is_responsible(self, who, token):
		return who is not None and self.responsible.get(token.holder) == who

	def sees_token(self, who, token):
		if token.api:
			return self.may(who, token.api, "view_tokens")
		if who == ADMINISTRATOR:
			return True
		return self.signed_in(who) and (
			self.is_holder(who, token) or self.is_responsible(who, token)
		)

	def made_it(self, who, token):
		return token.made_by == who and self.may(who, token.api, "create_token")

	def may_end(self, who, token):
		if token.api:
			return self.may(who, token.api, "revoke_token") or self.made_it(who, token)
		return self.sees_token(who, token)

	def may_change(self, who, token):
		if token.api:
			return self.may_end(who, token)
		return who != ADMINISTRATOR or token.holder in self.responsible

	def has_power_over(self, who, token):
		"""Whose suspension others may not undo"""
		if token.api:
			return self.may(who, token.api, "revoke_token")
		return who == ADMINISTRATOR

	def must_token(self, who, id, permission):
		self.must_sign_in(who)
		token = self.tokens.get(id)
		if token is None or not self.sees_token(who, token):
			raise Denied("PT404")
		if not permission(who, token):
			raise Denied("42501")
		return token

	# Making tokens

	def make_token(self, **values):
		id, secret = self.new
		token = Token(id, secret_made=self.now, **values)
		if secret:
			self.show(token, secret)
		self.tokens[id] = token
		self.event(token, "created")
		return "ok"

	@staticmethod
	def show(token, secret):
		token.secret = digest(secret)
		token.hint = secret[:9] + "…" + secret[-4:]

	def token_create_token(self, who, api, name, minutes, metadata):
		self.must(who, api, "create_token")
		self.check_name(name)
		return self.make_token(
			api=api,
			name=name,
			metadata=self.check_metadata(metadata),
			expires=self.check_expiry(minutes, self.now),
			made_by=self.actor,
		)

	def token_import_token(self, who, api, name, secret, minutes, made_by):
		self.must_execute()
		if api not in self.apis:
			return "PT404"
		self.check_name(name)
		self.check_digest(secret)
		maker = None
		if made_by is not None:
			kind, maker = self.principal(made_by)
			self.wrong(kind != "user" or maker in self.responsible)
		return self.make_token(
			api=api,
			name=name,
			secret=secret,
			expires=self.check_expiry(minutes, self.now),
			made_by=maker,
		)

	def check_list(self, who, listed):
		if listed is None:
			return
		if not all(self.may(who, api, "view") for api in listed if api):
			raise Denied("PT404")
		self.wrong(not listed or None in listed)

	def make_personal_token(self, who, holder, name, minutes, listed, **values):
		self.check_list(who, listed)
		self.check_name(name)
		if "secret" in values:
			self.check_digest(values["secret"])
		return self.make_token(
			holder=holder,
			name=name,
			listed=listed,
			expires=self.check_expiry(minutes, self.now),
			made_by=self.actor,
			**values,
		)

	def token_create_personal_token(self, who, name, minutes, listed):
		self.must_sign_in(who)
		if who == ADMINISTRATOR:
			return "PT401"
		return self.make_personal_token(who, who, name, minutes, listed)

	def service_account(self, who, name):
		"""That the caller manages"""
		self.must_sign_in(who)
		kind, id = self.names.get(name, (None, None))
		if id is None:
			raise Denied("PT404")
		self.wrong(kind != "user" or id not in self.responsible)
		if who not in (ADMINISTRATOR, self.responsible[id]):
			raise Denied("42501")
		return id

	def token_create_service_token(self, who, account, name, minutes, listed):
		holder = self.service_account(who, account)
		return self.make_personal_token(who, holder, name, minutes, listed)

	def token_import_personal_token(self, who, holder, name, secret, listed, minutes):
		self.must_execute()
		kind, id = self.principal(holder)
		self.wrong(kind != "user")
		return self.make_personal_token(ADMINISTRATOR, id, name, minutes, listed, secret=secret)

	# Changing tokens

	def token_update_token(self, who, id, name, minutes, metadata):
		token = self.must_token(who, id, self.may_change)
		self.wrong(token.is_revoked)
		if name is not None:
			self.check_name(name)
		metadata_given, metadata = metadata is not None, self.check_metadata(metadata)
		expires = token.expires
		if minutes is not None:
			self.wrong(self.has_expired(token))
			expires = self.new_expiry(token, minutes)
		if (name or token.name, expires) != (token.name, token.expires):
			token.name, token.expires = name or token.name, expires
			self.event(token, "changed")
		if metadata_given and metadata != token.metadata:
			token.metadata = metadata
			self.event(token, "metadata_changed")
		return "ok"

	def new_expiry(self, token, minutes):
		expires = self.moment(minutes)
		self.wrong(expires is not None and expires <= self.now)
		if self.is_later(expires, token.expires):
			self.wrong(self.beyond_lifetime(expires, token.secret_made))
		return expires

	@staticmethod
	def is_later(expires, than):
		return than is not None and (expires is None or expires > than)

	def token_regenerate_token(self, who, id, overlap):
		token = self.must_token(who, id, self.may_change)
		self.wrong(overlap is None or overlap < 0)
		self.wrong(token.is_revoked or self.has_expired(token))
		self.wrong(overlap and self.forbids_overlap(token))
		token.former, token.former_ends = token.secret, self.end_of_overlap(token, overlap)
		token.former_shown_to = token.shown_to
		token.secret_made, token.shown_to = self.now, self.actor
		expires, token.expires = token.expires, self.shortened(token.expires)
		if self.new[1]:
			self.show(token, self.new[1])
		self.event(token, "regenerated")
		if token.expires != expires:
			self.event(token, "changed")
		return "ok"

	def forbids_overlap(self, token):
		return self.overlap_runs(token)

	def end_of_overlap(self, token, overlap):
		end = self.now + overlap * MINUTE
		if self.lifetime is None:
			return end
		return min(end, token.secret_made + self.lifetime * MINUTE)

	def shortened(self, expires):
		"""To the longest lifetime, from now"""
		if not self.beyond_lifetime(expires, self.now):
			return expires
		return self.now + self.lifetime * MINUTE

	# Ending tokens

	def token_suspend_token(self, who, id):
		token = self.must_token(who, id, self.may_end)
		self.wrong(token.is_revoked)
		has_power = self.has_power_over(who, token)
		if not token.is_suspended or has_power and self.is_own_suspension(token):
			is_new = not token.is_suspended or token.suspended_by != self.actor
			token.is_suspended, token.suspended_by = True, self.actor
			token.by_administrator = who == ADMINISTRATOR
			if is_new:
				self.event(token, "suspended")
		return "ok"

	@staticmethod
	def is_own_suspension(token):
		"""Whether who made an access token, or who manages a personal token, has suspended it"""
		if token.api:
			return token.suspended_by is not None and token.suspended_by == token.made_by
		return not token.by_administrator

	def token_resume_token(self, who, id):
		token = self.must_token(who, id, self.may_end)
		# whoever suspended it: it is revoked now
		self.wrong(token.is_revoked)
		if token.is_suspended and not (
			self.has_power_over(who, token) or self.is_own_suspension(token)
		):
			return "42501"
		if token.is_suspended:
			token.is_suspended, token.suspended_by = False, None
			self.event(token, "resumed")
		return "ok"

	def token_revoke_token(self, who, id):
		self.revoke(self.must_token(who, id, self.may_end))
		return "ok"

	def revoke(self, token):
		if not token.is_revoked:
			token.is_revoked, token.revoked_by = True, self.actor
			self.event(token, "revoked")

	def token_revoke_leaked_token(self, who, secret):
		if who != GATEWAY:
			self.must_execute()
		return self.leaked(digest(secret))

	def token_revoke_leaked_digest(self, who, secret):
		self.must_execute()
		return self.leaked(secret)

	def leaked(self, secret):
		token = next((t for t in self.tokens.values() if secret in (t.secret, t.former)), None)
		if token is None:
			self.happened.append(("token.leak_reported", None, self.actor, None))
		elif secret == token.secret and not token.is_revoked:
			self.revoke(token)
		else:
			if secret == token.former:
				self.end_overlap(token)
			self.event(token, "leak_reported")
		return "ok"

	def end_overlap(self, token):
		token.former_ends = min(token.former_ends, self.now)

	def is_known_to(self, user, token):
		"""Whether the user made it or was last shown its secret, or it is the user's own"""
		return user in (token.made_by, token.shown_to, token.holder)

	def token_revoke_tokens_of(self, who, name):
		self.must_execute()
		kind, user = self.principal(name)
		self.wrong(kind != "user")
		ended = 0
		for token in self.tokens.values():
			if token.is_revoked or self.has_expired(token):
				continue
			if self.is_known_to(user, token):
				self.revoke(token)
				ended += 1
			elif user == token.former_shown_to and self.overlap_runs(token):
				self.end_overlap(token)
				self.event(token, "overlap_ended")
				ended += 1
		return ended
