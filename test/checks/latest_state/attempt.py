"""One attempt: a user with access tries an operation, and at one moment of it loses the access."""

import time

import psycopg2

from latest_state.access import LEVELS
from latest_state.losses import ADMINISTRATORS
from latest_state.moments import FORM, WAITING
from latest_state.operations import LATER_VALUES, OWN_GRANT, OWN_PROJECT_GRANT, SHOWS_LATER_VALUE

STATE_FOUNDER = "SELECT modelapi_acl.set_session_user('%(f)s');"
GRANTS = (  # field of Access, call
	("direct", "add_collaborator('%(m)s', '%(a)s'"),
	("shared", "add_collaborator('%(m)s', '%(g)s'"),
	("project", "add_project_collaborator('%(p)s', '%(a)s'"),
	("project_shared", "add_project_collaborator('%(p)s', '%(g)s'"),
)
# an earlier write of the same transaction
EARLIER = {
	"model": "SELECT modelapi_acl.set_setting('%(m)s', 'earlier', '1')",
	"project": "UPDATE modelapi_acl.projects SET description = 'earlier' WHERE id = '%(p)s'",
	"organization": (
		"UPDATE modelapi_acl.organizations SET full_name = 'earlier' WHERE id = '%(oid)s'"
	),
	"anything": "SELECT modelapi_acl.create_project('earlier')",
}
DO_BLOCK = """DO $do$
	DECLARE n bigint;
	BEGIN
		PERFORM latest_state.gate(%s);
		EXECUTE $sql$%s$sql$;
		GET DIAGNOSTICS n = ROW_COUNT;
		PERFORM set_config('latest_state.rows', n::text, false);
	END $do$"""
EXPIRE = (
	"BEGIN; SET LOCAL row_security = off;"
	" UPDATE modelapi_acl.%s SET expires_at = %s WHERE %s RETURNING expires_at"
)
FOR_UPDATE = "SELECT FROM modelapi_acl.%s WHERE %s FOR UPDATE;"


class TooLateError(Exception):
	"""The grant expired before it should"""


class NotApplicableError(Exception):
	"""Nothing waited, or the access could not be taken meanwhile"""


