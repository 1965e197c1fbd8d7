/*-------------------------------------------------------------------------
 *
 * estimates.c
 *	  Constants in place of statistics on contents.
 *
 * Columns with contents have no statistics (30_tables.sql switches them off), because
 * estimates and pg_statistic would reveal what hidden rows contain.  Without statistics the
 * planner assumes 200 distinct values.  Here it gets a number of distinct values that is
 * likely for the column, whatever the column holds, so that it looks up the grants of a user
 * by index, say, and does not read them all.  A query that is subject to policies gets
 * nothing else.  The extension's own queries and those of administrators use statistics if
 * somebody has switched them on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/pg_statistic.h"
#include "nodes/pathnodes.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "estimates.h"
#include "policy_first.h"

/* As stadistinct in pg_statistic: a negative number is a fraction of the rows */
static const struct
{
	const char *column;
	float4		distinct;
}			distinct_values[] =
{
	{"user_id", -0.05f},
	{"organization_id", -0.02f},
	{"created_by", -0.02f},
	{"granted_by", -0.02f},
	{"updated_by", -0.02f},
	{"regenerated_by", -0.02f},
	{"revoked_by", -0.02f},
	{"actor_id", -0.005f},
	{"access_level", 3},
	{"visibility", 2},
	{"authorization_mode", 2},
	{"invocation_mode", 2},
	{"is_admin", 2},
	{"state", 2},
	{"level", 5},
	{"database_role", 5},
	{"object_type", 10},
	{"action", 40},
};

/* For texts and composite values: nearly unique */
#define DISTINCT_OTHERS (-0.5f)

/* For index expressions: mostly the principal that an event is about */
#define DISTINCT_EXPRESSION (-0.05f)

static get_relation_stats_hook_type previous_relation_hook = NULL;
static get_index_stats_hook_type previous_index_hook = NULL;

static float4
distinct_values_of(const char *column)
{
	for (int i = 0; i < lengthof(distinct_values); i++)
		if (strcmp(distinct_values[i].column, column) == 0)
			return distinct_values[i].distinct;
	return DISTINCT_OTHERS;
}

/* Supplies a row of pg_statistic that holds the number of distinct values only. */
static void
supply_distinct(VariableStatData *statistics, Oid relid, AttrNumber column, float4 distinct)
{
	static TupleDesc tupdesc = NULL;
	Datum		values[Natts_pg_statistic] = {0};
	bool		nulls[Natts_pg_statistic] = {false};

	if (!tupdesc)
	{
		Relation	relation = table_open(StatisticRelationId, AccessShareLock);
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		tupdesc = CreateTupleDescCopy(RelationGetDescr(relation));
		MemoryContextSwitchTo(old);
		table_close(relation, AccessShareLock);
	}
	values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(relid);
	values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum(column);
	values[Anum_pg_statistic_stadistinct - 1] = Float4GetDatum(distinct);
	for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
		nulls[Anum_pg_statistic_stanumbers1 - 1 + i] =
			nulls[Anum_pg_statistic_stavalues1 - 1 + i] = true;
	statistics->statsTuple = heap_form_tuple(tupdesc, values, nulls);
	statistics->freefunc = heap_freetuple;
}

static bool
has_statistics(Oid relid, AttrNumber column, bool inherits)
{
	HeapTuple	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid),
										Int16GetDatum(column), BoolGetDatum(inherits));

	if (!HeapTupleIsValid(tuple))
		return false;
	ReleaseSysCache(tuple);
	return true;
}

/* Whether a relation of the query is subject to policies for the current user. */
static bool
is_guarded(PlannerInfo *root, RangeTblEntry *rte)
{
	for (int i = 1; i < root->simple_rel_array_size; i++)
		if (root->simple_rte_array[i] == rte)
			return policy_first_guards(root, i);
	return false;
}

static bool
column_statistics(PlannerInfo *root, RangeTblEntry *rte, AttrNumber column,
				  VariableStatData *statistics)
{
	bool		is_guarded_here = rte->rtekind == RTE_RELATION && is_guarded(root, rte);

	if (rte->rtekind == RTE_RELATION && column > 0 &&
		(is_guarded_here || policy_first_is_ours(rte->relid)) &&
		!policy_first_is_open(rte->relid, column) &&
		(is_guarded_here || !has_statistics(rte->relid, column, rte->inh)))
	{
		char	   *name = get_attname(rte->relid, column, false);

		supply_distinct(statistics, rte->relid, column, distinct_values_of(name));
		pfree(name);
		return true;
	}
	return previous_relation_hook && previous_relation_hook(root, rte, column, statistics);
}

static bool
expression_statistics(PlannerInfo *root, Oid index, AttrNumber column,
					  VariableStatData *statistics)
{
	if (policy_first_is_ours(IndexGetRelation(index, false)) &&
		!has_statistics(index, column, false))
	{
		supply_distinct(statistics, index, column, DISTINCT_EXPRESSION);
		return true;
	}
	return previous_index_hook && previous_index_hook(root, index, column, statistics);
}

void
estimates_initialize(void)
{
	previous_relation_hook = get_relation_stats_hook;
	get_relation_stats_hook = column_statistics;
	previous_index_hook = get_index_stats_hook;
	get_index_stats_hook = expression_statistics;
}
