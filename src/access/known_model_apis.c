/*-------------------------------------------------------------------------
 *
 * known_model_apis.c
 *	  What a context knows of many model APIs, for statements that ask about many.
 *
 * A statement that asks about a few model APIs reads each through the index.  Two things
 * help one that asks about many, such as a query that calls has_permission() for each row
 * of another table.  What was read is remembered, since several rows may belong to one
 * model API.  And after a number of questions all model APIs that the user reaches are
 * read at once; from then on, one that is not among them is known to be out of reach.
 *
 * Reading them all is tried at each power of two questions, with a limit that grows with
 * the number of questions.  So whether the user reaches few or many, the cost stays within
 * a constant factor of the cheaper way.
 *
 * Nothing here decides.  Like the context that it belongs to, all of it is of one state of
 * the database.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "known_model_apis.h"
#include "context.h"
#include "grants.h"
#include "../catalog/model_api_read.h"
#include "../terms.h"
#include "../values/uuids.h"

/* After so many questions, reading all is considered */
#define QUESTIONS_MIN 64

/* A question costs about as much as reading this many model APIs one after the other ... */
#define READS_PER_QUESTION 16

/* ... and a new descent of the index as this many */
#define READS_PER_DESCENT 8

/* The most that are remembered: 18 bytes each, and twice as much while the table grows */
#define KNOWN_MAX 900000

/* Only bytes, so that there is no padding: there may be very many */
typedef struct KnownEntry
{
	pg_uuid_t	id;
	uint8		access;			/* see pack() */
	char		status;			/* for simplehash */
} KnownEntry;

#define SH_PREFIX known
#define SH_ELEMENT_TYPE KnownEntry
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY id
#define SH_HASH_KEY(tb, key) uuids_hash(&(key))
#define SH_EQUAL(tb, a, b) (uuids_equal(&(a), &(b)))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct KnownModelApis
{
	known_hash *entries;
	bool		has_reached;	/* all on which the user holds a grant, or on whose project */
	bool		has_public;		/* all that are public; with both, no other one counts */
	bool		has_grants;		/* the context has all of the user's grants in memory */
	bool		is_full;
};

/* ----------
 * Entries
 * ----------
 */

static uint8
pack(const ModelApiAccess *access)
{
	if (!access->exists)
		return 0;
	return (uint8) (1 | access->visibility << 1 | access->authorization_mode << 2 |
					access->on_project << 3 | access->on_model_api << 5);
}

static void
unpack(uint8 packed, ModelApiAccess *access)
{
	access->exists = packed & 1;
	access->visibility = (Visibility) (packed >> 1 & 1);
	access->authorization_mode = (AuthorizationMode) (packed >> 2 & 1);
	access->on_project = (AccessLevel) (packed >> 3 & 3);
	access->on_model_api = (AccessLevel) (packed >> 5 & 3);
}

/* Keeps what is known of one model API; false if there is no room for it. */
static bool
keep(KnownModelApis *known, const pg_uuid_t *id, const ModelApiAccess *access)
{
	bool		found;

	if (known->entries->members == KNOWN_MAX)
	{
		known->is_full = true;
		return false;
	}
	known_insert(known->entries, *id, &found)->access = pack(access);
	return true;
}

/* What the user may depend on for a model API that was read, with all grants in memory. */
static void
access_by_grants(AccessContext *context, const ModelApiFacts *facts, ModelApiAccess *access)
{
	bool		is_user = context->identity.kind == IDENTITY_USER;

	access->exists = true;
	access->visibility = facts->visibility;
	access->authorization_mode = facts->authorization_mode;
	access->on_project = is_user ?
		grants_level(context, GRANT_ON_PROJECT, &facts->project_id) : ACCESS_LEVEL_NONE;
	access->on_model_api = is_user ?
		grants_level(context, GRANT_ON_MODEL_API, &facts->id) : ACCESS_LEVEL_NONE;
}

/* ----------
 * Reading all that the user reaches
 * ----------
 */

/* Reads the rest of a source, but no more than *limit, which it lowers; false if there is more. */
static bool
read_rest(AccessContext *context, ModelApiRead *read, int64 *limit)
{
	ModelApiFacts facts;
	ModelApiAccess access;

	while (model_api_read_next(read, &facts))
	{
		CHECK_FOR_INTERRUPTS();
		if (--*limit < 0)
			return false;
		access_by_grants(context, &facts, &access);
		if (!keep(context->known, &facts.id, &access))
			return false;
	}
	return true;
}

/* Reads the model APIs with each of some ids or projects, within a limit. */
static bool
read_each(AccessContext *context, ModelApiSource source, const pg_uuid_t *values, int count,
		  int64 *limit)
{
	ModelApiRead read;
	bool		whole = true;

	if (count == 0)
		return true;
	if (!model_api_read_begin(&read, source, context->snapshot))
		return false;
	for (int i = 0; whole && i < count; i++)
	{
		model_api_read_find(&read, &values[i]);
		whole = read_rest(context, &read, limit);
	}
	model_api_read_end(&read);
	return whole;
}

