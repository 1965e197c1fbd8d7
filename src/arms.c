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
	StoreIndex	table;			/* an index of it */
	Permission	permission;
	int			narms;
	struct
	{
		KeySource	source;
		StoreIndex	index;
		AttrNumber	column;		/* as sql/install/30_tables.sql numbers them */
	}			arms[LOOKUP_ARMS_MAX];
} LookupRule;

static const LookupRule rules[] =
{
	{INDEX_PROJECTS, PERMISSION_VIEW, 1,
	{{KEYS_PROJECTS, INDEX_PROJECTS, 1}}},
	{INDEX_PROJECT_GRANTS, PERMISSION_VIEW_COLLABORATORS, 3,
		{{KEYS_PROJECTS, INDEX_PROJECT_GRANTS, 2},
			{KEYS_USER, INDEX_PROJECT_USERS, 3},
	{KEYS_ORGANIZATIONS, INDEX_PROJECT_ORGANIZATIONS, 4}}},
	{INDEX_MODEL_API_GRANTS, PERMISSION_VIEW_COLLABORATORS, 3,
		{{KEYS_MODEL_APIS, INDEX_MODEL_API_GRANTS, 2},
			{KEYS_USER, INDEX_MODEL_API_USERS, 3},
	{KEYS_ORGANIZATIONS, INDEX_MODEL_API_ORGANIZATIONS, 4}}},
	{INDEX_AUDIT_MODEL_APIS, PERMISSION_VIEW_AUDIT, 3,
		{{KEYS_MODEL_APIS, INDEX_AUDIT_MODEL_APIS, 10},
			{KEYS_PROJECTS, INDEX_AUDIT_PROJECTS, 9},
	{KEYS_ORGANIZATIONS, INDEX_AUDIT_OBJECTS, 8}}},
};

int
lookup_arms(Oid table, LookupArm arms[LOOKUP_ARMS_MAX], Permission *permission)
{
	for (int i = 0; i < lengthof(rules); i++)
	{
		Oid			table_oid;
		Oid			index_oid;

		catalog_index(rules[i].table, &table_oid, &index_oid);
		if (table_oid != table)
			continue;
		*permission = rules[i].permission;
		for (int j = 0; j < rules[i].narms; j++)
		{
			catalog_index(rules[i].arms[j].index, &table_oid, &index_oid);
			arms[j].source = rules[i].arms[j].source;
			arms[j].index = index_oid;
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
