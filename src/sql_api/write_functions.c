/*-------------------------------------------------------------------------
 *
 * write_functions.c
 *	  Public functions that write what their caller may write.
 *
 * Each makes the checks of preconditions.c, in the documented order, and then runs one statement
 * of 70_write_functions.sql, with a saved plan and with the caller's own privileges.  So policies
 * and guards judge the write as they judge a plain one.
 *
 * Checks and statement use one snapshot, a new one under READ COMMITTED, as a statement of its
 * own would.  Writes are judged by the latest state anyway.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "preconditions.h"
#include "principals.h"
#include "../access/context.h"
#include "../catalog/internal_statements.h"
#include "../compat.h"
#include "../terms.h"
#include "../values/uuids.h"
#include "../values/validate.h"

PG_FUNCTION_INFO_V1(modelapi_acl_create_model_api_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_set_visibility_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_set_authorization_mode_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_set_setting_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_publish_version_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_add_collaborator_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_remove_collaborator_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_add_project_collaborator_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_remove_project_collaborator_1_1);

/* A statement with the caller's privileges */
#define OF_CALLER(name) {.function = (name), .as_caller = true}

/* ----------
 * Statements
 * ----------
 */

/* What a statement has returned: its first column, in the memory context of the call */
typedef struct Returned
{
	MemoryContext memory;
	Datum		value;
	bool		isnull;
} Returned;

static void
take_result(TupleTableSlot *slot, void *arg)
{
	Returned   *result = (Returned *) arg;
	Form_pg_attribute attribute = TupleDescAttr(slot->tts_tupleDescriptor, 0);
	Datum		value = slot_getattr(slot, 1, &result->isnull);
	MemoryContext old;

	if (result->isnull)
		return;
	old = MemoryContextSwitchTo(result->memory);
	result->value = datumCopy(value, attribute->attbyval, attribute->attlen);
	MemoryContextSwitchTo(old);
}

/* Pushes the snapshot of a call, which sees all earlier commands.  The caller pops it. */
static void
push_snapshot(void)
{
	CommandCounterIncrement();
	PushCopiedSnapshot(GetTransactionSnapshot());
	UpdateActiveSnapshotCommandId();
}

#define ARGUMENTS_MAX 6

/* Runs a statement with the function's own arguments; returns how many rows it wrote. */
static uint64
run_with_arguments(FunctionCallInfo fcinfo, InternalStatement *statement, Returned *result)
{
	Datum		values[ARGUMENTS_MAX];
	bool		nulls[ARGUMENTS_MAX];

	Assert(PG_NARGS() <= ARGUMENTS_MAX);
	for (int i = 0; i < PG_NARGS(); i++)
	{
		values[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i);
	}
	return internal_statements_run(statement, values, nulls, result ? take_result : NULL, result);
}

/* ----------
 * Model APIs
 * ----------
 */

/*
 * create_model_api(project_id, name, description, visibility, authorization_mode,
 * invocation_mode) → uuid
 */
Datum
modelapi_acl_create_model_api_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement insert_model_api = OF_CALLER("insert_model_api");
	Returned	result = {CurrentMemoryContext, (Datum) 0, true};

	push_snapshot();
	preconditions_require_project_permission(uuids_argument(fcinfo, 0), PROJECT_PERMISSION_CREATE_MODEL_API);
	(void) preconditions_require_user();
	validate_not_null("model API name", PG_ARGISNULL(1));
	validate_not_null("visibility", PG_ARGISNULL(3));
	validate_not_null("authorization mode", PG_ARGISNULL(4));
	validate_not_null("invocation mode", PG_ARGISNULL(5));
	(void) run_with_arguments(fcinfo, &insert_model_api, &result);
	PopActiveSnapshot();
	if (result.isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result.value);
}

/* Sets one column of a model API; what: its name in the message for NULL. */
static void
set_column(FunctionCallInfo fcinfo, InternalStatement *update, Permission permission, const char *what)
{
	push_snapshot();
	preconditions_require_permission(uuids_argument(fcinfo, 0), permission);
	validate_not_null(what, PG_ARGISNULL(1));
	preconditions_require_changed(run_with_arguments(fcinfo, update, NULL) > 0, "model API");
	PopActiveSnapshot();
}

/* set_visibility(model_api_id, visibility) → void */
Datum
modelapi_acl_set_visibility_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement update_visibility = OF_CALLER("update_visibility");

	set_column(fcinfo, &update_visibility, PERMISSION_CHANGE_VISIBILITY, "visibility");
	PG_RETURN_VOID();
}

/* set_authorization_mode(model_api_id, authorization_mode) → void */
Datum
modelapi_acl_set_authorization_mode_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement update_authorization_mode = OF_CALLER("update_authorization_mode");

	set_column(fcinfo, &update_authorization_mode, PERMISSION_EDIT_SETTINGS, "authorization mode");
	PG_RETURN_VOID();
}

