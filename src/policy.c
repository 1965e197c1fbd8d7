/*-------------------------------------------------------------------------
 *
 * policy.c
 *	  The decision, as SQL asks for it.
 *
 * Two kinds of functions, none of which decides anything: those that the
 * policies call for each row, with the identity as their last argument, and
 * those of the public interface that answer for the one asking.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "modelapi_acl.h"

PG_FUNCTION_INFO_V1(modelapi_acl_model_api_row_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_model_api_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_project_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_organization_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_signed_in_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_administrator_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_identity_of_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_shows_model_api_grant_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_shows_project_grant_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_shows_audit_event_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_model_api_permits_now_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_model_api_row_permits_now_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_model_api_version_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_project_permits_now_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_project_version_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_organization_permits_now_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_organization_version_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_signed_in_now_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_rule_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_rule_permissions_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_permission_hint_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_user_permits_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_has_permission_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_effective_access_level_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_my_permissions_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_has_project_permission_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_my_project_permissions_1_0);

/*
 * The context of a call, kept in fn_extra: for the identity in the argument
 * given, if it is the session's own, or for the current user where
 * identity_argument is -1.
 */
static AccessContext *
context_of_call(FunctionCallInfo fcinfo, int identity_argument)
{
	AccessContext **cached = (AccessContext **) &fcinfo->flinfo->fn_extra;
	MemoryContext parent = fcinfo->flinfo->fn_mcxt;
	Snapshot	snapshot = GetActiveSnapshot();
	Identity	identity;

	if (identity_argument < 0)
	{
		identity = identity_current(snapshot);
		return access_context(cached, parent, &identity, snapshot);
	}
	identity = identity_from_argument(PG_ARGISNULL(identity_argument),
									  PG_GETARG_DATUM(identity_argument));
	return access_context_confirmed(cached, parent, &identity, snapshot);
}

static int
enum_argument(FunctionCallInfo fcinfo, int argument, StoreEnum which)
{
	return catalog_enum_place(which, PG_GETARG_OID(argument));
}

/* ----------
 * For policies.  A NULL where a row's column is meant is no row: false.
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
	facts.visibility = (Visibility) enum_argument(fcinfo, 2, STORE_ENUM_VISIBILITY);
	facts.authorization_mode = (AuthorizationMode)
		enum_argument(fcinfo, 3, STORE_ENUM_AUTHORIZATION_MODE);
	PG_RETURN_BOOL(access_permits(context_of_call(fcinfo, 5), &facts,
								  (Permission) enum_argument(fcinfo, 4, STORE_ENUM_PERMISSION)));
}

/* Whether a context holds a permission on the model API with an id. */
static bool
permits_by_id(AccessContext *context, const pg_uuid_t *model_api_id, Permission permission)
{
	const ModelApiFacts *facts;

	return access_is_signed_in(context) &&
		(facts = access_model_api(context, model_api_id)) != NULL &&
		access_permits(context, facts, permission);
}

/* model_api_permits(model_api_id, permission, identity) → boolean */
Datum
modelapi_acl_model_api_permits_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(permits_by_id(context_of_call(fcinfo, 2), PG_GETARG_UUID_P(0),
								 (Permission) enum_argument(fcinfo, 1, STORE_ENUM_PERMISSION)));
}

/* project_permits(project_id, permission, identity) → boolean */
Datum
modelapi_acl_project_permits_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(access_permits_project(context_of_call(fcinfo, 2), PG_GETARG_UUID_P(0),
										  (ProjectPermission)
										  enum_argument(fcinfo, 1, STORE_ENUM_PROJECT_PERMISSION)));
}

/* organization_permits(organization_id, permission, identity) → boolean */
Datum
modelapi_acl_organization_permits_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(access_permits_organization(context_of_call(fcinfo, 2), PG_GETARG_UUID_P(0),
											   (OrganizationPermission)
											   enum_argument(fcinfo, 1, STORE_ENUM_ORGANIZATION_PERMISSION)));
}

/* is_signed_in(identity) → boolean */
Datum
modelapi_acl_is_signed_in_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(access_is_signed_in(context_of_call(fcinfo, 0)));
}

/* is_administrator(identity) → boolean */
Datum
modelapi_acl_is_administrator_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(access_is_administrator(context_of_call(fcinfo, 0)));
}

