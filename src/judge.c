/*-------------------------------------------------------------------------
 *
 * judge.c
 *	  Whether who writes may still write.
 *
 * A permission is looked at when each row, locked by then, is about to be
 * written, and once more at the end of the statement for each thing that it wrote
 * to: in between the statement may have waited, on a unique key or on the row
 * that a foreign key refers to.  Each look takes the latest state, see state.c.
 *
 * Policies say the same of most rows, but after the guards and in the server's
 * words.  Plain writes shall get the errors of the functions in their order:
 * nobody is signed in, the permission is missing, a value is not acceptable.  So
 * what may not be written is refused here, before values are looked at; a thing that
 * the current user cannot see, or that is not there, in the policy's own words.
 * Superusers, the extension's own functions and DELETE have no policy.
 *
 * What a foreign key's cascade writes is not asked for, since the statement that
 * it follows was permitted.  Nor is what the extension adds to a row by itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "modelapi_acl.h"
#include "saved_query.h"

PG_FUNCTION_INFO_V1(modelapi_acl_require_writer_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_judge_row_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_judge_statement_1_0);

/* ----------
 * What it takes to write to each table
 * ----------
 */

/* What a permission is on */
typedef enum ThingKind
{
	THING_NONE,					/* it takes being signed in */
	THING_MODEL_API,
	THING_PROJECT,
	THING_ORGANIZATION
} ThingKind;

/* A permission on the thing whose id stands in a column */
typedef struct Need
{
	const char *column;
	ThingKind	kind;
	int			permission;		/* of the kind's enum */
} Need;

typedef struct WriteRule
{
	const char *table;
	Need		insert;
	Need		update;
	Need		delete;
	const Need *own;			/* what it takes to delete one's own row */
} WriteRule;

static const Need leave_model_api = {"model_api_id", THING_MODEL_API, PERMISSION_VIEW};
static const Need leave_project = {"project_id", THING_PROJECT, PROJECT_PERMISSION_VIEW};
static const Need leave_organization = {"organization_id", THING_ORGANIZATION, ORGANIZATION_PERMISSION_VIEW_MEMBERS};

static const WriteRule rules[] =
{
	{"organizations",
		{NULL, THING_NONE, 0},
		{"id", THING_ORGANIZATION, ORGANIZATION_PERMISSION_MANAGE},
	{"id", THING_ORGANIZATION, ORGANIZATION_PERMISSION_MANAGE}, NULL},
	{"organization_members",
		{"organization_id", THING_ORGANIZATION, ORGANIZATION_PERMISSION_MANAGE},
		{"organization_id", THING_ORGANIZATION, ORGANIZATION_PERMISSION_MANAGE},
	{"organization_id", THING_ORGANIZATION, ORGANIZATION_PERMISSION_MANAGE}, &leave_organization},
	{"projects",
		{NULL, THING_NONE, 0},
		{"id", THING_PROJECT, PROJECT_PERMISSION_MANAGE},
	{"id", THING_PROJECT, PROJECT_PERMISSION_MANAGE}, NULL},
	{"project_collaborators",
		{"project_id", THING_PROJECT, PROJECT_PERMISSION_MANAGE},
		{"project_id", THING_PROJECT, PROJECT_PERMISSION_MANAGE},
	{"project_id", THING_PROJECT, PROJECT_PERMISSION_MANAGE}, &leave_project},
	{"model_apis",
		{"project_id", THING_PROJECT, PROJECT_PERMISSION_CREATE_MODEL_API},
		{"id", THING_MODEL_API, PERMISSION_EDIT_SETTINGS},
	{"id", THING_MODEL_API, PERMISSION_DELETE}, NULL},
	{"model_api_collaborators",
		{"model_api_id", THING_MODEL_API, PERMISSION_MANAGE_COLLABORATORS},
		{"model_api_id", THING_MODEL_API, PERMISSION_MANAGE_COLLABORATORS},
	{"model_api_id", THING_MODEL_API, PERMISSION_MANAGE_COLLABORATORS}, &leave_model_api},
	{"model_api_versions",
		{"model_api_id", THING_MODEL_API, PERMISSION_DEPLOY_VERSION},
		{"model_api_id", THING_MODEL_API, PERMISSION_DEPLOY_VERSION},
	{"model_api_id", THING_MODEL_API, PERMISSION_DEPLOY_VERSION}, NULL},
	{"model_api_settings",
		{"model_api_id", THING_MODEL_API, PERMISSION_EDIT_SETTINGS},
		{"model_api_id", THING_MODEL_API, PERMISSION_EDIT_SETTINGS},
	{"model_api_id", THING_MODEL_API, PERMISSION_EDIT_SETTINGS}, NULL},
	{"access_tokens",
		{"model_api_id", THING_MODEL_API, PERMISSION_CREATE_TOKEN},
		{"model_api_id", THING_MODEL_API, PERMISSION_REVOKE_TOKEN},
	{"model_api_id", THING_MODEL_API, PERMISSION_REVOKE_TOKEN}, NULL},
};

