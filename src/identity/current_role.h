/*-------------------------------------------------------------------------
 *
 * current_role.h
 *	  What the database role of the current user allows, whichever user of the
 *	  extension was stated.
 *
 * These functions read the system catalogs alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_CURRENT_ROLE_H
#define MODELAPI_ACL_CURRENT_ROLE_H

/*
 * current_role_effective: the role whose privileges count, or InvalidOid for none.
 *
 * It is the current user, unless that one was switched: in a SECURITY DEFINER function, in
 * the query of a foreign key, which runs as the table's owner, and in maintenance (a
 * security-restricted operation) no role's privileges count.
 */
extern Oid	current_role_effective(void);

/*
 * current_role_is_administrator: whether the effective role has the privileges of
 * modelapi_acl_admin.
 */
extern bool current_role_is_administrator(void);

/*
 * current_role_may_administer: the same of the current user, which in a SECURITY DEFINER
 * function is its owner.  False in maintenance.
 */
extern bool current_role_may_administer(void);

/* current_role_may_write_logs: whether the current user has the role that writes logs. */
extern bool current_role_may_write_logs(void);

/*
 * current_role_bypasses_guards: whether guards and audit are skipped.
 *
 * True for an effective role that is a superuser and either restores a dump, with
 * row_security off, or applies replicated changes, which were guarded and audited where
 * they were made.
 */
extern bool current_role_bypasses_guards(void);

#endif							/* MODELAPI_ACL_CURRENT_ROLE_H */
