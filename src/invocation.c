/*-------------------------------------------------------------------------
 *
 * invocation.c
 *	  Whether a prediction request may pass.
 *
 * A gateway asks for each request, so this reads a handful of index entries
 * and writes nothing.  It decides from the latest committed state, whatever
 * snapshot the gateway's transaction holds, so that a revocation counts for
 * every request whose decision begins after the commit.  Credentials that
 * are no good are an answer, never an error: an error's text would carry them
 * into the log.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "modelapi_acl.h"

PG_FUNCTION_INFO_V1(modelapi_acl_authorize_header_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_authorize_digest_1_0);

/* The answer's reasons, in the words of the contract */
typedef enum InvocationReason
{
	REASON_UNRESTRICTED,
	REASON_TOKEN,
	REASON_NO_SUCH_MODEL_API,
	REASON_MISSING_CREDENTIALS,
	REASON_WRONG_SCHEME,
	REASON_MALFORMED,
	REASON_USERNAME_PASSWORD_DIFFER,
	REASON_UNKNOWN_TOKEN,
	REASON_TOKEN_OF_OTHER_MODEL_API,
	REASON_TOKEN_EXPIRED,
	REASON_TOKEN_REVOKED
} InvocationReason;

static const struct
{
	const char *name;
	int			status;			/* HTTP */
	bool		token_was_sent; /* of the right scheme, and refused */
	bool		shows_token;	/* token_id and token_name are told */
}			reasons[] =
{
	[REASON_UNRESTRICTED] = {"unrestricted", 200, false, false},
	[REASON_TOKEN] = {"token", 200, false, true},
	[REASON_NO_SUCH_MODEL_API] = {"no_such_model_api", 404, false, false},
	[REASON_MISSING_CREDENTIALS] = {"missing_credentials", 401, false, false},
	[REASON_WRONG_SCHEME] = {"wrong_scheme", 401, false, false},
	[REASON_MALFORMED] = {"malformed", 401, false, false},
	[REASON_USERNAME_PASSWORD_DIFFER] = {"username_password_differ", 401, true, false},
	[REASON_UNKNOWN_TOKEN] = {"unknown_token", 401, true, false},
	[REASON_TOKEN_OF_OTHER_MODEL_API] = {"token_of_other_model_api", 401, true, false},
	[REASON_TOKEN_EXPIRED] = {"token_expired", 401, true, true},
	[REASON_TOKEN_REVOKED] = {"token_revoked", 401, true, true},
};

/* What a request brings: a digest to look for, or why there is none */
typedef struct Credential
{
	InvocationReason reason;	/* REASON_TOKEN: look the digest up */
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
	HeaderVerdict verdict = token_digest_of_header(header ? VARDATA_ANY(header) : NULL,
												   header ? VARSIZE_ANY_EXHDR(header) : 0,
												   scheme, &well_formed, credential->digest);

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

/* Whether a token opens a model API now; token is filled where it exists. */
static InvocationReason
judge_token(const Credential *credential, const pg_uuid_t *model_api_id,
			Snapshot snapshot, TokenFacts *token)
{
	if (!store_token_by_digest(credential->digest, snapshot, token))
		return REASON_UNKNOWN_TOKEN;
	if (memcmp(&token->model_api_id, model_api_id, sizeof(pg_uuid_t)) != 0)
		return REASON_TOKEN_OF_OTHER_MODEL_API;
	if (token->revoked)
		return REASON_TOKEN_REVOKED;
	if (token->expires_at <= GetCurrentTimestamp())
		return REASON_TOKEN_EXPIRED;
	return REASON_TOKEN;
}

/*
 * The challenge of a refusal (RFC 7617 for Basic, RFC 6750 for Bearer), or
 * NULL where none is due.
 */
static const char *
challenge(InvocationReason reason, AuthorizationScheme scheme)
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
 * The function's row type, made once for a backend: it is the same for both
 * forms, and building it takes longer than reading an index.
 */
static TupleDesc
answer_type(FunctionCallInfo fcinfo)
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

/*
 * The row (allowed, status, reason, token_id, token_name, www_authenticate, user_id,
 * token_metadata).  The last two are NULL: no token is a user's own or has metadata.
 */
static Datum
answer(FunctionCallInfo fcinfo, InvocationReason reason,
	   const TokenFacts *token, AuthorizationScheme scheme)
{
	Datum		values[8] = {0};
	bool		nulls[8] = {false, false, false, true, true, true, true, true};
	const char *www_authenticate = challenge(reason, scheme);

	values[0] = BoolGetDatum(reasons[reason].status == 200);
	values[1] = Int32GetDatum(reasons[reason].status);
	values[2] = CStringGetTextDatum(reasons[reason].name);
	if (reasons[reason].shows_token)
	{
		values[3] = UUIDPGetDatum(&token->id);
		values[4] = CStringGetTextDatum(token->name);
		nulls[3] = nulls[4] = false;
	}
	if (www_authenticate)
	{
		values[5] = CStringGetTextDatum(www_authenticate);
		nulls[5] = false;
	}
	return HeapTupleGetDatum(heap_form_tuple(answer_type(fcinfo), values, nulls));
}

/* What both forms do; get_credential differs. */
static Datum
authorize(FunctionCallInfo fcinfo, bool is_digest)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	ModelApiFacts facts;
	TokenFacts	token = {0};
	Credential	credential;
	InvocationReason reason = REASON_NO_SUCH_MODEL_API;
	AuthorizationScheme scheme = SCHEME_BASIC;

	if (!PG_ARGISNULL(0) && store_model_api(PG_GETARG_UUID_P(0), snapshot, &facts))
	{
		scheme = scheme_of(facts.invocation_mode);
		if (facts.authorization_mode == AUTHORIZATION_UNRESTRICTED)
			reason = REASON_UNRESTRICTED;
		else
		{
			if (is_digest)
				credential_from_digest(PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1),
									   PG_ARGISNULL(2) ? NULL : PG_GETARG_BYTEA_PP(2),
									   scheme, &credential);
			else
				credential_from_header(PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1),
									   scheme, &credential);
			reason = credential.reason;
			if (reason == REASON_TOKEN)
				reason = judge_token(&credential, &facts.id, snapshot, &token);
		}
	}
	UnregisterSnapshot(snapshot);
	return answer(fcinfo, reason, &token, scheme);
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
