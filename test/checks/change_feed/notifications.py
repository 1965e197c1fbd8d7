"""Which transactions notify those who listen."""

import time

import psycopg2

from change_feed.world import DATABASE
from harness import read_lists

CHANNEL = "modelapi_acl_changed"
# a login without any privileges
NOBODY = "feed_nobody"


class Listener:
	def __init__(self):
		self.connection = psycopg2.connect(dbname=DATABASE, user=NOBODY)
		self.connection.autocommit = True
		self.connection.cursor().execute("LISTEN %s; LISTEN the_end" % CHANNEL)

	def received(self):
		"""All notifications until now"""
		self.connection.cursor().execute("NOTIFY the_end")
		found = []
		while True:
			self.connection.poll()
			while self.connection.notifies:
				notification = self.connection.notifies.pop(0)
				if notification.channel == "the_end":
					return found
				found.append(notification)
			time.sleep(0.001)


def compare_notifications(world):
	listener = Listener()
	create = "SELECT id FROM modelapi_acl.create_token(%s, 'x')"
	names = {
		"api": world.apis[0][0],
		"hidden": world.apis[1][0],
		"deleted": world.apis[1][1],
		"project": world.projects[0],
		"hidden_project": world.projects[1],
		"token": world.as_user("w0", create, world.apis[1][0]),
	}
	listener.received()
	for name, file, count in (
		("notified", "change_feed_notifying", 1),
		("not notified", "change_feed_silent", 0),
	):
		for statements in read_lists(file):
			world.cursor.execute("BEGIN")
			for statement in statements:
				world.cursor.execute(statement, names)
			if statements[-1] != "ROLLBACK":
				world.cursor.execute("COMMIT")
			came = [(n.channel, n.payload) for n in listener.received()]
			world.comparisons.compare(name, [(CHANNEL, "")] * count, came, "; ".join(statements))
