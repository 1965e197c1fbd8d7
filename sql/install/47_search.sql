-- Search: the words of a text, the ranking of matches, and the public functions. The
-- queries that the search runs are in 58_internal_statements.sql.

CREATE FUNCTION modelapi_acl_internal.search_words(text) RETURNS tsvector
	LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'modelapi_acl_search_words_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.search_words(text) IS
'The words by which search finds a text';

CREATE FUNCTION modelapi_acl_internal.search_document(name text, description text) RETURNS tsvector
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT setweight(modelapi_acl_internal.search_words($1), 'A')
		|| setweight(modelapi_acl_internal.search_words(COALESCE($2, '')), 'B');
END;
COMMENT ON FUNCTION modelapi_acl_internal.search_document(text, text) IS
'The search document of a model API: the words of its name, and with less weight those of its description';

CREATE FUNCTION modelapi_acl_internal.search_rank(
	name text, document tsvector, words tsquery, words_in_name tsquery, keys bytea) RETURNS integer
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'modelapi_acl_search_rank_1_0';
COMMENT ON FUNCTION modelapi_acl_internal.search_rank(text, tsvector, tsquery, tsquery, bytea) IS
'How well a model API matches a search query; a lower rank is better';

CREATE FUNCTION modelapi_acl.search_places(query text)
	RETURNS TABLE (model_api_id uuid, place bigint)
	LANGUAGE c STRICT STABLE PARALLEL RESTRICTED COST 1000 ROWS 1000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'modelapi_acl_search_places_1_1';
COMMENT ON FUNCTION modelapi_acl.search_places(text) IS
'The ids of the model APIs that search_model_apis returns for a query, with their positions, from 1; for joins';

-- search_places says which rows, in which order; the caller's policies apply to them. OFFSET
-- 0 makes it one lookup by id for each row that is fetched. The planner knows that a
-- function returns rows in the order of their ordinality, so LIMIT stops early.
-- The body is a string for the same reason as that of list_model_apis.
CREATE FUNCTION modelapi_acl.search_model_apis(query text) RETURNS SETOF modelapi_acl.model_apis
	LANGUAGE sql STABLE PARALLEL RESTRICTED
AS $body$
	SELECT m.*
	FROM modelapi_acl.search_places($1) WITH ORDINALITY AS s (model_api_id, place, number) CROSS JOIN LATERAL (
		SELECT f.* FROM modelapi_acl.model_apis AS f
		WHERE f.id OPERATOR(pg_catalog.=) s.model_api_id OFFSET 0) AS m
	ORDER BY s.number
$body$;
COMMENT ON FUNCTION modelapi_acl.search_model_apis(text) IS
'The model APIs that the current user may view and that match a query by id, name or description, best match first; a word matches as a prefix; quotation marks, "or" and "-" work as in web search';
