/*-------------------------------------------------------------------------
 *
 * identity.c
 *	  Who is asking.
 *
 * A transaction has one identity: the first answer that it gets, "nobody"
 * included.  It is latched in this backend's memory, where no SQL command, no
 * setting and no rollback to a savepoint reaches it, and forgotten when the
 * transaction ends, whichever way.
 *
 * There are two ways to an answer.  A trusted backend states the user with
 * set_session_user(); the privilege to call it is the trust.  For PostgREST
 * the claim "sub" of request.jwt.claims names the user, and is believed only
 * where the login role is a member of modelapi_acl_authenticator, since any
 * role can set that setting.
 *
 * Power is not lent.  What a role gives counts while the session's own user is
 * in force: neither in a SECURITY DEFINER function or a foreign key's cascade,
 * nor in maintenance, where the server runs the code of a table's owner in
 * another's session.  In maintenance nobody at all is asking, and nothing is
 * latched.  The identity of a person who was stated is the transaction's, and
 * holds in SECURITY DEFINER functions too.
 *
 * Memory of the leader does not reach parallel workers.  A setting that only
 * this file can set takes the latch there, see "Parallel workers".  Policies
 * take the identity as an argument all the same, from an uncorrelated
 * sub-select that is computed once, in the leader.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "storage/proc.h"
#include "tcop/pquery.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "jwt_claims.h"
#include "modelapi_acl.h"

#define ADMIN_ROLE "modelapi_acl_admin"
#define AUTHENTICATOR_ROLE "modelapi_acl_authenticator"
#define LOG_WRITER_ROLE "modelapi_acl_log_writer"

PG_FUNCTION_INFO_V1(modelapi_acl_current_identity_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_current_user_id_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_set_session_user_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_pre_request_1_0);

typedef struct IdentityLatch
{
	bool		latched;
	bool		has_user;		/* or nobody is asking */
	bool		stated;			/* nobody was stated: no administrator either */
	bool		is_lent;		/* verify.c asks in this user's name */
	pg_uuid_t	user_id;
} IdentityLatch;

static IdentityLatch latch;

/* The latch for parallel workers: the setting modelapi_acl.worker_identity */
static char *worker_identity = NULL;

static ExecutorRun_hook_type previous_executor_run = NULL;

/*
 * The query that is being executed, and whose errors' context was there when it
 * began.  Never followed, only compared: after an error they may be gone.
 */
static QueryDesc *running_query = NULL;
static ErrorContextCallback *running_context = NULL;

static uint64 subtransaction_aborts = 0;

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
			break;				/* the transaction may still ask */
	}
}

static void
count_subtransaction_abort(SubXactEvent event, SubTransactionId mySubid,
						   SubTransactionId parentSubid, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		subtransaction_aborts++;
}

uint64
identity_generation(void)
{
	return subtransaction_aborts;
}

/* NULL: nobody, either because nobody was stated or because nothing was. */
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

/* A statement of nobody, or one that failed.  Who was stated before remains. */
static void
latch_stated_nobody(void)
{
	if (!latch.latched)
		latch_user(NULL, true);
	else if (!latch.has_user)
		latch.stated = true;	/* what was latched because it was asked for states nothing */
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
 * The setting is set before a plan that may use workers runs, and believed in
 * workers alone.  There it holds "nobody", "stated nobody", a user's id, or
 * nothing, when the leader has latched nothing yet: then a worker finds for
 * itself what the leader would.
 * ----------
 */

static void
carry_latch(void)
{
	const char *value;

	if (!latch.latched || IsInParallelMode())
		return;
	if (latch.has_user)
		value = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&latch.user_id)));
	else
		value = latch.stated ? "stated nobody" : "nobody";

	/*
	 * The setting may have been rolled back since, with a savepoint or at the
	 * end of a maintenance command; the latch never is.
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
		carry_latch();
		snapshot_carry_clock(queryDesc->snapshot);
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
 * Warns of a call that has no effect beyond its own statement, as SET LOCAL does.
 * Within a function or DO block there may be more in the statement to come.
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
			 errhint("The user is stated to the end of the transaction, which is this statement.")));
}

/* Takes the leader's latch over; false where it had latched nothing. */
static bool
latch_from_leader(void)
{
	pg_uuid_t	user_id;

	if (!IsParallelWorker() || !worker_identity || *worker_identity == '\0')
		return false;
	if (identity_parse_uuid(worker_identity, &user_id))
		latch_user(&user_id, true);
	else
		latch_user(NULL, strcmp(worker_identity, "nobody") != 0);
	return true;
}

