/*-------------------------------------------------------------------------
 *
 * arms.c
 *	  By which keys the rows of the tables around model_apis are looked up, and
 *	  how a plan carries that; support.c plans it and lookup.c runs it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/value.h"

#include "scan.h"

typedef struct LookupRule
{
	StoreTable	table;
	Permission	permission;
	int			narms;
	struct
	{
		KeySource	source;
		AttrNumber	column;		/* as sql/install/30_tables.sql numbers them */
	}			arms[LOOKUP_ARMS_MAX];
} LookupRule;

static const LookupRule rules[] =
{
	{TABLE_PROJECTS, PERMISSION_VIEW, 1,
	{{KEYS_PROJECTS, 1}}},
	{TABLE_PROJECT_COLLABORATORS, PERMISSION_VIEW_COLLABORATORS, 3,
	{{KEYS_PROJECTS, 2}, {KEYS_USER, 3}, {KEYS_ORGANIZATIONS, 4}}},
	{TABLE_MODEL_API_COLLABORATORS, PERMISSION_VIEW_COLLABORATORS, 3,
	{{KEYS_MODEL_APIS, 2}, {KEYS_USER, 3}, {KEYS_ORGANIZATIONS, 4}}},
	{TABLE_AUDIT_EVENTS, PERMISSION_VIEW_AUDIT, 3,
	{{KEYS_MODEL_APIS, 10}, {KEYS_PROJECTS, 9}, {KEYS_ORGANIZATIONS, 8}}},
};

int
lookup_arms(Oid table, LookupArm arms[LOOKUP_ARMS_MAX], Permission *permission)
{
	for (int i = 0; i < lengthof(rules); i++)
	{
		if (catalog_table(rules[i].table) != table)
			continue;
		*permission = rules[i].permission;
		for (int j = 0; j < rules[i].narms; j++)
		{
			arms[j].source = rules[i].arms[j].source;
			arms[j].index = InvalidOid;
			arms[j].column = rules[i].arms[j].column;
		}
		return rules[i].narms;
	}
	return 0;
}

/* An OID may not fit an integer. */
static Node *
oid_to_node(Oid oid)
{
	return (Node *) makeFloat(psprintf("%u", oid));
}

List *
lookup_plan_to_list(const LookupPlan *plan)
{
	List	   *list = list_make4(makeInteger(plan->order), makeInteger(plan->order_column),
								  oid_to_node(plan->order_index), makeInteger(plan->limit));

	for (int i = 0; i < plan->narms; i++)
		list = lappend(list, list_make3(makeInteger(plan->arms[i].source),
										oid_to_node(plan->arms[i].index),
										makeInteger(plan->arms[i].column)));
	return list;
}

LookupPlan
lookup_plan_from_list(List *list)
{
	LookupPlan	plan = {0};
	ListCell   *cell;

	plan.order = (ScanDirection) intVal(linitial(list));
	plan.order_column = (AttrNumber) intVal(lsecond(list));
	plan.order_index = (Oid) floatVal(lthird(list));
	plan.limit = intVal(lfourth(list));
	for_each_from(cell, list, 4)
	{
		List	   *arm = lfirst_node(List, cell);
		LookupArm  *target = &plan.arms[plan.narms++];

		target->source = (KeySource) intVal(linitial(arm));
		target->index = (Oid) floatVal(lsecond(arm));
		target->column = (AttrNumber) intVal(lthird(arm));
	}
	return plan;
}
