/*-------------------------------------------------------------------------
 *
 * require.c
 *	  What the functions of the interface begin with.
 *
 * Each function named require_... asks access.c, and raises the error that
 * the contract gives for each way of not being allowed: PT401 when nobody is
 * signed in, PT404 when the thing is hidden or missing, in the same words,
 * 42501 when the permission is missing, 22023 when a value is no good.  They
 * add no power: policies and guards decide again when the row is written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/formatting.h"
#include "utils/snapmgr.h"

#include "modelapi_acl.h"

PG_FUNCTION_INFO_V1(modelapi_acl_require_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_signed_in_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_user_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_may_administer_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_administrator_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_permission_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_project_permission_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_organization_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_principal_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_member_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_person_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_new_owner_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_identified_user_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_removed_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_changed_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_find_principal_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_asking_1_0);

static AccessContext *
context_of_asker(FunctionCallInfo fcinfo)
{
	Snapshot	snapshot = GetActiveSnapshot();
	Identity	identity = identity_current(snapshot);

	return access_context((AccessContext **) &fcinfo->flinfo->fn_extra,
						  fcinfo->flinfo->fn_mcxt, &identity, snapshot);
}

void
require_raise_not_signed_in(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_MODELAPI_NOT_SIGNED_IN),
			 errmsg("nobody is signed in"),
			 errhint("A backend states the user with set_session_user, first in the transaction; PostgREST sends the claims of a JSON Web Token.")));
}

void
require_raise_no_owner(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_MODELAPI_NOT_SIGNED_IN),
			 errmsg("nobody is signed in"),
			 errdetail("What is created needs a user as its first owner."),
			 errhint("State the user with set_session_user, first in the transaction.")));
}

static void
raise_not_found(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_MODELAPI_NOT_FOUND),
			 errmsg("%s not found", what),
			 errdetail("It does not exist, or the one asking may not see it.")));
}

pg_attribute_noreturn() static void
raise_denied(const char *permission, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission \"%s\" denied for %s", permission, what),
			 errhint("%s", hint)));
}

void
require_raise_denied(Permission permission)
{
	raise_denied(access_permission_name(permission), "model API",
				 access_permission_hint(permission));
}

void
require_raise_denied_project(ProjectPermission permission)
{
	raise_denied(access_project_permission_name(permission), "project",
				 access_project_permission_hint(permission));
}

void
require_raise_denied_organization(OrganizationPermission permission)
{
	if (permission == ORGANIZATION_PERMISSION_MANAGE)
		raise_denied("manage_organization", "organization",
					 "It takes being an admin of the organization.");
	raise_denied("view_members", "organization",
				 "It takes being a member of the organization.");
}

void
require_raise_no_token(void)
{
	raise_not_found("access token");
	pg_unreachable();
}

/*
 * By which context a permission is judged: what a function reads by its snapshot,
 * as all that it shows, and what it is about to write by the latest state.  In a
 * parallel operation nothing is written.
 */
static AccessContext *
context_of_judgement(AccessContext *context, bool is_read)
{
	if (is_read || IsInParallelMode())
		return context;
	context = access_latest();
	if (!access_is_signed_in(context))
		require_raise_not_signed_in();
	return context;
}

/* Whether a permission lets one see something, and no more. */
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
	AccessContext *context = context_of_asker(fcinfo);
	const pg_uuid_t *actor;

	if (!access_is_signed_in(context))
		require_raise_not_signed_in();
	if (access_is_administrator(context) || (actor = identity_actor()) == NULL)
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(actor);
}

/* require_user() → uuid: for what needs a person, such as a first owner */
Datum
modelapi_acl_require_user_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_asker(fcinfo);
	const pg_uuid_t *actor = identity_actor();

	if (!access_is_signed_in(context))
		require_raise_not_signed_in();
	if (access_is_administrator(context) || actor == NULL)
		require_raise_no_owner();
	(void) context_of_judgement(context, false);
	PG_RETURN_UUID_P(actor);
}

/* may_administer() → boolean */
Datum
modelapi_acl_may_administer_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(identity_may_administer());
}

