/*-------------------------------------------------------------------------
 *
 * internal_statements.c
 *	  Runs the statements of 58_internal_statements.sql, with saved plans.
 *
 * The extension writes rows that the current user may not write: counters, names,
 * a creator's grant, audit events.  It does not switch the user for that, since
 * triggers and functions that the statement calls would then have the owner's
 * privileges too.  Instead, the relations in the statement are marked to be
 * accessed with the owner's privileges, as the server does for those in a view;
 * all else runs as the current user.
 *
 * Each statement is the body of an SQL function in the internal schema, so names
 * were resolved when the function was created.  Nobody has EXECUTE on these
 * functions, and a direct call would use the caller's own privileges.
 *
 * A public function that writes what its caller may write runs its statement here
 * too, for the saved plan: an SQL function would be parsed and planned in each call.
 * Such a statement keeps the caller's privileges.  The policies in its plan depend
 * on the role and on row_security, so another role gets another plan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "rewrite/rewriteDefine.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "internal_statements.h"
#include "../compat.h"
#include "object_ids.h"

static InternalStatement *saved_statements = NULL;
static int	runs_in_progress = 0;

bool
internal_statements_is_running(void)
{
	return runs_in_progress > 0;
}

/* ----------
 * Invalidation of plans
 * ----------
 */

static void
relation_changed(Datum arg, Oid relid)
{
	for (InternalStatement *statement = saved_statements; statement; statement = statement->next)
		if (statement->is_valid &&
			(relid == InvalidOid || list_member_oid(statement->plan->relationOids, relid)))
			statement->is_valid = false;
}

static void
function_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	for (InternalStatement *statement = saved_statements; statement; statement = statement->next)
	{
		statement->is_valid = false;
		statement->oid = InvalidOid;
	}
}

void
internal_statements_initialize(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, function_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, function_changed, (Datum) 0);
	/* policies are for roles and their members */
	CacheRegisterSyscacheCallback(AUTHOID, function_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, function_changed, (Datum) 0);
}

/* ----------
 * Plans
 * ----------
 */

/* Looks up the function of that name in the internal schema, and its argument types. */
static void
find_function(InternalStatement *statement)
{
	Oid			schema = get_namespace_oid("modelapi_acl_internal", false);
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(statement->function));

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (form->pronamespace != schema || form->pronargs > lengthof(statement->argument_types))
			continue;
		statement->nargs = form->pronargs;
		memcpy(statement->argument_types, form->proargtypes.values, form->pronargs * sizeof(Oid));
		statement->oid = form->oid;
	}
	ReleaseSysCacheList(list);
	if (!OidIsValid(statement->oid))
		elog(ERROR, "function \"%s\" is missing", statement->function);
}

/*
 * Reads the statement from the function's body, and marks it to use the owner's privileges
 * unless it runs as the caller.
 */
static Query *
read_statement(InternalStatement *statement)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(statement->oid));
	Form_pg_proc form;
	bool		isnull;
	Datum		body;
	Node	   *node;
	Query	   *query;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", statement->oid);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	body = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosqlbody, &isnull);
	if (isnull)
		elog(ERROR, "function \"%s\" has no SQL body", statement->function);
	node = (Node *) stringToNode(TextDatumGetCString(body));
	if (IsA(node, List))
		query = linitial_node(Query, linitial_node(List, castNode(List, node)));
	else
		query = castNode(Query, node);
	AcquireRewriteLocks(query, true, false);
	if (!statement->as_caller)
		setRuleCheckAsUser((Node *) query, form->proowner);
	ReleaseSysCache(tuple);
	return query;
}

static PlannedStmt *
plan_statement(InternalStatement *statement, ParamListInfo parameters)
{
	List	   *rewritten = pg_rewrite_query(read_statement(statement));

	if (list_length(rewritten) != 1)
		elog(ERROR, "function \"%s\" is not one statement", statement->function);
	return pg_plan_query(linitial_node(Query, rewritten), statement->function, 0, parameters);
}

/* Looks the function up unless it is known, and adds the statement to the list. */
static void
find_statement(InternalStatement *statement)
{
	bool		is_known = false;

	if (OidIsValid(statement->oid))
		return;
	for (InternalStatement *known = saved_statements; known; known = known->next)
		is_known |= known == statement;
	if (!is_known)
	{
		statement->next = saved_statements;
		saved_statements = statement;
	}
	find_function(statement);
}

/* Locks the relations of a plan, which may process an invalidation of that plan. */
static void
lock_relations(PlannedStmt *plan)
{
	ListCell   *cell;

	foreach(cell, plan->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);

		if (rte->rtekind == RTE_RELATION ||
			(rte->rtekind == RTE_SUBQUERY && OidIsValid(rte->relid)))
			LockRelationOid(rte->relid, rte->rellockmode);
	}
}

