/*-------------------------------------------------------------------------
 *
 * plan_info.h
 *	  What the planner tells the two scans, carried in a plan's custom_private.
 *
 * A plan can be cached and copied, so that this travels as a list of nodes.
 *
 * Both scans have these custom_exprs:
 *	- the permission and the identity, two expressions without variables; the identity is
 *	  NULL, no node, for the session's own;
 *	- the policy's condition, in place of which the scan decides;
 *	- the two bounds of the column that the rows are ordered by;
 *	- for a dependent scan, two keys for each arm: what the query's own conditions say
 *	  that the arm's columns are equal to, or NULL constants.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_PLAN_INFO_H
#define MODELAPI_ACL_PLAN_INFO_H

#include "access/attnum.h"
#include "access/sdir.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include "../catalog/object_ids.h"
#include "bounds.h"

/* Positions in custom_exprs */
#define EXPRESSIONS_OF_ARGUMENTS 2
#define EXPRESSION_OF_CONDITION 2
#define EXPRESSIONS_BEFORE_BOUNDS 3
#define EXPRESSIONS_BEFORE_KEYS (EXPRESSIONS_BEFORE_BOUNDS + BOUNDS)

/* A scan of model_apis */
typedef struct ModelApiPlan
{
	ScanDirection order;		/* by (created_at, id); NoMovementScanDirection: none */
	bool		wants_public;	/* the query's conditions admit public rows */
	bool		wants_private;
	bool		needs_no_heap;	/* an index entry holds every column that is needed */
	int			limit;			/* the number of rows likely to be fetched; 0: all */
	TimestampTz bounds[BOUNDS]; /* filled in at run time */
} ModelApiPlan;

/* Where the keys of an arm come from */
typedef enum KeySource
{
	KEYS_MODEL_APIS,			/* model APIs on which the user holds the permission */
	KEYS_PROJECTS,				/* projects on which a grant gives the permission */
	KEYS_PERMITTED_PROJECTS,	/* projects on which the user holds the project permission */
	KEYS_ORGANIZATIONS,			/* the user's organizations */
	KEYS_USER					/* the user */
} KeySource;

/*
 * One way to find rows: those with one of the keys in the leading column of an index.
 *
 * An ordered scan does best where the second column of the index is the first one of the
 * order, in either direction: it then skips rows that cannot be among the first ones.
 */
typedef struct LookupArm
{
	KeySource	source;
	Oid			index;
	AttrNumber	column;
	AttrNumber	second;			/* the query fixes this column as well; 0: it does not */
	bool		is_asked;		/* the query, or a join, fixes the column */
	bool		needs_no_heap;	/* keys decide, and the index holds all columns that are needed */
	/* for the planner alone, not carried along: */
	bool		is_hidden;		/* policy_first.c hides the index from the planner */
	bool		only_if_asked;	/* without a key of the query, another arm finds the same rows */
} LookupArm;

#define LOOKUP_ARMS_MAX 3

/*
 * A scan of a dependent table.
 *
 * The permission among the expressions is a permission on model APIs, or a project
 * permission if an arm's source is KEYS_PERMITTED_PROJECTS, which must be the only arm.
 * Bounds are used if the first column of the order is a timestamptz.
 */
typedef struct LookupPlan
{
	LookupArm	arms[LOOKUP_ARMS_MAX];
	int			narms;
	ScanDirection order;		/* of a scan of order_index; or none */
	Oid			order_index;	/* any btree index: the rows come in its order */
	int			limit;			/* the number of rows likely to be fetched; 0: all */
} LookupPlan;

/* The type of the permission of a plan's expressions. */
extern EnumId plan_info_permission_type(const LookupPlan *plan);

/* To a list of nodes, in the current memory context, and back. */
extern List *plan_info_from_model_api_plan(const ModelApiPlan *plan);
extern ModelApiPlan plan_info_to_model_api_plan(List *list);
extern List *plan_info_from_lookup_plan(const LookupPlan *plan);
extern LookupPlan plan_info_to_lookup_plan(List *list);

#endif							/* MODELAPI_ACL_PLAN_INFO_H */
