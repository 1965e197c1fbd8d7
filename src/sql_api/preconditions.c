/*-------------------------------------------------------------------------
 *
 * preconditions.c
 *	  Checks that the SQL functions of the interface make first.
 *
 * Each function named require_... asks decision.c and raises the documented error:
 * PT401 if nobody is signed in, PT404 if the object is hidden or does not exist, with the
 * same text, 42501 if the permission is missing, 22023 if a value is invalid.  They give
 * no access: policies and guards check again when the row is written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "preconditions.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../access/errors.h"
#include "../access/latest_state.h"
#include "../catalog/object_ids.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../identity/current_role.h"
#include "../terms.h"
#include "../values/uuids.h"
#include "../values/validate.h"

PG_FUNCTION_INFO_V1(modelapi_acl_require_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_signed_in_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_user_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_may_administer_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_administrator_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_permission_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_project_permission_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_organization_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_removed_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_changed_1_0);

/*
 * The context to check a permission with: for reading the given one, of the statement's
 * snapshot, and for writing the latest state.  In a parallel operation nothing is
 * written.
 */
static AccessContext *
context_to_check(AccessContext *context, bool is_read)
{
	if (is_read || IsInParallelMode())
		return context;
	context = latest_state_context();
	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	return context;
}

/* Whether a permission allows no write. */
static bool
is_for_reading(Permission permission)
{
	switch (permission)
	{
		case PERMISSION_VIEW:
		case PERMISSION_VIEW_LOGS:
		case PERMISSION_INVOKE:
		case PERMISSION_VIEW_SETTINGS:
		case PERMISSION_VIEW_AUDIT:
		case PERMISSION_VIEW_TOKENS:
		case PERMISSION_VIEW_COLLABORATORS:
			return true;
		default:
			return false;
	}
}

/* require_signed_in() → uuid: the user, or NULL for an administrator */
Datum
modelapi_acl_require_signed_in_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_current_user(fcinfo);
	const pg_uuid_t *actor;

	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	if (context_is_administrator(context) || (actor = identity_actor()) == NULL)
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(actor);
}

const pg_uuid_t *
preconditions_require_user(void)
{
	AccessContext *context = context_of_current_user(NULL);
	const pg_uuid_t *actor = identity_actor();

	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	if (context_is_administrator(context) || actor == NULL)
		errors_raise_no_owner();
	(void) context_to_check(context, false);
	return actor;
}

/* require_user() → uuid: where a user is needed, such as a first owner */
Datum
modelapi_acl_require_user_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_UUID_P(preconditions_require_user());
}

/* may_administer() → boolean */
Datum
modelapi_acl_may_administer_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(current_role_may_administer());
}

void
preconditions_require_administrator(void)
{
	if (!current_role_may_administer())
		errors_raise_not_administrator(false);
	object_ids_require_privileged_owner();
	identity_begin_administration();
}

/* require_administrator() → void: in addition to the EXECUTE privilege */
Datum
modelapi_acl_require_administrator_1_0(PG_FUNCTION_ARGS)
{
	preconditions_require_administrator();
	PG_RETURN_VOID();
}

static void
require_on_model_api(AccessContext *context, const pg_uuid_t *model_api_id,
					 Permission permission, const char *what)
{
	const ModelApiFacts *facts = NULL;
	ModelApiFacts seen;

	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	if (model_api_id)
		facts = context_find_model_api(context, model_api_id);
	if (!facts || !decision_permits(context, facts, PERMISSION_VIEW))
		errors_raise_not_found(what);
	seen = *facts;
	if (!decision_permits(context_to_check(context, is_for_reading(permission)),
						  &seen, permission))
		errors_raise_denied(permission);
}

void
preconditions_require_permission(const pg_uuid_t *model_api_id, Permission permission)
{
	require_on_model_api(context_of_current_user(NULL), model_api_id, permission, "model API");
}

bool
preconditions_require_revoke_token(const pg_uuid_t *model_api_id, const pg_uuid_t *made_by)
{
	AccessContext *context = context_of_current_user(NULL);
	const pg_uuid_t *actor;
	const ModelApiFacts *facts;
	ModelApiFacts seen;

	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	if (!model_api_id ||
		(facts = context_find_model_api(context, model_api_id)) == NULL ||
		!decision_permits(context, facts, PERMISSION_VIEW_TOKENS))
		errors_raise_not_found("access token");
	seen = *facts;
	context = context_to_check(context, false);
	if (decision_permits(context, &seen, PERMISSION_REVOKE_TOKEN))
		return true;
	actor = identity_actor();
	if (!made_by || !actor || !uuids_equal(made_by, actor) ||
		!decision_permits(context, &seen, PERMISSION_CREATE_TOKEN))
		errors_raise_denied(PERMISSION_REVOKE_TOKEN);
	return false;
}

/*
 * require_permission(model_api_id, permission, what) → void.  what: the kind of object
 * that is reported as not found.  The public function does not have this argument.
 */
