/*-------------------------------------------------------------------------
 *
 * object_ids.c
 *	  The OIDs of the extension's own tables and enum labels.
 *
 * They are looked up by name when first needed, and cached until an invalidation
 * says that they may have changed: a table was renamed, or the extension was
 * dropped and created again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "object_ids.h"
#include "../terms.h"

#define PUBLIC_SCHEMA "modelapi_acl"
#define INTERNAL_SCHEMA "modelapi_acl_internal"

static const struct
{
	const char *schema;
	const char *name;
}			table_names[TABLE_COUNT] =
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
	[TABLE_PERSONAL_TOKENS] = {PUBLIC_SCHEMA, "personal_tokens"},
	[TABLE_PERSONAL_TOKEN_MODEL_APIS] = {PUBLIC_SCHEMA, "personal_token_model_apis"},
	[TABLE_PERSONAL_TOKEN_HASHES] = {INTERNAL_SCHEMA, "personal_token_hashes"},
};

/*
 * Enum types with their labels, in the order of the members of the C enums (terms.h).
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
	[ENUM_ACCESS_LEVEL] = {PUBLIC_SCHEMA, "access_level", 3,
	{"viewer", "editor", "owner"}},
	[ENUM_VISIBILITY] = {PUBLIC_SCHEMA, "visibility", 2,
	{"public", "private"}},
	[ENUM_AUTHORIZATION_MODE] = {PUBLIC_SCHEMA, "authorization_mode", 2,
	{"restricted", "unrestricted"}},
	[ENUM_INVOCATION_MODE] = {PUBLIC_SCHEMA, "invocation_mode", 2,
	{"sync", "async"}},
	[ENUM_PERMISSION] = {PUBLIC_SCHEMA, "permission", PERMISSION_COUNT,
		{"view", "view_logs", "invoke", "view_settings", "edit_settings",
			"deploy_version", "view_audit", "view_tokens", "create_token",
			"revoke_token", "view_collaborators", "manage_collaborators",
	"change_visibility", "transfer_ownership", "delete"}},
	[ENUM_PROJECT_PERMISSION] = {PUBLIC_SCHEMA, "project_permission", 4,
		{"view_project", "create_model_api", "view_project_collaborators",
	"manage_project"}},
	[ENUM_ORGANIZATION_PERMISSION] = {INTERNAL_SCHEMA, "organization_permission", 2,
	{"view_members", "manage_organization"}},
};

#define ENUM_COUNT lengthof(enum_names)

/*
 * The cached OIDs, or InvalidOid.  Any catalog access can process invalidations, which
 * empty these.  So a lookup collects its results in local variables, and caches them only
 * if no invalidation has come in meanwhile.
 */
static Oid	table_oids[TABLE_COUNT];
static Oid	enum_oids[ENUM_COUNT][ENUM_LABELS_MAX];
static uint64 invalidations = 0;

/* Whether the owner is known to bypass row-level security */
static bool owner_bypasses_rls = false;

/* Another table may have the name now. */
static void
forget_relations(Datum arg, Oid relid)
{
	for (int i = 0; i < TABLE_COUNT; i++)
		if (relid == InvalidOid || table_oids[i] == relid)
		{
			table_oids[i] = InvalidOid;
			invalidations++;
		}
	/* a view may have another owner now */
	owner_bypasses_rls = false;
}

/* A schema was created or dropped: perhaps the extension's. */
static void
forget_everything(Datum arg, int cacheid, uint32 hashvalue)
{
	memset(table_oids, 0, sizeof(table_oids));
	memset(enum_oids, 0, sizeof(enum_oids));
	invalidations++;
	owner_bypasses_rls = false;
}

/* A role was changed: perhaps the extension's owner. */
static void
forget_owner(Datum arg, int cacheid, uint32 hashvalue)
{
	owner_bypasses_rls = false;
}

void
object_ids_initialize(void)
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
object_ids_enum_type(EnumId which)
{
	Oid			schema = get_namespace_oid(enum_names[which].schema, false);

	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum(enum_names[which].type),
						   ObjectIdGetDatum(schema));
}

