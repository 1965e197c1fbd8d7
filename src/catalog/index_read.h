/*-------------------------------------------------------------------------
 *
 * index_read.h
 *	  Scans of the extension's tables with the caller's snapshot.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_INDEX_READ_H
#define MODELAPI_ACL_INDEX_READ_H

#include "access/attnum.h"
#include "access/genam.h"
#include "access/sdir.h"
#include "access/skey.h"
#include "access/tableam.h"
#include "executor/instrument.h"
#include "executor/tuptable.h"
#include "storage/buf.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"
#include "utils/uuid.h"

#include "indexes.h"
#include "uncounted_reads.h"

/*
 * One scan of a table, through an index if there is one.
 *
 * If the index covers all columns, values come from its entries, and the heap is visited
 * only for pages that are not all-visible; otherwise values come from the row in slot.
 * Keys beyond the index's first keys are checked row by row.
 */
typedef struct IndexRead
{
	IndexId	which;
	IndexChoice access;
	Relation	table;
	Relation	index;			/* NULL: the whole table is scanned */
	IndexScanDesc index_scan;
	TableScanDesc table_scan;
	ScanDirection direction;
	TupleTableSlot *slot;
	Buffer		visibility_buffer;
	Snapshot	snapshot;		/* registered by index_read_begin(), or NULL */
	ScanKey		keys;			/* the caller's */
	int			nkeys;
	int			nindexed;		/* the index checks this many of them */
	bool		is_uncounted;	/* if so, the counters before the scan: */
	bool		is_unnoticed;	/* not even the scan is counted */
	BufferUsage buffers;
	ReadCounts	of_table;
	ReadCounts	of_index;
} IndexRead;

/*
 * Positions of columns in a read's shape (indexes.c), from 1.  The first ones are its keys.
 * Attribute numbers of tables are in columns.h.
 */
enum
{
	USERS_DISABLED_AT = 2,
	USERS_RESPONSIBLE_ID = 3,
	TEXTS_TEXT = 2,				/* of INDEX_USERNAMES, INDEX_IDENTITIES and others */
	STATES_DISABLED_AT = 3,		/* of INDEX_USER_NAMES_AND_STATES */
	IDENTITIES_USER_ID = 2,
	NAMES_USER_ID = 2,
	NAMES_ORGANIZATION_ID = 3,
	NAMES_RESERVED_AT = 4,
	MEMBERS_USER_ID = 2,
	MEMBERS_IS_ADMIN = 3,
	MEMBERSHIPS_ORGANIZATION_ID = 2,
	OBJECT_GRANTS_USER_ID = 2,	/* of the grants on an object */
	GRANTS_PRINCIPAL = 1,		/* of the grants of a principal */
	GRANTS_OBJECT = 2,
	OBJECT_GRANTS_ORGANIZATION_ID = 2,	/* of the grants of organizations on an object */
	GRANTS_LEVEL = 3,			/* of all grants */
	GRANTS_EXPIRES_AT = 4,
	GRANT_ROWS_ORGANIZATION_ID = 5,	/* of INDEX_..._GRANT_ROWS */
	GRANT_ROWS_ID = 6,
	GRANT_ROWS_GRANTED_BY = 7,
	GRANT_ROWS_CREATED_AT = 8,
	MODEL_APIS_PROJECT_ID = 2,
	MODEL_APIS_VISIBILITY = 3,
	MODEL_APIS_AUTHORIZATION_MODE = 4,
	MODEL_APIS_INVOCATION_MODE = 6,
	VERSIONS_MODEL_API_ID = 2,
	HASHES_TOKEN_ID = 2,
	HASHES_VALID_UNTIL = 3,
	HASHES_COPIES = 2,			/* the copy of a token's column TOKENS_... is so many later */
	TOKENS_MODEL_API_ID = 2,
	TOKENS_NAME = 3,
	TOKENS_EXPIRES_AT = 4,
	TOKENS_REVOKED_AT = 5,
	TOKENS_SUSPENDED_AT = 6,
	TOKENS_METADATA = 7,
	EVENTS_OCCURRED_AT = 2,
	EVENTS_CHANGE_ID = 3,
	EVENTS_ACTION = 3,			/* of INDEX_AUDIT_OBJECT_EVENTS */
	EVENTS_OBJECT_ID = 3,		/* of INDEX_AUDIT_ACTIONS */
	EVENTS_PROJECT_ID = 4,		/* of both */
	EVENTS_MODEL_API_ID = 5,
	EVENTS_ACTOR_ID = 6,		/* of INDEX_AUDIT_ACTIONS */
	CHANGES_COMMITTED_AT = 2,
	PERSONAL_TOKENS_USER_ID = 2,
	PERSONAL_TOKENS_NAME = 3,
	PERSONAL_TOKENS_IS_LIMITED = 4,
	PERSONAL_TOKENS_EXPIRES_AT = 5,
	PERSONAL_TOKENS_REVOKED_AT = 6,
	PERSONAL_TOKENS_SUSPENDED_AT = 7,
	PERSONAL_TOKENS_METADATA = 8,
	PERSONAL_TOKEN_MODEL_APIS_MODEL_API_ID = 2,
	PERSONAL_TOKEN_HASHES_TOKEN_ID = 2,
	PERSONAL_TOKEN_HASHES_VALID_UNTIL = 3
};

/*
 * index_read_begin: begins a scan with keys on the read's first columns.  The keys must
 * stay in place until index_read_end().  Locks the table with AccessShareLock until then.
 * Raises 40001 where the table was rewritten since the transaction's snapshot.
 *
 * index_read_uncounted: to be called right after index_read_begin() for a scan that reads
 * rows which the current user may not know of.  The statistics views count none of the rows and
 * pages that it reads, and of all such scans of an index in a session only the first one: enough
 * to show that the index is used, and no more.
 *
 * index_read_unnoticed: the same for a scan whose result the session keeps for its next
 * transactions.  Not even the scan is counted, so that nobody can tell whether it was needed.
 *
 * index_read_hide_locks: to be called for such a scan as well.  In a serializable
 * transaction it locks the whole relation, since pg_locks shows everybody the locks on
 * single rows and pages.
 */
extern void index_read_begin(IndexRead *scan, IndexId which, Snapshot snapshot, int nkeys, ScanKey keys);
extern void index_read_uncounted(IndexRead *scan);
extern void index_read_unnoticed(IndexRead *scan);
extern void index_read_hide_locks(IndexRead *scan, Snapshot snapshot);

/*
 * index_read_next: moves to the next visible row; false at the end.
 * index_read_value: a column of the current row, by its position in the read's shape; valid
 * until the next call of index_read_next().
 * index_read_required: the same for a column that is never NULL.
 * index_read_is_in_order: whether the rows come in the order of a column, where all keys
 * before it are equal.
 */
extern bool index_read_next(IndexRead *scan);
extern Datum index_read_value(IndexRead *scan, AttrNumber column, bool *isnull);
extern Datum index_read_required(IndexRead *scan, AttrNumber column);
extern bool index_read_is_in_order(IndexRead *scan, AttrNumber column);
extern void index_read_end(IndexRead *scan);

/* Scan keys: a column of the read is equal to a uuid, or to a text. */
extern void index_read_key_uuid(ScanKey key, AttrNumber column, const pg_uuid_t *value);
extern void index_read_key_text(ScanKey key, AttrNumber column, Oid collation, const char *value);

#endif							/* MODELAPI_ACL_INDEX_READ_H */
