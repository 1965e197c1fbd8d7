"""What a change did to access: access_changes() before the end of a transaction, and later."""

import psycopg2.errors

from answers.history import Part
from harness.callers import answers, call
from reference.history import access_changes, shown_changes
from reference.rules import ADMINISTRATOR


def changes_of(rows):
	"""The rows of access_changes() as the reference gives them"""
	return {
		(row["model_api_id"], row["user_id"] or "organization " + row["username"]): (
			row["model_api_name"],
			row["username"],
			row["level_before"],
			row["level_after"],
			row["gained"],
			row["lost"],
		)
		for row in rows
	}


class Changes(Part):
	def compare_changes(self, name, changes, shown, unspecified, answer, what):
		"""changes: all of them; shown: the keys of those that the caller gets
		unspecified: the keys of those that they may get"""
		if "rows" not in answer:
			self.compare(name, "rows", answer, what)
			return
		rows = answer["rows"]
		came = changes_of(rows)
		self.compare(name + ", no pair twice", len(came), len(rows), what)
		expected = {k: changes[k] for k in shown | (unspecified & set(came))}
		self.compare(name, expected, came, what)
		order = [(row["model_api_name"], row["model_api_id"], row["username"]) for row in rows]
		self.compare(name + ", in order", sorted(order), order, what)

	def preview(self, party):
		"""access_changes() before the end of a party's transaction"""
		before, _ = self.history.look()
		after, _ = party.look()
		expiries = before.expiries() | after.expiries()
		(answer,), moment = answers(party.cursor, [call("access_changes")], expiries)
		if answer.get("error") == "40001":
			raise psycopg2.errors.SerializationFailure
		caller = party.user or ADMINISTRATOR
		was, is_ = before.at(moment, caller, after), after.at(moment, caller)
		changes = access_changes(was, is_)
		what = "%s as %s: %s" % (party.role, caller, "; ".join(party.statements))
		if caller != ADMINISTRATOR and not is_.world.signed_in(caller):
			# this very transaction has disabled or deleted the user
			name = "preview, when nobody is signed in any more"
			self.compare(name, "PT401", answer.get("error"), what)
			return
		shown, unspecified = shown_changes(changes, caller, is_, self.history.project_of, was)
		self.compare_changes("preview", changes, shown, unspecified, answer, what)

	def record(self, id, callers, what="later"):
		"""access_changes() of a change that was committed or rolled back"""
		state, _ = self.history.look()
		for caller in callers if self.history.has("access_changes") else []:
			query = call("access_changes", id)
			(answer,), moment = self.history.callers.ask(caller, [query], state.expiries())
			now = state.at(moment)
			if caller != ADMINISTRATOR and not now.world.signed_in(caller):
				self.compare("record, for nobody", "PT401", answer.get("error"), what)
				continue
			if self.history.records[id] is None:
				self.compare("record of what was rolled back", {"rows": []}, answer, what)
				continue
			before, after, until = self.history.records[id]
			changes = access_changes(
				before.at(until, caller, state), after.at(until, caller, state)
			)
			shown, unspecified = shown_changes(changes, caller, now, self.history.project_of)
			name = "record" if caller == ADMINISTRATOR else "record, for a user"
			self.compare_changes(name, changes, shown, unspecified, answer, what)

	def record_some(self, n, users):
		"""Some earlier changes again, for an administrator and some users each"""
		state, _ = self.history.look()
		for id in self.some(list(self.history.records), n):
			self.record(id, [ADMINISTRATOR] + self.history.some_users(state, users))