/* require_administrator() → void: beside EXECUTE, which the server asks for */
Datum
modelapi_acl_require_administrator_1_0(PG_FUNCTION_ARGS)
{
	if (!identity_may_administer())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only administrators manage users and logs"),
				 errhint("Call it with the privileges of role modelapi_acl_admin, and not in maintenance.")));
	catalog_require_able_owner();
	identity_begin_administration();
	PG_RETURN_VOID();
}

static void
require_on_model_api(AccessContext *context, const pg_uuid_t *model_api_id,
					 Permission permission, const char *what)
{
	const ModelApiFacts *facts = NULL;
	ModelApiFacts seen;

	if (!access_is_signed_in(context))
		require_raise_not_signed_in();
	if (model_api_id)
		facts = access_model_api(context, model_api_id);
	if (!facts || !access_permits(context, facts, PERMISSION_VIEW))
		raise_not_found(what);
	seen = *facts;
	if (!access_permits(context_of_judgement(context, is_for_reading(permission)),
						&seen, permission))
		require_raise_denied(permission);
}

static AccessContext *
context_of_now(void)
{
	Snapshot	snapshot = GetActiveSnapshot();
	Identity	identity = identity_current(snapshot);

	return access_context(NULL, CurrentMemoryContext, &identity, snapshot);
}

void
require_model_api(const pg_uuid_t *model_api_id, Permission permission)
{
	require_on_model_api(context_of_now(), model_api_id, permission, "model API");
}

void
require_token(const pg_uuid_t *model_api_id)
{
	AccessContext *context = context_of_now();
	const ModelApiFacts *facts;

	if (!access_is_signed_in(context))
		require_raise_not_signed_in();
	if (!model_api_id ||
		(facts = access_model_api(context, model_api_id)) == NULL ||
		!access_permits(context, facts, PERMISSION_VIEW_TOKENS))
		require_raise_no_token();
	require_on_model_api(context, model_api_id, PERMISSION_REVOKE_TOKEN, "access token");
}

/*
 * require_permission(model_api_id, permission, what) → void: the public function
 * has no third argument, and means the model API
 */
Datum
modelapi_acl_require_permission_1_0(PG_FUNCTION_ARGS)
{
	const char *what = "model API";
	Permission	permission = PERMISSION_VIEW;

	if (PG_NARGS() > 2)
	{
		value_require(fcinfo, 2);
		what = text_to_cstring(PG_GETARG_TEXT_PP(2));
	}
	if (!PG_ARGISNULL(1))
		permission = (Permission) catalog_enum_place(STORE_ENUM_PERMISSION, PG_GETARG_OID(1));
	require_on_model_api(context_of_asker(fcinfo), PG_ARGISNULL(0) ? NULL : PG_GETARG_UUID_P(0),
						 permission, what);
	value_require_given("permission", PG_ARGISNULL(1));
	PG_RETURN_VOID();
}

/* require_project_permission(project_id, permission) → void */
Datum
modelapi_acl_require_project_permission_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_asker(fcinfo);
	ProjectPermission permission;
	const pg_uuid_t *project_id;

	value_require(fcinfo, 1);
	if (!access_is_signed_in(context))
		require_raise_not_signed_in();
	if (PG_ARGISNULL(0))
		raise_not_found("project");
	project_id = PG_GETARG_UUID_P(0);
	if (!store_project(project_id, GetActiveSnapshot()) ||
		!access_permits_project(context, project_id, PROJECT_PERMISSION_VIEW))
		raise_not_found("project");
	permission = (ProjectPermission) catalog_enum_place(STORE_ENUM_PROJECT_PERMISSION, PG_GETARG_OID(1));
	context = context_of_judgement(context,
								   permission == PROJECT_PERMISSION_VIEW ||
								   permission == PROJECT_PERMISSION_VIEW_COLLABORATORS);
	if (!access_permits_project(context, project_id, permission))
		require_raise_denied_project(permission);
	PG_RETURN_VOID();
}

/*
 * require_organization(name, permission) → uuid: the organization's id.  All
 * signed-in users see that organizations exist; only members see more.
 */
