/*-------------------------------------------------------------------------
 *
 * drain_decisions.c
 *	  The function that takes lines out of the decision log.
 *
 * A line that was taken is not in the log any more.  If the transaction rolls back, what it has
 * taken is lost, and counted so.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "access/transam.h"
#include "access/xact.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "postmaster/postmaster.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
#include "utils/xid8.h"

#include "drain_decisions.h"
#include "preconditions.h"
#include "../compat.h"
#include "../usage/decision_log.h"
#include "../values/validate.h"

PG_FUNCTION_INFO_V1(modelapi_acl_drain_decisions_1_1);

/* How many lines this transaction has taken, by the nesting level of its subtransactions */
#define LEVELS_MAX 16
static int64 taken[LEVELS_MAX + 1];

/* ----------
 * Rolled back transactions
 * ----------
 */

static int
current_level(void)
{
	return Min(GetCurrentTransactionNestLevel(), LEVELS_MAX);
}

static void
lose(int64 *lines)
{
	UsageSegment *segment = *lines > 0 ? segment_get() : NULL;

	if (segment)
		pg_atomic_fetch_add_u64(&segment->log_lost, *lines);
	*lines = 0;
}

static void
transaction_ended(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT)
		for (int i = 0; i <= LEVELS_MAX; i++)
			lose(&taken[i]);
	else if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
		memset(taken, 0, sizeof(taken));
}

static void
subtransaction_ended(SubXactEvent event, SubTransactionId own, SubTransactionId parent, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();

	/* the deepest levels are one: they are lost with the outermost of them */
	if (level > LEVELS_MAX)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		lose(&taken[level]);
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
	{
		taken[level - 1] += taken[level];
		taken[level] = 0;
	}
}

void
drain_decisions_initialize(void)
{
	RegisterXactCallback(transaction_ended, NULL);
	RegisterSubXactCallback(subtransaction_ended, NULL);
}

/* ----------
 * The function
 * ----------
 */

/*
 * A transaction id as an xid8.  Those of lines are less than 2^31 from the next one: before it,
 * or after it, where the line was written since that was read.
 */
static Datum
widen(TransactionId xid, FullTransactionId next)
{
	int32		distance = (int32) (xid - XidFromFullTransactionId(next));

	return FullTransactionIdGetDatum(FullTransactionIdFromU64(U64FromFullTransactionId(next) +
															  (uint64) (int64) distance));
}

/* Which server this is, among a primary and its standbys. */
static text *
server_name(void)
{
	char		host[256];

	if (gethostname(host, sizeof(host)) != 0)
		strlcpy(host, "localhost", sizeof(host));
	host[sizeof(host) - 1] = '\0';
	return cstring_to_text(psprintf("%s:%d", host, PostPortNumber));
}

static void
put_line(ReturnSetInfo *result, const DecisionLine *line, FullTransactionId next, text *server)
{
	Datum		values[8];
	bool		nulls[8] = {false};

	values[0] = TimestampTzGetDatum(line->decided_at);
	values[1] = UUIDPGetDatum(&line->model_api_id);
	nulls[1] = !line->has_model_api;
	values[2] = UUIDPGetDatum(&line->token_id);
	nulls[2] = !line->has_token;
	values[3] = UUIDPGetDatum(&line->user_id);
	nulls[3] = !line->has_user;
	values[4] = CStringGetTextDatum(line->reason);
	values[5] = widen(line->xmin, next);
	values[6] = widen(line->xmax, next);
	values[7] = PointerGetDatum(server);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
tell_of_lost_lines(UsageSegment *segment)
{
	uint64		lost = pg_atomic_read_u64(&segment->log_lost);
	uint64		told = pg_atomic_exchange_u64(&segment->log_told, lost);

	if (lost > told)
		ereport(WARNING,
				(errmsg_plural("%llu line of the decision log was lost",
							   "%llu lines of the decision log were lost",
							   (unsigned long) (lost - told),
							   (unsigned long long) (lost - told)),
				 errdetail("The log was full, or the transaction that took them was rolled back."),
				 errhint("Call drain_decisions more often, or increase modelapi_acl.decision_log_size.")));
}

/* drain_decisions(maximum integer) → rows of the decision log */
Datum
modelapi_acl_drain_decisions_1_1(PG_FUNCTION_ARGS)
{
	UsageSegment *segment = segment_get();
	FullTransactionId next = ReadNextFullTransactionId();
	text	   *server = server_name();
	int32		left;
	DecisionLine line;

	preconditions_require_administrator();
	validate_not_null("maximum", PG_ARGISNULL(0));
	left = PG_GETARG_INT32(0);
	if (left < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("maximum is negative")));
	InitMaterializedSRF(fcinfo, 0);
	if (!segment)
		return (Datum) 0;
	while (left-- > 0 && decision_log_read(segment, &line))
	{
		taken[current_level()]++;
		put_line((ReturnSetInfo *) fcinfo->resultinfo, &line, next, server);
		CHECK_FOR_INTERRUPTS();
	}
	tell_of_lost_lines(segment);
	return (Datum) 0;
}
