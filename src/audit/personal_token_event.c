/*-------------------------------------------------------------------------
 *
 * personal_token_event.c
 *	  The parts of a personal token in its audit events.
 *
 * A token and the list of its model APIs are written by one statement and are one event.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"

#include "personal_token_event.h"
#include "../access/latest_state.h"
#include "../catalog/internal_statements.h"
#include "../catalog/personal_token_read.h"
#include "../catalog/table_read.h"

/* Whether a row went with the token, or with the model API of a list, that was deleted. */
static bool
went_along(const AuditedTable *table, RowChange *change)
{
	Snapshot	snapshot = latest_state_new_snapshot();
	pg_uuid_t	holder;
	bool		is_left;

	is_left = personal_token_read_holder(row_change_uuid(change, change->old, "token_id"), snapshot, &holder);
	if (is_left && strcmp(table->name, "personal_token_model_apis") == 0)
		is_left = table_read_model_api(row_change_uuid(change, change->old, "model_api_id"), snapshot, NULL);
	UnregisterSnapshot(snapshot);
	return !is_left;
}

bool
personal_token_event_covers(const AuditedTable *table, RowChange *change)
{
	if (strcmp(table->name, "personal_token_model_apis") != 0 &&
		strcmp(table->name, "personal_token_hashes") != 0)
		return false;
	return internal_statements_is_running() || (!change->new && went_along(table, change));
}

static void
add_model_api(const pg_uuid_t *model_api_id, void *arg)
{
	StringInfo	list = (StringInfo) arg;

	appendStringInfo(list, "%s\"%s\"", list->data[list->len - 1] == '[' ? "" : ", ",
					 DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(model_api_id))));
}

Datum
personal_token_event_values(const AuditedTable *table, RowChange *change, Datum values)
{
	StringInfoData list;
	Snapshot	snapshot;
	bool		isnull;

	if (strcmp(table->name, "personal_tokens") != 0 || !change->new ||
		!DatumGetBool(row_change_value(change, change->new, "is_limited", &isnull)))
		return values;
	initStringInfo(&list);
	appendStringInfoString(&list, "{\"model_apis\": [");
	snapshot = latest_state_new_snapshot();
	personal_token_read_each_model_api(row_change_uuid(change, change->new, "id"), snapshot,
									   add_model_api, &list);
	UnregisterSnapshot(snapshot);
	appendStringInfoString(&list, "]}");
	return DirectFunctionCall2(jsonb_concat, values,
							   DirectFunctionCall1(jsonb_in, CStringGetDatum(list.data)));
}
