/*-------------------------------------------------------------------------
 *
 * holder_read.c
 *	  Reads what answers tell: whole rows of grants, members, and the names of
 *	  users and organizations.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "holder_read.h"
#include "index_read.h"
#include "indexes.h"
#include "object_ids.h"
#include "table_read.h"
#include "../compat.h"

/* Fills *id with a column that may be NULL; returns whether it is not. */
static bool
fill_id(IndexRead *scan, AttrNumber column, pg_uuid_t *id)
{
	bool		isnull;
	Datum		value = index_read_value(scan, column, &isnull);

	if (!isnull)
		*id = *DatumGetUUIDP(value);
	return !isnull;
}

static void
fill_grant(IndexRead *scan, GrantRow *grant)
{
	bool		isnull;
	Datum		value;

	grant->has_user = fill_id(scan, OBJECT_GRANTS_USER_ID, &grant->user_id);
	grant->has_organization = fill_id(scan, GRANT_ROWS_ORGANIZATION_ID, &grant->organization_id);
	grant->has_granted_by = fill_id(scan, GRANT_ROWS_GRANTED_BY, &grant->granted_by);
	grant->id = *DatumGetUUIDP(index_read_required(scan, GRANT_ROWS_ID));
	grant->level = object_ids_access_level(DatumGetObjectId(index_read_required(scan, GRANTS_LEVEL)));
	value = index_read_value(scan, GRANTS_EXPIRES_AT, &isnull);
	grant->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(value);
	grant->created_at = DatumGetTimestampTz(index_read_required(scan, GRANT_ROWS_CREATED_AT));
}

void
holder_read_each_grant(GrantTarget target, const pg_uuid_t *object, Snapshot snapshot,
					   GrantRowConsumer consume, void *arg)
{
	IndexRead	scan;
	ScanKeyData key;
	GrantRow	grant = {.target = target};

	index_read_key_uuid(&key, 1, object);
	index_read_begin(&scan, target == GRANT_ON_PROJECT ?
					 INDEX_PROJECT_GRANT_ROWS : INDEX_MODEL_API_GRANT_ROWS, snapshot, 1, &key);
	while (index_read_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		fill_grant(&scan, &grant);
		consume(&grant, arg);
	}
	index_read_end(&scan);
}

void
holder_read_each_member(const pg_uuid_t *organization, Snapshot snapshot,
						MemberConsumer consume, void *arg)
{
	IndexRead	scan;
	ScanKeyData key;

	index_read_key_uuid(&key, 1, organization);
	index_read_begin(&scan, INDEX_MEMBERS, snapshot, 1, &key);
	while (index_read_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		consume(DatumGetUUIDP(index_read_required(&scan, MEMBERS_USER_ID)), arg);
	}
	index_read_end(&scan);
}

char *
holder_read_user(const pg_uuid_t *id, Snapshot snapshot, bool *is_enabled)
{
	IndexRead	scan;
	ScanKeyData key;
	char	   *username = NULL;

	index_read_key_uuid(&key, 1, id);
	index_read_begin(&scan, INDEX_USER_NAMES_AND_STATES, snapshot, 1, &key);
	if (index_read_next(&scan))
	{
		username = TextDatumGetCString(index_read_required(&scan, TEXTS_TEXT));
		(void) index_read_value(&scan, STATES_DISABLED_AT, is_enabled);
	}
	index_read_end(&scan);
	return username;
}

void
holder_read_each_user(Snapshot snapshot, UserConsumer consume, void *arg)
{
	static const pg_uuid_t least = {{0}};
	IndexRead	scan;
	ScanKeyData key;

	ScanKeyInit(&key, 1, BTGreaterEqualStrategyNumber, F_UUID_GE, UUIDPGetDatum(&least));
	index_read_begin(&scan, INDEX_USER_NAMES_AND_STATES, snapshot, 1, &key);
	while (index_read_next(&scan))
	{
		pg_uuid_t  *id = DatumGetUUIDP(index_read_required(&scan, 1));
		char	   *username = TextDatumGetCString(index_read_required(&scan, TEXTS_TEXT));
		bool		is_enabled;

		CHECK_FOR_INTERRUPTS();
		(void) index_read_value(&scan, STATES_DISABLED_AT, &is_enabled);
		consume(id, username, is_enabled, arg);
	}
	index_read_end(&scan);
}

char *
holder_read_organization_name(const pg_uuid_t *id, Snapshot snapshot)
{
	return table_read_text(INDEX_ORGANIZATION_NAMES, id, snapshot);
}

char *
holder_read_project_name(const pg_uuid_t *id, Snapshot snapshot)
{
	return table_read_text(INDEX_PROJECT_NAMES, id, snapshot);
}

