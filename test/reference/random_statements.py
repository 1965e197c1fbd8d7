"""Random statements of users and administrators. They are chosen from the rows of the tables, so
that most of them succeed and some are refused."""

LEVELS = ["viewer", "editor", "owner"]
# Users and organizations take each other's names, sometimes in the other case
NAMES = [
	"ann",
	"bob",
	"cy",
	"dee",
	"eve",
	"fay",
	"gus",
	"hal",
	"ida",
	"jo",
	"kim",
	"lou",
	"Mia",
	"ned-1",
	"o.k",
	"p_q",
]


class RandomStatements:
	def __init__(self, random):
		self.random = random
		self.made = 0

	def next(self):
		self.made += 1
		return self.made

	def free_name(self, state):
		taken = {
			row["name"].lower()
			for row in list(state.users.values()) + list(state.organizations.values())
		}
		free = [n for n in NAMES if n.lower() not in taken] or ["n%d" % self.next()]
		name = self.random.choice(free)
		return name.upper() if self.random.random() < 0.1 else name

	def expiry(self):
		"""Mostly none; otherwise soon, so that it passes during the run, or late, or infinity"""
		r = self.random
		return r.choice(
			["NULL"] * 4
			+ [
				"clock_timestamp() + interval '%d milliseconds'"
				% r.choice([60, 150, 400, 1000, 3000])
			]
			* 4
			+ ["now() + interval '1 day'", "'infinity'"]
		)

	def overlap(self):
		return self.random.choice(["'0'", "'100 ms'", "'1 s'", "'1 hour'"])

	def one(self, state, actor, admin):
		"""One statement

		actor: the current user of the transaction, or None
		admin: whether the role is an administrator's; it may be with an actor, too
		"""
		r = self.random
		users = list(state.users.values()) or [dict(id=None, name="nobody", email=None)]
		organizations = list(state.organizations.values())
		user, other = r.choice(users), r.choice(users)
		principal = r.choice(users * 2 + organizations)
		kind = "organization" if "members" in principal else "user"
		apis, projects = list(state.apis.values()), list(state.projects.values())
		if not admin and r.random() < 0.7:  # mostly what the actor owns or edits
			own = lambda things: (
				[
					t
					for t in things
					if any(g.holder == ("user", actor) and g.level != "viewer" for g in t["grants"])
				]
				or things
			)
			projects = own(projects)
			apis = [m for m in own(apis) if True] or apis
			organizations = [o for o in organizations if o["members"].get(actor)] or organizations
		api = (
			r.choice(apis)
			if apis
			else dict(id="00000000-0000-4000-8000-000000000000", tokens=[], grants=[])
		)
		project = (
			r.choice(projects)
			if projects
			else dict(id="00000000-0000-4000-8000-000000000000", grants=[])
		)
		organization = (
			r.choice(organizations) if organizations else dict(id=None, name="nobody", members={})
		)
		tokens = api["tokens"] + [
			t for t in state.rows["personal_tokens"] if admin or t["user_id"] == actor
		]
		token = r.choice(tokens or [dict(id="00000000-0000-4000-8000-000000000000")])["id"]
		f = lambda name, *arguments: "SELECT modelapi_acl.%s(%s)" % (name, ", ".join(arguments))
		q = lambda text: "'%s'" % text
		level, visibility = r.choice(LEVELS), r.choice(["public", "private"])
		mode = r.choice(["restricted", "unrestricted"])
		name = self.free_name(state)
		n = self.next()
		yes = r.choice(["true", "false"])
		grant_table, thing, at = r.choice(
			[
				("model_api_collaborators", "model_api_id", api),
				("project_collaborators", "project_id", project),
			]
		)
		by_administrators = [
			f("create_user", q(name), q("e%d@example.com" % n)),
			f("disable_user", q(user["name"])),
			f("enable_user", q(user["name"])),
			f("enable_user", q(other["name"])),
			f("update_user", q(user["name"]), q(name)),
			f("update_user", q(user["name"]), "NULL", q("e%d@example.com" % n)),
			f("update_user", q(user["id"]), "NULL", "NULL", q("Full %d" % n), q("sub%d" % n)),
			f("delete_user", q(user["name"])),
			"UPDATE modelapi_acl.users SET disabled_at = %s WHERE id = '%s'"
			% (r.choice(["now()", "NULL", "NULL"]), user["id"]),
			"UPDATE modelapi_acl.users SET username = '%s' WHERE id = '%s'" % (name, user["id"]),
			"WITH u AS (INSERT INTO modelapi_acl.users (username) VALUES ('%s') RETURNING id)"
			" INSERT INTO modelapi_acl.user_identities (user_id, email) SELECT id,"
			" 'e%d@example.com' FROM u" % (name, n),
		]
		creations = [
			f("create_project", q("p%d" % n)),
			"INSERT INTO modelapi_acl.projects (name) VALUES ('p%d')" % n,
			f(
				"create_model_api",
				q(project["id"]),
				q("m%d" % r.randint(1, 5)),
				"NULL",
				q(visibility),
				q(mode),
				q(r.choice(["sync", "async"])),
			),
			"INSERT INTO modelapi_acl.model_apis (project_id, name, visibility) VALUES ('%s',"
			" 'm%d', '%s')" % (project["id"], r.randint(1, 5), visibility),
			f("create_organization", q(name)),
		]
		if len(state.projects) > 4:
			creations = creations[2:]
		if len(state.apis) > 8:
			creations = creations[-1:]
		if len(state.organizations) > 3:
			creations = creations[:-1]
		rarely = [
			f("delete_model_api", q(api["id"])),
			f("delete_project", q(project["id"])),
			f("delete_organization", q(organization["name"])),
		]
		grants = [
			f("add_collaborator", q(api["id"]), q(principal["name"]), q(level), self.expiry()),
			f(
				"add_project_collaborator",
				q(project["id"]),
				q(principal["name"]),
				q(level),
				self.expiry(),
			),
			f("remove_collaborator", q(api["id"]), q(principal["name"])),
			f("remove_project_collaborator", q(project["id"]), q(principal["name"])),
			f("transfer_ownership", q(api["id"]), q(user["name"]), r.choice(["NULL", q(level)])),
			f("transfer_project", q(project["id"]), q(user["name"]), r.choice(["NULL", q(level)])),
			"INSERT INTO modelapi_acl.%s (%s, %s_id, access_level, expires_at) VALUES ('%s', '%s',"
			" '%s', %s)"
			% (grant_table, thing, kind, at["id"], principal["id"], level, self.expiry()),
			"UPDATE modelapi_acl.%s SET access_level = '%s' WHERE %s = '%s' AND %s_id = '%s'"
			% (grant_table, level, thing, at["id"], kind, principal["id"]),
			"UPDATE modelapi_acl.%s SET expires_at = %s WHERE %s = '%s' AND access_level < 'owner'"
			% (grant_table, self.expiry(), thing, at["id"]),
		]
		# grants that exist
		holders = [g.holder for g in at["grants"]]
		if holders:
			held, holder = r.choice(holders)
			grants += [
				"UPDATE modelapi_acl.%s SET access_level = '%s', expires_at = %s WHERE %s = '%s'"
				" AND %s_id = '%s'"
				% (
					grant_table,
					level,
					self.expiry() if level != "owner" else "NULL",
					thing,
					at["id"],
					held,
					holder,
				)
			] * 2
		members = [
			f("add_organization_member", q(organization["name"]), q(user["name"]), yes),
			f("add_organization_member", q(organization["name"]), q(other["name"])),
			f("remove_organization_member", q(organization["name"]), q(user["name"])),
			"INSERT INTO modelapi_acl.organization_members (organization_id, user_id) VALUES ('%s',"
			" '%s')" % (organization["id"], user["id"]),
			"UPDATE modelapi_acl.organization_members SET is_admin = NOT is_admin WHERE user_id ="
			" '%s'" % user["id"],
			"UPDATE modelapi_acl.organizations SET name = '%s' WHERE id = '%s'"
			% (name, organization["id"]),
		]
		settings = [
			f("set_visibility", q(api["id"]), q(visibility)),
			f("set_authorization_mode", q(api["id"]), q(mode)),
			"UPDATE modelapi_acl.model_apis SET visibility = '%s', authorization_mode = '%s' WHERE"
			" id = '%s'" % (visibility, mode, api["id"]),
			"UPDATE modelapi_acl.model_apis SET invocation_mode = '%s' WHERE id = '%s'"
			% (r.choice(["sync", "async"]), api["id"]),
			"UPDATE modelapi_acl.model_apis SET name = 'm%d' WHERE id = '%s'"
			% (r.randint(1, 5), api["id"]),
			f("set_setting", q(api["id"]), q("s"), q("%d" % n)),
			f("publish_version", q(api["id"]), q("{}")),
			"UPDATE modelapi_acl.projects SET name = 'p%d' WHERE id = '%s'" % (n, project["id"]),
		]
		tokens = [
			f("create_token", q(api["id"]), q("t%d" % r.randint(1, 3)), self.expiry()),
			f("create_token", q(api["id"]), q("t%d" % r.randint(1, 3))),
			f("regenerate_token", q(token)),
			f("regenerate_token", q(token), self.overlap()),
			f("revoke_token", q(token)),
			f("suspend_token", q(token)),
			f("resume_token", q(token)),
			f("update_token", q(token), "NULL", self.expiry()),
			f("create_personal_token", q("t%d" % r.randint(1, 3)), self.expiry()),
			f(
				"create_personal_token",
				q("t%d" % r.randint(1, 3)),
				"NULL",
				"ARRAY[%s]::uuid[]" % q(api["id"]),
			),
		]
		kinds = [grants] * 5 + [members] * 2 + [settings] * 2 + [tokens] * 2 + [creations] * 2
		if admin:
			kinds += [by_administrators] * 3
		if r.random() < 0.4:
			kinds += [rarely]
		return r.choice(r.choice(kinds) or grants)
