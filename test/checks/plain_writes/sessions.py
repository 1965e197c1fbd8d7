"""The sessions in which callers run their statements."""

import dataclasses
import json

import psycopg2
import psycopg2.errors

from plain_writes.statements import quoted
from plain_writes.world import DATABASE

LOGIN_ROLES = {
	"user": {"backend": "pw_backend", "web": "pw_web", "direct": "pw_user"},
	"admin": {"backend": "pw_admin_backend", "web": "pw_admin_web", "direct": "pw_admin"},
	"log_writer": {"direct": "pw_log_writer"},
	"superuser": {"direct": None},
}
# callers that name a user who cannot be the current user
FAILING_NAMES = {
	"disabled": "disabled",
	"unknown": "no-such-user",
	"service account": "robot",
	"administrator, failed": "disabled",
	"administrator as service account": "robot",
}


@dataclasses.dataclass
class Outcome:
	code: str  # the SQLSTATE, "ok" or "0 rows"
	message: str = ""
	detail: str = ""
	hint: str = ""
	returned: object = None  # what RETURNING gave

	def words(self):
		return (self.code, self.message, self.detail, self.hint)

	def __str__(self):
		return " | ".join(w for w in self.words() if w)


def outcome_of_error(error):
	# a function of its own, so that no local variable keeps the error and libpq's result with it
	diag = error.diag
	message = diag.message_primary or str(error)
	return Outcome(error.pgcode or "?", message, diag.message_detail or "", diag.message_hint or "")


class Session:
	"""One transaction of a caller. The savepoint "cell" undoes each statement."""

	def __init__(self, caller, login):
		self.caller = caller
		self.connection = psycopg2.connect(dbname=DATABASE)
		self.cursor = self.connection.cursor()
		self.execute("SET client_min_messages = error; SET timezone = 'UTC'")
		self.log_in(caller, login)
		self.execute("SAVEPOINT cell")

	def execute(self, sql):
		self.cursor.execute(sql)
		return self.cursor.fetchall() if self.cursor.description else None

	def log_in(self, caller, login):
		role = LOGIN_ROLES[caller.role][login]
		if role:
			self.execute("SET LOCAL SESSION AUTHORIZATION " + role)
		user = caller.person or FAILING_NAMES.get(caller.name)
		if login == "backend":
			self.set_session_user(user)
		elif login == "web":
			claims = {"sub": "sub-" + user, "role": "modelapi_acl_user"} if user else None
			self.execute(
				"SET LOCAL ROLE modelapi_acl_%s;"
				" SELECT set_config('request.jwt.claims', %s, true);"
				" SELECT modelapi_acl.pre_request()"
				% (caller.role, quoted(json.dumps(claims) if claims else ""))
			)

	def set_session_user(self, user):
		self.execute("SAVEPOINT naming")
		try:
			self.execute("SELECT modelapi_acl.set_session_user(%s)" % quoted(user))
		except psycopg2.Error as error:
			if error.pgcode != "PT401":
				raise
			self.execute("ROLLBACK TO naming")

	def attempt(self, sql):
		"""Undoes the previous statement, runs this one and returns its Outcome"""
		try:
			self.cursor.execute("ROLLBACK TO cell; " + sql)
		except psycopg2.errors.DeadlockDetected:
			# two workers give two organizations the same names: not what this program tests
			return self.attempt(sql)
		except psycopg2.Error as error:
			return outcome_of_error(error)
		count, returned = self.cursor.rowcount, None
		if sql.startswith("WITH"):
			count, returned = self.cursor.fetchone()
		number = str(count) if count > 1 else ""
		return Outcome("ok" if count else "0 rows", number, returned=returned)

	def changes(self, table):
		"""What the last statement changed, see plain_writes.sql"""
		query = "RESET SESSION AUTHORIZATION; SELECT plain_writes.changes('%s')" % table
		return self.execute(query)[0][0]

	def close(self):
		self.connection.rollback()
		self.connection.close()
