/*-------------------------------------------------------------------------
 *
 * decision_log.h
 *	  The decision log: a ring of lines in shared memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_DECISION_LOG_H
#define MODELAPI_ACL_DECISION_LOG_H

#include "record.h"
#include "segment.h"

/*
 * decision_log_write: writes a line.  If there is no room, the line is lost and counted; no
 * request waits.
 */
extern void decision_log_write(UsageSegment *segment, const UsageRecord *record, TimestampTz now);

/*
 * decision_log_read: takes the oldest line out of the ring; false if there is none.  Of
 * several processes each gets other lines.
 */
extern bool decision_log_read(UsageSegment *segment, DecisionLine *line);

#endif							/* MODELAPI_ACL_DECISION_LOG_H */
