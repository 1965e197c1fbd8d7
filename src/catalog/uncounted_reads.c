/*-------------------------------------------------------------------------
 *
 * uncounted_reads.c
 *	  Hides reads from the statistics views and from pg_locks.
 *
 * Everybody can see how many scans, rows and pages a transaction has read from
 * any table or index, and EXPLAIN shows pages.  A function that reads more than
 * the current user may see would reveal what it found.  So it resets the
 * counters of the extension's relations when it is done.  This concerns reads
 * alone: inserts, updates and deletes stay counted, since autovacuum needs that.
 *
 * Everybody can see the predicate locks of serializable transactions, too.
 * There, such a function locks whole relations, whatever it finds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#include "storage/predicate.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/pgstat_internal.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "uncounted_reads.h"
#include "../compat.h"

struct UncountedReads
{
	BufferUsage buffers;
	int			count;
	const Oid  *relations;		/* the array at the beginning */
	ReadCounts	before[FLEXIBLE_ARRAY_MEMBER];
};

/*
 * All tables of the extension, with their indexes and TOAST tables.  The array is rebuilt
 * after one of them has changed, unless it is in use.
 */
static Oid *relations = NULL;
static int	nrelations = 0;
static bool is_stale = true;
static int	in_progress = 0;

/* ----------
 * The relations
 * ----------
 */

static void
forget_relations(Datum arg, Oid relid)
{
	if (relid == InvalidOid)
		is_stale = true;
	for (int i = 0; i < nrelations && !is_stale; i++)
		if (relations[i] == relid)
			is_stale = true;
}

void
uncounted_reads_initialize(void)
{
	CacheRegisterRelcacheCallback(forget_relations, (Datum) 0);
}

/* Adds a table, its indexes, and its TOAST table with its index. */
static List *
add_table(List *list, Oid relid)
{
	Relation	table = try_table_open(relid, AccessShareLock);

	if (!table)
		return list;
	list = lappend_oid(list, relid);
	list = list_concat(list, RelationGetIndexList(table));
	if (OidIsValid(table->rd_rel->reltoastrelid))
		list = add_table(list, table->rd_rel->reltoastrelid);
	table_close(table, AccessShareLock);
	return list;
}

static void
find_relations(void)
{
	Oid			schemas[] = {get_namespace_oid("modelapi_acl", true), get_namespace_oid("modelapi_acl_internal", true)};
	Relation	classes = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(classes, InvalidOid, false, NULL, 0, NULL);
	List	   *tables = NIL;
	List	   *found = NIL;
	HeapTuple	tuple;
	ListCell   *cell;
	Oid		   *array;

	while ((tuple = systable_getnext(scan)) != NULL)
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		if ((form->relnamespace == schemas[0] || form->relnamespace == schemas[1]) &&
			form->relkind == RELKIND_RELATION)
			tables = lappend_oid(tables, form->oid);
	}
	systable_endscan(scan);
	table_close(classes, AccessShareLock);

	/* changes from here on make the array stale again */
	is_stale = false;
	foreach(cell, tables)
		found = add_table(found, lfirst_oid(cell));
	if (relations)
		pfree(relations);
	relations = NULL;
	nrelations = 0;
	array = MemoryContextAlloc(TopMemoryContext, Max(list_length(found), 1) * sizeof(Oid));
	foreach(cell, found)
		array[foreach_current_index(cell)] = lfirst_oid(cell);
	relations = array;
	nrelations = list_length(found);
}

/* ----------
 * The counters
 * ----------
 */

/* The counters of a relation that are not yet reported, or NULL. */
static PgStat_TableCounts *
pending_counts(Oid relid)
{
	PgStat_EntryRef *entry = pgstat_fetch_pending_entry(PGSTAT_KIND_RELATION, MyDatabaseId, relid);

	return entry && entry->pending ? TABLE_COUNTS((PgStat_TableStatus *) entry->pending) : NULL;
}

