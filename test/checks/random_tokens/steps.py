"""Steps of a random history. Each runs in the database, where `came` is what came of it, and says
what the reference, or a mutant of it, expects; then the reference is past the step as well."""

import base64

import psycopg2

from harness import attempt
from random_tokens.operations import statement
from reference.rules import ADMINISTRATOR, ANONYMOUS
from reference.tokens import GATEWAY

ROLES = {
	"tokens_backend": "modelapi_acl_backend",
	"tokens_admin": "modelapi_acl_admin",
	"tokens_both": "modelapi_acl_admin, modelapi_acl_backend",
	"tokens_gateway": "modelapi_acl_gateway",
	"tokens_identity_gateway": "modelapi_acl_identity_gateway",
}
TABLES = ["access_tokens", "personal_tokens", "personal_token_model_apis"]
COLUMNS = """
	SELECT id::text, %s::text, name, hint, %s, created_by::text, regenerated_by::text,
		round(extract(epoch FROM expires_at - clock_timestamp()) / 600)::integer,
		revoked_at IS NOT NULL, revoked_by::text,
		suspended_at IS NOT NULL, suspended_by::text, metadata
	FROM modelapi_acl.%s"""
SHOWN = {
	"access_tokens": COLUMNS % ("model_api_id", "false", "access_tokens"),
	"personal_tokens": COLUMNS % ("user_id", "is_limited", "personal_tokens"),
	"personal_token_model_apis": "SELECT token_id::text, model_api_id::text"
	" FROM modelapi_acl.personal_token_model_apis",
}
EVENTS = """
	SELECT action, object_id::text, actor_id::text, model_api_id::text
	FROM modelapi_acl.audit_events
	WHERE occurred_at >= %s AND (action LIKE 'token.%%' OR action LIKE 'personal_token.%%')"""
ANSWER = (
	"a.allowed, a.status, a.reason, a.token_id::text, a.token_name, a.www_authenticate,"
	" a.user_id::text, a.token_metadata"
)


class Sessions:
	"""One for each role. They are a superuser's under another name, so that the longest lifetime
	can be set in them."""

	def __init__(self, database):
		self.superuser = database.cursor()
		self.superuser.execute("SET row_security = off")
		self.of = {}
		for role in ROLES:
			self.of[role] = database.connect()
		self.set_lifetime(None)
		self.mark()

	def mark(self):
		"""Events count from here on"""
		self.superuser.execute("SELECT clock_timestamp()")
		(self.since,) = self.superuser.fetchone()

	def set_lifetime(self, minutes):
		for role, session in self.of.items():
			with session.cursor() as cursor:
				cursor.execute("RESET SESSION AUTHORIZATION")
				cursor.execute(
					"SELECT set_config('modelapi_acl.max_token_lifetime', %s, false)",
					("%d min" % (minutes or 0),),
				)
				cursor.execute("SET SESSION AUTHORIZATION " + role)
			session.commit()

	def begin(self, world, who, with_power=False):
		"""The cursor of a new transaction"""
		if who == GATEWAY:
			return self.of["tokens_gateway"].cursor()
		if who == ADMINISTRATOR:
			return self.of["tokens_admin"].cursor()
		cursor = self.of["tokens_both" if with_power else "tokens_backend"].cursor()
		name = next((n for n, holder in world.names.items() if holder == ("user", who)), None)
		# fails for service accounts and whoever is disabled; then nobody is asking
		attempt(cursor, "SELECT modelapi_acl.set_session_user(%s)", (name,))
		return cursor


class Do:
	"""Somebody calls a function"""

	def __init__(self, who, with_power, name, arguments):
		self.call = who, with_power, name, arguments
		self.new = (None, None)

	def __str__(self):
		who, with_power, name, arguments = self.call
		return "%s%s: %s%s" % (who or "nobody", " (administrator)" * with_power, name, arguments)

	def run(self, sessions, world):
		who, with_power, name, arguments = self.call
		sessions.mark()
		sql, parameters = statement(name, arguments, world)
		cursor = sessions.begin(world, who, with_power)
		outcome, row = "ok", None
		try:
			cursor.execute(sql, parameters)
			row = cursor.fetchone() if cursor.description else None
			if row is None:
				outcome = str(cursor.rowcount)
			elif name == "revoke_tokens_of":
				outcome = str(row[0])
			cursor.connection.commit()
		except psycopg2.Error as error:
			cursor.connection.rollback()
			self.message = str(error)
			outcome = error.pgcode
		if outcome == "ok":
			self.new = (row[0], row[1] if len(row) > 1 else None)
		sessions.superuser.execute(EVENTS, (sessions.since,))
		self.came = outcome, sorted(sessions.superuser.fetchall(), key=repr)

	def expected(self, model):
		who, with_power, name, arguments = self.call
		outcome = model.attempt(who, name, *arguments, has_power=with_power, new=self.new)
		return outcome, sorted(model.happened, key=repr)


