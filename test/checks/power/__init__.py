"""The modules of the check power, in the order in which they build on each other.

sessions.py			the kinds of session
rules.py			who the current user is in the code, and what each attempt must get
ways.py				what a way to run code is
reads.py			the ways: queries
writes.py			the ways: INSERT, UPDATE, DELETE, TRUNCATE and ALTER TABLE
definers.py			the ways: SECURITY DEFINER functions
maintenance.py		the ways: ANALYZE, CREATE INDEX, VACUUM and the like
cascades.py			the ways: foreign keys that refer to model_apis
deletions.py		the ways: foreign keys that refer to the extension's other tables
extension_triggers.py	the ways: triggers on the extension's tables
results.py			the answers, and which of them are wrong
world.py			the database and its sessions
verdict.py			compares what the code recorded with the rules
matrix.py			tries every way in every session
workers.py			parallel workers
failures.py			statements that fail
into_extension.py	cascades into the extension's tables
unattended.py		code that runs without a session
summary.py			what is printed

SQL of the check, in test/checks/sql:

power_probe.sql			roles, and the functions that record what the code may do
power_functions.sql		functions that call the probe
power_objects.sql		objects whose code the server runs
power_tables.sql		tables of other roles with such code
power_attempts.sql		what the code tries
power_cascades.sql		tables that refer to the extension's
power_unattended.sql	what runs without a session
"""
