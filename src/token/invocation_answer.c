/*-------------------------------------------------------------------------
 *
 * invocation_answer.c
 *	  The answer to a gateway: the reasons, their HTTP status, the row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "invocation_answer.h"
#include "../usage/usage.h"
#include "../values/row_target.h"
#include "../values/uuids.h"

static const struct
{
	const char *name;
	int			status;			/* HTTP */
	bool		token_was_sent; /* with the right scheme, and refused */
	bool		shows_token;	/* the result has token_id and token_name */
}			reasons[] =
{
	[REASON_UNRESTRICTED] = {"unrestricted", 200, false, false},
	[REASON_TOKEN] = {"token", 200, false, true},
	[REASON_IDENTITY] = {"identity", 200, false, false},
	[REASON_NO_SUCH_MODEL_API] = {"no_such_model_api", 404, false, false},
	[REASON_MISSING_CREDENTIALS] = {"missing_credentials", 401, false, false},
	[REASON_WRONG_SCHEME] = {"wrong_scheme", 401, false, false},
	[REASON_MALFORMED] = {"malformed", 401, false, false},
	[REASON_USERNAME_PASSWORD_DIFFER] = {"username_password_differ", 401, true, false},
	[REASON_UNKNOWN_TOKEN] = {"unknown_token", 401, true, false},
	[REASON_TOKEN_OF_OTHER_MODEL_API] = {"token_of_other_model_api", 401, true, false},
	[REASON_TOKEN_REVOKED] = {"token_revoked", 401, true, true},
	[REASON_TOKEN_SUPERSEDED] = {"token_superseded", 401, true, true},
	[REASON_TOKEN_SUSPENDED] = {"token_suspended", 401, true, true},
	[REASON_TOKEN_EXPIRED] = {"token_expired", 401, true, true},
	[REASON_UNKNOWN_SUBJECT] = {"unknown_subject", 401, false, false},
	[REASON_PERMISSION_DENIED] = {"permission_denied", 403, false, false},
};

const char *
invocation_answer_challenge(InvocationReason reason, AuthorizationScheme scheme)
{
	if (reasons[reason].status != 401)
		return NULL;
	if (scheme == SCHEME_BASIC)
		return "Basic realm=\"model-api\", charset=\"UTF-8\"";
	if (reasons[reason].token_was_sent)
		return "Bearer realm=\"model-api\", error=\"invalid_token\"";
	return "Bearer realm=\"model-api\"";
}

/*
 * The functions' row type, cached in this backend: all of them have the same, and building it
 * takes longer than reading an index.
 */
static TupleDesc
row_type(FunctionCallInfo fcinfo)
{
	static TupleDesc type = NULL;

	if (!type)
	{
		TupleDesc	made;
		MemoryContext old;

		if (get_call_result_type(fcinfo, NULL, &made) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		made = BlessTupleDesc(made);
		old = MemoryContextSwitchTo(TopMemoryContext);
		type = CreateTupleDescCopy(made);
		MemoryContextSwitchTo(old);
	}
	return type;
}

static void
record(const InvocationAnswer *answer)
{
	InvocationReason reason = answer->reason;
	bool		has_token = reasons[reason].shows_token || reason == REASON_TOKEN_OF_OTHER_MODEL_API;

	usage_record(&(UsageRecord) {
				 .reason = reasons[reason].name,
				 .allowed = reasons[reason].status == 200,
				 .model_api_id = answer->model_api_id,
				 .model_api_exists = answer->model_api_exists,
				 .token_id = has_token ? &answer->token->id : NULL,
				 .owner_id = !has_token ? NULL : answer->holder ? answer->holder : &answer->token->model_api_id,
				 .is_personal = has_token && answer->holder,
				 .by_old_secret = has_token && answer->token->is_former,
				 .user_id = has_token && answer->holder ? answer->holder : answer->user_id,
				 .xmin = answer->xmin,
				 .xmax = answer->xmax
				 });
}

Datum
invocation_answer_row(FunctionCallInfo fcinfo, const InvocationAnswer *answer)
{
	RowTarget  *target = row_target_of(fcinfo); /* of our custom scan */
	RowTarget	own;
	InvocationReason reason = answer->reason;
	Datum	   *values;
	bool	   *nulls;

	if (!target)
	{
		row_target_initialize(&own);
		target = &own;
	}
	values = target->values;
	nulls = target->nulls;
	for (int i = 3; i < ROW_TARGET_COLUMNS; i++)
		nulls[i] = true;
	record(answer);
	values[0] = BoolGetDatum(reasons[reason].status == 200);
	values[1] = Int32GetDatum(reasons[reason].status);
	values[2] = CStringGetTextDatum(reasons[reason].name);
	if (reasons[reason].shows_token)
	{
		values[3] = UUIDPGetDatum(uuids_copy(&answer->token->id));
		values[4] = CStringGetTextDatum(answer->token->name);
		nulls[3] = nulls[4] = false;
	}
	if (answer->challenge)
	{
		values[5] = CStringGetTextDatum(answer->challenge);
		nulls[5] = false;
	}
	if (answer->user_id)
	{
		values[6] = UUIDPGetDatum(uuids_copy(answer->user_id));
		nulls[6] = false;
	}
	if (reason == REASON_TOKEN && answer->token->metadata)
	{
		values[7] = DirectFunctionCall1(jsonb_in, CStringGetDatum(answer->token->metadata));
		nulls[7] = false;
	}
	if (target != &own)
	{
		target->is_filled = true;
		return (Datum) 0;
	}
	return HeapTupleGetDatum(heap_form_tuple(row_type(fcinfo), values, nulls));
}
