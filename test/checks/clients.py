#!/usr/bin/python3
"""Faults in the use of ORMs and drivers: the programs of examples/orm, each with its real library,
behind PgBouncer in transaction mode.

All programs but PostGraphile's have the same HTTP interface and get the same requests. docs/orm.md
has a table of what works with each client, which is compared with the results. There are no random
choices.

	test/run checks clients						all of them
	CLIENTS=django,pgx test/run checks clients	some of them, without comparing the table
"""

import os
import time

from clients.changing import check_delete, check_lock, check_update, check_zero_rows
from clients.client import Client, Results
from clients.creating import check_bulk_create, check_create
from clients.examples import EXAMPLES, Examples
from clients.graphql import GraphQL
from clients.own_table import OwnTable
from clients.page import compare_page, print_table
from clients.reading import check_crowd, check_reads
from clients.server_log import check_columns, log_size
from clients.sharing import check_sharing
from clients.world import BACKEND, OWNER, WEB, World
from harness import run_check, scratch_folder


def check_actions(client):
	"""ben sees the model API once check_sharing() has shared it with him"""
	id = check_create(client)
	check_bulk_create(client)
	check_crowd(client, id)
	check_reads(client, id)
	check_sharing(client, id)
	check_update(client, id)
	check_lock(client, id)
	check_delete(client, id)


def check_client(name, examples, results):
	try:
		examples.prepare(name)
		began = time.monotonic()
		process, port = examples.start_example(name)
	except (RuntimeError, OSError) as error:
		results.true("starts", False, error)
		return
	results.true("starts", True)
	client, since = Client(name, port, examples.world, results), log_size()
	if name == "postgraphile":
		GraphQL(client).check_all()
	else:
		check_actions(client)
	check_columns(client, since)
	results.equal("its log is empty", examples.log(name)[:3000], "")
	if name != "postgraphile":
		check_zero_rows(client, results)
	process.terminate()
	process.wait()
	results.seconds = time.monotonic() - began


def check_clients(names, world, check):
	"""Returns the results by the clients' names"""
	results = {name: Results(check, EXAMPLES[name].title) for name in names}
	with Examples(scratch_folder("clients"), names, world) as examples:
		examples.start_pooler()
		for name, result in results.items():
			check_client(name, examples, result)
	return results


def main(check):
	names = os.environ["CLIENTS"].split(",") if os.environ.get("CLIENTS") else list(EXAMPLES)
	world = World()
	try:
		results = check_clients(names, world, check)
		OwnTable(world, check).check_all()
	finally:
		world.drop(BACKEND, WEB, OWNER)
	print_table(results)
	if names == list(EXAMPLES):
		compare_page(check, results)


if __name__ == "__main__":
	run_check(main)
