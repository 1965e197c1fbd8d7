"""The ways: code that runs in a query."""

from power.rules import IN_SESSION, MALLORYS_DEFINER, is_no_superuser
from power.ways import way

CREATE_FOLDED = (
	"CREATE TABLE trap.folded (x int);"
	" GRANT SELECT ON trap.folded TO PUBLIC;"
	" CREATE INDEX ON trap.folded ((trap.f('folded', 1) + x))"
)
PREPARE_LATERAL = (
	"PREPARE p AS SELECT l FROM generate_series(1, 2) g,"
	" LATERAL (SELECT trap.probe('prepared') OFFSET g - g) l"
)
DO_WITH_SAVEPOINT = (
	"DO $$ BEGIN BEGIN PERFORM 1/0;"
	" EXCEPTION WHEN OTHERS THEN PERFORM trap.probe('savepoint'); END; END $$"
)


def reads():
	return [*views(), *planning(), *policies(), *expressions(), *cursors(), *event_triggers()]


def views():
	read = "SELECT * FROM trap.viewed"
	return [
		way("view", IN_SESSION, read),
		way(
			"view with security_invoker",
			IN_SESSION,
			read,
			label="view",
			create="ALTER VIEW trap.viewed SET (security_invoker = true)",
			drop="ALTER VIEW trap.viewed RESET (security_invoker)",
		),
		way("view's WHERE", IN_SESSION, "SELECT * FROM trap.viewed_where"),
		way("view of a definer", MALLORYS_DEFINER, "SELECT * FROM trap.viewed_definer"),
	]


def planning():
	"""What the planner evaluates"""
	operator = "EXPLAIN SELECT * FROM trap.common WHERE x OPERATOR(trap.===) 1"
	return [
		way("constant while planning", IN_SESSION, "EXPLAIN SELECT * FROM trap.viewed_constant"),
		way(
			"constant in an index, while planning",
			IN_SESSION,
			"SELECT * FROM trap.folded",
			label="folded",
			create=CREATE_FOLDED,
			prepare=("REINDEX TABLE trap.folded",),
			drop="DROP TABLE trap.folded",
		),
		way("operator while planning", IN_SESSION, operator),
	]


def policies():
	read, write = "SELECT * FROM trap.guarded", "INSERT INTO trap.guarded VALUES (1)"
	below = "SELECT * FROM trap.viewed_forced"
	return [
		way("policy", IN_SESSION, read, runs_in=is_no_superuser),
		way("policy's WITH CHECK", IN_SESSION, write, runs_in=is_no_superuser),
		way("policy below a view", IN_SESSION, below, runs_in=lambda s: not s.row_security_off),
	]


def expressions():
	return [
		way("cast", IN_SESSION, "SELECT ROW(1)::trap.number::int"),
		way(
			"cast by assignment",
			IN_SESSION,
			"INSERT INTO trap.domains VALUES (ROW(1)::trap.number)",
			label="cast",
		),
		way("cast in to_json", IN_SESSION, "SELECT to_json('fair'::trap.mood)"),
		way("operator", IN_SESSION, "SELECT 1 OPERATOR(trap.#) 1"),
		way(
			"operator by search_path",
			IN_SESSION,
			"SET LOCAL search_path = trap, pg_catalog",
			"SELECT 1 # 1",
			label="operator",
		),
		way("aggregate", IN_SESSION, "SELECT trap.collect(1)"),
		way("function", IN_SESSION, "SELECT trap.probe('function')"),
		way(
			"function that is inlined",
			IN_SESSION,
			"SELECT trap.inlined('inlined')",
			label="inlined",
		),
		way(
			"function in LATERAL, of a prepared statement",
			IN_SESSION,
			"DEALLOCATE ALL",
			PREPARE_LATERAL,
			"EXECUTE p",
			label="prepared",
		),
		way("DO block", IN_SESSION, "DO $$ BEGIN PERFORM trap.probe('DO'); END $$", label="DO"),
		way("function with savepoint", IN_SESSION, DO_WITH_SAVEPOINT, label="savepoint"),
	]


def cursors():
	fetch = "FETCH ALL FROM trapped"
	hold = dict(label="cursor WITH HOLD", at_commit=True, leaves_cursor=True)
	return [
		way("another role's cursor", IN_SESSION, "SELECT trap.open()", fetch, label="cursor"),
		way("a definer's cursor", IN_SESSION, "SELECT trap.open_definer()", fetch, label="cursor"),
		way(
			"a cursor that a definer fetches from",
			MALLORYS_DEFINER,
			"SELECT trap.open()",
			"SELECT trap.fetch_definer('trapped')",
			label="cursor",
		),
		way("cursor WITH HOLD, at COMMIT", IN_SESSION, "SELECT trap.open_held()", **hold),
		way(
			"a definer's cursor WITH HOLD, at COMMIT",
			IN_SESSION,
			"SELECT trap.open_held_definer()",
			**hold,
		),
	]


def event_triggers():
	def event_trigger(title, frame, event, function="on_event", **more):
		create = "CREATE EVENT TRIGGER trapped ON %s EXECUTE FUNCTION trap.%s()"
		return way(
			title,
			frame,
			"CREATE TEMP TABLE x ()",
			"DROP TABLE x",
			create_as_superuser=create % (event, function),
			drop="DROP EVENT TRIGGER trapped",
			**more,
		)

	definer = ("event trigger, definer", MALLORYS_DEFINER, "ddl_command_start")
	return [
		event_trigger("event trigger", IN_SESSION, "ddl_command_end"),
		event_trigger("event trigger on sql_drop", IN_SESSION, "sql_drop", label="event trigger"),
		event_trigger(*definer, function="on_event_definer"),
	]
