/*-------------------------------------------------------------------------
 *
 * model_api_read.c
 *	  Reads many model APIs: their ids, and what a decision needs to know of each.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "model_api_read.h"
#include "index_read.h"
#include "indexes.h"
#include "object_ids.h"
#include "../terms.h"

/* Where the columns are in each source's shape (indexes.c), from 1; 0: all are public */
static const struct
{
	IndexId		which;
	AttrNumber	id;
	AttrNumber	project_id;
	AttrNumber	visibility;
	AttrNumber	authorization_mode;
}			sources[] =
{
	[MODEL_APIS_ALL] = {INDEX_MODEL_APIS, 1, 2, 3, 4},
	[MODEL_APIS_PUBLIC] = {INDEX_MODEL_APIS_PUBLIC, 2, 3, 0, 4},
	[MODEL_APIS_BY_ID] = {INDEX_MODEL_APIS, 1, 2, 3, 4},
	[MODEL_APIS_BY_PROJECT] = {INDEX_MODEL_APIS_BY_PROJECT, 3, 1, 4, 5},
};

bool
model_api_read_begin(ModelApiRead *read, ModelApiSource source, Snapshot snapshot)
{
	memset(read, 0, sizeof(*read));
	read->source = source;
	/* a key that all rows meet makes the scan go through the index */
	if (source == MODEL_APIS_PUBLIC)
		ScanKeyInit(&read->key, 1, BTGreaterEqualStrategyNumber, F_TIMESTAMPTZ_GE,
					TimestampTzGetDatum(DT_NOBEGIN));
	else if (source == MODEL_APIS_ALL)
		ScanKeyInit(&read->key, 1, BTGreaterEqualStrategyNumber, F_UUID_GE,
					UUIDPGetDatum(&read->value));
	else
		index_read_key_uuid(&read->key, 1, &read->value);
	index_read_begin(&read->scan, sources[source].which, snapshot, 1, &read->key);
	index_read_uncounted(&read->scan);
	if (!read->scan.index && source != MODEL_APIS_ALL)
	{
		index_read_end(&read->scan);
		return false;
	}
	index_read_hide_locks(&read->scan, snapshot);
	return true;
}

void
model_api_read_find(ModelApiRead *read, const pg_uuid_t *value)
{
	read->value = *value;
	index_rescan(read->scan.index_scan, &read->key, 1, NULL, 0);
}

bool
model_api_read_next(ModelApiRead *read, ModelApiFacts *facts)
{
	AttrNumber	visibility = sources[read->source].visibility;

	if (!index_read_next(&read->scan))
		return false;
	facts->id = *DatumGetUUIDP(index_read_required(&read->scan, sources[read->source].id));
	facts->project_id =
		*DatumGetUUIDP(index_read_required(&read->scan, sources[read->source].project_id));
	facts->visibility = visibility == 0 ? VISIBILITY_PUBLIC : (Visibility)
		object_ids_enum_ordinal(ENUM_VISIBILITY,
								DatumGetObjectId(index_read_required(&read->scan, visibility)));
	facts->authorization_mode = (AuthorizationMode)
		object_ids_enum_ordinal(ENUM_AUTHORIZATION_MODE,
								DatumGetObjectId(index_read_required(&read->scan,
																	 sources[read->source].authorization_mode)));
	return true;
}

void
model_api_read_end(ModelApiRead *read)
{
	index_read_end(&read->scan);
}

/* Rows, or entries, in each page. */
static double
density(Form_pg_class relation)
{
	if (relation->reltuples < 0 || relation->relpages <= 0)
		return 50;				/* never analyzed */
	return Max(relation->reltuples / relation->relpages, 1);
}

int64
model_api_read_estimate(ModelApiSource source)
{
	IndexChoice choice;
	Relation	table = indexes_open(sources[source].which, &choice);
	Relation	index = NULL;
	Relation	counted = table;
	double		tuples;

	if (source == MODEL_APIS_PUBLIC && OidIsValid(choice.index))
		counted = index = index_open(choice.index, AccessShareLock);
	tuples = RelationGetNumberOfBlocks(counted) * density(counted->rd_rel);
	if (index)
		index_close(index, AccessShareLock);
	table_close(table, AccessShareLock);
	return (int64) tuples;
}