/* ----------
 * What a statement wrote to
 * ----------
 */

/* A thing, and the permission that it took; padding is zeroed, it is a key */
typedef struct Written
{
	pg_uuid_t	thing;
	pg_uuid_t	project_id;		/* a model API's */
	int16		kind;
	int16		permission;
} Written;

typedef struct WrittenEntry
{
	Written		written;
	char		status;
} WrittenEntry;

#define SH_PREFIX written
#define SH_ELEMENT_TYPE WrittenEntry
#define SH_KEY_TYPE Written
#define SH_KEY written
#define SH_HASH_KEY(tb, key) (uuid_hash_of(&(key).thing) ^ (uint32) (key).permission)
#define SH_EQUAL(tb, a, b) (memcmp(&(a), &(b), sizeof(Written)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * One statement's writes to one table.  A statement that writes is known by its
 * command number: the next one has another.
 */
typedef struct StatementWrites
{
	slist_node	node;
	MemoryContext memory;		/* this struct and all that it points to */
	Oid			table;
	CommandId	command;
	SubTransactionId subtransaction;
	const WriteRule *rule;
	bool		by_policies;	/* rows are judged by the policies */
	uint64		state;			/* all of them were looked at in this one, or 0 */
	Written		last;			/* added last, if any was */
	written_hash *all;
} StatementWrites;

/* Those under way, innermost first; in TopTransactionContext */
static slist_head statements = SLIST_STATIC_INIT(statements);

/* Whether the extension itself is adding what belongs to a row */
static bool is_own_write = false;

static void
forget_statement(StatementWrites *writes)
{
	slist_delete(&statements, &writes->node);
	MemoryContextDelete(writes->memory);
}

static void
forget_statements(XactEvent event, void *arg)
{
	/* the memory goes with the transaction */
	slist_init(&statements);
	is_own_write = false;
}

static void
forget_aborted_statements(SubXactEvent event, SubTransactionId mySubid,
						  SubTransactionId parentSubid, void *arg)
{
	slist_mutable_iter iter;

	if (event == SUBXACT_EVENT_ABORT_SUB)
		slist_foreach_modify(iter, &statements)
		{
			StatementWrites *writes = slist_container(StatementWrites, node, iter.cur);

			if (writes->subtransaction >= mySubid)
			{
				slist_delete_current(&iter);
				MemoryContextDelete(writes->memory);
			}
		}
}

void
judge_initialize(void)
{
	RegisterXactCallback(forget_statements, NULL);
	RegisterSubXactCallback(forget_aborted_statements, NULL);
}

static const WriteRule *
rule_of(Relation table)
{
	for (int i = 0; i < lengthof(rules); i++)
		if (strcmp(rules[i].table, RelationGetRelationName(table)) == 0)
			return &rules[i];
	elog(ERROR, "no rule tells who may write to table %s", RelationGetRelationName(table));
}

static StatementWrites *
find_statement(Oid table)
{
	CommandId	command = GetActiveSnapshot()->curcid;
	slist_iter	iter;

	slist_foreach(iter, &statements)
	{
		StatementWrites *writes = slist_container(StatementWrites, node, iter.cur);

		if (writes->table == table && writes->command == command)
			return writes;
	}
	return NULL;
}

static StatementWrites *
statement_of(Relation table)
{
	StatementWrites *writes = find_statement(RelationGetRelid(table));

	if (!writes)
	{
		MemoryContext memory = AllocSetContextCreate(TopTransactionContext, "modelapi_acl writes",
													 ALLOCSET_SMALL_SIZES);

		writes = MemoryContextAllocZero(memory, sizeof(StatementWrites));
		writes->memory = memory;
		writes->table = RelationGetRelid(table);
		writes->command = GetActiveSnapshot()->curcid;
		writes->subtransaction = GetCurrentSubTransactionId();
		writes->rule = rule_of(table);
		writes->by_policies = !saved_query_is_running() &&
			check_enable_rls(writes->table, InvalidOid, true) == RLS_ENABLED;
		writes->all = written_create(memory, 32, NULL);
		slist_push_head(&statements, &writes->node);
	}
	return writes;
}

