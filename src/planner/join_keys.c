/*-------------------------------------------------------------------------
 *
 * join_keys.c
 *	  Finds the keys of a relation that other relations of a join supply.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/fmgroids.h"

#include "join_keys.h"

/* Whether an expression is a column of a relation. */
static bool
is_column(Node *expression, Index relid, AttrNumber column)
{
	while (expression && IsA(expression, RelabelType))
		expression = (Node *) ((RelabelType *) expression)->arg;
	return expression && IsA(expression, Var) && ((Var *) expression)->varno == relid &&
		((Var *) expression)->varattno == column;
}

/* Whether a member of an equivalence class is the column. */
static bool
matches_column(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *class,
			   EquivalenceMember *member, void *column)
{
	return is_column((Node *) member->em_expr, rel->relid, *(AttrNumber *) column);
}

/*
 * What a clause compares the column with by "="; NULL for none.  As for an index, that is known
 * before a row of the relation is read, and is the same for all of them.
 */
static Node *
compared(RelOptInfo *rel, AttrNumber column, RestrictInfo *restriction)
{
	OpExpr	   *clause = (OpExpr *) restriction->clause;
	Node	   *left;
	Node	   *right;
	Node	   *key;
	Relids		relids;

	if (!IsA(clause, OpExpr) || list_length(clause->args) != 2)
		return NULL;
	set_opfuncid(clause);
	if (clause->opfuncid != F_UUID_EQ)
		return NULL;
	left = linitial(clause->args);
	right = lsecond(clause->args);
	if (is_column(left, rel->relid, column))
	{
		key = right;
		relids = restriction->right_relids;
	}
	else if (is_column(right, rel->relid, column))
	{
		key = left;
		relids = restriction->left_relids;
	}
	else
		return NULL;
	return bms_is_member((int) rel->relid, relids) || contain_volatile_functions(key) ? NULL : key;
}

static bool
has_outer(List *keys, Relids outer)
{
	ListCell   *cell;

	foreach(cell, keys)
		if (bms_equal(((JoinKey *) lfirst(cell))->outer, outer))
			return true;
	return false;
}

List *
join_keys_find(PlannerInfo *root, RelOptInfo *rel, AttrNumber column)
{
	List	   *clauses = NIL;
	List	   *keys = NIL;
	ListCell   *cell;

	if (rel->has_eclass_joins)
		clauses = generate_implied_equalities_for_column(root, rel, matches_column, &column,
														 rel->lateral_referencers);
	/* those of outer joins */
	foreach(cell, rel->joininfo)
		if (join_clause_is_movable_to(lfirst_node(RestrictInfo, cell), rel))
			clauses = lappend(clauses, lfirst(cell));
	foreach(cell, clauses)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		Node	   *key = compared(rel, column, restriction);
		Relids		outer = bms_difference(restriction->clause_relids, rel->relids);

		/* as for an index: nothing of lower standing goes before a policy */
		if (key && !bms_is_empty(outer) && restriction_is_securely_promotable(restriction, rel) &&
			!has_outer(keys, outer))
		{
			JoinKey    *found = palloc(sizeof(JoinKey));

			found->outer = outer;
			found->key = key;
			keys = lappend(keys, found);
		}
	}
	return keys;
}
