/*-------------------------------------------------------------------------
 *
 * bounds.h
 *	  The range of times that a scan is limited to, both ends inclusive.
 *
 * planner/time_bounds.c finds the two expressions in a query.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_BOUNDS_H
#define MODELAPI_ACL_BOUNDS_H

#include "access/attnum.h"
#include "access/skey.h"
#include "datatype/timestamp.h"
#include "nodes/execnodes.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

enum
{
	BOUND_FROM,
	BOUND_UNTIL,
	BOUNDS
};

/*
 * bounds_evaluate: the values of the two bounds.
 *
 * states: a list of two ExprStates.  A bound that is NULL becomes infinite: a comparison
 * with NULL shows no row, which the query's own filter sees to.  Raises what the
 * expressions raise.
 */
extern void bounds_evaluate(List *states, ExprContext *econtext, TimestampTz bounds[BOUNDS]);

/* bounds_scan_keys: fills in scan keys for an index column; returns how many, two at most. */
extern int	bounds_scan_keys(const TimestampTz bounds[BOUNDS], AttrNumber column, ScanKey keys);

/*
 * bounds_of_column: does both for the column of an index, numbered from 1; 0 if it is no
 * timestamptz.
 */
extern int	bounds_of_column(List *states, ExprContext *econtext, Relation index,
							 AttrNumber column, ScanKey keys);

#endif							/* MODELAPI_ACL_BOUNDS_H */
