/*-------------------------------------------------------------------------
 *
 * decision_log.c
 *	  The decision log: a ring of lines in shared memory.
 *
 * Positions grow for ever; a line's place is its position modulo the size of the ring.  Each
 * line has a sequence number that tells whose turn it is: p once it may be written at
 * position p, p + 1 once it may be read, p + size once it may be written again.  It is stored
 * less the line's place, so that memory of zeroes is an empty ring.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "decision_log.h"

static uint64
sequence_of(UsageSegment *segment, uint64 position, DecisionLine **line)
{
	uint64		place = position % segment->log_lines;

	*line = &segment_log(segment)[place];
	return pg_atomic_read_u64(&(*line)->sequence) + place;
}

static void
set_sequence(UsageSegment *segment, DecisionLine *line, uint64 position, uint64 sequence)
{
	pg_write_barrier();
	pg_atomic_write_u64(&line->sequence, sequence - position % segment->log_lines);
}

/*
 * Takes the next position at one end of the ring; false if the line there is not ready for
 * that.  ready: what its sequence number is more than the position.
 */
static bool
take_position(UsageSegment *segment, pg_atomic_uint64 *end, uint64 ready,
			  uint64 *position, DecisionLine **line)
{
	*position = pg_atomic_read_u64(end);
	for (;;)
	{
		int64		difference = (int64) (sequence_of(segment, *position, line) - (*position + ready));

		if (difference < 0)
			return false;
		if (difference > 0)
			*position = pg_atomic_read_u64(end);
		else if (pg_atomic_compare_exchange_u64(end, position, *position + 1))
			return true;
	}
}

void
decision_log_write(UsageSegment *segment, const UsageRecord *record, TimestampTz now)
{
	uint64		position;
	DecisionLine *line;

	if (!take_position(segment, &segment->log_head, 0, &position, &line))
	{
		pg_atomic_fetch_add_u64(&segment->log_lost, 1);
		return;
	}
	line->decided_at = now;
	line->has_model_api = record->model_api_id != NULL;
	if (line->has_model_api)
		line->model_api_id = *record->model_api_id;
	line->has_token = record->token_id != NULL;
	if (line->has_token)
		line->token_id = *record->token_id;
	line->has_user = record->user_id != NULL;
	if (line->has_user)
		line->user_id = *record->user_id;
	line->xmin = record->xmin;
	line->xmax = record->xmax;
	strlcpy(line->reason, record->reason, REASON_LENGTH);
	set_sequence(segment, line, position, position + 1);
}

bool
decision_log_read(UsageSegment *segment, DecisionLine *line)
{
	uint64		position;
	DecisionLine *found;

	if (!take_position(segment, &segment->log_tail, 1, &position, &found))
		return false;
	pg_read_barrier();
	memcpy(line, found, sizeof(DecisionLine));
	set_sequence(segment, found, position, position + segment->log_lines);
	return true;
}
