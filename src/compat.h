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

#endif							/* MODELAPI_ACL_COMPAT_H */
