#!/usr/bin/python3
"""Static analysis: clang-tidy and cppcheck of the C files, Ruff of the Python files, ShellCheck of
the shell scripts; what the library exports; what the script of the extension must not do.

.clang-tidy, ruff.toml and comments in the scripts say what is left out, and why. PostgreSQL's C
style is pgindent's: no configuration of clang-format gives it.
"""

import os
import re
import shutil
import subprocess

from harness import ROOT, run, run_check

LEFT_OUT = {".git", "node_modules", "build", "tmp_check", "results"}
INCLUDES = run("pg_config", "--includedir-server").strip()
INTERNAL = next(
	folder
	for folder in (
		os.path.join(INCLUDES, "..", "..", "internal"),
		os.path.join(run("pg_config", "--includedir").strip(), "internal"),
	)
	if os.path.isdir(folder)
)
EXPORTED = r"(pg_finfo_)?modelapi_acl_\w+|_PG_init|Pg_magic_func"
# outside of their fragments
MISPLACED = {
	"80_policies.sql": r"^\s*(CREATE|ALTER) POLICY",
	"90_privileges.sql": r"^\s*(GRANT|REVOKE) .*\s?"
	r"\b(ON|SELECT|INSERT|UPDATE|DELETE|EXECUTE|USAGE|ALL)\b",
	"68_writable_views.sql": r"WITH CHECK OPTION",
}


class Findings:
	def __init__(self, check):
		self.check = check

	def none(self, name, found):
		self.check.true(name, not found, "\n" + "\n".join(found))

	def of(self, name, *command, keep=""):
		"""A command that has to succeed and print no line that matches"""
		result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
		lines = (result.stdout + result.stderr).split("\n")
		found = [line for line in lines if line and re.search(keep, line)]
		if result.returncode and not found:
			found = ["%s ended with status %d" % (command[0], result.returncode), *lines]
		self.none(name, found)


def shell_scripts():
	found = []
	for folder, folders, names in os.walk(ROOT):
		folders[:] = sorted(set(folders) - LEFT_OUT)
		for name in sorted(names):
			path = os.path.join(folder, name)
			if os.path.isfile(path):
				with open(path, errors="replace") as file:
					first = file.readline()
				if re.match(r"#!.*\b(ba)?sh$|# shellcheck shell=", first.strip()):
					found.append(os.path.relpath(path, ROOT))
	return found


def matching(paths, pattern, but=None):
	"""The lines of files that match"""
	return [
		"%s:%d: %s" % (path.relative_to(ROOT), number, line)
		for path in paths
		for number, line in enumerate(path.read_text().split("\n"), 1)
		if re.search(pattern, line) and not (but and re.search(but, line))
	]


def check_code(findings):
	options = ["-Isrc", "-isystem", INCLUDES, "-isystem", INTERNAL, "-D_GNU_SOURCE"]
	files = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("src/**/*.c"))]
	for file in files:
		findings.of(
			"clang-tidy " + file,
			*("clang-tidy", "--quiet", file, "--", *options),
			keep="warning:|error:",
		)
	findings.of(
		"cppcheck",
		*("cppcheck", "-q", "--enable=warning,performance,portability", "--std=c11"),
		*("--error-exitcode=1", "-Isrc", *files),
	)
	findings.of("Ruff", str(ROOT / "test/checks/lint/ruff.py"))
	scripts = shell_scripts()
	findings.check.true("there are shell scripts", len(scripts) > 5)
	findings.of("ShellCheck", "shellcheck", "-x", "-P", "SCRIPTDIR", *scripts)


def check_exports(findings):
	"""A library that was loaded earlier replaces what ours exports under the same name"""
	lines = run("nm", "-D", "--defined-only", ROOT / "modelapi_acl.so").strip().split("\n")
	symbols = [line.split()[-1] for line in lines]
	findings.none("exported symbols", [s for s in symbols if not re.fullmatch(EXPORTED, s)])
	findings.check.true("_PG_init is exported", "_PG_init" in symbols)


def first_statement(path):
	lines = path.read_text().split("\n")
	return next(line for line in lines if not re.match(r"(--|\\echo|\s*$)", line))


def check_script(findings):
	fragments = sorted(ROOT.glob("sql/install/*.sql"))
	for path in [fragments[0], *sorted(ROOT.glob("sql/upgrade/*.sql"))]:
		# IS DISTINCT FROM, CASE, IN, BETWEEN and NULLIF take their operators from the search path
		findings.check.equal(
			"first statement of %s" % path.relative_to(ROOT),
			first_statement(path),
			"SET LOCAL search_path TO pg_catalog, pg_temp;",
		)
	# plpgsql_check has nothing to do
	findings.none(
		"functions in PL/pgSQL",
		matching(fragments, r"(?i)\bplpgsql\b", but=r"^DO LANGUAGE plpgsql "),
	)
	findings.none("operators in bodies that are strings", operators_in_strings(fragments))
	for name, pattern in MISPLACED.items():
		others = [path for path in fragments if path.name != name]
		findings.none("only %s has its statements" % name, matching(others, pattern))


def operators_in_strings(fragments):
	"""A body that is a string is parsed under the caller's search_path"""
	found = []
	for path in fragments:
		for body in path.read_text().split("$body$")[1::2]:
			for line in body.split("\n"):
				rest = re.sub(r"OPERATOR\(pg_catalog\.[^)]*\)", "", line)
				if re.search(r"[ \t)](=|<>|<|>|<=|>=|\|\||->>|\+|-)[ \t(]", rest):
					found.append("%s: %s" % (path.name, line))
	return found


def main(check):
	for tool in ("clang-tidy", "cppcheck", "shellcheck", "node"):
		check.true("%s is there" % tool, shutil.which(tool) is not None)
	findings = Findings(check)
	check_code(findings)
	check_exports(findings)
	check_script(findings)


if __name__ == "__main__":
	run_check(main)
