/*-------------------------------------------------------------------------
 *
 * dependent_scan.h
 *	  The custom scan of the tables that depend on model APIs and projects.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_DEPENDENT_SCAN_H
#define MODELAPI_ACL_DEPENDENT_SCAN_H

#include "nodes/extensible.h"

/*
 * For plans whose custom_private is a LookupPlan and whose custom_exprs are as plan_info.h
 * says.
 */
extern const CustomScanMethods dependent_scan_methods;

#endif							/* MODELAPI_ACL_DEPENDENT_SCAN_H */
