#!/usr/bin/python3
"""The packages: META.json against PGXN's rules; the zip for PGXN, built, and installed by PGXN's
client; Debian's packages, built and tried.
"""

import glob
import json
import os
import re
import shutil
import zipfile

from harness import private_folder, run, run_check

private = str(private_folder())
scratch = os.path.join(private, "packaging")


# ----------
# META.json: the PGXN Meta Spec, version 1.0.0
# ----------
VERSION = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"
LICENSES = {
	*("agpl_3", "apache_1_1", "apache_2_0", "artistic_1", "artistic_2", "bsd", "freebsd"),
	*("gfdl_1_2", "gfdl_1_3", "gpl_1", "gpl_2", "gpl_3", "lgpl_2_1", "lgpl_3_0", "mit"),
	*("mozilla_1_0", "mozilla_1_1", "openssl", "perl_5", "postgresql", "qpl_1_0", "ssleay", "sun"),
	*("zlib", "open_source", "restricted", "unrestricted", "unknown"),
}
REQUIRED = {"name", "abstract", "version", "maintainer", "license", "provides", "meta-spec"}
KEYS = REQUIRED | {"description", "generated_by", "no_index", "prereqs", "release_status"}
KEYS |= {"resources", "tags"}


def problems_of(meta):
	"""What is wrong with it"""
	found = []

	def ask(condition, what):
		if not condition:
			found.append(what)

	def is_text(value):
		return isinstance(value, str) and value.strip() != ""

	def is_version(value):
		return isinstance(value, str) and bool(re.fullmatch(VERSION, value))

	def is_term(value):
		return isinstance(value, str) and bool(re.fullmatch(r"[^\s/\\\x00-\x1f\x7f]{2,}", value))

	for key in sorted(REQUIRED):
		ask(key in meta, "%s is missing" % key)
	for key in meta:
		ask(key in KEYS or key.lower().startswith("x_"), "%s is no key" % key)
	ask(is_term(meta.get("name")), "name")
	ask(is_text(meta.get("abstract")), "abstract")
	ask(is_version(meta.get("version")), "version")
	maintainers = meta.get("maintainer")
	maintainers = maintainers if isinstance(maintainers, list) else [maintainers]
	ask(maintainers and all(map(is_text, maintainers)), "maintainer")
	licenses = meta.get("license")
	licenses = licenses if isinstance(licenses, list) else [licenses]
	ask(licenses and all(name in LICENSES for name in licenses), "license")
	specification = meta.get("meta-spec", {})
	ask(
		specification.get("version") == "1.0.0"
		and specification.get("url")
		in ("https://pgxn.org/meta/spec.txt", "http://pgxn.org/meta/spec.txt"),
		"meta-spec",
	)
	ask(meta.get("release_status", "stable") in ("stable", "testing", "unstable"), "release_status")
	for name, what in meta.get("provides", {"": {}}).items():
		ask(
			is_term(name)
			and is_text(what.get("file"))
			and is_version(what.get("version"))
			and is_text(what.get("abstract", "x")),
			"provides " + name,
		)
	for phase, relations in meta.get("prereqs", {}).items():
		ask(phase in ("configure", "build", "test", "runtime", "develop"), "prereqs " + phase)
		for relation, terms in relations.items():
			ask(
				relation in ("requires", "recommends", "suggests", "conflicts"),
				"prereqs " + relation,
			)
			for term, versions in terms.items():
				ask(
					is_term(term)
					and all(
						re.fullmatch(r"(>=|<=|==|!=|>|<)?\s*(0|%s)" % VERSION, v.strip())
						for v in str(versions).split(",")
					),
					"prereqs " + term,
				)
	tags = meta.get("tags", [])
	ask(
		isinstance(tags, list)
		and all(isinstance(t, str) and re.fullmatch(r"[^/\\\x00-\x1f]{1,255}", t) for t in tags),
		"tags",
	)
	return found


def test_meta(check):
	with open("META.json") as file:
		meta = json.load(file)
	check.equal("META.json: against PGXN's rules", problems_of(meta), [])
	# the rules find what is wrong
	for key, value, problem in (
		("version", "1.0", "version"),
		("license", "pg", "license"),
		("maintainer", [], "maintainer"),
		("colour", "red", "colour is no key"),
		("provides", {"modelapi_acl": {"version": "1.0.0"}}, "provides modelapi_acl"),
	):
		check.equal(
			"META.json: %s %r would be found" % (key, value),
			problems_of(dict(meta, **{key: value})),
			[problem],
		)
	check.true(
		"META.json: no abstract would be found",
		"abstract is missing" in problems_of({k: v for k, v in meta.items() if k != "abstract"}),
	)
	check.equal(
		"one version in META.json, the control file, CHANGELOG.md and Debian's changelog",
		run("scripts/version", "--check"),
		"",
	)
	check.equal(
		"licence: PostgreSQL",
		(
			meta["license"],
			"PostgreSQL License" in open("LICENSE").read(),
			"License: PostgreSQL" in open("debian/copyright").read(),
		),
		("postgresql", True, True),
	)
	return meta


