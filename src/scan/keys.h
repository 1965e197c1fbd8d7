/*-------------------------------------------------------------------------
 *
 * keys.h
 *	  The keys by which dependent_scan.c finds rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_KEYS_H
#define MODELAPI_ACL_KEYS_H

#include "nodes/execnodes.h"
#include "utils/uuid.h"

#include "../identity/identity.h"
#include "plan_info.h"

/*
 * keys_decide: whether the rows of a source's keys need no further check, since a decision
 * has allowed the permission on each key.
 */
extern bool keys_decide(KeySource source);

/* keys_are_joined: whether a join supplies the keys, one at a time. */
extern bool keys_are_joined(const LookupPlan *plan);

/* The keys of a plan's arms for one identity; opaque */
typedef struct Keys Keys;

/*
 * keys_begin: prepares the keys of the arms.  permission: of plan_info_permission_type().
 *
 * The plan and the statement have to outlive the Keys, and so does the current memory
 * context, in which they are allocated.  Opens model_apis with AccessShareLock until
 * keys_end, if the first arm is on model APIs and they have to be searched for.
 */
extern Keys *keys_begin(const LookupPlan *plan, EState *estate,
						const Identity *identity, int permission);
extern void keys_end(Keys *keys);

/*
 * keys_count: the estimated number of keys of all arms, less than 0 if an arm has more than
 * most, or more than can be held: then keys_next must not be called.  No more are read to
 * find that out.
 */
extern double keys_count(Keys *keys, double most);

/*
 * Of so many rows of a table, how many belong to each model API, or to each project; 1 if
 * keys are something else, or if that were less.
 */
extern double keys_rows_of_each(Keys *keys, double rows);

/* The next key of an arm; none comes twice. */
extern bool keys_next(Keys *keys, int arm, pg_uuid_t *key);

/*
 * keys_have: whether a value is one of the keys of an arm.  keys_read_all announces that
 * keys_have will be called for every row of a table, or for every key of a join, and
 * keys_next not at all.
 */
extern bool keys_have(Keys *keys, int arm, const pg_uuid_t *value);
extern void keys_read_all(Keys *keys);

#endif							/* MODELAPI_ACL_KEYS_H */
