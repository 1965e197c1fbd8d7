/*-------------------------------------------------------------------------
 *
 * audit_event.c
 *	  Writes one audit event, and refuses all other writes to the history.
 *
 * A trigger on audit_events refuses every row that does not come from audit_event_write().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "audit_event.h"
#include "change_log.h"
#include "../catalog/insert_row.h"
#include "../catalog/internal_statements.h"
#include "../catalog/object_ids.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/current_role.h"
#include "../identity/identity.h"
#include "../triggers/row_change.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_refuse_truncate_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_refuse_review_change_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_refuse_audit_change_1_0);

/* True while audit_event_write inserts: audit_events accepts no other write */
static bool writing_event = false;

/*
 * The time of an event: that of the clock, but later than the last event of the same object.
 * So the times of an object's events are in the order in which they were committed, even if
 * the clock was set back, or if the clock of another server wrote a part of the history.  A new
 * object has no earlier events.
 */
static TimestampTz
time_of_event(const AuditEvent *event)
{
	TimestampTz last;

	if (!event->object_id || event->is_first ||
		!table_read_last_event_time(event->object_id, &last))
		last = DT_NOBEGIN;
	return change_log_next_time(last);
}

/*
 * The role to record: the current user, which is the owner inside a SECURITY DEFINER function.
 * A foreign key's cascade runs as the owner of the table: the session's role counts then.
 */
static const char *
role_of_event(void)
{
	Oid			role = InNoForceRLSOperation() ? GetOuterUserId() : GetUserId();
	const char *name = GetUserNameFromId(role, true);

	return name ? name : "";
}

/* The columns of an event, in the order of keep_event()'s arguments; the id is not one. */
#define EVENT_COLUMNS 11

static void
fill_columns(InsertColumn columns[EVENT_COLUMNS], const AuditEvent *event, TimestampTz occurred_at)
{
	static const char *const names[EVENT_COLUMNS] = {
		"change_id", "occurred_at", "actor_id", "database_role", "action", "object_type",
		"object_id", "project_id", "model_api_id", "old", "new"
	};
	const Datum values[EVENT_COLUMNS] = {
		UUIDPGetDatum(change_log_current_id()),
		TimestampTzGetDatum(occurred_at),
		UUIDPGetDatum(identity_actor()),
		CStringGetTextDatum(role_of_event()),
		CStringGetTextDatum(event->action),
		CStringGetTextDatum(event->object_type),
		UUIDPGetDatum(event->object_id),
		UUIDPGetDatum(event->project_id),
		UUIDPGetDatum(event->model_api_id),
		event->old,
		event->new
	};

	for (int i = 0; i < EVENT_COLUMNS; i++)
	{
		columns[i].name = names[i];
		columns[i].value = values[i];
		columns[i].isnull = i != 1 && values[i] == (Datum) 0;
	}
}

/* Inserts an event by an INSERT, which fires the rules and triggers of others too. */
static void
insert_by_statement(const InsertColumn *columns)
{
	static InternalStatement keep_event = {.function = "keep_event"};
	Datum		values[EVENT_COLUMNS];
	bool		nulls[EVENT_COLUMNS];

	for (int i = 0; i < EVENT_COLUMNS; i++)
	{
		values[i] = columns[i].value;
		nulls[i] = columns[i].isnull;
	}
	(void) internal_statements_run(&keep_event, values, nulls, NULL, NULL);
}

static void
insert_event(const InsertColumn *columns)
{
	Relation	events = object_ids_open_table(TABLE_AUDIT_EVENTS, RowExclusiveLock);
	InsertColumn with_id[EVENT_COLUMNS + 1];
	pg_uuid_t	id;

	if (!insert_row_is_enough(events))
		insert_by_statement(columns);
	else
	{
		object_ids_require_privileged_owner();
		PreventCommandIfReadOnly("INSERT");
		id = uuids_generate_in_order();
		memcpy(with_id, columns, EVENT_COLUMNS * sizeof(InsertColumn));
		with_id[EVENT_COLUMNS] = (InsertColumn) {"id", UUIDPGetDatum(&id), false};
		CommandCounterIncrement();
		insert_row(events, EVENT_COLUMNS + 1, with_id);
	}
	table_close(events, NoLock);
}

void
audit_event_write(const AuditEvent *event)
{
	TimestampTz occurred_at = time_of_event(event);
	InsertColumn columns[EVENT_COLUMNS];

	fill_columns(columns, event, occurred_at);
	writing_event = true;
	PG_TRY();
	{
		insert_event(columns);
	}
	PG_FINALLY();
	{
		writing_event = false;
	}
	PG_END_TRY();
	change_log_note_event(event->affects_access, occurred_at);
}

void
audit_event_raise_refused(const char *message)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("%s", message),
			 errhint("A superuser who restores a dump does so with row_security off.")));
}

/* BEFORE TRUNCATE, which fires no row triggers */
Datum
modelapi_acl_refuse_truncate_1_0(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	row_change_require_trigger(fcinfo);
	if (!current_role_bypasses_guards())
		audit_event_raise_refused(psprintf("table \"%s\" cannot be truncated",
							   RelationGetRelationName(data->tg_relation)));
	return PointerGetDatum(NULL);
}

/* INSTEAD OF INSERT OR UPDATE OR DELETE on access_reviews */
Datum
modelapi_acl_refuse_review_change_1_0(PG_FUNCTION_ARGS)
{
	row_change_require_trigger(fcinfo);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("rows of \"access_reviews\" cannot be changed"),
			 errhint("Change the grants, access tokens and model APIs that they tell of.")));
	return PointerGetDatum(NULL);
}

/* BEFORE INSERT OR UPDATE OR DELETE on audit_events, for each row */
Datum
modelapi_acl_refuse_audit_change_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (!current_role_bypasses_guards() && !(writing_event && change.new && !change.old))
		audit_event_raise_refused("audit events are written by the extension alone and never change");
	return PointerGetDatum(change.new ? change.new : change.old);
}
