/*-------------------------------------------------------------------------
 *
 * bounds.c
 *	  Between which times the rows are that a query asks for.
 *
 * Who turns pages by "WHERE (created_at, id) < (...)", or looks at the last hour,
 * wants a walk over an index by time to begin, and to end, there.  A bound only
 * narrows what is read: the condition that it was found in stays a filter.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/skey.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "scan.h"

static bool
is_column(Node *expression, Index relid, AttrNumber column)
{
	Var		   *var = (Var *) expression;

	return IsA(var, Var) && var->varno == relid && var->varattno == column && var->varlevelsup == 0;
}

/* Whether an expression is the same for all rows. */
static bool
is_constant(Node *expression)
{
	return !contain_var_clause(expression) && !contain_volatile_functions(expression) &&
		exprType(expression) == TIMESTAMPTZOID;
}

void
bounds_find(RelOptInfo *rel, AttrNumber column, Node *bounds[BOUNDS])
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
			/* the first of the columns decides but where it is equal */
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
		if (is_column(left, rel->relid, column) && is_constant(right))
			bounds[is_upper ? BOUND_UNTIL : BOUND_FROM] = right;
	}
}

void
bounds_evaluate(List *states, ExprContext *econtext, TimestampTz bounds[BOUNDS])
{
	bounds[BOUND_FROM] = DT_NOBEGIN;
	bounds[BOUND_UNTIL] = DT_NOEND;
	for (int i = 0; i < BOUNDS; i++)
	{
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(list_nth(states, i), econtext, &isnull);

		/* a comparison with NULL shows no row: let the filter see to it */
		if (!isnull)
			bounds[i] = DatumGetTimestampTz(value);
	}
}

int
bounds_keys(const TimestampTz bounds[BOUNDS], AttrNumber column, ScanKey keys)
{
	int			count = 0;

	if (!TIMESTAMP_IS_NOBEGIN(bounds[BOUND_FROM]))
		ScanKeyInit(&keys[count++], column, BTGreaterEqualStrategyNumber, F_TIMESTAMPTZ_GE,
					TimestampTzGetDatum(bounds[BOUND_FROM]));
	if (!TIMESTAMP_IS_NOEND(bounds[BOUND_UNTIL]))
		ScanKeyInit(&keys[count++], column, BTLessEqualStrategyNumber, F_TIMESTAMPTZ_LE,
					TimestampTzGetDatum(bounds[BOUND_UNTIL]));
	return count;
}
