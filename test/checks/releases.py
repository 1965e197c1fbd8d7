#!/usr/bin/python3
"""Versions and released scripts: all files have the version of VERSION, scripts/version leads from
development to a release, released scripts are unchanged, and a step leads from each of them to the
version in development.
"""

import glob
import hashlib
import os
import re
import shutil
import subprocess

from harness import run_check, scratch_folder

UPGRADE = "sql/upgrade"
scratch = ""


def read(path, folder="."):
	with open(os.path.join(folder, path), encoding="utf-8") as file:
		return file.read()


def write(path, text, folder):
	with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
		file.write(text)


def run(*command, folder="."):
	return subprocess.run(
		command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
	)


def copied(name):
	"""A copy of the files that a release concerns"""
	folder = os.path.join(scratch, name)
	for path in ("scripts", "sql", "debian"):
		shutil.copytree(path, os.path.join(folder, path))
	for path in ("VERSION", "META.json", "CHANGELOG.md", "Makefile", "modelapi_acl.control"):
		shutil.copy(path, folder)
	return folder


def first(pattern, text):
	found = re.search(pattern, text, re.M)
	return found and found.group(1)


def joined(folder="."):
	return "".join(read(path) for path in sorted(glob.glob(folder + "/sql/install/*.sql")))


def versions_in(folder):
	"""What each file says"""
	meta, debian = read("META.json", folder), read("debian/changelog", folder).split("\n")[0]
	return {
		"VERSION": read("VERSION", folder).strip(),
		"control": first(r"^default_version = '(.*)'$", read("modelapi_acl.control", folder)),
		"META.json": re.findall(r'^(?:\t|\t{3})"version": "(.*)"', meta, re.M),
		"script": first(r'^\t{3}"file": "sql/modelapi_acl--(.*)\.sql"', meta),
		"status": first(r'^\t"release_status": "(.*)"', meta),
		"CHANGELOG.md": first(r"^## (\S+ \(.*\))$", read("CHANGELOG.md", folder)),
		"Debian": re.fullmatch(r"modelapi-acl (\(.*\) \w+); urgency=medium", debian).group(1),
	}


# ----------
# One version
# ----------


def test_one_version(check):
	result = run("scripts/version", "--check")
	check.equal("scripts/version --check", (result.returncode, result.stdout), (0, ""))
	folder = copied("changed")
	for path, pattern, instead in (
		("VERSION", r".*", "99.0.0"),
		("modelapi_acl.control", r"default_version = '.*'", "default_version = '0.9'"),
		("META.json", r'^\t"version": ".*"', '\t"version": "0.9.0"'),
		("META.json", r'^\t\t\t"version": ".*"', '\t\t\t"version": "0.9.0"'),
		("META.json", r"modelapi_acl--.*\.sql", "modelapi_acl--0.9.sql"),
		("META.json", r'"release_status": ".*"', '"release_status": "testing"'),
		("CHANGELOG.md", r"^## \S+ ", "## 0.9 "),
		("debian/changelog", r"\(.*\)", "(0.9-1)"),
	):
		before = read(path, folder)
		after = re.sub(pattern, instead, before, count=1, flags=re.M)
		write(path, after, folder)
		result = run("scripts/version", "--check", folder=folder)
		found = result.returncode == 1 and result.stdout != ""
		check.true(f"scripts/version --check finds {instead.strip()!r} in {path}", found)
		check.equal(f"and leaves {path} as it is", read(path, folder), after)
		write(path, before, folder)
	for wrong in ("1.2", "1.2.3-rc1", "01.2.3", "1.2.3\n4", ""):
		write("VERSION", wrong + "\n", folder)
		result = run("scripts/version", folder=folder)
		check.equal(
			f"scripts/version refuses {wrong!r}",
			(result.returncode, result.stdout[:7]),
			(1, "VERSION"),
		)


# ----------
# From development to release
# ----------


