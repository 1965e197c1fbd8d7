/*-------------------------------------------------------------------------
 *
 * latest_state.c
 *	  The state of the database by which writes are judged: the latest.
 *
 * Reads are judged by the statement's snapshot, and by the time at which this
 * backend first used that snapshot (snapshot_clock.c): all checks of a statement see
 * one moment.
 *
 * Writes are judged, under every isolation level, by what others have committed at
 * the time of each check, and by the clock of that check: access that was taken away
 * writes nothing more.  Of the transaction's own changes, a check sees those made
 * before the statement began, so that a statement may lower the current user's own
 * level, or hand over ownership.
 *
 * A row lock, UPDATE and ON CONFLICT read as well: they return the row version that others
 * have committed meanwhile.  It is judged by the latest state, so that a user who has lost
 * access does not see what was written since.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "latest_state.h"
#include "context.h"
#include "../catalog/snapshot_key.h"
#include "../identity/identity.h"

/*
 * The snapshot of the latest state; fills in its key.  Valid until the next latest snapshot
 * is taken, here or in the server.
 *
 * snapXactCompletionCount tells whether anybody has committed since the last call.
 * Only the server's static snapshot has it: copies have 0.
 */
static Snapshot
latest_snapshot(SnapshotKey *key)
{
	Snapshot	latest = GetLatestSnapshot();

	latest->curcid = GetActiveSnapshot()->curcid;
	snapshot_key_fill(key, latest);
	key->completions = latest->snapXactCompletionCount;
	return latest;
}

/* The latest context, in TopTransactionContext, or NULL; and its number */
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

	/* latch the user by the statement's snapshot; the latest shows whether enabled */
	(void) identity_actor();
	identity = identity_current(latest);
	latest_context = context_create(TopTransactionContext, &identity, latest, key);
	latest_number++;
	callback = MemoryContextAlloc(latest_context->memory, sizeof(MemoryContextCallback));
	callback->func = forget_latest_context;
	callback->arg = NULL;
	MemoryContextRegisterResetCallback(latest_context->memory, callback);
	return latest_context;
}

AccessContext *
latest_state_context(void)
{
	SnapshotKey key;
	Snapshot	latest = latest_snapshot(&key);
	AccessContext *context = latest_context;
	TimestampTz now = GetCurrentTimestamp();

	if (!context || key.completions == 0 ||
		!snapshot_key_equal(&context->key, &key) ||
		now >= context->clock.next_expiry ||
		context->identity.kind == IDENTITY_NOBODY ||
		!identity_is_plausible(&context->identity))
		context = new_latest_context(latest, &key);
	context->snapshot = latest;
	context->clock.now = now;
	return context;
}

uint64
latest_state_number(void)
{
	return latest_number;
}

bool
latest_state_is_not_needed(TransactionId xmin)
{
	return !TransactionIdIsNormal(xmin) || TransactionIdIsCurrentTransactionId(xmin) ||
		!XidInMVCCSnapshot(xmin, GetActiveSnapshot());
}

Snapshot
latest_state_new_snapshot(void)
{
	CommandCounterIncrement();
	return RegisterSnapshot(GetLatestSnapshot());
}
