/*-------------------------------------------------------------------------
 *
 * token_lifecycle.c
 *	  The SQL functions that create, change, suspend, regenerate and revoke tokens.
 *
 * Users have no privilege to write access_tokens.  These functions check the
 * permission and the values, and write with internal statements
 * (58_internal_statements.sql), which write_check.c checks as any other write.
 *
 * What the user may see is judged by a new snapshot, as in the statements of functions in
 * SQL: access counts that was gained while the calling statement ran.
 *
 * All but create_token() take a token's id.  token_argument() finds out which kind of token it
 * is of, and what its user may do; the kind's statements do the rest.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "personal_token_rights.h"
#include "../access/errors.h"
#include "../catalog/internal_statements.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../sql_api/preconditions.h"
#include "../terms.h"
#include "../values/uuids.h"
#include "../values/validate.h"
#include "token_lifetime.h"
#include "token_row.h"
#include "token_values.h"

PG_FUNCTION_INFO_V1(modelapi_acl_create_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_update_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_regenerate_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_suspend_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_resume_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_revoke_token_1_1);

/* The statements of a kind of token; their arguments are those of the model APIs' tokens */
typedef struct TokenKind
{
	InternalStatement lock;
	InternalStatement change;
	InternalStatement suspend;
	InternalStatement resume;
	InternalStatement end;
	InternalStatement renew;
	InternalStatement lock_former;
	InternalStatement forget_former;
	InternalStatement retire;
} TokenKind;

static TokenKind access_token = {
	.lock = {.function = "lock_access_token"},
	.change = {.function = "change_access_token"},
	.suspend = {.function = "suspend_access_token"},
	.resume = {.function = "resume_access_token"},
	.end = {.function = "end_token"},
	.renew = {.function = "renew_access_token"},
	.lock_former = {.function = "lock_former_secret"},
	.forget_former = {.function = "forget_former_secret"},
	.retire = {.function = "retire_current_secret"},
};

static TokenKind personal_token = {
	.lock = {.function = "lock_personal_token"},
	.change = {.function = "change_personal_token"},
	.suspend = {.function = "suspend_personal_token"},
	.resume = {.function = "resume_personal_token"},
	.end = {.function = "end_personal_token"},
	.renew = {.function = "renew_personal_token"},
	.lock_former = {.function = "lock_former_personal_secret"},
	.forget_former = {.function = "forget_former_personal_secret"},
	.retire = {.function = "retire_personal_secret"},
};

/* The token that a function was called for */
typedef struct Token
{
	TokenKind  *kind;
	Datum		id;
	bool		may_end_any;	/* the user needs not have made it; of a personal one: is an
								 * administrator */
	const pg_uuid_t *model_api_id;	/* of an access token */
	bool		may_change;		/* false for an administrator with a person's token */

	/* after lock_token() */
	bool		is_revoked;
	bool		is_suspended;
	TimestampTz expires_at;		/* DT_NOEND: never */
	TimestampTz made_at;		/* its secret */
	const pg_uuid_t *created_by;	/* or NULL */
	const pg_uuid_t *suspended_by;
} Token;

static const pg_uuid_t *
uuid_or_null(const TokenRow *row, int column)
{
	return row->nulls[column] ? NULL : DatumGetUUIDP(row->values[column]);
}

static TimestampTz
time_or_never(const TokenRow *row, int column)
{
	return row->nulls[column] ? DT_NOEND : DatumGetTimestampTz(row->values[column]);
}

/*
 * The token that argument 0 names.  Raises PT401, PT404 or 42501 unless the current user may
 * end it, and so do all else with it.
 */
static Token
token_argument(FunctionCallInfo fcinfo)
{
	static InternalStatement find_access_token = {.function = "find_access_token"};
	Token		token = {.kind = &access_token, .id = PG_GETARG_DATUM(0), .may_change = true};
	TokenRow	row = {0};
	PersonalTokenRights rights;

	if (!PG_ARGISNULL(0) && personal_token_rights_find(PG_GETARG_UUID_P(0), &rights))
	{
		token.kind = &personal_token;
		token.may_end_any = rights.is_administrator;
		token.may_change = rights.may_change;
		return token;
	}
	PushActiveSnapshot(GetTransactionSnapshot());
	if (!PG_ARGISNULL(0))
		row = token_row_run(&find_access_token, &token.id, NULL);
	token.model_api_id = row.found ? uuid_or_null(&row, 0) : NULL;
	token.may_end_any = preconditions_require_revoke_token(token.model_api_id,
														   row.found ? uuid_or_null(&row, 1) : NULL);
	PopActiveSnapshot();
	return token;
}

/*
 * Locks a token's row and reads its latest state.  Raises PT404 if it was deleted meanwhile, and
 * 42501 or PT404 if the user may not end it any more.
 */
