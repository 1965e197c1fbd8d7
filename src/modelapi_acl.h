/*-------------------------------------------------------------------------
 *
 * modelapi_acl.h
 *	  What the files of modelapi_acl know of each other.
 *
 * One section for each .c file, lowest first: a file calls only what stands
 * above its own section.  authorization.c and the format half of token.c know
 * nothing of tables; store.c and store_grants.c are the only readers of tables outside SQL; access.c
 * is the only place that decides.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_H
#define MODELAPI_ACL_H

#include "postgres.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "fmgr.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "authorization.h"
#include "compat.h"

/* ----------
 * The terms.  The order of each enum's members is that of the SQL enum's
 * labels (sql/install/20_types.sql): a member's value is its label's place.
 * AccessLevel alone is shifted by one, to make room for "no level".
 * ----------
 */
typedef enum AccessLevel
{
	ACCESS_LEVEL_NONE = 0,
	ACCESS_LEVEL_VIEWER,
	ACCESS_LEVEL_EDITOR,
	ACCESS_LEVEL_OWNER
} AccessLevel;

typedef enum Visibility
{
	VISIBILITY_PUBLIC,
	VISIBILITY_PRIVATE
} Visibility;

typedef enum AuthorizationMode
{
	AUTHORIZATION_RESTRICTED,
	AUTHORIZATION_UNRESTRICTED
} AuthorizationMode;

typedef enum InvocationMode
{
	INVOCATION_SYNC,
	INVOCATION_ASYNC
} InvocationMode;

typedef enum Permission
{
	PERMISSION_VIEW,
	PERMISSION_VIEW_LOGS,
	PERMISSION_INVOKE,
	PERMISSION_VIEW_SETTINGS,
	PERMISSION_EDIT_SETTINGS,
	PERMISSION_DEPLOY_VERSION,
	PERMISSION_VIEW_AUDIT,
	PERMISSION_VIEW_TOKENS,
	PERMISSION_CREATE_TOKEN,
	PERMISSION_REVOKE_TOKEN,
	PERMISSION_VIEW_COLLABORATORS,
	PERMISSION_MANAGE_COLLABORATORS,
	PERMISSION_CHANGE_VISIBILITY,
	PERMISSION_TRANSFER_OWNERSHIP,
	PERMISSION_DELETE
} Permission;

#define PERMISSION_COUNT (PERMISSION_DELETE + 1)

/* Ids are random, made by the extension itself: any four bytes are a hash. */
static inline uint32
uuid_hash_of(const pg_uuid_t *id)
{
	uint32		hash;

	memcpy(&hash, id->data + UUID_LEN - sizeof(hash), sizeof(hash));
	return hash;
}

/* SQLSTATEs that PostgREST turns into the HTTP status of the same number */
#define ERRCODE_MODELAPI_NOT_SIGNED_IN	MAKE_SQLSTATE('P', 'T', '4', '0', '1')
#define ERRCODE_MODELAPI_NOT_FOUND		MAKE_SQLSTATE('P', 'T', '4', '0', '4')

/* ----------
 * token.c: access tokens, the only file in which a plaintext secret lives
 * ----------
 */
#define TOKEN_DIGEST_LENGTH 32	/* bytes of a SHA-256 */

/*
 * token_digest_of_header: what an Authorization header's credential hashes to.
 *
 * header: the header's value, header_length bytes, in the database's encoding;
 * scheme: the only one that is acceptable.  Returns the parser's verdict; with
 * HEADER_CREDENTIAL and a well-formed token, *digest is filled and *well_formed
 * is true; a credential that can't be a token (prefix, length, alphabet,
 * checksum) gives *well_formed false.  Raises nothing for any input (an error
 * of the server's hashing alone), takes no lock, keeps no plaintext.
 */
extern HeaderVerdict token_digest_of_header(const char *header, size_t header_length,
											AuthorizationScheme scheme,
											bool *well_formed,
											uint8 digest[TOKEN_DIGEST_LENGTH]);

/* ----------
 * email.c: when two email addresses are the same
 *
 * Both return a palloc'd text, or NULL for one that no user can have: it holds a
 * character that is canonically one of ASCII, or one beyond ASCII where the database's
 * encoding is not UTF-8, or is far too long.  They read nothing and raise nothing else.
 * ----------
 */
#define EMAIL_LENGTH_MAX 254	/* characters; RFC 5321, 4.5.3.1.3 */

/* As it is kept: in NFC. */
extern char *email_normalize(const char *email);

/* As it is compared, and indexed: that, with ASCII letters in lower case. */
extern char *email_key(const char *email);

/* ----------
 * catalog.c: the OIDs of the extension's own objects
 *
 * Errors: undefined_schema or undefined_table where one was renamed or dropped.
 * ----------
 */
