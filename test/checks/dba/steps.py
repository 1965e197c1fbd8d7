"""The load: random steps of a few users, which no other client's steps touch."""

import random

from dba.client import GATEWAY, Client
from harness import read_queries

USERS = 4
PERMISSIONS = ("view", "edit_settings", "deploy_version", "delete")
QUERIES = read_queries("dba_steps")
# each with the upper limit of the random numbers that choose it
STEPS = [
	(0.06, "create"),
	(0.2, "add_collaborator"),
	(0.26, "remove_collaborator"),
	(0.32, "add_project_collaborator"),
	(0.36, "upsert of a setting"),
	(0.41, "new description"),
	(0.45, "publish_version"),
	(0.5, "create_token"),
	(0.53, "revoke_token"),
	(0.63, "authorize_invocation"),
	(0.67, "set_visibility"),
	(0.75, "has_permission"),
	(0.83, "list_model_apis"),
	(0.87, "who_can"),
	(0.91, "audit events"),
	(0.95, "rows of four tables"),
	(0.98, "changes_since"),
	(1, "search_model_apis"),
]


def user_name(client, user):
	return "c%du%d" % (client, user)


class Load(Client):
	"""Takes random steps, the same ones with the same seed, and keeps what came of each

	Objects have names of the client's own, since their ids differ between the two databases: m0,
	m1 ... are model APIs, p0, p1 ... the projects that hold them."""

	def __init__(self, number, database, activity, seed):
		super().__init__(number, database, activity)
		self.random = random.Random("%s-%s" % (seed, number))
		self.created = 0
		# by the names of the objects: ids; and pairs of a token's id and secret
		self.ids, self.tokens = {}, {}
		# what came of each step; and what the DBA did before and after it
		self.answers, self.beside = [], []
		self.special = {
			"create": self.create,
			"create_token": self.create_token,
			"authorize_invocation": self.authorize_invocation,
			"set_visibility": self.set_visibility,
			"list_model_apis": self.list_model_apis,
		}

	def step(self):
		before = self.activity.statements
		chance = self.random
		user, other = (user_name(self.number, chance.randrange(USERS)) for _ in range(2))
		who = chance.choice((user, user, user + "@EXAMPLE.com"))
		# All choices are made before anything depends on an outcome: both databases make the same.
		number, project_number = (chance.randrange(max(self.created, 1)) for _ in range(2))
		level, permission = chance.choice(("viewer", "editor", "owner")), chance.choice(PERMISSIONS)
		dice = chance.random()
		api, project = "m%d" % number, "p%d" % project_number
		token_id, token = self.tokens.get(api, (None, "mapi_unknown"))
		arguments = {
			"api": self.ids.get(api),
			"project": self.ids.get(project),
			"other": other,
			"level": level,
			"permission": permission,
			"description": "d%f" % dice,
			"token_id": token_id,
			"token": token,
			"word": "word%d" % number,
		}
		kind = self.kind(dice, token_id)
		if kind in self.special:
			answer = self.special[kind](who, arguments, api)
		else:
			answer = self.run(who, [(QUERIES[kind], arguments)])
		self.answers.append((user, dice, api, project, answer))
		self.beside.append((before, self.activity.statements))

	def kind(self, dice, token_id):
		if not self.created:
			return "create"
		kind = next(kind for limit, kind in STEPS if dice < limit)
		if kind == "revoke_token" and not token_id:
			return "authorize_invocation"
		return kind

	def create(self, who, _arguments, _api):
		"""Creates a project with one model API"""
		number = self.created
		self.created += 1
		rows = self.run(who, [(QUERIES["create_project"], {"name": "p%d" % number})])
		if not isinstance(rows, list):
			return rows
		self.ids["p%d" % number] = rows[0][0]
		arguments = {
			"project": rows[0][0],
			"name": "name%d" % number,
			"description": "words word%d" % number,
		}
		rows = self.run(who, [(QUERIES["create_model_api"], arguments)])
		if not isinstance(rows, list):
			return rows
		self.ids["m%d" % number] = rows[0][0]
		return "created"

	def create_token(self, who, arguments, api):
		rows = self.run(who, [(QUERIES["create_token"], arguments)])
		if not isinstance(rows, list):
			return rows
		self.tokens[api] = rows[0]
		return "created"

	def authorize_invocation(self, _who, arguments, _api):
		return self.run(None, [(QUERIES["authorize_invocation"], arguments)], GATEWAY)

	def set_visibility(self, who, arguments, _api):
		"""Makes it public and private again: all clients see what is public"""
		return self.run(
			who, [(QUERIES["make public"], arguments), (QUERIES["make private"], arguments)]
		)

	def list_model_apis(self, who, arguments, _api):
		rows = self.run(who, [(QUERIES["list_model_apis"], arguments)])
		if not isinstance(rows, list):
			return rows
		names = {known: name for name, known in self.ids.items()}
		return [names.get(row[0], row[0]) for row in rows]
