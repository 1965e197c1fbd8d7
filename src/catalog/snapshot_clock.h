/*-------------------------------------------------------------------------
 *
 * snapshot_clock.h
 *	  The time that a statement compares expiry with.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SNAPSHOT_CLOCK_H
#define MODELAPI_ACL_SNAPSHOT_CLOCK_H

#include "datatype/timestamp.h"
#include "utils/snapshot.h"

/* Called by _PG_init: defines the setting that carries the time to parallel workers. */
extern void snapshot_clock_initialize(void);

/*
 * snapshot_clock: the time that belongs to a snapshot.  It is the time of the first call
 * for this snapshot; a parallel worker has the leader's.  The snapshot must be a copy, as
 * active and registered snapshots are.
 */
extern TimestampTz snapshot_clock(Snapshot snapshot);

/* snapshot_clock_send_to_workers: to be called before a plan with this snapshot starts workers. */
extern void snapshot_clock_send_to_workers(Snapshot snapshot);

#endif							/* MODELAPI_ACL_SNAPSHOT_CLOCK_H */
