/*-------------------------------------------------------------------------
 *
 * personal_tokens.c
 *	  The SQL functions that create personal tokens.
 *
 * As those for access tokens, they check who calls and the values, and write with internal
 * statements, whose rows personal_token_guard.c checks again.  What the user may see is judged
 * by a new snapshot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "token_row.h"
#include "token_values.h"
#include "../access/context.h"
#include "../access/errors.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../sql_api/service_accounts.h"

PG_FUNCTION_INFO_V1(modelapi_acl_create_personal_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_create_service_token_1_1);

/* What the functions take, by the numbers of their arguments */
typedef struct Arguments
{
	int			name;
	int			expires_at;
	int			model_apis;
} Arguments;

/* Checks the values that the functions take; the active snapshot shows the model APIs. */
static void
check_arguments(FunctionCallInfo fcinfo, AccessContext *context, const Arguments *place)
{
	if (!PG_ARGISNULL(place->model_apis))
		token_values_require_model_apis(context, PG_GETARG_ARRAYTYPE_P(place->model_apis));
	token_values_require(fcinfo, place->name, place->expires_at);
}

/* Makes a token of a user, and returns the result (id, token). */
static Datum
make(FunctionCallInfo fcinfo, const pg_uuid_t *holder, const Arguments *place)
{
	static InternalStatement make_personal_token = {.function = "make_personal_token"};
	const pg_uuid_t *actor = identity_actor();
	Datum		values[5] = {UUIDPGetDatum(holder), PG_GETARG_DATUM(place->name),
		PG_GETARG_DATUM(place->expires_at), PG_GETARG_DATUM(place->model_apis), UUIDPGetDatum(actor)};
	bool		nulls[5] = {false, false, PG_ARGISNULL(place->expires_at),
		PG_ARGISNULL(place->model_apis), actor == NULL};
	TokenRow	row = token_row_run(&make_personal_token, values, nulls);

	return token_row_result(fcinfo, &row);
}

/* create_personal_token(name, expires_at, model_apis) → (id uuid, token text) */
Datum
modelapi_acl_create_personal_token_1_1(PG_FUNCTION_ARGS)
{
	static const Arguments place = {.name = 0, .expires_at = 1, .model_apis = 2};
	AccessContext *context;

	PushActiveSnapshot(GetTransactionSnapshot());
	context = context_of_current_user(NULL);
	if (context_is_administrator(context))
		errors_raise_no_owner();
	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	check_arguments(fcinfo, context, &place);
	PopActiveSnapshot();
	PG_RETURN_DATUM(make(fcinfo, identity_actor(), &place));
}

/* create_service_token(service_account, name, expires_at, model_apis) → (id uuid, token text) */
Datum
modelapi_acl_create_service_token_1_1(PG_FUNCTION_ARGS)
{
	static const Arguments place = {.name = 1, .expires_at = 2, .model_apis = 3};
	pg_uuid_t	holder;

	PushActiveSnapshot(GetTransactionSnapshot());
	holder = service_accounts_require(PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0));
	check_arguments(fcinfo, context_of_current_user(NULL), &place);
	PopActiveSnapshot();
	PG_RETURN_DATUM(make(fcinfo, &holder, &place));
}
