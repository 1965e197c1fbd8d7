-- changes_since with clients that take only the first rows of each call: each row carries the
-- position to go on from.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
CREATE TABLE test.told (place serial, poller text, poll int, event_id uuid, "position" text, change_id uuid, action text);
GRANT SELECT, INSERT, DELETE ON test.told TO PUBLIC;
GRANT USAGE ON SEQUENCE test.told_place_seq TO PUBLIC;
-- Polls until nothing is new, and keeps the rows that the query takes of each call
CREATE PROCEDURE test.poll(poller text, query text, polls int DEFAULT 5000) LANGUAGE plpgsql AS $$
DECLARE
	p text := (SELECT t."position" FROM test.told t WHERE t.poller = $1 ORDER BY t.place DESC LIMIT 1);
	before int := (SELECT count(*) FROM test.told t WHERE t.poller = $1);
	after int;
BEGIN
	FOR n IN 1 .. polls LOOP
		EXECUTE 'INSERT INTO test.told (poller, poll, event_id, "position", change_id, action)
			SELECT $2, $3, q.event_id, q."position", q.change_id, q.action FROM (' || query || ') q' USING p, poller, n;
		SELECT count(*) INTO after FROM test.told t WHERE t.poller = $1;
		p := (SELECT t."position" FROM test.told t WHERE t.poller = $1 ORDER BY t.place DESC LIMIT 1);
		EXIT WHEN after = before OR (SELECT t.event_id IS NULL FROM test.told t WHERE t.poller = $1 ORDER BY t.place DESC LIMIT 1);
		before := after;
	END LOOP;
END
$$;
CREATE VIEW test.summary AS
SELECT t.poller, max(t.poll) AS polls, count(t.event_id) AS events, count(t.event_id) - count(DISTINCT t.event_id) AS twice,
	(SELECT count(*) FROM modelapi_acl.audit_events e WHERE e.id NOT IN (SELECT o.event_id FROM test.told o WHERE o.poller = t.poller AND o.event_id IS NOT NULL)) AS missing
FROM test.told t GROUP BY t.poller;
GRANT SELECT ON test.summary TO PUBLIC;
\set ECHO all

-- 1,500 more events: 1,000 in one transaction, 500 in one transaction each
DO $$
BEGIN
	FOR n IN 1 .. 1000 LOOP
		UPDATE modelapi_acl.projects SET description = n::text WHERE id = test.id('growth');
	END LOOP;
	COMMIT;
	FOR n IN 1 .. 500 LOOP
		UPDATE modelapi_acl.projects SET description = 'again ' || n WHERE id = test.id('growth');
		COMMIT;
	END LOOP;
END
$$;
SELECT count(*) > 1500 AS many FROM modelapi_acl.audit_events;

SET SESSION AUTHORIZATION regress_admin;
-- with PostgREST's db-max-rows, and other limits: transactions are split
CALL test.poll('1000', 'SELECT * FROM modelapi_acl.changes_since($1) LIMIT 1000');
CALL test.poll('7', 'SELECT * FROM modelapi_acl.changes_since($1) LIMIT 7');
CALL test.poll('all', 'SELECT * FROM modelapi_acl.changes_since($1)');
SELECT poller, events > 1500 AS many, twice, missing FROM test.summary ORDER BY poller;
SELECT poller, polls FROM test.summary WHERE poller IN ('1000', 'all') ORDER BY poller;
-- all pollers get the same order
SELECT count(DISTINCT told) AS orders FROM (SELECT md5(string_agg(event_id::text, ' ' ORDER BY place)) AS told
	FROM test.told WHERE event_id IS NOT NULL GROUP BY poller) t;
-- each row has its own position
SELECT count(*) - count(DISTINCT position) AS alike FROM modelapi_acl.changes_since();
-- from each row's position, exactly the rows after it follow
SELECT count(*) AS rows, count(*) FILTER (WHERE (SELECT count(event_id) FROM modelapi_acl.changes_since(position)) <> n - place) AS wrong
FROM (SELECT position, ordinality AS place, count(*) OVER () AS n FROM modelapi_acl.changes_since() WITH ORDINALITY) t
WHERE place % 50 = 0 OR place = n;

