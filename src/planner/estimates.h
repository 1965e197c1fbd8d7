/*-------------------------------------------------------------------------
 *
 * estimates.h
 *	  Constants in place of statistics on contents.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ESTIMATES_H
#define MODELAPI_ACL_ESTIMATES_H

/* Called by _PG_init: registers the hooks. */
extern void estimates_initialize(void);

#endif							/* MODELAPI_ACL_ESTIMATES_H */
