-- What a statement changed: plain_writes.original holds every row as it was before,
-- plain_writes.changes() compares a table with it.
CREATE SCHEMA plain_writes;
CREATE TABLE plain_writes.original (relation text, row jsonb);

-- rows: the new and the changed rows; gone: how many of the original rows are no longer there;
-- now: the transaction's time; events: the actions of the audit events since it began
CREATE FUNCTION plain_writes.changes(relation text) RETURNS jsonb
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
	answer jsonb;
BEGIN
	EXECUTE format($f$
		WITH now AS MATERIALIZED (
			SELECT to_jsonb(t) AS row FROM modelapi_acl.%I AS t
		), original AS MATERIALIZED (
			SELECT row FROM plain_writes.original WHERE relation = %L
		)
		SELECT jsonb_build_object(
			'rows', (SELECT coalesce(jsonb_agg(row), '[]')
				FROM (SELECT row FROM now EXCEPT SELECT row FROM original) AS n),
			'gone', (SELECT count(*)
				FROM (SELECT row FROM original EXCEPT SELECT row FROM now) AS g),
			'now', to_jsonb(transaction_timestamp()),
			'events', (SELECT coalesce(jsonb_agg(action), '[]')
				FROM modelapi_acl.audit_events
				WHERE occurred_at > transaction_timestamp()))
	$f$, relation, relation) INTO answer;
	RETURN answer;
END
$$;
