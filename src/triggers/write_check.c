/*-------------------------------------------------------------------------
 *
 * write_check.c
 *	  Checks permissions to write, by the latest committed state.
 *
 * A permission is checked before each row is written, when the row is locked, and again at the
 * end of the statement for each object that was written to.  In between, the statement may have
 * waited for a unique key or for the row that a foreign key references.  Each check uses the
 * latest state, see latest_state.c.
 *
 * The policies check most rows as well, but after the guards and with the server's message.
 * Plain writes are to get the errors of the functions, in their order: nobody is signed in, the
 * permission is missing, a value is invalid.  So a write without permission is refused here,
 * before the values are checked.  If the current user cannot see the object, the message is
 * that of the policy, whether or not the object exists.  Superusers, internal statements and
 * DELETE are not subject to policies.
 *
 * Two kinds of writes are not checked: those of a foreign key's cascade, because the statement
 * that caused it was, and the rows that the extension itself adds to a new row.
 *
 * write_rules.c says which permission each write requires.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "write_check.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../access/errors.h"
#include "../access/latest_state.h"
#include "../access/permissions.h"
#include "../catalog/internal_statements.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../identity/current_role.h"
#include "../terms.h"
#include "row_change.h"
#include "../values/uuids.h"
#include "write_rules.h"

PG_FUNCTION_INFO_V1(modelapi_acl_require_writer_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_judge_row_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_judge_statement_1_0);

/* ----------
 * The objects that a statement wrote to
 * ----------
 */

/* An object and the permission that was checked; a hash key, so padding is zeroed */
typedef struct Written
{
	pg_uuid_t	object;
	pg_uuid_t	project_id;		/* of a model API */
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
#define SH_HASH_KEY(tb, key) (uuids_hash(&(key).object) ^ (uint32) (key).permission)
#define SH_EQUAL(tb, a, b) (memcmp(&(a), &(b), sizeof(Written)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * The writes of one statement to one table.  The command id identifies the statement, since
 * each statement that writes has its own.
 */
typedef struct StatementWrites
{
	slist_node	node;
	MemoryContext memory;		/* this struct and all that it points to */
	Oid			table;
	CommandId	command;
	SubTransactionId subtransaction;
	const WriteRule *rule;
	bool		by_policies;	/* the statement is subject to policies */
	uint64		state;			/* the state in which all were checked, or 0 if several */
	Written		last;			/* the last one added, if any */
	written_hash *all;
} StatementWrites;

/* The statements in progress, innermost first; in TopTransactionContext */
static slist_head statements = SLIST_STATIC_INIT(statements);

/* True inside write_check_call_unchecked */
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
	/* their memory is freed with the transaction */
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
write_check_initialize(void)
{
	RegisterXactCallback(forget_statements, NULL);
	RegisterSubXactCallback(forget_aborted_statements, NULL);
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
		writes->rule = write_rules_find(table);
		writes->by_policies = !internal_statements_is_running() &&
			check_enable_rls(writes->table, InvalidOid, true) == RLS_ENABLED;
		writes->all = written_create(memory, 32, NULL);
		slist_push_head(&statements, &writes->node);
	}
	return writes;
}

/* Whether the previous row required the same permission, and was checked in this state. */
static bool
is_remembered(StatementWrites *writes, const Written *written)
{
	return writes->all->members > 0 && writes->state == latest_state_number() &&
		memcmp(&writes->last, written, sizeof(Written)) == 0;
}

static void
remember(StatementWrites *writes, const Written *written)
{
	bool		found;

	if (writes->state != latest_state_number())
		writes->state = writes->all->members == 0 ? latest_state_number() : 0;
	if (writes->all->members > 0 && memcmp(&writes->last, written, sizeof(Written)) == 0)
		return;
	(void) written_insert(writes->all, *written, &found);
	writes->last = *written;
}

/* ----------
 * The check
 * ----------
 */

static bool
is_permitted(AccessContext *context, const Written *written)
{
	switch ((TargetKind) written->kind)
	{
		case TARGET_NONE:
			return context_is_signed_in(context);
		case TARGET_MODEL_API:
			if (permissions_is_open_when_public((Permission) written->permission))
				return decision_permits_by_id(context, &written->object,
											  (Permission) written->permission);
			/* a model API's project never changes */
			return decision_permits_by_grants(context, &written->object, &written->project_id,
											  (Permission) written->permission);
		case TARGET_PROJECT:
			return decision_permits_project(context, &written->object,
											(ProjectPermission) written->permission);
		case TARGET_ORGANIZATION:
			return decision_permits_organization(context, &written->object,
												 (OrganizationPermission) written->permission);
	}
	return false;
}

static void
raise_denied(AccessContext *context, const Written *written)
{
	if (!context_is_signed_in(context))
		errors_raise_not_signed_in();
	switch ((TargetKind) written->kind)
	{
		case TARGET_MODEL_API:
			errors_raise_denied((Permission) written->permission);
			break;
		case TARGET_PROJECT:
			errors_raise_denied_project((ProjectPermission) written->permission);
			break;
		case TARGET_ORGANIZATION:
			errors_raise_denied_organization((OrganizationPermission) written->permission);
			break;
		case TARGET_NONE:
			break;
	}
	elog(ERROR, "nothing was denied");
}

/* Whether the current user can see the object, by the statement's snapshot. */
static bool
is_visible(const Written *written)
{
	AccessContext *context = context_of_current_user(NULL);

	switch ((TargetKind) written->kind)
	{
		case TARGET_MODEL_API:
			return decision_permits_by_id(context, &written->object, PERMISSION_VIEW);
		case TARGET_PROJECT:
			return decision_permits_project(context, &written->object, PROJECT_PERMISSION_VIEW);
		case TARGET_ORGANIZATION:
			return table_read_organization(&written->object, GetActiveSnapshot());
		case TARGET_NONE:
			break;
	}
	return true;
}

