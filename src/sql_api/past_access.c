/*-------------------------------------------------------------------------
 *
 * past_access.c
 *	  Who had which access before a change, and who after it.
 *
 * The last event of an object up to a moment gives its state then.  The two moments, before
 * and after the change, are computed at once from the same events.
 *
 * The grant of an organization counts for those who were members at the moment, if the current
 * user may see the members now, and for the current user.  Otherwise the organization is a
 * holder of its own.  The rule in access/permissions.c decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "past_access.h"
#include "past_events.h"
#include "../access/context.h"
#include "../access/decision.h"
#include "../access/permissions.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "../terms.h"
#include "../values/uuids.h"

/*
 * Grants are read by their holders if there are this many times as many model APIs as users,
 * otherwise by what they are on.
 */
#define MODEL_APIS_PER_HOLDER 50

/*
 * Memberships of so few users are read by user, unless one has so many events, for their
 * grants are read as well; otherwise by organization.
 */
#define FEW_USERS 10
#define FEW_EVENTS 1000

typedef struct PastModelApi
{
	pg_uuid_t	id;				/* hash key */
	pg_uuid_t	project_id;
	bool		is_created[2];
	bool		is_deleted[2];
	const char *name[2];
	Visibility	visibility[2];
	AuthorizationMode authorization_mode[2];
	TimestampTz name_time[2];
	TimestampTz visibility_time[2];
	TimestampTz mode_time[2];
} PastModelApi;

typedef struct PastPrincipal
{
	pg_uuid_t	id;				/* hash key */
	bool		is_organization;
	bool		is_created[2];
	bool		is_deleted[2];
	bool		is_enabled[2];
	const char *name[2];
	TimestampTz name_time[2];
	TimestampTz state_time[2];
} PastPrincipal;

typedef struct PastGrant
{
	pg_uuid_t	id;				/* hash key */
	GrantTarget target;
	pg_uuid_t	object;
	bool		has_user;
	bool		has_organization;
	pg_uuid_t	user_id;
	pg_uuid_t	organization_id;
	AccessLevel level[2];		/* NONE: removed, or not yet there */
	TimestampTz expires_at[2];
	TimestampTz time[2];
} PastGrant;

/* Two ids: an object and a holder, or an organization and a member */
typedef struct Pair
{
	pg_uuid_t	first;
	pg_uuid_t	second;
} Pair;

typedef struct PastMember
{
	Pair		key;
	bool		is_member[2];
	TimestampTz time[2];
} PastMember;

/* The highest unexpired grant of one holder on one object */
typedef struct PastLevel
{
	Pair		key;
	bool		is_organization;
	AccessLevel level[2];
} PastLevel;

/* The organizations that hold grants on an object: a list of PastLevel */
typedef struct PastObject
{
	pg_uuid_t	id;				/* hash key */
	List	   *organizations;
} PastObject;

typedef struct ShownMembers
{
	pg_uuid_t	organization;	/* hash key */
	bool		is_shown;
} ShownMembers;

struct PastAccess
{
	MemoryContext memory;
	AccessContext *context;
	PastChange	change;
	const pg_uuid_t *user_id;	/* the current user, or NULL */
	TimestampTz expiry;
	HTAB	   *model_apis;
	HTAB	   *principals;
	HTAB	   *grants;
	HTAB	   *members;
	HTAB	   *levels;
	HTAB	   *objects;
	HTAB	   *shown;
	HTAB	   *read[6];		/* ids that were read, by what was read */
	PastAccessConsumer observe_access;
	PastModelApiConsumer observe_model_api;
	void	   *observer;
};

enum
{
	READ_USERS, READ_ORGANIZATIONS, READ_PROJECT_GRANTS, READ_MODEL_API_GRANTS, READ_MEMBERS, READ_PROJECTS
};

