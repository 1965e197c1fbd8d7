"""Random calls of functions."""

from non_interference.statement import Statement, quote

# names of functions whose results are random, or depend on the transactions of the cluster
RANDOM_RESULTS = (
	"create_",
	"new_id",
	"issue_token",
	"issue_personal_token",
	"regenerate_token",
	"publish_version",
	"changes_since",
	"read_position",
	"next_snapshot",
	"shows_snapshot",
	"write_position",
	"current_change",
	"record_event",
	"snapshot_clock",
)
QUERIES = ["%s", "%s or %s", "-%s", '"%s %s"', "%s -%s"]
MOMENTS = ["2025-01-05", "2025-01-02 12:00", "2025-02-01", "2024-01-01", "2099-06-01"]
DAYS = ["2025-01-05", "2025-03-01", "infinity"]


class Calls:
	def __init__(self, values, caller):
		self.values, self.random, self.caller = values, values.random, caller

	def call(self):
		"""A function that the caller may execute, with arguments that may fit"""
		r = self.random
		schema, name, arguments, volatile = r.choice(self.caller.functions)
		# Residue: "whether an email is registered" can be learnt by an invitation (docs/limits.md).
		# So callers who may invite get no emails that differ.
		with_emails = schema == "modelapi_acl" or self.caller.user is None
		with_emails = with_emails and not self.caller.may_invite
		values = []
		for argument, type in arguments:
			if r.random() > 0.03 or schema != "modelapi_acl":
				values.append(self.argument(argument, type, with_emails) + "::" + type)
			else:
				values.append("NULL::" + type)
		call = '%s."%s"(%s)' % (schema, name, ", ".join(values))
		if name.startswith(RANDOM_RESULTS):
			statement = Statement("SELECT count(*) FROM " + call)
		elif r.random() < 0.1 and arguments and arguments[0][1] == "uuid":
			call = call.replace(values[0], "t1.id", 1)
			statement = Statement("SELECT count(%s) FROM modelapi_acl.model_apis t1" % call)
		else:
			statement = Statement("SELECT * FROM " + call)
		statement.writes = volatile
		return statement

	def argument(self, name, type, with_emails):
		r = self.random
		if type == "uuid":
			return self.id(name)
		if type == "uuid[]":
			ids = self.values.ids_of["model_api_id"] if name == "model_apis" else self.values.ids
			return "ARRAY[%s]" % ", ".join(quote(r.choice(ids)) for _ in range(2))
		if type == "text":
			return self.text(name, with_emails)
		if type == "timestamp with time zone":
			if r.random() < 0.5:
				return quote(r.choice(MOMENTS) + " 00:00+00")
			return quote(r.choice(DAYS))
		if type == "jsonb":
			return quote(r.choice(['{"a": 1}', '"x"', "null", "[]"]))
		if type == "boolean":
			return r.choice(["true", "false"])
		if type in ("integer", "bigint"):
			return str(r.choice([0, 1, 10]))
		if type == "interval":
			return "'1 day'"
		labels = self.values.catalog.labels.get(type)
		return quote(r.choice(labels)) if labels else "NULL"

	def id(self, name):
		"""An id that fits the argument's name, or one that nothing has"""
		r = self.random
		ids = self.values.ids_of.get(name or "", self.values.ids)
		if not ids or r.random() < 0.1:
			return quote("%08x-0000-4000-8000-000000000000" % r.getrandbits(32))
		if name == "model_api_id" and r.random() < 0.4 and self.caller.known:
			ids = self.caller.known
		return quote(r.choice(ids))

	def text(self, name, with_emails):
		r, values = self.random, self.values
		if name == "query":
			form = r.choice(QUERIES).replace("%s", "{}")
			return quote(form.format(*(r.choice(values.words) for _ in range(2))))
		if name == "permission":
			return quote("view")
		choices = [values.names, values.names, ["nobody-at-all"], values.ids]
		if with_emails:
			choices += [values.hidden_names] * 2
		if name in ("name", "setting"):
			choices.append([v for v in values.values["model_api_settings", "name"] if v])
		return quote(str(r.choice(r.choice([c for c in choices if c]))))
