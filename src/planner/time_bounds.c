/*-------------------------------------------------------------------------
 *
 * time_bounds.c
 *	  Finds the range of times that a query is limited to.
 *
 * A client that pages by "WHERE (created_at, id) < (...)", or that wants the last hour,
 * should have an index scan by time start and end there.  A bound only narrows what is
 * read: the condition that it comes from stays a filter.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "time_bounds.h"
#include "policy_clause.h"

static bool
is_column(Node *expression, Index relid, AttrNumber column)
{
	Var		   *var = (Var *) expression;

	return IsA(var, Var) && var->varno == relid && var->varattno == column && var->varlevelsup == 0;
}

/* Whether an expression is a timestamptz that is the same for all rows. */
static bool
is_constant_time(Node *expression)
{
	return policy_clause_is_constant(expression) && exprType(expression) == TIMESTAMPTZOID;
}

void
time_bounds_find(RelOptInfo *rel, AttrNumber column, Node *bounds[BOUNDS])
{
	ListCell   *cell;

	for (int i = 0; i < BOUNDS; i++)
		bounds[i] = (Node *) makeNullConst(TIMESTAMPTZOID, -1, InvalidOid);
	foreach(cell, rel->baserestrictinfo)
	{
		Node	   *clause = (Node *) lfirst_node(RestrictInfo, cell)->clause;
		Node	   *left;
		Node	   *right;
		RegProcedure function;
		bool		swapped;
		bool		is_upper;

		if (IsA(clause, OpExpr) && list_length(((OpExpr *) clause)->args) == 2)
		{
			left = linitial(((OpExpr *) clause)->args);
			right = lsecond(((OpExpr *) clause)->args);
			function = get_opcode(((OpExpr *) clause)->opno);
		}
		else if (IsA(clause, RowCompareExpr))
		{
			/* a row comparison implies the one of its first columns, with equality */
			left = linitial((List *) ((RowCompareExpr *) clause)->largs);
			right = linitial((List *) ((RowCompareExpr *) clause)->rargs);
			function = get_opcode(linitial_oid(((RowCompareExpr *) clause)->opnos));
		}
		else
			continue;
		if (function == F_TIMESTAMPTZ_LT || function == F_TIMESTAMPTZ_LE)
			is_upper = true;
		else if (function == F_TIMESTAMPTZ_GT || function == F_TIMESTAMPTZ_GE)
			is_upper = false;
		else
			continue;
		swapped = !is_column(left, rel->relid, column);
		if (swapped)
		{
			Node	   *swap = left;

			left = right;
			right = swap;
			is_upper = !is_upper;
		}
		if (is_column(left, rel->relid, column) && is_constant_time(right))
			bounds[is_upper ? BOUND_UNTIL : BOUND_FROM] = right;
	}
}
