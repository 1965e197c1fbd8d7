#!/usr/bin/python3
"""README.md, docs/ and CONTRIBUTING.md against the code. They name all functions, with their
arguments and who may call them, all tables, roles, permissions, settings, reasons and audit
actions, and no others. The files, links and commands in them exist, and so do the code and the
tests that docs/rules.md names for each rule.
"""

import glob
import os
import re
import subprocess

from harness import Check, Database, finish

results = Check()
pages = {
	path: open(path).read()
	for path in ["README.md", "CONTRIBUTING.md", "SECURITY.md", *sorted(glob.glob("docs/*.md"))]
}
contributing = pages["CONTRIBUTING.md"]
# what is for users
manual = "\n".join(text for path, text in pages.items() if path != "CONTRIBUTING.md")


def check(name, documented, there):
	"""Compares two sets, and prints what only one of them has"""
	results.true(
		name,
		documented == there and there,
		"only documented: %s; only there: %s"
		% (sorted(documented - there), sorted(there - documented)),
	)


def page(name):
	return pages["docs/%s.md" % name].split("\n", 1)[1]


def rows(text):
	"""Cells of the lines of its tables"""
	return [
		[cell.strip() for cell in line[1:-1].split(" |")]
		for line in re.findall(r"^(\|.*\|)$", text, re.M)
	]


cursor = Database("documentation").cursor()


def names(sql):
	cursor.execute(sql)
	return {row[0] for row in cursor.fetchall()}


# ----------
# Functions: name(argument, …) and who may call them, from the tables
# ----------
ROLES = {"U": "user", "B": "backend", "G": "gateway", "I": "identity_gateway", "A": "admin"}
cursor.execute("""SELECT p.proname, coalesce(p.proargnames[1:p.pronargs], '{}'), p.pronargdefaults,
		ARRAY(SELECT r FROM unnest(
				ARRAY['user', 'backend', 'gateway', 'identity_gateway', 'admin']) r
			WHERE has_function_privilege('modelapi_acl_' || r, p.oid, 'EXECUTE'))
	FROM pg_proc p WHERE p.pronamespace = 'modelapi_acl'::regnamespace""")
there = [
	(name, arguments, defaults, set(roles))
	for name, arguments, defaults, roles in cursor.fetchall()
]
documented = []
for cells in rows(page("reference")) + rows(page("answers")):
	for name, arguments in re.findall(r"`([a-z_]+)\(([^`()]*)\)[^`]*`", cells[0]):
		parts = [part.strip() for part in arguments.split(",") if part.strip()]
		documented.append(
			(
				name,
				[part.split()[0] for part in parts],
				sum("DEFAULT" in part for part in parts),
				cells[1],
			)
		)
signature = "%s(%s)"
# an ellipsis stands for all that follows
check("functions", {name for name, *_ in documented}, {name for name, *_ in there})
check(
	"functions' arguments",
	{
		signature % (name, ", ".join(arguments))
		for name, arguments, *_ in documented
		if "…" not in arguments
	}
	| {
		signature % (name, ", ".join(full))
		for name, arguments, *_ in documented
		if "…" in arguments
		for other, full, *_ in there
		if other == name and full[: arguments.index("…")] == arguments[: arguments.index("…")]
	},
	{signature % (name, ", ".join(arguments)) for name, arguments, *_ in there},
)
by_name = {
	signature % (name, ", ".join(arguments)): (defaults, roles)
	for name, arguments, defaults, roles in there
}
found = [
	(by_name[key], key, defaults, who)
	for key, defaults, who in (
		(signature % (name, ", ".join(arguments)), defaults, who)
		for name, arguments, defaults, who in documented
	)
	if key in by_name and who
]
check(
	"arguments that have a default",
	{(key, defaults) for _, key, defaults, _ in found},
	{(key, t[0]) for t, key, _, _ in found},
)
# What users may call, backends and administrators may as well; what gateways may call, those that
# verify who calls may. "Owners" and the like are users.
check(
	"who may call",
	{(key, ROLES.get(who, "user")) for _, key, _, who in found},
	{
		(key, role)
		for t, key, _, _ in found
		for role in (t[1] & {"user"} or t[1] & {"gateway"} or t[1])
	},
)

