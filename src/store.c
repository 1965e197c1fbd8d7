/*-------------------------------------------------------------------------
 *
 * store.c
 *	  The only reader of the catalog and of the extension's tables from C.
 *
 * Access checks ask the same few questions for row after row, below row-level
 * security that must not ask itself.  So they are answered here by walking
 * the indexes with the caller's snapshot: no SQL, no privileges, no policies.
 * Whatever this file hands out, the caller has to be careful with.
 *
 * OIDs of tables, indexes and enum labels are looked up by name when first
 * needed and forgotten when an invalidation says that they may have changed
 * (the extension dropped and made again, an index rebuilt concurrently).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "modelapi_acl.h"

#define PUBLIC_SCHEMA "modelapi_acl"
#define INTERNAL_SCHEMA "modelapi_acl_internal"

/* ----------
 * Names and OIDs
 * ----------
 */

/* An index with its table; every read goes through one of these */
typedef enum StoreIndex
{
	INDEX_USERS,
	INDEX_EMAILS,
	INDEX_EXTERNAL_IDS,
	INDEX_NAMES,
	INDEX_ORGANIZATIONS,
	INDEX_MEMBERS,
	INDEX_MEMBERSHIPS,
	INDEX_PROJECTS,
	INDEX_PROJECT_GRANTS,
	INDEX_PROJECT_USERS,
	INDEX_PROJECT_ORGANIZATIONS,
	INDEX_MODEL_APIS,
	INDEX_MODEL_API_GRANTS,
	INDEX_MODEL_API_USERS,
	INDEX_MODEL_API_ORGANIZATIONS,
	INDEX_TOKEN_HASHES,
	INDEX_TOKENS
} StoreIndex;

#define STORE_INDEX_COUNT (INDEX_TOKENS + 1)

static const struct
{
	const char *schema;
	const char *table;
	const char *index;
}			store_index_names[STORE_INDEX_COUNT] =
{
	[INDEX_USERS] = {PUBLIC_SCHEMA, "users", "users_pkey"},
	[INDEX_EMAILS] = {PUBLIC_SCHEMA, "user_identities", "user_identities_email_key"},
	[INDEX_EXTERNAL_IDS] = {PUBLIC_SCHEMA, "user_identities", "user_identities_external_id_key"},
	[INDEX_NAMES] = {INTERNAL_SCHEMA, "principal_names", "principal_names_pkey"},
	[INDEX_ORGANIZATIONS] = {PUBLIC_SCHEMA, "organizations", "organizations_pkey"},
	[INDEX_MEMBERS] = {PUBLIC_SCHEMA, "organization_members", "organization_members_pkey"},
	[INDEX_MEMBERSHIPS] = {PUBLIC_SCHEMA, "organization_members", "organization_members_by_user"},
	[INDEX_PROJECTS] = {PUBLIC_SCHEMA, "projects", "projects_pkey"},
	[INDEX_PROJECT_GRANTS] = {PUBLIC_SCHEMA, "project_collaborators", "project_collaborators_by_project"},
	[INDEX_PROJECT_USERS] = {PUBLIC_SCHEMA, "project_collaborators", "project_collaborators_user_key"},
	[INDEX_PROJECT_ORGANIZATIONS] = {PUBLIC_SCHEMA, "project_collaborators", "project_collaborators_organization_key"},
	[INDEX_MODEL_APIS] = {PUBLIC_SCHEMA, "model_apis", "model_apis_pkey"},
	[INDEX_MODEL_API_GRANTS] = {PUBLIC_SCHEMA, "model_api_collaborators", "model_api_collaborators_by_model_api"},
	[INDEX_MODEL_API_USERS] = {PUBLIC_SCHEMA, "model_api_collaborators", "model_api_collaborators_user_key"},
	[INDEX_MODEL_API_ORGANIZATIONS] = {PUBLIC_SCHEMA, "model_api_collaborators", "model_api_collaborators_organization_key"},
	[INDEX_TOKEN_HASHES] = {INTERNAL_SCHEMA, "token_hashes", "token_hashes_pkey"},
	[INDEX_TOKENS] = {PUBLIC_SCHEMA, "access_tokens", "access_tokens_pkey"},
};

/*
 * Enum types, with their labels in order.  A label's place in this array is
 * the member of the C enum that it stands for.
 */
