"""What the environment says, and folders."""

import os
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parents[3]
LONG = os.environ.get("LONG") == "1"
# for random choices; the same number gives the same choices again
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**9))


def by_length(short, long):
	"""The value for the short or for the long form"""
	return long if LONG else short


def number(name, default):
	"""A number from the environment"""
	return int(os.environ.get(name) or default)


def private_folder():
	"""Where test/run has put the installation and the sources"""
	return pathlib.Path(os.environ["MODELAPI_ACL_PRIVATE"])


def scratch_folder(name):
	"""A new folder, which test/run removes"""
	folder = private_folder() / name
	folder.mkdir()
	return folder