/* Whether there is a saved plan that the current user may use. */
static bool
has_plan(InternalStatement *statement)
{
	return statement->plan && statement->is_valid &&
		(!statement->as_caller ||
		 (statement->role == GetUserId() && statement->row_security == row_security));
}

/*
 * The saved plan, made anew where it is missing or invalid.  An outer call may still be
 * running the plan that is replaced, so that one lives until the transaction ends.
 */
static PlannedStmt *
saved_plan(InternalStatement *statement)
{
	for (;;)
	{
		if (has_plan(statement))
		{
			lock_relations(statement->plan);
			if (has_plan(statement))
				return statement->plan;
		}
		else
		{
			MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext,
														 "modelapi_acl statement",
														 ALLOCSET_SMALL_SIZES);
			PlannedStmt *plan;
			MemoryContext old;

			find_statement(statement);
			plan = plan_statement(statement, NULL);
			old = MemoryContextSwitchTo(memory);
			plan = copyObject(plan);
			MemoryContextSwitchTo(old);
			if (statement->memory)
				MemoryContextSetParent(statement->memory, TopTransactionContext);
			MemoryContextSetParent(memory, CacheMemoryContext);
			statement->memory = memory;
			statement->plan = plan;
			statement->role = GetUserId();
			statement->row_security = row_security;
			statement->is_valid = OidIsValid(statement->oid);
		}
		CHECK_FOR_INTERRUPTS();
	}
}

/* ----------
 * Running
 * ----------
 */

typedef struct Receiver
{
	DestReceiver receiver;		/* must be first */
	InternalStatementConsumer consume;
	void	   *arg;
} Receiver;

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc tupdesc)
{
}

static bool
receive_slot(TupleTableSlot *slot, DestReceiver *self)
{
	Receiver   *receiver = (Receiver *) self;

	if (receiver->consume)
		receiver->consume(slot, receiver->arg);
	return true;
}

static void
receiver_done(DestReceiver *self)
{
}

static ParamListInfo
make_parameters(InternalStatement *statement, const Datum *values, const bool *nulls)
{
	ParamListInfo parameters;

	if (statement->nargs == 0)
		return NULL;
	parameters = makeParamList(statement->nargs);
	for (int i = 0; i < statement->nargs; i++)
	{
		parameters->params[i].value = values[i];
		parameters->params[i].isnull = nulls && nulls[i];
		parameters->params[i].pflags = PARAM_FLAG_CONST;
		parameters->params[i].ptype = statement->argument_types[i];
	}
	return parameters;
}

/* Pushes the statement's snapshot, which the caller pops. */
static void
push_snapshot(InternalStatement *statement, bool writes)
{
	if (!writes)
	{
		PushActiveSnapshot(GetActiveSnapshot());
		return;
	}
	CommandCounterIncrement();
	if (statement->as_caller)
	{
		PushCopiedSnapshot(GetActiveSnapshot());
		UpdateActiveSnapshotCommandId();
		return;
	}
	PushCopiedSnapshot(statement->sees_latest ? GetLatestSnapshot() : GetTransactionSnapshot());
	UpdateActiveSnapshotCommandId();
}

static uint64
execute(InternalStatement *statement, PlannedStmt *plan, ParamListInfo parameters, DestReceiver *receiver)
{
	QueryDesc  *desc = CreateQueryDesc(plan, statement->function, GetActiveSnapshot(), InvalidSnapshot,
									   receiver, parameters, NULL, 0);
	uint64		processed;

	ExecutorStart(desc, 0);
	run_executor(desc);
	processed = desc->estate->es_processed;
	ExecutorFinish(desc);
	ExecutorEnd(desc);
	FreeQueryDesc(desc);
	return processed;
}

uint64
internal_statements_run(InternalStatement *statement, const Datum *values, const bool *nulls,
						InternalStatementConsumer consume, void *arg)
{
	Receiver	receiver = {
		{receive_slot, receiver_startup, receiver_done, receiver_done, DestNone},
		consume, arg
	};
	ParamListInfo parameters;
	PlannedStmt *plan;
	bool		writes;
	uint64		processed;

	int			runs_before = runs_in_progress;

	if (!statement->as_caller)
		object_ids_require_privileged_owner();
	if (statement->for_values)
	{
		find_statement(statement);
		parameters = make_parameters(statement, values, nulls);
		plan = plan_statement(statement, parameters);
	}
	else
	{
		plan = saved_plan(statement);
		parameters = make_parameters(statement, values, nulls);
	}
	writes = plan->commandType != CMD_SELECT || plan->hasModifyingCTE || plan->rowMarks != NIL;
	push_snapshot(statement, writes);
	runs_in_progress = statement->as_caller ? 0 : runs_before + 1;
	PG_TRY();
	{
		processed = execute(statement, plan, parameters, (DestReceiver *) &receiver);
	}
	PG_FINALLY();
	{
		runs_in_progress = runs_before;
	}
	PG_END_TRY();
	PopActiveSnapshot();
	return processed;
}
