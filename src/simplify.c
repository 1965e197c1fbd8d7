/*-------------------------------------------------------------------------
 *
 * simplify.c
 *	  has_permission(), asked of the rows of model_apis, as the policies ask.
 *
 * A query that asks for the permission on each row's id has the row at hand: the
 * planner is given the policies' own condition on the row instead, for which it
 * knows a scan (see support.c).  list_model_apis() is written in this way, since
 * the text of its body can name public functions alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "compat.h"
#include "modelapi_acl.h"

PG_FUNCTION_INFO_V1(modelapi_acl_simplify_1_0);

/* Columns of model_apis, as sql/install/30_tables.sql numbers them */
enum
{
	COLUMN_ID = 1,
	COLUMN_PROJECT_ID = 2,
	COLUMN_VISIBILITY = 5,
	COLUMN_AUTHORIZATION_MODE = 6
};

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

/* Another column of the row that has the id. */
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

/* Whether a call asks of the rows of model_apis, in a query that only reads. */
static bool
asks_of_rows(PlannerInfo *root, List *args)
{
	Var		   *id = linitial(args);

	if (!root || root->parse->commandType != CMD_SELECT || !IsA(id, Var) ||
		id->varlevelsup != 0 || id->varattno != COLUMN_ID ||
		(int) id->varno <= 0 || (int) id->varno > list_length(root->parse->rtable))
		return false;
	return rt_fetch(id->varno, root->parse->rtable)->rtekind == RTE_RELATION &&
		rt_fetch(id->varno, root->parse->rtable)->relid == catalog_table(TABLE_MODEL_APIS);
}

static Node *
simplify(FuncExpr *call)
{
	Oid			types[] = {UUIDOID, UUIDOID, catalog_enum_type(STORE_ENUM_VISIBILITY),
		catalog_enum_type(STORE_ENUM_AUTHORIZATION_MODE),
		catalog_enum_type(STORE_ENUM_PERMISSION), UUIDOID};
	Oid			permits = internal_function("model_api_permits", lengthof(types), types);
	Oid			identity = internal_function("current_identity", 0, NULL);
	Var		   *id = linitial(call->args);
	List	   *args;

	if (!OidIsValid(permits) || !OidIsValid(identity))
		return NULL;
	args = list_make4(id, column_of_row(id, COLUMN_PROJECT_ID, types[1]),
					  column_of_row(id, COLUMN_VISIBILITY, types[2]),
					  column_of_row(id, COLUMN_AUTHORIZATION_MODE, types[3]));
	args = lappend(args, lsecond(call->args));
	args = lappend(args, makeFuncExpr(identity, UUIDOID, NIL, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
	return (Node *) makeFuncExpr(permits, BOOLOID, args, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* support_permission(internal) → internal: the support function of has_permission */
Datum
modelapi_acl_simplify_1_0(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSimplify))
	{
		SupportRequestSimplify *simplification = (SupportRequestSimplify *) request;

		if (list_length(simplification->fcall->args) == 2 &&
			asks_of_rows(simplification->root, simplification->fcall->args))
			PG_RETURN_POINTER(simplify(simplification->fcall));
	}
	PG_RETURN_POINTER(NULL);
}
