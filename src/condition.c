/*-------------------------------------------------------------------------
 *
 * condition.c
 *	  A policy's condition, found among a relation's conditions in a query, and the
 *	  keys that the query itself asks for.
 *
 * The functions that policies call are known by their support function.  Their
 * arguments are: for a row of model_apis its id, project_id, visibility and
 * authorization_mode, then the permission and the identity; for a dependent row, a
 * project or a member the id of the model API, the project or the organization, then
 * the permission and the identity; for a grant, an audit event or somebody's identity
 * columns of the row and the identity.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "modelapi_acl.h"
#include "scan.h"

#define ARGUMENTS_MIN 2

/* The support function's OID, by which the policies' functions are known */
static Oid	support_function = InvalidOid;

void
condition_known_by(Oid function)
{
	support_function = function;
}

Node *
condition_permission(FuncExpr *call)
{
	return (Node *) list_nth(call->args, list_length(call->args) - 2);
}

Node *
condition_identity(FuncExpr *call)
{
	return (Node *) llast(call->args);
}

bool
condition_asks_for_permission(List *arguments)
{
	return list_length(arguments) > ARGUMENTS_MIN &&
		exprType(list_nth(arguments, list_length(arguments) - 2)) ==
		catalog_enum_type(STORE_ENUM_PERMISSION);
}

bool
condition_known_permission(FuncExpr *call, Permission *permission)
{
	Const	   *value = (Const *) condition_permission(call);

	if (!condition_asks_for_permission(call->args) || !IsA(value, Const) || value->constisnull)
		return false;
	*permission = (Permission)
		catalog_enum_place(STORE_ENUM_PERMISSION, DatumGetObjectId(value->constvalue));
	return true;
}

/* Whether an expression is the same for all rows. */
static bool
is_constant(Node *expression)
{
	return !contain_var_clause(expression) && !contain_volatile_functions(expression);
}

static bool
is_column_of(Node *expression, Index relid)
{
	Var		   *var = (Var *) expression;

	return IsA(var, Var) && var->varno == relid && var->varlevelsup == 0;
}

/* How many of the arguments are columns of the row. */
static int
count_columns(List *arguments)
{
	int			count = list_length(arguments);

	if (count <= ARGUMENTS_MIN + 1)
		return 1;
	return condition_asks_for_permission(arguments) ? count - 2 : count - 1;
}

/* A policy's condition on the rows of a relation, or NULL. */
static FuncExpr *
policy_condition(Node *clause, Index relid)
{
	static const AttrNumber columns[] = {1, 2, 5, 6};	/* of model_apis, up to the mode */
	FuncExpr   *call = (FuncExpr *) clause;
	int			count;
	int			ncolumns;

	if (!IsA(clause, FuncExpr) || !OidIsValid(support_function))
		return NULL;
	count = list_length(call->args);
	if (count < ARGUMENTS_MIN || get_func_support(call->funcid) != support_function)
		return NULL;
	ncolumns = count_columns(call->args);
	for (int i = 0; i < ncolumns; i++)
		if (!is_column_of(list_nth(call->args, i), relid) ||
			(count == ARGUMENTS_FOR_MODEL_API &&
			 ((Var *) list_nth(call->args, i))->varattno != columns[i]))
			return NULL;
	for (int i = ncolumns; i < count; i++)
		if (!is_constant(list_nth(call->args, i)))
			return NULL;
	return call;
}

RestrictInfo *
condition_choose(RelOptInfo *rel)
{
	RestrictInfo *chosen = NULL;
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		FuncExpr   *call = policy_condition((Node *) restriction->clause, rel->relid);
		Permission	permission;

		if (call && (!chosen || !condition_known_permission(call, &permission) ||
					 permission != PERMISSION_VIEW))
			chosen = restriction;
	}
	return chosen;
}

Node *
condition_asked_key(RelOptInfo *rel, AttrNumber column)
{
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		OpExpr	   *clause = (OpExpr *) lfirst_node(RestrictInfo, cell)->clause;

		if (!IsA(clause, OpExpr) || list_length(clause->args) != 2 ||
			get_opcode(clause->opno) != F_UUID_EQ)
			continue;
		for (int i = 0; i < 2; i++)
		{
			Node	   *key = list_nth(clause->args, 1 - i);

			if (is_column_of(list_nth(clause->args, i), rel->relid) &&
				((Var *) list_nth(clause->args, i))->varattno == column && is_constant(key))
				return key;
		}
	}
	return NULL;
}