void
identity_initialize(void)
{
	RegisterXactCallback(forget_latch, NULL);
	RegisterSubXactCallback(count_subtransaction_abort, NULL);
	DefineCustomStringVariable("modelapi_acl.worker_identity",
							   "Tells parallel workers who is asking.",
							   "The extension sets it, and believes it in parallel workers alone.",
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
 * A uuid in any form that the server's own type accepts, so that no name can
 * look like one.
 */
bool
identity_parse_uuid(const char *text, pg_uuid_t *uuid)
{
	const char *p = text;
	bool		braces = *p == '{';
	int			digits = 0;

	if (braces)
		p++;
	for (; *p && *p != '}'; p++)
	{
		if (isxdigit((unsigned char) *p))
			digits++;
		else if (*p != '-' || digits == 0 || digits % 4 != 0 || p[-1] == '-')
			return false;
	}
	if (digits != 32 || p[-1] == '-' || (braces && *p++ != '}') || *p)
		return false;
	if (uuid)
		*uuid = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(text)));
	return true;
}

/*
 * Latches whom the claims name, if they are to be believed.  A subject that is
 * nobody, or disabled, and claims that cannot be read state nobody.
 */
static void
latch_from_claims(Snapshot snapshot)
{
	Oid			authenticator = get_role_oid(AUTHENTICATOR_ROLE, true);
	const char *claims;
	char	   *subject = NULL;
	ClaimsVerdict verdict = CLAIMS_STATE_NOTHING;
	pg_uuid_t	user_id;
	bool		enabled;

	/*
	 * Membership, not privileges: PostgREST's login is NOINHERIT.  Without a
	 * superuser's short cut: a superuser who sets claims stays who he is.
	 */
	if (OidIsValid(authenticator) &&
		is_member_of_role_nosuper(GetSessionUserId(), authenticator) &&
		(claims = GetConfigOption("request.jwt.claims", true, false)) != NULL)
		verdict = jwt_claims_read(claims, &subject);

	if (verdict == CLAIMS_NAME_SUBJECT &&
		(store_user_by_external_id(subject, snapshot, &user_id) ||
		 identity_parse_uuid(subject, &user_id)) &&
		store_user(&user_id, snapshot, &enabled) && enabled)
		latch_user(&user_id, true);
	else
		latch_user(NULL, verdict != CLAIMS_STATE_NOTHING);
}

static void
latch_first_answer(Snapshot snapshot)
{
	if (!latch.latched && !latch_from_leader())
		latch_from_claims(snapshot);
}

/* ----------
 * Identities
 * ----------
 */

/*
 * Whether nobody is asking, whoever the session is: where the server restricts
 * what runs, it runs the code of a table's owner in another's session.
 */
static bool
in_maintenance(void)
{
	return InSecurityRestrictedOperation() && !latch.is_lent;
}

/*
 * The role whose power counts, or InvalidOid.  A function's owner and a
 * table's owner, in whose name a foreign key's query runs, lend none.
 */
static Oid
role_in_force(void)
{
	return InSecurityRestrictedOperation() || InLocalUserIdChange() ? InvalidOid : GetUserId();
}

bool
identity_has_admin_role(void)
{
	Oid			role = role_in_force();
	Oid			admin = get_role_oid(ADMIN_ROLE, true);

	return OidIsValid(role) && OidIsValid(admin) && has_privs_of_role(role, admin);
}

bool
identity_may_administer(void)
{
	Oid			admin = get_role_oid(ADMIN_ROLE, true);

	return !InSecurityRestrictedOperation() && OidIsValid(admin) &&
		has_privs_of_role(GetUserId(), admin);
}

bool
identity_may_write_logs(void)
{
	Oid			log_writer = get_role_oid(LOG_WRITER_ROLE, true);

	return OidIsValid(log_writer) && has_privs_of_role(GetUserId(), log_writer);
}

