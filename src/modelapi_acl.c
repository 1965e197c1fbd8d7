/*-------------------------------------------------------------------------
 *
 * modelapi_acl.c
 *	  Module magic and initialization.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "modelapi_acl.h"
#include "saved_query.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	catalog_initialize();
	saved_query_initialize();
	indexes_initialize();
	identity_initialize();
	ids_initialize();
	state_initialize();
	judge_initialize();
	names_initialize();
	change_initialize();
	audit_initialize();
	uncounted_initialize();
	support_initialize();
	policy_first_initialize();
	estimates_initialize();
}
