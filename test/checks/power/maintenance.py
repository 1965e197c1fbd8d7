"""The ways: commands that maintain tables, on the session's own tables with mallory's functions in
them; a superuser runs them on mallory's tables, too."""

from power.rules import MALLORY, Frame, is_superuser
from power.ways import way

OWN = Frame("maintenance")
ALONE = dict(in_transaction=False)
DROP_INDEX = "DROP INDEX own.made"
CREATE_MALLORYS_ALONE = (
	"CREATE TABLE trap.alone AS SELECT 1 AS x;"
	" CREATE INDEX ON trap.alone (trap.f('mallorys alone', x))"
)


def maintenance():
	return [*analyze(), *create_indexes(), *rebuild(), *refresh(), *alone()]


def on_mallorys_table(sql):
	return sql.replace("{own}", "own." + MALLORY).replace("{index}", MALLORY)


def both(title, statement, label, owner=None, clean_up="", **more):
	"""Two ways: on a table of the session's and on one of mallory's

	owner: whose role is current in the code, where it is not the table's owner's"""
	yield way(title, Frame("maintenance", owner), statement, label=label, clean_up=clean_up, **more)
	yield way(
		title + ", on mallory's",
		Frame("maintenance", owner or MALLORY),
		on_mallorys_table(statement),
		label=label,
		clean_up=on_mallorys_table(clean_up),
		runs_in=is_superuser,
		**more,
	)


def analyze():
	gate = "ANALYZE: a superuser's definer, called by mallory's"
	yield from both("ANALYZE: index expression", "ANALYZE {own}_expression", "own expression")
	yield from both("ANALYZE: index predicate", "ANALYZE {own}_predicate", "own predicate")
	yield from both("ANALYZE: statistics' expression", "ANALYZE {own}_statistics", "own statistics")
	yield from both("ANALYZE: a range type's function", "ANALYZE {own}_ranges", "subtype_diff")
	yield from both(gate, "ANALYZE {own}_predicate", "own gate", "postgres")


def create_indexes():
	create, made = "CREATE INDEX made ON {own}_bare ", dict(label="made", clean_up=DROP_INDEX)
	alter = "ALTER TABLE {own}_bare "
	exclude = "ADD CONSTRAINT made EXCLUDE USING btree (trap.f('made', x) WITH pg_catalog.=)"
	definer = ("CREATE INDEX: definer's expression", create + "(trap.f_definer('made', x))")
	yield from both("CREATE INDEX: expression", create + "(trap.f('made', x))", **made)
	yield from both(*definer, owner=MALLORY, **made)
	yield from both("CREATE INDEX: predicate", create + "(x) WHERE trap.p('made', x)", **made)
	drop = alter + "DROP CONSTRAINT made"
	yield from both("EXCLUDE", alter + exclude, "made", clean_up=drop)


def rebuild():
	alter, label = "ALTER TABLE {own}_expression ", "own expression"
	add, drop = alter + "ADD COLUMN z float DEFAULT random()", alter + "DROP COLUMN z"
	cluster = "CLUSTER {own}_expression USING {index}_expression_x"
	yield from both("REINDEX", "REINDEX TABLE {own}_expression", label)
	yield from both("CLUSTER", cluster, label)
	yield from both("ALTER TABLE that rewrites: index", add, label, clean_up=drop)


def refresh():
	refresh = "REFRESH MATERIALIZED VIEW"
	yield from both(refresh, refresh + " {own}_view", "own view")
	yield from both(
		refresh + " CONCURRENTLY", refresh + " CONCURRENTLY {own}_view", label="own view"
	)
	yield from both(
		"brin_summarize_range",
		"SELECT brin_desummarize_range('{own}_brin_x', 0), brin_summarize_range('{own}_brin_x', 0)",
		"own brin",
	)
	yield way(
		"CREATE MATERIALIZED VIEW",
		OWN,
		"CREATE MATERIALIZED VIEW own.made AS SELECT trap.f('made', x) FROM trap.common",
		label="made",
		clean_up="DROP MATERIALIZED VIEW own.made",
	)
	yield way(
		"bt_index_check",
		OWN,
		"SELECT bt_index_check('{own}_expression_x', true)",
		label="own expression",
		runs_in=is_superuser,
	)


def alone():
	"""Commands that run outside a transaction, and one that maintains all tables"""
	create = "CREATE INDEX CONCURRENTLY made ON {own}_bare (trap.f('made', x))"
	reindex, label = "REINDEX TABLE CONCURRENTLY {own}_expression", "own expression"
	yield from both("CREATE INDEX CONCURRENTLY", create, "made", clean_up=DROP_INDEX, **ALONE)
	yield from both("REINDEX CONCURRENTLY", reindex, label, **ALONE)
	yield from both("VACUUM FULL", "VACUUM FULL {own}_expression", label, **ALONE)
	yield from both("VACUUM ANALYZE", "VACUUM ANALYZE {own}_expression", label, **ALONE)
	yield way(
		"ANALYZE of the whole database",
		Frame("maintenance", MALLORY),
		"ANALYZE",
		label="mallorys alone",
		runs_in=is_superuser,
		create=CREATE_MALLORYS_ALONE,
		drop="DROP TABLE trap.alone",
	)