#define ENUM_LABELS_MAX PERMISSION_COUNT

static const struct
{
	const char *schema;
	const char *type;
	int			nlabels;
	const char *labels[ENUM_LABELS_MAX];
}			store_enum_names[] =
{
	[STORE_ENUM_ACCESS_LEVEL] = {PUBLIC_SCHEMA, "access_level", 3,
	{"viewer", "editor", "owner"}},
	[STORE_ENUM_VISIBILITY] = {PUBLIC_SCHEMA, "visibility", 2,
	{"public", "private"}},
	[STORE_ENUM_AUTHORIZATION_MODE] = {PUBLIC_SCHEMA, "authorization_mode", 2,
	{"restricted", "unrestricted"}},
	[STORE_ENUM_INVOCATION_MODE] = {PUBLIC_SCHEMA, "invocation_mode", 2,
	{"sync", "async"}},
	[STORE_ENUM_PERMISSION] = {PUBLIC_SCHEMA, "permission", PERMISSION_COUNT,
		{"view", "view_logs", "invoke", "view_settings", "edit_settings",
			"deploy_version", "view_audit", "view_tokens", "create_token",
			"revoke_token", "view_collaborators", "manage_collaborators",
	"change_visibility", "transfer_ownership", "delete"}},
	[STORE_ENUM_PROJECT_PERMISSION] = {INTERNAL_SCHEMA, "project_permission", 4,
		{"view_project", "create_model_api", "view_project_collaborators",
	"manage_project"}},
	[STORE_ENUM_ORGANIZATION_PERMISSION] = {INTERNAL_SCHEMA, "organization_permission", 2,
	{"view_members", "manage_organization"}},
};

#define STORE_ENUM_COUNT lengthof(store_enum_names)

static struct
{
	Oid			table;
	Oid			index;
}			store_index_oids[STORE_INDEX_COUNT];

static Oid	store_enum_oids[STORE_ENUM_COUNT][ENUM_LABELS_MAX];

/* A relation may have got another OID under the same name. */
static void
forget_relations(Datum arg, Oid relid)
{
	if (relid != InvalidOid)
	{
		int			i;

		for (i = 0; i < STORE_INDEX_COUNT; i++)
			if (store_index_oids[i].table == relid || store_index_oids[i].index == relid)
				break;
		if (i == STORE_INDEX_COUNT)
			return;
	}
	memset(store_index_oids, 0, sizeof(store_index_oids));
}

/* A schema came or went: the extension itself may have. */
static void
forget_everything(Datum arg, int cacheid, uint32 hashvalue)
{
	memset(store_index_oids, 0, sizeof(store_index_oids));
	memset(store_enum_oids, 0, sizeof(store_enum_oids));
}

void
store_initialize(void)
{
	CacheRegisterRelcacheCallback(forget_relations, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, forget_everything, (Datum) 0);
}

static Oid
relation_oid(const char *schema, const char *name)
{
	Oid			relid = get_relname_relid(name, get_namespace_oid(schema, false));

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s.%s\" of extension modelapi_acl is missing",
						schema, name),
				 errhint("Restore its name, or install the extension again.")));
	return relid;
}

Oid
store_enum_type(StoreEnum which)
{
	Oid			schema = get_namespace_oid(store_enum_names[which].schema, false);

	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum(store_enum_names[which].type),
						   ObjectIdGetDatum(schema));
}

/* Fills store_enum_oids for one type. */
static void
load_enum(StoreEnum which)
{
	Oid			type = store_enum_type(which);

	for (int i = 0; i < store_enum_names[which].nlabels; i++)
	{
		Oid			label = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid,
											ObjectIdGetDatum(type),
											CStringGetDatum(store_enum_names[which].labels[i]));

		if (!OidIsValid(label))
			elog(ERROR, "enum %s of extension modelapi_acl has no label %s",
				 store_enum_names[which].type, store_enum_names[which].labels[i]);
		store_enum_oids[which][i] = label;
	}
}

int
store_enum_place(StoreEnum which, Oid label)
{
	for (int attempt = 0; attempt < 2; attempt++)
	{
		for (int i = 0; i < store_enum_names[which].nlabels; i++)
			if (store_enum_oids[which][i] == label && OidIsValid(label))
				return i;
		load_enum(which);
	}
	elog(ERROR, "%u is not a label of enum %s", label, store_enum_names[which].type);
}

