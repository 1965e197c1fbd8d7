/*-------------------------------------------------------------------------
 *
 * model_api_scan.h
 *	  The custom scan of model_apis, which starts from the user's grants.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_MODEL_API_SCAN_H
#define MODELAPI_ACL_MODEL_API_SCAN_H

#include "nodes/extensible.h"

/*
 * For plans whose custom_private is a ModelApiPlan and whose custom_exprs are as
 * plan_info.h says.
 */
extern const CustomScanMethods model_api_scan_methods;

#endif							/* MODELAPI_ACL_MODEL_API_SCAN_H */
