-- The answers that a user of the demo's world, :who, gets, as lines. The schema "asked" has all
-- ids, of hidden rows too.
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
SET search_path = modelapi_acl;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT set_session_user(:'who') \g /dev/null
SELECT 'current_user_id', current_user_id();

SELECT 'has_permission', m.name, p, has_permission(m.id, p)
FROM asked.model_apis m, unnest(enum_range(NULL::permission)) p ORDER BY m.name, p;
SELECT 'my_permissions', m.name, my_permissions(m.id), effective_access_level(m.id) FROM asked.model_apis m ORDER BY m.name;
SELECT 'my_project_permissions', p.name, my_project_permissions(p.id) FROM asked.projects p ORDER BY p.name;
SELECT 'has_project_permission', o.name, p, has_project_permission(o.id, p)
FROM asked.projects o, unnest(enum_range(NULL::project_permission)) p ORDER BY o.name, p;
SELECT 'list_model_apis', p, m.name FROM unnest(enum_range(NULL::permission)) p, list_model_apis(p) m ORDER BY p, m.name;
SELECT 'search_model_apis', q, m.name
FROM unnest(ARRAY['text', 'translation', 'mistral', 'images', 'forecast of time series', 'whis']) q, search_model_apis(q) m ORDER BY q, m.name;

-- rows, by the policies alone; without NULLs, since a column that a later version adds is NULL in them
SELECT format('SELECT %L, jsonb_strip_nulls(to_jsonb(t)) FROM %I t ORDER BY to_jsonb(t)::text', c.relname, c.relname)
FROM pg_class c WHERE c.relnamespace = 'modelapi_acl'::regnamespace AND c.relkind = 'r' ORDER BY c.relname \gexec
-- without what tells of requests: asking the gateway is one
SELECT 'access_reviews', to_jsonb(r) - '{age,last_used_at,holder_acted_at,token_last_used_at,token_refused}'::text[] FROM access_reviews r
WHERE finding NOT IN ('token_never_used', 'token_unused', 'token_used_after_leaving', 'token_refused_most') ORDER BY 2;

SELECT 'explain_access', m.name, p, e
FROM list_model_apis() m, unnest(ARRAY['view', 'edit_settings', 'deploy_version', 'invoke', 'delete']::permission[]) p, explain_access(m.id, p) e
ORDER BY m.name, p, e;
SELECT 'who_can', m.name, p, w
FROM list_model_apis('view_collaborators') m, unnest(ARRAY['view', 'deploy_version', 'delete']::permission[]) p, who_can(m.id, p) w
ORDER BY m.name, p, w;
SELECT 'changes_since', to_jsonb(c) - 'position' FROM changes_since() c ORDER BY c.event_id;
ROLLBACK;
