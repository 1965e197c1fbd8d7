/*-------------------------------------------------------------------------
 *
 * errors.h
 *	  The errors of refused access, each message once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ERRORS_H
#define MODELAPI_ACL_ERRORS_H

#include "../terms.h"

/* PT401: nobody is signed in. */
extern void errors_raise_not_signed_in(void) pg_attribute_noreturn();

/* PT401: an administrator without a user creates something that needs an owner. */
extern void errors_raise_no_owner(void) pg_attribute_noreturn();

/*
 * 42501: not an administrator.  without_user: it is not enough that the role is an
 * administrator's; no user may have been stated either.
 */
extern void errors_raise_not_administrator(bool without_user) pg_attribute_noreturn();

/* 42501: a permission is missing on something that the current user may view. */
extern void errors_raise_denied(Permission permission) pg_attribute_noreturn();
extern void errors_raise_denied_project(ProjectPermission permission) pg_attribute_noreturn();
extern void errors_raise_denied_organization(OrganizationPermission permission) pg_attribute_noreturn();

/* 42501: the current user may not write a personal token. */
extern void errors_raise_denied_personal_token(void) pg_attribute_noreturn();

/*
 * PT404: something does not exist or is hidden, with the same text for both.  what: its
 * kind, such as "project".
 */
extern void errors_raise_not_found(const char *what) pg_attribute_noreturn();

#endif							/* MODELAPI_ACL_ERRORS_H */
