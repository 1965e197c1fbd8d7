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

/* Macros for variable-length values have a header of their own since 16 */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Actions of the JSON parser return an error code since 16 */
#if PG_VERSION_NUM >= 160000
typedef JsonParseErrorType JsonActionResult;
#define JSON_ACTION_DONE return JSON_SUCCESS
#else
typedef void JsonActionResult;
#define JSON_ACTION_DONE return
#endif

/* What a check hook of a setting hands on has an allocator of its own since 16 */
#if PG_VERSION_NUM >= 160000
#define setting_malloc(size) guc_malloc(LOG, size)
#else
#define setting_malloc(size) malloc(size)
#endif

/* The caller may provide the memory of the lexer since 17 */
#if PG_VERSION_NUM >= 170000
#define make_json_lexer(json, length, encoding) \
	makeJsonLexContextCstringLen(NULL, json, length, encoding, true)
#else
#define make_json_lexer(json, length, encoding) \
	makeJsonLexContextCstringLen(json, length, encoding, true)
#endif

/* An index scan may count its searches for EXPLAIN since 18; ours do not */
#if PG_VERSION_NUM >= 180000
#define begin_index_scan(table, index, snapshot, nkeys) \
	index_beginscan(table, index, snapshot, NULL, nkeys, 0)
#else
#define begin_index_scan(table, index, snapshot, nkeys) \
	index_beginscan(table, index, snapshot, nkeys, 0)
#endif

/* ExecutorRun() has a parameter execute_once until 17 */
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

/* One function checks privileges on objects of all kinds since 16 */
#if PG_VERSION_NUM >= 160000
#define may_execute(function) \
	(object_aclcheck(ProcedureRelationId, (function), GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#define owns_table(table) object_ownercheck(RelationRelationId, (table), GetUserId())
#else
#define may_execute(function) \
	(pg_proc_aclcheck((function), GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#define owns_table(table) pg_class_ownercheck((table), GetUserId())
#endif

/* The counters of a table or index are named differently since 16 */
#if PG_VERSION_NUM >= 160000
#define TABLE_COUNTS(status) (&(status)->counts)
#define COUNT_FIELD(name) name
#else
#define TABLE_COUNTS(status) (&(status)->t_counts)
#define COUNT_FIELD(name) t_##name
#endif

/* The local transaction id, which every transaction of this backend has */
#if PG_VERSION_NUM >= 170000
#define MY_LOCAL_TRANSACTION_ID (MyProc->vxid.lxid)
#else
#define MY_LOCAL_TRANSACTION_ID (MyProc->lxid)
#endif

/* Named segments of shared memory, without preloading, since 17 */
#if PG_VERSION_NUM >= 170000
#define HAS_DSM_REGISTRY 1
#include "storage/dsm_registry.h"
#else
#define HAS_DSM_REGISTRY 0
#endif

/* The number of this process among all, and the latch that it waits for */
#if PG_VERSION_NUM >= 170000
#define MY_PROCESS_NUMBER ((uint32) MyProcNumber)
#else
#define MY_PROCESS_NUMBER ((uint32) MyProc->pgprocno)
#endif

/* The header that declares ExplainPropertyText() */
#if PG_VERSION_NUM >= 180000
#define EXPLAIN_PROPERTY_HEADER "commands/explain_format.h"
#else
#define EXPLAIN_PROPERTY_HEADER "commands/explain.h"
#endif

/*
 * The library exports only the symbols that the server looks up by name.  Otherwise a
 * library that is loaded earlier could replace a function of ours.  Since 16 the server's
 * macros mark these symbols.
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
