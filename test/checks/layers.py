#!/usr/bin/python3
"""The folders of src depend on each other in one direction, no includes form a circle, and the name
of an external function or variable begins with its file's name.

A file includes headers of its own layer and of lower layers only. Folders of one layer may use each
other, as long as their files form no circle.
"""

import os
import re
import subprocess
from pathlib import Path

from harness import run_check

SRC = Path("src")

# the lowest layer first
LAYERS = [
	["values"],
	["catalog"],
	["identity"],
	["access"],
	["usage"],
	["sql_api", "triggers", "audit", "search", "token"],
	["scan"],
	["planner"],
]

# for folders that use lower layers up to one only: the number of that one
CLOSED = {"scan": 3, "planner": 3}

# symbols that the server looks up by name
OF_SERVER = re.compile(r"^(pg_finfo_)?modelapi_acl_|^_PG_init$|^Pg_magic_func$")


def layer_of(module):
	"""The layer of a module such as "access/grants"; headers of src itself are below all, and
	modelapi_acl.c is above all"""
	for number, names in enumerate(LAYERS):
		if os.path.dirname(module) in names:
			return number
	if os.path.dirname(module):
		raise ValueError(f"the folder of {module} is in no layer")
	return -1 if module != "modelapi_acl" else len(LAYERS)


def includes():
	"""For each module what its .c and .h include, as modules"""
	found = {}
	for path in SRC.rglob("*.[ch]"):
		module = str(path.relative_to(SRC).with_suffix(""))
		for name in re.findall(r'^#include "([^"]+)\.h"', path.read_text(), re.M):
			other = os.path.normpath(os.path.join(os.path.dirname(module), name))
			if (SRC / other).with_suffix(".h").exists() and other != module:
				found.setdefault(module, set()).add(other)
	return found


def circles(modules):
	"""Each circle of includes once"""
	found, done, path = set(), set(), []

	def visit(module):
		if module in path:
			found.add(" -> ".join([*path[path.index(module) :], module]))
			return
		if module in done:
			return
		path.append(module)
		for other in sorted(modules.get(module, ())):
			visit(other)
		path.pop()
		done.add(module)

	for module in sorted(modules):
		visit(module)
	return sorted(found)


def upward(modules):
	"""Includes of a higher layer, or of one that a closed folder must not use"""
	for module, others in sorted(modules.items()):
		layer, folder = layer_of(module), os.path.dirname(module)
		for other in sorted(others):
			below = layer_of(other)
			if below > layer:
				yield f"{module} includes {other}, which is in a higher layer"
			elif folder in CLOSED and CLOSED[folder] < below < layer_of("scan/reach"):
				yield f"{module} includes {other}, which it must not use"


def objects():
	"""The object file of each file of C"""
	return [path.with_suffix(".o") for path in sorted(SRC.rglob("*.c"))]


def misnamed():
	"""Global symbols that do not begin with their file's name"""
	for path in objects():
		listing = subprocess.run(
			["nm", "-g", "--defined-only", path], check=True, capture_output=True, text=True
		).stdout
		for line in listing.splitlines():
			name = line.split()[-1]
			if not OF_SERVER.search(name) and not (name + "_").startswith(path.stem + "_"):
				yield f"{path.with_suffix('.c')}: {name}"


def main(check):
	modules = includes()
	check.true("the includes were found", len(modules) > 40)
	check.equal("files of C that are not built", [o.stem for o in objects() if not o.exists()], [])
	check.equal("circles of includes", circles(modules), [])
	check.equal("includes of higher layers", list(upward(modules)), [])
	check.equal("symbols that lack their file's name", list(misnamed()), [])


if __name__ == "__main__":
	run_check(main)
