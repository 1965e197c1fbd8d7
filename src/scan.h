/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  What condition.c finds and support.c plans, scan.c and lookup.c run, and arms.c,
 *	  keys.c and reach.c find for them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SCAN_H
#define MODELAPI_ACL_SCAN_H

#include "access/skey.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "nodes/extensible.h"
#include "nodes/pathnodes.h"
#include "storage/itemptr.h"

#include "modelapi_acl.h"

/* ----------
 * condition.c: a policy's condition in a query
 *
 * These look at expressions alone, take no lock, and allocate nothing that lasts.
 * ----------
 */

/* How many arguments a condition on a row of model_apis has; all others have fewer */
#define ARGUMENTS_FOR_MODEL_API 6

/* Remembers the support function by which the policies' functions are known. */
extern void condition_known_by(Oid function);

/*
 * condition_choose: a condition by which a scan may find the rows of a relation, or
 * NULL.  Of several the scan takes one, the others stay filters: rather what a query
 * asks for than the policy's "view".
 */
extern RestrictInfo *condition_choose(RelOptInfo *rel);

/* A condition's arguments; whether a permission on a model API is among them. */
extern Node *condition_permission(FuncExpr *call);
extern Node *condition_identity(FuncExpr *call);
extern bool condition_asks_for_permission(List *arguments);

/* The permission on a model API that is asked for, as far as the planner knows it. */
extern bool condition_known_permission(FuncExpr *call, Permission *permission);

/*
 * condition_asked_key: an expression, the same for all rows, that a uuid column has to
 * be equal to by the query's own conditions; NULL for none.
 */
extern Node *condition_asked_key(RelOptInfo *rel, AttrNumber column);

/* ----------
 * policy_first.c
 * ----------
 */

/*
 * policy_first_guards: whether a relation of a query is one of the extension's to which
 * policies apply, as itself or as a child of one, and the current user no administrator.
 * Reads catalogs alone.
 */
extern bool policy_first_guards(PlannerInfo *root, Index relid);

/*
 * Whether a relation lies in one of the extension's schemas; whether a column of such a
 * one is open: no contents.  Both read catalogs alone.
 */
extern bool policy_first_is_ours(Oid relid);
extern bool policy_first_is_open(Oid relid, AttrNumber column);

/* ----------
 * bounds.c: between which times the rows are that a query asks for, both inclusive
 * ----------
 */
enum
{
	BOUND_FROM,
	BOUND_UNTIL,
	BOUNDS
};

/* Expressions for the bounds on a timestamp column; NULL constants for none. */
extern void bounds_find(RelOptInfo *rel, AttrNumber column, Node *bounds[BOUNDS]);

/* Their values, from their initialized states. */
extern void bounds_evaluate(List *states, ExprContext *econtext, TimestampTz bounds[BOUNDS]);

/* Scan keys for an index's column, two at the most; returns how many. */
extern int	bounds_keys(const TimestampTz bounds[BOUNDS], AttrNumber column, ScanKey keys);

/* What the planner knows, carried in the plan's custom_private */
typedef struct ScanPlan
{
	ScanDirection order;		/* of (created_at, id); no movement: none */
	bool		wants_public;	/* the query's conditions leave such rows */
	bool		wants_private;
	bool		needs_no_heap;	/* an index's entry has all that is asked for */
	int			limit;			/* rows that are likely to be taken; 0: all */
	TimestampTz bounds[BOUNDS]; /* filled when it runs */
} ScanPlan;

/* The plan as a list that can be copied, and back. */
extern List *scan_plan_to_list(const ScanPlan *plan);
extern ScanPlan scan_plan_from_list(List *list);

/*
 * The methods of the plan node.  Its custom_exprs are two expressions without
 * variables, the permission and the identity, the policy's condition, in place of
 * which the scan decides, and the bounds on the column of the order.
 */
#define EXPRESSIONS_OF_ARGUMENTS 2
#define EXPRESSION_OF_CONDITION 2
#define EXPRESSIONS_BEFORE_BOUNDS 3
extern const CustomScanMethods reach_scan_methods;

/* The values of the first two, initialized; without a permission nobody is asking. */
extern void scan_arguments(List *arguments, ExprContext *econtext,
						   Permission *permission, Identity *identity);

/* A node's virtual slot, filled from a tuple that stays pinned in its own. */
extern TupleTableSlot *scan_emit(CustomScanState *node, TupleTableSlot *tuple);

/* ----------
 * lookup.c: the same for the other tables
 * ----------
 */

/* Where the keys that a row is looked up by come from */
typedef enum KeySource
{
	KEYS_MODEL_APIS,			/* on which the permission is held */
	KEYS_PROJECTS,				/* on which a level is held that gives it */
	KEYS_ORGANIZATIONS,			/* of which the one asking is a member */
	KEYS_USER					/* who is asking */
} KeySource;

/* One way to rows: those with one of the keys in a column that leads an index */
typedef struct LookupArm
{
	KeySource	source;
	Oid			index;
	AttrNumber	column;
	AttrNumber	second;			/* the query asks for a key of this column too; or 0 */
	bool		is_asked;		/* the query asks for a key of the column */
	bool		is_hidden;		/* for planning: from the query's own conditions */
	bool		only_if_asked;	/* for planning: else another arm leads to the same rows */
} LookupArm;

