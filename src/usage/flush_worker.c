/*-------------------------------------------------------------------------
 *
 * flush_worker.c
 *	  The background worker that writes counts to tables.
 *
 * The first request that is counted starts a worker.  It waits for the interval, and only then
 * connects to the database, writes what has changed, and ends: so it does not keep anybody from
 * dropping the database.  The next request starts the next worker.
 *
 * A row has the generation of the buffer that it was last written from, and how much of its
 * numbers comes from there.  Writing a buffer again replaces that part: whether an earlier
 * attempt was committed does not matter.  No row is written from a buffer while an older one
 * is not clear; so what readers have to add to a row is what the buffers hold, less its part.
 *
 * Rows whose numbers memory still has are not pruned, since they would come back.  A buffer is
 * replaced after a day at the latest, so that they become prunable.
 *
 * On a standby nothing can be written.  There a half full buffer replaces the other one, whose
 * counts are dropped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "counters.h"
#include "flush.h"
#include "flush_worker.h"
#include "../compat.h"

extern PGDLLEXPORT void modelapi_acl_usage_worker(Datum database);

#define START_RETRY_MS 10000
#define URGENT_MS 1000
#define PRUNE_INTERVAL_MS 3600000

static int	flush_interval = 10000;
static int	usage_retention = 400 * 24 * 60;
static int	usage_memory_age = 24 * 60 * 60;

static UsageSegment *segment = NULL;

/* ----------
 * Starting it
 * ----------
 */

static bool
start_worker(Oid database)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle;

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "modelapi_acl", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "modelapi_acl_usage_worker", sizeof(worker.bgw_function_name));
	strlcpy(worker.bgw_name, "modelapi_acl usage worker", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "modelapi_acl usage worker", BGW_MAXLEN);
	worker.bgw_main_arg = ObjectIdGetDatum(database);
	return RegisterDynamicBackgroundWorker(&worker, &handle);
}

void
flush_worker_ensure(UsageSegment *of, TimestampTz now)
{
	uint64		try_at;

	if (likely(pg_atomic_read_u32(&of->worker_pid) != 0))
		return;
	try_at = pg_atomic_read_u64(&of->worker_try_at);
	if (now < (TimestampTz) try_at ||
		!pg_atomic_compare_exchange_u64(&of->worker_try_at, &try_at,
										(uint64) TimestampTzPlusMilliseconds(now, START_RETRY_MS)))
		return;
	(void) start_worker(MyDatabaseId);
}

void
flush_worker_wake(UsageSegment *of)
{
	if (pg_atomic_read_u32(&of->worker_pid) != 0)
		SetLatch(&ProcGlobal->allProcs[pg_atomic_read_u32(&of->worker_process)].procLatch);
}

void
flush_worker_initialize(void)
{
	DefineCustomIntVariable("modelapi_acl.usage_flush_interval",
							"How often counts of requests are written to tables.",
							NULL,
							&flush_interval, 10000, 100, 3600000, PGC_SIGHUP, GUC_UNIT_MS,
							NULL, NULL, NULL);
	DefineCustomIntVariable("modelapi_acl.usage_retention",
							"How long the counts of each hour are kept; 0: for ever.",
							NULL,
							&usage_retention, 400 * 24 * 60, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_MIN,
							NULL, NULL, NULL);
	DefineCustomIntVariable("modelapi_acl.usage_memory_age",
							"How long memory counts before it begins anew; what memory has is not pruned.",
							NULL,
							&usage_memory_age, 24 * 60 * 60, 1, INT_MAX, PGC_SIGHUP, GUC_UNIT_S,
							NULL, NULL, NULL);
}

/* ----------
 * The worker's work
 * ----------
 */

/* Settings of roles and databases must not keep the worker from writing. */
static void
set_own_settings(void)
{
	static const struct
	{
		const char *name;
		const char *value;
	}			settings[] =
	{
		{"search_path", "pg_catalog, pg_temp"},
		{"default_transaction_read_only", "off"},
		{"default_transaction_isolation", "read committed"},
		{"synchronous_commit", "local"},
		{"statement_timeout", "0"},
		{"lock_timeout", "0"},
		{"row_security", "on"},
	};

	for (int i = 0; i < lengthof(settings); i++)
		SetConfigOption(settings[i].name, settings[i].value, PGC_SUSET, PGC_S_OVERRIDE);
}

/* Runs one part of the work in a transaction of its own. */
static void
in_transaction(void (*act) (int buffer), int buffer)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (flush_is_possible())
		act(buffer);
	PopActiveSnapshot();
	CommitTransactionCommand();
}

static void
flush_buffer(int buffer)
{
	/* what an earlier attempt may not have committed is not marked as changed any more */
	bool		is_repeated = pg_atomic_exchange_u32(&segment->is_flushing, 1) != 0;

	if (pg_atomic_read_u64(&segment->flushed_at) == 0)
		flush_begin_counting(segment->started_at);
	flush_tokens(segment, buffer, is_repeated);
	flush_hours(segment, buffer, is_repeated);
}

