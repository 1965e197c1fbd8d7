/*-------------------------------------------------------------------------
 *
 * known_projects.c
 *	  Which projects exist, for statements that ask about many rows.
 *
 * Only an administrator's answers depend on it: a user's follow from grants, which are on
 * projects that exist.  Rows of other tables are many for each project, so what was found
 * is remembered.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "known_projects.h"
#include "context.h"
#include "../catalog/table_read.h"
#include "../values/uuids.h"

/* The most that are remembered: 18 bytes each, and twice as much while the table grows */
#define KNOWN_MAX 900000

typedef struct ProjectEntry
{
	pg_uuid_t	id;
	bool		exists;
	char		status;			/* for simplehash */
} ProjectEntry;

#define SH_PREFIX projects
#define SH_ELEMENT_TYPE ProjectEntry
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY id
#define SH_HASH_KEY(tb, key) uuids_hash(&(key))
#define SH_EQUAL(tb, a, b) (uuids_equal(&(a), &(b)))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct KnownProjects
{
	projects_hash *entries;
};

bool
known_projects_exists(AccessContext *context, const pg_uuid_t *id)
{
	ProjectEntry *entry;
	bool		exists;
	bool		found;

	if (context->projects && (entry = projects_lookup(context->projects->entries, *id)) != NULL)
		return entry->exists;
	exists = table_read_project(id, context->snapshot);
	if (!context->projects)
	{
		KnownProjects *projects = MemoryContextAlloc(context->memory, sizeof(KnownProjects));

		projects->entries = projects_create(context->memory, 8, NULL);
		context->projects = projects;
	}
	if (context->projects->entries->members < KNOWN_MAX)
		projects_insert(context->projects->entries, *id, &found)->exists = exists;
	return exists;
}
