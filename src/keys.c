/*-------------------------------------------------------------------------
 *
 * keys.c
 *	  The keys by which lookup.c looks rows up: the model APIs and projects that
 *	  the one asking reaches, their organizations, themselves.
 *
 * There is a kind of keys for each arm of the plan.  The model APIs come from a
 * Reach, as many as are asked for; the others are lists.
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

#include "compat.h"
#include "modelapi_acl.h"
#include "scan.h"

/*
 * So many ids of model APIs at most are held in memory, 17 bytes each, and half as much
 * again while they are collected
 */
#define PERMITTED_MAX 900000

/* After so many rows that were asked about one by one the ids are collected */
#define QUESTIONS_MAX 2000

/*
 * Model APIs are given in batches, each in the order of ids: looking one up then meets
 * pages of the index that the last one has met.  The first is small, since a query may
 * want no more.
 */
#define BATCH_MIN 64
#define BATCH_MAX 4096

/* Model APIs on which the permission is held */
typedef struct PermittedEntry
{
	pg_uuid_t	id;
	char		status;			/* for simplehash */
} PermittedEntry;

#define SH_PREFIX permitted
#define SH_ELEMENT_TYPE PermittedEntry
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY id
#define SH_HASH_KEY(tb, key) uuid_hash_of(&(key))
#define SH_EQUAL(tb, a, b) (memcmp(&(a), &(b), sizeof(pg_uuid_t)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* The keys of one arm, but of model APIs */
typedef struct KeyList
{
	const pg_uuid_t *keys;
	int			count;
	int			next;
} KeyList;

struct Keys
{
	MemoryContext memory;
	const LookupPlan *plan;
	Identity	identity;
	Permission	permission;
	AccessContext *context;
	KeyList		lists[LOOKUP_ARMS_MAX];

	/* of model APIs, if an arm is about them */
	Relation	model_apis;
	Reach	   *reach;
	TupleTableSlot *slot;
	pg_uuid_t  *batch;			/* room for BATCH_MAX */
	int			batch_size;
	int			nbatch;
	int			next_in_batch;

	bool		reads_all;		/* keys_have is asked for every row of the table */
	int			questions;		/* rows whose model API was asked about */
	permitted_hash *permitted;	/* NULL: not collected, or none */
	bool		too_many;		/* to collect them */
};

Keys *
keys_begin(const LookupPlan *plan, Snapshot snapshot, const Identity *identity,
		   Permission permission)
{
	ScanPlan	reach_plan = {
		.order = NoMovementScanDirection, .wants_public = true, .wants_private = true,
		.needs_no_heap = true, .limit = plan->limit, .bounds = {DT_NOBEGIN, DT_NOEND}
	};
	Keys	   *keys = palloc0(sizeof(Keys));

	keys->memory = CurrentMemoryContext;
	keys->plan = plan;
	keys->identity = *identity;
	keys->permission = permission;
	if (plan->arms[0].source == KEYS_MODEL_APIS)
	{
		keys->model_apis = catalog_open_table(TABLE_MODEL_APIS, AccessShareLock);
		keys->slot = table_slot_create(keys->model_apis, NULL);
		keys->reach = reach_begin(keys->model_apis, snapshot, &keys->identity, permission,
								  &reach_plan);
		keys->context = reach_context(keys->reach);
	}
	else
		keys->context = access_context(NULL, keys->memory, &keys->identity, snapshot);
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
}

/* Gets an arm's keys, but model APIs; false where there are too many. */
static bool
load_keys(Keys *keys, int arm)
{
	KeyList    *list = &keys->lists[arm];
	pg_uuid_t  *projects;

	switch (keys->plan->arms[arm].source)
	{
		case KEYS_MODEL_APIS:
			return reach_method(keys->reach) == REACH_GATHER;
		case KEYS_PROJECTS:
			if (!access_reach(keys->context, GRANT_ON_PROJECT, keys->permission, false,
							  GRANTS_MAX, &projects, &list->count))
				return false;
			list->keys = projects;
			break;
		case KEYS_ORGANIZATIONS:
			list->count = access_organizations(keys->context, &list->keys);
			break;
		case KEYS_USER:
			list->keys = &keys->identity.user_id;
			list->count = 1;
			break;
	}
	return true;
}

double
keys_count(Keys *keys)
{
	double		count = 0;

	if (keys->identity.kind == IDENTITY_ADMINISTRATOR)
		return -1;
	for (int i = 0; i < keys->plan->narms; i++)
	{
		if (!load_keys(keys, i))
			return -1;
		count += keys->plan->arms[i].source == KEYS_MODEL_APIS ?
			reach_expected(keys->reach) : keys->lists[i].count;
	}
	return count;
}

double
keys_rows_of_each(Keys *keys, double rows)
{
	return keys->model_apis ? rows / Max(reach_tuples(keys->model_apis), 1) : 1;
}

/* The next model API on which the permission is held, as the snapshot shows it. */
static bool
next_model_api(Keys *keys, Candidate *candidate)
{
	while (reach_next(keys->reach, candidate))
		/* a row that has changed has more entries than one */
		if (reach_is_all_visible(keys->reach, candidate) ||
			reach_fetch(keys->reach, candidate, keys->slot))
			return true;
	return false;
}

/* Remembers one of them; false where there are too many. */
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

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t));
}

static void
fill_batch(Keys *keys)
{
	Candidate	candidate;

	if (!keys->batch)
		keys->batch = MemoryContextAlloc(keys->memory, BATCH_MAX * sizeof(pg_uuid_t));
	keys->batch_size = Min(Max(keys->batch_size * 2, BATCH_MIN), BATCH_MAX);
	keys->nbatch = keys->next_in_batch = 0;
	while (keys->nbatch < keys->batch_size && next_model_api(keys, &candidate))
	{
		keys->batch[keys->nbatch++] = candidate.facts.id;
		/* the other arms' rows may hang on them too */
		if (keys->plan->narms > 1)
			(void) remember_permitted(keys, &candidate.facts.id);
	}
	qsort(keys->batch, keys->nbatch, sizeof(pg_uuid_t), compare_ids);
}

bool
keys_next(Keys *keys, int arm, pg_uuid_t *key)
{
	KeyList    *list = &keys->lists[arm];

	if (keys->plan->arms[arm].source != KEYS_MODEL_APIS)
	{
		if (list->next == list->count)
			return false;
		*key = list->keys[list->next++];
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
 * Whether the permission is held on a model API.  What has been looked up is
 * remembered; where all rows are read, the first are asked about one by one, then all
 * that is permitted is collected.
 */
static bool
is_permitted(Keys *keys, const pg_uuid_t *id)
{
	const ModelApiFacts *facts;

	if (keys->reads_all && ++keys->questions == QUESTIONS_MAX)
	{
		Candidate	candidate;

		while (next_model_api(keys, &candidate) &&
			   remember_permitted(keys, &candidate.facts.id))
			;
	}
	if (keys->permitted)
		return permitted_lookup(keys->permitted, *id) != NULL;
	facts = access_model_api(keys->context, id);
	return facts && access_permits(keys->context, facts, keys->permission);
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
			return access_reaches(keys->context, GRANT_ON_PROJECT, value, keys->permission, false);
		case KEYS_ORGANIZATIONS:
			principal.kind = PRINCIPAL_ORGANIZATION;
			return access_holds_as(keys->context, &principal);
		case KEYS_USER:
			return access_holds_as(keys->context, &principal);
	}
	return false;
}
