-- What non_interference reads of the tables beside their rows; {relations} is the first query. A
-- session can name these relations without USAGE on the schemas, and read them without any privilege
-- on the tables.

-- name: relations
SELECT c.oid, COALESCE('of ' || t.relname, c.relname) AS relname, c.relkind
FROM pg_class c
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_class t ON t.reltoastrelid IN (c.oid, i.indrelid) AND t.reltoastrelid <> 0
WHERE COALESCE(t.relnamespace, c.relnamespace)
		IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'modelapi\_acl%')
	AND c.relkind IN ('r', 'i', 't');

-- name: counters of the transaction
SELECT r.relname, pg_stat_get_xact_numscans(r.oid),
	pg_stat_get_xact_tuples_returned(r.oid), pg_stat_get_xact_tuples_fetched(r.oid),
	pg_stat_get_xact_tuples_inserted(r.oid), pg_stat_get_xact_tuples_updated(r.oid),
	pg_stat_get_xact_tuples_deleted(r.oid), pg_stat_get_xact_blocks_fetched(r.oid)
FROM ({relations}) r ORDER BY 1, r.relkind;

-- name: locks
-- without the pages of indexes, see residues.py
SELECT DISTINCT r.relname, l.locktype, CASE WHEN r.relkind <> 'i' THEN l.page END, l.tuple, l.mode
FROM pg_locks l JOIN ({relations}) r ON r.oid = l.relation
WHERE l.pid = pg_backend_pid() ORDER BY 1, 2, 3, 4, 5;

-- name: statistics: pg_class
-- without partial indexes and the index of words, see residues.py
SELECT relname, relpages, reltuples, relallvisible FROM pg_class
WHERE oid IN (SELECT oid FROM ({relations}) r)
	AND oid NOT IN (SELECT i.indexrelid FROM pg_index i
		JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
		WHERE i.indpred IS NOT NULL OR a.amname = 'gin') ORDER BY 1;

-- name: statistics: pg_stats
SELECT schemaname, tablename, attname, null_frac, avg_width, n_distinct, most_common_vals,
	most_common_freqs, histogram_bounds, correlation
FROM pg_stats WHERE schemaname LIKE 'modelapi%' ORDER BY 1, 2, 3;

-- name: statistics: pg_statistic
SELECT s::text FROM pg_statistic s WHERE starelid IN (SELECT oid FROM ({relations}) r)
ORDER BY starelid, staattnum;

-- name: statistics: tables, cumulative
SELECT relname, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch, n_tup_ins, n_tup_upd, n_tup_del,
	n_tup_hot_upd, n_live_tup, n_dead_tup, n_mod_since_analyze, n_ins_since_vacuum
FROM pg_stat_all_tables WHERE schemaname LIKE 'modelapi%' ORDER BY 1;

-- name: statistics: indexes, cumulative
SELECT indexrelname, idx_scan, idx_tup_read, idx_tup_fetch
FROM pg_stat_all_indexes WHERE schemaname LIKE 'modelapi%' ORDER BY 1;

-- name: statistics: blocks, cumulative
-- Blocks from memory and from disk are added up: which they are depends on the machine.
SELECT relname, 'blocks ' || heap_blks_read + heap_blks_hit,
	'blocks ' || idx_blks_read + idx_blks_hit
FROM pg_statio_all_tables WHERE schemaname LIKE 'modelapi%' ORDER BY 1;

-- name: statistics: functions, cumulative
SELECT funcname, calls FROM pg_stat_user_functions ORDER BY 1;

-- name: statistics: sizes
-- Without partial indexes and the index of words, see residues.py; so not pg_total_relation_size(),
-- which includes them. A TOAST table and its index have the same name here: the order includes the
-- sizes.
SELECT relname, pg_relation_size(oid), pg_table_size(oid) FROM ({relations}) r
WHERE oid NOT IN (SELECT i.indexrelid FROM pg_index i
	JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
	WHERE i.indpred IS NOT NULL OR a.amname = 'gin') ORDER BY 1, 2, 3;

-- name: statistics: definitions of indexes
SELECT i.indexrelid::int, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indexrelid IN (SELECT oid FROM ({relations}) r) ORDER BY 1;
