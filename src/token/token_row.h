/*-------------------------------------------------------------------------
 *
 * token_row.h
 *	  The only row of an internal statement about a token.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TOKEN_ROW_H
#define MODELAPI_ACL_TOKEN_ROW_H

#include "fmgr.h"
#include "utils/palloc.h"

#include "../catalog/internal_statements.h"

#define TOKEN_ROW_COLUMNS_MAX 8

typedef struct TokenRow
{
	MemoryContext memory;		/* for the values */
	bool		found;
	Datum		values[TOKEN_ROW_COLUMNS_MAX];
	bool		nulls[TOKEN_ROW_COLUMNS_MAX];
} TokenRow;

/*
 * token_row_run: runs a statement (internal_statements.h); the row's values are in the current
 * memory context.
 *
 * token_row_result: the result (id, token) of a function.  Raises PT404 if there is no row:
 * the token was deleted meanwhile.
 */
extern TokenRow token_row_run(InternalStatement *statement, const Datum *values, const bool *nulls);
extern Datum token_row_result(FunctionCallInfo fcinfo, TokenRow *row);

#endif							/* MODELAPI_ACL_TOKEN_ROW_H */
