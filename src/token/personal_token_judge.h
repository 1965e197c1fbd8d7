/*-------------------------------------------------------------------------
 *
 * personal_token_judge.h
 *	  Whether a personal token opens a model API.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PERSONAL_TOKEN_JUDGE_H
#define MODELAPI_ACL_PERSONAL_TOKEN_JUDGE_H

#include "utils/snapshot.h"

#include "../catalog/personal_token_read.h"
#include "../terms.h"
#include "invocation_answer.h"

/*
 * personal_token_judge: REASON_TOKEN if the secret opens the model API now, else why not, tried
 * in this order: the model API is not in the token's list, the reasons of every token
 * (token_state.h), where a disabled holder counts as suspended, the holder may not invoke it.
 *
 * The snapshot shows the holder, the list and the grants.  Raises nothing of its own.
 */
extern InvocationReason personal_token_judge(const PersonalTokenFacts *secret,
											 const ModelApiFacts *model_api, Snapshot snapshot);

#endif							/* MODELAPI_ACL_PERSONAL_TOKEN_JUDGE_H */
