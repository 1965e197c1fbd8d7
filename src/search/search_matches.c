/*-------------------------------------------------------------------------
 *
 * search_matches.c
 *	  Finds the model APIs that match a search query.
 *
 * A match is a document with the words that belongs to a model API which the user may view.
 * Either may be rare or common, so the search tries the cheap ways first:
 *
 *	- the documents with the words that are likely to be rare, if there are few,
 *	- the documents with all words, if there are few,
 *	- if the user may view few model APIs: the documents with all words, if there are not many
 *	  more, else the documents of those model APIs,
 *	- all documents with all words, less those that no grant and no public model API leads to.
 *
 * All ways give the same matches.  They differ in the candidates only: in the end
 * decision_permits() decides on each candidate's row, and the permitted ones are ranked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "search_matches.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../catalog/internal_statements.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "search_rank.h"
#include "../values/arrays.h"
#include "../values/uuids.h"

/* As many documents are few: their model APIs are looked up whatever the user may view. */
#define FEW_DOCUMENTS 1000
#define FEW_NARROWED_DOCUMENTS 500
/* So many model APIs are few, or this part of all of them if that is more. */
#define FEW_MODEL_APIS 4000
#define FEW_MODEL_APIS_PART 50
/* Finding a document by its words costs a fraction of looking one up by its id. */
#define DOCUMENTS_PER_LOOKUP 2
/* Reading an id that the user may view costs a fraction of looking a candidate up, ... */
#define IDS_PER_LOOKUP 4
/* ... and so does reading a row of the whole table. */
#define ROWS_PER_LOOKUP 16
/* The most candidates, and ids that the user may view, that are held in memory */
#define CANDIDATES_MAX 500000
/* As many are looked up by one statement. */
#define BATCH 20000

/* A candidate: the document of a model API, and its place */
typedef struct Candidate
{
	pg_uuid_t	id;				/* of the model API */
	ItemPointerData place;
	char		status;			/* for simplehash */
} Candidate;

#define SH_PREFIX candidates
#define SH_ELEMENT_TYPE Candidate
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY id
#define SH_HASH_KEY(tb, key) uuids_hash(&(key))
#define SH_EQUAL(tb, a, b) (uuids_equal(&(a), &(b)))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* A candidate that the user may view */
typedef struct Match
{
	pg_uuid_t	id;
	TimestampTz created_at;
	int			rank;
	ItemPointerData place;
} Match;

typedef struct Search
{
	const SearchQuery *query;
	AccessContext *context;
	MemoryContext row_memory;	/* for one row */
	double		model_apis;		/* all that there are, roughly */
	double		projects;		/* likewise */

	Candidate  *candidates;
	int			ncandidates;
	int			candidates_room;
	int			documents;		/* all that were found, also those that are no candidates */
	bool		is_full;		/* there are more than CANDIDATES_MAX */
	candidates_hash *by_id;		/* the same */

	/* what the user may view: public or in the user's projects; with a grant of its own */
	candidates_hash *viewable;	/* without places */
	pg_uuid_t  *granted;		/* sorted */
	int			ngranted;

	Match	   *matches;
	int			nmatches;
	int			matches_room;
} Search;

/* An array of "count" uuids or tids that are "stride" bytes apart. */
static Datum
make_array(Oid type, const void *first, Size stride, int count)
{
	bool		is_uuid = type == UUIDOID;
	Datum	   *values = palloc(Max(count, 1) * sizeof(Datum));
	ArrayType  *array;

	for (int i = 0; i < count; i++)
		values[i] = PointerGetDatum((const char *) first + i * stride);
	array = construct_array(values, count, type, is_uuid ? UUID_LEN : sizeof(ItemPointerData), false,
							is_uuid ? TYPALIGN_CHAR : TYPALIGN_SHORT);
	pfree(values);
	return PointerGetDatum(array);
}

/* ----------
 * Documents
 * ----------
 */

