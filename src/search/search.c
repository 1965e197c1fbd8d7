/*-------------------------------------------------------------------------
 *
 * search.c
 *	  Full text search over the model APIs that the current user may view.
 *
 * The operators of text search are not leakproof, so that under row-level security they
 * never use an index.  The search therefore bypasses the policies, with internal statements
 * (internal_statements.c), and asks for the permission itself.  It returns ids only, best match
 * first; the rows come from a query that is subject to the policies.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "funcapi.h"
#include "utils/tuplestore.h"

#include "../catalog/internal_statements.h"
#include "../catalog/uncounted_reads.h"
#include "../compat.h"
#include "../identity/current_role.h"
#include "search_matches.h"
#include "search_query.h"
#include "../triggers/row_change.h"
#include "../values/uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_search_places_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_search_places_1_1);
PG_FUNCTION_INFO_V1(modelapi_acl_index_document_1_0);

/* Fewer matching documents are checked one by one */
#define FEW_DOCUMENTS 5000

/* Where the results go */
typedef struct Found
{
	ReturnSetInfo *result;
	int64		places;
	pg_uuid_t  *first;			/* the result that was found by its id, or NULL */
} Found;

static void
keep_id(const pg_uuid_t *id, void *arg)
{
	Found	   *found = arg;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (found->first && found->places > 0 && uuids_equal(id, found->first))
		return;
	values[0] = UUIDPGetDatum(id);
	values[1] = Int64GetDatum(++found->places);
	tuplestore_putvalues(found->result->setResult, found->result->setDesc, values, nulls);
}

static void
keep_row(TupleTableSlot *slot, void *arg)
{
	slot_getallattrs(slot);
	keep_id(DatumGetUUIDP(slot->tts_values[0]), arg);
}

static void
search_by_id(SearchQuery *query, Found *found)
{
	static InternalStatement matching_id = {.function = "matching_id"};
	Datum		id = UUIDPGetDatum(&query->id);

	if (!query->is_id)
		return;
	(void) internal_statements_run(&matching_id, &id, NULL, keep_row, found);
	found->first = &query->id;
}

/* By SQL alone, whose sorts use temporary files where they have to */
static void
search_by_statement(SearchQuery *query, Found *found)
{
	static InternalStatement matching_documents = {.function = "matching_documents",
	.for_values = true};
	static InternalStatement matching_few_documents = {.function = "matching_few_documents"};
	static InternalStatement first_documents = {.function = "first_documents"};
	Datum		values[3] = {query->words, query->words_in_name, PointerGetDatum(query->keys)};
	bool		nulls[3] = {false, query->words_in_name == (Datum) 0, false};
	Datum		most[2] = {query->words, Int64GetDatum(FEW_DOCUMENTS)};
	uint64		documents = internal_statements_run(&first_documents, most, NULL, NULL, NULL);

	(void) internal_statements_run(documents < FEW_DOCUMENTS ?
								   &matching_few_documents : &matching_documents,
								   values, nulls, keep_row, found);
}

static Datum
search_places(FunctionCallInfo fcinfo, bool in_memory)
{
	Found		found = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	UncountedReads *volatile uncounted = NULL;
	ResourceOwner outer = CurrentResourceOwner;
	SearchQuery *query = search_query_parse(PG_GETARG_TEXT_PP(0));

	InitMaterializedSRF(fcinfo, 0);
	/* counters and locks would tell whether hidden documents match, and how many */
	if (!current_role_is_administrator())
		uncounted = uncounted_reads_begin();
	PG_TRY();
	{
		if (uncounted)
			uncounted_reads_collect_locks();
		search_by_id(query, &found);
		if (query->words && !(in_memory && search_matches_find(query, keep_id, &found)))
			search_by_statement(query, &found);
		if (uncounted)
			uncounted_reads_release_locks(outer);
	}
	PG_FINALLY();
	{
		CurrentResourceOwner = outer;
		if (uncounted)
			uncounted_reads_end(uncounted);
	}
	PG_END_TRY();
	PG_RETURN_NULL();
}

/* search_places(query text) → TABLE (model_api_id uuid, place bigint) */
Datum
modelapi_acl_search_places_1_1(PG_FUNCTION_ARGS)
{
	return search_places(fcinfo, true);
}

/* The same for the SQL of 1.0, which lacks the statements of search_matches.c */
Datum
modelapi_acl_search_places_1_0(PG_FUNCTION_ARGS)
{
	return search_places(fcinfo, false);
}

/* The trigger AFTER INSERT OR UPDATE of a model API: stores its document. */
Datum
modelapi_acl_index_document_1_0(PG_FUNCTION_ARGS)
{
	static InternalStatement keep_document = {.function = "keep_document"};
	RowChange	change = row_change_from_trigger(fcinfo);
	Datum		arguments[3];
	bool		nulls[3] = {false, false, false};

	if (current_role_bypasses_guards() ||
		!(row_change_modifies(&change, "name") || row_change_modifies(&change, "description")))
		return PointerGetDatum(NULL);
	arguments[0] = row_change_value(&change, change.new, "id", &nulls[0]);
	arguments[1] = row_change_value(&change, change.new, "name", &nulls[1]);
	arguments[2] = row_change_value(&change, change.new, "description", &nulls[2]);
	(void) internal_statements_run(&keep_document, arguments, nulls, NULL, NULL);
	return PointerGetDatum(NULL);
}