typedef enum StoreTable
{
	TABLE_USERS,
	TABLE_USER_IDENTITIES,
	TABLE_PRINCIPAL_NAMES,
	TABLE_ORGANIZATIONS,
	TABLE_ORGANIZATION_MEMBERS,
	TABLE_PROJECTS,
	TABLE_PROJECT_COLLABORATORS,
	TABLE_MODEL_APIS,
	TABLE_MODEL_API_COLLABORATORS,
	TABLE_MODEL_API_VERSIONS,
	TABLE_TOKEN_HASHES,
	TABLE_ACCESS_TOKENS,
	TABLE_AUDIT_EVENTS,
	TABLE_CHANGES
} StoreTable;

#define STORE_TABLE_COUNT (TABLE_CHANGES + 1)

/* Called by _PG_init: registers what keeps cached OIDs true. */
extern void catalog_initialize(void);

/* A table's OID, as far as is known without a lock on it. */
extern Oid	catalog_table(StoreTable which);

/* Locks and opens a table, the one that has the name when the lock is had. */
extern Relation catalog_open_table(StoreTable which, LOCKMODE lockmode);

/* Whether there is such a table, as long as the extension is installed. */
extern bool catalog_has_table(StoreTable which);

/* The schema that an extension lives in, or InvalidOid. */
extern Oid	catalog_extension_schema(Oid extension);

/*
 * Whether the extension's owner bypasses policies, as a superuser does.  An owner who was
 * demoted reads and writes nothing through the internal views, and functions would answer
 * as if nothing were there.  Reads catalogs when a role or a relation has changed since,
 * else nothing.  catalog_require_able_owner: raises 55000 unless it does.
 */
extern bool catalog_owner_is_able(void);
extern void catalog_require_able_owner(void);

typedef enum StoreEnum
{
	STORE_ENUM_ACCESS_LEVEL,
	STORE_ENUM_VISIBILITY,
	STORE_ENUM_AUTHORIZATION_MODE,
	STORE_ENUM_INVOCATION_MODE,
	STORE_ENUM_PERMISSION,
	STORE_ENUM_PROJECT_PERMISSION,
	STORE_ENUM_ORGANIZATION_PERMISSION
} StoreEnum;

/*
 * An enum label's place in its type, from 0, and the label's OID at a place.
 * The OID must be one of the type's (an internal error otherwise).
 */
extern int	catalog_enum_place(StoreEnum which, Oid label);
extern Oid	catalog_enum_label(StoreEnum which, int place);
extern Oid	catalog_enum_type(StoreEnum which);

/* ----------
 * indexes.c: which index a read goes through
 * ----------
 */

/* What is read, and by which columns; indexes.c has a shape for each */
typedef enum StoreIndex
{
	INDEX_USERS,
	INDEX_USERNAMES,
	INDEX_IDENTITIES,
	INDEX_EMAILS,
	INDEX_EXTERNAL_IDS,
	INDEX_NAMES,
	INDEX_ORGANIZATIONS,
	INDEX_MEMBERS,
	INDEX_MEMBERSHIPS,
	INDEX_PROJECTS,
	INDEX_PROJECT_GRANTS,
	INDEX_PROJECT_ORGANIZATION_GRANTS,
	INDEX_PROJECT_USERS,
	INDEX_PROJECT_ORGANIZATIONS,
	INDEX_MODEL_APIS,
	INDEX_MODEL_APIS_BY_PROJECT,
	INDEX_MODEL_APIS_BY_CREATION,
	INDEX_MODEL_APIS_PUBLIC,
	INDEX_MODEL_API_GRANTS,
	INDEX_MODEL_API_ORGANIZATION_GRANTS,
	INDEX_MODEL_API_USERS,
	INDEX_MODEL_API_ORGANIZATIONS,
	INDEX_VERSIONS,
	INDEX_TOKEN_HASHES,
	INDEX_TOKENS,
	INDEX_AUDIT_OBJECTS,
	INDEX_CHANGES
} StoreIndex;

#define STORE_INDEX_COUNT (INDEX_CHANGES + 1)

/* So many columns of a table are of interest at most */
#define STORE_COLUMNS_MAX 6

/* How a read goes */
typedef struct StoreAccess
{
	Oid			table;
	Oid			index;			/* InvalidOid: reads the whole table */
	int			nkeys;			/* so many of the read's columns, the first ones, lead the index */
	bool		covers;			/* the index's entries hold all columns */
	TransactionId changed_by;	/* which last changed the table's definition */
	AttrNumber	places[STORE_COLUMNS_MAX];	/* of the columns: in entries if covers, else in rows */
} StoreAccess;

