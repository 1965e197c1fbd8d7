/*-------------------------------------------------------------------------
 *
 * row_target.c
 *	  Where a function that returns a row may put its columns, instead of making a tuple.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "row_target.h"

/* Its address tells our targets from other nodes */
static const char node_name[] = "modelapi_acl row target";

void
row_target_initialize(RowTarget *target)
{
	memset(target, 0, sizeof(*target));
	target->node.type = T_ExtensibleNode;
	target->node.extnodename = node_name;
}

RowTarget *
row_target_of(FunctionCallInfo fcinfo)
{
	Node	   *context = fcinfo->context;

	if (!context || !IsA(context, ExtensibleNode) ||
		((ExtensibleNode *) context)->extnodename != node_name)
		return NULL;
	return (RowTarget *) context;
}
