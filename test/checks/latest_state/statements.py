"""The operations that are plain statements."""

from latest_state.access import (
	EDITOR,
	OWNER,
	is_admin,
	is_signed_in,
	may_deploy,
	on_model,
	on_project,
	with_own_row,
)
from latest_state.operations import (
	GRANT_KEY,
	MEMBER_KEY,
	MODEL,
	NAME_KEY,
	ORGANIZATION,
	OTHERS_GRANT,
	OTHERS_MEMBERSHIP,
	OTHERS_PROJECT_GRANT,
	OWN_GRANT,
	OWN_MEMBERSHIP,
	OWN_PROJECT_GRANT,
	PROJECT,
	PROJECT_GRANT_KEY,
	SELF,
	SETTING,
	SETTING_KEY,
	THIRD,
	VERSION,
	Writes,
	add_locks,
)

MAY_EDIT, MAY_OWN, MAY_OWN_PROJECT = on_model(EDITOR), on_model(OWNER), on_project(OWNER)
LOWER = "access_level = 'viewer'"


def add_collaborators(whole_row):
	columns = "model_api_id, user_id, access_level"
	grants = Writes("model", MAY_OWN, "model_api_collaborators", columns)
	first = "'%(m)s'::uuid, '%(tid)s'::uuid, 'owner'::modelapi_acl.access_level"
	second = "'%(m)s', '%(uid)s', 'owner'"
	third_grant = "model_api_id = '%(m)s' AND user_id = '%(tid)s'"
	upsert = ("user_id, model_api_id", "access_level")
	others = dict(row=OTHERS_GRANT, takes=True)
	name, key = dict(name="upsert a new"), dict(unique=GRANT_KEY)
	do_nothing = (first, second, " ON CONFLICT DO NOTHING", "INSERT or nothing")
	grants.insert(first, second, parents=(MODEL, THIRD, SELF), **key)
	grants.upsert(*upsert, first, second, parents=(MODEL, THIRD), **name, **key)
	grants.insert(*do_nothing, parents=(MODEL,), **key)
	grants.upsert(*upsert, "'%(m)s', '%(xid)s', 'viewer'", name="upsert a given", **others)
	grants.update(LOWER, OTHERS_GRANT[1], takes=True)
	expire = whole_row("model_api_collaborators", "expires_at = '2100-01-01'")
	grants.update(expire, OTHERS_GRANT[1], "whole row", takes=True)
	mine = dict(permission=with_own_row(MAY_OWN), own=True, takes=True)
	grants.update(LOWER, OWN_GRANT[1], "of one's own", **mine)
	grants.merge(OTHERS_GRANT[1], LOWER, first, "a given", **others)
	grants.merge(third_grant, LOWER, first, "a new", parents=(MODEL,), **key)


def add_settings(whole_row):
	settings = Writes("model", MAY_EDIT, "model_api_settings", "model_api_id, name, value")
	first, second = "'%(m)s'::uuid, 'fresh', '1'::jsonb", "'%(m)s', 'fresh 2', '1'"
	upsert = ("model_api_id, name", "value")
	new = dict(parents=(MODEL,), unique=SETTING_KEY)
	settings.insert(first, second, parents=(MODEL, SELF), unique=SETTING_KEY)
	settings.upsert(*upsert, first, second, name="upsert a new", **new)
	settings.upsert(*upsert, "'%(m)s', 'given', '1'", name="upsert a given", row=SETTING)
	settings.update("value = '1'", SETTING[1])
	settings.update(whole_row("model_api_settings", "value = '1'"), SETTING[1], "whole row")
	two = "'%(m)s', 'fresh', '1'), ('%(own)s', '%(fresh)s', '1'"
	settings.insert(two, name="INSERT for two model APIs", parents=(MODEL,))
	settings.merge(SETTING[1], "value = '1'", first, "a given", row=SETTING)


def add_versions(whole_row):
	versions = Writes("model", may_deploy, "model_api_versions", "model_api_id, source")
	first, second = "'%(m)s'::uuid, '{}'::jsonb", "'%(m)s', '{}'"
	versions.insert(first, second, parents=(MODEL, SELF))
	versions.update("state = 'stopped'", VERSION[1])
	stop = whole_row("model_api_versions", "state = 'stopped'")
	versions.update(stop, VERSION[1], "whole row")


def add_model_apis(whole_row):
	model_apis = Writes("model", MAY_EDIT, "model_apis")
	model_apis.update("name = 'changed'", MODEL[1])
	model_apis.update("authorization_mode = 'unrestricted'", MODEL[1])
	two = ("name = name || 'x'", "id IN ('%(m)s', '%(own)s')")
	model_apis.update(*two, "of two", row=MODEL, rows=2)
	model_apis.update("visibility = 'public'", MODEL[1], permission=MAY_OWN)
	model_apis.update(whole_row("model_apis", "name = 'changed'"), MODEL[1], "whole row")
	new = Writes("project", on_project(EDITOR), "model_apis", "project_id, name")
	new.insert("'%(p)s'::uuid, 'fresh'", "'%(p)s', 'fresh 2'", parents=(PROJECT, SELF))


