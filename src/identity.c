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
 * Two roads lead to an answer.  A trusted backend states the user with
 * set_session_user(); the privilege to call it is the trust.  For PostgREST
 * the claim "sub" of request.jwt.claims names the user, and is believed only
 * where the login role is a member of modelapi_acl_authenticator, since any
 * role can set that setting.
 *
 * Memory of the leader does not reach parallel workers.  Policies therefore
 * take the identity as an argument, from an uncorrelated sub-select that is
 * computed in the leader before any worker starts; that also makes sure that
 * it is the leader that latches.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "modelapi_acl.h"

#define ADMIN_ROLE "modelapi_acl_admin"
#define AUTHENTICATOR_ROLE "modelapi_acl_authenticator"

/* JSON nested deeper than this is nobody's claims */
#define CLAIMS_DEPTH_MAX 64

PG_FUNCTION_INFO_V1(modelapi_acl_current_identity_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_current_user_id_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_set_session_user_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_pre_request_1_0);

typedef struct IdentityLatch
{
	bool		latched;
	bool		has_user;		/* or nobody is asking */
	pg_uuid_t	user_id;
} IdentityLatch;

static IdentityLatch latch;

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

void
identity_initialize(void)
{
	RegisterXactCallback(forget_latch, NULL);
	RegisterSubXactCallback(count_subtransaction_abort, NULL);
}

uint64
identity_generation(void)
{
	return subtransaction_aborts;
}

static void
latch_user(const pg_uuid_t *user_id)
{
	Assert(!latch.latched);
	if (user_id)
		latch.user_id = *user_id;
	latch.has_user = user_id != NULL;
	latch.latched = true;
}

void
identity_call_as(const pg_uuid_t *user_id, void (*act) (void *arg), void *arg)
{
	IdentityLatch saved = latch;

	memset(&latch, 0, sizeof(latch));
	latch_user(user_id);
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
 * Claims
 * ----------
 */

/* What the JSON parser's actions gather */
typedef struct ClaimsState
{
	JsonLexContext *lexer;
	bool		at_subject;		/* the next value is that of "sub" */
	int			subjects;
	char	   *subject;
} ClaimsState;

static JsonActionResult
claims_field(void *state, char *name, bool isnull)
{
	ClaimsState *claims = (ClaimsState *) state;

	claims->at_subject = claims->lexer->lex_level == 1 && strcmp(name, "sub") == 0;
	if (claims->at_subject)
		claims->subjects++;
	JSON_ACTION_DONE;
}

static JsonActionResult
claims_scalar(void *state, char *token, JsonTokenType type)
{
	ClaimsState *claims = (ClaimsState *) state;

	if (claims->at_subject && claims->lexer->lex_level == 1 && type == JSON_TOKEN_STRING)
		claims->subject = token;
	claims->at_subject = false;
	JSON_ACTION_DONE;
}

/*
 * Whether a text nests no deeper than the parser should be asked to recurse.
 * Brackets inside strings count as well: claims have no business with so many.
 */
static bool
nests_moderately(const char *json)
{
	int			depth = 0;

	for (; *json; json++)
	{
		if ((*json == '{' || *json == '[') && ++depth > CLAIMS_DEPTH_MAX)
			return false;
		if ((*json == '}' || *json == ']') && depth > 0)
			depth--;
	}
	return true;
}

/*
 * The text claim "sub" of a JSON object, or NULL: for anything that isn't an
 * object, and where the claim is missing, no string, or there twice.
 */
static char *
subject_of_claims(const char *json)
{
	ClaimsState claims = {0};
	JsonSemAction actions = {0};

	if (*json == '\0' || !nests_moderately(json))
		return NULL;
	claims.lexer = make_json_lexer(pstrdup(json), strlen(json), GetDatabaseEncoding());
	actions.semstate = &claims;
	actions.object_field_start = claims_field;
	actions.scalar = claims_scalar;
	if (pg_parse_json(claims.lexer, &actions) != JSON_SUCCESS || claims.subjects != 1)
		return NULL;
	return claims.subject;
}

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

/* Latches whom the claims name, if they are to be believed, or nobody. */
static void
latch_from_claims(Snapshot snapshot)
{
	Oid			authenticator = get_role_oid(AUTHENTICATOR_ROLE, true);
	const char *claims;
	char	   *subject;
	pg_uuid_t	user_id;
	bool		enabled;

	/*
	 * Membership, not privileges: PostgREST's login is NOINHERIT.  Without a
	 * superuser's short cut: a superuser who sets claims stays who he is.
	 */
	if (!OidIsValid(authenticator) ||
		!is_member_of_role_nosuper(GetSessionUserId(), authenticator) ||
		(claims = GetConfigOption("request.jwt.claims", true, false)) == NULL ||
		(subject = subject_of_claims(claims)) == NULL ||
		(!store_user_by_external_id(subject, snapshot, &user_id) &&
		 !identity_parse_uuid(subject, &user_id)) ||
		!store_user(&user_id, snapshot, &enabled) ||
		!enabled)
		latch_user(NULL);
	else
		latch_user(&user_id);
}

static void
latch_first_answer(Snapshot snapshot)
{
	if (IsParallelWorker())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("who is asking is not known in a parallel worker"),
				 errhint("Mark functions that read tables or call functions of modelapi_acl as PARALLEL RESTRICTED.")));
	if (!latch.latched)
		latch_from_claims(snapshot);
}

