/*-------------------------------------------------------------------------
 *
 * principals.c
 *	  Looks up the users and organizations that arguments of functions name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/snapmgr.h"

#include "principals.h"
#include "../access/context.h"
#include "../access/errors.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/current_role.h"
#include "../identity/identity.h"
#include "../terms.h"
#include "../values/email.h"
#include "../values/uuids.h"
#include "../values/validate.h"

PG_FUNCTION_INFO_V1(modelapi_acl_require_principal_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_member_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_person_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_new_owner_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_require_identified_user_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_find_principal_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_asking_1_0);

/*
 * Finds the principal that a text names.  An email address contains an @, a name never
 * does.  Email addresses are looked up only for signed-in users, who may invite others.
 */
static bool
find_principal(const char *name, Principal *principal)
{
	Snapshot	snapshot = GetActiveSnapshot();

	principal->kind = PRINCIPAL_USER;
	if (strchr(name, '@'))
		return identity_current(snapshot).kind != IDENTITY_NOBODY &&
			table_read_user_by_email(name, snapshot, &principal->id);
	return table_read_principal_by_name(name, snapshot, principal);
}

static void
raise_unknown_principal(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no user or organization \"%s\"", name),
			 errhint("Name a user by username or email, or an organization by its name.")));
}

/* The text argument that names a principal; raises 22023 for NULL. */
static char *
principal_argument(FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of a user or organization is missing")));
	return text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

Principal
principals_require_argument(FunctionCallInfo fcinfo, int argument)
{
	char	   *name = principal_argument(fcinfo, argument);
	Principal	principal;

	if (!find_principal(name, &principal))
		raise_unknown_principal(name);
	return principal;
}

/* A row (user_id, organization_id), one of them NULL; both for principal = NULL. */
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

/* find_principal(principal text, OUT user_id uuid, OUT organization_id uuid) */
Datum
modelapi_acl_find_principal_1_0(PG_FUNCTION_ARGS)
{
	Principal	principal;

	if (PG_ARGISNULL(0) ||
		!find_principal(text_to_cstring(PG_GETARG_TEXT_PP(0)), &principal))
		PG_RETURN_DATUM(principal_result(fcinfo, NULL));
	PG_RETURN_DATUM(principal_result(fcinfo, &principal));
}

/* require_principal(principal text, OUT user_id uuid, OUT organization_id uuid) */
Datum
modelapi_acl_require_principal_1_0(PG_FUNCTION_ARGS)
{
	Principal	principal = principals_require_argument(fcinfo, 0);

	PG_RETURN_DATUM(principal_result(fcinfo, &principal));
}

/* The user that a text names; raises 22023 otherwise, with a hint. */
static pg_uuid_t
require_user(const char *name, const char *hint)
{
	Principal	principal;

	if (!find_principal(name, &principal))
		raise_unknown_principal(name);
	if (principal.kind != PRINCIPAL_USER)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is an organization", name),
				 errhint("%s", hint)));
	return principal.id;
}

/* require_member(member text) → uuid */
Datum
modelapi_acl_require_member_1_0(PG_FUNCTION_ARGS)
{
	pg_uuid_t	user_id = require_user(principal_argument(fcinfo, 0), "A member must be a user.");

	PG_RETURN_UUID_P(uuids_copy(&user_id));
}

pg_uuid_t
principals_require_user(const char *name)
{
	return require_user(name, "Name a user by username or email.");
}

/* require_person(who text) → uuid: whose access is asked about */
Datum
modelapi_acl_require_person_1_0(PG_FUNCTION_ARGS)
{
	pg_uuid_t	user_id = principals_require_user(principal_argument(fcinfo, 0));

	PG_RETURN_UUID_P(uuids_copy(&user_id));
}

