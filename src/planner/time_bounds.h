/*-------------------------------------------------------------------------
 *
 * time_bounds.h
 *	  Finds the range of times that a query is limited to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TIME_BOUNDS_H
#define MODELAPI_ACL_TIME_BOUNDS_H

#include "access/attnum.h"
#include "nodes/nodes.h"
#include "nodes/pathnodes.h"

#include "../scan/bounds.h"

/*
 * time_bounds_find: the bounds of a timestamptz column by the query's own conditions, as
 * expressions that are the same for all rows; NULL constants where there is none.
 */
extern void time_bounds_find(RelOptInfo *rel, AttrNumber column, Node *bounds[BOUNDS]);

#endif							/* MODELAPI_ACL_TIME_BOUNDS_H */
