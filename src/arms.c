/*-------------------------------------------------------------------------
 *
 * arms.c
 *	  By which keys the rows of the tables around model_apis are looked up, and
 *	  how a plan carries that; support.c plans it and lookup.c runs it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
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
		bool		is_hidden;	/* by policy_first.c: the planner knows no index that leads there */
		StoreIndex	index;		/* then */
		AttrNumber	second;
		bool		only_if_asked;
	}			arms[LOOKUP_ARMS_MAX];
} LookupRule;

static const LookupRule rules[] =
{
	{TABLE_PROJECTS, PERMISSION_VIEW, 1,
	{{KEYS_PROJECTS, 1}}},
	{TABLE_PROJECT_COLLABORATORS, PERMISSION_VIEW_COLLABORATORS, 3,
		{{KEYS_PROJECTS, 2}, {KEYS_USER, 3, true, INDEX_PROJECT_USERS},
	{KEYS_ORGANIZATIONS, 4, true, INDEX_PROJECT_ORGANIZATIONS}}},
	{TABLE_MODEL_API_COLLABORATORS, PERMISSION_VIEW_COLLABORATORS, 3,
		{{KEYS_MODEL_APIS, 2}, {KEYS_USER, 3, true, INDEX_MODEL_API_USERS},
	{KEYS_ORGANIZATIONS, 4, true, INDEX_MODEL_API_ORGANIZATIONS}}},
	{TABLE_ORGANIZATION_MEMBERS, PERMISSION_VIEW, 2,
		{{KEYS_ORGANIZATIONS, 1, .second = 2},
	{KEYS_USER, 2, true, INDEX_MEMBERSHIPS, .only_if_asked = true}}},
	{TABLE_USER_IDENTITIES, PERMISSION_VIEW, 1,
	{{KEYS_USER, 1}}},
	{TABLE_AUDIT_EVENTS, PERMISSION_VIEW_AUDIT, 3,
	{{KEYS_MODEL_APIS, 10}, {KEYS_PROJECTS, 9}, {KEYS_ORGANIZATIONS, 8}}},
};

static Oid
index_of(StoreIndex which)
{
	StoreAccess access;

	table_close(indexes_open(which, &access), AccessShareLock);
	return access.index;
}

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
			arms[j].index = rules[i].arms[j].is_hidden ? index_of(rules[i].arms[j].index) : InvalidOid;
			arms[j].column = rules[i].arms[j].column;
			arms[j].second = rules[i].arms[j].second;
			arms[j].is_hidden = rules[i].arms[j].is_hidden;
			arms[j].only_if_asked = rules[i].arms[j].only_if_asked;
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
		list = lappend(list, list_make5(makeInteger(plan->arms[i].source),
										oid_to_node(plan->arms[i].index),
										makeInteger(plan->arms[i].column),
										makeInteger(plan->arms[i].second),
										makeInteger(plan->arms[i].is_asked)));
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
		target->second = (AttrNumber) intVal(lfourth(arm));
		target->is_asked = intVal(list_nth(arm, 4)) != 0;
	}
	return plan;
}
