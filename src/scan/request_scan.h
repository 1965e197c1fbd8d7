/*-------------------------------------------------------------------------
 *
 * request_scan.h
 *	  The custom scan of a function that authorizes a request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_REQUEST_SCAN_H
#define MODELAPI_ACL_REQUEST_SCAN_H

#include "nodes/extensible.h"

/*
 * For plans whose only expression in custom_exprs is the call, a FuncExpr, and whose
 * custom_private is a list of integers: which column of the function's row is each of
 * custom_scan_tlist, from 1.
 */
extern const CustomScanMethods request_scan_methods;

#endif							/* MODELAPI_ACL_REQUEST_SCAN_H */
