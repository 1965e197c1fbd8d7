"""The operations that are calls of functions."""

import functools
import re

from latest_state.access import (
	EDITOR,
	OWNER,
	is_admin,
	is_member,
	is_signed_in,
	may_deploy,
	may_leave_model,
	may_leave_project,
	on_model,
	on_project,
)
from latest_state.operations import (
	GATE,
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
	TOKEN,
	VERSION,
	add,
)


def function(kind, permission, call, **more):
	name = re.sub(r"'?%\((\w+)\)s'?", r"\1", call)
	forms = dict(
		plain="SELECT modelapi_acl." + call,
		start="SELECT modelapi_acl.%s FROM (SELECT %s OFFSET 0) AS g" % (call, GATE),
	)
	add(name, kind, permission, forms, function=True, **more)


def settings_and_versions():
	edit = functools.partial(function, "model", on_model(EDITOR))
	own = functools.partial(function, "model", on_model(OWNER))
	deploy = functools.partial(function, "model", may_deploy)
	new = dict(parents=(MODEL, SELF))
	own("set_visibility('%(m)s', 'public')", row=MODEL)
	edit("set_authorization_mode('%(m)s', 'unrestricted')", row=MODEL)
	edit("set_setting('%(m)s', 'fresh', '1')", unique=SETTING_KEY, **new)
	edit("set_setting('%(m)s', 'given', '1')", row=SETTING)
	edit("delete_setting('%(m)s', 'given')", row=SETTING)
	deploy("publish_version('%(m)s', '{}')", **new)
	deploy("set_version_state('%(v)s', 'stopped')", row=VERSION)


def collaborators():
	own = functools.partial(function, "model", on_model(OWNER))
	leave = functools.partial(function, "model", may_leave_model)
	others = dict(row=OTHERS_GRANT, takes=True)
	mine = dict(row=OWN_GRANT, own=True, takes=True)
	transfer = dict(parents=(MODEL, THIRD), own=True, takes=True)
	new = dict(parents=(MODEL, THIRD, SELF), unique=GRANT_KEY)
	own("add_collaborator('%(m)s', '%(t)s', 'owner')", **new)
	own("add_collaborator('%(m)s', '%(x)s', 'viewer')", **others)
	own("add_collaborator('%(m)s', '%(a)s', 'viewer')", **mine)
	own("remove_collaborator('%(m)s', '%(x)s')", **others)
	leave("remove_collaborator('%(m)s', '%(a)s')", **mine)
	own("transfer_ownership('%(m)s', '%(t)s')", **transfer)
	own("transfer_ownership('%(m)s', '%(t)s', NULL)", unique=GRANT_KEY, **transfer)


def tokens():
	own = functools.partial(function, "model", on_model(OWNER))
	function("model", on_model(EDITOR), "create_token('%(m)s', 'fresh')", parents=(MODEL, SELF))
	own("regenerate_token('%(tk)s')", row=TOKEN)
	own("revoke_token('%(tk)s')", row=TOKEN)
	own("delete_model_api('%(m)s')", row=MODEL, own=True, takes=True)


def projects():
	own = functools.partial(function, "project", on_project(OWNER))
	edit = functools.partial(function, "project", on_project(EDITOR))
	leave = functools.partial(function, "project", may_leave_project)
	others = dict(row=OTHERS_PROJECT_GRANT, takes=True)
	mine = dict(row=OWN_PROJECT_GRANT, own=True, takes=True)
	new = dict(parents=(PROJECT, THIRD), unique=PROJECT_GRANT_KEY)
	edit("create_model_api('%(p)s', 'fresh')", parents=(PROJECT, SELF))
	own("add_project_collaborator('%(p)s', '%(t)s', 'owner')", **new)
	own("add_project_collaborator('%(p)s', '%(x)s', 'viewer')", **others)
	own("add_project_collaborator('%(p)s', '%(a)s', 'viewer')", **mine)
	own("remove_project_collaborator('%(p)s', '%(x)s')", **others)
	leave("remove_project_collaborator('%(p)s', '%(a)s')", **mine)
	own("transfer_project('%(p)s', '%(t)s')", own=True, takes=True, **new)
	own("delete_project('%(p)s')", row=PROJECT, own=True, takes=True)


def organizations():
	administer = functools.partial(function, "organization", is_admin)
	leave = functools.partial(function, "organization", is_member)
	others = dict(row=OTHERS_MEMBERSHIP, takes=True)
	mine = dict(row=OWN_MEMBERSHIP, own=True, takes=True)
	new = dict(parents=(ORGANIZATION, THIRD), unique=MEMBER_KEY)
	administer("add_organization_member('%(o)s', '%(t)s')", **new)
	administer("add_organization_member('%(o)s', '%(x)s', false)", **others)
	administer("add_organization_member('%(o)s', '%(a)s', false)", **mine)
	administer("remove_organization_member('%(o)s', '%(x)s')", **others)
	leave("remove_organization_member('%(o)s', '%(a)s')", **mine)
	administer("delete_organization('%(o)s')", row=ORGANIZATION, own=True, takes=True)


def add_functions():
	settings_and_versions()
	collaborators()
	tokens()
	projects()
	organizations()
	create = functools.partial(function, "anything", is_signed_in, parents=(SELF,))
	create("create_project('fresh')")
	create("create_organization('%(fresh)s')", unique=NAME_KEY)
