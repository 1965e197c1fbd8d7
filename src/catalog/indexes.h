/*-------------------------------------------------------------------------
 *
 * indexes.h
 *	  Which index a read of the extension's tables goes through.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_INDEXES_H
#define MODELAPI_ACL_INDEXES_H

#include "access/attnum.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "index_shapes.h"

/* How a read accesses its table */
typedef struct IndexChoice
{
	Oid			table;
	Oid			index;			/* InvalidOid: scan the whole table */
	int			nkeys;			/* this many of the read's first columns are keys of the index */
	bool		covers;			/* the index's entries contain all columns */
	TransactionId changed_by;	/* last changed the table's pg_class row */
	AttrNumber	places[INDEX_COLUMNS_MAX];	/* attribute numbers of the columns: in the index
											 * if covers, else in the table */
} IndexChoice;

/* Called by _PG_init: registers the callback that invalidates cached choices. */
extern void indexes_initialize(void);

/*
 * indexes_open: opens a read's table with AccessShareLock and chooses an index, which
 * exists as long as the table is locked.
 * indexes_find: the same for a table that the caller has opened and locked.
 *
 * Raises undefined_column or datatype_mismatch where somebody has dropped or changed a
 * column of the extension.
 */
extern Relation indexes_open(IndexId which, IndexChoice *access);
extern void indexes_find(IndexId which, Relation table, IndexChoice *access);

/*
 * indexes_choice_is_best: whether the index is as good as the one that the install script
 * creates: its entries contain all columns, and are in the order of all keys.
 */
extern bool indexes_choice_is_best(IndexId which, const IndexChoice *access);

/*
 * indexes_snapshot_is_too_old: whether a table that was locked after the snapshot was taken
 * may have been rewritten in between.  A rewrite can give all rows a new xmin, so that the
 * snapshot shows none of them.
 * indexes_raise_snapshot_too_old: raises serialization_failure (40001).
 */
extern bool indexes_snapshot_is_too_old(const IndexChoice *access, Snapshot snapshot);
extern void indexes_raise_snapshot_too_old(const char *table);

/*
 * indexes_require_current_snapshot: locks all tables with AccessShareLock until the
 * transaction ends, and raises 40001 if the snapshot is too old for one of them.
 */
extern void indexes_require_current_snapshot(Snapshot snapshot);

/* The function that the first key is of, or InvalidOid; and the collation of the first key. */
extern Oid	indexes_key_function(IndexId which);
extern Oid	indexes_key_collation(IndexId which);

#endif							/* MODELAPI_ACL_INDEXES_H */
