"""What the extension must answer about past and present access and about changes of access,
computed from the rows of its tables at a moment. The rules are those of rules.py. It is written
from the documentation of the functions alone; nothing here knows how they work.
"""

import datetime

from reference.rules import ADMINISTRATOR, LEVELS, PERMISSIONS, Grant, World, enough

UTC = datetime.UTC

# All that access depends on, as one JSON value, from one snapshot
ROWS = """
	SELECT pg_catalog.json_build_object(
		'users', array(SELECT pg_catalog.to_json(u)
			FROM (SELECT id, username AS name, disabled_at IS NOT NULL AS disabled, email
				FROM modelapi_acl.users
				LEFT JOIN modelapi_acl.user_identities ON user_id = id) u),
		'organizations', array(SELECT pg_catalog.to_json(o)
			FROM (SELECT id, name FROM modelapi_acl.organizations) o),
		'members', array(SELECT pg_catalog.to_json(m) FROM modelapi_acl.organization_members m),
		'projects', array(SELECT pg_catalog.to_json(p)
			FROM (SELECT id, name FROM modelapi_acl.projects) p),
		'project_grants', array(SELECT pg_catalog.to_json(c)
			FROM modelapi_acl.project_collaborators c),
		'apis', array(SELECT pg_catalog.to_json(m)
			FROM (SELECT id, project_id, name, visibility, authorization_mode, invocation_mode
				FROM modelapi_acl.model_apis) m),
		'api_grants', array(SELECT pg_catalog.to_json(c)
			FROM modelapi_acl.model_api_collaborators c),
		'tokens', array(SELECT pg_catalog.to_json(t)
			FROM (SELECT id, model_api_id, name, expires_at, revoked_at, suspended_at,
					(SELECT h.valid_until FROM modelapi_acl_internal.token_hashes h
						WHERE h.token_id = id AND h.valid_until IS NOT NULL) AS former_until
				FROM modelapi_acl.access_tokens) t),
		'personal_tokens', array(SELECT pg_catalog.to_json(t)
			FROM (SELECT id, user_id, name, expires_at, revoked_at, suspended_at,
					(SELECT h.valid_until FROM modelapi_acl_internal.personal_token_hashes h
						WHERE h.token_id = id AND h.valid_until IS NOT NULL) AS former_until,
					CASE WHEN is_limited THEN array(SELECT l.model_api_id
						FROM modelapi_acl.personal_token_model_apis l
						WHERE l.token_id = id ORDER BY l.model_api_id) END AS list
				FROM modelapi_acl.personal_tokens) t))"""


def moment_of(text):
	"""A moment from the text that JSON gives it"""
	if text is None or isinstance(text, datetime.datetime):
		return text
	if text in ("infinity", "-infinity"):
		edge = datetime.datetime.max if text == "infinity" else datetime.datetime.min
		return edge.replace(tzinfo=UTC)
	return datetime.datetime.fromisoformat(text).astimezone(UTC)


class Row(Grant):
	"""A grant as the row of a table; on: "model_api" or "project", the table"""

	def __init__(self, row, on):
		kind = "user" if row["user_id"] else "organization"
		super().__init__(row["id"], (kind, row[kind + "_id"]), row["access_level"])
		self.on, self.until = on, moment_of(row["expires_at"])
		self.by = row["granted_by"]

	def at(self, moment):
		same = Grant(
			self.id,
			self.holder,
			self.level,
			None if self.until is None else "past" if self.until <= moment else "future",
		)
		same.row = self
		return same


class State:
	"""The rows of the tables; at() gives the answers at a moment, by which expiry is decided"""

	def __init__(self, rows):
		self.rows = rows
		self.users = {u["id"]: u for u in rows["users"]}
		self.organizations = {o["id"]: dict(o, members={}) for o in rows["organizations"]}
		for m in rows["members"]:
			self.organizations[m["organization_id"]]["members"][m["user_id"]] = m["is_admin"]
		self.projects = {p["id"]: dict(p, grants=[]) for p in rows["projects"]}
		self.apis = {m["id"]: dict(m, grants=[], tokens=[]) for m in rows["apis"]}
		for g in rows["project_grants"]:
			self.projects[g["project_id"]]["grants"].append(Row(g, "project"))
		for g in rows["api_grants"]:
			self.apis[g["model_api_id"]]["grants"].append(Row(g, "model_api"))
		for t in rows["tokens"]:
			self.apis[t["model_api_id"]]["tokens"].append(t)

	def key(self):
		"""Equal for equal rows"""
		return {
			name: sorted(str(sorted(row.items())) for row in rows)
			for name, rows in self.rows.items()
		}

	def expiries(self):
		"""The moments at which a grant or a token expires, or a former secret's overlap ends"""
		tokens = self.rows["tokens"] + self.rows["personal_tokens"]
		rows = self.rows["project_grants"] + self.rows["api_grants"] + tokens
		overlaps = {moment_of(t["former_until"]) for t in tokens if t["former_until"]}
		return overlaps | {moment_of(row["expires_at"]) for row in rows if row["expires_at"]}

	def named(self, name):
		"""The id of the user with that name or email"""
		for user in self.users.values():
			if name is not None and name.lower() in (
				user["name"].lower(),
				(user["email"] or "").lower(),
			):
				return user["id"]
		return None

	def at(self, moment, caller=ADMINISTRATOR, now=None):
		return Answers(self, moment, caller, now or self)


