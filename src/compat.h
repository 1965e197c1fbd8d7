/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Every difference between the supported major versions of PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_COMPAT_H
#define MODELAPI_ACL_COMPAT_H

#include "common/jsonapi.h"
#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "modelapi_acl needs PostgreSQL 15 or later"
#endif

/* postgres.h brings the macros for variable-length values along up to 15 */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Actions of the JSON parser report success since 16 */
#if PG_VERSION_NUM >= 160000
typedef JsonParseErrorType JsonActionResult;
#define JSON_ACTION_DONE return JSON_SUCCESS
#else
typedef void JsonActionResult;
#define JSON_ACTION_DONE return
#endif

/* The lexer can live in the caller's memory since 17 */
#if PG_VERSION_NUM >= 170000
#define make_json_lexer(json, length, encoding) \
	makeJsonLexContextCstringLen(NULL, json, length, encoding, true)
#else
#define make_json_lexer(json, length, encoding) \
	makeJsonLexContextCstringLen(json, length, encoding, true)
#endif

/* Since 18 an index scan may count its searches for EXPLAIN, which ours don't */
#if PG_VERSION_NUM >= 180000
#define begin_index_scan(table, index, snapshot, nkeys) \
	index_beginscan(table, index, snapshot, NULL, nkeys, 0)
#else
#define begin_index_scan(table, index, snapshot, nkeys) \
	index_beginscan(table, index, snapshot, nkeys, 0)
#endif

/* Until 17 the executor is told whether a plan runs once */
#if PG_VERSION_NUM >= 180000
#define EXECUTOR_RUN_PARAMETERS \
	QueryDesc *queryDesc, ScanDirection direction, uint64 count
#define EXECUTOR_RUN_ARGUMENTS queryDesc, direction, count
#define run_executor(desc) ExecutorRun(desc, ForwardScanDirection, 0)
#else
#define EXECUTOR_RUN_PARAMETERS \
	QueryDesc *queryDesc, ScanDirection direction, uint64 count, bool execute_once
#define EXECUTOR_RUN_ARGUMENTS queryDesc, direction, count, execute_once
#define run_executor(desc) ExecutorRun(desc, ForwardScanDirection, 0, true)
#endif

/* One function asks for the privileges on objects of all kinds since 16 */
#if PG_VERSION_NUM >= 160000
#define may_execute(function) \
	(object_aclcheck(ProcedureRelationId, (function), GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#else
#define may_execute(function) \
	(pg_proc_aclcheck((function), GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#endif

/* Counters of a table or index have other names since 16 */
#if PG_VERSION_NUM >= 160000
#define TABLE_COUNTS(status) (&(status)->counts)
#define COUNT_FIELD(name) name
#else
#define TABLE_COUNTS(status) (&(status)->t_counts)
#define COUNT_FIELD(name) t_##name
#endif

/* Which transaction of this backend it is, whether it has an id of its own or not */
#if PG_VERSION_NUM >= 170000
#define MY_LOCAL_TRANSACTION_ID (MyProc->vxid.lxid)
#else
#define MY_LOCAL_TRANSACTION_ID (MyProc->lxid)
#endif

/* Where ExplainPropertyText is declared */
#if PG_VERSION_NUM >= 180000
#define EXPLAIN_PROPERTY_HEADER "commands/explain_format.h"
#else
#define EXPLAIN_PROPERTY_HEADER "commands/explain.h"
#endif

/*
 * Symbols are hidden but for those that the server looks up by name, or a library
 * loaded before this one could replace a function of ours.  Since 16 the server's own
 * macros say so.
 */
#if PG_VERSION_NUM < 160000
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#undef PG_FUNCTION_INFO_V1
#define PG_FUNCTION_INFO_V1(funcname) \
extern PGDLLEXPORT Datum funcname(PG_FUNCTION_ARGS); \
extern PGDLLEXPORT const Pg_finfo_record * CppConcat(pg_finfo_,funcname)(void); \
const Pg_finfo_record * \
CppConcat(pg_finfo_,funcname) (void) \
{ \
	static const Pg_finfo_record my_finfo = { 1 }; \
	return &my_finfo; \
} \
extern int no_such_variable
#endif

#endif							/* MODELAPI_ACL_COMPAT_H */