static void
lock_token(Token *token)
{
	TokenRow	row = token_row_run(&token->kind->lock, &token->id, NULL);

	if (!row.found)
		errors_raise_not_found("access token");
	token->is_revoked = DatumGetBool(row.values[0]);
	token->is_suspended = DatumGetBool(row.values[1]);
	token->expires_at = time_or_never(&row, 2);
	token->made_at = time_or_never(&row, 3);
	token->created_by = uuid_or_null(&row, 4);
	token->suspended_by = uuid_or_null(&row, 5);

	/* while this waited for the row, an owner may have become an editor */
	if (token->kind == &access_token && token->may_end_any)
	{
		PushActiveSnapshot(GetLatestSnapshot());
		token->may_end_any = preconditions_require_revoke_token(token->model_api_id, token->created_by);
		PopActiveSnapshot();
	}
}

static bool
is_expired(const Token *token)
{
	return token->expires_at <= GetCurrentTimestamp();
}

static bool
is_actor(const pg_uuid_t *user_id)
{
	const pg_uuid_t *actor = identity_actor();

	return user_id && actor && uuids_equal(user_id, actor);
}

/* Runs a statement whose arguments are the token and the current user. */
static void
run_as_actor(Token *token, InternalStatement *statement)
{
	const pg_uuid_t *actor = identity_actor();
	Datum		values[2] = {token->id, UUIDPGetDatum(actor)};
	bool		nulls[2] = {false, actor == NULL};

	(void) internal_statements_run(statement, values, nulls, NULL, NULL);
}

static void
raise_state(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", message),
			 errhint("%s", hint)));
}

/* Raises 42501 if the user may only end and suspend the token. */
static void
require_may_change(const Token *token)
{
	if (!token->may_change)
		errors_raise_denied_personal_token();
}

/* create_token(model_api_id, name, expires_at, metadata) → (id uuid, token text) */
Datum
modelapi_acl_create_token_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement make_access_token = {.function = "make_access_token"};
	const pg_uuid_t *actor;
	Datum		values[5] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), 0, PG_GETARG_DATUM(3)};
	bool		nulls[5] = {false, false, PG_ARGISNULL(2), false, PG_ARGISNULL(3)};
	TokenRow	row;

	PushActiveSnapshot(GetTransactionSnapshot());
	preconditions_require_permission(uuids_argument(fcinfo, 0), PERMISSION_CREATE_TOKEN);
	PopActiveSnapshot();
	token_values_require(fcinfo, 1, 2);
	if (!PG_ARGISNULL(3))
		validate_metadata(PG_GETARG_DATUM(3));
	actor = identity_actor();
	values[3] = UUIDPGetDatum(actor);
	nulls[3] = actor == NULL;
	row = token_row_run(&make_access_token, values, nulls);
	PG_RETURN_DATUM(token_row_result(fcinfo, &row));
}

/* update_token(token_id, name, expires_at, metadata) → void; NULL leaves a value as it is */
Datum
modelapi_acl_update_token_1_1(PG_FUNCTION_ARGS)
{
	Token		token = token_argument(fcinfo);
	Datum		values[4] = {token.id, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), PG_GETARG_DATUM(3)};
	bool		nulls[4] = {false, PG_ARGISNULL(1), PG_ARGISNULL(2), PG_ARGISNULL(3)};

	require_may_change(&token);
	if (!nulls[1])
		validate_name("token name", PG_GETARG_TEXT_PP(1));
	if (!nulls[2])
		validate_expiry(PG_GETARG_TIMESTAMPTZ(2), GetCurrentTimestamp());
	if (!nulls[3])
		validate_metadata(values[3]);
	lock_token(&token);
	if (token.is_revoked)
		raise_state("a revoked access token cannot be changed", "Create another.");
	if (!nulls[2])
	{
		if (is_expired(&token))
			raise_state("the expiry of an expired access token cannot be moved", "Create another.");
		if (PG_GETARG_TIMESTAMPTZ(2) > token.expires_at)
			token_lifetime_require(token.made_at, PG_GETARG_TIMESTAMPTZ(2));
	}
	(void) internal_statements_run(&token.kind->change, values, nulls, NULL, NULL);
	PG_RETURN_VOID();
}

/*
 * Whether a suspension takes the place of one that is there: whoever made the token, or holds
 * it, and suspended it cannot resume it from then on.
 */
static bool
takes_over(const Token *token)
{
	if (!token->may_end_any || !token->suspended_by || is_actor(token->suspended_by))
		return false;
	return token->kind == &personal_token ||
		(token->created_by && uuids_equal(token->suspended_by, token->created_by));
}

