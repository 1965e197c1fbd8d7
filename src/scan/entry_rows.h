/*-------------------------------------------------------------------------
 *
 * entry_rows.h
 *	  Makes rows of a table from index entries, without the table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ENTRY_ROWS_H
#define MODELAPI_ACL_ENTRY_ROWS_H

#include "access/genam.h"
#include "executor/tuptable.h"
#include "utils/relcache.h"

/* The rows of one table; opaque */
typedef struct EntryRows EntryRows;

/*
 * entry_rows_begin: allocates in the current memory context, which has to outlive it.  The
 * table must be open until entry_rows_end.
 */
extern EntryRows *entry_rows_begin(Relation table);
extern void entry_rows_end(EntryRows *rows);

/*
 * entry_rows_make: the row of the entry that an index scan with xs_want_itup has reached, in
 * a virtual slot.  Columns that the index lacks are NULL.  Returns NULL if only the heap can
 * tell whether the snapshot shows the row.  The values point into the scan's page.
 */
extern TupleTableSlot *entry_rows_make(EntryRows *rows, IndexScanDesc index_scan);

#endif							/* MODELAPI_ACL_ENTRY_ROWS_H */
