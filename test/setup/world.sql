-- The world of the regression tests. Every regression test includes this file first, so that it
-- can run alone. Everything is created anew, except roles of the cluster.
--
-- Users are named after the way in which they have access to model API "churn" (private,
-- restricted, sync) of project "growth":
--
--	founder		created the project and its model APIs: owner of each
--	m_owner, m_editor, m_viewer		by their own grant on churn
--	mo_owner, mo_editor, mo_viewer	by a grant to their organization on churn
--	p_owner, p_editor, p_viewer		by their own grant on growth
--	po_owner, po_editor, po_viewer	by a grant to their organization on growth
--	expired		was an owner of churn until yesterday
--	disabled	is an owner of churn, but disabled
--	sibling		owns "forecast", the other model API of growth, and nothing else
--	stranger	has an account
--
-- Model APIs in growth: churn; forecast (private, restricted, async); weather
-- (public, unrestricted, sync).

SET client_min_messages = error;	-- hide the warning that roles already have members
-- with discarded caches (test/long/builds.sh) this would take longer than the test itself
SET debug_discard_caches = 0;
DROP EXTENSION IF EXISTS modelapi_acl CASCADE;
DROP SCHEMA IF EXISTS modelapi_acl, test CASCADE;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION modelapi_acl;

DO $$
DECLARE r record;
BEGIN
	FOR r IN VALUES
		('regress_backend', 'LOGIN', 'modelapi_acl_backend'),
		('regress_web', 'LOGIN NOINHERIT', 'modelapi_acl_authenticator, modelapi_acl_user'),
		('regress_person', 'LOGIN', 'modelapi_acl_user'),
		('regress_gateway', 'LOGIN', 'modelapi_acl_gateway'),
		('regress_identity_gateway', 'LOGIN', 'modelapi_acl_identity_gateway'),
		('regress_log_writer', 'LOGIN', 'modelapi_acl_log_writer'),
		('regress_admin', 'LOGIN', 'modelapi_acl_admin'),
		('regress_nobody', 'LOGIN', NULL)
	LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r.column1) THEN
			EXECUTE format('CREATE ROLE %I %s', r.column1, r.column2);
		END IF;
		IF r.column3 IS NOT NULL THEN
			EXECUTE format('GRANT %s TO %I', r.column3, r.column1);
		END IF;
	END LOOP;
END
$$;

CREATE SCHEMA test;
GRANT USAGE ON SCHEMA test TO PUBLIC;

-- Ids are random: tests use names instead.
CREATE TABLE test.things (name text PRIMARY KEY, id uuid NOT NULL);
GRANT SELECT, INSERT, UPDATE ON test.things TO PUBLIC;
CREATE FUNCTION test.id(name text) RETURNS uuid LANGUAGE sql STABLE
	AS 'SELECT t.id FROM test.things t WHERE t.name = $1';
CREATE FUNCTION test.name(id uuid) RETURNS text LANGUAGE sql STABLE
	AS 'SELECT min(t.name) FROM test.things t WHERE t.id = $1';
CREATE FUNCTION test.remember(name text, id uuid) RETURNS void LANGUAGE sql
	AS 'INSERT INTO test.things VALUES ($1, $2) ON CONFLICT ON CONSTRAINT things_pkey DO UPDATE SET id = EXCLUDED.id';

-- Runs a statement and undoes it. Returns "ok", with the number of
-- rows of anything but a function call, or SQLSTATE, message, detail and hint.
CREATE FUNCTION test.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
	state text; message text; detail text; hint text;
BEGIN
	BEGIN
		EXECUTE statement;
		GET DIAGNOSTICS n = ROW_COUNT;
		RAISE EXCEPTION USING ERRCODE = 'UNDO1';
	EXCEPTION
		WHEN SQLSTATE 'UNDO1' THEN
			RETURN 'ok' || CASE WHEN statement ~* '^\s*select' THEN '' ELSE ', ' || n || ' rows' END;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
				detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
			RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
	END;
