/*-------------------------------------------------------------------------
 *
 * changed_pairs.c
 *	  Whose access to what a change may have changed.
 *
 * - A grant: its holder, on its model API or on those of its project.
 * - A membership: the member, on all that the organization was ever granted.
 * - A user who changed, such as a disabled one: all that the user, or an organization that the
 *	 user was ever a member of, was ever granted, and all that was ever public.
 * - A model API that changed itself: everybody who ever had a grant on it or on its project;
 *	 all users, if it was ever public.
 *
 * If an organization holds the grant: the organization itself, and all who were ever members.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "changed_pairs.h"
#include "past_access.h"
#include "past_events.h"
#include "../terms.h"
#include "../values/arrays.h"
#include "../values/uuids.h"

/* A principal for the model APIs of an object: a project or a model API */
typedef struct Holding
{
	pg_uuid_t	object;			/* must be first: the sort key */
	GrantTarget target;
	pg_uuid_t	principal;
	bool		with_members;	/* an organization, for all who were ever its members */
} Holding;

/* Two ids that belong together; the first is the sort key */
typedef struct Link
{
	pg_uuid_t	from;
	pg_uuid_t	to;
} Link;

typedef struct Links
{
	Link	   *links;
	int			count;
	int			room;
} Links;

typedef struct Search
{
	PastAccess *access;
	ChangedPairs *pairs;
	MemoryContext memory;		/* where all of this is */
	PastIds		people;			/* users who changed themselves */
	PastIds		organizations;	/* of the memberships in question */
	Links		memberships;	/* from organizations to users */
	Holding    *holdings;
	int			nholdings;
	int			holdings_room;
	PastIds		changed;		/* model APIs that changed themselves ... */
	PastIds		changed_projects;	/* ... and their projects */
	Links		project_changes;	/* from these projects to these model APIs */
	PastIds		opened;			/* those of them that were ever public */
	Links		projects;		/* from projects to model APIs */
	Links		members;		/* from organizations to users who were ever members */
	const pg_uuid_t *public_user;
} Search;

/* ----------
 * Links and pairs
 * ----------
 */

static void
add_link(Links *links, const pg_uuid_t *from, const pg_uuid_t *to)
{
	links->links = arrays_make_room(links->links, links->count, &links->room, sizeof(Link));
	links->links[links->count].from = *from;
	links->links[links->count++].to = *to;
}

static int
compare_links(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(Link));
}

/* Sorts the links, and drops duplicates. */
static void
sort_links(Links *links)
{
	int			count = 0;

	if (links->count == 0)
		return;
	qsort(links->links, links->count, sizeof(Link), compare_links);
	for (int i = 0; i < links->count; i++)
		if (count == 0 || compare_links(&links->links[i], &links->links[count - 1]) != 0)
			links->links[count++] = links->links[i];
	links->count = count;
}

/* The number of sorted links from an id, of which *first is the first one. */
static int
links_from(const Links *links, const pg_uuid_t *from, const Link **first)
{
	int			low = 0;
	int			high = links->count;
	int			count = 0;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (uuids_compare(&links->links[middle].from, from) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*first = &links->links[low];
	while (low + count < links->count && uuids_equal(&links->links[low + count].from, from))
		count++;
	return count;
}

static void
add_pair(Search *search, const pg_uuid_t *model_api_id, const pg_uuid_t *principal)
{
	ChangedPairs *pairs = search->pairs;

	pairs->pairs = arrays_make_room(pairs->pairs, pairs->count, &pairs->room, sizeof(ChangedPair));
	pairs->pairs[pairs->count].model_api_id = *model_api_id;
	pairs->pairs[pairs->count++].principal = *principal;
}

static int
compare_pairs(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(ChangedPair));
}

static void
sort_pairs(ChangedPairs *pairs)
{
	int			count = 0;

	if (pairs->count == 0)
		return;
	qsort(pairs->pairs, pairs->count, sizeof(ChangedPair), compare_pairs);
	for (int i = 0; i < pairs->count; i++)
		if (count == 0 || compare_pairs(&pairs->pairs[i], &pairs->pairs[count - 1]) != 0)
			pairs->pairs[count++] = pairs->pairs[i];
	pairs->count = count;
}

/* ----------
 * The objects that the change touched
 * ----------
 */

static void
add_holding(Search *search, GrantTarget target, const pg_uuid_t *object, const pg_uuid_t *principal,
			bool with_members)
{
	Holding    *holding;

	search->holdings = arrays_make_room(search->holdings, search->nholdings, &search->holdings_room,
										sizeof(Holding));
	holding = &search->holdings[search->nholdings++];
	memset(holding, 0, sizeof(*holding));
	holding->object = *object;
	holding->target = target;
	holding->principal = *principal;
	holding->with_members = with_members;
}