/* is_identity_of(user_id, identity) → boolean: one's own, or anybody's to administrators */
Datum
modelapi_acl_is_identity_of_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context;
	Principal	principal = {PRINCIPAL_USER, {{0}}};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	context = context_of_call(fcinfo, 1);
	principal.id = *PG_GETARG_UUID_P(0);
	PG_RETURN_BOOL(access_is_administrator(context) || access_holds_as(context, &principal));
}

/* Whether the identity holds a grant's row itself or through an organization. */
static bool
holds_grant(FunctionCallInfo fcinfo, AccessContext *context,
			int user_argument, int organization_argument)
{
	Principal	principal;

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
	return access_holds_as(context, &principal);
}

/*
 * shows_model_api_grant(model_api_id, user_id, organization_id, identity)
 * → boolean: who may view a model API's collaborators sees all of its grants,
 * who may view the model API their own
 */
Datum
modelapi_acl_shows_model_api_grant_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(3))
		PG_RETURN_BOOL(false);
	context = context_of_call(fcinfo, 3);
	PG_RETURN_BOOL(permits_by_id(context, PG_GETARG_UUID_P(0), PERMISSION_VIEW_COLLABORATORS) ||
				   (holds_grant(fcinfo, context, 1, 2) &&
					permits_by_id(context, PG_GETARG_UUID_P(0), PERMISSION_VIEW)));
}

/* shows_project_grant(project_id, user_id, organization_id, identity) → boolean */
Datum
modelapi_acl_shows_project_grant_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(3))
		PG_RETURN_BOOL(false);
	context = context_of_call(fcinfo, 3);
	PG_RETURN_BOOL(access_permits_project(context, PG_GETARG_UUID_P(0),
										  PROJECT_PERMISSION_VIEW_COLLABORATORS) ||
				   (holds_grant(fcinfo, context, 1, 2) &&
					access_permits_project(context, PG_GETARG_UUID_P(0),
										   PROJECT_PERMISSION_VIEW)));
}

/*
 * shows_audit_event(object_type, object_id, project_id, model_api_id, identity)
 * → boolean.  Events of a model API: with view_audit on it, or, once it is
 * gone, with an editor's level on its project.  Of a project: with the same.
 * Of an organization: its admins.  All others: administrators.
 */
Datum
modelapi_acl_shows_audit_event_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context;
	const ModelApiFacts *facts;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(4))
		PG_RETURN_BOOL(false);
	context = context_of_call(fcinfo, 4);
	if (access_is_administrator(context))
		PG_RETURN_BOOL(true);
	if (!PG_ARGISNULL(3) &&
		(facts = access_model_api(context, PG_GETARG_UUID_P(3))) != NULL)
		PG_RETURN_BOOL(access_permits(context, facts, PERMISSION_VIEW_AUDIT));
	if (!PG_ARGISNULL(2))
		PG_RETURN_BOOL(access_permits_project(context, PG_GETARG_UUID_P(2),
											  PROJECT_PERMISSION_VIEW_COLLABORATORS));
	if (!PG_ARGISNULL(1))
	{
		text	   *object_type = PG_GETARG_TEXT_PP(0);
		bool		manages = access_permits_organization(context, PG_GETARG_UUID_P(1),
														  ORGANIZATION_PERMISSION_MANAGE);

		/* asked of whatever the event is about: what is read tells nothing of that */
		if (strncmp(VARDATA_ANY(object_type), "organization",
					Min(VARSIZE_ANY_EXHDR(object_type), strlen("organization"))) == 0 &&
			VARSIZE_ANY_EXHDR(object_type) >= strlen("organization"))
			PG_RETURN_BOOL(manages);
	}
	PG_RETURN_BOOL(false);
}

/* ----------
 * For policies on what writes: by the latest state.  Each is asked of the row that is
 * about to be written, and where its first argument is a transaction, of the row that
 * was found: one that was changed after the statement's snapshot is judged anew, and
 * shown to nobody whose access has ended by then.
 * ----------
 */

/* Whether a row's version, by its xmin, is one that the statement's snapshot shows. */
static bool
is_in_snapshot(TransactionId xmin)
{
	return !TransactionIdIsNormal(xmin) || TransactionIdIsCurrentTransactionId(xmin) ||
		!XidInMVCCSnapshot(xmin, GetActiveSnapshot());
}

/* model_api_permits_now(model_api_id, permission) → boolean */
Datum
modelapi_acl_model_api_permits_now_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(permits_by_id(access_latest(), PG_GETARG_UUID_P(0),
								 (Permission) enum_argument(fcinfo, 1, STORE_ENUM_PERMISSION)));
}

