/*-------------------------------------------------------------------------
 *
 * token_row.c
 *	  The only row of an internal statement about a token.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "token_row.h"
#include "../access/errors.h"

static void
take_row(TupleTableSlot *slot, void *arg)
{
	TokenRow   *row = (TokenRow *) arg;
	MemoryContext old = MemoryContextSwitchTo(row->memory);

	row->found = true;
	for (int i = 0; i < Min(TOKEN_ROW_COLUMNS_MAX, slot->tts_tupleDescriptor->natts); i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(slot->tts_tupleDescriptor, i);

		row->values[i] = slot_getattr(slot, i + 1, &row->nulls[i]);
		if (!row->nulls[i])
			row->values[i] = datumCopy(row->values[i], attribute->attbyval, attribute->attlen);
	}
	MemoryContextSwitchTo(old);
}

TokenRow
token_row_run(InternalStatement *statement, const Datum *values, const bool *nulls)
{
	TokenRow	row = {.memory = CurrentMemoryContext};

	(void) internal_statements_run(statement, values, nulls, take_row, &row);
	return row;
}

Datum
token_row_result(FunctionCallInfo fcinfo, TokenRow *row)
{
	TupleDesc	tupdesc;

	if (!row->found)
		errors_raise_not_found("access token");
	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), row->values, row->nulls));
}
