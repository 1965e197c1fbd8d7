"""What the rules in test/reference/writes.py expect of a cell."""

from plain_writes.cells import NEEDS_SELECT, UPDATES, read_at_run_time, upsert_key
from reference.writes import Answer


def expected(cell, rules, cells):
	table, form, caller = cell.table, cell.form, cell.caller
	if form == "lock":
		return rules.lock(caller, table)
	if form == "merge":
		return rules.merge(caller, table, cell.sent)
	if form in UPDATES:
		return rules.update(caller, table, cell.sent, read_at_run_time(form))
	if upsert_key(form):
		return expected_upsert(cell, rules)
	if form == "two rows":
		first = rules.insert(caller, table, cells.first_of_two(cell))
		second = rules.insert(caller, table, cell.sent)
		if first.why not in ("done", "no privilege") and second.why != "literal":
			return first
	conflict = "nothing" if form == "do nothing" else None
	at_run_time = read_at_run_time(form)
	return rules.insert(caller, table, cell.sent, form in NEEDS_SELECT, at_run_time, conflict)


def expected_upsert(cell, rules):
	key, at_run_time = upsert_key(cell.form), read_at_run_time(cell.form)
	answer = rules.insert(cell.caller, cell.table, cell.sent, True, at_run_time, key)
	if answer.why == "literal" and not at_run_time:
		return answer
	if key in cell.table.no_key:
		# the planner finds no unique index before the executor checks privileges, except where it
		# evaluates a default
		codes = {"42P10", "42501"} if answer.why == "no privilege" else {"42P10"}
		return Answer(codes, "no key to upsert by")
	if "id" in cell.sent and cell.caller.role != "superuser":
		return Answer({"42501"}, "no privilege")  # to UPDATE the id
	return answer
