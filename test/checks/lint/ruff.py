#!/usr/bin/python3
"""Lints all Python files and compares their format with ruff.toml.

test/checks/lint/ruff.py		prints the findings
test/checks/lint/ruff.py --fix	formats the files first

Debian 12 has no package of Ruff: its WebAssembly build comes from npm. An editor's Ruff reads the
same ruff.toml.
"""

import json
import os
import subprocess
import sys
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
LEFT_OUT = {".git", "node_modules", "build", "tmp_check", "results", "__pycache__"}


def python_files(config):
	files = list(config["extend-include"])
	for folder, folders, names in os.walk(ROOT):
		folders[:] = sorted(set(folders) - LEFT_OUT)
		files += [
			os.path.relpath(os.path.join(folder, name), ROOT)
			for name in sorted(names)
			if name.endswith(".py")
		]
	return files


def install():
	"""Ruff, unless it is there"""
	if os.path.isdir(os.path.join(HERE, "node_modules")):
		return
	cache = os.path.join(HERE, "node_modules", ".cache")
	# whatever is printed counts as a finding: a notice of npm's is none
	result = subprocess.run(
		["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--cache", cache],
		cwd=HERE,
		env={**os.environ, "HOME": HERE},
		capture_output=True,
		text=True,
	)
	if result.returncode != 0:
		sys.exit(result.stdout + result.stderr)


def main():
	install()
	with open(os.path.join(ROOT, "ruff.toml"), "rb") as file:
		config = tomllib.load(file)
	request = {"config": config, "files": python_files(config), "fix": "--fix" in sys.argv[1:]}
	result = subprocess.run(
		["node", os.path.join(HERE, "ruff.cjs")],
		cwd=ROOT,
		input=json.dumps(request),
		capture_output=True,
		text=True,
	)
	print(result.stdout + result.stderr, end="")
	return 1 if result.returncode or result.stdout else 0


if __name__ == "__main__":
	sys.exit(main())
