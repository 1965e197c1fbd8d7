"""Compares answers about those who have access."""

from answers.history import Part


def shown_question(question, *caller):
	"""A question as text, and who asks it"""
	text = "%s(%s)" % (question[0], ", ".join(map(str, question[1:])))
	return text + "".join(" as %s" % c for c in caller)


def user_named(then, now, name):
	"""The id of the user who has the name then, otherwise of the one with the name or email now"""
	for user, row in then.users.items():
		if row["name"].lower() == name.lower():
			return user
	return now.named(name)


class Holders(Part):
	def compare_holders(self, name, expected, answer, what):
		"""An answer of who_can() or who_could() with {user: (name, level, paths)}"""
		if "rows" not in answer:
			self.compare(name, "rows", answer, what)
			return
		rows = answer["rows"]
		# paths are sorted, but the place of "public" among them is not specified
		came = {
			row["user_id"] or "organization " + row["username"]: (
				row["username"],
				row["access_level"],
				sorted(set(row["roads"]) - {"public"}) + ["public"] * row["roads"].count("public"),
			)
			for row in rows
		}
		self.compare(name, expected, came, what)
		for row in rows:
			paths = [x for x in row["roads"] if x != "public"]
			self.compare(name + ", paths in order", sorted(paths), paths, what)
		names = [row["username"] for row in rows]
		self.compare(name + ", in order", sorted(names), names, what)
