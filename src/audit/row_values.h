/*-------------------------------------------------------------------------
 *
 * row_values.h
 *	  The values of a row in an audit event.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ROW_VALUES_H
#define MODELAPI_ACL_ROW_VALUES_H

#include "datatype/timestamp.h"

#include "../triggers/row_change.h"

/*
 * row_values_as_jsonb: columns of a row as a jsonb object; 0 without any columns.  Takes two
 * arrays of column names, with n1 and n2 members, and skips NULLs in them, and columns that an
 * installation of an older version lacks.  skips_nulls leaves out columns of the first array
 * that are NULL.  The result is in the current memory context.
 */
extern Datum row_values_as_jsonb(RowChange *change, HeapTuple tuple,
								 const char *const *names1, int n1, bool skips_nulls,
								 const char *const *names2, int n2);

/* row_values_time: a time as events have it, in UTC; in the current memory context. */
extern char *row_values_time(TimestampTz time);

#endif							/* MODELAPI_ACL_ROW_VALUES_H */
