/*-------------------------------------------------------------------------
 *
 * arrays.c
 *	  Arrays that grow as elements are added.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"


#include "arrays.h"

#define INITIAL_ROOM 64

void *
arrays_make_room(void *array, int count, int *room, Size element_size)
{
	if (count < *room)
		return array;
	*room = array ? *room * 2 : INITIAL_ROOM;
	if (!array)
		return palloc(*room * element_size);
	return repalloc_huge(array, *room * element_size);
}
