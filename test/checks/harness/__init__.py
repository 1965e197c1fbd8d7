"""What the programs in test/checks share.

A check is a program that test/run starts on a private server. It looks like this:

	from harness import LONG, SEED, Database, run_check
	from reference.rules import PERMISSIONS

	def main(check):
		database = Database("example", roles={"app": "modelapi_acl_backend"}, users=["ana"])
		row = database.as_user("ana", "SELECT modelapi_acl.create_project('p') IS NOT NULL")
		check.equal("a project is made", row, (True,))
		check.true("it is there", database.rows("SELECT FROM modelapi_acl.projects"))

	if __name__ == "__main__":
		run_check(main, seed=SEED)

Each result is printed as it comes. run_check() prints the seed, counts an exception as a failure,
and ends with the line "N passed, N failed", which test/run reads.

settings.py		LONG and SEED, other settings, folders
sql.py			SQL in files: test/checks/sql
results.py		counting: Check, run_check()
threads.py		several sessions at once: together(), Tally
database.py		Database, and Server for a check that needs a server of its own
programs.py		other programs: run(), Programs, PgBouncer
comparisons.py	many comparisons under a few names
callers.py		callers of functions that answer about access
invariants.py	what holds in every database

test/reference holds the rules, which know nothing of this: import it as `reference`.
"""

import sys

from harness.settings import ROOT

sys.path.append(str(ROOT / "test"))

from harness.database import Database, Server, as_user, attempt, server_major, state_user, wait_for
from harness.programs import Programs, free_ports, pgbouncer_version, run, write_pgbouncer_ini
from harness.results import Check, finish, run_check
from harness.settings import LONG, SEED, by_length, number, private_folder, scratch_folder
from harness.sql import read_lists, read_queries, read_sql
from harness.threads import Tally, together

__all__ = [
	"LONG",
	"ROOT",
	"SEED",
	"Check",
	"Database",
	"Programs",
	"Server",
	"Tally",
	"as_user",
	"attempt",
	"by_length",
	"finish",
	"free_ports",
	"number",
	"pgbouncer_version",
	"private_folder",
	"read_lists",
	"read_queries",
	"read_sql",
	"run",
	"run_check",
	"scratch_folder",
	"server_major",
	"state_user",
	"together",
	"wait_for",
	"write_pgbouncer_ini",
]