Oid
store_enum_label(StoreEnum which, int place)
{
	Assert(place >= 0 && place < store_enum_names[which].nlabels);
	if (!OidIsValid(store_enum_oids[which][place]))
		load_enum(which);
	return store_enum_oids[which][place];
}

/* ----------
 * Scans
 * ----------
 */

/*
 * One walk of an index.  With index_only, values come from the index tuple
 * (key and INCLUDE columns), and the heap is read only where the visibility
 * map doesn't vouch for the page; otherwise from the heap tuple in slot.
 */
typedef struct StoreScan
{
	Relation	table;
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	Buffer		visibility_buffer;
	bool		index_only;
} StoreScan;

static void
scan_begin(StoreScan *scan, StoreIndex which, bool index_only,
		   Snapshot snapshot, int nkeys, ScanKey keys)
{
	if (!OidIsValid(store_index_oids[which].index))
	{
		Oid			table = relation_oid(store_index_names[which].schema,
										 store_index_names[which].table);
		Oid			index = relation_oid(store_index_names[which].schema,
										 store_index_names[which].index);

		store_index_oids[which].table = table;
		store_index_oids[which].index = index;
	}
	scan->table = table_open(store_index_oids[which].table, AccessShareLock);
	scan->index = index_open(store_index_oids[which].index, AccessShareLock);
	if (!scan->index->rd_index->indisvalid)
		ereport(ERROR,
				(errcode(ERRCODE_INDEX_CORRUPTED),
				 errmsg("index \"%s\" of extension modelapi_acl is not valid",
						RelationGetRelationName(scan->index)),
				 errhint("REINDEX it.")));
	scan->slot = table_slot_create(scan->table, NULL);
	scan->visibility_buffer = InvalidBuffer;
	scan->index_only = index_only;
	scan->scan = index_beginscan(scan->table, scan->index, snapshot, nkeys, 0);
	scan->scan->xs_want_itup = index_only;
	index_rescan(scan->scan, keys, nkeys, NULL, 0);
}

/* The next row that the snapshot shows. */
static bool
scan_next(StoreScan *scan)
{
	ItemPointer tid;

	if (!scan->index_only)
		return index_getnext_slot(scan->scan, ForwardScanDirection, scan->slot);

	while ((tid = index_getnext_tid(scan->scan, ForwardScanDirection)) != NULL)
	{
		if (VM_ALL_VISIBLE(scan->table, ItemPointerGetBlockNumber(tid),
						   &scan->visibility_buffer))
		{
			/* Serializable transactions still have to know that it was read */
			PredicateLockPage(scan->table, ItemPointerGetBlockNumber(tid),
							  scan->scan->xs_snapshot);
			return true;
		}
		if (index_fetch_heap(scan->scan, scan->slot))
		{
			ExecClearTuple(scan->slot);
			return true;
		}
	}
	return false;
}

/* A column of the current row: its place in the table, or in the index. */
static Datum
scan_value(StoreScan *scan, AttrNumber column, bool *isnull)
{
	if (scan->index_only)
		return index_getattr(scan->scan->xs_itup, column,
							 scan->scan->xs_itupdesc, isnull);
	return slot_getattr(scan->slot, column, isnull);
}

static void
scan_end(StoreScan *scan)
{
	if (BufferIsValid(scan->visibility_buffer))
		ReleaseBuffer(scan->visibility_buffer);
	index_endscan(scan->scan);
	ExecDropSingleTupleTableSlot(scan->slot);
	index_close(scan->index, AccessShareLock);
	table_close(scan->table, AccessShareLock);
}

/* An index's n-th column (from 1) is equal to a uuid, or to a text. */
static void
key_uuid(ScanKey key, int column, const pg_uuid_t *value)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(value));
}

static void
key_text(ScanKey key, int column, Oid collation, const char *value)
{
	ScanKeyEntryInitialize(key, 0, column, BTEqualStrategyNumber, InvalidOid,
						   collation, F_TEXTEQ, CStringGetTextDatum(value));
}

