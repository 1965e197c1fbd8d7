/*-------------------------------------------------------------------------
 *
 * counters.c
 *	  Counts requests in shared memory, and reads what was counted.
 *
 * An entry is claimed by an atomic change of its state, and then its key is written.  Who
 * comes meanwhile passes over it, so two entries may have the same key.  That does no harm:
 * who reads adds up all entries with the key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/timestamp.h"

#include "counters.h"
#include "../compat.h"
#include "../values/uuids.h"

/* An entry is at most this far from the place that its hash says */
#define PROBES_MAX 128

#define WRITERS_WAIT_MS 1000

/* ----------
 * Entries
 * ----------
 */

static bool
claim(pg_atomic_uint32 *state, uint32 *found)
{
	*found = pg_atomic_read_u32(state);
	if (*found == ENTRY_FREE && pg_atomic_compare_exchange_u32(state, found, ENTRY_CLAIMED))
		return true;
	pg_read_barrier();			/* the key comes after the state */
	return false;
}

static void
publish(pg_atomic_uint32 *state)
{
	pg_write_barrier();
	pg_atomic_write_u32(state, ENTRY_READY);
}

/* The entry of a token, claimed if there is none; NULL if there is no room. */
static CountedToken *
find_token(UsageSegment *segment, int buffer, const UsageRecord *record)
{
	CountedToken *tokens = segment_tokens(segment, buffer);
	uint32		hash = uuids_hash(record->token_id);
	uint32		state;

	for (uint32 i = 0; i < PROBES_MAX; i++)
	{
		CountedToken *token = &tokens[(hash + i) % segment->entries];

		if (claim(&token->state, &state))
		{
			token->token_id = *record->token_id;
			token->owner_id = *record->owner_id;
			token->is_personal = record->is_personal;
			publish(&token->state);
			pg_atomic_fetch_add_u32(&segment->buffers[buffer].tokens, 1);
			return token;
		}
		if (state == ENTRY_READY && uuids_equal(&token->token_id, record->token_id))
			return token;
	}
	return NULL;
}

static uint32
hash_of_hour(const HourKey *key)
{
	return hash_bytes((const unsigned char *) key, sizeof(HourKey));
}

static CountedHour *
find_hour(UsageSegment *segment, int buffer, const HourKey *key)
{
	CountedHour *hours = segment_hours(segment, buffer);
	uint32		hash = hash_of_hour(key);
	uint32		state;

	for (uint32 i = 0; i < PROBES_MAX; i++)
	{
		CountedHour *hour = &hours[(hash + i) % segment->entries];

		if (claim(&hour->state, &state))
		{
			hour->key = *key;
			publish(&hour->state);
			pg_atomic_fetch_add_u32(&segment->buffers[buffer].hours, 1);
			return hour;
		}
		if (state == ENTRY_READY && memcmp(&hour->key, key, sizeof(HourKey)) == 0)
			return hour;
	}
	return NULL;
}

/* ----------
 * Counting
 * ----------
 */

/* The buffer in which to count, which the worker does not clear before leave(). */
static int
enter(UsageSegment *segment)
{
	for (;;)
	{
		int			buffer = (int) pg_atomic_read_u32(&segment->active);

		pg_atomic_fetch_add_u32(&segment->buffers[buffer].writers, 1);
		if (pg_atomic_read_u32(&segment->active) == buffer)
			return buffer;
		/* the worker has just replaced it, which it does rarely */
		pg_atomic_fetch_sub_u32(&segment->buffers[buffer].writers, 1);
	}
}

static void
leave(UsageSegment *segment, int buffer)
{
	pg_atomic_fetch_sub_u32(&segment->buffers[buffer].writers, 1);
}

/* Raises a time; it never goes back. */
static void
raise_time(pg_atomic_uint64 *variable, TimestampTz now)
{
	uint64		found = pg_atomic_read_u64(variable);

	while ((TimestampTz) found < now &&
		   !pg_atomic_compare_exchange_u64(variable, &found, (uint64) now))
		;
}

/* After the counts: the worker resets it before it reads them. */
static void
mark_changed(pg_atomic_uint32 *is_changed)
{
	pg_memory_barrier();
	if (pg_atomic_read_u32(is_changed) == 0)
		pg_atomic_write_u32(is_changed, 1);
}

static void
count_token(CountedToken *token, const UsageRecord *record, TimestampTz now)
{
	if (record->allowed)
	{
		raise_time(&token->last_used_at, now);
		pg_atomic_fetch_add_u64(&token->allowed, 1);
		if (record->by_old_secret)
			pg_atomic_fetch_add_u64(&token->by_old_secret, 1);
	}
	else
	{
		raise_time(&token->last_refused_at, now);
		pg_atomic_fetch_add_u64(&token->refused, 1);
	}
	mark_changed(&token->is_changed);
}

static void
fill_key(HourKey *key, const UsageRecord *record, TimestampTz now)
{
	TimestampTz hour = now / USECS_PER_HOUR;

	memset(key, 0, sizeof(HourKey));
	if (record->model_api_exists)
		key->model_api_id = *record->model_api_id;
	key->hour = (int32) (now % USECS_PER_HOUR < 0 ? hour - 1 : hour);
	strlcpy(key->reason, record->reason, REASON_LENGTH);
}

