"""Who can do what now, and why: who_can() and explain_access()."""

import collections
import uuid

from answers.grants import Holders, shown_question
from harness import LONG
from harness.callers import quoted
from reference.history import moment_of
from reference.rules import ADMINISTRATOR, ANONYMOUS, LEVELS, PERMISSIONS


def by_text(values):
	return sorted(values, key=lambda value: tuple(str(x) for x in value))


class Present(Holders):
	def run(self):
		"""Compares answers to callers of each kind"""
		state, _ = self.history.look()
		for caller in [ADMINISTRATOR, ANONYMOUS] + self.history.some_users(state, 3):
			questions = self.questions(state, caller)
			answers, moment = self.ask(caller, questions, state.expiries())
			now = state.at(moment, caller)
			for question, answer in answers:
				what = shown_question(question, caller)
				if question[0] == "who_can":
					self.compare_who_can(now, caller, *question[1:], answer=answer, what=what)
				else:
					self.compare_explanation(now, caller, *question[1:], answer=answer, what=what)

	def questions(self, state, caller):
		"""Questions about some model APIs, and about one that does not exist"""
		r, questions = self.random, []
		names = [row["name"] for row in state.users.values()]
		names += [o["name"] for o in state.organizations.values()] + ["nobody-at-all"]
		some = self.some(list(state.apis), 3)
		for api in some + [str(uuid.UUID(int=r.getrandbits(128), version=4))]:
			every = caller == ADMINISTRATOR and LONG
			permissions = PERMISSIONS if every else r.sample(PERMISSIONS, 4)
			questions += [("who_can", api, p) for p in permissions]
			questions += [("explain_access", api, r.choice(PERMISSIONS)) for _ in range(2)]
			for _ in range(6 if caller == ADMINISTRATOR else 2):
				name = self.history.other_form(r.choice(names))
				questions.append(("explain_access", api, r.choice(PERMISSIONS), name))
			if caller in state.users:
				own = state.users[caller]
				permission = r.choice(PERMISSIONS)
				name = r.choice([self.history.other_form(own["name"]), own["email"] or own["name"]])
				questions.append(("explain_access", api, permission, name))
		return questions

	def compare_who_can(self, now, caller, api, permission, answer, what):
		refusal = now.refuses(caller, api, "view_collaborators")
		if refusal:
			self.compare("who_can, refused", refusal, answer.get("error"), what)
			return
		self.compare_holders("who_can", now.who_can(api, permission), answer, what)

	def compare_explanation(self, now, caller, api, permission, who=None, answer=None, what=None):
		"""who: the name or email of the user whose access is explained; otherwise the caller's"""
		user = now.state.named(who) if who else caller
		refusal = now.refuses(
			caller, api, "view" if who is None or user == caller else "view_collaborators"
		)
		if not refusal and user is None:
			refusal = "22023"
		if refusal:
			self.compare("explain_access, refused", refusal, answer.get("error"), what)
			return
		if "rows" not in answer:
			self.compare("explain_access", "rows", answer, what)
			return
		rows = answer["rows"]
		for row in rows:
			self.compare("explain_access, in words", True, bool(row["explanation"]), what)
		if user == ADMINISTRATOR:
			self.compare(
				"explain_access of an administrator",
				[("verdict", True)],
				[(row["step"], row["sufficient"]) for row in rows],
				what,
			)
			return
		expected = now.explain(api, permission, user)
		would = self.compare_steps(expected, rows, now.state.users[user]["disabled"], what)
		for path, level in would if not expected["organization"] else []:
			self.try_grant(now, api, permission, user, path, level, what)

	def compare_steps(self, expected, rows, disabled, what):
		"""The rows of explain_access(); returns what they say would allow it: (path, level)"""
		compare = lambda name, *more: self.compare("explain_access, " + name, *more, what)
		steps = collections.defaultdict(list)
		for row in rows:
			steps[row["step"]].append(row)
		self.compare_grants(expected, rows, steps, what)
		if not disabled:
			compare(
				"visibility",
				[("public", True)] * expected["visibility"],
				[(row["road"], row["sufficient"]) for row in steps["visibility"]],
			)
		verdicts = [row["sufficient"] for row in steps["verdict"]]
		compare("verdict", [expected["verdict"]], verdicts)
		would = [(row["road"], row["access_level"]) for row in steps["would_allow"]]
		compare("would_allow", sorted(expected["would_allow"].items()), sorted(would))
		names = [row["step"] for row in rows]
		place = names.index("verdict")
		before, after = set(names[:place]), set(names[place + 1 :])
		compare(
			"the verdict last but for what would allow it",
			True,
			before <= {"grant", "visibility", "expired", "organization"}
			and after <= {"would_allow"},
		)
		return would

	def compare_grants(self, expected, rows, steps, what):
		compare = lambda name, *more: self.compare("explain_access, " + name, *more)
		shown = lambda row: (
			row["road"],
			row["access_level"],
			moment_of(row["expires_at"]),
			row["granted_by"],
			row["sufficient"],
		)
		for grant in expected["grant"] + expected["organization"] + expected["expired"]:
			_, begun, ended = self.history.grants[grant[-1]]
			came = next(
				(moment_of(row["granted_at"]) for row in rows if row["road"] == grant[0]), None
			)
			compare(
				"granted when",
				True,
				came is not None and begun <= came <= ended,
				"%s: %s, %s, %s" % (what, begun, came, ended),
			)
		for step in ("grant", "organization", "expired"):
			grants = by_text(g[:-1] for g in expected[step])
			compare(step, grants, by_text(map(shown, steps[step])), what)
		expiries = [moment_of(row["expires_at"]) for row in steps["expired"]]
		compare("expired in order", sorted(expiries, reverse=True), expiries, what)

	def try_grant(self, now, api, permission, user, path, level, what):
		"""Whether a grant of that level gives the permission, and no lower level does"""
		name, project = now.state.users[user]["name"], now.state.apis[api]["project_id"]
		if not self.history.has("who_can") or self.random.random() < 0.5:
			return
		grants = now.state.apis[api]["grants"] + now.state.projects[project]["grants"]
		for given in LEVELS[: LEVELS.index(level) + 1]:
			add, to = ("add_collaborator", api)
			if path != "direct":
				add, to = ("add_project_collaborator", project)
			arguments = (add, quoted(to), quoted(name), given)
			statement = "SELECT modelapi_acl.%s(%s, %s, '%s')" % arguments
			self.history.cursor.execute(
				"SELECT test.if_granted(%s, %s, %s, %s)", (statement, api, permission, name)
			)
			came = self.history.cursor.fetchone()[0]
			end = self.history.clock()
			if any(g.until and now.moment <= g.until <= end for g in grants):
				self.count("a grant expired before would_allow was tried")
				return
			# it would take the last owner away, or another transaction has changed the same row
			if came in ("23514", "55P03"):
				continue
			self.compare(
				"would_allow, when granted",
				str(given == level).lower(),
				came,
				"%s: %s" % (what, statement),
			)
