/*-------------------------------------------------------------------------
 *
 * token_state.h
 *	  Whether a secret opens what its token opens: the one decision for all kinds of tokens.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TOKEN_STATE_H
#define MODELAPI_ACL_TOKEN_STATE_H

#include "datatype/timestamp.h"

#include "../catalog/token_read.h"
#include "invocation_answer.h"

/*
 * token_state_judge: REASON_TOKEN if the secret is valid, else why not, tried in this order:
 * the token is revoked, the secret is superseded, the token is suspended, it has expired.
 *
 * Does not ask which model APIs the token opens: the caller does so before.  Fails for
 * nothing, takes no lock and reads no table.
 */
extern InvocationReason token_state_judge(const TokenFacts *token, TimestampTz now);

#endif							/* MODELAPI_ACL_TOKEN_STATE_H */
