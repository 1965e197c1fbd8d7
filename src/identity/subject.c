/*-------------------------------------------------------------------------
 *
 * subject.c
 *	  Finds the user whom a subject names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"

#include "subject.h"
#include "enabled_user.h"
#include "../catalog/table_read.h"
#include "../values/uuids.h"

static bool
names_id(const char *subject, SubjectOf source, pg_uuid_t *user_id)
{
	if (!uuids_parse(subject, user_id))
		return false;
	return source == SUBJECT_OF_CLAIMS ||
		strcmp(subject, DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(user_id)))) == 0;
}

bool
subject_find_user(const char *subject, SubjectOf source, Snapshot snapshot, pg_uuid_t *user_id)
{
	if (table_read_user_by_external_id(subject, snapshot, user_id))
		return source == SUBJECT_OF_REQUEST ? enabled_user_exists(user_id, snapshot) :
			enabled_user_is_person(user_id, snapshot);
	return names_id(subject, source, user_id) && enabled_user_is_person(user_id, snapshot);
}
