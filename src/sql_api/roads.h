/*-------------------------------------------------------------------------
 *
 * roads.h
 *	  The names of the roads by which users have access.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ROADS_H
#define MODELAPI_ACL_ROADS_H

#include "../terms.h"

/* The road where visibility alone gives the permission */
#define ROAD_PUBLIC "public"

/*
 * roads_name: the road of a grant on a target, held by an organization (its name) or by a
 * user (NULL).  The SQL function road() is the same for answers in SQL.
 */
static inline const char *
roads_name(GrantTarget target, const char *organization)
{
	if (organization)
		return psprintf("%s:%s", target == GRANT_ON_PROJECT ? "project_organization" : "organization",
						organization);
	return target == GRANT_ON_PROJECT ? "project" : "direct";
}

#endif							/* MODELAPI_ACL_ROADS_H */
