/*-------------------------------------------------------------------------
 *
 * change_position.c
 *	  Positions in the feed of changes.
 *
 * Transactions do not commit in the order of their ids, and commit times are taken before
 * the commits become visible.  So a poller can resume from a snapshot only, not from a time or
 * an id: what is new are the changes that the snapshot did not show.
 *
 * A poller may fetch the first rows of an answer only.  So each row carries the position after
 * it, in one of two forms:
 *
 *		HISTORY/SEEN
 *		HISTORY/SEEN/REACHED/COMMITTED:OCCURRED:EVENT
 *
 * HISTORY (SYSTEM-DATABASE-TIMELINE) distinguishes this history of transactions from others.
 * SEEN and REACHED are snapshots in the text form of pg_snapshot.  The first form means that
 * the poller has everything that SEEN shows.  The second one means that it has read, in the
 * order of commits, a part of what REACHED shows and SEEN does not, up to this event; the
 * times are in microseconds since 2000.  From there it gets the rest of that part first, and
 * then what REACHED does not show.  A position depends on the two snapshots and on its own row
 * alone, not on rows that the poller may not see.
 *
 * A snapshot that does not show all of REACHED cannot tell the rest of that part: on a standby
 * that lags, or in an older transaction.  The poller then stays where it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "../compat.h"

PG_FUNCTION_INFO_V1(modelapi_acl_read_position_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_next_snapshot_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_write_position_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_shows_snapshot_1_1);

/* The contents of a pg_snapshot, whose own struct no header exports */
typedef struct
{
	uint64		xmin;			/* all ids before it are visible */
	uint64		xmax;			/* no id from here on is visible */
	int			count;
	uint64	   *xids;			/* those in between that are in progress, ascending */
} XidSnapshot;

/* The length of a uuid as text */
#define UUID_LENGTH 36

/* The full transaction id of one that is not newer than the next. */
static uint64
widen(TransactionId xid, FullTransactionId next)
{
	uint64		epoch = EpochFromFullTransactionId(next);

	if (!TransactionIdIsNormal(xid))
		return xid;
	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return (epoch << 32) | xid;
}

static int
compare_xids(const void *a, const void *b)
{
	uint64		left = *(const uint64 *) a;
	uint64		right = *(const uint64 *) b;

	return left < right ? -1 : left > right;
}

static bool
is_seen(uint64 xid, const XidSnapshot *snapshot)
{
	if (xid < snapshot->xmin)
		return true;
	if (xid >= snapshot->xmax)
		return false;
	return bsearch(&xid, snapshot->xids, snapshot->count, sizeof(uint64), compare_xids) == NULL;
}

/* The snapshot of the statement, without the changes of this transaction. */
static XidSnapshot
current_snapshot(void)
{
	Snapshot	snapshot = GetActiveSnapshot();
	FullTransactionId next = ReadNextFullTransactionId();
	FullTransactionId own = GetTopFullTransactionIdIfAny();
	XidSnapshot result = {widen(snapshot->xmin, next), widen(snapshot->xmax, next), 0, NULL};

	/* on a standby, the subtransactions' array holds all ids in progress */
	const TransactionId *running = snapshot->takenDuringRecovery ? snapshot->subxip : snapshot->xip;
	int			count = snapshot->takenDuringRecovery ? snapshot->subxcnt : (int) snapshot->xcnt;

	result.xids = palloc(sizeof(uint64) * (count + 1));
	for (int i = 0; i < count; i++)
		result.xids[result.count++] = widen(running[i], next);

	/*
	 * The changes of this transaction are new for others once it has committed.  If it got its
	 * id after the snapshot was taken, the id is not visible anyway.
	 */
	if (FullTransactionIdIsValid(own) && U64FromFullTransactionId(own) < result.xmax)
		result.xids[result.count++] = U64FromFullTransactionId(own);
	qsort(result.xids, result.count, sizeof(uint64), compare_xids);
	return result;
}

/* ----------
 * Parsing
 *
 * Each function parses something at *text and advances *text; false if it is something else.
 * ----------
 */
static bool
read_character(const char **text, char expected)
{
	if (**text != expected)
		return false;
	(*text)++;
	return true;
}

static bool
read_xid(const char **text, uint64 *xid)
{
	char	   *end;

	if (!isdigit((unsigned char) **text))
		return false;
	errno = 0;
	*xid = strtou64(*text, &end, 10);
	*text = end;
	return errno == 0 && *xid >= FirstNormalTransactionId;
}