bool
principals_find_account(AccessContext *context, const char *name, pg_uuid_t *user_id)
{
	Principal	principal;

	if (context_is_administrator(context) && uuids_parse(name, user_id))
		return table_read_user(user_id, GetActiveSnapshot(), NULL);
	if (!table_read_principal_by_name(name, GetActiveSnapshot(), &principal))
		return false;
	if (principal.kind != PRINCIPAL_USER)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is an organization", name),
				 errhint("Name a service account.")));
	*user_id = principal.id;
	return true;
}

pg_uuid_t
principals_require_responsible(text *argument)
{
	char	   *name;
	pg_uuid_t	user_id;
	UserFacts	facts;

	validate_not_null("responsible user", argument == NULL);
	name = text_to_cstring(argument);
	if (!current_role_may_administer() || !identity_find_user(name, GetActiveSnapshot(), &user_id))
		user_id = require_user(name, "The responsible user must be a person.");
	if (!table_read_user(&user_id, GetActiveSnapshot(), &facts) || !facts.enabled)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("user \"%s\" is disabled", name),
				 errhint("The responsible user must be enabled.")));
	if (facts.is_service_account)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("user \"%s\" is a service account", name),
				 errhint("The responsible user must be a person.")));
	return user_id;
}

/* require_new_owner(new_owner text) → uuid */
Datum
modelapi_acl_require_new_owner_1_0(PG_FUNCTION_ARGS)
{
	char	   *name = principal_argument(fcinfo, 0);
	pg_uuid_t	user_id = require_user(name, "A new owner must be a user.");
	const pg_uuid_t *actor = identity_actor();
	UserFacts	facts;

	if (actor && uuids_equal(actor, &user_id))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ownership cannot be transferred to oneself"),
				 errhint("Name another user.")));
	if (!table_read_user(&user_id, GetActiveSnapshot(), &facts) || !facts.enabled)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("user \"%s\" is disabled", name),
				 errhint("A new owner must be an enabled user.")));
	if (facts.is_service_account)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("user \"%s\" is a service account", name),
				 errhint("A new owner must be a person.")));
	PG_RETURN_UUID_P(uuids_copy(&user_id));
}

/* require_identified_user(identifier text) → uuid */
Datum
modelapi_acl_require_identified_user_1_0(PG_FUNCTION_ARGS)
{
	pg_uuid_t	user_id;

	if (PG_ARGISNULL(0) ||
		!identity_find_user(text_to_cstring(PG_GETARG_TEXT_PP(0)), GetActiveSnapshot(), &user_id))
		errors_raise_not_found("user");
	PG_RETURN_UUID_P(uuids_copy(&user_id));
}

/*
 * Whether a text names the current user.  It is compared with the user's own name or
 * address, and no other user is looked up: who may not invite others must not learn
 * whether the text names somebody.
 */
static bool
is_own_name(const char *name, const pg_uuid_t *user_id)
{
	Snapshot	snapshot = GetActiveSnapshot();
	bool		is_email = strchr(name, '@') != NULL;
	char	   *own = is_email ? table_read_email(user_id, snapshot) : table_read_username(user_id, snapshot);
	char	   *own_key;
	char	   *key;

	if (!own)
		return false;
	own_key = is_email ? email_key(own) : asc_tolower(own, strlen(own));
	key = is_email ? email_key(name) : asc_tolower(name, strlen(name));
	return own_key && key && strcmp(own_key, key) == 0;
}

bool
principals_names_current_user(AccessContext *context, const char *name)
{
	const pg_uuid_t *actor;

	return context_is_signed_in(context) && !context_is_administrator(context) &&
		(actor = identity_actor()) != NULL && is_own_name(name, actor);
}

/* is_asking(principal text) → boolean */
Datum
modelapi_acl_is_asking_1_0(PG_FUNCTION_ARGS)
{
	AccessContext *context = context_of_current_user(fcinfo);

	PG_RETURN_BOOL(!PG_ARGISNULL(0) &&
				   principals_names_current_user(context, text_to_cstring(PG_GETARG_TEXT_PP(0))));
}
