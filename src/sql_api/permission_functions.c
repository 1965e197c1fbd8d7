/*-------------------------------------------------------------------------
 *
 * permission_functions.c
 *	  The functions of the interface that tell permissions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "../access/context.h"
#include "../access/decision.h"
#include "../access/known_projects.h"
#include "../access/other_user.h"
#include "../access/permissions.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "../terms.h"

PG_FUNCTION_INFO_V1(modelapi_acl_rule_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_rule_permissions_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_permission_hint_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_user_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_has_permission_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_effective_access_level_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_my_permissions_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_has_project_permission_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_my_project_permissions_1_0);

/* An access level as an argument; NULL is none. */
static AccessLevel
level_argument(FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		return ACCESS_LEVEL_NONE;
	return object_ids_access_level(PG_GETARG_OID(argument));
}

/*
 * rule_permits(permission, visibility, authorization_mode, on_project,
 *				on_model_api) → boolean: the rule, for a user with these grants
 */
Datum
modelapi_acl_rule_permits_1_0(PG_FUNCTION_ARGS)
{
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(permissions_rule_permits((Permission) object_ids_enum_argument(fcinfo, 0, ENUM_PERMISSION),
											(Visibility) object_ids_enum_argument(fcinfo, 1, ENUM_VISIBILITY),
											(AuthorizationMode) object_ids_enum_argument(fcinfo, 2, ENUM_AUTHORIZATION_MODE),
											level_argument(fcinfo, 3), level_argument(fcinfo, 4)));
}

/* An array of permissions, from which of them are held. */
static Datum
permissions_result(const bool held[PERMISSION_COUNT])
{
	Datum		labels[PERMISSION_COUNT];
	int			count = 0;

	for (int i = 0; i < PERMISSION_COUNT; i++)
		if (held[i])
			labels[count++] = ObjectIdGetDatum(object_ids_enum_label(ENUM_PERMISSION, i));
	return PointerGetDatum(construct_array(labels, count, object_ids_enum_type(ENUM_PERMISSION),
										   sizeof(Oid), true, TYPALIGN_INT));
}

/*
 * rule_permissions(visibility, authorization_mode, on_project, on_model_api) →
 *				permission[]: all that the rule gives a user with these grants
 */
Datum
modelapi_acl_rule_permissions_1_0(PG_FUNCTION_ARGS)
{
	bool		held[PERMISSION_COUNT] = {false};

	for (int i = 0; !PG_ARGISNULL(0) && !PG_ARGISNULL(1) && i < PERMISSION_COUNT; i++)
		held[i] = permissions_rule_permits((Permission) i,
										   (Visibility) object_ids_enum_argument(fcinfo, 0, ENUM_VISIBILITY),
										   (AuthorizationMode) object_ids_enum_argument(fcinfo, 1, ENUM_AUTHORIZATION_MODE),
										   level_argument(fcinfo, 2), level_argument(fcinfo, 3));
	PG_RETURN_DATUM(permissions_result(held));
}

/* permission_hint(permission) → text: what would give it, in words */
Datum
modelapi_acl_permission_hint_1_0(PG_FUNCTION_ARGS)
{
	Permission	permission = (Permission) object_ids_enum_argument(fcinfo, 0, ENUM_PERMISSION);

	PG_RETURN_TEXT_P(cstring_to_text(permissions_hint(permission)));
}

/*
 * user_permits(user_id, model_api_id, permission) → boolean: whether a user, enabled
 * or not, holds a permission, without what organizations hold whose members the
 * current user may not see; false unless it is the current user's own id, or the
 * current user may view the model API's collaborators
 */
Datum
modelapi_acl_user_permits_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_current_user(fcinfo);
	Principal	principal = {PRINCIPAL_USER, {{0}}};
	const ModelApiFacts *facts;

	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	principal.id = *PG_GETARG_UUID_P(0);
	if (!context_matches_principal(context, &principal) &&
		!decision_permits_by_id(context, PG_GETARG_UUID_P(1), PERMISSION_VIEW_COLLABORATORS))
		PG_RETURN_BOOL(false);
	facts = context_find_model_api(context, PG_GETARG_UUID_P(1));
	PG_RETURN_BOOL(facts != NULL &&
				   other_user_permits(context, &principal.id, facts,
									  (Permission) object_ids_enum_argument(fcinfo, 2, ENUM_PERMISSION)));
}

/* modelapi_acl.has_permission(model_api_id, permission) → boolean */
Datum
modelapi_acl_has_permission_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_current_user(fcinfo);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(decision_permits_by_id(context, PG_GETARG_UUID_P(0),
										  (Permission) object_ids_enum_argument(fcinfo, 1, ENUM_PERMISSION)));
}

/* modelapi_acl.effective_access_level(model_api_id) → access_level, or NULL */
Datum
modelapi_acl_effective_access_level_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_current_user(fcinfo);
	AccessLevel level;

	if (PG_ARGISNULL(0) ||
		(level = decision_access_level(context, PG_GETARG_UUID_P(0))) == ACCESS_LEVEL_NONE)
		PG_RETURN_NULL();
	PG_RETURN_OID(object_ids_enum_label(ENUM_ACCESS_LEVEL, level - 1));
}

/* modelapi_acl.my_permissions(model_api_id) → permission[], never NULL */
Datum
modelapi_acl_my_permissions_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_current_user(fcinfo);
	bool		held[PERMISSION_COUNT] = {false};

	if (!PG_ARGISNULL(0))
		decision_permissions_by_id(context, PG_GETARG_UUID_P(0), held);
	PG_RETURN_DATUM(permissions_result(held));
}

/* Of a project that is not there nobody holds any, administrators included. */
static bool
permits_on_project(AccessContext *context, const pg_uuid_t *project_id,
				   ProjectPermission permission)
{
	return decision_permits_project(context, project_id, permission) &&
		(!context_is_administrator(context) || known_projects_exists(context, project_id));
}

/* modelapi_acl.has_project_permission(project_id, permission) → boolean */
Datum
modelapi_acl_has_project_permission_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_current_user(fcinfo);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(permits_on_project(context, PG_GETARG_UUID_P(0),
									  (ProjectPermission)
									  object_ids_enum_argument(fcinfo, 1, ENUM_PROJECT_PERMISSION)));
}

/* modelapi_acl.my_project_permissions(project_id) → project_permission[], never NULL */
Datum
modelapi_acl_my_project_permissions_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_current_user(fcinfo);
	Datum		labels[PROJECT_PERMISSION_COUNT];
	int			count = 0;

	for (int i = 0; !PG_ARGISNULL(0) && i < PROJECT_PERMISSION_COUNT; i++)
		if (permits_on_project(context, PG_GETARG_UUID_P(0), (ProjectPermission) i))
			labels[count++] = ObjectIdGetDatum(object_ids_enum_label(ENUM_PROJECT_PERMISSION, i));
	PG_RETURN_ARRAYTYPE_P(construct_array(labels, count, object_ids_enum_type(ENUM_PROJECT_PERMISSION),
										  sizeof(Oid), true, TYPALIGN_INT));
}
