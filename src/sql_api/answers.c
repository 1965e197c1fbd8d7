/*-------------------------------------------------------------------------
 *
 * answers.c
 *	  Functions that read more than their caller may see.
 *
 * Functions such as who_can() read grants, memberships and events that are hidden from their
 * caller, and return what the caller may know of them.  They do not switch the user for that.
 * Each is the C function below, which calls the SQL function answer_NAME of the internal
 * schema with the same arguments.  Most of these read the views of 71_reading_views.sql,
 * which show rows only while this file runs such a function, and none to anybody else.
 * Those in C read tables, and return nothing unless answers_is_running().
 *
 * No code of other users runs meanwhile: the functions read only the extension's own tables,
 * and all rows are computed before the first one is returned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "answers.h"
#include "../catalog/indexes.h"
#include "../catalog/object_ids.h"
#include "../catalog/uncounted_reads.h"
#include "../compat.h"
#include "../identity/current_role.h"

PG_FUNCTION_INFO_V1(modelapi_acl_answer_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_verify_access_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_answering_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_owner_is_able_1_0);

static int	answers_in_progress = 0;

bool
answers_is_running(void)
{
	return answers_in_progress > 0;
}

/* is_answering() → boolean: whether the reading views show rows */
Datum
modelapi_acl_is_answering_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(answers_is_running());
}

/* The function answer_NAME of the internal schema. */
static Oid
find_body(Oid function)
{
	Oid			schema = get_namespace_oid("modelapi_acl_internal", false);
	HeapTuple	public = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	HeapTuple	body;
	Form_pg_proc form;
	NameData	name;
	Oid			result;

	if (!HeapTupleIsValid(public))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(public);
	namestrcpy(&name, psprintf("answer_%s", NameStr(form->proname)));
	body = SearchSysCache3(PROCNAMEARGSNSP, NameGetDatum(&name),
						   PointerGetDatum(&form->proargtypes), ObjectIdGetDatum(schema));
	if (!HeapTupleIsValid(body))
		elog(ERROR, "function \"%s\" is missing", NameStr(name));
	result = ((Form_pg_proc) GETSTRUCT(body))->oid;
	ReleaseSysCache(body);
	ReleaseSysCache(public);
	return result;
}

static Datum
answer(FunctionCallInfo fcinfo)
{
	FmgrInfo   *own = fcinfo->flinfo;
	FmgrInfo   *body = (FmgrInfo *) own->fn_extra;
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	UncountedReads  *volatile uncounted = NULL;
	volatile Datum result;

	if (!body)
	{
		body = MemoryContextAllocZero(own->fn_mcxt, sizeof(FmgrInfo));
		fmgr_info_cxt(find_body(own->fn_oid), body, own->fn_mcxt);
		body->fn_expr = own->fn_expr;
		own->fn_extra = body;
	}

	/* all rows at once, since the caller's code could run between two of them */
	if (set && IsA(set, ReturnSetInfo) && own->fn_retset)
	{
		if ((set->allowedModes & SFRM_Materialize) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("set-valued function called in context that cannot accept a set")));
		set->allowedModes |= SFRM_Materialize_Preferred;
	}

	indexes_require_current_snapshot(GetActiveSnapshot());

	/* the statistics of the reads would reveal more than the answer */
	if (!current_role_is_administrator())
		uncounted = uncounted_reads_begin();
	fcinfo->flinfo = body;
	answers_in_progress++;
	PG_TRY();
	{
		result = FunctionCallInvoke(fcinfo);
	}
	PG_FINALLY();
	{
		answers_in_progress--;
		fcinfo->flinfo = own;
		if (uncounted)
			uncounted_reads_end(uncounted);
	}
	PG_END_TRY();
	return result;
}

/* For the functions of the interface that read more than their caller may see. */
Datum
modelapi_acl_answer_1_0(PG_FUNCTION_ARGS)
{
	object_ids_require_privileged_owner();
	return answer(fcinfo);
}

/* verify_access(), which also reports an owner without the necessary privileges. */
Datum
modelapi_acl_verify_access_1_0(PG_FUNCTION_ARGS)
{
	return answer(fcinfo);
}

/* owner_is_able() → boolean: whether the extension's owner bypasses policies */
Datum
modelapi_acl_owner_is_able_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(object_ids_owner_bypasses_rls());
}
