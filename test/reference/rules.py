"""The access rules a second time: who may do what in a small world in memory. The checks compare
it with the answers of the extension. It is written from the documentation of the rules alone;
nothing here knows how the extension works.

The methods of a world change it and return the outcome of the call: "ok", a number of rows, or an
SQLSTATE.
"""

import copy

LEVELS = ["viewer", "editor", "owner"]
PERMISSIONS = [
	"view",
	"view_logs",
	"invoke",
	"view_settings",
	"edit_settings",
	"deploy_version",
	"view_audit",
	"view_tokens",
	"create_token",
	"revoke_token",
	"view_collaborators",
	"manage_collaborators",
	"change_visibility",
	"transfer_ownership",
	"delete",
]
NEEDS = {
	"view": "viewer",
	"view_logs": "viewer",
	"invoke": "viewer",
	"view_settings": "editor",
	"edit_settings": "editor",
	"deploy_version": "editor",
	"view_audit": "editor",
	"view_tokens": "editor",
	"create_token": "editor",
	"revoke_token": "owner",
	"view_collaborators": "editor",
	"manage_collaborators": "owner",
	"change_visibility": "owner",
	"transfer_ownership": "owner",
	"delete": "owner",
}

# Plain INSERTs and UPDATEs, which first of all require a current user
PLAIN_WRITES = {
	"update_name",
	"update_visibility",
	"update_all_visibility",
	"update_project",
	"insert_model_api",
	"insert_project",
	"insert_collaborator",
	"insert_collaborators",
	"upsert_collaborator",
	"update_collaborator",
	"update_all_grants",
	"insert_project_collaborator",
	"update_project_collaborator",
	"insert_version",
	"update_version",
	"insert_setting",
	"update_setting",
	"insert_organization",
	"update_organization",
	"insert_member",
	"update_member",
}

ADMINISTRATOR = "administrator"  # an administrator without a current user
ANONYMOUS = None


def enough(level, needed):
	return level is not None and LEVELS.index(level) >= LEVELS.index(needed)


class Denied(Exception):
	def __init__(self, sqlstate):
		super().__init__(sqlstate)
		self.sqlstate = sqlstate


class Grant:
	"""holder: ("user" or "organization", id); expires: None, "past" or "future"."""

	def __init__(self, id, holder, level, expires=None):
		self.id, self.holder, self.level, self.expires = id, holder, level, expires

	def counts(self):
		return self.expires != "past"

	def anchors(self):
		"""Whether it is a grant of which a project or a model API needs at least one"""
		return self.level == "owner" and self.expires is None and self.holder[0] == "user"


