/*-------------------------------------------------------------------------
 *
 * row_batch.h
 *	  Fetches rows that an index has found, in the order in which the table stores them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ROW_BATCH_H
#define MODELAPI_ACL_ROW_BATCH_H

#include "executor/tuptable.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

/* Rows that are to be fetched; opaque */
typedef struct RowBatch RowBatch;

/*
 * row_batch_begin: starts with an empty batch.  Allocates in the current memory context,
 * which has to outlive it, at most work_mem.  The snapshot must be an MVCC snapshot.
 * row_batch_end: releases what was pinned.
 */
extern RowBatch *row_batch_begin(Relation table, Snapshot snapshot);
extern void row_batch_end(RowBatch *batch);

/* row_batch_has_room: whether another row may be added before the rows are fetched. */
extern bool row_batch_has_room(RowBatch *batch);

/* row_batch_add: adds the place of a row, as an index entry has it. */
extern void row_batch_add(RowBatch *batch, ItemPointer tid);

/*
 * row_batch_next: stores the next row that the snapshot shows; false at the end.  Then the
 * batch is empty, and has room for more rows than before.
 */
extern bool row_batch_next(RowBatch *batch, TupleTableSlot *slot);

/* row_batch_clear: leaves out the rows that were not fetched. */
extern void row_batch_clear(RowBatch *batch);

#endif							/* MODELAPI_ACL_ROW_BATCH_H */
