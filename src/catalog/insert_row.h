/*-------------------------------------------------------------------------
 *
 * insert_row.h
 *	  Inserts rows on the extension's own behalf, without privileges and policies.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_INSERT_ROW_H
#define MODELAPI_ACL_INSERT_ROW_H

#include "utils/relcache.h"

typedef struct InsertColumn
{
	const char *name;
	Datum		value;
	bool		isnull;
} InsertColumn;

/*
 * insert_row: inserts a row as the executor would, but checks no privileges and policies.
 *
 * table is open with RowExclusiveLock.  Columns that are not given get their defaults.
 * Triggers run as the current user, AFTER triggers before this returns.  Raises what
 * triggers, constraints and indexes raise, and undefined_column for a missing column.
 */
extern void insert_row(Relation table, int count, const InsertColumn *columns);

/*
 * insert_row_is_enough: whether insert_row() does to a table all that an INSERT would: somebody
 * may have added a rule, or a trigger for each statement, or made the table another kind.
 */
extern bool insert_row_is_enough(Relation table);

/*
 * insert_row_is_own: whether the row for which a guard trigger was called comes from
 * insert_row().  The guard calls this once for each row.
 */
extern bool insert_row_is_own(Relation table);

#endif							/* MODELAPI_ACL_INSERT_ROW_H */
