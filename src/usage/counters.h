/*-------------------------------------------------------------------------
 *
 * counters.h
 *	  Counts requests in shared memory, and reads what was counted.
 *
 * Nothing here waits, allocates memory, or raises an error, unless a comment says so.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_COUNTERS_H
#define MODELAPI_ACL_COUNTERS_H

#include "record.h"
#include "segment.h"

/* The requests with one token, in one buffer or more */
typedef struct TokenCounts
{
	TimestampTz last_used_at;	/* 0: never */
	TimestampTz last_refused_at;
	uint64		allowed;
	uint64		refused;
	uint64		by_old_secret;
} TokenCounts;

/*
 * counters_count: counts a request in the active buffer.  Returns whether this made the buffer
 * half full, so that the worker should come at once.
 */
extern bool counters_count(UsageSegment *segment, const UsageRecord *record, TimestampTz now);

/*
 * counters_add_token: adds to *counts what a buffer has of a token.  Returns the entry, or NULL
 * if there is none.
 */
extern CountedToken *counters_add_token(UsageSegment *segment, int buffer, const pg_uuid_t *token_id,
										TokenCounts *counts);

/* counters_of_hour: what a buffer has for a key. */
extern uint64 counters_of_hour(UsageSegment *segment, int buffer, const HourKey *key);

/* Whether the numbers of a buffer count, those of a closed one included. */
extern bool counters_is_live(UsageSegment *segment, uint64 generation);

/*
 * For the worker, one process at a time:
 *
 * counters_is_half_full: whether the active buffer should be replaced.
 * counters_replace: begins the other buffer, which must be clear, and makes it active.
 * counters_wait_for_writers: waits, a second at most, until nobody counts in a closed buffer any
 * more; returns whether that is so.
 * counters_clear: clears a closed buffer.
 */
extern bool counters_is_half_full(UsageSegment *segment);
extern void counters_replace(UsageSegment *segment);
extern bool counters_wait_for_writers(UsageSegment *segment, int buffer);
extern void counters_clear(UsageSegment *segment, int buffer);

#endif							/* MODELAPI_ACL_COUNTERS_H */
