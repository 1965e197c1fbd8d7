/*-------------------------------------------------------------------------
 *
 * search.c
 *	  Search over what the current user may view.
 *
 * The operators of text search are not leakproof: below row-level security no
 * index serves them.  So the search reads past the policies, by a statement of
 * the extension's own (saved_query.c), which asks for the permission itself; it
 * gives ids alone, best match first, and the caller's own policies show the rows.
 *
 * How many documents have the words decides the way: where there are few, each one's
 * model API is looked up by its id; else the statement is planned for the words and
 * for what the user may reach.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "funcapi.h"
#include "utils/tuplestore.h"

#include "modelapi_acl.h"
#include "saved_query.h"
#include "search_query.h"

PG_FUNCTION_INFO_V1(modelapi_acl_search_places_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_index_document_1_0);

/* Fewer are looked up one by one */
#define FEW_DOCUMENTS 5000

/* What is found, in its order */
typedef struct Found
{
	ReturnSetInfo *result;
	int64		places;
	pg_uuid_t  *first;			/* found already, or NULL */
} Found;

static void
keep_id(TupleTableSlot *slot, void *arg)
{
	Found	   *found = arg;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	slot_getallattrs(slot);
	values[0] = slot->tts_values[0];
	if (found->first && found->places > 0 &&
		memcmp(DatumGetUUIDP(values[0]), found->first, sizeof(pg_uuid_t)) == 0)
		return;
	values[1] = Int64GetDatum(++found->places);
	tuplestore_putvalues(found->result->setResult, found->result->setDesc, values, nulls);
}

static void
run_search(SearchQuery *query, Found *found)
{
	static SavedQuery matching_documents = {.function = "matching_documents", .for_values = true};
	static SavedQuery matching_few_documents = {.function = "matching_few_documents"};
	static SavedQuery first_documents = {.function = "first_documents"};
	static SavedQuery matching_id = {.function = "matching_id"};

	if (query->is_id)
	{
		Datum		id = UUIDPGetDatum(&query->id);

		(void) saved_query_run(&matching_id, &id, NULL, keep_id, found);
		found->first = &query->id;
	}
	if (query->words)
	{
		Datum		values[3] = {query->words, query->words_in_name, PointerGetDatum(query->keys)};
		bool		nulls[3] = {false, query->words_in_name == (Datum) 0, false};

		Datum		most[2] = {query->words, Int64GetDatum(FEW_DOCUMENTS)};
		bool		are_few = saved_query_run(&first_documents, most, NULL, NULL, NULL) < FEW_DOCUMENTS;

		(void) saved_query_run(are_few ? &matching_few_documents : &matching_documents,
							   values, nulls, keep_id, found);
	}
}

/* search_places(query text) → TABLE (model_api_id uuid, place bigint) */
Datum
modelapi_acl_search_places_1_0(PG_FUNCTION_ARGS)
{
	Found		found = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	Uncounted  *volatile uncounted = NULL;
	SearchQuery *query = search_parse(PG_GETARG_TEXT_PP(0));

	InitMaterializedSRF(fcinfo, 0);
	/* how many documents have the words, hidden ones too */
	if (!identity_has_admin_role())
		uncounted = uncounted_begin();
	PG_TRY();
	{
		run_search(query, &found);
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