Datum
modelapi_acl_require_organization_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_asker(fcinfo);
	OrganizationPermission permission;
	Principal	principal;

	value_require(fcinfo, 1);
	if (!access_is_signed_in(context))
		require_raise_not_signed_in();
	if (PG_ARGISNULL(0) ||
		!store_principal_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)),
								 GetActiveSnapshot(), &principal) ||
		principal.kind != PRINCIPAL_ORGANIZATION)
		raise_not_found("organization");
	permission = (OrganizationPermission)
		catalog_enum_place(STORE_ENUM_ORGANIZATION_PERMISSION, PG_GETARG_OID(1));
	context = context_of_judgement(context, permission == ORGANIZATION_PERMISSION_VIEW_MEMBERS);
	if (!access_permits_organization(context, &principal.id, permission))
		require_raise_denied_organization(permission);
	PG_RETURN_DATUM(datumCopy(UUIDPGetDatum(&principal.id), false, UUID_LEN));
}

/* ----------
 * Principals
 * ----------
 */

/*
 * Whom a text names: an email address has an @, names never do.  Addresses stand for
 * somebody only for who may invite, and without an identity nobody may.
 */
static bool
principal_named(const char *name, Principal *principal)
{
	Snapshot	snapshot = GetActiveSnapshot();

	principal->kind = PRINCIPAL_USER;
	if (strchr(name, '@'))
		return identity_current(snapshot).kind != IDENTITY_NOBODY &&
			store_user_by_email(name, snapshot, &principal->id);
	return store_principal_by_name(name, snapshot, principal);
}

static void
raise_unknown_principal(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no user or organization \"%s\"", name),
			 errhint("Name a user by username or email, or an organization by its name.")));
}

/* The text argument that names a principal; NULL names nobody. */
static char *
principal_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of a user or organization is missing")));
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

/* A row (user_id, organization_id), one of them NULL; NULL: both. */
static Datum
principal_result(FunctionCallInfo fcinfo, const Principal *principal)
{
	TupleDesc	tupdesc;
	Datum		values[2] = {0};
	bool		nulls[2] = {true, true};

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (principal)
	{
		int			column = principal->kind == PRINCIPAL_USER ? 0 : 1;

		values[column] = UUIDPGetDatum(&principal->id);
		nulls[column] = false;
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls));
}

static Datum
uuid_result(const pg_uuid_t *uuid)
{
	return datumCopy(UUIDPGetDatum(uuid), false, UUID_LEN);
}

/* find_principal(principal text, OUT user_id uuid, OUT organization_id uuid) */
Datum
modelapi_acl_find_principal_1_0(PG_FUNCTION_ARGS)
{
	Principal	principal;

	if (PG_ARGISNULL(0) ||
		!principal_named(text_to_cstring(PG_GETARG_TEXT_PP(0)), &principal))
		PG_RETURN_DATUM(principal_result(fcinfo, NULL));
	PG_RETURN_DATUM(principal_result(fcinfo, &principal));
}

/* require_principal(principal text, OUT user_id uuid, OUT organization_id uuid) */
Datum
modelapi_acl_require_principal_1_0(PG_FUNCTION_ARGS)
{
	char	   *name = principal_argument(fcinfo);
	Principal	principal;

	if (!principal_named(name, &principal))
		raise_unknown_principal(name);
	PG_RETURN_DATUM(principal_result(fcinfo, &principal));
}

/* The user whom a principal's name stands for; what says for which purpose. */
static pg_uuid_t
user_named(const char *name, const char *what)
{
	Principal	principal;

	if (!principal_named(name, &principal))
		raise_unknown_principal(name);
	if (principal.kind != PRINCIPAL_USER)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is an organization", name),
				 errhint("%s has to be a user.", what)));
	return principal.id;
}

/* require_member(member text) → uuid */
Datum
modelapi_acl_require_member_1_0(PG_FUNCTION_ARGS)
{
	pg_uuid_t	user_id = user_named(principal_argument(fcinfo), "A member");

	PG_RETURN_DATUM(uuid_result(&user_id));
}

/* require_person(who text) → uuid: of whom somebody asks what they may do */
Datum
modelapi_acl_require_person_1_0(PG_FUNCTION_ARGS)
{
	pg_uuid_t	user_id = user_named(principal_argument(fcinfo), "The person asked about");

	PG_RETURN_DATUM(uuid_result(&user_id));
}

