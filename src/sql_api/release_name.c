/*-------------------------------------------------------------------------
 *
 * release_name.c
 *	  Releases a reserved name, for administrators.
 *
 * triggers/reserved_names.c reserves the names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/snapmgr.h"

#include "../access/errors.h"
#include "../audit/audit.h"
#include "../catalog/internal_statements.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../identity/current_role.h"
#include "../terms.h"
#include "../values/validate.h"

PG_FUNCTION_INFO_V1(modelapi_acl_release_1_0);

static InternalStatement free_name = {.function = "free_name"};

/* modelapi_acl_internal.release(name text) → void: a reserved name may be taken again */
Datum
modelapi_acl_release_1_0(PG_FUNCTION_ARGS)
{
	char	   *name;
	Datum		value;

	validate_argument_not_null(fcinfo, 0);
	if (!current_role_may_administer())
		errors_raise_not_administrator(false);
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	name = asc_tolower(name, strlen(name));
	value = CStringGetTextDatum(name);
	if (internal_statements_run(&free_name, &value, NULL, NULL, NULL) == 0)
	{
		if (table_read_principal_by_name(name, GetActiveSnapshot(), NULL))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("name \"%s\" is in use", name),
					 errhint("Rename or delete its holder first.")));
		ereport(ERROR,
				(errcode(ERRCODE_MODELAPI_NOT_FOUND),
				 errmsg("name not found"),
				 errdetail("No user or organization has it or had it.")));
	}
	audit_record_name("name.released", name);
	PG_RETURN_VOID();
}
