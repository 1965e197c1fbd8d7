-- Access at past moments, after changes of grants, membership, expiry, disabling, visibility,
-- names, and after deletion.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
-- Returns a time between the last commit and the next
CREATE FUNCTION test.moment() RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE m timestamptz;
BEGIN
	PERFORM pg_sleep(0.01); m := clock_timestamp(); PERFORM pg_sleep(0.01);
	RETURN m;
END $$;
-- The access levels of some users on churn at a moment, in one line
CREATE FUNCTION test.levels(at timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(w || ' ' || coalesce(modelapi_acl.access_level_at(test.id('churn'), w, $1)::text, '-'), ', ' ORDER BY n)
	FROM unnest(ARRAY['stranger', 'm_editor', 'mo_viewer', 'po_owner', 'p_viewer']) WITH ORDINALITY u (w, n) $$;
\set ECHO all

-- Who may call it: owners and administrators; for a deleted model API, its project's owners
INSERT INTO test.attempts (label, statement) VALUES
	('level on churn', $$SELECT modelapi_acl.access_level_at(test.id('churn'), 'm_viewer', now())$$),
	('level on weather, public', $$SELECT modelapi_acl.access_level_at(test.id('weather'), 'm_viewer', now())$$),
	('own level on churn', $$SELECT modelapi_acl.access_level_at(test.id('churn'), '%who%', now())$$),
	('who could', $$SELECT modelapi_acl.who_could(test.id('churn'), 'view', now())$$),
	('authorization', $$SELECT modelapi_acl.authorization_at(test.id('churn'), now())$$),
	('in the future', $$SELECT modelapi_acl.access_level_at(test.id('churn'), 'm_viewer', now() + interval '1 day')$$),
	('at no time', $$SELECT modelapi_acl.authorization_at(test.id('churn'), NULL)$$),
	('in infinity', $$SELECT modelapi_acl.who_could(test.id('churn'), 'view', 'infinity')$$),
	('no permission', $$SELECT modelapi_acl.who_could(test.id('churn'), NULL, now())$$),
	('an unknown', $$SELECT modelapi_acl.access_level_at(test.id('churn'), 'ghost', now())$$),
	('an organization', $$SELECT modelapi_acl.access_level_at(test.id('churn'), 'churn-owners', now())$$),
	('nobody', $$SELECT modelapi_acl.access_level_at(test.id('churn'), NULL, now())$$);
CALL test.play();
SELECT * FROM test.outcomes;

-- Several changes, with a moment after each
SELECT test.moment() AS t0 \gset
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'editor') \g /dev/null
SELECT test.moment() AS t1 \gset
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'owner', clock_timestamp() + interval '2 s') \g /dev/null
SELECT test.moment() AS t2 \gset
SELECT pg_sleep_until(expires_at + interval '0.05 s'), test.moment() AS t3 FROM modelapi_acl.model_api_collaborators WHERE user_id = test.id('stranger') \gset
SELECT modelapi_acl.remove_organization_member('churn-viewers', 'mo_viewer') \g /dev/null
SELECT test.moment() AS t4 \gset
SELECT modelapi_acl.disable_user('m_editor') \g /dev/null
SELECT modelapi_acl.remove_project_collaborator(test.id('growth'), 'growth-owners') \g /dev/null
SELECT test.moment() AS t5 \gset
SELECT modelapi_acl.enable_user('m_editor') \g /dev/null
SELECT test.moment() AS t6 \gset
SELECT modelapi_acl.delete_organization('churn-editors') \g /dev/null
SELECT modelapi_acl.delete_user('p_viewer') \g /dev/null
SELECT test.moment() AS t7 \gset
SELECT t, test.levels(m::timestamptz) FROM (VALUES ('at first', :'t0'), ('granted', :'t1'), ('promoted', :'t2'),
	('expired', :'t3'), ('left', :'t4'), ('disabled, taken away', :'t5'), ('enabled', :'t6')) v (t, m);
-- before the model API existed: nobody
SELECT test.levels('2000-01-01'), test.levels('-infinity');
-- a user deleted since then is listed by the last name
SELECT modelapi_acl.access_level_at(test.id('churn'), 'p_viewer', :'t6');
SELECT modelapi_acl.access_level_at(test.id('churn'), 'p_viewer', :'t7');

-- who_could: with the names and grants of that moment
SELECT username, access_level, roads FROM modelapi_acl.who_could(test.id('churn'), 'edit_settings', :'t2')
WHERE username IN ('stranger', 'mo_editor', 'po_owner', 'm_editor', 'm_viewer');
SELECT username, access_level, roads FROM modelapi_acl.who_could(test.id('churn'), 'edit_settings', :'t7')
WHERE username IN ('stranger', 'mo_editor', 'po_owner', 'm_editor', 'm_viewer');
-- past and present agree
SELECT count(*) AS differences FROM unnest(enum_range(NULL::modelapi_acl.permission)) p, LATERAL (
	(SELECT w::text FROM modelapi_acl.who_can(test.id('churn'), p) w EXCEPT SELECT w::text FROM modelapi_acl.who_could(test.id('churn'), p, :'t7') w)
	UNION ALL
	(SELECT w::text FROM modelapi_acl.who_could(test.id('churn'), p, :'t7') w EXCEPT SELECT w::text FROM modelapi_acl.who_can(test.id('churn'), p) w)) d
