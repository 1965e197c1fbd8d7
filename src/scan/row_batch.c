/*-------------------------------------------------------------------------
 *
 * row_batch.c
 *	  Fetches rows that an index has found, in the order in which the table stores them.
 *
 * Rows of one model API lie all over a table.  To fetch them key by key is to visit a page
 * again for each of its rows.  So places are collected and sorted first, as in a bitmap scan,
 * but exactly: places that need more memory than work_mem go to another batch.  The first
 * batch is small, since the query may want no more.
 *
 * By the time a row is fetched the index page is no longer pinned, and VACUUM may have removed
 * the row.  A row that has taken its place is too young for the snapshot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "miscadmin.h"

#include "row_batch.h"

#define BATCH_MIN 64
#define BATCH_GROWTH 4
#define BATCH_MAX INT64CONST(4194304)

struct RowBatch
{
	MemoryContext memory;
	Snapshot	snapshot;
	IndexFetchTableData *fetch;
	uint64	   *places;			/* block and offset */
	int			room;
	int			count;
	int			next;
	bool		is_sorted;
};

#define ST_SORT sort_places
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

RowBatch *
row_batch_begin(Relation table, Snapshot snapshot)
{
	RowBatch   *batch = palloc0(sizeof(RowBatch));

	batch->memory = CurrentMemoryContext;
	batch->snapshot = snapshot;
	batch->fetch = table_index_fetch_begin(table);
	batch->room = BATCH_MIN;
	batch->places = palloc(batch->room * sizeof(uint64));
	return batch;
}

void
row_batch_end(RowBatch *batch)
{
	table_index_fetch_end(batch->fetch);
}

bool
row_batch_has_room(RowBatch *batch)
{
	return batch->count < batch->room;
}

void
row_batch_add(RowBatch *batch, ItemPointer tid)
{
	batch->places[batch->count++] =
		((uint64) ItemPointerGetBlockNumber(tid) << 16) | ItemPointerGetOffsetNumber(tid);
}

void
row_batch_clear(RowBatch *batch)
{
	batch->count = batch->next = 0;
	batch->is_sorted = false;
}

/* Makes the batch empty, and larger if it was full. */
static void
start_next_batch(RowBatch *batch)
{
	int			most = (int) Min((int64) work_mem * 1024 / sizeof(uint64), BATCH_MAX);
	int			room = Max(Min(batch->room * BATCH_GROWTH, most), batch->room);

	if (batch->count == batch->room && room > batch->room)
	{
		pfree(batch->places);
		batch->places = MemoryContextAlloc(batch->memory, room * sizeof(uint64));
		batch->room = room;
	}
	row_batch_clear(batch);
}

/* Stores the version of the row that the snapshot shows; false if it shows none. */
static bool
fetch_row(RowBatch *batch, uint64 place, TupleTableSlot *slot)
{
	ItemPointerData tid;
	bool		call_again = false;
	bool		all_dead = false;

	/* no second call is needed with an MVCC snapshot */
	ItemPointerSet(&tid, (BlockNumber) (place >> 16), (OffsetNumber) (place & 0xFFFF));
	return table_index_fetch_tuple(batch->fetch, &tid, batch->snapshot, slot,
								   &call_again, &all_dead);
}

bool
row_batch_next(RowBatch *batch, TupleTableSlot *slot)
{
	if (!batch->is_sorted)
		sort_places(batch->places, batch->count);
	batch->is_sorted = true;
	while (batch->next < batch->count)
	{
		CHECK_FOR_INTERRUPTS();
		if (fetch_row(batch, batch->places[batch->next++], slot))
			return true;
	}
	start_next_batch(batch);
	return false;
}
