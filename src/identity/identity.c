/*-------------------------------------------------------------------------
 *
 * identity.c
 *	  The identity of a transaction: who the current user is.
 *
 * A transaction has one identity.  The first use determines it, also as
 * "nobody", and it lasts until the transaction ends.  It is kept in the latch,
 * a variable of this backend, which no SQL command, no setting and no rollback
 * to a savepoint can change.
 *
 * The identity has two sources.  A trusted application backend states the user
 * with set_session_user(); whoever has the privilege to call it is trusted.
 * For PostgREST, the claim "sub" of the setting request.jwt.claims names the
 * user.  Since any role can change that setting, it counts only where the login
 * role is a member of modelapi_acl_authenticator.
 *
 * A stated user is the identity of the whole transaction, in SECURITY DEFINER
 * functions too.  Where no user was stated, the role decides whether the
 * identity is an administrator, but only while the current user was not
 * switched: see current_role_effective().  In maintenance, where the server
 * runs the code of a table's owner in somebody else's session, the identity is
 * nobody, and nothing is latched.
 *
 * Parallel workers do not share the leader's memory.  A setting that only this
 * file can change carries the latch to them, see "Parallel workers".  Policies
 * nevertheless take the identity as an argument, from an uncorrelated sub-select
 * that the leader computes once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

#include "identity.h"
#include "../catalog/snapshot_clock.h"
#include "../catalog/table_read.h"
#include "../compat.h"
#include "../terms.h"
#include "../values/uuids.h"
#include "current_role.h"
#include "enabled_user.h"
#include "jwt_claims.h"

PG_FUNCTION_INFO_V1(modelapi_acl_current_identity_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_current_user_id_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_set_session_user_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_pre_request_1_0);


typedef struct IdentityLatch
{
	bool		latched;
	bool		has_user;		/* else nobody, or an administrator */
	bool		stated;			/* a user or nobody was stated: not an administrator */
	bool		is_lent;		/* identity_call_as() runs */
	pg_uuid_t	user_id;
} IdentityLatch;

static IdentityLatch latch;

/* Setting modelapi_acl.worker_identity: the latch, for parallel workers */
static char *worker_identity = NULL;

static ExecutorRun_hook_type previous_executor_run = NULL;

/*
 * The query that is being executed, and the top of the error context stack when it
 * began.  These pointers are only compared, never followed: after an error they may
 * dangle.
 */
static QueryDesc *running_query = NULL;
static ErrorContextCallback *running_context = NULL;

/* ----------
 * The latch
 * ----------
 */

static void
forget_latch(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			memset(&latch, 0, sizeof(latch));
			break;
		default:
			break;				/* the transaction may still need the identity */
	}
}

/* Latches a user, or nobody (NULL).  stated: by a call or a claim, not by default. */
static void
latch_user(const pg_uuid_t *user_id, bool stated)
{
	Assert(!latch.latched);
	if (user_id)
		latch.user_id = *user_id;
	latch.has_user = user_id != NULL;
	latch.stated = stated;
	latch.latched = true;
}

/* Latches that nobody was stated.  A user who is latched already stays. */
static void
latch_stated_nobody(void)
{
	if (!latch.latched)
		latch_user(NULL, true);
	else if (!latch.has_user)
		latch.stated = true;	/* nobody was latched by default before */
}

void
identity_call_as(const pg_uuid_t *user_id, void (*act) (void *arg), void *arg)
{
	IdentityLatch saved = latch;

	memset(&latch, 0, sizeof(latch));
	latch_user(user_id, true);
	latch.is_lent = true;
	PG_TRY();
	{
		act(arg);
	}
	PG_FINALLY();
	{
		latch = saved;
	}
	PG_END_TRY();
}

/* ----------
 * Parallel workers
 *
 * The leader changes the setting before it runs a plan that may use workers, and only
 * workers read it.  It holds "nobody", "stated nobody" or a user's id.  It is empty
 * where the leader has latched nothing yet; then a worker determines the identity as
 * the leader would.
 * ----------
 */

