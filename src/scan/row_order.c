/*-------------------------------------------------------------------------
 *
 * row_order.c
 *	  Sorts the rows that a scan has found into the order of an index.
 *
 * Whoever orders mostly wants the first rows only.  So a heap of limited size keeps the
 * first ones, and the caller asks which rows can still be among them before it reads them.
 * All rows are sorted by the server's tuplesort.  Either way only the columns of the order
 * and the row's place are held, not the row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "catalog/index.h"
#include "catalog/pg_index.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sortsupport.h"
#include "utils/tuplesort.h"

#include "row_order.h"

/* A row among the first ones */
typedef struct FirstRow
{
	ItemPointerData tid;
	bool		nulls[INDEX_MAX_KEYS];
	Datum		values[FLEXIBLE_ARRAY_MEMBER];
} FirstRow;

struct RowOrder
{
	MemoryContext memory;
	Relation	table;			/* the caller's */
	Relation	index;
	ScanDirection direction;
	IndexInfo  *info;
	EState	   *estate;			/* for the expressions of an index */
	int			ncolumns;
	SortSupport columns;
	TupleDesc	tupdesc;		/* the columns, and the place at the end */

	/* the first rows; the last of them is on top until they are sorted */
	int			wanted;			/* 0: all rows */
	binaryheap *heap;
	FirstRow  **sorted;
	int			count;
	int			next;
	bool		is_cut;			/* a row was left out */

	/* all rows */
	Tuplesortstate *all;
	TupleTableSlot *input;
	TupleTableSlot *output;
};

/* Compares two rows as binaryheap.h wants it. */
static int
compare_rows(Datum a, Datum b, void *argument)
{
	RowOrder   *order = argument;
	FirstRow   *x = (FirstRow *) DatumGetPointer(a);
	FirstRow   *y = (FirstRow *) DatumGetPointer(b);

	for (int i = 0; i < order->ncolumns; i++)
	{
		int			result = ApplySortComparator(x->values[i], x->nulls[i],
												 y->values[i], y->nulls[i], &order->columns[i]);

		if (result != 0)
			return result;
	}
	return ItemPointerCompare(&x->tid, &y->tid);
}

/*
 * Adds a column of the index to the order.  Its type is the table's: an index may store
 * another one.
 */
static void
add_column(RowOrder *order, int i, ListCell **expression, Oid *operators)
{
	SortSupport column = &order->columns[i];
	Relation	index = order->index;
	int16		option = index->rd_indoption[i];
	bool		is_descending = ((option & INDOPTION_DESC) != 0) != ScanDirectionIsBackward(order->direction);
	AttrNumber	attribute = index->rd_index->indkey.values[i];
	AttrNumber	number = (AttrNumber) (i + 1);

	if (attribute != 0)
		TupleDescCopyEntry(order->tupdesc, number, RelationGetDescr(order->table), attribute);
	else
	{
		if (*expression == NULL)
			elog(ERROR, "an index has too few expressions");
		TupleDescInitEntry(order->tupdesc, number, NULL, exprType(lfirst(*expression)),
						   exprTypmod(lfirst(*expression)), 0);
		*expression = lnext(order->info->ii_Expressions, *expression);
	}
	operators[i] = get_opfamily_member(index->rd_opfamily[i], index->rd_opcintype[i],
									   index->rd_opcintype[i], is_descending ?
									   BTGreaterStrategyNumber : BTLessStrategyNumber);
	column->ssup_cxt = order->memory;
	column->ssup_collation = index->rd_indcollation[i];
	column->ssup_nulls_first = ((option & INDOPTION_NULLS_FIRST) != 0) !=
		ScanDirectionIsBackward(order->direction);
	column->ssup_attno = number;
	PrepareSortSupportFromOrderingOp(operators[i], column);
}

/* Starts the server's sort of all rows. */
static void
begin_all(RowOrder *order, Oid *operators)
{
	AttrNumber	numbers[INDEX_MAX_KEYS + 1];
	Oid			collations[INDEX_MAX_KEYS + 1];
	bool		nulls_first[INDEX_MAX_KEYS + 1];

	for (int i = 0; i < order->ncolumns; i++)
	{
		numbers[i] = (AttrNumber) (i + 1);
		collations[i] = order->columns[i].ssup_collation;
		nulls_first[i] = order->columns[i].ssup_nulls_first;
	}
	numbers[order->ncolumns] = (AttrNumber) (order->ncolumns + 1);
	operators[order->ncolumns] = TIDLessOperator;
	collations[order->ncolumns] = InvalidOid;
	nulls_first[order->ncolumns] = false;
	order->all = tuplesort_begin_heap(order->tupdesc, order->ncolumns + 1, numbers, operators,
									  collations, nulls_first, work_mem, NULL, TUPLESORT_NONE);
	order->input = MakeSingleTupleTableSlot(order->tupdesc, &TTSOpsVirtual);
	order->output = MakeSingleTupleTableSlot(order->tupdesc, &TTSOpsMinimalTuple);
}

