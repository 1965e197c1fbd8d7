/*-------------------------------------------------------------------------
 *
 * token_values.h
 *	  What a token may be made with: its name, its expiry, its list of model APIs.
 *
 * Each function raises 22023 for a value that is not acceptable.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TOKEN_VALUES_H
#define MODELAPI_ACL_TOKEN_VALUES_H

#include "fmgr.h"
#include "utils/array.h"

#include "../access/context.h"

/*
 * token_values_require: the name and the expiry, by the numbers of their arguments.  The secret
 * may live as long as max_token_lifetime allows from the start of the transaction.
 *
 * token_values_require_model_apis: the list that a personal token is limited to, which has at
 * least one model API and no NULL.  Raises PT404 for one that the current user may not view by
 * the active snapshot; so it is called before other values are looked at.  context = NULL: a
 * function for administrators, which may name every model API that exists.
 */
extern void token_values_require(FunctionCallInfo fcinfo, int name, int expires_at);
extern void token_values_require_model_apis(AccessContext *context, ArrayType *list);

#endif							/* MODELAPI_ACL_TOKEN_VALUES_H */
