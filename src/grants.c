/*-------------------------------------------------------------------------
 *
 * grants.c
 *	  What an identity was granted, as one snapshot shows it.
 *
 * A context is made for a statement and kept between its calls: organizations
 * are read once, grants are probed for one by one while they are few, and read
 * all at once where that is worth it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "grants.h"

/*
 * From so many objects on that were probed for one by one, reading all grants
 * is tried; a probe costs about as much as reading so many grants in a row.
 */
#define PROBES_MIN 64
#define GRANTS_FOR_A_PROBE 8

/* ----------
 * Contexts
 * ----------
 */

/* Bytes all of it: there may be very many */
typedef struct GrantEntry
{
	pg_uuid_t	object;
	uint8		level;			/* an AccessLevel */
	char		status;			/* for simplehash */
} GrantEntry;

#define SH_PREFIX grants
#define SH_ELEMENT_TYPE GrantEntry
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY object
#define SH_HASH_KEY(tb, key) uuid_hash_of(&(key))
#define SH_EQUAL(tb, a, b) (memcmp(&(a), &(b), sizeof(pg_uuid_t)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static void
fill_snapshot_key(SnapshotKey *key, Snapshot snapshot)
{
	/* padding counts too: keys are compared as bytes */
	memset(key, 0, sizeof(*key));
	key->xmin = snapshot->xmin;
	key->xmax = snapshot->xmax;
	key->xcnt = snapshot->xcnt;
	key->curcid = snapshot->curcid;
	key->completions = snapshot->snapXactCompletionCount;
	key->generation = identity_generation();
	key->statement_start = GetCurrentStatementStartTimestamp();
	key->subtransaction = GetCurrentSubTransactionId();
}

AccessContext *
access_context(AccessContext **cached, MemoryContext parent,
			   const Identity *identity, Snapshot snapshot)
{
	AccessContext *context = cached ? *cached : NULL;
	SnapshotKey key;
	MemoryContext memory;

	fill_snapshot_key(&key, snapshot);
	if (context &&
		memcmp(&context->key, &key, sizeof(key)) == 0 &&
		context->identity.kind == identity->kind &&
		memcmp(&context->identity.user_id, &identity->user_id, sizeof(pg_uuid_t)) == 0)
	{
		context->snapshot = snapshot;
		return context;
	}

	if (context)
	{
		*cached = NULL;
		MemoryContextDelete(context->memory);
	}
	memory = AllocSetContextCreate(parent, "modelapi_acl access", ALLOCSET_SMALL_SIZES);
	context = MemoryContextAllocZero(memory, sizeof(AccessContext));
	context->memory = memory;
	context->identity = *identity;
	context->key = key;
	context->snapshot = snapshot;
	context->now = key.statement_start;
	if (cached)
		*cached = context;
	return context;
}

bool
access_is_administrator(AccessContext *context)
{
	return context->identity.kind == IDENTITY_ADMINISTRATOR;
}

bool
access_is_signed_in(AccessContext *context)
{
	return context->identity.kind != IDENTITY_NOBODY;
}

/* Fills the list of the user's organizations, once. */
static void
load_organizations(AccessContext *context)
{
	if (!context->has_organizations)
	{
		MemoryContext old = MemoryContextSwitchTo(context->memory);

		context->norganizations = store_organizations_of(&context->identity.user_id,
														 context->snapshot,
														 &context->organizations);
		context->has_organizations = true;
		MemoryContextSwitchTo(old);
	}
}

bool
access_holds_as(AccessContext *context, const Principal *principal)
{
	if (context->identity.kind != IDENTITY_USER)
		return false;
	if (principal->kind == PRINCIPAL_USER)
		return memcmp(&principal->id, &context->identity.user_id, sizeof(pg_uuid_t)) == 0;
	load_organizations(context);
	for (int i = 0; i < context->norganizations; i++)
		if (memcmp(&principal->id, &context->organizations[i], sizeof(pg_uuid_t)) == 0)
			return true;
	return false;
}

int
access_organizations(AccessContext *context, const pg_uuid_t **organizations)
{
	if (context->identity.kind != IDENTITY_USER)
		return 0;
	load_organizations(context);
	*organizations = context->organizations;
	return context->norganizations;
}

/* ----------
 * Levels
 * ----------
 */

/*
 * Calls act for each principal that the identity holds grants as: the user,
 * then each organization, until it returns true.
 */
