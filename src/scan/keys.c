/*-------------------------------------------------------------------------
 *
 * keys.c
 *	  The keys by which dependent_scan.c finds rows: the model APIs and projects that a
 *	  user reaches, the user's organizations, the user.
 *
 * Each arm of the plan has its own source of keys.  The model APIs come from a Reach, as
 * many as are asked for; the others are lists.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "keys.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../catalog/object_ids.h"
#include "../values/uuids.h"
#include "reach.h"
#include "shared_context.h"

/*
 * At most so many ids of model APIs are held in memory, 17 bytes each, and half as much
 * again while the hash table grows
 */
#define PERMITTED_MAX 900000

/* After so many rows that were checked one by one, all permitted ids are collected */
#define QUESTIONS_MAX 2000

/*
 * Model APIs come in batches, each sorted by id, so that neighbouring look-ups read the
 * same index pages.  The first batch is small, since the query may want no more.  The largest
 * ones take work_mem, but no more than this many ids.
 */
#define BATCH_MIN 64
#define BATCH_GROWTH 4
#define BATCH_MAX INT64CONST(1048576)

/* A model API on which the user holds the permission */
typedef struct PermittedEntry
{
	pg_uuid_t	id;
	char		status;			/* for simplehash */
} PermittedEntry;

#define SH_PREFIX permitted
#define SH_ELEMENT_TYPE PermittedEntry
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY id
#define SH_HASH_KEY(tb, key) uuids_hash(&(key))
#define SH_EQUAL(tb, a, b) (uuids_equal(&(a), &(b)))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define ST_SORT sort_ids
#define ST_ELEMENT_TYPE pg_uuid_t
#define ST_COMPARE(a, b) memcmp((a)->data, (b)->data, UUID_LEN)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* The keys of one arm that are not model APIs */
typedef struct KeyList
{
	const pg_uuid_t *keys;
	pg_uuid_t  *projects;		/* the list's own; NULL: the keys are another's */
	int			count;
	int			next;
	bool		is_loaded;
} KeyList;

struct Keys
{
	MemoryContext memory;
	const LookupPlan *plan;
	Snapshot	snapshot;
	Identity	identity;
	int			permission;		/* a Permission or a ProjectPermission */
	AccessContext *context;
	KeyList		lists[LOOKUP_ARMS_MAX];

	/* if the first arm is on model APIs; NULL until they are searched for */
	Relation	model_apis;
	Reach	   *reach;
	TupleTableSlot *slot;
	pg_uuid_t  *batch;			/* room for batch_size */
	int			batch_size;
	int			nbatch;
	int			next_in_batch;

	bool		reads_all;		/* keys_have will be called for every row of the table */
	int			questions;		/* rows whose model API was checked */
	permitted_hash *permitted;	/* permitted ids; NULL: not collected, or none */
	bool		too_many;		/* permitted ids: none are collected */
};

bool
keys_decide(KeySource source)
{
	return source == KEYS_MODEL_APIS || source == KEYS_PERMITTED_PROJECTS;
}

bool
keys_are_joined(const LookupPlan *plan)
{
	return plan->arms[0].is_asked && keys_decide(plan->arms[0].source);
}

/* Starts the search for model APIs. */
static void
begin_reach(Keys *keys)
{
	ModelApiPlan plan = {
		.order = NoMovementScanDirection, .wants_public = true, .wants_private = true,
		.needs_no_heap = true, .limit = keys->plan->limit, .bounds = {DT_NOBEGIN, DT_NOEND}
	};
	MemoryContext old = MemoryContextSwitchTo(keys->memory);

	keys->model_apis = object_ids_open_table(TABLE_MODEL_APIS, AccessShareLock);
	keys->slot = table_slot_create(keys->model_apis, NULL);
	keys->reach = reach_begin(keys->model_apis, keys->snapshot, keys->context,
							  (Permission) keys->permission, &plan);
	MemoryContextSwitchTo(old);
}

