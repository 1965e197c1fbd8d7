/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  The OIDs of the extension's own tables, indexes and enum labels.
 *
 * They are looked up by name when first needed, and forgotten when an
 * invalidation says that they may have changed: the extension dropped and
 * made again, an index rebuilt concurrently.
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
	const char *table;
	const char *index;
}			index_names[STORE_INDEX_COUNT] =
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
	[INDEX_MODEL_APIS_BY_PROJECT] = {PUBLIC_SCHEMA, "model_apis", "model_apis_by_project"},
	[INDEX_MODEL_APIS_BY_CREATION] = {PUBLIC_SCHEMA, "model_apis", "model_apis_by_creation"},
	[INDEX_MODEL_APIS_PUBLIC] = {PUBLIC_SCHEMA, "model_apis", "model_apis_public"},
	[INDEX_MODEL_API_GRANTS] = {PUBLIC_SCHEMA, "model_api_collaborators", "model_api_collaborators_by_model_api"},
	[INDEX_MODEL_API_USERS] = {PUBLIC_SCHEMA, "model_api_collaborators", "model_api_collaborators_user_key"},
	[INDEX_MODEL_API_ORGANIZATIONS] = {PUBLIC_SCHEMA, "model_api_collaborators", "model_api_collaborators_organization_key"},
	[INDEX_TOKEN_HASHES] = {INTERNAL_SCHEMA, "token_hashes", "token_hashes_pkey"},
	[INDEX_TOKENS] = {PUBLIC_SCHEMA, "access_tokens", "access_tokens_pkey"},
	[INDEX_AUDIT_MODEL_APIS] = {PUBLIC_SCHEMA, "audit_events", "audit_events_by_model_api"},
	[INDEX_AUDIT_PROJECTS] = {PUBLIC_SCHEMA, "audit_events", "audit_events_by_project"},
	[INDEX_AUDIT_OBJECTS] = {PUBLIC_SCHEMA, "audit_events", "audit_events_by_object"},
	[INDEX_CHANGES] = {INTERNAL_SCHEMA, "changes", "changes_pkey"},
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
	[STORE_ENUM_PROJECT_PERMISSION] = {INTERNAL_SCHEMA, "project_permission", 4,
		{"view_project", "create_model_api", "view_project_collaborators",
	"manage_project"}},
	[STORE_ENUM_ORGANIZATION_PERMISSION] = {INTERNAL_SCHEMA, "organization_permission", 2,
	{"view_members", "manage_organization"}},
};

#define STORE_ENUM_COUNT lengthof(enum_names)

typedef struct IndexOids
{
	Oid			table;
	Oid			index;
} IndexOids;

/*
 * What was looked up, or invalid OIDs.  Any look at the catalogs can take in
 * an invalidation that empties these, so that they are filled from local
 * variables, at once, and not at all where "forgotten" has moved meanwhile.
 */
static IndexOids index_oids[STORE_INDEX_COUNT];
static Oid	enum_oids[STORE_ENUM_COUNT][ENUM_LABELS_MAX];
static uint64 forgotten = 0;

/* A relation may have got another OID under the same name. */
static void
forget_relations(Datum arg, Oid relid)
{
	if (relid != InvalidOid)
	{
		int			i;

		for (i = 0; i < STORE_INDEX_COUNT; i++)
			if (index_oids[i].table == relid || index_oids[i].index == relid)
				break;
		if (i == STORE_INDEX_COUNT)
			return;
	}
	memset(index_oids, 0, sizeof(index_oids));
	forgotten++;
}

/* A schema came or went: the extension itself may have. */
static void
forget_everything(Datum arg, int cacheid, uint32 hashvalue)
{
	memset(index_oids, 0, sizeof(index_oids));
	memset(enum_oids, 0, sizeof(enum_oids));
	forgotten++;
}

void
catalog_initialize(void)
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

void
catalog_index(StoreIndex which, Oid *table, Oid *index)
{
	IndexOids	oids = index_oids[which];

	if (!OidIsValid(oids.index))
	{
		uint64		before = forgotten;

		oids.table = relation_oid(index_names[which].schema, index_names[which].table);
		oids.index = relation_oid(index_names[which].schema, index_names[which].index);
		if (forgotten == before)
			index_oids[which] = oids;
	}
	*table = oids.table;
	*index = oids.index;
}

bool
catalog_has_index(StoreIndex which)
{
	Oid			schema = get_namespace_oid(index_names[which].schema, true);

	return OidIsValid(schema) &&
		OidIsValid(get_relname_relid(index_names[which].table, schema)) &&
		OidIsValid(get_relname_relid(index_names[which].index, schema));
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
