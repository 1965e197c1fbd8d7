"""Requests of subjects: JSON Web Tokens in place of access tokens."""

import json

from examples.gateway import bearer, header, prediction_path
from examples.issuer import SUBJECTS
from examples.world import MISSING

CHALLENGE = 'Bearer realm="model-api", error="invalid_token"'
CREATE = "SELECT modelapi_acl.create_model_api(%s, %s, NULL, %s, %s)::text"
ALLOWED, UNKNOWN, HIDDEN, DENIED = (200, None), (401, CHALLENGE), (404, None), (403, None)

# By name, visibility and authorization mode: what ana (the owner), ben (a viewer of "private") and
# cai (nobody in particular) get, and whom the token does not name
TABLE = {
	("private", "private", "restricted"): (ALLOWED, ALLOWED, HIDDEN, UNKNOWN),
	("public", "public", "restricted"): (ALLOWED, DENIED, DENIED, UNKNOWN),
	("open", "private", "unrestricted"): (ALLOWED, ALLOWED, ALLOWED, ALLOWED),
	("missing", None, None): (HIDDEN, HIDDEN, HIDDEN, UNKNOWN),
}


def test_identity(check, gateway, project):
	world, tokens = gateway.world, gateway.issuer.tokens
	for name in ("ana", "ben", "cai"):
		world.database.rows(
			"SELECT modelapi_acl.update_user(%s, external_id => %s)", name, SUBJECTS[name]
		)
	apis = {}
	for (name, *kind), expected in TABLE.items():
		apis[name] = world.as_ana(CREATE, project, name, *kind)[0] if kind[0] else MISSING
		if name == "private":
			world.as_ana(
				"SELECT modelapi_acl.add_collaborator(%s, 'ben', 'viewer')::text", apis[name]
			)
		found = tuple(gateway.outcome(apis[name], *bearer(tokens[who])) for who in SUBJECTS)
		check.equal("gateway: subjects: " + name, found, expected)
	hidden = [
		gateway.predict(apis[name], *bearer(tokens["cai"])) for name in ("private", "missing")
	]
	texts = {response.body for response in hidden}
	check.equal("gateway: subjects: hidden and missing in the same words", len(texts), 1)
	test_wrong_tokens(check, gateway, apis)
	test_answer(check, gateway, apis["private"])
	test_loss(check, gateway, apis["private"])


def test_wrong_tokens(check, gateway, apis):
	tokens = gateway.issuer.tokens
	check.equal(
		"gateway: subjects: an RSA signature",
		gateway.outcome(apis["private"], *bearer(tokens["rsa"])),
		ALLOWED,
	)
	for name in gateway.issuer.wrong:
		found = [gateway.outcome(apis[api], *bearer(tokens[name])) for api in ("private", "open")]
		check.equal("gateway: subjects: a token " + name, found, [UNKNOWN, ALLOWED])
	double = [*bearer(tokens["ana"]), *bearer(tokens["ana"])]
	status = gateway.predict(apis["private"], *double).status
	check.equal("gateway: subjects: two headers", status, 400)
	basic = header("Authorization", "Basic " + tokens["ana"])
	status = gateway.predict(apis["private"], *basic).status
	check.equal("gateway: subjects: a token in Basic", status, 401)


def test_answer(check, gateway, api):
	"""What the model learns of who called; a client cannot set it"""
	forged = header("X-User-Id", "forged")
	answer = gateway.post(prediction_path(api), *bearer(gateway.issuer.tokens["ben"]), *forged)
	answer = json.loads(answer.body)
	(ben,) = gateway.world.as_ana("SELECT id::text FROM modelapi_acl.users WHERE username = 'ben'")
	check.equal(
		"gateway: subjects: the model learns who called, and not the token",
		(answer["user_id"], answer["token_id"], answer["authorization"]),
		(ben, None, None),
	)


def test_loss(check, gateway, api):
	token = gateway.issuer.tokens["ben"]
	gateway.world.as_ana("SELECT modelapi_acl.remove_collaborator(%s, 'ben')::text", api)
	check.equal(
		"gateway: subjects: a removed collaborator", gateway.outcome(api, *bearer(token)), HIDDEN
	)
	gateway.world.database.rows("SELECT modelapi_acl.disable_user('ben')")
	check.equal("gateway: subjects: a disabled user", gateway.outcome(api, *bearer(token)), UNKNOWN)
