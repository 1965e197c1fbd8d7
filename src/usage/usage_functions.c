/*-------------------------------------------------------------------------
 *
 * usage_functions.c
 *	  What the views on the use of tokens read from shared memory.
 *
 * The functions give no more than the views: each checks the permission itself.  The reads for
 * these checks are not counted in the server's statistics.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "counters.h"
#include "segment.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../access/token_holder.h"
#include "../catalog/uncounted_reads.h"
#include "../compat.h"
#include "../identity/current_role.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_usage_of_token_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_usage_of_invocations_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_usage_is_live_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_usage_since_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_usage_state_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_refuse_usage_change_1_1);

/* Whether the current user may see the use of a token. */
static bool
shows_token(AccessContext *context, const CountedToken *token)
{
	if (token->is_personal)
		return token_holder_is_visible(context, &token->owner_id);
	return decision_permits_by_id(context, &token->owner_id, PERMISSION_VIEW_TOKENS);
}

static Datum
time_or_null(TimestampTz time, bool *is_null)
{
	*is_null = time == 0;
	return TimestampTzGetDatum(time);
}

/*
 * usage_of_token(token_id, generation, allowed, refused, by_old_secret) → what has to be added to
 * the row that a token has in the table: from memory, less what the row has from there.  All
 * arguments but the first are NULL for a token without a row.
 */
Datum
modelapi_acl_usage_of_token_1_1(PG_FUNCTION_ARGS)
{
	UsageSegment *segment = segment_get();
	TokenCounts counts = {0};
	CountedToken *token = NULL;
	int64		written[3] = {0, 0, 0};
	Datum		values[5];
	bool		nulls[5] = {false, false, false, false, false};
	TupleDesc	type;

	if (get_call_result_type(fcinfo, NULL, &type) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (segment && !PG_ARGISNULL(0))
		for (int buffer = 0; buffer < 2; buffer++)
		{
			CountedToken *found = counters_add_token(segment, buffer, PG_GETARG_UUID_P(0), &counts);

			token = found ? found : token;
		}
	if (token && !shows_token(context_of_current_user(fcinfo), token))
		token = NULL;
	if (!token)
		memset(&counts, 0, sizeof(counts));
	else if (!PG_ARGISNULL(1) && counters_is_live(segment, (uint64) PG_GETARG_INT64(1)))
		for (int i = 0; i < 3; i++)
			written[i] = PG_ARGISNULL(2 + i) ? 0 : PG_GETARG_INT64(2 + i);

	values[0] = time_or_null(counts.last_used_at, &nulls[0]);
	values[1] = time_or_null(counts.last_refused_at, &nulls[1]);
	values[2] = Int64GetDatum((int64) counts.allowed - written[0]);
	values[3] = Int64GetDatum((int64) counts.refused - written[1]);
	values[4] = Int64GetDatum((int64) counts.by_old_secret - written[2]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(type), values, nulls)));
}

/* ----------
 * Requests by model API, hour and reason
 * ----------
 */

typedef struct HourRow
{
	pg_uuid_t	model_api_id;	/* first, for uuids_compare() */
	HourKey		key;
	uint64		requests;
} HourRow;

/* All that memory has, sorted by model API. */
static HourRow *
collect_hours(UsageSegment *segment, int *nrows)
{
	HourRow    *rows = MemoryContextAllocHuge(CurrentMemoryContext, (Size) 2 * segment->entries * sizeof(HourRow));

	*nrows = 0;
	for (int buffer = 0; buffer < 2; buffer++)
	{
		CountedHour *hours = segment_hours(segment, buffer);

		for (uint32 i = 0; i < segment->entries; i++)
		{
			if (pg_atomic_read_u32(&hours[i].state) != ENTRY_READY)
				continue;
			pg_read_barrier();
			rows[*nrows].key = hours[i].key;
			rows[*nrows].model_api_id = hours[i].key.model_api_id;
			rows[*nrows].requests = pg_atomic_read_u64(&hours[i].requests);
			(*nrows)++;
		}
	}
	qsort(rows, *nrows, sizeof(HourRow), uuids_compare);
	return rows;
}

