/*-------------------------------------------------------------------------
 *
 * lookup_rules.h
 *	  By which columns the rows of a dependent table can be found.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_LOOKUP_RULES_H
#define MODELAPI_ACL_LOOKUP_RULES_H

#include "../terms.h"
#include "plan_info.h"

/*
 * lookup_rules_find: the arms that together find every row of a table that its policy may
 * show, for a policy that asks for more than a permission on the row's model API.
 *
 * Returns their number, 0 for a table without a rule, and the permission that the keys are
 * keys of.  Fills in the index of arms that policy_first.c hides; the caller finds the
 * others.  Opens each hidden index's table with AccessShareLock and closes it again.
 */
extern int	lookup_rules_find(Oid table, LookupArm arms[LOOKUP_ARMS_MAX], Permission *permission);

#endif							/* MODELAPI_ACL_LOOKUP_RULES_H */