/* A column that is never NULL, by its place in the table. */
static Datum
scan_required(StoreScan *scan, AttrNumber column)
{
	bool		isnull;
	Datum		value = scan_value(scan, column, &isnull);

	if (isnull)
		elog(ERROR, "unexpected NULL in column %d of table %s", column,
			 RelationGetRelationName(scan->table));
	return value;
}

/* ----------
 * Principals
 * ----------
 */

/* Columns, as sql/install/30_tables.sql numbers them */
enum
{
	USERS_DISABLED_AT = 4,
	IDENTITIES_USER_ID = 1,
	NAMES_USER_ID = 2,
	NAMES_ORGANIZATION_ID = 3,
	MEMBERS_IS_ADMIN = 3,
	GRANTS_USER_ID = 3,
	GRANTS_LEVEL = 5,
	GRANTS_EXPIRES_AT = 6,
	MODEL_APIS_PROJECT_ID = 2,
	MODEL_APIS_VISIBILITY = 5,
	MODEL_APIS_AUTHORIZATION_MODE = 6,
	MODEL_APIS_INVOCATION_MODE = 7,
	HASHES_TOKEN_ID = 2,
	TOKENS_MODEL_API_ID = 2,
	TOKENS_NAME = 3,
	TOKENS_EXPIRES_AT = 9,
	TOKENS_REVOKED_AT = 11
};

/* ... and in the indexes of grants: principal, object, level, expiry */
enum
{
	GRANT_INDEX_OBJECT = 2,
	GRANT_INDEX_LEVEL = 3,
	GRANT_INDEX_EXPIRES_AT = 4
};

bool
store_user(const pg_uuid_t *id, Snapshot snapshot, bool *enabled)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	key_uuid(&key, 1, id);
	scan_begin(&scan, INDEX_USERS, false, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found && enabled)
		(void) scan_value(&scan, USERS_DISABLED_AT, enabled);	/* NULL: enabled */
	scan_end(&scan);
	return found;
}

/* A user by a text of user_identities, through one of its indexes. */
static bool
user_by_text(StoreIndex which, Oid collation, const char *value,
			 Snapshot snapshot, pg_uuid_t *user_id)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	key_text(&key, 1, collation, value);
	scan_begin(&scan, which, false, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found && user_id)
		*user_id = *DatumGetUUIDP(scan_required(&scan, IDENTITIES_USER_ID));
	scan_end(&scan);
	return found;
}

bool
store_user_by_email(const char *email, Snapshot snapshot, pg_uuid_t *user_id)
{
	/* as the index folds it: lower() with the database's collation */
	char	   *folded = str_tolower(email, strlen(email), DEFAULT_COLLATION_OID);

	return user_by_text(INDEX_EMAILS, C_COLLATION_OID, folded, snapshot, user_id);
}

bool
store_user_by_external_id(const char *external_id, Snapshot snapshot, pg_uuid_t *user_id)
{
	return user_by_text(INDEX_EXTERNAL_IDS, DEFAULT_COLLATION_OID, external_id,
						snapshot, user_id);
}

bool
store_principal_by_name(const char *name, Snapshot snapshot, Principal *principal)
{
	StoreScan	scan;
	ScanKeyData key;
	char	   *folded = asc_tolower(name, strlen(name));
	bool		found;

	key_text(&key, 1, C_COLLATION_OID, folded);
	scan_begin(&scan, INDEX_NAMES, false, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found && principal)
	{
		bool		isnull;
		Datum		id = scan_value(&scan, NAMES_USER_ID, &isnull);

		principal->kind = isnull ? PRINCIPAL_ORGANIZATION : PRINCIPAL_USER;
		if (isnull)
			id = scan_required(&scan, NAMES_ORGANIZATION_ID);
		principal->id = *DatumGetUUIDP(id);
	}
	scan_end(&scan);
	return found;
}

/* Whether an index holds a row under a uuid. */
static bool
exists_by_uuid(StoreIndex which, const pg_uuid_t *id, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	key_uuid(&key, 1, id);
	scan_begin(&scan, which, true, snapshot, 1, &key);
	found = scan_next(&scan);
	scan_end(&scan);
	return found;
}

bool
store_organization(const pg_uuid_t *id, Snapshot snapshot)
{
	return exists_by_uuid(INDEX_ORGANIZATIONS, id, snapshot);
}