# ----------
# Tables, roles, enumerated values, settings
# ----------
check(
	"tables and views",
	set(re.findall(r"`([a-z_]+)`", page("reference").strip().split("\n\n")[0]))
	| set(re.findall(r"view `([a-z_]+)`", manual)),
	names(
		"SELECT relname FROM pg_class"
		" WHERE relnamespace = 'modelapi_acl'::regnamespace AND relkind IN ('r', 'v')"
	),
)
check(
	"roles",
	{cells[0].strip("`") for cells in rows(page("identity")) if cells[0].startswith("`")},
	names(r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'modelapi\_acl\_%'"),
)
check(
	"permissions",
	{cells[0].strip("`") for cells in rows(page("concepts")) if re.match(r"`[a-z_]+`$", cells[0])},
	names("SELECT unnest(enum_range(NULL::modelapi_acl.permission))::text"),
)
labels = names("""SELECT e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
	WHERE t.typnamespace = 'modelapi_acl'::regnamespace""")
# a label is a word within backticks
check(
	"values of the enumerated types",
	{label for label in labels if re.search(r"`(?:[^`]*\W)?%s(?:\W[^`]*)?`" % label, manual)},
	labels,
)
cursor.execute("LOAD 'modelapi_acl'")
check(
	"settings",
	set(re.findall(r"modelapi_acl\.([a-z_]+) = ", manual)),
	names(r"SELECT substr(name, 14) FROM pg_settings WHERE name LIKE 'modelapi\_acl.%'"),
)

# ----------
# Words of the sources: reasons, audit actions
# ----------
check(
	"reasons",
	{cells[1].strip("`") for cells in rows(page("tokens")) if re.match("`[a-z_]+`$", cells[1])},
	set(
		re.findall(
			r"\[REASON_\w+\] = \{\"([a-z_]+)\"", open("src/token/invocation_answer.c").read()
		)
	),
)
documented = set()
for cells in rows(page("audit")):
	prefix = None
	for action in re.findall(r"`([a-z_]*\.[a-z_]+)`", cells[-1]):
		prefix = action.split(".")[0] or prefix
		documented.add(prefix + "." + action.split(".")[1])
there = set()
source = (
	open("src/audit/audited_tables.c")
	.read()
	.replace(".changes = GRANT_CHANGES", '.action = "changed"')
)
table = re.search(r"^static const AuditedTable audited_tables.*?^\};", source, re.M | re.S).group()
for entry in re.findall(r"^\t\{\n(.*?)^\t\}", table, re.M | re.S):
	(thing,) = re.findall(r"\.object = \"(\w+)\"", entry)
	verbs = re.findall(r"\.(?:created|deleted|action|action_when_null) = \"(\w+)\"", entry)
	there |= {f"{thing}.{verb}" for verb in verbs}
for path in glob.glob("sql/install/*.sql"):
	there |= set(re.findall(r"record_event\('([a-z_]+\.[a-z_]+)'", open(path).read()))
CALLS = r"(?:\.action = |audit_record_name\(|write_(?:personal_)?event\()"
for path in glob.glob("src/**/*.c", recursive=True):
	there |= set(re.findall(CALLS + r'"([a-z_]+\.[a-z_]+)"', open(path).read()))
check("audit actions", documented, there)


# ----------
# The README: short, and SQL at its beginning
# ----------
readme = pages["README.md"].splitlines()
check("lines of the README, 250 at most", {len(readme)}, {min(len(readme), 250)})
check("SQL within the README's first 50 lines", {True}, {"```sql" in readme[:50]})


# ----------
# Links, files, commands
# ----------
def anchors(text):
	return {
		re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
		for heading in re.findall(r"^#+ (.*)$", text, re.M)
	}


def is_there(path, link):
	file, _, anchor = link.partition("#")
	target = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
	return os.path.exists(target) and (not anchor or anchor in anchors(pages[target]))


links = {
	(path, link) for path, text in pages.items() for link in re.findall(r"\]\(([^)]+)\)", text)
}
check("links", links, {(path, link) for path, link in links if is_there(path, link)})
check(
	"pages and images that the README leads to",
	{link for path, link in links if path == "README.md" and link.startswith("docs/")},
	{path for path in pages if path.startswith("docs/")} | set(glob.glob("docs/images/*.svg")),
)
chart = os.path.join(os.environ["MODELAPI_ACL_PRIVATE"], "performance.svg")
subprocess.run(["bench/chart", chart], check=True)
with open(chart) as made, open("docs/images/performance.svg") as kept:
	check("the chart is made of the page's figures", {kept.read()}, {made.read()})
paths = set(
	re.findall(
		r"(?<![\w/.-])(?:\./)?((?:src|sql|test|demo|bench|examples|debian|scripts)/[\w./-]*\w)",
		manual + contributing,
	)
)
# bench/results is made by a run
check(
	"files",
	paths,
	{path for path in paths if os.path.exists(path) or path.startswith("bench/results/")},
)
commands = set()
for kind, name in re.findall(r"\./test/run (\w+) ([\w./]+)", manual + contributing):
	commands.add((kind, name))
check(
	"commands",
	commands,
	{
		(kind, name)
		for kind, name in commands
		if kind == "majors"
		or name == "NAME"
		or any(
			os.path.exists(path % name)
			for path in (
				"%s",
				"test/sql/%s.sql",
				"test/isolation/specs/%s.spec",
				"test/checks/%s.py",
				"test/checks/%s.sh",
				"test/long/%s.sh",
			)
		)
	},
)
listed = re.search(r"^### Programs of test/checks\n(.*?)^#", contributing, re.M | re.S).group(1)
check(
	"programs of test/checks",
	{cells[0] for cells in rows(listed)[2:]},
	# test/run leaves out what is not executable
	{
		os.path.splitext(os.path.basename(path))[0]
		for path in glob.glob("test/checks/*.*")
		if os.access(path, os.X_OK)
	},
)
# one line for each file
listed = re.search(r"^```\n(src/.*?)^sql/install/", contributing, re.M | re.S).group(1)
check(
	"files of src",
	set(re.findall(r"^ +(\w+\.c)\b", listed, re.M)),
	{os.path.basename(path) for path in glob.glob("src/**/*.c", recursive=True)},
)


# ----------
# Rules: each leads to code and to tests that are there
# ----------
def is_in_file(path, name):
	"""Whether a file has a function, an object or, if it is a test, a text"""
	with open(path) as file:
		text = file.read()
	if path.startswith("test/"):
		return name in text
	if path.endswith(".sql"):
		name, _, table = name.partition(" ON ")
		on_table = r" ON (?:\w+\.)?%s\b" % re.escape(table) if table else ""
		pattern = r"^CREATE [A-Z ]+?(?:\w+\.)?%s\b%s" % (re.escape(name), on_table)
	else:
		pattern = r"^(?:static const .*[ *])?%s[(\[]" % re.escape(name)
	return re.search(pattern, text, re.M) is not None


def is_reference_there(reference):
	path, _, names = reference.partition(": ")
	# a test has one title, which may hold commas
	parts = [names] if path.startswith("test/") else names.split(", ")
	return os.path.exists(path) and all(is_in_file(path, name) for name in parts if name)


rules = [cells for cells in rows(page("rules")) if len(cells) == 3 and "`" in cells[1]]
code = {reference for cells in rules for reference in re.findall(r"`([^`]+)`", cells[1])}
tests = {reference for cells in rules for reference in re.findall(r"`([^`]+)`", cells[2])}
check("rules' code", code, {reference for reference in code if is_reference_there(reference)})
check("rules' tests", tests, {reference for reference in tests if is_reference_there(reference)})
check(
	"rules have code and tests",
	{cells[0] for cells in rules},
	{
		cells[0]
		for cells in rules
		if re.search(r"`(src|sql)/", cells[1]) and re.search("`test/", cells[2])
	},
)

finish(results)
