/*-------------------------------------------------------------------------
 *
 * row_target.h
 *	  Where a function that returns a row may put its columns, instead of making a tuple.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ROW_TARGET_H
#define MODELAPI_ACL_ROW_TARGET_H

#include "fmgr.h"
#include "nodes/extensible.h"

#define ROW_TARGET_COLUMNS 8

/* The caller passes it as the context of a call: fcinfo->context */
typedef struct RowTarget
{
	ExtensibleNode node;		/* must be first */
	bool		is_filled;
	Datum		values[ROW_TARGET_COLUMNS];
	bool		nulls[ROW_TARGET_COLUMNS];
} RowTarget;

/* row_target_initialize: prepares a target, empty.  row_target_of: a call's target, or NULL. */
extern void row_target_initialize(RowTarget *target);
extern RowTarget *row_target_of(FunctionCallInfo fcinfo);

#endif							/* MODELAPI_ACL_ROW_TARGET_H */
