/*-------------------------------------------------------------------------
 *
 * subject.h
 *	  Finds the user whom a subject names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SUBJECT_H
#define MODELAPI_ACL_SUBJECT_H

#include "utils/snapshot.h"
#include "utils/uuid.h"

/* Who names the user, and so which subjects count */
typedef enum SubjectOf
{
	SUBJECT_OF_CLAIMS,			/* people only; a user's id in every form that type uuid accepts */
	SUBJECT_OF_REQUEST			/* a person's id in its canonical form, lower case with hyphens; a
								 * service account has no other subject than its external_id */
} SubjectOf;

/*
 * subject_find_user: the enabled user whom a subject names, by an external_id, or else by the
 * id; the snapshot shows the users.
 *
 * Returns whether there is one, and fills in *user_id then.  Raises no error, whatever the
 * subject is.
 */
extern bool subject_find_user(const char *subject, SubjectOf source, Snapshot snapshot,
							  pg_uuid_t *user_id);

#endif							/* MODELAPI_ACL_SUBJECT_H */
