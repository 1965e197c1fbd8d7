"""The ways: SECURITY DEFINER functions, of mallory's and of others, at two depths."""

from power.rules import MALLORY, MALLORYS_DEFINER, Frame
from power.ways import way

FUNCTIONS = (  # title, whose role is current in the code, function
	("definer of mallory's", MALLORY, "trap.definer"),
	("definer of a superuser's", "postgres", "gate.superuser"),
	("definer of an administrator's", "regress_admin", "gate.admin"),
	("mallory's below mallory's", MALLORY, "trap.definer_again"),
	("mallory's below a superuser's", MALLORY, "gate.superuser_definer"),
	("mallory's below an administrator's", MALLORY, "gate.admin_definer"),
	("a superuser's below mallory's", "postgres", "trap.definer_gate"),
	("an administrator's below mallory's", "regress_admin", "trap.definer_gate_admin"),
	("definer that sets row_security off", MALLORY, "trap.definer_off"),
	("a superuser's that sets row_security off", "postgres", "gate.superuser_off"),
	("DO block in a definer", MALLORY, "trap.definer_do"),
)
CREATE_DEFAULTED = (
	"CREATE TABLE trap.defaulted (x boolean DEFAULT trap.definer('called'));"
	" GRANT INSERT ON trap.defaulted TO PUBLIC"
)


def definers():
	ways = [
		way(
			title,
			Frame("definer", owner),
			"SELECT %s('called')" % function,
			label="called",
			row_security_off=function.endswith("_off"),
		)
		for title, owner, function in FUNCTIONS
	]
	call = "CALL trap.procedure('called')"
	ways.append(way("definer procedure", MALLORYS_DEFINER, call, label="called"))
	ways.append(
		way(
			"definer in a default",
			MALLORYS_DEFINER,
			"INSERT INTO trap.defaulted DEFAULT VALUES",
			label="called",
			create=CREATE_DEFAULTED,
			drop="DROP TABLE trap.defaulted",
		)
	)
	return ways
