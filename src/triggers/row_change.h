/*-------------------------------------------------------------------------
 *
 * row_change.h
 *	  The row that a row trigger was called for, by column names.
 *
 * The name of a column that the table does not have is an internal error.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ROW_CHANGE_H
#define MODELAPI_ACL_ROW_CHANGE_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "fmgr.h"
#include "utils/relcache.h"
#include "utils/uuid.h"

/* A row before and after the change */
typedef struct RowChange
{
	Relation	table;
	TupleDesc	tupdesc;
	HeapTuple	old;			/* NULL for INSERT */
	HeapTuple	new;			/* NULL for DELETE */
} RowChange;

/* Raises 0A000 unless the function was called as a trigger. */
extern void row_change_require_trigger(FunctionCallInfo fcinfo);

/*
 * The trigger's argument: the name of the column with the object's id.  Raises 55000 if
 * the trigger has none.
 */
extern const char *row_change_object_column(FunctionCallInfo fcinfo);

/* The row of the call; an internal error unless it is of a row trigger. */
extern RowChange row_change_from_trigger(FunctionCallInfo fcinfo);

/* Whether the table has a column: an installation of an older version may lack it. */
extern bool row_change_has_column(RowChange *change, const char *column);

/* The type of a column. */
extern Oid	row_change_type(RowChange *change, const char *column);

/* A column's value in change->old or change->new; NULL for a NULL uuid or text. */
extern Datum row_change_value(RowChange *change, HeapTuple tuple, const char *column, bool *isnull);
extern const pg_uuid_t *row_change_uuid(RowChange *change, HeapTuple tuple, const char *column);
extern text *row_change_text(RowChange *change, HeapTuple tuple, const char *column);

/* Whether the row is new, or the column has another value than before. */
extern bool row_change_modifies(RowChange *change, const char *column);

/*
 * Sets a column of the new row, which is copied into the current memory context.
 * value = NULL sets it to NULL.
 */
extern void row_change_set(RowChange *change, const char *column, const Datum *value);

/* Sets a column of the new row to the old row's value. */
extern void row_change_keep_old(RowChange *change, const char *column);

/*
 * row_change_makes_owner: whether a row of a table of grants, one of the two tuples, makes a
 * user an owner, directly and without expiry.
 */
extern bool row_change_makes_owner(RowChange *change, HeapTuple tuple);

#endif							/* MODELAPI_ACL_ROW_CHANGE_H */