/* require_new_owner(new_owner text) → uuid */
Datum
modelapi_acl_require_new_owner_1_0(PG_FUNCTION_ARGS)
{
	char	   *name = principal_argument(fcinfo);
	pg_uuid_t	user_id = user_named(name, "A new owner");
	const pg_uuid_t *actor = identity_actor();
	bool		enabled = false;

	if (actor && memcmp(actor, &user_id, sizeof(pg_uuid_t)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ownership can't be transferred to oneself"),
				 errhint("Name another user.")));
	if (!store_user(&user_id, GetActiveSnapshot(), &enabled) || !enabled)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("user \"%s\" is disabled", name),
				 errhint("A new owner has to be an enabled user.")));
	PG_RETURN_DATUM(uuid_result(&user_id));
}

/* require_identified_user(identifier text) → uuid */
Datum
modelapi_acl_require_identified_user_1_0(PG_FUNCTION_ARGS)
{
	pg_uuid_t	user_id;

	if (PG_ARGISNULL(0) ||
		!identity_find_user(text_to_cstring(PG_GETARG_TEXT_PP(0)), GetActiveSnapshot(), &user_id))
		raise_not_found("user");
	PG_RETURN_DATUM(uuid_result(&user_id));
}

/*
 * Whether a text names the current user.  It is compared with the user's own names, and
 * nobody else is looked up: who may not invite others must not learn whom it names.
 */
static bool
names_oneself(const char *name, const pg_uuid_t *user_id)
{
	Snapshot	snapshot = GetActiveSnapshot();
	bool		is_email = strchr(name, '@') != NULL;
	char	   *own = is_email ? store_email(user_id, snapshot) : store_username(user_id, snapshot);
	char	   *own_key;
	char	   *key;

	if (!own)
		return false;
	own_key = is_email ? email_key(own) : asc_tolower(own, strlen(own));
	key = is_email ? email_key(name) : asc_tolower(name, strlen(name));
	return own_key && key && strcmp(own_key, key) == 0;
}

/* is_asking(principal text) → boolean */
Datum
modelapi_acl_is_asking_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_asker(fcinfo);
	const pg_uuid_t *actor;

	PG_RETURN_BOOL(!PG_ARGISNULL(0) &&
				   access_is_signed_in(context) && !access_is_administrator(context) &&
				   (actor = identity_actor()) != NULL &&
				   names_oneself(text_to_cstring(PG_GETARG_TEXT_PP(0)), actor));
}

/* ----------
 * Others
 * ----------
 */

/* require(condition boolean, sqlstate text, message text, hint text) → void */
Datum
modelapi_acl_require_1_0(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || !PG_GETARG_BOOL(0))
	{
		const char *state;

		value_require(fcinfo, 1);
		value_require(fcinfo, 2);
		state = text_to_cstring(PG_GETARG_TEXT_PP(1));
		if (strlen(state) != 5)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" is no SQLSTATE", state)));
		ereport(ERROR,
				(errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
				 errmsg("%s", text_to_cstring(PG_GETARG_TEXT_PP(2))),
				 PG_ARGISNULL(3) ? 0 :
				 errhint("%s", text_to_cstring(PG_GETARG_TEXT_PP(3)))));
	}
	PG_RETURN_VOID();
}

/*
 * require_changed(changed bigint, what text) → void: raises PT404 where a row is gone,
 * or hidden, since the function looked at it: it must not answer as if it had changed it
 */
Datum
modelapi_acl_require_changed_1_0(PG_FUNCTION_ARGS)
{
	value_require(fcinfo, 1);
	if (PG_ARGISNULL(0) || PG_GETARG_INT64(0) == 0)
	{
		catalog_require_able_owner();
		raise_not_found(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	}
	PG_RETURN_VOID();
}

/* require_removed(removed bigint, may_list boolean, what text) → void */
Datum
modelapi_acl_require_removed_1_0(PG_FUNCTION_ARGS)
{
	const char *what;

	value_require(fcinfo, 2);
	what = text_to_cstring(PG_GETARG_TEXT_PP(2));
	if (PG_ARGISNULL(0) || PG_GETARG_INT64(0) == 0)
	{
		catalog_require_able_owner();
		if (!PG_ARGISNULL(1) && PG_GETARG_BOOL(1))
			raise_not_found(what);
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to remove %s", what),
				 errhint("One may remove one's own, and with the permission to manage them others'.")));
	}
	PG_RETURN_VOID();
}
