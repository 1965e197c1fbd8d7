-- access_changes: which users gained or lost which permissions in a transaction, as a preview
-- before the commit and as a record afterwards. changes_since: the feed of changes.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
-- What the last transaction did, in short: "+all", or +gained -lost
CREATE FUNCTION test.short(gained modelapi_acl.permission[], lost modelapi_acl.permission[]) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', CASE WHEN gained <> '{}' THEN '+' || CASE WHEN cardinality(gained) = 15 THEN 'all' ELSE array_to_string(gained, ',') END END,
		CASE WHEN lost <> '{}' THEN '-' || CASE WHEN cardinality(lost) = 15 THEN 'all' ELSE array_to_string(lost, ',') END END) $$;
CREATE VIEW test.preview AS SELECT model_api_name AS model_api, username, level_before, level_after, test.short(gained, lost)
	FROM modelapi_acl.access_changes();
CREATE VIEW test.record AS SELECT model_api_name AS model_api, username, level_before, level_after, test.short(gained, lost)
	FROM modelapi_acl.access_changes((SELECT change_id FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1));
GRANT SELECT ON test.preview, test.record TO PUBLIC;
\set ECHO all

-- A grant, as the user who gives it sees it before and after the commit
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') IS NOT NULL AS signed_in;
SELECT * FROM test.preview;		-- no changes yet
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'viewer');
SELECT * FROM test.preview;
SAVEPOINT s;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'stranger', 'editor');
SELECT modelapi_acl.remove_collaborator(test.id('churn'), 'm_viewer');
SELECT * FROM test.preview;
ROLLBACK TO s;
SELECT * FROM test.preview;
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('m_owner') IS NOT NULL AS signed_in;
SELECT * FROM test.record;
SELECT * FROM test.preview;		-- this transaction has changed nothing
COMMIT;

-- Not listed, because no permission changes: a grant below what the user has, a level that
-- the user also has through another grant, an expiry in the future
BEGIN;
SELECT modelapi_acl.set_session_user('p_owner') IS NOT NULL AS signed_in;
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'po_owner', 'viewer');
SELECT modelapi_acl.add_collaborator(test.id('churn'), 'm_editor', 'editor', now() + interval '1 day');
SELECT modelapi_acl.set_setting(test.id('churn'), 'replicas', '3');
SELECT * FROM test.preview;
ROLLBACK;

-- By each kind of grant: an organization's grant, a new member, a project grant, the modes
SET SESSION AUTHORIZATION regress_admin;
BEGIN;
SELECT modelapi_acl.add_collaborator(test.id('forecast'), 'churn-viewers', 'editor');
SELECT * FROM test.preview;
ROLLBACK;
BEGIN;
SELECT modelapi_acl.add_organization_member('growth-editors', 'stranger');
SELECT modelapi_acl.remove_organization_member('churn-owners', 'mo_owner');
SELECT * FROM test.preview;
ROLLBACK;
BEGIN;
SELECT modelapi_acl.add_project_collaborator(test.id('growth'), 'm_editor', 'viewer');		-- m_editor may deploy now
SELECT * FROM test.preview;
ROLLBACK;
BEGIN;
SELECT modelapi_acl.set_authorization_mode(test.id('weather'), 'restricted');
SELECT level_before, short, count(*), count(DISTINCT username) FROM test.preview GROUP BY 1, 2 ORDER BY 1, 2;
ROLLBACK;
BEGIN;
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public');
SELECT * FROM test.preview;
ROLLBACK;
BEGIN;
SELECT modelapi_acl.delete_organization('growth-viewers');
SELECT * FROM test.preview;
ROLLBACK;
BEGIN;
SELECT modelapi_acl.transfer_ownership(test.id('forecast'), 'stranger', NULL);
SELECT * FROM test.preview;
ROLLBACK;

-- Users: disabling takes all permissions, enabling restores them, deleting takes them for good
BEGIN;
SELECT modelapi_acl.disable_user('po_editor');
SELECT modelapi_acl.enable_user('disabled');
SELECT modelapi_acl.delete_user('p_viewer');
SELECT modelapi_acl.create_user('somebody', 'somebody@example.com') IS NOT NULL AS created;
SELECT * FROM test.preview;
COMMIT;
SELECT * FROM test.record;

-- A model API that is deleted, and one that is created
BEGIN;
SELECT modelapi_acl.delete_model_api(test.id('forecast'));
SELECT * FROM test.preview;
ROLLBACK;
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('p_editor') IS NOT NULL AS signed_in;
SELECT modelapi_acl.create_model_api(test.id('growth'), 'next') IS NOT NULL AS created;
SELECT * FROM test.preview;
COMMIT;

