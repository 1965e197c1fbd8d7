"""What hostile or careless callers try: hidden model APIs, and values that are wrong."""

import json
import uuid

from answers.grants import shown_question
from answers.history import Part
from reference.rules import ADMINISTRATOR, ANONYMOUS


class Hostile(Part):
	def run(self):
		state, moment = self.history.look()
		missing = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
		name = next(iter(state.users.values()))["name"] if state.users else "nobody"
		at = moment.isoformat()
		self.compare_hidden(state, moment, missing, name)
		for api in self.some(list(state.apis), 1):
			self.compare_values(state, api, name, at)
		questions = [
			("who_can", None, "view"),
			("explain_access", None, "view"),
			("who_could", None, "view", at),
			("authorization_at", None, at),
			("access_level_at", None, name, at),
			("who_can", missing, "view"),
			("authorization_at", missing, at),
		]
		self.compare_errors(questions, "PT404")
		self.compare_nothing("an unknown change", [("access_changes", missing)])
		apis = self.history.project_of
		questions = [("who_could", api, "view", "-infinity") for api in apis]
		questions += [("authorization_at", api, "1970-01-01") for api in apis]
		self.compare_nothing("before the beginning", questions)

	def compare_errors(self, questions, sqlstate):
		for question, answer in self.ask(ADMINISTRATOR, questions)[0]:
			came = answer.get("error", answer)
			self.compare("wrong values", sqlstate, came, shown_question(question))

	def compare_nothing(self, name, questions):
		for question, answer in self.ask(ADMINISTRATOR, questions)[0]:
			self.compare(name, {"rows": []}, answer, shown_question(question))

	def compare_hidden(self, state, moment, missing, name):
		"""Callers get the same for model APIs that they may not see, or that are deleted, as for
		one that never was"""
		now, at = state.at(moment), moment.isoformat()
		deleted = [m for m in self.history.project_of if m not in state.apis]
		for caller in self.history.some_users(state, 4) + [ANONYMOUS]:
			hidden = [m for m in list(state.apis) + deleted if not self.sees(state, now, caller, m)]
			refusal = "PT404" if caller and now.world.signed_in(caller) else "PT401"
			for api in self.some(hidden, 3):
				of_hidden, of_missing = (
					self.ask(caller, self.questions(id, name, at))[0] for id in (api, missing)
				)
				for (question, one), (_, other) in zip(of_hidden, of_missing):
					what = shown_question(question, caller)
					one_text, other_text = (
						json.dumps(answer).replace(id, "ID")
						for answer, id in ((one, api), (other, missing))
					)
					self.compare("hidden as missing", other_text, one_text, what)
					self.compare("hidden, the SQLSTATE", refusal, one.get("error"), what)

	def sees(self, state, now, caller, api):
		if api in state.apis:
			return now.may(caller, api, "view")
		return now.world.project_level(caller, self.history.project_of[api])

	@staticmethod
	def questions(api, name, at):
		return [
			("who_can", api, "view"),
			("explain_access", api, "view"),
			("explain_access", api, "view", name),
			("access_level_at", api, name, at),
			("who_could", api, "view", at),
			("authorization_at", api, at),
			("explain_access", api, None),
			("explain_access", api, "view", "nobody-at-all"),
			("who_can", api, None),
			("access_level_at", api, "nobody-at-all", at),
			("access_level_at", api, None, at),
			("who_could", api, None, at),
			("who_could", api, "view", None),
			("authorization_at", api, None),
			("authorization_at", api, "2999-01-01"),
			("access_level_at", api, name, "infinity"),
		]

	def compare_values(self, state, api, name, at):
		"""Wrong values, from an administrator"""
		questions = [
			("who_can", api, None),
			("explain_access", api, None),
			("explain_access", api, "view", "nobody-at-all"),
			("explain_access", api, "view", ""),
			("access_level_at", api, "nobody-at-all", at),
			("access_level_at", api, None, at),
			("access_level_at", api, name, None),
			("access_level_at", api, name, "infinity"),
			("who_could", api, None, at),
			("who_could", api, "view", None),
			("who_could", api, "view", "2999-01-01"),
			("authorization_at", api, None),
			("authorization_at", api, "2999-01-01"),
		]
		questions += [
			("explain_access", api, "view", o["name"]) for o in state.organizations.values()
		]
		self.compare_errors(questions, "22023")
		questions = [
			("who_can", api, "own"),
			("who_could", api, "", at),
			("explain_access", api, "VIEW"),
			("who_can", "not an id", "view"),
			("access_changes", "not an id"),
		]
		self.compare_errors(questions, "22P02")
