/*-------------------------------------------------------------------------
 *
 * answers.h
 *	  Functions that read more than their caller may see.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ANSWERS_H
#define MODELAPI_ACL_ANSWERS_H

/*
 * answers_is_running: whether a public function that may read more than its caller is
 * running.  An internal function that reads on its behalf has to return nothing otherwise.
 */
extern bool answers_is_running(void);

#endif							/* MODELAPI_ACL_ANSWERS_H */
