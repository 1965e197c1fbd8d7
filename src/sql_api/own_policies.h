/*-------------------------------------------------------------------------
 *
 * own_policies.h
 *	  The policies that protect_table makes on an application's own tables: how they are
 *	  recognized.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_OWN_POLICIES_H
#define MODELAPI_ACL_OWN_POLICIES_H

#include "access/attnum.h"
#include "nodes/pg_list.h"

/* The comment on each policy that protect_table makes */
#define OWN_POLICY_COMMENT "Made by modelapi_acl.protect_table"

/* The roles to which these policies apply */
#define OWN_POLICY_ROLES "modelapi_acl_user, modelapi_acl_admin"

typedef struct OwnPolicy
{
	char	   *name;
	AttrNumber	key;			/* the column whose permission it asks for, if it is as protect_table
								 * makes it, whoever did; else InvalidAttrNumber */
	bool		is_permissive;
	bool		is_marked;		/* has the comment */
	bool		is_for_users;	/* applies to PUBLIC or to one of the roles */
} OwnPolicy;

/*
 * own_policies_of: all policies on a table, as a list of OwnPolicy in the current memory
 * context, ordered by name.  The caller has a lock on the table, or accepts that the answer
 * may be out of date.
 */
extern List *own_policies_of(Oid table);

/* Whether protect_table made a policy, be it that somebody has altered it since. */
extern bool own_policies_is_made(const OwnPolicy *policy);

#endif							/* MODELAPI_ACL_OWN_POLICIES_H */
