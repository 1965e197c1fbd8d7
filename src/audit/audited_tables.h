/*-------------------------------------------------------------------------
 *
 * audited_tables.h
 *	  What is audited: which action a change of a row is recorded as.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_AUDITED_TABLES_H
#define MODELAPI_ACL_AUDITED_TABLES_H

#define AUDITED_COLUMNS_MAX 8
#define AUDITED_CHANGES_MAX 6

/* An event of its own for a change of a column */
typedef struct AuditedChange
{
	const char *column;			/* the column */
	const char *also;			/* another column that the same event records, or NULL */
	const char *action;			/* the verb */
	const char *action_when_null;	/* another verb if the new value is NULL, or NULL */
	const char *shown[3];		/* the columns in "old" and "new" of the event */
	bool		affects_access; /* it may change who may do what */
} AuditedChange;

typedef struct AuditedTable
{
	const char *name;
	const char *object;			/* the first part of the action */
	const char *object_type;
	const char *object_id;		/* the column that holds it; NULL: model_api_id does */
	const char *project_id;		/* the column, or NULL */
	const char *model_api_id;	/* the column, or NULL */
	const char *created;		/* the verb of an INSERT */
	const char *deleted;		/* the verb of a DELETE */
	bool		affects_access; /* an INSERT or DELETE may change who may do what */
	const char *columns[AUDITED_COLUMNS_MAX];	/* shown of an INSERT or DELETE */
	const char *always[2];		/* shown by every change as well */
	bool		leaves_out_nulls;	/* of "columns" and "always" */
	AuditedChange changes[AUDITED_CHANGES_MAX];
} AuditedTable;

/*
 * audited_tables_find: the entry of a table.  Raises an internal error for a table without
 * one, which must not have the audit trigger.
 */
extern const AuditedTable *audited_tables_find(const char *name);

#endif							/* MODELAPI_ACL_AUDITED_TABLES_H */
