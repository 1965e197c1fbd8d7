#!/usr/bin/python3
"""200 users behind PgBouncer in transaction mode share four server connections: nobody gets a
row of another user, whatever an earlier client left in the session.

LONG=1	100,000 transactions
SEED=N	repeats the random choices
"""

import random
import threading

import psycopg2
import psycopg2.errors

from harness import (
	SEED,
	Database,
	Programs,
	Tally,
	attempt,
	by_length,
	run_check,
	scratch_folder,
	together,
	write_pgbouncer_ini,
)

TRANSACTIONS = by_length(3_000, 100_000)
USERS, CLIENTS = 200, 12
PORT = 6543
# What a client leaves for the next one of the same server connection. ID is the id of the
# client's user, NUMBER is random.
PLANTS = [
	"CREATE TEMP TABLE model_apis AS SELECT 'planted' AS name",
	"CREATE TEMP TABLE users AS SELECT 'planted' AS name",
	"CREATE TEMP TABLE organization_members (organization_id uuid, user_id uuid, is_admin boolean)",
	"SET search_path = pg_temp, modelapi_acl, public",
	'SET request.jwt.claims = \'{"sub": "ID"}\'',
	"SELECT set_config('request.jwt.claims', '{\"sub\": \"ID\"}', false)",
	"SET ROLE modelapi_acl_user",
	"PREPARE planted AS SELECT name FROM modelapi_acl.model_apis",
	"DECLARE planted_NUMBER CURSOR WITH HOLD FOR SELECT name FROM modelapi_acl.projects",
	"SET plan_cache_mode = force_generic_plan",
	"SET modelapi_acl.user_id = 'ID'",
	"SET row_security = on",
	"CREATE FUNCTION pg_temp.current_identity() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
	"LISTEN something",
	"SET default_transaction_isolation = 'serializable'",
	"SET debug_parallel_query = on",
]
ERRORS = [
	"SELECT 1/0",
	"SELECT modelapi_acl.set_session_user('u0')",  # fails unless the user is u0
	"SELECT modelapi_acl.delete_model_api(gen_random_uuid())",
	"INSERT INTO modelapi_acl.projects (name) VALUES ('')",
]


def create_database():
	"""Each user owns one model API with one token, both of them called "of USER" """
	users = ["u%d" % n for n in range(USERS)]
	database = Database("pooling", roles={"pooled": "modelapi_acl_backend"}, users=users)
	cursor = database.cursor()
	for user in users:
		cursor.execute(
			"""BEGIN;
			SELECT modelapi_acl.set_session_user('%(user)s');
			SELECT modelapi_acl.create_model_api(modelapi_acl.create_project('p'), 'of %(user)s');
			SELECT modelapi_acl.create_token(id, 'of %(user)s')
			FROM modelapi_acl.model_apis WHERE name = 'of %(user)s';
			COMMIT"""
			% {"user": user}
		)
	return database