bool
store_project(const pg_uuid_t *id, Snapshot snapshot)
{
	return exists_by_uuid(INDEX_PROJECTS, id, snapshot);
}

bool
store_member(const pg_uuid_t *organization_id, const pg_uuid_t *user_id,
			 Snapshot snapshot, bool *is_admin)
{
	StoreScan	scan;
	ScanKeyData keys[2];
	bool		found;

	key_uuid(&keys[0], 1, organization_id);
	key_uuid(&keys[1], 2, user_id);
	scan_begin(&scan, INDEX_MEMBERS, false, snapshot, 2, keys);
	found = scan_next(&scan);
	if (found && is_admin)
		*is_admin = DatumGetBool(scan_required(&scan, MEMBERS_IS_ADMIN));
	scan_end(&scan);
	return found;
}

bool
store_has_admin(const pg_uuid_t *organization_id, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found = false;

	key_uuid(&key, 1, organization_id);
	scan_begin(&scan, INDEX_MEMBERS, false, snapshot, 1, &key);
	while (!found && scan_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		found = DatumGetBool(scan_required(&scan, MEMBERS_IS_ADMIN));
	}
	scan_end(&scan);
	return found;
}

int
store_organizations_of(const pg_uuid_t *user_id, Snapshot snapshot,
					   pg_uuid_t **organizations)
{
	StoreScan	scan;
	ScanKeyData key;
	int			count = 0;
	int			room = 0;
	pg_uuid_t  *result = NULL;

	key_uuid(&key, 1, user_id);
	scan_begin(&scan, INDEX_MEMBERSHIPS, true, snapshot, 1, &key);
	while (scan_next(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		if (count == room)
		{
			room = room ? room * 2 : 8;
			result = result ? repalloc_huge(result, room * sizeof(pg_uuid_t)) :
				palloc(room * sizeof(pg_uuid_t));
		}
		result[count++] = *DatumGetUUIDP(scan_required(&scan, 2));
	}
	scan_end(&scan);
	*organizations = result;
	return count;
}

/* ----------
 * Grants
 * ----------
 */

static StoreIndex
grant_index(GrantTarget target, PrincipalKind kind)
{
	if (target == GRANT_ON_PROJECT)
		return kind == PRINCIPAL_USER ? INDEX_PROJECT_USERS : INDEX_PROJECT_ORGANIZATIONS;
	return kind == PRINCIPAL_USER ? INDEX_MODEL_API_USERS : INDEX_MODEL_API_ORGANIZATIONS;
}

static AccessLevel
level_of(Datum label)
{
	return (AccessLevel) (store_enum_place(STORE_ENUM_ACCESS_LEVEL, DatumGetObjectId(label)) + 1);
}

/* The level of the grant that an index-only scan stands on. */
static AccessLevel
current_grant_level(StoreScan *scan, TimestampTz now)
{
	bool		unlimited;
	Datum		expires_at = scan_value(scan, GRANT_INDEX_EXPIRES_AT, &unlimited);

	if (!unlimited && DatumGetTimestampTz(expires_at) <= now)
		return ACCESS_LEVEL_NONE;
	return level_of(scan_required(scan, GRANT_INDEX_LEVEL));
}

AccessLevel
store_grant(GrantTarget target, const Principal *principal,
			const pg_uuid_t *object, TimestampTz now, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData keys[2];
	AccessLevel level = ACCESS_LEVEL_NONE;

	key_uuid(&keys[0], 1, &principal->id);
	key_uuid(&keys[1], 2, object);
	scan_begin(&scan, grant_index(target, principal->kind), true, snapshot, 2, keys);
	if (scan_next(&scan))
		level = current_grant_level(&scan, now);
	scan_end(&scan);
	return level;
}

void
store_each_grant(GrantTarget target, const Principal *principal,
				 TimestampTz now, Snapshot snapshot,
				 GrantConsumer consume, void *arg)
{
	StoreScan	scan;
	ScanKeyData key;

	key_uuid(&key, 1, &principal->id);
	scan_begin(&scan, grant_index(target, principal->kind), true, snapshot, 1, &key);
	while (scan_next(&scan))
	{
		AccessLevel level = current_grant_level(&scan, now);

		CHECK_FOR_INTERRUPTS();
		if (level != ACCESS_LEVEL_NONE)
			consume(DatumGetUUIDP(scan_required(&scan, GRANT_INDEX_OBJECT)), level, arg);
	}
	scan_end(&scan);
}

bool
store_has_owner(GrantTarget target, const pg_uuid_t *object, Snapshot snapshot)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found = false;

	key_uuid(&key, 1, object);
	scan_begin(&scan,
			   target == GRANT_ON_PROJECT ? INDEX_PROJECT_GRANTS : INDEX_MODEL_API_GRANTS,
			   false, snapshot, 1, &key);
	while (!found && scan_next(&scan))
	{
		bool		no_user;
		bool		unlimited;

		CHECK_FOR_INTERRUPTS();
		(void) scan_value(&scan, GRANTS_USER_ID, &no_user);
		(void) scan_value(&scan, GRANTS_EXPIRES_AT, &unlimited);
		found = !no_user && unlimited &&
			level_of(scan_required(&scan, GRANTS_LEVEL)) == ACCESS_LEVEL_OWNER;
	}
	scan_end(&scan);
	return found;
}