/* Called by _PG_init: registers what keeps the choices true. */
extern void indexes_initialize(void);

/*
 * indexes_open: opens a read's table with AccessShareLock, and chooses an index, which
 * is there as long as the table is locked.  indexes_find: the same for a table that the
 * caller has opened and locked.
 *
 * Errors: a column of the extension's own that is missing or has another type.
 */
extern Relation indexes_open(StoreIndex which, StoreAccess *access);
extern void indexes_find(StoreIndex which, Relation table, StoreAccess *access);

/*
 * Whether the index chosen is as good as the one that the script makes: it has all
 * columns in its entries, and all keys lead it, so that it is in their order.
 */
extern bool indexes_serve(StoreIndex which, const StoreAccess *access);

/*
 * Whether a snapshot is too old for a table that was locked after it was taken: what
 * rewrote the table since may have made all rows anew, so that the snapshot shows none.
 */
extern bool indexes_too_old(const StoreAccess *access, Snapshot snapshot);
extern void indexes_raise_too_old(const char *table);	/* 40001 */

/*
 * For what reads many tables with a snapshot that was taken before: locks them to the end
 * of the transaction, and raises 40001 where it is too old for one.
 */
extern void indexes_require_current(Snapshot snapshot);

/* The function of the first column that is looked up, or InvalidOid; its collation. */
extern Oid	indexes_function(StoreIndex which);
extern Oid	indexes_collation(StoreIndex which);

/* ----------
 * uncounted.c: reads that the statistics views do not count
 * ----------
 */

/* Called by _PG_init: registers what tells of changed relations. */
extern void uncounted_initialize(void);

/*
 * uncounted_begin, uncounted_end: put back what is counted of reads of the extension's
 * relations, and of pages in all, to what it was at the beginning.
 *
 * The first may read catalogs and allocates in the current memory context; the second
 * neither reads nor raises anything, so that it may run while an error is handled, and
 * has to be called before that context goes.  They may be nested.
 */
typedef struct Uncounted Uncounted;
extern Uncounted *uncounted_begin(void);
extern void uncounted_end(Uncounted *uncounted);

/*
 * uncounted_save, uncounted_restore: the same for one open relation, without what is
 * counted of pages in all; so many scans are counted all the same, so that nobody takes an
 * index for one that is of no use.
 */
typedef struct ReadCounts
{
	int64		numscans;
	int64		tuples_returned;
	int64		tuples_fetched;
	int64		blocks_fetched;
	int64		blocks_hit;
} ReadCounts;
extern void uncounted_save(Relation relation, ReadCounts *counts);
extern void uncounted_restore(Relation relation, const ReadCounts *counts, int scans);

/*
 * uncounted_lock: has a serializable transaction hold the whole of a relation for read.
 * All may look at what it holds; of the whole the server notes no single row or page.
 * The snapshot is the one that the relation is read with.  Does nothing in others.
 */
extern void uncounted_lock(Relation relation, Snapshot snapshot);

/* ----------
 * store.c, and store_grants.c for grants: the only readers of tables from C
 *
 * Every function reads with the snapshot that it is given, through an index where
 * there is one, regardless of privileges and of row-level security: these files are the real
 * boundary.  Each takes AccessShareLock on what it reads and gives it back,
 * raises only what the server raises for a broken installation, and leaves
 * nothing allocated but its result, in the current memory context.
 * ----------
 */
typedef enum PrincipalKind
{
	PRINCIPAL_USER,
	PRINCIPAL_ORGANIZATION
} PrincipalKind;

typedef struct Principal
{
	PrincipalKind kind;
	pg_uuid_t	id;
} Principal;

/* What a grant is on */
typedef enum GrantTarget
{
	GRANT_ON_PROJECT,
	GRANT_ON_MODEL_API
} GrantTarget;

/* What a decision needs to know of a model API's row */
typedef struct ModelApiFacts
{
	pg_uuid_t	id;
	pg_uuid_t	project_id;
	Visibility	visibility;
	AuthorizationMode authorization_mode;
	InvocationMode invocation_mode;
} ModelApiFacts;

/* What a decision needs to know of an access token */
typedef struct TokenFacts
{
	pg_uuid_t	id;
	pg_uuid_t	model_api_id;
	char	   *name;			/* in the current memory context */
	bool		revoked;
	TimestampTz expires_at;		/* DT_NOEND: never */
} TokenFacts;

/* Each: whether there is such a row; if so and not NULL, *result is filled. */
extern bool store_user(const pg_uuid_t *id, Snapshot snapshot, bool *enabled);
/* A user's own name and email address, palloc'd; NULL where there is none. */
extern char *store_username(const pg_uuid_t *id, Snapshot snapshot);
extern char *store_email(const pg_uuid_t *user_id, Snapshot snapshot);

