#!/usr/bin/python3
"""A primary and two streaming standbys behind HAProxy, configured as in examples/scaling: what the
standbys serve, that with remote_apply none accepts a token after its revocation has returned, what
happens when a standby is cut off, and a failover. Nothing is asserted about time, except that
things happen at all.

LONG=1	2,000 revocations
"""

import hashlib
import sys
import threading

import psycopg2

from harness import ROOT, by_length, private_folder, run_check

sys.dont_write_bytecode = True
sys.path.append(str(ROOT / "bench"))
from standbys import Servers

REVOCATIONS = by_length(200, 2000)
servers = Servers(str(private_folder() / "scaling"))


class Person:
	"""A session of a trusted backend, for one user: a transaction for each statement"""

	def __init__(self, where, user):
		self.user = user
		self.cursor = servers.connect(where, "backend").cursor()

	def ask(self, sql, *arguments):
		self.cursor.execute("BEGIN")
		try:
			self.cursor.execute("SELECT modelapi_acl.set_session_user(%s)", (self.user,))
			self.cursor.execute(sql, arguments)
			rows = self.cursor.fetchall()
			self.cursor.execute("COMMIT")
			return rows
		except psycopg2.Error as error:
			self.cursor.execute("ROLLBACK")
			return error.pgcode

	def one(self, sql, *arguments):
		rows = self.ask(sql, *arguments)
		return rows[0][0] if isinstance(rows, list) else rows


class Gateway:
	def __init__(self, where):
		self.where = where
		self.cursor = servers.connect(where, "gateway").cursor()

	def reason(self, api, token):
		arguments = (
			"SELECT reason FROM modelapi_acl.authorize_invocation(%s::uuid, 'basic', %s)",
			(api, hashlib.sha256(token.encode()).digest()),
		)
		try:
			self.cursor.execute(*arguments)
		except psycopg2.OperationalError:
			# HAProxy ends sessions with a standby that was paused for too long
			self.cursor = servers.connect(self.where, "gateway").cursor()
			self.cursor.execute(*arguments)
		return self.cursor.fetchone()[0]


def set_up():
	servers.start()
	servers.ask(
		"one",
		"""SET client_min_messages = error;
		CREATE EXTENSION modelapi_acl CASCADE;
		CREATE ROLE backend LOGIN; GRANT modelapi_acl_backend TO backend;
		CREATE ROLE gateway LOGIN; GRANT modelapi_acl_gateway TO gateway;
		SELECT modelapi_acl.create_user(name, name || '@example.com')
		FROM unnest('{ana,ben,cai}'::text[]) AS name""",
	)
	ana = Person("writes", "ana")
	project = ana.one("SELECT modelapi_acl.create_project('language')::text")
	api = ana.one("SELECT modelapi_acl.create_model_api(%s, 'chat')::text", project)
	return ana, project, api


def caught_up():
	"""Waits until the standbys have replayed what there is"""
	lsn = servers.ask("one", "SELECT pg_current_wal_insert_lsn()::text")
	servers.wait_for(
		lambda: all(
			servers.ask(name, "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", lsn)
			for name in ("two", "three")
		),
		"no replay",
	)


def test_reads(check, ana, api):
	token = ana.one("SELECT token FROM modelapi_acl.create_token(%s, 'app')", api)
	ana.ask("SELECT modelapi_acl.add_collaborator(%s, 'ben')", api)
	caught_up()
	# a standby that is busy catching up may be out for a moment
	servers.wait_for(
		lambda: servers.served_by("reads", 6) == {"two", "three"}, "reads go elsewhere: "
	)
	check.equal(
		"reads and writes go where they belong: writes", servers.served_by("writes", 3), {"one"}
	)
	for name in ("two", "three", "reads"):
		rows = [
			Person(name, user).ask("SELECT name FROM modelapi_acl.model_apis")
			for user in ("ana", "ben", "cai", None)
		]
		check.equal("%s: each sees their own rows" % name, rows, [[("chat",)], [("chat",)], [], []])
		check.equal(
			"%s: permissions" % name,
			[
				Person(name, user).one("SELECT cardinality(modelapi_acl.my_permissions(%s))", api)
				for user in ("ana", "ben", "cai")
			],
			[15, 3, 0],
		)
		check.equal(
			"%s: search" % name,
			Person(name, "ben").ask("SELECT name FROM modelapi_acl.search_model_apis('chat')"),
			[("chat",)],
		)
		check.equal(
			"%s: tokens" % name,
			[Gateway(name).reason(api, t) for t in (token, "x")],
			["token", "unknown_token"],
		)
		check.equal("%s: an unknown user" % name, Person(name, "nobody").ask("SELECT 1"), "PT401")
		check.equal(
			"%s: writes are refused: 25006" % name,
			[
				Person(name, "ana").ask(sql, api)
				for sql in (
					"SELECT modelapi_acl.create_token(%s, 'x')",
					"SELECT modelapi_acl.delete_model_api(%s)",
					"UPDATE modelapi_acl.model_apis SET description = 'x'"
					" WHERE id = %s RETURNING 1",
				)
			],
			["25006"] * 3,
		)


