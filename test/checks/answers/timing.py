"""How long each function takes among 1,000 model APIs and 200 users; only printed."""

import time

from answers.history import DATABASE
from harness import read_sql
from harness.callers import call, connect

REMOVE = """
	SELECT modelapi_acl.remove_project_collaborator(
		(SELECT project FROM made LIMIT 1 OFFSET 500), 'time-team')"""
ONE = """
	SELECT id::text,
		(SELECT change_id::text FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1)
	FROM made LIMIT 1 OFFSET 500"""


def print_times():
	connection = connect(DATABASE)
	cursor = connection.cursor()
	cursor.execute(read_sql("answers_many"))
	connection.commit()
	cursor.execute("SELECT modelapi_acl.set_session_user('time1')")
	cursor.execute(REMOVE)
	cursor.execute(ONE)
	api, change = cursor.fetchone()
	connection.commit()
	cursor.execute("ANALYZE; SELECT clock_timestamp()::text")
	at = cursor.fetchone()[0]
	for name, *arguments in (
		("who_can", api, "view"),
		("explain_access", api, "delete", "time5"),
		("access_level_at", api, "time5", at),
		("who_could", api, "view", at),
		("authorization_at", api, at),
		("access_changes", change),
		("access_changes",),
		("changes_since",),
	):
		best = []
		for _ in range(3):
			start = time.monotonic()
			cursor.execute(call(name, *arguments))
			rows = len(cursor.fetchall())
			best.append(time.monotonic() - start)
		print(
			"among 1,000 model APIs and 200 users, %s%s: %.1f ms, %d rows"
			% (name, "" if arguments else "()", 1000 * min(best), rows)
		)
	connection.close()
