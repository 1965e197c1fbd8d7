/*-------------------------------------------------------------------------
 *
 * flush_worker.h
 *	  The background worker that writes counts to tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_FLUSH_WORKER_H
#define MODELAPI_ACL_FLUSH_WORKER_H

#include "segment.h"

/* Called by _PG_init: defines the settings. */
extern void flush_worker_initialize(void);

/*
 * flush_worker_ensure: starts this database's worker, unless one is there.  If the server has no
 * room for it, the counts stay in memory until a later call succeeds.
 */
extern void flush_worker_ensure(UsageSegment *segment, TimestampTz now);

/* flush_worker_wake: makes the worker, if there is one, flush at once. */
extern void flush_worker_wake(UsageSegment *segment);

#endif							/* MODELAPI_ACL_FLUSH_WORKER_H */