extern bool store_user_by_email(const char *email, Snapshot snapshot, pg_uuid_t *user_id);
extern bool store_user_by_external_id(const char *external_id, Snapshot snapshot,
									  pg_uuid_t *user_id);
extern bool store_principal_by_name(const char *name, Snapshot snapshot, Principal *principal);

/* Whether nobody holds a name, but it stays reserved for its last holder. */
extern bool store_name_is_reserved(const char *name, Snapshot snapshot);
extern bool store_project(const pg_uuid_t *id, Snapshot snapshot);
extern bool store_organization(const pg_uuid_t *id, Snapshot snapshot);
extern bool store_model_api(const pg_uuid_t *id, Snapshot snapshot, ModelApiFacts *facts);

/*
 * When the last event of an object was written, or its change committed, if that
 * is later; false for no event.  Sees what is committed by now, without a snapshot:
 * this is not a read that a serializable transaction has to answer for.
 */
extern bool store_last_event_time(const pg_uuid_t *object_id, TimestampTz *last);
extern bool store_member(const pg_uuid_t *organization_id, const pg_uuid_t *user_id,
						 Snapshot snapshot, bool *is_admin);
extern bool store_model_api_of_token(const pg_uuid_t *token_id, Snapshot snapshot,
									 pg_uuid_t *model_api_id);
extern bool store_model_api_of_version(const pg_uuid_t *version_id, Snapshot snapshot,
									   pg_uuid_t *model_api_id);
extern bool store_token_by_digest(const uint8 digest[TOKEN_DIGEST_LENGTH],
								  Snapshot snapshot, TokenFacts *facts);

/*
 * The organizations that a user is in, in the order of their ids: up to max of them into
 * an array with room for so many, beginning after one, or at the beginning (NULL).
 * Returns how many.
 */
extern int	store_organizations_of(const pg_uuid_t *user_id, const pg_uuid_t *after, int max,
								   Snapshot snapshot, pg_uuid_t *organizations);

/*
 * By which expiry is judged.  next_expiry is lowered to the first moment from which
 * a grant that counted will not.
 */
typedef struct StoreClock
{
	TimestampTz now;
	TimestampTz next_expiry;
} StoreClock;

/* The level of one principal's own grant; NONE without one or when expired at now. */
extern AccessLevel store_grant(GrantTarget target, const Principal *principal,
							   const pg_uuid_t *object, StoreClock *clock,
							   Snapshot snapshot);

/*
 * Calls consume for each grant of one principal that is unexpired at now, in the
 * order of the objects' ids, until it returns false.  Begins after one of them, or
 * at the beginning (NULL).
 */
typedef bool (*GrantConsumer) (const pg_uuid_t *id, AccessLevel level, void *arg);
extern void store_each_grant(GrantTarget target, const Principal *principal,
							 const pg_uuid_t *after,
							 StoreClock *clock, Snapshot snapshot,
							 GrantConsumer consume, void *arg);

/* Where a walk over the grants of a user's organizations stands; begins as zeroes. */
typedef struct GrantPlace
{
	pg_uuid_t	organization;
	pg_uuid_t	object;			/* the last that was consumed of it, ... */
	bool		has_object;		/* ... if any was */
} GrantPlace;

/*
 * The same for all organizations that a user is in, from a place on: in the order of the
 * organizations, and for each of the objects.  Returns true at the end; false, with the
 * place to go on from, where consume returned false or *seeks, which is counted down,
 * came to its end.  Takes as many seeks as there are organizations that the user is in,
 * or organizations that hold grants of this kind, whichever are fewer.
 */
extern bool store_each_organization_grant(GrantTarget target, const pg_uuid_t *user_id,
										  GrantPlace *place, int *seeks,
										  StoreClock *clock, Snapshot snapshot,
										  GrantConsumer consume, void *arg);

/*
 * Calls consume, with the organization's id, for the unexpired grants on one object that
 * organizations hold, until it returns false.  Returns false where there are more than
 * max grants of organizations, after so many.
 */
extern bool store_organization_grants_on(GrantTarget target, const pg_uuid_t *object, int max,
										 StoreClock *clock, Snapshot snapshot,
										 GrantConsumer consume, void *arg);

/* Whether a user directly holds level owner without expiry; an admin exists. */
extern bool store_has_owner(GrantTarget target, const pg_uuid_t *object, Snapshot snapshot);
extern bool store_has_admin(const pg_uuid_t *organization_id, Snapshot snapshot);

/* ----------
 * state.c: which state of the database, and which time, a question is asked of
 * ----------
 */

/* Called by _PG_init: makes the setting that carries a clock to parallel workers. */
extern void state_initialize(void);

