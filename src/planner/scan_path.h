/*-------------------------------------------------------------------------
 *
 * scan_path.h
 *	  What the paths of the two custom scans have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_SCAN_PATH_H
#define MODELAPI_ACL_SCAN_PATH_H

#include "access/attnum.h"
#include "access/sdir.h"
#include "nodes/bitmapset.h"
#include "nodes/extensible.h"
#include "nodes/pathnodes.h"
#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

#include "policy_clause.h"

/*
 * scan_path_expected_reach: on how many model APIs a user is taken to hold the permission
 * of a condition, among public ones, private ones or both.
 * scan_path_expected_fraction: the fraction of all rows of a table that belong to these.
 * scan_path_expected_projects: on how many projects a project permission is taken to be held.
 */
extern double scan_path_expected_reach(Node *permission, bool wants_public, bool wants_private);
extern double scan_path_expected_fraction(Node *permission);
extern double scan_path_expected_projects(Node *permission);

/*
 * The columns of a relation that a query needs, numbered as by pull_varattnos(), other than
 * those that only the given condition needs.
 */
extern Bitmapset *scan_path_columns(RelOptInfo *rel, const PolicyCondition *condition);

/*
 * Whether the query needs system columns that only a heap tuple has.  The scans return
 * virtual tuples, so that they cannot be used then.
 */
extern bool scan_path_needs_system_columns(RelOptInfo *rel);

/* The number of rows that the query is likely to fetch, by its LIMIT; 0: all. */
extern int	scan_path_limit(PlannerInfo *root);

/*
 * scan_path_bounds: a list of two expressions, the bounds on the column that an ordered
 * scan is ordered by; NULL constants without an order.
 */
extern List *scan_path_bounds(RelOptInfo *rel, ScanDirection order, AttrNumber column);

/*
 * scan_path_create: a path with the cost of finding so many rows by key and of reading so
 * many others in sequence.  The caller sets custom_private and methods.
 */
extern CustomPath *scan_path_create(RelOptInfo *rel, double reach, double others, List *pathkeys);

/*
 * scan_path_create_joined: the same for a scan that looks up one key for each row of the
 * outer relations of a nested loop.
 * scan_path_rows_of_key: how many rows a model API or a project is taken to have.
 */
extern CustomPath *scan_path_create_joined(PlannerInfo *root, RelOptInfo *rel, Relids outer,
										   double rows_of_key, bool needs_no_heap);
extern double scan_path_rows_of_key(RelOptInfo *rel, bool is_by_project);

/*
 * scan_path_private: the custom_private of a path: the plan as plan_info.h makes it, the
 * condition's RestrictInfo, and the expressions that plan_info.h describes.  permission is
 * the one to find keys by; others are the expressions after the condition.
 */
extern List *scan_path_private(List *plan, const PolicyCondition *condition, Node *permission,
							   List *others);

/*
 * scan_path_plan: the plan for such a path.  The scan evaluates the condition, all others
 * stay filters.
 */
extern Plan *scan_path_plan(RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses,
							const CustomScanMethods *methods);

#endif							/* MODELAPI_ACL_SCAN_PATH_H */
