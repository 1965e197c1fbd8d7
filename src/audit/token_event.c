/*-------------------------------------------------------------------------
 *
 * token_event.c
 *	  What events of tokens tell of their former secrets.
 *
 * A secret has no events of its own where a function of the extension wrote it.  So those of
 * its token tell when the overlap of a former one ends; authorization_at reads it there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "row_values.h"
#include "token_event.h"
#include "../catalog/internal_statements.h"
#include "../catalog/object_ids.h"

Datum
token_event_former(TimestampTz until)
{
	char	   *json = psprintf("{\"former_until\": \"%s\"}", row_values_time(until));

	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
}

static void
take_time(TupleTableSlot *slot, void *arg)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, 1, &isnull);

	*(TimestampTz *) arg = DatumGetTimestampTz(value);
}

Datum
token_event_add_former(const pg_uuid_t *token_id, Datum values)
{
	static InternalStatement former_secret_until = {.function = "former_secret_until"};
	Datum		id = UUIDPGetDatum(token_id);
	TimestampTz until;

	/* version 1.0 has no former secrets */
	if (!object_ids_has_table(TABLE_PERSONAL_TOKENS) ||
		internal_statements_run(&former_secret_until, &id, NULL, take_time, &until) == 0)
		return values;
	return DirectFunctionCall2(jsonb_concat, values, token_event_former(until));
}
