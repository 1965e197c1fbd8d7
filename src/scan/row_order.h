/*-------------------------------------------------------------------------
 *
 * row_order.h
 *	  Sorts the rows that a scan has found into the order of an index.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ROW_ORDER_H
#define MODELAPI_ACL_ROW_ORDER_H

#include "access/sdir.h"
#include "executor/tuptable.h"
#include "utils/relcache.h"

/* One sort; opaque */
typedef struct RowOrder RowOrder;

/*
 * row_order_begin: starts a sort of rows of a table, into the order that a scan of a btree
 * index has in a direction, and by ctid where that leaves rows equal.
 *
 * first: only so many rows are wanted, the first ones; 0, or more than work_mem holds: all,
 * by the server's sort, which spills to disk.  Opens the index with AccessShareLock until
 * row_order_end.  Allocates in the current memory context, which has to outlive the sort.
 */
extern RowOrder *row_order_begin(Relation table, Oid index, ScanDirection direction, int first);
extern void row_order_end(RowOrder *order);

/* row_order_add: adds a row, a heap tuple in a slot of the table. */
extern void row_order_add(RowOrder *order, TupleTableSlot *slot);

/*
 * row_order_wants: whether a row can be among the first ones that has this value in the
 * first column of the order.
 */
extern bool row_order_wants(RowOrder *order, Datum value, bool isnull);

/*
 * row_order_by_column: the direction in which a scan of another index of the table, with the
 * columns before this one fixed, returns rows in the order's first column;
 * NoMovementScanDirection if it does in none.
 */
extern ScanDirection row_order_by_column(RowOrder *order, Relation index, int column);

/*
 * row_order_sort: sorts; no row is added afterwards.
 * row_order_next: the next row's place; false at the end.
 * row_order_is_complete: whether these are all rows that were added or not wanted.
 */
extern void row_order_sort(RowOrder *order);
extern bool row_order_next(RowOrder *order, ItemPointer tid);
extern bool row_order_is_complete(RowOrder *order);

/* row_order_text: the columns of the order as ORDER BY takes them, in the current context. */
extern char *row_order_text(Oid index, ScanDirection direction);

#endif							/* MODELAPI_ACL_ROW_ORDER_H */
