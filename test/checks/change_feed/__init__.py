"""The modules of the check change_feed, in the order in which they build on each other.

world.py			the database, and random changes in it
writers.py			transactions that commit out of order
forms.py			the calls of the feed by which clients take its first rows
pollers.py			clients that continue from their last position
feed.py				compares what the pollers got
notifications.py	which transactions notify
hostile.py			wrong positions, and callers without rights
restored.py			a position in a server where a dump is restored
"""