/* Whether the row before this one took the same permission, in the same state. */
static bool
is_remembered(StatementWrites *writes, const Written *written)
{
	return writes->all->members > 0 && writes->state == access_latest_state() &&
		memcmp(&writes->last, written, sizeof(Written)) == 0;
}

static void
remember(StatementWrites *writes, const Written *written)
{
	bool		found;

	if (writes->state != access_latest_state())
		writes->state = writes->all->members == 0 ? access_latest_state() : 0;
	if (writes->all->members > 0 && memcmp(&writes->last, written, sizeof(Written)) == 0)
		return;
	(void) written_insert(writes->all, *written, &found);
	writes->last = *written;
}

/* ----------
 * Judgement
 * ----------
 */

static bool
is_permitted(AccessContext *context, const Written *written)
{
	ModelApiFacts facts = {0};

	switch ((ThingKind) written->kind)
	{
		case THING_NONE:
			return access_is_signed_in(context);
		case THING_MODEL_API:
			if (access_is_open_when_public((Permission) written->permission))
			{
				const ModelApiFacts *latest = access_model_api(context, &written->thing);

				return latest && access_permits(context, latest, (Permission) written->permission);
			}
			/* grants alone decide, and the project never changes */
			facts.id = written->thing;
			facts.project_id = written->project_id;
			facts.visibility = VISIBILITY_PRIVATE;
			return access_permits(context, &facts, (Permission) written->permission);
		case THING_PROJECT:
			return access_permits_project(context, &written->thing,
										  (ProjectPermission) written->permission);
		case THING_ORGANIZATION:
			return access_permits_organization(context, &written->thing,
											   (OrganizationPermission) written->permission);
	}
	return false;
}

static void
raise_denied(AccessContext *context, const Written *written)
{
	if (!access_is_signed_in(context))
		require_raise_not_signed_in();
	switch ((ThingKind) written->kind)
	{
		case THING_MODEL_API:
			require_raise_denied((Permission) written->permission);
			break;
		case THING_PROJECT:
			require_raise_denied_project((ProjectPermission) written->permission);
			break;
		case THING_ORGANIZATION:
			require_raise_denied_organization((OrganizationPermission) written->permission);
			break;
		case THING_NONE:
			break;
	}
	elog(ERROR, "nothing was denied");
}

/* Whether the current user sees, by the statement's snapshot, what a write is to. */
static bool
is_visible(const Written *written)
{
	Snapshot	snapshot = GetActiveSnapshot();
	Identity	identity = identity_current(snapshot);
	AccessContext *context = access_context(NULL, CurrentMemoryContext, &identity, snapshot);
	const ModelApiFacts *facts;

	switch ((ThingKind) written->kind)
	{
		case THING_MODEL_API:
			facts = access_model_api(context, &written->thing);
			return facts && access_permits(context, facts, PERMISSION_VIEW);
		case THING_PROJECT:
			return access_permits_project(context, &written->thing, PROJECT_PERMISSION_VIEW);
		case THING_ORGANIZATION:
			return store_organization(&written->thing, snapshot);
		case THING_NONE:
			break;
	}
	return true;
}

void
judge_raise_refused(Relation table)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("new row violates row-level security policy for table \"%s\"",
					RelationGetRelationName(table))));
}

/* What a write to a row takes; false where the row names no thing that is there. */
static bool
written_by(RowChange *change, HeapTuple row, const pg_uuid_t *id, const Need *need,
		   AccessContext *context, Written *written)
{
	const pg_uuid_t *project_id;
	const ModelApiFacts *facts;

	memset(written, 0, sizeof(Written));
	written->kind = (int16) need->kind;
	written->permission = (int16) need->permission;
	if (need->kind == THING_NONE)
		return true;
	if (!id)
		return false;
	written->thing = *id;
	if (need->kind != THING_MODEL_API)
		return true;
	if (strcmp(need->column, "id") == 0)
		project_id = row_uuid(change, row, "project_id");
	else
	{
		facts = access_model_api(context, id);
		project_id = facts ? &facts->project_id : NULL;
	}
	if (!project_id)
		return false;
	written->project_id = *project_id;
	return true;
}

bool
judge_is_cascade(Relation table)
{
	return InNoForceRLSOperation() && GetUserId() == table->rd_rel->relowner;
}

/* Whether a write is no user's: a cascade's, or the extension's own. */
static bool
is_unasked(Relation table)
{
	return is_own_write || judge_is_cascade(table);
}

static const Need *
need_of(const WriteRule *rule, RowChange *change)
{
	const pg_uuid_t *holder;
	const pg_uuid_t *actor;

	if (!change->old)
		return &rule->insert;
	if (change->new)
		return &rule->update;
	if (rule->own && (actor = identity_actor()) != NULL &&
		(holder = row_uuid(change, change->old, "user_id")) != NULL &&
		memcmp(holder, actor, sizeof(pg_uuid_t)) == 0)
		return rule->own;
	return &rule->delete;
}