def add_project_collaborators():
	columns = "project_id, user_id, access_level"
	grants = Writes("project", MAY_OWN_PROJECT, "project_collaborators", columns)
	first = "'%(p)s'::uuid, '%(tid)s'::uuid, 'owner'::modelapi_acl.access_level"
	second = "'%(p)s', '%(uid)s', 'owner'"
	upsert = ("user_id, project_id", "access_level")
	others, key = dict(row=OTHERS_PROJECT_GRANT, takes=True), dict(unique=PROJECT_GRANT_KEY)
	grants.insert(first, second, parents=(PROJECT, THIRD), **key)
	grants.upsert(*upsert, first, second, name="upsert a new", parents=(PROJECT,), **key)
	grants.upsert(*upsert, "'%(p)s', '%(xid)s', 'viewer'", name="upsert a given", **others)
	grants.update(LOWER, OTHERS_PROJECT_GRANT[1], takes=True)
	mine = dict(permission=with_own_row(MAY_OWN_PROJECT), own=True, takes=True)
	grants.update(LOWER, OWN_PROJECT_GRANT[1], "of one's own", **mine)
	grants.merge(OTHERS_PROJECT_GRANT[1], LOWER, first, "a given", **others)


def add_projects(whole_row):
	projects = Writes("project", MAY_OWN_PROJECT, "projects")
	projects.update("name = 'changed'", PROJECT[1])
	projects.update(whole_row("projects", "name = 'changed'"), PROJECT[1], "whole row")
	new = Writes("anything", is_signed_in, "projects", "name")
	new.insert("'fresh'", "'fresh 2'", parents=(SELF,))


def add_members():
	columns = "organization_id, user_id, is_admin"
	members = Writes("organization", is_admin, "organization_members", columns)
	first = "'%(oid)s'::uuid, '%(tid)s'::uuid, false"
	second = "'%(oid)s', '%(uid)s', false"
	upsert = ("organization_id, user_id", "is_admin")
	others, key = dict(row=OTHERS_MEMBERSHIP, takes=True), dict(unique=MEMBER_KEY)
	members.insert(first, second, parents=(ORGANIZATION, THIRD), **key)
	members.upsert(*upsert, first, second, name="upsert a new", parents=(ORGANIZATION,), **key)
	members.upsert(*upsert, "'%(oid)s', '%(xid)s', false", name="upsert a given", **others)
	members.update("is_admin = false", OTHERS_MEMBERSHIP[1], takes=True)
	mine = dict(permission=lambda a: is_admin(a) and a.belongs, own=True, takes=True)
	members.update("is_admin = false", OWN_MEMBERSHIP[1], "of one's own", **mine)


def add_organizations(whole_row):
	organizations = Writes("organization", is_admin, "organizations")
	organizations.update("full_name = 'changed'", ORGANIZATION[1])
	change = whole_row("organizations", "full_name = 'changed'")
	organizations.update(change, ORGANIZATION[1], "whole row")
	organizations.update("name = '%(fresh)s'", ORGANIZATION[1], unique=NAME_KEY)
	new = Writes("anything", is_signed_in, "organizations", "name")
	new.insert("'%(fresh)s'", "'%(fresh)s-2'", parents=(SELF,), unique=NAME_KEY)


def add_row_locks():
	add_locks("model", MAY_EDIT, MODEL)
	add_locks("model", MAY_OWN, OTHERS_GRANT)
	add_locks("model", MAY_EDIT, SETTING)
	add_locks("model", may_deploy, VERSION)
	add_locks("project", MAY_OWN_PROJECT, PROJECT)
	add_locks("project", MAY_OWN_PROJECT, OTHERS_PROJECT_GRANT)
	add_locks("organization", is_admin, ORGANIZATION)
	add_locks("organization", is_admin, OTHERS_MEMBERSHIP)


def add_statements(updatable):
	"""updatable: the columns of each table that may be updated"""

	def whole_row(table, change):
		"""SET of all columns to what they are, but for one"""
		changed = change.split(" ")[0]
		return ", ".join(["%s = %s" % (c, c) for c in updatable[table] if c != changed] + [change])

	add_collaborators(whole_row)
	add_settings(whole_row)
	add_versions(whole_row)
	add_model_apis(whole_row)
	add_project_collaborators()
	add_projects(whole_row)
	add_members()
	add_organizations(whole_row)
	add_row_locks()
