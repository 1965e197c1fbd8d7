"""Every kind of credential, for every kind of model API."""

import json
import time

from examples.gateway import basic, bearer, encode, header, prediction_path

CREATE = "SELECT modelapi_acl.create_model_api(%s, %s, NULL, %s, %s, %s)::text"
CREATE_TOKEN = (
	"SELECT id::text, token"
	" FROM modelapi_acl.create_token(%s, %s, clock_timestamp() + %s::interval)"
)
SET_MODE = "SELECT modelapi_acl.set_authorization_mode(%s, %s)"
KINDS = [
	(visibility, mode, invocation)
	for visibility in ("public", "private")
	for mode in ("restricted", "unrestricted")
	for invocation in ("sync", "async")
]
PASSES = (200, None)
LIFETIME = 2  # seconds, of a token that expires during the test


def test_credentials(check, gateway, project):
	"""The last model API, and the secrets of the restricted ones"""
	secrets = []
	for kind in KINDS:
		test = CredentialsTest(check, gateway, project, kind)
		test.run()
		if test.restricted:
			secrets += test.secrets
	return test.api, secrets


class CredentialsTest:
	"""One model API, and the tokens with which it is called

	project: the id of the project; kind: visibility, authorization mode and invocation mode
	"""

	def __init__(self, check, gateway, project, kind):
		self.check, self.gateway, self.as_ana = check, gateway, gateway.world.as_ana
		self.name = "gateway: %s, %s, %s: " % kind
		self.restricted, self.sync = kind[1] == "restricted", kind[2] == "sync"
		if self.sync:
			self.scheme, self.other_scheme = basic, bearer
			self.challenge = 'Basic realm="model-api", charset="UTF-8"'
			self.invalid = self.challenge
		else:
			self.scheme, self.other_scheme = bearer, basic
			self.challenge = 'Bearer realm="model-api"'
			self.invalid = self.challenge + ', error="invalid_token"'
		(self.api,) = self.as_ana(CREATE, project, "m", *kind)
		(self.other,) = self.as_ana(CREATE, project, "o", "private", "restricted", kind[2])
		self.token_id, self.token = self.create_token(self.api, "edge \u00fc")
		_, self.short_lived = self.create_token(self.api, "edge", "%d seconds" % LIFETIME)
		self.expires = time.time() + LIFETIME
		_, self.foreign = self.create_token(self.other, "edge")
		self.secrets = [self.token, self.short_lived, self.foreign]

	def create_token(self, api, name, lifetime=None):
		return self.as_ana(CREATE_TOKEN, api, name, lifetime)

	def run(self):
		self.test_wrong_credentials()
		self.test_valid_token()
		self.test_end_of_tokens()
		if self.restricted:
			self.test_change_of_mode()

	def compare(self, what, arguments, challenge):
		"""A request that only an unrestricted model API lets pass"""
		expected = (401, challenge) if self.restricted else PASSES
		self.check.equal(self.name + what, self.gateway.outcome(self.api, *arguments), expected)

	def test_wrong_credentials(self):
		unknown = "mapi_" + "0" * 49
		for what, arguments in (
			("none", []),
			("an empty header", ["-H", "Authorization;"]),
			("the other scheme", self.other_scheme(self.token)),
			("nonsense", header("Authorization", "nonsense")),
			("a bare token", header("Authorization", self.token)),
		):
			self.compare(what, arguments, self.challenge)
		for what, secret in (
			("an unknown token", unknown),
			("a token of another model API", self.foreign),
			("half a token", self.token[:30]),
		):
			self.compare(what, self.scheme(secret), self.invalid)
		if self.sync:
			for what, arguments in (
				("user and password differ", basic(self.token, self.foreign)),
				("a user alone", basic(self.token, "")),
				("no base 64", header("Authorization", "Basic !!!")),
				("no colon", header("Authorization", "Basic " + encode(self.token))),
			):
				self.compare(what, arguments, self.challenge)
		two = [*self.scheme(self.token), *self.scheme(self.foreign)]
		outcome = self.gateway.outcome(self.api, *two)
		self.check.equal(self.name + "two headers", outcome, (400, None))

	def test_valid_token(self):
		response = self.gateway.predict(
			self.api,
			*self.scheme(self.token),
			*header("X-Model-Api", self.other),
			*header("X-Token-Id", self.other),
			*header("X-Token-Name", "forged"),
		)
		self.check.equal(
			self.name + "valid: the model gets the token's id and name, never the secret",
			(response.status, json.loads(response.body)),
			(
				200,
				{
					"prediction": 42,
					"authorization": None,
					"model": self.api,
					"path": prediction_path(self.api),
					"token_id": self.token_id if self.restricted else None,
					"token_name": "edge%20%C3%BC" if self.restricted else None,
					"user_id": None,
				},
			),
		)
		self.check.equal(
			self.name + "valid for this model API alone",
			self.gateway.outcome(self.other, *self.scheme(self.token)),
			(401, self.invalid),
		)

	def test_end_of_tokens(self):
		"""The next request notices that a token has ended"""
		(new,) = self.as_ana("SELECT token FROM modelapi_acl.regenerate_token(%s)", self.token_id)
		self.secrets.append(new)
		self.compare("regenerated: the old secret", self.scheme(self.token), self.invalid)
		self.check.equal(
			self.name + "regenerated: the new secret",
			self.gateway.outcome(self.api, *self.scheme(new)),
			PASSES,
		)
		self.as_ana("SELECT modelapi_acl.revoke_token(%s)", self.token_id)
		self.compare("revoked", self.scheme(new), self.invalid)
		time.sleep(max(0, self.expires + 1 - time.time()))
		self.compare("expired", self.scheme(self.short_lived), self.invalid)

	def test_change_of_mode(self):
		"""The next request notices another authorization mode, too"""
		for name, mode, expected in (
			("unrestricted by now", "unrestricted", PASSES),
			("restricted again", "restricted", (401, self.challenge)),
		):
			self.as_ana(SET_MODE, self.api, mode)
			self.check.equal(self.name + name, self.gateway.outcome(self.api), expected)
