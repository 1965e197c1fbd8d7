/*-------------------------------------------------------------------------
 *
 * access.c
 *	  The one decision: who may do what.
 *
 * Everything that allows or denies - policies, functions, triggers - ends up
 * in access_permits() and its two siblings for projects and organizations.
 * The table of permissions stands here once, as data.
 *
 * A statement asks the same question for many rows.  An AccessContext holds
 * what one identity reaches in one snapshot: it answers the first rows by
 * probing the indexes of grants for each of them, which is all that a look-up
 * of one row needs, and when it turns out that there are many it reads all of
 * the identity's grants once and answers from a hash table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "modelapi_acl.h"

/*
 * From so many objects on that were probed for one by one, reading all grants
 * is tried; a probe costs about as much as reading so many grants in a row; and
 * so many at most are read (32 bytes of memory each).
 */
#define PROBES_MIN 64
#define GRANTS_FOR_A_PROBE 8
#define GRANTS_MAX 1000000

/* ----------
 * The permissions of a model API
 * ----------
 */

/* Besides those who hold the level: every signed-in user, ... */
typedef enum OpenTo
{
	OPEN_TO_NOBODY,
	OPEN_WHEN_PUBLIC,			/* ... when the model API is public */
	OPEN_TO_VIEWERS_WHEN_UNRESTRICTED	/* ... who may view it, when unrestricted */
} OpenTo;

typedef struct PermissionRule
{
	const char *name;
	AccessLevel level;			/* the least that gives it */
	OpenTo		open_to;
	bool		needs_project_access;	/* below owner */
} PermissionRule;

static const PermissionRule permission_rules[PERMISSION_COUNT] =
{
	[PERMISSION_VIEW] = {"view", ACCESS_LEVEL_VIEWER, OPEN_WHEN_PUBLIC, false},
	[PERMISSION_VIEW_LOGS] = {"view_logs", ACCESS_LEVEL_VIEWER, OPEN_TO_NOBODY, false},
	[PERMISSION_INVOKE] = {"invoke", ACCESS_LEVEL_VIEWER, OPEN_TO_VIEWERS_WHEN_UNRESTRICTED, false},
	[PERMISSION_VIEW_SETTINGS] = {"view_settings", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_EDIT_SETTINGS] = {"edit_settings", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_DEPLOY_VERSION] = {"deploy_version", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, true},
	[PERMISSION_VIEW_AUDIT] = {"view_audit", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_VIEW_TOKENS] = {"view_tokens", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_CREATE_TOKEN] = {"create_token", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_REVOKE_TOKEN] = {"revoke_token", ACCESS_LEVEL_OWNER, OPEN_TO_NOBODY, false},
	[PERMISSION_VIEW_COLLABORATORS] = {"view_collaborators", ACCESS_LEVEL_EDITOR, OPEN_TO_NOBODY, false},
	[PERMISSION_MANAGE_COLLABORATORS] = {"manage_collaborators", ACCESS_LEVEL_OWNER, OPEN_TO_NOBODY, false},
	[PERMISSION_CHANGE_VISIBILITY] = {"change_visibility", ACCESS_LEVEL_OWNER, OPEN_TO_NOBODY, false},
	[PERMISSION_TRANSFER_OWNERSHIP] = {"transfer_ownership", ACCESS_LEVEL_OWNER, OPEN_TO_NOBODY, false},
	[PERMISSION_DELETE] = {"delete", ACCESS_LEVEL_OWNER, OPEN_TO_NOBODY, false},
};

/* The permissions of a project: the least level that gives each */
static const struct
{
	const char *name;
	AccessLevel level;
}			project_permission_rules[] =
{
	[PROJECT_PERMISSION_VIEW] = {"view_project", ACCESS_LEVEL_VIEWER},
	[PROJECT_PERMISSION_CREATE_MODEL_API] = {"create_model_api", ACCESS_LEVEL_EDITOR},
	[PROJECT_PERMISSION_VIEW_COLLABORATORS] = {"view_project_collaborators", ACCESS_LEVEL_EDITOR},
	[PROJECT_PERMISSION_MANAGE] = {"manage_project", ACCESS_LEVEL_OWNER},
};

/* ----------
 * Contexts
 * ----------
 */

typedef struct GrantEntry
{
	pg_uuid_t	object;
	AccessLevel level;
	char		status;			/* for simplehash */
} GrantEntry;

/* Ids are random, made by the extension itself: any four bytes are a hash. */
static inline uint32
uuid_hash_of(const pg_uuid_t *id)
{
	uint32		hash;

	memcpy(&hash, id->data + UUID_LEN - sizeof(hash), sizeof(hash));
	return hash;
}

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

/* What tells one state of the database, as a statement sees it, from others */
typedef struct SnapshotKey
{
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;
	CommandId	curcid;
	uint64		completions;
	uint64		generation;
	TimestampTz statement_start;
	SubTransactionId subtransaction;
} SnapshotKey;

