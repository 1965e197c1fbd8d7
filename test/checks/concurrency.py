#!/usr/bin/python3
"""Eight clients at once. Whatever they do, each model API and project keeps an owner and each
organization an admin. Once the end of a token is committed, no request passes with it.

LONG=1	20,000 transactions, 50,000 pairs of a token's end and requests
SEED=N	repeats the random choices
"""

import random
import threading
import time

import psycopg2

from harness import (
	SEED,
	Database,
	Tally,
	attempt,
	by_length,
	read_queries,
	run_check,
	state_user,
	together,
)
from harness.invariants import verify_access, violations

TRANSACTIONS = by_length(1_200, 20_000)
PAIRS = by_length(1_200, 50_000)
HOLDERS = by_length(400, 50_000)
CLIENTS, PAIRED_CLIENTS = 8, 4
USERS = ["u%d" % n for n in range(6)]
EXPECTED = {"23514", "42501", "PT404", "22023", "23503", "23505", "PT401"}
RETRIED = {"40001", "40P01"}
ISOLATION = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
OPERATIONS = read_queries("concurrency_operations")
OWNERS = read_queries("concurrency_owners")


def create_database():
	return Database(
		"concurrency",
		roles={
			"concurrency_backend": "modelapi_acl_backend",
			"concurrency_gateway": "modelapi_acl_gateway",
		},
		users=USERS,
		settings={"modelapi_acl.max_created_organizations": 1000000},
	)


# Owners and admins


class Client:
	"""Random transactions of random users on a few objects"""

	def __init__(self, number, database, tally):
		self.random = random.Random(SEED * 100 + number)
		self.tally = tally
		self.session = database.connect("concurrency_backend")
		self.cursor = self.session.cursor()
		self.superuser = database.cursor()
		# ids of model APIs and projects, names of organizations
		self.apis = self.projects = self.organizations = ()

	def column(self, sql, arguments=None):
		"""What the superuser sees"""
		self.superuser.execute(sql, arguments)
		return [row[0] for row in self.superuser.fetchall()]

	def create(self, user, sql, *arguments):
		state_user(self.cursor, user)
		self.cursor.execute(sql, arguments)
		self.session.commit()

	def refresh(self):
		"""Takes three projects, four model APIs and two organizations, and replaces what was
		deleted; returns whether there is one of each"""
		self.session.set_session(isolation_level="READ COMMITTED")
		someone = random.choice(USERS)
		if self.column("SELECT count(*) FROM modelapi_acl.projects")[0] < 3:
			self.create(someone, "SELECT modelapi_acl.create_project('p')")
		self.projects = self.column("SELECT id FROM modelapi_acl.projects LIMIT 3")
		self.apis = self.column("SELECT id FROM modelapi_acl.model_apis LIMIT 4")
		if len(self.apis) < 4 and self.projects:
			project = self.projects[0]
			for owner in self.column(OWNERS["project: owners"], {"thing": project})[:1]:
				self.create(owner, "SELECT modelapi_acl.create_model_api(%s, 'm')", project)
		self.organizations = self.column("SELECT name FROM modelapi_acl.organizations LIMIT 2")
		if len(self.organizations) < 2:
			name = "o%d" % random.randrange(10**9)
			self.create(someone, "SELECT modelapi_acl.create_organization(%s)", name)
		if self.apis and self.projects and self.organizations:
			return True
		self.session.rollback()
		return False

	def run(self, transactions):
		for n in range(transactions):
			if n % 5 == 0:
				self.apis = ()
			for _ in range(30):
				if self.try_transaction():
					break
			else:
				self.tally.problem("trying again did not help")
			self.tally.count("transactions")
		self.session.close()

	def try_transaction(self):
		"""Whether it ended with a commit or with an error that is a problem"""
		try:
			if not (self.apis and self.projects and self.organizations) and not self.refresh():
				return False
			self.session.set_session(isolation_level=self.random.choice(ISOLATION))
			if self.random.random() >= 0.5 or not self.give_up():
				self.operate()
			self.session.commit()
			return True
		except psycopg2.Error as error:
			self.session.rollback()
			self.apis = ()
			if error.pgcode in RETRIED:
				self.tally.count("tried again " + error.pgcode)
				return False
			if error.pgcode in EXPECTED:
				self.tally.count("refused " + error.pgcode)
				return False
			self.tally.problem(str(error))
			return True

	def give_up(self):
		"""An owner gives up an object that other clients give up, too; the only owner first adds
		another one. Returns whether there was an owner."""
		kind, objects = self.random.choice(
			[
				("model API", self.apis),
				("project", self.projects),
				("organization", self.organizations),
			]
		)
		arguments = {"thing": objects[0]}
		owners = self.column(OWNERS[kind + ": owners"], arguments)
		if not owners:
			return False
		arguments.update(who=self.random.choice(owners), other=self.random.choice(USERS))
		take_in = kind + ": take in"
		ways = [
			title
			for title in OWNERS
			if title.startswith(kind) and title not in (kind + ": owners", take_in)
		]
		state_user(self.cursor, arguments["who"])
		way = take_in if len(owners) == 1 else self.random.choice(ways)
		self.cursor.execute(OWNERS[way], arguments)
		self.tally.count("given up")
		time.sleep(self.random.random() * 0.01)  # while other clients do the same
		return True

	def operate(self):
		"""A user tries one or more operations"""
		r = self.random
		user = r.choice(USERS)
		state_user(self.cursor, user)
		for _ in range(r.choice([1, 1, 2, 4])):
			name = r.choice(list(OPERATIONS))
			arguments = {
				"api": r.choice(self.apis),
				"project": r.choice(self.projects),
				"organization": r.choice(self.organizations),
				"who": user,
				"other": r.choice(USERS),
				"level": r.choice(["viewer", "editor", "owner"]),
				"keep": r.choice([None, "viewer", "editor", "owner"]),
				"yes": r.random() < 0.5,
			}
			error = attempt(self.cursor, OPERATIONS[name], arguments, raised=RETRIED)
			self.tally.count("refused " + error if error else "done")
			if error and error not in EXPECTED:
				self.tally.problem("%s: %s" % (name, error))


