/*-------------------------------------------------------------------------
 *
 * change_log.c
 *	  Records when a transaction with audited changes committed.
 *
 * All events of a transaction have the same change_id.  Just before the commit, one row of
 * table "changes" records the time: the history of access goes by the times of commits, since
 * other transactions cannot see a change before that.  The row also holds the transaction id,
 * so that a poller can ask for what its last snapshot did not show (change_position.c).  If
 * access changed, listeners are notified, without any payload.
 *
 * At that point there is no statement that could write the row, hence insert_row.c.  Rows that
 * come by SQL, from a dump or a publisher, get a transaction id of this cluster from a trigger.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "commands/async.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "change_log.h"
#include "../catalog/insert_row.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "../identity/current_role.h"
#include "../triggers/row_change.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_receive_change_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_current_change_1_0);

#define NOTIFY_CHANNEL "modelapi_acl_changed"

static bool notify_changes = true;

/* ----------
 * State of the transaction
 * ----------
 */
static bool has_change_id = false;
static pg_uuid_t change_id;

/* The time of the last event, rolled back or not */
static TimestampTz last_time = DT_NOBEGIN;

/*
 * The first subtransaction in which an event was written, and in which access changed, of
 * those that were not rolled back; InvalidSubTransactionId for none.
 */
static SubTransactionId recorded_in = InvalidSubTransactionId;
static SubTransactionId access_changed_in = InvalidSubTransactionId;

const pg_uuid_t *
change_log_current_id(void)
{
	if (!has_change_id)
	{
		change_id = uuids_generate_in_order();
		has_change_id = true;
	}
	return &change_id;
}

TimestampTz
change_log_next_time(TimestampTz after)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz earliest = Max(last_time, after) + 1;

	return Max(now, earliest);
}

static void
note(SubTransactionId *first)
{
	if (*first == InvalidSubTransactionId)
		*first = GetCurrentSubTransactionId();
}

void
change_log_note_event(bool affects_access, TimestampTz occurred_at)
{
	last_time = Max(last_time, occurred_at);
	note(&recorded_in);
	if (affects_access)
		note(&access_changed_in);
}

/* Inserts the row of the transaction into "changes". */
static void
record_change(void)
{
	Relation	changes;
	InsertColumn columns[] = {
		{"change_id", UUIDPGetDatum(change_log_current_id()), false},
		{"committed_at", TimestampTzGetDatum(change_log_next_time(DT_NOBEGIN)), false},
		{"transaction_id", FullTransactionIdGetDatum(GetTopFullTransactionId()), false},
	};

	/* this transaction may have dropped the extension */
	if (!object_ids_has_table(TABLE_CHANGES))
		return;
	changes = object_ids_open_table(TABLE_CHANGES, RowExclusiveLock);
	insert_row(changes, lengthof(columns), columns);
	table_close(changes, NoLock);
	/* deferred triggers have fired before this callback, but not those of this row */
	AfterTriggerFireDeferred();
}

static void
end_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			if (recorded_in != InvalidSubTransactionId)
				record_change();
			if (access_changed_in != InvalidSubTransactionId && notify_changes)
				Async_Notify(NOTIFY_CHANNEL, NULL);
			break;
		case XACT_EVENT_PRE_PREPARE:
			/* NOTIFY is an error in a prepared transaction */
			if (recorded_in != InvalidSubTransactionId)
				record_change();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			has_change_id = false;
			recorded_in = access_changed_in = InvalidSubTransactionId;
			last_time = DT_NOBEGIN;
			break;
		default:
			break;
	}
}

/*
 * Subtransaction ids ascend.  So whatever was noted in this one or in a later one was noted
 * inside this one.
 */
static void
end_subtransaction(SubXactEvent event, SubTransactionId mine,
				   SubTransactionId parent, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	if (recorded_in >= mine)
		recorded_in = InvalidSubTransactionId;
	if (access_changed_in >= mine)
		access_changed_in = InvalidSubTransactionId;
}

void
change_log_initialize(void)
{
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
	DefineCustomBoolVariable("modelapi_acl.notify_changes",
							 "Sends a notification at the commit of each transaction that changed access.",
							 "Such transactions commit one after the other, as all that notify do.",
							 &notify_changes, true, PGC_SUSET, 0, NULL, NULL, NULL);
}

const pg_uuid_t *
change_log_recorded_id(void)
{
	return recorded_in == InvalidSubTransactionId ? NULL : change_log_current_id();
}

/* current_change() → uuid: the change_id of this transaction's events, or NULL */
Datum
modelapi_acl_current_change_1_0(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *recorded = change_log_recorded_id();

	if (!recorded)
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(uuids_copy(recorded));
}

/*
 * BEFORE INSERT OR UPDATE OR DELETE on changes: accepts rows of a dump or a publisher only, as
 * changes of this transaction.
 */
Datum
modelapi_acl_receive_change_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);
	Datum		transaction_id;

	if (change.new && !change.old && insert_row_is_own(change.table))
		return PointerGetDatum(change.new);
	if (!current_role_bypasses_guards())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("changes are written by the extension alone"),
				 errhint("A superuser who restores a dump does so with row_security off.")));
	if (!change.new)
		return PointerGetDatum(change.old);
	transaction_id = FullTransactionIdGetDatum(GetTopFullTransactionId());
	row_change_set(&change, "transaction_id", &transaction_id);
	note(&access_changed_in);
	return PointerGetDatum(change.new);
}
