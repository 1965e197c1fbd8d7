"""The rules: who the current user is in the code that the server runs, what the code may do, and
whether guards and audit are skipped."""

from dataclasses import dataclass

from harness import read_queries
from power.sessions import MAY_ADMINISTER, MAY_STATE

ADMINISTRATOR, SIBLING, NOBODY = "administrator", "sibling", "nobody"
MALLORY = "regress_mallory"


@dataclass(frozen=True)
class Frame:
	"""As what the server runs the code

	session: as the session's current role
	definer: in a SECURITY DEFINER function of the owner's
	maintenance: in ANALYZE, CREATE INDEX and the like, as the table's owner
	cascade: in a foreign key's action or check, as a table's owner
	"""

	kind: str
	owner: str | None = None  # None: the session's current role


IN_SESSION = Frame("session")
MALLORYS_DEFINER = Frame("definer", MALLORY)
MALLORYS_CASCADE = Frame("cascade", MALLORY)


def after_trigger(version, frame):
	"""The frame of an AFTER trigger that was queued in a frame: from PostgreSQL 18 on it runs as
	the role that was current then"""
	return frame if version >= 180000 else IN_SESSION


def current_role(session, frame):
	return session.role if frame.kind == "session" or frame.owner is None else frame.owner


def current_user(session, frame):
	if frame.kind == "maintenance":
		return NOBODY
	if session.stated:
		return session.stated
	if frame.kind == "session" and session.role in MAY_ADMINISTER:
		return ADMINISTRATOR
	return NOBODY


def skips_guards(session, frame, off=False):
	"""Whether guards and audit are skipped; off: the code itself sets row_security = off"""
	off = off or session.row_security_off
	return off and frame.kind == "session" and session.role == "postgres"


# Conditions of ways: in which sessions the server runs the code


def always(session):
	return True


def never(session):
	return False


def is_superuser(session):
	return session.role == "postgres"


def is_no_superuser(session):
	return session.role != "postgres"


def may_administer(session):
	return session.role in MAY_ADMINISTER


def may_write(session):
	return current_user(session, IN_SESSION) in (ADMINISTRATOR, SIBLING)


def is_sibling(session):
	return current_user(session, IN_SESSION) == SIBLING


# What the code tries


@dataclass
class Attempt:
	"""A statement, which is undone

	needs: what it takes to succeed, see may(): "other" and "own" are things of other users and of
		the user sibling
	event: whether it writes audit events when it succeeds
	"""

	name: str
	needs: str
	off: bool = False  # whether it sets row_security = off
	event: bool = True
	refusals: tuple = ("42501", "PT401", "PT404")


STATEMENTS = read_queries("power_attempts")
BAD_VALUE = ("42501", "PT401", "PT404", "22023")
NO_ROW = ("no row", "PT401", "42501")
ATTEMPTS = [
	Attempt("grant", "other"),
	Attempt("grant, own", "own"),
	Attempt("grant, off", "skipped guards", off=True, event=False),
	Attempt("grant in the past", "skipped guards", event=False, refusals=BAD_VALUE),
	Attempt("grant in the past, off", "skipped guards", off=True, event=False, refusals=BAD_VALUE),
	Attempt("forged event", "skipped guards", event=False),
	Attempt("forged event, off", "skipped guards", off=True, event=False),
	Attempt("update", "other", refusals=NO_ROW),
	Attempt("update, own", "own", refusals=NO_ROW),
	Attempt("add_collaborator", "other"),
	Attempt("add_collaborator, own", "own"),
	Attempt("create_token", "other"),
	Attempt("create_token, own", "own"),
	Attempt("regenerate_token", "other"),
	Attempt("delete_model_api", "other"),
	Attempt("delete_model_api, own", "own"),
	Attempt("create_project", "a user"),
	Attempt("create_user", "administrator's role"),
	Attempt("disable_user", "administrator's role"),
	Attempt("state again", "impossible", event=False),
	Attempt("superuser", "superuser's role", event=False),
]


def may(attempt, session, frame):
	"""Whether an attempt must succeed"""
	user, role = current_user(session, frame), current_role(session, frame)
	if attempt.needs == "superuser's role":
		return role == "postgres"  # the server checks it
	if frame.kind == "maintenance" or attempt.needs == "impossible":
		return False
	if attempt.needs == "skipped guards":
		return skips_guards(session, frame, attempt.off)
	if attempt.needs == "administrator's role":
		return role in MAY_ADMINISTER
	if attempt.needs == "a user":
		return user == SIBLING
	return user == ADMINISTRATOR or (user == SIBLING and attempt.needs == "own")


# What functions that only read must answer

VISIBLE = {ADMINISTRATOR: "3", SIBLING: "2", NOBODY: "0"}


def expected_answers(user, off):
	"""The allowed answers of each; off: the server's own error for row_security = off may come
	first"""
	visible = (VISIBLE[user], "error 42501") if off else (VISIBLE[user],)
	return {
		"who": ("sibling",) if user == SIBLING else (None,),
		"other": ("true" if user == ADMINISTRATOR else "false",),
		"own": ("false" if user == NOBODY else "true",),
		"seen": visible,
	}


# Stating a user in the code; latched: the current user was determined before the code ran


def may_state(session, frame, latched):
	if frame.kind == "maintenance" or current_role(session, frame) not in MAY_STATE:
		return False
	return not session.latched and not latched


def fails_to_state(session, frame, mode, latched):
	"""Whether a call of set_session_user() fails in the code, so that there is no current user
	afterwards. In the mode "try" the last such call fails, as the current user was determined by
	then. A role that may not call the function states nothing."""
	if frame.kind == "maintenance" or current_role(session, frame) not in MAY_STATE:
		return False
	return not session.stated and (mode == "try" or latched)
