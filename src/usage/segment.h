/*-------------------------------------------------------------------------
 *
 * segment.h
 *	  The shared memory in which the server's processes count requests.
 *
 * There is one segment for each database.  Requests change it by atomic operations alone: no
 * request waits for another one, nor for the worker that writes the counts to tables.
 *
 * Counts are in one of two buffers.  A buffer is filled until it is half full, or old; then the
 * worker makes the other one active, writes the rest of the first one to the tables, and clears
 * it.  The entries of a buffer are found by open addressing and are never removed one by one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SEGMENT_H
#define MODELAPI_ACL_SEGMENT_H

#include "datatype/timestamp.h"
#include "port/atomics.h"
#include "utils/uuid.h"

/* Room for the name of a reason */
#define REASON_LENGTH 32

/* States of an entry */
#define ENTRY_FREE 0
#define ENTRY_CLAIMED 1			/* its key is being written */
#define ENTRY_READY 2

/* The requests with one token */
typedef struct CountedToken
{
	pg_atomic_uint32 state;
	pg_atomic_uint32 is_changed;	/* since it was last flushed */
	pg_uuid_t	token_id;
	pg_uuid_t	owner_id;		/* the token's model API, or the holder of a personal token */
	bool		is_personal;
	pg_atomic_uint64 last_used_at;	/* TimestampTz, or 0 */
	pg_atomic_uint64 last_refused_at;
	pg_atomic_uint64 allowed;
	pg_atomic_uint64 refused;
	pg_atomic_uint64 by_old_secret;
} CountedToken;

/* What requests are counted by: model API, hour, reason */
typedef struct HourKey
{
	pg_uuid_t	model_api_id;	/* zeroes: does not exist */
	int32		hour;			/* since 2000-01-01 00:00 UTC */
	char		reason[REASON_LENGTH];	/* padded with zeroes */
} HourKey;

typedef struct CountedHour
{
	pg_atomic_uint32 state;
	pg_atomic_uint32 is_changed;
	HourKey		key;
	pg_atomic_uint64 requests;
} CountedHour;

typedef struct CountBuffer
{
	pg_atomic_uint64 generation;	/* a random number for each filling; 0: the buffer is clear */
	pg_atomic_uint64 started_at;
	pg_atomic_uint32 writers;	/* processes that are counting in it */
	pg_atomic_uint32 tokens;	/* entries in use */
	pg_atomic_uint32 hours;
	pg_atomic_uint32 is_flushed;	/* all of a closed buffer is in the tables */
} CountBuffer;

/* A line of the decision log */
typedef struct DecisionLine
{
	pg_atomic_uint64 sequence;	/* private to decision_log.c */
	TimestampTz decided_at;
	pg_uuid_t	model_api_id;
	pg_uuid_t	token_id;
	pg_uuid_t	user_id;
	bool		has_model_api;
	bool		has_token;
	bool		has_user;
	TransactionId xmin;			/* of the snapshot that decided */
	TransactionId xmax;
	char		reason[REASON_LENGTH];
} DecisionLine;

typedef struct UsageSegment
{
	uint32		entries;		/* of each table of each buffer */
	uint32		log_lines;
	TimestampTz started_at;
	pg_atomic_uint64 dropped;	/* requests that could not be counted */

	/* for flush_worker.c */
	pg_atomic_uint32 worker_pid;	/* 0: none is running */
	pg_atomic_uint32 worker_process;	/* its number among the server's processes */
	pg_atomic_uint64 worker_try_at; /* no process starts one before */
	pg_atomic_uint32 worker_is_urgent;	/* the next one must not wait for the interval */
	pg_atomic_uint32 is_flushing;	/* also after a flush that failed */
	pg_atomic_uint64 pruned_at;
	pg_atomic_uint64 flushed_at;	/* 0: never */
	pg_atomic_uint32 is_touched;	/* something was counted since the last flush */

	/* for counters.c */
	pg_atomic_uint32 active;	/* the buffer in which requests count */
	CountBuffer buffers[2];

	/* for decision_log.c */
	pg_atomic_uint64 log_head;	/* next line to write */
	pg_atomic_uint64 log_tail;	/* next line to drain */
	pg_atomic_uint64 log_lost;
	pg_atomic_uint64 log_told;	/* lost lines of which drain_decisions has told */
} UsageSegment;

/* Called by _PG_init: defines the settings and, before 17, reserves shared memory. */
extern void segment_initialize(void);

/*
 * segment_get: this database's segment, or NULL if there is none.
 *
 * The first call in a process attaches it, and may raise errors only within a subtransaction
 * of its own: a request must not fail because it cannot be counted.  After a failure it tries
 * again ten seconds later.
 */
extern UsageSegment *segment_get(void);

/*
 * segment_attach: the segment of a database, for the worker, before it connects.  NULL as above;
 * may raise errors.
 */
extern UsageSegment *segment_attach(Oid database);

/* segment_problem: why there is none, for the view usage_status; NULL if there is one. */
extern const char *segment_problem(void);

/* segment_begin_buffer: begins a clear buffer. */
extern void segment_begin_buffer(UsageSegment *segment, int buffer);

/* The entries of a buffer, and the lines of the decision log. */
extern CountedToken *segment_tokens(UsageSegment *segment, int buffer);
extern CountedHour *segment_hours(UsageSegment *segment, int buffer);
extern DecisionLine *segment_log(UsageSegment *segment);

#endif							/* MODELAPI_ACL_SEGMENT_H */