/*
 * snapshot_clock: the time by which a statement with this snapshot judges expiry:
 * that of the first call for it, in a parallel worker the leader's.  The
 * snapshot must be a copy, as active and registered ones are.
 */
extern TimestampTz snapshot_clock(Snapshot snapshot);

/* To be called before a plan with this snapshot starts workers: they get its clock. */
extern void snapshot_carry_clock(Snapshot snapshot);

/* ----------
 * identity.c: who is asking
 * ----------
 */
typedef enum IdentityKind
{
	IDENTITY_NOBODY,			/* anonymous, or disabled since */
	IDENTITY_USER,
	IDENTITY_ADMINISTRATOR		/* nothing was stated, the role is an administrator's */
} IdentityKind;

typedef struct Identity
{
	IdentityKind kind;
	pg_uuid_t	user_id;		/* zeroes unless IDENTITY_USER */
} Identity;

/*
 * Called by _PG_init: registers what ends the latch with the transaction, and what
 * takes it to parallel workers.
 */
extern void identity_initialize(void);

/*
 * identity_current: who is asking, as far as this transaction knows.
 *
 * The first call of a transaction latches the answer.  A user who is disabled
 * or gone in the snapshot is nobody.  In maintenance (the server restricts what
 * runs) it is nobody, and nothing is latched.  A role that is an administrator's
 * counts while the session's own user is in force.
 */
extern Identity identity_current(Snapshot snapshot);

/*
 * identity_is_plausible: whether an identity may be the session's own: that of
 * the latch, and nobody's in maintenance.  Looks nothing up: whether a user is
 * enabled, and whether the role in force is an administrator's, is asked by
 * identity_current alone.
 */
extern bool identity_is_plausible(const Identity *identity);

/*
 * identity_may_administer: whether the current user, in a SECURITY DEFINER function
 * its owner, has the privileges of modelapi_acl_admin, whoever was stated.  In
 * maintenance nobody has.
 */
extern bool identity_may_administer(void);

/* identity_confirmed: an identity, if it is what identity_current gives; else nobody. */
extern Identity identity_confirmed(Identity identity, Snapshot snapshot);

/*
 * identity_from_argument: the identity that current_identity() computed and
 * a policy passes on; see identity_to_datum.
 */
extern Identity identity_from_argument(bool isnull, Datum value);

/* Whose name an audit event carries: the latched user, or NULL for none. */
extern const pg_uuid_t *identity_actor(void);

/*
 * Whether guards and audit stand aside: a superuser restores a dump (with
 * row_security off), or a logical replication worker applies changes that
 * were guarded and audited where they were made.  Not in a SECURITY DEFINER
 * function, and not in maintenance: see identity_current.
 */
extern bool identity_stands_aside(void);

/*
 * identity_begin_administration: says that a function for administrators runs, which has
 * seen that the current user may call it.  identity_manages_users: whether users may be
 * written: by an administrator, or by such a function in the same command of the client,
 * whoever was stated.
 */
extern void identity_begin_administration(void);
extern bool identity_manages_users(void);

/* Whether the current user has the role that writes logs. */
extern bool identity_may_write_logs(void);

/*
 * identity_has_admin_role: whether the current user is in force (no definer function and
 * no maintenance is running) and has the administrators' role, whoever was stated.
 * Reads catalogs alone.
 */
extern bool identity_has_admin_role(void);

/*
 * Whether a text is a uuid in any form that the server's type accepts; if so
 * and not NULL, *uuid is filled.
 */
extern bool identity_parse_uuid(const char *text, pg_uuid_t *uuid);

/*
 * Whether an identifier names a user, enabled or not: an id, an email address
 * or a username.  If so *user_id is filled.
 */
extern bool identity_find_user(const char *identifier, Snapshot snapshot, pg_uuid_t *user_id);

/*
 * identity_call_as: calls act as if a user were asking, and puts back who is, also
 * where act raises an error.
 *
 * For verify.c alone, which runs queries of its own for administrators that way:
 * act must run nothing that anybody else wrote, and write nothing.
 */
extern void identity_call_as(const pg_uuid_t *user_id, void (*act) (void *arg), void *arg);

/* Counts the aborts of subtransactions: part of the key of whatever is cached. */
extern uint64 identity_generation(void);

/* ----------
 * value.c: acceptable values
 *
 * Each raises ERRCODE_INVALID_PARAMETER_VALUE (22023) for one that isn't;
 * what says in the message what it was meant for.  value_check_email returns
 * the address as it is kept, in NFC.
 * ----------
 */
