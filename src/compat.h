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

/* Where ExplainPropertyText is declared */
#if PG_VERSION_NUM >= 180000
#define EXPLAIN_PROPERTY_HEADER "commands/explain_format.h"
#else
#define EXPLAIN_PROPERTY_HEADER "commands/explain.h"
#endif

#endif							/* MODELAPI_ACL_COMPAT_H */
