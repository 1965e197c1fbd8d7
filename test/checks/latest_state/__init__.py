"""The modules of the check latest_state, in the order in which they build on each other.

access.py		what a user has, and what that permits
losses.py		the ways to lose access
operations.py	what an operation is, and the forms of its statement
functions.py	the operations: calls of functions
statements.py	the operations: plain statements
moments.py		when access is lost, and what is expected then
database.py		the database, and the session of the user who loses access
attempt.py		one attempt
verdict.py		whether its outcome is right
worker.py		runs attempts one after another
reads.py		what a reader sees while access is lost
summary.py		what is printed

Statements name the objects of an attempt by short keys:

	%(m)s %(p)s %(v)s %(tk)s	ids of a model API, its project, a version and a token
	%(o)s %(oid)s %(g)s			an organization and its id; another one, which holds grants
	%(a)s %(aid)s				the user who loses access
	%(f)s						the founder, who owns everything and takes the access away
	%(x)s %(xid)s				another owner
	%(t)s %(u)s %(z)s			users without access; %(tid)s, %(uid)s: their ids
	%(own)s						a model API of the user's own
	%(fresh)s %(k)s				a name that is not taken; the key of the gate
"""
