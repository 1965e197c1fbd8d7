/*-------------------------------------------------------------------------
 *
 * flush.c
 *	  Writes counts from shared memory to tables.
 *
 * The statements are in sql/install/51_usage.sql.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "counters.h"
#include "flush.h"
#include "../catalog/internal_statements.h"
#include "../catalog/object_ids.h"
#include "../compat.h"

static InternalStatement flush_tokens_statement = {.function = "flush_tokens"};
static InternalStatement flush_hours_statement = {.function = "flush_hours"};
static InternalStatement begin_counting_statement = {.function = "begin_counting"};
static InternalStatement prune_hours_statement = {.function = "prune_hours"};

/* A column of rows that are to be written */
typedef struct Column
{
	Oid			type;
	Datum	   *values;
	bool	   *nulls;
} Column;

bool
flush_is_possible(void)
{
	Oid			schema = get_namespace_oid("modelapi_acl_internal", true);

	/* the extension may have been dropped, or not been updated yet */
	return OidIsValid(schema) && OidIsValid(get_relname_relid("token_counts", schema)) &&
		object_ids_owner_bypasses_rls();
}

void
flush_begin_counting(TimestampTz since)
{
	Datum		value = TimestampTzGetDatum(since);

	internal_statements_run(&begin_counting_statement, &value, NULL, NULL, NULL);
}

static void
make_columns(Column *columns, const Oid *types, int ncolumns, uint32 nrows)
{
	for (int i = 0; i < ncolumns; i++)
	{
		columns[i].type = types[i];
		columns[i].values = MemoryContextAllocHuge(CurrentMemoryContext, nrows * sizeof(Datum));
		columns[i].nulls = MemoryContextAllocHuge(CurrentMemoryContext, nrows * sizeof(bool));
	}
}

static void
set_value(Column *column, int row, bool is_null, Datum value)
{
	column->values[row] = value;
	column->nulls[row] = is_null;
}

/* Runs a statement with the columns as arrays, and the buffer's generation. */
static void
write_rows(InternalStatement *statement, Column *columns, int ncolumns, int nrows, uint64 generation)
{
	Datum		values[16];
	int			lower_bound = 1;

	Assert(ncolumns < lengthof(values));
	for (int i = 0; i < ncolumns; i++)
	{
		int16		length;
		bool		by_value;
		char		alignment;

		get_typlenbyvalalign(columns[i].type, &length, &by_value, &alignment);
		values[i] = PointerGetDatum(construct_md_array(columns[i].values, columns[i].nulls, 1, &nrows,
													   &lower_bound, columns[i].type, length,
													   by_value, alignment));
	}
	values[ncolumns] = Int64GetDatum((int64) generation);
	internal_statements_run(statement, values, NULL, NULL, NULL);
}

/* Whether an entry has to be written; from here on it counts as written. */
static bool
take_entry(pg_atomic_uint32 *state, pg_atomic_uint32 *is_changed, bool everything)
{
	if (pg_atomic_read_u32(state) != ENTRY_READY)
		return false;
	/* a full barrier: the counts are read after the mark is reset */
	return pg_atomic_exchange_u32(is_changed, 0) != 0 || everything;
}

static void
set_token_row(Column *columns, int row, CountedToken *token, const TokenCounts *counts)
{
	set_value(&columns[0], row, false, UUIDPGetDatum(&token->token_id));
	set_value(&columns[1], row, token->is_personal, UUIDPGetDatum(&token->owner_id));
	set_value(&columns[2], row, !token->is_personal, UUIDPGetDatum(&token->owner_id));
	set_value(&columns[3], row, counts->last_used_at == 0, TimestampTzGetDatum(counts->last_used_at));
	set_value(&columns[4], row, counts->last_refused_at == 0,
			  TimestampTzGetDatum(counts->last_refused_at));
	set_value(&columns[5], row, false, Int64GetDatum((int64) counts->allowed));
	set_value(&columns[6], row, false, Int64GetDatum((int64) counts->refused));
	set_value(&columns[7], row, false, Int64GetDatum((int64) counts->by_old_secret));
}

void
flush_tokens(UsageSegment *segment, int buffer, bool everything)
{
	static const Oid types[] = {UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, INT8OID, INT8OID};
	CountedToken *tokens = segment_tokens(segment, buffer);
	Column		columns[lengthof(types)];
	int			nrows = 0;

	make_columns(columns, types, lengthof(types), segment->entries);
	for (uint32 i = 0; i < segment->entries; i++)
	{
		TokenCounts counts = {0};

		if (!take_entry(&tokens[i].state, &tokens[i].is_changed, everything))
			continue;
		/* all entries of the token, if there are two */
		counters_add_token(segment, buffer, &tokens[i].token_id, &counts);
		set_token_row(columns, nrows++, &tokens[i], &counts);
	}
	if (nrows > 0)
		write_rows(&flush_tokens_statement, columns, lengthof(types), nrows,
				   pg_atomic_read_u64(&segment->buffers[buffer].generation));
}

static void
set_hour_row(Column *columns, int row, const HourKey *key, uint64 requests)
{
	static const pg_uuid_t none = {{0}};

	set_value(&columns[0], row, memcmp(&key->model_api_id, &none, sizeof(none)) == 0,
			  UUIDPGetDatum(&key->model_api_id));
	set_value(&columns[1], row, false, TimestampTzGetDatum(key->hour * USECS_PER_HOUR));
	set_value(&columns[2], row, false, CStringGetTextDatum(key->reason));
	set_value(&columns[3], row, false, Int64GetDatum((int64) requests));
}

void
flush_hours(UsageSegment *segment, int buffer, bool everything)
{
	static const Oid types[] = {UUIDOID, TIMESTAMPTZOID, TEXTOID, INT8OID};
	CountedHour *hours = segment_hours(segment, buffer);
	Column		columns[lengthof(types)];
	int			nrows = 0;

	make_columns(columns, types, lengthof(types), segment->entries);
	for (uint32 i = 0; i < segment->entries; i++)
		if (take_entry(&hours[i].state, &hours[i].is_changed, everything))
			set_hour_row(columns, nrows++, &hours[i].key,
						 counters_of_hour(segment, buffer, &hours[i].key));
	if (nrows > 0)
		write_rows(&flush_hours_statement, columns, lengthof(types), nrows,
				   pg_atomic_read_u64(&segment->buffers[buffer].generation));
}

void
flush_prune(int64 age)
{
	Datum		before = TimestampTzGetDatum(GetCurrentTimestamp() - age);

	internal_statements_run(&prune_hours_statement, &before, NULL, NULL, NULL);
}
