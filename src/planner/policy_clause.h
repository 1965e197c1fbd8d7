/*-------------------------------------------------------------------------
 *
 * policy_clause.h
 *	  Finds conditions on access among the conditions of a relation in a query.
 *
 * All functions look at expressions alone and take no lock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_POLICY_CLAUSE_H
#define MODELAPI_ACL_POLICY_CLAUSE_H

#include "access/attnum.h"
#include "nodes/nodes.h"
#include "nodes/pathnodes.h"
#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

#include "../terms.h"

/* What a condition asks */
typedef enum ConditionKind
{
	CONDITION_ON_MODEL_API,		/* a permission on a row of model_apis */
	CONDITION_BY_MODEL_API,		/* a permission on the model API that a column leads to */
	CONDITION_BY_PROJECT,		/* a permission on the project that a column leads to */
	CONDITION_BY_RULE			/* more than one reason: see scan/lookup_rules.c */
} ConditionKind;

/* A condition by which a scan can find the rows of a relation */
typedef struct PolicyCondition
{
	ConditionKind kind;
	RestrictInfo *restriction;	/* the condition as a whole */
	AttrNumber	column;			/* the first column that it looks at: the key */
	Node	   *permission;		/* unless it is by a rule */
	Node	   *identity;		/* NULL: the session's own */
	Node	   *administrator;	/* "or is_administrator()", as it stands; NULL: not so */
} PolicyCondition;

/*
 * Set the support functions by which functions are recognized: those that the extension's
 * policies call, and the public ones.
 */
extern void policy_clause_known_by(Oid function);
extern void policy_clause_public_known_by(Oid function);

/*
 * policy_clause_find: the conditions by which a scan can find the rows of a relation, as a
 * list of PolicyCondition, in the order of the query.
 *
 * The scan evaluates its condition before all others.  So the list leaves out conditions
 * of the query that have to wait for a policy.  It keeps those that imply this policy: a
 * permission to do something, where the policy asks for the permission to view, on the
 * same column.
 */
extern List *policy_clause_find(PlannerInfo *root, RelOptInfo *rel);

/*
 * policy_clause_choose: the condition of such a list that is likely to be the most
 * selective one.  A condition of the query is preferred to the policy's "view".  NULL if
 * the list is empty.
 */
extern PolicyCondition *policy_clause_choose(List *conditions);

/* policy_clause_condition: the expression of a condition, cheap parts first. */
extern Node *policy_clause_condition(const PolicyCondition *condition);

/*
 * policy_clause_permission: of the arguments of a function that policies call, the one
 * with the permission; some other one if it has none.
 */
extern Node *policy_clause_permission(List *arguments);

/* policy_clause_known_permission: a permission on model APIs, if a constant; else false. */
extern bool policy_clause_known_permission(Node *expression, Permission *permission);

/* Whether an expression is the same for all rows. */
extern bool policy_clause_is_constant(Node *expression);

/*
 * policy_clause_asked_key: an expression, the same for all rows, that the query's own
 * conditions compare a uuid column with by "="; NULL for none.
 */
extern Node *policy_clause_asked_key(RelOptInfo *rel, AttrNumber column);

#endif							/* MODELAPI_ACL_POLICY_CLAUSE_H */
