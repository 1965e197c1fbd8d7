"""Parallel workers: what a function answers there that its owner declared PARALLEL SAFE."""

from power.matrix import SYMBOLS
from power.rules import IN_SESSION, MALLORYS_DEFINER, current_role, current_user, expected_answers
from power.sessions import SESSIONS
from power.world import in_session, try_statement

CURRENT_USER = "SELECT modelapi_acl.current_user_id()"
FORCE = "SET LOCAL {force_parallel} = on"
AFTER_SAVEPOINT = (CURRENT_USER, "SAVEPOINT a", FORCE, "SELECT trap.look('who')", "ROLLBACK TO a")
CASES = (  # title, frame, function, statements before it
	("parallel worker", IN_SESSION, "trap.look", (CURRENT_USER,)),
	("parallel worker, first to determine the user", IN_SESSION, "trap.look", ()),
	("parallel worker, definer", MALLORYS_DEFINER, "trap.look_definer", (CURRENT_USER,)),
	("parallel worker, after a savepoint's", IN_SESSION, "trap.look", AFTER_SAVEPOINT),
	(
		"parallel worker, after maintenance's",
		IN_SESSION,
		"trap.look",
		(CURRENT_USER, "ANALYZE {own}_worker"),
	),
	(
		"parallel worker, after a definer's",
		IN_SESSION,
		"trap.look",
		(FORCE, "SELECT trap.look_definer('who')"),
	),
)


def try_workers(world, results):
	rows = []
	for title, *case in CASES:
		symbols = ""
		for session in SESSIONS:
			cell = results.cell(title, session)
			cell.count_run()
			symbols += check_cell(world, cell, *case)
		rows.append((title, symbols))
	return rows


def check_cell(world, cell, frame, function, before):
	"""Compares all answers in a session; returns a symbol"""
	session, role = cell.session, current_role(cell.session, frame)
	user, off = current_user(session, frame), session.row_security_off and role != "postgres"
	for name, allowed in expected_answers(user, off).items():
		got = answer(world, cell, role, before, "SELECT %s('%s')" % (function, name))
		cell.check(name, {"": None, "t": "true", "f": "false"}.get(got, got), *allowed)
	return cell.symbol(SYMBOLS[user])


def answer(world, cell, role, before, sql):
	"""What the function answers in a worker, in a transaction of its own"""
	session = cell.session
	setting = "debug_parallel_query" if world.version >= 160000 else "force_parallel_mode"
	cursor = world.begin(session)
	for statement in (*before, FORCE):
		cursor.execute(in_session(session, statement.replace("{force_parallel}", setting)))
	cursor.execute("SELECT pg_backend_pid()")
	leader = cursor.fetchone()[0]
	error = try_statement(cursor, sql)
	if error:
		cursor.execute("ROLLBACK")
		return "error " + error
	came_role, pid, got = cursor.fetchone()[0].split(" ")
	cell.check("in a worker", int(pid) != leader, True)
	cell.check("role", came_role, role)
	cursor.execute("COMMIT")
	return got