def test_remote_apply(check, ana, project, api):
	"""Many times: once a statement that takes access away has returned, no standby gives access"""
	servers.synchronous(True)
	gateways = {name: Gateway(name) for name in ("one", "two", "three", "reads")}
	bens = {name: Person(name, "ben") for name in ("one", "two", "three", "reads")}
	# something else to replay all the while
	stop = threading.Event()

	def write():
		other = Person("writes", "ana")
		while not stop.is_set():
			other.ask("SELECT modelapi_acl.set_setting(%s, 'replicas', '1')", api)
			other.ask("SELECT modelapi_acl.create_model_api(%s, 'noise')", project)

	writer = threading.Thread(target=write)
	writer.start()
	before, accepted = [], []
	try:
		for n in range(REVOCATIONS):
			token_id, token = ana.ask(
				"SELECT id::text, token FROM modelapi_acl.create_token(%s, 'app')", api
			)[0]
			before += [g.reason(api, token) for g in gateways.values()]
			if n % 2:
				ana.ask("SELECT modelapi_acl.revoke_token(%s)", token_id)
			else:
				ana.ask("SELECT modelapi_acl.regenerate_token(%s)", token_id)
			accepted += [name for name, g in gateways.items() if g.reason(api, token) == "token"]
		check.equal(
			"remote_apply: %d new tokens: accepted everywhere as soon as they are made"
			% REVOCATIONS,
			set(before),
			{"token"},
		)
		check.equal(
			"remote_apply: %d revocations and regenerations: accepted afterwards" % REVOCATIONS,
			accepted,
			[],
		)
		takes = {
			"a grant removed": (
				"SELECT modelapi_acl.add_collaborator(%s, 'ben')",
				"SELECT modelapi_acl.remove_collaborator(%s, 'ben')",
			),
			"made private": (
				"SELECT modelapi_acl.set_visibility(%s, 'public')",
				"SELECT modelapi_acl.set_visibility(%s, 'private')",
			),
		}
		seen = "SELECT count(*) FROM modelapi_acl.model_apis WHERE id = %s"
		ana.ask("SELECT modelapi_acl.remove_collaborator(%s, 'ben')", api)
		for what, (give, take) in takes.items():
			counts = []
			for _ in range(REVOCATIONS // 6):
				ana.ask(give, api)
				counts.append([ben.one(seen, api) for ben in bens.values()])
				ana.ask(take, api)
				counts.append([ben.one(seen, api) for ben in bens.values()])
			check.equal(
				"remote_apply: %s: seen while it was given, and never after" % what,
				counts,
				[[1] * 4, [0] * 4] * (REVOCATIONS // 6),
			)
		ana.ask("SELECT modelapi_acl.set_authorization_mode(%s, 'unrestricted')", api)
		check.equal(
			"remote_apply: unrestricted",
			{g.reason(api, "x") for g in gateways.values()},
			{"unrestricted"},
		)
		ana.ask("SELECT modelapi_acl.set_authorization_mode(%s, 'restricted')", api)
		check.equal(
			"remote_apply: restricted again",
			{g.reason(api, "x") for g in gateways.values()},
			{"unknown_token"},
		)
		servers.ask("writes", "SELECT modelapi_acl.disable_user('ben')")
		check.equal(
			"remote_apply: a disabled user is nobody",
			[ben.ask("SELECT 1") for ben in bens.values()],
			["PT401"] * 4,
		)
		servers.ask("writes", "SELECT modelapi_acl.enable_user('ben')")
	finally:
		stop.set()
		writer.join()

	# a standby that doesn't replay keeps the revocation from returning
	token_id, token = ana.ask(
		"SELECT id::text, token FROM modelapi_acl.create_token(%s, 'app')", api
	)[0]
	servers.ask("two", "SELECT pg_wal_replay_pause()")
	revocation = threading.Thread(
		target=ana.ask, args=("SELECT modelapi_acl.revoke_token(%s)", token_id)
	)
	revocation.start()
	revocation.join(0.5)
	check.equal(
		"remote_apply: a paused standby: the revocation waits",
		(revocation.is_alive(), gateways["two"].reason(api, token)),
		(True, "token"),
	)
	servers.ask("two", "SELECT pg_wal_replay_resume()")
	revocation.join(120)
	check.equal(
		"remote_apply: replayed: it returns, and holds",
		(revocation.is_alive(), {g.reason(api, token) for g in gateways.values()}),
		(False, {"token_revoked"}),
	)

	# a wait that is cancelled says so: the commit has happened, and standbys lag
	token_id, token = ana.ask(
		"SELECT id::text, token FROM modelapi_acl.create_token(%s, 'app')", api
	)[0]
	servers.ask("two", "SELECT pg_wal_replay_pause()")
	revocation = threading.Thread(
		target=ana.ask, args=("SELECT modelapi_acl.revoke_token(%s)", token_id)
	)
	revocation.start()
	waits = (
		"SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'backend'"
	)
	servers.wait_for(lambda: servers.ask("one", waits) == 1, "the revocation does not wait")
	servers.ask(
		"one",
		"SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
		" WHERE wait_event = 'SyncRep' AND usename = 'backend'",
	)
	revocation.join(120)
	check.true(
		"remote_apply: a cancelled wait warns",
		"canceling wait for synchronous replication" in "".join(ana.cursor.connection.notices),
	)
	check.equal(
		"remote_apply: and has revoked, but not everywhere",
		[gateways[name].reason(api, token) for name in ("one", "two")],
		["token_revoked", "token"],
	)
	servers.ask("two", "SELECT pg_wal_replay_resume()")
	caught_up()
	check.equal(
		"remote_apply: until it is replayed", gateways["two"].reason(api, token), "token_revoked"
	)


def test_asynchronous(check, ana, api):
	servers.synchronous(False)
	token_id, token = ana.ask(
		"SELECT id::text, token FROM modelapi_acl.create_token(%s, 'app')", api
	)[0]
	caught_up()
	gateway = Gateway("two")
	servers.ask("two", "SELECT pg_wal_replay_pause()")
	ana.ask("SELECT modelapi_acl.revoke_token(%s)", token_id)
	check.equal(
		"asynchronous: a standby accepts until it has replayed", gateway.reason(api, token), "token"
	)
	check.equal(
		"asynchronous: the primary refuses at once",
		Gateway("one").reason(api, token),
		"token_revoked",
	)
	servers.ask("two", "SELECT pg_wal_replay_resume()")
	caught_up()
	check.equal("asynchronous: and then refuses", gateway.reason(api, token), "token_revoked")
	# for one transaction alone
	servers.ask(
		"one",
		"ALTER SYSTEM SET synchronous_standby_names = 'FIRST 2 (two, three)'",
		database="postgres",
	)
	servers.ask("one", "SELECT pg_reload_conf()", database="postgres")
	servers.wait_for(
		lambda: servers.ask("one", "SELECT bool_and(sync_state = 'sync') FROM pg_stat_replication"),
		"not synchronous",
	)
	accepted = []
	for _ in range(REVOCATIONS // 3):
		ana.cursor.execute(
			"BEGIN; SET LOCAL synchronous_commit = remote_apply;"
			" SELECT modelapi_acl.set_session_user('ana')"
		)
		ana.cursor.execute(
			"SELECT id::text, token FROM modelapi_acl.create_token(%s, 'app')", (api,)
		)
		token_id, token = ana.cursor.fetchone()
		ana.cursor.execute("COMMIT")
		accepted.append(gateway.reason(api, token))
		ana.cursor.execute(
			"BEGIN; SET LOCAL synchronous_commit = remote_apply;"
			" SELECT modelapi_acl.set_session_user('ana')"
		)
		ana.cursor.execute("SELECT modelapi_acl.revoke_token(%s)", (token_id,))
		ana.cursor.execute("COMMIT")
		accepted.append(gateway.reason(api, token))
	check.equal(
		"SET LOCAL synchronous_commit = remote_apply: %d revocations" % (REVOCATIONS // 3),
		accepted,
		["token", "token_revoked"] * (REVOCATIONS // 3),
	)
	servers.synchronous(False)


def test_cut_off(check):
	"""A standby that has lost its primary no longer serves"""
	session = servers.connect("reads", "gateway")
	while True:
		cursor = session.cursor()
		cursor.execute("SELECT current_setting('port')::int")
		if cursor.fetchone()[0] == servers.ports["two"]:
			break
		other, session = session, servers.connect("reads", "gateway")
		other.close()
	conninfo = servers.ask("two", "SELECT current_setting('primary_conninfo')")
	servers.ask(
		"two", "ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'", database="postgres"
	)
	servers.ask("two", "SELECT pg_reload_conf()", database="postgres")
	servers.wait_for(
		lambda: servers.served_by("reads", 6) == {"three"},
		"the standby that was cut off still serves",
	)
	check.equal("cut off: no session gets there", "two" in servers.served_by("reads", 10), False)
	try:
		cursor.execute("SELECT 1")
		check.true("cut off: nor stays there", False)
	except psycopg2.OperationalError:
		check.true("cut off: nor stays there", True)
	servers.ask("two", "ALTER SYSTEM SET primary_conninfo = %s", conninfo, database="postgres")
	servers.ask("two", "SELECT pg_reload_conf()", database="postgres")
	servers.wait_for(
		lambda: servers.served_by("reads", 6) == {"two", "three"}, "it did not come back"
	)
	check.true("cut off: back again", True)


def test_failover(check, api):
	"""The primary stops; one standby is promoted, the other follows it"""
	caught_up()
	servers.control("one", "-m", "immediate", "stop")
	# HAProxy takes both standbys out as soon as it has noticed
	check.equal(
		"failover: a standby answers without a primary",
		len(Person("three", "ana").ask("SELECT FROM modelapi_acl.model_apis WHERE id = %s", api)),
		1,
	)
	servers.control("two", "promote")
	servers.ask(
		"three",
		"ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=%d user=postgres'"
		% servers.ports["two"],
		database="postgres",
	)
	servers.ask("three", "ALTER SYSTEM SET primary_slot_name = ''", database="postgres")
	servers.ask("three", "SELECT pg_reload_conf()", database="postgres")
	servers.wait_for(
		lambda: (
			servers.served_by("writes") == {"two"} and servers.served_by("reads", 4) == {"three"}
		),
		"no failover",
	)
	ana = Person("writes", "ana")
	token_id, token = ana.ask(
		"SELECT id::text, token FROM modelapi_acl.create_token(%s, 'after')", api
	)[0]
	gateway = Gateway("reads")
	servers.wait_for(
		lambda: gateway.reason(api, token) == "token", "the new standby does not follow"
	)
	check.equal(
		"failover: writes and reads go on, roles and identities need nothing",
		gateway.reason(api, token),
		"token",
	)
	ana.ask("SELECT modelapi_acl.revoke_token(%s)", token_id)
	servers.wait_for(lambda: gateway.reason(api, token) == "token_revoked", "no revocation")
	check.equal("failover: revocations too", gateway.reason(api, token), "token_revoked")
	check.equal(
		"failover: owners are still kept",
		ana.ask("SELECT modelapi_acl.remove_collaborator(%s, 'ana')", api),
		"23514",
	)


def main(check):
	try:
		ana, project, api = set_up()
		test_reads(check, ana, api)
		test_remote_apply(check, ana, project, api)
		test_asynchronous(check, ana, api)
		test_cut_off(check)
		test_failover(check, api)
	finally:
		servers.stop()


if __name__ == "__main__":
	run_check(main)
