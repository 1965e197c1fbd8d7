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
 * What writes is judged by what others have committed when it is looked at, and by
 * the clock of that look, under every isolation level: access that was taken away
 * writes nothing more.  Of the transaction's own changes each look takes what was
 * there before the statement began, so that one may lower oneself or hand over.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "utils/guc.h"
#include "utils/memutils.h"
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

/* All of a key but the times: padding too, keys are compared as bytes. */
static void
fill_key(SnapshotKey *key, Snapshot snapshot)
{
	memset(key, 0, sizeof(*key));
	key->xmin = snapshot->xmin;
	key->xmax = snapshot->xmax;
	key->xcnt = snapshot->xcnt;
	key->subxcnt = snapshot->subxcnt;
	key->suboverflowed = snapshot->suboverflowed;
	key->recovery = snapshot->takenDuringRecovery;
	key->curcid = snapshot->curcid;
	key->generation = identity_generation();
	key->subtransaction = GetCurrentSubTransactionId();
}

void
snapshot_key(SnapshotKey *key, Snapshot snapshot)
{
	fill_key(key, snapshot);
	key->clock = snapshot_clock(snapshot);
}

/* ----------
 * The latest state
 * ----------
 */

/*
 * The count of completed transactions tells that nobody has committed since the
 * last look.  It is the static snapshot's alone: copies have none.
 */
Snapshot
snapshot_latest(SnapshotKey *key)
{
	Snapshot	latest = GetLatestSnapshot();

	latest->curcid = GetActiveSnapshot()->curcid;
	fill_key(key, latest);
	key->completions = latest->snapXactCompletionCount;
	return latest;
}

/* The context that access_latest gave last, in TopTransactionContext, and its number */
static AccessContext *latest_context = NULL;
static uint64 latest_number = 0;

static void
forget_latest_context(void *arg)
{
	latest_context = NULL;
}

static AccessContext *
new_latest_context(Snapshot latest, const SnapshotKey *key)
{
	MemoryContextCallback *callback;
	Identity	identity;

	if (latest_context)
		MemoryContextDelete(latest_context->memory);

	/* the statement's snapshot finds who is asking, the latest whether enabled */
	(void) identity_actor();
	identity = identity_current(latest);
	latest_context = access_context_of(TopTransactionContext, &identity, latest, key);
	latest_number++;
	callback = MemoryContextAlloc(latest_context->memory, sizeof(MemoryContextCallback));
	callback->func = forget_latest_context;
	callback->arg = NULL;
	MemoryContextRegisterResetCallback(latest_context->memory, callback);
	return latest_context;
}

AccessContext *
access_latest(void)
{
	SnapshotKey key;
	Snapshot	latest = snapshot_latest(&key);
	AccessContext *context = latest_context;
	TimestampTz now = GetCurrentTimestamp();

	if (!context || key.completions == 0 ||
		memcmp(&context->key, &key, sizeof(key)) != 0 ||
		now >= context->clock.next_expiry ||
		context->identity.kind == IDENTITY_NOBODY ||
		!identity_is_plausible(&context->identity))
		context = new_latest_context(latest, &key);
	context->snapshot = latest;
	context->clock.now = now;
	return context;
}

uint64
access_latest_state(void)
{
	return latest_number;
}

/* ----------
 * SQL functions
 * ----------
 */

/* snapshot_clock() → timestamptz: by which the statement judges what expires */
Datum
modelapi_acl_snapshot_clock_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(snapshot_clock(GetActiveSnapshot()));
}
