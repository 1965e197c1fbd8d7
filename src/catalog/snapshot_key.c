/*-------------------------------------------------------------------------
 *
 * snapshot_key.c
 *	  Identifies a state of the database, as a snapshot shows it.
 *
 * Two snapshots of one backend show the same if they have the same range of transactions
 * and as many of them in progress: a transaction below xmax can only end, and then it is
 * in progress no more.  Whatever commits or aborts moves xmax or leaves the ones in
 * progress.
 *
 * The transaction's own changes are not in these.  A snapshot shows them by its command
 * id, except those of subtransactions that were aborted; so the key has the number of
 * these, and the transaction, once it has written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "storage/proc.h"
#include "utils/timestamp.h"

#include "snapshot_key.h"
#include "../compat.h"

/*
 * A stamp is not believed for longer: by then the counter of transactions might have come
 * round
 */
#define STAMP_SECONDS 60

static uint64 subtransaction_aborts = 0;

static void
count_subtransaction_abort(SubXactEvent event, SubTransactionId mySubid,
						   SubTransactionId parentSubid, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		subtransaction_aborts++;
}

void
snapshot_key_initialize(void)
{
	RegisterSubXactCallback(count_subtransaction_abort, NULL);
}

/* Zeroes the padding as well: keys are compared as bytes. */
void
snapshot_key_fill(SnapshotKey *key, Snapshot snapshot)
{
	Assert(snapshot->snapshot_type == SNAPSHOT_MVCC);
	memset(key, 0, sizeof(*key));
	key->xmin = snapshot->xmin;
	key->xmax = snapshot->xmax;
	key->xcnt = snapshot->xcnt;
	key->subxcnt = snapshot->subxcnt;
	key->suboverflowed = snapshot->suboverflowed;
	key->recovery = snapshot->takenDuringRecovery;
	key->curcid = snapshot->curcid;
	key->generation = subtransaction_aborts;
	key->subtransaction = GetCurrentSubTransactionId();
	if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
		key->writer = MY_LOCAL_TRANSACTION_ID;
}

bool
snapshot_key_equal(const SnapshotKey *a, const SnapshotKey *b)
{
	return memcmp(a, b, sizeof(SnapshotKey)) == 0;
}

void
snapshot_key_stamp(StateStamp *stamp, Snapshot snapshot)
{
	snapshot_key_fill(&stamp->key, snapshot);
	stamp->time = GetCurrentTimestamp();
}

bool
snapshot_key_is_current(const StateStamp *stamp, Snapshot snapshot)
{
	SnapshotKey key;

	if (stamp->time == 0 || IsolationIsSerializable())
		return false;
	snapshot_key_fill(&key, snapshot);
	return snapshot_key_equal(&stamp->key, &key) &&
		!TimestampDifferenceExceeds(stamp->time, GetCurrentTimestamp(), STAMP_SECONDS * 1000);
}