/* Keeps a row (place, model_api_id [, is_match]) of a document. */
static void
keep_candidate(TupleTableSlot *slot, void *arg)
{
	Search	   *search = arg;
	Candidate  *candidate;

	slot_getallattrs(slot);
	search->documents++;
	if (slot->tts_tupleDescriptor->natts > 2 && !DatumGetBool(slot->tts_values[2]))
		return;
	if (search->ncandidates == CANDIDATES_MAX)
	{
		search->is_full = true;
		return;
	}
	search->candidates = arrays_make_room(search->candidates, search->ncandidates,
										  &search->candidates_room, sizeof(Candidate));
	candidate = &search->candidates[search->ncandidates++];
	candidate->place = *(ItemPointer) DatumGetPointer(slot->tts_values[0]);
	candidate->id = *DatumGetUUIDP(slot->tts_values[1]);
}

/* Runs a statement that finds documents.  They replace the candidates of before. */
static void
find_documents(Search *search, InternalStatement *statement, const Datum *values)
{
	search->ncandidates = 0;
	search->documents = 0;
	(void) internal_statements_run(statement, values, NULL, keep_candidate, search);
}

/* The documents with all words among those that satisfy query->narrowing, if these are few. */
static bool
find_narrowed(Search *search)
{
	static InternalStatement narrowed_documents = {.function = "narrowed_documents"};
	Datum		values[3] = {search->query->narrowing, search->query->words,
	Int64GetDatum(FEW_NARROWED_DOCUMENTS)};

	find_documents(search, &narrowed_documents, values);
	return search->documents < FEW_NARROWED_DOCUMENTS;
}

/* The documents with all words, if these are fewer. */
static bool
find_fewer(Search *search, int most)
{
	static InternalStatement few_documents = {.function = "few_documents"};
	Datum		values[2] = {search->query->words, Int64GetDatum(most)};

	find_documents(search, &few_documents, values);
	return search->documents < most;
}

static void
find_all(Search *search)
{
	static InternalStatement all_documents = {.function = "all_documents"};

	find_documents(search, &all_documents, &search->query->words);
}

/* ----------
 * What the user may view
 * ----------
 */

static void
keep_viewable(TupleTableSlot *slot, void *arg)
{
	Search	   *search = arg;
	bool		found;

	slot_getallattrs(slot);
	(void) candidates_insert(search->viewable, *DatumGetUUIDP(slot->tts_values[0]), &found);
}

/* Whether some projects are likely to have more model APIs than that. */
static bool
probably_have_more(Search *search, int nprojects, int cap)
{
	return search->projects > 0 && nprojects * (search->model_apis / search->projects) > 2.0 * cap;
}

/*
 * Reads the ids of all model APIs that the user may view.  Returns false if that are more
 * than cap.
 */
static bool
read_viewable(Search *search, int cap)
{
	static InternalStatement viewable_by_project = {.function = "viewable_by_project"};
	pg_uuid_t  *projects;
	int			nprojects;
	Datum		values[2];

	if (!decision_reachable_objects(search->context, GRANT_ON_PROJECT, PERMISSION_VIEW, false, cap,
									&projects, &nprojects) ||
		!decision_reachable_objects(search->context, GRANT_ON_MODEL_API, PERMISSION_VIEW, false, cap,
									&search->granted, &search->ngranted))
		return false;
	if (probably_have_more(search, nprojects, cap))
		return false;
	if (search->viewable)
		candidates_destroy(search->viewable);
	search->viewable = candidates_create(CurrentMemoryContext, 256, NULL);
	values[0] = make_array(UUIDOID, projects, sizeof(pg_uuid_t), nprojects);
	values[1] = Int64GetDatum((int64) cap + 1);
	return internal_statements_run(&viewable_by_project, values, NULL, keep_viewable, search) <= cap;
}

/* Whether the user may view few model APIs.  If so, their ids have been read. */
static bool
read_few_viewable(Search *search)
{
	double		few = Max(search->model_apis / FEW_MODEL_APIS_PART, FEW_MODEL_APIS);

	return read_viewable(search, (int) Min(few, CANDIDATES_MAX));
}

/* The documents of the model APIs that the user may view, if they have all words. */
static void
find_viewable(Search *search)
{
	static InternalStatement documents_among = {.function = "documents_among"};
	int			room = (int) search->viewable->members + search->ngranted;
	pg_uuid_t  *ids = palloc(Max(room, 1) * sizeof(pg_uuid_t));
	int			count = 0;
	candidates_iterator iterator;
	Candidate  *entry;
	Datum		values[2];

	candidates_start_iterate(search->viewable, &iterator);
	while ((entry = candidates_iterate(search->viewable, &iterator)) != NULL)
		ids[count++] = entry->id;
	for (int i = 0; i < search->ngranted; i++)
		if (!candidates_lookup(search->viewable, search->granted[i]))
			ids[count++] = search->granted[i];
	values[0] = make_array(UUIDOID, ids, sizeof(pg_uuid_t), count);
	values[1] = search->query->words;
	find_documents(search, &documents_among, values);
}

