/*-------------------------------------------------------------------------
 *
 * search.c
 *	  Full-text search over what the one asking may view.
 *
 * The operators of text search are not leakproof: below row-level security no
 * index serves them.  So the search reads past the policies, as the owner of
 * the extension, and asks for the permission in the same query; it gives ids
 * alone, best match first, and the caller's own policies show the rows.
 *
 * The query is planned each time, for the words that it holds: a rare word is
 * looked up in the index of words, for a common one it can be better to start
 * from what the user may reach.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "nodes/value.h"
#include "tsearch/ts_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

#include "modelapi_acl.h"

PG_FUNCTION_INFO_V1(modelapi_acl_search_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_index_document_1_0);

static const char *const search_query =
"SELECT d.model_api_id, pg_catalog.row_number() OVER (ORDER BY pg_catalog.ts_rank(d.document, $1) DESC,"
"  m.created_at DESC, m.id)"
" FROM modelapi_acl_internal.search_documents AS d"
"  JOIN modelapi_acl.model_apis AS m ON m.id OPERATOR(pg_catalog.=) d.model_api_id"
" WHERE d.document OPERATOR(pg_catalog.@@) $1"
"  AND modelapi_acl_internal.model_api_permits(m.id, m.project_id, m.visibility, m.authorization_mode,"
"   'view', (SELECT modelapi_acl_internal.current_identity()))";

/* Runs the query and keeps its rows. */
static void
search(ReturnSetInfo *result, Datum query)
{
	Oid			type = TSQUERYOID;

	SPI_connect();
	if (SPI_execute_with_args(search_query, 1, &type, &query, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not search");
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[i]);
	SPI_finish();
}

/* search(query text) → SETOF (model_api_id uuid, place bigint) */
Datum
modelapi_acl_search_1_0(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Uncounted  *volatile uncounted = NULL;
	Oid			configuration = get_ts_config_oid(list_make2(makeString("pg_catalog"),
															 makeString("english")), false);
	Datum		query = DirectFunctionCall2(websearch_to_tsquery_byid,
											ObjectIdGetDatum(configuration),
											PG_GETARG_DATUM(0));

	InitMaterializedSRF(fcinfo, 0);
	if (DatumGetTSQuery(query)->size == 0)
		PG_RETURN_NULL();
	/* how many documents have the words, hidden ones too */
	if (!identity_has_admin_role())
		uncounted = uncounted_begin();
	PG_TRY();
	{
		search(result, query);
	}
	PG_FINALLY();
	{
		if (uncounted)
			uncounted_end(uncounted);
	}
	PG_END_TRY();
	PG_RETURN_NULL();
}

/* AFTER INSERT OR UPDATE of a model API: keeps what it is found by. */
Datum
modelapi_acl_index_document_1_0(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan = NULL;
	RowChange	change = row_change(fcinfo);
	Datum		arguments[3];
	char		nulls[4] = "   ";
	bool		isnull;

	if (identity_stands_aside() ||
		!(row_changes(&change, "name") || row_changes(&change, "description")))
		return PointerGetDatum(NULL);
	arguments[0] = row_value(&change, change.new, "id", &isnull);
	arguments[1] = row_value(&change, change.new, "name", &isnull);
	arguments[2] = row_value(&change, change.new, "description", &isnull);
	if (isnull)
		nulls[2] = 'n';
	SPI_connect();
	if (!plan)
	{
		Oid			types[3] = {UUIDOID, TEXTOID, TEXTOID};
		SPIPlanPtr	prepared = SPI_prepare(
			"INSERT INTO modelapi_acl_internal.search_documents AS d (model_api_id, document)"
			" VALUES ($1, modelapi_acl_internal.search_document($2, $3))"
			" ON CONFLICT ON CONSTRAINT search_documents_pkey DO UPDATE SET document = EXCLUDED.document",
			3, types);

		if (!prepared || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare the indexing of a document");
		plan = prepared;
	}
	if (SPI_execute_plan(plan, arguments, nulls, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not index a document");
	SPI_finish();
	return PointerGetDatum(NULL);
}
