/*-------------------------------------------------------------------------
 *
 * email.h
 *	  When two email addresses are the same.
 *
 * Both functions return a palloc'd string, or NULL for an address that no user can have:
 * one with a character that is canonically equivalent to an ASCII character, one with
 * characters beyond ASCII where the database's encoding is not UTF-8, and one that is far
 * too long.  They read no tables and raise no errors of their own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_EMAIL_H
#define MODELAPI_ACL_EMAIL_H

#define EMAIL_LENGTH_MAX 254	/* characters; RFC 5321, 4.5.3.1.3 */

/* email_normalize: the address in NFC, as it is stored. */
extern char *email_normalize(const char *email);

/* email_key: the same with ASCII letters in lower case, as it is compared and indexed. */
extern char *email_key(const char *email);

#endif							/* MODELAPI_ACL_EMAIL_H */