bool
counters_count(UsageSegment *segment, const UsageRecord *record, TimestampTz now)
{
	int			buffer = enter(segment);
	CountBuffer *counts = &segment->buffers[buffer];
	uint32		half = segment->entries / 2;
	bool		was_less = pg_atomic_read_u32(&counts->tokens) < half &&
		pg_atomic_read_u32(&counts->hours) < half;
	HourKey		key;
	CountedHour *hour;
	bool		is_half_full;

	fill_key(&key, record, now);
	hour = find_hour(segment, buffer, &key);
	if (hour)
	{
		pg_atomic_fetch_add_u64(&hour->requests, 1);
		mark_changed(&hour->is_changed);
	}
	else
		pg_atomic_fetch_add_u64(&segment->dropped, 1);
	if (record->token_id)
	{
		CountedToken *token = find_token(segment, buffer, record);

		if (token)
			count_token(token, record, now);
		else if (hour)
			pg_atomic_fetch_add_u64(&segment->dropped, 1);
	}
	is_half_full = pg_atomic_read_u32(&counts->tokens) >= half ||
		pg_atomic_read_u32(&counts->hours) >= half;
	leave(segment, buffer);
	if (pg_atomic_read_u32(&segment->is_touched) == 0)
		pg_atomic_write_u32(&segment->is_touched, 1);
	return was_less && is_half_full;
}

/* ----------
 * Reading
 * ----------
 */

CountedToken *
counters_add_token(UsageSegment *segment, int buffer, const pg_uuid_t *token_id, TokenCounts *counts)
{
	CountedToken *tokens = segment_tokens(segment, buffer);
	uint32		hash = uuids_hash(token_id);
	CountedToken *found = NULL;

	for (uint32 i = 0; i < PROBES_MAX; i++)
	{
		CountedToken *token = &tokens[(hash + i) % segment->entries];
		uint32		state = pg_atomic_read_u32(&token->state);

		if (state == ENTRY_FREE)
			break;
		pg_read_barrier();
		if (state != ENTRY_READY || !uuids_equal(&token->token_id, token_id))
			continue;
		found = token;
		counts->last_used_at = Max(counts->last_used_at,
								   (TimestampTz) pg_atomic_read_u64(&token->last_used_at));
		counts->last_refused_at = Max(counts->last_refused_at,
									  (TimestampTz) pg_atomic_read_u64(&token->last_refused_at));
		counts->allowed += pg_atomic_read_u64(&token->allowed);
		counts->refused += pg_atomic_read_u64(&token->refused);
		counts->by_old_secret += pg_atomic_read_u64(&token->by_old_secret);
	}
	return found;
}

uint64
counters_of_hour(UsageSegment *segment, int buffer, const HourKey *key)
{
	CountedHour *hours = segment_hours(segment, buffer);
	uint32		hash = hash_of_hour(key);
	uint64		requests = 0;

	for (uint32 i = 0; i < PROBES_MAX; i++)
	{
		CountedHour *hour = &hours[(hash + i) % segment->entries];
		uint32		state = pg_atomic_read_u32(&hour->state);

		if (state == ENTRY_FREE)
			break;
		pg_read_barrier();
		if (state == ENTRY_READY && memcmp(&hour->key, key, sizeof(HourKey)) == 0)
			requests += pg_atomic_read_u64(&hour->requests);
	}
	return requests;
}

bool
counters_is_live(UsageSegment *segment, uint64 generation)
{
	return generation != 0 &&
		(generation == pg_atomic_read_u64(&segment->buffers[0].generation) ||
		 generation == pg_atomic_read_u64(&segment->buffers[1].generation));
}

/* ----------
 * Buffers, for the worker
 * ----------
 */

bool
counters_is_half_full(UsageSegment *segment)
{
	CountBuffer *active = &segment->buffers[pg_atomic_read_u32(&segment->active)];

	return pg_atomic_read_u32(&active->tokens) >= segment->entries / 2 ||
		pg_atomic_read_u32(&active->hours) >= segment->entries / 2;
}

void
counters_replace(UsageSegment *segment)
{
	int			other = 1 - (int) pg_atomic_read_u32(&segment->active);

	segment_begin_buffer(segment, other);
	pg_memory_barrier();
	pg_atomic_write_u32(&segment->active, other);
	pg_memory_barrier();
}

bool
counters_wait_for_writers(UsageSegment *segment, int buffer)
{
	for (int i = 0; i < WRITERS_WAIT_MS; i++)
	{
		if (pg_atomic_read_u32(&segment->buffers[buffer].writers) == 0)
		{
			pg_read_barrier();
			return true;
		}
		pg_usleep(1000L);
	}
	return false;
}

/*
 * A process that has read the number of the active buffer long ago may still add itself to the
 * writers here, but it leaves again without a look at the entries.
 */
void
counters_clear(UsageSegment *segment, int buffer)
{
	CountBuffer *cleared = &segment->buffers[buffer];

	pg_atomic_write_u64(&cleared->generation, 0);
	pg_memory_barrier();
	memset(segment_tokens(segment, buffer), 0, segment->entries * sizeof(CountedToken));
	memset(segment_hours(segment, buffer), 0, segment->entries * sizeof(CountedHour));
	pg_atomic_write_u32(&cleared->tokens, 0);
	pg_atomic_write_u32(&cleared->hours, 0);
	pg_memory_barrier();
}
