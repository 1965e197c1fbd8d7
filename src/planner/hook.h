/*-------------------------------------------------------------------------
 *
 * hook.h
 *	  Where the planner meets the policies.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_HOOK_H
#define MODELAPI_ACL_HOOK_H

/* Called by _PG_init: defines the setting, registers the scans and the hook. */
extern void hook_initialize(void);

#endif							/* MODELAPI_ACL_HOOK_H */