extern void value_require(FunctionCallInfo fcinfo, int argument);	/* isn't NULL: 22004 */
extern void value_check_name(const char *what, text *value);
extern void value_require_given(const char *what, bool isnull); /* isn't NULL: 22023 */
extern void value_require_name(const char *what, text *value);	/* both */
extern void value_check_log_level(text *value);
extern void value_check_principal_name(const char *what, text *value);
extern void value_check_description(const char *what, text *value);
extern text *value_check_email(text *value);
extern void value_check_external_id(text *value, const pg_uuid_t *user_id);
extern void value_check_expiry(TimestampTz expires_at, TimestampTz now);

/* ----------
 * access.c: the one decision
 * ----------
 */
typedef enum ProjectPermission
{
	PROJECT_PERMISSION_VIEW,
	PROJECT_PERMISSION_CREATE_MODEL_API,
	PROJECT_PERMISSION_VIEW_COLLABORATORS,
	PROJECT_PERMISSION_MANAGE
} ProjectPermission;

#define PROJECT_PERMISSION_COUNT (PROJECT_PERMISSION_MANAGE + 1)

typedef enum OrganizationPermission
{
	ORGANIZATION_PERMISSION_VIEW_MEMBERS,
	ORGANIZATION_PERMISSION_MANAGE
} OrganizationPermission;

/*
 * So many grants of a kind are read into memory at most, 18 bytes each, and twice as
 * much again at worst where they are searched often; a user who holds more is looked up
 * grant by grant.
 */
#define GRANTS_MAX 900000

/* What one identity may reach in one snapshot; opaque, see access.c. */
typedef struct AccessContext AccessContext;

/*
 * access_context: the context for an identity and a snapshot.
 *
 * cached: where a context lives between calls, in practice &flinfo->fn_extra,
 * with parent = flinfo->fn_mcxt; it is used again as long as identity, snapshot
 * and subtransactions are the same, and emptied otherwise.  NULL: a new one in
 * parent.
 */
extern AccessContext *access_context(AccessContext **cached, MemoryContext parent,
									 const Identity *identity, Snapshot snapshot);

/*
 * access_context_confirmed: the same for an identity that came as an argument.  Any
 * other than the session's own is answered as nobody, whoever the caller is.
 */
extern AccessContext *access_context_confirmed(AccessContext **cached, MemoryContext parent,
											   const Identity *identity, Snapshot snapshot);

/*
 * access_latest: the context for who is asking in what others have committed by
 * now, and by the clock of now: what writes is judged by it.  Of this transaction's
 * own changes it shows what was there before the statement began.
 *
 * Good for questions that are asked at once, before anything else runs.  Lives in
 * the transaction's memory, and is used again as long as nobody has committed.
 * Errors: the server's, in a parallel operation.
 */
extern AccessContext *access_latest(void);

/* The number of the state that access_latest gave last: another is another state. */
extern uint64 access_latest_state(void);

/*
 * A model API's row as the context's snapshot shows it, or NULL; good until
 * the next call for the same context.
 */
extern const ModelApiFacts *access_model_api(AccessContext *context,
											 const pg_uuid_t *model_api_id);

/*
 * access_rule_permits: the rule itself: whether an enabled, signed-in user whose
 * highest grants on the project and on the model API are these (NONE: no grant)
 * holds a permission on it.  Reads nothing.
 */
extern bool access_rule_permits(Permission permission, Visibility visibility,
								AuthorizationMode authorization_mode,
								AccessLevel on_project, AccessLevel on_model_api);

/* Whether the context's identity holds a permission; facts as of any snapshot. */
extern bool access_permits(AccessContext *context, const ModelApiFacts *facts,
						   Permission permission);
extern bool access_permits_project(AccessContext *context, const pg_uuid_t *project_id,
								   ProjectPermission permission);

/*
 * access_permits_another: whether another user, enabled or not, holds a permission, as
 * far as the context's identity may know: a grant to an organization counts only where
 * it may see who the members are.
 */
extern bool access_permits_another(AccessContext *context, const pg_uuid_t *user_id,
								   const ModelApiFacts *facts, Permission permission);

extern bool access_permits_organization(AccessContext *context,
										const pg_uuid_t *organization_id,
										OrganizationPermission permission);

/* Whether the identity is a user or an administrator; is an administrator. */
extern bool access_is_signed_in(AccessContext *context);
extern bool access_is_administrator(AccessContext *context);

/* Whether the identity is the user, or a member of the organization. */
extern bool access_holds_as(AccessContext *context, const Principal *principal);

/* The organizations that the identity is a member of, in the context's memory. */
extern int	access_organizations(AccessContext *context, const pg_uuid_t **organizations);

/* The effective access level; an administrator's is owner. */
extern AccessLevel access_level(AccessContext *context, const ModelApiFacts *facts);

