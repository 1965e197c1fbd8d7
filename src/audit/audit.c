/*-------------------------------------------------------------------------
 *
 * audit.c
 *	  Records who changed what, in the transaction that changed it.
 *
 * One trigger function serves all audited tables, by the table in audited_tables.c.  One
 * UPDATE can be several events, each with only what changed; an UPDATE that changes nothing
 * audited is none.
 *
 * audit_event.c writes the events.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "audit.h"
#include "audit_event.h"
#include "audited_tables.h"
#include "personal_token_event.h"
#include "row_values.h"
#include "token_event.h"
#include "../access/latest_state.h"
#include "../catalog/internal_statements.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../identity/current_role.h"
#include "../terms.h"
#include "../triggers/row_change.h"
#include "../values/validate.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_audit_row_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_remember_project_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_record_transfer_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_record_pruning_1_0);

/* ----------
 * State of the transaction
 * ----------
 */

/*
 * The projects of model APIs that this transaction deletes.  A cascade deletes dependent rows
 * after the row of the model API, and their events name the project as well.  An entry counts
 * only if the model API does not exist, so that a rolled back deletion does no harm.
 */
typedef struct DeletedModelApi
{
	pg_uuid_t	id;
	pg_uuid_t	project_id;
} DeletedModelApi;

/*
 * The owners that this transaction made, by grants without expiry.  A transfer of ownership
 * can be recorded for these alone, and once for each, whoever calls record_transfer().
 */
typedef struct NewOwner
{
	pg_uuid_t	object;
	pg_uuid_t	user_id;
} NewOwner;

/* Both in TopTransactionContext */
static List *deleted_model_apis = NIL;
static List *new_owners = NIL;

static void
forget_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
	{
		deleted_model_apis = NIL;
		new_owners = NIL;
	}
}

void
audit_initialize(void)
{
	RegisterXactCallback(forget_transaction, NULL);
}

static void
remember_deleted_model_api(const pg_uuid_t *id, const pg_uuid_t *project_id)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	DeletedModelApi *deleted = palloc(sizeof(DeletedModelApi));

	deleted->id = *id;
	deleted->project_id = *project_id;
	deleted_model_apis = lcons(deleted, deleted_model_apis);
	MemoryContextSwitchTo(old);
}

/* The project of a model API that exists or that this transaction deleted; else NULL. */
static const pg_uuid_t *
project_of_model_api(const pg_uuid_t *id)
{
	ModelApiFacts facts;
	Snapshot	snapshot;
	ListCell   *cell;
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	bool		found;

	snapshot = latest_state_new_snapshot();
	found = table_read_model_api(id, snapshot, &facts);
	UnregisterSnapshot(snapshot);
	if (found)
	{
		*result = facts.project_id;
		return result;
	}
	foreach(cell, deleted_model_apis)
	{
		DeletedModelApi *deleted = (DeletedModelApi *) lfirst(cell);

		if (uuids_equal(&deleted->id, id))
			return &deleted->project_id;
	}
	return NULL;
}

/* The model API of a token, or NULL if the token was deleted. */
static const pg_uuid_t *
model_api_of_token(const pg_uuid_t *token_id)
{
	Snapshot	snapshot = latest_state_new_snapshot();
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	bool		found = table_read_model_api_of_token(token_id, snapshot, result);

	UnregisterSnapshot(snapshot);
	return found ? result : NULL;
}

/* ----------
 * Events of row changes
 * ----------
 */

/* Completes and writes an event. */
static void
write_change(const AuditedTable *table, AuditEvent *event, const char *verb, bool affects_access)
{
	event->action = psprintf("%s.%s", table->object, verb);
	event->affects_access = affects_access;
	audit_event_write(event);
}

/* Fills in the model API of an event, and its project. */
static void
set_model_api(AuditEvent *event, const pg_uuid_t *model_api_id)
{
	event->model_api_id = model_api_id;
	event->project_id = project_of_model_api(model_api_id);
}

