/*-------------------------------------------------------------------------
 *
 * policy_clause.c
 *	  Finds conditions on access among the conditions of a relation in a query, and the
 *	  keys that the query itself fixes.
 *
 * Functions are recognized by their support functions.  The arguments of those that the
 * extension's policies call are:
 *	- for a row of model_apis: its id, project_id, visibility and authorization_mode, the
 *	  permission, the identity;
 *	- for a dependent row, a project or a member: the id of the model API, project or
 *	  organization, the permission, the identity;
 *	- for a grant, an audit event or a row of user_identities: columns of the row, the
 *	  identity.
 * The public functions has_permission() and has_project_permission() have a key and the
 * permission, is_administrator() has none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "policy_clause.h"
#include "../catalog/columns.h"
#include "../catalog/object_ids.h"

#define ARGUMENTS_MIN 2

/* The number of arguments of a condition on a row of model_apis; all others have fewer */
#define ARGUMENTS_FOR_MODEL_API 6

/* The support functions' OIDs; InvalidOid until they were called once */
static Oid	support_function = InvalidOid;
static Oid	public_support_function = InvalidOid;

void
policy_clause_known_by(Oid function)
{
	support_function = function;
}

void
policy_clause_public_known_by(Oid function)
{
	public_support_function = function;
}

/* ----------
 * Permissions
 * ----------
 */

Node *
policy_clause_permission(List *arguments)
{
	return (Node *) list_nth(arguments, list_length(arguments) - 2);
}

static bool
is_permission(Node *expression, EnumId type)
{
	return exprType(expression) == object_ids_enum_type(type);
}

/* The position of a constant label in its type, or -1. */
static int
known_label(Node *expression, EnumId type)
{
	Const	   *value = (Const *) expression;

	if (!IsA(value, Const) || value->constisnull || !is_permission(expression, type))
		return -1;
	return object_ids_enum_ordinal(type, DatumGetObjectId(value->constvalue));
}

bool
policy_clause_known_permission(Node *expression, Permission *permission)
{
	int			label = known_label(expression, ENUM_PERMISSION);

	*permission = (Permission) label;
	return label >= 0;
}

/* Whether a condition asks for no more than the permission to view. */
static bool
asks_to_view(const PolicyCondition *condition)
{
	if (condition->kind == CONDITION_BY_PROJECT)
		return known_label(condition->permission, ENUM_PROJECT_PERMISSION) == PROJECT_PERMISSION_VIEW;
	return condition->kind != CONDITION_BY_RULE &&
		known_label(condition->permission, ENUM_PERMISSION) == PERMISSION_VIEW;
}

/* ----------
 * One condition
 * ----------
 */

bool
policy_clause_is_constant(Node *expression)
{
	return !contain_var_clause(expression) && !contain_volatile_functions(expression);
}

static bool
is_column_of(Node *expression, Index relid)
{
	Var		   *var = (Var *) expression;

	return IsA(var, Var) && var->varno == relid && var->varlevelsup == 0;
}

/* A column of a relation that an expression is, or is of a domain over; or 0. */
static AttrNumber
key_column(Node *expression, Index relid)
{
	while (IsA(expression, RelabelType))
		expression = (Node *) ((RelabelType *) expression)->arg;
	if (!is_column_of(expression, relid))
		return 0;
	return ((Var *) expression)->varattno;
}

/* Whether a call's first arguments are the columns of a row of model_apis. */
static bool
is_on_model_api(List *arguments, Index relid)
{
	static const AttrNumber columns[] = {Anum_model_apis_id, Anum_model_apis_project_id,
	Anum_model_apis_visibility, Anum_model_apis_authorization_mode};

	for (int i = 0; i < lengthof(columns); i++)
		if (!is_column_of(list_nth(arguments, i), relid) ||
			((Var *) list_nth(arguments, i))->varattno != columns[i])
			return false;
	return true;
}

/* Whether all arguments from the first to the last but one are columns. */
static bool
is_on_columns(List *arguments, Index relid)
{
	for (int i = 0; i < list_length(arguments) - 1; i++)
		if (!is_column_of(list_nth(arguments, i), relid))
			return false;
	return true;
}

/* Fills in what a call of a function of the extension's policies asks; false if nothing. */
static bool
read_policy_call(List *arguments, Index relid, PolicyCondition *condition)
{
	int			count = list_length(arguments);

	if (count < ARGUMENTS_MIN)
		return false;
	condition->column = key_column(linitial(arguments), relid);
	condition->permission = policy_clause_permission(arguments);
	condition->identity = llast(arguments);
	if (count == ARGUMENTS_FOR_MODEL_API)
		condition->kind = CONDITION_ON_MODEL_API;
	else if (count == 3 && is_permission(condition->permission, ENUM_PERMISSION))
		condition->kind = CONDITION_BY_MODEL_API;
	else if (count == 3 && is_permission(condition->permission, ENUM_PROJECT_PERMISSION))
		condition->kind = CONDITION_BY_PROJECT;
	else
		condition->kind = CONDITION_BY_RULE;
	if (!policy_clause_is_constant(condition->identity))
		return false;
	if (condition->kind == CONDITION_BY_RULE)
		return count == 3 ? condition->column != 0 && policy_clause_is_constant(condition->permission) :
			is_on_columns(arguments, relid);
	return condition->column != 0 && policy_clause_is_constant(condition->permission) &&
		(condition->kind != CONDITION_ON_MODEL_API || is_on_model_api(arguments, relid));
}

