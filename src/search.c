/*-------------------------------------------------------------------------
 *
 * search.c
 *	  Full-text search over what the one asking may view.
 *
 * The operators of text search are not leakproof: below row-level security no
 * index serves them.  So the search reads past the policies, by a statement of
 * the extension's own (saved_query.c), which asks for the permission itself; it
 * gives ids alone, best match first, and the caller's own policies show the rows.
 *
 * The query is planned each time, for the words that it holds: a rare word is
 * looked up in the index of words, for a common one it can be better to start
 * from what the user may reach.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "tsearch/ts_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

#include "modelapi_acl.h"
#include "saved_query.h"

#define QUERY_LENGTH_MAX 1000	/* characters */
#define QUERY_WORDS_MAX 50
#define QUERY_MINUSES_MAX 16

PG_FUNCTION_INFO_V1(modelapi_acl_search_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_index_document_1_0);

/*
 * What is asked for costs time for each word and each document; the parser needs some of
 * the stack for each word, too.
 */
static void
raise_too_long(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("search query is too long"),
			 errdetail("%s", detail),
			 errhint("Search for fewer words.")));
}

static void
check_length(text *query)
{
	const char *p = VARDATA_ANY(query);
	int			minuses = 0;

	if (pg_mbstrlen_with_len(VARDATA_ANY(query), VARSIZE_ANY_EXHDR(query)) > QUERY_LENGTH_MAX)
		raise_too_long(psprintf("It may have at most %d characters.", QUERY_LENGTH_MAX));
	/* the server's parser keeps each in a stack of its own until a word comes */
	for (int i = 0; i < VARSIZE_ANY_EXHDR(query); i++)
	{
		if (p[i] == '-' && ++minuses > QUERY_MINUSES_MAX)
			raise_too_long(psprintf("It may have at most %d minus signs before a word.",
									QUERY_MINUSES_MAX));
		if (p[i] != '-' && p[i] != ' ')
			minuses = 0;
	}
}

static void
check_words(TSQuery query)
{
	QueryItem  *item = GETQUERY(query);
	int			words = 0;

	for (int i = 0; i < query->size; i++)
		words += item[i].type == QI_VAL;
	if (words > QUERY_WORDS_MAX)
		raise_too_long(psprintf("It may have at most %d words.", QUERY_WORDS_MAX));
}

static void
keep_row(TupleTableSlot *slot, void *arg)
{
	tuplestore_puttupleslot((Tuplestorestate *) arg, slot);
}

/* search(query text) → SETOF (model_api_id uuid, place bigint) */
Datum
modelapi_acl_search_1_0(PG_FUNCTION_ARGS)
{
	static SavedQuery matching_documents = {.function = "matching_documents", .for_values = true};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Uncounted  *volatile uncounted = NULL;
	Oid			configuration = get_ts_config_oid(list_make2(makeString("pg_catalog"),
															 makeString("english")), false);
	Datum		query;

	check_length(PG_GETARG_TEXT_PP(0));
	query = DirectFunctionCall2(websearch_to_tsquery_byid, ObjectIdGetDatum(configuration),
								PG_GETARG_DATUM(0));
	check_words(DatumGetTSQuery(query));
	InitMaterializedSRF(fcinfo, 0);
	if (DatumGetTSQuery(query)->size == 0)
		PG_RETURN_NULL();
	/* how many documents have the words, hidden ones too */
	if (!identity_has_admin_role())
		uncounted = uncounted_begin();
	PG_TRY();
	{
		(void) saved_query_run(&matching_documents, &query, NULL, keep_row, result->setResult);
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
	static SavedQuery keep_document = {.function = "keep_document"};
	RowChange	change = row_change(fcinfo);
	Datum		arguments[3];
	bool		nulls[3] = {false, false, false};

	if (identity_stands_aside() ||
		!(row_changes(&change, "name") || row_changes(&change, "description")))
		return PointerGetDatum(NULL);
	arguments[0] = row_value(&change, change.new, "id", &nulls[0]);
	arguments[1] = row_value(&change, change.new, "name", &nulls[1]);
	arguments[2] = row_value(&change, change.new, "description", &nulls[2]);
	(void) saved_query_run(&keep_document, arguments, nulls, NULL, NULL);
	return PointerGetDatum(NULL);
}
