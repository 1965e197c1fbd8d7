/*-------------------------------------------------------------------------
 *
 * authorize_invocation_as.c
 *	  Decides whether a prediction request of a subject may pass.
 *
 * The gateway has verified who calls: a JSON Web Token, a client certificate, the identity of a
 * workload.  How it did so is its own business, so the answer has no challenge.  As for tokens,
 * the latest committed state and the clock decide, and the session's own user plays no part.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "../access/context.h"
#include "../access/decision.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/subject.h"
#include "../terms.h"
#include "../values/uuids.h"
#include "invocation_answer.h"

PG_FUNCTION_INFO_V1(modelapi_acl_authorize_subject_1_1);

/* What a user may do who is known and enabled; facts is NULL for a missing model API. */
static InvocationReason
judge_user(const Identity *user, const ModelApiFacts *facts, Snapshot snapshot)
{
	AccessContext *context;
	InvocationReason reason = REASON_NO_SUCH_MODEL_API;

	if (!facts)
		return reason;
	context = context_get(NULL, CurrentMemoryContext, user, snapshot);
	if (decision_permits_request(context, facts, PERMISSION_INVOKE))
		reason = REASON_IDENTITY;
	else if (decision_permits_request(context, facts, PERMISSION_VIEW))
		reason = REASON_PERMISSION_DENIED;
	MemoryContextDelete(context->memory);
	return reason;
}

/* modelapi_acl.authorize_invocation_as(model_api_id uuid, subject text) */
Datum
modelapi_acl_authorize_subject_1_1(PG_FUNCTION_ARGS)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	Identity	user = {IDENTITY_USER};
	ModelApiFacts facts;
	bool		exists = !PG_ARGISNULL(0) &&
		table_read_model_api(PG_GETARG_UUID_P(0), snapshot, &facts);
	bool		is_known = !PG_ARGISNULL(1) &&
		subject_find_user(text_to_cstring(PG_GETARG_TEXT_PP(1)), SUBJECT_OF_REQUEST, snapshot,
						  &user.user_id);
	InvocationReason reason;
	TransactionId xmin = snapshot->xmin;
	TransactionId xmax = snapshot->xmax;

	if (exists && facts.authorization_mode == AUTHORIZATION_UNRESTRICTED)
		reason = REASON_UNRESTRICTED;
	else if (!is_known)
		reason = REASON_UNKNOWN_SUBJECT;
	else
		reason = judge_user(&user, exists ? &facts : NULL, snapshot);
	UnregisterSnapshot(snapshot);
	return invocation_answer_row(fcinfo, &(InvocationAnswer) {
								 .reason = reason,
								 .user_id = is_known ? &user.user_id : NULL,
								 .model_api_id = uuids_argument(fcinfo, 0),
								 .model_api_exists = exists,
								 .xmin = xmin,
								 .xmax = xmax
								 });
}
