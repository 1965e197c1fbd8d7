/*-------------------------------------------------------------------------
 *
 * state.c
 *	  Which state of the database, and which time, a question is asked of.
 *
 * What reads is judged by its statement's snapshot, and by the clock at which
 * this backend first used that snapshot.  The two are kept together, so that
 * all questions of a statement get answers of one moment, and so that an expired
 * grant does not go on counting where one command of the client runs for long.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "grants.h"

PG_FUNCTION_INFO_V1(modelapi_acl_snapshot_clock_1_0);

#define CLOCK_SETTING "modelapi_acl.snapshot_clock"

/*
 * The clock of the plan that may use parallel workers, as the server carries it
 * to them: microseconds, which a double holds exactly.
 */
static double carried_clock = 0;

void
state_initialize(void)
{
	DefineCustomRealVariable(CLOCK_SETTING,
							 "The clock that belongs to the snapshot of parallel workers.",
							 "Set by the extension itself; it counts for nothing elsewhere.",
							 &carried_clock, 0, 0, (double) INT64_MAX,
							 PGC_SUSET,
							 GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL | GUC_NOT_IN_SAMPLE |
							 GUC_DISALLOW_IN_FILE,
							 NULL, NULL, NULL);

	/* the server carries to workers what has another source than its default */
	SetConfigOption(CLOCK_SETTING, "0", PGC_SUSET, PGC_S_DYNAMIC_DEFAULT);
}

/*
 * The clock is kept in the snapshot itself.  In copies, which all active and
 * registered snapshots are, the server leaves this field at zero and asks for
 * it no more: it serves to take the static snapshots again.
 */
TimestampTz
snapshot_clock(Snapshot snapshot)
{
	Assert(snapshot->copied);
	if (snapshot->snapXactCompletionCount == 0)
		snapshot->snapXactCompletionCount = (uint64)
			(IsParallelWorker() && carried_clock > 0 ? (TimestampTz) carried_clock :
			 GetCurrentTimestamp());
	return (TimestampTz) snapshot->snapXactCompletionCount;
}

void
snapshot_carry_clock(Snapshot snapshot)
{
	carried_clock = (double) snapshot_clock(snapshot);
}

void
snapshot_key(SnapshotKey *key, Snapshot snapshot)
{
	/* padding counts too: keys are compared as bytes */
	memset(key, 0, sizeof(*key));
	key->xmin = snapshot->xmin;
	key->xmax = snapshot->xmax;
	key->xcnt = snapshot->xcnt;
	key->subxcnt = snapshot->subxcnt;
	key->suboverflowed = snapshot->suboverflowed;
	key->recovery = snapshot->takenDuringRecovery;
	key->curcid = snapshot->curcid;
	key->clock = snapshot_clock(snapshot);
	key->generation = identity_generation();
	key->subtransaction = GetCurrentSubTransactionId();
}

/* snapshot_clock() → timestamptz: by which the statement judges what expires */
Datum
modelapi_acl_snapshot_clock_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(snapshot_clock(GetActiveSnapshot()));
}