/* Drops the candidates that the user may not view. */
static void
drop_hidden(Search *search)
{
	int			kept = 0;

	for (int i = 0; i < search->ncandidates; i++)
	{
		const pg_uuid_t *id = &search->candidates[i].id;

		if (candidates_lookup(search->viewable, *id) ||
			(search->ngranted > 0 &&
			 bsearch(id, search->granted, search->ngranted, sizeof(pg_uuid_t), uuids_compare)))
			search->candidates[kept++] = search->candidates[i];
	}
	search->ncandidates = kept;
}

/* ----------
 * Candidates and matches
 * ----------
 */

static void
find_candidates(Search *search)
{
	/* then the number of documents costs more to find out than that of model APIs */
	bool		has_short = search->query->is_broad || search->query->narrowing;

	if (context_is_administrator(search->context))
	{
		find_all(search);
		return;
	}
	if (search->query->narrowing && find_narrowed(search))
		return;
	if (!has_short && find_fewer(search, FEW_DOCUMENTS))
		return;
	if (read_few_viewable(search))
	{
		int			viewable = (int) search->viewable->members + search->ngranted;

		if (search->query->narrowing && viewable > FEW_DOCUMENTS &&
			find_fewer(search, DOCUMENTS_PER_LOOKUP * viewable))
			drop_hidden(search);
		else
			find_viewable(search);
		return;
	}
	/* where has_short, counting the documents would take most of the time of finding them */
	find_all(search);
	if (!search->is_full && search->ncandidates >= FEW_DOCUMENTS &&
		read_viewable(search, Min(search->ncandidates * IDS_PER_LOOKUP, CANDIDATES_MAX)))
		drop_hidden(search);
	if (search->viewable)
		candidates_destroy(search->viewable);
	search->viewable = NULL;
}

/*
 * Keeps a row (id, project_id, visibility, authorization_mode, created_at, name) of a candidate
 * as a match, if the user may view it.
 */
