/*-------------------------------------------------------------------------
 *
 * load.c
 *	  COPY into the extension's tables: how dumps are restored.
 *
 * Row-level security keeps all but superusers from COPY.  A superuser loads
 * rows as they are, with row_security off, as pg_dump's output sets it: guards
 * and audit stand aside.  With it on, COPY is refused, before the first row:
 * tools that copy a database would else write rows that look new, and stop
 * halfway, at the first table that needs to know who is asking.
 *
 * pg_restore with several jobs loads the tables of an extension side by side,
 * in any order: the archive does not say which of them refers to which, and
 * their foreign keys are there before the rows.  A dump is one snapshot, so
 * that its rows refer to each other.  Foreign keys are therefore not checked
 * while a COPY runs, just as where they are made after the rows; verify_access
 * tells of references that lead nowhere.  What a superuser changes by INSERT,
 * UPDATE or DELETE is checked as ever.
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

#include "compat.h"
#include "modelapi_acl.h"

PG_FUNCTION_INFO_V1(modelapi_acl_begin_load_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_end_load_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_keep_installed_1_0);

/*
 * The subtransaction in which a COPY has switched session_replication_role.
 * Where the COPY fails, the setting goes back with the subtransaction.
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
 * Whether the client's command is a COPY into a table.  A trigger of another table
 * that is loaded may insert into ours: that is no COPY.
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

/* BEFORE INSERT, for each statement, on every table */
Datum
modelapi_acl_begin_load_1_0(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo) || !is_loading(((TriggerData *) fcinfo->context)->tg_relation))
		return PointerGetDatum(NULL);
	if (!identity_stands_aside())
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

/* AFTER INSERT, for each statement, on every table */
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
 * BEFORE INSERT OR UPDATE OR DELETE on installed_facts, for each row: what a
 * publisher has installed says nothing of what is installed here, and is not taken.
 */
Datum
modelapi_acl_keep_installed_1_0(PG_FUNCTION_ARGS)
{
	RowChange	change = row_change(fcinfo);

	return PointerGetDatum(IsLogicalWorker() ? NULL : change.new ? change.new : change.old);
}
