/*-------------------------------------------------------------------------
 *
 * authorize_invocation.c
 *	  Decides whether a prediction request may pass.
 *
 * A gateway calls this for each request, so it reads a few index entries and
 * writes nothing.  It uses the latest snapshot, not the transaction's, so that
 * a revocation affects every decision that begins after its commit.  Invalid
 * credentials give a result, never an error: an error message would carry them
 * into the log.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "../catalog/table_read.h"
#include "../catalog/token_read.h"
#include "../compat.h"
#include "../terms.h"
#include "authorization_header.h"
#include "invocation_answer.h"
#include "personal_token_judge.h"
#include "token.h"
#include "token_state.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_authorize_header_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_authorize_digest_1_0);

/* A request's credential: a digest, or the reason why there is none */
typedef struct Credential
{
	InvocationReason reason;	/* REASON_TOKEN: look the digest up */
	bool		looks_personal; /* among personal tokens first */
	uint8		digest[TOKEN_DIGEST_LENGTH];
} Credential;

static AuthorizationScheme
scheme_of(InvocationMode mode)
{
	return mode == INVOCATION_SYNC ? SCHEME_BASIC : SCHEME_BEARER;
}

static void
credential_from_header(text *header, AuthorizationScheme scheme, Credential *credential)
{
	bool		well_formed = false;
	HeaderVerdict verdict = token_digest_from_header(header ? VARDATA_ANY(header) : NULL,
													 header ? VARSIZE_ANY_EXHDR(header) : 0,
													 scheme, &well_formed, &credential->looks_personal,
													 credential->digest);

	switch (verdict)
	{
		case HEADER_MISSING:
			credential->reason = REASON_MISSING_CREDENTIALS;
			break;
		case HEADER_MALFORMED:
			credential->reason = REASON_MALFORMED;
			break;
		case HEADER_WRONG_SCHEME:
			credential->reason = REASON_WRONG_SCHEME;
			break;
		case HEADER_HALVES_DIFFER:
			credential->reason = REASON_USERNAME_PASSWORD_DIFFER;
			break;
		case HEADER_CREDENTIAL:
			credential->reason = well_formed ? REASON_TOKEN : REASON_UNKNOWN_TOKEN;
			break;
	}
}

static void
credential_from_digest(text *sent_scheme, bytea *digest, AuthorizationScheme scheme,
					   Credential *credential)
{
	const char *expected = scheme == SCHEME_BASIC ? "basic" : "bearer";

	if (sent_scheme == NULL || digest == NULL)
		credential->reason = REASON_MISSING_CREDENTIALS;
	else if (VARSIZE_ANY_EXHDR(sent_scheme) != strlen(expected) ||
			 pg_strncasecmp(VARDATA_ANY(sent_scheme), expected, strlen(expected)) != 0)
		credential->reason = REASON_WRONG_SCHEME;
	else if (VARSIZE_ANY_EXHDR(digest) != TOKEN_DIGEST_LENGTH)
		credential->reason = REASON_MALFORMED;
	else
	{
		memcpy(credential->digest, VARDATA_ANY(digest), TOKEN_DIGEST_LENGTH);
		credential->reason = REASON_TOKEN;
	}
}

/* Whether there is a token of a model API with the digest.  If so, judges it. */
static bool
judge_own(const Credential *credential, const ModelApiFacts *model_api, Snapshot snapshot,
		  TokenFacts *token, InvocationAnswer *answer)
{
	if (!token_read_by_digest(credential->digest, snapshot, token))
		return false;
	answer->reason = uuids_equal(&token->model_api_id, &model_api->id) ?
		token_state_judge(token, GetCurrentTimestamp()) : REASON_TOKEN_OF_OTHER_MODEL_API;
	return true;
}

/* The same for a personal token. */
static bool
judge_personal(const Credential *credential, const ModelApiFacts *model_api, Snapshot snapshot,
			   PersonalTokenFacts *secret, InvocationAnswer *answer)
{
	if (!personal_token_read_by_digest(credential->digest, snapshot, secret))
		return false;
	answer->holder = &secret->user_id;
	answer->reason = personal_token_judge(secret, model_api, snapshot);
	if (answer->reason != REASON_TOKEN_OF_OTHER_MODEL_API)
		answer->user_id = &secret->user_id;
	return true;
}

/*
 * Whether a secret opens a model API now.  Fills the answer's token if there is such a secret,
 * and its holder if it is a personal one.  It is looked for first where it most likely is: a
 * digest is in one of both tables (token_import.c).
 */
static void
judge_secret(const Credential *credential, const ModelApiFacts *model_api, Snapshot snapshot,
			 PersonalTokenFacts *secret, InvocationAnswer *answer)
{
	bool		personal_first = credential->looks_personal;

	answer->token = &secret->token;
	if ((personal_first && judge_personal(credential, model_api, snapshot, secret, answer)) ||
		judge_own(credential, model_api, snapshot, &secret->token, answer) ||
		(!personal_first && judge_personal(credential, model_api, snapshot, secret, answer)))
		return;
	answer->reason = REASON_UNKNOWN_TOKEN;
}

/* Both functions; they differ in where the credential comes from. */
static Datum
authorize(FunctionCallInfo fcinfo, bool is_digest)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	ModelApiFacts facts;
	PersonalTokenFacts secret;
	Credential	credential = {0};
	InvocationAnswer answer = {.reason = REASON_NO_SUCH_MODEL_API};
	AuthorizationScheme scheme = SCHEME_BASIC;
	TransactionId xmin = snapshot->xmin;
	TransactionId xmax = snapshot->xmax;

	if (!PG_ARGISNULL(0) && table_read_model_api(PG_GETARG_UUID_P(0), snapshot, &facts))
	{
		scheme = scheme_of(facts.invocation_mode);
		if (facts.authorization_mode == AUTHORIZATION_UNRESTRICTED)
			answer.reason = REASON_UNRESTRICTED;
		else
		{
			if (is_digest)
				credential_from_digest(PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1),
									   PG_ARGISNULL(2) ? NULL : PG_GETARG_BYTEA_PP(2),
									   scheme, &credential);
			else
				credential_from_header(PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1),
									   scheme, &credential);
			answer.reason = credential.reason;
			if (answer.reason == REASON_TOKEN)
				judge_secret(&credential, &facts, snapshot, &secret, &answer);
		}
	}
	UnregisterSnapshot(snapshot);
	answer.challenge = invocation_answer_challenge(answer.reason, scheme);
	answer.model_api_id = uuids_argument(fcinfo, 0);
	answer.model_api_exists = answer.reason != REASON_NO_SUCH_MODEL_API;
	answer.xmin = xmin;
	answer.xmax = xmax;
	return invocation_answer_row(fcinfo, &answer);
}

/* modelapi_acl.authorize_invocation(model_api_id uuid, authorization_header text) */
Datum
modelapi_acl_authorize_header_1_0(PG_FUNCTION_ARGS)
{
	return authorize(fcinfo, false);
}

/* modelapi_acl.authorize_invocation(model_api_id uuid, scheme text, token_digest bytea) */
Datum
modelapi_acl_authorize_digest_1_0(PG_FUNCTION_ARGS)
{
	return authorize(fcinfo, true);
}