/* ----------
 * Model APIs and tokens
 * ----------
 */

bool
store_model_api(const pg_uuid_t *id, Snapshot snapshot, ModelApiFacts *facts)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	key_uuid(&key, 1, id);
	scan_begin(&scan, INDEX_MODEL_APIS, false, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found && facts)
	{
		facts->id = *id;
		facts->project_id = *DatumGetUUIDP(scan_required(&scan, MODEL_APIS_PROJECT_ID));
		facts->visibility = (Visibility)
			store_enum_place(STORE_ENUM_VISIBILITY,
							 DatumGetObjectId(scan_required(&scan, MODEL_APIS_VISIBILITY)));
		facts->authorization_mode = (AuthorizationMode)
			store_enum_place(STORE_ENUM_AUTHORIZATION_MODE,
							 DatumGetObjectId(scan_required(&scan, MODEL_APIS_AUTHORIZATION_MODE)));
		facts->invocation_mode = (InvocationMode)
			store_enum_place(STORE_ENUM_INVOCATION_MODE,
							 DatumGetObjectId(scan_required(&scan, MODEL_APIS_INVOCATION_MODE)));
	}
	scan_end(&scan);
	return found;
}

/* Which token a hash belongs to. */
static bool
token_id_by_digest(const uint8 digest[TOKEN_DIGEST_LENGTH], Snapshot snapshot,
				   pg_uuid_t *token_id)
{
	StoreScan	scan;
	ScanKeyData key;
	union
	{
		struct varlena header;
		char		bytes[VARHDRSZ + TOKEN_DIGEST_LENGTH];
	}			hash;
	bool		found;

	SET_VARSIZE(&hash, VARHDRSZ + TOKEN_DIGEST_LENGTH);
	memcpy(VARDATA(&hash), digest, TOKEN_DIGEST_LENGTH);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_BYTEAEQ, PointerGetDatum(&hash));
	scan_begin(&scan, INDEX_TOKEN_HASHES, false, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found)
		*token_id = *DatumGetUUIDP(scan_required(&scan, HASHES_TOKEN_ID));
	scan_end(&scan);
	return found;
}

bool
store_token_by_digest(const uint8 digest[TOKEN_DIGEST_LENGTH], Snapshot snapshot,
					  TokenFacts *facts)
{
	StoreScan	scan;
	ScanKeyData key;
	bool		found;

	if (!token_id_by_digest(digest, snapshot, &facts->id))
		return false;
	key_uuid(&key, 1, &facts->id);
	scan_begin(&scan, INDEX_TOKENS, false, snapshot, 1, &key);
	found = scan_next(&scan);
	if (found)
	{
		bool		isnull;
		Datum		expires_at = scan_value(&scan, TOKENS_EXPIRES_AT, &isnull);

		facts->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(expires_at);
		(void) scan_value(&scan, TOKENS_REVOKED_AT, &isnull);
		facts->revoked = !isnull;
		facts->model_api_id = *DatumGetUUIDP(scan_required(&scan, TOKENS_MODEL_API_ID));
		facts->name = TextDatumGetCString(scan_required(&scan, TOKENS_NAME));
	}
	scan_end(&scan);
	return found;
}
