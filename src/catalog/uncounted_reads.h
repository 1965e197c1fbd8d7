/*-------------------------------------------------------------------------
 *
 * uncounted_reads.h
 *	  Hides reads from the statistics views and from pg_locks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_UNCOUNTED_READS_H
#define MODELAPI_ACL_UNCOUNTED_READS_H

#include "utils/relcache.h"
#include "utils/resowner.h"
#include "utils/snapshot.h"

/* Called by _PG_init: registers the callback that notices changed relations. */
extern void uncounted_reads_initialize(void);

/*
 * uncounted_reads_begin, uncounted_reads_end: reset the read counters of all relations of the
 * extension, and the backend's buffer usage, to their values at the beginning.
 *
 * uncounted_reads_begin() may read catalogs, and allocates its result in the current memory
 * context.  uncounted_reads_end() must be called before that context is deleted; it raises
 * no error, so it may run during error handling.  Calls may be nested.
 */
typedef struct UncountedReads UncountedReads;
extern UncountedReads *uncounted_reads_begin(void);
extern void uncounted_reads_end(UncountedReads *uncounted);

/*
 * uncounted_reads_collect_locks, uncounted_reads_release_locks: release the locks that were
 * taken between the two calls, so that pg_locks does not show which relations were read.
 *
 * The first makes a new resource owner the current one.  The second releases all resources of
 * that owner, and makes outer the current one again, which must be what was current before the
 * first.  In between nothing may be opened that is used later; a tuplestore that was begun
 * before may be filled.  After an error set CurrentResourceOwner back: the end of the
 * transaction or subtransaction releases the rest.
 */
extern void uncounted_reads_collect_locks(void);
extern void uncounted_reads_release_locks(ResourceOwner outer);

/*
 * uncounted_reads_save, uncounted_reads_restore: the same for one open relation, without the
 * buffer usage.  "scans" is added to the number of scans, so that an index that is used
 * does not look unused.
 */
typedef struct ReadCounts
{
	int64		numscans;
	int64		tuples_returned;
	int64		tuples_fetched;
	int64		blocks_fetched;
	int64		blocks_hit;
} ReadCounts;
extern void uncounted_reads_save(Relation relation, ReadCounts *counts);
extern void uncounted_reads_restore(Relation relation, const ReadCounts *counts, int scans);

/*
 * uncounted_reads_lock_relation: in a serializable transaction, takes a predicate lock on
 * the whole relation, so that pg_locks shows no locks on its rows and pages.  snapshot is
 * the one that the relation is read with.  Does nothing at other isolation levels.
 */
extern void uncounted_reads_lock_relation(Relation relation, Snapshot snapshot);

#endif							/* MODELAPI_ACL_UNCOUNTED_READS_H */