/* ----------
 * Events
 * ----------
 */

bool
holder_read_last_event(const pg_uuid_t *object, Snapshot snapshot, TimestampTz *last)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found = false;

	index_read_key_uuid(&key, 1, object);
	index_read_begin(&scan, INDEX_AUDIT_OBJECTS, snapshot, 1, &key);
	if (index_read_is_in_order(&scan, EVENTS_OCCURRED_AT))
		scan.direction = BackwardScanDirection;
	while (index_read_next(&scan))
	{
		TimestampTz occurred_at = DatumGetTimestampTz(index_read_required(&scan, EVENTS_OCCURRED_AT));

		CHECK_FOR_INTERRUPTS();
		if (!found || occurred_at > *last)
			*last = occurred_at;
		found = true;
		if (ScanDirectionIsBackward(scan.direction))
			break;
	}
	index_read_end(&scan);
	return found;
}

#define GRANT_CHANGED "collaborator.changed"

static void
fill_event(IndexRead *scan, GrantEvent *event)
{
	event->occurred_at = DatumGetTimestampTz(index_read_required(scan, EVENTS_OCCURRED_AT));
	event->has_project = fill_id(scan, EVENTS_PROJECT_ID, &event->project_id);
	event->has_model_api = fill_id(scan, EVENTS_MODEL_API_ID, &event->model_api_id);
}

bool
holder_read_grant_change(const pg_uuid_t *grant_id, Snapshot snapshot, GrantEvent *event)
{
	IndexRead	scan;
	ScanKeyData key;
	bool		found = false;

	index_read_key_uuid(&key, 1, grant_id);
	index_read_begin(&scan, INDEX_AUDIT_OBJECT_EVENTS, snapshot, 1, &key);
	index_read_uncounted(&scan);
	index_read_hide_locks(&scan, snapshot);
	while (index_read_next(&scan))
	{
		text	   *action = DatumGetTextPP(index_read_required(&scan, EVENTS_ACTION));
		TimestampTz occurred_at = DatumGetTimestampTz(index_read_required(&scan, EVENTS_OCCURRED_AT));

		CHECK_FOR_INTERRUPTS();
		if (VARSIZE_ANY_EXHDR(action) != strlen(GRANT_CHANGED) ||
			memcmp(VARDATA_ANY(action), GRANT_CHANGED, strlen(GRANT_CHANGED)) != 0 ||
			(found && occurred_at < event->occurred_at))
			continue;
		event->grant_id = *grant_id;
		fill_event(&scan, event);
		found = true;
	}
	index_read_end(&scan);
	return found;
}

/* Begins to read the events with an action.  The caller ends the scan. */
static void
begin_events(IndexRead *scan, ScanKeyData *key, const char *action, Snapshot snapshot)
{
	index_read_key_text(key, 1, indexes_key_collation(INDEX_AUDIT_ACTIONS), action);
	index_read_begin(scan, INDEX_AUDIT_ACTIONS, snapshot, 1, key);
	index_read_uncounted(scan);
	index_read_hide_locks(scan, snapshot);
}

void
holder_read_each_grant_change(Snapshot snapshot, GrantEventConsumer consume, void *arg)
{
	IndexRead	scan;
	ScanKeyData key;

	begin_events(&scan, &key, GRANT_CHANGED, snapshot);
	while (index_read_next(&scan))
	{
		GrantEvent	event;

		CHECK_FOR_INTERRUPTS();
		if (!fill_id(&scan, EVENTS_OBJECT_ID, &event.grant_id))
			continue;
		fill_event(&scan, &event);
		if (!consume(&event, arg))
			break;
	}
	index_read_end(&scan);
}

void
holder_read_each_token_issue(Snapshot snapshot, TokenIssueConsumer consume, void *arg)
{
	static const char *const actions[] = {"token.created", "token.regenerated"};

	for (int i = 0; i < lengthof(actions); i++)
	{
		IndexRead	scan;
		ScanKeyData key;

		begin_events(&scan, &key, actions[i], snapshot);
		while (index_read_next(&scan))
		{
			pg_uuid_t	token_id;
			pg_uuid_t	actor_id;

			CHECK_FOR_INTERRUPTS();
			if (fill_id(&scan, EVENTS_ACTOR_ID, &actor_id) && fill_id(&scan, EVENTS_OBJECT_ID, &token_id))
				consume(&token_id, &actor_id, arg);
		}
		index_read_end(&scan);
	}
}

int64
holder_read_event_pages(void)
{
	Relation	table = object_ids_open_table(TABLE_AUDIT_EVENTS, AccessShareLock);
	int64		pages = RelationGetNumberOfBlocks(table);

	table_close(table, AccessShareLock);
	return pages;
}
