/*-------------------------------------------------------------------------
 *
 * token.c
 *	  The format of access tokens: generation, recognition, hashing.
 *
 * Plaintext secrets exist in this file alone.  A secret is on the stack while it
 * is generated or checked, and is wiped before the function returns; nothing in
 * between can raise an error.  The one copy that cannot be wiped is the result
 * of the function that creates or regenerates the token.
 *
 * A token is "mapi_", a personal one "mapu_", then 43 digits of base 62 for 256 random
 * bits, and 6 digits for the CRC-32 of all before them.  By the checksum, scanners
 * recognise a leaked token, and a mistyped token is refused before a table is read.
 * Tokens of other systems have any form.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/pg_crc.h"

#include "token.h"
#include "../catalog/object_ids.h"
#include "../compat.h"
#include "../terms.h"
#include "authorization_header.h"

PG_FUNCTION_INFO_V1(modelapi_acl_issue_token_1_0);
PG_FUNCTION_INFO_V1(modelapi_acl_issue_personal_token_1_1);

#define TOKEN_PREFIX "mapi_"
#define PERSONAL_TOKEN_PREFIX "mapu_"
#define TOKEN_PREFIX_LENGTH 5
#define TOKEN_SECRET_BYTES 32
#define TOKEN_SECRET_DIGITS 43
#define TOKEN_CHECKSUM_DIGITS 6
#define TOKEN_CHECKED_LENGTH (TOKEN_PREFIX_LENGTH + TOKEN_SECRET_DIGITS)
#define TOKEN_LENGTH (TOKEN_CHECKED_LENGTH + TOKEN_CHECKSUM_DIGITS)

/* Tokens that other systems made */
#define FOREIGN_LENGTH_MIN 8
#define FOREIGN_LENGTH_MAX 255

/* The parts of a hint, in bytes */
#define HINT_HEAD 9
#define ELLIPSIS_MAX 8
#define HINT_TAIL 4

static const char base62_digits[] =
"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* ----------
 * Format
 * ----------
 */

/*
 * Writes a big-endian number in base 62, left-padded with 0: long division by 62, one digit
 * in each pass.  Overwrites the number with zeroes.
 */
static void
write_base62(uint8 *number, int nbytes, char *digits, int ndigits)
{
	for (int i = ndigits - 1; i >= 0; i--)
	{
		unsigned int remainder = 0;

		for (int j = 0; j < nbytes; j++)
		{
			unsigned int dividend = (remainder << 8) | number[j];

			number[j] = (uint8) (dividend / 62);
			remainder = dividend % 62;
		}
		digits[i] = base62_digits[remainder];
	}
}

static bool
is_base62(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/*
 * Whether the digits are base 62 and make a number of at most 256 bits.  The digits' order is
 * that of their characters, so that numbers of the same length compare as texts do.
 */
static bool
is_secret(const char *digits)
{
	static const char largest[] = "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1";

	StaticAssertStmt(sizeof(largest) == TOKEN_SECRET_DIGITS + 1, "2^256 - 1 has as many digits");
	for (int i = 0; i < TOKEN_SECRET_DIGITS; i++)
		if (!is_base62(digits[i]))
			return false;
	return memcmp(digits, largest, TOKEN_SECRET_DIGITS) <= 0;
}

/* Writes the CRC-32 (IEEE 802.3) of all before the checksum, in base 62. */
static void
write_checksum(const char *token, char *digits)
{
	pg_crc32	crc;
	uint8		number[4];

	INIT_TRADITIONAL_CRC32(crc);
	COMP_TRADITIONAL_CRC32(crc, token, TOKEN_CHECKED_LENGTH);
	FIN_TRADITIONAL_CRC32(crc);
	for (int i = 0; i < 4; i++)
		number[i] = (uint8) (crc >> (24 - 8 * i));
	write_base62(number, 4, digits, TOKEN_CHECKSUM_DIGITS);
}

/* Whether a text begins as our tokens do: those of model APIs, and those of users. */
static bool
has_prefix(const char *text, size_t length)
{
	return length >= TOKEN_PREFIX_LENGTH &&
		(memcmp(text, TOKEN_PREFIX, TOKEN_PREFIX_LENGTH) == 0 ||
		 memcmp(text, PERSONAL_TOKEN_PREFIX, TOKEN_PREFIX_LENGTH) == 0);
}

/* Whether a text may be a token that another system made. */
static bool
is_foreign_token(const char *text, size_t length)
{
	if (length < FOREIGN_LENGTH_MIN || length > FOREIGN_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == ':')
			return false;
	return true;
}

/* Whether a token may be known.  A typing error in one of ours shows without a look. */
static bool
is_token(const char *text, size_t length)
{
	char		checksum[TOKEN_CHECKSUM_DIGITS];

	if (!has_prefix(text, length))
		return is_foreign_token(text, length);
	if (length != TOKEN_LENGTH || !is_secret(text + TOKEN_PREFIX_LENGTH))
		return false;
	write_checksum(text, checksum);
	return memcmp(text + TOKEN_CHECKED_LENGTH, checksum, TOKEN_CHECKSUM_DIGITS) == 0;
}

static void
raise_no_hash(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("could not compute SHA-256")));
}

