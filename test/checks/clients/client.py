"""Requests to one program, and their results."""

import http.client
import json

PATH = "/model-apis"
# the columns of the table in docs/orm.md that say what works
ACTIONS = [
	"create",
	"bulk create",
	"update of a whole row",
	"upsert",
	"find",
	"page",
	"count",
	"lock",
	"delete",
]


class Results:
	"""The results of one client"""

	def __init__(self, check, title):
		self.check, self.title = check, title
		self.works = {}  # by actions
		self.seconds = 0

	def true(self, name, ok, detail=""):
		return self.check.true("%s: %s" % (self.title, name), ok, detail)

	def equal(self, name, came, expected):
		return self.check.equal("%s: %s" % (self.title, name), came, expected)

	def action(self, name):
		return Action(self, name)


class Action:
	"""The results of one client for one action"""

	def __init__(self, results, name):
		self.results, self.name = results, name

	def true(self, name, ok, detail=""):
		results = self.results
		ok = results.check.true("%s, %s: %s" % (results.title, self.name, name), ok, detail)
		results.works[self.name] = results.works.get(self.name, True) and ok

	def equal(self, name, came, expected):
		self.true(name, came == expected, "expected %r, came %r" % (expected, came))

	def status(self, name, answer, expected):
		"""Checks an answer's status; returns its content"""
		status, content = answer
		self.true(name, status == expected, "expected %s, came %r" % (expected, answer))
		return content


class Client:
	"""Sends requests, for a user or for nobody: None"""

	def __init__(self, name, port, world, results):
		self.name, self.port, self.world = name, port, world
		self.ids = world.ids
		self.action = results.action
		self.project, self.other_project = (world.create_project("ana", name) for _ in range(2))

	def request(self, method, user, path, text=None):
		"""The status, 0 if there is no answer, and the content"""
		connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
		headers = {"Content-Type": "application/json", **({"X-User": user} if user else {})}
		try:
			connection.request(method, path, body=text, headers=headers)
			response = connection.getresponse()
			text = response.read()
		except OSError as error:
			return 0, {"message": repr(error)}
		finally:
			connection.close()
		try:
			return response.status, json.loads(text) if text else {}
		except ValueError:
			return response.status, {"message": text[:300].decode(errors="replace")}

	def get(self, user, path):
		return self.request("GET", user, path)

	def post(self, user, path, content):
		return self.request("POST", user, path, json.dumps(content))

	def put(self, user, path, content):
		return self.request("PUT", user, path, json.dumps(content))

	def patch(self, user, path, content):
		return self.request("PATCH", user, path, json.dumps(content))

	def delete(self, user, path):
		return self.request("DELETE", user, path)

	def values(self, name, **more):
		"""What is sent to create a model API"""
		return {
			"project_id": self.project,
			"name": name,
			"description": None,
			"visibility": "private",
			"authorization_mode": "restricted",
			"invocation_mode": "sync",
			**more,
		}

	def whole_row(self, user, id):
		"""A row as it is read, to be sent back"""
		row = self.get(user, PATH + "/" + id)[1]
		return {key: value for key, value in row.items() if key not in ("id", "permissions")}
