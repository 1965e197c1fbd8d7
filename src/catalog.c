/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  The OIDs of the extension's own tables and enum labels.
 *
 * They are looked up by name when first needed, and forgotten when an
 * invalidation says that they may have changed: the extension dropped and
 * made again, a table renamed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "modelapi_acl.h"

#define PUBLIC_SCHEMA "modelapi_acl"
#define INTERNAL_SCHEMA "modelapi_acl_internal"

static const struct
{
	const char *schema;
	const char *name;
}			table_names[STORE_TABLE_COUNT] =
{
	[TABLE_USERS] = {PUBLIC_SCHEMA, "users"},
	[TABLE_USER_IDENTITIES] = {PUBLIC_SCHEMA, "user_identities"},
	[TABLE_PRINCIPAL_NAMES] = {INTERNAL_SCHEMA, "principal_names"},
	[TABLE_ORGANIZATIONS] = {PUBLIC_SCHEMA, "organizations"},
	[TABLE_ORGANIZATION_MEMBERS] = {PUBLIC_SCHEMA, "organization_members"},
	[TABLE_PROJECTS] = {PUBLIC_SCHEMA, "projects"},
	[TABLE_PROJECT_COLLABORATORS] = {PUBLIC_SCHEMA, "project_collaborators"},
	[TABLE_MODEL_APIS] = {PUBLIC_SCHEMA, "model_apis"},
	[TABLE_MODEL_API_COLLABORATORS] = {PUBLIC_SCHEMA, "model_api_collaborators"},
	[TABLE_MODEL_API_VERSIONS] = {PUBLIC_SCHEMA, "model_api_versions"},
	[TABLE_TOKEN_HASHES] = {INTERNAL_SCHEMA, "token_hashes"},
	[TABLE_ACCESS_TOKENS] = {PUBLIC_SCHEMA, "access_tokens"},
	[TABLE_AUDIT_EVENTS] = {PUBLIC_SCHEMA, "audit_events"},
	[TABLE_CHANGES] = {INTERNAL_SCHEMA, "changes"},
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
}			enum_names[] =
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
	[STORE_ENUM_PROJECT_PERMISSION] = {PUBLIC_SCHEMA, "project_permission", 4,
		{"view_project", "create_model_api", "view_project_collaborators",
	"manage_project"}},
	[STORE_ENUM_ORGANIZATION_PERMISSION] = {INTERNAL_SCHEMA, "organization_permission", 2,
	{"view_members", "manage_organization"}},
};

#define STORE_ENUM_COUNT lengthof(enum_names)

/*
 * What was looked up, or invalid OIDs.  Any look at the catalogs can take in
 * an invalidation that empties these, so that they are filled from local
 * variables, at once, and not at all where "forgotten" has moved meanwhile.
 */
static Oid	table_oids[STORE_TABLE_COUNT];
static Oid	enum_oids[STORE_ENUM_COUNT][ENUM_LABELS_MAX];
static uint64 forgotten = 0;
/* that the owner bypasses policies; forgotten with any role, relation or schema */
static bool owner_is_able = false;

/* A table may have got another OID under the same name. */
static void
forget_relations(Datum arg, Oid relid)
{
	for (int i = 0; i < STORE_TABLE_COUNT; i++)
		if (relid == InvalidOid || table_oids[i] == relid)
		{
			table_oids[i] = InvalidOid;
			forgotten++;
		}
	/* a view may have got another owner */
	owner_is_able = false;
}

/* A schema came or went: the extension itself may have. */
static void
forget_everything(Datum arg, int cacheid, uint32 hashvalue)
{
	memset(table_oids, 0, sizeof(table_oids));
	memset(enum_oids, 0, sizeof(enum_oids));
	forgotten++;
	owner_is_able = false;
}

/* A role changed: the owner's attributes may have. */
static void
forget_owner(Datum arg, int cacheid, uint32 hashvalue)
{
	owner_is_able = false;
}

void
catalog_initialize(void)
{
	CacheRegisterRelcacheCallback(forget_relations, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, forget_everything, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, forget_owner, (Datum) 0);
}