/* Reads all model APIs, and keeps those that are public or reached; an administrator's, all. */
static void
read_all(AccessContext *context)
{
	KnownModelApis *known = context->known;
	bool		is_user = context->identity.kind == IDENTITY_USER;
	ModelApiRead read;
	ModelApiFacts facts;
	ModelApiAccess access;

	(void) model_api_read_begin(&read, MODEL_APIS_ALL, context->snapshot);
	while (!known->is_full && model_api_read_next(&read, &facts))
	{
		CHECK_FOR_INTERRUPTS();
		access_by_grants(context, &facts, &access);
		if (!is_user || access.visibility == VISIBILITY_PUBLIC ||
			Max(access.on_project, access.on_model_api) != ACCESS_LEVEL_NONE)
			(void) keep(known, &facts.id, &access);
	}
	model_api_read_end(&read);
	known->has_reached = known->has_public = !known->is_full;
}

/* Reads what the grants lead to, unless that or reading all would exceed the limit. */
static void
read_reached(AccessContext *context, int64 limit)
{
	KnownModelApis *known = context->known;
	int			cap = (int) Min(limit, GRANTS_MAX);
	int64		all = model_api_read_estimate(MODEL_APIS_ALL);
	pg_uuid_t  *projects;
	pg_uuid_t  *model_apis;
	int			nprojects;
	int			nmodel_apis;
	int64		rest;

	if (!grants_at_least(context, GRANT_ON_PROJECT, ACCESS_LEVEL_VIEWER, cap, &projects, &nprojects))
		return;
	if (grants_at_least(context, GRANT_ON_MODEL_API, ACCESS_LEVEL_VIEWER, cap,
						&model_apis, &nmodel_apis))
	{
		known->has_grants = true;
		rest = Min(limit, all) - (nprojects + (int64) nmodel_apis) * READS_PER_DESCENT;
		if (rest > 0)
			known->has_reached =
				read_each(context, MODEL_APIS_BY_PROJECT, projects, nprojects, &rest) &&
				read_each(context, MODEL_APIS_BY_ID, model_apis, nmodel_apis, &rest);
		if (!known->has_reached && !known->is_full && limit >= all)
			read_all(context);
		pfree(model_apis);
	}
	pfree(projects);
}

/* Reads the public model APIs, unless there are more than the limit. */
static void
read_public(AccessContext *context, int64 limit)
{
	ModelApiRead read;

	if (model_api_read_estimate(MODEL_APIS_PUBLIC) > limit ||
		!model_api_read_begin(&read, MODEL_APIS_PUBLIC, context->snapshot))
		return;
	context->known->has_public = read_rest(context, &read, &limit);
	model_api_read_end(&read);
}

/* Reads what is missing for a question of a kind, if enough questions were asked. */
static void
read_missing(AccessContext *context, bool private_will_do)
{
	KnownModelApis *known = context->known;
	int			questions = context->questions;
	int64		limit = (int64) questions * READS_PER_QUESTION;

	if (questions < QUESTIONS_MIN || (questions & (questions - 1)) != 0 ||
		(known && known->is_full))
		return;
	if (!known)
	{
		known = MemoryContextAllocZero(context->memory, sizeof(KnownModelApis));
		known->entries = known_create(context->memory, QUESTIONS_MIN, NULL);
		context->known = known;
	}
	if (context->identity.kind == IDENTITY_ADMINISTRATOR)
	{
		int64		all = model_api_read_estimate(MODEL_APIS_ALL);

		known->has_grants = true;
		if (all <= Min(limit, KNOWN_MAX))
			read_all(context);
		return;
	}
	if (!known->has_reached)
		read_reached(context, limit);
	if (known->has_reached && !known->has_public && !private_will_do)
		read_public(context, limit);
}

/* ----------
 * Interface
 * ----------
 */

/* Whether a model API is known; fills *access. */
static bool
find(KnownModelApis *known, const pg_uuid_t *id, bool private_will_do, ModelApiAccess *access)
{
	KnownEntry *entry = known_lookup(known->entries, *id);

	if (entry)
		unpack(entry->access, access);
	else if (known->has_reached && (known->has_public || private_will_do))
		access->exists = false;
	else
		return false;
	return true;
}

bool
known_model_apis_find(AccessContext *context, const pg_uuid_t *id, bool private_will_do,
					  ModelApiAccess *access)
{
	if (context->known && find(context->known, id, private_will_do, access))
		return true;
	/* several questions about one model API */
	if (context->has_facts && uuids_equal(&context->facts.id, id))
		return false;
	if (context->questions < PG_INT32_MAX)
		context->questions++;
	read_missing(context, private_will_do);
	return context->known && find(context->known, id, private_will_do, access);
}

void
known_model_apis_remember(AccessContext *context, const pg_uuid_t *id, const ModelApiFacts *facts)
{
	KnownModelApis *known = context->known;
	ModelApiAccess access = {false};

	if (!known || !known->has_grants || known->is_full)
		return;
	if (facts)
		access_by_grants(context, facts, &access);
	(void) keep(known, id, &access);
}
