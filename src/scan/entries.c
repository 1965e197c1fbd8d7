/*-------------------------------------------------------------------------
 *
 * entries.c
 *	  Reads the entries of the indexes that lead to model APIs.
 *
 * An entry holds all that a decision needs.  Nothing here decides, and nothing looks at the
 * heap: reach.c does both.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "entries.h"
#include "../catalog/indexes.h"
#include "../catalog/object_ids.h"
#include "../compat.h"

/* The columns' numbers in the shapes of indexes.c, which count from 1 */
static const struct
{
	IndexId		which;
	EntryColumns columns;
}			shapes[ENTRIES_COUNT] =
{
	[ENTRIES_BY_ID] = {INDEX_MODEL_APIS,
	{.id = 1, .project_id = 2, .visibility = 3, .authorization_mode = 4, .created_at = 5}},
	[ENTRIES_BY_PROJECT] = {INDEX_MODEL_APIS_BY_PROJECT,
	{.project_id = 1, .created_at = 2, .id = 3, .visibility = 4, .authorization_mode = 5}},
	[ENTRIES_BY_CREATION] = {INDEX_MODEL_APIS_BY_CREATION,
	{.created_at = 1, .id = 2, .project_id = 3, .visibility = 4, .authorization_mode = 5}},
	[ENTRIES_PUBLIC] = {INDEX_MODEL_APIS_PUBLIC,
	{.created_at = 1, .id = 2, .project_id = 3, .authorization_mode = 4}},
};

bool
entries_find(EntryReader *reader)
{
	for (int i = 0; i < ENTRIES_COUNT; i++)
	{
		const EntryColumns *columns = &shapes[i].columns;
		IndexChoice access;

		indexes_find(shapes[i].which, reader->table, &access);
		if (!indexes_choice_is_best(shapes[i].which, &access))
			return false;
		if (indexes_snapshot_is_too_old(&access, reader->snapshot))
			indexes_raise_snapshot_too_old(RelationGetRelationName(reader->table));
		reader->indexes[i] = access.index;
#define PLACE(column) ((column) == 0 ? 0 : access.places[(column) - 1])
		reader->entry_columns[i].id = PLACE(columns->id);
		reader->entry_columns[i].project_id = PLACE(columns->project_id);
		reader->entry_columns[i].visibility = PLACE(columns->visibility);
		reader->entry_columns[i].authorization_mode = PLACE(columns->authorization_mode);
		reader->entry_columns[i].created_at = PLACE(columns->created_at);
#undef PLACE
	}
	return true;
}

bool
entries_have_indexes(Relation model_apis)
{
	for (int i = 0; i < ENTRIES_COUNT; i++)
	{
		IndexChoice access;

		indexes_find(shapes[i].which, model_apis, &access);
		if (!indexes_choice_is_best(shapes[i].which, &access))
			return false;
	}
	return true;
}

/* ----------
 * Index scans
 * ----------
 */

void
entries_end(EntryReader *reader)
{
	if (reader->index_scan)
	{
		index_endscan(reader->index_scan);
		index_close(reader->index, AccessShareLock);
		reader->index_scan = NULL;
	}
}

void
entries_begin(EntryReader *reader, Entries which, const pg_uuid_t *key_value,
			  const TimestampTz bounds[BOUNDS])
{
	const EntryColumns *columns = &reader->entry_columns[which];
	ScanKeyData keys[1 + BOUNDS];
	int			nkeys = 0;

	if (key_value)
		ScanKeyInit(&keys[nkeys++], 1, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(key_value));
	/* if the time is the next column */
	if (columns->created_at == nkeys + 1)
		nkeys += bounds_scan_keys(bounds, columns->created_at, &keys[nkeys]);
	if (!reader->index_scan || reader->columns != columns)
	{
		entries_end(reader);
		reader->index = index_open(reader->indexes[which], AccessShareLock);
		reader->index_scan = begin_index_scan(reader->table, reader->index,
											  reader->snapshot, nkeys);
		reader->index_scan->xs_want_itup = true;
		reader->columns = columns;
	}
	index_rescan(reader->index_scan, keys, nkeys, NULL, 0);
}

static Datum
entry_value(IndexScanDesc index_scan, AttrNumber column)
{
	bool		isnull;
	Datum		value = index_getattr(index_scan->xs_itup, column,
									  index_scan->xs_itupdesc, &isnull);

	if (isnull)
		elog(ERROR, "unexpected NULL in an index of model APIs");
	return value;
}

bool
entries_next(EntryReader *reader, ScanDirection direction, Candidate *candidate)
{
	IndexScanDesc index_scan = reader->index_scan;
	const EntryColumns *columns = reader->columns;
	ItemPointer tid = index_getnext_tid(index_scan, direction);

	if (!tid)
		return false;
	candidate->tid = *tid;
	candidate->needs_heap = false;
	candidate->created_at = DatumGetTimestampTz(entry_value(index_scan, columns->created_at));
	candidate->facts.id = *DatumGetUUIDP(entry_value(index_scan, columns->id));
	candidate->facts.project_id = *DatumGetUUIDP(entry_value(index_scan, columns->project_id));
	candidate->facts.visibility = columns->visibility == 0 ? VISIBILITY_PUBLIC :
		(Visibility) object_ids_enum_ordinal(ENUM_VISIBILITY,
											 DatumGetObjectId(entry_value(index_scan, columns->visibility)));
	candidate->facts.authorization_mode = (AuthorizationMode)
		object_ids_enum_ordinal(ENUM_AUTHORIZATION_MODE,
								DatumGetObjectId(entry_value(index_scan, columns->authorization_mode)));
	return true;
}
