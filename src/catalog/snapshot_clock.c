/*-------------------------------------------------------------------------
 *
 * snapshot_clock.c
 *	  The time that a statement compares expiry with.
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

#include "snapshot_clock.h"
#include "../compat.h"

PG_FUNCTION_INFO_V1(modelapi_acl_snapshot_clock_1_0);

#define CLOCK_SETTING "modelapi_acl.snapshot_clock"

/*
 * Setting modelapi_acl.snapshot_clock: the time of the plan that may use parallel workers,
 * to which the server copies settings.  There is no 64-bit integer setting; a double holds
 * these microseconds exactly.
 */
static double carried_clock = 0;

void
snapshot_clock_initialize(void)
{
	DefineCustomRealVariable(CLOCK_SETTING,
							 "The time that belongs to the snapshot of parallel workers.",
							 "Set by the extension itself; only parallel workers read it.",
							 &carried_clock, 0, 0, (double) INT64_MAX,
							 PGC_SUSET,
							 GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL | GUC_NOT_IN_SAMPLE |
							 GUC_DISALLOW_IN_FILE,
							 NULL, NULL, NULL);

	/* the server copies settings to workers unless they have their default */
	SetConfigOption(CLOCK_SETTING, "0", PGC_SUSET, PGC_S_DYNAMIC_DEFAULT);
}

/*
 * The time is stored in the snapshot itself, in snapXactCompletionCount.  The server uses
 * this field to reuse the static snapshots; in copies, as all active and registered
 * snapshots are, it is zero and not read any more.
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
snapshot_clock_send_to_workers(Snapshot snapshot)
{
	carried_clock = (double) snapshot_clock(snapshot);
}

/* snapshot_clock() → timestamptz: the time that the statement compares expiry with */
Datum
modelapi_acl_snapshot_clock_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(snapshot_clock(GetActiveSnapshot()));
}