class SeenWorld(World):
	"""A world as a caller may see it. Memberships do not count where the caller is not a member of
	the organization now. The caller's own always count."""

	def __init__(self, caller, now):
		super().__init__()
		self.caller, self.now = caller, now

	def hidden(self, organization):
		if self.caller == ADMINISTRATOR:
			return False
		there = self.now.organizations.get(organization)
		return there is None or self.caller not in there["members"]

	def hides(self, organization, who):
		return who != self.caller and self.hidden(organization)


class Answers:
	"""The right answers about a state at a moment, to a caller who calls in the state `now`"""

	def __init__(self, state, moment, caller=ADMINISTRATOR, now=None):
		self.state, self.moment, self.caller, self.now = state, moment, caller, now or state
		self.world = world = SeenWorld(caller, self.now)
		world.users = {u: row["disabled"] for u, row in state.users.items()}
		world.organizations = {o: row["members"] for o, row in state.organizations.items()}
		world.projects = {
			p: [g.at(moment) for g in row["grants"]] for p, row in state.projects.items()
		}
		world.apis = {
			m: dict(
				project=row["project_id"],
				visibility=row["visibility"],
				mode=row["authorization_mode"],
				grants=[g.at(moment) for g in row["grants"]],
			)
			for m, row in state.apis.items()
		}
		self.known = {}

	def permissions(self, user, api):
		if (user, api) not in self.known:
			self.known[user, api] = self.world.permissions(user, api)
		return self.known[user, api]

	def may(self, user, api, permission):
		return permission in self.permissions(user, api)

	def level(self, user, api):
		return self.world.level(user, api)

	# Paths

	def grants_of(self, user, api):
		"""The user's grants on the model API and its project, expired ones too"""
		thing = self.world.apis[api]
		return [
			g
			for g in thing["grants"] + self.world.projects[thing["project"]]
			if self.world.holds(user, g)
		]

	def path(self, grant):
		kind, id = grant.holder
		if kind == "user":
			return "direct" if grant.row.on == "model_api" else "project"
		return (
			"organization:" if grant.row.on == "model_api" else "project_organization:"
		) + self.state.organizations[id]["name"]

	def hidden_grants(self, api):
		"""{organization: its unexpired grants}, where the caller may not see its members"""
		found = {}
		if api in self.world.apis:
			thing = self.world.apis[api]
			for g in thing["grants"] + self.world.projects[thing["project"]]:
				kind, id = g.holder
				if kind == "organization" and g.counts() and self.world.hidden(id):
					found.setdefault(id, []).append(g)
		return found

	def of_organization(self, organization, api):
		"""The level and the permissions that a hidden organization's grants give"""
		grants = self.hidden_grants(api).get(organization)
		if not grants:
			return None, []
		level = max((g.level for g in grants), key=LEVELS.index)
		return level, [
			p
			for p in PERMISSIONS
			if self.with_grants("anybody", api, p, [(g.row.on, g.level) for g in grants])
		]

	def by_visibility(self, api, permission):
		thing = self.world.apis[api]
		return thing["visibility"] == "public" and (
			permission == "view" or permission == "invoke" and thing["mode"] == "unrestricted"
		)

	def with_grants(self, user, api, permission, grants):
		"""Whether these grants alone, as (on, level), give an enabled user the permission"""
		world = World()
		thing = self.world.apis[api]
		world.users = {user: False}
		world.projects = {
			"p": [Grant("", ("user", user), level) for on, level in grants if on == "project"]
		}
		world.apis = {
			api: dict(
				project="p",
				visibility=thing["visibility"],
				mode=thing["mode"],
				grants=[
					Grant("", ("user", user), level) for on, level in grants if on == "model_api"
				],
			)
		}
		return world.may(user, api, permission)

	# Answers

	def who_can(self, api, permission):
		"""{user: (name, level, paths)}"""
		found = {}
		for user, row in self.state.users.items():
			if self.may(user, api, permission):
				paths = sorted(self.path(g) for g in self.grants_of(user, api) if g.counts())
				found[user] = (
					row["name"],
					self.level(user, api),
					paths + ["public"] * self.by_visibility(api, permission),
				)
		for organization, grants in self.hidden_grants(api).items():
			level, permissions = self.of_organization(organization, api)
			if permission in permissions:
				name = self.state.organizations[organization]["name"]
				found["organization " + name] = (name, level, sorted(self.path(g) for g in grants))
		return found

	def explain(self, api, permission, user):
		"""The rows of explain_access()

		grant, organization, expired: grants, as (path, level, expiry, granted by, sufficient, id)
		visibility: whether visibility alone gives the permission
		would_allow: {path: the smallest level that would give it}
		"""

		def as_row(g):
			by = self.state.users.get(g.row.by)
			return (
				self.path(g),
				g.level,
				g.row.until,
				by and by["name"],
				self.with_grants(user, api, permission, [(g.row.on, g.level)]),
				g.id,
			)

		mine = self.grants_of(user, api)
		hidden = (
			[]
			if user == self.caller
			else [g for grants in self.hidden_grants(api).values() for g in grants]
		)
		verdict = self.may(user, api, permission)
		would = {}
		if not verdict and not self.world.users[user]:
			held = [(g.row.on, g.level) for g in mine if g.counts()]
			for on, path in (("model_api", "direct"), ("project", "project")):
				would[path] = next(
					(
						level
						for level in LEVELS
						if self.with_grants(user, api, permission, held + [(on, level)])
					),
					None,
				)
		return dict(
			grant=[as_row(g) for g in mine if g.counts()],
			organization=[as_row(g) for g in hidden],
			expired=[as_row(g) for g in mine if not g.counts()],
			visibility=self.by_visibility(api, permission),
			verdict=verdict,
			would_allow=would,
		)

	def authorization(self, api):
		"""(visibility, mode, invocation mode, tokens), None where there is no such model API"""
		if api not in self.state.apis:
			return None
		thing = self.state.apis[api]
		tokens = [self.token(t, None, False) for t in thing["tokens"]]
		for t in self.state.rows["personal_tokens"]:
			if self.opens(t, api):
				holder = t["user_id"]
				tokens.append(self.token(t, holder, self.world.users[holder]))
		return (
			thing["visibility"],
			thing["authorization_mode"],
			thing["invocation_mode"],
			sorted((t for t in tokens if t), key=lambda t: (t[1], t[0])),
		)

	def opens(self, token, api):
		"""Whether a personal token opens a model API that asks for tokens, but for its own state"""
		if self.caller not in (ADMINISTRATOR, token["user_id"]):
			return False
		if token["list"] is not None and api not in token["list"]:
			return False
		return any(g.counts() for g in self.grants_of(token["user_id"], api))

	def token(self, row, holder, is_disabled):
		"""(id, name, expiry, holder, state, state of the former secret, end of its overlap), None
		for a token that is over"""
		expires, former = moment_of(row["expires_at"]), moment_of(row["former_until"])
		if row["revoked_at"] or (expires is not None and expires <= self.moment):
			return None
		state = "suspended" if row["suspended_at"] or is_disabled else "live"
		if former is None:
			return row["id"], row["name"], expires, holder, state, None, None
		former = min(former, expires or former)
		former_state = "superseded" if former <= self.moment else state
		return row["id"], row["name"], expires, holder, state, former_state, former

	# Refusals: an SQLSTATE, or None where the call is answered

	def refuses(self, caller, api, permission):
		if caller != ADMINISTRATOR and not self.world.signed_in(caller):
			return "PT401"
		if not self.may(caller, api, "view"):
			return "PT404"
		return None if self.may(caller, api, permission) else "42501"

	def sees_project_collaborators(self, caller, project):
		return enough(self.world.project_level(caller, project), "editor")

	def manages_project(self, caller, project):
		return enough(self.world.project_level(caller, project), "owner")


