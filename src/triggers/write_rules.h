/*-------------------------------------------------------------------------
 *
 * write_rules.h
 *	  Which permission a write to a table requires.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_WRITE_RULES_H
#define MODELAPI_ACL_WRITE_RULES_H

#include "utils/relcache.h"

#include "row_change.h"

/* What a permission is held on */
typedef enum TargetKind
{
	TARGET_NONE,				/* requires only a signed-in user */
	TARGET_MODEL_API,
	TARGET_PROJECT,
	TARGET_ORGANIZATION
} TargetKind;

/* A permission on the object whose id is in a column */
typedef struct WriteNeed
{
	const char *column;
	TargetKind	kind;
	int			permission;		/* of the kind's enum */
} WriteNeed;

typedef struct WriteRule
{
	const char *table;
	WriteNeed	insert;
	WriteNeed	update;
	WriteNeed	delete;
	const WriteNeed *delete_own;	/* for the user's own row, or NULL */
	const WriteNeed *update_own;	/* for a row that the user created, or NULL */
} WriteRule;

/* The rule of a table; an internal error for a table without one. */
extern const WriteRule *write_rules_find(Relation table);

/*
 * What the change of a row requires.  A user's own grant or membership can be deleted with
 * less than those of others, and so can a token that the user created be changed.
 */
extern const WriteNeed *write_rules_need(const WriteRule *rule, RowChange *change);

#endif							/* MODELAPI_ACL_WRITE_RULES_H */
