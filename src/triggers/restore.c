/*-------------------------------------------------------------------------
 *
 * restore.c
 *	  COPY into the extension's tables, which is how dumps are restored.
 *
 * Only superusers can COPY into a table with row-level security.  With row_security off, as
 * the output of pg_dump sets it, rows are loaded as they are: guards and audit do nothing.  With
 * row_security on, COPY is refused before the first row.  Otherwise a tool that copies a
 * database would write rows that look new, and would stop halfway, at the first table whose
 * guard needs a signed-in user.
 *
 * pg_restore with several jobs loads the tables of an extension concurrently and in any order:
 * the archive does not hold the dependencies between them, and their foreign keys exist before
 * the rows.  A dump is one snapshot, so that its rows are consistent.  Therefore foreign keys
 * are not checked while a COPY runs, as if they were created after the rows.  verify_access
 * reports dangling references.  INSERT, UPDATE and DELETE of superusers are checked as usual.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "nodes/parsenodes.h"
#include "replication/logicalworker.h"
#include "storage/proc.h"
#include "tcop/cmdtag.h"
#include "tcop/pquery.h"
#include "utils/guc.h"
#include "utils/rel.h"

#include "../compat.h"
#include "../identity/current_role.h"
#include "row_change.h"

PG_FUNCTION_INFO_V1(modelapi_acl_begin_load_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_end_load_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_keep_installed_1_0);

/*
 * The subtransaction in which a COPY has changed session_replication_role.  If the COPY fails,
 * the setting is rolled back with it.
 */
static LocalTransactionId switched_transaction = InvalidLocalTransactionId;
static SubTransactionId switched_subtransaction = InvalidSubTransactionId;

static void
set_replication_role(const char *role)
{
	(void) set_config_option("session_replication_role", role, PGC_SUSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

/*
 * Whether the client's command is a COPY into this table.  An INSERT by a trigger of another
 * table that is loaded is none.
 */
static bool
is_loading(Relation table)
{
	PlannedStmt *statement;
	CopyStmt   *copy;

	if (ActivePortal == NULL || ActivePortal->commandTag != CMDTAG_COPY ||
		list_length(ActivePortal->stmts) != 1)
		return false;
	statement = linitial_node(PlannedStmt, ActivePortal->stmts);
	copy = (CopyStmt *) statement->utilityStmt;
	return copy && IsA(copy, CopyStmt) && copy->is_from && copy->relation &&
		RangeVarGetRelid(copy->relation, NoLock, true) == RelationGetRelid(table);
}

/* BEFORE INSERT, for each statement, of every table */
Datum
modelapi_acl_begin_load_1_0(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo) || !is_loading(((TriggerData *) fcinfo->context)->tg_relation))
		return PointerGetDatum(NULL);
	if (!current_role_bypasses_guards())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("COPY into a table of modelapi_acl needs row_security = off"),
				 errdetail("It loads rows as they are, such as those of a dump, past guards and audit."),
				 errhint("As a superuser set row_security to off, for a tool with PGOPTIONS='-c row_security=off'. To add rows that are new, use INSERT.")));
	if (SessionReplicationRole != SESSION_REPLICATION_ROLE_REPLICA)
	{
		set_replication_role("replica");
		switched_transaction = MY_LOCAL_TRANSACTION_ID;
		switched_subtransaction = GetCurrentSubTransactionId();
	}
	return PointerGetDatum(NULL);
}

/* AFTER INSERT, for each statement, of every table */
Datum
modelapi_acl_end_load_1_0(PG_FUNCTION_ARGS)
{
	if (switched_transaction == MY_LOCAL_TRANSACTION_ID &&
		switched_subtransaction == GetCurrentSubTransactionId())
	{
		set_replication_role("origin");
		switched_transaction = InvalidLocalTransactionId;
	}
	return PointerGetDatum(NULL);
}

/*
 * BEFORE INSERT OR UPDATE OR DELETE on installed_facts, for each row: ignores rows of a
 * publisher, which describe what is installed there.
 */
Datum
modelapi_acl_keep_installed_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change_from_trigger(fcinfo);

	return PointerGetDatum(IsLogicalWorker() ? NULL : change.new ? change.new : change.old);
}
