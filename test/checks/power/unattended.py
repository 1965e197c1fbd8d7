"""Code that runs without a session: in autovacuum, and in the worker that applies a subscription's
changes."""

import time

import psycopg2

from harness import read_queries
from power.matrix import symbol_of
from power.rules import IN_SESSION, MALLORY, Frame
from power.sessions import Session
from power.verdict import check_record

AUTOVACUUM = Session("autovacuum", "postgres", "postgres")
APPLY = Session("logical apply", "postgres", "postgres", row_security_off=True)
OWNERS = (MALLORY, "postgres", "regress_admin", "regress_both")
SQL = read_queries("power_unattended")
PREFIX = "autovacuum, "
SECONDS = 300  # to wait at most; autovacuum starts late on a busy machine


def try_unattended(world, results):
	"""Pairs of a title and a symbol"""
	# the code that this session itself runs must not record anything
	world.observer.execute("SELECT set_config('trap.cell', '1', false)")
	cases = {**create_tables(world), **apply_change(world)}
	wait(world, list(cases))
	world.observer.execute(SQL["unsubscribe"])
	rows = []
	for number, (title, session, frame) in cases.items():
		cell = results.cell(title, session)
		record = world.record(number)
		if cell.check("it ran", record is not None, True):
			cell.count_run()
			check_record(cell, frame, "try", record)
		rows.append((title, cell.symbol(symbol_of(session, frame))))
	return rows


def create_tables(world):
	"""Creates tables for autovacuum; returns the cases by their numbers"""
	cases = {}
	for owner in OWNERS:
		for name in SQL:
			if not name.startswith(PREFIX):
				continue
			title = "autovacuum, a table of %s: %s" % (owner, name.removeprefix(PREFIX))
			number = world.new_number()
			cases[number] = (title, AUTOVACUUM, Frame("maintenance", owner))
			sql = ";\n".join((SQL["table"], SQL[name], SQL["fill"]))
			world.observer.execute(sql.format(n=number, owner=owner))
	return cases


def apply_change(world):
	"""Subscribes to another database of the server and inserts a row there; returns the case"""
	number = world.new_number()
	# from PostgreSQL 16 on the worker runs the code as the table's owner
	frame = IN_SESSION if world.version < 160000 else Frame("maintenance", MALLORY)
	world.observer.execute("CREATE DATABASE publisher")
	connection = psycopg2.connect(dbname="publisher", **world.server.connection)
	connection.autocommit = True
	publisher = connection.cursor()
	publisher.execute(SQL["publisher"])
	# CREATE SUBSCRIPTION cannot create the slot on its own server: it would wait for itself
	publisher.execute("SELECT pg_create_logical_replication_slot('power', 'pgoutput')")
	world.mallory.execute(SQL["subscriber"].format(n=number))
	world.observer.execute(SQL["subscribe"].format(host=world.server.folder))
	publisher.execute("INSERT INTO trap.applied VALUES (1)")
	return {number: ("logical apply: trigger", APPLY, frame)}


def wait(world, numbers):
	"""Waits until the code of all cases has run; what has not run by the end counts as wrong"""
	end = time.monotonic() + SECONDS
	while time.monotonic() < end:
		count = world.value("SELECT count(*) FROM trap.log WHERE cell = ANY (%s)", numbers)
		if count == len(numbers):
			break
		time.sleep(0.2)
