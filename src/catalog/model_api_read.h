/*-------------------------------------------------------------------------
 *
 * model_api_read.h
 *	  Reads many model APIs: their ids, and what a decision needs to know of each.
 *
 * The contract of table_read.h holds here too.  What is read is not counted in the
 * statistics views, and a serializable transaction locks the whole table: the caller may
 * read rows that the current user may not know of.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_MODEL_API_READ_H
#define MODELAPI_ACL_MODEL_API_READ_H

#include "utils/snapshot.h"
#include "utils/uuid.h"

#include "index_read.h"
#include "../terms.h"

/* Which model APIs: all, the public ones, or those with a given id or project */
typedef enum ModelApiSource
{
	MODEL_APIS_ALL,
	MODEL_APIS_PUBLIC,
	MODEL_APIS_BY_ID,
	MODEL_APIS_BY_PROJECT
} ModelApiSource;

typedef struct ModelApiRead
{
	ModelApiSource source;
	IndexRead	scan;
	ScanKeyData key;
	pg_uuid_t	value;			/* of the key */
} ModelApiRead;

/*
 * model_api_read_begin: starts to read.  Returns false, with nothing to end, if the index
 * is missing that leads to the rows; never with MODEL_APIS_ALL.
 * model_api_read_find: continues with the model APIs that have this id or project.  To be
 * called before the first model_api_read_next() of these two sources.
 * model_api_read_next: the next model API; false at the end.  Fills *facts, without the
 * invocation mode.
 */
extern bool model_api_read_begin(ModelApiRead *read, ModelApiSource source, Snapshot snapshot);
extern void model_api_read_find(ModelApiRead *read, const pg_uuid_t *value);
extern bool model_api_read_next(ModelApiRead *read, ModelApiFacts *facts);
extern void model_api_read_end(ModelApiRead *read);

/*
 * model_api_read_estimate: about how many model APIs there are, of all or of the public
 * ones, by the statistics of the catalog.
 */
extern int64 model_api_read_estimate(ModelApiSource source);

#endif							/* MODELAPI_ACL_MODEL_API_READ_H */