void
write_check_raise_policy_violation(Relation table)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("new row violates row-level security policy for table \"%s\"",
					RelationGetRelationName(table))));
}

/* The object and the permission for a row; false if the object does not exist. */
static bool
describe_write(RowChange *change, HeapTuple row, const pg_uuid_t *id, const WriteNeed *need,
			   AccessContext *context, Written *written)
{
	const pg_uuid_t *project_id;
	const ModelApiFacts *facts;

	memset(written, 0, sizeof(Written));
	written->kind = (int16) need->kind;
	written->permission = (int16) need->permission;
	if (need->kind == TARGET_NONE)
		return true;
	if (!id)
		return false;
	written->object = *id;
	if (need->kind != TARGET_MODEL_API)
		return true;
	if (strcmp(need->column, "id") == 0)
		project_id = row_change_uuid(change, row, "project_id");
	else
	{
		facts = context_find_model_api(context, id);
		project_id = facts ? &facts->project_id : NULL;
	}
	if (!project_id)
		return false;
	written->project_id = *project_id;
	return true;
}

bool
write_check_is_cascade(Relation table)
{
	return InNoForceRLSOperation() && GetUserId() == table->rd_rel->relowner;
}

bool
write_check_is_unchecked(Relation table)
{
	return is_own_write || write_check_is_cascade(table);
}

void
write_check_require_model_api(const pg_uuid_t *model_api_id)
{
	if (!context_find_model_api(latest_state_context(), model_api_id))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model_api_id is not of a model API")));
}

/*
 * Checks one permission for a row, and remembers to check it again at the end.
 *
 * by_policies: the row is subject to a policy as well, which gives nothing away of a hidden
 * object; neither must this check.
 */
static void
check_need(StatementWrites *writes, RowChange *change, const WriteNeed *need, bool by_policies)
{
	AccessContext *context = latest_state_context();
	HeapTuple	row = change->old ? change->old : change->new;
	const pg_uuid_t *id = need->column ? row_change_uuid(change, row, need->column) : NULL;
	Written		written;
	bool		is_there;

	/* a guard or a constraint refuses a row without an object */
	if (need->column && !id)
		return;
	if (context_is_administrator(context))
	{
		/* nothing is hidden from administrators: better than the policy's message */
		if (by_policies && need->kind == TARGET_MODEL_API && !change->old)
			write_check_require_model_api(id);
		return;
	}
	is_there = describe_write(change, row, id, need, context, &written);
	if (is_there && is_remembered(writes, &written))
		return;
	if (!is_there || !is_permitted(context, &written))
	{
		if (by_policies && context_is_signed_in(context) && !is_visible(&written))
			write_check_raise_policy_violation(change->table);
		raise_denied(context, &written);
	}
	remember(writes, &written);
}

void
write_check_row(RowChange *change)
{
	StatementWrites *writes;

	if (write_check_is_unchecked(change->table))
		return;
	writes = statement_of(change->table);
	check_need(writes, change, write_rules_need(writes->rule, change),
			   writes->by_policies && change->new != NULL);
}

void
write_check_model_api_column(RowChange *change, Permission permission)
{
	WriteNeed		need = {"id", TARGET_MODEL_API, permission};

	if (!write_check_is_unchecked(change->table))
		check_need(statement_of(change->table), change, &need, false);
}

void
write_check_call_unchecked(void (*write) (void *arg), void *arg)
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
 * Whether the current user may write to a table without being signed in: log lines with the
 * role for that, users by the functions for administrators.
 */
static bool
needs_no_user(Relation table)
{
	const char *name = RelationGetRelationName(table);

	if (strcmp(name, "model_api_logs") == 0)
		return current_role_may_write_logs();
	if (strcmp(name, "users") == 0 || strcmp(name, "user_identities") == 0)
		return identity_may_manage_users();
	return false;
}

/*
 * BEFORE INSERT OR UPDATE, for each statement: raises PT401 if nobody is signed in, even for a
 * statement that finds no row.
 */
Datum
modelapi_acl_require_writer_1_0(PG_FUNCTION_ARGS)
{
	Relation	table;

	row_change_require_trigger(fcinfo);
	table = ((TriggerData *) fcinfo->context)->tg_relation;
	if (!current_role_bypasses_guards() && !write_check_is_unchecked(table) &&
		!needs_no_user(table) && !context_is_signed_in(latest_state_context()))
		errors_raise_not_signed_in();
	return PointerGetDatum(NULL);
}

/* BEFORE ROW trigger of tables without a guard: checks the row */
Datum
modelapi_acl_judge_row_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	if (!current_role_bypasses_guards())
		write_check_row(&change);
	return PointerGetDatum(change.new ? change.new : change.old);
}

/* AFTER STATEMENT trigger: checks again each object that was written to */
Datum
modelapi_acl_judge_statement_1_0(PG_FUNCTION_ARGS)
{
	StatementWrites *writes;
	AccessContext *context;
	written_iterator iterator;
	WrittenEntry *entry;

	row_change_require_trigger(fcinfo);
	writes = find_statement(RelationGetRelid(((TriggerData *) fcinfo->context)->tg_relation));
	if (!writes)
		return PointerGetDatum(NULL);
	context = latest_state_context();

	/* nobody has committed since the rows were checked: the usual case */
	if (writes->state != 0 && writes->state == latest_state_number())
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
