"""Runs attempts, one after another, with sessions and a user of its own."""

import dataclasses

from latest_state.attempt import Attempt, TooLateError
from latest_state.database import Actor
from latest_state.verdict import run_attempt

ATTEMPTS_PER_USER = 25
OWN_MODEL_API = """
	SELECT modelapi_acl.create_model_api(p, 'own')::text
	FROM (SELECT modelapi_acl.create_project('own') AS p OFFSET 0) AS p"""
MAKE = (
	"SELECT p::text, m::text, v::text, tk::text, oid::text FROM latest_state.make(%s, %s, %s, %s)"
)


def with_time(run):
	"""Returns run(margin); runs it again with more time where a grant expired too early"""
	for margin in (0.25, 0.5, 1, 2, 4, 8):
		try:
			return run(margin)
		except TooLateError as error:
			too_late = error
	raise too_late


@dataclasses.dataclass
class Result:
	cell: tuple  # operation, loss, moment, isolation level
	symbol: str
	text: str
	deadlocks: int

	def line(self):
		operation, loss, moment, isolation = self.cell
		return " | ".join((operation.name, loss.name, moment, isolation))


class Worker:
	def __init__(self, number, world):
		self.number, self.world = number, world
		self.count, self.earlier = 0, {}
		self.actor = Actor(world.database)
		# holds locks, takes the access away, looks at what happened
		self.holder, self.remover, self.observer = (self.session() for _ in range(3))
		self.holder_pid = self.holder.connection.info.backend_pid

	def session(self):
		cursor = self.world.database.cursor()
		cursor.execute("SET client_min_messages = error; SET statement_timeout = '30s'")
		return cursor

	def query(self, sql, *arguments):
		self.observer.execute(sql, arguments)
		return self.observer.fetchone()

	def new_user(self):
		self.user = "a%d-%d" % (self.number, self.count)
		create = "SELECT modelapi_acl.create_user(%s, %s)::text"
		(self.user_id,) = self.query(create, self.user, self.user + "@example.com")
		self.observer.execute("BEGIN")
		self.query("SELECT modelapi_acl.set_session_user(%s)", self.user)
		(self.own,) = self.query(OWN_MODEL_API)
		self.observer.execute("COMMIT")

	def names(self, kind):
		"""Makes the objects of an attempt; returns the names that statements use"""
		if self.count % ATTEMPTS_PER_USER == 0:
			self.new_user()
		self.count += 1
		n, number = "%d-%d" % (self.number, self.count), str(self.number)
		ids = self.query(MAKE, "founder" + number, kind, n, "x" + number)
		names = dict(zip(("p", "m", "v", "tk", "oid"), ids))
		for key, name in (("f", "founder"), ("x", "x"), ("t", "t"), ("u", "u"), ("z", "z")):
			names[key] = name + number
			names[key + "id"] = self.world.ids[names[key]]
		names.update(a=self.user, aid=self.user_id, own=self.own, k=number)
		names.update(g="g" + n, o="o" + n, fresh="fresh" + n)
		return names

	def events(self):
		count = "SELECT count(*) FROM modelapi_acl.audit_events WHERE actor_id = %s"
		return self.query(count, self.user_id)[0]

	def blocked(self):
		"""Whether the actor waits for the holder"""
		blocked = "SELECT %s = ANY (pg_blocking_pids(%s))"
		return self.query(blocked, self.holder_pid, self.actor.pid)[0]

	def run_cell(self, cell):
		"""Runs an attempt"""
		attempts = []

		def run(margin):
			attempts.append(Attempt(self, *cell, margin))
			return run_attempt(attempts[-1])

		try:
			symbol, text = with_time(run)
		except Exception as error:  # reported as the cell's result
			message = str(error).strip().replace("\n", " | ")
			symbol, text = "?", "%s: %s" % (type(error).__name__, message)
		return Result(cell, symbol, text, attempts[-1].deadlocks)

	def run(self, results, *lists):
		"""Runs what is left of the cells of each list"""
		for cells in lists:
			while True:
				try:
					cell = cells.pop()
				except IndexError:
					break
				results.append(self.run_cell(cell))
