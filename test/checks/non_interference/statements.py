"""Random statements of all kinds by which a caller might learn something."""

from non_interference.calls import Calls
from non_interference.catalog import STATISTICS
from non_interference.conditions import Conditions
from non_interference.queries import Queries
from non_interference.statement import Statement
from non_interference.values import Values
from non_interference.writes import Writes

SETTINGS = [
	"enable_seqscan = off",
	"enable_indexscan = off",
	"enable_indexonlyscan = off",
	"enable_bitmapscan = off",
	"enable_tidscan = off",
	"enable_hashjoin = off",
	"enable_mergejoin = off",
	"enable_nestloop = off",
	"enable_sort = off",
	"enable_hashagg = off",
	"enable_material = off",
	"enable_memoize = off",
	"enable_incremental_sort = off",
	"random_page_cost = 0",
	"random_page_cost = 100",
	"cpu_operator_cost = 10",
	"cpu_index_tuple_cost = 0",
	"cursor_tuple_fraction = 1",
	"from_collapse_limit = 1",
	"join_collapse_limit = 1",
	"geqo_threshold = 2",
	"plan_cache_mode = force_generic_plan",
	"force_parallel_mode = on",
	"work_mem = 64",
	"effective_cache_size = 1",
	"constraint_exclusion = on",
	"default_statistics_target = 1",
	"row_security = off",
	"modelapi_acl.enable_reach_scan = off",
	"debug_print_plan = on; SET LOCAL client_min_messages = log",
	(
		"min_parallel_table_scan_size = 0; SET LOCAL min_parallel_index_scan_size = 0; SET LOCAL"
		" parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0"
	),
	"enable_partitionwise_join = on",
	"parallel_leader_participation = off",
]


class Statements:
	"""catalog: Catalog; worlds: a world and its twin; caller: Caller, who has looked"""

	def __init__(self, catalog, worlds, seed, caller):
		values = Values(catalog, worlds, seed)
		conditions = Conditions(values)
		self.random, self.caller = values.random, caller
		self.queries = Queries(values, conditions)
		self.writes = Writes(values, conditions)
		self.calls = Calls(values, caller)

	def next(self):
		r = self.random
		roll = r.random()
		if roll < 0.1 and "reader" in self.caller.kind:
			statement = self.writes.internal()
		elif roll < 0.68:
			statement = self.queries.query()
		elif roll < 0.78:
			statement = self.writes.write()
		elif roll < 0.97:
			statement = self.calls.call()
		else:
			return Statement(r.choice(STATISTICS))
		statement.settings = r.sample(SETTINGS, r.choice([0, 0, 1, 1, 2, 3]))
		statement.way = self.way(statement)
		return statement

	def way(self, statement):
		"""How to run a statement"""
		r = self.random
		roll = r.random()
		if roll < 0.34:
			return "plain"
		if roll < 0.46:
			if r.random() < 0.5:
				return "EXPLAIN (VERBOSE)"
			return "EXPLAIN (FORMAT JSON)" if r.random() < 0.2 else "EXPLAIN"
		if roll < 0.72:
			options = [
				option if r.random() < 0.4 else ""
				for option in (", BUFFERS", ", VERBOSE", ", COSTS OFF")
			]
			return "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF%s)" % "".join(options)
		if roll < 0.8:
			return r.choice(["prepared", "with a parameter"])
		if roll < 0.84 and not statement.writes:
			if statement.form.startswith("SELECT t1.*"):
				return r.choice(["copied", "view", "barrier view"])
			return "cursor"
		return "counters" if roll < 0.95 else "locks"