static void
send_latch_to_workers(void)
{
	const char *value;

	if (!latch.latched || IsInParallelMode())
		return;
	if (latch.has_user)
		value = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&latch.user_id)));
	else
		value = latch.stated ? "stated nobody" : "nobody";

	/*
	 * A rollback to a savepoint, and the end of a maintenance command, undo changes of
	 * the setting, but not of the latch.  So compare the setting itself.
	 */
	if (worker_identity && strcmp(worker_identity, value) == 0)
		return;
	(void) set_config_option("modelapi_acl.worker_identity", value, PGC_SUSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

static void
executor_run(EXECUTOR_RUN_PARAMETERS)
{
	QueryDesc  *outer_query = running_query;
	ErrorContextCallback *outer_context = running_context;

	running_query = queryDesc;
	running_context = error_context_stack;
	if (queryDesc->plannedstmt->parallelModeNeeded && !IsParallelWorker())
	{
		send_latch_to_workers();
		snapshot_clock_send_to_workers(queryDesc->snapshot);
	}
	else
		(void) snapshot_clock(queryDesc->snapshot);
	if (previous_executor_run)
		previous_executor_run(EXECUTOR_RUN_ARGUMENTS);
	else
		standard_ExecutorRun(EXECUTOR_RUN_ARGUMENTS);
	running_query = outer_query;
	running_context = outer_context;
}

/*
 * Warns about a call outside a transaction block, which has no effect on later statements,
 * as SET LOCAL does.  Does not warn within a function or DO block, where the same
 * statement may go on to use the identity.
 */
static void
warn_no_transaction_block(void)
{
	if (IsTransactionBlock() || IsSubTransaction() ||
		!ActivePortal || ActivePortal->portalPinned ||
		ActivePortal->queryDesc != running_query || !running_query ||
		error_context_stack != running_context)
		return;
	ereport(WARNING,
			(errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
			 errmsg("set_session_user can only be used in transaction blocks"),
			 errhint("The user is stated until the transaction ends, which is the end of this statement.")));
}

/* Copies the leader's latch; false where the leader had latched nothing. */
static bool
latch_from_leader(void)
{
	pg_uuid_t	user_id;

	if (!IsParallelWorker() || !worker_identity || *worker_identity == '\0')
		return false;
	if (uuids_parse(worker_identity, &user_id))
		latch_user(&user_id, true);
	else
		latch_user(NULL, strcmp(worker_identity, "nobody") != 0);
	return true;
}

void
identity_initialize(void)
{
	RegisterXactCallback(forget_latch, NULL);
	DefineCustomStringVariable("modelapi_acl.worker_identity",
							   "The identity of the leader, for parallel workers.",
							   "Set by the extension itself; only parallel workers read it.",
							   &worker_identity, "", PGC_SUSET,
							   GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   NULL, NULL, NULL);
	previous_executor_run = ExecutorRun_hook;
	ExecutorRun_hook = executor_run;
}

/* ----------
 * Claims
 * ----------
 */

/*
 * Latches the user whom trustworthy claims name.  Claims whose subject is unknown or
 * disabled, and claims that cannot be read, state nobody.
 */
static void
latch_from_claims(Snapshot snapshot)
{
	pg_uuid_t	user_id;
	ClaimsVerdict verdict = jwt_claims_find_user(snapshot, &user_id);

	latch_user(verdict == CLAIMS_NAME_USER ? &user_id : NULL, verdict != CLAIMS_STATE_NOTHING);
}

static void
latch_identity(Snapshot snapshot)
{
	if (!latch.latched && !latch_from_leader())
		latch_from_claims(snapshot);
}

/* ----------
 * Identities
 * ----------
 */

/*
 * Whether the server runs the code of a table's owner in somebody else's session (a
 * security-restricted operation): the identity is nobody.
 */
static bool
in_maintenance(void)
{
	return InSecurityRestrictedOperation() && !latch.is_lent;
}

/*
 * The client command in which a function for administrators was last called.  A trigger
 * has no other way to see that a write comes from such a function.  It only decides which
 * error a plain write gets: the policies refuse that write in any case.
 */
static LocalTransactionId administration_transaction = InvalidLocalTransactionId;
static TimestampTz administration_command = 0;

void
identity_begin_administration(void)
{
	administration_transaction = MY_LOCAL_TRANSACTION_ID;
	administration_command = GetCurrentStatementStartTimestamp();
}

bool
identity_may_manage_users(void)
{
	if (!current_role_may_administer())
		return false;
	if (administration_transaction == MY_LOCAL_TRANSACTION_ID &&
		administration_command == GetCurrentStatementStartTimestamp())
		return true;
	return identity_current(GetActiveSnapshot()).kind == IDENTITY_ADMINISTRATOR;
}

Identity
identity_current(Snapshot snapshot)
{
	Identity	identity = {IDENTITY_NOBODY, {{0}}};

	if (in_maintenance())
		return identity;
	latch_identity(snapshot);
	if (!latch.has_user)
	{
		if (!latch.stated && current_role_is_administrator())
			identity.kind = IDENTITY_ADMINISTRATOR;
	}
	else if (enabled_user_exists(&latch.user_id, snapshot))
	{
		identity.kind = IDENTITY_USER;
		identity.user_id = latch.user_id;
	}
	return identity;
}

Identity
identity_confirmed(Identity identity, Snapshot snapshot)
{
	Identity	current = identity_current(snapshot);

	if (current.kind == identity.kind &&
		uuids_equal(&current.user_id, &identity.user_id))
		return current;
	memset(&current, 0, sizeof(current));
	current.kind = IDENTITY_NOBODY;
	return current;
}

bool
identity_is_plausible(const Identity *identity)
{
	if (in_maintenance())
		return identity->kind == IDENTITY_NOBODY;
	if (!latch.latched && IsParallelWorker())
		latch_identity(GetActiveSnapshot());
	switch (identity->kind)
	{
		case IDENTITY_USER:
			return latch.latched && latch.has_user &&
				uuids_equal(&latch.user_id, &identity->user_id);
		case IDENTITY_ADMINISTRATOR:
			return latch.latched && !latch.has_user && !latch.stated &&
				OidIsValid(current_role_effective());
		case IDENTITY_NOBODY:
			break;
	}
	return true;
}

const pg_uuid_t *
identity_actor(void)
{
	if (in_maintenance())
		return NULL;
	latch_identity(GetActiveSnapshot());
	return latch.has_user ? &latch.user_id : NULL;
}

/*
 * An identity as an SQL value is the user's id, NULL for nobody, and for an administrator
 * this uuid.  No user can have it: generated ids are of version 4.
 */
static const pg_uuid_t administrator_value = {{
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
}};

Identity
identity_from_argument(bool isnull, Datum value)
{
	Identity	identity = {IDENTITY_NOBODY, {{0}}};

	if (isnull)
		return identity;
	if (uuids_equal(DatumGetUUIDP(value), &administrator_value))
		identity.kind = IDENTITY_ADMINISTRATOR;
	else
	{
		identity.kind = IDENTITY_USER;
		identity.user_id = *DatumGetUUIDP(value);
	}
	return identity;
}

/* ----------
 * SQL functions
 * ----------
 */

/* modelapi_acl_internal.current_identity() → uuid: the identity, which policies pass on */
Datum
modelapi_acl_current_identity_1_0(PG_FUNCTION_ARGS)
{
	Identity	identity = identity_current(GetActiveSnapshot());

	switch (identity.kind)
	{
		case IDENTITY_USER:
			PG_RETURN_UUID_P(uuids_copy(&identity.user_id));
		case IDENTITY_ADMINISTRATOR:
			PG_RETURN_UUID_P(uuids_copy(&administrator_value));
		case IDENTITY_NOBODY:
			break;
	}
	PG_RETURN_NULL();
}

/* modelapi_acl.current_user_id() → uuid */
Datum
modelapi_acl_current_user_id_1_0(PG_FUNCTION_ARGS)
{
	Identity	identity = identity_current(GetActiveSnapshot());

	if (identity.kind != IDENTITY_USER)
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(uuids_copy(&identity.user_id));
}

bool
identity_find_user(const char *identifier, Snapshot snapshot, pg_uuid_t *user_id)
{
	Principal	principal;

	if (uuids_parse(identifier, user_id))
		return table_read_user(user_id, snapshot, NULL);
	if (strchr(identifier, '@'))
		return table_read_user_by_email(identifier, snapshot, user_id);
	if (!table_read_principal_by_name(identifier, snapshot, &principal) ||
		principal.kind != PRINCIPAL_USER)
		return false;
	*user_id = principal.id;
	return true;
}

/*
 * The enabled person whom an identifier names; raises PT401 for none.  Nobody acts as a service
 * account.
 */
static pg_uuid_t
find_stated_user(const char *identifier, Snapshot snapshot)
{
	pg_uuid_t	user_id;

	/* an id needs no look-up of its own */
	if (!(uuids_parse(identifier, &user_id) ||
		  identity_find_user(identifier, snapshot, &user_id)) ||
		!enabled_user_exists(&user_id, snapshot))
		ereport(ERROR,
				(errcode(ERRCODE_MODELAPI_NOT_SIGNED_IN),
				 errmsg("user \"%s\" is unknown or disabled", identifier),
				 errhint("Name an enabled user by id, username or email address.")));
	if (!enabled_user_is_person(&user_id, snapshot))
		ereport(ERROR,
				(errcode(ERRCODE_MODELAPI_NOT_SIGNED_IN),
				 errmsg("user \"%s\" is a service account", identifier),
				 errhint("Service accounts only send prediction requests. Name a person.")));
	return user_id;
}

/* modelapi_acl.set_session_user(identifier text) → uuid */
Datum
modelapi_acl_set_session_user_1_0(PG_FUNCTION_ARGS)
{
	Snapshot	snapshot = GetActiveSnapshot();
	bool		nobody = PG_ARGISNULL(0);
	bool		determined = latch.latched;
	pg_uuid_t	user_id;

	if (InSecurityRestrictedOperation() || IsInParallelMode())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot state the user in a security-restricted or parallel operation")));

	/*
	 * State nobody first, so that a session that goes on after an error, such as a
	 * timeout, goes on as nobody.
	 */
	latch_stated_nobody();
	if (!nobody)
		user_id = find_stated_user(text_to_cstring(PG_GETARG_TEXT_PP(0)), snapshot);

	if (!nobody && !determined)
	{
		memset(&latch, 0, sizeof(latch));
		latch_user(&user_id, true);
	}
	else if (latch.has_user == nobody ||
			 (!nobody && !uuids_equal(&latch.user_id, &user_id)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("user of this transaction is already determined"),
				 errdetail("The user is determined at first use, also that nobody is signed in, and stays the same until the transaction ends."),
				 errhint("Call set_session_user once, at the beginning of the transaction.")));

	warn_no_transaction_block();
	if (nobody)
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(uuids_copy(&user_id));
}

/* modelapi_acl.pre_request() → void: latches the user whom the request's claims name */
Datum
modelapi_acl_pre_request_1_0(PG_FUNCTION_ARGS)
{
	(void) identity_actor();
	PG_RETURN_VOID();
}
