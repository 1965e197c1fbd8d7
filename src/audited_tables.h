/*-------------------------------------------------------------------------
 *
 * audited_tables.h
 *	  The data of audit.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef AUDITED_TABLES_H
#define AUDITED_TABLES_H

#define AUDITED_COLUMNS_MAX 8
#define AUDITED_CHANGES_MAX 6

/* A column whose change is an event of its own, with the columns it shows */
typedef struct AuditedChange
{
	const char *column;			/* any of those that start the event */
	const char *also;			/* another one that does, or NULL */
	const char *action;			/* verb, after the object's name */
	const char *action_when_null;	/* if the new value is NULL, or NULL: as above */
	const char *shown[3];		/* columns in old and new, in order */
	bool		access;			/* whether it may change who may do what */
} AuditedChange;

typedef struct AuditedTable
{
	const char *name;
	const char *object;			/* the first half of the action */
	const char *object_type;
	const char *object_id;		/* columns ... */
	const char *project_id;		/* ... or NULL */
	const char *model_api_id;
	const char *created;		/* verbs, or NULL: no such event */
	const char *deleted;
	bool		access;			/* whether these may change who may do what */
	const char *columns[AUDITED_COLUMNS_MAX];	/* in old or new of the whole row */
	const char *always[2];		/* columns that every change shows as well */
	AuditedChange changes[AUDITED_CHANGES_MAX];
} AuditedTable;

/* What is audited of a table; the trigger that asks stands on no other. */
extern const AuditedTable *audited_tables_find(const char *name);

#endif							/* AUDITED_TABLES_H */
