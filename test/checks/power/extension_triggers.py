"""The ways: triggers that a DBA added to the extension's tables, and that call mallory's code."""

import re

from power.cascades import CREATE_MODEL_API
from power.rules import (
	ADMINISTRATOR,
	IN_SESSION,
	current_user,
	is_sibling,
	may_administer,
	may_write,
)
from power.ways import way

CREATE_TRIGGER = (
	"CREATE TRIGGER zz_trap AFTER %s ON %s"
	" FOR EACH ROW EXECUTE FUNCTION trap.on_row('extension trigger')"
)
GRANTS = "modelapi_acl.model_api_collaborators"
INSERT_GRANT = (
	"INSERT INTO modelapi_acl.model_api_collaborators(model_api_id, user_id)"
	" VALUES (test.id('doomed'), test.id('m_viewer'))"
)
ADD = "SELECT modelapi_acl.add_collaborator(test.id('doomed'), 'm_viewer')"
REMOVE = "SELECT modelapi_acl.remove_collaborator(test.id('doomed'), 'm_viewer')"
DELETE = "SELECT modelapi_acl.delete_model_api(test.id('doomed'))"
CREATE = "SELECT modelapi_acl.create_model_api(test.id('grave'), 'doomed')"
CREATE_TOKEN = "SELECT modelapi_acl.create_token(test.id('doomed'), 'x')"
PUBLISH_VERSION = "SELECT modelapi_acl.publish_version(test.id('doomed'), '{}')"
SET_VISIBILITY = "SELECT modelapi_acl.set_visibility(test.id('doomed'), 'public')"
CREATE_ORGANIZATION = "SELECT modelapi_acl.create_organization('d' || nextval('test.numbers'))"
CREATE_USER = (
	"SELECT modelapi_acl.create_user('d' || n, 'd' || n || '@example.com')"
	" FROM nextval('test.numbers') n"
)


def trigger_on(table, event, action, runs_in=may_write, prepare=(CREATE_MODEL_API,), **more):
	"""A way; action: the call of a function, or a plain INSERT"""
	function = re.search(r"^INSERT|(?<=modelapi_acl\.)\w+", action).group()
	return way(
		"trigger on %s, %s by %s" % (table.split(".")[1], event.lower(), function),
		IN_SESSION,
		action,
		label="extension trigger",
		latches=None if action == CREATE_USER else True,
		runs_in=runs_in,
		prepare_as_sibling=prepare,
		create_as_superuser=CREATE_TRIGGER % (event, table),
		drop="DROP TRIGGER zz_trap ON %s" % table,
		**more,
	)


# Guards and audit write audit_events, object_counters and principal_names, unless they are skipped


def writes_with_guards(session):
	return may_write(session) and not session.row_security_off


def administers_with_guards(session):
	return may_administer(session) and not session.row_security_off


# Where the code states a user and fails, there is no current user for the rest of the statement


def is_refused_at_second_insert(session):
	"""add_collaborator() has two INSERTs: the second one is refused"""
	return session.state_mode and current_user(session, IN_SESSION) == ADMINISTRATOR


def is_rolled_back(session):
	"""publish_version() is refused, and what the code recorded is rolled back with it"""
	return session.name == "backend and administrator: nothing"


def extension_triggers():
	return [*on_model_apis(), *on_tokens_and_audit(), *on_users_and_organizations()]


def on_model_apis():
	with_viewer = (CREATE_MODEL_API, ADD)
	return [
		trigger_on(GRANTS, "INSERT", ADD, skipped_in=is_refused_at_second_insert),
		trigger_on(GRANTS, "INSERT", INSERT_GRANT),
		trigger_on(GRANTS, "DELETE", REMOVE, prepare=with_viewer),
		trigger_on("modelapi_acl.model_apis", "DELETE", DELETE),
		trigger_on(GRANTS, "INSERT", CREATE, is_sibling, prepare=()),
	]


def on_tokens_and_audit():
	events, counters = "modelapi_acl.audit_events", "modelapi_acl_internal.object_counters"
	return [
		trigger_on("modelapi_acl.access_tokens", "INSERT", CREATE_TOKEN),
		trigger_on("modelapi_acl_internal.token_hashes", "INSERT", CREATE_TOKEN),
		trigger_on(events, "INSERT", SET_VISIBILITY, writes_with_guards),
		trigger_on(
			counters,
			"INSERT OR UPDATE",
			PUBLISH_VERSION,
			writes_with_guards,
			skipped_in=is_rolled_back,
		),
	]


def on_users_and_organizations():
	names, members = "modelapi_acl_internal.principal_names", "modelapi_acl.organization_members"
	return [
		trigger_on("modelapi_acl.users", "INSERT", CREATE_USER, may_administer, prepare=()),
		trigger_on(names, "INSERT", CREATE_USER, administers_with_guards, prepare=()),
		trigger_on(members, "INSERT", CREATE_ORGANIZATION, is_sibling, prepare=()),
	]
