"""The other direction: cascades from an application's table into the extension's.

No permission is required. Invariants hold and events are written, unless guards and audit are
skipped."""

from dataclasses import dataclass

from power.cascades import CREATE_MODEL_API
from power.sessions import SESSIONS
from power.world import try_statement

ADD_VIEWER = "SELECT modelapi_acl.add_collaborator(test.id('doomed'), 'm_viewer')"
ADD_COLUMNS = """
	ALTER TABLE modelapi_acl.model_api_collaborators
		ADD COLUMN because uuid REFERENCES trap.reasons ON DELETE CASCADE,
		ADD COLUMN maybe uuid REFERENCES trap.reasons ON DELETE SET NULL"""
OFF = "SET LOCAL row_security = off"
ADD_REASON = "INSERT INTO trap.reasons VALUES (test.id('doomed'))"
REFER = """
	UPDATE modelapi_acl.model_api_collaborators SET %s = test.id('doomed')
	WHERE model_api_id = test.id('doomed') AND user_id = test.id('%s')"""
GRANT = """
	SELECT id FROM modelapi_acl.model_api_collaborators
	WHERE model_api_id = test.id('doomed') AND user_id = test.id(%s)"""
COUNT_GRANTS = "SELECT count(*) FROM modelapi_acl.model_api_collaborators WHERE id = %s"
COUNT_EVENTS = "SELECT count(*) FROM modelapi_acl.audit_events"
DELETE_REASON = "DELETE FROM trap.reasons WHERE id = test.id('doomed')"


@dataclass
class Case:
	"""A grant that refers to a row of trap.reasons, and what comes of deleting that row

	left: how many rows of the grant are left; events: how many are written
	"""

	title: str
	column: str
	holder: str  # of the grant
	left: int
	events: int
	error: str | None = None


CASES = (
	Case("into the extension: a grant goes", "because", "m_viewer", 0, 1),
	Case("into the extension: the last owner goes", "because", "sibling", 0, 1, "23514"),
	Case("into the extension: SET NULL", "maybe", "m_viewer", 1, 0),
)


def try_into_extension(world, results):
	world.observer.execute(ADD_COLUMNS)
	rows = []
	for case in CASES:
		symbols = ""
		for session in SESSIONS:
			cell = results.cell(case.title, session)
			cell.count_run()
			check_cell(world, cell, case)
			symbols += cell.symbol("S" if session.row_security_off else "c")
		rows.append((case.title, symbols))
	return rows


def check_cell(world, cell, case):
	world.as_superuser(CREATE_MODEL_API, ADD_VIEWER, state=True)
	world.as_superuser(OFF, ADD_REASON, REFER % (case.column, case.holder))
	grant, events_before = world.value(GRANT, case.holder), world.value(COUNT_EVENTS)
	cursor = world.begin(cell.session)
	error = try_statement(cursor, DELETE_REASON)
	cursor.execute("ROLLBACK" if error else "COMMIT")
	skipped = cell.session.row_security_off
	expected_error = None if skipped else case.error
	left = 1 if expected_error else case.left
	events = 0 if skipped or expected_error else case.events
	cell.check("the statement", error, expected_error)
	cell.check("rows that are left", world.value(COUNT_GRANTS, grant), left)
	cell.check("events", world.value(COUNT_EVENTS) - events_before, events)