/* Raises 42501 unless the user may resume a suspended token. */
static void
require_may_resume(const Token *token)
{
	if (token->may_end_any || is_actor(token->suspended_by))
		return;
	if (token->kind == &access_token)
		errors_raise_denied(PERMISSION_REVOKE_TOKEN);
	/* an administrator suspended it, or a user who is not there any more */
	if (!token->suspended_by)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to resume the access token"),
				 errdetail("An administrator suspended it, or a user who was deleted since."),
				 errhint("This requires an administrator.")));
}

/* suspend_token(token_id) → void */
Datum
modelapi_acl_suspend_token_1_1(PG_FUNCTION_ARGS)
{
	Token		token = token_argument(fcinfo);

	lock_token(&token);
	if (token.is_revoked)
		raise_state("a revoked access token cannot be suspended", "It is refused already, for good.");
	if (!token.is_suspended || takes_over(&token))
		run_as_actor(&token, &token.kind->suspend);
	PG_RETURN_VOID();
}

/* resume_token(token_id) → void */
Datum
modelapi_acl_resume_token_1_1(PG_FUNCTION_ARGS)
{
	Token		token = token_argument(fcinfo);

	lock_token(&token);
	if (token.is_revoked)
		raise_state("a revoked access token cannot be resumed", "Create another.");
	if (!token.is_suspended)
		PG_RETURN_VOID();
	require_may_resume(&token);
	(void) internal_statements_run(&token.kind->resume, &token.id, NULL, NULL, NULL);
	PG_RETURN_VOID();
}

/* revoke_token(token_id) → void */
Datum
modelapi_acl_revoke_token_1_1(PG_FUNCTION_ARGS)
{
	Token		token = token_argument(fcinfo);

	lock_token(&token);
	if (!token.is_revoked)
		run_as_actor(&token, &token.kind->end);
	PG_RETURN_VOID();
}

/* ----------
 * A new secret
 * ----------
 */

/* Raises 22023 for an overlap that is NULL or less than 0. */
static void
check_overlap(FunctionCallInfo fcinfo)
{
	const Interval none = {0};

	validate_not_null("overlap", PG_ARGISNULL(1));
	if (DatumGetBool(DirectFunctionCall2(interval_lt, PG_GETARG_DATUM(1), IntervalPGetDatum(&none))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("overlap must not be negative")));
}

/* Raises 22023 if a former secret still is in its overlap. */
static void
require_no_former_secret(Token *token, TimestampTz now)
{
	TokenRow	row = token_row_run(&token->kind->lock_former, &token->id, NULL);
	TimestampTz until;

	if (!row.found)
		return;
	until = Min(DatumGetTimestampTz(row.values[0]), token->expires_at);
	if (until > now)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the overlap of a former secret of the access token still runs"),
				 errhint("It ends at %s. With overlap 0, regenerating ends both secrets at once.",
						 timestamptz_to_str(until))));
}

/* Makes the current secret the former one, which lives until a moment; forgets the one before. */
static void
retire_secret(Token *token, TimestampTz until)
{
	Datum		values[2] = {token->id, TimestampTzGetDatum(until)};

	(void) internal_statements_run(&token->kind->forget_former, &token->id, NULL, NULL, NULL);
	(void) internal_statements_run(&token->kind->retire, values, NULL, NULL, NULL);
}

/* regenerate_token(token_id, overlap) → (id uuid, token text) */
Datum
modelapi_acl_regenerate_token_1_1(PG_FUNCTION_ARGS)
{
	Token		token = token_argument(fcinfo);
	const pg_uuid_t *actor = identity_actor();
	TimestampTz now;
	TimestampTz overlap_ends;
	Datum		values[4] = {token.id, UUIDPGetDatum(actor)};
	bool		nulls[4] = {false, actor == NULL};
	TokenRow	row;

	require_may_change(&token);
	check_overlap(fcinfo);
	lock_token(&token);
	if (token.is_revoked)
		raise_state("a revoked access token cannot be regenerated", "Create another.");
	if (is_expired(&token))
		raise_state("an expired access token cannot be regenerated", "Create another.");

	/* the clock, once the lock was waited for */
	now = GetCurrentTimestamp();
	overlap_ends = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now),
														   PG_GETARG_DATUM(1)));
	if (overlap_ends > now)
		require_no_former_secret(&token, now);
	retire_secret(&token, Max(now, Min(overlap_ends, token_lifetime_limit(token.made_at))));
	values[2] = TimestampTzGetDatum(now);
	values[3] = TimestampTzGetDatum(Min(token.expires_at, token_lifetime_limit(now)));
	row = token_row_run(&token.kind->renew, values, nulls);
	PG_RETURN_DATUM(token_row_result(fcinfo, &row));
}
