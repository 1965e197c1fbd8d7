/*-------------------------------------------------------------------------
 *
 * drain_decisions.h
 *	  The function that takes lines out of the decision log.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_DRAIN_DECISIONS_H
#define MODELAPI_ACL_DRAIN_DECISIONS_H

/* Called by _PG_init: registers the callbacks for transactions that roll back. */
extern void drain_decisions_initialize(void);

#endif							/* MODELAPI_ACL_DRAIN_DECISIONS_H */