def test_life(check):
	folder = copied("life")
	# whatever is developed here is released first
	ours = read("VERSION").strip().partition("-")[0]
	run("scripts/version", ours, folder=folder)
	run("make", "release-script", folder=folder)
	short = ".".join(ours.split(".")[:2])
	check.equal("a version without -dev is released", versions_in(folder)["status"], "stable")

	run("scripts/version", "97.3.0-dev", folder=folder)
	check.equal(
		"97.3.0-dev",
		versions_in(folder),
		{
			"VERSION": "97.3.0-dev",
			"control": "97.3",
			"META.json": ["97.3.0-dev", "97.3.0-dev"],
			"script": "97.3",
			"status": "unstable",
			"CHANGELOG.md": "97.3 (not released)",
			"Debian": "(97.3.0~dev-1) UNRELEASED",
		},
	)
	step = f"{UPGRADE}/modelapi_acl--{short}--97.3.sql"
	check.equal(
		"97.3.0-dev: an empty step",
		read(step, folder),
		read(UPGRADE + "/step.sql.in").replace("@VERSION@", "97.3"),
	)
	check.equal("97.3.0-dev: the step is not frozen", problems_of(folder), [])

	today = subprocess.check_output(["date", "-u", "+%F"], text=True).strip()
	run("scripts/version", "97.3.0", folder=folder)
	check.equal(
		"97.3.0",
		versions_in(folder),
		{
			"VERSION": "97.3.0",
			"control": "97.3",
			"META.json": ["97.3.0", "97.3.0"],
			"script": "97.3",
			"status": "stable",
			"CHANGELOG.md": f"97.3 ({today})",
			"Debian": "(97.3.0-1) unstable",
		},
	)
	check.equal(
		"97.3.0: not without its script",
		problems_of(folder),
		[
			f"modelapi_acl--{short}--97.3.sql is not in SHA256SUMS",
			"modelapi_acl--97.3.sql is not there",
		],
	)
	result = run("make", "release-script", folder=folder)
	check.equal("make release-script", result.returncode, 0)
	check.equal("the released script", read(f"{UPGRADE}/modelapi_acl--97.3.sql", folder), joined())
	check.equal("97.3.0: released", problems_of(folder), [])
	check.equal("and once more", run("make", "release-script", folder=folder).returncode, 0)
	check.equal("is the same", problems_of(folder), [])
	result = run("scripts/version", "--check", folder=folder)
	check.equal("97.3.0: --check", (result.returncode, result.stdout), (0, ""))

	# a later version of the library alone
	run("scripts/version", "97.3.1-dev", folder=folder)
	came = versions_in(folder)
	check.equal(
		"97.3.1-dev: the script stays",
		[came[what] for what in ("control", "script", "META.json", "CHANGELOG.md", "Debian")],
		["97.3", "97.3", ["97.3.1-dev"] * 2, "97.3.1 (not released)", "(97.3.1~dev-1) UNRELEASED"],
	)
	check.equal("97.3.1-dev: no step", glob.glob(folder + "/sql/upgrade/*97.3.1*"), [])
	check.equal("97.3.1-dev: nothing is wrong", problems_of(folder), [])
	path = sorted(glob.glob(folder + "/sql/install/*.sql"))[-1]
	write(path, read(path) + "-- a word\n", ".")
	check.equal(
		"97.3.1-dev: a changed fragment",
		problems_of(folder),
		["modelapi_acl--97.3.sql is not what sql/install/ has: a new version has to be begun"],
	)


# ----------
# Released scripts
# ----------


