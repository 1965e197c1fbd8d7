"""The modules of the check plain_writes, in the order in which they build on each other.

world.py		the database
cells.py		the statements to try
statements.py	the SQL text of each
functions.py	the call of a function that does the same
expected.py		what the rules expect
sessions.py		the sessions of callers
comparison.py	runs the statements and compares
summary.py		what is printed
"""
