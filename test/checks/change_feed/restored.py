"""A poller continues with its position in a server where a dump is restored."""

from change_feed.feed import visible
from change_feed.world import DATABASE
from harness import Server
from harness.callers import Callers, call, connect


def add_event(world, server):
	"""The id of a new event in the restored database"""
	connection = connect(DATABASE, server)
	cursor = connection.cursor()
	cursor.execute("SELECT modelapi_acl.set_session_user('w0')")
	cursor.execute(call("set_setting", world.apis[0][0], "restored", "1"))
	cursor.execute(
		"SELECT id::text FROM modelapi_acl.audit_events ORDER BY occurred_at DESC LIMIT 1"
	)
	event = cursor.fetchone()[0]
	connection.commit()
	connection.close()
	return event


def compare_restored(world, position):
	compare = world.comparisons.compare
	with Server("restored") as server:
		server.restore(DATABASE)
		callers = Callers(DATABASE, server)
		rows = callers.ask("editor", [call("changes_since")])[0][0]["rows"]
		compare(
			"restored, all from the beginning",
			visible(Callers(DATABASE), "editor"),
			{row["event_id"] for row in rows},
			"",
		)
		event = add_event(world, server)
		answer = callers.ask("editor", [call("changes_since", position)])[0][0]
		# or the error says that this is no position here, and the poller begins anew
		compare(
			"restored, the next event is not missed",
			True,
			answer.get("error") == "22023" or event in [row["event_id"] for row in answer["rows"]],
			str(answer)[:500],
		)
		result = answer.get("text") or "%d rows" % len(answer["rows"])
		print("a position from before a restore: %s" % result)
		callers.close()
