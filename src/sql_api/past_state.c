/*-------------------------------------------------------------------------
 *
 * past_state.c
 *	  Who had which access to a model API before a change, and who after it.
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

#include "past_access.h"
#include "past_events.h"
#include "past_state.h"
#include "../access/decision.h"
#include "../access/permissions.h"
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
	PastLevel  *level = past_access_enter(access->levels, &key, sizeof(key), sizeof(PastLevel));

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
			PastObject *object = past_access_enter(access->objects, &grant->object, sizeof(pg_uuid_t), sizeof(PastObject));

			if (!level->is_organization)
				object->organizations = lappend(object->organizations, level);
			level->is_organization = true;
		}
	}
}

void
past_state_load(PastAccess *access, const PastIds *model_apis, const PastIds *principals)
{
	MemoryContext caller = MemoryContextSwitchTo(access->memory);
	PastIds		nothing = {0};

	past_access_read_model_apis(access, &nothing, model_apis, NULL, NULL);
	past_access_read_principals(access, principals);
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

static bool
exists(const PastModelApi *model_api, int moment)
{
	return model_api && model_api->is_created[moment] && !model_api->is_deleted[moment];
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
past_state_at(PastAccess *access, const pg_uuid_t *model_api_id, const pg_uuid_t *principal_id,
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