/*
 * The command of the client in which a function for administrators was called last.
 * That a write comes from such a function is not to be seen in any other way, and what
 * depends on it is which error a plain write gets: policies judge that one in any case.
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
identity_manages_users(void)
{
	if (!identity_may_administer())
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
	bool		enabled;

	if (in_maintenance())
		return identity;
	latch_first_answer(snapshot);
	if (!latch.has_user)
	{
		if (!latch.stated && identity_has_admin_role())
			identity.kind = IDENTITY_ADMINISTRATOR;
	}
	else if (store_user(&latch.user_id, snapshot, &enabled) && enabled)
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
		memcmp(&current.user_id, &identity.user_id, sizeof(pg_uuid_t)) == 0)
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
		latch_first_answer(GetActiveSnapshot());
	switch (identity->kind)
	{
		case IDENTITY_USER:
			return latch.latched && latch.has_user &&
				memcmp(&latch.user_id, &identity->user_id, sizeof(pg_uuid_t)) == 0;
		case IDENTITY_ADMINISTRATOR:
			return latch.latched && !latch.has_user && !latch.stated &&
				OidIsValid(role_in_force());
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
	latch_first_answer(GetActiveSnapshot());
	return latch.has_user ? &latch.user_id : NULL;
}

bool
identity_stands_aside(void)
{
	Oid			role = role_in_force();

	return (!row_security || IsLogicalWorker()) && OidIsValid(role) && superuser_arg(role);
}

/*
 * An identity as a value of SQL: the user's id, NULL for nobody, and for an
 * administrator a uuid that no user can have (it is of no version).
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
	if (memcmp(DatumGetUUIDP(value), &administrator_value, sizeof(pg_uuid_t)) == 0)
		identity.kind = IDENTITY_ADMINISTRATOR;
	else
	{
		identity.kind = IDENTITY_USER;
		identity.user_id = *DatumGetUUIDP(value);
	}
	return identity;
}

/* A palloc'd copy, as a result. */
static Datum
uuid_result(const pg_uuid_t *uuid)
{
	pg_uuid_t  *copy = palloc(sizeof(pg_uuid_t));

	*copy = *uuid;
	return UUIDPGetDatum(copy);
}

/* ----------
 * SQL functions
 * ----------
 */

/* modelapi_acl_internal.current_identity() → uuid: what policies pass on */
Datum
modelapi_acl_current_identity_1_0(PG_FUNCTION_ARGS)
{
	Identity	identity = identity_current(GetActiveSnapshot());

	switch (identity.kind)
	{
		case IDENTITY_USER:
			PG_RETURN_DATUM(uuid_result(&identity.user_id));
		case IDENTITY_ADMINISTRATOR:
			PG_RETURN_DATUM(uuid_result(&administrator_value));
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
	PG_RETURN_DATUM(uuid_result(&identity.user_id));
}

bool
identity_find_user(const char *identifier, Snapshot snapshot, pg_uuid_t *user_id)
{
	Principal	principal;

	if (identity_parse_uuid(identifier, user_id))
		return store_user(user_id, snapshot, NULL);
	if (strchr(identifier, '@'))
		return store_user_by_email(identifier, snapshot, user_id);
	if (!store_principal_by_name(identifier, snapshot, &principal) ||
		principal.kind != PRINCIPAL_USER)
		return false;
	*user_id = principal.id;
	return true;
}

/* Whom a statement names: an enabled user, or an error. */
static pg_uuid_t
find_stated_user(const char *identifier, Snapshot snapshot)
{
	pg_uuid_t	user_id;
	bool		enabled;

	if (!identity_find_user(identifier, snapshot, &user_id) ||
		!store_user(&user_id, snapshot, &enabled) || !enabled)
		ereport(ERROR,
				(errcode(ERRCODE_MODELAPI_NOT_SIGNED_IN),
				 errmsg("user \"%s\" is unknown or disabled", identifier),
				 errhint("Name an enabled user by id, username or email.")));
	return user_id;
}

/* modelapi_acl.set_session_user(identifier text) → uuid */
Datum
modelapi_acl_set_session_user_1_0(PG_FUNCTION_ARGS)
{
	Snapshot	snapshot = GetActiveSnapshot();
	bool		nobody = PG_ARGISNULL(0);
	bool		settled = latch.latched;
	pg_uuid_t	user_id;

	if (InSecurityRestrictedOperation() || IsInParallelMode())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("who is asking cannot be stated in maintenance or in a parallel operation")));

	/*
	 * Whoever goes on after an error, be it a timeout's, goes on as nobody: it
	 * is nobody who was stated, until it is clear who was.
	 */
	latch_stated_nobody();
	if (!nobody)
		user_id = find_stated_user(text_to_cstring(PG_GETARG_TEXT_PP(0)), snapshot);

	if (!nobody && !settled)
	{
		memset(&latch, 0, sizeof(latch));
		latch_user(&user_id, true);
	}
	else if (latch.has_user == nobody ||
			 (!nobody && memcmp(&latch.user_id, &user_id, sizeof(pg_uuid_t)) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("who is asking is settled for this transaction already"),
				 errdetail("The first answer in a transaction, also that nobody is signed in, holds to its end."),
				 errhint("State the user first in the transaction, once.")));

	warn_no_transaction_block();
	if (nobody)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(uuid_result(&user_id));
}

/* modelapi_acl.pre_request() → void: latches whom the request's claims name */
Datum
modelapi_acl_pre_request_1_0(PG_FUNCTION_ARGS)
{
	(void) identity_actor();
	PG_RETURN_VOID();
}
