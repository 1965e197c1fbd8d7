/*-------------------------------------------------------------------------
 *
 * change.c
 *	  A transaction that changes something audited, as one change.
 *
 * All events of a transaction carry one change_id.  When the transaction is
 * about to commit, one row of "changes" says when: the history of access is
 * told by the times of commits, not of statements, which other transactions
 * can't have seen yet.  The row also carries the transaction's id, so that a
 * poller can ask for what its last look could not see, see position.c.
 * Where access changed, listeners are notified, with nothing but that.
 *
 * There is no statement any more that could write the row, see insert.c; whatever
 * comes to the table by SQL, from a dump or a publisher, gets this cluster's
 * transaction id from a trigger.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "commands/async.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "modelapi_acl.h"

PG_FUNCTION_INFO_V1(modelapi_acl_receive_change_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_current_change_1_0);

#define NOTIFY_CHANNEL "modelapi_acl_changed"

static bool notify_changes = true;

/* ----------
 * The transaction's own
 * ----------
 */
static bool has_change_id = false;
static pg_uuid_t change_id;

/* The time of its last event, rolled back or not */
static TimestampTz last_time = DT_NOBEGIN;

/*
 * The first subtransactions, of those that were not rolled back, in which an
 * event was written and access changed; InvalidSubTransactionId for none.
 */
static SubTransactionId recorded_in = InvalidSubTransactionId;
static SubTransactionId access_changed_in = InvalidSubTransactionId;

const pg_uuid_t *
change_current_id(void)
{
	if (!has_change_id)
	{
		if (!pg_strong_random(&change_id, sizeof(change_id)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		/* version 4, variant 1 (RFC 4122, section 4.4) */
		change_id.data[6] = (change_id.data[6] & 0x0f) | 0x40;
		change_id.data[8] = (change_id.data[8] & 0x3f) | 0x80;
		has_change_id = true;
	}
	return &change_id;
}

TimestampTz
change_next_time(TimestampTz after)
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
change_note(bool access, TimestampTz occurred_at)
{
	last_time = Max(last_time, occurred_at);
	note(&recorded_in);
	if (access)
		note(&access_changed_in);
}

/* Writes the transaction's row of "changes". */
static void
record_change(void)
{
	Relation	changes;
	InsertColumn columns[] = {
		{"change_id", UUIDPGetDatum(change_current_id()), false},
		{"committed_at", TimestampTzGetDatum(change_next_time(DT_NOBEGIN)), false},
		{"transaction_id", FullTransactionIdGetDatum(GetTopFullTransactionId()), false},
	};

	/* the extension may have been dropped since */
	if (!catalog_has_table(TABLE_CHANGES))
		return;
	changes = catalog_open_table(TABLE_CHANGES, RowExclusiveLock);
	insert_row(changes, lengthof(columns), columns);
	table_close(changes, NoLock);
	/* the transaction's own deferred triggers have fired: those of this row have not */
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
			/* a prepared transaction can't notify: that would be an error */
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
 * Subtransactions are numbered as they begin: what was noted first in the one
 * that aborts, or later, was noted within it.
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
change_initialize(void)
{
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
	DefineCustomBoolVariable("modelapi_acl.notify_changes",
							 "Sends a notification at the commit of each transaction that changed access.",
							 "Such transactions commit one after the other, as all that notify do.",
							 &notify_changes, true, PGC_SUSET, 0, NULL, NULL, NULL);
}

/* current_change() → uuid: the change_id of this transaction's events, or NULL */
Datum
modelapi_acl_current_change_1_0(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *result;

	if (recorded_in == InvalidSubTransactionId)
		PG_RETURN_NULL();
	result = palloc(sizeof(pg_uuid_t));
	*result = *change_current_id();
	PG_RETURN_UUID_P(result);
}

/*
 * BEFORE INSERT OR UPDATE OR DELETE on changes: takes rows from a dump or a
 * publisher alone, as changes that this transaction brings.
 */
Datum
modelapi_acl_receive_change_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);
	Datum		transaction_id;

	if (change.new && !change.old && insert_is_own(((TriggerData *) fcinfo->context)->tg_relation))
		return PointerGetDatum(change.new);
	if (!identity_stands_aside())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("changes are written by the extension alone"),
				 errhint("A superuser who restores a dump does so with row_security off.")));
	if (!change.new)
		return PointerGetDatum(change.old);
	transaction_id = FullTransactionIdGetDatum(GetTopFullTransactionId());
	row_set(&change, "transaction_id", &transaction_id);
	note(&access_changed_in);
	return PointerGetDatum(change.new);
}
