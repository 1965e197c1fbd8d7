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

/*
 * Grants that were read are searched by halves at first. A hash table is made when they
 * have been searched as often as this part of their number: it takes longer than to
 * read them, and what gathers rows searches little.
 */
#define GRANTS_FOR_A_SEARCH 4

/* ----------
 * Contexts
 * ----------
 */

typedef struct GrantSet GrantSet;

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

static bool
same_identity(const Identity *a, const Identity *b)
{
	return a->kind == b->kind &&
		memcmp(&a->user_id, &b->user_id, sizeof(pg_uuid_t)) == 0;
}

/*
 * The context that is cached, if it is for this identity and the statement's state;
 * else a new one in its place.
 */
static AccessContext *
context_for(AccessContext **cached, MemoryContext parent,
			const Identity *identity, Snapshot snapshot, bool is_claimed)
{
	AccessContext *context = cached ? *cached : NULL;
	SnapshotKey key;
	MemoryContext memory;
	Identity	confirmed;

	snapshot_key(&key, snapshot);
	if (context &&
		memcmp(&context->key, &key, sizeof(key)) == 0 &&
		same_identity(&context->identity, identity))
	{
		context->snapshot = snapshot;
		return context;
	}
	if (is_claimed && identity->kind != IDENTITY_NOBODY)
	{
		confirmed = identity_confirmed(*identity, snapshot);
		identity = &confirmed;
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
	context->now = key.clock;
	if (cached)
		*cached = context;
	return context;
}

AccessContext *
access_context(AccessContext **cached, MemoryContext parent,
			   const Identity *identity, Snapshot snapshot)
{
	return context_for(cached, parent, identity, snapshot, false);
}

AccessContext *
access_context_confirmed(AccessContext **cached, MemoryContext parent,
						 const Identity *identity, Snapshot snapshot)
{
	static const Identity nobody = {IDENTITY_NOBODY, {{0}}};

	if (!identity_is_plausible(identity))
		identity = &nobody;
	return context_for(cached, parent, identity, snapshot, true);
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

/* The n-th principal that the identity holds grants as: the user, then each organization. */
static bool
get_principal(AccessContext *context, int n, Principal *principal)
{
	if (n == 0)
	{
		principal->kind = PRINCIPAL_USER;
		principal->id = context->identity.user_id;
		return true;
	}
	load_organizations(context);
	if (n > context->norganizations)
		return false;
	principal->kind = PRINCIPAL_ORGANIZATION;
	principal->id = context->organizations[n - 1];
	return true;
}

static AccessLevel
probe_grants(AccessContext *context, GrantTarget target, const pg_uuid_t *object)
{
	AccessLevel level = ACCESS_LEVEL_NONE;
	Principal	principal;

	for (int n = 0; level != ACCESS_LEVEL_OWNER && get_principal(context, n, &principal); n++)
		level = Max(level, store_grant(target, &principal, object, context->now,
									   context->snapshot));
	return level;
}

static int
compare_grants(const void *a, const void *b)
{
	return memcmp(&((const GrantEntry *) a)->object, &((const GrantEntry *) b)->object,
				  sizeof(pg_uuid_t));
}

typedef struct GrantLoad
{
	GrantSet   *set;
	int			cap;
	bool		has_more;		/* than that */
} GrantLoad;

static bool
keep_grant(const pg_uuid_t *object, AccessLevel level, void *arg)
{
	GrantLoad  *load = (GrantLoad *) arg;
	GrantSet   *set = load->set;
	GrantEntry *entry;

	if (set->count == load->cap)
	{
		load->has_more = true;
		return false;
	}
	if (set->count == set->room)
	{
		set->grants = repalloc_huge(set->grants, sizeof(GrantEntry) * 2 * set->room);
		set->room *= 2;
	}
	entry = &set->grants[set->count++];
	entry->object = *object;
	entry->level = (uint8) level;
	if (set->count > 1 && compare_grants(entry - 1, entry) >= 0)
		set->is_sorted = false;
	return true;
}

/* Leaves the highest grant on each object. */
static void
sort_grants(GrantSet *set)
{
	int			kept = 0;

	qsort(set->grants, set->count, sizeof(GrantEntry), compare_grants);
	for (int i = 1; i < set->count; i++)
	{
		GrantEntry *last = &set->grants[kept];
		GrantEntry *entry = &set->grants[i];

		if (compare_grants(last, entry) != 0)
			set->grants[++kept] = *entry;
		else if (entry->level > last->level)
			last->level = entry->level;
	}
	set->count = kept + 1;
	set->is_sorted = true;
}

/*
 * Reads all grants of one kind, unless there are more than cap; then a later call with
 * a greater cap goes on where this one has stopped.
 */
static bool
load_grants(AccessContext *context, GrantTarget target, int cap)
{
	GrantSet   *set = &context->grants[target];
	GrantLoad	load = {set, Min(cap, GRANTS_MAX), false};
	Principal	principal;

	if (set->is_read)
		return true;
	if (set->grants && load.cap <= set->more_than)
		return false;
	if (!set->grants)
	{
		set->room = 64;
		set->grants = MemoryContextAlloc(context->memory, set->room * sizeof(GrantEntry));
		set->is_sorted = true;
	}
	for (; get_principal(context, set->principal, &principal); set->principal++)
	{
		bool		goes_on = set->count > set->first;
		pg_uuid_t	after;

		if (goes_on)
			after = set->grants[set->count - 1].object;
		store_each_grant(target, &principal, goes_on ? &after : NULL,
						 context->now, context->snapshot, keep_grant, &load);
		if (load.has_more)
		{
			set->more_than = load.cap;
			return false;
		}
		set->first = set->count;
	}
	/* an index gives one principal's in order */
	if (!set->is_sorted)
		sort_grants(set);
	set->is_read = true;
	return true;
}

/* Makes the hash table; it counts when it is whole, whatever fails before. */
static void
hash_grants(AccessContext *context, GrantSet *set)
{
	grants_hash *hash = grants_create(context->memory, Max(set->count, 1), NULL);

	for (int i = 0; i < set->count; i++)
	{
		bool		found;

		grants_insert(hash, set->grants[i].object, &found)->level = set->grants[i].level;
	}
	set->hash = hash;
}

static AccessLevel
search_grants(AccessContext *context, GrantSet *set, const pg_uuid_t *object)
{
	GrantEntry	key = {*object, 0, 0};
	GrantEntry *entry;

	if (!set->hash && ++set->searches > set->count / GRANTS_FOR_A_SEARCH)
		hash_grants(context, set);
	if (set->hash)
		entry = grants_lookup(set->hash, *object);
	else
		entry = bsearch(&key, set->grants, set->count, sizeof(GrantEntry), compare_grants);
	return entry ? (AccessLevel) entry->level : ACCESS_LEVEL_NONE;
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
	GrantSet   *set = &context->grants[target];

	Assert(context->identity.kind == IDENTITY_USER);
	if (!set->is_read)
	{
		int			probes;

		/* several questions about a row ask for the same project */
		if (set->probes > 0 && memcmp(&set->last, object, sizeof(pg_uuid_t)) == 0)
			return set->level_on_last;
		probes = ++set->probes;
		/* at each power of two */
		if (probes < PROBES_MIN || (probes & (probes - 1)) != 0 ||
			!load_grants(context, target, Min(probes, GRANTS_MAX) * GRANTS_FOR_A_PROBE))
		{
			set->level_on_last = probe_grants(context, target, object);
			set->last = *object;
			return set->level_on_last;
		}
	}
	return search_grants(context, set, object);
}

bool
grants_at_least(AccessContext *context, GrantTarget target, AccessLevel least,
				int cap, pg_uuid_t **objects, int *count)
{
	GrantSet   *set = &context->grants[target];
	pg_uuid_t  *result;

	Assert(context->identity.kind == IDENTITY_USER);
	if (!load_grants(context, target, cap))
		return false;
	*count = 0;
	for (int i = 0; i < set->count; i++)
		*count += set->grants[i].level >= (uint8) least;
	result = MemoryContextAllocHuge(context->memory, sizeof(pg_uuid_t) * Max(*count, 1));
	*objects = result;
	for (int i = 0; i < set->count; i++)
		if (set->grants[i].level >= (uint8) least)
			*result++ = set->grants[i].object;
	return true;
}
