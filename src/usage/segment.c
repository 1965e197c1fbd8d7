/*-------------------------------------------------------------------------
 *
 * segment.c
 *	  The shared memory in which the servers' processes count requests.
 *
 * From PostgreSQL 17 on, the segments are named segments of the server's registry, made when
 * they are first needed.  Before, they are part of the main shared memory, which only a
 * library of shared_preload_libraries can reserve.  In both cases a directory has one place
 * for each database that counts; a database keeps its place until the server restarts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "segment.h"
#include "../compat.h"

#define DATABASES_MAX 64
#define RETRY_MS 10000

/* All fields are set once, from 0. */
typedef struct Place
{
	pg_atomic_uint32 database;	/* InvalidOid: free */
	pg_atomic_uint32 entries;
	pg_atomic_uint32 log_lines;
} Place;

typedef struct Directory
{
	Place		places[DATABASES_MAX];
	/* before 17: the segments */
} Directory;

static int	usage_databases = 4;
static int	usage_entries = 32768;
static int	decision_log_size = 32768;

static Directory *directory = NULL;
static UsageSegment *segment = NULL;
static TimestampTz retry_at = 0;
static const char *problem = NULL;

/* ----------
 * Layout
 * ----------
 */

static Size
tokens_size(uint32 entries)
{
	return MAXALIGN(mul_size(entries, sizeof(CountedToken)));
}

static Size
hours_size(uint32 entries)
{
	return MAXALIGN(mul_size(entries, sizeof(CountedHour)));
}

static Size
segment_size(uint32 entries, uint32 log_lines)
{
	Size		buffer = add_size(tokens_size(entries), hours_size(entries));

	return add_size(add_size(MAXALIGN(sizeof(UsageSegment)), mul_size(2, buffer)),
					MAXALIGN(mul_size(log_lines, sizeof(DecisionLine))));
}

static char *
buffer_start(UsageSegment *of, int buffer)
{
	return (char *) of + MAXALIGN(sizeof(UsageSegment)) +
		buffer * (tokens_size(of->entries) + hours_size(of->entries));
}

CountedToken *
segment_tokens(UsageSegment *of, int buffer)
{
	return (CountedToken *) buffer_start(of, buffer);
}

CountedHour *
segment_hours(UsageSegment *of, int buffer)
{
	return (CountedHour *) (buffer_start(of, buffer) + tokens_size(of->entries));
}

DecisionLine *
segment_log(UsageSegment *of)
{
	return (DecisionLine *) buffer_start(of, 2);
}

void
segment_begin_buffer(UsageSegment *of, int buffer)
{
	CountBuffer *begun = &of->buffers[buffer];
	uint64		generation = 0;

	while (generation == 0)
	{
		if (!pg_strong_random(&generation, sizeof(generation)))
			generation = (uint64) GetCurrentTimestamp();
		generation &= PG_INT64_MAX;		/* a bigint in SQL */
	}
	pg_atomic_write_u32(&begun->is_flushed, 0);
	pg_atomic_write_u64(&begun->started_at, (uint64) GetCurrentTimestamp());
	pg_write_barrier();
	pg_atomic_write_u64(&begun->generation, generation);
}

/*
 * Begins a segment in memory that is zero.  Atomic variables that are zero need no other
 * initialization.
 */
static void
begin_segment(UsageSegment *begun, uint32 entries, uint32 log_lines)
{
	begun->entries = entries;
	begun->log_lines = log_lines;
	begun->started_at = GetCurrentTimestamp();
	segment_begin_buffer(begun, 0);
}

/* ----------
 * Places
 * ----------
 */

/* A database's place, taken now if it has none; NULL if all are taken. */
static Place *
find_place(Oid of_database)
{
	for (int i = 0; i < usage_databases; i++)
	{
		Place	   *place = &directory->places[i];
		uint32		database = pg_atomic_read_u32(&place->database);

		if (database == InvalidOid)
		{
			if (pg_atomic_compare_exchange_u32(&place->database, &database, of_database))
				database = of_database;
		}
		if (database == of_database)
			return place;
	}
	problem = "no place for this database: modelapi_acl.usage_databases is too low";
	return NULL;
}

#if HAS_DSM_REGISTRY

static uint32 entries_to_make;
static uint32 log_lines_to_make;

/* Sets a value that is still 0; returns what it is then. */
static uint32
set_once(pg_atomic_uint32 *variable, uint32 value)
{
	uint32		before = 0;

	return pg_atomic_compare_exchange_u32(variable, &before, value) ? value : before;
}

static void
make_directory(void *made)
{
	memset(made, 0, sizeof(Directory));
}

static void
make_named_segment(void *made)
{
	/* the memory may have been used before */
	memset(made, 0, segment_size(entries_to_make, log_lines_to_make));
	begin_segment((UsageSegment *) made, entries_to_make, log_lines_to_make);
}

