/*-------------------------------------------------------------------------
 *
 * store_scan.h
 *	  Scans of the extension's tables, for store.c and store_grants.c alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_SCAN_H
#define STORE_SCAN_H

#include "access/genam.h"
#include "access/skey.h"
#include "access/tableam.h"
#include "executor/instrument.h"

#include "modelapi_acl.h"

/*
 * One read of a table, through an index where there is one.  Where the index's
 * entries hold all columns, values come from there, and the heap is read only
 * where the visibility map doesn't vouch for the page; else from the row in slot.
 * Keys that the index isn't led by are looked at row by row.
 */
typedef struct StoreScan
{
	StoreIndex	which;
	StoreAccess access;
	Relation	table;
	Relation	index;			/* NULL: the table is read from end to end */
	IndexScanDesc index_scan;
	TableScanDesc table_scan;
	ScanDirection direction;
	TupleTableSlot *slot;
	Buffer		visibility_buffer;
	Snapshot	snapshot;		/* one of the read's own, or NULL */
	ScanKey		keys;			/* the caller's */
	int			nkeys;
	int			nindexed;		/* so many of them are the index's */
	bool		is_uncounted;	/* then what was counted before: */
	BufferUsage buffers;
	ReadCounts	of_table;
	ReadCounts	of_index;
} StoreScan;

/* Columns of the reads, as indexes.c numbers them from 1 */
enum
{
	USERS_DISABLED_AT = 2,
	TEXTS_TEXT = 2,				/* of users and of their identities, by user */
	IDENTITIES_USER_ID = 2,
	NAMES_USER_ID = 2,
	NAMES_ORGANIZATION_ID = 3,
	NAMES_RESERVED_AT = 4,
	MEMBERS_IS_ADMIN = 3,
	MEMBERSHIPS_ORGANIZATION_ID = 2,
	OBJECT_GRANTS_USER_ID = 2,	/* of all grants on an object */
	GRANTS_PRINCIPAL = 1,		/* of a principal's */
	GRANTS_OBJECT = 2,
	OBJECT_GRANTS_ORGANIZATION_ID = 2,	/* of organizations' grants on an object */
	GRANTS_LEVEL = 3,			/* of both */
	GRANTS_EXPIRES_AT = 4,
	MODEL_APIS_PROJECT_ID = 2,
	MODEL_APIS_VISIBILITY = 3,
	MODEL_APIS_AUTHORIZATION_MODE = 4,
	MODEL_APIS_INVOCATION_MODE = 6,
	VERSIONS_MODEL_API_ID = 2,
	HASHES_TOKEN_ID = 2,
	TOKENS_MODEL_API_ID = 2,
	TOKENS_NAME = 3,
	TOKENS_EXPIRES_AT = 4,
	TOKENS_REVOKED_AT = 5,
	EVENTS_OCCURRED_AT = 2,
	EVENTS_CHANGE_ID = 3,
	CHANGES_COMMITTED_AT = 2
};

/*
 * store_scan_begin: begins a read with keys on its first columns, which the caller keeps
 * until store_scan_end.  Locks the table with ACCESS SHARE until the end of the scan.
 * store_scan_uncounted: for a scan that has just begun and that passes by rows which the
 * caller must not know of: how many it reads is not counted, but for one scan.
 * store_scan_hide_locks: in serializable transactions, no single rows and pages are locked,
 * which all may look at.
 */
extern void store_scan_begin(StoreScan *scan, StoreIndex which, Snapshot snapshot, int nkeys, ScanKey keys);
extern void store_scan_uncounted(StoreScan *scan);
extern void store_scan_hide_locks(StoreScan *scan, Snapshot snapshot);

/*
 * store_scan_next: goes to the next row that the snapshot shows; false at the end.
 * store_scan_value: a column of that row, by its place in the read's shape, from 1; valid
 * until the next call.  store_scan_required: one that is never NULL.
 * store_scan_is_in_order: whether rows come in the order of a column after those that the
 * keys are equal to.
 */
extern bool store_scan_next(StoreScan *scan);
extern Datum store_scan_value(StoreScan *scan, AttrNumber column, bool *isnull);
extern Datum store_scan_required(StoreScan *scan, AttrNumber column);
extern bool store_scan_is_in_order(StoreScan *scan, AttrNumber column);
extern void store_scan_end(StoreScan *scan);

/* The n-th column of a read (from 1) is equal to a uuid, or to a text. */
extern void store_key_uuid(ScanKey key, AttrNumber column, const pg_uuid_t *value);
extern void store_key_text(ScanKey key, AttrNumber column, Oid collation, const char *value);

/* Compares two pg_uuid_t, for qsort(). */
extern int	store_compare_uuids(const void *a, const void *b);

/*
 * The organizations of the rest of a scan of memberships, for where no index has them in
 * order: all of them, palloc'd and sorted; how many in count.
 */
extern pg_uuid_t *store_sorted_organizations(StoreScan *scan, int *count);

#endif							/* STORE_SCAN_H */