# ----------
# What installing gives
# ----------


def scripts():
	"""The extension's scripts that are installed: this version's, released ones, steps"""
	with open("modelapi_acl.control") as file:
		version = re.search(r"default_version = '([\d.]+)'", file.read()).group(1)
	released = map(os.path.basename, glob.glob("sql/upgrade/modelapi_acl--*.sql"))
	return sorted({"modelapi_acl--%s.sql" % version} | set(released))


def files_under(folder):
	return sorted(
		os.path.relpath(os.path.join(path, name), folder)
		for path, _, names in os.walk(folder)
		for name in names
	)


def try_server(check, name, prefix):
	"""The extension works on a server of this installation, whose files are those it was given"""
	bin = glob.glob(os.path.join(prefix, "lib/postgresql/*/bin"))[0]
	data = os.path.join(scratch, name + ".data")
	environment = dict(
		os.environ, PATH=bin + ":" + os.environ["PATH"], PGHOST=scratch, PGPORT="5433"
	)
	run("initdb", "-D", data, "-U", "postgres", "-A", "trust", env=environment)
	options = ("-D", data, "-w", "-l", data + ".log")
	listen = "-k %s -p 5433 -h ''" % scratch
	run("pg_ctl", *options, "-o", listen, "start", env=environment)
	try:
		statements = (
			"SET client_min_messages = error",
			"CREATE EXTENSION modelapi_acl CASCADE",
			"SELECT modelapi_acl.create_user('ana', 'ana@example.com') IS NOT NULL",
			"SELECT reason FROM modelapi_acl.authorize_invocation(gen_random_uuid(), NULL)",
		)
		commands = [word for statement in statements for word in ("-c", statement)]
		out = run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *commands, env=environment)
		check.equal(
			name + ": the extension is made and answers", out.split(), ["t", "no_such_model_api"]
		)
		found = glob.glob(
			os.path.join(prefix, "share/postgresql/**/modelapi_acl--*"), recursive=True
		)
		check.equal(
			name + ": this version's script, the released ones and the steps",
			sorted(map(os.path.basename, found)),
			scripts(),
		)
		versions = run(
			"psql",
			"-XAtc",
			"SELECT version FROM pg_available_extension_versions WHERE name = 'modelapi_acl'",
			env=environment,
		)
		check.equal(
			name + ": its versions",
			sorted(versions.split()),
			sorted({script.split("--")[-1][:-4] for script in scripts()}),
		)
	finally:
		run("pg_ctl", "-D", data, "-m", "immediate", "stop", env=environment)


def bare_installation(check, name):
	"""A copy of the private installation without the extension"""
	prefix = os.path.join(scratch, name)
	shutil.copytree(os.path.join(private, "pg"), prefix, symlinks=True)
	for path in glob.glob(os.path.join(prefix, "**", "*modelapi_acl*"), recursive=True):
		shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.unlink(path)
	check.equal(
		name + ": a server without the extension",
		glob.glob(os.path.join(prefix, "**", "*modelapi_acl*"), recursive=True),
		[],
	)
	return prefix


def repository():
	"""The sources as a fresh repository: what is committed, and nothing that was built"""
	folder = os.path.join(scratch, "repository")
	shutil.copytree(
		".",
		folder,
		symlinks=True,
		ignore=shutil.ignore_patterns("*.o", "*.so", "*.bc", "node_modules", "results"),
	)
	git = ["git", "-C", folder, "-c", "user.name=x", "-c", "user.email=x@example.com"]
	run(*git, "init", "-q")
	run(*git, "add", "-A")
	run(*git, "commit", "-q", "-m", "x")
	return folder


