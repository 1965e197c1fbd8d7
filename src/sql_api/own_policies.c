/*-------------------------------------------------------------------------
 *
 * own_policies.c
 *	  The policies that protect_table makes on an application's own tables: how they are
 *	  recognized.
 *
 * Nothing records them but the system catalogs.  They are recognized by their expressions,
 * which survive renames of the policy, the table and the column, and a dump without
 * comments.  Each also has a comment, by which one that was altered is known.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_policy.h"
#include "commands/comment.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "own_policies.h"
#include "../catalog/object_ids.h"
#include "../compat.h"

PG_FUNCTION_INFO_V1(modelapi_acl_own_policy_state_1_1);

/* Whether an expression calls a function of the public schema that has this name. */
static bool
calls(Node *expression, const char *function)
{
	FuncExpr   *call = (FuncExpr *) expression;
	char	   *name;

	if (!IsA(expression, FuncExpr) ||
		get_func_namespace(call->funcid) != get_namespace_oid("modelapi_acl", true))
		return false;
	name = get_func_name(call->funcid);
	return name && strcmp(name, function) == 0;
}

/* Whether an expression is an AND, or an OR, of two others. */
static bool
is_pair(Node *expression, BoolExprType type)
{
	return IsA(expression, BoolExpr) && ((BoolExpr *) expression)->boolop == type &&
		list_length(((BoolExpr *) expression)->args) == 2;
}

/*
 * The key in "has_permission(key, constant) OR is_administrator()", or in the same of a
 * project, or InvalidAttrNumber.
 */
static AttrNumber
asked_key(Node *expression, const char *function, const char *project_function)
{
	List	   *arguments;
	Node	   *call;
	Node	   *key;

	if (!is_pair(expression, OR_EXPR))
		return InvalidAttrNumber;
	call = linitial(((BoolExpr *) expression)->args);
	if (!(calls(call, function) || calls(call, project_function)) ||
		!calls(lsecond(((BoolExpr *) expression)->args), "is_administrator"))
		return InvalidAttrNumber;
	arguments = ((FuncExpr *) call)->args;
	if (list_length(arguments) != 2 || !IsA(lsecond(arguments), Const) ||
		((Const *) lsecond(arguments))->constisnull)
		return InvalidAttrNumber;
	key = linitial(arguments);
	if (IsA(key, RelabelType))	/* from a domain */
		key = (Node *) ((RelabelType *) key)->arg;
	if (!IsA(key, Var))
		return InvalidAttrNumber;
	return ((Var *) key)->varattno;
}

static AttrNumber
key_read(Node *expression)
{
	return asked_key(expression, "has_permission", "has_project_permission");
}

static AttrNumber
key_written(Node *expression)
{
	return asked_key(expression, "has_permission_now", "has_project_permission_now");
}

/* The key in the condition on an existing row to be changed: one to read, one to write. */
static AttrNumber
key_changed(Node *expression)
{
	AttrNumber	key;

	if (!is_pair(expression, AND_EXPR))
		return InvalidAttrNumber;
	key = key_read(linitial(((BoolExpr *) expression)->args));
	if (key != key_written(lsecond(((BoolExpr *) expression)->args)))
		return InvalidAttrNumber;
	return key;
}

/* The key of a policy with the expressions that protect_table writes for its command. */
static AttrNumber
key_of_expressions(char command, Node *condition, Node *check)
{
	bool		has_condition = command != 'a';
	bool		has_check = command == 'a' || command == 'w';
	AttrNumber	key;

	if (command == '*' || (condition != NULL) != has_condition || (check != NULL) != has_check)
		return InvalidAttrNumber;
	if (command == 'r')
		return key_read(condition);
	if (has_condition)
		key = key_changed(condition);
	else
		key = key_written(check);
	if (has_check && key != key_written(check))
		return InvalidAttrNumber;
	return key;
}

/* One of a policy's expressions, or NULL. */
static Node *
expression_of(Relation catalog, HeapTuple tuple, AttrNumber column)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, RelationGetDescr(catalog), &isnull);

	return isnull ? NULL : stringToNode(TextDatumGetCString(value));
}

/*
 * To whom a policy applies: *for_users, to PUBLIC or to one of the two roles.  Returns
 * whether it applies to just the two.
 */
static bool
read_roles(Relation catalog, HeapTuple tuple, bool *for_users)
{
	Oid			user = get_role_oid("modelapi_acl_user", true);
	Oid			admin = get_role_oid("modelapi_acl_admin", true);
	bool		isnull;
	ArrayType  *roles = DatumGetArrayTypeP(heap_getattr(tuple, Anum_pg_policy_polroles,
														RelationGetDescr(catalog), &isnull));
	Oid		   *oids = (Oid *) ARR_DATA_PTR(roles);
	int			count = ARR_DIMS(roles)[0];
	int			ours = 0;

	*for_users = false;
	for (int i = 0; i < count; i++)
	{
		if (oids[i] == user || oids[i] == admin)
			ours++;
		if (oids[i] == ACL_ID_PUBLIC || oids[i] == user || oids[i] == admin)
			*for_users = true;
	}
	return count == 2 && ours == 2 && oids[0] != oids[1];
}

static OwnPolicy *
read_policy(Relation catalog, HeapTuple tuple)
{
	Form_pg_policy form = (Form_pg_policy) GETSTRUCT(tuple);
	OwnPolicy  *policy = palloc0(sizeof(OwnPolicy));
	char	   *comment = GetComment(form->oid, PolicyRelationId, 0);

	policy->name = pstrdup(NameStr(form->polname));
	policy->is_permissive = form->polpermissive;
	policy->is_marked = comment && strcmp(comment, OWN_POLICY_COMMENT) == 0;
	if (read_roles(catalog, tuple, &policy->is_for_users))
		policy->key = key_of_expressions(form->polcmd,
										 expression_of(catalog, tuple, Anum_pg_policy_polqual),
										 expression_of(catalog, tuple, Anum_pg_policy_polwithcheck));
	return policy;
}

List *
own_policies_of(Oid table)
{
	Relation	catalog = table_open(PolicyRelationId, AccessShareLock);
	List	   *policies = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(table));
	scan = systable_beginscan(catalog, PolicyPolrelidPolnameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		policies = lappend(policies, read_policy(catalog, tuple));
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return policies;
}

bool
own_policies_is_made(const OwnPolicy *policy)
{
	return policy->key != InvalidAttrNumber || policy->is_marked;
}

/*
 * own_policy_state(policy oid) → text, for verify_access: "made" by protect_table; "altered"
 * since; "other" for another policy that gives users access; NULL for any other.  It goes
 * by the comment, so that nobody's own policies are taken for ours.
 */
Datum
modelapi_acl_own_policy_state_1_1(PG_FUNCTION_ARGS)
{
	Relation	catalog;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	const char *state = NULL;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	catalog = table_open(PolicyRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_policy_oid, BTEqualStrategyNumber, F_OIDEQ, PG_GETARG_DATUM(0));
	scan = systable_beginscan(catalog, PolicyOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		OwnPolicy  *policy = read_policy(catalog, tuple);

		if (policy->is_marked)
			state = policy->key != InvalidAttrNumber ? "made" : "altered";
		else if (policy->key == InvalidAttrNumber && policy->is_permissive && policy->is_for_users)
			state = "other";
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	if (!state)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(state));
}
