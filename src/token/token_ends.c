/*-------------------------------------------------------------------------
 *
 * token_ends.c
 *	  Ends tokens by a secret that has leaked, and all that a user knows the secrets of.
 *
 * A gateway, or a scanner behind it, reports a secret that it has found.  Whoever knows the
 * secret may end it, so no permission is asked for, and the answer tells nothing.  One event
 * is written, whatever was found: token.revoked where the report revokes a token, else
 * token.leak_reported.
 *
 * Where somebody else was shown the current secret, a user knows the former one at most, which
 * ends alone: token.overlap_ended.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "../access/errors.h"
#include "../audit/audit_event.h"
#include "../audit/token_event.h"
#include "../catalog/object_ids.h"
#include "../catalog/personal_token_read.h"
#include "../catalog/table_read.h"
#include "../catalog/token_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../sql_api/preconditions.h"
#include "../sql_api/principals.h"
#include "../terms.h"
#include "../triggers/write_check.h"
#include "../values/arrays.h"
#include "../values/uuids.h"
#include "../values/validate.h"
#include "token.h"
#include "token_row.h"

PG_FUNCTION_INFO_V1(modelapi_acl_revoke_leaked_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_revoke_leaked_digest_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_revoke_tokens_of_1_1);

/* ----------
 * A secret that has leaked
 * ----------
 */

/* A secret that was found, and its token */
typedef struct LeakedSecret
{
	TokenFacts	token;
	bool		is_personal;
} LeakedSecret;

/* The secret with a digest, by the latest state; false if there is none. */
static bool
find_secret(const uint8 *digest, LeakedSecret *secret)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	PersonalTokenFacts personal;
	bool		found = token_read_by_digest(digest, snapshot, &secret->token);

	secret->is_personal = !found && personal_token_read_by_digest(digest, snapshot, &personal);
	if (secret->is_personal)
		secret->token = personal.token;
	UnregisterSnapshot(snapshot);
	return found || secret->is_personal;
}

/* When the overlap of a former secret was ended, for an event; 0 for NULL: it was not. */
static Datum
ended_overlap(const TimestampTz *ended_at)
{
	return ended_at ? token_event_former(*ended_at) : (Datum) 0;
}

static void
write_personal_event(const char *action, const pg_uuid_t *token_id, bool affects_access, const TimestampTz *ended_at)
{
	AuditEvent	event = {.action = action, .object_type = "personal_token", .object_id = token_id,
	.affects_access = affects_access, .new = ended_overlap(ended_at)};

	audit_event_write(&event);
}

/* model_api_id: the token's */
static void
write_event(const char *action, const pg_uuid_t *token_id, const pg_uuid_t *model_api_id, bool affects_access,
			const TimestampTz *ended_at)
{
	AuditEvent	event = {.action = action, .object_type = "token", .object_id = token_id,
	.model_api_id = model_api_id, .affects_access = affects_access, .new = ended_overlap(ended_at)};
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	ModelApiFacts facts;

	if (table_read_model_api(model_api_id, snapshot, &facts))
		event.project_id = &facts.project_id;
	UnregisterSnapshot(snapshot);
	audit_event_write(&event);
}

/*
 * Records a report that revoked nothing; secret is NULL if none was found.  ended_at is when the
 * report ended its overlap, NULL if it did not.
 */
static void
record_report(const LeakedSecret *secret, const TimestampTz *ended_at)
{
	AuditEvent	of_nothing = {.action = "token.leak_reported", .object_type = "token"};

	if (!secret)
		audit_event_write(&of_nothing);
	else if (secret->is_personal)
		write_personal_event("personal_token.leak_reported", &secret->token.id, secret->token.is_former, ended_at);
	else
		write_event("token.leak_reported", &secret->token.id, &secret->token.model_api_id,
					secret->token.is_former, ended_at);
}

/* What ends a secret, for the model APIs' tokens and for personal ones */
static struct
{
	InternalStatement lock;
	InternalStatement end;
	InternalStatement end_overlap;
}			kinds[] =
{
	{
		{.function = "lock_access_token", .sees_latest = true},
		{.function = "end_token", .sees_latest = true},
		{.function = "end_overlap", .sees_latest = true}
	},
	{
		{.function = "lock_personal_token", .sees_latest = true},
		{.function = "end_personal_token", .sees_latest = true},
		{.function = "end_personal_overlap", .sees_latest = true}
	}
};

/* Ends the secret with a digest, if there is one.  Its token's row is locked first. */
static void
end_secret(void *arg)
{
	const uint8 *digest = (const uint8 *) arg;
	const pg_uuid_t *actor = identity_actor();
	LeakedSecret secret;
	Datum		values[2];
	bool		nulls[2] = {false, actor == NULL};
	TimestampTz ended_at;
	int			kind;

	if (!digest || !find_secret(digest, &secret))
	{
		record_report(NULL, NULL);
		return;
	}
	kind = secret.is_personal ? 1 : 0;
	values[0] = UUIDPGetDatum(uuids_copy(&secret.token.id));
	values[1] = UUIDPGetDatum(actor);
	(void) token_row_run(&kinds[kind].lock, values, NULL);
	if (!find_secret(digest, &secret))
		record_report(NULL, NULL);
	else if (!secret.token.is_revoked && !secret.token.is_former)
		(void) internal_statements_run(&kinds[kind].end, values, nulls, NULL, NULL);
	else
	{
		TokenRow	row = {0};

		if (secret.token.is_former)
			row = token_row_run(&kinds[kind].end_overlap, values, NULL);
		ended_at = row.found ? DatumGetTimestampTz(row.values[0]) : 0;
		record_report(&secret, row.found ? &ended_at : NULL);
	}
}

