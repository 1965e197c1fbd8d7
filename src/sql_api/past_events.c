/*-------------------------------------------------------------------------
 *
 * past_events.c
 *	  Reads the audit events that access depends on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "past_events.h"
#include "../catalog/internal_statements.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "../values/arrays.h"
#include "../values/uuids.h"

static InternalStatement of_change = {.function = "events_of_change"};
static InternalStatement of_grants_on = {.function = "events_of_grants_on"};
static InternalStatement of_holders = {.function = "events_of_holders"};
static InternalStatement exceed = {.function = "events_of_holder_exceed"};
static InternalStatement of_members = {.function = "events_of_members"};
static InternalStatement of_model_apis = {.function = "events_of_model_apis"};
static InternalStatement of_principals = {.function = "events_of_principals"};
static InternalStatement each_user = {.function = "ids_of_past_users"};
static InternalStatement each_public = {.function = "ids_of_past_public"};

/* A reader's consumer, for the consumer of a statement */
typedef struct Reading
{
	const PastChange *change;
	MemoryContext row;			/* emptied for each row */
	union
	{
		PastAccessConsumer access;
		PastModelApiConsumer model_api;
		PastPrincipalConsumer principal;
		PastChangedConsumer changed;
		PastIdConsumer id;
	}			consume;
	void	   *arg;
} Reading;

/* ----------
 * Ids
 * ----------
 */

void
past_events_add(PastIds *ids, const pg_uuid_t *id)
{
	ids->ids = arrays_make_room(ids->ids, ids->count, &ids->room, sizeof(pg_uuid_t));
	ids->ids[ids->count++] = *id;
}

void
past_events_unique(PastIds *ids)
{
	int			count = 0;

	if (ids->count == 0)
		return;
	qsort(ids->ids, ids->count, sizeof(pg_uuid_t), uuids_compare);
	for (int i = 0; i < ids->count; i++)
		if (count == 0 || !uuids_equal(&ids->ids[i], &ids->ids[count - 1]))
			ids->ids[count++] = ids->ids[i];
	ids->count = count;
}

static Datum
array_of(const PastIds *ids)
{
	Datum	   *elements = palloc_extended(sizeof(Datum) * Max(ids->count, 1), MCXT_ALLOC_HUGE);

	for (int i = 0; i < ids->count; i++)
		elements[i] = UUIDPGetDatum(&ids->ids[i]);
	return PointerGetDatum(construct_array(elements, ids->count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

/* ----------
 * Columns
 * ----------
 */

/* Fills *id; returns whether the column is not NULL. */
static bool
get_id(TupleTableSlot *slot, int column, pg_uuid_t *id)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column, &isnull);

	if (!isnull)
		*id = *DatumGetUUIDP(value);
	return !isnull;
}

static const char *
get_text(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static bool
get_bool(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column, &isnull);

	return !isnull && DatumGetBool(value);
}

static TimestampTz
get_time(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column, &isnull);

	return isnull ? DT_NOEND : DatumGetTimestampTz(value);
}

/* The first columns of all events: occurred_at, change_id, and when that change committed. */
#define EVENT_COLUMNS 3

static void
get_event(TupleTableSlot *slot, const PastChange *change, PastEvent *event)
{
	bool		isnull;
	Datum		committed_at = slot_getattr(slot, 3, &isnull);
	pg_uuid_t	change_id;

	event->occurred_at = get_time(slot, 1);
	event->counts[0] = !isnull && DatumGetTimestampTz(committed_at) < change->committed_at;
	event->counts[1] = event->counts[0] ||
		(get_id(slot, 2, &change_id) && uuids_equal(&change_id, &change->id));
}

/* ----------
 * Rows: InternalStatementConsumers
 * ----------
 */

/* Returns the memory context to go back to. */
static MemoryContext
begin_row(Reading *reading)
{
	if (reading->row)
		MemoryContextReset(reading->row);
	else
		reading->row = AllocSetContextCreate(CurrentMemoryContext, "modelapi_acl event",
											 ALLOCSET_SMALL_SIZES);
	return MemoryContextSwitchTo(reading->row);
}

