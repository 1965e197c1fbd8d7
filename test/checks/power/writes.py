"""The ways: code that runs in a statement that writes to a table of mallory's, or that rewrites a
table of the session's."""

from power.rules import IN_SESSION, MALLORYS_DEFINER, after_trigger, is_superuser
from power.ways import way

INSERT = "INSERT INTO trap.written VALUES (1)"
UPDATE = "UPDATE trap.written SET x = 2"
DELETE = "DELETE FROM trap.written"


def writes(version):
	"""version: of the server"""
	return [
		*expressions(),
		*triggers(),
		*deferred_triggers(version),
		*other_statements(),
		*other_relations(),
		*rewrites(),
	]


def expressions():
	titles = ("index expression", "index predicate", "generated column", "CHECK", "trigger's WHEN")
	return [
		*(way(title, IN_SESSION, INSERT) for title in titles),
		way("default", IN_SESSION, "INSERT INTO trap.written DEFAULT VALUES"),
		way("index expression, definer", MALLORYS_DEFINER, INSERT),
	]


def triggers():
	events = (("insert", INSERT), ("update", UPDATE), ("delete", DELETE))
	return [
		way(" ".join((time, event, what)), IN_SESSION, statement, prepare=(INSERT,))
		for time in ("before", "after")
		for event, statement in events
		for what in ("row", "statement")
	] + [way("trigger, definer", MALLORYS_DEFINER, INSERT)]


def deferred_triggers(version):
	immediate, label = "SET CONSTRAINTS ALL IMMEDIATE", dict(label="deferred trigger")
	return [
		way("deferred trigger at COMMIT", IN_SESSION, INSERT, at_commit=True, **label),
		way("deferred trigger at SET CONSTRAINTS", IN_SESSION, INSERT, immediate, **label),
		way("deferred trigger, definer", MALLORYS_DEFINER, INSERT, immediate),
		way(
			"deferred trigger that a definer queued",
			after_trigger(version, MALLORYS_DEFINER),
			"SELECT trap.write_definer()",
			immediate,
			**label,
		),
	]


def other_statements():
	return [
		way("TRUNCATE trigger", IN_SESSION, "TRUNCATE trap.written"),
		way(
			"INSERT below ON CONFLICT",
			IN_SESSION,
			INSERT + " ON CONFLICT DO NOTHING",
			label="index expression",
		),
		way(
			"COPY FROM",
			IN_SESSION,
			"COPY trap.written (x) FROM PROGRAM 'echo 1'",
			label="CHECK",
			runs_in=is_superuser,
		),
	]


def other_relations():
	return [
		way("partition key", IN_SESSION, "INSERT INTO trap.parted VALUES (1)"),
		way("domain", IN_SESSION, "INSERT INTO trap.domains VALUES (1)"),
		way("INSTEAD OF trigger", IN_SESSION, "INSERT INTO trap.insteads VALUES (1)"),
		way("rule", IN_SESSION, "INSERT INTO trap.ruled VALUES (1)"),
		way("INSTEAD rule", IN_SESSION, "UPDATE trap.ruled SET x = 1"),
	]


def rewrites():
	alter = "ALTER TABLE {own}_plain "
	generated = "ADD COLUMN y int GENERATED ALWAYS AS (trap.f('own generated', x)) STORED"
	return [
		way(
			"ALTER TABLE that rewrites: generated column",
			IN_SESSION,
			alter + generated,
			label="own generated",
			clean_up=alter + "DROP COLUMN y",
		),
		way(
			"ALTER TABLE … USING",
			IN_SESSION,
			alter + "ALTER COLUMN x TYPE int USING trap.f('using', x)",
			label="using",
		),
		way(
			"ALTER TABLE … ADD CHECK",
			IN_SESSION,
			alter + "ADD CONSTRAINT made CHECK (trap.p('added', x))",
			label="added",
			clean_up=alter + "DROP CONSTRAINT made",
		),
	]