Keys *
keys_begin(const LookupPlan *plan, EState *estate, const Identity *identity,
		   int permission)
{
	Keys	   *keys = palloc0(sizeof(Keys));

	keys->memory = CurrentMemoryContext;
	keys->plan = plan;
	keys->snapshot = estate->es_snapshot;
	keys->identity = *identity;
	keys->permission = permission;
	keys->context = shared_context_get(estate, &keys->identity);
	/* if a join supplies the keys, there may be few of them */
	if (plan->arms[0].source == KEYS_MODEL_APIS && !keys_are_joined(plan))
		begin_reach(keys);
	return keys;
}

void
keys_end(Keys *keys)
{
	if (keys->reach)
	{
		reach_end(keys->reach);
		ExecDropSingleTupleTableSlot(keys->slot);
		table_close(keys->model_apis, AccessShareLock);
	}
	/* the context may live longer */
	for (int i = 0; i < LOOKUP_ARMS_MAX; i++)
		if (keys->lists[i].projects)
			pfree(keys->lists[i].projects);
}

/* Loads the keys of an arm, other than model APIs; false if there are more than most. */
static bool
load_keys(Keys *keys, int arm, int most)
{
	KeyList    *list = &keys->lists[arm];
	pg_uuid_t  *projects;

	if (list->is_loaded)
		return true;
	switch (keys->plan->arms[arm].source)
	{
		case KEYS_MODEL_APIS:
			return reach_method(keys->reach) == REACH_GATHER;
		case KEYS_PROJECTS:
			if (!decision_reachable_objects(keys->context, GRANT_ON_PROJECT,
											(Permission) keys->permission, false, most,
											&projects, &list->count))
				return false;
			list->keys = list->projects = projects;
			break;
		case KEYS_PERMITTED_PROJECTS:
			if (!decision_reachable_projects(keys->context, (ProjectPermission) keys->permission,
											 most, &projects, &list->count))
				return false;
			list->keys = list->projects = projects;
			break;
		case KEYS_ORGANIZATIONS:
			list->count = context_organizations(keys->context, &list->keys);
			break;
		case KEYS_USER:
			list->keys = &keys->identity.user_id;
			list->count = 1;
			break;
	}
	list->is_loaded = true;
	return true;
}

double
keys_count(Keys *keys, double most)
{
	double		count = 0;

	if (keys->identity.kind == IDENTITY_ADMINISTRATOR)
		return -1;
	for (int i = 0; i < keys->plan->narms; i++)
	{
		if (!load_keys(keys, i, (int) Min(most, GRANTS_MAX)))
			return -1;
		count += keys->plan->arms[i].source == KEYS_MODEL_APIS ?
			reach_expected(keys->reach) : keys->lists[i].count;
	}
	return count;
}

double
keys_rows_of_each(Keys *keys, double rows)
{
	double		objects = rows;

	if (keys->model_apis)
		objects = strategy_tuples(keys->model_apis);
	else if (keys->plan->arms[0].source == KEYS_PERMITTED_PROJECTS)
		objects = strategy_tuples_of_projects();
	return Max(rows / Max(objects, 1), 1);
}

/* The next model API that is permitted and that the snapshot shows. */
static bool
next_model_api(Keys *keys, Candidate *candidate)
{
	while (reach_next(keys->reach, candidate))
		/* an updated row can have several entries */
		if (reach_is_all_visible(keys->reach, candidate) ||
			reach_fetch(keys->reach, candidate, keys->slot))
			return true;
	return false;
}

/* Remembers a permitted model API; false if there are too many. */
static bool
remember_permitted(Keys *keys, const pg_uuid_t *id)
{
	bool		found;

	if (keys->too_many)
		return false;
	if (!keys->permitted)
		keys->permitted = permitted_create(keys->memory, 1024, NULL);
	if (keys->permitted->members == PERMITTED_MAX)
	{
		permitted_destroy(keys->permitted);
		keys->permitted = NULL;
		keys->too_many = true;
		return false;
	}
	permitted_insert(keys->permitted, *id, &found);
	return true;
}

