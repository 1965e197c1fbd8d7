/*-------------------------------------------------------------------------
 *
 * own_tables.c
 *	  What policies of an application's own tables ask, besides has_permission and
 *	  has_project_permission.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "../access/context.h"
#include "../access/decision.h"
#include "../access/latest_state.h"
#include "../catalog/object_ids.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../terms.h"

PG_FUNCTION_INFO_V1(modelapi_acl_session_is_administrator_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_has_permission_now_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_has_project_permission_now_1_1);

/* modelapi_acl.is_administrator() → boolean */
Datum
modelapi_acl_session_is_administrator_1_1(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(context_is_administrator(context_of_current_user(fcinfo)));
}

/* modelapi_acl.has_permission_now(model_api_id, permission) → boolean */
Datum
modelapi_acl_has_permission_now_1_1(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(decision_permits_by_id(latest_state_context(), PG_GETARG_UUID_P(0),
										  (Permission) object_ids_enum_argument(fcinfo, 1, ENUM_PERMISSION)));
}

/*
 * modelapi_acl.has_project_permission_now(project_id, permission) → boolean: of a project
 * that does not exist, administrators hold none either
 */
Datum
modelapi_acl_has_project_permission_now_1_1(PG_FUNCTION_ARGS)
{
	AccessContext *context;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	context = latest_state_context();
	PG_RETURN_BOOL(decision_permits_project(context, PG_GETARG_UUID_P(0),
											(ProjectPermission)
											object_ids_enum_argument(fcinfo, 1, ENUM_PROJECT_PERMISSION)) &&
				   (!context_is_administrator(context) ||
					table_read_project(PG_GETARG_UUID_P(0), GetLatestSnapshot())));
}