/*
 * model_api_permits_now(id, project_id, permission) → boolean: for a row of
 * model_apis, where the permission does not depend on its visibility or mode
 */
Datum
modelapi_acl_model_api_row_permits_now_1_0(PG_FUNCTION_ARGS)
{
	ModelApiFacts facts = {0};

	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	facts.id = *PG_GETARG_UUID_P(0);
	facts.project_id = *PG_GETARG_UUID_P(1);
	facts.visibility = VISIBILITY_PRIVATE;
	PG_RETURN_BOOL(access_permits(access_latest(), &facts,
								  (Permission) enum_argument(fcinfo, 2, STORE_ENUM_PERMISSION)));
}

/* model_api_permits_now(xmin, model_api_id, permission) → boolean */
Datum
modelapi_acl_model_api_version_permits_1_0(PG_FUNCTION_ARGS)
{
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(is_in_snapshot(PG_GETARG_TRANSACTIONID(0)) ||
				   permits_by_id(access_latest(), PG_GETARG_UUID_P(1),
								 (Permission) enum_argument(fcinfo, 2, STORE_ENUM_PERMISSION)));
}

/* project_permits_now(project_id, permission) → boolean */
Datum
modelapi_acl_project_permits_now_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(access_permits_project(access_latest(), PG_GETARG_UUID_P(0),
										  (ProjectPermission)
										  enum_argument(fcinfo, 1, STORE_ENUM_PROJECT_PERMISSION)));
}

/* project_permits_now(xmin, project_id, permission) → boolean */
Datum
modelapi_acl_project_version_permits_1_0(PG_FUNCTION_ARGS)
{
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(is_in_snapshot(PG_GETARG_TRANSACTIONID(0)) ||
				   access_permits_project(access_latest(), PG_GETARG_UUID_P(1),
										  (ProjectPermission)
										  enum_argument(fcinfo, 2, STORE_ENUM_PROJECT_PERMISSION)));
}

/* organization_permits_now(organization_id, permission) → boolean */
Datum
modelapi_acl_organization_permits_now_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(access_permits_organization(access_latest(), PG_GETARG_UUID_P(0),
											   (OrganizationPermission)
											   enum_argument(fcinfo, 1, STORE_ENUM_ORGANIZATION_PERMISSION)));
}

/* organization_permits_now(xmin, organization_id, permission) → boolean */
Datum
modelapi_acl_organization_version_permits_1_0(PG_FUNCTION_ARGS)
{
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(is_in_snapshot(PG_GETARG_TRANSACTIONID(0)) ||
				   access_permits_organization(access_latest(), PG_GETARG_UUID_P(1),
											   (OrganizationPermission)
											   enum_argument(fcinfo, 2, STORE_ENUM_ORGANIZATION_PERMISSION)));
}

/* is_signed_in_now() → boolean */
Datum
modelapi_acl_is_signed_in_now_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(access_is_signed_in(access_latest()));
}

/* ----------
 * For what explains decisions and tells of past ones
 * ----------
 */

