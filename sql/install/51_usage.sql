-- The use of tokens and model APIs: what gateways asked about.
--
-- Requests are counted in shared memory (src/usage), and a background worker writes the
-- counts to the two tables here. The views add what is only in memory so far. Each table has
-- the generation of the memory that a row was last written from, and how much of its counts
-- comes from there.
--
-- A standby cannot write. There the views show only what that server has counted.

CREATE TABLE modelapi_acl_internal.token_counts (
	token_id uuid CONSTRAINT token_counts_pkey PRIMARY KEY,
	model_api_id uuid,
	user_id uuid,
	last_used_at timestamptz,
	last_refused_at timestamptz,
	allowed bigint NOT NULL,
	refused bigint NOT NULL,
	by_old_secret bigint NOT NULL,
	generation bigint NOT NULL,
	generation_allowed bigint NOT NULL,
	generation_refused bigint NOT NULL,
	generation_by_old_secret bigint NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE modelapi_acl_internal.token_counts IS
'Requests with each token; of a model API, or of the user who holds a personal token. Has no foreign keys, so that writing it locks no other row';
ALTER TABLE modelapi_acl_internal.token_counts ALTER COLUMN user_id SET STATISTICS 0;
SELECT pg_extension_config_dump('modelapi_acl_internal.token_counts', '');

CREATE TABLE modelapi_acl_internal.invocation_counts (
	model_api_id uuid,
	hour timestamptz NOT NULL,
	reason text NOT NULL,
	requests bigint NOT NULL,
	generation bigint NOT NULL,
	generation_requests bigint NOT NULL,
	CONSTRAINT invocation_counts_key UNIQUE NULLS NOT DISTINCT (model_api_id, hour, reason)
) WITH (fillfactor = 70);
CREATE INDEX invocation_counts_by_hour ON modelapi_acl_internal.invocation_counts (hour);
COMMENT ON TABLE modelapi_acl_internal.invocation_counts IS
'Requests by model API, hour and reason; model_api_id is NULL where no such model API existed';
SELECT pg_extension_config_dump('modelapi_acl_internal.invocation_counts', '');

CREATE TABLE modelapi_acl_internal.counting (
	is_only_row boolean DEFAULT true CONSTRAINT counting_pkey PRIMARY KEY CONSTRAINT counting_is_only_row CHECK (is_only_row),
	since timestamptz NOT NULL
);
COMMENT ON TABLE modelapi_acl_internal.counting IS
'Since when requests have been counted; one row, or none';
SELECT pg_extension_config_dump('modelapi_acl_internal.counting', '');

ALTER TABLE modelapi_acl_internal.token_counts
	ALTER COLUMN last_used_at SET STATISTICS 0,
	ALTER COLUMN last_refused_at SET STATISTICS 0,
	ALTER COLUMN allowed SET STATISTICS 0,
	ALTER COLUMN refused SET STATISTICS 0,
	ALTER COLUMN by_old_secret SET STATISTICS 0,
	ALTER COLUMN generation_allowed SET STATISTICS 0,
	ALTER COLUMN generation_refused SET STATISTICS 0,
	ALTER COLUMN generation_by_old_secret SET STATISTICS 0;
ALTER TABLE modelapi_acl_internal.invocation_counts
	ALTER COLUMN reason SET STATISTICS 0,
	ALTER COLUMN requests SET STATISTICS 0,
	ALTER COLUMN generation_requests SET STATISTICS 0;

-- ---------------------------------------------------------------------------
-- Internal statements of the worker (see 58_internal_statements.sql)

CREATE FUNCTION modelapi_acl_internal.flush_tokens(
	token_ids uuid[], model_api_ids uuid[], user_ids uuid[],
	last_used_at timestamptz[], last_refused_at timestamptz[],
	allowed bigint[], refused bigint[], by_old_secret bigint[], generation bigint) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	-- A token may be there twice: src/usage/counters.c says why
	INSERT INTO modelapi_acl_internal.token_counts AS c (
		token_id, model_api_id, user_id, last_used_at, last_refused_at, allowed, refused, by_old_secret,
		generation, generation_allowed, generation_refused, generation_by_old_secret)
	SELECT DISTINCT ON (u.token_id) u.token_id, u.model_api_id, u.user_id, u.used_at, u.refused_at,
		u.allowed, u.refused, u.old, $9, u.allowed, u.refused, u.old
	FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
		AS u (token_id, model_api_id, user_id, used_at, refused_at, allowed, refused, old)
	ORDER BY u.token_id, u.allowed + u.refused DESC
	ON CONFLICT (token_id) DO UPDATE SET
		last_used_at = GREATEST(c.last_used_at, EXCLUDED.last_used_at),
		last_refused_at = GREATEST(c.last_refused_at, EXCLUDED.last_refused_at),
		allowed = EXCLUDED.allowed + c.allowed
			- CASE WHEN c.generation = EXCLUDED.generation THEN c.generation_allowed ELSE 0 END,
		refused = EXCLUDED.refused + c.refused
			- CASE WHEN c.generation = EXCLUDED.generation THEN c.generation_refused ELSE 0 END,
		by_old_secret = EXCLUDED.by_old_secret + c.by_old_secret
			- CASE WHEN c.generation = EXCLUDED.generation THEN c.generation_by_old_secret ELSE 0 END,
		generation = EXCLUDED.generation,
		generation_allowed = EXCLUDED.generation_allowed,
		generation_refused = EXCLUDED.generation_refused,
		generation_by_old_secret = EXCLUDED.generation_by_old_secret;
END;
COMMENT ON FUNCTION modelapi_acl_internal.flush_tokens(uuid[], uuid[], uuid[], timestamptz[], timestamptz[], bigint[], bigint[], bigint[], bigint) IS
'Internal statement: writes the counts of tokens';

CREATE FUNCTION modelapi_acl_internal.flush_hours(
	model_api_ids uuid[], hours timestamptz[], reasons text[], requests bigint[], generation bigint) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.invocation_counts AS c (
		model_api_id, hour, reason, requests, generation, generation_requests)
	SELECT u.model_api_id, u.hour, u.reason, max(u.requests), $5, max(u.requests)
	FROM unnest($1, $2, $3, $4) AS u (model_api_id, hour, reason, requests)
	GROUP BY u.model_api_id, u.hour, u.reason
	ON CONFLICT (model_api_id, hour, reason) DO UPDATE SET
		requests = EXCLUDED.requests + c.requests
			- CASE WHEN c.generation = EXCLUDED.generation THEN c.generation_requests ELSE 0 END,
		generation = EXCLUDED.generation,
		generation_requests = EXCLUDED.generation_requests;
END;
COMMENT ON FUNCTION modelapi_acl_internal.flush_hours(uuid[], timestamptz[], text[], bigint[], bigint) IS
'Internal statement: writes the counts of model APIs by hour and reason';

CREATE FUNCTION modelapi_acl_internal.begin_counting(since timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	INSERT INTO modelapi_acl_internal.counting (since) VALUES ($1)
	ON CONFLICT (is_only_row) DO NOTHING;
END;
COMMENT ON FUNCTION modelapi_acl_internal.begin_counting(timestamptz) IS
'Internal statement: remembers since when requests have been counted';

CREATE FUNCTION modelapi_acl_internal.usage_is_live(generation bigint) RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_usage_is_live_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.usage_is_live(bigint) IS
'Whether memory still has the counts of a generation';

CREATE FUNCTION modelapi_acl_internal.prune_hours(before timestamptz) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	-- what memory still has would be written again
	DELETE FROM modelapi_acl_internal.invocation_counts AS c
	WHERE c.hour < $1 AND NOT modelapi_acl_internal.usage_is_live(c.generation);
END;
COMMENT ON FUNCTION modelapi_acl_internal.prune_hours(timestamptz) IS
'Internal statement: deletes old counts of model APIs';

-- ---------------------------------------------------------------------------
-- What memory holds. Each function checks whom it answers.

CREATE FUNCTION modelapi_acl_internal.usage_of_token(
	token_id uuid, generation bigint, generation_allowed bigint, generation_refused bigint, generation_by_old_secret bigint,
	OUT last_used_at timestamptz, OUT last_refused_at timestamptz, OUT allowed bigint, OUT refused bigint,
	OUT by_old_secret bigint)
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_usage_of_token_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.usage_of_token(uuid, bigint, bigint, bigint, bigint) IS
'What memory adds to the row of a token in token_counts; nothing unless the current user may see the token';

CREATE FUNCTION modelapi_acl_internal.usage_of_invocations() RETURNS TABLE (
	model_api_id uuid, hour timestamptz, reason text, requests bigint)
	LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 1000
	AS 'MODULE_PATHNAME', 'modelapi_acl_usage_of_invocations_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.usage_of_invocations() IS
'What memory has counted of the model APIs whose logs the current user may see';

CREATE FUNCTION modelapi_acl_internal.usage_since() RETURNS timestamptz
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_usage_since_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.usage_since() IS
'Since when memory has counts; NULL: nothing is counted';

CREATE FUNCTION modelapi_acl_internal.usage_state(
	OUT counting boolean, OUT problem text, OUT since timestamptz, OUT flushed_at timestamptz,
	OUT tokens bigint, OUT hours bigint, OUT entries bigint, OUT dropped bigint,
	OUT log_lines bigint, OUT log_lost bigint)
	LANGUAGE c VOLATILE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'modelapi_acl_usage_state_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.usage_state() IS
'The state of counting; the numbers for administrators only';

-- ---------------------------------------------------------------------------
-- Views

CREATE VIEW modelapi_acl.token_usage WITH (security_invoker = true, security_barrier = true) AS
	SELECT t.id AS token_id,
		GREATEST(c.last_used_at, m.last_used_at) AS last_used_at,
		GREATEST(c.last_refused_at, m.last_refused_at) AS last_refused_at,
		COALESCE(c.allowed, 0) + m.allowed AS allowed,
		COALESCE(c.refused, 0) + m.refused AS refused,
		COALESCE(c.by_old_secret, 0) + m.by_old_secret AS by_old_secret,
		CASE WHEN s.since IS NOT NULL THEN GREATEST(s.since, t.created_at) END AS since
	FROM (
		SELECT a.id, a.created_at FROM modelapi_acl.access_tokens AS a
		UNION ALL
		SELECT p.id, p.created_at FROM modelapi_acl.personal_tokens AS p) AS t
		LEFT JOIN modelapi_acl_internal.token_counts AS c
			ON c.token_id = t.id AND NOT (SELECT pg_is_in_recovery())
		CROSS JOIN LATERAL modelapi_acl_internal.usage_of_token(t.id, c.generation,
			c.generation_allowed, c.generation_refused, c.generation_by_old_secret) AS m
		CROSS JOIN (
			SELECT CASE WHEN pg_is_in_recovery() THEN u.since ELSE LEAST(u.since, (
				SELECT k.since FROM modelapi_acl_internal.counting AS k WHERE u.since IS NOT NULL)) END AS since
			FROM modelapi_acl_internal.usage_since() AS u (since)) AS s;
COMMENT ON VIEW modelapi_acl.token_usage IS
'When each token was last used, and how often; for whoever may see the tokens, personal ones included. On a standby: what that server has decided since it started';
COMMENT ON COLUMN modelapi_acl.token_usage.token_id IS 'The token';
COMMENT ON COLUMN modelapi_acl.token_usage.last_used_at IS 'The last request that was allowed with it; NULL: none';
COMMENT ON COLUMN modelapi_acl.token_usage.last_refused_at IS 'The last request with it that was refused; NULL: none';
COMMENT ON COLUMN modelapi_acl.token_usage.allowed IS 'How many requests were allowed';
COMMENT ON COLUMN modelapi_acl.token_usage.refused IS 'How many requests were refused, those to another model API included';
COMMENT ON COLUMN modelapi_acl.token_usage.by_old_secret IS 'How many of the allowed requests had a former secret, in the overlap after the token was regenerated';
COMMENT ON COLUMN modelapi_acl.token_usage.since IS 'Since when requests with this token have been counted; NULL: nothing is counted, and usage_status tells why';

CREATE VIEW modelapi_acl.invocation_usage WITH (security_invoker = true, security_barrier = true) AS
	SELECT r.model_api_id, r.hour, r.reason, sum(r.requests)::bigint AS requests
	FROM (
		SELECT c.model_api_id, c.hour, c.reason,
			c.requests - CASE WHEN modelapi_acl_internal.usage_is_live(c.generation)
				THEN c.generation_requests ELSE 0 END AS requests
		FROM modelapi_acl_internal.invocation_counts AS c
		WHERE NOT (SELECT pg_is_in_recovery())
		UNION ALL
		SELECT m.model_api_id, m.hour, m.reason, m.requests
		FROM modelapi_acl_internal.usage_of_invocations() AS m) AS r
	GROUP BY r.model_api_id, r.hour, r.reason
	HAVING sum(r.requests) > 0;
COMMENT ON VIEW modelapi_acl.invocation_usage IS
'Requests by model API, hour and reason; for whoever may see the logs of the model API. On a standby: what that server has decided since it started';
COMMENT ON COLUMN modelapi_acl.invocation_usage.model_api_id IS 'The model API; NULL, for administrators only: requests for model APIs that do not exist';
COMMENT ON COLUMN modelapi_acl.invocation_usage.hour IS 'The beginning of the hour, in UTC';
COMMENT ON COLUMN modelapi_acl.invocation_usage.reason IS 'The reason of the decision, as authorize_invocation returns it';
COMMENT ON COLUMN modelapi_acl.invocation_usage.requests IS 'How many requests';

CREATE VIEW modelapi_acl.usage_status WITH (security_invoker = true, security_barrier = true) AS
	SELECT s.counting, s.problem, s.since, s.flushed_at, s.tokens, s.hours, s.entries, s.dropped, s.log_lines, s.log_lost
	FROM modelapi_acl_internal.usage_state() AS s
	WHERE modelapi_acl_internal.is_signed_in((SELECT modelapi_acl_internal.current_identity()));
COMMENT ON VIEW modelapi_acl.usage_status IS
'Whether this server counts requests; one row. The numbers are for administrators only';
COMMENT ON COLUMN modelapi_acl.usage_status.counting IS 'Whether requests are counted';
COMMENT ON COLUMN modelapi_acl.usage_status.problem IS 'Why not; NULL if they are';
COMMENT ON COLUMN modelapi_acl.usage_status.since IS 'Since when this server''s memory has counts';
COMMENT ON COLUMN modelapi_acl.usage_status.flushed_at IS 'When counts were last written to tables; NULL: not since the server started, or on a standby';
COMMENT ON COLUMN modelapi_acl.usage_status.tokens IS 'How many tokens are counted in memory';
COMMENT ON COLUMN modelapi_acl.usage_status.hours IS 'How many model APIs, hours and reasons are counted in memory';
COMMENT ON COLUMN modelapi_acl.usage_status.entries IS 'How many of each there is room for';
COMMENT ON COLUMN modelapi_acl.usage_status.dropped IS 'How many requests could not be counted since the server started, because memory was full';
COMMENT ON COLUMN modelapi_acl.usage_status.log_lines IS 'How many lines of the decision log wait for drain_decisions';
COMMENT ON COLUMN modelapi_acl.usage_status.log_lost IS 'How many lines of the decision log were lost since the server started: it was full, or the transaction that took them was rolled back';

-- Without triggers, the server would refuse with 55000 before it checks privileges.
CREATE FUNCTION modelapi_acl_internal.refuse_usage_change() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'modelapi_acl_refuse_usage_change_1_1';
COMMENT ON FUNCTION modelapi_acl_internal.refuse_usage_change() IS
'Refuses to change rows of token_usage, invocation_usage and usage_status';
CREATE TRIGGER refuse_change INSTEAD OF INSERT OR UPDATE OR DELETE ON modelapi_acl.token_usage
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_usage_change();
CREATE TRIGGER refuse_change INSTEAD OF INSERT OR UPDATE OR DELETE ON modelapi_acl.invocation_usage
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_usage_change();
CREATE TRIGGER refuse_change INSTEAD OF INSERT OR UPDATE OR DELETE ON modelapi_acl.usage_status
	FOR EACH ROW EXECUTE FUNCTION modelapi_acl_internal.refuse_usage_change();

-- ---------------------------------------------------------------------------
-- The decision log

CREATE TYPE modelapi_acl.decision AS (
	decided_at timestamptz,
	model_api_id uuid,
	token_id uuid,
	user_id uuid,
	reason text,
	snapshot_xmin xid8,
	snapshot_xmax xid8,
	server text
);
COMMENT ON TYPE modelapi_acl.decision IS 'A line of the decision log';
COMMENT ON COLUMN modelapi_acl.decision.decided_at IS 'When the request was decided';
COMMENT ON COLUMN modelapi_acl.decision.model_api_id IS 'The model API that was asked for, whether it exists or not';
COMMENT ON COLUMN modelapi_acl.decision.token_id IS 'The token, if one was recognized';
COMMENT ON COLUMN modelapi_acl.decision.user_id IS 'The holder of a personal token, or the user whose subject was recognized';
COMMENT ON COLUMN modelapi_acl.decision.reason IS 'The reason, as authorize_invocation returned it';
COMMENT ON COLUMN modelapi_acl.decision.snapshot_xmin IS 'What transactions before this one did was seen, if they committed';
COMMENT ON COLUMN modelapi_acl.decision.snapshot_xmax IS 'What this transaction and later ones did was not seen';
COMMENT ON COLUMN modelapi_acl.decision.server IS 'The server that decided: host and port';

CREATE FUNCTION modelapi_acl.drain_decisions(maximum integer DEFAULT 10000)
	RETURNS SETOF modelapi_acl.decision
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_drain_decisions_1_1';
COMMENT ON FUNCTION modelapi_acl.drain_decisions(integer) IS
'For administrators: takes the oldest lines out of this server''s decision log. Each line is returned once; what a rolled back transaction has taken is lost. Warns of lines that were lost';