-- Who sees the record: users who may see who has access. Others see their own line for what
-- they may view; strangers see nothing.
RESET SESSION AUTHORIZATION;
SELECT change_id AS change FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1 \gset
CREATE TABLE test.seen (who text, place int, rows text);
GRANT SELECT, INSERT ON test.seen TO PUBLIC;
SELECT format($$INSERT INTO test.seen SELECT '%%who%%', %%place%%, count(*) || ' rows, ' || coalesce(string_agg(username, ' '), '')
	FROM modelapi_acl.access_changes(%L)$$, :'change') AS statement \gset
DELETE FROM test.users WHERE name IN ('disabled', 'anonymous', 'p_viewer', 'po_editor');
CALL test.each(:'statement');
SELECT rows, string_agg(who, ' ' ORDER BY place) AS who FROM test.seen GROUP BY rows ORDER BY min(place);
SET SESSION AUTHORIZATION regress_person;
SELECT * FROM modelapi_acl.access_changes();
SELECT * FROM modelapi_acl.changes_since();
SET SESSION AUTHORIZATION regress_gateway;
SELECT * FROM modelapi_acl.access_changes();
SELECT * FROM modelapi_acl.changes_since();

-- A user who gives ownership away sees the changes before the commit, and not afterwards
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('sibling') IS NOT NULL AS signed_in;
SELECT modelapi_acl.transfer_ownership(test.id('forecast'), 'stranger', NULL);
SELECT * FROM test.preview;
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT change_id AS change FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1 \gset
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('sibling') IS NOT NULL AS signed_in;
SELECT count(*) FROM modelapi_acl.access_changes(:'change');
COMMIT;

-- The feed: events that the user may read, and the position to go on from
SET SESSION AUTHORIZATION regress_admin;
SELECT count(DISTINCT position) = count(*) AS positions, count(*) = (SELECT count(*) FROM modelapi_acl.audit_events) AS everything FROM modelapi_acl.changes_since();
SELECT position FROM modelapi_acl.changes_since() WITH ORDINALITY ORDER BY ordinality DESC LIMIT 1 \gset
SELECT action, position <> '' AS positioned, committed_at, event_id FROM modelapi_acl.changes_since(:'position');
BEGIN;
SELECT modelapi_acl.set_visibility(test.id('churn'), 'public');
SELECT modelapi_acl.set_visibility(test.id('churn'), 'private');
-- a transaction's own changes appear once it has committed, even if it read the feed itself
SELECT coalesce(action, 'nothing') AS within, position FROM modelapi_acl.changes_since(:'position') \gset
SELECT :'within' AS within;
COMMIT;
SELECT action, object_type, model_api_id = test.id('churn') AS of_churn, committed_at > occurred_at AS committed
FROM modelapi_acl.changes_since(:'position');
SELECT position FROM modelapi_acl.changes_since(:'position') WITH ORDINALITY ORDER BY ordinality DESC LIMIT 1 \gset
SELECT count(action) FROM modelapi_acl.changes_since(:'position');
SET SESSION AUTHORIZATION regress_backend;
BEGIN;
SELECT modelapi_acl.set_session_user('m_editor') IS NOT NULL AS signed_in;
SELECT count(*) > 10 AS some, bool_and(model_api_id = test.id('churn')) AS of_churn_alone FROM modelapi_acl.changes_since();
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('p_editor') IS NOT NULL AS signed_in;
SELECT count(*) = (SELECT count(*) FROM modelapi_acl.audit_events) AS as_audit_events FROM modelapi_acl.changes_since();
COMMIT;
BEGIN;
SELECT modelapi_acl.set_session_user('m_viewer') IS NOT NULL AS signed_in;
SELECT action, event_id, position IS NOT NULL AS positioned FROM modelapi_acl.changes_since();
-- invalid positions
SELECT p, test.outcome(format('SELECT modelapi_acl.changes_since(%L)', p)) FROM (VALUES (''), ('x'), ('1:1:'), ('1-2-3/4:4:'), (NULL)) v (p);
SELECT n, test.outcome(format('SELECT modelapi_acl.changes_since(%L)', replace(:'position', split_part(:'position', '/', 2), n)))
FROM unnest(ARRAY['', '5', '5:', '5:6', '5:6:', '6:5:', '5:6:6', '5:9:7,6', '5:9:6,6', '5:9:6,', '5:9:6,7', '0:0:', '-5:6:', '5:99999999999999999999:', ' 5:6:', '5:6:x', '5:6:5x']) n;
COMMIT;