Datum
modelapi_acl_require_permission_1_0(PG_FUNCTION_ARGS)
{
	const char *what = "model API";
	Permission	permission = PERMISSION_VIEW;

	if (PG_NARGS() > 2)
	{
		validate_argument_not_null(fcinfo, 2);
		what = text_to_cstring(PG_GETARG_TEXT_PP(2));
	}
	if (!PG_ARGISNULL(1))
		permission = (Permission) object_ids_enum_ordinal(ENUM_PERMISSION, PG_GETARG_OID(1));
	require_on_model_api(context_of_current_user(fcinfo), uuids_argument(fcinfo, 0),
						 permission, what);
	validate_not_null("permission", PG_ARGISNULL(1));
	PG_RETURN_VOID();
}

bool
preconditions_has_permission(const pg_uuid_t *model_api_id, Permission permission)
{
	return decision_permits_by_id(context_of_current_user(NULL), model_api_id, permission);
}

bool
preconditions_has_project_permission(const pg_uuid_t *project_id, ProjectPermission permission)
{
	return decision_permits_project(context_of_current_user(NULL), project_id, permission);
}

void
preconditions_require_project_permission(const pg_uuid_t *project_id, ProjectPermission permission)
{
	AccessContext *context = context_of_current_user(NULL);

	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	if (!project_id ||
		!table_read_project(project_id, GetActiveSnapshot()) ||
		!decision_permits_project(context, project_id, PROJECT_PERMISSION_VIEW))
		errors_raise_not_found("project");
	context = context_to_check(context,
							   permission == PROJECT_PERMISSION_VIEW ||
							   permission == PROJECT_PERMISSION_VIEW_COLLABORATORS);
	if (!decision_permits_project(context, project_id, permission))
		errors_raise_denied_project(permission);
}

/* require_project_permission(project_id, permission) → void */
Datum
modelapi_acl_require_project_permission_1_0(PG_FUNCTION_ARGS)
{
	validate_argument_not_null(fcinfo, 1);
	preconditions_require_project_permission(uuids_argument(fcinfo, 0),
											 (ProjectPermission) object_ids_enum_ordinal(ENUM_PROJECT_PERMISSION,
																						 PG_GETARG_OID(1)));
	PG_RETURN_VOID();
}

/*
 * require_organization(name, permission) → uuid: the organization's id.  All
 * signed-in users see that organizations exist; only members see more.
 */
Datum
modelapi_acl_require_organization_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_current_user(fcinfo);
	OrganizationPermission permission;
	Principal	principal;

	validate_argument_not_null(fcinfo, 1);
	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	if (PG_ARGISNULL(0) ||
		!table_read_principal_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)),
									  GetActiveSnapshot(), &principal) ||
		principal.kind != PRINCIPAL_ORGANIZATION)
		errors_raise_not_found("organization");
	permission = (OrganizationPermission)
		object_ids_enum_ordinal(ENUM_ORGANIZATION_PERMISSION, PG_GETARG_OID(1));
	context = context_to_check(context, permission == ORGANIZATION_PERMISSION_VIEW_MEMBERS);
	if (!decision_permits_organization(context, &principal.id, permission))
		errors_raise_denied_organization(permission);
	PG_RETURN_UUID_P(uuids_copy(&principal.id));
}

/* require(condition boolean, sqlstate text, message text, hint text) → void */
Datum
modelapi_acl_require_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || !PG_GETARG_BOOL(0))
	{
		const char *state;

		validate_argument_not_null(fcinfo, 1);
		validate_argument_not_null(fcinfo, 2);
		state = text_to_cstring(PG_GETARG_TEXT_PP(1));
		if (strlen(state) != 5)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" is not a SQLSTATE", state)));
		ereport(ERROR,
				(errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
				 errmsg("%s", text_to_cstring(PG_GETARG_TEXT_PP(2))),
				 PG_ARGISNULL(3) ? 0 :
				 errhint("%s", text_to_cstring(PG_GETARG_TEXT_PP(3)))));
	}
	PG_RETURN_VOID();
}

void
preconditions_require_changed(bool changed, const char *what)
{
	if (changed)
		return;
	object_ids_require_privileged_owner();
	errors_raise_not_found(what);
}

/*
 * require_changed(changed bigint, what text) → void: raises PT404 if a function's UPDATE or
 * DELETE found no row, because the row was deleted or hidden after the function checked it
 */
Datum
modelapi_acl_require_changed_1_0(PG_FUNCTION_ARGS)
{
	validate_argument_not_null(fcinfo, 1);
	preconditions_require_changed(!PG_ARGISNULL(0) && PG_GETARG_INT64(0) > 0,
								  text_to_cstring(PG_GETARG_TEXT_PP(1)));
	PG_RETURN_VOID();
}

void
preconditions_raise_not_removed(bool may_list, const char *what)
{
	object_ids_require_privileged_owner();
	if (may_list)
		errors_raise_not_found(what);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to remove %s", what),
			 errhint("One may remove one's own, and with the permission to manage them others'.")));
}

/* require_removed(removed bigint, may_list boolean, what text) → void */
Datum
modelapi_acl_require_removed_1_0(PG_FUNCTION_ARGS)
{
	validate_argument_not_null(fcinfo, 2);
	if (PG_ARGISNULL(0) || PG_GETARG_INT64(0) == 0)
		preconditions_raise_not_removed(!PG_ARGISNULL(1) && PG_GETARG_BOOL(1),
										text_to_cstring(PG_GETARG_TEXT_PP(2)));
	PG_RETURN_VOID();
}
