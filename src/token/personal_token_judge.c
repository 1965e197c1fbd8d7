/*-------------------------------------------------------------------------
 *
 * personal_token_judge.c
 *	  Whether a personal token opens a model API.
 *
 * It opens what its holder may invoke, by the same decision as a request by identity.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "personal_token_judge.h"
#include "token_state.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../identity/enabled_user.h"

static bool
holder_may_invoke(const pg_uuid_t *holder, const ModelApiFacts *model_api, Snapshot snapshot)
{
	Identity	identity = {IDENTITY_USER, *holder};
	AccessContext *context = context_get(NULL, CurrentMemoryContext, &identity, snapshot);
	bool		result = decision_permits_request(context, model_api, PERMISSION_INVOKE);

	MemoryContextDelete(context->memory);
	return result;
}

InvocationReason
personal_token_judge(const PersonalTokenFacts *secret, const ModelApiFacts *model_api, Snapshot snapshot)
{
	TokenFacts	token = secret->token;
	InvocationReason reason;

	if (secret->is_limited && !personal_token_read_lists(&token.id, &model_api->id, snapshot))
		return REASON_TOKEN_OF_OTHER_MODEL_API;
	if (!enabled_user_exists(&secret->user_id, snapshot))
		token.is_suspended = true;
	reason = token_state_judge(&token, GetCurrentTimestamp());
	if (reason == REASON_TOKEN && !holder_may_invoke(&secret->user_id, model_api, snapshot))
		reason = REASON_TOKEN_OF_OTHER_MODEL_API;
	return reason;
}
