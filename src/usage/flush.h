/*-------------------------------------------------------------------------
 *
 * flush.h
 *	  Writes counts from shared memory to tables.
 *
 * All run in a transaction, and raise what their statements raise.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_FLUSH_H
#define MODELAPI_ACL_FLUSH_H

#include "segment.h"

/* flush_is_possible: whether the database has the tables. */
extern bool flush_is_possible(void);

/* flush_begin_counting: remembers since when requests have been counted, unless it is known. */
extern void flush_begin_counting(TimestampTz since);

/*
 * flush_tokens, flush_hours: write what was counted in a buffer since it was last written; with
 * everything, all of it.  Writing the same counts twice does no harm.
 */
extern void flush_tokens(UsageSegment *segment, int buffer, bool everything);
extern void flush_hours(UsageSegment *segment, int buffer, bool everything);

/* flush_prune: deletes the counts of hours that are older than an age, in microseconds. */
extern void flush_prune(int64 age);

#endif							/* MODELAPI_ACL_FLUSH_H */