struct AccessContext
{
	MemoryContext memory;		/* this struct and all that it points to */
	Identity	identity;
	SnapshotKey key;
	Snapshot	snapshot;		/* the caller's; not used beyond its calls */
	TimestampTz now;			/* when expiry is judged */
	bool		has_organizations;	/* the two below are filled */
	int			norganizations;
	pg_uuid_t  *organizations;
	bool		has_facts;		/* the one below is filled: the last row read */
	bool		facts_found;
	ModelApiFacts facts;
	int			probes[2];		/* objects probed for, by GrantTarget */
	int			more_than[2];	/* there are more grants than so many */
	grants_hash *grants[2];		/* all grants, by GrantTarget, or NULL */
};

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
	entry->level = found ? Max(entry->level, level) : level;
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
	if (cap <= context->more_than[target])
		return false;
	load.grants = grants_create(context->memory, 64, NULL);
	each_principal(context, load_principal, &load);
	if (load.cap < 0)
	{
		grants_destroy(load.grants);
		context->more_than[target] = cap;
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
static AccessLevel
granted_level(AccessContext *context, GrantTarget target, const pg_uuid_t *object)
{
	GrantQuestion question = {target, object, ACCESS_LEVEL_NONE};
	GrantEntry *entry;

	Assert(context->identity.kind == IDENTITY_USER);
	if (!context->grants[target])
	{
		int			probes = ++context->probes[target];

		/* at each power of two */
		if (probes < PROBES_MIN || (probes & (probes - 1)) != 0 ||
			!load_grants(context, target, Min(probes, GRANTS_MAX / GRANTS_FOR_A_PROBE) * GRANTS_FOR_A_PROBE))
		{
			each_principal(context, probe_principal, &question);
			return question.level;
		}
	}
	entry = grants_lookup(context->grants[target], *object);
	return entry ? entry->level : ACCESS_LEVEL_NONE;
}

bool
access_reach(AccessContext *context, GrantTarget target, Permission permission,
			 int cap, pg_uuid_t **objects, int *count)
{
	AccessLevel least = permission_rules[permission].level;
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
		if (entry->level >= least)
			result[(*count)++] = entry->object;
	*objects = result;
	return true;
}

bool
access_reaches(AccessContext *context, GrantTarget target, const pg_uuid_t *object,
			   Permission permission)
{
	return granted_level(context, target, object) >= permission_rules[permission].level;
}

bool
access_is_open_when_public(Permission permission)
{
	return permission_rules[permission].open_to != OPEN_TO_NOBODY;
}

/* ----------
 * Projects that are being inserted
 * ----------
 */

/*
 * INSERT ... RETURNING applies the SELECT policy before the AFTER trigger
 * has written the creator's grant.  Until then the creator is known from
 * this list.  It holds ids that the extension itself has just made, so an
 * entry whose row never came to be (ON CONFLICT DO NOTHING, an error) can't
 * stand for anything else; entries end with the trigger that writes the
 * grant, or with the transaction.
 */
typedef struct ProjectInProgress
{
	pg_uuid_t	project_id;
	pg_uuid_t	user_id;
	CommandId	command;
} ProjectInProgress;

static ProjectInProgress *in_progress = NULL;	/* in TopTransactionContext */
static int	in_progress_count = 0;
static int	in_progress_room = 0;

static void
forget_projects_in_progress(void *arg)
{
	in_progress = NULL;
	in_progress_count = in_progress_room = 0;
}

void
access_begin_project(const pg_uuid_t *project_id, const pg_uuid_t *user_id)
{
	if (in_progress_count == in_progress_room)
	{
		int			room = Max(8, in_progress_room * 2);

		if (in_progress)
			in_progress = repalloc_huge(in_progress, room * sizeof(ProjectInProgress));
		else
		{
			MemoryContextCallback *callback = MemoryContextAlloc(TopTransactionContext,
																 sizeof(MemoryContextCallback));

			callback->func = forget_projects_in_progress;
			callback->arg = NULL;
			in_progress = MemoryContextAllocHuge(TopTransactionContext,
												 room * sizeof(ProjectInProgress));
			MemoryContextRegisterResetCallback(TopTransactionContext, callback);
		}
		in_progress_room = room;
	}
	in_progress[in_progress_count].project_id = *project_id;
	in_progress[in_progress_count].user_id = *user_id;
	in_progress[in_progress_count].command = GetActiveSnapshot()->curcid;
	in_progress_count++;
}

void
access_end_project(const pg_uuid_t *project_id)
{
	for (int i = in_progress_count - 1; i >= 0; i--)
		if (memcmp(&in_progress[i].project_id, project_id, sizeof(pg_uuid_t)) == 0)
			in_progress[i] = in_progress[--in_progress_count];
}

/* Only the statement that inserts it, hence the command's number. */
static bool
is_creating_project(AccessContext *context, const pg_uuid_t *project_id)
{
	for (int i = 0; i < in_progress_count; i++)
		if (in_progress[i].command == context->key.curcid &&
			memcmp(&in_progress[i].project_id, project_id, sizeof(pg_uuid_t)) == 0 &&
			memcmp(&in_progress[i].user_id, &context->identity.user_id,
				   sizeof(pg_uuid_t)) == 0)
			return true;
	return false;
}

/* ----------
 * The decision
 * ----------
 */

static AccessLevel
project_level(AccessContext *context, const pg_uuid_t *project_id)
{
	return granted_level(context, GRANT_ON_PROJECT, project_id);
}

AccessLevel
access_level(AccessContext *context, const ModelApiFacts *facts)
{
	AccessLevel level;

	if (!access_is_signed_in(context))
		return ACCESS_LEVEL_NONE;
	if (access_is_administrator(context))
		return ACCESS_LEVEL_OWNER;
	level = project_level(context, &facts->project_id);
	if (level == ACCESS_LEVEL_OWNER)
		return level;
	return Max(level, granted_level(context, GRANT_ON_MODEL_API, &facts->id));
}

bool
access_permits(AccessContext *context, const ModelApiFacts *facts, Permission permission)
{
	const PermissionRule *rule = &permission_rules[permission];
	AccessLevel on_project;
	AccessLevel level;

	if (!access_is_signed_in(context))
		return false;
	if (access_is_administrator(context))
		return true;

	if (rule->open_to == OPEN_WHEN_PUBLIC && facts->visibility == VISIBILITY_PUBLIC)
		return true;
	if (rule->open_to == OPEN_TO_VIEWERS_WHEN_UNRESTRICTED &&
		facts->authorization_mode == AUTHORIZATION_UNRESTRICTED)
		return access_permits(context, facts, PERMISSION_VIEW);

	/* Mostly the project's grants settle it; then the others aren't read */
	on_project = project_level(context, &facts->project_id);
	if (on_project >= rule->level)
		return true;
	level = Max(on_project, granted_level(context, GRANT_ON_MODEL_API, &facts->id));
	if (rule->needs_project_access && level < ACCESS_LEVEL_OWNER &&
		on_project == ACCESS_LEVEL_NONE)
		return false;
	return level >= rule->level;
}

const ModelApiFacts *
access_model_api(AccessContext *context, const pg_uuid_t *model_api_id)
{
	if (!context->has_facts ||
		memcmp(&context->facts.id, model_api_id, sizeof(pg_uuid_t)) != 0)
	{
		context->has_facts = false;
		context->facts_found = store_model_api(model_api_id, context->snapshot,
											   &context->facts);
		context->facts.id = *model_api_id;
		context->has_facts = true;
	}
	return context->facts_found ? &context->facts : NULL;
}

bool
access_permits_project(AccessContext *context, const pg_uuid_t *project_id,
					   ProjectPermission permission)
{
	if (!access_is_signed_in(context))
		return false;
	if (access_is_administrator(context))
		return true;
	if (is_creating_project(context, project_id))
		return true;
	return project_level(context, project_id) >= project_permission_rules[permission].level;
}

bool
access_permits_organization(AccessContext *context, const pg_uuid_t *organization_id,
							OrganizationPermission permission)
{
	bool		is_admin;

	if (!access_is_signed_in(context))
		return false;
	if (access_is_administrator(context))
		return true;
	if (permission == ORGANIZATION_PERMISSION_VIEW_MEMBERS)
	{
		Principal	organization = {PRINCIPAL_ORGANIZATION, *organization_id};

		return access_holds_as(context, &organization);
	}
	return store_member(organization_id, &context->identity.user_id,
						context->snapshot, &is_admin) && is_admin;
}

/* ----------
 * Words for messages
 * ----------
 */

const char *
access_permission_name(Permission permission)
{
	return permission_rules[permission].name;
}

const char *
access_permission_hint(Permission permission)
{
	const PermissionRule *rule = &permission_rules[permission];

	if (rule->needs_project_access)
		return "It takes access level owner, or editor with access to the project as well.";
	switch (rule->level)
	{
		case ACCESS_LEVEL_VIEWER:
			return "It takes access level viewer or higher, on the model API or on its project.";
		case ACCESS_LEVEL_EDITOR:
			return "It takes access level editor or owner, on the model API or on its project.";
		default:
			return "It takes access level owner, on the model API or on its project.";
	}
}

const char *
access_project_permission_name(ProjectPermission permission)
{
	return project_permission_rules[permission].name;
}

const char *
access_project_permission_hint(ProjectPermission permission)
{
	switch (project_permission_rules[permission].level)
	{
		case ACCESS_LEVEL_VIEWER:
			return "It takes access level viewer or higher on the project.";
		case ACCESS_LEVEL_EDITOR:
			return "It takes access level editor or owner on the project.";
		default:
			return "It takes access level owner on the project.";
	}
}
