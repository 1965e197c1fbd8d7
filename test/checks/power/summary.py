"""What power prints."""

from power.results import as_text
from power.sessions import SESSIONS

LEGEND = """\
Who the current user is in the code:
  A  an administrator                       S  the same; guards and audit are skipped
  p  the user who was stated    -  nobody   m  nobody, in maintenance
  c  a cascade into the extension's tables: no permission is required, events are written
  !  a wrong answer             blank: the server does not run the code in that session
"""


def print_matrix(rows, unattended):
	letters = [chr(ord("a") + number) for number in range(len(SESSIONS))]
	print("The sessions:")
	for letter, session in zip(letters, SESSIONS):
		print("  %s  %s" % (letter, session.name))
	print(LEGEND)
	width = max(len(title) for title, _ in rows) + 1
	print("%-*s%s" % (width, "", "".join(letters)))
	for title, symbols in rows:
		print("%-*s%s" % (width, title, symbols))
	print("\nWithout a session:")
	for title, symbol in unattended:
		print("  %s  %s" % (symbol, title))
	print()


def print_wrong(wrong, details):
	"""Wrong answers by kind, with two examples of each; details: then all of them"""
	kinds = {}
	for answer in wrong:
		kind = (answer.what, as_text(answer.got), answer.expected)
		kinds.setdefault(kind, []).append("%s, in %s" % (answer.title, answer.session))
	for kind, places in sorted(kinds.items(), key=lambda item: -len(item[1])):
		examples = (len(places), "; ".join(places[:2]))
		print("wrong: %s is %s, should be %s: %d times, e.g. %s" % (kind + examples))
	if details:
		for answer in wrong:
			print(answer.line())