def access_changes(before, after):
	"""{(model API, user): (model API's name, username, level before and after, gained, lost)}

	The user is "organization NAME" for an organization whose members the caller may not see.
	"""
	found = {}
	apis, users = dict(before.state.apis), dict(before.state.users)
	apis.update(after.state.apis)
	users.update(after.state.users)
	for api in apis:
		for user in users:
			had, has = before.permissions(user, api), after.permissions(user, api)
			if had != has:
				found[api, user] = (
					apis[api]["name"],
					users[user]["name"],
					before.level(user, api),
					after.level(user, api),
					[p for p in PERMISSIONS if p in has and p not in had],
					[p for p in PERMISSIONS if p in had and p not in has],
				)
		for organization in set(before.hidden_grants(api)) | set(after.hidden_grants(api)):
			(was, had), (is_, has) = (
				before.of_organization(organization, api),
				after.of_organization(organization, api),
			)
			if had != has:
				name = (
					after.state.organizations.get(organization)
					or before.state.organizations[organization]
				)["name"]
				found[api, "organization " + name] = (
					apis[api]["name"],
					name,
					was,
					is_,
					[p for p in PERMISSIONS if p in has and p not in had],
					[p for p in PERMISSIONS if p in had and p not in has],
				)
	return found


def shown_changes(changes, caller, now, project_of, before=None):
	"""The keys of the changes that the caller must see, and of those that the caller may see

	before: the answers before the current transaction, for its own changes
	"""
	if caller == ADMINISTRATOR:
		return set(changes), set()
	shown, open_ = set(), set()
	for api, user in changes:
		if (
			now.may(caller, api, "view_collaborators")
			or before
			and before.may(caller, api, "view_collaborators")
			or api not in now.state.apis
			and now.sees_project_collaborators(caller, project_of.get(api))
			or user == caller
			and now.may(caller, api, "view")
		):
			shown.add((api, user))
		elif before and (
			user == caller
			and before.may(caller, api, "view")
			or api not in now.state.apis
			and before.sees_project_collaborators(caller, project_of.get(api))
		):
			open_.add((api, user))
	return shown, open_
