"""Runs the backend's example and sends requests to it."""

import http.client
import json

from examples.world import BACKEND, USERS, stop
from harness import free_ports


class Backend:
	"""The backend's example, as a program that runs; its log is NAME.log

	with Backend(world, "backend", **world.pooled()) as backend:
		status, project = backend.ask("POST", "/projects", "ana", {"name": "language"})
	"""

	def __init__(self, world, name, **environment):
		(self.port,) = free_ports(1)
		self.process = world.programs.start(
			name,
			["node", world.folder / "backend" / "server.js"],
			self.port,
			PORT=str(self.port),
			PGUSER=BACKEND,
			SESSIONS=json.dumps({"session-of-" + user: user for user in USERS}),
			**environment,
		)

	def __enter__(self):
		return self

	def __exit__(self, *_):
		stop(self.process)

	def ask(self, method, path, user=None, body=None, session=None, raw=None):
		"""The status and the JSON of the answer to a request

		user: who sends it; session: instead, the session's secret
		body: to be sent as JSON; raw: instead, the text to send
		"""
		connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
		headers = {"Content-Type": "application/json"}
		if user or session:
			headers["Authorization"] = "Bearer " + (session or "session-of-" + user)
		text = raw if body is None else json.dumps(body)
		connection.request(method, path, body=text, headers=headers)
		response = connection.getresponse()
		text = response.read()
		connection.close()
		return response.status, json.loads(text) if text else None

	def status(self, *arguments, **named):
		return self.ask(*arguments, **named)[0]
