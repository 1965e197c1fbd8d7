/*-------------------------------------------------------------------------
 *
 * authorization.h
 *	  The parser of the HTTP Authorization header.
 *
 * Stands apart from modelapi_acl.h because it knows nothing of PostgreSQL's
 * memory or tables, so that it can be compiled and fuzzed alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_AUTHORIZATION_H
#define MODELAPI_ACL_AUTHORIZATION_H

#include <stddef.h>

/* A header of more bytes than this is malformed */
#define AUTHORIZATION_HEADER_MAX 8192

typedef enum AuthorizationScheme
{
	SCHEME_BASIC,				/* synchronous model APIs (RFC 7617) */
	SCHEME_BEARER				/* asynchronous model APIs (RFC 6750) */
} AuthorizationScheme;

/* In the order in which they are found */
typedef enum HeaderVerdict
{
	HEADER_MISSING,				/* no header, or an empty one */
	HEADER_MALFORMED,
	HEADER_WRONG_SCHEME,		/* well-formed so far, but another scheme */
	HEADER_HALVES_DIFFER,		/* Basic, user name and password differ */
	HEADER_CREDENTIAL			/* one credential, in the buffer */
} HeaderVerdict;

/*
 * authorization_parse: take the credential out of an Authorization header.
 *
 * header: the header's value (NULL: none was sent), header_length bytes, not
 * necessarily terminated.  scheme: the only acceptable one.  buffer: at least
 * AUTHORIZATION_HEADER_MAX bytes, into which the credential is written;
 * *credential then points into it and *credential_length is its length in
 * bytes (untouched for any verdict but HEADER_CREDENTIAL).  The caller wipes
 * the buffer, whatever the verdict.
 *
 * Reads nothing beyond header_length, allocates nothing, raises nothing,
 * compares the two halves of a Basic credential in constant time.
 */
extern HeaderVerdict authorization_parse(const char *header, size_t header_length,
										 AuthorizationScheme scheme,
										 char buffer[AUTHORIZATION_HEADER_MAX],
										 const char **credential,
										 size_t *credential_length);

#endif							/* MODELAPI_ACL_AUTHORIZATION_H */