/* The events of one UPDATE: one for each group of columns that changed. */
static void
audit_update(RowChange *change, const AuditedTable *table, AuditEvent *event)
{
	for (int i = 0; i < AUDITED_CHANGES_MAX && table->changes[i].column; i++)
	{
		const AuditedChange *changes = &table->changes[i];
		const char *verb = changes->action;
		bool		isnull;

		if (!row_change_has_column(change, changes->column))
			continue;			/* of a later version */
		if (!row_change_modifies(change, changes->column) &&
			!(changes->also && row_change_modifies(change, changes->also)))
			continue;
		(void) row_change_value(change, change->new, changes->column, &isnull);
		if (isnull && changes->action_when_null)
			verb = changes->action_when_null;
		event->old = row_values_as_jsonb(change, change->old, table->always, lengthof(table->always),
										 table->leaves_out_nulls, changes->shown, lengthof(changes->shown));
		event->new = row_values_as_jsonb(change, change->new, table->always, lengthof(table->always),
										 table->leaves_out_nulls, changes->shown, lengthof(changes->shown));
		if (strcmp(verb, "regenerated") == 0)
			event->new = token_event_add_former(event->object_id, event->new);
		write_change(table, event, verb, changes->affects_access);
	}

	/* a token that moves to another model API is an event of both */
	if (table->model_api_id && strcmp(table->name, "access_tokens") == 0 &&
		row_change_modifies(change, table->model_api_id))
	{
		set_model_api(event, row_change_uuid(change, change->old, table->model_api_id));
		write_change(table, event, "moved", true);
	}
}

/*
 * Whether an event of the token covers a change of its hash: a function of the extension wrote
 * both, or the token was deleted and the hash with it.  Otherwise fills in the model API.
 */
static bool
has_token_event(AuditEvent *event)
{
	const pg_uuid_t *model_api_id;

	if (!event->object_id)
		elog(ERROR, "hash of no token");
	if (internal_statements_is_running())
		return true;
	model_api_id = model_api_of_token(event->object_id);
	if (!model_api_id)
		return true;
	set_model_api(event, model_api_id);
	return false;
}

/* Remembers the owner that a grant makes, if it does. */
static void
note_new_owner(RowChange *change, const pg_uuid_t *object)
{
	const pg_uuid_t *user_id = row_change_uuid(change, change->new, "user_id");
	MemoryContext old;
	NewOwner   *owner;

	if (!object || !row_change_makes_owner(change, change->new))
		return;
	old = MemoryContextSwitchTo(TopTransactionContext);
	owner = palloc(sizeof(NewOwner));
	owner->object = *object;
	owner->user_id = *user_id;
	new_owners = lcons(owner, new_owners);
	MemoryContextSwitchTo(old);
}

/* Whether this transaction made a user an owner of an object; true only once. */
static bool
take_new_owner(const pg_uuid_t *object, const pg_uuid_t *user_id)
{
	ListCell   *cell;

	foreach(cell, new_owners)
	{
		NewOwner   *owner = (NewOwner *) lfirst(cell);

		if (uuids_equal(&owner->object, object) &&
			uuids_equal(&owner->user_id, user_id))
		{
			new_owners = foreach_delete_current(new_owners, cell);
			return true;
		}
	}
	return false;
}

/* AFTER INSERT OR UPDATE OR DELETE on every audited table, for each row */
Datum
modelapi_acl_audit_row_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	const AuditedTable *table;
	HeapTuple	row = change.new ? change.new : change.old;
	AuditEvent	event = {0};

	if (current_role_bypasses_guards())
		return PointerGetDatum(NULL);
	table = audited_tables_find(RelationGetRelationName(change.table));
	event.object_type = table->object_type;
	if (table->object_id)
		event.object_id = row_change_uuid(&change, row, table->object_id);
	if (table->project_id)
		event.project_id = row_change_uuid(&change, row, table->project_id);
	if (table->model_api_id)
		event.model_api_id = row_change_uuid(&change, row, table->model_api_id);
	if (event.model_api_id && !event.project_id)
		event.project_id = project_of_model_api(event.model_api_id);
	if (!table->object_id)
		event.object_id = event.model_api_id;
	if (change.new && strcmp(table->object, "collaborator") == 0)
		note_new_owner(&change, event.model_api_id ? event.model_api_id : event.project_id);
	if (strcmp(table->name, "token_hashes") == 0 && has_token_event(&event))
		return PointerGetDatum(NULL);
	if (personal_token_event_covers(table, &change))
		return PointerGetDatum(NULL);

	if (change.old && change.new)
		audit_update(&change, table, &event);
	else if (change.new ? table->created : table->deleted)
	{
		Datum		values;

		/* new_ids.c makes the ids of all rows but those of tokens, which a superuser may choose */
		event.is_first = change.new && table->object_id && strcmp(table->object_id, "id") == 0 &&
			strcmp(table->object_type, "token") != 0;
		values = row_values_as_jsonb(&change, row, table->columns, AUDITED_COLUMNS_MAX,
									 table->leaves_out_nulls, NULL, 0);

		values = personal_token_event_values(table, &change, values);
		*(change.new ? &event.new : &event.old) = values;
		write_change(table, &event, change.new ? table->created : table->deleted,
					 table->affects_access);
	}
	return PointerGetDatum(NULL);
}