static void
fill_batch(Keys *keys)
{
	Candidate	candidate;
	int			size = (int) Min((int64) work_mem * 1024 / sizeof(pg_uuid_t), BATCH_MAX);

	size = Max(Min(keys->batch_size * BATCH_GROWTH, size), BATCH_MIN);
	if (keys->batch_size < size)
	{
		if (keys->batch)
			pfree(keys->batch);
		keys->batch = MemoryContextAlloc(keys->memory, size * sizeof(pg_uuid_t));
		keys->batch_size = size;
	}
	keys->nbatch = keys->next_in_batch = 0;
	while (keys->nbatch < keys->batch_size && next_model_api(keys, &candidate))
	{
		keys->batch[keys->nbatch++] = candidate.facts.id;
		/* rows of other arms may belong to them, too */
		if (keys->plan->narms > 1)
			(void) remember_permitted(keys, &candidate.facts.id);
	}
	sort_ids(keys->batch, keys->nbatch);
}

bool
keys_next(Keys *keys, int arm, pg_uuid_t *key)
{
	KeyList    *list = &keys->lists[arm];

	if (keys->plan->arms[arm].source != KEYS_MODEL_APIS)
	{
		if (!load_keys(keys, arm, GRANTS_MAX))
			elog(ERROR, "too many keys to hold");
		do
		{
			if (list->next == list->count)
				return false;
			*key = list->keys[list->next++];
		} while (keys_decide(keys->plan->arms[arm].source) && !keys_have(keys, arm, key));
		return true;
	}
	if (keys->next_in_batch == keys->nbatch)
		fill_batch(keys);
	if (keys->next_in_batch == keys->nbatch)
		return false;
	*key = keys->batch[keys->next_in_batch++];
	return true;
}

void
keys_read_all(Keys *keys)
{
	keys->reads_all = true;
}

/*
 * Whether the permission is held on a model API.  Where all rows are read, the first ones
 * are checked one by one; then all permitted model APIs are collected.
 */
static bool
is_permitted(Keys *keys, const pg_uuid_t *id)
{
	const ModelApiFacts *facts;

	if (keys->permitted)
		return permitted_lookup(keys->permitted, *id) != NULL;
	/* the other side of a join may just have read it */
	if (keys->reads_all && !context_has_model_api(keys->context, id) &&
		++keys->questions == QUESTIONS_MAX)
	{
		Candidate	candidate;

		if (!keys->reach)
			begin_reach(keys);
		while (next_model_api(keys, &candidate) &&
			   remember_permitted(keys, &candidate.facts.id))
			;
	}
	if (keys->permitted)
		return permitted_lookup(keys->permitted, *id) != NULL;
	facts = context_find_model_api(keys->context, id);
	return facts && decision_permits(keys->context, facts, (Permission) keys->permission);
}

bool
keys_have(Keys *keys, int arm, const pg_uuid_t *value)
{
	Principal	principal = {PRINCIPAL_USER, *value};

	switch (keys->plan->arms[arm].source)
	{
		case KEYS_MODEL_APIS:
			return is_permitted(keys, value);
		case KEYS_PROJECTS:
			return decision_reaches(keys->context, GRANT_ON_PROJECT, value,
									(Permission) keys->permission, false);
		case KEYS_PERMITTED_PROJECTS:
			return decision_permits_project(keys->context, value,
											(ProjectPermission) keys->permission);
		case KEYS_ORGANIZATIONS:
			principal.kind = PRINCIPAL_ORGANIZATION;
			return context_matches_principal(keys->context, &principal);
		case KEYS_USER:
			return context_matches_principal(keys->context, &principal);
	}
	return false;
}
