/*-------------------------------------------------------------------------
 *
 * authorization_header.h
 *	  The parser of the HTTP Authorization header.
 *
 * Includes nothing of PostgreSQL, so that the parser can be compiled and fuzzed
 * alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_AUTHORIZATION_HEADER_H
#define MODELAPI_ACL_AUTHORIZATION_HEADER_H

#include <stddef.h>

/* A header of more bytes than this is malformed */
#define AUTHORIZATION_HEADER_MAX 8192

typedef enum AuthorizationScheme
{
	SCHEME_BASIC,				/* synchronous model APIs (RFC 7617) */
	SCHEME_BEARER				/* asynchronous model APIs (RFC 6750) */
} AuthorizationScheme;

/* In the order in which the parser checks for them */
typedef enum HeaderVerdict
{
	HEADER_MISSING,				/* no header, or an empty one */
	HEADER_MALFORMED,
	HEADER_WRONG_SCHEME,		/* another scheme; the rest was not checked */
	HEADER_HALVES_DIFFER,		/* Basic: user name and password differ */
	HEADER_CREDENTIAL			/* the buffer holds the credential */
} HeaderVerdict;

/*
 * authorization_header_parse: extracts the credential from an Authorization header.
 *
 * header: the header's value, or NULL if none was sent; header_length bytes, which need no
 * terminating NUL.  scheme: the only acceptable scheme.  buffer: AUTHORIZATION_HEADER_MAX
 * bytes, which the caller wipes afterwards, whatever the verdict.
 *
 * For HEADER_CREDENTIAL, *credential points into the buffer and *credential_length is its
 * length in bytes.  Otherwise both are unchanged.
 *
 * Reads no bytes beyond header_length, allocates no memory and raises no error.  Compares
 * the two halves of a Basic credential in constant time.
 */
extern HeaderVerdict authorization_header_parse(const char *header, size_t header_length,
												AuthorizationScheme scheme,
												char buffer[AUTHORIZATION_HEADER_MAX],
												const char **credential,
												size_t *credential_length);

#endif							/* MODELAPI_ACL_AUTHORIZATION_HEADER_H */