-- After a poll that was cut: first the remaining rows, then new events
DELETE FROM test.told;
CALL test.poll('cut', 'SELECT * FROM modelapi_acl.changes_since($1) LIMIT 500', 1);
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public');
CALL test.poll('cut', 'SELECT * FROM modelapi_acl.changes_since($1) LIMIT 400', 1);
SELECT modelapi_acl.set_visibility(test.id('churn'), 'private');
CALL test.poll('cut', 'SELECT * FROM modelapi_acl.changes_since($1) LIMIT 300');
SELECT events > 1500 AS many, twice, missing FROM test.summary;
SELECT action, count(*) FROM (SELECT action FROM test.told WHERE event_id IS NOT NULL ORDER BY place DESC LIMIT 5) t GROUP BY 1 ORDER BY 1;

-- With a filter: some rows, and the row for "nothing new"
DELETE FROM test.told;
CALL test.poll('filtered', $$SELECT * FROM modelapi_acl.changes_since($1) WHERE object_type <> 'project' LIMIT 10$$);
SELECT count(event_id) - count(DISTINCT event_id) AS twice, count(event_id) = (SELECT count(*) FROM modelapi_acl.audit_events WHERE object_type <> 'project') AS everything,
	bool_and(action NOT LIKE 'project.%') AS filtered FROM test.told;
CALL test.poll('filtered', $$SELECT * FROM modelapi_acl.changes_since($1) WHERE action = 'model_api.visibility_changed'$$);
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public');
CALL test.poll('filtered', $$SELECT * FROM modelapi_acl.changes_since($1) WHERE action = 'model_api.visibility_changed'$$);
SELECT max(action) AS last FROM test.told WHERE place = (SELECT max(place) FROM test.told);
SELECT count(event_id) - count(DISTINCT event_id) AS twice FROM test.told;

-- Permissions are checked at each poll: what becomes visible later appears if it is not yet past
DELETE FROM test.told;
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('sibling') IS NOT NULL AS signed_in;
CALL test.poll('sibling', 'SELECT * FROM modelapi_acl.changes_since($1) LIMIT 2', 1);
SELECT action FROM test.told ORDER BY place;
COMMIT;
SET SESSION AUTHORIZATION regress_admin;
SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'sibling', 'editor');
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('sibling') IS NOT NULL AS signed_in;
CALL test.poll('sibling', 'SELECT * FROM modelapi_acl.changes_since($1) LIMIT 400');
SELECT count(*) > 1500 AS more, count(event_id) - count(DISTINCT event_id) AS twice FROM test.told;
COMMIT;

-- Start at the present: a position without past events
SET SESSION AUTHORIZATION regress_admin;
SELECT position AS now FROM modelapi_acl.changes_since('now') \gset
SELECT count(*), count(event_id) FROM modelapi_acl.changes_since('now');
SELECT modelapi_acl.set_visibility(test.id('churn'), 'private');
SELECT action FROM modelapi_acl.changes_since(:'now');

-- Invalid positions, of the form with two snapshots and an offset
SELECT position AS cut FROM modelapi_acl.changes_since() LIMIT 1 \gset
SELECT regexp_replace(:'cut', '/.*', '/') AS history, split_part(:'cut', '/', 4) AS place \gset
SELECT count(*) > 1500 AS many FROM modelapi_acl.changes_since(:'history' || '5:6:/7:9:8/' || :'place');
SELECT rest, test.outcome(format('SELECT modelapi_acl.changes_since(%L)', :'history' || replace(rest, 'PLACE', :'place')))
FROM unnest(ARRAY['5:6:/', '5:6:/7:9:', '5:6:/7:9:/', '5:6:/7:9:/PLACEx', '5:6:/7:9:/PLACE/', '5:6:7:9:/PLACE', '5:6:/7:9:x/PLACE',
	'5:6:/4:9:/PLACE', '5:9:/6:8:/PLACE', '5:6:/7:9:/1:2:3', '5:6:/7:9:/1:PLACE', '5:6:/7:9:/:PLACE', '5:6:/7:9:/99999999999999999999:1:00000000-0000-4000-8000-000000000000',
	'5:6:/7:9:/-1:-1:00000000-0000-4000-8000-000000000000', '5:6:/7:9:/1:1:00000000-0000-4000-8000-00000000000', '5:6:/7:9:/1:1:{00000000-0000-4000-8000-00000000000',
	-- in the future
	'5:999999999999:', '5:6:/7:999999999999:/PLACE']) rest;