static void
receive_changed(TupleTableSlot *slot, void *arg)
{
	Reading    *reading = (Reading *) arg;
	MemoryContext caller = begin_row(reading);
	PastChangedObject object = {.object_type = get_text(slot, 1)};

	object.has_object = get_id(slot, 2, &object.object_id);
	object.has_project = get_id(slot, 3, &object.project_id);
	object.has_model_api = get_id(slot, 4, &object.model_api_id);
	object.has_user = get_id(slot, 5, &object.user_id);
	object.has_organization = get_id(slot, 6, &object.organization_id);
	reading->consume.changed(&object, reading->arg);
	MemoryContextSwitchTo(caller);
}

static void
receive_access(TupleTableSlot *slot, void *arg)
{
	Reading    *reading = (Reading *) arg;
	MemoryContext caller = begin_row(reading);
	PastAccessEvent event = {0};
	const char *object_type = get_text(slot, EVENT_COLUMNS + 1);
	const char *level = get_text(slot, EVENT_COLUMNS + 8);

	get_event(slot, reading->change, &event.event);
	event.is_membership = strcmp(object_type, "organization") == 0;
	event.target = strcmp(object_type, "project_collaborator") == 0 ? GRANT_ON_PROJECT : GRANT_ON_MODEL_API;
	(void) get_id(slot, EVENT_COLUMNS + 2, &event.object);
	event.has_project = get_id(slot, EVENT_COLUMNS + 3, &event.project_id);
	event.has_model_api = get_id(slot, EVENT_COLUMNS + 4, &event.model_api_id);
	event.has_user = get_id(slot, EVENT_COLUMNS + 5, &event.user_id);
	event.has_organization = get_id(slot, EVENT_COLUMNS + 6, &event.organization_id);
	event.is_removed = get_bool(slot, EVENT_COLUMNS + 7);
	for (int i = ACCESS_LEVEL_VIEWER; level && i <= ACCESS_LEVEL_OWNER; i++)
		if (strcmp(level, object_ids_enum_name(ENUM_ACCESS_LEVEL, i - 1)) == 0)
			event.level = (AccessLevel) i;
	event.expires_at = get_time(slot, EVENT_COLUMNS + 9);
	reading->consume.access(&event, reading->arg);
	MemoryContextSwitchTo(caller);
}

static void
receive_model_api(TupleTableSlot *slot, void *arg)
{
	Reading    *reading = (Reading *) arg;
	MemoryContext caller = begin_row(reading);
	PastModelApiEvent event = {0};

	get_event(slot, reading->change, &event.event);
	(void) get_id(slot, EVENT_COLUMNS + 1, &event.model_api_id);
	(void) get_id(slot, EVENT_COLUMNS + 2, &event.project_id);
	event.is_created = get_bool(slot, EVENT_COLUMNS + 3);
	event.is_deleted = get_bool(slot, EVENT_COLUMNS + 4);
	event.name = get_text(slot, EVENT_COLUMNS + 5);
	event.visibility = get_text(slot, EVENT_COLUMNS + 6);
	event.authorization_mode = get_text(slot, EVENT_COLUMNS + 7);
	reading->consume.model_api(&event, reading->arg);
	MemoryContextSwitchTo(caller);
}

static void
receive_principal(TupleTableSlot *slot, void *arg)
{
	Reading    *reading = (Reading *) arg;
	MemoryContext caller = begin_row(reading);
	PastPrincipalEvent event = {0};

	get_event(slot, reading->change, &event.event);
	(void) get_id(slot, EVENT_COLUMNS + 1, &event.id);
	event.is_organization = get_bool(slot, EVENT_COLUMNS + 2);
	event.is_created = get_bool(slot, EVENT_COLUMNS + 3);
	event.is_deleted = get_bool(slot, EVENT_COLUMNS + 4);
	event.name = get_text(slot, EVENT_COLUMNS + 5);
	event.changes_state = get_bool(slot, EVENT_COLUMNS + 6);
	event.is_enabled = get_bool(slot, EVENT_COLUMNS + 7);
	reading->consume.principal(&event, reading->arg);
	MemoryContextSwitchTo(caller);
}

