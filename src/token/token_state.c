/*-------------------------------------------------------------------------
 *
 * token_state.c
 *	  Whether a secret opens what its token opens: the one decision for all kinds of tokens.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "token_state.h"
#include "../compat.h"

PG_FUNCTION_INFO_V1(modelapi_acl_token_state_1_1);

/*
 * A former secret lives until its overlap ends, and no longer than its token, whenever the
 * token's expiry was moved.
 */
static bool
is_superseded(const TokenFacts *token, TimestampTz now)
{
	return token->is_former && Min(token->former_until, token->expires_at) <= now;
}

InvocationReason
token_state_judge(const TokenFacts *token, TimestampTz now)
{
	if (token->is_revoked)
		return REASON_TOKEN_REVOKED;
	if (is_superseded(token, now))
		return REASON_TOKEN_SUPERSEDED;
	if (token->is_suspended)
		return REASON_TOKEN_SUSPENDED;
	if (token->expires_at <= now)
		return REASON_TOKEN_EXPIRED;
	return REASON_TOKEN;
}

static const char *
state_name(InvocationReason reason)
{
	switch (reason)
	{
		case REASON_TOKEN_REVOKED:
			return "revoked";
		case REASON_TOKEN_SUPERSEDED:
			return "superseded";
		case REASON_TOKEN_SUSPENDED:
			return "suspended";
		case REASON_TOKEN_EXPIRED:
			return "expired";
		default:
			return "live";
	}
}

/*
 * token_state(expires_at, is_revoked, is_suspended, former_until, at) → text: for answers about
 * the past.  former_until is NULL for the current secret.
 */
Datum
modelapi_acl_token_state_1_1(PG_FUNCTION_ARGS)
{
	TokenFacts	token = {
		.expires_at = PG_ARGISNULL(0) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(0),
		.is_revoked = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1),
		.is_suspended = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2),
		.is_former = !PG_ARGISNULL(3),
		.former_until = PG_ARGISNULL(3) ? 0 : PG_GETARG_TIMESTAMPTZ(3)
	};

	if (PG_ARGISNULL(4))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(state_name(token_state_judge(&token, PG_GETARG_TIMESTAMPTZ(4)))));
}