/*
 * access_reach: on what the context's identity, a user, was granted a level that
 * gives a permission, or may give it: rows found this way are candidates, still
 * to be decided by access_permits.
 *
 * Model APIs together with projects give all candidates, with through_projects too.
 * That makes a difference to permissions that need access to the project: more
 * projects, all that there is any access to, and fewer model APIs.
 *
 * Gives up, returning false, where more than cap grants of the kind would have to
 * be read.  *objects lies in the context's memory.
 */
extern bool access_reach(AccessContext *context, GrantTarget target,
						 Permission permission, bool through_projects, int cap,
						 pg_uuid_t **objects, int *count);

/* Whether one of these is among them. */
extern bool access_reaches(AccessContext *context, GrantTarget target,
						   const pg_uuid_t *object, Permission permission,
						   bool through_projects);

/* Whether a permission may take access to the project besides a level. */
extern bool access_needs_project(Permission permission);

/* Whether some who were granted nothing hold a permission on public model APIs. */
extern bool access_is_open_when_public(Permission permission);

/* The permission's name, and what would give it (a hint), translated. */
extern const char *access_permission_name(Permission permission);
extern const char *access_permission_hint(Permission permission);
extern const char *access_project_permission_name(ProjectPermission permission);
extern const char *access_project_permission_hint(ProjectPermission permission);

/*
 * A project that this transaction's own statement is just inserting: its
 * creator sees it as an owner until the owner's grant is there.
 */
extern void access_begin_project(const pg_uuid_t *project_id, const pg_uuid_t *user_id);
extern void access_end_project(const pg_uuid_t *project_id);

/* ----------
 * support.c: how the planner learns of all this
 * ----------
 */

/* Called by _PG_init: registers the custom scan and the hook that offers it. */
extern void support_initialize(void);

/* ----------
 * policy_first.c: what the planner must not know or do before a policy
 * ----------
 */

/* Called by _PG_init, after support_initialize: registers the hooks. */
extern void policy_first_initialize(void);

/* ----------
 * estimates.c: constants in place of statistics of contents
 * ----------
 */

/* Called by _PG_init: registers the hooks. */
extern void estimates_initialize(void);

/* ----------
 * ids.c: ids of rows, which the extension alone makes
 * ----------
 */

/* Called by _PG_init: registers what ends with a transaction or a savepoint. */
extern void ids_initialize(void);

/* A random id (version 4) that is taken already. */
extern pg_uuid_t ids_make(void);

/*
 * Takes an id: whether modelapi_acl.new_id() made it in this transaction, and it
 * was not taken since, but for what was rolled back.
 */
extern bool ids_take(const pg_uuid_t *id);

/* ----------
 * row.c: the row that a trigger is about
 *
 * Columns are named; a name that the table lacks is an internal error.
 * ----------
 */

/* The row that a row trigger is about, and the one that it replaces */
typedef struct RowChange
{
	Relation	table;
	TupleDesc	tupdesc;
	HeapTuple	old;			/* NULL for INSERT */
	HeapTuple	new;			/* NULL for DELETE */
} RowChange;

/* That a function was called as a trigger: an error (0A000) otherwise. */
extern void row_require_trigger(FunctionCallInfo fcinfo);

/* A trigger's argument: the column that names the object. */
extern const char *row_trigger_argument(FunctionCallInfo fcinfo);

/* What a row trigger was called for; an internal error in any other call. */
extern RowChange row_change(FunctionCallInfo fcinfo);

/* A column's value in one of the two tuples; of a uuid or a text, NULL for NULL. */
extern Datum row_value(RowChange *change, HeapTuple tuple, const char *column, bool *isnull);
extern const pg_uuid_t *row_uuid(RowChange *change, HeapTuple tuple, const char *column);
extern text *row_text(RowChange *change, HeapTuple tuple, const char *column);

/* Whether a column is new or has another value than before. */
extern bool row_changes(RowChange *change, const char *column);

/* Puts a value into the new row, in the current memory context; NULL for NULL. */
extern void row_set(RowChange *change, const char *column, const Datum *value);

/* Puts the old row's value into the new one. */
extern void row_keep(RowChange *change, const char *column);

/* ----------
 * insert.c: rows that the extension itself writes
 * ----------
 */
typedef struct InsertColumn
{
	const char *name;
	Datum		value;
	bool		isnull;
} InsertColumn;

/*
 * insert_row: inserts a row as the executor would, but past privileges and policies.
 *
 * table: open, with RowExclusiveLock.  All other columns get their defaults.  Triggers
 * run as the current user; AFTER triggers before this returns.  Raises what they,
 * constraints and indexes raise.
 */
extern void insert_row(Relation table, int count, const InsertColumn *columns);