static void
put_hour(ReturnSetInfo *result, const HourRow *row, bool has_model_api)
{
	Datum		values[4];
	bool		nulls[4] = {!has_model_api, false, false, false};

	values[0] = UUIDPGetDatum(&row->model_api_id);
	values[1] = TimestampTzGetDatum(row->key.hour * USECS_PER_HOUR);
	values[2] = CStringGetTextDatum(row->key.reason);
	values[3] = Int64GetDatum((int64) row->requests);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_shown_hours(ReturnSetInfo *result, AccessContext *context, const HourRow *rows, int nrows)
{
	static const pg_uuid_t none = {{0}};
	bool		is_administrator = context_is_administrator(context);
	bool		is_shown = false;

	for (int i = 0; i < nrows; i++)
	{
		if (i == 0 || !uuids_equal(&rows[i].model_api_id, &rows[i - 1].model_api_id))
			is_shown = is_administrator ||
				decision_permits_by_id(context, &rows[i].model_api_id, PERMISSION_VIEW_LOGS);
		if (is_shown)
			put_hour(result, &rows[i], !uuids_equal(&rows[i].model_api_id, &none));
		CHECK_FOR_INTERRUPTS();
	}
}

/* usage_of_invocations() → rows (model_api_id, hour, reason, requests); several may have one key */
Datum
modelapi_acl_usage_of_invocations_1_1(PG_FUNCTION_ARGS)
{
	UsageSegment *segment = segment_get();
	UncountedReads *volatile uncounted = NULL;
	HourRow    *rows;
	int			nrows;

	InitMaterializedSRF(fcinfo, 0);
	if (!segment)
		return (Datum) 0;
	rows = collect_hours(segment, &nrows);
	/* the statistics of the reads would tell how many model APIs have requests */
	if (!current_role_is_administrator())
		uncounted = uncounted_reads_begin();
	PG_TRY();
	{
		put_shown_hours((ReturnSetInfo *) fcinfo->resultinfo, context_of_current_user(NULL), rows, nrows);
	}
	PG_FINALLY();
	{
		if (uncounted)
			uncounted_reads_end(uncounted);
	}
	PG_END_TRY();
	return (Datum) 0;
}

/* usage_is_live(generation) → boolean: whether memory still has what a row was written from */
Datum
modelapi_acl_usage_is_live_1_1(PG_FUNCTION_ARGS)
{
	UsageSegment *segment = segment_get();

	PG_RETURN_BOOL(segment && counters_is_live(segment, (uint64) PG_GETARG_INT64(0)));
}

/* ----------
 * The state of counting
 * ----------
 */

static TimestampTz
oldest_start(UsageSegment *segment)
{
	TimestampTz oldest = 0;

	for (int i = 0; i < 2; i++)
	{
		CountBuffer *buffer = &segment->buffers[i];
		TimestampTz started = (TimestampTz) pg_atomic_read_u64(&buffer->started_at);

		if (pg_atomic_read_u64(&buffer->generation) != 0 && (oldest == 0 || started < oldest))
			oldest = started;
	}
	return oldest;
}

/* usage_since() → timestamptz: since when memory has counts; NULL: nothing is counted */
Datum
modelapi_acl_usage_since_1_1(PG_FUNCTION_ARGS)
{
	UsageSegment *segment = segment_get();

	if (!segment)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(oldest_start(segment));
}

/* What administrators alone may know: it is about all model APIs. */
static void
fill_totals(UsageSegment *segment, Datum *values, bool *nulls)
{
	uint64		head = pg_atomic_read_u64(&segment->log_head);
	uint64		tail = pg_atomic_read_u64(&segment->log_tail);
	CountBuffer *active = &segment->buffers[pg_atomic_read_u32(&segment->active)];

	memset(nulls, false, 7 * sizeof(bool));
	values[0] = time_or_null((TimestampTz) pg_atomic_read_u64(&segment->flushed_at), &nulls[0]);
	values[1] = Int64GetDatum((int64) pg_atomic_read_u32(&active->tokens));
	values[2] = Int64GetDatum((int64) pg_atomic_read_u32(&active->hours));
	values[3] = Int64GetDatum((int64) segment->entries);
	values[4] = Int64GetDatum((int64) pg_atomic_read_u64(&segment->dropped));
	values[5] = Int64GetDatum(head > tail ? (int64) (head - tail) : 0);
	values[6] = Int64GetDatum((int64) pg_atomic_read_u64(&segment->log_lost));
}

/*
 * usage_state() → (counting, problem, since, flushed_at, tokens, hours, entries, dropped,
 * log_lines, log_lost)
 */
Datum
modelapi_acl_usage_state_1_1(PG_FUNCTION_ARGS)
{
	UsageSegment *segment = segment_get();
	Datum		values[10] = {0};
	bool		nulls[10];
	TupleDesc	type;

	if (get_call_result_type(fcinfo, NULL, &type) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	memset(nulls, true, sizeof(nulls));
	nulls[0] = false;
	values[0] = BoolGetDatum(segment != NULL);
	if (!segment)
	{
		nulls[1] = false;
		values[1] = CStringGetTextDatum(segment_problem());
	}
	else
	{
		values[2] = time_or_null(oldest_start(segment), &nulls[2]);
		if (context_is_administrator(context_of_current_user(NULL)))
			fill_totals(segment, &values[3], &nulls[3]);
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(type), values, nulls)));
}

/* INSTEAD OF INSERT OR UPDATE OR DELETE on the views */
Datum
modelapi_acl_refuse_usage_change_1_1(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("trigger functions can only be called as triggers")));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("rows of \"%s\" cannot be changed",
					RelationGetRelationName(((TriggerData *) fcinfo->context)->tg_relation)),
			 errhint("The extension counts requests itself.")));
	return PointerGetDatum(NULL);
}
