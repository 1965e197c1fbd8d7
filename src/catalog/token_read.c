/*-------------------------------------------------------------------------
 *
 * token_read.c
 *	  Reads access tokens and the digests of their secrets.
 *
 * A prediction request sends a secret.  The row of its digest, in token_hashes, has copies of
 * what the decision needs to know of the token, and the index on the digest includes them.
 * src/triggers/token_copy.c keeps the copies current.  A row without them, from a dump of a
 * version that had none, is as good, but leads to the token's own row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "token_read.h"
#include "index_read.h"
#include "../compat.h"
#include "../terms.h"

/* A time, and whether there is one. */
static TimestampTz
read_time(IndexRead *scan, AttrNumber column, bool *is_set)
{
	bool		isnull;
	Datum		value = index_read_value(scan, column, &isnull);

	*is_set = !isnull;
	return isnull ? 0 : DatumGetTimestampTz(value);
}

void
token_read_state(IndexRead *scan, AttrNumber expires_at, TokenFacts *facts)
{
	bool		expires;

	facts->expires_at = read_time(scan, expires_at, &expires);
	if (!expires)
		facts->expires_at = DT_NOEND;
	facts->revoked_at = read_time(scan, (AttrNumber) (expires_at + 1), &facts->is_revoked);
	facts->suspended_at = read_time(scan, (AttrNumber) (expires_at + 2), &facts->is_suspended);
}

char *
token_read_metadata(IndexRead *scan, AttrNumber column)
{
	bool		isnull;
	Datum		value = index_read_value(scan, column, &isnull);
	Jsonb	   *object;

	if (isnull)
		return NULL;
	object = DatumGetJsonbP(value);
	return JsonbToCString(NULL, &object->root, VARSIZE(object));
}

void
token_read_key(ScanKey key, DigestKey *space, const uint8 digest[TOKEN_DIGEST_LENGTH])
{
	SET_VARSIZE(space, sizeof(*space));
	memcpy(VARDATA(space), digest, TOKEN_DIGEST_LENGTH);
	ScanKeyInit(key, 1, BTEqualStrategyNumber, F_BYTEAEQ, PointerGetDatum(space));
}

/*
 * Fills what both tables have.  offset: by how much the positions of the columns in the read
 * are higher than in INDEX_TOKENS.
 */
static void
read_columns(IndexRead *scan, int offset, TokenFacts *facts)
{
	token_read_state(scan, (AttrNumber) (TOKENS_EXPIRES_AT + offset), facts);
	facts->model_api_id = *DatumGetUUIDP(index_read_required(scan, (AttrNumber) (TOKENS_MODEL_API_ID + offset)));
	facts->name = TextDatumGetCString(index_read_required(scan, (AttrNumber) (TOKENS_NAME + offset)));
}

bool
token_read_by_id(const pg_uuid_t *id, Snapshot snapshot, TokenFacts *facts)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found;

	memset(facts, 0, sizeof(*facts));
	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, INDEX_TOKENS, snapshot, 1, &key);
	found = index_read_next(&scan);
	if (found)
	{
		facts->id = *id;
		facts->metadata = token_read_metadata(&scan, TOKENS_METADATA);
		read_columns(&scan, 0, facts);
	}
	index_read_end(&scan);
	return found;
}

/* What a secret's own row has; false if it lacks the copies. */
static bool
read_secret(IndexRead *scan, TokenFacts *facts)
{
	bool		isnull;
	Datum		value;

	facts->id = *DatumGetUUIDP(index_read_required(scan, HASHES_TOKEN_ID));
	facts->former_until = read_time(scan, HASHES_VALID_UNTIL, &facts->is_former);
	(void) index_read_value(scan, TOKENS_MODEL_API_ID + HASHES_COPIES, &isnull);
	if (isnull)
		return false;
	read_columns(scan, HASHES_COPIES, facts);
	value = index_read_value(scan, TOKENS_METADATA + HASHES_COPIES, &isnull);
	if (!isnull)
		facts->metadata = TextDatumGetCString(value);
	return true;
}

bool
token_read_by_digest(const uint8 digest[TOKEN_DIGEST_LENGTH], Snapshot snapshot, TokenFacts *facts)
{
	IndexRead	scan;
	ScanKeyData key;
	DigestKey	hash;
	TokenFacts	secret = {0};
	bool		found;
	bool		has_copies = false;

	token_read_key(&key, &hash, digest);
	index_read_begin(&scan, INDEX_TOKEN_HASHES, snapshot, 1, &key);
	found = index_read_next(&scan);
	if (found)
		has_copies = read_secret(&scan, &secret);
	index_read_end(&scan);
	if (found && !has_copies)
	{
		found = token_read_by_id(&secret.id, snapshot, facts);
		facts->is_former = secret.is_former;
		facts->former_until = secret.former_until;
	}
	else
		*facts = secret;
	return found;
}