/* Asked once by a table's guard: whether the row that it sees is one of these. */
extern bool insert_is_own(Relation table);

/* ----------
 * require.c: the errors that the contract gives
 * ----------
 */

/* Nobody is signed in: PT401. */
extern void require_raise_not_signed_in(void) pg_attribute_noreturn();

/* An administrator without a user creates what needs an owner: PT401. */
extern void require_raise_no_owner(void) pg_attribute_noreturn();

/* A permission is missing, on what the current user may view: 42501. */
extern void require_raise_denied(Permission permission) pg_attribute_noreturn();
extern void require_raise_denied_project(ProjectPermission permission) pg_attribute_noreturn();
extern void require_raise_denied_organization(OrganizationPermission permission) pg_attribute_noreturn();

/* There is no such token, or it may not be seen: PT404. */
extern void require_raise_no_token(void) pg_attribute_noreturn();

/*
 * Raises PT401, PT404 or 42501 unless the current user holds a permission on a model
 * API; may revoke the tokens of a model API, NULL for a token that is not there.
 */
extern void require_model_api(const pg_uuid_t *model_api_id, Permission permission);
extern void require_token(const pg_uuid_t *model_api_id);

/* ----------
 * judge.c: whether who writes may still write
 * ----------
 */

/* Called by _PG_init: registers what ends with the transaction. */
extern void judge_initialize(void);

/*
 * judge_row: to be called before a row is written, once it is locked.  Raises PT401
 * or 42501 where the current user may not write it by the latest state, and remembers
 * what it was to look again at the end of the statement.  A row that names a thing
 * which the current user cannot see is refused as the table's policy would do it,
 * whether or not the thing exists.
 */
extern void judge_row(RowChange *change);

/* The same for a permission that changing a column of a model API takes besides. */
extern void judge_model_api_column(RowChange *change, Permission permission);

/* Whether a foreign key's ON DELETE action writes to the table: no user does. */
extern bool judge_is_cascade(Relation table);

/* For an administrator, from whom nothing is hidden: 22023 where it is not there. */
extern void judge_require_model_api(const pg_uuid_t *model_api_id);

/* Refuses a row in the words in which the server says that a policy does: 42501. */
extern void judge_raise_refused(Relation table) pg_attribute_noreturn();

/*
 * judge_call_own: calls write, whose writes are the extension's own: no permission is
 * asked for them.  It must write nothing else, and run nothing that others wrote.
 */
extern void judge_call_own(void (*write) (void *arg), void *arg);

/* ----------
 * names.c: the one namespace, and how much of it somebody may take
 * ----------
 */

/* Called by _PG_init: makes the settings. */
extern void names_initialize(void);

/*
 * names_change: takes the name of a new or renamed user or organization, and reserves
 * the one that is given up.  Raises unique_violation for a name that somebody holds, or
 * that is reserved for somebody else.
 */
extern void names_change(RowChange *change, bool is_user);

/* Each raises insufficient_privilege where a setting reserves it for administrators. */
extern void names_require_may_create_project(void);
extern void names_require_may_create_organization(void);

/*
 * names_check_created: raises insufficient_privilege where a user has created too many
 * organizations by now, except for administrators.  Locks the creator's counter to the
 * end of the transaction.
 */
extern void names_check_created(const pg_uuid_t *creator);

/* ----------
 * ownership.c: the first owner, and always one
 * ----------
 */

/*
 * The user who is to become the first owner of a new row.  Where nobody is signed in:
 * PT401; so for an administrator without a user, who cannot own.
 */
extern const pg_uuid_t *ownership_require_owner(void);

/*
 * The number of a model API's next version; locks the model API's counter to the
 * end of the transaction.
 */
extern int32 ownership_next_version(const pg_uuid_t *model_api_id);

/* ----------
 * change.c: a transaction as one change
 * ----------
 */

/* Called by _PG_init: registers what happens at the end of transactions. */
extern void change_initialize(void);

/* The change_id of the events of this transaction; made at the first call. */
extern const pg_uuid_t *change_current_id(void);

/* The clock's time, but later than "after" and than any event of this transaction. */
extern TimestampTz change_next_time(TimestampTz after);

/*
 * Says that this (sub)transaction has written an event, of that time; access: one
 * that may change who may do what.  At the commit of what is not rolled back, a row of
 * "changes" is written, and where access changed, listeners are notified.
 */
extern void change_note(bool access, TimestampTz occurred_at);

/* ----------
 * audit.c: who changed what
 * ----------
 */

/* Called by _PG_init: registers what ends with the transaction. */
extern void audit_initialize(void);

/* Records an event about a name alone, unless the audit stands aside. */
extern void audit_record_name(const char *action, const char *name);

#endif							/* MODELAPI_ACL_H */
