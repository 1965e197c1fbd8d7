/*-------------------------------------------------------------------------
 *
 * entry_rows.c
 *	  Makes rows of a table from index entries, without the table.
 *
 * It does what the server's index-only scan does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/itup.h"
#include "access/relscan.h"
#include "access/visibilitymap.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/rel.h"

#include "entry_rows.h"

struct EntryRows
{
	Relation	table;
	Buffer		map_buffer;
	TupleTableSlot *slot;
};

EntryRows *
entry_rows_begin(Relation table)
{
	EntryRows  *rows = palloc0(sizeof(EntryRows));

	rows->table = table;
	rows->map_buffer = InvalidBuffer;
	rows->slot = MakeSingleTupleTableSlot(RelationGetDescr(table), &TTSOpsVirtual);
	memset(rows->slot->tts_isnull, true, RelationGetDescr(table)->natts * sizeof(bool));
	return rows;
}

void
entry_rows_end(EntryRows *rows)
{
	if (BufferIsValid(rows->map_buffer))
		ReleaseBuffer(rows->map_buffer);
	ExecDropSingleTupleTableSlot(rows->slot);
}

TupleTableSlot *
entry_rows_make(EntryRows *rows, IndexScanDesc index_scan)
{
	Form_pg_index form = index_scan->indexRelation->rd_index;
	BlockNumber block = ItemPointerGetBlockNumber(&index_scan->xs_heaptid);
	TupleTableSlot *slot = ExecClearTuple(rows->slot);

	if (!VM_ALL_VISIBLE(rows->table, block, &rows->map_buffer))
		return NULL;
	/* serializable transactions still have to know that the row was read */
	PredicateLockPage(rows->table, block, index_scan->xs_snapshot);
	for (int i = 0; i < form->indnatts; i++)
	{
		AttrNumber	column = form->indkey.values[i];

		if (column > 0)
			slot->tts_values[column - 1] = index_getattr(index_scan->xs_itup, i + 1,
														 index_scan->xs_itupdesc,
														 &slot->tts_isnull[column - 1]);
	}
	slot->tts_tid = index_scan->xs_heaptid;
	slot->tts_tableOid = RelationGetRelid(rows->table);
	return ExecStoreVirtualTuple(slot);
}
