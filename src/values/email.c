/*-------------------------------------------------------------------------
 *
 * email.c
 *	  When two email addresses are the same.
 *
 * Two addresses are the same if they are canonically equivalent Unicode (equal
 * in NFC), but for the case of ASCII letters.  The database's locale plays no
 * part: it may fold too much (KELVIN SIGN to k) or differ from another server's
 * (the Turkish I).  The index of user_identities folds ASCII letters alone, and
 * the guard of that table stores addresses in NFC.
 *
 * The server can normalize UTF-8 only.  In other encodings, email addresses are
 * ASCII.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
#include "utils/formatting.h"

#include "email.h"

/* Whether a character beyond ASCII is canonically equivalent to one of ASCII. */
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