/* ----------
 * Identities
 * ----------
 */

/*
 * Whether the session's role is an administrator's.  The outer user is asked:
 * inside SECURITY DEFINER functions and cascades the current one is the owner.
 */
static bool
has_admin_role(void)
{
	Oid			admin = get_role_oid(ADMIN_ROLE, true);

	return OidIsValid(admin) && has_privs_of_role(GetOuterUserId(), admin);
}

Identity
identity_current(Snapshot snapshot)
{
	Identity	identity = {IDENTITY_NOBODY, {{0}}};
	bool		enabled;

	latch_first_answer(snapshot);
	if (!latch.has_user)
	{
		if (has_admin_role())
			identity.kind = IDENTITY_ADMINISTRATOR;
	}
	else if (store_user(&latch.user_id, snapshot, &enabled) && enabled)
	{
		identity.kind = IDENTITY_USER;
		identity.user_id = latch.user_id;
	}
	return identity;
}

const pg_uuid_t *
identity_actor(void)
{
	latch_first_answer(GetActiveSnapshot());
	return latch.has_user ? &latch.user_id : NULL;
}

bool
identity_stands_aside(void)
{
	return (!row_security || IsLogicalWorker()) && superuser_arg(GetOuterUserId());
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

/* modelapi_acl.set_session_user(identifier text) → uuid */
Datum
modelapi_acl_set_session_user_1_0(PG_FUNCTION_ARGS)
{
	Snapshot	snapshot = GetActiveSnapshot();
	bool		nobody = PG_ARGISNULL(0);
	pg_uuid_t	user_id;
	bool		enabled = false;

	if (!nobody)
	{
		char	   *identifier = text_to_cstring(PG_GETARG_TEXT_PP(0));

		if (!identity_find_user(identifier, snapshot, &user_id) ||
			!store_user(&user_id, snapshot, &enabled) || !enabled)
		{
			/* Who goes on after the error goes on as nobody */
			if (!latch.latched)
				latch_user(NULL);
			ereport(ERROR,
					(errcode(ERRCODE_MODELAPI_NOT_SIGNED_IN),
					 errmsg("user \"%s\" is unknown or disabled", identifier),
					 errhint("Name an enabled user by id, username or email.")));
		}
	}

	if (!latch.latched)
		latch_user(nobody ? NULL : &user_id);
	else if (latch.has_user == nobody ||
			 (!nobody && memcmp(&latch.user_id, &user_id, sizeof(pg_uuid_t)) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("who is asking is settled for this transaction already"),
				 errdetail("The first answer in a transaction, also that nobody is signed in, holds to its end."),
				 errhint("State the user first in the transaction, once.")));

	if (nobody)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(uuid_result(&user_id));
}

/* modelapi_acl.pre_request() → void: latches whom the request's claims name */
Datum
modelapi_acl_pre_request_1_0(PG_FUNCTION_ARGS)
{
	latch_first_answer(GetActiveSnapshot());
	PG_RETURN_VOID();
}
