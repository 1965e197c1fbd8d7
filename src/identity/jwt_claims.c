/*-------------------------------------------------------------------------
 *
 * jwt_claims.c
 *	  Finds the user whom the claims of a JSON Web Token name, as PostgREST passes them.
 *
 * PostgREST has verified the token.  Any role can set request.jwt.claims, so that the claims
 * count only if the login role is a member of modelapi_acl_authenticator.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"

#include "jwt_claims.h"
#include "../compat.h"
#include "subject.h"

#define AUTHENTICATOR_ROLE "modelapi_acl_authenticator"

/* Claims that are nested deeper are unreadable */
#define CLAIMS_DEPTH_MAX 64

/* Collected by the actions of the JSON parser */
typedef struct ClaimsState
{
	JsonLexContext *lexer;
	bool		is_object;		/* the outermost value is one */
	bool		at_subject;		/* the next value is that of "sub" */
	int			subjects;		/* how many times "sub" occurs */
	char	   *subject;
} ClaimsState;

static JsonActionResult
claims_object(void *state)
{
	ClaimsState *claims = (ClaimsState *) state;

	if (claims->lexer->lex_level == 0)
		claims->is_object = true;
	JSON_ACTION_DONE;
}

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
 * Whether the parser can read a text without deep recursion.  Brackets inside strings
 * count as well, which is simpler and refuses no sensible claims.
 */
static bool
is_shallow(const char *json)
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
 * Reads the string claim "sub" of a JSON object; CLAIMS_NAME_USER if there is one.  Raises no
 * error, whatever the text.  The subject is allocated in the current memory context.
 */
static ClaimsVerdict
read_subject(const char *json, char **subject)
{
	ClaimsState claims = {0};
	JsonSemAction actions = {0};

	if (*json == '\0')
		return CLAIMS_STATE_NOTHING;
	if (!is_shallow(json))
		return CLAIMS_NAME_NOBODY;
	claims.lexer = make_json_lexer(pstrdup(json), strlen(json), GetDatabaseEncoding());
	actions.semstate = &claims;
	actions.object_start = claims_object;
	actions.object_field_start = claims_field;
	actions.scalar = claims_scalar;
	if (pg_parse_json(claims.lexer, &actions) != JSON_SUCCESS || !claims.is_object)
		return CLAIMS_NAME_NOBODY;
	if (claims.subjects == 0)
		return CLAIMS_STATE_NOTHING;
	*subject = claims.subject;
	return claims.subjects == 1 && claims.subject ? CLAIMS_NAME_USER : CLAIMS_NAME_NOBODY;
}

ClaimsVerdict
jwt_claims_find_user(Snapshot snapshot, pg_uuid_t *user_id)
{
	Oid			authenticator = get_role_oid(AUTHENTICATOR_ROLE, true);
	const char *claims;
	char	   *subject = NULL;
	ClaimsVerdict verdict;

	/*
	 * Check for membership, not for privileges: PostgREST's login role is NOINHERIT.  A
	 * superuser is not taken for a member: claims do not change a superuser's identity.
	 */
	if (!OidIsValid(authenticator) ||
		!is_member_of_role_nosuper(GetSessionUserId(), authenticator) ||
		(claims = GetConfigOption("request.jwt.claims", true, false)) == NULL)
		return CLAIMS_STATE_NOTHING;
	verdict = read_subject(claims, &subject);
	if (verdict != CLAIMS_NAME_USER)
		return verdict;
	return subject_find_user(subject, SUBJECT_OF_CLAIMS, snapshot, user_id) ?
		CLAIMS_NAME_USER : CLAIMS_NAME_NOBODY;
}