def problems_of(folder):
	"""What is wrong with sql/upgrade/"""
	found = []
	version = read("VERSION", folder).strip()
	current = ".".join(version.split(".")[:2])
	names = sorted(map(os.path.basename, glob.glob(os.path.join(folder, UPGRADE, "*.sql"))))
	sums = dict(
		reversed(line.split()) for line in read(UPGRADE + "/SHA256SUMS", folder).splitlines()
	)
	released = {first(r"^modelapi_acl--([\d.]+)\.sql$", name) for name in names} - {None}
	for name in names:
		text = read(os.path.join(UPGRADE, name), folder)
		if name not in sums:
			# the step to the version that is developed
			if not (version.endswith("-dev") and name.endswith(f"--{current}.sql")):
				found.append(f"{name} is not in SHA256SUMS")
		elif sums[name] != hashlib.sha256(text.encode()).hexdigest():
			found.append(f"{name} has changed since it was released")
		verb = "ALTER" if name.count("--") == 2 else "CREATE"
		if not re.match(rf'\\echo Use "{verb} EXTENSION modelapi_acl [^"]*" .*\\quit\n', text):
			found.append(f"{name} does not begin with \\echo ... \\quit")
		statements = re.sub(r"^(--.*|\\echo.*|\s*)\n", "", text, flags=re.M)
		if not statements.startswith("SET LOCAL search_path TO pg_catalog, pg_temp;\n"):
			found.append(f"{name} does not set search_path first")
	found += [f"{name} is not there" for name in sums if name not in names]
	if current in released:
		if read(f"{UPGRADE}/modelapi_acl--{current}.sql", folder) != joined(folder):
			found.append(
				f"modelapi_acl--{current}.sql is not what sql/install/ has: "
				"a new version has to be begun"
			)
	elif not version.endswith("-dev"):
		found.append(f"modelapi_acl--{current}.sql is not there")

	# from each released version, by steps
	steps = {tuple(name[:-4].split("--")[1:]) for name in names if name.count("--") == 2}
	reached = {current}
	for _ in steps:
		reached |= {before for before, after in steps if after in reached}
	found += [f"no step leads from {version}" for version in sorted(released - reached)]

	# what each step does besides
	before, after = read(UPGRADE + "/step.sql.in", folder).split("\n\n\n\n")
	for name in names:
		if name.count("--") == 2 and name not in sums:
			text = read(os.path.join(UPGRADE, name), folder)
			if not text.startswith(before.replace("@VERSION@", current)):
				found.append(f"{name} does not begin as step.sql.in")
			if not text.endswith(after):
				found.append(f"{name} does not end as step.sql.in")
	return found


def test_scripts(check):
	check.equal("sql/upgrade/", problems_of("."), [])
	folder = copied("scripts")
	name = sorted(map(os.path.basename, glob.glob(UPGRADE + "/modelapi_acl--*.*.sql")))[-1]
	text = read(f"{UPGRADE}/{name}", folder)
	sums = read(UPGRADE + "/SHA256SUMS", folder)
	for what, path, instead, problem in (
		("a changed script", name, text + "-- a word\n", "has changed since it was released"),
		("a first line that runs", name, text.partition("\n")[2], "does not begin with"),
		("no search_path", name, text.replace("SET LOCAL", "SET", 1), "does not set search_path"),
		("a script that was not released", "SHA256SUMS", "", "is not in SHA256SUMS"),
		("a script that is gone", "SHA256SUMS", sums + "0 x.sql\n", "x.sql is not there"),
	):
		before = read(f"{UPGRADE}/{path}", folder)
		write(f"{UPGRADE}/{path}", instead, folder)
		check.true(f"{what} is found", any(problem in p for p in problems_of(folder)))
		write(f"{UPGRADE}/{path}", before, folder)
	check.equal("and nothing else is wrong", problems_of(folder), [])
	for step in glob.glob(folder + "/sql/upgrade/modelapi_acl--*--*.sql"):
		os.unlink(step)
	check.true(
		"a missing step is found", any("no step leads from" in p for p in problems_of(folder))
	)


def main(check):
	global scratch
	scratch = str(scratch_folder("releases"))
	test_one_version(check)
	test_scripts(check)
	test_life(check)


if __name__ == "__main__":
	run_check(main)