/* Looks up the labels of one type. */
static void
load_enum(EnumId which, Oid labels[ENUM_LABELS_MAX])
{
	uint64		before = invalidations;
	Oid			type = object_ids_enum_type(which);

	for (int i = 0; i < enum_names[which].nlabels; i++)
	{
		labels[i] = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid,
									ObjectIdGetDatum(type),
									CStringGetDatum(enum_names[which].labels[i]));
		if (!OidIsValid(labels[i]))
			elog(ERROR, "enum %s of extension modelapi_acl has no label %s",
				 enum_names[which].type, enum_names[which].labels[i]);
	}
	if (invalidations == before)
		memcpy(enum_oids[which], labels, sizeof(Oid) * enum_names[which].nlabels);
}

static int
ordinal_of_label(EnumId which, const Oid *labels, Oid label)
{
	for (int i = 0; i < enum_names[which].nlabels; i++)
		if (labels[i] == label)
			return i;
	return -1;
}

int
object_ids_enum_ordinal(EnumId which, Oid label)
{
	Oid			labels[ENUM_LABELS_MAX];
	int			ordinal = -1;

	if (OidIsValid(enum_oids[which][0]))
		ordinal = ordinal_of_label(which, enum_oids[which], label);
	if (ordinal < 0)
	{
		load_enum(which, labels);
		ordinal = ordinal_of_label(which, labels, label);
	}
	if (ordinal < 0)
		elog(ERROR, "%u is not a label of enum %s", label, enum_names[which].type);
	return ordinal;
}

AccessLevel
object_ids_access_level(Oid label)
{
	/* no label stands for ACCESS_LEVEL_NONE */
	return (AccessLevel) (object_ids_enum_ordinal(ENUM_ACCESS_LEVEL, label) + 1);
}

Oid
object_ids_enum_label(EnumId which, int ordinal)
{
	Oid			labels[ENUM_LABELS_MAX];

	Assert(ordinal >= 0 && ordinal < enum_names[which].nlabels);
	if (OidIsValid(enum_oids[which][ordinal]))
		return enum_oids[which][ordinal];
	load_enum(which, labels);
	return labels[ordinal];
}

const char *
object_ids_enum_name(EnumId which, int ordinal)
{
	Assert(ordinal >= 0 && ordinal < enum_names[which].nlabels);
	return enum_names[which].labels[ordinal];
}

int
object_ids_enum_named(EnumId which, const char *name)
{
	for (int i = 0; i < enum_names[which].nlabels; i++)
		if (strcmp(enum_names[which].labels[i], name) == 0)
			return i;
	elog(ERROR, "type %s has no label \"%s\"", enum_names[which].type, name);
	return 0;					/* keep the compiler quiet */
}

Oid
object_ids_table(TableId which)
{
	Oid			oid = table_oids[which];

	if (!OidIsValid(oid))
	{
		uint64		before = invalidations;

		oid = relation_oid(table_names[which].schema, table_names[which].name);
		if (invalidations == before)
			table_oids[which] = oid;
	}
	return oid;
}

Relation
object_ids_open_table(TableId which, LOCKMODE lockmode)
{
	for (;;)
	{
		Oid			oid = object_ids_table(which);

		/* locking processes invalidations: another table may have the name now */
		LockRelationOid(oid, lockmode);
		if (table_oids[which] == oid || object_ids_table(which) == oid)
			return table_open(oid, NoLock);
		UnlockRelationOid(oid, lockmode);
	}
}

bool
object_ids_has_table(TableId which)
{
	Oid			schema = get_namespace_oid(table_names[which].schema, true);

	return OidIsValid(schema) &&
		OidIsValid(get_relname_relid(table_names[which].name, schema));
}

Oid
object_ids_extension_schema(Oid extension)
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
 * The owner of the internal views.  All have the same owner; verify_access() reports it if
 * somebody has changed the owner of one of them.
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
object_ids_owner_bypasses_rls(void)
{
	if (!owner_bypasses_rls)
		owner_bypasses_rls = has_bypassrls_privilege(views_owner());
	return owner_bypasses_rls;
}

void
object_ids_require_privileged_owner(void)
{
	if (object_ids_owner_bypasses_rls())
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("owner of extension modelapi_acl is not a superuser"),
			 errdetail("Role \"%s\" owns the extension's internal views, which read and write with its privileges.",
					   GetUserNameFromId(views_owner(), true)),
			 errhint("Make the role a superuser again, or give the extension's objects to one with REASSIGN OWNED.")));
}

int
object_ids_enum_argument(FunctionCallInfo fcinfo, int argument, EnumId which)
{
	return object_ids_enum_ordinal(which, PG_GETARG_OID(argument));
}