WHERE d.w NOT LIKE '%expired%';		-- world.sql changed that grant without an audit event

-- Names: a name means the user who had it at that moment, even if another user has it now
SELECT modelapi_acl.update_user('stranger', username => 'newcomer') \g /dev/null
SELECT modelapi_acl.release_name('stranger') \g /dev/null
SELECT modelapi_acl.create_user('stranger', 'another@example.com') \g /dev/null
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer') \g /dev/null
SELECT test.moment() AS t8 \gset
SELECT modelapi_acl.access_level_at(test.id('churn'), 'stranger', :'t1') AS stranger_then,
	modelapi_acl.access_level_at(test.id('churn'), 'stranger', :'t8') AS stranger_now,
	modelapi_acl.access_level_at(test.id('churn'), 'newcomer', :'t1') AS newcomer_then,
	modelapi_acl.access_level_at(test.id('churn'), 'STRANGER@example.com', :'t1') AS by_email;
SELECT string_agg(username, ' ') FROM modelapi_acl.who_could(test.id('churn'), 'view', :'t1') WHERE username IN ('stranger', 'newcomer');

-- Visibility, modes and tokens
SELECT id AS token FROM modelapi_acl.create_token(test.id('churn'), 'second', clock_timestamp() + interval '1 day') \gset
SELECT test.moment() AS t9 \gset
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public') \g /dev/null
SELECT modelapi_acl.set_authorization_mode(test.id('churn'), 'unrestricted') \g /dev/null
SELECT modelapi_acl.regenerate_token(:'token') \g /dev/null
SELECT test.moment() AS t10 \gset
SELECT modelapi_acl.revoke_token(:'token') \g /dev/null
UPDATE modelapi_acl.model_apis SET name = 'leavers', invocation_mode = 'async' WHERE id = test.id('churn');
SELECT test.moment() AS t11 \gset
SELECT t, a.visibility, a.authorization_mode, a.invocation_mode,
	(SELECT string_agg(k ->> 'name', ' ') FROM jsonb_array_elements(a.tokens) k) AS tokens,
	a.tokens -> 1 ->> 'expires_at' IS NOT NULL AS second_expires
FROM (VALUES ('private', :'t9'), ('public', :'t10'), ('async', :'t11')) v (t, m),
	modelapi_acl.authorization_at(test.id('churn'), m::timestamptz) a;
SELECT count(*) FROM modelapi_acl.authorization_at(test.id('churn'), '2000-01-01');
-- public: every user who existed and was enabled
SELECT t, count(*), count(*) FILTER (WHERE roads @> '{public}') AS by_visibility
FROM (VALUES ('private', :'t9'), ('public', :'t10')) v (t, m), modelapi_acl.who_could(test.id('churn'), 'view', m::timestamptz) GROUP BY t ORDER BY t;
SELECT count(*) FILTER (WHERE disabled_at IS NULL) AS enabled FROM modelapi_acl.users;

-- The time of the commit counts, not that of the statement; what was rolled back never was
BEGIN;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'sibling', 'owner') \g /dev/null
SAVEPOINT s;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'p_owner', 'viewer') \g /dev/null
ROLLBACK TO s;
SELECT test.moment() AS t12 \gset
SELECT modelapi_acl.access_level_at(test.id('churn'), 'sibling', :'t12') AS not_yet;
COMMIT;
SELECT test.moment() AS t13 \gset
SELECT modelapi_acl.access_level_at(test.id('churn'), 'sibling', :'t12') AS not_then,
	modelapi_acl.access_level_at(test.id('churn'), 'sibling', :'t13') AS afterwards;
BEGIN;
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'sibling') \g /dev/null
ROLLBACK;
SELECT test.moment() AS t14 \gset
SELECT modelapi_acl.access_level_at(test.id('churn'), 'sibling', :'t14') AS still;

-- A REPEATABLE READ transaction cannot ask about moments after its snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT modelapi_acl.access_level_at(test.id('churn'), 'sibling', now()) AS known;
SELECT pg_sleep(0.01), clock_timestamp() AS t \gset
SELECT modelapi_acl.access_level_at(test.id('churn'), 'sibling', :'t');
ROLLBACK;

