/*-------------------------------------------------------------------------
 *
 * validate.c
 *	  Checks of single values: names, email addresses, expiry and so on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/regproc.h"
#include "utils/timestamp.h"

#include "validate.h"
#include "../compat.h"
#include "email.h"
#include "uuids.h"

PG_FUNCTION_INFO_V1(modelapi_acl_check_name_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_check_expiry_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_value_problem_1_0);

#define METADATA_MAX 1000		/* bytes; an entry of token_hashes_by_hash holds them */
#define NAME_LENGTH_MAX 200		/* characters */
#define PRINCIPAL_NAME_LENGTH_MAX 63	/* characters, all ASCII */
#define EXTERNAL_ID_LENGTH_MAX 255	/* characters; OpenID Connect Core, 2 */
#define DESCRIPTION_LENGTH_MAX 100000	/* characters; they must fit into a tsvector */

static void
raise_value(const char *what, const char *problem, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s %s", what, problem),
			 hint ? errhint("%s", hint) : 0));
}

/* Unicode's White_Space, and characters of no width */
static bool
is_blank(pg_wchar c)
{
	return c == ' ' || (c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0xa0 ||
		c == 0xad || c == 0x1680 || c == 0x180e || (c >= 0x2000 && c <= 0x200f) ||
		(c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x2064) ||
		c == 0x3000 || c == 0x3164 || c == 0xfeff;
}

/*
 * Characters that can make a text look like another one: characters of no width, and those
 * that control the direction of text.  Variation selectors are allowed: emoji and names in
 * ideographs contain them.
 */
static bool
is_invisible(pg_wchar c)
{
	return c == 0xad || c == 0x34f || c == 0x61c || c == 0x115f || c == 0x1160 ||
		c == 0x17b4 || c == 0x17b5 || (c >= 0x180b && c <= 0x180e) ||
		(c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x206f) || c == 0x3164 || c == 0xfeff || c == 0xffa0 ||
		(c >= 0xfff9 && c <= 0xfffb) || (c >= 0x1d173 && c <= 0x1d17a) ||
		(c >= 0xe0000 && c <= 0xe007f);
}

/* Control characters (Cc), and line and paragraph separators */
static bool
is_control(pg_wchar c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029;
}

/*
 * A text's characters, palloc'd, and their number.  In an encoding other than UTF-8 only
 * ASCII characters are checked: the others are replaced by an x.
 */
static pg_wchar *
characters_of(text *value, int *length)
{
	pg_wchar   *characters = palloc((VARSIZE_ANY_EXHDR(value) + 1) * sizeof(pg_wchar));

	*length = pg_mb2wchar_with_len(VARDATA_ANY(value), characters, VARSIZE_ANY_EXHDR(value));
	if (GetDatabaseEncoding() != PG_UTF8)
		for (int i = 0; i < *length; i++)
			if (characters[i] > 0x7e)
				characters[i] = 'x';
	return characters;
}

/* Checks that a text is not blank, has at most max characters, and no control characters. */
static void
check_line(const char *what, text *value, int max)
{
	int			length;
	pg_wchar   *characters;
	bool		blank = true;

	if (VARSIZE_ANY_EXHDR(value) > (Size) max * MAX_MULTIBYTE_CHAR_LEN)
		raise_value(what, "is too long", psprintf("It may have at most %d characters.", max));
	characters = characters_of(value, &length);
	if (length > max)
		raise_value(what, "is too long", psprintf("It may have at most %d characters.", max));
	for (int i = 0; i < length; i++)
	{
		if (is_control(characters[i]))
			raise_value(what, "has a control character", NULL);
		blank = blank && is_blank(characters[i]);
	}
	if (blank)
		raise_value(what, "is blank", NULL);
	pfree(characters);
}

void
validate_name(const char *what, text *value)
{
	int			length;
	pg_wchar   *characters;

	check_line(what, value, NAME_LENGTH_MAX);
	characters = characters_of(value, &length);
	if (is_blank(characters[0]) || is_blank(characters[length - 1]))
		raise_value(what, "begins or ends with a blank", NULL);
	for (int i = 0; i < length; i++)
		if (is_invisible(characters[i]))
			raise_value(what, "has a character of no width, or one that directs text", NULL);
	pfree(characters);
}

void
validate_description(const char *what, text *value)
{
	if (pg_mbstrlen_with_len(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)) > DESCRIPTION_LENGTH_MAX)
		raise_value(what, "is too long",
					psprintf("It may have at most %d characters.", DESCRIPTION_LENGTH_MAX));
}

void
validate_principal_name(const char *what, text *value)
{
	const char *name = text_to_cstring(value);
	size_t		length = strlen(name);
	static const char rule[] =
	"It takes 1 to 63 characters of a-z, A-Z, 0-9, \".\", \"_\" and \"-\", a letter or digit first, and not the form of a uuid.";

	if (length == 0)
		raise_value(what, "is blank", rule);
	if (length > PRINCIPAL_NAME_LENGTH_MAX)
		raise_value(what, "is too long", rule);
	for (size_t i = 0; i < length; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') ||
			  (name[i] >= 'A' && name[i] <= 'Z') ||
			  (name[i] >= '0' && name[i] <= '9') ||
			  (i > 0 && (name[i] == '.' || name[i] == '_' || name[i] == '-'))))
			raise_value(what, "has a character that it may not have", rule);
	if (uuids_parse(name, NULL))
		raise_value(what, "looks like a uuid", rule);
}

