/*-------------------------------------------------------------------------
 *
 * audit.h
 *	  Records who changed what, in the transaction that changed it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_AUDIT_H
#define MODELAPI_ACL_AUDIT_H

/* Called by _PG_init: registers the callbacks that reset its state with the transaction. */
extern void audit_initialize(void);

/*
 * audit_record_name: records an event of a name.  Does nothing where the current role bypasses
 * the guards (current_role.h).
 */
extern void audit_record_name(const char *action, const char *name);

#endif							/* MODELAPI_ACL_AUDIT_H */
