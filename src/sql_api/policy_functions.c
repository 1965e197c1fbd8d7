/*-------------------------------------------------------------------------
 *
 * policy_functions.c
 *	  The functions that policies call for each row.
 *
 * None of them decides anything: each passes its arguments to decision.c.  Which grants and
 * identities a user sees is in grant_visibility.c, which audit events in audit_visibility.c.
 * The functions of the public interface that tell permissions are in permission_functions.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"


#include "../access/context.h"
#include "../access/decision.h"
#include "../access/latest_state.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "../terms.h"

PG_FUNCTION_INFO_V1(modelapi_acl_model_api_row_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_model_api_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_project_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_organization_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_signed_in_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_administrator_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_model_api_permits_now_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_model_api_row_permits_now_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_model_api_version_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_project_permits_now_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_project_version_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_organization_permits_now_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_organization_version_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_signed_in_now_1_0);

/* ----------
 * For reading, by the statement's snapshot.  The last argument is the identity.  All
 * return false if an argument is NULL.
 * ----------
 */

/*
 * model_api_permits(id, project_id, visibility, authorization_mode,
 *					 permission, identity) → boolean: for a row of model_apis
 */
Datum
modelapi_acl_model_api_row_permits_1_0(PG_FUNCTION_ARGS)
{
	ModelApiFacts facts = {0};

	for (int i = 0; i < 6; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	facts.id = *PG_GETARG_UUID_P(0);
	facts.project_id = *PG_GETARG_UUID_P(1);
	facts.visibility = (Visibility) object_ids_enum_argument(fcinfo, 2, ENUM_VISIBILITY);
	facts.authorization_mode = (AuthorizationMode)
		object_ids_enum_argument(fcinfo, 3, ENUM_AUTHORIZATION_MODE);
	PG_RETURN_BOOL(decision_permits(context_from_argument(fcinfo, 5), &facts,
									(Permission) object_ids_enum_argument(fcinfo, 4, ENUM_PERMISSION)));
}

/* model_api_permits(model_api_id, permission, identity) → boolean */
Datum
modelapi_acl_model_api_permits_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(decision_permits_by_id(context_from_argument(fcinfo, 2), PG_GETARG_UUID_P(0),
										  (Permission) object_ids_enum_argument(fcinfo, 1, ENUM_PERMISSION)));
}

/* project_permits(project_id, permission, identity) → boolean */
Datum
modelapi_acl_project_permits_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(decision_permits_project(context_from_argument(fcinfo, 2), PG_GETARG_UUID_P(0),
											(ProjectPermission)
											object_ids_enum_argument(fcinfo, 1, ENUM_PROJECT_PERMISSION)));
}

/* organization_permits(organization_id, permission, identity) → boolean */
Datum
modelapi_acl_organization_permits_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(decision_permits_organization(context_from_argument(fcinfo, 2), PG_GETARG_UUID_P(0),
												 (OrganizationPermission)
												 object_ids_enum_argument(fcinfo, 1, ENUM_ORGANIZATION_PERMISSION)));
}

/* is_signed_in(identity) → boolean */
Datum
modelapi_acl_is_signed_in_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(context_is_signed_in(context_from_argument(fcinfo, 0)));
}

/* is_administrator(identity) → boolean */
Datum
modelapi_acl_is_administrator_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(context_is_administrator(context_from_argument(fcinfo, 0)));
}

/* ----------
 * For writing, by the latest state.  A function without xmin is called for the row that
 * is about to be written.  One with xmin is called for the row that was found: if it was
 * changed after the statement's snapshot, the permission is checked again, so that nobody
 * sees it whose access has ended meanwhile.
 * ----------
 */

/* model_api_permits_now(model_api_id, permission) → boolean */
Datum
modelapi_acl_model_api_permits_now_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(decision_permits_by_id(latest_state_context(), PG_GETARG_UUID_P(0),
										  (Permission) object_ids_enum_argument(fcinfo, 1, ENUM_PERMISSION)));
}

/*
 * model_api_permits_now(id, project_id, permission) → boolean: for a row of
 * model_apis, where the permission does not depend on its visibility or mode
 */
Datum
modelapi_acl_model_api_row_permits_now_1_0(PG_FUNCTION_ARGS)
{
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(decision_permits_by_grants(latest_state_context(), PG_GETARG_UUID_P(0),
											  PG_GETARG_UUID_P(1),
											  (Permission) object_ids_enum_argument(fcinfo, 2, ENUM_PERMISSION)));
}

/* model_api_permits_now(xmin, model_api_id, permission) → boolean */
Datum
modelapi_acl_model_api_version_permits_1_0(PG_FUNCTION_ARGS)
{
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(latest_state_is_not_needed(PG_GETARG_TRANSACTIONID(0)) ||
				   decision_permits_by_id(latest_state_context(), PG_GETARG_UUID_P(1),
										  (Permission) object_ids_enum_argument(fcinfo, 2, ENUM_PERMISSION)));
}

/* project_permits_now(project_id, permission) → boolean */
Datum
modelapi_acl_project_permits_now_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(decision_permits_project(latest_state_context(), PG_GETARG_UUID_P(0),
											(ProjectPermission)
											object_ids_enum_argument(fcinfo, 1, ENUM_PROJECT_PERMISSION)));
}

/* project_permits_now(xmin, project_id, permission) → boolean */
Datum
modelapi_acl_project_version_permits_1_0(PG_FUNCTION_ARGS)
{
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(latest_state_is_not_needed(PG_GETARG_TRANSACTIONID(0)) ||
				   decision_permits_project(latest_state_context(), PG_GETARG_UUID_P(1),
											(ProjectPermission)
											object_ids_enum_argument(fcinfo, 2, ENUM_PROJECT_PERMISSION)));
}

/* organization_permits_now(organization_id, permission) → boolean */
Datum
modelapi_acl_organization_permits_now_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(decision_permits_organization(latest_state_context(), PG_GETARG_UUID_P(0),
												 (OrganizationPermission)
												 object_ids_enum_argument(fcinfo, 1, ENUM_ORGANIZATION_PERMISSION)));
}

/* organization_permits_now(xmin, organization_id, permission) → boolean */
Datum
modelapi_acl_organization_version_permits_1_0(PG_FUNCTION_ARGS)
{
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(latest_state_is_not_needed(PG_GETARG_TRANSACTIONID(0)) ||
				   decision_permits_organization(latest_state_context(), PG_GETARG_UUID_P(1),
												 (OrganizationPermission)
												 object_ids_enum_argument(fcinfo, 2, ENUM_ORGANIZATION_PERMISSION)));
}

/* is_signed_in_now() → boolean */
Datum
modelapi_acl_is_signed_in_now_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(context_is_signed_in(latest_state_context()));
}