static Size
row_size(RowOrder *order)
{
	return offsetof(FirstRow, values) + order->ncolumns * sizeof(Datum);
}

RowOrder *
row_order_begin(Relation table, Oid index, ScanDirection direction, int first)
{
	RowOrder   *order = palloc0(sizeof(RowOrder));
	Oid			operators[INDEX_MAX_KEYS + 1];
	ListCell   *expression;

	order->memory = CurrentMemoryContext;
	order->table = table;
	order->index = index_open(index, AccessShareLock);
	order->direction = direction;
	order->info = BuildIndexInfo(order->index);
	order->ncolumns = order->index->rd_index->indnkeyatts;
	order->columns = palloc0(order->ncolumns * sizeof(SortSupportData));
	order->tupdesc = CreateTemplateTupleDesc(order->ncolumns + 1);
	if (order->info->ii_Expressions != NIL)
		order->estate = CreateExecutorState();
	expression = list_head(order->info->ii_Expressions);
	for (int i = 0; i < order->ncolumns; i++)
		add_column(order, i, &expression, operators);
	TupleDescInitEntry(order->tupdesc, (AttrNumber) (order->ncolumns + 1), NULL, TIDOID, -1, 0);
	/* values that are passed by reference take room as well */
	if (first > 0 && first <= (int64) work_mem * 1024 / (2 * row_size(order)))
	{
		order->wanted = first;
		order->heap = binaryheap_allocate(first, compare_rows, order);
	}
	else
		begin_all(order, operators);
	return order;
}

void
row_order_end(RowOrder *order)
{
	if (order->all)
	{
		ExecDropSingleTupleTableSlot(order->input);
		ExecDropSingleTupleTableSlot(order->output);
		tuplesort_end(order->all);
	}
	if (order->estate)
		FreeExecutorState(order->estate);
	index_close(order->index, AccessShareLock);
}

/* Puts a row in place of another, or in a new place (NULL), in the order's memory. */
static FirstRow *
store_row(RowOrder *order, FirstRow *target, const FirstRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(order->memory);
	bool		is_new = target == NULL;

	if (is_new)
		target = palloc(row_size(order));
	target->tid = row->tid;
	for (int i = 0; i < order->ncolumns; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(order->tupdesc, i);

		if (!is_new && !attribute->attbyval && !target->nulls[i])
			pfree(DatumGetPointer(target->values[i]));
		target->nulls[i] = row->nulls[i];
		if (!row->nulls[i])
			target->values[i] = datumCopy(row->values[i], attribute->attbyval, attribute->attlen);
	}
	MemoryContextSwitchTo(old);
	return target;
}

/* Adds a row to the first ones unless it comes after all of them. */
static void
add_to_first(RowOrder *order, FirstRow *row)
{
	FirstRow   *last;

	if (order->count < order->wanted)
	{
		binaryheap_add(order->heap, PointerGetDatum(store_row(order, NULL, row)));
		order->count++;
		return;
	}
	order->is_cut = true;
	last = (FirstRow *) DatumGetPointer(binaryheap_first(order->heap));
	if (compare_rows(PointerGetDatum(row), PointerGetDatum(last), order) < 0)
		binaryheap_replace_first(order->heap, PointerGetDatum(store_row(order, last, row)));
}

static void
add_to_all(RowOrder *order, const FirstRow *row)
{
	TupleTableSlot *slot = ExecClearTuple(order->input);

	memcpy(slot->tts_values, row->values, order->ncolumns * sizeof(Datum));
	memcpy(slot->tts_isnull, row->nulls, order->ncolumns * sizeof(bool));
	slot->tts_values[order->ncolumns] = PointerGetDatum(&row->tid);
	slot->tts_isnull[order->ncolumns] = false;
	tuplesort_puttupleslot(order->all, ExecStoreVirtualTuple(slot));
}