/*
 * Computes SHA-256 and frees the context; false if the server's library fails.  The caller
 * makes the context before there is a secret, since that can raise an error.
 */
static bool
hash_token(pg_cryptohash_ctx *context, const char *token, size_t length,
		   uint8 digest[TOKEN_DIGEST_LENGTH])
{
	bool		done = pg_cryptohash_init(context) >= 0 &&
	pg_cryptohash_update(context, (const uint8 *) token, length) >= 0 &&
	pg_cryptohash_final(context, digest, TOKEN_DIGEST_LENGTH) >= 0;

	pg_cryptohash_free(context);
	return done;
}

static pg_cryptohash_ctx *
make_hash_context(void)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (!context)
		raise_no_hash();
	return context;
}

HeaderVerdict
token_digest_from_header(const char *header, size_t header_length,
						 AuthorizationScheme scheme, bool *well_formed, bool *looks_personal,
						 uint8 digest[TOKEN_DIGEST_LENGTH])
{
	char		buffer[AUTHORIZATION_HEADER_MAX];
	const char *credential = NULL;
	size_t		length = 0;
	bool		hashed = true;
	pg_cryptohash_ctx *context = make_hash_context();
	HeaderVerdict verdict = authorization_header_parse(header, header_length, scheme,
													   buffer, &credential, &length);

	*well_formed = verdict == HEADER_CREDENTIAL && is_token(credential, length);
	*looks_personal = *well_formed && memcmp(credential, PERSONAL_TOKEN_PREFIX, TOKEN_PREFIX_LENGTH) == 0;
	if (*well_formed)
		hashed = hash_token(context, credential, length, digest);
	else
		pg_cryptohash_free(context);

	/* The decoded credential is not longer than the header */
	explicit_bzero(buffer, Min(header_length, sizeof(buffer)));
	if (!hashed)
		raise_no_hash();
	return verdict;
}

void
token_digest_from_text(text *token, uint8 digest[TOKEN_DIGEST_LENGTH])
{
	pg_cryptohash_ctx *context = make_hash_context();

	if (!hash_token(context, VARDATA_ANY(token), VARSIZE_ANY_EXHDR(token), digest))
		raise_no_hash();
}

/* ----------
 * Generation
 * ----------
 */

/*
 * The function gen_random_bytes of pgcrypto, in whichever schema pgcrypto is.  Checks that
 * it belongs to the extension: the schema may contain other functions.
 */
static Oid
random_function(void)
{
	Oid			extension = get_extension_oid("pgcrypto", true);
	Oid			arguments[1] = {INT4OID};
	Oid			function = InvalidOid;

	if (OidIsValid(extension))
	{
		char	   *schema = get_namespace_name(object_ids_extension_schema(extension));

		function = LookupFuncName(list_make2(makeString(schema),
											 makeString(pstrdup("gen_random_bytes"))),
								  1, arguments, true);
	}
	if (!OidIsValid(function) ||
		getExtensionOfObject(ProcedureRelationId, function) != extension)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("function gen_random_bytes of extension pgcrypto is missing")));
	return function;
}

/*
 * Writes the ellipsis between the two parts of a hint, as three dots if the database's
 * encoding has none.  Returns its length, at most ELLIPSIS_MAX.
 */
