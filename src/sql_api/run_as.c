/*-------------------------------------------------------------------------
 *
 * run_as.c
 *	  Runs queries as another user, for verify_access.
 *
 * verify_access compares what the grants say with what users get.  To find out, it has the
 * queries below run in the name of a user, with the role modelapi_acl_user and subject to the
 * policies.  Only these queries can be run: no argument is SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "../access/errors.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "../identity/identity.h"
#include "../values/validate.h"

PG_FUNCTION_INFO_V1(modelapi_acl_ask_as_1_0);

#define USER_ROLE "modelapi_acl_user"

/* The number of rows fetched at a time */
#define ROWS_AT_A_TIME 1000

#define NO_PERMISSION "NULL::modelapi_acl.permission"
#define NO_LEVEL "NULL::modelapi_acl.access_level"

/*
 * Whether the user sees any dependent row of a model API.  LIMIT makes that one look-up for
 * each model API, however many rows the user may see elsewhere.
 */
#define QUESTION_ABOUT(table, condition) \
	"SELECT m.id, " NO_PERMISSION ", " NO_LEVEL " FROM pg_catalog.unnest($1) AS m (id)" \
	" WHERE (SELECT true FROM modelapi_acl." table " AS t" \
	" WHERE t.model_api_id OPERATOR(pg_catalog.=) m.id" condition " LIMIT 1)"

/*
 * The queries.  $1 is an array of ids of model APIs, $2 a permission.  Each returns ids, and a
 * permission or an access level if it is about these.
 */
static struct
{
	const char *name;
	const char *sql;
	SPIPlanPtr	plan;			/* kept for the session, while "type" is that of permissions */
	Oid			type;
}			questions[] =
{
	{"has_permission",
		"SELECT m.id, p.permission, " NO_LEVEL " FROM pg_catalog.unnest($1) AS m (id)"
		" CROSS JOIN pg_catalog.unnest(pg_catalog.enum_range(" NO_PERMISSION ")) AS p (permission)"
	" WHERE modelapi_acl.has_permission(m.id, p.permission)"},
	{"my_permissions",
		"SELECT m.id, p.permission, " NO_LEVEL " FROM pg_catalog.unnest($1) AS m (id)"
	" CROSS JOIN LATERAL pg_catalog.unnest(modelapi_acl.my_permissions(m.id)) AS p (permission)"},
	{"effective_access_level",
		"SELECT m.id, " NO_PERMISSION ", modelapi_acl.effective_access_level(m.id)"
	" FROM pg_catalog.unnest($1) AS m (id)"},
	{"list_model_apis",
		"SELECT m.id, $2, " NO_LEVEL " FROM modelapi_acl.list_model_apis($2) AS m"
	" WHERE m.id OPERATOR(pg_catalog.=) ANY ($1)"},
	{"all of list_model_apis",
	"SELECT m.id, $2, " NO_LEVEL " FROM modelapi_acl.list_model_apis($2) AS m"},
	{"model_apis",
		"SELECT m.id, " NO_PERMISSION ", " NO_LEVEL " FROM modelapi_acl.model_apis AS m"
	" WHERE m.id OPERATOR(pg_catalog.=) ANY ($1)"},
	{"all of model_apis",
	"SELECT m.id, " NO_PERMISSION ", " NO_LEVEL " FROM modelapi_acl.model_apis AS m"},
	{"newest of model_apis",
		"SELECT m.id, " NO_PERMISSION ", " NO_LEVEL " FROM modelapi_acl.model_apis AS m"
	" ORDER BY m.created_at DESC, m.id DESC LIMIT 50"},
	{"model_api_versions", QUESTION_ABOUT("model_api_versions", "")},
	{"model_api_settings", QUESTION_ABOUT("model_api_settings", "")},
	{"model_api_logs", QUESTION_ABOUT("model_api_logs", "")},
	{"access_tokens", QUESTION_ABOUT("access_tokens", "")},
	{"audit_events", QUESTION_ABOUT("audit_events", "")},
	/* users always see their own grants and those of their organizations */
	{"model_api_collaborators", QUESTION_ABOUT("model_api_collaborators",
											   " AND t.user_id OPERATOR(pg_catalog.<>) modelapi_acl.current_user_id()")}
};

typedef struct Asking
{
	int			question;
	Datum		arguments[2];
	char		nulls[3];
	ReturnSetInfo *result;
} Asking;

/* The prepared query; prepared again if the extension was recreated. */
static SPIPlanPtr
plan_of_question(int question)
{
	Oid			types[2] = {UUIDARRAYOID, object_ids_enum_type(ENUM_PERMISSION)};

	if (!questions[question].plan || questions[question].type != types[1])
	{
		SPIPlanPtr	plan = SPI_prepare(questions[question].sql, 2, types);

		if (!plan || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare \"%s\"", questions[question].sql);
		if (questions[question].plan)
			SPI_freeplan(questions[question].plan);
		questions[question].plan = plan;
		questions[question].type = types[1];
	}
	return questions[question].plan;
}

/* Runs the query with the active snapshot and stores the rows. */
static void
ask(void *arg)
{
	Asking	   *asking = (Asking *) arg;
	Portal		portal;

	SPI_connect();
	portal = SPI_cursor_open(NULL, plan_of_question(asking->question),
							 asking->arguments, asking->nulls, true);
	do
	{
		SPI_cursor_fetch(portal, true, ROWS_AT_A_TIME);
		for (uint64 i = 0; i < SPI_processed; i++)
			tuplestore_puttuple(asking->result->setResult, SPI_tuptable->vals[i]);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	SPI_finish();
}

static void
require_administrator(void)
{
	Identity	identity = identity_current(GetActiveSnapshot());

	if (identity.kind != IDENTITY_ADMINISTRATOR)
		errors_raise_not_administrator(true);
}

/*
 * ask_as(user_id uuid, question text, model_apis uuid[], permission permission)
 * → SETOF (model_api_id uuid, permission permission, access_level access_level)
 */
Datum
modelapi_acl_ask_as_1_0(PG_FUNCTION_ARGS)
{
	Asking		asking = {0};
	char	   *name;
	Oid			user;
	int			security_context;
	int			nest_level;

	InitMaterializedSRF(fcinfo, 0);
	require_administrator();
	validate_argument_not_null(fcinfo, 0);
	validate_argument_not_null(fcinfo, 1);
	name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	while (asking.question < lengthof(questions) &&
		   strcmp(questions[asking.question].name, name) != 0)
		asking.question++;
	if (asking.question == lengthof(questions))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no such question: \"%s\"", name)));
	asking.result = (ReturnSetInfo *) fcinfo->resultinfo;
	for (int i = 0; i < 2; i++)
	{
		asking.arguments[i] = PG_GETARG_DATUM(i + 2);
		asking.nulls[i] = PG_ARGISNULL(i + 2) ? 'n' : ' ';
	}

	/* after an error, the end of the transaction restores all of this */
	nest_level = NewGUCNestLevel();
	(void) set_config_option("row_security", "on", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	GetUserIdAndSecContext(&user, &security_context);
	SetUserIdAndSecContext(get_role_oid(USER_ROLE, false),
						   security_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	identity_call_as(PG_GETARG_UUID_P(0), ask, &asking);
	SetUserIdAndSecContext(user, security_context);
	AtEOXact_GUC(false, nest_level);
	PG_RETURN_NULL();
}
