#!/usr/bin/python3
"""Removes or opens each policy, trigger, REVOKE, GRANT and cell of the permission tables, one at a
time: the regression suite must fail every time.

	MUTANTS=N	a random sample of so many (LONG=1: all of them)
	SEED=N		chooses the sample
	ONLY=TEXT	those whose name holds the text

The tests that list privileges, policies and triggers as they are come last: what they alone
notice is counted apart.
"""

import os
import random
import re
import subprocess

from harness import LONG, ROOT, SEED, number, private_folder, run, run_check

FOLDER = private_folder() / "mutation"
BINDIR, PGXS, SHAREDIR, LIBDIR = run(
	"pg_config", "--bindir", "--pgxs", "--sharedir", "--pkglibdir"
).split("\n")[:4]
PG_REGRESS = os.path.join(os.path.dirname(PGXS), "..", "test", "regress", "pg_regress")
VERSION = re.search(
	r"^default_version = '(.*)'", (ROOT / "modelapi_acl.control").read_text(), re.M
).group(1)
SCRIPT = os.path.join(SHAREDIR, "extension", "modelapi_acl--%s.sql" % VERSION)
LIBRARY = os.path.join(LIBDIR, "modelapi_acl.so")
ONLY = os.environ.get("ONLY")

TESTS = """
	permissions row_visibility plain_writes functions guards ownership audit tokens values
	identity hidden_as_missing invocation search explain_access access_history access_changes
	access_reviews offboarding power silence expiry names emails audit_completeness
""".split()
LISTS = ["install", "privileges", "triggers"]


def read(path, mode="r"):
	with open(path, mode) as file:
		return file.read()


def write(path, text, mode="w"):
	with open(path, mode) as file:
		file.write(text)


def mutants_of_script(script):
	"""(name, the script with one thing taken away or opened)"""
	bare = re.sub(r"--[^\n]*", lambda m: " " * len(m.group()), script)
	for m in re.finditer(r"CREATE POLICY (\w+) ON ([\w.]+)\s+FOR \w+(.*?);\n", bare, re.S):
		name, table, rest = m.groups()
		yield (
			"policy %s on %s removed" % (name, table),
			script + "\nDROP POLICY %s ON %s;\n" % (name, table),
		)
		opened = "".join(
			" " + clause + " (true)" for clause in ("USING", "WITH CHECK") if clause in rest
		)
		if re.search(r"\(true\)", rest):
			continue  # is open
		yield (
			"policy %s on %s opened" % (name, table),
			script + "\nALTER POLICY %s ON %s%s;\n" % (name, table, opened),
		)
	for m in re.finditer(r"ALTER TABLE ([\w.]+) ENABLE ROW LEVEL SECURITY[^;]*;", bare):
		yield (
			"row-level security of %s off" % m.group(1),
			script + "\nALTER TABLE %s DISABLE ROW LEVEL SECURITY;\n" % m.group(1),
		)
	for m in re.finditer(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)\s.*?\sON ([\w.]+)", bare, re.S):
		yield (
			"trigger %s on %s removed" % m.groups(),
			script + "\nDROP TRIGGER %s ON %s;\n" % m.groups(),
		)
	for kind in ("SCHEMA", "TABLE", "FUNCTION", "TYPE"):
		yield (
			"REVOKE of what is given on a %s removed" % kind,
			script.replace(
				"\t\tEXECUTE statement;",
				"\t\tIF statement !~ '^REVOKE ALL ON %s' THEN EXECUTE statement; END IF;" % kind,
			),
		)
	for m in re.finditer(r"^REVOKE [^;]*;", bare, re.M):
		yield "%s removed" % " ".join(m.group().split()), script[: m.start()] + script[m.end() :]
	for m in re.finditer(r"^GRANT (modelapi_acl_\w+) TO (modelapi_acl_\w+);", bare, re.M):
		# roles outlive the extension
		yield "%s removed" % m.group(), script + "\nREVOKE %s FROM %s;\n" % m.groups()
	for m in re.finditer(r"^GRANT (?!modelapi_acl)[^;]*;", bare, re.M):
		yield (
			"%.100s removed" % " ".join(m.group().split()),
			script[: m.start()] + script[m.end() :],
		)


LEVELS = [
	"ACCESS_LEVEL_NONE",
	"ACCESS_LEVEL_VIEWER",
	"ACCESS_LEVEL_EDITOR",
	"ACCESS_LEVEL_OWNER",
	"(ACCESS_LEVEL_OWNER + 1)",
]