static void
each_principal(AccessContext *context,
			   bool (*act) (AccessContext *context, const Principal *principal, void *arg),
			   void *arg)
{
	Principal	principal = {PRINCIPAL_USER, context->identity.user_id};

	if (act(context, &principal, arg))
		return;
	load_organizations(context);
	principal.kind = PRINCIPAL_ORGANIZATION;
	for (int i = 0; i < context->norganizations; i++)
	{
		principal.id = context->organizations[i];
		if (act(context, &principal, arg))
			return;
	}
}

typedef struct GrantQuestion
{
	GrantTarget target;
	const pg_uuid_t *object;
	AccessLevel level;			/* the answer so far */
} GrantQuestion;

static bool
probe_principal(AccessContext *context, const Principal *principal, void *arg)
{
	GrantQuestion *question = (GrantQuestion *) arg;
	AccessLevel level = store_grant(question->target, principal, question->object,
									context->now, context->snapshot);

	question->level = Max(question->level, level);
	return question->level == ACCESS_LEVEL_OWNER;
}

typedef struct GrantLoad
{
	GrantTarget target;
	grants_hash *grants;
	int			cap;
	int			count;
} GrantLoad;

static bool
keep_grant(const pg_uuid_t *object, AccessLevel level, void *arg)
{
	GrantLoad  *load = (GrantLoad *) arg;
	bool		found;
	GrantEntry *entry;

	if (load->count == load->cap)
	{
		load->cap = -1;			/* there are more */
		return false;
	}
	load->count++;
	entry = grants_insert(load->grants, *object, &found);
	entry->level = found ? Max(entry->level, (uint8) level) : (uint8) level;
	return true;
}

static bool
load_principal(AccessContext *context, const Principal *principal, void *arg)
{
	GrantLoad  *load = (GrantLoad *) arg;

	store_each_grant(load->target, principal, context->now, context->snapshot,
					 keep_grant, load);
	return load->cap < 0;
}

/*
 * Reads all grants of one kind, unless there are more than cap; what was read in
 * vain isn't read again for a smaller cap.
 */
static bool
load_grants(AccessContext *context, GrantTarget target, int cap)
{
	GrantLoad	load = {target, NULL, cap, 0};

	if (context->grants[target])
		return true;
	load.cap = Min(cap, GRANTS_MAX);
	if (load.cap <= context->more_than[target])
		return false;
	load.grants = grants_create(context->memory, 64, NULL);
	each_principal(context, load_principal, &load);
	if (load.cap < 0)
	{
		grants_destroy(load.grants);
		context->more_than[target] = Min(cap, GRANTS_MAX);
		return false;
	}
	context->grants[target] = load.grants;
	return true;
}

/*
 * The highest of the unexpired grants that a user holds on one object, own
 * ones and organizations' ones.
 *
 * The first objects are probed for in the index.  As their number grows, so
 * does the number of grants that it would be worth to read at once; whether a
 * user holds few or many, no more than a constant factor is spent over the
 * better of the two.
 */
AccessLevel
grants_level(AccessContext *context, GrantTarget target, const pg_uuid_t *object)
{
	GrantQuestion question = {target, object, ACCESS_LEVEL_NONE};
	GrantEntry *entry;

	Assert(context->identity.kind == IDENTITY_USER);
	if (!context->grants[target])
	{
		int			probes = ++context->probes[target];

		/* at each power of two */
		if (probes < PROBES_MIN || (probes & (probes - 1)) != 0 ||
			!load_grants(context, target, Min(probes, GRANTS_MAX) * GRANTS_FOR_A_PROBE))
		{
			each_principal(context, probe_principal, &question);
			return question.level;
		}
	}
	entry = grants_lookup(context->grants[target], *object);
	return entry ? (AccessLevel) entry->level : ACCESS_LEVEL_NONE;
}

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t));
}

bool
grants_at_least(AccessContext *context, GrantTarget target, AccessLevel least,
				int cap, pg_uuid_t **objects, int *count)
{
	grants_iterator iterator;
	GrantEntry *entry;
	pg_uuid_t  *result;

	Assert(context->identity.kind == IDENTITY_USER);
	if (!load_grants(context, target, cap))
		return false;
	result = MemoryContextAllocHuge(context->memory,
									sizeof(pg_uuid_t) * Max(context->grants[target]->members, 1));
	*count = 0;
	grants_start_iterate(context->grants[target], &iterator);
	while ((entry = grants_iterate(context->grants[target], &iterator)) != NULL)
		if (entry->level >= (uint8) least)
			result[(*count)++] = entry->object;
	/* look-ups of one after the other then meet the same pages of an index */
	qsort(result, *count, sizeof(pg_uuid_t), compare_ids);
	*objects = result;
	return true;
}
