/*-------------------------------------------------------------------------
 *
 * authorization_header.c
 *	  The parser of the HTTP Authorization header.
 *
 * Anybody on the network can send any bytes as a header.  So this file is small
 * and self-contained: it reads the bytes, writes into one buffer of the caller,
 * and uses nothing of the server: no memory contexts, no tables, no errors.  A
 * fuzzer can run it alone.  Include nothing of PostgreSQL here.
 *
 *-------------------------------------------------------------------------
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "authorization_header.h"

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/*
 * The length of the well-formed UTF-8 sequence at the beginning of a text, or 0 (RFC 3629,
 * section 4: no overlong forms, no surrogates, nothing beyond U+10FFFF).
 */
static size_t
utf8_length(const unsigned char *text, size_t length)
{
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t		size;

	if (text[0] < 0x80)
		return 1;
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		size = 2;
	else if (text[0] >= 0xe0 && text[0] <= 0xef)
		size = 3;
	else if (text[0] >= 0xf0 && text[0] <= 0xf4)
		size = 4;
	else
		return 0;
	if (text[0] == 0xe0)
		low = 0xa0;
	else if (text[0] == 0xed)
		high = 0x9f;
	else if (text[0] == 0xf0)
		low = 0x90;
	else if (text[0] == 0xf4)
		high = 0x8f;
	if (size > length || text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if (text[i] < 0x80 || text[i] > 0xbf)
			return 0;
	return size;
}

/* Whether a text is UTF-8 without control characters (C0 and C1). */
static bool
is_plain_text(const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *) text;
	size_t		size;

	for (size_t i = 0; i < length; i += size)
	{
		if (p[i] >= 0x20 && p[i] < 0x7f)
		{
			size = 1;			/* nearly always */
			continue;
		}
		size = utf8_length(p + i, length - i);
		if (size == 0 || is_control(p[i]))
			return false;
		if (size == 2 && p[i] == 0xc2 && p[i + 1] < 0xa0)
			return false;
	}
	return true;
}

/* Whether a word is a scheme's name, regardless of ASCII case. */
static bool
is_scheme(const char *word, size_t length, AuthorizationScheme scheme)
{
	const char *name = scheme == SCHEME_BASIC ? "basic" : "bearer";

	if (length != strlen(name))
		return false;
	for (size_t i = 0; i < length; i++)
	{
		char		c = word[i];

		if (c >= 'A' && c <= 'Z')
			c = (char) (c - 'A' + 'a');
		if (c != name[i])
			return false;
	}
	return true;
}

/*
 * What follows "Bearer": visible ASCII characters but a colon.  That is more than the b64token
 * of RFC 6750, section 2.1: tokens that other systems made may have any of them.
 */
static HeaderVerdict
parse_bearer(const char *body, size_t length, char *buffer, size_t *credential_length)
{
	for (size_t i = 0; i < length; i++)
		if (body[i] <= ' ' || body[i] > '~' || body[i] == ':')
			return HEADER_MALFORMED;
	memcpy(buffer, body, length);
	*credential_length = length;
	return HEADER_CREDENTIAL;
}

/* The six bits of a base64 character (RFC 4648, section 4), or -1. */
static int
base64_value(char c)
{
	static const signed char values[] = {
		62, -1, -1, -1, 63,		/* + / */
		52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1, -1,
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
		24, 25, -1, -1, -1, -1, -1, -1,
		26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
		48, 49, 50, 51
	};

	return c < '+' || c > 'z' ? -1 : values[c - '+'];
}

/*
 * Decodes base64 strictly: complete groups of four, padding only at the end, and unused
 * bits zero, so that each text has one encoding.  The buffer is large enough: it holds the
 * longest header.
 */
static bool
decode_base64(const char *text, size_t length, char *buffer, size_t *decoded_length)
{
	size_t		padding = 0;
	size_t		written = 0;
	uint32_t	bits = 0;
	int			nbits = 0;

	if (length == 0 || length % 4 != 0)
		return false;
	while (padding < 2 && text[length - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < length - padding; i++)
	{
		int			value = base64_value(text[i]);

		if (value < 0)
			return false;
		bits = (bits << 6) | (uint32_t) value;
		nbits += 6;
		if (nbits >= 8)
		{
			nbits -= 8;
			buffer[written++] = (char) (bits >> nbits);
			bits &= (1u << nbits) - 1;
		}
	}
	*decoded_length = written;
	return bits == 0;
}

/*
 * What follows "Basic": user-id, colon and password in base64 (RFC 7617, section 2).  Both
 * must be the same.  Compares all bytes, so that the time does not reveal where they
 * differ.
 */
static HeaderVerdict
parse_basic(const char *body, size_t length, char *buffer, size_t *credential_length)
{
	size_t		decoded_length;
	const char *colon;
	const char *password;
	size_t		name_length;
	unsigned char difference = 0;

	if (!decode_base64(body, length, buffer, &decoded_length) ||
		!is_plain_text(buffer, decoded_length))
		return HEADER_MALFORMED;
	colon = memchr(buffer, ':', decoded_length);
	if (!colon)
		return HEADER_MALFORMED;
	name_length = (size_t) (colon - buffer);
	password = colon + 1;
	if (name_length == 0 || name_length + 1 == decoded_length)
		return HEADER_MALFORMED;
	if (decoded_length - name_length - 1 != name_length)
		return HEADER_HALVES_DIFFER;
	for (size_t i = 0; i < name_length; i++)
		difference |= (unsigned char) (buffer[i] ^ password[i]);
	if (difference)
		return HEADER_HALVES_DIFFER;
	*credential_length = name_length;
	return HEADER_CREDENTIAL;
}

HeaderVerdict
authorization_header_parse(const char *header, size_t header_length,
						   AuthorizationScheme scheme,
						   char buffer[AUTHORIZATION_HEADER_MAX],
						   const char **credential, size_t *credential_length)
{
	size_t		scheme_length = 0;
	size_t		body;
	HeaderVerdict verdict;

	if (!header || header_length == 0)
		return HEADER_MISSING;
	if (header_length > AUTHORIZATION_HEADER_MAX ||
		header[0] == ' ' || header[header_length - 1] == ' ' ||
		!is_plain_text(header, header_length))
		return HEADER_MALFORMED;

	while (scheme_length < header_length && header[scheme_length] != ' ')
		scheme_length++;
	if (!is_scheme(header, scheme_length, scheme))
		return HEADER_WRONG_SCHEME;
	body = scheme_length;
	while (body < header_length && header[body] == ' ')
		body++;
	if (body == header_length)
		return HEADER_MALFORMED;

	if (scheme == SCHEME_BASIC)
		verdict = parse_basic(header + body, header_length - body, buffer, credential_length);
	else
		verdict = parse_bearer(header + body, header_length - body, buffer, credential_length);
	if (verdict == HEADER_CREDENTIAL)
		*credential = buffer;
	return verdict;
}
