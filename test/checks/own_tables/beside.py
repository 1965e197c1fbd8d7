"""Statements beside a transaction that changes rows which they are about to lock: they wait for
it, and check the rows again."""

import threading
import time

from own_tables.shape import rendered

WAITS = "SELECT wait_event_type IS NOT DISTINCT FROM 'Lock' FROM pg_stat_activity WHERE pid = %s"


class Beside:
	def __init__(self, database):
		self.writer = database.connect()
		self.watcher = database.cursor()
		self.waited = 0

	def write(self, sql, side, shape):
		cursor = self.writer.cursor()
		cursor.execute("SET LOCAL row_security = off")
		cursor.execute(rendered(sql, side, shape.name))

	def result(self, run, pid, side, shape, change):
		"""What run() gives on one side beside a change, which is undone afterwards"""
		keys = [key.column for key in shape.keys]
		self.write("DROP TABLE IF EXISTS saved", side, shape)
		self.write(
			"CREATE TEMPORARY TABLE saved AS SELECT id, body, %s FROM {T}" % ", ".join(keys),
			side,
			shape,
		)
		self.writer.commit()
		self.write(change, side, shape)
		found = []
		thread = threading.Thread(target=lambda: found.append(run()))
		thread.start()
		while thread.is_alive():
			self.watcher.execute(WAITS, (pid,))
			if self.watcher.fetchone()[0]:
				self.waited += 1
				break
			time.sleep(0.002)
		self.writer.commit()
		thread.join()
		self.write(
			"UPDATE {T} AS t SET body = s.body, %s FROM saved AS s WHERE s.id = t.id"
			" AND t.body = 'beside'" % ", ".join("%s = s.%s" % (key, key) for key in keys),
			side,
			shape,
		)
		self.writer.commit()
		return found[0] if found else "failed"


def change(r, shape):
	"""A statement that gives some rows another key"""
	key = r.choice(shape.keys)
	return "UPDATE {T} SET body = 'beside', %s = %s WHERE id %% %d = 0" % (
		key.column,
		key.literal(r),
		r.choice([1, 2, 3]),
	)