static void
copy_counts(const PgStat_TableCounts *counts, ReadCounts *copy)
{
	memset(copy, 0, sizeof(*copy));
	if (!counts)
		return;
	copy->numscans = counts->COUNT_FIELD(numscans);
	copy->tuples_returned = counts->COUNT_FIELD(tuples_returned);
	copy->tuples_fetched = counts->COUNT_FIELD(tuples_fetched);
	copy->blocks_fetched = counts->COUNT_FIELD(blocks_fetched);
	copy->blocks_hit = counts->COUNT_FIELD(blocks_hit);
}

static void
put_counts_back(PgStat_TableCounts *counts, const ReadCounts *copy)
{
	if (!counts)
		return;
	counts->COUNT_FIELD(numscans) = copy->numscans;
	counts->COUNT_FIELD(tuples_returned) = copy->tuples_returned;
	counts->COUNT_FIELD(tuples_fetched) = copy->tuples_fetched;
	counts->COUNT_FIELD(blocks_fetched) = copy->blocks_fetched;
	counts->COUNT_FIELD(blocks_hit) = copy->blocks_hit;
}

void
uncounted_reads_save(Relation relation, ReadCounts *counts)
{
	copy_counts(relation->pgstat_info ? TABLE_COUNTS(relation->pgstat_info) : NULL, counts);
}

void
uncounted_reads_restore(Relation relation, const ReadCounts *counts, int scans)
{
	if (!relation->pgstat_info)
		return;
	put_counts_back(TABLE_COUNTS(relation->pgstat_info), counts);
	TABLE_COUNTS(relation->pgstat_info)->COUNT_FIELD(numscans) += scans;
}

/* ----------
 * Predicate locks
 * ----------
 */

void
uncounted_reads_lock_relation(Relation relation, Snapshot snapshot)
{
	if (IsolationIsSerializable())
		PredicateLockRelation(relation, snapshot);
}

/* Locks all relations of the extension for a serializable transaction. */
static void
lock_relations(void)
{
	for (int i = 0; i < nrelations; i++)
	{
		Relation	relation = try_relation_open(relations[i], AccessShareLock);

		if (!relation)
			continue;
		uncounted_reads_lock_relation(relation, GetActiveSnapshot());
		relation_close(relation, AccessShareLock);
	}
}

/* ----------
 * Locks on relations
 * ----------
 */

void
uncounted_reads_collect_locks(void)
{
	CurrentResourceOwner = ResourceOwnerCreate(CurrentResourceOwner, "modelapi_acl uncounted reads");
}

void
uncounted_reads_release_locks(ResourceOwner outer)
{
	ResourceOwner owner = CurrentResourceOwner;

	/* as after an aborted subtransaction: committed ones hand their locks on */
	CurrentResourceOwner = outer;
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, false);
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_LOCKS, false, false);
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_AFTER_LOCKS, false, false);
	ResourceOwnerDelete(owner);
}

/* ----------
 * All relations
 * ----------
 */

UncountedReads *
uncounted_reads_begin(void)
{
	UncountedReads  *result;

	if (is_stale && in_progress == 0)
		find_relations();
	if (IsolationIsSerializable() && in_progress == 0)
		lock_relations();
	result = palloc(offsetof(UncountedReads, before) + nrelations * sizeof(ReadCounts));
	result->relations = relations;
	result->count = nrelations;
	result->buffers = pgBufferUsage;
	in_progress++;
	for (int i = 0; i < nrelations; i++)
		copy_counts(pending_counts(relations[i]), &result->before[i]);
	return result;
}

void
uncounted_reads_end(UncountedReads *uncounted)
{
	in_progress--;
	for (int i = 0; i < uncounted->count; i++)
		put_counts_back(pending_counts(uncounted->relations[i]), &uncounted->before[i]);
	pgBufferUsage = uncounted->buffers;
}
