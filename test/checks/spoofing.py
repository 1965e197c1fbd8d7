#!/usr/bin/python3
"""A user who can run any SQL tries to become another user, or any user at all: from a login of
their own, in an application backend's session that has stepped down to the role of users, and in
PostgREST's session.

Each attempt runs in a new session. Afterwards the identity must be the one before, and no answer
may hold the name of a model API that only the victim sees.
"""

import collections
import io

import psycopg2
import psycopg2.extensions

from harness import Database, read_lists, run_check, state_user

SECRETS = ("churn", "forecast")  # what the victim sees and the attacker does not
IDENTITY = "SELECT modelapi_acl.current_user_id()::text"
# a spoof that took away what the session needs to ask who it is
UNABLE_TO_ASK = ("42501", "25P02", "3B001")


def direct(cursor):
	"""A login of the user's own: member of modelapi_acl_user, nothing more"""


def backend(cursor):
	state_user(cursor, "stranger")
	cursor.execute("SET LOCAL ROLE modelapi_acl_user")


def postgrest(cursor):
	cursor.execute("SET LOCAL ROLE modelapi_acl_user")
	cursor.execute(
		"SELECT set_config('request.jwt.claims', '{\"sub\": \"' || id || '\"}', true)"
		" FROM claims_of_stranger"
	)
	cursor.execute("SELECT modelapi_acl.pre_request()")


def postgrest_anonymous(cursor):
	cursor.execute("SET LOCAL ROLE modelapi_acl_user")
	cursor.execute("SELECT set_config('request.jwt.claims', '', true)")
	cursor.execute("SELECT modelapi_acl.pre_request()")


SESSIONS = [
	("a login of the user's own", "regress_person", direct),
	("a backend's session", "regress_backend", backend),
	("PostgREST's session", "regress_web", postgrest),
	("PostgREST's session, anonymous", "regress_web", postgrest_anonymous),
]


def answers(cursor, statements):
	"""All that the client receives, and the SQLSTATE of the error that ends it"""
	received = []
	try:
		for statement in statements:
			if statement.startswith("COPY"):
				out = io.StringIO()
				cursor.copy_expert(statement, out)
				received.append(out.getvalue())
				continue
			cursor.execute(statement)
			if cursor.description:
				received.append(str(cursor.fetchall()))
	except psycopg2.Error as error:
		return [*received, str(error)], error.pgcode
	return received, None


def has_secret(received):
	return any(secret in text for text in received for secret in SECRETS)


class Attempts:
	def __init__(self, database):
		self.database = database
		self.made = self.spoofed = self.shown = 0
		self.outcomes = collections.Counter()

	def run(self, label, login, begin, statements):
		"""One attempt, in a session of its own"""
		self.made += 1
		spoof = "; ".join(statements)
		session = self.database.connect(login)
		cursor = session.cursor()
		begin(cursor)
		before = None  # with a login of the user's own, nothing is latched before the first use
		if begin is not direct:
			cursor.execute(IDENTITY)
			before = cursor.fetchone()[0]
		cursor.execute("SAVEPOINT attempt")
		received, error = answers(cursor, statements)
		received += session.notices
		self.outcomes[error or "no error"] += 1
		if has_secret(received):
			self.shown += 1
			print("%s: got a secret by %s: %s" % (label, spoof, received))
		if session.status != psycopg2.extensions.STATUS_IN_TRANSACTION:
			print("%s: left the transaction by %s" % (label, spoof))
		after, seen = self.look(session, error, before)
		if after != before or seen != 0:
			self.spoofed += 1
			print(
				"%s: was %s, is %s, sees %s private model APIs, by %s"
				% (label, before, after, seen, spoof)
			)
		session.close()

	def look(self, session, error, before):
		"""The identity afterwards, and how many private model APIs it sees"""
		cursor = session.cursor()
		try:
			if error:
				cursor.execute("ROLLBACK TO attempt")
			cursor.execute(IDENTITY)
			after = cursor.fetchone()[0]
			cursor.execute(
				"SELECT count(*) FROM modelapi_acl.model_apis WHERE visibility = 'private'"
			)
			return after, cursor.fetchone()[0]
		except psycopg2.Error as gone:
			session.rollback()
			return (before if gone.pgcode in UNABLE_TO_ASK else str(gone)), 0


def main(check):
	database = Database("spoofing", world=True)
	((victim, churn),) = database.rows("SELECT test.id('founder')::text, test.id('churn')::text")
	database.rows(
		"CREATE VIEW claims_of_stranger AS SELECT test.id('stranger') AS id;"
		"GRANT SELECT ON claims_of_stranger TO PUBLIC"
	)
	spoofs = [
		[s.replace("{victim}", victim).replace("{churn}", churn) for s in statements]
		for statements in read_lists("spoofing")
	]
	attempts = Attempts(database)
	for session in SESSIONS:
		for statements in spoofs:
			attempts.run(*session, statements)
	print(
		"%d spoofs in %d kinds of session; answered with: %s"
		% (
			len(spoofs),
			len(SESSIONS),
			", ".join("%s %d" % pair for pair in sorted(attempts.outcomes.items())),
		)
	)
	check.true(
		"%d attempts: identity changed or gained: %d" % (attempts.made, attempts.spoofed),
		not attempts.spoofed,
	)
	check.true("secrets shown: %d" % attempts.shown, not attempts.shown)
	# shows that the search for secrets can find one
	received, _ = answers(
		database.connect("regress_backend").cursor(),
		[
			"SELECT modelapi_acl.set_session_user('founder')",
			"SELECT name FROM modelapi_acl.model_apis",
		],
	)
	check.true("the victim sees the secrets", has_secret(received))


if __name__ == "__main__":
	run_check(main)
