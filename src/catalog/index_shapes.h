/*-------------------------------------------------------------------------
 *
 * index_shapes.h
 *	  For each read of a table by C: the columns, the keys, the shape of the best index.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_INDEX_SHAPES_H
#define MODELAPI_ACL_INDEX_SHAPES_H

#include "object_ids.h"
#include "../terms.h"

/* The reads */
typedef enum IndexId
{
	INDEX_USERS,
	INDEX_USERNAMES,
	INDEX_USER_NAMES_AND_STATES,
	INDEX_IDENTITIES,
	INDEX_EMAILS,
	INDEX_EXTERNAL_IDS,
	INDEX_NAMES,
	INDEX_ORGANIZATIONS,
	INDEX_ORGANIZATION_NAMES,
	INDEX_MEMBERS,
	INDEX_MEMBERSHIPS,
	INDEX_PROJECTS,
	INDEX_PROJECT_NAMES,
	INDEX_PROJECT_GRANTS,
	INDEX_PROJECT_GRANT_ROWS,
	INDEX_PROJECT_ORGANIZATION_GRANTS,
	INDEX_PROJECT_USERS,
	INDEX_PROJECT_ORGANIZATIONS,
	INDEX_MODEL_APIS,
	INDEX_MODEL_APIS_BY_PROJECT,
	INDEX_MODEL_APIS_BY_CREATION,
	INDEX_MODEL_APIS_PUBLIC,
	INDEX_MODEL_API_GRANTS,
	INDEX_MODEL_API_GRANT_ROWS,
	INDEX_MODEL_API_ORGANIZATION_GRANTS,
	INDEX_MODEL_API_USERS,
	INDEX_MODEL_API_ORGANIZATIONS,
	INDEX_VERSIONS,
	INDEX_TOKEN_HASHES,
	INDEX_TOKENS,
	INDEX_AUDIT_OBJECTS,
	INDEX_AUDIT_OBJECT_EVENTS,
	INDEX_AUDIT_ACTIONS,
	INDEX_CHANGES,
	INDEX_PERSONAL_TOKENS,
	INDEX_PERSONAL_TOKEN_MODEL_APIS,
	INDEX_PERSONAL_TOKEN_HASHES
} IndexId;

#define INDEX_COUNT (INDEX_PERSONAL_TOKEN_HASHES + 1)

/* The most columns that a read needs */
#define INDEX_COLUMNS_MAX 9

/* A column; its type is a built-in one, or an enum of the extension */
typedef struct ShapeColumn
{
	const char *name;
	Oid			type;
	EnumId		enumeration;	/* if type is InvalidOid */
	bool		is_later;		/* 1.0 has no such column: it reads as NULL there */
} ShapeColumn;

/* What a read needs, and what the best index for it looks like */
typedef struct Shape
{
	TableId		table;
	int			nkeys;			/* this many of the first columns are the index's first keys */
	bool		only_public;	/* the index is partial: public model APIs only */
	Oid			function;		/* the first key is this function of the first column */
	ShapeColumn columns[INDEX_COLUMNS_MAX];
} Shape;

extern const Shape index_shapes[INDEX_COUNT];

#endif							/* MODELAPI_ACL_INDEX_SHAPES_H */