void
audit_record_name(const char *action, const char *name)
{
	AuditEvent	event = {.action = action, .object_type = "name"};

	if (current_role_bypasses_guards())
		return;
	event.old = DirectFunctionCall1(jsonb_in, CStringGetDatum(psprintf("{\"name\": \"%s\"}", name)));
	audit_event_write(&event);
}

static Datum
json_of(const char *text)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}

static const char *
uuid_text(const pg_uuid_t *uuid)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(uuid)));
}

/* record_transfer(object_type, object_id, new_owner, keep_as) → void */
Datum
modelapi_acl_record_transfer_1_0(PG_FUNCTION_ARGS)
{
	AuditEvent	event = {0};
	Identity	identity = identity_current(GetActiveSnapshot());
	const char *keep_as = "null";

	if (current_role_bypasses_guards())
		PG_RETURN_VOID();
	for (int i = 0; i < 3; i++)
		validate_argument_not_null(fcinfo, i);
	event.object_type = text_to_cstring(PG_GETARG_TEXT_PP(0));
	event.object_id = PG_GETARG_UUID_P(1);
	if (!take_new_owner(event.object_id, PG_GETARG_UUID_P(2)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("this transaction has not made that user an owner")));
	event.action = "ownership.transferred";
	if (strcmp(event.object_type, "model_api") == 0)
	{
		event.model_api_id = event.object_id;
		event.project_id = project_of_model_api(event.object_id);
	}
	else
	{
		event.object_type = "project";
		event.project_id = event.object_id;
	}
	if (!PG_ARGISNULL(3))
		keep_as = psprintf("\"%s\"",
						   DatumGetCString(DirectFunctionCall1(enum_out, PG_GETARG_DATUM(3))));
	event.old = json_of(identity.kind != IDENTITY_USER ? "{\"user_id\": null}" :
						psprintf("{\"user_id\": \"%s\"}", uuid_text(&identity.user_id)));
	event.new = json_of(psprintf("{\"user_id\": \"%s\", \"keep_as\": %s}",
								 uuid_text(PG_GETARG_UUID_P(2)), keep_as));
	audit_event_write(&event);
	PG_RETURN_VOID();
}

/* record_pruning(older_than, rows) → void */
Datum
modelapi_acl_record_pruning_1_0(PG_FUNCTION_ARGS)
{
	AuditEvent	event = {0};

	if (current_role_bypasses_guards())
		PG_RETURN_VOID();
	validate_argument_not_null(fcinfo, 0);
	validate_argument_not_null(fcinfo, 1);
	if (!current_role_may_administer())
		audit_event_raise_refused("audit events are written by the extension alone and never change");
	event.action = "logs.pruned";
	event.object_type = "logs";
	event.new = json_of(psprintf("{\"older_than\": \"%s\", \"rows\": " INT64_FORMAT "}",
								 DatumGetCString(DirectFunctionCall1(interval_out, PG_GETARG_DATUM(0))),
								 PG_GETARG_INT64(1)));
	audit_event_write(&event);
	PG_RETURN_VOID();
}

/* BEFORE DELETE on model_apis: remembers the project for the events of the cascade */
Datum
modelapi_acl_remember_project_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	remember_deleted_model_api(row_change_uuid(&change, change.old, "id"),
							   row_change_uuid(&change, change.old, "project_id"));
	return PointerGetDatum(change.old);
}