void
judge_require_model_api(const pg_uuid_t *model_api_id)
{
	if (!access_model_api(access_latest(), model_api_id))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model_api_id is not of a model API")));
}

/*
 * Looks at one permission that a row takes, and remembers to look again; by_policies:
 * policies judge the row as well, and say nothing of what is hidden.
 */
static void
judge_need(StatementWrites *writes, RowChange *change, const Need *need, bool by_policies)
{
	AccessContext *context = access_latest();
	HeapTuple	row = change->old ? change->old : change->new;
	const pg_uuid_t *id = need->column ? row_uuid(change, row, need->column) : NULL;
	Written		written;
	bool		is_there;

	/* a guard or a constraint refuses the row that names nothing */
	if (need->column && !id)
		return;
	if (access_is_administrator(context))
	{
		/* nothing is hidden, but the policy would say so */
		if (by_policies && need->kind == THING_MODEL_API && !change->old)
			judge_require_model_api(id);
		return;
	}
	is_there = written_by(change, row, id, need, context, &written);
	if (is_there && is_remembered(writes, &written))
		return;
	if (!is_there || !is_permitted(context, &written))
	{
		if (by_policies && access_is_signed_in(context) && !is_visible(&written))
			judge_raise_refused(change->table);
		raise_denied(context, &written);
	}
	remember(writes, &written);
}

void
judge_row(RowChange *change)
{
	StatementWrites *writes;

	if (is_unasked(change->table))
		return;
	writes = statement_of(change->table);
	judge_need(writes, change, need_of(writes->rule, change),
			   writes->by_policies && change->new != NULL);
}

void
judge_model_api_column(RowChange *change, Permission permission)
{
	Need		need = {"id", THING_MODEL_API, permission};

	if (!is_unasked(change->table))
		judge_need(statement_of(change->table), change, &need, false);
}

void
judge_call_own(void (*write) (void *arg), void *arg)
{
	bool		before = is_own_write;

	is_own_write = true;
	PG_TRY();
	{
		write(arg);
	}
	PG_FINALLY();
	{
		is_own_write = before;
	}
	PG_END_TRY();
}

/* ----------
 * Triggers
 * ----------
 */

/*
 * Whether the current user may write to a table without being signed in: log lines by
 * their role, users through functions for administrators.
 */
static bool
needs_no_user(Relation table)
{
	const char *name = RelationGetRelationName(table);

	if (strcmp(name, "model_api_logs") == 0)
		return identity_may_write_logs();
	if (strcmp(name, "users") == 0 || strcmp(name, "user_identities") == 0)
		return identity_manages_users();
	return false;
}

/*
 * BEFORE INSERT OR UPDATE, for each statement: PT401 where nobody is signed in, also
 * where the statement finds no row.
 */
Datum
modelapi_acl_require_writer_1_0(PG_FUNCTION_ARGS)
{
	Relation	table;

	row_require_trigger(fcinfo);
	table = ((TriggerData *) fcinfo->context)->tg_relation;
	if (!identity_stands_aside() && !is_unasked(table) &&
		!needs_no_user(table) && !access_is_signed_in(access_latest()))
		require_raise_not_signed_in();
	return PointerGetDatum(NULL);
}

/* BEFORE a row is written that no guard looks at: judges it */
Datum
modelapi_acl_judge_row_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	if (!identity_stands_aside())
		judge_row(&change);
	return PointerGetDatum(change.new ? change.new : change.old);
}

/* AFTER a statement: looks again at each thing that it wrote to */
Datum
modelapi_acl_judge_statement_1_0(PG_FUNCTION_ARGS)
{
	StatementWrites *writes;
	AccessContext *context;
	written_iterator iterator;
	WrittenEntry *entry;

	row_require_trigger(fcinfo);
	writes = find_statement(RelationGetRelid(((TriggerData *) fcinfo->context)->tg_relation));
	if (!writes)
		return PointerGetDatum(NULL);
	context = access_latest();

	/* nothing has changed since the rows were looked at: often so */
	if (writes->state != 0 && writes->state == access_latest_state())
	{
		forget_statement(writes);
		return PointerGetDatum(NULL);
	}
	written_start_iterate(writes->all, &iterator);
	while ((entry = written_iterate(writes->all, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!is_permitted(context, &entry->written))
			raise_denied(context, &entry->written);
	}
	forget_statement(writes);
	return PointerGetDatum(NULL);
}
