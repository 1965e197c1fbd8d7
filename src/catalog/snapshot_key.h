/*-------------------------------------------------------------------------
 *
 * snapshot_key.h
 *	  Identifies a state of the database, as a snapshot shows it.
 *
 * What was read may be used again as long as the key is the same: see snapshot_key.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SNAPSHOT_KEY_H
#define MODELAPI_ACL_SNAPSHOT_KEY_H

#include "datatype/timestamp.h"
#include "storage/lock.h"
#include "utils/snapshot.h"

/* Compare keys with snapshot_key_equal(). */
typedef struct SnapshotKey
{
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;		/* on a hot standby, of transactions in progress */
	CommandId	curcid;
	SubTransactionId subtransaction;
	uint64		generation;		/* number of subtransactions that were aborted */
	TimestampTz clock;			/* for the caller: 0 at first */
	uint64		completions;	/* for the caller: 0 at first */
	LocalTransactionId writer;	/* this transaction, if it has written; else 0 */
	bool		suboverflowed;
	bool		recovery;
} SnapshotKey;

/* A state, and when it was current */
typedef struct StateStamp
{
	SnapshotKey key;
	TimestampTz time;
} StateStamp;

/* Called by _PG_init: registers the callback that counts aborted subtransactions. */
extern void snapshot_key_initialize(void);

/* snapshot_key_fill: the key of the state that an MVCC snapshot shows now. */
extern void snapshot_key_fill(SnapshotKey *key, Snapshot snapshot);
extern bool snapshot_key_equal(const SnapshotKey *a, const SnapshotKey *b);

/*
 * For what a session keeps from one transaction to the next.
 *
 * snapshot_key_stamp: notes the state in which something was read.  To be called before it
 * is read.
 * snapshot_key_is_current: whether the same would be read again.  False in a serializable
 * transaction, which has to read in order to take its locks.  A zeroed stamp is not current.
 */
extern void snapshot_key_stamp(StateStamp *stamp, Snapshot snapshot);
extern bool snapshot_key_is_current(const StateStamp *stamp, Snapshot snapshot);

#endif							/* MODELAPI_ACL_SNAPSHOT_KEY_H */
