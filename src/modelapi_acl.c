/*-------------------------------------------------------------------------
 *
 * modelapi_acl.c
 *	  Module magic and _PG_init(), which calls each file's initialization.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "audit/audit.h"
#include "audit/change_log.h"
#include "catalog/indexes.h"
#include "catalog/internal_statements.h"
#include "catalog/object_ids.h"
#include "catalog/snapshot_clock.h"
#include "catalog/snapshot_key.h"
#include "catalog/uncounted_reads.h"
#include "compat.h"
#include "identity/identity.h"
#include "planner/estimates.h"
#include "planner/hook.h"
#include "planner/policy_first.h"
#include "sql_api/drain_decisions.h"
#include "triggers/creation_limits.h"
#include "triggers/new_ids.h"
#include "token/token_lifetime.h"
#include "triggers/write_check.h"
#include "usage/usage.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	object_ids_initialize();
	internal_statements_initialize();
	indexes_initialize();
	identity_initialize();
	new_ids_initialize();
	snapshot_clock_initialize();
	snapshot_key_initialize();
	write_check_initialize();
	creation_limits_initialize();
	token_lifetime_initialize();
	change_log_initialize();
	audit_initialize();
	uncounted_reads_initialize();
	hook_initialize();
	policy_first_initialize();
	estimates_initialize();
	usage_initialize();
	drain_decisions_initialize();
}
