"""The ways to lose access. Some of them leave enough, some take nothing, some give access: there
the operation must succeed."""

import dataclasses

from latest_state.access import EDITOR, LEVELS, NONE, OWNER, VIEWER, Access

LOSSES = []
# Administrators do these in a transaction without a current user.
ADMINISTRATORS = tuple(
	"SELECT modelapi_acl." + name for name in ("disable_user", "enable_user", "update_user")
)
# What users may do to themselves, in an earlier statement of the same transaction.
BY_ONESELF = {
	"model: grant removed",
	"model: grant lowered to viewer",
	"model: membership removed",
	"project: grant removed",
	"project: grant lowered to viewer",
	"organization: admin lowered",
	"organization: admin removed",
}


@dataclasses.dataclass(frozen=True)
class Loss:
	name: str
	kind: str  # of the operations that it affects
	before: Access
	after: Access
	take: str  # SQL that takes the access away
	give: str = None  # SQL that gives it back
	clock: bool = False  # whether the access expires by itself

	def is_deletion(self):
		return self.name.endswith("deleted")

	def deletes_object(self):
		"""Whether it deletes what the operation is about, rather than an organization"""
		return self.name.endswith(": deleted")

	def is_gain(self):
		return ": gained, " in self.name


def loss(*arguments, **more):
	LOSSES.append(Loss(*arguments, **more))


def call(function, *arguments, rest=""):
	"""A call whose arguments are keys of the attempt's names, or levels"""
	values = ("'%s'" % a if a in LEVELS else "'%%(%s)s'" % a for a in arguments)
	return "SELECT modelapi_acl.%s(%s%s);" % (function, ", ".join(values), rest)


JOIN = call("add_organization_member", "g", "a")
LEAVE = call("remove_organization_member", "g", "a")
DISABLE, ENABLE = call("disable_user", "a"), call("enable_user", "a")
RENAME = call("update_user", "a", rest=", full_name => 'renamed'")
NOTHING = "SELECT 1;"


class GrantLosses:
	"""The ways to lose a grant on a model API or on a project"""

	def __init__(self, kind, object_key, suffix, own, shared):
		"""own, shared: the fields of Access"""
		self.kind, self.object_key, self.suffix = kind, object_key, suffix
		self.own, self.shared = own, shared

	def has(self, level, row=True):
		return Access(**{self.own: level, "row": row})

	def through(self, level, **more):
		return Access(**{self.shared: level}, **more)

	def give(self, principal, level, rest=""):
		function = "add_%scollaborator" % self.suffix
		return call(function, self.object_key, principal, LEVELS[level], rest=rest)

	def take(self, principal):
		return call("remove_%scollaborator" % self.suffix, self.object_key, principal)

	def loss(self, name, *arguments, **more):
		loss("%s: %s" % (self.kind, name), self.kind, *arguments, **more)

	def add(self):
		self.add_own_grant()
		self.add_organization()
		self.add_enough_left()

	def add_own_grant(self):
		has, give = self.has, self.give
		regain = give("a", OWNER)
		self.loss("grant removed", has(OWNER), Access(), self.take("a"), regain)
		self.loss("grant lowered to viewer", has(OWNER), has(VIEWER), give("a", VIEWER), regain)
		self.loss("grant lowered to editor", has(OWNER), has(EDITOR), give("a", EDITOR), regain)
		self.loss("grant expires", has(OWNER), has(NONE), "", regain, clock=True)
		expiry = ", clock_timestamp() + interval '%(date)s'"
		expire = give("a", OWNER, expiry) + "SELECT pg_sleep_for('%(date)s');"
		self.loss("grant dated, then expires", has(OWNER), has(NONE), expire, regain)

	def add_organization(self):
		through, give = self.through, self.give
		regain = give("g", OWNER)
		no_member = through(OWNER, member=False)
		lowered = "organization's grant lowered"
		self.loss("organization's grant removed", through(OWNER), Access(), self.take("g"), regain)
		self.loss(lowered, through(OWNER), through(VIEWER), give("g", VIEWER), regain)
		self.loss("membership removed", through(OWNER), no_member, LEAVE, JOIN)
		delete = call("delete_organization", "g")
		self.loss("organization deleted", through(OWNER), no_member, delete)
		self.loss("user disabled", self.has(OWNER), Access(enabled=False), DISABLE, ENABLE)

	def add_enough_left(self):
		has, through, give, take = self.has, self.through, self.give, self.take
		both = dataclasses.replace(has(OWNER), **{self.shared: OWNER})
		one = "one of two grants removed"
		self.loss(one, both, through(OWNER), take("a"), give("a", OWNER))
		no_member = dataclasses.replace(both, member=False)
		self.loss("one of two ways: membership removed", both, no_member, LEAVE, JOIN)
		others = give("z", VIEWER) + give("z", EDITOR) + take("z")
		self.loss("nothing: others' grants change", has(OWNER), has(OWNER), others, NOTHING)
		self.loss("nothing: the user is renamed", has(OWNER), has(OWNER), RENAME, NOTHING)


