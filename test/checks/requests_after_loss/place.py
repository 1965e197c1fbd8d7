"""A holder with tokens, and what it has access to."""

from requests_after_loss.losses import PATHS

from harness import state_user


class Place:
	"""All that one thread works with

	names: for the statements of losses.py
	"""

	def __init__(self, number, database, holder):
		self.number, self.database, self.holder = number, database, holder
		self.users = database.cursor("requests_backend")
		self.superuser = database.cursor()
		self.made = 0
		self.names = {"owner": "owner", "responsible": "responsible-%s-%d" % (holder, number)}
		self.run(None, "create_user(%(responsible)s, %(responsible)s || '@example.com')")
		self.make()

	def run(self, who, statement):
		"""Runs a statement or a call as somebody, in a transaction of its own"""
		if statement.split("(")[0].isidentifier():
			statement = "SELECT modelapi_acl." + statement
		if who is None:
			self.superuser.execute(statement, self.names)
			return self.superuser.fetchone() if self.superuser.description else None
		self.users.execute("BEGIN")
		state_user(self.users, self.names[who])
		self.users.execute(statement, self.names)
		row = self.users.fetchone() if self.users.description else None
		self.users.execute("COMMIT")
		return row

	def make(self):
		"""Everything anew; what was there before is left alone"""
		self.made += 1
		names, run = self.names, self.run
		names["holder"] = "%s-%d-%d" % (self.holder, self.number, self.made)
		names["organization"] = "organization-of-" + names["holder"]
		names["subject"] = "subject of " + names["holder"]
		if self.holder == "person":
			create = (
				"create_user(%(holder)s, %(holder)s || '@example.com', external_id => %(subject)s)"
			)
		else:
			create = (
				"create_service_account(%(holder)s, %(responsible)s, external_id => %(subject)s)"
			)
		names["id"] = run(None, create)[0]
		names["project"] = run("owner", "create_project('p')")[0]
		names["api"] = run(
			"owner", "create_model_api(%(project)s, 'm', NULL, 'private', 'restricted', 'async')"
		)[0]
		run("owner", "create_organization(%(organization)s)")
		run("owner", "add_organization_member(%(organization)s, %(holder)s)")
		self.give("direct")
		self.make_token("token", "NULL")
		self.make_token("listed", "ARRAY[%(api)s]::uuid[]")
		run("owner", PATHS["direct"][1])

	def make_token(self, name, list):
		if self.holder == "person":
			who, call = "holder", "create_personal_token('t', NULL, %s)"
		else:
			who, call = None, "create_service_token(%%(holder)s, 't', NULL, %s)"
		row = self.run(who, "SELECT id, token FROM modelapi_acl." + call % list)
		self.names[name + " id"], self.names[name] = row

	def give(self, path, moment="100 milliseconds"):
		"""Makes access come about by a path"""
		if path == "owner":
			self.run("owner", "add_collaborator(%(api)s, %(holder)s, 'owner')")
		elif path == "editor":
			self.run("owner", "add_collaborator(%(api)s, %(holder)s, 'editor')")
		elif path == "until":
			self.run(
				"owner",
				"add_collaborator(%(api)s, %(holder)s, 'viewer', clock_timestamp() + interval '"
				+ moment
				+ "')",
			)
			self.names["until"] = self.run(
				None,
				"SELECT max(expires_at) FROM modelapi_acl.model_api_collaborators"
				" WHERE model_api_id = %(api)s",
			)[0]
		elif path == "none, unrestricted":
			self.run("owner", "set_authorization_mode(%(api)s, 'unrestricted')")
		elif path == "none, public and unrestricted":
			self.run("owner", "set_visibility(%(api)s, 'public')")
			self.run("owner", "set_authorization_mode(%(api)s, 'unrestricted')")
		else:
			self.run("owner", PATHS[path][0])

	def clear(self, path):
		"""Removes what give() made, as far as it is left"""
		if path in PATHS:
			self.run("owner", PATHS[path][1])
		elif path in ("editor", "until"):
			self.run("owner", PATHS["direct"][1])

	def credentials(self):
		"""The requests that the holder can send: (name, what identifies it)"""
		names = self.names
		found = [("token", names["token"]), ("listed", names["listed"])]
		found.append(("identity", names["subject"]))
		if self.holder == "person":
			found.append(("id", str(names["id"])))
		return found


TOKEN = """
	SELECT allowed, reason FROM modelapi_acl.authorize_invocation(%s, 'Bearer ' || %s)"""
SUBJECT = "SELECT allowed, reason FROM modelapi_acl.authorize_invocation_as(%s, %s)"


def ask(cursor, api, name, credential):
	"""Whether a request is allowed, and the reason"""
	cursor.execute(TOKEN if name in ("token", "listed") else SUBJECT, (api, credential))
	return cursor.fetchone()
