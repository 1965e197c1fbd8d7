"""The modules of the check answers, in the order in which they build on each other.

history.py		a database with random changes, and its states at each moment
grants.py		compares answers about the holders of access
present.py		who can do what, and why
past.py			who could at a moment in the past
changes.py		what a change did to access
transactions.py	random transactions
hostile.py		what hostile or careless callers try
timing.py		how long each function takes
"""