static HTAB *
make_table(PastAccess *access, Size key, Size entry)
{
	HASHCTL		control = {.keysize = key, .entrysize = entry, .hcxt = access->memory};

	return hash_create("modelapi_acl past access", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

PastAccess *
past_access_begin(AccessContext *context, const PastChange *change, const pg_uuid_t *user_id,
				  TimestampTz expiry)
{
	PastAccess *access = palloc0(sizeof(PastAccess));

	access->memory = CurrentMemoryContext;
	access->context = context;
	access->change = *change;
	access->user_id = user_id;
	access->expiry = expiry;
	access->model_apis = make_table(access, sizeof(pg_uuid_t), sizeof(PastModelApi));
	access->principals = make_table(access, sizeof(pg_uuid_t), sizeof(PastPrincipal));
	access->grants = make_table(access, sizeof(pg_uuid_t), sizeof(PastGrant));
	access->members = make_table(access, sizeof(Pair), sizeof(PastMember));
	access->levels = make_table(access, sizeof(Pair), sizeof(PastLevel));
	access->objects = make_table(access, sizeof(pg_uuid_t), sizeof(PastObject));
	access->shown = make_table(access, sizeof(pg_uuid_t), sizeof(ShownMembers));
	for (int i = 0; i < lengthof(access->read); i++)
		access->read[i] = make_table(access, sizeof(pg_uuid_t), sizeof(pg_uuid_t));
	return access;
}

/* Those of the ids that this function was not called with before. */
static PastIds
unread(PastAccess *access, int what, const PastIds *ids)
{
	PastIds		result = {0};

	for (int i = 0; i < ids->count; i++)
	{
		bool		found;

		(void) hash_search(access->read[what], &ids->ids[i], HASH_ENTER, &found);
		if (!found)
			past_events_add(&result, &ids->ids[i]);
	}
	return result;
}

/* The entry of a table that begins with the key; a new one is zeroed. */
static void *
enter(HTAB *table, const void *key, Size key_size, Size entry_size)
{
	bool		found;
	char	   *entry = hash_search(table, key, HASH_ENTER, &found);

	if (!found)
		memset(entry + key_size, 0, entry_size - key_size);
	return entry;
}

/* Whether an event is the last one of a field so far; if so, notes its time. */
static bool
is_later(const PastEvent *event, int moment, TimestampTz *time)
{
	if (!event->counts[moment] || (*time != 0 && event->occurred_at < *time))
		return false;
	*time = event->occurred_at;
	return true;
}

/* ----------
 * Grants and members
 * ----------
 */

static void
add_member(PastAccess *access, const PastAccessEvent *event)
{
	Pair		key = {event->object, event->user_id};
	PastMember *member;

	if (!event->has_user)
		return;
	member = enter(access->members, &key, sizeof(key), sizeof(PastMember));
	for (int i = 0; i < 2; i++)
		if (is_later(&event->event, i, &member->time[i]))
			member->is_member[i] = !event->is_removed;
}

static void
add_grant(PastAccess *access, const PastAccessEvent *event)
{
	PastGrant  *grant = enter(access->grants, &event->object, sizeof(pg_uuid_t), sizeof(PastGrant));

	grant->target = event->target;
	grant->object = event->target == GRANT_ON_PROJECT ? event->project_id : event->model_api_id;
	grant->has_user = event->has_user;
	grant->has_organization = event->has_organization;
	grant->user_id = event->user_id;
	grant->organization_id = event->organization_id;
	for (int i = 0; i < 2; i++)
		if (is_later(&event->event, i, &grant->time[i]))
		{
			grant->level[i] = event->is_removed ? ACCESS_LEVEL_NONE : event->level;
			grant->expires_at[i] = event->expires_at;
		}
}

/* A PastAccessConsumer. */
static void
add_access_event(const PastAccessEvent *event, void *arg)
{
	PastAccess *access = (PastAccess *) arg;
	MemoryContext caller = MemoryContextSwitchTo(access->memory);

	if (event->is_membership)
		add_member(access, event);
	else
		add_grant(access, event);
	if (access->observe_access)
		access->observe_access(event, access->observer);
	MemoryContextSwitchTo(caller);
}

void
past_access_read_holders(PastAccess *access, const PastIds *users, const PastIds *organizations,
						 PastAccessConsumer observe, void *arg)
{
	PastIds		new_users = unread(access, READ_USERS, users);
	PastIds		new_organizations = unread(access, READ_ORGANIZATIONS, organizations);

	access->observe_access = observe;
	access->observer = arg;
	past_events_of_holders(&access->change, &new_users, &new_organizations, add_access_event, access);
}

void
past_access_read_grants(PastAccess *access, const PastIds *projects, const PastIds *model_apis,
						PastAccessConsumer observe, void *arg)
{
	PastIds		new_projects = unread(access, READ_PROJECT_GRANTS, projects);
	PastIds		new_model_apis = unread(access, READ_MODEL_API_GRANTS, model_apis);

	access->observe_access = observe;
	access->observer = arg;
	past_events_of_grants_on(&access->change, &new_projects, &new_model_apis, add_access_event, access);
}

void
past_access_read_members(PastAccess *access, const PastIds *organizations,
						 PastAccessConsumer observe, void *arg)
{
	PastIds		new_organizations = unread(access, READ_MEMBERS, organizations);

	access->observe_access = observe;
	access->observer = arg;
	past_events_of_members(&access->change, &new_organizations, add_access_event, access);
}

/* ----------
 * Model APIs
 * ----------
 */

static void
add_model_api(PastAccess *access, const PastModelApiEvent *event)
{
	PastModelApi *model_api = enter(access->model_apis, &event->model_api_id, sizeof(pg_uuid_t),
									sizeof(PastModelApi));
	const char *name = NULL;

	model_api->project_id = event->project_id;
	for (int i = 0; i < 2; i++)
	{
		model_api->is_created[i] |= event->event.counts[i] && event->is_created;
		model_api->is_deleted[i] |= event->event.counts[i] && event->is_deleted;
		if (event->name && is_later(&event->event, i, &model_api->name_time[i]))
			model_api->name[i] = name = name ? name : pstrdup(event->name);
		if (event->visibility && is_later(&event->event, i, &model_api->visibility_time[i]))
			model_api->visibility[i] = (Visibility)
				object_ids_enum_named(ENUM_VISIBILITY, event->visibility);
		if (event->authorization_mode && is_later(&event->event, i, &model_api->mode_time[i]))
			model_api->authorization_mode[i] = (AuthorizationMode)
				object_ids_enum_named(ENUM_AUTHORIZATION_MODE, event->authorization_mode);
	}
}

/* A PastModelApiConsumer. */
static void
add_model_api_event(const PastModelApiEvent *event, void *arg)
{
	PastAccess *access = (PastAccess *) arg;
	MemoryContext caller = MemoryContextSwitchTo(access->memory);

	add_model_api(access, event);
	if (access->observe_model_api)
		access->observe_model_api(event, access->observer);
	MemoryContextSwitchTo(caller);
}

/* Model APIs are known once an event of theirs was read: all were, then. */
void
past_access_read_model_apis(PastAccess *access, const PastIds *projects, const PastIds *model_apis,
							PastModelApiConsumer observe, void *arg)
{
	PastIds		new_projects = unread(access, READ_PROJECTS, projects);
	PastIds		new_model_apis = {0};

	for (int i = 0; i < model_apis->count; i++)
		if (!hash_search(access->model_apis, &model_apis->ids[i], HASH_FIND, NULL))
			past_events_add(&new_model_apis, &model_apis->ids[i]);
	access->observe_model_api = observe;
	access->observer = arg;
	past_events_of_model_apis(&access->change, &new_projects, &new_model_apis, add_model_api_event, access);
}

static bool
exists(const PastModelApi *model_api, int moment)
{
	return model_api && model_api->is_created[moment] && !model_api->is_deleted[moment];
}

/* ----------
 * Users, and names of organizations
 * ----------
 */

/* A PastPrincipalConsumer. */
static void
add_principal_event(const PastPrincipalEvent *event, void *arg)
{
	PastAccess *access = (PastAccess *) arg;
	MemoryContext caller = MemoryContextSwitchTo(access->memory);
	PastPrincipal *principal = enter(access->principals, &event->id, sizeof(pg_uuid_t), sizeof(PastPrincipal));

	principal->is_organization = event->is_organization;
	for (int i = 0; i < 2; i++)
	{
		principal->is_created[i] |= event->event.counts[i] && event->is_created;
		principal->is_deleted[i] |= event->event.counts[i] && event->is_deleted;
		if (event->name && is_later(&event->event, i, &principal->name_time[i]))
			principal->name[i] = pstrdup(event->name);
		if (event->changes_state && is_later(&event->event, i, &principal->state_time[i]))
			principal->is_enabled[i] = event->is_enabled;
	}
	MemoryContextSwitchTo(caller);
}

/*
 * Whether a principal existed at a moment, and whether it was enabled.  The history of an
 * organization ends with its name, and nobody can disable one.
 */
static bool
is_there(const PastPrincipal *principal, int moment, bool *is_enabled)
{
	if (!principal)
		return false;
	if (principal->is_organization)
	{
		*is_enabled = true;
		return principal->name[moment] != NULL;
	}
	*is_enabled = principal->state_time[moment] == 0 || principal->is_enabled[moment];
	return principal->is_created[moment] && !principal->is_deleted[moment];
}

/* ----------
 * Loading
 * ----------
 */

/* The projects of model APIs. */
static PastIds
projects_of(PastAccess *access, const PastIds *model_apis)
{
	PastIds		result = {0};

	for (int i = 0; i < model_apis->count; i++)
	{
		PastModelApi *model_api = hash_search(access->model_apis, &model_apis->ids[i], HASH_FIND, NULL);

		if (model_api)
			past_events_add(&result, &model_api->project_id);
	}
	past_events_unique(&result);
	return result;
}

/* The organizations that hold grants which were read. */
static PastIds
holding_organizations(PastAccess *access)
{
	PastIds		result = {0};
	HASH_SEQ_STATUS scan;
	PastGrant  *grant;

	hash_seq_init(&scan, access->grants);
	while ((grant = hash_seq_search(&scan)) != NULL)
		if (grant->has_organization)
			past_events_add(&result, &grant->organization_id);
	past_events_unique(&result);
	return result;
}

/* The organizations whose memberships were read. */
static PastIds
joined_organizations(PastAccess *access)
{
	PastIds		result = {0};
	HASH_SEQ_STATUS scan;
	PastMember *member;

	hash_seq_init(&scan, access->members);
	while ((member = hash_seq_search(&scan)) != NULL)
		past_events_add(&result, &member->key.first);
	past_events_unique(&result);
	return result;
}

static void
load_by_holder(PastAccess *access, const PastIds *principals)
{
	PastIds		nothing = {0};
	PastIds		organizations;

	past_access_read_holders(access, principals, principals, NULL, NULL);
	organizations = joined_organizations(access);
	past_access_read_holders(access, &nothing, &organizations, NULL, NULL);
}

static bool
have_few_events(const PastIds *users)
{
	if (users->count > FEW_USERS)
		return false;
	for (int i = 0; i < users->count; i++)
		if (past_events_exceed(&users->ids[i], FEW_EVENTS))
			return false;
	return true;
}

static void
load_by_object(PastAccess *access, const PastIds *model_apis, const PastIds *principals)
{
	PastIds		projects = projects_of(access, model_apis);
	PastIds		nothing = {0};
	PastIds		organizations;

	past_access_read_grants(access, &projects, model_apis, NULL, NULL);
	organizations = holding_organizations(access);
	if (organizations.count > 0 && have_few_events(principals))
		past_access_read_holders(access, principals, &nothing, NULL, NULL);
	else
		past_access_read_members(access, &organizations, NULL, NULL);
}

/* Raises the level of a holder on an object. */
static PastLevel *
raise_level(PastAccess *access, const PastGrant *grant, const pg_uuid_t *holder)
{
	Pair		key = {grant->object, *holder};
	PastLevel  *level = enter(access->levels, &key, sizeof(key), sizeof(PastLevel));

	for (int i = 0; i < 2; i++)
		if (grant->expires_at[i] > access->expiry)
			level->level[i] = Max(level->level[i], grant->level[i]);
	return level;
}

static void
make_levels(PastAccess *access)
{
	HASH_SEQ_STATUS scan;
	PastGrant  *grant;

	hash_seq_init(&scan, access->grants);
	while ((grant = hash_seq_search(&scan)) != NULL)
	{
		if (grant->has_user)
			(void) raise_level(access, grant, &grant->user_id);
		if (grant->has_organization)
		{
			PastLevel  *level = raise_level(access, grant, &grant->organization_id);
			PastObject *object = enter(access->objects, &grant->object, sizeof(pg_uuid_t), sizeof(PastObject));

			if (!level->is_organization)
				object->organizations = lappend(object->organizations, level);
			level->is_organization = true;
		}
	}
}

void
past_access_load(PastAccess *access, const PastIds *model_apis, const PastIds *principals)
{
	MemoryContext caller = MemoryContextSwitchTo(access->memory);
	PastIds		nothing = {0};

	past_access_read_model_apis(access, &nothing, model_apis, NULL, NULL);
	past_events_of_principals(&access->change, principals, add_principal_event, access);
	if (model_apis->count / MODEL_APIS_PER_HOLDER >= principals->count)
		load_by_holder(access, principals);
	else
		load_by_object(access, model_apis, principals);
	make_levels(access);
	MemoryContextSwitchTo(caller);
}

/* ----------
 * States
 * ----------
 */

/* Whether the current user may see the members of an organization. */
static bool
shows_members(PastAccess *access, const pg_uuid_t *organization)
{
	bool		found;
	ShownMembers *shown = hash_search(access->shown, organization, HASH_ENTER, &found);

	if (!found)
		shown->is_shown = decision_permits_organization(access->context, organization,
														ORGANIZATION_PERMISSION_VIEW_MEMBERS);
	return shown->is_shown;
}

static bool
was_member(PastAccess *access, const pg_uuid_t *organization, const pg_uuid_t *user_id, int moment)
{
	Pair		key = {*organization, *user_id};
	PastMember *member = hash_search(access->members, &key, HASH_FIND, NULL);

	return member && member->is_member[moment];
}

/* The level of a principal on one object, through its own grants and those of organizations. */
static AccessLevel
level_on(PastAccess *access, const pg_uuid_t *object, const pg_uuid_t *principal, int moment)
{
	bool		is_oneself = access->user_id && uuids_equal(access->user_id, principal);
	Pair		key = {*object, *principal};
	PastLevel  *own = hash_search(access->levels, &key, HASH_FIND, NULL);
	PastObject *others = hash_search(access->objects, object, HASH_FIND, NULL);
	AccessLevel level = ACCESS_LEVEL_NONE;
	ListCell   *cell;

	if (own && !(own->is_organization && shows_members(access, principal)))
		level = own->level[moment];
	foreach(cell, others ? others->organizations : NIL)
	{
		PastLevel  *other = (PastLevel *) lfirst(cell);
		const pg_uuid_t *organization = &other->key.second;

		if (other->level[moment] > level && was_member(access, organization, principal, moment) &&
			(is_oneself || shows_members(access, organization)))
			level = other->level[moment];
	}
	return level;
}

void
past_access_state(PastAccess *access, const pg_uuid_t *model_api_id, const pg_uuid_t *principal_id,
				  int moment, PastState *state)
{
	PastModelApi *model_api = hash_search(access->model_apis, model_api_id, HASH_FIND, NULL);
	PastPrincipal *principal = hash_search(access->principals, principal_id, HASH_FIND, NULL);
	bool		is_enabled;
	AccessLevel on_project;
	AccessLevel on_model_api;

	memset(state, 0, sizeof(*state));
	state->has_project = exists(model_api, moment);
	if (state->has_project)
	{
		state->project_id = model_api->project_id;
		state->model_api_name = model_api->name[moment];
	}
	if (!is_there(principal, moment, &is_enabled))
		return;
	state->name = principal->name[moment];
	state->is_organization = principal->is_organization;
	if (!state->has_project || !is_enabled)
		return;
	on_project = level_on(access, &model_api->project_id, principal_id, moment);
	on_model_api = level_on(access, model_api_id, principal_id, moment);
	state->level = Max(on_project, on_model_api);
	/* for an organization: what its grants give, without what everybody has */
	if (principal->is_organization && state->level == ACCESS_LEVEL_NONE)
		return;
	for (int i = 0; i < PERMISSION_COUNT; i++)
		if (permissions_rule_permits((Permission) i, model_api->visibility[moment],
									 model_api->authorization_mode[moment], on_project, on_model_api))
			state->permissions |= (uint32) 1 << i;
}
