"""The kinds of session in which the code runs."""

from dataclasses import dataclass

MAY_ADMINISTER = ("postgres", "regress_admin", "modelapi_acl_admin", "regress_both")
# who may call set_session_user()
MAY_STATE = ("postgres", "regress_backend", "regress_both")


@dataclass
class Session:
	"""A kind of session

	stated: the user who is stated: "sibling", "nobody", or None where nothing is stated
	latched: whether `begin` already determines the current user
	"""

	name: str
	login: str
	role: str  # the session's current role, SET ROLE included
	stated: str | None = None
	begin: tuple = ()  # what each transaction begins with
	setup: tuple = ()  # what runs once
	latched: bool = False
	row_security_off: bool = False
	states_later: bool = False  # whether it states a user after the code has run
	state_mode: bool = False  # whether the code also tries to state a user


STATE = "SELECT modelapi_acl.set_session_user('sibling')"
STATE_NOBODY = "SELECT modelapi_acl.set_session_user(NULL)"
FAIL = ("SAVEPOINT s", "SELECT modelapi_acl.set_session_user('not there')", "ROLLBACK TO s")

OF_SIBLING = '{"sub": "sub-sibling"}'
OF_UNKNOWN = '{"sub": "sub-unknown"}'
OF_DISABLED = '{"sub": "sub-disabled"}'
UNREADABLE = '{"sub": '
WITHOUT_SUB = '{"role": "x"}'


def backend(name, stated, *begin, role="regress_backend", **more):
	"""A session whose transactions begin with a call of set_session_user()

	stated: "nobody" also where the call fails"""
	return Session(name, role, role, stated, begin, latched=True, **more)


def both(name, stated, *begin, **more):
	"""A backend's login that is also an administrator's"""
	return backend(name, stated, *begin, role="regress_both", **more)


def web(name, stated, claims, pre_request=True, login="regress_web", role="modelapi_acl_user"):
	"""What PostgREST does in each transaction; pre_request: with its setting db-pre-request"""
	begin = ["SET LOCAL ROLE " + role]
	begin.append("SELECT set_config('request.jwt.claims', '%s', true)" % claims)
	if pre_request:
		begin.append("SELECT modelapi_acl.pre_request()")
	return Session(name, login, role, stated, tuple(begin), latched=pre_request)


def web_admin(name, stated, claims):
	return web(name, stated, claims, login="regress_web_admin", role="modelapi_acl_admin")


SESSIONS = [
	Session("superuser", "postgres", "postgres", state_mode=True),
	Session(
		"superuser, row_security off",
		"postgres",
		"postgres",
		setup=("SET row_security = off",),
		row_security_off=True,
	),
	Session("administrator by login", "regress_admin", "regress_admin", state_mode=True),
	Session(
		"administrator by SET ROLE",
		"regress_operator",
		"modelapi_acl_admin",
		setup=("SET ROLE modelapi_acl_admin",),
	),
	backend("backend that stated a user", "sibling", STATE, state_mode=True),
	backend("backend that stated nobody", "nobody", STATE_NOBODY),
	backend("backend whose statement failed", "nobody", *FAIL),
	Session(
		"backend that states a user later",
		"regress_backend",
		"regress_backend",
		states_later=True,
		state_mode=True,
	),
	both("backend and administrator: a user", "sibling", STATE),
	both("backend and administrator: nobody", "nobody", STATE_NOBODY),
	both("backend and administrator: failed", "nobody", *FAIL, state_mode=True),
	Session("backend and administrator: nothing", "regress_both", "regress_both", state_mode=True),
	web("PostgREST: claims of a user", "sibling", OF_SIBLING),
	web("PostgREST: the same, without pre-request", "sibling", OF_SIBLING, pre_request=False),
	web("PostgREST: claims of nobody", "nobody", OF_UNKNOWN),
	web("PostgREST: claims that cannot be read", "nobody", UNREADABLE),
	web("PostgREST: no claims", None, ""),
	web_admin("PostgREST as administrator: of a user", "sibling", OF_SIBLING),
	web_admin("PostgREST as administrator: of nobody", "nobody", OF_UNKNOWN),
	web_admin("PostgREST as administrator: disabled", "nobody", OF_DISABLED),
	web_admin("PostgREST as administrator: unreadable", "nobody", UNREADABLE),
	web_admin("PostgREST as administrator: no sub", None, WITHOUT_SUB),
	web_admin("PostgREST as administrator: no claims", None, ""),
	Session("a user's own login", "regress_person", "regress_person", state_mode=True),
]