static bool
read_time(const char **text, TimestampTz *time)
{
	char	   *end;

	if (!isdigit((unsigned char) (*text)[**text == '-']))
		return false;
	errno = 0;
	*time = strtoi64(*text, &end, 10);
	*text = end;
	return errno == 0;
}

/* XMIN:XMAX:XID,... */
static bool
read_snapshot(const char **text, XidSnapshot *result)
{
	uint64		last = 0;
	uint64		xid;

	result->count = 0;
	result->xids = palloc(sizeof(uint64) * (strlen(*text) / 2 + 1));
	if (!read_xid(text, &result->xmin) || !read_character(text, ':') ||
		!read_xid(text, &result->xmax) || !read_character(text, ':') ||
		result->xmin > result->xmax)
		return false;
	if (!isdigit((unsigned char) **text))
		return true;
	do
	{
		if (!read_xid(text, &xid) || xid < result->xmin || xid >= result->xmax || xid <= last)
			return false;
		result->xids[result->count++] = last = xid;
	} while (read_character(text, ','));
	return true;
}

static void
append_history(StringInfo result)
{
	TimeLineID	timeline;

	if (RecoveryInProgress())
		(void) GetXLogReplayRecPtr(&timeline);
	else
		timeline = GetWALInsertionTimeLine();
	appendStringInfo(result, UINT64_FORMAT "-%u-%u/", GetSystemIdentifier(),
					 MyDatabaseId, timeline);
}

static void
append_snapshot(StringInfo result, const XidSnapshot *snapshot)
{
	const char *separator = "";

	appendStringInfo(result, UINT64_FORMAT ":" UINT64_FORMAT ":", snapshot->xmin, snapshot->xmax);
	for (int i = 0; i < snapshot->count; i++)
	{
		appendStringInfo(result, "%s" UINT64_FORMAT, separator, snapshot->xids[i]);
		separator = ",";
	}
}

static const char *
snapshot_text(Datum snapshot)
{
	return DatumGetCString(DirectFunctionCall1(pg_snapshot_out, snapshot));
}

static Datum
snapshot_datum(const XidSnapshot *snapshot)
{
	StringInfoData text;

	initStringInfo(&text);
	append_snapshot(&text, snapshot);
	return DirectFunctionCall1(pg_snapshot_in, CStringGetDatum(text.data));
}

/*
 * Whether a snapshot can be one of this cluster.  After a crash, the cluster may assign ids again
 * that it had assigned before.  A standby may be behind the server that issued the position.
 */
static bool
is_past(const XidSnapshot *snapshot)
{
	return RecoveryInProgress() ||
		snapshot->xmax <= U64FromFullTransactionId(ReadNextFullTransactionId());
}

typedef struct
{
	XidSnapshot seen;
	XidSnapshot reached;		/* equal to seen if the position is not cut */
	bool		is_cut;
	TimestampTz committed_at;
	TimestampTz occurred_at;
	pg_uuid_t	event_id;
} Position;

/* COMMITTED:OCCURRED:EVENT, and the end */
static bool
read_place(const char *text, Position *result)
{
	char		id[UUID_LENGTH + 1];

	if (!read_time(&text, &result->committed_at) || !read_character(&text, ':') ||
		!read_time(&text, &result->occurred_at) || !read_character(&text, ':') ||
		strlen(text) != UUID_LENGTH)
		return false;
	/* check the form first: uuid_in() raises an error */
	for (int i = 0; i < UUID_LENGTH; i++)
	{
		bool		hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? text[i] != '-' : !strchr("0123456789abcdef", text[i]))
			return false;
	}
	strlcpy(id, text, sizeof(id));
	result->event_id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(id)));
	return true;
}

static bool
read_position(const char *text, Position *result)
{
	StringInfoData history;

	initStringInfo(&history);
	append_history(&history);
	if (strncmp(text, history.data, history.len) != 0)
		return false;
	text += history.len;
	if (!read_snapshot(&text, &result->seen) || !is_past(&result->seen))
		return false;
	result->reached = result->seen;
	result->is_cut = *text != '\0';
	if (!result->is_cut)
		return true;
	return read_character(&text, '/') && read_snapshot(&text, &result->reached) &&
		is_past(&result->reached) &&
		result->reached.xmin >= result->seen.xmin && result->reached.xmax >= result->seen.xmax &&
		read_character(&text, '/') && read_place(text, result);
}

/*
 * read_position(position text) → (seen pg_snapshot, reached pg_snapshot,
 * committed_at timestamptz, occurred_at timestamptz, event_id uuid)
 *
 * NULL is the position before all changes, 'now' that of the statement's snapshot.  Raises
 * 22023 for anything that is no position of this history.
 */