static void
require_no_maintenance(void)
{
	if (InSecurityRestrictedOperation())
		errors_raise_not_administrator(false);
	object_ids_require_privileged_owner();
}

/* revoke_leaked_token(token text) → void */
Datum
modelapi_acl_revoke_leaked_token_1_1(PG_FUNCTION_ARGS)
{
	uint8		digest[TOKEN_DIGEST_LENGTH];

	require_no_maintenance();
	if (!PG_ARGISNULL(0))
		token_digest_from_text(PG_GETARG_TEXT_PP(0), digest);
	write_check_call_unchecked(end_secret, PG_ARGISNULL(0) ? NULL : digest);
	PG_RETURN_VOID();
}

/* revoke_leaked_digest(token_digest bytea) → void */
Datum
modelapi_acl_revoke_leaked_digest_1_1(PG_FUNCTION_ARGS)
{
	bytea	   *digest = PG_ARGISNULL(0) ? NULL : PG_GETARG_BYTEA_PP(0);

	preconditions_require_administrator();
	if (digest && VARSIZE_ANY_EXHDR(digest) != TOKEN_DIGEST_LENGTH)
		digest = NULL;
	write_check_call_unchecked(end_secret, digest ? VARDATA_ANY(digest) : NULL);
	PG_RETURN_VOID();
}

/* ----------
 * All that a user holds, made or was shown the secret of
 * ----------
 */

typedef struct UserTokens
{
	Datum		values[2];
	bool		nulls[2];
	uint64		ended;
} UserTokens;

/* A former secret whose overlap was ended */
typedef struct EndedOverlap
{
	pg_uuid_t	token_id;
	TimestampTz ended_at;
} EndedOverlap;

typedef struct EndedOverlaps
{
	MemoryContext memory;
	EndedOverlap *overlaps;
	int			count;
	int			room;
} EndedOverlaps;

static void
add_overlap(TupleTableSlot *slot, void *arg)
{
	EndedOverlaps *found = (EndedOverlaps *) arg;
	MemoryContext old = MemoryContextSwitchTo(found->memory);
	EndedOverlap *overlap;
	bool		isnull;

	found->overlaps = arrays_make_room(found->overlaps, found->count, &found->room, sizeof(EndedOverlap));
	overlap = &found->overlaps[found->count++];
	overlap->token_id = *DatumGetUUIDP(slot_getattr(slot, 1, &isnull));
	overlap->ended_at = DatumGetTimestampTz(slot_getattr(slot, 2, &isnull));
	MemoryContextSwitchTo(old);
}

/* Ends the former secrets that a user was shown, of one kind of tokens. */
static EndedOverlaps
end_overlaps(InternalStatement *statement, const UserTokens *tokens)
{
	EndedOverlaps found = {.memory = CurrentMemoryContext};

	(void) internal_statements_run(statement, tokens->values, NULL, add_overlap, &found);
	return found;
}

/*
 * Whoever regenerates a token meanwhile holds its row.  Once the statements that revoke have
 * waited for it, the others see its former secret.
 */
static void
end_tokens(void *arg)
{
	static InternalStatement end_tokens_of = {.function = "end_tokens_of", .sees_latest = true};
	static InternalStatement end_personal_tokens_of = {.function = "end_personal_tokens_of", .sees_latest = true};
	static InternalStatement end_overlaps_of = {.function = "end_overlaps_of", .sees_latest = true};
	static InternalStatement end_personal_overlaps_of = {.function = "end_personal_overlaps_of", .sees_latest = true};
	UserTokens *tokens = (UserTokens *) arg;
	EndedOverlaps found;
	TokenFacts	token;

	tokens->ended = internal_statements_run(&end_tokens_of, tokens->values, tokens->nulls, NULL, NULL) +
		internal_statements_run(&end_personal_tokens_of, tokens->values, tokens->nulls, NULL, NULL);
	found = end_overlaps(&end_overlaps_of, tokens);
	for (int i = 0; i < found.count; i++)
		if (token_read_by_id(&found.overlaps[i].token_id, SnapshotSelf, &token))
			write_event("token.overlap_ended", &token.id, &token.model_api_id, true, &found.overlaps[i].ended_at);
	tokens->ended += found.count;
	found = end_overlaps(&end_personal_overlaps_of, tokens);
	for (int i = 0; i < found.count; i++)
		write_personal_event("personal_token.overlap_ended", &found.overlaps[i].token_id, true,
							 &found.overlaps[i].ended_at);
	tokens->ended += found.count;
}

/* revoke_tokens_of(who text) → bigint */
Datum
modelapi_acl_revoke_tokens_of_1_1(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *actor;
	pg_uuid_t	user_id;
	UserTokens	tokens = {0};

	preconditions_require_administrator();
	validate_not_null("user", PG_ARGISNULL(0));
	user_id = principals_require_user(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	actor = identity_actor();
	tokens.values[0] = UUIDPGetDatum(&user_id);
	tokens.values[1] = UUIDPGetDatum(actor);
	tokens.nulls[1] = actor == NULL;
	write_check_call_unchecked(end_tokens, &tokens);
	PG_RETURN_INT64((int64) tokens.ended);
}
