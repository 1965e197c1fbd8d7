/*-------------------------------------------------------------------------
 *
 * store_scan.c
 *	  Scans of the extension's tables, with the caller's snapshot.
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

#include "compat.h"
#include "store_scan.h"

/*
 * A statement locks the tables that it names before it takes its snapshot; we come
 * later.  Where a table has been rewritten in between (by ALTER TABLE, or pg_repack),
 * the snapshot may show none of its rows, and what is committed by now is read instead.
 */
static Snapshot
snapshot_for(StoreScan *scan, Snapshot snapshot)
{
	if (!indexes_too_old(&scan->access, snapshot))
		return snapshot;
	if (IsolationUsesXactSnapshot() || IsInParallelMode())
		indexes_raise_too_old(RelationGetRelationName(scan->table));
	scan->snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan->snapshot->curcid = snapshot->curcid;
	return scan->snapshot;
}

void
store_scan_begin(StoreScan *scan, StoreIndex which, Snapshot snapshot, int nkeys, ScanKey keys)
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

/*
 * For a scan that has just begun and that passes by rows which the caller must not know
 * of: how many it reads is not counted, but for one scan.
 */
void
store_scan_uncounted(StoreScan *scan)
{
	scan->is_uncounted = true;
	scan->buffers = pgBufferUsage;
	uncounted_save(scan->table, &scan->of_table);
	if (scan->index)
		uncounted_save(scan->index, &scan->of_index);
}

/* In serializable transactions it locks no single rows and pages, which all may look at. */
void
store_scan_hide_locks(StoreScan *scan, Snapshot snapshot)
{
	uncounted_lock(scan->table, snapshot);
	if (scan->index)
		uncounted_lock(scan->index, snapshot);
}

static void
restore_counts(StoreScan *scan)
{
	pgBufferUsage = scan->buffers;
	uncounted_restore(scan->table, &scan->of_table, scan->index ? 0 : 1);
	if (scan->index)
		uncounted_restore(scan->index, &scan->of_index, 1);
}

/* The next entry of an index whose row the snapshot shows. */
static bool
next_entry(StoreScan *scan)
{
	ItemPointer tid;

	while ((tid = index_getnext_tid(scan->index_scan, scan->direction)) != NULL)
	{
		if (VM_ALL_VISIBLE(scan->table, ItemPointerGetBlockNumber(tid),
						   &scan->visibility_buffer))
		{
			/* Serializable transactions still have to know that it was read */
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

/* A column of the current row, by its place in the read's shape, from 1. */
Datum
store_scan_value(StoreScan *scan, AttrNumber column, bool *isnull)
{
	AttrNumber	place = scan->access.places[column - 1];

	if (scan->access.covers && scan->index)
		return index_getattr(scan->index_scan->xs_itup, place,
							 scan->index_scan->xs_itupdesc, isnull);
	return slot_getattr(scan->slot, place, isnull);
}

/* Whether the current row meets the keys that the index has not looked at. */
static bool
meets_keys(StoreScan *scan)
{
	for (int i = scan->nindexed; i < scan->nkeys; i++)
	{
		ScanKey		key = &scan->keys[i];
		bool		isnull;
		Datum		value = store_scan_value(scan, key->sk_attno, &isnull);

		if (isnull)
			return false;
		if (key->sk_attno == 1 && OidIsValid(indexes_function(scan->which)))
			value = OidFunctionCall1Coll(indexes_function(scan->which),
										 C_COLLATION_OID, value);
		if (!DatumGetBool(FunctionCall2Coll(&key->sk_func, key->sk_collation, value, key->sk_argument)))
			return false;
	}
	return true;
}

/* The next row that the snapshot shows. */
bool
store_scan_next(StoreScan *scan)
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

/* Whether rows come in the order of a column after those that the keys are equal to. */
bool
store_scan_is_in_order(StoreScan *scan, AttrNumber column)
{
	return scan->index && scan->access.nkeys >= column;
}

void
store_scan_end(StoreScan *scan)
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

/* The n-th column of a read (from 1) is equal to a uuid, or to a text. */
void
store_key_uuid(ScanKey key, AttrNumber column, const pg_uuid_t *value)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(value));
}

void
store_key_text(ScanKey key, AttrNumber column, Oid collation, const char *value)
{
	ScanKeyEntryInitialize(key, 0, column, BTEqualStrategyNumber, InvalidOid,
						   collation, F_TEXTEQ, CStringGetTextDatum(value));
}

/* A column that is never NULL. */
Datum
store_scan_required(StoreScan *scan, AttrNumber column)
{
	bool		isnull;
	Datum		value = store_scan_value(scan, column, &isnull);

	if (isnull)
		elog(ERROR, "unexpected NULL in table %s, read %d, column %d",
			 RelationGetRelationName(scan->table), scan->which, column);
	return value;
}
