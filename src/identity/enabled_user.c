/*-------------------------------------------------------------------------
 *
 * enabled_user.c
 *	  Whether a user exists and is enabled, and is a person.
 *
 * A request asks this several times: when it states the user, and again in each of its
 * statements.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "enabled_user.h"
#include "../catalog/snapshot_key.h"
#include "../catalog/table_read.h"
#include "../values/uuids.h"

/* The last answer */
static StateStamp last_state;
static pg_uuid_t last_user;
static bool last_is_enabled;
static bool last_is_person;

bool
enabled_user_exists(const pg_uuid_t *user_id, Snapshot snapshot)
{
	StateStamp	state;
	UserFacts	facts;
	bool		is_enabled;

	if (snapshot_key_is_current(&last_state, snapshot) && uuids_equal(&last_user, user_id))
		return last_is_enabled;
	snapshot_key_stamp(&state, snapshot);
	is_enabled = table_read_user(user_id, snapshot, &facts) && facts.enabled;
	last_state = state;
	last_user = *user_id;
	last_is_enabled = is_enabled;
	last_is_person = is_enabled && !facts.is_service_account;
	return is_enabled;
}

bool
enabled_user_is_person(const pg_uuid_t *user_id, Snapshot snapshot)
{
	return enabled_user_exists(user_id, snapshot) && last_is_person;
}
