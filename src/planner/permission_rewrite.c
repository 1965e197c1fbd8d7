/*-------------------------------------------------------------------------
 *
 * permission_rewrite.c
 *	  Planner support for the public functions that tell permissions.
 *
 * A query that calls has_permission() with the id of each row of model_apis has the whole
 * row at hand.  So the planner gets the condition of the policies instead, on the columns of
 * the row, for which it knows a scan (model_api_paths.c); and likewise for
 * has_project_permission() on rows of projects.  list_model_apis() and list_projects()
 * depend on that: their bodies can name public functions alone.  On the rows of other tables
 * the functions stay as they are: dependent_paths.c knows them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "../catalog/columns.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "../identity/current_role.h"
#include "policy_clause.h"
#include "scan_path.h"

PG_FUNCTION_INFO_V1(modelapi_acl_simplify_1_0);

/* An internal function that the current user may call, or InvalidOid. */
static Oid
internal_function(const char *name, int nargs, const Oid *types)
{
	oidvector  *vector = buildoidvector(types, nargs);
	Oid			function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
										   CStringGetDatum(name), PointerGetDatum(vector),
										   ObjectIdGetDatum(get_namespace_oid("modelapi_acl_internal", true)));

	pfree(vector);
	return OidIsValid(function) && may_execute(function) ? function : InvalidOid;
}

/* Another column of the row that the id belongs to. */
static Node *
column_of_row(Var *id, AttrNumber number, Oid type)
{
	Var		   *var = copyObject(id);

	var->varattno = number;
	var->vartype = type;
	if (var->varattnosyn != 0)
		var->varattnosyn = number;
	return (Node *) var;
}

/* Whether the first argument is the id of a row of a table, in a SELECT. */
static bool
is_on_rows(PlannerInfo *root, List *args, TableId table, AttrNumber column)
{
	Var		   *id = linitial(args);

	if (!root || root->parse->commandType != CMD_SELECT || !IsA(id, Var) ||
		id->varlevelsup != 0 || id->varattno != column ||
		(int) id->varno <= 0 || (int) id->varno > list_length(root->parse->rtable))
		return false;
	return rt_fetch(id->varno, root->parse->rtable)->rtekind == RTE_RELATION &&
		rt_fetch(id->varno, root->parse->rtable)->relid == object_ids_table(table);
}

/* A call of a function that policies call, with the identity added; NULL if it cannot be. */
static Node *
policy_call(const char *function_name, List *args, int nargs, const Oid *types)
{
	Oid			function = internal_function(function_name, nargs, types);
	Oid			identity = internal_function("current_identity", 0, NULL);

	if (!OidIsValid(function) || !OidIsValid(identity))
		return NULL;
	args = lappend(args, makeFuncExpr(identity, UUIDOID, NIL, InvalidOid, InvalidOid,
									  COERCE_EXPLICIT_CALL));
	return (Node *) makeFuncExpr(function, BOOLOID, args, InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

static Node *
on_model_api(List *args)
{
	Oid			types[] = {UUIDOID, UUIDOID, object_ids_enum_type(ENUM_VISIBILITY),
		object_ids_enum_type(ENUM_AUTHORIZATION_MODE),
		object_ids_enum_type(ENUM_PERMISSION), UUIDOID};
	Var		   *id = linitial(args);

	return policy_call("model_api_permits",
					   list_make5(id, column_of_row(id, Anum_model_apis_project_id, types[1]),
								  column_of_row(id, Anum_model_apis_visibility, types[2]),
								  column_of_row(id, Anum_model_apis_authorization_mode, types[3]),
								  lsecond(args)),
					   lengthof(types), types);
}

static Node *
on_project(List *args)
{
	Oid			types[] = {UUIDOID, object_ids_enum_type(ENUM_PROJECT_PERMISSION), UUIDOID};

	return policy_call("project_permits", list_copy(args), lengthof(types), types);
}

static Node *
simplify(PlannerInfo *root, List *args)
{
	if (list_length(args) != 2)
		return NULL;
	if (exprType(lsecond(args)) == object_ids_enum_type(ENUM_PERMISSION))
		return is_on_rows(root, args, TABLE_MODEL_APIS, Anum_model_apis_id) ?
			on_model_api(args) : NULL;
	return is_on_rows(root, args, TABLE_PROJECTS, Anum_projects_id) ? on_project(args) : NULL;
}

/* The fraction of rows for which a function is true, or less than 0 where nothing is known. */
static double
selectivity(List *args)
{
	if (args == NIL)			/* is_administrator() */
		return current_role_is_administrator() ? 1 : 0;
	return contain_var_clause(linitial(args)) ? scan_path_expected_fraction(lsecond(args)) : -1;
}

/*
 * support_permission(internal) → internal: the support function of has_permission,
 * has_project_permission and is_administrator.  It remembers its own OID, by which these
 * are recognized.
 */
Datum
modelapi_acl_simplify_1_0(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	policy_clause_public_known_by(fcinfo->flinfo->fn_oid);
	if (IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(simplify(((SupportRequestSimplify *) request)->root,
								   ((SupportRequestSimplify *) request)->fcall->args));
	if (IsA(request, SupportRequestSelectivity))
	{
		SupportRequestSelectivity *estimate = (SupportRequestSelectivity *) request;

		estimate->selectivity = selectivity(estimate->args);
		if (estimate->selectivity >= 0)
			PG_RETURN_POINTER(estimate);
	}
	PG_RETURN_POINTER(NULL);
}
