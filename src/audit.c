/*-------------------------------------------------------------------------
 *
 * audit.c
 *	  Who changed what, in the transaction that changed it.
 *
 * One trigger function serves every audited table, by the data of audited_tables.c:
 * which kind of object a row is, and which columns make which action
 * when they change.  One UPDATE may give several events, each with only what
 * changed; one that changes nothing audited gives none.
 *
 * Events are written by the extension, and by nobody else: a trigger on
 * audit_events refuses every write that doesn't come from here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audited_tables.h"
#include "modelapi_acl.h"
#include "saved_query.h"

PG_FUNCTION_INFO_V1(modelapi_acl_audit_row_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_remember_project_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_record_transfer_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_record_pruning_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_refuse_truncate_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_refuse_review_change_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_refuse_audit_change_1_0);

/* ----------
 * The transaction's own
 * ----------
 */

/*
 * Where the model APIs that this transaction deletes belong, since what goes
 * with one by cascade goes after its row.  Never believed for a model API that
 * is there, so that a deletion that is rolled back does no harm.
 */
typedef struct DeletedModelApi
{
	pg_uuid_t	id;
	pg_uuid_t	project_id;
} DeletedModelApi;

/*
 * The owners' grants without expiry that this transaction wrote: a transfer is told
 * of such a one alone, once, whoever calls the function that tells it.
 */
typedef struct NewOwner
{
	pg_uuid_t	object;
	pg_uuid_t	user_id;
} NewOwner;

static List *new_owners = NIL;	/* in TopTransactionContext */

static List *deleted_model_apis = NIL;	/* in TopTransactionContext */

/*
 * The token whose last event says that it has got a secret: making it, or giving
 * it a new one.  The hash that follows is that secret's, and has no event of its own.
 */
static bool secret_is_told = false;
static pg_uuid_t told_token;

static void
forget_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
	{
	{
		deleted_model_apis = NIL;
		new_owners = NIL;
	}
		secret_is_told = false;
	}
}

/* An event that was rolled back tells of nothing. */
static void
forget_subtransaction(SubXactEvent event, SubTransactionId mine,
					  SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		secret_is_told = false;
}

