/*-------------------------------------------------------------------------
 *
 * entries.h
 *	  Reads the entries of the indexes that lead to model APIs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ENTRIES_H
#define MODELAPI_ACL_ENTRIES_H

#include "access/attnum.h"
#include "access/genam.h"
#include "access/sdir.h"
#include "datatype/timestamp.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"
#include "utils/uuid.h"

#include "../terms.h"
#include "bounds.h"

/* A model API, before its tuple is fetched */
typedef struct Candidate
{
	ItemPointerData tid;		/* where the index entry points */
	TimestampTz created_at;
	ModelApiFacts facts;		/* without the invocation mode */
	bool		needs_heap;		/* do not trust the visibility map any more */
} Candidate;

/* The position of each column in an index entry, from 1; 0: all entries are public */
typedef struct EntryColumns
{
	AttrNumber	id;
	AttrNumber	project_id;
	AttrNumber	visibility;
	AttrNumber	authorization_mode;
	AttrNumber	created_at;
} EntryColumns;

/* The indexes */
typedef enum Entries
{
	ENTRIES_BY_ID,
	ENTRIES_BY_PROJECT,
	ENTRIES_BY_CREATION,
	ENTRIES_PUBLIC
} Entries;

#define ENTRIES_COUNT (ENTRIES_PUBLIC + 1)

/* A reader, for one index scan at a time */
typedef struct EntryReader
{
	Relation	table;			/* model_apis, the caller's */
	Snapshot	snapshot;		/* the caller's */
	Oid			indexes[ENTRIES_COUNT];
	EntryColumns entry_columns[ENTRIES_COUNT];

	/* the current index scan, if any */
	Relation	index;
	IndexScanDesc index_scan;
	const EntryColumns *columns;	/* what its entries hold */
} EntryReader;

/*
 * entries_find: finds all the indexes, for the table and the snapshot of a zeroed reader.
 *
 * Returns false if one is missing, or has another shape than the installation script gave it.
 * Raises 40001 where the table was rewritten after the snapshot was taken.
 */
extern bool entries_find(EntryReader *reader);

/* Whether entries_find will find them: for the planner, which has no snapshot. */
extern bool entries_have_indexes(Relation model_apis);

/*
 * entries_begin: starts or restarts a scan of an index, for one uuid in its first column or
 * for all entries (NULL), within the bounds if the time is the next column.  Opens the index
 * with AccessShareLock until entries_end.
 */
extern void entries_begin(EntryReader *reader, Entries which, const pg_uuid_t *key_value,
						  const TimestampTz bounds[BOUNDS]);

/* entries_next: the next entry of the current scan; false at its end. */
extern bool entries_next(EntryReader *reader, ScanDirection direction, Candidate *candidate);

/* Ends the current scan, if there is one. */
extern void entries_end(EntryReader *reader);

#endif							/* MODELAPI_ACL_ENTRIES_H */
