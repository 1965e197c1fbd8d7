"""Secrets that are regenerated with an overlap: a request in it is never refused, one after it
never accepted, however many are sent at the boundary."""

import threading

from harness import as_user

# The clock before the decision and after it
REQUEST = """
	WITH before AS MATERIALIZED (SELECT clock_timestamp() AS at)
	SELECT b.at, a.allowed, a.reason, clock_timestamp()
	FROM before AS b CROSS JOIN LATERAL modelapi_acl.authorize_invocation(
		CASE WHEN b.at IS NOT NULL THEN %s::uuid END, 'Bearer ' || %s) AS a"""
OVERLAPS = {
	"access": "modelapi_acl_internal.token_hashes",
	"personal": "modelapi_acl_internal.personal_token_hashes",
}


class Rotation:
	"""One token: a thread regenerates it, another sends requests with both of its secrets

	state: (current secret, former secret or None, when its overlap ends)
	"""

	def __init__(self, number, database, tally, requests):
		self.database, self.tally, self.requests = database, tally, requests
		self.kind = ("access", "personal")[number % 2]
		self.users, self.superuser = database.cursor(), database.cursor()
		owner = lambda sql, *arguments: as_user(self.users, "owner", sql, *arguments)
		project = owner("SELECT modelapi_acl.create_project('p')")[0]
		self.api = owner(
			"SELECT modelapi_acl.create_model_api(%s, 'm', NULL, 'private', 'restricted', 'async')",
			project,
		)[0]
		if self.kind == "access":
			row = owner("SELECT id, token FROM modelapi_acl.create_token(%s, 't')", self.api)
		else:
			row = owner("SELECT id, token FROM modelapi_acl.create_personal_token('t')")
		self.id, secret = row
		self.state, self.lock = (secret, None, None), threading.Lock()
		self.sent = threading.Semaphore(0)

	def rotate(self, times, overlap):
		"""Each secret gets its share of the requests before the next one is made"""
		for _ in range(times):
			former = self.state[0]
			with self.lock:
				self.state = (former, None, None)  # the one before it will be unknown
			current = as_user(
				self.users,
				"owner",
				"SELECT token FROM modelapi_acl.regenerate_token(%s, %s::interval)",
				self.id,
				overlap,
			)[0]
			self.superuser.execute(
				"SELECT valid_until FROM %s WHERE token_id = %%s AND valid_until IS NOT NULL"
				% OVERLAPS[self.kind],
				(self.id,),
			)
			until = self.superuser.fetchone()[0]
			with self.lock:
				self.state = (current, former, until)
			for _ in range(self.requests):
				self.sent.acquire()
			# requests after the overlap as well
			self.superuser.execute("SELECT pg_sleep_until(%s)", (until,))
			for _ in range(4):
				self.sent.acquire()
			self.tally.count("rotations")

	def send(self, stop):
		cursor = self.database.cursor("requests_gateway")
		turn = 0
		while not stop.is_set():
			with self.lock:
				current, former, until = self.state
			turn += 1
			if former and turn % 2:
				self.judge_former(cursor, former, until)
			else:
				_, allowed, reason, _ = self.request(cursor, current)
				with self.lock:
					is_current = self.state[0] == current
				self.tally.count("requests with a current secret")
				# regenerated meanwhile: for the overlap it goes on
				if not allowed and is_current:
					self.tally.problem("%s: a current secret was refused: %s" % (self.kind, reason))
			self.sent.release()
		cursor.connection.close()

	def request(self, cursor, secret):
		cursor.execute(REQUEST, (self.api, secret))
		return cursor.fetchone()

	def judge_former(self, cursor, former, until):
		before, allowed, reason, after = self.request(cursor, former)
		with self.lock:
			if self.state[1] != former:
				return  # regenerated again meanwhile
		if after < until:
			self.tally.count("requests within an overlap")
			if not allowed:
				self.tally.problem("%s: refused within its overlap: %s" % (self.kind, reason))
		elif before >= until:
			self.tally.count("requests after an overlap")
			if allowed or reason != "token_superseded":
				self.tally.problem("%s: after its overlap: %s" % (self.kind, reason))
		else:
			self.tally.count("requests at its end")

	def run(self, times, overlap):
		stop = threading.Event()
		sender = threading.Thread(target=self.send, args=(stop,))
		sender.start()
		try:
			self.rotate(times, overlap)
		finally:
			stop.set()
			sender.join()