void
audit_initialize(void)
{
	RegisterXactCallback(forget_transaction, NULL);
	RegisterSubXactCallback(forget_subtransaction, NULL);
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

/* A snapshot of all that is committed, and of what the statement itself has done. */
static Snapshot
fresh_snapshot(void)
{
	CommandCounterIncrement();
	return RegisterSnapshot(GetLatestSnapshot());
}

/* The project of a model API, also of one just made or just deleted. */
static const pg_uuid_t *
project_of_model_api(const pg_uuid_t *id)
{
	ModelApiFacts facts;
	Snapshot	snapshot;
	ListCell   *cell;
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	bool		found;

	snapshot = fresh_snapshot();
	found = store_model_api(id, snapshot, &facts);
	UnregisterSnapshot(snapshot);
	if (found)
	{
		*result = facts.project_id;
		return result;
	}
	foreach(cell, deleted_model_apis)
	{
		DeletedModelApi *deleted = (DeletedModelApi *) lfirst(cell);

		if (memcmp(&deleted->id, id, sizeof(pg_uuid_t)) == 0)
			return &deleted->project_id;
	}
	return NULL;
}

/* The model API of a token, or NULL for one that is gone, with its secret. */
static const pg_uuid_t *
model_api_of_token(const pg_uuid_t *token_id)
{
	Snapshot	snapshot = fresh_snapshot();
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	bool		found = store_model_api_of_token(token_id, snapshot, result);

	UnregisterSnapshot(snapshot);
	return found ? result : NULL;
}

/* ----------
 * Writing events
 * ----------
 */

/* True while an event is being written: audit_events takes nothing else */
static bool writing_event = false;

typedef struct AuditEvent
{
	const char *action;
	const char *object_type;
	const pg_uuid_t *object_id;
	const pg_uuid_t *project_id;
	const pg_uuid_t *model_api_id;
	Datum		old;			/* jsonb, or 0 for NULL */
	Datum		new;
	bool		access;			/* whether it may change who may do what */
} AuditEvent;

/*
 * When an event happens: by the clock, but the order of the events of one thing,
 * and of their commits, is that of their times, whatever is done to the clock
 * meanwhile, or if another server's, from which the history came, was ahead.
 */
static TimestampTz
time_of_event(const pg_uuid_t *object_id)
{
	TimestampTz last;

	if (!object_id || !store_last_event_time(object_id, &last))
		last = DT_NOBEGIN;
	return change_next_time(last);
}

/*
 * The role that did it: the current one, in a SECURITY DEFINER function its owner.
 * In a foreign key's cascade, which runs as the table's owner, the session's.
 */
static const char *
role_of_event(void)
{
	Oid			role = InNoForceRLSOperation() ? GetOuterUserId() : GetUserId();
	const char *name = GetUserNameFromId(role, true);

	return name ? name : "";
}

static void
write_event(const AuditEvent *event)
{
	static SavedQuery keep_event = {.function = "keep_event"};
	Datum		values[11];
	bool		nulls[11];
	const pg_uuid_t *actor = identity_actor();
	TimestampTz occurred_at = time_of_event(event->object_id);

	values[0] = UUIDPGetDatum(change_current_id());
	values[1] = TimestampTzGetDatum(occurred_at);
	values[2] = UUIDPGetDatum(actor);
	values[3] = CStringGetTextDatum(role_of_event());
	values[4] = CStringGetTextDatum(event->action);
	values[5] = CStringGetTextDatum(event->object_type);
	values[6] = UUIDPGetDatum(event->object_id);
	values[7] = UUIDPGetDatum(event->project_id);
	values[8] = UUIDPGetDatum(event->model_api_id);
	values[9] = event->old;
	values[10] = event->new;
	for (int i = 0; i < 11; i++)
		nulls[i] = i != 1 && values[i] == (Datum) 0;

	writing_event = true;
	PG_TRY();
	{
		(void) saved_query_run(&keep_event, values, nulls, NULL, NULL);
	}
	PG_FINALLY();
	{
		writing_event = false;
	}
	PG_END_TRY();
	change_note(event->access, occurred_at);
}

/* Adds one column of a row, given as a jsonb object, to another object. */
static void
push_column(JsonbParseState **state, Jsonb *row, const char *column)
{
	JsonbValue	key;
	JsonbValue *value = getKeyJsonValueFromContainer(&row->root, column, (int) strlen(column), NULL);

	if (!value)
		elog(ERROR, "audited table has no column %s", column);
	key.type = jbvString;
	key.val.string.val = unconstify(char *, column);
	key.val.string.len = (int) strlen(column);
	pushJsonbValue(state, WJB_KEY, &key);
	pushJsonbValue(state, WJB_VALUE, value);
}

/*
 * Some columns of a row as a jsonb object, in the server's own way of writing
 * values, or 0 for no columns at all.  Two lists of names, of n1 and n2
 * members; NULLs among them are passed over.
 */
static Datum
columns_as_jsonb(RowChange *change, HeapTuple tuple,
				 const char *const *names1, int n1, const char *const *names2, int n2)
{
	Datum		json = DirectFunctionCall1(row_to_json,
										   heap_copy_tuple_as_datum(tuple, change->tupdesc));
	Jsonb	   *row = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
														 CStringGetDatum(TextDatumGetCString(json))));
	JsonbParseState *state = NULL;
	JsonbValue *object;
	int			count = 0;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < n1 + n2; i++)
	{
		const char *const *names = i < n1 ? &names1[i] : &names2[i - n1];
		const char *name = *names;

		if (name)
		{
			push_column(&state, row, name);
			count++;
		}
	}
	object = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	return count ? JsonbPGetDatum(JsonbValueToJsonb(object)) : (Datum) 0;
}

/* Writes an event of a change, and of a token whether its secret is told with it. */
static void
write_change(const AuditedTable *table, AuditEvent *event, const char *verb, bool access)
{
	event->action = psprintf("%s.%s", table->object, verb);
	event->access = access;
	write_event(event);
	if (event->object_id && (strcmp(event->action, "token.created") == 0 ||
							 strcmp(event->action, "token.regenerated") == 0))
	{
		secret_is_told = true;
		told_token = *event->object_id;
	}
}

