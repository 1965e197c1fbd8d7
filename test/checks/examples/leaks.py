"""Leaked tokens, which anybody may report to the gateway."""

from examples.gateway import basic

CREATE = "SELECT modelapi_acl.create_model_api(%s, 'leaky', NULL, 'private', 'restricted')::text"
TOKEN = "SELECT token FROM modelapi_acl.create_token(%s, %s)"
PATH = "/leaked-tokens"


def report(gateway, secret):
	return gateway.post(PATH, data=secret)


def answer(response):
	"""All of a response but the time"""
	lines = [line for line in response.head.split("\n") if not line.startswith("Date:")]
	return lines, response.body


def test_leaks(check, gateway, project):
	world = gateway.world
	(api,) = world.as_ana(CREATE, project)
	(leaked,) = world.as_ana(TOKEN, api, "leaked")
	(other,) = world.as_ana(TOKEN, api, "other")
	check.equal("gateway: leaks: before", gateway.predict(api, *basic(leaked)).status, 200)
	first = answer(report(gateway, leaked))
	check.equal("gateway: leaks: the answer", first[0][0].split()[1], "204")
	check.equal("gateway: leaks: the token ends", gateway.predict(api, *basic(leaked)).status, 401)
	check.equal(
		"gateway: leaks: another one does not", gateway.predict(api, *basic(other)).status, 200
	)
	unknown = other[:-1] + ("x" if other[-1] != "x" else "y")
	for name, secret in (
		("again", leaked),
		("with a line feed", leaked + "\n"),
		("a mistyped one", unknown),
		("one of another system", "c2b2532ed234f54"),
		("nothing", ""),
		("no secret", "two words"),
		("other bytes", "\u00e9"),
	):
		found = answer(report(gateway, secret))
		check.equal("gateway: leaks: %s gives the same answer" % name, found, first)
	status = gateway.predict(api, *basic(other)).status
	check.equal("gateway: leaks: the other is alive", status, 200)
	(events,) = world.as_ana(
		"SELECT count(*) FROM modelapi_acl.audit_events"
		" WHERE model_api_id = %s AND action = 'token.revoked' AND actor_id IS NULL",
		api,
	)
	check.equal("gateway: leaks: one event tells of the end", events, 1)
	check.equal("gateway: leaks: no GET", gateway.post(PATH, "-X", "GET").status, 405)
	check.equal("gateway: leaks: a large body", report(gateway, "x" * 2000).status, 413)
	statuses = {report(gateway, unknown).status for _ in range(40)}
	check.equal("gateway: leaks: too many in a short time", statuses, {204, 429})
