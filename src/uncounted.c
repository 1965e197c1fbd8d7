/*-------------------------------------------------------------------------
 *
 * uncounted.c
 *	  Reads that the statistics views do not count.
 *
 * Everybody may look at how many scans, rows and pages a transaction has read of
 * any table or index, and EXPLAIN counts pages.  An answer that reads more than its
 * caller may see would tell in that way what it found.  So the counters of the
 * extension's relations are put back when the answer is made.  Only counters of
 * reads are: what was inserted, updated or deleted stays counted, since autovacuum
 * goes by it.
 *
 * Everybody may look at the predicate locks of serializable transactions, too.  There such
 * an answer locks whole relations, so that they are the same whatever it finds.
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

#include "compat.h"
#include "modelapi_acl.h"

struct Uncounted
{
	BufferUsage buffers;
	int			count;
	const Oid  *relations;		/* as they were when it began */
	ReadCounts	before[FLEXIBLE_ARRAY_MEMBER];
};

/*
 * All relations of the extension, with their indexes and TOAST tables.  A new array is
 * made when one of them has changed, unless the old one is in use.
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
uncounted_initialize(void)
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

	/* what changes from here on makes the array stale again */
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

/* What is counted of a relation and not reported yet, or NULL for nothing. */
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
uncounted_save(Relation relation, ReadCounts *counts)
{
	copy_counts(relation->pgstat_info ? TABLE_COUNTS(relation->pgstat_info) : NULL, counts);
}

void
uncounted_restore(Relation relation, const ReadCounts *counts, int scans)
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
uncounted_lock(Relation relation, Snapshot snapshot)
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
		uncounted_lock(relation, GetActiveSnapshot());
		relation_close(relation, AccessShareLock);
	}
}

/* ----------
 * A whole answer
 * ----------
 */

Uncounted *
uncounted_begin(void)
{
	Uncounted  *result;

	if (is_stale && in_progress == 0)
		find_relations();
	if (IsolationIsSerializable() && in_progress == 0)
		lock_relations();
	result = palloc(offsetof(Uncounted, before) + nrelations * sizeof(ReadCounts));
	result->relations = relations;
	result->count = nrelations;
	result->buffers = pgBufferUsage;
	in_progress++;
	for (int i = 0; i < nrelations; i++)
		copy_counts(pending_counts(relations[i]), &result->before[i]);
	return result;
}

void
uncounted_end(Uncounted *uncounted)
{
	in_progress--;
	for (int i = 0; i < uncounted->count; i++)
		put_counts_back(pending_counts(uncounted->relations[i]), &uncounted->before[i]);
	pgBufferUsage = uncounted->buffers;
}
