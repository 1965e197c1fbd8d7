/*-------------------------------------------------------------------------
 *
 * email.c
 *	  When two email addresses are the same.
 *
 * They are when their Unicode is canonically equivalent (NFC) and they differ
 * in the case of ASCII letters at most.  Neither depends on the database's
 * locale, which folds too much, or in other ways elsewhere: a lower-case
 * KELVIN SIGN is a k, and a Turkish I is another letter.  The index of
 * user_identities folds ASCII alone; what it holds is in NFC, since the guard
 * of that table puts it there.
 *
 * Where the encoding is not UTF-8 the server can't normalize, and email
 * addresses are ASCII.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "compat.h"
#include "modelapi_acl.h"

/* Whether a character is, canonically, one of ASCII: then it only looks different. */
static bool
imitates_ascii(pg_wchar character)
{
	pg_wchar	text[2] = {character, 0};
	pg_wchar   *normal;
	bool		result;

	if (character < 0x80)
		return false;
	normal = unicode_normalize(UNICODE_NFC, text);
	result = normal[0] < 0x80;
	pfree(normal);
	return result;
}

char *
email_normalize(const char *email)
{
	int			length = (int) strlen(email);
	pg_wchar   *characters;
	pg_wchar   *normal;
	char	   *result;
	bool		imitates = false;
	bool		is_ascii = true;

	for (int i = 0; i < length; i++)
		is_ascii = is_ascii && !IS_HIGHBIT_SET(email[i]);
	if (is_ascii)
		return pstrdup(email);
	if (GetDatabaseEncoding() != PG_UTF8 || length > EMAIL_LENGTH_MAX * MAX_MULTIBYTE_CHAR_LEN)
		return NULL;

	characters = palloc((length + 1) * sizeof(pg_wchar));
	length = pg_mb2wchar_with_len(email, characters, length);
	for (int i = 0; i < length; i++)
		imitates = imitates || imitates_ascii(characters[i]);
	if (imitates)
		return NULL;
	normal = unicode_normalize(UNICODE_NFC, characters);
	for (length = 0; normal[length]; length++)
		;
	result = palloc((Size) length * MAX_MULTIBYTE_CHAR_LEN + 1);
	pg_wchar2mb_with_len(normal, result, length);
	pfree(characters);
	pfree(normal);
	return result;
}

char *
email_key(const char *email)
{
	char	   *normal = email_normalize(email);

	return normal ? asc_tolower(normal, strlen(normal)) : NULL;
}