void
row_order_add(RowOrder *order, TupleTableSlot *slot)
{
	union
	{
		FirstRow	row;
		char		room[offsetof(FirstRow, values) + INDEX_MAX_KEYS * sizeof(Datum)];
	}			added;
	ExprContext *econtext = NULL;

	if (order->estate)
	{
		econtext = GetPerTupleExprContext(order->estate);
		econtext->ecxt_scantuple = slot;
	}
	FormIndexDatum(order->info, slot, order->estate, added.row.values, added.row.nulls);
	added.row.tid = slot->tts_tid;
	if (order->all)
		add_to_all(order, &added.row);
	else
		add_to_first(order, &added.row);
	if (econtext)
		ResetExprContext(econtext);
}

bool
row_order_wants(RowOrder *order, Datum value, bool isnull)
{
	FirstRow   *last;

	if (order->all || order->count < order->wanted)
		return true;
	last = (FirstRow *) DatumGetPointer(binaryheap_first(order->heap));
	if (ApplySortComparator(value, isnull, last->values[0], last->nulls[0], &order->columns[0]) <= 0)
		return true;
	order->is_cut = true;
	return false;
}

ScanDirection
row_order_by_column(RowOrder *order, Relation index, int column)
{
	AttrNumber	number = order->index->rd_index->indkey.values[0];
	int16		reversed = INDOPTION_DESC | INDOPTION_NULLS_FIRST;
	int			i = column - 1;

	if (index->rd_index->indnkeyatts < column || number <= 0 ||
		index->rd_index->indkey.values[i] != number ||
		index->rd_opfamily[i] != order->index->rd_opfamily[0] ||
		index->rd_opcintype[i] != order->index->rd_opcintype[0] ||
		index->rd_indcollation[i] != order->index->rd_indcollation[0] ||
	/* an index may store another type */
		TupleDescAttr(RelationGetDescr(index), i)->atttypid !=
		TupleDescAttr(RelationGetDescr(order->table), number - 1)->atttypid)
		return NoMovementScanDirection;
	if (index->rd_indoption[i] == order->index->rd_indoption[0])
		return order->direction;
	if (index->rd_indoption[i] == (order->index->rd_indoption[0] ^ reversed))
		return (ScanDirection) -order->direction;
	return NoMovementScanDirection;
}

void
row_order_sort(RowOrder *order)
{
	if (order->all)
	{
		tuplesort_performsort(order->all);
		return;
	}
	order->sorted = MemoryContextAlloc(order->memory, Max(order->count, 1) * sizeof(FirstRow *));
	for (int i = order->count - 1; i >= 0; i--)
		order->sorted[i] = (FirstRow *) DatumGetPointer(binaryheap_remove_first(order->heap));
}

bool
row_order_next(RowOrder *order, ItemPointer tid)
{
	bool		isnull;

	if (!order->all)
	{
		if (order->next == order->count)
			return false;
		*tid = order->sorted[order->next++]->tid;
		return true;
	}
	if (!tuplesort_gettupleslot(order->all, true, false, order->output, NULL))
		return false;
	*tid = *(ItemPointer) DatumGetPointer(slot_getattr(order->output, order->ncolumns + 1, &isnull));
	return true;
}

bool
row_order_is_complete(RowOrder *order)
{
	return !order->is_cut;
}

char *
row_order_text(Oid relid, ScanDirection direction)
{
	Relation	index = index_open(relid, AccessShareLock);
	StringInfoData result;

	initStringInfo(&result);
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
	{
		int			option = index->rd_indoption[i] ^
			(ScanDirectionIsBackward(direction) ? INDOPTION_DESC | INDOPTION_NULLS_FIRST : 0);
		bool		is_descending = (option & INDOPTION_DESC) != 0;
		bool		nulls_first = (option & INDOPTION_NULLS_FIRST) != 0;
		Datum		column = DirectFunctionCall3(pg_get_indexdef_ext,
												 ObjectIdGetDatum(relid),
												 Int32GetDatum(i + 1), BoolGetDatum(false));

		appendStringInfo(&result, "%s%s%s%s", i > 0 ? ", " : "", TextDatumGetCString(column),
						 is_descending ? " DESC" : "",
						 nulls_first == is_descending ? "" : nulls_first ? " NULLS FIRST" : " NULLS LAST");
	}
	index_close(index, AccessShareLock);
	return result.data;
}
