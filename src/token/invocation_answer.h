/*-------------------------------------------------------------------------
 *
 * invocation_answer.h
 *	  The answer to a gateway: the reasons, their HTTP status, the row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_INVOCATION_ANSWER_H
#define MODELAPI_ACL_INVOCATION_ANSWER_H

#include "fmgr.h"
#include "utils/uuid.h"

#include "../catalog/token_read.h"
#include "authorization_header.h"

/* The values of the result column "reason" */
typedef enum InvocationReason
{
	REASON_UNRESTRICTED,
	REASON_TOKEN,
	REASON_IDENTITY,
	REASON_NO_SUCH_MODEL_API,
	REASON_MISSING_CREDENTIALS,
	REASON_WRONG_SCHEME,
	REASON_MALFORMED,
	REASON_USERNAME_PASSWORD_DIFFER,
	REASON_UNKNOWN_TOKEN,
	REASON_TOKEN_OF_OTHER_MODEL_API,
	REASON_TOKEN_REVOKED,
	REASON_TOKEN_SUPERSEDED,
	REASON_TOKEN_SUSPENDED,
	REASON_TOKEN_EXPIRED,
	REASON_UNKNOWN_SUBJECT,
	REASON_PERMISSION_DENIED
} InvocationReason;

/* What the row is made of.  Pointers may be NULL; token counts for some reasons only. */
typedef struct InvocationAnswer
{
	InvocationReason reason;
	const TokenFacts *token;
	const pg_uuid_t *holder;	/* of a personal token */
	const pg_uuid_t *user_id;
	const char *challenge;
	const pg_uuid_t *model_api_id;	/* as asked for */
	bool		model_api_exists;
	TransactionId xmin;			/* of the snapshot that decided */
	TransactionId xmax;
} InvocationAnswer;

/*
 * invocation_answer_challenge: the challenge for status 401 (RFC 7617 for Basic, RFC 6750 for
 * Bearer), else NULL.  scheme: the one that the model API's invocation mode asks for.
 */
extern const char *invocation_answer_challenge(InvocationReason reason, AuthorizationScheme scheme);

/*
 * invocation_answer_row: counts and logs the decision, and returns the row (allowed, status,
 * reason, token_id, token_name, www_authenticate, user_id, token_metadata) in the current memory
 * context.  token_metadata is NULL unless a token with metadata was accepted.
 */
extern Datum invocation_answer_row(FunctionCallInfo fcinfo, const InvocationAnswer *answer);

#endif							/* MODELAPI_ACL_INVOCATION_ANSWER_H */