class Advance:
	"""Time passes"""

	came = None

	def __init__(self, minutes):
		self.minutes = minutes

	def __str__(self):
		return "%d minutes pass" % self.minutes

	def run(self, sessions, world):
		sessions.superuser.execute("SELECT test.advance(%s)", (self.minutes,))
		sessions.mark()

	def expected(self, model):
		model.advance(self.minutes)


class Limit:
	"""Another longest lifetime"""

	came = None

	def __init__(self, minutes):
		self.minutes = minutes

	def __str__(self):
		return "max_token_lifetime is %s minutes" % self.minutes

	def run(self, sessions, world):
		sessions.set_lifetime(self.minutes)

	def expected(self, model):
		model.lifetime = self.minutes


def header(form, credentials):
	if form == "none":
		return credentials
	if form == "malformed":
		return credentials
	if form == "Basic":
		return "Basic " + base64.b64encode(":".join(credentials).encode()).decode()
	return "%s %s" % (form if form != "Other" else "Token", credentials)


class Requests:
	"""Requests for predictions: (model API, form, credentials)"""

	counted = "requests"

	def __init__(self, requests):
		self.requests = requests
		self.by_header = [r for r in requests if r[1] not in ("basic", "bearer")]
		self.by_digest = [r for r in requests if r[1] in ("basic", "bearer")]

	def __str__(self):
		return "requests"

	def parts(self):
		return self.by_header + self.by_digest

	def run(self, sessions, world):
		cursor = sessions.of["tokens_gateway"].cursor()
		cursor.execute(
			"SELECT " + ANSWER + " FROM unnest(%s::uuid[], %s::text[]) WITH ORDINALITY"
			" AS u (api, header, n), modelapi_acl.authorize_invocation(u.api, u.header) AS a"
			" ORDER BY u.n",
			([r[0] for r in self.by_header], [header(r[1], r[2]) for r in self.by_header]),
		)
		self.came = cursor.fetchall()
		cursor.execute(
			"SELECT " + ANSWER + " FROM unnest(%s::uuid[], %s::text[], %s::text[]) WITH ORDINALITY"
			" AS u (api, scheme, digest, n),"
			" modelapi_acl.authorize_invocation(u.api, u.scheme, decode(u.digest, 'hex')) AS a"
			" ORDER BY u.n",
			tuple([r[n] for r in self.by_digest] for n in range(3)),
		)
		self.came += cursor.fetchall()
		cursor.connection.commit()

	def expected(self, model):
		return [model.answer(*r) for r in self.parts()]


class RequestsByIdentity:
	"""The same for subjects: (model API, subject)"""

	counted = "requests by identity"

	def __init__(self, requests):
		self.requests = requests

	def __str__(self):
		return "requests by identity"

	def parts(self):
		return self.requests

	def run(self, sessions, world):
		cursor = sessions.of["tokens_identity_gateway"].cursor()
		cursor.execute(
			"SELECT " + ANSWER + " FROM unnest(%s::uuid[], %s::text[]) WITH ORDINALITY"
			" AS u (api, subject, n), modelapi_acl.authorize_invocation_as(u.api, u.subject) AS a"
			" ORDER BY u.n",
			([r[0] for r in self.requests], [r[1] for r in self.requests]),
		)
		self.came = cursor.fetchall()
		cursor.connection.commit()

	def expected(self, model):
		return [model.answer_by_identity(*r) for r in self.requests]


class Look:
	"""Somebody looks at the tokens"""

	counted = "tables seen"

	def __init__(self, who):
		self.who = who

	def __str__(self):
		return "what %s sees" % (self.who or "nobody")

	def parts(self):
		return [*TABLES, "events"]

	def run(self, sessions, world):
		cursor = sessions.begin(world, self.who)
		self.came = []
		for table in TABLES:
			cursor.execute(SHOWN[table])
			self.came.append(sorted(cursor.fetchall()))
		cursor.execute(EVENTS, (sessions.since,))
		self.came.append(sorted(cursor.fetchall(), key=repr))
		cursor.connection.commit()

	def expected(self, model):
		who = ANONYMOUS if self.who in model.responsible else self.who
		shown = [model.seen(who, table) for table in TABLES]
		return [*shown, sorted(model.seen_events(who), key=repr)]
