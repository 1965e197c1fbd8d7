/*-------------------------------------------------------------------------
 *
 * token.h
 *	  The format of access tokens: generation, recognition, hashing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_TOKEN_H
#define MODELAPI_ACL_TOKEN_H

#include "../terms.h"
#include "authorization_header.h"

/*
 * token_digest_from_header: the digest of the credential in an Authorization header.
 *
 * header: the header's value, header_length bytes, or NULL; scheme: the only acceptable
 * scheme.  Returns the parser's verdict.  For HEADER_CREDENTIAL, *well_formed tells whether
 * the credential may be a token: one of ours has the right length, alphabet and checksum, and
 * one of another system 8 to 255 visible ASCII characters without a colon.  If so, fills
 * digest.  Otherwise *well_formed is false.  *looks_personal tells whether it begins as our
 * personal tokens do; one of another system may, and one that was imported with its digest
 * may be of either kind, whatever it begins with.
 *
 * Raises no error for any input, only where the server's hashing fails.  Takes no lock and
 * keeps no plaintext.
 */
extern HeaderVerdict token_digest_from_header(const char *header, size_t header_length,
											  AuthorizationScheme scheme,
											  bool *well_formed, bool *looks_personal,
											  uint8 digest[TOKEN_DIGEST_LENGTH]);

/*
 * token_digest_from_text: the digest of a text of any form, since an imported token has any:
 * a gateway that hashes accepts it.  The same errors.
 *
 * token_hint_of_nothing: the hint of a token of which only the digest is known, palloc'd.
 */
extern void token_digest_from_text(text *token, uint8 digest[TOKEN_DIGEST_LENGTH]);
extern text *token_hint_of_nothing(void);

#endif							/* MODELAPI_ACL_TOKEN_H */