static void
keep_match(TupleTableSlot *slot, void *arg)
{
	Search	   *search = arg;
	Datum	   *values = slot->tts_values;
	ModelApiFacts facts = {0};
	Candidate  *candidate;
	MemoryContext old;

	slot_getallattrs(slot);
	facts.id = *DatumGetUUIDP(values[0]);
	candidate = candidates_lookup(search->by_id, facts.id);
	if (!candidate)
		return;
	facts.project_id = *DatumGetUUIDP(values[1]);
	facts.visibility = (Visibility) object_ids_enum_ordinal(ENUM_VISIBILITY, DatumGetObjectId(values[2]));
	facts.authorization_mode = (AuthorizationMode)
		object_ids_enum_ordinal(ENUM_AUTHORIZATION_MODE, DatumGetObjectId(values[3]));
	old = MemoryContextSwitchTo(search->row_memory);
	if (decision_permits(search->context, &facts, PERMISSION_VIEW))
	{
		Match	   *match;

		search->matches = arrays_make_room(search->matches, search->nmatches, &search->matches_room, sizeof(Match));
		match = &search->matches[search->nmatches++];
		match->id = facts.id;
		match->created_at = DatumGetTimestampTz(values[4]);
		match->rank = search_rank_by_name(DatumGetTextPP(values[5]), search->query);
		match->place = candidate->place;
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(search->row_memory);
}

/* Keeps the candidates that the user may view as matches. */
static void
find_matches(Search *search)
{
	static InternalStatement rows_by_id = {.function = "rows_by_id"};
	static InternalStatement all_rows = {.function = "all_rows"};
	bool		found;

	decision_expect(search->context, search->ncandidates);
	search->by_id = candidates_create(CurrentMemoryContext, search->ncandidates, NULL);
	for (int i = 0; i < search->ncandidates; i++)
		candidates_insert(search->by_id, search->candidates[i].id, &found)->place = search->candidates[i].place;
	if (search->ncandidates > search->model_apis / ROWS_PER_LOOKUP && search->ncandidates >= FEW_DOCUMENTS)
	{
		(void) internal_statements_run(&all_rows, NULL, NULL, keep_match, search);
		return;
	}
	for (int i = 0; i < search->ncandidates; i += BATCH)
	{
		Datum		ids = make_array(UUIDOID, &search->candidates[i].id, sizeof(Candidate),
									 Min(BATCH, search->ncandidates - i));

		(void) internal_statements_run(&rows_by_id, &ids, NULL, keep_match, search);
		pfree(DatumGetPointer(ids));
	}
}

/* ----------
 * Order
 * ----------
 */

static int
compare_places(const void *a, const void *b)
{
	return ItemPointerCompare(&((Match *) unconstify(void *, a))->place,
							  &((Match *) unconstify(void *, b))->place);
}

/* The best first; of equal ones the newer, then the one with the smaller id. */
static int
compare_matches(const void *a, const void *b)
{
	const Match *left = a;
	const Match *right = b;

	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	if (left->created_at != right->created_at)
		return left->created_at > right->created_at ? -1 : 1;
	return uuids_compare(&left->id, &right->id);
}

/* Takes a row (place, document) for the rank of a match. */
static void
rank_document(TupleTableSlot *slot, void *arg)
{
	Search	   *search = arg;
	Match		key;
	Match	   *match;
	MemoryContext old = MemoryContextSwitchTo(search->row_memory);

	slot_getallattrs(slot);
	key.place = *(ItemPointer) DatumGetPointer(slot->tts_values[0]);
	match = bsearch(&key, search->matches, search->nmatches, sizeof(Match), compare_places);
	if (match)
		match->rank = search_rank_by_document(match->rank, slot->tts_values[1], search->query);
	MemoryContextSwitchTo(old);
	MemoryContextReset(search->row_memory);
}

/* Completes the ranks, and sorts the matches. */
static void
sort_matches(Search *search)
{
	static InternalStatement documents_at = {.function = "documents_at"};
	ItemPointerData *places = palloc(BATCH * sizeof(ItemPointerData));
	int			nplaces = 0;

	qsort(search->matches, search->nmatches, sizeof(Match), compare_places);
	for (int i = 0; i < search->nmatches; i++)
	{
		if (!search_rank_is_final(search->matches[i].rank))
			places[nplaces++] = search->matches[i].place;
		if (nplaces == BATCH || (nplaces > 0 && i == search->nmatches - 1))
		{
			Datum		array = make_array(TIDOID, places, sizeof(ItemPointerData), nplaces);

			(void) internal_statements_run(&documents_at, &array, NULL, rank_document, search);
			pfree(DatumGetPointer(array));
			nplaces = 0;
		}
	}
	qsort(search->matches, search->nmatches, sizeof(Match), compare_matches);
}

/* The number of a table's rows when it was last analyzed */
static double
count_rows(TableId table)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(object_ids_table(table)));
	double		rows;

	if (!HeapTupleIsValid(tuple))
		return 0;
	rows = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
	ReleaseSysCache(tuple);
	return Max(rows, 0);
}

bool
search_matches_find(const SearchQuery *query, SearchConsumer consume, void *arg)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "modelapi_acl search",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	Search		search = {.query = query};

	search.context = context_of_current_user(NULL);
	search.row_memory = AllocSetContextCreate(memory, "modelapi_acl search row", ALLOCSET_SMALL_SIZES);
	search.model_apis = count_rows(TABLE_MODEL_APIS);
	search.projects = count_rows(TABLE_PROJECTS);
	/* the arrays stay in this context, wherever they grow */
	search.candidates = arrays_make_room(NULL, 0, &search.candidates_room, sizeof(Candidate));
	search.matches = arrays_make_room(NULL, 0, &search.matches_room, sizeof(Match));
	if (context_is_signed_in(search.context))
		find_candidates(&search);
	if (!search.is_full)
	{
		find_matches(&search);
		sort_matches(&search);
	}
	MemoryContextSwitchTo(old);
	for (int i = 0; i < search.nmatches; i++)
		consume(&search.matches[i].id, arg);
	MemoryContextDelete(memory);
	return !search.is_full;
}
