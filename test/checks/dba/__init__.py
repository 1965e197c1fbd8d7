"""The modules of the check dba, in the order in which they build on each other.

activity.py		what the DBA does at the moment
client.py		the sessions and transactions of one client
steps.py		what the clients do: the load
actions.py		what the DBA does
comparison.py	compares the two databases
"""
