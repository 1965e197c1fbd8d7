#!/usr/bin/python3
"""Events that the feed of changes misses, repeats or shows to the wrong user, and notifications
that are missing or superfluous.

Eight writers commit out of order beside pollers that continue from the last position. Each poller
must get every committed event that it may read exactly once, however few rows of a call it takes.

	ROUNDS=N	transactions of each writer (LONG=1: 400)
	SEED=N		repeats the random choices
"""

from change_feed.feed import Feed
from change_feed.hostile import Hostile
from change_feed.notifications import NOBODY, compare_notifications
from change_feed.restored import compare_restored
from change_feed.world import ROUNDS, WRITERS, World
from harness import SEED, Server, run_check
from harness.comparisons import Comparisons


def main(check):
	print("%d writers, %d transactions each" % (WRITERS, ROUNDS))
	comparisons = Comparisons(SEED)
	world = World(comparisons)
	world.cursor.execute("CREATE ROLE %s LOGIN" % NOBODY)
	with Server.standby("standby") as standby:
		position = Feed(world, standby).run()
	compare_notifications(world)
	Hostile(world, position).run()
	compare_restored(world, position)
	comparisons.report(check)


if __name__ == "__main__":
	run_check(main, seed=SEED)