/* The model API that a row's column names, and its project. */
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

		if (!row_changes(change, changes->column) &&
			!(changes->also && row_changes(change, changes->also)))
			continue;
		(void) row_value(change, change->new, changes->column, &isnull);
		if (isnull && changes->action_when_null)
			verb = changes->action_when_null;
		event->old = columns_as_jsonb(change, change->old, table->always, lengthof(table->always),
									  changes->shown, lengthof(changes->shown));
		event->new = columns_as_jsonb(change, change->new, table->always, lengthof(table->always),
									  changes->shown, lengthof(changes->shown));
		write_change(table, event, verb, changes->access);
	}

	/* what moves from one model API to another is history of both */
	if (table->model_api_id && strcmp(table->name, "access_tokens") == 0 &&
		row_changes(change, table->model_api_id))
	{
		set_model_api(event, row_uuid(change, change->old, table->model_api_id));
		write_change(table, event, "moved", true);
	}
}

/*
 * Whether a change of a token's hash has been told by the token's own event: the
 * token was made or regenerated just before, or is gone and the hash with it.
 * Otherwise the event's model API is filled.
 */
static bool
is_secret_told(RowChange *change, AuditEvent *event)
{
	const pg_uuid_t *model_api_id;

	if (!event->object_id)
		elog(ERROR, "hash of no token");
	if (change->new && secret_is_told &&
		memcmp(&told_token, event->object_id, sizeof(pg_uuid_t)) == 0)
	{
		secret_is_told = false;
		return true;
	}
	model_api_id = model_api_of_token(event->object_id);
	if (!model_api_id)
		return true;
	set_model_api(event, model_api_id);
	return false;
}

static void
note_new_owner(RowChange *change, const pg_uuid_t *object)
{
	const pg_uuid_t *user_id = row_uuid(change, change->new, "user_id");
	MemoryContext old;
	NewOwner   *owner;
	bool		unlimited;
	bool		isnull;
	Datum		level;

	(void) row_value(change, change->new, "expires_at", &unlimited);
	level = row_value(change, change->new, "access_level", &isnull);
	if (!object || !user_id || !unlimited || isnull ||
		catalog_enum_place(STORE_ENUM_ACCESS_LEVEL, DatumGetObjectId(level)) + 1 != ACCESS_LEVEL_OWNER)
		return;
	old = MemoryContextSwitchTo(TopTransactionContext);
	owner = palloc(sizeof(NewOwner));
	owner->object = *object;
	owner->user_id = *user_id;
	new_owners = lcons(owner, new_owners);
	MemoryContextSwitchTo(old);
}

/* Whether this transaction made a user an owner of a thing; forgets that it did. */
static bool
take_new_owner(const pg_uuid_t *object, const pg_uuid_t *user_id)
{
	ListCell   *cell;

	foreach(cell, new_owners)
	{
		NewOwner   *owner = (NewOwner *) lfirst(cell);

		if (memcmp(&owner->object, object, sizeof(pg_uuid_t)) == 0 &&
			memcmp(&owner->user_id, user_id, sizeof(pg_uuid_t)) == 0)
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
	RowChange	change = row_change(fcinfo);
	const AuditedTable *table;
	HeapTuple	row = change.new ? change.new : change.old;
	AuditEvent	event = {0};

	if (identity_stands_aside())
		return PointerGetDatum(NULL);
	table = audited_tables_find(RelationGetRelationName(((TriggerData *) fcinfo->context)->tg_relation));
	event.object_type = table->object_type;
	if (table->object_id)
		event.object_id = row_uuid(&change, row, table->object_id);
	if (table->project_id)
		event.project_id = row_uuid(&change, row, table->project_id);
	if (table->model_api_id)
		event.model_api_id = row_uuid(&change, row, table->model_api_id);
	if (event.model_api_id && !event.project_id)
		event.project_id = project_of_model_api(event.model_api_id);
	if (!table->object_id)
		event.object_id = event.model_api_id;
	if (change.new && strcmp(table->object, "collaborator") == 0)
		note_new_owner(&change, event.model_api_id ? event.model_api_id : event.project_id);
	if (strcmp(table->name, "token_hashes") == 0 && is_secret_told(&change, &event))
		return PointerGetDatum(NULL);

	if (change.old && change.new)
		audit_update(&change, table, &event);
	else if (change.new ? table->created : table->deleted)
	{
		Datum		values = columns_as_jsonb(&change, row, table->columns,
											  AUDITED_COLUMNS_MAX, NULL, 0);

		*(change.new ? &event.new : &event.old) = values;
		write_change(table, &event, change.new ? table->created : table->deleted, table->access);
	}
	return PointerGetDatum(NULL);
}

void
audit_record_name(const char *action, const char *name)
{
	AuditEvent	event = {.action = action, .object_type = "name"};

	if (identity_stands_aside())
		return;
	event.old = DirectFunctionCall1(jsonb_in, CStringGetDatum(psprintf("{\"name\": \"%s\"}", name)));
	write_event(&event);
}

static void
raise_refused(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("%s", what),
			 errhint("A superuser who restores a dump does so with row_security off.")));
}

