/*-------------------------------------------------------------------------
 *
 * reach_rows.c
 *	  Row estimates of an application's tables where conditions on access meet.
 *
 * The planner takes conditions to be independent.  Conditions on access are anything but:
 * who may deploy may view, and the model APIs of the deployments that a user sees are model
 * APIs that the user sees.  Without a correction, a join of two such tables would be
 * expected to return hardly any rows, and a page of it would be sorted rather than read in
 * order.
 *
 * Queries on the extension's tables alone are left as they are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "optimizer/optimizer.h"
#include "optimizer/paths.h"

#include "reach_rows.h"
#include "../catalog/columns.h"
#include "../catalog/object_ids.h"
#include "../identity/current_role.h"
#include "policy_clause.h"
#include "policy_first.h"
#include "scan_path.h"

static set_join_pathlist_hook_type previous_hook = NULL;

/* ----------
 * One relation
 * ----------
 */

static void
set_rows(RelOptInfo *rel, double rows)
{
	ListCell   *cell;

	rel->rows = clamp_row_est(rows);
	foreach(cell, rel->pathlist)
	{
		Path	   *path = lfirst(cell);

		if (!path->param_info)
			path->rows = rel->rows;
	}
}

/* Takes a condition to keep this fraction of the rows. */
static void
set_fraction(RelOptInfo *rel, RestrictInfo *restriction, double fraction)
{
	if (restriction->norm_selec <= 0 || restriction->norm_selec == fraction)
		return;
	set_rows(rel, rel->rows * fraction / restriction->norm_selec);
	restriction->norm_selec = restriction->outer_selec = fraction;
}

/* The fraction of rows that a condition keeps if it is the only one. */
static double
fraction_of(const PolicyCondition *condition)
{
	if (condition->administrator && current_role_is_administrator())
		return 1;
	return scan_path_expected_fraction(condition->permission);
}

/* Whether one of the other conditions, with the same key, keeps fewer rows. */
static bool
is_implied(const PolicyCondition *condition, List *conditions)
{
	ListCell   *cell;

	foreach(cell, conditions)
	{
		const PolicyCondition *other = lfirst(cell);

		if (other == condition)
			return false;		/* of equal ones the first counts */
		if (other->kind == condition->kind && other->column == condition->column &&
			fraction_of(other) <= fraction_of(condition))
			return true;
	}
	return false;
}

void
reach_rows_correct(RelOptInfo *rel, List *conditions)
{
	ListCell   *cell;

	foreach(cell, conditions)
	{
		PolicyCondition *condition = lfirst(cell);

		if (condition->kind == CONDITION_BY_RULE || condition->kind == CONDITION_ON_MODEL_API)
			continue;
		/* the planner takes "(SELECT is_administrator())" to be true every second time */
		set_fraction(rel, condition->restriction,
					 is_implied(condition, conditions) ? 1 : fraction_of(condition));
	}
}

/* ----------
 * Joins
 * ----------
 */

/* A column that leads to model APIs or projects, or is their id, and a condition on it */
typedef struct Key
{
	EquivalenceClass *class;
	ConditionKind kind;
	double		fraction;
	bool		is_ours;
} Key;

/* The equivalence class that a column of a relation is in, or NULL. */
static EquivalenceClass *
class_of(PlannerInfo *root, RelOptInfo *rel, AttrNumber column)
{
	int			i = -1;

	while ((i = bms_next_member(rel->eclass_indexes, i)) >= 0)
	{
		EquivalenceClass *class = list_nth(root->eq_classes, i);
		ListCell   *cell;

		foreach(cell, class->ec_members)
		{
			Expr	   *member = ((EquivalenceMember *) lfirst(cell))->em_expr;

			while (member && IsA(member, RelabelType))
				member = ((RelabelType *) member)->arg;
			if (member && IsA(member, Var) && ((Var *) member)->varno == rel->relid &&
				((Var *) member)->varattno == column)
				return class;
		}
	}
	return NULL;
}

/* The keys with a condition of some relations, as a list of Key. */
static List *
keys_of(PlannerInfo *root, Relids relids)
{
	List	   *keys = NIL;
	int			relid = -1;

	while ((relid = bms_next_member(relids, relid)) >= 0)
	{
		RelOptInfo *rel = root->simple_rel_array[relid];
		ListCell   *cell;

		if (!rel || rel->rtekind != RTE_RELATION || rel->baserestrictinfo == NIL ||
			bms_is_empty(rel->eclass_indexes))
			continue;
		foreach(cell, policy_clause_find(root, rel))
		{
			PolicyCondition *condition = lfirst(cell);
			Key		   *key = palloc(sizeof(Key));

			key->class = class_of(root, rel, condition->column);
			key->kind = condition->kind == CONDITION_ON_MODEL_API ?
				CONDITION_BY_MODEL_API : condition->kind;
			key->fraction = fraction_of(condition);
			key->is_ours = policy_first_is_ours(root->simple_rte_array[relid]->relid);
			if (key->class && key->kind != CONDITION_BY_RULE)
				keys = lappend(keys, key);
		}
	}
	return keys;
}

/* By how much a join of two sides is underestimated. */
static double
correction(PlannerInfo *root, RelOptInfo *outerrel, RelOptInfo *innerrel)
{
	List	   *outer_keys = keys_of(root, outerrel->relids);
	List	   *inner_keys = outer_keys == NIL ? NIL : keys_of(root, innerrel->relids);
	ListCell   *outer_cell;
	ListCell   *inner_cell;

	foreach(outer_cell, outer_keys)
	{
		Key		   *outer = lfirst(outer_cell);

		foreach(inner_cell, inner_keys)
		{
			Key		   *inner = lfirst(inner_cell);

			if (outer->class == inner->class && outer->kind == inner->kind &&
				!(outer->is_ours && inner->is_ours))
				return 1 / Max(outer->fraction, inner->fraction);
		}
	}
	return 1;
}

/*
 * Corrects the estimated rows of a join when it is first planned.  A join of local tables
 * has no use for fdw_private: here it says that this was done.
 */
static void
correct_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
			 JoinType jointype, JoinPathExtraData *extra)
{
	static char done;
	double		factor;

	if (previous_hook)
		previous_hook(root, joinrel, outerrel, innerrel, jointype, extra);
	if (joinrel->fdwroutine || joinrel->fdw_private || IS_OTHER_REL(joinrel))
		return;
	joinrel->fdw_private = &done;
	if (jointype != JOIN_INNER && jointype != JOIN_SEMI &&
		jointype != JOIN_UNIQUE_INNER && jointype != JOIN_UNIQUE_OUTER)
		return;
	factor = correction(root, outerrel, innerrel);
	if (factor > 1)
		set_rows(joinrel, joinrel->rows * factor);
}

void
reach_rows_initialize(void)
{
	previous_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = correct_join;
}