text *
validate_email(text *value)
{
	int			length;
	pg_wchar   *characters;
	int			at = -1;
	char	   *normal;

	check_line("email address", value, EMAIL_LENGTH_MAX);
	characters = characters_of(value, &length);
	for (int i = 0; i < length; i++)
	{
		if (is_blank(characters[i]))
			raise_value("email address", "has white space", NULL);
		if (is_invisible(characters[i]))
			raise_value("email address", "has a character of no width, or one that directs text", NULL);
		if (characters[i] == '@')
		{
			if (at >= 0)
				raise_value("email address", "has more than one @", NULL);
			at = i;
		}
	}
	if (at < 1 || at == length - 1)
		raise_value("email address", "has no @ between two parts", NULL);
	pfree(characters);
	normal = email_normalize(text_to_cstring(value));
	if (!normal)
		raise_value("email address", "has a character that it may not have",
					GetDatabaseEncoding() == PG_UTF8 ?
					"Write ASCII characters as such, not as one of Unicode's look-alikes." :
					"It may have ASCII characters only, unless the database's encoding is UTF8.");
	return cstring_to_text(normal);
}

void
validate_external_id(text *value, const pg_uuid_t *user_id)
{
	pg_uuid_t	uuid;

	check_line("external id", value, EXTERNAL_ID_LENGTH_MAX);
	if (uuids_parse(text_to_cstring(value), &uuid) &&
		!uuids_equal(&uuid, user_id))
		raise_value("external id", "looks like the id of another user",
					"An external id in the form of a uuid has to be the user's own id.");
}

void
validate_expiry(TimestampTz expires_at, TimestampTz now)
{
	if (expires_at <= now)
		raise_value("expiry", "is not in the future", NULL);
}

void
validate_metadata(Datum value)
{
	Jsonb	   *object = DatumGetJsonbP(value);

	if (!JB_ROOT_IS_OBJECT(object))
		raise_value("metadata", "is not a JSON object", NULL);
	if (strlen(JsonbToCString(NULL, &object->root, VARSIZE(object))) > METADATA_MAX)
		raise_value("metadata", "is longer than 1000 bytes", NULL);
}

void
validate_argument_not_null(FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument %d of function %s must not be NULL",
						argument + 1, format_procedure(fcinfo->flinfo->fn_oid))));
}

void
validate_not_null(const char *what, bool isnull)
{
	if (isnull)
		raise_value(what, "is missing", NULL);
}

void
validate_log_level(text *value)
{
	static const char *const levels[] = {"debug", "info", "warning", "error", "critical"};
	const char *level = text_to_cstring(value);

	for (int i = 0; i < lengthof(levels); i++)
		if (strcmp(level, levels[i]) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown log level \"%s\"", level),
			 errhint("Log levels are debug, info, warning, error and critical.")));
}

void
validate_required_name(const char *what, text *value)
{
	validate_not_null(what, value == NULL);
	validate_name(what, value);
}

/* modelapi_acl_internal.check_name(what text, name text) → void; NULL is refused too */
Datum
modelapi_acl_check_name_1_0(PG_FUNCTION_ARGS)
{
	validate_argument_not_null(fcinfo, 0);
	validate_required_name(text_to_cstring(PG_GETARG_TEXT_PP(0)),
						   PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	PG_RETURN_VOID();
}

/* modelapi_acl_internal.check_expiry(expires_at timestamptz) → void; NULL never expires */
Datum
modelapi_acl_check_expiry_1_0(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(0))
		validate_expiry(PG_GETARG_TIMESTAMPTZ(0), GetCurrentTimestamp());
	PG_RETURN_VOID();
}

/* Raises the error that a new value of this kind would get. */
static void
check_kind(const char *kind, text *value)
{
	if (strcmp(kind, "username") == 0 || strcmp(kind, "organization name") == 0)
		validate_principal_name(kind, value);
	else if (strcmp(kind, "email address") == 0)
	{
		text	   *normal = validate_email(value);

		if (VARSIZE_ANY_EXHDR(normal) != VARSIZE_ANY_EXHDR(value) ||
			memcmp(VARDATA_ANY(normal), VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)) != 0)
			raise_value(kind, "is not in Unicode's NFC", NULL);
	}
	else
		validate_name(kind, value);
}

/*
 * modelapi_acl_internal.value_problem(kind text, value text) → text: why a value would be
 * refused today, or NULL.  Existing values may break the rules: a restore bypasses them,
 * and later versions may be stricter.
 */
Datum
modelapi_acl_value_problem_1_0(PG_FUNCTION_ARGS)
{
	MemoryContext memory = CurrentMemoryContext;
	char	   *kind = text_to_cstring(PG_GETARG_TEXT_PP(0));
	text	   *value = PG_GETARG_TEXT_PP(1);
	char	   *volatile problem = NULL;

	/* The checks only look at the text, so this needs no subtransaction */
	PG_TRY();
	{
		check_kind(kind, value);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		if (error->sqlerrcode != ERRCODE_INVALID_PARAMETER_VALUE)
			PG_RE_THROW();
		FlushErrorState();
		problem = error->message;
	}
	PG_END_TRY();
	if (!problem)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(problem));
}
