/*-------------------------------------------------------------------------
 *
 * personal_token_read.c
 *	  Reads personal tokens, the digests of their secrets and their model APIs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "index_read.h"
#include "object_ids.h"
#include "personal_token_read.h"
#include "../compat.h"

/* Whether this installation has personal tokens. */
static bool
has_personal_tokens(void)
{
	return object_ids_has_table(TABLE_PERSONAL_TOKENS);
}

bool
personal_token_read_holder(const pg_uuid_t *id, Snapshot snapshot, pg_uuid_t *user_id)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found;

	if (!has_personal_tokens())
		return false;
	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, INDEX_PERSONAL_TOKENS, snapshot, 1, &key);
	index_read_uncounted(&scan);
	index_read_hide_locks(&scan, snapshot); /* they would reveal which token a hidden row is of */
	found = index_read_next(&scan);
	if (found)
		*user_id = *DatumGetUUIDP(index_read_required(&scan, PERSONAL_TOKENS_USER_ID));
	index_read_end(&scan);
	return found;
}

bool
personal_token_read_by_id(const pg_uuid_t *id, Snapshot snapshot, PersonalTokenFacts *facts)
{
	TokenFacts *token = &facts->token;
	IndexRead	scan;
	ScanKeyData key;
	bool		found;

	memset(facts, 0, sizeof(*facts));
	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, INDEX_PERSONAL_TOKENS, snapshot, 1, &key);
	found = index_read_next(&scan);
	if (found)
	{
		token->id = *id;
		token->name = TextDatumGetCString(index_read_required(&scan, PERSONAL_TOKENS_NAME));
		token->metadata = token_read_metadata(&scan, PERSONAL_TOKENS_METADATA);
		token_read_state(&scan, PERSONAL_TOKENS_EXPIRES_AT, token);
		facts->user_id = *DatumGetUUIDP(index_read_required(&scan, PERSONAL_TOKENS_USER_ID));
		facts->is_limited = DatumGetBool(index_read_required(&scan, PERSONAL_TOKENS_IS_LIMITED));
	}
	index_read_end(&scan);
	return found;
}

bool
personal_token_read_by_digest(const uint8 digest[TOKEN_DIGEST_LENGTH], Snapshot snapshot,
							  PersonalTokenFacts *facts)
{
	IndexRead	scan;
	ScanKeyData key;
	DigestKey	hash;
	pg_uuid_t	id;
	TimestampTz valid_until = 0;
	bool		is_current = true;
	bool		found;

	if (!has_personal_tokens())
		return false;
	token_read_key(&key, &hash, digest);
	index_read_begin(&scan, INDEX_PERSONAL_TOKEN_HASHES, snapshot, 1, &key);
	found = index_read_next(&scan);
	if (found)
	{
		id = *DatumGetUUIDP(index_read_required(&scan, PERSONAL_TOKEN_HASHES_TOKEN_ID));
		valid_until = DatumGetTimestampTz(index_read_value(&scan, PERSONAL_TOKEN_HASHES_VALID_UNTIL, &is_current));
	}
	index_read_end(&scan);
	if (!found || !personal_token_read_by_id(&id, snapshot, facts))
		return false;
	facts->token.is_former = !is_current;
	facts->token.former_until = is_current ? 0 : valid_until;
	return true;
}

bool
personal_token_read_lists(const pg_uuid_t *id, const pg_uuid_t *model_api_id, Snapshot snapshot)
{
	IndexRead	scan;
	ScanKeyData keys[2];
	bool		found;

	index_read_key_uuid(&keys[0], 1, id);
	index_read_key_uuid(&keys[1], 2, model_api_id);
	index_read_begin(&scan, INDEX_PERSONAL_TOKEN_MODEL_APIS, snapshot, 2, keys);
	found = index_read_next(&scan);
	index_read_end(&scan);
	return found;
}

void
personal_token_read_each_model_api(const pg_uuid_t *id, Snapshot snapshot,
								   PersonalTokenConsumer consume, void *arg)
{
	IndexRead	scan;
	ScanKeyData key;

	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, INDEX_PERSONAL_TOKEN_MODEL_APIS, snapshot, 1, &key);
	while (index_read_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		consume(DatumGetUUIDP(index_read_required(&scan, PERSONAL_TOKEN_MODEL_APIS_MODEL_API_ID)), arg);
	}
	index_read_end(&scan);
}
