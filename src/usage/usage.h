/*-------------------------------------------------------------------------
 *
 * usage.h
 *	  What every decision about a request is told to: it is counted and logged.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_USAGE_H
#define MODELAPI_ACL_USAGE_H

#include "record.h"

/* Called by _PG_init: defines the settings and reserves shared memory. */
extern void usage_initialize(void);

/*
 * usage_record: counts a decision, and writes it to the decision log.
 *
 * Writes nothing but shared memory, and waits for nobody.  Raises no error: if the decision
 * cannot be counted, it goes on without.
 */
extern void usage_record(const UsageRecord *record);

#endif							/* MODELAPI_ACL_USAGE_H */
