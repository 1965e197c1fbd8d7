/*-------------------------------------------------------------------------
 *
 * past_access.c
 *	  Model APIs, principals, grants and members before a change and after it.
 *
 * The last event of an object up to a moment gives its state then.  The two moments, before
 * and after the change, are computed at once from the same events.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "past_access.h"
#include "past_events.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "../terms.h"

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

void *
past_access_enter(HTAB *table, const void *key, Size key_size, Size entry_size)
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
	member = past_access_enter(access->members, &key, sizeof(key), sizeof(PastMember));
	for (int i = 0; i < 2; i++)
		if (is_later(&event->event, i, &member->time[i]))
			member->is_member[i] = !event->is_removed;
}

static void
add_grant(PastAccess *access, const PastAccessEvent *event)
{
	PastGrant  *grant = past_access_enter(access->grants, &event->object, sizeof(pg_uuid_t), sizeof(PastGrant));

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
	PastModelApi *model_api = past_access_enter(access->model_apis, &event->model_api_id, sizeof(pg_uuid_t),
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
	PastPrincipal *principal = past_access_enter(access->principals, &event->id, sizeof(pg_uuid_t), sizeof(PastPrincipal));

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

void
past_access_read_principals(PastAccess *access, const PastIds *principals)
{
	past_events_of_principals(&access->change, principals, add_principal_event, access);
}
