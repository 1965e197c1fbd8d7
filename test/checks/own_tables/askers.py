"""Those who run the statements: each kind of user, anonymous, administrators, superusers and the
tables' owner."""

from harness import attempt
from own_tables import sets
from own_tables.shape import OWNER
from reference.rules import ADMINISTRATOR, ANONYMOUS

ROLES = {
	"own_tables_backend": "modelapi_acl_backend, modelapi_acl_user",
	"own_tables_admin": "modelapi_acl_admin",
	OWNER: "modelapi_acl_backend, modelapi_acl_user",
}
# the tables are small: only so does the planner take the scan that starts from the grants
NO_OTHER_SCANS = (
	"enable_seqscan = off; enable_bitmapscan = off; enable_indexscan = off;"
	" enable_indexonlyscan = off"
)
# joins that ask for one key after another
NESTED_LOOPS = "enable_hashjoin = off; enable_mergejoin = off; enable_material = off"
# settings that lead to other plans
SETTINGS = [
	"",
	"",
	*[NO_OTHER_SCANS] * 5,
	*[NO_OTHER_SCANS + "; " + NESTED_LOOPS] * 8,
	NO_OTHER_SCANS + "; enable_sort = off",
	"enable_seqscan = off",
	"enable_hashjoin = off; enable_mergejoin = off",
	"enable_nestloop = off; enable_sort = off",
	"enable_bitmapscan = off",
	"enable_material = off; work_mem = '64kB'",
	"modelapi_acl.enable_reach_scan = off",
	"parallel_setup_cost = 0; parallel_tuple_cost = 0; min_parallel_table_scan_size = 0",
	"enable_partitionwise_join = on; enable_partitionwise_aggregate = on",
]
# any of these may be added
MORE_SETTINGS = [
	"enable_hashjoin = off",
	"enable_mergejoin = off",
	"enable_nestloop = off",
	"enable_material = off",
	"enable_memoize = off",
	"enable_sort = off",
	"enable_hashagg = off",
	"enable_partitionwise_join = on",
	"join_collapse_limit = 1",
	"from_collapse_limit = 1",
	"geqo_threshold = 2",
	"cursor_tuple_fraction = 1",
	"work_mem = '64kB'",
]


class Askers:
	def __init__(self, database):
		self.sessions = {role: database.connect(role) for role in ROLES}
		self.sessions["superuser"] = database.connect()
		is_renamed = self.sessions["superuser"].server_version >= 160000
		self.parallel = "debug_parallel_query" if is_renamed else "force_parallel_mode"

	def all(self, r, world):
		"""Pairs of a role and whom its session states; None: nobody"""
		users = [*world.users, ANONYMOUS]
		yield from (("own_tables_backend", user) for user in users)
		yield "own_tables_admin", ADMINISTRATOR
		yield "superuser", ADMINISTRATOR
		yield "superuser", r.choice(users)
		yield OWNER, r.choice(users)

	def begin(self, r, world, role, who):
		"""The cursor of a new transaction"""
		session = self.sessions[role]
		session.rollback()
		session.set_session(
			isolation_level=r.choice(["READ COMMITTED", "READ COMMITTED", "REPEATABLE READ"])
		)
		cursor = session.cursor()
		cursor.execute("SET LOCAL statement_timeout = '500ms'")
		settings = r.choice(SETTINGS).split(";")
		settings += r.sample(MORE_SETTINGS, r.choice([0, 1, 2, 3, 5]))
		if r.random() < 0.1:
			settings.append(self.parallel + " = on")
		for setting in filter(None, settings):
			cursor.execute("SET LOCAL " + setting)
		asker = who
		if who != ADMINISTRATOR:
			# a disabled user cannot be stated, and is nobody then
			attempt(cursor, "SELECT modelapi_acl.set_session_user(%s)", (who,))
			asker = who if world.signed_in(who) else ANONYMOUS
		cursor.execute("SELECT set_config(%s, %s, true)", (sets.ASKER, sets.name_of(asker)))
		return cursor

	def forget(self):
		for session in self.sessions.values():
			session.rollback()
