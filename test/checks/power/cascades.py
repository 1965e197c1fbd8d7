"""The ways: the action or check of a foreign key with which an application's table, mallory's,
refers to model_apis."""

from collections.abc import Callable
from dataclasses import dataclass

from harness import read_queries
from power.rules import MALLORYS_CASCADE, after_trigger, may_write
from power.ways import way

SQL = read_queries("power_cascades")
CREATE_MODEL_API = SQL["create a model API"]
SET_NULL = "SET NULL"
DEFERRED = " DEFERRABLE INITIALLY DEFERRED"
CHECK = ", CHECK (trap.p('cascade', (id IS NULL)::int))"
GENERATED = ", y int GENERATED ALWAYS AS (trap.f('cascade', (id IS NULL)::int)) STORED"


@dataclass
class Deletion:
	"""How a row of the extension's is deleted, and the row that refers to it

	target: the table that is referred to, and its columns
	row: the row of trap.app, as a query
	"""

	action: str
	target: str
	row: str = "(SELECT test.id('doomed'))"
	columns: str = "id uuid"  # of trap.app, before REFERENCES
	names: str = "id"  # of these columns
	prepare_as_sibling: tuple = ()
	prepare: tuple = ()
	runs_in: Callable = may_write
	latches: bool | None = True

	def insert(self):
		return "INSERT INTO trap.app (%s) %s" % (self.names, self.row)


DELETE_MODEL_API = Deletion(
	"SELECT modelapi_acl.delete_model_api(test.id('doomed'))",
	"model_apis",
	prepare_as_sibling=(CREATE_MODEL_API,),
)


def cascade(
	title,
	frame,
	code="",
	deletion=DELETE_MODEL_API,
	on_delete="CASCADE",
	constraints="",
	columns=None,
	before="",
	**more,
):
	"""A way

	code: what creates mallory's code on trap.app
	constraints: what follows in the definition of trap.app
	columns: those of trap.app, instead of the deletion's
	before: what is created before trap.app
	"""
	table = SQL["table"].format(
		columns=columns or deletion.columns,
		target=deletion.target,
		on_delete=on_delete,
		constraints=constraints,
	)
	arguments = dict(
		label="cascade",
		runs_in=deletion.runs_in,
		latches=deletion.latches,
		prepare_as_sibling=deletion.prepare_as_sibling,
		prepare=(*deletion.prepare, deletion.insert()),
		create=";\n".join(sql for sql in (before, table, code) if sql),
		drop="DROP TABLE IF EXISTS trap.app_below, trap.app",
		deletes_model_api=deletion is DELETE_MODEL_API,
	)
	return way(title, frame, deletion.action, **{**arguments, **more})


def trigger(time, event="DELETE", what="ROW", function="on_row", table="app"):
	"""What creates a trigger"""
	return SQL["trigger"].format(time=time, event=event, what=what, function=function, table=table)


def cascades(version):
	"""version: of the server"""
	after = after_trigger(version, MALLORYS_CASCADE)
	return [*triggers(after), *other_code(), *set_null(after), cast()]


def triggers(after):
	"""after: the frame of an AFTER trigger"""
	definer, frame = dict(function="on_row_definer"), MALLORYS_CASCADE
	before_statement, after_statement = (
		trigger(time, what="STATEMENT") for time in ("BEFORE", "AFTER")
	)
	return [
		cascade("cascade: before delete row", frame, trigger("BEFORE")),
		cascade("cascade: before delete statement", frame, before_statement),
		cascade("cascade: after delete row", after, trigger("AFTER")),
		cascade("cascade: after delete statement", after, after_statement),
		cascade("cascade: before delete row, definer", frame, trigger("BEFORE", **definer)),
		cascade("cascade: after delete row, definer", frame, trigger("AFTER", **definer)),
		cascade("cascade: after delete row's WHEN", frame, SQL["condition of a trigger"]),
		cascade("cascade: deferred trigger", after, SQL["deferred trigger"], at_commit=True),
	]


def other_code():
	frame, before = MALLORYS_CASCADE, trigger("BEFORE")
	deferred = ("cascade: deferred foreign key, before row", frame, before)
	return [
		cascade("cascade: rule", frame, SQL["rule"]),
		cascade(*deferred, constraints=DEFERRED),
		cascade(
			"cascade: of a cascade, before row",
			frame,
			SQL["table below"] + ";\n" + trigger("BEFORE", table="app_below"),
			constraints=" UNIQUE",
			prepare=(
				"INSERT INTO trap.app VALUES (test.id('doomed'))",
				"INSERT INTO trap.app_below (id) SELECT test.id('doomed')",
			),
		),
	]


def set_null(after):
	"""Actions that update the row; after: the frame of an AFTER trigger"""
	frame, update = MALLORYS_CASCADE, dict(event="UPDATE")

	def null(title, frame, code="", constraints=""):
		return cascade(
			"cascade: SET NULL, " + title, frame, code, DELETE_MODEL_API, SET_NULL, constraints
		)

	return [
		null("before update row", frame, trigger("BEFORE", **update)),
		null("after update row", after, trigger("AFTER", **update)),
		null("CHECK", frame, constraints=CHECK),
		null("generated column", frame, constraints=GENERATED),
		null("index expression", frame, SQL["index expression"]),
		null("index predicate", frame, SQL["index predicate"]),
		cascade("cascade: SET DEFAULT", frame, SQL["default"], on_delete="SET DEFAULT"),
	]


def cast():
	"""The check of a foreign key that compares the column through a cast of mallory's"""
	return cascade(
		"cascade: NO ACTION, cast",
		MALLORYS_CASCADE,
		columns="id trap.key",
		on_delete="NO ACTION",
		before=SQL["cast"],
		prepare=(
			"DELETE FROM trap.app",
			"SET LOCAL session_replication_role = replica",
			"INSERT INTO trap.app (id) VALUES (ROW(gen_random_uuid()))",
		),
		drop="DROP TABLE trap.app; DROP TYPE trap.key CASCADE",
	)