def watch(database, tally, stop):
	"""Looks for violations while the clients work"""
	cursor = database.cursor()
	while not stop.wait(0.2):
		for text in violations(cursor, history=False):
			tally.problem("seen by another session: " + text)
		tally.count("looks")


def check_owners(check, database):
	tally = Tally()
	clients = [Client(n, database, tally) for n in range(CLIENTS)]
	stop = threading.Event()
	watcher = threading.Thread(target=watch, args=(database, tally, stop))
	watcher.start()
	try:
		together([lambda c=client: c.run(TRANSACTIONS // CLIENTS) for client in clients])
	finally:
		stop.set()
		watcher.join()
	cursor = database.cursor()
	for text in violations(cursor, history=False) + verify_access(cursor):
		tally.problem(text)
	tally.show()
	done = tally.counts["transactions"]
	check.true(
		"%d transactions by %d clients: %d violations and other problems"
		% (done, CLIENTS, len(tally.problems)),
		not tally.problems and done >= TRANSACTIONS - CLIENTS and tally.counts["looks"] > 0,
	)


# Tokens

# what ends a token, and the reasons that requests may get afterwards
ENDS = {
	"revoke": ("SELECT modelapi_acl.revoke_token(%(token)s)", {"token_revoked"}),
	"regenerate": ("SELECT modelapi_acl.regenerate_token(%(token)s)", {"token_superseded"}),
	"suspend": ("SELECT modelapi_acl.suspend_token(%(token)s)", {"token_suspended"}),
	# as a restore may write it; no user may
	"expire": (
		"SET row_security = off;"
		" UPDATE modelapi_acl.access_tokens SET expires_at = clock_timestamp()"
		" WHERE id = %(token)s",
		{"token_expired"},
	),
	"change of mode": (
		"UPDATE modelapi_acl.model_apis SET invocation_mode = 'sync' WHERE id = %(api)s",
		{"wrong_scheme"},
	),
	"delete": ("SELECT modelapi_acl.delete_model_api(%(api)s)", {"no_such_model_api"}),
}


def authorize(cursor, api, token):
	"""Whether a request is allowed, and the reason"""
	cursor.execute(
		"SELECT allowed, reason FROM modelapi_acl.authorize_invocation(%s, %s)",
		(api, "Bearer " + token),
	)
	return cursor.fetchone()


class Pair:
	"""One session ends tokens, another sends requests all the time: what starts after the end is
	committed is denied"""

	def __init__(self, number, database, tally):
		self.number, self.database, self.tally = number, database, tally
		self.random = random.Random(SEED * 1000 + number)
		self.lock = threading.Lock()
		# of the token that requests use: its number, whether it has ended, and what the other
		# session has to know
		self.token_number, self.ended, self.request, self.reasons = -1, -1, None, None

	def send_requests(self, isolation, stop):
		if isolation:  # a snapshot that is older than all tokens
			gateway = self.database.connect("concurrency_gateway")
			gateway.set_session(isolation_level=isolation)
			cursor = gateway.cursor()
			cursor.execute("SELECT 1 FROM pg_catalog.pg_class LIMIT 1")
		else:
			cursor = self.database.cursor("concurrency_gateway")
		while not stop.is_set():
			with self.lock:
				is_over = self.ended == self.token_number
				request, reasons = self.request, self.reasons
			if request is None:
				continue
			allowed, reason = authorize(cursor, *request)
			self.tally.count("requests allowed" if allowed else "requests denied")
			if is_over and (allowed or reason not in reasons):
				self.tally.problem(
					"%s: %s after the end (%s)" % (isolation or "READ COMMITTED", reason, reasons)
				)
		cursor.connection.close()

	def run(self, count):
		stop = threading.Event()
		isolation = [None, "REPEATABLE READ", "SERIALIZABLE"][self.number % 3]

		def end_tokens():
			try:
				self.end_tokens(count)
			finally:
				stop.set()

		together([end_tokens, lambda: self.send_requests(isolation, stop)])

	def end_tokens(self, count):
		cursor = self.database.cursor("concurrency_backend")
		superuser = self.database.cursor()
		gateway = self.database.cursor("concurrency_gateway")
		cursor.execute("BEGIN")
		state_user(cursor, "u0")
		cursor.execute("SELECT modelapi_acl.create_project('requests %s')", (self.number,))
		project = cursor.fetchone()[0]
		cursor.execute("COMMIT")
		for n in range(count):
			cursor.execute("BEGIN")
			state_user(cursor, "u0")
			cursor.execute(
				"SELECT modelapi_acl.create_model_api("
				"%s, 'm', NULL, 'private', 'restricted', 'async')",
				(project,),
			)
			api = cursor.fetchone()[0]
			cursor.execute("SELECT id, token FROM modelapi_acl.create_token(%s, 't')", (api,))
			token_id, token = cursor.fetchone()
			cursor.execute("COMMIT")
			way = self.random.choice(list(ENDS))
			sql, reasons = ENDS[way]
			with self.lock:
				self.token_number, self.request, self.reasons = n, (api, token), reasons
			if way == "expire":
				superuser.execute(sql, {"token": token_id})
			else:
				cursor.execute("BEGIN")
				state_user(cursor, "u0")
				cursor.execute(sql, {"token": token_id, "api": api})
				cursor.execute("COMMIT")
			with self.lock:
				self.ended = n
			# the first request after the commit, from here as well
			allowed, reason = authorize(gateway, api, token)
			if allowed or reason not in reasons:
				self.tally.problem("%s: %s" % (way, reason))
			self.tally.count("pairs " + way)


# how the access of a personal token's holder ends: who does it, how, and the reason then
ENDS_OF_ACCESS = {
	"remove": (
		"u0",
		"SELECT modelapi_acl.remove_collaborator(%(api)s, %(holder)s)",
		{"token_of_other_model_api"},
	),
	"leave": (
		"u0",
		"SELECT modelapi_acl.remove_organization_member(%(organization)s, %(holder)s)",
		{"token_of_other_model_api"},
	),
	"remove organization": (
		"u0",
		"SELECT modelapi_acl.remove_collaborator(%(api)s, %(organization)s)",
		{"token_of_other_model_api"},
	),
	"delete": ("u0", "SELECT modelapi_acl.delete_model_api(%(api)s)", {"no_such_model_api"}),
	"disable": (None, "SELECT modelapi_acl.disable_user(%(holder)s)", {"token_suspended"}),
	"delete holder": (None, "SELECT modelapi_acl.delete_user(%(holder)s)", {"unknown_token"}),
	"revoke": (None, "SELECT modelapi_acl.revoke_token(%(token)s)", {"token_revoked"}),
}


class HolderPair(Pair):
	"""The same for personal tokens of service accounts, which lose their access"""

	def end_tokens(self, count):
		cursor = self.database.cursor("concurrency_backend")
		superuser = self.database.cursor()
		gateway = self.database.cursor("concurrency_gateway")
		state = dict(project=self.call(cursor, "create_project('holders %d')" % self.number))
		for n in range(count):
			way = self.random.choice(list(ENDS_OF_ACCESS))
			who, sql, reasons = ENDS_OF_ACCESS[way]
			state["holder"] = "h-%d-%d" % (self.number, n)
			state["organization"] = "g-%d-%d" % (self.number, n)
			superuser.execute("SELECT modelapi_acl.create_service_account(%(holder)s, 'u0')", state)
			state["api"] = self.call(
				cursor,
				"create_model_api(%(project)s, 'm', NULL, 'private', 'restricted', 'async')",
				state,
			)
			if way in ("leave", "remove organization"):
				self.call(cursor, "create_organization(%(organization)s)", state)
				self.call(cursor, "add_organization_member(%(organization)s, %(holder)s)", state)
				self.call(cursor, "add_collaborator(%(api)s, %(organization)s)", state)
			else:
				self.call(cursor, "add_collaborator(%(api)s, %(holder)s)", state)
			superuser.execute(
				"SELECT * FROM modelapi_acl.create_service_token(%(holder)s, 't')", state
			)
			state["token"], token = superuser.fetchone()
			with self.lock:
				self.token_number, self.request, self.reasons = n, (state["api"], token), reasons
			if not authorize(gateway, state["api"], token)[0]:
				self.tally.problem("%s: denied before" % way)
			if who:
				self.call(cursor, sql.removeprefix("SELECT modelapi_acl."), state)
			else:
				superuser.execute(sql, state)
			with self.lock:
				self.ended = n
			allowed, reason = authorize(gateway, state["api"], token)
			if allowed or reason not in reasons:
				self.tally.problem("%s: %s" % (way, reason))
			self.tally.count("pairs " + way)

	def call(self, cursor, call, arguments=None):
		"""The result of a function, in a transaction of u0"""
		cursor.execute("BEGIN")
		state_user(cursor, "u0")
		cursor.execute("SELECT modelapi_acl." + call, arguments)
		result = cursor.fetchone()[0]
		cursor.execute("COMMIT")
		return result


def check_holders(check, database):
	tally = Tally()
	pairs = [HolderPair(n, database, tally) for n in range(PAIRED_CLIENTS)]
	together([lambda p=pair: p.run(HOLDERS // PAIRED_CLIENTS) for pair in pairs])
	tally.show()
	done = sum(n for what, n in tally.counts.items() if what.startswith("pairs"))
	check.true(
		"access of %d holders ended while requests used it: %d requests answered as if it had not"
		% (done, len(tally.problems)),
		not tally.problems and done == HOLDERS and tally.counts["requests denied"] > 0,
	)


def check_tokens(check, database):
	tally = Tally()
	pairs = [Pair(n, database, tally) for n in range(PAIRED_CLIENTS)]
	together([lambda p=pair: p.run(PAIRS // PAIRED_CLIENTS) for pair in pairs])
	tally.show()
	done = sum(n for what, n in tally.counts.items() if what.startswith("pairs"))
	check.true(
		"%d tokens ended while requests used them: %d requests answered as if they had not"
		% (done, len(tally.problems)),
		not tally.problems and done == PAIRS and tally.counts["requests denied"] > 0,
	)


def main(check):
	database = create_database()
	check_owners(check, database)
	check_tokens(check, database)
	check_holders(check, database)


if __name__ == "__main__":
	run_check(main, seed=SEED)
