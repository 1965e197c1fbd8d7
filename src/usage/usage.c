/*-------------------------------------------------------------------------
 *
 * usage.c
 *	  What every decision about a request is told to: it is counted and logged.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/guc.h"
#include "utils/timestamp.h"

#include "counters.h"
#include "decision_log.h"
#include "flush_worker.h"
#include "segment.h"
#include "usage.h"

typedef enum LoggedDecisions
{
	LOGGED_NONE,
	LOGGED_REFUSED,
	LOGGED_ALL
} LoggedDecisions;

static const struct config_enum_entry logged_decisions[] = {
	{"none", LOGGED_NONE, false},
	{"refused", LOGGED_REFUSED, false},
	{"all", LOGGED_ALL, false},
	{NULL, 0, false}
};

static bool count_usage = true;
static int	decision_log = LOGGED_REFUSED;

void
usage_record(const UsageRecord *record)
{
	bool		is_logged = decision_log == LOGGED_ALL || (decision_log == LOGGED_REFUSED && !record->allowed);
	UsageSegment *segment;
	TimestampTz now;

	if (!count_usage && !is_logged)
		return;
	segment = segment_get();
	if (!segment)
		return;
	now = GetCurrentTimestamp();
	if (is_logged)
		decision_log_write(segment, record, now);
	if (count_usage)
	{
		if (counters_count(segment, record, now))
			flush_worker_wake(segment);
		flush_worker_ensure(segment, now);
	}
}

void
usage_initialize(void)
{
	DefineCustomBoolVariable("modelapi_acl.count_usage",
							 "Counts the requests that gateways ask about.",
							 "In shared memory; a background worker writes the counts to tables.",
							 &count_usage, true, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("modelapi_acl.decision_log",
							 "Which decisions about requests are logged for drain_decisions.",
							 NULL,
							 &decision_log, LOGGED_REFUSED, logged_decisions, PGC_SUSET, 0, NULL, NULL, NULL);
	segment_initialize();
	flush_worker_initialize();
}
