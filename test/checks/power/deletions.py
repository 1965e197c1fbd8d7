"""The ways: what else the extension's functions delete, with a foreign key of mallory's that refers
to it."""

from power.cascades import CREATE_MODEL_API, SQL, Deletion, cascade, trigger
from power.rules import MALLORYS_CASCADE, after_trigger, is_sibling, may_administer

USER = Deletion(
	"SELECT modelapi_acl.delete_user(test.id('doomed')::text)",
	"users",
	prepare=(SQL["create a user"],),
	runs_in=may_administer,
	latches=None,
)
ORGANIZATION = Deletion(
	SQL["delete the organization"],
	"organizations",
	prepare_as_sibling=(SQL["create an organization"],),
)
PROJECT = Deletion(
	"SELECT modelapi_acl.delete_project(test.id('doomed'))",
	"projects",
	prepare_as_sibling=("SELECT test.remember('doomed', modelapi_acl.create_project('doomed'))",),
)
COLLABORATOR = Deletion(
	"SELECT modelapi_acl.remove_collaborator(test.id('doomed'), 'm_viewer')",
	"model_api_collaborators",
	SQL["grant of a model API"].format(user="m_viewer"),
	prepare_as_sibling=(
		CREATE_MODEL_API,
		"SELECT modelapi_acl.add_collaborator(test.id('doomed'), 'm_viewer')",
	),
)
PROJECT_COLLABORATOR = Deletion(
	"SELECT modelapi_acl.remove_project_collaborator(test.id('grave'), 'm_viewer')",
	"project_collaborators",
	SQL["grant of a project"],
	prepare_as_sibling=(
		"SELECT modelapi_acl.add_project_collaborator(test.id('grave'), 'm_viewer')",
	),
)
OWNERSHIP = Deletion(
	"SELECT modelapi_acl.transfer_ownership(test.id('doomed'), 'm_viewer', NULL)",
	"model_api_collaborators",
	SQL["grant of a model API"].format(user="sibling"),
	prepare_as_sibling=(CREATE_MODEL_API,),
	runs_in=is_sibling,
)
SETTING = Deletion(
	"SELECT modelapi_acl.delete_setting(test.id('doomed'), 'x')",
	"model_api_settings (model_api_id, name)",
	"VALUES (test.id('doomed'), 'x')",
	columns="id uuid, name text, FOREIGN KEY (id, name)",
	names="id, name",
	prepare_as_sibling=(
		CREATE_MODEL_API,
		"SELECT modelapi_acl.set_setting(test.id('doomed'), 'x', '1')",
	),
)
MEMBER = Deletion(
	SQL["remove the member"],
	"organization_members (organization_id, user_id)",
	"VALUES (test.id('doomed'), test.id('m_viewer'))",
	columns="id uuid, user_id uuid, FOREIGN KEY (id, user_id)",
	names="id, user_id",
	prepare_as_sibling=(SQL["create an organization"], SQL["add a member"]),
)
TOKEN = Deletion(
	"SELECT modelapi_acl.delete_model_api(test.id('doomed'))",
	"access_tokens",
	SQL["token"],
	prepare_as_sibling=(
		CREATE_MODEL_API,
		"SELECT modelapi_acl.create_token(test.id('doomed'), 'x')",
	),
)
LOG = Deletion(
	"SELECT modelapi_acl.prune_logs('1 year')",
	"model_api_logs",
	SQL["log"],
	prepare=(SQL["write an old log"],),
	runs_in=may_administer,
	latches=None,
)
DELETIONS = {
	"delete_user": USER,
	"delete_organization": ORGANIZATION,
	"delete_project": PROJECT,
	"remove_collaborator": COLLABORATOR,
	"remove_project_collaborator": PROJECT_COLLABORATOR,
	"transfer_ownership": OWNERSHIP,
	"delete_setting": SETTING,
	"remove_organization_member": MEMBER,
	"delete_model_api, of a token": TOKEN,
	"prune_logs": LOG,
}


def deletions(version):
	"""version: of the server"""
	after = after_trigger(version, MALLORYS_CASCADE)
	for title, deletion in DELETIONS.items():
		yield cascade(title + ": before row", MALLORYS_CASCADE, trigger("BEFORE"), deletion)
		yield cascade(title + ": after row", after, trigger("AFTER"), deletion)
