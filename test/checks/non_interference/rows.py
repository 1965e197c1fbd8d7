"""Draws ids, times and events, and keeps the rows of each table."""

import random
import uuid

from non_interference.tables import KEYS
from non_interference.words import Words

FUTURE, PAST = "2099-01-01 00:00:00+00", "2024-06-01 00:00:00+00"


class Rows:
	"""The rows of a database; each step takes the next random number, time and transaction"""

	def __init__(self, seed):
		self.random = random.Random(seed)
		self.words = Words(self.random)
		self.rows = {table: [] for table in KEYS}
		self.clock = 0
		self.transaction = 700
		self.users = []

	def id(self):
		return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

	def time(self):
		self.clock += self.random.choice([1, 1, 60, 3600])
		return "2025-01-%02d %02d:%02d:%02d+00" % (
			1 + self.clock // 86400 % 28,
			self.clock // 3600 % 24,
			self.clock // 60 % 60,
			self.clock % 60,
		)

	def someone(self, nobody=0.1):
		return None if self.random.random() < nobody else self.random.choice(self.users)

	def row(self, table, **columns):
		self.rows[table].append(columns)
		return columns

	def event(
		self,
		action,
		object_type,
		object_id,
		at,
		project_id=None,
		model_api_id=None,
		old=None,
		new=None,
		change=None,
	):
		"""An audit event of a change, or of a new one; returns the id of the change"""
		change = change or self.id()
		self.row(
			"modelapi_acl.audit_events",
			id=self.id(),
			change_id=change,
			occurred_at=at,
			actor_id=self.someone(),
			database_role="application_backend_" + self.words.word(),
			action=action,
			object_type=object_type,
			object_id=object_id,
			project_id=project_id,
			model_api_id=model_api_id,
			old=old,
			new=new,
		)
		changes = self.rows["modelapi_acl_internal.changes"]
		if not changes or changes[-1]["change_id"] != change:
			self.transaction += 1
			self.row(
				"modelapi_acl_internal.changes",
				change_id=change,
				committed_at=at,
				transaction_id=self.transaction,
			)
		return change

	def counter(self, id, version=0):
		self.row(
			"modelapi_acl_internal.object_counters",
			object_id=id,
			owner_changes=0,
			last_version=version,
		)
