"""Statements that fail: however a call of set_session_user() fails, there is no current user
afterwards. It is refused by the function, by a lock_timeout, or by a wait that is cancelled."""

from power.matrix import WHO
from power.sessions import MAY_STATE, SESSIONS
from power.world import try_statement

TITLE = "a statement that fails"
LOCK = (
	"BEGIN; LOCK TABLE modelapi_acl.users, modelapi_acl.user_identities,"
	" modelapi_acl_internal.principal_names IN ACCESS EXCLUSIVE MODE"
)
CALLS = (  # argument, what ends the wait, whether the current user is determined before
	("'not there'", None, False),
	("''", None, False),
	("'disabled'", None, False),
	("'sibling'", None, True),
	("NULL", None, True),
	("'sibling'", "lock_timeout", False),
	("'sibling@example.com'", "lock_timeout", False),
	("'sibling'", "statement_timeout", False),
	("'sibling@example.com'", "statement_timeout", True),
)


def try_failures(world, results):
	symbols = ""
	for session in SESSIONS:
		if session.role not in MAY_STATE or session.begin:
			symbols += " "
			continue
		marks = []
		for call in CALLS:
			cell = results.cell(TITLE, session)
			cell.count_run()
			check_call(world, cell, *call)
			marks.append(cell.symbol("-"))
		symbols += min(marks)  # "!" sorts before "-"
	return [(TITLE, symbols)]


def check_call(world, cell, argument, timeout, latched):
	cursor = world.cursor_of(cell.session)
	cursor.execute("BEGIN")
	if latched:
		cursor.execute("SELECT modelapi_acl.current_user_id()")
	cursor.execute("SAVEPOINT s")
	if timeout:
		world.observer.execute(LOCK)
		cursor.execute("SET LOCAL %s = '50ms'" % timeout)
	error = try_statement(cursor, "SELECT modelapi_acl.set_session_user(%s)" % argument)
	world.observer.execute("ROLLBACK")
	cell.check("the statement", error is not None, argument != "NULL")
	cursor.execute("ROLLBACK TO s")
	cursor.execute(WHO)
	what = "who, after %s by %s" % (argument, timeout or "a refusal")
	cell.check(what, str(cursor.fetchone()), "(None, False)")
	cursor.execute("ROLLBACK")