/* The same for a call of has_permission() or has_project_permission(). */
static bool
read_public_call(List *arguments, Index relid, PolicyCondition *condition)
{
	if (list_length(arguments) != 2)
		return false;
	condition->column = key_column(linitial(arguments), relid);
	condition->permission = lsecond(arguments);
	condition->kind = is_permission(condition->permission, ENUM_PERMISSION) ?
		CONDITION_BY_MODEL_API : CONDITION_BY_PROJECT;
	return condition->column != 0 && policy_clause_is_constant(condition->permission);
}

static bool
read_call(Node *clause, Index relid, PolicyCondition *condition)
{
	FuncExpr   *call = (FuncExpr *) clause;
	Oid			support;

	if (!IsA(call, FuncExpr) || !OidIsValid(support = get_func_support(call->funcid)))
		return false;
	if (support == support_function)
		return read_policy_call(call->args, relid, condition);
	return support == public_support_function && read_public_call(call->args, relid, condition);
}

/* The expression that an uncorrelated sub-select without FROM computes, or the argument. */
static Node *
without_select(PlannerInfo *root, Node *expression)
{
	Param	   *param = (Param *) expression;
	ListCell   *cell;

	if (!IsA(param, Param) || param->paramkind != PARAM_EXEC)
		return expression;
	foreach(cell, root->init_plans)
	{
		SubPlan    *subplan = lfirst_node(SubPlan, cell);
		Plan	   *plan = list_nth(root->glob->subplans, subplan->plan_id - 1);

		if (subplan->subLinkType == EXPR_SUBLINK && linitial_int(subplan->setParam) == param->paramid &&
			IsA(plan, Result) && !outerPlan(plan) && !((Result *) plan)->resconstantqual)
			return (Node *) linitial_node(TargetEntry, plan->targetlist)->expr;
	}
	return expression;
}

/* Whether an expression is is_administrator(), or a sub-select that calls it. */
static bool
is_administrator(PlannerInfo *root, Node *expression)
{
	FuncExpr   *call = (FuncExpr *) without_select(root, expression);

	return IsA(call, FuncExpr) && call->args == NIL && OidIsValid(public_support_function) &&
		get_func_support(call->funcid) == public_support_function;
}

/* The condition that a restriction is, or NULL. */
static PolicyCondition *
read_condition(PlannerInfo *root, RestrictInfo *restriction, Index relid)
{
	PolicyCondition *condition = palloc0(sizeof(PolicyCondition));
	Node	   *clause = (Node *) restriction->clause;

	condition->restriction = restriction;
	if (is_orclause(clause) && list_length(((BoolExpr *) clause)->args) == 2)
	{
		Node	   *first = linitial(((BoolExpr *) clause)->args);
		Node	   *second = lsecond(((BoolExpr *) clause)->args);
		bool		is_first = is_administrator(root, first);

		condition->administrator = is_first ? first : second;
		clause = is_first ? second : first;
		if (!is_first && !is_administrator(root, second))
			return NULL;
	}
	if (!read_call(clause, relid, condition))
		return NULL;
	/* the scan of model_apis returns nothing for a permission that is NULL */
	if (condition->administrator &&
		(condition->kind == CONDITION_BY_RULE || condition->kind == CONDITION_ON_MODEL_API))
		return NULL;
	return condition;
}

Node *
policy_clause_condition(const PolicyCondition *condition)
{
	BoolExpr   *clause = (BoolExpr *) condition->restriction->clause;

	if (!condition->administrator || linitial(clause->args) == condition->administrator)
		return (Node *) clause;
	return (Node *) makeBoolExpr(OR_EXPR, list_make2(lsecond(clause->args), linitial(clause->args)),
								 -1);
}

/* ----------
 * The conditions of a relation
 * ----------
 */

/* Whether everything that has to come before a condition is implied by it. */
static bool
implies_all_before(PlannerInfo *root, RelOptInfo *rel, const PolicyCondition *condition)
{
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		PolicyCondition *policy;

		if (restriction->security_level >= condition->restriction->security_level)
			continue;
		policy = read_condition(root, restriction, rel->relid);
		if (!policy || policy->kind != condition->kind || policy->column != condition->column ||
			!asks_to_view(policy) || (condition->administrator && !policy->administrator))
			return false;
	}
	return true;
}

/*
 * The number of security levels that the policies of a relation take; the conditions of the
 * query come after them.
 */
static Index
levels_of_policies(PlannerInfo *root, Index relid)
{
	while (root->simple_rte_array[relid]->securityQuals == NIL &&
		   root->append_rel_array && root->append_rel_array[relid])
		relid = root->append_rel_array[relid]->parent_relid;
	return (Index) list_length(root->simple_rte_array[relid]->securityQuals);
}

List *
policy_clause_find(PlannerInfo *root, RelOptInfo *rel)
{
	Index		levels = levels_of_policies(root, rel->relid);
	List	   *conditions = NIL;
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		PolicyCondition *condition = read_condition(root, restriction, rel->relid);

		/* which policy of a table comes first does not matter */
		if (condition && (restriction->security_level < levels ||
						  restriction_is_securely_promotable(restriction, rel) ||
						  implies_all_before(root, rel, condition)))
			conditions = lappend(conditions, condition);
	}
	return conditions;
}

PolicyCondition *
policy_clause_choose(List *conditions)
{
	PolicyCondition *chosen = NULL;
	ListCell   *cell;

	foreach(cell, conditions)
	{
		PolicyCondition *condition = lfirst(cell);

		if (!chosen || !asks_to_view(condition))
			chosen = condition;
	}
	return chosen;
}

Node *
policy_clause_asked_key(RelOptInfo *rel, AttrNumber column)
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
				((Var *) list_nth(clause->args, i))->varattno == column && policy_clause_is_constant(key))
				return key;
		}
	}
	return NULL;
}