#define LOOKUP_ARMS_MAX 3

/* What the planner knows, carried in the plan's custom_private */
typedef struct LookupPlan
{
	LookupArm	arms[LOOKUP_ARMS_MAX];
	int			narms;
	ScanDirection order;		/* of a timestamp that is never NULL; or none */
	AttrNumber	order_column;
	Oid			order_index;	/* by that column */
	int			limit;			/* rows that are likely to be taken; 0: all */
} LookupPlan;

/*
 * The methods of the plan node.  Its custom_exprs are as above, followed by two for
 * each arm, the keys that the query asks for of its columns (NULL constants for none);
 * its custom_private is what lookup_plan_to_list makes.
 */
#define EXPRESSIONS_BEFORE_KEYS (EXPRESSIONS_BEFORE_BOUNDS + BOUNDS)
extern const CustomScanMethods lookup_scan_methods;

/* ----------
 * arms.c
 * ----------
 */

/* The plan as a list that can be copied, and back. */
extern List *lookup_plan_to_list(const LookupPlan *plan);
extern LookupPlan lookup_plan_from_list(List *list);

/*
 * lookup_arms: the ways to the rows of a table that its policy may show, other than
 * by a permission on a row's own model API; returns how many, 0 for any other table,
 * and the permission of which the keys' holders are meant.  The caller finds the
 * indexes of arms that have none yet.
 */
extern int	lookup_arms(Oid table, LookupArm arms[LOOKUP_ARMS_MAX], Permission *permission);

/* ----------
 * reach.c
 * ----------
 */
typedef struct Reach Reach;

/* A model API, before its tuple is fetched */
typedef struct Candidate
{
	ItemPointerData tid;		/* where the index leads to */
	TimestampTz created_at;
	ModelApiFacts facts;		/* but for the invocation mode */
	bool		needs_heap;		/* whatever the visibility map says by now */
} Candidate;

typedef enum ReachMethod
{
	REACH_NOTHING,				/* nobody is asking */
	REACH_GATHER,
	REACH_MERGE,
	REACH_WALK,
	REACH_TABLE					/* reading the whole table is better: the caller does */
} ReachMethod;

/*
 * reach_begin: looks at the grants and chooses a way to the model APIs on which
 * an identity holds a permission.
 *
 * model_apis: open and locked by the caller, as long as the Reach is used, and
 * so is the snapshot.  Allocates in a child of the current memory context, which
 * reach_end deletes.  Of the plan, order, limit, needs_no_heap and what is wanted
 * count.
 */
extern Reach *reach_begin(Relation model_apis, Snapshot snapshot, const Identity *identity,
						  Permission permission, const ScanPlan *plan);
extern ReachMethod reach_method(Reach *reach);

/*
 * Whether all indexes are there that other ways go through than REACH_TABLE.  The
 * planner asks: without them only a Reach in no order can begin.
 */
extern bool reach_is_served(Relation model_apis);

/* How many rows a table or an index has, as far as statistics tell. */
extern double reach_tuples(Relation relation);

/* How many model APIs it will lead to, as far as grants and statistics tell. */
extern double reach_expected(Reach *reach);
extern AccessContext *reach_context(Reach *reach);

/*
 * reach_next: the next model API that is permitted, as an index's entry tells of
 * it; whether the snapshot shows the row is still to be seen.  None comes twice.
 */
extern bool reach_next(Reach *reach, Candidate *candidate);

/*
 * Whether the visibility map vouches for a candidate's page, so that its entry is a
 * row that everybody sees; else the heap tells: fetches the version that the snapshot
 * shows, if any.  To be asked before the next candidate is.
 */
extern bool reach_is_all_visible(Reach *reach, const Candidate *candidate);
extern bool reach_fetch(Reach *reach, const Candidate *candidate, TupleTableSlot *slot);

/* Whether a row is permitted, and wanted by the plan. */
extern bool reach_permits(Reach *reach, const ModelApiFacts *facts);

extern void reach_end(Reach *reach);

/* ----------
 * keys.c
 * ----------
 */
typedef struct Keys Keys;

/*
 * keys_begin: prepares the keys of a plan's arms.  The plan and the snapshot are the
 * caller's as long as the Keys are used.  Allocates in the current memory context, which
 * has to outlive them; opens and locks model_apis where an arm is about them, until
 * keys_end.
 */
extern Keys *keys_begin(const LookupPlan *plan, Snapshot snapshot,
						const Identity *identity, Permission permission);
extern void keys_end(Keys *keys);

/* How many keys there are in all, at a guess; less than 0: too many.  To be asked first. */
extern double keys_count(Keys *keys);

/* How many of so many rows there are for each model API, if an arm is about them; else 1. */
extern double keys_rows_of_each(Keys *keys, double rows);

/* The next key of an arm; none comes twice. */
extern bool keys_next(Keys *keys, int arm, pg_uuid_t *key);

/*
 * keys_have: whether a value is among an arm's keys.  Where that is going to be asked
 * for every row of a table, and keys_next isn't, keys_read_all says so first.
 */
extern bool keys_have(Keys *keys, int arm, const pg_uuid_t *value);
extern void keys_read_all(Keys *keys);

#endif							/* MODELAPI_ACL_SCAN_H */
