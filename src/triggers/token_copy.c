/*-------------------------------------------------------------------------
 *
 * token_copy.c
 *	  Keeps the rows of secrets as their tokens are: what they copy, and that they go as well.
 *
 * A prediction request finds its secret in token_hashes and needs to know of its token: which
 * model API, which name, whether it still is good.  The secret's row has copies of these
 * columns, so that one index entry is enough.  Nobody can write a copy that differs from the
 * token: whatever is written to the row of a secret, the copies are made anew.
 *
 * So a secret opens a model API without a look at its token's row.  When a token is deleted, its
 * secrets have to go too.  The foreign key deletes them, but not in a session that applies the
 * changes of another server, or pretends to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "../catalog/internal_statements.h"
#include "../catalog/token_read.h"
#include "../compat.h"
#include "row_change.h"

PG_FUNCTION_INFO_V1(modelapi_acl_fill_copies_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_renew_copies_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_forget_secrets_1_1);

static void
set_time(RowChange *change, const char *column, bool is_there, TimestampTz time)
{
	Datum		value = TimestampTzGetDatum(time);

	row_change_set(change, column, is_there ? &value : NULL);
}

/*
 * BEFORE INSERT OR UPDATE on token_hashes, for each row.  A token that is not there yet, in a
 * restore by several jobs, leaves the copies as they are loaded: those of the dump, or none.
 */
Datum
modelapi_acl_fill_copies_1_1(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	const pg_uuid_t *token_id = row_change_uuid(&change, change.new, "token_id");
	TokenFacts	token;
	Datum		value;

	if (!token_id || !token_read_by_id(token_id, SnapshotSelf, &token))
		return PointerGetDatum(change.new);
	value = UUIDPGetDatum(&token.model_api_id);
	row_change_set(&change, "model_api_id", &value);
	value = CStringGetTextDatum(token.name);
	row_change_set(&change, "name", &value);
	set_time(&change, "expires_at", token.expires_at != DT_NOEND, token.expires_at);
	set_time(&change, "revoked_at", token.is_revoked, token.revoked_at);
	set_time(&change, "suspended_at", token.is_suspended, token.suspended_at);
	value = token.metadata ? CStringGetTextDatum(token.metadata) : (Datum) 0;
	row_change_set(&change, "metadata", token.metadata ? &value : NULL);
	return PointerGetDatum(change.new);
}

/* AFTER UPDATE on access_tokens, for each row: an UPDATE of its secrets fills their copies. */
Datum
modelapi_acl_renew_copies_1_1(PG_FUNCTION_ARGS)
{
	/* the latest, whatever the transaction's snapshot shows: a secret may be newer than that */
	static InternalStatement touch_secrets = {.function = "touch_secrets", .sees_latest = true};
	RowChange	change = row_change_from_trigger(fcinfo);
	const pg_uuid_t *id = row_change_uuid(&change, change.new, "id");
	Datum		value = UUIDPGetDatum(id);

	(void) internal_statements_run(&touch_secrets, &value, NULL, NULL, NULL);
	return PointerGetDatum(NULL);
}

/* AFTER DELETE on access_tokens and personal_tokens, for each row */
Datum
modelapi_acl_forget_secrets_1_1(PG_FUNCTION_ARGS)
{
	static InternalStatement forget_all_secrets = {.function = "forget_all_secrets", .sees_latest = true};
	static InternalStatement forget_all_personal_secrets = {.function = "forget_all_personal_secrets",
	.sees_latest = true};
	RowChange	change = row_change_from_trigger(fcinfo);
	bool		is_personal = strcmp(RelationGetRelationName(change.table), "personal_tokens") == 0;
	Datum		value = UUIDPGetDatum(row_change_uuid(&change, change.old, "id"));

	if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		(void) internal_statements_run(is_personal ? &forget_all_personal_secrets : &forget_all_secrets,
									   &value, NULL, NULL, NULL);
	return PointerGetDatum(NULL);
}