class World:
	def __init__(self):
		self.users = {}  # id: disabled
		self.organizations = {}  # id: {user: is_admin}
		self.projects = {}  # id: [Grant]
		self.apis = {}  # id: dict(project, visibility, mode, grants, settings, versions, tokens)
		self.names = {}  # username or organization name: ("user" or "organization", id)
		self.reserved = set()  # names that were given up
		self.events = []  # (id, kind, thing): kind is model_api, project, organization, user
		self.revoked = set()  # model APIs whose token an earlier statement has revoked
		self.lasting = {}  # project of deleted model APIs that have events

	def clone(self):
		return copy.deepcopy(self)

	# Identity

	def signed_in(self, who):
		return who in self.users and not self.users[who]

	# The decision

	def hides(self, organization, who):
		"""Whether the user's membership of the organization does not count, because the caller may
		not see it: see history.py"""
		return False

	def holds(self, who, grant):
		kind, id = grant.holder
		if kind == "user":
			return id == who
		return who in self.organizations[id] and not self.hides(id, who)

	def best(self, who, grants):
		levels = [LEVELS.index(g.level) for g in grants if g.counts() and self.holds(who, g)]
		return LEVELS[max(levels)] if levels else None

	def project_level(self, who, project):
		if project not in self.projects:
			return None
		if who == ADMINISTRATOR:
			return "owner"
		return self.best(who, self.projects[project]) if self.signed_in(who) else None

	def level(self, who, api):
		if api not in self.apis:
			return None
		if who == ADMINISTRATOR:
			return "owner"
		if not self.signed_in(who):
			return None
		return self.best(who, self.apis[api]["grants"] + self.projects[self.apis[api]["project"]])

	def may(self, who, api, permission):
		if api not in self.apis or not (who == ADMINISTRATOR or self.signed_in(who)):
			return False
		thing = self.apis[api]
		level = self.level(who, api)
		sees = thing["visibility"] == "public" or enough(level, "viewer")
		if permission == "view":
			return sees
		if permission == "invoke" and thing["mode"] == "unrestricted":
			return sees
		if permission == "deploy_version" and level == "editor":
			return self.project_level(who, thing["project"]) is not None
		return enough(level, NEEDS[permission])

	def permissions(self, who, api):
		return [p for p in PERMISSIONS if self.may(who, api, p)]

	# The rows that a user sees in each table

	def rows(self, who, table):
		everything = who == ADMINISTRATOR
		if not everything and not self.signed_in(who):
			return set()
		if table == "users":
			return set(self.users)
		if table == "user_identities":
			return set(self.users) if everything else {who}
		if table == "organizations":
			return set(self.organizations)
		if table == "organization_members":
			return {
				o + " " + u
				for o, members in self.organizations.items()
				if everything or who in members
				for u in members
			}
		if table == "projects":
			return {p for p in self.projects if self.project_level(who, p)}
		if table == "project_collaborators":
			return {
				p + " " + g.holder[1]
				for p, grants in self.projects.items()
				for g in grants
				if enough(self.project_level(who, p), "editor")
				or self.project_level(who, p)
				and self.holds(who, g)
			}
		if table == "model_apis":
			return {m for m in self.apis if self.may(who, m, "view")}
		if table == "model_api_collaborators":
			return {
				m + " " + g.holder[1]
				for m, api in self.apis.items()
				for g in api["grants"]
				if self.may(who, m, "view_collaborators")
				or self.may(who, m, "view")
				and self.holds(who, g)
			}
		if table == "audit_events":
			return {id for id, kind, thing in self.events if self.reads_event(who, kind, thing)}
		permission, part = {
			"model_api_versions": ("view", "versions"),
			"model_api_settings": ("view_settings", "settings"),
			"model_api_logs": ("view_logs", "logs"),
			"access_tokens": ("view_tokens", "tokens"),
		}[table]
		return {
			key for m, api in self.apis.items() if self.may(who, m, permission) for key in api[part]
		}

	def reads_event(self, who, kind, thing):
		if who == ADMINISTRATOR:
			return True
		if kind == "model_api":
			if thing in self.apis:
				return self.may(who, thing, "view_audit")
			return enough(self.project_level(who, self.lasting.get(thing)), "editor")
		if kind == "project":
			return enough(self.project_level(who, thing), "editor")
		if kind == "organization":
			return self.organizations.get(thing, {}).get(who, False)
		return False

	# Outcomes; the checks are in their order

	def attempt(self, who, name, *args):
		try:
			if name in PLAIN_WRITES and who != ADMINISTRATOR and not self.signed_in(who):
				return "PT401"
			return getattr(self, "do_" + name)(who, *args)
		except Denied as denied:
			return denied.sqlstate

	def must_sign_in(self, who):
		if who != ADMINISTRATOR and not self.signed_in(who):
			raise Denied("PT401")

	def must(self, who, api, permission):
		self.must_sign_in(who)
		if not self.may(who, api, "view"):
			raise Denied("PT404")
		if not self.may(who, api, permission):
			raise Denied("42501")
		return self.apis[api]

	def must_project(self, who, project, level):
		self.must_sign_in(who)
		if not self.project_level(who, project):
			raise Denied("PT404")
		if not enough(self.project_level(who, project), level):
			raise Denied("42501")
		return self.projects[project]

	def principal(self, name):
		if name not in self.names:
			raise Denied("22023")
		return self.names[name]

	def new_owner(self, who, name):
		kind, id = self.principal(name)
		if kind != "user" or id == who or self.users[id]:
			raise Denied("22023")
		return id

	@staticmethod
	def keep_owner(grants):
		if not any(g.anchors() for g in grants):
			raise Denied("23514")

	@staticmethod
	def give(grants, holder, level, expires):
		for g in grants:
			if g.holder == holder:
				g.level, g.expires = level, expires
				return
		grants.append(Grant("new", holder, level, expires))

	def grant(self, grants, name, level, expires):
		if expires == "past":
			raise Denied("22023")
		self.give(grants, self.principal(name), level, expires)
		self.keep_owner(grants)
		return "ok"

	def ungrant(self, who, grants, name, manages, lists):
		own = self.names.get(name) == ("user", who)
		if not manages and not own:
			raise Denied("42501")
		holder = self.principal(name)
		found = [g for g in grants if g.holder == holder]
		if not found:
			raise Denied("PT404" if lists else "42501")
		grants.remove(found[0])
		self.keep_owner(grants)
		return "ok"

	def hand_over(self, who, grants, name, keep_as):
		new_owner = self.new_owner(who, name)
		self.give(grants, ("user", new_owner), "owner", None)
		for g in list(grants):
			if g.holder == ("user", who):
				if keep_as is None:
					grants.remove(g)
				elif not enough(keep_as, g.level):
					g.level = keep_as
		return "ok"

	def do_set_visibility(self, who, api, visibility):
		self.must(who, api, "change_visibility")["visibility"] = visibility
		return "ok"

	def do_set_authorization_mode(self, who, api, mode):
		self.must(who, api, "edit_settings")["mode"] = mode
		return "ok"

	def do_set_setting(self, who, api, name):
		self.must(who, api, "edit_settings")["settings"].add(api + " " + name)
		return "ok"

	def do_delete_setting(self, who, api, name):
		settings = self.must(who, api, "edit_settings")["settings"]
		if api + " " + name not in settings:
			return "PT404"
		settings.remove(api + " " + name)
		return "ok"

	def publish(self, api):
		versions = self.apis[api]["versions"]
		versions.add("%s %d" % (api, len(versions) + 1))

	def do_publish_version(self, who, api):
		self.must(who, api, "deploy_version")
		self.publish(api)
		return "ok"

	def do_set_version_state(self, who, api):
		self.must(who, api, "deploy_version")
		return "ok"

	def do_add_collaborator(self, who, api, name, level, expires):
		return self.grant(
			self.must(who, api, "manage_collaborators")["grants"], name, level, expires
		)

	def do_remove_collaborator(self, who, api, name):
		grants = self.must(who, api, "view")["grants"]
		return self.ungrant(
			who,
			grants,
			name,
			self.may(who, api, "manage_collaborators"),
			self.may(who, api, "view_collaborators"),
		)

	def do_transfer_ownership(self, who, api, name, keep_as):
		return self.hand_over(
			who, self.must(who, api, "transfer_ownership")["grants"], name, keep_as
		)

	def do_create_token(self, who, api):
		self.must(who, api, "create_token")
		return "ok"

	def may_revoke(self, who, api):
		self.must_sign_in(who)
		if not self.may(who, api, "view_tokens"):
			return False
		self.must(who, api, "revoke_token")
		return True

	def do_revoke_token(self, who, api):
		if not self.may_revoke(who, api):
			return "PT404"
		self.revoked.add(api)
		return "ok"

	def do_regenerate_token(self, who, api, state):
		if not self.may_revoke(who, api):
			return "PT404"
		return "ok" if state == "live" and api not in self.revoked else "22023"

	def do_delete_model_api(self, who, api):
		self.must(who, api, "delete")
		self.lasting[api] = self.apis[api]["project"]
		del self.apis[api]
		return "ok"

	def do_create_model_api(self, who, project, blank):
		self.must_project(who, project, "editor")
		if who == ADMINISTRATOR:
			return "PT401"
		return "22023" if blank else self.make_model_api(who, project, "ok")

	def do_add_project_collaborator(self, who, project, name, level, expires):
		return self.grant(self.must_project(who, project, "owner"), name, level, expires)

	def do_remove_project_collaborator(self, who, project, name):
		grants = self.must_project(who, project, "viewer")
		level = self.project_level(who, project)
		return self.ungrant(who, grants, name, enough(level, "owner"), enough(level, "editor"))

	def do_transfer_project(self, who, project, name, keep_as):
		return self.hand_over(who, self.must_project(who, project, "owner"), name, keep_as)

	def do_delete_project(self, who, project):
		self.must_project(who, project, "owner")
		if any(api["project"] == project for api in self.apis.values()):
			return "23514"
		del self.projects[project]
		return "ok"

	def make_model_api(self, who, project, outcome):
		self.apis["new"] = dict(
			project=project,
			visibility="private",
			mode="restricted",
			settings=set(),
			versions=set(),
			logs=set(),
			tokens=set(),
			grants=[Grant("new", ("user", who), "owner")],
		)
		return outcome

	def named(self, id):
		"""Replaces "new" by the id of the row that was just created"""
		for things in (self.apis, self.projects, self.organizations, self.users):
			if "new" in things:
				things[id] = things.pop("new")
		self.names = {
			name: (kind, id if holder == "new" else holder)
			for name, (kind, holder) in self.names.items()
		}

	def must_organization(self, who, organization):
		self.must_sign_in(who)
		if organization not in self.organizations:
			raise Denied("PT404")
		return self.organizations[organization]

	def administers(self, who, organization):
		return who == ADMINISTRATOR or self.organizations[organization].get(who, False)

	def do_add_organization_member(self, who, organization, name, is_admin):
		members = self.must_organization(who, organization)
		if not self.administers(who, organization):
			return "42501"
		kind, id = self.principal(name)
		if kind != "user":
			return "22023"
		members[id] = is_admin
		return "ok" if any(members.values()) else "23514"

	def do_remove_organization_member(self, who, organization, name):
		members = self.must_organization(who, organization)
		own = self.names.get(name) == ("user", who)
		if not self.administers(who, organization) and not own:
			return "42501"
		_, id = self.principal(name)
		if id not in members:
			return "PT404" if self.administers(who, organization) else "42501"
		del members[id]
		return "ok" if any(members.values()) else "23514"

	def do_delete_organization(self, who, organization):
		self.must_organization(who, organization)
		if not self.administers(who, organization):
			return "42501"
		del self.organizations[organization]
		self.reserved |= {name for name, holder in self.names.items() if holder[1] == organization}
		self.names = {
			name: holder for name, holder in self.names.items() if holder[1] != organization
		}
		for grants in list(self.projects.values()) + [api["grants"] for api in self.apis.values()]:
			grants[:] = [g for g in grants if g.holder != ("organization", organization)]
		return "ok"

	def make_organization(self, who, name, outcome):
		if name in self.names or name in self.reserved:
			return "23505"
		self.organizations["new"] = {who: True}
		self.names[name] = ("organization", "new")
		return outcome

	def do_create_organization(self, who, name):
		self.must_sign_in(who)
		return "PT401" if who == ADMINISTRATOR else self.make_organization(who, name, "ok")

	def do_create_project(self, who, blank):
		self.must_sign_in(who)
		if who == ADMINISTRATOR:
			return "PT401"
		if blank:
			return "22023"
		self.projects["new"] = [Grant("new", ("user", who), "owner")]
		return "ok"

	# Only administrators may execute the functions that change users

	def do_create_user(self, who, name):
		if who != ADMINISTRATOR:
			return "42501"
		if name in self.names or name in self.reserved:
			return "23505"
		self.users["new"] = False
		self.names[name] = ("user", "new")
		return "ok"

	def do_set_disabled(self, who, name, disabled):
		if who != ADMINISTRATOR:
			return "42501"
		kind, id = self.names.get(name, ("nobody", None))
		if kind != "user":
			return "PT404"
		self.users[id] = disabled
		return "ok"

	def do_delete_user(self, who, name):
		if who != ADMINISTRATOR:
			return "42501"
		kind, id = self.names.get(name, ("nobody", None))
		if kind != "user":
			return "PT404"
		for grants in list(self.projects.values()) + [api["grants"] for api in self.apis.values()]:
			if any(g.holder == ("user", id) for g in grants):
				grants[:] = [g for g in grants if g.holder != ("user", id)]
				self.keep_owner(grants)
		for members in self.organizations.values():
			if members.pop(id, False) and not any(members.values()):
				return "23514"
		del self.users[id], self.names[name]
		self.reserved.add(name)
		return "ok"

	# Two calls in one statement: the second one sees what the first one has written

	def do_both(self, who, first, second):
		# the server checks EXECUTE on both before it runs the first one
		called = {first[0], second[0]}
		if (
			"forbidden" in called
			or who != ADMINISTRATOR
			and called & {"create_user", "set_disabled", "delete_user"}
		):
			return "42501"
		for name, arguments in (first, second):
			outcome = getattr(self, "do_" + name)(who, *arguments)
			if outcome != "ok":
				return outcome
		return "ok"

	# Plain DML: a number of rows, or an SQLSTATE

	def do_update_name(self, who, api):
		return 1 if self.may(who, api, "edit_settings") else 0

	def do_update_visibility(self, who, api, visibility):
		if not self.may(who, api, "edit_settings"):
			return 0
		thing = self.apis[api]
		if thing["visibility"] != visibility and not self.may(who, api, "change_visibility"):
			return "42501"
		thing["visibility"] = visibility
		return 1

	def do_update_project(self, who, project):
		return 1 if enough(self.project_level(who, project), "owner") else 0

	def exists(self, holder):
		kind, id = holder
		return id in (self.users if kind == "user" else self.organizations)

	def refusal(self, who):
		"""The SQLSTATE of an INSERT that names a model API. For an administrator it can only fail
		because there is no such model API."""
		return "22023" if who == ADMINISTRATOR else "42501"

	def insert_grants(self, grants, refusal, holders, level):
		if refusal:
			return refusal
		for holder in holders:
			if any(g.holder == holder for g in grants):
				return "23505"
			self.give(grants, holder, level, None)
		# foreign keys are checked when the statement has written all its rows
		return len(holders) if all(map(self.exists, holders)) else "23503"

	def update_grant(self, grants, may, holder, level):
		found = [g for g in grants if g.holder == holder] if may else []
		for g in found:
			g.level = level
			self.keep_owner(grants)
		return len(found)

	def do_insert_collaborator(self, who, api, holder, level):
		grants = self.apis[api]["grants"] if api in self.apis else []
		return self.insert_grants(
			grants,
			not self.may(who, api, "manage_collaborators") and self.refusal(who),
			[holder],
			level,
		)

	def do_update_collaborator(self, who, api, holder, level):
		grants = self.apis[api]["grants"] if api in self.apis else []
		return self.update_grant(grants, self.may(who, api, "manage_collaborators"), holder, level)

	# Several rows in one statement: each is checked against the state before the statement,
	# invariants against the state after it

	def do_insert_collaborators(self, who, api, holders, level):
		grants = self.apis[api]["grants"] if api in self.apis else []
		return self.insert_grants(
			grants,
			not self.may(who, api, "manage_collaborators") and self.refusal(who),
			holders,
			level,
		)

	def do_upsert_collaborator(self, who, api, user, level):
		if not self.may(who, api, "manage_collaborators"):
			return self.refusal(who)
		grants = self.apis[api]["grants"]
		found = [g for g in grants if g.holder == ("user", user)]
		if found:
			found[0].level = level
			self.keep_owner(grants)
			return 1
		return self.insert_grants(grants, None, [("user", user)], level)

	def do_update_all_grants(self, who, level, of):
		managed = [api for api in self.apis if self.may(who, api, "manage_collaborators")]
		rows = 0
		for api in managed:
			for g in self.apis[api]["grants"]:
				if of is None or g.holder == ("user", of):
					g.level = level
					rows += 1
		for api in managed:
			self.keep_owner(self.apis[api]["grants"])
		return rows

	def do_update_all_visibility(self, who, visibility):
		changed = [api for api in self.apis if self.may(who, api, "edit_settings")]
		if any(
			self.apis[api]["visibility"] != visibility
			and not self.may(who, api, "change_visibility")
			for api in changed
		):
			return "42501"
		for api in changed:
			self.apis[api]["visibility"] = visibility
		return len(changed)

	def do_insert_organization(self, who, name):
		if who == ADMINISTRATOR:
			return "PT401"
		return self.make_organization(who, name, 1)

	def do_update_organization(self, who, organization):
		if organization not in self.organizations or not (
			who == ADMINISTRATOR or self.signed_in(who)
		):
			return 0
		return 1 if self.administers(who, organization) else 0

	def do_insert_member(self, who, organization, user, is_admin):
		if organization not in self.organizations:
			return "23503" if who == ADMINISTRATOR else "42501"
		if not self.administers(who, organization):
			return "42501"
		members = self.organizations[organization]
		if user in members:
			return "23505"
		if user not in self.users:
			return "23503"
		members[user] = is_admin
		return 1

	def do_insert_log(self, who, api):
		if who != ADMINISTRATOR:
			return "42501"
		return 1 if api in self.apis else "22023"

	def do_insert_project_collaborator(self, who, project, holder, level):
		if who == ADMINISTRATOR and project not in self.projects:
			return "23503"  # the foreign key fails: nothing is hidden from administrators
		manages = enough(self.project_level(who, project), "owner")
		return self.insert_grants(
			self.projects.get(project, []), None if manages else "42501", [holder], level
		)

	def do_update_project_collaborator(self, who, project, holder, level):
		manages = enough(self.project_level(who, project), "owner")
		return self.update_grant(self.projects.get(project, []), manages, holder, level)

	def do_insert_version(self, who, api):
		if not self.may(who, api, "deploy_version"):
			return self.refusal(who)
		self.publish(api)
		return 1

	def do_update_version(self, who, api):
		return 1 if self.may(who, api, "deploy_version") else 0

	def do_insert_setting(self, who, api, name):
		if not self.may(who, api, "edit_settings"):
			return self.refusal(who)
		if api + " " + name in self.apis[api]["settings"]:
			return "23505"
		self.apis[api]["settings"].add(api + " " + name)
		return 1

	def do_update_setting(self, who, api):
		return len(self.apis[api]["settings"]) if self.may(who, api, "edit_settings") else 0

	def do_insert_model_api(self, who, project):
		if who == ADMINISTRATOR:
			return "PT401"
		return (
			self.make_model_api(who, project, 1)
			if enough(self.project_level(who, project), "editor")
			else "42501"
		)

	def do_insert_project(self, who):
		if who == ADMINISTRATOR:
			return "PT401"
		self.projects["new"] = [Grant("new", ("user", who), "owner")]
		return 1

	def do_update_member(self, who, organization, id, is_admin):
		members = self.organizations.get(organization, {})
		if not (who == ADMINISTRATOR or self.signed_in(who) and members.get(who)):
			return 0
		if id not in members:
			return 0
		members[id] = is_admin
		return 1 if any(members.values()) else "23514"

	def do_forbidden(self, who):
		return "42501"