def mutants_of_code(code):
	"""(name, permissions.c with one cell of a permission table changed)"""
	for m in re.finditer(r"\[(PROJECT_)?PERMISSION_\w+\] = \{([^}]*)\}", code):
		fields = dict(re.findall(r'\.(\w+) = "?(\w+)', m.group(2)))
		name, level = fields["name"], fields["level"]
		place = LEVELS.index(level)
		yield "%s given to a level less" % name, with_field(code, m, "level", LEVELS[place - 1])
		yield "%s given to a level more" % name, with_field(code, m, "level", LEVELS[place + 1])
		if m.group(1):
			continue  # a project's
		is_open = fields.get("open_to", "OPEN_TO_NOBODY") != "OPEN_TO_NOBODY"
		other = "OPEN_TO_NOBODY" if is_open else "OPEN_WHEN_PUBLIC"
		yield "%s: %s" % (name, other), with_field(code, m, "open_to", other)
		# owners need no access to the project
		if level != "ACCESS_LEVEL_OWNER":
			needs = fields.get("needs_project_access") == "true"
			yield (
				"%s: project access %s" % (name, "not needed" if needs else "needed"),
				with_field(code, m, "needs_project_access", "false" if needs else "true"),
			)


def with_field(code, match, field, value):
	"""The code with another value in an initializer, which may not name the field yet"""
	text = match.group(2)
	pattern = r"\.%s = [^,]+" % field
	assignment = ".%s = %s" % (field, value)
	if re.search(pattern, text):
		text = re.sub(pattern, assignment, text)
	else:
		text += ", " + assignment
	return code[: match.start(2)] + text + code[match.end(2) :]


def mutants_of_guard(code):
	"""(name, column_guard.c without the stricter rule for one column)"""
	row = '\t{"visibility", PERMISSION_CHANGE_VISIBILITY},\n'
	assert row in code
	yield "column visibility taken from the guard", code.replace(row, "")
	yield (
		"column visibility given to editors",
		code.replace(row, row.replace("CHANGE_VISIBILITY", "EDIT_SETTINGS")),
	)


def passes(test):
	return (
		subprocess.run(
			[
				PG_REGRESS,
				"--inputdir=%s" % (ROOT / "test"),
				"--outputdir=%s" % FOLDER,
				"--bindir=" + BINDIR,
				"--dbname=mutation",
				test,
			],
			cwd=ROOT,
			capture_output=True,
		).returncode
		== 0
	)


def first_failure():
	"""The first test that fails, or None"""
	return next((test for test in TESTS + LISTS if not passes(test)), None)


def all_mutants(texts):
	"""(path, name, text) of each; texts: what the files hold"""
	makers = (mutants_of_script, mutants_of_code, mutants_of_guard)
	for (path, text), mutants in zip(texts.items(), makers, strict=True):
		count = 0
		for name, mutant in mutants(text):
			if mutant == text:
				raise RuntimeError("%s changes nothing" % name)
			count += 1
			yield path, name, mutant
		if not count:
			raise RuntimeError("no mutants of " + path)


def try_mutant(path, text, original, library):
	"""The first test that notices a mutant, or None"""
	write(path, text)
	if path != SCRIPT:
		config = "PG_CONFIG=" + os.path.join(BINDIR, "pg_config")
		run("make", "-C", ROOT, "all", "install", "with_llvm=no", config)
	test = first_failure()
	write(path, original)
	if path != SCRIPT:
		# a new file, not the one that running servers have mapped
		os.unlink(LIBRARY)
		write(LIBRARY, library, "wb")
	return test


def main(check):
	FOLDER.mkdir(exist_ok=True)
	names = ("access/permissions.c", "triggers/column_guard.c")
	sources = [str(ROOT / "src" / name) for name in names]
	texts = {path: read(path) for path in (SCRIPT, *sources)}
	library = read(LIBRARY, "rb")
	mutants = list(all_mutants(texts))
	total = len(mutants)
	mutants = [mutant for mutant in mutants if (ONLY or "") in mutant[1]]
	if not LONG and ONLY is None:
		mutants = random.Random(SEED).sample(mutants, number("MUTANTS", 12))
	print("%d of %d mutants" % (len(mutants), total))
	failing = first_failure()
	if failing:
		print(read(FOLDER / "regression.diffs")[:4000])
		check.true("the suite passes without any mutation", False, failing)
		return
	survivors = by_lists = 0
	for path, name, text in mutants:
		test = try_mutant(path, text, texts[path], library)
		survivors += test is None
		by_lists += test in LISTS
		print("%-14s %s" % (test or "SURVIVED", name))
	noticed = len(mutants) - survivors
	print(
		"%d mutants: %d noticed, %d of them by the lists of privileges, policies and triggers"
		" alone; score %.1f%%"
		% (len(mutants), noticed, by_lists, 100.0 * noticed / max(len(mutants), 1))
	)
	check.add(noticed, survivors)


if __name__ == "__main__":
	run_check(main, seed=SEED)