UsageSegment *
segment_attach(Oid database)
{
	Place	   *place;
	bool		found;
	char		name[NAMEDATALEN];

	if (!directory)
		directory = GetNamedDSMSegment("modelapi_acl", sizeof(Directory), make_directory, &found);
	place = find_place(database);
	if (!place)
		return NULL;
	/* all processes must ask for the same size, whatever the settings are by now */
	entries_to_make = set_once(&place->entries, usage_entries);
	log_lines_to_make = set_once(&place->log_lines, decision_log_size);
	snprintf(name, sizeof(name), "modelapi_acl %u", database);
	return GetNamedDSMSegment(name, segment_size(entries_to_make, log_lines_to_make),
							  make_named_segment, &found);
}

#else

static shmem_request_hook_type previous_request_hook = NULL;
static shmem_startup_hook_type previous_startup_hook = NULL;

static Size
directory_size(void)
{
	return add_size(MAXALIGN(sizeof(Directory)),
					mul_size(usage_databases, segment_size(usage_entries, decision_log_size)));
}

static void
request_memory(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(directory_size());
}

static UsageSegment *
segment_at(int place)
{
	return (UsageSegment *) ((char *) directory + MAXALIGN(sizeof(Directory)) +
							 place * segment_size(usage_entries, decision_log_size));
}

/* The server has just got this memory, so that it is zero, and is only touched where it is used. */
static void
find_directory(void)
{
	bool		found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	directory = ShmemInitStruct("modelapi_acl", directory_size(), &found);
	if (!found)
	{
		memset(directory, 0, sizeof(Directory));
		for (int i = 0; i < usage_databases; i++)
		{
			memset(segment_at(i), 0, sizeof(UsageSegment));
			begin_segment(segment_at(i), usage_entries, decision_log_size);
		}
	}
	LWLockRelease(AddinShmemInitLock);
}

UsageSegment *
segment_attach(Oid database)
{
	Place	   *place = directory ? find_place(database) : NULL;

	return place ? segment_at((int) (place - directory->places)) : NULL;
}

#endif

/* ----------
 * For the other files
 * ----------
 */

/* Attaches in a subtransaction, so that an error stays without consequences. */
static UsageSegment *
attach_safely(void)
{
#if HAS_DSM_REGISTRY
	MemoryContext memory = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	UsageSegment *volatile found = NULL;

	BeginInternalSubTransaction(NULL);
	PG_TRY();
	{
		found = segment_attach(MyDatabaseId);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(memory);
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		found = NULL;
		problem = "its memory could not be reserved";
	}
	PG_END_TRY();
	MemoryContextSwitchTo(memory);
	CurrentResourceOwner = owner;
	return found;
#else
	return segment_attach(MyDatabaseId);
#endif
}

UsageSegment *
segment_get(void)
{
	TimestampTz now;

	if (likely(segment != NULL))
		return segment;
	if (!IsUnderPostmaster || !OidIsValid(MyDatabaseId) || (!HAS_DSM_REGISTRY && !directory))
		return NULL;
	now = GetCurrentTimestamp();
	if (now < retry_at || !IsTransactionState() || IsParallelWorker())
		return NULL;
	retry_at = TimestampTzPlusMilliseconds(now, RETRY_MS);
	segment = attach_safely();
	return segment;
}

const char *
segment_problem(void)
{
	if (segment_get())
		return NULL;
	if (!HAS_DSM_REGISTRY && !directory)
		return "modelapi_acl is not in shared_preload_libraries";
	return problem ? problem : "the server is in single-user mode";
}

void
segment_initialize(void)
{
	/* the size of memory that is reserved at the start of the server stays as it is */
	GucContext	context = process_shared_preload_libraries_in_progress ? PGC_POSTMASTER : PGC_SIGHUP;

	DefineCustomIntVariable("modelapi_acl.usage_databases",
							"How many databases count requests.",
							"Each has shared memory and a background worker.",
							&usage_databases, 4, 1, DATABASES_MAX, context, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("modelapi_acl.usage_entries",
							"How many tokens, and as many model APIs with hour and reason, are counted in memory at once.",
							"An entry takes about 320 bytes of shared memory for each database.",
							&usage_entries, 32768, 1024, 4194304, context, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("modelapi_acl.decision_log_size",
							"How many lines of the decision log are kept until drain_decisions takes them.",
							"A line takes about 112 bytes of shared memory for each database.",
							&decision_log_size, 32768, 1024, 4194304, context, 0, NULL, NULL, NULL);
#if !HAS_DSM_REGISTRY
	if (process_shared_preload_libraries_in_progress)
	{
		previous_request_hook = shmem_request_hook;
		shmem_request_hook = request_memory;
		previous_startup_hook = shmem_startup_hook;
		shmem_startup_hook = find_directory;
	}
#endif
}
