/*-------------------------------------------------------------------------
 *
 * plan_info.c
 *	  What the planner tells the two scans, as lists of nodes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"

#include "plan_info.h"

List *
plan_info_from_model_api_plan(const ModelApiPlan *plan)
{
	return list_make5(makeInteger(plan->order), makeInteger(plan->wants_public),
					  makeInteger(plan->wants_private), makeInteger(plan->needs_no_heap),
					  makeInteger(plan->limit));
}

ModelApiPlan
plan_info_to_model_api_plan(List *list)
{
	ModelApiPlan plan = {.bounds = {DT_NOBEGIN, DT_NOEND}};

	plan.order = (ScanDirection) intVal(linitial(list));
	plan.wants_public = intVal(lsecond(list)) != 0;
	plan.wants_private = intVal(lthird(list)) != 0;
	plan.needs_no_heap = intVal(lfourth(list)) != 0;
	plan.limit = intVal(list_nth(list, 4));
	return plan;
}

EnumId
plan_info_permission_type(const LookupPlan *plan)
{
	return plan->arms[0].source == KEYS_PERMITTED_PROJECTS ?
		ENUM_PROJECT_PERMISSION : ENUM_PERMISSION;
}

/* An integer node is signed and cannot hold every OID. */
static Node *
oid_to_node(Oid oid)
{
	return (Node *) makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(oid),
							  false, true);
}

static Oid
node_to_oid(Node *node)
{
	return DatumGetObjectId(castNode(Const, node)->constvalue);
}

List *
plan_info_from_lookup_plan(const LookupPlan *plan)
{
	List	   *list = list_make3(makeInteger(plan->order), oid_to_node(plan->order_index),
								  makeInteger(plan->limit));

	for (int i = 0; i < plan->narms; i++)
	{
		const LookupArm *arm = &plan->arms[i];

		list = lappend(list, lappend(list_make5(makeInteger(arm->source), oid_to_node(arm->index),
												makeInteger(arm->column), makeInteger(arm->second),
												makeInteger(arm->is_asked)),
									 makeInteger(arm->needs_no_heap)));
	}
	return list;
}

LookupPlan
plan_info_to_lookup_plan(List *list)
{
	LookupPlan	plan = {0};
	ListCell   *cell;

	plan.order = (ScanDirection) intVal(linitial(list));
	plan.order_index = node_to_oid(lsecond(list));
	plan.limit = intVal(lthird(list));
	for_each_from(cell, list, 3)
	{
		List	   *arm = lfirst_node(List, cell);
		LookupArm  *target = &plan.arms[plan.narms++];

		target->source = (KeySource) intVal(linitial(arm));
		target->index = node_to_oid(lsecond(arm));
		target->column = (AttrNumber) intVal(lthird(arm));
		target->second = (AttrNumber) intVal(lfourth(arm));
		target->is_asked = intVal(list_nth(arm, 4)) != 0;
		target->needs_no_heap = intVal(list_nth(arm, 5)) != 0;
	}
	return plan;
}
