/*-------------------------------------------------------------------------
 *
 * scan_node.h
 *	  What the custom scans of tables have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SCAN_NODE_H
#define MODELAPI_ACL_SCAN_NODE_H

#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "nodes/pg_list.h"

#include "../catalog/object_ids.h"
#include "../identity/identity.h"

/*
 * scan_node_arguments: evaluates the permission and the identity, a list of two ExprStates.
 * The permission is a label of an enum; its ordinal is returned, a Permission or a
 * ProjectPermission.
 *
 * Without an ExprState for the identity it is the session's own.  Otherwise it is nobody if
 * it is not the session's own.  It is also nobody if the permission is NULL; but without an
 * ExprState an administrator stays one, for the condition to decide.
 */
extern int	scan_node_arguments(List *arguments, ExprContext *econtext, EnumId type,
								Identity *identity);

/*
 * scan_node_emit: stores a tuple in the node's virtual slot and returns it.  The values
 * point into the tuple, which has to stay pinned in its own slot.
 */
extern TupleTableSlot *scan_node_emit(CustomScanState *node, TupleTableSlot *tuple);

#endif							/* MODELAPI_ACL_SCAN_NODE_H */