END
$$;
-- An outcome without ids and times, which differ between runs.
CREATE FUNCTION test.mask(outcome text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace($1, 'Failing row contains .*', 'Failing row ...'),
		'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '(id)', 'g') $$;
-- The SQLSTATE alone, or "ok", for wide tables of outcomes.
CREATE FUNCTION test.outcome(statement text) RETURNS text LANGUAGE sql
	AS $$ SELECT split_part(test.try($1), ' | ', 1) $$;

-- Every user makes every attempt: test.play() runs test.attempts as each user below, in one
-- transaction for each user, as an application backend, and undoes them. test.outcomes groups
-- the users who got the same outcome.
CREATE TABLE test.users (place serial, name text);
INSERT INTO test.users (name) SELECT unnest(ARRAY['founder', 'm_owner', 'mo_owner',
	'p_owner', 'po_owner', 'm_editor', 'mo_editor', 'p_editor', 'po_editor',
	'm_viewer', 'mo_viewer', 'p_viewer', 'po_viewer', 'sibling', 'expired',
	'stranger', 'disabled', 'anonymous']);
CREATE TABLE test.attempts (place serial, label text, statement text);
CREATE TABLE test.results (who text, attempt int, outcome text);
GRANT SELECT ON test.users, test.attempts TO PUBLIC;
GRANT SELECT, INSERT ON test.results TO PUBLIC;
CREATE PROCEDURE test.play() LANGUAGE plpgsql AS $$
DECLARE
	u record;
	a record;
BEGIN
	DELETE FROM test.results;
	FOR u IN SELECT * FROM test.users ORDER BY place LOOP
		COMMIT;
		SET LOCAL SESSION AUTHORIZATION regress_backend;
		BEGIN
			PERFORM modelapi_acl.set_session_user(nullif(u.name, 'anonymous'));
		EXCEPTION WHEN SQLSTATE 'PT401' THEN	-- the disabled user
		END;
		FOR a IN SELECT * FROM test.attempts ORDER BY place LOOP
			INSERT INTO test.results
			VALUES (u.name, a.place, test.outcome(replace(a.statement, '%who%', u.name)));
		END LOOP;
		COMMIT;
	END LOOP;
END
$$;
-- The same for one statement, which keeps its results in a table.
CREATE PROCEDURE test.each(statement text) LANGUAGE plpgsql AS $$
DECLARE
	u record;
BEGIN
	FOR u IN SELECT * FROM test.users ORDER BY place LOOP
		COMMIT;
		SET LOCAL SESSION AUTHORIZATION regress_backend;
		BEGIN
			PERFORM modelapi_acl.set_session_user(nullif(u.name, 'anonymous'));
		EXCEPTION WHEN SQLSTATE 'PT401' THEN	-- the disabled user
		END;
		EXECUTE replace(replace(statement, '%who%', u.name), '%place%', u.place::text);
		COMMIT;
	END LOOP;
END
$$;
CREATE VIEW test.outcomes AS
SELECT CASE WHEN row_number() OVER (PARTITION BY a.place ORDER BY min(u.place)) = 1
		THEN a.label ELSE '' END AS attempt,
	r.outcome, string_agg(u.name, ' ' ORDER BY u.place) AS who
FROM test.results r JOIN test.attempts a ON a.place = r.attempt
	JOIN test.users u ON u.name = r.who
GROUP BY a.place, a.label, r.outcome
ORDER BY a.place, min(u.place);

-- Users
SELECT test.remember(u, modelapi_acl.create_user(u, u || '@example.com', NULL, 'sub-' || u))
FROM unnest(ARRAY['founder', 'm_owner', 'm_editor', 'm_viewer',
	'mo_owner', 'mo_editor', 'mo_viewer', 'p_owner', 'p_editor', 'p_viewer',
	'po_owner', 'po_editor', 'po_viewer', 'expired', 'disabled', 'sibling',
	'stranger']) AS u \g /dev/null

-- What the founder creates
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT test.remember('growth', modelapi_acl.create_project('growth')) \g /dev/null
SELECT test.remember('churn', modelapi_acl.create_model_api(test.id('growth'), 'churn',
	'who is about to leave')) \g /dev/null
SELECT test.remember('forecast', modelapi_acl.create_model_api(test.id('growth'), 'forecast',
	'next month''s sales', invocation_mode => 'async')) \g /dev/null
SELECT test.remember('weather', modelapi_acl.create_model_api(test.id('growth'), 'weather',
	'tomorrow''s rain', 'public', 'unrestricted')) \g /dev/null
DO $$
DECLARE l text;
BEGIN
	FOREACH l IN ARRAY ARRAY['owner', 'editor', 'viewer'] LOOP
		PERFORM modelapi_acl.add_collaborator(test.id('churn'), 'm_' || l, l::modelapi_acl.access_level);
		PERFORM modelapi_acl.add_project_collaborator(test.id('growth'), 'p_' || l, l::modelapi_acl.access_level);
		PERFORM test.remember('churn-' || l || 's', modelapi_acl.create_organization('churn-' || l || 's'));
		PERFORM modelapi_acl.add_organization_member('churn-' || l || 's', 'mo_' || l);
		PERFORM modelapi_acl.add_collaborator(test.id('churn'), 'churn-' || l || 's', l::modelapi_acl.access_level);
		PERFORM test.remember('growth-' || l || 's', modelapi_acl.create_organization('growth-' || l || 's'));
		PERFORM modelapi_acl.add_organization_member('growth-' || l || 's', 'po_' || l);
		PERFORM modelapi_acl.add_project_collaborator(test.id('growth'), 'growth-' || l || 's', l::modelapi_acl.access_level);
	END LOOP;
END
$$;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'expired', 'owner', now() + interval '1 day') \g /dev/null
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'disabled', 'owner') \g /dev/null
SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'sibling', 'owner') \g /dev/null
SELECT modelapi_acl.set_setting(test.id('churn'), 'replicas', '2') \g /dev/null
SELECT test.remember('churn v1', id) FROM modelapi_acl.publish_version(test.id('churn'),
	'{"image": "churn:1"}', 'first') \g /dev/null
SELECT test.remember('weather v1', id) FROM modelapi_acl.publish_version(test.id('weather'),
	'{"image": "weather:1"}', 'first') \g /dev/null
SELECT test.remember('churn token', id) FROM modelapi_acl.create_token(test.id('churn'), 'dashboard') \g /dev/null
COMMIT;
SELECT modelapi_acl.disable_user('disabled') \g /dev/null
-- One grant has expired since yesterday; only a restore may write an expiry in the past
SET row_security = off;
UPDATE modelapi_acl.model_api_collaborators SET expires_at = now() - interval '1 day'
WHERE user_id = test.id('expired');
RESET row_security;
INSERT INTO modelapi_acl.model_api_logs (model_api_id, version_id, message)
VALUES (test.id('churn'), test.id('churn v1'), 'started');
RESET client_min_messages;
RESET debug_discard_caches;