def model_losses():
	give, take = "add_project_collaborator", call("remove_project_collaborator", "p", "a")
	regain, lower = call(give, "p", "a", "owner"), call(give, "p", "a", "viewer")
	on_project, kind = Access(project=OWNER), "model"
	loss("model: project's grant removed", kind, on_project, Access(), take, regain)
	loss("model: project's grant lowered", kind, on_project, Access(project=VIEWER), lower, regain)
	loss("model: project's grant expires", kind, on_project, Access(), "", regain, clock=True)
	shared = Access(project_shared=OWNER)
	no_member = dataclasses.replace(shared, member=False)
	name = "model: membership of the project's collaborator removed"
	loss(name, kind, shared, no_member, LEAVE, JOIN)
	editor = Access(direct=EDITOR, row=True)
	name = "model: an editor's viewer grant on the project removed"
	loss(name, kind, dataclasses.replace(editor, project=VIEWER), editor, take, lower)
	delete = call("delete_model_api", "m")
	loss("model: deleted", kind, Access(direct=OWNER, row=True), Access(exists=False), delete)
	visibility = "SELECT modelapi_acl.set_visibility('%%(m)s', '%s');"
	loss(
		"model: made private, the own grant expired",
		kind,
		Access(row=True, public=True),
		Access(row=True),
		visibility % "private",
		visibility % "public",
	)


def organization_losses():
	kind, admin = "organization", Access(admin=True, belongs=True)
	member = Access(belongs=True)
	lower = call("add_organization_member", "o", "a", rest=", false")
	regain = call("add_organization_member", "o", "a", rest=", true")
	remove = call("remove_organization_member", "o", "a")
	delete = call("delete_organization", "o")
	loss("organization: admin lowered", kind, admin, member, lower, regain)
	loss("organization: admin removed", kind, admin, Access(), remove, regain)
	loss("organization: deleted", kind, admin, Access(exists=False), delete)
	loss("organization: user disabled", kind, admin, Access(enabled=False), DISABLE, ENABLE)
	join = call("add_organization_member", "o", "z")
	loss("organization: nothing: others join", kind, admin, admin, join, NOTHING)


def gains():
	"""Access that is gained meanwhile counts as well"""
	for kind, key, field, function in (
		("model", "m", "direct", "add_collaborator"),
		("project", "p", "project", "add_project_collaborator"),
	):
		viewer, owner = (Access(**{field: level, "row": True}) for level in (VIEWER, OWNER))
		give = call(function, key, "a", "owner")
		loss(kind + ": gained, viewer to owner", kind, viewer, owner, give)
	member, admin = Access(belongs=True), Access(admin=True, belongs=True)
	give = call("add_organization_member", "o", "a", rest=", true")
	loss("organization: gained, member to admin", "organization", member, admin, give)


GrantLosses("model", "m", "", "direct", "shared").add()
GrantLosses("project", "p", "project_", "project", "project_shared").add()
model_losses()
loss(
	"project: deleted",
	"project",
	Access(project=OWNER, row=True),
	Access(exists=False),
	call("delete_project", "p"),
)
organization_losses()
loss("anything: user disabled", "anything", Access(), Access(enabled=False), DISABLE, ENABLE)
loss("anything: nothing: the user is renamed", "anything", Access(), Access(), RENAME, NOTHING)
gains()