static void
add_membership(Search *search, const pg_uuid_t *organization, const pg_uuid_t *user_id)
{
	past_events_add(&search->organizations, organization);
	add_link(&search->memberships, organization, user_id);
}

/* The holders of a grant. */
static void
add_holders(Search *search, GrantTarget target, const pg_uuid_t *object,
			const pg_uuid_t *user_id, const pg_uuid_t *organization)
{
	if (user_id)
		add_holding(search, target, object, user_id, false);
	if (organization)
		add_holding(search, target, object, organization, true);
}

/* A PastChangedConsumer. */
static void
add_changed(const PastChangedObject *object, void *arg)
{
	Search	   *search = (Search *) arg;
	MemoryContext caller = MemoryContextSwitchTo(search->memory);
	const pg_uuid_t *user_id = object->has_user ? &object->user_id : NULL;
	const pg_uuid_t *organization = object->has_organization ? &object->organization_id : NULL;

	if (strcmp(object->object_type, "user") == 0 && object->has_object)
		past_events_add(&search->people, &object->object_id);
	else if (strcmp(object->object_type, "organization") == 0 && object->has_object && user_id)
		add_membership(search, &object->object_id, user_id);
	else if (strcmp(object->object_type, "project_collaborator") == 0 && object->has_project)
		add_holders(search, GRANT_ON_PROJECT, &object->project_id, user_id, organization);
	else if (strcmp(object->object_type, "model_api_collaborator") == 0 && object->has_model_api)
		add_holders(search, GRANT_ON_MODEL_API, &object->model_api_id, user_id, organization);
	else if (strcmp(object->object_type, "model_api") == 0 && object->has_model_api && object->has_project)
	{
		past_events_add(&search->changed, &object->model_api_id);
		past_events_add(&search->changed_projects, &object->project_id);
		add_link(&search->project_changes, &object->project_id, &object->model_api_id);
	}
	MemoryContextSwitchTo(caller);
}

/* ----------
 * Grants
 * ----------
 */

/* The object of a grant, or NULL. */
static const pg_uuid_t *
object_of(const PastAccessEvent *event)
{
	if (event->target == GRANT_ON_PROJECT)
		return event->has_project ? &event->project_id : NULL;
	return event->has_model_api ? &event->model_api_id : NULL;
}

/* A PastAccessConsumer: what people were ever granted, and which organizations they were in. */
static void
add_of_person(const PastAccessEvent *event, void *arg)
{
	Search	   *search = (Search *) arg;
	const pg_uuid_t *object = object_of(event);

	if (!event->has_user)
		return;
	if (event->is_membership)
		add_membership(search, &event->object, &event->user_id);
	else if (object)
		add_holding(search, event->target, object, &event->user_id, false);
}

/* A PastAccessConsumer: what organizations were ever granted, for the members in question. */
static void
add_of_organization(const PastAccessEvent *event, void *arg)
{
	Search	   *search = (Search *) arg;
	const pg_uuid_t *object = object_of(event);
	const Link *first;
	int			count;

	if (event->is_membership || !event->has_organization || !object)
		return;
	count = links_from(&search->memberships, &event->organization_id, &first);
	for (int i = 0; i < count; i++)
		add_holding(search, event->target, object, &first[i].to, false);
}

/* A PastAccessConsumer: grants on model APIs that changed, and on their projects. */
static void
add_of_changed(const PastAccessEvent *event, void *arg)
{
	Search	   *search = (Search *) arg;
	const pg_uuid_t *object = object_of(event);
	const pg_uuid_t *user_id = event->has_user ? &event->user_id : NULL;
	const pg_uuid_t *organization = event->has_organization ? &event->organization_id : NULL;
	const Link *first;
	int			count;

	if (!object)
		return;
	if (event->target == GRANT_ON_MODEL_API)
	{
		add_holders(search, GRANT_ON_MODEL_API, object, user_id, organization);
		return;
	}
	count = links_from(&search->project_changes, object, &first);
	for (int i = 0; i < count; i++)
		add_holders(search, GRANT_ON_MODEL_API, &first[i].to, user_id, organization);
}

static void
find_holdings(Search *search)
{
	PastIds		nothing = {0};

	past_events_unique(&search->people);
	past_access_read_holders(search->access, &search->people, &nothing, add_of_person, search);
	past_events_unique(&search->organizations);
	sort_links(&search->memberships);
	past_access_read_holders(search->access, &nothing, &search->organizations, add_of_organization, search);
	past_events_unique(&search->changed);
	past_events_unique(&search->changed_projects);
	sort_links(&search->project_changes);
	past_access_read_grants(search->access, &search->changed_projects, &search->changed, add_of_changed, search);
}

