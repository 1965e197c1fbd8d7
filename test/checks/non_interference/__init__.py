"""The modules of the check non_interference, in the order in which they build on each other.

words.py		random texts, and others of the same lengths
tables.py		the tables, in the order in which they are loaded
rows.py			draws ids, times, events
tokens.py		draws service accounts, tokens and counts of requests
world.py		draws all rows of a database
twin_tokens.py	other tokens and counts
twin.py			the same database with other hidden contents
callers.py		the kinds of callers, and how their transactions begin
catalog.py		the columns, functions and statistics that statements use
statement.py	a statement in parts, which can be made smaller
forms.py		the forms of conditions
values.py		values from both worlds
conditions.py	random conditions
queries.py		random queries
writes.py		random writes
calls.py		random calls of functions
statements.py	random statements of all kinds, and how they are run
residues.py		what may differ
session.py		what a statement gives in one of the two databases
databases.py	makes the databases
comparison.py	runs statements in both databases and compares
"""
