/*-------------------------------------------------------------------------
 *
 * index_read.c
 *	  Scans of the extension's tables with the caller's snapshot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/visibilitymap.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "index_read.h"
#include "indexes.h"
#include "uncounted_reads.h"
#include "../compat.h"

/*
 * The snapshot to scan with.
 *
 * A statement locks the tables that it names before it takes its snapshot, but this file
 * locks them later.  If a table was rewritten in between (by ALTER TABLE or pg_repack), the
 * snapshot may show none of its rows; then use the latest snapshot.
 */
static Snapshot
snapshot_for(IndexRead *scan, Snapshot snapshot)
{
	if (!indexes_snapshot_is_too_old(&scan->access, snapshot))
		return snapshot;
	if (IsolationUsesXactSnapshot() || IsInParallelMode())
		indexes_raise_snapshot_too_old(RelationGetRelationName(scan->table));
	scan->snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan->snapshot->curcid = snapshot->curcid;
	return scan->snapshot;
}

void
index_read_begin(IndexRead *scan, IndexId which, Snapshot snapshot, int nkeys, ScanKey keys)
{
	memset(scan, 0, sizeof(*scan));
	scan->which = which;
	scan->table = indexes_open(which, &scan->access);
	snapshot = snapshot_for(scan, snapshot);
	scan->direction = ForwardScanDirection;
	scan->visibility_buffer = InvalidBuffer;
	scan->keys = keys;
	scan->nkeys = nkeys;
	scan->nindexed = Min(nkeys, scan->access.nkeys);
	if (!scan->access.covers)
		scan->slot = table_slot_create(scan->table, NULL);
	if (scan->nindexed == 0)
	{
		scan->table_scan = table_beginscan(scan->table, snapshot, 0, NULL);
		return;
	}
	scan->index = index_open(scan->access.index, AccessShareLock);
	scan->index_scan = begin_index_scan(scan->table, scan->index, snapshot, scan->nindexed);
	scan->index_scan->xs_want_itup = scan->access.covers;
	index_rescan(scan->index_scan, keys, scan->nindexed, NULL, 0);
}

void
index_read_uncounted(IndexRead *scan)
{
	scan->is_uncounted = true;
	scan->buffers = pgBufferUsage;
	uncounted_reads_save(scan->table, &scan->of_table);
	if (scan->index)
		uncounted_reads_save(scan->index, &scan->of_index);
}

void
index_read_unnoticed(IndexRead *scan)
{
	index_read_uncounted(scan);
	scan->is_unnoticed = true;
}

void
index_read_hide_locks(IndexRead *scan, Snapshot snapshot)
{
	uncounted_reads_lock_relation(scan->table, snapshot);
	if (scan->index)
		uncounted_reads_lock_relation(scan->index, snapshot);
}

static void
restore_counts(IndexRead *scan)
{
	static bool was_counted[INDEX_COUNT];
	int			scans = scan->is_unnoticed || was_counted[scan->which] ? 0 : 1;

	if (scans == 1)
		was_counted[scan->which] = true;
	pgBufferUsage = scan->buffers;
	uncounted_reads_restore(scan->table, &scan->of_table, scan->index ? 0 : scans);
	if (scan->index)
		uncounted_reads_restore(scan->index, &scan->of_index, scans);
}

/* Moves to the next index entry whose row is visible, as an index-only scan does. */
static bool
next_entry(IndexRead *scan)
{
	ItemPointer tid;

	while ((tid = index_getnext_tid(scan->index_scan, scan->direction)) != NULL)
	{
		if (VM_ALL_VISIBLE(scan->table, ItemPointerGetBlockNumber(tid),
						   &scan->visibility_buffer))
		{
			/* The heap is not visited, so take the serializable transaction's lock here */
			PredicateLockPage(scan->table, ItemPointerGetBlockNumber(tid),
							  scan->index_scan->xs_snapshot);
			return true;
		}
		if (!scan->slot)
			scan->slot = table_slot_create(scan->table, NULL);
		if (index_fetch_heap(scan->index_scan, scan->slot))
		{
			ExecClearTuple(scan->slot);
			return true;
		}
	}
	return false;
}

Datum
index_read_value(IndexRead *scan, AttrNumber column, bool *isnull)
{
	AttrNumber	place = scan->access.places[column - 1];

	if (place == InvalidAttrNumber)
	{
		*isnull = true;
		return (Datum) 0;
	}
	if (scan->access.covers && scan->index)
		return index_getattr(scan->index_scan->xs_itup, place,
							 scan->index_scan->xs_itupdesc, isnull);
	return slot_getattr(scan->slot, place, isnull);
}

/* Whether the current row meets the keys that the index does not check. */
static bool
meets_keys(IndexRead *scan)
{
	for (int i = scan->nindexed; i < scan->nkeys; i++)
	{
		ScanKey		key = &scan->keys[i];
		bool		isnull;
		Datum		value = index_read_value(scan, key->sk_attno, &isnull);

		if (isnull)
			return false;
		if (key->sk_attno == 1 && OidIsValid(indexes_key_function(scan->which)))
			value = OidFunctionCall1Coll(indexes_key_function(scan->which),
										 C_COLLATION_OID, value);
		if (!DatumGetBool(FunctionCall2Coll(&key->sk_func, key->sk_collation, value, key->sk_argument)))
			return false;
	}
	return true;
}

bool
index_read_next(IndexRead *scan)
{
	for (;;)
	{
		bool		found;

		if (!scan->index)
			found = table_scan_getnextslot(scan->table_scan, scan->direction, scan->slot);
		else if (scan->access.covers)
			found = next_entry(scan);
		else
			found = index_getnext_slot(scan->index_scan, scan->direction, scan->slot);
		if (!found || meets_keys(scan))
			return found;
		CHECK_FOR_INTERRUPTS();
	}
}

bool
index_read_is_in_order(IndexRead *scan, AttrNumber column)
{
	return scan->index && scan->access.nkeys >= column;
}

void
index_read_end(IndexRead *scan)
{
	if (scan->is_uncounted)
		restore_counts(scan);
	if (BufferIsValid(scan->visibility_buffer))
		ReleaseBuffer(scan->visibility_buffer);
	if (scan->index)
	{
		index_endscan(scan->index_scan);
		index_close(scan->index, AccessShareLock);
	}
	else
		table_endscan(scan->table_scan);
	if (scan->slot)
		ExecDropSingleTupleTableSlot(scan->slot);
	if (scan->snapshot)
		UnregisterSnapshot(scan->snapshot);
	table_close(scan->table, AccessShareLock);
}

void
index_read_key_uuid(ScanKey key, AttrNumber column, const pg_uuid_t *value)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(value));
}

void
index_read_key_text(ScanKey key, AttrNumber column, Oid collation, const char *value)
{
	ScanKeyEntryInitialize(key, 0, column, BTEqualStrategyNumber, InvalidOid,
						   collation, F_TEXTEQ, CStringGetTextDatum(value));
}

Datum
index_read_required(IndexRead *scan, AttrNumber column)
{
	bool		isnull;
	Datum		value = index_read_value(scan, column, &isnull);

	if (isnull)
		elog(ERROR, "unexpected NULL in table %s, read %d, column %d",
			 RelationGetRelationName(scan->table), scan->which, column);
	return value;
}