class Client:
	"""A session of an application's, and its random transactions"""

	def __init__(self, number, database, folder, tally):
		self.random = random.Random(SEED * 100 + number)
		self.ids, self.folder, self.tally = database.ids, folder, tally
		self.kinds = {
			1: self.fail,
			2: self.undo,
			3: self.execute_prepared,
			4: self.plant,
			7: self.read_what_was_planted,
		}

	def connect(self):
		self.session = psycopg2.connect(
			host=str(self.folder), port=PORT, dbname="pooling", user="pooled"
		)

	def run(self, transactions):
		self.connect()
		for _ in range(transactions):
			try:
				self.transaction()
			except psycopg2.Error as error:
				self.tally.count("errors " + str(error.pgcode))
				self.recover(error)
			self.tally.count("transactions")
			if self.random.random() < 0.02:
				self.session.close()
				self.connect()
		self.session.close()

	def recover(self, error):
		try:
			self.session.rollback()
			if error.pgcode == "42501":  # a client left SET ROLE: a backend would reset it
				self.session.cursor().execute("RESET ROLE; RESET ALL")
				self.session.commit()
		except psycopg2.Error:
			self.connect()

	def look(self, where, sql="SELECT name FROM modelapi_acl.model_apis"):
		"""Only the user's own rows may come"""
		self.cursor.execute(sql)
		names = [row[0] for row in self.cursor.fetchall()]
		if names != (["of " + self.user] if self.user else []):
			self.tally.problem("%s was shown %s (%s)" % (self.user, names, where))
		self.tally.count("answers compared")

	def attempt(self, sql):
		"""Whether a statement succeeds; what a failed one did is undone"""
		code = attempt(self.cursor, sql)
		if code:
			self.tally.count("errors " + code)
		return not code

	def transaction(self):
		kind = self.random.randrange(10)
		name = "u%d" % self.random.randrange(USERS)
		self.cursor = self.session.cursor()
		self.user, self.id = name, self.ids[name]
		if kind == 0:  # no user is stated: nothing is seen
			self.user = None
		else:
			self.cursor.execute("SELECT modelapi_acl.set_session_user(%s)", (name,))
		self.look("first")
		if kind == 5:
			self.session.rollback()
			self.tally.count("rollbacks")
			return
		if kind == 6:
			self.cancel()
			return
		self.kinds.get(kind, lambda: None)()
		self.cursor.execute(
			"SELECT array_agg(DISTINCT modelapi_acl.has_permission(id, 'delete'))"
			" FROM modelapi_acl.model_apis"
		)
		if self.cursor.fetchone()[0] not in ([True] if self.user else [None], None):
			self.tally.problem("%s has other permissions" % self.user)
		self.look("last")
		self.session.commit() if self.random.random() < 0.8 else self.session.rollback()

	def fail(self):
		sql = self.random.choice(ERRORS)
		if self.attempt("SELECT 1/0" if self.user == "u0" else sql):
			self.tally.problem("no error: %s" % sql)
		self.look("after an error")

	def undo(self):
		self.cursor.execute(
			"SAVEPOINT s; SELECT modelapi_acl.create_project('undone'); ROLLBACK TO s"
		)
		self.look("after a savepoint")

	def execute_prepared(self):
		"""The statement may be there already, from an earlier client"""
		self.attempt("PREPARE listed AS SELECT name FROM modelapi_acl.model_apis")
		self.look("prepared", "EXECUTE listed")

	def plant(self):
		sql = self.random.choice(PLANTS).replace("ID", self.id)
		if self.attempt(sql.replace("NUMBER", str(self.random.randrange(10**9)))):
			self.tally.count("plants")

	def cancel(self):
		timer = threading.Timer(self.random.random() * 0.02, self.session.cancel)
		timer.start()
		try:
			self.cursor.execute("SELECT pg_sleep(0.03)")
		except psycopg2.errors.QueryCanceled:
			self.tally.count("cancels")
		finally:
			timer.join()
		self.session.rollback()

	def read_what_was_planted(self):
		for sql in ("EXECUTE planted", "SELECT name FROM modelapi_acl.access_tokens"):
			self.cursor.execute("SAVEPOINT s")
			try:
				self.look(sql, sql)
			except psycopg2.Error as error:
				self.tally.count("errors " + error.pgcode)
				self.cursor.execute("ROLLBACK TO s")


def main(check):
	database = create_database()
	folder = scratch_folder("pooling")
	configuration = write_pgbouncer_ini(
		folder,
		{"pooling": "host=%s port=5432 dbname=pooling user=pooled" % database.host},
		["pooled"],
		listen_addr="",
		unix_socket_dir=folder,
		listen_port=PORT,
		default_pool_size=4,
		max_client_conn=100,
	)
	tally = Tally()
	with Programs(folder) as programs:
		socket = folder / (".s.PGSQL.%d" % PORT)
		programs.start("pgbouncer", ["pgbouncer", configuration], socket)
		clients = [Client(n, database, folder, tally) for n in range(CLIENTS)]
		each = -(-TRANSACTIONS // CLIENTS)
		together([lambda client=client: client.run(each) for client in clients])
	tally.show()
	check.true(
		"%d transactions of %d users over 4 server connections: %d rows of another user"
		% (tally.counts["transactions"], USERS, len(tally.problems)),
		not tally.problems,
	)
	check.true(
		"enough plants and cancels",
		tally.counts["transactions"] >= TRANSACTIONS
		and tally.counts["plants"] > 50
		and tally.counts["cancels"] > 20,
	)


if __name__ == "__main__":
	run_check(main, seed=SEED)