static Datum
json_of(const char *text)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}

/* record_transfer(object_type, object_id, new_owner, keep_as) → void */
Datum
modelapi_acl_record_transfer_1_0(PG_FUNCTION_ARGS)
{
	AuditEvent	event = {0};
	Identity	identity = identity_current(GetActiveSnapshot());
	const char *keep_as = "null";

	if (identity_stands_aside())
		PG_RETURN_VOID();
	for (int i = 0; i < 3; i++)
		value_require(fcinfo, i);
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
		keep_as = psprintf("\"%s\"", DatumGetCString(DirectFunctionCall1(enum_out, PG_GETARG_DATUM(3))));
	event.old = json_of(identity.kind != IDENTITY_USER ? "{\"user_id\": null}" :
						psprintf("{\"user_id\": \"%s\"}",
								 DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&identity.user_id)))));
	event.new = json_of(psprintf("{\"user_id\": \"%s\", \"keep_as\": %s}",
								 DatumGetCString(DirectFunctionCall1(uuid_out, PG_GETARG_DATUM(2))), keep_as));
	write_event(&event);
	PG_RETURN_VOID();
}

/* record_pruning(older_than, rows) → void */
Datum
modelapi_acl_record_pruning_1_0(PG_FUNCTION_ARGS)
{
	AuditEvent	event = {0};

	if (identity_stands_aside())
		PG_RETURN_VOID();
	value_require(fcinfo, 0);
	value_require(fcinfo, 1);
	if (!identity_may_administer())
		raise_refused("audit events are written by the extension alone and never change");
	event.action = "logs.pruned";
	event.object_type = "logs";
	event.new = json_of(psprintf("{\"older_than\": \"%s\", \"rows\": " INT64_FORMAT "}",
								 DatumGetCString(DirectFunctionCall1(interval_out, PG_GETARG_DATUM(0))),
								 PG_GETARG_INT64(1)));
	write_event(&event);
	PG_RETURN_VOID();
}

/* ----------
 * What nobody does
 * ----------
 */

/* BEFORE TRUNCATE: no row trigger would see what goes */
Datum
modelapi_acl_refuse_truncate_1_0(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	row_require_trigger(fcinfo);
	if (!identity_stands_aside())
		raise_refused(psprintf("table \"%s\" can't be truncated",
							   RelationGetRelationName(data->tg_relation)));
	return PointerGetDatum(NULL);
}

/* INSTEAD OF INSERT OR UPDATE OR DELETE on access_reviews, for those who have the privilege */
Datum
modelapi_acl_refuse_review_change_1_0(PG_FUNCTION_ARGS)
{
	row_require_trigger(fcinfo);
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
	RowChange	change = row_change(fcinfo);

	if (!identity_stands_aside() && !(writing_event && change.new && !change.old))
		raise_refused("audit events are written by the extension alone and never change");
	return PointerGetDatum(change.new ? change.new : change.old);
}

/* BEFORE DELETE on model_apis: remembers the project for what goes after it */
Datum
modelapi_acl_remember_project_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	remember_deleted_model_api(row_uuid(&change, change.old, "id"),
							   row_uuid(&change, change.old, "project_id"));
	return PointerGetDatum(change.old);
}
