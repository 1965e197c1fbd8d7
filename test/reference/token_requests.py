"""What a gateway is answered, and which tokens a user sees."""

import re
import zlib

from reference.rules import ADMINISTRATOR
from reference.token_holders import HolderWorld
from reference.tokens import MINUTE, digest

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
STATUS = {
	"unrestricted": 200,
	"token": 200,
	"identity": 200,
	"no_such_model_api": 404,
	"permission_denied": 403,
}
CHALLENGES = {
	"sync": 'Basic realm="model-api", charset="UTF-8"',
	"async": 'Bearer realm="model-api"',
}
REFUSED_TOKEN = ', error="invalid_token"'
OTHER = "token_of_other_model_api"


def checksum(text):
	value, digits = zlib.crc32(text.encode()), ""
	while len(digits) < 6:
		value, digit = divmod(value, 62)
		digits = DIGITS[digit] + digits
	return digits


class RequestWorld(HolderWorld):
	"""A request: (form, credentials). Forms:

	none		without a header
	malformed	a header that is none of a scheme's
	Basic		(user name, password)
	Bearer		the token
	Other		the token, in a scheme that does not count
	basic, bearer	the digest, from a gateway that hashes
	"""

	ORDER = ["token_revoked", "token_superseded", "token_suspended", "token_expired"]

	def answer(self, api, form, credentials):
		reason, token = self.decide(api, form, credentials)
		status = STATUS.get(reason, 401)
		is_told = token is not None
		return (
			status == 200,
			status,
			reason,
			token.id if is_told else None,
			token.name if is_told else None,
			self.challenge(api, reason) if status == 401 else None,
			token.holder if is_told else None,
			self.given_metadata(token, reason) if is_told else None,
		)

	def challenge(self, api, reason):
		mode = self.apis[api]["invocation"]
		is_refused = mode == "async" and reason.startswith(("token_", "unknown_token"))
		return CHALLENGES[mode] + REFUSED_TOKEN * is_refused

	@staticmethod
	def given_metadata(token, reason):
		return token.metadata if reason == "token" else None

	def decide(self, api, form, credentials):
		"""The reason, and the token that it tells of"""
		if api not in self.apis:
			return "no_such_model_api", None
		if self.apis[api]["mode"] == "unrestricted":
			return "unrestricted", None
		if form == "none":
			return "missing_credentials", None
		if form == "malformed":
			return "malformed", None
		if not self.fits(form, self.apis[api]["invocation"]):
			return "wrong_scheme", None
		if form == "Basic":
			if not all(credentials):
				return "malformed", None
			if not self.are_same(*credentials):
				return "username_password_differ", None
			credentials = credentials[0]
		if form in ("Basic", "Bearer"):
			if not self.has_form(credentials):
				return "unknown_token", None
			credentials = digest(credentials)
		elif len(credentials) != 64:
			return "malformed", None
		for token in self.tokens.values():
			if credentials == token.secret or credentials == token.former:
				return self.judge(token, credentials == token.secret, api)
		return "unknown_token", None

	@staticmethod
	def fits(form, mode):
		return form.lower() == {"sync": "basic", "async": "bearer"}[mode]

	@staticmethod
	def are_same(name, password):
		return name == password

	@staticmethod
	def has_form(secret):
		if not re.fullmatch(r"[!-9;-~]{8,255}", secret):
			return False
		if secret.startswith(("mapi_", "mapu_")):
			return bool(
				re.fullmatch(r"map[iu]_[0-9A-Za-z]{49}", secret)
				and checksum(secret[:48]) == secret[48:]
			)
		return True

	def judge(self, token, is_current, api):
		if not self.is_for(token, api):
			return OTHER, None
		reasons = {
			"token_revoked": token.is_revoked,
			"token_superseded": not is_current and not self.overlap_runs(token),
			"token_suspended": self.counts_as_suspended(token),
			"token_expired": self.has_expired(token),
		}
		for reason in self.ORDER:
			if reasons[reason]:
				return reason, token
		if token.holder and not self.holder_may_invoke(token, api):
			return OTHER, None
		return "token", token

	def holder_may_invoke(self, token, api):
		return self.may(token.holder, api, "invoke")

	@staticmethod
	def is_for(token, api):
		if token.api:
			return token.api == api
		return token.listed is None or api in token.listed

	def counts_as_suspended(self, token):
		return token.is_suspended or token.holder is not None and self.users[token.holder]

	# By identity

	def subject(self, subject):
		"""The user whom a subject names"""
		if subject in self.users:
			return None if subject in self.responsible else subject
		return self.external_ids.get(subject)

	def answer_by_identity(self, api, subject):
		user = self.subject(subject)
		if user is not None and not self.signed_in(user):
			user = None
		reason = self.decide_by_identity(api, user)
		status = STATUS.get(reason, 401)
		return (status == 200, status, reason, None, None, None, user, None)

	def decide_by_identity(self, api, user):
		if api in self.apis and self.apis[api]["mode"] == "unrestricted":
			return "unrestricted"
		if user is None:
			return "unknown_subject"
		if not self.may(user, api, "view"):
			return "no_such_model_api"
		return "identity" if self.may(user, api, "invoke") else "permission_denied"

	# Which tokens a user sees

	def tenths(self, token):
		"""In how many tens of minutes it expires"""
		if token.expires is None:
			return None
		return round((token.expires - self.now) / MINUTE / 10)

	def sees_in_list(self, who, api):
		return self.may(who, api, "view")

	def seen(self, who, table):
		if who in self.responsible or who != ADMINISTRATOR and not self.signed_in(who):
			return []
		tokens = [t for t in self.tokens.values() if self.sees_token(who, t)]
		if table == "personal_token_model_apis":
			return sorted(
				(token.id, api)
				for token in tokens
				for api in token.listed or ()
				if self.sees_in_list(who, api)
			)
		return sorted(
			(
				token.id,
				token.api or token.holder,
				token.name,
				token.hint,
				token.listed is not None,
				token.made_by,
				token.shown_to,
				self.tenths(token),
				token.is_revoked,
				token.revoked_by,
				token.is_suspended,
				token.suspended_by,
				token.metadata,
			)
			for token in tokens
			if bool(token.api) == (table == "access_tokens")
		)

	def seen_events(self, who):
		"""Of the latest call"""
		return [
			event
			for event in self.happened
			if self.reads_event(who, "model_api" if event[3] else "user", event[3])
		]