/* ----------
 * From grants to pairs
 * ----------
 */

/* A PastModelApiConsumer: the model APIs of projects. */
static void
add_of_project(const PastModelApiEvent *event, void *arg)
{
	Search	   *search = (Search *) arg;

	if (event->is_created)
		add_link(&search->projects, &event->project_id, &event->model_api_id);
	if (event->visibility && strcmp(event->visibility, "public") == 0 &&
		bsearch(&event->model_api_id, search->changed.ids, search->changed.count, sizeof(pg_uuid_t), uuids_compare))
		past_events_add(&search->opened, &event->model_api_id);
}

/* A PastAccessConsumer: who was ever a member. */
static void
add_past_member(const PastAccessEvent *event, void *arg)
{
	if (event->is_membership && event->has_user)
		add_link(&((Search *) arg)->members, &event->object, &event->user_id);
}

/* Reads the model APIs of projects and the members of organizations with a grant in question. */
static void
read_around(Search *search)
{
	PastIds		projects = {0};
	PastIds		organizations = {0};

	for (int i = 0; i < search->nholdings; i++)
	{
		if (search->holdings[i].target == GRANT_ON_PROJECT)
			past_events_add(&projects, &search->holdings[i].object);
		if (search->holdings[i].with_members)
			past_events_add(&organizations, &search->holdings[i].principal);
	}
	past_events_unique(&projects);
	past_events_unique(&organizations);
	past_access_read_model_apis(search->access, &projects, &search->changed, add_of_project, search);
	past_access_read_members(search->access, &organizations, add_past_member, search);
	sort_links(&search->projects);
	sort_links(&search->members);
	past_events_unique(&search->opened);
}

static void
add_holding_pairs(Search *search, const Holding *holding, const pg_uuid_t *model_api_id)
{
	const Link *first;
	int			count;

	add_pair(search, model_api_id, &holding->principal);
	if (!holding->with_members)
		return;
	count = links_from(&search->members, &holding->principal, &first);
	for (int i = 0; i < count; i++)
		add_pair(search, model_api_id, &first[i].to);
}

/* A PastIdConsumer: a user, for model APIs that were ever public. */
static void
add_user(const pg_uuid_t *id, void *arg)
{
	Search	   *search = (Search *) arg;
	MemoryContext caller = MemoryContextSwitchTo(search->memory);

	for (int i = 0; i < search->opened.count; i++)
		add_pair(search, &search->opened.ids[i], id);
	MemoryContextSwitchTo(caller);
}

/* A PastIdConsumer: a model API that was ever public, for the people. */
static void
add_public(const pg_uuid_t *id, void *arg)
{
	Search	   *search = (Search *) arg;
	MemoryContext caller = MemoryContextSwitchTo(search->memory);

	for (int i = 0; i < search->people.count; i++)
		add_pair(search, id, &search->people.ids[i]);
	MemoryContextSwitchTo(caller);
}

static void
add_pairs(Search *search)
{
	for (int i = 0; i < search->nholdings; i++)
	{
		const Holding *holding = &search->holdings[i];
		const Link *first;
		int			count;

		CHECK_FOR_INTERRUPTS();
		if (holding->target == GRANT_ON_MODEL_API)
		{
			add_holding_pairs(search, holding, &holding->object);
			continue;
		}
		count = links_from(&search->projects, &holding->object, &first);
		for (int j = 0; j < count; j++)
			add_holding_pairs(search, holding, &first[j].to);
	}
	if (search->opened.count > 0)
		past_events_each_user(add_user, search);
	if (search->people.count > 0)
		past_events_each_public(add_public, search);
}

void
changed_pairs_find(PastAccess *access, const pg_uuid_t *change_id, const pg_uuid_t *also, ChangedPairs *pairs)
{
	Search		search = {.access = access, .pairs = pairs, .memory = CurrentMemoryContext};
	int			count;

	memset(pairs, 0, sizeof(*pairs));
	past_events_of_change(change_id, add_changed, &search);
	find_holdings(&search);
	read_around(&search);
	add_pairs(&search);
	sort_pairs(pairs);
	count = pairs->count;
	for (int i = 0; also && i < count; i++)
		if (i == 0 || !uuids_equal(&pairs->pairs[i].model_api_id, &pairs->pairs[i - 1].model_api_id))
		{
			pg_uuid_t	model_api_id = pairs->pairs[i].model_api_id;

			add_pair(&search, &model_api_id, also);
		}
	sort_pairs(pairs);
}