class Attempt:
	def __init__(self, worker, operation, loss, moment, isolation, margin=0.25):
		"""margin: the seconds before a grant expires"""
		self.worker, self.actor = worker, worker.actor
		self.operation, self.loss = operation, loss
		self.moment, self.isolation = moment, isolation
		self.margin, self.waited, self.deadlocks = margin, False, 0
		self.errors = []  # what the user was told
		self.names = dict(worker.names(operation.kind), date="%d ms" % (margin * 200))

	# Before

	def prepare(self):
		"""Gives the user the access that the loss begins with"""
		access, holder = self.loss.before, self.worker.holder
		sql, expiry = self.grants(access), None
		if access.public:
			expiry = "clock_timestamp() - interval '1 second'"
		if self.loss.clock:
			expiry = "clock_timestamp() + interval '%f seconds'" % self.margin
		if sql:
			holder.execute(("BEGIN;" + STATE_FOUNDER + sql + "COMMIT") % self.names)
		if expiry:
			table, condition = OWN_PROJECT_GRANT if access.project else OWN_GRANT
			holder.execute(EXPIRE % (table, expiry, condition % self.names))
			self.expiry = holder.fetchone()[0]
			holder.execute("COMMIT")
		self.events = self.worker.events()

	@staticmethod
	def grants(access):
		sql = ""
		for field, call in GRANTS:
			if getattr(access, field):
				sql += "SELECT modelapi_acl.%s, '%s');" % (call, LEVELS[getattr(access, field)])
		if access.shared or access.project_shared:
			sql += "SELECT modelapi_acl.add_organization_member('%(g)s', '%(a)s');"
		if access.admin:
			sql += "SELECT modelapi_acl.add_organization_member('%(o)s', '%(a)s', true);"
		if access.public:
			sql += (
				"SELECT modelapi_acl.set_visibility('%(m)s', 'public');"
				"SELECT modelapi_acl.add_collaborator('%(m)s', '%(a)s', 'owner');"
			)
		return sql

	# Taking the access

	def state_founder(self, sql):
		"""What comes before SQL that the founder runs; administrators state nobody"""
		return "" if sql.startswith(ADMINISTRATORS) else STATE_FOUNDER

	def as_founder(self, sql, begin="BEGIN;", end="COMMIT"):
		sql = begin + self.state_founder(self.loss.take) + sql + end
		self.worker.holder.execute(sql % self.names)

	def take(self, session=None, regain=False):
		"""Takes the access away; session: in the transaction that is open there"""
		cursor = session or self.worker.remover
		if self.loss.clock:
			self.wait_for_expiry(cursor)
		try:
			if session:
				cursor.execute(self.loss.take % self.names or "SELECT 1")
				return
			for sql in [self.loss.take] + ([self.loss.give] if regain else []):
				begin = "BEGIN; SET LOCAL lock_timeout = '200ms';" + self.state_founder(sql)
				self.take_unless_held_up(cursor, (begin + sql + "COMMIT") % self.names)
		except psycopg2.errors.InvalidParameterValue:  # the date has passed already
			raise TooLateError from None
		except psycopg2.errors.LockNotAvailable:
			if session:
				raise
			cursor.execute("ROLLBACK")
			self.waited = True

	def take_unless_held_up(self, cursor, sql):
		"""Runs SQL that must not wait for the user's transaction, which stays as it is meanwhile.
		What waits for anything else, on a busy machine, does so once."""
		try:
			cursor.execute(sql)
		except psycopg2.errors.LockNotAvailable:
			cursor.execute("ROLLBACK")
			if self.may_wait():
				raise NotApplicableError from None
			cursor.execute(sql.replace("'200ms'", "'10s'"))

	def time_left(self, cursor):
		"""The seconds until the grant expires"""
		cursor.execute("SELECT extract(epoch FROM %s - clock_timestamp())", (self.expiry,))
		return float(cursor.fetchone()[0])

	def must_not_have_expired(self):
		"""Where something was refused before the moment: on a busy machine the grant may have
		expired by then"""
		if self.loss.clock and self.time_left(self.worker.observer) <= 0:
			raise TooLateError

	def wait_for_expiry(self, cursor):
		left = self.time_left(cursor)
		if left <= 0:
			raise TooLateError
		time.sleep(left + 0.002)

	def may_wait(self):
		"""Whether taking the access may wait for the user's transaction: when that removed an owner
		or wrote the very row, or when nobody is removed. Disabling a user waits for nothing."""
		loss, operation = self.loss, self.operation
		if loss.name.endswith("user disabled"):
			return False
		takes_nothing = ": nothing: " in loss.name
		return operation.takes or operation.own or loss.is_deletion() or takes_nothing

	# The operation

	def begin(self):
		return self.actor.run(
			"BEGIN ISOLATION LEVEL %s; SELECT modelapi_acl.set_session_user('%s');"
			" SELECT count(*) FROM modelapi_acl.users" % (self.isolation, self.names["a"])
		)

	def send(self):
		sql = self.operation.forms[FORM[self.moment]] % self.names
		self.actor.send(
			DO_BLOCK % (self.names["k"], sql) if self.moment == "within a DO block" else sql
		)

	def must(self, sql):
		"""Runs a statement that must succeed"""
		if self.actor.run(sql):
			self.must_not_have_expired()
			raise AssertionError("%s: %s" % (self.actor.error_text(), sql))

	def until_blocked(self):
		"""Returns when the statement waits for the holder"""
		while not self.actor.poll(0.001):
			if self.worker.blocked():
				return
		self.must_not_have_expired()
		raise NotApplicableError

	def outcome(self, plain=False):
		"""What came of the statement: an SQLSTATE, "nothing" or "done"; and whether it showed a
		later value"""
		self.actor.wait()
		error = self.actor.error
		if error:
			self.errors.append(self.actor.error_text())
			words = "%s %s" % (error.diag.message_primary, error.diag.message_detail)
			return error.pgcode or "lost", bool(SHOWS_LATER_VALUE.search(words))
		cursor = self.actor.cursor
		rows = cursor.fetchall() if cursor.description else []
		count = cursor.rowcount
		if self.moment == "within a DO block" and not plain:
			self.actor.run("SELECT current_setting('latest_state.rows')")
			count = int(cursor.fetchone()[0])
		done = "done" if count >= self.operation.rows else "nothing"
		return done, bool(SHOWS_LATER_VALUE.search(repr(rows)))

	def run(self):
		"""Tries the operation and takes the access at the moment"""
		moment = self.moment
		if moment == "before the first statement" or moment.endswith("is stated"):
			return self.before_stating()
		code = self.begin()
		if code:
			raise AssertionError("could not begin: " + self.actor.error_text())
		if moment == "after the snapshot":
			self.take()
		elif moment == "before the commit":
			self.send()
			result = self.outcome()
			if result[0] == "done":
				self.take()
			else:
				self.must_not_have_expired()
			return result
		elif moment == "between two statements":
			self.write_earlier()
			self.take()
			self.actor.run("SAVEPOINT earlier")
		elif moment.startswith("by oneself"):
			before, after = "", ""
			if moment.endswith("undone"):
				before, after = "SAVEPOINT earlier;", "ROLLBACK TO earlier"
			self.must(before + self.loss.take % self.names + after)
		elif moment in WAITING:
			return self.wait_for_lock()
		elif moment.startswith("from an older cursor"):
			return self.fetch_from_older_cursor()
		else:
			return self.stop_at_gate()
		self.send()
		return self.outcome()

	def before_stating(self):
		self.actor.run("BEGIN ISOLATION LEVEL " + self.isolation)
		if self.moment.endswith("is stated"):
			self.actor.run("SELECT count(*) FROM pg_catalog.pg_class")
		self.take()
		code = self.actor.run("SELECT modelapi_acl.set_session_user('%(a)s')" % self.names)
		if code:
			self.errors.append("nobody stated: " + self.actor.error_text())
			return code, False
		self.send()
		return self.outcome()

	def write_earlier(self):
		kind, worker = self.operation.kind, self.worker
		sql = EARLIER[kind]
		if kind not in worker.earlier:  # find out how many events it writes
			self.must(sql % self.names + "; COMMIT")
			worker.earlier[kind] = worker.events() - self.events
			self.events = worker.events()
			self.begin()
		self.must(sql.replace("'1'", "'2'").replace("earlier'", "earlier 2'") % self.names)

	def fetch_from_older_cursor(self):
		sql = self.operation.forms[FORM[self.moment]] % self.names
		self.must("DECLARE older CURSOR FOR " + sql)
		table, condition = self.operation.row
		update = "SET LOCAL row_security = off; UPDATE modelapi_acl.%s SET %s WHERE %s;"
		update %= (table, LATER_VALUES[table], condition)
		self.as_founder(update + "SET LOCAL row_security = on;" + self.loss.take)
		self.actor.send("FETCH ALL FROM older")
		return self.outcome()

	def stop_at_gate(self):
		holder = self.worker.holder
		holder.execute("SELECT pg_advisory_lock(%s)", (self.names["k"],))
		self.send()
		self.until_blocked()
		self.take(regain=self.moment.startswith("lost and regained"))
		holder.execute("SELECT pg_advisory_unlock_all()")
		return self.outcome()

	# Waiting for a lock

	def blocking_statement(self):
		"""What the holder runs to make the operation wait"""
		operation, moment = self.operation, self.moment
		if moment == "waiting for the row, which changes":
			table, condition = operation.row
			update = "UPDATE modelapi_acl.%s SET %s WHERE %s;"
			return update % (table, LATER_VALUES[table], condition)
		if moment == "waiting for the row, only locked":
			return FOR_UPDATE % operation.row
		if moment == "waiting for the parent":
			return FOR_UPDATE % operation.parents[0]
		if moment.startswith("waiting for the grantee"):
			return FOR_UPDATE % operation.parents[1]
		if moment == "waiting for a counter":
			return self.lock_counters()
		return operation.unique

	def lock_counters(self):
		ids = [self.names[name] for name in ("p", "m", "oid", "aid") if self.names[name]]
		ids = ", ".join("'%s'" % id for id in ids)
		sql = ""
		for table, columns in self.worker.world.counters:
			condition = " OR ".join("%s IN (%s)" % (column, ids) for column in columns)
			sql += "SELECT FROM %s WHERE %s FOR UPDATE;" % (table, condition)
		return sql

	def wait_for_lock(self):
		"""The holder locks what the operation will wait for, takes the access in the same
		transaction and ends it; where it takes a unique key, another session takes the access"""
		holder, sql = self.worker.holder, self.blocking_statement()
		begin = "BEGIN; SET LOCAL lock_timeout = '20s';"
		if "create_organization" in sql:
			holder.execute((begin + STATE_FOUNDER + sql) % self.names)
		else:
			sql = "SET LOCAL row_security = off;" + sql
			self.as_founder(sql, begin, "SET LOCAL row_security = on")
		self.send()
		self.until_blocked()
		if self.moment.startswith("waiting for a unique key"):
			self.take()
			holder.execute("ROLLBACK" if self.moment.endswith("rolled back") else "COMMIT")
			return self.outcome()
		try:
			self.take(holder)
		except psycopg2.errors.DeadlockDetected:  # the founder would try again later
			self.deadlocks += 1
			raise NotApplicableError from None
		holder.execute("COMMIT")
		return self.outcome()

	# Afterwards

	def finish(self, code):
		"""Commits what was done; returns the outcome and how many events were written"""
		if code in ("done", "nothing"):
			failed = self.actor.run("COMMIT")
			if failed:
				self.errors.append("at the commit: " + self.actor.error_text())
				return failed, 0
		elif self.moment == "between two statements":
			self.must("ROLLBACK TO earlier; COMMIT")
		else:
			self.actor.run("ROLLBACK")
		return code, self.worker.events() - self.events

	def try_again(self):
		"""The outcome in a new transaction, after a serialization failure or a deadlock"""
		self.actor.run("ROLLBACK")
		code = self.begin()
		if code:
			self.errors.append("could not begin: " + self.actor.error_text())
		else:
			self.actor.send(self.operation.forms["plain"] % self.names)
			code = self.outcome(plain=True)[0]
		self.actor.run("ROLLBACK")
		return code

	def clean(self):
		"""Makes the sessions ready for the next attempt, whatever happened"""
		self.worker.holder.execute("ROLLBACK; SELECT pg_advisory_unlock_all()")
		self.worker.remover.execute("ROLLBACK")
		self.actor.wait()
		self.actor.run("ROLLBACK")
		if not self.loss.after.enabled:
			enable = "SELECT modelapi_acl.enable_user('%s')" % self.names["a"]
			self.worker.holder.execute(enable)