-- The clock is set back: changes of one object keep their order
SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'stranger', 'owner') \g /dev/null
BEGIN;
SET LOCAL row_security = off;	-- as if the clock had been ahead at that time
UPDATE modelapi_acl_internal.changes SET committed_at = committed_at + '1 s'
WHERE change_id = (SELECT change_id FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1);
UPDATE modelapi_acl.audit_events SET occurred_at = occurred_at + '1 s'
WHERE change_id = (SELECT change_id FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1);
COMMIT;
BEGIN;
SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'stranger', 'viewer') \g /dev/null
SELECT modelapi_acl_internal.current_change() AS change \gset
SELECT username, level_before, level_after FROM modelapi_acl.access_changes();
COMMIT;
SELECT username, level_before, level_after FROM modelapi_acl.access_changes(:'change');
-- a change of another object has the clock's time
SELECT modelapi_acl.add_collaborator(test.id('weather'), 'stranger', 'viewer') \g /dev/null
SELECT max(occurred_at) < clock_timestamp() AS by_the_clock FROM modelapi_acl.audit_events WHERE model_api_id = test.id('weather');
SELECT pg_sleep(1.1) \g /dev/null
SELECT test.moment() AS t16 \gset
SELECT modelapi_acl.access_level_at(test.id('forecast'), 'stranger', :'t16');

-- The history does not depend on the time zone of the session that made a change
SET timezone = 'FAR+160';
SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'stranger', 'editor', now() + interval '1 hour') \g /dev/null
SELECT modelapi_acl.create_token(test.id('forecast'), 'far', now() + interval '1 hour') \g /dev/null
SELECT count(*) AS in_universal_time FROM modelapi_acl.audit_events WHERE new ->> 'expires_at' LIKE '%+00:00' AND model_api_id = test.id('forecast');
RESET timezone;
SELECT test.moment() AS t17 \gset
SELECT modelapi_acl.access_level_at(test.id('forecast'), 'stranger', :'t17');
SELECT jsonb_array_length(tokens) AS tokens FROM modelapi_acl.authorization_at(test.id('forecast'), :'t17');

-- Past members of organizations are shown to users who may see today's members. Users see
-- everything about themselves. p_owner is in no organization; mo_owner is in one.
CREATE PROCEDURE test.look_back(who text, at text) LANGUAGE plpgsql AS $$
BEGIN
	COMMIT;
	SET LOCAL SESSION AUTHORIZATION regress_backend;
	PERFORM modelapi_acl.set_session_user(who);
	CREATE TEMP TABLE told AS SELECT user_id IS NULL AS organization, username, access_level, roads
	FROM modelapi_acl.who_could(test.id('churn'), 'view', at::timestamptz) WHERE username ~ '^(mo_|po_|churn|growth|founder)';
	CREATE TEMP TABLE levels AS SELECT u AS username, modelapi_acl.access_level_at(test.id('churn'), u, at::timestamptz)
	FROM unnest(ARRAY['founder', 'mo_owner', 'mo_viewer', 'm_viewer']) AS u;
	COMMIT;
END
$$;
CALL test.look_back('p_owner', :'t17');
SELECT * FROM told;
SELECT * FROM levels;
DROP TABLE told, levels;
CALL test.look_back('mo_owner', :'t17');
SELECT * FROM told;
SELECT * FROM levels;
DROP TABLE told, levels;

-- Deletion: from then on only the project's owners see the history
SELECT modelapi_acl.delete_model_api(test.id('churn')) \g /dev/null
SELECT test.moment() AS t15 \gset
SELECT modelapi_acl.access_level_at(test.id('churn'), 'founder', :'t14') AS before,
	modelapi_acl.access_level_at(test.id('churn'), 'founder', :'t15') AS after;
SELECT count(*) FROM modelapi_acl.who_could(test.id('churn'), 'view', :'t15');
SELECT count(*) FROM modelapi_acl.authorization_at(test.id('churn'), :'t15');
TRUNCATE test.attempts;
INSERT INTO test.attempts (label, statement) VALUES
	('deleted', $$SELECT modelapi_acl.who_could(test.id('churn'), 'view', now())$$),
	('never there', $$SELECT modelapi_acl.who_could('00000000-0000-0000-0000-000000000000', 'view', now())$$);
DELETE FROM test.users WHERE name = 'p_viewer';		-- this user is deleted as well
CALL test.play();
SELECT * FROM test.outcomes;
-- Nobody can write the history
SET row_security = on;
INSERT INTO modelapi_acl_internal.changes VALUES (gen_random_uuid(), now(), '1');
UPDATE modelapi_acl_internal.changes SET committed_at = now();
DELETE FROM modelapi_acl_internal.changes;
TRUNCATE modelapi_acl_internal.changes;
-- each event belongs to a change that was committed later
SELECT count(*) AS events_without FROM modelapi_acl.audit_events e LEFT JOIN modelapi_acl_internal.changes c USING (change_id)
WHERE c.committed_at IS NULL OR c.committed_at < e.occurred_at;