static void
prune(int buffer)
{
	flush_prune((TimestampTz) usage_retention * USECS_PER_MINUTE);
}

/* Whether a buffer has counted for long enough.  On a standby, its counts would be dropped. */
static bool
is_old(int buffer)
{
	TimestampTz started = (TimestampTz) pg_atomic_read_u64(&segment->buffers[buffer].started_at);

	return !RecoveryInProgress() && started + usage_memory_age * USECS_PER_SEC <= GetCurrentTimestamp();
}

/* Makes the other buffer active where this one is half full, or old.  Returns whether it did. */
static bool
replace_buffer(int active)
{
	CountBuffer *closed = &segment->buffers[1 - active];

	if (pg_atomic_read_u32(&closed->is_flushed) != 0 ||
		(RecoveryInProgress() && counters_is_half_full(segment)))
	{
		pg_atomic_write_u32(&closed->is_flushed, 0);
		if (pg_atomic_read_u64(&closed->generation) != 0)
			counters_clear(segment, 1 - active);
	}
	if (pg_atomic_read_u64(&closed->generation) != 0 ||
		!(counters_is_half_full(segment) || is_old(active)))
		return false;
	counters_replace(segment);
	return true;
}

static void
write_counts(void)
{
	int			active = (int) pg_atomic_read_u32(&segment->active);
	TimestampTz now;

	if (replace_buffer(active))
		active = 1 - active;
	if (RecoveryInProgress())
		return;
	if (pg_atomic_read_u64(&segment->buffers[1 - active].generation) != 0)
	{
		/* the rest of the closed one; the active one follows when that is clear */
		pg_atomic_write_u32(&segment->worker_is_urgent, 1);
		if (!counters_wait_for_writers(segment, 1 - active))
			return;
		in_transaction(flush_buffer, 1 - active);
		pg_atomic_write_u32(&segment->buffers[1 - active].is_flushed, 1);
		pg_atomic_write_u32(&segment->is_touched, 1);
	}
	else
		in_transaction(flush_buffer, active);
	pg_atomic_write_u32(&segment->is_flushing, 0);
	now = GetCurrentTimestamp();
	pg_atomic_write_u64(&segment->flushed_at, (uint64) now);
	if (usage_retention > 0 &&
		now >= TimestampTzPlusMilliseconds((TimestampTz) pg_atomic_read_u64(&segment->pruned_at),
										   PRUNE_INTERVAL_MS))
	{
		pg_atomic_write_u64(&segment->pruned_at, (uint64) now);
		in_transaction(prune, active);
	}
}

/* ----------
 * The worker's life
 * ----------
 */

/* From here on, requests start the next worker. */
static void
sign_off(int code, Datum arg)
{
	uint32		pid = MyProcPid;

	pg_atomic_compare_exchange_u32(&segment->worker_pid, &pid, 0);
}

/* Whether this process is the database's only worker. */
static bool
sign_on(void)
{
	uint32		nobody = 0;

	if (!pg_atomic_compare_exchange_u32(&segment->worker_pid, &nobody, MyProcPid))
		return false;
	before_shmem_exit(sign_off, 0);
	pg_atomic_write_u32(&segment->worker_process, MY_PROCESS_NUMBER);
	pg_atomic_write_u64(&segment->worker_try_at, 0);
	return true;
}

/* Waits for the interval, for flush_worker_wake(), or for the server to shut down. */
static void
wait_for_interval(void)
{
	bool		is_urgent = pg_atomic_exchange_u32(&segment->worker_is_urgent, 0) != 0;
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													is_urgent ? Min(URGENT_MS, flush_interval) : flush_interval);

	while (!ShutdownRequestPending)
	{
		long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);

		if (left <= 0 || counters_is_half_full(segment))
			break;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
	}
}

/* A background worker's main function; the argument is the database. */
void
modelapi_acl_usage_worker(Datum database)
{
	bool		is_shutdown;

	/* the counts are written before the server shuts down */
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();

	segment = segment_attach(DatumGetObjectId(database));
	if (!segment || !sign_on())
		proc_exit(0);
	wait_for_interval();
	is_shutdown = ShutdownRequestPending;
	pqsignal(SIGTERM, die);

	pg_atomic_write_u32(&segment->is_touched, 0);
	pg_memory_barrier();
	if (!RecoveryInProgress())
	{
		BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(database), InvalidOid, 0);
		set_own_settings();
		pgstat_report_activity(STATE_RUNNING, "writing counts of requests");
	}
	write_counts();

	/* what was counted meanwhile must not wait for the next request */
	sign_off(0, 0);
	pg_memory_barrier();
	if (!is_shutdown && pg_atomic_read_u32(&segment->is_touched) != 0)
		(void) start_worker(DatumGetObjectId(database));
	proc_exit(0);
}
