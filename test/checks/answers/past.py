"""Who could do what at a moment in the past: who_could(), authorization_at(), access_level_at()."""

from answers.grants import Holders, shown_question, user_named
from harness import LONG
from reference.history import moment_of
from reference.rules import ADMINISTRATOR, ANONYMOUS, PERMISSIONS


def authorization_of(row):
	tokens = [
		(
			t["id"],
			t["name"],
			moment_of(t["expires_at"]),
			t.get("user_id"),
			t.get("state", "live"),
			t.get("former_state"),
			moment_of(t.get("former_until")),
		)
		for t in row["tokens"]
	]
	return row["visibility"], row["authorization_mode"], row["invocation_mode"], tokens


class Past(Holders):
	def run(self, moments, name="then"):
		"""Compares answers to an administrator at moments, each with the state then"""
		state, _ = self.history.look()
		for moment, then in moments:
			questions = self.questions(state, then, moment.isoformat())
			questions = [q for q in questions if self.history.has(q[0])]
			if not questions:
				return
			there = then.at(moment)
			for question, answer in self.ask(ADMINISTRATOR, questions)[0]:
				self.compare_answer(name + ": ", state, then, there, question, answer)

	def questions(self, state, then, at):
		some = (lambda things, n: things) if LONG else self.some
		questions = []
		taken = {n["name"].lower() for n in then.users.values()}
		taken |= {n["name"].lower() for n in then.organizations.values()}
		for api in some(list(self.history.project_of), 4):
			questions += [("who_could", api, p, at) for p in some(PERMISSIONS, 3)]
			questions.append(("authorization_at", api, at))
			questions += [
				("access_level_at", api, self.history.other_form(row["name"]), at)
				for row in some(list(then.users.values()), 3)
			]
			# by names and emails of today that nobody had then
			questions += some(
				[
					("access_level_at", api, word, at)
					for row in state.users.values()
					for word in (row["name"], row["email"])
					if word and word.lower() not in taken
				],
				1,
			)
		return questions

	def compare_answer(self, prefix, state, then, there, question, answer):
		function, api = question[:2]
		what = shown_question(question)
		if function == "who_could":
			expected = there.who_can(api, question[2]) if api in then.apis else {}
			self.compare_holders(prefix + function, expected, answer, what)
		elif "rows" not in answer:
			self.compare(prefix + function, "rows", answer, what)
		elif function == "authorization_at":
			expected = there.authorization(api)
			came = [authorization_of(row) for row in answer["rows"]]
			self.compare(prefix + function, [expected] if expected else [], came, what)
		else:
			expected = there.level(user_named(then, state, question[2]), api)
			came = answer["rows"][0]["access_level_at"]
			self.compare(prefix + function, expected, came, what)

	def run_as(self, n):
		"""Asks as some users: owners get the same answers as an administrator, except for members
		of organizations that they may not see; others get none"""
		state, _ = self.history.look()
		moment, then = self.random.choice(list(self.history.moments()))
		for caller in self.history.some_users(state, n) + [ANONYMOUS]:
			questions = self.questions_of_users(state, moment.isoformat())
			answers, now = self.ask(caller, questions, state.expiries())
			full, _ = self.ask(ADMINISTRATOR, questions)
			now = state.at(now)
			for (question, answer), (_, right) in zip(answers, full):
				what = shown_question(question, caller)
				refusal = self.refusal(state, now, caller, question[1], answer)
				if refusal:
					self.compare("then, refused", refusal, answer.get("error"), what)
				elif "rows" not in right:
					self.compare("then, as an owner", right, answer, what)
				else:
					there = then.at(moment, caller, state)
					self.compare_as_owner(state, then, there, question, answer, what)

	def questions_of_users(self, state, at):
		questions = []
		names = [row["name"] for row in state.users.values()] or ["nobody"]
		for api in self.some(list(self.history.project_of), 4):
			questions.append(("who_could", api, "view", at))
			questions.append(("authorization_at", api, at))
			questions.append(("access_level_at", api, self.random.choice(names), at))
		return questions

	def refusal(self, state, now, caller, api, answer):
		"""The SQLSTATE that the caller gets, or None"""
		project = self.history.project_of[api]
		if api in state.apis:
			return now.refuses(caller, api, "manage_collaborators")
		if caller is ANONYMOUS or not now.world.signed_in(caller):
			return "PT401"
		if now.manages_project(caller, project):
			return None
		# those who see the project may get either
		error = answer.get("error")
		seen = now.world.project_level(caller, project)
		return error if seen and error in ("PT404", "42501") else "PT404"

	def compare_as_owner(self, state, then, there, question, answer, what):
		function, api = question[:2]
		if function == "who_could":
			expected = there.who_can(api, "view") if api in then.apis else {}
			self.compare_holders("then, as an owner: who_could", expected, answer, what)
			return
		if function == "authorization_at":
			expected = there.authorization(api)
			came = [authorization_of(row) for row in answer.get("rows", [])]
			right = [expected] if expected else []
			self.compare("then, as an owner: authorization_at", right, came, what)
			return
		self.compare(
			"then, as an owner: access_level_at",
			[{"access_level_at": there.level(user_named(then, state, question[2]), api)}],
			answer.get("rows"),
			what,
		)
