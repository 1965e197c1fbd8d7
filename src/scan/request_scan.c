/*-------------------------------------------------------------------------
 *
 * request_scan.c
 *	  The custom scan of a function that authorizes a request.
 *
 * A gateway calls such a function in FROM, once in a statement.  The server's function scan
 * looks up and copies the row's type, makes a tuple, and puts it into a tuplestore; that takes
 * as long as reading an index.  This node calls the function in the same way, with the same
 * check of privileges, but takes the columns as they are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "pgstat.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

#include "request_scan.h"
#include "../compat.h"
#include "../values/row_target.h"

/* The parameters of authorize_invocation(), of whichever form */
#define ARGUMENTS_MAX 3

typedef struct RequestScan
{
	CustomScanState css;
	List	   *columns;		/* custom_private */
	ExprState  *arguments[ARGUMENTS_MAX];
	int			narguments;
	FmgrInfo	function;
	RowTarget	target;
	bool		is_done;
} RequestScan;

/* Calls the function, which fills the target. */
static void
call_function(RequestScan *scan)
{
	LOCAL_FCINFO(fcinfo, ARGUMENTS_MAX);
	ExprContext *econtext = scan->css.ss.ps.ps_ExprContext;
	FuncExpr   *call = (FuncExpr *) scan->function.fn_expr;
	PgStat_FunctionCallUsage usage;
	MemoryContext old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);

	InitFunctionCallInfoData(*fcinfo, &scan->function, scan->narguments, call->inputcollid,
							 (Node *) &scan->target, NULL);
	for (int i = 0; i < scan->narguments; i++)
		fcinfo->args[i].value = ExecEvalExpr(scan->arguments[i], econtext, &fcinfo->args[i].isnull);
	row_target_initialize(&scan->target);
	pgstat_init_function_usage(fcinfo, &usage);
	(void) FunctionCallInvoke(fcinfo);
	pgstat_end_function_usage(&usage, true);
	if (!scan->target.is_filled)
		elog(ERROR, "function %u returned no row", call->funcid);
	MemoryContextSwitchTo(old);
}

/* An ExecScanAccessMtd. */
static TupleTableSlot *
next_row(ScanState *node)
{
	RequestScan *scan = (RequestScan *) node;
	TupleTableSlot *slot = node->ss_ScanTupleSlot;
	ListCell   *cell;

	ExecClearTuple(slot);
	if (scan->is_done)
		return slot;
	call_function(scan);
	scan->is_done = true;
	foreach(cell, scan->columns)
	{
		int			column = lfirst_int(cell) - 1;

		slot->tts_values[foreach_current_index(cell)] = scan->target.values[column];
		slot->tts_isnull[foreach_current_index(cell)] = scan->target.nulls[column];
	}
	return ExecStoreVirtualTuple(slot);
}

/* An ExecScanRecheckMtd: there is no row that anybody could change. */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	return true;
}

static TupleTableSlot *
scan_exec(CustomScanState *node)
{
	return ExecScan(&node->ss, next_row, recheck_row);
}

static void
scan_begin(CustomScanState *node, EState *estate, int eflags)
{
	RequestScan *scan = (RequestScan *) node;
	CustomScan *cscan = (CustomScan *) node->ss.ps.plan;
	FuncExpr   *call = linitial_node(FuncExpr, cscan->custom_exprs);
	ListCell   *cell;

	if (!may_execute(call->funcid))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, get_func_name(call->funcid));
	InvokeFunctionExecuteHook(call->funcid);
	fmgr_info(call->funcid, &scan->function);
	fmgr_info_set_expr((Node *) call, &scan->function);
	foreach(cell, call->args)
		scan->arguments[scan->narguments++] = ExecInitExpr(lfirst(cell), &node->ss.ps);
}

static void
scan_end(CustomScanState *node)
{
}

static void
scan_rescan(CustomScanState *node)
{
	((RequestScan *) node)->is_done = false;
	ExecScanReScan(&node->ss);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "modelapi_acl request",
	.BeginCustomScan = scan_begin,
	.ExecCustomScan = scan_exec,
	.EndCustomScan = scan_end,
	.ReScanCustomScan = scan_rescan,
};

static Node *
scan_create(CustomScan *cscan)
{
	RequestScan *scan = (RequestScan *) newNode(sizeof(RequestScan), T_CustomScanState);

	Assert(list_length(linitial_node(FuncExpr, cscan->custom_exprs)->args) <= ARGUMENTS_MAX);
	scan->css.methods = &exec_methods;
	scan->columns = cscan->custom_private;
	return (Node *) scan;
}

const CustomScanMethods request_scan_methods = {
	.CustomName = "modelapi_acl request",
	.CreateCustomScanState = scan_create,
};
