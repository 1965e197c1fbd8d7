"""Random tokens and what becomes of them, for tokens.py: world.py makes a world, operations.py what
people do in it, rare_calls.py what they would do too rarely by chance, requests.py what gateways
ask, steps.py runs all of it in the database and in the reference, mutants.py has references that
are wrong."""
