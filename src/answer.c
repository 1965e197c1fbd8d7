/*-------------------------------------------------------------------------
 *
 * answer.c
 *	  Answers that are made of more than the caller may read.
 *
 * Functions such as who_can() read grants, memberships and events that their
 * caller may not see, and tell of them what the caller may know.  Nothing
 * switches the user for that.  Such a function is answer() in C: it calls the
 * SQL function of the same arguments in the internal schema whose name has answer_
 * before it.  That one reads through the views of 71_reading_views.sql, which show rows while this
 * file runs an answer, and none at any other time, whoever can name them.
 *
 * No code of anybody else runs in between: the bodies only read the extension's
 * own tables, and results are handed out when all of them are there.
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

#include "modelapi_acl.h"

PG_FUNCTION_INFO_V1(modelapi_acl_answer_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_verify_access_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_is_answering_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_owner_is_able_1_0);

static int	answers_in_progress = 0;

/* is_answering() → boolean: whether the reading views show anything */
Datum
modelapi_acl_is_answering_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(answers_in_progress > 0);
}

/* The function in the internal schema that makes a function's answer. */
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
	Uncounted  *volatile uncounted = NULL;
	volatile Datum result;

	if (!body)
	{
		body = MemoryContextAllocZero(own->fn_mcxt, sizeof(FmgrInfo));
		fmgr_info_cxt(find_body(own->fn_oid), body, own->fn_mcxt);
		body->fn_expr = own->fn_expr;
		own->fn_extra = body;
	}

	/* all rows at once: the caller's code runs between one row and the next */
	if (set && IsA(set, ReturnSetInfo) && own->fn_retset)
	{
		if ((set->allowedModes & SFRM_Materialize) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("set-valued function called in context that cannot accept a set")));
		set->allowedModes |= SFRM_Materialize_Preferred;
	}

	indexes_require_current(GetActiveSnapshot());

	/* what is read for it would tell more than the answer */
	if (!identity_has_admin_role())
		uncounted = uncounted_begin();
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
			uncounted_end(uncounted);
	}
	PG_END_TRY();
	return result;
}

/* Any function of the interface that answers from more than its caller may read */
Datum
modelapi_acl_answer_1_0(PG_FUNCTION_ARGS)
{
	catalog_require_able_owner();
	return answer(fcinfo);
}

/* verify_access(), which tells of an owner who can't read */
Datum
modelapi_acl_verify_access_1_0(PG_FUNCTION_ARGS)
{
	return answer(fcinfo);
}

/* owner_is_able() → boolean: whether the extension's owner bypasses policies */
Datum
modelapi_acl_owner_is_able_1_0(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(catalog_owner_is_able());
}
