"""A database with random changes, and its states at each moment."""

import datetime
import random
import time

from harness import LONG
from harness.callers import Callers, call, connect, make_database
from reference.history import ROWS, UTC, State, moment_of
from reference.random_statements import NAMES, RandomStatements

DATABASE = "answers"
FUNCTIONS = {
	"who_can",
	"explain_access",
	"access_level_at",
	"who_could",
	"authorization_at",
	"access_changes",
}
HAVE_EVENTS = """
	SELECT DISTINCT change_id::text FROM modelapi_acl.audit_events
	WHERE change_id::text <> ALL (%s)"""


class History:
	"""timeline: [from, until, State]: what all other sessions saw in that time
	known: the ids of all changes that the database has had
	project_of: the project of each model API that there was
	grants: of each grant its form, and from when to when it may have taken that form
	records: of each change (State before, State after, moment after), or None if rolled back
	commits: the number of transactions that committed
	begun: when the transaction that committed last began
	"""

	def __init__(self, seed, comparisons):
		self.random, self.comparisons = random.Random(seed), comparisons
		self.statements = RandomStatements(self.random)
		self.missing = None
		self.timeline, self.known, self.project_of = [], set(), {}
		self.grants, self.records = {}, {}
		self.commits, self.begun = 0, None
		self.database = make_database(DATABASE)
		self.connect()
		self.create()
		self.remember()

	def connect(self, server=None):
		"""server: one where the database was restored"""
		self.connection = connect(DATABASE, server, lock_timeout=20)
		self.connection.autocommit = True
		self.cursor = self.connection.cursor()
		self.callers = Callers(DATABASE, server)

	def close(self):
		self.connection.close()
		self.callers.close()

	def as_user(self, user, sql, *arguments):
		self.cursor.execute("BEGIN")
		self.cursor.execute("SELECT modelapi_acl.set_session_user(%s)", (user,))
		self.cursor.execute(sql, arguments)
		value = self.cursor.fetchone()[0]
		self.cursor.execute("COMMIT")
		return value

	def create(self):
		"""Some users, organizations, projects and model APIs to begin with"""
		r = self.random
		names = r.sample(NAMES, 8)
		users, organizations = names[:6], names[6:]
		for n, user in enumerate(users):
			self.cursor.execute(
				"SELECT modelapi_acl.create_user(%s, %s, NULL, %s)",
				(user, "first%d@example.com" % n, "first%d" % n),
			)
		for organization in organizations:
			first = r.choice(users)
			self.as_user(first, "SELECT modelapi_acl.create_organization(%s)", organization)
			add = "SELECT modelapi_acl.add_organization_member(%s, %s)"
			other = r.choice([u for u in users if u != first])
			self.as_user(first, add, organization, other)
		for n in range(2):
			owner = r.choice(users)
			project = self.as_user(owner, "SELECT modelapi_acl.create_project(%s)", "p%d" % n)
			add = "SELECT modelapi_acl.add_project_collaborator(%s, %s, 'viewer')"
			self.as_user(owner, add, project, r.choice(organizations))
			for m in range(2):
				create = "SELECT modelapi_acl.create_model_api(%s, %s)"
				self.as_user(owner, create, project, "m%d" % m)
		self.known.update(self.new_changes(self.cursor))

	def new_changes(self, cursor):
		"""The ids of changes that are not known yet"""
		cursor.execute(HAVE_EVENTS, (list(self.known),))
		return [row[0] for row in cursor.fetchall()]

	def look(self, cursor=None):
		"""The state that a session sees, and the moment"""
		cursor = cursor or self.cursor
		cursor.execute(ROWS + ", statement_timestamp()")
		rows, moment = cursor.fetchone()
		return State(rows), moment.astimezone(UTC)

	def has(self, function):
		"""Whether the function exists; one that does not counts as a failure"""
		if self.missing is None:
			self.cursor.execute(
				"SELECT array_agg(proname::text) FROM pg_proc"
				" WHERE pronamespace = 'modelapi_acl'::regnamespace"
			)
			self.missing = FUNCTIONS - set(self.cursor.fetchone()[0])
			for name in self.missing:
				self.comparisons.compare("exists", True, False, name)
		return function not in self.missing

	def clock(self):
		self.cursor.execute("SELECT clock_timestamp()")
		return self.cursor.fetchone()[0].astimezone(UTC)

	def remember(self):
		"""Keeps the present state: all sessions see it until the next commit begins"""
		time.sleep(0.002)
		state, moment = self.look()
		self.timeline.append([moment, None, state])
		self.project_of.update((m, row["project_id"]) for m, row in state.apis.items())
		time.sleep(0.002)
		for row in state.rows["project_grants"] + state.rows["api_grants"]:
			form = (row["access_level"], row["expires_at"], row["granted_by"])
			known = self.grants.get(row["id"], (None,))[0]
			# the grant is the same when only the user who granted it has been deleted
			if known != form and not (known and form == known[:2] + (None,)):
				self.grants[row["id"]] = (form, self.begun or moment_of(row["created_at"]), moment)
		return state, moment

	def moments(self):
		"""Moments between commits, with the state then: when each state was remembered, at and
		just before each expiry until the next commit, and a random one"""
		for from_, until, state in self.timeline:
			until = until or from_
			yield from_, state
			for edge in state.expiries():
				for moment in (edge, edge - datetime.timedelta(microseconds=1)):
					if from_ <= moment <= until:
						yield moment, state
			yield from_ + (until - from_) * self.random.random(), state

	def some_moments(self, n):
		moments = list(self.moments())
		return self.random.sample(moments, min(2 * n if LONG else n, len(moments)))

	def some_users(self, state, n):
		return self.random.sample(list(state.users), min(n, len(state.users)))

	def other_form(self, name):
		"""A name, sometimes in the other case"""
		return name.swapcase() if self.random.random() < 0.2 else name


class Part:
	"""A part of the check, which makes or compares something in a history"""

	def __init__(self, history):
		self.history, self.random = history, history.random
		self.compare, self.count = history.comparisons.compare, history.comparisons.count

	def ask(self, caller, questions, expiries=()):
		"""Asks the questions whose functions exist: (function, argument, ...); returns pairs of a
		question and its answer, and a moment: no expiry falls between it and the answers"""
		questions = [q for q in questions if self.history.has(q[0])]
		queries = [call(*q) for q in questions]
		answers, moment = self.history.callers.ask(caller, queries, expiries)
		return list(zip(questions, answers)), moment

	def some(self, things, n):
		return self.random.sample(things, min(n, len(things)))
