/*-------------------------------------------------------------------------
 *
 * saved_query.c
 *	  Statements of the extension's own, planned once in a session.
 *
 * Triggers write what their caller may not: counters, names, a creator's grant,
 * audit events.  Nothing switches the user for that, since whatever else hangs on
 * the statement would run with the owner's power as well.  Each statement is the
 * body of an SQL function of the internal schema, in which names were resolved when
 * it was made.  Here the relations in it are marked to be accessed with the
 * privileges of the function's owner, which is what the server does to those in a
 * view.  All else, triggers and functions that the statement calls, runs as the
 * caller.  Nobody else may call these functions, and who did would get no further
 * than with their own privileges.
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
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "compat.h"
#include "modelapi_acl.h"
#include "saved_query.h"

static SavedQuery *saved_queries = NULL;
static int	runs_in_progress = 0;

bool
saved_query_is_running(void)
{
	return runs_in_progress > 0;
}

/* ----------
 * What makes plans invalid
 * ----------
 */

static void
relation_changed(Datum arg, Oid relid)
{
	for (SavedQuery *query = saved_queries; query; query = query->next)
		if (query->is_valid &&
			(relid == InvalidOid || list_member_oid(query->plan->relationOids, relid)))
			query->is_valid = false;
}

static void
function_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	for (SavedQuery *query = saved_queries; query; query = query->next)
	{
		query->is_valid = false;
		query->oid = InvalidOid;
	}
}

void
saved_query_initialize(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, function_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, function_changed, (Datum) 0);
}

/* ----------
 * Plans
 * ----------
 */

/* Finds the one function of that name in the internal schema, and its arguments. */
static void
find_function(SavedQuery *query)
{
	Oid			schema = get_namespace_oid("modelapi_acl_internal", false);
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(query->function));

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (form->pronamespace != schema || form->pronargs > lengthof(query->argument_types))
			continue;
		query->nargs = form->pronargs;
		memcpy(query->argument_types, form->proargtypes.values, form->pronargs * sizeof(Oid));
		query->oid = form->oid;
	}
	ReleaseSysCacheList(list);
	if (!OidIsValid(query->oid))
		elog(ERROR, "function \"%s\" is missing", query->function);
}

/* The statement that is a function's body, to be run with its owner's privileges. */
static Query *
read_statement(SavedQuery *query)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(query->oid));
	Form_pg_proc form;
	bool		isnull;
	Datum		body;
	Node	   *node;
	Query	   *statement;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", query->oid);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	body = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosqlbody, &isnull);
	if (isnull)
		elog(ERROR, "function \"%s\" is no statement", query->function);
	node = (Node *) stringToNode(TextDatumGetCString(body));
	if (IsA(node, List))
		statement = linitial_node(Query, linitial_node(List, castNode(List, node)));
	else
		statement = castNode(Query, node);
	AcquireRewriteLocks(statement, true, false);
	setRuleCheckAsUser((Node *) statement, form->proowner);
	ReleaseSysCache(tuple);
	return statement;
}

static PlannedStmt *
plan_statement(SavedQuery *query, ParamListInfo parameters)
{
	List	   *rewritten = pg_rewrite_query(read_statement(query));

	if (list_length(rewritten) != 1)
		elog(ERROR, "function \"%s\" is not one statement", query->function);
	return pg_plan_query(linitial_node(Query, rewritten), query->function, 0, parameters);
}

/* Looks the function up, if need be; from then on the callbacks know of the query. */
static void
find_statement(SavedQuery *query)
{
	bool		is_known = false;

	if (OidIsValid(query->oid))
		return;
	for (SavedQuery *known = saved_queries; known; known = known->next)
		is_known |= known == query;
	if (!is_known)
	{
		query->next = saved_queries;
		saved_queries = query;
	}
	find_function(query);
}

/* Locks the relations of a plan, which may show that it is not valid any more. */
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

/*
 * The kept plan, made when it is needed.  A plan that is replaced may still be
 * running further up: it lives to the end of the transaction.
 */
static PlannedStmt *
kept_plan(SavedQuery *query)
{
	for (;;)
	{
		if (query->plan && query->is_valid)
		{
			lock_relations(query->plan);
			if (query->is_valid)
				return query->plan;
		}
		else
		{
			MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext,
														 "modelapi_acl statement",
														 ALLOCSET_SMALL_SIZES);
			PlannedStmt *plan;
			MemoryContext old;

			find_statement(query);
			plan = plan_statement(query, NULL);
			old = MemoryContextSwitchTo(memory);
			plan = copyObject(plan);
			MemoryContextSwitchTo(old);
			if (query->memory)
				MemoryContextSetParent(query->memory, TopTransactionContext);
			MemoryContextSetParent(memory, CacheMemoryContext);
			query->memory = memory;
			query->plan = plan;
			query->is_valid = OidIsValid(query->oid);
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
	DestReceiver receiver;		/* first */
	SavedQueryConsumer consume;
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
make_parameters(SavedQuery *query, const Datum *values, const bool *nulls)
{
	ParamListInfo parameters;

	if (query->nargs == 0)
		return NULL;
	parameters = makeParamList(query->nargs);
	for (int i = 0; i < query->nargs; i++)
	{
		parameters->params[i].value = values[i];
		parameters->params[i].isnull = nulls && nulls[i];
		parameters->params[i].pflags = PARAM_FLAG_CONST;
		parameters->params[i].ptype = query->argument_types[i];
	}
	return parameters;
}

/* What the statement sees; to be popped by the caller. */
static void
push_snapshot(SavedQuery *query, bool writes)
{
	if (!writes)
	{
		PushActiveSnapshot(GetActiveSnapshot());
		return;
	}
	CommandCounterIncrement();
	PushCopiedSnapshot(query->sees_latest ? GetLatestSnapshot() : GetTransactionSnapshot());
	UpdateActiveSnapshotCommandId();
}

static uint64
execute(SavedQuery *query, PlannedStmt *plan, ParamListInfo parameters, DestReceiver *receiver)
{
	QueryDesc  *desc = CreateQueryDesc(plan, query->function, GetActiveSnapshot(), InvalidSnapshot,
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
saved_query_run(SavedQuery *query, const Datum *values, const bool *nulls,
				SavedQueryConsumer consume, void *arg)
{
	Receiver	receiver = {
		{receive_slot, receiver_startup, receiver_done, receiver_done, DestNone},
		consume, arg
	};
	ParamListInfo parameters;
	PlannedStmt *plan;
	bool		writes;
	uint64		processed;

	catalog_require_able_owner();
	if (query->for_values)
	{
		find_statement(query);
		parameters = make_parameters(query, values, nulls);
		plan = plan_statement(query, parameters);
	}
	else
	{
		plan = kept_plan(query);
		parameters = make_parameters(query, values, nulls);
	}
	writes = plan->commandType != CMD_SELECT || plan->hasModifyingCTE || plan->rowMarks != NIL;
	push_snapshot(query, writes);
	runs_in_progress++;
	PG_TRY();
	{
		processed = execute(query, plan, parameters, (DestReceiver *) &receiver);
	}
	PG_FINALLY();
	{
		runs_in_progress--;
	}
	PG_END_TRY();
	PopActiveSnapshot();
	return processed;
}