static Oid
relation_oid(const char *schema, const char *name)
{
	Oid			namespace = get_namespace_oid(schema, true);
	Oid			relid = OidIsValid(namespace) ? get_relname_relid(name, namespace) : InvalidOid;

	if (!OidIsValid(namespace))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" of extension modelapi_acl is missing", schema),
				 errhint("Restore its name, or install the extension again.")));
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s.%s\" of extension modelapi_acl is missing",
						schema, name),
				 errhint("Restore its name, or install the extension again.")));
	return relid;
}

Oid
catalog_enum_type(StoreEnum which)
{
	Oid			schema = get_namespace_oid(enum_names[which].schema, false);

	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum(enum_names[which].type),
						   ObjectIdGetDatum(schema));
}

/* Looks up the labels of one type. */
static void
load_enum(StoreEnum which, Oid labels[ENUM_LABELS_MAX])
{
	uint64		before = forgotten;
	Oid			type = catalog_enum_type(which);

	for (int i = 0; i < enum_names[which].nlabels; i++)
	{
		labels[i] = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid,
									ObjectIdGetDatum(type),
									CStringGetDatum(enum_names[which].labels[i]));
		if (!OidIsValid(labels[i]))
			elog(ERROR, "enum %s of extension modelapi_acl has no label %s",
				 enum_names[which].type, enum_names[which].labels[i]);
	}
	if (forgotten == before)
		memcpy(enum_oids[which], labels, sizeof(Oid) * enum_names[which].nlabels);
}

static int
place_of_label(StoreEnum which, const Oid *labels, Oid label)
{
	for (int i = 0; i < enum_names[which].nlabels; i++)
		if (labels[i] == label)
			return i;
	return -1;
}

int
catalog_enum_place(StoreEnum which, Oid label)
{
	Oid			labels[ENUM_LABELS_MAX];
	int			place = -1;

	if (OidIsValid(enum_oids[which][0]))
		place = place_of_label(which, enum_oids[which], label);
	if (place < 0)
	{
		load_enum(which, labels);
		place = place_of_label(which, labels, label);
	}
	if (place < 0)
		elog(ERROR, "%u is not a label of enum %s", label, enum_names[which].type);
	return place;
}

Oid
catalog_enum_label(StoreEnum which, int place)
{
	Oid			labels[ENUM_LABELS_MAX];

	Assert(place >= 0 && place < enum_names[which].nlabels);
	if (OidIsValid(enum_oids[which][place]))
		return enum_oids[which][place];
	load_enum(which, labels);
	return labels[place];
}

Oid
catalog_table(StoreTable which)
{
	Oid			oid = table_oids[which];

	if (!OidIsValid(oid))
	{
		uint64		before = forgotten;

		oid = relation_oid(table_names[which].schema, table_names[which].name);
		if (forgotten == before)
			table_oids[which] = oid;
	}
	return oid;
}

Relation
catalog_open_table(StoreTable which, LOCKMODE lockmode)
{
	for (;;)
	{
		Oid			oid = catalog_table(which);

		/* the lock takes in what others have committed: another table may have the name now */
		LockRelationOid(oid, lockmode);
		if (table_oids[which] == oid || catalog_table(which) == oid)
			return table_open(oid, NoLock);
		UnlockRelationOid(oid, lockmode);
	}
}

bool
catalog_has_table(StoreTable which)
{
	Oid			schema = get_namespace_oid(table_names[which].schema, true);

	return OidIsValid(schema) &&
		OidIsValid(get_relname_relid(table_names[which].name, schema));
}

Oid
catalog_extension_schema(Oid extension)
{
	Relation	extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			schema = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan = systable_beginscan(extensions, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return schema;
}

/*
 * The owner of the internal views.  All have the same one, unless somebody gave a single
 * one away, which verify_access() tells.
 */
static Oid
views_owner(void)
{
	Oid			view = relation_oid(INTERNAL_SCHEMA, "all_users");
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(view));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", view);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

bool
catalog_owner_is_able(void)
{
	if (!owner_is_able)
		owner_is_able = has_bypassrls_privilege(views_owner());
	return owner_is_able;
}

void
catalog_require_able_owner(void)
{
	if (catalog_owner_is_able())
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("owner of extension modelapi_acl is not a superuser"),
			 errdetail("Role \"%s\" owns the extension's internal views, which read and write with its privileges.",
					   GetUserNameFromId(views_owner(), true)),
			 errhint("Make the role a superuser again, or give the extension's objects to one with REASSIGN OWNED.")));
}
