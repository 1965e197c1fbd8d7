/*-------------------------------------------------------------------------
 *
 * token_state.c
 *	  Whether a secret opens what its token opens: the one decision for all kinds of tokens.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "token_state.h"

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
