-- The answers that an administrator of the demo's world gets, as lines.
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
SET search_path = modelapi_acl;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 'verify_access', count(*), string_agg(v::text, ', ') FROM verify_access(1000) v;
SELECT format('SELECT %L, jsonb_strip_nulls(to_jsonb(t)) FROM %I t ORDER BY to_jsonb(t)::text', c.relname, c.relname)
FROM pg_class c WHERE c.relnamespace = 'modelapi_acl'::regnamespace AND c.relkind = 'r' ORDER BY c.relname \gexec
-- without what tells of requests: asking the gateway is one
SELECT 'access_reviews', to_jsonb(r) - '{age,last_used_at,holder_acted_at,token_last_used_at,token_refused}'::text[] FROM access_reviews r
WHERE finding NOT IN ('token_never_used', 'token_unused', 'token_used_after_leaving', 'token_refused_most') ORDER BY 2;
SELECT 'who_can', m.name, p, w
FROM model_apis m, unnest(enum_range(NULL::permission)) p, who_can(m.id, p) w ORDER BY m.name, p, w;
SELECT 'explain_access', m.name, u.username, p, e
FROM model_apis m, users u, unnest(ARRAY['view', 'deploy_version']::permission[]) p, explain_access(m.id, p, u.username) e
ORDER BY m.name, u.username, p, e;
SELECT 'offboarding_report', u.username, to_jsonb(o) FROM users u, offboarding_report(u.username) o ORDER BY u.username, 3;

-- at each moment of the history
SELECT 'access_level_at', m.name, u.username, t.at, access_level_at(m.id, u.username, t.at)
FROM model_apis m, users u, asked.moments t ORDER BY m.name, u.username, t.at;
SELECT 'who_could', m.name, t.at, w FROM model_apis m, asked.moments t, who_could(m.id, 'view', t.at) w ORDER BY m.name, t.at, w;
SELECT 'authorization_at', m.name, t.at, a FROM model_apis m, asked.moments t, authorization_at(m.id, t.at) a ORDER BY m.name, t.at;
SELECT 'access_changes', c.change_id, a FROM (SELECT DISTINCT change_id FROM audit_events) c, access_changes(c.change_id) a ORDER BY 2, 3;
SELECT 'changes_since', to_jsonb(c) - 'position' FROM changes_since() c ORDER BY c.event_id;
ROLLBACK;
