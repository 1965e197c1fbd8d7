/*-------------------------------------------------------------------------
 *
 * grant_visibility.c
 *	  Who sees which grants and identities.
 *
 * These rows are visible for more than one reason, so that a single permission does not
 * decide.  The policies call these functions for each row; the last argument is the identity.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "../access/context.h"
#include "../access/decision.h"
#include "../compat.h"

PG_FUNCTION_INFO_V1(modelapi_acl_shows_model_api_grant_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_shows_project_grant_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_identity_of_1_0);

/* is_identity_of(user_id, identity) → boolean: own rows, or all rows for administrators */
Datum
modelapi_acl_is_identity_of_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context;
	Principal	principal = {PRINCIPAL_USER, {{0}}};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	context = context_from_argument(fcinfo, 1);
	principal.id = *PG_GETARG_UUID_P(0);
	PG_RETURN_BOOL(context_is_administrator(context) || context_matches_principal(context, &principal));
}

/* Whether the identity holds a grant, itself or through an organization. */
static bool
holds_grant(FunctionCallInfo fcinfo, AccessContext *context,
			int user_argument, int organization_argument)
{
	Principal	principal;

	/* whether it is a user's or an organization's is hidden: so read these in any case */
	if (context->identity.kind == IDENTITY_USER)
		(void) context_load_organizations(context, FIRST_ORGANIZATIONS);
	if (!PG_ARGISNULL(user_argument))
	{
		principal.kind = PRINCIPAL_USER;
		principal.id = *PG_GETARG_UUID_P(user_argument);
	}
	else if (!PG_ARGISNULL(organization_argument))
	{
		principal.kind = PRINCIPAL_ORGANIZATION;
		principal.id = *PG_GETARG_UUID_P(organization_argument);
	}
	else
		return false;
	return context_matches_principal(context, &principal);
}

/*
 * shows_model_api_grant(model_api_id, user_id, organization_id, identity) → boolean: users who
 * may view the collaborators of a model API see all of its grants, others who may view the
 * model API see their own
 */
Datum
modelapi_acl_shows_model_api_grant_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(3))
		PG_RETURN_BOOL(false);
	context = context_from_argument(fcinfo, 3);
	PG_RETURN_BOOL(decision_permits_by_id(context, PG_GETARG_UUID_P(0), PERMISSION_VIEW_COLLABORATORS) ||
				   (holds_grant(fcinfo, context, 1, 2) &&
					decision_permits_by_id(context, PG_GETARG_UUID_P(0), PERMISSION_VIEW)));
}

/* shows_project_grant(project_id, user_id, organization_id, identity) → boolean */
Datum
modelapi_acl_shows_project_grant_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(3))
		PG_RETURN_BOOL(false);
	context = context_from_argument(fcinfo, 3);
	PG_RETURN_BOOL(decision_permits_project(context, PG_GETARG_UUID_P(0),
											PROJECT_PERMISSION_VIEW_COLLABORATORS) ||
				   (holds_grant(fcinfo, context, 1, 2) &&
					decision_permits_project(context, PG_GETARG_UUID_P(0),
											 PROJECT_PERMISSION_VIEW)));
}
