"""Requests for predictions that a gateway asks about."""

from random_tokens.steps import Requests, RequestsByIdentity
from reference.tokens import digest

MALFORMED = [" Bearer x", "Basic !", "Basic", "Bearer", "Basic Og==", "Basic eA==", "Bearer a b"]
SCHEMES = {"sync": "Basic", "async": "Bearer"}


def one_request(r, world, secrets, fresh):
	"""(model API, form, credentials): mostly as a client with a token sends it"""
	secret = r.choice(fresh if fresh and r.random() < 0.5 else secrets)
	known = digest(secret)
	token = next((t for t in world.tokens.values() if known in (t.secret, t.former)), None)
	apis = list(world.apis)
	api = r.choice(apis)
	if token and r.random() < 0.8:
		api = token.api or r.choice([a for a in token.listed or () if a in world.apis] or apis)
	elif r.random() < 0.1:
		api = known[:8] + "-0000-4000-8000-" + known[:12]
	invocation = world.apis[api]["invocation"] if api in world.apis else "sync"
	form = SCHEMES[invocation]
	chance = r.random()
	if chance < 0.3:
		return api, form.lower(), r.choice([known] * 9 + [known[:20]])
	if chance < 0.36:
		form = r.choice(["Basic", "Bearer", "Other", "basic", "bearer", "none", "malformed"])
	if form in ("basic", "bearer"):
		return api, form, known
	if form == "none":
		return api, form, r.choice([None, ""])
	if form == "malformed":
		return api, form, malformed(r, invocation)
	if chance > 0.97:
		secret = secret[:-1] + ("x" if secret[-1] != "x" else "y")
	if form == "Basic":
		return api, form, (secret, r.choice([secret] * 12 + [secret + "1", ""]))
	return api, form, secret


def malformed(r, invocation):
	"""A header that is malformed in the scheme of the mode"""
	fitting = [h for h in MALFORMED if h.startswith((" ", SCHEMES[invocation]))]
	return r.choice(fitting)


def requests(r, world, secrets, count):
	fresh = secrets[-6:]
	return Requests([one_request(r, world, secrets, fresh) for _ in range(count)])


def requests_by_identity(r, world, count):
	apis = list(world.apis)
	missing = "00000000-0000-4000-8000-000000000000"
	subjects = [*world.external_ids, *world.users, "nobody"]
	subjects += [next(iter(world.users)).upper(), next(iter(world.names))]
	return RequestsByIdentity(
		[(r.choice(apis * 3 + [missing]), r.choice(subjects)) for _ in range(count)]
	)