static int
write_ellipsis(char *target)
{
	static const unsigned char ellipsis[] = "\xe2\x80\xa6";	/* in UTF-8 */
	unsigned char converted[32];	/* large enough for the conversion, with its NUL */
	int			encoding = GetDatabaseEncoding();
	Oid			conversion;
	int			length;

	if (encoding == PG_UTF8)
	{
		memcpy(target, ellipsis, 3);
		return 3;
	}
	conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	if (OidIsValid(conversion) &&
		pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding, (unsigned char *) ellipsis,
									  3, converted, sizeof(converted), true) == 3 &&
		(length = (int) strlen((char *) converted)) > 0 && length <= ELLIPSIS_MAX)
	{
		memcpy(target, converted, length);
		return length;
	}
	memcpy(target, "...", 3);
	return 3;
}

text *
token_hint_of_nothing(void)
{
	char		ellipsis[ELLIPSIS_MAX];
	int			length = write_ellipsis(ellipsis);

	return cstring_to_text_with_len(ellipsis, length);
}

/* A row (token, hash, hint): a new secret, its SHA-256, and the part of it that may be shown. */
static Datum
issue(FunctionCallInfo fcinfo, const char *prefix)
{
	TupleDesc	tupdesc;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};
	bytea	   *random;
	text	   *result = palloc(VARHDRSZ + TOKEN_LENGTH);
	bytea	   *hash = palloc(VARHDRSZ + TOKEN_DIGEST_LENGTH);
	pg_cryptohash_ctx *context;
	char		token[TOKEN_LENGTH];
	uint8		secret[TOKEN_SECRET_BYTES];
	char		hint[HINT_HEAD + ELLIPSIS_MAX + HINT_TAIL];
	int			tail;			/* where the second part of the hint begins */
	bool		hashed;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	tupdesc = BlessTupleDesc(tupdesc);
	random = DatumGetByteaPP(OidFunctionCall1(random_function(),
											  Int32GetDatum(TOKEN_SECRET_BYTES)));
	if (VARSIZE_ANY_EXHDR(random) != TOKEN_SECRET_BYTES)
		elog(ERROR, "unexpected number of random bytes");

	context = make_hash_context();
	tail = HINT_HEAD + write_ellipsis(hint + HINT_HEAD);

	/* From here until the secret is wiped, nothing may raise an error */
	memcpy(secret, VARDATA_ANY(random), TOKEN_SECRET_BYTES);
	explicit_bzero(VARDATA_ANY(random), TOKEN_SECRET_BYTES);
	memcpy(token, prefix, TOKEN_PREFIX_LENGTH);
	write_base62(secret, TOKEN_SECRET_BYTES, token + TOKEN_PREFIX_LENGTH, TOKEN_SECRET_DIGITS);
	write_checksum(token, token + TOKEN_CHECKED_LENGTH);
	hashed = hash_token(context, token, TOKEN_LENGTH, (uint8 *) VARDATA(hash));
	memcpy(VARDATA(result), token, TOKEN_LENGTH);
	memcpy(hint, token, HINT_HEAD);
	memcpy(hint + tail, token + TOKEN_LENGTH - HINT_TAIL, HINT_TAIL);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(token, sizeof(token));

	if (!hashed)
		raise_no_hash();
	SET_VARSIZE(result, VARHDRSZ + TOKEN_LENGTH);
	SET_VARSIZE(hash, VARHDRSZ + TOKEN_DIGEST_LENGTH);
	values[0] = PointerGetDatum(result);
	values[1] = PointerGetDatum(hash);
	values[2] = PointerGetDatum(cstring_to_text_with_len(hint, tail + HINT_TAIL));
	return HeapTupleGetDatum(heap_form_tuple(tupdesc, values, nulls));
}

/* modelapi_acl_internal.issue_token(OUT token text, OUT hash bytea, OUT hint text) */
Datum
modelapi_acl_issue_token_1_0(PG_FUNCTION_ARGS)
{
	return issue(fcinfo, TOKEN_PREFIX);
}

/* modelapi_acl_internal.issue_personal_token(OUT token text, OUT hash bytea, OUT hint text) */
Datum
modelapi_acl_issue_personal_token_1_1(PG_FUNCTION_ARGS)
{
	return issue(fcinfo, PERSONAL_TOKEN_PREFIX);
}