def test_zip(check, meta, folder):
	run("make", "dist", cwd=folder)
	name = "%s-%s" % (meta["name"], meta["version"])
	path = os.path.join(folder, name + ".zip")
	with zipfile.ZipFile(path) as archive:
		members = archive.namelist()
	check.equal(
		"make dist: one folder, named and versioned as META.json says",
		{m.split("/")[0] for m in members},
		{name},
	)
	there = {m.partition("/")[2] for m in members}
	for provided in meta["provides"].values():
		check.true(
			"make dist: what META.json names is there",
			{provided["file"], provided["docfile"]} <= there,
		)
	check.equal(
		"make dist: released scripts and steps",
		{m for m in there if re.match("sql/upgrade/.*--", m)},
		{
			os.path.relpath(path, folder)
			for path in glob.glob(os.path.join(folder, "sql/upgrade/*--*.sql"))
		},
	)
	check.true(
		"make dist: licence, changes, how to contribute",
		{"LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "META.json", "Makefile"} <= there,
	)
	check.equal(
		"make dist: nothing built, nothing installed",
		[m for m in there if re.search(r"\.(o|so|bc|zip)$|node_modules|results/", m)],
		[],
	)
	prefix = bare_installation(check, "pgxn")
	config = glob.glob(os.path.join(prefix, "lib/postgresql/*/bin/pg_config"))[0]
	# the client looks whether it may write there, to where nothing goes
	os.makedirs(run(config, "--libdir").strip(), exist_ok=True)
	run("pgxn", "install", "--yes", "--nosudo", "--pg_config", config, path, cwd=scratch)
	try_server(check, "pgxn", prefix)


def test_debian(check, folder):
	package = run("dpkg-parsechangelog", "-S", "Version").strip()
	run("make", "deb", cwd=folder)
	build = os.path.join(folder, "build", "deb")
	made = {os.path.basename(p) for p in glob.glob(os.path.join(build, "*"))}
	check.true(
		"Debian: a source package",
		{
			"modelapi-acl_%s.orig.tar.gz" % package.rpartition("-")[0],
			"modelapi-acl_%s.debian.tar.xz" % package,
			"modelapi-acl_%s.dsc" % package,
		}
		<= made,
	)
	major = os.path.basename(glob.glob(os.path.join(private, "pg/lib/postgresql/*"))[0])
	packages = glob.glob(
		os.path.join(build, "postgresql-%s-modelapi-acl_%s_*.deb" % (major, package))
	)
	check.equal("Debian: a binary package for PostgreSQL " + major, len(packages), 1)
	check.true(
		"Debian: it depends on the server",
		"postgresql-" + major in run("dpkg-deb", "-f", packages[0], "Depends"),
	)
	contents = os.path.join(scratch, "contents")
	run("dpkg-deb", "-x", packages[0], contents)
	files = [f for f in files_under(contents) if "/bitcode/" not in f]
	check.equal(
		"Debian: files where they belong",
		files,
		sorted(
			[
				"usr/lib/postgresql/%s/lib/modelapi_acl.so" % major,
				"usr/share/postgresql/%s/extension/modelapi_acl.control" % major,
			]
			+ ["usr/share/postgresql/%s/extension/%s" % (major, name) for name in scripts()]
			+ [
				"usr/share/doc/postgresql-%s-modelapi-acl/%s" % (major, name)
				for name in ("README.md.gz", "changelog.Debian.gz", "changelog.gz", "copyright")
			]
			+
			# as debhelper does, what is larger than 4 KiB is compressed
			[
				"usr/share/doc/postgresql-%s-modelapi-acl/%s%s"
				% (major, path, ".gz" if os.path.getsize(path) > 4096 else "")
				for path in glob.glob("docs/*.md")
			]
			+ [
				"usr/share/doc/postgresql-%s-modelapi-acl/%s" % (major, path)
				for path in glob.glob("docs/images/*.svg")
			]
		),
	)
	prefix = bare_installation(check, "debian")
	for part in ("lib", "share/postgresql"):
		shutil.copytree(
			os.path.join(contents, "usr", part), os.path.join(prefix, part), dirs_exist_ok=True
		)
	try_server(check, "debian", prefix)
	run(
		"dpkg-source",
		"-x",
		os.path.join(build, "modelapi-acl_%s.dsc" % package),
		os.path.join(scratch, "unpacked"),
	)
	check.equal(
		"Debian: the source package unpacks to the sources",
		run("git", "-C", folder, "ls-files").split("\n")[:-1],
		[
			f
			for f in run("git", "-C", folder, "ls-files").split("\n")[:-1]
			if os.path.exists(os.path.join(scratch, "unpacked", f))
		],
	)


def main(check):
	os.makedirs(scratch)
	os.environ["HOME"] = scratch
	meta = test_meta(check)
	folder = repository()
	test_zip(check, meta, folder)
	test_debian(check, folder)


if __name__ == "__main__":
	run_check(main)
