"""Compares the database on which the DBA worked with its twin."""

from harness import read_queries

CATALOG = read_queries("dba")


def compare_answers(clients, twins):
	"""The number of answers that differ; prints the first ones"""
	wrong = 0
	for client, twin in zip(clients, twins):
		for i, (came, expected) in enumerate(zip(client.answers, twin.answers)):
			if came == expected:
				continue
			wrong += 1
			if wrong <= 5:
				beside = " and ".join(dict.fromkeys(client.beside[i]))
				print(
					"client %d, step %d: expected %s, came %s beside %s"
					% (client.number, i, expected, came, beside)
				)
	return wrong


def compare_tables(altered, twin, tables):
	"""The tables with different numbers of rows, each with both numbers"""
	counts = {}
	for table in tables:
		if not table.endswith("installed_facts"):
			sql = "SELECT count(*) FROM %s" % table
			counts[table] = (altered.rows(sql)[0][0], twin.rows(sql)[0][0])
	return {table: pair for table, pair in counts.items() if pair[0] != pair[1]}


def wrong_rows(database):
	"""What verify_access() finds wrong in the rows"""
	return database.rows(CATALOG["wrong rows"])


def changed_catalogs(database):
	"""What it finds changed in the catalogs, other than what the DBA changes for good: triggers
	that are enabled, and the settings of indexes"""
	return database.rows(CATALOG["changed catalogs"])
