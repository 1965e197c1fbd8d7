/*-------------------------------------------------------------------------
 *
 * arrays.h
 *	  Arrays that grow as elements are added.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODELAPI_ACL_ARRAYS_H
#define MODELAPI_ACL_ARRAYS_H

/*
 * arrays_make_room: makes room for one more element after "count" elements.
 *
 * Returns the array, which may have moved, and updates *room, the number of elements
 * that it can hold.  An array that is NULL, with *room 0, is allocated in the current
 * memory context; a full one doubles its size in the context that it lives in.  It may
 * exceed 1 GB.  Raises an error only when memory runs out.
 */
extern void *arrays_make_room(void *array, int count, int *room, Size element_size);

#endif							/* MODELAPI_ACL_ARRAYS_H */
