/*-------------------------------------------------------------------------
 *
 * jwt_claims.c
 *	  Reads the subject of the claims that PostgREST has checked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "compat.h"
#include "jwt_claims.h"

/* JSON nested deeper than this is nobody's claims */
#define CLAIMS_DEPTH_MAX 64

/* What the JSON parser's actions gather */
typedef struct ClaimsState
{
	JsonLexContext *lexer;
	bool		is_object;		/* the whole, at its outermost level */
	bool		at_subject;		/* the next value is that of "sub" */
	int			subjects;
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

ClaimsVerdict
jwt_claims_read(const char *json, char **subject)
{
	ClaimsState claims = {0};
	JsonSemAction actions = {0};

	if (*json == '\0')
		return CLAIMS_STATE_NOTHING;
	if (!nests_moderately(json))
		return CLAIMS_UNREADABLE;
	claims.lexer = make_json_lexer(pstrdup(json), strlen(json), GetDatabaseEncoding());
	actions.semstate = &claims;
	actions.object_start = claims_object;
	actions.object_field_start = claims_field;
	actions.scalar = claims_scalar;
	if (pg_parse_json(claims.lexer, &actions) != JSON_SUCCESS || !claims.is_object)
		return CLAIMS_UNREADABLE;
	if (claims.subjects == 0)
		return CLAIMS_STATE_NOTHING;
	*subject = claims.subject;
	return claims.subjects == 1 && claims.subject ? CLAIMS_NAME_SUBJECT : CLAIMS_UNREADABLE;
}