/* An access level as an argument; NULL is none. */
static AccessLevel
level_argument(FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		return ACCESS_LEVEL_NONE;
	return (AccessLevel) (enum_argument(fcinfo, argument, STORE_ENUM_ACCESS_LEVEL) + 1);
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
	PG_RETURN_BOOL(access_rule_permits((Permission) enum_argument(fcinfo, 0, STORE_ENUM_PERMISSION),
									   (Visibility) enum_argument(fcinfo, 1, STORE_ENUM_VISIBILITY),
									   (AuthorizationMode) enum_argument(fcinfo, 2, STORE_ENUM_AUTHORIZATION_MODE),
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
			labels[count++] = ObjectIdGetDatum(catalog_enum_label(STORE_ENUM_PERMISSION, i));
	return PointerGetDatum(construct_array(labels, count, catalog_enum_type(STORE_ENUM_PERMISSION),
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
		held[i] = access_rule_permits((Permission) i,
									  (Visibility) enum_argument(fcinfo, 0, STORE_ENUM_VISIBILITY),
									  (AuthorizationMode) enum_argument(fcinfo, 1, STORE_ENUM_AUTHORIZATION_MODE),
									  level_argument(fcinfo, 2), level_argument(fcinfo, 3));
	PG_RETURN_DATUM(permissions_result(held));
}

/* permission_hint(permission) → text: what would give it, in words */
Datum
modelapi_acl_permission_hint_1_0(PG_FUNCTION_ARGS)
{
	Permission	permission = (Permission) enum_argument(fcinfo, 0, STORE_ENUM_PERMISSION);

	PG_RETURN_TEXT_P(cstring_to_text(access_permission_hint(permission)));
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
	AccessContext *context = context_of_call(fcinfo, -1);
	Principal	principal = {PRINCIPAL_USER, {{0}}};
	const ModelApiFacts *facts;

	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_BOOL(false);
	principal.id = *PG_GETARG_UUID_P(0);
	if (!access_holds_as(context, &principal) &&
		!permits_by_id(context, PG_GETARG_UUID_P(1), PERMISSION_VIEW_COLLABORATORS))
		PG_RETURN_BOOL(false);
	facts = access_model_api(context, PG_GETARG_UUID_P(1));
	PG_RETURN_BOOL(facts != NULL &&
				   access_permits_another(context, &principal.id, facts,
										  (Permission) enum_argument(fcinfo, 2, STORE_ENUM_PERMISSION)));
}

/* ----------
 * The public interface
 * ----------
 */

/* modelapi_acl.has_permission(model_api_id, permission) → boolean */
Datum
modelapi_acl_has_permission_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_call(fcinfo, -1);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(permits_by_id(context, PG_GETARG_UUID_P(0),
								 (Permission) enum_argument(fcinfo, 1, STORE_ENUM_PERMISSION)));
}

/* modelapi_acl.effective_access_level(model_api_id) → access_level, or NULL */
Datum
modelapi_acl_effective_access_level_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_call(fcinfo, -1);
	const ModelApiFacts *facts;
	AccessLevel level;

	if (PG_ARGISNULL(0) ||
		!access_is_signed_in(context) ||
		(facts = access_model_api(context, PG_GETARG_UUID_P(0))) == NULL ||
		(level = access_level(context, facts)) == ACCESS_LEVEL_NONE)
		PG_RETURN_NULL();
	PG_RETURN_OID(catalog_enum_label(STORE_ENUM_ACCESS_LEVEL, level - 1));
}

/* modelapi_acl.my_permissions(model_api_id) → permission[], never NULL */
Datum
modelapi_acl_my_permissions_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_call(fcinfo, -1);
	const ModelApiFacts *facts = NULL;
	bool		held[PERMISSION_COUNT] = {false};

	if (!PG_ARGISNULL(0) && access_is_signed_in(context))
		facts = access_model_api(context, PG_GETARG_UUID_P(0));
	for (int i = 0; facts && i < PERMISSION_COUNT; i++)
		held[i] = access_permits(context, facts, (Permission) i);
	PG_RETURN_DATUM(permissions_result(held));
}

/* Of a project that is not there nobody holds any, administrators included. */
static bool
permits_on_project(AccessContext *context, const pg_uuid_t *project_id,
				   ProjectPermission permission)
{
	return access_permits_project(context, project_id, permission) &&
		(!access_is_administrator(context) || store_project(project_id, GetActiveSnapshot()));
}

/* modelapi_acl.has_project_permission(project_id, permission) → boolean */
Datum
modelapi_acl_has_project_permission_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_call(fcinfo, -1);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(permits_on_project(context, PG_GETARG_UUID_P(0),
									  (ProjectPermission)
									  enum_argument(fcinfo, 1, STORE_ENUM_PROJECT_PERMISSION)));
}

/* modelapi_acl.my_project_permissions(project_id) → project_permission[], never NULL */
Datum
modelapi_acl_my_project_permissions_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_call(fcinfo, -1);
	Datum		labels[PROJECT_PERMISSION_COUNT];
	int			count = 0;

	for (int i = 0; !PG_ARGISNULL(0) && i < PROJECT_PERMISSION_COUNT; i++)
		if (permits_on_project(context, PG_GETARG_UUID_P(0), (ProjectPermission) i))
			labels[count++] = ObjectIdGetDatum(catalog_enum_label(STORE_ENUM_PROJECT_PERMISSION, i));
	PG_RETURN_ARRAYTYPE_P(construct_array(labels, count, catalog_enum_type(STORE_ENUM_PROJECT_PERMISSION),
										  sizeof(Oid), true, TYPALIGN_INT));
}