Datum
modelapi_acl_read_position_1_0(PG_FUNCTION_ARGS)
{
	TupleDesc	descriptor;
	Datum		values[5];
	bool		nulls[5] = {false};
	Position	position = {{FirstNormalTransactionId, FirstNormalTransactionId, 0, NULL}};
	const char *given;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	given = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (given && strcmp(given, "now") == 0)
		position.seen = current_snapshot();
	if (!given || strcmp(given, "now") == 0)
		position.reached = position.seen;
	else if (!read_position(given, &position))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("not a position of this database's history of changes"),
				 errdetail("A position holds for one database, until it is restored, upgraded or failed over."),
				 errhint("Drop what was cached and start anew, with NULL.")));

	values[0] = snapshot_datum(&position.seen);
	values[1] = snapshot_datum(&position.reached);
	values[2] = TimestampTzGetDatum(position.committed_at);
	values[3] = TimestampTzGetDatum(position.occurred_at);
	values[4] = UUIDPGetDatum(&position.event_id);
	nulls[2] = nulls[3] = nulls[4] = !position.is_cut;
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}

/*
 * next_snapshot(reached pg_snapshot) → pg_snapshot: the union of that one and the statement's
 * snapshot.  On a standby the former may be ahead.
 */
Datum
modelapi_acl_next_snapshot_1_0(PG_FUNCTION_ARGS)
{
	const char *text = snapshot_text(PG_GETARG_DATUM(0));
	XidSnapshot current = current_snapshot();
	XidSnapshot reached;
	const XidSnapshot *later;
	const XidSnapshot *earlier;
	XidSnapshot result;

	if (!read_snapshot(&text, &reached))
		elog(ERROR, "could not read a snapshot");
	later = current.xmax >= reached.xmax ? &current : &reached;
	earlier = later == &current ? &reached : &current;

	/* in progress for both; the earlier one does not show later ids at all */
	result = *later;
	result.xids = palloc(sizeof(uint64) * (later->count + 1));
	result.count = 0;
	for (int i = 0; i < later->count; i++)
		if (!is_seen(later->xids[i], earlier))
			result.xids[result.count++] = later->xids[i];
	result.xmin = result.count > 0 ? result.xids[0] : result.xmax;
	PG_RETURN_DATUM(snapshot_datum(&result));
}

/*
 * shows_snapshot(reached pg_snapshot) → boolean: whether the statement's snapshot shows whatever
 * that one shows.  A standby cannot tell subtransactions in progress from transactions, which
 * other servers' snapshots do not list: it says no until they have ended.
 */
Datum
modelapi_acl_shows_snapshot_1_1(PG_FUNCTION_ARGS)
{
	const char *text = snapshot_text(PG_GETARG_DATUM(0));
	FullTransactionId own = GetTopFullTransactionIdIfAny();
	XidSnapshot current = current_snapshot();
	XidSnapshot reached;
	uint64		not_shown = 0;

	if (!read_snapshot(&text, &reached))
		elog(ERROR, "could not read a snapshot");
	for (int i = 0; i < current.count; i++)
		if (is_seen(current.xids[i], &reached) && current.xids[i] != U64FromFullTransactionId(own))
			PG_RETURN_BOOL(false);

	/* of the ids from our end on, it must show none */
	for (int i = 0; i < reached.count; i++)
		if (reached.xids[i] >= current.xmax)
			not_shown++;
	PG_RETURN_BOOL(reached.xmax <= current.xmax || not_shown == reached.xmax - current.xmax);
}

/*
 * write_position(reached pg_snapshot, seen pg_snapshot, committed_at timestamptz,
 * occurred_at timestamptz, event_id uuid) → text: the position after an event, between seen
 * and reached; without an event, the one of reached
 */
Datum
modelapi_acl_write_position_1_0(PG_FUNCTION_ARGS)
{
	StringInfoData result;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	initStringInfo(&result);
	append_history(&result);
	if (!PG_ARGISNULL(4))
		appendStringInfo(&result, "%s/", snapshot_text(PG_GETARG_DATUM(1)));
	appendStringInfoString(&result, snapshot_text(PG_GETARG_DATUM(0)));
	if (!PG_ARGISNULL(4))
		appendStringInfo(&result, "/" INT64_FORMAT ":" INT64_FORMAT ":%s",
						 (int64) PG_GETARG_TIMESTAMPTZ(2), (int64) PG_GETARG_TIMESTAMPTZ(3),
						 DatumGetCString(DirectFunctionCall1(uuid_out, PG_GETARG_DATUM(4))));
	PG_RETURN_TEXT_P(cstring_to_text(result.data));
}