static void
receive_id(TupleTableSlot *slot, void *arg)
{
	Reading    *reading = (Reading *) arg;
	pg_uuid_t	id;

	if (get_id(slot, 1, &id))
		reading->consume.id(&id, reading->arg);
}

static void
receive_bool(TupleTableSlot *slot, void *arg)
{
	*(bool *) arg = get_bool(slot, 1);
}

/* ----------
 * Statements
 * ----------
 */

/* Runs a statement about some ids, unless there are none; second may be NULL. */
static void
run(InternalStatement *statement, const PastIds *first, const PastIds *second,
	InternalStatementConsumer consume, Reading *reading)
{
	Datum		arguments[2];

	if (first->count == 0 && (!second || second->count == 0))
		return;
	arguments[0] = array_of(first);
	if (second)
		arguments[1] = array_of(second);
	(void) internal_statements_run(statement, arguments, NULL, consume, reading);
}

void
past_events_of_change(const pg_uuid_t *change_id, PastChangedConsumer consume, void *arg)
{
	Reading		reading = {.consume.changed = consume, .arg = arg};
	Datum		argument = UUIDPGetDatum(change_id);

	(void) internal_statements_run(&of_change, &argument, NULL, receive_changed, &reading);
}

void
past_events_of_grants_on(const PastChange *change, const PastIds *projects, const PastIds *model_apis,
						 PastAccessConsumer consume, void *arg)
{
	Reading		reading = {.change = change, .consume.access = consume, .arg = arg};

	run(&of_grants_on, projects, model_apis, receive_access, &reading);
}

void
past_events_of_holders(const PastChange *change, const PastIds *users, const PastIds *organizations,
					   PastAccessConsumer consume, void *arg)
{
	Reading		reading = {.change = change, .consume.access = consume, .arg = arg};

	run(&of_holders, users, organizations, receive_access, &reading);
}

bool
past_events_exceed(const pg_uuid_t *user_id, int64 most)
{
	Datum		arguments[] = {UUIDPGetDatum(user_id), Int64GetDatum(most)};
	bool		result = false;

	(void) internal_statements_run(&exceed, arguments, NULL, receive_bool, &result);
	return result;
}

void
past_events_of_members(const PastChange *change, const PastIds *organizations,
					   PastAccessConsumer consume, void *arg)
{
	Reading		reading = {.change = change, .consume.access = consume, .arg = arg};

	run(&of_members, organizations, NULL, receive_access, &reading);
}

void
past_events_of_model_apis(const PastChange *change, const PastIds *projects, const PastIds *model_apis,
						  PastModelApiConsumer consume, void *arg)
{
	Reading		reading = {.change = change, .consume.model_api = consume, .arg = arg};

	run(&of_model_apis, projects, model_apis, receive_model_api, &reading);
}

void
past_events_of_principals(const PastChange *change, const PastIds *principals,
						  PastPrincipalConsumer consume, void *arg)
{
	Reading		reading = {.change = change, .consume.principal = consume, .arg = arg};

	run(&of_principals, principals, NULL, receive_principal, &reading);
}

void
past_events_each_user(PastIdConsumer consume, void *arg)
{
	Reading		reading = {.consume.id = consume, .arg = arg};

	(void) internal_statements_run(&each_user, NULL, NULL, receive_id, &reading);
}

void
past_events_each_public(PastIdConsumer consume, void *arg)
{
	Reading		reading = {.consume.id = consume, .arg = arg};

	(void) internal_statements_run(&each_public, NULL, NULL, receive_id, &reading);
}
