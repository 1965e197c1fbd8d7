"""What holds in every database, whatever was done to it."""

from harness.sql import read_queries

HISTORY = "the last event of each object tells its present state"


def violations(cursor, history=True):
	"""The rows that break a rule of sql/invariants.sql; cursor: of a superuser

	history: False where events of one moment may have been written in another order than their
	transactions committed in."""
	found = []
	for title, sql in read_queries("invariants").items():
		if history or title != HISTORY:
			cursor.execute(sql)
			found += ["not so: %s: %s" % (title, row[0]) for row in cursor.fetchall()]
	return found


def verify_access(cursor):
	"""What the extension itself finds wrong"""
	cursor.execute("SELECT v::text FROM modelapi_acl.verify_access() AS v")
	return ["verify_access: " + row[0] for row in cursor.fetchall()]