/* set_setting(model_api_id, name, value) → void */
Datum
modelapi_acl_set_setting_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement write_setting = OF_CALLER("write_setting");

	push_snapshot();
	preconditions_require_permission(uuids_argument(fcinfo, 0), PERMISSION_EDIT_SETTINGS);
	validate_required_name("setting name", PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	validate_not_null("setting value", PG_ARGISNULL(2));
	(void) run_with_arguments(fcinfo, &write_setting, NULL);
	PopActiveSnapshot();
	PG_RETURN_VOID();
}

/* publish_version(model_api_id, source, description) → model_api_versions */
Datum
modelapi_acl_publish_version_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement insert_version = OF_CALLER("insert_version");
	Returned	result = {CurrentMemoryContext, (Datum) 0, true};

	push_snapshot();
	preconditions_require_permission(uuids_argument(fcinfo, 0), PERMISSION_DEPLOY_VERSION);
	validate_not_null("source", PG_ARGISNULL(1));
	(void) run_with_arguments(fcinfo, &insert_version, &result);
	PopActiveSnapshot();
	if (result.isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result.value);
}

/* ----------
 * Grants
 * ----------
 */

/* Whether a text argument names the current user. */
static bool
names_current_user(FunctionCallInfo fcinfo, int argument)
{
	return !PG_ARGISNULL(argument) &&
		principals_names_current_user(context_of_current_user(NULL),
									  text_to_cstring(PG_GETARG_TEXT_PP(argument)));
}

/* Runs the statement for the kind of principal, with the arguments after the object. */
static uint64
run_on_grant(FunctionCallInfo fcinfo, InternalStatement statements[2], const Principal *principal)
{
	InternalStatement *statement = &statements[principal->kind == PRINCIPAL_USER ? 0 : 1];
	Datum		values[4] = {PG_GETARG_DATUM(0), UUIDPGetDatum(&principal->id)};
	bool		nulls[4] = {false, false};

	for (int i = 2; i < PG_NARGS(); i++)
	{
		values[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i);
	}
	return internal_statements_run(statement, values, nulls, NULL, NULL);
}

/* add_collaborator(model_api_id, principal, access_level, expires_at) → void */
Datum
modelapi_acl_add_collaborator_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement statements[2] = {
		OF_CALLER("write_user_grant"), OF_CALLER("write_organization_grant")
	};
	Principal	principal;

	push_snapshot();
	preconditions_require_permission(uuids_argument(fcinfo, 0), PERMISSION_MANAGE_COLLABORATORS);
	validate_not_null("access level", PG_ARGISNULL(2));
	principal = principals_require_argument(fcinfo, 1);
	(void) run_on_grant(fcinfo, statements, &principal);
	PopActiveSnapshot();
	PG_RETURN_VOID();
}

/* remove_collaborator(model_api_id, principal) → void */
Datum
modelapi_acl_remove_collaborator_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement statements[2] = {
		OF_CALLER("delete_user_grant"), OF_CALLER("delete_organization_grant")
	};
	const pg_uuid_t *model_api_id = uuids_argument(fcinfo, 0);
	Principal	principal;

	push_snapshot();
	preconditions_require_permission(model_api_id, names_current_user(fcinfo, 1) ?
									 PERMISSION_VIEW : PERMISSION_MANAGE_COLLABORATORS);
	principal = principals_require_argument(fcinfo, 1);
	if (run_on_grant(fcinfo, statements, &principal) == 0)
		preconditions_raise_not_removed(preconditions_has_permission(model_api_id, PERMISSION_VIEW_COLLABORATORS),
										"collaborator");
	PopActiveSnapshot();
	PG_RETURN_VOID();
}

/* add_project_collaborator(project_id, principal, access_level, expires_at) → void */
Datum
modelapi_acl_add_project_collaborator_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement statements[2] = {
		OF_CALLER("write_user_project_grant"), OF_CALLER("write_organization_project_grant")
	};
	Principal	principal;

	push_snapshot();
	preconditions_require_project_permission(uuids_argument(fcinfo, 0), PROJECT_PERMISSION_MANAGE);
	validate_not_null("access level", PG_ARGISNULL(2));
	principal = principals_require_argument(fcinfo, 1);
	(void) run_on_grant(fcinfo, statements, &principal);
	PopActiveSnapshot();
	PG_RETURN_VOID();
}

/* remove_project_collaborator(project_id, principal) → void */
Datum
modelapi_acl_remove_project_collaborator_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement statements[2] = {
		OF_CALLER("delete_user_project_grant"), OF_CALLER("delete_organization_project_grant")
	};
	const pg_uuid_t *project_id = uuids_argument(fcinfo, 0);
	Principal	principal;

	push_snapshot();
	preconditions_require_project_permission(project_id, names_current_user(fcinfo, 1) ?
											 PROJECT_PERMISSION_VIEW : PROJECT_PERMISSION_MANAGE);
	principal = principals_require_argument(fcinfo, 1);
	if (run_on_grant(fcinfo, statements, &principal) == 0)
		preconditions_raise_not_removed(preconditions_has_project_permission(project_id, PROJECT_PERMISSION_VIEW_COLLABORATORS),
										"collaborator");
	PopActiveSnapshot();
	PG_RETURN_VOID();
}
